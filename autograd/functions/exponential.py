"""Functions of one value and of two, under one name for every kind of number.

``exp(1.0)`` is a float, ``exp(np.ones(3))`` an array, ``exp(Value(1.0))`` a recorded value. Each docstring states the
derivative; the text that runs is that of the table, `core.ops`. The examples assume ``from autograd import *``.
"""

from __future__ import annotations

from typing import Any, cast

from ..arrays.tensor import evaluate
from ..core import ops, several
from ..core.several import TABLE
from .arraylike import T, of_two


def exp(x: T, /) -> T:
    """The exponential.

    ``d exp(x)/dx = exp(x)``

    Examples
    --------
    >>> x = Value(1.0); y = exp(x); y.backward()
    >>> y.data, x.grad
    (2.7182818285, 2.7182818285)
    """
    return cast(T, evaluate(ops.EXP, x))


def expm1(x: T, /) -> T:
    """``exp(x) - 1``, exact for small ``x``.

    ``d expm1(x)/dx = exp(x)``

    Examples
    --------
    >>> x = Value(0.5); y = expm1(x); y.backward()
    >>> y.data, x.grad
    (0.6487212707, 1.6487212707)
    """
    return cast(T, evaluate(ops.EXPM1, x))


def log(x: T, /) -> T:
    """The natural logarithm; -inf at 0 and nan below.

    ``d log(x)/dx = 1/x``

    Examples
    --------
    >>> x = Value(2.0); y = log(x); y.backward()
    >>> y.data, x.grad
    (0.6931471806, 0.5)
    """
    return cast(T, evaluate(ops.LOG, x))


def log2(x: T, /) -> T:
    """The logarithm to base 2; -inf at 0 and nan below.

    ``d log2(x)/dx = 1/(x log 2)``

    Examples
    --------
    >>> x = Value(8.0); y = log2(x); y.backward()
    >>> y.data, x.grad
    (3.0, 0.1803368801)
    """
    return cast(T, evaluate(ops.LOG2, x))


def log10(x: T, /) -> T:
    """The logarithm to base 10; -inf at 0 and nan below.

    ``d log10(x)/dx = 1/(x log 10)``

    Examples
    --------
    >>> x = Value(100.0); y = log10(x); y.backward()
    >>> y.data, x.grad
    (2.0, 0.0043429448)
    """
    return cast(T, evaluate(ops.LOG10, x))


def log1p(x: T, /) -> T:
    """``log(1 + x)``, exact for small ``x``; -inf at -1 and nan below.

    ``d log1p(x)/dx = 1/(1 + x)``

    Examples
    --------
    >>> x = Value(1.0); y = log1p(x); y.backward()
    >>> y.data, x.grad
    (0.6931471806, 0.5)
    """
    return cast(T, evaluate(ops.LOG1P, x))


def sqrt(x: T, /) -> T:
    """The square root; nan for negative ``x``.

    ``d sqrt(x)/dx = 1/(2 sqrt(x)), inf at 0``

    Examples
    --------
    >>> x = Value(4.0); y = sqrt(x); y.backward()
    >>> y.data, x.grad
    (2.0, 0.25)
    """
    return cast(T, evaluate(ops.SQRT, x))


def erf(x: T, /) -> T:
    """The error function, 2/√π times the integral of exp(-t²) from 0 to ``x``.

    ``d erf(x)/dx = 2/√π exp(-x²)``

    Examples
    --------
    >>> x = Value(0.5); y = erf(x); y.backward()
    >>> y.data, x.grad
    (0.5204998778, 0.8787825789)
    """
    return cast(T, evaluate(ops.ERF, x))


def erfc(x: T, /) -> T:
    """``1 - erf(x)``, exact for large ``x``.

    ``d erfc(x)/dx = -2/√π exp(-x²)``

    Examples
    --------
    >>> x = Value(0.5); y = erfc(x); y.backward()
    >>> y.data, x.grad
    (0.4795001222, -0.8787825789)
    """
    return cast(T, evaluate(ops.ERFC, x))


@of_two
def logaddexp(x: Any, y: Any, /) -> Any:
    """``log(exp(x) + exp(y))``, without overflow.

    ``d/dx = exp(x)/(exp(x) + exp(y))``

    Examples
    --------
    >>> x, y = Value(1000.0), Value(1000.0); z = logaddexp(x, y); z.backward()
    >>> z.data, x.grad, y.grad
    (1000.6931471806, 0.5, 0.5)
    """
    return evaluate(several.LOGADDEXP, x, y)


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
