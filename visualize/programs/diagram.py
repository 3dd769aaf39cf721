"""The contents of a picture of a program, before anything is placed: boxes with their lines, links, frames, the legend.

Two things are made of it: the text in Graphviz's language that a user reads (`dot_language`), and the picture
(`drawn`), for which Graphviz is given sizes alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from ..canvas.text import Line
from ..canvas.theme import Colours
from ..picture.labels import WIDE
from .graph import Path

__all__ = ["Diagram", "Legend", "Link", "Node", "Sign", "Style"]


class Style(NamedTuple):
    """The options of a picture that do not depend on its contents."""

    direction: str
    show: frozenset[str]
    emphasis: bool
    colours: Colours
    digits: int
    wide: int = WIDE  # characters of a line in a box


class Node(NamedTuple):
    """A box.

    Attributes
    ----------
    id : str
        Its id in DOT and in SVG.
    kind : str
        Its shape and colours, a key of ``SHAPES``.
    classes : tuple of str
        Its classes in SVG.
    lines : tuple of Line
        The text in it.
    place : tuple of str
        The frames that it stands in, outermost first.
    dashed, current : bool
        ``dashed``: True for a dashed border; ``current``: True for the border of the current step.
    least : float
        The least width of its space for text, in points.
    """

    id: str
    kind: str
    classes: tuple[str, ...]
    lines: tuple[Line, ...]
    place: Path = ()
    dashed: bool = False
    current: bool = False
    least: float = 0.0


class Link(NamedTuple):
    """An arrow from box to box.

    Attributes
    ----------
    id : str
        Its id in SVG.
    source, target : str
        The ids of the boxes.
    label : str
        The text on it.
    classes : tuple of str
        Its classes in SVG.
    length : int
        The least number of ranks that it crosses.
    weight : int
        The weight in the layout: the larger it is, the shorter and straighter the arrow.
    level : int or None
        The level of its emphasis.
    straight : bool
        True if it leaves and arrives at the middle of a side, and is thin.
    dashed, current, back : bool
        ``dashed``: True for a dashed line; ``current``: for a line of the current step; ``back``: for a head at the
        beginning.
    """

    id: str
    source: str
    target: str
    label: str = ""
    classes: tuple[str, ...] = ()
    length: int = 1
    weight: int = 1
    level: int | None = None
    straight: bool = False
    dashed: bool = False
    current: bool = False
    back: bool = False


class Sign(NamedTuple):
    """A sign of the legend: a line of text, alone or inside a small box of a kind."""

    line: Line
    kind: str = ""
    dashed: bool = False


class Legend(NamedTuple):
    """The legend below a picture: lines, and signs with their meanings."""

    lines: list[str]
    signs: list[tuple[Sign, str]]


class Diagram(NamedTuple):
    """The contents of a picture.

    Attributes
    ----------
    style : Style
        The options.
    nodes : list of Node
        The boxes, in the order of the program.
    links : list of Link
        The arrows.
    legend : Legend
        The legend below the picture.
    settings : mapping
        Attributes of the whole graph, for the layout.
    dense : bool
        True if labels stand beside lines, which do not make room for them.
    """

    style: Style
    nodes: list[Node]
    links: list[Link]
    legend: Legend
    settings: Mapping[str, str] = {}
    dense: bool = False
