"""Losses of probabilities: binary cross-entropy, of a probability or a score, and Kullback–Leibler divergence.

With ``t`` between 0 and 1 the binary cross-entropy is ``-t log p - (1 - t) log(1 - p)``. At the edges one of its terms
is 0 times infinity, which is 0 here, as the limit is.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import numpy as np

from autograd import Tensor, Value, exp, log, log1p, softplus, where, xlogy
from autograd.arrays.readonly import Followed
from autograd.core.tape import data_of
from autograd.errors import InputTypeError, InputValueError, described, shortened

from .checks import is_no_logarithm, is_traced, not_logarithms, option, refuse_any
from .pairs import REDUCTIONS, Scalars, as_lists, nested_shape, over_pairs
from .scoping import in_scope

__all__ = ["binary_cross_entropy", "binary_cross_entropy_with_logits", "kl_divergence"]


def _outside(x: Any) -> Any:
    return (x < 0) | (x > 1)


def _no_probability(x: Any) -> Any:
    return _outside(x) | (x != x)  # a target that is nan is a mistake, while a prediction may become nan


def _check_targets(targets: list[Any]) -> None:
    refuse_any(
        targets,
        _no_probability,
        lambda item: (
            f"binary cross-entropy takes targets between 0 and 1, not {item}; give the probability that the class is 1"
        ),
    )


def _mixed(target: Any, if_one: Callable[[], Any], if_zero: Callable[[], Any]) -> Any:
    """``t * if_one + (1 - t) * if_zero``, without the term whose factor is 0: it may be infinite."""
    if isinstance(target, (np.ndarray, Followed)):
        one, zero, labels = if_one(), if_zero(), cast("Any", target)
        between = (labels != 0) & (labels != 1)
        mixed = where(between, labels * one + (1 - labels) * zero, zero) if between.any() else zero
        return where(labels == 1, one, mixed)
    if not isinstance(target, (Value, Tensor)) and target in (0, 1):
        return if_one() if target else if_zero()
    return _product(target, if_one()) + _product(1 - target, if_zero())


def _product(factor: Any, loss: Any) -> Any:
    """Their product, and 0 where it would be 0 times infinity."""
    return _unless((_seen(factor) == 0) & (_seen(abs(loss)) == np.inf), factor * loss)


def _unless(undefined: Any, term: Any) -> Any:
    """A term, and 0 where it is undefined."""
    if not isinstance(undefined, Value) and not np.any(undefined):
        return term
    return where(undefined, 0.0, term)


def _seen(given: Any) -> Any:
    """The value itself in a function that is being compiled, else its number: for comparisons."""
    return given if is_traced(given) else data_of(given)


def _as_probability(label: Any) -> Any:
    """The probability of class 1: 0 for the label -1, and any other target as it is."""
    if isinstance(label, np.ndarray):
        return np.maximum(label, 0)
    negative = _seen(label) < 0
    if isinstance(negative, Value) or np.any(negative):
        return where(negative, 0.0, label)
    return label


def _scaled(loss: Any, weight: Any) -> Any:
    return loss if weight is None else weight * loss


@in_scope
def binary_cross_entropy(probability: Scalars, target: Scalars, reduction: str = "mean", *, weight: Any = None) -> Any:
    """``-t log p - (1 - t) log(1 - p)`` for a probability and a target between 0 and 1.

    ``d/dp = (p - t) / (p (1 - p))``. A probability of exactly 0 or 1 has loss 0 if the target is the same, and infinity
    if it is the other, for which PyTorch has 100. For probabilities that come from a sigmoid,
    `binary_cross_entropy_with_logits` is more exact.

    Parameters
    ----------
    probability, target : number, Value, Tensor, or sequence of them
        Both of one shape.
    reduction : str
        ``"mean"``, ``"sum"`` or ``"none"``.
    weight : number or array, optional
        Factors of the losses, for each pair or each output. As in PyTorch, the mean divides by the number of pairs.

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

    def check(probabilities: list[Any], targets: list[Any]) -> None:
        refuse_any(
            probabilities,
            _outside,
            lambda item: (
                f"binary cross-entropy takes probabilities between 0 and 1, not {item}; for other scores there "
                "is binary_cross_entropy_with_logits"
            ),
        )
        _check_targets(targets)

    def loss(p: Any, t: Any, w: Any) -> Any:
        mixed = _mixed(t, lambda: 0 - log(p), lambda: 0 - log1p(-p))  # 0 - log(1) is 0, where -log(1) would be -0
        return _scaled(mixed, w)

    return over_pairs(loss, probability, target, reduction, {"weight": weight}, check)


@in_scope
def binary_cross_entropy_with_logits(
    logit: Scalars, target: Scalars, reduction: str = "mean", *, weight: Any = None, pos_weight: Any = None
) -> Any:
    """The binary cross-entropy of ``sigmoid(z)``: ``t softplus(-z) + (1 - t) softplus(z)``.

    ``d/dz = sigmoid(z) - t``. For the labels -1 and 1 it is the logistic loss ``log(1 + exp(-t z))``.

    Parameters
    ----------
    logit, target : number, Value, Tensor, or sequence of them
        Both of one shape. A target is a label 0 or 1 or a probability between them; or all are -1 or 1.
    reduction : str
        ``"mean"``, ``"sum"`` or ``"none"``.
    weight : number or array, optional
        Factors of the losses, for each pair or each output. As in PyTorch, the mean divides by the number of pairs.
    pos_weight : number or array, optional
        A factor of the term of class 1, one for each output: above 1 where that class is rare. The factors α of class
        1 and β of class 0 are ``weight=β, pos_weight=α/β``.

    Raises
    ------
    InputValueError
        If a target is not between 0 and 1 and not -1, or labels of the two kinds are mixed.

    Examples
    --------
    >>> from autograd import Value
    >>> from nn import losses
    >>> z = Value(-1000.0); loss = losses.binary_cross_entropy_with_logits(z, 1)
    >>> loss.backward()
    >>> loss.data, z.grad
    (1000.0, -1.0)
    >>> losses.binary_cross_entropy_with_logits([2.0, 2.0], [1, -1], reduction="none")
    [0.126928011, 2.126928011]
    """

    def check(_: list[Any], targets: list[Any]) -> None:
        plain = np.concatenate([np.ravel(data_of(t)) for t in targets if not is_traced(t)] or [np.empty(0)])
        if (plain == -1).any():
            if not (np.abs(plain) == 1).all():
                raise InputValueError(
                    f"the labels are all -1 and 1, or all 0 and 1, unlike {shortened(plain.tolist())}; for labels 0 "
                    "and 1 from labels -1 and 1 write (t + 1) / 2"
                )
        else:
            refuse_any(
                targets,
                lambda t: _no_probability(t) & (t != -1),
                lambda item: (
                    f"binary cross-entropy takes targets between 0 and 1, or labels -1 and 1, not {item}; "
                    "give the probability that the class is 1"
                ),
            )

    def loss(z: Any, t: Any, w: Any, positive: Any) -> Any:
        t = _as_probability(t)
        if isinstance(t, (Value, Tensor)):
            return _scaled(t * _scaled(softplus(-z), positive) + (1 - t) * softplus(z), w)
        return _scaled(_mixed(t, lambda: _scaled(softplus(-z), positive), lambda: softplus(z)), w)

    return over_pairs(loss, logit, target, reduction, {"weight": weight, "pos_weight": pos_weight}, check)


@in_scope
def kl_divergence(
    log_probability: Scalars, target: Scalars, reduction: str = "mean", *, log_target: bool = False
) -> Any:
    """``t (log t - q)`` for the logarithm ``q`` of a predicted probability and the true one ``t``; 0 where ``t = 0``.

    ``d/dq = -t``. The sum over the classes of a distribution is its Kullback–Leibler divergence from the prediction
    (Kullback and Leibler 1951).

    Parameters
    ----------
    log_probability, target : number, Value, Tensor, or sequence of them
        Both of one shape, (classes,) or (…, classes). The predictions are logarithms, as of `autograd.log_softmax`.
    reduction : str
        ``"mean"`` over all classes of all samples, as in PyTorch; ``"batchmean"``, the mean divergence of the samples
        along the first axis; ``"sum"``; or ``"none"``.
    log_target : bool
        True if the targets are logarithms as well.

    Raises
    ------
    InputTypeError, InputValueError
        If a target is not a probability, or the logarithm of one is positive.

    Examples
    --------
    >>> from autograd import Value, log
    >>> from nn import losses
    >>> q = Value(0.5); loss = losses.kl_divergence([log(q), log(1 - q)], [0.25, 0.75], "sum")
    >>> loss.backward()
    >>> loss.data, q.grad
    (0.130812036, 1.0)
    """
    if not isinstance(log_target, bool):
        raise InputTypeError(f"log_target takes True or False, not {described(log_target)}")
    option(reduction, "reduction", (*REDUCTIONS, "batchmean"))

    def check(logs: list[Any], targets: list[Any]) -> None:
        refuse_any(logs, is_no_logarithm, lambda given: not_logarithms("kl_divergence", given))
        if log_target:
            refuse_any(targets, is_no_logarithm, lambda given: not_logarithms("kl_divergence with log_target", given))
        else:
            refuse_any(
                targets,
                _outside,
                lambda given: (
                    f"kl_divergence takes targets between 0 and 1, not {given}; for their logarithms write "
                    "log_target=True"
                ),
            )

    def loss(q: Any, t: Any) -> Any:
        if log_target:
            return _unless(_seen(t) == -np.inf, exp(t) * (t - q))
        return xlogy(t, t) - _product(t, q)

    if reduction != "batchmean":
        return over_pairs(loss, log_probability, target, reduction, check=check)
    samples = (nested_shape(as_lists(log_probability)) or (1,))[0]
    return over_pairs(loss, log_probability, target, "sum", check=check) / samples
