"""Expressions as symbols, and how they are written.

A symbol is a name, or a row of the table applied to symbols and numbers. It is written with as few parentheses as
possible: an expression that binds less tightly than its surroundings gets a pair.

    Symbol("mul", y, Symbol("sub", 1, y))        y·(1 - y)        y*(1 - y)
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, TypeVar

from ..arrays.matrices import ARRAY_TABLE
from ..core.several import TABLE
from ..text.names import as_label
from ..text.numbers import brief

__all__ = ["Expression", "Symbol", "Writer", "adjoint", "is_number", "named", "written"]

Expression = Any  # a Symbol, or a number
T = TypeVar("T")


class Symbol:
    """A name, or a row of the table applied to symbols and numbers.

    Attributes
    ----------
    head : str
        The name of a row; or ``"name"``, ``"adjoint"`` or ``"constant"``.
    parts : tuple
        The operands of the row; or text: the name, or the two names of a derivative; or the text for an array, axes,
        a shape or an index.

    Examples
    --------
    >>> y = named("y")
    >>> slope = 1 - y * y  # the derivative of tanh
    >>> written(slope), written(slope, unicode=False)
    ('1 - y²', '1 - y**2')
    """

    __slots__ = ("head", "parts")

    def __init__(self, head: str, *parts: Expression) -> None:
        self.head = head
        self.parts = parts

    def __add__(self, other: Expression) -> Expression:
        return self if is_number(other, 0) else Symbol("add", self, other)

    def __radd__(self, other: Expression) -> Expression:
        return self if is_number(other, 0) else Symbol("add", other, self)

    def __sub__(self, other: Expression) -> Expression:
        return self if is_number(other, 0) else Symbol("sub", self, other)

    def __rsub__(self, other: Expression) -> Expression:
        return -self if is_number(other, 0) else Symbol("sub", _without_bool(other), self)

    def __mul__(self, other: Expression) -> Expression:
        return _simplified_product(self, other)

    def __rmul__(self, other: Expression) -> Expression:
        return _simplified_product(other, self)

    def __truediv__(self, other: Expression) -> Expression:
        if is_number(other, 1):
            return self
        return -(self.parts[0] / other) if self.head == "neg" else Symbol("div", self, other)

    def __rtruediv__(self, other: Expression) -> Expression:
        return Symbol("div", other, self)

    def __floordiv__(self, other: Expression) -> Expression:
        return Symbol("floordiv", self, other)

    def __rfloordiv__(self, other: Expression) -> Expression:
        return Symbol("floordiv", other, self)

    def __mod__(self, other: Expression) -> Expression:
        return Symbol("mod", self, other)

    def __rmod__(self, other: Expression) -> Expression:
        return Symbol("mod", other, self)

    def __neg__(self) -> Expression:
        return self.parts[0] if self.head == "neg" else Symbol("neg", self)

    def __repr__(self) -> str:
        return written(self)


def named(name: str) -> Symbol:
    """The symbol of a name."""
    return Symbol("name", name)


def adjoint(result: str, name: str) -> Symbol:
    """The symbol of a derivative that stands for itself: ``dy/dx``."""
    return Symbol("adjoint", result, name)


def is_number(x: Expression, number: float) -> bool:
    """Return True if an expression is this number."""
    return not isinstance(x, Symbol) and bool(x == number)


def _without_bool(x: Any) -> Any:
    return int(x) if isinstance(x, bool) else x


def _simplified_product(x: Expression, y: Expression) -> Expression:
    if is_number(x, 0) or is_number(y, 0):
        return 0
    if is_number(x, 1) or is_number(y, 1):
        return y if is_number(x, 1) else x
    if is_number(x, -1) or is_number(y, -1):
        return -(y if is_number(x, -1) else x)
    if isinstance(x, Symbol) and x.head == "neg":
        return -_simplified_product(x.parts[0], y)
    if not isinstance(y, Symbol):
        x, y = y, x  # the number first
    if y.head == "neg":
        return -_simplified_product(x, y.parts[0])
    return x / y.parts[1] if y.head == "div" and is_number(y.parts[0], 1) else Symbol("mul", _without_bool(x), y)


# --- Writing ----------------------------------------------------------------------------------------------------------

CHOICE, COMPARISON, SUM, PRODUCT, SIGN, POWER, ATOM = range(7)  # the tighter it binds, the greater
LOOSE = {
    **dict.fromkeys(["where"], CHOICE),
    **dict.fromkeys(["less", "equal"], COMPARISON),
    **dict.fromkeys(["add", "sub", "floordiv", "mod"], SUM),
    **dict.fromkeys(["mul", "div", "neg", "matmul"], PRODUCT),
    "pow": POWER,
}
MOST = 6  # terms, factors or elements; of a longer row, the middle is left out
LISTED = {  # the rows whose arguments are one list, and how many stand before it
    **dict.fromkeys("sum mean var std prod max min norm1 norm2 norm_inf logsumexp".split(), 0),
    **dict.fromkeys(["softmax", "log_softmax"], 1),
}
SUPERSCRIPT = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")
CALL = r"\w+\([^()]*\)(\[[^()]*\])?"


def written(x: Expression, *, unicode: bool = True, digits: int = 4) -> str:
    """An expression as text: ``y·(1 - y)``, or in ASCII ``y*(1 - y)``, which is an expression of Python, too."""
    return Writer(unicode, digits).at(x)


class Writer:
    """Writes expressions as text; the writer in `latex` is for typesetters.

    Parameters
    ----------
    unicode : bool
        True for the notation of mathematics, False for that of Python in ASCII.
    digits : int
        Significant digits of numbers.
    most : float
        The largest number of terms, factors or elements that are written; of more, the middle is left out.
    inlined : dict
        By the identity of a symbol, the expression that is written in its place.
    """

    loose = LOOSE

    def __init__(
        self,
        unicode: bool = True,
        digits: int = 4,
        most: float = MOST,
        inlined: Mapping[int, Expression] = MappingProxyType({}),
    ) -> None:
        self.unicode = unicode
        self.digits = digits
        self.most = most
        self.inlined = inlined
        self.times = "·" if unicode else "*"

    def at(self, x: Expression, binding: int = CHOICE) -> str:
        """Return the text of an expression, in parentheses if it binds less tightly than ``binding``."""
        text, own = self.text(x)
        return text if own >= binding else self.bracketed(text)

    def text(self, x: Expression) -> tuple[str, int]:
        """Return the text of an expression, and its binding strength."""
        x = self.resolved(x)
        if not isinstance(x, Symbol):
            return self.number(brief(x, self.digits))
        if isinstance(x.parts[0], str):
            direct: tuple[str, int] = getattr(self, x.head)(*x.parts)
            return direct
        write = getattr(self, f"write_{x.head}", None)
        return (write(x), self.loose.get(x.head, ATOM)) if write else self.function(x)

    def resolved(self, x: Expression) -> Expression:
        """Return the expression that is written in place of another."""
        while id(x) in self.inlined:
            x = self.inlined[id(x)]
        return x

    def cut(self, things: Sequence[T]) -> tuple[Sequence[T], str]:
        """Return the items that are written, and the remark that stands before the last one."""
        left_out = len(things) - self.most
        if left_out <= 0:
            return things, ""
        return [*things[: int(self.most) - 1], things[-1]], self.remark(int(left_out))

    def terms(self, x: Symbol) -> list[tuple[int, Expression]]:
        """The terms of nested sums with their signs, from left to right."""
        found: list[tuple[int, Expression]] = []
        stack: list[tuple[int, Expression]] = [(1, x)]
        while stack:
            sign, each = stack.pop()
            each = self.resolved(each)
            head = each.head if isinstance(each, Symbol) else ""
            if head in ("add", "sub"):
                stack += [(sign if head == "add" else -sign, each.parts[1]), (sign, each.parts[0])]
            elif head == "neg":
                stack.append((-sign, each.parts[0]))
            else:
                found.append((sign, each))
        return found

    def factors(self, x: Symbol) -> tuple[int, list[Expression]]:
        """The factors of nested products, from left to right, and the sign before them."""
        sign = 1
        found = []
        stack: list[Expression] = [x]
        while stack:
            each = self.resolved(stack.pop())
            head = each.head if isinstance(each, Symbol) else ""
            if head == "mul":
                stack += each.parts[::-1]
            elif head == "neg":
                sign = -sign
                stack.append(each.parts[0])
            else:
                found.append(each)
        return sign, found

    # --- What differs between writers ---------------------------------------------------------------------------------

    def bracketed(self, text: str) -> str:
        return f"({text})"

    def remark(self, count: int) -> str:
        return f"… {count} more …" if self.unicode else f"... {count} more ..."

    def number(self, text: str) -> tuple[str, int]:
        return text, SIGN if text.startswith("-") else ATOM

    def name(self, name: str) -> tuple[str, int]:
        label = as_label(name)
        return label if self.unicode else label.replace("‹", "<").replace("›", ">"), ATOM

    def adjoint(self, result: str, name: str) -> tuple[str, int]:
        return f"d{self.name(result)[0]}/d{self.name(name)[0]}", ATOM

    def constant(self, text: str) -> tuple[str, int]:
        """An array, axes, a shape or an index."""
        return text, ATOM

    def function(self, x: Symbol) -> tuple[str, int]:
        """A row in its notation; one that does not look like a call gets parentheses within others."""
        op = TABLE.get(x.head) or ARRAY_TABLE[x.head]
        if x.head in LISTED:
            before = LISTED[x.head]
            operands = [*map(self.at, x.parts[:before]), self.elements(x.parts[before:])]
        else:
            operands = list(map(self.at, x.parts))
        if op.arity not in (None, len(x.parts)):  # the name belongs to another operation by now
            return f"{x.head}({', '.join(operands)})", ATOM
        return op.write(operands), ATOM if re.fullmatch(CALL, op.write(["x"] * len(operands))) else CHOICE

    def elements(self, xs: Sequence[Expression]) -> str:
        shown, remark = self.cut(xs)
        texts = list(map(self.at, shown))
        if remark:
            texts.insert(-1, remark)
        return ", ".join(texts)

    def raised(self, base: str, exponent: Expression) -> str:
        text = self.at(exponent, ATOM)
        if not self.unicode:
            return f"{base}**{text}"
        plain = self.at(exponent)
        return base + plain.translate(SUPERSCRIPT) if re.fullmatch(r"-?\d+", plain) else f"{base}^{text}"

    def base(self, x: Expression) -> str:
        """Return the text of an expression that an exponent or an index follows."""
        text = self.at(x, ATOM)
        return self.bracketed(text) if isinstance(x, Symbol) and x.head == "adjoint" else text

    # --- Rows with a notation of their own ----------------------------------------------------------------------------

    def write_add(self, x: Symbol) -> str:
        terms, remark = self.cut(self.terms(x))
        texts = []
        for sign, term in terms:
            text = self.at(term, PRODUCT)
            negative = (sign < 0) is not text.startswith("-")
            texts.append(f"{'-' if negative else '+'} {text.removeprefix('-')}")
        if remark:
            texts.insert(-1, f"+ {remark}")
        texts[0] = texts[0].replace("- ", "-", 1).removeprefix("+ ")
        return " ".join(texts)

    write_sub = write_add

    def write_mul(self, x: Symbol) -> str:
        sign, every = self.factors(x)
        factors, remark = self.cut(every)
        binding = SIGN if len(every) > 1 else PRODUCT
        powers: dict[str, tuple[Expression, int]] = {}
        for factor in factors:
            text = self.at(factor, binding)
            powers[text] = (factor, powers.get(text, (factor, 0))[1] + 1)
        texts = [
            text if count == 1 else self.raised(self.at(factor, ATOM), count)
            for text, (factor, count) in powers.items()
        ]
        texts[1:] = [self.bracketed(text) if text.startswith("-") else text for text in texts[1:]]
        if remark:
            texts.insert(-1, remark)
        text = self.times.join(texts)
        return f"-{text}".replace("--", "", 1) if sign < 0 else text

    def write_div(self, x: Symbol) -> str:
        top, bottom = map(self.resolved, x.parts)
        above = self.at(top, PRODUCT)
        if isinstance(top, Symbol) and top.head == "adjoint":
            above = self.bracketed(above)
        return f"{above}/{self.at(bottom, SIGN)}"

    def write_floordiv(self, x: Symbol) -> str:
        return f"{self.at(x.parts[0], PRODUCT)} // {self.at(x.parts[1], POWER)}"

    def write_mod(self, x: Symbol) -> str:
        return f"{self.at(x.parts[0], PRODUCT)} % {self.at(x.parts[1], POWER)}"

    write_neg = write_mul

    def write_pow(self, x: Symbol) -> str:
        return self.raised(self.at(x.parts[0], ATOM), x.parts[1])

    def write_sqrt(self, x: Symbol) -> str:
        return f"√{self.at(x.parts[0], ATOM)}" if self.unicode else f"sqrt({self.at(x.parts[0])})"

    def write_abs(self, x: Symbol) -> str:
        return f"|{self.at(x.parts[0])}|" if self.unicode else f"abs({self.at(x.parts[0])})"

    def write_less(self, x: Symbol) -> str:
        small, large = x.parts
        if isinstance(small, Symbol):
            return f"{self.at(small, SUM)} < {self.at(large, SUM)}"
        return f"{self.at(large, SUM)} > {self.at(small, SUM)}"

    def write_equal(self, x: Symbol) -> str:
        return f"{self.at(x.parts[0], SUM)} {'=' if self.unicode else '=='} {self.at(x.parts[1], SUM)}"

    def write_matmul(self, x: Symbol) -> str:
        return f"{self.at(x.parts[0], SIGN)} @ {self.at(x.parts[1], SIGN)}"

    def write_mT(self, x: Symbol) -> str:  # noqa: N802 - the row's name
        return self.base(x.parts[0]) + ("ᵀ" if self.unicode else ".T")

    def write_getitem(self, x: Symbol) -> str:
        return ARRAY_TABLE[x.head].write([self.base(x.parts[0]), *map(self.at, x.parts[1:])])

    write_entry = write_getitem

    def write_transpose(self, x: Symbol) -> str:
        return self.write_mT(x) if x.parts[1].parts[0] == "(1, 0)" else self.function(x)[0]

    def write_where(self, x: Symbol) -> str:
        condition, yes, no = x.parts
        return f"{self.at(yes, COMPARISON)} if {self.at(condition, COMPARISON)} else {self.at(no)}"
