"""Rules of the table, evaluated on symbols for arrays: the calls that would compute them.

    relu'   lambda m, x, y: (m.where(m.less(0, x), 1, 0),)      the rule in the table
            np.less(0, x, out=slope)                            the call that runs

A `Cell` stands for the result of an operation on arrays. A rule that is evaluated on cells leaves a trace of them. From
those that are needed, `Emitter.emit` makes calls of numpy's functions, whose arguments and results are arrays that are
bound once. So the arithmetic is that of the one table, and a call of a compiled function allocates no arrays.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

from ...arrays.table import arrays
from ...core.table import Namespace
from .memory import empty

__all__ = ["Cell", "Emitter", "cells"]

Array = np.ndarray[Any, Any]
Call = Callable[[], Any]

NAMED = (np.maximum, np.minimum)
SMALL = 1024  # numbers of an array


def _into(function: Callable[..., Any], *arguments: Any, out: Array) -> None:
    """Call a function that has no parameter ``out``, and copy its result there."""
    np.copyto(out, function(*arguments), casting="unsafe")


def _choose(condition: Any, x: Any, y: Any, out: Array) -> None:
    np.copyto(out, y)
    np.copyto(out, x, where=condition)


def _cast(x: Any, out: Array) -> None:
    np.copyto(out, x)


def _matrix(x: Array, axes: tuple[int, ...], out: Array) -> Array | None:
    """Return ones to multiply by, if BLAS can compute a sum: one over the rows or the columns of a matrix."""
    if not (x.flags.c_contiguous and out.flags.c_contiguous) or x.size == out.size:
        return None
    if out.size == 1 and x.size > SMALL:  # the pairwise summation of numpy is more exact here
        return None
    if axes in (tuple(range(len(axes))), tuple(range(x.ndim - len(axes), x.ndim))):
        return np.ones(x.size // out.size)
    return None


class Cell:
    """An array that exists, or the result of a call.

    Attributes
    ----------
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
        self, emitter: Emitter, function: Any, arguments: tuple[Any, ...], array: Any = None, boolean: bool = False
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
    return _made(_cast, x) if isinstance(x, Cell) and x.boolean else x


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
        if y != 0.5:  # for which numpy takes a square root, which differs at -inf and at -0.0
            return _made(np.power, x, y)
    return _any_power(x, y)


def _where(condition: Any, x: Any, y: Any) -> Any:
    if not isinstance(condition, Cell):
        return x if condition else y
    if not condition.boolean:
        condition = _made(np.not_equal, condition, 0.0, boolean=True)
    if _is_one(x) and not isinstance(y, Cell) and y == 0:
        return _made(_cast, condition)
    return _made(_choose, condition, _as_number(x), _as_number(y))


def _elementwise(name: str) -> Callable[..., Any]:
    function = getattr(arrays, name)
    made = function if isinstance(function, np.ufunc) else partial(_into, function)
    return lambda *xs: (
        _made(made, *map(_as_number, xs)) if any(isinstance(x, Cell) for x in xs) else _quietly(function, *xs)
    )


def _round(x: Any, digits: int) -> Any:
    if not isinstance(x, Cell):
        return _quietly(arrays.round, x, digits)
    return _made(partial(_into, lambda x: arrays.round(x, digits)), _as_number(x))


_any_power = _elementwise("power")


def _comparison(function: np.ufunc) -> Callable[..., Any]:
    return lambda x, y: _made(function, x, y, boolean=True)


cells = Namespace(
    **{
        name: _elementwise(name)
        for name in (
            "exp expm1 log log2 log10 log1p sqrt sin cos tan asin acos atan atan2 hypot sinh cosh tanh asinh acosh "
            "atanh erf erfc cbrt floor absolute sign maximum minimum"
        ).split()
    },
    round=_round,
    power=_power,
    less=_comparison(np.less),
    equal=_comparison(np.equal),
    where=_where,
)


class Emitter:
    """A list of calls of numpy's functions that grows, and the scratch arrays that they write to.

    Attributes
    ----------
    calls : list of callable
        The calls, in the order in which they are to run.
    """

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self._trace: list[Cell] = []
        self._same: dict[Any, Cell] = {}
        self._free: dict[Any, list[Array]] = {}
        self._used: list[Array] = []

    def anew(self) -> Emitter:
        """Return an emitter for calls that run at other times, and so may use the same scratch arrays."""
        emitter = Emitter()
        emitter._free = self._free
        return emitter

    def of(self, array: Any) -> Any:
        """Return a cell for an array that exists. A float becomes one of numpy's, which may be divided by zero."""
        return np.float64(array) if type(array) is float else Cell(self, None, (), array)

    def cell(self, function: Any, arguments: tuple[Any, ...], boolean: bool) -> Cell:
        """Return the cell for the result of a call; equal calls have one cell."""
        key = (function, *[id(x) if isinstance(x, Cell) else (x, repr(x)) for x in arguments])
        if key not in self._same:
            made = self._same[key] = Cell(self, function, arguments, boolean=boolean)
            self._trace.append(made)
        return self._same[key]

    def call(self, function: Callable[..., Any], *arguments: Any, **options: Any) -> None:
        """Add a call, with ``out`` by position, which is faster; two of numpy's functions do not allow it."""
        arguments = tuple(float(x) if type(x) is np.float64 else x for x in arguments)  # faster than numpy's numbers
        if isinstance(function, np.ufunc) and len(options) == 1 and function not in NAMED:
            self.calls.append(partial(function, *arguments, options["out"]))
        else:
            self.calls.append(partial(function, *arguments, **options))

    def multiply(self, x: Array, y: Array, out: Array) -> None:
        """Add a product of matrices, by the function of numpy's that reaches BLAS fastest."""
        if x.ndim == 2 and y.ndim == 2 and out.flags.c_contiguous:
            self.calls.append(partial(x.dot, y, out))
        else:
            self.calls.append(partial(np.matmul, x, y, out=out))

    def sum(self, x: Array, axes: tuple[int, ...], out: Array) -> None:
        """Add a sum over axes; one over the rows or the columns of a matrix is a product with ones, which is faster."""
        ones = _matrix(x, axes, out)
        if ones is None:
            self.calls.append(partial(np.add.reduce, x, axis=axes, keepdims=out.ndim == x.ndim, out=out))
        elif axes[0] == 0:
            self.calls.append(partial(ones.dot, x.reshape(len(ones), -1), out.reshape(-1)))
        else:
            self.calls.append(partial(x.reshape(-1, len(ones)).dot, ones, out.reshape(-1)))

    def scratch(self, shape: tuple[int, ...], boolean: bool = False) -> Array:
        """Return a scratch array, which may be reused after `finish`."""
        key = (shape, boolean)
        free = self._free.setdefault(key, [])
        scratch = free.pop() if free else empty(shape, bool if boolean else np.float64)
        self._used.append(scratch)
        return scratch

    def finish(self) -> None:
        """Drop the cells, and release their scratch arrays."""
        self._trace.clear()
        self._same.clear()
        for scratch in self._used:
            self._free[scratch.shape, scratch.dtype == bool].append(scratch)
        self._used.clear()

    def emit(self, wanted: Sequence[tuple[Any, Array | None]]) -> list[Any]:
        """Add the calls that compute cells. A cell may come with an array to which its result is to be written.

        Returns
        -------
        list of ndarray or float
            The array that holds each cell after the calls: the one that was given, if any.
        """
        targets: dict[int, Array] = {}
        for x, into in wanted:
            if isinstance(x, Cell):
                x.needed = True
                if into is not None and x.array is None and x.emitter is self:
                    targets.setdefault(id(x), into)
        for cell in reversed(self._trace):
            if cell.needed and cell.array is None:
                for x in cell.arguments:
                    if isinstance(x, Cell):
                        x.needed = True
        for cell in self._trace:
            if cell.needed and cell.array is None:
                self._call(cell, targets.get(id(cell)))
        found = []
        for x, into in wanted:
            array = x.array if isinstance(x, Cell) else x
            if into is not None and array is not into:
                self.call(np.copyto, into, array)
                array = into
            found.append(array)
        return found

    def _call(self, cell: Cell, into: Array | None) -> None:
        arguments = [x.array if isinstance(x, Cell) else x for x in cell.arguments]
        shape = np.broadcast_shapes(*[getattr(x, "shape", ()) for x in arguments])
        if into is None or into.shape != shape:
            into = self.scratch(shape, cell.boolean)
        self.call(cell.function, *arguments, out=into)
        cell.array = into
