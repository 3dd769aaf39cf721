"""The checks of the settings of optimizers."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from autograd.core.numbers import number
from autograd.errors import InputTypeError, InputValueError, described, shortened

__all__ = [
    "Check",
    "Less",
    "a_flag",
    "a_fraction",
    "a_rate",
    "any_number",
    "checked_rate",
    "directed",
    "not_negative",
    "numbers_of",
    "per_value",
    "two_fractions",
]

Check: TypeAlias = Callable[[Any, str], Any]  # (given, the setting's name) -> what the rule takes


def not_negative(given: Any, what: str) -> float:
    """A finite number, 0 or more."""
    checked = number(given, what)
    if not 0 <= checked < math.inf:
        raise InputValueError(f"{what} must be finite and not negative, not {shortened(given)}")
    return checked


def any_number(given: Any, what: str) -> float:
    """A finite number."""
    checked = number(given, what)
    if not math.isfinite(checked):
        raise InputValueError(f"{what} must be finite, not {shortened(given)}")
    return checked


def a_fraction(given: Any, what: str) -> float:
    """The factor of a running average: from 0 to 1, which is not included."""
    checked = number(given, what)
    if not 0 <= checked < 1:
        raise InputValueError(f"{what} must be at least 0 and less than 1, not {shortened(given)}")
    return checked


def two_fractions(given: Any, what: str) -> tuple[float, float]:
    """The factors of two running averages."""
    if not isinstance(given, (tuple, list)) or len(given) != 2:
        raise InputTypeError(f"{what} takes two numbers, such as (0.9, 0.999), not {described(given)}")
    return a_fraction(given[0], f"{what}[0]"), a_fraction(given[1], f"{what}[1]")


def a_flag(given: Any, what: str) -> bool:
    """True or False."""
    if not isinstance(given, bool):
        raise InputTypeError(f"{what} takes True or False, not {described(given)}")
    return given


def a_rate(given: Any, what: str) -> Any:
    """A learning rate: a number, 0 or more, or a schedule, whose rates are checked when they are used."""
    return given if callable(given) else not_negative(given, what)


def checked_rate(given: Any, step: int) -> float:
    """The rate of a step."""
    if not callable(given):
        return not_negative(given, "lr")
    return not_negative(given(step), f"the schedule's rate for step {step}")


# --- Parts of rules ---------------------------------------------------------------------------------------------------


class Less(NamedTuple):
    """The new numbers ``w - step``, which a rule may leave to the optimizer.

    If ``w`` is the array in which the parameters live, the step is subtracted there, without an array for the result:
    in the one call that changes all there is to change, so that no error or interrupt finds a part of it done.

    Attributes
    ----------
    w : ndarray
        The numbers that the rule was given.
    step : ndarray
        The step, an array that the rule has made and that may be overwritten.
    """

    w: Any
    step: Any


def numbers_of(new: Any, dtype: Any) -> Any:
    """The new numbers of a rule as an array, in the precision of the parameters."""
    array = np.subtract(new.w, new.step, new.step) if type(new) is Less else new
    return array if array.dtype is dtype else array.astype(dtype)


def directed(w: Any, g: Any, weight_decay: float, maximize: bool) -> Any:
    """The gradient of what is minimised: of the loss and of an L2 penalty; or of minus the loss."""
    if maximize:
        g = -g
    return g + weight_decay * w if weight_decay else g


def per_value(condition: Any, yes: Any, no: Any) -> Any:
    """One of two numbers; or an array of both, for a block whose values have taken unequal numbers of steps."""
    return np.where(condition, yes, no) if isinstance(condition, np.ndarray) else yes if condition else no
