"""From plans to calls of numpy's functions: the forward pass, and the reverse pass by the rules of the table.

A `Bound` program has its arrays, and every call in it its views and buffers, so that running it is going through a
list.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .. import ops
from .adjoints import Adjoints
from .cells import Cell, Emitter, cells
from .condensed import CONSTANTS, LANED, LANED_ARGUMENTS, LOOSE, UNIFORM
from .layout import Layout, Operand, Plan
from .memory import empty, zeros
from .patterns import common, fits, seen
from .products import inner, inner_back, product, product_back
from .reductions import over, over_back, shares, shares_back
from .replay import segment, segment_back

__all__ = ["EVEN", "MASKED", "PLAIN", "Bound"]

Array = np.ndarray[Any, Any]

# The kinds of a reverse pass: from any seeds; with rules by which an adjoint of 0 hands nothing on; and from ones. The
# pass is linear: what it gives for seeds that are all one number is that number times what it gives for ones, and ones
# cost no multiplication. A mean over the batch, or a single result, has such seeds.
PLAIN, MASKED, EVEN = range(3)


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
        self.values = self._arenas()
        for k, flat in enumerate(flats):
            self.values[len(STATIC) + k] = flat
        self.flat_arenas = [len(STATIC) + k for k in range(len(flats))]
        self.loose, self.laned = self.values[LOOSE], self.values[LANED_ARGUMENTS]
        for arena, first, many in layout.ones:
            self.values[arena][first : first + many] = 1.0
        self.emitter = Emitter()
        self._gathered: dict[int, Array] = {}
        self.kept: dict[Any, Any] = {}  # what a plan's reverse pass reads of its forward pass, by the plan's identity
        for plan in layout.plans:
            FORWARD[plan.kind](self, plan)
            self.emitter.finish()
        self.results, self.output = self._asked(layout.condensed.results[:count])
        self.guards = self._asked(layout.condensed.results[count:])[1]
        self.total = np.empty(())  # of a result for each lane, their sum: what a mean over the batch begins with
        if count == 1 and self.output.ndim == 2:
            self.emitter.call(np.add.reduce, self.output[0], 0, None, self.total)
        self.forward = self.emitter.calls
        self.seeds = np.zeros((count, *self.rest(True)))
        self.adjoints: dict[int, Array] = {}
        self.slots: list[Array] = []
        self._adjoint_slots: list[Array] | None = None
        self._backward: dict[int, list[Any]] = {}  # by kind

    def _arenas(self) -> dict[int, Array]:
        sizes = self.layout.sizes
        return {arena: zeros((sizes.get(arena, 0), *self.rest(arena in (LANED, LANED_ARGUMENTS)))) for arena in STATIC}

    def find_slots(self, shapes: Sequence[tuple[int, ...]]) -> None:
        """Where the arguments with lanes go, of which a row has these shapes: views with the lanes first."""
        self._shapes = shapes
        self.slots = _slots(self.laned, shapes)

    def adjoint_slots(self) -> list[Array]:
        """The gradients by the arguments with lanes, likewise."""
        if self._adjoint_slots is None:
            self._adjoint_slots = _slots(self.adjoints[LANED_ARGUMENTS], self._shapes)
        return self._adjoint_slots

    def _asked(self, values: Sequence[int]) -> tuple[Operand | None, Array]:
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

    # --- The reverse pass ---------------------------------------------------------------------------------------------

    def backward(self, kind: int) -> list[Any]:
        """The calls of a reverse pass, which begins with ``seeds`` unless it is `EVEN`."""
        calls = self._backward.get(kind)
        if calls is None:
            calls = self._backward[kind] = self._put_together(kind)
        return calls

    def is_finite(self) -> bool:
        """Whether what the last pass left for the flat arrays is finite, and not so huge that a square is not."""
        return all(map(math.isfinite, self.squares))

    def _put_together(self, kind: int) -> list[Any]:
        # An interrupt finds this done or to be begun anew.
        if not self.adjoints:
            self.flat_adjoints = [zeros(flat.shape) for flat in self.flats]
            self.squares = [np.empty(()) for _ in self.flats]  # not finite where a gradient is not, or is huge
            self.adjoints = {**self._arenas(), **dict(zip(self.flat_arenas, self.flat_adjoints, strict=True))}
        layout, emitter = self.layout, self.emitter.anew()
        self.emitter = emitter
        active: dict[int, Array] = {arena: np.zeros(len(array), dtype=bool) for arena, array in self.adjoints.items()}
        ids = np.flatnonzero(self.active & (layout.places >= 0))
        for arena, rows in active.items():
            rows[layout.places[ids[layout.arenas[ids] == arena]]] = True
        adjoints = Adjoints(layout, self.adjoints, active, emitter)
        plans = [plan for plan in layout.plans if any(adjoints.wants(operand) for operand in plan.operands)]
        for plan in plans:
            for operand in plan.operands[1 if plan.onto or plan.squares else 0 :]:
                if adjoints.wants(operand):
                    adjoints.expect(operand)
        if self.results is not None and adjoints.wants(self.results):
            adjoints.expect(self.results)
            lengths, laned = (len(self.seeds),), self.lanes is not None
            if not adjoints.lend(self.results, None if kind == EVEN else self.seeds, 1.0, laned):
                adjoints.add(self.results, lengths, np.ones(self.seeds.shape) if kind == EVEN else self.seeds, laned)
        emitter.finish()
        for plan in reversed(plans):
            lent = adjoints.of(plan)
            if lent is not None:
                g, factor = lent
                if g is None and plan.kind not in FROM_ONES:
                    g = np.ones((plan.count, *self.rest(plan.laned)))
                BACKWARD[plan.kind](self, plan, adjoints, g, factor, kind == MASKED)
                emitter.finish()
        for array, square in zip(self.flat_adjoints, self.squares, strict=True):
            emitter.call(np.dot, array, array, out=square)
        return emitter.calls


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


# --- Element by element -----------------------------------------------------------------------------------------------


def _each(bound: Bound, plan: Plan) -> None:
    if plan.fused:
        return
    lengths = common(plan.count, [operand.pattern for operand in plan.operands])
    xs = [bound.emitter.of(bound.read(operand, lengths, plan.laned)) for operand in plan.operands]
    result = _sum(plan.part.signs, xs) if plan.part.op is ops.SUM else plan.part.op.value(cells, *xs)
    bound.emitter.emit([(result, bound.written(plan, lengths))])


def _sum(signs: Sequence[int], xs: Sequence[Any]) -> Any:
    """From left to right, but beginning with a term that is added."""
    first = signs.index(1) if 1 in signs else 0
    total = xs[first] if signs[first] == 1 else -xs[first]
    for k, (sign, x) in enumerate(zip(signs, xs, strict=True)):
        if k != first:
            total = total + x if sign == 1 else total - x
    return total


def _each_back(bound: Bound, plan: Plan, adjoints: Adjoints, g: Array | None, factor: float, masked: bool) -> None:
    op, laned, emitter = plan.part.op, plan.laned, bound.emitter
    lengths = common(plan.count, [operand.pattern for operand in plan.operands])
    if plan.onto is not None:
        adjoints.pass_on(plan.onto, g, factor)
    if plan.fused:
        return
    if g is not None:
        g = g.reshape((*lengths, *g.shape[1:]))
    whole = (*lengths, *bound.rest(laned))
    wanted = [k for k, operand in enumerate(plan.operands) if adjoints.wants(operand) and (k or plan.onto is None)]
    slopes: Sequence[Any] = plan.part.signs
    if op is not ops.SUM:
        xs = [emitter.of(bound.read(operand, lengths, laned)) for operand in plan.operands]
        z = emitter.of(bound.written(plan, lengths))
        # The sign of relu(x) is its slope, but at nan: there the pass leaves a nan, and is made again by the row.
        slopes = (cells.sign(z),) if op is ops.RELU and not masked else op.derivatives(cells, *xs, z)
    arrived = emitter.of(1.0 if g is None else g)
    if plan.squares:
        wanted, factor = wanted[:1], 2 * factor
    products: list[tuple[Operand, Any, bool]] = []
    if op is ops.DIV and not masked and isinstance(xs[1], Cell):  # g / y for both: dz/dx = 1 / y, and dz/dy = -z / y
        share = (arrived if factor in (1, -1) else arrived * factor) / xs[1]
        products = [(plan.operands[k], share * z if k else share, (factor == -1) != (k == 1)) for k in wanted]
        wanted = []
    for k in wanted:
        slope, operand = slopes[k], plan.operands[k]
        plain = not isinstance(slope, Cell)
        scale = factor * slope if plain else factor
        if (not scale and op.selects) or (plain and scale and not masked and adjoints.lend(operand, g, scale, laned)):
            continue
        if g is None and not plain and slope.function is None:
            there = np.broadcast_to(slope.array, whole)
            if adjoints.lend(operand, there, scale, laned):
                continue
        product = arrived if scale in (1, -1) else arrived * scale
        if not plain:
            product = product * slope
        if masked:
            product = _masked(op.selects, arrived, slope, product)
        products.append((operand, product, scale == -1))
    # A product that goes to several operands is kept apart from their sums.
    uses = Counter(id(product) for _, product, _ in products)
    wanted_in = [
        (-product if minus else product, adjoints.target(operand, lengths, laned))
        if uses[id(product)] == 1 and adjoints.is_fresh(operand, lengths, laned)
        else (product, None)
        for operand, product, minus in products
    ]
    found = emitter.emit(wanted_in)
    for (operand, _, minus), (_, into), array in zip(products, wanted_in, found, strict=True):
        if into is None:
            adjoints.add(operand, lengths, np.broadcast_to(array, whole), laned, minus)


def _masked(selects: bool, g: Cell, slope: Any, product: Any) -> Any:
    """0 where nothing is handed on."""
    if selects and isinstance(slope, Cell):
        product = cells.where(cells.equal(slope, 0.0), 0.0, product)
    return cells.where(cells.equal(g, 0.0), 0.0, product)


FORWARD = {"each": _each, "product": product, "inner": inner, "over": over, "shares": shares, "segment": segment}
FROM_ONES = {"each", "over", "inner"}  # whose reverse pass is told by None that ones arrive
BACKWARD: dict[str, Callable[..., None]] = {
    "each": _each_back,
    "product": product_back,
    "inner": inner_back,
    "over": over_back,
    "shares": shares_back,
    "segment": segment_back,
}
