"""Arrays as a tensor takes them in, and as it shows them: numbers that nobody changes behind its back."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from ..errors import InputTypeError, shortened

__all__ = ["Frozen", "as_data", "frozen", "recorded_constant"]

_REMEDIES = {
    "i": "write np.asarray(x, dtype=float), or give dtype=float",
    "u": "write np.asarray(x, dtype=float), or give dtype=float",
    "b": "write np.where(x, 1.0, 0.0)",
    "c": "take its .real and .imag apart",
    "O": "are there values among the elements? autograd.stack(values) makes a tensor of them",
}


def _assigning(operation: Callable[[Any, Any], Any]) -> Any:
    def in_place(self: Frozen, other: Any) -> Any:
        if not self.flags.writeable:
            return operation(np.asarray(self), other)
        np.asarray(self)[...] = operation(np.asarray(self), other)  # numpy's copies of a view are of its class, too
        return self

    return in_place


_KEPT = {np.dtype(np.float64), np.dtype(np.float32)}


class Frozen(np.ndarray):
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


def frozen(array: Any) -> Frozen:
    """A view of an array as a user gets it."""
    view = np.asarray(array).view(Frozen)
    view.flags.writeable = False
    view.base.flags.writeable = False  # type: ignore[union-attr] # else numpy would allow to set the flag again
    return view


def as_data(given: Any, what: str, dtype: Any = None) -> np.ndarray[Any, Any]:
    """A copy of an array-like of real numbers: float32 if it is, else float64; another dtype where it is asked for.

    Raises
    ------
    InputTypeError
        If it holds truth values, complex numbers or objects; or whole numbers, unless a dtype is given.
    """
    try:
        array = np.array(given)
    except ValueError:
        raise InputTypeError(f"{what} takes an array; {given!r:.60} has rows of different lengths") from None
    if dtype is not None:
        wanted = np.dtype(dtype)
        if wanted not in (np.float64, np.float32):
            raise InputTypeError(f"{what} keeps float64 or float32, not {wanted}; leave dtype out for float64")
        if array.dtype.kind in "fiu":
            return array.astype(wanted, copy=False)
    if array.dtype in _KEPT:
        return array
    if array.dtype == np.float16 or array.dtype == np.longdouble:
        raise InputTypeError(f"{what} keeps float64 or float32, not {array.dtype}; give dtype=float")
    if isinstance(given, (int, list, tuple)) and array.dtype.kind in "iu":  # written by hand: [1, 2, 3]
        return array.astype(np.float64)
    remedy = _REMEDIES.get(array.dtype.kind, "convert it to floats first")
    raise InputTypeError(f"{what} takes real numbers, not {array.dtype} {shortened(given, 60)}; {remedy}")


def recorded_constant(given: Any, dtype: Any) -> Any:
    """What is not differentiated, as a record keeps it: a number as it is, of an array a copy.

    A number does not widen float32. Whole numbers in an array take the dtype.

    Raises
    ------
    InputTypeError
        If the array holds complex numbers or objects.
    """
    if type(given) is int or type(given) is float:
        return given
    if type(given) is np.ndarray and given.ndim and given.dtype in _KEPT:
        return given.copy()
    array = np.array(given)
    kind = array.dtype.kind
    if kind not in "fiub":
        raise InputTypeError(
            f"arithmetic with a tensor takes real numbers, not {array.dtype} {shortened(given)}; for several values, "
            "autograd.stack(values) makes a tensor of them"
        )
    if not array.ndim:
        return float(array) if kind == "f" else array.item()
    return array if kind == "b" or array.dtype in _KEPT else array.astype(dtype)
