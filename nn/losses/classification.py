"""Losses of scores for classes: margins, and the cross-entropy of a softmax."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd import logsumexp, mean, relu
from autograd.core.numbers import number
from autograd.core.tape import data_of
from autograd.errors import InputTypeError, InputValueError, described, shortened

from .classes import chosen_by, chosen_in_arrays
from .pairs import Scalars, as_array, as_lists, has_tensor, nested_shape, over_pairs, parts, reduced, scalar
from .scoping import in_scope

__all__ = ["cross_entropy", "hinge"]


@in_scope
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


@in_scope
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
