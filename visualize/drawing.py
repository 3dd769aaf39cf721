"""``draw`` and what it gives: a picture that can be shown, saved, or taken as text."""

from __future__ import annotations

import hashlib
import itertools
import os
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import graphviz

from autograd import InputTypeError, InputValueError, Program, Value, program
from autograd.compiler.lines import ArrayLine, ArrayProgram
from autograd.step import Step
from autograd.tape import Node

from .compose import compose, remarks
from .dot import Style, attributes, look, statements
from .facts import Facts
from .legend import caption, table
from .matrices import Matrices, check_matrix_options
from .options import SHOW, check_options, file_to_write, numbers_shown, wish_for
from .render import FORMATS, TIMEOUT, RenderError, render, render_svg
from .selection import Selection
from .theme import THEMES, follow_reader

__all__ = ["Drawing", "draw", "draw_dot"]

SUFFIXES = (*(f".{format}" for format in FORMATS), ".dot")

_shown = itertools.count(1)  # the pictures that a notebook was given: no two have the same ids


class Drawing:
    """A picture of a program, with the numbers of the moment when it was drawn.

    Made by `draw`. A notebook shows it; ``print`` shows its text.

    Attributes
    ----------
    dot : str
        The picture in Graphviz's language. This needs nothing installed.
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
            What all ids and classes begin with, so that several pictures on a page can be told apart.

        Raises
        ------
        RenderError
            If there is no Graphviz here, or it failed, or it took too long.
        """
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
        """For a notebook: the picture, or in words why there is none."""
        try:
            svg = self.svg(prefix=f"d{self._hash()}-{next(_shown)}-")
        except RenderError as error:
            return {"text/plain": f"{self!r}: {error}"}
        return {"text/html": f'<div style="overflow-x:auto">{svg}</div>', "text/plain": repr(self)}


def _prefixed(prefix: str, attribute: str, names: str) -> str:
    return f' {attribute}="{" ".join(prefix + name for name in names.split())}"'


def draw(
    y: Value | Iterable[Value] | Program | ArrayProgram | Step | Selection,
    *,
    direction: str = "LR",
    theme: str = "auto",
    show: Iterable[str] = SHOW,
    legend: bool = False,
    emphasis: str | None = None,
    highlight: Value | str | Step | ArrayLine | None = None,
    depth: int | None = None,
    fold: bool | str | Iterable[str] | None = None,
    expand: str | Iterable[str] = (),
    digits: int = 4,
) -> Drawing:
    """Draw how a value was computed: a box for each value, with its operation, number and gradient.

    On the edge from x to z stands the local derivative, dz/dx. Inputs, parameters, computed values and results differ
    in colour and shape; constants stand in the operation that takes them, in italics; dashed frames are modules. The
    gradient is ``-`` until a pass has reached the value. Dotted edges hand nothing on: behind a ReLU at or below 0,
    say, which is marked ``dead``.

    A large program is folded: boxes then stand for many values, and a line in the picture says so. A value with many
    far uses is drawn once more beside each of them.

    Parameters
    ----------
    y : Value, several of them, Program, ArrayProgram, Step or Selection
        What to draw, with all it depends on. A step of a pass is drawn as the picture at that moment: the value whose
        turn it is, what it hands on, and how much of each gradient has arrived. `upstream` and `between` select a part.
        The ``program`` of a compiled function is drawn as a graph of arrays, with shapes in place of numbers.
    direction : str
        ``"LR"``: from left to right; ``"TB"``: from top to bottom; ``"RL"`` and ``"BT"``, the other way round.
    theme : str
        ``"light"``, ``"dark"``, or ``"auto"``: light, and in SVG dark for readers who prefer that.
    show : iterable of str
        Which numbers are shown: any of ``"data"``, ``"grad"`` and ``"partial"``, the local derivatives.
    legend : bool
        Whether to say what the signs mean.
    emphasis : str, optional
        ``"gradient"``: the more an edge hands back, upstream gradient × local derivative, the wider and darker it is,
        a level for every factor of ten.
    highlight : Value, str or Step, optional
        A value to mark, with what it hands on, or its name; or a step, as for ``y``.
    depth : int, optional
        Draw what lies this deep in modules, or deeper, as one box each: with 1, every outermost module.
    fold : bool, str or iterable of str, optional
        The modules to draw as one box, by their paths such as ``"mlp.layers[0]"``; or ``True``, whatever makes the
        picture small; or ``False``, nothing. By default a picture is made small beyond 500 values. In a program of
        arrays ``True`` puts what is done element by element into the box of the operation that it follows.
    expand : str or iterable of str, optional
        The modules not to draw as one box.
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
    ['n0 -> n1 [id="e1_0" label=" 3.0 "]', 'n0 -> n1 [id="e1_1" label=" 3.0 "]']
    >>> drawing.save("y.svg")  # doctest: +SKIP
    PosixPath('y.svg')
    """
    check_options(direction, theme, emphasis, digits)
    if isinstance(y, ArrayProgram):
        check_matrix_options(show, emphasis, depth, fold, expand)
        style = Style(direction, frozenset(), False, THEMES[theme], digits)
        return _matrices(Matrices(y, fold, highlight), style, theme, legend)  # type: ignore[arg-type]
    whole, only, words = _subject(y)
    step = next((each for each in (y, highlight) if isinstance(each, Step)), None)
    if step is not None:
        whole = step.program
    marked = None if highlight is None or isinstance(highlight, Step) else whole.find(_of_values(highlight))
    wish = wish_for(whole, depth, fold, expand)
    facts = Facts(whole, step, marked)
    style = Style(direction, numbers_shown(show), emphasis is not None, THEMES[theme], digits)
    graph = compose(whole, facts, wish, fold if isinstance(fold, bool) else None, only)
    below = caption(remarks(graph, whole, words), graph, facts, style, legend)
    common, boxes, edges = attributes(graph, style, below)
    body = statements(graph, facts, style)
    text = graphviz.Digraph("program", graph_attr=common, node_attr=boxes, edge_attr=edges, body=body)
    return Drawing(text, graph.values, graph.count, theme)


def _matrices(matrices: Matrices, style: Style, theme: str, legend: bool) -> Drawing:
    below = table(matrices.remarks(), list(matrices.signs(style)) if legend else [], style)
    common, boxes, edges = look(style, below)
    body = matrices.statements(style)
    text = graphviz.Digraph("program", graph_attr=common, node_attr=boxes, edge_attr=edges, body=body)
    return Drawing(text, len(matrices.program), matrices.boxes, theme, "array")


def draw_dot(
    root: Value | Iterable[Value] | Program | ArrayProgram, format: str = "svg", rankdir: str = "LR"
) -> graphviz.Digraph:
    """The same picture as a ``graphviz.Digraph``, whose ``render`` and ``view`` need the program ``dot``.

    Parameters
    ----------
    root : Value, several of them, Program or ArrayProgram
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
    drawing = draw(root, direction=rankdir)
    drawing.digraph.format = format
    return drawing.digraph


def _subject(y: Any) -> tuple[Program, frozenset[int] | None, str]:
    """What to draw: a program, the positions if it is not all of it, and what they are."""
    if isinstance(y, Selection):
        return y
    if isinstance(y, Step):
        return y.program, None, ""
    return as_program(y), None, ""


def _of_values(highlight: Any) -> Value | str:
    if isinstance(highlight, ArrayLine):
        raise InputTypeError(
            f"{highlight.label} is a line of a program of arrays, and what is drawn consists of values"
        )
    return highlight  # type: ignore[no-any-return]


def as_program(y: Any) -> Program:
    """The program of a value, or of several; or what is one already."""
    if isinstance(y, Program):
        return y
    if isinstance(y, ArrayProgram):
        raise InputTypeError(
            f"this shows single values, and the program of {y.name} consists of arrays: draw(program) draws it, and "
            "without compile the function gives values to look into"
        )
    several = isinstance(y, Iterable) and not isinstance(y, (str, bytes, Node))
    return program(*y) if several else program(y)
