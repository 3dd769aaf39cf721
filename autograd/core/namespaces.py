"""The two namespaces in which a rule gives a number: ``floats``, by the ``math`` module, and ``ieee``, by numpy.

``math`` is the faster of the two and raises at the edges of a domain, where IEEE 754 has an answer: ``log(0)``,
``1 / 0``, ``exp(1000)``. Code that evaluates a rule on floats catches what the rule raises (``EDGES``) and calls
``at_edge``, which evaluates the same rule once more in numpy's float64.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Sequence
from functools import cache
from itertools import accumulate
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

# To 2 units in the last place, from the value at the nearest multiple a of 1/1024:
#
#     erf(a + h) = erf a + 2/√π exp(-a²) h (1 - p + 2/3 p² - p³/3 + 2/15 p⁴ - h² (1/3 - p/2 + 2/5 p²) + …),   p = a h
#
# Close to 0 it is the series at 0, which has no difference. Above 6, where erf is 1, erfc is that of Sun's fdlibm
# (s_erf.c, 1993): exp(-x² - 0.5625 + R(1/x²)) / x, with x² in two parts, so that the exponent is exact.
Array: TypeAlias = np.ndarray[Any, np.dtype[np.float64]]

PER_UNIT, LAST = 1024, 6  # the tables have the multiples from -LAST to LAST
CLOSE = 1 / 32
LARGE = 30.0  # erfc is 0 from 27.3 on
BLOCK = 8192  # numbers that are computed at a time, so that they stay in cache
STEPS = (1.0, -1.0, 2 / 3, -1 / 3, 2 / 15)  # constant terms first, here and below
STEPS_OF_SQUARE = (-1 / 3, 1 / 2, -2 / 5)
SLOPE = 2 / math.sqrt(math.pi)
AT_0 = (1.28379167095512574e-01, -SLOPE / 3, SLOPE / 10, -SLOPE / 42, SLOPE / 216)  # the slope minus 1
# fmt: off
ABOVE = (-9.86494292470009928597e-03, -7.99283237680523006574e-01, -1.77579549177547519889e+01,
         -1.60636384855821916062e+02, -6.37566443368389627722e+02, -1.02509513161107724954e+03,
         -4.83519191608651397019e+02)
BELOW = (1.0, 3.03380607434824582924e+01, 3.25792512996573918826e+02, 1.53672958608443695994e+03,
         3.19985821950859553908e+03, 2.55305040643316442583e+03, 4.74528541206955367215e+02,
         -2.24409524465858183362e+01)
# fmt: on


@cache
def _tables() -> tuple[Array, Array, Array]:
    """Return erf, erfc and the slope of erf at the multiples.

    The bell curve is summed over the middles of the steps, with the first terms of Euler and Maclaurin's formula, and
    divided by the sum of all of it. The sums are whole numbers, which have no error.
    """
    step = 1 / PER_UNIT
    squares = (np.arange(0.5, 1.5 * LAST * PER_UNIT) * step) ** 2
    terms = step**2 / 24 * (4 * squares - 2) + step**4 / 1920 * ((16 * squares - 48) * squares + 12)
    *sums, whole = accumulate(map(int, np.ldexp(np.exp(-squares) * (1 + terms), 200).tolist()), initial=0)
    del sums[LAST * PER_UNIT + 1 :]
    sums = [-x for x in sums[:0:-1]] + sums
    places = np.arange(-LAST * PER_UNIT, LAST * PER_UNIT + 1) * step
    erf, erfc = np.array([x / whole for x in sums]), np.array([(whole - x) / whole for x in sums])
    return erf, erfc, SLOPE * np.exp(-places * places)


def _polynomial(coefficients: Sequence[float], x: Array) -> Array:
    total = x * coefficients[-1]
    for c in coefficients[-2:0:-1]:
        total += c
        total *= x
    total += coefficients[0]
    return total


def _from_table(x: Array, complement: bool, out: Array) -> None:
    """Write the function of numbers below LAST, and other numbers for those beyond."""
    erf, erfc, slopes = _tables()
    near = x * PER_UNIT
    np.rint(near, near)
    places = near.astype(np.intp)
    places += LAST * PER_UNIT
    near *= 1 / PER_UNIT
    h = x - near
    near *= h
    series, rest = _polynomial(STEPS, near), _polynomial(STEPS_OF_SQUARE, near)
    rest *= h
    rest *= h
    series += rest
    series *= h
    series *= slopes.take(places, 0, near, "clip")
    (np.subtract if complement else np.add)((erfc if complement else erf).take(places, 0, near, "clip"), series, out)


def _beyond(x: Array, complement: bool) -> Array:
    """Return the function of numbers from LAST on, and below -LAST."""
    if not complement:
        return np.sign(x)
    a = np.clip(x, LAST, LARGE)
    z, inverse = _first_digits(a), 1 / (a * a)
    rest = (z - a) * (z + a) + _polynomial(ABOVE, inverse) / _polynomial(BELOW, inverse)
    bell = np.exp(-z * z - 0.5625)
    y = bell / a
    first = _first_digits(y)
    lost = (bell - first * z) - first * (a - z) - (y - first) * a  # by the rounding of the quotient
    return np.where(x < 0, 2.0, y + (y * np.expm1(rest) + lost / a))


def _first_digits(x: Array) -> Array:
    """Return the numbers with so few digits that products of two are exact."""
    return (x.view(np.int64) & -(1 << 32)).view(np.float64)


def _close(x: Array) -> Array:
    """Return erf of small numbers."""
    return x + x * _polynomial(AT_0, x * x)


@np.errstate(all="ignore")
def _of_many(x: Any, complement: bool, out: Array | None = None) -> Array:
    """Return the function of an array; in ``out``, which may be the array itself, if that is given."""
    flat = np.ascontiguousarray(x, dtype=np.float64).reshape(-1)
    y = np.empty_like(flat) if out is None else out.reshape(-1)
    for begin in range(0, flat.size, BLOCK):
        given, into = flat[begin : begin + BLOCK], y[begin : begin + BLOCK]
        size = np.abs(given)
        (far,) = (size >= LAST).nonzero()
        parts = [(far, _beyond(given[far], complement))] if far.size else []
        if not complement:
            (close,) = (size < CLOSE).nonzero()
            parts.append((close, _close(given[close])))
        _from_table(given, complement, into)  # which may be what is given
        for places, numbers in parts:
            into[places] = numbers
    return y.reshape(np.shape(x)) if out is None else out


def erf_of_many(x: Any) -> Array:
    """The error function of an array, element by element, in float64."""
    return _of_many(x, complement=False)


def erfc_of_many(x: Any) -> Array:
    """One minus the error function, likewise, exact also where it is small."""
    return _of_many(x, complement=True)


# --- By numpy ---------------------------------------------------------------------------------------------------------

MANY = 256  # numbers, from which on the functions of many at once are quicker than those of one


def _elementwise(function: Callable[[float], float], complement: bool) -> Callable[..., Any]:
    """A function that numpy lacks, in the dtype of its argument: one by one, or if there are many, all at once."""
    each = np.frompyfunc(function, 1, 1)

    def apply(x: Any, out: Array | None = None) -> Any:
        if out is not None and out.flags.c_contiguous and out.dtype == np.float64 and np.size(x) >= MANY:
            return _of_many(x, complement, out)
        found = _of_many(x, complement) if np.size(x) >= MANY else each(x)
        if out is None:
            return np.asarray(found, dtype=np.result_type(x, np.float32))[()]
        np.copyto(out, found, casting="unsafe")
        return out

    apply.__name__ = function.__name__
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
    "erf": _elementwise(math.erf, complement=False),
    "erfc": _elementwise(math.erfc, complement=True),
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
