"""The text of a nest of loops.

    r0_0 = row(b0, 0, 0, 3)                 nest 0: the first of three accesses that have no number in common
    r0_1 = row(b1, 0, 1, 3)
    r0_2 = row(b0, 0, 2, 3)
    w0 = r0_1[7]                            the same for all samples
    for j in range(m):                      the samples of a tile, which begins at t
        x0 = r0_0[3 * n + t + j]
        x1 = x0 * w0
        r0_2[4 * n + t + j] = x1

A compiler is told that the accesses of a nest do not overlap, and so computes several samples with one instruction.
"""

from __future__ import annotations

import math
from collections.abc import Container, Sequence
from typing import NamedTuple

from .accesses import Access
from .instructions import SUM
from .nests import Nest
from .statements import Statement

__all__ = ["Body", "Data", "indented", "is_tiled", "tiles"]


SHORT = 8  # turns of a loop that a compiler may write out


class Data:
    """The data of a kernel: blocks of memory and tables of numbers, in the order of their addresses.

    Of nests without samples, places of first numbers and lengths of loops are a table, so that kernels that differ in
    these have one text.

    Attributes
    ----------
    blocks : list of int
        The numbers of the blocks.
    tables : list of tuple of int
        The tables.
    places : list of int
        The numbers of that table.
    functions : list of str
        The names of functions of the BLAS.
    nests, sums : int
        The number of nests so far, and of sums over the samples of a tile.
    """

    def __init__(self, booleans: Container[int]) -> None:
        self.booleans = booleans
        self.blocks: list[int] = []
        self.tables: list[tuple[int, ...]] = []
        self.places: list[int] = []
        self.functions: list[str] = []
        self.nests = self.sums = 0

    def block(self, number: int) -> str:
        """Return the name of a block."""
        if number not in self.blocks:
            self.blocks.append(number)
        return f"b{self.blocks.index(number)}"

    def kind(self, number: int) -> str:
        """Return the function that finds a block in memory."""
        return "truths" if number in self.booleans else "numbers"

    def table(self, numbers: Sequence[int]) -> str:
        """Return the name of a table of numbers."""
        table = tuple(numbers)
        if table not in self.tables:
            self.tables.append(table)
        return f"q{self.tables.index(table)}"

    def place(self, number: int) -> str:
        """Return the text for a number of the table of places."""
        self.places.append(number)
        return f"places[{len(self.places) - 1}]"

    def turned(self, access: Access, unit: int = 1) -> tuple[str, str]:
        """Return the distance of an access from its place in the first step of a loop, in units and in numbers.

        One of the two is empty, or both.
        """
        turns = access.turns
        if not turns:
            return "", ""
        if all(turns[k] == k * turns[1] for k in range(len(turns))) and not turns[1] % unit:
            return f"{turns[1] // unit} * r", ""
        if any(k % unit for k in turns):
            return "", f"{self.table(turns)}[r]"
        return f"{self.table([k // unit for k in turns])}[r]", ""


class Sum(NamedTuple):
    """A reduction along the innermost axis: the variable and the place of the result, the text, the start, the term."""

    name: str
    out: Access
    text: str
    start: str
    x: str


class Body:
    """The text of one nest.

    Parameters
    ----------
    data : Data
        The data of the kernel.
    nest : Nest
        The nest.
    kept : set of Access
        The results that are to be stored.
    samples : int
        The number of samples.
    times : int
        The number of steps of the loop that the nest is in.

    Attributes
    ----------
    rows, begin, inner, end : list of str
        For a nest of which each sample is one element: what stands before its loops, before those over the tiles,
        in a tile, and after them.
    """

    def __init__(self, data: Data, nest: Nest, kept: set[Access], samples: int, times: int = 1) -> None:
        self.data, self.nest, self.kept, self.samples, self.times = data, nest, kept, samples, times
        self.names: dict[Access, str] = {}  # the variable that has the number at a place
        self.depth = len(nest.shape)
        self.first: list[str] = []  # before all loops
        self.before: list[list[str]] = [[] for _ in range(self.depth + 1)]  # before each loop, inside those around it
        self.body: list[str] = []
        self.loads: list[str] = []  # numbers of each sample
        self.used: list[Access] = []
        self.tables: list[str] = []  # those of places, which are rows, too
        self.stores: list[tuple[str, Access]] = []  # variables that are stored, and the places
        self.sums: list[Sum] = []  # reductions along the innermost axis
        self.count = 0
        self.number, data.nests = data.nests, data.nests + 1
        for statement in self._needed():
            read = [self._read(x) if isinstance(x, Access) else _number(x) for x in statement.inputs]
            name = self._name("x")
            self.body.append(f"{name} = {(statement.term if statement.start else statement.text).format(*read)}")
            if statement.start:
                self._accumulate(statement, name)
            else:
                self.names[statement.out] = name
        self.stores += [(self.names[access], access) for access in nest.writes if access in self.kept - nest.totals]
        self.begin: list[str] = []
        self.inner: list[str] = []
        self.end: list[str] = []
        self.whole: list[str] = []
        if is_tiled(nest):
            self._over_tiles()
        else:
            self.whole = [*self.first, *(self._over_samples() if nest.lanes else self._over_elements())]
        beginnings = [(f"r{self.number}_{k}", data.block(access.block)) for k, access in enumerate(self.used)]
        beginnings += [(f"r{self.number}_{table}", table) for table in self.tables]
        if nest.lanes:  # the parts of a sum are rows, too
            beginnings += [(_parts(each), "sums") for each in self.sums]
        self.rows = [
            f"{name} = row({of}, {self.number}, {k}, {len(beginnings)})" for k, (name, of) in enumerate(beginnings)
        ]

    def lines(self) -> list[str]:
        """Return the nest by itself."""
        return [*self.rows, *(self.whole or [*self.begin, *tiles(self.inner), *self.end])]

    def _needed(self) -> list[Statement]:
        """The statements whose results are stored, or read by others of them."""
        wanted = set(self.kept)
        found = []
        for statement in reversed(self.nest.statements):
            if statement.out in wanted:
                if not statement.start:
                    wanted.discard(statement.out)
                wanted.update(x for x in statement.inputs if isinstance(x, Access))
                found.append(statement)
        return found[::-1]

    def _name(self, letter: str) -> str:
        self.count += 1
        return f"{letter}{self.number}_{self.count - 1}"

    def _read(self, access: Access) -> str:
        """Return the variable for a number, which is read in the outermost loop that determines it."""
        if access in self.names:
            return self.names[access]
        if self.nest.lanes and access.steps[-1]:
            name = self.names[access] = self._name("x")
            self.loads.append(f"{name} = {self._place(access)}")
            return name
        depth = max([k + 1 for k in range(len(access.steps)) if access.moves(k)], default=0)
        if access in self.nest.writes:
            depth = self.depth
        name = self.names[access] = self._name("w")
        self.before[depth].append(f"{name} = {self._place(access)}")
        return name

    # --- Reductions ---------------------------------------------------------------------------------------------------

    def _accumulate(self, statement: Statement, x: str) -> None:
        """Write a reduction: each element is combined with the result so far."""
        out, text = statement.out, statement.text
        if self.depth > 1 or not self.nest.lanes or out.moves(-1):
            self.first += self._begun(out, statement.start)
        if not out.moves(-1):
            self.sums.append(Sum(self._name("s"), out, text, statement.start, x))
        elif self.nest.lanes:
            before, name = self._read(out), self._name("x")
            self.body.append(f"{name} = {text.format(before, x)}")
            self.stores.append((name, out))
        else:
            self.body.append(f"{self._place(out)} = {text.format(self._place(out), x)}")

    def _begun(self, out: Access, start: str) -> list[str]:
        """Return the loops that set results of reductions to the number with which they begin."""
        each, lengths = out.once(self.nest.shape)
        lines = [f"{self._row(out)}[{self._index(each)}] = {start}".replace("t + j", "j")]
        end = self.depth
        if self.nest.lanes:
            end -= 1
            if out.steps[-1]:
                lines = ["for j in range(n):", *indented(lines)]
        for k in range(end - 1, -1, -1):
            if each.moves(k):
                lines = [f"for i{k} in range({self._length(lengths[k])}):", *indented(lines)]
        return lines

    # --- Loops --------------------------------------------------------------------------------------------------------

    def _over_elements(self) -> list[str]:
        """Return the loops of a nest without samples."""
        body = [
            *self.before[self.depth],
            *self.body,
            *self._stored(),
        ]
        if not self.sums:
            return self._in_loops(0, self.depth, body)
        last = self.depth - 1
        before = [f"{each.name} = {each.start}" for each in self.sums]
        body += [f"{each.name} = {_joined(each, each.x)}" for each in self.sums]
        after = [self._added(each) for each in self.sums]
        return self._in_loops(0, last, [*before, *self._in_loops(last, self.depth, body), *after])

    def _added(self, each: Sum) -> str:
        place = self._place(each.out)
        return f"{place} = {each.text.format(place, each.name)}"

    def _stored(self) -> list[str]:
        return [f"{self._place(access)} = {name}" for name, access in self.stores]

    def _over_tiles(self) -> None:
        """Write a nest of which each sample is one element."""
        # A sum for each place in the tile, so that a compiler can compute several at the same time.
        first, count = self.data.sums, len(self.sums)
        self.data.sums += count * self.times
        inner = self.loads + self.body + self._stored()
        for k, each in enumerate(self.sums):
            row = f"{_parts(each)}[{_row(first + k, count if self.times > 1 else 0)}]"
            inner.append(f"{row} = {each.text.format(row, each.x)}")
            self.first += ["for j in range(TILE):", f"    {row} = {each.start}"]
            self.end += [f"{each.name} = {each.start}", "for j in range(TILE):",
                         f"    {each.name} = {_joined(each, row)}",
                         f"{self._place(each.out)} = {each.name}"]  # fmt: skip
        self.begin = self.first
        if self.times > 1:
            self.begin, self.end = (
                [f"for r in range({self.times}):", *indented(x)] if x else [] for x in (self.begin, self.end)
            )
        self.inner = [*self.before[0], *self.before[1], "for j in range(m):", *indented(inner)]

    def _over_samples(self) -> list[str]:
        """Return the loops of a nest whose last axis is that of the samples, and which has others."""
        outer, first = self.depth - 1, self.data.sums
        inner = self.loads + self.body + self._stored()
        self.data.sums += len(self.sums)
        sums = [(each, f"{_parts(each)}[{_row(first + k)}]") for k, each in enumerate(self.sums)]
        inner += [f"{row} = {each.x}" for each, row in sums]
        body = [*self.before[outer], *self.before[self.depth], "for j in range(m):", *indented(inner)]
        for each, row in sums:
            body += [f"{each.name} = {each.start}", "for j in range(m):",
                     f"    {each.name} = {_joined(each, row)}", self._added(each)]  # fmt: skip
        return tiles(self._in_loops(0, outer, body))

    def _in_loops(self, begin: int, end: int, body: list[str]) -> list[str]:
        """Return lines in the loops over some axes."""
        for k in range(end - 1, begin - 1, -1):
            body = [*self.before[k], f"for i{k} in range({self._length(self.nest.shape[k])}):", *indented(body)]
        return body

    def _first(self, place: int) -> str:
        """Return the text for the place of a first number: a literal for rows of samples."""
        return str(place) if self.nest.lanes else self.data.place(place)

    def _length(self, count: int) -> str:
        """Return the text for the number of turns of a loop."""
        return str(count) if count <= SHORT or self.nest.lanes else self.data.place(count)

    def _place(self, access: Access) -> str:
        """Return the element at the place of an access."""
        return f"{self._row(access)}[{self._index(access)}]"

    def _row(self, access: Access) -> str:
        """Return the name of the row of an access."""
        self.data.block(access.block)
        if access not in self.used:
            self.used.append(access)
        return f"r{self.number}_{self.used.index(access)}"

    def _index(self, access: Access) -> str:
        """Return the place of an element in its block."""
        lane = self.nest.lanes and access.steps[-1] != 0
        unit = self.samples if lane else 1
        turned, beside = self.data.turned(access, unit)
        terms = [self._first(access.first // unit)]
        if turned:
            terms.append(turned)
        if access.table:
            table = self.data.table([k // unit for k in access.table])
            if table not in self.tables:
                self.tables.append(table)
            terms.append(f"r{self.number}_{table}[i0]")
        for k, step in enumerate(access.steps[: -1 if lane else None]):
            if step:
                terms.append(f"i{k}" if step == unit else f"{step // unit} * i{k}")
        text = " + ".join(terms)
        if lane:
            text = f"({text}) * n + t + j" if len(terms) > 1 else f"{text} * n + t + j"
        return f"{beside} + {text}" if beside else text


def _parts(each: Sum) -> str:
    """Return the name of the parts of a sum, one for each place in a tile."""
    return f"t{each.name[1:]}"


def _joined(each: Sum, x: str) -> str:
    """Return the text that combines a reduction so far with a number of a loop; a sum may be in any order."""
    return f"plus({each.name}, {x})" if each.text == SUM else each.text.format(each.name, x)


def is_tiled(nest: Nest) -> bool:
    """True if each sample is one element."""
    return nest.lanes and len(nest.shape) == 1


def tiles(lines: Sequence[str]) -> list[str]:
    """Return lines in the loop over the tiles."""
    return ["for t in range(0, n, TILE):", "    m = min(TILE, n - t)", *indented(lines)]


def _row(k: int, apart: int = 0) -> str:
    """The place of a sample in a row of sums, of which each step of a loop has so many."""
    if apart:
        return f"({k} + {apart} * r) * TILE + j"
    return f"{k} * TILE + j" if k else "j"


def indented(lines: Sequence[str]) -> list[str]:
    """Return lines inside a block."""
    return [f"    {line}" for line in lines]


def _number(x: float) -> str:
    if math.isfinite(x):
        return repr(x) if math.copysign(1, x) > 0 else f"({x!r})"
    return "nan" if x != x else "inf" if x > 0 else "(-inf)"
