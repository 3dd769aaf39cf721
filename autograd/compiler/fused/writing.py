"""Nests of loops as text: one function for the nests between two calls.

    def kernel(n, at):                                      n samples; where the blocks of memory are, and their sizes
        b0 = carray(pointer(at[0]), (at[1],), np.float64)   an array that begins at an address
        …
        tile = np.empty(TILE * 3)
        for t in range(0, n, TILE):                         so many samples at a time
            m = min(TILE, n - t)
            for j in range(m): tile[j] = b0[3 * n + t + j]                  read
            w0 = b1[7]                                      the same for all samples
            for j in range(m):
                x0 = tile[j]
                x1 = x0 * w0
                tile[TILE + j] = x1
            for j in range(m): b0[4 * n + t + j] = tile[TILE + j]           write

Between reading and writing, rows lie at constant distances in one array: a compiler sees that they do not overlap, and
computes several samples with one instruction.
"""

from __future__ import annotations

import math
from collections.abc import Container, Sequence
from typing import Any, NamedTuple

from .accesses import Access
from .nests import Nest
from .statements import Statement

__all__ = ["Kernel", "written"]

MANY = 3  # rows of a kind that are copied by one loop
DIRECT = 3  # accesses of a loop over samples that needs no tile


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
        self.rows = 0  # of the tile


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
    kinds = [(f"b{k}", "bool_" if block in booleans else "float64") for k, block in enumerate(kernel.blocks)]
    kinds += [(f"q{k}", "int64") for k in range(len(kernel.tables))]
    head = ["def kernel(n, at):"]
    for k, (name, kind) in enumerate(kinds):
        head.append(f"    {name} = carray(pointer(at[{2 * k}]), (at[{2 * k + 1}],), np.{kind})")
    if kernel.rows:
        head.append(f"    tile = np.empty(TILE * {kernel.rows})")
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
        self.staged: list[tuple[str, Access]] = []  # variables that have numbers of each sample, and their places
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
        return [*self.first, *(self._over_samples() if nest.lanes else self._over_elements())]

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
            self.staged.append((name, access))
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
        body = self.before[outer] + self.before[self.depth]
        if len(self.staged) + len(self.stores) <= DIRECT and not self.sums:
            inner = [f"{name} = {self._place(access)}" for name, access in self.staged] + self.body
            inner += [f"{self._place(access)} = {name}" for name, access in self.stores]
            looped = self._in_loops(0, outer, [*body, "for j in range(n):", *_in(inner)])
            return [line.replace("t + j", "j") for line in looped]
        stored = len(self.staged)
        summed = stored + len(self.stores)
        self.kernel.rows = max(self.kernel.rows, summed + len(self.sums))
        inner = [f"{name} = tile[{_row(k)}]" for k, (name, _) in enumerate(self.staged)] + self.body
        inner += [f"tile[{_row(k)}] = {name}" for k, (name, _) in enumerate(self.stores, stored)]
        sums = [(each, f"tile[{_row(k)}]") for k, each in enumerate(self.sums, summed)]
        inner += [f"{row} = {each.x if outer else each.text.format(row, each.x)}" for each, row in sums]
        body += self._moved([access for _, access in self.staged], 0, into=True)
        body += ["for j in range(m):", *_in(inner)]
        body += self._moved([access for _, access in self.stores], stored, into=False)
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

    def _moved(self, accesses: Sequence[Access], first: int, into: bool) -> list[str]:
        """Return the loops that copy rows of samples into the tile, or out of it; one for all rows of a kind."""
        kinds: dict[Any, list[int]] = {}
        for k, access in enumerate(accesses):
            kinds.setdefault((access.block, access.steps, access.table), []).append(k)
        lines = []
        for those in kinds.values():
            if len(those) < MANY:
                for k in those:
                    lines += [
                        "for j in range(m):",
                        _in([self._copy(self._place(accesses[k]), _row(first + k), into)])[0],
                    ]
                continue
            rows = self._table([n for k in those for n in (accesses[k].first // self.samples, first + k)])
            place = self._place(accesses[those[0]]._replace(first=0), f"{rows}[k]")
            loop = [
                "row = TILE * " + f"{rows}[k + 1]",
                "for j in range(m):",
                *_in([self._copy(place, "row + j", into)]),
            ]
            lines += [f"for k in range(0, {2 * len(those)}, 2):", *_in(loop)]
        return lines

    def _copy(self, place: str, row: str, into: bool) -> str:
        if into:
            return f"tile[{row}] = {place}"
        return f"{place} = tile[{row}]" + " != 0.0" * (place.partition("[")[0] in self._of_truth())

    def _of_truth(self) -> list[str]:
        """The names of the blocks of truth values."""
        return [f"b{k}" for k, block in enumerate(self.kernel.blocks) if block in self.kernel.booleans]

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

    def _place(self, access: Access, row: str = "") -> str:
        """Return the element at the place of an access, or in a row further on."""
        lane = self.nest.lanes and access.steps[-1] != 0
        unit = self.samples if lane else 1
        terms = [row] if row else [f"{access.first // unit}"] if access.first or not any(access.steps) else []
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
        return f"b{self.kernel.blocks.index(access.block)}[{text}]"


def _row(k: int) -> str:
    """The place of a sample in a row of the tile."""
    return f"{k} * TILE + j" if k else "j"


def _in(lines: Sequence[str]) -> list[str]:
    return [f"    {line}" for line in lines]


def _number(x: float) -> str:
    if math.isfinite(x):
        return repr(x) if math.copysign(1, x) > 0 else f"({x!r})"
    return "nan" if x != x else "inf" if x > 0 else "(-inf)"
