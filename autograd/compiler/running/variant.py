"""One program of a compiled function: what was recorded for a structure of arguments and one way through its branches.

recording -> columns -> sums -> groups -> layout, once; and arrays and calls (`Bound`), once for each number of lanes.
"""

from __future__ import annotations

import gc
import math
import threading
import warnings
import weakref
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np

from ...arrays.tensor import Tensor
from ...core import ops, several
from ...core.table import Primitive
from ...core.tape import Node, tick
from ...core.value import Value
from ...errors import CompileWarning
from ...parameters.adopted import adopt, adoptable, home
from ...parameters.flat import Flat
from ..emitting.bound import Bound
from ..emitting.passes import emit_forward
from ..lowering.columns import CONSTANT, Columns, read_columns
from ..lowering.condensed import CONSTANTS, FLATS, LANED, LANED_ARGUMENTS, LOOSE, Condensed
from ..lowering.groups import Group, Segment, grouped
from ..lowering.layout import Layout, lay_out
from ..lowering.sums import condense
from ..recording.arguments import Arguments, Leaves
from ..recording.results import Template
from ..recording.tracer import DETACH, trace_call
from .residuals import Residuals
from .steering import Steering

__all__ = ["Variant"]

Array = np.ndarray[Any, Any]
_moving = threading.RLock()  # held while it is found out where parameters live, until those are moved that live nowhere

STOPS = {DETACH, ops.LESS, ops.EQUAL}  # what no gradient passes
CHEAP = {ops.ADD, ops.SUB, ops.MUL, ops.DIV, ops.NEG, several.SUM, several.DOT, ops.RELU, ops.ABS, ops.MAXIMUM,
         ops.MINIMUM, ops.CLIP, ops.WHERE, ops.LESS, ops.EQUAL, ops.SIGN, DETACH}  # fmt: skip
WORKSPACES = 2  # for each number of lanes: one for a record that is alive, one for the next
SIZES = 4  # numbers of lanes whose arrays are kept
BLOCK = 1 << 17  # bytes of values that are worked on at a time, so that they stay in the processor's cache
WHOLE, WHOLE_DEAR = 32, 512  # so many times as many are still worked on at once: if they are cheap, and if they are not


@contextmanager
def _collector_paused() -> Iterator[None]:
    """Without the cyclic garbage collector, which would look through a growing record again and again for nothing."""
    before = gc.isenabled()
    try:
        gc.disable()
        yield
    finally:
        if before:
            gc.enable()


class Turn(NamedTuple):
    """A question by which Python went one way: the answer, the line that asked, and the question itself."""

    answer: bool
    source: str
    question: str


class Variant:
    """A program, ready to run for any number of lanes.

    Parameters
    ----------
    function : callable
        What is compiled.
    given : Arguments
        The arguments of a call, of which the numbers of the first lane are used to record.
    names : callable
        From the position of an argument to its name.

    Attributes
    ----------
    template : Template
        The form of the results.
    guards : list of Turn
        The questions by which Python went this way.
    steering : Steering
        The whole numbers that it is for.
    surroundings : Surroundings
        What the function had from elsewhere.
    """

    @_collector_paused()
    def __init__(self, function: Callable[..., Any], given: Arguments, names: Callable[[int | str], str]) -> None:
        self.kept = given.kept
        self.shapes = [x.shape[1:] for x in given.laned]
        self.laned = given.lanes is not None
        leaves = Leaves(given, names)
        began = tick()
        recording = trace_call(function, leaves.args, leaves.kwargs, given.kept)
        self.surroundings = recording.surroundings
        self.steering = Steering(recording.steering, leaves, given)
        for notice in recording.notices:
            warnings.warn(notice, CompileWarning, stacklevel=5)
        self.template = Template(recording.result)
        self.guards = [Turn(guard.answer, str(guard.source).rstrip(":"), guard.question) for guard in recording.guards]
        results = self.template.values
        self.count = len(results)
        asked = [*results, *(guard.condition for guard in recording.guards)]
        columns = read_columns(asked, [*leaves.uniform, *leaves.laned], began)
        asked.clear()
        results.clear()
        self.expected = np.array([guard.answer for guard in recording.guards], dtype=bool)
        del recording
        with _moving:
            self._lower(columns, leaves, given)

    def _lower(self, columns: Columns, leaves: Leaves, given: Arguments) -> None:
        """From the record to plans. Parameters that live nowhere yet are moved, by one thread at a time."""
        self._sort_parameters(columns.parameters)
        uniform = len(leaves.uniform)
        # Single numbers: the uniform arguments, and parameters that live by themselves.
        loose = np.cumsum([arena == LOOSE for arena in self._arenas]) - 1 + uniform
        places = [int(loose[k]) if arena == LOOSE else place
                  for k, (arena, place) in enumerate(zip(self._arenas, self._places, strict=True))]  # fmt: skip
        places += [*range(uniform), *range(len(leaves.laned)), *[0] * len(columns.constants)]
        arenas = [*self._arenas, *[LOOSE] * uniform, *[LANED_ARGUMENTS] * len(leaves.laned),
                  *[CONSTANTS] * len(columns.constants)]  # fmt: skip
        # What the listing says; the record itself is not kept.
        self.parameter_names = [
            (note.name, note.scope) for note in [parameter.note for parameter in columns.parameters]
        ]
        self.argument_names = [leaf.name for leaf in (*leaves.uniform, *leaves.laned)]
        self.recorded = len(columns)
        self.operations = columns.operations()
        condensed = condense(columns, arenas)
        parts = grouped(condensed)
        self.layout: Layout = lay_out(condensed, parts, places)
        order = [columns.parameters[k] for k in self.layout.order]
        if order:
            self.flats.append(adopt(order))
        self._find_active(condensed, parts, given, uniform, len(leaves.laned))
        # The numbers of a block are worked out again for its reverse pass, which is no loss if that takes no time.
        self.is_cheap = CHEAP.issuperset(batch.op for batch in condensed.batches)
        condensed.batches.clear()
        columns.codes = columns.starts = columns.operands = np.empty(0, dtype=np.int64)
        self.merged = condensed.merged
        self.flat_arrays = [flat.array for flat in self.flats]
        self.results_laned = bool(condensed.laned[condensed.results[0]]) if self.count else False
        self.bounds: dict[int | None, list[list[Any]]] = {}  # workspaces, each with a reference to who holds it
        self._shares: dict[tuple[int, bool], Array] = {}

    def _sort_parameters(self, parameters: Sequence[Value]) -> None:
        """Where each parameter lives: in a flat array that is there, in one that will be made, or by itself."""
        self.flats: list[Flat] = []
        self.loose: list[Value] = []
        self._arenas: list[int] = []
        self._places: list[int] = []
        homes = [home(parameter) for parameter in parameters]
        for found in homes:
            if found is not None and not any(found[0] is flat for flat in self.flats):
                self.flats.append(found[0])
        for parameter, found in zip(parameters, homes, strict=True):
            if found is not None:
                self._arenas.append(FLATS + next(k for k, flat in enumerate(self.flats) if flat is found[0]))
                self._places.append(found[1])
            elif adoptable(parameter):
                self._arenas.append(FLATS + len(self.flats))
                self._places.append(-1)
            else:
                self.loose.append(parameter)
                self._arenas.append(LOOSE)
                self._places.append(-1)

    def _find_active(
        self, condensed: Condensed, parts: Sequence[Group | Segment], given: Arguments, uniform: int, laned: int
    ) -> None:
        """Of which values a gradient is wanted, and which parameters and arguments the results depend on."""
        columns = condensed.columns
        count = len(columns.parameters)
        reached = np.zeros(len(condensed.arenas), dtype=bool)
        reached[condensed.results[: self.count]] = True
        active = np.zeros(len(condensed.arenas), dtype=bool)
        active[:count] = True
        active[count : count + uniform] = _differentiable(given.uniform)
        active[count + uniform : count + uniform + laned] = _differentiable(given.laned, lanes=True)
        if not self.guards and STOPS.isdisjoint(columns.table) and active[: count + uniform + laned].all():
            for batch in condensed.batches:  # all that was recorded leads to the results
                reached[batch.ids] = reached[batch.operands] = True
            active = condensed.kinds != CONSTANT
        else:
            for part in reversed(parts):
                if type(part) is Segment:
                    _reach_back(part, reached)
                elif part.op not in STOPS:  # type: ignore[union-attr]
                    reached[part.operands[reached[part.ids]].reshape(-1)] = True  # type: ignore[union-attr]
            for part in parts:
                if type(part) is Segment:
                    _reach_on(part, reached, active)
                elif part.op not in STOPS:  # type: ignore[union-attr]
                    active[part.ids] = reached[part.ids] & active[part.operands].any(axis=1)  # type: ignore[union-attr]
        self.active = active & reached
        self.masks: list[Any] = []
        places, arenas = self.layout.places, self.layout.arenas
        for k, flat in enumerate(self.flats):
            mask = np.zeros(len(flat.array), dtype=bool)
            mask[places[:count][(arenas[:count] == FLATS + k) & reached[:count]]] = True
            self.masks.append(None if mask.all() else mask)
        self.reached_loose = [bool(x) for x in reached[:count][arenas[:count] == LOOSE]]
        self.reached_arguments = reached[count : count + uniform + laned]
        self._find_slots(given)

    def _find_slots(self, given: Arguments) -> None:
        """Which of the arguments a gradient goes to: they are parts of the structure."""
        self.to_uniform: list[bool] = []
        self.to_laned: list[bool] = []
        k = 0
        for found, arguments, begin in ((self.to_uniform, given.uniform, 0), (self.to_laned, given.laned, 1)):
            for x in arguments:
                size = _size(x, begin)
                found.append(isinstance(x, Node) and bool(self.reached_arguments[k : k + size].any()))
                k += size
        loose = [x if reached else None for x, reached in zip(self.loose, self.reached_loose, strict=True)]
        self.constants = (
            None
            if any(self.to_uniform) or any(self.to_laned)
            else (*self.flats, *[None] * len(given.uniform), *loose, *[None] * len(given.laned))
        )
        self._loose_nodes = loose
        # Whether there is no gradient but those by flat arrays, and what the others get then.
        self.plain = self.constants is not None and not any(self.reached_loose) and bool(self.flats)
        self.nothing = [None] * (len(given.uniform) + len(loose) + len(given.laned))

    def suits(self, given: Arguments) -> bool:
        """True if it was recorded for the whole numbers of a call, and in surroundings as they are now."""
        return self.steering.holds_for(given) and self.surroundings.changed() is None

    def is_simple(self, given: Arguments) -> bool:
        """Whether a call of this look needs no second sight: arrays with lanes in, one result out, no branch."""
        return (
            self.plain
            and not self.guards
            and not self.steering.batched
            and not given.uniform
            and not self.loose
            and given.key[1:] == tuple(("array", "lanes", x.shape[1:]) for x in given.laned)
            and self.template.shape == ()
            and self.results_laned == (given.lanes is not None)
            and self.block(given.lanes) == given.lanes
        )

    def nodes(self, given: Arguments) -> tuple[Any, ...]:
        """The arguments of a call's record: those that a gradient goes to, and None for the others."""
        if self.constants is not None:
            return self.constants
        return (
            *self.flats,
            *[x if wanted else None for x, wanted in zip(given.uniform, self.to_uniform, strict=True)],
            *self._loose_nodes,
            *[x if wanted else None for x, wanted in zip(given.laned, self.to_laned, strict=True)],
        )

    # --- Workspaces ---------------------------------------------------------------------------------------------------

    def residuals(self, given: Arguments) -> Residuals:
        """What a call keeps of its arguments."""
        uniform = [
            x._data if isinstance(x, Node) else x.copy() if isinstance(x, np.ndarray) else x for x in given.uniform
        ]
        if self.loose:
            uniform += [x._data for x in self.loose]
        laned = [x._data if isinstance(x, Tensor) else x.copy() for x in given.laned]
        return Residuals(given.lanes, [flat.epoch() for flat in self.flats], uniform, laned)

    def block(self, lanes: int | None) -> int | None:
        """How many lanes are worked on at a time."""
        if lanes is None or lanes in self.bounds:
            return lanes
        sizes = self.layout.sizes
        bytes_of_lane = 8 * (sizes.get(LANED, 0) + sizes.get(LANED_ARGUMENTS, 0))
        if bytes_of_lane * lanes <= (WHOLE if self.is_cheap else WHOLE_DEAR) * BLOCK:
            return lanes
        return min(lanes, max(64, BLOCK // max(bytes_of_lane, 1) // 8 * 8))

    def workspace(self, lanes: int | None, residuals: Residuals | None = None) -> Bound:
        """Arrays for so many lanes, of which the record of a call may take hold."""
        found = self.bounds.get(lanes)
        if found is None:
            if len(self.bounds) >= SIZES:
                self.bounds.pop(next(iter(self.bounds)))
            found = self.bounds[lanes] = []
        holder: Residuals | None = None
        for slot in found:
            holder = slot[1]()
            if holder is None or holder.swept:
                break
        else:
            if len(found) < WORKSPACES:
                slot = [self.bind(lanes, self.flat_arrays), _free]
            else:  # the one that was taken first
                slot = found.pop(0)
                holder = slot[1]()
            found.append(slot)
        if holder is not None:
            holder.bound = None
        bound: Bound = slot[0]
        if residuals is not None:
            residuals.bound = bound
            slot[1] = weakref.ref(residuals)
        return bound

    def shares(self, lanes: int, mean: bool) -> Array:
        """The gradient by each of the results, of their sum or mean."""
        if (lanes, mean) not in self._shares:
            self._shares.clear()
            self._shares[lanes, mean] = np.full(lanes, 1.0 / lanes if mean else 1.0)
        return self._shares[lanes, mean]

    def bind(self, lanes: int | None, flats: list[Array]) -> Bound:
        """Arrays and calls for so many lanes."""
        with _collector_paused():
            bound = Bound(self.layout, lanes, flats, self.active, self.count)
            emit_forward(bound, self.count)
        bound.find_slots(self.shapes)
        return bound


def _lines(part: Segment) -> list[tuple[int, Primitive, list[int]]]:
    """The values of a segment, with their operations and operands."""
    operands = np.split(part.operands, np.cumsum(part.lengths)[:-1])
    return [
        (value, op, read.tolist()) for value, op, read in zip(part.values.tolist(), part.ops, operands, strict=True)
    ]


def _reach_back(part: Segment, reached: Array) -> None:
    """What a segment's values depend on, if they are reached."""
    for value, op, operands in reversed(_lines(part)):
        if op not in STOPS and reached[value]:
            reached[operands] = True


def _reach_on(part: Segment, reached: Array, active: Array) -> None:
    """Which of a segment's values depend on what a gradient is wanted of."""
    for value, op, operands in _lines(part):
        if op not in STOPS and reached[value]:
            active[value] = active[operands].any()


def _free() -> None:
    """In place of a reference to what holds a workspace: nothing does."""


def _differentiable(given: Sequence[Any], lanes: bool = False) -> list[bool]:
    """For each number in the arguments, whether a gradient is wanted of it."""
    found: list[bool] = []
    for x in given:
        found += [isinstance(x, Node)] * _size(x, int(lanes))
    return found


def _size(x: Any, begin: int) -> int:
    """How many numbers an argument has, without the axes before ``begin``."""
    return math.prod(x.shape[begin:]) if isinstance(x, (np.ndarray, Tensor)) else 1
