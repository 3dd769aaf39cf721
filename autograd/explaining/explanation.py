"""Explanations of a gradient: the sum over the uses of a value.

    dy/dx  =  Σ  dy/dz · dz/dx            over all z that x is an argument of, latest first

The terms are read from the records of a reverse pass, in the order in which they arrive, so that they add up to the
gradient to the last bit. The terms of one entry of an array are products of single numbers, in the same order.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Iterable, Iterator, Sequence
from decimal import Context, Decimal
from functools import reduce
from typing import Any

import numpy as np

from ..arrays.tensor import Tensor
from ..core.numbers import whole
from ..core.tape import Node
from ..errors import InputTypeError, InputValueError, described
from ..formulas.notation import adjoint
from ..formulas.symbols import with_shape
from ..programs.entry import Entry
from ..programs.listing import Program
from ..stepping.passes import reverse
from ..stepping.records import Part
from ..stepping.results import one_result
from ..stepping.writing import Pen
from ..text.layout import ends, folded
from ..text.numbers import MOST_DIGITS
from ..text.paper import Paper, paper
from .layouts import identity_block, term_blocks, use_blocks
from .paths import Path, path_block, paths_to
from .selection import selected
from .terms import Index, Term, Use, at, terms_of

__all__ = ["EntryExplanation", "Explanation", "explain"]

FIRST, LAST = 10, 4  # terms that are shown; the middle is left out
EXACT = Context(prec=1500)  # enough digits for the exact sum of any few floats


class Explanation:
    """A derivative as a sum of terms; ``print`` shows it.

    Made by `explain`.

    Attributes
    ----------
    program : Program
        The program of the result.
    result : Entry
        The result, y.
    versions : tuple of Entry
        The value, x; more than one entry if it is a leaf whose number was changed between its uses.
    index : tuple of int or None
        The entry of x by which the derivative is taken, if x is an array and not meant as a whole.
    name : str
        The name of x in the text, with the index.
    total : float or ndarray
        dy/dx.
    steps : tuple of Step
        The steps of the reverse pass that contribute to x, in their order.
    uses : tuple of Use
        The contributions to x, one for each use of it.
    paths : tuple of Path or None
        The paths from y to x, if they were asked for.
    digits : int
        Significant digits of the numbers in the text.
    """

    def __init__(self, program: Program, x: Node, index: Index | None, paths: bool, digits: int) -> None:
        self.program = program
        self.result = program.results[0]
        self.versions = tuple(entry for entry in program if entry.node is x)
        self.index = index
        self.digits = digits
        self._array = program.label_of(x)
        steps, own = [], []
        total: Any = np.ones_like(x._data) if isinstance(x, Tensor) else 1.0  # of the result by itself
        for step in reverse(program):
            steps.append(step)
            received = [part for part in step.parts if part.entry.node is x]
            if received:
                own.append(step)
                total = received[-1].after
                if received[-1].complete and not paths:
                    break
        self.steps = tuple(own)
        self.uses = tuple(Use(step, i) for step in own for i, part in enumerate(step.parts) if part.entry.node is x)
        self.paths = paths_to(self.versions, self.result, steps) if paths else None
        self._terms = () if index is None else tuple(term for use in self.uses for term in terms_of(use, index))
        self.total = total if index is None else reduce(operator.add, [term.product for term in self._terms] or [1.0])

    @property
    def name(self) -> str:
        return self._array if self.index is None else at(self._array, self.index)

    @property
    def entry(self) -> Entry:
        """The value, x, in the latest of its versions."""
        return self.versions[-1]

    @property
    def parts(self) -> tuple[Part, ...]:
        """The contributions to x in the order in which they arrive: one part for each use."""
        return tuple(use.part for use in self.uses)

    @property
    def terms(self) -> Sequence[Use | Path | Term]:
        """The terms of the sum: the uses of x; or the paths; or, for one entry of an array, products of single numbers.

        Each has an ``entry``, the operation that uses x, ``factors`` in the user's names, their ``numbers``, and the
        ``product`` that it adds to the derivative. A result has no terms in its derivative by itself.
        """
        if self.index is not None:
            return self._terms
        return self.paths if self.paths is not None and self.uses else self.uses

    def __str__(self) -> str:
        return self.on(paper())

    __repr__ = __str__

    def on(self, paper: Paper) -> str:
        """The text, laid out for some paper."""
        with np.errstate(all="ignore"):
            return "\n".join(_Writer(self, paper).lines())


EntryExplanation = Explanation  # the name of what `explain` returned for one entry of an array


def explain(
    x: Node | str, *, of: Node | Iterable[Node] | Program | None = None, paths: bool = False, digits: int = 4
) -> Explanation:
    """dy/dx as the sum over the uses of x: for each use, upstream gradient × local derivative, and the sum so far.

    The terms are those of a backward pass, in the order in which they arrive: they add up to ``x.grad`` to the last
    bit. Nothing is deposited, and no backward pass has to come first.

    Parameters
    ----------
    x : Value, Tensor or str
        A leaf or a computed value that y depends on, or the name by which ``program(y)`` shows it. One entry of a
        tensor, ``w[2, 3]`` or ``"w[2, 3]"``, gives the scalar terms that add up to ``w.grad[2, 3]``.
    of : Value or Tensor, several of them, or Program
        The result, y: a single number. Of several results the sum is explained, which is called L.
    paths : bool
        Show the sum over all paths from y to x instead, each a product of local derivatives. For small graphs.
    digits : int
        Significant digits of the numbers in the text, 1 to 767.

    Returns
    -------
    Explanation
        ``print`` shows it; ``total``, ``terms``, ``parts`` and ``paths`` are there to read.

    Raises
    ------
    InputTypeError, InputValueError
        If y does not depend on x, if ``of`` is missing, or if there are too many paths.

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

    For a tensor, each use is an identity with the shapes of its factors; for one entry, the terms are single numbers.

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
            "explain takes the result as well, since a value does not know what was computed from it; "
            "write explain(x, of=y), where y is the result"
        )
    if not isinstance(paths, (bool, np.bool_)):
        raise InputTypeError(f"paths is True or False, not {described(paths)}")
    program, digits = Program(one_result(of)), whole(digits, "digits", least=1, most=MOST_DIGITS)
    if any(isinstance(entry.node, Tensor) for entry in program):
        if np.size(program.results[0].value) != 1:
            shape = program.results[0].value.shape
            raise InputValueError(f"explain takes the derivative of one number, not of shape {shape}; sum up first")
        if paths:
            raise InputValueError(
                "paths are for programs of single numbers: along a path through arrays, derivatives are maps and no "
                "numbers; leave paths=True away"
            )
    return Explanation(program, *selected(x, program), paths, digits)


# --- Writing ----------------------------------------------------------------------------------------------------------


class _Writer:
    """The text of an explanation on some paper: a headline, a block of lines for each term, and remarks on rounding."""

    def __init__(self, explanation: Explanation, paper: Paper) -> None:
        self.explanation = explanation
        self.paper = paper
        self.pen = Pen(paper, explanation.digits)
        self.has_arrays = isinstance(explanation.versions[0].node, Tensor) or any(
            type(part.slope) is not float for part in explanation.parts
        )
        self.slope = self.slope_written()
        self.total = self.pen.sized(explanation.total)

    def lines(self) -> Iterator[str]:
        explanation, terms = self.explanation, self.explanation.terms
        for line in folded(f"{self.slope} = {self.total}{self.origin()}", self.paper):
            yield self.paper.paint(line, "bold")
        if not explanation.uses:
            return
        yield from self.changes()
        first, middle, last = ends(range(len(terms)), FIRST, LAST)
        header, blocks = self.blocks([*first, *last])
        yield from header
        for block in blocks[: len(first)]:
            yield from block
        rest = self.pen.sized(reduce(operator.add, [terms[k].product for k in middle])) if middle else ""
        if middle:
            yield self.left_out(middle, rest)
        for block in blocks[len(first) :]:
            yield from block
        if not self.has_arrays:
            shown = [self.pen.number(terms[k].product) for k in (*first, *last)]
            notes = [*self.exactly(), *self.lost([*shown, *[rest] * bool(middle)]), *self.reordered()]
            for note in notes:
                yield from folded(note, self.paper)

    def slope_written(self) -> str:
        """``dy/dx``; of an array with its shape."""
        explanation, pen = self.explanation, self.pen
        if explanation.index is not None:
            return f"d{pen.name(explanation.result)}/d{self.name()}"
        if not self.has_arrays:
            return pen.slope(explanation.result, explanation.name)
        y, x = (pen.symbol(which).parts[0] for which in (explanation.result, explanation.name))
        return pen.identity(with_shape(explanation.versions[0], adjoint(y, x)))

    def name(self) -> str:
        """The name of x, with the index."""
        name = self.pen.name(self.explanation._array)
        return name if self.explanation.index is None else at(name, self.explanation.index)

    def origin(self) -> str:
        """The end of the headline: the number of terms, and the number of x."""
        explanation, name = self.explanation, self.name()
        first, *others = explanation.versions
        if not explanation.uses:
            return f": {self.pen.name(explanation._array)} is the result itself"
        whole_array = self.has_arrays and explanation.index is None
        described = name if others or whole_array else f"{name} = {self.pen.number(self.number_of(first))}"
        if explanation.index is not None:
            return f", {_sum_over(len(explanation.terms), 'term')}, at {described}"
        if explanation.paths is None:
            return f", {_sum_over(len(explanation.uses), 'use')} of {described}"
        between = f"from {self.pen.name(explanation.result)} to {described}"
        return f", {_sum_over(len(explanation.paths), 'path')} {between}"

    def number_of(self, version: Entry) -> Any:
        """The number of x in one of its versions."""
        return version.value if self.explanation.index is None else version.value[self.explanation.index]

    def changes(self) -> list[str]:
        """The numbers of x, if it has several versions."""
        versions = [
            f"{self.pen.name(entry)} = {self.pen.number(self.number_of(entry))}" for entry in self.explanation.versions
        ]
        first, middle, last = ends(versions, 4, 1)
        shown = ", ".join([*first, *([f"… {len(middle):,} more …"] if middle else []), *last])
        text = f"{self.name()} changed between its uses: {shown}"
        return folded(text, self.paper) if len(versions) > 1 else []

    def blocks(self, shown: Sequence[int]) -> tuple[list[str], Sequence[list[str]]]:
        """A header, and the lines of each of the terms at the positions ``shown``."""
        explanation, pen = self.explanation, self.pen
        if explanation.index is not None:
            return [], list(term_blocks([explanation._terms[k] for k in shown], pen))
        if explanation.paths is not None:
            wide = len(f"{len(explanation.paths):,}")
            return [], [path_block(explanation.paths[k], f"{k + 1:{wide},}. ", pen) for k in shown]
        uses = [explanation.uses[k] for k in shown]
        if self.has_arrays:
            return [], [identity_block(use, explanation.name, pen, several=len(uses) > 1) for use in uses]
        return use_blocks(uses, pen)

    def left_out(self, middle: Sequence[int], sum_of_them: str) -> str:
        """The line for the terms that are not shown."""
        explanation = self.explanation
        text = f"… {len(middle):,} more, adding up to {sum_of_them}"
        if explanation.index is None and explanation.paths is None:  # where each block has the sum so far
            text += f": so far {self.pen.sized(explanation.uses[middle[-1]].part.after)}"
        return self.paper.paint(self.paper.plain(text), "faint")

    # --- What rounding hides ------------------------------------------------------------------------------------------

    def exactly(self) -> Iterator[str]:
        """The total to the last bit, if it was shown to fewer digits."""
        total = self.explanation.total
        if float(self.total) != total and not math.isnan(total):
            yield f"To {self.pen.digits} digits; exactly, {self.slope} = {total!r}."

    def lost(self, shown: list[str]) -> Iterator[str]:
        """The sum in exact arithmetic of the contributions, and of their numbers as printed, if it is another one."""
        if self.explanation.paths is not None or not math.isfinite(self.explanation.total):
            return
        contributions = [Decimal(part.contribution) for part in self.explanation.parts]
        exact = self.pen.number(float(reduce(EXACT.add, contributions)))
        printed = reduce(EXACT.add, map(Decimal, shown))
        if Context(self.pen.digits).plus(printed) not in (Decimal(exact), Decimal(self.total)):
            hidden = self.pen.number(float(abs(EXACT.subtract(printed, Decimal(self.total)))))
            yield (
                f"As printed, the contributions add up to {self.pen.number(float(printed))}, not to {self.total}: "
                f"rounding to {self.pen.digits} digits hides {hidden}."
            )
        if exact != self.total:
            yield f"Sums of floats are rounded: in exact arithmetic the contributions add up to {exact}."

    def reordered(self) -> Iterator[str]:
        """The sum over the paths, if it misses the total."""
        if self.explanation.paths is None:
            return
        together = reduce(operator.add, [path.product for path in self.explanation.paths])
        total = self.explanation.total
        if math.isfinite(total) and not math.isfinite(together):
            yield (
                f"The paths add up to {self.pen.number(together)}: a gradient of 0 is not passed on, "
                "while a path goes on to where a local derivative is infinite."
            )
        elif together != total and not math.isnan(total):
            yield f"The paths add up to {together!r}: products and sums in another order are rounded differently."


def _sum_over(count: int, what: str) -> str:
    return f"the sum over {count:,} {what}s" if count > 1 else f"from the only {what}"
