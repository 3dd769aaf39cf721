"""The calls of a pass as nests, products and calls, in which repeated steps are a loop.

    h1 = W h0; y1 = tanh(h1)                    for r in range(3):
    h2 = W y1; y2 = tanh(h2)                        h[r + 1] = W y[r]
    h3 = W y2; y3 = tanh(h3)                        y[r + 1] = tanh(h[r + 1])

Steps are equal if they do the same with numbers at other places. The places of a step are written down as distances
from those of the first step, so that one text does all steps, and is compiled once.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from copy import copy
from itertools import pairwise
from typing import Any

import numpy as np

from .accesses import Access, Memory, places
from .nests import Extent, Nest, Opaque, extent_of, union
from .products import Product, product_of
from .repeats import Repeat, repeated
from .statements import Statement, Statements, term_of

__all__ = ["Item", "Loop", "arranged"]

REACH = 24  # nests and calls that a statement may pass by
NARROW = 4  # the most columns that become statements each
MANY = 16  # the fewest rows that are worth it

Element = Statement | Opaque
Span = tuple[int, int]  # the addresses of the first byte and of the one after the last


class Loop:
    """Equal steps, one after the other.

    Attributes
    ----------
    times : int
        The number of steps.
    items : list of (Nest or Product)
        Those of a step.
    step : int
        The plan of the first step.
    reach : dict
        For each access its extents in all steps together.
    touched : list of Extent
        Those of all accesses.
    opaque : list of Product
        The products of all steps.
    """

    def __init__(self, elements: list[list[Element]], made: _Arranger) -> None:
        self.times, self._memory = len(elements), made.memory
        self.step = elements[0][0].step
        self.opaque = [each for row in elements for each in row if isinstance(each, Opaque)]
        self._at = [_accesses(each) for each in elements]
        firsts = {access: k for k, access in enumerate(self._at[0])}
        self._moved: list[Access] = []
        for k, access in enumerate(self._at[0]):
            turns = tuple(made.memory.apart(access, row[k]) or 0 for row in self._at)
            self._moved.append(access._replace(turns=turns) if any(turns) else access)
        moved = {access: self._moved[k] for access, k in firsts.items()}
        self.items = made.nested([_with(each, moved) for each in elements[0]])
        shapes: dict[Access, tuple[tuple[int, ...], bool]] = {}
        for access, (shape, lanes) in zip(
            _listed(elements[0]), (each for element in elements[0] for each in _shapes(element)), strict=True
        ):
            before = shapes.get(access, (shape, lanes))  # nests of several lengths may begin at the same place
            shapes[access] = tuple(map(max, before[0], shape)), before[1] and lanes
        self._ranges = {
            moved[access]: [extent_of(row[k], *shapes[access]) for row in self._at] for access, k in firsts.items()
        }
        self.reach = {access: union(extents) for access, extents in self._ranges.items()}
        self.touched = [each for extents in self.reach.values() for each in extents]

    def meets(self, extent: Extent) -> bool:
        """True if a step may read or write these places."""
        return any(each.meets(extent) for each in self.touched)

    def extents(self, access: Access) -> list[Extent]:
        """Return the extent of an access in each step."""
        return self._ranges[access]

    def is_anew(self, access: Access) -> bool:
        """True if an access is to other places in each step."""
        places_of = [(each.block, each.low) for each in self._ranges[access]]
        return len(set(places_of)) == self.times

    def part(self, items: list[Any]) -> Loop:
        """Return the loop with some of the items of a step."""
        other = copy(self)
        other.items = items
        accesses = {x for item in items for x in (*item.reads, *item.writes)}
        other.touched = [each for x in accesses for each in self.reach[x]]
        return other

    def is_sound(self) -> bool:
        """True if in all steps the same accesses have places in common as in the first one."""
        writes = {out for item in self.items for out in _written(item)}
        spans = {access: np.array([self._span(each) for each in found]) for access, found in self._ranges.items()}
        for out in writes:
            for access, own in spans.items():
                if access == out or access.turns == out.turns:
                    continue
                low, high = spans[out].T
                meet = (own[:, 0] < high) & (low < own[:, 1])
                if meet.any():
                    return False
        return True

    def crossing(self) -> set[Access]:
        """Return the results of nests that other nests of a step read, or other steps, as far as the spans tell."""
        reads = []
        for k, item in enumerate(self.items):
            for access in item.reads if isinstance(item, Nest) else item.accesses[:2]:
                reads += [(*self._span(each), r, k) for r, each in enumerate(self._ranges[access])]
        if not reads:
            return set()
        reads.sort()
        table = np.array(reads)
        widest = int((table[:, 1] - table[:, 0]).max())
        found: set[Access] = set()
        for k, item in enumerate(self.items):
            if not isinstance(item, Nest):
                continue
            for out in item.writes:
                for r, each in enumerate(self._ranges[out]):
                    low, high = self._span(each)
                    begin, end = np.searchsorted(table[:, 0], (low - widest, high))
                    part = table[begin:end]
                    part = part[part[:, 1] > low]
                    if ((part[:, 2] != r) | (part[:, 3] != k)).any():
                        found.add(out)
                        break
        return found

    def _span(self, extent: Extent) -> Span:
        begin, size = self._memory.address(extent.block), self._memory.blocks[extent.block].itemsize
        return begin + size * extent.low, begin + size * (extent.high + 1)


Item = Nest | Opaque | Loop


def _written(item: Any) -> Iterable[Access]:
    return item.writes if isinstance(item, Nest) else item.accesses[2:]


def _listed(elements: Iterable[Any]) -> list[Access]:
    """Return the accesses of elements, as often as they occur."""
    found: list[Access] = []
    for each in elements:
        inputs = (each.out, *each.inputs) if isinstance(each, Statement) else each.accesses
        found += [x for x in inputs if isinstance(x, Access)]
    return found


def _accesses(elements: Iterable[Any]) -> list[Access]:
    """Return the accesses of elements, each once."""
    return list(dict.fromkeys(_listed(elements)))


def _shapes(each: Any) -> list[tuple[tuple[int, ...], bool]]:
    """Return for each access of an element its shape, and if the last axis is that of the samples."""
    if isinstance(each, Statement):
        return [(each.shape, each.lanes)] * (1 + sum(isinstance(x, Access) for x in each.inputs))
    return list(each.shapes)


def _with(each: Any, moved: dict[Access, Access]) -> Any:
    """Return an element with other accesses."""
    if isinstance(each, Statement):
        inputs = tuple(moved[x] if isinstance(x, Access) else x for x in each.inputs)
        return each._replace(out=moved[each.out], inputs=inputs)
    return each.at(tuple(moved[x] for x in each.accesses))


def arranged(calls: Iterable[Any], ends: Sequence[int], memory: Memory, samples: int | None) -> list[Item]:
    """Return calls as nests, products and loops, and as calls that stay.

    Parameters
    ----------
    calls : iterable of callable
        The calls.
    ends : sequence of int
        The numbers of calls until the end of each plan.
    memory : Memory
        Finds the places of arrays.
    samples : int or None
        The number of samples.
    """
    made = _Arranger(memory)
    elements: list[Any] = []
    statements_of = Statements(memory, samples)
    step = 0
    for k, call in enumerate(calls):
        while step < len(ends) and ends[step] <= k:
            step += 1
        statements = statements_of.of(call, step)
        if statements is None or made.overlap(statements):
            elements.append(product_of(call, step, memory, samples) or Opaque(call, step, memory))
        else:
            before = elements[-1] if elements else None
            elements += [_divided(each, before) for each in statements]
    return made.nested(made.rolled(_in_columns(elements)))


class _Arranger:
    """Puts statements into nests, and repeated steps into loops."""

    def __init__(self, memory: Memory) -> None:
        self.memory = memory
        self._extents: dict[Any, Extent] = {}

    def overlap(self, statements: Sequence[Statement]) -> bool:
        """True if a call reads numbers that it also writes, as other elements: numpy copies them first."""
        writes = [(each.out, self._extent(each.out, each)) for each in statements]
        return any(
            read != out and self._extent(read, each).meets(write)
            for each in statements
            for read in each.inputs
            if isinstance(read, Access)
            for out, write in writes
        )

    def rolled(self, elements: list[Any]) -> list[Any]:
        """Return elements with the repeated steps among them as loops."""
        found: list[Any] = []
        end = 0
        for repeat in repeated([self._kind(k, each) for k, each in enumerate(elements)]):
            loop, begin, after = self._loop(elements, repeat)
            if loop is not None:
                found += [*elements[end:begin], loop]
                end = after
        return found + elements[end:]

    def _loop(self, elements: list[Any], repeat: Repeat) -> tuple[Loop | None, int, int]:
        """Return the longest run of equal steps of a repeat as a loop, and where it begins and ends."""
        steps = [
            elements[k : k + repeat.length]
            for k in range(repeat.begin, repeat.begin + repeat.length * repeat.times, repeat.length)
        ]
        codes = [_structure(step) for step in steps]
        edges = [0, *(k for k in range(1, len(codes)) if codes[k] != codes[k - 1]), len(codes)]
        first, last = max(pairwise(edges), key=lambda each: each[1] - each[0])
        if last - first < 3:
            return None, 0, 0
        rows = [_accesses(step) for step in steps[first:last]]
        if any(self.memory.apart(x, y) is None for row in rows for x, y in zip(rows[0], row, strict=True)):
            return None, 0, 0
        loop = Loop(steps[first:last], self)
        begin = repeat.begin + first * repeat.length
        return (loop if loop.is_sound() else None), begin, begin + (last - first) * repeat.length

    def _kind(self, k: int, each: Any) -> object:
        """Return what equal elements have in common; a call that stays equals no other."""
        if isinstance(each, Product):
            return each.function, each.sizes
        if isinstance(each, Opaque):
            return k
        inputs = tuple(_form(x) if isinstance(x, Access) else repr(x) for x in each.inputs)
        return each.shape, each.lanes, each.text, each.start, each.term, _form(each.out), inputs

    def nested(self, elements: Iterable[Any]) -> list[Any]:
        """Return elements with the statements among them in nests."""
        found: list[Any] = []
        for each in elements:
            if isinstance(each, Statement):
                self._place(found, each)
            else:
                found.append(each)
        return found

    def _place(self, found: list[Any], statement: Statement) -> None:
        """Add a statement to the latest nest that takes it, or to a new one."""
        reads = [(x, self._extent(x, statement)) for x in statement.inputs if isinstance(x, Access)]
        write = self._extent(statement.out, statement)
        for item in found[: -REACH - 1 : -1]:
            if not isinstance(item, Nest):
                if any(item.meets(extent) for _, extent in reads) or item.meets(write):
                    break
                continue
            if item.takes(statement, reads, write):
                item.add(statement, reads, write)
                return
            if item.conflicts(reads, write):
                break
        nest = Nest(statement)
        nest.add(statement, reads, write)
        found.append(nest)

    def _extent(self, access: Access, statement: Statement) -> Extent:
        key = access, statement.shape, statement.lanes
        if key not in self._extents:
            self._extents[key] = extent_of(*key)
        return self._extents[key]


def _divided(statement: Statement, before: Any) -> Statement:
    """Return a statement along one axis along those of the statement before, if it reads the result of that."""
    shape = before.shape if isinstance(before, Statement) else ()
    if statement.lanes or statement.start or len(shape) < 2 or statement.shape != (math.prod(shape),):
        return statement
    units = [math.prod(shape[k + 1 :]) for k in range(len(shape))]
    given: list[Any] = [statement.out, *statement.inputs]
    out, *inputs = [
        x._replace(steps=tuple(x.steps[0] * unit for unit in units)) if isinstance(x, Access) else x for x in given
    ]
    if before.out not in inputs or any(x.table for x in (out, *inputs) if isinstance(x, Access)):
        return statement
    return statement._replace(shape=shape, out=out, inputs=tuple(inputs))


def _in_columns(elements: list[Any]) -> list[Any]:
    """Return elements with statements about rows of few numbers as one for each column, if they meet others about rows.

        y[i] = sum of x[i, k] over k            y[i] = x[i, 0] + x[i, 1] + x[i, 2]

    So they join the nests of those about rows, such as of distances from differences of coordinates.
    """
    widths: dict[int, int] = {}
    for each in elements:
        if isinstance(each, Statement) and not each.lanes and len(each.shape) == 2:
            rows, width = each.shape
            if 1 < width <= NARROW and rows >= MANY and not all(x.moves(1) for x in _listed([each])):
                widths[rows * width] = width
    return [part for each in elements for part in _columns(each, widths)] if widths else elements


def _columns(each: Any, widths: dict[int, int]) -> list[Any]:
    """Return a statement as one for each column, if it is about all numbers of rows of a known length."""
    size = math.prod(each.shape) if isinstance(each, Statement) and not each.lanes else 0
    width = widths.get(size, 0)
    if not width or each.shape not in ((size,), (size // width, width)):
        return [each]
    shape = (size // width,)
    found = [
        each._replace(shape=shape, out=_column(each.out, k, width),
                      inputs=tuple(_column(x, k, width) if isinstance(x, Access) else x for x in each.inputs))
        for k in range(width)
    ]  # fmt: skip
    if each.start and len(each.shape) == 2 and not each.out.moves(1):
        return [term_of(each, own, bool(k)) for k, own in enumerate(found)] if each.out.moves(0) else [each]
    written = [place for own in found for place in places(own.out, shape).tolist()]
    return found if len(written) == len(set(written)) else [each]


def _column(x: Access, k: int, width: int) -> Access:
    """Return a column of the places of rows, which may be given one after the other."""
    if len(x.steps) == 2:
        return x._replace(first=x.first + k * x.steps[1], steps=x.steps[:1])
    if x.table:
        return x._replace(first=x.first + x.table[k], table=tuple(each - x.table[k] for each in x.table[k::width]))
    return x._replace(first=x.first + k * x.steps[0], steps=(width * x.steps[0],))


def _form(access: Access) -> object:
    return access.steps, access.table


def _structure(step: Sequence[Any]) -> list[int]:
    """Return for each access of a step the number of the first access to the same places."""
    numbers: dict[Access, int] = {}
    return [numbers.setdefault(access, len(numbers)) for access in _listed(step)]
