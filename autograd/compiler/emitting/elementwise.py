"""Elementwise operations, forward and backward, by the rules of the table."""

from __future__ import annotations

import operator
from collections import Counter
from collections.abc import Sequence
from functools import reduce
from typing import Any

import numpy as np

from ...core import ops, several
from ..lowering.patterns import common_axes
from ..lowering.plans import Operand, Plan
from .adjoints import Adjoints, is_moderate
from .bound import Bound
from .cells import Cell, cells
from .emitter import size_of

__all__ = ["each", "each_back"]

Array = np.ndarray[Any, Any]


def each(bound: Bound, plan: Plan) -> list[Array]:
    """Emit the forward pass of an elementwise operation, and return the subexpressions that it keeps."""
    if plan.fused:
        return []
    lengths = common_axes(plan.count, [operand.pattern for operand in plan.operands])
    xs = [bound.emitter.of(bound.read(operand, lengths, plan.batched)) for operand in plan.operands]
    op, out = plan.part.op, bound.written(plan, lengths)
    if op is several.SUM or op is several.DOT:
        bound.emitter.emit([(_sum(plan.part.signs, xs) if op is several.SUM else _dot(xs), out)])
        return []
    result = op.value(cells, *xs)
    active = bound.active[plan.part.ids].any()
    kept = bound.emitter.keep(result, out, op.derivatives(cells, *xs, bound.emitter.of(out)) if active else ())
    bound.emitter.emit([(result, out), *kept])
    return [array for _, array in kept]


def _sum(signs: Sequence[int], xs: Sequence[Any]) -> Any:
    """Return the sum of terms with signs, from left to right, but starting with a positive term if there is one."""
    first = signs.index(1) if 1 in signs else 0
    total = xs[first] if signs[first] == 1 else -xs[first]
    for k, (sign, x) in enumerate(zip(signs, xs, strict=True)):
        if k != first:
            total = total + x if sign == 1 else total - x
    return total


def _dot(xs: Sequence[Any]) -> Any:
    """Return the sum of products of the first half and the second half of the factors."""
    half = len(xs) // 2
    return reduce(operator.add, map(operator.mul, xs[:half], xs[half:]))


def each_back(bound: Bound, plan: Plan, adjoints: Adjoints, g: Array | None, factor: float, masked: bool) -> None:
    """Emit the reverse pass of an elementwise operation."""
    op, batched, emitter = plan.part.op, plan.batched, bound.emitter
    lengths = common_axes(plan.count, [operand.pattern for operand in plan.operands])
    if plan.onto is not None:
        adjoints.pass_on(plan.onto, g, factor)
    if plan.fused:
        return
    if g is not None:
        g = g.reshape((*lengths, *g.shape[1:]))
    whole = (*lengths, *bound.rest(batched))
    wanted = [k for k, operand in enumerate(plan.operands) if adjoints.wants(operand) and (k or plan.onto is None)]
    slopes: Sequence[Any] = plan.part.signs
    if op is not several.SUM:
        xs = [emitter.of(bound.read(operand, lengths, batched)) for operand in plan.operands]
        z = emitter.of(bound.written(plan, lengths))
        # The sign of relu(x) is its slope, except for nan; there a gradient is nan, and a masked pass follows
        slopes = (cells.sign(z),) if op is ops.RELU and not masked else _slopes(op, xs, z)
    upstream = emitter.of(1.0 if g is None else g)
    if plan.squares:
        wanted, factor = wanted[:1], 2 * factor
    products: list[tuple[Operand, Any, float]] = []
    if op is ops.DIV and not masked and isinstance(xs[1], Cell):  # g / y for both: dz/dx = 1 / y, and dz/dy = -z / y
        share = upstream / xs[1]
        products = [(plan.operands[k], share * z if k else share, -factor if k else factor) for k in wanted]
        wanted = []
    for k in wanted:
        number, slope = (1.0, slopes[k]) if masked else _parted(slopes[k])
        operand, plain = plan.operands[k], not isinstance(slope, Cell)
        scale = factor * slope if plain else factor * number
        if plain and not slope and op.selects:
            continue
        if plain and scale and not masked and adjoints.alias(operand, g, scale, batched):
            continue
        if g is None and not plain and slope.function is None:
            there = np.broadcast_to(slope.array, whole)
            if adjoints.alias(operand, there, scale, batched):
                continue
        if g is not None and not plain and slope.function is None and not masked and batched and not operand.batched:
            total = emitter.dot(g, slope.array)
            if total is not None:
                adjoints.add(operand, lengths, total.reshape(lengths), False, scale)
                continue
        product = upstream if plain else upstream * slope
        if masked:
            product = _masked(op.selects, upstream, slope, product)
        products.append((operand, product, scale))
    # A product that several operands receive must not be overwritten when one of them adds it up.
    uses = Counter(id(product) for _, product, _ in products)
    wanted_in: list[tuple[Any, Array | None]] = []
    for operand, product, scale in products:
        if uses[id(product)] > 1 or not adjoints.is_fresh(operand, lengths, batched):
            wanted_in.append((product, None))
            continue
        if scale != 1 and (masked or not adjoints.carries(operand, batched, scale)):
            product = _scaled(product, scale)
        wanted_in.append((product, adjoints.target(operand, lengths, batched)))
    found = emitter.emit(wanted_in)
    for (operand, _, scale), (_, into), array in zip(products, wanted_in, found, strict=True):
        if into is None:
            adjoints.add(operand, lengths, np.broadcast_to(array, whole), batched, scale)


def _parted(slope: Any) -> tuple[float, Any]:
    """Return a slope as a number, which may be multiplied in later, and the rest."""
    if isinstance(slope, Cell) and slope.function in (np.multiply, np.divide):
        number, rest = slope.arguments
        if not isinstance(number, Cell) and is_moderate(number):
            return float(number), rest if slope.function is np.multiply else 1.0 / rest
    return 1.0, slope


def _scaled(product: Any, scale: float) -> Any:
    """Return a cell times a number; of a product the factor that has fewer numbers is multiplied."""
    if scale == -1:
        return -product
    if isinstance(product, Cell) and product.function is np.multiply:
        x, y = product.arguments
        return x * (y * scale) if product.emitter.exceeds(size_of(x), size_of(y)) else (x * scale) * y
    return product * scale


def _slopes(op: Any, xs: Sequence[Any], z: Any) -> Sequence[Any]:
    """Return the derivatives by the operands; a factor of a dot product has the other one, and there is no bias."""
    half = len(xs) // 2
    return (*xs[half:], *xs[:half]) if op is several.DOT else op.derivatives(cells, *xs, z)


def _masked(selects: bool, g: Cell, slope: Any, product: Any) -> Any:
    """Return the product, with 0 where the upstream gradient is 0, or the slope of an operation that selects."""
    if selects and isinstance(slope, Cell):
        product = cells.where(cells.equal(slope, 0.0), 0.0, product)
    return cells.where(cells.equal(g, 0.0), 0.0, product)
