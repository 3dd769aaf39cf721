"""The chain rule where arrays take part: the loop of `sweep`, for records of tensors and of values.

An elementwise operation multiplies the gradient with the local derivative, element by element, and sums it over what
broadcasting spread; any other pulls it back by the rule of its row. Sums of several contributions are made out of
place: the arrays of a pass may be shared.

As in `core.sweep`, a gradient of 0 propagates nothing; here this holds for each element. It matters only where a
derivative is infinite or nan, so a first pass does without it; if that leaves a nan in a leaf, a second pass masks
those elements.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from math import isfinite
from operator import attrgetter, is_
from typing import Any
from weakref import ref

import numpy as np

from ..core.namespaces import EDGES, at_edge, floats
from ..core.ops import ADD, DIV, MUL, POW, RELU, SUB, TANH, WHERE
from ..core.stores import adjoint, storing
from ..core.table import TABLE, Primitive
from ..core.tape import Node
from .errstate import quietly
from .layers import AFFINE, CONV, CONV_FILTER, CONV_INPUT, CROSS_ENTROPY_OVER, cross_entropy_slope, in_rows
from .methods import Shaped
from .ops import (
    EINSUM,
    ENTRY,
    GETITEM,
    LOG_SOFTMAX_OVER,
    MATMUL,
    MAX_OVER,
    MEAN_OVER,
    MIN_OVER,
    RESHAPE,
    SOFTMAX_OVER,
    SUM_OVER,
    TRANSPOSE,
    extreme_slope,
    product,
    scattered,
    spread,
)
from .table import ArrayPrimitive, arrays, count_over, in_numpy, rows_added, shape_of, spread_in_view

__all__ = [
    "QUICK",
    "add_up_arrays",
    "are_finite",
    "array_slopes",
    "contributions",
    "may_have_nan",
    "nothing_from_idle",
    "one_may_have_nan",
    "propagate_arrays",
]


def propagate_arrays(computed: Sequence[Node], leaves: Sequence[Node]) -> None:
    """The reverse loop where arrays take part; a `core.tape.Loop`."""
    nodes = [*computed, *leaves]
    if QUICK.keys() >= {*map(_operation, computed)}:
        quietly(_passes, computed, leaves, nodes)
    else:  # rules that are not ours alone, such as those of a `primitive`, run in the context of their caller
        with np.errstate(all="ignore"):
            _passes(computed, leaves, nodes)
    if {*map(type, map(adjoint, nodes))} == _ARRAYS:
        return
    for node in nodes:
        found = node._adjoint
        if type(found) is not np.ndarray and isinstance(node, Shaped):  # nothing, or a number without axes
            data = node._data
            node._adjoint = np.full_like(data, found) if data.shape else np.array(found, data.dtype)


def _passes(computed: Sequence[Node], leaves: Sequence[Node], nodes: Sequence[Node]) -> None:
    seeds = [*map(adjoint, nodes)]
    _pass(computed, masked=False)
    if one_may_have_nan([*map(adjoint, leaves)]):
        for z, seed in zip(nodes, seeds, strict=True):
            z._adjoint = seed
        _pass(computed, masked=True)


def add_up_arrays(leaves: Sequence[Node], _: Sequence[Node]) -> Sequence[Iterable[Any]]:
    """The stores of the gradients of tensors; a `core.tape.Totals`."""
    for leaf in leaves:
        if leaf._grad is not None:
            leaf._adjoint = np.asarray(quietly(np.add, leaf._adjoint, leaf._grad))
    return (storing("_grad", leaves, map(adjoint, leaves)),)


def may_have_nan(adjoint: Any) -> bool:
    """Return True if an array may hold a nan: the sum of its squares is nan if a number is."""
    total = adjoint if type(adjoint) is float else np.vdot(adjoint, adjoint)
    return bool(total != total)


def one_may_have_nan(adjoints: Sequence[Any]) -> bool:
    """Return True if `may_have_nan` is true of an adjoint; of arrays alone in calls of C code."""
    if {*map(type, adjoints)} != _ARRAYS:
        return any(map(may_have_nan, adjoints))
    total = _squares(adjoints)
    if isfinite(total):
        _finite[:] = map(ref, adjoints)
        return False
    _finite.clear()
    return bool(total != total)


def are_finite(arrays: Sequence[Any]) -> bool:
    """Return True if all numbers of arrays are certainly finite, as is known of the gradients of the latest pass."""
    known = [found() for found in _finite]
    if len(known) == len(arrays) and all(map(is_, known, arrays)):
        return True
    return isfinite(quietly(_squares, arrays))


def _squares(arrays: Sequence[Any]) -> Any:
    """The sum of all squares: nan if a number is, since there is no infinity below 0 among them."""
    rows = [*map(np.ndarray.ravel, arrays)]
    return sum(map(np.ndarray.dot, rows, rows))


_finite: list[ref[Any]] = []  # the gradients of the leaves in the latest pass, if all were found to be finite
_operation, _ARRAYS = attrgetter("_op"), {np.ndarray}


def _pass(computed: Sequence[Node], masked: bool) -> None:
    array = np.ndarray
    own: dict[int, Any] = {}  # arrays made here for single entries, which are summed in place
    for z in computed:
        g = z._adjoint
        if (type(g) is float and not g) or (masked and not np.any(g)):
            continue
        if own:
            own.pop(id(g), None)  # from here on it may be shared
        op = z._op
        if op is ENTRY:
            _add_entry(z, g, own)
            continue
        rules = None if masked else QUICK.get(op)
        if rules is None or not isinstance(z, Shaped):
            for argument, contribution in zip(z.arguments(), contributions(z, g, masked), strict=True):
                if argument is not None and contribution is not None:
                    before = argument._adjoint
                    argument._adjoint = contribution if type(before) is float and not before else before + contribution
            continue
        a, b, data = z._a, z._b, z._data
        if a is None and b is None:  # as `Node.arguments` and `Node.numbers`, without their calls
            arguments, numbers = z._x, z._y
        elif op.arity == 1:  # type: ignore[union-attr]
            arguments, numbers = (a,), (z._x,)
        else:
            arguments, numbers = (a, b), (z._x, z._y)
        for argument, number, rule in zip(arguments, numbers, rules):  # noqa: B905 - a rule for each argument
            if argument is not None:
                term = rule(g, *numbers, data)
                if (
                    type(term) is not array
                    or type(number) is not array
                    or term.shape != number.shape
                    or term.dtype is not number.dtype
                ):
                    term = _like(term, number)
                before = argument._adjoint
                argument._adjoint = term if type(before) is float and not before else before + term


def _add_entry(z: Node, g: float, own: dict[int, Any]) -> None:
    argument, index = z._a, z._y
    assert argument is not None
    total = argument._adjoint
    if id(total) not in own:
        total = np.full(shape_of(argument), total, dtype=argument._data.dtype)
        own[id(total)] = total
        argument._adjoint = total
    total[index] += g


def contributions(z: Node, g: Any, masked: bool) -> list[Any]:
    """The term for each argument of a record, in its shape; ``None`` for a constant, or where there is no term."""
    op, arguments, numbers = z._op, z.arguments(), z.numbers()
    assert op is not None
    if isinstance(op, ArrayPrimitive):
        if op.together is not None:
            return op.together(z, g, masked)  # type: ignore[no-any-return]
        pull = op.pull
        if masked and op.weights:
            pull = partial(_masked_pull, op)
        elif masked:
            pull = partial(nothing_from_idle, op, op.pull)
        return [
            None if argument is None else _like(pull(arrays, k, g, *numbers, z._data), number)
            for k, (argument, number) in enumerate(zip(arguments, numbers, strict=True))
        ]
    found: list[Any] = []
    for argument, number, slope in zip(arguments, numbers, array_slopes(z), strict=True):
        if argument is None:
            found.append(None)
            continue
        product = _masked(op, g, slope) if masked else g if type(slope) is int and slope == 1 else g * slope
        found.append(_like(product, number))
    return found


def _masked(op: Primitive, g: Any, slope: Any) -> Any:
    """``g * slope``, and 0 where no gradient is passed on."""
    idle = np.equal(g, 0) | (np.equal(slope, 0) if op.selects else False)
    return np.where(idle, 0.0, g * slope)


def _masked_pull(op: ArrayPrimitive, m: Any, _: int, g: Any, x: Any, axes: Any, __: bool, *more_z: Any) -> Any:
    return _masked(op, spread(m, g, x, axes), op.weights(m, x, axes, *more_z))  # type: ignore[misc]


def nothing_from_idle(op: ArrayPrimitive, rule: Callable[..., Any], m: Any, k: int, g: Any, *operands: Any) -> Any:
    """A rule of an operation on arrays, where what has no gradient or tangent adds nothing, even times a nan."""
    if op in BILINEAR:
        return _product_without_idle(rule, m, k, g, *operands)
    found, axes = rule(m, k, g, *operands), op.slices(*operands[:-1]) if op.slices else None
    if axes is None:
        return found
    busy, whole = np.not_equal(g, 0), operands[k].ndim
    busy = busy.any(axis=axes, keepdims=True) if busy.ndim == whole else np.expand_dims(busy, axes)
    return np.where(busy if found.ndim == whole else busy.squeeze(axes), found, np.zeros_like(found))


# The products, which are linear in each of two arrays. A third argument, if there is one, is added.
BILINEAR = {MATMUL, AFFINE, EINSUM, CONV, CONV_INPUT, CONV_FILTER}


def _product_without_idle(rule: Callable[..., Any], m: Any, k: int, g: Any, *operands: Any) -> Any:
    """A rule of a product, where an element of ``g`` that is 0 adds nothing, even times an infinity or a nan.

    The finite numbers are multiplied as they are. What is not finite decides by its sign alone, so a product of signs
    tells how often the sum of which infinities it is.
    """
    factors = [j for j, x in enumerate(operands[:-1]) if isinstance(x, np.ndarray)][:2]
    if k not in factors:
        return rule(m, k, g, *operands)
    factor = factors[k == factors[0]]

    def product(g: Any, other: Any) -> Any:
        return rule(m, k, g, *operands[:factor], other, *operands[factor + 1 :])

    x = operands[factor]
    if np.isfinite(x).all() or not np.isfinite(g).all():
        return product(g, x)
    signs = [np.where(found, 1, 0).astype(x.dtype) for found in (g > 0, g < 0, x == np.inf, x == -np.inf, np.isnan(x))]
    up, down, high, low, unknown = signs
    rising = product(up, high) + product(down, low) > 0
    falling = product(up, low) + product(down, high) > 0
    found = product(g, np.where(np.isfinite(x), x, 0).astype(x.dtype))
    found = found + np.where(rising, np.inf, 0).astype(x.dtype) - np.where(falling, np.inf, 0).astype(x.dtype)
    return np.where(product(up + down, unknown) > 0, np.nan, found)


def array_slopes(z: Node) -> Sequence[Any]:
    """The local derivatives, element by element; those by constants may be left out."""
    op, numbers = z._op, z.numbers()
    assert op is not None
    if op is POW and z._b is None:  # spare the logarithm
        x, y = numbers
        if type(y) is int or type(y) is float:
            return (y * arrays.power(x, y - 1) if y else np.zeros_like(x), 0)
        slope = y * arrays.power(x, y - 1)
        return (np.where(np.equal(y, 0), 0.0, slope) if np.any(np.equal(y, 0)) else slope, 0)
    if op not in (ADD, SUB, MUL) and not any(map(shape_of, numbers)):
        return _single_slopes(op.derivatives, numbers, z._data)
    elementwise: Sequence[Any] = in_numpy(op.derivatives, *numbers, z._data)
    return elementwise


def _single_slopes(rule: Callable[..., Any], numbers: Sequence[Any], data: Any) -> Sequence[Any]:
    """The local derivatives of single numbers in arrays without axes: those that floats have."""
    try:
        slopes: Sequence[Any] = rule(floats, *map(float, numbers), float(data))
    except EDGES:
        slopes = at_edge(rule, *numbers, data)
    return slopes


def _of_one(op: Primitive) -> Callable[..., Any]:
    """The rule of an operation on single numbers with one argument, by its row."""

    def rule(g: Any, x: Any, z: Any) -> Any:
        slopes = op.derivatives(arrays, x, z) if z.shape else _single_slopes(op.derivatives, (x,), z)
        return g if type(slopes[0]) is int and slopes[0] == 1 else g * slopes[0]

    return rule


def _reciprocal(y: Any, z: Any) -> Any:
    return 1 / (y if type(y) is np.ndarray or y else z.dtype.type(y))


def _tanh_pull(g: Any, _: Any, z: Any) -> Any:
    """``g (1 - z²)``; in one new array, where there are axes."""
    slope = z * z
    if type(slope) is not np.ndarray or g.shape != z.shape or g.dtype is not z.dtype:
        return g * (1 - slope)
    np.subtract(1, slope, slope)
    return np.multiply(g, slope, slope)


# The operations that networks consist of have their rules written out, one for each argument: only the gradients that
# are asked for are computed, so a product with a constant is half the work. A test holds each equal to its row.
QUICK: dict[Primitive | None, tuple[Callable[..., Any], ...]] = {
    ADD: (lambda g, x, y, z: g, lambda g, x, y, z: g),
    SUB: (lambda g, x, y, z: g, lambda g, x, y, z: -g),
    MUL: (lambda g, x, y, z: g * y, lambda g, x, y, z: g * x),
    DIV: (
        lambda g, x, y, z: g * (_reciprocal(y, z) if z.shape else _single_slopes(DIV.derivatives, (x, y), z)[0]),
        lambda g, x, y, z: g * (-z / y if z.shape else _single_slopes(DIV.derivatives, (x, y), z)[1]),
    ),
    WHERE: (
        lambda g, c, x, y, z: g * 0,
        lambda g, c, x, y, z: np.where(c, g, 0.0),
        lambda g, c, x, y, z: np.where(c, 0.0, g),
    ),
    RELU: (lambda g, x, z: g * (x > 0),),
    TANH: (_tanh_pull,),
    MATMUL: (
        lambda g, x, y, z: product(g, y.swapaxes(-1, -2)),
        lambda g, x, y, z: product(x.swapaxes(-1, -2), g),
    ),
    AFFINE: (
        lambda g, x, w, b, z: g.dot(w) if g.ndim == 2 else in_rows(g).dot(w).reshape(x.shape),
        lambda g, x, w, b, z: g.T.dot(x) if g.ndim == 2 else in_rows(g).T.dot(in_rows(x)),
        lambda g, x, w, b, z: rows_added(g) if g.ndim == 2 else g,
    ),
    SUM_OVER: (lambda g, x, axes, keepdims, z: spread_in_view(g, x.shape, axes),),
    MEAN_OVER: (lambda g, x, axes, keepdims, z: spread_in_view(g / count_over(x, axes), x.shape, axes),),
    MAX_OVER: (extreme_slope,),
    MIN_OVER: (extreme_slope,),
    SOFTMAX_OVER: (lambda g, x, axes, z: z * (g - np.add.reduce(g * z, axis=axes, keepdims=True)),),
    LOG_SOFTMAX_OVER: (lambda g, x, axes, z: g - np.exp(z) * np.add.reduce(g, axis=axes, keepdims=True),),
    CROSS_ENTROPY_OVER: (cross_entropy_slope,),
    GETITEM: (lambda g, x, index, z: scattered(g, index, x.shape),),
    RESHAPE: (lambda g, x, shape, z: g.reshape(x.shape),),
    # A swap of two axes is its own inverse.
    TRANSPOSE: (lambda g, x, axes, z: g.transpose(axes if len(axes) == 2 else np.argsort(axes)),),
}


QUICK.update({op: (_of_one(op),) for op in TABLE.values() if op.arity == 1 and op not in QUICK})


def _like(x: Any, number: Any) -> Any:
    """A contribution in the shape and dtype of what it is for: an array for an array, a float for a number."""
    shape = shape_of(number)
    if shape_of(x) != shape:
        if shape and shape_of(x)[1:] == shape and x.dtype is number.dtype:  # of a bias, added to each row
            return rows_added(x)
        x = arrays.sum_to(x, shape)
    return np.asarray(x, dtype=number.dtype) if isinstance(number, np.ndarray) else float(x)
