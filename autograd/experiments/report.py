"""What `check_gradients` found, and how it is written down."""

from __future__ import annotations

from typing import NamedTuple

from ..arrays.table import ArrayPrimitive
from ..errors import GradientError
from ..programs.entry import Entry
from ..programs.listing import Program
from ..text.numbers import short
from .compare_numbers import Comparison, close

__all__ = ["Fault", "Report"]


class Fault(NamedTuple):
    """An operation that is wrong by itself.

    Attributes
    ----------
    op : str
        The name of the operation.
    entry : Entry
        Its record, in the program of the report.
    argument : int
        Which of its arguments, from 0.
    order : int
        1 if its derivative by this argument is wrong, 2 if only the derivative of that derivative is.
    line : Comparison
        The numbers of this operation alone.
    """

    op: str
    entry: Entry
    argument: int
    order: int
    line: Comparison

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
    """What `check_gradients` found; ``print`` shows it.

    Attributes
    ----------
    lines : list of Comparison
        One for each number among the arguments; to second order, one for each pair too.
    faults : list of Fault
        The operations that are wrong by themselves. They are looked for unless all lines are right.
    program : Program
        What was recorded and checked.
    ok : bool
        Whether nothing is wrong. A kink, noise or an undefined value is not wrong.
    """

    def __init__(self, lines: list[Comparison], faults: list[Fault], program: Program) -> None:
        self.lines = lines
        self.faults = faults
        self.program = program

    @property
    def ok(self) -> bool:
        return not self.faults and all(line.verdict != "wrong" for line in self.lines)

    def raise_if_wrong(self) -> None:
        """Raise the report as an error, unless it is ok.

        Raises
        ------
        GradientError
            An ``AutogradError``, and an ``AssertionError`` for the sake of tests.
        """
        if not self.ok:
            raise GradientError(f"a derivative is wrong\n{self}")

    def __str__(self) -> str:
        table: list[tuple[str, ...]] = [("", "reverse", "forward", "numerical", "error", "by", "verdict")]
        shown = self.lines if len(self.lines) <= 40 else [x for x in self.lines if x.verdict != "right"]
        for x in shown:
            numbers = [short(number, 10) for number in (x.reverse, x.forward, x.numerical)]
            table.append((x.name, *numbers, f"{x.error:.1e}", x.by, x.verdict))
        wide = [max(map(len, column)) for column in zip(*table, strict=True)]
        written = ["  ".join(map(str.ljust, line, wide)).rstrip() for line in table]
        if len(shown) < len(self.lines):
            written.append(f"… {len(self.lines) - len(shown):,} more, all right")
        written += map(str, self.faults)
        if not self.ok and not self.faults:
            written.append("each operation is right by itself: what is wrong is how their contributions are added up")
        return "\n".join(written)

    __repr__ = __str__
