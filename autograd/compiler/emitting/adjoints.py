"""The adjoints of a program: where the contributions of a reverse pass are summed.

Each buffer of values has one of adjoints. All contributions and their order are known when the pass is emitted, so no
pass over an array is wasted: the first contribution to a row is written, later ones are added, and rows without any are
filled with zeros. A sum passes its upstream gradient on unchanged. If that is the only contribution to the values of
an operation, nothing is copied: their adjoint is an *alias*, an array times a factor such as -1. The same goes for the
local derivatives of an operation whose upstream gradient is 1 everywhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..lowering.condensed import BATCHED, BATCHED_ARGUMENTS, CONSTANTS, SHARED
from ..lowering.layout import Layout
from ..lowering.patterns import Pattern, fits, pattern, seen
from ..lowering.plans import Operand, Plan
from .emitter import Emitter

__all__ = ["Adjoints", "Scaled", "add_at", "copied", "put", "put_negative", "subtract_at", "sums_of"]

Array = np.ndarray[Any, Any]
Lengths = tuple[int, ...]
Scaled = tuple[Array | None, float]  # an array, or None for ones everywhere; and a factor

LOOP = 64  # the most calls for overlapping places; if more were needed, rows are sorted and summed


class Adjoints:
    """The adjoints of a program while its reverse pass is emitted.

    Parameters
    ----------
    layout : Layout
        The places of the values.
    arrays : dict
        The array of adjoints of each buffer.
    active : dict
        For each buffer a mask of the rows whose adjoint is needed.
    emitter : Emitter
        Takes the calls.

    Attributes
    ----------
    written : dict
        For each buffer a mask of the rows that have had a contribution.
    units : dict
        By the identity of a plan the number of its *unit*: neighbouring rows that one operation computes. Of a chain
        it is the unit of its first link; those of the others follow.
    owners : dict
        For each buffer the unit of each row; -1 for none.
    counts, arrivals : list of int
        The number of rows of each unit, and that of the contributions that are expected.
    aliases : dict
        The adjoints of units that are aliases.
    """

    def __init__(self, layout: Layout, arrays: dict[int, Array], active: dict[int, Array], emitter: Emitter) -> None:
        self.layout, self.arrays, self.active, self.emitter = layout, arrays, active, emitter
        self.written = {buffer: np.zeros(len(array), dtype=bool) for buffer, array in arrays.items()}
        self.aliases: dict[int, Scaled] = {}
        self.units: dict[int, int] = {}  # by the identity of a plan
        self.owners = {buffer: np.full(len(array), -1, dtype=np.int64) for buffer, array in arrays.items()}
        self.counts: list[int] = []
        self._starts: list[int] = []
        self._linked: list[bool] = []
        for plan in layout.plans:
            self.units[id(plan)] = unit = len(self.counts)
            chained = plan.kind == "chain"
            ends = plan.start + plan.count
            self.owners[BATCHED if plan.batched else SHARED][plan.start : ends] = (
                np.arange(unit, unit + plan.count) if chained else unit
            )
            self.counts += [1] * plan.count if chained else [plan.count]
            self._starts += range(plan.start, ends) if chained else [plan.start]
            self._linked += [chained] * (plan.count if chained else 1)
        self.arrivals = [0] * len(self.counts)

    # --- Expected contributions ---------------------------------------------------------------------------------------

    def wants(self, operand: Operand) -> bool:
        """True if the adjoint of any value of an operand is needed."""
        if operand.pieces:
            return any(buffer != CONSTANTS and self.active[buffer][rows].any() for buffer, rows, _ in operand.pieces)
        return operand.constant is None and bool(self.active[operand.buffer][operand.rows].any())

    def expect(self, operand: Operand) -> None:
        """Announce a contribution to an operand."""
        for buffer, rows, _ in operand.pieces or [(operand.buffer, operand.rows, operand.rows)]:
            if buffer in (BATCHED, SHARED):
                for owner in np.unique(self.owners[buffer][rows]).tolist():
                    self.arrivals[owner] += 1

    def expect_rows(self, buffer: int, rows: Array) -> None:
        """Announce a contribution to each of these rows, as many times as it occurs."""
        for owner, times in zip(*np.unique(self.owners[buffer][rows], return_counts=True), strict=True):
            self.arrivals[int(owner)] += int(times)

    # --- Contributions so far -----------------------------------------------------------------------------------------

    def of(self, plan: Plan) -> Scaled | None:
        """Return the adjoint of a plan's values, an array and a factor; ``None`` if nothing contributed to it."""
        aliased = self.aliases.get(self.units[id(plan)])
        if aliased is not None:
            return aliased
        buffer = BATCHED if plan.batched else SHARED
        rows = np.arange(plan.start, plan.start + plan.count)
        if not self.written[buffer][rows].any():
            return None
        self._fill(buffer, rows)
        return self.arrays[buffer][plan.start : plan.start + plan.count], 1.0

    def pass_on(self, under: Plan, array: Array | None, factor: float) -> None:
        """Give the product to which a plan adds the adjoint of the plan: their values have the same places."""
        self.aliases[self.units[id(under)]] = (array, factor)

    def alias(self, operand: Operand, array: Array | None, factor: float, batched: bool) -> bool:
        """Make an array times a factor the adjoint of an operand, if it is the only contribution to a plan's values.

        ``None`` stands for an array of ones. Returns False if no alias is possible; the caller then adds the array.
        """
        each = operand.pattern
        if each is None or operand.buffer not in (BATCHED, SHARED) or batched != operand.batched:
            return False
        owner = int(self.owners[operand.buffer][each.start])
        count = self.counts[owner]
        if self.arrivals[owner] != 1 or self._starts[owner] != each.start or count != len(operand.rows):
            return False
        if self._linked[owner] and factor not in (1, -1):  # of a link the recipes have no other factors
            return False
        if count > 1 and (len(each.lengths) != 1 or each.steps[0] != 1):
            return False
        if array is not None:
            rows = array.reshape((count, *self.arrays[operand.buffer].shape[1:]))
            if not np.may_share_memory(rows, array):  # the reshaped array would be a copy, not an alias
                return False
            array = rows
        self.aliases[owner] = (array, factor)
        return True

    def is_fresh(self, operand: Operand, lengths: Lengths, batched: bool) -> bool:
        """True if a contribution is the first one to an operand, and no two of its elements go to the same place."""
        each = operand.pattern
        if each is None or batched != operand.batched or not fits(each, lengths) or not _apart(each):
            return False
        return not self.written[operand.buffer][operand.rows].any()

    def target(self, operand: Operand, lengths: Lengths, batched: bool) -> Array | None:
        """Return a view for the first contribution to an operand, else ``None``; the caller must write all of it."""
        each = operand.pattern
        if each is None or not self.is_fresh(operand, lengths, batched):
            return None
        self.written[operand.buffer][operand.rows] = True
        return seen(self.arrays[operand.buffer], each.divided(lengths))

    def are_fresh(self, buffer: int, each: Pattern) -> bool:
        """True if none of these places has had a contribution."""
        return not seen(self.written[buffer], each).any()

    def first(self, buffer: int, each: Pattern) -> Array:
        """Return a view for the first contribution to distinct places; the caller must write all of it."""
        seen(self.written[buffer], each)[...] = True
        return seen(self.arrays[buffer], each)

    def add_at(self, buffer: int, each: Pattern, array: Array, factor: float) -> None:
        """Add a factor times an array to distinct places; the array may be overwritten."""
        if self.are_fresh(buffer, each):
            self.emitter.call(np.multiply, array, factor, out=self.first(buffer, each))
            return
        if factor not in (1, -1):
            self.emitter.call(np.multiply, array, factor, out=array)
        target = seen(self.arrays[buffer], each)
        self._fill(buffer, seen(np.arange(len(self.arrays[buffer])), each).ravel())
        self.emitter.call(np.subtract if factor == -1 else np.add, target, array, out=target)

    def add(self, operand: Operand, lengths: Lengths, array: Array, batched: bool, minus: bool = False) -> None:
        """Add a contribution to an operand: an array with these axes, or one that broadcasts to them."""
        rest = (self._samples(array),) if batched else ()
        array = np.broadcast_to(array, (*lengths, *rest))
        if operand.pieces:
            flat = self._by_rows(array, (len(operand.rows), *rest))
            for buffer, rows, at in operand.pieces:
                if buffer != CONSTANTS and self.active[buffer][rows].any():
                    part = self.emitter.scratch((len(at), *rest))
                    self.emitter.take(flat, at, part)
                    self._add_rows(buffer, rows, part, batched, minus)
            return
        each = operand.pattern
        if each is None or not fits(each, lengths):
            flat = self._by_rows(array, (len(operand.rows), *rest))
            self._add_rows(operand.buffer, operand.rows, flat, batched, minus)
        else:
            self._add_view(operand, each.divided(lengths), array, batched, minus)

    def _samples(self, array: Array) -> int:
        return array.shape[-1] if array.shape else 1

    def _by_rows(self, array: Array, shape: Lengths) -> Array:
        """Return an array in another shape; if that is not a view, a call copies it in each pass."""
        flat = array.reshape(shape)
        if np.may_share_memory(flat, array):
            return flat
        scratch = self.emitter.scratch(shape)
        self.emitter.call(np.copyto, scratch.reshape(array.shape), array)
        return scratch

    # --- Adding up ----------------------------------------------------------------------------------------------------

    def _add_view(self, operand: Operand, each: Pattern, array: Array, batched: bool, minus: bool) -> None:
        """Add to a view; over axes along which the view is broadcast, the contributions are summed first."""
        axes = [
            k for k, (length, step) in enumerate(zip(each.lengths, each.steps, strict=True)) if length > 1 and not step
        ]
        still = tuple(axes + ([len(each.lengths)] if batched and not operand.batched else []))
        kept = [k for k in range(len(each.lengths)) if k not in axes]
        moving = Pattern(each.start, tuple(each.lengths[k] for k in kept), tuple(each.steps[k] for k in kept))
        apart = _apart(moving)
        written, adjoints = self.written[operand.buffer], self.arrays[operand.buffer]
        target = seen(adjoints, moving)
        fresh = apart and not written[operand.rows].any()
        if still:
            summed = target if fresh and not minus else self.emitter.scratch(target.shape)
            self.emitter.sum(array, still, summed)
            array = summed
        if fresh:
            written[operand.rows] = True
            if array is not target:
                self.emitter.call(np.negative if minus else copied, array, out=target)
            return
        self._fill(operand.buffer, operand.rows)
        function = np.subtract if minus else np.add
        if apart:
            self.emitter.call(function, target, array, out=target)
            return
        outer = _outer(moving)
        if outer is None:
            rows = moving.start + sum(
                np.ix_(*[step * np.arange(n) for n, step in zip(moving.lengths, moving.steps, strict=True)])
            )
            self._add_rows(
                operand.buffer, np.ravel(rows), array.reshape(-1, *adjoints.shape[1:]), operand.batched, minus
            )
            return
        for index in np.ndindex(*[moving.lengths[k] for k in outer]):
            at: list[Any] = [slice(None)] * len(moving.lengths)
            for k, i in zip(outer, index, strict=True):
                at[k] = i
            self.emitter.call(function, target[tuple(at)], array[tuple(at)], out=target[tuple(at)])

    def _add_rows(self, buffer: int, rows: Array, array: Array, batched: bool, minus: bool) -> None:
        """Add to any rows; contributions to a row that occurs several times are summed first."""
        adjoints, call = self.arrays[buffer], self.emitter.call
        if batched and buffer not in (BATCHED, BATCHED_ARGUMENTS):
            summed = self.emitter.scratch(array.shape[:1])
            self.emitter.sum(array, (array.ndim - 1,), summed)
            array = summed
        places, each = np.unique(rows, return_inverse=True)
        if len(places) < len(rows) and array.ndim == 1:
            total = self.emitter.scratch((len(places),))
            call(sums_of, each.reshape(-1), array, out=total)
            array, rows = total, places
        elif len(places) < len(rows):
            order = np.argsort(rows, kind="stable")
            begins = np.flatnonzero(np.diff(rows[order], prepend=-1))
            sorted_rows = self.emitter.scratch(array.shape)
            self.emitter.take(array, order, sorted_rows)
            array = self.emitter.scratch((len(places), *array.shape[1:]))
            call(np.add.reduceat, sorted_rows, begins, axis=0, out=array)
            rows = places
        written = self.written[buffer]
        at = slice(int(rows[0]), int(rows[0]) + len(rows)) if (np.diff(rows) == 1).all() else rows
        if not written[rows].any():
            written[rows] = True
            call(put_negative if minus else put, adjoints, at, array)
        else:
            self._fill(buffer, rows)
            call(subtract_at if minus else add_at, adjoints, at, array)

    def _fill(self, buffer: int, rows: Array) -> None:
        """Fill the rows that have had no contribution with zeros."""
        written = self.written[buffer]
        missing = np.unique(rows[~written[rows]])
        if len(missing):
            written[missing] = True
            each = pattern(missing)
            if each is not None:
                self.emitter.call(seen(self.arrays[buffer], each).fill, 0.0)
            else:
                self.emitter.call(put, self.arrays[buffer], missing, 0.0)


def copied(array: Array, out: Array) -> None:
    """Copy an array."""
    np.copyto(out, array)


def sums_of(kinds: Array, array: Array, out: Array) -> None:
    """Sum the numbers of each kind."""
    out[:] = np.bincount(kinds, array, len(out))


def put(adjoints: Array, rows: Any, array: Any) -> None:
    """Write some rows."""
    adjoints[rows] = array


def put_negative(adjoints: Array, rows: Any, array: Array) -> None:
    """Write some rows with the other sign."""
    adjoints[rows] = -array


def add_at(adjoints: Array, rows: Any, array: Array) -> None:
    """Add to some rows, each of which occurs once."""
    adjoints[rows] += array


def subtract_at(adjoints: Array, rows: Any, array: Array) -> None:
    """Subtract from some rows, each of which occurs once."""
    adjoints[rows] -= array


def _apart(each: Pattern) -> bool:
    """True if no place occurs twice."""
    reach = 0
    for step, length in sorted((abs(step), length) for length, step in zip(each.lengths, each.steps, strict=True)):
        if length > 1:
            if step <= reach:
                return False
            reach += step * (length - 1)
    return True


def _outer(each: Pattern) -> Sequence[int] | None:
    """Return axes to loop over such that no place occurs twice along the others; ``None`` if the loop would be long."""
    order = sorted(range(len(each.lengths)), key=lambda k: each.lengths[k])
    taken: list[int] = []
    count = 1
    for k in order:
        taken.append(k)
        count *= each.lengths[k]
        if count > LOOP:
            return None
        kept = [j for j in range(len(each.lengths)) if j not in taken]
        if _apart(Pattern(0, tuple(each.lengths[j] for j in kept), tuple(each.steps[j] for j in kept))):
            return sorted(taken)
    return None
