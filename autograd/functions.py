"""Functions of one value and of two, under one name for every kind of number.

``exp(1.0)`` is a float, ``exp(np.ones(3))`` an array, ``exp(Value(1.0))`` a recorded value. Each docstring states the
derivative; the text that runs is that of the table, `autograd.ops`. The examples assume ``from autograd import *``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol, TypeVar, cast, overload

import numpy as np
from numpy.typing import NDArray

from . import ops
from .errors import InputTypeError
from .namespaces import arrays
from .real import number
from .table import Primitive
from .tape import Node
from .tensor import Tensor, perform
from .value import Value, compute

T = TypeVar("T", float, NDArray[Any], Value, Tensor)


class _OfTwo(Protocol):
    """The type of a function of two numbers: recorded if one of them is."""

    @overload
    def __call__(self, x: float, y: float, /) -> float: ...
    @overload
    def __call__(self, x: Value, y: float | Value, /) -> Value: ...
    @overload
    def __call__(self, x: float, y: Value, /) -> Value: ...
    @overload
    def __call__(self, x: NDArray[Any], y: float | NDArray[Any], /) -> NDArray[Any]: ...
    @overload
    def __call__(self, x: float, y: NDArray[Any], /) -> NDArray[Any]: ...


def of_two(function: Callable[[Any, Any], Any]) -> _OfTwo:
    """Give a function of two numbers its type."""
    return cast(_OfTwo, function)


def evaluate(op: Primitive, *given: Any) -> Any:
    """An operation on tensors and values, else on arrays, else on floats."""
    if any(isinstance(x, Node) for x in given):
        return perform(op, *given)
    if any(isinstance(x, np.ndarray) for x in given):
        for x in given:
            if isinstance(x, np.ndarray) and x.dtype.kind not in "fiub":
                raise InputTypeError(
                    f"{op.name} takes an array of real numbers, not of {x.dtype}; for an array of values, "
                    f"apply it to each: [{op.name}(x) for x in array.flat]"
                )
        with np.errstate(all="ignore"):
            return op.value(arrays, *given)
    return compute(op, *(float(x) if isinstance(x, (bool, np.bool_)) else number(x, op.name) for x in given))


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
    return evaluate(ops.LOGADDEXP, x, y)
