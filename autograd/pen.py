"""How values, operations and derivatives are written on paper: in the user's names, in columns, within its width.

    [1/5] y = tanh(n) = 0.8337          upstream  dy/dy = 1
    └ spans, each in a style            └ where the left cell is too long, the right one stands below it

What is too long for a line of its own loses its middle: ``a na…or so``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from .array_symbols import ShapedWriter
from .program import Entry
from .symbols import Expression, Symbol, named, written
from .terminal import Paper
from .text import brief

__all__ = [
    "Line",
    "Pen",
    "Span",
    "elided",
    "line_up",
    "listed",
    "ordinal",
    "painted",
    "side_by_side",
    "table",
]

Span = tuple[str, str]  # a text and its style, or ""
Line = list[Span]

RIGHT = 36  # where the right column begins, where that can be: so the columns of several texts stand in line
NARROWEST = 20


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


# --- Lines ------------------------------------------------------------------------------------------------------------


def length(line: Line) -> int:
    return sum(len(text) for text, _ in line)


def elided(line: Line, width: int, sign: str = "…") -> Line:
    """The line, without its middle if it is longer than that.

    Examples
    --------
    >>> elided([("[1/5] ", "faint"), ("y = x1 + x2 + x3 + x4 = 0.8337", "")], 24)
    [('[1/5] ', 'faint'), ('y = x', ''), ('…', ''), (' x4 = 0.8337', '')]
    """
    total = length(line)
    if total <= width:
        return line
    head = (width - len(sign)) // 2
    tail = width - len(sign) - head
    return [*_between(line, 0, head), (sign, ""), *_between(line, total - tail, total)]


def _between(line: Line, begin: int, end: int) -> Line:
    """The characters of a line from one position to another."""
    found: Line = []
    for text, style in line:
        kept = text[max(begin, 0) : max(end, 0)]
        if kept:
            found.append((kept, style))
        begin -= len(text)
        end -= len(text)
    return found


def painted(line: Line, paper: Paper) -> str:
    """The line as text, within the width of the paper and in its colours."""
    short = elided(line, max(paper.width, NARROWEST), paper.plain("…"))
    return "".join(paper.paint(text, style) if style else text for text, style in short).rstrip()


def side_by_side(rows: Sequence[tuple[Line, Line]], paper: Paper, indent: int = 0) -> list[str]:
    """Rows of two cells in columns; where the left cell is too long, the right one stands below, in its column."""
    left = max((length(a) for a, b in rows if b), default=0) + 3
    right = paper.width - max((length(b) for _, b in rows), default=0)
    start = max(RIGHT, left) if max(RIGHT, left) <= right else min(RIGHT, right)
    if start < indent:  # below its left cell, and set in from there as far as there is room
        start = max(4, min(indent, right))
    lines: list[Line] = []
    for a, b in rows:
        if b and length(a) + 2 <= start:
            lines.append([*a, (" " * (start - length(a)), ""), *b])
        else:
            lines += [a, [(" " * start, ""), *b]] if b else [a]
    return [painted(line, paper) for line in lines]


def table(rows: Sequence[Sequence[Span]], paper: Paper) -> list[str]:
    """Rows of cells in columns; where that is too wide, the widest one is made narrower."""
    wide = [max(len(text) for text, _ in column) for column in zip(*rows, strict=True)]
    excess = sum(wide) + 2 * (len(wide) - 1) - paper.width
    if excess > 0:
        widest = wide.index(max(wide))
        wide[widest] = max(12, wide[widest] - excess)
    lines = []
    for row in rows:
        line: Line = []
        for cell, width in zip(row, wide, strict=True):
            short = elided([cell], width, paper.plain("…"))
            line += [*short, (" " * (width - length(short) + 2), "")]
        lines.append(painted(_stripped(line), paper))
    return lines


def _stripped(line: Line) -> Line:
    """Without the blanks at its end, which would count as its length."""
    while line and not line[-1][0].strip():
        line = line[:-1]
    return line


def line_up(pairs: Sequence[tuple[str, str]]) -> list[str]:
    """``name = text`` for each pair, with the signs one below the other.

    Examples
    --------
    >>> line_up([("x", "input"), ("%1", "x * x")])
    ['x  = input', '%1 = x * x']
    """
    wide = max((len(name) for name, _ in pairs), default=0)
    return [f"{name:<{wide}} = {text}" for name, text in pairs]


def ordinal(k: int) -> str:
    """``1st``, ``2nd``, ``3rd``, ``4th``."""
    ending = {1: "st", 2: "nd", 3: "rd"}.get(k % 10 if k % 100 // 10 != 1 else 0, "th")
    return f"{k}{ending}"


def listed(names: Sequence[Any], most: int = 6) -> str:
    """``x1, x2 and b``; of many, how many more there are.

    Examples
    --------
    >>> listed(["x1", "x2", "b"]), listed(range(100), most=3)
    ('x1, x2 and b', '0, 1, 2 and 97 more')
    """
    texts = [str(name) for name in names[:most]]
    if len(names) > most:
        texts.append(f"{len(names) - most:,} more")
    return " and ".join([", ".join(texts[:-1]), texts[-1]] if len(texts) > 1 else texts)
