"""Repeated steps in a sequence, such as those of a recurrence.

a b c b c b c d        from the second element on, 3 steps of 2 elements
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from typing import NamedTuple

import numpy as np

__all__ = ["Repeat", "repeated"]

LONGEST = 400  # the most elements of a step
LEAST, SAVED = 3, 8  # the fewest steps of a repeat, and the fewest elements that it saves


class Repeat(NamedTuple):
    """Elements that consist of equal steps.

    Attributes
    ----------
    begin : int
        The position of the first element.
    length : int
        The number of elements of a step.
    times : int
        The number of steps.
    """

    begin: int
    length: int
    times: int

    @property
    def end(self) -> int:
        """The position after the last element."""
        return self.begin + self.length * self.times


def repeated(kinds: Iterable[Hashable], alike: Callable[[int, int], bool] | None = None) -> list[Repeat]:
    """Return the repeats in a sequence, in their order; none overlap, and those that save most are taken first.

    Parameters
    ----------
    kinds : iterable
        The kind of each element. Equal elements are of equal kinds.
    alike : callable or None
        Tells of an element's position, and of the length of a step, whether the element one step later is its equal.
        If it is not given, elements of equal kinds are equal.
    """
    numbers: dict[Hashable, int] = {}
    codes = np.array([numbers.setdefault(kind, len(numbers)) for kind in kinds], dtype=np.int64)
    candidates = []
    for length in range(1, min(LONGEST, len(codes) // LEAST) + 1):
        for begin, end in _runs(codes[:-length] == codes[length:]):
            if end - begin >= max((LEAST - 1) * length, SAVED):
                candidates.append((end - begin, -length, begin))
    found: list[Repeat] = []
    free = np.ones(len(codes), dtype=bool)
    for saved, minus, begin in sorted(candidates, key=lambda each: (-each[0], -each[1], each[2])):
        length = -minus
        if not free[begin : begin + saved].any():
            continue
        equal = free[begin : begin + saved] & free[begin + length : begin + length + saved]
        if alike is not None:
            equal &= [alike(k, length) for k in range(begin, begin + saved)]
        for first, last in _runs(equal):
            times = (last - first) // length + 1
            if times >= LEAST and (times - 1) * length >= SAVED:
                found.append(Repeat(begin + first, length, times))
                free[found[-1].begin : found[-1].end] = False
    return sorted(found)


def _runs(mask: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> list[tuple[int, int]]:
    """Return the beginnings and ends of the runs of True."""
    edges = np.flatnonzero(np.diff(mask, prepend=False, append=False)).tolist()
    return list(zip(edges[::2], edges[1::2], strict=True))
