"""Reductions along an axis: sums, extremes, softmax. The rules are those of `arrays.ops`."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from ...arrays import ops as array_ops
from ...arrays.table import arrays
from ...core import several
from ..lowering.patterns import common_axes
from ..lowering.plans import Operand, Plan
from .cells import cells
from .memory import empty, mend

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


def _operand(plan: Plan) -> Operand:
    """Return the operand; if it has holes, the one that is a view, if there is one."""
    return plan.around or plan.operands[0]


def _rows(bound: Bound, plan: Plan, terms: int) -> tuple[Array, Axes, Axes]:
    """Return the operand, the lengths of its axes, and the axes that are reduced."""
    operand = _operand(plan)
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
        bound.emitter.reduce(BY_UFUNC[op], x, axes, out)
    elif op is several.LOGSUMEXP:
        _logsumexp(bound, plan, x, axes, out)
    elif op in CENTRED:
        _deviations(bound, plan, x, axes, out)
    else:
        assert op is several.NORM2
        squares = bound.emitter.scratch(x.shape)
        call(np.square, x, out=squares)
        bound.emitter.sum(squares, axes, out)
        bound.kept[id(plan)] = (x, _roots(bound, plan, x, axes, out))


CENTRED = {several.VAR, several.STD}
ROOTS = {several.NORM2, several.STD}
MODERATE = 1e200  # the most of a sum of squares of roots, or of their reciprocals, if no square overflowed or was lost


def _roots(bound: Bound, plan: Plan, x: Array, axes: Axes, out: Array, share: float = 1.0) -> Array:
    """Emit the roots of sums of squares, in place, and return the array of a share over each, which is kept."""
    call = bound.emitter.call
    inverse = empty([1 if k in axes else n for k, n in enumerate(x.shape)])
    roots = out.reshape(inverse.shape)
    call(np.sqrt, roots, out=roots)
    call(np.divide, share, roots, out=inverse)
    checked = out.reshape(-1), inverse.reshape(-1)
    call(mend, MODERATE, len(checked), BY_ROW[plan.part.op].value, *checked, arrays, x, axes, False, out=out)
    return inverse


def _into(rule: Any, *arguments: Any, out: Array) -> None:
    np.copyto(out, rule(*arguments))


def _logsumexp(bound: Bound, plan: Plan, x: Array, axes: Axes, out: Array) -> None:
    """Emit ``top + log(sum(exp(x - top)))`` with ``inf - inf = 0``; exponentials and their sum are kept.

    If loops are to be fused, the rule for ``inf - inf`` is part of the arithmetic; else a rare case of a call.
    """
    call, fused = bound.emitter.call, bound.fuser is not None
    weights = empty(x.shape)
    holes = _holes_of(plan, x.shape)
    top, total, lost = (empty([1 if k in axes else n for k, n in enumerate(x.shape)]) for _ in range(3))
    _gaps(bound, plan, x, axes, top, weights)
    if fused:
        call(np.fmin, weights, 0.0, out=weights)  # nan becomes 0: for inf - inf, and where top is nan
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
    else:
        call(_mend_logsumexp, total.reshape(-1), x, axes, holes, weights, total, out=out)
    bound.kept[id(plan)] = (weights, total)


def _deviations(bound: Bound, plan: Plan, x: Array, axes: Axes, out: Array) -> None:
    """Emit the mean of the squared deviations from the mean, as in `centred_over`, or its root.

    The deviations are kept, and a number or array, times which they are the slopes.
    """
    call, emitter = bound.emitter.call, bound.emitter
    gaps, squares = empty(x.shape), emitter.scratch(x.shape)
    first = x[tuple(slice(0, 1) if k in axes else slice(None) for k in range(x.ndim))]
    mean = empty(first.shape)
    share = mean.size / x.size
    call(np.subtract, x, first, out=gaps)
    emitter.sum(gaps, axes, mean)  # before the factor, so that gaps cancel exactly
    call(np.multiply, mean, share, out=mean)
    call(np.subtract, gaps, mean, out=gaps)
    call(np.square, gaps, out=squares)
    if plan.part.op is several.STD:
        emitter.sum(squares, axes, out, share)
        bound.kept[id(plan)] = (gaps, _roots(bound, plan, x, axes, out, share))
    else:
        emitter.sum(squares, axes, out)  # as a whole, so that it overflows where it does in the rule
        call(np.multiply, out, share, out=out)
        bound.kept[id(plan)] = (gaps, 2 * share)


def over_back(bound: Bound, plan: Plan, adjoints: Adjoints, g: Array | None, factor: float, masked: bool) -> None:
    """Emit the reverse pass of a reduction."""
    op, emitter, operand, batched = plan.part.op, bound.emitter, _operand(plan), plan.batched
    terms = len(operand.rows) // plan.count
    x, lengths, axes = _rows(bound, plan, terms)
    kept = tuple(1 if k in axes else n for k, n in enumerate(x.shape))
    spread = emitter.ones(kept) if g is None else g.reshape(kept)
    if op is several.SUM:
        factor *= plan.part.signs[0]
        if g is None and adjoints.alias(operand, None, factor, batched):
            return
        if factor not in (1, -1):  # multiplied in before the gradient is broadcast
            scaled = empty(kept)
            emitter.call(np.multiply, spread, factor, out=scaled)
            spread, factor = scaled, 1.0
        whole = np.broadcast_to(spread, x.shape)
        if not adjoints.alias(operand, whole, factor, batched):
            adjoints.add(operand, lengths, whole, batched, factor)
        return
    upstream = emitter.of(spread)
    if factor != 1:  # multiplied in before the gradient is broadcast
        upstream = upstream * factor
    given = upstream
    if op is several.LOGSUMEXP:
        weights, total = bound.kept[id(plan)]
        upstream = upstream / emitter.of(total)
    elif op is several.VAR or (op in ROOTS and not masked):
        weights, scale = bound.kept[id(plan)]
        upstream = upstream * emitter.of(scale)
    elif op is several.MAX or op is several.MIN:
        weights, share = _ties(bound, x, axes, bound.written(plan, lengths[: axes[0]]).reshape(kept))
        upstream = upstream * emitter.of(share)
    elif op is several.PROD and len(axes) == 1:
        weights = _others(bound, x, axes[0])
    else:
        weights = emitter.scratch(x.shape)
        z = bound.written(plan, lengths[: axes[0]])
        emitter.call(_into, BY_ROW[op].weights, arrays, x, axes, z, out=weights)
    for piece, at, own in _pieces(operand, plan.count, lengths, axes):
        if not adjoints.wants(piece):
            continue
        slopes = emitter.of(weights[at])
        product = upstream * slopes
        if masked:
            if op.selects:
                product = cells.where(cells.equal(slopes, 0.0), 0.0, product)
            product = cells.where(cells.equal(given, 0.0), 0.0, product)  # also if its total is nan
        into = adjoints.target(piece, own, batched)
        (array,) = emitter.emit([(product, into)])
        if into is None:
            adjoints.add(piece, own, array, batched)


def _ties(bound: Bound, x: Array, axes: Axes, extreme: Array) -> tuple[Array, Array]:
    """Emit 1 for each number that is the extreme of its row, else 0, and the share of each of several."""
    emitter = bound.emitter
    share = empty(extreme.shape)
    indicator = cells.where(cells.equal(emitter.of(x), emitter.of(extreme)), 1.0, 0.0)
    (weights,) = emitter.emit([(indicator, emitter.scratch(x.shape))])
    emitter.sum(weights, axes, share)
    emitter.call(np.maximum, share, 1.0, out=share)  # nothing equals a nan
    emitter.call(np.divide, 1.0, share, out=share)
    return weights, share


def _others(bound: Bound, x: Array, axis: int) -> Array:
    """Emit the product of the other numbers of its row for each number, those before it and those after it."""
    before, after = (bound.emitter.ones(x.shape) for _ in range(2))
    weights, along = bound.emitter.scratch(x.shape), (slice(None),) * axis
    for array, read, written in (
        (before, slice(0, -1), slice(1, None)),
        (after, slice(None, 0, -1), slice(-2, None, -1)),
    ):
        bound.emitter.call(np.multiply.accumulate, x[(*along, read)], axis=axis, out=array[(*along, written)])
    bound.emitter.call(np.multiply, before, after, out=weights)
    return weights


def _pieces(operand: Operand, count: int, lengths: Axes, axes: Axes) -> Iterator[tuple[Operand, Any, Axes]]:
    """Yield the parts of an operand that lie in different buffers, with their index and their axes.

    The operand is one part if it lies in one buffer, or if a buffer has other terms in one row than in another row.
    """
    found: list[tuple[Operand, Any, Axes]] = []
    terms = len(operand.rows) // count
    for piece, at in operand.split():
        table = at.reshape(count, -1) - terms * np.arange(count)[:, None] if len(at) % count == 0 else at[:, None]
        first, size = int(table[0, 0]), table.shape[1]
        if len(axes) > 1 or not np.array_equal(table, np.tile(first + np.arange(size), (count, 1))):
            found.clear()
            break
        found.append((piece, (slice(None),) * axes[0] + (slice(first, first + size),), (*lengths[: axes[0]], size)))
    yield from found or [(operand, (), lengths)]


# --- Shares -----------------------------------------------------------------------------------------------------------


def shares(bound: Bound, plan: Plan) -> None:
    """Emit the forward pass of softmax or its logarithm."""
    x, lengths, axes = _rows(bound, plan, plan.operands[0].shape[1])
    out, holes = bound.written(plan, lengths), _holes_of(plan, x.shape)
    emitter, logarithms = bound.emitter, plan.part.op is several.LOG_SOFTMAX
    top, total = (empty([1 if k in axes else n for k, n in enumerate(x.shape)]) for _ in range(2))
    weights = emitter.scratch(x.shape) if logarithms else out
    _gaps(bound, plan, x, axes, top, out)
    emitter.call(np.exp, out, out=weights)
    emitter.sum(weights, axes, total)
    if logarithms:
        emitter.call(np.log, total, out=total)
        emitter.call(np.subtract, out, total, out=out)
    else:
        emitter.call(np.divide, out, total, out=out)
    emitter.call(_mend_shares, total.reshape(-1), x, axes, holes, logarithms, out=out)


def _gaps(bound: Bound, plan: Plan, x: Array, axes: Axes, top: Array, out: Array) -> None:
    """Emit the difference of each number from the largest of its row; at holes -inf."""
    call = bound.emitter.call
    if plan.around is not None:
        lowest = np.where(plan.holes[0], -np.inf, 0.0)  # type: ignore[index]
        call(np.add, x, _for_samples(lowest, x.shape), out=out)
        x = out
    bound.emitter.reduce(np.maximum, x, axes, top)
    call(np.subtract, x, top, out=out)


def _weights(x: Array, axes: Axes, holes: Array | None) -> tuple[Array, Array, Array]:
    """Return the largest number of each row, the gaps with ``inf - inf = 0``, and their exponentials."""
    x = x if holes is None else np.where(holes, -np.inf, x)
    top = np.maximum.reduce(x, axis=axes, keepdims=True)
    gaps = np.where(x == top, 0.0, x - top)
    if holes is not None:
        gaps[holes] = -np.inf
    return top, gaps, np.exp(gaps)


def _mend_shares(totals: Array, x: Array, axes: Axes, holes: Array | None, logarithms: bool, out: Array) -> None:
    """Compute the shares again if a total is not finite, as it is where the largest number of a row is infinite."""
    if math.isfinite(totals.dot(totals)):
        return
    _, gaps, weights = _weights(x, axes, holes)
    total = np.add.reduce(weights, axis=axes, keepdims=True)
    if logarithms:
        np.subtract(gaps, np.log(total), out)
    else:
        np.divide(weights, total, out)
        if holes is not None:  # also if a total is nan
            out[holes] = 0.0


def _mend_logsumexp(
    totals: Array, x: Array, axes: Axes, holes: Array | None, weights: Array, total: Array, out: Array
) -> None:
    """Compute the result again if a total is not finite; and the exponentials and their sum, which are kept."""
    if not math.isfinite(totals.dot(totals)):
        top, _, weights[...] = _weights(x, axes, holes)
        np.add.reduce(weights, axis=axes, keepdims=True, out=total)
        np.add(np.log(total), top, out)


def _holes_of(plan: Plan, shape: tuple[int, ...]) -> Array | None:
    """Return the mask of the holes of an operand in its shape; ``None`` if there are none."""
    return None if plan.holes is None else _for_samples(plan.holes[0], shape)


def _for_samples(array: Array, shape: tuple[int, ...]) -> Array:
    """Return a view of an array in this shape, to which samples are added, for all of which it is the same."""
    each = array.size
    rows = array.reshape(-1, *(1,) * (math.prod(shape) > each))
    return np.broadcast_to(rows, (each, math.prod(shape) // each) if rows.ndim > 1 else (each,)).reshape(shape)


def shares_back(bound: Bound, plan: Plan, adjoints: Adjoints, g: Array, factor: float, masked: bool) -> None:
    """Emit the reverse pass of softmax or its logarithm."""
    operand, emitter = _operand(plan), bound.emitter
    x, lengths, axes = _rows(bound, plan, plan.operands[0].shape[1])
    z, g, holes = bound.written(plan, lengths), g.reshape(x.shape), _holes_of(plan, x.shape)
    if masked and holes is not None:
        given, g = g, emitter.scratch(x.shape)
        emitter.call(np.copyto, g, given)
        emitter.call(np.copyto, g, 0.0, where=holes)
    logarithms = plan.part.op is several.LOG_SOFTMAX
    into = adjoints.target(operand, lengths, plan.batched)
    scratch = emitter.scratch(x.shape)
    last = scratch if into is None or factor != 1 else into
    if masked:
        emitter.call(_masked_shares, logarithms, g, z, axes, holes, out=last)
    else:
        total = empty([1 if k in axes else n for k, n in enumerate(x.shape)])
        if logarithms:
            emitter.sum(g, axes, total)
            emitter.call(np.exp, z, out=scratch)
            emitter.call(np.multiply, scratch, total, out=scratch)
            emitter.call(np.subtract, g, scratch, out=last)
        else:
            emitter.call(np.multiply, g, z, out=scratch)
            emitter.sum(scratch, axes, total)
            emitter.call(np.subtract, g, total, out=scratch)
            emitter.call(np.multiply, scratch, z, out=last)
    if into is None:
        adjoints.add(operand, lengths, scratch, plan.batched, factor)
    elif factor != 1:
        emitter.call(np.multiply, scratch, factor, out=into)


def _masked_shares(logarithms: bool, g: Array, z: Array, axes: Axes, holes: Array | None, out: Array) -> None:
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
    if holes is not None:
        out[holes] = 0.0
