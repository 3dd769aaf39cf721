"""Functions that pick, repeat and order elements of arrays, with numpy's names and arguments.

Of a tensor they give a tensor, of arrays an array; each gradient goes back to the place that a number came from. The
examples assume ``from autograd import *``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..arrays import ops as array_ops
from ..arrays.methods import Axis
from ..arrays.readonly import array_of
from ..core.numbers import whole
from ..core.tape import Node
from ..errors import InputTypeError, InputValueError, described
from .arraylike import on_array, plain, shaped

__all__ = ["cumsum", "diag", "diff", "embedding", "flip", "repeat", "sort", "take", "tile"]

# --- Picking and repeating --------------------------------------------------------------------------------------------


@on_array
def take(x: Any, indices: Any, axis: int | None = None) -> Any:
    """The elements at these places along an axis; without one, in the row of all elements.

    The gradient is summed over all the places where an element was taken.

    Parameters
    ----------
    x : Tensor or array_like
        The array from which elements are taken.
    indices : int, or array_like of int
        The places; negative ones count from the end. In the result their axes stand in the place of the axis.
    axis : int, optional
        The axis.

    Examples
    --------
    >>> x = Tensor([1.0, 2.0, 3.0]); y = take(x, [2, 2, 0])
    >>> (y * [1.0, 10.0, 100.0]).sum().backward()
    >>> y.numpy(), x.grad
    (array([3., 3., 1.]), array([100.,   0.,  11.]))
    """
    return plain(shaped(x, "take").take(indices, axis))


@on_array
def embedding(table: Any, indices: Any) -> Any:
    """The rows of a table, one for each index, such as the vectors of words by their numbers.

    A row's gradient is summed over all the places where it was taken.

    Parameters
    ----------
    table : Tensor or array_like
        A row for each number from 0.
    indices : array_like of int
        Of any shape; the result has that shape, followed by that of a row.

    Examples
    --------
    >>> table = Tensor([[1.0, 2.0], [3.0, 4.0]]); embedding(table, [1, 1, 0]).sum().backward()
    >>> table.grad
    array([[1., 1.],
           [2., 2.]])
    """
    table = shaped(table, "embedding")
    found = np.array(0.5) if isinstance(indices, Node) else array_of(indices, "embedding")
    if found.dtype.kind not in "iu" and (found.size or found.dtype.kind != "f"):
        raise InputTypeError(f"embedding takes whole numbers as indices, not {described(indices)}")
    if not table._data.ndim:
        raise InputValueError("embedding takes a table with rows, not a single number")
    if found.size and not 0 <= found.min() <= found.max() < len(table):
        raise InputValueError(
            f"embedding has rows 0 to {len(table) - 1}; the indices go {found.min()} to {found.max()}"
        )
    return plain(table[found.astype(np.intp)])


@on_array
def repeat(x: Any, repeats: Any, axis: int | None = None) -> Any:
    """Each element so many times in a row, along an axis; without one, in the row of all elements.

    The gradient is summed over the repetitions. It is numpy's ``repeat``; that of PyTorch's tensors is `tile`.

    Parameters
    ----------
    x : Tensor or array_like
        The array.
    repeats : int, or sequence of int
        The number of repetitions; one for each place along the axis, or one for all.
    axis : int, optional
        The axis.

    Examples
    --------
    >>> x = Tensor([1.0, 2.0]); y = repeat(x, [1, 2]); (y * [1.0, 10.0, 100.0]).sum().backward()
    >>> y.numpy(), x.grad
    (array([1., 2., 2.]), array([  1., 110.]))
    """
    return plain(shaped(x, "repeat").repeat(repeats, axis))


@on_array
def tile(x: Any, reps: int | Sequence[int]) -> Any:
    """The whole array so many times along each axis, counted from the last one.

    The gradient is summed over the repetitions.

    Examples
    --------
    >>> x = Tensor([1.0, 2.0]); y = tile(x, 2)
    >>> (y * [1.0, 10.0, 100.0, 1000.0]).sum().backward()
    >>> y.numpy(), x.grad
    (array([1., 2., 1., 2.]), array([ 101., 1010.]))
    """
    return plain(shaped(x, "tile").tile(reps))


@on_array
def flip(x: Any, axis: Axis = None) -> Any:
    """The elements in reverse order along some axes, or along all.

    Examples
    --------
    >>> x = Tensor([1.0, 2.0, 3.0]); y = flip(x); (y * [1.0, 10.0, 100.0]).sum().backward()
    >>> y.numpy(), x.grad
    (array([3., 2., 1.]), array([100.,  10.,   1.]))
    """
    return plain(shaped(x, "flip").flip(axis))


@on_array
def diag(x: Any, k: int = 0) -> Any:
    """The diagonal of a matrix; of a row of numbers, the matrix with that diagonal and zeros.

    Parameters
    ----------
    x : Tensor or array_like
        Of one dimension or of two.
    k : int
        The number of the diagonal: above the main one if it is positive, below it if it is negative.

    Examples
    --------
    >>> x = Tensor([[1.0, 2.0], [3.0, 4.0]]); y = diag(x); (y * y).sum().backward()
    >>> x.grad
    array([[2., 0.],
           [0., 8.]])
    """
    x, k = shaped(x, "diag"), whole(k, "the number of a diagonal", least=-(2**62))
    if x._data.ndim == 1:
        length = x._data.size
        rows = np.arange(length) if k >= 0 else np.arange(-k, length - k)
        side = length + abs(k)
        return plain(x._alone(array_ops.SCATTER, (rows, rows + k if k else rows), (side, side)))
    if x._data.ndim != 2:
        raise InputValueError(f"diag takes one dimension or two, not shape {x._data.shape}")
    height, width = x._data.shape
    k = min(max(k, -height), width)
    rows = np.arange(max(0, -k), max(0, -k, min(height, width - k)))
    return plain(x._alone(array_ops.GETITEM, (rows, rows + k)))


# --- Ordering and summing along an axis -------------------------------------------------------------------------------


@on_array
def sort(x: Any, axis: int | None = -1) -> Any:
    """The numbers in ascending order along an axis, nan behind them; for the axis ``None``, those of the row of all.

    Equal numbers keep their order, and each its own gradient: it goes back to the place that a number came from.

    Examples
    --------
    >>> x = Tensor([3.0, 1.0, 2.0]); y = sort(x); (y * [1.0, 10.0, 100.0]).sum().backward()
    >>> y.numpy(), x.grad
    (array([1., 2., 3.]), array([100.,   1.,  10.]))
    """
    return plain(shaped(x, "sort").sort(axis))


@on_array
def cumsum(x: Any, axis: int | None = None) -> Any:
    """The sums of all elements up to each along an axis; without one, in the row of all elements.

    ``∂z_j/∂x_i = 1`` for ``i <= j``, so a gradient is the sum of those from its place on.

    Examples
    --------
    >>> x = Tensor([1.0, 2.0, 3.0]); y = cumsum(x); (y * [1.0, 10.0, 100.0]).sum().backward()
    >>> y.numpy(), x.grad
    (array([1., 3., 6.]), array([111., 110., 100.]))
    """
    return plain(shaped(x, "cumsum").cumsum(axis))


@on_array
def diff(x: Any, n: int = 1, axis: int = -1) -> Any:
    """The differences ``x[i + 1] - x[i]`` of neighbours along an axis; ``n`` times.

    Examples
    --------
    >>> x = Tensor([1.0, 4.0, 9.0]); y = diff(x); (y * [1.0, 10.0]).sum().backward()
    >>> y.numpy(), x.grad
    (array([3., 5.]), array([-1., -9., 10.]))
    """
    return plain(shaped(x, "diff").diff(n, axis))
