"""The listing of a compiled function: an array program in let-form.

    W1 = parameters              [16,2]   mlp.layers[0] w
    b1 = parameters              [16]     mlp.layers[0] b
    x  = argument                [2,B]
    %1 = matmul W1[16,2] x[2,B]  [16,B]
    %2 = add %1 b1[16,1]         [16,B]
    %3 = relu %2                 [16,B]

Each line ends with its shape. An array that differs from sample to sample has a last axis of length B, the size of the
batch.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from ...core import several
from ...text.names import printable
from ...text.numbers import short
from ..lowering.condensed import BATCHED, BATCHED_ARGUMENTS, SHARED
from ..lowering.patterns import common_axes
from ..lowering.plans import Operand, Plan
from ..recording.results import shape_of_form, value_positions
from ..running.variant import Variant
from .leaves import program_leaves, unit_free
from .lines import ArrayLine, Reading, in_brackets
from .programs import ArrayProgram
from .views import view

__all__ = ["array_program"]

Shape = tuple[int, ...]
Ids = np.ndarray[Any, Any]

MENTIONED = 4  # arrays that a gathered operand names


def array_program(variant: Variant, name: str) -> ArrayProgram:
    """Return the listing of a program."""
    return ArrayProgram(name, _Listing(variant, printable(name)).lines, variant.operations)


class _Listing:
    """The lines of the plans of a program, in their order."""

    def __init__(self, variant: Variant, name: str) -> None:
        self.variant, self.layout = variant, variant.layout
        self.leaves: list[ArrayLine] = []
        self.computed: list[ArrayLine] = []
        self.used: set[int] = set()  # the identities of leaves that are read
        self._constants: dict[Any, ArrayLine] = {}
        self._labels: set[str] = set()
        self._of: dict[int, Ids] = {}  # for each buffer, the line that holds each place, and the cell in it
        self._all: list[ArrayLine] = []
        self._place_leaves()
        self._parameters = {id(line) for line in self.leaves if line.role == "parameter"}
        for plan in self.layout.singly():
            self._add(plan)
        self._mark_results(name)
        self.lines = [line for line in self.leaves if id(line) in self.used] + self.computed
        for k, line in enumerate(self.lines):
            line.k = k

    def _place_leaves(self) -> None:
        layout = self.layout
        buffers, places = layout.buffers, layout.places
        sizes = dict(layout.sizes)
        for buffer in np.unique(buffers).tolist():
            size = max(sizes.get(buffer, 0), int(places[buffers == buffer].max(initial=-1)) + 1)
            self._of[buffer] = np.full((2, size), -1, dtype=np.int64)
        arguments, tensors = map(str, self.variant.argument_names), self.variant.tensor_scopes
        for leaf in program_leaves(layout, self.variant.parameter_names, arguments, tensors):
            what = "argument" if leaf.role == "input" else "parameters" if leaf.shape else "parameter"
            about = "" if leaf.about == leaf.label else leaf.about
            line = ArrayLine(
                0, leaf.label, what, leaf.role, leaf.shape, leaf.buffer == BATCHED_ARGUMENTS, leaf.scope, about
            )
            self.leaves.append(line)
            self._labels.add(leaf.label)
            self._set(line, leaf.buffer, leaf.places)

    def _set(self, line: ArrayLine, buffer: int, rows: Ids) -> None:
        self._of[buffer][:, rows] = np.stack([np.full(len(rows), len(self._all)), np.arange(len(rows))])
        self._all.append(line)

    # --- Reading ------------------------------------------------------------------------------------------------------

    def read(self, operand: Operand, batched: bool, shape: Shape | None = None) -> Reading:
        """Return an operand as it is written; ``shape`` is given for a factor of a matrix product."""
        if type(operand.constant) is float:
            return Reading((), short(operand.constant), "number", number=operand.constant)
        if operand.constant is not None:
            line = self._constant(operand.constant, unit_free(operand.shape if shape is None else shape))
            return Reading((line,), line.label, "whole", line.size)
        if operand.pieces:
            return self._joined(self._pieces(operand), "gather")
        found, cells = self._of[operand.buffer][:, operand.rows]
        if (found != found[0]).any():
            lines = [self._all[k] for k in dict.fromkeys(found.tolist())]
            return self._joined(lines, "gather" if operand.pattern is None else "join")
        line = self._all[int(found[0])]
        self.used.add(id(line))
        seen = view(cells, line.shape)
        size = ""
        if line.is_leaf and not seen.part and seen.kind == "whole":
            size = _as_used(line, unit_free(shape) if shape else seen.shape, batched and not shape)
        return Reading((line,), seen.of(line.label), seen.kind, size)

    def _pieces(self, operand: Operand) -> list[ArrayLine | str]:
        found: list[ArrayLine | str] = []
        for buffer, rows, at in sorted(operand.pieces, key=lambda piece: int(piece[2][0])):
            if rows.dtype == np.float64:
                alike = len(np.unique(rows.view(np.int64))) == 1
                found.append(short(float(rows[0])) if alike else self._constant(rows, (len(at),)))
            else:
                found += [self._all[k] for k in dict.fromkeys(self._of[buffer][0, rows].tolist())]
        return found

    def _joined(self, parts: Sequence[ArrayLine | str], kind: str) -> Reading:
        lines = tuple(part for part in parts if isinstance(part, ArrayLine))
        self.used.update(map(id, lines))
        if len(lines) == len(parts) > 1 and {id(line) for line in lines} == self._parameters:
            return Reading(lines, "parameters", kind, f"[{sum(math.prod(line.shape) for line in lines)}]")
        texts = [part.label if isinstance(part, ArrayLine) else part for part in parts]
        return Reading(lines, f"{kind}({_mentioned(texts)})", kind)

    def _constant(self, numbers: Any, shape: Shape) -> ArrayLine:
        """Return the line for constants, of which there is one for the same numbers."""
        key = (numbers.tobytes(), shape)
        if key not in self._constants:
            k = len(self._constants) + 1
            while f"c{k}" in self._labels:
                k += 1
            self._labels.add(f"c{k}")
            line = self._constants[key] = ArrayLine(0, f"c{k}", "constants", "constant", shape, False)
            line.numbers = numbers.reshape(shape)
            line.about = text if not (text := short(line.numbers)).startswith("(") else ""
            self.leaves.append(line)
            self.used.add(id(line))
        return self._constants[key]

    # --- Operations ---------------------------------------------------------------------------------------------------

    def _add(self, plan: Plan) -> None:
        operation, readings, about = self._operation(plan)
        line = ArrayLine(
            0, f"%{len(self.computed) + 1}", operation, "computed", self._shape(plan, readings), plan.batched
        )
        line.operands, line.about, line.plan = tuple(readings), about, plan
        scopes = {each.scope for reading in readings for each in reading.lines if each.role == "parameter"}
        line.scope = scopes.pop() if len(scopes) == 1 else ""
        self.computed.append(line)
        self._set(line, BATCHED if plan.batched else SHARED, np.arange(plan.start, plan.start + plan.count))

    def _operation(self, plan: Plan) -> tuple[str, list[Reading], str]:
        """Return the name of an operation, its operands, and a remark."""
        batched, part = plan.batched, plan.part
        if plan.kind == "segment":
            count = len(part)
            readings = [self.read(operand, batched) for operand in plan.operands]
            named = [
                Reading(reading.lines, _mentioned([line.label for line in reading.lines]), "segment")
                for reading in readings
                if reading.lines
            ]
            return f"segment of {count:,} scalar operations{' on' * bool(named)}", named, ""
        op: Any = part.op
        if plan.kind == "product":
            blocks, rows, columns = plan.shape
            terms = len(plan.operands[0].rows) // (blocks * rows)
            sizes = ((blocks, rows, terms), (blocks, terms, columns))
            readings = [self.read(x, batched, size) for x, size in zip(plan.operands, sizes, strict=True)]
            return "matmul" if batched or blocks * rows * columns > 1 else "dot", readings, ""
        readings = [self.read(operand, batched) for operand in ([plan.around] if plan.around else plan.operands)]
        if plan.kind == "each":
            return *_elementwise(op, part.signs, readings), ""
        name = "dot" if op is several.DOT else op.name
        if op is several.SUM and part.signs[0] < 0:
            name = "minus sum"
        return name, readings, "by rows" if plan.kind == "shares" or plan.count > 1 else ""

    def _shape(self, plan: Plan, readings: list[Reading]) -> Shape:
        """Return the shape of a plan's values: that of an operand that it reads whole, if there is one."""
        if plan.kind == "product":
            return unit_free(plan.shape)
        if plan.kind == "shares":
            return unit_free((plan.count // plan.operands[0].shape[1], plan.operands[0].shape[1]))
        if plan.count == 1:
            return ()
        if plan.kind == "each":
            for reading in readings:
                whole = reading.lines[0].shape if reading.kind == "whole" else ()
                if int(np.prod(whole)) == plan.count:
                    return whole
            lengths = common_axes(plan.count, [operand.pattern for operand in plan.operands])
            return unit_free(lengths)
        if plan.kind == "segment":
            return (plan.count,)
        rows = len(plan.operands[0].rows)
        lengths = common_axes(rows, [operand.pattern for operand in plan.operands], [rows // plan.count])
        return unit_free(lengths[: next(k for k in range(len(lengths) + 1) if math.prod(lengths[:k]) == plan.count)])

    # --- Results ------------------------------------------------------------------------------------------------------

    def _mark_results(self, name: str) -> None:
        """Mark the lines that hold results and guards; add a line for a result that no line holds."""
        variant, condensed = self.variant, self.layout.condensed
        for suffix, numbers, shape in _parts(variant):
            operand = self._operand_of([condensed.results[k] for k in numbers])
            reading = self.read(operand, False)
            line = reading.lines[0] if reading.kind == "whole" else None
            if line is None or line.plan is None or math.prod(line.shape) != len(numbers):
                line = ArrayLine(0, f"{name}{suffix}", "", "output", shape, operand.batched)
                line.operands = (reading,)
                self.computed.append(line)
            else:
                line.results = (*line.results, f"{name}{suffix}{in_brackets(shape, line.lanes)}")
            line.role = "output"
        if variant.guards:
            for line in self.read(self._operand_of(condensed.results[variant.count :]), False).lines:
                line.guards = line.plan is not None

    def _operand_of(self, values: Sequence[int]) -> Operand:
        layout = self.layout
        return Operand(np.array(values, dtype=np.int64), layout.condensed, layout.places, layout.buffers)


def _elementwise(op: Any, signs: Sequence[int], readings: list[Reading]) -> tuple[str, list[Reading]]:
    """Return the name and operands of an elementwise operation; a sum is called by its signs."""
    if op is not several.SUM:
        return op.name, readings
    if len(signs) == 2 and 1 in signs:
        first = signs.index(1)
        return "add" if signs == (1, 1) else "sub", [readings[first], readings[1 - first]]
    if len(signs) == 1:
        return "copy" if signs[0] > 0 else "neg", readings
    return "sum", [reading._replace(sign=sign) for sign, reading in zip(signs, readings, strict=True)]


def _mentioned(texts: list[str]) -> str:
    if len(texts) > MENTIONED + 1:
        texts[MENTIONED - 1 : -1] = [f"… {len(texts) - MENTIONED:,} more …"]
    return ", ".join(texts)


def _as_used(line: ArrayLine, shape: Shape, spread: bool) -> str:
    """Return the shape, as text, of a leaf that is read whole; with a 1 if it is broadcast over the batch."""
    single = not unit_free(shape)
    return in_brackets(() if single else (*shape, 1) if spread and not line.lanes else shape, line.lanes)


def _parts(variant: Variant) -> Iterator[tuple[str, list[int], Shape]]:
    """Yield the parts of a function's result: the text after its name, their values, and their shape."""
    template = variant.template
    if template.shape is not None:
        yield "", list(range(variant.count)), template.shape
        return
    form = template.form
    for key, part in form.items() if isinstance(form, dict) else enumerate(form):
        numbers = list(value_positions(part))
        if numbers:
            yield f"[{key!r}]", numbers, unit_free(shape_of_form(part) or (len(numbers),))
