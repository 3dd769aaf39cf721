"""Learning rates that fall, so that the noise of the gradients averages out.

Samples x_t of N(0, 1) come one by one, and each step descends on ``½ (w - x_t)²``, whose gradient ``w - x_t`` is the
true one plus noise. At a constant rate η the weight never comes to rest: it keeps the standard deviation
√(η / (2 - η)). At the rate 1/t it is the mean of all samples so far, exactly, and its deviation is 1/√T, the least that
there is. The conditions of Robbins and Monro, Σ η_t = ∞ and Σ η_t² < ∞, hold for it. A thousand weights descend side by
side, each on samples of its own, so that their deviation is seen.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from autograd import Tensor
from examples.common import (
    BLUE,
    GREEN,
    ORANGE,
    PINK,
    SKY,
    VERMILION,
    Figure,
    argument_parser,
    count,
    figure,
    parse,
    run,
    save,
    sow,
)
from nn import optim

START = 4.0
CONSTANT = 0.1

Schedule = Callable[[int], float]


def schedules(steps: int) -> dict[str, Schedule]:
    """The rates by name, each a function of the step, counted from 0."""
    return {
        "constant": optim.constant(CONSTANT),
        "step": optim.step(0.5, size=max(1, steps // 4), gamma=0.25),
        "exponential": optim.exponential(0.5, gamma=0.01 ** (1 / steps)),
        "warm-up, cosine": optim.warmup(max(1, steps // 20), optim.cosine(0.5, steps - max(1, steps // 20) + 1)),
        "warm restarts": optim.warm_restarts(0.5, max(1, steps // 4)),
        "1/t": optim.inverse(1.0),
    }


def main(arguments: Sequence[str] | None = None) -> dict[str, float]:
    """Descend by each schedule, save the pictures, and return the deviations at the end."""
    parser = argument_parser(__doc__, seed=0, steps=400)
    parser.add_argument("--weights", type=count, default=1000, help="how many weights descend side by side")
    options = parse(parser, arguments)
    samples = sow(options.seed).normal(size=(options.steps, options.weights))

    chosen = schedules(options.steps)
    deviations, ends = {}, {}
    for name, schedule in chosen.items():
        deviations[name], ends[name] = descend(schedule, samples)
    floor = math.sqrt(CONSTANT / (2 - CONSTANT))
    least = 1 / math.sqrt(options.steps)
    print(f"after {options.steps} steps the {options.weights} weights are from the minimum (root mean square)")
    for name, found in deviations.items():
        known = {"constant": f"   known: {floor:.4f} = √(η / (2 - η))", "1/t": f"   known: {least:.4f} = 1 / √steps"}
        print(f"  {name:16} {found[-1]:.4f}{known.get(name, '')}")
    off = float(np.abs(ends["1/t"] - samples.mean(axis=0)).max())
    print(f"the rate 1/t gives the mean of the samples, up to {off:.0e}")

    save(
        options.output,
        {
            "descent_rates.png": (rates(chosen, options.steps), "the rates, step by step"),
            "descent_noise.png": (noise(deviations, floor), "how far the weights are from the minimum"),
        },
    )
    return {
        "deviation at a constant rate / known": float(deviations["constant"][-1]) / floor,
        "deviation at 1/t / known": float(deviations["1/t"][-1]) / least,
        "1/t beside the mean": off,
        **{f"deviation, {name}": float(found[-1]) for name, found in deviations.items()},
    }


def descend(schedule: Schedule, samples: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Take a step for each row of samples; return the root mean square of the weights after each, and the weights."""
    w = Tensor(np.full(samples.shape[1], START))
    optimizer = optim.SGD([w], lr=schedule)
    sizes = []
    for x in samples:
        optimizer.zero_grad()
        ((w - x) ** 2 / 2).sum().backward()
        optimizer.step()
        sizes.append(np.sqrt(np.mean(w.data**2)))
    return np.array(sizes), w.data


COLORS = (VERMILION, ORANGE, GREEN, SKY, PINK, BLUE)


def rates(chosen: dict[str, Schedule], steps: int) -> Figure:
    """Draw each schedule."""
    picture, axes = figure("Schedules: large steps first, small steps last", "step", "rate (logarithmic scale)")
    for (name, schedule), color in zip(chosen.items(), COLORS, strict=True):
        axes.semilogy([schedule(step) for step in range(steps)], color=color, linewidth=2, label=name)
    axes.set_ylim(1e-3, 1.5)
    picture.legend(fontsize=11, loc="outside lower center", frameon=False, ncols=3)
    return picture


def noise(deviations: dict[str, NDArray[np.float64]], floor: float) -> Figure:
    """Draw the distances of the weights from the minimum, and the known deviations."""
    title = "How near to the minimum: a constant rate leaves noise"
    picture, axes = figure(title, "step (logarithmic scale)", "rms distance from it (log. scale)")
    steps = np.arange(1, len(deviations["constant"]) + 1)
    for (name, found), color in zip(deviations.items(), COLORS, strict=True):
        axes.loglog(steps, found, color=color, linewidth=2, label=name)
    axes.axhline(floor, color="#555555", linewidth=1, linestyle="dashed", label="√(η / (2 - η)), η = 0.1")
    axes.loglog(steps, 1 / np.sqrt(steps), color="#222222", linewidth=1, linestyle="dotted", label="1 / √step")
    picture.legend(fontsize=11, loc="outside lower center", frameon=False, ncols=3)
    return picture


if __name__ == "__main__":
    run(main)
