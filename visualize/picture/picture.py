"""``Drawing``: a picture that is shown, saved, or taken as text."""

from __future__ import annotations

import hashlib
import itertools
import os
import re
from pathlib import Path
from typing import Any

import graphviz

from autograd import InputValueError
from autograd.errors import shortened

from .options import file_to_write
from .render import FORMATS, TIMEOUT, RenderError, render, render_svg
from .theme import follow_reader

__all__ = ["Drawing"]

SUFFIXES = (*(f".{format}" for format in FORMATS), ".dot")
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

    __slots__ = ("_boxes", "_kind", "_theme", "_values", "digraph", "dot")

    def __init__(self, digraph: graphviz.Digraph, values: int, boxes: int, theme: str, kind: str = "value") -> None:
        self.digraph = digraph
        self.dot: str = digraph.source
        self._values = values
        self._boxes = boxes
        self._theme = theme
        self._kind = kind

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
        svg = render_svg(self.dot, timeout)
        if prefix:
            svg = re.sub(' (id|class)="([^"]*)"', lambda found: _prefixed(prefix, *found.groups()), svg)
        return follow_reader(svg, f"d{self._hash()}") if self._theme == "auto" else svg

    def _hash(self) -> str:
        return hashlib.sha256(self.dot.encode("utf-8")).hexdigest()[:8]

    def save(self, path: str | os.PathLike[str], timeout: float = TIMEOUT) -> Path:
        """Write the picture to a file.

        Parameters
        ----------
        path : str or path
            The file; its ending, ``.svg``, ``.png``, ``.pdf`` or ``.dot``, is the format.
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
        path = file_to_write(path, "a drawing", SUFFIXES)
        format = path.suffix[1:].lower()
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


def _prefixed(prefix: str, attribute: str, names: str) -> str:
    return f' {attribute}="{" ".join(prefix + name for name in names.split())}"'
