"""What functions of whole arrays take: tensors, arrays, lists of numbers; and the methods of a tensor on all of them.

sum(tensor, axis=0)     tensor.sum(axis=0)                  recorded
sum(array, axis=0)      Bare(array).sum(axis=0)             the same text, on numbers
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Protocol, TypeVar, cast, overload

import numpy as np
from numpy.typing import NDArray

from ..arrays.methods import Shaped
from ..arrays.ops import STACK
from ..arrays.table import arrays
from ..arrays.tensor import Tensor, perform, work_out
from ..core.numbers import number
from ..core.table import Primitive
from ..core.tape import Node, create, record
from ..core.value import Value, compute, operand
from ..errors import InputTypeError, InputValueError

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


def evaluate(op: Primitive, *given: Any) -> Any:
    """An operation on tensors and values, else on arrays, else on floats."""
    if any(isinstance(x, Node) for x in given):
        return perform(op, *given)
    if any(isinstance(x, np.ndarray) for x in given):
        for x in given:
            if isinstance(x, np.ndarray) and x.dtype.kind not in "fiub":
                raise InputTypeError(
                    f"{op.name} takes an array of real numbers, not of {x.dtype}; for an array of values, "
                    f"apply it to each: [{op.name}(x) for x in array.flat]"
                )
        with np.errstate(all="ignore"):
            return op.value(arrays, *given)
    return compute(op, *(float(x) if isinstance(x, (bool, np.bool_)) else number(x, op.name) for x in given))


def _split(values: Any, what: str) -> tuple[tuple[Node | None, ...], Sequence[float]]:
    """A sequence of values and numbers as nodes, ``None`` for a constant, and numbers."""
    if type(values) is not list and type(values) is not tuple:
        values = _elements(values, what)
    values = tuple(values)
    numbers = [x._data for x in values if type(x) is Value]
    if len(numbers) == len(values):
        return values, numbers
    if not numbers:
        numbers = [x for x in values if type(x) is float]
        if len(numbers) == len(values):
            return (None,) * len(values), numbers
    pairs = list(map(operand, values))
    return tuple(node for node, _ in pairs), [x for _, x in pairs]


def _elements(values: Any, what: str) -> Iterable[Any]:
    """What there is in an array or any other iterable."""
    if isinstance(values, np.ndarray):
        if values.ndim != 1:
            raise InputValueError(f"{what} takes a sequence, or an array of one dimension, not of shape {values.shape}")
        elements: list[Any] = values.tolist()
        return elements
    if isinstance(values, (Node, str)) or not isinstance(values, Iterable):
        raise InputTypeError(
            f"{what} takes one sequence of values, not {type(values).__name__} {values!r:.40}; write {what}([…])"
        )
    return values


def _several(values: Any, what: str) -> tuple[tuple[Node | None, ...], Sequence[float]]:
    nodes, numbers = _split(values, what)
    if not nodes:
        raise InputValueError(f"{what} of no values is not defined; give at least one")
    return nodes, numbers


def _result(op: Primitive, nodes: tuple[Node | None, ...], numbers: Sequence[float]) -> Any:
    data = compute(op, *numbers)
    if not any(node is not None for node in nodes):
        return data
    return record(Value, op, nodes, numbers, data)
