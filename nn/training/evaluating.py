"""Evaluation: the loss and metrics of a model on samples, and its predictions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from ..data.arrays import Array, as_array
from ..module import Module
from .arguments import Data, Metrics, as_metrics, as_objective, as_samples, modules_of, parameters_of

__all__ = ["evaluate", "predict", "restored", "set_mode"]


def set_mode(modules: Sequence[Module], training: bool) -> None:
    """Set the mode of all modules that are in the other one."""
    for module in modules:
        if module.training is not training:
            module.training = training


@contextmanager
def restored(modules: Sequence[Module], training: bool) -> Iterator[None]:
    """A block that begins with modules in a given mode, and after which each is in its former mode again."""
    modes = [module.training for module in modules]
    try:
        set_mode(modules, training)
        yield
    finally:
        for module, mode in zip(modules, modes, strict=True):
            module.training = mode


def evaluate(
    model: Callable[..., Any],
    loss: Callable[[Any, Any], Any],
    data: Data,
    *,
    metrics: Metrics = None,
    batched: bool | None = None,
    compile: bool = True,
) -> dict[str, Any]:
    """Measure the loss and metrics of a model on samples, in evaluation mode, without recording.

    Parameters
    ----------
    model, loss, data, metrics, batched, compile
        As in `fit`. A metric may return anything, as `confusion_matrix` does.

    Returns
    -------
    dict from str to float
        The ``loss``, and each metric by its name.

    Raises
    ------
    InputTypeError, InputValueError
        If an argument cannot be used.

    Examples
    --------
    >>> from nn import MLP, evaluate, init, losses
    >>> model = MLP(1, [1], init=init.constant(2.0))
    >>> evaluate(model, losses.mse, ([[1.0], [2.0]], [2.0, 5.0]), metrics="r2")
    {'loss': 0.5, 'r2': 0.7777777778}
    """
    objective = as_objective(model, loss, batched, compile, parameters_of(model))
    pair = objective.prepared(*as_samples(data, "data"))
    measures = as_metrics(metrics)
    with restored(modules_of(model), training=False):
        objective.check(*pair)
        total, predictions = objective.measured(*pair, 1, bool(measures))
        return {"loss": total, **{name: metric(predictions, pair[1]) for name, metric in measures.items()}}


def predict(model: Callable[..., Any], X: Any, *, batched: bool | None = None, compile: bool = True) -> Array:
    """Return the predictions of a model for samples as an array, in evaluation mode, without recording.

    Parameters
    ----------
    model : Module or callable
        As in `fit`.
    X : array, DataFrame, Tensor or sequence of numbers
        The inputs; the first axis counts the samples.
    batched, compile
        As in `fit`.

    Returns
    -------
    ndarray
        The prediction for each sample.

    Raises
    ------
    InputTypeError, InputValueError
        If an argument cannot be used.

    Examples
    --------
    >>> from nn import MLP, init, predict
    >>> predict(MLP(1, [1], init=init.constant(2.0)), [[1.0], [2.0]])
    array([2., 4.])
    """
    objective = as_objective(model, None, batched, compile, parameters_of(model))
    inputs = objective.inputs(as_array(X, "X"))
    with restored(modules_of(model), training=False):
        return objective.predictions(inputs)
