"""The report of `check_gradients`: its lines, its faults, and the text of it."""

from __future__ import annotations

from typing import NamedTuple

from ..arrays.table import ArrayPrimitive
from ..errors import GradientError
from ..programs.entry import Entry
from ..programs.listing import Program
from ..text.layout import table
from ..text.numbers import short
from ..text.paper import ENDLESS, paper
from .verdict import Comparison, close

__all__ = ["Fault", "Report"]

IRREPRODUCIBLE = """\
    draw at random from a generator that is seeded inside the function, or give the numbers drawn as an argument;
    keep nothing between calls"""
UNRECORDED = """\
    such a path leads through .data, .item(), detach(), no_grad or a function of math; use the functions of autograd,
    or compute outside of the function what is meant to be constant"""


class Fault(NamedTuple):
    """An operation that is wrong by itself.

    Attributes
    ----------
    entry : Entry
        Its record, in the program of the report.
    argument : int
        The position of the argument by which its derivative is wrong, from 0.
    line : Comparison
        The numbers of this operation alone.
    op : str
        The name of the operation.
    order : int
        1 if its derivative by this argument is wrong, 2 if only the derivative of that derivative is.
    """

    entry: Entry
    argument: int
    line: Comparison

    @property
    def op(self) -> str:
        return self.entry.op.name  # type: ignore[union-attr]

    @property
    def order(self) -> int:
        return self.line.order

    def __str__(self) -> str:
        line = self.line
        what = "derivative" if self.order == 1 else "second derivative"
        given = line.reverse
        source = "its pull" if isinstance(self.entry.op, ArrayPrimitive) else "its row"
        if close(line.forward, line.numerical, line.error) and isinstance(self.entry.op, ArrayPrimitive):
            source = "its pull, but not its push,"
        elif close(line.forward, line.numerical, line.error):
            source = "the sweep, but not its row,"
        elif close(line.reverse, line.numerical, line.error):
            source, given = "its row in forward mode", line.forward
        place = f" ({line.name})" if line.name[-1] in "])" else ""
        at = ", ".join(short(x) for x in self.entry.numbers)
        return (
            f"wrong: {self.entry.label} = {self.entry.expression} at ({at}), "
            f"argument {self.argument} of {self.op}{place}\n"
            f"    the {what} by {source} is {given:.10g}, numerically {line.numerical:.10g} ± {line.error:.1g}\n"
            f"    the Taylor remainder shrinks with h to the power {line.rates[0]:.2f}, "
            f"with the numerical one {line.rates[1]:.2f}; 2 is right"
        )


class Report:
    """The findings of `check_gradients`; ``print`` shows them.

    Attributes
    ----------
    lines : list
        A comparison of the derivatives for each number among the arguments; to second order, one for each pair too.
    faults : list of Fault
        The operations that are wrong by themselves. The check searches for them unless all lines are right.
    program : Program
        The record that was checked.
    astray : str
        The difference between the first call and a later one with the same arguments, in words; ``""`` without one.
    ok : bool
        True if the function is reproducible and nothing is wrong. A kink, noise or an undefined value is not wrong.
    """

    def __init__(self, lines: list[Comparison], faults: list[Fault], program: Program, astray: str = "") -> None:
        self.lines = lines
        self.faults = faults
        self.program = program
        self.astray = astray

    @property
    def ok(self) -> bool:
        return not self.faults and not self.astray and all(line.verdict != "wrong" for line in self.lines)

    def raise_if_wrong(self) -> None:
        """Raise the report as an error, unless it is ok.

        Raises
        ------
        GradientError
            An ``AutogradError``, and an ``AssertionError`` for the sake of tests.
        """
        if not self.ok:
            wrong = self.faults or not self.astray
            raise GradientError(f"{'a derivative is wrong' if wrong else 'the function is not reproducible'}\n{self}")

    def __str__(self) -> str:
        rows: list[tuple[str, ...]] = [("", "reverse", "forward", "numerical", "error", "by", "verdict")]
        shown = self.lines if len(self.lines) <= 40 else [x for x in self.lines if x.verdict != "right"]
        for x in shown:
            numbers = [short(number, 10) for number in (x.reverse, x.forward, x.numerical)]
            rows.append((x.name, *numbers, f"{x.error:.1e}", x.by, x.verdict))
        written = table(rows, paper()._replace(width=ENDLESS))
        if len(shown) < len(self.lines):
            written.append(f"… {len(self.lines) - len(shown):,} more, all right")
        return "\n".join([*written, *map(str, self.faults), *self._causes()])

    def _causes(self) -> list[str]:
        """Return, in words, the causes of a failure that are not the fault of a single operation."""
        if self.astray:
            return [f"the function is not reproducible: {self.astray}", IRREPRODUCIBLE]
        unrecorded = [_unrecorded(line) for line in self.lines if line.unrecorded]
        if unrecorded:
            return [*unrecorded[:6], UNRECORDED]
        if not self.ok and not self.faults:
            return ["each operation is right by itself: the sum of their contributions is wrong"]
        return []

    __repr__ = __str__


def _unrecorded(line: Comparison) -> str:
    """Return the words for a value that depends on an argument through a path that is not recorded."""
    recorded = line.numerical - line.unrecorded
    is_it = "equal to the gradient" if close(line.reverse, recorded, line.error) else "not equal to the gradient"
    dependence = f"the value depends on {line.name}" if line.order == 1 else f"the gradient depends ({line.name})"
    return (
        f"wrong: {dependence} on a path that is not recorded\n"
        f"    by the record its derivative is {recorded:.10g}, {is_it}; by calls of the function {line.numerical:.10g}"
    )
