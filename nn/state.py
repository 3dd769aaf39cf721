"""The state of a model: the numbers of its parameters and buffers by path, read as a whole and set as a whole.

A parameter is a leaf that is trained; a buffer is an array that is kept beside them, such as a running mean. Both are
found by the same search (`members`), and have the path by which Python finds them. A state is set in two steps: all of
it is compared with the model first, and then all of it is assigned, or nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np

from autograd import InputTypeError, InputValueError, Tensor, Value
from autograd.arrays.readonly import array_of
from autograd.errors import AutogradError, described, shortened
from autograd.parameters import assign

from .members import NODES, Parameter

__all__ = ["MOST", "State", "Stores", "path_text", "set_state", "state_of", "stores_of"]

Array: TypeAlias = np.ndarray[Any, Any]
State: TypeAlias = dict[str, float | Array]
Stores: TypeAlias = tuple[list[tuple[Parameter, Any]], list[tuple[Array, Array]]]

MOST, LONG = 8, 100  # mismatches that a message lists, and characters of a path in it


def state_of(members: Iterable[tuple[str, Parameter | Array]]) -> State:
    """Return copies of the numbers of parameters and buffers, by their paths.

    Raises
    ------
    InputValueError
        If two have the same path: two keys of a dict whose repr is the same.
    """
    present = _by_path(members)
    return {path: x.data if isinstance(x, Value) else np.array(getattr(x, "_data", x)) for path, x in present.items()}


def _by_path(members: Iterable[tuple[str, Parameter | Array]]) -> dict[str, Parameter | Array]:
    present: dict[str, Parameter | Array] = {}
    for path, item in members:
        if path in present:
            raise InputValueError(
                f"two parameters or buffers have the path {path_text(path)}, so a state cannot hold both; "
                "give the keys of the dict reprs that differ"
            )
        present[path] = item
    return present


def stores_of(name: str, members: Sequence[tuple[str, Parameter | Array]], state: Mapping[str, Any]) -> Stores:
    """Compare a state with a model, and return what is to be stored in each of its parameters and buffers.

    Parameters
    ----------
    name : str
        The name of the model, for messages.
    members : sequence of (str, Value or Tensor or ndarray)
        The parameters and buffers of the model, with their paths.
    state : mapping from str to array_like
        The new numbers, as `state_of` returns them.

    Raises
    ------
    InputTypeError
        If the state is not a mapping.
    InputValueError
        If a path is missing or unknown, a shape differs, or the dtype in the model would change a number.
        The message lists them by path.
    """
    if not isinstance(state, Mapping):
        raise InputTypeError(
            f"a state is a dict from paths to numbers and arrays, as state_dict() returns it, not {described(state)}"
        )
    wrong: list[str] = []
    leaves: list[tuple[Parameter, Any]] = []
    arrays: list[tuple[Array, Array]] = []
    present = _by_path(members)
    for path, item in present.items():
        if path not in state:
            wrong.append(f"{path_text(path)} is missing")
            continue
        given = state[path]
        if isinstance(item, Value) and type(given) is float:
            leaves.append((item, given))
            continue
        try:
            content = _content(path_text(path), given, np.asarray(getattr(item, "_data", item)))
            if isinstance(item, Value):
                leaves.append((item, content.item()))
            elif isinstance(item, Tensor):
                leaves.append((item, content))
            elif item.flags.writeable:
                arrays.append((np.asarray(item), content))
            else:
                raise InputValueError(
                    f"{path_text(path)} is an array that cannot be written to; keep array.copy() instead"
                )
        except AutogradError as error:
            wrong.append(str(error))
    wrong += [f"{path_text(path)} is not in the model" for path in state if path not in present]
    if wrong:
        more = f"; and {len(wrong) - MOST:,} more" if len(wrong) > MOST else ""
        raise InputValueError(
            f"the state does not fit this {name}, and nothing of it was taken: {'; '.join(wrong[:MOST])}{more}"
        )
    return leaves, arrays


def set_state(stores: Stores) -> None:
    """Store what `stores_of` has returned, all at once."""
    assign(*stores)


def path_text(path: Any) -> str:
    """A path as it stands in a message."""
    return path if isinstance(path, str) and len(path) <= LONG and path.isprintable() else shortened(path, LONG)


def _content(what: str, given: Any, present: Array) -> Array:
    """The numbers of a state for one place, as an array of the shape and dtype of the present ones."""
    numbers = array_of(given._data if isinstance(given, NODES) else given, what)
    kind = numbers.dtype.kind
    if kind not in ("b" if present.dtype.kind == "b" else "fiu"):
        raise InputTypeError(f"{what} holds {present.dtype} numbers, and the state has {described(given)}")
    if numbers.shape != present.shape:
        raise InputValueError(f"{what} has shape {present.shape} in the model and {numbers.shape} in the state")
    with np.errstate(all="ignore"):
        content = numbers.astype(present.dtype)
        same = (content.astype(numbers.dtype) == numbers) | (numbers != numbers)
    if not same.all():
        before, after = numbers[~same].flat[0].item(), content[~same].flat[0].item()
        raise InputValueError(
            f"{what} is {present.dtype} in the model, in which {shortened(before)} of the state would become "
            f"{shortened(after)}; convert it first, array.astype('{present.dtype}')"
        )
    return content
