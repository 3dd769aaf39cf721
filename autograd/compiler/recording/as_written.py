"""A compiled function, run as it was written: for each lane by itself, every operation recorded.

Higher derivatives and forward mode take the record of scalars; so do the few comparisons that rounding decides, and a
function that is compiled as a part of another one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from ...arrays.ops import ENTRY
from ...arrays.tensor import Tensor, apply
from ...core.value import Value
from ...errors import InputValueError
from ...functions.rearranging import stack
from .arguments import Arguments, Template, in_lanes

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
    return _together([Template(call(lane)) for lane in range(given.lanes)])


def _of_lane(x: Any, key: Any, lane: int | None) -> Any:
    """An argument as the function sees it."""
    if key == "number":
        return Value(float(x))
    if key == "value":
        return x
    kind = key[0]
    if kind == "values":
        return _filled(x.shape, lambda index, k: _of_lane(x[index], key[2 + k], lane))
    if kind in ("array", "tensor"):
        before = (lane,) if key[1] == "lanes" else ()
        if isinstance(x, Tensor):
            return _filled(x.shape[len(before) :], lambda index, _: apply(ENTRY, x, before + index))
        return _filled(x.shape[len(before) :], lambda index, _: Value(float(x[before + index])))
    if isinstance(x, (list, tuple)):
        items = [_of_lane(each, inner, lane) for each, inner in zip(x, key[1:], strict=True)]
        return kind(*items) if hasattr(kind, "_fields") else kind(items)
    if isinstance(x, dict):
        inner = dict(key[1:])
        return {name: _of_lane(x[name], inner[name], lane) for name in x}
    return x


def _filled(shape: tuple[int, ...], element: Callable[[tuple[int, ...], int], Any]) -> Any:
    """An array of values; a value, if the shape is that of one."""
    array = np.empty(shape, dtype=object)
    for k, index in enumerate(np.ndindex(shape)):
        array[index] = element(index, k)
    return array if shape else array[()]


def _together(found: list[Template]) -> Any:
    """The results of all lanes, as one."""
    first, counts = found[0], {len(each.values) for each in found}
    if len(counts) > 1:
        raise InputValueError(
            "some samples of this batch give more values than others; autograd.where(condition, a, b) chooses for each "
            "sample, and always gives one"
        )
    if not first.values:
        return first.form
    values = stack([value for each in found for value in each.values])
    return in_lanes(first, values.reshape((len(found), len(first.values))))
