"""Buffers into which programs write what does not leave them: arrays that are made once, and used call after call.

The record of a call leases the buffers of its forward pass, since its reverse pass reads them, and gives them back when
it is collected. In a loop of training two lists of buffers take turns.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

__all__ = ["Buffers", "Lease"]

SPARE = 2  # lists that are kept
MOST = 1 << 26  # bytes of a list that is kept


class Buffers:
    """The buffers of a function.

    Parameters
    ----------
    models : sequence of ndarray
        Arrays in their shapes and dtypes.
    """

    def __init__(self, models: Sequence[Any]) -> None:
        self._shapes = [(x.shape, x.dtype) for x in models]
        self._most = SPARE if sum(x.nbytes for x in models) <= MOST else 0
        self._free: list[list[Any]] = []

    def take(self) -> list[Any]:
        """A list of buffers that nobody else uses."""
        try:
            return self._free.pop()  # one call of C code, so no two threads get the same
        except IndexError:
            return [np.empty(shape, dtype) for shape, dtype in self._shapes]

    def give_back(self, buffers: list[Any]) -> None:
        """Keep a list for the next call, unless there are enough."""
        if len(self._free) < self._most:
            self._free.append(buffers)


class Lease:
    """Buffers that are given back when this object is collected."""

    __slots__ = ("_among", "buffers")

    def __init__(self, among: Buffers) -> None:
        self._among, self.buffers = among, among.take()

    def __del__(self) -> None:
        self._among.give_back(self.buffers)
