"""Matrices with cells that no value needs, and operations on the others that are done on all cells.

    s[0,0]                     s/2    ?    ?          a matrix product computes all nine cells of s,
    s[1,0] s[1,1]              s/2  s/2    ?          of which a triangle is needed;
    s[2,0] s[2,1] s[2,2]       s/2  s/2  s/2          s / 2 is computed of all nine, too

The needed cells of a triangle are not a view of the matrix. To gather them takes longer than to compute a cheap
operation on all cells, unless more than half of them are not needed. Those are never read; in the reverse pass their
adjoints are 0.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ...core import ops, several
from .grids import TRIANGLE
from .groups import Group
from .places import Placement
from .plans import Operand, Plan

__all__ = ["Matrices"]

Ids = np.ndarray[Any, Any]
Shape = tuple[int, ...]

CHEAP = {ops.MUL, ops.DIV, ops.NEG, ops.RELU, several.SUM}  # and finite where their operands are, but for x / 0


class Matrices:
    """The matrices of a program that have cells which no value needs."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[Plan, Shape]] = {}  # by the value in the first of the needed cells

    def add(self, plan: Plan, shape: Shape) -> None:
        """Add the values of a plan as a matrix of blocks, rows and columns, if no value needs some of its cells."""
        needed = plan.ids[plan.ids >= 0]
        if len(needed) < plan.count <= TRIANGLE * len(needed):
            self._known[int(needed[0])] = plan, shape

    def plan(self, part: Group, placement: Placement) -> Plan | None:
        """Plan an operation on all cells of a matrix whose needed cells it reads; ``None`` if there is none."""
        if not self._known or part.op not in CHEAP:
            return None
        for column in part.operands.T:
            under, shape = self._of(column, placement.places[column])
            if under is None or under.batched != part.batched:
                continue
            cells = placement.places[column] - under.start
            if len(cells) != np.count_nonzero(under.ids >= 0) or len(np.unique(cells)) != len(cells):
                continue
            operands = [self._operand(each, cells, shape, placement) for each in part.operands.T]
            if any(operand is None for operand in operands):
                continue
            ids = np.full(under.count, -1)
            ids[cells] = part.ids
            plan = Plan(part, "each", ids)
            plan.operands = [operand for operand in operands if operand is not None]
            self.add(plan, shape)
            return plan
        return None

    def _of(self, column: Ids, order: Ids) -> tuple[Plan | None, Shape]:
        """Return the matrix of which values are cells; the first in this order is that in the first cell."""
        under, shape = self._known.get(int(column[np.argmin(order)]), (None, ()))
        if under is not None and np.isin(column, under.ids).all():
            return under, shape
        return None, ()

    def _operand(self, column: Ids, cells: Ids, shape: Shape, placement: Placement) -> Operand | None:
        """Return an operand for all cells of a matrix, given its values at some of them; ``None`` if there is none.

        It is a matrix with the same cells, or the same value in all cells, in all of a row, or in all of a column.
        """
        count = math.prod(shape)
        under, other = self._of(column, cells)
        if under is not None and other == shape and np.array_equal(under.ids[cells], column):
            ids = np.where(under.ids < 0, column[0], under.ids)
            among = int(placement.buffers[column[0]]), under.start + np.arange(count)
            return Operand(ids, placement.condensed, placement.places, placement.buffers, among)
        block, row, along = np.unravel_index(np.arange(count), shape)
        for kind in (0 * block, block * shape[1] + row, block * shape[2] + along):
            each = np.full(count, column[0])
            each[kind[cells]] = column
            if np.array_equal(each[kind[cells]], column):
                return placement.operand(each[kind])
        return None
