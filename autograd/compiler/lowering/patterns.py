"""Places in an array as a strided view of it, if they are one.

    [4, 5, 6, 7]              from 4, lengths (4,),   steps (1,)
    [0, 0, 0, 1, 1, 1]        from 0, lengths (2, 3), steps (1, 0)       a bias that is broadcast to three samples
    [0, 1, 2, 1, 2, 3]        from 0, lengths (2, 3), steps (1, 1)       a sliding window

Numpy reads such places without a copy. Other places have to be gathered.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.lib.stride_tricks import as_strided

__all__ = ["Pattern", "apart", "common_axes", "fits", "looped", "pattern", "seen"]

LOOP = 64  # the most views over which a loop goes

Lengths = tuple[int, ...]


class Pattern(NamedTuple):
    """Places that are equally spaced along one or several axes."""

    start: int
    lengths: Lengths
    steps: tuple[int, ...]

    @property
    def inner(self) -> list[int]:
        """The sizes of the blocks into which the axes divide the places, in increasing order."""
        sizes = [1]
        for length in reversed(self.lengths):
            sizes.append(sizes[-1] * length)
        return sizes[1:-1]

    def divided(self, lengths: Lengths) -> Pattern:
        """Return the same places along finer axes."""
        steps: list[int] = []
        own = list(zip(self.lengths, self.steps, strict=True))
        length, step = own.pop() if own else (1, 0)
        within = 1
        for wanted in reversed(lengths):
            steps.append(step * within)
            within *= wanted
            if within == length and own:
                (length, step), within = own.pop(), 1
        return Pattern(self.start, lengths, tuple(reversed(steps)))


def pattern(places: np.ndarray[Any, Any]) -> Pattern | None:
    """Return the pattern of places, in their order; ``None`` if they have none."""
    start, lengths, steps = int(places[0]), [], []
    while len(places) > 1:
        step = int(places[1] - places[0])
        breaks = np.flatnonzero(places[1:] - places[:-1] != step)
        length = int(breaks[0]) + 1 if len(breaks) else len(places)
        if len(places) % length:
            return None
        rows = places.reshape(-1, length)
        if len(rows) > 1 and not np.array_equal(rows, rows[:, :1] + step * np.arange(length)):
            return None
        lengths.append(length)
        steps.append(step)
        places = rows[:, 0]
    return Pattern(start, tuple(reversed(lengths)), tuple(reversed(steps)))


def common_axes(count: int, patterns: Sequence[Pattern | None], wanted: Iterable[int] = ()) -> Lengths:
    """Return axes along which as many patterns as possible are views; ``wanted`` block sizes are ends of axes, too."""
    sizes = {1, count, *wanted}
    for each in patterns:
        if each is not None and all(_chains(size, sizes) for size in each.inner):
            sizes.update(each.inner)
    ordered = sorted(sizes)
    return tuple(large // small for small, large in zip(ordered[-2::-1], ordered[:0:-1], strict=True)) or (1,)


def fits(each: Pattern, lengths: Lengths) -> bool:
    """True if the places are a view with these axes."""
    sizes = {math.prod(lengths[k:]) for k in range(len(lengths) + 1)}
    return all(size in sizes for size in each.inner)


def _chains(size: int, sizes: set[int]) -> bool:
    return all(not (max(size, other) % min(size, other)) for other in sizes)


def seen(array: np.ndarray[Any, Any], each: Pattern) -> np.ndarray[Any, Any]:
    """Return the view of the rows of an array that a pattern describes; the axes of a row come last."""
    row = array.strides[0]
    return as_strided(
        array[each.start :],
        (*each.lengths, *array.shape[1:]),
        (*(step * row for step in each.steps), *array.strides[1:]),
    )


def apart(each: Pattern) -> bool:
    """True if no place occurs twice."""
    reach = 0
    for step, length in sorted((abs(step), length) for length, step in zip(each.lengths, each.steps, strict=True)):
        if length > 1:
            if step <= reach:
                return False
            reach += step * (length - 1)
    return True


def looped(each: Pattern) -> Sequence[int] | None:
    """Return axes to loop over such that no place occurs twice along the others; ``None`` if the loop would be long."""
    order = sorted(range(len(each.lengths)), key=lambda k: each.lengths[k])
    taken: list[int] = []
    count = 1
    for k in order:
        taken.append(k)
        count *= each.lengths[k]
        if count > LOOP:
            return None
        kept = [j for j in range(len(each.lengths)) if j not in taken]
        if apart(Pattern(0, tuple(each.lengths[j] for j in kept), tuple(each.steps[j] for j in kept))):
            return sorted(taken)
    return None
