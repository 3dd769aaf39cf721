"""Operations over several values: one record, however many there are.

With them the table of the operations on numbers is complete.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Sequence
from functools import reduce
from typing import Any

from .ops import TABLE
from .table import Notation, bracketed, row

__all__ = ["TABLE"]

# A table reads best with a row to a line.
# fmt: off
# log(exp(x) + exp(y)): each argument's derivative is its share of the sum.
LOGADDEXP = row("logaddexp", lambda m, x, y: _logsumexp(m, x, y), lambda m, x, y, z: tuple(m.softmax((x, y))))

# --- Over several values: one record, however many there are ----------------------------------------------------------


def _over(pattern: str) -> Notation:
    return lambda operands: pattern.format(bracketed(operands))


def _entry_of(name: str) -> Notation:
    return lambda operands: f"{name}({bracketed(operands[1:])})[{operands[0]}]"


def _written_dot(operands: Sequence[str]) -> str:
    half = len(operands) // 2
    bias = f", {operands[-1]}" if operands[-1] else ""
    return f"dot({bracketed(operands[:half])}, {bracketed(operands[half:-1])}{bias})"


def _dot(m: Any, *args: Any) -> Any:
    half = len(args) // 2
    return reduce(operator.add, map(operator.mul, args[:half], args[half:-1]), args[-1])


def _dot_derivatives(m: Any, *args_z: Any) -> Any:
    half = len(args_z) // 2 - 1
    return (*args_z[half : 2 * half], *args_z[:half], 1)


def _prod_derivatives(m: Any, *xs_y: Any) -> Any:
    """Each factor's derivative is the product of the others: of those before it and those after it. No division."""
    xs = xs_y[:-1]
    before: list[Any] = [1]
    after: list[Any] = [1]
    for x in xs[:-1]:
        before.append(before[-1] * x)
    for x in xs[:0:-1]:
        after.append(x * after[-1])
    return tuple(map(operator.mul, before, reversed(after)))


def _share_of_ties(m: Any, *xs_y: Any) -> Any:
    """1 for the argument that equals the extreme; shared evenly where several do."""
    return tuple(m.ties(xs_y[:-1], xs_y[-1]))


def _norm_inf_derivatives(m: Any, *xs_y: Any) -> Any:
    *xs, length = xs_y
    shares = m.ties([m.absolute(x) for x in xs], length)
    return tuple(map(m.signed, xs, shares))


def _logsumexp(m: Any, *xs: Any) -> Any:
    top, gaps = m.gaps(xs)
    return top + m.log(reduce(operator.add, map(m.exp, gaps)))


def _log_softmax(m: Any, index: int, *xs: Any) -> Any:
    gaps = m.gaps(xs)[1]
    return gaps[int(index)] - m.log(reduce(operator.add, map(m.exp, gaps)))


def _softmax_derivatives(m: Any, index: int, *xs_y: Any) -> Any:
    """``dp_i/dx_j = p_i (δ_ij - p_j)``."""
    shares = m.softmax(xs_y[:-1])
    return (0, *(shares[int(index)] * ((j == index) - share) for j, share in enumerate(shares)))


def _log_softmax_derivatives(m: Any, index: int, *xs_y: Any) -> Any:
    """``d log p_i/dx_j = δ_ij - p_j``."""
    return (0, *((j == index) - share for j, share in enumerate(m.softmax(xs_y[:-1]))))


# Sums run from left to right, on every version of Python.
SUM = row("sum", lambda m, *xs: reduce(operator.add, xs), lambda m, *xs_y: (1,) * (len(xs_y) - 1), _over("sum({})"))
MEAN = row("mean", lambda m, *xs: reduce(operator.add, xs) / len(xs),
           lambda m, *xs_y: (1 / (len(xs_y) - 1),) * (len(xs_y) - 1), _over("mean({})"))
# bias + w1 x1 + w2 x2 + …, a neuron's pre-activation; the arguments are w1, w2, …, x1, x2, …, bias.
DOT = row("dot", _dot, _dot_derivatives, _written_dot, tacit=-1)
PROD = row("prod", lambda m, *xs: reduce(operator.mul, xs), _prod_derivatives, _over("prod({})"))
MAX = row("max", lambda m, *xs: reduce(m.maximum, xs), _share_of_ties, _over("max({})"),
          edge="1/k each for k equal maxima", selects=True)
MIN = row("min", lambda m, *xs: reduce(m.minimum, xs), _share_of_ties, _over("min({})"),
          edge="1/k each for k equal minima", selects=True)
NORM1 = row("norm1", lambda m, *xs: reduce(operator.add, map(m.absolute, xs)),
            lambda m, *xs_y: tuple(map(m.sign, xs_y[:-1])), _over("norm({}, 1)"), edge="0 for a component that is 0")
NORM2 = row("norm2", lambda m, *xs: reduce(m.hypot, xs, 0.0),
            lambda m, *xs_y: tuple(m.settled(xs_y[-1], m.ratio(x, xs_y[-1])) for x in xs_y[:-1]), _over("norm({})"),
            edge="0 at the origin")
NORM_INF = row("norm_inf", lambda m, *xs: reduce(m.maximum, map(m.absolute, xs)), _norm_inf_derivatives,
               _over("norm({}, inf)"), edge="0 at the origin; equal magnitudes share evenly", selects=True)
LOGSUMEXP = row("logsumexp", _logsumexp, lambda m, *xs_y: tuple(m.softmax(xs_y[:-1])), _over("logsumexp({})"))
# One entry of the result is one record; the first argument is its index.
SOFTMAX = row("softmax", lambda m, index, *xs: m.softmax(xs)[int(index)], _softmax_derivatives, _entry_of("softmax"))
LOG_SOFTMAX = row("log_softmax", _log_softmax, _log_softmax_derivatives, _entry_of("log_softmax"))

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
    """``dc/dx_i = (v_i - c u_i) / |x|``: the part of the other direction that is orthogonal to this one."""
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
                        lambda operands: "cosine_similarity({}, {})".format(*map(bracketed, _halves(operands))),
                        edge="0, as is its value, in a vector of length 0")
