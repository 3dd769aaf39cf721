"""The two namespaces in which a rule gives a number: ``floats``, by the ``math`` module, and ``ieee``, by numpy.

``math`` is the faster of the two and raises at the edges of a domain, where IEEE 754 has an answer: ``log(0)``,
``1 / 0``, ``exp(1000)``. Code that evaluates a rule on floats catches what the rule raises (``EDGES``) and calls
``at_edge``, which evaluates the same rule once more in numpy's float64.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from .several import TABLE
from .table import Namespace

__all__ = ["BY_NUMPY", "EDGES", "at_edge", "floats", "ieee"]

EDGES = (ArithmeticError, ValueError)


def _choose(condition: Any, x: Any, y: Any) -> Any:
    return x if condition else y


def _larger(x: float, y: float) -> float:
    return x if x > y or x != x else y  # the larger, or the nan of the two


def _smaller(x: float, y: float) -> float:
    return x if x < y or x != x else y


def _relu(x: float) -> float:
    return x if x > 0 or x != x else 0.0


def _sign(x: float) -> float:
    return 1.0 if x > 0 else -1.0 if x < 0 else x


def _log(x: float) -> float:
    """The natural logarithm, nan below 0: the rule of ``x**2`` evaluates it there, and must not raise."""
    if x > 0:
        return math.log(x)
    return -math.inf if x == 0 else math.nan


def _scalar(function: np.ufunc) -> Callable[[float], float]:
    """A function that ``math`` lacks, or has for whole numbers only."""
    return lambda x: float(function(x))


def _named(module: Any, names: str, prefix: str = "") -> dict[str, Any]:
    """Functions of a module under our names; numpy writes ``arcsin`` for ``asin``."""
    return {name: getattr(module, prefix + name[1:] if prefix else name) for name in names.split()}


floats = Namespace(
    **_named(math, "exp expm1 log2 log10 log1p sqrt sin cos tan asin acos atan atan2 hypot"),
    **_named(math, "sinh cosh tanh asinh acosh atanh erf erfc"),
    log=_log,
    cbrt=_scalar(np.cbrt),
    floor=_scalar(np.floor),
    power=math.pow,
    absolute=abs,
    relu=_relu,
    sign=_sign,
    round=round,
    less=operator.lt,
    equal=operator.eq,
    where=_choose,
    maximum=_larger,
    minimum=_smaller,
)


def _elementwise(function: Callable[[float], float]) -> Callable[[Any], Any]:
    """A function that numpy lacks, applied element by element, in the dtype of its argument."""
    each = np.frompyfunc(function, 1, 1)

    def apply(x: Any) -> Any:
        return np.asarray(each(x), dtype=np.result_type(x, np.float32))[()]

    return apply


def _log_by_numpy(x: Any) -> Any:
    """The logarithm of a number is a number: it does not widen the single precision of an array beside it."""
    return float(np.log(x)) if type(x) is float or type(x) is int else np.log(x)


def _power_by_numpy(x: Any, y: Any) -> Any:
    """``np.power`` takes a square root for the exponent 1/2, which differs from the power at -inf and at -0.0."""
    result = np.power(x, y)
    if (type(y) is float and y != 0.5) or type(y) is int or not np.any(np.equal(y, 0.5)):
        return result
    return np.where(np.equal(y, 0.5) & (np.equal(x, -np.inf) | np.equal(x, 0)), abs(x), result)


def _round_by_numpy(x: Any, n: int) -> Any:
    """``np.round`` scales by a power of ten, which overflows for some numbers that rounding leaves as they are."""
    rounded = np.round(x, n)
    return np.where(np.isfinite(x), np.where(np.isfinite(rounded), rounded, x if n > 0 else 0.0), x)


BY_NUMPY = {
    **_named(np, "exp expm1 log2 log10 log1p sqrt sin cos tan sinh cosh tanh hypot"),
    **_named(np, "asin acos atan asinh acosh atanh atan2", prefix="arc"),
    **_named(np, "cbrt floor absolute sign less equal where maximum minimum"),
    "log": _log_by_numpy,
    "power": _power_by_numpy,
    "round": _round_by_numpy,
    "erf": _elementwise(math.erf),
    "erfc": _elementwise(math.erfc),
}
ieee = Namespace(**BY_NUMPY)

floats.settle(TABLE)
ieee.settle(TABLE)


def at_edge(rule: Callable[..., Any], *numbers: float) -> Any:
    """A rule evaluated by IEEE 754, where ``math`` raises.

    Returns
    -------
    float, or a tuple of floats where the rule gives several
        ``at_edge(TABLE["log"].value, 0.0)`` is ``-inf``.
    """
    with np.errstate(all="ignore"):
        result = rule(ieee, *map(np.float64, numbers))
    return tuple(map(float, result)) if isinstance(result, tuple) else float(result)
