"""Fast paths of a training step, for calls with arrays of the same shapes as an earlier call.

    loss(X, y)     numbers and arrays of known shapes, the same branches    only the arguments have to be copied
    .backward()    gradients by flat arrays of parameters only              no graph has to be traversed

Everything else takes the general path, which gives the same results and gradients, bit for bit.
"""

from __future__ import annotations

import weakref
from collections.abc import Sequence
from functools import lru_cache, wraps
from typing import Any, TypeVar

import numpy as np

from ...arrays.errstate import quietly, run_all
from ...arrays.ops import ENTRY, GETITEM, MEAN_OVER, SUM_OVER
from ...arrays.tensor import Tensor
from ...core.modes import Mode, active, note_here
from ...core.tape import Node, create, record, tick
from ...core.value import Value
from ...parameters.flat import changing, epoch_of
from ..emitting.passes import emit_together
from ..recording.arguments import Arguments
from ..recording.results import Template, in_form, of_columns, rebuilt
from .call import Call, load
from .residuals import Residuals
from .signatures import DOUBLE, FIXED, TENSORS, VALUES, signature_of
from .steering import whole_at
from .tails import from_seeds, from_tail
from .variant import Variant

__all__ = ["BatchResult", "FastCall", "SingleResult", "from_answer", "from_reduced", "keep_fast", "parts_of"]

N = TypeVar("N", bound=Node)
Array = np.ndarray[Any, Any]
FEW = 1024  # answers of guards that are compared as bytes
ONE = np.array(1.0)


class FastCall:
    """A call with numbers and arrays of certain shapes, which runs a certain program.

    It returns ``None`` if a guard of the program has another answer than when it was recorded; the general path then
    finds another program.
    """

    __slots__ = (
        "arrays",
        "batched",
        "call",
        "in_columns",
        "is_single",
        "may_be_ahead",
        "nodes",
        "samples",
        "shared",
        "surroundings",
        "usual",
        "variant",
        "whole",
    )

    def __init__(
        self,
        variant: Variant,
        call: Call,
        samples: int | None,
        arguments: Sequence[Any],
        batched: list[int],
        shared: list[int],
    ) -> None:
        self.variant, self.surroundings, self.call, self.samples = variant, variant.surroundings, call, samples
        # The positions of the arguments with a batch axis, of shared arguments, and of steering integers.
        self.batched, self.shared = batched, shared
        # True if the workspace takes the very numbers of the arguments, so that the record need not copy them.
        self.arrays = not self.shared and all(type(x) is np.ndarray and x.dtype is DOUBLE for x in arguments)
        self.whole = [(self.shared[x.argument], x.offset, x.number) for x in variant.steering.shared]
        # The positions of the arguments that receive gradients, which stand between and after the flat arrays.
        wanted = [
            [k if each else None for k, each in zip(at, to, strict=True)]
            for at, to in ((self.shared, variant.to_shared), (self.batched, variant.to_batched))
        ]
        self.nodes = None if variant.constants is not None else [*wanted[0], *wanted[1]]
        self.is_single = variant.template.shape == ()
        self.may_be_ahead = variant.fuse is not None and variant.count == 1  # it costs less than two passes
        self.in_columns = variant.in_columns and samples is not None
        self.usual = b""  # answers of the guards that were as expected

    def run(self, args: Sequence[Any], mode: Mode | None) -> Any:
        """Return the result of a call with these numbers and arrays, in a mode; ``None`` for plain recording."""
        variant, samples = self.variant, self.samples
        for k, offset, number in self.whole:
            if whole_at(args[k], offset) != number:
                return None
        with changing:
            if self.arrays:
                residuals = Residuals(samples, [*map(epoch_of, variant.flats)], (), None)
                batched: Any = args
            else:
                batched = [_numbers(args[k]) for k in self.batched]
                shared = [_numbers(args[k]) for k in self.shared]
                residuals = Residuals(samples, [*map(epoch_of, variant.flats)], shared, batched)
            slots = variant.bounds.get(samples)  # workspaces exist for the batch sizes that were used last
            holder = slots[0][1]() if slots else residuals
            if slots and (holder is None or holder.swept):
                if holder is not None:
                    holder.let_go()
                slot = slots[0]
                bound = residuals.bound = slot[0]
                slot[1] = weakref.ref(residuals)
                if len(variant.bounds) > 1:
                    variant.bounds.move_to_end(samples)
            else:
                bound = variant.workspace(samples, residuals)
            if residuals.shared:
                load(bound, residuals, 0, samples)
            else:
                for target, x in zip(bound.slots, batched):  # noqa: B905 - made to be of equal length
                    target[...] = x
            if variant.ahead and self.may_be_ahead and (mode is None or mode.recording):
                variant.ahead -= 1
                residuals.is_ahead = True
                run_all(bound.together or emit_together(bound))
            else:
                run_all(bound.forward)
            if variant.guards:
                # Nearly always the answers are those of an earlier call; to compare bytes takes no function of numpy's.
                answers = bound.guards
                is_usual = answers.size <= FEW and answers.tobytes() == self.usual
                if not is_usual and not self._as_expected(answers):
                    return None
            if samples is None:
                node: Any = create(SingleResult if self.is_single else BatchResult)
                node._data = bound.output.item(0) if self.is_single else bound.output.copy()
            else:
                node = create(BatchResult)
                if self.is_single:
                    node._data = bound.output[0].copy()
                    residuals.total = bound.total.item()
                else:
                    node._data = bound.output.T.copy()
                    residuals.total = bound.total.tolist() if self.in_columns else None
        # The slots are filled in as `record` does it.
        node._grad = node._mark = node._a = node._b = None
        node._note = note_here()
        node._op = self.call
        node._x = variant.constants
        if self.nodes is not None:
            node._x = (*variant.flats, *[None if k is None else args[k] for k in self.nodes])
        node._y = residuals
        node._number = tick()
        if mode is not None:
            mode.on_record(node)
        if self.is_single:
            return node
        if self.in_columns and mode is None:
            return of_columns(variant.template, [_column(node, index) for index in variant.template.columns or ()])
        return parts_of(node, variant.template, samples is not None)

    def _as_expected(self, answers: Array) -> bool:
        """True if the guards have the same answers as in the recorded call."""
        found = self.variant.as_expected(answers)
        if found and answers.size <= FEW:
            self.usual = answers.tobytes()
        return found


def keep_fast(fast: dict[Any, FastCall], most: int, variant: Variant, call: Call, given: Arguments) -> None:
    """Keep a fast path for calls that have the signature of this one, if it has one; the first of too many goes."""
    signature, leaves = signature_of(given.args, given.kwargs)
    numbers = [k for k, x in enumerate(leaves) if type(x) not in FIXED]
    has_batch = given.have_batch()
    if signature is not None and len(numbers) == len(has_batch):  # an array of objects has several
        fast.pop(signature, None)
        if len(fast) >= most:
            del fast[next(iter(fast))]
        batched = [k for k, each in zip(numbers, has_batch, strict=True) if each]
        shared = [k for k, each in zip(numbers, has_batch, strict=True) if not each]
        fast[signature] = FastCall(variant, call, given.samples, leaves, batched, shared)


def _recorded(kind: type[N], op: Any, a: Any, x: Any, y: Any, data: Any) -> N:
    """Return a record with these in the slots for arguments and numbers; outside of all modes, as `record` makes it."""
    node = create(kind)
    node._data = data
    node._grad = node._mark = node._b = None
    node._note = note_here()
    node._op = op
    node._a = a
    node._x = x
    node._y = y
    node._number = tick()
    return node


def _column(node: Tensor, index: tuple[slice, int]) -> ColumnResult:
    """Return one of several results of a batch."""
    return _recorded(ColumnResult, GETITEM, node, node._data, index, node._data[index])


def parts_of(node: Tensor, template: Template, batched: bool) -> Any:
    """Return the results in the form of the template; each is a part of ``node``, which holds all of them."""
    if batched:
        return in_form(template, node, ColumnResult)
    data = node._data
    return rebuilt(
        template.form, lambda k: record(SingleResult, ENTRY, (node, None), (data, (int(k),)), float(data[k]))
    )


def _numbers(x: Any) -> Any:
    """Return the numbers of an argument: a copy of an array; those of a node are never written to."""
    if type(x) is np.ndarray:
        return x.copy()
    return x._data if isinstance(x, Node) else x


def from_reduced(root: Node) -> bool:
    """Make the backward pass from the sum or mean of a batch; return False if it must take the general path."""
    is_mean = root._op is MEAN_OVER
    called: Any = root._x[0] if is_mean or root._op is SUM_OVER else None
    if called is None or type(called._op) is not Call or called._data.ndim != 1:
        return False
    size: int = called._data.size
    return from_seeds(called, 1.0 / size if is_mean else 1.0, (root, called), (ONE, _shares(size, is_mean)))


@lru_cache(maxsize=64)
def _shares(size: int, mean: bool) -> Array:
    """Return the gradient of the sum or mean of a batch by each of its results: one number, which is broadcast."""
    return np.broadcast_to(1.0 / size if mean else 1.0, size)


def from_answer(root: Node) -> bool:
    """Make the backward pass from a single result; return False if it must take the general path."""
    return type(root._op) is Call and from_seeds(root, 1.0, (root,), (1.0,))


class BatchResult(Tensor):
    """The results of a batch."""

    __slots__ = ()

    def mean(self, axis: Any = None, keepdims: bool = False) -> Any:
        if axis is None and not keepdims and not active and self._op is not None:
            total = self._y.total  # the sum of the results, if the program has computed it
            if type(total) is float:
                return _reduced(MEAN_OVER, self, total / len(self._data))
        return super().mean(axis, keepdims)

    def sum(self, axis: Any = None, keepdims: bool = False) -> Any:
        if axis is None and not keepdims and not active and self._op is not None:
            total = self._y.total
            if type(total) is float:
                return _reduced(SUM_OVER, self, total)
        return super().sum(axis, keepdims)


def _reduced(op: Any, batch: Tensor, number: float) -> ReducedResult:
    """Return the sum or mean of a batch."""
    return _recorded(ReducedResult, op, None, (batch, None, None), (batch._data, (0,), False), np.array(number))


def _staying(kind: type[Any], name: str, fast: type[Any]) -> Any:
    """Return the method ``name`` of ``kind``; its results that are single numbers get the class ``fast``."""
    method = getattr(kind, name)

    @wraps(method)
    def staying(self: Any, other: Any) -> Any:
        made = method(self, other)
        if type(made) is kind and (kind is Value or not made._data.ndim):
            made.__class__ = fast
        return made

    @wraps(method)
    def negative(self: Any) -> Any:
        made = method(self)
        made.__class__ = fast
        return made

    return negative if name == "__neg__" else staying


OPERATORS = [f"__{name}__" for name in "add radd sub rsub mul rmul truediv rtruediv neg".split()]


class ReducedResult(Tensor):
    """The sum or mean of the results of a batch, or a result of arithmetic on it."""

    __slots__ = ()

    def backward(self, gradient: Any = None) -> None:
        if gradient is not None or active or not (from_reduced(self) or from_tail(self)):
            super().backward(gradient)


class ColumnResult(Tensor):
    """One of several results of a batch."""

    __slots__ = ()

    def mean(self, axis: Any = None, keepdims: bool = False) -> Any:
        if axis is not None or keepdims or not self._data.size or active:
            return super().mean(axis, keepdims)
        return _reduced(MEAN_OVER, self, self._total() / len(self._data))

    def sum(self, axis: Any = None, keepdims: bool = False) -> Any:
        if axis is not None or keepdims or active:
            return super().sum(axis, keepdims)
        return _reduced(SUM_OVER, self, self._total())

    def _total(self) -> float:
        """The sum of the results: that which the program has computed, if it has."""
        called: Any = self._a
        totals = None if called is None or called._op is None else called._y.total
        total: float = quietly(np.add.reduce, self._data).item() if totals is None else totals[self._y[1]]
        return total


class SingleResult(Value):
    """The result of a program without a batch, or a result of arithmetic on it."""

    __slots__ = ()

    def backward(self, gradient: float = 1.0) -> None:
        if gradient != 1.0 or active or not (from_answer(self) or from_tail(self)):
            super().backward(gradient)


for _name in OPERATORS:
    setattr(ReducedResult, _name, _staying(Tensor, _name, ReducedResult))
    setattr(SingleResult, _name, _staying(Value, _name, SingleResult))
TENSORS.add(BatchResult)
VALUES.add(SingleResult)
BatchResult.__name__ = ReducedResult.__name__ = ColumnResult.__name__ = "Tensor"
SingleResult.__name__ = "Value"
