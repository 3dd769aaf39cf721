"""Functions that are asked for less often, under one name for floats, arrays, values and tensors, as in `functions`."""

from __future__ import annotations

from typing import Any, cast

import numpy as np

from .array_functions import broadcast_to
from .arraylike import array_like, is_array_like, plain
from .errors import InputValueError
from .functions import T, evaluate, of_two
from .more_ops import COSINE_SIMILARITY_OVER, TABLE
from .reductions import _result, _several
from .shaped import axes_of
from .tensor import perform

__all__ = [
    "cbrt",
    "ceil",
    "cosine_similarity",
    "exp2",
    "floor",
    "hardtanh",
    "prelu",
    "reciprocal",
    "rsqrt",
    "selu",
    "sinc",
    "softsign",
    "square",
    "xlogy",
]


def exp2(x: T, /) -> T:
    """2 to the power ``x``.

    ``d 2**x/dx = 2**x log 2``

    Examples
    --------
    >>> x = Value(3.0); y = exp2(x); y.backward()
    >>> y.data, x.grad
    (8.0, 5.5451774445)
    """
    return cast(T, evaluate(TABLE["exp2"], x))


def square(x: T, /) -> T:
    """``x * x``.

    ``d x²/dx = 2x``

    Examples
    --------
    >>> x = Value(3.0); y = square(x); y.backward()
    >>> y.data, x.grad
    (9.0, 6.0)
    """
    return cast(T, evaluate(TABLE["square"], x))


def cbrt(x: T, /) -> T:
    """The cube root, of negative numbers as well.

    ``d cbrt(x)/dx = 1/(3 cbrt(x)²)``, inf at 0

    Examples
    --------
    >>> x = Value(-8.0); y = cbrt(x); y.backward()
    >>> y.data, x.grad
    (-2.0, 0.0833333333)
    """
    return cast(T, evaluate(TABLE["cbrt"], x))


def rsqrt(x: T, /) -> T:
    """``1 / sqrt(x)``; inf at 0 and nan below.

    ``d rsqrt(x)/dx = -rsqrt(x)/(2x)``

    Examples
    --------
    >>> x = Value(4.0); y = rsqrt(x); y.backward()
    >>> y.data, x.grad
    (0.5, -0.0625)
    """
    return cast(T, evaluate(TABLE["rsqrt"], x))


def reciprocal(x: T, /) -> T:
    """``1 / x``.

    ``d (1/x)/dx = -1/x²``

    Examples
    --------
    >>> x = Value(4.0); y = reciprocal(x); y.backward()
    >>> y.data, x.grad
    (0.25, -0.0625)
    """
    return cast(T, evaluate(TABLE["reciprocal"], x))


def sinc(x: T, /) -> T:
    """``sin(πx) / (πx)``, and 1 at 0: the normalized sinc, as numpy's.

    ``d sinc(x)/dx = (cos(πx) - sinc(x))/x``, 0 at 0; exact next to it, where that form would cancel

    Examples
    --------
    >>> x = Value(0.5); y = sinc(x); y.backward()
    >>> y.data, x.grad
    (0.6366197724, -1.2732395447)
    """
    return cast(T, evaluate(TABLE["sinc"], x))


@of_two
def xlogy(x: Any, y: Any, /) -> Any:
    """``x log(y)``, and 0 where ``x`` is 0: a term of an entropy.

    ``d/dx = log(y)``, ``d/dy = x/y``; at (0, 0) they are -inf and 0

    Examples
    --------
    >>> p = Value(0.5); h = -xlogy(p, p); h.backward()
    >>> h.data, p.grad
    (0.3465735903, -0.3068528194)
    >>> xlogy(0.0, 0.0)
    0.0
    """
    return evaluate(TABLE["xlogy"], x, y)


def floor(x: T, /) -> T:
    """The largest whole number that is not above ``x``. A float stays a float.

    ``d floor(x)/dx = 0``, at the jumps as well

    Examples
    --------
    >>> x = Value(-2.5); y = floor(x); y.backward()
    >>> y.data, x.grad
    (-3.0, 0.0)
    """
    return cast(T, evaluate(TABLE["floor"], x))


def ceil(x: T, /) -> T:
    """The smallest whole number that is not below ``x``. A float stays a float.

    ``d ceil(x)/dx = 0``, at the jumps as well

    Examples
    --------
    >>> x = Value(-2.5); y = ceil(x); y.backward()
    >>> y.data, x.grad
    (-2.0, 0.0)
    """
    return cast(T, evaluate(TABLE["ceil"], x))


def softsign(x: T, /) -> T:
    """``x / (1 + |x|)``.

    ``d softsign(x)/dx = 1/(1 + |x|)²``

    Examples
    --------
    >>> x = Value(-3.0); y = softsign(x); y.backward()
    >>> y.data, x.grad
    (-0.75, 0.0625)
    """
    return cast(T, evaluate(TABLE["softsign"], x))


def hardtanh(x: T, /) -> T:
    """The nearest number to ``x`` between -1 and 1.

    ``d hardtanh(x)/dx = 1 for |x| < 1, else 0``, at ±1 as well

    Examples
    --------
    >>> x = Value(0.5); y = hardtanh(x); y.backward()
    >>> y.data, x.grad
    (0.5, 1.0)
    """
    return cast(T, evaluate(TABLE["hardtanh"], x))


def selu(x: T, /) -> T:
    """``1.0507 * elu(x, 1.6733)``: layers keep mean 0 and variance 1 (Klambauer et al. 2017).

    ``d selu(x)/dx = 1.0507 for x >= 0, else 1.7581 exp(x)``

    Examples
    --------
    >>> x = Value(-1.0); y = selu(x); y.backward()
    >>> y.data, x.grad
    (-1.1113307378, 0.646768603)
    """
    return cast(T, evaluate(TABLE["selu"], x))


def prelu(x: Any, slope: Any, /) -> Any:
    """`leaky_relu` with a slope that is trained (He et al. 2015).

    ``d/dx = 1 for x > 0, else slope``, at 0 as well; ``d/dslope = x for x <= 0, else 0``

    Examples
    --------
    >>> x, slope = Value(-2.0), Value(0.25); y = prelu(x, slope); y.backward()
    >>> y.data, x.grad, slope.grad
    (-0.5, 0.25, -2.0)
    """
    return evaluate(TABLE["prelu"], x, slope)


def cosine_similarity(x: Any, y: Any, axis: int = -1) -> Any:
    """The cosine of the angle between two vectors: ``x·y / (|x| |y|)``, and 0 where one has the length 0.

    ``d/dx_i = (y_i/|y| - cos x_i/|x|) / |x|``, and 0 where ``x`` has the length 0; likewise in ``y``

    Parameters
    ----------
    x, y : sequence of Value or float; or Tensor or array_like
        Two sequences of one length; or arrays of vectors, which broadcast.
    axis : int
        Along which the vectors of arrays run.

    Raises
    ------
    InputValueError
        If the vectors are not of one length, or have none.

    Examples
    --------
    >>> x = [Value(3.0), Value(4.0)]; c = cosine_similarity(x, [1.0, 0.0]); c.backward()
    >>> c.data, [each.grad for each in x]
    (0.6, [0.128, -0.096])
    """
    if is_array_like(x) or is_array_like(y):
        return _between_arrays(array_like(x, "cosine_similarity"), array_like(y, "cosine_similarity"), axis)
    nodes, numbers = _several(x, "cosine_similarity")
    other_nodes, other_numbers = _several(y, "cosine_similarity")
    if len(nodes) != len(other_nodes):
        raise InputValueError(f"cosine_similarity takes vectors of one length, not {len(nodes)} and {len(other_nodes)}")
    return _result(TABLE["cosine_similarity"], (*nodes, *other_nodes), [*numbers, *other_numbers])


def _between_arrays(x: Any, y: Any, axis: int) -> Any:
    try:
        shape = np.broadcast_shapes(x.shape, y.shape)
    except ValueError:
        raise InputValueError(f"cosine_similarity takes shapes that broadcast, not {x.shape} and {y.shape}") from None
    axes = axes_of(axis, len(shape))
    if not all(shape[k] for k in axes):
        raise InputValueError(f"cosine_similarity of vectors without numbers (shape {shape}) is not defined")
    both = (each if each.shape == shape else broadcast_to(each, shape) for each in (x, y))
    return plain(perform(COSINE_SIMILARITY_OVER, *both, axes))
