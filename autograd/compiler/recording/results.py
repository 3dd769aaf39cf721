"""The form of a function's result, into which the results of its program are put.

    (loss, {"scores": [a, b]}, "text")      form (0, {"scores": [1, 2]}, "text"), and the values loss, a, b

Constants stay in the form. An object that might hold values is refused, since other calls would return the same ones.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from numbers import Number, Real
from typing import Any

import numpy as np

from ...arrays.ops import GETITEM
from ...arrays.tensor import Tensor
from ...core.tape import record
from ...core.value import Value
from ...errors import InputTypeError, InputValueError, described, endless
from ...functions.rearranging import concatenate, stack
from .arguments import ARRAYS, CONSTANTS
from .tracer import ComputesWithTensors

__all__ = [
    "Template",
    "have_one_form",
    "in_form",
    "joined",
    "of_columns",
    "rebuilt",
    "shape_of_form",
    "value_positions",
]


Array = np.ndarray[Any, Any]


class Template:
    """A result of a function, as a form and the values in it.

    Parameters
    ----------
    result : Any
        The result.
    kinds : tuple of type
        The classes of what counts as a value.

    Attributes
    ----------
    values : list of Value
        The values, in order.
    form : Any
        The result, with the index of each value in its place.
    shape : tuple of int or None
        The shape of a result that is a value, a regular nest of lists of values, or an array of values; ``None`` for
        any other.
    columns : list of (slice, int) or None
        If each part of the result is a value, their indices in the array of all results; else ``None``.
    """

    def __init__(self, result: Any, kinds: tuple[type[Any], ...] = (Value,)) -> None:
        self._kinds = kinds
        self.values: list[Any] = []
        try:
            self.form = self._taken_out(result)
        except RecursionError:
            raise endless(result) from None
        self.shape = shape_of_form(self.form)
        parts = [*self.form.values()] if type(self.form) is dict else self.form
        single = isinstance(parts, (list, tuple)) and all(type(x) is _Place for x in parts)
        self.columns = [(slice(None), int(k)) for k in parts] if single else None

    @property
    def in_columns(self) -> bool:
        """True if each value of a batch is a column by itself."""
        return self.shape is None and self.columns is not None

    def _taken_out(self, x: Any) -> Any:
        if isinstance(x, self._kinds):
            self.values.append(x)
            return _Place(len(self.values) - 1)
        if isinstance(x, np.ndarray) and x.dtype == object:
            flat = [self._taken_out(each) for each in x.reshape(-1).tolist()]
            return _Array(flat, x.shape)
        if isinstance(x, (list, tuple)):
            return _like(x, [self._taken_out(each) for each in x])
        if isinstance(x, dict):
            return {key: self._taken_out(each) for key, each in x.items()}
        if type(x) in ARRAYS or isinstance(x, (*CONSTANTS, Number)):
            return x
        if isinstance(x, Tensor):
            raise ComputesWithTensors
        raise InputTypeError(
            f"a compiled function returns values and numbers, and lists, tuples, dicts and arrays of these; "
            f"here it returned {described(x, 60)}"
        )


class _Place(int):
    """The index of a value, in a form."""


class _Array(list[Any]):
    """The elements of an array of values, in a form."""

    def __init__(self, flat: list[Any], shape: tuple[int, ...]) -> None:
        super().__init__(flat)
        self.shape = shape


def _like(x: Any, items: list[Any]) -> Any:
    """Return items as a list, a tuple or a named tuple, like another one."""
    if hasattr(x, "_fields"):
        return type(x)(*items)
    return tuple(items) if isinstance(x, tuple) else items


def rebuilt(form: Any, value: Callable[[int], Any]) -> Any:
    """Return a form with ``value(k)`` in the place of each index k."""
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
    return form.copy() if isinstance(form, np.ndarray) else form


def have_one_form(x: Any, y: Any) -> bool:
    """True if two forms are alike and have equal constants."""
    if type(x) is not type(y):
        return False
    if isinstance(x, np.ndarray):
        return bool(np.array_equal(x, y))
    if isinstance(x, (list, tuple)):
        same = len(x) == len(y) and getattr(x, "shape", None) == getattr(y, "shape", None)
        return same and all(map(have_one_form, x, y))
    if isinstance(x, dict):
        return x.keys() == y.keys() and all(have_one_form(each, y[key]) for key, each in x.items())
    return bool(x == y or x != x)


def value_positions(form: Any) -> Iterator[int]:
    """The indices of the values in a form, in order."""
    if type(form) is _Place:
        yield form
    elif isinstance(form, (list, tuple)):
        for each in form:
            yield from value_positions(each)
    elif type(form) is dict:
        yield from value_positions(list(form.values()))


def shape_of_form(form: Any) -> tuple[int, ...] | None:
    """Return the shape of a form, as `Template` has it."""
    if type(form) is _Place:
        return ()
    if type(form) is _Array:
        return form.shape if all(type(each) is _Place for each in form) else None
    if type(form) is list and form:
        shapes = {shape_of_form(each) for each in form}
        if len(shapes) == 1 and None not in shapes:
            return (len(form), *shapes.pop())  # type: ignore[misc]
    return None


def in_form(template: Template, node: Tensor, kind: type[Tensor] = Tensor) -> Any:
    """Put the values of a batch, a tensor of shape (samples, values), into the form of the result.

    A value that stands by itself is a column, a tensor of the class ``kind``.
    """
    if template.shape is not None:
        return node.reshape((node.shape[0], *template.shape))
    if template.columns is not None:
        return of_columns(template, [_column(node, index, kind) for index in template.columns])
    return _parts(template.form, node, kind)


def of_columns(template: Template, columns: list[Any]) -> Any:
    """Put the values of a batch into a form each of whose parts is a value."""
    form = template.form
    return dict(zip(form, columns)) if type(form) is dict else _like(form, columns)  # noqa: B905 - of equal length


def _parts(form: Any, node: Tensor, kind: type[Tensor]) -> Any:
    if isinstance(form, tuple):
        return _like(form, [_parts(each, node, kind) for each in form])
    if type(form) is dict:
        return {key: _parts(each, node, kind) for key, each in form.items()}
    shape = shape_of_form(form)
    if shape:
        first = next(value_positions(form), 0)  # 0 if there are no values
        return node[:, first : first + math.prod(shape)].reshape((node.shape[0], *shape))
    if type(form) is list:
        return [_parts(each, node, kind) for each in form]
    return rebuilt(form, lambda k: _column(node, (slice(None), int(k)), kind))


def _column(node: Tensor, index: tuple[slice, int], kind: type[Tensor]) -> Tensor:
    """A column, recorded without the checks of a user's index."""
    data = node._data
    return record(kind, GETITEM, (node, None), (data, index), data[index])


# --- Results of parts of a batch --------------------------------------------------------------------------------------


def joined(results: Sequence[Any], parts: Sequence[Array], name: str) -> Any:
    """Join the results for the parts of a batch.

    Raises
    ------
    InputValueError
        If they have different forms.
    """
    first, kinds = results[0], {type(x) for x in results}
    if len(kinds) == 1:
        if isinstance(first, dict) and all(x.keys() == first.keys() for x in results):
            return {key: joined([x[key] for x in results], parts, name) for key in first}
        if isinstance(first, (list, tuple)) and all(len(x) == len(first) for x in results):
            items = [joined(each, parts, name) for each in zip(*results, strict=True)]
            return type(first)(*items) if hasattr(first, "_fields") else type(first)(items)
        if isinstance(first, np.ndarray) and first.dtype == object and all(x.shape == first.shape for x in results):
            made = np.empty(first.shape, dtype=object)
            for index in np.ndindex(first.shape):
                made[index] = joined([x[index] for x in results], parts, name)
            return made
        if not isinstance(first, Tensor) and all(np.array_equal(x, first) for x in results):
            return first
    found = [_over_samples(x, len(rows)) for x, rows in zip(results, parts, strict=True)]
    if all(x is not None and x.shape[1:] == found[0].shape[1:] for x in found):
        return concatenate(found)[np.argsort(np.concatenate(parts))]
    raise InputValueError(
        f"{name} gives results of different forms for the samples of this batch; autograd.where(condition, a, b) "
        "chooses for each sample, or call it for each part of the batch by itself"
    )


def _over_samples(x: Any, count: int) -> Any:
    """Return a tensor, a number that samples share, or a list of these as a tensor with a batch axis; else ``None``."""
    if isinstance(x, Tensor):
        return x
    if isinstance(x, Real) and not isinstance(x, bool):
        return Tensor(np.full(count, float(x)))
    items = [_over_samples(each, count) for each in x] if type(x) is list and x else [None]
    alike = all(each is not None and each.shape == items[0].shape for each in items)  # type: ignore[union-attr]
    return stack(items, axis=1) if alike else None
