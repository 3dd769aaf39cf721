"""The shapes of a picture: rectangles, ellipses, paths and text, in groups.

A `Picture` holds all that its writers need, `svg` for SVG and `printed` for PNG and PDF; so both look the same. Places
and lengths are points, 72 to the inch, from the upper left corner; y grows downwards. Colours are names of the theme,
such as ``"ink"`` or ``"parameter.fill"``; ``""`` means no colour.

>>> box = Rectangle(4, 4, 60, 24, radius=6, fill="computed.fill", line="computed.line")
>>> Picture(68, 32, (Group((box,), id="n0", classes=("node", "computed")),)).width
68
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Ellipse", "Group", "Mark", "Path", "Picture", "Point", "Rectangle", "Shape", "Text"]

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Rectangle:
    """A rectangle, its corners rounded by a radius."""

    x: float
    y: float
    width: float
    height: float
    radius: float = 0.0
    fill: str = ""
    line: str = ""
    stroke: float = 1.2
    dashed: bool = False


@dataclass(frozen=True, slots=True)
class Ellipse:
    """An ellipse, by its centre and its radii."""

    x: float
    y: float
    rx: float
    ry: float
    fill: str = ""
    line: str = ""
    stroke: float = 1.2
    dashed: bool = False


@dataclass(frozen=True, slots=True)
class Path:
    """A line through points; a ``curved`` one has a first point, then three points for each cubic Bézier."""

    points: tuple[Point, ...]
    curved: bool = False
    closed: bool = False
    fill: str = ""
    line: str = ""
    stroke: float = 1.2
    dashed: bool = False


@dataclass(frozen=True, slots=True)
class Text:
    """Letters of one look, from a place on their base line; in any font they take the width ``length``."""

    text: str
    x: float
    y: float
    length: float
    size: float = 14.0
    bold: bool = False
    italic: bool = False
    colour: str = "ink"
    part: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """Shapes that belong together: a box with its text, an edge with its label, a frame."""

    children: tuple[Shape, ...]
    id: str = ""
    classes: tuple[str, ...] = ()


Mark = Rectangle | Ellipse | Path | Text
Shape = Mark | Group


@dataclass(frozen=True, slots=True)
class Picture:
    """All shapes of a picture, later ones over earlier ones; the theme is "light", "dark" or "auto"."""

    width: float
    height: float
    children: tuple[Shape, ...]
    theme: str = "auto"
    title: str = ""
