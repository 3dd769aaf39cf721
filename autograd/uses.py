"""The uses of a value as text: an equation for each, in columns, as one writes numbers down to add them up.

used in        local derivative     upstream × local            sum so far
%4  = b ** 3   d%4/db = 3·b² = 12    83.3   × 12   =  999.6     1007
%3  = a * b    d%3/db = a = -4       83.3   × (-4) = -333.2      673.3
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from textwrap import wrap
from typing import NamedTuple, TypeVar

from .program import Entry
from .step import Part, Step, untaken
from .symbols import Expression, Symbol, named, written
from .terminal import Paper
from .text import brief

__all__ = ["Use", "ends", "factor", "folded", "slope_name", "use_blocks", "which"]

T = TypeVar("T")
GAP = "   "
NARROWEST = 16  # columns for the expression that uses a value


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


# --- Layout -----------------------------------------------------------------------------------------------------------


def ends(items: Sequence[T], first: int, last: int) -> tuple[Sequence[T], Sequence[T], Sequence[T]]:
    """The beginning, the middle that is left out, and the end; a short sequence is all beginning."""
    if len(items) <= first + last + 1:
        return items, [], []
    return items[:first], items[first:-last], items[-last:]


def folded(text: str, paper: Paper, first: str = "", rest: str = "") -> list[str]:
    """Text in lines that fit the paper; the first and the rest may be indented."""
    options = {"initial_indent": first, "subsequent_indent": rest, "break_on_hyphens": False}
    return wrap(paper.plain(text), max(paper.width, 2 * NARROWEST), **options)  # type: ignore[arg-type]


def padded(texts: Sequence[str]) -> list[str]:
    """Texts made as long as the longest."""
    wide = max(map(len, texts))
    return [f"{text:{wide}}" for text in texts]


def at_point(numbers: Sequence[str]) -> list[str]:
    """Numbers one below the other, as one writes them to add them up.

    Examples
    --------
    >>> at_point(["6.942", "-333.2", "1007"])
    ['   6.942', '-333.2  ', '1007    ']
    """
    before = [len(re.split(r"[.e]", number)[0]) for number in numbers]
    return padded([" " * (max(before) - wide) + number for wide, number in zip(before, numbers, strict=True)])


# --- A line for each use ----------------------------------------------------------------------------------------------


class Row(NamedTuple):
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
    for names, shortened in ((True, False), (False, False), (False, True)):
        columns = _columns(rows, names, paper)
        room = paper.width - sum(len(GAP) + len(column[0]) for column in columns[1:])
        natural = len(columns[0][0])
        if room >= (min(natural, NARROWEST) if shortened else natural):
            columns[0] = padded([paper.fit(text.rstrip(), room) for text in columns[0]])
            header, *lines = [GAP.join(cells).rstrip() for cells in zip(*columns, strict=True)]
            return [paper.paint(header, "faint")], [_block(*each, paper) for each in zip(rows, lines, strict=True)]
    return [], [_stacked(row, paper) for row in rows]


def _row(use: Use, formula: Expression, result: Entry, paper: Paper, digits: int) -> Row:
    part, z, upstream = use.part, use.step.entry, use.step.upstream or 0.0
    local = [slope_name(z, part.entry.label, paper), brief(part.slope, digits)]
    if isinstance(formula, Symbol):
        text = paper.plain(written(formula, unicode=paper.unicode, digits=digits))
        local.insert(1, f"({text})" if formula.head == "where" else text)
    remark = untaken(part) if upstream else f"{result.label} does not move with {z.label}"
    return Row(
        paper.plain(z.label),
        paper.plain(", ".join(filter(None, [z.expression, which(part)]))),
        local,
        brief(upstream, digits),
        factor(part.slope, digits),
        brief(part.contribution, digits),
        brief(part.after, digits),
        remark and f"{remark}: nothing is handed on",
    )


def _columns(rows: Sequence[Row], names: bool, paper: Paper) -> list[list[str]]:
    """The columns of a table with their titles; local derivatives with their names or without."""
    pieces = zip(
        at_point([row.upstream for row in rows]),
        padded([row.slope for row in rows]),
        at_point([row.contribution for row in rows]),
        strict=True,
    )
    columns = [
        ["used in", *[f"{z} = {row.expression}" for z, row in zip(padded([row.z for row in rows]), rows, strict=True)]],
        ["local derivative", *[" = ".join(row.local[not names :]) for row in rows]],
        ["upstream × local", *[f"{upstream} × {slope} = {product}" for upstream, slope, product in pieces]],
        ["sum so far", *at_point([row.sum for row in rows])],
    ]
    return [padded([paper.plain(text) for text in column]) for column in (columns if len(rows) > 1 else columns[:3])]


def _block(row: Row, line: str, paper: Paper) -> list[str]:
    """A line of the table, with the remark under it."""
    remark = folded(row.remark, paper, "    ", "    ")
    return [paper.paint(text, "faint") for text in [line, *remark]] if remark else [line]


def _stacked(row: Row, paper: Paper) -> list[str]:
    """Lines of their own, for narrow paper."""
    product = f"{row.upstream} × {row.slope} = {row.contribution}, so far {row.sum}"
    lines = folded(f"{row.z} = {row.expression}", paper, rest="        ")
    for text in (" = ".join(row.local), product, row.remark):
        lines += folded(text, paper, "    ", "        ")
    return lines
