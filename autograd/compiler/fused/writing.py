"""Nests of loops as text: one function for the nests between two calls.

    def kernel(n, at):                          n samples; where the blocks of memory are, and their sizes
        b0 = numbers(at[0], at[1])
        …
        r0 = row(b0, 0, 0, 3)                   loop 0: the first of three accesses that have no number in common
        r1 = row(b1, 0, 1, 3)
        r2 = row(b0, 0, 2, 3)
        for t in range(0, n, TILE):             so many samples at a time
            m = min(TILE, n - t)
            w0 = r1[7]                          the same for all samples
            for j in range(m):
                x0 = r0[3 * n + t + j]
                x1 = x0 * w0
                r2[4 * n + t + j] = x1

A compiler is told that the accesses of a loop do not overlap, and so computes several samples with one instruction.
"""

from __future__ import annotations

import math
from collections.abc import Container, Sequence
from typing import NamedTuple

from .accesses import Access
from .modules import TILE
from .nests import Nest
from .statements import Statement

__all__ = ["Kernel", "written"]


class Kernel:
    """The text of a function, and the blocks and tables that it takes.

    Attributes
    ----------
    text : str
        The function.
    blocks : list of int
        The numbers of the blocks, in the order of their addresses.
    tables : list of tuple of int
        The tables of places, whose addresses follow.
    """

    def __init__(self, booleans: Container[int]) -> None:
        self.booleans = booleans
        self.text = ""
        self.blocks: list[int] = []
        self.tables: list[tuple[int, ...]] = []
        self.sums = 0  # the most sums over samples of a nest
        self.nests = 0


class Sum(NamedTuple):
    """A reduction along the innermost axis: the variable and the place of the result, the text, the start, the term."""

    name: str
    out: Access
    text: str
    start: str
    x: str


def written(nests: Sequence[tuple[Nest, set[Access]]], samples: int | None, booleans: Container[int]) -> Kernel:
    """Return nests as a function.

    Parameters
    ----------
    nests : sequence of (Nest, set of Access)
        The nests, each with its results that are to be stored.
    samples : int or None
        The number of samples.
    booleans : container of int
        The blocks of truth values.
    """
    kernel = Kernel(booleans)
    lines: list[str] = []
    for nest, kept in nests:
        lines += _Loop(kernel, nest, kept, samples or 1).lines()
        kernel.nests += 1
    kinds = [(f"b{k}", "truths" if block in booleans else "numbers") for k, block in enumerate(kernel.blocks)]
    kinds += [(f"q{k}", "integers") for k in range(len(kernel.tables))]
    head = ["def kernel(n, at):"]
    head += [f"    {name} = {kind}(at[{2 * k}], at[{2 * k + 1}])" for k, (name, kind) in enumerate(kinds)]
    if kernel.sums:
        head.append(f"    sums = room({TILE * kernel.sums})")
    kernel.text = "\n".join(head + [f"    {line}" for line in lines]) + "\n"
    return kernel


class _Loop:
    """The text of one nest."""

    def __init__(self, kernel: Kernel, nest: Nest, kept: set[Access], samples: int) -> None:
        self.kernel, self.nest, self.kept, self.samples = kernel, nest, kept, samples
        self.names: dict[Access, str] = {}  # the variable that has the number at a place
        self.depth = len(nest.shape)
        self.first: list[str] = []  # before all loops
        self.before: list[list[str]] = [[] for _ in range(self.depth + 1)]  # before each loop, inside those around it
        self.body: list[str] = []
        self.loads: list[str] = []  # numbers of each sample
        self.rows: list[Access] = []
        self.stores: list[tuple[str, Access]] = []  # variables that are stored, and the places
        self.sums: list[Sum] = []  # reductions along the innermost axis
        self.count = 0

    def lines(self) -> list[str]:
        nest = self.nest
        for statement in self._needed():
            read = [self._read(x) if isinstance(x, Access) else _number(x) for x in statement.inputs]
            name = self._name("x")
            self.body.append(f"{name} = {(statement.term if statement.start else statement.text).format(*read)}")
            if statement.start:
                self._accumulate(statement, name)
            else:
                self.names[statement.out] = name
        self.stores += [(self.names[access], access) for access in nest.writes if access in self.kept - nest.totals]
        lines = [*self.first, *(self._over_samples() if nest.lanes else self._over_elements())]
        blocks, count = self.kernel.blocks, len(self.rows)
        rows = [
            f"r{k} = row(b{blocks.index(access.block)}, {self.kernel.nests}, {k}, {count})"
            for k, access in enumerate(self.rows)
        ]
        return rows + lines

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
        return f"{letter}{self.count - 1}"

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
        lines = [f"{self._place(out).replace('t + j', 'j')} = {start}"]
        end = self.depth
        if self.nest.lanes:
            end -= 1
            if out.steps[-1]:
                lines = ["for j in range(n):", *_in(lines)]
        for k in range(end - 1, -1, -1):
            if out.moves(k):
                lines = [f"for i{k} in range({self.nest.shape[k]}):", *_in(lines)]
        return lines

    # --- Loops --------------------------------------------------------------------------------------------------------

    def _over_elements(self) -> list[str]:
        """Return the loops of a nest without samples."""
        body = [
            *self.before[self.depth],
            *self.body,
            *(f"{self._place(access)} = {name}" for name, access in self.stores),
        ]
        if not self.sums:
            return self._in_loops(0, self.depth, body)
        last = self.depth - 1
        before = [f"{each.name} = {each.start}" for each in self.sums]
        body += [f"{each.name} = {each.text.format(each.name, each.x)}" for each in self.sums]
        after = [self._added(each) for each in self.sums]
        return self._in_loops(0, last, [*before, *self._in_loops(last, self.depth, body), *after])

    def _added(self, each: Sum) -> str:
        place = self._place(each.out)
        return f"{place} = {each.text.format(place, each.name)}"

    def _over_samples(self) -> list[str]:
        """Return the loops of a nest whose last axis is that of the samples."""
        outer = self.depth - 1
        inner = self.loads + self.body + [f"{self._place(access)} = {name}" for name, access in self.stores]
        self.kernel.sums = max(self.kernel.sums, len(self.sums))
        sums = [(each, f"sums[{_row(k)}]") for k, each in enumerate(self.sums)]
        inner += [f"{row} = {each.x if outer else each.text.format(row, each.x)}" for each, row in sums]
        body = [*self.before[outer], *self.before[self.depth], "for j in range(m):", *_in(inner)]
        begin, end = [], []
        for each, row in sums:
            total = [f"{each.name} = {each.start}", f"for j in range({'m' if outer else 'TILE'}):",
                     f"    {each.name} = {each.text.format(each.name, row)}"]  # fmt: skip
            if outer:
                body += [*total, self._added(each)]
            else:  # a sum for each place in the tile, so that a compiler can compute several at the same time
                begin += ["for j in range(TILE):", f"    {row} = {each.start}"]
                end += [*total, f"{self._place(each.out)} = {each.name}"]
        before, self.before[0] = (self.before[0], []) if outer else ([], self.before[0])
        tiles = ["for t in range(0, n, TILE):", "    m = min(TILE, n - t)", *_in(self._in_loops(0, outer, body))]
        return [*before, *begin, *tiles, *end]

    def _table(self, numbers: Sequence[int]) -> str:
        """Return the name of a table of numbers."""
        table = tuple(numbers)
        if table not in self.kernel.tables:
            self.kernel.tables.append(table)
        return f"q{self.kernel.tables.index(table)}"

    def _in_loops(self, begin: int, end: int, body: list[str]) -> list[str]:
        """Return lines in the loops over some axes."""
        for k in range(end - 1, begin - 1, -1):
            body = [*self.before[k], f"for i{k} in range({self.nest.shape[k]}):", *_in(body)]
        return body

    def _place(self, access: Access) -> str:
        """Return the element at the place of an access."""
        lane = self.nest.lanes and access.steps[-1] != 0
        unit = self.samples if lane else 1
        terms = [f"{access.first // unit}"] if access.first or not any(access.steps) else []
        if access.table:
            terms.append(f"{self._table([k // unit for k in access.table])}[i0]")
        for k, step in enumerate(access.steps[: -1 if lane else None]):
            if step:
                terms.append(f"i{k}" if step == unit else f"{step // unit} * i{k}")
        if access.block not in self.kernel.blocks:
            self.kernel.blocks.append(access.block)
        text = " + ".join(terms)
        if lane:
            before = f"({text}) * n + " if len(terms) > 1 else f"{text} * n + " if terms else ""
            text = f"{before}t + j"
        if access not in self.rows:
            self.rows.append(access)
        return f"r{self.rows.index(access)}[{text}]"


def _row(k: int) -> str:
    """The place of a sample in a row of sums."""
    return f"{k} * TILE + j" if k else "j"


def _in(lines: Sequence[str]) -> list[str]:
    return [f"    {line}" for line in lines]


def _number(x: float) -> str:
    if math.isfinite(x):
        return repr(x) if math.copysign(1, x) > 0 else f"({x!r})"
    return "nan" if x != x else "inf" if x > 0 else "(-inf)"
