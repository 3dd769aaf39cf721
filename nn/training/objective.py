"""The loss of a batch, computed in the fastest way that the model and the loss allow.

    compiled            the model takes one sample: its loss is recorded once, and runs as an array program on the batch
    sample by sample    the model takes one sample, and cannot be compiled, or is not to be
    in batches          the model takes an array with a batch: loss(model(X), y)

The loss of a batch is the mean of the losses of its samples for most losses; with class weights it is not, since each
sample counts as much as its class. `Objective` decides it on a few samples, before the first step.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np

import autograd
from autograd import AnomalyError, Tensor, Value, detect_anomaly, no_grad
from autograd.core.tape import Node
from autograd.errors import CompileWarning, InputTypeError, InputValueError, described

from ..data.arrays import Array

__all__ = ["Objective"]

FEW = 4  # samples, and classes beside them, on which a loss is tried
NEARLY = 1e-9  # the relative difference that rounding may make
CHUNK = 256  # samples for which predictions are computed together, at least

Loss = Callable[[Any, Any], Any]


class Objective:
    """The loss of a model on a batch.

    Parameters
    ----------
    model : callable
        Maps a sample, or a batch, to a prediction.
    loss : callable, optional
        ``(prediction, target) -> loss``; for predictions none is needed.
    batched : bool
        True if the model takes a batch.
    compiled : bool
        True if a model of single samples is compiled.
    penalty : callable, optional
        ``(model) -> loss``, added to the loss of each batch.

    Attributes
    ----------
    way : str
        The way in which losses are computed.
    """

    def __init__(
        self,
        model: Callable[..., Any],
        loss: Loss | None,
        batched: bool,
        compiled: bool,
        penalty: Callable[[Any], Any] | None = None,
    ) -> None:
        self._model, self._loss, self._batched = model, loss or _no_loss, batched
        self._penalty = None if penalty is None else partial(penalty, model)
        self._takes_floats = _module(loss).startswith("nn.losses")  # which take the number of a class as a float
        self._is_mean = not batched
        self._tried = False
        self._folds = True  # the penalty is part of the compiled loss, which then is one program
        self.way = "in batches" if batched else "sample by sample"
        if compiled and not batched:
            self.way = "compiled"
            # The functions name no attribute of this object: what compiled code names is watched, and when it changes,
            # the code is recorded anew.
            of_prediction: Any = self._loss
            of_model: Any = self._penalty

            def sample_loss(x: Any, y: Any) -> Any:
                return of_prediction(model(x), y)

            def penalised_loss(x: Any, y: Any) -> Any:
                return of_prediction(model(x), y) + of_model()

            def prediction(x: Any) -> Any:
                return model(x)

            self._sample_loss = autograd.compile(sample_loss)
            self._penalised_loss = autograd.compile(penalised_loss)
            self._predict = autograd.compile(prediction)

    def prepared(self, X: Array, y: Array) -> tuple[Array, Array]:
        """Return arrays in the type in which a compiled loss takes them without conversion."""
        if self._batched:
            return X, y
        whole = y.dtype.kind in "iu" and not self._takes_floats
        return self.inputs(X), y if whole else y.astype(float)

    def inputs(self, X: Array) -> Array:
        """Return inputs as `prepared` does."""
        return X if self._batched or X.dtype.kind in "iu" else X.astype(float)

    def check(self, X: Array, y: Array) -> None:
        """Try the loss on a few samples, and find out if the loss of a batch is the mean of those of its samples.

        Raises
        ------
        Exception
            The error of the model or the loss, if it refuses the samples.
        """
        if self._batched:
            return
        chosen = np.arange(min(FEW, len(X)))
        if y.ndim == 1:  # a class weight shows in samples of different classes
            chosen = np.union1d(chosen, np.unique(y, return_index=True)[1][: 2 * FEW])
        targets = y[chosen].tolist()
        with no_grad():
            try:
                predictions = [self._model(row) for row in X[chosen].tolist()]
            except InputTypeError as refusal:
                if X.ndim > 1:
                    raise
                raise InputTypeError(f"{refusal}; if the model takes a list of features, give X[:, None]") from None
            if y.ndim == 2 and y.shape[1] == 1 and not any(isinstance(p, (list, tuple)) for p in predictions):
                raise InputValueError(
                    f"y has shape {y.shape}, and the model gives a single number for each sample; drop the axis of "
                    "length 1: y[:, 0]"
                )
            alone = error = together = None
            try:
                alone = np.mean([_number(self._loss(p, t)) for p, t in zip(predictions, targets, strict=True)])
            except Exception as raised:
                error = raised
            try:
                together = _number(self._loss(predictions, targets))
            except Exception:
                if error is not None:  # neither one nor several
                    raise error from None
        if together is not None:
            same = alone is not None and bool(np.isclose(alone, together, rtol=NEARLY, atol=0.0, equal_nan=True))
            self._is_mean = same

    # --- The loss of a batch ------------------------------------------------------------------------------------------

    def __call__(self, X: Array, y: Array) -> Any:
        """Return the loss of a batch, recorded, with the penalty."""
        if self.way != "compiled":
            return self._as_written(X, y)
        try:
            return self._compiled_loss(X, y) if self._tried else self._first(X, y)
        except Exception as error:
            self.way = "sample by sample"
            total = self._as_written(X, y)  # which raises the same error, if it is one of the data
            _say_why(error)
            return total

    def _compiled_loss(self, X: Array, y: Array) -> Any:
        if not self._is_mean:
            return self._with_penalty(_scalar(self._loss(self._predict(X), y)))
        is_whole = self._penalty is not None and self._folds
        losses = self._penalised_loss(X, y) if is_whole else self._sample_loss(X, y)
        total = losses.mean() if losses.ndim == 1 else _scalar(losses)
        return total if is_whole else self._with_penalty(total)

    def _first(self, X: Array, y: Array) -> Any:
        """The first compiled loss, in which a warning that the program would not follow the model is an error."""
        with warnings.catch_warnings():
            warnings.simplefilter("error", CompileWarning)
            try:
                total = self._compiled_loss(X, y)
            except Exception:
                if self._penalty is None or not self._is_mean:
                    raise
                self._folds = False  # a penalty of tensors, which is fast as it is written; or the model is at fault
                total = self._compiled_loss(X, y)
        self._tried = True
        return total

    def _with_penalty(self, total: Any) -> Any:
        return total if self._penalty is None else total + self._penalty()

    def _as_written(self, X: Array, y: Array) -> Any:
        if self._batched:
            total = _scalar(self._loss(self._model(X), y))
        else:
            predictions, targets = [self._model(row) for row in X.tolist()], y.tolist()
            if self._is_mean:
                losses = [_scalar(self._loss(p, t)) for p, t in zip(predictions, targets, strict=True)]
                has_tensors = any(isinstance(loss, Tensor) for loss in losses)
                total = autograd.mean(autograd.stack(losses) if has_tensors else losses)
            else:
                total = _scalar(self._loss(predictions, targets))
        return self._with_penalty(total)

    # --- Without recording --------------------------------------------------------------------------------------------

    def measured(self, X: Array, y: Array, size: int, with_predictions: bool) -> tuple[float, Array | None]:
        """Return the loss over any number of samples, without the penalty, and if asked for the predictions."""
        size, penalty = max(size, CHUNK), self._penalty
        self._penalty = None
        try:
            with no_grad():
                if self._batched:
                    return self._measured_in_batches(X, y, size)
                if self.way == "compiled" and not self._is_mean:
                    predictions = self.predictions(X, size)
                    return _number(self._loss(Tensor(predictions), y)), predictions
                size = size if self._is_mean else len(X)
                total = sum(len(part) * _number(self(part, targets)) for part, targets in _cut(size, X, y))
                return total / len(X), self.predictions(X, size) if with_predictions else None
        finally:
            self._penalty = penalty

    def _measured_in_batches(self, X: Array, y: Array, size: int) -> tuple[float, Array | None]:
        """The loss of all predictions together; or, of those that are not single arrays, the mean of parts."""
        found = [self._model(part) for (part,) in _cut(size, X)]
        if all(isinstance(each, Tensor) for each in found):
            predictions = np.concatenate([_numbers(each) for each in found])
            return _number(self._loss(Tensor(predictions), y)), predictions
        parts = zip(found, _cut(size, y), strict=True)
        return sum(len(targets) * _number(self._loss(each, targets)) for each, (targets,) in parts) / len(X), None

    def predictions(self, X: Array, size: int = CHUNK) -> Array:
        """Return the predictions for all samples as an array."""
        with no_grad():
            return np.concatenate([self._predictions(part) for (part,) in _cut(size, X)])

    def _predictions(self, X: Array) -> Array:
        if self._batched:
            return _numbers(self._model(X))
        if self.way == "compiled":
            try:
                return _numbers(self._predict(X))
            except Exception as error:
                found = _numbers([self._model(row) for row in X.tolist()])
                self.way = "sample by sample"
                _say_why(error)
                return found
        return _numbers([self._model(row) for row in X.tolist()])

    # --- The operation that made a number infinite --------------------------------------------------------------------

    def cause(self, X: Array, y: Array) -> str:
        """Run a batch as it is written, and name the first operation that gives a number or gradient not finite."""
        rows = [(X, y)] if self._batched or not self._is_mean else [(X[k : k + 1], y[k : k + 1]) for k in range(len(X))]
        try:
            with detect_anomaly():
                for sample in rows:
                    self._as_written(*sample).backward()
        except AnomalyError as error:
            return str(error)
        return ""


def _say_why(error: Exception) -> None:
    reason = str(error).partition("; ")[0].rstrip(".")
    warnings.warn(
        f"the model runs sample by sample, since it cannot be compiled: {reason}. With compile=False it does so "
        "without this warning",
        CompileWarning,
        stacklevel=6,  # the call of fit
    )


def _module(function: Any) -> str:
    while isinstance(function, partial):
        function = function.func
    return str(getattr(function, "__module__", ""))


def _no_loss(prediction: Any, target: Any) -> Any:
    raise InputTypeError(f"there is no loss of {described(prediction)} and {described(target)}")


def _scalar(loss: Any) -> Any:
    """Check that a loss is a single recorded number."""
    if isinstance(loss, Node):
        shape = loss.shape if isinstance(loss, Tensor) else ()
        if shape == ():
            return loss
        raise InputValueError(f'the loss has shape {shape}, and training takes one number; take reduction="mean"')
    raise InputTypeError(
        f"the loss is {described(loss)}, which has no record from which gradients could reach the parameters; write a "
        "loss that computes its result from the prediction, without converting it to numbers"
    )


def _number(loss: Any) -> float:
    return float(loss.item()) if isinstance(loss, (Value, Tensor, np.generic, np.ndarray)) else float(loss)


def _numbers(found: Any) -> Array:
    """Predictions as an array of numbers."""
    try:
        array = np.asarray(_plain(found))
    except ValueError:
        array = np.array(None)
    if array.dtype.kind not in "biuf" or not array.ndim:
        raise InputTypeError(
            f"the model gives {described(found)}, and predictions are arrays with a row for each sample; give a "
            "function of the model that returns one"
        )
    return array


def _plain(found: Any) -> Any:
    if isinstance(found, (Value, Tensor)):
        return found.data
    return [_plain(each) for each in found] if isinstance(found, (list, tuple)) else found


def _cut(size: int, *arrays: Array) -> Iterator[list[Array]]:
    """Parts of arrays, of the same samples."""
    for begin in range(0, len(arrays[0]), size):
        yield [array[begin : begin + size] for array in arrays]
