"""The methods of a tensor that pick, repeat and order its elements, and those that go along an axis.

All but ``cumsum`` and ``astype`` are made of other operations. An order is read off the numbers, and equal ones keep
theirs; the gradient goes back to where each number came from.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any, TypeVar

import numpy as np

from ..core import ops
from ..core.comparisons import asked
from ..core.numbers import whole
from ..errors import InputTypeError, InputValueError, described, shortened
from . import ops as array_ops
from .methods import Axis, Shaped, axes_of, axis_of, lengths
from .readonly import array_of, wanted_dtype

__all__ = ["Ordered"]

O = TypeVar("O", bound="Ordered")  # noqa: E741 - as S of Shaped
Indices = int | Sequence[Any] | np.ndarray[Any, Any]


def _whole_numbers(given: Any, what: str) -> np.ndarray[Any, Any]:
    """A copy of whole numbers in an array of any shape."""
    if type(given) is np.ndarray and given.dtype is _PLACES:
        return given.copy()
    found = array_of(given, what)
    if found.dtype.kind not in "iu" and found.size:
        raise InputTypeError(f"{what} takes whole numbers, not {described(given)}")
    return found.astype(np.intp)


_PLACES = np.dtype(np.intp)


def _along(part: Any, axis: int) -> tuple[Any, ...]:
    return (*(slice(None),) * axis, part) if axis else (part,)


def _upright(length: int, axis: int, ndim: int) -> tuple[int, ...]:
    """The shape of a row of numbers along an axis."""
    return (*(1,) * axis, length, *(1,) * (ndim - 1 - axis))


class Ordered(Shaped):
    """The base class of tensors with the methods that pick, repeat and order elements."""

    __slots__ = ()

    def _line(self: O, axis: int | None) -> tuple[O, int]:
        """The array and the axis along which to go: those of the row of all elements, if no axis is named."""
        if axis is not None:
            return self, axis_of(axis, self._data.ndim)
        return self if self._data.ndim == 1 else self.ravel(), 0

    def _at(self: O, index: tuple[Any, ...], places: Any) -> O:
        """The elements of an index whose arrays were made here; ``places`` is the one that may have another origin."""
        if type(places) is np.ndarray and places.ndim:
            return self._alone(array_ops.GETITEM, index)
        return self[index]

    # --- Picking and repeating ----------------------------------------------------------------------------------------

    def take(self: O, indices: Indices, axis: int | None = None) -> O:
        """The elements at these places along an axis, or in the row of all elements; see `autograd.take`."""
        x, at = self._line(axis)
        places, length = _whole_numbers(indices, "take"), x._data.shape[at]
        try:
            return x._at(_along(places, at), places)
        except InputValueError:
            raise InputValueError(
                f"take picks from {length} places here, -{length} to {length - 1}; the indices go {places.min()} to "
                f"{places.max()}"
            ) from None

    def repeat(self: O, repeats: Indices, axis: int | None = None) -> O:
        """Each element so many times in a row; see `autograd.repeat`. PyTorch's ``repeat`` is `tile`."""
        x, at = self._line(axis)
        length = x._data.shape[at]
        if type(repeats) is int and 0 <= repeats < 2**31:
            places = np.arange(length).repeat(repeats)
            return x._at(_along(places, at), places)
        counts = _whole_numbers(repeats, "repeat")
        if counts.ndim > 1 or np.count_nonzero(counts < 0) or counts.size not in (1, length):
            raise InputValueError(
                f"repeat takes a whole number from 0, or {length} of them, one for each place along the axis, not "
                f"{shortened(repeats)}"
            )
        places = np.repeat(np.arange(length), counts)
        return x._at(_along(places, at), places)

    def tile(self: O, *reps: Any) -> O:
        """The whole array so many times along each axis; see `autograd.tile`."""
        times = lengths(reps[0] if len(reps) == 1 else reps, "the repetitions of tile")
        ndim = max(len(times), self._data.ndim)
        times = (1,) * (ndim - len(times)) + times
        shape = (1,) * (ndim - self._data.ndim) + self._data.shape
        apart = tuple(itertools.chain.from_iterable(zip((1,) * ndim, shape, strict=True)))
        spread = tuple(itertools.chain.from_iterable(zip(times, shape, strict=True)))
        joined = tuple([count * length for count, length in zip(times, shape, strict=True)])
        repeated = self._alone(array_ops.RESHAPE, apart)._alone(array_ops.BROADCAST_TO, spread)
        return repeated._alone(array_ops.RESHAPE, joined)

    def flip(self: O, axis: Axis = None) -> O:
        """The elements in reverse order along some axes, or along all."""
        axes = axes_of(axis, self._data.ndim)
        return self[tuple(slice(None, None, -1 if k in axes else None) for k in range(self._data.ndim))]

    # --- Ordering -----------------------------------------------------------------------------------------------------

    def argmax(self, axis: int | None = None, keepdims: bool = False) -> Any:
        """The places of the largest numbers along an axis, or in the row of all: the first of equal ones, no gradient.

        An array of whole numbers; a single one, if there is no axis left.
        """
        return self._place("argmax", axis, keepdims)

    def argmin(self, axis: int | None = None, keepdims: bool = False) -> Any:
        """The places of the smallest numbers; see `argmax`."""
        return self._place("argmin", axis, keepdims)

    def _place(self, name: str, axis: int | None, keepdims: bool) -> Any:
        x = self._data
        at = None if axis is None else axis_of(axis, x.ndim)
        if not (x.size if at is None else x.shape[at]):
            raise InputValueError(f"{name} over no numbers (shape {x.shape}) is not defined")
        found = asked(getattr(np, name), self, axis=at, keepdims=bool(keepdims))
        return int(found) if isinstance(found, np.integer) else found

    def argsort(self, axis: int | None = -1) -> np.ndarray[Any, Any]:
        """The places of the numbers in ascending order along an axis, or in the row of all; see `sort`."""
        x, at = self._line(axis)
        return asked(_order, x, axis=at)  # type: ignore[no-any-return]

    def sort(self: O, axis: int | None = -1) -> O:
        """The numbers in ascending order along an axis, in a new tensor; see `autograd.sort`."""
        x, at = self._line(axis)
        order = asked(_order, x, axis=at)
        shape, ndim = x._data.shape, x._data.ndim
        if ndim == 1:
            return x._at((order,), order)
        places = [np.arange(n).reshape(_upright(n, k, ndim)) for k, n in enumerate(shape)]
        places[at] = order
        return x._at(tuple(places), order)

    # --- Along an axis ------------------------------------------------------------------------------------------------

    def cumsum(self: O, axis: int | None = None) -> O:
        """The sums of all elements up to each, along an axis or in the row of all; see `autograd.cumsum`."""
        x, at = self._line(axis)
        return x._alone(array_ops.CUMSUM, at)

    def diff(self: O, n: int = 1, axis: int = -1) -> O:
        """The differences of neighbours along an axis, ``n`` times; see `autograd.diff`."""
        x, at = self, axis_of(axis, self._data.ndim)
        for _ in range(whole(n, "the number of times", least=0)):
            x = x._apply(ops.SUB, x[_along(slice(1, None), at)], x[_along(slice(None, -1), at)])
            if not x._data.shape[at]:
                break
        return x

    # --- Kinds of numbers ---------------------------------------------------------------------------------------------

    def astype(self: O, dtype: Any) -> O:
        """The numbers in ``float``, or ``numpy.float32``. The gradient comes back in the dtype of this tensor."""
        return self._alone(array_ops.CAST, wanted_dtype(dtype, "a tensor"))


def _order(x: np.ndarray[Any, Any], axis: int) -> np.ndarray[Any, Any]:
    """The places in ascending order along an axis, with nan behind all numbers; equal ones as they stand."""
    if x.dtype != object:
        return np.argsort(x, axis, kind="stable")
    rows = np.moveaxis(x, axis, -1)
    order = np.empty(rows.shape, dtype=np.intp)
    for index in np.ndindex(*rows.shape[:-1]):
        order[index] = sorted(range(rows.shape[-1]), key=lambda k, row=rows[index]: _Ranked(row[k]))  # type: ignore[misc]
    return np.moveaxis(order, -1, axis)


class _Ranked:
    """A value that is sorted by comparisons of values, so that a compiled function notices another order."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value

    def __lt__(self, other: _Ranked) -> bool:
        x, y = self.value, other.value
        return bool(x < y) or bool(y != y and x == x)
