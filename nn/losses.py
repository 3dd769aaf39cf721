"""Loss functions: the distance between predictions and targets, which training makes small.

Each function takes one prediction and its target; or nested sequences, object arrays or tensors of them, whose losses
are averaged (``reduction="mean"``) or added (``"sum"``), see `pairs`. What it records carries the scope ``loss``. Of
several formulas for a loss these are the ones that stay exact at the edges: no logarithm is taken of a number that was
rounded to 0, and no exponential overflows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any, ParamSpec, TypeAlias, TypeVar

import numpy as np

from autograd import Tensor, Value, clip, log, log1p, logsumexp, mean, relu, softplus, where
from autograd.core.context import Note, current_note
from autograd.core.modes import active, note_here, set_note
from autograd.core.numbers import number
from autograd.core.tape import data_of
from autograd.core.value import Scalar
from autograd.errors import InputTypeError, InputValueError, described, shortened

from .classes import chosen_by, chosen_in_arrays
from .pairs import as_array, as_lists, has_tensor, nested_shape, over_pairs, parts, reduced, scalar

__all__ = [
    "binary_cross_entropy",
    "binary_cross_entropy_with_logits",
    "cross_entropy",
    "hinge",
    "huber",
    "mae",
    "mse",
]

P = ParamSpec("P")
R = TypeVar("R")
Scalars: TypeAlias = "Scalar | Iterable[Scalar]"

_SCOPE = Note(scope="loss")


def _in_scope(loss: Callable[P, R]) -> Callable[P, R]:
    """Let what a loss records carry the scope ``loss``."""

    @wraps(loss)
    def scoped(*args: P.args, **kwargs: P.kwargs) -> R:
        before = note_here()
        around = current_note() if active else before
        try:
            set_note(Note(scope=f"{around.scope}.loss") if around and around.scope else _SCOPE)
            return loss(*args, **kwargs)
        finally:
            set_note(before)

    return scoped


@_in_scope
def mse(prediction: Scalars, target: Scalars, reduction: str = "mean") -> Any:
    """The square ``(p - t)²``; over several, the mean squared error.

    ``d/dp = 2 (p - t)``

    Examples
    --------
    >>> from autograd import Value
    >>> from nn import losses
    >>> p = Value(3.0); loss = losses.mse(p, 1.0); loss.backward()
    >>> loss.data, p.grad, loss.scope
    (4.0, 4.0, 'loss')
    """

    def loss(p: Any, t: Any) -> Any:
        distance = p - t
        return distance * distance

    return over_pairs(loss, prediction, target, reduction)


@_in_scope
def mae(prediction: Scalars, target: Scalars, reduction: str = "mean") -> Any:
    """The distance ``|p - t|``; over several, the mean absolute error.

    ``d/dp = sign(p - t)``, 0 where they are equal

    Examples
    --------
    >>> from autograd import Value
    >>> from nn import losses
    >>> p = Value(3.0); loss = losses.mae([p, 2.0], [1.0, 1.0]); loss.backward()
    >>> loss.data, p.grad
    (1.5, 0.5)
    """
    return over_pairs(lambda p, t: abs(p - t), prediction, target, reduction)


@_in_scope
def huber(prediction: Scalars, target: Scalars, delta: float = 1.0, reduction: str = "mean") -> Any:
    """Half the square up to a distance of ``delta``, and from there on straight (Huber 1964).

    ``½ d²`` for ``|d| <= delta``, else ``delta (|d| - ½ delta)``, with ``d = p - t``; ``d/dp = clip(d, -delta, delta)``

    Raises
    ------
    InputValueError
        If ``delta`` is not positive.

    Examples
    --------
    >>> from autograd import Value
    >>> from nn import losses
    >>> p = Value(3.0); loss = losses.huber(p, 0.0); loss.backward()
    >>> loss.data, p.grad
    (2.5, 1.0)
    """
    if not number(delta, "delta") > 0:
        raise InputValueError(f"huber needs a positive delta, not {delta!r}")

    def loss(p: Any, t: Any) -> Any:
        distance = p - t
        near = clip(distance, -delta, delta)
        return near * (distance - 0.5 * near)

    return over_pairs(loss, prediction, target, reduction)


@_in_scope
def hinge(score: Scalars, target: Scalars, reduction: str = "mean") -> Any:
    """``max(0, 1 - t s)`` for a target of -1 or 1: the max-margin loss, 0 once the score is on its side by 1.

    ``d/ds = -t`` for ``t s < 1``, else 0

    Raises
    ------
    InputValueError
        If a target is neither -1 nor 1.

    Examples
    --------
    >>> from autograd import Value
    >>> from nn import losses
    >>> s = Value(0.25); loss = losses.hinge(s, -1); loss.backward()
    >>> loss.data, s.grad
    (1.25, 1.0)
    """

    def loss(s: Any, t: Any) -> Any:
        side = data_of(t)
        if not np.all((side == 1) | (side == -1)):
            raise InputValueError(
                f"hinge takes targets -1 and 1, not {shortened(t)}; for targets 0 and 1 write 2 * t - 1"
            )
        return relu(1 - s * t)

    return over_pairs(loss, score, target, reduction)


def _check_probability(given: Any, what: str, remedy: str) -> None:
    data = data_of(given)
    if np.any((data < 0) | (data > 1)):
        raise InputValueError(f"binary cross-entropy takes {what} between 0 and 1, not {shortened(given)}; {remedy}")


def _mixed(target: Any, if_one: Callable[[], Any], if_zero: Callable[[], Any]) -> Any:
    """``t * if_one + (1 - t) * if_zero``, without the term whose factor is a plain 0: it may be infinite."""
    _check_probability(target, "targets", "give the probability that the class is 1")
    if isinstance(target, np.ndarray):
        one, zero = if_one(), if_zero()
        between = (target != 0) & (target != 1)
        mixed = where(between, target * one + (1 - target) * zero, zero) if between.any() else zero
        return where(target == 1, one, mixed)
    if not isinstance(target, (Value, Tensor)) and target in (0, 1):
        return if_one() if target else if_zero()
    return target * if_one() + (1 - target) * if_zero()


@_in_scope
def binary_cross_entropy(probability: Scalars, target: Scalars, reduction: str = "mean") -> Any:
    """``-t log p - (1 - t) log(1 - p)`` for a probability and a target between 0 and 1.

    ``d/dp = (p - t) / (p (1 - p))``. A probability of exactly 0 or 1 has loss 0 if the target is the same, and infinity
    if it is the other. For probabilities that come from a sigmoid, `binary_cross_entropy_with_logits` is more exact.

    Raises
    ------
    InputValueError
        If a probability or a target is not between 0 and 1.

    Examples
    --------
    >>> from autograd import Value
    >>> from nn import losses
    >>> p = Value(0.25); loss = losses.binary_cross_entropy(p, 1); loss.backward()
    >>> loss.data, p.grad
    (1.3862943611, -4.0)
    """

    def loss(p: Any, t: Any) -> Any:
        _check_probability(p, "probabilities", "for other scores there is binary_cross_entropy_with_logits")
        return _mixed(t, lambda: 0 - log(p), lambda: 0 - log1p(-p))  # 0 - log(1) is 0, where -log(1) would be -0

    return over_pairs(loss, probability, target, reduction)


@_in_scope
def binary_cross_entropy_with_logits(logit: Scalars, target: Scalars, reduction: str = "mean") -> Any:
    """The binary cross-entropy of ``sigmoid(z)``: ``t softplus(-z) + (1 - t) softplus(z)``.

    ``d/dz = sigmoid(z) - t``

    Raises
    ------
    InputValueError
        If a target is not between 0 and 1.

    Examples
    --------
    >>> from autograd import Value
    >>> from nn import losses
    >>> z = Value(-1000.0); loss = losses.binary_cross_entropy_with_logits(z, 1); loss.backward()
    >>> loss.data, z.grad
    (1000.0, -1.0)
    """
    return over_pairs(lambda z, t: _mixed(t, lambda: softplus(-z), lambda: softplus(z)), logit, target, reduction)


@_in_scope
def cross_entropy(logits: Any, target: Any, label_smoothing: float = 0.0, reduction: str = "mean") -> Any:
    """``-log softmax(z)_t`` for the scores of all classes and the true one, or for several of both.

    ``d/dz_i = softmax(z)_i - p_i``, where ``p`` is 1 for the true class and 0 for the others. If ``p`` is given itself,
    the loss is ``-Σ p_i log softmax(z)_i``.

    Parameters
    ----------
    logits : sequence of values, sequence of such sequences, or Tensor, of shape (…, classes)
        One score for each class.
    target : number, or sequence or array of shape (…) or (…, classes)
        For each prediction the number of the true class, counted from 0, as an int or a float; or a probability for
        each class, such as a one-hot row.
    label_smoothing : float
        How much of the target's probability 1 is spread evenly over all classes (Szegedy et al. 2016).
    reduction : str
        ``"mean"`` or ``"sum"``.

    Raises
    ------
    InputTypeError, InputValueError
        If there is no such class, probabilities do not add up to 1, shapes do not fit, or the smoothing is not between
        0 and 1.

    Examples
    --------
    >>> from autograd import Value
    >>> from nn import losses
    >>> z = [Value(1.0), Value(1.0)]; loss = losses.cross_entropy(z, 0); loss.backward()
    >>> loss.data, [each.grad for each in z]
    (0.6931471806, [-0.5, 0.5])
    >>> losses.cross_entropy(z, [1, 0]).data  # the same, one-hot
    0.6931471806
    """
    if not 0 <= number(label_smoothing, "label_smoothing") < 1:
        raise InputValueError(f"label_smoothing is at least 0 and less than 1, not {shortened(label_smoothing)}")
    logits, target = as_lists(logits), as_lists(target)
    shape, given = nested_shape(logits), nested_shape(target)
    if not shape:
        raise InputTypeError(
            f"cross_entropy takes a score for each class, not {described(logits)}; "
            "for two classes and one score there is binary_cross_entropy_with_logits"
        )
    if len(shape) == 2 and len(given) == 1 and shape[:1] != given:
        raise InputValueError(f"there are {shape[0]} predictions and {given[0]} targets; give one for each")
    if given not in (shape, shape[:-1]):
        raise InputValueError(
            f"the scores have shape {shape} and the targets have shape {given}; give the number of the true class for "
            "each prediction, or a probability for each class"
        )
    if 0 in shape:
        raise InputValueError(
            "the loss of no predictions is not defined; give at least one, and a score for each class"
        )

    def loss(scores: Any, chosen: Any, axis: int | None = None) -> Any:
        if label_smoothing:
            chosen = (1 - label_smoothing) * chosen + label_smoothing * mean(scores, axis=axis)
        return logsumexp(scores, axis=axis) - chosen

    if has_tensor(logits) or has_tensor(target):
        scores = as_array(logits)
        return reduced(loss(scores, chosen_in_arrays(as_array(target), scores), axis=-1), shape[:-1], reduction)
    found = []
    for row, true in zip(parts(logits, len(shape) - 1), parts(target, len(shape) - 1), strict=True):
        scores = [scalar(score) for score in row]
        found.append(loss(scores, chosen_by(true, scores)))
    return reduced(found if shape[1:] else found[0], shape[:-1], reduction)
