"""Data and generators of random numbers as users give them, turned into numpy's."""

from __future__ import annotations

import random
from numbers import Real
from operator import index
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from autograd import Tensor
from autograd.core.numbers import is_whole
from autograd.errors import InputTypeError, InputValueError, described, shortened

from ..given import is_sequence

__all__ = ["Array", "Seed", "as_array", "as_classes", "as_generator", "as_pair", "as_table", "count"]

Array: TypeAlias = NDArray[Any]
Seed: TypeAlias = int | np.random.Generator | random.Random | None


def as_array(given: Any, what: str, finite: bool = True) -> Array:
    """Return data as an array of numbers with at least one axis, whose first axis counts the samples.

    Parameters
    ----------
    given : array, Tensor, DataFrame, Series, or nested sequence of numbers
        An object with a method ``to_numpy``, such as those of pandas and polars, is taken as the array that it holds.
    what : str
        The name of the data, for messages.
    finite : bool
        True if nan and infinity are refused.

    Returns
    -------
    ndarray
        An array of the dtype of the data; truth values become 0 and 1.

    Raises
    ------
    InputTypeError
        If the data is not of real numbers.
    InputValueError
        If rows have different lengths, there are no samples, or a number is nan or infinite.

    Examples
    --------
    >>> from nn.data.arrays import as_array
    >>> as_array([[1, 2], [3, 4]], "X")
    array([[1, 2],
           [3, 4]])
    """
    array = _read(given, what)
    if array.dtype.kind == "b":
        array = array.astype(np.int64)
    if array.dtype.kind not in "iuf":
        kind = "text" if array.dtype.kind in "USO" and _has_text(array) else array.dtype.name
        raise InputTypeError(
            f"{what} holds {kind}, and numbers are expected; for classes by name write "
            "names, y = numpy.unique(y, return_inverse=True)"
        )
    if not array.ndim:
        raise InputTypeError(f"{what} takes an array or a list with an item for each sample, not {described(given)}")
    if not array.size:
        raise InputValueError(f"{what} has no numbers: its shape is {array.shape}; give at least one sample")
    if finite and array.dtype.kind == "f":
        wrong = ~np.isfinite(array)
        if wrong.any():
            first = tuple(map(int, np.argwhere(wrong)[0]))
            raise InputValueError(
                f"{what} holds {int(wrong.sum()):,} numbers that are nan or infinite, the first at {list(first)}; "
                "leave those samples out, or fill in numbers"
            )
    return array


def _read(given: Any, what: str) -> Array:
    """Convert data to an array of any type."""
    if isinstance(given, np.ma.MaskedArray):
        raise InputTypeError(f"{what} is a masked array, and a model takes all numbers; give x.filled(…)")
    holds_array = isinstance(given, (np.ndarray, Tensor)) or hasattr(type(given), "__array__")
    if not (holds_array or hasattr(type(given), "to_numpy") or is_sequence(given)):
        raise InputTypeError(f"{what} takes an array or a list with an item for each sample, not {described(given)}")
    try:
        if isinstance(given, Tensor):
            return np.asarray(given.data)
        if hasattr(type(given), "to_numpy"):
            given = given.to_numpy()
        array = np.asarray(given if holds_array or hasattr(type(given), "__array__") else list(given))
        if array.dtype.kind == "O" and all(isinstance(each, Real) for each in array.flat):
            return array.astype(float)
        return array
    except (ValueError, TypeError, RecursionError, OverflowError) as error:
        reason = "a number is too large for a float" if isinstance(error, OverflowError) else "rows differ in length"
        raise InputValueError(f"{what} is no array of numbers, since {reason}: {described(given)}") from None


def _has_text(array: Array) -> bool:
    return array.dtype.kind in "US" or any(isinstance(each, str) for each in array.flat)


def as_pair(X: Any, y: Any, of: str = "") -> tuple[Array, Array]:
    """Return inputs and targets as arrays of one length.

    Raises
    ------
    InputTypeError, InputValueError
        As `as_array`, and if there are not as many targets as inputs.
    """
    inputs, targets = as_array(X, f"X{of}"), as_array(y, f"y{of}")
    if len(inputs) != len(targets):
        raise InputValueError(
            f"X{of} has {len(inputs)} samples and y{of} has {len(targets)}; give a target for each sample"
        )
    return inputs, targets


def as_table(given: Any, what: str) -> Array:
    """Return features as floats of shape (samples, features); a plain list of numbers is a single feature.

    Raises
    ------
    InputTypeError, InputValueError
        As `as_array`, and if there are more than two axes.
    """
    array = as_array(given, what)
    if array.ndim > 2:
        raise InputValueError(f"{what} has shape {array.shape}; give one row of features for each sample")
    return (array[:, None] if array.ndim == 1 else array).astype(float)


def as_classes(given: Any, what: str, classes: int | None = None) -> tuple[Array, int]:
    """Return the labels of samples as integers, and the number of classes.

    Parameters
    ----------
    given : array or sequence of int
        The number of the class of each sample, counted from 0; floats may be given if they are whole.
    classes : int, optional
        The number of classes; by default one more than the largest number.

    Raises
    ------
    InputTypeError, InputValueError
        As `as_array`, and if a number is not whole, negative, or not less than ``classes``.
    """
    array = as_array(given, what)
    if array.ndim != 1 or (array.dtype.kind == "f" and not (array == np.floor(array)).all()):
        raise InputValueError(
            f"{what} takes the number of a class for each sample, counted from 0, not {shortened(given)}"
        )
    top = int(array.max())
    most = top + 1 if classes is None else count(classes, "classes")
    if array.min() < 0 or top >= most:
        wrong = array[(array < 0) | (array >= most)][0]
        raise InputValueError(f"there is no class {wrong:g} among {most:,}; {what} counts the classes from 0")
    if most > MOST:
        raise InputValueError(f"{most:,} classes are too many for a column each; take at most {MOST:,}")
    return array.astype(np.int64), most


def as_generator(rng: Seed) -> np.random.Generator:
    """Return a generator of random numbers.

    Parameters
    ----------
    rng : int, numpy.random.Generator, random.Random or None
        A seed, for the same numbers each time; a generator, which continues from its state; or ``None``, for different
        numbers each time.

    Raises
    ------
    InputTypeError, InputValueError
        If ``rng`` is anything else, or the seed is negative.
    """
    if isinstance(rng, np.random.Generator):
        return rng
    if isinstance(rng, random.Random):
        return np.random.default_rng(rng.getrandbits(128))
    if rng is None:
        return np.random.default_rng()
    if not is_whole(rng):
        raise InputTypeError(
            f"rng takes a whole number as a seed, or a generator such as numpy.random.default_rng(0), not "
            f"{described(rng)}"
        )
    seed = index(rng)
    if seed < 0:
        raise InputValueError(f"a seed is 0 or more, not {shortened(rng)}")
    return np.random.default_rng(seed)


MOST = 10**8  # samples, classes or features; an array of that many floats takes 0.8 gigabytes


def count(given: Any, what: str, least: int = 1) -> int:
    """Return a whole number of at least ``least``.

    Raises
    ------
    InputTypeError, InputValueError
        If the number is not whole, is less than ``least``, or is more than 100 million.
    """
    if not is_whole(given):
        raise InputTypeError(f"{what} takes a whole number, not {described(given)}")
    number = index(given)
    if not least <= number <= MOST:
        raise InputValueError(f"{what} is a whole number from {least} to {MOST:,}, not {shortened(given)}")
    return number
