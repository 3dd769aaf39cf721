"""The direction in which the text of a picture is large enough where pictures are shown."""

from __future__ import annotations

from collections.abc import Callable

from ..canvas.theme import SMALL, widest
from .diagram import Diagram
from .drawn import measured
from .graph import Graph

__all__ = ["TALLEST", "WIDEST", "Fitting"]

WIDEST = widest(SMALL)  # points
TALLEST = 2400.0  # points; a picture from top to bottom that is higher is folded
MEASURED = 250  # boxes; more of them fit no column
SPARE = 0.95  # of the width, where Graphviz may need more than was measured


class Fitting:
    """Looks for a direction in which a picture fits its column.

    Parameters
    ----------
    make : callable
        The picture of a graph in a direction.
    direction : str or None
        The direction that the user gives. Unless one is given, it is from left to right, or from top to bottom where
        only that fits.
    """

    def __init__(self, make: Callable[[Graph, str], Diagram], direction: str | None) -> None:
        self._make = make
        self._direction = direction
        self._graph: Graph | None = None
        self._made: dict[str, Diagram] = {}  # of this graph, by direction
        self._sizes: dict[str, tuple[float, float]] = {}

    def __call__(self, graph: Graph) -> bool:
        """Return True if the picture of a graph fits in one of the directions; a large one is not measured."""
        if graph.count > MEASURED:
            return False
        upright = not (graph.folds and graph.has_frames)
        ways = [self._direction] if self._direction else ["LR", "TB"] if upright else ["LR"]
        return any(self._fits(graph, way) for way in ways)

    def diagram(self, graph: Graph) -> Diagram:
        """The picture of a graph, in the direction that is given; otherwise from left to right, if it fits so."""
        if self._direction or graph.count > MEASURED or self._fits(graph, "LR"):
            return self._of(graph, self._direction or "LR")
        is_better = self._fits(graph, "TB") or self._size(graph, "TB")[0] <= WIDEST < self._size(graph, "LR")[0]
        return self._of(graph, "TB" if is_better else "LR")

    def _fits(self, graph: Graph, way: str) -> bool:
        width, height = self._size(graph, way)
        spare = 1.0 if graph.has_frames else SPARE
        return width <= spare * WIDEST and (self._direction is not None or height <= TALLEST)

    def _size(self, graph: Graph, way: str) -> tuple[float, float]:
        diagram = self._of(graph, way)
        if way not in self._sizes:
            self._sizes[way] = measured(diagram)
        return self._sizes[way]

    def _of(self, graph: Graph, way: str) -> Diagram:
        if self._graph is not graph:
            self._graph, self._made, self._sizes = graph, {}, {}
        if way not in self._made:
            self._made[way] = self._make(graph, way)
        return self._made[way]
