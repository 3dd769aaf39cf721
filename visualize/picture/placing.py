"""The places of boxes and the routes of edges, by Graphviz: it is given sizes and no text, so it needs no fonts.

>>> sized_label(30, 12)[:40]
'<<TABLE BORDER="0" CELLBORDER="0" CELLPA'
"""

from __future__ import annotations

import json
import math
from typing import Any, NamedTuple

from ..canvas.shapes import Point
from .render import RenderError, render

__all__ = ["Frame", "Places", "Route", "places", "sized_label"]


class Route(NamedTuple):
    """The way of an edge: its Béziers, the tips of arrow heads at either end, and the centre of its label."""

    points: tuple[Point, ...]
    start: Point | None
    end: Point | None
    label: Point | None


class Frame(NamedTuple):
    """A frame: its left upper and its right lower corner, and the centre of its title."""

    upper: Point
    lower: Point
    title: Point


class Places(NamedTuple):
    """A layout, in points from the upper left corner: its size, and by id the centres of boxes, routes and frames."""

    width: float
    height: float
    boxes: dict[str, Point]
    routes: dict[str, Route]
    frames: dict[str, Frame]


def sized_label(width: float, height: float) -> str:
    """A label that has no text but takes up space, in points, in Graphviz's HTML-like language."""
    size = f'WIDTH="{math.ceil(width)}" HEIGHT="{math.ceil(height)}"'
    frame = 'BORDER="0" CELLBORDER="0" CELLPADDING="0" CELLSPACING="0" FIXEDSIZE="TRUE"'
    return f"<<TABLE {frame} {size}><TR><TD></TD></TR></TABLE>>"


def places(dot: str, timeout: float, margin: float = 0.0) -> Places:
    """Lay a graph out.

    Parameters
    ----------
    dot : str
        The graph in Graphviz's language, without frames; edges have ids.
    timeout : float
        The seconds after which the layout is given up.
    margin : float
        The space around all of it, in points.

    Raises
    ------
    RenderError
        If there is no Graphviz here, or it failed, or it took too long.
    """
    written = render(dot, "json0", timeout)
    try:
        layout = json.loads(written)
        return _read(layout, margin)
    except (ValueError, KeyError, TypeError):
        begins = written[:60].decode("utf-8", "replace")
        raise RenderError(f"Graphviz wrote something other than a layout, beginning with {begins!r}") from None


def _read(layout: dict[str, Any], margin: float) -> Places:
    _, _, width, height = map(float, layout["bb"].split(","))

    def point(text: str) -> Point:
        x, y = text.split(",")
        return float(x) + margin, height - float(y) + margin

    boxes = {each["name"]: point(each["pos"]) for each in layout.get("objects", ())}
    routes = {}
    for each in layout.get("edges", ()):
        tips: dict[str, Point] = {}
        points = []
        for word in each["pos"].split(";")[0].split():
            if word[0] in "se":
                tips[word[0]] = point(word[2:])
            else:
                points.append(point(word))
        label = each.get("lp") or each.get("xlp")
        routes[each["id"]] = Route(tuple(points), tips.get("s"), tips.get("e"), point(label) if label else None)
    return Places(width + 2 * margin, height + 2 * margin, boxes, routes, {})
