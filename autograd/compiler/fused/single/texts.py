"""The text of a run of single numbers, forward and backward.

    v = numbers(at[0], at[1])               the numbers of the run: those that it reads, and then its results
    e1 = v[1]                               the same in all steps
    for r in range(100):
        e0 = v[q2[r]]                       in each step another one
        x0 = e0 * e1
        v[5 + 2 * r] = x0
        ...

Results are in memory if another stretch, another step, the reverse pass or others read them. The reverse pass goes
through the steps from the last to the first; adjoints of what only the same step reads are variables. Products with
adjoints of 0 are computed like any others.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

import numpy as np

from ....arrays.table import arrays
from ....core.namespaces import FUNCTIONS
from ...emitting.straight.expressions import OPERATORS, Adjoint, Item, Named, Sheet, Words, propagate, written
from ..instructions import TEXTS
from .stretches import Places, Stretch

__all__ = ["Texts"]


class Texts:
    """A run as text.

    Parameters
    ----------
    stretches : sequence of Stretch
        The run.
    wanted : sequence of bool
        For each place, True if its adjoint is needed.
    outside : collection of int
        The places of results that others read.

    Attributes
    ----------
    forward, backward : list of str
        The lines of the functions, apart from those that read and write the arrays of others.
    tables : list of tuple of int
        The tables that they read, ``q0``, ``q1``, ...
    """

    def __init__(self, stretches: Sequence[Stretch], wanted: Sequence[bool], outside: Collection[int]) -> None:
        self.tables: list[Places] = []
        crossing = {x for each in stretches for places in each.outer for x in places}.union(outside)
        self.forward: list[str] = []
        self.backward: list[str] = []
        for each in reversed(stretches):
            lines, used = self._backward(each, wanted, crossing)
            kept = [f"x{k}" in used or not crossing.isdisjoint(_results(each, k)) for k in range(len(each.lines))]
            self.backward += lines
            self.forward[:0] = self._forward(each, kept)

    def _forward(self, stretch: Stretch, kept: Sequence[bool]) -> list[str]:
        """Return the lines that compute a stretch, and keep some of its results in memory."""
        sheet = Sheet(COMPILED)
        items: list[Item] = []
        outer = {places: f"e{j}" for j, places in enumerate(stretch.outer)}
        for k, named in enumerate(_named(stretch, outer)):
            items.append((f"x{k} = {{0}}", (sheet.value(*named),)))
            if kept[k]:
                items.append((f"v[{self._at(_results(stretch, k))}] = x{k}", ()))
        before, loads = self._loads(outer)
        return [*before, *_loop(stretch.times, "", [*loads, *sheet.lines(items)])]

    def _backward(
        self, stretch: Stretch, wanted: Sequence[bool], crossing: Collection[int]
    ) -> tuple[list[str], set[str]]:
        """Return the lines that propagate the adjoints of a stretch, and the names of the numbers that they read."""
        sheet = Sheet(COMPILED)
        items: list[Item] = []
        outer = {places: f"e{j}" for j, places in enumerate(stretch.outer)}
        sums = {f"x{k}": Adjoint(self._arriving(stretch, k, crossing)) for k in range(len(stretch.lines))}
        sums.update((name, Adjoint("")) for name in outer.values())
        receives = {f"x{k}": wanted[stretch.begin + k] for k in range(len(stretch.lines))}
        receives.update((name, wanted[places[0]]) for places, name in outer.items())
        propagate(_named(stretch, outer), sheet.slopes, receives, sums, items)
        before, after = [], []
        for places, name in outer.items():
            if not sums[name].text:
                continue
            at = f"a[{self._at(places)}]"
            if stretch.times > 1 and len(set(places)) == 1:
                before.append(f"d{name} = 0.0")
                after.append(f"{at} = {at} + d{name}")
                at = f"d{name}"
            items.append((f"{at} = {at}{sums[name].text}", tuple(sums[name].parts)))
        lines = sheet.lines(items)
        used = set(re.findall(r"\b[ex]\d+\b", "\n".join(lines)))
        same, loads = self._loads({places: name for places, name in outer.items() if name in used})
        loads += [f"x{k} = v[{self._at(_results(stretch, k))}]" for k in range(len(stretch.lines)) if f"x{k}" in used]
        backwards = f"range({stretch.times - 1}, -1, -1)"
        return [*same, *before, *_loop(stretch.times, backwards, [*loads, *lines]), *after], used

    def _arriving(self, stretch: Stretch, k: int, crossing: Collection[int]) -> str:
        """Return where the adjoint of a result is, as far as it comes from outside the step; empty if nothing does."""
        places = _results(stretch, k)
        return f"a[{self._at(places)}]" if any(place in crossing for place in places) else ""

    def _loads(self, outer: dict[Places, str]) -> tuple[list[str], list[str]]:
        """Return lines that read numbers from outside: those before a loop, and those in each step."""
        same: list[str] = []
        loads: list[str] = []
        for places, name in outer.items():
            (same if len(set(places)) == 1 else loads).append(f"{name} = v[{self._at(places)}]")
        return same, loads

    def _at(self, places: Places) -> str:
        """Return the place of a number in step r."""
        first, apart = places[0], places[1] - places[0] if len(places) > 1 else 0
        if all(place == first + k * apart for k, place in enumerate(places)):
            return f"{first} + {apart} * r" if apart else f"{first}"
        if places not in self.tables:
            self.tables.append(places)
        return f"q{self.tables.index(places)}[r]"


def _named(stretch: Stretch, outer: dict[Places, str]) -> list[Named]:
    """Return the lines with names of their operands; those from outside the step have names already."""
    return [
        (line.op, line.signs, [outer[x] if isinstance(x, tuple) else f"x{x}" for x in operands])
        for line, operands in zip(stretch.lines, stretch.operands, strict=True)
    ]


def _results(stretch: Stretch, k: int) -> Places:
    """Return the places of a result in all steps."""
    length = len(stretch.lines)
    return tuple(range(stretch.begin + k, stretch.begin + k + length * stretch.times, length))


def _loop(times: int, steps: str, lines: list[str]) -> list[str]:
    if times == 1:
        return lines
    return [f"for r in {steps or f'range({times})'}:", *(f"    {line}" for line in lines)] if lines else []


NAMED = {"div": "divide", "mul": "multiply", "sub": "subtract", "neg": "negative", "floordiv": "floor_divide"}
NAMED |= {"add": "add", "mod": "remainder"}
CHOICE = "{1} if {0} else {2}"
COMPILED = Words(
    {
        **{name: TEXTS[getattr(arrays, name)] for name in (*FUNCTIONS, "power", "less", "equal")},
        **{name: TEXTS[getattr(np, NAMED[name])] for name in OPERATORS},
        "where": CHOICE,
    },
    choice=CHOICE,
    truth="(1.0 if {} else 0.0)",
    number=lambda x: written(float(x)),
)
