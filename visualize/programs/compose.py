"""From a program to the boxes of its picture: a box for each value, or folds where there are too many."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from autograd import Program

from .facts import Facts
from .fold import BUDGETS, Wish, automatic, by_scope
from .graph import Fold, Graph

__all__ = ["compose", "remarks"]

BOXES = 60  # the most in a picture that is not folded automatically
FEW = 12  # the most in a picture that is never folded automatically, however long its names are
# The largest picture that is drawn as it was asked for: values, edges, and the ranks that all edges cross together.
VALUES, EDGES, SPAN = 500, 1_000, 15_000


def compose(
    program: Program,
    facts: Facts,
    wish: Wish,
    fold: bool | None,
    only: frozenset[int] | None,
    fits: Callable[[Graph], bool] | None = None,
) -> Graph:
    """Return the boxes and edges of a picture: folded as the user asks, and further if it is too large.

    With ``fold=False`` it is never folded further, with ``True`` always. ``fits`` returns True if the text of a picture
    is large enough to be read; without it, every picture counts as legible. It is called with pictures of fewer and
    fewer boxes, until one fits.
    """

    def graph_of(folds: Sequence[Fold]) -> Graph:
        graph = Graph(program, facts.read(), folds, only)
        graph.split_leaves()
        return graph

    count = facts.size if only is None else len(only)
    asked = bool(wish.depth or wish.fold)
    if fold is False or (count <= (VALUES if asked else BOXES) and not fold):
        graph = graph_of(by_scope(program, wish))
        easy = graph.span() <= SPAN and len(graph.edges) <= EDGES
        if fold is False or easy:
            graph.cut_long_edges()
            if fold is False or asked or fits is None or graph.count <= FEW or fits(graph):
                return graph
    before: list[Fold] | None = None
    for budget in BUDGETS:
        folds = automatic(program, wish, budget)
        if folds == before:  # this budget folds nothing more
            continue
        before = folds
        graph = graph_of(folds)
        graph.cut_long_edges()
        if fits is None or fits(graph) or asked or wish.expand:
            break
    return graph


def remarks(graph: Graph, program: Program, words: str) -> list[str]:
    """Return the lines in the picture that name the parts left out; none if the picture is complete."""
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
