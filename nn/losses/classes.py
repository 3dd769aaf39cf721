"""The scores that a classification target chooses: by the number of the true class, or by a probability for each class.

scores   z0   z1   z2
target              2      the score z2
target    0    0    1      the same, one-hot
target   .1   .2   .7      .1 z0 + .2 z1 + .7 z2
"""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Integral, Real
from typing import Any

import numpy as np

from autograd import Tensor, Value, dot, where
from autograd import sum as add_up
from autograd.core.tape import Node, data_of
from autograd.errors import InputTypeError, InputValueError, described, shortened

from .pairs import scalar

__all__ = ["chosen_by", "chosen_in_arrays"]

NEARLY = 1e-6  # how far the sum of probabilities may be from 1


def chosen_by(target: Any, scores: Sequence[Any]) -> Any:
    """Return the score that the target of one prediction chooses; or the mean of the scores by its probabilities."""
    if isinstance(target, (list, np.ndarray)):
        weights = [scalar(each) for each in target]
        _check_probabilities(np.array([data_of(each) for each in weights]), target)
        # A plain 0 leaves its score out, which may be infinite.
        pairs = [(w, z) for w, z in zip(weights, scores, strict=True) if isinstance(w, Node) or w]
        if len(pairs) == 1 and not isinstance(pairs[0][0], Node):
            return pairs[0][1]
        return dot(*zip(*pairs, strict=True))
    if isinstance(target, Value):  # in a compiled function, the class of each sample
        _class_number(data_of(target), len(scores))
        chosen = scores[0]
        for k, score in enumerate(scores[1:], start=1):
            chosen = where(target == k, score, chosen)
        return chosen
    return scores[_class_number(target, len(scores))]


def chosen_in_arrays(target: Any, scores: Any) -> Any:
    """The same for scores of shape (…, classes) and targets of shape (…) or (…, classes)."""
    if np.ndim(scores) == np.ndim(target):
        _check_probabilities(data_of(target), target)
        weighted = target * scores
        if not isinstance(target, Tensor):
            weighted = where(target == 0, 0.0, weighted)
        return add_up(weighted, axis=-1)
    given, classes = np.asarray(data_of(target)), scores.shape[-1]
    numbers = [_class_number(each, classes) for each in given.ravel().tolist()]
    return scores[(*np.indices(given.shape), np.reshape(numbers, given.shape))]


def _class_number(given: Any, classes: int) -> int:
    """The number of a class as a position in its scores."""
    is_whole: bool = isinstance(given, (Integral, np.bool_)) or (isinstance(given, Real) and float(given).is_integer())
    if not is_whole:
        raise InputTypeError(f"the true class is a whole number, not {described(given)}; count the classes from 0")
    if not 0 <= given < classes:
        raise InputValueError(f"there is no class {shortened(given)} among {classes} scores; count the classes from 0")
    return int(given)


def _check_probabilities(numbers: Any, target: Any) -> None:
    if not (np.all(numbers >= 0) and np.all(np.abs(numbers.sum(axis=-1) - 1) <= NEARLY)):
        raise InputValueError(
            f"the probabilities of the classes are 0 or more and add up to 1, unlike {shortened(target)}; to name the "
            "true class, give its number alone"
        )
