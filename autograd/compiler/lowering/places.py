"""The buffer in which each value is kept, and its place there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from .condensed import BATCHED, BATCHED_ARGUMENTS, FLATS, SHARED, Condensed
from .plans import Operand, Plan

Ids = np.ndarray[Any, Any]

LINE = 8  # numbers of a cache line


class Placement:
    """The buffers and places of the values of a program.

    Attributes
    ----------
    places, buffers : ndarray
        The row of each value in its buffer, -1 if it has none yet; and the buffer.
    sizes : dict
        The number of rows of each buffer.
    order : list of int
        The parameters that were given a place here, in the order of their places.
    ones : list of (int, int, int)
        Rows that are filled with ones: the buffer, the first row, and the number of rows.
    zeros : dict
        By buffer, the rows whose numbers are always 0: shares of no value.
    unasked : dict
        By buffer, the rows of cells that no value needs, such as those above the diagonal of a triangle.
    ends : set of int
        The rows at which arguments of each sample end.
    """

    def __init__(self, condensed: Condensed, places: Sequence[int], ends: Iterable[int] = ()) -> None:
        self.condensed = condensed
        self.buffers: Ids = np.array(condensed.buffers, dtype=np.int64)
        self.places: Ids = np.full(len(self.buffers), -1, dtype=np.int64)
        self.places[: len(places)] = places
        self.sizes: dict[int, int] = {}
        self.order: list[int] = []
        self.first_part = condensed.first_part
        self.with_ones: dict[int, tuple[Ids, int]] = {}  # by least value: values that ones follow, and their number
        self.ones: list[tuple[int, int, int]] = []
        self.zeros: dict[int, list[Ids]] = {}
        self.unasked: dict[int, list[Ids]] = {}
        self.ends = set(ends)
        self._may_continue: dict[int, bool] = {}  # by buffer: True after a large operation without ones

    def place_parameters(self, ids: Ids) -> None:
        """Give a place to each parameter among the values that has none."""
        flat = ids.reshape(-1)
        flat = flat[(self.buffers[flat] >= FLATS) & (self.places[flat] < 0)]
        if len(flat):
            _, first = np.unique(flat, return_index=True)
            new = flat[np.sort(first)]
            self.places[new] = np.arange(len(self.order), len(self.order) + len(new))
            self.order += new.tolist()

    def make_room(self, ids: Ids, count: int) -> bool:
        """Make room for ones after numbers of arguments, at the end of an argument; return False if there can be none.

        The arguments that follow are moved.
        """
        if (self.buffers[ids] != BATCHED_ARGUMENTS).any():
            return False
        rows = self.places[ids]
        end = int(rows.max()) + 1
        if end - int(rows.min()) != len(rows) or end not in self.ends:
            return False
        self.places[(self.buffers == BATCHED_ARGUMENTS) & (self.places >= end)] += count
        self.ends = {row + count if row > end else row for row in self.ends}
        moved = {x for x in self.ones if x[0] == BATCHED_ARGUMENTS and x[1] >= end}
        self.ones = [(x[0], x[1] + count, x[2]) if x in moved else x for x in self.ones]
        self.ones.append((BATCHED_ARGUMENTS, end, count))
        self.sizes[BATCHED_ARGUMENTS] += count
        return True

    def argument_rows(self) -> Ids:
        """The row of each number of the arguments of each sample, in their order."""
        rows: Ids = self.places[self.buffers == BATCHED_ARGUMENTS]
        return rows

    def place(self, plan: Plan) -> None:
        """Give a plan's values the next places of their buffer, or those of the product to which the plan adds."""
        if plan.onto is not None:
            plan.start = plan.onto.start
        else:
            buffer = BATCHED if plan.batched else SHARED
            plan.start = self._next_place(buffer, plan.count)
            self.sizes[buffer] = plan.start + plan.count
            self._may_continue[buffer] = plan.count >= LINE
            wanted, count = self.with_ones.get(int(plan.ids.min()), (None, 0))
            if wanted is not None and np.array_equal(wanted, np.sort(plan.ids)):
                self.ones.append((buffer, plan.start + plan.count, count))
                self.sizes[buffer] += count
                self._may_continue[buffer] = False
        asked = plan.ids >= 0
        self.places[plan.ids[asked]] = plan.start + np.flatnonzero(asked)
        if plan.kind != "shares" and not asked.all():
            rows = plan.start + np.flatnonzero(~asked)
            self.unasked.setdefault(BATCHED if plan.batched else SHARED, []).append(rows)

    def _next_place(self, buffer: int, count: int) -> int:
        """Return the place at which the next ``count`` values of a buffer begin.

        Whatever the length of a row, `LINE` rows end at the boundary of a cache line. The values of a large operation
        begin at such a boundary, because writing is slower elsewhere; but those of a further large operation follow
        without a gap, since both together may be one operand.
        """
        end = self.sizes.get(buffer, 0)
        return end if count < LINE or self._may_continue.get(buffer) else -(-end // LINE) * LINE

    def operand(self, ids: Ids, holes: Ids | None = None) -> Operand:
        """Return an operand that reads these values; where there are holes, zeros."""
        self.place_parameters(ids)
        among = None if holes is None or not holes.any() else self._among(self.zeros, ids, holes)
        return Operand(ids, self.condensed, self.places, self.buffers, among)

    def around(self, ids: Ids, holes: Ids) -> Operand | None:
        """Return an operand that reads these values, and unasked cells where there are holes, if it is a view."""
        among = self._among(self.unasked, ids, holes)
        return None if among is None else Operand(ids, self.condensed, self.places, self.buffers, among)

    def _among(self, known: dict[int, list[Ids]], ids: Ids, holes: Ids) -> tuple[int, Ids] | None:
        """Return places that are equally spaced along each axis, with known rows at the holes, if there are any."""
        there = ~holes
        buffers = np.unique(self.buffers[ids[there]])
        if len(buffers) > 1 or int(buffers[0]) not in known:
            return None
        places, rows = self.places[ids], np.zeros(ids.shape, dtype=np.int64)
        for axis, length in enumerate(ids.shape):
            first, second = (np.take(places, range(k, length - 1 + k), axis) for k in (0, 1))
            both = np.take(there, range(length - 1), axis) & np.take(there, range(1, length), axis)
            step = int((second - first)[both][0]) if both.any() else 0
            rows += (step * np.arange(length)).reshape([-1 if k == axis else 1 for k in range(ids.ndim)])
        rows += places[there][0] - rows[there][0]
        buffer = int(buffers[0])
        fits = np.isin(rows[holes], np.concatenate(known[buffer])).all() and np.array_equal(rows[there], places[there])
        return (buffer, rows.reshape(-1)) if fits else None
