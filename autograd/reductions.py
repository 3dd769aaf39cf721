"""Functions of several values: one record each, however many values there are.

They take one sequence: of values and numbers, which gives a value; of numbers alone or a one-dimensional array, which
gives a float (`softmax` and `log_softmax`: an array for an array, else a list). The examples assume
``from autograd import *``.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from . import ops
from .array_products import matmul
from .arraylike import array_like, is_array_like, plain, shaped
from .errors import InputTypeError, InputValueError
from .more_ops import TABLE
from .namespaces import EDGES
from .shaped import Axis, correction
from .table import Primitive
from .tape import Node, record
from .tensor import Tensor, perform
from .value import Value, compute, operand

__all__ = [
    "dot",
    "log_softmax",
    "logsumexp",
    "max",
    "mean",
    "min",
    "norm",
    "prod",
    "softmax",
    "std",
    "sum",
    "var",
]


def _split(values: Any, what: str) -> tuple[tuple[Node | None, ...], Sequence[float]]:
    """A sequence of values and numbers as nodes, ``None`` for a constant, and numbers."""
    if type(values) is not list and type(values) is not tuple:
        values = _elements(values, what)
    values = tuple(values)
    numbers = [x._data for x in values if type(x) is Value]
    if len(numbers) == len(values):
        return values, numbers
    if not numbers:
        numbers = [x for x in values if type(x) is float]
        if len(numbers) == len(values):
            return (None,) * len(values), numbers
    pairs = list(map(operand, values))
    return tuple(node for node, _ in pairs), [x for _, x in pairs]


def _elements(values: Any, what: str) -> Iterable[Any]:
    """What there is in an array or any other iterable."""
    if isinstance(values, np.ndarray):
        if values.ndim != 1:
            raise InputValueError(f"{what} takes a sequence, or an array of one dimension, not of shape {values.shape}")
        elements: list[Any] = values.tolist()
        return elements
    if isinstance(values, (Node, str)) or not isinstance(values, Iterable):
        raise InputTypeError(
            f"{what} takes one sequence of values, not {type(values).__name__} {values!r:.40}; write {what}([…])"
        )
    return values


def _several(values: Any, what: str) -> tuple[tuple[Node | None, ...], Sequence[float]]:
    nodes, numbers = _split(values, what)
    if not nodes:
        raise InputValueError(f"{what} of no values is not defined; give at least one")
    return nodes, numbers


def _result(op: Primitive, nodes: tuple[Node | None, ...], numbers: Sequence[float]) -> Any:
    data = compute(op, *numbers)
    if not any(node is not None for node in nodes):
        return data
    return record(Value, op, nodes, numbers, data)


def _over(
    op: Primitive, values: Any, axis: Axis, keepdims: bool, nothing: float | None = None, method: str = ""
) -> Any:
    """A reduction: the method of a tensor or an array; one record for a sequence, or a number for an empty one."""
    name = method or op.name
    if is_array_like(values):
        return plain(getattr(shaped(values, name), name)(axis, keepdims))
    _no_axis(name, axis is not None or keepdims)
    nodes, numbers = _split(values, name)
    if not nodes and nothing is None:
        raise InputValueError(f"{name} of no values is not defined; give at least one")
    return _result(op, nodes, numbers) if nodes else nothing


def _no_axis(name: str, given: bool) -> None:
    if given:
        raise InputTypeError(
            f"{name} along an axis is for tensors and arrays; make one: autograd.stack(values), or np.array(numbers)"
        )


def sum(values: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """The sum; of a sequence from left to right, and 0.0 of nothing.

    Each value's derivative is 1.

    Examples
    --------
    >>> x, y = Value(1.0), Value(2.0); total = sum([x, y, y]); total.backward()
    >>> total.data, x.grad, y.grad
    (5.0, 1.0, 2.0)
    """
    return _over(ops.SUM, values, axis, keepdims, nothing=0.0)


def mean(values: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """The arithmetic mean.

    Each value's derivative is 1/n.

    Raises
    ------
    InputValueError
        If there is no value.

    Examples
    --------
    >>> x, y = Value(1.0), Value(2.0); average = mean([x, y]); average.backward()
    >>> average.data, x.grad
    (1.5, 0.5)
    """
    return _over(ops.MEAN, values, axis, keepdims)


def prod(values: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """The product; of a sequence from left to right, and 1.0 of nothing.

    Each value's derivative is the product of the others, found without a division: right at 0 as well.

    Examples
    --------
    >>> x, y, z = Value(0.0), Value(2.0), Value(3.0); prod([x, y, z]).backward()
    >>> x.grad, y.grad, z.grad
    (6.0, 0.0, 0.0)
    """
    return _over(ops.PROD, values, axis, keepdims, nothing=1.0)


def dot(ws: Any, xs: Any, bias: Any = 0) -> Any:
    """``bias + w1 x1 + w2 x2 + …``, from left to right: a neuron's pre-activation, as one record.

    ``d/dw_i = x_i``, ``d/dx_i = w_i``, ``d/dbias = 1``

    Of tensors and arrays it is the product of vectors and matrices, as in numpy.

    Raises
    ------
    InputValueError
        If there are not as many weights as inputs.

    Examples
    --------
    >>> w, x = [Value(2.0), Value(3.0)], [5.0, 7.0]
    >>> z = dot(w, x, bias=1.0); z.backward()
    >>> z.data, [each.grad for each in w]
    (32.0, [5.0, 7.0])
    """
    if not (type(ws) in _SEQUENCES and type(xs) in _SEQUENCES) and (_is_matrix(ws) or _is_matrix(xs)):
        return _product(ws, xs, bias)
    w_nodes, w_numbers = _split(ws, "dot")
    x_nodes, x_numbers = _split(xs, "dot")
    if len(w_nodes) != len(x_nodes):
        raise InputValueError(f"dot needs as many weights as inputs, not {len(w_nodes)} and {len(x_nodes)}")
    b_node, b = (bias, bias._data) if type(bias) is Value else operand(bias)
    try:
        data = b
        for w, x in zip(w_numbers, x_numbers, strict=True):
            data += w * x
        data -= 0.0  # makes a float of an integer, and leaves -0.0 as it is
    except EDGES:  # a product of integers beyond all floats
        data = compute(ops.DOT, *w_numbers, *x_numbers, b)
    nodes = (*w_nodes, *x_nodes, b_node)
    if b_node is None and not any(node is not None for node in nodes):
        return data
    return record(Value, ops.DOT, nodes, (*w_numbers, *x_numbers, b), data)


_SEQUENCES = {list, tuple}  # asked first, since a neuron's weights and inputs are


def _is_matrix(x: Any) -> bool:
    return isinstance(x, Tensor) or (isinstance(x, np.ndarray) and x.ndim > 1)


def _product(x: Any, y: Any, bias: Any) -> Any:
    """The product of vectors and matrices; ``bias`` is added to it."""
    if np.ndim(getattr(x, "_data", x)) > 2 or np.ndim(getattr(y, "_data", y)) > 2:
        raise InputValueError("dot takes vectors and matrices; for several of them write x @ y, or einsum")
    product = matmul(x, y)
    return product + bias if isinstance(bias, Node) or np.any(bias) else product


def norm(values: Any, order: float = 2, axis: Axis = None, keepdims: bool = False) -> Any:
    """The length of a vector: order 1 sums the magnitudes, order 2 is Euclid's, order ``inf`` is the largest magnitude.

    ``d/dx_i = sign(x_i)`` for order 1, ``x_i / norm`` for order 2 (without overflow), ``sign(x_i)`` for the largest in
    order ``inf``, shared evenly among equals. 0 for the zero vector in each. Of all numbers of a matrix it is that of
    their row.

    Raises
    ------
    InputValueError
        If the order is another, or there is no value.

    Examples
    --------
    >>> x, y = Value(3.0), Value(-4.0); length = norm([x, y]); length.backward()
    >>> length.data, x.grad, y.grad
    (5.0, 0.6, -0.8)
    """
    op = {1: ops.NORM1, 2: ops.NORM2, math.inf: ops.NORM_INF}.get(order)
    if op is None:
        raise InputValueError(f"norm has order 1, 2 or inf, not {order!r}")
    if op is not ops.NORM2 and is_array_like(values):
        magnitudes = shaped(perform(ops.ABS, array_like(values, "norm")), "norm")
        return plain((magnitudes.sum if op is ops.NORM1 else magnitudes.max)(axis, keepdims))
    return _over(op, values, axis, keepdims, method="norm")


def max(values: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """The largest; nan if one is.

    1 for the largest, shared evenly among k equal ones as 1/k; 0 for the others.

    Raises
    ------
    InputValueError
        If there is no value.

    Examples
    --------
    >>> x, y, z = Value(1.0), Value(3.0), Value(3.0); max([x, y, z]).backward()
    >>> x.grad, y.grad, z.grad
    (0.0, 0.5, 0.5)
    """
    return _over(ops.MAX, values, axis, keepdims)


def min(values: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """The smallest; nan if one is.

    1 for the smallest, shared evenly among k equal ones as 1/k; 0 for the others.

    Raises
    ------
    InputValueError
        If there is no value.

    Examples
    --------
    >>> x, y = Value(1.0), Value(3.0); min([x, y]).backward()
    >>> x.grad, y.grad
    (1.0, 0.0)
    """
    return _over(ops.MIN, values, axis, keepdims)


def logsumexp(values: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """``log(exp(x1) + exp(x2) + …)``, without overflow: a smooth maximum.

    ``d/dx_i = softmax(x)_i``

    Raises
    ------
    InputValueError
        If there is no value.

    Examples
    --------
    >>> x, y = Value(1000.0), Value(1000.0); z = logsumexp([x, y]); z.backward()
    >>> z.data, x.grad, y.grad
    (1000.6931471806, 0.5, 0.5)
    """
    return _over(ops.LOGSUMEXP, values, axis, keepdims)


def var(values: Any, axis: Axis = None, keepdims: bool = False, ddof: int = 0) -> Any:
    """The variance: squared distances from the mean, summed up and divided by ``n - ddof``.

    ``d/dx_i = 2 (x_i - mean) / (n - ddof)``

    Raises
    ------
    InputValueError
        If there are no more than ``ddof`` values.

    Examples
    --------
    >>> x, y = Value(1.0), Value(5.0); v = var([x, y]); v.backward()
    >>> v.data, x.grad, y.grad
    (4.0, -2.0, 2.0)
    """
    return _spread(TABLE["var"], values, axis, keepdims, ddof)


def std(values: Any, axis: Axis = None, keepdims: bool = False, ddof: int = 0) -> Any:
    """The standard deviation: the square root of the variance.

    ``d/dx_i = (x_i - mean) / ((n - ddof) std)``, and 0 where all are equal

    Raises
    ------
    InputValueError
        If there are no more than ``ddof`` values.

    Examples
    --------
    >>> x, y = Value(1.0), Value(5.0); s = std([x, y]); s.backward()
    >>> s.data, x.grad, y.grad
    (2.0, -0.5, 0.5)
    """
    return _spread(TABLE["std"], values, axis, keepdims, ddof)


def _spread(op: Primitive, values: Any, axis: Axis, keepdims: bool, ddof: int) -> Any:
    if is_array_like(values):
        return plain(getattr(shaped(values, op.name), op.name)(axis, keepdims, ddof))
    _no_axis(op.name, axis is not None or keepdims)
    nodes, numbers = _several(values, op.name)
    result = _result(op, nodes, numbers)
    factor = correction(len(nodes), ddof)
    return result * (factor if op.name == "var" else math.sqrt(factor)) if ddof else result


def softmax(values: Any, axis: Axis = -1) -> Any:
    """``exp(x_i) / (exp(x1) + exp(x2) + …)`` for each i: positive numbers that add up to 1.

    ``d p_i/dx_j = p_i (δ_ij - p_j)``

    Raises
    ------
    InputValueError
        If there is no value.

    Examples
    --------
    >>> x, y = Value(0.0), Value(0.0); p, q = softmax([x, y]); p.backward()
    >>> p.data, x.grad, y.grad
    (0.5, 0.25, -0.25)
    """
    return _each(ops.SOFTMAX, values, axis)


def log_softmax(values: Any, axis: Axis = -1) -> Any:
    """``log(softmax(x)_i)`` for each i, exact where a probability is too small for a float.

    ``d log p_i/dx_j = δ_ij - p_j``

    Raises
    ------
    InputValueError
        If there is no value.

    Examples
    --------
    >>> x, y = Value(1000.0), Value(0.0); p, q = log_softmax([x, y]); q.backward()
    >>> q.data, x.grad, y.grad
    (-1000.0, -1.0, 1.0)
    """
    return _each(ops.LOG_SOFTMAX, values, axis)


def _each(op: Primitive, values: Any, axis: Axis) -> Any:
    if is_array_like(values):
        return plain(getattr(shaped(values, op.name), op.name)(axis))
    _no_axis(op.name, axis != -1)
    nodes, numbers = _several(values, op.name)
    results = [_result(op, (None, *nodes), (index, *numbers)) for index in range(len(nodes))]
    return np.array(results) if isinstance(values, np.ndarray) and values.dtype != object else results
