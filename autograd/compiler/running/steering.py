"""The integer arguments on which control flow depended when a program was recorded.

    score(X, t)     t = [0, 2, 0]        recorded with t = 0, which is used as an index: t steers
                                         samples 0 and 2 run this program, sample 1 runs the one for t = 2

A program is valid for these integers only, so they are compared before it runs. A batch in which they differ is split
into parts in which they are equal.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np

from ...arrays.tensor import Tensor
from ...core.value import Value
from ..recording.arguments import Arguments, Leaves
from ..recording.wholes import Whole

__all__ = ["Steered", "Steering", "parts_of_batch", "whole_at"]


class Steered(NamedTuple):
    """An integer argument on which control flow depended.

    Attributes
    ----------
    argument, offset : int
        The index of the shared or batched argument, and of the number in it, or in one sample of it.
    number : int
        The number when the program was recorded.
    name : str
        The name of the argument.
    """

    argument: int
    offset: int
    number: int
    name: str


class Steering:
    """The integers for which a program is valid.

    Attributes
    ----------
    shared, batched : list of Steered
        Those that all samples share, and those that each sample has.
    """

    def __init__(self, numbers: Iterable[Whole], leaves: Leaves, given: Arguments) -> None:
        chosen = {id(x): x for x in numbers}
        self.shared = _located(chosen, leaves.shared, [_size(x, 0) for x in given.shared])
        self.batched = _located(chosen, leaves.batched, [_size(x, 1) for x in given.batched])

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Steering) and (self.shared, self.batched) == (other.shared, other.batched)

    __hash__ = None  # type: ignore[assignment]

    def holds_for(self, given: Arguments) -> bool:
        """True if a call has these integers; for a batch, if its first sample has them."""
        if not self.shared and not self.batched:
            return True
        return all(whole_at(given.shared[x.argument], x.offset) == x.number for x in self.shared) and all(
            whole_at(given.batched[x.argument][:1], x.offset) == x.number for x in self.batched
        )


def _located(chosen: dict[int, Whole], leaves: Sequence[Value], sizes: Sequence[int]) -> list[Steered]:
    """Return the positions of chosen leaves among the arguments, which have these sizes."""
    argument_of = np.repeat(np.arange(len(sizes)), sizes)
    begins = np.cumsum([0, *sizes])
    return [
        Steered(int(argument_of[k]), k - int(begins[argument_of[k]]), chosen[id(leaf)].whole, str(leaf.name))
        for k, leaf in enumerate(leaves)
        if id(leaf) in chosen
    ]


def _size(x: Any, begin: int) -> int:
    return int(np.prod(x.shape[begin:], dtype=int)) if isinstance(x, (np.ndarray, Tensor)) else 1


def whole_at(x: Any, offset: int) -> int | None:
    """Return an integer in an argument; ``None`` if the argument is of another type."""
    if isinstance(x, np.ndarray):
        return int(x.reshape(-1)[offset]) if x.dtype.kind in "iub" else None
    return x if type(x) is int else None


# --- Batches whose samples differ in these integers -------------------------------------------------------------------


def parts_of_batch(given: Arguments, steerings: Iterable[Steering]) -> list[np.ndarray[Any, Any]] | None:
    """Return the positions of samples with equal steering integers, part by part; ``None`` if there is one part."""
    positions = {(x.argument, x.offset) for each in steerings for x in each.batched}
    columns = []
    for argument, offset in sorted(positions):
        x = given.batched[argument]
        if isinstance(x, np.ndarray) and x.dtype.kind in "iub":
            columns.append(np.unique(x.reshape(len(x), -1)[:, offset], return_inverse=True)[1].reshape(-1))
    if not columns:
        return None
    kinds, part = np.unique(np.stack(columns, axis=1), axis=0, return_inverse=True)
    if len(kinds) == 1:
        return None
    return [np.flatnonzero(part.reshape(-1) == k) for k in range(len(kinds))]
