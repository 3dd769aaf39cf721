"""Losses of scores for classes: margins, and the cross-entropy of a softmax.

hinge                 one score, for the classes -1 and 1
multi_margin          a score for each class, which the true one is to exceed by a margin
cross_entropy         a score for each class, the logarithm of an unnormalised probability
nll                   the logarithm of a probability for each class
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd import Tensor, expand_dims, logsumexp, mean, relu
from autograd import sum as add_up
from autograd.arrays.layers import CROSS_ENTROPY_OVER
from autograd.arrays.tensor import apply, evaluate
from autograd.core.numbers import number
from autograd.errors import InputTypeError, InputValueError, described, shortened

from .checks import factors, is_no_logarithm, not_logarithms, option, refuse_any, require_all
from .classes import KnownInArrays, choice_in_arrays, choices, class_numbers, one_hot_as_labels
from .ignoring import leaving_out
from .pairs import REDUCTIONS, Scalars, as_array, as_lists, has_tensor, nested_shape, over_pairs, parts, reduced, scalar
from .scoping import in_scope

__all__ = ["cross_entropy", "hinge", "multi_margin", "nll"]

# The loss of one prediction or of arrays of them: from the scores, the choice, the axis of the classes in arrays, and
# the weights of the classes.
OfScores = Callable[[Any, Any, Any, Any], Any]


def _over_scores(
    loss: OfScores, what: str, scores: Any, target: Any, weight: Any, reduction: str, has_weighted_mean: bool = True
) -> Any:
    """Return the loss of one prediction, or those of all, reduced."""
    option(reduction, "reduction", REDUCTIONS)
    scores, target = as_lists(scores), as_lists(target)
    shape, given = nested_shape(scores), nested_shape(target)
    _check_shapes(what, scores, shape, given)
    weights = None if weight is None else _class_weights(weight, shape[-1])
    if not has_weighted_mean and given == shape:
        target, given = one_hot_as_labels(target, len(shape) - 1), shape[:-1]
    in_arrays, to_reduce = has_tensor(scores) or has_tensor(target), shape[:-1]
    if in_arrays:
        items = as_array(scores)
        read = [choice_in_arrays(as_array(target), shape)]
        losses = loss(items, read[0], -1, weights)
        to_reduce = getattr(losses, "shape", ())  # none, if the loss is the mean already
    else:
        rows = parts(scores, len(shape) - 1)
        read = choices(parts(target, len(shape) - 1), shape[-1])
        listed = None if weights is None else weights.tolist()
        found = [loss([scalar(z) for z in row], each, None, listed) for row, each in zip(rows, read, strict=True)]
        losses = found if shape[1:] else found[0]
    total = None
    if weights is not None and has_weighted_mean and given != shape and reduction == "mean":
        if in_arrays:
            total = float(np.sum(read[0].of(np.broadcast_to(weights, shape))))
        else:
            total = add_up([each.of(weights.tolist()) for each in read])
        refuse_any([total], lambda x: x == 0, _weightless)
    return reduced(losses, to_reduce, reduction, total)


def _weightless(total: str) -> str:
    return (
        f"the weights of the true classes add up to {total}, and the mean divides by them; "
        'give one of these classes a weight, or write reduction="sum"'
    )


def _check_shapes(what: str, scores: Any, shape: tuple[int, ...], given: tuple[int, ...]) -> None:
    if not shape:
        raise InputTypeError(
            f"{what} takes a score for each class, not {described(scores)}; "
            "for two classes and one score there is binary_cross_entropy_with_logits"
        )
    if len(shape) == 2 and len(given) == 1 and shape[:1] != given:
        raise InputValueError(f"there are {shape[0]} predictions and {given[0]} targets; give one for each")
    if given not in (shape, shape[:-1]):
        remedy = "give the number of the true class for each prediction, or a probability for each class"
        if given == (*shape[:-1], 1):
            remedy = "drop the axis of length 1: targets[..., 0] of an array, [t[0] for t in targets] of a list"
        raise InputValueError(f"the scores have shape {shape} and the targets have shape {given}; {remedy}")
    if 0 in shape:
        raise InputValueError(
            "the loss of no predictions is not defined; give at least one, and a score for each class"
        )


def _class_weights(weight: Any, classes: int) -> np.ndarray[Any, Any]:
    weights = factors(weight, "weight", (classes,), "one for each class")
    if weights.shape != (classes,):
        raise InputValueError(f"weight takes a factor for each of the {classes} classes, not {shortened(weight)}")
    return weights


def _of_each(function: Callable[[Any, Any], Any], scores: Any, axis: int | None, weights: Any) -> Any:
    """``function(weight, score)`` for each class."""
    if axis is not None:
        return function(weights, scores)
    return [function(w, z) for w, z in zip(weights, scores, strict=True)]


@in_scope
def hinge(score: Scalars, target: Scalars, reduction: str = "mean") -> Any:
    """``max(0, 1 - t s)`` for a target of -1 or 1: the max-margin loss, 0 from ``t s = 1`` on.

    ``d/ds = -t`` for ``t s < 1``, else 0

    Raises
    ------
    InputValueError
        If a target is neither -1 nor 1; in a compiled function at each call.

    Examples
    --------
    >>> from autograd import Value
    >>> from nn import losses
    >>> s = Value(0.25); loss = losses.hinge(s, -1); loss.backward()
    >>> loss.data, s.grad
    (1.25, 1.0)
    """

    def check(_: list[Any], targets: list[Any]) -> None:
        require_all(
            targets,
            lambda t: abs(t) == 1,
            lambda given: f"hinge takes targets -1 and 1, not {given}; for targets 0 and 1 write 2 * t - 1",
        )

    return over_pairs(lambda s, t: relu(1 - s * t), score, target, reduction, check=check)


@in_scope
def multi_margin(
    scores: Any, target: Any, p: int = 1, margin: float = 1.0, reduction: str = "mean", *, weight: Any = None
) -> Any:
    """``1/C Σ max(0, margin - s_t + s_k)^p`` over the classes ``k`` other than the true one, ``t``, of ``C`` classes.

    ``d/ds_k = 1/C`` for each other class with ``s_k > s_t - margin`` if ``p = 1``, and ``d/ds_t`` is minus their sum
    (Crammer and Singer 2001, averaged over the classes as in PyTorch).

    Parameters
    ----------
    scores : sequence of values, sequence of such sequences, or Tensor, of shape (…, classes)
        One score for each class.
    target : number, or sequence or array of shape (…) or (…, classes)
        For each prediction the number of the true class, counted from 0, or a one-hot row.
    p : int
        The power, 1 or 2.
    margin : float
        The distance below the true score from which on other scores add no loss.
    reduction : str
        ``"mean"``, ``"sum"`` or ``"none"``.
    weight : sequence of float, optional
        A factor for each class, by which the losses of its members are multiplied. As in PyTorch, the mean divides by
        the number of predictions.

    Raises
    ------
    InputTypeError, InputValueError
        If there is no such class, a row is not one-hot, or shapes do not fit; in a compiled function at each call.

    Examples
    --------
    >>> from autograd import Value
    >>> from nn import losses
    >>> s = [Value(1.0), Value(0.5), Value(-2.0)]; loss = losses.multi_margin(s, 0)
    >>> loss.backward()
    >>> loss.data, [round(each.grad, 4) for each in s]
    (0.1666666667, [-0.3333, 0.3333, 0.0])
    """
    if number(p, "p") not in (1, 2):
        raise InputValueError(f"p is 1 or 2, not {shortened(p)}")
    if not number(margin, "margin") >= 0:
        raise InputValueError(f"margin is not negative, unlike {shortened(margin)}")

    def loss(items: Any, choice: Any, axis: int | None, weights: Any) -> Any:
        true = choice.of(items)
        if axis is None:
            near = choice.others([relu(margin - true + z) for z in items])
            powers = [each * each for each in near] if p == 2 else near
            added = add_up(powers) if powers else 0.0 * true
            classes = len(items)
        else:
            near = choice.others(relu(margin - expand_dims(true, -1) + items))
            added = add_up(near * near if p == 2 else near, axis=-1)
            classes = items.shape[-1]
            weights = None if weights is None else np.broadcast_to(weights, items.shape)
        of_one = added / classes
        return of_one if weights is None else choice.of(weights) * of_one

    return _over_scores(loss, "multi_margin", scores, target, weight, reduction, has_weighted_mean=False)


@in_scope
def cross_entropy(
    logits: Any,
    target: Any,
    label_smoothing: float = 0.0,
    reduction: str = "mean",
    *,
    weight: Any = None,
    ignore_index: int | None = None,
) -> Any:
    """``-log softmax(z)_t`` for the scores z of all classes and the true class t.

    ``d/dz_i = softmax(z)_i - p_i``, where ``p`` is 1 for the true class and 0 for the others. If the target is ``p``
    itself, the loss is ``-Σ p_i log softmax(z)_i``.

    Parameters
    ----------
    logits : sequence of values, sequence of such sequences, or Tensor, of shape (…, classes)
        One score for each class.
    target : number, or sequence or array of shape (…) or (…, classes)
        For each prediction the number of the true class, counted from 0, as an int or a float; or a probability for
        each class, such as a one-hot row.
    label_smoothing : float
        The part of the target's probability 1 that is spread evenly over all C classes (Szegedy et al. 2016), as in
        PyTorch. A share α for the C - 1 other classes alone is ``label_smoothing = α C / (C - 1)``.
    reduction : str
        ``"mean"``, ``"sum"`` or ``"none"``.
    weight : sequence of float, optional
        A factor for each class: the loss is ``-Σ w_i p_i log softmax(z)_i``. As in PyTorch, the mean over several
        labels divides by the sum of the weights of the true classes, so the weight of a single one cancels; a mean over
        rows of probabilities divides by the number of rows.
    ignore_index : int, optional
        The label of predictions that do not count, such as -100 for padding; none by default. Their loss is 0, and the
        mean is taken over the others.

    Raises
    ------
    InputTypeError, InputValueError
        If there is no such class, probabilities do not add up to 1, shapes do not fit, or the smoothing is not between
        0 and 1. In a compiled function the targets are checked at each call.

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
    is_plain = type(label_smoothing) is float and not label_smoothing and weight is None and ignore_index is None
    if is_plain and type(logits) is Tensor and type(target) is np.ndarray and target.ndim < logits.ndim:
        return _of_labels(logits, target, reduction)
    if not 0 <= number(label_smoothing, "label_smoothing") < 1:
        raise InputValueError(f"label_smoothing is at least 0 and less than 1, not {shortened(label_smoothing)}")

    def mixed(items: Any, choice: Any, axis: int | None) -> Any:
        chosen = choice.of(items)
        if not label_smoothing:
            return chosen
        return (1 - label_smoothing) * chosen + label_smoothing * mean(items, axis=axis)

    def loss(scores: Any, choice: Any, axis: int | None, weights: Any) -> Any:
        if isinstance(choice, KnownInArrays) and weights is None and not label_smoothing:
            return _in_one_record(scores, choice.numbers, reduction)
        level = logsumexp(scores, axis=axis)
        if weights is None:
            return level - mixed(scores, choice, axis)
        above = level if axis is None else expand_dims(level, -1)
        return mixed(_of_each(lambda w, z: w * (above - z), scores, axis, weights), choice, axis)

    def of_all(scores: Any, labels: Any) -> Any:
        return _over_scores(loss, "cross_entropy", scores, labels, weight, reduction)

    return leaving_out(ignore_index, of_all, logits, target, reduction)


def _of_labels(logits: Tensor, labels: Any, reduction: str) -> Any:
    """The commonest cross-entropy: of a tensor, and of the numbers of the true classes in an array."""
    shape = logits.shape
    option(reduction, "reduction", REDUCTIONS)
    if labels.shape != shape[:-1] or 0 in shape:
        _check_shapes("cross_entropy", logits, shape, labels.shape)
    losses = _in_one_record(logits, class_numbers(labels, shape[-1]), reduction)
    return losses if reduction == "mean" else reduced(losses, losses.shape, reduction)


def _in_one_record(scores: Any, labels: Any, reduction: str) -> Any:
    """The losses of an array of scores, or their mean."""
    ndim = scores.ndim
    axes = tuple(range(ndim)) if reduction == "mean" else (ndim - 1,)
    return (apply if type(scores) is Tensor else evaluate)(CROSS_ENTROPY_OVER, scores, axes, False, labels)


@in_scope
def nll(
    log_probabilities: Any,
    target: Any,
    reduction: str = "mean",
    *,
    weight: Any = None,
    ignore_index: int | None = None,
) -> Any:
    """``-q_t`` for the logarithms ``q`` of the probabilities of all classes and the true class ``t``.

    ``d/dq_t = -1``. The negative log-likelihood of ``log_softmax(z)`` is the cross-entropy of ``z``.

    Parameters
    ----------
    log_probabilities : sequence of values, sequence of such sequences, or Tensor, of shape (…, classes)
        Numbers of at most 0, one for each class.
    target, reduction, weight, ignore_index
        As for `cross_entropy`.

    Raises
    ------
    InputTypeError, InputValueError
        As `cross_entropy`; and if a logarithm is positive.

    Examples
    --------
    >>> from autograd import Value, log
    >>> from nn import losses
    >>> p = Value(0.25); loss = losses.nll([log(p), log(1 - p)], 0); loss.backward()
    >>> loss.data, p.grad
    (1.3862943611, -4.0)
    """

    def loss(logs: Any, choice: Any, axis: int | None, weights: Any) -> Any:
        refuse_any([logs] if axis else logs, is_no_logarithm, lambda given: not_logarithms("nll", given))
        weighted = logs if weights is None else _of_each(lambda w, q: w * q, logs, axis, weights)
        return 0 - choice.of(weighted)

    def of_all(scores: Any, labels: Any) -> Any:
        return _over_scores(loss, "nll", scores, labels, weight, reduction)

    return leaving_out(ignore_index, of_all, log_probabilities, target, reduction)
