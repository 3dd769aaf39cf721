"""Weights of zero: symmetric neurons that stay equal, at a saddle point that descent leaves slowly or never.

Two linear neurons in a row learn ``y = x``: the loss is ``(1 - v w)²``, smallest along the curve ``v w = 1``. At
``v = w = 0`` its gradient is zero and its Hessian has the eigenvalues -2 and 2: a saddle. On the line ``v = w`` a step
of descent multiplies a small distance by about ``1 + 2 η``, so from a distance ε the way out takes about
``log(1/ε) / log(1 + 2 η)`` steps; on the line ``v = -w`` descent moves into the saddle. A layer of equal neurons is the
same case: equal weights get equal gradients, and the neurons stay copies of each other.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from autograd import Value, hessian
from examples.common import (
    BLUE,
    GREEN,
    VERMILION,
    Figure,
    amount,
    argument_parser,
    count,
    figure,
    parse,
    run,
    save,
    sow,
)
from nn import MLP, init, losses, optim

Path = list[tuple[float, float]]

DISTANCES = (1e-1, 1e-3, 1e-6, 1e-9)


def main(arguments: Sequence[str] | None = None) -> dict[str, float]:
    """Descend from near the saddle; train equal neurons; return eigenvalues, steps and differences of neurons."""
    parser = argument_parser(__doc__, seed=0, steps=200)
    parser.add_argument("--rate", type=amount, default=0.05, help="the learning rate, at most 0.1")
    parser.add_argument("--hidden", type=count, default=3, help="the neurons that begin equal")
    options = parse(parser, arguments, quick={"steps": 50})
    if not 0 < options.rate <= 0.1:
        parser.error("--rate must be more than 0 and at most 0.1, so that descent does not leap over the curve v w = 1")

    curvature = np.linalg.eigvalsh(
        np.array([[float(h) for h in row] for row in hessian(loss, argnums=(0, 1))(0.0, 0.0)])
    )
    print(f"At v = w = 0 the eigenvalues of the Hessian are {curvature[0]:.1f} and {curvature[1]:.1f}.")
    taken, expected = [], []
    for distance in DISTANCES:
        path = descend(distance, distance, options.rate, until=0.5)
        taken.append(len(path) - 1)
        expected.append(math.log(0.5 / distance) / math.log1p(2 * options.rate))
        print(f"from {distance:.0e}: {taken[-1]:3} steps to v = 0.5, by the formula {expected[-1]:.1f}")
    into = descend(0.9, -0.9, options.rate, steps=400)
    print(f"from (0.9, -0.9), 400 steps lead to ({into[-1][0]:.0e}, {into[-1][1]:.0e}): the saddle")

    spread = {name: train(kind, options.hidden, options.steps, options.seed) for name, kind in STARTS.items()}
    for name, (apart, moved) in spread.items():
        print(f"{name}: in {options.steps} steps the weights move by {moved:.1g}; the neurons differ by {apart:.1g}")
    paths = [descend(a, b, options.rate, steps=400) for a, b in [(0.02, 0.02), (0.9, -0.87), (0.9, -0.9)]]
    save(options.output, {"neuron_saddle.png": (contours(paths), "descent near the saddle of (1 - v w)²")})
    return {
        "smallest eigenvalue": curvature[0],
        "largest eigenvalue": curvature[1],
        "steps per factor of ten": (taken[3] - taken[1]) / 6,
        "expected steps per factor of ten": math.log(10) / math.log1p(2 * options.rate),
        "distance from the saddle": math.hypot(*into[-1]),
        "equal neurons differ by": spread["equal weights"][0],
        "random neurons differ by": spread["random weights"][0],
        "zero ReLU weights move by": spread["zero weights, ReLU"][1],
    }


def loss(v: Value, w: Value) -> Value:
    """Compute the squared error of ``v w x`` for the input 1 and the target 1."""
    return (1 - v * w) ** 2


def descend(
    v0: float, w0: float, rate: float, steps: int = 10_000, until: float = math.inf
) -> list[tuple[float, float]]:
    """Follow the gradient downhill; return all points on the way, up to the first one with ``|v| >= until``."""
    v, w = Value(v0), Value(w0)
    optimizer = optim.SGD([v, w], lr=rate)
    path = [(v0, w0)]
    while len(path) <= steps and abs(v.data) < until:
        optimizer.zero_grad()
        loss(v, w).backward()
        optimizer.step()
        path.append((v.data, w.data))
    return path


STARTS = {
    "equal weights": ("tanh", init.constant(0.5)),
    "random weights": ("tanh", "xavier_uniform"),
    "zero weights, ReLU": ("relu", init.zeros()),
}


def train(start: tuple[str, object], hidden: int, steps: int, seed: int) -> tuple[float, float]:
    """Train a layer of neurons on XOR; return the most that two of them differ by, and the most that a weight moved."""
    sow(seed)
    model = MLP(2, [hidden, 1], activation=start[0], init=start[1])
    before = np.array([w.data for neuron in model.layers[0].neurons for w in neuron.weights])
    optimizer = optim.SGD(model.parameters(), lr=0.5)
    for _ in range(steps):
        optimizer.zero_grad()
        losses.mse([model(x) for x in ([0, 0], [0, 1], [1, 0], [1, 1])], [0, 1, 1, 0]).backward()
        optimizer.step()
    after = np.array([[w.data for w in neuron.weights] for neuron in model.layers[0].neurons])
    return float(np.ptp(after, axis=0).max()), float(np.abs(after.ravel() - before).max())


def contours(paths: Sequence[Path]) -> Figure:
    """Draw the loss over the plane of both weights, and descent on it."""
    picture, axes = figure("Descent leaves a saddle slowly, and may end in it", "w", "v")
    grid = np.linspace(-1.6, 1.6, 161)
    v, w = np.meshgrid(grid, grid, indexing="ij")
    levels = [0, 0.05, 0.25, 0.6, 1, 1.5, 2.5, 4, 7, 13]
    axes.contourf(grid, grid, (1 - v * w) ** 2, levels=levels, cmap="Greys", alpha=0.6)
    for half in (grid[grid > 0.62], grid[grid < -0.62]):
        axes.plot(half, 1 / half, color="#222222", linewidth=2)
    names = ["from (0.02, 0.02)", "from (0.9, -0.87)", "from (0.9, -0.90), into the saddle"]
    for path, name, colour in zip(paths, names, [BLUE, GREEN, VERMILION], strict=True):
        v, w = np.array(path).T
        axes.plot(w, v, color=colour, linewidth=2, marker="o", markersize=4, label=name)
    axes.plot([0], [0], marker="x", color="#222222", markersize=12, markeredgewidth=3)
    axes.annotate("saddle", (0, 0), xytext=(12, -16), textcoords="offset points", fontsize=12)
    axes.annotate("minima: v w = 1", (-0.9, -1.11), xytext=(8, 0), textcoords="offset points", fontsize=12)
    axes.set_aspect("equal")
    axes.margins(0)
    picture.legend(fontsize=11, loc="outside lower center", ncols=3, frameon=False)
    return picture


if __name__ == "__main__":
    run(main)
