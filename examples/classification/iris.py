"""Fisher's irises: a small network learns to tell three species by four lengths.

A hundred flowers to learn from, fifty held out, a network of 4-8-3 neurons on plain scalars and the softmax
cross-entropy. Run it, and look at the pictures in the folder ``output``.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from autograd import Value, no_grad
from examples.common import (
    BLUE,
    GREEN,
    VERMILION,
    Figure,
    amount,
    argument_parser,
    count,
    figure,
    loss_curve,
    parse,
    progress,
    report,
    run,
    save,
    sow,
    strongest,
)
from nn import MLP, losses, optim

LENGTH, WIDTH = 2, 3  # of the petal, among the four features: the two that tell the species apart


def main(arguments: Sequence[str] | None = None) -> dict[str, float]:
    """Train the network, save the pictures, and return the accuracy on the flowers held out."""
    parser = argument_parser(__doc__, seed=0, steps=100)
    parser.add_argument("--held-out", type=count, default=50, help="how many of the 150 flowers are kept for the test")
    parser.add_argument("--widths", type=count, nargs="+", default=[8], help="the neurons in each hidden layer")
    parser.add_argument("--rate", type=amount, default=0.5, help="the learning rate")
    options = parse(parser, arguments, quick={"steps": 20})
    if not 3 <= options.held_out <= 147:
        parser.error("--held-out must be from 3 to 147: at least one flower of each species on both sides")
    if not options.rate:
        parser.error("--rate must be more than 0")

    from sklearn.datasets import load_iris
    from sklearn.model_selection import train_test_split

    irises = load_iris()
    train, test, train_species, test_species = train_test_split(
        irises.data, irises.target, test_size=options.held_out, stratify=irises.target, random_state=options.seed
    )
    # Standardised by the training flowers alone: the others are not to be seen yet.
    mean, deviation = train.mean(axis=0), train.std(axis=0)
    rows, test_rows = ((train - mean) / deviation).tolist(), ((test - mean) / deviation).tolist()
    sow(options.seed)
    model = MLP(4, [*options.widths, 3], activation="tanh", init="xavier_uniform")
    print(f"{len(rows)} flowers to learn from, {len(test_rows)} held out, {model}")

    optimizer = optim.SGD(model.parameters(), lr=options.rate)
    targets = train_species.tolist()
    history = []
    began = time.perf_counter()
    with progress(range(options.steps)) as bar:
        for step in bar:
            scores = [model(row) for row in rows]
            loss = losses.cross_entropy(scores, targets)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()

            history.append(loss.item())
            report(bar, step, history[-1], float(np.mean(answers(scores) == train_species)))
    print(f"{options.steps} steps in {time.perf_counter() - began:.1f} s")

    with no_grad():
        answered = answers([model(row) for row in test_rows])
    right = int(np.sum(answered == test_species))
    print(f"held-out accuracy {right / len(test_rows):.1%}: {right} of {len(test_rows)}")

    features = [name.removesuffix(" (cm)") for name in irises.feature_names]
    map_of_species = regions(model, mean, deviation, test, test_species, answered, irises.target_names.tolist())
    save(
        options.output,
        {
            "iris_boundary.png": (map_of_species, "which species the network answers where, and what it gets wrong"),
            "iris_loss.png": (loss_curve(history), "how it got there"),
            "iris_neuron.svg": (
                strongest(model.layers[0].neurons, dict(zip(features, rows[0], strict=True))),
                "one of its neurons, with numbers and gradients",
            ),
        },
    )
    return {"held-out accuracy": right / len(test_rows), "loss": history[-1]}


def answers(scores: Sequence[Sequence[Value]]) -> NDArray[np.int64]:
    """The class of the highest score, for each flower."""
    best: NDArray[np.int64] = np.array([[score.item() for score in flower] for flower in scores]).argmax(axis=1)
    return best


def regions(
    model: MLP,
    mean: NDArray[np.float64],
    deviation: NDArray[np.float64],
    flowers: NDArray[np.float64],
    true: NDArray[np.int64],
    answered: NDArray[np.int64],
    species: Sequence[str],
) -> Figure:
    """Draw the plane of petal lengths and widths in the colours of the network's answer for average sepals."""
    low, high = flowers.min(axis=0) - 0.4, flowers.max(axis=0) + 0.4
    columns, lines = np.linspace(low[LENGTH], high[LENGTH], 150), np.linspace(low[WIDTH], high[WIDTH], 110)
    plane = np.zeros((len(lines), len(columns), len(mean)))  # the average flower, standardised
    plane[:, :, LENGTH] = (columns - mean[LENGTH]) / deviation[LENGTH]
    plane[:, :, WIDTH] = ((lines - mean[WIDTH]) / deviation[WIDTH])[:, None]
    with no_grad():
        answer = np.array([answers([model(flower) for flower in line]) for line in plane.tolist()])

    picture, axes = figure(
        "Held-out flowers, on the answers for average sepals", "petal length in cm", "petal width in cm"
    )
    axes.contourf(columns, lines, answer, levels=[-0.5, 0.5, 1.5, 2.5], colors=["#BFDCEC", "#F5CDB3", "#C6E7DC"])
    for k, (marker, color) in enumerate([("o", BLUE), ("^", VERMILION), ("s", GREEN)]):
        x, y = flowers[true == k][:, [LENGTH, WIDTH]].T
        axes.scatter(x, y, s=46, marker=marker, color=color, edgecolors="white", linewidths=0.8, label=species[k])
    x, y = flowers[true != answered][:, [LENGTH, WIDTH]].T
    axes.scatter(x, y, s=190, facecolors="none", edgecolors="#222222", linewidths=1.6, label="answered wrongly")
    picture.legend(fontsize=11, loc="outside lower center", ncols=4, frameon=False)
    return picture


if __name__ == "__main__":
    run(main)
