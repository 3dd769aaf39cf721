"""From plans to calls of numpy's functions: the forward pass, and the reverse pass by the rules of the table.

A `Bound` program has its arrays, and every call in it its views and buffers, so that running it is going through a
list.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..lowering.condensed import CONSTANTS, LANED, LANED_ARGUMENTS, LOOSE, UNIFORM
from ..lowering.layout import Layout
from ..lowering.patterns import fits, seen
from ..lowering.plans import Operand, Plan
from .adjoints import Adjoints
from .cells import Emitter
from .memory import aligned_zeros, empty

__all__ = ["Bound"]

Array = np.ndarray[Any, Any]


class Bound:
    """A program with its arrays, for one number of lanes.

    Parameters
    ----------
    layout : Layout
        The plans.
    lanes : int or None
        How many lanes there are; ``None`` for a program without.
    flats : list of ndarray
        The flat arrays of parameters.
    active : ndarray of bool
        Of which values a gradient is wanted.

    Attributes
    ----------
    values, adjoints : dict
        The arrays of each arena.
    forward : list of callable
        The calls of the forward pass.
    """

    def __init__(self, layout: Layout, lanes: int | None, flats: Sequence[Array], active: Array, count: int) -> None:
        self.layout, self.lanes, self.flats, self.active = layout, lanes, flats, active
        self.values = self.arenas()
        for k, flat in enumerate(flats):
            self.values[len(STATIC) + k] = flat
        self.flat_arenas = [len(STATIC) + k for k in range(len(flats))]
        self.loose, self.laned = self.values[LOOSE], self.values[LANED_ARGUMENTS]
        for arena, first, many in layout.ones:
            self.values[arena][first : first + many] = 1.0
        self.emitter = Emitter()
        self._gathered: dict[int, Array] = {}
        self.kept: dict[Any, Any] = {}  # what a plan's reverse pass reads of its forward pass, by the plan's identity
        self.results: Operand | None = None
        self.output = self.guards = np.empty(0)
        self.total = np.empty(())  # of a result for each lane, their sum: what a mean over the batch begins with
        self.forward: list[Any] = []
        self.seeds = np.zeros((count, *self.rest(True)))
        self.adjoints: dict[int, Array] = {}
        self.slots: list[Array] = []
        self._adjoint_slots: list[Array] | None = None
        self.backward: dict[int, list[Any]] = {}  # the calls of a reverse pass, by its kind

    def arenas(self) -> dict[int, Array]:
        sizes = self.layout.sizes
        return {
            arena: aligned_zeros((sizes.get(arena, 0), *self.rest(arena in (LANED, LANED_ARGUMENTS))))
            for arena in STATIC
        }

    def find_slots(self, shapes: Sequence[tuple[int, ...]]) -> None:
        """Where the arguments with lanes go, of which a row has these shapes: views with the lanes first."""
        self._shapes = shapes
        self.slots = _slots(self.laned, shapes)

    def adjoint_slots(self) -> list[Array]:
        """The gradients by the arguments with lanes, likewise."""
        if self._adjoint_slots is None:
            self._adjoint_slots = _slots(self.adjoints[LANED_ARGUMENTS], self._shapes)
        return self._adjoint_slots

    def asked(self, values: Sequence[int]) -> tuple[Operand | None, Array]:
        """The results, as an operand and as the array that they are read from."""
        if not len(values):
            return None, np.empty(0)
        ids = np.array(values, dtype=np.int64)
        operand = Operand(ids, self.layout.condensed, self.layout.places, self.layout.arenas)
        array = self.read(operand, (len(ids),), False)
        return operand, np.full(len(ids), array) if type(array) is float else array

    def rest(self, laned: bool) -> tuple[int, ...]:
        """The axes behind the rows."""
        return (self.lanes,) if laned and self.lanes is not None else ()

    # --- Reading ------------------------------------------------------------------------------------------------------

    def read(self, operand: Operand, lengths: tuple[int, ...], laned: bool) -> Any:
        """The numbers of an operand along these axes; with an axis for the lanes, if the operation has lanes."""
        if operand.constant is not None:
            if type(operand.constant) is float:
                return operand.constant
            array = operand.constant.reshape(lengths)
            return array[..., None] if laned else array
        each = operand.pattern
        if each is not None and fits(each, lengths):
            array = seen(self.values[operand.arena], each.divided(lengths))
        else:
            array = self._gather(operand, lengths)
        return array[..., None] if laned and not operand.laned else array

    def _gather(self, operand: Operand, lengths: tuple[int, ...]) -> Array:
        """What is not a view, in an array of its own; the calls that fill it belong to the forward pass."""
        rest = self.rest(operand.laned)
        buffer = self._gathered.get(id(operand))
        if buffer is None:
            buffer = self._gathered[id(operand)] = empty((len(operand.rows), *rest))
            each = operand.pattern
            if each is not None:
                source = seen(self.values[operand.arena], each)
                self.emitter.call(np.copyto, buffer.reshape(source.shape), source)
            elif not operand.pieces:
                source = self.values[operand.arena]
                self.emitter.call(np.take, source, operand.rows, axis=0, out=buffer, mode="clip")
            for arena, rows, at in operand.pieces:
                laned = arena in (LANED, LANED_ARGUMENTS)
                if arena == CONSTANTS:
                    buffer[at] = rows[:, None] if rest else rows
                else:
                    self.emitter.call(_scatter, buffer, at, self.values[arena], rows, bool(rest) and not laned)
        return buffer.reshape((*lengths, *rest))

    def written(self, plan: Plan, lengths: tuple[int, ...]) -> Array:
        """Where a plan's values go, along these axes."""
        array = self.values[LANED if plan.laned else UNIFORM][plan.start : plan.start + plan.count]
        return array.reshape((*lengths, *array.shape[1:]))

    def is_finite(self) -> bool:
        """Whether what the last pass left for the flat arrays is finite, and not so huge that a square is not."""
        return all(map(math.isfinite, self.squares))

    def adjoints_for(self) -> Adjoints:
        """Where the gradients of a reverse pass are summed, by calls of its own."""
        # An interrupt finds this done or to be begun anew.
        if not self.adjoints:
            self.flat_adjoints = [aligned_zeros(flat.shape) for flat in self.flats]
            self.squares = [np.empty(()) for _ in self.flats]  # not finite where a gradient is not, or is huge
            self.adjoints = {**self.arenas(), **dict(zip(self.flat_arenas, self.flat_adjoints, strict=True))}
        layout = self.layout
        self.emitter = self.emitter.anew()
        active: dict[int, Array] = {arena: np.zeros(len(array), dtype=bool) for arena, array in self.adjoints.items()}
        ids = np.flatnonzero(self.active & (layout.places >= 0))
        for arena, rows in active.items():
            rows[layout.places[ids[layout.arenas[ids] == arena]]] = True
        return Adjoints(layout, self.adjoints, active, self.emitter)


def _slots(rows: Array, shapes: Sequence[tuple[int, ...]]) -> list[Array]:
    slots, row = [], 0
    for shape in shapes:
        count = math.prod(shape)
        slots.append(np.moveaxis(rows[row : row + count].reshape((*shape, rows.shape[-1])), -1, 0))
        row += count
    return slots


STATIC = (UNIFORM, LANED, CONSTANTS, LOOSE, LANED_ARGUMENTS)


def _scatter(buffer: Array, at: Array, source: Array, rows: Array, spread: bool) -> None:
    buffer[at] = source[rows][:, None] if spread else source[rows]
