"""Neurons, layers of them, and networks of layers, on scalars.

neuron   activation(bias + w1 x1 + w2 x2 + …)     two records: one dot product, one activation
layer    several neurons on the same inputs
MLP      several layers, each on the outputs of the one before it
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain
from typing import TYPE_CHECKING, Any

import numpy as np

from autograd import Tensor, Value, dot
from autograd.core.context import current_scope
from autograd.core.value import Scalar
from autograd.errors import InputTypeError, InputValueError, described, shortened

from ..given import MOST, is_sequence, whole_number
from ..init import Initializer, resolve, weights
from ..members import parameter
from ..module import Module
from .activations import Activation, activation_name, as_activation, function_of

__all__ = ["MLP", "Layer", "Neuron"]


class Neuron(Module):
    """``activation(bias + w1 x1 + w2 x2 + …)``: one dot product and one activation.

    Parameters
    ----------
    n_in : int
        The number of inputs.
    activation : str or callable
        The name of a function of one argument in `autograd`, such as ``"relu"``, ``"tanh"`` or ``"gelu"``, in any
        spelling: ``"ReLU"``, ``"LeakyReLU"``; ``"linear"`` for none, ``"prelu"`` for one whose slope is trained; or any
        function or module of one value.
    init : str or callable
        The distribution of the initial weights; see `nn.init`. The initial bias is 0.

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

    _unsearched = (*Module._unsearched, "_activate")

    def __init__(self, n_in: int, activation: str | Activation = "linear", init: str | Initializer = "uniform") -> None:
        n_in = whole_number(n_in, "n_in")
        draw = resolve(init)
        activation = as_activation(activation)
        [row] = weights(draw, 1, n_in)
        self.weights = [parameter(number, f"w[{i}]") for i, number in enumerate(row)]
        self.bias = parameter(0.0, "b")
        self.activation = activation
        self._activate = function_of(activation)

    def forward(self, x: Iterable[Scalar]) -> Value:
        if type(x) is not list:
            x = _inputs(x)
        if len(x) != len(self.weights):
            _refuse_batch(x)
            raise InputValueError(
                f"{current_scope()} takes {len(self.weights)} inputs, not {len(x)}; give one for each of its weights"
            )
        try:
            z = dot(self.weights, x, self.bias)
        except InputTypeError:
            _refuse_batch(x)
            raise
        return z if self._activate is None else self._activate(z)  # type: ignore[no-any-return]

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        self._activate = function_of(self.activation)

    @property
    def w(self) -> list[Any]:
        """The weights, by the name that they have in micrograd. Numbers that are assigned become parameters."""
        return self.weights

    @w.setter
    def w(self, weights: Iterable[Scalar]) -> None:
        if not is_sequence(weights):
            raise InputTypeError(f"w takes a list of weights, not {described(weights)}; write [w]")
        self.weights = [_leaf(weight, f"w[{i}]") for i, weight in enumerate(_inputs(weights))]

    @property
    def b(self) -> Any:
        """The bias, by the name that it has in micrograd. A number that is assigned becomes a parameter."""
        return self.bias

    @b.setter
    def b(self, bias: Scalar) -> None:
        self.bias = _leaf(bias, "b")

    def __repr__(self) -> str:
        return self._described(f"{len(self.weights)} -> 1 {activation_name(self.activation)}")


class Layer(Module):
    """Several neurons on the same inputs; its output is a list, even for a single neuron.

    Parameters
    ----------
    n_in, n_out : int
        The number of inputs, and the number of neurons.
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
        n_in, n_out = whole_number(n_in, "n_in"), whole_number(n_out, "n_out")
        if n_in * n_out > MOST:
            raise InputValueError(
                f"a layer of {n_out:,} neurons on {n_in:,} inputs would have {n_in * n_out:,} weights, each an object "
                f"of its own; take at most {MOST:,}"
            )
        activation = as_activation(activation)  # one for all: its parameters are shared
        numbers = chain.from_iterable(weights(resolve(init), n_out, n_in))
        self.neurons = [Neuron(n_in, activation, lambda *_: next(numbers)) for _ in range(n_out)]

    def forward(self, x: Iterable[Scalar]) -> list[Value]:
        x = _inputs(x)
        return [neuron(x) for neuron in self.neurons]

    @property
    def n_in(self) -> int:
        """The number of inputs."""
        return len(self.neurons[0].weights)

    @property
    def n_out(self) -> int:
        """The number of neurons."""
        return len(self.neurons)

    def __repr__(self) -> str:
        return self._described(f"{self.n_in} -> {_outputs(self)}")


if TYPE_CHECKING:

    class Outputs(Value, list[Value]):  # type: ignore[misc]
        """The type of the output of an `MLP`: one value or a list, which the type of ``widths`` does not tell.

        To type checkers it has the methods of both, so that they accept ``model(x).backward()`` and ``model(x)[0]``.
        """


class MLP(Module):
    """A multilayer perceptron: layers of neurons, each on the outputs of the one before it.

    Parameters
    ----------
    n_in : int
        The number of inputs.
    widths : sequence of int
        The number of neurons in each layer.
    activation : str or callable
        The activation of all layers but the last, as in `Neuron`.
    output : str or callable
        The activation of the last layer.
    init : str or callable
        As in `Neuron`. By default weights are drawn from U(-1, 1) with Python's ``random``, neuron by neuron, as in
        micrograd.

    Notes
    -----
    The default suits small networks. On n inputs of about 1, it gives pre-activations a standard deviation of about
    √(n/3): from some ten inputs on, tanh and sigmoid saturate, and outputs grow with each layer of relu. For wide
    networks write ``init="he_normal"`` with relu and similar ones, ``init="xavier_uniform"`` with tanh and sigmoid.

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
        if not is_sequence(widths):
            raise InputTypeError(
                "widths takes a list with the number of neurons of each layer, "
                f"not {described(widths)}; write MLP({shortened(n_in)}, [16, 16, 1])"
            )
        sizes = [whole_number(n_in, "n_in"), *(whole_number(width, "widths") for width in widths)]
        if len(sizes) == 1:
            raise InputValueError(f"a network needs at least one layer; write MLP({n_in}, [1]) for a single neuron")
        as_activation(activation)  # a wrong name is wrong even where no layer but the last uses it
        activations = [activation] * (len(sizes) - 2) + [output]
        self.layers = [Layer(m, n, each, init) for m, n, each in zip(sizes[:-1], sizes[1:], activations, strict=True)]

    def forward(self, x: Iterable[Scalar]) -> Outputs:
        for layer in self.layers:
            x = layer(x)
        return x[0] if len(x) == 1 else x  # type: ignore[index, arg-type, return-value]

    def __repr__(self) -> str:
        return self._described(" -> ".join([str(self.layers[0].n_in), *map(_outputs, self.layers)]))


def _outputs(layer: Layer) -> str:
    return f"{layer.n_out} {activation_name(layer.neurons[0].activation)}"


def _leaf(given: Scalar, name: str) -> Value:
    """A value as it is, a number as a parameter."""
    return given if isinstance(given, Value) else parameter(given, name)


def _inputs(x: Any) -> list[Scalar]:
    """The inputs as a list, which several neurons can read."""
    if type(x) is list:
        return x
    if isinstance(x, (np.ndarray, Tensor)) and x.ndim:
        if x.ndim != 1:
            raise InputValueError(
                f"a network on scalars takes one sample at a time, an array of one dimension, not of shape {x.shape}; "
                f"{BATCHES}"
            )
        return x.tolist() if isinstance(x, np.ndarray) else x.values()  # type: ignore[no-any-return]
    if not is_sequence(x):
        raise InputTypeError(f"a network takes a sequence of numbers, not {described(x)}; write [x]")
    return list(x)


BATCHES = "write [model(row) for row in rows], or autograd.compile(model)(rows) for all of them at array speed"


def _refuse_batch(x: list[Any]) -> None:
    """Refuse a list of samples."""
    row = next((each for each in x if isinstance(each, (list, tuple)) or np.ndim(each)), None)
    if row is not None:
        raise InputTypeError(
            f"a network on scalars takes one sample at a time, and an input of it is {described(row)}; {BATCHES}"
        )
