"""What a network is trained to make small.

Each function takes one prediction and its target, or a sequence of each, whose losses are averaged
(``reduction="mean"``) or added (``"sum"``). What is recorded carries the scope ``loss``. Of several formulas for a loss
it is the one that stays exact at the edges: no logarithm is taken of what was rounded to 0, no exponential overflows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import wraps
from operator import index
from typing import Any, ParamSpec, TypeAlias, TypeVar

import autograd
from autograd import Value, clip, log, log1p, logsumexp, mean, relu, softplus
from autograd.core.context import Note, current_note
from autograd.core.modes import active, note_here, set_note
from autograd.core.numbers import number
from autograd.core.value import Scalar, operand
from autograd.errors import InputTypeError, InputValueError

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


def _is_single(given: Any) -> bool:
    return isinstance(given, (Value, str)) or not isinstance(given, Iterable)


def _scalar(given: Any) -> Any:
    node, constant = operand(given)
    return constant if node is None else node


def _one_or_several(loss: Callable[[Any, Any], Any], prediction: Any, target: Any, reduction: str) -> Any:
    """The loss of one pair of scalars, or that of a sequence of pairs, reduced."""

    def of_pair(p: Any, t: Any) -> Any:
        return loss(_scalar(p), _scalar(t))

    if _is_single(prediction) and _is_single(target):
        return of_pair(prediction, target)
    return _several(of_pair, prediction, target, reduction)


def _several(loss: Callable[[Any, Any], Any], predictions: Any, targets: Any, reduction: str) -> Any:
    """The losses of a sequence of pairs, reduced."""
    if reduction not in ("mean", "sum"):
        raise InputValueError(f'reduction is "mean" or "sum", not {reduction!r}')
    if _is_single(predictions) or _is_single(targets):
        raise InputTypeError(
            "a loss takes one prediction and one target, or a sequence of each, "
            f"not {type(predictions).__name__} and {type(targets).__name__}"
        )
    predictions, targets = list(predictions), list(targets)
    if len(predictions) != len(targets):
        raise InputValueError(f"there are {len(predictions)} predictions and {len(targets)} targets; give one for each")
    if not predictions:
        raise InputValueError("the loss of no predictions is not defined; give at least one")
    losses = [loss(*pair) for pair in zip(predictions, targets, strict=True)]
    return mean(losses) if reduction == "mean" else autograd.sum(losses)


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

    return _one_or_several(loss, prediction, target, reduction)


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
    return _one_or_several(lambda p, t: abs(p - t), prediction, target, reduction)


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

    return _one_or_several(loss, prediction, target, reduction)


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
        if operand(t)[1] not in (1, -1):
            raise InputValueError(f"hinge takes targets -1 and 1, not {t!r}; for targets 0 and 1 write 2 * t - 1")
        return relu(1 - s * t)

    return _one_or_several(loss, score, target, reduction)


def _check_probability(given: Any, what: str, remedy: str) -> None:
    _, number = operand(given)
    if number < 0 or number > 1:
        raise InputValueError(f"binary cross-entropy takes {what} between 0 and 1, not {given!r}; {remedy}")


def _mixed(target: Any, if_one: Callable[[], Any], if_zero: Callable[[], Any]) -> Any:
    """``t * if_one + (1 - t) * if_zero``, without the term whose factor is a plain 0: it may be infinite."""
    _check_probability(target, "targets", "give the probability that the class is 1")
    if not isinstance(target, Value) and target in (0, 1):
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

    return _one_or_several(loss, probability, target, reduction)


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
    return _one_or_several(lambda z, t: _mixed(t, lambda: softplus(-z), lambda: softplus(z)), logit, target, reduction)


@_in_scope
def cross_entropy(
    logits: Iterable[Scalar] | Iterable[Iterable[Scalar]],
    target: int | Iterable[int],
    label_smoothing: float = 0.0,
    reduction: str = "mean",
) -> Any:
    """``-log softmax(z)_t`` for the scores of all classes and the number of the true one, or for several of both.

    ``d/dz_i = softmax(z)_i - (1 if i == t else 0)``

    Parameters
    ----------
    logits : sequence of values, or a sequence of such sequences
        One score for each class.
    target : int, or a sequence of int
        The true class, counted from 0.
    label_smoothing : float
        How much of the target's probability 1 is spread evenly over all classes (Szegedy et al. 2016).
    reduction : str
        ``"mean"`` or ``"sum"``.

    Raises
    ------
    InputValueError
        If there is no such class, or the smoothing is not between 0 and 1.

    Examples
    --------
    >>> from autograd import Value
    >>> from nn import losses
    >>> z = [Value(1.0), Value(1.0)]; loss = losses.cross_entropy(z, 0); loss.backward()
    >>> loss.data, [each.grad for each in z]
    (0.6931471806, [-0.5, 0.5])
    """
    if not 0 <= number(label_smoothing, "label_smoothing") < 1:
        raise InputValueError(f"label_smoothing is at least 0 and less than 1, not {label_smoothing!r}")

    def loss(scores: Any, true: Any) -> Any:
        if _is_single(scores):
            raise InputTypeError(
                f"cross_entropy takes a score for each class, not {type(scores).__name__} {scores!r:.40}; "
                "for two classes and one score there is binary_cross_entropy_with_logits"
            )
        scores = list(scores)
        chosen = scores[_class(true, len(scores))]
        if label_smoothing:
            chosen = (1 - label_smoothing) * chosen + label_smoothing * mean(scores)
        return logsumexp(scores) - chosen

    return loss(logits, target) if _is_single(target) else _several(loss, logits, target, reduction)


def _class(given: Any, classes: int) -> int:
    """The number of a class, as a position in its scores."""
    try:
        position = index(given)
    except TypeError:
        raise InputTypeError(
            f"the true class is a whole number, not {type(given).__name__} {given!r:.40}; count the classes from 0"
        ) from None
    if not 0 <= position < classes:
        raise InputValueError(f"there is no class {position} among {classes} scores; count the classes from 0")
    return position
