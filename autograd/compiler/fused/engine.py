"""The calls of a pass, with as many of them as possible replaced by fused loops."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

from ..emitting.emitter import Emitter
from .accesses import Access, Memory
from .alive import Alive
from .modules import entry_of
from .nests import Nest, Opaque, arranged
from .writing import written

__all__ = ["Fuser"]

Array = np.ndarray[Any, Any]
LINES = 400  # statements of a kernel, unless a nest is longer: compiling takes longer than in proportion


class Fuser:
    """Replaces calls by kernels, for a program that is bound to arrays.

    Parameters
    ----------
    samples : int or None
        The number of samples.

    Attributes
    ----------
    left : set of int or None
        The numbers of the plans of which a call stayed in the first pass, which is the forward pass.
    """

    def __init__(self, samples: int | None) -> None:
        self.samples = samples
        self.memory = Memory()
        self.left: set[int] | None = None
        self._tables: dict[tuple[int, ...], Array] = {}

    def __call__(
        self, emitter: Emitter, passing: Sequence[Array], wanted: Sequence[Array] | None
    ) -> list[Callable[[], Any]]:
        """Return the calls of an emitter, fused; the parameters are those of `Bound.finished`."""
        items = arranged(emitter.calls, emitter.ends, self.memory, self.samples)
        alive = Alive(self.memory, emitter.made, passing, wanted)
        stored = [alive.of(item, items) if isinstance(item, Nest) else set() for item in items]
        calls: list[Callable[[], Any]] = []
        waiting: list[tuple[Nest, set[Access]]] = []
        for item, kept in zip(items, stored, strict=True):
            if isinstance(item, Nest):
                if waiting and sum(len(nest.statements) for nest, _ in (*waiting, (item, kept))) > LINES:
                    calls.append(self._kernel(waiting))
                    waiting = []
                if kept:
                    waiting.append((item, kept))
                continue
            if waiting:
                calls.append(self._kernel(waiting))
                waiting = []
            calls.append(item.call)
        if waiting:
            calls.append(self._kernel(waiting))
        if self.left is None:
            self.left = {item.step for item in items if isinstance(item, Opaque)}
        return calls

    def _kernel(self, nests: Sequence[tuple[Nest, set[Access]]]) -> Callable[[], Any]:
        blocks = self.memory.blocks
        booleans = {k for k, block in enumerate(blocks) if block.dtype == np.bool_}
        kernel = written(nests, self.samples, booleans)
        arrays = [blocks[k] for k in kernel.blocks]
        arrays += [self._tables.setdefault(table, np.array(table, dtype=np.int64)) for table in kernel.tables]
        places = [n for x in arrays for n in (x.__array_interface__["data"][0], x.size)]
        return partial(entry_of(kernel.text), self.samples or 1, np.array(places, dtype=np.int64))
