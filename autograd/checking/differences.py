"""Numerical derivatives of functions of one number, each with a bound of its error.

A function is given as ``along(m, x)``: its value at ``x``, in the arithmetic of the namespace ``m``. On floats it gives
nan outside its domain, and does not raise. Then

    complex step    f'(x) = Im f(x + ih) / h           no subtraction, so h is tiny and the only error is rounding
    stencil         f'(x) = Σ c_k (f(x + kh) - f(x - kh)) / h,  k = 1 … 4          needs no complex arithmetic
"""

from __future__ import annotations

import cmath
import math
import operator
from collections.abc import Callable, Sequence
from itertools import pairwise
from statistics import median
from typing import Any, NamedTuple

from ..core.namespaces import floats
from ..core.table import Namespace
from ..experiments.rounding import EPSILON

__all__ = ["Along", "Slope", "complex_step", "complexes", "has_kink", "scale_of", "stencil", "taylor_rate"]

Along = Callable[[Namespace, Any], Any]


# --- Complex numbers --------------------------------------------------------------------------------------------------
# Functions that compare do so by real parts: each piece of a piecewise function is continued analytically.


class _Complex(complex):
    """A complex number that is compared, and divided with a remainder, by its real part."""

    __slots__ = ()

    def __lt__(self, other: Any) -> bool:
        return bool(self.real < other.real)

    def __gt__(self, other: Any) -> bool:
        return bool(self.real > other.real)

    def __pos__(self) -> _Complex:
        return self

    def __neg__(self) -> _Complex:
        return _Complex(complex.__neg__(self))

    def __abs__(self) -> Any:
        return -self if self.real < 0 else self

    def __floordiv__(self, other: Any) -> float:
        return float(self.real // other.real)

    def __rfloordiv__(self, other: Any) -> float:
        return float(other.real // self.real)

    def __mod__(self, other: Any) -> _Complex:
        quotient = self.real // other.real
        return _Complex(self.real % other.real, self.imag - quotient * other.imag)

    def __rmod__(self, other: Any) -> _Complex:
        return _Complex(other) % self


def _complex(function: Callable[..., complex]) -> Callable[..., _Complex]:
    return lambda *args: _Complex(function(*args))


for _name in "add radd sub rsub mul rmul truediv rtruediv pow rpow".split():
    setattr(_Complex, f"__{_name}__", _complex(getattr(complex, f"__{_name}__")))


def _complex_log1p(x: complex) -> complex:
    a, b = x.real, x.imag
    return complex(math.log1p(a) + 0.5 * math.log1p((b / (1 + a)) ** 2), math.atan2(b, 1 + a))


def _complex_expm1(x: complex) -> complex:
    a, b = x.real, x.imag
    return complex(math.expm1(a) * math.cos(b) - 2 * math.sin(b / 2) ** 2, math.exp(a) * math.sin(b))


def _complex_power(x: complex, y: complex) -> complex:
    """``a**c (1 + (x - a)/a)**y a**(y - c)`` with the real parts a and c: the real power keeps its last digits."""
    a, c = x.real, y.real
    if a == 0:
        return complex(x) ** y
    growth = y * _complex_log1p((x - a) / a)
    if y != c:
        growth += (y - c) * math.log(a)
    return math.pow(a, c) * cmath.exp(growth)


def _complex_cbrt(x: complex) -> complex:
    """``∛a (1 + (x - a)/a)**(1/3)`` with the real part a, not 0: the real cube root keeps its last digits."""
    a = x.real
    return floats.cbrt(a) * cmath.exp(_complex_log1p((x - a) / a) / 3)  # type: ignore[no-any-return]


def _complex_hypot(x: complex, y: complex) -> complex:
    largest = max(abs(x.real), abs(y.real)) or 1.0
    return largest * cmath.sqrt((x / largest) ** 2 + (y / largest) ** 2)


def _complex_atan2(y: complex, x: complex) -> complex:
    """``atan(y/x)``, or ``atan(x/y)`` where that ratio is smaller, turned into the quadrant."""
    if abs(x.real) >= abs(y.real):
        return cmath.atan(y / x) + (0 if x.real > 0 else math.copysign(math.pi, y.real))
    return math.copysign(math.pi / 2, y.real) - cmath.atan(x / y)


def _complex_erfc(x: complex) -> complex:
    """The real part by the standard library; the imaginary part by a series near 0 and a continued fraction elsewhere.

    ``erf(z) = 2/√π exp(-z²) Σ 2ⁿ z²ⁿ⁺¹ / (2n + 1)!!`` and ``erfc(z) = exp(-z²)/√π / (z + (1/2)/(z + (2/2)/(z + …)))``
    (NIST Handbook of Mathematical Functions, 7.6.2 and 7.9.1).
    """
    bell = cmath.exp(-x * x) / math.sqrt(math.pi)
    if abs(x.real) < 1:
        term = total = 2 * complex(x)
        for n in range(1, 30):
            term *= 2 * x * x / (2 * n + 1)
            total += term
        return complex(math.erfc(x.real), -(bell * total).imag)
    z = complex(x) if x.real > 0 else -complex(x)
    fraction = z
    for n in range(20 + int(250 / z.real**2), 0, -1):
        fraction = z + n / 2 / fraction
    return complex(math.erfc(x.real), math.copysign(1, x.real) * (bell / fraction).imag)


_ANALYTIC = "exp log log10 sqrt sin cos tan asin acos atan sinh cosh tanh asinh acosh atanh"
complexes = Namespace(
    **{name: _complex(getattr(cmath, name)) for name in _ANALYTIC.split()},
    log2=_complex(lambda x: cmath.log(x) / math.log(2)),
    log1p=_complex(_complex_log1p),
    expm1=_complex(_complex_expm1),
    power=_complex(_complex_power),
    cbrt=_complex(_complex_cbrt),
    hypot=_complex(_complex_hypot),
    atan2=_complex(_complex_atan2),
    erf=_complex(lambda x: complex(math.erf(x.real), -_complex_erfc(x).imag)),
    erfc=_complex(_complex_erfc),
    absolute=abs,
    sign=lambda x: floats.sign(x.real),
    floor=lambda x: floats.floor(x.real),
    round=lambda x, digits: round(x.real, digits),
    less=operator.lt,
    equal=operator.eq,
    where=lambda condition, x, y: x if condition.real else y,
    maximum=lambda x, y: x if x > y else y,
    minimum=lambda x, y: x if x < y else y,
)


def complex_step(along: Along, x: float) -> float:
    """Return the derivative by a complex step; nan where the function has no complex form.

    >>> complex_step(lambda m, x: m.sin(x), 0.0)
    1.0
    """
    h = 2.0**-300 * max(abs(x) or 1.0, 2.0**-600)
    try:
        y = along(complexes, _Complex(x, h))
    except Exception:  # code for real numbers may raise any error on complex ones
        return math.nan
    return float(y.imag / h) if y == y else math.nan


def has_kink(along: Along, x: float, value_noise: float, slope_noise: float) -> bool:
    """Return True if the function or its complex step jumps between ``x``, just left of it and just right of it.

    The differences of a smooth function shrink with the distance; those at a kink, a jump or the end of a domain stay.

    >>> has_kink(lambda m, x: m.absolute(x), 0.0, 0.0, 0.0), has_kink(lambda m, x: x * m.absolute(x), 0.0, 0.0, 0.0)
    (True, False)
    """
    if not math.isfinite(value_noise + slope_noise):
        return True
    value, slope = along(floats, x), complex_step(along, x)
    gaps = []
    for distance in (2.0**-50, 2.0**-40):
        shift = distance * (abs(x) or 1.0)
        neighbours = x - shift, x + shift
        jumps = [abs(along(floats, neighbour) - value) for neighbour in neighbours]
        bends = [abs(complex_step(along, neighbour) - slope) for neighbour in neighbours]
        gaps.append((_largest(jumps), _largest(bends)))
    (jump, bend), (far_jump, far_bend) = gaps
    return not (jump <= value_noise + 0.3 * far_jump and bend <= slope_noise + 0.3 * far_bend)


def _largest(numbers: Sequence[float]) -> float:
    return math.nan if any(map(math.isnan, numbers)) else max(numbers)


# --- The stencil ------------------------------------------------------------------------------------------------------

_EIGHTH_ORDER = (4 / 5, -1 / 5, 4 / 105, -1 / 280)
_SIXTH_ORDER = (3 / 4, -3 / 20, 1 / 60)
_ONE_SIDED = ((4, -3, 4 / 3, -1 / 4), (3, -3 / 2, 1 / 3))  # of fourth and of third order


class Slope(NamedTuple):
    """A numerical derivative."""

    value: float
    error: float  # its bound
    kink: bool  # True if a kink lies within the step


def stencil(along: Along, x: float, value_noise: float) -> Slope:
    """Return the derivative by central differences of eighth order, with the step of least error.

    The error is the difference to the sixth order, and the rounding of the values. Longer steps are tried for as long
    as they agree with the shorter ones. A kink lies within the step if the derivatives from the left, from the right
    and from both sides differ by more than their errors explain, if the function ends, or if even the two shortest
    steps disagree.

    >>> slope = stencil(lambda m, x: m.erf(x), 0.0, 1e-16)
    >>> abs(slope.value - 2 / 3.141592653589793 ** .5) < slope.error < 1e-12, slope.kink
    (True, False)
    """
    scale = scale_of(x)
    best, *longer = [_by_step(along, x, scale * 2.0**-k, value_noise) for k in (34, 25, 17, 13, 10, 8, 6, 4, 2)]
    if not _consistent(best, longer[0]):
        best = best._replace(kink=True)
    for slope in longer:
        if slope.kink or not _consistent(best, slope):
            break
        best = min(best, slope, key=operator.attrgetter("kink", "error"))
    return best


def scale_of(x: float) -> float:
    """Return the power of two at or below ``|x|``, of which the steps are fractions; 1 at 0."""
    return max(math.ldexp(0.5, math.frexp(x)[1]), 2.0**-900) if x else 1.0


def _consistent(slope: Slope, other: Slope) -> bool:
    return abs(slope.value - other.value) <= slope.error + other.error


def _by_step(along: Along, x: float, h: float, value_noise: float) -> Slope:
    middle = along(floats, x)
    right, left = ([along(floats, x + sign * k * h) - middle for k in range(1, 5)] for sign in (1, -1))
    differences = list(map(operator.sub, right, left))
    slope, coarser = (_weighted(order, differences) / h for order in (_EIGHTH_ORDER, _SIXTH_ORDER))
    rounding = (value_noise + EPSILON * abs(x * slope)) / h + EPSILON * abs(slope)
    (ahead, about_ahead), (behind, about_behind) = (
        [_weighted(order, values) / step for order in _ONE_SIDED] for values, step in ((right, h), (left, -h))
    )
    bend = abs(ahead - about_ahead) + abs(behind - about_behind) + 4 * rounding
    error = 8 * abs(slope - coarser) + 8 * rounding
    smooth = max(slope, ahead, behind) - min(slope, ahead, behind) <= 2 * bend
    return Slope(slope, error if error == error else math.inf, not smooth)


def _weighted(weights: Sequence[float], values: Sequence[float]) -> float:
    return sum(map(operator.mul, weights, values), 0.0)


def taylor_rate(along: Along, x: float, slope: float, value_noise: float) -> float:
    """Return the power of h with which ``|f(x + h) - f(x) - h slope|`` shrinks: 2 or more for the right slope, else 1.

    It is ``inf`` if nothing but rounding remains, as for a linear function, and 0 if the slope is infinite or nan.

    >>> [round(taylor_rate(lambda m, x: m.exp(x), 0.0, slope, 2e-16), 1) for slope in (1.0, 1.1)]
    [2.0, 1.0]
    """
    if not math.isfinite(slope):
        return 0.0
    scale = abs(x) or 1.0
    steps = [scale * 2.0**-k for k in range(3, 30)]
    middle = along(floats, x)
    remainders = [abs(along(floats, x + h) - middle - h * slope) for h in steps]
    rounding = value_noise + EPSILON * (abs(middle) + abs(x * slope))
    usable = [r for r in remainders if r > 100 * rounding][-4:]
    rates = [math.log2(r / of_half_the_step) for r, of_half_the_step in pairwise(usable)]
    return median(rates) if rates else math.inf
