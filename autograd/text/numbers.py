"""Numbers as text for people: to few digits, and short."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from sys import float_info
from typing import Any

import numpy as np

__all__ = ["MOST_DIGITS", "brief", "constant_text", "of_array", "short"]

MOST_DIGITS = 767  # significant digits: no float has more
SMALL, LONG = 6, 28  # numbers, and characters, that an array is written out with; a larger one is its shape


def short(number: Any, digits: int = 4) -> str:
    """Return a number in few characters: its repr if that is short, else ``digits`` significant digits.

    ``None``, the gradient that no pass has reached, is ``-``. Arrays are written by `of_array`.

    Examples
    --------
    >>> short(2.0), short(0.999), short(24.70408163265306), short(1e-17 / 3), short(None)
    ('2.0', '0.999', '24.7', '3.333e-18', '-')
    >>> short(np.ones((2, 3))), short(np.array(0.5)), short((0, 1))
    ('[[1, 1, 1], [1, 1, 1]]', '0.5', '(0, 1)')
    """
    if number is None:
        return "-"
    if isinstance(number, (np.ndarray, np.generic)):
        return of_array(np.asarray(number), digits, short)
    exact = repr(number)
    return exact if len(exact) <= digits + 2 or not isinstance(number, (int, float)) else f"{number:.{digits}g}"


def brief(number: Any, digits: int = 4) -> str:
    """Return a number to ``digits`` significant digits, without trailing zeros: ``1``, ``0.305``, ``-2.5e+10``.

    Examples
    --------
    >>> brief(1.0), brief(0.30499), brief(24.70408163265306), brief(1e10)
    ('1', '0.305', '24.7', '1e+10')
    """
    return of_array(number, digits) if isinstance(number, np.ndarray) else f"{float(number):.{digits}g}"


def of_array(array: np.ndarray[Any, Any], digits: int = 4, number: Callable[[float, int], str] | None = None) -> str:
    """Return the numbers of a small array, or the shape of a larger one; with the dtype, unless that is float64.

    A zero-dimensional array is formatted by ``number``, if given.

    Examples
    --------
    >>> of_array(np.array([[1.0, 0.30499], [3.0, 4.0]])), of_array(np.zeros((32, 10), dtype=np.float32))
    ('[[1, 0.305], [3, 4]]', '(32, 10) float32')
    """
    kind = f" {array.dtype}" if array.dtype.kind == "f" and array.dtype != np.float64 else ""
    if number is not None and not array.ndim:
        return number(array.item(), digits) + kind
    text = _nested(array.tolist(), digits) if 0 < array.size <= SMALL else ""
    return (text if 0 < len(text) <= LONG else str(array.shape)) + kind


def _nested(numbers: Any, digits: int) -> str:
    if not isinstance(numbers, list):
        return f"{float(numbers):.{digits}g}"
    return f"[{', '.join(_nested(each, digits) for each in numbers)}]"


def constant_text(constant: float) -> str:
    """Return a constant as it stands in a comparison: to eight digits, also if it is an integer beyond all floats."""
    is_float = isinstance(constant, float) or abs(constant) <= float_info.max  # infinity is one
    return short(constant, 8) if is_float else f"{Decimal(constant):.8g}".lower()
