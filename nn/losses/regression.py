"""Losses of numbers: the distance between a prediction and its target."""

from __future__ import annotations

from typing import Any

from autograd import clip
from autograd.core.numbers import number
from autograd.errors import InputValueError

from .pairs import Scalars, over_pairs
from .scoping import in_scope

__all__ = ["huber", "mae", "mse"]


@in_scope
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


@in_scope
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


@in_scope
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
