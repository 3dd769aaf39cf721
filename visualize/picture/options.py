"""The options of drawings and pages: what they may be, and what they are taken for."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from autograd import InputTypeError, InputValueError
from autograd.core.numbers import whole

from .theme import THEMES

__all__ = ["DIRECTIONS", "SHOW", "check_options", "file_to_write", "numbers_shown"]

DIRECTIONS = {"LR": "left to right", "TB": "top to bottom", "RL": "right to left", "BT": "bottom to top"}
SHOW = ("data", "grad", "partial")


def check_options(direction: str, theme: str, emphasis: str | None, digits: int) -> None:
    """Refuse what none of these can be."""
    if direction not in DIRECTIONS:
        ways = ", ".join(f'"{way}" ({words})' for way, words in DIRECTIONS.items())
        raise InputValueError(f"the direction is one of {ways}, not {direction!r}")
    if theme not in THEMES:
        raise InputValueError(f'the theme is "light", "dark" or "auto" (as the reader prefers), not {theme!r}')
    if emphasis not in (None, "gradient"):
        raise InputValueError(f'emphasis is "gradient" or None, not {emphasis!r}')
    whole(digits, "digits", least=1)


def numbers_shown(show: Iterable[str]) -> frozenset[str]:
    """The numbers to be shown, as a set."""
    names = [show] if isinstance(show, str) else list(show)
    for name in names:
        if name not in SHOW:
            raise InputValueError(f'show takes any of "data", "grad" and "partial", not {name!r}')
    return frozenset(names)


def file_to_write(path: object, what: str, endings: Sequence[str]) -> Path:
    """The file that something is to be saved in, if it can be."""
    if not isinstance(path, (str, os.PathLike)):
        given = f"{type(path).__name__} {path!r}"
        raise InputTypeError(f'save takes the path of a file, not {given}; "y{endings[0]}", say')
    path = Path(path)
    if path.suffix.lower() not in endings:
        known = " or ".join([", ".join(endings[:-1]), endings[-1]])
        raise InputValueError(f"{what} is saved as {known}, not as {path.name!r}; give it one of these endings")
    if not path.parent.is_dir():
        raise InputValueError(f"there is no folder {str(path.parent)!r} to save {path.name!r} in; make it first")
    return path
