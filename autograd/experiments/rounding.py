"""The size of rounding errors, measured: `noise` runs a computation in numbers whose every result is perturbed."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence

from ..core.namespaces import floats
from ..core.table import Namespace
from .rerun import as_number

__all__ = ["EPSILON", "noise", "noisy", "same", "ulp"]

EPSILON = 2.0**-52
_generator = random.Random()


class _Noisy(float):
    """A float; the result of every arithmetic operation on it is off at random, by up to two units in the last place.

    Unary plus rounds it anew.
    """

    __slots__ = ()

    def __pos__(self) -> _Noisy:
        return _Noisy(self * 1.0)

    def __neg__(self) -> _Noisy:
        return _Noisy(float.__neg__(self))

    def __abs__(self) -> _Noisy:
        return _Noisy(float.__abs__(self))


def _perturbed(function: Callable[..., float]) -> Callable[..., _Noisy]:
    return lambda *args: _Noisy(function(*args) * (1 + EPSILON * (4 * _generator.random() - 2)))


for _name in "add sub mul truediv floordiv mod".split():
    for _method in (f"__{_name}__", f"__r{_name}__"):
        setattr(_Noisy, _method, _perturbed(getattr(float, _method)))

_ROUNDED = (
    "exp expm1 log log2 log10 log1p sqrt sin cos tan asin acos atan atan2 hypot "
    "sinh cosh tanh asinh acosh atanh erf erfc power cbrt"
)


class _NoisyNumbers(Namespace):
    """The namespace of `_Noisy` numbers."""


noisy = _NoisyNumbers(
    **{name: _perturbed(getattr(floats, name)) for name in _ROUNDED.split()},
    **{name: getattr(floats, name) for name in "absolute sign floor round less equal where maximum minimum".split()},
)


@as_number.register
def _(_: _NoisyNumbers, x: float) -> float:
    """Convert the plain float that a rule gives which calls the standard library: it is rounded once here."""
    return x if isinstance(x, _Noisy) else +_Noisy(x)


def noise(function: Callable[[Namespace, list[float]], Sequence[float]], numbers: Sequence[float]) -> list[float]:
    """Return how far rounding may move each result of a function of several numbers: twice the spread of six runs.

    It is infinite where rounding can leave the domain, and 0 where the result itself is infinite or nan.

    >>> error, = noise(lambda m, xs: [(xs[0] + 1e8) - xs[0]], [1.0])
    >>> 1e-8 < error < 1e-6
    True
    """
    exact = function(floats, list(numbers))
    spread = [0.0] * len(exact)
    for run in range(6):
        _generator.seed(run)
        results = function(noisy, [_Noisy(x) for x in numbers])
        spread = [max(s, abs(r - e)) if r == r else math.inf for s, r, e in zip(spread, results, exact, strict=True)]
    return [2 * s if math.isfinite(e) else 0.0 for s, e in zip(spread, exact, strict=True)]


def ulp(x: float) -> float:
    """Return a unit in the last place of ``x``, or up to twice as much."""
    return EPSILON * abs(x) + 2.0**-1074  # the smallest number, for those next to 0


def same(x: float, y: float) -> bool:
    """Return True if two numbers are equal, or both nan."""
    return x == y or (x != x and y != y)
