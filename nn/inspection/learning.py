"""``diagnose``: gradients, updates, and dead or saturated units of each layer, in a table and in a plot."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from autograd import InputTypeError, InputValueError
from autograd.core.tape import Node
from autograd.errors import described
from autograd.text.layout import Listing, clipped, table
from autograd.text.numbers import brief
from autograd.text.paper import Paper
from autograd.watching.axes import axes_of

from ..module import Module
from ..state import stores_of
from .parts import Activations, Part, activations_in, parts_of, size

__all__ = ["Diagnosis", "Health", "diagnose"]

FLAT = 0.05  # of the steepest slope; an activation that is not steeper is saturated


class Health(NamedTuple):
    """A layer in a `Diagnosis`. A number that is not known is None.

    Attributes
    ----------
    path, kind : str
        The path of the layer from the model, and its class.
    parameters : int
        The numbers in its own parameters.
    weight : float or None
        The Euclidean norm of these numbers; None if there are none.
    gradient : float or None
        The norm of their gradients; None if no pass has reached them.
    update : float or None
        The norm of their change since ``before``, divided by their norm then.
    units, dead : int or None
        The number of units with an activation, and of those that are dead: their slope is 0 for every sample.
    saturated : float or None
        The share of activations, over units and samples, whose slope is at most a twentieth of the steepest.
    """

    path: str
    kind: str
    parameters: int
    weight: float | None
    gradient: float | None
    update: float | None
    units: int | None
    dead: int | None
    saturated: float | None


class Diagnosis(Listing[Health]):
    """The layers of a model, as `diagnose` returns them: a sequence of `Health`, and a table when it is printed."""

    def __init__(self, layers: Sequence[Health]) -> None:
        self._items = list(layers)

    def _table(self, items: Sequence[Health], paper: Paper) -> list[str]:
        rows = [("layer", "kind", "|w|", "|grad|", "update/|w|", "dead", "saturated")]
        for x in items:
            dead = "-" if x.dead is None else f"{x.dead:,} of {x.units:,}"
            saturated = "-" if x.saturated is None else f"{x.saturated:.0%}"
            norms = ["-" if number is None else brief(number) for number in (x.weight, x.gradient, x.update)]
            rows.append((x.path, x.kind, *norms, dead, saturated))  # type: ignore[arg-type]
        return table(rows, paper, align="<<>>>>>", narrowed=1, least=8, cut=clipped)

    def plot(self, ax: Any = None) -> Any:
        """Draw the norm of the gradient of each layer, and the update-to-weight ratio where it is known.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            The axes to draw into; a new figure by default. The axis of the numbers is logarithmic, so layers without a
            gradient, or with gradient 0, are left out.

        Returns
        -------
        matplotlib.axes.Axes

        Raises
        ------
        InputTypeError, InputValueError
            If ``ax`` is none, or no layer has a gradient or an update.
        ImportError
            If matplotlib is not installed.
        """
        lines = {
            label: [(k, number) for k, layer in enumerate(self) if (number := getattr(layer, name))]
            for name, label in (("gradient", "norm of the gradient"), ("update", "update / weight"))
        }
        if not any(lines.values()):
            raise InputValueError("there is nothing to draw: no layer has a gradient; call backward() on a loss first")
        ax = axes_of(ax)
        for label, points in lines.items():
            if points:
                ax.semilogy(*zip(*points, strict=True), marker="o", label=label)
        ax.set_xticks(range(len(self)), [layer.path for layer in self], rotation=30, ha="right")
        ax.legend(frameon=False)
        return ax


def diagnose(model: Module, loss: Node | None = None, before: Mapping[str, Any] | None = None) -> Diagnosis:
    """Measure the learning of each layer of a model: its gradients, dead and saturated units, and updates.

    Parameters
    ----------
    model : Module
        The model. The gradients are those of its parameters: call ``backward`` first.
    loss : Value or Tensor, optional
        A result of the model, computed from one or more samples. Its record has the activations, unless a compiled
        function has computed it, which records no single operations.
    before : mapping from str to array_like, optional
        The state of the model before a step, as ``model.state_dict()`` returned it.

    Returns
    -------
    Diagnosis
        A `Health` for each module with parameters or activations of its own. Gradients that shrink by a factor from
        layer to layer vanish; at a suitable rate, an update is about a thousandth of the weights; a unit that is dead
        for all samples has no gradient, and does not recover by itself.

    Raises
    ------
    InputTypeError, InputValueError
        If the arguments are of other types, or ``before`` is the state of another model.

    Examples
    --------
    The vanishing gradient: a sigmoid has slopes of at most 1/4, so each layer passes on less than the one after it.

    >>> from nn import MLP, diagnose, init
    >>> from nn.optim import SGD
    >>> model = MLP(1, [1, 1, 1, 1], activation="sigmoid", init=init.constant(1.0))
    >>> optimizer = SGD(model.parameters(), lr=0.1)
    >>> loss = (model([0.5]) - 1.0) ** 2
    >>> loss.backward()
    >>> before = model.state_dict()
    >>> optimizer.step()
    >>> print(diagnose(model, loss, before))
    layer      kind                     |w|    |grad|  update/|w|    dead  saturated
    layers[0]  Layer(1 -> 1 sigmoid)      1  0.009224   0.0009224  0 of 1         0%
    layers[1]  Layer(1 -> 1 sigmoid)  1.002   0.04135    0.004135  0 of 1         0%
    layers[2]  Layer(1 -> 1 sigmoid)   1.01    0.1843     0.01843  0 of 1         0%
    layers[3]  Layer(1 -> 1 linear)   1.047    0.8204     0.08204       -          -
    """
    if not isinstance(model, Module):
        raise InputTypeError(f"diagnose takes a Module, not {described(model)}")
    if not (loss is None or isinstance(loss, Node)):
        raise InputTypeError(f"diagnose takes the loss, a Value or Tensor, not {described(loss)}")
    parts = parts_of(model)
    earlier: dict[int, Any] = {}
    if before is not None:
        members = [*model.named_parameters(), *model.named_buffers()]
        earlier = {id(parameter): then for parameter, then in stores_of(type(model).__name__, members, before)[0]}
    activations = activations_in([] if loss is None else [loss], parts)
    layers = [part for part in parts if part.parameters or id(part.module) in activations]
    return Diagnosis([_health(part, activations.get(id(part.module)), earlier) for part in layers])


def _health(part: Part, activations: Activations | None, earlier: Mapping[int, Any]) -> Health:
    numbers = [parameter._data for _, parameter in part.parameters]
    gradients = [parameter._grad for _, parameter in part.parameters if parameter._grad is not None]
    update = None
    if earlier and numbers:
        then = [earlier[id(parameter)] for _, parameter in part.parameters]
        with np.errstate(all="ignore"):
            moved = _norm(x - y for x, y in zip(numbers, then, strict=True))
            update = float(np.divide(moved, _norm(then))) if moved else 0.0
    units = dead = saturated = None
    if activations is not None:
        slopes = [np.concatenate([np.ravel(each) for each in unit]) for unit in activations.units.values()]
        units, dead = len(slopes), sum(not slope.any() for slope in slopes)
        saturated = float(np.mean(np.concatenate(slopes) <= FLAT))
    return Health(
        part.path,
        part.kind,
        size(part.parameters),
        _norm(numbers) if numbers else None,
        _norm(gradients) if gradients else None,
        update,
        units,
        dead,
        saturated,
    )


def _norm(arrays: Iterable[Any]) -> float:
    """The Euclidean norm of all numbers in arrays, without overflow of their squares."""
    flat = np.concatenate([np.zeros(1), *(np.ravel(array) for array in arrays)])
    largest = float(np.abs(flat).max())
    if not 0 < largest < np.inf:
        return largest
    return largest * float(np.sqrt(np.sum((flat / largest) ** 2)))
