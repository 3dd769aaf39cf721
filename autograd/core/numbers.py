"""Real numbers, from whatever a user gives."""

from __future__ import annotations

import math
import operator
from numbers import Real
from typing import Any

import numpy as np

from ..errors import InputTypeError, InputValueError, described, shortened

__all__ = ["bounds", "number", "whole"]


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
        remedy = next(
            (_REMEDIES[k.__name__] for k in type(given).__mro__ if k.__name__ in _REMEDIES),
            "convert it to a float first",
        )
        raise InputTypeError(f"{what} takes a real number, not {described(given)}; {remedy}")
    try:
        return float(given)
    except OverflowError:
        raise InputValueError(
            f"{what} takes a float, and {shortened(given, 21)} is beyond the largest one, 1.8e308"
        ) from None


_REMEDIES = {
    "Tensor": "index one of its numbers, as in tensor.values()[0]; or make values tensors: autograd.stack(values)",
    "Value": "take its number with .item(), or share the value itself",
    "bool": "write 1.0 or 0.0",
    "str": "convert text with float(…)",
    "NoneType": "was a return statement forgotten?",
    "list": "make one value of each element: [Value(x) for x in …]",
    "tuple": "make one value of each element: [Value(x) for x in …]",
    "ndarray": "make one value of each element: [Value(x) for x in array]",
    "complex": "take its .real and .imag apart",
}


def whole(given: Any, what: str, least: int | None = 0, most: int | None = None) -> int:
    """Return an int made of any whole number that is not below ``least`` nor above ``most``, where these are given.

    Raises
    ------
    InputTypeError
        For what is not a whole number; a bool is none.
    InputValueError
        For one that is too small or too large.
    """
    try:
        if isinstance(given, (bool, np.bool_)):
            raise TypeError
        number = operator.index(given)
    except TypeError:
        raise InputTypeError(f"{what} is a whole number, not {described(given)}") from None
    if least is not None and number < least:
        raise InputValueError(f"{what} is {least} or more, not {shortened(given)}")
    if most is not None and number > most:
        raise InputValueError(f"{what} is at most {most}, not {shortened(given)}")
    return number


def bounds(low: Any, high: Any) -> tuple[Any, Any]:
    """The bounds of a clip, numbers or arrays of them, with infinity for a missing one.

    Raises
    ------
    InputValueError
        If they are the wrong way round.
    """
    low = -math.inf if low is None else low
    high = math.inf if high is None else high
    # The numbers of values: no question of the user's.
    if np.any(np.greater(getattr(low, "_data", low), getattr(high, "_data", high))):
        raise InputValueError(f"clip needs low <= high, not low={low} and high={high}; swap them")
    return low, high
