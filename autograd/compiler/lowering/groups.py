"""Groups: values that are computed alike, and so by one operation on arrays.

    relu(%7)   relu(%12)   relu(%17)   …        three values at one level     one operation on an array of three

The level of a value is the length of the longest way to it from the leaves. Values of one level do not depend on each
other; those that are computed by the same operation from operands that are kept in the same places are a group.

Where levels are narrow, as in a chain, arrays of one number would cost more than they save. A run of such levels stays
a program of single numbers: a *segment*.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ...core import ops, several
from ...core.table import Primitive
from .columns import COMPUTED, CONSTANT
from .condensed import Batch, Condensed, positions_within
from .sums import FEW

__all__ = ["Group", "Segment", "grouped"]

Ids = np.ndarray[Any, Any]

NARROW = 24  # operands of all values at a level: with fewer, single numbers are quicker than arrays
RUN = 4  # narrow levels in a row that are worth going from arrays to numbers and back
WIDE = 64  # values at a level, on average: with fewer, levels are found value by value
STATIC = {ops.ROUND: 1, ops.POW: 1}  # an argument that, if it is a constant, is the same throughout a group
SHARES = {several.SOFTMAX, several.LOG_SOFTMAX}  # whose first argument says which of several results is meant


class Group:
    """Values that are computed alike.

    Attributes
    ----------
    op : Primitive
        ``DOT`` for dot products without a bias, ``SUM`` for sums with signs, or any other operation.
    level : int
        The length of the longest way to its values.
    laned : bool
        Whether its values differ from lane to lane.
    ids : ndarray
        The values.
    operands : ndarray
        A row for each value. Of dot products, the left factors and then the right ones.
    signs : tuple of int
        Of the terms of a sum.
    """

    __slots__ = ("ids", "laned", "level", "op", "operands", "signs")

    def __init__(self, batch: Batch, those: Ids, level: int, laned: bool) -> None:
        self.op: Primitive = batch.op
        self.level, self.laned, self.signs = level, laned, batch.signs
        self.ids: Ids = batch.ids[those]
        self.operands: Ids = batch.operands[those]

    def __repr__(self) -> str:
        return f"<{len(self.ids)} {self.op.name} of {self.operands.shape[1]} at level {self.level}>"


class Segment:
    """A run of narrow levels, which stays a program of single numbers.

    Attributes
    ----------
    values : ndarray
        What is computed, in an order in which operands come before what is computed from them.
    ops : list of Primitive
        For each its operation.
    signs : list of tuple of int
        For each, if it is a sum, the signs of its terms.
    operands, lengths : ndarray
        The operands of all, one after the other, and how many each has.
    """

    __slots__ = ("lengths", "level", "operands", "ops", "signs", "values")

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

    def inputs(self) -> Ids:
        """What it reads, each once, in the order in which it does."""
        read = self.operands[~np.isin(self.operands, self.values)]
        _, first = np.unique(read, return_index=True)
        found: Ids = read[np.sort(first)]
        return found

    def __len__(self) -> int:
        return len(self.values)

    def __repr__(self) -> str:
        return f"<segment of {len(self)} at level {self.level}>"


def grouped(condensed: Condensed) -> list[Group | Segment]:
    """The groups and segments of a record, in an order in which operands come before what is computed from them."""
    levels = _levels(condensed)
    narrow = _narrow(condensed, levels)
    groups: list[Group | Segment] = []
    taken: list[tuple[Batch, Ids]] = []
    for batch in condensed.batches:
        level, laned = levels[batch.ids], condensed.laned[batch.ids]
        alone = ~laned & (narrow[level] >= 0)
        if alone.any():
            taken.append((batch, np.flatnonzero(alone)))
        wide = np.flatnonzero(~alone)
        if not len(wide):
            continue
        order, begins = _alike([level[wide], laned[wide].astype(np.int64), *_kinds(batch, wide, condensed)])
        for those in np.split(wide[order], begins[1:]):
            groups.append(Group(batch, those, int(level[those[0]]), bool(laned[those[0]])))
    groups += _segments(taken, levels, narrow)
    # What does not depend on the lane never needs what does.
    order = condensed.order
    return sorted(
        groups,
        key=lambda part: (
            (part.laned, part.level, int(order[part.ids].min())) if type(part) is Group else (False, part.level, 0)
        ),
    )


def _alike(keys: list[Ids]) -> tuple[Ids, Ids]:
    """An order in which what is alike by all keys stands together, and where each kind begins."""
    total, size = np.zeros(len(keys[0]), dtype=np.int64), 1
    for key in keys:
        low = int(key.min())
        span = int(key.max()) - low + 1
        if size * span >= 1 << 62:  # by its rank, which is smaller
            total = np.unique(total, return_inverse=True)[1].reshape(-1)
            size = len(total)
        total, size = total * span + (key - low), size * span
    order = np.argsort(total, kind="stable")
    return order, np.flatnonzero(np.diff(total[order], prepend=total[order[0]] - 1))


def _segments(taken: list[tuple[Batch, Ids]], levels: Ids, narrow: Ids) -> list[Segment]:
    """The values that are part of runs of narrow levels, run by run."""
    if not taken:
        return []
    ids = np.concatenate([batch.ids[those] for batch, those in taken])
    batch_of = np.repeat(np.arange(len(taken)), [len(those) for _, those in taken])
    operands = np.concatenate([batch.operands[those].reshape(-1) for batch, those in taken])
    lengths = np.array([batch.operands.shape[1] for batch, _ in taken])[batch_of]
    starts = np.cumsum(lengths) - lengths
    ops, signs = [batch.op for batch, _ in taken], [batch.signs for batch, _ in taken]
    level = levels[ids]
    order = np.argsort(level, kind="stable")
    found = []
    for those in np.split(order, np.flatnonzero(np.diff(narrow[level[order]])) + 1):
        read = operands[np.repeat(starts[those], lengths[those]) + positions_within(lengths[those])]
        kinds = batch_of[those].tolist()
        first = int(narrow[level[those[0]]])
        found.append(
            Segment(first, ids[those], [ops[k] for k in kinds], [signs[k] for k in kinds], read, lengths[those])
        )
    return found


def _kinds(batch: Batch, those: Ids, condensed: Condensed) -> list[Ids]:
    """What besides their level tells groups of a batch apart."""
    op, operands = batch.op, batch.operands[those]
    arenas = condensed.arenas
    width = operands.shape[1]
    if op is several.DOT:
        return [arenas[operands[:, 0]], arenas[operands[:, width // 2]]]
    if op is several.SUM:
        return [arenas[operands[:, k]] for k in range(width if width <= FEW else 1)]
    if op in STATIC:
        static = operands[:, STATIC[op]]
        return [arenas[operands[:, 0]], np.where(condensed.kinds[static] == CONSTANT, static, -1 - arenas[static])]
    if op.arity is None:
        return []
    return [arenas[operands[:, k]] for k in range(width)]


# --- Levels -----------------------------------------------------------------------------------------------------------


def _levels(condensed: Condensed) -> Ids:
    """The level of each value; leaves are at level 0."""
    levels = np.zeros(len(condensed.kinds), dtype=np.int64)
    if not condensed.batches:
        return levels
    ids = np.concatenate([np.repeat(batch.ids, batch.operands.shape[1]) for batch in condensed.batches])
    read = np.concatenate([batch.operands.reshape(-1) for batch in condensed.batches])
    leaves = condensed.columns.leaves
    inner = (read >= leaves) & (condensed.kinds[read] == COMPUTED)
    ids, read = ids[inner], read[inner]
    waiting = np.bincount(ids, minlength=len(levels))
    order = np.argsort(read, kind="stable")
    users = ids[order]
    counts = np.bincount(read, minlength=len(levels))
    begins = np.cumsum(counts) - counts
    front = np.concatenate([batch.ids for batch in condensed.batches])
    front = front[waiting[front] == 0]
    level, done = 1, 0
    while len(front):
        levels[front] = level
        level += 1
        done += len(front)
        if level > WIDE and done < WIDE * level:
            _levels_one_by_one(
                levels, front.tolist(), waiting.tolist(), users.tolist(), begins.tolist(), counts.tolist()
            )
            break
        found = users[np.repeat(begins[front], counts[front]) + positions_within(counts[front])]
        met, times = np.unique(found, return_counts=True)
        waiting[met] -= times
        front = met[waiting[met] == 0]
    return levels


def _levels_one_by_one(
    levels: Ids, front: list[int], waiting: list[int], users: list[int], begins: list[int], counts: list[int]
) -> None:
    """The levels of what is left, one value after the other."""
    found = levels.tolist()
    while front:
        upcoming: list[int] = []
        for value in front:
            begin, level = begins[value], found[value] + 1
            for user in users[begin : begin + counts[value]]:
                waiting[user] -= 1
                if not waiting[user]:
                    found[user] = level
                    upcoming.append(user)
        front = upcoming
    levels[:] = found


def _narrow(condensed: Condensed, levels: Ids) -> Ids:
    """For each level where the run of narrow levels begins that it belongs to, -1 for none."""
    count = np.zeros(int(levels.max()) + 1 if len(levels) else 1, dtype=np.int64)
    for batch in condensed.batches:
        uniform = levels[batch.ids[~condensed.laned[batch.ids]]]
        count += np.bincount(uniform, minlength=len(count)) * batch.operands.shape[1]
    narrow = count < NARROW
    begins = np.full(len(narrow), -1)
    edges = np.flatnonzero(np.diff(narrow, prepend=False, append=False))
    for begin, end in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        if np.count_nonzero(count[begin:end]) >= RUN:
            begins[begin:end] = begin
    return begins
