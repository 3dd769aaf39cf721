"""One operation on arrays, and its operands."""

from __future__ import annotations

from copy import copy
from typing import Any

import numpy as np

from ...core import ops
from .condensed import BATCHED, BATCHED_ARGUMENTS, CONSTANTS, Condensed
from .groups import Group, Segment
from .patterns import Pattern, pattern

__all__ = ["Operand", "Plan"]

Ids = np.ndarray[Any, Any]


class Operand:
    """The values that an operation reads: places in a buffer, or constants.

    If a buffer and places in it are given as ``among``, these hold the values.

    Attributes
    ----------
    buffer : int
        The buffer; -1 if there are several.
    shape : tuple of int
        The shape of the operand.
    rows : ndarray
        The places, in the order of the elements; without meaning for constants.
    pattern : Pattern or None
        The places as a view, if they are one.
    constant : float or ndarray or None
        The numbers of constants; a float if they are all the same.
    pieces : list of (int, ndarray, ndarray)
        For each of several buffers: the buffer, the places in it, and the positions in the operand.
    """

    __slots__ = ("buffer", "constant", "pattern", "pieces", "rows", "shape")

    def __init__(
        self, ids: Ids, condensed: Condensed, places: Ids, buffers: Ids, among: tuple[int, Ids] | None = None
    ) -> None:
        self.shape = ids.shape
        flat = ids.reshape(-1)
        found = buffers[flat] if among is None else np.full(len(flat), among[0])
        self.buffer = int(found[0])
        self.rows: Ids = places[flat] if among is None else among[1]
        self.pattern: Pattern | None = None
        self.constant: Any = None
        self.pieces: list[tuple[int, Ids, Ids]] = []
        if (found != self.buffer).any():
            self.buffer = -1
            for buffer in np.unique(found).tolist():
                at = np.flatnonzero(found == buffer)
                rows = self.rows[at] if buffer != CONSTANTS else condensed.constants(flat[at])
                self.pieces.append((buffer, rows, at))
        elif self.buffer == CONSTANTS:
            numbers = condensed.constants(flat)
            bits = numbers.view(np.int64)
            self.constant = float(numbers[0]) if (bits == bits[0]).all() else numbers
        else:
            self.pattern = pattern(self.rows)

    def is_same(self, other: Operand) -> bool:
        """True if both read the same places in the same order."""
        return (
            self.constant is None
            and not self.pieces
            and self.buffer == other.buffer
            and not other.pieces
            and np.array_equal(self.rows, other.rows)
        )

    def split(self) -> list[tuple[Operand, Ids]]:
        """Return an operand for each of several buffers, with the positions of its values."""
        found = []
        for buffer, rows, at in self.pieces:
            piece = copy(self)
            piece.buffer, piece.rows, piece.shape, piece.pieces = buffer, rows, rows.shape, []
            if buffer == CONSTANTS:
                piece.constant = rows
            else:
                piece.pattern = pattern(rows)
            found.append((piece, at))
        return found

    @property
    def batched(self) -> bool:
        """True if it differs from sample to sample."""
        return any(buffer in (BATCHED, BATCHED_ARGUMENTS) for buffer in self.buffers)

    @property
    def buffers(self) -> list[int]:
        """All buffers that it reads."""
        return [buffer for buffer, _, _ in self.pieces] if self.pieces else [self.buffer]


class Plan:
    """One operation on arrays.

    Attributes
    ----------
    part : Group or Segment
        The values that it computes.
    kind : str
        ``"each"``: element by element, with an operand for each argument. ``"product"``: matrix products of two
        operands. ``"inner"``: dot products one by one, of two operands with a row for each. ``"over"``: a reduction of
        one operand with a row for each result. ``"pairs"``: cosines, of two operands with a row for each result.
        ``"shares"``: softmax of each row. ``"segment"``: single numbers.
        ``"chain"``: values of each sample, one after the other, with one operand for all that it does not compute.
    start, count : int
        The first of its places in the buffer of its results, and the number of places.
    ids : ndarray
        The values at those places; -1 for a cell of a product that is not needed, and for what is computed of it.
    shape : tuple of int
        For a product, the numbers of blocks, rows and columns.
    operands : list of Operand
        The operands.
    onto : Plan or None
        The product to whose values this plan adds something, in place.
    biases : Operand or None
        For a product, the biases that are one more term of it.
    holes : tuple of ndarray or None
        Masks of the numbers that complete rows of different lengths: of both factors of a product, or of the operand of
        a reduction. ``None`` if there are none.
    around : Operand or None
        For a reduction with holes, the operand with unasked cells of a matrix at the holes, if that makes it a view.
    fused : bool
        True if the plan has nothing left to do, since the product adds its biases.
    is_link : bool
        True for a link of a chain, of which each operand is read where it is.
    """

    def __init__(self, part: Group | Segment, kind: str, ids: Ids) -> None:
        self.part: Any = part  # a Segment if the kind is "segment" or "chain", else a Group
        self.kind, self.ids = kind, ids
        self.start = 0
        self.shape: tuple[int, ...] = (len(ids),)
        self.operands: list[Operand] = []
        self.onto: Plan | None = None
        self.biases: Operand | None = None
        self.holes: tuple[Ids, ...] | None = None
        self.around: Operand | None = None
        self.fused = self.is_link = False

    @property
    def count(self) -> int:
        """The number of places."""
        return len(self.ids)

    @property
    def batched(self) -> bool:
        """True if its values differ from sample to sample."""
        return bool(self.part.batched)

    @property
    def squares(self) -> bool:
        """True if both factors are the same numbers: their gradient is twice the gradient by one factor."""
        products = self.kind == "inner" or (self.kind == "each" and self.part.op is ops.MUL)
        products = products or (self.kind == "product" and self.shape[1:] == (1, 1))
        return products and self.operands[0].is_same(self.operands[1])
