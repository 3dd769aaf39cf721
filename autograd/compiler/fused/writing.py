"""Nests, products and loops as text: one function for those between two calls, and one for the steps of each loop.

    @step
    def step0(r, n, b0, b1, q0, dgemv):     a step of a loop
        apart()
        product_v(dgemv, b0, b1, b1, q0, 0, q1[r], q2[r])
        ...

    def kernel(n, at):                      n samples; where the blocks of memory are, and their sizes
        b0 = numbers(at[0], at[1])
        ...
        for t in range(0, n, TILE):         so many samples at a time
            m = min(TILE, n - t)
            ...                             nests
        for r in range(24):
            step0(r, n, b0, b1, q0, dgemv)

Nests of which there are many are functions of their own (`Apart`). A kernel may also be given its blocks, as arrays:
``def kernel(n, at, a0, a1)``.

The steps of a loop are a function of their own, of which no call is replaced by its text: what a compiler is told about
the places of a nest is true in each step by itself, and not of several.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Iterator, Sequence
from typing import Any

from .accesses import Access
from .bodies import Body, Data, indented, is_tiled, tiles
from .loops import Item, Loop
from .modules import TILE, found_at
from .nests import Extent, Nest
from .products import Product, addresses

__all__ = ["written"]

NAMES = r"\b(?:b\d+|q\d+|sums|places|dgem[mv])\b"  # of the data of a kernel
TOGETHER = 12  # nests of a kernel: of more, each is a function of its own
SUMS = 256  # the most sums over samples that a loop has in a tile

Kept = tuple[Item, Any]


class _Kernel(Data):
    """A kernel that is being written.

    Attributes
    ----------
    text : str
        The functions.
    """

    def __init__(
        self, items: Sequence[Kept], samples: int, booleans: Container[int], axes: Sequence[int] | None
    ) -> None:
        super().__init__(booleans)
        self.samples = samples
        self._steps: list[str] = []
        alone = [item for item, _ in items if isinstance(item, Nest) and not is_tiled(item)]
        apart = Apart(self) if axes is None and len(alone) > TOGETHER else None
        lines: list[str] = []
        room = 0
        for run in _in_tiles(part for item in items for part in _divided(*item)):
            item, kept, tiled = run[0]
            if apart and not tiled and isinstance(item, Nest):
                apart.add(item, kept)
                continue
            lines += apart.calls() if apart else []
            lines += self._tiled(run) if tiled else self._plain(item, kept)
            room, self.sums = max(room, self.sums), 0
        if apart:
            lines += apart.calls()
            room = max(room, apart.sums)
        placed = [f"places = {self.table(self.places)}", *(apart.tables() if apart else [])]
        kinds = [(f"b{k}", self.kind(block)) for k, block in enumerate(self.blocks)]
        head: list[str] = []
        given: list[str] = []
        if axes is not None:
            head = [f"{name} = {kind}(a{k}.ctypes.data, a{k}.size)" for k, (name, kind) in enumerate(kinds)]
            given = [
                f'"{kind}[{", ".join(":" * axes[block])}]"' for (_, kind), block in zip(kinds, self.blocks, strict=True)
            ]
            kinds = []
        kinds += [(f"q{k}", "integers") for k in range(len(self.tables))]
        named = {*re.findall(NAMES, "\n".join([*lines, *placed]))}
        head += [line for line, (name, _) in zip(found_at(kinds), kinds, strict=True) if name in named] + placed
        head += [f"{name} = at[{2 * len(kinds) + k}]" for k, name in enumerate(self.functions)]
        if room or apart:
            head.append(f"sums = room({TILE * max(room, 1)})")
        taken = ", ".join(["n", "at", *(f"a{k}" for k in range(len(given)))])
        kernel = "\n".join([f"@function({', '.join(given)})", f"def kernel({taken}):", *indented(head + lines)])
        nests = apart.functions() if apart else []
        self.text = "\n\n\n".join([*nests, *self._steps, kernel]) + "\n"

    @property
    def addresses(self) -> list[int]:
        """The addresses of the functions that it calls."""
        return [addresses()[name] for name in self.functions]

    def _tiled(self, run: Sequence[tuple[Any, Any, bool]]) -> list[str]:
        """Return nests and loops of which each sample is one element, tile by tile."""
        rows, begin, inner, end = [], [], [], []
        for item, kept, _ in run:
            if isinstance(item, Loop):
                bodies = [
                    Body(self, *pair, self.samples, item.times)
                    for pair in zip(item.items, kept, strict=True)
                    if pair[1]
                ]
                lines = [line for each in bodies for line in (*each.rows, *each.inner)]
                inner += self._called(item.times, ["r", "t", "m", "n"], lines)
                rows += [line for each in bodies if each.begin or each.end for line in each.rows]
            else:
                bodies = [Body(self, item, kept, self.samples)]
                rows += bodies[0].rows
                inner += bodies[0].inner
            begin += [line for each in bodies for line in each.begin]
            end += [line for each in bodies for line in each.end]
        return [*rows, *begin, *tiles(inner), *end]

    def _plain(self, item: Any, kept: Any) -> list[str]:
        """Return any other item."""
        if isinstance(item, Loop):
            pairs = zip(item.items, kept, strict=True)
            needed = [self._plain(*pair) for pair in pairs if pair[1] or isinstance(pair[0], Product)]
            lines = [line for each in needed for line in each]
            return self._called(item.times, ["r", "n"], lines)
        if isinstance(item, Product):
            return self._product(item)
        return Body(self, item, kept, self.samples).lines()

    def _called(self, times: int, given: list[str], lines: Sequence[str]) -> list[str]:
        """Write the step of a loop, and return the loop."""
        text = "\n".join(indented(["apart()", *lines]))
        names = sorted(set(re.findall(NAMES, text)))
        head = f"step{len(self._steps)}({', '.join(given + names)})"
        self._steps.append(f"@step\ndef {head}:\n{text}")
        return [f"for r in range({times}):", f"    {head}"]

    def _product(self, item: Product) -> list[str]:
        """Return a product of matrices."""
        if item.function not in self.functions:
            self.functions.append(item.function)
        blocks = [self.block(access.block) for access in item.accesses]
        turns = [f"{self.table(access.turns)}[r]" if access.turns else "0" for access in item.accesses]
        sizes = self.table((*item.sizes, *(access.first for access in item.accesses)))
        return [f"product_{item.function}({item.function}, {', '.join([*blocks, sizes, *turns])})"]


class Apart:
    """Nests as functions of their own, of which there is one for all nests that differ in places and lengths only.

        def nest0(n, at, of, k, sums):          of[k], of[k + 1], …: where the data of a nest has its blocks and tables
            b0 = numbers(at[of[k]], 0)
            places = integers(at[of[k + 1]], 0)
            ...

    A compiler takes a time for a text that grows faster than the text does, and it takes it for each function once.
    """

    def __init__(self, kernel: _Kernel) -> None:
        self._kernel = kernel
        self._texts: dict[str, int] = {}
        self._nests: list[tuple[int, Data]] = []
        self._called = 0
        self.sums = 0

    def add(self, nest: Nest, kept: Any) -> None:
        """Add a nest, with its results that are to be stored."""
        data = Data(self._kernel.booleans)
        lines = Body(data, nest, kept, self._kernel.samples).lines()
        names = [(f"b{k}", data.kind(block)) for k, block in enumerate(data.blocks)]
        names += [*((f"q{k}", "integers") for k in range(len(data.tables))), ("places", "integers")]
        head = [f"{name} = {kind}(at[of[k + {k}]], 0)" for k, (name, kind) in enumerate(names)]
        text = "\n".join(indented(["apart()", *head, *lines]))
        for block in data.blocks:
            self._kernel.block(block)
        for table in (*data.tables, data.places):
            self._kernel.table(table)
        self._nests.append((self._texts.setdefault(text, len(self._texts)), data))
        self.sums = max(self.sums, data.sums)

    def calls(self) -> list[str]:
        """Return the loop that calls the nests that were added since it was asked for last."""
        begin, self._called = self._called, len(self._nests)
        if begin == self._called:
            return []
        first, last = self._kernel.place(begin), self._kernel.place(self._called)
        return [f"for k in range({first}, {last}):", "    nest(n, at, which[k], of, begins[k], sums)"]

    def tables(self) -> list[str]:
        """Return the lines that find the tables of the calls, which become the last ones of the kernel."""
        blocks, rows = self._kernel.blocks, len(self._kernel.blocks)
        tables = self._kernel.tables
        of: list[int] = []
        begins = []
        for _, data in self._nests:
            begins.append(len(of))
            of += [2 * blocks.index(block) for block in data.blocks]
            of += [2 * (rows + tables.index(table)) for table in (*data.tables, tuple(data.places))]
        named = {"which": [number for number, _ in self._nests], "begins": begins, "of": of}
        return [f"{name} = {self._kernel.table(numbers)}" for name, numbers in named.items()]

    def functions(self) -> list[str]:
        """Return the texts of the functions, and of the one that calls the function of a number."""
        given = "(n, at, of, k, sums)"
        found = [f"@step\ndef nest{number}{given}:\n{text}" for text, number in self._texts.items()]
        choice = [
            line
            for number in range(len(found))
            for line in (f"    {'el' if number else ''}if which == {number}:", f"        nest{number}{given}")
        ]
        return [*found, "\n".join(["@step", "def nest(n, at, which, of, k, sums):", *choice])]


def written(
    items: Sequence[Kept], samples: int | None, booleans: Container[int], axes: Sequence[int] | None = None
) -> _Kernel:
    """Return a kernel: its text, and the blocks, tables and functions that it takes.

    Parameters
    ----------
    items : sequence of (Nest, Product or Loop, object)
        The items, a nest with its results that are to be stored, a loop with those of each of its nests.
    samples : int or None
        The number of samples.
    booleans : container of int
        The blocks of truth values.
    axes : sequence of int or None
        For a kernel that is given its blocks as arrays, the number of axes of each block.
    """
    return _Kernel(items, samples or 1, booleans, axes)


def _in_tiles(items: Iterable[Kept]) -> Iterator[list[tuple[Item, Any, bool]]]:
    """Yield runs of items that can be done tile by tile, and each other item by itself; each with whether it is one.

    An item that cannot waits until the end of a run if what follows it has no place in common with it.
    """
    run: list[tuple[Item, Any, bool]] = []
    waiting: list[tuple[Item, Any, bool]] = []
    touched: list[Extent] = []  # by the run
    totals: list[Extent] = []  # its sums over all samples
    apart: list[Extent] = []  # places of what is waiting
    for item, kept in items:
        own, all_own = _totals(item), _extents(item)
        if is_tiled(item) if isinstance(item, Nest) else isinstance(item, Loop) and _is_tiled_loop(item):
            if run and (_meet(totals, all_own) or _meet(own, touched) or _meet(apart, all_own)):
                yield run
                yield from ([each] for each in waiting)
                run, waiting, touched, totals, apart = [], [], [], [], []
            run.append((item, kept, True))
            touched += all_own
            totals += own
        elif run:
            waiting.append((item, kept, False))
            apart += all_own
        else:
            yield [(item, kept, False)]
    if run:
        yield run
        yield from ([each] for each in waiting)


def _divided(item: Item, kept: Any) -> list[Kept]:
    """Return a loop as two, of which the first can be done tile by tile, if that is possible; and any other item."""
    if not isinstance(item, Loop):
        return [(item, kept)]
    pairs = list(zip(item.items, kept, strict=True))
    first = [pair for pair in pairs if isinstance(pair[0], Nest) and is_tiled(pair[0])]
    rest = [pair for pair in pairs if pair not in first]
    if not first or not rest or not all(isinstance(each, Nest) for each, _ in rest):
        return [(item, kept)]
    sums = {access for nest, _ in first for access in nest.totals if item.is_anew(access)}
    places = [each for nest, _ in first for x in (*nest.reads, *nest.writes) for each in item.reach[x]]
    written = [each for nest, _ in first for x in nest.writes if x not in sums for each in item.reach[x]]
    reads = {x for nest, _ in rest for x in nest.reads}
    if (
        _meet(places, [each for nest, stored in rest for x in stored | nest.totals for each in item.reach[x]])
        or _meet(written, [each for x in reads for each in item.reach[x]])
        or any(_meet(item.reach[x], item.reach[y]) for x in reads for y in sums if not _is_same(x, y))
    ):
        return [(item, kept)]
    return [(item.part([nest for nest, _ in part]), [each for _, each in part]) for part in (first, rest)]


def _is_same(one: Access, other: Access) -> bool:
    """True if two accesses to single numbers are to the same one in each step."""
    return one._replace(steps=()) == other._replace(steps=())


def _is_tiled_loop(loop: Loop) -> bool:
    """True if the steps can be done tile by tile, and none reads a sum over all samples."""
    if not all(isinstance(item, Nest) and is_tiled(item) for item in loop.items):
        return False
    totals = {access for item in loop.items for access in item.totals}
    return len(totals) * loop.times <= SUMS and not totals & loop.crossing()


def _totals(item: Any) -> list[Extent]:
    """Return the places of sums over all samples."""
    if isinstance(item, Nest):
        return [item.writes[access] for access in item.totals]
    if not isinstance(item, Loop):
        return []
    return [each for nest in item.items if isinstance(nest, Nest) for x in nest.totals for each in item.extents(x)]


def _extents(item: Any) -> Sequence[Extent]:
    if isinstance(item, Nest):
        return [*item.reads.values(), *item.writes.values()]
    found: Sequence[Extent] = item.touched if isinstance(item, Loop) else item.extents
    return found


def _meet(some: Sequence[Extent], others: Sequence[Extent]) -> bool:
    return any(one.meets(other) for one in some for other in others)
