"""``Drawing``: a picture that is shown, saved, or taken as text."""

from __future__ import annotations

import hashlib
import itertools
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import graphviz

from autograd import InputValueError
from autograd.errors import shortened

from ..canvas.printed import DPI, printed
from ..canvas.shapes import Picture
from ..canvas.svg import svg
from ..canvas.theme import LIGHT, sheet
from .options import file_to_write, resolution, seconds
from .render import TIMEOUT, RenderError, render, render_svg

__all__ = ["Drawing"]

SUFFIXES = (".svg", ".png", ".pdf", ".dot")
_shown = itertools.count(1)  # numbers the pictures of a notebook, so that no two have the same ids


class Drawing:
    """A picture of a program, with the numbers of the moment when it was drawn.

    Made by `draw`. A notebook shows it; ``print`` shows its text.

    Attributes
    ----------
    dot : str
        The picture in Graphviz's language, which needs no program.
    digraph : graphviz.Digraph
        The same as an object of the package graphviz.
    """

    __slots__ = ("_boxes", "_kind", "_made", "_make", "_values", "digraph", "dot")

    def __init__(
        self,
        digraph: graphviz.Digraph,
        make: Callable[[str, float], Picture] | str,
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
            assert not isinstance(self._make, str)
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
        if isinstance(self._make, str):  # a network, which Graphviz draws
            written = render_svg(self.dot, timeout)
            if prefix:
                written = re.sub(
                    ' (id|class)="([^"]*)"',
                    lambda found: f' {found[1]}="{" ".join(prefix + name for name in found[2].split())}"',
                    written,
                )
            if self._make != "auto":
                return written
            name = f"d{self._hash()}"
            styled = written.replace("<svg", f'<svg class="{name}"', 1)
            return styled.replace(">", f">\n{sheet(name, LIGHT.named())}", 1)
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
            If the path is not a path, the ending is another, the folder does not exist, or ``dpi`` is no resolution.
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
        elif isinstance(self._make, str):
            picture = render(self.dot, format, timeout)
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
        """Return the picture for a notebook, in HTML and as an image; or, in words, the reason why there is none."""
        try:
            svg = self.svg(prefix=f"d{self._hash()}-{next(_shown)}-")
        except RenderError as error:
            return {"text/plain": f"{self!r}: {error}"}
        html = f'<div style="overflow-x:auto">{svg}</div>'
        return {"text/html": html, "image/svg+xml": svg, "text/plain": repr(self)}
