"""Groups: values that are computed alike, and so by one operation on arrays.

    relu(%7)   relu(%12)   relu(%17)   …        three values at one level     one operation on an array of three

The level of a value is the length of the longest way to it from the leaves. Values of one level do not depend on each
other; those that are computed by the same operation from operands that are kept in the same places are a group.

Where levels are narrow, as in a chain, arrays of one number would cost more than they save. A run of such levels stays
a program of single numbers: a *segment*.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .. import ops
from ..table import Primitive
from .columns import CONSTANT
from .sums import Condensed, Line

__all__ = ["Group", "Segment", "grouped"]

NARROW = 24  # operands of all values at a level: with fewer, single numbers are quicker than arrays
RUN = 4  # narrow levels in a row that are worth going from arrays to numbers and back
FEW = 8
STATIC = {ops.ROUND: 1, ops.POW: 1}  # an argument that, if it is a constant, is the same throughout a group
SHARES = {ops.SOFTMAX, ops.LOG_SOFTMAX}  # whose first argument says which of several results is meant


class Group:
    """Values that are computed alike.

    Attributes
    ----------
    op : Primitive
        ``DOT`` for dot products without a bias, ``SUM`` for sums with signs, or any other operation.
    level : int
        The length of the longest way to its values.
    laned : bool
        Whether its values differ from lane to lane.
    ids : ndarray
        The values.
    operands : ndarray
        A row for each value. Of dot products, the left factors and then the right ones.
    signs : tuple of int
        Of the terms of a sum.
    """

    __slots__ = ("ids", "laned", "level", "op", "operands", "signs")

    def __init__(self, op: Primitive, level: int, laned: bool, signs: tuple[int, ...] = ()) -> None:
        self.op, self.level, self.laned, self.signs = op, level, laned, signs
        self.ids: Any = []
        self.operands: Any = []

    def __repr__(self) -> str:
        return f"<{len(self.ids)} {self.op.name} of {self.operands.shape[1]} at level {self.level}>"


class Segment:
    """A run of narrow levels, which stays a program of single numbers.

    Attributes
    ----------
    lines : list of Line
        In an order in which operands come before what is computed from them.
    """

    __slots__ = ("level", "lines")

    def __init__(self, level: int, lines: list[Line]) -> None:
        self.level, self.lines = level, lines

    def __repr__(self) -> str:
        return f"<segment of {len(self.lines)} at level {self.level}>"


def grouped(condensed: Condensed) -> list[Group | Segment]:
    """The groups and segments of a record, in an order in which operands come before what is computed from them."""
    lines, levels, laned = condensed.lines, condensed.levels, condensed.laned
    narrow = _narrow(condensed)
    found: dict[Any, Group] = {}
    runs: dict[int, list[Line]] = {}
    for line in lines:
        level = levels[line.value]
        begin = narrow[level]
        if begin >= 0 and not laned[line.value]:
            if begin not in runs:
                runs[begin] = []
            runs[begin].append(line)
            continue
        key = _key(line, level, condensed)
        group = found.get(key)
        if group is None:
            group = found[key] = Group(line.op, level, laned[line.value], line.signs)
        group.ids.append(line.value)
        group.operands.append(line.operands)
    for group in found.values():
        group.ids = np.array(group.ids, dtype=np.int64)
        group.operands = np.array(group.operands, dtype=np.int64).reshape(len(group.ids), -1)
    segments = [Segment(level, sorted(run, key=lambda line: levels[line.value])) for level, run in runs.items()]
    # What does not depend on the lane never needs what does.
    parts: list[Group | Segment] = [*found.values(), *segments]
    return sorted(parts, key=lambda part: (type(part) is Group and part.laned, part.level))


def _key(line: Line, level: int, condensed: Condensed) -> Any:
    op, operands, arenas = line.op, line.operands, condensed.arenas
    laned = condensed.laned[line.value]
    if len(operands) == 1:
        return (op, level, laned, arenas[operands[0]])
    if op is ops.DOT:
        half = len(operands) // 2
        return (op, level, laned, half, arenas[operands[0]], arenas[operands[half]])
    if op is ops.SUM:
        kinds = tuple([arenas[x] for x in operands]) if len(operands) <= FEW else arenas[operands[0]]
        return (op, level, laned, line.signs, kinds)
    if op in STATIC and condensed.kinds[operands[STATIC[op]]] == CONSTANT:
        return (op, level, laned, arenas[operands[0]], operands[STATIC[op]], "static")
    if op.arity is None:
        return (op, level, laned, len(operands))
    return (op, level, laned, *[arenas[x] for x in operands])


def _narrow(condensed: Condensed) -> Sequence[int]:
    """For each level where the run of narrow levels begins that it belongs to, -1 for none."""
    uniform = [line for line in condensed.lines if not condensed.laned[line.value]]
    at = np.array([condensed.levels[line.value] for line in uniform], dtype=np.int64)
    count = np.bincount(at, [len(line.operands) for line in uniform], minlength=max(condensed.levels) + 1)
    narrow = count < NARROW
    begins: list[int] = [-1] * len(narrow)
    edges = np.flatnonzero(np.diff(narrow, prepend=False, append=False))
    for begin, end in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        if np.count_nonzero(count[begin:end]) >= RUN:
            begins[begin:end] = [begin] * (end - begin)
    return begins
