"""The memory of rules, for each block of parameters; and small blocks end to end, as one.

    W (64, 64), b (64,)   ─>   [ W · · · · · · · · │ b · · ]   ─>   the rule, once   ─>   new W, new b

A step of a small tensor by itself takes longer around the arithmetic than in it. A rule that moves each number by
itself moves all of them in one call.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate, pairwise
from operator import is_
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from autograd.parameters import Block

__all__ = ["Bundle", "Memory"]

Array: TypeAlias = "np.ndarray[Any, Any]"
MOST = 2**17  # numbers; of larger arrays the copies take longer than what is saved around them


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


class Bundle:
    """The blocks of a group as one array, and what a rule remembers of them.

    Parameters
    ----------
    blocks : sequence of Block
        All blocks of the group.
    """

    def __init__(self, blocks: Sequence[Block]) -> None:
        self.blocks = blocks
        self._places: list[tuple[slice, Any]] = []  # the place of each block, and its shape
        self._numbers: tuple[list[Array], Array] = [], np.empty(0)  # the latest that were given, and all of them as one
        self._memory: tuple[Any, Memory] = None, Memory(0, {})  # likewise

    def read(self) -> tuple[Array, Array] | None:
        """Return all numbers and all gradients; None if a gradient is missing, or if it is better not to join them."""
        found = [block.read() for block in self.blocks]
        read = [each for each in found if each is not None and each[2] is None]
        if not 1 < len(read) == len(found) or any(block.order is not None for block in self.blocks):
            return None
        numbers, gradients, _ = zip(*read, strict=True)
        parts, whole = self._numbers
        if len(parts) != len(numbers) or not all(map(is_, parts, numbers)):
            ends = accumulate((each.size for each in numbers), initial=0)
            self._places = [(slice(*both), each.shape) for both, each in zip(pairwise(ends), numbers, strict=True)]
            if self._places[-1][0].stop > MOST or any(each.dtype is not numbers[0].dtype for each in numbers):
                return None
            whole = np.concatenate(numbers, axis=None)
        return whole, np.concatenate(gradients, axis=None)

    def memory(self, known: dict[int, Memory], starts: dict[str, float], numbers: Array) -> Memory | None:
        """Return the memories of the blocks as one; None if they have not been moved equally often."""
        kept, memory = self._memory
        if kept is not known:
            memories = [known.get(block.key) or Memory(0, {}) for block in self.blocks]
            steps, names = memories[0].steps, memories[0].arrays.keys()
            if not isinstance(steps, int) or not all(
                isinstance(each.steps, int) and each[::2] == (steps, None) and each.arrays.keys() == names
                for each in memories
            ):
                return None
            memory = Memory(steps, {name: np.concatenate([each.arrays[name] for each in memories]) for name in names})
        if memory.arrays.keys() == starts.keys():
            return memory
        fill = {name: np.full(len(numbers), start, numbers.dtype) for name, start in starts.items()}
        return Memory(memory.steps, fill | {name: memory.arrays[name] for name in starts if name in memory.arrays})

    def split(self, new: Array, after: Memory) -> tuple[list[tuple[Block, Array, Any]], dict[int, Memory]]:
        """Return each block with its new numbers, and what is remembered of each."""
        known = dict.fromkeys([block.key for block in self.blocks], after)
        if after.arrays:
            for key, (place, _) in zip(known, self._places, strict=True):
                known[key] = Memory(after.steps, {name: array[place] for name, array in after.arrays.items()})
        parts = [new[place].reshape(shape) for place, shape in self._places]
        self._numbers, self._memory = (parts, new), (known, after)
        return [(block, part, None) for block, part in zip(self.blocks, parts, strict=True)], known
