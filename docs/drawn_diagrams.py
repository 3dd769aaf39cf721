"""Diagrams in the language of Mermaid, drawn by Graphviz when the site is built: its pages need no script for them."""

from __future__ import annotations

import re
from typing import Any

from visualize.picture.render import render

LOOK = """
    bgcolor=transparent; nodesep=0.25; ranksep=0.45;
    node [shape=box, style="rounded,filled", color="#7a8a99", fillcolor="#eef3f7", fontname="sans-serif", fontsize=11]
    edge [color="#7a8a99", arrowsize=0.7]"""
FRAME = 'style=rounded; color="#7a8a99"; fontcolor="#7a8a99"; fontname="sans-serif"; fontsize=12;'


def directive() -> Any:
    """The directive ``mermaid`` of Sphinx: a flowchart of boxes, arrows and frames as one SVG element."""
    from docutils import nodes
    from sphinx.util.docutils import SphinxDirective

    class Mermaid(SphinxDirective):
        has_content = True

        def run(self) -> list[Any]:
            svg = re.sub(r' (width|height)="[^"]*"', "", _element(dot_of(list(self.content))), count=2)
            svg = svg.replace("<svg", '<svg role="img" style="max-width: 100%; max-height: 60rem"', 1)
            return [nodes.raw("", f'<figure class="diagram">{svg}</figure>', format="html")]

    return Mermaid


def _element(dot: str) -> str:
    """An SVG element, without Graphviz's preamble and comments, which cannot stand inside HTML."""
    written = render(dot, "svg", 60.0).decode("utf-8").replace("\r\n", "\n")
    return re.sub(r"<!--.*?-->\n?", "", written[written.index("<svg") :], flags=re.DOTALL)


def dot_of(lines: list[str]) -> str:
    """The same graph in Graphviz's language.

    Raises
    ------
    ValueError
        A line is none of those that the diagrams of this project use.

    Examples
    --------
    >>> print(dot_of(["flowchart TD", "a --> b", "subgraph c", "direction TB", "d", "end"]))
    digraph {...
    "a" -> "b";
    subgraph "cluster_c" { label="c"; style=rounded; ...
    "d";
    }
    }
    """
    written = [f"digraph {{{LOOK}"]
    for line in map(str.strip, lines):
        if arrow := re.fullmatch(r"(\w+) --> (\w+)", line):
            written.append(f'"{arrow[1]}" -> "{arrow[2]}";')
        elif frame := re.fullmatch(r"subgraph (\w+)", line):
            written.append(f'subgraph "cluster_{frame[1]}" {{ label="{frame[1]}"; {FRAME}')
        elif line == "end":
            written.append("}")
        elif re.fullmatch(r"\w+", line):
            written.append(f'"{line}";')
        elif line and not line.startswith(("flowchart ", "direction ")):
            raise ValueError(f"docs/drawn_diagrams.py cannot draw the line {line!r} of a diagram")
    return "\n".join([*written, "}"])
