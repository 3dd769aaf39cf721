"""``draw`` and what it gives: a picture that can be shown, saved, or taken as text."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import graphviz

from autograd import InputTypeError, InputValueError, Program, Value, program

from .dot import statements
from .render import FORMATS, TIMEOUT, RenderError, render, render_svg
from .theme import EDGES, GRAPH, NODES

__all__ = ["Drawing", "draw", "draw_dot"]

SUFFIXES = (*FORMATS, "dot")


class Drawing:
    """A picture of a program, with the numbers of the moment when it was drawn.

    Made by `draw`. A notebook shows it; ``print`` shows its text.

    Attributes
    ----------
    dot : str
        The picture in Graphviz's language. This needs nothing installed.
    """

    __slots__ = ("_count", "dot")

    def __init__(self, dot: str, count: int) -> None:
        self.dot = dot
        self._count = count

    def svg(self, timeout: float = TIMEOUT) -> str:
        """The picture as an SVG element, which can also stand inside an HTML page.

        Parameters
        ----------
        timeout : float
            The seconds after which the layout is given up.

        Raises
        ------
        RenderError
            If there is no Graphviz here, or it failed, or it took too long.
        """
        return render_svg(self.dot, timeout)

    def save(self, path: str | os.PathLike[str], timeout: float = TIMEOUT) -> Path:
        """Write the picture to a file.

        Parameters
        ----------
        path : str or path
            The file; its ending, ``.svg``, ``.png``, ``.pdf`` or ``.dot``, says what is written.
        timeout : float
            The seconds after which the layout is given up.

        Returns
        -------
        Path
            Where it was written.

        Raises
        ------
        InputTypeError, InputValueError
            If the path is not a path, the ending is another, or the folder does not exist.
        RenderError
            If there is no Graphviz here, or it failed, or it took too long. ``.dot`` needs none.
        """
        if not isinstance(path, (str, os.PathLike)):
            raise InputTypeError(f'save takes the path of a file, not {type(path).__name__} {path!r}; "y.svg", say')
        path = Path(path)
        format = path.suffix[1:].lower()
        if format not in SUFFIXES:
            raise InputValueError(
                f"a drawing is saved as .svg, .png, .pdf or .dot, not as {path.name!r}; give it one of these endings"
            )
        if not path.parent.is_dir():
            raise InputValueError(f"there is no folder {str(path.parent)!r} to save {path.name!r} in; make it first")
        if format == "dot":
            picture = self.dot.encode("utf-8")
        elif format == "svg":
            picture = self.svg(timeout).encode("utf-8")
        else:
            picture = render(self.dot, format, timeout)
        path.write_bytes(picture)
        return path

    def __str__(self) -> str:
        return self.dot

    def __repr__(self) -> str:
        return f"<drawing of {self._count:,} value{'s' if self._count > 1 else ''}>"

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        """For a notebook: the picture, or in words why there is none."""
        try:
            return {"image/svg+xml": self.svg(), "text/plain": repr(self)}
        except RenderError as error:
            return {"text/plain": f"{self!r}: {error}"}


def draw(y: Value | Iterable[Value] | Program, *, rankdir: str = "LR", digits: int = 4) -> Drawing:
    """Draw how a value was computed: a box for each value, with its operation, number and gradient.

    On the edge from x to z stands the local derivative, dz/dx. Inputs, parameters, computed values and results differ
    in colour and shape; constants stand in the operation that takes them, in italics; dashed frames are modules. The
    gradient is ``-`` until a pass has reached the value.

    Parameters
    ----------
    y : Value, several of them, or Program
        What to draw, with all it depends on.
    rankdir : str
        ``"LR"``: from left to right; ``"TB"``: from top to bottom.
    digits : int
        Significant digits of the numbers.

    Raises
    ------
    InputTypeError, InputValueError
        If ``y`` was not recorded, or an option is none of the above.

    Examples
    --------
    >>> from autograd import Value
    >>> import visualize
    >>> x = Value(3.0, name="x")
    >>> y = x * x
    >>> y.backward(); x.grad
    6.0
    >>> drawing = visualize.draw(y)
    >>> drawing
    <drawing of 2 values>
    >>> [line.strip() for line in drawing.dot.splitlines() if "->" in line]  # dy/dx by the one use, and by the other
    ['n0 -> n1 [label=" 3.0 "]', 'n0 -> n1 [label=" 3.0 "]']
    >>> drawing.save("y.svg")  # doctest: +SKIP
    PosixPath('y.svg')
    """
    listing = _program(y)
    return Drawing(_digraph(listing, rankdir, digits).source, len(listing))


def draw_dot(root: Value | Iterable[Value] | Program, format: str = "svg", rankdir: str = "LR") -> graphviz.Digraph:
    """The same picture as a ``graphviz.Digraph``, whose ``render`` and ``view`` need the program ``dot``.

    Parameters
    ----------
    root : Value, several of them, or Program
        What to draw, with all it depends on.
    format : str
        What ``render`` writes: ``"svg"``, ``"png"``, ``"pdf"`` or another that Graphviz knows.
    rankdir : str
        ``"LR"``: from left to right; ``"TB"``: from top to bottom.

    Examples
    --------
    >>> from autograd import Value
    >>> import visualize
    >>> x = Value(3.0, name="x")
    >>> y = x * x
    >>> visualize.draw_dot(y).source == visualize.draw(y).dot
    True
    """
    if format not in graphviz.FORMATS:
        raise InputValueError(f"Graphviz has no format {format!r}; take svg, png or pdf")
    graph = _digraph(_program(root), rankdir, digits=4)
    graph.format = format
    return graph


def _program(y: Any) -> Program:
    if isinstance(y, Program):
        return y
    several = isinstance(y, Iterable) and not isinstance(y, (str, bytes))
    return program(*y) if several else program(y)


def _digraph(listing: Program, rankdir: str, digits: int) -> graphviz.Digraph:
    """The one source of the text, of a `Drawing` as of `draw_dot`."""
    if rankdir not in ("LR", "TB"):
        raise InputValueError(f'rankdir is "LR" (left to right) or "TB" (top to bottom), not {rankdir!r}')
    if not isinstance(digits, int) or isinstance(digits, bool):
        raise InputTypeError(f"digits is a whole number, not {type(digits).__name__} {digits!r}; digits=4, say")
    if digits < 1:
        raise InputValueError(f"digits is at least 1, not {digits}")
    return graphviz.Digraph(
        "program",
        graph_attr={**GRAPH, "rankdir": rankdir},
        node_attr=NODES,
        edge_attr=EDGES,
        body=statements(listing, rankdir, digits),
    )
