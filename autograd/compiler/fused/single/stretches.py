"""A run of single numbers as stretches: equal steps one after the other, and lines by themselves.

    x1 = x0 + h v0              for r in range(100):
    v1 = v0 - h x0                  x = e0 + e1 * e2        e0: places x0, x1, …    e1: h in all steps
    x2 = x1 + h v1                  v = e2 - e1 * e0        e2: places v0, v1, …
    …

Steps are equal if they have the same operations, on results of the same lines of the step, or on numbers from outside
the step. These may be at any places: the places of an operand in all steps are a sequence.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, NamedTuple

from ...emitting.straight.pieces import Line
from ..repeats import Repeat, repeated

__all__ = ["Places", "Stretch", "stretches_of"]

Places = tuple[int, ...]  # of an operand in all steps
FEWEST = 3  # steps of a stretch


class Stretch(NamedTuple):
    """Equal steps.

    Attributes
    ----------
    begin : int
        The place of the first result.
    times : int
        The number of steps.
    lines : sequence of Line
        The lines of the first step.
    operands : list of list of (int or tuple of int)
        For each line its operands: the line of the same step that computes one, or its places in all steps.
    """

    begin: int
    times: int
    lines: Sequence[Line]
    operands: list[list[int | Places]]

    @property
    def outer(self) -> list[Places]:
        """The operands from outside the step, each once."""
        return list(dict.fromkeys(x for each in self.operands for x in each if isinstance(x, tuple)))


def stretches_of(lines: Sequence[Line], inputs: int, wanted: Sequence[bool]) -> list[Stretch]:
    """Return the stretches of a run, whose first line computes the number at the place ``inputs``.

    In equal steps the same operands have adjoints that are ``wanted``.
    """
    kinds = [
        (line.op, line.signs, wanted[inputs + k], *[wanted[place] for place in line.operands])
        for k, line in enumerate(lines)
    ]
    found: list[Stretch] = []
    end = 0
    for repeat in repeated(kinds):
        first, times = _equal_steps(lines, inputs, repeat)
        if times < FEWEST:
            continue
        if first > end:
            found.append(_stretch(lines, inputs, end, first - end, 1))
        found.append(_stretch(lines, inputs, first, repeat.length, times))
        end = first + repeat.length * times
    if end < len(lines):
        found.append(_stretch(lines, inputs, end, len(lines) - end, 1))
    return found


def _equal_steps(lines: Sequence[Line], inputs: int, repeat: Repeat) -> tuple[int, int]:
    """Return the first line and the number of steps of the longest run of equal steps of a repeat."""
    forms = []
    for begin in range(repeat.begin, repeat.end, repeat.length):
        place = inputs + begin
        forms.append([max(x - place, -1) for line in lines[begin : begin + repeat.length] for x in line.operands])
    edges = [0, *(k for k in range(1, len(forms)) if forms[k] != forms[k - 1]), len(forms)]
    first, last = max(pairwise(edges), key=lambda each: each[1] - each[0])
    return repeat.begin + first * repeat.length, last - first


def _stretch(lines: Sequence[Line], inputs: int, begin: int, length: int, times: int) -> Stretch:
    steps = [lines[k : k + length] for k in range(begin, begin + length * times, length)]
    place = inputs + begin
    operands: list[list[Any]] = []
    for alike in zip(*steps, strict=True):
        places = zip(*(line.operands for line in alike), strict=True)
        operands.append([each[0] - place if each[0] >= place else each for each in places])
    return Stretch(place, times, steps[0], operands)
