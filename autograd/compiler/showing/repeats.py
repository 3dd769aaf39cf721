"""Repeated steps of a program, such as those of a recurrence, which a listing shows once.

%7  = mul w %6
%8  = add %7 x     3 times, %7 … %12: each line of a step does the operation of its line in the first step, on the same
%9  = mul w %8     leaves, on other parts of one array, or on a value that was computed equally many lines before
%10 = add %9 x
%11 = mul w %10
%12 = add %11 x
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from .lines import ArrayLine

__all__ = ["Repeat", "repeats"]

LONGEST = 400  # the most lines of a step
LEAST, SAVED = 3, 8  # the fewest steps of a repeat, and the fewest lines that it saves


class Repeat(NamedTuple):
    """Lines that consist of equal steps.

    Attributes
    ----------
    begin : int
        The position of the first line.
    length : int
        The number of lines of a step.
    times : int
        The number of steps.
    """

    begin: int
    length: int
    times: int

    @property
    def end(self) -> int:
        """The position after the last line."""
        return self.begin + self.length * self.times


def repeats(lines: Sequence[ArrayLine]) -> list[Repeat]:
    """Return the repeats among the computed lines of a program, in their order; none overlap."""
    kinds: dict[object, int] = {}
    codes = np.array([kinds.setdefault(_kind(k, line), len(kinds)) for k, line in enumerate(lines)], dtype=np.int64)
    candidates = []
    for length in range(1, min(LONGEST, len(lines) // LEAST) + 1):
        for begin, end in _runs(codes[:-length] == codes[length:]):
            if end - begin >= max((LEAST - 1) * length, SAVED):
                candidates.append((end - begin, -length, begin))
    found: list[Repeat] = []
    free = np.ones(len(lines), dtype=bool)
    for saved, minus, begin in sorted(candidates, key=lambda each: (-each[0], -each[1], each[2])):
        length = -minus
        if not free[begin : begin + saved].any():
            continue
        alike = np.array([_alike(lines[k], lines[k + length], length) for k in range(begin, begin + saved)])
        alike &= free[begin : begin + saved] & free[begin + length : begin + length + saved]
        for first, last in _runs(alike):
            times = (last - first) // length + 1
            if times >= LEAST and (times - 1) * length >= SAVED:
                found.append(Repeat(begin + first, length, times))
                free[found[-1].begin : found[-1].end] = False
    return sorted(found)


def _runs(mask: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> list[tuple[int, int]]:
    """Return the beginnings and ends of the runs of True."""
    edges = np.flatnonzero(np.diff(mask, prepend=False, append=False)).tolist()
    return list(zip(edges[::2], edges[1::2], strict=True))


def _kind(k: int, line: ArrayLine) -> object:
    """Return the properties that lines of equal steps share; a line that holds a result equals no other."""
    if line.results or line.role == "output":
        return k
    operands = tuple((each.kind, each.sign, each.number, len(each.lines)) for each in line.operands)
    return line.operation, line.shape, line.lanes, line.guards, line.about, operands


def _alike(line: ArrayLine, later: ArrayLine, length: int) -> bool:
    """True if each operand of ``later`` is that of ``line``, a leaf of the same kind, or ``length`` lines after it."""
    pairs = (
        (x, y)
        for one, other in zip(line.operands, later.operands, strict=True)
        for x, y in zip(one.lines, other.lines, strict=True)
    )
    return all(
        x is y
        or (y.k - x.k == length and not x.is_leaf)
        or (x.is_leaf and y.is_leaf and (x.role, x.shape) == (y.role, y.shape))
        for x, y in pairs
    )
