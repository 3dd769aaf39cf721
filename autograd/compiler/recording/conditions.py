"""Comparisons of values in a function that is being recorded: their results are values 1.0 or 0.0, with a record.

    x > 0          less(0, x)
    x <= y         less(x, y) + equal(x, y)           never both
    x != y         1 - equal(x, y)                    so that nan differs from itself
    bool(x)        1 - equal(x, 0)

A comparison that is used as a value, as in ``where(x > 0, a, b)``, is part of the program. When Python converts it to a
bool, in an ``if``, a ``while``, ``and``, ``min()`` or ``sorted()``, control flow depends on it, and the tracer adds a
guard.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NoReturn, cast

import numpy as np

from ...core import ops
from ...core.modes import mode_here
from ...core.table import Primitive
from ...core.tape import Node, record
from ...core.value import Value, compute
from ...errors import InputTypeError
from ...functions.piecewise import where
from ...text.names import quoted
from ...text.numbers import constant_text

__all__ = ["Condition", "compared"]

Operand = tuple["Node | None", float]  # a node, None for a constant; and its number

NOTHING: Operand = (None, 0.0)
ONE: Operand = (None, 1.0)
INFINITY: Operand = (None, math.inf)
NAN: Operand = (None, math.nan)


class Condition(Value):
    """A truth value that is recorded as a number: 1.0 or 0.0.

    Attributes
    ----------
    asked : tuple
        The comparison, then for each side the node, or ``None`` for a constant, and the number. For a combination of
        conditions ``"and"``, ``"or"``, ``"xor"`` or ``"not"``, then the conditions.
    """

    __slots__ = ("asked",)
    asked: tuple[Any, ...]

    @property
    def key(self) -> tuple[Any, ...]:
        """A key that identifies the condition while it lives."""
        return tuple(id(part) if isinstance(part, Node) else part for part in self.asked)

    @property
    def question(self) -> str:
        """The condition as a person writes it: ``x > 0``. A value without a name is written as its operation."""
        return _written(self)

    def __bool__(self) -> bool:
        answer = bool(self._data)
        tracer = mode_here().tracer
        if tracer is not None:
            tracer.asks(self, answer)
        return answer

    def __eq__(self, other: Any) -> Any:
        if isinstance(other, bool) and mode_here().tracer is not None:
            return self if other else _opposite(self)
        return super().__eq__(other)

    def __hash__(self) -> int:  # to look up a condition in a dict of True and False is a test, too
        return hash(bool(self))

    def __int__(self) -> int:
        return int(bool(self))

    def __index__(self) -> int:
        return int(bool(self))

    def __float__(self) -> float:
        return float(bool(self))

    def item(self) -> bool:  # comparisons by numpy have this method
        """The answer, as a bool."""
        return bool(self)

    def __and__(self, other: Any) -> Any:
        return _combined("and", ops.MUL, self, other)

    def __or__(self, other: Any) -> Any:
        return _combined("or", ops.MAXIMUM, self, other)

    def __xor__(self, other: Any) -> Any:
        return _combined("xor", ops.EQUAL, self, other)

    __rand__, __ror__, __rxor__ = __and__, __or__, __xor__

    def __invert__(self) -> NoReturn:
        raise InputTypeError(
            f"~({self.question}) is not the opposite: Python's ~True is -2; write `not` where Python "
            "branches on it, and numpy.logical_not(…) where it is used as a value"
        )

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **options: Any) -> Any:
        """``np.logical_and(x > 0, y > 0)`` and its kind are conditions; an array of numbers uses the answer."""
        arrays = [np.asarray(x) for x in inputs if not isinstance(x, Node)]
        if any(x.ndim and x.dtype != object for x in arrays):
            return getattr(ufunc, method)(*(bool(x) if isinstance(x, Condition) else x for x in inputs), **options)
        if method == "__call__" and not options and ufunc in _LOGICAL:
            return _LOGICAL[ufunc](*inputs)
        return super().__array_ufunc__(ufunc, method, *inputs, **options)

    def __array_function__(self, function: Any, _: Any, args: Any, options: Any) -> Any:
        """``np.where(x > 0, a, b)`` chooses for each sample; other functions of arrays use the answer."""
        if function is np.where and len(args) == 3 and not any(isinstance(x, (list, tuple)) for x in args):
            return where(*args)
        return np.empty(0).__array_function__(function, (np.ndarray,), args, options)


# --- Making -----------------------------------------------------------------------------------------------------------


def _recorded(op: Primitive, *operands: Operand, kind: type[Value] = Condition) -> Operand:
    numbers = [x for _, x in operands]
    data = compute(op, *numbers)
    return record(kind, op, [node for node, _ in operands], numbers, data), data


def _value(op: Primitive, *operands: Operand) -> Operand:
    return _recorded(op, *operands, kind=Value)


def _less(x: Operand, y: Operand) -> Operand:
    return _recorded(ops.LESS, x, y)


def _equal(x: Operand, y: Operand) -> Operand:
    return _recorded(ops.EQUAL, x, y)


def _not(x: Operand) -> Operand:
    return _recorded(ops.SUB, ONE, x)


def _at_most(x: Operand, y: Operand) -> Operand:
    return _recorded(ops.ADD, _less(x, y), _equal(x, y))


_RULES: dict[str, Callable[[Operand, Operand], Operand]] = {
    "<": _less,
    "<=": _at_most,
    ">": lambda x, y: _less(y, x),
    ">=": lambda x, y: _at_most(y, x),
    "==": _equal,
    "!=": lambda x, y: _not(_equal(x, y)),
    "bool": lambda x, _: _not(_equal(x, NOTHING)),
    "isnan": lambda x, _: _not(_equal(x, x)),
    "isinf": lambda x, _: _equal(_value(ops.ABS, x), INFINITY),
    "isfinite": lambda x, _: _less(_value(ops.ABS, x), INFINITY),
    "signbit": lambda x, _: _less(NOTHING, _value(ops.ATAN2, NOTHING, x)),  # π for negative numbers and -0.0
}
_MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}


def compared(comparison: str, left: Node | None, x: Any, right: Node | None = None, y: Any = None) -> Condition:
    """Record a comparison of which at least one side is a value."""
    asked = (comparison, left, x, right, y)
    if left is None:  # a constant goes to the right side
        comparison, left, x, right, y = _MIRRORED[comparison], right, y, left, x
    if right is None and y is not None:
        y = _as_float(comparison, y)
    return _asks(asked, _RULES[comparison]((left, x), (right, y)))


def _as_float(comparison: str, constant: float) -> float:
    """Return a float that compares to every float as a constant does, which may be an integer between two floats."""
    try:
        near = float(constant)
    except OverflowError:
        near = math.inf if constant > 0 else -math.inf
    if near == constant or near != near:
        return near
    if comparison in ("==", "!="):
        return math.nan
    if comparison in ("<", ">="):
        return near if near > constant else math.nextafter(near, math.inf)
    return near if near < constant else math.nextafter(near, -math.inf)


def _combined(word: str, op: Primitive, x: Any, y: Any) -> Any:
    """Combine two truth values; return ``NotImplemented`` if one of them is something else."""
    operands = [(x, x._data) if isinstance(x, Condition) else (None, float(x)) for x in (x, y) if _is_truth(x)]
    if len(operands) < 2:
        return NotImplemented
    made = _recorded(op, *operands)
    return _asks((word, x, None, y, None), _not(made) if word == "xor" else made)


def _asks(question: tuple[Any, ...], made: Operand) -> Condition:
    condition = cast(Condition, made[0])
    condition.asked = question
    return condition


def _is_truth(x: Any) -> bool:
    return isinstance(x, (Condition, bool, np.bool_))


def _logical(word: str, op: Primitive) -> Callable[[Any, Any], Any]:
    """Return a function that combines two truth values; like numpy, it takes any number as a truth value."""

    def of_two(x: Any, y: Any) -> Any:
        return _combined(word, op, *(each if isinstance(each, Condition) else bool(each) for each in (x, y)))

    return of_two


def _opposite(x: Any) -> Condition:
    return _asks(("not", x, None, None, None), _not((x, x._data)))


_LOGICAL: dict[np.ufunc, Callable[..., Any]] = {
    np.logical_and: _logical("and", ops.MUL),
    np.logical_or: _logical("or", ops.MAXIMUM),
    np.logical_xor: _logical("xor", ops.EQUAL),
    np.logical_not: _opposite,
    np.bitwise_and: Condition.__and__,
    np.bitwise_or: Condition.__or__,
    np.bitwise_xor: Condition.__xor__,
}


# --- Writing ----------------------------------------------------------------------------------------------------------

DEEP, LONG = 3, 60  # the most nested conditions, and characters, that are written out


def _written(condition: Condition, deep: int = 0) -> str:
    word, left, x, right, y = condition.asked
    if word in ("and", "or", "xor", "not"):
        parts = [_part(part, deep + 1) for part in (left, right) if part is not None]
        return f"not {parts[0]}" if word == "not" else f" {word} ".join(parts)
    sides = _side(left, x), _side(right, y)
    return f" {word} ".join(sides) if word in _MIRRORED else f"{word}({sides[0]})"


def _part(part: Any, deep: int) -> str:
    if not isinstance(part, Condition):
        return str(bool(part))
    return f"({_written(part, deep)})" if deep < DEEP else "(…)"


def _name(node: Node) -> str:
    return quoted(node.known_as) if node.known_as else "…"


def _side(node: Node | None, number: Any) -> str:
    if node is None:
        return "" if number is None else constant_text(number)
    if node.known_as or node._op is None:
        return _name(node)
    op, numbers = node._op, node.numbers()
    names = [
        op.spelled(k, numbers, constant_text) if each is None else _name(each)
        for k, each in enumerate(node.arguments())
    ]
    text = op.write(names)
    return text if len(text) <= LONG else f"{text[:LONG]}…"
