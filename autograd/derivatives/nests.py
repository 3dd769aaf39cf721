"""Nestings of lists, tuples, dicts and arrays of objects: their leaves, and new nestings of the same shape."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from ..core.tape import Node
from ..errors import InputValueError, endless, shortened

__all__ = ["alongside", "leaves", "rebuild"]


def leaves(tree: Any) -> Iterator[Any]:
    """The objects that a nesting of lists, tuples, dicts and object arrays holds, in order; any other object is a leaf.

    >>> list(leaves({"w": [1, 2], "b": (3,)}))
    [1, 2, 3]

    Raises
    ------
    InputValueError
        If a container holds itself; so do the other functions here.
    """
    try:
        yield from _leaves(tree)
    except RecursionError:
        raise endless(tree) from None


def _leaves(tree: Any) -> Iterator[Any]:
    if isinstance(tree, dict):
        tree = tree.values()
    elif _holds_objects(tree):
        tree = tree.flat
    elif not isinstance(tree, (list, tuple)):
        yield tree
        return
    for branch in tree:
        yield from _leaves(branch)


def _holds_objects(tree: Any) -> bool:
    return isinstance(tree, np.ndarray) and tree.dtype == object


def alongside(tree: Any, other: Any, need: str) -> Iterator[Any]:
    """The leaves of a nesting of the same shape, in the order of the first; dicts go by their keys.

    ``need`` begins the text of the error where the shape is another.

    >>> list(alongside({"w": [1, 2], "b": 3}, {"b": 30, "w": [10, 20]}, "…"))
    [10, 20, 30]
    """
    try:
        yield from _alongside(tree, other, need)
    except RecursionError:
        raise endless(tree) from None


def _alongside(tree: Any, other: Any, need: str) -> Iterator[Any]:
    if isinstance(tree, dict) and isinstance(other, dict) and tree.keys() == other.keys():
        pairs = [(branch, other[key]) for key, branch in tree.items()]
    elif isinstance(tree, (list, tuple)) and isinstance(other, (list, tuple)) and len(tree) == len(other):
        pairs = list(zip(tree, other, strict=True))
    elif _holds_objects(tree) and np.shape(other) == tree.shape:
        pairs = list(zip(tree.flat, np.asarray(other).flat, strict=True))
    elif isinstance(tree, (dict, list, tuple)) or _holds_objects(tree) or isinstance(other, (dict, list, tuple)):
        raise InputValueError(
            f"{need}, in the same shape: {shortened(other, 60)} is not of the shape of {shortened(tree, 60)}"
        )
    else:
        yield other
        return
    for pair in pairs:
        yield from _alongside(*pair, need)


def rebuild(tree: Any, make: Callable[[Any], Any]) -> Any:
    """A nesting of the same shape that holds ``make(x)`` for every leaf ``x``; an array of numbers, if all are numbers.

    >>> rebuild({"w": [1, 2], "b": (3,)}, lambda x: 10 * x)
    {'w': [10, 20], 'b': (30,)}
    """
    try:
        return _rebuilt(tree, make)
    except RecursionError:
        raise endless(tree) from None


def _rebuilt(tree: Any, make: Callable[[Any], Any]) -> Any:
    if isinstance(tree, dict):
        return {key: _rebuilt(branch, make) for key, branch in tree.items()}
    if _holds_objects(tree):
        return _array_of([_rebuilt(branch, make) for branch in tree.flat], tree.shape)
    if isinstance(tree, (list, tuple)):
        branches = [_rebuilt(branch, make) for branch in tree]
        if hasattr(tree, "_make"):  # a named tuple
            return tree._make(branches)
        return tuple(branches) if isinstance(tree, tuple) else branches
    return make(tree)


def _array_of(branches: list[Any], shape: tuple[int, ...]) -> Any:
    found = np.empty(len(branches), dtype=object)
    for k, branch in enumerate(branches):
        found[k] = branch
    if branches and not any(isinstance(x, Node) for branch in branches for x in leaves(branch)):
        try:
            numbers = np.array(branches, dtype=float)
        except (ValueError, TypeError):  # branches of different shapes, or dicts
            return found.reshape(shape)
        return numbers.reshape(shape + numbers.shape[1:])
    return found.reshape(shape)
