"""Trigonometric and hyperbolic functions, under one name for floats, arrays, values and tensors."""

from __future__ import annotations

from typing import Any, cast

from ..arrays.tensor import evaluate
from ..core import ops
from ..core.several import TABLE
from .arraylike import T, of_two

__all__ = ["sinc"]


def sin(x: T, /) -> T:
    """The sine of an angle in radians.

    ``d sin(x)/dx = cos(x)``

    Examples
    --------
    >>> x = Value(0.5); y = sin(x); y.backward()
    >>> y.data, x.grad
    (0.4794255386, 0.8775825619)
    """
    return cast(T, evaluate(ops.SIN, x))


def cos(x: T, /) -> T:
    """The cosine of an angle in radians.

    ``d cos(x)/dx = -sin(x)``

    Examples
    --------
    >>> x = Value(0.5); y = cos(x); y.backward()
    >>> y.data, x.grad
    (0.8775825619, -0.4794255386)
    """
    return cast(T, evaluate(ops.COS, x))


def tan(x: T, /) -> T:
    """The tangent of an angle in radians.

    ``d tan(x)/dx = 1 + tan²(x)``

    Examples
    --------
    >>> x = Value(0.5); y = tan(x); y.backward()
    >>> y.data, x.grad
    (0.5463024898, 1.2984464104)
    """
    return cast(T, evaluate(ops.TAN, x))


def asin(x: T, /) -> T:
    """The angle in radians whose sine is ``x``; nan for ``|x| > 1``.

    ``d asin(x)/dx = 1/√(1 - x²), inf at ±1``

    Examples
    --------
    >>> x = Value(0.5); y = asin(x); y.backward()
    >>> y.data, x.grad
    (0.5235987756, 1.1547005384)
    """
    return cast(T, evaluate(ops.ASIN, x))


def acos(x: T, /) -> T:
    """The angle in radians whose cosine is ``x``; nan for ``|x| > 1``.

    ``d acos(x)/dx = -1/√(1 - x²), -inf at ±1``

    Examples
    --------
    >>> x = Value(0.5); y = acos(x); y.backward()
    >>> y.data, x.grad
    (1.0471975512, -1.1547005384)
    """
    return cast(T, evaluate(ops.ACOS, x))


def atan(x: T, /) -> T:
    """The angle in radians whose tangent is ``x``.

    ``d atan(x)/dx = 1/(1 + x²)``

    Examples
    --------
    >>> x = Value(2.0); y = atan(x); y.backward()
    >>> y.data, x.grad
    (1.1071487178, 0.2)
    """
    return cast(T, evaluate(ops.ATAN, x))


def sinh(x: T, /) -> T:
    """The hyperbolic sine.

    ``d sinh(x)/dx = cosh(x)``

    Examples
    --------
    >>> x = Value(0.5); y = sinh(x); y.backward()
    >>> y.data, x.grad
    (0.5210953055, 1.1276259652)
    """
    return cast(T, evaluate(ops.SINH, x))


def cosh(x: T, /) -> T:
    """The hyperbolic cosine.

    ``d cosh(x)/dx = sinh(x)``

    Examples
    --------
    >>> x = Value(0.5); y = cosh(x); y.backward()
    >>> y.data, x.grad
    (1.1276259652, 0.5210953055)
    """
    return cast(T, evaluate(ops.COSH, x))


def tanh(x: T, /) -> T:
    """The hyperbolic tangent.

    ``d tanh(x)/dx = 1 - tanh²(x)``

    Examples
    --------
    >>> x = Value(0.5); y = tanh(x); y.backward()
    >>> y.data, x.grad
    (0.4621171573, 0.786447733)
    """
    return cast(T, evaluate(ops.TANH, x))


def asinh(x: T, /) -> T:
    """The inverse of `sinh`.

    ``d asinh(x)/dx = 1/√(1 + x²)``

    Examples
    --------
    >>> x = Value(0.75); y = asinh(x); y.backward()
    >>> y.data, x.grad
    (0.6931471806, 0.8)
    """
    return cast(T, evaluate(ops.ASINH, x))


def acosh(x: T, /) -> T:
    """The inverse of `cosh`; nan for ``x < 1``.

    ``d acosh(x)/dx = 1/√(x² - 1), inf at 1``

    Examples
    --------
    >>> x = Value(1.25); y = acosh(x); y.backward()
    >>> y.data, x.grad
    (0.6931471806, 1.3333333333)
    """
    return cast(T, evaluate(ops.ACOSH, x))


def atanh(x: T, /) -> T:
    """The inverse of `tanh`; nan for ``|x| > 1``.

    ``d atanh(x)/dx = 1/(1 - x²), inf at ±1``

    Examples
    --------
    >>> x = Value(0.5); y = atanh(x); y.backward()
    >>> y.data, x.grad
    (0.5493061443, 1.3333333333)
    """
    return cast(T, evaluate(ops.ATANH, x))


@of_two
def atan2(y: Any, x: Any, /) -> Any:
    """The angle in radians of the point ``(x, y)``; note the order of the arguments.

    ``d atan2(y, x)/dy = x/(x² + y²)``, ``d atan2(y, x)/dx = -y/(x² + y²)``; 0 and 0 at the origin

    Examples
    --------
    >>> y, x = Value(1.0), Value(2.0); angle = atan2(y, x); angle.backward()
    >>> angle.data, y.grad, x.grad
    (0.4636476090, 0.4, -0.2)
    """
    return evaluate(ops.ATAN2, y, x)


@of_two
def hypot(x: Any, y: Any, /) -> Any:
    """``√(x² + y²)``, without the overflow of the squares.

    ``d hypot(x, y)/dx = x/hypot(x, y)``; 0 and 0 at the origin

    Examples
    --------
    >>> x, y = Value(3e200), Value(4e200); z = hypot(x, y); z.backward()
    >>> z.data, x.grad, y.grad
    (5e+200, 0.6, 0.8)
    """
    return evaluate(ops.HYPOT, x, y)


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
