"""The reverse pass of arithmetic on the results of compiled calls: ``(loss(X, y).mean() + 0.1 * penalty()) / 2``.

Between the calls and the result there are a few records of single numbers. This module goes through them without the
general sweep, which has to be prepared for arrays of all kinds.
"""

from __future__ import annotations

import operator
import weakref
from collections.abc import Sequence
from typing import Any

import numpy as np

from ...arrays.errstate import quietly, run_all
from ...arrays.ops import ENTRY, GETITEM, MEAN_OVER, SUM_OVER
from ...arrays.sweep import may_have_nan, one_may_have_nan
from ...arrays.tensor import Tensor
from ...core import ops
from ...core.namespaces import EDGES, floats
from ...core.stores import at_once, by_hand
from ...core.tape import Node
from ...core.value import Value
from ...parameters.flat import Flat, changing, either, set_finite, set_grad, set_reached, summed
from ..emitting.passes import EVEN, PLAIN, emit_backward
from .call import AHEAD, Call, by_arguments, gradients
from .residuals import Residuals
from .variant import Variant

__all__ = ["from_seeds", "from_tail"]

ARITHMETIC = {ops.ADD, ops.SUB, ops.MUL, ops.DIV, ops.NEG}
PARTS = {SUM_OVER, MEAN_OVER, ENTRY}  # operations that make a single number from the result of a call
mark_of = operator.attrgetter("_mark")
MOST = 32  # the most records of a tail
_ALL = slice(None)


def from_seeds(called: Any, g: Any, nodes: Sequence[Node], grads: Sequence[Any]) -> bool:
    """Make the reverse pass of a call, and deposit gradients; return False for the general path.

    Parameters
    ----------
    called : Node
        The record of the call.
    g : float or ndarray
        The gradient by the result, or those by several results; they are the same for all samples.
    nodes, grads : sequence
        The records above the leaves, and their gradients, which are deposited, too.
    """
    variant: Variant = called._op.variant
    residuals: Residuals = called._y
    flats, masks = variant.flats, variant.masks
    leaves = () if variant.plain else _leaves(called._x[len(flats) :])
    with changing:
        bound = residuals.bound  # read under the lock, since another thread may take the workspace
        if leaves is None or bound is None:
            return False
        for epoch in residuals.epochs:
            if epoch.over:
                return False
        if type(g) is not float and len(g) == 1:
            g = g.item()
        scale = g if type(g) is float and (g == 1 or (variant.plain and 0 < abs(g) < 1)) else 0.0
        if scale:
            variant.ahead = AHEAD
            if not residuals.is_ahead:
                run_all(emit_backward(bound, EVEN))
        else:
            scale = 1.0
            residuals.restore()
            bound.seeds[...] = g[:, None] if type(g) is not float and residuals.samples is not None else g
            run_all(emit_backward(bound, PLAIN))
        # Their squares are finite, and a factor is at most 1: an optimizer need not look for infinities again.
        found = bound.finite_gradients(scale)
        if found is None:  # a gradient may be nan, so that a masked pass is needed
            return False
        for k, flat in enumerate(flats):
            set_finite(flat, weakref.ref(found[k]))
            if flat._grad is not None:
                found[k], mask = quietly(summed, found[k], masks[k], flat._grad, flat._reached)
                masks = [*masks[:k], mask, *masks[k + 1 :]]
        if leaves:
            given = called._x[len(flats) :]
            totals = [x for x in by_arguments(bound, residuals, given) if x is not None]
            if quietly(one_may_have_nan, totals):
                return False
            by_leaves = [*map(_with_earlier, leaves, totals)]
        residuals.swept = True
        of_nodes = zip(map(mark_of, nodes), grads)  # noqa: B905 - of equal length; what `by_hand` makes of them
        stores = [map(set_grad, nodes, of_nodes), map(set_grad, flats, found), map(set_reached, flats, masks)]
        if leaves:
            stores.append(map(set_grad, leaves, by_leaves))
        at_once(*stores)
    return True


def _leaves(arguments: Sequence[Node | None]) -> list[Any] | None:
    """Return the arguments that receive gradients; ``None`` unless they are different leaves."""
    found: list[Any] = []
    for x in arguments:
        if x is not None:
            if x._op is not None or not (type(x) is Tensor or type(x) is Value):
                return None
            found.append(x)
    return found if len(found) < 2 or len({*map(id, found)}) == len(found) else None


def _with_earlier(leaf: Any, total: Any) -> Any:
    """Return the sum of a gradient by a leaf and the one that it has."""
    if leaf._grad is None:
        return total
    return total + leaf._grad if type(leaf) is Value else np.asarray(quietly(np.add, total, leaf._grad))


def from_tail(root: Node) -> bool:
    """Make the backward pass from a result of arithmetic; return False if it must take the general path."""
    nodes: list[Any] = []
    grads: list[Any] = []
    # By creation number: the records of single numbers that are to be visited, the latest first; and all gradients.
    waiting: dict[int, Any] = {root._number: root}
    adjoints: dict[int, Any] = {root._number: 1.0}
    columns: dict[int, tuple[Node, float]] = {}  # the results of calls that have several results, with their gradients
    calls: dict[int, Any] = {}
    while waiting:
        latest = max(waiting)
        z, g = waiting.pop(latest), adjoints[latest]
        nodes.append(z)
        grads.append(g if isinstance(z, Value) else np.array(g))
        if z._op in ARITHMETIC and len(nodes) < MOST:
            try:
                slopes = _slopes(z)
            except EDGES:
                return False
            for x, slope in zip((z._a, z._b), slopes):  # noqa: B905 - a negative has one argument
                if x is not None:
                    k = x._number
                    adjoints[k] = adjoints[k] + g * slope if k in waiting else g * slope
                    waiting[k] = x
        elif z._op in PARTS:
            called = _to_call(z, g, adjoints, columns)
            if called is None:
                return False
            calls[called._number] = called
        elif type(z._op) is Call and isinstance(z, Value):
            calls[latest] = z
        else:
            return False
    for column, g in columns.values():
        nodes.append(column)
        grads.append(_spread(g, column._data.shape))
    for called in calls.values():
        if not isinstance(called, Value):
            nodes.append(called)
            grads.append(_spread(adjoints[called._number], called._data.shape))
    if len(calls) == 1 and from_seeds(called, adjoints[called._number], nodes, grads):
        return True
    return _deposited([(called, adjoints[key]) for key, called in calls.items()], nodes, grads)


def _spread(g: Any, shape: tuple[int, ...]) -> Any:
    """Return gradients by results as an array that repeats them for all samples."""
    numbers = np.array(g) if type(g) is float else g
    return np.ndarray(shape, numbers.dtype, numbers, 0, (0,) * (len(shape) - numbers.ndim) + numbers.strides)


def _slopes(z: Any) -> tuple[float, ...]:
    """The derivatives of an operation by its arguments."""
    op = z._op
    if op is ops.ADD:
        return 1.0, 1.0
    if op is ops.SUB:
        return 1.0, -1.0
    if op is ops.MUL:
        return float(z._y), float(z._x)
    slopes: tuple[float, ...] = op.derivatives(floats, *map(float, z.numbers()), float(z._data))
    return slopes


def _to_call(z: Any, g: float, adjoints: dict[int, Any], columns: dict[int, tuple[Node, float]]) -> Any:
    """Add the gradient of a number to that of the call that it comes from, and return the call.

    The number is made of the only result of a call, of a column of several as `in_form` makes it, or it is an entry of
    the results without a batch. ``None`` if it is anything else.
    """
    called: Any
    column: Any = None
    if z._op is ENTRY:
        called, which = z._a, z._y[0]
    else:
        called, which = z._x[0], None
        if z._op is MEAN_OVER:
            g = g / called._data.size
        if called._op is GETITEM:
            column, index = called, called._y
            if type(index) is not tuple or len(index) != 2 or index[0] != _ALL or type(index[1]) is not int:
                return None
            called, which = column._a, index[1]
    if type(called._op) is not Call or called._data.ndim != (1 if column is None else 2):
        return None
    key = called._number
    if which is None:
        adjoints[key] = adjoints[key] + g if key in adjoints else g
        return called
    if column is not None:
        of = column._number
        columns[of] = column, columns[of][1] + g if of in columns else g
    if key not in adjoints:
        adjoints[key] = np.zeros(called._data.shape[-1])
    adjoints[key][which] += g
    return called


def _deposited(calls: list[tuple[Any, Any]], nodes: list[Any], grads: list[Any]) -> bool:
    """Make the reverse passes of the calls, and deposit all gradients; return False for the general path."""
    totals: dict[int, Any] = {}
    with changing:
        for called, g in calls:
            variant = called._op.variant
            called._y.swept = True
            g = g if isinstance(called, Value) else _spread(g, called._data.shape)
            found = quietly(gradients, variant, called._y, g, called._x, False)
            masks = dict(zip(map(id, variant.flats), variant.masks, strict=True))
            for leaf, total in zip(called._x, found, strict=True):
                if leaf is None or total is None:
                    continue
                if leaf._op is not None or type(leaf) not in (Flat, Tensor, Value) or may_have_nan(total):
                    return False
                mask = masks.get(id(leaf))
                if id(leaf) in totals:
                    _, before, earlier = totals[id(leaf)]
                    total, mask = before + total, either(earlier, mask)
                totals[id(leaf)] = leaf, total, mask
        flats: list[Any] = []
        reached: list[Any] = []
        for leaf, total, mask in totals.values():
            if type(leaf) is Flat:
                if leaf._grad is not None:
                    total, mask = quietly(summed, total, mask, leaf._grad, leaf._reached)
                flats.append(leaf)
                reached.append(mask)
            else:
                total = _with_earlier(leaf, total)
            nodes.append(leaf)
            grads.append(total)
        at_once(map(set_grad, nodes, [*map(by_hand, nodes, grads)]), map(set_reached, flats, reached))
    return True
