"""Arrays as places in memory: which number of which block of memory each element of an array is.

    x = values[3:5]                 block 0, from place 3 n, steps (n, 1)          n: the samples
    w = flat[4:6, None]             block 1, from place 4,   steps (1, 0)          the same for all samples

All arrays of a program are views of a few blocks of memory. Two accesses with equal places are the same numbers, and
accesses without a common place do not touch each other; so loops over them can be fused or may not be.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ..emitting.memory import whole

__all__ = ["Access", "Memory", "places"]

Array = np.ndarray[Any, Any]


class Access(NamedTuple):
    """The places in a block at which an array has its elements.

    Attributes
    ----------
    block : int
        The block of memory.
    first : int
        The place of the first element.
    steps : tuple of int
        The distance of neighbours along each axis, in places.
    table : tuple of int
        The distances of the elements along the first axis from the first place, if these are not equally spaced.
    turns : tuple of int
        In a loop over repeated steps, the distance of the first place in each step from that in the first step.
    """

    block: int
    first: int
    steps: tuple[int, ...]
    table: tuple[int, ...] = ()
    turns: tuple[int, ...] = ()

    def moves(self, axis: int) -> bool:
        """True if elements along an axis are different numbers."""
        return bool(self.steps[axis]) or (bool(self.table) and axis in (0, -len(self.steps)))

    def at(self, index: tuple[int, ...]) -> Access:
        """Return the access to the part of the array at an index of its first axes."""
        first, steps, table = self.first, self.steps, self.table
        for k in index:
            first += table[k] if table else steps[0] * k
            steps, table = steps[1:], ()
        return Access(self.block, first, steps)

    def once(self, shape: tuple[int, ...]) -> tuple[Access, tuple[int, ...]]:
        """Return the access to each of the places in a table once, and its shape."""
        if not self.table:
            return self, shape
        table = sorted(set(self.table))
        step = table[1] - table[0] if len(table) > 1 else 0
        if all(table[k] == table[0] + k * step for k in range(len(table))):
            each = self._replace(first=self.first + table[0], steps=(step, *self.steps[1:]), table=())
        else:
            each = self._replace(table=tuple(table))
        return each, (len(table), *shape[1:])


class Memory:
    """The blocks of memory of the arrays of a program.

    Parameters
    ----------
    stays : bool
        True if the blocks stay where they are. The arrays that a function of tensors is given lie elsewhere at each
        call.

    Attributes
    ----------
    blocks : list of ndarray
        Each block as an array with one axis.
    """

    def __init__(self, stays: bool = True) -> None:
        self.stays = stays
        self.blocks: list[Array] = []
        self._numbers: dict[int, int] = {}

    def block(self, array: Array) -> int | None:
        """Return the block of an array; ``None`` if it is of another kind than numbers and truth values."""
        root: Any = array
        while getattr(root, "base", None) is not None:
            root = root.base
        found = self._numbers.get(id(root))
        if found is not None:
            return found if self.blocks[found].dtype == array.dtype else None
        if not isinstance(root, np.ndarray) or array.dtype not in (np.float64, np.bool_, np.int64):
            return None
        flat = whole(root, array.dtype)
        if flat is None:
            return None
        self._numbers[id(root)] = len(self.blocks)
        self.blocks.append(flat)
        return len(self.blocks) - 1

    def access(self, array: Array, shape: tuple[int, ...]) -> Access | None:
        """Return the places of an array that is broadcast to a shape; ``None`` if its memory is of another kind."""
        block = self.block(array)
        if block is None or array.dtype == np.int64:
            return None
        size = array.itemsize
        seen = np.broadcast_to(array, shape)
        distance = self._distance(block, seen)
        if distance % size or any(step % size for step in seen.strides):
            return None
        steps = tuple(step // size if length > 1 else 0 for step, length in zip(seen.strides, shape, strict=True))
        return Access(block, distance // size, steps)

    def apart(self, one: Access, other: Access) -> int | None:
        """Return the distance of the first places of two accesses.

        It is ``None`` if their numbers are of different kinds, or if they lie in blocks that do not stay.
        """
        blocks = self.blocks[one.block], self.blocks[other.block]
        if one.block == other.block:
            return other.first - one.first
        if blocks[0].dtype != blocks[1].dtype or not self.stays:
            return None
        between = self.address(other.block) - self.address(one.block)
        return other.first - one.first + between // blocks[0].itemsize

    def address(self, block: int) -> int:
        """Return the address of a block."""
        return int(self.blocks[block].__array_interface__["data"][0])

    def _distance(self, block: int, array: Array) -> int:
        """The bytes from the beginning of a block to the first element of an array."""
        return int(array.__array_interface__["data"][0]) - self.address(block)

    def span(self, block: int, array: Array) -> tuple[int, int]:
        """Return the first and the last place of an array in its block."""
        size = array.itemsize
        first = self._distance(block, array) // size
        ends = [(n - 1) * step // size for n, step in zip(array.shape, array.strides, strict=True)]
        return first + sum(min(end, 0) for end in ends), first + sum(max(end, 0) for end in ends)


def places(access: Access, shape: tuple[int, ...]) -> Array:
    """Return the places of all elements, each once, in increasing order."""
    found = np.array([access.first])
    for axis, (step, length) in enumerate(zip(access.steps, shape, strict=True)):
        if access.table and not axis:
            found = (found[:, None] + np.array(access.table)).reshape(-1)
        elif step:
            found = (found[:, None] + step * np.arange(length)).reshape(-1)
    return np.unique(found)
