"""A learning rate that is too small, good, oscillating, too large.

On ``J(θ) = (θ - 1)²`` a step of gradient descent is ``θ - 1 ← (1 - 2 η) (θ - 1)``. The factor decides: near 1 descent
crawls, at 0 it arrives in one step, below 0 it oscillates, at -1 it goes back and forth forever, and beyond it
diverges. On any function the same holds near a minimum, with the second derivative in the place of 2.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from autograd import Value
from examples.common import BLUE, GREEN, ORANGE, VERMILION, Figure, argument_parser, label, panels, parse, run, save
from nn import optim

RATES = {
    0.01: ("too small", BLUE),
    0.1: ("good", GREEN),
    0.5: ("one step", GREEN),
    0.9: ("oscillating", ORANGE),
    1.0: ("forever", VERMILION),
    1.1: ("diverging", VERMILION),
}
START = 4.0


def main(arguments: Sequence[str] | None = None) -> dict[str, float]:
    """Descend at each rate; return the points after ten steps, and their distances from the formula."""
    options = parse(argument_parser(__doc__), arguments)

    paths = {rate: descend(rate, 10) for rate in RATES}
    numbers = {}
    for rate, (name, _) in RATES.items():
        formula = [1 + (1 - 2 * rate) ** t * (START - 1) for t in range(11)]
        apart = max(abs(found - expected) for found, expected in zip(paths[rate], formula, strict=True))
        print(f"η = {rate:<4}  factor {1 - 2 * rate:+.2f}  θ after 10 steps {paths[rate][-1]:9.6f}   {name}")
        numbers |= {f"θ at η={rate:g}": paths[rate][-1], f"apart at η={rate:g}": apart}
    save(options.output, {"regression_rates.png": (plot(paths), "six rates on a parabola")})
    return numbers


def descend(rate: float, steps: int) -> list[float]:
    """Follow the gradient of ``(θ - 1)²``; return θ before and after each step."""
    theta = Value(START, name="θ")
    optimizer = optim.SGD([theta], lr=rate)
    path = [theta.data]
    for _ in range(steps):
        optimizer.zero_grad()
        ((theta - 1) ** 2).backward()
        optimizer.step()
        path.append(theta.data)
    return path


def plot(paths: dict[float, list[float]]) -> Figure:
    """Draw the steps of each rate on the parabola."""
    picture, plots = panels(2, 3, "The factor 1 - 2η decides how descent on (θ - 1)² goes", size=(9.0, 5.4))
    grid = np.linspace(-3.0, 5.0, 81)
    for axes, (rate, path) in zip(plots, paths.items(), strict=True):
        name, colour = RATES[rate]
        axes.plot(grid, (grid - 1) ** 2, color="#999999", linewidth=1.5)
        shown = np.array([theta for theta in path if -3 <= theta <= 5])
        axes.plot(shown, (shown - 1) ** 2, color=colour, marker="o", markersize=5, linewidth=1.2)
        axes.set_ylim(-0.5, 16)
        label(axes, "θ", "J(θ)", f"η = {rate:g}: {name}", size=11)
    return picture


if __name__ == "__main__":
    run(main)
