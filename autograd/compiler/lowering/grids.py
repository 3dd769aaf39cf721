"""Dot products as matrix products.

    z[0,0] = dot(W[0], x[0])    z[0,1] = dot(W[0], x[1])    z[0,2] = dot(W[0], x[2])    two rows, three columns,
    z[1,0] = dot(W[1], x[0])    z[1,1] = dot(W[1], x[1])    z[1,2] = dot(W[1], x[2])    all six cells

A layer of neurons has few distinct rows of left factors (its neurons) and few distinct columns of right factors (its
samples), and each row is multiplied with each column: that is one matrix product. A convolution is another one, with
filters as rows and patches as columns; so are cosines of all pairs of vectors, with their directions. Where rows and
columns form several blocks that are multiplied within themselves only, as in attention, they are one batched product.
Cells that are not needed are computed, too, unless they are many: of the factors of a matrix with unknown entries, too.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from ...core import ops, several
from .condensed import Condensed, Pack

__all__ = ["TRIANGLE", "Grid", "components", "cosines", "find_grid"]

Ids = np.ndarray[Any, Any]
WASTE = 1.5  # the most cells of blocks for each cell that is needed
TRIANGLE = 2  # the most cells of a matrix for each one that is needed: a triangle needs half, as in causal attention
SPARSE = 6  # the same, where factors are used several times: else they are gathered for each use, forward and backward
USES = 2  # the least mean number of uses of a factor for that


class Grid(NamedTuple):
    """Dot products as cells of matrix products.

    Attributes
    ----------
    left : ndarray of shape (blocks, rows, terms)
        The values of the left factors.
    right : ndarray of shape (blocks, terms, columns)
        The values of the right factors.
    cells : ndarray
        The cell of each dot product, numbered along columns, then rows, then blocks.
    filled : bool
        True if there are cells that no dot product needs.
    hole : int
        The constant 0 that completes rows or columns of different lengths; -1 if there is none.
    """

    left: Ids
    right: Ids
    cells: Ids
    filled: bool
    hole: int = -1

    @property
    def shape(self) -> tuple[int, int, int]:
        """Blocks, rows and columns."""
        return self.left.shape[0], self.left.shape[1], self.right.shape[2]


def find_grid(left: Ids, right: Ids) -> Grid | None:
    """Return dot products as matrix products; ``None`` if they are better computed one by one.

    Three arrangements of the factors are tried: as they are; with the smaller number to the left in each product; and
    with the terms in the order of their right factors. A matrix with few cells that are needed is the last resort.
    """
    sparse = None
    for each in _arrangements(left, right):
        grid, is_sparse = _grid(*each)
        if not is_sparse:
            if grid is not None:
                return grid
        elif sparse is None:
            sparse = grid
    return sparse


def _arrangements(left: Ids, right: Ids) -> Iterator[tuple[Ids, Ids]]:
    """The factors of dot products, arranged in three ways."""
    yield left, right
    yield np.minimum(left, right), np.maximum(left, right)
    order = np.argsort(right, axis=1, kind="stable")
    yield np.take_along_axis(left, order, 1), np.take_along_axis(right, order, 1)


def _grid(left: Ids, right: Ids) -> tuple[Grid | None, bool]:
    """Return dot products as matrix products, if any, and True if more than half of the cells are not needed."""
    rows, row = _distinct(left)
    columns, column = _distinct(right)
    count, size = len(left), len(rows) * len(columns)
    if size > TRIANGLE * count:
        blocks = _blocks(left, right, row, column, len(rows), len(columns))
        if blocks is not None or size > SPARSE * count or count < USES * max(len(rows), len(columns)):
            return blocks, False
    cells = row * len(columns) + column
    filled = len(np.unique(cells)) < size
    return Grid(left[rows][None], right[columns].T[None], cells, filled), size > TRIANGLE * count


def _distinct(ids: Ids) -> tuple[Ids, Ids]:
    """Return the index of each distinct row, in order of first appearance, and for each row which of them it equals."""
    hashed = (ids * _multipliers(ids.shape[1])).sum(axis=1)
    _, first, kind = np.unique(hashed, return_index=True, return_inverse=True)
    kind = kind.reshape(-1)
    if not np.array_equal(ids[first[kind]], ids):  # a collision of hashes: every row counts as distinct
        return np.arange(len(ids)), np.arange(len(ids))
    order = np.argsort(first)
    place = np.empty_like(order)
    place[order] = np.arange(len(order))
    return first[order], place[kind]


def _multipliers(count: int) -> Ids:
    """Return pseudo-random odd numbers: the finaliser of splitmix64 (Steele, Lea & Flood 2014)."""
    x = np.arange(1, count + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        x = (x ^ (x >> np.uint64(shift))) * np.uint64(factor)
    return ((x ^ (x >> np.uint64(31))) | np.uint64(1)).view(np.int64)


def components(row: Ids, column: Ids, rows: int, columns: int) -> tuple[Ids, Ids]:
    """Return the number of the connected component of each row and each column, given the pairs that are connected."""
    of_row, of_column = np.arange(rows), np.full(columns, rows)
    while True:  # label each row by the least row that it is connected to, until no label changes
        before = of_row.copy()
        np.minimum.at(of_column, column, of_row[row])
        np.minimum.at(of_row, row, of_column[column])
        of_row = of_row[of_row]
        if np.array_equal(before, of_row):
            break
    block = np.unique(of_row, return_inverse=True)[1].reshape(-1)
    return block, block[of_column]


def _blocks(left: Ids, right: Ids, row: Ids, column: Ids, rows: int, columns: int) -> Grid | None:
    """Return dot products as blocks of rows and columns: the connected components of the pairs that are multiplied."""
    block, column_block = components(row, column, rows, columns)
    count = int(block.max()) + 1
    if count == 1:
        return None
    heights, widths = np.bincount(block, minlength=count), np.bincount(column_block, minlength=count)
    height, width = int(heights.max()), int(widths.max())
    if height * width == 1 or count * height * width > WASTE * len(left):
        return None
    up, across = _numbered(block), _numbered(column_block)
    first_row, first_column = np.unique(row, return_index=True)[1], np.unique(column, return_index=True)[1]
    lefts = np.repeat(left[first_row[_firsts(block, count)]][:, None], height, axis=1)
    lefts[block, up] = left[first_row]
    rights = np.repeat(right[first_column[_firsts(column_block, count)]][:, None], width, axis=1)
    rights[column_block, across] = right[first_column]
    cells = (block[row] * height + up[row]) * width + across[column]
    filled = len(np.unique(cells)) < count * height * width
    return Grid(lefts, rights.transpose(0, 2, 1), cells, filled)


def _numbered(kinds: Ids) -> Ids:
    """For each element, the number of earlier elements of its kind."""
    order = np.argsort(kinds, kind="stable")
    counts = np.bincount(kinds)
    numbered = np.empty_like(order)
    numbered[order] = np.arange(len(kinds)) - np.repeat(np.cumsum(counts) - counts, counts)
    return numbered


def _firsts(kinds: Ids, count: int) -> Ids:
    """The index of the first element of each kind."""
    firsts = np.empty(count, dtype=np.int64)
    firsts[kinds[::-1]] = np.arange(len(kinds))[::-1]
    return firsts


def cosines(condensed: Condensed, ids: Ids, operands: Ids) -> list[Pack]:
    """Return packs that compute cosines of pairs of vectors.

    If there are more pairs than vectors, a direction is computed for each vector, and a dot product of directions for
    each pair. Divided by infinity, a vector of length 0 has the direction 0, and no gradient, as in the rule.
    """
    terms = operands.shape[1] // 2
    vectors, first, which = np.unique(operands.reshape(-1, terms), axis=0, return_index=True, return_inverse=True)
    if len(ids) <= len(vectors):
        return [Pack(several.COSINE_SIMILARITY, ids, operands)]
    owners = ids[first // 2]
    batched = condensed.batched[vectors].any(axis=1)
    lengths, zero, divisors = (condensed.new(batched, owners) for _ in range(3))
    units = condensed.new(np.repeat(batched, terms), np.repeat(owners, terms))
    constants = condensed.new_constants(np.array([0.0, math.inf]))
    nothing, infinity = np.broadcast_to(constants[:, None], (2, len(vectors)))
    pairs = units.reshape(vectors.shape)[which.reshape(len(ids), 2)]
    swapped = batched[which.reshape(len(ids), 2)[:, 0]]  # what all samples share goes to the left
    pairs[swapped] = pairs[swapped, ::-1]
    return [
        Pack(several.NORM2, lengths, vectors),
        Pack(ops.EQUAL, zero, np.stack([lengths, nothing], axis=1)),
        Pack(ops.WHERE, divisors, np.stack([zero, infinity, lengths], axis=1)),
        Pack(ops.DIV, units, np.stack([vectors.reshape(-1), np.repeat(divisors, terms)], axis=1)),
        Pack(several.DOT, ids, pairs.reshape(len(ids), -1)),
    ]
