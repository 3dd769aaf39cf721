"""What functions of whole arrays take: tensors, arrays, lists of numbers; and the methods of a tensor on all of them.

sum(tensor, axis=0)     tensor.sum(axis=0)                  recorded
sum(array, axis=0)      Bare(array).sum(axis=0)             the same text, on numbers
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .array_ops import STACK
from .errors import InputTypeError
from .shaped import Shaped
from .table import Primitive
from .tape import create
from .tensor import Tensor, perform, work_out
from .value import Value

__all__ = ["array_like", "is_array_like", "plain", "shaped"]


class Bare(Shaped):
    """An array with the methods of a tensor; it records nothing."""

    __slots__ = ()

    def _apply(self, op: Primitive, *given: Any) -> Any:
        return _bare(work_out(op, [x._data if isinstance(x, Bare) else x for x in given]))


def _bare(array: Any) -> Bare:
    found = create(Bare)
    found._data = np.asarray(array)
    return found


def is_array_like(given: Any) -> bool:
    """Whether it is a tensor or an array of numbers: not a sequence of values."""
    return isinstance(given, Tensor) or (isinstance(given, np.ndarray) and given.dtype != object)


def array_like(given: Any, what: str) -> Any:
    """A tensor as it is, a value as one without axes; anything else as an array of floats.

    Raises
    ------
    InputTypeError
        If it cannot be made an array of real numbers.
    """
    if isinstance(given, Tensor):
        return given
    if isinstance(given, Value):
        return perform(STACK, given).reshape(())
    remedy = "autograd.stack(values) makes a tensor of several values"
    try:
        array = np.asarray(given)
    except (ValueError, TypeError):
        raise InputTypeError(f"{what} takes an array of real numbers, not {given!r:.40}; {remedy}") from None
    if array.dtype.kind not in "fiub":
        raise InputTypeError(f"{what} takes an array of real numbers, not of {array.dtype} {given!r:.40}; {remedy}")
    return array if array.dtype.kind == "f" else array.astype(np.float64)


def shaped(given: Any, what: str) -> Any:
    """Something with the methods of a tensor: the tensor itself, or an array that records nothing."""
    found = array_like(given, what)
    return found if isinstance(found, Tensor) else _bare(found)


def plain(result: Any) -> Any:
    """A result as the user gets it: a tensor; or of arrays an array, and a float where that has no axes."""
    if isinstance(result, Bare):
        result = result._data
    return result.item() if isinstance(result, (np.ndarray, np.generic)) and not result.ndim else result
