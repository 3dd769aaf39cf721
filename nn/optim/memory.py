"""The memory of rules: for each block of parameters, and for small blocks that are moved as one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from autograd.parameters import Block, Joined

from .settings import Less

__all__ = ["Bundle", "Memory", "by_rule", "filled"]

Array: TypeAlias = "np.ndarray[Any, Any]"


class Memory(NamedTuple):
    """The memory of a rule for a block.

    ``steps`` is the number of steps that moved the block; or an array of it for each value, where some of them had no
    gradient in some steps. ``arrays`` has as many numbers as the block, in its ``order``, which is that of
    `ManyValues`.
    """

    steps: Any
    arrays: dict[str, Array]
    order: Array | None = None

    def ordered(self, order: Array | None) -> Memory:
        """The memory in another order; None for that in which the values were given."""
        if order is self.order:
            return self
        if self.order is not None:
            back = np.argsort(self.order)
            return self._indexed(back, None).ordered(order)
        return self._indexed(order, order)

    def _indexed(self, indices: Any, order: Array | None) -> Memory:
        steps = self.steps[indices] if isinstance(self.steps, np.ndarray) else self.steps
        return Memory(steps, {name: array[indices] for name, array in self.arrays.items()}, order)

    def chosen(self, mask: Array) -> Memory:
        """The part of the numbers in a mask."""
        return self._indexed(mask, None)

    def merged(self, mask: Array, part: Memory) -> Memory:
        """A memory with a new part in the place of the one that was chosen."""
        steps = np.broadcast_to(self.steps, mask.shape).copy()
        steps[mask] = part.steps
        arrays = {}
        for name, chosen in part.arrays.items():
            arrays[name] = self.arrays[name].copy()
            arrays[name][mask] = chosen
        return Memory(int(steps[0]) if (steps == steps[0]).all() else steps, arrays, self.order)


class Bundle(Joined):
    """The blocks of a group as one array, and what a rule remembers of them as one `Memory`.

    Parameters
    ----------
    blocks : sequence of Block
        All blocks of the group.
    """

    def __init__(self, blocks: Sequence[Block]) -> None:
        super().__init__(blocks)
        self._memory: tuple[Any, Memory] = None, Memory(0, {})  # the latest memories of the group, and all as one
        self._keys = [block.key for block in self.members]

    def memory(self, known: dict[int, Memory], starts: dict[str, float], numbers: Array) -> Memory | None:
        """Return the memories of the blocks as one; None if they have not been moved equally often."""
        kept, memory = self._memory
        if kept is not known:
            memories = [known.get(block.key) or Memory(0, {}, block.order) for block in self.members]
            memory = memories[0]
            steps, names = memory.steps, memory.arrays.keys()
            if not isinstance(steps, int) or not all(
                isinstance(each.steps, int)
                and each.steps == steps
                and each.order is block.order
                and each.arrays.keys() == names
                for each, block in zip(memories, self.members, strict=True)
            ):
                return None
            if len(memories) > 1:
                arrays = {name: np.concatenate([each.arrays[name] for each in memories]) for name in names}
                memory = Memory(steps, arrays)
        if memory.arrays.keys() == starts.keys():
            return memory
        fill = {name: np.full(len(numbers), start, numbers.dtype) for name, start in starts.items()}
        fill.update((name, array) for name, array in memory.arrays.items() if name in starts)
        return Memory(memory.steps, fill, memory.order)

    def split(self, after: Memory) -> dict[int, Memory]:
        """Return the memory of each block, from that of all."""
        known = dict.fromkeys(self._keys, after)
        if after.arrays and len(known) > 1:
            for key, place in zip(known, self.slices, strict=True):
                known[key] = Memory(after.steps, {name: array[place] for name, array in after.arrays.items()})
        self._memory = known, after
        return known


def filled(memory: Memory | None, block: Block, numbers: Array, starts: Mapping[str, float]) -> Memory:
    """The memory of a block, in its order, and with all arrays that the rule needs."""
    if memory is None:
        memory = Memory(0, {}, block.order)
    memory = memory.ordered(block.order)
    steps, arrays, order = memory
    if arrays.keys() == starts.keys():
        return memory
    size, dtype = numbers.size, numbers.dtype
    fill = {name: arrays[name] if name in arrays else np.full(size, start, dtype) for name, start in starts.items()}
    return Memory(steps, fill, order)


def by_rule(
    rule: Callable[..., Any], w: Array, g: Array, before: Memory, options: dict[str, Any]
) -> tuple[Array | Less, Memory]:
    """Return the new numbers of what is moved as one, or the step to them, and what is remembered of it."""
    steps, arrays, order = before
    new, arrays = rule(w, g, arrays, steps + 1, **options)
    if arrays:
        arrays = {name: np.asarray(array, w.dtype) for name, array in arrays.items()}
    return new, Memory(steps + 1, arrays, order)
