"""``draw`` and ``draw_dot``: the picture of a program."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Any

import graphviz

from autograd import InputTypeError, InputValueError, Program, Value, program
from autograd.compiler.showing.lines import ArrayLine
from autograd.compiler.showing.programs import ArrayProgram
from autograd.core.tape import Node
from autograd.errors import described, shortened
from autograd.stepping.records import Step
from nn import Module

from .canvas.theme import THEMES
from .picture.options import SHOW, check_flag, check_options, is_among, numbers_shown
from .picture.picture import Drawing, ShownDigraph
from .programs.array_programs import Matrices, check_matrix_options
from .programs.compose import compose, remarks
from .programs.contents import diagram_of
from .programs.diagram import Diagram, Legend, Style
from .programs.dot_language import digraph_of
from .programs.drawn import drawn
from .programs.facts import Facts
from .programs.fold import wish_for
from .programs.graph import Graph
from .programs.legend import signs
from .programs.selection import Selection
from .programs.sizing import Fitting, legible

__all__ = ["draw", "draw_dot"]


def draw(
    y: Value | Iterable[Value] | Program | ArrayProgram | Step | Selection,
    *,
    direction: str | None = None,
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
    gradient is ``-`` until a pass has reached the value. Dashed edges pass no gradient back, such as those into a ReLU
    at or below 0, which is marked ``dead``.

    A picture of more than 60 boxes, or in which text would be under 9 pixels high at a width of 830, is folded by
    modules, repetitions and runs: boxes then stand for many values, and a line in the picture says so. A value with
    many uses far from its box is drawn again beside each of these uses.

    Parameters
    ----------
    y : Value, several of them, Program, ArrayProgram, Step or Selection
        The values to draw, with all that they depend on. A step of a pass is drawn as the picture at that moment: its
        value, the contributions that it passes back, and the part of each gradient that has arrived. `upstream` and
        `between` select a part.
        The ``program`` of a compiled function is drawn as a graph of arrays, with shapes in place of numbers.
    direction : str, optional
        ``"LR"``: from left to right; ``"TB"``: from top to bottom; ``"RL"`` and ``"BT"``, the other way round. Unless
        it is given, ``"LR"``, or ``"TB"`` where the picture would otherwise be too wide.
    theme : str
        ``"light"``, ``"dark"``, or ``"auto"``: light, and in SVG dark for readers who prefer that.
    show : iterable of str
        The numbers that are shown: any of ``"data"``, ``"grad"`` and ``"partial"``, the local derivatives.
    legend : bool
        True to explain the signs below the picture.
    emphasis : str, optional
        ``"gradient"``: the larger the contribution of an edge, upstream gradient × local derivative, the wider and
        darker it is, a level for every factor of ten.
    highlight : Value, str or Step, optional
        The value to mark, together with the contributions that it passes back; or its name; or a step, as for ``y``.
    depth : int, optional
        Draw each module at this depth as one box: with 1, every outermost module.
    fold : bool, str or iterable of str, optional
        The modules to draw as one box, by their paths such as ``"mlp.layers[0]"``. ``True`` folds all that makes the
        picture small, ``False`` folds nothing. In a program of arrays ``True`` puts elementwise operations into the box
        of the operation whose result they take.
    expand : str or iterable of str, optional
        The modules that are never drawn as one box.
    digits : int
        Significant digits of the numbers.

    Raises
    ------
    InputTypeError, InputValueError
        If ``y`` was not recorded, or an option has a value that is not listed above.

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
    >>> [line.strip() for line in drawing.dot.splitlines() if "->" in line]  # both uses of x
    ['n0 -> n1 [id="e1_0" label=" 3.0 "]', 'n0 -> n1 [id="e1_1" label=" 3.0 "]']
    >>> drawing.save("y.svg")  # doctest: +SKIP
    PosixPath('y.svg')
    """
    check_options("LR" if direction is None else direction, theme, emphasis, digits)
    check_flag("legend", legend)
    if isinstance(y, ArrayProgram):
        check_matrix_options(show, emphasis, depth, fold, expand)
        matrices = Matrices(y, fold, highlight)  # type: ignore[arg-type]

        def drawn_as(direction: str) -> Diagram:
            return matrices.diagram(Style(direction, frozenset(), False, THEMES[theme], digits), legend)

        diagram = legible(drawn_as, direction)
        return Drawing(digraph_of(diagram), partial(drawn, diagram, theme), len(y), matrices.boxes, "array")
    whole, only, words = _subject(y)
    step = next((each for each in (y, highlight) if isinstance(each, Step)), None)
    if step is not None:
        whole = step.program
    marked = None if highlight is None or isinstance(highlight, Step) else whole.find(_of_values(highlight))
    wish = wish_for(whole, depth, fold, expand)
    facts = Facts(whole, step, marked)
    shown = numbers_shown(show)

    def made(graph: Graph, direction: str, wide: int) -> Diagram:
        style = Style(direction, shown, emphasis is not None, THEMES[theme], digits, wide)
        below = Legend(remarks(graph, whole, words), list(signs(graph, facts, style)) if legend else [])
        return diagram_of(graph, facts, style, below)

    fits = Fitting(made, direction)
    graph = compose(whole, facts, wish, fold if isinstance(fold, bool) else None, only, fits)
    diagram = fits.diagram(graph)
    return Drawing(digraph_of(diagram), partial(drawn, diagram, theme), graph.values, graph.count)


def draw_dot(
    root: Value | Iterable[Value] | Program | ArrayProgram, format: str = "svg", rankdir: str | None = None
) -> graphviz.Digraph:
    """Draw the same picture as `draw` does, as a ``graphviz.Digraph``.

    Its methods ``render`` and ``view`` need the program ``dot``; a notebook shows it without that program, too.

    Parameters
    ----------
    root : Value, several of them, Program or ArrayProgram
        The values to draw, with all that they depend on.
    format : str
        The format that ``render`` writes: ``"svg"``, ``"png"``, ``"pdf"`` or another that Graphviz knows.
    rankdir : str, optional
        ``"LR"``: from left to right; ``"TB"``: from top to bottom. Unless it is given, `draw` chooses.

    Examples
    --------
    >>> from autograd import Value
    >>> import visualize
    >>> x = Value(3.0, name="x")
    >>> y = x * x
    >>> visualize.draw_dot(y).source == visualize.draw(y).dot
    True
    """
    if not is_among(format, graphviz.FORMATS):
        raise InputValueError(f"Graphviz has no format {shortened(format)}; take svg, png or pdf")
    return ShownDigraph.of(draw(root, direction=rankdir), format)


def _subject(y: Any) -> tuple[Program, frozenset[int] | None, str]:
    """Return the program to draw and, if only a part is drawn, the positions and the description of that part."""
    if isinstance(y, Selection):
        return y
    if isinstance(y, Step):
        return y.program, None, ""
    return as_program(y), None, ""


def _of_values(highlight: Any) -> Value | str:
    if isinstance(highlight, ArrayLine):
        raise InputTypeError(
            f"highlight takes a value of the picture, and {highlight.label} is a line of a program of arrays"
        )
    if not isinstance(highlight, (Node, str)):
        raise InputTypeError(f"highlight takes a value of the picture, its name or a step, not {described(highlight)}")
    return highlight  # type: ignore[return-value]


def as_program(y: Any) -> Program:
    """Return the program of a value, or of several; or a program as it is."""
    if isinstance(y, Program):
        return y
    if isinstance(y, ArrayProgram):
        raise InputTypeError(
            f"this shows single values, and the program of {y.name} consists of arrays: draw(program) draws it, and "
            "the function without compile returns values that can be shown"
        )
    if isinstance(y, Module):
        raise InputTypeError(
            f"this shows how a value was computed, and {shortened(y)} is a model: draw_network(model) draws it, and "
            "draw(model(x)) what it computes"
        )
    return program(y)
