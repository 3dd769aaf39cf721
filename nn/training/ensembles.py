"""Ensembles: several models whose outputs are averaged, or that vote; and bagging, which makes them differ.

bagging(train, X, y)   ->   models   ->   Average(models)   or   Vote(models)
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from autograd import Tensor, dot
from autograd.errors import InputTypeError, InputValueError, described, shortened

from ..data.arrays import Array, Seed, as_array, as_generator, as_pair, count
from ..given import is_sequence
from ..module import Module
from .evaluating import predict

__all__ = ["Average", "Vote", "bagging"]

MOST = 10_000  # models


class Average(Module):
    """A model whose output is the mean of the outputs of several models, or their weighted mean.

    The variance of the mean of n models whose errors are independent is 1/n of that of one. The models can be
    trained together through their mean, since its gradients reach all of them: ``d/dy_k = w_k / Σ w``.

    Parameters
    ----------
    models : sequence of callables
        Models of the same inputs, on scalars or on arrays, with equal numbers of outputs.
    weights : sequence of float, optional
        A weight for each model, none negative; by default all are equal.

    Raises
    ------
    InputTypeError, InputValueError
        If there are no models, weights do not fit, or outputs differ in number.

    Examples
    --------
    >>> from nn import MLP, ensembles, init
    >>> model = ensembles.Average([MLP(1, [1], init=init.constant(c)) for c in (1.0, 2.0, 6.0)])
    >>> y = model([2.0]); y.backward()
    >>> y.data, [round(p.grad, 4) for p in model.parameters()]
    (6.0, [0.6667, 0.3333, 0.6667, 0.3333, 0.6667, 0.3333])
    """

    def __init__(self, models: Iterable[Callable[[Any], Any]], weights: Any = None) -> None:
        self.models = _models(models)
        self.shares = _shares(weights, len(self.models))

    def forward(self, x: Any) -> Any:
        outputs = [model(x) for model in self.models]
        if any(isinstance(y, (Tensor, np.ndarray)) for y in outputs):
            shapes = {np.shape(y) for y in outputs}
            if len(shapes) > 1:
                raise InputValueError(f"the models give outputs of the shapes {sorted(shapes)}; average equal ones")
            return sum(share * y for share, y in zip(self.shares, outputs, strict=True))
        widths = {len(y) if is_sequence(y) else 0 for y in outputs}
        if len(widths) > 1:
            raise InputValueError(f"the models give {sorted(widths)} outputs; average models that have equally many")
        if not widths.pop():
            return dot(self.shares, outputs)
        return [dot(self.shares, column) for column in zip(*outputs, strict=True)]

    def __repr__(self) -> str:
        return self._described(f"{len(self.models)} models")


class Vote:
    """Several models of which each has a vote for the class of a sample; the class of most votes is predicted.

    Parameters
    ----------
    models : sequence
        Models with a method ``predict``, such as those of `nn.binary`, which gives the labels of several inputs. A
        module or function without one gives scores: for several outputs it votes for the position of the largest, for
        a single output for 1 if it is positive, else for 0.

    Raises
    ------
    InputTypeError, InputValueError
        If there are no models.

    Examples
    --------
    >>> from nn import ensembles
    >>> model = ensembles.Vote([lambda x, c=c: x[0] - c for c in (1.0, 2.0, 6.0)])
    >>> model.predict([[0.0], [3.0], [9.0]])
    array([0, 1, 1])
    """

    def __init__(self, models: Iterable[Any]) -> None:
        self.models = _models(models)

    def votes(self, X: Any) -> tuple[Array, Array]:
        """Return the labels that have a vote for some sample, and the number of votes, of shape (samples, labels)."""
        inputs = as_array(X, "X")
        ballots = np.stack([_labels(model, inputs) for model in self.models])
        labels: Array = np.unique(ballots)
        return labels, (ballots[:, :, None] == labels).sum(axis=0)

    def predict(self, X: Any) -> Array:
        """Return the label with most votes for each sample; if several have as many, the smallest of these labels."""
        labels, votes = self.votes(X)
        found: Array = labels[votes.argmax(axis=1)]
        return found

    def __repr__(self) -> str:
        return f"Vote({len(self.models)} models)"


def bagging(
    train: Callable[[Array, Array], Any], X: Any, y: Any, models: int = 10, *, size: int | None = None, rng: Seed = None
) -> list[Any]:
    """Train several models, each on samples drawn with replacement (bootstrap aggregating, Breiman 1996).

    A sample is in the data of a model of the same size with probability 1 - (1 - 1/n)^n, about 63 %.

    Parameters
    ----------
    train : callable
        The learner: ``train(X, y)`` is given inputs and targets, and returns a model.
    X, y : array, DataFrame, Series or sequence
        Inputs, and a target for each; the first axis counts the samples.
    models : int
        The number of models.
    size : int, optional
        The number of samples that each is trained on; by default as many as there are.
    rng : int or generator, optional
        The seed or generator of the draws; see `nn.data.batches`.

    Returns
    -------
    list
        The models, for `Average` or `Vote`.

    Raises
    ------
    InputTypeError, InputValueError
        If the data is not of finite numbers, or a number is not positive.

    Examples
    --------
    >>> from nn import ensembles
    >>> def train(X, y):
    ...     return lambda x: float(y.mean())
    >>> means = ensembles.bagging(train, [[0], [1], [2]], [3.0, 6.0, 9.0], models=4, rng=1)
    >>> [mean([0.0]) for mean in means], ensembles.Average(means)([0.0])
    ([7.0, 5.0, 7.0, 6.0], 6.25)
    """
    if isinstance(train, type) or not callable(train):
        raise InputTypeError(
            f"train takes a function, not {described(train)}; it is given inputs and targets, and returns a model"
        )
    inputs, targets = as_pair(X, y)
    number, generator = count(models, "models"), as_generator(rng)
    if number > MOST:
        raise InputValueError(f"models is at most {MOST:,}, not {shortened(models)}")
    draws = len(inputs) if size is None else count(size, "size")
    chosen = [generator.integers(len(inputs), size=draws) for _ in range(number)]
    return [train(inputs[rows], targets[rows]) for rows in chosen]


def _models(given: Any) -> list[Any]:
    if not is_sequence(given):
        raise InputTypeError(f"an ensemble takes a list of models, not {described(given)}")
    models = list(given)
    if not models:
        raise InputValueError("an ensemble needs at least one model")
    for model in models:
        if isinstance(model, type) or not (callable(model) or callable(getattr(model, "predict", None))):
            raise InputTypeError(f"an ensemble takes models, which can be called, not {described(model)}")
    return models


def _shares(weights: Any, models: int) -> list[float]:
    """The weights, divided by their sum."""
    if weights is None:
        return [1 / models] * models
    array = as_array(weights, "weights").astype(float)
    if array.shape != (models,) or (array < 0).any() or not array.any():
        raise InputValueError(
            f"weights takes a weight for each of {models} models, none negative and not all 0, not {shortened(weights)}"
        )
    shares: list[float] = (array / array.sum()).tolist()
    return shares


def _labels(model: Any, inputs: Array) -> Array:
    """The class for which a model votes, for each input."""
    own = getattr(model, "predict", None)
    given = np.asarray(own(inputs) if callable(own) else predict(model, inputs, compile=isinstance(model, Module)))
    if callable(own):
        labels = given
    elif given.ndim == 2 and given.shape[1] > 1:
        labels = given.argmax(axis=1)
    else:
        labels = (given.reshape(len(given), -1)[:, 0] > 0).astype(int)
    if labels.shape != (len(inputs),):
        raise InputValueError(
            f"a model gives labels of shape {labels.shape} for {len(inputs)} inputs; give one for each"
        )
    return labels
