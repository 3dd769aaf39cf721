"""A record as batches: values that are computed by one operation from as many operands each, side by side.

Values are numbered as in `columns`; parts of sums that were not recorded by themselves count on from there. Each is
kept in an *arena*, an array for all values of its kind.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from ...core.table import Primitive
from .columns import COMPUTED, CONSTANT, Columns

__all__ = [
    "CONSTANTS",
    "FLATS",
    "LANED",
    "LANED_ARGUMENTS",
    "LOOSE",
    "UNIFORM",
    "Batch",
    "Condensed",
    "positions_within",
]

Ids = np.ndarray[Any, Any]

# Where values are kept: one array for each of these, and one for each flat array of parameters from FLATS up.
UNIFORM, LANED, CONSTANTS, LOOSE, LANED_ARGUMENTS, FLATS = range(6)


class Batch(NamedTuple):
    """Values that are computed by one operation from as many operands each.

    Attributes
    ----------
    op : Primitive
        ``DOT`` for dot products without a bias, ``SUM`` for sums with signs, or any other operation.
    ids : ndarray
        The values.
    operands : ndarray
        A row for each value. Of dot products, the left factors and then the right ones.
    signs : tuple of int
        Of the terms of a sum.
    """

    op: Primitive
    ids: Ids
    operands: Ids
    signs: tuple[int, ...] = ()


class Condensed:
    """A record after equal subexpressions were merged and sums were formed.

    Attributes
    ----------
    batches : list of Batch
        What is computed, in no particular order.
    kinds, arenas, laned : ndarray
        What each value is, where it is kept, and whether it differs from lane to lane.
    results : list of int
        The values asked for.
    merged : int
        How many recorded operations were equal to another.
    """

    def __init__(self, columns: Columns, arenas: Sequence[int]) -> None:
        self.columns = columns
        self.batches: list[Batch] = []
        leaves, count = columns.leaves, len(columns)
        self.kinds: Ids = np.concatenate([np.array(columns.kinds(), dtype=np.int64), np.full(count, COMPUTED)])
        self.arenas: Ids = np.concatenate([np.array(arenas, dtype=np.int64), np.full(count, UNIFORM)])
        self.laned: Ids = (self.arenas == LANED) | (self.arenas == LANED_ARGUMENTS)
        self.first_part = leaves + count  # values from here on were not recorded, but are parts of sums
        self.numbers: Ids = np.zeros(leaves + count)
        self.numbers[leaves - len(columns.constants) : leaves] = columns.constants
        self.order: Ids = np.arange(leaves + count)  # of each value, what came of it in the record
        self.results: list[int] = []
        self.merged = 0

    def constants(self, values: Ids) -> Ids:
        """The numbers of constants."""
        numbers: Ids = self.numbers[values]
        return numbers

    def new_constants(self, numbers: Ids) -> Ids:
        """Constants that were not recorded."""
        ids = self.new(np.zeros(len(numbers), dtype=bool), np.zeros(len(numbers), dtype=np.int64))
        self.kinds[ids], self.arenas[ids], self.numbers[ids] = CONSTANT, CONSTANTS, numbers
        return ids

    def new(self, laned: Ids, of: Ids) -> Ids:
        """New values, which are parts of others."""
        ids = np.arange(len(self.kinds), len(self.kinds) + len(laned))
        self.kinds = np.concatenate([self.kinds, np.full(len(laned), COMPUTED)])
        self.arenas = np.concatenate([self.arenas, np.where(laned, LANED, UNIFORM)])
        self.laned = np.concatenate([self.laned, laned])
        self.order = np.concatenate([self.order, of])
        self.numbers = np.concatenate([self.numbers, np.zeros(len(laned))])
        return ids


def positions_within(lengths: Ids) -> Ids:
    """0, 1, …, for each of the lengths."""
    ends = np.cumsum(lengths)
    found: Ids = np.arange(int(ends[-1]) if len(ends) else 0) - np.repeat(ends - lengths, lengths)
    return found
