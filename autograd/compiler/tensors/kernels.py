"""Runs of lines as kernels, for the engine "numba": operations on elements, small reductions and products of matrices.

    t1 = matmul(x0, t0)         t0 = x0.T
    t2 = add(t1, x2)            t3 = empty((5, 3), float64)
    t3 = maximum(t2, 0.0)       k0 = kernel(x0, x1, b0, x2, t3)         t2 is a number in a loop, and is not stored

`fused` makes loops of calls that are bound to arrays. So lines become calls that are bound to the arrays of the
recorded call. In another call the arrays lie elsewhere, and a kernel is given them. In each of them the numbers lie as
they lay in the recorded call: all that a kernel is given are arrays without gaps, row after row, and their views.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import Any

import numpy as np

from ..emitting.cells import cast, choose
from ..fused.accesses import Memory
from ..fused.alive import Alive
from ..fused.engine import in_kernels
from ..fused.instructions import text_of
from ..fused.loops import arranged
from ..fused.modules import entry_of, places_of
from ..fused.nests import Opaque
from ..fused.writing import written
from .forward import ADDED, ALL_ADDED, LARGEST, TOTAL, rule_of
from .reverse import FIRST_ADDED, ROWS_ADDED, SUMMED
from .source import EMPTY, Joined, Line, Name, Snippet, Writer, as_numbers, names_in

__all__ = ["JoiningWriter"]

Array = np.ndarray[Any, Any]
Axes = tuple[int, ...]

SMALL = 4096  # elements: to reduce more of them along the last axis, numpy adds several at a time
KINDS = (np.float64, np.bool_)
IN_ROWS = Snippet(lambda x: np.asarray(x, order="C"), 'asarray({}, order="C")')


def _to_shape(x: Any, shape: Axes) -> Axes:
    """Return the axes along which an array is summed to a shape to which it broadcasts."""
    extra = x.ndim - len(shape)
    return (*range(extra), *(extra + k for k, n in enumerate(shape) if n == 1 != x.shape[extra + k]))


SPELLED: dict[Any, Any] = {np.where: choose, as_numbers: cast}  # calls of lines as `fused` knows them
REDUCED: dict[Any, tuple[np.ufunc, Callable[..., Any]]] = {  # reductions, and the array and axes of each
    ALL_ADDED: (np.add, lambda x: (x, tuple(range(x.ndim)))),
    ADDED: (np.add, lambda x, axes, _: (x, axes)),
    TOTAL: (np.add, lambda x, axes: (x, axes)),
    LARGEST: (np.maximum, lambda x, axes: (x, axes)),
    FIRST_ADDED: (np.add, lambda x: (x, (0,))),
    ROWS_ADDED: (np.add, lambda _, x: (x, (0,))),
    SUMMED: (np.add, lambda x, shape: (x, _to_shape(x, shape))),
}


class JoiningWriter(Writer):
    """A writer that joins lines to kernels."""

    joins = True

    def __init__(self) -> None:
        super().__init__()
        self._calls: dict[Name, Any] = {}  # of lines that loops can compute, the calls bound to arrays
        self._views: set[Name] = set()  # variables that are parts of earlier ones
        self._owners: dict[int, tuple[Array, Any]] = {}  # by identity, an array, and the variable or constant it is of
        self._models: dict[Name, Array] = {}  # single numbers as arrays
        self._constants: dict[int, tuple[Any, Array]] = {}

    # --- Lines --------------------------------------------------------------------------------------------------------

    def given(self, name: str, value: Any) -> Name:
        if not isinstance(value, np.ndarray) or value.dtype not in KINDS:
            return super().given(name, value)
        own = np.array(value, order="C")
        found = super().given(name, own)
        self._owners[id(own)] = own, found
        return found

    def call(self, function: Any, *operands: Any) -> Name:
        operands = tuple(self._constant(x) if isinstance(x, np.ndarray) else x for x in operands)
        name = super().call(function, *operands)
        found = self.values[name]
        if not isinstance(found, (np.ndarray, np.generic)) or found.dtype not in KINDS:
            return name
        is_placed = len([*names_in(operands)]) == 1  # and not where an index says, which may be another in another call
        if isinstance(found, np.ndarray) and id(_root(found)) in self._owners and is_placed:
            self._views.add(name)
            return name
        own = self.values[name] = np.array(found, order="C")
        self._owners[id(own)] = own, name
        call = self._bound(function, [self.as_array(x) for x in operands], self.values[name])
        if call is not None:
            self._calls[name] = call
        return name

    def below(self, x: Any, top: Any) -> Name:
        return self.call(np.where, self.call(np.equal, x, top), 0.0, self.call(np.subtract, x, top))

    def owner(self, array: Array) -> Any:
        """Return the variable of an array of the recorded call, or the constant that it is."""
        return self._owners[id(array)][1]

    def _constant(self, x: Array) -> Array:
        """Return an array of numbers among the operands in rows."""
        if x.dtype not in KINDS:
            return x
        if id(x) not in self._constants:
            own = np.array(x, order="C")
            self._constants[id(x)] = x, own
            self._constants[id(own)] = own, own
            self._owners[id(own)] = own, own
        return self._constants[id(x)][1]

    def as_array(self, x: Any) -> Any:
        """Return the numbers of an operand; of a variable that is a single number, an array without axes."""
        number = self.number(x)
        if type(x) is not Name or not isinstance(number, (float, np.bool_)):
            return number
        if x not in self._models:
            own = self._models[x] = np.array(number)
            self._owners[id(own)] = own, x
        return self._models[x]

    def _bound(self, function: Any, numbers: Sequence[Any], out: Array) -> Any:
        """Return the call of a line, bound to arrays, if loops or the BLAS can compute it."""
        if not out.size:
            return None
        reduced = REDUCED.get(function)
        if reduced is not None:
            x, axes = reduced[1](*numbers)
            axes = tuple(k % x.ndim for k in (axes if isinstance(axes, tuple) else (axes,)))
            longest = max((k for k, n in enumerate(x.shape) if n > 1), default=-1)
            if x.dtype != np.float64 or not x.size or not axes or (longest in axes and x.size > SMALL):
                return None
            return partial(reduced[0].reduce, x, axis=axes, out=out)
        if function is np.matmul:
            x, y = numbers
            is_plain = x.ndim == y.ndim == 2 and x.size and y.size and x.dtype == y.dtype == np.float64
            return partial(function, x, y, out=out) if is_plain else None
        spelled = SPELLED.get(function, function)
        if text_of(spelled) is None:
            return None
        truths = [k for k, x in enumerate(numbers) if isinstance(x, np.ndarray) and x.dtype == np.bool_]
        is_plain = truths == ([0] if spelled in (choose, cast) else []) and all(map(_is_number, numbers))
        return partial(spelled, *numbers, out=out) if is_plain else None

    # --- Rules --------------------------------------------------------------------------------------------------------

    def traces(self, _op: Any) -> bool:
        return True

    def traced(self, rule: Callable[..., Any], operands: Sequence[Any]) -> Any:
        return super().traced(rule, [self._constant(x) if isinstance(x, np.ndarray) else x for x in operands])

    def is_number(self, x: Any) -> bool:
        return _is_number(self.as_array(x))

    # --- Kernels ------------------------------------------------------------------------------------------------------

    def joined(self, lines: list[Line], read_later: Sequence[Name]) -> list[Line]:
        memory = Memory(stays=False)
        calls = {
            line.target: self._calls.get(line.target) or partial(_stays, *self._touched(line))
            for line in lines
            if line.target not in self._views
        }
        items = arranged(calls.values(), (), memory, None)
        wanted = [x for x in map(self.as_array, read_later) if isinstance(x, np.ndarray) and x.dtype in KINDS]
        parts = [*in_kernels(items, Alive(memory, (), (), wanted))]
        targets = {id(call): target for target, call in calls.items()}
        order = _Order(self, lines, memory)
        left: list[Line] = []
        for part in parts:
            if isinstance(part, Opaque):
                left.append(order.call(targets[id(part.call)]))
            else:
                order.kernel(part)
        order.show(read_later)
        names = [_name_of(line.function) for line in left]
        self.told.append(Joined(len(calls) - len(left), len(parts) - len(left), names))
        return order.lines

    def _touched(self, line: Line) -> Iterator[Array]:
        """Yield the arrays of a line."""
        for name in names_in((line.target, *line.operands)):
            for x in _arrays_in(self.as_array(name)):
                if x.dtype in KINDS:
                    yield x


class _Order:
    """The lines of a pass in the order of its calls and kernels.

    Attributes
    ----------
    lines : list of Line
        The lines so far.
    """

    def __init__(self, writer: JoiningWriter, lines: Sequence[Line], memory: Memory) -> None:
        self.lines: list[Line] = []
        self._writer, self._memory = writer, memory
        self._waiting = {line.target: line for line in lines}
        self._in_rows: set[Name] = set()

    def call(self, target: Name) -> Line:
        """Add a line that stays, after the views that it reads."""
        line = self._waiting.pop(target)
        self.show(line.operands)
        self.lines.append(line)
        return line

    def show(self, operands: Iterable[Any]) -> None:
        """Add the lines of views that are read; all other operands are there."""
        for name in names_in(operands):
            if name in self._waiting:
                self.call(name)

    def kernel(self, part: Sequence[tuple[Any, Any]]) -> None:
        """Add a kernel, after lines that make the arrays to which it writes, and rows of those that it reads."""
        blocks = self._memory.blocks
        booleans = {k for k, block in enumerate(blocks) if block.dtype == np.bool_}
        roots = [_root(block) for block in blocks]
        kernel = written(part, None, booleans, [x.ndim for x in roots])
        owners = [self._writer.owner(roots[k]) for k in kernel.blocks]
        for owner in owners:
            if type(owner) is not Name or owner in self._in_rows:
                continue
            self._in_rows.add(owner)
            if self._waiting.pop(owner, None) is None:
                self.lines.append(Line(owner, IN_ROWS, (owner,)))
            else:
                x = self._writer.values[owner]
                self.lines.append(Line(owner, EMPTY, (x.shape, x.dtype.type)))
        tables = [np.array(table, dtype=np.int64) for table in kernel.tables]
        run = rule_of("kernel", entry_of(kernel.text), 1, places_of(tables, kernel.addresses))
        vars(run)["tables"] = tables  # which have to last as long as it
        self.lines.append(Line(self._writer.given(f"k{len(self._writer.values)}", None), run, tuple(owners)))


def _stays(*_: Any) -> None:
    """Stand for a line that stays, in a call with the arrays that it reads and writes."""


def _arrays_in(x: Any) -> Iterator[Array]:
    if isinstance(x, np.ndarray):
        yield x
    elif isinstance(x, tuple):
        for each in x:
            yield from _arrays_in(each)


def _is_number(x: Any) -> bool:
    return isinstance(x, (int, float)) or (isinstance(x, np.ndarray) and x.dtype in KINDS)


def _name_of(function: Any) -> str:
    return function.text.format(*"xijk") if isinstance(function, Snippet) else getattr(function, "__name__", "rule")


def _root(array: Any) -> Any:
    while getattr(array, "base", None) is not None:
        array = array.base
    return array
