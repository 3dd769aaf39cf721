"""Loops that numba compiles, written by hand: each sample goes through all steps, and its derivatives follow at once.

Derivatives are worked out on paper. Only works are here whose loops are short.
"""

from __future__ import annotations

import importlib
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from tests.benchmarks.compiled.by_hand import Task
from tests.benchmarks.compiled.programs import Whole
from tests.benchmarks.compiled.works import Options, Rosenbrock


def rosenbrock(x: Any, slopes: Any) -> float:
    """The sum of the values at all points; the gradient at each goes to ``slopes``."""
    total = 0.0
    for p in range(x.shape[0]):
        slopes[p, 0] = 0.0
        for i in range(x.shape[1] - 1):
            gap, rest = x[p, i + 1] - x[p, i] * x[p, i], 1.0 - x[p, i]
            total += 100.0 * gap * gap + rest * rest
            slopes[p, i] -= 400.0 * gap * x[p, i] + 2.0 * rest
            slopes[p, i + 1] = 200.0 * gap
    return total


def options(x: Any, slopes: Any) -> float:
    """The sum of the prices; the five derivatives of each go to ``slopes``."""
    total = 0.0
    for p in range(x.shape[1]):
        spot, strike, years, interest, volatility = x[0, p], x[1, p], x[2, p], x[3, p], x[4, p]
        root = math.sqrt(years)
        d1 = (math.log(spot / strike) + (interest + 0.5 * volatility * volatility) * years) / (volatility * root)
        d2 = d1 - volatility * root
        above, below = 0.5 + 0.5 * math.erf(d1 / math.sqrt(2.0)), 0.5 + 0.5 * math.erf(d2 / math.sqrt(2.0))
        discount = math.exp(-interest * years)
        vega = spot * root * math.exp(-0.5 * d1 * d1) / math.sqrt(2.0 * math.pi)
        total += spot * above - strike * discount * below
        slopes[0, p] = above
        slopes[1, p] = -discount * below
        slopes[2, p] = 0.5 * vega * volatility / years + interest * strike * discount * below
        slopes[3, p] = years * strike * discount * below
        slopes[4, p] = vega
    return total


def bodies(masses: Any, places: Any, slopes: Any) -> float:
    """The potential energy; the forces go to ``slopes``."""
    total = 0.0
    slopes[:] = 0.0
    for i in range(len(masses)):
        for j in range(i):
            x, y, z = places[i, 0] - places[j, 0], places[i, 1] - places[j, 1], places[i, 2] - places[j, 2]
            square = x * x + y * y + z * z + 0.01
            energy = masses[i] * masses[j] / math.sqrt(square)
            total -= energy
            force = energy / square
            slopes[i, 0] += force * x
            slopes[i, 1] += force * y
            slopes[i, 2] += force * z
            slopes[j, 0] -= force * x
            slopes[j, 1] -= force * y
            slopes[j, 2] -= force * z
    return total


def heston(trained: Any, first: Any, second: Any, slopes: Any) -> float:
    """The sum of what all paths pay; its derivatives go to ``slopes``."""
    speed, level, noise, variance = trained
    paths, steps = first.shape
    dt = 1.0 / steps
    positives, roots, above = np.empty(steps), np.empty(steps), np.empty(steps)
    total, by_speed, by_level, by_noise, by_variance = 0.0, 0.0, 0.0, 0.0, 0.0
    for p in range(paths):
        log_price, v = 0.0, variance
        for k in range(steps):
            above[k] = 1.0 if v > 1e-8 else 0.0
            positives[k] = max(v, 1e-8)
            roots[k] = math.sqrt(positives[k] * dt)
            log_price += roots[k] * first[p, k] - positives[k] * (0.5 * dt)
            mixed = -0.7 * first[p, k] + math.sqrt(0.51) * second[p, k]
            v += speed * (level - positives[k]) * dt + noise * roots[k] * mixed
        price = math.exp(log_price)
        if price > 1.0:
            total += price - 1.0
            by_v = 0.0
            for k in range(steps - 1, -1, -1):
                mixed = -0.7 * first[p, k] + math.sqrt(0.51) * second[p, k]
                by_speed += by_v * (level - positives[k]) * dt
                by_level += by_v * speed * dt
                by_noise += by_v * roots[k] * mixed
                by_root = price * first[p, k] + by_v * noise * mixed
                by_positive = by_root * 0.5 * dt / roots[k] - price * 0.5 * dt - by_v * speed * dt
                by_v += by_positive * above[k]
            by_variance += by_v
    slopes[0], slopes[1], slopes[2], slopes[3] = by_speed, by_level, by_noise, by_variance
    return total


class Loops:
    """Loops by hand, compiled by numba."""

    def __init__(self) -> None:
        self.compile = importlib.import_module("numba").njit(error_model="numpy")

    def rosenbrock(self, work: Rosenbrock) -> Task:
        x = work.draw()
        return self._task(rosenbrock, [x], np.empty_like(x))

    def options(self, work: Options) -> Task:
        x = np.stack(work.draw())
        return self._task(options, [x], np.empty_like(x))

    def whole(self, work: Whole) -> Task:
        program = work.draw()
        slopes = np.empty_like(program.trained[0])
        if work.which == "N-body energy":
            return self._task(bodies, [program.constants, program.trained[0]], slopes)
        return self._task(heston, [program.trained[0], *program.lanes], slopes)

    def _task(self, loop: Callable[..., float], given: list[Any], slopes: Any) -> Task:
        compiled = self.compile(loop)
        return Task(lambda: compiled(*given, slopes), lambda: [slopes])
