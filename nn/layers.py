"""Neurons, layers of them, and networks of layers, on scalars.

neuron   activation(bias + w1 x1 + w2 x2 + …)     two records: one dot product, one activation
layer    several neurons that see the same inputs
MLP      layers, each of which sees what the one before it gives
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from difflib import get_close_matches
from operator import index
from typing import Any, TypeAlias

import numpy as np

import autograd
from autograd import Value, dot
from autograd.core.context import Note, current_scope
from autograd.core.table import TABLE
from autograd.core.value import Scalar
from autograd.errors import InputTypeError, InputValueError

from .init import Initializer, resolve
from .module import Module

__all__ = ["MLP", "Layer", "Neuron"]

Activation: TypeAlias = Callable[[Any], Any]

_FUNCTIONS = [name for name, op in TABLE.items() if op.arity == 1 and hasattr(autograd, name)] + ["elu", "leaky_relu"]


class Neuron(Module):
    """``activation(bias + w1 x1 + w2 x2 + …)``: one dot product and one activation.

    Parameters
    ----------
    n_in : int
        How many inputs it takes.
    activation : str or callable
        The name of a function of one argument in `autograd`, such as ``"relu"``, ``"tanh"`` or ``"gelu"``; ``"linear"``
        for none; or any function of one value.
    init : str or callable
        How the weights begin; see `nn.init`. The bias begins at 0.

    Raises
    ------
    InputTypeError, InputValueError
        If the number of inputs is not a positive integer, or there is no such activation or initialiser.

    Examples
    --------
    >>> from nn import Neuron, init
    >>> neuron = Neuron(2, activation="tanh", init=init.constant(0.5))
    >>> y = neuron([1.0, -2.0])
    >>> y.backward()
    >>> y, neuron.bias
    (Value(-0.4621171573, grad=1.0), Value(0.0, name='b', grad=0.7864477330))
    >>> neuron.weights
    [Value(0.5, name='w[0]', grad=0.7864477330), Value(0.5, name='w[1]', grad=-1.5728954659)]
    >>> neuron
    Neuron(2 -> 1 tanh, 3 parameters)
    """

    def __init__(self, n_in: int, activation: str | Activation = "linear", init: str | Initializer = "uniform") -> None:
        n_in = _size(n_in, "n_in")
        draw = resolve(init)
        self.weights = [_parameter(draw(n_in, 1), f"w[{i}]") for i in range(n_in)]
        self.bias = _parameter(0.0, "b")
        self.activation = activation
        self._activate = _function(activation)

    def forward(self, x: Iterable[Scalar]) -> Any:
        if type(x) is not list:
            x = _inputs(x)
        if len(x) != len(self.weights):
            raise InputValueError(
                f"{current_scope()} takes {len(self.weights)} inputs, not {len(x)}; give one for each of its weights"
            )
        z = dot(self.weights, x, self.bias)
        return z if self._activate is None else self._activate(z)

    def __getstate__(self) -> dict[str, Any]:
        return {name: item for name, item in super().__getstate__().items() if name != "_activate"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._activate = _function(self.activation)

    def __repr__(self) -> str:
        return self._described(f"{len(self.weights)} -> 1 {activation_name(self.activation)}")


class Layer(Module):
    """Several neurons that see the same inputs; gives a list, also when it is one neuron.

    Parameters
    ----------
    n_in, n_out : int
        How many inputs it takes, and how many neurons it has.
    activation, init : str or callable
        As in `Neuron`.

    Examples
    --------
    >>> from nn import Layer, init
    >>> layer = Layer(2, 3, activation="relu", init=init.constant(0.5))
    >>> layer([1.0, 2.0])
    [Value(1.5), Value(1.5), Value(1.5)]
    >>> layer
    Layer(2 -> 3 relu, 9 parameters)
    """

    def __init__(
        self, n_in: int, n_out: int, activation: str | Activation = "linear", init: str | Initializer = "uniform"
    ) -> None:
        n_in, n_out = _size(n_in, "n_in"), _size(n_out, "n_out")
        draw = resolve(init)
        self.neurons = [Neuron(n_in, activation, lambda fan_in, _: draw(fan_in, n_out)) for _ in range(n_out)]

    def forward(self, x: Iterable[Scalar]) -> list[Any]:
        x = _inputs(x)
        return [neuron(x) for neuron in self.neurons]

    def __repr__(self) -> str:
        return self._described(f"{len(self.neurons[0].weights)} -> {_outputs(self)}")


class MLP(Module):
    """A multilayer perceptron: layers of neurons, each seeing what the one before it gives.

    Parameters
    ----------
    n_in : int
        How many inputs it takes.
    widths : sequence of int
        How many neurons each layer has.
    activation : str or callable
        Of all layers but the last, as in `Neuron`.
    output : str or callable
        The activation of the last layer.
    init : str or callable
        As in `Neuron`. By default weights are drawn from U(-1, 1) with Python's ``random``, neuron by neuron.

    Examples
    --------
    >>> import random
    >>> from nn import MLP
    >>> random.seed(1337)
    >>> model = MLP(2, [16, 16, 1])
    >>> model
    MLP(2 -> 16 relu -> 16 relu -> 1 linear, 337 parameters)
    >>> y = model([1.0, -2.0])  # the value itself, since the last layer is one neuron
    >>> y.scope
    'mlp.layers[2].neurons[0]'
    >>> y.backward()
    >>> model.layers[2].neurons[0].bias.grad
    1.0
    """

    def __init__(
        self,
        n_in: int,
        widths: Sequence[int],
        activation: str | Activation = "relu",
        output: str | Activation = "linear",
        init: str | Initializer = "uniform",
    ) -> None:
        if isinstance(widths, str) or not isinstance(widths, Iterable):
            raise InputTypeError(
                "widths takes a list with the number of neurons of each layer, "
                f"not {type(widths).__name__} {widths!r:.40}; write MLP({n_in}, [16, 16, 1])"
            )
        sizes = [_size(n_in, "n_in"), *(_size(width, "widths") for width in widths)]
        if len(sizes) == 1:
            raise InputValueError(f"a network needs at least one layer; write MLP({n_in}, [1]) for a single neuron")
        _function(activation)  # a wrong name is wrong even where no layer but the last uses it
        activations = [activation] * (len(sizes) - 2) + [output]
        self.layers = [Layer(m, n, each, init) for m, n, each in zip(sizes[:-1], sizes[1:], activations, strict=True)]

    def forward(self, x: Iterable[Scalar]) -> Any:
        for layer in self.layers:
            x = layer(x)
        return x[0] if len(x) == 1 else x  # type: ignore[index, arg-type]

    def __repr__(self) -> str:
        first = len(self.layers[0].neurons[0].weights)
        return self._described(" -> ".join([str(first), *map(_outputs, self.layers)]))


def _outputs(layer: Layer) -> str:
    return f"{len(layer.neurons)} {activation_name(layer.neurons[0].activation)}"


def activation_name(activation: str | Activation) -> str:
    return activation if isinstance(activation, str) else getattr(activation, "__name__", type(activation).__name__)


def _parameter(data: float, name: str) -> Value:
    parameter = Value(data)
    parameter._note = Note(name, role="parameter")
    return parameter


def _function(activation: str | Activation) -> Activation | None:
    """The function of an activation: for a name, the method of a value, which is the quickest way to it."""
    if activation == "linear":
        return None
    if isinstance(activation, str):
        if activation not in _FUNCTIONS:
            near = get_close_matches(activation, _FUNCTIONS, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"there are linear, {', '.join(_FUNCTIONS)}"
            raise InputValueError(f"no activation is called {activation!r}; {hint}")
        return getattr(Value, activation, None) or getattr(autograd, activation)  # type: ignore[no-any-return]
    if not callable(activation):
        raise InputTypeError(
            f"activation takes a name or a function, not {type(activation).__name__} {activation!r:.40}; "
            'write activation="relu"'
        )
    return activation


def _size(given: Any, what: str) -> int:
    """A number of inputs or neurons."""
    try:
        size = index(given)
    except TypeError:
        size = None
    if size is None or isinstance(given, bool):
        raise InputTypeError(f"{what} takes a whole number, not {type(given).__name__} {given!r:.40}")
    if size < 1:
        raise InputValueError(f"{what} must be at least 1, not {size}")
    return size


def _inputs(x: Any) -> list[Scalar]:
    """The inputs as a list, which several neurons can read."""
    if type(x) is list:
        return x
    if isinstance(x, np.ndarray):
        if x.ndim != 1:
            raise InputValueError(
                f"a network on scalars takes one sample at a time, an array of one dimension, not of shape {x.shape}; "
                "write [model(row) for row in array]"
            )
        return x.tolist()  # type: ignore[no-any-return]
    if isinstance(x, (Value, str)) or not isinstance(x, Iterable):
        raise InputTypeError(f"a network takes a sequence of numbers, not {type(x).__name__} {x!r:.40}; write [x]")
    return list(x)
