"""Straight-line Python over arrays: lines are tried on the numbers of the recorded call as they are written.

    t0 = matmul(x, t1)
    t2 = add(t0, b, out=t0)      written into t0, which no later line reads
    t3 = maximum(t2, 0.0)

So the shape and dtype of each result are known when the next line is written, and whether it is a view. What does not
leave the program is written into buffers, arrays that are made once and used call after call. The record of a call
leases those of its forward pass, since its reverse pass reads them; in a loop of training two lists take turns.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from ...arrays.ops import gaps_below
from ...core import ops, several
from ..emitting.cells import DEAR, Cell, cast, cells, choose

__all__ = ["EMPTY", "SHARING", "Joined", "Line", "Name", "Snippet", "Writer", "as_numbers", "compiled_text", "names_in"]


class Name(str):
    """A variable of the program."""

    __slots__ = ()


class Snippet(NamedTuple):
    """An expression that is not a call of a function by its name.

    Attributes
    ----------
    run : callable
        Its value.
    text : str
        The expression, with a place for each operand.
    by_layout : bool
        True if the value is a view of the first operand or a copy, depending on how that lies in memory.
    """

    run: Callable[..., Any]
    text: str
    by_layout: bool = False


TURNED = Snippet(lambda x: x.T, "{}.T")
EMPTY = Snippet(np.empty, "empty({}, {})")
# Functions whose result is a view or a copy, as the memory of an array lies, which may be another in another call.
BY_LAYOUT = {"reshape", "ravel", "ascontiguousarray", "asfortranarray"}


# Operations whose value and slopes have an exponential or the like in common, which both passes compute once
SHARING = {ops.GELU, ops.SILU, ops.SOFTPLUS, ops.LOGSIGMOID, ops.XLOGY, several.LOGADDEXP}


class Line(NamedTuple):
    """One line: ``target = function(*operands)``. Operands are names, constants, and tuples of these.

    The result of an elementwise operation may be written into an operand, the variable ``into``.
    """

    target: Name
    function: Any
    operands: tuple[Any, ...]
    into: Name | None = None


class Joined(NamedTuple):
    """The lines of a pass that were joined.

    Attributes
    ----------
    lines, kernels : int
        The number of lines, and that of the functions that they became.
    left : list of str
        The functions of numpy that the other lines call.
    """

    lines: int
    kernels: int
    left: list[str]


class Writer:
    """Writes lines, and keeps the numbers of all variables.

    Attributes
    ----------
    joins : bool
        True if lines are joined, so that single operations are better than functions of several.
    values : dict
        The numbers by the names of variables.
    lines : list of Line
        The lines so far.
    told : list of Joined
        For each pass whose lines were joined; the reverse pass comes first.
    """

    joins = False

    def __init__(self) -> None:
        self.values: dict[Name, Any] = {}
        self.lines: list[Line] = []
        self.told: list[Joined] = []
        self._by_target: dict[Name, Line] = {}
        self._storage: dict[Name, Name] = {}  # of a view, the variable whose memory it shares; else itself
        self._lent: set[Name] = set()  # variables whose memory others own
        self._same: dict[Any, Name] = {}  # by key, results of calls of rules
        self._made: dict[Name, Any] = {}  # and their keys: the function and the keys of the operands

    def given(self, name: str, value: Any) -> Name:
        """A variable that the program is called with; its memory belongs to others."""
        found = Name(name)
        self.values[found] = value
        self._storage[found] = found
        self._lent.add(found)
        return found

    def call(self, function: Any, *operands: Any) -> Name:
        """Write a line, and return its variable."""
        run = function.run if isinstance(function, Snippet) else function
        numbers = [self.number(x) for x in operands]
        target = Name(f"t{len(self.lines)}")
        line = self._by_target[target] = Line(target, function, operands)
        self.lines.append(line)
        found = self.values[target] = run(*numbers)
        self._storage[target] = target
        is_part = False
        by_layout = function.by_layout if isinstance(function, Snippet) else _name_of(function) in BY_LAYOUT
        for name in names_in(operands):
            if isinstance(found, np.ndarray) and (by_layout or _share(found, self.values[name])):
                self._storage[target] = self._storage[name]
            is_part |= type(self.values[name]) is tuple
        if not isinstance(found, np.ndarray) or (self._storage[target] is target and not found.flags.owndata):
            self._lent.add(target)  # such as a view of a constant
        elif is_part:
            self._lent.add(target)  # one of several results, which may be an operand, as the slopes of a product are
        return target

    def turned(self, x: Any) -> Any:
        """The transpose of a matrix: of a transpose the matrix itself, and of a product that of the other matrices."""
        if type(x) is not Name:
            return x.T
        line = self._by_target.get(x)
        if line is not None and line.function is TURNED:
            return line.operands[0]
        if line is not None and line.function is np.matmul:
            left, right = line.operands
            return self.call(np.matmul, self.turned(right), self.turned(left))
        return self.call(TURNED, x)

    def number(self, x: Any) -> Any:
        """The numbers of an operand."""
        if type(x) is Name:
            return self.values[x]
        return tuple(map(self.number, x)) if type(x) is tuple else x

    def below(self, x: Any, top: Any) -> Name:
        """The difference of each element from the largest, where ``inf - inf`` counts as 0."""
        return self.call(gaps_below, x, top)

    # --- Rules --------------------------------------------------------------------------------------------------------

    def traces(self, op: Any) -> bool:
        """True if the rules of an operation are written in single operations, not run as a whole."""
        return op in SHARING

    def traced(self, rule: Callable[..., Any], operands: Sequence[Any]) -> Any:
        """The result of a rule of the table in single operations; ``None`` where the rule is run as a whole."""
        if not all(map(self.is_number, operands)):
            return None
        found = rule(cells, *map(self._cell, operands))
        return tuple(map(_line_of, found)) if isinstance(found, tuple) else _line_of(found)

    def is_number(self, x: Any) -> bool:
        """True if single operations may have this operand."""
        x = self.number(x)
        return isinstance(x, (int, float)) or (isinstance(x, np.ndarray) and x.ndim > 0 and x.dtype.kind in "fb")

    def _cell(self, x: Any) -> Any:
        if type(x) is float:
            return np.float64(x)
        number = self.number(x)
        if type(x) is not Name and not isinstance(x, np.ndarray):
            return x
        return Cell(self, None, (), x, boolean=getattr(number, "dtype", None) == np.bool_)

    def cell(self, function: Any, arguments: tuple[Any, ...], boolean: bool) -> Cell:
        """Write a line for a call of a rule; equal calls of a pass are one, and of both passes those that take long."""
        operands = [x.array if isinstance(x, Cell) else float(x) if isinstance(x, np.float64) else x for x in arguments]
        key = (function, *map(self._key, operands))
        if key not in self._same:
            plain = function.args[0] if isinstance(function, partial) else function
            plain = {choose: np.where, cast: as_numbers}.get(plain, plain)
            self._same[key] = name = self.call(plain, *operands)
            self._made[name] = key
        return Cell(self, function, arguments, self._same[key], boolean)

    def _key(self, x: Any) -> Any:
        """A key that is equal for operands that are made by the same calls of the same variables."""
        if type(x) is Name:
            return self._made.get(x, x)
        return id(x) if isinstance(x, np.ndarray) else repr(x)

    def turn(self) -> None:
        """Begin with the lines of the reverse pass."""
        self._same = {key: name for key, name in self._same.items() if key[0] in DEAR}

    # --- Memory -------------------------------------------------------------------------------------------------------

    def joined(self, lines: list[Line], _read_later: Sequence[Name]) -> list[Line]:
        """The lines of a pass, with those of them as one that run as one."""
        return lines

    def in_place(self, lines: Sequence[Line], read_later: Iterable[Name]) -> list[Line]:
        """Let elementwise operations write into an operand that no later line reads, in place of a new array."""
        last = self._last_uses(lines, read_later)
        made = {line.target for line in lines}
        found: list[Line] = []
        for k, line in enumerate(lines):
            if _has_out(line.function) and line.function.signature is None:
                result = self.values[line.target]
                for name in line.operands:
                    if type(name) is Name and name in made and self._storage[name] is name and name not in self._lent:
                        x = self.values[name]
                        if last[name] == k and _is_alike(x, result):
                            line = line._replace(into=name)
                            break
            found.append(line)
        return found

    def in_buffers(
        self, lines: Sequence[Line], read_later: Iterable[Name], given_away: Iterable[Name]
    ) -> tuple[list[Line], list[Any]]:
        """Let operations write into buffers that are made once, where the result does not leave the function.

        A buffer is used again as soon as no later line reads what it holds, so that the buffers stay in the cache.

        Returns
        -------
        list of Line, list of ndarray
            The lines, and arrays in the shapes and dtypes of the buffers.
        """
        leaving = {self._storage[name] for name in given_away}
        for line in reversed(lines):
            if line.into is not None and self._storage[line.target] in leaving:
                leaving.add(self._storage[line.into])
        last = self._last_uses(lines, read_later)
        held: dict[Name, Name] = {}  # the buffer in which a variable is
        free: dict[Any, list[Name]] = {}  # by shape and dtype
        found: list[Line] = []
        buffers: list[Any] = []
        for k, line in enumerate(lines):
            x, storage = self.values[line.target], self._storage[line.target]
            if line.into is not None:
                before = held.pop(self._storage[line.into], None)
                if before is not None:
                    held[storage] = before
            elif (line.function is EMPTY or _has_out(line.function)) and storage not in leaving and _is_whole(x):
                spare = free.get((x.shape, x.dtype))
                if not spare:
                    spare = [Name(f"b{len(buffers)}")]
                    buffers.append(x)
                held[storage] = spare.pop()
                line = line._replace(into=held[storage])
            found.append(line)
            for each in [each for each in held if last.get(each, k) <= k]:
                y = self.values[each]
                free.setdefault((y.shape, y.dtype), []).append(held.pop(each))
        return found, buffers

    def _last_uses(self, lines: Sequence[Line], read_later: Iterable[Name]) -> dict[Name, int]:
        """By variable with memory of its own, the last line that reads it or a view of it."""
        last: dict[Name, int] = {}
        for k, line in enumerate(lines):
            for name in names_in(line.operands):
                last[self._storage[name]] = k
        for name in read_later:
            last[self._storage[name]] = len(lines)
        return last


def as_numbers(x: Any) -> Any:
    """Truth values as numbers."""
    return x.astype(np.float64)


def _line_of(x: Any) -> Any:
    return x.array if isinstance(x, Cell) else x


def _is_whole(x: Any) -> bool:
    return isinstance(x, np.ndarray) and x.ndim > 0 and x.flags.c_contiguous


def _name_of(function: Any) -> str:
    return getattr(function, "__name__", "")


def _has_out(function: Any) -> bool:
    return isinstance(function, np.ufunc) and function.nout == 1


def _share(x: Any, y: Any) -> bool:
    return x is y or (isinstance(y, np.ndarray) and np.may_share_memory(x, y))


def _is_alike(x: Any, y: Any) -> bool:
    both = isinstance(x, np.ndarray) and isinstance(y, np.ndarray)
    return both and x.shape == y.shape and x.dtype == y.dtype and x.strides == y.strides and x.ndim > 0


def names_in(operands: Iterable[Any]) -> Iterable[Name]:
    """The variables among operands, also in tuples."""
    for x in operands:
        if type(x) is Name:
            yield x
        elif type(x) is tuple:
            yield from names_in(x)


# --- Text -------------------------------------------------------------------------------------------------------------


class _Text:
    """The text of lines, and the objects that it names."""

    def __init__(self) -> None:
        in_snippets: Any = (np.add, np.maximum, np.asarray, np.empty)
        self.globals: dict[str, Any] = {each.__name__: each for each in in_snippets}
        self._known = {id(x): name for name, x in self.globals.items()}

    def line(self, line: Line) -> str:
        operands = [self.operand(x) for x in line.operands]
        if line.function is EMPTY and line.into:
            return f"{line.target} = {line.into}"
        if isinstance(line.function, Snippet):
            return f"{line.target} = {line.function.text.format(*operands)}"
        operands += [f"out={line.into}"] if line.into else []
        return f"{line.target} = {self.named(line.function)}({', '.join(operands)})"

    def operand(self, x: Any) -> str:
        if type(x) is Name:
            return x
        if type(x) is tuple:
            return f"({''.join(f'{self.operand(each)}, ' for each in x)})"
        if x is None or type(x) in (bool, int) or (type(x) is float and abs(x) < 1e300):
            return repr(x)
        if type(x) is slice:
            return f"slice({self.operand(x.start)}, {self.operand(x.stop)}, {self.operand(x.step)})"
        return self.named(x)

    def named(self, x: Any) -> str:
        """The global name of an object."""
        if id(x) not in self._known:
            base = _name_of(x) or "constant"
            base = "rule" if not base.isidentifier() or re.fullmatch(r"[a-z]\d+", base) else base
            name, k = base, 1
            while name in self.globals:
                k += 1
                name = f"{base}_{k}"
            self.globals[name] = x
            self._known[id(x)] = name
        return self._known[id(x)]


def compiled_text(
    name: str, parameters: Sequence[str], saved: Sequence[str], lines: Sequence[Line], result: str
) -> tuple[Any, str]:
    """The function with these lines, and its source.

    Its first parameter is a list of buffers, and a parameter ``saved`` is a tuple of these variables.
    """
    text = _Text()
    parameters = ["buffers", *parameters]
    buffers = [*dict.fromkeys(str(line.into) for line in lines if line.into is not None and line.into[0] == "b")]
    body = [f"{', '.join(names)}, = {what}" for names, what in ((buffers, "buffers"), (saved, "saved")) if names]
    body += [text.line(line) for line in lines]
    source = "\n    ".join([f"def {name}({', '.join(parameters)}):", *body, f"return {result}"]) + "\n"
    space = text.globals
    exec(compile(source, f"<program {name}>", "exec"), space)
    return space[name], source
