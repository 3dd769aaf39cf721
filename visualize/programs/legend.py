"""The legend of a picture: the signs that occur in it, and their meanings."""

from __future__ import annotations

from collections.abc import Iterator

from autograd import Entry

from ..canvas.text import run
from ..picture.labels import LabelWriter
from .contents import widest
from .diagram import Sign, Style
from .facts import Facts
from .graph import Graph

__all__ = ["sample", "signs"]

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


def signs(graph: Graph, facts: Facts, style: Style) -> Iterator[tuple[Sign, str]]:
    """Return each sign that occurs, with its meaning."""
    pen = LabelWriter(style.digits)
    boxes = [box for box in graph.boxes if not box.fold]
    kinds = {box.entries[0].role for box in boxes} | ({"fold"} if any(box.fold for box in graph.boxes) else set())
    for kind, meaning in MEANINGS.items():
        if kind in kinds:
            yield sample(SAMPLES[kind], kind), meaning
    if any(box.again for box in graph.boxes):
        yield sample("x again", "computed", dashed=True), "a value that has a box already"
    if any(not isinstance(x, Entry) for box in boxes for x in box.entries[0].inputs):
        yield Sign((run("z = x * "), pen.constant("2"))), "a constant"
    for what, meaning in {"data": "the value's number", "grad": "d result / d value"}.items():
        if what in style.show:
            yield Sign(pen.line(what, "2.0")), meaning
    if "partial" in style.show:
        yield sample("x ─ 2.0 → z"), "the local derivative dz/dx"
    if any(box.entries[0].k in facts.dead for box in boxes):
        yield sample("dead, flat", "computed", dashed=True), "lets no gradient through"
    if not all(edge.passes for edge in graph.edges):
        yield sample("x ╌╌ → z"), "passes no gradient back from z to x"
    if style.emphasis:
        yield (
            sample("x ━━ → z"),
            f"wide: a large contribution, up to {pen.number(widest(graph))}; a level for every factor of 10",
        )
    if facts.current:
        yield sample("z = w * x", "current"), "the current step; reversed arrows carry its gradient back"


def sample(text: str, kind: str = "", dashed: bool = False) -> Sign:
    """A text as a sign; with a kind, in a small box with the look of those in the picture."""
    return Sign((run(text),), kind, dashed)
