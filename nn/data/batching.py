"""Batches of samples, and splits of samples into training and test sets."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from autograd.core.numbers import number
from autograd.errors import InputTypeError, InputValueError, described, shortened

from .arrays import Array, Seed, as_array, as_generator, as_pair, count

__all__ = ["batches", "k_folds", "train_test_split"]


def batches(
    X: Any,
    y: Any = None,
    size: int = 32,
    rng: Seed = None,
    shuffle: bool = True,
    drop_last: bool = False,
    *,
    batch_size: int | None = None,
) -> Iterator[Any]:
    """Iterate once over the samples, a batch at a time.

    Parameters
    ----------
    X, y : array, DataFrame, Series, Tensor or sequence of numbers
        Inputs, and a target for each; the first axis counts the samples. Without ``y`` the batches are of inputs alone.
    size : int
        The number of samples in a batch. The last batch has the samples that are left.
    rng : int, numpy.random.Generator, random.Random, optional
        The seed or generator of the order. A seed gives the same order at each call; a generator gives each epoch
        another order.
    shuffle : bool
        True for a random order of the samples; False for the order in which they are given.
    drop_last : bool
        True if a last batch of fewer samples is dropped.
    batch_size : int, optional
        The name of ``size`` in `nn.fit`; if it is given, it takes the place of ``size``.

    Returns
    -------
    iterator of (ndarray, ndarray), or of ndarray without ``y``

    Raises
    ------
    InputTypeError, InputValueError
        If the data is not of finite numbers, there is not a target for each input, or the size is not positive.

    Examples
    --------
    >>> from nn.data import batches
    >>> for X, y in batches([[0.0], [1.0], [2.0]], [0, 1, 2], size=2, shuffle=False):
    ...     print(X.tolist(), y.tolist())
    [[0.0], [1.0]] [0, 1]
    [[2.0]] [2]
    """
    inputs, targets = (as_array(X, "X"), None) if y is None else as_pair(X, y)
    size = count(size, "size") if batch_size is None else count(batch_size, "batch_size")
    generator = as_generator(rng)
    for name, option in (("shuffle", shuffle), ("drop_last", drop_last)):
        if not isinstance(option, bool):
            raise InputTypeError(f"{name} takes True or False, not {described(option)}")
    order = generator.permutation(len(inputs)) if shuffle else np.arange(len(inputs))
    last = len(order) - len(order) % size if drop_last else len(order)
    return _cut(inputs, targets, order[:last], size)


def _cut(inputs: Array, targets: Array | None, order: Array, size: int) -> Iterator[Any]:
    for begin in range(0, len(order), size):
        rows = order[begin : begin + size]
        yield inputs[rows] if targets is None else (inputs[rows], targets[rows])


def train_test_split(
    X: Any,
    y: Any,
    test_size: float = 0.25,
    rng: Seed = None,
    stratify: bool = False,
) -> tuple[Array, Array, Array, Array]:
    """Split samples at random into a training set and a test set.

    Parameters
    ----------
    X, y : array, DataFrame, Series, Tensor or sequence of numbers
        Inputs, and a target for each.
    test_size : float or int
        The size of the test set: a share of the samples, between 0 and 1, or their number.
    rng : int, numpy.random.Generator, random.Random, optional
        The seed or generator of the choice of samples.
    stratify : bool
        True if each value of ``y`` has the same share in both parts, up to rounding.

    Returns
    -------
    X_train, X_test, y_train, y_test : ndarray
        In the order of scikit-learn's function of this name.

    Raises
    ------
    InputTypeError, InputValueError
        As `batches`, or if one of the parts would have no samples.

    Examples
    --------
    >>> from nn.data import train_test_split
    >>> X, y = [[1.0], [2.0], [3.0], [4.0]], [0, 0, 1, 1]
    >>> X_train, X_test, y_train, y_test = train_test_split(X, y, 0.5, rng=0, stratify=True)
    >>> sorted(y_train.tolist()), sorted(y_test.tolist())
    ([0, 1], [0, 1])
    """
    inputs, targets = as_pair(X, y)
    if not isinstance(stratify, bool):
        raise InputTypeError(f"stratify takes True or False, not {described(stratify)}; the classes are those of y")
    asked = number(test_size, "test_size")
    held_out = (
        round(asked * len(inputs)) if 0 < asked < 1 else int(asked) if isinstance(test_size, (int, np.integer)) else 0
    )
    if not 1 <= held_out < len(inputs):
        raise InputValueError(
            f"test_size is a share between 0 and 1 or a number of samples, and leaves some for both parts; "
            f"{shortened(test_size)} of {len(inputs)} samples does not"
        )
    order = as_generator(rng).permutation(len(inputs))
    if stratify:
        order = _evenly(targets, order)
    test, train = order[:held_out], order[held_out:]
    return inputs[train], inputs[test], targets[train], targets[test]


def _evenly(targets: Array, order: Array) -> Array:
    """Reorder samples so that the first m of them, for any m, have nearly the class shares of the whole.

    The k-th of the n samples of a class stands at (k + ½) / n of the way.
    """
    if targets.ndim > 1:
        raise InputValueError(f"stratify takes one class for each sample, and y has shape {targets.shape}")
    places = np.empty(len(order))
    for each in np.unique(targets):
        members = targets[order] == each
        places[members] = (np.arange(members.sum()) + 0.5) / members.sum()
    return order[np.argsort(places, kind="stable")]


def k_folds(samples: Any, k: int = 5, rng: Seed = None, shuffle: bool = True) -> list[tuple[Array, Array]]:
    """Divide samples into ``k`` parts, each the test set of one fold and a part of the other training sets.

    Parameters
    ----------
    samples : int, or array, DataFrame or sequence
        The number of samples, or the data itself.
    k : int
        The number of parts; their sizes differ by one at most.
    rng : int, numpy.random.Generator, random.Random, optional
        The seed or generator of the order.
    shuffle : bool
        True if the parts are random; if not, they follow each other in the data.

    Returns
    -------
    list of (ndarray, ndarray)
        The indices for training and for testing, for each fold.

    Raises
    ------
    InputTypeError, InputValueError
        If there are fewer samples than parts, or fewer than two parts.

    Examples
    --------
    >>> from nn.data import k_folds
    >>> for train, test in k_folds(5, k=2, shuffle=False):
    ...     print(train, test)
    [3 4] [0 1 2]
    [0 1 2] [3 4]
    """
    number_of = len(as_array(samples, "samples")) if not np.isscalar(samples) else count(samples, "samples")
    if not isinstance(shuffle, bool):
        raise InputTypeError(f"shuffle takes True or False, not {described(shuffle)}")
    k, generator = count(k, "k", least=2), as_generator(rng)
    if k > number_of:
        raise InputValueError(f"{number_of} samples cannot be divided into {k} parts; take k={number_of} at most")
    order = generator.permutation(number_of) if shuffle else np.arange(number_of)
    parts = np.array_split(order, k)
    return [(np.concatenate([*parts[:i], *parts[i + 1 :]]), part) for i, part in enumerate(parts)]
