"""Runs of single numbers as straight-line Python: source text, made of the rules of the table and compiled once.

    %7 = a * b                  def forward(e): a, b = e                    the numbers that are read
    %8 = tanh(%7)                   x0 = a * b
    %9 = %8 + a                     x1 = tanh(x0)
                                    x2 = x1 + a
                                    return x0, x1, x2

    def backward(e, x, d, g):       d: the adjoints of what is read; g: of what is computed and read elsewhere
        g0 = g2 * (1 - x1 * x1)
        d0 = d0 + g2 + g0 * b
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
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from ....core.namespaces import FUNCTIONS, floats
from ....core.table import Primitive
from .expressions import OPERATORS, Adjoint, Item, Named, Sheet, Words, is_float, propagate, written

__all__ = ["Line", "Piece", "getter_of", "pieces_of"]

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
    get : callable
        Of a list of numbers, those that it reads.
    into, received : list of int, callable
        The places of the numbers that it reads and whose adjoints are needed; of a list of adjoints, theirs.
    given, arrived : callable
        Of the adjoints from outside the run, those of numbers that no later piece reads; of a list of adjoints, those
        of numbers that one does.
    arriving : list of int
        The places of both.
    held : list of (int, int)
        The place of each number that others read outside the run and in a later piece, and its number among the former.
    forward, backward : callable
        The functions.
    """

    __slots__ = (
        "arrived",
        "arriving",
        "backward",
        "begin",
        "end",
        "forward",
        "get",
        "given",
        "held",
        "into",
        "received",
    )

    def __init__(
        self,
        begin: int,
        lines: Sequence[Line],
        wanted: Sequence[bool],
        outside: Mapping[int, int],
        later: Collection[int],
        made: dict[Any, Any],
    ) -> None:
        self.begin, self.end = begin, begin + len(lines)
        names = {self.begin + k: f"x{k}" for k in range(len(lines))}
        for line in lines:
            for place in line.operands:
                if place not in names:
                    names[place] = f"e{len(names) - len(lines)}"
        read = [place for place, name in names.items() if name[0] == "e"]
        self.get = getter_of(read)
        self.into = [place for place in read if wanted[place]]
        self.received = getter_of(self.into)
        own = range(self.begin, self.end)
        alone = [place for place in own if place in outside and place not in later]
        crossing = [place for place in own if place in later]
        self.given, self.arrived = getter_of([outside[place] for place in alone]), getter_of(crossing)
        self.arriving = alone + crossing
        self.held = [(place, outside[place]) for place in crossing if place in outside]
        named = tuple((line.op, line.signs, tuple([names[place] for place in line.operands])) for line in lines)
        receives = tuple([wanted[place] for place in (*read, *own)])
        arriving = tuple([place - self.begin for place in self.arriving])
        key = named, receives, arriving
        if key not in made:
            sources = _forward(named, len(read)), _backward(named, len(read), receives, arriving)
            made[key] = _function("forward", *sources[0]), _function("backward", *sources[1])
        self.forward, self.backward = made[key]


def getter_of(places: list[int]) -> Callable[[Any], tuple[float, ...]]:
    """Return a function that gives the numbers at some places of a list."""
    if len(places) > 1:
        return operator.itemgetter(*places)
    if places:
        (place,) = places
        return lambda values: (values[place],)
    return lambda _: ()


def pieces_of(lines: Sequence[Line], inputs: int, wanted: Sequence[bool], outside: Sequence[int]) -> list[Piece]:
    """Return the pieces of a run, whose first line computes the number at the place ``inputs``.

    ``wanted`` says for each place if its adjoint is needed; others are left as they are. ``outside`` are the places of
    the numbers that others read.
    """
    step = _step(lines)
    length = step * max(1, LENGTH // step)
    made: dict[Any, Any] = {}
    later: set[int] = set()
    for k, line in enumerate(lines):
        later.update(place for place in line.operands if place < inputs + k // length * length)
    places = {place: k for k, place in enumerate(outside)}
    begins = range(0, len(lines), length)
    return [Piece(inputs + k, lines[k : k + length], wanted, places, later, made) for k in begins]


def _step(lines: Sequence[Line]) -> int:
    """Return the number of lines after which nearly all operations repeat; 1 if they do not repeat."""
    kinds: dict[Any, int] = {}
    codes = np.array([kinds.setdefault((line.op, line.signs, len(line.operands)), len(kinds)) for line in lines])
    for step in range(1, min(LONGEST, len(lines) // 2) + 1):
        if np.count_nonzero(codes[step:] == codes[:-step]) > 0.9 * (len(lines) - step):
            return step
    return 1


# --- Source -----------------------------------------------------------------------------------------------------------


Source = tuple[list[str], list[str]]  # the parameters and the lines of a function


def _function(name: str, parameters: list[str], lines: list[str]) -> Any:
    """Return a function, in which the functions that it calls are local variables."""
    text = "\n".join(f" {line}" for line in lines)
    called = [each for each in dict.fromkeys(re.findall(r"\b[a-z]\w*(?=\()|floats", text)) if each in GLOBALS]
    source = f"def {name}({', '.join([*parameters, *(f'{each}={each}' for each in called)])}):\n{text}"
    space = dict(GLOBALS)
    exec(compile(source, f"<compiled {name}>", "exec"), space)
    return space[name]


def _forward(lines: Sequence[Named], count: int) -> Source:
    sheet = Sheet(PYTHON)
    items: list[Item] = []
    for k, (op, signs, names) in enumerate(lines):
        try:
            value = sheet.value(op, signs, names)
        except Exception:  # the rule needs a number where it has only text, such as in an `if`: it is called instead
            items.append((f"x{k} = float({_called(op.value, *names)})", ()))
        else:
            items.append((f"x{k} = {{0}}" if is_float(value) else f"x{k} = float({{0}})", (value,)))
    return ["e"], [*_unpacked("e", range(count), "e"), *sheet.lines(items), f"return {_listed('x', range(len(lines)))}"]


def _backward(lines: Sequence[Named], count: int, wanted: Sequence[bool], arriving: Sequence[int]) -> Source:
    """Return a reverse pass: the adjoint of each number is one expression, latest use first."""
    sheet = Sheet(PYTHON)
    items: list[Item] = []
    receives = dict(zip([*(f"e{k}" for k in range(count)), *(f"x{k}" for k in range(len(lines)))], wanted, strict=True))
    sums = {f"e{k}": Adjoint(f"d{k}") for k in range(count)}
    sums.update((f"x{k}", Adjoint(f"g{k}" if k in arriving else "")) for k in range(len(lines)))

    def slopes(op: Primitive, signs: Sequence[int], names: Sequence[str], result: str) -> list[Any]:
        try:
            return sheet.slopes(op, signs, names, result)
        except Exception:  # as above
            given = [f"s{result[1:]}_{i}" for i in range(len(names))]
            items.append((f"({', '.join(given)},) = {_called(op.derivatives, *names, result)}", ()))
            return [sheet.name(name) for name in given]

    propagate(lines, slopes, receives, sums, items)
    for k in range(count):
        if receives[f"e{k}"]:
            sums[f"e{k}"].named(f"d{k}", items)
    text = sheet.lines(items)
    head = [*_unpacked("e", range(count), "e"), *_unpacked("x", range(len(lines)), "x")]
    into = [k for k in range(count) if receives[f"e{k}"]]
    head += [*_unpacked("d", into, "d"), *_unpacked("g", arriving, "g")]
    return ["e", "x", "d", "g"], [*head, *text, f"return {_listed('d', into)}"]


def _unpacked(name: str, numbers: Sequence[int], given: str) -> list[str]:
    return [f"{_listed(name, numbers)} = {given}"] if numbers else []


def _listed(name: str, numbers: Sequence[int]) -> str:
    return f"({''.join(f'{name}{k},' for k in numbers)})"


def _called(rule: Callable[..., Any], *names: str) -> str:
    name = f"rule{id(rule)}"
    GLOBALS[name] = rule
    return f"{name}(floats, {', '.join(names)})"


# The namespace `floats`, whose functions in Python are written out: a call takes longer than what they do.
PATTERNS = {name: f"{name}({'{}, {}' if name in ('atan2', 'hypot') else '{}'})" for name in FUNCTIONS}
PATTERNS |= {name: f"{{}} {sign} {{}}" for name, sign in zip(OPERATORS[:-1], "+ - * / // %".split(), strict=True)}
PATTERNS |= {
    "neg": "-{}",
    "power": "power({}, {})",
    "where": "where({}, {}, {})",
    "less": "{} < {}",
    "equal": "{} == {}",
    "absolute": "abs({})",
    "log": "log({0}) if {0} > 0 else edge_log({0})",
    "maximum": "{0} if {0} > {1} or {0} != {0} else {1}",
    "minimum": "{0} if {0} < {1} or {0} != {0} else {1}",
    "relu": "{0} if {0} > 0 or {0} != {0} else 0.0",
    "sign": "1.0 if {0} > 0 else -1.0 if {0} < 0 else {0}",
}
PYTHON = Words(PATTERNS, choice="{1} if {0} else {2}", truth="{}", number=written)
GLOBALS: dict[str, Any] = {
    **{name: getattr(floats, name) for name in (*FUNCTIONS, "power", "where")},
    "log": math.log,
    "edge_log": floats.log,
    "abs": abs,
    "floats": floats,
    "inf": math.inf,
    "nan": math.nan,
}
