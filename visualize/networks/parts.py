"""The parts of pictures of networks: symbols, numbers, and shapes at given places.

Places are points of a plane, 72 to the inch, y upwards. Everything is pinned to its place: columns are even, arrows are
straight, and the picture is the same whichever version of Graphviz draws it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple

import graphviz

from autograd.text.numbers import short

from ..canvas.theme import FONT, LIGHT, SHAPES, SMALL, THEMES
from ..picture.labels import escape
from .model import Weight

__all__ = [
    "COMMA",
    "FAINT",
    "FORMULA",
    "ROUND",
    "WEIGHT",
    "Arrow",
    "Part",
    "Thing",
    "activation",
    "arrow",
    "circle",
    "constant_input",
    "drawn_positions",
    "extent",
    "frame",
    "graph",
    "left_out",
    "on_arrow",
    "operation_box",
    "small",
    "symbol",
    "text",
    "tint",
    "valued",
    "weight",
]

MANY = 8  # inputs or neurons; if there are more, the middle is left out
FIRST = 3  # of these stand before the gap; the last one stands behind it
COMMA = ", &nbsp; "  # between two formulas
ROUND = 50  # points across a circle
LARGE, FORMULA = 14, 13  # points, the size of symbols, and of the formula below
LETTER, LINE, TALL = 6, 14, 19  # points of small text: a letter's width, a line's height without and with index

FAINT, CONSTANT, WEIGHT = LIGHT.faint, LIGHT.constant, LIGHT.parameter[1]
BELOW_INDEX = '<BR/><FONT POINT-SIZE="2"> </FONT><BR/>'  # to the next line, with space for the index

# The program dot follows the attribute layout: neato keeps pinned shapes at their places and draws arrows and text.
PINNED = {"layout": "neato", "inputscale": "72", "splines": "line", "outputorder": "edgesfirst", "pad": "0.2"}


class Thing(NamedTuple):
    """Something at its place: its label is in Graphviz's HTML-like language, its size in points."""

    name: str
    x: float
    y: float
    label: str
    size: tuple[float, float]
    attributes: Mapping[str, object]

    @property
    def shape(self) -> object:
        return self.attributes["shape"]

    @property
    def is_fixed(self) -> bool:
        """True if it does not grow with its label."""
        return "fixedsize" in self.attributes

    def __str__(self) -> str:
        width, height = (f"{points / 72:.4g}" for points in self.size)
        written = "".join(f' {key}="{value}"' for key, value in self.attributes.items())
        place = f"{self.x:.0f},{self.y:.0f}!"
        return f'\t{self.name} [pos="{place}" width={width} height={height}{written} label=<{self.label}>]\n'


class Arrow(NamedTuple):
    """A straight arrow between two things, by their names."""

    tail: str
    head: str

    def __str__(self) -> str:
        return f"\t{self.tail} -> {self.head}\n"


Part = Thing | Arrow


def graph(body: Iterable[str], formula: str, theme: str) -> graphviz.Digraph:
    """The picture, with the formula that it shows written below."""
    title = {
        "label": f"<{tint(' ', FAINT, 10)}<BR/>{tint(formula, FAINT, FORMULA)}>",
        "labelloc": "b",
        "labeljust": "c",
    }
    whole = {"bgcolor": LIGHT.paper, "fontname": FONT, **PINNED, **title}
    things = {"fontname": FONT, "fontsize": "14", "fontcolor": LIGHT.ink, "margin": "0.08,0.05", "penwidth": "1.2"}
    arrows = {"color": LIGHT.line, "arrowsize": "0.7"}
    return graphviz.Digraph(
        "network",
        graph_attr=_in_theme(whole, theme),
        node_attr=_in_theme(things, theme),
        edge_attr=_in_theme(arrows, theme),
        body=[_recoloured(line, theme) for line in body],
    )


def _in_theme(attributes: Mapping[str, str], theme: str) -> dict[str, str]:
    return {key: _recoloured(value, theme) for key, value in attributes.items()}


def _recoloured(text: str, theme: str) -> str:
    """Return text with the light theme's colours replaced by those of another theme."""
    colours = dict(zip(LIGHT.every(), THEMES[theme].every(), strict=True))
    return re.sub("#[0-9A-F]{6}", lambda found: colours[found[0]], text)


def drawn_positions(count: int) -> list[int | None]:
    """Return the positions from 1 to ``count`` that are drawn; ``None`` is the gap that stands for the others."""
    if count <= MANY:
        return list(range(1, count + 1))
    return [*range(1, FIRST + 1), None, count]


def left_out(count: int) -> int:
    """The number of inputs or neurons that the gap stands for."""
    return count - FIRST - 1


# --- Text -------------------------------------------------------------------------------------------------------------


def symbol(letter: str, layer: int | str | None = None, *indices: int | str) -> str:
    """A letter in italics, the layer above it, the indices below; a comma keeps those of two digits apart."""
    above = "" if layer is None else f"<SUP>{layer}</SUP>"
    comma = "," if any(isinstance(index, int) and index > 9 for index in indices) else ""
    below = f"<SUB>{comma.join(map(str, indices))}</SUB>" if indices else ""
    return f"<I>{letter}</I>{above}{below}"


def tint(text: str, colour: str, size: int = SMALL) -> str:
    """Text in a colour and a size."""
    return f'<FONT COLOR="{colour}" POINT-SIZE="{size}">{text}</FONT>'


def small(text: str) -> str:
    """Text that explains."""
    return tint(text, FAINT)


def extent(labels: Iterable[str]) -> tuple[float, float]:
    """The width and height of the largest of some labels in small text."""
    width = height = 0.0
    for label in labels:
        lines = label.replace(BELOW_INDEX, "<BR/>").split("<BR/>") if label else []
        width = max([width, *(LETTER * len(re.sub("<[^>]*>", "", line)) for line in lines)])
        height = max(height, sum(TALL if "<SU" in line else LINE for line in lines))
    return width, height


def valued(name: str, number: float | None) -> str:
    """A symbol, with its number below it if that is known."""
    return name if number is None else f"{name}{BELOW_INDEX}{tint(short(number), FAINT, SMALL - 1)}"


def weight(name: str, given: Weight, show: tuple[str, ...]) -> str:
    """The label on the arrow of a weight."""
    parts = [name] if "name" in show else []
    if "data" in show:
        parts.append(short(given.data))
    lines = [tint(" = ".join(parts), WEIGHT)] if parts else []
    if "grad" in show:
        lines.append(tint(f"grad {short(given.grad)}", FAINT, SMALL - 1))
    return (BELOW_INDEX if "name" in show else "<BR/>").join(lines)


def activation(layer: int | None, name: str) -> str:
    """The label of an activation."""
    return f"{symbol('f', layer)}<BR/>{small(escape(name))}"


# --- Things at their places -------------------------------------------------------------------------------------------


def circle(name: str, x: float, y: float, role: str, label: str) -> Thing:
    """An input, a sum or an output, in the colours of its role."""
    outline = {"shape": "circle", "fixedsize": "true", "peripheries": SHAPES[role].peripheries}
    return Thing(name, x, y, label, (ROUND, ROUND), {**outline, **_filled(role, "filled")})


def operation_box(name: str, x: float, y: float, role: str, label: str, width: float) -> Thing:
    """A box for an operation, as large as its text and at least ``width`` wide."""
    return Thing(name, x, y, label, (width, ROUND), {"shape": "box", **_filled(role, "rounded,filled")})


def constant_input(name: str, x: float, y: float) -> Thing:
    """The circle of the input that is always 1; its weight is the offset."""
    outline = {"shape": "circle", "fixedsize": "true", "style": "dashed", "color": CONSTANT}
    return Thing(name, x, y, tint("<I>1</I>", CONSTANT, LARGE), (ROUND, ROUND), outline)


def text(name: str, x: float, y: float, label: str) -> Thing:
    """Text alone."""
    return Thing(name, x, y, label, (0, 0), {"shape": "plain"})


def on_arrow(name: str, x: float, y: float, label: str) -> Thing:
    """Text that interrupts the arrow below it."""
    paper = LIGHT.paper
    return Thing(name, x, y, label, (0, 0), {"shape": "plain", "style": "filled", "color": paper, "fillcolor": paper})


def frame(name: str, x: tuple[float, float], y: tuple[float, float]) -> Thing:
    """A dashed rectangle around parts that belong together."""
    outline = {"shape": "box", "fixedsize": "true", "style": "dashed", "color": LIGHT.frame}
    return Thing(name, sum(x) / 2, sum(y) / 2, "", (x[1] - x[0], y[1] - y[0]), outline)


def arrow(tail: str, head: str) -> Arrow:
    """A straight arrow between two things."""
    return Arrow(tail, head)


def _filled(role: str, style: str) -> dict[str, str]:
    fill, border = getattr(LIGHT, role)
    return {"style": style, "fillcolor": fill, "color": border}
