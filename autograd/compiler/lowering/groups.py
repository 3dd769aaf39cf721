"""Groups: values that one operation on arrays can compute.

    relu(%7)   relu(%12)   relu(%17)   …        three values at one level     one operation on an array of three

Values of one level do not depend on each other. Those that the same operation computes, from operands in the same
buffers, are a group.

Where levels are narrow, as in a chain, calls on arrays of one number would cost more than they save. A run of such
levels stays a program of single numbers: a *segment*.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ...core import several
from ...core.table import Primitive
from .condensed import Condensed, Pack, positions_within
from .grids import Grid
from .levels import alike, find_levels, kinds_of

__all__ = ["Group", "Segment", "grouped"]

Ids = np.ndarray[Any, Any]

NARROW = 24  # operands of all values at a level: with fewer, single numbers are faster than arrays
RUN = 4  # the least number of narrow levels in a row that become a segment
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
    """A run of narrow levels, which stays a program of single numbers.

    Attributes
    ----------
    values : ndarray
        The values, in an order in which operands precede their results.
    ops : list of Primitive
        The operation of each value.
    signs : list of tuple of int
        The signs of the terms of each value that is a sum.
    operands, lengths : ndarray
        The operands of all values, concatenated, and the number of operands of each.
    runs : int
        The number of its forward passes until its `pieces` were made.
    pieces : list or None
        Its straight-line functions; ``None`` until they are made.
    """

    __slots__ = ("lengths", "level", "operands", "ops", "pieces", "runs", "signs", "values")

    def __init__(
        self,
        level: int,
        values: Ids,
        ops: list[Primitive],
        signs: list[tuple[int, ...]],
        operands: Ids,
        lengths: Ids,
    ) -> None:
        self.level, self.values, self.ops, self.signs = level, values, ops, signs
        self.operands, self.lengths = operands, lengths
        self.runs = 0
        self.pieces: Any = None

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


def grouped(condensed: Condensed) -> list[Group | Segment]:
    """Return the groups and segments of a record, in an order in which operands precede their results."""
    levels = find_levels(condensed)
    narrow = _narrow(condensed, levels)
    groups: list[Group | Segment] = []
    taken: list[tuple[Pack, Ids]] = []
    for pack in condensed.packs:
        level, batched = levels[pack.ids], condensed.batched[pack.ids]
        alone = ~batched & (narrow[level] >= 0)
        if alone.any():
            taken.append((pack, np.flatnonzero(alone)))
        wide = np.flatnonzero(~alone)
        if not len(wide):
            continue
        order, begins = alike([level[wide], batched[wide].astype(np.int64), *kinds_of(pack, wide, condensed)])
        for those in np.split(wide[order], begins[1:]):
            groups.append(Group(pack, those, int(level[those[0]]), bool(batched[those[0]])))
    groups += _segments(taken, levels, narrow)
    # Values that all samples share never depend on values that differ from sample to sample.
    order = condensed.order
    return sorted(
        groups,
        key=lambda part: (
            (part.batched, part.level, int(order[part.ids].min())) if type(part) is Group else (False, part.level, 0)
        ),
    )


def _segments(taken: list[tuple[Pack, Ids]], levels: Ids, narrow: Ids) -> list[Segment]:
    """Return a segment for each run of narrow levels."""
    if not taken:
        return []
    ids = np.concatenate([pack.ids[those] for pack, those in taken])
    pack_of = np.repeat(np.arange(len(taken)), [len(those) for _, those in taken])
    operands = np.concatenate([pack.operands[those].reshape(-1) for pack, those in taken])
    lengths = np.array([pack.operands.shape[1] for pack, _ in taken])[pack_of]
    starts = np.cumsum(lengths) - lengths
    ops, signs = [pack.op for pack, _ in taken], [pack.signs for pack, _ in taken]
    level = levels[ids]
    order = np.argsort(level, kind="stable")
    found = []
    for those in np.split(order, np.flatnonzero(np.diff(narrow[level[order]])) + 1):
        read = operands[np.repeat(starts[those], lengths[those]) + positions_within(lengths[those])]
        kinds = pack_of[those].tolist()
        first = int(narrow[level[those[0]]])
        found.append(
            Segment(first, ids[those], [ops[k] for k in kinds], [signs[k] for k in kinds], read, lengths[those])
        )
    return found


def _narrow(condensed: Condensed, levels: Ids) -> Ids:
    """Return for each level the first level of its run of narrow levels, or -1 if it is in none."""
    count = np.zeros(int(levels.max()) + 1 if len(levels) else 1, dtype=np.int64)
    for pack in condensed.packs:
        shared = levels[pack.ids[~condensed.batched[pack.ids]]]
        count += np.bincount(shared, minlength=len(count)) * pack.operands.shape[1]
    narrow = count < NARROW
    begins = np.full(len(narrow), -1)
    edges = np.flatnonzero(np.diff(narrow, prepend=False, append=False))
    for begin, end in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        if np.count_nonzero(count[begin:end]) >= RUN:
            begins[begin:end] = begin
    return begins
