"""Segments: runs of narrow levels, computed number by number as in the eager engine, but without records.

If a level has only a few values, a call of numpy's takes longer than their arithmetic. A segment reads its operands
from the arrays, computes its values one by one, and writes them back. At first it goes from line to line, some 400 ns
each; a segment that is run again and again becomes straight-line Python (`straight`), which takes a fifth of that.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Sequence
from copy import copy
from itertools import chain, count
from struct import Struct
from typing import TYPE_CHECKING, Any

import numpy as np

from ...core import ops, several
from ...core.namespaces import EDGES, at_edge, floats
from ...core.value import compute
from ..lowering.patterns import common_axes
from ..lowering.plans import Plan
from .straight.pieces import Line, Piece, getter_of, pieces_of

if TYPE_CHECKING:
    from .adjoints import Adjoints
    from .bound import Bound

__all__ = ["ScalarRun", "segment", "segment_back"]

Array = np.ndarray[Any, Any]
RUNS = 3  # forward passes after which a segment becomes straight-line Python
SUMS: dict[tuple[int, ...], Callable[[float, float], float]] = {(1, 1): operator.add, (1, -1): operator.sub}


class ScalarRun:
    """The operations of a segment on one list of numbers: its inputs, then the result of each operation.

    Attributes
    ----------
    values : list of float or ndarray
        The numbers; or, if compiled functions use it, an array of which the inputs are up to date.
    inputs : int
        The number of inputs.
    wanted : list of bool
        For each number, True if its adjoint is needed.
    outside, at : ndarray, list of int
        The positions among the results of those that others read, and their places among all numbers.
    part : Segment
        The segment.
    """

    def __init__(self, plan: Plan, active: Array) -> None:
        self.values: Any = []
        part: Any = plan.part
        inputs = part.inputs()
        self.wanted = active[np.concatenate([inputs, part.values])].tolist()
        self.inputs = len(inputs)
        places = np.zeros(int(max(part.values.max(), part.operands.max())) + 1, dtype=np.int64)
        places[inputs] = np.arange(self.inputs)
        places[part.values] = self.inputs + np.arange(len(part))
        operands = places[part.operands]
        ends = np.cumsum(part.lengths)
        first, last = operands[ends - part.lengths].tolist(), operands[ends - 1].tolist()
        quick: list[Callable[..., float] | None] = [
            SUMS.get(signs) if op is several.SUM else QUICK.get(op)
            for op, signs in zip(part.ops, part.signs, strict=True)
        ]
        # Operations without a fast function get all of their operands, and sums their signs.
        rest: list[Any] = [None] * len(part)
        for k in np.flatnonzero([each is None for each in quick]).tolist():
            rest[k] = (operands[ends[k] - part.lengths[k] : ends[k]].tolist(), part.signs[k])
        self.lines = list(zip(part.ops, quick, first, last, rest, strict=True))
        self.part = part
        # The values that others read, and their places.
        self.outside = part.outside
        self.at = (self.inputs + part.outside).tolist()
        self._read = getter_of(self.at)
        # numpy takes up to ten times as long to make an array of a tuple of floats.
        self._pack: Callable[..., None] = Struct(f"{len(self.at)}d").pack_into
        self._packed: Array = np.empty(len(self.at))
        self.operands = [places.tolist() for places in np.split(operands, ends[:-1])] if part.runs < RUNS else []

    def anew(self) -> ScalarRun:
        """Return the same run for other arrays."""
        other = copy(self)
        other.values, other._packed = [], np.empty(len(self.at))
        return other

    def named(self) -> list[Line]:
        """Return the lines, with the places of all of their operands."""
        part = self.part
        return [Line(*line) for line in zip(part.ops, self.operands, part.signs, strict=True)]

    def pieces(self) -> list[Piece]:
        """Return the run as straight-line Python, made once for all workspaces; empty before `RUNS` forward passes."""
        part = self.part
        if part.pieces is None:
            part.runs += 1
            if part.runs < RUNS:
                return []
            part.pieces = pieces_of(self.named(), self.inputs, self.wanted, self.at)
        found: list[Piece] = part.pieces
        return found

    def forward(self, read: Array, out: Array) -> None:
        """Compute all values."""
        values: list[float] = read.ravel().tolist()  # at each call: of a transposed view it is a copy
        pieces = self.pieces()
        for piece in pieces:
            try:
                values += piece.forward(piece.get(values))
            except EDGES:
                self._compute(values, piece.begin, piece.end)
        if not pieces:
            self._compute(values, self.inputs, self.inputs + len(self.lines))
        self._pack(self._packed, 0, *self._read(values))
        out[self.outside] = self._packed
        self.values = values

    def _compute(self, values: list[float], begin: int, end: int) -> None:
        """Compute the values at some places, line by line."""
        keep = values.append
        for op, quick, a, b, rest in self.lines[begin - self.inputs : end - self.inputs]:
            try:
                if quick is None:
                    keep(_worked_out(op, values, *rest))
                elif op.arity == 1:
                    keep(quick(values[a]))
                else:
                    keep(quick(values[a], values[b]))
            except EDGES:
                keep(at_edge(op.value, *[values[x] for x in _operands(op, a, b, rest)]))

    def backward(self, upstream: Array, factor: float, out: Array) -> None:
        """Propagate adjoints from each value to the operands whose adjoints are needed; 0 contributes nothing."""
        adjoints = [0.0] * (self.inputs + len(self.lines))
        given = upstream[self.outside]
        given = (given * factor if factor != 1 else given).tolist()
        pieces = self.part.pieces or []
        for place, k in chain.from_iterable([piece.held for piece in pieces]) if pieces else zip(self.at, count()):
            adjoints[place] = given[k]
        values: list[float] = self.values
        if type(values) is not list:  # a compiled function has left the numbers that it needs
            values = self.values[: self.inputs].tolist()
            self._compute(values, self.inputs, len(adjoints))
        for piece in reversed(pieces):
            mine = piece.given(given) + piece.arrived(adjoints)
            if not any(mine):
                continue
            try:
                read, results = piece.get(values), values[piece.begin : piece.end]
                found = piece.backward(read, results, piece.received(adjoints), mine)
                total = sum(found)
            except EDGES:
                total = math.nan
            if total != total:  # perhaps 0 times infinity
                for place, g in zip(piece.arriving, mine):  # noqa: B905 - made to be of equal length
                    adjoints[place] = g
                self._propagate(values, adjoints, piece.begin, piece.end)
            else:
                for place, adjoint in zip(piece.into, found):  # noqa: B905 - made to be of equal length
                    adjoints[place] = adjoint
        if not pieces:
            self._propagate(values, adjoints, self.inputs, len(adjoints))
        out[:] = adjoints[: self.inputs]

    def _propagate(self, values: list[float], adjoints: list[float], begin: int, end: int) -> None:
        """Propagate the adjoints at some places, line by line."""
        k = end
        for op, quick, a, b, rest in reversed(self.lines[begin - self.inputs : end - self.inputs]):
            k -= 1
            g = adjoints[k]
            if not g:
                continue
            if op is ops.MUL:
                adjoints[a] += g * values[b]
                adjoints[b] += g * values[a]
            elif op is ops.RELU:
                if values[a] > 0:
                    adjoints[a] += g
            elif op is several.SUM:
                if quick is None:
                    for x, sign in zip(*rest):  # noqa: B905 - made to be of equal length
                        adjoints[x] += g if sign > 0 else -g
                else:
                    adjoints[a] += g
                    adjoints[b] += g if quick is operator.add else -g
            elif op is several.DOT:
                half = len(rest[0]) // 2
                for x, y in zip(rest[0][:half], rest[0][half:]):  # noqa: B905 - halves
                    adjoints[x] += g * values[y]
                    adjoints[y] += g * values[x]
            else:
                operands = _operands(op, a, b, rest)
                numbers = [values[x] for x in operands]
                try:
                    slopes = op.derivatives(floats, *numbers, values[k])
                except EDGES:
                    slopes = at_edge(op.derivatives, *numbers, values[k])
                for x, slope in zip(operands, slopes):  # noqa: B905 - made to be of equal length
                    if slope or not op.selects:
                        adjoints[x] += g * slope


def _operands(op: Any, a: int, b: int, rest: Any) -> Any:
    """Return the positions of all operands of an operation."""
    if rest is not None:
        return rest[0]
    return (a,) if op.arity == 1 else (a, b)


def _unary() -> dict[Any, Callable[..., float]]:
    functions = {op: getattr(floats, op.name) for op in vars(ops).values() if getattr(op, "arity", 0) == 1
                 and op not in (ops.NEG, ops.ABS, ops.COPY)}  # fmt: skip
    return {**functions, ops.NEG: operator.neg, ops.ABS: abs}


QUICK: dict[Any, Callable[..., float]] = {**_unary(), ops.DIV: operator.truediv, ops.MUL: operator.mul}


def _worked_out(op: Any, values: Sequence[float], operands: list[int], signs: tuple[int, ...]) -> float:
    if op is several.SUM:
        total = values[operands[0]] if signs[0] > 0 else -values[operands[0]]
        for x, sign in zip(operands[1:], signs[1:], strict=True):
            total = total + values[x] if sign > 0 else total - values[x]
        return total
    if op is several.DOT:
        half = len(operands) // 2
        total = 0.0
        for x, y in zip(operands[:half], operands[half:], strict=True):
            total += values[x] * values[y]
        return total
    return compute(op, *[values[x] for x in operands])


def segment(bound: Bound, plan: Plan) -> None:
    """Emit the forward pass of a segment."""
    replay = bound.kept[id(plan)] = ScalarRun(plan, bound.active)
    operand = plan.operands[0]
    lengths = common_axes(len(operand.rows), [operand.pattern])
    read = bound.read(operand, lengths, False)
    read = np.full(lengths, read) if type(read) is float else read
    bound.emitter.call(replay.forward, read, bound.written(plan, (plan.count,)))


def segment_back(bound: Bound, plan: Plan, adjoints: Adjoints, g: Array, factor: float, _: bool) -> None:
    """Emit the reverse pass of a segment, which is always masked."""
    operand = plan.operands[0]
    scratch = bound.emitter.scratch((len(operand.rows),))
    bound.emitter.call(bound.kept[id(plan)].backward, g, factor, scratch)
    adjoints.add(operand, (len(operand.rows),), scratch, False)
