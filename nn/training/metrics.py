"""Metrics: measures of the quality of predictions, for people to read and not for gradient descent.

A metric is a function ``(prediction, target) -> float`` of arrays with all samples; `fit`, `evaluate` and
`cross_validate` take these by name, and any other function.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.core.numbers import number
from autograd.errors import InputValueError, shortened

from ..data.arrays import Array, as_array, as_classes, count

__all__ = ["accuracy", "confusion_matrix", "r2"]


def _as_predictions(given: Any, targets: Array) -> Array:
    array = as_array(given, "prediction", finite=False)
    if len(array) != len(targets):
        raise InputValueError(f"there are {len(array)} predictions and {len(targets)} targets; give one for each")
    return array


def _classes(prediction: Any, target: Any, threshold: float | None) -> tuple[Array, Array]:
    """The predicted and the true classes, both counted from 0."""
    targets = as_array(target, "target")
    scores = _as_predictions(prediction, targets)
    if targets.ndim == 2 and targets.shape[1] == 1:
        targets = targets[:, 0]
    if scores.ndim == 2 and scores.shape[1] == 1:
        scores = scores[:, 0]
    if max(scores.ndim, targets.ndim) > 2 or (targets.ndim == 2 and targets.shape != scores.shape):
        raise InputValueError(
            f"predictions have shape (samples,) or (samples, classes), and targets (samples,) or one-hot rows; these "
            f"have shapes {scores.shape} and {targets.shape}"
        )
    if scores.ndim == 2:
        true = targets.argmax(axis=1) if targets.ndim == 2 else as_classes(targets, "target", scores.shape[1])[0]
        return scores.argmax(axis=1), true
    if scores.dtype.kind in "iu" and scores.min() >= 0:
        return scores, as_classes(targets, "target")[0]
    if set(np.unique(targets).tolist()) <= {-1, 1}:
        middle = 0.0
    elif set(np.unique(targets).tolist()) <= {0, 1}:
        middle = 0.5 if ((scores >= 0) & (scores <= 1)).all() else 0.0
    else:
        raise InputValueError(
            "one score for each sample tells two classes apart, whose targets are 0 and 1, or -1 and 1, not "
            f"{shortened(targets.tolist())}; give a score for each class, or the predicted classes as whole numbers"
        )
    bound = middle if threshold is None else number(threshold, "threshold")
    return (scores > bound).astype(np.int64), (targets > 0).astype(np.int64)


def accuracy(prediction: Any, target: Any, threshold: float | None = None) -> float:
    """The share of the samples whose class is predicted right.

    Parameters
    ----------
    prediction : array_like of shape (samples, classes) or (samples,)
        A score for each class, the largest of which counts; one score for two classes; or the predicted classes as
        integers.
    target : array_like of shape (samples,) or (samples, classes)
        The classes, counted from 0; for two of them also -1 and 1; or one-hot rows.
    threshold : float, optional
        Where one score separates two classes. By default 0; or, if targets are 0 and 1 and all scores are between 0 and
        1, as probabilities are, ½.

    Returns
    -------
    float
        From 0 to 1.

    Raises
    ------
    InputTypeError, InputValueError
        If shapes do not fit, or targets are not classes.

    Examples
    --------
    >>> from nn import accuracy
    >>> accuracy([1.0, -2.0, 0.5, -0.5], [1, 1, 1, -1])
    0.75
    >>> accuracy([[0.1, 2.0], [3.0, 1.0]], [1, 1])
    0.5
    """
    predicted, true = _classes(prediction, target, threshold)
    return float(np.mean(predicted == true))


def confusion_matrix(prediction: Any, target: Any, classes: int | None = None, threshold: float | None = None) -> Array:
    """The number of samples for each true class (row) and each predicted class (column).

    Parameters
    ----------
    prediction, target, threshold
        As in `accuracy`. Of two classes, -1 and 1, the first row and column are for -1.
    classes : int, optional
        The number of classes; by default as many as there are scores, or classes among predictions and targets.

    Returns
    -------
    ndarray of int, of shape (classes, classes)

    Raises
    ------
    InputTypeError, InputValueError
        As `accuracy`, and if there are more classes than ``classes``.

    Examples
    --------
    >>> from nn import confusion_matrix
    >>> confusion_matrix([0, 1, 1, 2], [0, 0, 1, 2])
    array([[1, 1, 0],
           [0, 1, 0],
           [0, 0, 1]])
    """
    predicted, true = _classes(prediction, target, threshold)
    least = int(max(predicted.max(), true.max(), np.shape(prediction)[-1] - 1 if np.ndim(prediction) == 2 else 1)) + 1
    most = least if classes is None else count(classes, "classes")
    if most < least:
        raise InputValueError(f"there are {least} classes, more than the {most} of the matrix")
    matrix = np.zeros((most, most), np.int64)
    np.add.at(matrix, (true, predicted), 1)
    return matrix


def r2(prediction: Any, target: Any) -> float:
    """The coefficient of determination, ``1 - Σ (t - p)² / Σ (t - mean t)²``: 1 for the targets, 0 for their mean.

    Parameters
    ----------
    prediction, target : array_like of one shape
        Numbers; all of them count alike.

    Returns
    -------
    float
        1 at most; negative if the mean of the targets is nearer to them than the predictions are.

    Raises
    ------
    InputTypeError, InputValueError
        If shapes differ, or all targets are equal.

    Examples
    --------
    >>> from nn import r2
    >>> r2([1.0, 2.0, 4.0], [1.0, 2.0, 3.0])
    0.5
    """
    targets = as_array(target, "target")
    predictions = _as_predictions(prediction, targets)
    if predictions.shape != targets.shape:
        raise InputValueError(
            f"predictions have shape {predictions.shape} and targets have shape {targets.shape}; give one for each"
        )
    spread = float(np.sum((targets - targets.mean()) ** 2))
    if not spread:
        raise InputValueError("r2 compares with the mean of the targets, and these are all equal")
    with np.errstate(all="ignore"):
        return float(1 - np.sum((targets - predictions) ** 2) / spread)
