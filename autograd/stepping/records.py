"""The records of a pass over a program: the data that every view of a pass reads.

    [1/5] y = tanh(n) = 0.8337          upstream  dy/dy = 1
          dy/dn = 1 - y² = 0.305        n.grad = 1 × 0.305 = 0.305
          └ a part: formula = number    └ contribution = upstream × local derivative, added to what had arrived

A `Step` describes one entry of the reverse pass completely, and a `Part` one argument of that entry. `passes` makes
the records. The stepper, the explanation, the page and the drawing read them, and none of them differentiates.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import isfinite
from typing import Any, NamedTuple

import numpy as np

from ..arrays.tensor import Tensor
from ..formulas.notation import Expression, Symbol, adjoint
from ..formulas.symbols import formulas_of, with_shape
from ..programs.entry import Entry
from ..programs.listing import Program
from ..text.layout import Line, ordinal, painted, side_by_side
from ..text.paper import Paper, paper
from .writing import Pen

__all__ = ["Part", "Pass", "Step", "any_of", "untaken"]


def any_of(x: Any) -> bool:
    """Return True if a number, or any element of an array, differs from 0."""
    return bool(x) if type(x) is float else bool(np.any(x))


class Pass(NamedTuple):
    """The facts that all steps of a pass share.

    Attributes
    ----------
    program : Program
        The program that the pass goes over.
    seed : float, ndarray or None
        The gradient that the pass begins with; ``None`` in a forward pass.
    earlier : dict
        The gradients that earlier passes had left in the leaves when this one began, by the identity of the node.
    digits : int
        Significant digits of the numbers in the text of its steps.
    wrt : Entry or None
        The value by which a forward pass differentiates on its way; ``None`` in other passes.
    """

    program: Program
    seed: Any = None
    earlier: dict[int, Any] = {}  # noqa: RUF012 - nothing changes it
    digits: int = 4
    wrt: Entry | None = None

    def seeds(self) -> dict[int, Any]:
        """The gradient of each result at the beginning, by the identity of its node; nothing in a forward pass."""
        if self.seed is None:
            return {}
        return {
            id(node): np.array(np.broadcast_to(self.seed, node._data.shape), node._data.dtype)
            if isinstance(node, Tensor)
            else self.seed
            for node in (result.node for result in self.program.results)
        }

    @property
    def has_arrays(self) -> bool:
        """True if a tensor takes part in the program."""
        return any(isinstance(entry.node, Tensor) for entry in self.program)

    @property
    def is_of_a_sum(self) -> bool:
        """True if no single number is differentiated, but the sum of all results, weighted by their seeds."""
        first, *others = self.program.results
        return bool(others) or np.size(first.value) != 1

    @property
    def over(self) -> str:
        """The name of the differentiated quantity in formulas: that of the result, or L for a sum."""
        return "L" if self.is_of_a_sum else self.program.results[0].label


MOST = 12  # arguments that the text of a step shows


class Part(NamedTuple):
    """The contribution of one entry to the gradient of one of its arguments.

    Attributes
    ----------
    source : Entry
        The entry, z.
    position : int
        The position of the argument among the arguments of z, counted from 0.
    entry : Entry
        The argument, x, which receives the contribution.
    slope : float, ndarray or None
        The local derivative, dz/dx; element by element for arrays. ``None`` for an operation on whole arrays: its
        derivative is a linear map, and ``formula`` is the gradient that the map gives.
    contribution : float or ndarray
        ``upstream * slope``, summed over the axes that broadcasting added; 0 where nothing is propagated.
    before, after : float or ndarray
        The gradient that had arrived at x in this pass before this contribution, and with it.
    arrived, uses : int
        The number of uses of x whose contributions have arrived by now, and the number of all its uses.
    passes : bool
        False if nothing is propagated: the upstream gradient is 0, or the operation did not select this argument.
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
        """The local derivative in the user's names, from the rule itself: a symbol, or a number where it is constant.

        For an operation on whole arrays, the gradient that it propagates, in which L is the differentiated quantity.
        """
        return formulas_of(self.source)[self.position]

    @property
    def complete(self) -> bool:
        """True if all uses have arrived, so that ``after`` is the gradient."""
        return self.arrived == self.uses

    def slope_line(self, pen: Pen, formula: Expression, over: str) -> Line:
        """``dy/dn = 1 - y² = 0.305``; a formula that is a number is written once.

        For an operation on whole arrays, ``dL/dw (2×3) = xᵀ (2×4) @ dL/dz (4×3)``.
        """
        if self.slope is None:
            receiver = pen.identity(with_shape(self.entry, adjoint(over, pen.symbol(self.entry).parts[0])))
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
        """``b.grad = 3.2 + 1 × 0.5 = 3.7   (2 of 5 uses)``; where nothing is propagated, the reason in words."""
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
        """``1 × 0.5``, within ``sum_to(…)`` where the product is summed over the axes that broadcasting added."""
        product = pen.plain(f"{pen.number(upstream)} × {pen.number(self.slope)}")
        shape = np.shape(self.contribution)
        return product if shape == np.shape(upstream) else f"sum_to({product}, {shape})"


FLAT = ("floordiv", "sign", "round", "less", "equal")


def untaken(part: Part, name: str | None = None) -> str:
    """The reason, in words, why a selecting operation propagates no gradient to this argument, or ``""``.

    ``name`` replaces the argument's label in the text.
    """
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
    """One step of a pass: one entry, and its contributions to the gradients of its arguments.

    Attributes
    ----------
    k : int
        The position of the step in the pass, counted from 0.
    entry : Entry
        The entry, z.
    upstream : float, ndarray or None
        The gradient of z, which is complete by now; ``None`` in a forward pass.
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
        """The formulas of all parts; see `Part.formula`. Here the differentiated quantity has its name."""
        found = formulas_of(self.entry, over=self.within.over)
        return [found[part.position] for part in self.parts]

    def text(self, on: Paper | None = None) -> str:
        """The step as text, laid out for ``on``, or for standard output if ``on`` is not given."""
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
        if self.within.is_of_a_sum and self.within.has_arrays:  # as in the formulas of its steps
            over, seed = "L", 1.0
        factor = "" if seed == 1 else pen.plain(f"{pen.number(seed)}·")
        line = [("upstream  ", "faint"), (f"{factor}d{over}/d{pen.name(self.entry)} = ", "")]
        line.append((pen.sized(upstream), _style(upstream)))
        return line if any_of(upstream) else [*line, (": no gradient is passed on", "")]

    def _rows(self, pen: Pen, upstream: Any, indent: int) -> Iterator[tuple[Line, Line]]:
        """A row of two cells for each part; of many parts, the middle ones are left out."""
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
