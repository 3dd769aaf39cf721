"""Operations on whole arrays, which rearrange, sum and multiply them: one row each.

The row of an operation that is linear in each argument has a pull only (see `table`): its push is the operation itself,
with the tangent in place of the argument. Linear ones come in groups, each the pull of another: ``broadcast_to`` and
``sum_to``, ``getitem`` and ``scatter``, the convolutions.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from ..core.table import Notation, Rule, bracketed
from .table import BROADCAST, Shape, arrays, centred, count_over, row, rows_added, shape_of, spread_in_view

__all__ = [
    "COSINE_SIMILARITY_OVER",
    "STD_OVER",
    "VAR_OVER",
    "extreme_slope",
    "gaps_below",
    "is_basic",
    "kept",
    "logsumexp",
    "product",
    "scattered",
    "softmax",
    "spread",
    "weighted",
]


def kept(x: Any, axes: Shape) -> Shape:
    """The shape of ``x`` with a 1 for each of the axes."""
    return tuple(1 if k in axes else n for k, n in enumerate(shape_of(x)))


def _sum_to(x: Any, shape: Shape) -> Any:
    extra = x.ndim - len(shape)
    if extra:  # new axes, all in front, along which whole arrays are added: the quickest sums
        x = rows_added(x) if extra == 1 else np.add.reduce(x, tuple(range(extra)))
        if x.shape == shape:
            return x
    axes = tuple(k for k, n in enumerate(shape) if n == 1 and x.shape[k] != 1)
    return x.sum(axis=axes, keepdims=True) if axes or not extra else x


def scattered(x: Any, index: Any, shape: Shape) -> Any:
    """Zeros, with ``x`` added in at the places of the index."""
    result = np.zeros(shape, dtype=np.asarray(x).dtype)
    if is_basic(index):
        result[index] = x
    else:
        np.add.at(result, index, x)
    return result


def _pad(x: Any, widths: Any) -> Any:
    result = np.zeros([before + n + after for (before, after), n in zip(widths, x.shape, strict=True)], x.dtype)
    result[tuple(slice(before, before + n) for (before, _), n in zip(widths, x.shape, strict=True))] = x
    return result


def is_basic(index: Any) -> bool:
    """Return True if an index certainly takes each element at most once."""
    parts = index if isinstance(index, tuple) else (index,)
    return all([part is None or part is Ellipsis or isinstance(part, (int, np.integer, slice)) for part in parts])  # noqa: C419 - quicker


def _bare(written: str) -> str:
    """A tuple without its parentheses."""
    return written[1:-1].removesuffix(",") or written if written.startswith("(") else written


def _over(name: str) -> Notation:
    """``sum(x, axis=0)``, from the operands x, axes, keepdims."""

    def write(operands: Sequence[str]) -> str:
        axes = _bare(operands[1])
        axis = "" if axes == "()" else f", axis=({axes})" if "," in axes else f", axis={axes}"
        return f"{name}({operands[0]}{axis}{', keepdims=True' if operands[2:] == ['True'] else ''})"

    return write


FEW = 16  # elements that are reduced slice by slice

# fmt: off

# --- Shapes -----------------------------------------------------------------------------------------------------------
BROADCAST_TO = row("broadcast_to", lambda m, x, shape: np.broadcast_to(x, shape),
                   lambda m, k, g, x, shape, z: m.sum_to(g, shape_of(x)), "broadcast_to({}, {})",
                   fits=BROADCAST)
SUM_TO = row("sum_to", lambda m, x, shape: _sum_to(x, shape),
             lambda m, k, g, x, shape, z: m.broadcast_to(g, shape_of(x)), "sum_to({}, {})")
RESHAPE = row("reshape", lambda m, x, shape: x.reshape(shape),
              lambda m, k, g, x, shape, z: m.reshape(g, shape_of(x)), "reshape({}, {})")
TRANSPOSE = row("transpose", lambda m, x, axes: x.transpose(axes),
                lambda m, k, g, x, axes, z: m.transpose(g, tuple(sorted(range(len(axes)), key=axes.__getitem__))),
                lambda operands: f"{operands[0]}ᵀ" if operands[1] == "(1, 0)" else f"transpose({', '.join(operands)})")
# Xᵀ, of the last two axes.
MT = row("mT", lambda m, x: np.swapaxes(x, -1, -2), lambda m, k, g, x, z: m.mT(g), "{}ᵀ")
GETITEM = row("getitem", lambda m, x, index: x[index],
              lambda m, k, g, x, index, z: m.scatter(g, index, shape_of(x)),
              lambda operands: f"{operands[0]}[{_bare(operands[1])}]")
# Zeros, with x added in at the places of the index: places that occur twice get the sum.
SCATTER = row("scatter", lambda m, x, index, shape: scattered(x, index, shape),
              lambda m, k, g, x, index, shape, z: m.getitem(g, index),
              lambda operands: f"scatter({operands[0]}, {', '.join(operands[1:])})")
# In float64 or float32; the gradient comes back in the dtype of x.
CAST = row("cast", lambda m, x, dtype: np.asarray(x).astype(dtype),
           lambda m, k, g, x, dtype, z: m.cast(g, getattr(x, "dtype", np.dtype(float))), "{}.astype({})")
PAD = row("pad", lambda m, x, widths: _pad(x, widths),
          lambda m, k, g, x, widths, z: m.getitem(
              g, tuple(slice(before, before + n) for (before, _), n in zip(widths, shape_of(x), strict=True))),
          "pad({}, {})")

# --- Sums and other reductions, over a tuple of axes ------------------------------------------------------------------


def spread(m: Any, g: Any, x: Any, axes: Shape) -> Any:
    """The result of a reduction of ``x``, repeated for each element that went in."""
    if m is arrays and type(x) is np.ndarray:
        return spread_in_view(g, x.shape, axes)
    return m.broadcast_to(m.reshape(g, kept(x, axes)) if shape_of(g) else g, shape_of(x))


def weighted(weights: Rule) -> dict[str, Rule]:
    """The push and the pull of a reduction whose change is ``weights * change of x``, summed over the axes."""
    pull = lambda m, k, g, x, axes, keepdims, *more_z: spread(m, g, x, axes) * weights(m, x, axes, *more_z)
    return {"pull": pull, "weights": weights}


def _ties(m: Any, x: Any, axes: Shape, z: Any) -> Any:
    equal = m.where(m.equal(x, spread(m, z, x, axes)), 1.0, 0.0)
    return equal / spread(m, m.maximum(m.sum_over(equal, axes, True), 1.0), x, axes)  # nothing equals a nan


def _is_short(x: Any, axes: Shape) -> bool:
    if x.size < 2 * FEW:
        return False
    count = count_over(x, axes)
    return 1 < count <= FEW and x.size >= FEW * count


def _extreme(larger: Any, x: Any, axes: Shape, keepdims: bool) -> Any:
    """The largest or smallest element; of few elements by whole slices, since numpy is slow along short axes."""
    if not _is_short(x, axes):
        return larger.reduce(x, axis=axes, keepdims=keepdims)
    rows = x.transpose(_in_front(x.ndim, axes))
    first, *others = np.ndindex(rows.shape[: len(axes)])
    result = rows[first].copy()
    for index in others:
        larger(result, rows[index], out=result)
    return result.reshape(kept(x, axes)) if keepdims else result


def extreme_slope(g: Any, x: Any, axes: Shape, keepdims: bool, z: Any) -> Any:
    """The rule of `MAX_OVER` and `MIN_OVER` on arrays; of few elements by whole slices, as their value."""
    if not _is_short(x, axes):
        shape, result = kept(x, axes), np.empty(x.shape, x.dtype)
        np.equal(x, np.reshape(z, shape), out=result, casting="unsafe")
        count = np.add.reduce(result, axis=axes, keepdims=True)
        result *= (1 / np.maximum(count, 1)) * np.reshape(g, shape)
        return result
    order = _in_front(x.ndim, axes)
    rows = x.transpose(order)
    g, z = (each.reshape(rows.shape[len(axes) :]) for each in (g, z))
    result = np.empty(rows.shape, x.dtype)
    np.equal(rows, z, out=result, casting="unsafe")
    count = np.add.reduce(result, axis=tuple(range(len(axes))))
    result *= (1 / np.maximum(count, 1)) * g
    return result.transpose(sorted(order, key=order.__getitem__))


@lru_cache(maxsize=256)
def _in_front(ndim: int, axes: Shape) -> Shape:
    """The order of all axes in which some come first."""
    return (*axes, *(k for k in range(ndim) if k not in axes))


def _top_and_gaps(x: Any, axes: Shape) -> tuple[Any, Any]:
    top = np.maximum.reduce(x, axis=axes, keepdims=True)
    return top, gaps_below(x, top)


def gaps_below(x: Any, top: Any) -> Any:
    """The difference of each element from the largest, 0 or less; ``inf - inf`` counts as 0."""
    gaps, row = x - top, top.reshape(-1)
    ordinary = math.isfinite(row.dot(row))  # the quickest sum in which no infinity cancels
    return gaps if ordinary else np.where(x == top, 0.0, gaps)


def logsumexp(x: Any, axes: Shape, keepdims: bool) -> Any:
    """The logarithm of the sum of exponentials, none of which overflows."""
    top, gaps = _top_and_gaps(x, axes)
    result = top + np.log(np.add.reduce(np.exp(gaps), axis=axes, keepdims=True))
    return result if keepdims else result.squeeze(axes)


def _log_softmax(x: Any, axes: Shape) -> Any:
    gaps = _top_and_gaps(x, axes)[1]
    return gaps - np.log(np.add.reduce(np.exp(gaps), axis=axes, keepdims=True))


def softmax(x: Any, axes: Shape) -> Any:
    """Each exponential divided by the sum of all, in a new array."""
    shares = np.exp(_top_and_gaps(x, axes)[1])
    shares /= np.add.reduce(shares, axis=axes, keepdims=True)
    return shares


# Sums of squares above these have all their digits, whatever squares among them underflow.
_ENOUGH = {np.dtype(kind): float(np.finfo(kind).tiny / np.finfo(kind).eps) for kind in (np.float64, np.float32)}


def _norm(x: Any, axes: Shape, keepdims: Any) -> Any:
    """The root of the sum of squares; where this is no ordinary number, scaled by the largest element."""
    enough = _ENOUGH.get(x.dtype, math.inf)
    total = np.add.reduce(x * x, axis=axes, keepdims=keepdims)
    if not total.ndim:
        ordinary = enough < float(total) < math.inf
        return x.dtype.type(math.sqrt(total)) if ordinary else _scaled_norm(x, axes, keepdims)
    row = total.reshape(-1)
    if row.size and enough < row.item(row.argmin()) and row.item(row.argmax()) < math.inf:  # not of a nan
        return np.sqrt(total)
    return np.where((total > enough) & (total < math.inf), np.sqrt(total), _scaled_norm(x, axes, keepdims))


def _scaled_norm(x: Any, axes: Shape, keepdims: bool) -> Any:
    """Scaled by the largest, whose square need not be representable."""
    scale = np.maximum.reduce(np.absolute(x), axis=axes, keepdims=True, initial=0.0)
    ordinary = math.isfinite(np.add.reduce(scale, axis=None)) and scale.all()
    if not ordinary:
        scale = np.where((scale == 0) | ~np.isfinite(scale), 1, scale)
    parts = x / scale
    result = scale * np.sqrt(np.add.reduce(parts * parts, axis=axes, keepdims=True))
    if not ordinary:
        result = np.where(np.any(np.isinf(x), axis=axes, keepdims=True), np.inf, result)  # as in hypot, beside a nan
    return result if keepdims else result.squeeze(axes)


SUM_OVER = row("sum_over", lambda m, x, axes, keepdims: np.add.reduce(x, axis=axes, keepdims=keepdims),
               lambda m, k, g, x, axes, keepdims, z: spread(m, g, x, axes), _over("sum"))
MEAN_OVER = row("mean_over",
                lambda m, x, axes, keepdims: np.add.reduce(x, axis=axes, keepdims=keepdims) / count_over(x, axes),
                lambda m, k, g, x, axes, keepdims, z: spread(m, g / count_over(x, axes), x, axes), _over("mean"))
# Each factor's derivative is the product of the others, without a division.
PROD_OVER = row("prod_over", lambda m, x, axes, keepdims: np.multiply.reduce(x, axis=axes, keepdims=keepdims),
                notation=_over("prod"), **weighted(lambda m, x, axes, z: m.others(x, axes)))
MAX_OVER = row("max_over", lambda m, x, axes, keepdims: _extreme(np.maximum, x, axes, keepdims),
               notation=_over("max"), edge="1/k each for k equal maxima", selects=True, **weighted(_ties))
MIN_OVER = row("min_over", lambda m, x, axes, keepdims: _extreme(np.minimum, x, axes, keepdims),
               notation=_over("min"), edge="1/k each for k equal minima", selects=True, **weighted(_ties))
NORM_OVER = row("norm_over", lambda m, x, axes, keepdims: _norm(x, axes, keepdims), notation=_over("norm"),
                edge="0 at the origin",
                **weighted(lambda m, x, axes, z: (lambda r: m.settled(r, m.ratio(x, r)))(spread(m, z, x, axes))))
LOGSUMEXP_OVER = row("logsumexp_over", lambda m, x, axes, keepdims: logsumexp(x, axes, keepdims),
                     notation=_over("logsumexp"), **weighted(lambda m, x, axes, z: m.softmax_over(x, axes)))
SOFTMAX_OVER = row("softmax_over", lambda m, x, axes: softmax(x, axes),
                   lambda m, k, g, x, axes, z: z * (g - m.sum_over(g * z, axes, True)), _over("softmax"),
                   slices=lambda x, axes: axes,
                   push=lambda m, k, t, x, axes, z: z * (t - m.sum_over(t * z, axes, True)))
LOG_SOFTMAX_OVER = row("log_softmax_over",
                       lambda m, x, axes: _log_softmax(x, axes),
                       lambda m, k, g, x, axes, z: g - m.exp(z) * m.sum_over(g, axes, True), _over("log_softmax"),
                       slices=lambda x, axes: axes,
                       push=lambda m, k, t, x, axes, z: t - m.sum_over(m.exp(z) * t, axes, True))



def _backwards(m: Any, x: Any, axis: int) -> Any:
    return m.getitem(x, (*(slice(None),) * axis, slice(None, None, -1)))


# The sums of all up to each, along one axis; the gradients are summed from the other end.
CUMSUM = row("cumsum", lambda m, x, axis: np.cumsum(x, axis),
             lambda m, k, g, x, axis, z: _backwards(m, m.cumsum(_backwards(m, g, axis), axis), axis),
             "cumsum({}, axis={})")

# --- Several arrays ---------------------------------------------------------------------------------------------------


def _part(k: int, axis: int, xs: Sequence[Any]) -> tuple[Any, ...]:
    begin = sum(shape_of(x)[axis] for x in xs[: k - 1])
    return (*(slice(None),) * axis, slice(begin, begin + shape_of(xs[k - 1])[axis]))


def _concatenated_push(m: Any, k: int, t: Any, axis: int, *xs_z: Any) -> Any:
    return m.scatter(t, _part(k, axis, xs_z[:-1]), shape_of(xs_z[-1]))


# The first argument is the axis.
CONCATENATE = row("concatenate", lambda m, axis, *xs: np.concatenate(xs, axis),
                  lambda m, k, g, axis, *xs_z: m.getitem(g, _part(k, axis, xs_z[:-1])),
                  lambda operands: f"concatenate({bracketed(operands[1:])}, axis={operands[0]})",
                  push=_concatenated_push,
                  fits="all lengths but those of the axis along which they are joined have to be equal")


def product(x: Any, y: Any) -> Any:
    """``x @ y``. Of two matrices, ``dot`` is the same call of BLAS with less around it."""
    return x.dot(y) if x.ndim == y.ndim == 2 else np.matmul(x, y)


# Of two matrices; of several, laid out along the axes before the last two.
MATMUL = row("matmul", lambda m, x, y: product(x, y),
             lambda m, k, g, x, y, z: m.sum_like(m.matmul(g, m.mT(y)), x) if k == 0 else
                                      m.sum_like(m.matmul(m.mT(x), g), y),
             "{} @ {}", fits="the last length of the first has to be the second to last of the second")


def _einsum_pull(m: Any, k: int, g: Any, subscripts: str, x: Any, y: Any, z: Any) -> Any:
    first, second, out = subscripts.replace("->", ",").split(",")
    if k == 1:
        return m.einsum(f"{out},{second}->{first}", g, y)
    return m.einsum(f"{first},{out}->{second}", x, g)


def _einsum(subscripts: str, x: Any, y: Any) -> Any:
    """Small arrays term by term: for a product of matrices numpy first looks for the way, which takes 15 µs."""
    return np.einsum(subscripts, x, y, optimize=np.size(x) * np.size(y) > 2**15)


# Each letter stands in two of the three places at least: all that einsum sums out of one operand is summed before.
EINSUM = row("einsum", lambda m, subscripts, x, y: _einsum(subscripts, x, y), _einsum_pull,
             lambda operands: f"einsum({operands[0]}, {operands[1]}, {operands[2]})")

# Of images x[sample, channel, row, column] and filters w[filter, channel, row, column]; strides are pairs.


# --- Between scalars and arrays ---------------------------------------------------------------------------------------
STACK = row("stack", lambda m, *xs: np.array(xs),
            lambda m, k, g, *xs_z: m.entry(g, k), lambda operands: f"stack({bracketed(operands)})",
            push=lambda m, k, t, *xs_z: m.scatter(t, k, shape_of(xs_z[-1])))
# One number of an array, as a value.
ENTRY = row("entry", lambda m, x, index: float(x[index]),
            lambda m, k, g, x, index, z: m.scatter(g, index, shape_of(x)),
            lambda operands: f"{operands[0]}[{_bare(operands[1])}]")

# --- The same, over axes of an array ----------------------------------------------------------------------------------


def _direction(x: Any, axes: tuple[int, ...]) -> Any:
    length = _norm(x, axes, True)
    return x / (length if length.all() else np.where(length == 0, 1, length))


def _turn(m: Any, x: Any, y: Any, axes: tuple[int, ...], z: Any) -> Any:
    """``(v - cos u) / |x|`` for the directions u and v: the part of the other vector that is orthogonal to this one."""
    length, other = (spread(m, m.norm_over(vector, axes, True), vector, axes) for vector in (x, y))
    return m.ratio(m.ratio(y, other) - spread(m, z, x, axes) * m.ratio(x, length), length)


VAR_OVER = row(
    "var_over",
    lambda m, x, axes, keepdims: (
        np.add.reduce(centred(x, axes) ** 2, axis=axes, keepdims=keepdims) / count_over(x, axes)),
    notation=_over("var"),
    **weighted(lambda m, x, axes, z: 2 * m.centred_over(x, axes) / count_over(x, axes)))
STD_OVER = row(
    "std_over",
    lambda m, x, axes, keepdims: _norm(centred(x, axes), axes, keepdims) / count_over(x, axes)**0.5,
    notation=_over("std"), edge="0 where all are equal",
    **weighted(
        lambda m, x, axes, z: m.ratio(m.centred_over(x, axes), count_over(x, axes) * spread(m, z, x, axes))))
# Of two arrays of one shape.
COSINE_SIMILARITY_OVER = row(
    "cosine_similarity_over", lambda m, x, y, axes: np.add.reduce(_direction(x, axes) * _direction(y, axes), axis=axes),
    lambda m, k, g, x, y, axes, z: spread(m, g, x, axes) * _turn(m, *((x, y) if k == 0 else (y, x)), axes, z),
    lambda operands: _over("cosine_similarity")([f"{operands[0]}, {operands[1]}", operands[2]]),
    edge="0, as is its value, in a vector of length 0", slices=lambda x, y, axes: axes,
    push=lambda m, k, t, x, y, axes, z: m.sum_over(_turn(m, *((x, y) if k == 0 else (y, x)), axes, z) * t, axes, False))
