"""The uses of a value as text: an equation for each, in columns, as one writes numbers down to add them up.

used in        local derivative     upstream × local            sum so far
%4  = b ** 3   d%4/db = 3·b² = 12    83.3   × 12   =  999.6     1007
%3  = a * b    d%3/db = a = -4       83.3   × (-4) = -333.2      673.3
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from ..formulas.notation import Expression, Symbol, adjoint, named, written
from ..formulas.symbols import with_shape
from ..programs.entry import Entry
from ..stepping.records import Part, Step, untaken
from ..stepping.writing import Pen
from ..text.layout import at_point, clipped, columns, ends, folded, length, line_up, padded
from ..text.numbers import brief
from ..text.paper import Paper

__all__ = ["Use", "array_use_lines", "factor", "handed_on", "slope_name", "use_blocks", "which"]

GAP = "   "
NARROWEST, ALL = 16, 10**6  # characters that are left to the expression that uses a value


class Use(NamedTuple):
    """A part with its step, whose upstream gradient it hands on."""

    step: Step
    position: int  # among the step's parts

    @property
    def part(self) -> Part:
        return self.step.parts[self.position]


# --- Words and numbers ------------------------------------------------------------------------------------------------


def slope_name(z: Entry, x: str, paper: Paper) -> str:
    """``dz/dx``."""
    top, bottom = (written(named(label), unicode=paper.unicode) for label in (z.label, x))
    return paper.plain(f"d{top}/d{bottom}")


def factor(number: float, digits: int) -> str:
    """A number as it stands in a product."""
    text = brief(number, digits)
    return f"({text})" if text.startswith("-") else text


def which(part: Part) -> str:
    """Which argument is meant, where the value is several of them."""
    several = sum(x is part.entry for x in part.source.inputs) > 1
    return f"argument {part.position + 1}" if several else ""


# --- A line for each use ----------------------------------------------------------------------------------------------


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


def use_blocks(uses: Sequence[Use], result: Entry, paper: Paper, digits: int) -> tuple[list[str], list[list[str]]]:
    """A header, and for each use of a value its lines: those of a table, if the paper has room for one."""
    formulas: dict[int, list[Expression]] = {}
    rows = []
    for use in uses:
        if use.step.k not in formulas:
            formulas[use.step.k] = use.step.formulas
        rows.append(_row(use, formulas[use.step.k][use.position], result, paper, digits))
    for names, narrowed in ((True, False), (False, False), (False, True)):
        cells = _cells(rows, names)
        lines = columns(cells, paper, between=GAP, narrowed=0, least=NARROWEST if narrowed else ALL, cut=clipped)
        if max(map(length, lines)) <= paper.width:
            heading, *texts = ["".join(text for text, _ in line) for line in lines]
            return [paper.paint(heading, "faint")], [_block(*each, paper) for each in zip(rows, texts, strict=True)]
    return [], [_stacked(row, paper) for row in rows]


def _row(use: Use, formula: Expression, result: Entry, paper: Paper, digits: int) -> UseRow:
    part, z, upstream = use.part, use.step.entry, use.step.upstream or 0.0
    local = [slope_name(z, part.entry.label, paper), brief(part.slope, digits)]
    if isinstance(formula, Symbol):
        text = paper.plain(written(formula, unicode=paper.unicode, digits=digits))
        local.insert(1, f"({text})" if formula.head == "where" else text)
    remark = untaken(part) if upstream else f"{result.label} does not move with {z.label}"
    return UseRow(
        paper.plain(z.label),
        paper.plain(", ".join(filter(None, [z.expression, which(part)]))),
        local,
        brief(upstream, digits),
        factor(part.slope, digits),
        brief(part.contribution, digits),
        brief(part.after, digits),
        remark and f"{remark}: nothing is handed on",
    )


def _cells(rows: Sequence[UseRow], names: bool) -> list[tuple[str, ...]]:
    """The rows of a table with its heading; local derivatives with their names or without."""
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


def _block(row: UseRow, line: str, paper: Paper) -> list[str]:
    """A line of the table, with the remark under it."""
    remark = folded(row.remark, paper, "    ", "    ")
    return [paper.paint(text, "faint") for text in [line, *remark]] if remark else [line]


def _stacked(row: UseRow, paper: Paper) -> list[str]:
    """Lines of their own, for narrow paper."""
    product = f"{row.upstream} × {row.slope} = {row.contribution}, so far {row.sum}"
    lines = folded(f"{row.z} = {row.expression}", paper, rest="        ")
    for text in (" = ".join(row.local), product, row.remark):
        lines += folded(text, paper, "    ", "        ")
    return lines


def handed_on(part: Part, formula: Expression, over: str) -> Expression:
    """The gradient that a part hands on, from the one that arrives, as an identity."""
    if part.slope is None:
        return formula
    product = with_shape(part.source, adjoint(over, part.source.label)) * formula
    shape = np.shape(part.contribution)
    if shape == np.shape(part.source.value) or not isinstance(product, Symbol):
        return product
    return Symbol("sum_to", product, Symbol("constant", str(shape)))


def array_use_lines(uses: Sequence[Use], name: str, over: str, pen: Pen, most: tuple[int, int]) -> Iterator[str]:
    """Lines for each use of a value, which is called so; of many uses, for the first and the last."""
    first, middle, last = ends(uses, *most)
    for use in first:
        yield from _lines(use, name, over, pen, several=len(uses) > 1)
    if middle:
        so_far = pen.sized(middle[-1].part.after)
        yield pen.paper.paint(pen.plain(f"… {len(middle):,} more: so far {so_far}"), "faint")
    for use in last:
        yield from _lines(use, name, over, pen, several=True)


def _lines(use: Use, name: str, over: str, pen: Pen, several: bool) -> Iterator[str]:
    part = use.part
    gradient = pen.identity(with_shape(part.entry, adjoint(over, name)))
    identity = pen.identity(handed_on(part, use.step.formulas[use.position], over))
    statement = f"{pen.name(part.source)} = {pen.operation(part.source)}"
    so_far = f", so far {pen.sized(part.after)}" if several else ""
    yield from folded(", ".join(filter(None, [statement, which(part)])), pen.paper, rest="        ")
    yield from folded(f"{gradient} = {identity}", pen.paper, "    ", "        ")
    if part.slope is not None and isinstance(use.step.formulas[use.position], Symbol):
        slope = f"d{pen.name(part.source)}/d{pen.formula(named(name))}"
        yield from folded(f"{slope} = {pen.number(part.slope)}", pen.paper, "    ", "        ")
    yield from folded(f"= {pen.sized(part.contribution)}{so_far}", pen.paper, "    ", "        ")
