"""The record of a call: one node, whose arguments are whole arrays of parameters.

    loss(X, y).mean()        %1 = loss(parameters, X, y)        %2 = mean(%1)

To the tape a compiled program is one operation. Its derivative is the reverse pass of the program.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ...arrays.table import ArrayPrimitive
from ...arrays.tensor import Tensor
from ...core.tape import Node
from ...formulas.notation import Symbol
from ...parameters.flat import changing
from ..emitting.bound import Bound
from ..emitting.passes import EVEN, MASKED, PLAIN, emit_backward
from ..lowering.condensed import LOOSE
from .residuals import Residuals
from .variant import Variant

__all__ = ["Call", "run"]

Array = np.ndarray[Any, Any]


class Call(ArrayPrimitive):
    """A compiled program as an operation."""

    __slots__ = ("variant",)
    opaque = True

    def __init__(self, name: str, variant: Variant) -> None:
        def pull(m: Any, k: int, g: Any, *rest: Any) -> Any:  # noqa: ARG001 - what any operation is asked
            """In writing, as steps and explain show it; of numbers the reverse pass is made in one piece."""
            return Symbol("constant", f"reverse pass of {name}") if isinstance(g, Symbol) else _recorded_only()

        # With a push of its own, so that it is no part of a cycle and goes as soon as nobody needs it.
        super().__init__(
            name, _recorded_only, pull, lambda operands: f"{name}({', '.join(operands)})", push=_recorded_only
        )
        self.variant = variant

    def reaches(self, _: Node) -> list[tuple[Any, Any]]:
        """Which parameters the results depend on, in each flat array."""
        return list(zip(self.variant.flats, self.variant.masks, strict=True))

    def together(self, z: Node, g: Any, masked: bool) -> list[Any]:
        """What is handed on to each argument."""
        residuals: Residuals = z._y
        residuals.swept = True
        with changing, np.errstate(all="ignore"):
            return _pulled(self.variant, residuals, g, z.arguments(), masked)


def _recorded_only(*_: Any) -> Any:
    raise TypeError("a compiled program runs by itself; inside grad and its kind the function is recorded instead")


# --- Forward ----------------------------------------------------------------------------------------------------------


def run(variant: Variant, residuals: Residuals, keep: bool) -> tuple[Array, Array]:
    """The results and the answers to the guards: a row for each, and with lanes a column for each of them.

    If a record is made of the call, its residuals ``keep`` the workspace.
    """
    lanes = residuals.lanes
    block = variant.block(lanes)
    with np.errstate(all="ignore"):
        if block == lanes:
            bound = variant.workspace(lanes, residuals if keep else None)
            _work_out(bound, residuals, 0, lanes)
            return bound.output.copy(), bound.guards.copy() if variant.guards else bound.guards
        outputs, answers = [], []
        for begin, end in _blocks(lanes, block):
            bound = variant.workspace(end - begin)
            _work_out(bound, residuals, begin, end)
            outputs.append(_over_lanes(bound.output, end - begin))
            answers.append(_over_lanes(bound.guards, end - begin))
    return np.concatenate(outputs, axis=1), np.concatenate(answers, axis=1)


def _over_lanes(array: Array, lanes: int) -> Array:
    return array.copy() if array.ndim == 2 else np.repeat(array[:, None], lanes, axis=1)


def _blocks(lanes: Any, block: Any) -> list[tuple[int, int]]:
    return [(begin, min(begin + block, lanes)) for begin in range(0, lanes, block)]


def _work_out(bound: Bound, residuals: Residuals, begin: int, end: int | None) -> None:
    """Run the forward pass for some lanes."""
    _load(bound, residuals, begin, end)
    for call in bound.forward:
        call()


def _load(bound: Bound, residuals: Residuals, begin: int, end: int | None) -> None:
    """Put the arguments into their arenas."""
    if residuals.uniform:
        loose = bound.loose
        k = 0
        for x in residuals.uniform:
            if isinstance(x, np.ndarray):
                loose[k : k + x.size] = x.reshape(-1)
                k += x.size
            else:
                loose[k] = x
                k += 1
    for x, target in zip(residuals.laned, bound.slots, strict=True):
        target[...] = x[begin:end]


# --- Backward ---------------------------------------------------------------------------------------------------------


def _pulled(
    variant: Variant, residuals: Residuals, g: Any, arguments: Sequence[Node | None], masked: bool
) -> list[Any]:
    """The gradients by the flat arrays, then by the arguments."""
    lanes = residuals.lanes
    stale = residuals.is_stale
    block = variant.block(lanes)
    bound = residuals.bound
    if block == lanes and bound is not None and not stale:
        scale = _sweep(bound, _seeds(g, variant.count, lanes), masked, variant.plain)
        totals = [bound.adjoints[k] * scale for k in bound.flat_arenas]
        if variant.plain:
            return [*totals, *variant.nothing]
        uniform, laned = (
            arguments[len(totals) : len(totals) + len(residuals.uniform)],
            arguments[len(totals) + len(residuals.uniform) :],
        )
        by_lanes = _empty(residuals, laned)
        _fill(by_lanes, bound, 0, lanes)
        return [*totals, *_by_uniform(residuals, uniform, bound.adjoints[LOOSE]), *by_lanes]
    return _pulled_anew(variant, residuals, _seeds(g, variant.count, lanes), arguments, masked, stale)


def _sweep(bound: Bound, seeds: Array, masked: bool, plain: bool) -> float:
    """Run the reverse pass. What it leaves is still to be multiplied by the factor that is returned."""
    scale = 0.0 if masked else _common(seeds, plain)
    if scale:
        for call in emit_backward(bound, EVEN):
            call()
        if scale == 1 or bound.is_finite():
            return scale
    bound.seeds[...] = seeds
    for call in emit_backward(bound, MASKED if masked else PLAIN):
        call()
    return 1.0


def _common(seeds: Array, plain: bool) -> float:
    """The number that all seeds of a single result are, or 0 if a pass from ones is not for them.

    One other than 1 has to be multiplied in afterwards: that is done where there are only parameters. It is less than
    1, so that nothing gets lost below the smallest number; what overflows instead is seen by the squares.
    """
    first = float(seeds.flat[0]) if len(seeds) == 1 and seeds.size else 0.0
    usable = first == 1 or (plain and 0 < abs(first) < 1)
    return first if usable and np.equal(seeds, first).all() else 0.0


def _pulled_anew(
    variant: Variant, residuals: Residuals, seeds: Array, arguments: Sequence[Node | None], masked: bool, stale: bool
) -> list[Any]:
    """The same, where the numbers have to be worked out again: block by block, or with the parameters of then."""
    lanes = residuals.lanes
    flats = [epoch.numbers() for epoch in residuals.epochs] if stale else []
    block = variant.block(lanes)
    pieces: list[Any] = [(0, lanes)] if block == lanes else _blocks(lanes, block)
    bounds: dict[Any, Bound] = {}
    totals: list[Array] = []
    by_lanes = _empty(residuals, arguments[len(arguments) - len(residuals.laned) :])
    for begin, end in pieces:
        size = None if end is None else end - begin
        if size not in bounds:
            bounds[size] = variant.bind(size, flats) if stale else variant.workspace(size)
        bound = bounds[size]
        _work_out(bound, residuals, begin, end)
        scale = _sweep(bound, seeds[:, begin:end] if seeds.ndim == 2 else seeds, masked, variant.plain)
        found = [bound.adjoints[k] * scale for k in (*bound.flat_arenas, LOOSE)]
        if not totals:
            totals = found
        else:
            for total, array in zip(totals, found, strict=True):
                np.add(total, array, out=total)
        _fill(by_lanes, bound, begin, end)
    loose = totals.pop()
    uniform = arguments[len(totals) : len(totals) + len(residuals.uniform)]
    return [*totals, *_by_uniform(residuals, uniform, loose), *by_lanes]


def _seeds(g: Any, count: int, lanes: int | None) -> Array:
    """The gradient by the results: a row for each, and with lanes a column for each of them."""
    array = np.asarray(g, dtype=np.float64)
    if lanes is None:
        return array.reshape(count)
    return array.reshape(1, lanes) if count == 1 else array.reshape(lanes, count).T


def _empty(residuals: Residuals, arguments: Sequence[Node | None]) -> list[Array | None]:
    """Arrays for the gradients by the arguments with lanes; none where none is wanted."""
    pairs = zip(residuals.laned, arguments, strict=True)
    return [None if argument is None else np.empty_like(x) for x, argument in pairs]


def _fill(arrays: Sequence[Array | None], bound: Bound, begin: int, end: int | None) -> None:
    """Put the gradients of some lanes into their arrays."""
    for k, array in enumerate(arrays):
        if array is not None:
            array[begin:end] = bound.adjoint_slots()[k]


def _by_uniform(residuals: Residuals, arguments: Sequence[Node | None], adjoints: Array) -> list[Any]:
    """The gradients by the arguments that all lanes share, and the parameters that live by themselves."""
    found: list[Any] = []
    k = 0
    for x, argument in zip(residuals.uniform, arguments, strict=True):
        size = x.size if isinstance(x, np.ndarray) else 1
        if argument is None:
            found.append(None)
        elif isinstance(argument, Tensor):
            found.append(adjoints[k : k + size].reshape(x.shape).astype(x.dtype))
        else:
            found.append(float(adjoints[k]))
        k += size
    return found
