"""Windows over an array, and convolutions: sums over windows."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from .table import ARRAY_TABLE, Shape, row, shape_of

__all__ = ["ARRAY_TABLE", "CONV", "CONV_FILTER", "CONV_INPUT"]

# fmt: off

# --- Windows and convolutions -----------------------------------------------------------------------------------------


def _windows(x: Any, size: Shape, stride: Shape) -> Any:
    """A view: w[sample, channel, row, column, i, j] = x[sample, channel, row * stride + i, column * stride + j]."""
    return sliding_window_view(x, size, axis=(2, 3))[:, :, :: stride[0], :: stride[1]]


def _overlap(g: Any, stride: Shape, shape: Shape) -> Any:
    """Add the windows of `_windows` up in an array of the shape: its transpose."""
    result = np.zeros(shape, dtype=g.dtype)
    rows, columns, height, width = g.shape[2:]
    for i in range(height):
        for j in range(width):
            ends = i + stride[0] * rows, j + stride[1] * columns
            result[:, :, i : ends[0] : stride[0], j : ends[1] : stride[1]] += g[..., i, j]
    return result


def _columns(x: Any, size: Shape, stride: Shape) -> Any:
    """A matrix for each sample, with a row for each cell of the window and a column for each of its places.

    So a convolution is one matrix product for each sample, and what is copied here is copied in runs.
    """
    windows = _windows(x, size, stride).transpose(0, 1, 4, 5, 2, 3)
    return windows.reshape(len(x), math.prod(windows.shape[1:4]), math.prod(windows.shape[4:]))


def _conv(x: Any, w: Any, stride: Shape) -> Any:
    result = np.matmul(_rows(w), _columns(x, w.shape[2:], stride))
    return result.reshape(len(x), len(w), *_places(shape_of(x), shape_of(w), stride))


def _places(x: Shape, w: Shape, stride: Shape) -> Shape:
    return tuple((n - k) // s + 1 for n, k, s in zip(x[2:], w[2:], stride, strict=True))


def _rows(w: Any) -> Any:
    return w.reshape(len(w), math.prod(w.shape[1:]))


def _flat(g: Any) -> Any:
    return g.reshape(*g.shape[:2], math.prod(g.shape[2:]))


def _conv_filter(x: Any, g: Any, stride: Shape, size: Shape) -> Any:
    products = np.matmul(_flat(g), _columns(x, size, stride).swapaxes(1, 2))
    return np.add.reduce(products, axis=0).reshape(g.shape[1], x.shape[1], *size)


def _conv_input(w: Any, g: Any, stride: Shape, shape: Shape) -> Any:
    windows = np.matmul(_rows(w).T, _flat(g)).reshape(len(g), *w.shape[1:], *g.shape[2:])
    return _overlap(windows.transpose(0, 1, 4, 5, 2, 3), stride, shape)


WINDOWS = row("windows", lambda m, x, size, stride: _windows(x, size, stride),
              lambda m, k, g, x, size, stride, z: m.overlap(g, stride, shape_of(x)), "windows({}, {}, {})")
OVERLAP = row("overlap", lambda m, g, stride, shape: _overlap(g, stride, shape),
              lambda m, k, h, g, stride, shape, z: m.windows(h, shape_of(g)[4:], stride), "overlap({}, {}, {})")
# Three faces of one form, Σ g[n, f, a, b] w[f, c, i, j] x[n, c, s a + i, s b + j]: each is linear in two of g, w and x,
# and gives what the form is to be multiplied with in the place of the third.
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
