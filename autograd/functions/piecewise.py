"""Functions that choose, with kinks and steps; under one name for floats, arrays, values and tensors."""

from __future__ import annotations

from typing import Any, cast, overload

from numpy.typing import NDArray

from ..arrays.tensor import Tensor, evaluate
from ..core import ops
from ..core.numbers import bounds, whole
from ..core.several import TABLE
from ..core.value import Value
from .arraylike import T, of_two


def sign(x: T, /) -> T:
    """-1, 0 or 1.

    ``d sign(x)/dx = 0, at the jump as well``

    Examples
    --------
    >>> x = Value(-3.0); y = sign(x); y.backward()
    >>> y.data, x.grad
    (-1.0, 0.0)
    """
    return cast(T, evaluate(ops.SIGN, x))


@of_two
def maximum(x: Any, y: Any, /) -> Any:
    """The larger of two; nan if one is.

    1 for the larger, 0 for the other; ½ and ½ for equal ones

    Examples
    --------
    >>> x, y = Value(2.0), Value(2.0); maximum(x, y).backward()
    >>> x.grad, y.grad
    (0.5, 0.5)
    """
    return evaluate(ops.MAXIMUM, x, y)


@of_two
def minimum(x: Any, y: Any, /) -> Any:
    """The smaller of two; nan if one is.

    1 for the smaller, 0 for the other; ½ and ½ for equal ones

    Examples
    --------
    >>> x, y = Value(2.0), Value(3.0); minimum(x, y).backward()
    >>> x.grad, y.grad
    (1.0, 0.0)
    """
    return evaluate(ops.MINIMUM, x, y)


def abs(x: T, /) -> T:
    """The distance from 0.

    ``d |x|/dx = sign(x)``, 0 at 0

    Examples
    --------
    >>> x = Value(-3.0); y = abs(x); y.backward()
    >>> y.data, x.grad
    (3.0, -1.0)
    """
    return cast(T, evaluate(ops.ABS, x))


def round(x: T, digits: int = 0, /) -> T:
    """The nearest number of ``digits`` decimals, of two the even one. A float stays a float.

    ``d round(x)/dx = 0``, at the jumps as well

    Examples
    --------
    >>> x = Value(2.5); y = round(x); y.backward()
    >>> y.data, x.grad
    (2.0, 0.0)
    """
    return cast(T, evaluate(ops.ROUND, x, whole(digits, "the number of digits", least=-(2**62))))


def clip(x: T, low: Any = None, high: Any = None) -> T:
    """The nearest number to ``x`` between the bounds; ``None`` is no bound. Of an array they may be arrays.

    ``d clip(x)/dx = 1`` between the bounds and on them, so that a parameter resting on one can move back in; else 0

    Raises
    ------
    InputValueError
        If ``low > high``.

    Examples
    --------
    >>> x = Value(1.0); y = clip(x, -1.0, 1.0); y.backward()
    >>> y.data, x.grad
    (1.0, 1.0)
    """
    return cast(T, evaluate(ops.CLIP, x, *bounds(low, high)))


@overload
def where(condition: bool, x: float, y: float) -> float: ...
@overload
def where(condition: bool | Value, x: Value, y: float | Value) -> Value: ...
@overload
def where(condition: bool | Value, x: float, y: Value) -> Value: ...
@overload
def where(condition: Any, x: Tensor, y: Any) -> Tensor: ...
@overload
def where(condition: Any, x: float | Value | NDArray[Any], y: Tensor) -> Tensor: ...
@overload
def where(condition: Any, x: Any, y: Any) -> Any: ...
def where(condition: Any, x: Any, y: Any) -> Any:
    """``x`` where the condition holds, else ``y``.

    1 for the one taken. The other gets 0, even where its own derivative is infinite or nan.

    Parameters
    ----------
    condition : bool or array of bool
        The condition, such as ``x > 0``.
    x, y : float, ndarray, Value or Tensor
        The operands; both are computed before one is chosen.

    Examples
    --------
    >>> x = Value(0.0); y = where(x > 0, sqrt(x), 0.0); y.backward()
    >>> y.data, x.grad
    (0.0, 0.0)
    """
    return evaluate(ops.WHERE, condition, x, y)


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
