"""The key by which a call finds its fast path, and the numbers and arrays in its arguments.

    loss(X, y, 0.5)                 ((100, 2), (100,), float)                              X, y, 0.5
    loss({"x": X}, [1.0, 2.0])      ((dict, "x", (100, 2)), (list, float, float))          X, 1.0, 2.0

Calls of one signature have arguments of one structure, as `Arguments` finds it, and arrays of the same lengths and
types. A signature takes a fraction of the time that the structure takes.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, MappingView, Sequence, Set
from functools import lru_cache
from numbers import Real
from types import SimpleNamespace
from typing import Any

import numpy as np

from ...arrays.tensor import Tensor
from ...core.tape import Node
from ...core.value import Value
from ..recording.arguments import ARRAYS, BUFFERS, BY_VALUE

__all__ = ["FIXED", "TENSORS", "VALUES", "signature_of"]

DOUBLE = np.dtype(np.float64)
FIXED = (bool, str, type(None))  # arguments that are part of the structure
MOST = 256  # the most numbers and arrays in lists and dicts of a signature
TENSORS: set[type] = {Tensor}  # the classes of tensors, and of values, that a fast path may be given
VALUES: set[type] = {Value}
NO_ARRAYS = (np.ndarray, Node, Real, np.number)  # classes whose objects are arrays themselves, or single numbers
NESTED = (list, tuple, deque, Mapping, SimpleNamespace)
# Classes that `Arguments` reads in other ways, or refuses.
UNUSUAL = (np.ndarray, Node, *NESTED, Set, MappingView, Iterator, Awaitable, Sequence)


def signature_of(args: Sequence[Any], kwargs: Mapping[str, Any]) -> tuple[Any, Sequence[Any]]:
    """Return the signature of a call, and its numbers and arrays in order, between which fixed arguments may stand.

    The signature is ``None`` for a call that must take the general path.
    """
    given = (*args, *kwargs.values()) if kwargs else args
    signature: list[Any] = []
    for x in given:
        kind = type(x)
        if kind is np.ndarray:
            # Integers may steer Python's code and floats do not, so the type of the numbers counts, too.
            signature.append(x.shape if x.dtype is DOUBLE else (x.dtype.str, x.shape))
        elif kind is float or kind is int:
            signature.append(kind)
        elif kind in TENSORS:
            numbers = x._data
            signature.append((Tensor, numbers.shape if numbers.dtype is DOUBLE else (numbers.dtype.str, numbers.shape)))
        elif kind in VALUES:
            signature.append(Value)
        elif kind in FIXED:
            signature.append((kind, x))
        else:
            return _searched(given, kwargs)
    if kwargs:
        signature += kwargs
    return tuple(signature), given


def _searched(given: Sequence[Any], names: Iterable[str]) -> tuple[Any, Sequence[Any]]:
    """The same, for arguments that have to be taken apart or converted."""
    leaves: list[Any] = []
    try:
        return (*[_read(x, leaves) for x in given], *names), leaves
    except Exception:  # the general path raises it, where it is an error
        return None, ()


def _read(x: Any, leaves: list[Any]) -> Any:
    """Return the part of a signature that stands for an argument, and append its numbers and arrays."""
    kind = type(x)
    if kind is float or kind is int:
        leaves.append(x)
        return kind
    if kind is np.ndarray:
        leaves.append(x)
        return x.shape if x.dtype is DOUBLE else (x.dtype.str, x.shape)
    if kind is list or kind is tuple or kind is dict:
        if len(x) + len(leaves) > MOST:
            raise ValueError("so many numbers one by one take longer than the general path does")
        if kind is dict:
            return (kind, *x, *[_read(each, leaves) for each in x.values()])
        return (kind, *[_read(each, leaves) for each in x])
    if kind in TENSORS:
        leaves.append(x)
        return Tensor, x._data.dtype.str, x._data.shape
    if kind in VALUES:
        leaves.append(x)
        return Value
    way: Callable[..., Any] = _way_of(kind)  # type: ignore[arg-type] # a class has a hash
    return way(x, leaves)


@lru_cache(maxsize=64)
def _way_of(kind: type) -> Callable[[Any, list[Any]], Any]:
    """Return what reads arguments of a class, which `Arguments` takes in the same way."""
    has_array = issubclass(kind, BUFFERS) or hasattr(kind, "__array__")
    if kind in ARRAYS or (has_array and not issubclass(kind, (*NO_ARRAYS, *BY_VALUE))):
        return _converted
    if issubclass(kind, BY_VALUE):
        return lambda x, _: (kind, x)
    if issubclass(kind, (Real, np.number)):
        return _number
    return _unusual if issubclass(kind, UNUSUAL) else lambda x, _: (id, id(x))


def _converted(x: Any, leaves: list[Any]) -> Any:
    return _read(np.asarray(x), leaves)


def _number(x: Any, leaves: list[Any]) -> Any:
    return _read(int(x) if isinstance(x, np.integer) else float(x), leaves)


def _unusual(x: Any, _: list[Any]) -> Any:
    raise TypeError(f"an argument of the class {type(x).__name__} takes the general path")
