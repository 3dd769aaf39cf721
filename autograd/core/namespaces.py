"""The two namespaces in which a rule gives a number: ``floats``, by the ``math`` module, and ``ieee``, by numpy.

``math`` is the faster of the two and raises at the edges of a domain, where IEEE 754 has an answer: ``log(0)``,
``1 / 0``, ``exp(1000)``. Code that evaluates a rule on floats catches what the rule raises (``EDGES``) and calls
``at_edge``, which evaluates the same rule once more in numpy's float64.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np

from .several import TABLE
from .table import Namespace

__all__ = ["BY_NUMPY", "EDGES", "FUNCTIONS", "at_edge", "erf_of_many", "erfc_of_many", "floats", "ieee"]

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


FUNCTIONS = (  # that every kind of number brings along, by the names under which the rules ask for them
    "exp expm1 log log2 log10 log1p sqrt sin cos tan asin acos atan atan2 hypot sinh cosh tanh asinh acosh atanh erf "
    "erfc cbrt floor absolute sign maximum minimum"
).split()
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


# --- The error function of many numbers at once -----------------------------------------------------------------------

# To 2 units in the last place. The quotients of polynomials, and the intervals on which they hold, are those of Sun's
# fdlibm (s_erf.c, 1993), which the C libraries use, too:
#
#     |x| < 0.84375        erf x = x + x R(x²)
#     |x| < 1.25           erf x = ERX + R(|x| - 1)
#     beyond               erfc x = exp(-x² - 0.5625 + R(1/x²)) / x, with x² in two parts, so that the exponent is exact
Array: TypeAlias = np.ndarray[Any, np.dtype[np.float64]]
Quotient = tuple[tuple[float, ...], tuple[float, ...]]  # numerator and denominator, constant terms first

# fmt: off
NEAR: Quotient = (
    (1.28379167095512558561e-01, -3.25042107247001499370e-01, -2.84817495755985104766e-02, -5.77027029648944159157e-03,
     -2.37630166566501626084e-05),
    (1.0, 3.97917223959155352819e-01, 6.50222499887672944485e-02, 5.08130628187576562776e-03,
     1.32494738004321644526e-04, -3.96022827877536812320e-06),
)
MIDDLE: Quotient = (
    (-2.36211856075265944077e-03, 4.14856118683748331666e-01, -3.72207876035701323847e-01, 3.18346619901161753674e-01,
     -1.10894694282396677476e-01, 3.54783043256182359371e-02, -2.16637559486879084300e-03),
    (1.0, 1.06420880400844228286e-01, 5.40397917702171048937e-01, 7.18286544141962662868e-02,
     1.26171219808761642112e-01, 1.36370839120290507362e-02, 1.19844998467991074170e-02),
)
FAR: Quotient = (
    (-9.86494403484714822705e-03, -6.93858572707181764372e-01, -1.05586262253232909814e+01, -6.23753324503260060396e+01,
     -1.62396669462573470355e+02, -1.84605092906711035994e+02, -8.12874355063065934246e+01,
     -9.81432934416914548592e+00),
    (1.0, 1.96512716674392571292e+01, 1.37657754143519042600e+02, 4.34565877475229228821e+02,
     6.45387271733267880336e+02, 4.29008140027567833386e+02, 1.08635005541779435134e+02, 6.57024977031928170135e+00,
     -6.04244152148580987438e-02),
)
TAIL: Quotient = (
    (-9.86494292470009928597e-03, -7.99283237680523006574e-01, -1.77579549177547519889e+01, -1.60636384855821916062e+02,
     -6.37566443368389627722e+02, -1.02509513161107724954e+03, -4.83519191608651397019e+02),
    (1.0, 3.03380607434824582924e+01, 3.25792512996573918826e+02, 1.53672958608443695994e+03,
     3.19985821950859553908e+03, 2.55305040643316442583e+03, 4.74528541206955367215e+02, -2.24409524465858183362e+01),
)
# fmt: on
ERX = 8.45062911510467529297e-01
BOUNDS = (0.84375, 1.25, 1 / 0.35)
LARGE = 30.0  # erfc is 0 from 27.3 on
BLOCK = 8192  # numbers that are computed at a time, so that they stay in cache


def _quotient(polynomials: Quotient, x: Array) -> Array:
    above, below = (_polynomial(each, x) for each in polynomials)
    above /= below
    return above


def _polynomial(coefficients: tuple[float, ...], x: Array) -> Array:
    total = np.full_like(x, coefficients[-1])
    for c in coefficients[-2::-1]:
        total *= x
        total += c
    return total


def _beyond(a: Array, polynomials: Quotient) -> Array:
    """Erfc of large positive numbers."""
    z = (a.view(np.int64) & -(1 << 32)).view(np.float64)  # its first digits, whose square is exact
    rest = (z - a) * (z + a) + _quotient(polynomials, 1 / (a * a))
    return np.exp(-z * z - 0.5625) * np.exp(rest) / a


def _near(x: Array, complement: bool) -> Array:
    x = np.clip(x, -1.0, 1.0)  # beyond, it is replaced; nan stays
    rest = x * _quotient(NEAR, x * x)
    y = x + rest
    return np.where(x < 0.25, 1 - y, 0.5 - (rest + (x - 0.5))) if complement else y


def _middle_or_far(x: Array, k: int, complement: bool) -> Array:
    a, polynomials = np.minimum(np.abs(x), LARGE), (MIDDLE, FAR, TAIL)[k]
    if k == 0:
        rest = _quotient(polynomials, a - 1)
        erf, erfc, erfc_minus = ERX + rest, 1 - ERX - rest, 1 + (ERX + rest)
    else:
        erfc = _beyond(a, polynomials)
        erf, erfc_minus = 1 - erfc, 2 - erfc
    return np.where(x < 0, erfc_minus, erfc) if complement else np.copysign(erf, x)


def _by_intervals(x: Any, complement: bool) -> Array:
    flat = np.ascontiguousarray(x, dtype=np.float64).reshape(-1)
    y, a = np.empty_like(flat), np.abs(flat)
    for begin in range(0, flat.size, BLOCK):
        y[begin : begin + BLOCK] = _near(flat[begin : begin + BLOCK], complement)
    for k, (low, high) in enumerate(zip(BOUNDS, (*BOUNDS[1:], np.inf), strict=True)):
        there = np.flatnonzero((a >= low) & (a <= high if k == 2 else a < high))
        for begin in range(0, len(there), BLOCK):
            places = there[begin : begin + BLOCK]
            y[places] = _middle_or_far(flat[places], k, complement)
    return y.reshape(np.shape(x))


def erf_of_many(x: Any) -> Array:
    """The error function of an array, element by element, in float64."""
    return _by_intervals(x, complement=False)


def erfc_of_many(x: Any) -> Array:
    """One minus the error function, likewise, exact also where it is small."""
    return _by_intervals(x, complement=True)


# --- By numpy ---------------------------------------------------------------------------------------------------------

MANY = 2048  # numbers, from which on the functions of many at once are quicker than those of one


def _elementwise(function: Callable[[float], float], of_many: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """A function that numpy lacks, in the dtype of its argument: one by one, or if there are many, all at once."""
    each = np.frompyfunc(function, 1, 1)

    def apply(x: Any) -> Any:
        found = of_many(x) if np.size(x) >= MANY else each(x)
        return np.asarray(found, dtype=np.result_type(x, np.float32))[()]

    return apply


def _log_by_numpy(x: Any) -> Any:
    """The logarithm of a number is a number: it does not widen the single precision of an array beside it."""
    return float(np.log(x)) if type(x) is float or type(x) is int else np.log(x)


def _power_by_numpy(x: Any, y: Any) -> Any:
    """``np.power`` takes a square root for the exponent 1/2, which differs from the power at -inf and at -0.0."""
    result = np.power(x, y)
    if (type(y) is float and y != 0.5) or type(y) is int or not np.count_nonzero(np.equal(y, 0.5)):
        return result
    return np.where(np.equal(y, 0.5) & (np.equal(x, -np.inf) | np.equal(x, 0)), abs(x), result)


def _sigmoid_by_numpy(x: Any) -> Any:
    """The row of the sigmoid, which takes the same exponential twice, with one."""
    small = np.exp(-np.absolute(x))
    top = np.where(np.less(x, 0), small, 1)
    small += 1
    return top / small


def _round_by_numpy(x: Any, n: int) -> Any:
    """``np.round`` scales by a power of ten, which overflows for some numbers that rounding leaves as they are."""
    rounded = np.round(x, n)
    if np.count_nonzero(np.isfinite(rounded)) == np.size(rounded):
        return rounded
    return np.where(np.isfinite(x), np.where(np.isfinite(rounded), rounded, x if n > 0 else 0.0), x)


BY_NUMPY = {
    **_named(np, "exp expm1 log2 log10 log1p sqrt sin cos tan sinh cosh tanh hypot"),
    **_named(np, "asin acos atan asinh acosh atanh atan2", prefix="arc"),
    **_named(np, "cbrt floor absolute sign less equal where maximum minimum"),
    "log": _log_by_numpy,
    "power": _power_by_numpy,
    "round": _round_by_numpy,
    "logaddexp": np.logaddexp,
    "sigmoid": _sigmoid_by_numpy,
    "erf": _elementwise(math.erf, erf_of_many),
    "erfc": _elementwise(math.erfc, erfc_of_many),
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
