"""Text in columns and lines: aligned, folded, shortened, painted."""

from __future__ import annotations

import re
from collections.abc import Sequence
from textwrap import wrap
from typing import Any, TypeVar

from .paper import Paper

__all__ = [
    "Line",
    "Span",
    "elided",
    "ends",
    "folded",
    "line_up",
    "listed",
    "ordinal",
    "painted",
    "side_by_side",
    "table",
]

Span = tuple[str, str]  # a text and its style, or ""
Line = list[Span]
RIGHT = 36  # where the right column begins, where that can be: so the columns of several texts stand in line
NARROWEST = 20

# --- Lines ------------------------------------------------------------------------------------------------------------


def length(line: Line) -> int:
    return sum(len(text) for text, _ in line)


def elided(line: Line, width: int, sign: str = "…") -> Line:
    """The line, without its middle if it is longer than that.

    Examples
    --------
    >>> elided([("[1/5] ", "faint"), ("y = x1 + x2 + x3 + x4 = 0.8337", "")], 24)
    [('[1/5] ', 'faint'), ('y = x', ''), ('…', ''), (' x4 = 0.8337', '')]
    """
    total = length(line)
    if total <= width:
        return line
    head = (width - len(sign)) // 2
    tail = width - len(sign) - head
    return [*_between(line, 0, head), (sign, ""), *_between(line, total - tail, total)]


def _between(line: Line, begin: int, end: int) -> Line:
    """The characters of a line from one position to another."""
    found: Line = []
    for text, style in line:
        kept = text[max(begin, 0) : max(end, 0)]
        if kept:
            found.append((kept, style))
        begin -= len(text)
        end -= len(text)
    return found


def painted(line: Line, paper: Paper) -> str:
    """The line as text, within the width of the paper and in its colours."""
    short = elided(line, max(paper.width, NARROWEST), paper.plain("…"))
    return "".join(paper.paint(text, style) if style else text for text, style in short).rstrip()


def side_by_side(rows: Sequence[tuple[Line, Line]], paper: Paper, indent: int = 0) -> list[str]:
    """Rows of two cells in columns; where the left cell is too long, the right one stands below, in its column."""
    left = max((length(a) for a, b in rows if b), default=0) + 3
    right = paper.width - max((length(b) for _, b in rows), default=0)
    start = max(RIGHT, left) if max(RIGHT, left) <= right else min(RIGHT, right)
    if start < indent:  # below its left cell, and set in from there as far as there is room
        start = max(4, min(indent, right))
    lines: list[Line] = []
    for a, b in rows:
        if b and length(a) + 2 <= start:
            lines.append([*a, (" " * (start - length(a)), ""), *b])
        else:
            lines += [a, [(" " * start, ""), *b]] if b else [a]
    return [painted(line, paper) for line in lines]


def table(rows: Sequence[Sequence[Span]], paper: Paper) -> list[str]:
    """Rows of cells in columns; where that is too wide, the widest one is made narrower."""
    wide = [max(len(text) for text, _ in column) for column in zip(*rows, strict=True)]
    excess = sum(wide) + 2 * (len(wide) - 1) - paper.width
    if excess > 0:
        widest = wide.index(max(wide))
        wide[widest] = max(12, wide[widest] - excess)
    lines = []
    for row in rows:
        line: Line = []
        for cell, width in zip(row, wide, strict=True):
            short = elided([cell], width, paper.plain("…"))
            line += [*short, (" " * (width - length(short) + 2), "")]
        lines.append(painted(_stripped(line), paper))
    return lines


def _stripped(line: Line) -> Line:
    """Without the blanks at its end, which would count as its length."""
    while line and not line[-1][0].strip():
        line = line[:-1]
    return line


def line_up(pairs: Sequence[tuple[str, str]]) -> list[str]:
    """``name = text`` for each pair, with the signs one below the other.

    Examples
    --------
    >>> line_up([("x", "input"), ("%1", "x * x")])
    ['x  = input', '%1 = x * x']
    """
    wide = max((len(name) for name, _ in pairs), default=0)
    return [f"{name:<{wide}} = {text}" for name, text in pairs]


def ordinal(k: int) -> str:
    """``1st``, ``2nd``, ``3rd``, ``4th``."""
    ending = {1: "st", 2: "nd", 3: "rd"}.get(k % 10 if k % 100 // 10 != 1 else 0, "th")
    return f"{k}{ending}"


def listed(names: Sequence[Any], most: int = 6) -> str:
    """``x1, x2 and b``; of many, how many more there are.

    Examples
    --------
    >>> listed(["x1", "x2", "b"]), listed(range(100), most=3)
    ('x1, x2 and b', '0, 1, 2 and 97 more')
    """
    texts = [str(name) for name in names[:most]]
    if len(names) > most:
        texts.append(f"{len(names) - most:,} more")
    return " and ".join([", ".join(texts[:-1]), texts[-1]] if len(texts) > 1 else texts)


T = TypeVar("T")
LEAST = 32  # columns for text that is folded

# --- Layout -----------------------------------------------------------------------------------------------------------


def ends(items: Sequence[T], first: int, last: int) -> tuple[Sequence[T], Sequence[T], Sequence[T]]:
    """The beginning, the middle that is left out, and the end; a short sequence is all beginning."""
    if len(items) <= first + last + 1:
        return items, [], []
    return items[:first], items[first:-last], items[-last:]


def folded(text: str, paper: Paper, first: str = "", rest: str = "") -> list[str]:
    """Text in lines that fit the paper; the first and the rest may be indented."""
    options = {"initial_indent": first, "subsequent_indent": rest, "break_on_hyphens": False}
    return wrap(paper.plain(text), max(paper.width, LEAST), **options)  # type: ignore[arg-type]


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
