"""The operations of the layers of networks: affine maps, windows and convolutions; and the loss at their end."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any
from weakref import ref

import numpy as np
from numpy.lib.stride_tricks import as_strided

from .elements import beside_tensors
from .ops import gaps_below, softmax, weighted
from .table import ARRAY_TABLE, Shape, arrays, row, shape_of

__all__ = [
    "AFFINE",
    "ARRAY_TABLE",
    "CONV",
    "CONV_FILTER",
    "CONV_INPUT",
    "CROSS_ENTROPY_OVER",
    "affine",
    "columns",
    "cross_entropy_slope",
    "in_rows",
]

# fmt: off

# --- Affine maps ------------------------------------------------------------------------------------------------------


def _affine(x: Any, w: Any, b: Any) -> Any:
    z = x.dot(w.T) if x.ndim == 2 else in_rows(x).dot(w.T)
    if b.dtype is z.dtype and b.ndim == 1:
        z += b
    else:
        z = z + b
    return z if x.ndim == 2 else z.reshape(*x.shape[:-1], len(w))


def in_rows(x: Any, m: Any = arrays) -> Any:
    """An array as a matrix, whose rows go along the last axis."""
    shape = shape_of(x)
    return x if len(shape) == 2 else m.reshape(x, (math.prod(shape[:-1]), shape[-1]))


def _affine_pull(m: Any, k: int, g: Any, x: Any, w: Any, b: Any, z: Any) -> Any:
    if k == 2:
        return m.sum_like(g, b)
    rows = in_rows(g, m)
    return m.matmul(m.mT(rows), in_rows(x, m)) if k == 1 else _shaped_as(m, m.matmul(rows, w), x)


def _affine_push(m: Any, k: int, t: Any, x: Any, w: Any, b: Any, z: Any) -> Any:
    if k == 2:
        return m.broadcast_to(t, shape_of(z))
    rows, matrix = (t, w) if k == 0 else (x, t)
    return _shaped_as(m, m.matmul(in_rows(rows, m), m.mT(matrix)), z)


def _shaped_as(m: Any, x: Any, model: Any) -> Any:
    return x if len(shape_of(model)) == 2 else m.reshape(x, shape_of(model))


# The layer of a network: x of shape (…, n), a matrix w of shape (m, n), and m numbers b.
AFFINE = row("affine", lambda m, x, w, b: _affine(x, w, b), _affine_pull, "{} @ {}ᵀ + {}", push=_affine_push,
             fits="rows of the first are as long as those of the second, which has as many rows as the third numbers")
affine = beside_tensors(AFFINE, _affine)

# --- Windows and convolutions -----------------------------------------------------------------------------------------


def _windows(x: Any, size: Shape, stride: Shape) -> Any:
    """A view: w[sample, channel, row, column, i, j] = x[sample, channel, row * stride + i, column * stride + j]."""
    *outer, rows, columns = x.strides
    steps = (*outer, rows * stride[0], columns * stride[1], rows, columns)
    return as_strided(x, (*x.shape[:2], *_places(x.shape, size, stride), *size), steps, writeable=False)


def _places(x: Shape, size: Shape, stride: Shape) -> Shape:
    return tuple([(n - k) // s + 1 for n, k, s in zip(x[2:], size, stride, strict=True)])


def _overlap(g: Any, stride: Shape, shape: Shape) -> Any:
    """Add the windows of `_windows` up in an array of the shape: its transpose."""
    result = np.zeros(shape, dtype=g.dtype)
    _add_windows(result, g, stride)
    return result


def _add_windows(result: Any, g: Any, stride: Shape) -> None:
    rows, columns, height, width = g.shape[2:]
    apart = stride[0] >= height and stride[1] >= width
    for i in range(height):
        for j in range(width):
            ends = i + stride[0] * rows, j + stride[1] * columns
            place = result[:, :, i : ends[0] : stride[0], j : ends[1] : stride[1]]
            if apart:
                place[...] = g[..., i, j]
            else:
                place += g[..., i, j]


def columns(x: Any, size: Shape, stride: Shape) -> Any:
    """A matrix for each sample, with a row for each cell of the window and a column for each of its places.

    So a convolution is one matrix product for each sample, and what is copied here is copied in runs.
    """
    windows = _windows(x, size, stride).transpose(0, 1, 4, 5, 2, 3)
    return windows.reshape(len(x), math.prod(windows.shape[1:4]), math.prod(windows.shape[4:]))


def _in_blocks(x: Any, size: Shape, stride: Shape) -> Iterator[tuple[slice, Any]]:
    """Samples, as many as stay in cache, and their `columns`, which the next block overwrites."""
    windows = _windows(x, size, stride).transpose(0, 1, 4, 5, 2, 3)
    cells, places = math.prod(windows.shape[1:4]), math.prod(windows.shape[4:])
    count = min(_per_block(cells * places), len(x))
    block = _workspace((count, *windows.shape[1:]), x.dtype)
    for k in range(0, len(x), max(count, 1)):
        part = windows[k : k + count]
        np.copyto(block[: len(part)], part)
        yield slice(k, k + count), block[: len(part)].reshape(len(part), cells, places)


def _per_block(numbers: int) -> int:
    """The number of samples that are done at a time, of so many numbers each."""
    return max(1, BLOCK // max(numbers, 1))


BLOCK = 2**16  # numbers


def _workspace(shape: Shape, dtype: Any) -> Any:
    """A new array for the blocks, the first part of a large one, whose other pages are never touched.

    C libraries keep memory that was freed for the next arrays, but glibc only up to twice the size of the largest
    array that was freed so far (its dynamic M_MMAP_THRESHOLD; see mallopt(3)). It gives the rest back to the system,
    so that all results of the next step are made of fresh pages, which takes a third of the time of a small network.
    """
    size = math.prod(shape)
    return np.empty(max(size, LARGE), dtype)[:size].reshape(shape)


LARGE = 2**20  # numbers


def _conv(x: Any, w: Any, stride: Shape) -> Any:
    rows, places = _rows(w), _places(x.shape, w.shape[2:], stride)
    result = np.empty((len(x), len(w), math.prod(places)), np.result_type(x, w))
    for samples, matrices in _in_blocks(x, w.shape[2:], stride):
        np.matmul(rows, matrices, out=result[samples])
    return result.reshape(len(x), len(w), *places)


def _rows(w: Any) -> Any:
    return w.reshape(len(w), math.prod(w.shape[1:]))


def _flat(g: Any) -> Any:
    return g.reshape(*g.shape[:2], math.prod(g.shape[2:]))


def _conv_filter(x: Any, g: Any, stride: Shape, size: Shape) -> Any:
    rows = _flat(g)
    products = np.empty((len(x), g.shape[1], x.shape[1] * math.prod(size)), np.result_type(x, g))
    for samples, matrices in _in_blocks(x, size, stride):
        np.matmul(rows[samples], matrices.swapaxes(1, 2), out=products[samples])
    return np.add.reduce(products, axis=0).reshape(g.shape[1], x.shape[1], *size)


def _conv_input(w: Any, g: Any, stride: Shape, shape: Shape) -> Any:
    columns, rows = np.ascontiguousarray(_rows(w).T), _flat(g)
    result = np.zeros(shape, np.result_type(w, g))
    count = min(_per_block(len(columns) * rows.shape[-1]), len(g))
    block = _workspace((count, len(columns), rows.shape[-1]), result.dtype)
    for k in range(0, len(g), max(count, 1)):
        part = rows[k : k + count]
        windows = np.matmul(columns, part, out=block[: len(part)]).reshape(len(part), *w.shape[1:], *g.shape[2:])
        _add_windows(result[k : k + count], windows.transpose(0, 1, 4, 5, 2, 3), stride)
    return result


WINDOWS = row("windows", lambda m, x, size, stride: _windows(x, size, stride),
              lambda m, k, g, x, size, stride, z: m.overlap(g, stride, shape_of(x)), "windows({}, {}, {})")
OVERLAP = row("overlap", lambda m, g, stride, shape: _overlap(g, stride, shape),
              lambda m, k, h, g, stride, shape, z: m.windows(h, shape_of(g)[4:], stride), "overlap({}, {}, {})")
# Three operations of one form, Σ g[n, f, a, b] w[f, c, i, j] x[n, c, s a + i, s b + j]: each is linear in two of g, w
# and x, and gives what the form is to be multiplied with in the place of the third.
CONV = row("conv", lambda m, x, w, stride: _conv(x, w, stride),
           lambda m, k, g, x, w, stride, z: m.conv_input(w, g, stride, shape_of(x)) if k == 0 else
                                            m.conv_filter(x, g, stride, shape_of(w)[2:]),
           "conv({}, {}, stride={})")
CONV_INPUT = row("conv_input", lambda m, w, g, stride, shape: _conv_input(w, g, stride, shape),
                 lambda m, k, h, w, g, stride, shape, z: m.conv_filter(h, g, stride, shape_of(w)[2:]) if k == 0 else
                                                         m.conv(h, w, stride),
                 "conv_input({}, {}, {}, {})")
CONV_FILTER = row("conv_filter", lambda m, x, g, stride, size: _conv_filter(x, g, stride, size),
                  lambda m, k, v, x, g, stride, size, z: m.conv_input(v, g, stride, shape_of(x)) if k == 0 else
                                                         m.conv(x, v, stride),
                  "conv_filter({}, {}, {}, {})")

# --- Losses -----------------------------------------------------------------------------------------------------------


def _true(x: Any, classes: Any) -> Any:
    """The places of the scores of the true classes, counted through all scores; there are such classes."""
    found = np.asarray(classes, np.intp)
    begins = (_begins if x.size <= LARGE else _begins.__wrapped__)(x.size, x.shape[-1])
    return (begins if found.ndim == 1 else begins.reshape(found.shape)) + found


@lru_cache(maxsize=4)
def _begins(size: int, length: int) -> Any:
    """The places at which the rows of an array begin."""
    return np.arange(0, size, length)


def _predictions(x: Any, axes: Shape) -> int:
    """The number of elements over which the mean is taken."""
    shape = shape_of(x)
    return shape[0] if axes == (0, 1) else math.prod([shape[k] for k in axes[:-1]])


# What the latest loss has found for its rule: its scores, which no record changes, their shares, the classes, and the
# places of the true ones.
_latest: list[tuple[ref[Any], Any, Any, Any]] = []


def _cross_entropy(_: Any, x: Any, axes: Shape, keepdims: bool, classes: Any) -> Any:
    if len(axes) == 1:
        return _class_losses(x, axes, classes, gaps_below)
    mean = np.add.reduce(_class_losses(x, axes, classes, np.subtract), axis=axes[:-1])
    if not math.isfinite(mean):  # there may be rows whose largest score is infinite
        mean = np.add.reduce(_class_losses(x, axes, classes, gaps_below), axis=axes[:-1])
    return mean / _predictions(x, axes)


def _logsumexp_and_softmax(x: Any, axes: Shape, below: Callable[[Any, Any], Any]) -> tuple[Any, Any]:
    """Both from the same exponentials, without the axes that are summed and with them.

    ``below`` is `gaps_below`, or ``np.subtract`` where the largest are known to be finite.
    """
    top = np.maximum.reduce(x, axis=axes, keepdims=True)
    gaps = below(x, top)
    shares = np.exp(gaps, gaps if gaps.dtype.kind == "f" else None)  # in place, unless they are whole numbers
    total = np.add.reduce(shares, axis=axes, keepdims=True)
    shares /= total
    np.log(total, total)
    total += top
    return total.squeeze(axes), shares


def _class_losses(x: Any, axes: Shape, classes: Any, below: Callable[[Any, Any], Any]) -> Any:
    losses, shares = _logsumexp_and_softmax(x, axes[-1:], below)
    true = _true(x, classes)
    losses -= x.take(true)
    _latest[:] = [(ref(x), shares, classes, true)]
    return losses


def cross_entropy_slope(g: Any, x: Any, axes: Shape, keepdims: bool, classes: Any, z: Any) -> Any:
    """The rule of `CROSS_ENTROPY_OVER` on arrays, without the one-hot rows."""
    try:
        scores, shares, known, true = _latest.pop()  # once, since it is changed in place
    except IndexError:
        scores, shares, known, true = ref(x), None, None, None
    if shares is None or scores() is not x:
        shares = softmax(x, axes[-1:])
    if known is not classes:
        true = _true(x, classes)
    shares.put(true, shares.take(true) - 1)
    if len(axes) > 1:
        shares /= _predictions(x, axes)
    if shape_of(g):
        shares *= g[..., None]
    elif (factor := float(g)) != 1:
        shares *= factor
    return shares


# log Σ exp(x) - x[class] over the last axis, with the number of the true class for each prediction: the negative
# logarithm of its share. Each score moves it by its share, the true one by 1 less. Over all axes, the mean of that.
CROSS_ENTROPY_OVER = row(
    "cross_entropy_over", _cross_entropy,
    notation=lambda operands: f"cross_entropy({operands[0]}, {operands[3]})",
    **weighted(lambda m, x, axes, classes, z: (m.softmax_over(x, axes[-1:]) - m.one_hot(x, classes)) /
                                              _predictions(x, axes)))
