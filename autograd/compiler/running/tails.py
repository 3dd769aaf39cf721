"""The reverse pass of arithmetic on the results of compiled calls: ``(loss(X, y).mean() + 0.1 * penalty()) / 2``.

Between the calls and the result there are a few records of single numbers. This module goes through them without the
general sweep, which has to be prepared for arrays of all kinds.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ...arrays.errstate import quietly
from ...arrays.ops import ENTRY, GETITEM, MEAN_OVER, SUM_OVER
from ...arrays.sweep import may_have_nan
from ...arrays.tensor import Tensor
from ...core import ops
from ...core.namespaces import EDGES, floats
from ...core.stores import at_once
from ...core.tape import Node
from ...core.value import Value
from ...parameters.flat import Flat, changing, either, set_grad, set_reached, summed
from .call import Call, gradients

__all__ = ["from_tail"]

ARITHMETIC = {ops.ADD, ops.SUB, ops.MUL, ops.DIV, ops.NEG}
PARTS = {SUM_OVER, MEAN_OVER, ENTRY}  # operations that make a single number from the result of a call
MOST = 32  # the most records of a tail


def from_tail(root: Node) -> bool:
    """Make the backward pass from a result of arithmetic; return False if it must take the general path."""
    records = _records(root)
    if records is None:
        return False
    adjoints: dict[int, Any] = {id(root): 1.0}
    reached: list[tuple[Node, Any]] = []  # the records with their gradients
    columns: dict[int, tuple[Node, Any]] = {}  # the results of calls that have several results, with their gradients
    calls: dict[int, Any] = {}
    for z in records:
        g = adjoints[id(z)]
        reached.append((z, g if isinstance(z, Value) else np.array(g)))
        op: Any = z._op
        if type(op) is Call:
            calls[id(z)] = z
        elif op in PARTS:
            _to_call(z, g, adjoints, columns, calls)
        else:
            try:
                slopes = op.derivatives(floats, *map(float, z.numbers()), float(z._data))
            except EDGES:
                return False
            for x, slope in zip(z.arguments(), slopes, strict=True):
                if x is not None:
                    adjoints[id(x)] = adjoints[id(x)] + g * slope if id(x) in adjoints else g * slope
    reached += columns.values()
    reached += [(z, adjoints[key]) for key, z in calls.items() if not isinstance(z, Value)]
    return _deposited([(z, adjoints[key]) for key, z in calls.items()], reached)


def _records(root: Any) -> list[Node] | None:
    """Return the records of single numbers down to the calls, latest first; ``None`` if there are others."""
    found: dict[int, Node] = {}
    waiting = [root]
    while waiting:
        z = waiting.pop()
        if id(z) in found:
            continue
        found[id(z)] = z
        op = z._op
        if op in ARITHMETIC and not np.ndim(z._data):
            waiting += [x for x in z.arguments() if x is not None]
        elif op in PARTS:
            if np.ndim(z._data) or _call_under(z) is None:
                return None
        elif type(op) is not Call or not isinstance(z, Value):
            return None
        if len(found) > MOST:
            return None
    return sorted(found.values(), key=lambda z: -z._number)


def _call_under(z: Node) -> Node | None:
    """Return the call that a number comes from: its only result, a column of several, or an entry without a batch.

    Columns are those that `in_form` makes.
    """
    under: Any = z.arguments()[0]
    if z._op is not ENTRY and under._op is GETITEM:
        index = under.numbers()[1]
        if type(index) is not tuple or index[:1] != (slice(None),) or type(index[-1]) is not int or len(index) != 2:
            return None
        under = under.arguments()[0]
        return under if under._data.ndim == 2 and type(under._op) is Call else None
    return under if under._data.ndim == 1 and type(under._op) is Call else None


def _to_call(z: Node, g: float, adjoints: dict[int, Any], columns: dict[int, Any], calls: dict[int, Any]) -> None:
    """Add the gradient of a number to that of the call that it comes from."""
    called: Any = _call_under(z)
    calls[id(called)] = called
    before = adjoints.get(id(called))
    if z._op is ENTRY:
        if before is None:
            before = adjoints[id(called)] = np.zeros(called._data.shape)
        before[z.numbers()[1]] += g
        return
    under: Any = z.arguments()[0]
    count = under._data.size
    g = g / count if z._op is MEAN_OVER else g
    spread = np.ndarray((count,), float, np.array(g), strides=(0,))
    if under is called:
        adjoints[id(called)] = spread if before is None else before + spread
        return
    if before is None:
        before = adjoints[id(called)] = np.zeros(called._data.shape)
    before[under.numbers()[1]] += g
    earlier = columns.get(id(under))
    columns[id(under)] = under, spread if earlier is None else earlier[1] + spread


def _deposited(calls: list[tuple[Any, Any]], reached: list[tuple[Node, Any]]) -> bool:
    """Make the reverse passes of the calls, and deposit all gradients; return False for the general path."""
    totals: dict[int, Any] = {}
    with changing:
        for called, g in calls:
            variant = called._op.variant
            called._y.swept = True
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
        for leaf, total, mask in totals.values():
            if type(leaf) is Flat:
                if leaf._grad is not None:
                    total, mask = quietly(summed, total, mask, leaf._grad, leaf._reached)
                flats.append((leaf, mask))
            elif leaf._grad is not None:
                total = total + leaf._grad if type(leaf) is Value else np.asarray(quietly(np.add, total, leaf._grad))
            reached.append((leaf, total))
        at_once(
            map(set_grad, *zip(*reached, strict=True)),
            map(set_reached, *zip(*flats, strict=True)) if flats else (),
        )
    return True
