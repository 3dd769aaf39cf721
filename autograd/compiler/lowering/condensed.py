"""A record as packs of values that the same operation computes from equally many operands.

Values are numbered as in `columns`. Parts of sums, which have no record of their own, have the numbers after those.
Each value has a place in a *buffer*, an array for all values of its kind.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from ...core.table import Primitive
from .columns import COMPUTED, CONSTANT, Columns

__all__ = [
    "BATCHED",
    "BATCHED_ARGUMENTS",
    "CONSTANTS",
    "FLATS",
    "SCALARS",
    "SHARED",
    "Condensed",
    "Pack",
    "positions_within",
]

Ids = np.ndarray[Any, Any]

# The buffers: values that all samples share, values of each sample, constants, single numbers (shared arguments, and
# parameters that live by themselves), arguments of each sample; from FLATS on, one for each flat array of parameters.
SHARED, BATCHED, CONSTANTS, SCALARS, BATCHED_ARGUMENTS, FLATS = range(6)


class Pack(NamedTuple):
    """Values that the same operation computes from equally many operands: isomorphic, in the terms of vectorisers.

    Attributes
    ----------
    op : Primitive
        ``DOT`` for dot products without a bias, ``SUM`` for sums with signs, or any other operation.
    ids : ndarray
        The values.
    operands : ndarray
        The operands, one row for each value. For dot products the left factors, then the right factors.
    signs : tuple of int
        For sums, the signs of the terms.
    """

    op: Primitive
    ids: Ids
    operands: Ids
    signs: tuple[int, ...] = ()


class Condensed:
    """A record after equal subexpressions were merged and sums were formed.

    Attributes
    ----------
    packs : list of Pack
        The computed values, in no particular order.
    kinds, buffers, batched : ndarray
        For each value its kind, its buffer, and whether it differs from sample to sample.
    results : list of int
        The values of the results.
    merged : int
        The number of recorded operations that were equal to another one.
    """

    def __init__(self, columns: Columns, buffers: Sequence[int]) -> None:
        self.columns = columns
        self.packs: list[Pack] = []
        leaves, count = columns.leaves, len(columns)
        self.kinds: Ids = np.concatenate([np.array(columns.kinds(), dtype=np.int64), np.full(count, COMPUTED)])
        self.buffers: Ids = np.concatenate([np.array(buffers, dtype=np.int64), np.full(count, SHARED)])
        self.batched: Ids = (self.buffers == BATCHED) | (self.buffers == BATCHED_ARGUMENTS)
        self.first_part = leaves + count  # values from here on were not recorded: they are parts of sums
        self.numbers: Ids = np.zeros(leaves + count)
        self.numbers[leaves - len(columns.constants) : leaves] = columns.constants
        self.order: Ids = np.arange(leaves + count)  # for each value the recorded value that it is a part of
        self.results: list[int] = []
        self.merged = 0

    def constants(self, values: Ids) -> Ids:
        """Return the numbers of these constants."""
        numbers: Ids = self.numbers[values]
        return numbers

    def new_constants(self, numbers: Ids) -> Ids:
        """Add constants that were not recorded, and return their values."""
        ids = self.new(np.zeros(len(numbers), dtype=bool), np.zeros(len(numbers), dtype=np.int64))
        self.kinds[ids], self.buffers[ids], self.numbers[ids] = CONSTANT, CONSTANTS, numbers
        return ids

    def new(self, batched: Ids, of: Ids) -> Ids:
        """Add values that are parts of the values ``of``, and return them."""
        ids = np.arange(len(self.kinds), len(self.kinds) + len(batched))
        self.kinds = np.concatenate([self.kinds, np.full(len(batched), COMPUTED)])
        self.buffers = np.concatenate([self.buffers, np.where(batched, BATCHED, SHARED)])
        self.batched = np.concatenate([self.batched, batched])
        self.order = np.concatenate([self.order, self.order[of]])  # of a part of a part, that of the whole
        self.numbers = np.concatenate([self.numbers, np.zeros(len(batched))])
        return ids


def positions_within(lengths: Ids) -> Ids:
    """Return 0, 1, …, length - 1 for each of the lengths, one after the other."""
    ends = np.cumsum(lengths)
    found: Ids = np.arange(int(ends[-1]) if len(ends) else 0) - np.repeat(ends - lengths, lengths)
    return found
