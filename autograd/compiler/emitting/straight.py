"""Runs of single numbers as straight-line Python: source text, made of the rules of the table and compiled once.

    %7 = a * b                  def forward(e): a, b = e                    the numbers that are read
    %8 = tanh(%7)                   x0 = a * b
                                    x1 = tanh(x0)
                                    return x0, x1

    def backward(e, x, d, g):       d, g: the adjoints of what is read, and of what is computed
        g0 = g0 + g1 * (1 - x1 * x1)
        d0 = d0 + g0 * b
        d1 = d1 + g0 * a
        return d0, d1

An adjoint of 0 contributes nothing, not even times infinity. The source does not ask for zeros: if one of them met an
infinity, the result is nan, and the piece is computed once more, line by line.

A long run is divided into pieces. In a recurrence a piece takes a whole number of steps, so that all pieces have the
same source, and one function computes them.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from ...core import ops, several
from ...core.namespaces import FUNCTIONS, floats
from ...core.table import Namespace, Primitive

__all__ = ["Line", "Piece", "pieces_of"]

LENGTH = 128  # lines of a piece, unless a step is longer
LONGEST = 512  # the most lines of a step


class Line(NamedTuple):
    """An operation on the numbers at some places in a list.

    Attributes
    ----------
    op : Primitive
        The operation.
    operands : list of int
        The places.
    signs : tuple of int
        For a sum, the signs of its terms.
    """

    op: Primitive
    operands: list[int]
    signs: tuple[int, ...]


class Piece:
    """Some lines of a run, as functions.

    Attributes
    ----------
    begin, end : int
        The places of the numbers that it computes.
    read : list of int
        The places of the numbers that it reads.
    forward, backward : callable
        The functions.
    """

    __slots__ = ("backward", "begin", "end", "forward", "get", "read")

    def __init__(self, begin: int, lines: Sequence[Line], wanted: Sequence[bool], made: dict[Any, Any]) -> None:
        self.begin, self.end = begin, begin + len(lines)
        names = {self.begin + k: f"x{k}" for k in range(len(lines))}
        for line in lines:
            for place in line.operands:
                if place not in names:
                    names[place] = f"e{len(names) - len(lines)}"
        self.read = [place for place, name in names.items() if name[0] == "e"]
        self.get: Callable[[Any], Any] = operator.itemgetter(*self.read) if len(self.read) > 1 else self._few
        named = tuple((line.op, line.signs, tuple([names[place] for place in line.operands])) for line in lines)
        receives = tuple([wanted[place] for place in (*self.read, *range(self.begin, self.end))])
        if (named, receives) not in made:
            sources = _forward(named, len(self.read)), _backward(named, len(self.read), receives)
            made[named, receives] = _function("forward", sources[0]), _function("backward", sources[1])
        self.forward, self.backward = made[named, receives]

    def _few(self, values: Any) -> tuple[Any, ...]:
        return tuple(values[place] for place in self.read)


def pieces_of(lines: Sequence[Line], inputs: int, wanted: Sequence[bool]) -> list[Piece]:
    """Return the pieces of a run, whose first line computes the number at the place ``inputs``.

    ``wanted`` says for each place if its adjoint is needed; others are left as they are.
    """
    step = _step(lines)
    length = step * max(1, LENGTH // step)
    made: dict[Any, Any] = {}
    return [Piece(inputs + k, lines[k : k + length], wanted, made) for k in range(0, len(lines), length)]


def _step(lines: Sequence[Line]) -> int:
    """Return the number of lines after which nearly all operations repeat; 1 if they do not repeat."""
    kinds: dict[Any, int] = {}
    codes = np.array([kinds.setdefault((line.op, line.signs, len(line.operands)), len(kinds)) for line in lines])
    for step in range(1, min(LONGEST, len(lines) // 2) + 1):
        if np.count_nonzero(codes[step:] == codes[:-step]) > 0.9 * (len(lines) - step):
            return step
    return 1


# --- Source -----------------------------------------------------------------------------------------------------------


Named = tuple[Primitive, tuple[int, ...], tuple[str, ...]]  # an operation, signs, and the names of its operands


def _function(name: str, source: str) -> Any:
    """Return the function that a source defines."""
    space = dict(GLOBALS)
    exec(compile(source, f"<compiled {name}>", "exec"), space)
    return space[name]


def _forward(lines: Sequence[Named], count: int) -> str:
    text = ["def forward(e):", *_unpacked("e", count, "e")]
    text += [f" x{k} = {_value(*line)}" for k, line in enumerate(lines)]
    return "\n".join([*text, f" return {_listed('x', len(lines))}"])


def _backward(lines: Sequence[Named], count: int, wanted: Sequence[bool]) -> str:
    """Return the source of a reverse pass: the adjoint of each number is one expression, latest use first."""
    text = ["def backward(e, x, d, g):"]
    for name, size in (("e", count), ("x", len(lines)), ("d", count), ("g", len(lines))):
        text += _unpacked(name, size, name)
    receives = dict(zip([*(f"e{k}" for k in range(count)), *(f"x{k}" for k in range(len(lines)))], wanted, strict=True))
    sums: dict[str, str] = {}  # the terms of each adjoint so far
    for k in range(len(lines) - 1, -1, -1):
        op, signs, names = lines[k]
        if f"g{k}" in sums:
            text.append(f" g{k} = g{k}{sums[f'g{k}']}")
        if any(receives[name] for name in names):
            before, terms = _terms(op, signs, names, k)
            text += before
            for name, term in zip(names, terms, strict=True):
                if term and receives[name]:
                    sums[_adjoint(name)] = sums.get(_adjoint(name), "") + term
    text += [f" d{k} = d{k}{sums[f'd{k}']}" for k in range(count) if f"d{k}" in sums]
    return "\n".join([*text, f" return {_listed('d', count)}"])


def _unpacked(name: str, count: int, given: str) -> list[str]:
    return [f" {_listed(name, count)} = {given}"] if count else []


def _listed(name: str, count: int) -> str:
    return f"({''.join(f'{name}{k},' for k in range(count))})"


def _adjoint(name: str) -> str:
    """Return the name of the adjoint of a number that is read or computed."""
    return ("d" if name[0] == "e" else "g") + name[1:]


def _value(op: Primitive, signs: Sequence[int], names: Sequence[str]) -> str:
    """Return the text of an operation on names."""
    if op is several.SUM:
        first, *rest = [f"{'+' if sign > 0 else '-'} {name}" for sign, name in zip(signs, names, strict=True)]
        return " ".join([first.removeprefix("+ "), *rest])
    if op is several.DOT:
        half = len(names) // 2
        return " + ".join(["0.0", *(f"{x} * {y}" for x, y in zip(names[:half], names[half:], strict=True))])
    if op in DIRECT:
        return DIRECT[op].format(*names)
    return f"float({_by_rule(op.value, *names)})"


def _terms(op: Primitive, signs: Sequence[int], names: Sequence[str], k: int) -> tuple[list[str], list[str]]:
    """Return lines to run first, and for each operand the term that an operation adds to its adjoint."""
    g, half = f"g{k}", len(names) // 2
    if op is several.SUM:
        return [], [f" + {g}" if sign > 0 else f" - {g}" for sign in signs]
    if op is several.DOT or op is ops.MUL:
        return [], [f" + {g} * {y}" for y in (*names[half:], *names[:half])]
    if op is ops.RELU:
        return [], [f" + ({g} if {names[0]} > 0 else 0.0)"]
    try:
        slopes = [_written(slope) for slope in op.derivatives(_text, *map(Text, names), Text(f"x{k}"))]
    except Exception:  # the rule needs a number where it has only text, such as in an `if`: it is called instead
        slopes = [f"s{k}_{i}" for i in range(len(names))]
        before = [f" ({', '.join(slopes)},) = {_called(op.derivatives, *names, f'x{k}')}"]
    else:
        before = []
    terms = []
    for i, slope in enumerate(slopes):
        if slope == "1":
            terms.append(f" + {g}")
        elif not op.selects:
            terms.append(f" + {g} * {slope}")
        elif slope in ("0", "0.0"):
            terms.append("")
        else:
            before.append(f" t{k}_{i} = {slope}")
            terms.append(f" + ({g} * t{k}_{i} if t{k}_{i} else 0.0)")
    return before, terms


def _by_rule(rule: Callable[..., Any], *names: str) -> str:
    """Return the text of a rule, or of a call of the rule, if it needs numbers and cannot run on text."""
    try:
        return _written(rule(_text, *map(Text, names)))
    except Exception:
        return _called(rule, *names)


def _called(rule: Callable[..., Any], *names: str) -> str:
    name = f"rule{id(rule)}"
    GLOBALS[name] = rule
    return f"{name}(floats, {', '.join(names)})"


class Text:
    """An expression as text; arithmetic on it makes longer expressions."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text

    def __neg__(self) -> Text:
        return Text(f"(-{self.text})")

    def __bool__(self) -> bool:
        raise TypeError("a number that is not there yet")

    __int__ = __float__ = __index__ = __bool__
    __hash__ = None  # type: ignore[assignment]


def _binary(sign: str, swapped: bool) -> Callable[[Any, Any], Text]:
    def method(self: Any, other: Any) -> Text:
        x, y = (other, self) if swapped else (self, other)
        return Text(f"({_written(x)} {sign} {_written(y)})")

    return method


for _name, _sign in (("add", "+"), ("sub", "-"), ("mul", "*"), ("truediv", "/"), ("floordiv", "//"), ("mod", "%")):
    setattr(Text, f"__{_name}__", _binary(_sign, swapped=False))
    setattr(Text, f"__r{_name}__", _binary(_sign, swapped=True))


def _written(x: Any) -> str:
    if isinstance(x, Text):
        return x.text
    if type(x) is float and not math.isfinite(x):
        return "nan" if x != x else "inf" if x > 0 else "(-inf)"
    if type(x) not in (int, float):
        raise TypeError(f"{x!r} is no number")
    return repr(x) if x >= 0 and math.copysign(1, x) > 0 else f"({x!r})"


def _call(name: str) -> Callable[..., Text]:
    return lambda *xs: Text(f"{name}({', '.join(map(_written, xs))})")


_NAMES = [*FUNCTIONS, "power", "where", "relu"]
_text = Namespace(
    **{name: _call(name) for name in _NAMES},
    less=lambda x, y: Text(f"({_written(x)} < {_written(y)})"),
    equal=lambda x, y: Text(f"({_written(x)} == {_written(y)})"),
)
GLOBALS: dict[str, Any] = {
    **{name: getattr(floats, name) for name in _NAMES},
    "floats": floats,
    "inf": math.inf,
    "nan": math.nan,
}
DIRECT = {  # operations whose result needs no conversion to float
    ops.MUL: "{} * {}",
    ops.DIV: "{} / {}",
    ops.NEG: "-{}",
    ops.ABS: "abs({})",
    ops.RELU: "relu({})",
    **{op: f"{op.name}({{}})" for op in vars(ops).values() if getattr(op, "name", "") in FUNCTIONS and op.arity == 1},
}
