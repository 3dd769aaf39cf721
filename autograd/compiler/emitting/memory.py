"""New arrays whose numbers begin at the edge of a cache line.

Numpy's own begin a quarter of a line further on: every vector that is written there crosses an edge, and writing takes
up to twice as long.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

__all__ = ["aligned_zeros", "empty"]

Array = np.ndarray[Any, Any]

LINE = 64  # bytes


def _cut(raw: Array, shape: Sequence[int], dtype: Any) -> Array:
    """An array of this shape from the first edge on."""
    first = -raw.ctypes.data % LINE
    array: Array = raw[first : len(raw) - LINE + first].view(dtype).reshape(shape)
    return array


def empty(shape: Sequence[int], dtype: Any = np.float64) -> Array:
    """An array of any numbers."""
    return _cut(np.empty(math.prod(shape) * np.dtype(dtype).itemsize + LINE, dtype=np.uint8), shape, dtype)


def aligned_zeros(shape: Sequence[int]) -> Array:
    """An array of zeros."""
    return _cut(np.zeros(math.prod(shape) * 8 + LINE, dtype=np.uint8), shape, np.float64)
