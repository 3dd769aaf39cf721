"""Models as estimators of scikit-learn, for its pipelines, searches and scores: `Classifier` and `Regressor`.

The module needs scikit-learn, which ``import nn`` alone does not load.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from operator import index
from typing import Any

import numpy as np

from autograd.core.numbers import is_whole, number
from autograd.errors import InputTypeError, InputValueError, described, shortened

from . import losses
from .data.arrays import Array, as_generator, count
from .data.batching import train_test_split
from .given import is_sequence
from .layers import Flatten, Linear, Sequential
from .module import Module
from .optim import Adam
from .regularisers import l2
from .training import fit, predict

try:
    from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
    from sklearn.utils import Tags, check_random_state
    from sklearn.utils.multiclass import check_classification_targets
    from sklearn.utils.validation import check_is_fitted, validate_data
except ImportError as missing:
    raise ImportError("nn.sklearn needs scikit-learn 1.6 or newer: pip install scikit-learn") from missing

__all__ = ["Classifier", "Regressor"]


class _Estimator(BaseEstimator):
    """The base of both estimators. It keeps the settings as they are given, as scikit-learn requires."""

    def __init__(
        self,
        widths: Sequence[int] = (32,),
        activation: str | Callable[[Any], Any] = "relu",
        *,
        model: Callable[[int, int], Module] | None = None,
        loss: Callable[[Any, Any], Any] | None = None,
        optimizer: Callable[..., Any] | None = None,
        lr: float = 0.01,
        alpha: float = 0.0,
        epochs: int = 100,
        batch_size: int = 32,
        early_stopping: int | None = None,
        validation_fraction: float = 0.1,
        random_state: Any = None,
        progress: bool = False,
    ) -> None:
        self.widths, self.activation, self.model = widths, activation, model
        self.loss, self.optimizer, self.lr, self.alpha = loss, optimizer, lr, alpha
        self.epochs, self.batch_size = epochs, batch_size
        self.early_stopping, self.validation_fraction = early_stopping, validation_fraction
        self.random_state, self.progress = random_state, progress

    def _train(self, X: Array, y: Array, outputs: int, loss: Callable[[Any, Any], Any]) -> None:
        """Make a model of so many outputs, and train it."""
        for name in ("model", "loss", "optimizer"):
            if getattr(self, name) is not None and not callable(getattr(self, name)):
                raise InputTypeError(f"{name} takes a function, not {described(getattr(self, name))}")
        alpha = number(self.alpha, "alpha")
        seed = _seed(self.random_state)
        with _seeded(seed):
            model = (self.model or self._network)(X.shape[1], outputs)
        if not isinstance(model, Module):
            raise InputTypeError(f"model makes a module, such as nn.MLP(inputs, [8, outputs]), not {described(model)}")
        shape = predict(model, X[:1]).shape[1:]
        if math.prod(shape) != outputs:
            raise InputValueError(f"the model gives {math.prod(shape)} numbers for each sample, not {outputs}")
        y = y.reshape(len(y), *shape) if outputs == 1 else y
        data, validation = (X, y), None
        if self.early_stopping is not None:
            X_train, X_valid, y_train, y_valid = train_test_split(X, y, self.validation_fraction, rng=seed)
            data, validation = (X_train, y_train), (X_valid, y_valid)
        self.model_ = model
        self.history_ = fit(
            model,
            self.loss or loss,
            data,
            (self.optimizer or Adam)(model.parameters(), lr=self.lr),
            epochs=count(self.epochs, "epochs"),
            batch_size=self.batch_size,
            validation=validation,
            early_stopping=self.early_stopping,
            penalty=(lambda trained: l2(trained, alpha)) if alpha else None,
            rng=as_generator(seed),
            progress=self.progress,
        )
        self.n_iter_ = len(self.history_["epoch"])

    def _network(self, inputs: int, outputs: int) -> Module:
        """The network that is used if no other is given."""
        if not is_sequence(self.widths):
            raise InputTypeError(f"widths takes a list of whole numbers, not {described(self.widths)}; write (32,)")
        widths = [inputs, *(count(width, "a width") for width in self.widths)]
        hidden = [Linear(n_in, n_out, self.activation) for n_in, n_out in pairwise(widths)]
        return Sequential(*hidden, Linear(widths[-1], outputs), *([Flatten(0)] if outputs == 1 else []))

    def _outputs(self, X: Any) -> Array:
        """The outputs of the trained model for samples."""
        check_is_fitted(self)
        return predict(self.model_, validate_data(self, X, reset=False, dtype=np.float64))


def _seed(random_state: Any) -> int:
    """A seed drawn from a random state, as scikit-learn understands one."""
    if is_whole(random_state):
        random_state = index(random_state)
        if not 0 <= random_state < 2**32:
            raise InputValueError(f"random_state is a seed from 0 to 2**32 - 1, not {shortened(random_state)}")
    elif not (random_state is None or random_state is np.random or isinstance(random_state, np.random.RandomState)):
        raise InputTypeError(
            f"random_state takes a whole number, a numpy.random.RandomState or None, not {described(random_state)}"
        )
    return int(check_random_state(random_state).randint(2**31))


@contextmanager
def _seeded(seed: int) -> Iterator[None]:
    """A block in which Python's generator, which draws weights, is seeded; its state is restored afterwards."""
    state = random.getstate()
    random.seed(seed)
    try:
        yield
    finally:
        random.setstate(state)


class Classifier(ClassifierMixin, _Estimator):
    """A network that classifies samples, as an estimator of scikit-learn.

    Parameters
    ----------
    widths : sequence of int
        The numbers of units of the hidden layers.
    activation : str or callable
        The activation of the hidden layers, as in `nn.Linear`.
    model : callable, optional
        ``(n_inputs, n_outputs) -> Module`` makes another model than these layers. It has an output for each class.
    loss : callable, optional
        ``(outputs, classes) -> loss``, of the numbers of the classes; by default `nn.losses.cross_entropy`.
    optimizer : callable, optional
        ``(parameters, lr=…) -> optimizer``, such as `nn.optim.SGD`; by default `nn.optim.Adam`.
    lr : float
        The rate of the optimizer.
    alpha : float
        The strength of `nn.regularisers.l2`.
    epochs, batch_size : int
        The number of passes over the samples, and the number of samples in a step.
    early_stopping : int, optional
        The number of epochs without a smaller loss of validation after which training ends; then the best parameters
        are restored.
    validation_fraction : float
        The part of the samples that early stopping keeps for validation.
    random_state : int, numpy.random.RandomState or None
        A seed, for the same weights and batches each time.
    progress : bool
        True if the progress of training is shown.

    Attributes
    ----------
    model_ : Module
        The trained model.
    history_ : History
        The loss of each epoch.
    classes_ : ndarray
        The labels, in the order of the outputs.
    n_features_in_ : int
        The number of features.
    feature_names_in_ : ndarray
        The names of the features, if the inputs had names that are text, as those of a DataFrame.

    Raises
    ------
    InputTypeError, InputValueError
        In `fit`, if a setting cannot be used, or there is only one class.
    ImportError
        When the module is imported, if scikit-learn is not installed.

    Examples
    --------
    >>> from sklearn.model_selection import GridSearchCV
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.preprocessing import StandardScaler
    >>> from nn import data
    >>> from nn.sklearn import Classifier
    >>> X, y = data.moons(100, noise=0.1, rng=0)
    >>> classifier = Classifier(lr=0.1, epochs=15, random_state=0)
    >>> pipeline = make_pipeline(StandardScaler(), classifier)
    >>> search = GridSearchCV(pipeline, {"classifier__widths": [(), (16,)]}, cv=2).fit(X, y)
    >>> search.best_params_, bool(search.best_score_ > 0.9)
    ({'classifier__widths': (16,)}, True)
    """

    def fit(self, X: Any, y: Any) -> Classifier:
        """Train the model.

        Parameters
        ----------
        X : array or DataFrame of shape (samples, features)
            Finite numbers.
        y : array of shape (samples,)
            A label for each sample: numbers or text.

        Returns
        -------
        Classifier
            The estimator itself.
        """
        X, y = validate_data(self, X, y, dtype=np.float64)
        check_classification_targets(y)
        self.classes_, classes = np.unique(y, return_inverse=True)
        if len(self.classes_) < 2:
            raise InputValueError("the samples belong to one class; Classifier needs samples of at least two classes")
        self._train(X, classes, len(self.classes_), losses.cross_entropy)
        return self

    def decision_function(self, X: Any) -> Array:
        """Return the logits, of shape ``(samples, classes)``; for two classes their difference, ``(samples,)``."""
        outputs = self._outputs(X)
        return outputs[:, 1] - outputs[:, 0] if len(self.classes_) == 2 else outputs

    def predict_proba(self, X: Any) -> Array:
        """Return the probability of each class, of shape ``(samples, classes)``: the softmax of the logits."""
        outputs = self._outputs(X)
        powers = np.exp(outputs - outputs.max(axis=1, keepdims=True))
        probabilities: Array = powers / powers.sum(axis=1, keepdims=True)
        return probabilities

    def predict(self, X: Any) -> Array:
        """Return the most probable label of each sample."""
        outputs = self._outputs(X)
        labels: Array = self.classes_[outputs.argmax(axis=1)]
        return labels


class Regressor(RegressorMixin, _Estimator):
    """A network that predicts numbers, as an estimator of scikit-learn.

    The settings are those of `Classifier`; ``loss`` is `nn.losses.mse` by default.

    Raises
    ------
    InputTypeError, InputValueError
        In `fit`, if a setting cannot be used.
    ImportError
        When the module is imported, if scikit-learn is not installed.

    Examples
    --------
    >>> import numpy as np
    >>> from nn.sklearn import Regressor
    >>> X = np.linspace(-1.0, 1.0, 60)[:, None]
    >>> y = X[:, 0] ** 2
    >>> model = Regressor((16,), "tanh", lr=0.03, epochs=60, batch_size=8, random_state=0)
    >>> model = model.fit(X, y)
    >>> bool(model.score(X, y) > 0.95)
    True
    """

    def fit(self, X: Any, y: Any) -> Regressor:
        """Train the model.

        Parameters
        ----------
        X : array or DataFrame of shape (samples, features)
            Finite numbers.
        y : array of shape (samples,) or (samples, outputs)
            The numbers to be predicted.

        Returns
        -------
        Regressor
            The estimator itself.
        """
        X, y = validate_data(self, X, y, dtype=np.float64, multi_output=True, y_numeric=True)
        self._one_column = y.ndim == 1
        self._train(X, np.asarray(y, dtype=np.float64), 1 if self._one_column else y.shape[1], losses.mse)
        return self

    def predict(self, X: Any) -> Array:
        """Return the prediction for each sample, in the shape that the targets had."""
        outputs = self._outputs(X)
        return outputs.reshape(len(outputs)) if self._one_column else outputs.reshape(len(outputs), -1)

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags
