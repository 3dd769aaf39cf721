"""Two moons: a small network learns where one ends and the other begins.

A hundred points, a network of 2-16-16-1 neurons on plain scalars, the hinge loss and a little weight decay: the
demonstration of micrograd. Run it, and look at the pictures in the folder ``output``.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from autograd import Value, dot, no_grad
from examples.common import (
    BLUE,
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


def main(arguments: Sequence[str] | None = None) -> dict[str, float]:
    """Train the network, save the pictures, and return the accuracy."""
    parser = argument_parser(__doc__, seed=1337, steps=100)
    parser.add_argument("--samples", type=count, default=100, help="how many points there are")
    parser.add_argument("--noise", type=amount, default=0.1, help="how far the points stray from their moon")
    parser.add_argument("--widths", type=count, nargs="+", default=[16, 16], help="the neurons in each hidden layer")
    parser.add_argument("--decay", type=amount, default=1e-4, help="the weight of the sum of squared parameters")
    options = parse(parser, arguments, quick={"steps": 10})

    from sklearn.datasets import make_moons

    sow(options.seed)
    points, labels = make_moons(n_samples=options.samples, noise=options.noise)
    rows, targets = points.tolist(), (2 * labels - 1).tolist()
    model = MLP(2, [*options.widths, 1])
    print(f"{options.samples} points, {model}")

    parameters = model.parameters()
    optimizer = optim.SGD(parameters, lr=lambda step: 1.0 - 0.9 * step / options.steps)
    history = []
    began = time.perf_counter()
    with progress(range(options.steps)) as bar:
        for step in bar:
            scores = [model(row) for row in rows]
            loss = losses.hinge(scores, targets) + options.decay * dot(parameters, parameters)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()

            history.append(loss.item())
            report(bar, step, history[-1], share_right(scores, targets))
    print(f"{options.steps} steps in {time.perf_counter() - began:.1f} s")

    with no_grad():
        accuracy = share_right([model(row) for row in rows], targets)
    print(f"trained: loss {history[-1]:.4f}, accuracy {accuracy:.1%}")

    save(
        options.output,
        {
            "moons_boundary.png": (boundary(model, points, labels), "where the network draws the line"),
            "moons_loss.png": (loss_curve(history), "how it got there"),
            "moons_neuron.svg": (
                strongest(model.layers[0].neurons, dict(zip(["x1", "x2"], rows[0], strict=True))),
                "one of its neurons, with numbers and gradients",
            ),
        },
    )
    return {"accuracy": accuracy, "loss": history[-1]}


def share_right(scores: Sequence[Value], targets: Sequence[int]) -> float:
    """The share of the scores that are on the side of their target."""
    return sum((score > 0) == (target > 0) for score, target in zip(scores, targets, strict=True)) / len(targets)


def boundary(model: MLP, points: NDArray[np.float64], labels: NDArray[np.int64]) -> Figure:
    """Draw the plane in the colours of the network's answer, and the points in those of the truth."""
    low, high = points.min(axis=0) - 0.4, points.max(axis=0) + 0.4
    columns, lines = np.linspace(low[0], high[0], 90), np.linspace(low[1], high[1], 70)
    with no_grad():
        scores = np.array([[model([x, y]).item() for x in columns.tolist()] for y in lines.tolist()])

    picture, axes = figure("Where the network draws the line", "x1", "x2")
    axes.contourf(
        columns, lines, scores, levels=[-np.inf, -1, 0, 1, np.inf], colors=["#BFDCEC", "#E3F0F7", "#FBE9DD", "#F5CDB3"]
    )
    axes.contour(columns, lines, scores, levels=[0], colors="#222222", linewidths=2)
    axes.contour(columns, lines, scores, levels=[-1, 1], colors="#555555", linewidths=1, linestyles="dashed")
    for label, marker, color, name in [(0, "o", BLUE, "upper moon"), (1, "^", VERMILION, "lower moon")]:
        x, y = points[labels == label].T
        axes.scatter(x, y, s=46, marker=marker, color=color, edgecolors="white", linewidths=0.8, label=name)
    axes.plot([], [], color="#222222", linewidth=2, label="boundary: score 0")
    axes.plot([], [], color="#555555", linewidth=1, linestyle="dashed", label="margin: score ±1")
    picture.legend(fontsize=11, loc="outside lower center", ncols=4, frameon=False)
    return picture


if __name__ == "__main__":
    run(main)
