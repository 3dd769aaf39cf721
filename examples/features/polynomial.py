"""Polynomials of growing degree: underfitting, overfitting, and a validation set that tells them apart.

Twenty noisy points of a sine are fitted by least squares with the features ``1, x, …, x^k``. The error on these points
only falls with the degree, since each model contains the one before. The error on other points of the same kind falls
as long as the curve bends where the data do, and rises when it begins to follow the noise.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from examples.common import (
    BLUE,
    GREEN,
    VERMILION,
    amount,
    argument_parser,
    count,
    label,
    panels,
    parse,
    run,
    save,
    sow,
)
from nn import data

SHOWN = (1, 5, 15)


def main(arguments: Sequence[str] | None = None) -> dict[str, float]:
    """Fit all degrees; return their errors on the points seen, and on a thousand others."""
    parser = argument_parser(__doc__, seed=0)
    parser.add_argument("--points", type=count, default=20, help="how many points are learnt from, more than 15")
    parser.add_argument("--noise", type=amount, default=0.25, help="the deviation of the noise")
    options = parse(parser, arguments)
    if options.points <= max(SHOWN):
        parser.error(f"--points must be more than {max(SHOWN)}, the highest degree")

    rng = sow(options.seed)
    sample = lambda n: (x := np.sort(rng.uniform(-1, 1, n)), np.sin(np.pi * x) + rng.normal(0, options.noise, n))
    x, y = sample(options.points)
    fresh_x, fresh_y = sample(1000)
    degrees = range(1, max(SHOWN) + 1)
    fits, seen, fresh = {}, [], []
    for degree in degrees:
        fits[degree], *_ = np.linalg.lstsq(data.polynomial_features(x, degree), y, rcond=None)
        seen.append(error(fits[degree], x, y))
        fresh.append(error(fits[degree], fresh_x, fresh_y))
    best = degrees[int(np.argmin(fresh))]
    for degree in (*SHOWN, best):
        found = f"seen {seen[degree - 1]:.4f}   fresh {fresh[degree - 1]:.4f}"
        print(f"degree {degree:2}   {found}" + "   the best" * (degree == best))

    picture, (left, right) = panels(
        1, 2, "The error on points seen only falls, on fresh ones it turns", size=(9.0, 5.0)
    )
    grid = np.linspace(-1, 1, 301)
    left.plot(grid, np.sin(np.pi * grid), color="#222222", linestyle="dashed", linewidth=1.5, label="the sine")
    for degree, colour in zip(SHOWN, (BLUE, GREEN, VERMILION), strict=True):
        curve = data.polynomial_features(grid, degree) @ fits[degree]
        left.plot(grid, curve, color=colour, linewidth=2, label=f"degree {degree}")
    left.scatter(x, y, s=36, color="#222222", zorder=3)
    left.set_ylim(-2.2, 2.2)
    left.set_xticks([-1, -0.5, 0, 0.5, 1])
    left.legend(fontsize=10, frameon=False, loc="lower right")
    label(left, "x", "y", "Too stiff, about right, too flexible", size=11)
    right.semilogy(degrees, seen, color=BLUE, marker="o", linewidth=2, label=f"the {options.points} points seen")
    right.semilogy(degrees, fresh, color=VERMILION, marker="o", linewidth=2, label="1,000 fresh points")
    right.axhline(options.noise**2, color="#222222", linestyle="dashed", linewidth=1, label="variance of the noise")
    right.axvline(best, color="#999999", linewidth=1)
    right.set_ylim(options.noise**2 / 100, 5)
    right.legend(fontsize=10, framealpha=1, edgecolor="none", loc="lower left")
    label(right, "degree", "mean squared error (logarithmic scale)", f"Best on fresh points: {best}", size=11)
    save(options.output, {"features_polynomial.png": (picture, "three fits, and the errors of all degrees")})
    return {
        "best degree": best,
        "largest rise of the error on points seen": float(np.diff(seen).max()),
        "fresh error, degree 1": fresh[0],
        "fresh error, best": min(fresh),
        "fresh error, degree 15": fresh[14],
        "noise": options.noise**2,
    }


def error(weights: np.ndarray, x: np.ndarray, y: np.ndarray) -> float:
    """Compute the mean squared error of a polynomial."""
    return float(np.mean((data.polynomial_features(x, len(weights) - 1) @ weights - y) ** 2))


if __name__ == "__main__":
    run(main)
