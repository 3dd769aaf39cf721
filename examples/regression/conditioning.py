"""The condition number decides how long descent takes, and standardised features lower it.

The Hessian of the squared error is ``2 Xᵀ X / n``. Where features have different units its eigenvalues differ by orders
of magnitude: the valley is narrow, and no rate suits all directions. At the best rate ``2 / (L + μ)`` the distance
falls by ``(κ - 1) / (κ + 1)`` in each step, so a millionth of it takes about ``κ log(10⁶) / 2`` steps. Dividing each
feature by its standard deviation removes the units; what remains is the correlation of the features.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from autograd import Value, dot
from examples.common import BLUE, VERMILION, Axes, argument_parser, label, panels, parse, run, save
from nn import data, optim

FIRST, SECOND = 2, 3  # body mass index in kg/m² and blood pressure in mmHg, among the ten measurements
NEAR = 1e-6  # of the distance at the beginning


def main(arguments: Sequence[str] | None = None) -> dict[str, float]:
    """Descend on two features, as they are and standardised; return condition numbers and steps."""
    options = parse(argument_parser(__doc__), arguments)

    from sklearn.datasets import load_diabetes

    raw, targets = load_diabetes(return_X_y=True, scaled=False)
    raw = raw[:, [FIRST, SECOND]] - raw[:, [FIRST, SECOND]].mean(axis=0)
    y = targets - targets.mean()
    picture, plots = panels(1, 2, "Standardised features make a round valley of a narrow one", size=(9.0, 5.0))
    numbers = {}
    for axes, name, features in zip(plots, ("raw", "standardised"), (raw, data.standardize(raw)[0]), strict=True):
        gram, target = features.T @ features / len(y), features.T @ y / len(y)
        smallest, largest = np.linalg.eigvalsh(2 * gram)
        kappa = largest / smallest
        expected = math.log(NEAR) / math.log((kappa - 1) / (kappa + 1))
        exact = np.linalg.solve(gram, target)
        path = descend(gram, target, exact, 2 / (smallest + largest))
        print(f"{name:<12}  κ = {kappa:6.2f}   {len(path) - 1:3} steps to a millionth, expected {expected:.1f}")
        draw(axes, gram, exact, path, BLUE if name == "standardised" else VERMILION)
        label(axes, "coefficient of the body mass index", "coefficient of the blood pressure",
              f"{name}: κ = {kappa:.1f}, {len(path) - 1} steps", size=11)  # fmt: skip
        numbers |= {
            f"κ, {name}": kappa,
            f"steps, {name}": len(path) - 1,
            f"steps over expected, {name}": (len(path) - 1) / expected,
        }
    ages = load_diabetes(scaled=False).data
    for name, table in (("raw", ages - ages.mean(axis=0)), ("standardised", data.standardize(ages)[0])):
        numbers[f"κ of all ten, {name}"] = float(np.linalg.cond(table.T @ table))
        print(f"all ten measurements, {name}: κ = {numbers[f'κ of all ten, {name}']:,.0f}")
    save(options.output, {"regression_conditioning.png": (picture, "descent on the contours of both")})
    return numbers


def descend(gram: np.ndarray, target: np.ndarray, exact: np.ndarray, rate: float) -> np.ndarray:
    """Follow the gradient of ``θ · G θ - 2 c · θ``, the squared error without its constant; return all points."""
    # As far away in the steepest direction as in the flattest: the slowest start.
    steep = np.linalg.eigh(gram)[1].sum(axis=1)
    theta = [Value(t, f"θ{k + 1}") for k, t in enumerate(exact + steep * np.linalg.norm(exact))]
    optimizer = optim.SGD(theta, lr=rate)
    path = [[t.data for t in theta]]
    while math.dist(path[-1], exact) > NEAR * math.dist(path[0], exact):
        optimizer.zero_grad()
        (dot(theta, [dot(row, theta) for row in gram.tolist()]) - 2 * dot(target.tolist(), theta)).backward()
        optimizer.step()
        path.append([t.data for t in theta])
    return np.array(path)


def draw(axes: Axes, gram: np.ndarray, exact: np.ndarray, path: np.ndarray, colour: str) -> None:
    """Draw the contours of the error around its minimum, with the points of the descent."""
    reach = 1.3 * np.abs(path - exact).max()
    grid = np.linspace(-reach, reach, 101)
    first, second = np.meshgrid(grid, grid)
    error = gram[0, 0] * first**2 + 2 * gram[0, 1] * first * second + gram[1, 1] * second**2
    levels = error.max() * np.array([0.001, 0.01, 0.05, 0.15, 0.3, 0.5, 0.8])
    axes.contour(exact[0] + first, exact[1] + second, error, levels=levels, colors="#999999", linewidths=0.9)
    axes.plot(*path.T, color=colour, marker="o", markersize=3.5, linewidth=1.2)
    axes.plot(*exact, marker="x", color="#222222", markersize=11, markeredgewidth=2.5)
    axes.set_aspect("equal")


if __name__ == "__main__":
    run(main)
