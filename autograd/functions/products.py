"""Products of arrays, and sums of products; they map tensors to a tensor, and arrays to an array.

The examples assume ``from autograd import *``.
"""

from __future__ import annotations

import operator
import string
from functools import lru_cache
from typing import Any

import numpy as np

from ..arrays import ops as array_ops
from ..arrays.methods import axis_of
from ..arrays.ops import COSINE_SIMILARITY_OVER
from ..arrays.tensor import Tensor, apply, evaluate
from ..core import ops, several
from ..core.namespaces import EDGES
from ..core.numbers import is_whole
from ..core.several import TABLE
from ..core.tape import record
from ..core.value import Value, compute, operand
from ..errors import InputTypeError, InputValueError, described, shortened
from . import sequences
from .arraylike import array_like, is_array_like, of_factors, on_array, plain, shaped
from .picking import diag
from .rearranging import broadcast_to, reshape

__all__ = ["cosine_similarity", "dot", "einsum", "matmul", "outer", "tensordot", "trace"]

# --- Products ---------------------------------------------------------------------------------------------------------


@of_factors
def matmul(x: Any, y: Any) -> Any:
    """The matrix product ``x @ y``; of several matrices, laid out along the axes before the last two.

    ``∂L/∂x = ∂L/∂z yᵀ``, ``∂L/∂y = xᵀ ∂L/∂z``

    Examples
    --------
    >>> w = Tensor([[1.0, 2.0], [3.0, 4.0]]); matmul(w, [1.0, -1.0]).sum().backward()
    >>> w.grad
    array([[ 1., -1.],
           [ 1., -1.]])
    """
    x, y = array_like(x, "matmul"), array_like(y, "matmul")
    return plain(shaped(y if isinstance(y, Tensor) else x, "matmul")._product(x, y))


@of_factors
def outer(x: Any, y: Any) -> Any:
    """``z[i, j] = x[i] y[j]``, of the numbers of ``x`` and of ``y`` in one row each.

    ``∂L/∂x = ∂L/∂z y``, ``∂L/∂y = (∂L/∂z)ᵀ x``

    Examples
    --------
    >>> x, y = Tensor([1.0, 2.0]), Tensor([3.0, 4.0, 5.0]); outer(x, y).sum().backward()
    >>> x.grad, y.grad
    (array([12., 12.]), array([3., 3., 3.]))
    """
    return evaluate(ops.MUL, reshape(x, (-1, 1)), reshape(y, (1, -1)))


def einsum(subscripts: str, *operands: Any) -> Any:
    """A sum of products, by the letters of the axes: ``"ij,jk->ik"`` is the product of matrices.

    Letters to the right of the arrow are kept, the others are summed over. Without an arrow, letters that stand once
    are kept, in the order of the alphabet. A letter twice in one operand takes the diagonal: ``"ii->"`` is the trace.

    Parameters
    ----------
    subscripts : str
        A letter for each axis, operands apart by a comma.
    *operands : Tensor or array_like
        One or two.

    Examples
    --------
    >>> x, y = Tensor([1.0, 2.0]), Tensor([3.0, 4.0])
    >>> z = einsum("i,i->", x, y); z.backward()
    >>> z.item(), x.grad, y.grad
    (11.0, array([3., 4.]), array([1., 2.]))
    """
    if not isinstance(subscripts, str):
        raise InputTypeError(f"einsum takes its subscripts first, as text: 'ij,jk->ik', not {described(subscripts)}")
    letters, out, shared = _read(str(subscripts), len(operands))
    if shared and type(operands[0]) is type(operands[-1]) is Tensor and len(operands) == 2:
        _check_lengths(subscripts, letters, (operands[0].shape, operands[1].shape))
        return apply(array_ops.EINSUM, shared, *operands)
    given = [*letters]
    found = [shaped(x, "einsum") for x in operands]
    _check_lengths(subscripts, letters, tuple([x._data.shape for x in found]))
    if not shared:
        for k, x in enumerate(found):
            others = {*out, *"".join(given[:k] + given[k + 1 :])}
            found[k], given[k] = _without_own(*_diagonal(x, given[k]), others)
    if len(found) == 2:
        return plain(evaluate(array_ops.EINSUM, shared or f"{','.join(given)}->{out}", *map(plain, found)))
    return plain(found[0].transpose([given[0].index(letter) for letter in out]) if out else found[0])


@lru_cache(maxsize=256)
def _read(subscripts: str, count: int) -> tuple[tuple[str, ...], str, str]:
    """The letters of each operand, and of the result; all as one text, if none is an operand's own or twice in it."""
    if "." in subscripts:
        raise InputValueError(f"einsum has no ellipsis: name each axis by a letter, instead of {shortened(subscripts)}")
    inputs, arrow, out = subscripts.replace(" ", "").partition("->")
    given = inputs.split(",")
    letters = "".join(given)
    if not arrow:
        out = "".join(sorted(letter for letter in set(letters) if letters.count(letter) == 1))
    if not all(letter.isascii() and letter.isalpha() for letter in letters + out):
        raise InputValueError(f"einsum takes letters, commas and one arrow, not {shortened(subscripts)}")
    if not 1 <= count <= 2 or len(given) != count:
        raise InputValueError(f"einsum takes one or two operands, as many as {shortened(subscripts)} has, not {count}")
    if len(set(out)) < len(out) or not set(out) <= set(letters):
        raise InputValueError(f"the result of einsum has letters of the operands, each once, not {shortened(out)}")
    shared = all(letters.count(letter) + out.count(letter) > 1 for letter in letters)
    shared = shared and all(len({*each}) == len(each) for each in given)
    return tuple(given), out, f"{','.join(given)}->{out}" if shared else ""


@lru_cache(maxsize=256)
def _check_lengths(subscripts: str, given: tuple[str, ...], shapes: tuple[tuple[int, ...], ...]) -> None:
    lengths: dict[str, int] = {}
    for letters, shape in zip(given, shapes, strict=True):
        if len(letters) != len(shape):
            raise InputValueError(
                f"einsum {shortened(subscripts)} has {len(letters)} letters for an array of shape {shape}"
            )
        for letter, length in zip(letters, shape, strict=True):
            if lengths.setdefault(letter, length) != length:
                raise InputValueError(
                    f"einsum {shortened(subscripts)} has {letter!r} for axes of length {lengths[letter]} and {length}; "
                    "they have to be equal"
                )


def _diagonal(x: Any, letters: str) -> tuple[Any, str]:
    """Take the diagonal along repeated letters, so that each letter stands once."""
    if len({*letters}) == len(letters):
        return x, letters
    for letter in sorted(set(letters)):
        if letters.count(letter) > 1:
            along = np.arange(x._data.shape[letters.index(letter)])
            index = tuple(along if each == letter else slice(None) for each in letters)
            rest = letters.replace(letter, "")
            adjacent = letter * letters.count(letter) in letters
            letters = letters.replace(letter * letters.count(letter), letter) if adjacent else letter + rest
            x = x[index]
    return x, letters


def _without_own(x: Any, letters: str, others: set[str]) -> tuple[Any, str]:
    """Sum over the letters that stand nowhere else."""
    if others.issuperset(letters):
        return x, letters
    own = tuple(k for k, letter in enumerate(letters) if letter not in others)
    return x.sum(axis=own), "".join(letter for letter in letters if letter in others)


@of_factors
def tensordot(x: Any, y: Any, axes: Any = 2) -> Any:
    """Sums of products over several axes of two arrays; the others stay, those of ``x`` first.

    Parameters
    ----------
    x, y : Tensor or array_like
        The arrays.
    axes : int, or (axes of x, axes of y)
        The axes that are summed over: the last ones of ``x`` and the first ones of ``y``, or pairs of equal length.

    Examples
    --------
    >>> x, y = Tensor([[1.0, 2.0], [3.0, 4.0]]), Tensor([[5.0, 6.0], [7.0, 8.0]])
    >>> z = tensordot(x, y, axes=([0, 1], [1, 0])); z.backward()  # the sum of x[i, j] y[j, i]
    >>> z.item(), x.grad
    (69.0, array([[5., 7.],
           [6., 8.]]))
    """
    x, y = array_like(x, "tensordot"), array_like(y, "tensordot")
    first, second = _pairs(axes, x.ndim, y.ndim)
    if [x.shape[k] for k in first] != [y.shape[k] for k in second]:
        raise InputValueError(
            f"tensordot of shape {x.shape} and shape {y.shape} over the axes {first} and {second}: pairs of axes have "
            "to be of one length"
        )
    letters = iter(string.ascii_letters)
    of_x = [next(letters) for _ in range(x.ndim)]
    of_y = [next(letters) if k not in second else of_x[first[second.index(k)]] for k in range(y.ndim)]
    rest = [letter for letter in of_x + of_y if (letter in of_x) != (letter in of_y)]
    return einsum(f"{''.join(of_x)},{''.join(of_y)}->{''.join(rest)}", x, y)


def _pairs(axes: Any, ndim_x: int, ndim_y: int) -> tuple[list[int], list[int]]:
    """The axes of each array over which to sum up, counted from 0."""
    if is_whole(axes):
        count = operator.index(axes)
        if not 0 <= count <= min(ndim_x, ndim_y):
            raise InputValueError(f"tensordot sums over 0 to {min(ndim_x, ndim_y)} axes here, not {shortened(axes)}")
        return list(range(ndim_x - count, ndim_x)), list(range(count))
    if not isinstance(axes, (list, tuple)) or len(axes) != 2:
        raise InputTypeError(
            f"tensordot takes a number of axes, or a pair (axes of x, axes of y), not {described(axes)}"
        )
    first, second = (
        [axis_of(axis, ndim) for axis in (given if isinstance(given, (list, tuple)) else [given])]
        for given, ndim in zip(axes, (ndim_x, ndim_y), strict=True)
    )
    if len(first) != len(second) or len({*first}) < len(first) or len({*second}) < len(second):
        raise InputValueError(f"tensordot takes as many axes of x as of y, each once, not {shortened(axes)}")
    return first, second


@on_array
def trace(x: Any, offset: int = 0) -> Any:
    """The sum of the diagonal of a matrix.

    ``∂ trace(x)/∂x`` is the unit matrix.

    Examples
    --------
    >>> x = Tensor([[1.0, 2.0], [3.0, 4.0]]); y = trace(x); y.backward()
    >>> y.item(), x.grad
    (5.0, array([[1., 0.],
           [0., 1.]]))
    """
    x = array_like(x, "trace")
    if x.ndim != 2:
        raise InputValueError(f"trace takes a matrix, not shape {x.shape}")
    return plain(diag(x, offset).sum())


@of_factors
def dot(ws: Any, xs: Any, bias: Any = 0) -> Any:
    """``bias + w1 x1 + w2 x2 + …``, from left to right: a neuron's pre-activation, as one record.

    ``d/dw_i = x_i``, ``d/dx_i = w_i``, ``d/dbias = 1``

    Of tensors and arrays it is the product of vectors and matrices, as in numpy.

    Raises
    ------
    InputValueError
        If there are not as many weights as inputs.

    Examples
    --------
    >>> w, x = [Value(2.0), Value(3.0)], [5.0, 7.0]
    >>> z = dot(w, x, bias=1.0); z.backward()
    >>> z.data, [each.grad for each in w]
    (32.0, [5.0, 7.0])
    """
    if not (type(ws) in _SEQUENCES and type(xs) in _SEQUENCES) and (_is_matrix(ws) or _is_matrix(xs)):
        return _inner_product(ws, xs, bias)
    w_nodes, w_numbers = sequences.split(ws, "dot")
    x_nodes, x_numbers = sequences.split(xs, "dot")
    if len(w_nodes) != len(x_nodes):
        raise InputValueError(f"dot needs as many weights as inputs, not {len(w_nodes)} and {len(x_nodes)}")
    b_node, b = (bias, bias._data) if type(bias) is Value else operand(bias, "the bias of dot")
    try:
        data = b
        for w, x in zip(w_numbers, x_numbers, strict=True):
            data += w * x
        data -= 0.0  # makes a float of an integer, and leaves -0.0 as it is
    except EDGES:  # a product of integers beyond all floats
        data = compute(several.DOT, *w_numbers, *x_numbers, b)
    nodes = (*w_nodes, *x_nodes, b_node)
    if b_node is None and not any(node is not None for node in nodes):
        return data
    return record(Value, several.DOT, nodes, (*w_numbers, *x_numbers, b), data)


_SEQUENCES = {list, tuple}  # asked first, since a neuron's weights and inputs are


def _is_matrix(x: Any) -> bool:
    return isinstance(x, Tensor) or (is_array_like(x) and np.ndim(x) > 1)


def _inner_product(x: Any, y: Any, bias: Any) -> Any:
    """The product of vectors and matrices; ``bias`` is added to it."""
    x, y = array_like(x, "dot"), array_like(y, "dot")
    if x.ndim > 2 or y.ndim > 2:
        raise InputValueError("dot takes vectors and matrices; for several of them write x @ y, or einsum")
    product = matmul(x, y)
    return product if type(bias) is int and bias == 0 else evaluate(ops.ADD, product, bias)


@of_factors
def cosine_similarity(x: Any, y: Any, axis: int = -1) -> Any:
    """The cosine of the angle between two vectors: ``x·y / (|x| |y|)``, and 0 where one has the length 0.

    ``d/dx_i = (y_i/|y| - cos x_i/|x|) / |x|``, and 0 where ``x`` has the length 0; likewise in ``y``

    Parameters
    ----------
    x, y : sequence of Value or float; or Tensor or array_like
        Two sequences of one length; or arrays of vectors, which broadcast.
    axis : int
        The axis of arrays along which the vectors run.

    Raises
    ------
    InputValueError
        If the vectors are not of one length, or have none.

    Examples
    --------
    >>> x = [Value(3.0), Value(4.0)]; c = cosine_similarity(x, [1.0, 0.0]); c.backward()
    >>> c.data, [each.grad for each in x]
    (0.6, [0.128, -0.096])
    """
    if is_array_like(x) or is_array_like(y):
        return _between_arrays(array_like(x, "cosine_similarity"), array_like(y, "cosine_similarity"), axis)
    nodes, numbers = sequences.several(x, "cosine_similarity")
    other_nodes, other_numbers = sequences.several(y, "cosine_similarity")
    if len(nodes) != len(other_nodes):
        raise InputValueError(f"cosine_similarity takes vectors of one length, not {len(nodes)} and {len(other_nodes)}")
    return sequences.result(TABLE["cosine_similarity"], (*nodes, *other_nodes), [*numbers, *other_numbers])


def _between_arrays(x: Any, y: Any, axis: int) -> Any:
    try:
        shape = x.shape if x.shape == y.shape else np.broadcast_shapes(x.shape, y.shape)
    except ValueError:
        raise InputValueError(f"cosine_similarity takes shapes that broadcast, not {x.shape} and {y.shape}") from None
    axes = (axis_of(axis, len(shape)),)
    if not all(shape[k] for k in axes):
        raise InputValueError(f"cosine_similarity of vectors without numbers (shape {shape}) is not defined")
    both = (each if each.shape == shape else broadcast_to(each, shape) for each in (x, y))
    return plain(evaluate(COSINE_SIMILARITY_OVER, *both, axes))
