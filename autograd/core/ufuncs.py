"""Which of numpy's functions are operations of ours, so that ``np.exp(x)`` records what ``exp(x)`` does.

Those that work element by element are rows of the table, by their names.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ..errors import InputTypeError
from .several import TABLE
from .table import Primitive

__all__ = ["asks_only", "primitive_of"]


_OURS = {  # by numpy's names, where ours are others
    "absolute": "abs",
    "arccos": "acos",
    "arccosh": "acosh",
    "arcsin": "asin",
    "arcsinh": "asinh",
    "arctan": "atan",
    "arctan2": "atan2",
    "arctanh": "atanh",
    "divide": "div",
    "fabs": "abs",
    "float_power": "pow",
    "floor_divide": "floordiv",
    "multiply": "mul",
    "negative": "neg",
    "power": "pow",
    "remainder": "mod",
    "subtract": "sub",
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
    op = TABLE.get(_OURS.get(ufunc.__name__, ufunc.__name__))
    if method == "__call__" and not options and op is not None:
        return op
    call = f"np.{ufunc.__name__}" + ("" if method == "__call__" else f".{method}")
    raise InputTypeError(
        f"{call} does not record a Value or a Tensor{' with ' + ', '.join(options) if options else ''}; "
        "use a function of autograd, or .item() or .numpy() for the numbers alone"
    )
