"""A program, run once more as single operations on tensors, each with its record.

The reverse pass of a program works out all gradients alike. Where that gives a nan, the rule is that a gradient of 0
passes nothing on, not even times an infinity. The engine's own backward pass has this rule.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from ...arrays.ops import ENTRY
from ...arrays.tensor import Tensor, apply
from ...core.context import recording
from ...core.sweep import sweep
from ...core.tape import Node, collect, create, data_of, make_leaf
from ...core.value import Value
from ...core.value import apply as apply_to_values
from ..recording.tracer import DETACH
from .derived import Derived
from .steps import operands_of

__all__ = ["Replay"]


class _Place(int):
    """The place of an input, or of the result of an operation, among all."""


class _Operation(NamedTuple):
    """An operation: its row, or the function of a derived array; its operands; and True if it gives a value."""

    op: Any
    operands: tuple[Any, ...]
    options: Any
    is_value: bool


class Replay:
    """The operations of a program.

    Parameters
    ----------
    inputs, computed, outputs : list of Node or Derived
        What the program reads, its steps, and its results.
    kept : dict
        Where the arrays come from that records keep.
    """

    def __init__(
        self, inputs: Sequence[Any], computed: Sequence[Any], outputs: Sequence[Any], kept: dict[int, Any]
    ) -> None:
        places = {id(x): _Place(k) for k, x in enumerate([*inputs, *computed])}

        def placed(x: Any) -> Any:
            if isinstance(x, (Node, Derived)):
                return places[id(x)]
            return tuple(map(placed, x)) if isinstance(x, tuple) else x

        self._is_value = [isinstance(x, Value) for x in inputs]
        self._is_array = [isinstance(x, Derived) for x in inputs]
        self._operations = [
            _Operation(
                x.function if isinstance(x, Derived) else x._op,
                tuple(map(placed, operands_of(x, kept))),
                x.options if isinstance(x, Derived) else None,
                isinstance(x, Value),
            )
            for x in computed
        ]
        self._outputs = [places[id(x)] for x in outputs]

    def gradients(self, numbers: Sequence[Any], seeds: Sequence[Any]) -> list[Any]:
        """Return the gradient by each input, from those by the outputs."""
        found: list[Any] = []
        for number, is_value, is_array in zip(numbers, self._is_value, self._is_array, strict=True):
            leaf: Any = number
            if not is_array:
                leaf = create(Value if is_value else Tensor)
                make_leaf(leaf, number)
            found.append(leaf)
        leaves = found.copy()
        with recording(), np.errstate(all="ignore"):
            for each in self._operations:
                found.append(_applied(each, [_at(x, found) for x in each.operands]))
        outputs = [found[k] for k in self._outputs]
        computed, reached = collect(outputs)
        for x, seed in zip(outputs, seeds, strict=True):
            x._adjoint = x._adjoint + seed
        sweep(computed, reached)
        known = {*map(id, reached)}
        return [x._adjoint if id(x) in known else None for x in leaves]


def _at(x: Any, found: list[Any]) -> Any:
    if type(x) is _Place:
        return found[x]
    return tuple(_at(each, found) for each in x) if isinstance(x, tuple) else x


def _applied(each: _Operation, operands: list[Any]) -> Any:
    if each.options is not None:
        return each.op(*map(data_of, operands), **each.options)
    if each.op is DETACH:
        return operands[0].detach()
    return (apply_to_values if each.is_value and each.op is not ENTRY else apply)(each.op, *operands)
