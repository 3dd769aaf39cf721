"""Names that users write for functions: found whatever their capitals, spaces and underscores."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from difflib import get_close_matches

from autograd.errors import InputValueError, shortened

__all__ = ["found_name"]

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
    >>> from nn.names import found_name
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


def _bare(name: str) -> str:
    return re.sub("[ _-]", "", name).lower()
