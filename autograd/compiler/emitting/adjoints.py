"""The adjoints of a program: where the contributions of a reverse pass are summed.

Each buffer of values has one of adjoints. All contributions and their order are known when the pass is emitted, so no
pass over an array is wasted: the first contribution to a row is written, later ones are added, and rows without any are
filled with zeros. A sum passes its upstream gradient on unchanged. If that is the only contribution to the values of
an operation, nothing is copied: their adjoint is an *alias*, an array times a factor such as -1. The same goes for the
local derivatives of an operation whose upstream gradient is 1 everywhere. If it is the first contribution of several,
as at a residual connection, it *waits* where it is, until the second is added to it.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..lowering.condensed import BATCHED, BATCHED_ARGUMENTS, CONSTANTS, SHARED
from ..lowering.layout import Layout
from ..lowering.patterns import Pattern, apart, fits, looped, pattern, seen
from ..lowering.plans import Operand, Plan
from .emitter import Emitter
from .memory import add_at, copied, put, put_negative, subtract_at, sums_of

__all__ = ["Adjoints", "Scaled", "is_moderate"]

PRODUCTS, PLACES = 1 << 12, 16  # the most of a product that sums numbers, and that sums rows of samples
MODERATE = (1e-12, 1e12)  # factors that hardly make numbers overflow or underflow if they are multiplied in late

Array = np.ndarray[Any, Any]
Lengths = tuple[int, ...]
Scaled = tuple[Array | None, float]  # an array, or None for ones everywhere; and a factor


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
    masked : bool
        True if an infinity may only reach what it contributes to; else a pass that is not finite is done again.

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

    def __init__(
        self, layout: Layout, arrays: dict[int, Array], active: dict[int, Array], emitter: Emitter, masked: bool = False
    ) -> None:
        self.layout, self.arrays, self.active, self.emitter = layout, arrays, active, emitter
        self.masked = masked
        self.written = {buffer: np.zeros(len(array), dtype=bool) for buffer, array in arrays.items()}
        self.aliases: dict[int, Scaled] = {}
        self._waiting: dict[int, tuple[Array, float]] = {}  # by unit, the first contribution, which is not copied yet
        self.units: dict[int, int] = {}  # by the identity of a plan
        self.owners = {buffer: np.full(len(array), -1, dtype=np.int64) for buffer, array in arrays.items()}
        self.counts: list[int] = []
        self._starts: list[int] = []
        self._linked: list[bool] = []  # True for links, and for what they contribute to by recipes
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
            self._linked[int(owner)] = True

    # --- Contributions so far -----------------------------------------------------------------------------------------

    def of(self, plan: Plan) -> Scaled | None:
        """Return the adjoint of a plan's values, an array and a factor; ``None`` if nothing contributed to it."""
        unit = self.units[id(plan)]
        aliased = self.aliases.get(unit) or self._waiting.pop(unit, None)
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

        If it is the first of several, it waits for the second. ``None`` stands for an array of ones. Returns False if
        no alias is possible; the caller then adds the array.
        """
        owner = self._whole_unit(operand, batched)
        if owner is None:
            return False
        only, linked, plain = self.arrivals[owner] == 1, self._linked[owner], factor in (1, -1)
        if linked and not plain:  # of a link the recipes have no other factors
            return False
        if not only and (linked or not plain or array is None or self.written[operand.buffer][operand.rows].any()):
            return False
        if array is not None:
            rows = array.reshape((self.counts[owner], *self.arrays[operand.buffer].shape[1:]))
            if not np.may_share_memory(rows, array):  # the reshaped array would be a copy, not an alias
                return False
            array = rows
        if only:
            self.aliases[owner] = (array, factor)
        else:
            self._waiting[owner] = (array, factor)  # type: ignore[assignment]
            self.written[operand.buffer][operand.rows] = True
        return True

    def carries(self, operand: Operand, batched: bool, factor: float) -> bool:
        """True if a factor of the only contribution to a plan's values may stay apart, as that of an alias.

        The caller then writes the contribution without the factor to a `target`.
        """
        owner = self._whole_unit(operand, batched)
        if owner is None or self._linked[owner] or self.arrivals[owner] != 1:
            return False
        if not is_moderate(factor):
            return False
        self.aliases[owner] = self._rows_of(owner, operand.buffer), factor
        return True

    def _whole_unit(self, operand: Operand, batched: bool) -> int | None:
        """Return the unit whose rows are an operand, in their order; ``None`` if there is none."""
        each = operand.pattern
        if each is None or operand.buffer not in (BATCHED, SHARED) or batched != operand.batched:
            return None
        owner = int(self.owners[operand.buffer][each.start])
        count = self.counts[owner]
        if self._starts[owner] != each.start or count != len(operand.rows):
            return None
        return owner if count == 1 or (len(each.lengths) == 1 and each.steps[0] == 1) else None

    def _rows_of(self, owner: int, buffer: int) -> Array:
        return self.arrays[buffer][self._starts[owner] : self._starts[owner] + self.counts[owner]]

    def is_fresh(self, operand: Operand, lengths: Lengths, batched: bool) -> bool:
        """True if a contribution is the first one to an operand, and no two of its elements go to the same place."""
        each = operand.pattern
        if each is None or batched != operand.batched or not fits(each, lengths) or not apart(each):
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

    def add(self, operand: Operand, lengths: Lengths, array: Array, batched: bool, factor: float = 1.0) -> None:
        """Add a contribution to an operand: an array that has these axes, or broadcasts to them, times a factor."""
        rest = (self._samples(array),) if batched else ()
        array = np.broadcast_to(array, (*lengths, *rest))
        if operand.pieces:
            flat = self._by_rows(array, (len(operand.rows), *rest))
            for buffer, rows, at in operand.pieces:
                if buffer != CONSTANTS and self.active[buffer][rows].any():
                    part = self.emitter.scratch((len(at), *rest))
                    self.emitter.take(flat, at, part)
                    self._add_rows(buffer, rows, part, batched, factor)
            return
        each = operand.pattern
        if each is None or not fits(each, lengths):
            flat = self._by_rows(array, (len(operand.rows), *rest))
            self._add_rows(operand.buffer, operand.rows, flat, batched, factor)
        else:
            self._add_view(operand, each.divided(lengths), array, batched, factor)

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

    def _add_view(self, operand: Operand, each: Pattern, array: Array, batched: bool, factor: float) -> None:
        """Add to a view; over axes along which the view is broadcast, the contributions are summed first."""
        axes = [
            k for k, (length, step) in enumerate(zip(each.lengths, each.steps, strict=True)) if length > 1 and not step
        ]
        still = tuple(axes + ([len(each.lengths)] if batched and not operand.batched else []))
        kept = [k for k in range(len(each.lengths)) if k not in axes]
        moving = Pattern(each.start, tuple(each.lengths[k] for k in kept), tuple(each.steps[k] for k in kept))
        distinct = apart(moving)
        written, adjoints = self.written[operand.buffer], self.arrays[operand.buffer]
        target = seen(adjoints, moving)
        fresh = distinct and not written[operand.rows].any()
        if still:
            summed = target if fresh else self.emitter.scratch(target.shape)
            self.emitter.sum(array, still, summed, factor)
            array, factor = summed, 1.0
        if fresh:
            written[operand.rows] = True
            if array is not target:
                self._scale(array, factor, target)
            return
        array, factor = self._but_for_the_sign(array, factor)
        if distinct and self._add_to_waiting(operand.buffer, moving, target, array, factor):
            return
        self._fill(operand.buffer, operand.rows)
        function = np.subtract if factor < 0 else np.add
        if distinct:
            self.emitter.call(function, target, array, out=target)
            return
        outer = looped(moving)
        if outer is None:
            rows = moving.start + sum(
                np.ix_(*[step * np.arange(n) for n, step in zip(moving.lengths, moving.steps, strict=True)])
            )
            self._add_rows(
                operand.buffer, np.ravel(rows), array.reshape(-1, *adjoints.shape[1:]), operand.batched, factor
            )
            return
        for index in np.ndindex(*[moving.lengths[k] for k in outer]):
            at: list[Any] = [slice(None)] * len(moving.lengths)
            for k, i in zip(outer, index, strict=True):
                at[k] = i
            self.emitter.call(function, target[tuple(at)], array[tuple(at)], out=target[tuple(at)])

    def _scale(self, array: Array, factor: float, out: Array) -> None:
        if factor in (1, -1):
            self.emitter.call(copied if factor == 1 else np.negative, array, out=out)
        else:
            self.emitter.call(np.multiply, array, factor, out=out)

    def _but_for_the_sign(self, array: Array, factor: float) -> tuple[Array, float]:
        """Return an array and a factor of 1 or -1 with the same product."""
        if factor in (1, -1):
            return array, factor
        scaled = self.emitter.scratch(array.shape)
        self._scale(array, factor, scaled)
        return scaled, 1.0

    def _add_to_waiting(self, buffer: int, each: Pattern, target: Array, array: Array, sign: float) -> bool:
        """Write the sum of a contribution and the one that waits at the same values; return False if none waits."""
        owner = int(self.owners[buffer][each.start]) if buffer in self.owners else -1
        first, factor = self._waiting.get(owner, (None, 1.0))
        if first is None or self.counts[owner] != math.prod(each.lengths) or (sign < 0 and factor < 0):
            return False
        if not (self.owners[buffer][seen(np.arange(len(self.owners[buffer])), each)] == owner).all():
            return False
        del self._waiting[owner]
        first = seen(first, each._replace(start=each.start - self._starts[owner]))
        pair = (array, first) if factor < 0 else (first, array)
        self.emitter.call(np.subtract if sign < 0 or factor < 0 else np.add, *pair, out=target)
        return True

    def _add_rows(self, buffer: int, rows: Array, array: Array, batched: bool, factor: float) -> None:
        """Add to any rows; contributions to a row that occurs several times are summed first."""
        adjoints, call = self.arrays[buffer], self.emitter.call
        if batched and buffer not in (BATCHED, BATCHED_ARGUMENTS):
            summed = self.emitter.scratch(array.shape[:1])
            self.emitter.sum(array, (array.ndim - 1,), summed, factor)
            array, factor = summed, 1.0
        places, each = np.unique(rows, return_inverse=True)
        if len(places) < len(rows) and self._may_multiply(len(places), array):
            matrix = np.zeros((len(places), len(rows)))
            matrix[each.reshape(-1), np.arange(len(rows))] = factor
            total = self.emitter.scratch((len(places), *array.shape[1:]))
            self.emitter.multiply(matrix, array, total)
            array, rows, factor = total, places, 1.0
        array, factor = self._but_for_the_sign(array, factor)
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
            call(put_negative if factor < 0 else put, adjoints, at, array)
        else:
            self._fill(buffer, rows)
            call(subtract_at if factor < 0 else add_at, adjoints, at, array)

    def _may_multiply(self, places: int, array: Array) -> bool:
        """True if a product with a matrix of ones and zeros is faster, and its zeros may meet infinities."""
        if self.masked or not self.emitter.reuses or not array.flags.c_contiguous:
            return False
        return places * len(array) <= PRODUCTS if array.ndim == 1 else places <= PLACES

    def _fill(self, buffer: int, rows: Array) -> None:
        """Fill the rows that have had no contribution with zeros, and copy those that wait to their place."""
        written = self.written[buffer]
        for owner in self._waiting.keys() & set(np.unique(self.owners[buffer][rows]).tolist()):
            array, factor = self._waiting.pop(owner)
            self._scale(array, factor, self._rows_of(owner, buffer))
        missing = np.unique(rows[~written[rows]])
        if len(missing):
            written[missing] = True
            each = pattern(missing)
            if each is not None:
                self.emitter.call(seen(self.arrays[buffer], each).fill, 0.0)
            else:
                self.emitter.call(put, self.arrays[buffer], missing, 0.0)


def is_moderate(factor: float) -> bool:
    """True if a factor may be multiplied in late."""
    return MODERATE[0] < abs(factor) < MODERATE[1]
