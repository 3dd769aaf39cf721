"""Which of numpy's functions are operations of ours, so that ``np.exp(x)`` records what ``exp(x)`` does.

Those that work element by element are rows of the table, by their names. Those of whole arrays are in ``FUNCTIONS``,
which `numpy_functions` fills in.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from . import ops
from .errors import InputTypeError
from .more_ops import TABLE
from .table import Primitive

__all__ = ["FUNCTIONS", "answer", "asks_only", "primitive_of"]

FUNCTIONS: dict[Callable[..., Any], Callable[..., Any]] = {}  # numpy's function, and what stands for it

_PRIMITIVES = {name: op for name, op in TABLE.items() if isinstance(getattr(np, name, None), np.ufunc)} | {
    "absolute": ops.ABS,
    "arccos": ops.ACOS,
    "arccosh": ops.ACOSH,
    "arcsin": ops.ASIN,
    "arcsinh": ops.ASINH,
    "arctan": ops.ATAN,
    "arctan2": ops.ATAN2,
    "arctanh": ops.ATANH,
    "divide": ops.DIV,
    "fabs": ops.ABS,
    "float_power": ops.POW,
    "floor_divide": ops.FLOORDIV,
    "multiply": ops.MUL,
    "negative": ops.NEG,
    "power": ops.POW,
    "remainder": ops.MOD,
    "subtract": ops.SUB,
}
_QUESTIONS = {
    *(np.equal, np.not_equal, np.less, np.less_equal, np.greater, np.greater_equal),
    *(np.isnan, np.isinf, np.isfinite, np.signbit),
}


def asks_only(ufunc: np.ufunc, method: str) -> bool:
    """Whether the answer is a truth value, which has no gradient."""
    return method == "__call__" and ufunc in _QUESTIONS


def primitive_of(ufunc: np.ufunc, method: str, options: Mapping[str, Any]) -> Primitive:
    """The row of the table that a numpy function stands for.

    Raises
    ------
    InputTypeError
        If there is none, or if it was called with options such as ``out=``, or as a reduction.
    """
    if method == "__call__" and not options and ufunc.__name__ in _PRIMITIVES:
        return _PRIMITIVES[ufunc.__name__]
    call = f"np.{ufunc.__name__}" + ("" if method == "__call__" else f".{method}")
    raise InputTypeError(
        f"{call} does not record a Value or a Tensor{' with ' + ', '.join(options) if options else ''}; "
        "use a function of autograd, or .item() or .numpy() for the numbers alone"
    )


def answer(function: Callable[..., Any], args: Sequence[Any], options: Mapping[str, Any]) -> Any:
    """What one of numpy's functions of whole arrays gives where a tensor is among its arguments.

    Raises
    ------
    InputTypeError
        If nothing stands for it, or if it was called with arguments that what stands for it does not take.
    """
    call = f"{function.__module__.replace('numpy', 'np', 1)}.{function.__name__}"
    ours = FUNCTIONS.get(function)
    if ours is None:
        raise InputTypeError(
            f"{call} does not record a tensor; use a function of autograd, or take its .numpy() for the numbers alone"
        )
    signature = inspect.signature(ours)
    try:
        signature.bind(*args, **options)
    except TypeError as error:
        raise InputTypeError(f"{call} of a tensor takes {signature} and nothing else: {error}") from None
    return ours(*args, **options)
