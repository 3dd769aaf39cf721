"""The uses of a value where arrays take part, as text: an identity for each, with shapes, and what it comes to.

%4 = h @ w
dL/dw (2×3) = hᵀ (2×4) @ dL/d%4 (4×3)
= (2, 3) of norm 1.25, so far (2, 3) of norm 2.5
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from .identities import shaped
from .notation import adjoint, named
from .pen import Pen
from .step import Part
from .symbols import Expression, Symbol
from .uses import Use, ends, folded, which

__all__ = ["array_use_lines", "handed_on"]


def handed_on(part: Part, formula: Expression, over: str) -> Expression:
    """The gradient that a part hands on, from the one that arrives, as an identity."""
    if part.slope is None:
        return formula
    product = shaped(part.source, adjoint(over, part.source.label)) * formula
    shape = np.shape(part.contribution)
    if shape == np.shape(part.source.value) or not isinstance(product, Symbol):
        return product
    return Symbol("sum_to", product, Symbol("constant", str(shape)))


def array_use_lines(uses: Sequence[Use], name: str, over: str, pen: Pen, most: tuple[int, int]) -> Iterator[str]:
    """Lines for each use of a value, which is called so; of many uses, for the first and the last."""
    first, middle, last = ends(uses, *most)
    for use in first:
        yield from _lines(use, name, over, pen, several=len(uses) > 1)
    if middle:
        so_far = pen.sized(middle[-1].part.after)
        yield pen.paper.paint(pen.plain(f"… {len(middle):,} more: so far {so_far}"), "faint")
    for use in last:
        yield from _lines(use, name, over, pen, several=True)


def _lines(use: Use, name: str, over: str, pen: Pen, several: bool) -> Iterator[str]:
    part = use.part
    gradient = pen.identity(shaped(part.entry, adjoint(over, name)))
    identity = pen.identity(handed_on(part, use.step.formulas[use.position], over))
    statement = f"{pen.name(part.source)} = {pen.operation(part.source)}"
    so_far = f", so far {pen.sized(part.after)}" if several else ""
    yield from folded(", ".join(filter(None, [statement, which(part)])), pen.paper, rest="        ")
    yield from folded(f"{gradient} = {identity}", pen.paper, "    ", "        ")
    if part.slope is not None and isinstance(use.step.formulas[use.position], Symbol):
        slope = f"d{pen.name(part.source)}/d{pen.formula(named(name))}"
        yield from folded(f"{slope} = {pen.number(part.slope)}", pen.paper, "    ", "        ")
    yield from folded(f"= {pen.sized(part.contribution)}{so_far}", pen.paper, "    ", "        ")
