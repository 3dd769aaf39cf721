"""The evaluation trace as textbooks print it: values from the top down, adjoints from the bottom up.

     x1 = 2                          │ df/dx1 = 5.5
     x2 = 5                          │ df/dx2 = 1.716
    ─────────────────────────────────┼──────────────────────────────────────
     %2 = log(x1)           = 0.6931 │ df/dx1 = df/dx1 + df/d%2 × 1/x1 = 5.5

The table of two columns is that of Griewank and Walther (Evaluating Derivatives, 2nd ed. 2008, chapter 3). Beside each
operation stands what it hands back: the adjoint of each argument gains its own adjoint times the local derivative.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from ..core.ops import MUL
from ..core.table import Primitive
from ..formulas.chain_rule import applied, symbol_or_number
from ..formulas.notation import POWER, PRODUCT, Writer
from ..programs.entry import Entry
from ..programs.listing import Program, only_numbers
from ..stepping.passes import reverse
from ..stepping.records import Part
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
    """The operation of an entry on its arguments; a product of equals stays a product, for each is a use."""
    operands = [symbol_or_number(x) for x in entry.inputs]
    if op is MUL:
        return writer.times.join(writer.at(x, POWER) for x in operands)
    return writer.at(applied(op, operands))


class _Cell(NamedTuple):
    """An equation: what there is, by which expression, its number, and whether that is an adjoint that is complete."""

    name: str
    expression: str
    number: str
    remark: str = ""
    final: bool = False

    @property
    def left(self) -> str:
        return f"{self.name} = {self.expression}" if self.expression else self.name


class _Trace:
    """The equations of a program, in the words of a paper.

    Attributes
    ----------
    values : list of _Cell
        One for each entry: the inputs first, then the operations in the order of evaluation.
    adjoints : list of list of _Cell
        For each of these what it is told, or what it hands back to its arguments, in the order of the reverse pass.
    seed : list of _Cell
        Where the reverse pass begins, if there is one.
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


class _Column:
    """Cells below each other, their numbers aligned.

    Attributes
    ----------
    width : int
        The width of the widest line.
    """

    def __init__(self, cells: Sequence[_Cell], paper: Paper, most: float) -> None:
        self._paper = paper
        rest = max(len(f" = {cell.number} {cell.remark}".rstrip()) for cell in cells)
        widest = max(len(cell.left) for cell in cells)
        self._wide = int(min(widest, max(most - rest, 16)))
        self.width = self._wide + rest

    def line(self, cell: _Cell) -> str:
        """A cell as a line of the full width."""
        left = cell.left
        if len(left) > self._wide:
            more = self._paper.plain("…")
            left = left[: self._wide - len(more)] + more
        plain = f" = {cell.number} {cell.remark}".rstrip()
        number = self._paper.paint(cell.number, "green") if cell.final else cell.number
        painted = f" = {number} {self._paper.paint(cell.remark, 'faint')}" if cell.remark else f" = {number}"
        return left.ljust(self._wide) + painted + " " * (self.width - self._wide - len(plain))


def trace_table(tape: Program, paper: Paper = Paper(), digits: int = 4) -> str:  # noqa: B008 - it never changes
    """The evaluation trace of a program: two columns, or one below the other where the paper is narrow.

    Parameters
    ----------
    tape : Program
        What computed one result.
    paper : Paper
        What it is written on.
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
    cells = [cell for told in trace.adjoints for cell in told] + trace.seed
    left, right = _Column(trace.values, paper, float("inf")), _Column(cells, paper, float("inf"))
    wide = max(left.width, len(HEADINGS[0])), max(right.width, len(HEADINGS[1]))
    if sum(wide) + 3 > paper.width:
        return "\n".join(_stacked(trace, cells, paper))
    return "\n".join(line.rstrip() for line in _side_by_side(trace, left, right, wide, paper))


def _side_by_side(trace: _Trace, left: _Column, right: _Column, wide: tuple[int, int], paper: Paper) -> list[str]:
    bar = paper.paint(paper.plain("│"), "faint")
    rule = paper.paint(
        paper.plain("─") * (wide[0] + 1) + ("┼" if paper.unicode else "+") + paper.plain("─") * (wide[1] + 1), "faint"
    )
    heads = [paper.paint(text.ljust(room), "bold") for text, room in zip(HEADINGS, wide, strict=True)]
    margin = " " * (wide[0] - left.width)
    lines = [f"{heads[0]} {bar} {heads[1]}", rule]
    operating = False
    for value, told in zip(trace.values, trace.adjoints, strict=True):
        if value.expression and not operating:
            operating = True
            lines.append(rule)
        beside = [right.line(cell) for cell in reversed(told)]
        lines.append(f"{left.line(value)}{margin} {bar} {beside[0] if beside else ''}")
        lines += [f"{' ' * wide[0]} {bar} {line}" for line in beside[1:]]
    return lines + [f"{' ' * wide[0]} {bar} {right.line(cell)}" for cell in trace.seed]


def _stacked(trace: _Trace, cells: Sequence[_Cell], paper: Paper) -> list[str]:
    left, right = _Column(trace.values, paper, paper.width), _Column(cells, paper, paper.width)
    lines = [paper.paint(STACKED[0], "bold"), *map(left.line, trace.values), ""]
    inputs = [value for value in trace.values if not value.expression]
    totals, gained = trace.adjoints[: len(inputs)], trace.adjoints[len(inputs) :]
    told = [cell for each in [*reversed(gained), *totals] for cell in each]
    lines += [paper.paint(STACKED[1], "bold"), *map(right.line, trace.seed + told)]
    return [line.rstrip() for line in lines]
