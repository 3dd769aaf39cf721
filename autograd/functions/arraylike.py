"""The types of public functions, and arrays with the methods of a tensor, on which these functions are written.

sum(tensor, axis=0)             tensor.sum(axis=0)              recorded
sum(array, axis=0)              Bare(array).sum(axis=0)         the same text, on numbers
sum(array of values, axis=0)    Bare(array).sum(axis=0)         the same text, on values
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar, cast, overload

import numpy as np
from numpy.typing import NDArray

from ..arrays.of_values import is_array_of_values
from ..arrays.ops import STACK
from ..arrays.ordering import Ordered
from ..arrays.readonly import array_of, is_array_of_a_library
from ..arrays.tensor import Tensor, evaluate
from ..core.table import Primitive
from ..core.tape import create
from ..core.value import Value, operand
from ..errors import InputTypeError, shortened

__all__ = [
    "T",
    "array_like",
    "is_array_like",
    "joining",
    "of_factors",
    "of_several",
    "of_two",
    "on_array",
    "plain",
    "shaped",
]

_REMEDY = "autograd.stack(values) makes a tensor of several values"


class Bare(Ordered):
    """An array of numbers or of values with the methods of a tensor. It has no record of its own."""

    __slots__ = ()

    def _apply(self, op: Primitive, *given: Any) -> Any:
        return _bare(evaluate(op, *(x._data if isinstance(x, Bare) else x for x in given)))

    def _factor(self, x: Any) -> Any:
        return x


def _bare(array: Any) -> Bare:
    found = create(Bare)
    found._data = np.asarray(array)
    return found


def is_array_like(given: Any) -> bool:
    """Return True for a tensor, and for an array of numbers or of values; a list is a sequence."""
    return isinstance(given, Tensor) or is_array_of_a_library(given)


def array_like(given: Any, what: str) -> Any:
    """Convert an argument to an array: a value to a tensor without axes, numbers to floats; tensors stay as they are.

    Raises
    ------
    InputTypeError
        If it cannot be made an array of real numbers.
    """
    if isinstance(given, Tensor):
        return given
    if is_array_of_values(given):
        for x in given.flat:
            operand(x, what)  # refuses what is neither a value nor a number
        return given
    if isinstance(given, Value):
        return evaluate(STACK, given).reshape(())
    array = given if type(given) is np.ndarray else array_of(given, what, _REMEDY)
    if array.dtype.kind not in "fiub":
        raise InputTypeError(
            f"{what} takes an array of real numbers, not of {array.dtype} {shortened(given)}; {_REMEDY}"
        )
    return array if array.dtype.kind == "f" else array.astype(np.float64)


def shaped(given: Any, what: str) -> Any:
    """Convert an argument to an array with the methods of a tensor: the tensor itself, or a `Bare` array."""
    if type(given) is Tensor:
        return given
    found = array_like(given, what)
    return found if isinstance(found, Tensor) else _bare(found)


def plain(result: Any) -> Any:
    """Convert a result for the user: a `Bare` array to a plain one, and an array without axes to its only element."""
    if type(result) is Tensor:
        return result
    if isinstance(result, Bare):
        result = result._data
    return result.item() if isinstance(result, (np.ndarray, np.generic)) and not result.ndim else result


# --- The types of functions that work element by element --------------------------------------------------------------

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
    def __call__(self, x: Tensor, y: Any, /) -> Tensor: ...
    @overload
    def __call__(self, x: float | Value | NDArray[Any], y: Tensor, /) -> Tensor: ...
    @overload
    def __call__(self, x: Value, y: NDArray[Any], /) -> Tensor: ...
    @overload
    def __call__(self, x: NDArray[Any], y: Value, /) -> Tensor: ...
    @overload
    def __call__(self, x: NDArray[Any], y: float | NDArray[Any], /) -> NDArray[Any]: ...
    @overload
    def __call__(self, x: float, y: NDArray[Any], /) -> NDArray[Any]: ...


def of_two(function: Callable[[Any, Any], Any]) -> _OfTwo:
    """Give a function of two numbers its type."""
    return cast(_OfTwo, function)


# --- The types of functions of whole arrays ---------------------------------------------------------------------------

P = ParamSpec("P")


class _OnArray(Protocol[P]):
    """The type of a function of one array: of a tensor it gives a tensor."""

    @overload
    def __call__(self, x: Tensor, /, *args: P.args, **options: P.kwargs) -> Tensor: ...
    @overload
    def __call__(self, x: Any, /, *args: P.args, **options: P.kwargs) -> Any: ...


class _OfSeveral(Protocol[P]):
    """The type of a function of several values: of a tensor it gives a tensor, of a sequence of values a value."""

    @overload
    def __call__(self, values: Tensor, /, *args: P.args, **options: P.kwargs) -> Tensor: ...
    @overload
    def __call__(self, values: Sequence[Value], /, *args: P.args, **options: P.kwargs) -> Value: ...
    @overload
    def __call__(self, values: Any, /, *args: P.args, **options: P.kwargs) -> Any: ...


class _Joining(Protocol[P]):
    """The type of a function that makes one tensor of several, or of values."""

    @overload
    def __call__(self, parts: Sequence[Tensor] | Sequence[Value], /, *args: P.args, **options: P.kwargs) -> Tensor: ...
    @overload
    def __call__(self, parts: Any, /, *args: P.args, **options: P.kwargs) -> Any: ...


class _OfFactors(Protocol[P]):
    """The type of a product of two arrays: a tensor, if one of them is."""

    @overload
    def __call__(self, x: Tensor, y: Any, /, *args: P.args, **options: P.kwargs) -> Tensor: ...
    @overload
    def __call__(self, x: Any, y: Tensor, /, *args: P.args, **options: P.kwargs) -> Tensor: ...
    @overload
    def __call__(self, x: Any, y: Any, /, *args: P.args, **options: P.kwargs) -> Any: ...


def on_array(function: Callable[Concatenate[Any, P], Any]) -> _OnArray[P]:
    """Give a function of one array its type."""
    return cast(_OnArray[P], function)


def of_several(function: Callable[Concatenate[Any, P], Any]) -> _OfSeveral[P]:
    """Give a function of several values its type."""
    return cast(_OfSeveral[P], function)


def of_factors(function: Callable[Concatenate[Any, Any, P], Any]) -> _OfFactors[P]:
    """Give a product of two arrays its type."""
    return cast(_OfFactors[P], function)


def joining(function: Callable[Concatenate[Any, P], Any]) -> _Joining[P]:
    """Give a function that joins arrays its type."""
    return cast(_Joining[P], function)
