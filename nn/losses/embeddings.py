"""Losses of embeddings, which bring vectors of similar things together and move others apart.

    cosine_embedding    two vectors, by the angle between them
    triplet_margin      an anchor, a positive and a negative vector, by their distances

Vectors run along the last axis: a loss of shape (dimensions,) is of one pair, one of shape (…, dimensions) of several.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd import cosine_similarity, minimum, norm, relu, where
from autograd.core.numbers import number
from autograd.core.tape import data_of
from autograd.errors import InputTypeError, InputValueError, described, shortened

from .checks import is_traced, option, require_all
from .pairs import REDUCTIONS, as_array, as_lists, has_tensor, nested_shape, parts, reduced, scalar
from .scoping import in_scope

__all__ = ["cosine_embedding", "triplet_margin"]


def _over_vectors(
    loss: Callable[..., Any], what: str, vectors: list[Any], reduction: str, labels: list[Any], check: Any = None
) -> Any:
    """Return the loss of one tuple of vectors, and of labels, or those of all, reduced.

    ``loss(*vectors, *labels)`` takes lists of scalars and a scalar; or arrays of vectors along the last axis.
    """
    option(reduction, "reduction", REDUCTIONS)
    given = [as_lists(each) for each in (*vectors, *labels)]
    shape = nested_shape(given[0])
    _check_shapes(what, given, len(vectors), shape)
    levels = len(shape) - 1
    if any(map(has_tensor, given)):
        arrays = [as_array(each) for each in given]
        for each in arrays[len(vectors) :]:
            check([each])
        return reduced(loss(*arrays), shape[:-1], reduction)
    columns = [[[scalar(x) for x in row] for row in parts(each, levels)] for each in given[: len(vectors)]]
    for each in given[len(vectors) :]:
        column = [scalar(x) for x in parts(each, levels)]
        check(column)
        columns.append(column)
    found = [loss(*row) for row in zip(*columns, strict=True)]
    return reduced(found if levels else found[0], shape[:-1], reduction)


def _check_shapes(what: str, given: list[Any], vectors: int, shape: tuple[int, ...]) -> None:
    if not shape:
        raise InputTypeError(f"{what} takes vectors, each a sequence of numbers, not {described(given[0])}")
    for k, each in enumerate(given):
        other, wanted = nested_shape(each), shape if k < vectors else shape[:-1]
        if other != wanted:
            others = "the others" if k < vectors else "the targets"
            remedy = "give vectors of one length, and as many of each" if k < vectors else "give one for each pair"
            raise InputValueError(
                f"{what}: the first vectors have shape {shape} and {others} have shape {other}; {remedy}"
            )
    if 0 in shape:
        raise InputValueError("the loss of no vectors is not defined; give at least one, and numbers in it")


@in_scope
def cosine_embedding(first: Any, second: Any, target: Any, margin: float = 0.0, reduction: str = "mean") -> Any:
    """``1 - cos`` of the angle between two vectors of one kind, and ``max(0, cos - margin)`` for those of two kinds.

    ``d/dx = -(y/|y| - cos x/|x|) / |x|`` for one kind. A vector of length 0 has the cosine 0 with any other.

    Parameters
    ----------
    first, second : sequence of values, sequence of such sequences, or Tensor, of shape (…, dimensions)
        The vectors.
    target : number, or sequence or array of shape (…)
        1 for a pair of one kind, -1 for a pair of two kinds.
    margin : float
        The cosine up to which vectors of two kinds have no loss, between -1 and 1.
    reduction : str
        ``"mean"``, ``"sum"`` or ``"none"``.

    Raises
    ------
    InputTypeError, InputValueError
        If a target is neither -1 nor 1, in a compiled function at each call; or shapes do not fit.

    Examples
    --------
    >>> from autograd import Value
    >>> from nn import losses
    >>> x = [Value(3.0), Value(4.0)]; loss = losses.cosine_embedding(x, [1.0, 0.0], 1)
    >>> loss.backward()
    >>> loss.data, [each.grad for each in x]
    (0.4, [-0.128, 0.096])
    """
    if not -1 <= number(margin, "margin") <= 1:
        raise InputValueError(f"margin is a cosine, between -1 and 1, not {shortened(margin)}")

    def check(targets: list[Any]) -> None:
        require_all(
            targets,
            lambda t: abs(t) == 1,
            lambda given: (
                f"cosine_embedding takes targets 1 (of one kind) and -1 (of two kinds), not {given}; for "
                "targets 1 and 0 write 2 * t - 1"
            ),
        )

    def loss(x: Any, y: Any, t: Any) -> Any:
        cosine = cosine_similarity(x, y)
        same, different = 1 - cosine, relu(cosine - margin)
        return where((t if is_traced(t) else data_of(t)) > 0, same, different)

    return _over_vectors(loss, "cosine_embedding", [first, second], reduction, [target], check)


@in_scope
def triplet_margin(
    anchor: Any,
    positive: Any,
    negative: Any,
    margin: float = 1.0,
    p: float = 2.0,
    reduction: str = "mean",
    *,
    swap: bool = False,
    eps: float = 1e-6,
) -> Any:
    """``max(0, |a - b| - |a - c| + margin)`` for an anchor ``a``, a positive ``b`` and a negative ``c``.

    ``d/db = (b - a) / |a - b|`` while the loss is positive (Balntas et al. 2016). As in PyTorch, ``eps`` is added to
    each difference before its norm is taken, so that it has a derivative where two vectors are equal.

    Parameters
    ----------
    anchor, positive, negative : sequence of values, sequence of such sequences, or Tensor, of shape (…, dimensions)
        The vectors.
    margin : float
        The distance by which the negative must be farther from the anchor than the positive; more than 0.
    p : float
        The order of the norm: 1, 2 or infinity.
    reduction : str
        ``"mean"``, ``"sum"`` or ``"none"``.
    swap : bool
        True if ``|a - c|`` is replaced by ``|b - c|`` where that is smaller.
    eps : float
        The number that is added to the differences.

    Raises
    ------
    InputTypeError, InputValueError
        If shapes do not fit, or an option is not such a number.

    Examples
    --------
    >>> from autograd import Value
    >>> from nn import losses
    >>> b = Value(3.0); loss = losses.triplet_margin([0.0], [b], [2.5], eps=0.0)
    >>> loss.backward()
    >>> loss.data, b.grad
    (1.5, 1.0)
    """
    if not number(margin, "margin") > 0:
        raise InputValueError(f"margin is positive, unlike {shortened(margin)}")
    if number(p, "p") not in (1, 2, np.inf):
        raise InputValueError(f"p is 1, 2 or infinity, not {shortened(p)}")
    if not 0 <= number(eps, "eps") < np.inf:
        raise InputValueError(f"eps is finite and not negative, unlike {shortened(eps)}")
    if not isinstance(swap, bool):
        raise InputTypeError(f"swap takes True or False, not {described(swap)}")

    def distance(x: Any, y: Any) -> Any:
        if isinstance(x, list):
            return norm([each - other + eps for each, other in zip(x, y, strict=True)], p)
        return norm(x - y + eps, p, axis=-1)

    def loss(a: Any, b: Any, c: Any) -> Any:
        far = distance(a, c)
        if swap:
            far = minimum(far, distance(b, c))
        return relu(distance(a, b) - far + margin)

    return _over_vectors(loss, "triplet_margin", [anchor, positive, negative], reduction, [])
