"""Arrays: new ones, which are aligned to cache lines, and calls that write to some rows of one.

Numpy aligns arrays to a quarter of a line. Each vector that is written to such an array crosses the boundary of a line,
and writing takes up to twice as long.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

__all__ = [
    "add_at",
    "aligned_zeros",
    "copied",
    "empty",
    "mend",
    "put",
    "put_negative",
    "subtract_at",
    "sums_of",
    "whole",
]

Array = np.ndarray[Any, Any]

LINE = 64  # bytes


def _cut(raw: Array, shape: Sequence[int], dtype: Any) -> Array:
    """Return the array of this shape that begins at the first boundary of a line."""
    first = -raw.ctypes.data % LINE
    array: Array = raw[first : len(raw) - LINE + first].view(dtype).reshape(shape)
    return array


def empty(shape: Sequence[int], dtype: Any = np.float64) -> Array:
    """Return an uninitialised array."""
    return _cut(np.empty(math.prod(shape) * np.dtype(dtype).itemsize + LINE, dtype=np.uint8), shape, dtype)


def aligned_zeros(shape: Sequence[int]) -> Array:
    """Return an array of zeros."""
    return _cut(np.zeros(math.prod(shape) * 8 + LINE, dtype=np.uint8), shape, np.float64)


def whole(root: Array, dtype: Any) -> Array | None:
    """Return all of the memory from which arrays of a dtype were cut, as an array with one axis."""
    if root.dtype == dtype:
        return root.ravel("K") if root.flags.c_contiguous or root.flags.f_contiguous else None
    size = np.dtype(dtype).itemsize
    if root.dtype != np.uint8 or root.ndim != 1 or len(root) < LINE or len(root) % size:
        return None
    return _cut(root, ((len(root) - LINE) // size,), dtype)


# --- Calls ------------------------------------------------------------------------------------------------------------


def copied(array: Array, out: Array) -> None:
    """Copy an array."""
    np.copyto(out, array)


def mend(most: float, count: int, rule: Any, *arguments: Any, out: Array) -> None:
    """Compute results again by the rule of their row, if a number is 0, very small or very large, or not finite.

    This is so if the squares of one of the first ``count`` arguments add up to ``most`` or more; the others are those
    of the rule. The last of the former are reciprocals, which become nan: so the reverse pass finds nan, and a masked
    one follows, which computes its slopes by the rule.
    """
    checked = arguments[:count]
    if not all(each.dot(each) < most for each in checked):
        np.copyto(out, rule(*arguments[count:]))
        checked[-1].fill(np.nan)


def sums_of(kinds: Array, array: Array, out: Array) -> None:
    """Sum the numbers of each kind."""
    out[:] = np.bincount(kinds, array, len(out))


def put(adjoints: Array, rows: Any, array: Any) -> None:
    """Write some rows."""
    adjoints[rows] = array


def put_negative(adjoints: Array, rows: Any, array: Array) -> None:
    """Write some rows with the other sign."""
    adjoints[rows] = -array


def add_at(adjoints: Array, rows: Any, array: Array) -> None:
    """Add to some rows, each of which occurs once."""
    adjoints[rows] += array


def subtract_at(adjoints: Array, rows: Any, array: Array) -> None:
    """Subtract from some rows, each of which occurs once."""
    adjoints[rows] -= array
