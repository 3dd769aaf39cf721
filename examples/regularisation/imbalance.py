"""Class weights where one class is rare: they move the boundary, and change little else.

Two clouds of points, of which one has a twentieth of all. A logistic regression that minimises the mean loss is right
nearly always, and misses many of the rare class. Weighting each class by the inverse of its size is as if both were
equally frequent. For clouds that are Gaussians of equal covariance the logit is linear, ``z = w·x + b``, with the log
of the ratio of the classes in b (Bishop 2006, section 4.2.1): so with weights b grows by about ``log(n₀ / n₁)``, and w
stays nearly as it is.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from examples.common import BLUE, VERMILION, Figure, argument_parser, count, figure, parse, run, save, sow
from nn import Neuron, confusion_matrix, losses, optim, predict
from nn import fit as train

Array = NDArray[np.float64]
CENTERS = np.array([[-0.8, 0.0], [0.8, 0.0]])


def main(arguments: Sequence[str] | None = None) -> dict[str, float]:
    """Train without and with class weights, save the picture, and return the recalls."""
    parser = argument_parser(__doc__, seed=0, epochs=200)
    parser.add_argument("--points", type=count, default=2000, help="how many points there are, at least 100")
    parser.add_argument("--one-in", type=count, default=20, help="one in how many points is of the rare class")
    options = parse(parser, arguments)
    if options.points < 100 or not 2 <= options.one_in <= options.points // 5:
        parser.error("--points must be at least 100, and --one-in from 2 to a fifth of them")
    rng = sow(options.seed)
    rare = options.points // options.one_in
    common = options.points - rare
    y = np.array([0] * common + [1] * rare)
    x = CENTERS[y] + rng.normal(size=(options.points, 2))

    models, recalls = {}, {}
    print(f"{common} points of the common class and {rare} of the rare one")
    for name, weight in (("none", 1.0), ("balanced", common / rare)):
        model = models[name] = fitted(x, y, weight, options.epochs)
        answers = confusion_matrix((predict(model, x) > 0).astype(int), y)
        recalls[name] = answers.diagonal() / answers.sum(axis=1)
        share = answers.trace() / len(y)
        w, b = [each.data for each in model.weights], model.bias.data
        print(f"\nclass weights: {name}\n{answers}")
        print(f"  right: {share:.1%} of all, {recalls[name][0]:.1%} of the common, {recalls[name][1]:.1%} of the rare")
        print(f"  w = ({w[0]:.2f}, {w[1]:.2f}), b = {b:.2f}")

    moved = models["balanced"].bias.data - models["none"].bias.data
    known = math.log(common / rare)
    turned = math.dist(*[[each.data for each in model.weights] for model in models.values()])
    print(f"\nthe weights move b by {moved:.2f}; log(n₀ / n₁) = {known:.2f}")
    save(options.output, {"regularisation_imbalance.png": (boundaries(models, x, y, recalls), "both boundaries")})
    return {
        "recall of the rare, no weights": float(recalls["none"][1]),
        "recall of the rare, balanced": float(recalls["balanced"][1]),
        "mean recall, no weights": float(np.mean(recalls["none"])),
        "mean recall, balanced": float(np.mean(recalls["balanced"])),
        "move of b / known": moved / known,
        "move of w": turned,
    }


def fitted(x: Array, y: NDArray[np.int64], weight: float, epochs: int) -> Neuron:
    """A logistic regression, one neuron on scalars; ``weight`` is the factor of the rare class."""
    model = Neuron(2, init="zeros")
    train(
        *(model, lambda z, t: losses.binary_cross_entropy_with_logits(z, t, pos_weight=weight), (x, y)),
        optim.Adam(model.parameters(), lr=optim.cosine(0.1, epochs)),
        epochs=epochs,
        batch_size=len(x),
        progress=False,
    )
    return model


def boundaries(models: dict[str, Neuron], x: Array, y: NDArray[np.int64], recalls: dict[str, Array]) -> Figure:
    """Draw the points and the lines on which each model is undecided."""
    picture, axes = figure("Class weights move the boundary towards the many", "x1", "x2")
    for digit, marker, color, name in ((0, "o", BLUE, "common class"), (1, "^", VERMILION, "rare class")):
        size = 12 if digit == 0 else 40
        axes.scatter(*x[y == digit].T, s=size, marker=marker, color=color, alpha=0.6 if digit == 0 else 1, label=name)
    heights = np.array([x[:, 1].min(), x[:, 1].max()])
    for (name, model), style in zip(models.items(), ("dashed", "solid"), strict=True):
        (w1, w2), b = [each.data for each in model.weights], model.bias.data
        what = "no weights" if name == "none" else "balanced"
        text = f"{what}: {recalls[name][1]:.0%} of the rare found"
        axes.plot(-(b + w2 * heights) / w1, heights, color="#222222", linewidth=2, linestyle=style, label=text)
    picture.legend(fontsize=12, loc="outside lower center", ncols=2, frameon=False)
    return picture


if __name__ == "__main__":
    run(main)
