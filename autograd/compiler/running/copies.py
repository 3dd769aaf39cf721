"""Copies of large arguments, in memory that is used again.

A record keeps copies of its arguments. To get fresh memory from the system takes longer than to fill it, so the memory
of a copy serves a later one, once nobody holds the copy any more.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Any

import numpy as np

__all__ = ["Copies"]

Array = np.ndarray[Any, Any]

LARGE = 1 << 17  # bytes from which an array's memory is used again
KEPT = 1 << 26  # the most bytes of memory that are kept


class Copies:
    """Makes arrays for copies."""

    def __init__(self) -> None:
        # Each is a piece of memory, and a reference to the array that was made of it last. All views of that array hold
        # it, since the memory is no array itself.
        self._pieces: list[tuple[bytearray, Callable[[], Any]]] = []

    def like(self, x: Array) -> Array:
        """Return an array of the shape and the layout of another one, whose numbers are not copied yet."""
        if not LARGE <= x.nbytes <= KEPT:
            return np.empty_like(x)
        taken = [(piece, array) for piece, array in self._pieces if array() is not None]
        free = [piece for piece, array in self._pieces if array() is None]
        memory = next((piece for piece in free if len(piece) == x.nbytes), None)
        if memory is None:
            memory = bytearray(x.nbytes)
        turned = x.flags.f_contiguous and not x.flags.c_contiguous
        copy: Array = np.ndarray(x.shape, x.dtype, memory, order="F" if turned else "C")
        self._pieces = [*taken, *((piece, _gone) for piece in free if piece is not memory), (memory, weakref.ref(copy))]
        while sum(len(piece) for piece, _ in self._pieces) > KEPT:
            self._pieces.pop(0)
        return copy


def _gone() -> None:
    """Stand for a reference to an array that is no more."""
