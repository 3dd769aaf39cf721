"""The picture of a program: its boxes are measured, Graphviz places them, and they become shapes.

┌─────────────────┐
│  lines of text  │   a box is as large as its text, plus the space of its shape: the lid of a cylinder, a depth
└─────────────────┘
"""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, hypot

from ..canvas.shapes import Group, Path, Picture, Point, Rectangle, Shape, Text
from ..canvas.text import ASCENT, DESCENT, Extent, Line, Run, extent, run, set_line, set_lines
from ..canvas.theme import SMALL, WIDTHS
from ..picture.layered import Arrow, Item, layered
from ..picture.placing import Frame, Places, Route, places, sized_label
from ..picture.render import can_render
from .boxes import ROOM, outline
from .diagram import Diagram, Legend, Link, Node, Sign
from .dot_language import COLUMNS, layout_of, sized

__all__ = ["drawn", "measured"]

MARGIN = 6.0  # around the whole picture
BESIDE, ABOVE = 6.0, 4.0  # between a text and its box
TITLE = 12.0  # the size of the titles of frames, and of the text below the picture
FINEST = 0.6  # the width of lines that leave and arrive at the middle of a side
STRONG = 2.6  # the width of the lines of the current step
GAP = 10.0  # in the legend, between a sign and its meaning, and above it


def drawn(diagram: Diagram, theme: str, title: str, timeout: float) -> Picture:
    """Return the picture of a program, placed by Graphviz; in layers if it has frames, or if there is no Graphviz."""
    sizes = _Sizes(diagram)
    if not can_render() or any(node.place for node in diagram.nodes):
        found = _in_layers(diagram, sizes)
    else:
        found = places(sized(diagram, sizes), timeout, MARGIN)
    shapes: list[Shape] = [*_frames(diagram, found), *_arrows(diagram, found), *_boxes(diagram, found, sizes)]
    below, right, bottom = _legend(diagram.legend, COLUMNS[diagram.style.direction], found.height)
    # Graphviz may set the label of an edge partly outside of its picture.
    parts = [part for group in shapes if isinstance(group, Group) for part in group.children]
    ends = [part.x + part.length + MARGIN for part in parts if isinstance(part, Text)]
    width = max(found.width, right + MARGIN, *ends)
    height = bottom + MARGIN if below else found.height
    return Picture(width, height, (*shapes, *below), theme, title)


def measured(diagram: Diagram) -> tuple[float, float]:
    """The width and the height of a picture in layers, in points; with Graphviz they are about the same."""
    found = _in_layers(diagram, _Sizes(diagram))
    below, right, bottom = _legend(diagram.legend, COLUMNS[diagram.style.direction], found.height)
    return max(found.width, right + MARGIN), bottom + MARGIN if below else found.height


def _in_layers(diagram: Diagram, sizes: _Sizes) -> Places:
    return layered(sizes.items(diagram), sizes.arrows(diagram), diagram.style.direction, _titled, MARGIN)


class _Sizes:
    """The attributes of the parts of a graph that the layout depends on."""

    def __init__(self, diagram: Diagram) -> None:
        self.dense = diagram.dense
        self.direction = diagram.style.direction
        self.of = {node.id: _size(node) for node in diagram.nodes}

    def items(self, diagram: Diagram) -> list[Item]:
        """The boxes, for the layout in layers."""
        return [Item(node.id, *self.of[node.id], node.place) for node in diagram.nodes]

    def arrows(self, diagram: Diagram) -> list[Arrow]:
        """The arrows, for the layout in layers."""
        found = []
        for link in diagram.links:
            size = extent(_label(link)) if link.label else Extent(0.0, 0.0, 0.0)
            room = (size.width + 6, size.height + 2) if link.label else (0.0, 0.0)
            found.append(Arrow(link.id, link.source, link.target, link.length, room, link.straight, link.back))
        return found

    def node(self, node: Node) -> str:
        width, height = self.of[node.id]
        return f"width={width / 72:.4f} height={height / 72:.4f}"

    def link(self, link: Link) -> str:
        found = {"id": f'"{link.id}"'}
        if link.label:
            size = extent(_label(link))
            found["xlabel" if self.dense else "label"] = sized_label(size.width + 6 + _stroke(link), size.height + 2)
        found |= layout_of(link, self.direction)
        if link.back:
            found["dir"] = "back"
        return " ".join(f"{key}={value}" for key, value in found.items())


# --- Boxes ------------------------------------------------------------------------------------------------------------


def _size(node: Node) -> tuple[int, int]:
    """The size of a box, in whole points, which Graphviz keeps to."""
    sizes = [extent(line) for line in node.lines]
    left, top, right, bottom = ROOM[node.kind]
    width = max([node.least, *(size.width for size in sizes)]) + 2 * BESIDE + left + right
    height = sum(size.height for size in sizes) + 2 * ABOVE + top + bottom
    return 2 * ceil(width / 2), 2 * ceil(height / 2)


def _boxes(diagram: Diagram, found: Places, sizes: _Sizes) -> list[Shape]:
    groups: list[Shape] = []
    for node in diagram.nodes:
        (x, y), (width, height) = found.boxes[node.id], sizes.of[node.id]
        left, top = x - width / 2, y - height / 2
        fill, line = ("current", "accent") if node.current else (f"{node.kind}.fill", f"{node.kind}.line")
        stroke = 3.6 if node.current else 1.2
        shapes = outline(node.kind, (left, top, width, height), fill, line, stroke, node.dashed)
        before, above, *_ = ROOM[node.kind]
        texts = set_lines(node.lines, left + before + BESIDE, top + above + ABOVE)
        groups.append(Group((*shapes, *texts), node.id, ("node", *node.classes)))
    return groups


# --- Edges ------------------------------------------------------------------------------------------------------------


def _label(link: Link) -> Line:
    return (run(link.label, SMALL, colour="accent" if link.current else "label", part="label"),)


def _arrows(diagram: Diagram, found: Places) -> list[Shape]:
    return [_arrow(link, found.routes[link.id]) for link in diagram.links]


def _arrow(link: Link, route: Route) -> Group:
    colour, stroke = "line" if link.level is None else f"levels.{link.level}", _stroke(link)
    if link.current:
        colour = "accent"
    shapes: list[Shape] = [Path(route.points, curved=True, line=colour, stroke=stroke, dashed=link.dashed)]
    ends = [(route.start, route.points[0]), (route.end, route.points[-1])]
    shapes += [_head(tip, end, colour, stroke) for tip, end in ends if tip]
    if link.label and route.label:
        x, y = route.label
        line = _label(link)
        size = extent(line)
        behind = x - size.width / 2 - 1, y - size.height / 2, size.width + 2, size.height
        shapes += [Rectangle(*behind, fill="paper"), *set_line(line, x, _base(y, size), 0.5)]
    return Group(tuple(shapes), link.id, ("edge", *link.classes))


def _stroke(link: Link) -> float:
    """The width of the line of an arrow."""
    if link.current:
        return STRONG
    return WIDTHS[link.level] if link.level is not None else FINEST if link.straight else 1.0


def _head(tip: Point, end: Point, colour: str, stroke: float) -> Path:
    """The head of an arrow: a triangle from the end of its line to the tip; a wider line has a wider head."""
    dx, dy = tip[0] - end[0], tip[1] - end[1]
    length = hypot(dx, dy) or 1.0
    half = max(0.36 * length, stroke) / length
    across = (-dy * half, dx * half)
    corners = (end[0] + across[0], end[1] + across[1]), tip, (end[0] - across[0], end[1] - across[1])
    return Path(corners, closed=True, fill=colour, line=colour, stroke=0.5)


def _base(middle: float, size: Extent) -> float:
    """Return the height of the base line of a text whose middle is at a height."""
    return middle + (size.ascent - size.descent) / 2


# --- Frames -----------------------------------------------------------------------------------------------------------


def _title(text: str) -> Line:
    return (run(text, TITLE, colour="faint"),)


def _titled(text: str) -> tuple[float, float]:
    """The size of the title of a frame."""
    return extent(_title(text)).width, TITLE * (ASCENT + DESCENT)


def _frames(diagram: Diagram, found: Places) -> list[Shape]:
    """The frames, outer ones first, each with its title."""
    titles = dict.fromkeys(node.place[:depth] for node in diagram.nodes for depth in range(1, len(node.place) + 1))
    return [_frame(f"c{k}", path[-1], found.frames[f"c{k}"]) for k, path in enumerate(titles, start=1)]


def _frame(id: str, title: str, frame: Frame) -> Group:
    (left, top), (right, bottom) = frame.upper, frame.lower
    corners = (left, top), (right, top), (right, bottom), (left, bottom)
    border = Path(corners, closed=True, line="frame", stroke=1.0, dashed=True)
    line = _title(title)
    return Group((border, *set_line(line, left + 8, _base(frame.title[1], extent(line)))), id, ("cluster",))


# --- Below ------------------------------------------------------------------------------------------------------------


def _legend(legend: Legend, columns: int, top: float) -> tuple[list[Shape], float, float]:
    """Return the shapes below a picture, and the positions of their right and lower ends."""
    shapes: list[Shape] = []
    right = MARGIN
    for text in legend.lines:
        line = _title(text)
        shapes += set_lines([line], MARGIN, top)
        top, right = top + extent(line).height, max(right, MARGIN + extent(line).width)
    left, ends = MARGIN, top
    for column in range(columns if legend.signs else 0):
        cells = legend.signs[column::columns]
        room = max((extent(_small(sign)).width for sign, _ in cells), default=0.0) + 2 * BESIDE
        for row, (sign, meaning) in enumerate(cells):
            middle = top + GAP + (2 * row + 1) * TITLE
            line = _title(meaning)
            shapes += [*_sign(sign, left, middle), *set_line(line, left + room + GAP, _base(middle, extent(line)))]
            right = max(right, left + room + GAP + extent(line).width)
            ends = max(ends, middle + TITLE)
        left = right + 2 * GAP
    return shapes, right, ends


def _small(sign: Sign) -> tuple[Run, ...]:
    """A sign in the size of the legend; without a box it is no darker than the rest."""
    ink = "ink" if sign.kind else "faint"
    return tuple(
        piece._replace(size=min(piece.size, TITLE), colour=ink if piece.colour == "ink" else piece.colour)
        for piece in sign.line
    )


def _sign(sign: Sign, left: float, middle: float) -> Sequence[Shape]:
    line = _small(sign)
    size = extent(line)
    texts = set_line(line, left + BESIDE, _base(middle, size))
    if not sign.kind:
        return texts
    fill, border = ("current", "accent") if sign.kind == "current" else (f"{sign.kind}.fill", f"{sign.kind}.line")
    height = TITLE * (ASCENT + DESCENT) + ABOVE
    place = (left, middle - height / 2, size.width + 2 * BESIDE, height)
    return [*outline("input", place, fill, border, 3.0 if sign.kind == "current" else 1.0, sign.dashed), *texts]
