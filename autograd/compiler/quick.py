"""The short way of a training step, for calls that look like an earlier one.

    loss(X, y)     arrays of the same shapes, no branches, one result        nothing to find out but where to put them
    .backward()    gradients to flat arrays of parameters only               nothing to sort, mark or sum

What is left is the arithmetic. Everything else takes the long way, which gives the same, bit for bit.
"""

from __future__ import annotations

import weakref
from typing import Any

import numpy as np

from ..array_ops import MEAN_OVER
from ..array_sweep import set_grad
from ..context import note_here
from ..flat import at_once, changing, set_reached, summed
from ..quiet import run_all
from ..tape import Node, create, tick
from .call import Call
from .emission import EVEN
from .results import SHORT, Answer, Lanes
from .variant import Lease, Variant

__all__ = ["Quick", "from_answer", "from_reduced"]

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
            lease = Lease(lanes, [flat.epoch() for flat in variant.flats], [], copies)
            slots = variant.bounds.get(lanes)  # which are there for the last few numbers of lanes
            holder = slots[0][1]() if slots else lease
            if slots and (holder is None or holder.swept):
                if holder is not None:
                    holder.bound = None
                slot = slots[0]
                bound = lease.bound = slot[0]
                slot[1] = weakref.ref(lease)
            else:
                bound = variant.workspace(lanes, lease)
            for target, x in zip(bound.slots, args):  # noqa: B905 - made to be of equal length
                target[...] = x
            run_all(bound.forward)
            if lanes is None:
                node: Any = create(Answer)
                node._data = float(bound.output[0])
            else:
                node = create(Lanes)
                node._data = bound.output[0].copy()
                lease.total = float(bound.total)
        # As `record` does it.
        node._grad = node._mark = node._a = node._b = None
        node._note = note_here()
        node._op = self.call
        node._x = variant.constants
        node._y = (*variant.flat_data, *copies, lease)
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
    lease: Lease = called._y[-1]
    flats, masks = variant.flats, variant.masks
    with changing:
        bound = lease.bound  # until the lock is held, another thread may take it
        if not variant.plain or bound is None:
            return False
        for epoch in lease.epochs:
            if epoch.data is not None:
                return False
        run_all(bound.backward(EVEN))
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
        lease.swept = True
        at_once(map(set_grad, (*nodes, *flats), (*grads, *found)), map(set_reached, flats, masks))
    return True


SHORT[:] = [from_reduced, from_answer]
