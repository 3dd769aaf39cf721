"""Small blocks end to end, as one array.

    W (64, 64), b (64,)   ─>   [ W · · · · · · · · │ b · · ]   ─>   new numbers, at once   ─>   new W, new b

To change a small tensor by itself takes longer around the arithmetic than in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import accumulate, pairwise, repeat
from operator import attrgetter, is_, is_not
from typing import Any, TypeAlias

import numpy as np

from .adopted import set_data
from .places import Block, OneTensor

__all__ = ["Joined"]

Array: TypeAlias = "np.ndarray[Any, Any]"
MOST = 2**17  # numbers; of larger arrays the copies take longer than what is saved around them

_numbers_of, _gradient_of = attrgetter("_data"), attrgetter("_grad")


class Joined:
    """Blocks as one.

    Parameters
    ----------
    blocks : sequence of Block
        The blocks, of `Places`.

    Attributes
    ----------
    blocks : sequence of Block
        The blocks that were given.
    members : list of Block
        The same, in the order in which their numbers follow one another.
    slices : list of slice
        The place of the numbers of each member.
    """

    def __init__(self, blocks: Sequence[Block]) -> None:
        tensors = [block for block in blocks if isinstance(block, OneTensor)]
        self._others: list[Any] = [block for block in blocks if not isinstance(block, OneTensor)]
        self._leaves = [block.leaf for block in tensors]
        self.blocks, self.members = blocks, [*self._others, *tensors]
        self.slices: list[slice] = []
        self._shapes: list[tuple[int, ...]] = []
        # A tensor that is alone needs no joining; numbers in an order of their own only stand alone.
        self._is_one = len(self._others) == len(blocks) == 1
        self._can_be_one = len(blocks) > 1 and all(
            block.is_free if isinstance(block, OneTensor) else block.order is None for block in blocks
        )
        self._can_be_apart = self._can_be_one and not self._others and all(leaf._data.ndim for leaf in self._leaves)
        self._known: tuple[list[Array], Array] = [], np.empty(0)  # the latest numbers of each member, and all as one

    def read(self) -> tuple[Array, Array] | None:
        """Return all numbers and all gradients; None if a gradient is missing, or if it is better not to join them."""
        if self._is_one:
            found = self._others[0].read()
            return None if found is None or found[2] is not None else found[:2]
        gradients = list(map(_gradient_of, self._leaves))
        if not (self._can_be_one and all(map(is_not, gradients, repeat(None)))):
            return None
        numbers = list(map(_numbers_of, self._leaves))
        if self._others:
            found = [block.read() for block in self._others]
            read = [each for each in found if each is not None and each[2] is None]
            if len(read) < len(found):
                return None
            numbers, gradients = [each[0] for each in read] + numbers, [each[1] for each in read] + gradients
        parts, whole = self._known
        if len(parts) != len(numbers) or not all(map(is_, parts, numbers)):
            ends = list(accumulate((each.size for each in numbers), initial=0))
            if ends[-1] > MOST or any(each.dtype is not numbers[0].dtype for each in numbers):
                return None
            self.slices = [slice(*both) for both in pairwise(ends)]
            self._shapes = [each.shape for each in numbers]
            whole = np.concatenate(numbers, axis=None)
            self._known = numbers, whole
        return whole, np.concatenate(gradients, axis=None)

    def read_apart(self) -> tuple[list[Array], list[Array]] | None:
        """Return the numbers and the gradients of each member, if all are tensors with axes and have a gradient."""
        if not self._can_be_apart:
            return None
        gradients = list(map(_gradient_of, self._leaves))
        if not all(map(is_not, gradients, repeat(None))):
            return None
        return list(map(_numbers_of, self._leaves)), gradients

    def write(self, numbers: Array | list[Array], _: Any, /) -> list[Iterable[Any]]:
        """Return stores of new numbers of all that `read` or `read_apart` returned, for `at_once`."""
        if isinstance(numbers, list):
            return [map(set_data, self._leaves, numbers)]
        if self._is_one:
            return self._others[0].write(numbers, None)  # type: ignore[no-any-return]
        parts = [*map(np.ndarray.reshape, map(numbers.__getitem__, self.slices), self._shapes)]
        self._known = parts, numbers
        count = len(self._others)
        stores = [store for block, part in zip(self._others, parts, strict=False) for store in block.write(part, None)]
        return [*stores, map(set_data, self._leaves, parts[count:])]
