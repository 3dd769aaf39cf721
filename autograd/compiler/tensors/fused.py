"""Pieces of programs: functions of several operations, and rules whose parts are shared between the two passes."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ...arrays.ops import gaps_below

__all__ = ["at_once", "class_losses", "class_slopes", "full", "mean_class_loss", "mean_class_slope", "placed"]

Array = np.ndarray[Any, Any]
Shape = tuple[int, ...]


def full(g: Any, shape: Shape, dtype: Any) -> Array:
    """A gradient in the whole shape: a view that repeats it."""
    if not np.shape(g):
        return np.ndarray(shape, dtype, np.asarray(g, dtype), strides=(0,) * len(shape))
    return np.broadcast_to(g, shape)


def at_once(g: Any, shape: Shape, dtype: Any) -> Array:
    """A gradient in the whole shape, in memory of its own."""
    found = np.empty(shape, dtype)
    found[...] = g
    return found


def placed(g: Any, index: Any, shape: Shape, dtype: Any) -> Array:
    """Zeros, with a gradient at the places of a slice."""
    found = np.zeros(shape, dtype)
    found[index] = g
    return found


# --- The cross-entropy of a softmax, from the scores, the largest of each row, and the sums of exponentials -----------


def class_losses(x: Array, top: Array, total: Array, true: Any) -> Any:
    """The loss of each prediction."""
    losses = (top + np.log(total)).squeeze(-1)
    losses -= x[true]
    return losses


def mean_class_loss(x: Array, top: Array, exps: Array, total: Array, true: Any, count: int) -> Any:
    """The mean loss. Where it is not finite, an infinite score may be the largest: its exponential is set to 1."""
    loss = np.add.reduce(class_losses(x, top, total, true), axis=None) / count
    if math.isfinite(loss):
        return loss
    exps[...] = np.exp(gaps_below(x, top))
    np.add.reduce(exps, axis=-1, keepdims=True, out=total)
    return np.add.reduce(class_losses(x, top, total, true), axis=None) / count


def class_slopes(g: Any, exps: Array, total: Array, true: Any) -> Array:
    """The gradient by the scores, from that by the losses."""
    shares = exps / total
    shares[true] -= 1
    shares *= g[..., None] if np.ndim(g) else g
    return shares


def mean_class_slope(g: Any, exps: Array, total: Array, true: Any, count: int) -> Array:
    """The gradient by the scores, from that by the mean loss."""
    shares = exps / total
    shares[true] -= 1
    shares *= g / count
    return shares
