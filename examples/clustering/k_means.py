"""k-means three ways: by Lloyd's algorithm, by gradient descent, and with soft assignments.

The loss is ``L(μ) = Σ_i min_j |x_i - μ_j|²``. Its gradient is ``dL/dμ_j = 2 N_j (μ_j - mean_j)``, where mean_j is the
mean of the N_j points nearest to μ_j: a step of descent at the rate ``1 / (2 N_j)`` moves each centre to that mean, as
a round of Lloyd's algorithm does (Bottou and Bengio 1995). With the smooth minimum
``-log Σ_j exp(-β |x_i - μ_j|²) / β`` each point belongs a little to every cluster. The pictures show the paths of the
centres, and the losses.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from matplotlib.colors import to_rgb
from numpy.typing import NDArray
from sklearn.cluster import KMeans

from autograd import Tensor, grad, logsumexp
from examples.common import BLUE, GREEN, ORANGE, PINK, VERMILION, Figure, figure, label, panels, run, save, sow
from examples.common.arguments import amount, argument_parser, count, parse

Array = NDArray[np.float64]
COLOURS = [to_rgb(colour) for colour in (BLUE, VERMILION, GREEN, ORANGE, PINK)]
MIDDLES = np.array([[-4.0, 3.0], [4.0, 3.5], [0.0, -0.5], [-3.5, -4.0], [4.0, -3.5]])


def main(arguments: Sequence[str] | None = None) -> dict[str, float]:
    """Cluster points from one start in three ways; return the losses, and the distances between their centres."""
    parser = argument_parser(__doc__, seed=4, steps=60)
    parser.add_argument("--points", type=count, default=400, help="how many points there are, at least 5")
    parser.add_argument("--beta", type=amount, default=0.2, help="how sharply soft assignments divide the points")
    options = parse(parser, arguments, quick={"points": 200})
    if options.points < len(MIDDLES) or not options.beta:
        parser.error("--points must be at least 5, and --beta more than 0")
    rng, k = sow(options.seed), len(MIDDLES)
    points = MIDDLES[rng.integers(k, size=options.points)] + rng.normal(size=(options.points, 2))
    start = points[rng.choice(len(points), k, replace=False)]

    def hard(centres: Any) -> Any:
        return squares(points, centres).min(axis=1).sum()

    def soft(centres: Any) -> Any:  # the smooth minimum is less than the minimum, by at most log(k) / β
        return -logsumexp(-options.beta * squares(points, centres), axis=1).sum() / options.beta

    lloyds = lloyd(points, start)
    same = descend(hard, start, lambda centres: 0.5 / sizes(points, centres), len(lloyds) - 1)
    slow = descend(hard, start, lambda _: 1 / len(points), options.steps)
    softly = descend(soft, start, lambda _: 1 / len(points), options.steps)
    losses = {"Lloyd": [*map(hard, lloyds)], "descent": [*map(hard, slow)], "soft": [*map(hard, softly)]}
    judge = KMeans(k, init=start, n_init=1, algorithm="lloyd", tol=0.0).fit(points).inertia_
    parts = memberships(points, softly[-1], options.beta)
    pull = 2 * (parts[:, :, None] * (softly[-1] - points[:, None])).sum(axis=0)  # the gradient of the soft loss
    numbers = {
        "rounds of Lloyd": len(lloyds) - 1,
        "loss of Lloyd": losses["Lloyd"][-1],
        "loss of scikit-learn": judge,
        "largest rise of the loss": float(np.diff(losses["Lloyd"]).max()),
        "distance of descent at 1 / (2 N) from Lloyd": float(np.abs(np.array(same) - np.array(lloyds)).max()),
        "loss of descent": losses["descent"][-1],
        "largest gradient after descent": float(np.abs(grad(hard)(slow[-1])).max()),
        "loss of soft centres": losses["soft"][-1],
        "error of the soft gradient": float(np.abs(pull - grad(soft)(softly[-1])).max()),
        "gap of the smooth minimum": float(losses["soft"][-1] - soft(softly[-1])) * options.beta / len(points),
    }
    for name, number in numbers.items():
        print(f"{name:<45} {number:.6g}")
    ways = {"Lloyd": lloyds, "descent": slow, "soft": softly}
    pictures = draw_ways(points, ways, parts), draw_losses(losses)
    save(
        options.output,
        {
            "k_means_ways.png": (pictures[0], "the centres on their way, and the clusters at its end"),
            "k_means_losses.png": (pictures[1], "the loss, step by step"),
        },
    )
    return numbers


def squares(points: Any, centres: Any) -> Any:
    """The squared distance of each point (rows) from each centre (columns), of arrays or tensors."""
    return ((points[:, None] - centres) ** 2).sum(axis=2)


def memberships(points: Array, centres: Array, beta: float) -> Array:
    """The share of each point in each cluster: the softmax of -β |x - μ|²."""
    nearness = -beta * squares(points, centres)
    weights: Array = np.exp(nearness - nearness.max(axis=1, keepdims=True))
    return weights / weights.sum(axis=1, keepdims=True)


def sizes(points: Array, centres: Array) -> Array:
    """The number of points nearest to each centre, as a column; 1 for a centre without points, whose gradient is 0."""
    counts = np.bincount(squares(points, centres).argmin(axis=1), minlength=len(centres))
    return np.maximum(counts, 1)[:, None]


def lloyd(points: Array, centres: Array) -> list[Array]:
    """Move each centre to the mean of the points nearest to it until nothing moves; the centres after each round."""
    path = [centres]
    while True:
        nearest = squares(points, path[-1]).argmin(axis=1)
        means = [points[nearest == j].mean(axis=0) if (nearest == j).any() else c for j, c in enumerate(path[-1])]
        if np.array_equal(means, path[-1]):
            return path
        path.append(np.array(means))


def descend(loss: Callable[[Tensor], Tensor], start: Array, rate: Callable[[Array], Any], steps: int) -> list[Array]:
    """Gradient descent on the centres; the centres after each step."""
    path = [start]
    for _ in range(steps):
        path.append(path[-1] - rate(path[-1]) * grad(loss)(path[-1]))
    return path


def draw_ways(points: Array, ways: dict[str, list[Array]], parts: Array) -> Figure:
    """The points in the colours of their clusters, once hard and once soft, under the ways of the centres."""
    picture, (left, right) = panels(1, 2, "Averages jump where gradients walk", (10.0, 5.0))
    nearest = squares(points, ways["Lloyd"][-1]).argmin(axis=1)
    left.scatter(*points.T, s=14, c=np.array(COLOURS)[nearest], alpha=0.5, linewidths=0)
    right.scatter(*points.T, s=14, c=parts @ np.array(COLOURS), alpha=0.7, linewidths=0)
    for axes, name, style in ((left, "descent", "-"), (left, "Lloyd", "o--"), (right, "soft", "-")):
        for j in range(len(COLOURS)):
            way = np.array(ways[name])[:, j]
            axes.plot(*way.T, style, color="#222222", linewidth=1.4, markersize=4, label=name if j == 0 else None)
            axes.plot(*way[-1], "*", color=COLOURS[j], markeredgecolor="#222222", markersize=15)
    label(left, "x₁", "x₂", "each point to the nearest centre")
    label(right, "x₁", "x₂", "each point in part to every centre")
    left.legend(fontsize=10, frameon=False)
    return picture


def draw_losses(losses: dict[str, list[float]]) -> Figure:
    """The loss of each way, step by step."""
    picture, axes = figure(
        "A round of averages is a long step down the same loss", "step", "Σ min |x - μ|², in squared units of x"
    )
    for (name, numbers), colour in zip(losses.items(), (VERMILION, BLUE, GREEN), strict=True):
        axes.plot(numbers, {"Lloyd": "o-", "descent": "-", "soft": "--"}[name], color=colour, linewidth=2, label=name)
    axes.legend(fontsize=12, frameon=False)
    return picture


if __name__ == "__main__":
    run(main)
