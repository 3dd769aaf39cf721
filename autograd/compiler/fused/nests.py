"""Statements gathered into nests of loops, and nests into kernels.

A statement joins an earlier loop over equally many numbers if no number that either writes is another element of what
the other one reads or writes. It may pass by calls and loops with which it has no number in common. So the operations
of a pass become few loops, each of which computes many values for one element after the other.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np

from .accesses import Access, Memory, places
from .statements import Statement

__all__ = ["Extent", "Nest", "Opaque", "extent_of", "union"]

Array = np.ndarray[Any, Any]

LONGEST = 250  # the most statements of a nest
MANY = 1 << 14  # places: of more, only the first and the last are compared


class Extent(NamedTuple):
    """The places that an access covers: the first, the last, and all of them if there are gaps.

    With lanes, a place is the first one of a row of samples, and ``width`` is their number.
    """

    block: int
    low: int
    high: int
    width: int
    each: Array | None

    def meets(self, other: Extent) -> bool:
        """True if the two may have a place in common."""
        if self.block != other.block or self.high < other.low or other.high < self.low:
            return False
        if self.width != other.width or (self.each is None and other.each is None):
            return True
        mine, theirs = self.listed(), other.listed()
        return mine is None or theirs is None or bool(np.isin(mine, theirs, assume_unique=True).any())

    def listed(self) -> Array | None:
        """Return the first places of all rows; ``None`` if they are too many."""
        if self.each is not None:
            return self.each
        return np.arange(self.low, self.high + 1, self.width) if self.high - self.low < MANY * self.width else None


def union(extents: Sequence[Extent]) -> list[Extent]:
    """Return the extents of an access in the steps of a loop as one for each block, with all of their places."""
    found = []
    for block, width in dict.fromkeys((each.block, each.width) for each in extents):
        own = [each for each in extents if (each.block, each.width) == (block, width)]
        rows = [row for row in (each.listed() for each in own) if row is not None]
        low, high = min(each.low for each in own), max(each.high for each in own)
        few = len(rows) == len(own) and sum(map(len, rows)) < MANY
        found.append(Extent(block, low, high, width, np.unique(np.concatenate(rows)) if few else None))
    return found


def extent_of(access: Access, shape: tuple[int, ...], lanes: bool) -> Extent:
    """Return the extent of an access."""
    width = shape[-1] if lanes and access.steps[-1] else 1
    if width > 1:
        access, shape = access._replace(steps=access.steps[:-1]), shape[:-1]
    size = int(np.prod([n for n, step in zip(shape, access.steps, strict=True) if step] or [1]))
    if size * max(len(access.table), 1) > MANY:
        ends = [step * (n - 1) for n, step in zip(shape, access.steps, strict=True)]
        ends += [min(access.table, default=0), max(access.table, default=0)]
        low, high = sum(min(end, 0) for end in ends), sum(max(end, 0) for end in ends)
        return Extent(access.block, access.first + low, access.first + high + width - 1, width, None)
    found = places(access, shape)
    low, high = int(found[0]), int(found[-1])
    whole = len(found) * width == high - low + width and (width == 1 or len(found) == 1)
    return Extent(access.block, low, high + width - 1, width, None if whole else found)


class Opaque:
    """A call that stays one, between nests."""

    def __init__(self, call: Any, step: int, memory: Memory) -> None:
        self.call, self.step = call, step
        self.extents: list[Extent] | None = []
        for x in _arrays_in(call):
            block = memory.block(x)
            if block is None:
                self.extents = None  # it may touch anything
                break
            self.extents.append(Extent(block, *memory.span(block, x), 0, None))

    def meets(self, extent: Extent) -> bool:
        """True if the call may read or write these places."""
        return self.extents is None or any(mine.meets(extent) for mine in self.extents)


def _arrays_in(call: Any) -> Iterable[Any]:
    given = (getattr(call.func, "__self__", None), *call.args, *call.keywords.values())
    return [x for x in given if isinstance(x, np.ndarray) and x.size]


class Nest:
    """Statements for the same elements, in one nest of loops.

    Attributes
    ----------
    shape, lanes
        As those of its statements.
    statements : list of Statement
        The statements, in order.
    reads, writes : dict
        The extent of each access.
    totals : set of Access
        The results of reductions, which are complete after the loops only.
    """

    def __init__(self, first: Statement) -> None:
        self.shape, self.lanes = first.shape, first.lanes
        self.statements: list[Statement] = []
        self.reads: dict[Access, Extent] = {}
        self.writes: dict[Access, Extent] = {}
        self.totals: set[Access] = set()

    def takes(self, statement: Statement, reads: Sequence[tuple[Access, Extent]], write: Extent) -> bool:
        """True if a statement can join."""
        if self.shape != statement.shape or self.lanes != statement.lanes or len(self.statements) >= LONGEST:
            return False
        out, totals = statement.out, self.totals
        if not self.lanes and bool(out.table) != any(own.table for own in self.writes):
            return False  # a compiler computes several elements at a time if none of their places is in a table
        if statement.start and self.conflicts((), write):
            return False
        return not (
            any(
                (access != own or own in totals) and each.meets(extent)
                for access, extent in reads
                for own, each in self.writes.items()
            )
            or any(
                (own != out or own in totals) and each.meets(write)
                for own, each in (*self.reads.items(), *self.writes.items())
            )
        )

    def add(self, statement: Statement, reads: Sequence[tuple[Access, Extent]], write: Extent) -> None:
        """Add a statement."""
        self.statements.append(statement)
        if statement.start:
            self.totals.add(statement.out)
        self.reads.update(reads)
        self.writes[statement.out] = write

    def conflicts(self, reads: Sequence[tuple[Access, Extent]], write: Extent) -> bool:
        """True if a statement must not pass by."""
        return any(each.meets(extent) for _, extent in reads for each in self.writes.values()) or any(
            each.meets(write) for each in (*self.reads.values(), *self.writes.values())
        )
