"""Levels: values of one level do not depend on each other, so that one operation on arrays may compute them.

    h1 = tanh(w h0)     h2 = tanh(w h1)     h3 = tanh(w h2)          a recurrence: a level for each step
    y1 = v h1           y2 = v h2           y3 = v h3                outputs of the steps: one level after the last step

The longest path from the leaves to a value gives its earliest level. A value can wait if no user needs it at the next
level. The values of one kind that can wait are moved to their latest levels, directly before their first users, if they
occupy fewer levels there. All other values stay at their earliest level.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ...core import ops, several
from .columns import COMPUTED, CONSTANT
from .condensed import Condensed, Pack, positions_within
from .sums import FEW

__all__ = ["alike", "find_levels", "kinds_of"]

Ids = np.ndarray[Any, Any]

WIDE = 64  # mean number of values at a level: below it, levels are found value by value
STATIC = {ops.ROUND: 1, ops.POW: 1}  # positions of arguments; if such an argument is a constant, the whole group has it


def find_levels(condensed: Condensed) -> Ids:
    """Return the level of each value; leaves have level 0."""
    if not condensed.packs:
        return np.zeros(len(condensed.kinds), dtype=np.int64)
    users = np.concatenate([np.repeat(pack.ids, pack.operands.shape[1]) for pack in condensed.packs])
    read = np.concatenate([pack.operands.reshape(-1) for pack in condensed.packs])
    inner = (read >= condensed.columns.leaves) & (condensed.kinds[read] == COMPUTED)
    users, read = users[inner], read[inner]
    earliest = _earliest(condensed, users, read)
    return _met(condensed, earliest, users, read) if len(read) else earliest


def _earliest(condensed: Condensed, users: Ids, read: Ids) -> Ids:
    """Return for each value the length of the longest path to it from the leaves."""
    levels = np.zeros(len(condensed.kinds), dtype=np.int64)
    waiting = np.bincount(users, minlength=len(levels))
    users = users[np.argsort(read, kind="stable")]
    counts = np.bincount(read, minlength=len(levels))
    begins = np.cumsum(counts) - counts
    front = np.concatenate([pack.ids for pack in condensed.packs])
    front = front[waiting[front] == 0]
    level, done = 1, 0
    while len(front):
        levels[front] = level
        level += 1
        done += len(front)
        if level > WIDE and done < WIDE * level:
            _one_by_one(levels, front.tolist(), waiting.tolist(), users.tolist(), begins.tolist(), counts.tolist())
            break
        found = users[np.repeat(begins[front], counts[front]) + positions_within(counts[front])]
        met, times = np.unique(found, return_counts=True)
        waiting[met] -= times
        front = met[waiting[met] == 0]
    return levels


def _one_by_one(
    levels: Ids, front: list[int], waiting: list[int], users: list[int], begins: list[int], counts: list[int]
) -> None:
    """Find the remaining levels, one value at a time."""
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


# --- Values that wait -------------------------------------------------------------------------------------------------


def _met(condensed: Condensed, earliest: Ids, users: Ids, read: Ids) -> Ids:
    """Return the levels, with values that can wait moved to levels of other values of their kind."""
    order = np.argsort(earliest[users], kind="stable")
    users, read = users[order], read[order]
    level = earliest[users]
    cuts = np.flatnonzero(np.diff(level, prepend=-1))
    latest = np.full(len(earliest), int(earliest.max()), dtype=np.int64)
    _spread(np.minimum, latest, read, users, -1, cuts[::-1], [len(users), *cuts[:0:-1].tolist()])
    wanted = earliest.copy()
    for pack in condensed.packs:
        those = np.flatnonzero(latest[pack.ids] > earliest[pack.ids])
        if len(those):
            order, begins = alike(
                [condensed.batched[pack.ids[those]].astype(np.int64), *kinds_of(pack, those, condensed)]
            )
            for kind in np.split(pack.ids[those[order]], begins[1:]):
                if len(np.unique(latest[kind])) < len(np.unique(earliest[kind])):
                    wanted[kind] = latest[kind]
    if np.array_equal(wanted, earliest):
        return earliest
    _spread(np.maximum, wanted, users, read, 1, cuts, [*cuts[1:].tolist(), len(users)])
    return wanted


def _spread(bound: np.ufunc, levels: Ids, of: Ids, by: Ids, step: int, begins: Ids, ends: list[int]) -> None:
    """Bound the levels of values by those of others plus a step, in place; slice by slice of the pairs."""
    if len(of) < WIDE * len(begins):  # few pairs at a time: Python's integers are faster than arrays
        found, values, others = levels.tolist(), of.tolist(), by.tolist()
        best = min if bound is np.minimum else max
        for begin, end in zip(begins.tolist(), ends, strict=True):
            for k in range(begin, end):
                value = values[k]
                found[value] = best(found[value], found[others[k]] + step)
        levels[:] = found
        return
    for begin, end in zip(begins.tolist(), ends, strict=True):
        bound.at(levels, of[begin:end], levels[by[begin:end]] + step)


# --- Values of one kind -----------------------------------------------------------------------------------------------


def alike(keys: list[Ids]) -> tuple[Ids, Ids]:
    """Return an order in which elements with equal keys are neighbours, and the index at which each kind begins."""
    total, size = np.zeros(len(keys[0]), dtype=np.int64), 1
    for key in keys:
        low = int(key.min())
        span = int(key.max()) - low + 1
        if size * span >= 1 << 62:  # the combined key could overflow: replace it by its rank
            total = np.unique(total, return_inverse=True)[1].reshape(-1)
            size = len(total)
        total, size = total * span + (key - low), size * span
    order = np.argsort(total, kind="stable")
    return order, np.flatnonzero(np.diff(total[order], prepend=total[order[0]] - 1))


def kinds_of(pack: Pack, those: Ids, condensed: Condensed) -> list[Ids]:
    """Return the keys that, beside the level, tell the groups of a pack apart."""
    op, operands = pack.op, pack.operands[those]
    buffers = condensed.buffers
    width = operands.shape[1]
    if op is several.DOT:
        return [buffers[operands[:, 0]], buffers[operands[:, width // 2]]]
    if op is several.SUM:
        return [buffers[operands[:, k]] for k in range(width if width <= FEW else 1)]
    if op in STATIC:
        static = operands[:, STATIC[op]]
        return [buffers[operands[:, 0]], np.where(condensed.kinds[static] == CONSTANT, static, -1 - buffers[static])]
    if op.arity is None:
        return []
    return [buffers[operands[:, k]] for k in range(width)]
