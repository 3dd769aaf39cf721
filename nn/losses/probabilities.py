"""Losses of probabilities: the binary cross-entropy, of a probability and of a score."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd import Tensor, Value, log, log1p, softplus, where
from autograd.core.tape import data_of
from autograd.errors import InputValueError, shortened

from .pairs import Scalars, over_pairs
from .scoping import in_scope

__all__ = ["binary_cross_entropy", "binary_cross_entropy_with_logits"]


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


@in_scope
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


@in_scope
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
