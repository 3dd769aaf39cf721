"""The modules of a program, which open and close on its page.

    x ──> [ mlp ] ──> loss        x ──> ┌ mlp ──────────────────────┐ ──> loss
                                        │ [ layers[0] ] ──> layers[1] │
                                        └───────────────────────────┘

The page has a picture with all modules closed, and one for each module that is open while those beside it are closed.
So every picture is small, and their number is that of the modules.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from autograd import Program

from ..canvas.shapes import Picture
from ..canvas.svg import number
from ..programs.diagram import Diagram
from ..programs.fold import Wish
from ..programs.graph import Graph, Path, segments, within
from .svg import content

__all__ = ["frames_in", "modules_of", "single_uses"]

MOST = 250_000  # characters of pictures; a module without one opens into the picture of the whole program


def modules_of(program: Program, draw: Callable[[Wish], tuple[Graph, Picture]]) -> list[dict[str, Any]]:
    """Return the pictures with closed modules, as the script of a page takes them; none if nothing can be closed.

    Parameters
    ----------
    program : Program
        The program.
    draw : function
        Makes the graph and the picture of the program, in which some modules are boxes.
    """
    scopes = {segments(entry.scope) for entry in program}
    paths = sorted({scope[:depth] for scope in scopes for depth in range(1, len(scope) + 1)})
    views: list[dict[str, Any]] = []
    waiting: list[Path] = [()] if paths else []
    while waiting and sum(len(view["content"]) for view in views) < MOST:
        opened = waiting.pop(0)
        # The modules inside the open one, and those beside it and beside the ones around it.
        closed = tuple(path for path in paths if within(opened, path[:-1]) and not within(opened, path))
        graph, picture = draw(Wish(fold=closed))
        folds = {f"f{j}": fold for j, fold in enumerate(graph.folds) if fold.scope}
        waiting += [fold.scope for fold in folds.values() if fold.scope and within(fold.scope[:-1], opened)]
        views.append(
            {
                "open": ".".join(opened),
                "size": f"0 0 {number(picture.width)} {number(picture.height)}",
                "content": content(picture),
                "frames": frames_in(box.place for box in graph.boxes),
                "folds": {
                    id: [".".join(fold.scope or ()), [entry.k for entry in fold.members]] for id, fold in folds.items()
                },
            }
        )
    return views if views and views[0]["folds"] else []


def frames_in(places: Iterable[Path]) -> dict[str, str]:
    """Return the modules of the frames of a picture, by the ids of these frames."""
    paths = dict.fromkeys(place[:depth] for place in places for depth in range(1, len(place) + 1))
    return {f"c{k}": ".".join(path) for k, path in enumerate(paths, start=1)}


def single_uses(diagram: Diagram, graph: Graph) -> Diagram:
    """Return a diagram in which the only use of a box by another has the id of that use, also where one is closed."""
    ids = {
        f"{edge.source.id}-{edge.target.id}": f"e{edge.part.source.k}_{edge.part.position}"
        for edge in graph.edges
        if edge.uses == 1
    }
    return diagram._replace(links=[link._replace(id=ids.get(link.id, link.id)) for link in diagram.links])
