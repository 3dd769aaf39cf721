"""The namespace in which a rule is recorded: ``exp`` of a value records an ``exp``.

In a program to be compiled, which is for all numbers, a choice is a record, too, and a rule whose slope settles at
infinity is run on operands that are held there.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Sequence
from functools import partial, reduce
from typing import Any

import numpy as np

from ..arrays.matrices import ARRAY_TABLE
from ..arrays.table import ArrayNamespace, is_regular
from ..arrays.tensor import Tensor, evaluate
from ..core import ops, several
from ..core.namespaces import EDGES
from ..core.several import TABLE
from ..core.table import Primitive
from ..core.tape import Node
from ..core.value import Value

__all__ = ["held", "nodes", "run"]

Rule = Callable[..., Sequence[Any]]


def _where(condition: Any, x: Any, y: Any) -> Any:
    """A choice that does not depend on a value is made at once."""
    if isinstance(condition, (Node, np.ndarray)):
        return evaluate(ops.WHERE, condition, x, y)
    return x if condition else y


def _softmax(xs: Sequence[Any]) -> Any:
    """A record for each share."""
    return [evaluate(several.SOFTMAX, k, *xs) for k in range(len(xs))]


def _others(x: Any, axes: tuple[int, ...]) -> Any:
    """For each element the product of the others along the axes: each in a row of its own, one left out."""
    order = [*(k for k in range(x.ndim) if k not in axes), *axes]
    shape = [x.shape[k] for k in order]
    count = math.prod(shape[x.ndim - len(axes) :])
    rows = x.transpose(order).reshape(*shape[: x.ndim - len(axes)], count)
    left = np.array([[j for j in range(count) if j != k] for k in range(count)], dtype=np.intp)
    left = left.reshape(count, max(count - 1, 0))
    products = rows[..., left].prod(axis=-1)
    return products.reshape(shape).transpose(sorted(range(x.ndim), key=order.__getitem__))


def _cofactors(x: Any) -> Any:
    """The derivative of ``det(x)``: the determinants of the minors; by the inverse, if those would be many."""
    side = x.shape[-1]
    if side > 8 and is_regular(x._data):
        determinants = nodes.det(x)
        return nodes.reshape(determinants, (*determinants.shape, 1, 1)) * nodes.mT(nodes.inv(x))
    left = np.array([[j for j in range(side) if j != k] for k in range(side)], dtype=np.intp)
    left = left.reshape(side, max(side - 1, 0))
    minors = x[..., left[:, None, :, None], left[None, :, None, :]]
    return nodes.det(minors) * (-1.0) ** np.add.outer(np.arange(side), np.arange(side))


class _Noted(threading.local):
    """The conditions under which a slope settles, while a rule is run to find them; ``None`` otherwise."""

    conditions: list[Any] | None = None


_noted = _Noted()
PLACES = 400  # to so many a number rounded is the number, since the least has 324; but it does not move


def _still(condition: Any, x: Any) -> Any:
    """``x``, which does not move where the condition holds."""
    return nodes.where(condition, nodes.round(x, PLACES), x) if isinstance(x, Node) else x


class _Nodes(ArrayNamespace):
    """The namespace in which a rule is recorded, operation by operation."""

    def settled(self, x: Any, slope: Any) -> Any:
        condition = self.equal(self.absolute(x), math.inf)
        if _noted.conditions is None:
            return _still(condition, slope)
        _noted.conditions.append(condition)
        return slope

    def vanishing(self, x: Any, closed: Any) -> Any:
        if _noted.conditions is None:
            return super().vanishing(x, closed)
        _noted.conditions.append(self.equal(x * x, math.inf))
        return closed

    def at_rest(self, x: Any, y: Any, number: Any) -> Any:
        if not isinstance(y, Node):  # for which nobody asks
            return number
        return _still(self.where(self.equal(x, 0), self.where(self.less(y, 0), 0, 1), 0), number)

    def missing(self, op: Primitive) -> Callable[..., Any]:
        return super().missing(op) if op is several.LOG_SOFTMAX else partial(evaluate, op)


nodes = _Nodes(
    others=_others,
    cofactors=_cofactors,
    power=partial(evaluate, ops.POW),
    absolute=partial(evaluate, ops.ABS),
    softmax=_softmax,
    where=_where,
)
nodes.settle(TABLE)
nodes.settle(ARRAY_TABLE)


# --- Local derivatives ------------------------------------------------------------------------------------------------


def held(rule: Rule, operands: Sequence[Any]) -> Sequence[Any]:
    """The slopes in a program to be compiled, which is for all numbers; they are differentiated again.

    Where a slope settles, nothing must pass through its rule, in which 0 would meet an infinity. So the operands are
    held there, for which the rule is run twice: once to find out where that is.
    """
    found: list[Any] = []
    _noted.conditions = found
    try:
        slopes = run(rule, operands)
        if not found:
            return slopes
        settles = reduce(lambda condition, other: nodes.where(condition, 1, other), found)
        return run(
            rule, [nodes.where(settles, x.detach(), x) if isinstance(x, Value | Tensor) else x for x in operands]
        )
    finally:
        _noted.conditions = None


def run(rule: Rule, operands: Sequence[Any]) -> Sequence[Any]:
    """The slopes of a record by its rule, run on its operands and its result."""
    try:
        slopes: Sequence[Any] = rule(nodes, *operands)
    except EDGES:  # arithmetic among the constants alone, such as 1 / 0: by the rules for values, or for arrays
        kind = np.float64 if isinstance(operands[-1], Tensor) else Value
        with np.errstate(all="ignore"):
            slopes = rule(nodes, *(kind(x) if isinstance(x, (int, float)) else x for x in operands))
    return slopes
