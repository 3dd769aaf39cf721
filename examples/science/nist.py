"""Nonlinear least squares: Levenberg-Marquardt with exact Jacobians finds the numbers that NIST certifies.

A step solves ``(JᵀJ + λ D²) s = -Jᵀr`` with the columns' lengths D: Gauss-Newton for a small λ, descent for a large one
(Marquardt 1963); λ follows the ratio of the gain to the predicted one (Nielsen 1999). J is exact: a column for each
parameter, in forward mode. The picture counts the digits that agree with those of the certificates.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograd import exp, jvp
from examples.common import BLUE, SKY, VERMILION, Figure, argument_parser, figure, parse, progress, run, save

Array = NDArray[np.float64]
Function = Callable[[Any], Any]

PROBLEMS = json.loads((Path(__file__).parents[1] / "data" / "nist.json").read_text(encoding="utf-8"))["problems"]

MODELS: dict[str, Callable[[Any, Any], Any]] = {
    "Misra1a": lambda x, b: b[0] * (1 - exp(-b[1] * x)),
    "Misra1b": lambda x, b: b[0] * (1 - (1 + b[1] * x / 2) ** -2),
    "DanWood": lambda x, b: b[0] * x ** b[1],
    "Lanczos3": lambda x, b: b[0] * exp(-b[1] * x) + b[2] * exp(-b[3] * x) + b[4] * exp(-b[5] * x),
    "Kirby2": lambda x, b: (b[0] + b[1] * x + b[2] * x**2) / (1 + b[3] * x + b[4] * x**2),
    "Chwirut2": lambda x, b: exp(-b[0] * x) / (b[1] + b[2] * x),
}


def main(arguments: Sequence[str] | None = None) -> dict[str, float]:
    """Solve all problems from both starts, and return the least number of certified digits from each."""
    options = parse(argument_parser(__doc__), arguments)
    found: dict[str, list[float]] = {}
    for problem in progress(PROBLEMS, unit="problem"):
        y, x = np.array(problem["y_x"]).T
        residuals = lambda b, x=x, y=y, model=MODELS[problem["name"]]: model(x, b) - y
        found[problem["name"]] = []
        for start in ("start1", "start2"):
            b, steps = levenberg_marquardt(residuals, np.array(problem[start]))
            found[problem["name"]].append(digits(b, problem["certified"]))
            print(f"{problem['name']:8}  {start}: {found[problem['name']][-1]:4.1f} digits in {steps:2} steps")
    save(options.output, {"nist_digits.png": (picture_of(found), "the certified digits that were found")})
    return {
        "digits from the first start": min(first for first, _ in found.values()),
        "digits from the second start": min(second for _, second in found.values()),
    }


def jacobian_of(residuals: Function) -> Callable[[Array], Array]:
    """The derivatives of residuals: a column for each parameter, by a pass of its own in forward mode."""
    return lambda b: np.column_stack([jvp(residuals, (b,), (unit,))[1] for unit in np.eye(len(b))])


def levenberg_marquardt(residuals: Function, b: Array, most: int = 500) -> tuple[Array, int]:
    """Return the parameters that make the sum of squares least, and the number of steps that were tried."""
    jacobian = jacobian_of(residuals)
    damping, growth = 1e-3, 2.0
    r, slopes, steps = residuals(b), jacobian(b), 0
    while steps < most:
        steps += 1
        step = damped_step(slopes, r, damping)
        predicted = r @ r - np.sum((r + slopes @ step) ** 2)
        if predicted <= 1e-10 * (r @ r):
            break
        new = residuals(b + step)
        gain = (r @ r - new @ new) / predicted
        if gain > 0:
            b, r, slopes = b + step, new, jacobian(b + step)
            damping, growth = damping * max(1 / 3, 1 - (2 * gain - 1) ** 3), 2.0
        else:
            damping, growth = damping * growth, growth * 2
    for _ in range(
        3
    ):  # the sum of squares is flat here, to all its digits; the steps of Gauss-Newton still see further
        b = b + damped_step(jacobian(b), residuals(b), 0.0)
    return b, steps


def damped_step(slopes: Array, r: Array, damping: float) -> Array:
    """Solve ``(JᵀJ + λ D²) s = -Jᵀr`` as a linear least-squares problem, which keeps twice as many digits."""
    lengths = np.linalg.norm(slopes, axis=0)
    rows = np.vstack([slopes / lengths, np.sqrt(damping) * np.eye(len(lengths))])
    step: Array = np.linalg.lstsq(rows, np.concatenate([-r, np.zeros(len(lengths))]), rcond=None)[0] / lengths
    return step


def digits(found: Array, certified: Sequence[float]) -> float:
    """The least number of digits in which a parameter agrees with its certified value, which has eleven."""
    error = np.abs(found - certified) / np.abs(certified)
    return float(min(11, -np.log10(np.maximum(error, 1e-16).max())))


def picture_of(found: dict[str, list[float]]) -> Figure:
    """A pair of bars for each problem, one for each start."""
    picture, axes = figure(
        "Certified digits, found with exact Jacobians", "certified digits, in the worst parameter", ""
    )
    rows = np.arange(len(found))
    for k, (colour, name) in enumerate([(SKY, "from the first start, far away"), (BLUE, "from the second start")]):
        bars = axes.barh(rows + 0.4 * k - 0.2, [pair[k] for pair in found.values()], 0.38, color=colour, label=name)
        axes.bar_label(bars, fmt="%.1f", padding=3, fontsize=11)
    axes.axvline(7, color=VERMILION, linestyle="dashed", label="seven digits")
    axes.set_yticks(rows, list(found))
    axes.invert_yaxis()
    axes.set_xlim(0, 12)
    picture.legend(fontsize=11, loc="outside lower center", ncols=3, frameon=False)
    return picture


if __name__ == "__main__":
    run(main)
