"""Curves through points, and rectangles around places, for the layout in layers."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from ..canvas.shapes import Point

__all__ = ["around", "curve", "eased", "hits"]

NEAR = 3.0  # between two labels, in points

Box = tuple[float, float, float, float]  # left, top, right, bottom


def eased(t: float) -> float:
    """Return the height of a curve from (0, 0) to (1, 1) with level ends, at a fraction ``t`` of its width."""
    return t * t * (3 - 2 * t)


def curve(points: Sequence[Point], straight: bool) -> list[Point]:
    """Béziers through points: straight lines, or curves whose ends are level."""
    found = [points[0]]
    for (x0, y0), (x1, y1) in pairwise(points):
        if straight:
            thirds = [(x0 + (x1 - x0) * t, y0 + (y1 - y0) * t) for t in (1 / 3, 2 / 3)]
        else:
            thirds = [(x0 + (x1 - x0) / 3, y0), (x1 - (x1 - x0) / 3, y1)]
        found += [*thirds, (x1, y1)]
    return found


def around(centre: Point, size: tuple[float, float]) -> Box:
    """Return the rectangle of a size around its centre."""
    (x, y), (along, across) = centre, size
    return x - along / 2, y - across / 2, x + along / 2, y + across / 2


def hits(centre: Point, size: tuple[float, float], taken: Sequence[Box]) -> bool:
    """Return True if the rectangle around a place comes near one of those that are taken."""
    left, top, right, bottom = around(centre, size)
    return any(
        left < each[2] + NEAR and each[0] < right + NEAR and top < each[3] + NEAR and each[1] < bottom + NEAR
        for each in taken
    )
