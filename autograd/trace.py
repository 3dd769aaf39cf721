"""One call of a function on copies of its arguments, and passes over what it recorded, backward and forward.

An operator of `autograd.derivatives` differentiates by copies of its arguments, made for that call. That tells the
levels of nested derivatives apart: a pass follows the record back to its own copies, and what lies beyond them belongs
to a level further out. The rules are the rows of the table, evaluated in the namespace `nodes`, where ``exp`` records:
so a pass can itself be differentiated. Where there is no level further out, numbers do.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from . import ops, reductions
from .context import is_recording, recording
from .errors import InputTypeError, InputValueError
from .namespaces import EDGES
from .real import number
from .sweep import local_derivatives, propagate
from .table import TABLE, Namespace
from .tape import Node, collect, exclusively, record, tick
from .trees import leaves, rebuild
from .value import Value, apply, perform

__all__ = ["Function", "Trace", "nodes"]

Function = Callable[..., Any]


# --- Rules on values --------------------------------------------------------------------------------------------------


def _where(condition: Any, x: Any, y: Any) -> Any:
    """A choice that does not depend on a value is made at once."""
    if isinstance(condition, Value):
        return apply(ops.WHERE, condition, x, y)
    return x if condition else y


nodes = Namespace(
    **{name: partial(perform, op) for name, op in TABLE.items() if name not in ("softmax", "log_softmax", "where")},
    **{ours: partial(perform, TABLE[name]) for ours, name in [("power", "pow"), ("absolute", "abs")]},
    softmax=reductions.softmax,
    where=_where,
)


# --- Copies, and passes over what was recorded with them --------------------------------------------------------------


def _copy(given: Any) -> Value:
    """A value to differentiate by: a leaf for a number; for a value a record, so that outer levels go on from it."""
    if not isinstance(given, Value):
        return Value(number(given, "an argument to differentiate by"))
    return record(Value, ops.COPY, (given,), (given._data,), given._data)


def _positions(argnums: Any, count: int) -> list[int]:
    """The arguments asked for, counted from 0."""
    asked = list(argnums) if isinstance(argnums, (list, tuple, range)) else [argnums]
    for argnum in asked:
        if type(argnum) is not int:
            raise InputTypeError(f"argnums takes a whole number or several, not {argnum!r}; arguments count from 0")
        if not -count <= argnum < count:
            raise InputValueError(f"argnums asks for argument {argnum} of {count}; they count from 0")
    positions = [argnum % count for argnum in asked]
    if len(set(positions)) < len(positions):
        raise InputValueError(f"argnums asks for an argument twice: {argnums!r}; name each once")
    return positions


class Trace:
    """One call of a function on copies of some of its arguments."""

    def __init__(
        self, function: Function, args: Sequence[Any], argnums: int | Sequence[int], constants: dict[str, Any]
    ) -> None:
        self.single = isinstance(argnums, int)
        began = tick()
        self.copies: dict[int, Any] = {k: rebuild(args[k], _copy) for k in _positions(argnums, len(args))}
        with recording():
            self.result = function(*(self.copies.get(k, arg) for k, arg in enumerate(args)), **constants)
        self.inputs: list[Value] = list(leaves(list(self.copies.values())))
        self.mine = {id(x) for x in self.inputs}
        self.outputs: list[Value] = []
        for result in leaves(self.result):
            if isinstance(result, Value):
                self.outputs.append(result)
            else:
                number(result, "a derivative")
        self.computed, found = exclusively(collect, self.outputs)
        # Nothing underneath that was there before: no outer level and no parameter. Then numbers do.
        self.closed = not is_recording() or all(leaf._number > began for leaf in found)

    def pull(self, outputs: Sequence[Value], cotangents: Sequence[Any]) -> list[Any]:
        """For each input, the sum over the outputs of cotangent times derivative: reverse mode."""
        if self.closed and not any(isinstance(cotangent, Value) for cotangent in cotangents):
            pulled: list[Any] = exclusively(_pull_numbers, outputs, cotangents, self.inputs)
            return pulled
        adjoints: dict[int, Any] = {}
        for output, cotangent in zip(outputs, cotangents, strict=True):
            _add(adjoints, output, cotangent)
        below = self._dependents()
        for z in self.computed:
            if id(z) in adjoints and id(z) not in self.mine:
                g = adjoints.pop(id(z))
                for argument, slope in zip(z.arguments(), _slopes(z), strict=True):
                    if id(argument) in below and not _is_left_out(slope, z._op):
                        _add(adjoints, argument, _product(g, slope, z._op))
        return [adjoints.get(id(x), 0.0) for x in self.inputs]

    def push(self, tangents: Sequence[Any]) -> dict[int, Any]:
        """The tangent of each node that depends on an input, by its identity: forward mode."""
        pushed = {id(x): tangent for x, tangent in zip(self.inputs, tangents, strict=True)}
        for z in reversed(self.computed):
            if any(id(argument) in pushed for argument in z.arguments()):
                slopes = local_derivatives(z) if self.closed else _slopes(z)
                for argument, slope in zip(z.arguments(), slopes, strict=True):
                    if id(argument) in pushed and not _is_left_out(slope, z._op):
                        _add(pushed, z, _product(pushed[id(argument)], slope, z._op))
        return pushed

    def shaped(self, numbers: Sequence[Any]) -> Any:
        """One number for each input, in the shape of the arguments."""
        supply = iter(numbers)
        shaped = tuple(rebuild(copy, lambda _: next(supply)) for copy in self.copies.values())
        return shaped[0] if self.single else shaped

    def outward(self, result: Any) -> Any:
        """A result as the caller gets it: a number, unless it depends on values of the caller's."""
        return rebuild(result, lambda r: r._data if isinstance(r, Value) and self.closed else r)

    def _dependents(self) -> set[int]:
        """The nodes through which an input reaches an output, by their identity."""
        found = set(self.mine)
        for z in reversed(self.computed):
            if any(id(argument) in found for argument in z.arguments()):
                found.add(id(z))
        return found


def _pull_numbers(outputs: Sequence[Node], cotangents: Sequence[float], inputs: Sequence[Node]) -> list[float]:
    computed, found = collect(outputs)
    for output, cotangent in zip(outputs, cotangents, strict=True):
        output._adjoint += cotangent
    propagate(computed)
    reached = {id(node) for node in found}
    return [x._adjoint if id(x) in reached else 0.0 for x in inputs]


def _slopes(z: Node) -> Sequence[Any]:
    """The local derivatives of a record as values: its rule, run on its arguments."""
    rule = z._op.derivatives  # type: ignore[union-attr]
    operands: list[Any] = [x if node is None else _as_recorded(node, x) for node, x in z.operands()]
    try:
        slopes: Sequence[Any] = rule(nodes, *operands, z)
    except EDGES:  # arithmetic among the constants alone, such as 1 / 0: by the rules for values
        slopes = rule(nodes, *(x if isinstance(x, Value) else Value(x) for x in operands), z)
    return slopes


def _as_recorded(node: Node, x: float) -> Node:
    """The argument of a record; a copy with its old number, if it is a leaf whose data was assigned since."""
    return node if node._data is x else record(Value, ops.COPY, (node,), (x,), x)


def _is_left_out(slope: Any, op: Any) -> bool:
    """Whether the operation selects and did not select this argument: its slope is 0 by a choice, not by chance.

    It is the number 0, or what the rows make of it: a ``where`` that took it, a product or a quotient of it. A slope
    that happens to be 0, as a trained one of ``leaky_relu`` may, has derivatives nevertheless.
    """
    while isinstance(slope, Value) and not slope._data and slope._op in (ops.WHERE, ops.MUL, ops.DIV):
        operands = slope.operands()
        decisive = 0 if slope._op is ops.DIV else 1 if slope._op is ops.MUL or operands[0][1] else 2
        node, x = operands[decisive]
        slope = x if node is None else node
    return op.selects and not isinstance(slope, Value) and not slope


def _product(g: Any, slope: Any, op: Any) -> Any:
    """The contribution ``g * slope``: nothing, not even of an infinite ``g``, to what was not selected."""
    if op.selects and not math.isfinite(g._data if isinstance(g, Value) else g):
        return nodes.where(nodes.equal(slope, 0), 0.0, g * slope)
    return g if type(slope) is int and slope == 1 else g * slope


def _add(sums: dict[int, Any], node: Node, term: Any) -> None:
    sums[id(node)] = sums[id(node)] + term if id(node) in sums else term
