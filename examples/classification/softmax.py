"""Softmax regression: three species of iris, each with a linear score, and probabilities that add up to one.

The scores ``s = W x + b`` become probabilities ``p_k = exp(s_k) / Σ exp(s_j)``; the loss of a flower is
``-log p_species``, and its gradient by the scores is ``p - y`` with the one-hot code y. The objective is convex, so its
minimum is the same for every algorithm: scikit-learn's solver finds the same probabilities.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from autograd import softmax
from examples.common import BLUE, GREEN, VERMILION, Figure, amount, argument_parser, figure, parse, run, save, sow
from nn import Linear, accuracy, confusion_matrix, data, losses, optim, predict, regularisers

LENGTH, WIDTH = 2, 3  # of the petal
MARKS = [("o", BLUE), ("^", VERMILION), ("s", GREEN)]


def main(arguments: Sequence[str] | None = None) -> dict[str, float]:
    """Train on 100 flowers; return the accuracy on 50 others, and the difference from scikit-learn's probabilities."""
    parser = argument_parser(__doc__, seed=0)
    parser.add_argument("--strength", type=amount, default=0.001, help="the strength of the penalty on the weights")
    options = parse(parser, arguments)
    if not options.strength:
        parser.error("--strength must be more than 0: one species can be separated, so weights would grow forever")

    from sklearn.datasets import load_iris
    from sklearn.linear_model import LogisticRegression

    sow(options.seed)
    irises = load_iris()
    flowers, test, species, test_species = data.train_test_split(
        irises.data, irises.target, test_size=50, rng=options.seed, stratify=True
    )
    features, scale = data.standardize(flowers)
    held_out = scale(test)

    model = Linear(4, 3)
    penalty = lambda: regularisers.l2(model, options.strength)
    found = optim.minimize(
        lambda: losses.cross_entropy(model(features), species) + penalty(), model.parameters(), tol=1e-14
    )
    probabilities = softmax(predict(model, held_out), axis=1)
    share = accuracy(probabilities, test_species)
    print(f"objective {found.loss:.6f} after {found.steps} steps; held-out accuracy {share:.1%}")
    print(f"rows: species, columns: what they were taken for\n{confusion_matrix(probabilities, test_species)}")

    # Its objective is C Σ loss + |W|²/2, so that C = 1 / (2 n λ).
    theirs = LogisticRegression(C=1 / (2 * len(species) * options.strength), tol=1e-10, max_iter=10_000)
    theirs.fit(features, species)
    apart = float(np.abs(theirs.predict_proba(held_out) - probabilities).max())
    print(f"scikit-learn's probabilities are at most {apart:.0e} apart")

    picture = plot(model, scale, test, test_species, probabilities.argmax(axis=1), irises.target_names.tolist())
    save(options.output, {"softmax_iris.png": (picture, "the probabilities for average sepals, as mixed colours")})
    return {"held-out accuracy": share, "objective": found.loss, "probabilities apart": apart}


def plot(
    model: Linear, scale: data.Scale, flowers: np.ndarray, true: np.ndarray, read: np.ndarray, names: Sequence[str]
) -> Figure:
    """Mix the colours of the species by their probabilities, over petal length and width; draw the flowers."""
    low, high = flowers.min(axis=0) - 0.4, flowers.max(axis=0) + 0.4
    columns, lines = np.linspace(low[LENGTH], high[LENGTH], 150), np.linspace(low[WIDTH], high[WIDTH], 110)
    plane = np.tile(flowers.mean(axis=0), (len(lines), len(columns), 1))
    plane[:, :, LENGTH], plane[:, :, WIDTH] = columns, lines[:, None]
    probabilities = softmax(predict(model, scale(plane.reshape(-1, 4))), axis=1)
    light = np.array([[0.72, 0.85, 0.92], [0.96, 0.82, 0.68], [0.75, 0.90, 0.84]])
    picture, axes = figure(
        "Between the species the probabilities change smoothly", "petal length in cm", "petal width in cm"
    )
    axes.imshow(
        (probabilities @ light).reshape(len(lines), len(columns), 3),
        extent=(columns[0], columns[-1], lines[0], lines[-1]),
        origin="lower",
        aspect="auto",
    )
    for k, (marker, colour) in enumerate(MARKS):
        x, y = flowers[true == k][:, [LENGTH, WIDTH]].T
        axes.scatter(x, y, s=46, marker=marker, color=colour, edgecolors="white", linewidths=0.8, label=names[k])
    x, y = flowers[true != read][:, [LENGTH, WIDTH]].T
    axes.scatter(x, y, s=190, facecolors="none", edgecolors="#222222", linewidths=1.6, label="answered wrongly")
    picture.legend(fontsize=11, loc="outside lower center", ncols=4, frameon=False)
    return picture


if __name__ == "__main__":
    run(main)
