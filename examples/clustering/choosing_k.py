"""The loss of k-means helps to choose the number of clusters, the start and the features, but not by itself.

The loss of the points falls with every further centre, to 0 when each point has its own, so it cannot choose k. Past
the right number it falls slowly, and that of points held out more slowly still, so the curves bend there. One start may
end in a bad local minimum, the best of several rarely does. And k-means divides the plane by straight lines: two rings
are two clusters only in a feature that separates them, here the distance from the middle.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

import autograd
from autograd import Value
from examples.clustering.k_means import MIDDLES, lloyd, squares
from examples.common import BLUE, VERMILION, Figure, argument_parser, count, label, panels, parse, run, save, sow
from nn import data
from visualize import page

Array = NDArray[np.float64]
MOST = 10


def main(arguments: Sequence[str] | None = None) -> dict[str, float]:
    """Cluster points by 1 to 10 centres, and two rings by two features; return the losses and agreements."""
    parser = argument_parser(__doc__, seed=0)
    parser.add_argument("--points", type=count, default=300, help="how many points there are, at least 20")
    parser.add_argument("--starts", type=count, default=20, help="how many starts the best is chosen from")
    options = parse(parser, arguments, quick={"starts": 10, "points": 150})
    if options.points < 2 * MOST:
        parser.error(f"--points must be at least {2 * MOST}")
    rng, k = sow(options.seed), len(MIDDLES)
    points, others = (
        MIDDLES[rng.integers(k, size=options.points)] + rng.normal(size=(options.points, 2)) for _ in "ab"
    )

    seen, unseen, spans = [], [], []
    for size in range(1, MOST + 1):
        ends = [lloyd(points, points[rng.choice(len(points), size, replace=False)])[-1] for _ in range(options.starts)]
        losses = [loss(points, centres) for centres in ends]
        seen.append(min(losses) / len(points))
        unseen.append(loss(others, ends[int(np.argmin(losses))]) / len(others))
        spans.append(max(losses) / min(losses))

    rings, ring = data.circles(options.points, noise=0.05, factor=0.4, rng=options.seed)
    radius = np.hypot(*rings.T)[:, None]
    plain, apart = (two_clusters(features, rng) for features in (rings, radius))
    numbers = {
        "loss with 4 centres over loss with 5": seen[k - 2] / seen[k - 1],
        "loss with 5 centres over loss with 6": seen[k - 1] / seen[k],
        "held-out loss with 5 centres over loss with 6": unseen[k - 1] / unseen[k],
        "largest rise with a further centre": float(np.diff(seen).max()),
        "loss with a centre for each point": loss(points, points),
        "worst start over best, with 5 centres": spans[k - 1],
        "rings told apart in the plane": agreement(plain, ring),
        "rings told apart by the radius": agreement(apart, ring),
    }
    for name, number in numbers.items():
        print(f"{name:<50} {number:.4g}")
    save(
        options.output,
        {
            "clusters_number.png": (draw_losses(seen, unseen), "the loss by the number of centres"),
            "clusters_loss.html": (page(loss_of_two()), "the loss of three points and two centres, to step through"),
            "clusters_rings.png": (draw_rings(rings, plain, apart), "two rings, divided by two features"),
        },
    )
    return numbers


def loss(points: Array, centres: Array) -> float:
    """Σ_i min_j |x_i - μ_j|²."""
    return float(squares(points, centres).min(axis=1).sum())


def loss_of_two() -> Value:
    """The same loss on single numbers: three points on a line, and two centres."""
    centres = [Value(0.0, name="m1"), Value(2.0, name="m2")]
    total = autograd.sum([autograd.min([(x - m) ** 2 for m in centres]) for x in (0.5, 3.0, 4.0)])
    total.name = "loss"
    return total


def two_clusters(features: Array, rng: np.random.Generator) -> NDArray[np.int64]:
    """The number of the nearer one of two centres for each point; the best of ten starts."""
    ends = [lloyd(features, features[rng.choice(len(features), 2, replace=False)])[-1] for _ in range(10)]
    nearest: NDArray[np.int64] = squares(features, min(ends, key=lambda end: loss(features, end))).argmin(axis=1)
    return nearest


def agreement(clusters: NDArray[np.int64], labels: NDArray[np.int64]) -> float:
    """The share of points on which two divisions agree; which cluster has which number does not count."""
    share = float((clusters == labels).mean())
    return max(share, 1 - share)


def draw_losses(seen: list[float], unseen: list[float]) -> Figure:
    """Both losses by the number of centres, whole and magnified."""
    picture, plots = panels(1, 2, "The loss falls on and on: look for the bend", (10.0, 4.8))
    k, sizes = len(MIDDLES), np.arange(1, MOST + 1)
    for axes, first, words in zip(plots, (0, k - 2), ("all", f"from {k - 1} centres on"), strict=True):
        axes.plot(sizes[first:], seen[first:], "o-", color=BLUE, linewidth=2, label="points clustered")
        axes.plot(sizes[first:], unseen[first:], "s--", color=VERMILION, linewidth=2, label="points held out")
        axes.set_xticks(sizes[first:])
        label(axes, "number of centres", "mean squared distance", words)
    plots[0].legend(fontsize=11, frameon=False)
    return picture


def draw_rings(rings: Array, plain: NDArray[np.int64], apart: NDArray[np.int64]) -> Figure:
    """The rings in the colours of both divisions."""
    picture, plots = panels(1, 2, "Two rings are two clusters only by their radius", (10.0, 5.2))
    for axes, clusters, words in zip(plots, (plain, apart), ("by x₁ and x₂", "by √(x₁² + x₂²)"), strict=True):
        for j, (colour, marker) in enumerate([(BLUE, "o"), (VERMILION, "^")]):
            axes.scatter(*rings[clusters == j].T, s=22, color=colour, marker=marker, linewidths=0)
        label(axes, "x₁", "x₂", words)
        axes.set_aspect("equal")
    return picture


if __name__ == "__main__":
    run(main)
