"""The contents of the boxes and arrows of a graph: their text, their states, and the weights that the layout heeds."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from autograd import Entry
from autograd.arrays.layers import AFFINE
from autograd.arrays.ops import MATMUL
from autograd.core.ops import RELU
from autograd.formulas.notation import written
from autograd.stepping.records import Part
from autograd.text.numbers import short

from ..canvas.theme import LEVELS
from ..picture.labels import LabelWriter
from .diagram import Diagram, Legend, Link, Node, Style
from .facts import Facts
from .graph import Box, Edge, Graph, within

__all__ = ["diagram_of", "widest"]

FAN, MOST = 8, 3  # edges into a box get one rank longer for every 8 of them, by 3 ranks at most
CROWD = 5  # edges at a box; where there are more, edges do not show their numbers of uses
IDENTITY = 30  # characters of a formula on an edge
BUSY = 300  # ranks crossed; beyond it, the layout takes fewer iterations


def diagram_of(graph: Graph, facts: Facts, style: Style, legend: Legend) -> Diagram:
    """Return the contents of the picture of a graph."""
    dense = graph.is_dense()
    settings = {}
    if dense:  # drawn as a network: with straight lines in the space between the layers
        settings = {"ranksep": "2", "splines": "line", "mclimit": "0.2", "newrank": "true"}
    elif graph.span() > BUSY:
        settings = {"nslimit": "1", "nslimit1": "1", "mclimit": "0.2"}
    numbers = facts.numbers([box.entries[0] for box in graph.boxes if not box.fold], style.show, style.digits)
    nodes = [_node(box, numbers, facts, style) for box in graph.boxes]
    return Diagram(style, nodes, list(_links(graph, dense, facts, style)), legend, settings, dense)


def widest(graph: Graph) -> float:
    """The largest finite contribution over the edges."""
    return max((edge.size for edge in graph.edges if math.isfinite(edge.size)), default=0.0)


# --- Boxes ------------------------------------------------------------------------------------------------------------


def _node(box: Box, numbers: Mapping[int, Mapping[str, str]], facts: Facts, style: Style) -> Node:
    pen = LabelWriter(style.digits, style.wide)
    entry = box.entries[0]
    if box.fold:
        lines = [pen.heading(box.fold.name), *map(pen.remark, box.contents)]
        return Node(
            box.id, "fold", ("fold", *(["again"] if box.again else [])), tuple(lines), box.place, dashed=box.again
        )
    scope = ".".join(box.place)
    states = _states(entry, facts)
    remarks = list(states.values())
    shown = numbers[entry.k].items()
    if box.again:
        data = [pen.line(kind, text) for kind, text in shown if kind == "data"]
        lines = [*pen.title(entry, "again", scope=scope, brief=True), *data]
        kind = entry.role if box.is_leaf else "computed"
        return Node(box.id, kind, (entry.role, *states, "again"), tuple(lines), box.place, dashed=True)
    current = entry is facts.current
    if current and facts.step:
        remarks.append(f"step {facts.step.k + 1} of {facts.count}")
    lines = [*pen.title(entry, *remarks, scope=scope), *(pen.line(kind, text) for kind, text in shown)]
    classes = (entry.role, *states, *(["current"] if current else []))
    return Node(box.id, entry.role, classes, tuple(lines), box.place, bool(states), current)


def _states(entry: Entry, facts: Facts) -> dict[str, str]:
    """The special states of a value: for each its class in SVG, and its words."""
    states = {}
    if entry.k in facts.dead:
        states["dead"] = "dead" if entry.op is RELU else "flat"
    if entry.k in facts.unreached:
        states["unreached"] = "no gradient"
    return states


# --- Edges ------------------------------------------------------------------------------------------------------------


def _links(graph: Graph, dense: bool, facts: Facts, style: Style) -> Iterator[Link]:
    into: dict[str, list[Edge]] = {}  # by the box
    leaving: Counter[str] = Counter()
    for edge in graph.edges:
        into.setdefault(edge.target.id, []).append(edge)
        leaving[edge.source.id] += 1
    top = widest(graph)
    slopes = _slopes([edge for edge in graph.edges if edge.uses == 1], style) if "partial" in style.show else {}
    for edges in into.values():
        for edge, length in zip(edges, _lengths(edges), strict=True):
            crowded = max(len(edges), leaving[edge.source.id]) > CROWD
            label = _label(edge, crowded, slopes)
            yield _link(edge, length, label, dense, top, facts, style)


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


def _link(edge: Edge, length: int, label: str, dense: bool, top: float, facts: Facts, style: Style) -> Link:
    part = edge.part
    one = not edge.source.fold and not edge.target.fold
    current = one and facts.moves(part)
    level = _level(edge.size, top) if style.emphasis else None
    classes = [] if edge.passes else ["closed"]
    classes += [] if level is None else [f"level{level}"]
    classes += ["current"] if current else []
    return Link(
        f"e{part.source.k}_{part.position}" if one else f"{edge.source.id}-{edge.target.id}",
        edge.source.id,
        edge.target.id,
        _chain_rule_label(part, facts, style) if current and not facts.forward else label,
        tuple(classes),
        length,
        level=level,
        straight=dense and edge.source.fold is not None,
        dashed=not edge.passes,
        current=current,
        back=current and not facts.forward,
    )


def _label(edge: Edge, crowded: bool, slopes: Mapping[int, str]) -> str:
    if crowded and (edge.source.fold or edge.target.fold):
        return ""
    return f"{edge.uses:,} uses" if edge.uses > 1 else slopes.get(id(edge), "")


def _slopes(edges: Sequence[Edge], style: Style) -> dict[int, str]:
    """The local derivatives of edges as text, by the identity of the edge.

    Of arrays, it is the one number that all entries have in common, if there is one; of a matrix product, the formula.
    """
    given = [edge for edge in edges if edge.part.slope is not None]
    texts = {id(edge): short(edge.part.slope, style.digits) for edge in given}
    slopes = {key: text for key, text in texts.items() if not text.startswith("(")}
    for edge in edges:
        if edge.part.slope is None and edge.part.source.op in (MATMUL, AFFINE):
            text = written(edge.part.formula)
            slopes[id(edge)] = text if len(text) <= IDENTITY else ""
    return slopes


def _chain_rule_label(part: Part, facts: Facts, style: Style) -> str:
    """The chain rule at work: upstream gradient times local derivative."""
    if not part.passes:
        return "nothing passes"
    number = LabelWriter(style.digits).number
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
