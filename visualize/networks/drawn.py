"""The picture of a network: its things become shapes, and their labels become lines of text.

Labels are in Graphviz's HTML-like language: ``<I>w</I><SUP>1</SUP><SUB>23</SUB>`` is a letter with the layer above the
indices, and a table is a matrix between brackets.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from math import hypot
from typing import NamedTuple
from xml.etree import ElementTree

from ..canvas.shapes import Ellipse, Group, Path, Picture, Point, Rectangle, Shape, Text
from ..canvas.text import ABOVE, BELOW, SCRIPT, Line, Run, extent, run, set_lines
from ..canvas.theme import LIGHT
from .parts import FORMULA, Arrow, Thing

__all__ = ["drawn"]

MARGIN = 14.0  # around the whole picture
ROUNDED = 7.0  # the radius of corners
APART = 3.5  # between two outlines
BESIDE = 8.0  # between the text of a box and its sides
GAP = 0.3  # of a space, between an f and its superscript
TIP, HALF = 7.0, 2.5  # of an arrow head: its length, and half its width
ROW, CELL, BRACKET = 15.0, 8.0, 5.0  # of a matrix: the height of a row, the space of a cell, the width of a bracket

_NAMES = {colour: name for name, colour in reversed(LIGHT.named().items())}  # by their light form


def drawn(things: Sequence[Thing], arrows: Sequence[Arrow], formula: str, theme: str, title: str) -> Picture:
    """Return the picture of things at their places, with arrows between them and a formula below."""
    blocks = {thing.name: _block(thing.label, 14.0) for thing in things}
    sizes = {thing.name: _size(thing, blocks[thing.name]) for thing in things}
    low = min(thing.x - sizes[thing.name][0] / 2 for thing in things)
    high = max(thing.y + sizes[thing.name][1] / 2 for thing in things)
    right = max(thing.x + sizes[thing.name][0] / 2 for thing in things)
    bottom = max(high - thing.y + sizes[thing.name][1] / 2 for thing in things)
    below = _block(formula, FORMULA, "faint")
    width = max(right - low, below.width) + 2 * MARGIN
    shift = (width - (right - low)) / 2 - low
    places = {thing.name: (thing.x + shift, high - thing.y + MARGIN) for thing in things}
    ends = {thing.name: (places[thing.name], sizes[thing.name], thing.shape == "circle") for thing in things}
    shapes: list[Shape] = [_arrow(ends[arrow.tail], ends[arrow.head]) for arrow in arrows]
    for thing in things:
        at, size, block = places[thing.name], sizes[thing.name], blocks[thing.name]
        inside = [*_outline(thing, at, size), *block.at(*at)]
        shapes.append(Group(tuple(inside), thing.name, ("thing",)))
    height = bottom + 2 * MARGIN
    shapes += below.at(width / 2, height + below.height / 2)
    return Picture(width, height + below.height + MARGIN, tuple(shapes), theme, title)


# --- Things -----------------------------------------------------------------------------------------------------------

_End = tuple[Point, tuple[float, float], bool]  # its centre, its size, and True for a circle


def _size(thing: Thing, block: _Block) -> tuple[float, float]:
    width, height = thing.size
    if thing.shape == "circle":
        second = 2 * APART if thing.attributes.get("peripheries") == 2 else 0.0
        return width + second, height + second
    if thing.is_fixed:
        return width, height
    beside = BESIDE if thing.shape == "box" else 0.0
    return max(width, block.width + 2 * beside), max(height, block.height)


def _outline(thing: Thing, at: Point, size: tuple[float, float]) -> Iterator[Shape]:
    (x, y), (width, height) = at, size
    look = thing.attributes
    style = str(look.get("style", ""))
    fill = _name(look["fillcolor"]) if "filled" in style else ""
    line = _name(look["color"]) if "color" in look else ""
    dashed = "dashed" in style
    if thing.shape == "circle":
        yield Ellipse(x, y, width / 2, height / 2, fill, line, dashed=dashed)
        if look.get("peripheries") == 2:
            yield Ellipse(x, y, width / 2 - APART, height / 2 - APART, "", line)
    elif style:
        radius = ROUNDED if "rounded" in style else 0.0
        yield Rectangle(x - width / 2, y - height / 2, width, height, radius, fill, line, dashed=dashed)


def _arrow(tail: _End, head: _End) -> Group:
    """A straight arrow from outline to outline."""
    start, tip = _border(tail, head[0]), _border(head, tail[0])
    dx, dy = tip[0] - start[0], tip[1] - start[1]
    length = hypot(dx, dy) or 1.0
    ux, uy = dx / length, dy / length
    end = tip[0] - TIP * ux, tip[1] - TIP * uy
    corners = (end[0] - HALF * uy, end[1] + HALF * ux), tip, (end[0] + HALF * uy, end[1] - HALF * ux)
    line = Path((start, end), line="line", stroke=1.0)
    return Group((line, Path(corners, closed=True, fill="line", line="line", stroke=0.5)), classes=("edge",))


def _border(end: _End, other: Point) -> Point:
    """The point of an outline on the way from its centre to another one."""
    (x, y), (width, height), is_circle = end
    dx, dy = other[0] - x, other[1] - y
    if is_circle:
        part = width / 2 / (hypot(dx, dy) or 1.0)
    else:
        part = min(width / 2 / abs(dx) if dx else 1.0, height / 2 / abs(dy) if dy else 1.0)
    return x + dx * part, y + dy * part


def _name(colour: object) -> str:
    return _NAMES[str(colour).lower()]


# --- Labels -----------------------------------------------------------------------------------------------------------


class _Block(NamedTuple):
    """Lines of text, or a matrix behind its name."""

    lines: list[Line]
    cells: list[list[Line]]  # the rows of the matrix
    colour: str  # that of its brackets

    @property
    def columns(self) -> list[float]:
        """The widths of the columns of the matrix."""
        return [max(extent(cell).width for cell in column) + CELL for column in zip(*self.cells, strict=True)]

    @property
    def width(self) -> float:
        across = max((extent(line).width for line in self.lines), default=0.0)
        return across + (sum(self.columns) + 2 * BRACKET + CELL if self.cells else 0.0)

    @property
    def height(self) -> float:
        return max(sum(extent(line).height for line in self.lines), len(self.cells) * ROW)

    def at(self, x: float, y: float) -> list[Shape]:
        """The shapes of the block around a place."""
        if not self.cells:
            texts: list[Text] = []
            top = y - self.height / 2
            for line in self.lines:
                texts += set_lines([line], x, top, 0.5)
                top += extent(line).height
            return list(texts)
        left = x - self.width / 2
        shapes: list[Shape] = []
        if self.lines:
            high = extent(self.lines[0]).height
            shapes += set_lines(self.lines, left, y - high / 2)
            left += extent(self.lines[0]).width + CELL / 2
        top, bottom = y - len(self.cells) * ROW / 2, y + len(self.cells) * ROW / 2
        shapes.append(self._bracket(left, BRACKET, top, bottom))
        left += BRACKET
        for k, width in enumerate(self.columns):
            left += width
            for row, cells in enumerate(self.cells):
                line, middle = cells[k], len(cells[k]) and cells[k][0].text.strip() in "⋱⋮⋯"
                size = extent(line)
                place = (left - width / 2, 0.5) if middle else (left - CELL / 2, 1.0)
                shapes += set_lines([line], place[0], top + (row + 0.5) * ROW - size.height / 2, place[1])
        shapes.append(self._bracket(left + BRACKET, -BRACKET, top, bottom))
        return shapes

    def _bracket(self, side: float, width: float, top: float, bottom: float) -> Path:
        points = (side + width, top), (side, top), (side, bottom), (side + width, bottom)
        return Path(points, line=self.colour, stroke=1.0)


class _Look(NamedTuple):
    size: float
    colour: str = "ink"
    italic: bool = False


def _block(label: str, size: float, colour: str = "ink") -> _Block:
    """Read a label."""
    root = ElementTree.fromstring(f"<L>{label.replace('&nbsp;', ' ')}</L>")
    table = root.find("TABLE")
    if table is None:
        return _Block(_lines(root, _Look(size, colour)), [], "")
    *before, last = table.findall("TR/TD")
    rows = last.findall("TABLE/TR")
    cells = [[_lines(cell, _Look(size))[0] for cell in row if "HEIGHT" in cell.attrib] for row in rows]
    caption = [line for each in before[:1] for line in _lines(each, _Look(size))]
    colours = [cell.get("COLOR") for cell in rows[0] if "SIDES" in cell.attrib]
    return _Block(caption, cells, _name(colours[0]))


def _lines(element: ElementTree.Element, look: _Look) -> list[Line]:
    lines: list[list[Run]] = [[]]
    for piece in _runs(element, look):
        if piece is None:
            lines.append([])
        else:
            lines[-1].append(piece)
    return [tuple(line) for line in lines if line]


def _runs(element: ElementTree.Element, look: _Look) -> Iterator[Run | None]:
    """The runs of a label, with None for a new line. An index stands above or below the letter before it."""
    if element.text:
        yield from _text(element.text, look)
    before = last = ""
    for child in element:
        if child.tag == "BR":
            yield None
        elif child.tag in ("SUP", "SUB"):
            shift = (ABOVE if child.tag == "SUP" else BELOW) * look.size
            inner = _runs(child, look._replace(size=look.size * SCRIPT))
            pieces = [piece._replace(shift=shift) for piece in inner if piece]
            if last == "f" and child.tag == "SUP":  # the hook of an italic f reaches over the place of its superscript
                yield run(" ", look.size * GAP)
            if pieces and before == "SUP" and child.tag == "SUB":
                pieces[0] = pieces[0]._replace(over=True)
            yield from pieces
        else:
            yield from _runs(child, _inside(child, look))
        before = child.tag if not child.tail else ""
        last = (child.text or "") if before == "I" else ""
        if child.tail:
            yield from _text(child.tail, look)


def _inside(element: ElementTree.Element, look: _Look) -> _Look:
    """Return the look of the text inside an element."""
    if element.tag == "I":
        return look._replace(italic=True)
    given: Mapping[str, str] = element.attrib
    colour = _name(given["COLOR"]) if "COLOR" in given else look.colour
    return look._replace(colour=colour, size=float(given.get("POINT-SIZE", look.size)))


def _text(text: str, look: _Look) -> Iterable[Run]:
    return chain([run(text, look.size, italic=look.italic, colour=look.colour)])
