"""The record of a call: one node, whose arguments are whole arrays of parameters.

    loss(X, y).mean()        %1 = loss(parameters, X, y)        %2 = mean(%1)

On the tape a compiled program is one operation. Its vjp is the reverse pass of the program.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from ...arrays.errstate import quietly
from ...arrays.table import ArrayPrimitive
from ...arrays.tensor import Tensor
from ...core.tape import Node
from ...formulas.notation import Symbol
from ...parameters.flat import changing
from ..emitting.bound import Bound
from ..emitting.passes import EVEN, MASKED, PLAIN, emit_backward, emit_together
from ..lowering.condensed import SCALARS
from .residuals import Residuals
from .variant import Variant

__all__ = ["AHEAD", "Call", "Whole", "by_arguments", "common", "gradients", "load", "run", "seeds_of"]

Array = np.ndarray[Any, Any]

AHEAD = 4  # calls that run their reverse pass at once, after an earlier reverse pass from equal seeds


class Whole(ArrayPrimitive):
    """A whole program as an operation, which has no rule in symbols."""

    __slots__ = ()
    opaque = True

    def __init__(self, name: str) -> None:
        def pull(m: Any, k: int, g: Any, *rest: Any) -> Any:  # noqa: ARG001 - the signature of every vjp
            """The vjp in symbols, as `steps` and `explain` show it; ``together`` computes it in numbers."""
            return Symbol("constant", f"reverse pass of {name}") if isinstance(g, Symbol) else _recorded_only()

        # Pass `push` explicitly: the default is a bound method, and that cycle would delay the release of the program.
        super().__init__(
            name, _recorded_only, pull, lambda operands: f"{name}({', '.join(operands)})", push=_recorded_only
        )


class Call(Whole):
    """A compiled program as an operation."""

    __slots__ = ("variant",)

    def __init__(self, name: str, variant: Variant) -> None:
        super().__init__(name)
        self.variant = variant

    def reaches(self, _: Node) -> list[tuple[Any, Any]]:
        """The flat arrays of parameters, each with a mask of those on which the results depend."""
        return list(zip(self.variant.flats, self.variant.masks, strict=True))

    def together(self, z: Node, g: Any, masked: bool) -> list[Any]:
        """Return the gradient by each argument."""
        residuals: Residuals = z._y
        residuals.swept = True
        with changing:
            found: list[Any] = quietly(gradients, self.variant, residuals, g, z.arguments(), masked)
        return found


def _recorded_only(*_: Any) -> Any:
    raise TypeError("a compiled program runs by itself; inside grad and its kind the function is recorded instead")


# --- Forward ----------------------------------------------------------------------------------------------------------


def run(variant: Variant, residuals: Residuals, keep: bool) -> tuple[Array, Array]:
    """Run the forward pass, and return the results and the answers to the guards.

    Both arrays have a row for each of them, and in a batched program a column for each sample. The rows after the
    answers are the numbers for `Variant.use`. If ``keep`` is true, the workspace is kept for the reverse pass.
    """
    samples: Any = residuals.samples
    block = variant.block(samples)
    with np.errstate(all="ignore"):
        if block == samples:
            bound = variant.workspace(samples, residuals if keep else None)
            _run_forward(bound, residuals, 0, samples)
            residuals.sources = None
            return bound.output.copy(), bound.guards.copy() if len(bound.guards) else bound.guards
        outputs, answers = np.empty((variant.count, samples)), []
        ahead = keep and variant.ahead > 0 and variant.count == 1
        totals: list[Array] = []
        by_batched = _empty(residuals, variant.to_batched) if ahead else []
        for begin, end in _blocks(samples, block):
            bound = variant.workspace(end - begin)
            if ahead:
                _run_together(bound, residuals, begin, end)
            else:
                _run_forward(bound, residuals, begin, end)
            outputs[:, begin:end] = bound.output if bound.output.ndim == 2 else bound.output[:, None]
            answers.append(_repeated(bound.guards, end - begin))
            if ahead:
                _gather(totals, by_batched, bound, 1.0, begin, end)
        residuals.sources = None
        if ahead:
            residuals.gradients = totals, by_batched
            variant.ahead -= 1
    return outputs, np.concatenate(answers, axis=1)


def _repeated(array: Array, samples: int) -> Array:
    return array.copy() if array.ndim == 2 else np.repeat(array[:, None], samples, axis=1)


def _blocks(samples: Any, block: Any) -> list[tuple[int, int]]:
    return [(begin, min(begin + block, samples)) for begin in range(0, samples, block)]


def _run_forward(bound: Bound, residuals: Residuals, begin: int, end: int | None) -> None:
    """Run the forward pass for some of the samples."""
    load(bound, residuals, begin, end)
    for call in bound.forward:
        call()


def _run_together(bound: Bound, residuals: Residuals, begin: int, end: int | None) -> None:
    """Run the forward pass and the reverse pass from ones for some of the samples."""
    load(bound, residuals, begin, end)
    for call in emit_together(bound):
        call()


def load(bound: Bound, residuals: Residuals, begin: int, end: int | None) -> None:
    """Copy the arguments of some of the samples into their buffers, and into the record if it has no copies yet."""
    if residuals.shared:
        scalars = bound.scalars
        k = 0
        for x in residuals.shared:
            if isinstance(x, np.ndarray):
                scalars[k : k + x.size] = x.reshape(-1)
                k += x.size
            else:
                scalars[k] = x
                k += 1
    sources = residuals.sources or [None] * len(bound.slots)
    for x, source, target in zip(residuals.batched, sources, bound.slots, strict=True):
        if source is None:
            bound.take(x[begin:end], target)
        else:
            bound.take(source[begin:end], target, x[begin:end])


# --- Backward ---------------------------------------------------------------------------------------------------------


def gradients(
    variant: Variant, residuals: Residuals, g: Any, arguments: Sequence[Node | None], masked: bool
) -> list[Any]:
    """Run a reverse pass, and return the gradients by the flat arrays, then by the arguments."""
    samples = residuals.samples
    stale = residuals.is_stale
    block = variant.block(samples)
    bound = residuals.bound
    if block == samples and bound is not None and not stale:
        residuals.restore()
        scale = _sweep(bound, seeds_of(g, variant.count, samples), masked, variant.plain)
        totals = bound.gradients(scale)
        if variant.plain:
            return [*totals, *variant.nothing]
        return [*totals, *by_arguments(bound, residuals, arguments[len(totals) :])]
    seeds = seeds_of(g, variant.count, samples)
    if block != samples and not masked:
        scale = common(seeds, variant.plain)
        if scale:
            variant.ahead = AHEAD
            found = _made_ahead(residuals, scale, arguments)
            if found is not None:
                return found
    return _gradients_anew(variant, residuals, seeds, arguments, masked, stale)


def by_arguments(bound: Bound, residuals: Residuals, arguments: Sequence[Node | None]) -> list[Any]:
    """Return the gradients by the arguments that the latest reverse pass found; ``None`` for those that get none."""
    count = len(residuals.shared)
    by_batched: list[Any] = [None] * (len(arguments) - count)
    if any(x is not None for x in arguments[count:]):
        triples = zip(arguments[count:], residuals.batched, bound.adjoint_slots(), strict=True)
        by_batched = [None if x is None else _like(slot, numbers) for x, numbers, slot in triples]
    return [*_by_shared(residuals, arguments[:count], bound.adjoints[SCALARS]), *by_batched] if count else by_batched


def _like(slot: Array, numbers: Array) -> Array:
    """Return a copy of gradients, in the type of the numbers."""
    found: Array = slot.copy() if numbers.dtype is slot.dtype else quietly(slot.astype, numbers.dtype, "C")
    return found


def _made_ahead(residuals: Residuals, scale: float, arguments: Sequence[Node | None]) -> list[Any] | None:
    """Return the gradients that were made together with the forward pass; ``None`` if they cannot be used."""
    made, residuals.gradients = residuals.gradients, None  # given away; another reverse pass computes them again
    if made is None:
        return None
    (*totals, scalars), by_batched = made
    if scale != 1:
        if not all(math.isfinite(np.dot(total, total)) for total in totals):
            return None
        totals = [total * scale for total in totals]
    shared = arguments[len(totals) : len(totals) + len(residuals.shared)]
    return [*totals, *_by_shared(residuals, shared, scalars), *by_batched]


def _sweep(bound: Bound, seeds: Array, masked: bool, plain: bool) -> float:
    """Run the calls of a reverse pass, and return the factor by which its gradients are to be multiplied."""
    scale = 0.0 if masked else common(seeds, plain)
    if scale:
        _run_even(bound)
        if scale == 1 or bound.is_finite():
            return scale
    bound.seeds[...] = seeds
    for call in emit_backward(bound, MASKED if masked else PLAIN):
        call()
    return 1.0


def _run_even(bound: Bound) -> None:
    """Run the calls of the reverse pass from ones."""
    for call in emit_backward(bound, EVEN):
        call()


def common(seeds: Array, plain: bool) -> float:
    """Return the common value of all seeds of a single result, or 0 if a pass from ones cannot be used.

    A value other than 1 is multiplied in after the pass, if all gradients are by flat arrays. It must be less than 1:
    then no number of the pass is smaller than it would be with the seeds, so that none underflows because of the
    ones; `Bound.is_finite` finds numbers that overflow.
    """
    first: float = seeds.item(0) if len(seeds) == 1 and seeds.size else 0.0
    usable = first == 1 or (plain and 0 < abs(first) < 1)
    # The seeds of a sum or a mean are one number that is broadcast: their stride is 0.
    return first if usable and (seeds.size == 1 or not seeds.strides[-1] or np.equal(seeds, first).all()) else 0.0


def _gradients_anew(
    variant: Variant, residuals: Residuals, seeds: Array, arguments: Sequence[Node | None], masked: bool, stale: bool
) -> list[Any]:
    """Return the gradients after computing the values again: block by block, or with the parameters as they were."""
    samples = residuals.samples
    flats = [epoch.numbers() for epoch in residuals.epochs] if stale else []
    block = variant.block(samples)
    pieces: list[Any] = [(0, samples)] if block == samples else _blocks(samples, block)
    bounds: dict[Any, Bound] = {}
    totals: list[Array] = []
    by_batched = _empty(residuals, [x is not None for x in arguments[len(arguments) - len(residuals.batched) :]])
    for begin, end in pieces:
        size = None if end is None else end - begin
        if size not in bounds:
            bounds[size] = variant.bind(size, flats) if stale else variant.workspace(size)
        bound, own = bounds[size], seeds[:, begin:end] if seeds.ndim == 2 else seeds
        scale = common(own, variant.plain) if variant.fuse and not masked else 0.0
        if scale:
            _run_together(bound, residuals, begin, end)
        if not scale or (scale != 1 and not bound.is_finite()):
            _run_forward(bound, residuals, begin, end)
            scale = _sweep(bound, own, masked, variant.plain)
        _gather(totals, by_batched, bound, scale, begin, end)
    scalars = totals.pop()
    shared = arguments[len(totals) : len(totals) + len(residuals.shared)]
    return [*totals, *_by_shared(residuals, shared, scalars), *by_batched]


def _gather(
    totals: list[Array], by_batched: list[Array | None], bound: Bound, scale: float, begin: int, end: int | None
) -> None:
    """Add the gradients of a block by flat arrays and scalars to the totals, and copy those by batched arguments."""
    found = [bound.adjoints[k] * scale for k in (*bound.flat_buffers, SCALARS)]
    if not totals:
        totals += found
    else:
        for total, array in zip(totals, found, strict=True):
            np.add(total, array, out=total)
    _fill(by_batched, bound, begin, end)


def seeds_of(g: Any, count: int, samples: int | None) -> Array:
    """Return the upstream gradient with a row for each result, and in a batched program a column for each sample."""
    array = np.asarray(g, dtype=np.float64)
    if samples is None:
        return array.reshape(count)
    return array.reshape(1, samples) if count == 1 else array.reshape(samples, count).T


def _empty(residuals: Residuals, wanted: Sequence[bool]) -> list[Array | None]:
    """Return arrays for the gradients by the batched arguments; ``None`` for those that get none."""
    pairs = zip(residuals.batched, wanted, strict=True)
    return [np.empty_like(x) if each else None for x, each in pairs]


def _fill(arrays: Sequence[Array | None], bound: Bound, begin: int, end: int | None) -> None:
    """Copy the gradients of some of the samples into their arrays."""
    for k, array in enumerate(arrays):
        if array is not None:
            array[begin:end] = bound.adjoint_slots()[k]


def _by_shared(residuals: Residuals, arguments: Sequence[Node | None], adjoints: Array) -> list[Any]:
    """Return the gradients by the shared arguments, and by the parameters that live by themselves."""
    found: list[Any] = []
    k = 0
    for x, argument in zip(residuals.shared, arguments, strict=True):
        size = x.size if isinstance(x, np.ndarray) else 1
        if argument is None:
            found.append(None)
        elif isinstance(argument, Tensor):
            found.append(adjoints[k : k + size].reshape(x.shape).astype(x.dtype))
        else:
            found.append(float(adjoints[k]))
        k += size
    return found
