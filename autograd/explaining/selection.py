"""The value, or the entry of an array, that is to be explained: given itself, by its name, or as ``w[2, 3]``."""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from ..arrays.ops import ENTRY, GETITEM
from ..arrays.tensor import Tensor
from ..core.tape import Node
from ..errors import InputTypeError, InputValueError, shortened
from ..programs.listing import Program
from ..programs.lookup import matching
from .terms import Index

__all__ = ["selected"]

LONGEST = 100  # digits of an index: more are beyond any array, and Python refuses to read thousands


def selected(x: Node | str, program: Program) -> tuple[Node, Index | None]:
    """The value of a program, and the index if one entry of an array is meant.

    Raises
    ------
    InputTypeError, InputValueError
        If the program has no such value, or the array no such entry.
    """
    if isinstance(x, str):
        name, texts = _divided(x)
        if texts is None or matching(program, x) or not any(isinstance(entry.node, Tensor) for entry in program):
            return program.find(x).node, None
        array = program.find(name).node
        return array, _checked(texts, array, x)
    nodes = {id(entry.node) for entry in program}
    is_entry = isinstance(x, Node) and id(x) not in nodes and x._op in (GETITEM, ENTRY) and np.size(x._data) == 1
    if is_entry and id(x.arguments()[0]) in nodes:
        array = x.arguments()[0]  # type: ignore[assignment]
        return array, _place(array, x.numbers()[1])
    return program.find(x).node, None


def _divided(given: str) -> tuple[str, list[str] | None]:
    """The name and the indices in a text such as ``w[2, 3]``; any other text, and ``None``."""
    found = re.fullmatch(r"(.+)\[([-+\d,\s]*)\]", given.strip(), re.DOTALL)
    if found is None:
        return given, None
    *texts, last = map(str.strip, found[2].split(","))
    texts += [last] if last else []
    return found[1], texts if all(re.fullmatch(r"[-+]?\d+", text) for text in texts) else None


def _checked(texts: list[str], array: Node, given: str) -> Index:
    """The index that the text ``given`` consists of, if the array has such an entry."""
    if not isinstance(array, Tensor):
        raise InputTypeError(f"{shortened(given)} does not exist: that value is a single number, and has no entries")
    shape = array.shape
    if len(texts) != len(shape):
        raise InputValueError(
            f"{shortened(given)} does not name one number: an array of shape {shape} takes {len(shape)} indices"
        )
    for text, size in zip(texts, shape, strict=True):
        if len(text) > LONGEST or not -size <= int(text) < size:
            raise InputValueError(f"{shortened(given)} does not exist: out of bounds for an array of shape {shape}")
    return tuple(int(text) % size for text, size in zip(texts, shape, strict=True))


def _place(array: Node, index: Any) -> Index:
    """The entry of an array that a recorded index takes."""
    place = np.arange(array._data.size).reshape(array._data.shape)[index]
    return tuple(map(int, np.unravel_index(int(place.item()), array._data.shape)))
