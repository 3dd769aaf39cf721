"""From a program to the boxes of its picture: all of them, or as few as can be looked at."""

from __future__ import annotations

from autograd import Program

from .facts import Facts
from .fold import Wish, automatic, by_scope
from .graph import Graph

__all__ = ["compose", "remarks"]

# What is drawn in full, at most: values, edges, and the ranks that all of these cross together.
VALUES, EDGES, SPAN = 500, 1_000, 15_000


def compose(program: Program, facts: Facts, wish: Wish, fold: bool | None, only: frozenset[int] | None) -> Graph:
    """The boxes and edges of a picture: folded as it is wished, and further if it is too large.

    ``fold`` says whether it may be folded further: ``False`` for never, ``True`` for in any case.
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
    """The lines in the picture that say what is not in it: none, if nothing is missing."""
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
