"""The formula of a value, and of its derivative: the chain rule on symbols.

    y = tanh(n), n = w·x + b        dy/dw  =  dy/dn·dn/dw  =  (1 - y²)·x

The rules of the rows, run on symbols, are multiplied and summed over the program as numbers are in a reverse pass. At
first every value and every adjoint is a symbol. Then an expression that is used once, is small and has no name is
written in its place; every other gets a line of its own.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterator, Sequence
from functools import reduce
from typing import Any

from ..core.numbers import whole
from ..core.sweep import pull
from ..core.table import Primitive
from ..core.tape import Node
from ..programs.entry import Entry
from ..programs.listing import Program, only_numbers, program
from ..text.layout import folded, line_up
from ..text.paper import Paper, paper
from .array_symbols import TIES
from .latex import LatexWriter
from .notation import Expression, Symbol, Writer, adjoint, named
from .symbols import formulas

__all__ = ["Formula", "applied", "formula"]

LARGE = 8  # operations; a larger expression gets a line of its own, so that nothing nests deeply
TERMS = 10  # terms, factors or elements that are written before the middle is left out
LINES = 20
SPELLED_OUT: dict[str, Callable[[Sequence[Expression]], Expression]] = {
    "copy": lambda xs: xs[0],
    "sum": lambda xs: reduce(operator.add, xs),
    "prod": lambda xs: reduce(operator.mul, xs),
    "add": lambda xs: xs[1] if xs[0] is None else Symbol("add", *xs),
    "dot": lambda xs: _biased(_inner(xs[: len(xs) // 2], xs[len(xs) // 2 : -1]), xs[-1]),
    "cosine_similarity": lambda xs: _cosine(xs[: len(xs) // 2], xs[len(xs) // 2 :]),
}


def _inner(xs: Sequence[Expression], ys: Sequence[Expression]) -> Expression:
    return reduce(operator.add, map(operator.mul, xs, ys))


def _biased(products: Expression, bias: Expression) -> Expression:
    """A sum and its bias, if there is one: also one of 0.0."""
    if bias is None:
        return products
    return Symbol("add", products, bias) if isinstance(products, Symbol) else products + bias


def _cosine(xs: Sequence[Expression], ys: Sequence[Expression]) -> Expression:
    return _inner(xs, ys) / (Symbol("norm2", *xs) * Symbol("norm2", *ys))


REMARK = "ties is how many of the arguments are equal to the result"


def applied(op: Primitive, operands: Sequence[Expression]) -> Expression:
    """An operation applied to symbols and numbers; sums and products as a person writes them.

    Examples
    --------
    >>> from autograd.core.several import DOT
    >>> applied(DOT, [named("w1"), named("w2"), named("x1"), named("x2"), named("b")])
    w1·x1 + w2·x2 + b
    """
    if op.name in SPELLED_OUT:
        tacit = [op.leaves_out(k, operands) for k in range(len(operands))]
        pairs = zip(operands, tacit, strict=True)
        return SPELLED_OUT[op.name]([None if left_out else _exact(x) for x, left_out in pairs])
    return Symbol(op.name, *operands)


def _exact(x: Expression) -> Expression:
    """A symbol as it is; a number as the float that is computed with."""
    return x if isinstance(x, Symbol) else float(x)


def symbol_or_number(x: Entry | float) -> Expression:
    """An argument by its label; a constant as it is."""
    return named(x.label) if isinstance(x, Entry) else x


class _Sheet:
    """The symbols of the values and adjoints of a program, and the expression that each of them stands for.

    Attributes
    ----------
    values : list of Symbol
        One for each entry.
    meaning : dict
        By the identity of a symbol, its expression in symbols that were defined before it.
    order : list of Symbol
        Those that have a meaning, in the order in which they got it.
    """

    def __init__(self, tape: Program) -> None:
        self.tape = tape
        self.result = tape.results[0]
        self.values = [named(entry.label) for entry in tape]
        self.meaning: dict[int, Expression] = {}
        self.order: list[Symbol] = []
        for entry in tape:
            if entry.op is not None:
                self._define(self.values[entry.k], applied(entry.op, self._operands(entry)))

    def _operands(self, entry: Entry) -> list[Expression]:
        return [self.values[x.k] if isinstance(x, Entry) else x for x in entry.inputs]

    def _define(self, symbol: Symbol, meaning: Expression) -> Symbol:
        self.meaning[id(symbol)] = meaning
        self.order.append(symbol)
        return symbol

    def derivative(self, wrt: Node) -> Expression:
        """The derivative of the result by a value: by all versions of it, if it is a leaf that changed in between."""
        towards = {entry.k for entry in self.tape if entry.node is wrt}
        on_path = set(towards)
        for entry in self.tape:
            if any(isinstance(x, Entry) and x.k in on_path for x in entry.inputs):
                on_path.add(entry.k)
        adjoints: dict[int, Expression] = {id(self.result): 1}
        order = [entry for entry in reversed(self.tape) if entry.k not in towards]
        pull(order, adjoints, lambda entry, g: self._terms(entry, g, on_path))
        total: Expression = 0
        for entry in reversed(self.tape):
            if entry.k in towards:
                total = adjoints.get(id(entry), 0) + total
        return total

    def _terms(self, entry: Entry, g: Expression, on_path: set[int]) -> Iterator[tuple[Entry, Expression]]:
        """The terms that an entry adds to the adjoints of its arguments on the path."""
        if isinstance(g, Symbol) or g:
            g = self._adjoint(entry, g)
            slopes = formulas(entry.op, self._operands(entry), self.values[entry.k])  # type: ignore[arg-type]
            for x, slope in zip(entry.inputs, slopes, strict=True):
                if isinstance(x, Entry) and x.k in on_path:
                    yield x, g * slope

    def _adjoint(self, entry: Entry, g: Expression) -> Expression:
        """Return the adjoint of an entry itself if it is as short as a name, else a new symbol for it."""
        if not isinstance(g, Symbol) or isinstance(g.parts[0], str):
            return g
        return self._define(adjoint(self.result.label, entry.label), g)

    def uses(self, target: Expression) -> dict[int, int]:
        """Return the number of uses of each symbol in the target and all that it needs, counted up to 2."""
        found: dict[int, int] = {}
        stack = [target]
        while stack:
            x = stack.pop()
            if not isinstance(x, Symbol) or found.get(id(x)) == 2:
                continue
            found[id(x)] = found.get(id(x), 0) + 1
            if id(x) not in self.meaning:
                stack += x.parts
            elif found[id(x)] == 1:
                stack.append(self.meaning[id(x)])
        return found

    def lines(self, uses: dict[int, int], kept: set[int]) -> tuple[list[Symbol], dict[int, Expression]]:
        """Return the symbols that get a line of their own, the last one first, and the expressions of the others."""
        inlined: dict[int, Expression] = {}
        sizes: dict[int, int] = {}
        lines = []
        for symbol in self.order:
            if id(symbol) in uses:
                size = self._size(self.meaning[id(symbol)], sizes)
                if id(symbol) in kept or size > LARGE or (size and uses[id(symbol)] > 1):
                    lines.append(symbol)
                else:
                    inlined[id(symbol)] = self.meaning[id(symbol)]
                    sizes[id(symbol)] = size
        return lines[::-1], inlined

    def _size(self, x: Expression, sizes: dict[int, int]) -> int:
        """Return the number of operations in a line; for a large one, some number above `LARGE`."""
        size = 0
        stack = [x]
        while stack and size <= LARGE:
            x = stack.pop()
            if id(x) in sizes:
                size += sizes[id(x)]
            elif isinstance(x, Symbol) and id(x) not in self.meaning and not isinstance(x.parts[0], str):
                size += x.head != "neg"
                stack += x.parts
        return size


class Formula:
    r"""An expression, and a line for each part of it that has a name, is used more than once, or is large.

    Made by `formula`. ``print`` shows it, and a notebook typesets it.

    Attributes
    ----------
    latex : str
        The formula in LaTeX, without dollar signs.
    """

    __slots__ = ("_digits", "_inlined", "_lines", "_remark")

    def __init__(
        self, lines: list[tuple[Symbol, Expression]], inlined: dict[int, Expression], remark: str, digits: int
    ) -> None:
        self._lines = lines
        self._inlined = inlined
        self._remark = remark
        self._digits = digits

    def text(self, *, unicode: bool = True, complete: bool = False, width: int | None = None) -> str:
        """The formula as text.

        Parameters
        ----------
        unicode : bool
            True for the notation of mathematics, ``(1 - y²)·x``; False for that of Python, ``(1 - y**2)*x``.
        complete : bool
            True for all terms and all lines, however many there are.
        width : int, optional
            The columns after which a line is broken.

        Examples
        --------
        >>> from autograd import Value, formula
        >>> x = Value(2.0, name="x")
        >>> y = x * x * x
        >>> y.name = "y"
        >>> formula(y, wrt=x).text()
        'dy/dx = x² + x² + x²'
        >>> formula(y, wrt=x).text(unicode=False)
        'dy/dx = x**2 + x**2 + x**2'
        """
        rows, left_out = self._rows(Writer(unicode, self._digits, math.inf if complete else TERMS, self._inlined))
        lines = [f"{rows[0][0]} = {rows[0][1]}"]
        lines += [f"{'     ' if k else 'where'} {equation}" for k, equation in enumerate(line_up(rows[1:]))]
        if left_out:
            more = "…" if unicode else "..."
            lines.append(f"      {more} {left_out} more lines {more}")
        if self._remark:
            lines.append(f"      {self._remark}")
        if width is None:
            return "\n".join(lines)
        return "\n".join(each for line in lines for each in _folded(line, width))

    def _rows(self, writer: Writer) -> tuple[list[tuple[str, str]], int]:
        shown = self._lines if writer.most == math.inf else self._lines[:LINES]
        return [(writer.at(symbol), writer.at(meaning)) for symbol, meaning in shown], len(self._lines) - len(shown)

    @property
    def latex(self) -> str:
        rows, left_out = self._rows(LatexWriter(self._digits, TERMS, self._inlined))
        if len(rows) == 1 and not self._remark:
            return f"{rows[0][0]} = {rows[0][1]}"
        lines = [rf"{name} &= {x}" for name, x in rows]
        lines[1:2] = [rf"\text{{where }} {line}" for line in lines[1:2]]
        if left_out:
            lines.append(rf"& \ldots\ \text{{{left_out} more lines}}")
        if self._remark:
            lines.append(rf"& \text{{{self._remark}}}")
        body = " \\\\\n".join(lines)
        return f"\\begin{{aligned}}\n{body}\n\\end{{aligned}}"

    def _repr_latex_(self) -> str:
        return rf"$\displaystyle {self.latex}$"

    def __repr__(self) -> str:
        page = paper()
        return page.plain(self.text(unicode=page.unicode, width=page.width))


def _folded(line: str, width: int) -> list[str]:
    """A line broken at spaces; the later parts are indented to its equality sign."""
    indent = " " * min(line.find(" = ") + 3, width // 2)
    return folded(line, Paper(width), rest=indent, least=1, divide=False)


def formula(y: Node, wrt: Node | str | None = None, *, digits: int = 4) -> Formula:
    """The formula by which a value was computed, or that of its derivative.

    Parameters
    ----------
    y : Value
        A result.
    wrt : Value or str, optional
        The variable of the derivative: a value, or the name by which ``program(y)`` lists it.
    digits : int
        Significant digits of numbers.

    Returns
    -------
    Formula
        In the user's names. A value that has a name, is used more than once, or is large, has a line of its own, and so
        has an adjoint that is used more than once, or is large. Each line needs only those below it.

    Raises
    ------
    InputTypeError
        If ``y`` is not a recorded value, or ``digits`` not a whole number.
    InputValueError
        If ``y`` does not depend on ``wrt``, or there are to be no digits.

    Examples
    --------
    >>> from autograd import Value, formula, tanh
    >>> w, x, b = Value(-3.0, name="w"), Value(2.0, name="x"), Value(6.5, name="b")
    >>> y = tanh(w * x + b)
    >>> y.name = "y"
    >>> formula(y)
    y = tanh(w·x + b)
    >>> formula(y, wrt=w)
    dy/dw = (1 - y²)·x
    where y = tanh(w·x + b)
    >>> y.backward()
    >>> w.grad, (1 - y.data**2) * x.data
    (1.5728954659, 1.5728954659)
    """
    digits = whole(digits, "digits", least=1)
    tape = program(y)
    only_numbers(tape, "a formula")
    sheet = _Sheet(tape)
    result = sheet.values[sheet.result.k]
    kept = {id(sheet.values[entry.k]) for entry in tape if entry.node.known_as}
    first: tuple[Symbol, Any]
    if wrt is None:
        first = result, sheet.meaning.get(id(result), sheet.result.value)
    else:
        entry = tape.find(wrt)
        kept.add(id(sheet.values[entry.k]))
        first = adjoint(sheet.result.label, tape.label_of(entry.node)), sheet.derivative(entry.node)
    uses = sheet.uses(first[1])
    own_line, inlined = sheet.lines(uses, kept)
    lines = [first, *((symbol, sheet.meaning[id(symbol)]) for symbol in own_line)]
    return Formula(lines, inlined, REMARK if id(TIES) in uses else "", digits)
