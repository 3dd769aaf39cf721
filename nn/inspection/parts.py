"""The parts of a model: its modules with their parameters, and the activations that each of them has recorded.

A neuron is not a part: its weights and its unit count as those of the layer that holds it. An activation is
an operation such as relu in a record, and belongs to the module that computed its argument, the pre-activation z.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from autograd.arrays.table import in_numpy
from autograd.core.stores import exclusively
from autograd.core.table import TABLE
from autograd.core.tape import Node, collect
from autograd.errors import shortened

from ..layers import Neuron
from ..members import Parameter, is_parameter, walk
from ..module import Module

__all__ = ["Activations", "Part", "activations_in", "parts_of", "size"]

Array: TypeAlias = np.ndarray[Any, Any]

# The steepest slope of each activation, to which its other slopes are compared. That of selu is scale · alpha, at 0
# from below; of gelu Φ(√2) + √2 φ(√2), at √2; of silu at 2.3994, where x tanh(x/2) = 2.
STEEPEST = dict.fromkeys("tanh relu elu leaky_relu prelu softplus softsign hardtanh".split(), 1.0)
STEEPEST |= {"sigmoid": 0.25, "selu": 1.7580993408473766, "gelu": 1.1289041, "silu": 1.0998393}
LONG = 60  # characters of a description
CHANNELS = (
    "Conv1d",
    "Conv2d",
    "BatchNorm1d",
    "BatchNorm2d",
)  # modules whose units lie along the second axis; the units of others lie along the last


class Part(NamedTuple):
    """A module of a model with its own parameters, which include those of its neurons, not those of other parts."""

    path: str
    module: Module
    parameters: list[tuple[str, Parameter]]

    @property
    def kind(self) -> str:
        """The class, with the facts in its repr besides the count of parameters: ``Linear(2 -> 3 relu)``."""
        module = self.module
        if type(module).__repr__ is Module.__repr__:
            return type(module).__name__
        return re.sub(r"(, |\()\d[\d,]* parameters?(?=\)$)", "", shortened(module, LONG)).replace("()", "")


class Activations(NamedTuple):
    """The activations of one part: the pre-activations, and for each unit the slopes relative to the steepest."""

    z: list[Array]
    units: dict[object, list[Array]]


def parts_of(model: Module) -> list[Part]:
    """Return the parts of a model in the order of its attributes, itself first; each parameter is in one of them."""
    paths = {id(parameter): path for path, parameter in model.named_parameters()}
    parts = []
    for path, module in [("", model), *walk(model)]:
        if isinstance(module, Module) and (not path or not isinstance(module, Neuron)):
            own = [item for _, item in walk(module, deep=False)]
            own += [item for neuron in own if isinstance(neuron, Neuron) for _, item in walk(neuron)]
            found = [(paths.pop(id(item)), item) for item in own if is_parameter(item) and id(item) in paths]
            parts.append(Part(path or type(model).__name__.lower(), module, found))
    return parts


def size(parameters: Iterable[tuple[str, Parameter]]) -> int:
    """Return how many numbers there are in parameters."""
    return sum(int(np.size(parameter._data)) for _, parameter in parameters)


def activations_in(results: Iterable[Node], parts: Iterable[Part]) -> dict[int, Activations]:
    """Return the activations that results depend on, for each part by the identity of its module.

    A unit is a neuron; of an array, an entry of the last axis, or a channel.
    """
    owners = _owners(parts)
    found: dict[int, Activations] = {}
    scalars: dict[str, list[Node]] = {}
    computed: list[Any]
    computed, _ = exclusively(collect, [node for node in results if node._op is not None])
    for node in reversed(computed):
        name = node._op.name
        if name in STEEPEST and TABLE[name] is node._op and id(_note(node)) in owners:
            if isinstance(node._data, float):
                scalars.setdefault(name, []).append(node)
            else:
                _add_array(node, owners, found)
    for name, nodes in scalars.items():
        numbers = [np.array(column, float) for column in zip(*(node.numbers() for node in nodes), strict=True)]
        slopes = _slopes(name, numbers, np.array([node._data for node in nodes]))
        for node, z, slope in zip(nodes, numbers[0], slopes, strict=True):
            note = _note(node)
            activations = found.setdefault(id(owners[id(note)]), Activations([], {}))
            activations.z.append(z)
            activations.units.setdefault(id(note), []).append(slope)
    return found


def _add_array(node: Any, owners: dict[int, Module], found: dict[int, Activations]) -> None:
    """Add the activations of an array to those of the part they belong to."""
    module = owners[id(_note(node))]
    activations = found.setdefault(id(module), Activations([], {}))
    numbers = node.numbers()
    z = np.asarray(numbers[0])
    slopes = np.broadcast_to(_slopes(node._op.name, numbers, node._data), z.shape)
    axis = 1 if type(module).__name__ in CHANNELS else -1
    activations.z.append(z)
    for k, slope in enumerate(np.moveaxis(slopes, axis, 0) if z.ndim else [slopes]):
        activations.units.setdefault((id(_note(node)), k), []).append(slope)


def _slopes(name: str, numbers: Iterable[Any], data: Any) -> Array:
    """The absolute slopes of an activation, relative to its steepest slope."""
    with np.errstate(all="ignore"):
        slopes: Array = np.asarray(in_numpy(TABLE[name].derivatives, *numbers, data)[0], float)
        return np.abs(slopes) / STEEPEST[name]


def _note(node: Node) -> Any:
    """The note of the pre-activation; that of the activation itself where it acts on an input or another activation."""
    z = node.arguments()[0]
    return node._note if z is None or z._op is None or z._op.name in STEEPEST else z._note


def _owners(parts: Iterable[Part]) -> dict[int, Module]:
    """The module of the part to which a note of its records belongs, by the identity of the note."""
    owners: dict[int, Module] = {}
    for part in parts:
        neurons = [item for _, item in walk(part.module, deep=False) if isinstance(item, Neuron)]
        for module in (part.module, *neurons):
            owners.update((id(note), part.module) for note in vars(module).get("_notes", {}).values())
    return owners
