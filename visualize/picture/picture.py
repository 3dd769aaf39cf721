"""``Drawing``: a picture that is shown, saved, or taken as text."""

from __future__ import annotations

import hashlib
import itertools
import os
import re
from base64 import b64encode
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import graphviz

from autograd import InputValueError
from autograd.errors import shortened

from ..canvas.printed import DPI, printed
from ..canvas.shapes import Picture
from ..canvas.svg import svg
from .options import file_to_write, resolution, seconds
from .render import TIMEOUT, RenderError

__all__ = ["Drawing", "ShownDigraph"]

SUFFIXES = (".svg", ".png", ".pdf", ".dot")
_shown = itertools.count(1)  # numbers the pictures of a notebook, so that no two have the same ids


class Drawing:
    """A picture of a program, with the numbers of the moment when it was drawn.

    Made by `draw`. A notebook shows it; ``print`` shows its text.

    Attributes
    ----------
    dot : str
        The picture in Graphviz's language. It is made without Graphviz.
    digraph : graphviz.Digraph
        The same as an object of the package graphviz.
    """

    __slots__ = ("_boxes", "_kind", "_made", "_make", "_values", "digraph", "dot")

    def __init__(
        self,
        digraph: graphviz.Digraph,
        make: Callable[[str, float], Picture],
        values: int,
        boxes: int,
        kind: str = "value",
    ) -> None:
        self.digraph = digraph
        self.dot: str = digraph.source
        self._make = make
        self._made: Picture | None = None
        self._values = values
        self._boxes = boxes
        self._kind = kind

    def _picture(self, timeout: float) -> Picture:
        """The shapes of the picture, which are placed when they are first asked for."""
        seconds(timeout)
        if self._made is None:
            self._made = self._make(repr(self)[1:-1], timeout)
        return self._made

    def svg(self, timeout: float = TIMEOUT, prefix: str = "") -> str:
        """The picture as an SVG element, which can also stand inside an HTML page.

        A box has the id ``n3`` by the position of its value in the program, an edge ``e5_0`` by that of the value it
        leads to and the number of the argument.

        Parameters
        ----------
        timeout : float
            The seconds after which the layout is given up.
        prefix : str
            The beginning of all ids and classes, so that several pictures on a page can be told apart.

        Raises
        ------
        InputTypeError, InputValueError
            If the prefix cannot begin an id, or the timeout is no number of seconds.
        RenderError
            If there is no Graphviz here, or it failed, or it took too long.
        """
        if not isinstance(prefix, str) or not re.fullmatch("(?:[A-Za-z_][A-Za-z0-9_.-]*)?", prefix):
            raise InputValueError(
                f"prefix takes a letter followed by letters, digits, dots and hyphens, not {shortened(prefix)}; "
                'prefix="left-", say'
            )
        return svg(self._picture(timeout), f"d{self._hash()}", prefix)

    def _hash(self) -> str:
        return hashlib.sha256(self.dot.encode("utf-8")).hexdigest()[:8]

    def save(self, path: str | os.PathLike[str], timeout: float = TIMEOUT, dpi: float = DPI) -> Path:
        """Write the picture to a file.

        Parameters
        ----------
        path : str or path
            The file; its ending, ``.svg``, ``.png``, ``.pdf`` or ``.dot``, is the format.
        timeout : float
            The seconds after which the layout is given up.
        dpi : float
            The resolution of a PNG: its pixels for an inch of 72 points.

        Returns
        -------
        Path
            Where it was written.

        Raises
        ------
        InputTypeError, InputValueError
            If ``path`` is not a path or has another ending, its folder does not exist, or ``dpi`` is no resolution.
        RenderError
            If there is no Graphviz here, or it failed, or it took too long. ``.dot`` needs none.
        ImportError
            For PNG and PDF, if matplotlib is not installed, which draws them.
        """
        path = file_to_write(path, "a drawing", SUFFIXES)
        format = path.suffix[1:].lower()
        dpi = resolution(dpi)
        if format == "dot":
            picture = self.dot.encode("utf-8")
        elif format == "svg":
            picture = self.svg(timeout).encode("utf-8")
        else:
            picture = printed(self._picture(timeout), format, dpi)
        path.write_bytes(picture)
        return path

    def __str__(self) -> str:
        return self.dot

    def __repr__(self) -> str:
        boxes = f" in {self._boxes:,} boxes" if self._boxes < self._values else ""
        return f"<drawing of {self._values:,} {self._kind}{'s' * (self._values != 1)}{boxes}>"

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        """Return the picture for a notebook: in HTML, which follows the notebook's theme, as SVG, and as PNG for print.

        Without matplotlib there is no PNG. If the layout fails, there is only a text that gives the reason.
        """
        prefix = f"d{self._hash()}-{next(_shown)}-"
        try:
            shown = {"image/svg+xml": self.svg(prefix=prefix)}
        except RenderError as error:
            return {"text/plain": f"{self!r}: {error}"}
        inside = svg(self._picture(TIMEOUT), f"d{self._hash()}", prefix, on_page=True)
        if find_spec("matplotlib"):
            shown["image/png"] = b64encode(printed(self._picture(TIMEOUT), "png", DPI)).decode("ascii")
        html = f'<div style="overflow-x:auto">{inside}</div>'
        return {"text/html": html, **shown, "text/plain": repr(self)}


class ShownDigraph(graphviz.Digraph):  # type: ignore[misc]
    """A ``graphviz.Digraph`` that a notebook shows as the drawing that it was made for, with or without Graphviz."""

    _drawing: Drawing | None = None

    @classmethod
    def of(cls, drawing: Drawing, format: str) -> ShownDigraph:
        given = drawing.digraph
        common = {"graph_attr": given.graph_attr, "node_attr": given.node_attr, "edge_attr": given.edge_attr}
        made = cls(given.name, format=format, body=list(given.body), **common)
        made._drawing = drawing
        return made

    def _repr_mimebundle_(self, *given: Any, **options: Any) -> dict[str, str]:
        if self._drawing is None or self.source != self._drawing.dot:  # copied, or changed since
            found: dict[str, str] = super()._repr_mimebundle_(*given, **options)
            return found
        return self._drawing._repr_mimebundle_()
