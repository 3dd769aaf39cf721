"""Repeated steps of a program, such as those of a recurrence, which a listing shows once.

%7  = mul w %6
%8  = add %7 x     3 times, %7 … %12: each line of a step does the operation of its line in the first step, on the same
%9  = mul w %8     leaves, on other parts of one array, or on a value that was computed equally many lines before
%10 = add %9 x
%11 = mul w %10
%12 = add %11 x
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence

from ..fused.repeats import Repeat, repeated
from .lines import ArrayLine

__all__ = ["repeats"]


def repeats(lines: Sequence[ArrayLine]) -> list[Repeat]:
    """Return the repeats among the computed lines of a program, in their order; none overlap."""
    kinds = [_kind(k, line) for k, line in enumerate(lines)]
    return repeated(kinds, lambda k, length: _alike(lines[k], lines[k + length], length))


def _kind(k: int, line: ArrayLine) -> Hashable:
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
