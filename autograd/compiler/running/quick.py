"""The short way of a training step, for calls that look like an earlier one.

    loss(X, y)     arrays of the same shapes, no branches, one result        nothing to find out but where to put them
    .backward()    gradients to flat arrays of parameters only               nothing to sort, mark or sum

What is left is the arithmetic. Everything else takes the long way, which gives the same, bit for bit.
"""

from __future__ import annotations

import weakref
from typing import Any

import numpy as np

from ...arrays.ops import MEAN_OVER, SUM_OVER
from ...arrays.tensor import Tensor
from ...core.modes import active, note_here
from ...core.stores import at_once
from ...core.tape import Node, create, record, tick
from ...core.value import Value
from ...parameters.errstate import run_all
from ...parameters.flat import changing, set_grad, set_reached, summed
from ..emitting.passes import EVEN, emit_backward
from .call import Call
from .residuals import Residuals
from .variant import Variant

__all__ = ["Answer", "Lanes", "Quick", "from_answer", "from_reduced"]

Array = np.ndarray[Any, Any]
DOUBLE = np.dtype(np.float64)


class Quick:
    """A call of arrays of certain shapes."""

    __slots__ = ("call", "lanes", "variant")

    def __init__(self, variant: Variant, call: Call, lanes: int | None) -> None:
        self.variant, self.call, self.lanes = variant, call, lanes

    def __call__(self, args: tuple[Array, ...]) -> Any:
        variant, lanes = self.variant, self.lanes
        with changing:
            copies = [x.copy() for x in args]
            residuals = Residuals(lanes, [flat.epoch() for flat in variant.flats], [], copies)
            slots = variant.bounds.get(lanes)  # which are there for the last few numbers of lanes
            holder = slots[0][1]() if slots else residuals
            if slots and (holder is None or holder.swept):
                if holder is not None:
                    holder.bound = None
                slot = slots[0]
                bound = residuals.bound = slot[0]
                slot[1] = weakref.ref(residuals)
            else:
                bound = variant.workspace(lanes, residuals)
            for target, x in zip(bound.slots, args):  # noqa: B905 - made to be of equal length
                target[...] = x
            run_all(bound.forward)
            if lanes is None:
                node: Any = create(Answer)
                node._data = float(bound.output[0])
            else:
                node = create(Lanes)
                node._data = bound.output[0].copy()
                residuals.total = float(bound.total)
        # As `record` does it.
        node._grad = node._mark = node._a = node._b = None
        node._note = note_here()
        node._op = self.call
        node._x = variant.constants
        node._y = residuals
        node._number = tick()
        return node


def from_reduced(root: Node) -> bool:
    """A backward pass from the sum or mean of the results of all lanes, if the short way leads there."""
    called: Any = root._x[0]
    shares = called._op.variant.shares(called._data.size, root._op is MEAN_OVER)
    return _deposited(called, float(shares[0]), (root, called), (np.array(1.0), shares))


def from_answer(root: Node) -> bool:
    """A backward pass from a single result, if the short way leads there."""
    return _deposited(root, 1.0, (root,), (1.0,))


def _deposited(called: Any, scale: float, nodes: tuple[Node, ...], grads: tuple[Any, ...]) -> bool:
    """Make the reverse pass of a call, and deposit all gradients at once; not if a pass from ones is not enough."""
    if type(called._op) is not Call:  # computed under no_grad, it is a leaf
        return False
    variant: Variant = called._op.variant
    residuals: Residuals = called._y
    flats, masks = variant.flats, variant.masks
    with changing:
        bound = residuals.bound  # until the lock is held, another thread may take it
        if not variant.plain or bound is None:
            return False
        for epoch in residuals.epochs:
            if epoch.over:
                return False
        run_all(emit_backward(bound, EVEN))
        if not bound.is_finite():  # there may be a nan, and so another pass to be made
            return False
        found = []
        for k, flat in enumerate(flats):
            total = bound.flat_adjoints[k] * scale
            if flat._grad is not None:
                with np.errstate(all="ignore"):
                    total, mask = summed(total, masks[k], flat._grad, flat._reached)
                masks = [*masks[:k], mask, *masks[k + 1 :]]
            found.append(total)
        residuals.swept = True
        at_once(map(set_grad, (*nodes, *flats), (*grads, *found)), map(set_reached, flats, masks))
    return True


class Lanes(Tensor):
    """A result for each lane."""

    __slots__ = ()

    def mean(self, axis: Any = None, keepdims: bool = False) -> Any:
        data = self._data
        if axis is not None or keepdims or data.ndim != 1 or active:
            return super().mean(axis, keepdims)
        total = self._total()
        if total is None:
            return super().mean(axis, keepdims)
        return record(Reduced, MEAN_OVER, (self, None, None), (data, (0,), False), np.array(total / len(data)))

    def sum(self, axis: Any = None, keepdims: bool = False) -> Any:
        total = self._total()
        if axis is not None or keepdims or self._data.ndim != 1 or active or total is None:
            return super().sum(axis, keepdims)
        return record(Reduced, SUM_OVER, (self, None, None), (self._data, (0,), False), np.array(total))

    def _total(self) -> float | None:
        """The sum of the results, which the call has worked out."""
        total: float | None = None if self._op is None else self._y.total
        return total


class Reduced(Tensor):
    """The sum or mean of the results of all lanes."""

    __slots__ = ()

    def backward(self, gradient: Any = None) -> None:
        if gradient is not None or active or not from_reduced(self):
            super().backward(gradient)


class Answer(Value):
    """A single result."""

    __slots__ = ()

    def backward(self, gradient: float = 1.0) -> None:
        if gradient != 1.0 or active or not from_answer(self):
            super().backward(gradient)


Lanes.__name__ = Reduced.__name__ = "Tensor"
Answer.__name__ = "Value"
