"""The forward pass of a program: for each step the lines that compute it.

An operation that is one function of numpy is a call of this function. Any other runs the rule of its row.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from ...arrays.layers import AFFINE, CONV, CROSS_ENTROPY_OVER, columns, in_rows
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
)
from ...arrays.table import ArrayPrimitive, arrays, in_numpy
from ...core import ops
from ...core.table import Primitive
from ...core.tape import Node
from ...core.value import Value, compute
from ..recording.tracer import DETACH
from .derived import Derived
from .fused import class_losses, mean_class_loss
from .source import Name, Snippet, Writer
from .steps import operands_of

__all__ = ["ADDED", "ALL_ADDED", "LARGEST", "TOTAL", "Forward", "is_single", "rule_of"]

TRANSPOSED = Snippet(lambda x, axes: x.transpose(axes), "{}.transpose({})")
RESHAPED = Snippet(lambda x, shape: x.reshape(shape), "{}.reshape({})", by_layout=True)
ITEM = Snippet(lambda x, index: x[index], "{}[{}]")
AS_DTYPE = Snippet(np.asarray, "asarray({}, {})")
ALL_ADDED = Snippet(lambda x: np.add.reduce(x, axis=None), "add.reduce({}, axis=None)")
ADDED = Snippet(
    lambda x, axes, keepdims: np.add.reduce(x, axis=axes, keepdims=keepdims), "add.reduce({}, {}, keepdims={})"
)
LARGEST = Snippet(
    lambda x, axes: np.maximum.reduce(x, axis=axes, keepdims=True), "maximum.reduce({}, {}, keepdims=True)"
)
TOTAL = Snippet(lambda x, axes: np.add.reduce(x, axis=axes, keepdims=True), "add.reduce({}, {}, keepdims=True)")

COLUMNS = 1 << 20  # bytes of the columns of images, many times their size, that a record keeps

# Operations that are a universal function of numpy by another name.
UFUNCS: dict[Primitive | None, np.ufunc] = {
    ops.ADD: np.add, ops.SUB: np.subtract, ops.MUL: np.multiply, ops.DIV: np.divide, ops.NEG: np.negative,
    ops.ABS: np.absolute, ops.SQUARE: np.square, ops.FLOORDIV: np.floor_divide, ops.MOD: np.remainder,
}  # fmt: skip


def rule_of(name: str, rule: Callable[..., Any], *first: Any) -> Any:
    """A rule with its first arguments, under the name of its operation."""
    found = partial(rule, *first)
    vars(found)["__name__"] = name
    return found


class At:
    """A step as the rules of the forward pass see it: its node, its operands as lines have them, and the writer."""

    def __init__(self, forward: Forward, node: Any, operands: list[Any]) -> None:
        self.forward, self.node, self.operands = forward, node, operands
        self.writer = forward.writer
        self.call: Callable[..., Name] = forward.writer.call
        self.number: Callable[[Any], Any] = forward.writer.number


class Forward:
    """Writes the forward pass.

    Attributes
    ----------
    writer : Writer
        The lines.
    names : dict
        The variables of leaves and steps, by identity.
    parts : dict
        Variables that the reverse pass of a step shares, by identity of the step.
    """

    def __init__(self, writer: Writer, names: dict[int, Name], kept: dict[int, Any]) -> None:
        self.writer, self.names = writer, names
        self.parts: dict[int, tuple[Any, ...]] = {}
        self._kept = kept

    def named(self, x: Any) -> Any:
        """An operand as lines have it."""
        if isinstance(x, (Node, Derived)):
            return self.names[id(x)]
        return tuple(map(self.named, x)) if isinstance(x, tuple) else x

    def operands(self, x: Any) -> list[Any]:
        """The operands of a step as lines have them."""
        return [self.named(each) for each in operands_of(x, self._kept)]

    def step(self, x: Any) -> None:
        """Write the lines of a step."""
        operands = self.operands(x)
        if isinstance(x, Derived):
            rule: Any = x.function
            if x.options:
                rule = rule_of(getattr(rule, "__name__", "rule"), partial(rule, **x.options))
            self.names[id(x)] = self.writer.call(rule, *operands)
        elif x._op is DETACH or x._op is ops.COPY:
            self.names[id(x)] = operands[0]
        else:
            at = At(self, x, operands)
            rule = _by_rule if isinstance(x, Value) else RULES.get(x._op, _by_rule)
            if self.writer.joins:
                rule = IN_PARTS.get(x._op, rule)
            self.names[id(x)] = self._in_its_dtype(rule(at), x)

    def _in_its_dtype(self, name: Name, x: Node) -> Name:
        """The result in the dtype of the record: an operation on a plain number may give float64."""
        number = self.writer.values[name]
        if isinstance(x, Value):
            return name if isinstance(number, float) else self.writer.call(float, name)
        dtype = x._data.dtype
        return name if getattr(number, "dtype", None) == dtype else self.writer.call(AS_DTYPE, name, dtype)


def _by_rule(at: At) -> Name:
    op = at.node._op
    if isinstance(op, ArrayPrimitive):
        return at.call(rule_of(op.name, op.value, arrays), *at.operands)
    if isinstance(at.node, Value):
        return at.call(rule_of(op.name, compute, op), *at.operands)
    ufunc = UFUNCS.get(op, arrays.__dict__.get(op.name))
    if isinstance(ufunc, np.ufunc):
        return at.call(ufunc, *at.operands)
    found = at.writer.traced(op.value, at.operands) if at.writer.traces(op) else None
    if type(found) is Name and np.shape(at.number(found)) == at.node._data.shape:
        return found
    return at.call(rule_of(op.name, in_numpy, op.value), *at.operands)


def _relu(at: At) -> Name:
    return at.call(np.maximum, at.operands[0], 0.0)


def _power(at: At) -> Name:
    base, exponent = at.operands
    is_square = type(exponent) in (int, float) and exponent == 2
    return at.call(np.square, base) if is_square else _by_rule(at)


def _sigmoid(at: At) -> Name:
    grown = at.call(np.exp, at.call(np.negative, at.operands[0]))  # an infinity gives 0, as it has to
    return at.call(np.divide, 1.0, at.call(np.add, grown, 1.0))


def _softmax(at: At) -> Name:
    x, axes = at.operands
    exps = at.call(np.exp, at.writer.below(x, at.call(LARGEST, x, axes)))
    return at.call(np.divide, exps, at.call(TOTAL, exps, axes))


def _matmul(at: At) -> Name:
    """A product with one matrix is a single one, however many matrices its rows stand in."""
    x, y = at.operands
    given = at.number(x)
    if not is_single(given, at.number(y)):
        return at.call(np.matmul, x, y)
    return at.call(RESHAPED, at.call(np.matmul, at.call(RESHAPED, x, in_rows(given).shape), y), at.node._data.shape)


def is_single(x: Any, y: Any) -> bool:
    """True if the rows of several matrices are multiplied with one matrix."""
    return bool(x.ndim > 2 == y.ndim and x.size)


def _conv(at: At) -> Name:
    """A product with the columns of the windows, which the reverse pass reads, too, unless they are large."""
    images, filters, stride = at.operands
    shape = at.number(filters).shape
    if columns(at.number(images), shape[2:], stride).nbytes > COLUMNS:
        return _by_rule(at)
    patches = at.call(columns, images, shape[2:], stride)
    at.forward.parts[id(at.node)] = (patches,)
    rows = at.call(RESHAPED, filters, (shape[0], math.prod(shape[1:])))
    return at.call(RESHAPED, at.call(np.matmul, rows, patches), at.node._data.shape)


def _affine(at: At) -> Name:
    rows, weights, bias = at.operands
    given = at.number(rows)
    if given.ndim != 2:
        rows = at.call(RESHAPED, rows, in_rows(given).shape)
    z = at.call(np.add, at.call(np.matmul, rows, at.writer.turned(weights)), bias)
    return z if given.ndim == 2 else at.call(RESHAPED, z, at.node._data.shape)


def _transpose(at: At) -> Any:
    x, axes = at.operands
    return at.writer.turned(x) if axes == (1, 0) else at.call(TRANSPOSED, x, axes)


def _sum(at: At) -> Name:
    array, axes, keepdims = at.operands
    if not keepdims and len(axes) == at.number(array).ndim:
        return at.call(ALL_ADDED, array)
    return at.call(ADDED, array, axes, keepdims)


def _mean(at: At) -> Name:
    return at.call(np.divide, _sum(at), at.number(at.operands[0]).size // max(at.node._data.size, 1))


def _var(at: At) -> Name:
    """The mean square of the distances from the mean; of equal numbers exactly 0, as their mean need not be one."""
    x, axes, keepdims = at.operands
    shape = at.number(x).shape
    count = math.prod(shape[k] for k in axes)
    first = tuple(slice(0, 1) if k in axes else slice(None) for k in range(len(shape)))
    gaps = at.call(np.subtract, x, at.call(ITEM, x, first))
    centred = at.call(np.subtract, gaps, at.call(np.divide, at.call(TOTAL, gaps, axes), count))
    at.forward.parts[id(at.node)] = centred, count
    return at.call(np.divide, at.call(ADDED, at.call(np.square, centred), axes, keepdims), count)


def _logsumexp(at: At) -> Name:
    x, axes, _ = at.operands
    top = at.call(LARGEST, x, axes)
    exps = at.call(np.exp, at.writer.below(x, top))
    total = at.call(TOTAL, exps, axes)
    at.forward.parts[id(at.node)] = exps, total
    return at.call(RESHAPED, at.call(np.add, top, at.call(np.log, total)), at.node._data.shape)


def _log_softmax(at: At) -> Name:
    x, axes = at.operands
    gaps = at.writer.below(x, at.call(LARGEST, x, axes))
    return at.call(np.subtract, gaps, at.call(np.log, at.call(TOTAL, at.call(np.exp, gaps), axes)))


def _cross_entropy(at: At) -> Name:
    scores, axes, _, classes = at.operands
    given = np.asarray(at.number(classes))
    # The number of the true class stands last in the index of its score.
    true = (*(np.indices(given.shape) if given.ndim > 1 else [np.arange(len(given))]), classes)
    top = at.call(LARGEST, scores, -1)
    gaps = at.call(np.subtract, scores, top) if len(axes) > 1 else at.writer.below(scores, top)
    exps = at.call(np.exp, gaps)
    total = at.call(TOTAL, exps, -1)
    if len(axes) == 1:
        at.forward.parts[id(at.node)] = exps, total, true
        return at.call(class_losses, scores, top, total, true)
    at.forward.parts[id(at.node)] = exps, total, true, given.size
    return at.call(mean_class_loss, scores, top, exps, total, true, given.size)


IN_PARTS: dict[Primitive | None, Callable[[At], Any]] = {  # by a writer that joins them; else numpy runs the rule
    VAR_OVER: _var,
    LOGSUMEXP_OVER: _logsumexp,
    LOG_SOFTMAX_OVER: _log_softmax,
}

RULES: dict[Primitive | None, Callable[[At], Any]] = {
    ops.RELU: _relu,
    ops.POW: _power,
    ops.SIGMOID: _sigmoid,
    MATMUL: _matmul,
    CONV: _conv,
    SOFTMAX_OVER: _softmax,
    AFFINE: _affine,
    TRANSPOSE: _transpose,
    RESHAPE: lambda at: at.call(RESHAPED, *at.operands),
    GETITEM: lambda at: at.call(ITEM, *at.operands),
    SUM_OVER: _sum,
    MEAN_OVER: _mean,
    CROSS_ENTROPY_OVER: _cross_entropy,
}
