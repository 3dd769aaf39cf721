"""Losses of numbers: the distance between a prediction and its target."""

from __future__ import annotations

from typing import Any

from autograd import clip
from autograd.core.numbers import number
from autograd.errors import InputTypeError, InputValueError, described

from .pairs import Scalars, over_pairs
from .scoping import in_scope

__all__ = ["huber", "mae", "mse"]


@in_scope
def mse(prediction: Scalars, target: Scalars, reduction: str = "mean", *, half: bool = False) -> Any:
    """The square ``(p - t)²``; over several, the mean squared error.

    ``d/dp = 2 (p - t)``, or ``p - t`` with ``half``

    Parameters
    ----------
    prediction, target : number, Value, Tensor, or sequence of them
        Both of one shape; of several outputs for several samples the mean is over all.
    reduction : str
        ``"mean"``, ``"sum"``, or ``"none"`` for the loss of each pair, in the shape of the predictions. It is the same
        for the other losses here.
    half : bool
        True if the squares are multiplied by ½, so that the derivative has no factor.

    Raises
    ------
    InputTypeError, InputValueError
        If the shapes differ, there are no pairs, or there is no such reduction; the other losses raise the same.

    Examples
    --------
    >>> from autograd import Value
    >>> from nn import losses
    >>> p = Value(3.0); loss = losses.mse(p, 1.0); loss.backward()
    >>> loss.data, p.grad, loss.scope
    (4.0, 4.0, 'loss')
    >>> losses.mse([1.0, 3.0], [0.0, 1.0], reduction="none", half=True)
    [0.5, 2.0]
    """
    if not isinstance(half, bool):
        raise InputTypeError(f"half takes True or False, not {described(half)}")

    def loss(p: Any, t: Any) -> Any:
        distance = p - t
        square = distance * distance
        return 0.5 * square if half else square

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
    """Half the square up to a distance of ``delta``, and a straight line from there on (Huber 1964).

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
