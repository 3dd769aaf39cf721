"""The methods of a tensor as an array: its shape, its parts, sums over its axes, products with others.

The methods are those of numpy's arrays, with numpy's arguments. The public functions of the same names, which also take
arrays and lists of values, are in `functions`.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Iterator, Sequence
from typing import Any, NoReturn, TypeVar

import numpy as np

from ..core import ops
from ..core.numbers import is_whole, number, whole
from ..core.table import Primitive
from ..core.tape import Node, data_of
from ..errors import InputTypeError, InputValueError, described, shortened
from . import ops as array_ops
from .ops import STD_OVER, VAR_OVER
from .readonly import KEPT, Followed, array_of, is_array_of_a_library, recorded_constant
from .table import ArrayPrimitive, Shape, written

__all__ = ["Axis", "Shaped", "axes_of", "axis_of", "correction", "lengths"]

Axis = int | Sequence[int] | None
_ALL = [tuple(range(ndim)) for ndim in range(65)]  # numpy's arrays have 64 axes at most
_INTEGERS = {int}


def axes_of(axis: Axis, ndim: int) -> tuple[int, ...]:
    """Axes as a sorted tuple of numbers from 0; all of them for ``None``.

    Raises
    ------
    InputTypeError, InputValueError
        If one is no whole number, does not exist, or occurs twice.
    """
    if axis is None:
        return _ALL[ndim]
    if type(axis) is int and -ndim <= axis < ndim:
        return (axis % ndim,)
    asked: Sequence[Any] = axis if isinstance(axis, (list, tuple)) else [axis]
    if not _INTEGERS.issuperset(map(type, asked)) and not all(map(is_whole, asked)):
        raise InputTypeError(f"an axis is a whole number, or several in a tuple, not {described(axis)}")
    try:
        axes = sorted(map(range(ndim).__getitem__, asked))
    except IndexError:
        wrong = next(each for each in asked if not -ndim <= each < ndim)
        raise InputValueError(
            f"there is no axis {shortened(wrong)} in an array of {ndim} dimensions; they count from 0"
        ) from None
    if len(set(axes)) < len(axes):
        raise InputValueError(f"axis={shortened(axis)} names an axis twice; name each once")
    return tuple(axes)


def axis_of(axis: Any, ndim: int) -> int:
    """Return one axis, counted from 0.

    Raises
    ------
    InputTypeError, InputValueError
        If it is no whole number, or does not exist.
    """
    if type(axis) is int and -ndim <= axis < ndim:
        return axis % ndim
    if axis is None or isinstance(axis, (list, tuple)):
        raise InputTypeError(f"the axis is one whole number here, not {described(axis)}")
    return axes_of(axis, ndim)[0]


def lengths(shape: Any, what: str, least: int = 0) -> Shape:
    """Return a shape as a tuple; a whole number stands for a shape of one axis.

    Raises
    ------
    InputTypeError, InputValueError
        If a length is no whole number, or too small.
    """
    given = shape.tolist() if isinstance(shape, np.ndarray) else shape
    given = given if isinstance(given, (list, tuple)) else [given]
    return tuple([n if type(n) is int and n >= least else whole(n, f"a length in {what}", least) for n in given])


def _flag(given: Any) -> bool:
    """Return ``keepdims`` as a bool; 0 and 1 count as one, as in numpy."""
    if given is True or given is False:
        return given
    if not isinstance(given, np.bool_) and not (type(given) is int and given in (0, 1)):
        raise InputTypeError(f"keepdims is True or False, not {described(given)}")
    return bool(given)


def correction(count: int, ddof: float) -> float:
    """The factor from the mean squared distance of so many numbers to a variance with fewer degrees of freedom.

    Raises
    ------
    InputTypeError
        If ``ddof`` is no number.
    InputValueError
        If no degree of freedom is left.
    """
    if not number(ddof, "ddof") < count:
        given = shortened(ddof)
        raise InputValueError(f"a variance with ddof={given} takes more than {given} numbers, not {count}")
    return count / (count - float(ddof))


S = TypeVar("S", bound="Shaped")
_OF_NONE = {array_ops.SUM_OVER, array_ops.PROD_OVER}  # the reductions of no numbers that are defined


class Shaped(Node):
    """The base class of tensors with the methods of shapes, sums and products."""

    __slots__ = ()
    _data: np.ndarray[Any, Any]

    def _apply(self: S, op: Primitive, *given: Any) -> S:
        """The value of an operation, recorded."""
        raise NotImplementedError  # pragma: no cover - a tensor has it

    def _alone(self: S, op: Primitive, *settings: Any) -> S:
        """The value of an operation on this alone, recorded; its settings, axes or a shape, are nobody else's."""
        return self._apply(op, self, *settings)

    # --- Rearranging --------------------------------------------------------------------------------------------------

    def reshape(self: S, *shape: Any) -> S:
        """The same numbers in another shape; one length may be -1, and follows from the others."""
        wanted = lengths(shape[0] if len(shape) == 1 else shape, "a shape", least=-1)
        size = self._data.size
        if -1 in wanted:
            known = math.prod([n for n in wanted if n != -1])
            if wanted.count(-1) == 1 and known and not size % known:
                wanted = tuple([size // known if n == -1 else n for n in wanted])
        if math.prod(wanted) != size or -1 in wanted:
            raise InputValueError(
                f"an array of shape {self._data.shape} has {self._data.size} numbers; they do not fill "
                f"{shortened(wanted)}"
            )
        return self._alone(array_ops.RESHAPE, wanted)

    view = reshape

    def ravel(self: S) -> S:
        """The numbers in one row."""
        return self._alone(array_ops.RESHAPE, (self._data.size,))

    flatten = ravel

    def transpose(self: S, *axes: Any) -> S:
        """Reorder the axes; reverse them if no order is given."""
        ndim = self._data.ndim
        wanted = axes[0] if len(axes) == 1 and (axes[0] is None or isinstance(axes[0], (tuple, list))) else axes
        order = tuple(wanted) if wanted else _ALL[ndim][::-1]
        if wanted:
            if axes_of(order, ndim) != _ALL[ndim]:
                raise InputValueError(f"transpose takes each of the {ndim} axes once, not {shortened(order)}")
            order = tuple(map(_ALL[ndim].__getitem__, order))
        return self._alone(array_ops.TRANSPOSE, order)

    permute = transpose

    def swapaxes(self: S, first: int, second: int) -> S:
        """Exchange two axes."""
        ndim = self._data.ndim
        order = [*_ALL[ndim]]
        a, b = axis_of(first, ndim), axis_of(second, ndim)
        order[a], order[b] = b, a
        return self._alone(array_ops.TRANSPOSE, tuple(order))

    def squeeze(self: S, axis: Axis = None) -> S:
        """Remove the axes of length 1, or those named."""
        shape = self._data.shape
        named = axis is not None
        axes = axes_of(axis, self._data.ndim)
        if named and any(shape[k] != 1 for k in axes):
            raise InputValueError(f"squeeze drops axes of length 1; axis {axis} of shape {shape} is longer")
        return self._alone(array_ops.RESHAPE, tuple([n for k, n in enumerate(shape) if n != 1 or k not in axes]))

    def unsqueeze(self: S, axis: int) -> S:
        """Insert an axis of length 1, at this place of the result."""
        at = axis_of(axis, self._data.ndim + 1)
        return self._alone(array_ops.RESHAPE, (*self._data.shape[:at], 1, *self._data.shape[at:]))

    def broadcast_to(self: S, shape: Sequence[int]) -> S:
        """Repeat the tensor along its axes of length 1, and along new axes before the first."""
        return self._alone(array_ops.BROADCAST_TO, lengths(shape, "a shape"))

    def __getitem__(self: S, index: Any) -> S:
        found = _index(index)
        try:
            return self._alone(array_ops.GETITEM, found)
        except InputValueError:
            raise InputValueError(
                f"there is no x[{shortened(found).strip('()')}] in an array of shape {self._data.shape}"
            ) from None

    def __setitem__(self, index: Any, given: Any) -> NoReturn:
        place, new = written(index).strip("()"), shortened(given)
        if len(place) > 30 or isinstance(index, np.ndarray):
            place = "…"
        raise InputTypeError(
            f"a tensor cannot be written into, t[{place}] = {new}, since what was recorded needs its numbers: choose "
            "with u = autograd.where(mask, new, t), join parts with autograd.concatenate, or give a leaf other "
            f"numbers: a = t.numpy(); a[{place}] = {new}; t.data = a"
        )

    def __len__(self) -> int:
        if not self._data.ndim:
            raise InputTypeError("a tensor without axes is a single number and has no length; take .item()")
        return len(self._data)

    def __iter__(self: S) -> Iterator[S]:
        return (self[k] for k in range(len(self)))

    def values(self) -> Any:
        """The numbers as values, still connected: in nested lists, or a single value for a tensor without axes."""
        entries = np.empty(self._data.shape, dtype=object)
        for index in np.ndindex(self._data.shape):
            entries[index] = self._apply(array_ops.ENTRY, self, index)
        return entries.tolist()

    # --- Sums and other reductions ------------------------------------------------------------------------------------

    def _over(self: S, op: ArrayPrimitive, axis: Axis, *keepdims: bool) -> S:
        x = self._data
        axes = axes_of(axis, x.ndim)
        if not x.size and op not in _OF_NONE and not all(x.shape[k] for k in axes):
            raise InputValueError(f"{op.name.removesuffix('_over')} over no numbers (shape {x.shape}) is not defined")
        if not keepdims:
            return self._alone(op, axes)
        return self._alone(op, axes, keepdims[0] is not False and _flag(keepdims[0]))

    def sum(self: S, axis: Axis = None, keepdims: bool = False) -> S:
        """The sum over some axes, or over all."""
        return self._over(array_ops.SUM_OVER, axis, keepdims)

    def mean(self: S, axis: Axis = None, keepdims: bool = False) -> S:
        """The arithmetic mean."""
        return self._over(array_ops.MEAN_OVER, axis, keepdims)

    def prod(self: S, axis: Axis = None, keepdims: bool = False) -> S:
        """The product."""
        return self._over(array_ops.PROD_OVER, axis, keepdims)

    def max(self: S, axis: Axis = None, keepdims: bool = False) -> S:
        """The largest number; equal ones share the gradient."""
        return self._over(array_ops.MAX_OVER, axis, keepdims)

    def min(self: S, axis: Axis = None, keepdims: bool = False) -> S:
        """The smallest number; equal ones share the gradient."""
        return self._over(array_ops.MIN_OVER, axis, keepdims)

    def var(self: S, axis: Axis = None, keepdims: bool = False, ddof: float = 0) -> S:
        """The squared distances from the mean, summed up and divided by ``n - ddof``."""
        result, factor = self._spread_over(VAR_OVER, axis, keepdims, ddof)
        return result if factor == 1 else result._alone(ops.MUL, factor)

    def std(self: S, axis: Axis = None, keepdims: bool = False, ddof: float = 0) -> S:
        """The square root of the variance; its gradient where all numbers are equal is 0."""
        result, factor = self._spread_over(STD_OVER, axis, keepdims, ddof)
        return result if factor == 1 else result._alone(ops.MUL, math.sqrt(factor))

    def _spread_over(self: S, op: ArrayPrimitive, axis: Axis, keepdims: bool, ddof: float) -> tuple[S, float]:
        """A variance or its root without a correction, and the factor of the variance that corrects it."""
        shape = self._data.shape
        if type(ddof) is int and not ddof and self._data.size:
            factor = 1.0
        else:
            factor = correction(math.prod([shape[k] for k in axes_of(axis, len(shape))]), ddof)
        return self._over(op, axis, keepdims), factor

    def norm(self: S, axis: Axis = None, keepdims: bool = False) -> S:
        """The Euclidean length."""
        return self._over(array_ops.NORM_OVER, axis, keepdims)

    def logsumexp(self: S, axis: Axis = None, keepdims: bool = False) -> S:
        """``log(sum(exp(x)))``, without overflow."""
        return self._over(array_ops.LOGSUMEXP_OVER, axis, keepdims)

    def softmax(self: S, axis: Axis = -1) -> S:
        """``exp(x) / sum(exp(x))`` along an axis."""
        return self._over(array_ops.SOFTMAX_OVER, axis)

    def log_softmax(self: S, axis: Axis = -1) -> S:
        """``log(softmax(x))`` along an axis, exact also where the softmax underflows to 0."""
        return self._over(array_ops.LOG_SOFTMAX_OVER, axis)

    # --- Products -----------------------------------------------------------------------------------------------------

    def __matmul__(self: S, other: Any) -> S:
        return self._product(self, other)

    def __rmatmul__(self: S, other: Any) -> S:
        return self._product(other, self)

    def dot(self: S, other: Any) -> S:
        """The product of matrices; of a row with a row, their sum of products."""
        return self._product(self, other)

    def _factor(self, x: Any) -> Any:
        """A factor of a product: a node, or an array, which is copied when the product is recorded."""
        as_it_is = isinstance(x, Node) or (type(x) is np.ndarray and x.dtype in KEPT)
        return x if as_it_is else recorded_constant(x, self._data.dtype)

    def _product(self: S, x: Any, y: Any) -> S:
        x, y = self._factor(x), self._factor(y)
        left, right = (getattr(data_of(factor), "ndim", 0) for factor in (x, y))
        if left > 1 < right:
            return self._apply(array_ops.MATMUL, x, y)
        if not left or not right:
            raise InputValueError("a matrix product takes arrays of at least one dimension; write x * y for numbers")
        x = x.reshape((1, len(x))) if left == 1 else x
        y = y.reshape((len(y), 1)) if right == 1 else y
        z = self._product(x, y)
        shape = z._data.shape
        return z._alone(array_ops.RESHAPE, (*shape[:-2], *shape[-2:-1][: left > 1], *shape[-1:][: right > 1]))


_ENDS = {int, type(None)}


def _index(index: Any) -> Any:
    """Return an index as it is recorded: with copies of its arrays and lists, so that the caller cannot change it."""
    kind = type(index)
    if kind is int or (kind is slice and _ENDS.issuperset((type(index.start), type(index.stop), type(index.step)))):
        return index
    if kind is np.ndarray and index.ndim and index.dtype.kind in "iub":
        return index.copy()
    if kind is list and index and _INTEGERS.issuperset(map(type, index)):
        places = np.array(index)
        if places.dtype.kind == "i":  # not of numbers that are too large
            return places
    if isinstance(index, tuple):
        return tuple([_index(part) for part in index])
    if index is None or index is Ellipsis or isinstance(index, (bool, np.bool_)):
        return index
    if isinstance(index, Followed):
        return index.recorded()
    if isinstance(index, slice):
        if all([end is None or is_whole(end) for end in (index.start, index.stop, index.step)]):  # noqa: C419 - quicker
            return index
    elif is_whole(index):
        return operator.index(index)
    elif isinstance(index, (list, range)) or is_array_of_a_library(index):
        found = array_of(index, "an index")
        if found.dtype.kind in "iub" or not found.size:
            return found if found.dtype.kind in "iub" else found.astype(np.intp)
    remedy = "; take its numbers first: .numpy().astype(int)" if isinstance(index, Node) else ""
    raise InputTypeError(
        "an index is made of whole numbers, slices, and arrays of whole numbers or of truth values, not of "
        f"{described(index)}{remedy}"
    )
