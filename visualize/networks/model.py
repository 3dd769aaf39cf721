"""A model as a lecture sees it: layers, each with its matrix of weights, its offsets and its activation.

z_j = sum over i of w_ij x_i, + w_0j        a_j = f(z_j)        W is (m × n): a row for each of the m inputs,
                                                                a column for each of the n neurons
"""

from __future__ import annotations

from typing import Any, NamedTuple

from autograd import InputTypeError, InputValueError, Value, dot, no_grad
from autograd.core.numbers import number
from autograd.errors import described
from nn import MLP, Layer, Module, Neuron
from nn.given import is_sequence
from nn.layers.activations import activation_name

__all__ = ["Network", "Stage", "Weight", "count_inputs", "numbers_of", "read_model"]


class Weight(NamedTuple):
    """A weight or offset at the moment of drawing; one that is not trained has no gradient."""

    data: float
    grad: float | None


class Stage(NamedTuple):
    """One layer: ``weights[i][j]`` leads from input i to neuron j."""

    number: int | None  # from 1, where the model has layers; it stands as a superscript
    weights: list[list[Weight]]
    offsets: list[Weight]
    activations: list[str]
    z: list[float] | None
    a: list[float] | None

    @property
    def n_in(self) -> int:
        return len(self.weights)

    @property
    def n_out(self) -> int:
        return len(self.offsets)

    @property
    def activation(self) -> str:
        """The activation of all its neurons; if they have different ones, each of them once, separated by commas."""
        return ", ".join(dict.fromkeys(self.activations))


class Network(NamedTuple):
    """Layers that follow one another, and the inputs of the first, if they are known."""

    stages: list[Stage]
    x: list[float] | None
    is_neuron: bool  # then its symbols need no index for the neuron


def read_model(model: MLP | Layer | Neuron, x: list[float] | None) -> Network:
    """Read the layers of a model; with inputs ``x``, also the numbers that it computes, without recording them."""
    network = Network([], x, isinstance(model, Neuron))
    for k, neurons in enumerate(_layers(model), start=1):
        stage = _stage(k if isinstance(model, MLP) else None, neurons, x)
        network.stages.append(stage)
        x = stage.a
    return network


def count_inputs(model: MLP | Layer | Neuron) -> int:
    """The number of inputs of a model."""
    return len(_layers(model)[0][0].weights)


def numbers_of(x: Any, model: Module) -> list[float]:
    """Return the numbers for a model's inputs, checked."""
    if not is_sequence(x):
        raise InputTypeError(f"x takes the numbers of the inputs as a list, not {described(x)}")
    numbers = [_data(each) for each in x]
    if isinstance(model, (MLP, Layer, Neuron)) and len(numbers) != count_inputs(model):
        expected = count_inputs(model)
        raise InputValueError(
            f"this {type(model).__name__} has {expected} input{'s' * (expected > 1)}; "
            f"x takes one number for each of them, not {len(numbers)}"
        )
    return numbers


def _layers(model: MLP | Layer | Neuron) -> list[list[Neuron]]:
    """The neurons of each layer; a neuron alone is a layer of one."""
    if isinstance(model, Neuron):
        return [[model]]
    return [layer.neurons for layer in (model.layers if isinstance(model, MLP) else [model])]


def _stage(number: int | None, neurons: list[Neuron], x: list[float] | None) -> Stage:
    z = a = None
    if x is not None:
        with no_grad():
            z = [_data(dot(neuron.weights, x, neuron.bias)) for neuron in neurons]
            a = [_data(neuron.forward(x)) for neuron in neurons]  # a call would give the neuron a scope
    rows = zip(*(neuron.weights for neuron in neurons), strict=True)
    return Stage(
        number,
        [[_weight(w) for w in row] for row in rows],
        [_weight(neuron.bias) for neuron in neurons],
        [activation_name(neuron.activation) for neuron in neurons],
        z,
        a,
    )


def _weight(given: Any) -> Weight:
    return Weight(_data(given), given.grad if isinstance(given, Value) else None)


def _data(given: Any) -> float:
    return given.data if isinstance(given, Value) else number(given, "an input or a weight")
