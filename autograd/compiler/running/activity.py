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


def _lines(part: Segment, marks: Array) -> tuple[dict[int, bool], list[tuple[int, Primitive, list[int]]]]:
    """Return the marks of all values that a segment computes or reads; and its values, with operations and operands."""
    ids = np.union1d(part.values, part.operands)
    values, operands, ends = part.values.tolist(), part.operands.tolist(), np.cumsum(part.lengths).tolist()
    lines = [
        (value, op, operands[begin:end])
        for value, op, begin, end in zip(values, part.ops, [0, *ends], ends, strict=False)
    ]
    return dict(zip(ids.tolist(), marks[ids].tolist(), strict=True)), lines


def _reach_back(part: Segment, reached: Array) -> None:
    """Mark the operands of reached values of a segment as reached."""
    marks, lines = _lines(part, reached)
    for value, op, operands in reversed(lines):
        if marks[value] and op not in STOPS:
            for x in operands:
                marks[x] = True
    reached[[*marks]] = [*marks.values()]


def _reach_on(part: Segment, reached: Array, active: Array) -> None:
    """Mark the reached values of a segment that have an active operand as active."""
    marks, lines = _lines(part, active)
    wanted = reached[part.values].tolist()
    for (value, op, operands), each in zip(lines, wanted, strict=True):
        marks[value] = each and op not in STOPS and any(marks[x] for x in operands)
    active[[*marks]] = [*marks.values()]


def differentiable_numbers(given: Sequence[Any], samples: bool = False) -> list[bool]:
    """For each number in the arguments, True if it receives a gradient."""
    found: list[bool] = []
    for x in given:
        found += [isinstance(x, Node)] * size_of(x, int(samples))
    return found


def size_of(x: Any, begin: int) -> int:
    """The number of elements of an argument, not counting the axes before ``begin``."""
    return math.prod(x.shape[begin:]) if isinstance(x, (np.ndarray, Tensor)) else 1
