"""The inputs of layers on arrays: tensors, arrays, and nested lists of numbers and values."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np

from autograd import Tensor, stack
from autograd.arrays.readonly import array_of, is_array_of_a_library
from autograd.core.context import current_scope
from autograd.errors import InputTypeError, InputValueError, described

from ..given import is_sequence

__all__ = ["Array", "as_array", "check_width"]

Array: TypeAlias = Tensor | np.ndarray[Any, Any]


def as_array(x: Any) -> Array:
    """Return the input of a layer as a tensor, or as an array if nothing in it is recorded.

    Raises
    ------
    InputTypeError
        If it is a single number, or anything else that is no array.
    InputValueError
        If its rows differ in length.
    """
    if isinstance(x, Tensor) or (type(x) is np.ndarray and x.dtype.kind == "f"):
        return x
    array = None
    if is_array_of_a_library(x) or is_sequence(x):
        given = x if is_array_of_a_library(x) else list(x)
        try:
            array = array_of(given, current_scope())
        except InputTypeError:  # there are tensors in a list, or rows of different lengths
            if given is x:
                raise
        if array is None or array.dtype.kind == "O":
            return stack(given)  # type: ignore[no-any-return]
    if array is None or array.dtype.kind not in "biuf":
        raise InputTypeError(
            f"{current_scope()} takes an array of real numbers, or nested lists, not {described(x)}; "
            "write [x] for a single number"
        )
    return array if array.dtype.kind == "f" else array.astype(np.float64)


def check_width(x: Array, n_in: int) -> None:
    """Refuse an input whose last axis has another length."""
    if not x.ndim or x.shape[-1] != n_in:
        raise InputValueError(
            f"{current_scope()} takes {n_in} numbers for each sample, an array of shape ({n_in},) or (N, {n_in}), "
            f"not of shape {x.shape}"
        )
