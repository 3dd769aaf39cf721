"""The rest of the table: functions that are asked for less often, by the same rules as in `ops`.

Whoever reads a whole table takes it from here, where it is complete.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Sequence
from functools import reduce
from typing import Any

import numpy as np

from . import array_ops, ops
from .array_ops import spread
from .ops import _over
from .table import ARRAY_TABLE, TABLE, listed, row

__all__ = ["ARRAY_TABLE", "COSINE_SIMILARITY_OVER", "STD_OVER", "TABLE", "VAR_OVER"]

# fmt: off

# --- Powers and roots -------------------------------------------------------------------------------------------------
EXP2 = row("exp2", lambda m, x: m.power(2.0, x), lambda m, x, y: (y * math.log(2),))
SQUARE = row("square", lambda m, x: x * x, lambda m, x, y: (2 * x,))
CBRT = row("cbrt", lambda m, x: m.cbrt(x), lambda m, x, y: (1 / (3 * y * y),), edge="inf at 0")
RSQRT = row("rsqrt", lambda m, x: 1 / m.sqrt(x), lambda m, x, y: (-0.5 * y / x,),
            domain="x > 0", edge="-inf at 0")
RECIPROCAL = row("reciprocal", lambda m, x: 1 / x, lambda m, x, y: (-y * y,), domain="x ≠ 0", edge="-inf at 0")
# x log y, and 0 where x = 0: there it does not move with y, not even at y = 0.
XLOGY = row("xlogy", lambda m, x, y: m.where(m.equal(x, 0), 0, x * m.log(y)),
            lambda m, x, y, z: (m.log(y), m.unless(m.equal(m.hypot(x, y), 0), x / y, 0)),
            domain="y > 0, or x = 0", edge="0 in y for x = 0; -inf in x for y = 0")

# --- sin(πx) / πx -----------------------------------------------------------------------------------------------------


def _next_to_0(m: Any, x: Any, closed: Any, series: Sequence[float]) -> Any:
    """A form that cancels next to 0; there a power series in ``t = (πx)²``, to t = 1."""
    t = (math.pi * x) * (math.pi * x)
    near = m.less(t, 1)
    small = m.where(near, t, 0)
    return m.unless(near, closed, reduce(lambda total, coefficient: total * small + coefficient, series))


SERIES = [(-1) ** k / math.factorial(2 * k + 1) for k in range(10, -1, -1)]  # of sinc, and of its slope over x
SLOPES = [2 * k * math.pi**2 * c for k, c in zip(range(10, 0, -1), SERIES, strict=False)]
SINC = row("sinc", lambda m, x: _next_to_0(m, x, m.sin(math.pi * x) / (math.pi * x), SERIES),
           lambda m, x, y: (_next_to_0(m, x, (m.cos(math.pi * x) - y) / x, [c * x for c in SLOPES]),))

# --- Steps and activations --------------------------------------------------------------------------------------------
FLOOR = row("floor", lambda m, x: m.floor(x), lambda m, x, y: (0,), edge="0 at the jumps", selects=True)
CEIL = row("ceil", lambda m, x: -m.floor(-x), lambda m, x, y: (0,), edge="0 at the jumps", selects=True)
SOFTSIGN = row("softsign", lambda m, x: x / (1 + m.absolute(x)),
               lambda m, x, y: (1 / m.power(1 + m.absolute(x), 2),))
# The least magnitude at the bounds, unlike `clip`: nothing rests on the bounds of an activation.
HARDTANH = row("hardtanh", lambda m, x: m.minimum(m.maximum(x, -1.0), 1.0),
               lambda m, x, y: (m.where(m.less(m.absolute(x), 1), 1, 0),), edge="0 at ±1", selects=True)
# A leaky_relu with a slope that is trained.
PRELU = row("prelu", ops.LEAKY_RELU.value, ops.LEAKY_RELU.derivatives, edge="the slope at 0", selects=True)
# scale * elu(x, alpha), where a layer keeps mean 0 and variance 1 (Klambauer et al. 2017).
ALPHA, SCALE = 1.6732632423543772, 1.0507009873554805
SELU = row("selu", lambda m, x: m.where(m.less(x, 0), SCALE * ALPHA * m.expm1(m.where(m.less(x, 0), x, 0)), SCALE * x),
           lambda m, x, y: (m.where(m.less(x, 0), SCALE * ALPHA * m.exp(m.where(m.less(x, 0), x, 0)), SCALE),),
           edge="1.0507, the slope to its right, at 0")

# --- Over several values ----------------------------------------------------------------------------------------------


def _unit(m: Any, xs: Sequence[Any]) -> tuple[Any, list[Any]]:
    """The length of a vector, and its direction; 0 for that of the zero vector."""
    length = m.norm2(*xs)
    return length, [m.ratio(x, length) for x in xs]


def _halves(args: Sequence[Any]) -> tuple[Sequence[Any], Sequence[Any]]:
    return args[: len(args) // 2], args[len(args) // 2 :]


def _cosine(m: Any, *args: Any) -> Any:
    (_, us), (_, vs) = (_unit(m, xs) for xs in _halves(args))
    return reduce(operator.add, map(operator.mul, us, vs))


def _cosine_derivatives(m: Any, *args_z: Any) -> Any:
    """``dc/dx_i = (v_i - c u_i) / |x|``: what the other direction has beside this one."""
    *args, c = args_z
    (length, us), (other, vs) = (_unit(m, xs) for xs in _halves(args))
    return (*(m.ratio(v - c * u, length) for u, v in zip(us, vs, strict=True)),
            *(m.ratio(u - c * v, other) for u, v in zip(us, vs, strict=True)))


VAR = row("var", lambda m, *xs: reduce(operator.add, [gap * gap for gap in m.centred(xs)]) / len(xs),
          lambda m, *xs_y: tuple(2 * gap / (len(xs_y) - 1) for gap in m.centred(xs_y[:-1])), _over("var({})"))
STD = row("std", lambda m, *xs: m.norm2(*m.centred(xs)) / math.sqrt(len(xs)),
          lambda m, *xs_y: tuple(m.ratio(gap, (len(xs_y) - 1) * xs_y[-1]) for gap in m.centred(xs_y[:-1])),
          _over("std({})"), edge="0 where all are equal")
# The cosine of the angle between two vectors; the arguments are x1, x2, …, y1, y2, ….
COSINE_SIMILARITY = row("cosine_similarity", _cosine, _cosine_derivatives,
                        lambda operands: "cosine_similarity({}, {})".format(*map(listed, _halves(operands))),
                        edge="0, as is its value, in a vector of length 0")

# --- The same, over axes of an array ----------------------------------------------------------------------------------


def _spread_of(x: Any, axes: tuple[int, ...]) -> Any:
    """What each has beyond the mean of an array."""
    gaps = x - x[tuple(slice(0, 1) if k in axes else slice(None) for k in range(x.ndim))]
    return gaps - gaps.mean(axis=axes, keepdims=True)


def _direction(x: Any, axes: tuple[int, ...]) -> Any:
    length = array_ops._norm(x, axes, True)
    return x / np.where(length == 0, 1, length)


def _turn(m: Any, x: Any, y: Any, axes: tuple[int, ...], z: Any) -> Any:
    """``(v - cos u) / |x|`` for the directions u and v: what the other vector has beside this one."""
    length, other = (spread(m, m.norm_over(vector, axes, True), vector, axes) for vector in (x, y))
    return m.ratio(m.ratio(y, other) - spread(m, z, x, axes) * m.ratio(x, length), length)


VAR_OVER = array_ops.row(
    "var_over", lambda m, x, axes, keepdims: np.mean(_spread_of(x, axes) ** 2, axis=axes, keepdims=keepdims),
    notation=array_ops._over("var"),
    **array_ops._weighted(lambda m, x, axes, z: 2 * m.centred_over(x, axes) / array_ops._count(x, axes)))
STD_OVER = array_ops.row(
    "std_over",
    lambda m, x, axes, keepdims: array_ops._norm(_spread_of(x, axes), axes, keepdims) / array_ops._count(x, axes)**0.5,
    notation=array_ops._over("std"), edge="0 where all are equal",
    **array_ops._weighted(
        lambda m, x, axes, z: m.ratio(m.centred_over(x, axes), array_ops._count(x, axes) * spread(m, z, x, axes))))
# Of two arrays of one shape.
COSINE_SIMILARITY_OVER = array_ops.row(
    "cosine_similarity_over", lambda m, x, y, axes: np.sum(_direction(x, axes) * _direction(y, axes), axis=axes),
    lambda m, k, g, x, y, axes, z: spread(m, g, x, axes) * _turn(m, *((x, y) if k == 0 else (y, x)), axes, z),
    lambda operands: array_ops._over("cosine_similarity")([f"{operands[0]}, {operands[1]}", operands[2]]),
    edge="0, as is its value, in a vector of length 0",
    push=lambda m, k, t, x, y, axes, z: m.sum_over(_turn(m, *((x, y) if k == 0 else (y, x)), axes, z) * t, axes, False))
