"""The arguments of a call: the numbers in them, and their structure.

    loss(X, y, "train")     X of shape (100, 2): one row for each sample     y = 1.0: the same for all samples
                            "train": part of the structure

Calls of one structure can run the same program. The structure consists of the kinds of numbers and arrays, with their
shapes but without the size of the batch; of the values of texts and the like; and of the identities of other objects.
"""

from __future__ import annotations

import array
import enum
from collections import deque
from collections.abc import Awaitable, Callable, Iterator, Mapping, MappingView, Sequence, Set
from numbers import Real
from types import SimpleNamespace
from typing import Any

import numpy as np

from ...arrays.readonly import Frozen
from ...arrays.tensor import Tensor
from ...core.value import Value
from ...errors import InputTypeError, InputValueError, described, endless
from .renewed import element
from .rows import Row
from .wholes import argument_leaf

__all__ = ["Arguments", "Leaves"]

CONSTANTS = (str, bytes, bool, np.bool_, type(None), enum.Enum, type, range)
BY_VALUE = (*CONSTANTS, frozenset)
BUFFERS = (array.array, bytearray, memoryview)  # arrays in the standard library
ARRAYS = (np.ndarray, Frozen, np.memmap, Row)  # classes with the arithmetic of arrays


class Arguments:
    """The numbers in the arguments of a call, and their structure.

    Attributes
    ----------
    args, kwargs : tuple, dict
        The arguments as they were given.
    key : tuple
        The structure.
    shared : list
        Numbers, values and arrays that are the same for all samples, in order.
    batched : list
        Arrays with a batch axis, in order.
    samples : int or None
        The number of samples; ``None`` without a batch.
    kept : list of (str, object)
        The objects that the key holds by identity, with their names; they must live as long as the key.
    """

    def __init__(self, args: Sequence[Any], kwargs: Mapping[str, Any], has_batch: Callable[[int | str], bool]) -> None:
        self.args, self.kwargs = args, kwargs
        self.shared: list[Any] = []
        self.batched: list[Any] = []
        self.samples: int | None = None
        self.kept: list[tuple[str, Any]] = []
        self._first = ""
        try:
            key = [self._read(x, has_batch(k), f"argument {k + 1}") for k, x in enumerate(args)]
            if kwargs:
                key += [(name, self._read(x, has_batch(name), name)) for name, x in kwargs.items()]
        except RecursionError:
            raise endless(kwargs or args) from None
        self.key = (self.samples is not None, *key)

    def _read(self, x: Any, has_batch: bool, what: str) -> Any:
        """Return the structure of an argument, and append its numbers and arrays to the lists."""
        kind = type(x)
        if kind is float or kind is int:
            self.shared.append(x)
            return "number"
        if isinstance(x, (np.ndarray, Tensor)):
            return self._array(x, has_batch, what)
        if isinstance(x, Value):
            self.shared.append(x)
            return "value"
        if isinstance(x, (list, tuple, deque)):
            return (kind, *[self._read(each, has_batch, what) for each in x])
        if isinstance(x, (Mapping, SimpleNamespace)):
            items = x.items() if isinstance(x, Mapping) else vars(x).items()
            return (kind, *[(name, self._read(each, has_batch, what)) for name, each in items])
        if isinstance(x, BY_VALUE):
            return (kind, x)
        if isinstance(x, (Real, np.number)):
            self.shared.append(int(x) if isinstance(x, np.integer) else float(x))
            return "number"
        if isinstance(x, BUFFERS) or hasattr(kind, "__array__"):
            return self._array(_converted(x, what), has_batch, what)
        _refuse(x, what)
        self.kept.append((what, x))
        return ("same", id(x))

    def _array(self, x: Any, has_batch: bool, what: str) -> Any:
        shape = x.shape
        if isinstance(x, Tensor):
            kind = "tensor"
        elif type(x) not in ARRAYS:
            raise InputTypeError(_of_another_kind(x, what))
        elif x.dtype == object:
            return ("values", shape, *[self._read(each, False, what) for each in x.reshape(-1).tolist()])
        elif x.dtype.kind in "fiub":
            kind = "array"
        else:
            raise InputTypeError(f"{what} is an array of {x.dtype}; a compiled function takes arrays of real numbers")
        if not has_batch or not shape:
            self.shared.append(x)
            return (kind, shape)
        if self.samples is None:
            self.samples, self._first = shape[0], what
        elif shape[0] != self.samples:
            raise InputValueError(
                f"arrays have the batch as their first axis, and {self._first} has {self.samples} samples but {what} "
                f"{shape[0]}; for an array without a batch axis compile with "
                'batch=("name", …), the names of those with one, or with batch=None for a function of tensors'
            )
        if not shape[0]:
            raise InputValueError(f"{what} has no samples: its shape is {shape}; give at least one")
        self.batched.append(x)
        return (kind, "batch", shape[1:])

    def have_batch(self) -> list[bool]:
        """For each number and array in the arguments, in order, True if it is an array with a batch axis."""
        count = len(self.args)
        structures = [*self.key[1 : 1 + count], *(structure for _, structure in self.key[1 + count :])]
        return [each for structure in structures for each in _with_batch(structure)]

    def lists_of_rows(self, names: Callable[[int | str], str]) -> list[str]:
        """Return the names of the arguments that are lists of rows of numbers, all of one length."""
        named = [*((names(k), x) for k, x in enumerate(self.args)), *self.kwargs.items()]
        return [name for name, x in named if _is_list_of_rows(x)]

    def mapped(
        self,
        names: Callable[[int | str], str],
        number: Callable[[Any, str], Any],
        array: Callable[[Any, str, bool], Any],
    ) -> tuple[list[Any], dict[str, Any]]:
        """Return the arguments with their numbers and arrays replaced.

        Parameters
        ----------
        names : callable
            Maps the position of an argument, or its keyword, to its name.
        number : callable
            Called with each number or value and its name.
        array : callable
            Called with each array or tensor, its name, and True if it has a batch axis. Arrays of other libraries have
            been converted.

        Returns
        -------
        list, dict
            The positional arguments and the keyword arguments.
        """
        replace = (number, array)
        count = len(self.args)
        args = [
            _mapped(x, names(k), key, replace)
            for k, (x, key) in enumerate(zip(self.args, self.key[1 : 1 + count], strict=True))
        ]
        return args, {
            name: _mapped(self.kwargs[name], names(name), key, replace) for name, key in self.key[1 + count :]
        }

    def of_samples(self, rows: np.ndarray[Any, Any]) -> tuple[list[Any], dict[str, Any]]:
        """Return the arguments with these samples only."""
        return self.mapped(str, lambda x, _: x, lambda x, _, has_batch: x[rows] if has_batch else x)


def _with_batch(structure: Any) -> Iterator[bool]:
    """Yield what `Arguments.have_batch` returns, for the structure of an argument."""
    if type(structure) is str:  # a number or a value
        yield False
        return
    kind, *rest = structure
    if kind in ("array", "tensor"):
        yield rest[0] == "batch"
    elif kind in (list, tuple, dict):
        for each in rest:
            yield from _with_batch(each[1] if kind is dict else each)


def _mapped(x: Any, name: str, key: Any, replace: tuple[Callable[..., Any], Callable[..., Any]]) -> Any:
    """Return an argument with its numbers and arrays replaced; see `Arguments.mapped`."""
    number, array = replace
    if key in ("number", "value"):
        return number(x, name)
    kind = key[0]
    if kind in ("array", "tensor"):
        return array(x if isinstance(x, Tensor) else np.asarray(x), name, key[1] == "batch")
    if kind == "values":
        made = np.empty(x.shape, dtype=object)
        for index, inner in zip(np.ndindex(x.shape), key[2:], strict=True):
            made[index] = _mapped(x[index], element(name, index), inner, replace)
        return made if x.shape else made[()]
    if isinstance(x, (list, tuple, deque)):
        pairs = enumerate(zip(x, key[1:], strict=True))
        items = [_mapped(each, f"{name}[{k}]", inner, replace) for k, (each, inner) in pairs]
        return kind(*items) if hasattr(kind, "_fields") else kind(items)
    if isinstance(x, SimpleNamespace):
        own = vars(x)
        return SimpleNamespace(
            **{each: _mapped(own[each], f"{name}.{each}", inner, replace) for each, inner in key[1:]}
        )
    if isinstance(x, Mapping):
        return {each: _mapped(x[each], f"{name}[{each!r}]", inner, replace) for each, inner in key[1:]}
    return x


def _is_list_of_rows(x: Any) -> bool:
    rows = isinstance(x, (list, tuple)) and len(x) > 1 and all(isinstance(row, (list, tuple)) for row in x)
    return rows and len({len(row) for row in x}) == 1 and all(isinstance(each, Real) for row in x for each in row)


def _converted(x: Any, what: str) -> np.ndarray[Any, Any]:
    """Convert an array of another library to one of numpy's."""
    try:
        return np.asarray(x)
    except Exception as error:
        raise InputTypeError(
            f"{what} is {described(x)}, which does not turn into an array of numpy ({error}); give a numpy array"
        ) from None


def _of_another_kind(x: np.ndarray[Any, Any], what: str) -> str:
    if isinstance(x, np.ma.MaskedArray):
        return (
            f"{what} is a masked array, and a compiled function takes no masks; give x.filled(…), or "
            "x.data and the mask as two arguments"
        )
    return (
        f"{what} is of the class {type(x).__name__}, whose arithmetic may not be that of arrays; "
        "give numpy.asarray(x), which is one"
    )


def _refuse(x: Any, what: str) -> None:
    """Refuse containers that cannot be taken apart: their contents would be baked into the program."""
    if isinstance(x, (Set, MappingView)):
        raise InputTypeError(
            f"{what} is {described(x)}, which has no order; give a list, or a frozenset of what is constant"
        )
    if isinstance(x, (Iterator, Awaitable)):
        raise InputTypeError(f"{what} is {described(x)}, which can be iterated over only once; give a list")
    if isinstance(x, Sequence):
        raise InputTypeError(f"{what} is {described(x)}; a compiled function takes lists and tuples: give list(x)")


class Leaves:
    """The arguments of the first sample of a call, with new leaves in place of their numbers.

    Attributes
    ----------
    args, kwargs : list, dict
        The arguments to call the function with.
    shared, batched : list of Value
        The leaves, in the order of the arguments.
    """

    def __init__(self, given: Arguments, names: Callable[[int | str], str]) -> None:
        self.shared: list[Value] = []
        self.batched: list[Value] = []
        self.args, self.kwargs = given.mapped(names, self._number, self._array)

    def _number(self, x: Any, name: str) -> Value:
        leaf = Value(x.item(), name) if isinstance(x, Value) else argument_leaf(x, name)
        self.shared.append(leaf)
        return leaf

    def _array(self, x: Any, name: str, has_batch: bool) -> Any:
        """Return an array of leaves for the first sample; a single leaf if its shape is ``()``."""
        numbers = x._data if isinstance(x, Tensor) else x
        sample = np.asarray(numbers[0] if has_batch else numbers)
        leaves = np.empty(sample.shape, dtype=object).view(Row)
        for index in np.ndindex(sample.shape):
            leaf = leaves[index] = argument_leaf(sample[index], element(name, index))
            (self.batched if has_batch else self.shared).append(leaf)
        return leaves if sample.shape else leaves[()]
