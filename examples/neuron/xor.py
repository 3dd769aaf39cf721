"""A single neuron cannot learn XOR, two layers can.

XOR is 1 where exactly one of two inputs is 1. A neuron answers 1 on one side of a straight line, and no line has the
two points of class 1 on one side and those of class 0 on the other. Its cross-entropy is a convex function, smallest
where the probability is one half for every point: ``ln 2 = 0.6931``. Hidden neurons draw several lines, and the output
neuron combines their sides.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from autograd import sigmoid
from examples.common import (
    BLUE,
    VERMILION,
    Axes,
    ContourSet,
    argument_parser,
    count,
    label,
    panels,
    parse,
    run,
    save,
    sow,
)
from nn import MLP, Module, accuracy, fit, losses, optim, predict

POINTS = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
CLASSES = np.array([0, 1, 1, 0])


def main(arguments: Sequence[str] | None = None) -> dict[str, float]:
    """Train a neuron and a network, and return their losses and accuracies."""
    parser = argument_parser(__doc__, seed=0, epochs=1000)
    parser.add_argument("--hidden", type=count, default=4, help="the neurons in the hidden layer")
    options = parse(parser, arguments, quick={"epochs": 500})

    sow(options.seed)
    models = {"A neuron": MLP(2, [1]), "Two layers": MLP(2, [options.hidden, 1], activation="tanh")}
    picture, plots = panels(1, 2, "One line cannot separate the classes of XOR, several can", size=(7.2, 4.0))
    numbers = {}
    for axes, (name, model) in zip(plots, models.items(), strict=True):
        history = fit(
            model,
            losses.binary_cross_entropy_with_logits,
            (POINTS, CLASSES),
            optim.Adam(model.parameters(), lr=0.05),
            epochs=options.epochs,
            progress=False,
        )
        loss, share = history["loss"][-1], accuracy(predict(model, POINTS), CLASSES)
        print(f"{name:<10}  loss {loss:.4f}, accuracy {share:.0%}: {model}")
        drawn = draw_sides(axes, model)
        label(axes, "x1", "x2", f"{name}: loss {loss:.4f}", size=12)
        numbers |= {f"loss of {name.lower()}": loss, f"accuracy of {name.lower()}": share}
    picture.colorbar(drawn, ax=plots, shrink=0.8, label="probability of class 1")
    picture.legend(*plots[0].get_legend_handles_labels(), fontsize=11, loc="outside lower center", ncols=2)
    save(options.output, {"neuron_xor.png": (picture, "the probabilities of class 1, and the points")})
    return numbers


def draw_sides(axes: Axes, model: Module) -> ContourSet:
    """Draw the probability of class 1 over the plane, and the four points."""
    grid = np.linspace(-0.5, 1.5, 81)
    x, y = np.meshgrid(grid, grid)
    scores = predict(model, np.stack([x.ravel(), y.ravel()], axis=1))
    drawn = axes.contourf(x, y, sigmoid(scores).reshape(x.shape), np.linspace(0, 1, 11), cmap="RdBu_r", alpha=0.55)
    axes.contour(x, y, scores.reshape(x.shape), levels=[0.0], colors="#222222", linewidths=2)
    for k, (marker, colour) in enumerate([("o", BLUE), ("^", VERMILION)]):
        of_class = POINTS[k == CLASSES]
        axes.scatter(*of_class.T, s=120, marker=marker, color=colour, edgecolors="white", zorder=3, label=f"class {k}")
    axes.set_aspect("equal")
    return drawn


if __name__ == "__main__":
    run(main)
