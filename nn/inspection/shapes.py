"""``summary``: the modules of a model with the shapes they return, their parameters and their pre-activations."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np

from autograd import InputTypeError
from autograd.core.context import recording
from autograd.core.tape import Node
from autograd.errors import described
from autograd.parameters import assign
from autograd.text.layout import Listing, clipped, table
from autograd.text.numbers import brief
from autograd.text.paper import Paper

from ..members import is_frozen, walk
from ..module import Module
from ..saving.generators import generator_state, named_generators, set_generator
from .parts import Part, activations_in, parts_of, size

__all__ = ["Row", "Summary", "summary"]


class Row(NamedTuple):
    """A module in a `Summary`.

    Attributes
    ----------
    path : str
        The path from the model; for the model itself, its class.
    kind : str
        The class.
    shape : tuple of int, list of these, or None
        The shape of the output: ``()`` for a single value. A list for several outputs. None if it was not called.
    parameters : int
        The numbers in the parameters of the module and of all modules in it.
    frozen : int
        The number of them that are frozen.
    mean, std : float or None
        Mean and standard deviation of the pre-activations, the arguments of its activations.
    """

    path: str
    kind: str
    shape: Any
    parameters: int
    frozen: int
    mean: float | None
    std: float | None


class Summary(Listing[Row]):
    """The modules of a model, as `summary` returns them: a sequence of `Row`, and a table when it is printed."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self._items = list(rows)

    @property
    def parameters(self) -> int:
        """The numbers in all parameters of the model, each counted once."""
        return self._items[0].parameters

    def _table(self, items: Sequence[Row], paper: Paper) -> list[str]:
        rows = [("module", "kind", "output", "parameters", "frozen", "mean z", "std z")]
        for row in items:
            numbers = ["-" if x is None else brief(x, 3) for x in (row.mean, row.std)]
            counts = [f"{row.parameters:,}", f"{row.frozen:,}"]
            rows.append((row.path, row.kind, _shown(row.shape), *counts, *numbers))  # type: ignore[arg-type]
        kept = [0, 1, 2, 3, *([4] if self._items[0].frozen else []), 5, 6]
        return table([[row[k] for k in kept] for row in rows], paper, align="<<<>>>>", narrowed=1, cut=clipped)


def summary(model: Module, *inputs: Any) -> Summary:
    """Call a model once, and list its modules with the shapes of their outputs, their parameters and pre-activations.

    The call leaves no trace: attributes, buffers and random generators are afterwards what they were before.

    Parameters
    ----------
    model : Module
        The model. Its mode, training or evaluation, is left as it is.
    *inputs
        Its inputs, as in ``model(*inputs)``: one sample of a model of scalars, or a batch of arrays.

    Returns
    -------
    Summary
        A row for each module, the model itself first. Neurons count with the layer that holds them. The parameters of
        a module are those of all modules in it: k·k·c_in + 1 for each of the c_out filters of a convolution, and
        n_in + 1 for each neuron.

    Raises
    ------
    InputTypeError
        If the model is not a `Module`. An error that the model raises for these inputs is passed on.

    Examples
    --------
    >>> from nn import MLP, init, summary
    >>> model = MLP(2, [4, 1], init=init.constant(0.5))
    >>> print(summary(model, [1.0, -3.0]))
    module     kind                          output  parameters  mean z  std z
    mlp        MLP(2 -> 4 relu -> 1 linear)  ()              17       -      -
    layers[0]  Layer(2 -> 4 relu)            (4,)            12      -1      0
    layers[1]  Layer(4 -> 1 linear)          (1,)             5       -      -
    >>> summary(model, [1.0, -3.0]).parameters
    17
    """
    if not isinstance(model, Module):
        raise InputTypeError(f"summary takes a Module, not {described(model)}")
    parts = parts_of(model)
    with _kept(model), recording(), _observed(parts) as outputs:
        result = model(*inputs)
    found = activations_in(list(_nodes(result)), parts)
    return Summary([_row(part, outputs, found.get(id(part.module))) for part in parts])


def _row(part: Part, outputs: dict[int, Any], activations: Any) -> Row:
    parameters = part.module.named_parameters()
    frozen = size((path, parameter) for path, parameter in parameters if is_frozen(parameter))
    z = np.concatenate([np.ravel(each) for each in activations.z]) if activations else None
    with np.errstate(all="ignore"):
        moments = (None, None) if z is None or not z.size else (float(z.mean()), float(z.std()))
    shape = _shape(outputs[id(part.module)]) if id(part.module) in outputs else None
    return Row(part.path, part.kind, shape, size(parameters), frozen, *moments)


@contextmanager
def _observed(parts: Sequence[Part]) -> Iterator[dict[int, Any]]:
    """Keep the latest output of each module that is called in the block, by the identity of the module."""
    outputs: dict[int, Any] = {}

    def watching(module: Module) -> Any:
        forward = module.forward

        def observed(*inputs: Any, **options: Any) -> Any:
            outputs[id(module)] = output = forward(*inputs, **options)
            return output

        return observed

    before = [(vars(part.module), vars(part.module).get("forward")) for part in parts]
    try:
        for part in parts:
            vars(part.module)["forward"] = watching(part.module)  # found before the method of the class
        yield outputs
    finally:
        for attributes, forward in before:
            attributes.pop("forward", None)
            attributes.update({} if forward is None else {"forward": forward})


@contextmanager
def _kept(model: Module) -> Iterator[None]:
    """Restore attributes, buffers and random generators after the block."""
    modules = [module for _, module in [("", model), *walk(model)] if isinstance(module, Module)]
    attributes = [(vars(module), {**vars(module)}) for module in modules]
    buffers = [(buffer, buffer.copy()) for _, buffer in model.named_buffers() if buffer.flags.writeable]
    states = [(generator, generator_state(generator, path)) for path, generator in named_generators(model)]
    try:
        yield
    finally:
        for (now, then), module in zip(attributes, modules, strict=True):
            now.update({name: item for name, item in then.items() if name not in module._unsearched})
        assign([], buffers)
        for generator, state in states:
            set_generator(generator, state)


def _nodes(output: Any) -> Iterator[Node]:
    """The values and tensors of an output."""
    if isinstance(output, Node):
        yield output
    elif isinstance(output, np.ndarray):
        yield from _nodes(output.ravel().tolist() if output.dtype.hasobject else [])
    elif isinstance(output, (list, tuple, dict)):
        for each in output.values() if isinstance(output, dict) else output:
            yield from _nodes(each)


def _shape(output: Any) -> Any:
    """The shape of an output: of a list of values its length; of several outputs, a list of shapes."""
    if isinstance(output, dict):
        return [_shape(each) for each in output.values()]
    if not isinstance(output, (list, tuple)):
        return np.shape(output._data if isinstance(output, Node) else output)
    shapes = [_shape(each) for each in output]
    if isinstance(output, list) and all(shape == shapes[0] and isinstance(shape, tuple) for shape in shapes):
        return (len(shapes), *(shapes[0] if shapes else ()))
    return shapes


def _shown(shape: Any) -> str:
    return "-" if shape is None else ", ".join(map(_shown, shape)) if isinstance(shape, list) else str(shape)
