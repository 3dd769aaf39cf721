"""From a program to the boxes of its picture: a box for each value, or folds where there are too many."""

from __future__ import annotations

from autograd import Program

from .facts import Facts
from .fold import Wish, automatic, by_scope
from .graph import Graph

__all__ = ["compose", "remarks"]

# The largest picture that is not folded: values, edges, and the ranks that all edges cross together.
VALUES, EDGES, SPAN = 500, 1_000, 15_000


def compose(program: Program, facts: Facts, wish: Wish, fold: bool | None, only: frozenset[int] | None) -> Graph:
    """Return the boxes and edges of a picture: folded as the user asks, and further if it is too large.

    With ``fold=False`` it is never folded further, with ``True`` always.
    """
    count = len(program) if only is None else len(only)
    if fold is False or (count <= VALUES and not fold):
        graph = Graph(program, facts.read(), by_scope(program, wish), only)
        graph.split_leaves()
        if fold is False or (graph.span() <= SPAN and len(graph.edges) <= EDGES):
            graph.cut_long_edges()
            return graph
    graph = Graph(program, facts.read(), automatic(program, wish), only)
    graph.split_leaves()
    graph.cut_long_edges()
    return graph


def remarks(graph: Graph, program: Program, words: str) -> list[str]:
    """The lines in the picture that tell what was left out; none if everything is there."""
    lines = []
    shown = graph.values
    if words:
        lines.append(f"{words}: {shown:,} of {len(program):,} values")
    if any(box.fold for box in graph.boxes):
        modules = [fold.scope for fold in graph.folds if fold.scope]
        ways = [f'expand="{".".join(modules[0])}"'] if modules else []
        lines.append(f"{graph.count:,} boxes stand for {shown:,} values")
        lines.append(f"to see more: {' or '.join([*ways, 'upstream(…)'])}; to see all: fold=False")
    return lines
