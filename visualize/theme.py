"""How a picture looks: for each role a shape and a colour, and what all boxes, edges and frames have in common.

The hues are those of Okabe and Ito, which people with any kind of colour vision tell apart; the fills are light enough
for dark text in print. Shapes say the same as colours, for a copy in grey.
"""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["CONSTANT", "EDGES", "FAINT", "GRAPH", "LOOKS", "NODES", "SMALL", "Look"]


class Look(NamedTuple):
    """How the boxes of one role are drawn, in Graphviz's words."""

    shape: str
    style: str
    fillcolor: str
    color: str
    peripheries: int = 1


LOOKS = {
    "parameter": Look("cylinder", "filled", "#FCE8CF", "#B35900"),
    "input": Look("box", "filled", "#DCEEFB", "#0072B2"),
    "computed": Look("box", "rounded,filled", "#F4F4F4", "#6E6E6E"),
    "output": Look("box", "rounded,filled", "#D9F2E6", "#00795A", peripheries=2),
}

CONSTANT = "#9C2F6E"  # constants have no box: they stand in the expression, in this colour and in italics
FAINT = "#5A5A5A"  # captions
SMALL = 11  # points; captions and numbers in a box

FONT = "Helvetica,Arial,sans-serif"
FRAMES = {"style": "dashed", "color": "#8A8A8A", "fontcolor": FAINT, "fontsize": "12", "labeljust": "l"}
GRAPH = {"bgcolor": "white", "fontname": FONT, "nodesep": "0.25", "ranksep": "0.3", **FRAMES}
NODES = {"fontname": FONT, "fontsize": "14", "fontcolor": "#1A1A1A", "margin": "0.08,0.05", "penwidth": "1.2"}
EDGES = {"fontname": FONT, "fontsize": "11", "fontcolor": "#333333", "color": "#7A7A7A", "arrowsize": "0.7"}
