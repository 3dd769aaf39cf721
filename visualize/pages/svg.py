"""Graphviz's SVG rewritten: small, and with parts that a script and a style sheet can address.

    <g class="nodes">
      <g id="n3" class="computed"> <rect …/>                        a box: its shape, and its lines of text,
        <text …><tspan class="b">%3</tspan> = w * x</text>                  with the numbers that change in the last two
        <text …>data <tspan>-6</tspan></text>
        <text …>grad <tspan>0.7864</tspan></text> </g>
    <g class="edges">
      <g id="e3_0"> <path …/> <text …>2</text> </g>                 an edge: its line, without its arrow head

Places are Graphviz's, in whole points. Colours, fonts and arrow heads are left to the style sheet.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

__all__ = ["Picture", "picture", "with_room"]

SVG = "{http://www.w3.org/2000/svg}"
MARGIN = 8  # points around the margin of Graphviz, for marks on the edges of boxes
CORNERS = {"input": 0, "computed": 8, "output": 8}  # radii; the shapes of other roles are copied unchanged
POINT = re.compile(r"(-?\d+(?:\.\d+)?),(-?\d+(?:\.\d+)?)")


class Picture(NamedTuple):
    """The inside of an SVG element, and its size."""

    width: int
    height: int
    content: str


def with_room(dot: str, longest: Callable[[int], str]) -> str:
    """Return DOT text in which each box has space for the longest text of its gradient."""
    return re.sub(
        r"(?m)^(\t+n(\d+) \[.*>)[^<>]*(</FONT><BR[^>]*/>>\])$",
        lambda box: f"{box[1]}{longest(int(box[2]))}{box[3]}",
        dot,
    )


def picture(svg: str, numbers: Mapping[str, Sequence[str]]) -> Picture:
    """Rewrite Graphviz's picture with new numbers by id: data and gradient of a box, local derivative of an edge."""
    root = ElementTree.fromstring(svg)
    width, height = (round(float(x)) + 2 * MARGIN for x in (root.get("viewBox") or "").split()[2:])
    [graph] = root.iterfind(f"{SVG}g")
    [(dx, dy)] = re.findall(r"translate\((\S+)[ ,](\S+)\)", graph.get("transform") or "")
    copy = _Copy(float(dx) + MARGIN, float(dy) + MARGIN)
    kinds: dict[str, list[str]] = {"cluster": [], "edge": [], "node": []}  # ordered, as later shapes cover earlier ones
    for group in graph.iterfind(f"{SVG}g"):
        kind, *roles = (group.get("class") or "").split()
        name = group.get("id") or ""
        if kind == "node":  # n3; or n3_1, where it is drawn again
            inside = [*copy.shapes(group, roles[0]), *copy.lines(group, *numbers[name.partition("_")[0]])]
            kinds[kind].append(f'<g id="{name}" class="{roles[0]}">{"".join(inside)}</g>')
        elif kind == "edge":
            kinds[kind].append(
                f'<g id="{name}">{"".join([*copy.paths(group), *copy.texts(group, *numbers[name])])}</g>'
            )
        else:
            kinds[kind] += [*copy.rectangles(group), *copy.texts(group)]
    groups = (line for kind, parts in kinds.items() for line in [f'<g class="{kind}s">', *parts, "</g>"])
    return Picture(width, height, "\n".join(groups))


class _Copy:
    """A writer of the parts of a picture, moved by a distance."""

    def __init__(self, dx: float, dy: float) -> None:
        self.dx, self.dy = dx, dy

    def place(self, x: str | None, y: str | None) -> tuple[int, int]:
        return round(float(x or 0) + self.dx), round(float(y or 0) + self.dy)

    def shapes(self, group: Element, role: str) -> Iterator[str]:
        if role in CORNERS:
            yield from self.rectangles(group, CORNERS[role])
        else:
            yield from [*self.paths(group), *self.polygons(group)]

    def rectangles(self, group: Element, radius: int = 0) -> Iterator[str]:
        """Polygons and curves with four corners, by what they span."""
        for shape in [*group.iter(f"{SVG}polygon"), *group.iter(f"{SVG}path")]:
            points = [self.place(*point) for point in POINT.findall(shape.get("points") or shape.get("d") or "")]
            (x, *_, right), (y, *_, bottom) = (sorted(each) for each in zip(*points, strict=True))
            rounded = f' rx="{radius}"' if radius else ""
            yield f'<rect x="{x}" y="{y}" width="{right - x}" height="{bottom - y}"{rounded}/>'

    def paths(self, group: Element) -> Iterator[str]:
        for path in group.iter(f"{SVG}path"):
            yield f'<path d="{self.moved(path.get("d"))}"/>'

    def polygons(self, group: Element) -> Iterator[str]:
        for polygon in group.iter(f"{SVG}polygon"):
            yield f'<path d="M{self.moved(polygon.get("points"))}z"/>'

    def moved(self, points: str | None) -> str:
        return POINT.sub(lambda point: "{},{}".format(*self.place(*point.groups())), points or "")

    def texts(self, group: Element, instead: str = "") -> Iterator[str]:
        for text in group.iter(f"{SVG}text"):
            yield self.text(text, html.escape(instead or text.text or "", quote=False))

    def text(self, place: Element, inside: str, kind: str = "") -> str:
        x, y = self.place(place.get("x"), place.get("y"))
        return f'<text x="{x}" y="{y}"{kind}>{inside}</text>'

    def lines(self, group: Element, number: str, gradient: str) -> Iterator[str]:
        """The lines of a box. Graphviz writes each piece of a line as a text of its own."""
        lines: dict[str | None, list[Element]] = {}
        for text in group.iter(f"{SVG}text"):
            lines.setdefault(text.get("y"), []).append(text)
        changing = {"data": number, "grad": gradient}
        for pieces in lines.values():
            what = (pieces[0].text or "").strip()
            if what in changing and pieces[0].get("font-weight") != "bold":
                yield self.text(pieces[0], f"{what} <tspan>{changing[what]}</tspan>")
            else:
                yield self.text(pieces[0], "".join(map(_piece, pieces)), ' class="t"')


def _piece(text: Element) -> str:
    """A piece of a title: the name is bold, a role small, a constant in italics."""
    written = html.escape(text.text or "", quote=False)
    if text.get("font-weight") == "bold":
        return f'<tspan class="b">{written}</tspan>'
    if text.get("font-style") == "italic":
        return f'<tspan class="i">{written}</tspan>'
    return f'<tspan class="s">{written}</tspan>' if text.get("font-size") == "11.00" else written
