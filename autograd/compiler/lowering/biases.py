"""A bias as one more weight, of an input that is always 1.

    W x + b  =  [W b] [x]
                      [1]

The sums of a layer and its biases are one matrix product with one more term. So the forward pass needs no second pass
over the results to add the biases, and the reverse pass none over the gradients to sum them. For this, the bias of a
neuron is stored directly after its weights, and a row of ones directly after the inputs of the layer: after the values
of the layer below, or after an argument.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ...core import several
from .columns import ARGUMENT
from .condensed import CONSTANTS, FLATS
from .grids import Grid
from .groups import Group, Segment
from .places import Placement
from .plans import Operand, Plan

__all__ = ["fuse", "place_biases"]

Ids = np.ndarray[Any, Any]


def place_biases(parts: Sequence[Group | Segment], grids: Sequence[Grid | None], layout: Placement) -> None:
    """Reserve a place for each bias after its weights, and for ones after the inputs of a layer, where possible."""
    owner = np.full(len(layout.buffers), -1)
    cell = np.zeros(len(layout.buffers), dtype=np.int64)
    for k, (part, grid) in enumerate(zip(parts, grids, strict=True)):
        if grid is not None:
            owner[part.ids], cell[part.ids] = k, grid.cells  # type: ignore[union-attr]
    for part in parts:
        if type(part) is Group and part.op is several.SUM and part.signs == (1, 1):
            for dots, biases in (part.operands.T, part.operands.T[::-1]):
                grid = grids[owner[dots[0]]] if owner[dots[0]] >= 0 else None
                if grid is not None and (owner[dots] == owner[dots[0]]).all() and (dots >= layout.first_part).all():
                    _place(grid, cell[dots], biases, layout)
                    break


def _place(grid: Grid, cells: Ids, biases: Ids, layout: Placement) -> None:
    blocks, rows, columns = grid.shape
    buffers = layout.buffers
    if (
        blocks > 1
        or grid.filled
        or grid.hole >= 0
        or len(cells) != rows * columns
        or not (buffers[[*biases, *grid.left.ravel()]] >= FLATS).all()
    ):
        return
    each = np.empty((rows, columns), dtype=np.int64)
    each.reshape(-1)[cells] = biases
    if not (each == each[:, :1]).all():
        return
    if (layout.condensed.kinds[grid.right] == ARGUMENT).any() and len(np.unique(grid.right)) == grid.right.size:
        if not layout.make_room(grid.right.ravel(), columns):
            return
    else:
        layout.with_ones[int(grid.right.min())] = np.sort(grid.right.ravel()), columns
    layout.place_parameters(np.concatenate([grid.left[0], each[:, :1]], axis=1))


def fuse(layout: Placement, plan: Plan) -> None:
    """Merge a plan that adds biases to a product into the product, if weights, biases and ones are stored as needed."""
    product, biases = plan.onto, plan.operands[-1]
    if (
        product is None
        or product.holes is not None
        or len(plan.operands) != 2
        or plan.part.signs != (1, 1)
        or product.shape[0] > 1
    ):
        return
    left, right = product.operands
    _, rows, columns = product.shape
    terms = len(left.rows) // rows
    first = left.rows[0] if len(left.rows) else 0
    wanted = first + np.arange(rows * (terms + 1)).reshape(rows, terms + 1)
    if not (left.buffer == biases.buffer >= FLATS):
        return
    if not (
        np.array_equal(left.rows, wanted[:, :-1].ravel())
        and np.array_equal(biases.rows, np.repeat(wanted[:, -1], columns))
    ):
        return
    if right.buffer == CONSTANTS or _is_followed_by_ones(layout, right, columns) or _is_copied(right, terms, columns):
        product.biases, plan.fused = biases, True


def _is_followed_by_ones(layout: Placement, right: Operand, columns: int) -> bool:
    first, count = int(right.rows[0]), len(right.rows)
    ones = (right.buffer, first + count, columns)
    return ones in layout.ones and np.array_equal(right.rows, np.arange(first, first + count))


def _is_copied(right: Operand, terms: int, columns: int) -> bool:
    """True if the operand is a view of more than two axes, as windows are, so that the product reads a copy of it."""
    each = right.pattern
    if each is None:
        return False
    step = right.rows.reshape(terms, columns)
    plain = (np.diff(step, axis=0) == np.diff(step[:, :1], axis=0)[:1]).all() if terms > 1 else True
    across = (np.diff(step, axis=1) == np.diff(step[:1], axis=1)[:, :1]).all() if columns > 1 else True
    return not (plain and across)
