"""The text of a module, and constants in it."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from ...errors import InputTypeError, described
from .spelling import WIDE, literal

__all__ = ["Written", "about_gradients", "as_text", "quoted"]


class Written(NamedTuple):
    """A module.

    Attributes
    ----------
    text : str
        The source.
    function : str
        The name of its function.
    parameters : list
        The entries of the dict that the function takes first, each with its ``key`` and its ``numbers``.
    """

    text: str
    function: str
    parameters: Sequence[Any]


def about_gradients(more: str = "") -> list[str]:
    """Return the first lines of the docstring of a function that computes gradients, too."""
    text = (
        "Without seeds, these are the gradients of the sum of all results. Seeds have the form of the value: the "
        f"gradient of a number that is computed from it.{more}"
    )
    return [
        '    """Return the value and a dict of gradients, by the names of the arrays.',
        "",
        *textwrap.wrap(text, WIDE - 4, initial_indent="    ", subsequent_indent="    "),
    ]


def as_text(x: Any) -> str:
    """A constant among the results, as Python writes it."""
    if x is None or isinstance(x, (str, bool)):
        return repr(x)
    if isinstance(x, (int, float, np.number, np.bool_)):
        return literal(x.item() if isinstance(x, (np.number, np.bool_)) else x)
    if isinstance(x, np.ndarray):
        return str(x.tolist())
    raise InputTypeError(f"the function returns {described(x, 60)}, which cannot be written as text; return numbers")


def quoted(text: str) -> str:
    """A text as Python writes it, between double quotes."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
