"""A program bound to arrays.

Each call of a `Bound` program has its views and scratch arrays bound once, so a pass runs by going through a list of
calls. `passes` emits them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from copy import copy
from typing import Any

import numpy as np

from ..lowering.condensed import BATCHED, BATCHED_ARGUMENTS, CONSTANTS, SCALARS, SHARED
from ..lowering.layout import Layout
from ..lowering.patterns import common_axes, fits, pattern, seen
from ..lowering.plans import Operand, Plan
from .adjoints import Adjoints
from .emitter import Emitter
from .memory import aligned_zeros, empty, put

__all__ = ["Bound"]

Array = np.ndarray[Any, Any]


class Bound:
    """A program with its arrays, for one number of samples.

    Parameters
    ----------
    layout : Layout
        The plans.
    samples : int or None
        The number of samples; ``None`` for a program without a batch.
    flats : list of ndarray
        The flat arrays of parameters.
    active : ndarray of bool
        A mask of the values whose adjoint is needed.
    count : int
        The number of results.
    in_columns : bool
        True if each result has a sum over the batch of its own.
    fuser : callable or None
        Replaces the calls of an emitter by fewer ones that compute the same.

    Attributes
    ----------
    values, adjoints : dict
        The array of each buffer.
    forward : list of callable
        The calls of the forward pass.
    output, guards : ndarray
        The results, and the answers to the guards.
    total : ndarray
        The sum of a single result over the batch, or those of all results, from which means are computed.
    """

    def __init__(
        self,
        layout: Layout,
        samples: int | None,
        flats: Sequence[Array],
        active: Array,
        count: int,
        in_columns: bool = False,
        fuser: Any = None,
    ) -> None:
        self.fuser = fuser
        self.forward_emitter = self.emitter = Emitter(reuses=fuser is None)
        self.layout, self.samples, self.flats, self.active = layout, samples, flats, active
        self.values = self.buffers()
        for k, flat in enumerate(flats):
            self.values[len(STATIC) + k] = flat
        self.flat_buffers = [len(STATIC) + k for k in range(len(flats))]
        self.scalars, self.batched = self.values[SCALARS], self.values[BATCHED_ARGUMENTS]
        self._gathered: dict[Any, Array] = {}
        self.kept: dict[Any, Any] = {}  # by plan, the arrays of the forward pass that reverse passes read
        self.results: Operand | None = None
        self.output = self.guards = np.empty(0)
        self.total = empty((count,) if in_columns else ())
        self.forward: list[Any] = []
        self.seeds = aligned_zeros((count, *self.rest(True)))
        self._scale = np.empty(())  # the factor of the gradients that are read
        self.adjoints: dict[int, Array] = {}
        self.flat_adjoints: list[Array] = []
        self.squares: list[Array] = []  # of the gradients; not finite if one is infinite, nan or huge
        self.slots: list[Array] = []
        self._adjoint_slots: list[Array] | None = None
        self.emitted: dict[int, Emitter] = {}  # the emitters of all passes; none for a copy of a program
        self.backward: dict[int, list[Any]] = {}  # the calls of each kind of reverse pass
        self.together: list[Any] | None = None  # those of the forward pass and the reverse pass from ones

    def buffers(self) -> dict[int, Array]:
        sizes = self.layout.sizes
        return {
            buffer: aligned_zeros((sizes.get(buffer, 0), *self.rest(buffer in (BATCHED, BATCHED_ARGUMENTS))))
            for buffer in STATIC
        }

    def forget(self) -> None:
        """Keep the arrays of values and adjoints, and nothing else that was emitted."""
        self.forward_emitter = self.emitter = Emitter(reuses=self.fuser is None)
        self._gathered, self.kept, self.backward, self.emitted = {}, {}, {}, {}
        self.together = None

    # --- Copies -------------------------------------------------------------------------------------------------------

    def arrays(self) -> list[Array]:
        """Return the arrays by which a program is used, apart from those that only its calls hold."""
        used = [self.output, self.guards, self.total, self.seeds]
        return [*used, *self.values.values(), *self.adjoints.values(), *self.squares]

    def shell(self) -> Bound:
        """Return a copy without arrays and calls, of which `on` makes programs."""
        other = copy(self)
        other.forget()
        nothing = np.empty(0)
        other.values, other.adjoints = dict.fromkeys(self.values, nothing), dict.fromkeys(self.adjoints, nothing)
        other.scalars = other.batched = other.output = other.guards = other.total = other.seeds = nothing
        other.forward, other.slots, other._adjoint_slots, other.flat_adjoints, other.squares = [], [], None, [], []
        return other

    def on(self, samples: int, arrays: Sequence[Array], forward: list[Any], backward: dict[int, list[Any]]) -> Bound:
        """Return a copy for another number of samples, with these arrays and calls."""
        other = copy(self)
        other.forget()
        other.samples, other.forward, other.backward = samples, forward, backward
        other.output, other.guards, other.total, other.seeds, *rest = arrays
        count = len(self.values)
        other.values = dict(zip(self.values, rest[:count], strict=True))
        other.scalars, other.batched = other.values[SCALARS], other.values[BATCHED_ARGUMENTS]
        ends = count + len(self.adjoints)
        other.adjoints = dict(zip(self.adjoints, rest[count:ends], strict=True))
        other.flat_adjoints = [other.adjoints[k] for k in self.flat_buffers if other.adjoints]
        other.squares = rest[ends:]
        other.find_slots(self._shapes)
        return other

    # --- Slots --------------------------------------------------------------------------------------------------------

    def find_slots(self, shapes: Sequence[tuple[int, ...]]) -> None:
        """Make views, with the batch axis first, of the batched arguments, whose samples have these shapes."""
        self._shapes = shapes
        self.slots = self._views(self.batched)

    def take(self, x: Array, slot: Array, copy: Array | None = None) -> None:
        """Copy the numbers of samples to their rows, and to another array if there is one."""
        if self.fuser is None or not self.fuser.turned(x, slot, copy):
            slot[...] = x
            if copy is not None:
                copy[...] = x

    def adjoint_slots(self) -> list[Array]:
        """Return views, with the batch axis first, of the gradients by the batched arguments."""
        if self._adjoint_slots is None:
            self._adjoint_slots = self._views(self.adjoints[BATCHED_ARGUMENTS])
        return self._adjoint_slots

    def _views(self, rows: Array) -> list[Array]:
        slots, at, k = [], self.layout.argument_rows(), 0
        for shape in self._shapes:
            count = math.prod(shape)
            first = int(at[k]) if count else 0
            slots.append(np.moveaxis(rows[first : first + count].reshape((*shape, rows.shape[-1])), -1, 0))
            k += count
        return slots

    def read_values(self, values: Sequence[int]) -> tuple[Operand | None, Array]:
        """Return values as an operand, and the array from which they are read."""
        if not len(values):
            return None, np.empty(0)
        ids = np.array(values, dtype=np.int64)
        operand = Operand(ids, self.layout.condensed, self.layout.places, self.layout.buffers)
        array = self.read(operand, (len(ids),), False)
        return operand, np.full(len(ids), array) if type(array) is float else array

    def rest(self, batched: bool) -> tuple[int, ...]:
        """The axes of a row: that of the batch, or none."""
        return (self.samples,) if batched and self.samples is not None else ()

    # --- Reading ------------------------------------------------------------------------------------------------------

    def read(self, operand: Operand, lengths: tuple[int, ...], batched: bool) -> Any:
        """Return the numbers of an operand along these axes, with a batch axis if the operation is batched."""
        if operand.constant is not None:
            if type(operand.constant) is float:
                return operand.constant
            array = operand.constant.reshape(lengths)
            return array[..., None] if batched else array
        each = operand.pattern
        if each is not None and fits(each, lengths):
            array = seen(self.values[operand.buffer], each.divided(lengths))
        else:
            array = self._gather(operand, lengths)
        return array[..., None] if batched and not operand.batched else array

    def _gather(self, operand: Operand, lengths: tuple[int, ...]) -> Array:
        """Return an operand that is not a view as an array of its own, which calls of the forward pass fill."""
        rest = self.rest(operand.batched)
        # Rows that several operations read in the same order are gathered once. A row is written once in a pass.
        name: Any = id(operand) if operand.pieces else (operand.buffer, operand.rows.tobytes())
        scratch = self._gathered.get(name)
        if scratch is None:
            scratch = self._gathered[name] = empty((len(operand.rows), *rest))
            each = operand.pattern
            if each is not None:
                source = seen(self.values[operand.buffer], each)
                self.emitter.call(np.copyto, scratch.reshape(source.shape), source)
            elif not operand.pieces:
                source = self.values[operand.buffer]
                self.emitter.take(source, operand.rows, scratch)
            for buffer, rows, at in operand.pieces:
                batched = buffer in (BATCHED, BATCHED_ARGUMENTS)
                if buffer == CONSTANTS:
                    self.emitter.preset(put, scratch, at, rows[:, None] if rest else rows)
                else:
                    self._scatter(scratch, at, self.values[buffer], rows, bool(rest) and not batched)
        return scratch.reshape((*lengths, *rest))

    def _scatter(self, scratch: Array, at: Array, source: Array, rows: Array, spread: bool) -> None:
        """Emit a copy of rows of a buffer to rows of an array; if both are views, a copy of a view to a view."""
        into, of = pattern(at), pattern(rows)
        lengths = common_axes(len(at), [into, of])
        if into is not None and of is not None and fits(into, lengths) and fits(of, lengths):
            read = seen(source, of.divided(lengths))
            self.emitter.call(np.copyto, seen(scratch, into.divided(lengths)), read[..., None] if spread else read)
        else:
            self.emitter.call(_scatter, scratch, at, source, rows, spread)

    def written(self, plan: Plan, lengths: tuple[int, ...]) -> Array:
        """Return the view of a plan's values along these axes."""
        array = self.values[BATCHED if plan.batched else SHARED][plan.start : plan.start + plan.count]
        return array.reshape((*lengths, *array.shape[1:]))

    def finished(
        self, emitter: Emitter, passing: Sequence[Array] = (), wanted: Sequence[Array] | None = None
    ) -> list[Any]:
        """Return the calls of a pass, fused if the program has an engine for that.

        Parameters
        ----------
        emitter : Emitter
            The calls.
        passing : sequence of ndarray
            Arrays whose numbers nobody reads after the pass.
        wanted : sequence of ndarray or None
            If given, nobody reads any other array after the pass.
        """
        return emitter.quicker() if self.fuser is None else self.fuser(emitter, passing, wanted)

    def gradients(self, scale: float) -> list[Array]:
        """Return the last gradients by the flat arrays times a factor, as arrays of their own."""
        if scale == 1:
            return [adjoint.copy() for adjoint in self.flat_adjoints]
        self._scale[()] = scale
        return [np.multiply(adjoint, self._scale) for adjoint in self.flat_adjoints]

    def finite_gradients(self, scale: float) -> list[Array] | None:
        """Return the same; ``None`` unless their squares before the factor are finite."""
        if scale != 1:
            self._scale[()] = scale
        found = []
        for adjoint, square in zip(self.flat_adjoints, self.squares):  # noqa: B905 - one for each flat array
            if not math.isfinite(square):
                return None
            found.append(adjoint.copy() if scale == 1 else np.multiply(adjoint, self._scale))
        return found

    def is_finite(self) -> bool:
        """True if the squares of the last gradients by the flat arrays are finite, so that the gradients are."""
        return all(map(math.isfinite, self.squares))

    def adjoints_for(self, masked: bool) -> Adjoints:
        """Return fresh `Adjoints` with an emitter of their own, for one kind of reverse pass."""
        # The dict is set last: after an interrupt all of this is done again.
        if not self.adjoints:
            self.flat_adjoints = [aligned_zeros(flat.shape) for flat in self.flats]
            self.squares = [empty(()) for _ in self.flats]
            self.adjoints = {**self.buffers(), **dict(zip(self.flat_buffers, self.flat_adjoints, strict=True))}
        layout = self.layout
        self.emitter = self.emitter.anew()
        active: dict[int, Array] = {buffer: np.zeros(len(array), dtype=bool) for buffer, array in self.adjoints.items()}
        ids = np.flatnonzero(self.active & (layout.places >= 0))
        for buffer, rows in active.items():
            rows[layout.places[ids[layout.buffers[ids] == buffer]]] = True
        return Adjoints(layout, self.adjoints, active, self.emitter, masked)


STATIC = (SHARED, BATCHED, CONSTANTS, SCALARS, BATCHED_ARGUMENTS)


def _scatter(scratch: Array, at: Array, source: Array, rows: Array, spread: bool) -> None:
    scratch[at] = source[rows][:, None] if spread else source[rows]
