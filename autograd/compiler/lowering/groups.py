"""Groups: values that one operation on arrays can compute.

    relu(%7)   relu(%12)   relu(%17)   …        three values at one level     one operation on an array of three

Values of one level do not depend on each other. Those that the same operation computes, from operands in the same
buffers, are a group.

Where levels are narrow, as in a chain, calls on arrays of one number would cost more than they save. A run of such
levels stays a program of single numbers: a *segment*. A run of groups of one value for each sample is a *chain*: its
operations are calls on arrays, but they are planned together, since a plan for each of them would take long.
"""

from __future__ import annotations

import operator
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from ...core import several
from ...core.table import Primitive
from .condensed import Condensed, Pack, positions_within
from .grids import Grid
from .levels import alike, find_levels, kinds_of

__all__ = ["LONG", "SHARES", "Group", "Segment", "find_readers", "grouped"]

Ids = np.ndarray[Any, Any]

NARROW = 24  # operands of all values at a level: with fewer, single numbers are faster than arrays
RUN = 4  # the least number of narrow levels in a row that become a segment
LOOPED = 64  # operands from which narrow levels become a segment although the operations are to be fused
LINKS = 12  # the least number of groups of one value in a row that become a chain
LONG = 4  # the least number of terms of a sum that runs along an axis, and of a dot product that is one operation
SHARES = {several.SOFTMAX, several.LOG_SOFTMAX}  # operations whose first argument is the index of a result


class Group:
    """Values of one level that the same operation computes.

    Attributes
    ----------
    op : Primitive
        ``DOT`` for dot products without a bias, ``SUM`` for sums with signs, or any other operation.
    level : int
        The level of its values.
    batched : bool
        True if its values differ from sample to sample.
    ids : ndarray
        The values.
    operands : ndarray
        The operands, one row for each value. For dot products the left factors, then the right factors.
    signs : tuple of int
        For sums, the signs of the terms.
    hole : int
        The constant that completes rows of different lengths; -1 if there is none.
    grid : Grid or None
        For ragged dot products, the matrix products that compute them.
    """

    __slots__ = ("batched", "grid", "hole", "ids", "level", "op", "operands", "signs")

    def __init__(self, pack: Pack, those: Ids, level: int, batched: bool) -> None:
        self.op: Primitive = pack.op
        self.level, self.batched, self.signs = level, batched, pack.signs
        self.ids: Ids = pack.ids[those]
        self.operands: Ids = pack.operands[those]
        self.hole = -1
        self.grid: Grid | None = None

    def __repr__(self) -> str:
        return f"<{len(self.ids)} {self.op.name} of {self.operands.shape[1]} at level {self.level}>"


class Segment:
    """A run of narrow levels, which stays a program of single numbers; or a chain, of one number for each sample.

    Attributes
    ----------
    batched : bool
        True for a chain.
    values : ndarray
        The values, in an order in which operands precede their results.
    ops : list of Primitive
        The operation of each value.
    signs : list of tuple of int
        The signs of the terms of each value that is a sum.
    operands, lengths, ends : ndarray
        The operands of all values, concatenated, the number of operands of each, and where they end.
    outside : ndarray
        The positions of the values that others read.
    runs : int
        The number of its forward passes until its `pieces` were made.
    pieces : list or None
        Its straight-line functions; ``None`` until they are made.
    texts : object
        Its text for a compiler; ``None`` until it is made, empty if there is none.
    """

    __slots__ = ("batched", "ends", "lengths", "level", "operands", "ops", "outside", "pieces", "runs",
                 "signs", "texts", "values")  # fmt: skip

    def __init__(
        self,
        level: int,
        values: Ids,
        ops: list[Primitive],
        signs: list[tuple[int, ...]],
        operands: Ids,
        lengths: Ids,
        batched: bool = False,
    ) -> None:
        self.batched, self.level = batched, level
        self.values, self.ops, self.signs = values, ops, signs
        self.operands, self.lengths = operands, lengths
        self.ends: Ids = np.cumsum(lengths)
        self.outside: Ids = np.arange(len(values))
        self.runs = 0
        self.pieces: Any = None
        self.texts: Any = None

    def inputs(self) -> Ids:
        """The values that it reads and does not compute, each once, in the order of first use."""
        read = self.operands[~np.isin(self.operands, self.values)]
        _, first = np.unique(read, return_index=True)
        found: Ids = read[np.sort(first)]
        return found

    def __len__(self) -> int:
        return len(self.values)

    def __repr__(self) -> str:
        return f"<segment of {len(self)} at level {self.level}>"


def find_readers(parts: Sequence[Group | Segment], condensed: Condensed) -> None:
    """Find the values of segments that others read; the rest need not be written to arrays."""
    segments = [part for part in parts if isinstance(part, Segment) and not part.batched]
    if segments:
        read = np.zeros(len(condensed.buffers), dtype=bool)
        read[condensed.results] = True
        for part in parts:
            alone = isinstance(part, Segment) and not part.batched
            read[part.inputs() if alone else part.operands.reshape(-1)] = True  # type: ignore[union-attr]
        for segment in segments:
            segment.outside = np.flatnonzero(read[segment.values])


def grouped(condensed: Condensed, fused: bool = False) -> list[Group | Segment]:
    """Return the parts of a record, in an order in which operands precede their results.

    Operations that are to be fused into compiled loops are in no chain, and in a segment only if it is long.
    """
    levels = find_levels(condensed)
    narrow = _narrow(condensed, levels, LOOPED if fused else 0)
    products = _products(condensed)
    taken: list[tuple[Pack, Ids]] = []
    packs: list[tuple[Pack, Ids, Ids]] = []  # each with its values, group by group, and where the groups begin
    keys: list[Ids] = []  # of each group: its pack, its number there, the keys to sort by, and 1 for a link
    for pack in condensed.packs:
        level, batched = levels[pack.ids], condensed.batched[pack.ids]
        alone = ~batched & (narrow[level] >= 0)
        if alone.any():
            taken.append((pack, np.flatnonzero(alone)))
        wide = np.flatnonzero(~alone)
        if not len(wide):
            continue
        order, begins = alike([level[wide], batched[wide].astype(np.int64), *kinds_of(pack, wide, condensed)])
        order = wide[order]
        first, count = order[begins], len(begins)
        earliest = np.minimum.reduceat(condensed.order[pack.ids[order]], begins)
        single = batched[first] & (np.diff(begins, append=len(order)) == 1)
        links = np.zeros(count, dtype=bool) if fused else single & _may_be_links(pack, first, products)
        keys.append(
            np.stack([np.full(count, len(packs)), np.arange(count), batched[first], level[first], earliest, links])
        )
        packs.append((pack, order, begins))
    made = [((0, segment.level, 0), segment) for segment in _segments(taken, levels, narrow, condensed.order)]
    made += _parts(packs, np.concatenate(keys, axis=1)) if keys else []
    # Values that all samples share never depend on values that differ from sample to sample.
    return [part for _, part in sorted(made, key=operator.itemgetter(0))]


def _products(condensed: Condensed) -> Ids:
    """Mark the dot products of which a factor is the same for all samples: they may be matrix products."""
    found = np.zeros(len(condensed.kinds), dtype=bool)
    for pack in condensed.packs:
        if pack.op is several.DOT:
            found[pack.ids] = ~condensed.batched[pack.operands].all(axis=1)
    return found


def _may_be_links(pack: Pack, those: Ids, products: Ids) -> Ids:
    """Return a mask of the values of a pack that may be links of a chain, being computed element by element."""
    operands = pack.operands[those]
    links = np.full(len(those), pack.op.arity is not None)
    if pack.op is several.DOT:
        links = ~products[pack.ids[those]] & (operands.shape[1] < 2 * LONG)
    elif pack.op is several.SUM:  # what is added to a product is added in place
        links = ~products[operands].any(axis=1) & (operands.shape[1] < LONG)
    return links


def _parts(packs: list[tuple[Pack, Ids, Ids]], keys: Ids) -> list[tuple[Any, Any]]:
    """Return groups, and chains of those groups that have a single value, each with a key to sort it by."""
    which, number, batched, level, earliest, links = keys
    order = np.lexsort((earliest, level, batched))
    which, number, links = which[order], number[order], links[order]
    sorting = list(zip(*keys[2:5, order].tolist(), strict=True))
    ends = [np.append(begins[1:], len(values)) for _, values, begins in packs]
    rows = _Rows([(pack, values[begins]) for pack, values, begins in packs])
    at = rows.begins[which] + number
    found: list[tuple[Any, Any]] = []
    edges = [0, *(np.flatnonzero(np.diff(links)) + 1).tolist(), len(order)]
    for begin, end in pairwise(edges):
        if links[begin] and end - begin >= LINKS:
            found.append((sorting[begin], rows.segment(sorting[begin][1], at[begin:end], batched=True)))
            continue
        for k in range(begin, end):
            pack, values, begins = packs[which[k]]
            those = values[begins[number[k]] : ends[which[k]][number[k]]]
            found.append((sorting[k], Group(pack, those, sorting[k][1], bool(sorting[k][0]))))
    return found


class _Rows:
    """Values of several packs, with their operations and operands."""

    def __init__(self, taken: list[tuple[Pack, Ids]]) -> None:
        counts = [len(those) for _, those in taken]
        self.begins = np.cumsum([0, *counts])[:-1]
        self.ids = np.concatenate([pack.ids[those] for pack, those in taken])
        self._pack_of = np.repeat(np.arange(len(taken)), counts)
        self._operands = np.concatenate([pack.operands[those].reshape(-1) for pack, those in taken])
        self._lengths = np.array([pack.operands.shape[1] for pack, _ in taken])[self._pack_of]
        self._starts = np.cumsum(self._lengths) - self._lengths
        self._ops, self._signs = [pack.op for pack, _ in taken], [pack.signs for pack, _ in taken]

    def segment(self, level: int, those: Ids, batched: bool = False) -> Segment:
        """Return some of the values as a segment."""
        lengths = self._lengths[those]
        operands = self._operands[np.repeat(self._starts[those], lengths) + positions_within(lengths)]
        kinds = self._pack_of[those].tolist()
        ops, signs = [self._ops[k] for k in kinds], [self._signs[k] for k in kinds]
        return Segment(level, self.ids[those], ops, signs, operands, lengths, batched)


def _segments(taken: list[tuple[Pack, Ids]], levels: Ids, narrow: Ids, recorded: Ids) -> list[Segment]:
    """Return a segment for each run of narrow levels, with its values in the order in which they were recorded.

    In this order all steps of a recurrence are equal. By levels they are not, where some values of a step are on longer
    paths than others: from step to step these fall farther behind.
    """
    if not taken:
        return []
    rows = _Rows(taken)
    level = levels[rows.ids]
    order = np.lexsort((level, recorded[rows.ids], narrow[level]))
    runs = np.split(order, np.flatnonzero(np.diff(narrow[level[order]])) + 1)
    return [rows.segment(int(narrow[level[those[0]]]), those) for those in runs]


def _narrow(condensed: Condensed, levels: Ids, least: int) -> Ids:
    """Return for each level the first level of its run of narrow levels with enough operands; -1 if it is in none."""
    count = np.zeros(int(levels.max()) + 1 if len(levels) else 1, dtype=np.int64)
    for pack in condensed.packs:
        shared = levels[pack.ids[~condensed.batched[pack.ids]]]
        count += np.bincount(shared, minlength=len(count)) * pack.operands.shape[1]
    narrow = count < NARROW
    begins = np.full(len(narrow), -1)
    edges = np.flatnonzero(np.diff(narrow, prepend=False, append=False))
    for begin, end in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        if np.count_nonzero(count[begin:end]) >= RUN and count[begin:end].sum() >= least:
            begins[begin:end] = begin
    return begins
