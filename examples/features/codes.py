"""Codes for categories: one-hot, thermometer, or a number.

The answer depends on one of ten ordered levels, and jumps between the fifth and the sixth. A single number ``i / k``
allows a straight line only. One-hot codes have a weight for each level, thermometer codes, ``[1(c ≥ k), …, 1(c ≥ 1)]``,
one for each step between levels: without a penalty both fit the mean of each level, exactly alike. With a penalty, or
for a level without samples, they differ: a one-hot weight of zero means "as the average", a step of zero in a
thermometer "as the level below".
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from autograd import Tensor
from examples.common import BLUE, GREEN, VERMILION, amount, argument_parser, figure, parse, run, save, sow
from nn import data, losses, optim, regularisers

LEVELS, MISSING = 10, 8  # of which one, counted from 1, has no samples
TRUTH = np.where(np.arange(LEVELS) < 5, 1.0, 3.0)
COLOURS = {"a number": BLUE, "one-hot": VERMILION, "thermometer": GREEN}


def main(arguments: Sequence[str] | None = None) -> dict[str, float]:
    """Fit all three codes; return their errors, also where there were no samples, and how far two of them are apart."""
    parser = argument_parser(__doc__, seed=0)
    parser.add_argument("--strength", type=amount, default=0.01, help="the strength of the penalty on the weights")
    options = parse(parser, arguments)

    rng = sow(options.seed)
    levels = np.array([k for k in rng.integers(0, LEVELS, 60) if k != MISSING - 1])
    answers = TRUTH[levels] + rng.normal(0.0, 0.5, len(levels))
    every = np.arange(LEVELS)
    codes = {
        "a number": lambda k: (k[:, None] + 1) / LEVELS,
        "one-hot": lambda k: data.one_hot(k, LEVELS),
        "thermometer": lambda k: data.thermometer(k, LEVELS),
    }
    numbers, fitted = {}, {}
    for name, code in codes.items():
        fitted[name] = fit(code(levels), answers, code(every), options.strength)
        numbers[f"error, {name}"] = float(np.mean((fitted[name] - TRUTH) ** 2))
        numbers[f"at the missing level, {name}"] = float(fitted[name][MISSING - 1])
        print(f"{name:<12}  mean squared error {numbers[f'error, {name}']:.4f}; ", end="")
        print(f"level {MISSING} has no samples: {fitted[name][MISSING - 1]:.3f} instead of {TRUTH[MISSING - 1]}")

    seen = [k for k in every if k in levels]
    free = [fit(codes[name](levels), answers, codes[name](every), 0.0)[seen] for name in ("one-hot", "thermometer")]
    numbers["apart without a penalty"] = float(np.abs(free[0] - free[1]).max())
    means = np.array([answers[levels == k].mean() for k in seen])
    numbers["means of levels apart"] = float(np.abs(free[0] - means).max())
    print(f"Without a penalty one-hot and thermometer are {numbers['apart without a penalty']:.0e} apart.")

    picture, axes = figure("Where a level has no samples, the code decides", "level", "answer")
    axes.step([*every + 0.5, LEVELS + 0.5], [*TRUTH, TRUTH[-1]], where="post", color="#999999", label="truth")
    axes.scatter(levels + 1 + rng.uniform(-0.15, 0.15, len(levels)), answers, s=18, color="#999999", label="samples")
    for (name, values), marker in zip(fitted.items(), "osD", strict=True):
        axes.plot(every + 1, values, color=COLOURS[name], marker=marker, markersize=8, linewidth=1, label=name)
    axes.annotate("no samples", (MISSING, 0.2), ha="center", fontsize=12)
    axes.axvspan(MISSING - 0.5, MISSING + 0.5, color="#EEEEEE", zorder=0)
    axes.set_xticks(every + 1)
    axes.set_ylim(0, 4.6)
    picture.legend(fontsize=11, loc="outside lower center", ncols=3, frameon=False)
    save(options.output, {"features_codes.png": (picture, "the answers for each level, by three codes")})
    return numbers


def fit(features: np.ndarray, answers: np.ndarray, asked: np.ndarray, strength: float) -> np.ndarray:
    """Fit a linear model with an offset, and return its predictions for other samples."""
    theta, offset = Tensor(np.zeros(features.shape[1]), name="θ"), Tensor(0.0, name="b")
    objective = lambda: losses.mse(features @ theta + offset, answers) + regularisers.l2([theta], strength)
    optim.minimize(objective, [theta, offset], tol=1e-14)
    return asked @ theta.data + offset.data


if __name__ == "__main__":
    run(main)
