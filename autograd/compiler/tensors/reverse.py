"""The reverse pass of a program: the vjp of each step, latest first, as lines.

A gradient may be smaller than its array as long as it broadcasts to it: the gradient of a mean is one number. Rules
that work element by element multiply with it as it is; the others get it in full.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ...arrays.layers import AFFINE, CONV, CROSS_ENTROPY_OVER, in_rows
from ...arrays.ops import (
    GETITEM,
    LOG_SOFTMAX_OVER,
    LOGSUMEXP_OVER,
    MATMUL,
    MEAN_OVER,
    RESHAPE,
    SOFTMAX_OVER,
    SUM_OVER,
    TRANSPOSE,
    VAR_OVER,
    is_basic,
    kept,
)
from ...arrays.sweep import QUICK
from ...arrays.table import ArrayPrimitive, arrays, in_numpy, shape_of
from ...core import ops
from ...core.namespaces import EDGES, at_edge, floats
from ...core.table import Primitive
from ...core.tape import Node
from ...core.value import Value
from .forward import AS_DTYPE, ITEM, RESHAPED, TOTAL, TRANSPOSED, Forward, is_single, rule_of
from .fused import at_once, class_slopes, full, mean_class_slope, placed
from .source import Name, Snippet, Writer

__all__ = ["FIRST_ADDED", "ROWS_ADDED", "SUMMED", "Reverse"]

FIRST_ADDED = Snippet(lambda x: np.add.reduce(x, axis=0), "add.reduce({}, 0)")
ROWS_ADDED = Snippet(lambda ones, x: ones.dot(x), "{}.dot({})")  # the same, of a matrix; quicker


SUMMED = rule_of("sum_to", arrays.sum_to)


class At:
    """A step as the rules of the reverse pass see it.

    Attributes
    ----------
    node : Node
        The step.
    k : int
        The argument whose term is asked for.
    g : Name
        The gradient by the step.
    operands, result
        The operands and the result as lines have them.
    parts : tuple or None
        What the forward pass keeps for this one.
    """

    def __init__(self, to: Reverse, node: Any, g: Any) -> None:
        self.node, self.k, self.g = node, 0, g
        self.operands: list[Any] = to.forward.operands(node)
        self.result: Name = to.forward.names[id(node)]
        self.parts = to.forward.parts.get(id(node))
        self.writer: Writer = to.writer
        self.call: Callable[..., Name] = to.writer.call
        self.number: Callable[[Any], Any] = to.writer.number


class Reverse:
    """Writes the reverse pass.

    Attributes
    ----------
    writer : Writer
        The lines.
    gradients : dict
        The variables of the gradients that are complete or being summed, by the identity of the node.
    """

    def __init__(self, forward: Forward, reached: set[int]) -> None:
        self.writer: Writer = forward.writer
        self.forward = forward
        self.gradients: dict[int, Any] = {}
        self._reached = reached

    def step(self, x: Node) -> None:
        """Write the lines for a step whose gradient is complete."""
        g = self.gradients.pop(id(x))
        op: Any = x._op
        rule: Callable[[At], Any] = _by_row if isinstance(op, ArrayPrimitive) else _by_slopes
        if not isinstance(x, Value):
            rule = RULES.get(op, rule)
            if self.writer.joins:
                rule = IN_PARTS.get(op, rule)
        at = At(self, x, g)
        for k, argument in enumerate(x.arguments()):
            if argument is not None and id(argument) in self._reached:
                is_alike = shape_of(argument._data) == shape_of(x._data) and not isinstance(op, ArrayPrimitive)
                at.k, at.g = k, g if is_alike else self.full(g, x)
                self._add(argument, rule(at))

    def number(self, x: Any) -> Any:
        """The numbers of an operand."""
        return self.writer.number(x)

    def full(self, g: Any, x: Node) -> Any:
        """A gradient in the whole shape of its array."""
        if isinstance(x, Value) or shape_of(self.number(g)) == x._data.shape:
            return g
        return self.writer.call(full, g, x._data.shape, x._data.dtype)

    def add_seed(self, x: Node, g: Any) -> None:
        """Begin with a gradient by a result."""
        self._add(x, g)

    def gradient(self, leaf: Node) -> Any:
        """The variable of the gradient by a leaf, in its shape."""
        g = self.gradients[id(leaf)]
        if isinstance(leaf, Value):
            return g
        number = self.number(g)
        if not isinstance(number, np.ndarray) or number.shape != leaf._data.shape:
            return self.writer.call(at_once, g, leaf._data.shape, leaf._data.dtype)
        return g

    def _add(self, argument: Any, term: Any) -> None:
        term = self._like(term, argument)
        before = self.gradients.get(id(argument))
        self.gradients[id(argument)] = term if before is None else self.writer.call(np.add, before, term)

    def _like(self, term: Any, argument: Node) -> Any:
        """A term that broadcasts to what it is for, in its dtype."""
        number = self.number(term)
        shape = shape_of(argument._data)
        given = shape_of(number)
        if isinstance(argument, Value):
            if given:
                term = self.writer.call(SUMMED, term, ())
            return self.writer.call(float, term) if not isinstance(self.number(term), float) else term
        if len(given) > len(shape) or any(n != m and n != 1 for n, m in zip(given[::-1], shape[::-1], strict=False)):
            if len(given) == len(shape) + 1 and given[1:] == shape:
                term = self._added(term)
            else:
                term = self.writer.call(SUMMED, term, shape)
        dtype = getattr(self.number(term), "dtype", None)
        return term if dtype is None or dtype == argument._data.dtype else self._as(term, argument._data.dtype)

    def _added(self, term: Any) -> Any:
        """A term, summed along its first axis."""
        number = self.number(term)
        if number.ndim != 2:
            return self.writer.call(FIRST_ADDED, term)
        return self.writer.call(ROWS_ADDED, np.ones(len(number), number.dtype), term)

    def _as(self, term: Any, dtype: Any) -> Any:
        return self.writer.call(AS_DTYPE, term, dtype)


# --- By the rows of the table -----------------------------------------------------------------------------------------


def _by_row(at: At) -> Any:
    op = at.node._op
    quick = None if isinstance(at.node, Value) else QUICK.get(op)
    if quick is not None:
        return at.call(rule_of(f"pull_{op.name}", quick[at.k]), at.g, *at.operands, at.result)
    return at.call(rule_of(f"pull_{op.name}", op.pull, arrays, at.k), at.g, *at.operands, at.result)


def _by_slopes(at: At) -> Any:
    op = at.node._op
    slopes = None
    if not isinstance(at.node, Value) and at.writer.traces(op):
        slopes = at.writer.traced(op.derivatives, (*at.operands, at.result))
    if slopes is not None:
        return at.g if _is_one(slopes[at.k]) else at.call(np.multiply, at.g, slopes[at.k])
    is_elementwise = any(shape_of(at.number(operand)) for operand in at.operands)
    rule = rule_of(f"slopes_{op.name}", in_numpy if is_elementwise else at_numbers, op.derivatives)
    slope = at.call(ITEM, at.call(rule, *at.operands, at.result), at.k)
    return at.g if _is_one(at.number(slope)) else at.call(np.multiply, at.g, slope)


def _is_one(slope: Any) -> bool:
    return type(slope) is int and slope == 1


def at_numbers(rule: Callable[..., Any], *numbers: Any) -> Any:
    """The local derivatives of an operation on single numbers, by IEEE 754."""
    try:
        return rule(floats, *map(float, numbers))
    except EDGES:
        return at_edge(rule, *numbers)


# --- Rules that are written out ---------------------------------------------------------------------------------------


def _div(at: At) -> Any:
    share = at.call(np.divide, at.g, at.operands[1])
    return at.call(np.multiply, share, at.call(np.negative, at.result)) if at.k else share


def _tanh(at: At) -> Any:
    return at.call(np.multiply, at.g, at.call(np.subtract, 1.0, at.call(np.square, at.result)))


def _sigmoid(at: At) -> Any:
    slope = at.call(np.multiply, at.result, at.call(np.subtract, 1.0, at.result))
    return at.call(np.multiply, at.g, slope)


def _relu(at: At) -> Any:
    """The sign of the result is 1 where the operand is positive, else 0; so the operand need not be kept."""
    return at.call(np.multiply, at.g, at.call(np.sign, at.result))


def _square(at: At) -> Any:
    return at.call(np.multiply, at.call(np.multiply, at.g, 2.0), at.operands[0])


def _power(at: At) -> Any:
    base, exponent = at.operands
    if type(exponent) not in (int, float) or not exponent:
        return _by_slopes(at)
    if exponent == 2:
        return _square(at)
    power = at.writer.traced(lambda m, x: m.power(x, exponent - 1), (base,)) if at.writer.traces(ops.POW) else None
    power = at.call(rule_of("power", arrays.power), base, exponent - 1) if power is None else power
    slope = at.call(np.multiply, power, exponent)
    return at.call(np.multiply, at.g, slope)


def _softmax(at: At) -> Any:
    share = at.call(TOTAL, at.call(np.multiply, at.g, at.result), at.operands[1])
    return at.call(np.multiply, at.result, at.call(np.subtract, at.g, share))


def _matmul(at: At) -> Any:
    x, y = map(at.number, at.operands)
    if is_single(x, y):
        g = at.call(RESHAPED, at.g, in_rows(at.number(at.g)).shape)
        if at.k:
            return at.call(np.matmul, at.writer.turned(at.call(RESHAPED, at.operands[0], in_rows(x).shape)), g)
        return at.call(RESHAPED, at.call(np.matmul, g, at.writer.turned(at.operands[1])), x.shape)
    other = at.operands[1 - at.k]
    ndim = at.number(other).ndim
    order = (*range(ndim - 2), ndim - 1, ndim - 2)
    turned = at.writer.turned(other) if ndim == 2 else at.call(TRANSPOSED, other, order)
    return at.call(np.matmul, turned, at.g) if at.k else at.call(np.matmul, at.g, turned)


def _conv(at: At) -> Any:
    if at.k == 0 or at.parts is None:
        return _by_row(at)
    samples, filters, *places = at.node._data.shape
    g = at.call(RESHAPED, at.g, (samples, filters, math.prod(places)))
    products = at.call(np.matmul, g, at.call(TRANSPOSED, at.parts[0], (0, 2, 1)))
    return at.call(RESHAPED, at.call(FIRST_ADDED, products), at.number(at.operands[1]).shape)


def _affine(at: At) -> Any:
    rows, weights, _ = at.operands
    g, given = at.g, at.number(rows)
    if at.k == 2:
        return g
    if given.ndim != 2:
        g = at.call(RESHAPED, g, in_rows(at.number(g)).shape)
    if at.k:
        rows = rows if given.ndim == 2 else at.call(RESHAPED, rows, in_rows(given).shape)
        return at.call(np.matmul, at.writer.turned(g), rows)
    found = at.call(np.matmul, g, weights)
    return found if given.ndim == 2 else at.call(RESHAPED, found, given.shape)


def _transpose(at: At) -> Any:
    axes = at.operands[1]
    if axes == (1, 0):
        return at.writer.turned(at.g)
    return at.call(TRANSPOSED, at.g, tuple(int(axis) for axis in np.argsort(axes)))


def _item(at: At) -> Any:
    array, index = at.operands
    if not is_basic(at.number(index)):
        return _by_row(at)
    number = at.number(array)
    return at.call(placed, at.g, index, number.shape, number.dtype)


def _sum(at: At) -> Any:
    array, axes, keepdims = at.operands
    if keepdims or not at.node._data.ndim:
        return at.g
    return at.call(RESHAPED, at.g, kept(at.number(array), axes))


def _mean(at: At) -> Any:
    at.g = at.call(np.divide, at.g, at.number(at.operands[0]).size // max(at.node._data.size, 1))
    return _sum(at)


def _var(at: At) -> Any:
    assert at.parts is not None
    centred, count = at.parts
    return at.call(np.multiply, _sum(at), at.call(np.divide, at.call(np.multiply, centred, 2.0), count))


def _logsumexp(at: At) -> Any:
    assert at.parts is not None
    return at.call(np.multiply, _sum(at), at.call(np.divide, *at.parts))


def _log_softmax(at: At) -> Any:
    share = at.call(np.multiply, at.call(np.exp, at.result), at.call(TOTAL, at.g, at.operands[1]))
    return at.call(np.subtract, at.g, share)


def _cross_entropy(at: At) -> Any:
    parts = at.parts
    assert parts is not None
    return at.call(class_slopes if len(parts) == 3 else mean_class_slope, at.g, *parts)


IN_PARTS: dict[Primitive | None, Callable[[At], Any]] = {  # as in `forward`
    VAR_OVER: _var,
    LOGSUMEXP_OVER: _logsumexp,
    LOG_SOFTMAX_OVER: _log_softmax,
}

RULES: dict[Primitive | None, Callable[[At], Any]] = {
    ops.ADD: lambda at: at.g,
    ops.COPY: lambda at: at.g,
    ops.SUB: lambda at: at.call(np.negative, at.g) if at.k else at.g,
    ops.MUL: lambda at: at.call(np.multiply, at.g, at.operands[1 - at.k]),
    ops.DIV: _div,
    ops.NEG: lambda at: at.call(np.negative, at.g),
    ops.EXP: lambda at: at.call(np.multiply, at.g, at.result),
    ops.LOG: lambda at: at.call(np.divide, at.g, at.operands[0]),
    ops.TANH: _tanh,
    ops.SIGMOID: _sigmoid,
    ops.RELU: _relu,
    ops.SQUARE: _square,
    ops.POW: _power,
    MATMUL: _matmul,
    CONV: _conv,
    SOFTMAX_OVER: _softmax,
    AFFINE: _affine,
    RESHAPE: lambda at: at.call(RESHAPED, at.g, at.number(at.operands[0]).shape),
    TRANSPOSE: _transpose,
    GETITEM: _item,
    SUM_OVER: _sum,
    MEAN_OVER: _mean,
    CROSS_ENTROPY_OVER: _cross_entropy,
}
