"""Checks of the numbers that users give: real numbers, whole numbers, and bounds."""

from __future__ import annotations

import math
import operator
import sys
from collections.abc import Mapping
from numbers import Real
from types import FrameType
from typing import Any, NoReturn, TypeAlias

import numpy as np

from ..errors import InputTypeError, InputValueError, described, shortened

__all__ = [
    "COUNTED",
    "REMEDIES",
    "REMEDY",
    "MaybeNone",
    "asked_by_a_plot",
    "bounds",
    "is_whole",
    "number",
    "real",
    "whole",
]


# In a union with a type it means "or None, which need not be ruled out": type checkers accept ``p.data -= rate *
# p.grad``.
MaybeNone: TypeAlias = Any

REMEDY = (  # of a value that is asked for a plain number
    "gradient: call the function of the same name in autograd (autograd.sin(x) for math.sin(x)), or take x.item() for "
    "the number alone"
)
COUNTED = (  # of a value that is asked for a whole number
    "give an int, int(x.item()) for one; the arguments of a compiled function may be ints, and arrays of integers"
)


def number(given: Any, what: str = "a value") -> float:
    """A Python float made of any real number.

    Raises
    ------
    InputTypeError
        For a bool, a complex number, text, ``None``, a list, an array of several elements, another value.
    InputValueError
        For an integer too large for a float.
    """
    if type(given) is float:
        return given
    if isinstance(given, np.ndarray) and given.ndim == 0:
        given = given[()]
    if isinstance(given, (bool, np.bool_)) or not isinstance(given, Real):
        raise InputTypeError(f"{what} takes a real number, not {described(given)}; {_remedy(given)}")
    try:
        return float(given)
    except OverflowError:
        raise InputValueError(
            f"{what} takes a float, and {shortened(given, 21)} is beyond the largest one, 1.8e308"
        ) from None


# What to do with an object that is no real number, by its type; packages with types of their own add theirs.
REMEDIES: dict[type, str] = {
    bool: "write 1.0 or 0.0",
    np.bool_: "write 1.0 or 0.0",
    str: "convert text with float(…)",
    type(None): "was a return statement forgotten?",
    complex: "take its .real and .imag apart",
}


def _remedy(given: Any) -> str:
    if isinstance(given, np.ndarray):
        plain = given.dtype != object
    elif isinstance(given, (list, tuple)):
        plain = all(isinstance(x, Real) for x in given[:100])
    else:
        return next((REMEDIES[kind] for kind in type(given).__mro__ if kind in REMEDIES), "convert it to a float first")
    if plain:
        return "make one value of each element: [Value(x) for x in …], or an array of them: np.array(…)"
    return "take its elements one by one: [… for x in …]"


def real(given: Any, what: str) -> float:
    """Return a Python float made of any real number, or of a truth value: 1.0 or 0.0."""
    return float(given) if isinstance(given, (bool, np.bool_)) else number(given, what)


def is_whole(given: Any) -> bool:
    """Return True for a whole number of any type; a bool is none, nor is an array."""
    if type(given) is int:
        return True
    if isinstance(given, (bool, np.bool_)) or (isinstance(given, np.ndarray) and given.ndim):
        return False
    try:
        operator.index(given)
    except TypeError:
        return False
    return True


def whole(given: Any, what: str, least: int | None = 0, most: int | None = None) -> int:
    """Return an int made of any whole number that is not below ``least`` nor above ``most``, where these are given.

    Raises
    ------
    InputTypeError
        For what is not a whole number; a bool is none.
    InputValueError
        For one that is too small or too large.
    """
    if not is_whole(given):
        raise InputTypeError(f"{what} is a whole number, not {described(given)}")
    number = operator.index(given)
    if least is not None and number < least:
        raise InputValueError(f"{what} is {least} or more, not {shortened(given)}")
    if most is not None and number > most:
        raise InputValueError(f"{what} is at most {most}, not {shortened(given)}")
    return number


_PYTHONS = {float, int}


def bounds(low: Any, high: Any) -> tuple[Any, Any]:
    """The bounds of a clip, numbers or arrays of them, with infinity for a missing one.

    Raises
    ------
    InputValueError
        If they are the wrong way round.
    """
    low = -math.inf if low is None else low
    high = math.inf if high is None else high
    if type(low) in _PYTHONS and type(high) in _PYTHONS and low <= high:
        return low, high
    try:
        crossed = bool(np.any(np.greater(_plain(low), _plain(high))))
    except (TypeError, ValueError, OverflowError):  # the operation refuses what is no number, or does not fit
        crossed = False
    if crossed:
        raise InputValueError(f"clip needs low <= high, not low={shortened(low)} and high={shortened(high)}; swap them")
    return low, high


def _plain(x: Any) -> Any:
    """Return the numbers of values: comparing the values themselves would leave a note on them."""
    return [_plain(each) for each in x] if isinstance(x, np.ndarray) and x.dtype == object else getattr(x, "_data", x)


def refuse_keywords(what: str, given: Mapping[str, Any]) -> NoReturn:
    """Raise for arguments that other libraries have: ``Value(2.0, label="a")``.

    Raises
    ------
    InputTypeError
        Always.
    """
    remedies = {"label": 'write name="…"', "requires_grad": "leave it out, everything is differentiated"}
    key = next(iter(given))
    raise InputTypeError(f"{what} takes no argument {key}; {remedies.get(key, 'it takes data and name')}")


def asked_by_a_plot(kind: type | None = None) -> bool:
    """Return True if matplotlib asks for a plain number, itself or through numpy: a plot passes no gradient back.

    If so, it is told how to take the numbers of lists and arrays of values of a ``kind``, too.
    """
    frame: FrameType | None = sys._getframe(2) if "matplotlib" in sys.modules else None
    while frame is not None and _package(frame) == "numpy":
        frame = frame.f_back
    if frame is None or _package(frame) not in PLOTTERS:
        return False
    units = sys.modules.get("matplotlib.units")
    if kind is not None and units is not None:
        units.registry.setdefault(kind, _Plotted)
    return True


class _Plotted:
    """The numbers of values for an axis of matplotlib, in the form in which it takes units."""

    @staticmethod
    def convert(given: Any, *_: Any) -> Any:
        """Return the numbers of one value, or of a list or an array of them."""
        values = np.array(given, dtype=object)
        numbers = np.array([getattr(x, "_data", x) for x in values.flat], dtype=float).reshape(values.shape)
        return numbers if numbers.ndim else float(numbers)

    @staticmethod
    def axisinfo(*_: Any) -> None:
        """No labels of its own."""

    default_units = axisinfo  # of values and an axis: none


PLOTTERS = ("matplotlib", "mpl_toolkits")  # the latter has its plots in three dimensions


def _package(frame: FrameType) -> str:
    return str(frame.f_globals.get("__name__")).partition(".")[0]
