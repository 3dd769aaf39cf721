"""Layouts of the terms of a derivative: equations in columns where they fit, aligned as numbers in a written addition.

    used in        local derivative     upstream × local            sum so far
    %4  = b ** 3   d%4/db = 3·b² = 12    83.3   × 12   =  999.6     1007
    %3  = a * b    d%3/db = a = -4       83.3   × (-4) = -333.2      673.3

A layout takes terms and gives, for each of them, the lines of its block; `paths` has the layout of paths.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from ..formulas.notation import Expression, Symbol, adjoint
from ..formulas.symbols import formulas_of, with_shape
from ..stepping.records import Part, untaken
from ..stepping.writing import Pen
from ..text.layout import at_point, clipped, columns, folded, length, line_up, padded, table
from ..text.numbers import short
from ..text.paper import ENDLESS, Paper
from .terms import Term, Use

__all__ = ["argument_meant", "identity_block", "term_blocks", "use_blocks"]

NARROWEST, ALL = 16, 10**6  # characters that are left to the expression that uses a value


def argument_meant(part: Part) -> str:
    """``argument 2``, if the value stands in the operation more than once."""
    several = sum(x is part.entry for x in part.source.inputs) > 1
    return f"argument {part.position + 1}" if several else ""


def formula_of(use: Use, pen: Pen) -> Expression:
    """The local derivative of a use; of an operation on whole arrays, the gradient that it propagates."""
    over = pen.symbol(use.step.within.over).parts[0]
    return formulas_of(use.entry, pen.symbol, over)[use.part.position]


# --- Uses of a number -------------------------------------------------------------------------------------------------


class UseRow(NamedTuple):
    """A use in words and numbers."""

    z: str
    expression: str
    local: list[str]  # dz/dx, its formula if it has one, its number
    upstream: str
    slope: str
    contribution: str
    sum: str
    remark: str


def use_blocks(uses: Sequence[Use], pen: Pen) -> tuple[list[str], list[list[str]]]:
    """The header, and a block of lines for each use of a number: a line of a table, if the paper is wide enough."""
    rows = [_row(use, pen) for use in uses]
    for names, narrowed in ((True, False), (False, False), (False, True)):
        cells, least = _cells(rows, names), NARROWEST if narrowed else ALL
        lines = columns(cells, pen.paper, between="   ", narrowed=0, least=least, cut=clipped)
        if max(map(length, lines)) <= pen.paper.width:
            heading, *texts = ["".join(text for text, _ in line) for line in lines]
            blocks = [_with_remark(row, text, pen.paper) for row, text in zip(rows, texts, strict=True)]
            return [pen.paper.paint(heading, "faint")], blocks
    return [], [_stacked(row, pen.paper) for row in rows]


def _row(use: Use, pen: Pen) -> UseRow:
    part, z, upstream = use.part, use.entry, use.step.upstream or 0.0
    local, formula = [pen.slope(z, part.entry), pen.number(part.slope)], formula_of(use, pen)
    if isinstance(formula, Symbol):
        text = pen.formula(formula)
        local.insert(1, f"({text})" if formula.head == "where" else text)
    idle = f"{pen.name(use.step.within.over)} does not move with {pen.name(z)}"
    remark = untaken(part, pen.name(part.entry)) if upstream else idle
    expression = z.op.write(z.operands(pen.name, short))  # type: ignore[union-attr]
    return UseRow(
        pen.name(z),
        pen.plain(", ".join(filter(None, [expression, argument_meant(part)]))),
        local,
        pen.number(upstream),
        pen.factor(part.slope),
        pen.number(part.contribution),
        pen.number(part.after),
        remark and f"{remark}: no gradient is passed on",
    )


def _cells(rows: Sequence[UseRow], names: bool) -> list[tuple[str, ...]]:
    """The rows of a table below its heading; the local derivatives with their names or without."""
    pieces = zip(
        at_point([row.upstream for row in rows]),
        padded([row.slope for row in rows]),
        at_point([row.contribution for row in rows]),
        strict=True,
    )
    found = [
        ["used in", *line_up([(row.z, row.expression) for row in rows])],
        ["local derivative", *[" = ".join(row.local[not names :]) for row in rows]],
        ["upstream × local", *[f"{upstream} × {slope} = {product}" for upstream, slope, product in pieces]],
        ["sum so far", *at_point([row.sum for row in rows])],
    ]
    return list(zip(*(found if len(rows) > 1 else found[:3]), strict=True))


def _with_remark(row: UseRow, line: str, paper: Paper) -> list[str]:
    """A line of the table, with the remark under it."""
    remark = folded(row.remark, paper, "    ", "    ")
    return [paper.paint(text, "faint") for text in [line, *remark]] if remark else [line]


def _stacked(row: UseRow, paper: Paper) -> list[str]:
    """Lines one below the other, for narrow paper."""
    product = f"{row.upstream} × {row.slope} = {row.contribution}, so far {row.sum}"
    lines = folded(f"{row.z} = {row.expression}", paper, rest="        ")
    for text in (" = ".join(row.local), product, row.remark):
        lines += folded(text, paper, "    ", "        ")
    return lines


# --- Uses of an array -------------------------------------------------------------------------------------------------


def identity_block(use: Use, name: str, pen: Pen, several: bool) -> list[str]:
    """The lines of one use among arrays: an identity with the shapes of its factors, and its number.

    ``name`` is that of the value that is used; ``several`` adds the sum so far.
    """
    part, over, formula = use.part, pen.symbol(use.step.within.over).parts[0], formula_of(use, pen)
    x, z = pen.symbol(name).parts[0], pen.symbol(use.entry).parts[0]
    gradient = pen.identity(with_shape(part.entry, adjoint(over, x)))
    contribution = formula if part.slope is None else with_shape(use.entry, adjoint(over, z)) * formula
    summed = np.shape(part.contribution) != np.shape(use.entry.value)
    if part.slope is not None and summed and isinstance(contribution, Symbol):
        contribution = Symbol("sum_to", contribution, Symbol("constant", str(np.shape(part.contribution))))
    texts = [f"{gradient} = {pen.identity(contribution)}"]
    if part.slope is not None and isinstance(formula, Symbol):
        texts.append(f"{pen.slope(use.entry, name)} = {pen.number(part.slope)}")
    texts.append(f"= {pen.sized(part.contribution)}{f', so far {pen.sized(part.after)}' if several else ''}")
    head = ", ".join(filter(None, [pen.statement(use.entry), argument_meant(part)]))
    lines = folded(head, pen.paper, rest="        ")
    return lines + [line for text in texts for line in folded(text, pen.paper, "    ", "        ")]


# --- Terms of an entry ------------------------------------------------------------------------------------------------


def term_blocks(terms: Sequence[Term], pen: Pen) -> Iterator[list[str]]:
    """A line for each term of one entry of an array, in columns."""
    names = padded([pen.plain(" × ".join(term.write(pen.name))) for term in terms])
    numbers = [pen.plain(" × ".join(map(pen.factor, term.numbers))) for term in terms]
    products = [  # a single number is not written as a product
        f"{name} = {number}" if len(term.numbers) > 1 else name
        for term, name, number in zip(terms, names, numbers, strict=True)
    ]
    totals = at_point([pen.number(term.product) for term in terms])
    rows = list(zip([pen.statement(term.entry) for term in terms], products, totals, strict=True))
    for line in table(rows, pen.paper._replace(width=ENDLESS), between=("   ", " = ")):
        yield folded(line, pen.paper, rest="        ")
