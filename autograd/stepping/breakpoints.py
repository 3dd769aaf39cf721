"""The places at which a stepper stops: a value, an operation, a change, or a condition on the numbers of a step.

"n"               the step of n: its gradient is complete, and is propagated
"tanh", "*"       every step of that operation
"|grad| > 1"      every step that completes such a gradient
"the first nan"   the step in which a nan arises from numbers that are not nan
"watch x"         every step that changes the gradient of x
a function        every step for which it returns something true
"""

from __future__ import annotations

import inspect
import math
import operator
import re
from collections.abc import Callable, Iterable, MutableSequence
from typing import Any, NamedTuple, overload

import numpy as np

from ..core.numbers import whole
from ..core.table import Primitive
from ..core.tape import Node
from ..errors import InputTypeError, InputValueError, described, shortened
from ..programs.entry import Entry
from ..programs.listing import Program
from ..programs.lookup import hint, matching, operations
from ..text.layout import chosen, listed
from .records import Step
from .writing import in_a_sentence

__all__ = ["Breakpoints", "Stop", "change_of", "stop_at"]

Test = Callable[[Step], Any]


class Stop(NamedTuple):
    """A place to stop.

    Attributes
    ----------
    text : str
        The place, for people.
    met : callable
        Given a step, returns something true if the pass is to stop after it.
    entry : Entry or None
        The entry, if the place is the step of a value.
    """

    text: str
    met: Test
    entry: Entry | None = None


class Breakpoints(MutableSequence[str]):
    """A list of places to stop. A place is read when it is added, and shown as text.

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
        """Return what is given as a `Stop`; see `stop_at`."""
        return stop_at(given, self._program, self._forward)

    def insert(self, index: int, given: Any) -> None:
        place, count = whole(index, "the index of a break point", least=None), len(self)
        self.stops.insert(max(-count, min(place, count)), self.read(given))

    def extend(self, several: Iterable[Any]) -> None:
        self.stops += self._each(several)

    def index(self, given: Any, start: int = 0, stop: int | None = None) -> int:
        text = self.read(given).text
        for k in range(*slice(start, stop).indices(len(self))):
            if self.stops[k].text == text:
                return k
        raise InputValueError(f"there is no break point {shortened(text, 60)}; there are {shortened(list(self), 200)}")

    def remove(self, given: Any) -> None:
        del self.stops[self.index(given)]

    @overload
    def __getitem__(self, index: int) -> str: ...
    @overload
    def __getitem__(self, index: slice) -> MutableSequence[str]: ...
    def __getitem__(self, index: int | slice) -> str | MutableSequence[str]:
        places = chosen(index, len(self))
        return self.stops[places].text if isinstance(places, int) else [self.stops[k].text for k in places]

    @overload
    def __setitem__(self, index: int, given: Any) -> None: ...
    @overload
    def __setitem__(self, index: slice, given: Iterable[Any]) -> None: ...
    def __setitem__(self, index: int | slice, given: Any) -> None:
        places = chosen(index, len(self))
        if isinstance(places, int):
            self.stops[places] = self.read(given)
            return
        stops = self._each(given)
        if places.step != 1 and len(stops) != len(places):
            raise InputValueError(f"{len(places)} break points are replaced by as many, not by {len(stops)}")
        self.stops[index] = stops  # type: ignore[index]

    def __delitem__(self, index: int | slice) -> None:
        chosen(index, len(self))
        del self.stops[index]

    def __len__(self) -> int:
        return len(self.stops)

    def __repr__(self) -> str:
        return repr(list(self))

    def _each(self, several: Any) -> list[Stop]:
        if isinstance(several, (str, bytes, Node)) or not np.iterable(several):
            raise InputTypeError(f"several break points are given in a list, not as {described(several)}")
        return [self.read(each) for each in several]


def stop_at(given: Any, program: Program, forward: bool = False) -> Stop:
    """Return what is given as a place to stop.

    Raises
    ------
    InputTypeError, InputValueError
        If it cannot be read, or cannot occur in such a pass.
    """
    if isinstance(given, Node):
        return _step_of(program.find(given), forward)
    if isinstance(given, Primitive):
        if given not in operations(program):
            names = listed(sorted(op.name for op in operations(program))) or "none"
            raise InputValueError(f"{given.name} is no operation of this program; its operations are: {names}")
        return Stop(given.name, lambda step: step.entry.op is given)
    if isinstance(given, str):
        return _text(given, program, forward)
    if callable(given) and not isinstance(given, type):
        return _function(given)
    raise InputTypeError(
        f"a place to stop is a value, a name, an operation, a condition or a function of a step, not {described(given)}"
    )


def _function(given: Callable[[Step], Any]) -> Stop:
    name = shortened(getattr(given, "__name__", given)).strip("'")
    try:
        inspect.signature(given).bind(None)
    except TypeError:
        raise InputTypeError(f"a condition is a function of a step, and {name} does not take one argument") from None
    except ValueError:  # a builtin that does not say what it takes
        pass

    def met(step: Step) -> bool:
        answer = given(step)
        if isinstance(answer, np.ndarray) and answer.size != 1:
            raise InputValueError(f"the condition {name} gave {described(answer)}; reduce it with .any() or .all()")
        return bool(answer)

    return Stop(f"the condition {name}", met)


def _text(given: str, program: Program, forward: bool) -> Stop:
    for name in (given, given.strip()):
        if matching(program, name):
            return _step_of(program.find(name), forward)
    given = given.strip()
    watched = re.fullmatch(r"watch\s+(.+)", given, re.DOTALL)
    if watched:
        return change_of(program.find(watched[1]), forward)
    ops = {op for op in operations(program) if given in _names(op)}
    if ops:
        return Stop(given, lambda step: step.entry.op in ops)
    condition = _condition(given, forward)
    if condition is not None:
        return condition
    raise InputValueError(
        f'{shortened(given, 60)} is neither a value nor an operation ("tanh", "*") of this program, nor a condition '
        f'("the first nan", "|grad| > 1"); {hint(given, program)}'
    )


def _names(op: Primitive) -> set[str]:
    """The name of an operation, and its sign if it has one."""
    sign = op.write([""] * (op.arity or 1)).strip()
    return {op.name, sign} if sign and not re.search(r"[\w(]", sign) else {op.name}


def _step_of(entry: Entry, forward: bool) -> Stop:
    """The step of a computed value; for a leaf, which has none, the step that completes its gradient."""
    if entry.op is not None:
        return Stop(entry.label, lambda step: step.entry is entry, entry)
    if forward:
        name = in_a_sentence(entry)
        raise InputValueError(f"{name} is a leaf: it is there before the first step of a forward pass")
    complete: Test = lambda step: any(part.entry.node is entry.node and part.complete for part in step.parts)
    return Stop(entry.label, complete, entry)


def change_of(entry: Entry, forward: bool) -> Stop:
    """The steps that change the gradient of an entry."""
    if forward:
        name = in_a_sentence(entry)
        raise InputValueError(f"there are no gradients to watch in a forward pass: that of {name} is not formed")
    return Stop(
        f"watch {entry.label}",
        lambda step: any(part.entry.node is entry.node and _differ(part.before, part.after) for part in step.parts),
    )


def _differ(x: Any, y: Any) -> bool:
    return any(a != b and not (math.isnan(a) and math.isnan(b)) for a, b in zip(_each(x), _each(y), strict=True))


def _each(x: Any) -> list[float]:
    """A number as a list of one, or the numbers of an array."""
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
    """A condition in words, or ``None`` if the text is none."""
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
        raise InputValueError(f"a forward pass has no gradients; say value instead of grad in {shortened(given, 60)}")
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
    """Return True if the step gives such a number, and none of its operands is one."""
    is_odd: Callable[[Any], bool] = lambda x: any(map(is_odd_number, _each(x)))
    if step.upstream is None:
        computed = [x.value for x in step.entry.inputs if isinstance(x, Entry) and x.op is not None]
        return is_odd(step.entry.value) and not any(map(is_odd, computed))
    if is_odd(step.upstream):
        return step.k == 0
    return any(is_odd(part.after) and not is_odd(part.before) for part in step.parts)
