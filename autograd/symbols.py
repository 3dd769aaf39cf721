"""Rules run on symbols: the formula of a local derivative, in the user's names.

A symbol is a name, or a row of the table applied to symbols and numbers. The namespace ``symbols`` makes them: the very
text that is evaluated on floats says, run on names, what it computes.

    rule of tanh        lambda m, x, y: (1 - y * y,)
    on floats           y = 0.8337                       0.305
    on symbols          y = the name "y"                 1 - y²
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from .namespaces import EDGES, floats
from .table import TABLE, Namespace, Primitive
from .text import brief

__all__ = ["Expression", "Symbol", "formulas", "named", "symbols", "written"]

Expression = Any  # a Symbol, or a number


class Symbol:
    """A name, or a row of the table applied to symbols and numbers.

    Attributes
    ----------
    head : str
        The name of a row; or ``"name"``.
    parts : tuple
        What the row is applied to; or the name alone.

    Examples
    --------
    >>> from autograd.ops import TANH
    >>> x, y = named("x"), named("y")
    >>> [slope] = TANH.derivatives(symbols, x, y)
    >>> written(slope), written(slope, unicode=False)
    ('1 - y²', '1 - y**2')
    """

    __slots__ = ("head", "parts")

    def __init__(self, head: str, *parts: Expression) -> None:
        self.head = head
        self.parts = parts

    def __add__(self, other: Expression) -> Expression:
        return self if _is(other, 0) else Symbol("add", self, other)

    def __radd__(self, other: Expression) -> Expression:
        return self if _is(other, 0) else Symbol("add", other, self)

    def __sub__(self, other: Expression) -> Expression:
        return self if _is(other, 0) else Symbol("sub", self, other)

    def __rsub__(self, other: Expression) -> Expression:
        return -self if _is(other, 0) else Symbol("sub", _number(other), self)

    def __mul__(self, other: Expression) -> Expression:
        return _product(self, other)

    def __rmul__(self, other: Expression) -> Expression:
        return _product(other, self)

    def __truediv__(self, other: Expression) -> Expression:
        return self if _is(other, 1) else Symbol("div", self, other)

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


def _is(x: Expression, number: float) -> bool:
    return not isinstance(x, Symbol) and bool(x == number)


def _number(x: Any) -> Any:
    return int(x) if isinstance(x, bool) else x


def _product(x: Expression, y: Expression) -> Expression:
    if _is(x, 0) or _is(y, 0):
        return 0
    if _is(x, 1) or _is(y, 1):
        return y if _is(x, 1) else x
    if _is(x, -1) or _is(y, -1):
        return -(y if _is(x, -1) else x)
    if isinstance(x, Symbol) and x.head == "neg":
        return -_product(x.parts[0], y)
    if isinstance(y, Symbol):
        return -_product(x, y.parts[0]) if y.head == "neg" else Symbol("mul", _number(x), y)
    return Symbol("mul", _number(y), x)  # the number first


# --- The namespace ----------------------------------------------------------------------------------------------------


def _applied(name: str) -> Callable[..., Symbol]:
    return lambda *args: Symbol(name, *args)


def _decided(name: str) -> Callable[..., Expression]:
    """A function that is worked out at once where it is given numbers alone."""

    def function(*args: Any) -> Any:
        return Symbol(name, *args) if any(isinstance(x, Symbol) for x in args) else getattr(floats, name)(*args)

    return function


def _power(base: Expression, exponent: Expression) -> Expression:
    if _is(exponent, 0) or _is(exponent, 1):
        return base if exponent else 1
    return Symbol("pow", base, exponent)


def _where(condition: Expression, x: Expression, y: Expression) -> Expression:
    if isinstance(condition, Symbol):
        return x if x is y else Symbol("where", condition, x, y)
    return x if condition else y


def _first(x: Expression, _: Expression) -> Expression:
    return x


symbols = Namespace(
    **{name: _applied(name) for name in TABLE}
    | {name: _decided(name) for name in ("less", "equal", "sign", "maximum", "minimum", "round")}
    | {
        "absolute": lambda x: Symbol("abs", x) if isinstance(x, Symbol) else abs(x),
        "power": _power,
        "where": _where,
        # The safe forms of a quotient and of a logarithm say the same as the plain ones.
        "ratio": lambda x, length: x / length,
        "nonzero": lambda x: x,
        "base": _first,
        "ties": lambda xs, extreme: [
            _where(Symbol("equal", x, extreme), Symbol("div", 1, named("ties")), 0) for x in xs
        ],
        "softmax": lambda xs: [Symbol("softmax", j, *xs) for j in range(len(xs))],
    }
)


def formulas(op: Primitive, operands: Sequence[Expression], result: Symbol) -> Sequence[Expression]:
    """The derivatives of an operation by its arguments, as symbols and numbers; constants are given as numbers.

    A rule of the user's that does not run on symbols gives ``f′``, by the name of its operation.
    """
    try:
        return list(op.derivatives(symbols, *operands, result))
    except EDGES:  # arithmetic among the constants alone, such as 1 / 0: left as written
        operands = [x if isinstance(x, Symbol) else named(brief(x)) for x in operands]
    except Exception:
        return [named(f"{op.name}′")] * len(operands)
    return list(op.derivatives(symbols, *operands, result))


# --- Writing ----------------------------------------------------------------------------------------------------------

CHOICE, COMPARISON, SUM, PRODUCT, SIGN, POWER, ATOM = range(7)  # what binds tighter comes later
LOOSE = {
    **dict.fromkeys(["where"], CHOICE),
    **dict.fromkeys(["less", "equal"], COMPARISON),
    **dict.fromkeys(["add", "sub", "floordiv", "mod"], SUM),
    **dict.fromkeys(["mul", "div"], PRODUCT),
    "neg": SIGN,
    "pow": POWER,
}
MOST = 6  # terms or factors; of more, the middle is left out
SUPERSCRIPT = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")


def written(x: Expression, *, unicode: bool = True, digits: int = 4) -> str:
    """An expression as text: ``y·(1 - y)``, or in ASCII ``y*(1 - y)``."""
    return _Writer(unicode, digits).at(x, CHOICE)


class _Writer:
    def __init__(self, unicode: bool, digits: int) -> None:
        self.unicode = unicode
        self.digits = digits
        self.times = "·" if unicode else "*"
        self.more = "…" if unicode else "..."

    def at(self, x: Expression, binding: int) -> str:
        """An expression where something binds so tightly: in parentheses if it binds less."""
        text, own = self.text(x)
        return text if own >= binding else f"({text})"

    def text(self, x: Expression) -> tuple[str, int]:
        if not isinstance(x, Symbol):
            text = brief(x, self.digits)
            return text, SIGN if text.startswith("-") else ATOM
        method = getattr(self, f"_{x.head}", None)
        if method is not None:
            return method(x), LOOSE.get(x.head, ATOM)
        return TABLE[x.head].write([self.at(part, CHOICE) for part in x.parts]), ATOM

    def _name(self, x: Symbol) -> str:
        name: str = x.parts[0]
        return name if re.fullmatch(r"[\w%.\[\]′']+", name) else f"‹{name}›" if self.unicode else f"<{name}>"

    def _add(self, x: Symbol) -> str:
        first, *others = self._short(_flat(x, {"add": 1, "sub": -1}))
        result = ("-" if first[0] < 0 else "") + first[1]
        for sign, text in others:
            result += f"{' - ' if sign < 0 else ' + '}{text}"
        return result

    _sub = _add

    def _short(self, terms: list[tuple[int, Expression]]) -> list[tuple[int, str]]:
        left_out = len(terms) - MOST
        if left_out > 0:
            terms = [*terms[: MOST - 1], terms[-1]]
        texts = [(sign, self.at(term, PRODUCT)) for sign, term in terms]
        if left_out > 0:
            texts.insert(-1, (1, f"{self.more} {left_out} more {self.more}"))
        return texts

    def _mul(self, x: Symbol) -> str:
        factors = [factor for _, factor in _flat(x, {"mul": 1})]
        left_out = len(factors) - MOST
        shown = [*factors[: MOST - 1], factors[-1]] if left_out > 0 else factors
        powers: dict[str, tuple[Expression, int]] = {}
        for factor in shown:
            text = self.at(factor, SIGN)
            powers[text] = (factor, powers.get(text, (factor, 0))[1] + 1)
        texts = [
            text if count == 1 else self._raised(self.at(factor, ATOM), count)
            for text, (factor, count) in powers.items()
        ]
        texts[1:] = [f"({text})" if text.startswith("-") else text for text in texts[1:]]
        if left_out > 0:
            texts.insert(-1, f"{self.more} {left_out} more {self.more}")
        return self.times.join(texts)

    def _div(self, x: Symbol) -> str:
        return f"{self.at(x.parts[0], PRODUCT)}/{self.at(x.parts[1], SIGN)}"

    def _floordiv(self, x: Symbol) -> str:
        return f"{self.at(x.parts[0], PRODUCT)} // {self.at(x.parts[1], POWER)}"

    def _mod(self, x: Symbol) -> str:
        return f"{self.at(x.parts[0], PRODUCT)} % {self.at(x.parts[1], POWER)}"

    def _neg(self, x: Symbol) -> str:
        return f"-{self.at(x.parts[0], PRODUCT)}"

    def _pow(self, x: Symbol) -> str:
        base, exponent = x.parts
        return self._raised(self.at(base, ATOM), exponent)

    def _raised(self, base: str, exponent: Expression) -> str:
        text = self.at(exponent, ATOM)
        if self.unicode:
            if re.fullmatch(r"-?\d+", written(exponent)):
                return base + written(exponent).translate(SUPERSCRIPT)
            return f"{base}^{text}"
        return f"{base}**{text}"

    def _sqrt(self, x: Symbol) -> str:
        return f"√{self.at(x.parts[0], ATOM)}" if self.unicode else f"sqrt({self.at(x.parts[0], CHOICE)})"

    def _abs(self, x: Symbol) -> str:
        return f"|{self.at(x.parts[0], CHOICE)}|"

    def _less(self, x: Symbol) -> str:
        small, large = x.parts
        if isinstance(small, Symbol):
            return f"{self.at(small, SUM)} < {self.at(large, SUM)}"
        return f"{self.at(large, SUM)} > {self.at(small, SUM)}"

    def _equal(self, x: Symbol) -> str:
        return f"{self.at(x.parts[0], SUM)} = {self.at(x.parts[1], SUM)}"

    def _where(self, x: Symbol) -> str:
        condition, yes, no = x.parts
        return f"{self.at(yes, COMPARISON)} if {self.at(condition, COMPARISON)} else {self.at(no, CHOICE)}"


def _flat(x: Symbol, heads: dict[str, int]) -> list[tuple[int, Expression]]:
    """The terms of nested sums with their signs, or the factors of nested products, from left to right."""
    found: list[tuple[int, Expression]] = []
    stack: list[tuple[int, Expression]] = [(1, x)]
    while stack:
        sign, each = stack.pop()
        if isinstance(each, Symbol) and each.head in heads:
            stack += [(sign * heads[each.head], each.parts[1]), (sign, each.parts[0])]
        elif isinstance(each, Symbol) and each.head == "neg" and "add" in heads:
            stack.append((-sign, each.parts[0]))
        else:
            found.append((sign, each))
    return found
