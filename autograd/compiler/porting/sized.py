"""Arrays as terms with a shape and a dtype, on which the rules of the tables run.

    a * b    of shapes (3, 4) and (4,)    the term mul(a, b), of shape (3, 4)

A broadcast that the operation beside it does by itself is left out.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

__all__ = ["Place", "Sized", "elementwise"]

Shape = tuple[int, ...]


def elementwise(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function of terms as one of arrays with shapes."""

    def apply(*operands: Any) -> Any:
        arrays = [x for x in operands if isinstance(x, Sized)]
        shape = np.broadcast_shapes(*(x.shape for x in arrays))
        found = function(*(_bare(x, arrays, shape) if isinstance(x, Sized) else x for x in operands))
        return Sized(found, shape, np.result_type(*(x.dtype for x in arrays)))

    return apply


def _bare(x: Sized, arrays: Sequence[Sized], shape: Shape) -> Any:
    """The term of an operand, without its broadcast if the other operands have the shape of the result."""
    others = [each.shape for each in arrays if each is not x and each.inner is None]
    if x.inner is not None and others and np.broadcast_shapes(x.inner.shape, *others) == shape:
        return x.inner.term
    return x.term


def _operators(function: Callable[..., Any]) -> tuple[Any, Any]:
    apply = elementwise(function)
    return (lambda self, other: apply(self, other)), (lambda self, other: apply(other, self))


class Sized:
    """A term of an array, with its shape and dtype.

    Attributes
    ----------
    term : Term
        The expression.
    shape, dtype
        Of the array.
    inner : Sized or None
        The array that this one repeats, if it is one that is broadcast.
    """

    __slots__ = ("dtype", "inner", "shape", "term")

    def __init__(self, made: Any, shape: Shape, dtype: Any, inner: Sized | None = None) -> None:
        self.term, self.shape, self.dtype, self.inner = made, tuple(shape), np.dtype(dtype), inner

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return len(self.shape)

    @property
    def size(self) -> int:
        """The number of elements."""
        return math.prod(self.shape)

    __add__, __radd__ = _operators(operator.add)
    __sub__, __rsub__ = _operators(operator.sub)
    __mul__, __rmul__ = _operators(operator.mul)
    __truediv__, __rtruediv__ = _operators(operator.truediv)

    def __neg__(self) -> Sized:
        return Sized(-self.term, self.shape, self.dtype)


class Place:
    """An array of whole numbers or truth values in an index: its term, and the numbers of the recorded call."""

    def __init__(self, made: Any, numbers: Any) -> None:
        self.term, self.numbers = made, np.asarray(numbers)
