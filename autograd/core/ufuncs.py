"""Which of numpy's functions are operations of ours, so that ``np.exp(x)`` records what ``exp(x)`` does.

Those that work element by element are rows of the table, by their names. Those of whole arrays are in ``FUNCTIONS``,
which `numpy_functions` fills in.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ..errors import InputTypeError
from . import ops
from .several import TABLE
from .table import Primitive

__all__ = ["asks_only", "primitive_of"]


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
