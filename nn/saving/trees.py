"""Nested data as text and arrays: all that can be stored beside the parameters of a model.

Numbers, text, ``None``, lists, tuples, dicts, arrays and random generators, nested in one another, become JSON and
named arrays. JSON has no tuples, arrays or generators, and only text as keys; each of these is written as an object
with the empty key:

    (1, 2)          {"": "tuple", "items": [1, 2]}
    np.zeros(3)     {"": "array", "name": "optimizer/moments"}
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

import numpy as np

from autograd import InputTypeError, InputValueError
from autograd.errors import described, shortened

from ..state import path_text
from .generators import as_new, generator_state, is_generator

__all__ = ["Arrays", "put_together", "take_apart"]

Arrays: TypeAlias = dict[str, np.ndarray[Any, Any]]

DEEPEST = 50  # containers in one another
LONGEST = 10_000  # bits of an integer; Python refuses to write out longer ones
LONGEST_NAME = 1_000  # characters
KINDS = "biufcSU"  # of arrays: truth values, numbers and text


def take_apart(item: Any, name: str, arrays: Arrays, depth: int = 0) -> Any:
    """Return an item as JSON has it, and put the arrays in it into a dict.

    Parameters
    ----------
    item : object
        Nested data.
    name : str
        The item's place, such as ``optimizer/moments``. The names of its arrays begin with it.
    arrays : dict from str to ndarray
        The arrays so far.

    Raises
    ------
    InputTypeError, InputValueError
        If it holds an object of another kind, or is nested too deeply, as a list that contains itself is.

    Examples
    --------
    >>> arrays = {}
    >>> from nn.saving.trees import take_apart
    >>> take_apart({"steps": 3, "range": (0.5, np.zeros(2))}, "extra", arrays)
    {'steps': 3, 'range': {'': 'tuple', 'items': [0.5, {'': 'array', 'name': 'extra/range/1'}]}}
    >>> arrays
    {'extra/range/1': array([0., 0.])}
    """
    what = path_text(name)
    if depth > DEEPEST:
        raise InputValueError(f"{what} stands in more than {DEEPEST} containers; does one of them contain itself?")
    if isinstance(item, np.generic) and item.dtype.kind in "biuf":
        item = item.item()
    if item is None or isinstance(item, (bool, float)):
        return item
    if isinstance(item, str):
        return str(item)
    if isinstance(item, int):
        if item.bit_length() > LONGEST:
            raise InputValueError(f"{what} is an integer of {item.bit_length():,} bits; at most {LONGEST:,} are stored")
        return int(item)
    if isinstance(item, (list, tuple)):
        items = [take_apart(each, f"{name}/{k}", arrays, depth + 1) for k, each in enumerate(item)]
        return items if isinstance(item, list) else {"": "tuple", "items": items}
    if isinstance(item, Mapping):
        parts = [
            (key, take_apart(each, f"{name}/{key if isinstance(key, str) else shortened(key)}", arrays, depth + 1))
            for key, each in item.items()
        ]
        if all(isinstance(key, str) and key for key in item):
            return {str(key): part for key, part in parts}
        return {
            "": "dict",
            "items": [[take_apart(key, f"a key of {name}", arrays, depth + 1), part] for key, part in parts],
        }
    if is_generator(item):
        return {"": "generator", **take_apart(generator_state(item, what), name, arrays, depth + 1)}
    if isinstance(item, np.ndarray) and item.dtype.kind in KINDS and not hasattr(item, "mask"):
        if not name.isprintable() or len(name) > LONGEST_NAME:  # the keys that it is made of stand in the text
            name = f"array/{len(arrays)}"
        while name in arrays:
            name += "'"
        arrays[name] = np.asarray(item)
        return {"": "array", "name": name}
    raise InputTypeError(
        f"{what} is {described(item)}, which cannot be stored; a file takes numbers, text, None, lists, tuples, dicts, "
        "arrays of numbers or text, and random generators; of a value or tensor give its .data, of a module or "
        "optimizer its .state_dict()"
    )


def put_together(part: Any, arrays: Arrays) -> Any:
    """Return the item of which `take_apart` has made a part and arrays.

    Examples
    --------
    >>> from nn.saving.trees import put_together
    >>> put_together({"range": {"": "tuple", "items": [0.5, 1]}}, {})
    {'range': (0.5, 1)}
    """
    if isinstance(part, list):
        return [put_together(each, arrays) for each in part]
    if not isinstance(part, dict):
        return part
    kind = part.get("")
    if kind == "array":
        return arrays[part["name"]]
    if kind == "tuple":
        return tuple(put_together(part["items"], arrays))
    if kind == "dict":
        return {put_together(key, arrays): put_together(each, arrays) for key, each in part["items"]}
    items = {key: put_together(each, arrays) for key, each in part.items()}
    return items if kind is None else as_new(items)
