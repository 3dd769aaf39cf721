"""Why one number of an array's gradient is what it is: the sum over scalar products.

    z = x @ w       dL/dw[j, n]  =  Σᵢ  dL/dz[i, n] · x[i, j]
    z = w * s       dL/dw[j, n]  =  Σ   dL/dz[p] · s[p]          over all p to which broadcasting spread the entry

An operation that is none of these hands on one number, which is a term of its own.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Iterator, Sequence
from functools import reduce
from itertools import product
from typing import Any, NamedTuple

import numpy as np

from ..arrays.ops import ENTRY, GETITEM, MATMUL
from ..arrays.table import ArrayPrimitive
from ..arrays.tensor import Tensor
from ..core.tape import Node
from ..errors import InputTypeError, InputValueError
from ..programs.entry import Entry
from ..programs.listing import Program
from ..programs.lookup import entry_of
from ..stepping.passes import reverse
from ..stepping.records import Part, Step
from ..stepping.writing import Pen
from ..text.layout import at_point, ends, padded, table
from ..text.paper import ENDLESS, Paper, paper
from .uses import factor

__all__ = ["EntryExplanation", "Term", "entry_meant"]

FIRST, LAST = 10, 4  # terms that are shown; the middle is left out
Index = tuple[int, ...]


class Term(NamedTuple):
    """One product of numbers, or one number, that is part of a gradient.

    Attributes
    ----------
    entry : Entry
        The operation by which it comes about.
    factors : tuple of str
        What is multiplied, in the user's names.
    numbers : tuple of float
        The factors' numbers.
    product : float
        What it adds to the gradient.
    """

    entry: Entry
    factors: tuple[str, ...]
    numbers: tuple[float, ...]
    product: float


class EntryExplanation:
    """The derivative by one entry of an array as a sum over scalar terms; ``print`` shows it.

    Made by `explain`.

    Attributes
    ----------
    program : Program
        What the result depends on.
    result : Entry
        The result.
    entry : Entry
        The array.
    index : tuple of int
        Which entry of it.
    terms : tuple of Term
        In the order in which they arrive.
    total : float
        Their sum.
    digits : int
        To how many significant digits the text shows numbers.
    """

    def __init__(self, program: Program, x: Node, index: Index, digits: int) -> None:
        self.program = program
        self.result = program.results[0]
        self.entry = program.find(x)
        self.index = index
        self.digits = digits
        self.terms = tuple(
            term
            for step in reverse(program)
            for part in step.parts
            if part.entry.node is x
            for term in _terms(step, part, index, self.result.label)
        )
        products = [term.product for term in self.terms]
        self.total = reduce(operator.add, products) if products else 1.0  # without uses, it is the result

    @property
    def name(self) -> str:
        """``w[2, 3]``."""
        return _at(self.entry.label, self.index)

    def __str__(self) -> str:
        return self.on(paper())

    __repr__ = __str__

    def on(self, paper: Paper) -> str:
        """The text for some paper."""
        return "\n".join(self._lines(Pen(paper, self.digits)))

    def _lines(self, pen: Pen) -> Iterator[str]:
        slope = f"d{self.result.label}/d{self.name}"
        count = f"the sum over {len(self.terms):,} terms" if len(self.terms) > 1 else "a single term"
        value = pen.number(self.entry.value[self.index])
        yield pen.paper.paint(
            pen.plain(f"{slope} = {pen.number(self.total)}, {count}, at {self.name} = {value}"), "bold"
        )
        first, middle, last = ends(self.terms, FIRST, LAST)
        shown = [*first, *last]
        if not shown:
            return
        names = padded([pen.plain(" × ".join(term.factors)) for term in shown])
        numbers = [pen.plain(" × ".join(factor(x, self.digits) for x in term.numbers)) for term in shown]
        products = [  # one number is no product
            f"{name} = {number}" if len(term.numbers) > 1 else name
            for term, name, number in zip(shown, names, numbers, strict=True)
        ]
        totals = at_point([pen.number(term.product) for term in shown])
        rows = list(zip([pen.statement(term.entry) for term in shown], products, totals, strict=True))
        lines = table(rows, pen.paper._replace(width=ENDLESS), between=("   ", " = "))
        yield from lines[: len(first)]
        if middle:
            rest = pen.number(reduce(operator.add, [term.product for term in middle]))
            yield pen.paper.paint(pen.plain(f"… {len(middle):,} more, adding up to {rest}"), "faint")
        yield from lines[len(first) :]


def _at(name: str, index: Sequence[int]) -> str:
    return f"{name}[{', '.join(map(str, index))}]" if index else name


def _terms(step: Step, part: Part, index: Index, result: str) -> Iterator[Term]:
    source, op = part.source, part.source.op
    upstream = f"d{result}/d{source.label}"
    if op is MATMUL:
        yield from _of_product(step, part, index, upstream)
    elif isinstance(op, ArrayPrimitive):
        number = float(part.contribution[index])
        yield Term(source, (f"what d{result}/d{_at(part.entry.label, index)} gets of {upstream}",), (number,), number)
    else:
        gradients, slopes = np.asarray(step.upstream), np.broadcast_to(part.slope, np.shape(source.value))
        for place in _broadcast_places(index, part.entry.value.shape, slopes.shape):
            g, slope = float(gradients[place]), float(slopes[place])
            handed = bool(g) and (bool(slope) or not op.selects)  # type: ignore[union-attr]
            local = f"d{_at(source.label, place)}/d{_at(part.entry.label, index)}"
            yield Term(source, (_at(upstream, place), local), (g, slope), g * slope if handed else 0.0)


def _broadcast_places(index: Index, shape: Index, spread: Index) -> Iterator[Index]:
    """The places to which broadcasting brings an entry of an array of one shape, in one of another."""
    extra = len(spread) - len(shape)
    own = [[i] if n == m else range(m) for i, n, m in zip(index, shape, spread[extra:], strict=True)]
    yield from product(*map(range, spread[:extra]), *own)


def _of_product(step: Step, part: Part, index: Index, upstream: str) -> Iterator[Term]:
    """The products of a row with a column that the entry takes part in, for each matrix that it is used for."""
    source, left = part.source, part.position == 0
    other, gradients = np.asarray(source.numbers[1 - part.position]), np.asarray(step.upstream)
    given = source.inputs[1 - part.position]
    name = given.label if isinstance(given, Entry) else source.operands(lambda x: x.label, lambda _: "array")[not left]
    *batch, i, j = index
    for places in _broadcast_places(tuple(batch), part.entry.value.shape[:-2], gradients.shape[:-2]):
        shared = places[len(places) - (other.ndim - 2) :] if other.ndim > 2 else ()
        shared = tuple(0 if n == 1 else place for place, n in zip(shared, other.shape, strict=False))
        for n in range(other.shape[-1] if left else other.shape[-2]):
            to = (*places, i, n) if left else (*places, n, j)
            by = (*shared, j, n) if left else (*shared, n, i)
            g, number = float(gradients[to]), float(other[by])
            yield Term(source, (_at(upstream, to), _at(name, by)), (g, number), g * number)


# --- What is meant ----------------------------------------------------------------------------------------------------


def entry_meant(x: Node | str, program: Program) -> tuple[Node, Index] | None:
    """The array and the index, where one entry of an array of the program is meant; else ``None``.

    Raises
    ------
    InputTypeError, InputValueError
        If the text names an entry that there is not.
    """
    nodes = {id(entry.node) for entry in program}
    if isinstance(x, str):
        found = re.fullmatch(r"(.+)\[([-+\d,\s]*)\]", x.strip())
        if found is None or any(x in (entry.label, entry.node.known_as) for entry in program):
            return None
        [node, index] = _named(found[1], program), tuple(int(each) for each in found[2].split(",") if each.strip())
        if len(index) != np.ndim(node._data):
            raise InputValueError(
                f"{x!r} is to name one number; {found[1]} of shape {node._data.shape} takes {node._data.ndim} indices"
            )
    elif id(x) not in nodes and x._op in (GETITEM, ENTRY) and np.size(x._data) == 1:
        node, index = x.arguments()[0], x.numbers()[1]  # type: ignore[assignment]
        if id(node) not in nodes:
            return None
    else:
        return None
    return node, _only(node, index, x)


def _named(name: str, program: Program) -> Node:
    node = entry_of(name, program).node
    if not isinstance(node, Tensor):
        raise InputTypeError(f"{name} is a single number, and has no entries")
    return node


def _only(node: Node, index: Any, x: Any) -> Index:
    try:
        place = np.arange(node._data.size).reshape(node._data.shape)[index]
    except IndexError as error:
        raise InputValueError(f"{x!r} does not exist: {error}") from None
    return tuple(map(int, np.unravel_index(int(place.item()), node._data.shape)))
