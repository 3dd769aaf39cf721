"""The evaluation trace as textbooks print it: values from the top down, adjoints from the bottom up.

     x1 = 2                          │ df/dx1 = 5.5
     x2 = 5                          │ df/dx2 = 1.716
    ─────────────────────────────────┼──────────────────────────────────────
     %2 = log(x1)           = 0.6931 │ df/dx1 = df/dx1 + df/d%2 × 1/x1 = 5.5

The table of two columns is that of Griewank and Walther (Evaluating Derivatives, 2nd ed. 2008, chapter 3). Beside each
operation stand its contributions: the adjoint of each argument gains the adjoint of the operation times the local
derivative.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from typing import NamedTuple

from ..core.ops import MUL
from ..core.table import Primitive
from ..formulas.chain_rule import applied, symbol_or_number
from ..formulas.notation import POWER, PRODUCT, Writer
from ..programs.entry import Entry
from ..programs.listing import Program, only_numbers
from ..stepping.passes import reverse
from ..stepping.records import Part
from ..text.layout import Line, clipped, columns, length, painted
from ..text.numbers import brief
from ..text.paper import Paper

__all__ = ["adjoints", "recorded", "trace_table"]

HEADINGS = "values, from the top down", "adjoints, from the bottom up"
STACKED = "values", "adjoints, from the last operation back"


def adjoints(tape: Program) -> dict[int, float]:
    """The derivative of a program's result by each of its entries, by their positions.

    Examples
    --------
    >>> from autograd import Value, program
    >>> x = Value(3.0)
    >>> adjoints(program(x * x))
    {1: 1.0, 0: 6.0}
    """
    arrived = {part.entry.k: part.after for step in reverse(tape) for part in step.parts}
    return {tape.results[0].k: 1.0} | arrived


def recorded(op: Primitive, entry: Entry, writer: Writer) -> str:
    """The operation of an entry on its arguments; ``x * x`` stays a product, since each factor is a use."""
    operands = [symbol_or_number(x) for x in entry.inputs]
    if op is MUL:
        return writer.times.join(writer.at(x, POWER) for x in operands)
    return writer.at(applied(op, operands))


class _Cell(NamedTuple):
    """An equation: its left side, its expression, its number, and a flag for an adjoint that is complete."""

    name: str
    expression: str
    number: str
    remark: str = ""
    final: bool = False

    @property
    def left(self) -> str:
        return f"{self.name} = {self.expression}" if self.expression else self.name

    @property
    def right(self) -> Line:
        remark = [(f" {self.remark}", "faint")] if self.remark else []
        return [(self.number, "green" if self.final else ""), *remark]


class _Trace:
    """The equations of a program, in the words of a paper.

    Attributes
    ----------
    values : list of _Cell
        One for each entry: the inputs first, then the operations in the order of evaluation.
    adjoints : list of list of _Cell
        For each input its adjoint, for each operation its contributions to the adjoints of its arguments, in the order
        of the reverse pass.
    seed : list of _Cell
        The equation with which the reverse pass begins, if there is a pass.
    """

    def __init__(self, tape: Program, paper: Paper, digits: int) -> None:
        self._paper = paper
        self._digits = digits
        self._writer = Writer(paper.unicode, digits)
        self._result = tape.results[0]
        self.seed = [_Cell(self._adjoint(self._result), "", "1")] if self._result.op else []
        totals = adjoints(tape)
        parts = {step.entry.k: step.parts for step in reverse(tape)}
        inputs = [entry for entry in tape if entry.op is None]
        operations = [entry for entry in tape if entry.op is not None]
        self.values = [self._value(entry) for entry in [*inputs, *operations]]
        self.adjoints = [[self._total(entry, totals[entry.k])] for entry in inputs]
        self.adjoints += [[self._gained(part) for part in parts[entry.k]] for entry in operations]

    def _name(self, entry: Entry) -> str:
        return self._paper.plain(self._writer.name(entry.label)[0])

    def _adjoint(self, entry: Entry) -> str:
        return self._paper.plain(self._writer.adjoint(self._result.label, entry.label)[0])

    def _value(self, entry: Entry) -> _Cell:
        expression = ""
        if entry.op is not None:
            expression = self._paper.plain(recorded(entry.op, entry, self._writer))
        return _Cell(self._name(entry), expression, brief(entry.value, self._digits))

    def _total(self, entry: Entry, total: float) -> _Cell:
        return _Cell(self._adjoint(entry), "", brief(total, self._digits), final=True)

    def _gained(self, part: Part) -> _Cell:
        name = self._adjoint(part.entry)
        slope = self._writer.at(part.formula, PRODUCT)
        factors = [self._adjoint(part.source), f"({slope})" if slope.startswith("-") else slope]
        product = self._paper.plain(" × ".join(factors))
        before = f"{name} + " if part.arrived > 1 else ""
        remark = "" if part.complete else f"({part.arrived} of {part.uses})"
        return _Cell(name, before + product, brief(part.after, self._digits), remark)


def trace_table(tape: Program, paper: Paper = Paper(), digits: int = 4) -> str:  # noqa: B008 - it never changes
    """The evaluation trace of a program: two columns, or one below the other where the paper is narrow.

    Parameters
    ----------
    tape : Program
        The program of one result.
    paper : Paper
        The paper that the table is laid out for.
    digits : int
        Significant digits of numbers.

    Examples
    --------
    >>> from autograd import Value, program
    >>> x = Value(3.0, name="x")
    >>> y = x * x
    >>> y.name = "y"
    >>> print(trace_table(program(y)))
    values, from the top down │ adjoints, from the bottom up
    ──────────────────────────┼───────────────────────────────────────
    x       = 3               │ dy/dx                     = 6
    ──────────────────────────┼───────────────────────────────────────
    y = x·x = 9               │ dy/dx = dy/dx + dy/dy × x = 6
                              │ dy/dx = dy/dy × x         = 3 (1 of 2)
                              │ dy/dy                     = 1
    """
    only_numbers(tape, "a trace table")
    trace = _Trace(tape, paper, digits)
    sides = trace.values, [cell for told in trace.adjoints for cell in told] + trace.seed
    wide = [max(_width(cells), len(heading)) for cells, heading in zip(sides, HEADINGS, strict=True)]
    fits = sum(wide) + 3 <= paper.width
    return "\n".join(_side_by_side(trace, sides, wide, paper) if fits else _stacked(trace, paper))


def _width(cells: Sequence[_Cell]) -> int:
    """The characters of equations whose equality signs stand in one column."""
    return max(len(cell.left) for cell in cells) + 3 + max(length(cell.right) for cell in cells)


def _equations(cells: Sequence[_Cell], paper: Paper) -> list[Line]:
    """The equations as lines; a left side that is too long for the paper loses its end."""
    rows = [(cell.left, cell.right) for cell in cells]
    return columns(rows, paper, between=" = ", narrowed=0, least=16, cut=clipped)


def _side_by_side(trace: _Trace, sides: Sequence[Sequence[_Cell]], wide: Sequence[int], paper: Paper) -> list[str]:
    """Lines with, beside each value, the adjoints that its operation adds to, from the bottom up."""
    left, right = (_equations(cells, paper) for cells in sides)
    rows: list[list[Line]] = [[[(heading, "bold")] for heading in HEADINGS]]
    inputs = sum(not value.expression for value in trace.values)
    first, adjoints = 0, iter(right)
    for k, (value, told) in enumerate(zip(left, trace.adjoints, strict=True)):
        first = len(rows) if k == inputs else first
        top, *others = list(islice(adjoints, len(told)))[::-1] or [[]]
        rows += [[value, top], *([[], other] for other in others)]
    rows += [[[], seed] for seed in adjoints]
    lines = columns(rows, paper, between=[[(" ", ""), ("│", "faint"), (" ", "")]])
    rule = paper.plain("─") * (wide[0] + 1) + ("┼" if paper.unicode else "+") + paper.plain("─") * (wide[1] + 1)
    for k in filter(None, (first, 1)):
        lines.insert(k, [(rule, "faint")])
    return [painted(line, paper, whole=True) for line in lines]


def _stacked(trace: _Trace, paper: Paper) -> list[str]:
    """The values, and below them the adjoints."""
    inputs = sum(not value.expression for value in trace.values)
    totals, gained = trace.adjoints[:inputs], trace.adjoints[inputs:]
    told = [cell for each in [*reversed(gained), *totals] for cell in each]
    lines: list[Line] = [[(STACKED[0], "bold")], *_equations(trace.values, paper), []]
    lines += [[(STACKED[1], "bold")], *_equations(trace.seed + told, paper)]
    return [painted(line, paper, whole=True) for line in lines]
