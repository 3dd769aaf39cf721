"""The legend of a picture: a table, below it, of the signs that occur in it and their meanings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from autograd import Entry

from ..picture.labels import BREAK, LabelWriter, escape
from .dot_language import Style, widest
from .facts import Facts
from .graph import Graph

__all__ = ["caption", "legend_table", "sample"]

COLUMNS = {"LR": 3, "RL": 3, "TB": 2, "BT": 2}  # of a sign and its meaning
MEANINGS = {
    "input": "a number that was given",
    "detached": "its gradient goes no further",
    "parameter": "a number that training changes",
    "computed": "what an operation gave",
    "output": "the result: d result / d result = 1",
    "fold": "several values",
}
SAMPLES = {"input": "x input", "detached": "x detached", "parameter": "w parameter", "output": "y = tanh(z)"}
SAMPLES |= {"computed": "z = w * x", "fold": "4 × mul"}


def caption(lines: Sequence[str], graph: Graph, facts: Facts, style: Style, legend: bool) -> str:
    """The text below a picture: some lines, and the legend if there is one."""
    return legend_table(lines, list(_signs(graph, facts, style)) if legend else [], style)


def legend_table(lines: Sequence[str], signs: Sequence[tuple[str, str]], style: Style) -> str:
    """Some lines, and below them each sign with its meaning."""
    if not signs:
        return "".join(f"{escape(line)}{BREAK}" for line in lines)
    cells = [f'<TD ALIGN="LEFT">{sign}</TD><TD ALIGN="LEFT">{escape(text)}</TD>' for sign, text in signs]
    columns = COLUMNS[style.direction]
    rows = [f'<TD ALIGN="LEFT" COLSPAN="{2 * columns}">{escape(line)}</TD>' for line in lines]
    rows += ["".join(cells[k : k + columns]) for k in range(0, len(cells), columns)]
    table = "".join(f"<TR>{row}</TR>" for row in rows)
    return f'<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="3" CELLPADDING="3">{table}</TABLE>'


def _signs(graph: Graph, facts: Facts, style: Style) -> Iterator[tuple[str, str]]:
    """Each sign that occurs, and what it means."""
    pen = LabelWriter(style.colours, style.digits)
    boxes = [box for box in graph.boxes if not box.fold]
    kinds = {box.entries[0].role for box in boxes} | ({"fold"} if any(box.fold for box in graph.boxes) else set())
    for kind, meaning in MEANINGS.items():
        if kind in kinds:
            yield sample(style, kind, SAMPLES[kind]), meaning
    if any(box.again for box in graph.boxes):
        yield sample(style, "computed", "x again", "dashed"), "a value that has a box already"
    if any(not isinstance(x, Entry) for box in boxes for x in box.entries[0].inputs):
        yield f"z = x * {pen.constant('2')}", "a constant"
    for what, meaning in {"data": "the value's number", "grad": "d result / d value"}.items():
        if what in style.show:
            yield pen.line(what, "2.0").removesuffix(BREAK), meaning
    if "partial" in style.show:
        yield "x ─ 2.0 → z", "the local derivative dz/dx"
    if any(box.entries[0].k in facts.dead for box in boxes):
        yield sample(style, "computed", "dead, flat", "dashed"), "lets no gradient through"
    if not all(edge.passes for edge in graph.edges):
        yield "x ╌╌ → z", "passes no gradient back from z to x"
    if style.emphasis:
        yield (
            "x ━━ → z",
            f"wide: a large contribution, up to {pen.number(widest(graph))}; a level for every factor of 10",
        )
    if facts.current:
        yield (
            sample(style, "current", "z = w * x"),
            "the current step; reversed arrows carry its gradient back",
        )


def sample(style: Style, kind: str, text: str, look: str = "solid") -> str:
    """A small box with the look of those in the picture."""
    fill, line = (style.colours.current, style.colours.accent) if kind == "current" else getattr(style.colours, kind)
    wide = 3 if kind == "current" else 1
    return (
        f'<TABLE BORDER="{wide}" CELLBORDER="0" CELLSPACING="0" CELLPADDING="2" STYLE="{look}" '
        f'BGCOLOR="{fill}" COLOR="{line}"><TR><TD><FONT COLOR="{style.colours.ink}">{text}</FONT></TD></TR></TABLE>'
    )
