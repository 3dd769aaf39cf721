"""One call of a function on copies of its arguments, and passes over what it recorded, backward and forward.

An operator of `autograd.derivatives` differentiates by copies of its arguments, made for that call. That tells the
levels of nested derivatives apart: a pass follows the record back to its own copies, and earlier records belong to a
level further out. A pass is recorded, by `recorded`, so that it can itself be differentiated. If there is no level
further out, it computes with numbers.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import repeat
from typing import Any

import numpy as np

from ..arrays.tensor import Tensor
from ..core import ops
from ..core.context import differentiating, inside_recording, is_recording
from ..core.numbers import number
from ..core.stores import at_once, exclusively, storing
from ..core.sweep import pull, sweep
from ..core.tape import Node, collect, record, tick
from ..core.value import Value
from ..errors import InputTypeError, InputValueError, described, shortened
from .nests import leaves, rebuild
from .nodes import nodes
from .recorded import Term, terms_backward, terms_forward

__all__ = ["Function", "Trace", "is_array", "nodes", "nothing", "owned", "pull_numbers"]

Function = Callable[..., Any]


# --- Copies, and passes over what was recorded with them --------------------------------------------------------------


def _copy(given: Any) -> Any:
    """A value to differentiate by: a leaf for a number; for a value a record, so that outer levels go on from it."""
    if isinstance(given, Node):
        return record(type(given), ops.COPY, (given,), (given._data,), given._data)
    if isinstance(given, np.ndarray):
        return Tensor(given)
    return Value(number(given, "an argument to differentiate by"))


def _positions(argnums: Any, count: int) -> list[int]:
    """The arguments asked for, counted from 0."""
    asked = list(argnums) if isinstance(argnums, (list, tuple, range)) else [argnums]
    for argnum in asked:
        if type(argnum) is not int:
            raise InputTypeError(
                f"argnums takes a whole number or several, not {described(argnum)}; arguments count from 0"
            )
        if not -count <= argnum < count:
            raise InputValueError(f"argnums asks for argument {shortened(argnum)} of {count}; they count from 0")
    positions = [argnum % count for argnum in asked]
    if len(set(positions)) < len(positions):
        raise InputValueError(f"argnums asks for an argument twice: {shortened(argnums)}; name each once")
    return positions


class Trace:
    """One call of a function on copies of some of its arguments."""

    def __init__(
        self, function: Function, args: Sequence[Any], argnums: int | Sequence[int], constants: dict[str, Any]
    ) -> None:
        self.single = isinstance(argnums, int)
        began = tick()
        self.copies: dict[int, Any] = {k: rebuild(args[k], _copy) for k in _positions(argnums, len(args))}
        with differentiating():
            self.result = function(*(self.copies.get(k, arg) for k, arg in enumerate(args)), **constants)
        self.inputs: list[Node] = list(leaves(list(self.copies.values())))
        self.mine = {id(x) for x in self.inputs}
        self.outputs: list[Node] = []
        for result in leaves(self.result):
            if isinstance(result, Node):
                self.outputs.append(result)
            elif not is_array(result):
                number(result, "a derivative")
        self.computed, found = exclusively(collect, self.outputs)
        # True if no leaf is older than this call: then neither an outer level nor a parameter is reached, and numbers
        # suffice.
        kept = is_recording() or inside_recording()
        self.closed = not kept or all(leaf._number > began for leaf in found)

    def pull(self, outputs: Sequence[Node], cotangents: Sequence[Any]) -> list[Any]:
        """For each input, the sum over the outputs of cotangent times derivative: reverse mode."""
        if self.closed and not any(isinstance(cotangent, Node) for cotangent in cotangents):
            pulled: list[Any] = exclusively(pull_numbers, outputs, cotangents, self.inputs)
            return pulled
        adjoints: dict[int, Term] = {}
        for output, cotangent in zip(outputs, cotangents, strict=True):
            _add(adjoints, output, Term(cotangent))
        below = self._dependents()
        pull((z for z in self.computed if id(z) not in self.mine), adjoints, lambda z, g: terms_backward(z, g, below))
        return [adjoints[id(x)].number if id(x) in adjoints else nothing(x) for x in self.inputs]

    def push(self, tangents: Sequence[Any], closed: bool | None = None) -> dict[int, Any]:
        """The tangent of each node that depends on an input, by its identity: forward mode.

        They are recorded, unless no level of differentiation lies further out, or ``closed`` asks for numbers. A number
        given as 0 is zero by structure: what depends on that input alone has no tangent.
        """
        closed = self.closed if closed is None else closed
        pairs = zip(self.inputs, tangents, strict=True)
        pushed = {id(x): tangent for x, tangent in pairs if type(tangent) is not float or tangent}
        with np.errstate(all="ignore"):
            for z in reversed(self.computed):
                if any(id(argument) in pushed for argument in z.arguments()):
                    for term in terms_forward(z, pushed, closed):
                        _add(pushed, z, term)
        return pushed

    def is_elementwise(self, slope: Any) -> bool:
        """Return True if the derivative in a random direction is ``slope`` times the direction, element by element."""
        [x], [y] = self.inputs, self.outputs
        direction = np.random.default_rng(0).uniform(1.0, 2.0, x._data.shape).astype(x._data.dtype)
        moved = self.push([direction], closed=True).get(id(y), np.zeros_like(y._data))
        expected = direction * (slope._data if isinstance(slope, Node) else slope)
        return bool(np.allclose(moved, expected, rtol=1e-4 if direction.dtype == np.float32 else 1e-9, equal_nan=True))

    def stacked(self, result: Tensor) -> Any:
        """The derivative of each number of a result by each input, in the result's shape followed by the input's."""
        rows = []
        for place in np.ndindex(result.shape):
            cotangent = np.zeros_like(result._data)
            cotangent[place] = 1.0
            rows.append(self.pull([result], [cotangent]))
        columns = zip(*rows, strict=True) if rows else [()] * len(self.inputs)
        return self.shaped([_stack(parts, result.shape, x) for parts, x in zip(columns, self.inputs, strict=True)])

    def shaped(self, numbers: Sequence[Any]) -> Any:
        """One number for each input, in the shape of the arguments."""
        supply = map(owned, numbers)
        shaped = tuple(rebuild(copy, lambda _: next(supply)) for copy in self.copies.values())
        return shaped[0] if self.single else shaped

    def outward(self, result: Any) -> Any:
        """A result as the caller gets it: a number, unless it depends on values of the caller's."""
        return rebuild(result, lambda r: _copied_data(r) if isinstance(r, Node) and self.closed else r)

    def _dependents(self) -> set[int]:
        """The nodes through which an input reaches an output, by their identity."""
        found = set(self.mine)
        for z in reversed(self.computed):
            if any(id(argument) in found for argument in z.arguments()):
                found.add(id(z))
        return found


def pull_numbers(outputs: Sequence[Node], cotangents: Sequence[Any], inputs: Sequence[Node]) -> list[Any]:
    """The sums of cotangent times derivative, in numbers. Call it by way of ``exclusively``."""
    computed, found = collect(outputs)
    for output, cotangent in zip(outputs, cotangents, strict=True):
        output._adjoint = output._adjoint + cotangent
    sweep(computed, found)
    reached = {id(node) for node in found}
    pulled = [x._adjoint if id(x) in reached else nothing(x) for x in inputs]
    at_once(storing("_adjoint", [*computed, *found], repeat(0.0)))
    return pulled


def is_array(x: Any) -> bool:
    """Return True for a constant array of real numbers with at least one axis."""
    return isinstance(x, np.ndarray) and bool(x.ndim) and x.dtype.kind in "fiub"


def nothing(x: Any) -> Any:
    """The derivative of a result that does not depend on the input: zeros."""
    array = x._data if isinstance(x, Tensor) else x
    return np.zeros_like(array) if isinstance(array, np.ndarray) else 0.0


def owned(x: Any) -> Any:
    """A derivative as the caller gets it: the arrays of a pass may be shared, and views of one number."""
    return x.copy() if isinstance(x, np.ndarray) else x


def _stack(parts: Sequence[Any], shape: tuple[int, ...], x: Node) -> Any:
    """Derivatives by one input, one for each number of a result, as one array."""
    inner = x._data.shape if isinstance(x, Tensor) else ()
    if not any(isinstance(part, Node) for part in parts):
        return np.array(parts).reshape(shape + inner)
    flat = [nodes.reshape(part, (1, math.prod(inner))) for part in parts]
    return nodes.reshape(nodes.concatenate(0, *flat), shape + inner)


def _copied_data(x: Node) -> Any:
    return x._data.copy() if isinstance(x, Tensor) else x._data


def _add(sums: dict[int, Any], node: Node, term: Any) -> None:
    sums[id(node)] = sums[id(node)] + term if id(node) in sums else term
