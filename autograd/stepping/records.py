"""The steps of a pass over a program: what every view of it reads.

    [1/5] y = tanh(n) = 0.8337          upstream  dy/dy = 1
          dy/dn = 1 - y² = 0.305        n.grad = 1 × 0.305 = 0.305
          └ a part: formula = number    └ contribution = upstream × local derivative, added to what had arrived

A `Step` says all there is to say about one entry of the reverse pass, a `Part` about one of its arguments. ``reverse``
gives them in the order and by the rules of ``backward``, with the same sums in the same order: a property test holds
the two equal to the last bit. The stepper, the explanation, the page and the drawing read these records, and none of
them differentiates by itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import isfinite
from typing import Any, NamedTuple

import numpy as np

from ..core.sweep import local_derivatives
from ..formulas.notation import Expression, Symbol, adjoint
from ..formulas.symbols import formulas_of, shaped
from ..programs.entry import Entry
from ..programs.listing import Program
from ..text.layout import Line, ordinal, painted, side_by_side
from ..text.paper import Paper, paper
from .array_records import any_of, turns
from .writing import Pen

__all__ = ["Part", "Pass", "Step", "begin", "forward", "reverse", "untaken", "uses_of"]


class Pass(NamedTuple):
    """What all steps of a pass have in common.

    Attributes
    ----------
    program : Program
        What it is a pass over.
    seed : float, ndarray or None
        The gradient that it begins with; ``None`` in a forward pass.
    earlier : dict
        The gradients that leaves had when it began, from passes before it, by the identity of the node.
    digits : int
        To how many significant digits its steps are written.
    """

    program: Program
    seed: Any = None
    earlier: dict[int, Any] = {}  # noqa: RUF012 - nothing changes it
    digits: int = 4

    def steps(self) -> Iterator[Step]:
        """Its steps, each worked out when it is asked for."""
        if self.seed is None:
            return _forward(self)
        return _reverse_arrays(self) if self.has_arrays else _reverse(self, self.seed)

    def given(self, result: Entry) -> Any:
        """The gradient that it begins with at a result: in the shape of an array."""
        value = result.value
        return np.array(np.broadcast_to(self.seed, value.shape), value.dtype) if result.node.is_array else self.seed

    @property
    def has_arrays(self) -> bool:
        return any(entry.node.is_array for entry in self.program)

    @property
    def over(self) -> str:
        """What is differentiated: the result, or for short L, where that is not a single number."""
        first, *others = self.program.results
        return "L" if others or np.size(first.value) != 1 else first.label


MOST = 12  # arguments that a step's text shows


class Part(NamedTuple):
    """What one entry hands on to one of its arguments.

    Attributes
    ----------
    source : Entry
        The entry that hands it on, z.
    position : int
        Which argument of it this is, counted from 0.
    entry : Entry
        The receiving value, x.
    slope : float, ndarray or None
        The local derivative, dz/dx; element by element for arrays. ``None`` of an operation on whole arrays: there it
        is a map, and the formula says how it hands on the gradient.
    contribution : float or ndarray
        ``upstream * slope``, summed over what broadcasting spread; 0 where nothing is handed on.
    before, after : float or ndarray
        What had arrived at x in this pass until now, and what has now.
    arrived, uses : int
        How many of x's uses have arrived by now, of how many.
    passes : bool
        Whether anything is handed on: not where the upstream gradient is 0, nor to what a choice did not take.
    """

    source: Entry
    position: int
    entry: Entry
    slope: Any
    contribution: Any
    before: Any
    after: Any
    arrived: int
    uses: int
    passes: bool

    @property
    def formula(self) -> Expression:
        """The local derivative in the user's names: a symbol, or a number where it is one; from the rule itself.

        Of an operation on whole arrays, the gradient that it hands on: with L for what is differentiated.
        """
        return formulas_of(self.source)[self.position]

    @property
    def complete(self) -> bool:
        """Whether all uses have arrived, so that ``after`` is the gradient."""
        return self.arrived == self.uses

    def slope_line(self, pen: Pen, formula: Expression, over: str) -> Line:
        """``dy/dn = 1 - y² = 0.305``; a formula that is just a number is written once.

        Of an operation on whole arrays, ``dL/dw (2×3) = xᵀ (2×4) @ dL/dz (4×3)``.
        """
        if self.slope is None:
            receiver = pen.identity(shaped(self.entry, adjoint(over, pen.symbol(self.entry).parts[0])))
            return [(f"{receiver} = {pen.identity(formula)}", "")]
        z, x = pen.name(self.source), pen.name(self.entry)
        same = [
            k for k, each in enumerate(self.source.inputs) if isinstance(each, Entry) and each.node is self.entry.node
        ]
        receiver = x if len(same) == 1 else f"({ordinal(same.index(self.position) + 1)} {x})"
        number = pen.number(self.slope)
        text = pen.formula(formula)
        steps = [text, number] if isinstance(formula, Symbol) and text != number else [number]
        return [(f"d{z}/d{receiver} = {' = '.join(steps)}", "")]

    def sum_line(self, pen: Pen, upstream: Any, earlier: Any) -> Line:
        """``b.grad = 3.2 + 1 × 0.5 = 3.7   (2 of 5 uses)``; where nothing is handed on, in words."""
        grad = f"{pen.name(self.entry)}.grad"
        if self.passes:
            terms = [pen.number(self.before)] if any_of(self.before) else []
            if self.slope is not None:
                terms.append(self._product(pen, upstream))
            elif terms:
                terms.append(pen.number(self.contribution))
            sum_of_terms = f"{' + '.join(terms)} = " if terms else ""
            line = [(f"{grad} = {sum_of_terms}", ""), (pen.sized(self.after), _style(self.after))]
        else:
            reason = pen.plain(f": {untaken(self, pen.name(self.entry))}") if any_of(upstream) else ""
            line = [(f"{grad} stays {pen.number(self.after)}{reason}", "")]
        notes = [f"{self.arrived} of {self.uses} uses"] if self.uses > 1 else []
        if earlier is not None and self.complete:
            notes.append(f"+ {pen.number(earlier)} from before")
        if notes:
            line.append((f"   ({', '.join(notes)})", "faint" if self.complete else "yellow"))
        return line

    def _product(self, pen: Pen, upstream: Any) -> str:
        """``1 × 0.5``, and whether it is summed over what broadcasting spread."""
        product = pen.plain(f"{pen.number(upstream)} × {pen.number(self.slope)}")
        shape = np.shape(self.contribution)
        return product if shape == np.shape(upstream) else f"sum_to({product}, {shape})"


FLAT = ("floordiv", "sign", "round", "less", "equal")


def untaken(part: Part, name: str | None = None) -> str:
    """Why an operation that selects hands nothing on to an argument, which is called so; nothing if it does."""
    op = part.source.op
    assert op is not None
    if part.slope is None or any_of(part.slope) or not op.selects:
        return ""
    if op.name in FLAT:
        return f"{op.name} is flat between its jumps"
    if op.name == "where" and part.position == 0:
        return f"{name or part.entry.label} only decides"
    return f"{op.name} does not take {name or part.entry.label}"


class Step(NamedTuple):
    """One entry's turn in a pass.

    Attributes
    ----------
    k : int
        Which step of the pass this is, counted from 0.
    entry : Entry
        The entry, z.
    upstream : float, ndarray or None
        The gradient that has arrived at it, complete by now; ``None`` in a forward pass.
    parts : tuple of Part
        One for each argument that is a value, in the order of the arguments; none in a forward pass.
    within : Pass
        The pass.
    """

    k: int
    entry: Entry
    upstream: Any
    parts: tuple[Part, ...]
    within: Pass

    @property
    def program(self) -> Program:
        """The program that the pass goes over."""
        return self.within.program

    @property
    def seed(self) -> Any:
        """The gradient that the pass began with; ``None`` in a forward pass."""
        return self.within.seed

    @property
    def formulas(self) -> list[Expression]:
        """The local derivatives of all parts, as symbols or numbers; of operations on whole arrays, see `Part`."""
        found = formulas_of(self.entry, over=self.within.over)
        return [found[part.position] for part in self.parts]

    def text(self, on: Paper | None = None) -> str:
        """The step on a paper, which is standard output unless it is given: what ``repr`` gives."""
        on = on or paper()
        pen = Pen(on, self.within.digits)
        total = str(len(self.program.computed))
        count = f"[{self.k + 1:>{len(total)}}/{total}] "
        name, value = pen.name(self.entry), pen.number(self.entry.value)
        operation = [pen.operation(self.entry)]
        if self.upstream is None and pen.substituted(self.entry) != operation[0]:
            operation.append(pen.substituted(self.entry))
        odd = "" if _is_finite(self.entry.value) else "red"
        head = [
            (count, "faint"),
            (name, "bold"),
            (f" = {' = '.join(operation)} = ", ""),
            (value, odd),
        ]
        if self.upstream is None:
            return painted(head, on)
        rows = [(head, self._upstream_line(pen, self.upstream)), *self._rows(pen, self.upstream, len(count))]
        return "\n".join(side_by_side(rows, on, indent=len(count) + 2))

    def __repr__(self) -> str:
        return self.text()

    def _upstream_line(self, pen: Pen, upstream: Any) -> Line:
        seed = self.within.seed
        results = " + ".join(pen.name(result) for result in self.program.results)
        over = f"({results})" if len(self.program.results) > 1 else results
        if np.size(seed) > 1:  # the weights of a sum, which is what is differentiated
            over, seed = "L", 1.0
        factor = "" if seed == 1 else pen.plain(f"{pen.number(seed)}·")
        line = [("upstream  ", "faint"), (f"{factor}d{over}/d{pen.name(self.entry)} = ", "")]
        line.append((pen.sized(upstream), _style(upstream)))
        return line if any_of(upstream) else [*line, (": nothing is handed on", "")]

    def _rows(self, pen: Pen, upstream: Any, indent: int) -> Iterator[tuple[Line, Line]]:
        """A row for each part; where there are many, the middle is left out."""
        over = self.within.over
        found = formulas_of(self.entry, pen.symbol, over)
        left_out = len(self.parts) - MOST
        for part in self.parts if left_out <= 1 else (*self.parts[: MOST - 3], None, *self.parts[-3:]):
            blank = (" " * indent, "")
            if part is None:
                yield [blank, (pen.plain(f"… {left_out:,} more arguments …"), "faint")], []
                continue
            formula = found[part.position]
            earlier = self.within.earlier.get(id(part.entry.node))
            yield [blank, *part.slope_line(pen, formula, over)], part.sum_line(pen, upstream, earlier)


def _is_finite(number: Any) -> bool:
    return isfinite(number) if type(number) is float else bool(np.isfinite(number).all())


def _style(number: Any) -> str:
    return "green" if _is_finite(number) else "red"


def begin(program: Program, seed: Any, digits: int = 4) -> Pass:
    """A reverse pass with such a gradient at its beginning, or with ``None`` a forward pass."""
    leaves = [] if seed is None else [entry for entry in program if entry.op is None]
    return Pass(program, seed, {id(leaf.node): leaf.grad for leaf in leaves if leaf.grad is not None}, digits)


def forward(program: Program, digits: int = 4) -> Iterator[Step]:
    """The steps of the forward pass: the computed entries, in the order in which they were recorded.

    Examples
    --------
    >>> from autograd import Value, program
    >>> x = Value(3.0, name="x")
    >>> for step in forward(program(x * x + 1)):
    ...     print(step)
    [1/2] %1 = x * x = 3 × 3 = 9
    [2/2] %2 = %1 + 1 = 9 + 1 = 10
    """
    return begin(program, None, digits).steps()


def reverse(program: Program, seed: Any = 1.0, digits: int = 4) -> Iterator[Step]:
    """The steps of the reverse pass from the program's result, or from all of its results together.

    Nothing is deposited.

    Examples
    --------
    >>> from autograd import Value, program
    >>> x = Value(3.0, name="x")
    >>> y = x * x
    >>> for step in reverse(program(y)):
    ...     for part in step.parts:
    ...         print(part.entry.label, part.formula, part.contribution, part.after, f"{part.arrived} of {part.uses}")
    x x 3.0 3.0 1 of 2
    x x 3.0 6.0 2 of 2
    """
    return begin(program, seed, digits).steps()


def uses_of(program: Program) -> dict[int, int]:
    """How often each value is used, by its identity: of a leaf that changed in between, all versions are one value."""
    uses: dict[int, int] = {}
    for entry in program:
        uses[id(entry.node)] = uses.get(id(entry.node), 0) + len(entry.uses)
    return uses


def _forward(within: Pass) -> Iterator[Step]:
    for k, entry in enumerate(within.program.computed):
        yield Step(k, entry, None, (), within)


def _reverse(within: Pass, seed: float) -> Iterator[Step]:
    program = within.program
    uses = uses_of(program)
    adjoints: dict[int, float] = dict.fromkeys(uses, 0.0)
    arrived = dict.fromkeys(uses, 0)
    for result in program.results:
        adjoints[id(result.node)] = seed
    for k, entry in enumerate(reversed(program.computed)):
        g = adjoints[id(entry.node)]
        parts = []
        for position, (x, slope) in enumerate(zip(entry.inputs, local_derivatives(entry.node), strict=True)):
            if isinstance(x, Entry):
                key = id(x.node)
                before = adjoints[key]
                passes = bool(g) and (bool(slope) or not entry.node._op.selects)  # type: ignore[union-attr]
                contribution = g * slope if passes else 0.0
                if passes:
                    adjoints[key] = before + contribution
                arrived[key] += 1
                parts.append(
                    Part(
                        *(entry, position, x, float(slope), contribution),
                        *(before, adjoints[key], arrived[key], uses[key], passes),
                    )
                )
        yield Step(k, entry, g, tuple(parts), within)


def _reverse_arrays(within: Pass) -> Iterator[Step]:
    program = within.program
    uses = uses_of(program)
    arrived = dict.fromkeys(uses, 0)
    seeds = {id(result.node): within.given(result) for result in program.results}
    entries = program.computed[::-1]
    leaves = [entry.node for entry in program if entry.op is None]
    for k, (entry, (g, handed)) in enumerate(
        zip(entries, turns([entry.node for entry in entries], leaves, seeds), strict=True)
    ):
        parts = []
        for position, (x, found) in enumerate(zip(entry.inputs, handed, strict=True)):
            if found is not None:
                key = id(x.node)
                arrived[key] += 1
                parts.append(Part(entry, position, x, *found[:-1], arrived[key], uses[key], found.passes))
        yield Step(k, entry, g, tuple(parts), within)
