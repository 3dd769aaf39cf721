"""Text about values, operations and derivatives: in the user's names, in columns, within the width of a paper.

    [1/5] y = tanh(n) = 0.8337          upstream  dy/dy = 1
    └ spans, each in a style            └ below the left cell where that is too long

A name that is too long for a line loses its middle: ``a na…or so``.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ..formulas.array_symbols import ShapedWriter
from ..formulas.notation import Expression, Symbol, named, written
from ..programs.entry import Entry
from ..text.names import printable
from ..text.numbers import brief
from ..text.paper import Paper

__all__ = ["Pen", "in_a_sentence"]


class Pen(NamedTuple):
    r"""A paper, and the number of significant digits with which numbers are written on it.

    Examples
    --------
    >>> from autograd import Value, program
    >>> x, w = Value(2.0, name="x"), Value(-3.0, name="a name of two lines,\nor so")
    >>> [*_, product] = program(x * w)
    >>> pen = Pen(Paper(width=48))
    >>> pen.statement(product), pen.substituted(product)
    ('%2 = x * ‹a name of …nes,\\nor so›', '2 × -3')
    """

    paper: Paper
    digits: int = 4

    def plain(self, text: str) -> str:
        """The text in characters that the paper can show."""
        return self.paper.plain(text)

    def number(self, x: Any) -> str:
        """A number in few characters; of an array, its numbers if they are few, else its shape."""
        return brief(x, self.digits)

    def factor(self, x: Any) -> str:
        """A number as a factor of a product: in parentheses if it is negative."""
        text = self.number(x)
        return f"({text})" if text.startswith("-") else text

    def sized(self, x: Any) -> str:
        """A number; or an array: its numbers if they are few, else its shape and its Euclidean norm."""
        text = self.number(x)
        return f"{text} of norm {self.number(_norm(x))}" if text.startswith("(") and x.size else text

    def symbol(self, which: Entry | str) -> Symbol:
        """The symbol of an entry, or of a name; a long name loses its middle."""
        name = which if isinstance(which, str) else which.label
        return named(printable(name, max(8, self.paper.width // 2)))

    def formula(self, x: Expression) -> str:
        """A formula, in ASCII if the paper shows nothing else."""
        return self.plain(written(x, unicode=self.paper.unicode, digits=self.digits))

    def identity(self, x: Expression) -> str:
        """A formula with the shapes of arrays."""
        return self.plain(ShapedWriter(self.paper.unicode, self.digits).at(x))

    def name(self, which: Entry | str) -> str:
        """The name of an entry, or a name, as text."""
        return self.formula(self.symbol(which))

    def slope(self, z: Entry | str, x: Entry | str) -> str:
        """``dz/dx``."""
        return f"d{self.name(z)}/d{self.name(x)}"

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


def in_a_sentence(name: Entry | str, most: int = 60) -> str:
    """A label as a part of a sentence; a long one loses its end."""
    text = name if isinstance(name, str) else name.label
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _norm(x: Any) -> float:
    """The Euclidean norm, without overflow of the squares."""
    peak = float(np.max(np.abs(x)))
    return peak * float(np.linalg.norm(x / peak)) if 0.0 < peak < np.inf else peak
