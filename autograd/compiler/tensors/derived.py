"""Arrays without a gradient whose origin is followed while a function of tensors is recorded.

    scores[np.arange(n), labels]        labels     an argument of whole numbers
    where(x > 0, x, 0.1 * x)            x > 0      truth values about a tensor
    scores.argmax(axis=1) == labels     both

Such arrays are computed anew at each call of the program. Python code that needs the numbers themselves, as in ``if
(x > 0).all()`` or ``range(n)``, makes the program valid for these numbers only.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin

from ...arrays.readonly import KEPT, Followed, Kept
from ...core.modes import mode_here
from ...core.tape import Node, data_of, tick

__all__ = ["Derived", "derive"]

Array = np.ndarray[Any, Any]
METHODS = frozenset(
    "all any argmax argmin argsort astype clip copy cumsum flatten max mean min prod ravel reshape round squeeze std "
    "sum swapaxes transpose var".split()
)


OF_SHAPE = {np.shape, np.ndim, np.size, np.zeros_like, np.ones_like}  # functions that do not look at the numbers


class Derived(Followed, NDArrayOperatorsMixin):
    """An array that a recorded call was given, or that it computed without a gradient.

    Attributes
    ----------
    array : ndarray
        The numbers in the recorded call.
    function, operands, options
        The origin; an argument has no function.
    number : int
        Its place in the order of what was recorded.
    """

    __slots__ = ("array", "function", "number", "operands", "options")

    def __init__(
        self,
        array: Any,
        function: Callable[..., Any] | None = None,
        operands: Sequence[Any] = (),
        options: Mapping[str, Any] | None = None,
    ) -> None:
        self.array: Array = np.asarray(array)
        self.function, self.operands, self.options = function, tuple(operands), dict(options or {})
        self.number = tick()

    def recorded(self, dtype: Any = None) -> Array:
        kind = self.array.dtype.kind
        if dtype is None and kind == "b":
            return np.asarray(self)  # it chooses by truth values, so that the shape of the result depends on them
        if dtype is not None and kind != "b" and self.array.dtype not in KEPT:
            return derive(_as_dtype, self, dtype=np.dtype(dtype)).recorded(dtype)  # type: ignore[no-any-return]
        kept = self.array.copy().view(Kept)
        mode_here().tracer.kept[id(kept)] = kept, self
        return kept

    # --- The numbers themselves ---------------------------------------------------------------------------------------

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Array:
        mode_here().tracer.read_derived(self)
        return np.array(self.array, dtype=dtype, copy=True if copy is None else copy)

    def __bool__(self) -> bool:
        return bool(mode_here().tracer.decided(self))

    def __index__(self) -> int:
        return operator.index(np.asarray(self)[()])

    def __int__(self) -> int:
        return int(np.asarray(self)[()])

    def __float__(self) -> float:
        return float(np.asarray(self)[()])

    def item(self) -> Any:
        """The number of an array that has a single one."""
        return np.asarray(self).item()

    def tolist(self) -> Any:
        """The numbers in nested lists."""
        return np.asarray(self).tolist()

    def __len__(self) -> int:
        return len(self.array)

    def __iter__(self) -> Iterator[Any]:
        return (self[k] for k in range(len(self)))

    # --- What is derived ----------------------------------------------------------------------------------------------

    def __getitem__(self, index: Any) -> Any:
        return derive(operator.getitem, self, index)

    @property
    def T(self) -> Any:  # noqa: N802 - numpy's name
        """The array with its axes in reverse order."""
        return derive(np.transpose, self)

    def __getattr__(self, name: str) -> Any:
        if name in METHODS:
            method = getattr(np.ndarray, name)
            return lambda *args, **options: derive(method, self, *args, **options)
        if name in ("shape", "ndim", "size", "dtype"):
            return getattr(self.array, name)
        raise AttributeError(name)

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **options: Any) -> Any:
        if any(isinstance(x, Node) for x in inputs):
            return NotImplemented  # beside a tensor it is an operand of the tensor's arithmetic
        return derive(ufunc if method == "__call__" else getattr(ufunc, method), *inputs, **options)

    def __array_function__(self, function: Callable[..., Any], _: Any, args: Any, options: Any) -> Any:
        if any(map(_is_node, args)):
            return NotImplemented  # as above
        if function in OF_SHAPE:
            return function(*map(_numbers, args), **options)
        return derive(function, *args, **options)


def _is_node(x: Any) -> bool:
    return any(map(_is_node, x)) if isinstance(x, (list, tuple)) else isinstance(x, Node)


def _as_dtype(array: Array, dtype: Any) -> Array:
    return array.astype(dtype)


def derive(function: Callable[..., Any], *operands: Any, **options: Any) -> Any:
    """The result of a function of numpy on arrays that are followed, and on the numbers of tensors."""
    if "out" in options:
        mode_here().tracer.refuse("writes into an array")
    operands = tuple(map(_without_lists, operands))
    found = function(*map(_numbers, operands), **options)
    if isinstance(found, tuple):
        mode_here().tracer.refuse(f"calls numpy's {getattr(function, '__name__', 'function')}")
    return Derived(found, function, operands, options)


def _without_lists(x: Any) -> Any:
    """An operand, with tuples in the place of lists of arrays that are followed."""
    return tuple(x) if isinstance(x, list) and any(isinstance(each, Derived) for each in x) else x


def _numbers(x: Any) -> Any:
    """The numbers of an operand; of an index, those of its parts."""
    if isinstance(x, tuple):
        return tuple(map(_numbers, x))
    return x.array if isinstance(x, Derived) else data_of(x)
