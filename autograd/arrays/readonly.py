"""The arrays that a tensor keeps and shows: numbers that a caller cannot change.

Arrays of numpy and of other libraries, and lists, are copied here and nowhere else. A user gets a view that cannot be
written to.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from ..core.modes import active, mode_here
from ..core.numbers import number, real
from ..core.tape import Node, data_of
from ..errors import AutogradError, InputTypeError, described, shortened

__all__ = [
    "KEPT",
    "Followed",
    "Frozen",
    "Kept",
    "array_of",
    "as_data",
    "frozen",
    "is_array_of_a_library",
    "real_numbers",
    "recorded_constant",
    "recorded_setting",
    "wanted_dtype",
    "without_record",
]

_REMEDIES = {
    "i": "write np.asarray(x, dtype=float), or give dtype=float",
    "u": "write np.asarray(x, dtype=float), or give dtype=float",
    "b": "write np.where(x, 1.0, 0.0)",
    "c": "take its .real and .imag apart",
    "O": "are there values among the elements? autograd.stack(values) makes a tensor of them",
}


def _assigning(operation: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    def in_place(self: Frozen, other: Any) -> Any:
        if not self.flags.writeable:
            return operation(np.asarray(self), other)
        np.asarray(self)[...] = operation(np.asarray(self), other)  # numpy's copies of a view are of its class, too
        return self

    return in_place


KEPT = {np.dtype(np.float64), np.dtype(np.float32)}


class Frozen(np.ndarray[Any, np.dtype[np.floating[Any]]]):
    """A view that cannot be written to. ``a -= b`` makes a new array: so ``p.data -= step`` assigns to ``p.data``."""

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **options: Any) -> Any:
        if method == "at" and not self.flags.writeable:  # numpy does not ask
            raise ValueError("assignment destination is read-only")
        inputs = tuple(np.asarray(x) if isinstance(x, Frozen) else x for x in inputs)
        if "out" in options:
            options["out"] = tuple(np.asarray(x) if isinstance(x, Frozen) else x for x in options["out"])
        return getattr(ufunc, method)(*inputs, **options)

    def __repr__(self) -> str:
        return repr(np.asarray(self))

    __iadd__ = _assigning(operator.add)
    __isub__ = _assigning(operator.sub)
    __imul__ = _assigning(operator.mul)
    __itruediv__ = _assigning(operator.truediv)
    __ifloordiv__ = _assigning(operator.floordiv)
    __imod__ = _assigning(operator.mod)
    __ipow__ = _assigning(operator.pow)
    __imatmul__ = _assigning(operator.matmul)


class Kept(np.ndarray[Any, Any]):
    """An array that a record keeps as it is, so that its origin can be looked up by its identity."""


class Followed:
    """An array without a record whose origin is followed while a function is recorded; the compiler derives from it."""

    __slots__ = ()
    shape: tuple[int, ...]
    dtype: np.dtype[Any]

    def recorded(self, dtype: Any = None) -> np.ndarray[Any, Any]:
        """The numbers as a record keeps them, by which they are found again; whole numbers in the dtype, if given."""
        raise NotImplementedError  # pragma: no cover - an array of the compiler has it


def frozen(array: Any) -> Frozen:
    """A view of an array as a user gets it."""
    view = np.asarray(array).view(Frozen)
    view.flags.writeable = False
    view.base.flags.writeable = False  # type: ignore[union-attr] # else numpy would allow to set the flag again
    return view


def is_array_of_a_library(given: Any) -> bool:
    """Return True for an array of numpy, or of any library whose arrays numpy can read; a number or a list is none."""
    if isinstance(given, (np.generic, Node)):
        return False
    return hasattr(type(given), "__array__") or isinstance(given, memoryview) or type(given).__module__ == "array"


def array_of(given: Any, what: str, remedy: str = "convert it to floats first") -> np.ndarray[Any, Any]:
    """A copy of an array-like, as an array of numpy's own class; an array that is followed as it is.

    Raises
    ------
    InputTypeError
        If it has a mask, which the copy would lose; if numpy can make no array of it.
    """
    if isinstance(given, Followed):
        return given  # type: ignore[return-value]
    if any(map(_has_mask, given if isinstance(given, (list, tuple)) else [given])):
        raise InputTypeError(
            f"{what} takes an array without a mask: give the masked elements a number, x.filled(0.0), or leave them "
            "out, x.compressed()"
        )
    try:
        return np.array(given)
    except AutogradError:  # a tensor in a list, which says what to do
        raise
    except Exception as error:  # another library may raise anything
        cause = "has rows of different lengths" if isinstance(given, (list, tuple)) else "is none that numpy can read"
        raise InputTypeError(
            f"{what} takes an array of real numbers, and {described(given)} {cause}; {remedy}"
        ) from error


def _has_mask(given: Any) -> bool:
    return isinstance(given, np.ndarray) and hasattr(given, "mask")  # numpy.ma is not imported, since that is slow


def as_data(given: Any, what: str, dtype: Any = None) -> np.ndarray[Any, Any]:
    """A copy of an array-like of real numbers: float32 if it is, else float64; or of the dtype given.

    Raises
    ------
    InputTypeError
        If it holds truth values, complex numbers or objects; or whole numbers, unless a dtype is given.
    """
    array = np.asarray(array_of(given, what))
    if dtype is not None:
        wanted = wanted_dtype(dtype, what)
        if array.dtype.kind in "fiu":
            return array.astype(wanted, copy=False)
    if array.dtype in KEPT:
        return array
    if array.dtype == np.float16 or array.dtype == np.longdouble:
        raise InputTypeError(f"{what} keeps float64 or float32, not {array.dtype}; give dtype=float")
    if isinstance(given, (int, list, tuple)) and array.dtype.kind in "iu":  # written by hand: [1, 2, 3]
        return array.astype(np.float64)
    remedy = _REMEDIES.get(array.dtype.kind, "convert it to floats first")
    raise InputTypeError(f"{what} takes real numbers, not {array.dtype} {shortened(given, 60)}; {remedy}")


def wanted_dtype(dtype: Any, what: str) -> np.dtype[Any]:
    """The dtype that was asked for.

    Raises
    ------
    InputTypeError
        If it is neither float64 nor float32.
    """
    try:
        wanted: np.dtype[Any] | None = np.dtype(dtype)
    except Exception:  # numpy's message has the repr of what it does not know, which may raise anything
        wanted = None
    if wanted is None or wanted not in KEPT:
        raise InputTypeError(
            f"{what} keeps float64 or float32, not {wanted or shortened(dtype)}; leave dtype out for float64"
        )
    return wanted


def real_numbers(x: Any, what: str, is_condition: bool) -> Any:
    """A number as a float; an array of real numbers in floating point, unless it is a condition of truth values."""
    if not isinstance(x, np.ndarray):
        return real(x, what)
    if x.dtype.kind not in "fiub":
        raise InputTypeError(f"{what} takes an array of real numbers, not of {x.dtype} {shortened(x)}")
    return x if x.dtype.kind == "f" or is_condition else x.astype(np.float64)


def recorded_constant(given: Any, dtype: Any) -> Any:
    """A copy of an operand that is not differentiated, as a record keeps it: a number, or an array.

    A number does not widen float32. Whole numbers in an array take the dtype.

    Raises
    ------
    InputTypeError
        If the array holds complex numbers or objects, or has a mask.
    InputValueError
        For an integer too large for a float.
    """
    if type(given) is float or (type(given) is int and abs(given) < 2**62):  # numpy's integers end there
        return given
    if type(given) is np.ndarray and given.ndim and (given.dtype in KEPT or given.dtype.kind == "b"):
        return given.copy()
    if isinstance(given, (Followed, Kept)):
        return given.recorded(dtype) if isinstance(given, Followed) else given
    if not isinstance(given, (bool, np.bool_, list, tuple)) and not is_array_of_a_library(given):
        return number(given, "arithmetic with a tensor")
    array = array_of(given, "arithmetic with a tensor")
    kind = array.dtype.kind
    if kind not in "fiub":
        if active and mode_here().tracer is not None:
            mode_here().tracer.beside_tensor()
        raise InputTypeError(
            f"arithmetic with a tensor takes real numbers, not {array.dtype} {shortened(given)}; for several values, "
            "autograd.stack(values) makes a tensor of them"
        )
    if not array.ndim:
        return float(array) if kind == "f" else array.item()
    return array if kind == "b" or array.dtype in KEPT else array.astype(dtype)


_SETTINGS = {tuple, int, bool, str, type(None)}


def recorded_setting(given: Any, dtype: Any) -> Any:
    """An axis, a shape, an index, or an array that is not differentiated, as the record of an operation keeps it."""
    if type(given) in _SETTINGS:
        return given
    if not isinstance(given, np.ndarray):
        return given.recorded() if isinstance(given, Followed) else given
    return given.copy() if given.dtype.kind in "iub" else recorded_constant(given, dtype)


def without_record(given: Any) -> Any:
    """An argument of a numpy function, with arrays of numbers for the tensors in it."""
    return [without_record(x) for x in given] if isinstance(given, (list, tuple)) else data_of(given)
