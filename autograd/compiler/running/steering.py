"""The whole numbers that a program is for, since Python went by them while it was recorded.

    score(X, t)     t = [0, 2, 0]        recorded with t = 0, which is used as an index: t steers
                                         samples 0 and 2 run this program, sample 1 runs the one for t = 2

Such numbers are compared before a program runs. A batch in which they differ is split into parts in which they do not.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np

from ...arrays.tensor import Tensor
from ...core.value import Value
from ..recording.arguments import Arguments, Leaves
from ..recording.wholes import Whole

__all__ = ["Steered", "Steering", "parts_of_batch"]


class Steered(NamedTuple):
    """A whole number that Python went by.

    Attributes
    ----------
    argument, offset : int
        Its position: which of the shared or batched arguments, and which of the numbers in that, or in a row of that.
    number : int
        The number while recording.
    name : str
        What it is called.
    """

    argument: int
    offset: int
    number: int
    name: str


class Steering:
    """The whole numbers that a program is for.

    Attributes
    ----------
    shared, batched : list of Steered
        Those that are the same for all samples, and those that each sample has.
    """

    def __init__(self, numbers: Iterable[Whole], leaves: Leaves, given: Arguments) -> None:
        chosen = {id(x): x for x in numbers}
        self.shared = _located(chosen, leaves.uniform, [_size(x, 0) for x in given.uniform])
        self.batched = _located(chosen, leaves.laned, [_size(x, 1) for x in given.laned])

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Steering) and (self.shared, self.batched) == (other.shared, other.batched)

    __hash__ = None  # type: ignore[assignment]

    def holds_for(self, given: Arguments) -> bool:
        """True if these are the numbers of a call; of a batch, those of its first sample."""
        if not self.shared and not self.batched:
            return True
        return all(_whole(given.uniform[x.argument], x.offset) == x.number for x in self.shared) and all(
            _whole(given.laned[x.argument][:1], x.offset) == x.number for x in self.batched
        )


def _located(chosen: dict[int, Whole], leaves: Sequence[Value], sizes: Sequence[int]) -> list[Steered]:
    """The positions of some of the leaves, which were made of arguments of these sizes."""
    argument_of = np.repeat(np.arange(len(sizes)), sizes)
    begins = np.cumsum([0, *sizes])
    return [
        Steered(int(argument_of[k]), k - int(begins[argument_of[k]]), chosen[id(leaf)].whole, str(leaf.name))
        for k, leaf in enumerate(leaves)
        if id(leaf) in chosen
    ]


def _size(x: Any, begin: int) -> int:
    return int(np.prod(x.shape[begin:], dtype=int)) if isinstance(x, (np.ndarray, Tensor)) else 1


def _whole(x: Any, offset: int) -> int | None:
    """A whole number in an argument; ``None`` if it is of another kind."""
    if isinstance(x, np.ndarray):
        return int(x.reshape(-1)[offset]) if x.dtype.kind in "iub" else None
    return x if type(x) is int else None


# --- Batches whose samples differ in them -----------------------------------------------------------------------------


def parts_of_batch(given: Arguments, steerings: Iterable[Steering]) -> list[np.ndarray[Any, Any]] | None:
    """The positions of the samples that are alike in all numbers that steer programs, part by part.

    It is ``None`` if all samples are alike.
    """
    positions = {(x.argument, x.offset) for each in steerings for x in each.batched}
    columns = []
    for argument, offset in sorted(positions):
        x = given.laned[argument]
        if isinstance(x, np.ndarray) and x.dtype.kind in "iub":
            columns.append(np.unique(x.reshape(len(x), -1)[:, offset], return_inverse=True)[1].reshape(-1))
    if not columns:
        return None
    kinds, part = np.unique(np.stack(columns, axis=1), axis=0, return_inverse=True)
    if len(kinds) == 1:
        return None
    return [np.flatnonzero(part.reshape(-1) == k) for k in range(len(kinds))]
