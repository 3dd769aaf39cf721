"""Checks of targets that hold at every call, also inside a compiled function.

    def loss(x, y):                                              recorded with y = 1, which is a class
        return losses.cross_entropy(model(x), y)                 called with y = [1, 0, 7]: there is no class 7

A compiled function runs its Python code once, and later calls only run the operations that were recorded. There a
check compares the values themselves: Python asks for the truth of one comparison over all items, which becomes a guard
of the program. A call in which the guard fails runs the code again, and the check raises its error.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from autograd import Value
from autograd import sum as add_up
from autograd.core.modes import mode_here
from autograd.core.tape import Node, data_of
from autograd.errors import InputTypeError, InputValueError, described, shortened

__all__ = ["factors", "is_no_logarithm", "is_traced", "not_logarithms", "option", "refuse_any", "require_all"]

NEARLY = 1e-6  # how far the logarithm of a probability may be above 0, by rounding


def is_traced(given: Any) -> bool:
    """Return True for a value or tensor whose numbers may differ in later calls, since the code is being compiled."""
    return isinstance(given, Node) and mode_here().tracer is not None


def refuse_any(items: Iterable[Any], is_wrong: Callable[[Any], Any], sentence: Callable[[str], str]) -> None:
    """Refuse items for which a test is true; in a compiled function at each call.

    Parameters
    ----------
    items : iterable of number, Value, ndarray or Tensor
        The items; of an array, all its elements.
    is_wrong : callable
        Compares an item, or all elements of an array, with constants.
    sentence : callable
        Returns the text of the error for the item, as text.

    Raises
    ------
    InputValueError
        If the test is true for an item.
    """
    _check(items, is_wrong, False, sentence)


def require_all(items: Iterable[Any], is_right: Callable[[Any], Any], sentence: Callable[[str], str]) -> None:
    """Refuse items for which a test is false; otherwise as `refuse_any`."""
    _check(items, is_right, True, sentence)


def _check(items: Iterable[Any], test: Callable[[Any], Any], wanted: bool, sentence: Callable[[str], str]) -> None:
    traced = []
    for item in items:
        answer = test(item if is_traced(item) else data_of(item))
        if isinstance(answer, Value):
            traced.append((answer, item))
        elif np.any(answer != wanted):
            raise InputValueError(sentence(shortened(item)))
    if not traced:
        return
    # A single comparison of the sum is a single guard.
    several = len(traced) > 1
    asked = add_up([answer for answer, _ in traced]) == len(traced) * wanted if several else traced[0][0]
    if bool(asked) is not (several or wanted):
        raise InputValueError(sentence(next(shortened(item) for answer, item in traced if answer._data != wanted)))


def is_no_logarithm(x: Any) -> Any:
    """True for a number that is not the logarithm of a probability."""
    return x > NEARLY


def not_logarithms(what: str, given: str) -> str:
    """The text of the error for a number that is not the logarithm of a probability."""
    return (
        f"{what} takes logarithms of probabilities, which are at most 0, not {given}; write log(p) or "
        "log_softmax(scores)"
    )


def option(given: Any, what: str, choices: tuple[str, ...]) -> str:
    """Return an option, which must be one of the choices."""
    if not isinstance(given, str) or given not in choices:
        said = ", ".join(f'"{choice}"' for choice in choices[:-1])
        raise InputValueError(f'{what} is {said} or "{choices[-1]}", not {shortened(given)}')
    return given


def factors(given: Any, what: str, shape: tuple[int, ...], fits: str) -> np.ndarray[Any, Any]:
    """Return plain factors, none negative, as an array that broadcasts to a shape.

    Raises
    ------
    InputTypeError, InputValueError
        If they are not such numbers or do not fit.
    """
    if isinstance(given, Node):
        raise InputTypeError(
            f"{what} takes plain numbers, since no gradient goes to them, not {described(given)}; give its data"
        )
    try:
        array = np.asarray(given)
        usable = array.dtype.kind in "biuf"
    except (TypeError, ValueError, OverflowError):  # ragged rows
        usable = False
    if not usable:
        raise InputTypeError(f"{what} takes a number or numbers, not {described(given)}; give {fits}")
    array = array.astype(float)
    if not (np.isfinite(array).all() and (array >= 0).all()):
        raise InputValueError(f"{what} is finite and not negative, unlike {shortened(given)}")
    if array.ndim > len(shape) or any(n not in (1, m) for n, m in zip(array.shape[::-1], shape[::-1], strict=False)):
        raise InputValueError(f"{what} has shape {array.shape}, which does not fit {shape}; give {fits}")
    return array
