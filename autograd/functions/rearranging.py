"""Functions that rearrange, join and split whole arrays, with numpy's names and arguments.

Of a tensor they give a tensor, of arrays an array; sums over axes are in `reductions`, convolutions in `convolution`.
The examples assume ``from autograd import *``.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from ..arrays import ops as array_ops
from ..arrays.methods import Axis, axes_of, axis_of
from ..arrays.of_values import is_array_of_values
from ..arrays.tensor import Tensor, evaluate
from ..core.numbers import number, whole
from ..core.tape import Node
from ..core.value import Value
from ..errors import InputTypeError, InputValueError, described, endless, shortened
from .arraylike import array_like, is_array_like, joining, on_array, plain, shaped

__all__ = [
    "broadcast_to",
    "concatenate",
    "expand_dims",
    "hstack",
    "moveaxis",
    "pad",
    "ravel",
    "reshape",
    "split",
    "squeeze",
    "stack",
    "swapaxes",
    "transpose",
    "vstack",
]

# --- Shapes -----------------------------------------------------------------------------------------------------------


@on_array
def reshape(x: Any, shape: int | Sequence[int]) -> Any:
    """The same numbers in another shape; one length may be -1, and follows from the others.

    The gradient is put back into the shape of ``x``.

    Examples
    --------
    >>> x = Tensor([1.0, 2.0, 3.0, 4.0]); reshape(x, (2, 2))[1].sum().backward()
    >>> x.grad
    array([0., 0., 1., 1.])
    """
    return plain(shaped(x, "reshape").reshape(shape))


@on_array
def ravel(x: Any) -> Any:
    """The numbers in one row, the last axis running fastest.

    The gradient is put back into the shape of ``x``.

    Examples
    --------
    >>> x = Tensor([[1.0, 2.0], [3.0, 4.0]])
    >>> (ravel(x) * [1.0, 10.0, 100.0, 1000.0]).sum().backward()
    >>> x.grad
    array([[   1.,   10.],
           [ 100., 1000.]])
    """
    return plain(shaped(x, "ravel").ravel())


@on_array
def transpose(x: Any, axes: Sequence[int] | None = None) -> Any:
    """Reorder the axes; reverse them if no order is given.

    The gradient goes back through the inverse order.

    Examples
    --------
    >>> x = Tensor([[1.0, 2.0], [3.0, 4.0]]); transpose(x)[0].sum().backward()
    >>> x.grad
    array([[1., 0.],
           [1., 0.]])
    """
    return plain(shaped(x, "transpose").transpose(axes))


@on_array
def swapaxes(x: Any, first: int, second: int) -> Any:
    """Exchange two axes.

    Examples
    --------
    >>> x = Tensor([[1.0, 2.0], [3.0, 4.0]]); swapaxes(x, 0, 1)[0].sum().backward()
    >>> x.grad
    array([[1., 0.],
           [1., 0.]])
    """
    return plain(shaped(x, "swapaxes").swapaxes(first, second))


@on_array
def moveaxis(x: Any, source: int | Sequence[int], destination: int | Sequence[int]) -> Any:
    """Move an axis, or several, to another place; the others keep their order.

    Examples
    --------
    >>> x = Tensor(np.zeros((2, 3, 4))); y = moveaxis(x, 0, -1); y[0, 0, 1].backward()
    >>> y.shape, x.grad[1, 0, 0].item()
    ((3, 4, 2), 1.0)
    """
    x = shaped(x, "moveaxis")
    sources, places = _each_axis(source, x._data.ndim), _each_axis(destination, x._data.ndim)
    if len(sources) != len(places):
        raise InputValueError(
            f"moveaxis takes as many places as axes, not {shortened(destination)} for {shortened(source)}"
        )
    order = [k for k in range(x._data.ndim) if k not in sources]
    for place, axis in sorted(zip(places, sources, strict=True)):
        order.insert(place, axis)
    return plain(x._alone(array_ops.TRANSPOSE, tuple(order)))


def _each_axis(given: int | Sequence[int], ndim: int) -> list[int]:
    """Axes in the order in which they are given, counted from 0."""
    several: Sequence[Any] = given if isinstance(given, (list, tuple)) else [given]
    axes_of(several, ndim)
    return [range(ndim)[axis] for axis in several]


@on_array
def expand_dims(x: Any, axis: int | Sequence[int]) -> Any:
    """Insert axes of length 1 at these places of the result.

    Examples
    --------
    >>> x = Tensor([1.0, 2.0]); y = expand_dims(x, 0)
    >>> (y * [[1.0], [2.0], [4.0]]).sum().backward()
    >>> y.shape, x.grad
    ((1, 2), array([7., 7.]))
    """
    x = shaped(x, "expand_dims")
    given: Sequence[Any] = axis if isinstance(axis, (list, tuple)) else [axis]
    new = axes_of(given, x._data.ndim + len(given))
    lengths = iter(x._data.shape)
    return plain(x.reshape([1 if k in new else next(lengths) for k in range(x._data.ndim + len(new))]))


@on_array
def squeeze(x: Any, axis: Axis = None) -> Any:
    """Remove the axes of length 1, or those named.

    Examples
    --------
    >>> x = Tensor([[1.0, 2.0]]); y = squeeze(x); y[1].backward()
    >>> y.shape, x.grad
    ((2,), array([[0., 1.]]))
    """
    return plain(shaped(x, "squeeze").squeeze(axis))


@on_array
def broadcast_to(x: Any, shape: Sequence[int]) -> Any:
    """Repeat an array along its axes of length 1, and along new axes before the first.

    The gradient is summed over the repetitions.

    Examples
    --------
    >>> x = Tensor([1.0, 2.0]); broadcast_to(x, (3, 2)).sum().backward()
    >>> x.grad
    array([3., 3.])
    """
    return plain(shaped(x, "broadcast_to").broadcast_to(shape))


@on_array
def pad(x: Any, widths: Any) -> Any:
    """Surround an array with zeros.

    Parameters
    ----------
    x : Tensor or array_like
        The array.
    widths : int, or (before, after), or such a pair for each axis
        The number of zeros.

    Examples
    --------
    >>> x = Tensor([1.0, 2.0]); y = pad(x, (2, 1)); (y * y).sum().backward()
    >>> y.numpy(), x.grad
    (array([0., 0., 1., 2., 0.]), array([2., 4.]))
    """
    x = shaped(x, "pad")
    try:
        pairs = np.broadcast_to(np.asarray(widths), (x._data.ndim, 2))
    except ValueError:
        pairs = np.full((1, 2), -1)
    if pairs.dtype.kind not in "iu" or (pairs < 0).any():
        raise InputValueError(
            f"pad takes widths as a whole number from 0, a pair (before, after), or one for each of the "
            f"{x._data.ndim} axes, not {described(widths)}"
        )
    if not x._data.ndim:
        return plain(x)
    return plain(x._apply(array_ops.PAD, x, tuple((int(before), int(after)) for before, after in pairs)))


# --- Joining and splitting --------------------------------------------------------------------------------------------


@joining
def concatenate(arrays: Sequence[Any], axis: int = 0) -> Any:
    """Join arrays one after the other along an axis.

    Examples
    --------
    >>> x, y = Tensor([1.0, 2.0]), Tensor([3.0]); z = concatenate([x, y])
    >>> (z * z).sum().backward()
    >>> x.grad, y.grad
    (array([2., 4.]), array([6.]))
    """
    found = [array_like(x, "concatenate") for x in _several(arrays, "concatenate")]
    return evaluate(array_ops.CONCATENATE, axis_of(axis, found[0].ndim), *found)


@joining
def stack(values: Sequence[Any], axis: int = 0) -> Any:
    """Make one tensor of values, still connected; join tensors of one shape along a new axis.

    Parameters
    ----------
    values : sequence
        Of values and numbers, or nested sequences of them; or of tensors and arrays.
    axis : int
        The place of the new axis in the result.

    Examples
    --------
    >>> x, y = Value(3.0), Value(4.0)
    >>> t = stack([x, y]); t.norm().backward()
    >>> t.shape, x.grad, y.grad
    ((2,), 0.6, 0.8)
    """
    try:
        return _stacked(values, axis)
    except RecursionError:
        raise endless(values) from None


def _stacked(values: Sequence[Any], axis: int = 0) -> Any:
    found = _several(values, "stack")
    if {*map(type, found)} != {Tensor}:
        nested = (list, tuple, np.ndarray) if is_array_of_values(values) else (list, tuple)
        given = [x.astype(float) if is_array_of_values(x) and not x.size else x for x in found]
        parts = [_stacked(x) if isinstance(x, nested) or is_array_of_values(x) else x for x in given]
        if not any(is_array_like(x) for x in parts):
            axis_of(axis, 1)
            return evaluate(array_ops.STACK, *(x if isinstance(x, Value) else number(x, "stack") for x in parts))
        found = [array_like(x, "stack") for x in parts]
    shape = found[0].shape
    if len({x.shape for x in found}) > 1:
        raise InputValueError(f"stack takes arrays of one shape, not {shortened([x.shape for x in found], 60)}")
    at = axis_of(axis, len(shape) + 1)
    if at < len(shape):  # joined along that axis the parts lie as they should, and the axis is cut in two
        joined = evaluate(array_ops.CONCATENATE, at, *found)
        return reshape(joined, (*shape[:at], len(found), *shape[at:]))
    return evaluate(array_ops.CONCATENATE, at, *(reshape(x, (*shape, 1)) for x in found))


@joining
def hstack(arrays: Sequence[Any]) -> Any:
    """Join arrays side by side: along the second axis, or the only one.

    Examples
    --------
    >>> x, y = Tensor([[1.0], [2.0]]), Tensor([[3.0], [4.0]]); z = hstack([x, y])
    >>> (z * z).sum().backward()
    >>> z.shape, x.grad
    ((2, 2), array([[2.],
           [4.]]))
    """
    found = [array_like(x, "hstack") for x in _several(arrays, "hstack")]
    found = [x if x.ndim else reshape(x, 1) for x in found]
    return concatenate(found, 0 if found[0].ndim == 1 else 1)


@joining
def vstack(arrays: Sequence[Any]) -> Any:
    """Join arrays one below the other: along the first axis, where a row counts as a matrix.

    Examples
    --------
    >>> x, y = Tensor([1.0, 2.0]), Tensor([3.0, 4.0]); z = vstack([x, y])
    >>> (z * z).sum().backward()
    >>> z.shape, x.grad
    ((2, 2), array([2., 4.]))
    """
    found = [array_like(x, "vstack") for x in _several(arrays, "vstack")]
    return concatenate([x if x.ndim > 1 else reshape(x, (1, -1)) for x in found])


def split(x: Any, parts: int | Sequence[int], axis: int = 0) -> list[Any]:
    """Split an array along an axis: into so many parts of equal length, or before the indices given.

    Examples
    --------
    >>> x = Tensor([1.0, 2.0, 3.0]); first, rest = split(x, [1]); (rest * rest).sum().backward()
    >>> x.grad
    array([0., 4., 6.])
    """
    x = shaped(x, "split")
    axis = axis_of(axis, x._data.ndim)
    length = x._data.shape[axis]
    if not (isinstance(parts, (list, tuple, range)) or (isinstance(parts, np.ndarray) and parts.ndim)):
        count = whole(parts, "the number of parts", least=-1)
        if count < 1 or length % count or (not length and count > 1000):
            raise InputValueError(
                f"{length} numbers do not split into {shortened(parts)} parts of equal length; give indices"
            )
        parts = range(length // count, length, length // count) if length else [0] * (count - 1)
    ends = [0, *(whole(end, "an index of split", least=-(2**62)) for end in parts), length]
    return [plain(x[(*[slice(None)] * axis, slice(*pair))]) for pair in itertools.pairwise(ends)]


def _several(given: Any, what: str) -> list[Any]:
    if type(given) is list and given:
        return given
    is_one = isinstance(given, (Node, str, bytes)) or (isinstance(given, np.ndarray) and not given.ndim)
    if is_one or not isinstance(given, Iterable):
        raise InputTypeError(f"{what} takes one sequence, not {described(given)}; write {what}([…])")
    found = list(given)
    if not found:
        raise InputValueError(f"{what} of nothing is not defined; give at least one")
    return found
