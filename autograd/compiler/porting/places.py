"""Indices of arrays: their items, and which of them mean the same in every language."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..wording.terms import ALL
from .sized import Place, Shape

__all__ = ["is_straight", "is_tangled", "is_truth", "items_of", "moving_axis", "numbers_in", "trimmed"]


def items_of(index: Any) -> list[Any]:
    """The items of an index, lists among them as arrays."""
    parts = index if isinstance(index, tuple) else (index,)
    return [np.asarray(x) if isinstance(x, (list, np.ndarray)) else x for x in parts]


def numbers_in(item: Any) -> Any:
    """An item with the numbers that it had in the recorded call."""
    return item.numbers if isinstance(item, Place) else item


def is_truth(item: Any) -> bool:
    """True if an item is an array of truth values."""
    return bool(numbers_in(item).dtype == bool)


def is_straight(items: Sequence[Any], language: str) -> bool:
    """True if a language has an index in the sense of numpy: JAX any; the others none with negative steps."""
    if language in ("numpy", "jax"):
        return True
    if any(isinstance(item, slice) and (item.step or 1) < 0 for item in items):
        return False
    arrays = [k for k, item in enumerate(items) if isinstance(item, (Place, np.ndarray))]
    if any(is_truth(items[k]) for k in arrays):
        return False
    counts = [k for k, item in enumerate(items) if isinstance(item, (int, np.integer))]
    if language == "onnx":
        return (
            not arrays
            or len(items) == 1
            or (len(arrays) == 1 and not counts and numbers_in(items[arrays[0]]).ndim == 1)
        )
    together = sorted(arrays + counts)  # numpy takes a number beside arrays for an array
    return not arrays or not counts or together[-1] - together[0] == len(together) - 1


def moving_axis(items: Sequence[Any], shape: Shape) -> int | None:
    """The axis along which an index that is computed picks, if along the others each element stays at its place."""
    moving = [k for k, item in enumerate(items) if isinstance(item, Place)]
    if len(items) != len(shape) or len(moving) != 1 or len(shape) < 2 or items[moving[0]].numbers.ndim != len(shape):
        return None
    grid = np.ogrid[tuple(map(slice, shape))]
    same = [k == moving[0] or np.array_equal(item, grid[k]) for k, item in enumerate(items)]
    return moving[0] if all(same) else None


def is_tangled(items: Sequence[Any]) -> bool:
    """True if an ellipsis stands between arrays: if it stands for no axis, it parts them nevertheless."""
    arrays = [isinstance(item, (Place, np.ndarray)) for item in items]
    at = next((k for k, item in enumerate(items) if item is Ellipsis), 0)
    return any(arrays[:at]) and any(arrays[at:])


def trimmed(items: Sequence[Any]) -> tuple[Any, ...]:
    """An index without the whole axes at its end."""
    found = list(items)
    while len(found) > 1 and found[-1] == ALL:
        found.pop()
    return tuple(found)
