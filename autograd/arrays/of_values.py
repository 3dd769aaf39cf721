"""Arrays of values: numpy's arrays of objects, whose elements are values, or plain numbers among them.

    exp([x, y, 2.0])                 [exp(x), exp(y), 7.389…]       a record for each element
    max([[x, y], [z, 0]], axis=1)    [max([x, y]), max([z, 0])]     a record for each slice
    [[x, y]] @ [z, 2.0]              [dot([x, y], [z, 2.0])]        a record for each element of a product

So a function of such arrays is a program of single values: it is listed, stepped and compiled like any other. Functions
of numpy that only rearrange elements, or add them up, work on objects as on numbers.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

from ..core import several
from ..core.numbers import real
from ..core.several import TABLE
from ..core.table import Primitive
from ..core.value import Value, apply, compute
from ..errors import InputValueError
from . import ops as array_ops
from .layers import CONV
from .ops import kept
from .table import BROADCAST

__all__ = ["BY_SLICES", "is_array_of_values", "of_element", "of_elements"]

Objects = np.ndarray[Any, Any]


def is_array_of_values(given: Any) -> bool:
    """Return True for an array of objects; an operation finds out if each is a value or a number."""
    return isinstance(given, np.ndarray) and given.dtype == object


def of_element(op: Primitive, *given: Any) -> Any:
    """The value of an operation on values and numbers: recorded if there is a value, else a float."""
    if any(isinstance(x, Value) for x in given):
        return apply(op, *given)
    return compute(op, *(real(x, op.name) for x in given))


def of_elements(op: Primitive, *given: Any) -> Any:
    """The values of an elementwise operation on arrays of values, and on numbers and arrays that broadcast with them.

    Raises
    ------
    InputValueError
        If the shapes do not broadcast.
    """
    shapes = [np.shape(x) if isinstance(x, np.ndarray) else () for x in given]
    try:
        shape = np.broadcast_shapes(*shapes)
    except ValueError:
        raise InputValueError(f"{op.name} of {' and '.join(f'shape {x}' for x in shapes)}: {BROADCAST}") from None
    spread = [np.broadcast_to(x, shape) if isinstance(x, np.ndarray) else x for x in given]
    return _filled(shape, lambda k: of_element(op, *(x[k] if isinstance(x, np.ndarray) else x for x in spread)))


def _filled(shape: Sequence[int], element: Callable[[tuple[int, ...]], Any]) -> Any:
    """An array of objects, made element by element; the element itself, if there are no axes."""
    result = np.empty(tuple(shape), dtype=object)
    for index in np.ndindex(*shape):
        result[index] = element(index)
    return result[()]


# --- Slices -----------------------------------------------------------------------------------------------------------


def _slices(x: Objects, axes: tuple[int, ...]) -> Objects:
    """The elements that are reduced together, along one last axis."""
    rows = np.moveaxis(x, axes, range(-len(axes), 0))
    others = x.ndim - len(axes)
    return rows.reshape(*rows.shape[:others], math.prod(rows.shape[others:]))


def _reduced(op: Primitive, nothing: float | None, x: Objects, axes: tuple[int, ...], keepdims: bool) -> Any:
    """A reduction by a record of several values for each slice; ``nothing`` is that of an empty slice."""
    rows = _slices(x, axes)
    result = _filled(rows.shape[:-1], lambda k: of_element(op, *rows[k]) if rows.shape[-1] else nothing)
    return np.array(result, dtype=object).reshape(kept(x, axes)) if keepdims else result


def _shares(op: Primitive, x: Objects, axes: tuple[int, ...]) -> Any:
    """A softmax: for each element a record of its slice, whose first argument is the element's place in it."""
    rows = _slices(x, axes)
    places = _slices(np.arange(x.size).reshape(x.shape), axes)
    result = np.empty(x.size, dtype=object)
    for index in np.ndindex(*rows.shape):
        result[places[index]] = of_element(op, index[-1], *rows[index[:-1]])
    return result.reshape(x.shape)


def _cosines(x: Objects, y: Objects, axes: tuple[int, ...]) -> Any:
    rows = np.concatenate([_slices(x, axes), _slices(y, axes)], axis=-1)
    return _filled(rows.shape[:-1], lambda k: of_element(TABLE["cosine_similarity"], *rows[k]))


def _product(x: Objects, y: Objects) -> Any:
    """The product of matrices, by a record for each element."""
    shape: tuple[int, ...] = np.matmul(np.empty(x.shape, dtype=bool), np.empty(y.shape, dtype=bool)).shape
    rows = np.broadcast_to(x, (*shape[:-2], *x.shape[-2:]))
    columns = np.broadcast_to(y, (*shape[:-2], *y.shape[-2:])).swapaxes(-1, -2)
    return _filled(shape, lambda k: of_element(several.DOT, *rows[k[:-1]], *columns[(*k[:-2], k[-1])], 0))


def _convolution(x: Objects, w: Objects, stride: Sequence[int]) -> Any:
    """The convolution of images with filters, by a record for each element."""
    rows, columns = x.shape[2] - w.shape[2], x.shape[3] - w.shape[3]
    shape = len(x), len(w), rows // stride[0] + 1, columns // stride[1] + 1
    filters = w.reshape(len(w), -1)

    def element(k: tuple[int, ...]) -> Any:
        sample, each, row, column = k
        i, j = row * stride[0], column * stride[1]
        window = x[sample, :, i : i + w.shape[2], j : j + w.shape[3]]
        return of_element(several.DOT, *filters[each], *window.flat, 0)

    return _filled(shape, element)


BY_SLICES: dict[Primitive, Callable[..., Any]] = {
    array_ops.SUM_OVER: partial(_reduced, several.SUM, 0.0),
    array_ops.PROD_OVER: partial(_reduced, several.PROD, 1.0),
    **{
        op: partial(_reduced, TABLE[name], None)
        for op, name in [
            (array_ops.MEAN_OVER, "mean"),
            (array_ops.MAX_OVER, "max"),
            (array_ops.MIN_OVER, "min"),
            (array_ops.VAR_OVER, "var"),
            (array_ops.STD_OVER, "std"),
            (array_ops.NORM_OVER, "norm2"),
            (array_ops.LOGSUMEXP_OVER, "logsumexp"),
        ]
    },
    array_ops.SOFTMAX_OVER: partial(_shares, several.SOFTMAX),
    array_ops.LOG_SOFTMAX_OVER: partial(_shares, several.LOG_SOFTMAX),
    array_ops.COSINE_SIMILARITY_OVER: _cosines,
    array_ops.MATMUL: _product,
    CONV: _convolution,
}
