"""Text that is measured before anything draws it: runs of one look, lines of runs, and the places of their letters.

    a line   Run("w", italic) Run("2", shift=6) Run("13", shift=-5, over=True)       w²₁₃
    sizes    extent(line)   width, and the heights above and below the base line
    places   set_line(line, x, y)   a `Text` for each run, with the length that it keeps in every font

Widths are those of Helvetica (Adobe's font metrics for the 14 core fonts of PDF), in thousandths of the size. Arial and
Liberation Sans have the same; where a reader has none of them, letters are squeezed or stretched to the length.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple

from .shapes import Text

__all__ = [
    "SCRIPT",
    "Extent",
    "Line",
    "Run",
    "clean",
    "extent",
    "merged",
    "run",
    "script",
    "set_line",
    "set_lines",
    "width",
]

ASCENT, DESCENT = 0.95, 0.25  # fractions of the size; DejaVu has the largest of the usual fonts: 0.94 and 0.24
SCRIPT = 0.7  # the size of an index, as a fraction of that of its letter
ABOVE, BELOW = 0.48, -0.36  # the base lines of the indices, so far apart that stacked ones do not touch
LONG = 400  # characters; of a longer text, such as a scope, the middle is left out


class Run(NamedTuple):
    """Letters of one look in a line. Made by `run`, which writes characters that cannot be drawn as escapes.

    Attributes
    ----------
    text : str
        The letters; spaces at the ends count.
    size : float
        The size of the font, in points.
    bold, italic : bool
        The look of the letters.
    colour : str
        The name of a colour of the theme.
    shift : float
        The height of the base line above that of the line, in points.
    over : bool
        True if the run begins where the one before it does, above or below it.
    part : str
        The name by which a style sheet or a script finds the run, if one is to find it.
    """

    text: str
    size: float = 14.0
    bold: bool = False
    italic: bool = False
    colour: str = "ink"
    shift: float = 0.0
    over: bool = False
    part: str = ""


Line = tuple[Run, ...]


class Extent(NamedTuple):
    """The size of a line of text, in points."""

    width: float
    ascent: float  # above the base line
    descent: float  # below it

    @property
    def height(self) -> float:
        return self.ascent + self.descent


def run(
    text: str,
    size: float = 14.0,
    *,
    bold: bool = False,
    italic: bool = False,
    colour: str = "ink",
    part: str = "",
) -> Run:
    """Return a run of any text; `clean` removes from it whatever a format cannot hold."""
    return Run(clean(text), size, bold, italic, colour, part=part)


def script(letter: Run, above: str = "", below: str = "") -> Line:
    """A letter with a superscript, a subscript, or both, which then stand above one another."""
    size = letter.size * SCRIPT
    index = letter._replace(size=size, bold=False, italic=False)
    raised = [index._replace(text=clean(above), shift=ABOVE * letter.size)] if above else []
    lowered = [index._replace(text=clean(below), shift=BELOW * letter.size, over=bool(above))] if below else []
    return (letter, *raised, *lowered)


# --- Sizes ------------------------------------------------------------------------------------------------------------

_PLAIN = {
    191: "'", 222: "ijl‘’‚", 260: "|", 278: " !,./:;I[\\]ft·\xa0", 333: "()-`r‹›“”„¹²³", 334: "{}", 350: "•",
    355: '"', 389: "*", 400: "°", 469: "^", 500: "Jcksvxyz", 556: "#$0123456789?L_abdeghnopqu–§«»", 584: "+<=>~×÷±−",
    611: "FTZøß", 667: "&ABEKPSVXY", 722: "CDHNRUw", 778: "GOQ", 833: "Mm", 889: "%æ", 944: "Wœ", 1000: "…—", 1015: "@",
}  # fmt: skip
_BOLD = {
    238: "'", 278: " ,./I\\ijl·‘’‚\xa0", 280: "|", 333: "!()-:;[]`ft‹›¹²³", 350: "•", 389: "*r{}", 400: "°", 474: '"',
    500: "z“”„", 556: "#$0123456789J_aceksvxy–§«»", 584: "+<=>^~×÷±−", 611: "?FLTZbdghnopquøß", 667: "EPSVXY",
    722: "&ABCDHKNRU", 778: "GOQw", 833: "M", 889: "%mæ", 944: "Wœ", 975: "@", 1000: "…—",
}  # fmt: skip
_WIDTHS = [{ord(c): w for w, letters in table.items() for c in letters} for table in (_PLAIN, _BOLD)]
_SMALL, _LARGE, _SIGN, _WIDE, _RAISED = 556, 722, 720, 1000, 345  # of letters that are not in the table


@lru_cache(4096)
def _of_other(character: str) -> int:
    """Return the width of a character that Helvetica lacks: that of its base letter, or of its Unicode category."""
    kind = unicodedata.category(character)
    if kind in ("Mn", "Me", "Cf"):  # a mark on the letter before it, or an invisible character
        return 0
    made_from = unicodedata.normalize("NFD", character)[0]
    if made_from != character and ord(made_from) in _WIDTHS[0]:
        return _WIDTHS[0][ord(made_from)]
    if unicodedata.east_asian_width(character) in "WF":
        return _WIDE
    if unicodedata.decomposition(character).startswith(("<super>", "<sub>")):
        return _RAISED
    return {"Ll": _SMALL, "Lu": _LARGE}.get(kind, _SIGN)


@lru_cache(16384)
def width(text: str, size: float = 14.0, bold: bool = False) -> float:
    """The width of a text, in points.

    Examples
    --------
    >>> width("data", 11)  # 556 + 556 + 278 + 556 thousandths
    21.406
    """
    known = _WIDTHS[bold]
    total = 0
    for character in text:
        found = known.get(ord(character))
        total += _of_other(character) if found is None else found
    return total * size / 1000


def extent(line: Iterable[Run]) -> Extent:
    """The size of a line."""
    across = ascent = descent = 0.0
    for piece, begin in _begins(line):
        across = max(across, begin + width(piece.text, piece.size, piece.bold))
        ascent = max(ascent, ASCENT * piece.size + piece.shift)
        descent = max(descent, DESCENT * piece.size - piece.shift)
    return Extent(across, ascent, descent)


def _begins(line: Iterable[Run]) -> Iterator[tuple[Run, float]]:
    """Each run with the place at which it begins: behind all others, or over the one before it."""
    begin = ends = 0.0
    for piece in line:
        begin = begin if piece.over else ends
        ends = max(ends, begin + width(piece.text, piece.size, piece.bold))
        yield piece, begin


def merged(line: Iterable[Run]) -> Iterator[Run]:
    """Return the runs of a line; neighbours of the same look become one run."""
    held: Run | None = None
    for piece in line:
        if held is not None and held[1:] == piece[1:] and not piece.over:  # all but their letters are equal
            held = Run(held.text + piece.text, *held[1:])
            continue
        if held is not None:
            yield held
        held = piece
    if held is not None:
        yield held


# --- Places -----------------------------------------------------------------------------------------------------------


def set_line(line: Iterable[Run], x: float, y: float, anchor: float = 0.0) -> list[Text]:
    """The runs of a line as shapes, each at its place.

    Parameters
    ----------
    line : iterable of Run
        The line.
    x, y : float
        The place on the base line; ``y`` grows downwards.
    anchor : float
        The fraction of the line that stands before ``x``: 0 for none, 0.5 for a line in the middle, 1 for all of it.
    """
    line = tuple(merged(line))
    x -= anchor * extent(line).width if anchor else 0.0
    placed = []
    for piece, begin in _begins(line):
        text = piece.text.lstrip(" ")
        left = x + begin + width(" ", piece.size, piece.bold) * (len(piece.text) - len(text))
        text = text.rstrip(" ")
        if text:
            length = max(width(text, piece.size, piece.bold), 0.1 * piece.size)  # marks alone have no width
            look = piece.size, piece.bold, piece.italic, piece.colour, piece.part
            placed.append(Text(text, left, y - piece.shift, length, *look))
    return placed


def set_lines(lines: Iterable[Line], x: float, top: float, anchor: float = 0.0) -> list[Text]:
    """Return the shapes of lines that stand below one another; ``top`` is the upper edge of the first one."""
    placed = []
    for line in lines:
        size = extent(line)
        placed += set_line(line, x, top + size.ascent, anchor)
        top += size.height
    return placed


# --- Letters ----------------------------------------------------------------------------------------------------------

# XML has no control characters; they are shown as Python would write them.
_CONTROL = {code: chr(code).encode("unicode_escape").decode() for code in [*range(32), *range(127, 160)]}
_CONTROL |= {0xFFFE: "\ufffd", 0xFFFF: "\ufffd", 0x2028: "\\u2028", 0x2029: "\\u2029"}


def clean(text: str) -> str:
    """Return a text that any format can hold: no control characters, no lone surrogates, and shortened if long."""
    if len(text) > LONG:
        text = f"{text[: LONG // 2]}…{text[1 - LONG // 2 :]}"
    if text.isascii() and text.isprintable():
        return text
    return text.encode("utf-8", "replace").decode("utf-8").translate(_CONTROL)
