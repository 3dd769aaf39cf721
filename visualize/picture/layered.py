"""The places of boxes by a layout of our own: in layers, in the order of the program, each frame a rectangle.

    layer 0      layer 1      layer 2           a box stands one layer after its last argument
    ┌────────────────────┐                      an item, a box or a frame, occupies its layers from first to last,
    │ x ──┐    ┌──────┐  │   ┌─────┐            and lies below the items before it in any of these layers
    │     ├──> │  %2  │──│─> │  y  │            an arrow over several layers is a narrow item in each layer between
    │ w ──┘    └──────┘  │   └─────┘
    └────────────────────┘

It needs no Graphviz, and keeps the order of the program: the neurons of a layer stand from top to bottom. All places
are computed for layers from left to right, and turned at the end for the other directions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from ..canvas.shapes import Point
from .curves import around, curve, eased, hits
from .placing import Frame, Places, Route

__all__ = ["Arrow", "Item", "layered"]

APART, LAYERS = 18.0, 26.0  # between boxes of one layer, and between layers
ROOM = 10.0  # between a frame and what is in it
NARROW = 8.0  # the breadth of an arrow in a layer that it passes
HEAD = 7.0  # the length of an arrow head
STEPS = (0.5, 0.4, 0.6, 0.3, 0.7, 0.22, 0.78, 0.14, 0.86)  # fractions of an arrow's length at which its label may stand
CROWD = 6  # arrows; where more of them have labels, these get twice the room
MANY = 40  # arrows; where there are more, they get twice the space between layers

Frames = tuple[str, ...]


class Item(NamedTuple):
    """A box: its id, its size in points, and the frames that it stands in, outermost first."""

    id: str
    width: float
    height: float
    frames: Frames


class Arrow(NamedTuple):
    """An arrow: the ids of its boxes, the least number of layers that it crosses, the size of its label, its heads."""

    id: str
    source: str
    target: str
    length: int = 1
    label: tuple[float, float] = (0.0, 0.0)
    straight: bool = False
    back: bool = False


class _Part:
    """A part of a frame: a box, an inner frame, or the passage of an arrow through a layer."""

    def __init__(self, order: float, layers: tuple[int, int], across: float = 0.0) -> None:
        self.order = order
        self.first, self.last = layers
        self.across = across  # its size
        self.place = 0.0  # its upper side: first within the frame around it, at the end within the picture
        self.parts: list[_Part] = []

    def hold(self, part: _Part) -> None:
        self.parts.append(part)
        self.order = min(self.order, part.order)
        self.first, self.last = min(self.first, part.first), max(self.last, part.last)


def layered(
    items: Sequence[Item],
    arrows: Sequence[Arrow],
    direction: str,
    title: Callable[[str], tuple[float, float]],
    margin: float = 0.0,
) -> Places:
    """Place boxes in layers.

    Parameters
    ----------
    items : sequence of Item
        The boxes, in the order of the program.
    arrows : sequence of Arrow
        The arrows between them.
    direction : str
        ``"LR"``, ``"TB"``, ``"RL"`` or ``"BT"``.
    title : callable
        The width and the height of the title of a frame, in points.
    margin : float
        The space around the picture, in points.
    """
    return _Layout(items, arrows, direction, title, margin).places()


class _Layout:
    def __init__(
        self,
        items: Sequence[Item],
        arrows: Sequence[Arrow],
        direction: str,
        title: Callable[[str], tuple[float, float]],
        margin: float,
    ) -> None:
        self.items = {item.id: item for item in items}
        self.arrows = arrows
        self.direction = direction
        self.upright = direction in ("TB", "BT")
        self.title_of = title
        self.title = title("")[1]
        self.margin = margin
        self.layer = _layers(items, arrows)
        self.boxes: dict[str, _Part] = {}
        self.ways: dict[str, list[_Part]] = {}
        self.frames: dict[Frames, _Part] = {(): _Part(0, (0, max(self.layer.values(), default=0)))}
        self._arrange()
        outwards = sorted(self.frames, key=len, reverse=True)  # frames may be nested deeper than functions
        for frames in outwards:
            self._stack(self.frames[frames])
        for frames in reversed(outwards):
            self._settle(self.frames[frames])
        self.before = self._depths(outwards, first=True)
        self.behind = self._depths(outwards, first=False)
        self._spread()

    def size(self, width: float, height: float) -> tuple[float, float]:
        """Return a width and a height as extents along the layers and across them."""
        return (height, width) if self.upright else (width, height)

    # --- Across the layers ----------------------------------------------------------------------------------------

    def _arrange(self) -> None:
        """Make the parts: boxes, the frames around them, and the passages of arrows through layers."""
        order: dict[str, float] = {id: k for k, id in enumerate(self.items)}
        fed = {arrow.target for arrow in self.arrows}
        for arrow in reversed(self.arrows):  # a box without arguments stands beside its first use
            if arrow.source not in fed:
                order[arrow.source] = min(order[arrow.source], order[arrow.target] - 0.5)
        for id, item in self.items.items():
            across = self.size(item.width, item.height)[1]
            part = self.boxes[id] = _Part(order[id], (self.layer[id], self.layer[id]), across)
            self._frame(item.frames).hold(part)
        for frames in sorted(self.frames, key=len, reverse=True):
            if frames:
                self.frames[frames[:-1]].hold(self.frames[frames])
        for arrow in self.arrows:
            between = range(self.layer[arrow.source] + 1, self.layer[arrow.target])
            inside = _common(self.items[arrow.source].frames, self.items[arrow.target].frames)
            self.ways[arrow.id] = [_Part(order[arrow.source], (k, k), NARROW) for k in between]
            for part in self.ways[arrow.id]:
                self.frames[inside].parts.append(part)

    def _frame(self, frames: Frames) -> _Part:
        for depth in range(1, len(frames) + 1):
            self.frames.setdefault(frames[:depth], _Part(len(self.items), (10**9, -1)))
        return self.frames[frames]

    def _stack(self, frame: _Part) -> None:
        """Place the parts of a frame, whose sizes are known, below one another, and give the frame its size."""
        below = dict.fromkeys(range(frame.first, frame.last + 1), 0.0)
        for part in sorted(frame.parts, key=lambda part: part.order):
            layers = range(part.first, part.last + 1)
            part.place = max(below[k] for k in layers)
            below |= dict.fromkeys(layers, part.place + part.across + APART)
        whole = max(below.values(), default=APART) - APART
        for block in _blocks(frame):  # layers that no part joins are centred on their own
            shift = (whole - max(below[k] for k in block) + APART) / 2
            for part in frame.parts:
                if part.first in block:
                    part.place += shift
        above = 0.0 if frame is self.frames[()] else ROOM + (0.0 if self.upright else self.title)
        for part in frame.parts:
            part.place += above
        frame.across = whole + above + (0.0 if frame is self.frames[()] else ROOM)

    def _settle(self, frame: _Part) -> None:
        """Place the parts of a frame within the picture; the frame has its place already."""
        for part in frame.parts:
            part.place += frame.place

    # --- Along the layers -----------------------------------------------------------------------------------------

    def _spread(self) -> None:
        """Set the beginning and the end of each layer, with space for frames, labels and arrows between the layers."""
        last = self.frames[()].last
        thick = [0.0] * (last + 1)
        for id, item in self.items.items():
            thick[self.layer[id]] = max(thick[self.layer[id]], self.size(item.width, item.height)[0])
        labels: dict[int, list[tuple[float, float]]] = {}  # by the layer behind which they stand
        opened, closed = [0] * (last + 2), [0] * (last + 2)
        for frames, part in self.frames.items():
            if frames:
                opened[part.first] = max(opened[part.first], self.before[frames])
                closed[part.last] = max(closed[part.last], self.behind[frames])
        for arrow in self.arrows:
            labels.setdefault(min(self.layer[arrow.source], self.layer[arrow.target]), []).append(arrow.label)
        gaps = [0.0] * (last + 2)
        for k, sizes in labels.items():
            several = sum(any(size) for size in sizes) > CROWD
            widest = max(self.size(*size)[0] for size in sizes) * (2 if several else 1)
            gaps[k] = max(widest, LAYERS if len(sizes) > MANY else 0.0)
        at = 0.0
        self.begin, self.end = [], []
        for k in range(last + 1):
            at += opened[k] * self._opening
            self.begin.append(at)
            at += thick[k]
            self.end.append(at)
            at += closed[k] * self._closing + (LAYERS + gaps[k] if k < last else 0.0)
        self.length = at

    @property
    def _opening(self) -> float:
        return ROOM + (self.title if self.direction == "TB" else 0.0)

    @property
    def _closing(self) -> float:
        return ROOM + (self.title if self.direction == "BT" else 0.0)

    def _depths(self, outwards: Sequence[Frames], first: bool) -> dict[Frames, int]:
        """For each frame, the number of frames from it inwards that begin, or end, in the same layer."""
        depths = dict.fromkeys(outwards, 1)
        for frames in outwards[:-1]:  # the last is the whole picture
            inner, outer = self.frames[frames], self.frames[frames[:-1]]
            if (inner.first == outer.first) if first else (inner.last == outer.last):
                depths[frames[:-1]] = max(depths[frames[:-1]], depths[frames] + 1)
        return depths

    # --- Places ---------------------------------------------------------------------------------------------------

    def places(self) -> Places:
        centres = {}
        for id, part in self.boxes.items():
            k = self.layer[id]
            centres[id] = ((self.begin[k] + self.end[k]) / 2, part.place + part.across / 2)
        routes = dict(self._routes(centres))
        frames = {f"c{k}": self._rectangle(frames) for k, frames in enumerate(self._in_order(), start=1)}
        below = 2 * APART if any(map(self._is_backward, self.arrows)) else 0.0
        width, height = self.size(self.length, self.frames[()].across + below)
        return Places(
            width + 2 * self.margin,
            height + 2 * self.margin,
            {id: self._turned(point) for id, point in centres.items()},
            routes,
            frames,
        )

    def _in_order(self) -> Sequence[Frames]:
        """Return the frames in the order in which a picture lists them."""
        places = (item.frames for item in self.items.values())
        return list(dict.fromkeys(each[:depth] for each in places for depth in range(1, len(each) + 1)))

    def _titled(self, frames: Frames) -> tuple[float, float, float, float]:
        """Return the space for the title of a frame, along and across the layers."""
        part, (width, height) = self.frames[frames], self.title_of(frames[-1])
        along, across = self.size(width + 2 * ROOM, height + ROOM)
        if self.direction == "BT":  # it stands where the last layer ends
            end = self.end[part.last] + self.behind[frames] * self._closing
            return end - along, part.place, end, part.place + across
        begin = self.begin[part.first] - self.before[frames] * self._opening
        if self.direction == "RL":
            begin = self.end[part.last] + self.behind[frames] * self._closing - along
        return begin, part.place, begin + along, part.place + across

    def _rectangle(self, frames: Frames) -> Frame:
        part = self.frames[frames]
        before = self.before[frames] * self._opening
        behind = self.behind[frames] * self._closing
        corners = (
            self._turned((self.begin[part.first] - before, part.place)),
            self._turned((self.end[part.last] + behind, part.place + part.across)),
        )
        (left, right), (top, bottom) = (sorted(pair) for pair in zip(*corners, strict=True))
        return Frame((left, top), (right, bottom), ((left + right) / 2, top + ROOM / 2 + self.title / 2))

    def _turned(self, point: Point) -> Point:
        along, across = point
        if self.direction in ("RL", "BT"):
            along = self.length - along
        x, y = (across, along) if self.upright else (along, across)
        return x + self.margin, y + self.margin

    # --- Arrows ---------------------------------------------------------------------------------------------------

    def _routes(self, centres: dict[str, Point]) -> Iterator[tuple[str, Route]]:
        leaving, arriving = self._ports(centres, out=True), self._ports(centres, out=False)
        boxes = [(centres[id], self.size(item.width, item.height)) for id, item in self.items.items()]
        taken = [around(centre, size) for centre, size in boxes] + [self._titled(each) for each in self._in_order()]
        for arrow in self.arrows:
            start, end = leaving[arrow.id], arriving[arrow.id]
            tips: tuple[Point | None, Point | None] = (start, None) if arrow.back else (None, end)
            if arrow.back:
                start = (start[0] + HEAD, start[1])
            else:
                end = (end[0] - HEAD, end[1])
            points = [start, *self._through(arrow), end]
            if self._is_backward(arrow):
                below = self.frames[()].across + APART
                points = [start, (start[0] + APART, below), (end[0] - APART, below), end]
            way = curve(points, arrow.straight)
            label = self._label(arrow, points, taken) if any(arrow.label) else None
            turned = tuple(map(self._turned, way))
            heads = [None if tip is None else self._turned(tip) for tip in tips]
            yield arrow.id, Route(turned, heads[0], heads[1], label and self._turned(label))

    def _is_backward(self, arrow: Arrow) -> bool:
        return self.layer[arrow.target] <= self.layer[arrow.source]

    def _through(self, arrow: Arrow) -> Iterator[Point]:
        """The points at which an arrow enters and leaves the layers between."""
        for part in self.ways[arrow.id]:
            across = part.place + part.across / 2
            yield self.begin[part.first], across
            yield self.end[part.first], across

    def _ports(self, centres: dict[str, Point], out: bool) -> dict[str, Point]:
        """The points at which arrows leave or reach their boxes: spread over a side, in the order of the other ends."""
        at: dict[str, list[tuple[float, Arrow]]] = {}
        for arrow in self.arrows:
            own, other = (arrow.source, arrow.target) if out else (arrow.target, arrow.source)
            ways = self.ways[arrow.id]
            towards = ways[0 if out else -1].place if ways else centres[other][1]
            at.setdefault(own, []).append((towards, arrow))
        found = {}
        for own, arrows in at.items():
            along, across = self.size(self.items[own].width, self.items[own].height)
            x, y = centres[own]
            side = x + along / 2 if out else x - along / 2
            for k, (_, arrow) in enumerate(sorted(arrows, key=lambda pair: pair[0]), start=1):
                found[arrow.id] = (side, y - across / 2 + across * k / (len(arrows) + 1))
        return found

    def _label(self, arrow: Arrow, points: list[Point], taken: list[tuple[float, float, float, float]]) -> Point | None:
        """Return the first place on the arrow or beside it, after its first layer, where its label overlaps nothing."""
        (x0, y0), (x1, y1) = points[0], points[1]
        size = self.size(*arrow.label)
        way = [(x0 + t * (x1 - x0), y0 + (t if arrow.straight else eased(t)) * (y1 - y0)) for t in STEPS]
        beside = [(x, y + k * size[1] / 2) for k in (-1, 1, -2, 2, -3, 3) for x, y in way]
        found = next((place for place in (*way, *beside) if not hits(place, size, taken)), None)
        if found:
            taken.append(around(found, size))
        return found


def _layers(items: Sequence[Item], arrows: Sequence[Arrow]) -> dict[str, int]:
    """The layer of each box: after its arguments, and as close to its first use as those allow."""
    order = {item.id: k for k, item in enumerate(items)}
    before: dict[str, list[Arrow]] = {id: [] for id in order}
    after: dict[str, list[Arrow]] = {id: [] for id in order}
    for arrow in arrows:
        if order[arrow.source] < order[arrow.target]:
            before[arrow.target].append(arrow)
            after[arrow.source].append(arrow)
    layer: dict[str, int] = {}
    for id in order:
        layer[id] = max((layer[arrow.source] + arrow.length for arrow in before[id]), default=0)
    for id in reversed(order):
        if after[id] and not before[id]:
            layer[id] = max(layer[id], min(layer[arrow.target] - arrow.length for arrow in after[id]))
    return layer


def _blocks(frame: _Part) -> Iterator[range]:
    """Return the layers of a frame in groups: layers that one part spans are in the same group."""
    joined = {k for part in frame.parts for k in range(part.first, part.last)}  # a part spans the layers k and k + 1
    cuts = [k + 1 for k in range(frame.first, frame.last) if k not in joined]
    for begin, end in pairwise([frame.first, *cuts, frame.last + 1]):
        yield range(begin, end)


def _common(first: Frames, second: Frames) -> Frames:
    """The innermost frame around both."""
    count = 0
    while count < min(len(first), len(second)) and first[count] == second[count]:
        count += 1
    return first[:count]
