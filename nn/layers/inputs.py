"""The inputs of layers on arrays, and the form of a parameter beside each kind of input.

tensor, list of values or numbers            the layer gives a tensor, with a record for each operation on it
array of numbers                             the same, for the parameters are tensors; without any, an array
array of values                              an array of values, with a record for each single number
anything, in a function that is compiled     an array of values, which become arrays again in the program
"""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np

from autograd import Tensor, Value, matmul, stack
from autograd.arrays.layers import affine as of_tensors
from autograd.arrays.of_values import is_array_of_values
from autograd.arrays.readonly import array_of, is_array_of_a_library
from autograd.core.context import current_scope, inside_recording
from autograd.errors import InputTypeError, InputValueError, described
from autograd.functions.arraylike import array_like

from ..given import is_sequence

__all__ = ["Array", "affine", "as_array", "beside", "flag", "numbers_of", "other_width"]

Array: TypeAlias = Tensor | np.ndarray[Any, Any]


def as_array(x: Any) -> Array:
    """Return the input of a layer as a tensor, as an array if nothing in it is recorded, or as an array of values.

    Raises
    ------
    InputTypeError
        If it is a single number, or anything else that is not an array.
    InputValueError
        If its rows differ in length.
    """
    found = x if isinstance(x, Tensor) else _found(x)
    if not inside_recording() or is_array_of_values(found):
        return found
    return np.array(found.values() if isinstance(found, Tensor) else found, dtype=object)


def _found(x: Any) -> Array:
    """The input as an array, if it is not a tensor."""
    if type(x) is np.ndarray and x.dtype.kind == "f":
        return x
    if is_array_of_values(x):
        return array_like(x, current_scope())  # type: ignore[no-any-return]
    array = None
    if is_array_of_a_library(x) or is_sequence(x):
        given = x if is_array_of_a_library(x) else list(x)
        try:
            array = array_of(given, current_scope())
        except InputTypeError:  # there are tensors in a list, or rows of different lengths
            if given is x:
                raise
        if array is not None and array.dtype.kind == "O" and inside_recording():
            return array_like(array, current_scope())  # type: ignore[no-any-return]
        if array is None or array.dtype.kind == "O":
            return stack(given)  # type: ignore[no-any-return]
    if array is None or array.dtype.kind not in "biuf":
        raise InputTypeError(
            f"{current_scope()} takes an array of real numbers, or nested lists, not {described(x)}; "
            "write [x] for a single number"
        )
    return array if array.dtype.kind == "f" else array.astype(np.float64)


def other_width(x: Array, n_in: int) -> InputValueError:
    """Return the error for an input whose last axis has another length."""
    return InputValueError(
        f"{current_scope()} takes {n_in} numbers for each sample, an array of shape ({n_in},) or (N, {n_in}), "
        f"not of shape {x.shape}"
    )


def beside(weights: Tensor | None, x: Any) -> Any:
    """Return a parameter in the form of an input: an array of its elements if the input is an array of values."""
    if weights is None or not is_array_of_values(x):
        return weights
    return np.array(weights.values(), dtype=object)


def affine(x: Any, weight: Any, bias: Any) -> Any:
    """Return ``x Wᵀ + b``: one record for tensors; for an array of values, a dot product for each output."""
    if isinstance(weight, Tensor):
        if isinstance(bias, Tensor) and (isinstance(x, Tensor) or not is_array_of_values(x)):
            return of_tensors(x, weight, bias)
        weight, bias = beside(weight, x), beside(bias, x)
    z = matmul(x, weight.T)
    return z if bias is None else z + bias


def numbers_of(x: Any) -> np.ndarray[Any, Any]:
    """Return the numbers of an array of any kind, without a record."""
    if isinstance(x, Tensor):
        return x.numpy()
    if not is_array_of_values(x):
        return np.asarray(x)
    return np.array([each.data if isinstance(each, Value) else each for each in x.flat], dtype=float).reshape(x.shape)


def flag(given: Any, what: str) -> bool:
    """Return an option that is True or False."""
    if not isinstance(given, (bool, np.bool_)):
        raise InputTypeError(f"{what} takes True or False, not {described(given)}")
    return bool(given)
