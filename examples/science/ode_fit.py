"""A differential equation is fitted to data: the rates of lynxes and hares, from twenty-one years of pelts.

``h' = αh - βhl, l' = -γl + δhl`` (Lotka 1925, Volterra 1926), solved by steps of Runge and Kutta that are recorded like
any other arithmetic, so that the solution has derivatives by rates and by the first year. They are the ``jac`` of
``scipy.optimize.least_squares``, which fits the logarithms of the pelts. The rates are compared with those that
Carpenter (2018) published for the same data. The picture shows the pelts and the solution.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograd import exp, jvp, log, stack
from examples.common import BLUE, VERMILION, Figure, argument_parser, count, figure, parse, run, save

Array = NDArray[np.float64]

# Posterior means of α, β, γ, δ and the pelts of 1900, in thousands. B. Carpenter, "Predator-prey population dynamics:
# the Lotka-Volterra model in Stan" (2018); lognormal errors, as a fit of logarithms assumes, and weak priors.
PUBLISHED = {"α": 0.55, "β": 0.028, "γ": 0.80, "δ": 0.024, "h₀": 34.0, "l₀": 5.9}


def rates(population: Any, parameters: Any) -> Any:
    """The change of hares and lynxes in a year."""
    (hares, lynxes), (alpha, beta, gamma, delta) = population, parameters
    return stack([alpha * hares - beta * hares * lynxes, delta * hares * lynxes - gamma * lynxes])


def solved(logarithms: Any, years: int, steps: int) -> Any:
    """The populations of all years, from the logarithms of rates and first populations, by Runge and Kutta's method."""
    numbers = exp(logarithms)
    parameters, y = [numbers[k] for k in range(4)], numbers[4:]
    h = 1 / steps
    populations = [y]
    for k in range(steps * (years - 1)):
        a = rates(y, parameters)
        b = rates(y + h / 2 * a, parameters)
        c = rates(y + h / 2 * b, parameters)
        d = rates(y + h * c, parameters)
        y = y + h / 6 * (a + 2 * b + 2 * c + d)
        if k % steps == steps - 1:
            populations.append(y)
    return stack(populations)


def main(arguments: Sequence[str] | None = None) -> dict[str, float]:
    """Fit the equation, and return the differences of its numbers from the published ones."""
    from scipy.optimize import least_squares

    parser = argument_parser(__doc__, seed=0)
    parser.add_argument("--steps-a-year", type=count, default=4, help="steps of Runge and Kutta in a year")
    options = parse(parser, arguments, quick={"steps_a_year": 3})
    table = np.loadtxt(Path(__file__).parents[1] / "data" / "lynx_hare.csv", delimiter=",", skiprows=2)
    years, pelts = table[:, 0], table[:, 1:]

    def residuals(logarithms: Any) -> Any:  # of one set of numbers, or of several side by side
        counted = np.log(pelts).reshape(*pelts.shape, *[1] * (logarithms.ndim - 1))
        difference = log(solved(logarithms, len(years), options.steps_a_year)) - counted
        return difference.reshape(pelts.size, *logarithms.shape[1:])

    def jacobian(logarithms: Array) -> Any:  # six copies side by side, each moved along another axis: one pass forward
        return jvp(residuals, (np.tile(logarithms[:, None], 6),), (np.eye(6),))[1]

    guess = np.log([0.5, 0.02, 0.8, 0.02, 30.0, 4.0]) + np.random.default_rng(options.seed).normal(0, 0.05, 6)
    fit = least_squares(residuals, guess, jac=jacobian)
    found = np.exp(fit.x)
    away = {}
    for (name, published), number in zip(PUBLISHED.items(), found, strict=True):
        away[name] = abs(number / published - 1)
        print(f"{name:2} = {number:7.4f}, published {published}")
    error = float(np.sqrt(np.mean(fit.fun**2)))
    print(f"the pelts are off by {error:.0%} on average, after {fit.nfev} solutions and {fit.njev} Jacobians")

    curve = np.asarray(solved(fit.x, len(years), options.steps_a_year))
    caption = "the pelts, and the solution that was fitted"
    save(options.output, {"lynxes_and_hares.png": (picture_of(years, pelts, curve), caption)})
    return {
        "difference from the published numbers": max(away.values()),
        "relative error of the pelts": error,
        "length of the gradient": float(np.linalg.norm(fit.grad)),
    }


def picture_of(years: Array, pelts: Array, curve: Array) -> Figure:
    """The pelts of both animals as points, the solution as lines."""
    picture, axes = figure("Lynxes follow hares: two rates each explain both", "year", "pelts in thousands")
    for k, (name, colour, marker) in enumerate([("hares", BLUE, "o"), ("lynxes", VERMILION, "^")]):
        axes.plot(years, curve[:, k], color=colour, linewidth=2, label=f"{name}, solution")
        axes.plot(
            years, pelts[:, k], color=colour, marker=marker, linestyle="none", markersize=7, label=f"{name}, counted"
        )
    axes.set_xticks(range(1900, 1921, 5))
    axes.set_ylim(0, None)
    picture.legend(fontsize=11, loc="outside lower center", ncols=2, frameon=False)
    return picture


if __name__ == "__main__":
    run(main)
