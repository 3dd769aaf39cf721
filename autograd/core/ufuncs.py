"""Operations on values that others begin: numpy's functions, and arithmetic beside operands of another kind.

    np.exp(value)       records an exp, since numpy's function bears the name of a row of the table
    value * array       is left to the package that knows arrays, which has registered with ``extend``

Those that work element by element are rows of the table, by their names.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from ..errors import InputTypeError
from .several import TABLE
from .table import Primitive

__all__ = ["asks_only", "extend", "extended", "primitive_of"]


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
    """Return True if the answer is a truth value, which has no gradient."""
    return method == "__call__" and ufunc in _QUESTIONS


def primitive_of(ufunc: np.ufunc, method: str, options: Mapping[str, Any]) -> Primitive:
    """The row of the table that a numpy function stands for.

    Raises
    ------
    InputTypeError
        If there is none, or if it was called with options such as ``out=``, or as a reduction.
    """
    name = ufunc.__name__
    op = TABLE.get(_OURS.get(name, name))
    if method == "__call__" and not options and op is not None and op.arity == ufunc.nin:
        return op
    call = ("np." if getattr(np, name, None) is ufunc else "") + name + ("" if method == "__call__" else f".{method}")
    raise InputTypeError(
        f"{call} does not record a Value or a Tensor{' with ' + ', '.join(options) if options else ''}; "
        + _remedy(name, options)
    )


def _remedy(name: str, options: Mapping[str, Any]) -> str:
    if "out" in options:
        return "an array that is written into keeps no gradient: write a = a + b for a += b"
    if name == "matmul":
        return "a matrix product takes arrays of at least one dimension: write x * y for a number"
    if name in ("expit", "log_expit"):  # scipy's
        return f"write autograd.{'sigmoid' if name == 'expit' else 'logsigmoid'}(…)"
    return "use a function of autograd, or .item() or .numpy() for the numbers alone"


# --- Operands of another kind -----------------------------------------------------------------------------------------

_extensions: list[Callable[..., Any]] = []


def extend(apply: Callable[..., Any]) -> None:
    """Register a function that applies operations to values beside operands of another kind, such as arrays.

    ``apply(op, *operands)`` gives the recorded result, or ``NotImplemented`` if it does not know an operand. So arrays
    know of values, and values need not know of arrays.
    """
    _extensions.append(apply)


def extended(op: Primitive, *given: Any) -> Any:
    """The result of the first extension that knows the operands; else ``NotImplemented``, as of any operator."""
    found = (apply(op, *given) for apply in _extensions)
    return next((result for result in found if result is not NotImplemented), NotImplemented)
