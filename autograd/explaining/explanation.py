"""Why a gradient is what it is: the sum over the uses of a value.

    dy/dx  =  Σ  dy/dz · dz/dx            over all z that x is an argument of, latest first

The terms are those of a reverse pass, read from its records in the order in which they arrive. So they add up to the
gradient to the last bit.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Iterator, Sequence
from decimal import Context, Decimal
from functools import reduce
from typing import Any

import numpy as np

from ..arrays.tensor import Tensor
from ..core.numbers import whole
from ..core.tape import Node
from ..errors import InputTypeError, InputValueError
from ..formulas.notation import adjoint
from ..formulas.symbols import with_shape
from ..programs.entry import Entry
from ..programs.listing import Program
from ..stepping.passes import reverse
from ..stepping.records import Part
from ..stepping.writing import Pen
from ..text.layout import ends, folded
from ..text.numbers import brief
from ..text.paper import Paper, paper
from .array_entry import EntryExplanation, entry_meant
from .paths import Path, path_lines, paths_to
from .uses import Use, array_use_lines, slope_name, use_blocks

__all__ = ["Explanation", "explain"]

FIRST, LAST = 10, 4  # uses, or paths, that are shown; the middle is left out
EXACT = Context(prec=1500)  # holds the sum of any few floats


class Explanation:
    """A derivative as the sum over the uses of a value; ``print`` shows it.

    Made by `explain`.

    Attributes
    ----------
    program : Program
        What the result depends on.
    result : Entry
        The result, y.
    versions : tuple of Entry
        The value, x: more than one entry if it is a leaf whose number was changed between its uses.
    name : str
        By which the text calls it.
    total : float or ndarray
        dy/dx.
    steps : tuple of Step
        The steps of the reverse pass in which something is handed on to x, in their order.
    uses : tuple of Use
        The parts of these steps that x receives, with their steps.
    paths : tuple of Path or None
        The same as a sum over paths, if asked for.
    digits : int
        To how many significant digits the text shows numbers.
    """

    def __init__(self, program: Program, x: Node, paths: bool, digits: int) -> None:
        self.program = program
        self.result = program.results[0]
        self.versions = tuple(entry for entry in program if entry.node is x)
        self.name = _name(program, self.versions)
        self.digits = digits
        steps, own = [], []
        self.total: Any = program.results[0].value * 0 + 1 if isinstance(x, Tensor) else 1.0
        for step in reverse(program):
            steps.append(step)
            received = [part for part in step.parts if part.entry.node is x]
            if received:
                own.append(step)
                self.total = received[-1].after
                if received[-1].complete and not paths:
                    break
        self.steps = tuple(own)
        self.uses = tuple(Use(step, i) for step in own for i, part in enumerate(step.parts) if part.entry.node is x)
        self.paths = paths_to(self.versions, self.result, steps) if paths else None

    @property
    def parts(self) -> tuple[Part, ...]:
        """What is handed on to x: one part for each use, in the order in which they arrive."""
        return tuple(use.part for use in self.uses)

    def __str__(self) -> str:
        return self.on(paper())

    __repr__ = __str__

    def on(self, paper: Paper) -> str:
        """The text for some paper."""
        arrays = isinstance(self.versions[0].node, Tensor) or any(type(part.slope) is not float for part in self.parts)
        return "\n".join(self._array_lines(Pen(paper, self.digits)) if arrays else _Writer(self, paper).lines())

    def _array_lines(self, pen: Pen) -> Iterator[str]:
        """The text where arrays take part."""
        over, uses = self.result.label, self.uses
        slope = pen.identity(with_shape(self.versions[0], adjoint(over, self.name)))
        count = _sum_over(len(uses), "use") if uses else "for it is the result itself"
        yield from _headline(f"{slope} = {pen.sized(self.total)}, {count}{f' of {self.name}' * bool(uses)}", pen.paper)
        yield from array_use_lines(uses, self.name, over, pen, (FIRST, LAST))


def _name(program: Program, versions: tuple[Entry, ...]) -> str:
    """The label; of several versions the name they share, if it is no one else's."""
    name = versions[0].node.known_as
    shared = sum(entry.node.known_as == name for entry in program) == len(versions)
    return name if name is not None and shared else versions[0].label


def explain(
    x: Node | str, *, of: Node | None = None, paths: bool = False, digits: int = 4
) -> Explanation | EntryExplanation:
    """dy/dx as the sum over the uses of x: by which values, upstream gradient × local derivative, and the sum so far.

    The terms are those of a backward pass, in the order in which they arrive: they add up to ``x.grad`` to the last
    bit. Nothing is deposited, and no backward pass is needed before.

    Parameters
    ----------
    x : Value, Tensor or str
        A leaf or a computed value that y depends on, or the name by which ``program(y)`` shows it. One entry of a
        tensor, ``w[2, 3]`` or ``"w[2, 3]"``, gives the scalar terms that add up to ``w.grad[2, 3]``.
    of : Value or Tensor
        The result, y: a single number.
    paths : bool
        Show the sum over all paths from y to x instead, each a product of local derivatives. For small graphs.
    digits : int
        To how many significant digits numbers are shown.

    Returns
    -------
    Explanation or EntryExplanation
        What ``print`` shows; with ``total``, ``parts`` and ``paths`` to read, or ``total`` and ``terms``.

    Raises
    ------
    InputTypeError, InputValueError
        If x is not part of y, or it is not said what y is, or there are too many paths.

    Examples
    --------
    >>> from autograd import Value, explain
    >>> x = Value(3.0, name="x")
    >>> y = x * x.sin(); y.name = "y"
    >>> explain(x, of=y)
    dy/dx = -2.829, the sum over 2 uses of x = 3
    used in       local derivative          upstream × local        sum so far
    y  = x * %1   dy/dx = %1 = 0.1411       1 × 0.1411  =  0.1411    0.1411
    %1 = sin(x)   d%1/dx = cos(x) = -0.99   3 × (-0.99) = -2.97     -2.829
    To 4 digits; exactly, dy/dx = -2.828857481741469.
    >>> explain(x, of=y, paths=True, digits=8)
    dy/dx = -2.8288575, the sum over 2 paths from y to x = 3
    1. dy/dx = 0.14112001
    2. dy/d%1 · d%1/dx = 3 × (-0.9899925) = -2.9699775
    To 8 digits; exactly, dy/dx = -2.828857481741469.
    >>> y.backward(); x.grad == explain(x, of=y).total
    True

    Of tensors each use is an identity, with the shapes of its factors; of one entry, the terms are single numbers.

    >>> from autograd import Tensor
    >>> a, w = Tensor([[1.0, 2.0], [3.0, 4.0]], name="a"), Tensor([[0.5], [0.25]], name="w")
    >>> z = a @ w; z.name = "z"
    >>> L = (z * z).sum(); L.name = "L"
    >>> explain(w, of=L)
    dL/dw (2×1) = [[17], [24]], from the only use of w
    z = a @ w
        dL/dw (2×1) = aᵀ (2×2) @ dL/dz (2×1)
        = [[17], [24]]
    >>> explain(w[1, 0], of=L)
    dL/dw[1, 0] = 24, the sum over 2 terms, at w[1, 0] = 0.25
    z = a @ w   dL/dz[0, 0] × a[0, 1] = 2 × 2 =  4
    z = a @ w   dL/dz[1, 0] × a[1, 1] = 5 × 4 = 20
    """
    if of is None:
        raise InputTypeError(
            "a derivative is that of a result, and a value does not know what was made of it; "
            "write explain(x, of=y), where y is the result"
        )
    if not isinstance(x, (Node, str)):
        raise InputTypeError(f"explain takes a value, or its name, not {type(x).__name__} {x!r:.40}")
    program, digits = Program(of), whole(digits, "digits", least=1)
    if any(isinstance(entry.node, Tensor) for entry in program):
        if np.size(program.results[0].value) != 1:
            shape = program.results[0].value.shape
            raise InputValueError(f"explain takes the derivative of one number, not of shape {shape}; sum up first")
        if paths:
            raise InputValueError(
                "paths are for programs of single numbers: along a path through arrays, derivatives are maps and no "
                "numbers; leave paths=True away"
            )
        meant = entry_meant(x, program)
        if meant is not None:
            return EntryExplanation(program, *meant, digits)
    return Explanation(program, _found(program, x), paths, digits)


def _found(program: Program, x: Node | str) -> Node:
    """The value that is meant, if the program has it."""
    if isinstance(x, str):  # of a leaf that changed, no version is labelled by the name alone
        bearers = {id(entry.node): entry for entry in program if entry.node.known_as == x}
        if len(bearers) > 1:
            labels = ", ".join([entry.label for entry in bearers.values()][:8])
            raise InputValueError(f"{x!r} is the name of {len(bearers):,} values; say which: {labels}")
        return (list(bearers.values()) or [program.find(x)])[0].node
    if any(entry.node is x for entry in program):
        return x
    result = program.results[0].node
    if any(entry.node is result for entry in Program(x)):
        raise InputValueError(f"{x!r} was computed from {result!r}, not the other way round; swap the two")
    return program.find(x).node


# --- Writing ----------------------------------------------------------------------------------------------------------


class _Writer:
    """The text of an explanation on some paper."""

    def __init__(self, explanation: Explanation, paper: Paper) -> None:
        self.explanation = explanation
        self.paper = paper
        self.digits = explanation.digits
        self.slope = slope_name(explanation.result, explanation.name, paper)
        self.total = self.number(explanation.total)

    def number(self, x: float) -> str:
        return brief(x, self.digits)

    def lines(self) -> Iterator[str]:
        uses, paths, x = self.explanation.uses, self.explanation.paths, self.explanation.name
        if not uses:
            yield from self.headline(f"{self.slope} = 1: {x} is the result itself")
        elif paths is None:
            yield from self.headline(
                f"{self.slope} = {self.total}, {_sum_over(len(uses), 'use')} of {self.described()}"
            )
            yield from self.changes()
            yield from self.uses()
        else:
            between = f"from {self.explanation.result.label} to {self.described()}"
            yield from self.headline(f"{self.slope} = {self.total}, {_sum_over(len(paths), 'path')} {between}")
            yield from self.changes()
            yield from self.ways(paths)

    def headline(self, text: str) -> Iterator[str]:
        return _headline(text, self.paper)

    def described(self) -> str:
        """The name of x, and its number if it has one only."""
        first, *others = self.explanation.versions
        return self.explanation.name if others else f"{self.explanation.name} = {self.number(first.value)}"

    def changes(self) -> list[str]:
        """The numbers that x had, if several."""
        versions = [f"{entry.label} = {self.number(entry.value)}" for entry in self.explanation.versions]
        first, middle, last = ends(versions, 4, 1)
        shown = ", ".join([*first, *([f"… {len(middle):,} more …"] if middle else []), *last])
        text = f"{self.explanation.name} changed between its uses: {shown}"
        return folded(text, self.paper) if len(versions) > 1 else []

    def uses(self) -> Iterator[str]:
        """Lines for each use, and what rounding hides."""
        uses = self.explanation.uses
        first, middle, last = ends(uses, FIRST, LAST)
        header, blocks = use_blocks([*first, *last], self.explanation.result, self.paper, self.digits)
        shown = [self.number(use.part.contribution) for use in [*first, *last]]
        yield from header
        for block in blocks[: len(first)]:
            yield from block
        if middle:
            shown.append(self.number(reduce(operator.add, [use.part.contribution for use in middle])))
            yield self.left_out(len(middle), f"{shown[-1]}: so far {self.number(middle[-1].part.after)}")
        for block in blocks[len(first) :]:
            yield from block
        yield from self.paragraph([*self.exactly(), *self.lost(shown)])

    def ways(self, paths: tuple[Path, ...]) -> Iterator[str]:
        """Lines for each path, and what rounding hides."""
        first, middle, last = ends(list(enumerate(paths, 1)), FIRST, LAST)
        wide = len(f"{len(paths):,}")
        for k, path in first:
            yield from path_lines(path, f"{k:{wide},}. ", self.paper, self.digits)
        if middle:
            yield self.left_out(len(middle), self.number(reduce(operator.add, [path.product for _, path in middle])))
        for k, path in last:
            yield from path_lines(path, f"{k:{wide},}. ", self.paper, self.digits)
        yield from self.paragraph([*self.exactly(), *self.reordered([path.product for path in paths])])

    def left_out(self, count: int, sum_of_them: str) -> str:
        return self.paper.paint(self.paper.plain(f"… {count:,} more, adding up to {sum_of_them}"), "faint")

    # --- What rounding hides ------------------------------------------------------------------------------------------

    def exactly(self) -> Iterator[str]:
        """The total to the last bit, where it was shown to fewer digits."""
        total = self.explanation.total
        if float(self.total) != total and not math.isnan(total):
            yield f"To {self.digits} digits; exactly, {self.slope} = {total!r}."

    def lost(self, shown: list[str]) -> Iterator[str]:
        """What the contributions add up to in exact arithmetic: as they are, and as they are printed."""
        if not math.isfinite(self.explanation.total):
            return
        contributions = [Decimal(part.contribution) for part in self.explanation.parts]
        exact = self.number(float(reduce(EXACT.add, contributions)))
        printed = reduce(EXACT.add, map(Decimal, shown))
        if Context(self.digits).plus(printed) not in (Decimal(exact), Decimal(self.total)):
            hidden = self.number(float(abs(EXACT.subtract(printed, Decimal(self.total)))))
            yield (
                f"As printed, the contributions add up to {self.number(float(printed))}, not to {self.total}: "
                f"rounding to {self.digits} digits hides {hidden}."
            )
        if exact != self.total:
            yield f"Sums of floats are rounded: in exact arithmetic the contributions add up to {exact}."

    def reordered(self, products: list[float]) -> Iterator[str]:
        """By how much the sum over the paths misses the total."""
        together, total = reduce(operator.add, products), self.explanation.total
        if math.isfinite(total) and not math.isfinite(together):
            yield (
                f"The paths add up to {self.number(together)}: a gradient of 0 is handed on to nobody, "
                "while a path goes on to where a local derivative is infinite."
            )
        elif together != total and not math.isnan(total):
            yield f"The paths add up to {together!r}: products and sums in another order are rounded differently."

    def paragraph(self, notes: Sequence[str]) -> list[str]:
        return [line for note in notes for line in folded(note, self.paper)]


def _headline(text: str, paper: Paper) -> Iterator[str]:
    for line in folded(text, paper):
        yield paper.paint(line, "bold")


def _sum_over(count: int, what: str) -> str:
    return f"the sum over {count:,} {what}s" if count > 1 else f"from the only {what}"
