"""Bagging: the mean of many small nets has a smaller error than they have on average, by exactly their variance.

Each net is trained on points drawn with replacement (Breiman 1996), so they err in different places. For the mean
``p̄`` of probabilities, ``(p̄ - y)² = mean (pᵢ - y)² - mean (pᵢ - p̄)²``: the error of the ensemble is the mean error
of its members minus their variance (Krogh & Vedelsby 1995). The nets may also vote. One picture shows where single nets
and their mean draw the line between two moons, the other the errors for ensembles of every size.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

import nn
from autograd import Value, mean
from examples.common import (
    BLUE,
    GREEN,
    ORANGE,
    SKY,
    VERMILION,
    Figure,
    argument_parser,
    count,
    figure,
    label,
    panels,
    parse,
    run,
    save,
    sow,
)  # fmt: skip
from nn import MLP, ensembles, losses, optim
from visualize import page

Array = NDArray[np.float64]


def main(arguments: Sequence[str] | None = None) -> dict[str, float]:
    """Train the nets, and return how often they are right, one by one and together."""
    parser = argument_parser(__doc__, seed=0, epochs=80)
    parser.add_argument("--models", type=count, default=15, help="how many nets there are, 2 or more")
    options = parse(parser, arguments, quick={"epochs": 40, "models": 7})
    if options.models < 2:
        parser.error("--models must be 2 or more: one alone is no ensemble")
    rng = sow(options.seed)
    points, labels = nn.data.moons(80, noise=0.35, rng=rng)
    unseen, truth = nn.data.moons(2000, noise=0.35, rng=rng)

    def train(inputs: Array, targets: Array) -> MLP:
        model = MLP(2, [16, 1], activation="tanh", init="xavier_normal")
        loss = losses.binary_cross_entropy_with_logits
        nn.fit(model, loss, (inputs, targets), optim.Adam(model.parameters(), lr=0.05), epochs=options.epochs,
               batch_size=40, rng=rng, progress=False)  # fmt: skip
        return model

    models = ensembles.bagging(train, points, labels, models=options.models, rng=rng)
    chances = np.array([probability(model, unseen) for model in models])  # [net, point]
    together = chances.mean(axis=0)
    votes = ensembles.Vote(models).predict(unseen)
    alone = [nn.accuracy(chance, truth) for chance in chances]
    error, members = float(np.mean((together - truth) ** 2)), float(np.mean((chances - truth) ** 2))
    spread = float(np.mean((chances - together) ** 2))
    averaged, voted = nn.accuracy(together, truth), nn.accuracy(votes, truth)
    print(f"right: alone {min(alone):.1%} to {max(alone):.1%}, on average {np.mean(alone):.1%}")
    print(f"       together {averaged:.1%} by their mean, {voted:.1%} by their votes")
    print(f"squared error {error:.4f} = {members:.4f} of the members - {spread:.4f}, their variance")
    pictures = {
        "bagging_lines.png": (lines_picture(models, points, labels), "where the nets draw the line"),
        "bagging_size.png": (size_picture(chances, truth), "errors for ensembles of every size"),
        "ensemble_error.html": (page(error_of_three()), "the error of the mean of three answers, to step through"),
    }
    save(options.output, pictures)
    return {
        "accuracy of a member": float(np.mean(alone)),
        "accuracy of the mean": averaged,
        "accuracy of the votes": voted,
        "gain of the mean": averaged - float(np.mean(alone)),
        "gain in squared error": members - error,
        "remainder of the decomposition": abs(error - (members - spread)),
    }


def error_of_three() -> Value:
    """The squared error of the mean of three answers, whose target is 1."""
    answers = [Value(p, f"p{k}") for k, p in enumerate([0.9, 0.6, 0.3], start=1)]
    together = mean(answers)
    together.name = "p"
    error = (together - 1) ** 2
    error.name = "error"
    return error


def probability(model: Any, points: Array) -> Array:
    """The probability of the second moon, for each point."""
    scores: Array = np.asarray(nn.predict(model, points)).reshape(-1)
    return 1 / (1 + np.exp(-scores))


def lines_picture(models: Sequence[MLP], points: Array, labels: Array) -> Figure:
    """The lines at a probability of one half: of each net, and of their mean."""
    picture, axes = figure(f"{len(models)} lines that disagree, and their mean", "x₁", "x₂")
    low, high = points.min(axis=0) - 0.3, points.max(axis=0) + 0.3
    columns, rows = np.meshgrid(np.linspace(low[0], high[0], 60), np.linspace(low[1], high[1], 50))
    plane = np.column_stack([columns.ravel(), rows.ravel()])
    chances = np.array([probability(model, plane).reshape(columns.shape) for model in models])
    for chance in chances:
        axes.contour(columns, rows, chance, levels=[0.5], colors=SKY, linewidths=1)
    axes.contour(columns, rows, chances.mean(axis=0), levels=[0.5], colors="#222222", linewidths=3)
    for moon, (marker, colour) in enumerate([("o", BLUE), ("^", VERMILION)]):
        axes.scatter(*points[labels == moon].T, s=40, marker=marker, color=colour, edgecolors="white")
    axes.plot([], [], color=SKY, label="a net")
    axes.plot([], [], color="#222222", linewidth=3, label="the mean of all")
    picture.legend(fontsize=12, loc="outside lower center", ncols=2, frameon=False)
    return picture


def size_picture(chances: Array, truth: Array) -> Figure:
    """Squared error and wrong answers of the mean of the first nets."""
    picture, (left, right) = panels(1, 2, "More nets, fewer errors", size=(9.0, 4.5))
    sizes = np.arange(1, len(chances) + 1)
    means = np.cumsum(chances, axis=0) / sizes[:, None]
    left.plot(sizes, np.mean((means - truth) ** 2, axis=1), color=BLUE, marker="o", label="the mean of the first n")
    left.axhline(np.mean((chances - truth) ** 2), color=ORANGE, linestyle="dashed", label="a net, on average")
    label(left, "nets n", "squared error of the probability", size=12)
    right.plot(sizes, 100 * np.mean((means > 0.5) != truth, axis=1), color=GREEN, marker="o")
    right.axhline(100 * np.mean((chances > 0.5) != truth), color=ORANGE, linestyle="dashed")
    label(right, "nets n", "wrong answers in %", size=12)
    left.legend(fontsize=11, frameon=False)
    return picture


if __name__ == "__main__":
    run(main)
