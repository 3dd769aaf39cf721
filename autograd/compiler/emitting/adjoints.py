"""Where the gradients of a reverse pass are summed.

Every arena of values has one of adjoints beside it. Since it is known beforehand what will arrive, and in which order,
no pass over an array is wasted: the first contribution to a row is written, later ones are added, and only what nothing
arrives at is filled with zeros. What a sum hands on is the gradient itself: where it is all that arrives at the values
of an operation, it is not copied, but *lent*, with a factor for the sign. So are the slopes, where ones arrive.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..lowering.condensed import CONSTANTS, LANED, LANED_ARGUMENTS, UNIFORM
from ..lowering.layout import Layout
from ..lowering.patterns import Pattern, fits, pattern, seen
from ..lowering.plans import Operand, Plan
from .cells import Emitter

__all__ = ["Adjoints", "Lent"]

Array = np.ndarray[Any, Any]
Lengths = tuple[int, ...]
Lent = tuple[Array | None, float]  # None for ones everywhere

LOOP = 64  # calls for what overlaps; with more it is gathered


class Adjoints:
    """The adjoints of a program, while its reverse pass is put together.

    Parameters
    ----------
    layout : Layout
        Where the values are.
    arrays : dict
        For each arena its array of adjoints.
    active : dict
        For each arena, which rows a gradient is wanted of.
    """

    def __init__(self, layout: Layout, arrays: dict[int, Array], active: dict[int, Array], emitter: Emitter) -> None:
        self.layout, self.arrays, self.active, self.emitter = layout, arrays, active, emitter
        self._written = {arena: np.zeros(len(array), dtype=bool) for arena, array in arrays.items()}
        self._lent: dict[int, Lent] = {}
        self._owners = {arena: np.full(len(array), -1, dtype=np.int64) for arena, array in arrays.items()}
        self._arrivals = [0] * len(layout.plans)
        for k, plan in enumerate(layout.plans):
            self._owners[LANED if plan.laned else UNIFORM][plan.start : plan.start + plan.count] = k
        self._number = {id(plan): k for k, plan in enumerate(layout.plans)}

    # --- What is expected ---------------------------------------------------------------------------------------------

    def wants(self, operand: Operand) -> bool:
        """Whether a gradient is wanted of an operand."""
        if operand.pieces:
            return any(arena != CONSTANTS and self.active[arena][rows].any() for arena, rows, _ in operand.pieces)
        return operand.constant is None and bool(self.active[operand.arena][operand.rows].any())

    def expect(self, operand: Operand) -> None:
        """Count on a contribution to an operand."""
        for arena, rows, _ in operand.pieces or [(operand.arena, operand.rows, operand.rows)]:
            if arena in (LANED, UNIFORM):
                for owner in np.unique(self._owners[arena][rows]).tolist():
                    self._arrivals[owner] += 1

    # --- What has arrived ---------------------------------------------------------------------------------------------

    def of(self, plan: Plan) -> Lent | None:
        """The gradient by a plan's values, row by row, and a factor that it is to be multiplied with."""
        lent = self._lent.get(self._number[id(plan)])
        if lent is not None:
            return lent
        arena = LANED if plan.laned else UNIFORM
        rows = np.arange(plan.start, plan.start + plan.count)
        if not self._written[arena][rows].any():
            return None
        self._fill(arena, rows)
        return self.arrays[arena][plan.start : plan.start + plan.count], 1.0

    def pass_on(self, under: Plan, array: Array | None, factor: float) -> None:
        """Lend a gradient to the products that were added onto: their values lie in the same place."""
        self._lent[self._number[id(under)]] = (array, factor)

    def lend(self, operand: Operand, array: Array | None, factor: float, laned: bool) -> bool:
        """Hand on a gradient as it is, if it is all that the values of an operation get; ``None`` is for ones."""
        each = operand.pattern
        if each is None or operand.arena not in (LANED, UNIFORM) or laned != operand.laned:
            return False
        owner = int(self._owners[operand.arena][each.start])
        plan = self.layout.plans[owner]
        if self._arrivals[owner] != 1 or plan.start != each.start or plan.count != len(operand.rows):
            return False
        if plan.count > 1 and (len(each.lengths) != 1 or each.steps[0] != 1):
            return False
        if array is not None:
            rows = array.reshape((plan.count, *self.arrays[operand.arena].shape[1:]))
            if not np.may_share_memory(rows, array):  # it would have to be copied
                return False
            array = rows
        self._lent[owner] = (array, factor)
        return True

    def is_fresh(self, operand: Operand, lengths: Lengths, laned: bool) -> bool:
        """Whether a contribution to an operand is the first one, and goes to each place once, as it is."""
        each = operand.pattern
        if each is None or laned != operand.laned or not fits(each, lengths) or not _apart(each):
            return False
        return not self._written[operand.arena][operand.rows].any()

    def target(self, operand: Operand, lengths: Lengths, laned: bool) -> Array | None:
        """Where the first contribution to an operand may be written at once; what takes it must write all of it."""
        each = operand.pattern
        if each is None or not self.is_fresh(operand, lengths, laned):
            return None
        self._written[operand.arena][operand.rows] = True
        return seen(self.arrays[operand.arena], each.divided(lengths))

    def are_fresh(self, arena: int, each: Pattern) -> bool:
        """Whether nothing has arrived yet at any of some places."""
        return not seen(self._written[arena], each).any()

    def first(self, arena: int, each: Pattern) -> Array:
        """Where the first contribution to places that are apart is written; what takes it must write all of it."""
        seen(self._written[arena], each)[...] = True
        return seen(self.arrays[arena], each)

    def add_at(self, arena: int, each: Pattern, array: Array, factor: float) -> None:
        """Add a contribution to places that are apart, a factor times an array that may be written to."""
        if self.are_fresh(arena, each):
            self.emitter.call(np.multiply, array, factor, out=self.first(arena, each))
            return
        if factor not in (1, -1):
            self.emitter.call(np.multiply, array, factor, out=array)
        target = seen(self.arrays[arena], each)
        self._fill(arena, seen(np.arange(len(self.arrays[arena])), each).ravel())
        self.emitter.call(np.subtract if factor == -1 else np.add, target, array, out=target)

    def add(self, operand: Operand, lengths: Lengths, array: Array, laned: bool, minus: bool = False) -> None:
        """Add a contribution, which is an array along these axes, or can be broadcast to them."""
        rest = (self._lanes(array),) if laned else ()
        array = np.broadcast_to(array, (*lengths, *rest))
        if operand.pieces:
            flat = self._by_rows(array, (len(operand.rows), *rest))
            for arena, rows, at in operand.pieces:
                if arena != CONSTANTS and self.active[arena][rows].any():
                    part = self.emitter.buffer((len(at), *rest))
                    self.emitter.call(np.take, flat, at, axis=0, out=part, mode="clip")
                    self._add_rows(arena, rows, part, laned, minus)
            return
        each = operand.pattern
        if each is None or not fits(each, lengths):
            flat = self._by_rows(array, (len(operand.rows), *rest))
            self._add_rows(operand.arena, operand.rows, flat, laned, minus)
        else:
            self._add_view(operand, each.divided(lengths), array, laned, minus)

    def _lanes(self, array: Array) -> int:
        return array.shape[-1] if array.shape else 1

    def _by_rows(self, array: Array, shape: Lengths) -> Array:
        """An array in this shape; where that is no view, it is copied each time."""
        flat = array.reshape(shape)
        if np.may_share_memory(flat, array):
            return flat
        buffer = self.emitter.buffer(shape)
        self.emitter.call(np.copyto, buffer.reshape(array.shape), array)
        return buffer

    # --- Adding up ----------------------------------------------------------------------------------------------------

    def _add_view(self, operand: Operand, each: Pattern, array: Array, laned: bool, minus: bool) -> None:
        """To a view: over the axes along which it stays where it is, the contributions are summed first."""
        axes = [
            k for k, (length, step) in enumerate(zip(each.lengths, each.steps, strict=True)) if length > 1 and not step
        ]
        still = tuple(axes + ([len(each.lengths)] if laned and not operand.laned else []))
        kept = [k for k in range(len(each.lengths)) if k not in axes]
        moving = Pattern(each.start, tuple(each.lengths[k] for k in kept), tuple(each.steps[k] for k in kept))
        apart = _apart(moving)
        written, adjoints = self._written[operand.arena], self.arrays[operand.arena]
        target = seen(adjoints, moving)
        fresh = apart and not written[operand.rows].any()
        if still:
            summed = target if fresh and not minus else self.emitter.buffer(target.shape)
            self.emitter.sum(array, still, summed)
            array = summed
        if fresh:
            written[operand.rows] = True
            if array is not target:
                self.emitter.call(np.negative if minus else _copy, array, out=target)
            return
        self._fill(operand.arena, operand.rows)
        function = np.subtract if minus else np.add
        if apart:
            self.emitter.call(function, target, array, out=target)
            return
        outer = _outer(moving)
        if outer is None:
            rows = moving.start + sum(
                np.ix_(*[step * np.arange(n) for n, step in zip(moving.lengths, moving.steps, strict=True)])
            )
            self._add_rows(operand.arena, np.ravel(rows), array.reshape(-1, *adjoints.shape[1:]), operand.laned, minus)
            return
        for index in np.ndindex(*[moving.lengths[k] for k in outer]):
            at: list[Any] = [slice(None)] * len(moving.lengths)
            for k, i in zip(outer, index, strict=True):
                at[k] = i
            self.emitter.call(function, target[tuple(at)], array[tuple(at)], out=target[tuple(at)])

    def _add_rows(self, arena: int, rows: Array, array: Array, laned: bool, minus: bool) -> None:
        """To any rows, of which some may occur several times: these are summed first."""
        adjoints, call = self.arrays[arena], self.emitter.call
        if laned and arena not in (LANED, LANED_ARGUMENTS):
            summed = self.emitter.buffer(array.shape[:1])
            self.emitter.sum(array, (array.ndim - 1,), summed)
            array = summed
        order = np.argsort(rows, kind="stable")
        places, begins = np.unique(rows[order], return_index=True)
        if len(places) < len(rows):
            sorted_rows = self.emitter.buffer(array.shape)
            call(np.take, array, order, axis=0, out=sorted_rows, mode="clip")
            array = self.emitter.buffer((len(places), *array.shape[1:]))
            call(np.add.reduceat, sorted_rows, begins, axis=0, out=array)
            rows = places
        written = self._written[arena]
        if not written[rows].any():
            written[rows] = True
            call(_put_negative if minus else _put, adjoints, rows, array)
        else:
            self._fill(arena, rows)
            call(_subtract_at if minus else _add_at, adjoints, rows, array)

    def _fill(self, arena: int, rows: Array) -> None:
        """Zeros where nothing has arrived yet."""
        written = self._written[arena]
        missing = np.unique(rows[~written[rows]])
        if len(missing):
            written[missing] = True
            each = pattern(missing)
            if each is not None:
                self.emitter.call(seen(self.arrays[arena], each).fill, 0.0)
            else:
                self.emitter.call(_put, self.arrays[arena], missing, 0.0)


def _copy(array: Array, out: Array) -> None:
    np.copyto(out, array)


def _put(adjoints: Array, rows: Array, array: Any) -> None:
    adjoints[rows] = array


def _put_negative(adjoints: Array, rows: Array, array: Array) -> None:
    adjoints[rows] = -array


def _add_at(adjoints: Array, rows: Array, array: Array) -> None:
    adjoints[rows] += array


def _subtract_at(adjoints: Array, rows: Array, array: Array) -> None:
    adjoints[rows] -= array


def _apart(each: Pattern) -> bool:
    """Whether no place occurs twice."""
    reach = 0
    for step, length in sorted((abs(step), length) for length, step in zip(each.lengths, each.steps, strict=True)):
        if length > 1:
            if step <= reach:
                return False
            reach += step * (length - 1)
    return True


def _outer(each: Pattern) -> Sequence[int] | None:
    """The axes to go along one by one, so that no place occurs twice in what is left."""
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
