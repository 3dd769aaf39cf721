"""The types of functions that work element by element: each maps a float to a float, a value to a value."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol, TypeVar, cast, overload

from numpy.typing import NDArray

from ..arrays.tensor import Tensor
from ..core.value import Value

__all__ = ["T", "of_two"]

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
