"""Chains: runs of operations that have one value for each sample, emitted link by link.

Most links are of few kinds: the same operation on operands of the same buffers. The calls of the first link of a kind
are made as those of any elementwise operation, and become a recipe; those of the others are made by the recipe.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ...core import ops, several
from ..lowering.condensed import BATCHED, CONSTANTS, SHARED, positions_within
from ..lowering.groups import Segment
from ..lowering.layout import Layout
from ..lowering.plans import Plan
from .adjoints import Adjoints
from .bound import Bound
from .elementwise import each, each_back
from .memory import empty
from .recipes import Left, Recipe, recipe_of

__all__ = ["chain", "chain_back", "expect_links"]

Array = np.ndarray[Any, Any]
Ids = np.ndarray[Any, Any]

OF_ANY_NUMBER = {ops.MUL, several.SUM, several.DOT}  # operations whose calls do not depend on what number a constant is


class _Places(NamedTuple):
    """The places of the operands of all links, one after the other, and the kind of each link."""

    kinds: Ids
    begins: list[int]
    ends: list[int]
    buffers: Ids
    places: Ids
    numbers: list[Any]  # of constants that may be other numbers in links of the same kind; None for other operands


class _Links:
    """A chain that is bound to arrays."""

    def __init__(self, bound: Bound, plan: Plan) -> None:
        self._bound, self._plan = bound, plan
        chain: Segment = plan.part
        if chain.pieces is None:
            chain.pieces = _placed(chain, bound.layout)
        self._at: _Places = chain.pieces
        self._kept: list[list[Array]] = [[] for _ in range(len(chain))]  # subexpressions for reverse passes
        self._recipes: dict[Any, Recipe | None] = {}  # None where calls are not reusable

    def forward(self) -> None:
        """Emit the forward pass of all links."""
        bound, recipes, at = self._bound, self._recipes, self._at
        emitter, calls, known = bound.emitter, bound.emitter.calls, bound.emitter.known
        read, values = self._operands(bound.values), self._values(bound.values)
        addresses, own = self._addresses()
        for k, (kind, begin, end) in enumerate(zip(at.kinds.tolist(), at.begins, at.ends, strict=True)):
            slots = [*read[begin:end], values[k]]
            recipe = recipes.get(kind)
            if recipe is not None:
                if recipe.kept:
                    self._kept[k] = [empty(shape) for shape in recipe.kept]
                    slots += self._kept[k]
                calls += recipe.calls_on(recipe.arguments(slots))
                if recipe.known:
                    known.update(recipe.known_of([*addresses[begin:end], own[k]], slots))
                continue
            first = len(calls)
            self._kept[k] = kept = each(bound, bound.layout.link(self._plan, k))
            if kind not in recipes:
                left = Left(emitter.soon_known, [array.shape for array in kept])
                recipes[kind] = recipe_of(calls[first:], left, slots + kept, emitter.made)
            emitter.finish()

    def backward(self, adjoints: Adjoints, masked: bool) -> None:
        """Emit a reverse pass of all links."""
        bound, recipes, at, aliases = self._bound, self._recipes, self._at, adjoints.aliases
        emitter = bound.emitter
        read, values = self._operands(bound.values), self._values(bound.values)
        wanted, units, states = self._receivers(adjoints)
        receives, upstream = self._operands(adjoints.arrays, wanted), self._values(adjoints.arrays)
        rows = range(self._plan.start, self._plan.start + len(values))
        masks = [adjoints.written[buffer] for buffer in at.buffers.tolist()]
        places, arrived = at.places.tolist(), adjoints.written[BATCHED]
        first_unit = adjoints.units[id(self._plan)]
        for k in range(len(values) - 1, -1, -1):
            begin, end = at.begins[k], at.ends[k]
            to = [x for x in range(begin, end) if receives[x] is not None]
            g, factor = aliases.get(first_unit + k) or (upstream[k], 1.0 if arrived[rows[k]] else 0.0)
            if not factor or not to:
                continue
            fresh = [not masks[x][places[x]] for x in to]
            key = (states[k], masked, factor, g is not None and 1 + g.flags.c_contiguous, *fresh)
            slots = [*read[begin:end], values[k], *receives[begin:end], g, *self._kept[k]]
            recipe = recipes.get(key)
            if recipe is not None:
                arguments = recipe.arguments(slots)
                emitter.calls += recipe.calls_on(arguments)
                for position in recipe.written:
                    masks[begin + position][places[begin + position]] = True
                for position, place, sign in recipe.aliases:
                    aliases[units[begin + position]] = arguments[place], sign
                continue
            first = len(emitter.calls)
            each_back(bound, bound.layout.link(self._plan, k), adjoints, g, factor, masked)
            if key not in recipes:
                new = [x - begin for x, before in zip(to, fresh, strict=True) if before and masks[x][places[x]]]
                aliased = [(x - begin, *aliases[units[x]]) for x in to if units[x] in aliases]
                left = Left({}, (), aliased, new)
                recipes[key] = recipe_of(emitter.calls[first:], left, slots, emitter.made)
            emitter.finish()

    def _values(self, arrays: dict[int, Array]) -> list[Array]:
        """Return the row of each link."""
        return list(arrays[BATCHED][self._plan.start : self._plan.start + self._plan.count, None])

    def _operands(self, arrays: dict[int, Array], wanted: Ids | None = None) -> list[Any]:
        """Return the row, or the number, of each operand; ``None`` for those that are not wanted.

        Values that all samples share have an axis for the samples. Adjoints, which are ``wanted``, have none.
        """
        at = self._at
        found: list[Any] = at.numbers.copy() if wanted is None else [None] * len(at.numbers)
        for buffer in np.unique(at.buffers[at.buffers != CONSTANTS]).tolist():
            those = at.buffers == buffer if wanted is None else (at.buffers == buffer) & wanted
            array = arrays[buffer]
            if wanted is None and array.ndim == 1:
                array = array[:, None]
            rows = at.places[those].tolist()
            views = {row: array[row : row + 1] for row in set(rows)}
            for x, row in zip(np.flatnonzero(those).tolist(), rows, strict=True):
                found[x] = views[row]
        return found

    def _addresses(self) -> tuple[list[int], list[int]]:
        """Return the addresses of the operands and of the values."""
        at, values = self._at, self._bound.values
        first = np.zeros(int(at.buffers.max()) + 1, dtype=np.int64)
        row = first.copy()
        for buffer in np.unique(at.buffers).tolist():
            first[buffer] = values[buffer].__array_interface__["data"][0]
            row[buffer] = values[buffer].strides[0]
        own = values[BATCHED][self._plan.start :]
        begin, step = own.__array_interface__["data"][0], own.strides[0]
        found = first[at.buffers] + row[at.buffers] * at.places
        return found.tolist(), list(range(begin, begin + step * self._plan.count, step))

    def _receivers(self, adjoints: Adjoints) -> tuple[Ids, list[int], list[int]]:
        """Return for each operand whether its adjoint is needed, and its unit; and for each link a number.

        Links of the same number are of one kind, and those of their operands that receive a contribution, and that
        may have an alias, are at the same positions.
        """
        at = self._at
        wanted = np.zeros(len(at.buffers), dtype=bool)
        units = np.full(len(at.buffers), -1)
        for buffer in np.unique(at.buffers[at.buffers != CONSTANTS]).tolist():
            those = at.buffers == buffer
            wanted[those] = adjoints.active[buffer][at.places[those]]
            units[those] = adjoints.owners[buffer][at.places[those]]
        alone = (units >= 0) & (np.array(adjoints.arrivals)[units] == 1) & (np.array(adjoints.counts)[units] == 1)
        lengths = np.subtract(at.ends, at.begins)
        bits = (wanted + 2 * alone) << 2 * positions_within(lengths)
        states = at.kinds << 2 * int(lengths.max()) | np.bitwise_or.reduceat(bits, at.begins)
        return wanted, units.tolist(), states.tolist()


def _placed(chain: Segment, layout: Layout) -> _Places:
    """Return where the operands of a chain are, and the kinds of its links.

    Links of a kind have the same operation on operands of the same buffers, on the same constants, unless these are
    mere factors or terms, and on operands of which the same ones are equal.
    """
    operands, lengths, count = chain.operands, chain.lengths, len(chain)
    buffers, places = layout.buffers[operands], layout.places[operands]
    constant = buffers == CONSTANTS
    numbers = layout.condensed.numbers[operands]
    names: dict[Any, int] = {}
    ops = [names.setdefault((op, signs), len(names)) for op, signs in zip(chain.ops, chain.signs, strict=True)]
    free = np.repeat([op in OF_ANY_NUMBER for op in chain.ops], lengths) & constant
    free &= ~np.isin(numbers, (0.0, 1.0, -1.0)) & np.isfinite(numbers)
    _, which = np.unique(numbers.view(np.int64), return_inverse=True)
    codes = np.where(constant, np.where(free, -1, -2 - which.reshape(-1)), buffers)
    width = int(lengths.max())
    begins = chain.ends - lengths
    at = begins[:, None] + np.arange(width)
    inside = np.arange(width) < lengths[:, None]
    ids = np.where(inside, operands[np.where(inside, at, 0)], -1 - np.arange(width))
    first = np.argmax(ids[:, :, None] == ids[:, None, :], axis=2)
    table = np.concatenate(
        [np.array(ops).reshape(count, 1), np.where(inside, codes[np.where(inside, at, 0)], -1), first], axis=1
    )
    _, kinds = np.unique(table, axis=0, return_inverse=True)
    given = [number if each else None for number, each in zip(numbers.tolist(), free.tolist(), strict=True)]
    return _Places(kinds.reshape(-1), begins.tolist(), chain.ends.tolist(), buffers, places, given)


def chain(bound: Bound, plan: Plan) -> None:
    """Emit the forward pass of a chain."""
    links = bound.kept[id(plan)] = _Links(bound, plan)
    links.forward()


def chain_back(bound: Bound, plan: Plan, adjoints: Adjoints, masked: bool) -> None:
    """Emit a reverse pass of a chain."""
    bound.kept[id(plan)].backward(adjoints, masked)


def expect_links(bound: Bound, plan: Plan, adjoints: Adjoints) -> None:
    """Announce the contributions of all links to their operands."""
    chain: Segment = plan.part
    buffers, places = bound.layout.buffers[chain.operands], bound.layout.places[chain.operands]
    begins = chain.ends - chain.lengths
    again = np.zeros(len(buffers), dtype=bool)  # the second factor of a square, to which its link adds nothing
    squares = np.flatnonzero([op is ops.MUL for op in chain.ops])
    squares = begins[squares]
    again[squares + 1] = chain.operands[squares] == chain.operands[squares + 1]
    for buffer in (BATCHED, SHARED):
        those = np.flatnonzero((buffers == buffer) & ~again)
        rows = places[those]
        adjoints.expect_rows(buffer, rows[adjoints.active[buffer][rows]])
