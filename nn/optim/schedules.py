"""Schedules: the learning rate as a function of the number of the step, counted from 0.

    >>> from nn.optim import cosine, warmup
    >>> rate = warmup(4, then=cosine(0.1, 100))
    >>> [rate(step) for step in (0, 1, 4, 54, 104)]
    [0.02, 0.04, 0.1, 0.05, 0.0]

``SGD(parameters, lr=rate)`` takes one, as it takes any function of an int. Those made here can be compared by their
repr, pickled and copied, and given to `warmup` and `sequence`. After their last step they keep the last rate.
`reduce_on_plateau` depends on the loss instead, which has to be passed to its method ``observe``.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any

from autograd.core.numbers import whole
from autograd.errors import InputTypeError, InputValueError, described

from ..given import is_sequence
from .optimizer import Schedule
from .settings import a_fraction, checked_rate, not_negative

__all__ = [
    "constant",
    "cosine",
    "exponential",
    "inverse",
    "multi_step",
    "one_cycle",
    "polynomial",
    "power",
    "sequence",
    "step",
    "warm_restarts",
    "warmup",
]

MOST = 10**15  # steps


class Formula:
    """A schedule: a function of the step and of settings, with the settings."""

    def __init__(self, function: Callable[..., float], **settings: Any) -> None:
        self.function, self.settings = function, settings
        written = [f"{name}={getattr(item, '__name__', repr(item))}" for name, item in settings.items()]
        self.__name__ = f"{function.__name__[1:]}({', '.join(written)})"

    def __call__(self, step: int) -> float:
        return self.function(whole(step, "step"), **self.settings)

    def __repr__(self) -> str:
        return self.__name__


def a_count(given: Any, what: str, least: int = 0) -> int:
    """A number of steps."""
    return whole(given, what, least, MOST)


def a_schedule(given: Any, what: str) -> Schedule:
    """A schedule, or the constant one of a number."""
    return given if callable(given) else constant(not_negative(given, what))


# --- Constant and falling ---------------------------------------------------------------------------------------------


def constant(rate: float) -> Schedule:
    """The same rate for every step."""
    return Formula(_constant, rate=not_negative(rate, "rate"))


def _constant(_: int, rate: float) -> float:
    return rate


def step(rate: float, size: int, gamma: float = 0.1) -> Schedule:
    """``rate · gamma ** ⌊t / size⌋``: multiplied by gamma after every ``size`` steps.

    Examples
    --------
    >>> from nn import optim
    >>> [optim.step(0.5, size=2, gamma=0.5)(t) for t in range(5)]
    [0.5, 0.5, 0.25, 0.25, 0.125]
    """
    size = a_count(size, "size", least=1)
    return Formula(_step, rate=not_negative(rate, "rate"), size=size, gamma=not_negative(gamma, "gamma"))


def _step(t: int, rate: float, size: int, gamma: float) -> float:
    return rate * _power(gamma, t // size)


def multi_step(rate: float, milestones: Iterable[int], gamma: float = 0.1) -> Schedule:
    """Multiplied by gamma at each of the milestones, which are numbers of steps."""
    if not is_sequence(milestones):
        raise InputTypeError(f"milestones takes a list of steps, such as [30, 60], not {described(milestones)}")
    numbers = tuple(sorted(a_count(each, "a milestone") for each in milestones))
    return Formula(_multi_step, rate=not_negative(rate, "rate"), milestones=numbers, gamma=not_negative(gamma, "gamma"))


def _multi_step(t: int, rate: float, milestones: tuple[int, ...], gamma: float) -> float:
    return rate * _power(gamma, sum(t >= each for each in milestones))


def exponential(rate: float, gamma: float) -> Schedule:
    """``rate · gammaᵗ``."""
    return Formula(_exponential, rate=not_negative(rate, "rate"), gamma=not_negative(gamma, "gamma"))


def _exponential(t: int, rate: float, gamma: float) -> float:
    return rate * _power(gamma, t)


def _power(base: float, exponent: float) -> float:
    try:
        return float(base**exponent)
    except OverflowError:  # which the optimizer's check refuses with a sentence
        return math.inf


def inverse(rate: float, decay: float = 1.0) -> Schedule:
    """``rate / (1 + decay · t)``; with decay 1, the rates are ``rate / 1, rate / 2, rate / 3, …``.

    They meet the conditions of Robbins and Monro, see `power`.
    """
    return Formula(_inverse, rate=not_negative(rate, "rate"), decay=not_negative(decay, "decay"))


def _inverse(t: int, rate: float, decay: float) -> float:
    return rate / (1 + decay * t)


def power(rate: float, p: float = 0.75) -> Schedule:
    """``rate · (t + 1) ** -p``.

    Stochastic gradient descent on a convex loss converges to the minimum in spite of noisy gradients if the rates η(t)
    satisfy ``Σ η(t) = ∞``, so that it gets there from anywhere, and ``Σ η(t)² < ∞``, so that the noise dies out: the
    conditions of Robbins & Monro 1951. They hold here for ½ < p ≤ 1, and not for constant or exponentially
    falling rates.
    """
    return Formula(_powers, rate=not_negative(rate, "rate"), p=not_negative(p, "p"))


def _powers(t: int, rate: float, p: float) -> float:
    return rate / _power(float(t + 1), p)


def polynomial(rate: float, steps: int, power: float = 1.0, least: float = 0.0) -> Schedule:
    """``least + (rate - least) · (1 - t / steps) ** power``: with power 1, a straight line to the least rate."""
    return Formula(_polynomial, **_falling(rate, steps, least), power=not_negative(power, "power"))


def _polynomial(t: int, rate: float, steps: int, least: float, power: float) -> float:
    return least + (rate - least) * _power(1 - min(t, steps) / steps, power) if t < steps else least


def cosine(rate: float, steps: int, least: float = 0.0) -> Schedule:
    """``least + (rate - least) · (1 + cos(π t / steps)) / 2``: half a wave; Loshchilov & Hutter 2017.

    Examples
    --------
    >>> from autograd import Value
    >>> from nn import optim
    >>> x = Value(1.0)
    >>> optimizer = optim.SGD([x], lr=optim.cosine(0.5, 2))
    >>> for _ in range(2):
    ...     optimizer.zero_grad()
    ...     (x * x).backward()
    ...     print(optimizer.rate, x.grad)
    ...     optimizer.step()
    0.5 2.0
    0.25 0.0
    """
    return Formula(_cosine, **_falling(rate, steps, least))


def _cosine(t: int, rate: float, steps: int, least: float) -> float:
    return least + (rate - least) * (1 + math.cos(math.pi * min(t, steps) / steps)) / 2


def _falling(rate: float, steps: int, least: float) -> dict[str, Any]:
    """The settings of a schedule that falls to a least rate."""
    settings = {"rate": not_negative(rate, "rate"), "steps": a_count(steps, "steps", least=1)}
    least = not_negative(least, "least")
    if least > settings["rate"]:
        raise InputValueError(f"the least rate is at most the first one, not {least} with rate={rate}; swap them")
    return {**settings, "least": least}


# --- Rising and falling -----------------------------------------------------------------------------------------------


def warm_restarts(rate: float, steps: int, factor: int = 1, least: float = 0.0) -> Schedule:
    """`cosine`, over and over again, each time ``factor`` times as long; SGDR, Loshchilov & Hutter 2017.

    Parameters
    ----------
    rate, least : float
        The rates at the beginning and towards the end of each period.
    steps : int
        The length of the first period.
    factor : int
        The length of each period in units of the one before.
    """
    return Formula(_warm_restarts, **_falling(rate, steps, least), factor=a_count(factor, "factor", least=1))


def _warm_restarts(t: int, rate: float, steps: int, least: float, factor: int) -> float:
    if factor == 1:
        t %= steps
    while t >= steps:
        t, steps = t - steps, steps * factor
    return _cosine(t, rate, steps, least)


def warmup(steps: int, then: float | Schedule, start: float | None = None) -> Schedule:
    """A linear rise to the first rate of another schedule, which follows; Goyal et al. 2017.

    Parameters
    ----------
    steps : int
        The number of steps before the other schedule begins.
    then : float or callable
        The other schedule, whose steps count from 0 again; or a constant rate.
    start : float, optional
        The first rate as a part of the one that is reached; by default ``1 / (steps + 1)``, so that the rates up to the
        one that is reached are multiples of the first.

    Examples
    --------
    >>> from nn import optim
    >>> [optim.warmup(3, then=0.4)(t) for t in range(5)]
    [0.1, 0.2, 0.3, 0.4, 0.4]
    """
    steps = a_count(steps, "steps")
    start = 1 / (steps + 1) if start is None else not_negative(start, "start")
    return Formula(_warmup, steps=steps, then=a_schedule(then, "then"), start=start)


def _warmup(t: int, steps: int, then: Schedule, start: float) -> float:
    if t >= steps:
        return checked_rate(then, t - steps)
    return checked_rate(then, 0) * (start + (1 - start) * t / steps)


def sequence(first: float | Schedule, steps: int, then: float | Schedule) -> Schedule:
    """One schedule for some steps, then another, whose steps count from 0 again."""
    steps = a_count(steps, "steps")
    return Formula(_sequence, first=a_schedule(first, "first"), steps=steps, then=a_schedule(then, "then"))


def _sequence(t: int, first: Schedule, steps: int, then: Schedule) -> float:
    return checked_rate(first, t) if t < steps else checked_rate(then, t - steps)


def one_cycle(
    highest: float,
    steps: int,
    rise: float = 0.3,
    start: float | None = None,
    end: float | None = None,
    shape: str = "cosine",
) -> Schedule:
    """A rise to the highest rate and a longer fall to one that is close to 0; Smith & Topin 2018.

    Parameters
    ----------
    highest : float
        The highest rate.
    steps : int
        The number of steps in all.
    rise : float
        The part of the steps in which the rate rises.
    start, end : float, optional
        The first rate, by default ``highest / 25``, and the last, by default ``start / 10,000``.
    shape : str
        The course between these rates: ``"cosine"``, half a wave, or ``"linear"``.
    """
    highest, steps = not_negative(highest, "highest"), a_count(steps, "steps", least=1)
    start = highest / 25 if start is None else not_negative(start, "start")
    end = start / 1e4 if end is None else not_negative(end, "end")
    if not isinstance(shape, str) or shape not in ("cosine", "linear"):
        raise InputValueError(f'shape is "cosine" or "linear", not {described(shape)}')
    rise = a_fraction(rise, "rise")
    return Formula(_one_cycle, highest=highest, steps=steps, rise=rise, start=start, end=end, shape=shape)


def _one_cycle(t: int, highest: float, steps: int, rise: float, start: float, end: float, shape: str) -> float:
    top, last = rise * steps - 1, steps - 1
    t = min(t, last)
    if t <= top:
        part, rates = (t / top if top else 1.0), (start, highest)
    else:
        part, rates = (t - top) / (last - top), (highest, end)
    if shape == "cosine":
        part = (1 - math.cos(math.pi * part)) / 2
    return rates[0] + (rates[1] - rates[0]) * part
