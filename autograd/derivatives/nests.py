"""Nested lists, tuples and dicts, taken apart into what they hold and put together again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from ..errors import InputValueError

__all__ = ["alongside", "leaves", "rebuild"]


def leaves(tree: Any) -> Iterator[Any]:
    """What a nesting of lists, tuples and dicts holds, in order; anything else holds itself.

    >>> list(leaves({"w": [1, 2], "b": (3,)}))
    [1, 2, 3]
    """
    if isinstance(tree, dict):
        tree = tree.values()
    elif not isinstance(tree, (list, tuple)):
        yield tree
        return
    for branch in tree:
        yield from leaves(branch)


def alongside(tree: Any, other: Any, need: str) -> Iterator[Any]:
    """What a nesting of the same shape holds, in the order of the first; dicts go by their keys.

    ``need`` says what the other nesting is for, where its shape is another.

    >>> list(alongside({"w": [1, 2], "b": 3}, {"b": 30, "w": [10, 20]}, "…"))
    [10, 20, 30]
    """
    if isinstance(tree, dict) and isinstance(other, dict) and tree.keys() == other.keys():
        pairs = [(branch, other[key]) for key, branch in tree.items()]
    elif isinstance(tree, (list, tuple)) and isinstance(other, (list, tuple)) and len(tree) == len(other):
        pairs = list(zip(tree, other, strict=True))
    elif isinstance(tree, (dict, list, tuple)) or isinstance(other, (dict, list, tuple)):
        raise InputValueError(f"{need}, in the same shape: {other!r:.60} is not of the shape of {tree!r:.60}")
    else:
        yield other
        return
    for pair in pairs:
        yield from alongside(*pair, need)


def rebuild(tree: Any, make: Callable[[Any], Any]) -> Any:
    """A nesting of the same shape that holds ``make(x)`` for every ``x``.

    >>> rebuild({"w": [1, 2], "b": (3,)}, lambda x: 10 * x)
    {'w': [10, 20], 'b': (30,)}
    """
    if isinstance(tree, dict):
        return {key: rebuild(branch, make) for key, branch in tree.items()}
    if isinstance(tree, (list, tuple)):
        branches = [rebuild(branch, make) for branch in tree]
        if hasattr(tree, "_make"):  # a named tuple
            return tree._make(branches)
        return tuple(branches) if isinstance(tree, tuple) else branches
    return make(tree)
