"""The outlines of boxes: for each kind of value a shape, which also tells it apart in a copy in grey."""

from __future__ import annotations

from ..canvas.shapes import Path, Rectangle, Shape

__all__ = ["ROOM", "outline"]

LID = 5.0  # half the height of the lid of a cylinder
CORNER = 7.0  # of an octagon
RADIUS = 7.0  # of rounded corners
DEPTH = 5.0  # of a box that looks like several
APART = 3.5  # between two borders

Place = tuple[float, float, float, float]  # left, top, width, height

# The room that a shape takes beside the text: left, above, right, below.
ROOM: dict[str, Place] = {
    "parameter": (0, 2 * LID - 2, 0, LID),
    "input": (0, 0, 0, 0),
    "detached": (CORNER / 2, 0, CORNER / 2, 0),
    "computed": (0, 0, 0, 0),
    "output": (APART, APART, APART, APART),
    "fold": (0, DEPTH, DEPTH, 0),
}


def outline(kind: str, place: Place, fill: str, line: str, stroke: float, dashed: bool) -> list[Shape]:
    """The shapes of a box without its text."""
    left, top, width, height = place
    right, bottom = left + width, top + height
    if kind == "parameter":
        arc = LID * 4 / 3
        low, high = top + LID, bottom - LID
        lid = (left, low), (left, low - arc), (right, low - arc), (right, low)
        side = (right, low), (right, high), (right, high)
        base = (right, high + arc), (left, high + arc), (left, high)
        rim = (left, low), (left, low + arc), (right, low + arc), (right, low)
        return [
            Path((*lid, *side, *base), True, True, fill, line, stroke, dashed),
            Path(rim, True, False, "", line, stroke, dashed),
        ]
    if kind == "detached":
        c = CORNER
        upper = (left, top + c), (left + c, top), (right - c, top), (right, top + c)
        lower = (right, bottom - c), (right - c, bottom), (left + c, bottom), (left, bottom - c)
        return [Path((*upper, *lower), False, True, fill, line, stroke, dashed)]
    if kind == "fold":
        d = DEPTH
        whole = (left, top + d), (left + d, top), (right, top), (right, bottom - d), (right - d, bottom), (left, bottom)
        front = (left, top + d), (right - d, top + d), (right - d, bottom)
        return [
            Path(whole, False, True, fill, line, stroke, dashed),
            Path(front, False, False, "", line, stroke, dashed),
            Path(((right - d, top + d), (right, top)), False, False, "", line, stroke, dashed),
        ]
    radius = 0.0 if kind == "input" else RADIUS
    shapes: list[Shape] = [Rectangle(left, top, width, height, radius, fill, line, stroke, dashed)]
    if kind == "output":
        inner = left + APART, top + APART, width - 2 * APART, height - 2 * APART
        shapes.append(Rectangle(*inner, radius - APART, "", line, stroke, dashed))
    return shapes
