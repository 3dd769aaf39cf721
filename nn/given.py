"""Arguments as users give them: names in any spelling, keywords, sequences, whole numbers, and axes."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Set
from difflib import get_close_matches
from functools import wraps
from inspect import signature
from operator import index
from typing import Any

import numpy as np

from autograd import Tensor, Value
from autograd.core.numbers import is_whole
from autograd.errors import InputTypeError, InputValueError, described, shortened

__all__ = ["MOST", "found_name", "is_sequence", "nearest", "refusing_others", "whole_number"]

MOST = 10**8  # of what is counted: weights of a layer on scalars are objects of some 200 bytes each
NEAR = 0.75  # the similarity of two names, from 0 to 1, at which one may stand for the other
LONG = 100  # characters; nothing is similar to a longer text


def found_name(given: str, names: Collection[str], what: str, aliases: Mapping[str, str] | None = None) -> str:
    """Return the name that is meant: ``LeakyReLU``, ``leaky-relu`` and ``leaky_relu`` are one.

    Parameters
    ----------
    given : str
        The text of the user.
    names : collection of str
        The names that there are.
    what : str
        The kind of thing that they name, for the message.
    aliases : dict, optional
        Other names, and the name that each of them stands for.

    Raises
    ------
    InputValueError
        If there is no such name; the message has the nearest one.

    Examples
    --------
    >>> from nn.given import found_name
    >>> found_name("LeakyReLU", ["relu", "leaky_relu"], "activation")
    'leaky_relu'
    """
    meant = {_bare(name): name for name in names} | {_bare(name): other for name, other in (aliases or {}).items()}
    bare = _bare(given)
    if bare in meant:
        return meant[bare]
    near = get_close_matches(bare, meant, n=1) if len(bare) <= LONG else []
    hint = f"did you mean {meant[near[0]]!r}?" if near else f"there are {', '.join(names)}"
    raise InputValueError(f"no {what} is called {shortened(given)}; {hint}")


def nearest(given: str, names: Mapping[str, str]) -> str:
    """Return the text that belongs to the name nearest to the given one, or "" if no name is near."""
    meant = {_bare(name): text for name, text in names.items()}
    near = get_close_matches(_bare(given), meant, n=1, cutoff=NEAR) if len(given) <= LONG else []
    return meant[near[0]] if near else ""


def _bare(name: str) -> str:
    return re.sub("[ _-]", "", name).lower()


_ELSEWHERE = {  # arguments that layers of PyTorch have, and the way to do without them
    "num_layers": "stack layers, Sequential(first, lambda result: result[0], second): a result is (outputs, state)",
    "bidirectional": "call a second layer on autograd.flip(x, axis=0), and concatenate the outputs of both",
    "device": "leave it out, since numpy computes everything",
}


def refusing_others(init: Callable[..., None]) -> Callable[..., None]:
    """Return an ``__init__`` that answers keywords which it does not take with a sentence that names the class.

    Raises
    ------
    InputTypeError
        In a call with such a keyword.
    """
    _, *taken = signature(init).parameters.values()
    keywords = {each.name: each.name for each in taken if each.kind is not each.VAR_POSITIONAL}

    @wraps(init)
    def checked(self: Any, /, *given: Any, **options: Any) -> None:
        for name in options:
            if name not in keywords:
                near = nearest(name, keywords)
                names = ", ".join(str(each).split(":")[0] for each in taken)
                hint = _ELSEWHERE.get(name) or (f"did you mean {near}?" if near else f"it takes {names}")
                raise InputTypeError(f"{type(self).__name__} takes no argument {shortened(name)}; {hint}")
        init(self, *given, **options)

    return checked


def is_sequence(given: Any) -> bool:
    """Return True for items in an order: not for text, a dict or a set, nor for an array or tensor without axes."""
    if isinstance(given, (Tensor, np.ndarray)):
        return given.ndim > 0
    return isinstance(given, Iterable) and not isinstance(given, (Value, str, bytes, Mapping, Set))


def whole_number(given: Any, what: str, least: int = 1, most: int = MOST) -> int:
    """Return a size or a count as a plain integer.

    Parameters
    ----------
    given : int
        A Python or numpy integer.
    what : str
        The name of the argument, for the message.
    least, most : int
        The bounds, both included.

    Raises
    ------
    InputTypeError
        If it is not an integer; True and False are refused as well.
    InputValueError
        If it is out of bounds.
    """
    if not is_whole(given):
        raise InputTypeError(f"{what} takes a whole number, not {described(given)}")
    number = index(given)
    if not least <= number <= most:
        bound = f"at most {most:,}" if number >= least else f"at least {least}"
        raise InputValueError(f"{what} must be {bound}, not {shortened(number)}")
    return number
