"""The calls of a pass as statements about single numbers, each for all elements of some arrays.

    np.multiply(x, w[:, None], out=y)        y[i, j] = x[i, j] * w[i]           for all i and all samples j

A call of any other kind stays a call.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from ..emitting.cells import into
from ..emitting.memory import add_at, copied, put, put_negative, subtract_at, sums_of
from .accesses import Access, Memory
from .instructions import REDUCED, text_of

__all__ = ["Statement", "Statements", "factors_of", "term_of"]

Array = np.ndarray[Any, Any]
Shape = tuple[int, ...]

TERMS = 4  # the most terms of the sums of a product of matrices that becomes statements
UNROLLED = 8  # the most rows of samples that become a statement each
FEW = 4  # the most single numbers that become a statement each


class Statement(NamedTuple):
    """One operation for each element of arrays of one shape.

    Attributes
    ----------
    shape : tuple of int
        The lengths of the axes.
    lanes : bool
        True if the last axis is that of the samples.
    out : Access
        The places to which it writes.
    text : str
        The operation, with places for its inputs.
    inputs : tuple of (Access or float)
        What it reads.
    step : int
        The number of the plan that it is a part of: scratch arrays last until the end of a plan.
    start : str
        For a reduction, along the axes on which ``out`` has step 0, the number with which it begins: ``text`` combines
        what is there with a term of the inputs. Empty for any other statement.
    term : str
        The term of a reduction, with places for the inputs.
    """

    shape: Shape
    lanes: bool
    out: Access
    text: str
    inputs: tuple[Access | float, ...]
    step: int
    start: str = ""
    term: str = "{}"


class Statements:
    """Turns calls into statements.

    Parameters
    ----------
    memory : Memory
        Finds the places of arrays.
    samples : int or None
        The number of samples.
    """

    def __init__(self, memory: Memory, samples: int | None) -> None:
        self.memory, self.samples = memory, samples

    def of(self, call: Any, step: int) -> list[Statement] | None:
        """Return a call as statements; ``None`` if it has to stay a call."""
        reduced = self._reduction(call, step)
        if reduced is not None:
            return _unrolled(reduced)
        parts = _parts(call)
        if parts is None:
            return None
        shape, text, out, inputs = parts
        lanes = bool(self.samples is not None and self.samples > 1 and shape and shape[-1] == self.samples)
        accesses: list[Any] = []
        for x in (out, *inputs):
            found = self._access(x, shape)
            if found is None:
                return None
            accesses.append(found)
        if lanes:
            lanes = all(self._is_lane(x) for x in accesses if isinstance(x, Access))
            lanes = lanes and accesses[0].steps[-1] == 1
        return _unrolled(Statement(shape, lanes, accesses[0], text, tuple(accesses[1:]), step))

    def _reduction(self, call: Any, step: int) -> Statement | None:
        """Return a call that sums numbers, or finds extremes or products, as a statement; ``None`` for other calls."""
        found = _reduced(call)
        if found is None:
            return None
        (text, start), term, xs, axes, out = found
        shape = np.broadcast_shapes(*(x.shape for x in xs))
        n = self.samples if self.samples is not None and self.samples > 1 else 0
        if isinstance(out, _Rows):
            places = [self._access(out, shape), *(self.memory.access(x, shape) for x in xs)]
        else:
            divided = [_divided(x, n) for x in xs] if n else [None]
            if n and shape[-1] != n and not shape[-1] % n and all(x is not None for x in divided):
                xs, axes = divided, (*axes, *([len(shape)] if len(shape) - 1 in axes else []))
                shape = (*shape[:-1], shape[-1] // n, n)
            kept = [1 if k in axes else length for k, length in enumerate(shape)]
            if not out.flags.c_contiguous or out.size != math.prod(kept):
                return None
            places = [self.memory.access(x, shape) for x in (out.reshape(kept), *xs)]
        if any(place is None for place in places):
            return None
        known: list[Any] = places
        lanes = bool(n and shape[-1] == n and all(map(self._is_lane, known)) and any(x.steps[-1] for x in known[1:]))
        return Statement(shape, lanes, known[0], text, tuple(known[1:]), step, start, term)

    def _access(self, x: Any, shape: Shape) -> Access | float | None:
        if isinstance(x, _Rows):
            row = math.prod(x.array.shape[1:])
            inner = self.memory.access(x.array[:1], (1, *shape[1:]))
            if inner is None or not x.array.flags.c_contiguous:
                return None
            return _rows_of(inner, row, x.rows.tolist())
        if not isinstance(x, np.ndarray):
            return float(x)
        return self.memory.access(x, shape)

    def _is_lane(self, x: Access) -> bool:
        """True if the numbers of all samples are neighbours, and the first is at a multiple of their number."""
        if not x.moves(-1):
            return True
        n = self.samples or 1
        return x.steps[-1] == 1 and not any(k % n for k in (x.first, *x.steps[:-1], *x.table))


def _rows_of(first: Access, row: int, rows: list[int]) -> Access:
    """Return the access to rows of an array, from that to its first one, and the distance of neighbouring rows.

    Rows at equal distances need no table, and a table begins at its first row: so equal steps have equal accesses.
    """
    begin = rows[0] if rows else 0
    apart = rows[1] - begin if len(rows) > 1 else 0
    at = first._replace(first=first.first + begin * row)
    if apart > 0 and rows == list(range(begin, begin + apart * len(rows), apart)):
        return at._replace(steps=(apart * row, *first.steps[1:]))
    return at._replace(steps=(0, *first.steps[1:]), table=tuple((k - begin) * row for k in rows))


def _opened(call: Any) -> tuple[Any, tuple[Any, ...], dict[str, Any]]:
    """Return the function of a call, and its arguments by position and by name."""
    return (call.func, call.args, call.keywords) if isinstance(call, partial) else (call, (), {})


def factors_of(call: Any) -> tuple[Array, Array, Array] | None:
    """Return the factors and the result of a product of two matrices; ``None`` for any other call."""
    function, arguments, options = _opened(call)
    of = getattr(function, "__self__", None)
    if function is np.matmul:
        found = (*arguments[:2], options["out"] if options else arguments[2])
    elif getattr(function, "__name__", "") == "dot" and isinstance(of, np.ndarray):
        found = (of, *arguments)
    else:
        return None
    return found if all(x.ndim == 2 for x in found) else None


def _divided(x: Array, n: int) -> Array | None:
    """Return an array with the samples as an axis of their own, if that is a view of it."""
    if x.shape[-1] == 1:
        return x[..., None]
    if x.shape[-1] % n:
        return None
    divided = x.reshape(*x.shape[:-1], x.shape[-1] // n, n)
    return divided if np.may_share_memory(divided, x) else None


Reduced = tuple[tuple[str, str], str, list[Any], tuple[int, ...], Any]


def _reduced(call: Any) -> Reduced | None:
    """Return the text and start of a reduction, its term and operands, the axes, and where the results go."""
    function, arguments, options = _opened(call)
    name, of = getattr(function, "__name__", ""), getattr(function, "__self__", None)
    if name == "reduce" and of in REDUCED:
        x = arguments[0]  # and if they are given by position, the axis, the dtype and the array of results
        axis, out = arguments[1::2] if len(arguments) == 4 else (options["axis"], options["out"])
        axes = axis if isinstance(axis, tuple) else (axis,)
        return REDUCED[of], "{}", [x], tuple(k % x.ndim for k in axes), out
    if name == "reduceat" and of is np.add and options["axis"] == 0:
        x, begins = arguments
        rows = np.repeat(np.arange(len(begins)), np.diff(begins, append=len(x)))
        return REDUCED[np.add], "{}", [x], (), _Rows(options["out"], rows)
    if function is sums_of:
        return ("{} + {}", "0.0"), "{}", [arguments[1]], (), _Rows(options["out"], arguments[0])
    factors = factors_of(call)
    if factors is not None:
        return _products(*factors)
    if name == "dot" and isinstance(of, np.ndarray):
        return _total(of, *arguments)
    if function is np.einsum:
        spelled, *xs = arguments
        (first, second), result = spelled.partition("->")[0].split(","), spelled.partition("->")[2]
        if first == second:
            axes = tuple(k for k, letter in enumerate(first) if letter not in result)
            return REDUCED[np.add], "{} * {}", xs, axes, options["out"]
    return None


def _total(x: Array, y: Array, out: Array) -> Reduced | None:
    """Return a product of a vector with itself, or with a vector of one number everywhere, as a sum."""
    if x is y:
        return REDUCED[np.add], "{} * {}", [x, y], (0,), out
    for vector, other, axis in ((x, y, 0), (y, x, x.ndim - 1)):
        if vector.ndim == 1 and vector.size and np.isfinite(vector[0]) and (vector == vector[0]).all():
            factor = float(vector[0])
            return REDUCED[np.add], "{}" if factor == 1 else f"{{}} * ({factor!r})", [other], (axis,), out
    return None


def _products(x: Array, y: Array, out: Array) -> Reduced | None:
    """Return a product of matrices as sums of few products."""
    if not 1 < x.shape[1] <= TERMS:
        return None
    return REDUCED[np.add], "{} * {}", [x[:, :, None], y[None]], (1,), out


class _Rows(NamedTuple):
    """Some rows of an array."""

    array: Array
    rows: Array


Parts = tuple[Shape, str, Any, list[Any]]


def _parts(call: Any) -> Parts | None:
    """Return the shape, the text, the array to write to and the inputs of a call; ``None`` if it is of another kind."""
    function, arguments, options = _opened(call)
    named = _NAMED.get(function)
    if named is not None:
        return named(*arguments, **options)
    factors = factors_of(call)
    if factors is not None and factors[0].shape[1] == 1:
        return factors[2].shape, "{} * {}", factors[2], list(factors[:2])
    if function is into:
        function, arguments = arguments[0], arguments[1:]
    elif isinstance(function, np.ufunc):
        arguments, options = arguments[: function.nin], {"out": (*arguments, options.get("out"))[function.nin]}
    elif getattr(function, "__name__", "") == "fill" and isinstance(function.__self__, np.ndarray):
        return function.__self__.shape, "{}", function.__self__, [float(arguments[0])]
    text = text_of(function)
    out = options.get("out")
    if text is None or not isinstance(out, np.ndarray):
        return None
    return out.shape, text, out, list(arguments)


def _a_copy(out: Array, x: Any) -> Parts:
    return out.shape, "{}", out, [x]


def _taken(x: Array, rows: Array, *, out: Array, **_: Any) -> Parts | None:
    return (out.shape, "{}", out, [_Rows(x, rows)]) if len(rows) else None


def _at_rows(text: str, adds: bool) -> Callable[..., Parts]:
    """Return the parts of a call that writes some rows of an array of adjoints, or adds to them."""

    def parts(adjoints: Array, rows: Any, x: Any) -> Parts:
        if isinstance(rows, slice):
            out: Any = adjoints[rows]
            shape = out.shape
        else:
            out, shape = _Rows(adjoints, rows), (len(rows), *adjoints.shape[1:])
        return shape, text, out, [out, x] if adds else [x]

    return parts


_NAMED: dict[Any, Callable[..., Parts | None]] = {
    np.copyto: _a_copy,
    copied: lambda x, *, out: _a_copy(out, x),
    np.take: _taken,
    put: _at_rows("{}", adds=False),
    put_negative: _at_rows("-{}", adds=False),
    add_at: _at_rows("{} + {}", adds=True),
    subtract_at: _at_rows("{} - {}", adds=True),
}


def _unrolled(whole: Statement) -> list[Statement]:
    """Return a statement with few rows as one statement for each row, and any other one along fewer, longer axes."""
    outer = whole.shape[:-1] if whole.lanes else whole.shape
    inner = whole.shape[len(outer) :]
    if math.prod(outer) > (UNROLLED if whole.lanes else FEW):
        return [_merged(whole, len(outer))]
    if whole.start and inner and not whole.out.steps[-1]:
        if any(not whole.out.moves(k) for k in range(len(outer))):
            return [_merged(whole, len(outer))]
        return [
            whole._replace(shape=inner, out=whole.out.at(index), inputs=_at(whole.inputs, index))
            for index in np.ndindex(*outer)
        ]
    found: list[Statement] = []
    begun: set[Access] = set()
    for index in np.ndindex(*outer):
        inputs = _at(whole.inputs, index)
        each = whole._replace(shape=inner, out=whole.out.at(index), inputs=inputs)
        if whole.start:
            each = term_of(whole, each, each.out in begun)
            begun.add(each.out)
        found.append(each)
    return found


def term_of(whole: Statement, each: Statement, further: bool) -> Statement:
    """Return a term of a reduction of few terms as a statement: the first one, or one that is added to those before."""
    if not further:
        return each._replace(start="", text=whole.term)
    return each._replace(start="", text=_combined(whole), inputs=(each.out, *each.inputs))


def _at(inputs: tuple[Access | float, ...], index: tuple[int, ...]) -> tuple[Access | float, ...]:
    return tuple(x.at(index) if isinstance(x, Access) else x for x in inputs)


def _combined(whole: Statement) -> str:
    """Return the text that combines a result so far, the first input, with a term of the others."""
    numbered = whole.text.replace("{}", "{0}", 1).replace("{}", "{1}", 1)
    term = whole.term.replace("{}", "{1}", 1).replace("{}", "{2}", 1)
    return numbered if term == "{1}" else numbered.replace("{1}", term)


def _merged(whole: Statement, outer: int) -> Statement:
    """Merge neighbouring axes along which all arrays advance as along one axis, and drop those of length 1."""
    accesses = [whole.out, *(x for x in whole.inputs if isinstance(x, Access))]
    lengths: list[int] = []
    steps: list[list[int]] = [[] for _ in accesses]
    for k in range(outer):
        length = whole.shape[k]
        if length == 1 and not (k == 0 and any(x.table for x in accesses)):
            continue
        alike = bool(lengths) and all(
            not (x.table and len(lengths) == 1) and so_far[-1] == x.steps[k] * length
            for x, so_far in zip(accesses, steps, strict=True)
        )
        for x, so_far in zip(accesses, steps, strict=True):
            if alike:
                so_far.pop()
            so_far.append(x.steps[k])
        if alike:
            lengths[-1] *= length
        else:
            lengths.append(length)
    rest = whole.shape[outer:]
    made = iter([x._replace(steps=(*so_far, *x.steps[outer:])) for x, so_far in zip(accesses, steps, strict=True)])
    return whole._replace(
        shape=(*lengths, *rest),
        out=next(made),
        inputs=tuple(next(made) if isinstance(x, Access) else x for x in whole.inputs),
    )
