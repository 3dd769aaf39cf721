"""Where a stepper stops: at a value, an operation, a change, or a condition on the numbers of a step.

"n"               n's turn: its gradient is complete, and is handed on
"tanh", "*"       every step of that operation
"|grad| > 1"      every step that completes such a gradient
"the first nan"   the step in which a nan arises from numbers that are none
"watch x"         every step that changes x's gradient
a function        every step of which it is true
"""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Iterable, MutableSequence
from typing import Any, NamedTuple, overload

import numpy as np

from ..core.table import Primitive
from ..core.tape import Node
from ..errors import InputTypeError, InputValueError
from ..programs.entry import Entry
from ..programs.listing import Program
from ..programs.lookup import _hint, entry_of, operations
from .records import Step

__all__ = ["Breakpoints", "Stop", "stop_at"]

Test = Callable[[Step], Any]


class Stop(NamedTuple):
    """Where to stop.

    Attributes
    ----------
    text : str
        What it is, for people.
    met : callable
        Whether to stop after a step.
    entry : Entry or None
        Whose turn it is, if it is a value's.
    """

    text: str
    met: Test
    entry: Entry | None = None


class Breakpoints(MutableSequence[str]):
    """A list of where to stop; what is added to it is read at once, and shown as text.

    Examples
    --------
    >>> from autograd import Value, program
    >>> x = Value(3.0, name="x")
    >>> breakpoints = Breakpoints(program(x * x))
    >>> breakpoints.append(x)
    >>> breakpoints.append("|grad|>1")
    >>> breakpoints
    ['x', '|grad| > 1']
    """

    def __init__(self, program: Program, forward: bool = False) -> None:
        self._program = program
        self._forward = forward
        self.stops: list[Stop] = []

    def read(self, given: Any) -> Stop:
        """What is given, as a `Stop`."""
        return stop_at(given, self._program, self._forward)

    def insert(self, index: int, given: Any) -> None:
        self.stops.insert(index, self.read(given))

    def remove(self, given: Any) -> None:
        text = self.read(given).text
        if text not in self:
            raise InputValueError(f"there is no break point {text!r}; there are {list(self)}")
        del self[list(self).index(text)]

    @overload
    def __getitem__(self, index: int) -> str: ...
    @overload
    def __getitem__(self, index: slice) -> MutableSequence[str]: ...
    def __getitem__(self, index: int | slice) -> str | MutableSequence[str]:
        chosen = self.stops[index]
        return [stop.text for stop in chosen] if isinstance(chosen, list) else chosen.text

    @overload
    def __setitem__(self, index: int, given: Any) -> None: ...
    @overload
    def __setitem__(self, index: slice, given: Iterable[Any]) -> None: ...
    def __setitem__(self, index: int | slice, given: Any) -> None:
        if isinstance(index, slice):
            self.stops[index] = [self.read(each) for each in given]
        else:
            self.stops[index] = self.read(given)

    def __delitem__(self, index: int | slice) -> None:
        del self.stops[index]

    def __len__(self) -> int:
        return len(self.stops)

    def __repr__(self) -> str:
        return repr(list(self))


def stop_at(given: Any, program: Program, forward: bool = False) -> Stop:
    """What is given, read as a place to stop.

    Raises
    ------
    InputTypeError, InputValueError
        If it cannot be read, or cannot come about in such a pass.
    """
    if isinstance(given, Node):
        return _turn(entry_of(given, program), forward)
    if isinstance(given, Primitive):
        return Stop(given.name, lambda step: step.entry.op is given)
    if isinstance(given, str):
        return _text(given.strip(), program, forward)
    if callable(given):
        return Stop(f"the condition {getattr(given, '__name__', given)}", given)
    raise InputTypeError(
        f"a place to stop is a value, a name, an operation, a condition or a function of a step, "
        f"not {type(given).__name__} {given!r:.60}"
    )


def _text(given: str, program: Program, forward: bool) -> Stop:
    if any(given in (entry.label, entry.node.known_as) for entry in program):
        return _turn(entry_of(given, program), forward)
    watched = re.fullmatch(r"watch\s+(.+)", given)
    if watched:
        return _change(entry_of(watched[1], program), forward)
    ops = {op for op in operations(program) if given in _names(op)}
    if ops:
        return Stop(given, lambda step: step.entry.op in ops)
    condition = _condition(given, forward)
    if condition is not None:
        return condition
    raise InputValueError(
        f'{given!r} is neither a value nor an operation ("tanh", "*") of this program, nor a condition '
        f'("the first nan", "|grad| > 1"); {_hint(given, program)}'
    )


def _names(op: Primitive) -> set[str]:
    """How an operation is called: its name, and its sign if it has one."""
    sign = op.write([""] * (op.arity or 1)).strip()
    return {op.name, sign} if sign and not re.search(r"[\w(]", sign) else {op.name}


def _turn(entry: Entry, forward: bool) -> Stop:
    """The step of a computed value; a leaf, which has none, is where its gradient is complete."""
    if entry.op is not None:
        return Stop(entry.label, lambda step: step.entry is entry, entry)
    if forward:
        raise InputValueError(f"{entry.label} is a leaf: it is there before the first step of a forward pass")
    complete: Test = lambda step: any(part.entry.node is entry.node and part.complete for part in step.parts)
    return Stop(entry.label, complete, entry)


def _change(entry: Entry, forward: bool) -> Stop:
    if forward:
        raise InputValueError(f"there are no gradients to watch in a forward pass: that of {entry.label} is not formed")
    return Stop(
        f"watch {entry.label}",
        lambda step: any(part.entry.node is entry.node and _differ(part.before, part.after) for part in step.parts),
    )


def _differ(x: Any, y: Any) -> bool:
    return any(a != b and not (math.isnan(a) and math.isnan(b)) for a, b in zip(_each(x), _each(y), strict=True))


def _each(x: Any) -> list[float]:
    """A number, or the numbers of an array."""
    return [x] if type(x) is float else np.ravel(x).tolist()


# --- Conditions -------------------------------------------------------------------------------------------------------

COMPARISONS = {
    ">": operator.gt,
    "<": operator.lt,
    ">=": operator.ge,
    "<=": operator.le,
    "==": operator.eq,
    "!=": operator.ne,
    "≥": operator.ge,
    "≤": operator.le,
    "=": operator.eq,
    "≠": operator.ne,
}


def _condition(given: str, forward: bool) -> Stop | None:
    """A condition in words, or ``None`` where it is none."""
    odd = re.fullmatch(r"(?:the )?(?:first )?(nan|inf)", given)
    if odd:
        is_odd = math.isnan if odd[1] == "nan" else math.isinf
        return Stop(f"the first {odd[1]}", lambda step: _arises(is_odd, step))
    found = re.fullmatch(r"(\|?)\s*(grad|value)\s*(\|?)\s*([<>=!]=?|[≥≤≠])\s*(\S+)", given)
    if found is None or found[1] != found[3] or found[4] not in COMPARISONS:
        return None
    bar, quantity, _, sign, text = found.groups()
    try:
        number = float(text)
    except ValueError:
        return None
    if forward and quantity == "grad":
        raise InputValueError(f"a forward pass has no gradients; say value instead of grad in {given!r}")
    compare, size = COMPARISONS[sign], abs if bar else float
    numbers = _gradients if quantity == "grad" else _values
    return Stop(
        f"{bar}{quantity}{bar} {sign} {text}", lambda step: any(compare(size(x), number) for x in numbers(step))
    )


def _values(step: Step) -> list[float]:
    return _each(step.entry.value)


def _gradients(step: Step) -> list[float]:
    """The gradients that this step completes."""
    given = _each(step.upstream) if step.k == 0 and step.upstream is not None else []
    return given + [x for part in step.parts if part.complete for x in _each(part.after)]


def _arises(is_odd_number: Callable[[float], bool], step: Step) -> bool:
    """Whether such a number is what the step gives, and not what it was given."""
    is_odd: Callable[[Any], bool] = lambda x: any(map(is_odd_number, _each(x)))
    if step.upstream is None:
        computed = [x.value for x in step.entry.inputs if isinstance(x, Entry) and x.op is not None]
        return is_odd(step.entry.value) and not any(map(is_odd, computed))
    if is_odd(step.upstream):
        return step.k == 0
    return any(is_odd(part.after) and not is_odd(part.before) for part in step.parts)
