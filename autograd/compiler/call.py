"""The record of a call: one node, whose arguments are whole arrays of parameters.

    loss(X, y).mean()        %1 = loss(parameters, X, y)        %2 = mean(%1)

To the tape a compiled program is one operation. Its derivative is the reverse pass of the program.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..array_ops import ArrayPrimitive
from ..flat import changing
from ..tape import Node
from .emission import Bound
from .sums import LANED_ARGUMENTS, LOOSE
from .variant import Lease, Variant

__all__ = ["Call", "run"]

Array = np.ndarray[Any, Any]


class Call(ArrayPrimitive):
    """A compiled program as an operation."""

    __slots__ = ("variant",)

    def __init__(self, name: str, variant: Variant) -> None:
        super().__init__(name, _recorded_only, _recorded_only, lambda operands: f"{name}({', '.join(operands[:-1])})")
        self.variant = variant

    def spelled(self, k: int, numbers: Sequence[Any], number: Any) -> str:
        return "" if isinstance(numbers[k], Lease) else super().spelled(k, numbers, number)

    def reaches(self, _: Node) -> list[tuple[Any, Any]]:
        """Which parameters the results depend on, in each flat array."""
        return list(zip(self.variant.flats, self.variant.masks, strict=True))

    def together(self, z: Node, g: Any, masked: bool) -> list[Any]:
        """What is handed on to each argument."""
        lease: Lease = z.numbers()[-1]
        lease.swept = True
        with changing, np.errstate(all="ignore"):
            return [*_pulled(self.variant, lease, g, z.arguments(), masked), None]


def _recorded_only(*_: Any) -> Any:
    raise TypeError("a compiled program runs by itself; inside grad and its kind the function is recorded instead")


# --- Forward ----------------------------------------------------------------------------------------------------------


def run(variant: Variant, lease: Lease | None, source: Lease) -> tuple[Array, Array]:
    """The results and the answers to the guards: a row for each, and with lanes a column for each of them.

    ``lease`` takes hold of the workspace; ``source`` has the arguments.
    """
    lanes = source.lanes
    block = variant.block(lanes)
    with np.errstate(all="ignore"):
        if block == lanes:
            bound = variant.workspace(lanes, lease)
            _load(bound, source, 0, lanes)
            for call in bound.forward:
                call()
            return bound.output.copy(), bound.guards.copy() if variant.guards else bound.guards
        outputs, answers = [], []
        for begin, end in _blocks(lanes, block):
            bound = variant.workspace(end - begin)
            _load(bound, source, begin, end)
            for call in bound.forward:
                call()
            outputs.append(_over_lanes(bound.output, end - begin))
            answers.append(_over_lanes(bound.guards, end - begin))
    return np.concatenate(outputs, axis=1), np.concatenate(answers, axis=1)


def _over_lanes(array: Array, lanes: int) -> Array:
    return array.copy() if array.ndim == 2 else np.repeat(array[:, None], lanes, axis=1)


def _blocks(lanes: Any, block: Any) -> list[tuple[int, int]]:
    return [(begin, min(begin + block, lanes)) for begin in range(0, lanes, block)]


def _load(bound: Bound, source: Lease, begin: int, end: int | None) -> None:
    """Put the arguments into their arenas."""
    if source.uniform:
        loose = bound.loose
        k = 0
        for x in source.uniform:
            if isinstance(x, np.ndarray):
                loose[k : k + x.size] = x.reshape(-1)
                k += x.size
            else:
                loose[k] = x
                k += 1
    for x, target in zip(source.laned, bound.slots, strict=True):
        target[...] = x[begin:end]


# --- Backward ---------------------------------------------------------------------------------------------------------


def _pulled(variant: Variant, lease: Lease, g: Any, arguments: Sequence[Node | None], masked: bool) -> list[Any]:
    """The gradients by the flat arrays, then by the arguments."""
    lanes = lease.lanes
    stale = False
    for epoch in lease.epochs:
        stale = stale or epoch.data is not None
    block = variant.block(lanes)
    bound = lease.bound
    if block == lanes and bound is not None and not stale:
        _sweep(bound, _seeds(g, variant.count, lanes), masked)
        totals = [bound.adjoints[k].copy() for k in bound.flat_arenas]
        if variant.plain:
            return [*totals, *variant.nothing]
        adjoints = bound.adjoints[LANED_ARGUMENTS]
        return [*totals, *_by_arguments(lease, arguments[len(totals) : -1], bound.adjoints[LOOSE], [adjoints])]
    return _pulled_anew(variant, lease, _seeds(g, variant.count, lanes), arguments, masked, stale)


def _sweep(bound: Bound, seeds: Array, masked: bool) -> None:
    """Run the reverse pass."""
    bound.seeds[...] = seeds
    for call in bound.backward(masked):
        call()


def _pulled_anew(
    variant: Variant, lease: Lease, seeds: Array, arguments: Sequence[Node | None], masked: bool, stale: bool
) -> list[Any]:
    """The same, where the numbers have to be worked out again: block by block, or with the parameters of then."""
    lanes = lease.lanes
    flats = [flat._data if epoch.data is None else epoch.data
             for flat, epoch in zip(variant.flats, lease.epochs, strict=True)]  # fmt: skip
    block = variant.block(lanes)
    pieces: list[Any] = [(0, lanes)] if block == lanes else _blocks(lanes, block)
    bounds: dict[Any, Bound] = {}
    totals: list[Array] = []
    laned: list[Array] = []
    for begin, end in pieces:
        size = None if end is None else end - begin
        if size not in bounds:
            bounds[size] = variant.bind(size, flats) if stale else variant.workspace(size)
        bound = bounds[size]
        _load(bound, lease, begin, end)
        for call in bound.forward:
            call()
        _sweep(bound, seeds[:, begin:end] if seeds.ndim == 2 else seeds, masked)
        found = [bound.adjoints[k] for k in (*bound.flat_arenas, LOOSE)]
        if not totals:
            totals = [array.copy() for array in found]
        else:
            for total, array in zip(totals, found, strict=True):
                np.add(total, array, out=total)
        if not variant.plain:
            laned.append(bound.adjoints[LANED_ARGUMENTS].copy())
    uniform = totals.pop()
    if variant.plain:
        return [*totals, *variant.nothing]
    return [*totals, *_by_arguments(lease, arguments[len(totals) : -1], uniform, laned)]


def _seeds(g: Any, count: int, lanes: int | None) -> Array:
    """The gradient by the results: a row for each, and with lanes a column for each of them."""
    array = np.asarray(g, dtype=np.float64)
    if lanes is None:
        return array.reshape(count)
    return array.reshape(1, lanes) if count == 1 else array.reshape(lanes, count).T


def _by_arguments(lease: Lease, arguments: Sequence[Node | None], uniform: Array, laned: list[Array]) -> list[Any]:
    """The gradients by the uniform arguments, the parameters that live by themselves, and the arrays with lanes."""
    found: list[Any] = []
    k = 0
    for x, argument in zip(lease.uniform, arguments, strict=False):
        size = x.size if isinstance(x, np.ndarray) else 1
        if argument is None:
            found.append(None)
        elif argument.is_array:
            found.append(uniform[k : k + size].reshape(x.shape).astype(x.dtype))
        else:
            found.append(float(uniform[k]))
        k += size
    row = 0
    for x, argument in zip(lease.laned, arguments[len(lease.uniform) :], strict=True):
        width = int(np.prod(x.shape[1:]))
        if argument is None:
            found.append(None)
        else:
            rows = np.concatenate([each[row : row + width] for each in laned], axis=1)
            found.append(np.ascontiguousarray(rows.T).reshape(x.shape).astype(x.dtype, copy=False))
        row += width
    return found
