"""The list of calls of a pass as it grows, and the scratch arrays that they write to.

Subexpressions that the value of a rule and its derivatives share, such as the exponential of a softplus, are computed
once: the forward pass keeps them in arrays of their own, and the calls of a reverse pass read these arrays.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

import numpy as np

from .cells import DEAR, Cell
from .memory import copied, empty

__all__ = ["Emitter", "size_of"]

Array = np.ndarray[Any, Any]
Call = partial[Any]

NAMED = (np.maximum, np.minimum)
NUMBERS = {int, float}
FEW = 4  # the most numbers that are reduced one after the other
SMALL = 1024  # the most numbers that are summed to a single one by a product with ones


class Emitter:
    """A list of calls of numpy's functions that grows, and the scratch arrays that they write to.

    Parameters
    ----------
    reuses : bool
        True if a scratch array is used again. Calls that are to be fused are freer to move if none is.

    Attributes
    ----------
    reuses : bool
        The parameter.
    calls : list of partial
        The calls, in the order in which they are to run.
    ends : list of int
        The numbers of calls until the end of each plan.
    made : list of ndarray
        The scratch arrays, which last until the end of a plan.
    presets : list of callable
        What has written the numbers that stand in arrays before the first pass.
    sizes : list of (int, int)
        Numbers of elements that were compared: what the calls are depends on whether the first is greater.
    known, soon_known : dict
        By function and arguments, results that stay until the next forward pass; and those of the calls since `finish`.
    """

    def __init__(self, reuses: bool = True) -> None:
        self.reuses = reuses
        self.calls: list[Call] = []
        self.ends: list[int] = []
        self.made: list[Array] = []
        self.presets: list[Call] = []
        self.sizes: list[tuple[int, int]] = []
        self.known: dict[Any, Array] = {}
        self.soon_known: dict[Any, Array] = {}
        self._trace: list[Cell] = []
        self._same: dict[Any, Cell] = {}
        self._free: dict[Any, list[Array]] = {}
        self._used: list[Array] = []

    def anew(self) -> Emitter:
        """Return an emitter for calls that run at other times, and so may use the same scratch arrays."""
        emitter = Emitter(self.reuses)
        emitter._free, emitter.known, emitter.made = self._free, self.known, self.made
        return emitter

    def followed_by(self, other: Emitter) -> Emitter:
        """Return an emitter with the calls of this one and those of another one."""
        emitter = self.anew()
        emitter.calls = self.calls + other.calls
        emitter.ends = self.ends + [len(self.calls) + end for end in other.ends]
        return emitter

    def of(self, array: Any) -> Any:
        """Return a cell for an array that exists. A float becomes one of numpy's, which may be divided by zero."""
        return np.float64(array) if type(array) is float else Cell(self, None, (), _narrow(array))

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
        """Add a product of matrices, or with a vector, by the function of numpy's that reaches BLAS fastest."""
        if x.ndim == 2 and y.ndim <= 2 and out.flags.c_contiguous:
            self.calls.append(partial(x.dot, y, out))
        elif x.ndim == 2 and y.ndim == 2 and out.flags.f_contiguous:
            self.calls.append(partial(y.T.dot, x.T, out.T))
        else:
            self.calls.append(partial(np.matmul, x, y, out=out))

    def take(self, source: Array, rows: Array, out: Array) -> None:
        """Add a copy of some rows; by numpy's method, of which a call costs less, unless the calls are to be fused."""
        if self.reuses:
            self.calls.append(partial(source.take, rows, 0, out, "clip"))
        else:
            self.calls.append(partial(np.take, source, rows, axis=0, out=out, mode="clip"))

    def preset(self, function: Callable[..., Any], *arguments: Any) -> None:
        """Write numbers into an array, which stay there in all passes."""
        self.presets.append(partial(function, *arguments))
        self.presets[-1]()

    def ones(self, shape: tuple[int, ...]) -> Array:
        """Return an array of ones, to which nobody writes."""
        return self.filled(shape, 1.0)

    def filled(self, shape: tuple[int, ...], number: float) -> Array:
        """Return an array that has the same number everywhere, to which nobody writes."""
        array = empty(shape)
        self.preset(array.fill, number)
        self.made.append(array)
        return array

    def exceeds(self, size: int, limit: int) -> bool:
        """True if a number of elements, which may depend on the number of samples, is greater than another one."""
        self.sizes.append((size, limit))
        return size > limit

    def sum(self, x: Array, axes: tuple[int, ...], out: Array, factor: float = 1.0) -> None:
        """Add a sum over axes, times a factor; over rows or columns of a matrix it is a product, which is faster."""
        factors = self.filled((x.size // out.size,), factor) if self._is_product(x, axes, out) else None
        if factors is None:
            self.calls.append(partial(np.add.reduce, x, axis=axes, keepdims=out.ndim == x.ndim, out=out))
            if factor != 1:
                self.call(np.multiply, out, factor, out=out)
        elif axes[0] == 0:
            self.calls.append(partial(factors.dot, x.reshape(len(factors), -1), out.reshape(-1)))
        else:
            self.calls.append(partial(x.reshape(-1, len(factors)).dot, factors, out.reshape(-1)))

    def reduce(self, function: np.ufunc, x: Array, axes: tuple[int, ...], out: Array) -> None:
        """Add a reduction; one of few neighbouring numbers column by column, since numpy is slow along short axes."""
        if self.reuses and axes == (x.ndim - 1,) and 1 < x.shape[-1] <= FEW:
            total = out.reshape(x.shape[:-1])
            self.call(function, x[..., 0], x[..., 1], out=total)
            for k in range(2, x.shape[-1]):
                self.call(function, total, x[..., k], out=total)
        else:
            self.call(function.reduce, x, axis=axes, keepdims=out.ndim == x.ndim, out=out)

    def dot(self, x: Array, y: Array) -> Array | None:
        """Add the sum of the products of as many numbers, by one call of BLAS; ``None`` if it has none for them."""
        vectors = x.shape == y.shape and x.size == x.shape[-1] and x.flags.c_contiguous and y.flags.c_contiguous
        if not self.reuses or not vectors or self.exceeds(x.size, SMALL):
            return None
        total = self.scratch((1,))
        self.calls.append(partial(x.reshape(-1).dot, y.reshape(-1), total.reshape(())))
        return total

    def _is_product(self, x: Array, axes: tuple[int, ...], out: Array) -> bool:
        """True if BLAS can compute a sum: one over the rows or the columns of a matrix."""
        if not (x.flags.c_contiguous and out.flags.c_contiguous) or x.size == out.size:
            return False
        if out.size == 1 and self.exceeds(x.size, SMALL):  # the pairwise summation of numpy is more exact here
            return False
        return axes in (tuple(range(len(axes))), tuple(range(x.ndim - len(axes), x.ndim)))

    def scratch(self, shape: tuple[int, ...], boolean: bool = False) -> Array:
        """Return a scratch array, which may be reused after `finish`."""
        key = (shape, boolean)
        free = self._free.setdefault(key, [])
        if not free:
            free.append(empty(shape, bool if boolean else np.float64))
            self.made.append(free[0])
        scratch = free.pop()
        self._used.append(scratch)
        return scratch

    def quicker(self) -> list[Call]:
        """Return the calls in the forms that take numpy the least time.

        Numbers among the arguments of numpy's functions become arrays: numpy makes an array of a number at each call,
        which takes as long as the arithmetic on a hundred numbers. An array is copied by a method, since numpy's
        function is one of Python code. The recipes of chains, and engines that fuse calls, read the calls as they were;
        so this comes last.
        """
        calls = self.calls
        for k, call in enumerate(calls):
            copy = _parts_of_copy(call)
            if copy is not None and type(copy[1]) is np.ndarray:
                calls[k] = partial(copy[0].__setitem__, ..., copy[1])
            elif isinstance(call.func, np.ufunc) and not NUMBERS.isdisjoint(map(type, call.args)):
                given = [np.array(float(x)) if type(x) in NUMBERS else x for x in call.args]
                calls[k] = partial(call.func, *given, **call.keywords)
        return calls

    def finish(self) -> None:
        """Drop the cells, and release their scratch arrays, at the end of a plan."""
        self.ends.append(len(self.calls))
        self._trace.clear()
        self._same.clear()
        for scratch in self._used if self.reuses else ():
            self._free[scratch.shape, scratch.dtype == bool].append(scratch)
        self._used.clear()
        self.known.update(self.soon_known)
        self.soon_known.clear()

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
                cell.array = self.known.get(_key(cell)) if cell.function in DEAR and self.known else None
                for x in cell.arguments if cell.array is None else ():
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

    def keep(self, x: Any, array: Array, slopes: Sequence[Any]) -> list[tuple[Cell, Array]]:
        """Keep the value of a rule, and the subexpressions that its derivatives share with it, for reverse passes.

        Parameters
        ----------
        x : Cell or float
            The value.
        array : ndarray
            The array to which the forward pass writes it.
        slopes : sequence
            The derivatives, as cells of the same arguments; none if no reverse pass will need them.

        Returns
        -------
        list of (Cell, ndarray)
            The subexpressions that are kept, each with its array; they are to be emitted together with the value.
        """
        parts = set(_dear(x))
        common = parts.intersection(part for slope in slopes for part in _dear(slope))
        kept = [(part, empty(_shape(part))) for part in self._trace if part in common and part is not x]
        for part, into in kept + [(part, array) for part in parts if part is x]:
            self.soon_known[_key(part)] = into
        return kept

    def _call(self, cell: Cell, into: Array | None) -> None:
        arguments = [x.array if isinstance(x, Cell) else x for x in cell.arguments]
        shape = np.broadcast_shapes(*[getattr(x, "shape", ()) for x in arguments])
        if into is None or into.shape != shape:
            into = self.scratch(shape, cell.boolean)
        # Numpy converts truth values to numbers faster in a call of its own.
        apart = cell.boolean and into.dtype != bool and self.reuses
        out = self.scratch(shape, True) if apart else into
        self.call(cell.function, *arguments, out=out)
        if apart:
            self.call(np.copyto, into, out)
        cell.array = into


def _parts_of_copy(call: Call) -> tuple[Any, Any] | None:
    """Return the array that a call writes to and what it copies there; ``None`` if it does anything else."""
    if call.func is np.copyto and not call.keywords:
        return call.args
    return (call.keywords["out"], call.args[0]) if call.func is copied else None


def _narrow(x: Any) -> Any:
    """Return an array with length 1 along the axes along which it repeats its numbers."""
    if not isinstance(x, np.ndarray) or 0 not in x.strides:
        return x
    return x[tuple(slice(None) if step else slice(0, 1) for step in x.strides)]


def _dear(x: Any) -> Iterator[Cell]:
    """The calls of expensive functions among those that compute a cell."""
    if isinstance(x, Cell) and x.function is not None:
        if x.function in DEAR:
            yield x
        for argument in x.arguments:
            yield from _dear(argument)


def _key(x: Any) -> Any:
    """A key that is equal for cells that compute the same from the same arrays."""
    if not isinstance(x, Cell):
        return x, repr(x)
    if x.function is None:
        return x.array.__array_interface__["data"][0], x.array.shape, x.array.strides
    return x.function, *map(_key, x.arguments)


def size_of(x: Any) -> int:
    """Return the number of numbers that a cell computes."""
    return math.prod(_shape(x))


def _shape(x: Any) -> tuple[int, ...]:
    """The shape of what a cell computes."""
    if isinstance(x, Cell) and x.function is not None:
        return np.broadcast_shapes(*map(_shape, x.arguments))
    return getattr(x.array if isinstance(x, Cell) else x, "shape", ())
