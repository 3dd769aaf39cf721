"""Text in lines and columns: one kit for every table, listing and paragraph.

    cell      text, a span (text in a style), or a line (spans, one behind the other)
    columns   rows of cells as lines, in which the cells of a column stand one below the other
    painted   a line as text, in the colours, the characters and the width of a paper
    folded    a paragraph in lines

Only `painted` adds escape sequences, so every length before is the number of characters that are seen.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from textwrap import wrap
from typing import Any, Generic, SupportsIndex, TypeVar, overload

import numpy as np

from ..errors import InputTypeError, InputValueError, described, shortened
from .paper import Paper, paper

__all__ = [
    "Cell",
    "Indexed",
    "Line",
    "Listing",
    "Span",
    "at_point",
    "chosen",
    "clipped",
    "columns",
    "elided",
    "ends",
    "folded",
    "length",
    "line_up",
    "listed",
    "ordinal",
    "padded",
    "painted",
    "side_by_side",
    "table",
]

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)
Span = tuple[str, str]  # a text and its style, or ""
Line = list[Span]
Cell = str | Span | Line
Cut = Callable[[Line, int, str], Line]

RIGHT = 36  # the right column of `side_by_side` begins here if it can, in all texts alike
NARROWEST = 20  # characters of a line, however narrow the paper is
LEAST = 32  # characters of a line of a paragraph
MOST, FIRST, LAST = 60, 30, 20  # items of a listing; of more than the most, the first and the last are shown

# --- Lines ------------------------------------------------------------------------------------------------------------


def length(line: Line) -> int:
    """The number of characters of a line."""
    return sum(len(text) for text, _ in line)


def elided(line: Line, width: int, sign: str = "…") -> Line:
    """Return the line in at most ``width`` characters, with its middle left out if it is longer.

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


def clipped(line: Line, width: int, sign: str = "…") -> Line:
    """Return the line in at most ``width`` characters, with its end left out if it is longer.

    Examples
    --------
    >>> clipped([("%4", "bold"), (" = sum([x1, x2])", "")], 10)
    [('%4', 'bold'), (' = sum(', ''), ('…', '')]
    """
    return line if length(line) <= width else [*_between(line, 0, max(0, width - len(sign))), (sign, "")]


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


def painted(line: Line, paper: Paper, *, whole: bool = False) -> str:
    """Return the line as text in the colours of the paper, and unless it is to be whole, within its width."""
    shown = line if whole else elided(line, max(paper.width, NARROWEST), paper.plain("…"))
    return "".join(paper.paint(text, style) if style else text for text, style in shown).rstrip()


# --- Columns ----------------------------------------------------------------------------------------------------------


def columns(
    rows: Sequence[Sequence[Cell]],
    paper: Paper,
    *,
    between: str | Sequence[Cell] = "  ",
    align: str = "",
    narrowed: int | None = None,
    least: int = 12,
    cut: Cut = elided,
    stray: int | None = None,
) -> list[Line]:
    """Return rows of cells as lines with aligned columns, which keep to the width of the paper if they can.

    Parameters
    ----------
    rows : sequence of sequence of Cell
        The cells. A row with fewer of them than the others widens no column, and is not narrowed.
    paper : Paper
        The width, and the characters in which cells are written.
    between : str or sequence of Cell
        The text between two columns: one for all gaps, or a cell for each.
    align : str
        ``<`` or ``>`` for each column; the columns behind its end stand at the left, ``<``.
    narrowed : int, optional
        The column that is made narrower where the lines would be too long; unless given, the widest.
    least : int
        The characters that are left to this column at least.
    cut : callable
        The function that shortens a cell of the narrowed column: `elided` or `clipped`.
    stray : int, optional
        A cell of more characters does not widen its column; it pushes what follows in its own line to the right.

    Examples
    --------
    >>> rows = [("", "value"), ("a sum of many terms", "2.0")]
    >>> table(rows, Paper(width=18), narrowed=0, least=8, cut=clipped)
    ['             value', 'a sum of m…  2.0']
    >>> table([("a", "b"), ("1", "10")], Paper(), align=">>", between=" | ")
    ['a |  b', '1 | 10']
    """
    lines = [[_cell(cell, paper) for cell in row] for row in rows]
    count = max((len(row) for row in lines), default=0)
    gaps = [_cell(gap, paper) for gap in ([between] * (count - 1) if isinstance(between, str) else between)]
    sizes = [[length(row[k]) for row in lines if len(row) == count] for k in range(count)]
    wide = [max((size for size in column if stray is None or size <= stray), default=0) for column in sizes]
    excess = sum(wide) + sum(map(length, gaps)) - paper.width
    if excess > 0:
        at = wide.index(max(wide)) if narrowed is None else narrowed
        wide[at] = max(wide[at] - excess, min(wide[at], least))
        for row in lines:
            if len(row) == count:
                row[at] = cut(row[at], wide[at], paper.plain("…"))
    return [_joined(row, wide, gaps, align) for row in lines]


def _cell(cell: Cell, paper: Paper) -> Line:
    """A cell as a line, in characters that the paper can show."""
    spans = cell if isinstance(cell, list) else [(cell, "")] if isinstance(cell, str) else [cell]
    return [(paper.plain(text), style) for text, style in spans]


def _joined(row: Sequence[Line], wide: Sequence[int], gaps: Sequence[Line], align: str) -> Line:
    """Cells behind one another, each in its width, without the blanks at the end."""
    line: Line = []
    for k, cell in enumerate(row):
        space = (" " * (wide[k] - length(cell)), "")
        line += [*(gaps[k - 1] if k else []), *([space, *cell] if align[k : k + 1] == ">" else [*cell, space])]
    while line and not line[-1][0].strip():
        line.pop()
    line[-1:] = [(text.rstrip(), style) for text, style in line[-1:]]
    return [span for span in line if span[0]]


def table(rows: Sequence[Sequence[Cell]], paper: Paper, *, whole: bool = False, **layout: Any) -> list[str]:
    """Return rows of cells as text in aligned columns; see `columns` and `painted`."""
    return [painted(line, paper, whole=whole) for line in columns(rows, paper, **layout)]


def side_by_side(rows: Sequence[tuple[Line, Line]], paper: Paper, indent: int = 0) -> list[str]:
    """Return rows of two cells as text in columns; the right cell stands below a left cell that is too long."""
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


def line_up(pairs: Sequence[tuple[str, str]]) -> list[str]:
    """Return ``name = text`` for each pair, with the equality signs in one column.

    Examples
    --------
    >>> line_up([("x", "input"), ("%1", "x * x")])
    ['x  = input', '%1 = x * x']
    """
    return [f"{name} = {text}" for name, (_, text) in zip(padded([name for name, _ in pairs]), pairs, strict=True)]


def padded(texts: Sequence[str]) -> list[str]:
    """Return the texts with blanks at their ends, all as long as the longest."""
    wide = max(map(len, texts), default=0)
    return [f"{text:{wide}}" for text in texts]


def at_point(numbers: Sequence[str]) -> list[str]:
    """Return numbers of one length with their decimal points in one column, as they are written to be added up.

    Examples
    --------
    >>> at_point(["6.942", "-333.2", "1007"])
    ['   6.942', '-333.2  ', '1007    ']
    """
    before = [len(re.split(r"[.e]", number)[0]) for number in numbers]
    return padded([" " * (max(before) - wide) + number for wide, number in zip(before, numbers, strict=True)])


# --- Sequences --------------------------------------------------------------------------------------------------------


def chosen(k: Any, count: int) -> int | range:
    """Return the place that an index chooses among ``count`` items, or the places that a slice chooses.

    Raises
    ------
    InputTypeError, InputValueError, IndexError
        If ``k`` is no index and no slice, or no item has that index.
    """
    try:
        if isinstance(k, np.bool_):  # which earlier versions of numpy take for 0 or 1, with a warning
            raise TypeError
        found: int | range = range(count)[k]
    except TypeError:
        raise InputTypeError(f"an index is a whole number or a slice, not {described(k)}") from None
    except ValueError:
        raise InputValueError(f"the step of a slice is not 0, as in {shortened(k)}") from None
    except IndexError:
        there = f"they are counted from 0 to {count - 1}" if count else "there are none"
        raise IndexError(f"there is no item {shortened(k)}: {there}") from None
    return found


class Indexed(ABC, Generic[T_co]):
    """The base of objects that give an item for an index and a list for a slice, and may make them on demand."""

    _several: type[list[Any]] = list  # the kind of list that a slice gives

    @abstractmethod
    def __len__(self) -> int: ...

    @abstractmethod
    def _first(self, count: int) -> Sequence[T_co]:
        """The first ``count`` items, or more of them."""

    @overload
    def __getitem__(self, k: SupportsIndex) -> T_co: ...
    @overload
    def __getitem__(self, k: slice) -> list[T_co]: ...
    def __getitem__(self, k: SupportsIndex | slice) -> T_co | list[T_co]:
        places = chosen(k, len(self))
        if isinstance(places, int):
            return self._first(places + 1)[places]
        items = self._first(max(places, default=-1) + 1)
        return self._several(items[j] for j in places)


class Listing(Indexed[T_co], Sequence[T_co]):
    """A sequence whose text has a line for each item. ``print`` shows all of them; ``repr`` the first and the last."""

    _items: list[T_co]

    def __len__(self) -> int:
        return len(self._items)

    def __iter__(self) -> Iterator[T_co]:
        return iter(self._items)

    def _first(self, count: int) -> Sequence[T_co]:  # noqa: ARG002 - all items are there
        return self._items

    @abstractmethod
    def _table(self, items: Sequence[T_co], paper: Paper) -> list[str]:
        """A line for each of the items, below a heading if there is one."""

    def __str__(self) -> str:
        return "\n".join(self._table(self._items, paper()))

    def __repr__(self) -> str:
        return self._shortened(paper())

    def _shortened(self, on: Paper) -> str:
        """The text with the middle of a long listing left out."""
        left_out = len(self._items) - FIRST - LAST
        if len(self._items) <= MOST:
            return "\n".join(self._table(self._items, on))
        lines = self._table([*self._items[:FIRST], *self._items[-LAST:]], on)
        lines.insert(len(lines) - LAST, on.plain(f"… {left_out:,} more …"))
        return "\n".join(lines)


# --- Paragraphs -------------------------------------------------------------------------------------------------------


def folded(
    text: str, paper: Paper, first: str = "", rest: str = "", *, least: int = LEAST, divide: bool = True
) -> list[str]:
    """Return text as lines that fit the paper, but are not narrower than ``least``.

    ``first`` and ``rest`` are the indents of the first line and of the others. A word that is longer than a line is
    divided, or else stands in a longer line.
    """
    return wrap(
        paper.plain(text),
        max(paper.width, least),
        initial_indent=first,
        subsequent_indent=rest,
        break_long_words=divide,
        break_on_hyphens=False,
    )


def ends(items: Sequence[T], first: int, last: int) -> tuple[Sequence[T], Sequence[T], Sequence[T]]:
    """Return the beginning, the middle that is left out, and the end; a short sequence is all beginning."""
    if len(items) <= first + last + 1:
        return items, [], []
    return items[:first], items[first:-last], items[-last:]


def ordinal(k: int) -> str:
    """``1st``, ``2nd``, ``3rd``, ``4th``."""
    ending = {1: "st", 2: "nd", 3: "rd"}.get(k % 10 if k % 100 // 10 != 1 else 0, "th")
    return f"{k}{ending}"


def listed(names: Sequence[Any], most: int = 6) -> str:
    """Return names as a list in words, ``x1, x2 and b``; of many names, the first and how many more there are.

    Examples
    --------
    >>> listed(["x1", "x2", "b"]), listed(range(100), most=3)
    ('x1, x2 and b', '0, 1, 2 and 97 more')
    """
    texts = [str(name) for name in names[:most]]
    if len(names) > most:
        texts.append(f"{len(names) - most:,} more")
    return " and ".join([", ".join(texts[:-1]), texts[-1]] if len(texts) > 1 else texts)
