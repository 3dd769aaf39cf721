"""Rules of the table, evaluated on symbols for arrays: the calls that would compute them.

    relu'   lambda m, x, y: (m.where(m.less(0, x), 1, 0),)      the rule in the table
            np.less(0, x, out=slope)                            the call that runs

A `Cell` stands for the result of an operation on arrays. A rule that is evaluated on cells leaves a trace of them. From
those that are needed, `Emitter.emit` makes calls of numpy's functions, whose arguments and results are arrays that are
bound once. So the arithmetic is that of the one table, and a call of a compiled function allocates no arrays.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from typing import Any

import numpy as np

from ...arrays.table import arrays
from ...core.namespaces import FUNCTIONS
from ...core.table import Namespace

__all__ = ["DEAR", "Cell", "cast", "cells", "choose", "into"]

Array = np.ndarray[Any, Any]
SMALL_POWERS = range(3, 9)  # exponents of powers that a few products compute faster than one call of `power`


def into(function: Callable[..., Any], *arguments: Any, out: Array) -> None:
    """Call a function that has no parameter ``out``, and copy its result to ``out``."""
    np.copyto(out, function(*arguments), casting="unsafe")


def choose(condition: Any, x: Any, y: Any, out: Array) -> None:
    """Write ``x`` where a condition is true, and ``y`` elsewhere."""
    out[...] = y
    if condition.shape == out.shape and getattr(x, "shape", ()) in ((), out.shape):
        np.putmask(out, condition, x)  # half the time; it would repeat other shapes without broadcasting them
    else:
        np.copyto(out, x, where=condition)


def cast(x: Any, out: Array) -> None:
    """Write truth values as numbers."""
    np.copyto(out, x)


class Cell:
    """An array that exists, or the result of a call.

    Attributes
    ----------
    emitter : Emitter
        Makes the calls.
    function : callable or None
        Called with the arrays of the arguments and ``out``; ``None`` for an array that exists.
    arguments : tuple of Cell or float
        The arguments of the function.
    array : ndarray or None
        The array, or the one that the call writes to, once it is emitted.
    boolean : bool
        True for an array of truth values.
    needed : bool
        True if the result of the call is used.
    """

    __slots__ = ("arguments", "array", "boolean", "emitter", "function", "needed")

    def __init__(
        self, emitter: Any, function: Any, arguments: tuple[Any, ...], array: Any = None, boolean: bool = False
    ) -> None:
        self.emitter = emitter
        self.function = function
        self.arguments = arguments
        self.array = array
        self.boolean = boolean
        self.needed = False

    def __add__(self, other: Any) -> Any:
        return _of_two(np.add, self, other)

    def __radd__(self, other: Any) -> Any:
        return _of_two(np.add, other, self)

    def __sub__(self, other: Any) -> Any:
        return _of_two(np.subtract, self, other)

    def __rsub__(self, other: Any) -> Any:
        return _of_two(np.subtract, other, self)

    def __mul__(self, other: Any) -> Any:
        if _is_one(other):
            return self
        if isinstance(other, Cell) and other.function is np.divide and _is_one(other.arguments[0]):
            return _of_two(np.divide, self, other.arguments[1])
        return _of_two(np.multiply, self, other)

    def __rmul__(self, other: Any) -> Any:
        return self if _is_one(other) else _of_two(np.multiply, other, self)

    def __truediv__(self, other: Any) -> Any:
        if self.function is np.negative and not isinstance(other, Cell):
            return _of_two(np.divide, self.arguments[0], -other)
        return _of_two(np.divide, self, other)

    def __rtruediv__(self, other: Any) -> Any:
        return _of_two(np.divide, other, self)

    def __floordiv__(self, other: Any) -> Any:
        return _of_two(np.floor_divide, self, other)

    def __rfloordiv__(self, other: Any) -> Any:
        return _of_two(np.floor_divide, other, self)

    def __mod__(self, other: Any) -> Any:
        return _of_two(np.remainder, self, other)

    def __rmod__(self, other: Any) -> Any:
        return _of_two(np.remainder, other, self)

    def __pow__(self, other: Any) -> Any:
        return _power(self, other)

    def __rpow__(self, other: Any) -> Any:
        return _power(other, self)

    def __neg__(self) -> Any:
        return _made(np.negative, self)


def _is_one(x: Any) -> bool:
    return not isinstance(x, Cell) and x == 1


def _made(function: Any, *arguments: Any, boolean: bool = False) -> Any:
    """Return the result of a function: a cell if an argument is one, else a number."""
    for x in arguments:
        if isinstance(x, Cell):
            return x.emitter.cell(function, arguments, boolean)
    return _quietly(function, *arguments)


def _quietly(function: Any, *arguments: Any) -> Any:
    with np.errstate(all="ignore"):
        return function(*arguments)


def _as_number(x: Any) -> Any:
    """Convert truth values to numbers, for arithmetic."""
    return _made(cast, x) if isinstance(x, Cell) and x.boolean else x


def _of_two(function: np.ufunc, x: Any, y: Any) -> Any:
    return _made(function, _as_number(x), _as_number(y))


def _power(x: Any, y: Any) -> Any:
    """Return a power; a small one as a product, which is faster and as exact."""
    if isinstance(x, Cell) and not isinstance(y, Cell):
        if y == 1:
            return x
        if y == 2:
            return _made(np.square, x)
        if y == -1:
            return 1 / x
        if y in SMALL_POWERS:
            return _product(x, int(y))
        if y != 0.5:  # for which numpy takes a square root, which differs at -inf and at -0.0
            return _made(np.power, x, y)
    return _any_power(x, y)


def _product(x: Any, count: int) -> Any:
    """Return the product of a number with itself, so many times, by squaring."""
    if count == 1:
        return x
    half = _made(np.square, _product(x, count // 2))
    return half * x if count % 2 else half


def _where(condition: Any, x: Any, y: Any) -> Any:
    if not isinstance(condition, Cell):
        return x if condition else y
    if not condition.boolean:
        condition = _made(np.not_equal, condition, 0.0, boolean=True)
    if _is_one(x) and not isinstance(y, Cell) and y == 0:
        return _made(cast, condition)
    return _made(choose, condition, _as_number(x), _as_number(y))


DEAR: set[Any] = set()  # functions that take longer than reading a stored result
WITH_OUT = {"log": np.log, "erf": arrays.erf, "erfc": arrays.erfc}  # functions with a parameter ``out``, of arrays


def _elementwise(name: str) -> Callable[..., Any]:
    function = getattr(arrays, name)
    made = WITH_OUT.get(name, function)
    made = made if isinstance(made, np.ufunc) or name in WITH_OUT else partial(into, function)
    DEAR.add(made)
    return lambda *xs: (
        _made(made, *map(_as_number, xs)) if any(isinstance(x, Cell) for x in xs) else _quietly(function, *xs)
    )


def _round(x: Any, digits: int) -> Any:
    if not isinstance(x, Cell):
        return _quietly(arrays.round, x, digits)
    return _made(_rounding(digits), _as_number(x))


@cache
def _rounding(digits: int) -> Any:
    """Return the function that rounds: one for all calls, by which equal calls are known."""
    return partial(into, lambda x: arrays.round(x, digits))


_any_power = _elementwise("power")
_size = _elementwise("absolute")


def _absolute(x: Any) -> Any:
    return _size(x.arguments[0] if isinstance(x, Cell) and x.function is np.negative else x)


def _comparison(function: np.ufunc) -> Callable[..., Any]:
    return lambda x, y: _made(function, x, y, boolean=True)


class _Cells(Namespace):
    """The functions of the rules, on cells."""

    def vanishing(self, _: Any, closed: Any) -> Any:
        """Return a slope as it is: its number is 0 where ``x²`` overflows, and here nobody differentiates it."""
        return closed


cells = _Cells(
    **{name: _elementwise(name) for name in FUNCTIONS if name != "absolute"},
    absolute=_absolute,
    round=_round,
    power=_power,
    less=_comparison(np.less),
    equal=_comparison(np.equal),
    where=_where,
)
DEAR -= {np.absolute, np.sign, np.maximum, np.minimum}
