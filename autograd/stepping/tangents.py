"""The forward mode of differentiation as a sequence of steps: derivatives by one value, carried along with the numbers.

    for each entry z = f(x, …), earliest first:
        dz/dw  =  the sum over its arguments of  dz/dx · dx/dw        a `Part` for each argument that depends on w

The rules are those of ``backward``, and so is the last number: the reverse mode gives the derivatives of one result by
all values, the forward mode those of all results by one value.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..core.sweep import local_derivatives
from ..programs.entry import Entry
from ..text.layout import Line, side_by_side
from ..text.paper import Paper, paper
from .records import Part, Pass, Step
from .writing import Pen

__all__ = ["Tangent", "tangent_of", "tangents"]


class Tangent(Step):
    """One step of the forward mode: one entry, its number, and its derivative by the value ``within.wrt``.

    Each of its parts belongs to an argument: ``before`` is the argument's own derivative, ``contribution`` its product
    with the local derivative, ``after`` the sum of the contributions so far. Made by ``steps(…, direction="tangent")``.
    """

    __slots__ = ()

    @property
    def tangent(self) -> float:
        """The derivative of the entry: the sum of the contributions; 0 if it does not depend on the value."""
        if self.entry.node is self._wrt.node:
            return 1.0
        return float(self.parts[-1].after) if self.parts else 0.0

    @property
    def _wrt(self) -> Entry:
        assert self.within.wrt is not None
        return self.within.wrt

    def text(self, on: Paper | None = None) -> str:
        """The step as text, laid out for ``on``, or for standard output if ``on`` is not given."""
        on = on or paper()
        pen = Pen(on, self.within.digits)
        total = str(len(self.program.computed))
        count = f"[{self.k + 1:>{len(total)}}/{total}] "
        head: Line = [
            *[(count, "faint"), (pen.name(self.entry), "bold")],
            *[(f" = {pen.operation(self.entry)} = {pen.substituted(self.entry)} = ", "")],
            (pen.number(self.entry.value), ""),
        ]
        tangent: Line = [
            *[("tangent  ", "faint"), (f"{pen.slope(self.entry, self._wrt)} = ", "")],
            (pen.number(self.tangent), "green"),
        ]
        rows = [(head, tangent)]
        for part, formula in zip(self.parts, self.formulas, strict=True):
            sum_so_far = f"{pen.number(part.after - part.contribution)} + " if part is not self.parts[0] else ""
            product = f"{pen.factor(part.slope)} × {pen.factor(part.before)}"
            right: Line = [(pen.plain(f"{sum_so_far}{product} = {pen.number(part.after)}"), "")]
            rows.append(([(" " * len(count), ""), *part.slope_line(pen, formula, "")], right))
        return "\n".join(side_by_side(rows, on, indent=len(count) + 2))


def tangent_of(entry: Entry, steps: dict[int, float], wrt: Entry) -> float | None:
    """The derivative of an entry, of those that the steps so far have given; ``None`` if there is none yet."""
    if entry.node is wrt.node:
        return 1.0
    return steps.get(id(entry.node), 0.0 if entry.op is None else None)


def tangents(within: Pass) -> Iterator[Tangent]:
    """The steps of the forward mode, in the order in which the entries were recorded.

    Examples
    --------
    >>> from autograd import Value, program
    >>> from autograd.stepping.passes import begin
    >>> x = Value(3.0, name="x")
    >>> listing = program(x * x + 1)
    >>> for step in tangents(begin(listing, None)._replace(wrt=listing.find(x))):
    ...     print(step)
    [1/2] %1 = x * x = 3 × 3 = 9        tangent  d%1/dx = 6
          d%1/d(1st x) = x = 3          3 × 1 = 3
          d%1/d(2nd x) = x = 3          3 + 3 × 1 = 6
    [2/2] %2 = %1 + 1 = 9 + 1 = 10      tangent  d%2/dx = 6
          d%2/d%1 = 1                   1 × 6 = 6
    """
    wrt = within.wrt
    assert wrt is not None
    known: dict[int, float] = {id(wrt.node): 1.0}  # of the entries that depend on the value
    for k, entry in enumerate(within.program.computed):
        parts: list[Part] = []
        if entry.node is not wrt.node:
            total = 0.0
            reached = [position for position, x in enumerate(entry.inputs) if _depends(x, known)]
            slopes = [float(slope) for slope in local_derivatives(entry.node)] if reached else []
            for position in reached:
                x, slope = entry.inputs[position], slopes[position]
                passes = bool(slope or not entry.op.selects)  # type: ignore[union-attr]
                contribution = slope * known[id(x.node)] if passes else 0.0
                total += contribution
                facts = known[id(x.node)], total, len(parts) + 1, len(reached), passes
                parts.append(Part(entry, position, x, slope, contribution, *facts))
            if reached:
                known[id(entry.node)] = total
        yield Tangent(k, entry, None, tuple(parts), within)


def _depends(x: Entry | float, known: dict[int, float]) -> bool:
    return isinstance(x, Entry) and id(x.node) in known
