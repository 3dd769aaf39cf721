"""Recorded rules: the terms of a pass that can itself be differentiated.

The rules are the rows of the table, evaluated in the namespace `nodes`, in which ``exp`` of a value records an ``exp``.
A recorded pass skips only what is zero by structure, as the branch of a ``where`` that was not taken, since a number
that happens to be 0 may have a derivative: ``(x * x) * x`` at 0 has the third derivative 6. Of a value such a term is
left out; of a tensor, which may be zero by structure in some elements, a mask goes along with the term.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from ..arrays.ops import kept
from ..arrays.sweep import BILINEAR, array_slopes, nothing_from_idle
from ..arrays.table import ArrayPrimitive, arrays, shape_of
from ..arrays.tensor import Tensor, apply
from ..core import ops
from ..core.context import inside_operator, inside_recording
from ..core.sweep import local_derivatives
from ..core.tape import Node, record
from ..core.value import Value
from .nodes import held, nodes, run

__all__ = ["Term", "terms_backward", "terms_forward"]

Mask = Any  # of a tensor's elements, True where a term is zero by structure; None if it is nowhere


class Term:
    """A term of an adjoint, or a sum of terms, with the mask of the elements that are zero by structure."""

    __slots__ = ("mask", "number")

    def __init__(self, number: Any, mask: Mask = None) -> None:
        self.number, self.mask = number, mask

    def __add__(self, other: Term) -> Term:
        both = None if self.mask is None or other.mask is None else self.mask & other.mask
        return Term(self.number + other.number, both)


# --- Reverse mode -----------------------------------------------------------------------------------------------------


def terms_backward(z: Node, adjoint: Term, below: set[int]) -> Iterator[tuple[Any, Term]]:
    """The terms that a record adds to the adjoints of its arguments, as values.

    ``adjoint`` is the upstream gradient: a number, an array, or a recorded value; ``below`` has the identities of the
    arguments that need a term.
    """
    g, idle = adjoint.number, adjoint.mask
    if isinstance(z._op, ArrayPrimitive):
        operands = _operands(z)
        if idle is not None and z._op in BILINEAR:  # a factor that only idle elements are multiplied with
            operands = [
                _masked(x, _pulled_mask(z, k, idle)) if isinstance(x, (Node, np.ndarray)) else x
                for k, x in enumerate(operands)
            ]
        for k, argument in enumerate(z.arguments()):
            if id(argument) in below:
                term, mask = z._op.pull(nodes, k, g, *operands, z), _pulled_mask(z, k, idle)
                if isinstance(argument, Tensor):
                    yield argument, Term(_masked(term, mask), mask)
                elif mask is None or not mask:
                    yield argument, Term(term)
        return
    for argument, slope in zip(z.arguments(), _slopes(z), strict=True):
        if id(argument) in below and not _is_left_out(slope, z._op):
            if not isinstance(z, Tensor):
                yield argument, Term(_contribution(g, slope, z._op))
                continue
            mask = _united(idle, _unselected(z, slope))
            term = nodes.sum_like(_masked(_contribution(g, slope, z._op), mask), argument)
            if isinstance(argument, Tensor):
                if isinstance(term, np.ndarray):  # of constants alone, which are in double precision
                    term = _typed(term, argument)
                yield argument, Term(term, None if mask is None else _summed_mask(mask, argument.shape))
            else:
                yield argument, Term(nodes.entry(term, ()))


# These operations move, repeat and add up elements, in the same way whatever the numbers are.
_STRUCTURAL = {
    "broadcast_to", "sum_to", "reshape", "transpose", "mT", "getitem", "scatter", "pad", "sum_over", "mean_over",
    "concatenate", "windows", "overlap", "stack", "entry", "cumsum", "cast", "half_lower",
}  # fmt: skip


def _pulled_mask(z: Node, k: int, idle: Mask) -> Mask:
    """The mask of the term for argument k of an operation on whole arrays."""
    op: Any = z._op
    numbers = z.numbers()
    x: Any = numbers[k]
    if op.name in ("entry", "getitem") and idle is None:  # the elements that are not picked
        idle = np.zeros(shape_of(z._data), bool)
    mask: Mask
    if op.weights is not None:
        axes = numbers[1]
        mask = None if idle is None else np.broadcast_to(np.reshape(idle, kept(x, axes)), x.shape)
        if op.selects:
            mask = _united(mask, np.equal(op.weights(arrays, *numbers[:2], z._data), 0))
    elif idle is None:
        return None
    elif op.slices is not None and (axes := op.slices(*numbers)) is not None:
        mask = idle.all(axis=axes, keepdims=True) if idle.ndim == x.ndim else np.expand_dims(idle, axes)
        mask = np.broadcast_to(mask, x.shape)
    elif op.name in _STRUCTURAL or op in BILINEAR:
        factors = [np.ones_like(y) if op in BILINEAR and isinstance(y, np.ndarray) else y for y in numbers]
        reached = np.where(idle, 0.0, 1.0)[()]
        mask = np.equal(op.pull(arrays, k, reached, *factors, z._data), 0)
    else:
        return None
    return mask if np.any(mask) else None


def _unselected(z: Node, slope: Any) -> Mask:
    """The elements of an argument that a selecting operation did not take."""
    op: Any = z._op
    if not op.selects or op in (ops.LEAKY_RELU, ops.PRELU):  # their slope may be a number that is 0
        return None
    zero = np.broadcast_to(np.equal(_number_of(slope), 0), shape_of(z._data))
    return zero if zero.any() else None


def _united(first: Mask, second: Mask) -> Mask:
    return first if second is None else second if first is None else first | second


def _masked(term: Any, mask: Mask) -> Any:
    """A term, and 0 in the elements of the mask, whatever its own derivatives are there."""
    if mask is None:
        return term
    return nodes.where(mask, 0.0, term) if isinstance(term, Node) else np.where(mask, 0.0, term)


def _summed_mask(mask: Any, shape: tuple[int, ...]) -> Mask:
    """The mask of a term that is summed over the axes along which broadcasting repeated its argument."""
    return mask if mask.shape == shape else np.equal(arrays.sum_to(np.where(mask, 0.0, 1.0), shape), 0)


# --- Forward mode -----------------------------------------------------------------------------------------------------


def terms_forward(z: Node, tangents: Mapping[int, Any], closed: bool) -> Iterator[Any]:
    """The terms that the tangents of a record's arguments add to its own.

    ``closed`` says that no level of differentiation lies further out: then the terms are numbers, and an element of a
    tensor whose tangent is 0 adds nothing, even where the local derivative is infinite or nan.
    """
    if isinstance(z._op, ArrayPrimitive):
        m, operands = (arrays, [*z.numbers(), z._data]) if closed else (nodes, [*_operands(z), z])
        for k, argument in enumerate(z.arguments()):
            if id(argument) in tangents:
                tangent = tangents[id(argument)]
                if z._op.weights is not None:
                    x, axes, keepdims = operands[:3]
                    weights = z._op.weights(m, x, axes, *operands[3:])
                    unselected = np.equal(_number_of(weights), 0) if z._op.selects else None
                    product = _masked(_or_0(tangent, weights * tangent) if closed else weights * tangent, unselected)
                    term = m.sum_over(product, axes, keepdims)
                else:
                    term = z._op.push(m, k, tangent, *operands)
                    if closed and np.isnan(term).any():
                        term = nothing_from_idle(z._op, z._op.push, m, k, tangent, *operands)
                yield _typed(term, z) if closed else term
        return
    slopes = array_slopes(z) if closed and isinstance(z, Tensor) else local_derivatives(z) if closed else _slopes(z)
    for argument, slope in zip(z.arguments(), slopes, strict=True):
        if id(argument) in tangents and not _is_left_out(slope, z._op):
            tangent = tangents[id(argument)]
            product = _contribution(tangent, slope, z._op)
            if not isinstance(z, Tensor):
                yield product
                continue
            if shape_of(product) != z._data.shape:
                product = (arrays if closed else nodes).broadcast_to(product, z._data.shape)
            product = _masked(_or_0(tangent, product) if closed else product, _unselected(z, slope))
            yield _typed(product, z) if closed else product


def _number_of(x: Any) -> Any:
    return x._data if isinstance(x, Node) else x


def _or_0(tangent: Any, product: Any) -> Any:
    """The product of numbers, and 0 where the tangent is 0."""
    return np.where(np.equal(tangent, 0), 0.0, product) if np.isnan(product).any() else product


def _typed(term: Any, z: Node) -> Any:
    """A term in the dtype of the record."""
    return np.asarray(term, dtype=z._data.dtype) if isinstance(z, Tensor) else term


# --- Local derivatives ------------------------------------------------------------------------------------------------


def _operands(z: Node) -> list[Any]:
    return [x if node is None else _as_recorded(node, x) for node, x in z.operands()]


def _slopes(z: Node) -> Sequence[Any]:
    """The local derivatives of a record as values: its rule, run on its arguments."""
    rule = z._op.derivatives  # type: ignore[union-attr]
    operands = [*_operands(z), z]
    return held(rule, operands) if inside_recording() and inside_operator() else run(rule, operands)


def _as_recorded(node: Node, x: float) -> Node:
    """The argument of a record; a copy with its old number, if it is a leaf whose data was assigned since."""
    return node if node._data is x else record(type(node), ops.COPY, (node,), (x,), x)


_DECISIVE = (ops.WHERE, ops.MUL, ops.DIV)


def _is_left_out(slope: Any, op: Any) -> bool:
    """True if the operation selects and did not select this argument: its slope is 0 by a choice, not by chance.

    Such a slope is the number 0, or what the rows make of it: a ``where`` that took it, a product or a quotient of it.
    A slope that happens to be 0, as a trained one of ``leaky_relu`` may, has derivatives nevertheless. A program that
    is recorded to be compiled must not depend on a number: there the product is 0 by a choice of its own.
    """
    by_number = not inside_recording()
    while by_number and isinstance(slope, Value) and not slope._data and slope._op in _DECISIVE:
        operands = slope.operands()
        decisive = 0 if slope._op is ops.DIV else 1 if slope._op is ops.MUL or operands[0][1] else 2
        node, x = operands[decisive]
        slope = x if node is None else node
    return op.selects and not isinstance(slope, (Node, np.ndarray)) and not slope


def _contribution(g: Any, slope: Any, op: Any) -> Any:
    """The contribution ``g * slope``: 0, even of an infinite ``g``, to an argument that was not selected."""
    if type(slope) is int and slope == 1:
        return g
    compiled = inside_recording()
    product = apply(ops.MUL, g, slope) if isinstance(g, np.ndarray) and isinstance(slope, Value) else g * slope
    if op.selects and (compiled or not np.all(np.isfinite(g._data if isinstance(g, Node) else g))):
        return nodes.where(nodes.equal(slope, 0), 0.0, product)
    if compiled and (op.domain or op.edge) and isinstance(g, Node):  # it may be a side not taken, without slope
        finite = nodes.less(nodes.absolute(slope), math.inf)
        return nodes.where(finite, product, nodes.where(nodes.equal(g, 0), 0.0, product))
    return product
