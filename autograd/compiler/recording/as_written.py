"""A compiled function run as it is written: sample by sample, with every operation recorded.

Higher derivatives and forward mode need this record of scalars. It is also used inside another compiled function, and
for a comparison that arrays decide otherwise than scalars, because of rounding.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ...arrays.ops import ENTRY
from ...arrays.tensor import Tensor, apply
from ...core.value import Value
from ...errors import InputValueError
from ...functions.rearranging import stack
from .arguments import Arguments
from .results import Template, have_one_form, in_form, joined
from .wholes import argument_leaf

__all__ = ["as_recorded"]


def as_recorded(function: Callable[..., Any], given: Arguments) -> Any:
    """Return the result of the function itself, in the form in which the compiled function returns it."""
    if given.samples is None:
        return _of_sample(function, given, ())
    name = getattr(function, "__name__", type(function).__name__)
    return _together([_of_sample(function, given, (k,)) for k in range(given.samples)], name)


def _of_sample(function: Callable[..., Any], given: Arguments, sample: tuple[int, ...]) -> Any:
    """Return the result of the function for the sample at a position, which is ``()`` without a batch."""

    def array(x: Any, _: str, has_batch: bool) -> Any:
        before = sample if has_batch else ()
        found = np.empty(x.shape[len(before) :], dtype=object)
        for index in np.ndindex(found.shape):
            at = before + index
            found[index] = apply(ENTRY, x, at) if isinstance(x, Tensor) else argument_leaf(x[at])
        return found if found.shape else found[()]

    args, kwargs = given.mapped(str, lambda x, _: x if isinstance(x, Value) else argument_leaf(x), array)
    return function(*args, **kwargs)


def _together(results: list[Any], name: str) -> Any:
    """Combine the results of all samples."""
    found = [Template(result) for result in results]
    if len({len(each.values) for each in found}) > 1:
        raise InputValueError(
            "some samples of this batch give more values than others; autograd.where(condition, a, b) chooses for each "
            "sample, and always gives one"
        )
    if all(have_one_form(found[0].form, each.form) for each in found):
        return _stacked(found)
    return joined([_stacked([each]) for each in found], [np.array([k]) for k in range(len(found))], name)


def _stacked(found: list[Template]) -> Any:
    """Combine results of samples that have the same form."""
    count = len(found[0].values)
    if not count:
        return in_form(found[0], Tensor(np.empty((len(found), 0))))
    values = stack([value for each in found for value in each.values])
    return in_form(found[0], values.reshape((len(found), count)))
