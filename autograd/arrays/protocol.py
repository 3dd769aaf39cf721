"""Numpy's functions of whole arrays, and what stands for each where a tensor is among the arguments."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ..errors import InputTypeError

__all__ = ["FUNCTIONS", "answer"]

FUNCTIONS: dict[Callable[..., Any], Callable[..., Any]] = {}  # numpy's function, and what stands for it


def answer(function: Callable[..., Any], args: Sequence[Any], options: Mapping[str, Any]) -> Any:
    """What one of numpy's functions of whole arrays gives where a tensor is among its arguments.

    Raises
    ------
    InputTypeError
        If nothing stands for it, or if it was called with arguments that what stands for it does not take.
    """
    call = f"{function.__module__.replace('numpy', 'np', 1)}.{function.__name__}"
    ours = FUNCTIONS.get(function)
    if ours is None:
        raise InputTypeError(
            f"{call} does not record a tensor; use a function of autograd, or take its .numpy() for the numbers alone"
        )
    signature = inspect.signature(ours)
    try:
        signature.bind(*args, **options)
    except TypeError as error:
        raise InputTypeError(f"{call} of a tensor takes {signature} and nothing else: {error}") from None
    return ours(*args, **options)
