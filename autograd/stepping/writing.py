"""How values, operations and derivatives are written on paper: in the user's names, in columns, within its width.

    [1/5] y = tanh(n) = 0.8337          upstream  dy/dy = 1
    └ spans, each in a style            └ where the left cell is too long, the right one stands below it

What is too long for a line of its own loses its middle: ``a na…or so``.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ..formulas.array_symbols import ShapedWriter
from ..formulas.notation import Expression, Symbol, named, written
from ..programs.entry import Entry
from ..text.layout import elided
from ..text.numbers import brief
from ..text.paper import Paper

__all__ = ["Pen"]


class Pen(NamedTuple):
    r"""What writes on a paper, with so many significant digits.

    Examples
    --------
    >>> from autograd import Value, program
    >>> x, w = Value(2.0, name="x"), Value(-3.0, name="a name of two lines,\nor so")
    >>> [*_, product] = program(x * w)
    >>> pen = Pen(Paper(width=48))
    >>> pen.statement(product), pen.substituted(product)
    ('%2 = x * ‹a nam…nor so›', '2 × -3')
    """

    paper: Paper
    digits: int = 4

    def plain(self, text: str) -> str:
        """The text in characters that the paper can show."""
        return self.paper.plain(text)

    def number(self, x: Any) -> str:
        return brief(x, self.digits)

    def sized(self, x: Any) -> str:
        """A number, or an array: its numbers if they are few, else its shape and how large it is."""
        text = self.number(x)
        if not text.startswith("(") or not x.size:
            return text
        return f"{text} of norm {self.number(np.linalg.norm(x))}"

    def symbol(self, entry: Entry) -> Symbol:
        """The entry's name, which loses its middle where it is long."""
        printable = "".join(c if c.isprintable() else repr(c)[1:-1] for c in entry.label)
        return named("".join(text for text, _ in elided([(printable, "")], max(8, self.paper.width // 4))))

    def formula(self, x: Expression) -> str:
        """A formula, in ASCII where it must be."""
        return self.plain(written(x, unicode=self.paper.unicode, digits=self.digits))

    def identity(self, x: Expression) -> str:
        """A formula with the shapes of arrays."""
        return self.plain(ShapedWriter(self.paper.unicode, self.digits).at(x))

    def name(self, entry: Entry) -> str:
        return self.formula(self.symbol(entry))

    def operation(self, entry: Entry) -> str:
        """``x * w``; for a leaf, its role."""
        if entry.op is None:
            return entry.role
        return self.plain(entry.op.write(entry.operands(self.name, self.number)))

    def statement(self, entry: Entry) -> str:
        """``y = x * w``."""
        return f"{self.name(entry)} = {self.operation(entry)}"

    def substituted(self, entry: Entry) -> str:
        """``2 × -3``: a computed entry's operation on the numbers it was recorded with."""
        op = entry.op
        assert op is not None
        numbers = entry.operands(lambda x: self.number(x.value), self.number)
        if op.name in ("neg", "pow") and numbers[0].startswith("-"):
            numbers[0] = f"({numbers[0]})"
        return self.plain(op.write(numbers)).replace(" * ", self.plain(" × "))
