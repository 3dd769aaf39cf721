"""Functions of several values: one record each, however many values there are.

They take one sequence: of values and numbers, which gives a value; of numbers alone or a one-dimensional array, which
gives a float (`softmax` and `log_softmax`: an array for an array, else a list). The examples assume
``from autograd import *``.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..arrays.methods import Axis, correction
from ..arrays.tensor import evaluate
from ..core import ops, several
from ..core.several import TABLE
from ..core.table import Primitive
from ..core.tape import Node
from ..errors import InputTypeError, InputValueError, described, shortened
from . import sequences
from .arraylike import array_like, is_array_like, of_several, on_array, plain, shaped

__all__ = ["log_softmax", "logsumexp", "max", "mean", "min", "norm", "prod", "softmax", "std", "sum", "var"]


def _over(
    op: Primitive, values: Any, axis: Axis, keepdims: bool, nothing: float | None = None, method: str = ""
) -> Any:
    """A reduction: the method of a tensor or an array; one record for a sequence, or a number for an empty one."""
    name = method or op.name
    _check_axis(name, axis)
    if is_array_like(values):
        return plain(getattr(shaped(values, name), name)(axis, keepdims))
    _no_axis(name, axis is not None or keepdims is not False)
    nodes, numbers = sequences.split(values, name)
    if not nodes and nothing is None:
        raise InputValueError(f"{name} of no values is not defined; give at least one")
    return sequences.result(op, nodes, numbers) if nodes else nothing


def _check_axis(name: str, axis: Any) -> None:
    """Refuse a second number in the place of an axis: the built-in ``max`` takes one."""
    if isinstance(axis, (Node, float, np.ndarray)):
        of_two = {"max": ", or maximum(x, y) for the larger of two", "min": ", or minimum(x, y) for the smaller of two"}
        raise InputTypeError(
            f"{name} takes one sequence, and an axis as a whole number, not {described(axis)}; write "
            f"{name}([x, y]){of_two.get(name, '')}"
        )


def _no_axis(name: str, given: bool) -> None:
    if given:
        raise InputTypeError(
            f"{name} along an axis is for tensors and arrays; make one: autograd.stack(values), or np.array(numbers)"
        )


@of_several
def sum(values: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """The sum; of a sequence from left to right, and 0.0 of nothing.

    Each value's derivative is 1.

    Examples
    --------
    >>> x, y = Value(1.0), Value(2.0); total = sum([x, y, y]); total.backward()
    >>> total.data, x.grad, y.grad
    (5.0, 1.0, 2.0)
    """
    return _over(several.SUM, values, axis, keepdims, nothing=0.0)


@of_several
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
    return _over(several.MEAN, values, axis, keepdims)


@of_several
def prod(values: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """The product; of a sequence from left to right, and 1.0 of nothing.

    Each value's derivative is the product of the others, found without a division: right at 0 as well.

    Examples
    --------
    >>> x, y, z = Value(0.0), Value(2.0), Value(3.0); prod([x, y, z]).backward()
    >>> x.grad, y.grad, z.grad
    (6.0, 0.0, 0.0)
    """
    return _over(several.PROD, values, axis, keepdims, nothing=1.0)


@of_several
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
    op = _ORDERS.get(order) if isinstance(order, (int, float)) else None
    if op is None or isinstance(order, bool):
        raise InputValueError(f"norm has order 1, 2 or inf, not {shortened(order)}")
    if op is not several.NORM2 and is_array_like(values):
        magnitudes = shaped(evaluate(ops.ABS, array_like(values, "norm")), "norm")
        return plain((magnitudes.sum if op is several.NORM1 else magnitudes.max)(axis, keepdims))
    return _over(op, values, axis, keepdims, method="norm")


_ORDERS = {1: several.NORM1, 2: several.NORM2, math.inf: several.NORM_INF}


@of_several
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
    return _over(several.MAX, values, axis, keepdims)


@of_several
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
    return _over(several.MIN, values, axis, keepdims)


@of_several
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
    return _over(several.LOGSUMEXP, values, axis, keepdims)


@of_several
def var(values: Any, axis: Axis = None, keepdims: bool = False, ddof: float = 0) -> Any:
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
    return _deviation(TABLE["var"], values, axis, keepdims, ddof)


@of_several
def std(values: Any, axis: Axis = None, keepdims: bool = False, ddof: float = 0) -> Any:
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
    return _deviation(TABLE["std"], values, axis, keepdims, ddof)


def _deviation(op: Primitive, values: Any, axis: Axis, keepdims: bool, ddof: float) -> Any:
    _check_axis(op.name, axis)
    if is_array_like(values):
        return plain(getattr(shaped(values, op.name), op.name)(axis, keepdims, ddof))
    _no_axis(op.name, axis is not None or keepdims is not False)
    nodes, numbers = sequences.several(values, op.name)
    factor = correction(len(nodes), ddof)
    found = sequences.result(op, nodes, numbers)
    return found if factor == 1 else found * (factor if op.name == "var" else math.sqrt(factor))


@on_array
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
    return _each(several.SOFTMAX, values, axis)


@on_array
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
    return _each(several.LOG_SOFTMAX, values, axis)


def _each(op: Primitive, values: Any, axis: Axis) -> Any:
    _check_axis(op.name, axis)
    if is_array_like(values):
        return plain(getattr(shaped(values, op.name), op.name)(axis))
    _no_axis(op.name, axis != -1)
    nodes, numbers = sequences.several(values, op.name)
    return [sequences.result(op, (None, *nodes), (index, *numbers)) for index in range(len(nodes))]
