"""A compiled function, run as it was written: for each lane by itself, every operation recorded.

Higher derivatives and forward mode take the record of scalars; so do the few comparisons that rounding decides.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from ..array_functions import stack
from ..tensor import Tensor
from ..value import Value
from .arguments import Arguments

__all__ = ["as_recorded"]


def as_recorded(function: Callable[..., Any], given: Arguments, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
    """The result of the function itself, in the form that the compiled function gives it."""
    count = len(args)
    keys = given.key[1 : 1 + count]
    named = dict(given.key[1 + count :])

    def call(lane: int | None) -> Any:
        return function(
            *[_of_lane(x, key, lane) for x, key in zip(args, keys, strict=True)],
            **{name: _of_lane(x, named[name], lane) for name, x in kwargs.items()},
        )

    if given.lanes is None:
        return call(None)
    return _together([call(lane) for lane in range(given.lanes)])


def _of_lane(x: Any, key: Any, lane: int | None) -> Any:
    """An argument as the function sees it."""
    if key in ("number", "value"):
        return x
    kind = key[0]
    if kind in ("array", "tensor"):
        return _elements(x, lane if key[1] == "lanes" else None)
    if isinstance(x, (list, tuple)):
        items = [_of_lane(each, inner, lane) for each, inner in zip(x, key[1:], strict=True)]
        return kind(*items) if hasattr(kind, "_fields") else kind(items)
    if isinstance(x, dict):
        inner = dict(key[1:])
        return {name: _of_lane(x[name], inner[name], lane) for name in x}
    return x


def _elements(x: Any, lane: int | None) -> Any:
    """An array of numbers or values, or one of them."""
    before = () if lane is None else (lane,)
    shape = x.shape[len(before) :]
    array = np.empty(shape, dtype=object)
    for index in np.ndindex(shape):
        element = x[(*before, *index)]
        array[index] = element if isinstance(element, Value) else element.item()
    return array if shape else array[()]


def _together(results: list[Any]) -> Any:
    """The results of all lanes, as one."""
    first = results[0]
    if isinstance(first, Value):
        return stack(results)
    if type(first) is tuple:
        return tuple(_together(list(each)) for each in zip(*results, strict=True))
    if type(first) is dict:
        return {key: _together([result[key] for result in results]) for key in first}
    if isinstance(first, (list, np.ndarray)):
        parts = [_together(list(each)) for each in zip(*results, strict=True)]
        if all(isinstance(part, Tensor) and part.shape == parts[0].shape for part in parts):
            return stack(parts, 1)
        return parts
    return first
