"""The rules of the table as expressions of a language, in which what occurs twice is computed once.

    sigmoid    lambda m, x: m.where(m.less(x, 0), m.exp(-m.absolute(x)), 1) / (1 + m.exp(-m.absolute(x)))

    t0 = exp(-abs(x7))                      of two places: the subexpression has a name
    x8 = (t0 if x7 < 0 else 1) / (1 + t0)

A rule is run on names. It leaves expressions on a `Sheet`, which has each of them once, and which writes them when all
that is to be computed is known.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

from ....core import several
from ....core.table import Namespace, Primitive

__all__ = ["OPERATORS", "Adjoint", "Expression", "Item", "Named", "Sheet", "Words", "is_float", "propagate", "written"]

# Text with places for expressions, such as ("x8 = {0}", (expression,)).
Item = tuple[str, tuple[Any, ...]]
Named = tuple[Primitive, Sequence[int], Sequence[str]]  # an operation, signs, and the names of its operands


class Words(NamedTuple):
    """The words of a language.

    Attributes
    ----------
    patterns : mapping of str to str
        For each function of the rules a pattern with places for its arguments, ``{}`` or ``{0}``, ``{1}``. The
        operators are there by the names of their operations, and ``neg``.
    choice : str
        The pattern of a choice that computes one side only. It is taken where neither side can raise an exception.
    truth : str
        The pattern of a comparison as a number; ``{}`` if it is one.
    number : callable
        Writes a number.
    """

    patterns: Mapping[str, str]
    choice: str
    truth: str
    number: Callable[[float], str]


class Expression:
    """A name, or a function of expressions; arithmetic on it makes further expressions.

    Attributes
    ----------
    sheet : Sheet
        Where it stands.
    function : str
        The name of the function; empty for a name.
    parts : tuple of (Expression or float or str)
        The arguments; or the name.
    """

    __slots__ = ("function", "parts", "sheet")

    def __init__(self, sheet: Sheet, function: str, parts: tuple[Any, ...]) -> None:
        self.sheet, self.function, self.parts = sheet, function, parts

    def __neg__(self) -> Expression:
        return self.sheet.of("neg", self)

    def __bool__(self) -> bool:
        raise TypeError("a number that is not there yet")

    __int__ = __float__ = __index__ = __bool__

    @property
    def is_float(self) -> bool:
        """True if it is certainly a float, and no whole number or truth value."""
        if self.function == "where":
            return all(map(is_float, self.parts[1:]))
        if self.function in ("add", "sub", "mul", "neg", "floordiv", "mod", "maximum", "minimum", "absolute", "sign"):
            return any(map(is_float, self.parts)) and not any(map(_is_choice, self.parts))
        return self.function not in COMPARISONS

    @property
    def is_safe(self) -> bool:
        """True if it raises no exception for any numbers."""
        return not self.function or (self.function in SAFE and all(map(_is_safe, self.parts)))


CALL = re.compile(r"\w+\([{}\d, ]*\)")
COMPARISONS = ("less", "equal")
SAFE = ("add", "sub", "mul", "neg", "less", "equal", "absolute", "maximum", "minimum", "sign", "relu", "where")


def is_float(x: Any) -> bool:
    """True if an expression or number is certainly a float, and no whole number or truth value."""
    return x.is_float if isinstance(x, Expression) else type(x) is float


def _is_choice(x: Any) -> bool:
    """True for an expression that may be of one kind or of another."""
    return isinstance(x, Expression) and x.function in ("where", "maximum", "minimum") and not x.is_float


def _is_safe(x: Any) -> bool:
    return not isinstance(x, Expression) or x.is_safe


def _binary(function: str, swapped: bool) -> Callable[[Any, Any], Expression]:
    def method(self: Any, other: Any) -> Expression:
        found: Expression = self.sheet.of(function, other, self) if swapped else self.sheet.of(function, self, other)
        return found

    return method


for _operator, _name in (("add", "add"), ("sub", "sub"), ("mul", "mul"), ("truediv", "div"), ("floordiv", "floordiv"),
                         ("mod", "mod")):  # fmt: skip
    setattr(Expression, f"__{_operator}__", _binary(_name, swapped=False))
    setattr(Expression, f"__r{_operator}__", _binary(_name, swapped=True))


class Sheet:
    """The expressions of one function."""

    def __init__(self, words: Words) -> None:
        self.words = words
        self._made: dict[Any, Expression] = {}
        self._uses: dict[int, int] = {}
        self._names: dict[int, str] = {}
        self._space = Namespace(
            **{name: partial(self.of, name) for name in words.patterns if name not in OPERATORS},
        )

    def name(self, name: str) -> Expression:
        """Return a name as an expression."""
        return self._kept("", (name,), name)

    def of(self, function: str, *parts: Any) -> Expression:
        """Return a function of expressions and numbers."""
        if not all(isinstance(x, Expression) or type(x) in (int, float) for x in parts):
            raise TypeError("an argument that is no number")
        return self._kept(function, parts, *(id(x) if isinstance(x, Expression) else repr(x) for x in parts))

    def _kept(self, function: str, parts: tuple[Any, ...], *key: Any) -> Expression:
        return self._made.setdefault((function, *key), Expression(self, function, parts))

    def value(self, op: Primitive, signs: Sequence[int], names: Sequence[str]) -> Any:
        """Return the value of an operation on names.

        Raises
        ------
        Exception
            If the rule needs numbers, such as in an ``if``, and cannot run on names.
        """
        given: list[Any] = [self.name(name) for name in names]
        if op is several.SUM:
            total: Any = given[0] if signs[0] > 0 else -given[0]
            for x, sign in zip(given[1:], signs[1:], strict=True):
                total = total + x if sign > 0 else total - x
            return total
        if op is several.DOT:
            half = len(given) // 2
            total = 0.0
            for x, y in zip(given[:half], given[half:], strict=True):
                total = total + x * y
            return total
        return self._number(op.value(self._space, *given))

    def _number(self, x: Any) -> Any:
        """Return what a rule gives; a comparison as a number."""
        return self.of("where", x, 1.0, 0.0) if isinstance(x, Expression) and x.function in COMPARISONS else x

    def slopes(self, op: Primitive, signs: Sequence[int], names: Sequence[str], result: str) -> list[Any]:
        """Return the derivatives of an operation by its operands; it raises what `value` raises."""
        given: list[Any] = [self.name(name) for name in names]
        half = len(given) // 2
        if op is several.SUM:
            return [float(sign) for sign in signs]
        if op is several.DOT:
            return [*given[half:], *given[:half]]
        return [self._number(x) for x in op.derivatives(self._space, *given, self.name(result))]

    def lines(self, items: Sequence[Item]) -> list[str]:
        """Return items as text, with lines for the expressions that are used more than once before their first use."""
        for template, parts in items:
            for k, x in enumerate(parts):
                self._count(x, template.count(f"{{{k}}}"))
        found: list[str] = []
        for template, parts in items:
            nested = not template.endswith(" = {0}")
            texts = [self._text(x, found, nested) for x in parts]
            found.append(template.format(*texts))
        return found

    def _count(self, x: Any, times: int) -> None:
        """Count the uses of an expression, and if it is new, those of its parts."""
        if isinstance(x, Expression) and x.function:
            self._uses[id(x)] = self._uses.get(id(x), 0) + times
            if self._uses[id(x)] == times:
                pattern = self._pattern(x)
                for k, part in enumerate(x.parts):
                    self._count(part, pattern.count(f"{{{k}}}") or 1)

    def _pattern(self, x: Expression) -> str:
        if x.function == "where" and all(map(_is_safe, x.parts[1:])):
            return self.words.choice
        return self.words.patterns[x.function]

    def _text(self, x: Any, lines: list[str], nested: bool) -> str:
        """Return an expression as text, and add lines for those that it needs by name."""
        if not isinstance(x, Expression):
            return self.words.number(x)
        if not x.function:
            return str(x.parts[0])
        if id(x) in self._names:
            return self._names[id(x)]
        pattern = self._pattern(x)
        is_call = CALL.fullmatch(pattern) is not None
        parts = []
        for k, part in enumerate(x.parts):
            of = part.function if isinstance(part, Expression) else ""
            binds = x.function in SUMS and (of in PRODUCTS or (not k and of in SUMS))
            text = self._text(part, lines, not is_call and not binds)
            asked = x.function == "where" and not k and pattern is self.words.choice
            parts.append(self.words.truth.format(text) if of in COMPARISONS and not asked else text)
        text = pattern.format(*parts)
        if self._uses.get(id(x), 0) < 2:
            return f"({text})" if nested and not is_call else text
        name = self._names[id(x)] = f"t{len(self._names)}"
        lines.append(f"{name} = {text}")
        return name


OPERATORS = ("add", "sub", "mul", "div", "floordiv", "mod", "neg")
SUMS, PRODUCTS = ("add", "sub"), ("mul", "div")


class Adjoint:
    """An adjoint: its terms so far, with places for the expressions among them, after what arrives from elsewhere.

    Attributes
    ----------
    start : str
        What arrives from elsewhere; empty if nothing does.
    text : str
        The terms, each with a sign.
    parts : list of (Expression or float)
        The expressions.
    """

    __slots__ = ("parts", "start", "text")

    def __init__(self, start: str) -> None:
        self.start, self.text = start, ""
        self.parts: list[Any] = []

    def named(self, name: str, items: list[Item]) -> str:
        """Return the name of the adjoint, and add the line that computes it, unless it has a name; empty if it is 0."""
        text = self.start + self.text if self.start else self.text.removeprefix(" + ")
        if not text or text.isidentifier():
            return text
        items.append((f"{name} = {text}", tuple(self.parts)))
        return name


def propagate(
    lines: Sequence[Named],
    slopes: Callable[[Primitive, Sequence[int], Sequence[str], str], list[Any]],
    receives: Mapping[str, bool],
    sums: Mapping[str, Adjoint],
    items: list[Item],
) -> None:
    """Add to the adjoints of operands what the results ``x0``, ``x1``, ... hand on, the latest first.

    Parameters
    ----------
    lines : sequence of Named
        The operations.
    slopes : callable
        ``slopes(op, signs, names, result)`` gives the derivatives of an operation by its operands.
    receives : mapping of str to bool
        True by the name of a number whose adjoint is needed.
    sums : mapping of str to Adjoint
        The adjoint of each number.
    items : list of Item
        Gets the lines that compute the adjoints ``g0``, ``g1``, ... of results.
    """
    for k in range(len(lines) - 1, -1, -1):
        op, signs, names = lines[k]
        if not any(receives[name] for name in names):
            continue
        g = sums[f"x{k}"].named(f"g{k}", items)
        if not g:
            continue
        for name, slope in zip(names, slopes(op, signs, names, f"x{k}"), strict=True):
            if receives[name]:
                sums[name].text += _term_of(op, g, slope, sums[name].parts)


def _term_of(op: Primitive, g: str, slope: Any, parts: list[Any]) -> str:
    """Return what an operation adds to an adjoint, with a place for the slope, which joins ``parts`` if it is one."""
    if not isinstance(slope, Expression):
        if abs(slope) == 1:
            return f" + {g}" if slope > 0 else f" - {g}"
        if op.selects and not slope:
            return ""
    at, condition = f"{{{len(parts)}}}", None
    if isinstance(slope, Expression) and slope.function == "where" and op.selects:
        condition = {(1, 0): f" + ({g} if {at} else 0.0)", (0, 1): f" + (0.0 if {at} else {g})"}.get(_sides(slope))
    parts.append(slope if condition is None else slope.parts[0])
    return condition or (f" + ({g} * {at} if {at} else 0.0)" if op.selects else f" + {g} * {at}")


def _sides(choice: Expression) -> Any:
    """Return the two sides of a choice, if both are numbers."""
    return None if any(isinstance(x, Expression) for x in choice.parts[1:]) else choice.parts[1:]


def written(x: float) -> str:
    """Return a number as Python reads it."""
    if type(x) is float and not math.isfinite(x):
        return "nan" if x != x else "inf" if x > 0 else "(-inf)"
    return repr(x) if x >= 0 and math.copysign(1, x) > 0 else f"({x!r})"
