"""Arrays of values in a function that is being recorded: comparisons of their elements are recorded as conditions.

x > 2                      an array of conditions      for a plain array of objects: bools
np.where(x > 2, x, 0.0)    a choice for each sample    for a plain array: the choice for the first sample
np.clip(x, 0, 2)           clip of each element        for a plain array: clip by comparisons of the first sample
x[x > 2]                   a guard for each element, since the length of the result depends on the answers
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from ...core.value import Value
from ...functions import piecewise, reductions

__all__ = ["Row"]

# Functions whose loops over objects branch on truth values of the elements.
_ASKING = {"equal", "not_equal", "less", "less_equal", "greater", "greater_equal", "maximum", "minimum", "clip", "sign",
           "logical_and", "logical_or", "logical_xor", "logical_not"}  # fmt: skip
_COMPARISONS: dict[Any, Callable[..., Any]] = {
    np.equal: operator.eq, np.not_equal: operator.ne, np.less: operator.lt, np.less_equal: operator.le,
    np.greater: operator.gt, np.greater_equal: operator.ge,
}  # fmt: skip
_DEFAULTS = {"axis": 0, "keepdims": False, "dtype": None, "where": True}  # of the method reduce
_EXTREMES: dict[Any, Callable[..., Any]] = {np.maximum: reductions.max, np.minimum: reductions.min}


class Row(np.ndarray[Any, Any]):
    """An array of values: an argument of a function that is being recorded, or computed from such arrays."""

    __array_priority__ = 1.0  # above that of other arrays, so that operations with these give a Row

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **options: Any) -> Any:
        plain = [x.view(np.ndarray) if isinstance(x, Row) else x for x in inputs]
        if method == "reduce" and ufunc in _EXTREMES and options.keys() <= _DEFAULTS.keys():
            asked = {**_DEFAULTS, **options}
            if asked["dtype"] is None and asked["where"] is True:
                return _as_row(_EXTREMES[ufunc](*plain, asked["axis"], asked["keepdims"]))
        if method == "__call__" and not options and _asks(ufunc):
            return _as_row(np.frompyfunc(_COMPARISONS.get(ufunc, ufunc), ufunc.nin, ufunc.nout)(*plain))
        if "out" in options:
            options["out"] = tuple(x.view(np.ndarray) if isinstance(x, Row) else x for x in options["out"])
        return _as_row(getattr(ufunc, method)(*plain, **options))

    def __array_function__(self, function: Any, types: Any, args: Any, options: Any) -> Any:
        if function is np.where and len(args) == 3:
            return _as_row(piecewise.where(*args))
        return super().__array_function__(function, types, args, options)

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, Row):  # of conditions
            index = index.astype(bool)
        elif isinstance(index, Value):
            index = operator.index(index)
        return super().__getitem__(index)


@cache
def _asks(ufunc: np.ufunc) -> bool:
    """True for a function that branches on truth values of elements, or that numpy does not have for objects."""
    inputs = "O" * ufunc.nin
    return ufunc.signature is None and (ufunc.__name__ in _ASKING or f"{inputs}->O" not in ufunc.types)


def _as_row(made: Any) -> Any:
    return made.view(Row) if type(made) is np.ndarray and made.dtype == object else made
