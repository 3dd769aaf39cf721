"""Logistic regression: a penalty on the weights limits the confidence of a classifier.

The score ``s = θ · x + b`` of a point is the distance from the line ``s = 0`` times ``|θ|``, and ``σ(s)`` is the
probability of class 1. The line depends on the direction of θ, the confidence on its length: the probability rises from
10 % to 90 % within a band of the width ``2 log(9) / |θ|``. Where the classes can be separated, a longer θ always lowers
the loss: descent never arrives, and θ grows like the logarithm of the steps. A penalty ``λ |θ|²`` ends that.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from autograd import Tensor, Value, compile, dot, sigmoid
from examples.common import (
    BLUE,
    GREEN,
    ORANGE,
    VERMILION,
    Axes,
    Figure,
    argument_parser,
    figure,
    label,
    panels,
    parse,
    progress,
    run,
    save,
    sow,
)
from nn import accuracy, data, losses, optim, regularisers
from visualize import Page, page

ON_A_LINE = np.array([-5.0, -4.0, -3.0, 3.0, 4.0, 5.0])
CLASSES = np.array([0, 0, 0, 1, 1, 1])
STRENGTHS = {0.0: VERMILION, 0.001: ORANGE, 0.01: GREEN, 0.1: BLUE}
loss_of = losses.binary_cross_entropy_with_logits


def main(arguments: Sequence[str] | None = None) -> dict[str, float]:
    """Train on a line and in the plane; return the weights on the line, and the bands in the plane."""
    options = parse(argument_parser(__doc__, seed=0, steps=10_000), arguments, quick={"steps": 1000})

    rng = sow(options.seed)
    growth = {strength: descend(strength, options.steps) for strength in STRENGTHS}
    numbers = {}
    for strength, thetas in growth.items():
        at = {step: thetas[min(step, len(thetas) - 1)] for step in (10, 100, 1000, 10_000) if step <= options.steps}
        print(f"λ = {strength:<5}  θ in " + ", ".join(f"step {step}: {theta:.4f}" for step, theta in at.items()))
        numbers |= {f"θ at step {step}, λ={strength:g}": theta for step, theta in at.items()}

    points, classes = data.blobs(60, [[-1.2, -0.8], [1.2, 0.8]], deviation=0.55, rng=rng)
    picture, plots = panels(1, 2, "The stronger the penalty, the less sure the classifier", size=(9.0, 5.0))
    for axes, strength in zip(plots, (0.001, 0.1), strict=True):
        theta, offset = fitted(points, classes, strength)
        length = float(np.linalg.norm(theta))
        share = accuracy(points @ theta + offset, classes)
        band = 2 * math.log(9) / length
        print(f"in the plane, λ = {strength:<5}  |θ| = {length:.2f}, unsure in a band of {band:.2f}, right {share:.1%}")
        draw(axes, points, classes, theta, offset)
        label(axes, "x1", "x2", f"λ = {strength:g}: a band of {band:.2f} between 10 % and 90 %", size=11)
        numbers |= {f"band at λ={strength:g}": band, f"accuracy at λ={strength:g}": share}
    save(
        options.output,
        {
            "logistic_band.png": (picture, "probabilities in the plane, for a weak and a strong penalty"),
            "logistic_loss.html": (loss_to_step_through(), "the loss of one point, in a browser"),
            "logistic_growth.png": (grown(growth), "how the weight grows without a penalty, and ends with one"),
        },
    )
    return numbers


def loss_to_step_through() -> Page:
    """Make a page of the loss of one point."""
    theta, b = [Value(1.0, name="θ1"), Value(-2.0, name="θ2")], Value(0.5, name="b")
    loss = loss_of(dot(theta, [2.0, 1.0], b), 1)
    loss.name = "L"
    return page(loss)


def descend(strength: float, steps: int) -> list[float]:
    """Train the weight of one feature at the rate 1, up to where it rests; return it before and after each step."""
    theta = Value(0.0, name="θ")
    losses_of_points = compile(lambda x, y: loss_of(theta * x, y))
    optimizer = optim.SGD([theta], lr=1.0)
    thetas = [theta.data]
    for _ in progress(range(steps)):
        optimizer.zero_grad()
        (losses_of_points(ON_A_LINE, CLASSES).mean() + strength * theta**2).backward()
        optimizer.step()
        thetas.append(theta.data)
        if abs(thetas[-1] - thetas[-2]) < 1e-12:
            break
    return thetas


def fitted(points: np.ndarray, classes: np.ndarray, strength: float) -> tuple[np.ndarray, float]:
    """Minimise the penalised loss of points in the plane; return the weights and the offset."""
    theta, offset = Tensor(np.zeros(2), name="θ"), Tensor(0.0, name="b")
    objective = lambda: loss_of(points @ theta + offset, classes) + regularisers.l2([theta], strength)
    optim.minimize(objective, [theta, offset], tol=1e-12)
    return theta.data, float(offset.data)


def draw(axes: Axes, points: np.ndarray, classes: np.ndarray, theta: np.ndarray, offset: float) -> None:
    """Draw the probability of class 1 with the lines where it is 10 %, 50 % and 90 %, and the points."""
    grid = np.linspace(-3.2, 3.2, 65)
    x, y = np.meshgrid(grid, grid)
    probability = sigmoid(theta[0] * x + theta[1] * y + offset)
    axes.contourf(x, y, probability, levels=np.linspace(0, 1, 21), cmap="RdBu_r", alpha=0.5)
    lines = axes.contour(x, y, probability, levels=[0.1, 0.5, 0.9], colors="#222222", linewidths=[1, 2, 1])
    axes.clabel(lines, fmt=lambda level: f"{level:.0%}", fontsize=10)
    for k, (marker, colour) in enumerate([("o", BLUE), ("^", VERMILION)]):
        axes.scatter(*points[classes == k].T, s=30, marker=marker, color=colour, edgecolors="white", linewidths=0.6)
    axes.set_aspect("equal")


def grown(growth: dict[float, list[float]]) -> Figure:
    """Plot the weight of each strength over the steps."""
    picture, axes = figure("Without a penalty the weight grows without end", "step (logarithmic scale)", "weight θ")
    for strength, thetas in growth.items():
        axes.semilogx(
            range(1, len(thetas)), thetas[1:], color=STRENGTHS[strength], linewidth=2.5, label=f"λ = {strength:g}"
        )
    axes.legend(fontsize=12, frameon=False)
    return picture


if __name__ == "__main__":
    run(main)
