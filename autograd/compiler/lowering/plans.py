"""One operation on arrays, and what it reads."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...core import ops
from .condensed import CONSTANTS, LANED, LANED_ARGUMENTS, Condensed
from .groups import Group, Segment
from .patterns import Pattern, pattern

__all__ = ["Operand", "Plan"]

Ids = np.ndarray[Any, Any]


class Operand:
    """What an operation reads, row by row: places in an arena, or constants.

    Attributes
    ----------
    arena : int
        Where it is kept; -1 if in several arenas.
    shape : tuple of int
        The shape in which the operation sees the rows.
    rows : ndarray
        The places, in that order; none for constants.
    pattern : Pattern or None
        If the places are a view, which.
    constant : float or ndarray or None
        The numbers, where they never change; a float where they are all the same.
    pieces : list of (int, ndarray, ndarray)
        What is taken from each of several arenas: the arena, the places in it, and the positions they are for.
    """

    __slots__ = ("arena", "constant", "pattern", "pieces", "rows", "shape")

    def __init__(self, ids: Ids, condensed: Condensed, places: Ids, arenas: Ids) -> None:
        self.shape = ids.shape
        flat = ids.reshape(-1)
        found = arenas[flat]
        self.arena = int(found[0])
        self.rows: Ids = places[flat]
        self.pattern: Pattern | None = None
        self.constant: Any = None
        self.pieces: list[tuple[int, Ids, Ids]] = []
        if (found != self.arena).any():
            self.arena = -1
            for arena in np.unique(found).tolist():
                at = np.flatnonzero(found == arena)
                rows = self.rows[at] if arena != CONSTANTS else condensed.constants(flat[at])
                self.pieces.append((arena, rows, at))
        elif self.arena == CONSTANTS:
            numbers = condensed.constants(flat)
            bits = numbers.view(np.int64)
            self.constant = float(numbers[0]) if (bits == bits[0]).all() else numbers
        else:
            self.pattern = pattern(self.rows)

    def is_same(self, other: Operand) -> bool:
        """Whether both read the same places in the same order."""
        return (
            self.constant is None
            and not self.pieces
            and self.arena == other.arena
            and not other.pieces
            and np.array_equal(self.rows, other.rows)
        )

    @property
    def laned(self) -> bool:
        """Whether it differs from lane to lane."""
        return any(arena in (LANED, LANED_ARGUMENTS) for arena in self.arenas)

    @property
    def arenas(self) -> list[int]:
        """Where it is kept."""
        return [arena for arena, _, _ in self.pieces] if self.pieces else [self.arena]


class Plan:
    """One operation on arrays.

    Attributes
    ----------
    part : Group or Segment
        What it computes.
    kind : str
        ``"each"``: element by element, an operand for each argument. ``"product"``: matrix products, of two operands.
        ``"inner"``: dot products one by one, of two operands with a row for each. ``"over"``: a reduction, of one
        operand with a row for each. ``"shares"``: softmax of each row. ``"segment"``: single numbers.
    start, count : int
        Where its values lie in their arena, and how many there are.
    ids : ndarray
        The values in the order in which they lie there; -1 for a cell that nobody asked for.
    shape : tuple of int
        Blocks, rows and columns of a product.
    operands : list of Operand
        What it reads.
    onto : Plan or None
        The product on whose values it adds: they lie in the same place.
    biases : Operand or None
        Of a product, the biases that it adds by a term more; ``fused`` says so of the plan that adds them.
    """

    def __init__(self, part: Group | Segment, kind: str, ids: Ids) -> None:
        self.part: Any = part  # with the attributes of one or the other, by the kind
        self.kind, self.ids = kind, ids
        self.start = 0
        self.shape: tuple[int, ...] = (len(ids),)
        self.operands: list[Operand] = []
        self.onto: Plan | None = None
        self.biases: Operand | None = None
        self.fused = False

    @property
    def count(self) -> int:
        """How many rows there are."""
        return len(self.ids)

    @property
    def laned(self) -> bool:
        """Whether its values differ from lane to lane."""
        return type(self.part) is Group and self.part.laned

    @property
    def squares(self) -> bool:
        """Whether it multiplies numbers with themselves: their gradient is that by one of the factors, twice."""
        products = self.kind == "inner" or (self.kind == "each" and self.part.op is ops.MUL)
        products = products or (self.kind == "product" and self.shape[1:] == (1, 1))
        return products and self.operands[0].is_same(self.operands[1])
