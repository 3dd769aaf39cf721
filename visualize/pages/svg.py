"""The drawing of a page: the shapes of a picture as elements that a script and a style sheet can address.

    <g class="nodes">
      <g id="n3" class="computed"> <rect …/>                        a box: its shape, and its lines of text,
        <text class="t b" …>%3</text> <text class="t" …>= w * x</text>
        <text class="c" …>data</text> <text class="n" …>-6</text>     numbers, which change, are texts of their own
        <text class="c" …>grad</text> <text class="n g" …>0.7864</text> </g>
    <g class="edges">
      <g id="e3_0"> <path …/> <text …>2</text> </g>                 an edge: its line, without its arrow head

Colours, fonts, arrow heads and the background of the labels of edges are left to the style sheet.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from ..canvas.shapes import Group, Path, Picture, Shape, Text
from ..canvas.svg import elements
from ..canvas.text import Line, Run, extent, run
from ..canvas.theme import SMALL
from ..programs.diagram import Diagram, Node

__all__ = ["content", "with_numbers"]

NORMAL = 14.0  # points; text of this size has the class t


def with_numbers(
    diagram: Diagram, numbers: Mapping[str, Sequence[str]], longest: Mapping[str, Sequence[str]]
) -> Diagram:
    """Return a diagram with other numbers, and with room in each box for all that will stand in it.

    Parameters
    ----------
    diagram : Diagram
        The contents of the picture.
    numbers : mapping
        By id: data and gradient of a box, the local derivative on an edge. Boxes and edges for several values keep
        their texts.
    longest : mapping
        By id: the texts of the line of the gradient in the course of the pass.
    """
    nodes = [
        _with(node, numbers[of], longest[of]) if of in numbers else node
        for node in diagram.nodes
        for of in [node.id.partition("_")[0]]
    ]
    links = [link._replace(label=numbers.get(link.id, [link.label])[0]) for link in diagram.links]
    return diagram._replace(nodes=nodes, links=links)


def _with(node: Node, numbers: Sequence[str], longest: Sequence[str]) -> Node:
    texts = dict(zip(("data", "grad"), numbers, strict=True))
    lines: list[Line] = [tuple(_other(piece, texts) for piece in line) for line in node.lines]
    room = max((extent((run(text, SMALL),)).width for text in longest), default=0.0)
    return node._replace(lines=tuple(lines), least=room)


def _other(piece: Run, texts: Mapping[str, str]) -> Run:
    return run(texts[piece.part], piece.size, part=piece.part) if piece.part in texts else piece


def content(picture: Picture) -> str:
    """The frames, edges and boxes of a picture, each kind in a group of its own."""
    kinds: dict[str, list[Shape]] = {"cluster": [], "edge": [], "node": []}  # later ones cover earlier ones
    for group in picture.children:
        assert isinstance(group, Group)  # there is no legend below
        kind, *roles = group.classes
        shapes = tuple(shape for shape in group.children if kind != "edge" or _is_of_an_edge(shape))
        kinds[kind].append(replace(group, children=shapes, classes=tuple(roles[:1]) if kind == "node" else ()))
    groups = [Group(tuple(shapes), classes=(f"{kind}s",)) for kind, shapes in kinds.items()]
    return "\n".join(elements(groups, _look)).replace(' lengthAdjust="spacingAndGlyphs"', "")  # the script adds it


def _is_of_an_edge(shape: Shape) -> bool:
    """Return False for an arrow head and for the background of a label; the style sheet draws these."""
    return isinstance(shape, Text) or (isinstance(shape, Path) and not shape.closed)


def _look(shape: Shape) -> str:
    """The class of a text: t for the size of titles, b bold, i a constant, s a remark, c a caption, n a number."""
    if not isinstance(shape, Text) or shape.part == "label":
        return ""
    if shape.part in ("data", "grad"):
        return ' class="n g"' if shape.part == "grad" else ' class="n"'
    names = [name for name, has in (("b", shape.bold), ("i", shape.italic)) if has]
    if shape.size == NORMAL:
        names.insert(0, "t")
    elif shape.size == SMALL:
        names.append("c" if shape.part == "caption" else "s")
    return f' class="{" ".join(names)}"' if names else ""
