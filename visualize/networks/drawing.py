"""``draw_network``: a model as a lecture draws it, from the whole network down to single operations.

network   X ──> W ── Z ──> f ──> A        each layer as if it were one neuron, in capital letters
layer     columns of circles              each neuron a circle, each weight on its arrow
neuron    x ──(w)──> Σ ── z ──> f ──> a   each neuron opened up
op        the picture of the program      each operation that the model records
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from autograd import InputTypeError, InputValueError, Value, program
from autograd.core.context import recording
from autograd.errors import described, shortened
from nn import MLP, Layer, Module, Neuron

from ..canvas.shapes import Picture
from ..drawing import draw
from ..picture.options import check_options, is_among, names_in
from ..picture.picture import Drawing
from . import chain as network_chain
from . import columns as network_columns
from .drawn import drawn
from .model import count_inputs, numbers_of, read_model
from .parts import Arrow, Thing, graph

__all__ = ["draw_network"]

LEVELS = ("network", "layer", "neuron", "op")
SHOW = ("name", "data", "grad")
MOST = 200  # operations that level "op" draws one by one


def draw_network(
    model: Module,
    level: str = "network",
    *,
    x: Iterable[Any] | None = None,
    show: Iterable[str] | None = None,
    theme: str = "auto",
) -> Drawing:
    """Draw a network, a layer or a neuron: its inputs, weights, offsets and activations, with their numbers.

    ``w_ij`` is the weight from input i to neuron j, ``w_0j`` the offset, drawn as the weight of an input that is
    always 1; ``z`` is the sum and ``a = f(z)`` the output of the neuron. A superscript is the number of the layer. Of
    more than 8 inputs or neurons the middle is left out, and the picture tells how many are missing.

    Parameters
    ----------
    model : MLP, Layer or Neuron
        The model to draw. At level ``"layer"`` a neuron is drawn as a layer of one.
    level : str
        ``"network"``: each layer as one neuron in capital letters, with the shapes and the matrices of its weights;
        ``"layer"``: each layer as a column of circles, a weight on each arrow;
        ``"neuron"``: each neuron as sum and activation;
        ``"op"``: the program that the model records for its inputs, as `draw` draws it.
    x : sequence of numbers, optional
        The inputs. The picture then has their numbers, too, and those that the model computes from them. Level ``"op"``
        takes inputs of 1 if they are not given.
    show : sequence of str, optional
        The parts of each weight that are shown: any of ``"name"``, ``"data"`` and ``"grad"``, or none. The default is
        the number, and at level ``"neuron"`` the name, too. Level ``"network"`` always has the names; level ``"op"``
        does not take this option.
    theme : str
        ``"light"``, ``"dark"``, or ``"auto"``: light, and in SVG dark for readers who prefer that.

    Raises
    ------
    InputTypeError, InputValueError
        If the model is none of these, or ``x`` or an option does not fit.

    Examples
    --------
    >>> from nn import Neuron, init
    >>> import visualize
    >>> neuron = Neuron(2, activation="tanh", init=init.constant(0.5))
    >>> neuron([1.0, -2.0]).backward()
    >>> neuron.weights[0].grad
    0.7864477330
    >>> show = "name", "data", "grad"
    >>> drawing = visualize.draw_network(neuron, level="neuron", x=[1.0, -2.0], show=show)
    >>> drawing
    <drawing of 3 values>
    >>> drawing.save("neuron.svg")  # doctest: +SKIP
    PosixPath('neuron.svg')
    """
    _check(model, level)
    check_options("LR", theme, None, 4)
    if level == "op":
        if show is not None:
            raise InputValueError('show is for the other levels; level="op" draws each value with all its numbers')
        return _operations(model, x, theme)
    if not isinstance(model, (MLP, Layer, Neuron)):
        raise _unknown(model)
    parts = _parts(show, ("name", "data") if level == "neuron" else ("data",))
    network = read_model(model, None if x is None else numbers_of(x, model))
    if level == "network":
        body, formula = list(network_chain.statements(network, parts)), network_chain.equation(network)
    else:
        opened = level == "neuron"
        body, formula = list(network_columns.statements(network, parts, opened)), network_columns.equation(network)
    things = [part for part in body if isinstance(part, Thing)]
    arrows = [part for part in body if isinstance(part, Arrow)]

    def made(title: str, _: float) -> Picture:
        return drawn(things, arrows, formula, theme, title)

    count = len(model.parameters())
    return Drawing(graph(map(str, body), formula, theme), made, count, count)


def _operations(model: Module, x: Iterable[Any] | None, theme: str) -> Drawing:
    """The program that the model records, also where recording is switched off."""
    if x is not None:
        numbers = numbers_of(x, model)
    elif isinstance(model, (MLP, Layer, Neuron)):
        numbers = [1.0] * count_inputs(model)
    else:
        raise _unknown(model)
    with recording():
        results = model([Value(data, name=f"x{k}") for k, data in enumerate(numbers, start=1)])
    for k, result in enumerate(results if isinstance(results, list) else [results], start=1):
        if isinstance(result, Value) and result._op and result.name is None:
            result.name = f"a{k}" if isinstance(results, list) else "a"
    whole = program(results)
    return draw(whole, theme=theme, fold=False if len(whole) <= MOST else None)


def _check(model: Any, level: Any) -> None:
    if not isinstance(model, Module):
        raise InputTypeError(
            f"draw_network draws an MLP, a Layer or a Neuron, not {described(model)}; "
            "draw(y) draws how a value was computed"
        )
    if not is_among(level, LEVELS):
        raise InputValueError(f'level is "network", "layer", "neuron" or "op", not {shortened(level)}')


def _unknown(model: Module) -> InputTypeError:
    name = type(model).__name__
    return InputTypeError(
        f"draw_network knows the parts of an MLP, a Layer and a Neuron, but not those of {name}; what {name} computes "
        'is drawn with draw_network(model, level="op", x=[…]), x being a number for each of its inputs'
    )


def _parts(show: Any, default: tuple[str, ...]) -> tuple[str, ...]:
    """Return the parts of each weight that are shown, checked."""
    if show is None:
        return default
    if isinstance(show, str):
        raise InputTypeError(f'show takes several of {SHOW}, not {described(show)}; show=("data",), say')
    parts = tuple(names_in("show", show))
    for part in parts:
        if not is_among(part, SHOW):
            raise InputValueError(f'show takes "name", "data" and "grad", not {shortened(part)}')
    return parts
