"""A picture as text in Graphviz's DOT language: a box for each value, an edge for each use, a frame for each scope.

    ┌───────────┐
    │ a         │
    │ data -4.0 │── 2.0 ──┐    ┌───────────┐      each box   name = operation, data, gradient
    │ grad 2.0  │         ├──> │ e = a * b │
    └───────────┘         │    │ data -8.0 │      each edge  the local derivative: d e / d a = b
    ┌───────────┐         │    │ grad 1.0  │
    │ b         │         │    └───────────┘      each frame, dashed: the module that computed what is in it
    │ data 2.0  │─ -4.0 ──┘
    │ grad -4.0 │
    └───────────┘

Boxes are ``n0``, ``n1``, … by their position in the program, whatever the values are called, and edges ``e2_0``,
``e2_1``, … by the position of the value that they lead to and the number of its argument; in SVG these are the ids. The
text depends on the program alone: the same program gives the same bytes in every process.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from autograd import Entry
from autograd.arrays.ops import MATMUL
from autograd.core.ops import RELU
from autograd.formulas.notation import written
from autograd.stepping.records import Part

from ..picture.labels import LabelWriter, escape
from ..picture.theme import FONT, LEVELS, SHAPES, WIDTHS, Colours
from .facts import Facts
from .graph import Box, Edge, Graph, Path, within

__all__ = ["Style", "attributes", "drawn", "look", "statements", "widest"]

FAN, MOST = 8, 3  # edges into a box get one rank longer for every 8 of them, by 3 ranks at most
CROWD = 5  # edges at a box; where there are more, edges do not show their numbers of uses
PORTS = {  # the sides of boxes at which straight lines leave and arrive
    direction: {"tailport": tail, "headport": head}
    for direction, tail, head in [("LR", "e", "w"), ("RL", "w", "e"), ("TB", "s", "n"), ("BT", "n", "s")]
}
IDENTITY = 30  # characters of a formula on an edge
BUSY = 300  # ranks crossed; beyond it, the layout takes fewer iterations


class Style(NamedTuple):
    """The options of a picture that do not depend on its contents."""

    direction: str
    show: frozenset[str]
    emphasis: bool
    colours: Colours
    digits: int


Attributes = tuple[dict[str, str], dict[str, str], dict[str, str]]


def look(style: Style, caption: str) -> Attributes:
    """The common attributes of a graph, of all its boxes and of all its edges."""
    colours = style.colours
    whole = {
        "rankdir": style.direction,
        "bgcolor": colours.paper,
        "nodesep": "0.25",
        "ranksep": "0.3",
    }
    frames = {"fontname": FONT, "fontsize": "12", "fontcolor": colours.faint, "labeljust": "l"}
    whole |= {**frames, "color": colours.frame, "style": "dashed"}
    if caption:
        whole |= {"label": f"<{caption}>", "labelloc": "b"}
    boxes = {"fontname": FONT, "fontsize": "14", "fontcolor": colours.ink, "margin": "0.08,0.05", "penwidth": "1.2"}
    edges = {"fontname": FONT, "fontsize": "11", "fontcolor": colours.label, "color": colours.line, "arrowsize": "0.7"}
    return whole, boxes, edges


def attributes(graph: Graph, style: Style, caption: str) -> Attributes:
    """The same for a program of values; they depend on its size."""
    whole, boxes, edges = look(style, caption)
    if graph.is_dense():  # drawn as a network: with straight lines in the space between the layers
        whole |= {"ranksep": "2", "splines": "line", "mclimit": "0.2", "newrank": "true"}
    elif graph.span() > BUSY:
        whole |= {"nslimit": "1", "nslimit1": "1", "mclimit": "0.2"}
    return whole, boxes, edges


def statements(graph: Graph, facts: Facts, style: Style) -> Iterator[str]:
    """The lines between the braces of a ``digraph``: the boxes in their frames, then the edges."""
    yield from _frames(graph, facts, style)
    into: dict[str, list[Edge]] = {}  # by the box
    leaving: Counter[str] = Counter()
    for edge in graph.edges:
        into.setdefault(edge.target.id, []).append(edge)
        leaving[edge.source.id] += 1
    top, dense = widest(graph), graph.is_dense()
    for edges in into.values():
        for edge, length in zip(edges, _lengths(edges), strict=True):
            crowded = max(len(edges), leaving[edge.source.id]) > CROWD
            yield _edge(edge, length, crowded, dense, top, facts, style)


def widest(graph: Graph) -> float:
    """The largest finite contribution over the edges."""
    return max((edge.size for edge in graph.edges if math.isfinite(edge.size)), default=0.0)


# --- Edges ------------------------------------------------------------------------------------------------------------


def _lengths(edges: Sequence[Edge]) -> list[int]:
    """The minimal numbers of ranks for the edges into a box to cross.

    Many edges get more length, so that they arrive less steeply. What comes from outside a frame to meet a parameter
    inside it starts one rank before that parameter: so frames that follow one another stand side by side, and inputs
    stand before them.
    """
    frames = {edge.source.place for edge in edges if edge.source.is_leaf}
    frames = {frame for frame in frames if within(edges[0].target.place, frame)}
    spread = min(sum(not edge.source.fold for edge in edges) // FAN, MOST)
    return [1 + spread + any(not within(edge.source.place, frame) for frame in frames) for edge in edges]


def _edge(edge: Edge, length: int, crowded: bool, dense: bool, top: float, facts: Facts, style: Style) -> str:
    part = edge.part
    one = not edge.source.fold and not edge.target.fold
    current = one and facts.moves(part)
    label = _chain_rule_label(part, facts, style) if current and not facts.forward else _label(edge, crowded, style)
    found: dict[str, str] = {
        "id": f'"e{part.source.k}_{part.position}"' if one else f'"{edge.source.id}-{edge.target.id}"'
    }
    if label:
        found["xlabel" if dense else "label"] = f'" {label} "'
    if length > 1:
        found["minlen"] = str(length)
    if dense and edge.source.fold:
        found |= {**PORTS[style.direction], "penwidth": "0.6", "arrowsize": "0.5"}
    classes = []
    if not edge.passes:
        classes.append("closed")
        found["style"] = "dashed"
    if style.emphasis:
        level = _level(edge.size, top)
        classes.append(f"level{level}")
        found |= {"penwidth": str(WIDTHS[level]), "color": f'"{style.colours.levels[level]}"'}
    if current:
        classes.append("current")
        accent = f'"{style.colours.accent}"'
        found |= {"penwidth": "2.6", "color": accent, "fontcolor": accent}
        found |= {} if facts.forward else {"dir": "back"}
    if classes:
        found["class"] = f'"{" ".join(classes)}"'
    written = " ".join(f"{key}={value}" for key, value in found.items())
    return f"\t{edge.source.id} -> {edge.target.id} [{written}]\n"


def _label(edge: Edge, crowded: bool, style: Style) -> str:
    if crowded and (edge.source.fold or edge.target.fold):
        return ""
    if edge.uses > 1:
        return f"{edge.uses:,} uses"
    return _slope(edge.part, style) if "partial" in style.show else ""


def _slope(part: Part, style: Style) -> str:
    """The local derivative as text: of arrays, if it can be written as one number; of a matrix product, its formula."""
    if part.slope is None:
        text = written(part.formula) if part.source.op is MATMUL else ""
        return text.replace("\\", "\\\\").replace('"', '\\"') if len(text) <= IDENTITY else ""
    text = LabelWriter(style.colours, style.digits).number(part.slope)
    return "" if text.startswith("(") else text


def _chain_rule_label(part: Part, facts: Facts, style: Style) -> str:
    """The chain rule at work: upstream gradient times local derivative."""
    if not part.passes:
        return "nothing passes"
    number = LabelWriter(style.colours, style.digits).number
    if part.slope is None:
        return number(part.contribution)
    return f"{number(facts.upstream)} × {number(part.slope)} = {number(part.contribution)}"


def _level(size: float, top: float) -> int:
    """The emphasis of an edge: the highest for the largest contribution, and one less for every factor of ten."""
    if not math.isfinite(size):
        return LEVELS - 1
    if size == 0:
        return 0
    return max(LEVELS - 1 + round(math.log10(size) - math.log10(top)), 0)


# --- Frames -----------------------------------------------------------------------------------------------------------


def _frames(graph: Graph, facts: Facts, style: Style) -> Iterator[str]:
    """The statements of all boxes, each in the frame of its scope, and of the frames, each in the one around it."""
    boxes: dict[Path, list[Box]] = {(): []}
    inner: dict[Path, list[Path]] = {(): []}
    for box in graph.boxes:
        for depth in range(1, len(box.place) + 1):
            path = box.place[:depth]
            if path not in inner:
                inner[path[:-1]].append(path)
                inner[path], boxes[path] = [], []
        boxes[box.place].append(box)
    number = {path: k for k, path in enumerate(inner)}
    stack: list[Path | str] = [()]  # the frames to open, and the lines that close those already open
    while stack:
        path_or_end = stack.pop()
        if isinstance(path_or_end, str):
            yield path_or_end
            continue
        path = path_or_end
        # If ranks run from left to right, Graphviz stacks the boxes of a rank from below inside frames, and only there.
        order = -1 if path and style.direction in ("LR", "RL") else 1
        indent = "\t" * len(path)
        if path:
            label = f'{indent}\tid="c{number[path]}" labelloc="t" label=<{escape(path[-1]) or " "}>\n'
            yield f"{indent}subgraph cluster_{number[path]} {{\n{label}"
            stack.append(f"{indent}}}\n")
        for box in boxes[path][::order]:
            yield f"{indent}\t{_box(box, facts, style)}\n"
        stack.extend(inner[path][::-order])


# --- Boxes ------------------------------------------------------------------------------------------------------------


def _box(box: Box, facts: Facts, style: Style) -> str:
    pen = LabelWriter(style.colours, style.digits)
    entry = box.entries[0]
    if box.fold:
        lines = [pen.heading(box.fold.name), *map(pen.remark, box.contents)]
        classes = ["fold", "again"] if box.again else ["fold"]
        return drawn(box.id, "fold", classes, style.colours, "".join(lines), dashed=box.again)
    states = _states(entry, facts)
    classes = [entry.role, *states]
    remarks = list(states.values())
    shown = {"data"}.intersection(style.show) if box.again else style.show
    lines = [pen.line(kind, text) for kind, text in facts.numbers(entry, shown, style.digits)]
    if box.again:
        title = pen.title(entry, "again", brief=True)
        shape = entry.role if box.is_leaf else "computed"
        return drawn(box.id, shape, [*classes, "again"], style.colours, title + "".join(lines), dashed=True)
    current = entry is facts.current
    if current and facts.step:
        remarks.append(f"step {facts.step.k + 1} of {facts.count}")
    label = pen.title(entry, *remarks) + "".join(lines)
    return drawn(box.id, entry.role, classes, style.colours, label, dashed=bool(states), current=current)


def _states(entry: Entry, facts: Facts) -> dict[str, str]:
    """The special states of a value: for each its class in SVG, and its words."""
    states = {}
    if entry.k in facts.dead:
        states["dead"] = "dead" if entry.op is RELU else "flat"
    if entry.k in facts.unreached:
        states["unreached"] = "no gradient"
    return states


def drawn(
    id: str,
    kind: str,
    classes: Sequence[str],
    colours: Colours,
    label: str,
    *,
    dashed: bool = False,
    current: bool = False,
) -> str:
    """The statement of a box: its id, look and label."""
    shape = SHAPES[kind]
    fill, line = (colours.current, colours.accent) if current else getattr(colours, kind)
    look = {
        "id": id,
        "class": " ".join([*classes, "current"] if current else classes),
        "shape": shape.shape,
        "style": f"{shape.style},dashed" if dashed else shape.style,
        "fillcolor": fill,
        "color": line,
        "peripheries": shape.peripheries,
        **({"penwidth": 3.6} if current else {}),
    }
    written = " ".join(f'{key}="{value}"' for key, value in look.items())
    return f"{id} [{written} label=<{label}>]"
