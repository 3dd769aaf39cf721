"""Matrix products, dot products and cosines, forward and backward.

    Z = W @ X            rows of W: neurons; columns of X: samples
    dW += dZ @ Xᵀ        dZ, dW, dX: adjoints
    dX += Wᵀ @ dZ

In a batched program each column of X stands for as many columns as there are samples.
"""

from __future__ import annotations

import math
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from ...arrays.ops import COSINE_SIMILARITY_OVER
from ...arrays.table import arrays
from ..lowering.patterns import Pattern, common_axes, seen
from ..lowering.plans import Operand, Plan
from .cells import cells
from .memory import empty, mend

if TYPE_CHECKING:
    from .adjoints import Adjoints
    from .bound import Bound

__all__ = ["inner", "inner_back", "pairs", "pairs_back", "product", "product_back"]

Array = np.ndarray[Any, Any]

SMALL = 1 << 15  # numbers: up to here a product and a sum are faster than einsum


def _axes(operand: Operand, blocks: int, height: int, width: int) -> tuple[tuple[int, ...], bool]:
    """Return the axes along which a matrix is read, and True if they are its blocks, rows and columns."""
    wanted = [width, height * width]
    lengths = common_axes(blocks * height * width, [operand.pattern], wanted)
    plain = tuple(n for n in (blocks, height, width) if n > 1) == tuple(n for n in lengths if n > 1)
    return ((blocks, height, width), True) if plain else (lengths, False)


def matrix(bound: Bound, operand: Operand, blocks: int, height: int, width: int) -> Array:
    """Return an operand as a matrix for each block; samples are neighbouring columns."""
    lengths, _ = _axes(operand, blocks, height, width)
    array = bound.read(operand, lengths, False)
    if type(array) is float:
        return np.full((blocks, height, width) if blocks > 1 else (height, width), array)
    rest = array.shape[len(lengths) :]
    columns = width * (rest[0] if rest else 1)
    shape = (blocks, height, columns) if blocks > 1 else (height, columns)
    result = array.reshape(shape)
    if operand.constant is not None or np.may_share_memory(result, array):
        return result  # type: ignore[no-any-return]
    # The copy has room for the row of ones that goes with biases.
    whole = bound.kept[id(operand), "ones"] = empty((array.size + columns,))
    bound.emitter.preset(whole[array.size :].fill, 1.0)
    copy = whole[: array.size]
    bound.emitter.call(np.copyto, copy.reshape(array.shape), array)
    return copy.reshape(shape)


def product(bound: Bound, plan: Plan) -> None:
    """Emit the forward pass of matrix products."""
    left, right, out = _matrices(bound, plan)
    if plan.holes is None:
        bound.emitter.multiply(left, right, out)
    else:
        bound.emitter.multiply(left, right, out)
        bound.emitter.call(_mend_at_holes, out.reshape(-1), left, right, *_holes(bound, plan, left, right), out=out)
    bound.kept[id(plan)] = (left, right)


def _matrices(bound: Bound, plan: Plan) -> tuple[Array, Array, Array]:
    blocks, rows, columns = plan.shape
    left, right = plan.operands
    terms = len(left.rows) // (blocks * rows)
    a = matrix(bound, left, blocks, rows, terms)
    b = matrix(bound, right, blocks, terms, columns)
    out = bound.written(plan, (blocks, rows, columns))
    if plan.biases is not None:
        a, b = _with_biases(bound, plan, terms, b)
    return a, b, out.reshape((*b.shape[:-2], rows, b.shape[-1]))


def _with_biases(bound: Bound, plan: Plan, terms: int, b: Array) -> tuple[Array, Array]:
    """Return the weights, each row followed by its bias, and the inputs, followed by a row of ones."""
    _, rows, columns = plan.shape
    left, right = plan.operands
    a = seen(bound.values[left.buffer], _weights(left, rows, terms))
    if right.constant is not None:
        return a, np.concatenate([b, np.ones((1, b.shape[1]))])
    if (id(right), "ones") in bound.kept:
        return a, bound.kept[id(right), "ones"].reshape(terms + 1, -1)
    first = int(right.rows[0])
    return a, bound.values[right.buffer][first : first + (terms + 1) * columns].reshape(terms + 1, -1)


def _weights(left: Operand, rows: int, terms: int) -> Pattern:
    """Return the places of the weights and the bias of each row."""
    return Pattern(int(left.rows[0]), (rows, terms + 1), (terms + 1, 1))


def product_back(bound: Bound, plan: Plan, adjoints: Adjoints, g: Array, factor: float, masked: bool) -> None:
    """Emit the reverse pass of matrix products."""
    blocks, rows, columns = plan.shape
    a, b = bound.kept[id(plan)]
    emitter = bound.emitter
    shape = (*b.shape[:-2], rows, b.shape[-1])
    matrix_g = g.reshape(shape)
    terms = a.shape[-1] - (plan.biases is not None)
    if not (np.may_share_memory(matrix_g, g) and _is_plain(matrix_g)):
        scratch = emitter.scratch(shape)
        emitter.call(np.copyto, scratch.reshape(g.shape), g)
        matrix_g = scratch
    left, right = plan.operands
    left_holes, right_holes = (None, None) if plan.holes is None else _holes(bound, plan, a, b)
    if plan.squares:
        factor *= 2
    results = a.size * adjoints.wants(left) + b.size * (adjoints.wants(right) and not plan.squares)
    # A factor is multiplied in where there are fewer numbers. A sign costs nothing where a product is added to others.
    is_free = factor == 1 or (factor == -1 and not _are_first(plan, adjoints, terms))
    if not is_free and not emitter.exceeds(matrix_g.size, results):
        scaled = emitter.scratch(shape)
        emitter.call(np.multiply, matrix_g, factor, out=scaled)
        matrix_g, factor = scaled, 1.0
    if plan.biases is not None:
        _biased_back(bound, plan, adjoints, matrix_g, factor, masked)
    for operand, x, y, height, width, batched, multiply in (
        (
            left,
            matrix_g,
            b.swapaxes(-1, -2),
            rows,
            terms,
            False,
            partial(_masked_left, holes=_turned(right_holes)),
        ),
        (
            right,
            a[..., :terms].swapaxes(-1, -2),
            matrix_g,
            terms,
            columns,
            right.batched,
            partial(_masked_right, holes=_turned(left_holes)),
        ),
    ):
        if (
            not adjoints.wants(operand)
            or (operand is right and plan.squares)
            or (operand is left and plan.biases is not None)
        ):
            continue
        lengths, plain = _axes(operand, blocks, height, width)
        rest = bound.rest(batched)
        size = (*x.shape[:-1], y.shape[-1])
        into = adjoints.target(operand, lengths, batched) if plain else None
        out = None if into is None or factor != 1 else into.reshape(size)
        if out is not None and np.may_share_memory(out, into):
            _multiply(bound, masked and multiply, x, y, out)
            continue
        scratch = emitter.scratch(size)
        _multiply(bound, masked and multiply, x, y, scratch)
        if into is not None:
            emitter.call(np.multiply, scratch.reshape(into.shape), factor, out=into)
        else:
            adjoints.add(operand, lengths, scratch.reshape((*lengths, *rest)), batched, factor)


def _are_first(plan: Plan, adjoints: Adjoints, terms: int) -> bool:
    """True if each product that the reverse pass needs is the first contribution to its operand."""
    blocks, rows, columns = plan.shape
    sides = [(x, *size) for x, size in zip(plan.operands, ((rows, terms), (terms, columns)), strict=True)]
    wanted = [(x, _axes(x, blocks, *size)[0]) for x, *size in sides[: 1 if plan.squares else 2] if adjoints.wants(x)]
    return all(adjoints.is_fresh(x, lengths, x.batched) for x, lengths in wanted)


def _biased_back(bound: Bound, plan: Plan, adjoints: Adjoints, g: Array, factor: float, masked: bool) -> None:
    """Emit the gradients by weights and biases at once; those by the biases come from the row of ones."""
    a, b = bound.kept[id(plan)]
    left = plan.operands[0]
    rows, terms = len(a), a.shape[1] - 1
    each = _weights(left, rows, terms)
    if factor == 1 and adjoints.are_fresh(left.buffer, each):
        out = adjoints.first(left.buffer, each)
        _multiply(bound, masked and _masked_left, g, b.T, out)
        return
    scratch = bound.emitter.scratch(a.shape)
    _multiply(bound, masked and _masked_left, g, b.T, scratch)
    adjoints.add_at(left.buffer, each, scratch, factor)


def _multiply(bound: Bound, masked: Any, x: Array, y: Array, out: Array) -> None:
    if masked:
        bound.emitter.call(masked, x, y, out=out)
    else:
        bound.emitter.multiply(x, y, out)


def _is_plain(matrix: Array) -> bool:
    """True if BLAS can read a matrix without a copy: no axis of it is broadcast."""
    return all(step for step, length in zip(matrix.strides[-2:], matrix.shape[-2:], strict=True) if length > 1)


def _masked_left(g: Array, y: Array, out: Array, holes: Array | None = None) -> None:
    """Compute ``g @ y``, where 0 times infinity is 0 if the 0 is an upstream gradient, or a hole of y."""
    for row in range(g.shape[-2]):
        factor = g[..., row, :, None]
        terms = factor * y
        terms[np.broadcast_to(factor == 0 if holes is None else (factor == 0) | holes, terms.shape)] = 0.0
        np.add.reduce(terms, axis=-2, out=out[..., row, :])


def _masked_right(x: Array, g: Array, out: Array, holes: Array | None = None) -> None:
    """Compute ``x @ g``, where 0 times infinity is 0 if the 0 is an upstream gradient, or a hole of x."""
    _masked_left(g.swapaxes(-1, -2), x.swapaxes(-1, -2), out.swapaxes(-1, -2), _turned(holes))


# --- Holes ------------------------------------------------------------------------------------------------------------


def _holes(bound: Bound, plan: Plan, a: Array, b: Array) -> list[Array]:
    """Return the masks of the holes of both factors, in the shape of these."""
    found = []
    for mask, x in zip(plan.holes or (), (a, b), strict=True):
        holes = empty(x.shape, bool)
        bound.emitter.preset(np.copyto, holes.reshape(*mask.shape, x.shape[-1] // mask.shape[-1]), mask[..., None])
        found.append(holes)
    return found


def _turned(holes: Array | None) -> Array | None:
    return None if holes is None else holes.swapaxes(-1, -2)


def _mend_at_holes(cells: Array, x: Array, y: Array, x_holes: Array, y_holes: Array, out: Array) -> None:
    """Compute ``x @ y`` again, without the products at holes, if a cell is not finite; else these are 0."""
    if not math.isfinite(cells.dot(cells)):
        for row in range(x.shape[-2]):
            terms = x[..., row, :, None] * y
            terms[np.broadcast_to(x_holes[..., row, :, None] | y_holes, terms.shape)] = 0.0
            np.add.reduce(terms, axis=-2, out=out[..., row, :])


# --- Dot products one by one ------------------------------------------------------------------------------------------


def inner(bound: Bound, plan: Plan) -> None:
    """Emit the forward pass of dot products that are not a matrix product."""
    lengths, axes, left, right = _pair(bound, plan)
    outer = lengths[: len(lengths) - axes]
    _multiply_rows(bound, lengths, outer, left, right, bound.written(plan, outer))


def _multiply_rows(
    bound: Bound, lengths: tuple[int, ...], outer: tuple[int, ...], left: Array, right: Array, out: Array
) -> None:
    """Emit the sums of the products of two arrays along all axes but the outer ones."""
    two = bound.emitter.reuses and lengths[len(outer) :] == (2,)
    if (two or left.ndim == right.ndim) and not bound.emitter.exceeds(left.size, SMALL):
        if two:  # numpy is slow along an axis of two numbers
            product = bound.emitter.scratch(out.shape)
            for k, into in enumerate((out, product)):
                bound.emitter.call(np.multiply, *[_place(x, len(outer), k, out.ndim) for x in (left, right)], out=into)
            bound.emitter.call(np.add, out, product, out=out)
            return
        products = bound.emitter.scratch(left.shape)
        bound.emitter.call(np.multiply, left, right, out=products)
        bound.emitter.sum(products, tuple(range(len(outer), len(lengths))), out)
        return
    letters = "abcdefghijklmnopqrstuvwxy"[: len(lengths)]
    spelled = [letters + ("z" if len(x.shape) > len(lengths) else "") for x in (left, right)]
    subscripts = f"{spelled[0]},{spelled[1]}->{letters[: len(outer)]}{'z' if out.ndim > len(outer) else ''}"
    bound.emitter.call(np.einsum, subscripts, left, right, out=out)


def _place(x: Array, axis: int, k: int, ndim: int) -> Array:
    """Return the numbers at a place along an axis, with room for samples."""
    found: Array = np.moveaxis(x, axis, 0)[k]
    return found if found.ndim == ndim else found[..., None]


def _pair(bound: Bound, plan: Plan) -> tuple[tuple[int, ...], int, Array, Array]:
    """Return common axes of both operands, the number of axes that are summed over, and the operands."""
    left, right = plan.operands
    terms = len(left.rows) // plan.count
    lengths = common_axes(len(left.rows), [left.pattern, right.pattern], [terms])
    axes, size = 0, 1
    while size < terms:
        axes += 1
        size *= lengths[-axes]
    found = []
    for operand in plan.operands:
        x = bound.read(operand, lengths, False)
        found.append(np.full(lengths, x) if type(x) is float else x)
    return lengths, axes, found[0], found[1]


def inner_back(bound: Bound, plan: Plan, adjoints: Adjoints, g: Array | None, factor: float, masked: bool) -> None:
    """Emit the reverse pass of dot products that are not a matrix product."""
    lengths, axes, left, right = _pair(bound, plan)
    emitter, batched = bound.emitter, plan.batched
    outer = lengths[: len(lengths) - axes]
    upstream = emitter.of(1.0 if g is None else g.reshape((*outer, *(1,) * axes, *g.shape[1:])))
    whole = (*lengths, *bound.rest(batched))
    if plan.squares:
        factor *= 2
    scale = factor
    fresh = any(adjoints.wants(each) and adjoints.is_fresh(each, lengths, batched) for each in plan.operands)
    if factor != 1 and (factor != -1 or fresh):  # before the gradient is broadcast; a sign is free where it is added
        upstream, factor = upstream * factor, 1.0
    emitted: list[Any] = []
    for operand, other in ((plan.operands[0], right), (plan.operands[1], left))[: 1 if plan.squares else 2]:
        if adjoints.wants(operand):
            if batched and other.ndim == len(lengths):
                other = other[..., None]
            if g is None and adjoints.alias(operand, np.broadcast_to(other, whole), scale, batched):
                continue
            product = upstream * emitter.of(other)
            if masked:
                product = cells.where(cells.equal(upstream, 0.0), 0.0, product)
            into = adjoints.target(operand, lengths, batched) if factor != -1 else None
            emitted.append((operand, product, into))
    found = emitter.emit([(product, into) for _, product, into in emitted])
    for (operand, _, into), array in zip(emitted, found, strict=True):
        if into is None:
            adjoints.add(operand, lengths, np.broadcast_to(array, whole), batched, factor)


# --- Cosines of pairs of vectors --------------------------------------------------------------------------------------

MODERATE = 1e80  # the most of a sum of squares of lengths, if no square that counts is to overflow or underflow


def pairs(bound: Bound, plan: Plan) -> None:
    """Emit cosines, ``x·y / (|x| |y|)``; ``1 / (|x| |y|)`` and the squares of the lengths are kept."""
    lengths, axes, x, y = _pair(bound, plan)
    outer, call = lengths[: len(lengths) - axes], bound.emitter.call
    out, squares, sizes = bound.written(plan, outer), [], []
    for each, operand in zip((x, y), plan.operands, strict=True):
        square, size = (empty((*outer, *each.shape[len(lengths) :])) for _ in range(2))
        if operand.constant is None:
            _multiply_rows(bound, lengths, outer, each, each, square)
        else:
            bound.emitter.preset(np.copyto, square, (each * each).sum(tuple(range(len(outer), len(lengths)))))
        call(np.sqrt, square, out=size)
        squares.append(square[..., None] if square.ndim < out.ndim else square)
        sizes.append(size[..., None] if size.ndim < out.ndim else size)
    _multiply_rows(bound, lengths, outer, x, y, out)
    call(np.multiply, *sizes, out=(inverse := empty(out.shape)))
    call(np.divide, 1.0, inverse, out=inverse)
    call(np.multiply, out, inverse, out=out)
    checked = [each.reshape(-1) for each in (*sizes, inverse)]
    given = arrays, *_whole_pair(bound, plan), tuple(range(len(outer), len(lengths)))
    call(mend, MODERATE, len(checked), COSINE_SIMILARITY_OVER.value, *checked, *given, out=out)
    bound.kept[id(plan)] = (inverse, squares)


def _whole_pair(bound: Bound, plan: Plan) -> tuple[Array, Array]:
    """Return both operands of cosines in the same shape."""
    lengths, _, *pair = _pair(bound, plan)
    if plan.batched:
        pair = [each if each.ndim > len(lengths) else each[..., None] for each in pair]
    x, y = np.broadcast_arrays(*pair)
    return x, y


def _slopes_of_cosines(k: int, x: Array, y: Array, axes: tuple[int, ...], z: Array, out: Array) -> None:
    np.copyto(out, COSINE_SIMILARITY_OVER.pull(arrays, k, np.ones(z.shape), x, y, axes, z))


def pairs_back(bound: Bound, plan: Plan, adjoints: Adjoints, g: Array | None, factor: float, masked: bool) -> None:
    """Emit the reverse pass of cosines: ``g (y / (|x| |y|) - z x / |x|²)`` for x, and likewise for y."""
    lengths, axes, *_ = _pair(bound, plan)
    emitter, outer = bound.emitter, lengths[: len(lengths) - axes]
    z = bound.written(plan, outer)
    kept = (*outer, *(1,) * axes, *z.shape[len(outer) :])
    upstream = emitter.of(1.0 if g is None else g.reshape(kept)) * factor
    inverse, squares = bound.kept[id(plan)]
    pair = _whole_pair(bound, plan)
    emitted: list[Any] = []
    for k, operand in enumerate(plan.operands):
        if not adjoints.wants(operand):
            continue
        if masked:
            slopes = emitter.scratch(pair[k].shape)
            emitter.call(_slopes_of_cosines, k, *pair, tuple(range(len(outer), len(lengths))), z, out=slopes)
            product = cells.where(cells.equal(upstream, 0.0), 0.0, upstream * emitter.of(slopes))
        else:
            square = squares[k].reshape((*kept[: len(lengths)], *squares[k].shape[len(outer) :]))
            across = upstream * emitter.of(inverse.reshape(kept))
            along = upstream * emitter.of(z.reshape(kept)) / emitter.of(square)
            product = across * emitter.of(pair[1 - k]) - along * emitter.of(pair[k])
        emitted.append((operand, product, adjoints.target(operand, lengths, plan.batched)))
    found = emitter.emit([(product, into) for _, product, into in emitted])
    for (operand, _, into), array in zip(emitted, found, strict=True):
        if into is None:
            adjoints.add(operand, lengths, np.broadcast_to(array, pair[0].shape), plan.batched)
