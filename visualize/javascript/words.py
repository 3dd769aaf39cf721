"""Rules traced on names of JavaScript: a rule that computes with floats also writes the source of a function.

    rule of tanh        lambda m, x, y: (1 - y * y,)
    on floats           y = 0.8337       0.305
    on words            y = the name z   (x0, z) => [1 - z * z]

An expression that is used more than once becomes a constant of the function, so the source of an operation over n
values grows with n as the arithmetic of its rule does. Functions that JavaScript lacks are in ``words.js``.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from importlib.resources import files
from typing import Any, NamedTuple

from autograd.core.table import Namespace, Primitive

__all__ = ["Untranslated", "Word", "function", "helpers", "literal", "words"]


class Untranslated(Exception):  # noqa: N818 - it says of a rule that it is not translated, and is always caught
    """Raised where a rule needs a number and has only its name, as in ``if x`` or ``int(x)``.

    ``position`` is that of the argument whose whole number the rule needs; it is ``None`` in all other cases.
    """

    def __init__(self, position: int | None = None) -> None:
        super().__init__(position)
        self.position = position


class Line(NamedTuple):
    """An expression of the trace: its pattern, and its operands, which are positions of earlier lines, or literals."""

    pattern: str
    parts: tuple[int | str, ...]


class Trace:
    """The expressions that a rule computed, each of them once, in the order of their first use."""

    def __init__(self, names: Sequence[str]) -> None:
        self.lines = [Line(name, ()) for name in names]
        self._known: dict[Line, Word] = {}
        self.arguments = [Word(self, k) for k in range(len(names))]

    def word(self, pattern: str, *parts: Any) -> Word:
        line = Line(pattern, tuple(part.k if isinstance(part, Word) else literal(part) for part in parts))
        if line not in self._known:
            self._known[line] = Word(self, len(self.lines))
            self.lines.append(line)
        return self._known[line]

    def body(self, results: Sequence[Any]) -> tuple[list[str], list[str]]:
        """Return the constants that the results need, as ``name = expression``, and the text of each result."""
        needed = [0] * len(self.lines)
        for result in results:
            if isinstance(result, Word):
                needed[result.k] += 1
        for k in reversed(range(len(self.lines))):
            for part in self.lines[k].parts if needed[k] else ():
                if isinstance(part, int):
                    needed[part] += 1
        constants: list[str] = []
        texts: list[str] = []
        for line, uses in zip(self.lines, needed, strict=True):
            text = line.pattern.format(*(texts[part] if isinstance(part, int) else part for part in line.parts))
            if line.parts and uses > 1:
                constants.append(f"c{len(constants)} = {_bare(text)}")
                text = f"c{len(constants) - 1}"
            texts.append(text)
        return constants, [_bare(texts[x.k]) if isinstance(x, Word) else literal(x) for x in results]


class Word:
    """A name in JavaScript: an argument of a function, or an expression of a trace."""

    __slots__ = ("k", "trace")

    def __init__(self, trace: Trace, k: int) -> None:
        self.trace = trace
        self.k = k

    def __add__(self, other: Any) -> Word:
        return self.trace.word("({} + {})", self, other)

    def __radd__(self, other: Any) -> Word:
        return self.trace.word("({} + {})", other, self)

    def __sub__(self, other: Any) -> Word:
        return self.trace.word("({} - {})", self, other)

    def __rsub__(self, other: Any) -> Word:
        return self.trace.word("({} - {})", other, self)

    def __mul__(self, other: Any) -> Word:
        return self.trace.word("({} * {})", self, other)

    def __rmul__(self, other: Any) -> Word:
        return self.trace.word("({} * {})", other, self)

    def __truediv__(self, other: Any) -> Word:
        return self.trace.word("({} / {})", self, other)

    def __rtruediv__(self, other: Any) -> Word:
        return self.trace.word("({} / {})", other, self)

    def __floordiv__(self, other: Any) -> Word:
        return self.trace.word("floorDivide({}, {})", self, other)

    def __rfloordiv__(self, other: Any) -> Word:
        return self.trace.word("floorDivide({}, {})", other, self)

    def __mod__(self, other: Any) -> Word:
        return self.trace.word("modulo({}, {})", self, other)

    def __rmod__(self, other: Any) -> Word:
        return self.trace.word("modulo({}, {})", other, self)

    def __neg__(self) -> Word:
        return self.trace.word("(-{})", self)

    def __int__(self) -> int:
        raise Untranslated(self.k)

    def __bool__(self) -> bool:
        raise Untranslated


def literal(x: Any) -> str:
    """A number as JavaScript writes it, and reads it to the last bit."""
    number = float(x)
    if math.isnan(number):
        return "NaN"
    if math.isinf(number):
        return "Infinity" if number > 0 else "-Infinity"
    return str(int(number)) if number == int(number) and abs(number) < 1e15 and str(number) != "-0.0" else repr(number)


def _bare(text: str) -> str:
    """An expression without the parentheses around all of it."""
    depth = 0
    for k, letter in enumerate(text):
        depth += (letter == "(") - (letter == ")")
        if not depth and k < len(text) - 1:
            return text
    return text[1:-1] if text.startswith("(") else text


# --- The namespace ----------------------------------------------------------------------------------------------------


def _decided(pattern: str, numbers: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function that is evaluated at once if all arguments are numbers, and traced otherwise."""

    def function(*args: Any) -> Any:
        trace = next((x.trace for x in args if isinstance(x, Word)), None)
        return numbers(*args) if trace is None else trace.word(pattern, *args)

    return function


def _called(name: str) -> Callable[..., Any]:
    return lambda *args: _decided(f"{name}({', '.join(['{}'] * len(args))})", getattr(math, name.rpartition(".")[2]))(
        *args
    )


def _where(condition: Any, x: Any, y: Any) -> Any:
    if not isinstance(condition, Word):
        return x if condition else y
    compared = condition.trace.lines[condition.k]
    if compared.pattern.endswith(" ? 1 : 0)"):
        parts = [Word(condition.trace, part) if type(part) is int else _Literal(part) for part in compared.parts]
        return condition.trace.word(compared.pattern.replace("1 : 0", "{} : {}"), *parts, x, y)
    return condition.trace.word("({} !== 0 ? {} : {})", condition, x, y)


class _Literal(float):
    """A number that is read from the text of a literal."""

    def __new__(cls, text: Any) -> _Literal:
        return super().__new__(cls, text.replace("Infinity", "inf"))


def _round(x: Any, digits: int) -> Any:
    return x.trace.word("roundTo({}, {})", x, digits) if isinstance(x, Word) else round(x, digits)


_MATH = "exp expm1 log log2 log10 log1p sqrt sin cos tan asin acos atan atan2 hypot sinh cosh tanh asinh acosh atanh"

words = Namespace(
    **{name: _called(f"Math.{name}") for name in _MATH.split()},
    cbrt=_decided("Math.cbrt({})", lambda x: math.copysign(abs(x) ** (1 / 3), x)),
    floor=_decided("Math.floor({})", math.floor),
    sign=_decided("Math.sign({})", lambda x: (x > 0) - (x < 0)),
    absolute=_decided("Math.abs({})", abs),
    power=_decided("power({}, {})", math.pow),
    erf=_called("erf"),
    erfc=_called("erfc"),
    maximum=_decided("larger({}, {})", max),
    minimum=_decided("smaller({}, {})", min),
    less=_decided("({} < {} ? 1 : 0)", lambda x, y: x < y),
    equal=_decided("({} === {} ? 1 : 0)", lambda x, y: x == y),
    where=_where,
    round=_round,
)


# --- Functions --------------------------------------------------------------------------------------------------------


def function(op: Primitive, inputs: tuple[float | None, ...]) -> tuple[str, str]:
    """Return the source of an operation: a function for its value, and one for its derivatives, which takes that value.

    Parameters
    ----------
    op : Primitive
        A row of the table.
    inputs : tuple of float or None
        For each argument that is a constant, its number, and ``None`` for the others. The source contains the number
        only where the rule needs a whole number, as that of `round` does.

    Raises
    ------
    Untranslated
        If the rule needs the numbers themselves, as a user's rule may.

    Examples
    --------
    >>> from autograd.core.ops import TABLE
    >>> function(TABLE["tanh"], (None,))
    ('(x0) => Math.tanh(x0)', '(x0, z) => [1 - (z * z)]')
    """
    known: dict[int, float] = {}
    while True:
        try:
            return _traced(op, len(inputs), known, derivatives=False), _traced(op, len(inputs), known, derivatives=True)
        except Untranslated as asked:
            number = inputs[asked.position] if asked.position is not None and asked.position < len(inputs) else None
            if number is None:
                raise
            known[asked.position] = number  # type: ignore[index]
        except (ArithmeticError, AttributeError, TypeError, ValueError) as error:  # raised by a rule of the user's
            raise Untranslated from error


def _traced(op: Primitive, count: int, known: dict[int, float], derivatives: bool) -> str:
    names = [f"x{k}" for k in range(count)] + ["z"] * derivatives
    trace = Trace(names)
    arguments = [known.get(k, word) for k, word in enumerate(trace.arguments)]
    found = op.derivatives(words, *arguments) if derivatives else op.value(words, *arguments)
    constants, results = trace.body(found if derivatives else [found])
    result = f"[{', '.join(results)}]" if derivatives else results[0]
    if constants:
        result = f"{{ const {', '.join(constants)}; return {result}; }}"
    return f"({', '.join(names)}) => {result}"


def helpers(source: str) -> str:
    """Return the functions of ``words.js`` that a source calls, and those that these call."""
    text = files("visualize.javascript").joinpath("words.js").read_text(encoding="utf-8")
    known = dict(re.findall(r"^(?:/\*\*.*?\*/\n)?(function (\w+)\(.*?^})", text, re.DOTALL | re.MULTILINE))
    by_name = {name: body for body, name in known.items()}
    wanted: dict[str, str] = {}
    upcoming = [source]
    while upcoming:
        found = set(re.findall(r"(?<![\w.])\w+(?=\()", upcoming.pop())) & by_name.keys() - wanted.keys()
        wanted |= {name: by_name[name] for name in found}
        upcoming += [by_name[name] for name in found]
    return "\n".join(wanted[name] for name in by_name if name in wanted)
