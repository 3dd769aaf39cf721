"""The form of a row of the table of operations on arrays, and the namespace in which rules run on arrays.

The derivative of ``z = f(x, y)`` is a linear map here, and a row gives the map and its transpose. With ``k`` an
argument,

    pull  (m, k, g, x, y, z)  ->  the gradient by argument k, from the gradient g by z       reverse mode, a vjp
    push  (m, k, t, x, y, z)  ->  the tangent of z, from a tangent t of argument k           forward mode, a jvp

in terms of the namespace ``m``, so that the same text serves arrays, recorded tensors and symbols.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from ..core.namespaces import BY_NUMPY
from ..core.table import TABLE, Namespace, Notation, Primitive, Rule
from ..errors import AutogradError, InputValueError
from ..text.numbers import of_array

__all__ = [
    "ARRAY_TABLE",
    "BROADCAST",
    "REFUSED",
    "ArrayNamespace",
    "ArrayPrimitive",
    "Shape",
    "arrays",
    "centred",
    "count_over",
    "in_numpy",
    "is_regular",
    "refusal",
    "row",
    "rows_added",
    "run",
    "shape_of",
    "spread_in_view",
    "written",
]

Shape = tuple[int, ...]
BROADCAST = "lengths have to be equal, or 1, counted from the last axis"
ARRAY_TABLE: dict[str, ArrayPrimitive] = {}


class ArrayPrimitive(Primitive):
    """One row of the table of operations on arrays.

    Attributes
    ----------
    pull, push : callable
        The transpose of the derivative, and the derivative; see above. A row with ``weights`` has no push.
    weights : callable or None
        Of a reduction ``(m, x, axes, z) -> dz/dx``, if it has a local derivative for each element that goes in: its
        tangent is the sum of ``weights * t`` over the axes. Further arguments of the reduction stand before ``z``.
    slices : callable or None
        Of an operation on slices of arrays of one shape, none of which touches another: ``(*numbers) -> axes`` of a
        slice, or ``None`` if the arrays are not of one shape.
    fits : str
        The shapes that it takes together, in words.
    """

    __slots__ = ("fits", "pull", "push", "slices", "weights")
    together: Any = None  # of an operation that pulls back to all arguments at once: (record, g, masked) -> gradients

    def __init__(
        self,
        name: str,
        value: Rule,
        pull: Rule,
        notation: str | Notation = "",
        push: Rule | None = None,
        weights: Rule | None = None,
        slices: Callable[..., Shape | None] | None = None,
        fits: str = "its arguments have to fit each other",
        **facts: Any,
    ) -> None:
        super().__init__(name, value, _no_numbers, notation, **facts)
        self.pull = pull
        self.push: Any = push or (self._linear if weights is None else None)
        self.weights = weights
        self.slices = slices
        self.fits = fits

    def _linear(self, m: Any, k: int, t: Any, *args_z: Any) -> Any:
        return getattr(m, self.name)(*args_z[:k], t, *args_z[k + 1 : -1])

    def spelled(self, k: int, numbers: Sequence[Any], number: Callable[[Any], str]) -> str:
        """Argument k, a constant: a number, an array, or axes, a shape or an index; nothing, if it is all axes."""
        given = numbers[k]
        if isinstance(given, (float, np.ndarray)):
            return super().spelled(k, numbers, number)
        if self.name.endswith("_over") and given == tuple(range(len(shape_of(numbers[0])))):
            return "()"
        return written(given)


def _no_numbers(*_: Any) -> Any:
    raise TypeError("the derivative of an operation on arrays is a map, not a number for each argument")


def row(name: str, value: Rule, pull: Rule, notation: str | Notation = "", **facts: Any) -> ArrayPrimitive:
    """Add a row to the table of operations on arrays."""
    op = ArrayPrimitive(name, value, pull, notation, **facts)
    ARRAY_TABLE[name] = op
    return op


def shape_of(x: Any) -> Shape:
    """The shape of an array or a tensor; ``()`` of a number."""
    return getattr(x, "shape", ())


def written(given: Any) -> str:
    """Axes, shapes and indices as in Python."""
    if isinstance(given, tuple):
        return f"({', '.join(map(written, given))}{',' * (len(given) == 1)})"
    if isinstance(given, slice):
        ends = ["" if end is None else str(end) for end in (given.start, given.stop, given.step)]
        return ":".join(ends[: 2 if given.step is None else 3])
    if isinstance(given, np.ndarray):
        return of_array(given)
    return "..." if given is Ellipsis else str(given)


def rows_added(x: Any) -> Any:
    """The sum along the first axis. That of a matrix is a product with a row of ones, which is quicker."""
    ones = _ONES.get(x.dtype) if x.ndim == 2 else None
    if ones is None:
        return np.add.reduce(x, 0)
    count = len(x)
    return (ones[:count] if count <= MOST_ONES else np.ones(count, x.dtype)).dot(x)


MOST_ONES = 1024
_ONES = {np.dtype(kind): np.ones(MOST_ONES, kind) for kind in (np.float64, np.float32)}


def count_over(x: Any, axes: Shape) -> int:
    """The number of elements along some axes."""
    shape = shape_of(x)
    if len(axes) == 1:
        return shape[axes[0]]
    return math.prod(shape if len(axes) == len(shape) else [shape[k] for k in axes])


def centred(x: Any, axes: Shape) -> Any:
    """The elements of an array less their mean; exactly 0 where all are equal, whose rounded mean need not be one."""
    gaps = x - x[_first(x.ndim, axes)]
    gaps -= np.add.reduce(gaps, axis=axes, keepdims=True) / count_over(x, axes)
    return gaps


@lru_cache(maxsize=256)
def _first(ndim: int, axes: Shape) -> tuple[slice, ...]:
    """The index of the first elements along some axes, which stay with a length of 1."""
    return tuple([slice(0, 1) if k in axes else slice(None) for k in range(ndim)])


def spread_in_view(g: Any, shape: Shape, axes: Shape) -> Any:
    """The result of a reduction over axes of an array, in its shape again: a view, made quicker than by numpy."""
    g = np.asarray(g)
    if not g.flags.c_contiguous:  # which the buffer of an array has to be
        g = g.copy()
    if not g.ndim:
        strides: Sequence[int] = (0,) * len(shape)
    elif g.ndim == len(shape):
        strides = [0 if k in axes else step for k, step in enumerate(g.strides)]
    else:
        steps = iter(g.strides)
        strides = [0 if k in axes else next(steps) for k in range(len(shape))]
    return np.ndarray(shape, g.dtype, g, 0, strides)


TINY = float(np.finfo(np.float32).tiny)  # the smallest number of single precision that has a finite reciprocal


class ArrayNamespace(Namespace):
    """A namespace in which rules for whole arrays run, too: it finds the rows of both tables."""

    def row(self, name: str) -> Primitive | None:
        return TABLE.get(name) or ARRAY_TABLE.get(name)

    def nonzero(self, x: Any) -> Any:
        """``x``, and 1 where it has no finite reciprocal in its dtype, or is nan."""
        if getattr(x, "dtype", None) != np.float32:
            return super().nonzero(x)
        return self.where(self.less(self.absolute(x), TINY), 1.0, self.where(self.equal(x, x), x, 1.0))

    def sum_like(self, x: Any, model: Any) -> Any:
        """``x``, summed over the axes along which broadcasting repeated it, in the shape of the model."""
        shape = shape_of(model)
        return x if shape_of(x) == shape else self.sum_to(x, shape)

    def one_hot(self, x: Any, classes: Any) -> Any:
        """Rows as long as those of ``x``, of zeros and a 1 at the number of a class each."""
        return np.equal(np.asarray(classes)[..., None], np.arange(x.shape[-1])).astype(x.dtype)

    def centred_over(self, x: Any, axes: Shape) -> Any:
        """``x`` less its mean along the axes; see `centred`."""
        if self is arrays and type(x) is np.ndarray:
            return centred(x, axes)
        gaps = x - self.getitem(x, _first(len(x.shape), axes))
        return gaps - self.mean_over(gaps, axes, True)


def _others(x: Any, axes: Shape) -> Any:
    """For each element, the product of the others along the axes: of those before it and of those after it."""
    rows = np.moveaxis(x, axes, range(-len(axes), 0))
    shape = rows.shape
    rows = rows.reshape(*shape[: x.ndim - len(axes)], math.prod(shape[x.ndim - len(axes) :]))
    ones = np.ones_like(rows[..., :1])
    before = np.cumprod(np.concatenate([ones, rows[..., :-1]], -1), -1)
    after = np.cumprod(np.concatenate([ones, rows[..., :0:-1]], -1), -1)[..., ::-1]
    return np.moveaxis((before * after).reshape(shape), range(-len(axes), 0), axes)


def is_regular(x: Any) -> bool:
    """Return True if all matrices have an inverse, of four digits at least."""
    try:
        inverse = np.linalg.inv(x)
    except np.linalg.LinAlgError:
        return False
    sizes = (np.linalg.norm(each, axis=(-2, -1)) for each in (x, inverse))
    return bool(np.all(math.prod(sizes) < 1e-4 / np.finfo(x.dtype).eps))


def _cofactors(x: Any) -> Any:
    """The derivative of ``det(x)`` by each element, of singular matrices as well.

    With ``x = U S Vᵀ`` it is ``det(U) det(V) U C Vᵀ``, where C has, for each singular value, the product of the others.
    """
    if is_regular(x):
        return np.linalg.det(x)[..., None, None] * np.swapaxes(np.linalg.inv(x), -1, -2)
    finite = np.isfinite(x).all(axis=(-2, -1), keepdims=True)
    u, s, v = np.linalg.svd(np.where(finite, x, 0.0))
    signs = np.rint(np.linalg.det(u) * np.linalg.det(v))
    products = signs[..., None] * _others(s, (s.ndim - 1,))
    return np.where(finite, np.matmul(u * products[..., None, :], v), np.nan)


arrays = ArrayNamespace(**BY_NUMPY, others=_others, cofactors=_cofactors)
arrays.settle(TABLE)


def in_numpy(rule: Rule, *numbers: Any) -> Any:
    """Evaluate a rule of single numbers on arrays and numbers: by IEEE 754, also where it divides a number by 0."""
    try:
        return rule(arrays, *numbers)
    except ArithmeticError:  # among Python's numbers; numpy's have the precision of the arrays beside them
        kind = np.result_type(*(x for x in numbers if isinstance(x, np.ndarray))).type
        return rule(arrays, *(kind(x) if isinstance(x, (int, float)) else x for x in numbers))


def run(op: Primitive, numbers: Sequence[Any], function: Callable[..., Any], *args: Any) -> Any:
    """The result of a function of numpy, with an error of ours for operands that numpy refuses."""
    try:
        return function(*args)
    except REFUSED as error:
        raise refusal(op, numbers, error) from error.__cause__


REFUSED = (ValueError, IndexError, ArithmeticError, MemoryError)  # what numpy raises for operands that do not fit


def refusal(op: Primitive, numbers: Sequence[Any], error: Exception) -> Exception:
    """Return the error for operands that numpy refused: shapes that do not fit, or too many numbers. Ours stay."""
    if isinstance(error, AutogradError):
        return error
    shapes = " and ".join(f"shape {x.shape}" for x in numbers if isinstance(x, np.ndarray)) or "numbers"
    if isinstance(error, MemoryError) or "too big" in str(error) or "Maximum allowed" in str(error):
        return InputValueError(f"{op.name} of {shapes} would give more numbers than there is memory for")
    fits = op.fits if isinstance(op, ArrayPrimitive) else BROADCAST
    return InputValueError(f"{op.name} of {shapes}: {fits}")
