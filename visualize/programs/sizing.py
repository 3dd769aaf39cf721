"""The choice of a direction in which the text of a picture is large enough to be read."""

from __future__ import annotations

from collections.abc import Callable

from ..canvas.theme import SMALL, widest
from ..picture.labels import NARROW, WIDE
from .diagram import Diagram
from .drawn import measured
from .graph import Graph

__all__ = ["TALLEST", "WIDEST", "Fitting", "legible"]

WIDEST = widest(SMALL)  # points
TALLEST = 2400.0  # points; a picture from top to bottom that is higher is folded
MEASURED = 250  # boxes; more of them fit no column
SPARE = 0.95  # of the width, where Graphviz may need more than was measured


class Fitting:
    """Looks for a direction in which a picture fits its column, and for lines that are short enough.

    Parameters
    ----------
    make : callable
        The picture of a graph in a direction, with lines of so many characters.
    direction : str or None
        The direction that the user gives. Unless one is given, it is from left to right, or from top to bottom where
        only that fits. Where neither does, lines are broken earlier.
    """

    def __init__(self, make: Callable[[Graph, str, int], Diagram], direction: str | None) -> None:
        self._make = make
        self._direction = direction
        self._graph: Graph | None = None
        self._made: dict[tuple[str, int], Diagram] = {}  # of this graph, by direction and length of lines
        self._sizes: dict[tuple[str, int], tuple[float, float]] = {}

    def __call__(self, graph: Graph) -> bool:
        """Return True if the picture of a graph fits in one of the ways; a large one is not measured."""
        upright = not (graph.folds and graph.has_frames)
        return graph.count <= MEASURED and any(self._fits(graph, way) for way in self._ways(upright))

    def diagram(self, graph: Graph) -> Diagram:
        """The picture of a graph in the first way that fits; if none does, in the first that is not too wide."""
        first, *others = self._ways()
        if graph.count > MEASURED:
            return self._of(graph, first)
        fitting = (way for way in (first, *others) if self._fits(graph, way))
        narrow = (way for way in (first, *others) if self._size(graph, way)[0] <= WIDEST)
        return self._of(graph, next(fitting, None) or next(narrow, first))

    def _ways(self, upright: bool = True) -> list[tuple[str, int]]:
        directions = [self._direction] if self._direction else ["LR", "TB"] if upright else ["LR"]
        return [(direction, wide) for wide in (WIDE, NARROW) for direction in directions]

    def _fits(self, graph: Graph, way: tuple[str, int]) -> bool:
        width, height = self._size(graph, way)
        spare = 1.0 if graph.has_frames else SPARE
        return width <= spare * WIDEST and (self._direction is not None or height <= TALLEST)

    def _size(self, graph: Graph, way: tuple[str, int]) -> tuple[float, float]:
        diagram = self._of(graph, way)
        if way not in self._sizes:
            self._sizes[way] = measured(diagram)
        return self._sizes[way]

    def _of(self, graph: Graph, way: tuple[str, int]) -> Diagram:
        if self._graph is not graph:
            self._graph, self._made, self._sizes = graph, {}, {}
        if way not in self._made:
            self._made[way] = self._make(graph, *way)
        return self._made[way]


def legible(make: Callable[[str], Diagram], direction: str | None) -> Diagram:
    """Return a picture in a direction; unless one is given, from left to right, or downwards where that is too wide."""
    diagram = make(direction or "LR")
    return diagram if direction or measured(diagram)[0] <= SPARE * WIDEST else make("TB")
