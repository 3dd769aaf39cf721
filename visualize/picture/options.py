"""The options that drawings and pages share: their checks, and the form in which the code takes them."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from autograd import InputTypeError, InputValueError
from autograd.core.numbers import number, whole
from autograd.errors import described, shortened

from ..canvas.theme import THEMES

__all__ = [
    "DIRECTIONS",
    "SHOW",
    "check_flag",
    "check_options",
    "file_to_write",
    "is_among",
    "names_in",
    "numbers_shown",
    "resolution",
    "seconds",
]

DIRECTIONS = {"LR": "left to right", "TB": "top to bottom", "RL": "right to left", "BT": "bottom to top"}
SHOW = ("data", "grad", "partial")
MANY = 100  # digits; a float has at most 17 significant ones
FINEST = 2400.0  # pixels per inch, more than any printer has
LONGEST = 1e6  # seconds; a longer timeout counts as no timeout, since operating systems count it in 32 bits


def check_options(direction: Any, theme: Any, emphasis: Any, digits: Any) -> None:
    """Check the options that drawings and pages share.

    Raises
    ------
    InputTypeError, InputValueError
        For an unknown direction, theme or emphasis, or if ``digits`` is not a number of digits.
    """
    if not is_among(direction, DIRECTIONS):
        ways = ", ".join(f'"{way}" ({words})' for way, words in DIRECTIONS.items())
        raise InputValueError(f"the direction is one of {ways}, not {shortened(direction)}")
    if not is_among(theme, THEMES):
        raise InputValueError(f'the theme is "light", "dark" or "auto" (as the reader prefers), not {shortened(theme)}')
    if emphasis is not None and not is_among(emphasis, ("gradient",)):
        raise InputValueError(f'emphasis is "gradient" or None, not {shortened(emphasis)}')
    if type(digits) is not int or not 1 <= digits <= MANY:
        whole(digits, "digits", 1, MANY)


def is_among(given: Any, names: Iterable[str]) -> bool:
    """Return True if the given object is a text among the names; an object of another type never is."""
    return isinstance(given, str) and given in names


def check_flag(option: str, given: Any) -> None:
    """Raise InputTypeError for an option that is neither True nor False."""
    if not isinstance(given, bool):
        raise InputTypeError(f"{option} is True or False, not {described(given)}")


def names_in(option: str, given: Any) -> list[Any]:
    """Return the items of an option that takes a name or several of them."""
    if isinstance(given, str):
        return [given]
    try:
        return list(given)
    except TypeError:
        raise InputTypeError(f"{option} takes a name or a list of names, not {described(given)}") from None


def numbers_shown(show: Any) -> frozenset[str]:
    """Return the numbers to be shown, as a set of names."""
    names = names_in("show", show)
    for name in names:
        if not is_among(name, SHOW):
            raise InputValueError(f'show takes any of "data", "grad" and "partial", not {shortened(name)}')
    return frozenset(names)


def seconds(timeout: Any) -> float | None:
    """Return a number of seconds to wait; None for any length of time."""
    given = number(timeout, "timeout")
    if not given > 0:
        raise InputValueError(f"timeout is a number of seconds, more than 0, not {shortened(timeout)}")
    return given if given <= LONGEST else None


def resolution(dpi: Any) -> float:
    """Return a number of pixels per inch."""
    given = number(dpi, "dpi")
    if not 1 <= given <= FINEST:
        raise InputValueError(f"dpi is a number of pixels per inch, from 1 to {FINEST:g}, not {shortened(dpi)}")
    return given


def file_to_write(path: Any, what: str, endings: Sequence[str]) -> Path:
    """Return the file that something is to be saved in.

    Raises
    ------
    InputTypeError
        If it is not the path of a file.
    InputValueError
        If it has another ending, its folder does not exist, or the operating system does not accept its name.
    """
    try:
        text = os.fspath(path)
    except TypeError:
        text = None
    if not isinstance(text, str):
        raise InputTypeError(f'save takes the path of a file, not {described(path)}; "y{endings[0]}", say')
    file = Path(text)
    if file.suffix.lower() not in endings:
        known = " or ".join([", ".join(endings[:-1]), endings[-1]])
        raise InputValueError(
            f"{what} is saved as {known}, not as {shortened(file.name)}; give it one of these endings"
        )
    try:
        os.fsencode(text)
        file.parent.lstat()
        file.lstat()
    except FileNotFoundError:
        if not file.parent.is_dir():
            folder, name = shortened(str(file.parent), 300), shortened(file.name, 300)
            raise InputValueError(f"there is no folder {folder} to save {name} in; make it first") from None
    except (ValueError, OSError) as error:
        reason = error.strerror if isinstance(error, OSError) else "a character of it cannot be in a name"
        raise InputValueError(f"{shortened(text, 100)} cannot be the path of a file: {reason}") from None
    return file
