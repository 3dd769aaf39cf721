"""The plans of a program, and an order of the values in the buffers by which most operands are views.

The values of a group are neighbours in their buffer, in the order of the group that they are computed from; the values
of a layer have a row for each neuron and a column for each sample. So most operands are a slice, a strided view or a
broadcast row of the result of an earlier operation. Any other operand is gathered, which is a copy.

Parameters are stored in the order in which matrix products read them, then in the order of first use.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import accumulate
from typing import Any

import numpy as np

from ...core import several
from .biases import fuse, place_biases
from .columns import PARAMETER
from .condensed import BATCHED, BATCHED_ARGUMENTS, CONSTANTS, SCALARS, SHARED, Condensed, Pack
from .grids import Grid, find_grid
from .groups import LONG, SHARES, Group, Segment
from .matrices import Matrices
from .patterns import pattern
from .places import Placement
from .plans import Plan

__all__ = ["Layout", "lay_out"]

Ids = np.ndarray[Any, Any]

# Operations that can run along an axis: those whose terms may be put in any order, and all such operations.
OF_ANY_ORDER = {several.SUM, several.MAX, several.MIN, several.PROD, several.LOGSUMEXP, several.NORM2}
REDUCTIONS = {*OF_ANY_ORDER, several.VAR, several.STD}


class Layout(Placement):
    """The plans of a program, and the places of its values.

    Attributes
    ----------
    plans : list of Plan
        In the order in which they run.
    """

    def __init__(self, condensed: Condensed, places: Sequence[int], ends: Iterable[int]) -> None:
        super().__init__(condensed, places, ends)
        self.plans: list[Plan] = []
        self._products: dict[int, Plan] = {}  # by their first value
        self._matrices = Matrices()
        self._singly: list[Plan] | None = None

    def add(self, part: Group | Segment, grid: Grid | None) -> None:
        """Plan a group or a segment; everything it reads must have been planned before."""
        if type(part) is Segment:
            plan = self._segment(part)
        elif grid is not None:
            plan = self._product(part, grid)  # type: ignore[arg-type]
        else:
            plan = self._group(part)  # type: ignore[arg-type]
        self.plans.append(plan)

    def _segment(self, part: Segment) -> Plan:
        plan = Plan(part, "chain" if part.batched else "segment", part.values)
        plan.operands = [self.operand(part.inputs())]
        self.place(plan)
        return plan

    def __len__(self) -> int:
        """The number of operations, of which a chain has several."""
        return sum(plan.count if plan.kind == "chain" else 1 for plan in self.plans)

    def singly(self) -> list[Plan]:
        """Return the plans with one for each link of a chain, made at the first use: to list them and to write them."""
        if self._singly is None:
            self._singly = []
            for plan in self.plans:
                links = range(plan.count) if plan.kind == "chain" else ()
                self._singly += [self.link(plan, k, whole=True) for k in links] or [plan]
        return self._singly

    def link(self, plan: Plan, k: int, whole: bool = False) -> Plan:
        """Return a plan for one link of a chain; a dot product has two operands if ``whole``, else one for a factor."""
        chain: Segment = plan.part
        end = int(chain.ends[k])
        operands = chain.operands[None, end - int(chain.lengths[k]) : end]
        ids = chain.values[k : k + 1]
        group = Group(Pack(chain.ops[k], ids, operands, chain.signs[k]), np.zeros(1, dtype=np.int64), chain.level, True)
        if whole and group.op is several.DOT:
            link = Plan(group, "inner", ids)
            link.operands = [self.operand(half) for half in np.split(operands, 2, axis=1)]
        else:
            link = Plan(group, "each", ids)
            link.operands = [self.operand(each) for each in operands.T]
        link.start, link.is_link = plan.start + k, True
        return link

    def _product(self, part: Group, grid: Grid) -> Plan:
        grid = self._ordered(grid)
        holes = [side == grid.hole for side in (grid.left, grid.right)]
        ids = np.full(int(np.prod(grid.shape)), -1, dtype=np.int64)
        ids[grid.cells] = part.ids
        plan = Plan(part, "product", ids)
        plan.shape = grid.shape
        plan.operands = [self.operand(side, holed) for side, holed in zip((grid.left, grid.right), holes, strict=True)]
        if grid.hole >= 0 and any(holed.any() for holed in holes):
            plan.holes = tuple(holes)
        self.place(plan)
        if len(np.unique(grid.cells)) == len(part.ids):
            self._products[int(ids[ids >= 0][0])] = plan
            self._matrices.add(plan, grid.shape)
        else:  # equal dot products: several values share a place
            self.places[part.ids] = plan.start + grid.cells
        return plan

    def _ordered(self, grid: Grid) -> Grid:
        """Return a grid with its rows, columns and blocks in the order of the places of their values."""
        blocks, height, width = grid.shape
        left, right, cells = grid.left, grid.right, grid.cells
        if grid.hole >= 0 and blocks == 1:  # of products with holes, terms may stand in any order, too
            whole = right[0, :, 0] if (left == grid.hole).any() else left[0, 0]
            terms = np.argsort(self._keys(whole), kind="stable")
            left, right = left[:, :, terms], right[:, terms]
        if height * width * blocks == 1:
            order = np.lexsort((self._keys(left[0, 0]), self._keys(right[0, :, 0])))
            return grid._replace(left=left[:, :, order], right=right[:, order])
        rows = _order(self._keys(left[:, :, 0]), self._keys(left[:, :, -1]))
        columns = _order(self._keys(right[:, 0]), self._keys(right[:, -1]))
        left = np.take_along_axis(left, rows[:, :, None], 1)
        right = np.take_along_axis(right, columns[:, None], 2)
        block, row, column = np.unravel_index(cells, grid.shape)
        row, column = _inverse(rows)[block, row], _inverse(columns)[block, column]
        if blocks > 1:
            order = np.lexsort((self._keys(left[:, 0, 0]), self._keys(right[:, 0, 0])))
            left, right, block = left[order], right[order], _inverse(order[None])[0][block]
        cells = np.ravel_multi_index((block, row, column), grid.shape)
        return grid._replace(left=left, right=right, cells=cells)

    def _keys(self, ids: Ids) -> Ids:
        """Return keys to sort values by: their places, or 0 for those without a place, which keep their order."""
        buffers = self.buffers[ids]
        placed = (self.places[ids] >= 0) & (buffers != CONSTANTS)
        keys: Ids = np.where(placed, self.places[ids] + (buffers << 40), 0)
        return keys

    def _group(self, part: Group) -> Plan:
        op, operands = part.op, part.operands
        if op is several.DOT or op is several.COSINE_SIMILARITY:
            half = operands.shape[1] // 2
            order = self._by(operands[:, [0, half]])
            plan = Plan(part, "inner" if op is several.DOT else "pairs", part.ids[order])
            plan.operands = [self.operand(operands[order, :half]), self.operand(operands[order, half:])]
        elif op in SHARES:
            return self._shares(part)
        elif op in REDUCTIONS and self._is_long(part):
            if op in OF_ANY_ORDER:
                keys = np.where(operands == part.hole, np.iinfo(np.int64).max, self._keys(operands))
                operands = np.take_along_axis(operands, np.argsort(keys, axis=1, kind="stable"), 1)
            order = self._by(operands[:, [0, -1]])
            plan = Plan(part, "over", part.ids[order])
            plan.operands = [self.operand(operands[order])]
            if part.hole >= 0:
                self._set_holes(plan, operands[order])
        else:
            plan = self._each(part)
        self.place(plan)
        return plan

    def _is_long(self, part: Group) -> bool:
        """True if a reduction is to run along an axis, instead of term by term.

        Terms from several buffers would have to be gathered into a copy first. A sum of them is cheaper term by term.
        """
        width: int = part.operands.shape[1]
        if part.op is not several.SUM:
            return width > 1
        buffers = self.buffers[part.operands]
        return bool(len(set(part.signs)) == 1 and width >= LONG and (buffers == buffers[0, 0]).all())

    def _each(self, part: Group) -> Plan:
        operands = part.operands
        on_all_cells = self._matrices.plan(part, self)
        if on_all_cells is not None:
            return on_all_cells
        product = self._product_under(part) if part.op is several.SUM else None
        if product is not None:
            onto, first = product
            columns = [first, *(k for k in range(operands.shape[1]) if k != first)]
            part.operands = operands = operands[:, columns]
            part.signs = tuple(part.signs[k] for k in columns)
            order = np.argsort(self.places[operands[:, 0]])
            plan = Plan(part, "each", part.ids[order])
            plan.onto = onto
        else:
            order = self._by(operands)
            plan = Plan(part, "each", part.ids[order])
        plan.operands = [self.operand(operands[order, k]) for k in range(operands.shape[1])]
        fuse(self, plan)
        return plan

    def _product_under(self, part: Group) -> tuple[Plan, int] | None:
        """Return the product to whose values the group adds something, and their position among the operands."""
        for k, sign in enumerate(part.signs):
            column = part.operands[:, k]
            if sign == 1 and (column >= self.first_part).all() and (self.places[column] >= 0).all():
                under = self._products.get(int(column[np.argmin(self.places[column])]))
                if (
                    under is not None
                    and under.batched == part.batched
                    and under.count == len(column)
                    and np.array_equal(np.sort(column), np.sort(under.ids))
                ):
                    return under, k
        return None

    def _shares(self, part: Group) -> Plan:
        """Plan softmax for whole rows, of which some results may not be needed."""
        xs = part.operands[:, 1:]
        which = self.condensed.constants(part.operands[:, 0]).astype(np.int64)
        _, first, row = np.unique(xs, axis=0, return_index=True, return_inverse=True)
        order = self._by(xs[first][:, [0, -1]])
        row = _inverse(order[None])[0][row.reshape(-1)]
        ids = np.full(len(first) * xs.shape[1], -1, dtype=np.int64)
        ids[row * xs.shape[1] + which % xs.shape[1]] = part.ids
        plan = Plan(part, "shares", ids)
        rows = xs[first][order]
        plan.operands = [self.operand(rows)]
        self.place(plan)
        if part.hole >= 0:
            self._set_holes(plan, rows)
            if part.op is several.SOFTMAX:
                self.zeros.setdefault(BATCHED if plan.batched else SHARED, []).append(
                    plan.start + np.flatnonzero(rows == part.hole)
                )
        return plan

    def _set_holes(self, plan: Plan, rows: Ids) -> None:
        holes = rows == plan.part.hole
        plan.holes, plan.around = (holes,), self.around(rows, holes)

    def _by(self, operands: Ids) -> Ids:
        """Return an order of the rows: that of the first column whose values are computed and all different, if any.

        Else they are sorted by their places, if that makes a column a view; if not, they stay in the order of the
        record, in which they probably are read.
        """
        keys = [self._keys(operands[:, k]) for k in range(operands.shape[1])]
        computed = [
            key for k, key in enumerate(keys) if self.condensed.kinds[operands[0, k]] != PARAMETER and key.any()
        ]
        for key in computed:
            order = np.argsort(key, kind="stable")
            if (np.diff(key[order]) > 0).all():
                return order
        order = np.lexsort((computed or keys)[::-1])
        return order if any(pattern(key[order]) is not None for key in keys) else np.arange(len(order))


def _by_uses(grids: list[Grid]) -> list[Grid]:
    """Return matrix products in the order in which their parameters get places.

    Matrices precede single dot products. Of those, the ones that most products read come first, since where they are no
    view each of these gathers them, and adds its gradients by place: such as a recurrence's, with the rows of its head.
    """
    lefts = [hash(grid.left.tobytes()) for grid in grids]
    uses = Counter(lefts)
    keys = [
        (grid.left.shape[1] * grid.right.shape[2] == 1, -uses[left]) for grid, left in zip(grids, lefts, strict=True)
    ]
    return [grids[k] for k in sorted(range(len(grids)), key=keys.__getitem__)]


def _order(*keys: Ids) -> Ids:
    return np.lexsort(keys[::-1], axis=1)


def _inverse(order: Ids) -> Ids:
    inverse = np.empty_like(order)
    np.put_along_axis(inverse, order, np.broadcast_to(np.arange(order.shape[1]), order.shape), 1)
    return inverse


def lay_out(
    condensed: Condensed, parts: Sequence[Group | Segment], places: Sequence[int], shapes: Iterable[Sequence[int]] = ()
) -> Layout:
    """Plan the parts of a program.

    Parameters
    ----------
    condensed, parts
        The program, and its parts.
    places : sequence of int
        Those of the leaves, -1 for parameters without one. Arguments are moved where ones are to stand between them.
    shapes : iterable of tuple of int
        Those of the arguments of each sample.
    """
    layout = Layout(condensed, places, accumulate(math.prod(shape) for shape in shapes))
    for buffer in (SCALARS, BATCHED_ARGUMENTS):
        layout.sizes[buffer] = int((layout.buffers[: len(places)] == buffer).sum())
    grids: list[Grid | None] = []
    for part in parts:
        grid = None
        if type(part) is Group and part.op is several.DOT:
            half, grid = part.operands.shape[1] // 2, part.grid
            buffers = layout.buffers[part.operands[0, [0, half]]]
            if grid is None and not all(buffer in (BATCHED, BATCHED_ARGUMENTS) for buffer in buffers.tolist()):
                grid = find_grid(part.operands[:, :half], part.operands[:, half:])
        grids.append(grid)
    place_biases(parts, grids, layout)
    for grid in _by_uses([grid for grid in grids if grid is not None]):
        layout.place_parameters(grid.left)
        layout.place_parameters(grid.right)
    for part, grid in zip(parts, grids, strict=True):
        layout.add(part, grid)
    results = np.array(condensed.results, dtype=np.int64)
    layout.place_parameters(results)
    return layout
