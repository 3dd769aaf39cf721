"""The size of a picture, and the direction in which its text is large enough where pictures are shown.

A column of GitHub, of documentation and of a notebook is about 830 pixels wide, and a wider picture is made smaller
there. Text under 9 pixels is hard to read. The smallest text of a picture has 11 points, so that a picture may be
830 · 11 / 9 = 1014 points wide.
"""

from __future__ import annotations

from collections.abc import Callable

from ..canvas.theme import SMALL
from .diagram import Diagram
from .drawn import measured
from .graph import Graph

__all__ = ["TALLEST", "WIDEST", "Fitting"]

COLUMN, LEAST = 830, 9  # pixels: the width of a column, and the height of the smallest text in it
WIDEST = COLUMN * SMALL / LEAST  # points
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
        self._found: Diagram | None = None

    def __call__(self, graph: Graph) -> bool:
        """Return True if the picture of a graph fits in one of the directions."""
        ways = [self._direction] if self._direction else ["LR"] if graph.folds and graph.has_frames else ["LR", "TB"]
        self._graph, self._found = graph, None
        if graph.count > MEASURED:
            self._found = self._make(graph, ways[0])
            return False
        for way in ways:
            diagram = self._make(graph, way)
            width, height = measured(diagram)
            spare = 1.0 if graph.has_frames else SPARE
            if width <= spare * WIDEST and (self._direction or height <= TALLEST):
                self._found = diagram
                return True
            self._found = self._found or diagram
        return False

    def diagram(self, graph: Graph) -> Diagram:
        """The picture of a graph, in the direction that was found for it."""
        if self._found is None or self._graph is not graph:
            self(graph)
        found = self._found
        assert found is not None
        few = graph.count <= MEASURED
        if few and self._direction is None and found.style.direction == "LR" and measured(found)[0] > WIDEST:
            upright = self._make(graph, "TB")
            return upright if measured(upright)[0] <= WIDEST else found
        return found
