"""The terms of an explained derivative: the products that add up to it.

    z = f(x)        dy/dx        =  dy/dz · dz/dx                    a `Use` of a number or an array
    z = x @ w       dL/dw[j, n]  =  Σᵢ  dL/dz[i, n] · x[i, j]        a `Term` for each i
    z = x @ wᵀ + b  dL/db[n]     =  Σᵢ  dL/dz[i, n]                  likewise
    z = w * s       dL/dw[j, n]  =  Σ   dL/dz[p] · s[p]              a `Term` for each p to which w[j, n] was broadcast

Any other operation on whole arrays gives one entry a single number, which is a term of one factor.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import product
from math import prod
from typing import Any, NamedTuple

import numpy as np

from ..arrays.layers import AFFINE
from ..arrays.ops import MATMUL
from ..arrays.table import ArrayPrimitive
from ..formulas.notation import written
from ..programs.entry import Entry
from ..stepping.records import Part, Step

__all__ = ["Index", "Term", "Use", "at", "terms_of"]

Index = tuple[int, ...]
Naming = Callable[[Entry], str]


def label(entry: Entry) -> str:
    return entry.label


class Use(NamedTuple):
    """The contribution of one use of a value.

    Attributes
    ----------
    step : Step
        The step in which the contribution arrives.
    position : int
        The position of the receiving part among the parts of the step.
    """

    step: Step
    position: int

    @property
    def part(self) -> Part:
        """The part that x receives."""
        return self.step.parts[self.position]

    @property
    def entry(self) -> Entry:
        """The operation that uses x."""
        return self.step.entry

    @property
    def factors(self) -> tuple[str, ...]:
        """The upstream gradient and the local derivative; or, of an operation on whole arrays, what it propagates."""
        if self.part.slope is None:
            return (written(self.step.formulas[self.position]),)
        z = self.entry.label
        return f"d{self.step.within.over}/d{z}", f"d{z}/d{self.part.entry.label}"

    @property
    def numbers(self) -> tuple[Any, ...]:
        """The numbers of the factors."""
        return (self.product,) if self.part.slope is None else (self.step.upstream, self.part.slope)

    @property
    def product(self) -> Any:
        """The contribution to the gradient of x."""
        return self.part.contribution


class Term(NamedTuple):
    """A product of single numbers that is part of the gradient of one entry of an array.

    Attributes
    ----------
    entry : Entry
        The operation that the term comes from.
    write : callable
        The factors as text, given the text for an entry.
    numbers : tuple of float
        The numbers of the factors.
    product : float
        The contribution to the gradient.
    """

    entry: Entry
    write: Callable[[Naming], tuple[str, ...]]
    numbers: tuple[float, ...]
    product: float

    @property
    def factors(self) -> tuple[str, ...]:
        """The factors, in the user's names."""
        return self.write(label)


def at(name: str, index: Sequence[int]) -> str:
    """``w[2, 3]``; the name alone for an array of no dimensions."""
    return f"{name}[{', '.join(map(str, index))}]" if index else name


def terms_of(use: Use, index: Index) -> Iterator[Term]:
    """The terms that one use of an array contributes to the gradient of one of its entries."""
    part, op = use.part, use.entry.op
    if op is MATMUL:
        return _products(use, int(part.position == 0), _pairs_of_product(use, index))
    if op is AFFINE:
        return _products(use, int(part.position == 0), _pairs_of_affine(use, index))
    if isinstance(op, ArrayPrimitive):
        return _single_term(use, float(part.contribution[index]), index)
    return _elementwise_terms(use, index)


def _single_term(use: Use, number: float, index: Index) -> Iterator[Term]:
    z, x, over = use.entry, use.part.entry, use.step.program.results[0]

    def write(name: Naming) -> tuple[str, ...]:
        return (f"d{name(over)}/d{at(name(x), index)} through {name(z)}",)

    yield Term(z, write, (number,), number)


def _elementwise_terms(use: Use, index: Index) -> Iterator[Term]:
    """The products of upstream gradient and local derivative at all places that the entry was broadcast to."""
    z, x, over = use.entry, use.part.entry, use.step.program.results[0]
    gradients, slopes = np.asarray(use.step.upstream), np.broadcast_to(use.part.slope, np.shape(z.value))
    for place in _broadcast_places(index, x.value.shape, slopes.shape):
        g, slope = float(gradients[place]), float(slopes[place])
        passes = bool(g) and (bool(slope) or not z.op.selects)  # type: ignore[union-attr]

        def write(name: Naming, place: Index = place) -> tuple[str, ...]:
            upstream = f"d{name(over)}/d{at(name(z), place)}"
            return upstream, f"d{at(name(z), place)}/d{at(name(x), index)}"

        yield Term(z, write, (g, slope), g * slope if passes else 0.0)


def _products(use: Use, position: int, pairs: Iterator[tuple[Index, Index | None]]) -> Iterator[Term]:
    """The products of an entry of the upstream gradient with one of a factor, the argument at that position.

    ``None`` for the latter stands for the factor 1, which is not written.
    """
    z, over, part = use.entry, use.step.program.results[0], use.part
    given, other = z.inputs[position], np.asarray(z.numbers[position])
    gradients = np.asarray(use.step.upstream)
    for to, by in pairs:
        numbers = (float(gradients[to]),) if by is None else (float(gradients[to]), float(other[by]))

        def write(name: Naming, to: Index = to, by: Index | None = by) -> tuple[str, ...]:
            upstream, factor = f"d{name(over)}/d{at(name(z), to)}", name(given) if isinstance(given, Entry) else "array"
            return (upstream,) if by is None else (upstream, at(factor, by))

        yield Term(z, write, numbers, prod(numbers) if part.passes else 0.0)


def _pairs_of_product(use: Use, index: Index) -> Iterator[tuple[Index, Index]]:
    """A row with a column that the entry takes part in, for each matrix that it is used for."""
    left = use.part.position == 0
    other, spread = np.shape(use.entry.numbers[1 if left else 0]), np.shape(use.step.upstream)[:-2]
    *batch, i, j = index
    for places in _broadcast_places(tuple(batch), use.part.entry.value.shape[:-2], spread):
        shared = places[len(places) - (len(other) - 2) :] if len(other) > 2 else ()
        shared = tuple(0 if n == 1 else place for place, n in zip(shared, other, strict=False))
        for n in range(other[-1] if left else other[-2]):
            yield ((*places, i, n), (*shared, j, n)) if left else ((*places, n, j), (*shared, n, i))


def _pairs_of_affine(use: Use, index: Index) -> Iterator[tuple[Index, Index | None]]:
    """The pairs of an entry of an affine map: one for each output for an input, else one for each row."""
    *rows, outputs = np.shape(use.step.upstream)
    if use.part.position == 0:
        yield from (((*index[:-1], n), (n, index[-1])) for n in range(outputs))
    else:
        yield from (((*row, index[0]), (*row, *index[1:]) if index[1:] else None) for row in np.ndindex(*rows))


def _broadcast_places(index: Index, shape: Index, spread: Index) -> Iterator[Index]:
    """The places in an array of shape ``spread`` that an entry of an array of shape ``shape`` is broadcast to."""
    extra = len(spread) - len(shape)
    own = [[i] if n == m else range(m) for i, n, m in zip(index, shape, spread[extra:], strict=True)]
    yield from product(*map(range, spread[:extra]), *own)
