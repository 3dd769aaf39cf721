"""What a compiled function is given, as numbers and arrays, and what it gives back.

    loss(X, y, "train")      X: (100, 2) with lanes    y: 1.0, the same for all lanes    "train": part of the structure

Calls of the same structure run the same program. The structure has what numbers and arrays look like, without the
length of the batch, and everything else by its identity.
"""

from __future__ import annotations

import enum
import math
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence, Set
from dataclasses import is_dataclass
from typing import Any

import numpy as np

from ...arrays.tensor import Tensor
from ...core.tape import Node
from ...core.value import Value
from ...errors import InputTypeError, InputValueError

__all__ = ["Arguments", "Template", "in_lanes", "rebuilt", "shape_of_form", "value_positions"]

NUMBERS = (int, float, np.integer, np.floating)
BY_VALUE = (str, bytes, bool, np.bool_, type(None), enum.Enum, type)


class Arguments:
    """The arguments of a call, taken apart.

    Attributes
    ----------
    key : tuple
        The structure.
    uniform : list
        Numbers, values and whole arrays: what all lanes share, in order.
    laned : list
        Arrays with a batch axis, in order.
    lanes : int or None
        How many lanes there are.
    kept : list
        What the structure knows by its identity, which must live as long as the structure.
    """

    def __init__(self, args: Sequence[Any], kwargs: Mapping[str, Any], batched: Callable[[int | str], bool]) -> None:
        self.uniform: list[Any] = []
        self.laned: list[Any] = []
        self.lanes: int | None = None
        self.kept: list[Any] = []
        self._first = ""
        key = [self._read(x, batched(k), f"argument {k + 1}") for k, x in enumerate(args)]
        if kwargs:
            key += [(name, self._read(x, batched(name), name)) for name, x in kwargs.items()]
        self.key = (self.lanes is not None, *key)

    def _read(self, x: Any, batched: bool, what: str) -> Any:
        kind = type(x)
        if kind is float or kind is int:
            self.uniform.append(x)
            return "number"
        if isinstance(x, (np.ndarray, Tensor)):
            return self._array(x, batched, what)
        if isinstance(x, Value):
            self.uniform.append(x)
            return "value"
        if isinstance(x, (list, tuple)):
            return (kind, *[self._read(each, batched, what) for each in x])
        if isinstance(x, dict):
            return (kind, *[(name, self._read(each, batched, what)) for name, each in x.items()])
        if isinstance(x, BY_VALUE):
            return (kind, x)
        if isinstance(x, NUMBERS):
            self.uniform.append(float(x))
            return "number"
        self.kept.append(x)
        return ("same", id(x))

    def _array(self, x: Any, batched: bool, what: str) -> Any:
        shape = x.shape
        if isinstance(x, Tensor):
            kind = "tensor"
        elif x.dtype == object:
            return ("values", shape, *[self._read(each, False, what) for each in x.reshape(-1).tolist()])
        elif x.dtype.kind in "fiub":
            kind = "array"
        else:
            raise InputTypeError(f"{what} is an array of {x.dtype}; a compiled function takes arrays of real numbers")
        if not batched or not shape:
            self.uniform.append(x)
            return (kind, shape)
        if self.lanes is None:
            self.lanes, self._first = shape[0], what
        elif shape[0] != self.lanes:
            raise InputValueError(
                f"arrays have the batch as their first axis, and {self._first} has {self.lanes} samples but {what} "
                f"{shape[0]}; for an array without a batch axis compile with "
                'batch=("name", …), the names of those with one'
            )
        if not shape[0]:
            raise InputValueError(f"{what} has no samples: its shape is {shape}; give at least one")
        self.laned.append(x)
        return (kind, "lanes", shape[1:])

    def leaves(self, args: Sequence[Any], kwargs: Mapping[str, Any], names: Callable[[int | str], str]) -> Leaves:
        """New leaves for all numbers, and the arguments with these in their place, for one lane."""
        return Leaves(self, args, kwargs, names)


class Leaves:
    """Leaves in the place of the numbers of a call's arguments.

    Attributes
    ----------
    args, kwargs : list, dict
        To call the function with.
    uniform, laned : list of Value
        The leaves, in the order of the arguments.
    """

    def __init__(
        self, given: Arguments, args: Sequence[Any], kwargs: Mapping[str, Any], names: Callable[[int | str], str]
    ) -> None:
        self.uniform: list[Value] = []
        self.laned: list[Value] = []
        count = len(args)
        self.args = [self._leaf(x, names(k), key) for k, (x, key) in enumerate(zip(args, given.key[1 : 1 + count]))]  # noqa: B905
        keys = dict(given.key[1 + count :])
        self.kwargs = {name: self._leaf(x, name, keys[name]) for name, x in kwargs.items()}

    def _leaf(self, x: Any, name: str, key: Any) -> Any:
        """What stands for an argument; ``key`` is its part of the structure."""
        if key in ("number", "value"):
            leaf = Value(x.item() if isinstance(x, Value) else x, name)
            self.uniform.append(leaf)
            return leaf
        kind = key[0]
        if kind in ("array", "tensor", "values"):
            return self._array(x, name, key)
        if isinstance(x, (list, tuple)):
            items = [
                self._leaf(each, f"{name}[{k}]", inner) for k, (each, inner) in enumerate(zip(x, key[1:], strict=True))
            ]
            return kind(*items) if hasattr(kind, "_fields") else kind(items)
        if isinstance(x, dict):
            inner = dict(key[1:])
            return {each: self._leaf(x[each], f"{name}[{each!r}]", inner[each]) for each in x}
        return x

    def _array(self, x: Any, name: str, key: Any) -> Any:
        """A row of an array as an array of leaves; a leaf, where nothing is left of the shape."""
        laned = key[1] == "lanes"
        numbers = x._data if isinstance(x, Tensor) else x
        sample = np.asarray(numbers[0] if laned else numbers)
        array = np.empty(sample.shape, dtype=object)
        for k, index in enumerate(np.ndindex(sample.shape)):
            label = f"{name}[{', '.join(map(str, index))}]" if index else name
            if key[0] == "values":
                array[index] = self._leaf(sample[index], label, key[2 + k])
            else:
                leaf = array[index] = Value(float(sample[index]), label)
                (self.laned if laned else self.uniform).append(leaf)
        return array if sample.shape else array[()]


# --- Results ----------------------------------------------------------------------------------------------------------


class Template:
    """What a function gave, with the values taken out.

    Attributes
    ----------
    values : list of Value
        The values, in order.
    shape : tuple of int or None
        The shape, if what it gave is a value or a regular nest of lists or an array of values; ``None`` for anything
        else.
    """

    def __init__(self, result: Any) -> None:
        self.values: list[Any] = []
        self.form = self._taken_out(result)
        self.shape = shape_of_form(self.form)

    def _taken_out(self, x: Any) -> Any:
        if isinstance(x, Value):
            self.values.append(x)
            return _Place(len(self.values) - 1)
        if isinstance(x, np.ndarray) and x.dtype == object:
            flat = [self._taken_out(each) for each in x.reshape(-1).tolist()]
            return _Array(flat, x.shape)
        if isinstance(x, (list, tuple)):
            return _like(x, [self._taken_out(each) for each in x])
        if isinstance(x, dict):
            return {key: self._taken_out(each) for key, each in x.items()}
        if isinstance(x, (Node, Set, Iterator, Awaitable)) or (is_dataclass(x) and not isinstance(x, type)):
            raise InputTypeError(
                f"a compiled function gives values and numbers, and lists, tuples, dicts and arrays of these; "
                f"here it gave {type(x).__name__} {x!r:.60}"
            )
        return x


class _Place(int):
    """The number of a value in a template."""


class _Array(list[Any]):
    """What an array of values held."""

    def __init__(self, flat: list[Any], shape: tuple[int, ...]) -> None:
        super().__init__(flat)
        self.shape = shape


def _like(x: Any, items: list[Any]) -> Any:
    """Other items in a list or tuple, or a named one, of the same kind."""
    if hasattr(x, "_fields"):
        return type(x)(*items)
    return tuple(items) if isinstance(x, tuple) else items


def rebuilt(form: Any, value: Callable[[int], Any]) -> Any:
    """A template filled in: ``value(k)`` in the place of value k, anything else as it is."""
    if type(form) is _Place:
        return value(form)
    if type(form) is _Array:
        array = np.empty(len(form), dtype=object)
        for k, each in enumerate(form):
            array[k] = rebuilt(each, value)
        return array.reshape(form.shape)
    if isinstance(form, (list, tuple)):
        return _like(form, [rebuilt(each, value) for each in form])
    if type(form) is dict:
        return {key: rebuilt(each, value) for key, each in form.items()}
    return form


def value_positions(form: Any) -> Iterator[int]:
    """The values in a template, in order."""
    if type(form) is _Place:
        yield form
    elif isinstance(form, (list, tuple)):
        for each in form:
            yield from value_positions(each)
    elif type(form) is dict:
        yield from value_positions(list(form.values()))


def shape_of_form(form: Any) -> tuple[int, ...] | None:
    """The shape of a template that is a value, or a regular nest of lists or an array of values."""
    if type(form) is _Place:
        return ()
    if type(form) is _Array:
        return form.shape if all(type(each) is _Place for each in form) else None
    if type(form) is list and form:
        shapes = {shape_of_form(each) for each in form}
        if len(shapes) == 1 and None not in shapes:
            return (len(form), *shapes.pop())  # type: ignore[misc]
    return None


def in_lanes(template: Template, node: Tensor) -> Any:
    """A tensor of all values of all lanes, with the lanes first, in the form of the results."""
    if template.shape is not None:
        return node.reshape((node.shape[0], *template.shape))
    return _parts(template.form, node)


def _parts(form: Any, node: Tensor) -> Any:
    if isinstance(form, tuple):
        return _like(form, [_parts(each, node) for each in form])
    if type(form) is dict:
        return {key: _parts(each, node) for key, each in form.items()}
    shape = shape_of_form(form)
    if shape:
        first = next(value_positions(form))
        return node[:, first : first + math.prod(shape)].reshape((node.shape[0], *shape))
    if type(form) is list:
        return [_parts(each, node) for each in form]
    return rebuilt(form, lambda k: node[:, k])
