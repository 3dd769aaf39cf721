"""Fast paths of a training step, for calls with arrays of the same shapes as an earlier call.

    loss(X, y)     arrays of known shapes, the same branches, one result    only the arguments have to be copied
    .backward()    gradients by flat arrays of parameters only              no graph has to be traversed

Everything else takes the general path, which gives the same results and gradients, bit for bit.
"""

from __future__ import annotations

import weakref
from typing import Any

import numpy as np

from ...arrays.errstate import run_all
from ...arrays.ops import MEAN_OVER, SUM_OVER
from ...arrays.tensor import Tensor
from ...core.modes import active, note_here
from ...core.stores import at_once
from ...core.tape import Node, create, record, tick
from ...core.value import Value
from ...parameters.flat import changing, set_grad, set_reached, summed
from ..emitting.passes import EVEN, emit_backward
from .call import Call
from .residuals import Residuals
from .variant import Variant

__all__ = ["BatchResult", "FastCall", "SingleResult", "from_answer", "from_reduced"]

Array = np.ndarray[Any, Any]
DOUBLE = np.dtype(np.float64)


class FastCall:
    """A call with arrays of certain shapes, which runs a certain program.

    It returns ``None`` if a guard of the program is answered otherwise; the general path then finds another program.
    """

    __slots__ = ("call", "samples", "variant")

    def __init__(self, variant: Variant, call: Call, samples: int | None) -> None:
        self.variant, self.call, self.samples = variant, call, samples

    def __call__(self, args: tuple[Array, ...]) -> Any:
        variant, samples = self.variant, self.samples
        with changing:
            copies = [x.copy() for x in args]
            residuals = Residuals(samples, [flat.epoch() for flat in variant.flats], [], copies)
            slots = variant.bounds.get(samples)  # workspaces exist for the batch sizes that were used last
            holder = slots[0][1]() if slots else residuals
            if slots and (holder is None or holder.swept):
                if holder is not None:
                    holder.bound = None
                slot = slots[0]
                bound = residuals.bound = slot[0]
                slot[1] = weakref.ref(residuals)
                variant.bounds.move_to_end(samples)
            else:
                bound = variant.workspace(samples, residuals)
            for target, x in zip(bound.slots, args):  # noqa: B905 - made to be of equal length
                target[...] = x
            run_all(bound.forward)
            if variant.guards and not variant.as_expected(bound.guards):
                return None
            if samples is None:
                node: Any = create(SingleResult)
                node._data = float(bound.output[0])
            else:
                node = create(BatchResult)
                node._data = bound.output[0].copy()
                residuals.total = float(bound.total)
        # As `record` fills in the slots.
        node._grad = node._mark = node._a = node._b = None
        node._note = note_here()
        node._op = self.call
        node._x = variant.constants
        node._y = residuals
        node._number = tick()
        return node


def from_reduced(root: Node) -> bool:
    """Make the backward pass from the sum or mean of a batch; return False if it must take the general path."""
    called: Any = root._x[0]
    shares = called._op.variant.shares(called._data.size, root._op is MEAN_OVER)
    return _deposited(called, float(shares[0]), (root, called), (np.array(1.0), shares))


def from_answer(root: Node) -> bool:
    """Make the backward pass from a single result; return False if it must take the general path."""
    return _deposited(root, 1.0, (root,), (1.0,))


def _deposited(called: Any, scale: float, nodes: tuple[Node, ...], grads: tuple[Any, ...]) -> bool:
    """Make the reverse pass of a call from ones and deposit all gradients; return False if that is not enough."""
    if type(called._op) is not Call:  # a leaf, computed under no_grad
        return False
    variant: Variant = called._op.variant
    residuals: Residuals = called._y
    flats, masks = variant.flats, variant.masks
    with changing:
        bound = residuals.bound  # read under the lock, since another thread may take the workspace
        if not variant.plain or bound is None:
            return False
        for epoch in residuals.epochs:
            if epoch.over:
                return False
        run_all(emit_backward(bound, EVEN))
        if not bound.is_finite():  # a gradient may be nan, and a masked pass be needed
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


class BatchResult(Tensor):
    """The results of a batch."""

    __slots__ = ()

    def mean(self, axis: Any = None, keepdims: bool = False) -> Any:
        data = self._data
        if axis is not None or keepdims or data.ndim != 1 or active:
            return super().mean(axis, keepdims)
        total = self._total()
        if total is None:
            return super().mean(axis, keepdims)
        return record(ReducedResult, MEAN_OVER, (self, None, None), (data, (0,), False), np.array(total / len(data)))

    def sum(self, axis: Any = None, keepdims: bool = False) -> Any:
        total = self._total()
        if axis is not None or keepdims or self._data.ndim != 1 or active or total is None:
            return super().sum(axis, keepdims)
        return record(ReducedResult, SUM_OVER, (self, None, None), (self._data, (0,), False), np.array(total))

    def _total(self) -> float | None:
        """The sum of the results, if the program has computed it."""
        total: float | None = None if self._op is None else self._y.total
        return total


class ReducedResult(Tensor):
    """The sum or mean of the results of a batch."""

    __slots__ = ()

    def backward(self, gradient: Any = None) -> None:
        if gradient is not None or active or not from_reduced(self):
            super().backward(gradient)


class SingleResult(Value):
    """The result of a program without a batch."""

    __slots__ = ()

    def backward(self, gradient: float = 1.0) -> None:
        if gradient != 1.0 or active or not from_answer(self):
            super().backward(gradient)


BatchResult.__name__ = ReducedResult.__name__ = "Tensor"
SingleResult.__name__ = "Value"
