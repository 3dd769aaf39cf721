"""Sequences of values and numbers, as the operands of one record."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from ..core.table import Primitive
from ..core.tape import Node, record
from ..core.value import Value, compute, operand
from ..errors import InputTypeError, InputValueError, described

__all__ = ["elements", "result", "several", "split"]

Nodes = tuple["Node | None", ...]


def split(values: Any, what: str) -> tuple[Nodes, Sequence[float]]:
    """A sequence of values and numbers as nodes, ``None`` for a constant, and numbers."""
    if type(values) is not list and type(values) is not tuple:
        values = elements(values, what)
    values = tuple(values)
    numbers = [x._data for x in values if type(x) is Value]
    if len(numbers) == len(values):
        return values, numbers
    if not numbers:
        numbers = [x for x in values if type(x) is float]
        if len(numbers) == len(values):
            return (None,) * len(values), numbers
    pairs = [operand(x, what) for x in values]
    return tuple(node for node, _ in pairs), [x for _, x in pairs]


def several(values: Any, what: str) -> tuple[Nodes, Sequence[float]]:
    """As `split`, of a sequence that has at least one element."""
    nodes, numbers = split(values, what)
    if not nodes:
        raise InputValueError(f"{what} of no values is not defined; give at least one")
    return nodes, numbers


def elements(values: Any, what: str) -> Iterable[Any]:
    """The elements of a sequence, an array of one dimension, or any other iterable.

    Raises
    ------
    InputTypeError
        If it is none.
    InputValueError
        If the array has another number of dimensions.
    """
    if isinstance(values, np.ndarray):
        if values.ndim != 1:
            raise InputValueError(f"{what} takes a sequence, or an array of one dimension, not of shape {values.shape}")
        found: list[Any] = values.tolist()
        return found
    if isinstance(values, (Node, str, bytes)) or not isinstance(values, Iterable):
        raise InputTypeError(f"{what} takes one sequence of values, not {described(values)}; write {what}([…])")
    return values


def result(op: Primitive, nodes: Nodes, numbers: Sequence[float]) -> Any:
    """The value of an operation on several values: a record if one of them is a node, else a float."""
    data = compute(op, *numbers)
    if not any(node is not None for node in nodes):
        return data
    return record(Value, op, nodes, numbers, data)
