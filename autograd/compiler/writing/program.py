"""A recorded program as statements on named arrays, made of the plans of `lowering`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

from ...core import several
from ..lowering.condensed import BATCHED, BATCHED_ARGUMENTS, CONSTANTS, FLATS, SCALARS, SHARED
from ..lowering.patterns import common_axes
from ..lowering.plans import Operand, Plan
from ..running.variant import Variant
from ..showing.leaves import program_leaves, unit_free
from ..wording.inputs import Given, Input, identifier
from .reads import Named, Read
from .statements import Each, Inner, Join, Over, Pairs, Product, Shares, Statement, number_of

__all__ = ["Parameter", "Program"]

Ids = np.ndarray[Any, Any]
Shape = tuple[int, ...]
RUNS = 16  # the most runs of elements that are joined as parts; of more, whole arrays are joined and elements gathered


class Parameter:
    """A block of parameters.

    Attributes
    ----------
    key, about : str
        Its name in the dict of parameters, and what it is.
    named : Named
        The array in the program.
    numbers : ndarray
        The numbers as they are now.
    buffer, places : int, ndarray
        Where they live in the program.
    """

    def __init__(self, key: str, about: str, named: Named, numbers: Ids, buffer: int, places: Ids) -> None:
        self.key, self.about, self.named, self.numbers = key, about, named, numbers
        self.buffer, self.places = buffer, places


class Program:
    """The statements of a program.

    Attributes
    ----------
    parameters : list of Parameter
        The parameters that are read.
    inputs : list of (Input, Named)
        The arrays in the arguments that are read.
    constants : list of (Named, ndarray)
        Arrays of numbers, and of indices.
    statements : list of Statement
        The statements, of which each computes an array that a later one or a result reads.
    results : Read or None
        All results, as one operand; ``None`` if there are none.
    """

    def __init__(self, variant: Variant, given: Given, taken: set[str]) -> None:
        self.variant, self.layout, self.taken = variant, variant.layout, taken
        self.parameters: list[Parameter] = []
        self.inputs: list[tuple[Input, Named]] = []
        self.constants: list[tuple[Named, Ids]] = []
        self.statements: list[Statement] = []
        self._numbers: dict[Any, Named] = {}
        self._alike: dict[int, float] = {}  # the number in all elements of an array of constants, by its identity
        self._joins: dict[Any, Named] = {}
        self._all: list[Named] = []
        self._of: dict[int, Ids] = {}
        self._count = 0
        layout = self.layout
        for buffer in np.unique(layout.buffers).tolist():
            size = max(layout.sizes.get(buffer, 0), int(layout.places[layout.buffers == buffer].max(initial=-1)) + 1)
            self._of[buffer] = np.full((2, size), -1, dtype=np.int64)
        self._active = {buffer: np.zeros(rows.shape[1], dtype=bool) for buffer, rows in self._of.items()}
        ids = np.flatnonzero(variant.active & (layout.places >= 0))
        for buffer, mask in self._active.items():
            mask[layout.places[ids[layout.buffers[ids] == buffer]]] = True
        self._place_inputs(given)
        self._place_parameters()
        for plan in layout.singly():
            self._add(plan)
        results = np.array(layout.condensed.results[: variant.count], dtype=np.int64)
        self.ids = results

    # --- Leaves -------------------------------------------------------------------------------------------------------

    def _place_inputs(self, given: Given) -> None:
        at = self.layout.argument_rows()
        for each in given.inputs:
            buffer = BATCHED_ARGUMENTS if each.batched else SCALARS
            rows = each.first + np.arange(int(np.prod(each.shape)))
            rows = at[rows] if each.batched else rows
            named = Named(each.label, each.shape, each.batched, bool(self._active_at(buffer, rows).any()))
            self._set(named, buffer, rows)
            self.inputs.append((each, named))

    def _active_at(self, buffer: int, rows: Ids) -> Ids:
        mask = self._active.get(buffer)
        return np.zeros(0, dtype=bool) if mask is None else mask[rows[rows < len(mask)]]

    def _place_parameters(self) -> None:
        variant, layout = self.variant, self.layout
        shared = sum(int(np.prod(each.shape)) for each, _ in self.inputs if not each.batched)
        tensors = [x._data.reshape(-1) for x in variant.tensors]
        alone = np.concatenate([np.zeros(shared), *tensors, [x._data for x in variant.scalars]])
        names = list(map(str, variant.argument_names))
        for leaf in program_leaves(layout, variant.parameter_names, names, variant.tensor_scopes):
            if leaf.role == "parameter":
                source = alone if leaf.buffer == SCALARS else variant.flat_arrays[leaf.buffer - FLATS]
                active = bool(self._active_at(leaf.buffer, leaf.places).any())
                named = Named(identifier(leaf.label, self.taken), leaf.shape, False, active)
                self._set(named, leaf.buffer, leaf.places)
                about = f"{leaf.scope} {leaf.about}".strip()
                numbers = np.array(source[leaf.places].reshape(leaf.shape))
                about = about if about != leaf.label else ""
                self.parameters.append(Parameter(leaf.label, about, named, numbers, leaf.buffer, leaf.places))

    def _set(self, named: Named, buffer: int, rows: Ids) -> None:
        self._of[buffer][:, rows] = np.stack([np.full(len(rows), len(self._all)), np.arange(len(rows))])
        self._all.append(named)

    # --- Reading ------------------------------------------------------------------------------------------------------

    def index(self, places: Ids) -> Any:
        """Return the name of an array of indices."""
        return self._constant(places, "i").term

    def _constant(self, numbers: Ids, letter: str) -> Named:
        key = (letter, numbers.shape, numbers.tobytes())
        if key not in self._numbers:
            count = sum(named.text.startswith(letter) for named, _ in self.constants)
            named = self._numbers[key] = Named(identifier(f"{letter}{count + 1}", self.taken), numbers.shape, False)
            self.constants.append((named, numbers))
        return self._numbers[key]

    def read(self, operand: Operand, shape: Shape, lanes: bool | None = None) -> Read | float:
        """Return an operand in a shape; ``lanes`` is that of the operation, and its own if it is not given."""
        lanes = operand.batched if lanes is None else lanes
        if type(operand.constant) is float:
            return operand.constant
        if operand.constant is not None:
            return self._read_constant(operand.constant.reshape(shape), shape, lanes)
        lines, cells = self._located(operand)
        if (lines != lines[0]).any():
            named = self._joined(lines, cells)
            return Read(named, self._cells_in(lines, cells), shape, lanes, self.index)
        named = self._all[int(lines[0])]
        return self._alike[id(named)] if id(named) in self._alike else Read(named, cells, shape, lanes, self.index)

    def _read_constant(self, numbers: Ids, shape: Shape, lanes: bool) -> Read:
        bits = numbers.view(np.int64)
        still = [k for k in range(len(shape)) if bool((bits == bits.take([0], axis=k)).all())]
        kept = np.ascontiguousarray(
            numbers[tuple(slice(0, 1) if k in still else slice(None) for k in range(len(shape)))]
        )
        own = tuple(length for k, length in enumerate(shape) if k not in still)
        named = self._constant(kept.reshape(own), "c")
        cells = np.broadcast_to(np.arange(kept.size).reshape(kept.shape), shape)
        return Read(named, cells.reshape(-1), shape, lanes, self.index)

    def _located(self, operand: Operand) -> tuple[Ids, Ids]:
        """Return for each element the number of its array, -1 for a constant, and the cell in it."""
        if not operand.pieces:
            found = self._of[operand.buffer][:, operand.rows]
            return found[0], found[1]
        lines = np.full(len(operand.rows), -1, dtype=np.int64)
        cells = np.zeros(len(operand.rows), dtype=np.int64)
        for buffer, rows, at in operand.pieces:
            if buffer == CONSTANTS:
                named = self._constant(np.array(rows), "c")
                self._all.append(named)
                lines[at], cells[at] = len(self._all) - 1, np.arange(len(rows))
            else:
                lines[at], cells[at] = self._of[buffer][:, rows]
        return lines, cells

    def _joined(self, lines: Ids, cells: Ids) -> Named:
        """Return an array of the elements one after the other, or, if that would be many parts, of all their arrays."""
        runs = np.flatnonzero(np.diff(lines, prepend=-1))
        distinct = list(dict.fromkeys(lines.tolist()))
        in_order = len(runs) <= max(RUNS, len(distinct))
        key = (lines.tobytes(), cells.tobytes()) if in_order else tuple(distinct)
        found = self._joins.get(key)
        if found is None:
            arrays = [self._all[k] for k in distinct]
            lanes = any(named.lanes for named in arrays)
            if in_order:
                ends = [*runs[1:].tolist(), len(lines)]
                parts = [(self._all[int(lines[a])], cells[a:b]) for a, b in zip(runs.tolist(), ends, strict=True)]
            else:
                parts = [(named, np.arange(named.size)) for named in arrays]
            alone = all(len(own) == 1 for _, own in parts)
            reads = [Read(named, own, () if len(own) == 1 else (len(own),), lanes, self.index) for named, own in parts]
            size = sum(len(own) for _, own in parts)
            active = any(named.active for named in arrays)
            found = self._joins[key] = self._new((size,), lanes, active)
            self.statements.append(Join(found, reads, alone))
        self._in_order = in_order
        return found

    def _cells_in(self, lines: Ids, cells: Ids) -> Ids:
        if self._in_order:
            return np.arange(len(lines))
        distinct = list(dict.fromkeys(lines.tolist()))
        begins = dict(zip(distinct, np.cumsum([0, *(self._all[k].size for k in distinct)]).tolist(), strict=False))
        found: Ids = cells + np.array([begins[k] for k in lines.tolist()])
        return found

    def _new(self, shape: Shape, lanes: bool, active: bool) -> Named:
        self._count += 1
        return Named(identifier(f"v{self._count}", self.taken), shape, lanes, active)

    # --- Operations ---------------------------------------------------------------------------------------------------

    def _add(self, plan: Plan) -> None:
        if plan.kind == "segment":
            self._segment(plan)
            return
        make = {"each": self._each, "product": self._product, "inner": self._inner, "over": self._over,
                "pairs": self._pairs, "shares": self._shares}[plan.kind]  # fmt: skip
        made = make(plan)
        self._computes(made, BATCHED if plan.batched else SHARED, np.arange(plan.start, plan.start + plan.count))

    def _computes(self, made: Statement | Named, buffer: int, rows: Ids) -> None:
        """Have rows of a buffer be what a statement computes, which is added, or an array that is there."""
        if isinstance(made, Statement):
            self.statements.append(made)
            made = made.target
        self._set(made, buffer, rows)

    def _target(self, plan: Plan, shape: Shape) -> Named:
        ids = plan.ids[plan.ids >= 0]
        return self._new(shape, plan.batched, bool(self.variant.active[ids].any()))

    def _each(self, plan: Plan) -> Statement | Named:
        shape, reads = self._in_one_shape(plan)
        return self._of_elements(plan.part.op, plan.part.signs, reads, shape, partial(self._target, plan, shape))

    def _of_elements(
        self, op: Any, signs: Any, reads: list[Read | float], shape: Shape, target: Callable[[], Named]
    ) -> Statement | Named:
        """Return an elementwise operation; an array of its result, if that is a number which is known."""
        number = number_of(op, signs, reads)
        if number is None:
            return Each(target(), reads, op, signs)
        named = self._constant(np.full(shape, number), "c")
        self._alike[id(named)] = number
        return named

    def _in_one_shape(self, plan: Plan) -> tuple[Shape, list[Read | float]]:
        """Return a shape for an elementwise operation, and its operands, as few of them gathered as possible."""
        if plan.count == 1:
            return (), [self.read(x, (), plan.batched) for x in plan.operands]
        shapes = []
        for operand in plan.operands:
            if operand.constant is None and not operand.pieces:
                lines, cells = self._located(operand)
                own = unit_free(self._all[int(lines[0])].shape)
                if len(cells) == int(np.prod(own)) and (lines == lines[0]).all() and (np.diff(cells) == 1).all():
                    shapes.append(own)
        shapes.append(unit_free(common_axes(plan.count, [operand.pattern for operand in plan.operands])))
        options: list[Any] = []
        for shape in dict.fromkeys(shapes):
            reads = [self.read(x, shape, plan.batched) for x in plan.operands]
            gathered = sum(isinstance(read, Read) and not read.is_view for read in reads)
            options.append((gathered, len(options), shape, reads))
            if not gathered:
                break
        _, _, shape, reads = min(options)
        return shape, reads

    def _product(self, plan: Plan) -> Statement:
        blocks, rows, columns = plan.shape
        terms = len(plan.operands[0].rows) // (blocks * rows)
        sizes = ((blocks, rows, terms), (blocks, terms, columns))
        reads = [self._array(x, unit_free(size)) for x, size in zip(plan.operands, sizes, strict=True)]
        return Product(self._target(plan, unit_free(plan.shape)), reads, (blocks, rows, terms, columns))

    def _array(self, operand: Operand, shape: Shape, lanes: bool | None = None) -> Read:
        """Return an operand as an array, also if it is one number."""
        found = self.read(operand, shape, lanes)
        if isinstance(found, Read):
            return found
        return self._read_constant(np.full(shape, found), shape, bool(lanes))

    def _inner(self, plan: Plan) -> Statement:
        rows, reads = self._two(plan)
        return Inner(self._target(plan, rows), reads)

    def _two(self, plan: Plan) -> tuple[Shape, list[Read]]:
        """Return the shape of the results of a reduction of pairs of rows, and both operands."""
        terms = len(plan.operands[0].rows) // plan.count
        rows = self._rows(plan, terms)
        return rows, [self._array(x, (*rows, terms), plan.batched) for x in plan.operands]

    def _rows(self, plan: Plan, terms: int) -> Shape:
        """Return the shape of the results of a reduction of so many terms."""
        if plan.count == 1:
            return ()
        count = len(plan.operands[0].rows)
        lengths = common_axes(count, [operand.pattern for operand in plan.operands], [terms])
        k = next(k for k in range(len(lengths) + 1) if int(np.prod(lengths[:k])) == plan.count)
        return unit_free(lengths[:k])

    def _over(self, plan: Plan) -> Statement:
        terms = len(plan.operands[0].rows) // plan.count
        rows = self._rows(plan, terms)
        sign = plan.part.signs[0] if plan.part.op is several.SUM else 1
        read = self._array(plan.operands[0], (*rows, terms), plan.batched)
        return Over(self._target(plan, rows), [read], plan.part.op, sign)

    def _pairs(self, plan: Plan) -> Statement:
        rows, reads = self._two(plan)
        return Pairs(self._target(plan, rows), reads)

    def _shares(self, plan: Plan) -> Statement:
        terms = plan.operands[0].shape[1]
        rows = unit_free([plan.count // terms])
        read = self._array(plan.operands[0], (*rows, terms), plan.batched)
        return Shares(self._target(plan, (*rows, terms)), [read], plan.part.op)

    def _segment(self, plan: Plan) -> None:
        """Add a statement for each number of a segment."""
        part: Any = plan.part
        layout, begin = self.layout, 0
        for k, (value, op, signs, count) in enumerate(
            zip(part.values.tolist(), part.ops, part.signs, part.lengths.tolist(), strict=True)
        ):
            ids = part.operands[begin : begin + count]
            begin += count
            operands = [Operand(ids[j : j + 1], layout.condensed, layout.places, layout.buffers) for j in range(count)]
            reads = [self.read(operand, (), False) for operand in operands]
            target = partial(self._new, (), False, bool(self.variant.active[value]))
            self._computes(self._of_elements(op, signs, reads, (), target), SHARED, np.array([plan.start + k]))

    # --- Results ------------------------------------------------------------------------------------------------------

    def result(self, numbers: Sequence[int], shape: Shape) -> Read:
        """Return some of the results as an operand of a shape."""
        layout = self.layout
        operand = Operand(self.ids[list(numbers)], layout.condensed, layout.places, layout.buffers)
        return self._array(operand, shape)

    def drop_unread(self, results: Sequence[Read]) -> None:
        """Drop the statements and leaves that no result depends on."""
        needed = {id(read.named) for read in results}
        kept = []
        for statement in reversed(self.statements):
            if id(statement.target) in needed:
                kept.append(statement)
                needed.update(map(id, statement.named()))
        self.statements = kept[::-1]
        self.parameters = [x for x in self.parameters if id(x.named) in needed]
        self.inputs = [x for x in self.inputs if id(x[1]) in needed]
