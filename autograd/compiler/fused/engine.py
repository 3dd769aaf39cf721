"""The calls of a pass, with as many of them as possible replaced by fused loops."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

import numpy as np

from ..emitting.emitter import Emitter
from .accesses import Memory
from .alive import Alive
from .loops import Item, Loop, arranged
from .modules import entry_of, places_of
from .nests import Nest, Opaque
from .products import Product
from .single.calls import compiled
from .writing import written

__all__ = ["Fuser", "in_kernels"]

Array = np.ndarray[Any, Any]
LINES = 400  # statements of a kernel, unless a nest is longer: compiling takes longer than in proportion
MANY = 1 << 12  # numbers of an argument from which a compiled loop copies them
TURNED = """\
@function()
def kernel(n, at):
    many, x, rows = at[0], numbers(at[1], 0), numbers(at[2], 0)
    for j in range(n):
        for k in range(many):
            rows[k * n + j] = x[many * j + k]
"""
COPIED = """\
            numbers(at[3], 0)[many * j + k] = x[many * j + k]
"""


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
    products : set of int
        Those of the plans that a product of matrices belongs to, which a kernel has the BLAS compute.
    """

    def __init__(self, samples: int | None) -> None:
        self.samples = samples
        self.memory = Memory()
        self.left: set[int] | None = None
        self.products: set[int] = set()
        self._tables: dict[tuple[int, ...], Array] = {}

    def __call__(
        self, emitter: Emitter, passing: Sequence[Array], wanted: Sequence[Array] | None
    ) -> list[Callable[[], Any]]:
        """Return the calls of an emitter, fused; the parameters are those of `Bound.finished`."""
        items = arranged(emitter.calls, emitter.ends, self.memory, self.samples)
        alive = Alive(self.memory, emitter.made, passing, wanted)
        calls: list[Callable[[], Any]] = []
        runs: set[int] = set()  # the plans that are runs of single numbers
        for each in in_kernels(items, alive):
            if not isinstance(each, Opaque):
                calls.append(self._kernel(each))
                continue
            run = compiled(each.call)
            if run is not None:
                runs.add(each.step)
            calls.append(run or each.call)
        if self.left is None:
            others = [each for item in items for each in (item.opaque if isinstance(item, Loop) else [item])]
            self.products = {each.step for each in others if isinstance(each, Product)}
            self.left = {each.step for each in others if isinstance(each, Opaque)} - self.products - runs
        return calls

    def turned(self, x: Array, slot: Array, copy: Array | None) -> bool:
        """Copy an array of samples as `Bound.take` does, and return True; False if numpy does it as fast."""
        arrays = [x, np.moveaxis(slot, 0, -1), *([] if copy is None else [copy])]
        if x.ndim < 2 or x.size < MANY or any(each.dtype != np.float64 for each in arrays):
            return False
        if not all(each.flags.c_contiguous for each in arrays):
            return False
        places = [each.__array_interface__["data"][0] for each in arrays]
        kernel = entry_of(TURNED if copy is None else TURNED + COPIED)
        kernel(len(x), np.array([x.size // len(x), *places], dtype=np.int64))
        return True

    def _kernel(self, items: Sequence[tuple[Item, Any]]) -> Callable[[], Any]:
        blocks = self.memory.blocks
        booleans = {k for k, block in enumerate(blocks) if block.dtype == np.bool_}
        kernel = written(items, self.samples, booleans)
        arrays = [blocks[k] for k in kernel.blocks]
        arrays += [self._tables.setdefault(table, np.array(table, dtype=np.int64)) for table in kernel.tables]
        return partial(entry_of(kernel.text), self.samples or 1, places_of(arrays, kernel.addresses))


def in_kernels(items: Sequence[Item], alive: Alive) -> Iterator[Opaque | list[tuple[Item, Any]]]:
    """Yield the calls that stay, and between them the items of one kernel after the other.

    With each item of a kernel goes what has to be stored of it: of a nest its results that are read after it, of a loop
    those of each of its nests.
    """
    waiting: list[tuple[Item, Any]] = []
    for item in items:
        if isinstance(item, Opaque) and not isinstance(item, Product):
            if waiting:
                yield waiting
                waiting = []
            yield item
            continue
        kept: Any = None
        if isinstance(item, Loop):
            kept = alive.of_loop(item, items)
        elif isinstance(item, Nest):
            kept = alive.of(item, items)
            if not kept:
                continue
        if waiting and sum(_length(each) for each in (*(x for x, _ in waiting), item)) > LINES:
            yield waiting
            waiting = []
        waiting.append((item, kept))
    if waiting:
        yield waiting


def _length(item: Item) -> int:
    """The number of statements and products of an item."""
    if isinstance(item, Loop):
        return sum(map(_length, item.items))
    return len(item.statements) if isinstance(item, Nest) else 1
