"""A mixture of two Gaussians, fitted to the eruptions of a geyser by the gradient of its likelihood, and by EM.

The density is ``p(x) = Σ_j π_j N(x; μ_j, Σ_j)``. The objective is ``-Σ_i log p(x_i)``; its parameters are scores whose
softmax is π, the means, and triangular matrices R_j with ``R_j R_jᵀ = Σ_j⁻¹``: any numbers are allowed, so that L-BFGS
needs no constraints. The derivative of log p(x) by ``log π_j N_j(x)`` is the probability that x belongs to j: the E
step of EM (Dempster, Laird and Rubin 1977) is a backward pass. Both reach the log-likelihood -1130.264.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.colors import to_rgb
from numpy.typing import NDArray
from sklearn.mixture import GaussianMixture

from autograd import Tensor, einsum, exp, grad, log, log_softmax, logsumexp
from examples.common import BLUE, GREEN, VERMILION, Figure, argument_parser, count, figure, parse, run, save, sow
from nn import data, optim

Array = NDArray[np.float64]
FILE = Path(__file__).parents[1] / "data" / "old_faithful.csv"
BELOW, DIAGONAL = np.tril(np.ones((2, 2)), -1), np.eye(2)


def main(arguments: Sequence[str] | None = None) -> dict[str, float]:
    """Fit the mixture twice from one start; return the log-likelihoods and the two kinds of eruption."""
    parser = argument_parser(__doc__, seed=0)
    parser.add_argument("--rounds", type=count, default=200, help="the rounds of EM, and steps of L-BFGS, at most")
    options = parse(parser, arguments)
    geyser = np.loadtxt(FILE, delimiter=",", skiprows=4)
    points, scale = data.standardize(geyser)
    units = len(points) * np.log(scale.deviation).sum()  # for densities of minutes, not of standardised numbers
    start = points[sow(options.seed).choice(len(points), 2, replace=False)]

    scores, means, entries = Tensor(np.zeros(2)), Tensor(start), Tensor(np.zeros((2, 2, 2)))
    path = []

    def roots() -> Tensor:
        return entries * BELOW + exp(entries) * DIAGONAL  # with a positive diagonal

    def loss() -> Tensor:
        result = -logsumexp(log_joint(points, log_softmax(scores), means, roots()), axis=1).sum()
        path.append(-result.item() - units)
        return result

    found = optim.minimize(loss, [scores, means, entries], tol=1e-12, max_steps=options.rounds)
    rounds = [each - units for each in expectation_maximisation(points, start, options.rounds)]
    judge = GaussianMixture(2, tol=1e-12, reg_covar=0, max_iter=1000, means_init=start, random_state=0).fit(points)
    shares, centres = np.exp(log_softmax(scores).numpy()), scale.inverse(means.numpy())
    spreads = np.linalg.inv([root @ root.T for root in roots().numpy()]) * np.outer(scale.deviation, scale.deviation)
    parts = belonging(log_joint(points, log_softmax(scores), means, roots()).numpy())
    short, long = centres[:, 0].argsort()
    numbers = {
        "log-likelihood by L-BFGS": -found.loss - units,
        "log-likelihood by EM": rounds[-1],
        "log-likelihood of scikit-learn": judge.score(points) * len(points) - units,
        "least rise in a round of EM": float(np.diff(rounds).min(initial=np.inf)),
        "share of short eruptions": shares[short],
        "minutes of short eruptions": centres[short, 0],
        "minutes after short eruptions": centres[short, 1],
        "minutes of long eruptions": centres[long, 0],
        "minutes after long eruptions": centres[long, 1],
    }
    for name, number in numbers.items():
        print(f"{name:<35} {number:.7g}")
    order = [short, long]
    save(
        options.output,
        {
            "mixture_geyser.png": (
                draw_mixture(geyser, parts[:, order], centres[order], spreads[order]),
                "the eruptions in the colours of their Gaussians",
            ),
            "mixture_likelihood.png": (draw_likelihoods(path, rounds), "the likelihood on its way up"),
        },
    )
    return numbers


def log_joint(points: Array, log_weights: Any, means: Any, roots: Any) -> Any:
    """The logarithm of π_j N(x; μ_j, Σ_j) for each point (rows) and Gaussian (columns), of arrays or tensors."""
    y = einsum("kij,nki->nkj", roots, points[:, None] - means)
    log_determinants = (log(einsum("kii->ki", roots))).sum(axis=1)
    return log_weights + log_determinants - 0.5 * (y * y).sum(axis=2) - points.shape[1] / 2 * np.log(2 * np.pi)


def belonging(joint: Array) -> Array:
    """The probability that each point belongs to each Gaussian: the derivative of its log-density."""
    derivative: Callable[[Array], Array] = grad(lambda joint: logsumexp(joint, axis=1).sum())
    return derivative(joint)


def expectation_maximisation(points: Array, start: Array, rounds: int) -> list[float]:
    """The log-likelihood before each round of EM, until it rises no more."""
    weights, means, roots = np.full(2, 0.5), start, np.stack([DIAGONAL] * 2)
    found = [-np.inf]
    for _ in range(rounds):
        joint = log_joint(points, np.log(weights), means, roots)
        found.append(float(logsumexp(joint, axis=1).sum()))
        if found[-1] - found[-2] < 1e-9:
            break
        parts = belonging(joint)
        sizes = parts.sum(axis=0)
        weights, means = sizes / len(points), parts.T @ points / sizes[:, None]
        away = points[:, None] - means
        spreads = einsum("nki,nkj->kij", parts[:, :, None] * away, away) / sizes[:, None, None]
        roots = np.linalg.cholesky(np.linalg.inv(spreads))
    return found[1:]


def draw_mixture(geyser: Array, parts: Array, centres: Array, spreads: Array) -> Figure:
    """The eruptions, each in a mixture of two colours, and the ellipses of one and two deviations."""
    picture, axes = figure(
        "A long eruption announces a long wait", "length of the eruption in minutes", "time until the next in minutes"
    )
    colours = np.array([to_rgb(BLUE), to_rgb(VERMILION)])
    axes.scatter(*geyser.T, s=26, c=parts @ colours, alpha=0.7, linewidths=0)
    angles = np.linspace(0, 2 * np.pi, 100)
    for centre, spread, colour in zip(centres, spreads, colours, strict=True):
        for deviations in (1, 2):
            ring = (
                centre + deviations * np.stack([np.cos(angles), np.sin(angles)], axis=1) @ np.linalg.cholesky(spread).T
            )
            axes.plot(*ring.T, color=colour, linewidth=1.8)
        axes.plot(*centre, "*", color=colour, markeredgecolor="#222222", markersize=15)
    return picture


def draw_likelihoods(path: list[float], rounds: list[float]) -> Figure:
    """The log-likelihood by the number of passes over the data."""
    picture, axes = figure("Two ways up to the same likelihood", "passes over the data", "log-likelihood")
    axes.plot(path, color=GREEN, linewidth=2, label="L-BFGS on the gradient")
    axes.plot(rounds, "--", color=BLUE, linewidth=2, label="EM")
    axes.set_ylim(bottom=min(rounds))
    axes.legend(fontsize=12, frameon=False, loc="lower right")
    return picture


if __name__ == "__main__":
    run(main)
