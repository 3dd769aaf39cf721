"""The values of a program that a gradient passes through, from the results to the leaves that receive gradients.

reached   the results depend on it
active    reached, and it depends on a parameter or on an argument that receives a gradient
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from ...arrays.tensor import Tensor
from ...core import ops
from ...core.table import Primitive
from ...core.tape import Node
from ..lowering.columns import CONSTANT
from ..lowering.condensed import Condensed
from ..lowering.groups import Group, Segment
from ..recording.tracer import DETACH

__all__ = ["active_and_reached", "differentiable_numbers", "size_of"]

Array = np.ndarray[Any, Any]

STOPS = {DETACH, ops.LESS, ops.EQUAL}  # operations that pass no gradient on


def active_and_reached(
    condensed: Condensed, parts: Sequence[Group | Segment], differentiable: Sequence[bool], count: int, everything: bool
) -> tuple[Array, Array]:
    """Return masks of the values that are active, and of those that are reached.

    Parameters
    ----------
    condensed : Condensed
        The program.
    parts : sequence of Group or Segment
        Its operations in order.
    differentiable : sequence of bool
        For each number in the arguments, True if it receives a gradient.
    count : int
        The number of results from which gradients start; they are the first results.
    everything : bool
        True if gradients start from all results.
    """
    columns = condensed.columns
    first, end = len(columns.parameters), len(columns.parameters) + columns.arguments
    reached = np.zeros(len(condensed.buffers), dtype=bool)
    reached[condensed.results[:count]] = True
    active = np.zeros(len(condensed.buffers), dtype=bool)
    active[:first] = True
    active[first:end] = differentiable
    if everything and STOPS.isdisjoint(columns.table) and active[:end].all():
        for pack in condensed.packs:  # every recorded value leads to the results
            reached[pack.ids] = reached[pack.operands] = True
        return condensed.kinds != CONSTANT, reached
    for part in reversed(parts):
        if type(part) is Segment:
            _reach_back(part, reached)
        elif part.op not in STOPS:  # type: ignore[union-attr]
            reached[part.operands[reached[part.ids]].reshape(-1)] = True  # type: ignore[union-attr]
    for part in parts:
        if type(part) is Segment:
            _reach_on(part, reached, active)
        elif part.op not in STOPS:  # type: ignore[union-attr]
            active[part.ids] = reached[part.ids] & active[part.operands].any(axis=1)  # type: ignore[union-attr]
    return active, reached


def _lines(part: Segment) -> list[tuple[int, Primitive, list[int]]]:
    """Return the values of a segment with their operations and operands."""
    operands = np.split(part.operands, np.cumsum(part.lengths)[:-1])
    return [
        (value, op, read.tolist()) for value, op, read in zip(part.values.tolist(), part.ops, operands, strict=True)
    ]


def _reach_back(part: Segment, reached: Array) -> None:
    """Mark the operands of reached values of a segment as reached."""
    for value, op, operands in reversed(_lines(part)):
        if op not in STOPS and reached[value]:
            reached[operands] = True


def _reach_on(part: Segment, reached: Array, active: Array) -> None:
    """Mark the reached values of a segment that have an active operand as active."""
    for value, op, operands in _lines(part):
        if op not in STOPS and reached[value]:
            active[value] = active[operands].any()


def differentiable_numbers(given: Sequence[Any], samples: bool = False) -> list[bool]:
    """For each number in the arguments, True if it receives a gradient."""
    found: list[bool] = []
    for x in given:
        found += [isinstance(x, Node)] * size_of(x, int(samples))
    return found


def size_of(x: Any, begin: int) -> int:
    """The number of elements of an argument, not counting the axes before ``begin``."""
    return math.prod(x.shape[begin:]) if isinstance(x, (np.ndarray, Tensor)) else 1
