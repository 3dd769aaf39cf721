"""Radial features: a bump around every centre, and a width that cross-validation chooses.

``φ_j(x) = exp(-β |x - p_j|²)`` is the nearness to a centre; a linear model of twenty such features draws any curve.
Large β make narrow bumps and overfit, small β wide ones and underfit. There is no validation set to spare, so the data
are cut into five parts, each of which is predicted by a model of the other four: cross-validation.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from autograd import Value, exp
from examples.common import BLUE, GREEN, VERMILION, argument_parser, count, label, panels, parse, run, save, sow
from nn import data, grid_search
from visualize import page

WIDTHS = [float(beta) for beta in np.logspace(-3, 3, 19)]
CENTRES = np.linspace(-np.pi, np.pi, 20)
STRENGTH = 1e-3  # of the ridge, which keeps the equations solvable where bumps overlap


def main(arguments: Sequence[str] | None = None) -> dict[str, float]:
    """Choose the width; return it with its errors, and the least error that fresh points allow."""
    parser = argument_parser(__doc__, seed=0)
    parser.add_argument("--points", type=count, default=40, help="how many points are learnt from, at least 10")
    options = parse(parser, arguments)
    if options.points < 10:
        parser.error("--points must be at least 10, so that each of five parts has two")

    rng = sow(options.seed)
    x, y = data.sine(options.points, noise=0.2, rng=rng)
    fresh_x, fresh_y = data.sine(1000, noise=0.2, rng=rng)
    folds = data.k_folds(len(x), 5, rng=options.seed)

    def cross_validated(beta: float) -> float:
        return float(np.mean([error(fit(x[train], y[train], beta), x[test], y[test], beta) for train, test in folds]))

    search = grid_search(cross_validated, {"beta": WIDTHS})
    best = search.best["beta"]
    seen = [error(fit(x, y, beta), x, y, beta) for beta in WIDTHS]
    fresh = [error(fit(x, y, beta), fresh_x, fresh_y, beta) for beta in WIDTHS]
    numbers = {
        "β": best,
        "cross-validated error": search.score,
        "fresh error": fresh[WIDTHS.index(best)],
        "least fresh error": min(fresh),
        "fresh error of the narrowest": fresh[-1],
        "fresh error of the widest": fresh[0],
    }
    print(f"β = {best:.3g}: cross-validated error {search.score:.4f}, on fresh points {numbers['fresh error']:.4f}")
    print(f"the least error of any β on fresh points is {min(fresh):.4f}; the variance of the noise is 0.04")

    picture, (left, right) = panels(1, 2, "Cross-validation finds the width without fresh data", size=(9.0, 5.0))
    grid = np.linspace(-np.pi, np.pi, 301)
    for beta, colour, name in ((WIDTHS[0], BLUE, "wide"), (best, GREEN, "chosen"), (WIDTHS[-1], VERMILION, "narrow")):
        curve, rounded = data.radial_features(grid, CENTRES, beta) @ fit(x, y, beta), float(f"{beta:.3g}")
        left.plot(grid, curve, color=colour, linewidth=2, label=f"β = {rounded:g}: {name}")
    left.scatter(x, y, s=26, color="#222222", zorder=3)
    left.set_ylim(-1.7, 2.4)
    left.legend(fontsize=10, frameon=False, loc="upper left")
    label(left, "x", "y", "Twenty bumps of three widths", size=11)
    scores = [score for _, score in search.results]
    for errors, colour, name in ((seen, BLUE, "seen"), (scores, GREEN, "cross-validated"), (fresh, VERMILION, "fresh")):
        right.loglog(WIDTHS, errors, color=colour, marker="o", markersize=4, linewidth=2, label=name)
    right.axvline(best, color="#999999", linewidth=1)
    right.legend(fontsize=10, frameon=False)
    label(right, "β (logarithmic scale)", "mean squared error (logarithmic scale)", f"Chosen: β = {best:.3g}", size=11)
    x, p, beta = Value(1.5, name="x"), Value(1.0, name="p"), Value(2.0, name="β")
    near = exp(-beta * (x - p) ** 2)
    near.name = "φ"
    save(
        options.output,
        {
            "features_radial.png": (picture, "three widths, and the errors of all"),
            "features_bump.html": (page(near), "a radial feature and its derivatives, in a browser"),
        },
    )
    return numbers


def fit(x: np.ndarray, y: np.ndarray, beta: float) -> np.ndarray:
    """Return the weights of the bumps, by ridge regression."""
    features = data.radial_features(x, CENTRES, beta)
    return np.linalg.solve(features.T @ features / len(y) + STRENGTH * np.eye(len(CENTRES)), features.T @ y / len(y))


def error(weights: np.ndarray, x: np.ndarray, y: np.ndarray, beta: float) -> float:
    """Compute the mean squared error on some points."""
    return float(np.mean((data.radial_features(x, CENTRES, beta) @ weights - y) ** 2))


if __name__ == "__main__":
    run(main)
