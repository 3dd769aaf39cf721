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

A kernel may also be given its blocks, as arrays: ``def kernel(n, at, a0, a1)``.

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
        lines: list[str] = []
        room = 0
        for run in _in_tiles(part for item in items for part in _divided(*item)):
            lines += self._tiled(run) if run[0][2] else self._plain(*run[0][:2])
            room, self.sums = max(room, self.sums), 0
        kinds = [(f"b{k}", "truths" if block in booleans else "numbers") for k, block in enumerate(self.blocks)]
        head: list[str] = []
        given: list[str] = []
        if axes is not None:
            head = [f"{name} = {kind}(a{k}.ctypes.data, a{k}.size)" for k, (name, kind) in enumerate(kinds)]
            given = [
                f'"{kind}[{", ".join(":" * axes[block])}]"' for (_, kind), block in zip(kinds, self.blocks, strict=True)
            ]
            kinds = []
        kinds += [(f"q{k}", "integers") for k in range(len(self.tables))]
        head += found_at(kinds)
        head += [f"{name} = at[{2 * len(kinds) + k}]" for k, name in enumerate(self.functions)]
        if room:
            head.append(f"sums = room({TILE * room})")
        taken = ", ".join(["n", "at", *(f"a{k}" for k in range(len(given)))])
        kernel = "\n".join([f"@function({', '.join(given)})", f"def kernel({taken}):", *indented(head + lines)])
        self.text = "\n\n\n".join([*self._steps, kernel]) + "\n"

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
        return self._product(item) if isinstance(item, Product) else Body(self, item, kept, self.samples).lines()

    def _called(self, times: int, given: list[str], lines: Sequence[str]) -> list[str]:
        """Write the step of a loop, and return the loop."""
        text = "\n".join(indented(["apart()", *lines]))
        names = sorted(set(re.findall(r"\b(?:b\d+|q\d+|sums|dgem[mv])\b", text)))
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
        _meet(places, [each for nest, _ in rest for x in nest.writes for each in item.reach[x]])
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
