"""The results of a nest that somebody reads after it: only these are stored.

Scratch numbers last until the end of the plan that they belong to, adjoints of values until the end of a reverse pass.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .accesses import Access, Memory
from .loops import Item, Loop
from .nests import Extent, Nest, Opaque

__all__ = ["Alive"]

Array = np.ndarray[Any, Any]


class Alive:
    """Tells which results have to be stored.

    Parameters
    ----------
    memory : Memory
        Knows the arrays.
    scratch : sequence of ndarray
        Arrays whose numbers last until the end of a plan.
    passing : sequence of ndarray
        Arrays whose numbers last until the end of the pass.
    wanted : sequence of ndarray or None
        If given, the only arrays whose numbers last longer than the pass.
    """

    def __init__(
        self, memory: Memory, scratch: Sequence[Array], passing: Sequence[Array], wanted: Sequence[Array] | None
    ) -> None:
        self._scratch = {memory.block(array) for array in scratch if array.size}
        self._passing = {memory.block(array) for array in passing if array.size}
        self._wanted: list[Extent] | None = None
        if wanted is not None:
            spans = [(memory.block(array), array) for array in wanted if array.size]
            self._wanted = [Extent(k, *memory.span(k, array), 0, None) for k, array in spans if k is not None]

    def of(self, nest: Nest, items: Sequence[Item]) -> set[Access]:
        """Return the places whose numbers are read after a nest, or after the pass."""
        steps = {statement.out: statement.step for statement in nest.statements}
        return {
            access
            for access, extent in nest.writes.items()
            if self._lasts(extent)
            or any(
                other is not nest and _reads(other, extent, steps[access] if access.block in self._scratch else None)
                for other in items
            )
        }

    def of_loop(self, loop: Loop, items: Sequence[Item]) -> list[set[Access]]:
        """Return for each nest of a step the places whose numbers are read after it, by any item in any step."""
        crossing, others = loop.crossing(), [item for item in items if item is not loop]
        return [
            {
                access
                for access in item.writes
                if access in crossing
                or any(
                    self._lasts(extent) or any(_reads(other, extent, None) for other in others)
                    for extent in loop.extents(access)
                )
            }
            if isinstance(item, Nest)
            else set()
            for item in loop.items
        ]

    def _lasts(self, extent: Extent) -> bool:
        if extent.block in self._scratch:
            return False
        if self._wanted is not None:
            return any(each.meets(extent) for each in self._wanted)
        return extent.block not in self._passing


def _reads(item: Item, extent: Extent, step: int | None) -> bool:
    """True if an item may read numbers; if they are scratch numbers, those of a plan."""
    if isinstance(item, Loop):
        return item.meets(extent)
    if isinstance(item, Opaque):
        return step in (None, item.step) and item.meets(extent)
    if step is None:
        return any(each.meets(extent) for each in item.reads.values())
    return any(
        item.reads[x].meets(extent)
        for statement in item.statements
        if statement.step == step
        for x in statement.inputs
        if x in item.reads
    )
