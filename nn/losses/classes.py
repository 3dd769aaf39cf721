"""Targets of a classification: the number of the true class, or a probability for each class.

items    x0   x1   x2        such as the scores of the classes
target              2        chooses the item x2
target    0    0    1        the same, one-hot
target   .1   .2   .7        .1 x0 + .2 x1 + .7 x2

A choice is a target in a form that selects items. Its method ``of`` takes the items of all classes and returns the
chosen one; ``others`` returns the items of the other classes.
"""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Integral, Real
from typing import Any

import numpy as np

from autograd import Tensor, dot, where
from autograd import sum as add_up
from autograd.arrays.readonly import Followed
from autograd.core.tape import Node, data_of
from autograd.errors import InputTypeError, InputValueError, described, shortened

from .checks import is_traced, refuse_any, require_all
from .pairs import scalar

__all__ = ["KnownInArrays", "choice_in_arrays", "choices", "class_numbers", "one_hot_as_labels"]

_SIGNED, _UNSIGNED = np.dtype(np.int64), np.dtype(np.uint64)
NEARLY = 1e-6  # how far the sum of probabilities may be from 1


class _Known:
    """The choice of a true class whose number is known."""

    def __init__(self, number: int) -> None:
        self.number = number

    def of(self, items: Sequence[Any]) -> Any:
        return items[self.number]

    def others(self, items: Sequence[Any]) -> list[Any]:
        return [item for k, item in enumerate(items) if k != self.number]


class _Traced:
    """The choice of a true class that may differ in each call of a compiled function, by a condition for each class."""

    def __init__(self, hits: list[Any]) -> None:
        self.hits = hits

    def of(self, items: Sequence[Any]) -> Any:
        return add_up([where(hit, item, 0.0) for hit, item in zip(self.hits, items, strict=True)])

    def others(self, items: Sequence[Any]) -> list[Any]:
        return [where(hit, 0.0, item) for hit, item in zip(self.hits, items, strict=True)]


class _Weighed:
    """The choice by a probability for each class. A plain 0 leaves out its item, which may be infinite."""

    def __init__(self, weights: list[Any]) -> None:
        self.weights = weights

    def of(self, items: Sequence[Any]) -> Any:
        pairs = [(w, x) for w, x in zip(self.weights, items, strict=True) if isinstance(w, Node) or w]
        if len(pairs) == 1 and not isinstance(pairs[0][0], Node):
            return pairs[0][1]
        return dot(*zip(*pairs, strict=True))


class KnownInArrays:
    """The choice of true classes by their numbers, for items of shape (…, classes)."""

    def __init__(self, numbers: Any) -> None:
        self.numbers = numbers

    def of(self, items: Any) -> Any:
        return items[(*np.indices(self.numbers.shape), self.numbers)]

    def others(self, items: Any) -> Any:
        return where(np.arange(items.shape[-1]) == self.numbers[..., None], 0.0, items)


class _WeighedInArrays:
    """The choice by a probability for each class, for items of the same shape."""

    def __init__(self, weights: Any) -> None:
        self.weights = weights

    def of(self, items: Any) -> Any:
        weighted = self.weights * items
        if not isinstance(self.weights, Tensor):
            weighted = where(self.weights == 0, 0.0, weighted)
        return add_up(weighted, axis=-1)


# --- Reading ----------------------------------------------------------------------------------------------------------


def choices(targets: Sequence[Any], classes: int) -> list[Any]:
    """Read the targets of several predictions: a label, or a row of probabilities, for each.

    Raises
    ------
    InputTypeError, InputValueError
        If there is no such class, or probabilities do not add up to 1; in a compiled function at each call.
    """
    found: list[Any] = []
    traced: list[tuple[Any, _Traced]] = []
    for target in targets:
        if isinstance(target, (list, np.ndarray)):
            found.append(_Weighed([scalar(each) for each in target]))
        elif is_traced(target):
            found.append(_Traced([target == k for k in range(classes)]))
            traced.append((target, found[-1]))
        else:
            found.append(_Known(_class_number(data_of(target), classes)))
    _check_hits(traced, classes)
    _check_rows([each.weights for each in found if type(each) is _Weighed])
    return found


def choice_in_arrays(target: Any, shape: tuple[int, ...]) -> Any:
    """Read targets of shape (…) or (…, classes) for arrays of a shape (…, classes)."""
    if (target.ndim if type(target) is np.ndarray else np.ndim(target)) == len(shape):
        _check_probabilities(data_of(target), target)
        return _WeighedInArrays(target)
    given: Any = target if isinstance(target, Followed) else np.asarray(data_of(target))
    return KnownInArrays(class_numbers(given, shape[-1]))


def class_numbers(given: Any, classes: int) -> Any:
    """Return the numbers of the true classes in an array as they are, if they are whole numbers; else as such."""
    if type(given) is np.ndarray and given.dtype is _SIGNED:
        unsigned = given.view(_UNSIGNED)  # of -1, a very large number
        if unsigned.item(unsigned.argmax()) < classes:
            return given
    elif given.dtype.kind in "iu" and np.maximum.reduce(given.astype(_UNSIGNED), axis=None) < classes:
        return given
    numbers = [_class_number(each, classes) for each in given.ravel().tolist()]
    return np.reshape(numbers, given.shape).astype(int)


def one_hot_as_labels(target: Any, levels: int) -> Any:
    """Return the numbers of the classes for one-hot rows that stand in nested lists or in an array."""
    if isinstance(target, (Tensor, np.ndarray)):
        data = np.asarray(data_of(target))
        _check_one_hot(data, target)
        return data.argmax(axis=-1)
    if levels:
        return [one_hot_as_labels(each, levels - 1) for each in target]
    row = [scalar(each) for each in target]
    if any(map(is_traced, row)):
        numbers = [k * each for k, each in enumerate(row)]
        refuse_any(row, lambda x: (x != 0) & (x != 1), _not_one_hot)
        require_all([add_up(row)], lambda x: x == 1, lambda _: _not_one_hot(shortened(row)))
        return add_up(numbers)
    data = np.array([data_of(each) for each in row])
    _check_one_hot(data, target)
    return int(data.argmax())


def _not_one_hot(given: str) -> str:
    return f"a row that names the true class is one-hot, a 1 among zeros, unlike {given}; give the number of the class"


def _check_one_hot(data: Any, given: Any) -> None:
    if not ((data == 0) | (data == 1)).all() or (data.sum(axis=-1) != 1).any():
        raise InputValueError(_not_one_hot(shortened(given)))


def _class_number(given: Any, classes: int) -> int:
    """The number of a class as a position in its scores."""
    is_whole: bool = isinstance(given, (Integral, np.bool_)) or (isinstance(given, Real) and float(given).is_integer())
    if not is_whole:
        raise InputTypeError(f"the true class is a whole number, not {described(given)}; count the classes from 0")
    if not 0 <= given < classes:
        raise InputValueError(_no_class(given, classes))
    return int(given)


def _no_class(given: Any, classes: int) -> str:
    return f"there is no class {shortened(given)} among {classes} scores; count the classes from 0"


def _check_hits(traced: list[tuple[Any, _Traced]], classes: int) -> None:
    """Refuse labels that name no class. A label equals at most one number, so one sum is compared for all of them."""
    if traced and not add_up([hit for _, each in traced for hit in each.hits]) == len(traced):  # noqa: SIM201 - one op
        target = next(target for target, each in traced if not any(hit._data for hit in each.hits))
        _class_number(data_of(target), classes)


def _check_rows(rows: list[list[Any]]) -> None:
    """Refuse rows of probabilities that are negative or do not add up to 1."""
    plain = [row for row in rows if not any(map(is_traced, row))]
    for row in plain:
        _check_probabilities(np.array([data_of(each) for each in row]), row)
    if len(plain) < len(rows):
        traced = [row for row in rows if any(map(is_traced, row))]
        refuse_any((each for row in traced for each in row), lambda x: x < 0, _not_probabilities)
        require_all((add_up(row) for row in traced), lambda x: abs(x - 1) < NEARLY, _not_probabilities)


def _not_probabilities(given: str) -> str:
    return (
        f"the probabilities of the classes are 0 or more and add up to 1, unlike {given}; to name the true class, give "
        "its number alone"
    )


def _check_probabilities(numbers: Any, target: Any) -> None:
    if not (np.all(numbers >= 0) and np.all(np.abs(numbers.sum(axis=-1) - 1) < NEARLY)):
        raise InputValueError(_not_probabilities(shortened(target)))
