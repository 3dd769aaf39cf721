"""Reductions along an axis: sums, extremes, softmax. The rules are those of `arrays.ops`."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from ...arrays import ops as array_ops
from ...arrays.table import arrays
from ...core import several
from ..lowering.patterns import common_axes
from ..lowering.plans import Plan
from .cells import cells
from .memory import empty

if TYPE_CHECKING:
    from .adjoints import Adjoints
    from .bound import Bound

__all__ = ["over", "over_back", "shares", "shares_back"]

Array = np.ndarray[Any, Any]
Axes = tuple[int, ...]

BY_UFUNC = {
    several.MAX: np.maximum,
    several.MIN: np.minimum,
    several.PROD: np.multiply,
}
BY_ROW = {
    several.MAX: array_ops.MAX_OVER,
    several.MIN: array_ops.MIN_OVER,
    several.PROD: array_ops.PROD_OVER,
    several.NORM2: array_ops.NORM_OVER,
    several.LOGSUMEXP: array_ops.LOGSUMEXP_OVER,
    several.VAR: array_ops.VAR_OVER,
    several.STD: array_ops.STD_OVER,
    several.SOFTMAX: array_ops.SOFTMAX_OVER,
    several.LOG_SOFTMAX: array_ops.LOG_SOFTMAX_OVER,
}


def _rows(bound: Bound, plan: Plan, terms: int) -> tuple[Array, Axes, Axes]:
    """Return the operand, the lengths of its axes, and the axes that are reduced."""
    operand = plan.operands[0]
    lengths = common_axes(len(operand.rows), [operand.pattern], [terms])
    first, size = len(lengths), 1
    while size < terms:
        first -= 1
        size *= lengths[first]
    x = bound.read(operand, lengths, False)
    return (np.full(lengths, x) if type(x) is float else x), lengths, tuple(range(first, len(lengths)))


def over(bound: Bound, plan: Plan) -> None:
    """Emit the forward pass of a reduction."""
    op, call = plan.part.op, bound.emitter.call
    x, lengths, axes = _rows(bound, plan, len(plan.operands[0].rows) // plan.count)
    out = bound.written(plan, lengths[: axes[0]])
    if op is several.SUM:
        bound.emitter.sum(x, axes, out)
        if plan.part.signs[0] < 0:
            call(np.negative, out, out=out)
    elif op in BY_UFUNC:
        call(BY_UFUNC[op].reduce, x, axis=axes, out=out)
    elif op is several.LOGSUMEXP:
        _logsumexp(bound, plan, x, axes, out)
    elif op is several.VAR:
        _variance(bound, plan, x, axes, out)
    else:
        call(_into, BY_ROW[op].value, arrays, x, axes, False, out=out)


def _into(rule: Any, *arguments: Any, out: Array) -> None:
    np.copyto(out, rule(*arguments))


def _logsumexp(bound: Bound, plan: Plan, x: Array, axes: Axes, out: Array) -> None:
    """Emit ``top + log(sum(exp(x - top)))`` with ``inf - inf = 0``; exponentials and their sum are kept.

    If loops are to be fused, the rule for ``inf - inf`` is part of the arithmetic; else a rare case of a call.
    """
    call, fused = bound.emitter.call, bound.fuser is not None
    weights = empty(x.shape)
    holes = _holes_of(plan, x.shape)
    top, total, lost = (np.empty([1 if k in axes else n for k, n in enumerate(x.shape)]) for _ in range(3))
    if fused:
        call(np.maximum.reduce, x, axis=axes, keepdims=True, out=top)
        call(np.subtract, x, top, out=weights)
        call(np.fmin, weights, 0.0, out=weights)  # nan becomes 0: for inf - inf, and where top is nan
    else:
        call(_gaps, x, axes, top, holes, out=weights)
    call(np.exp, weights, out=weights)
    if fused and holes is not None:  # where all of a row is -inf, a hole would weigh as much
        call(np.multiply, weights, np.where(holes, 0.0, 1.0), out=weights)
    bound.emitter.sum(weights, axes, total)
    out = out.reshape(total.shape)
    call(np.log, total, out=out)
    call(np.add, out, top, out=out)
    if fused:  # a total is nan where top is nan, so that the shares are nan; else it is the positive sum
        call(np.minimum, top, 0.0, out=lost)
        call(np.maximum, total, lost, out=total)
    bound.kept[id(plan)] = (weights, total)


def _variance(bound: Bound, plan: Plan, x: Array, axes: Axes, out: Array) -> None:
    """Emit the mean of the squared deviations from the mean, as in `centred_over`; the deviations are kept."""
    call, emitter = bound.emitter.call, bound.emitter
    gaps, squares = empty(x.shape), emitter.scratch(x.shape)
    first = x[tuple(slice(0, 1) if k in axes else slice(None) for k in range(x.ndim))]
    mean = np.empty(first.shape)
    share = mean.size / x.size
    call(np.subtract, x, first, out=gaps)
    emitter.sum(gaps, axes, mean)
    call(np.multiply, mean, share, out=mean)
    call(np.subtract, gaps, mean, out=gaps)
    call(np.square, gaps, out=squares)
    emitter.sum(squares, axes, out)
    call(np.multiply, out, share, out=out)
    bound.kept[id(plan)] = (gaps, 2 * share)


def over_back(bound: Bound, plan: Plan, adjoints: Adjoints, g: Array | None, factor: float, masked: bool) -> None:
    """Emit the reverse pass of a reduction."""
    op, emitter, operand, batched = plan.part.op, bound.emitter, plan.operands[0], plan.batched
    terms = len(operand.rows) // plan.count
    x, lengths, axes = _rows(bound, plan, terms)
    kept = tuple(1 if k in axes else n for k, n in enumerate(x.shape))
    spread = np.ones(kept) if g is None else g.reshape(kept)
    if op is several.SUM:
        factor *= plan.part.signs[0]
        if g is None and adjoints.alias(operand, None, factor, batched):
            return
        if factor not in (1, -1):  # multiplied in before the gradient is broadcast
            scaled = np.empty(kept)
            emitter.call(np.multiply, spread, factor, out=scaled)
            spread, factor = scaled, 1.0
        whole = np.broadcast_to(spread, x.shape)
        if not adjoints.alias(operand, whole, factor, batched):
            adjoints.add(operand, lengths, whole, batched, factor == -1)
        return
    upstream = emitter.of(spread)
    if factor != 1:  # multiplied in before the gradient is broadcast
        upstream = upstream * factor
    if op is several.LOGSUMEXP:
        weights, total = bound.kept[id(plan)]
        product = emitter.of(weights) * (upstream / emitter.of(total))
        slopes = emitter.of(weights)
    elif op is several.VAR:
        gaps, share = bound.kept[id(plan)]
        slopes = emitter.of(gaps) * share
        product = emitter.of(gaps) * (upstream * share)
    else:
        found = emitter.scratch(x.shape)
        z = bound.written(plan, lengths[: axes[0]])
        emitter.call(_into, BY_ROW[op].weights, arrays, x, axes, z, out=found)
        slopes = emitter.of(found)
        product = upstream * slopes
    if masked:
        if op.selects:
            product = cells.where(cells.equal(slopes, 0.0), 0.0, product)
        product = cells.where(cells.equal(upstream, 0.0), 0.0, product)
    into = adjoints.target(operand, lengths, batched)
    (array,) = emitter.emit([(product, into)])
    if into is None:
        adjoints.add(operand, lengths, array, batched)


# --- Shares -----------------------------------------------------------------------------------------------------------


def shares(bound: Bound, plan: Plan) -> None:
    """Emit the forward pass of softmax or its logarithm."""
    operand = plan.operands[0]
    x, lengths, axes = _rows(bound, plan, operand.shape[1])
    out, holes = bound.written(plan, lengths), _holes_of(plan, x.shape)
    emitter, logarithms = bound.emitter, plan.part.op is several.LOG_SOFTMAX
    top, total = (np.empty([1 if k in axes else n for k, n in enumerate(x.shape)]) for _ in range(2))
    weights = emitter.scratch(x.shape) if logarithms else out
    emitter.call(_gaps, x, axes, top, holes, out=out)
    emitter.call(np.exp, out, out=weights)
    emitter.sum(weights, axes, total)
    if logarithms:
        emitter.call(np.log, total, out=total)
        emitter.call(np.subtract, out, total, out=out)
    else:
        emitter.call(_divided, out, total, holes, out=out)


def _gaps(x: Array, axes: Axes, top: Array, holes: Array | None, out: Array) -> None:
    """Compute the difference of each number from the largest of its row, with ``inf - inf = 0``; at holes -inf."""
    np.maximum.reduce(x, axis=axes, keepdims=True, out=top)
    np.subtract(x, top, out)
    if not math.isfinite(np.add.reduce(top, None)):
        out[x == top] = 0.0
        if holes is not None:
            out[holes] = -np.inf


def _divided(x: Array, total: Array, holes: Array | None, out: Array) -> None:
    """Divide by totals; at holes the result is 0, also if a total is nan."""
    np.divide(x, total, out)
    if holes is not None and not math.isfinite(np.add.reduce(total, None)):
        out[holes] = 0.0


def _holes_of(plan: Plan, shape: tuple[int, ...]) -> Array | None:
    """Return the mask of the holes of an operand in its shape; ``None`` if there are none."""
    if plan.holes is None:
        return None
    each = plan.holes[0].size
    mask = plan.holes[0].reshape(-1, *(1,) * (math.prod(shape) > each))
    return np.broadcast_to(mask, (each, math.prod(shape) // each) if mask.ndim > 1 else (each,)).reshape(shape)


def shares_back(bound: Bound, plan: Plan, adjoints: Adjoints, g: Array, factor: float, masked: bool) -> None:
    """Emit the reverse pass of softmax or its logarithm."""
    operand, emitter = plan.operands[0], bound.emitter
    x, lengths, axes = _rows(bound, plan, operand.shape[1])
    z, g, holes = bound.written(plan, lengths), g.reshape(x.shape), _holes_of(plan, x.shape)
    if masked and holes is not None:
        given, g = g, emitter.scratch(x.shape)
        emitter.call(np.copyto, g, given)
        emitter.call(np.copyto, g, 0.0, where=holes)
    scratch, logarithms = emitter.scratch(x.shape), plan.part.op is several.LOG_SOFTMAX
    if masked:
        emitter.call(_masked_shares, logarithms, g, z, axes, out=scratch)
    else:
        total = np.empty([1 if k in axes else n for k, n in enumerate(x.shape)])
        if logarithms:
            emitter.sum(g, axes, total)
            emitter.call(np.exp, z, out=scratch)
            emitter.call(np.multiply, scratch, total, out=scratch)
            emitter.call(np.subtract, g, scratch, out=scratch)
        else:
            emitter.call(np.multiply, g, z, out=scratch)
            emitter.sum(scratch, axes, total)
            emitter.call(np.subtract, g, total, out=scratch)
            emitter.call(np.multiply, scratch, z, out=scratch)
    if factor != 1:
        emitter.call(np.multiply, scratch, factor, out=scratch)
    adjoints.add(operand, lengths, scratch, plan.batched)


def _masked_shares(logarithms: bool, g: Array, z: Array, axes: Axes, out: Array) -> None:
    """Compute the gradient result by result; a result whose upstream gradient is 0 contributes nothing."""
    shares = np.exp(z) if logarithms else z
    out[...] = 0.0
    for index in np.ndindex(*[z.shape[k] for k in axes]):
        one: list[Any] = [slice(None)] * z.ndim
        for k, i in zip(axes, index, strict=True):
            one[k] = slice(i, i + 1)
        at = tuple(one)
        slopes = -shares
        slopes[at] += 1.0
        slopes = slopes if logarithms else shares[at] * slopes
        out += np.where(g[at] == 0, 0.0, g[at] * slopes)
