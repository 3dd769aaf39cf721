"""The arguments of a call as text: where the numbers of a program come from.

    structure of the call             argument       written
    array with a batch, rows of 2     X              x = np.asarray(X, dtype=float).T       [2, B]
    list of two numbers               point          point = np.asarray(point, dtype=float)  [2]
    dict with a number                options        rate = np.asarray(options["rate"], dtype=float)

Other arguments, such as texts, are part of the structure. They stay in the signature and are not read.
"""

from __future__ import annotations

import keyword
import re
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from types import SimpleNamespace
from typing import Any, NamedTuple

import numpy as np

from ...errors import InputValueError

__all__ = ["Given", "Input", "identifier", "inputs_of"]

RESERVED = {
    *keyword.kwlist,
    *"B g params value seeds row float math np jax jnp torch len list tuple range isinstance".split(),
}


class Input(NamedTuple):
    """An array of numbers among the arguments.

    Attributes
    ----------
    label : str
        Its name.
    path : str
        The expression that reads it: ``X``, ``options["rate"]``.
    nested : bool
        True if it is a list of numbers, or of such lists, and no array.
    shape : tuple of int
        The shape, without the batch axis.
    batched : bool
        True if it has a batch axis.
    first : int
        The position of its first number among those of its kind.
    """

    label: str
    path: str
    nested: bool
    shape: tuple[int, ...]
    batched: bool
    first: int


class Given(NamedTuple):
    """The arguments of a function.

    Attributes
    ----------
    signature, labels : list of str
        The names of the arguments in the text, and those that they have.
    inputs : list of Input
        The arrays of numbers in them.
    fixed : list of str
        What is part of the structure, as ``mode = 'train'``.
    """

    signature: list[str]
    inputs: list[Input]
    fixed: list[str]
    labels: list[str]


def identifier(text: str, taken: set[str]) -> str:
    """Return a name like a text that is an identifier of Python, and add it to those that are taken."""
    found = text if text.isidentifier() else re.sub(r"\W+", "_", text).strip("_") or "x"
    if not found.isidentifier():
        found = f"x_{found}"
    wanted, k = found, 1
    while found in taken or found in RESERVED:
        k += 1
        found = f"{wanted}_{k}"
    taken.add(found)
    return found


def inputs_of(key: Sequence[Any], names: Callable[[int | str], str], taken: set[str]) -> Given:
    """Return the arguments of calls of a structure, the ``key`` of `Arguments`."""
    reader = _Reader(taken)
    arguments = []
    labels: list[str] = []
    for k, each in enumerate(key[1:]):
        named = isinstance(each, tuple) and len(each) == 2 and isinstance(each[0], str) and each[0] not in _KINDS
        which, structure = each if named else (k, each)
        label = names(which)
        if structure[0] == "same" and label == "self":
            continue
        labels.append(label)
        reader.signature.append(identifier(label, taken))
        arguments.append((reader.signature[-1], structure))
    for argument, structure in arguments:
        reader.read(argument, argument, structure)
    return Given(reader.signature, reader.inputs, reader.fixed, labels)


_KINDS = ("array", "tensor", "values", "same")


class _Reader:
    def __init__(self, taken: set[str]) -> None:
        self.taken = taken
        self.signature: list[str] = []
        self.inputs: list[Input] = []
        self.fixed: list[str] = []
        self.counts = {False: 0, True: 0}

    def read(self, path: str, label: str, structure: Any) -> None:
        """Find the arrays of numbers in an argument, and in what it contains."""
        shape = _regular(structure)
        if shape is not None:
            self._found(label, path, bool(shape), shape, False)
            return
        kind = structure[0]
        if kind in ("array", "tensor"):
            batched = structure[1] == "batch"
            self._found(label, path, False, structure[2] if batched else structure[1], batched)
        elif kind == "values":
            for index, inner in zip(np.ndindex(structure[1]), structure[2:], strict=True):
                at = ", ".join(map(str, index))
                self.read(f"{path}[{at}]", f"{label}_{'_'.join(map(str, index))}", inner)
        elif isinstance(kind, type) and issubclass(kind, (list, tuple, deque)):
            for k, inner in enumerate(structure[1:]):
                self.read(f"{path}[{k}]", f"{label}_{k}", inner)
        elif isinstance(kind, type) and issubclass(kind, SimpleNamespace):
            for each, inner in structure[1:]:
                self.read(f"{path}.{each}", str(each), inner)
        elif isinstance(kind, type) and issubclass(kind, Mapping):
            for each, inner in structure[1:]:
                if not isinstance(each, (str, int, bool, float)):
                    raise InputValueError(
                        f"a key of {path} is {each!r}, and the text of a program can only read keys that are text or "
                        "numbers"
                    )
                self.read(f"{path}[{each!r}]", str(each), inner)
        else:
            value = "an object" if kind == "same" else repr(structure[1])
            self.fixed.append(f"{path} = {value if len(value) < 40 else value[:39] + '…'}")

    def _found(self, label: str, path: str, nested: bool, shape: tuple[int, ...], batched: bool) -> None:
        first = self.counts[batched]
        self.counts[batched] += int(np.prod(shape))
        own = path == label and path == path.lower()  # a matrix X is read into x, with samples along the last axis
        name = label if own else identifier(label.lower(), self.taken)
        self.inputs.append(Input(name, path, nested, tuple(shape), batched, first))


def _regular(structure: Any) -> tuple[int, ...] | None:
    """Return the shape of a number or of a regular nest of lists of numbers; else ``None``."""
    if structure in ("number", "value"):
        return ()
    if structure[0] == "values":
        return tuple(structure[1]) if all(x in ("number", "value") for x in structure[2:]) else None
    if structure[0] in (list, tuple) and len(structure) > 1:
        shapes = {_regular(each) for each in structure[1:]}
        if len(shapes) == 1 and None not in shapes:
            return (len(structure) - 1, *shapes.pop())  # type: ignore[misc]
    return None
