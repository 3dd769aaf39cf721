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

from collections.abc import Iterator
from typing import Protocol

import graphviz

from ..canvas.theme import FONT, SHAPES, WIDTHS
from ..picture.labels import BREAK, escape, html_like
from .diagram import Diagram, Legend, Link, Node, Sign, Style
from .graph import Path

__all__ = ["digraph_of", "layout_of", "sized"]

PORTS = {  # the sides of boxes at which straight lines leave and arrive
    direction: {"tailport": tail, "headport": head}
    for direction, tail, head in [("LR", "e", "w"), ("RL", "w", "e"), ("TB", "s", "n"), ("BT", "n", "s")]
}
COLUMNS = {"LR": 3, "RL": 3, "TB": 2, "BT": 2}  # pairs of a sign and its meaning, side by side


class _Sizes(Protocol):
    """The attributes of the parts of a graph that the layout depends on."""

    def node(self, node: Node) -> str: ...
    def link(self, link: Link) -> str: ...


def digraph_of(diagram: Diagram) -> graphviz.Digraph:
    """Return the complete picture as a graph in the DOT language, for readers and for other programs."""
    style = diagram.style
    colours = style.colours
    whole = {
        "rankdir": style.direction,
        "bgcolor": colours.paper,
        "nodesep": "0.25",
        "ranksep": "0.3",
    }
    frames = {"fontname": FONT, "fontsize": "12", "fontcolor": colours.faint, "labeljust": "l"}
    whole |= {**frames, "color": colours.frame, "style": "dashed"}
    below = _legend(diagram.legend, style)
    if below:
        whole |= {"label": f"<{below}>", "labelloc": "b"}
    boxes = {"fontname": FONT, "fontsize": "14", "fontcolor": colours.ink, "margin": "0.08,0.05", "penwidth": "1.2"}
    edges = {"fontname": FONT, "fontsize": "11", "fontcolor": colours.label, "color": colours.line, "arrowsize": "0.7"}
    return graphviz.Digraph(
        "program",
        graph_attr={**whole, **diagram.settings},
        node_attr=boxes,
        edge_attr=edges,
        body=_statements(diagram, _Described(diagram)),
    )


def sized(diagram: Diagram, sizes: _Sizes) -> str:
    """Return a graph for the layout alone: it has no frames and no text; ``sizes`` gives the size of each part."""
    boxes = (f"\t{node.id} [{sizes.node(node)}]\n" for node in diagram.nodes)
    links = (f"\t{link.source} -> {link.target} [{sizes.link(link)}]\n" for link in diagram.links)
    whole = {
        "rankdir": diagram.style.direction,
        "nodesep": "0.25",
        "ranksep": "0.3",
        "labeljust": "l",
        "ordering": "in",
    }
    return str(
        graphviz.Digraph(
            "program",
            graph_attr={**whole, **diagram.settings},
            node_attr={"shape": "box", "fixedsize": "true", "label": ""},
            edge_attr={"arrowsize": "0.7"},
            body=[*boxes, *links],
        ).source
    )


def _statements(diagram: Diagram, words: _Described) -> Iterator[str]:
    """The lines between the braces of a ``digraph``: the boxes in their frames, then the edges.

    If ranks run from left to right, Graphviz stacks the boxes of a rank from below inside frames, and only there.
    """
    boxes: dict[Path, list[Node]] = {(): []}
    inner: dict[Path, list[Path]] = {(): []}
    for node in diagram.nodes:
        for depth in range(1, len(node.place) + 1):
            path = node.place[:depth]
            if path not in inner:
                inner[path[:-1]].append(path)
                inner[path], boxes[path] = [], []
        boxes[node.place].append(node)
    number = {path: k for k, path in enumerate(inner)}
    stack: list[Path | str] = [()]  # the frames to open, and the lines that close those already open
    while stack:
        path_or_end = stack.pop()
        if isinstance(path_or_end, str):
            yield path_or_end
            continue
        path = path_or_end
        order = -1 if path and diagram.style.direction in ("LR", "RL") else 1
        indent = "\t" * len(path)
        if path:
            label = f'{indent}\tid="c{number[path]}" labelloc="t" {words.frame(path)}\n'
            yield f"{indent}subgraph cluster_{number[path]} {{\n{label}"
            stack.append(f"{indent}}}\n")
        for node in boxes[path][::order]:
            yield f"{indent}\t{node.id} [{words.node(node)}]\n"
        stack.extend(inner[path][::-order])
    for link in diagram.links:
        yield f"\t{link.source} -> {link.target} [{words.link(link)}]\n"


class _Described:
    """The visible attributes of each part, in Graphviz's terms."""

    def __init__(self, diagram: Diagram) -> None:
        self.dense = diagram.dense
        self.colours = diagram.style.colours
        self.direction = diagram.style.direction

    def frame(self, path: Path) -> str:
        return f"label=<{escape(path[-1]) or ' '}>"

    def node(self, node: Node) -> str:
        shape = SHAPES[node.kind]
        fill, line = (self.colours.current, self.colours.accent) if node.current else getattr(self.colours, node.kind)
        look = {
            "id": node.id,
            "class": " ".join(node.classes),
            "shape": shape.shape,
            "style": f"{shape.style},dashed" if node.dashed else shape.style,
            "fillcolor": fill,
            "color": line,
            "peripheries": shape.peripheries,
            **({"penwidth": 3.6} if node.current else {}),
        }
        written = " ".join(f'{key}="{value}"' for key, value in look.items())
        return f"{written} label=<{''.join(html_like(line, self.colours) + BREAK for line in node.lines)}>"

    def link(self, link: Link) -> str:
        found: dict[str, str] = {"id": f'"{link.id}"'}
        if link.label:
            text = link.label.replace("\\", "\\\\").replace('"', '\\"')
            found["xlabel" if self.dense else "label"] = f'" {text} "'
        found |= layout_of(link, self.direction)
        if link.dashed:
            found["style"] = "dashed"
        if link.level is not None:
            found |= {"penwidth": str(WIDTHS[link.level]), "color": f'"{self.colours.levels[link.level]}"'}
        if link.current:
            accent = f'"{self.colours.accent}"'
            found |= {"penwidth": "2.6", "color": accent, "fontcolor": accent}
        if link.back:
            found["dir"] = "back"
        if link.classes:
            found["class"] = f'"{" ".join(link.classes)}"'
        return " ".join(f"{key}={value}" for key, value in found.items())


def layout_of(link: Link, direction: str) -> dict[str, str]:
    """The attributes of an edge that the layout depends on."""
    found = {}
    if link.length > 1:
        found["minlen"] = str(link.length)
    if link.weight > 1:
        found["weight"] = str(link.weight)
    if link.straight:
        found |= {**PORTS[direction], "penwidth": "0.6", "arrowsize": "0.5"}
    return found


# --- The legend -------------------------------------------------------------------------------------------------------


def _legend(legend: Legend, style: Style) -> str:
    """Some lines, and below them each sign with its meaning."""
    if not legend.signs:
        return "".join(f"{escape(line)}{BREAK}" for line in legend.lines)
    cells = [
        f'<TD ALIGN="LEFT">{_sign(sign, style)}</TD><TD ALIGN="LEFT">{escape(text)}</TD>' for sign, text in legend.signs
    ]
    columns = COLUMNS[style.direction]
    rows = [f'<TD ALIGN="LEFT" COLSPAN="{2 * columns}">{escape(line)}</TD>' for line in legend.lines]
    rows += ["".join(cells[k : k + columns]) for k in range(0, len(cells), columns)]
    table = "".join(f"<TR>{row}</TR>" for row in rows)
    return f'<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="3" CELLPADDING="3">{table}</TABLE>'


def _sign(sign: Sign, style: Style) -> str:
    """A sign: some text, or a small box with the look of those in the picture."""
    colours = style.colours
    text = html_like(sign.line, colours)
    if not sign.kind:
        return text
    fill, line = (colours.current, colours.accent) if sign.kind == "current" else getattr(colours, sign.kind)
    wide = 3 if sign.kind == "current" else 1
    return (
        f'<TABLE BORDER="{wide}" CELLBORDER="0" CELLSPACING="0" CELLPADDING="2" '
        f'STYLE="{"dashed" if sign.dashed else "solid"}" BGCOLOR="{fill}" COLOR="{line}">'
        f'<TR><TD><FONT COLOR="{colours.ink}">{text}</FONT></TD></TR></TABLE>'
    )
