"""One call of a function on copies of its arguments, and passes over what it recorded, backward and forward.

An operator of `autograd.derivatives` differentiates by copies of its arguments, made for that call. That tells the
levels of nested derivatives apart: a pass follows the record back to its own copies, and what lies beyond them belongs
to a level further out. The rules are the rows of the table, evaluated in the namespace `nodes`, where ``exp`` records:
so a pass can itself be differentiated. Where there is no level further out, numbers do.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import repeat
from typing import Any

import numpy as np

from ..arrays.sweep import array_slopes
from ..arrays.table import ArrayNamespace, ArrayPrimitive, arrays, shape_of
from ..arrays.tensor import Tensor, apply, evaluate
from ..arrays.windows import ARRAY_TABLE
from ..core import ops, several
from ..core.context import differentiating, inside_recording, is_recording
from ..core.namespaces import EDGES
from ..core.numbers import number
from ..core.several import TABLE
from ..core.sweep import at_once, kinds_of, local_derivatives, storing, sweep
from ..core.table import Namespace, Primitive
from ..core.tape import Node, collect, exclusively, record, tick
from ..core.value import Value
from ..errors import InputTypeError, InputValueError
from .nests import leaves, rebuild

__all__ = ["Function", "Trace", "is_array", "nodes", "nothing", "owned", "pull_numbers"]

Function = Callable[..., Any]


# --- Rules on values --------------------------------------------------------------------------------------------------


def _where(condition: Any, x: Any, y: Any) -> Any:
    """A choice that does not depend on a value is made at once."""
    if isinstance(condition, (Node, np.ndarray)):
        return evaluate(ops.WHERE, condition, x, y)
    return x if condition else y


def _softmax(xs: Sequence[Any]) -> Any:
    """Of values, a record for each share; of tensors, of which one row takes a single array, element by element."""
    if any(isinstance(x, (Tensor, np.ndarray)) for x in xs):
        return Namespace.softmax(nodes, xs)
    return [evaluate(several.SOFTMAX, k, *xs) for k in range(len(xs))]


def _others(x: Any, axes: tuple[int, ...]) -> Any:
    """For each element the product of the others along the axes: each in a row of its own, one left out."""
    order = [*(k for k in range(x.ndim) if k not in axes), *axes]
    shape = [x.shape[k] for k in order]
    count = math.prod(shape[x.ndim - len(axes) :])
    rows = x.transpose(order).reshape(*shape[: x.ndim - len(axes)], count)
    left = np.array([[j for j in range(count) if j != k] for k in range(count)], dtype=np.intp)
    left = left.reshape(count, max(count - 1, 0))
    products = rows[..., left].prod(axis=-1)
    return products.reshape(shape).transpose(sorted(range(x.ndim), key=order.__getitem__))


class _Nodes(ArrayNamespace):
    """The namespace in which a rule records what it does."""

    def missing(self, op: Primitive) -> Function:
        return super().missing(op) if op is several.LOG_SOFTMAX else partial(evaluate, op)


nodes = _Nodes(
    others=_others,
    power=partial(evaluate, ops.POW),
    absolute=partial(evaluate, ops.ABS),
    softmax=_softmax,
    where=_where,
)
nodes.settle(TABLE)
nodes.settle(ARRAY_TABLE)


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
        # Nothing underneath that was there before: no outer level and no parameter. Then numbers do.
        kept = is_recording() or inside_recording()
        self.closed = not kept or all(leaf._number > began for leaf in found)

    def pull(self, outputs: Sequence[Node], cotangents: Sequence[Any]) -> list[Any]:
        """For each input, the sum over the outputs of cotangent times derivative: reverse mode."""
        if self.closed and not any(isinstance(cotangent, Node) for cotangent in cotangents):
            pulled: list[Any] = exclusively(pull_numbers, outputs, cotangents, self.inputs)
            return pulled
        adjoints: dict[int, Any] = {}
        for output, cotangent in zip(outputs, cotangents, strict=True):
            _add(adjoints, output, cotangent)
        below = self._dependents()
        for z in self.computed:
            if id(z) in adjoints and id(z) not in self.mine:
                for argument, contribution in _handed_on(z, adjoints.pop(id(z)), below):
                    _add(adjoints, argument, contribution)
        return [adjoints.get(id(x), nothing(x)) for x in self.inputs]

    def push(self, tangents: Sequence[Any]) -> dict[int, Any]:
        """The tangent of each node that depends on an input, by its identity: forward mode."""
        pushed = {id(x): tangent for x, tangent in zip(self.inputs, tangents, strict=True)}
        with np.errstate(all="ignore"):
            for z in reversed(self.computed):
                if any(id(argument) in pushed for argument in z.arguments()):
                    for change in _changes(z, pushed, self.closed):
                        _add(pushed, z, change)
        return pushed

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
    sweep(computed, found, kinds_of(computed, found))
    reached = {id(node) for node in found}
    pulled = [x._adjoint if id(x) in reached else nothing(x) for x in inputs]
    at_once(storing("_adjoint", [*computed, *found], repeat(0.0)))
    return pulled


def is_array(x: Any) -> bool:
    """Whether it is a constant array of real numbers, with axes."""
    return isinstance(x, np.ndarray) and bool(x.ndim) and x.dtype.kind in "fiub"


def nothing(x: Any) -> Any:
    """The derivative of what does not depend."""
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


def _handed_on(z: Node, g: Any, below: set[int]) -> Iterator[tuple[Any, Any]]:
    """What a record hands on to its arguments, as values."""
    if isinstance(z._op, ArrayPrimitive):
        operands = _operands(z)
        for k, argument in enumerate(z.arguments()):
            if id(argument) in below:
                yield argument, z._op.pull(nodes, k, g, *operands, z)
        return
    for argument, slope in zip(z.arguments(), _slopes(z), strict=True):
        if id(argument) in below and not _is_left_out(slope, z._op):
            product = _contribution(g, slope, z._op)
            if isinstance(z, Tensor):
                product = nodes.sum_like(product, argument)
                product = product if isinstance(argument, Tensor) else nodes.entry(product, ())
            yield argument, product


def _changes(z: Node, pushed: dict[int, Any], closed: bool) -> Iterator[Any]:
    """What the changes of a record's arguments do to it."""
    if isinstance(z._op, ArrayPrimitive):
        m, operands = (arrays, [*z.numbers(), z._data]) if closed else (nodes, [*_operands(z), z])
        for k, argument in enumerate(z.arguments()):
            if id(argument) in pushed:
                yield z._op.push(m, k, pushed[id(argument)], *operands)
        return
    slopes = array_slopes(z) if closed and isinstance(z, Tensor) else local_derivatives(z) if closed else _slopes(z)
    for argument, slope in zip(z.arguments(), slopes, strict=True):
        if id(argument) in pushed and not _is_left_out(slope, z._op):
            tangent = pushed[id(argument)]
            product = _contribution(tangent, slope, z._op)
            if isinstance(z, Tensor) and closed:
                product = _masked(tangent, product)
            if isinstance(z, Tensor) and shape_of(product) != z._data.shape:
                product = (arrays if closed else nodes).broadcast_to(product, z._data.shape)
            yield product


def _masked(tangent: Any, product: Any) -> Any:
    """The product, and 0 where the tangent is, also where the local derivative is infinite or nan."""
    return np.where(np.equal(tangent, 0), 0.0, product) if np.isnan(product).any() else product


def _operands(z: Node) -> list[Any]:
    return [x if node is None else _as_recorded(node, x) for node, x in z.operands()]


def _slopes(z: Node) -> Sequence[Any]:
    """The local derivatives of a record as values: its rule, run on its arguments."""
    rule = z._op.derivatives  # type: ignore[union-attr]
    operands = _operands(z)
    try:
        slopes: Sequence[Any] = rule(nodes, *operands, z)
    except EDGES:  # arithmetic among the constants alone, such as 1 / 0: by the rules for values
        slopes = rule(nodes, *(x if isinstance(x, Value) else Value(x) for x in operands), z)
    return slopes


def _as_recorded(node: Node, x: float) -> Node:
    """The argument of a record; a copy with its old number, if it is a leaf whose data was assigned since."""
    return node if node._data is x else record(type(node), ops.COPY, (node,), (x,), x)


_DECISIVE = (ops.WHERE, ops.MUL, ops.DIV)


def _is_left_out(slope: Any, op: Any) -> bool:
    """Whether the operation selects and did not select this argument: its slope is 0 by a choice, not by chance.

    It is the number 0, or what the rows make of it: a ``where`` that took it, a product or a quotient of it. A slope
    that happens to be 0, as a trained one of ``leaky_relu`` may, has derivatives nevertheless. A program that is
    compiled goes by no number: there the product is 0 by a choice of its own.
    """
    by_number = not inside_recording()
    while by_number and isinstance(slope, Node) and not np.any(slope._data) and slope._op in _DECISIVE:
        operands = slope.operands()
        decisive = 0 if slope._op is ops.DIV else 1 if slope._op is ops.MUL or operands[0][1] else 2
        node, x = operands[decisive]
        slope = x if node is None else node
    return op.selects and not isinstance(slope, (Node, np.ndarray)) and not slope


def _contribution(g: Any, slope: Any, op: Any) -> Any:
    """The contribution ``g * slope``: nothing, not even of an infinite ``g``, to what was not selected."""
    if type(slope) is int and slope == 1:
        return g
    compiled = inside_recording()
    product = apply(ops.MUL, g, slope) if isinstance(g, np.ndarray) and isinstance(slope, Value) else g * slope
    if op.selects and (compiled or not np.all(np.isfinite(g._data if isinstance(g, Node) else g))):
        return nodes.where(nodes.equal(slope, 0), 0.0, product)
    if compiled and op.domain and isinstance(g, Node):  # on other numbers it may be a side not taken that has no slope
        finite = nodes.less(nodes.absolute(slope), math.inf)
        return nodes.where(finite, product, nodes.where(nodes.equal(g, 0), 0.0, product))
    return product


def _add(sums: dict[int, Any], node: Node, term: Any) -> None:
    sums[id(node)] = sums[id(node)] + term if id(node) in sums else term
