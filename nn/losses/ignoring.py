"""Predictions that a loss leaves out, since their label marks them: padding, unknown classes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd import Tensor
from autograd.arrays.ops import SCATTER
from autograd.arrays.tensor import evaluate
from autograd.core.numbers import whole
from autograd.core.tape import data_of
from autograd.errors import InputTypeError, InputValueError

from .checks import is_traced
from .pairs import as_array, as_lists, has_tensor, nested_shape, parts, reduced

__all__ = ["leaving_out"]


def leaving_out(ignored: Any, loss: Callable[[Any, Any], Any], scores: Any, target: Any, reduction: str) -> Any:
    """Return the loss of those predictions whose label is not the ignored one; without reduction, 0 for the others.

    Parameters
    ----------
    ignored : int or None
        The label of predictions that do not count; None if all count.
    loss : callable
        ``(scores, target) -> loss``, reduced.
    scores, target, reduction
        As for `cross_entropy`.

    Raises
    ------
    InputTypeError, InputValueError
        If ``ignored`` is not a whole number, the targets are not labels, they are arguments of a compiled function, or
        all of them are ignored.
    """
    if ignored is None:
        return loss(scores, target)
    ignored = whole(ignored, "ignore_index", least=None)
    scores, target = as_lists(scores), as_lists(target.numpy() if isinstance(target, Tensor) else target)
    shape, given = nested_shape(scores), nested_shape(target)
    if shape and given == shape:
        raise InputValueError("ignore_index goes with labels, and the targets are rows of probabilities; leave it out")
    if given != shape[:-1]:
        return loss(scores, target)  # which refuses the shapes
    labels = parts(target, len(given))
    if any(map(is_traced, labels)):
        raise InputTypeError(
            "a compiled function runs the same program for all labels, so that none can be left out; leave out the "
            'samples before the call, or multiply the losses of reduction="none" with a mask'
        )
    numbers = np.array([data_of(label) for label in labels])
    places = np.flatnonzero(numbers != ignored)
    if not len(places):
        raise InputValueError(f"all labels are {ignored}, which is ignored; give at least one other label")
    if has_tensor(scores):
        kept = as_array(scores).reshape((-1, shape[-1]))[places]
    else:
        rows = parts(scores, len(given))
        kept = [rows[place] for place in places]
    found = loss(kept, numbers[places])
    if reduction != "none":
        return found
    if isinstance(found, Tensor):
        return evaluate(SCATTER, found, places, (len(labels),)).reshape(given)
    losses = dict(zip(places.tolist(), found, strict=True))
    return reduced([losses.get(k, 0.0) for k in range(len(labels))], given, "none")
