"""Convolution and pooling of signals and images.

A convolution slides a filter over its input without flipping it, as the field has it (mathematics says
cross-correlation); of images x[sample, channel, row, column] and filters w[filter, channel, row, column]

    z[n, f, a, b]  =  bias[f] + Σ w[f, c, i, j] x[n, c, s a + i, s b + j]        summed over c, i, j; stride s

Signals have one axis fewer. The examples assume ``from autograd import *``.
"""

from __future__ import annotations

import operator
from typing import Any

from ..arrays import layers
from ..arrays.tensor import evaluate
from ..core import ops
from ..core.numbers import is_whole
from ..errors import InputValueError, shortened
from .arraylike import array_like, of_factors, on_array, plain, shaped
from .rearranging import pad, reshape

__all__ = ["avg_pool1d", "avg_pool2d", "conv1d", "conv2d", "max_pool1d", "max_pool2d"]


@of_factors
def conv2d(x: Any, w: Any, bias: Any = None, stride: Any = 1, padding: Any = 0) -> Any:
    """The convolution of images with filters.

    Parameters
    ----------
    x : Tensor or array_like
        Images, x[sample, channel, row, column].
    w : Tensor or array_like
        Filters, w[filter, channel, row, column].
    bias : Tensor or array_like, optional
        A number for each filter.
    stride : int or (rows, columns)
        The step from one place of the filter to the next.
    padding : int, (rows, columns), or "same"
        The number of zeros around the image; for an axis also a pair (before, after). With ``"same"`` there are as
        many results as pixels, divided by the stride and rounded up; an odd zero goes to the end.

    Returns
    -------
    Tensor or ndarray
        z[sample, filter, row, column], with ``(n + zeros - k) // stride + 1`` rows for n of an image and k of a filter.

    Examples
    --------
    >>> x = Tensor([[[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]]]); w = Tensor([[[[1.0, -1.0]]]])
    >>> z = conv2d(x, w); z.sum().backward()
    >>> z.numpy()[0, 0], w.grad[0, 0]
    (array([[-1., -1.],
           [-1., -1.]]), array([[12., 16.]]))
    """
    x, w = array_like(x, "conv2d"), array_like(w, "conv2d")
    for array, axes in ((x, "sample, channel, row, column"), (w, "filter, channel, row, column")):
        if array.ndim != 4:
            raise InputValueError(f"conv2d takes an array [{axes}], not of shape {array.shape}")
    return _convolved(x, w, bias, steps_of(stride, 2, "stride"), padding)


@of_factors
def conv1d(x: Any, w: Any, bias: Any = None, stride: int = 1, padding: Any = 0) -> Any:
    """The convolution of signals with filters: `conv2d`, with one axis fewer.

    Parameters
    ----------
    x : Tensor or array_like
        Signals, x[sample, channel, place].
    w : Tensor or array_like
        Filters, w[filter, channel, place].
    bias : Tensor or array_like, optional
        A number for each filter.
    stride : int
        The step from one place of the filter to the next.
    padding : int, (before, after), or "same"
        The number of zeros at the ends.

    Examples
    --------
    >>> x = Tensor([[[1.0, 2.0, 4.0, 8.0]]]); w = Tensor([[[1.0, 10.0]]])
    >>> z = conv1d(x, w); z.sum().backward()
    >>> z.numpy()[0, 0], w.grad[0, 0], x.grad[0, 0]
    (array([21., 42., 84.]), array([ 7., 14.]), array([ 1., 11., 11., 10.]))
    """
    x, w = array_like(x, "conv1d"), array_like(w, "conv1d")
    for array, axes in ((x, "sample, channel, place"), (w, "filter, channel, place")):
        if array.ndim != 3:
            raise InputValueError(f"conv1d takes an array [{axes}], not of shape {array.shape}")
    sides = padding if isinstance(padding, str) else (0, padding)
    z = _convolved(_high(x), _high(w), bias, (1, *steps_of(stride, 1, "stride")), sides)
    return reshape(z, z.shape[:2] + z.shape[3:])


def _convolved(x: Any, w: Any, bias: Any, stride: tuple[int, ...], padding: Any) -> Any:
    if x.shape[1] != w.shape[1]:
        raise InputValueError(f"the filters have {w.shape[1]} channels, the input has {x.shape[1]}; they have to agree")
    sides = sides_of(padding, x.shape[2:], w.shape[2:], stride)
    if any(map(any, sides)):
        x = pad(x, ((0, 0), (0, 0), *sides))
    _check_size(x.shape[2:], w.shape[2:], "filter")
    z = evaluate(layers.CONV, x, w, stride)
    if bias is None:
        return z
    bias = array_like(bias, "the bias of a convolution")
    if bias.shape != w.shape[:1]:
        raise InputValueError(f"the bias has a number for each of the {len(w)} filters, not shape {bias.shape}")
    return evaluate(ops.ADD, z, reshape(bias, (-1, 1, 1)))


def _high(x: Any) -> Any:
    """A signal as an image of one row."""
    return reshape(x, (*x.shape[:2], 1, x.shape[2]))


def steps_of(given: Any, count: int, what: str) -> tuple[int, ...]:
    """A positive whole number for each axis."""
    parts = given if isinstance(given, (tuple, list)) else [given] * count
    if len(parts) != count or not all(is_whole(part) and 1 <= part <= _FAR for part in parts):
        several = "" if count == 1 else f", or {count} of them"
        raise InputValueError(f"the {what} is a whole number from 1{several}, not {shortened(given)}")
    return tuple(map(operator.index, parts))


_FAR = 2**31  # no array is as long


def sides_of(padding: Any, lengths: Any, sizes: Any, stride: tuple[int, ...]) -> list[tuple[int, int]]:
    """The numbers of zeros before and after each axis."""
    if isinstance(padding, str) and padding == "same":
        missing = [max(0, (-(-n // s) - 1) * s + k - n) for n, k, s in zip(lengths, sizes, stride, strict=True)]
        return [(each // 2, each - each // 2) for each in missing]
    axes = padding if isinstance(padding, (tuple, list)) else [padding] * len(sizes)
    sides = [tuple(each) if isinstance(each, (tuple, list)) else (each, each) for each in axes]
    right = all(len(side) == 2 and all(is_whole(n) and 0 <= n <= _FAR for n in side) for side in sides)
    if len(sides) != len(sizes) or not right:
        raise InputValueError(
            "the padding is a whole number from 0, one for each axis, pairs (before, after), or 'same', not "
            f"{shortened(padding)}"
        )
    return [(operator.index(before), operator.index(after)) for before, after in sides]


def _check_size(lengths: Any, sizes: Any, what: str) -> None:
    if any(not 1 <= k <= n for n, k in zip(lengths, sizes, strict=True)):
        raise InputValueError(f"a {what} of {tuple(sizes)} does not fit into {tuple(lengths)}")


# --- Pooling ----------------------------------------------------------------------------------------------------------


@on_array
def max_pool2d(x: Any, size: Any, stride: Any = None) -> Any:
    """The largest number of each region of an image; equal ones share the gradient.

    Parameters
    ----------
    x : Tensor or array_like
        Images, x[sample, channel, row, column].
    size : int or (rows, columns)
        The size of a region.
    stride : int or (rows, columns), optional
        The step from one region to the next; if left out, they lie side by side. A rest at the end is left out.

    Examples
    --------
    >>> x = Tensor([[[[1.0, 5.0, 2.0, 2.0]]]]); y = max_pool2d(x, (1, 2)); y.sum().backward()
    >>> y.numpy()[0, 0], x.grad[0, 0]
    (array([[5., 2.]]), array([[0. , 1. , 0.5, 0.5]]))
    """
    return _pooled("max", x, size, stride)


@on_array
def avg_pool2d(x: Any, size: Any, stride: Any = None) -> Any:
    """The mean of each region of an image; see `max_pool2d`.

    Examples
    --------
    >>> x = Tensor([[[[1.0, 5.0, 2.0, 2.0]]]]); y = avg_pool2d(x, (1, 2)); y.sum().backward()
    >>> y.numpy()[0, 0], x.grad[0, 0]
    (array([[3., 2.]]), array([[0.5, 0.5, 0.5, 0.5]]))
    """
    return _pooled("mean", x, size, stride)


@on_array
def max_pool1d(x: Any, size: int, stride: int | None = None) -> Any:
    """The largest number of each region of a signal x[sample, channel, place]; see `max_pool2d`.

    Examples
    --------
    >>> x = Tensor([[[1.0, 5.0, 2.0]]]); y = max_pool1d(x, 2, stride=1); y.sum().backward()
    >>> y.numpy()[0, 0], x.grad[0, 0]
    (array([5., 5.]), array([0., 2., 0.]))
    """
    return _pooled("max", x, size, stride, axes=1)


@on_array
def avg_pool1d(x: Any, size: int, stride: int | None = None) -> Any:
    """The mean of each region of a signal x[sample, channel, place]; see `max_pool2d`.

    Examples
    --------
    >>> x = Tensor([[[1.0, 5.0, 2.0]]]); y = avg_pool1d(x, 2, stride=1); y.sum().backward()
    >>> y.numpy()[0, 0], x.grad[0, 0]
    (array([3. , 3.5]), array([0.5, 1. , 0.5]))
    """
    return _pooled("mean", x, size, stride, axes=1)


def _pooled(method: str, x: Any, size: Any, stride: Any, axes: int = 2) -> Any:
    x = array_like(x, "pooling")
    if x.ndim != 2 + axes:
        places = "place" if axes == 1 else "row, column"
        raise InputValueError(f"pooling takes an array [sample, channel, {places}], not of shape {x.shape}")
    sizes = steps_of(size, axes, "size")
    steps = sizes if stride is None else steps_of(stride, axes, "stride")
    x, sizes, steps = (x, sizes, steps) if axes == 2 else (_high(x), (1, *sizes), (1, *steps))
    _check_size(x.shape[2:], sizes, "region")
    regions = evaluate(layers.WINDOWS, x, sizes, steps)
    result = plain(getattr(shaped(regions, "pooling"), method)(axis=(4, 5)))
    return result if axes == 2 else reshape(result, result.shape[:2] + result.shape[3:])
