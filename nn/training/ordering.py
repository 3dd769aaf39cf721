"""The batches of an epoch: the order of the samples, and the augmentation of their inputs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np

from autograd.errors import InputValueError

from ..data.arrays import Array, Seed, as_array, as_generator

__all__ = ["augmented", "batches_of", "order_of"]


def order_of(samples: int, rng: Seed, epoch: int) -> Array:
    """Return the order of the samples in an epoch: for a seed, one that depends on the epoch and nothing before it."""
    if isinstance(rng, (int, np.integer)):
        return np.random.default_rng((int(rng), epoch)).permutation(samples)
    return as_generator(rng).permutation(samples)


def batches_of(X: Array, y: Array, order: Array | None, size: int) -> Iterable[tuple[Array, Array]]:
    """Cut inputs and targets into batches, in an order or as they are."""
    return [(X, y)] if order is None and size == len(X) else _cut(X, y, order, size)


def _cut(X: Array, y: Array, order: Array | None, size: int) -> Iterator[tuple[Array, Array]]:
    for begin in range(0, len(X), size):
        rows: Any = slice(begin, begin + size) if order is None else order[begin : begin + size]
        yield X[rows], y[rows]


def augmented(augment: Callable[[Array], Any], X: Array) -> Array:
    """Return the inputs of a batch as a function changes them."""
    array = as_array(augment(X), "the result of augment")
    if len(array) != len(X):
        raise InputValueError(
            f"augment gives {len(array)} samples for {len(X)}; it changes inputs, and keeps their number"
        )
    return array
