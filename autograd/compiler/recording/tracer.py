"""One call of a function, recorded: its results, and what Python decided on the way, which is on no tape.

    def f(x):                       trace(f, [x], {}) with x = 2:
        if x > 0:                   guards    x > 0, answered True, asked in the second line
            return x * x            result    the value x * x
        return -x

A compiled program is right for as long as its guards are answered as they were: their conditions are recorded values,
so that the program can ask them of other numbers. What no program can ask again, a number that was read as ``.data``,
or drawn at random, is baked in; of that there are notices.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from ...core.context import Source, internal
from ...core.modes import InMode, Mode
from ...core.table import Primitive
from ...core.tape import Node, create, tick
from .conditions import Condition, compared
from .surroundings import Surroundings
from .wholes import Whole

__all__ = ["DETACH", "Guard", "Recording", "Tracer", "trace_call"]

# What is detached, or computed under no_grad, in a compiled function: computed anew at each call, and no gradient
# passes. It is no row of the table: nobody records it elsewhere.
DETACH = Primitive("detach", lambda _, x: x, lambda _, __, ___: (0,), selects=True)


class Guard(NamedTuple):
    """A question by which Python went one way.

    Attributes
    ----------
    condition : Value
        1.0 where the answer is yes, 0.0 where it is no.
    answer : bool
        The answer while recording.
    source : Source or None
        The line of the user's that asked.
    """

    condition: Condition
    answer: bool
    source: Source | None

    @property
    def question(self) -> str:
        """The question as a person writes it: ``x > 0``."""
        return self.condition.question


class Recording(NamedTuple):
    """What came of one call.

    Attributes
    ----------
    result : Any
        What the function returned.
    guards : list of Guard
        The questions, each once, in the order in which they were asked.
    notices : list of str
        What was baked in, as sentences.
    steering : list of Whole
        The whole numbers among the arguments that Python went by.
    surroundings : Surroundings
        What the function had from elsewhere.
    """

    result: Any
    guards: list[Guard]
    notices: list[str]
    steering: list[Whole]
    surroundings: Surroundings


class Tracer:
    """Follows Python's decisions during one call of a function; a mode has it as its ``tracer``."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.guards: list[Guard] = []
        self.steering: dict[int, Whole] = {}  # by their identity
        self._asked: set[tuple[Any, ...]] = set()
        self._noticed: dict[tuple[str, int], str] = {}
        self._began = tick()

    # --- Questions ----------------------------------------------------------------------------------------------------

    def compared(self, comparison: str, answer: bool, left: Any, x: Any, right: Any, y: Any) -> Any:
        """What a comparison gives: a condition. ``bool`` asks at once."""
        condition = compared(comparison, left, x, right, y)
        if comparison != "bool":
            return condition
        self.asks(condition, answer)
        return answer

    def answered(self, name: str, answer: Any, inputs: Sequence[Any]) -> Any:
        """What a question by one of numpy's functions gives: of an array, its answers, each of which is asked."""
        comparison = _COMPARISONS.get(name, name)
        if not isinstance(answer, np.ndarray):
            return compared(comparison, *_sides(inputs))
        for elements in np.broadcast(*(np.asarray(x, dtype=object) for x in inputs)):
            bool(compared(comparison, *_sides(elements)))
        return answer

    def asks(self, condition: Condition, answer: bool) -> None:
        """Python goes by a condition."""
        key = condition.key
        if key not in self._asked:
            self._asked.add(key)
            frame = _user(sys._getframe(2))
            source = None if frame is None else Source(frame.f_code, frame.f_lasti)
            self.guards.append(Guard(condition, answer, source))

    def steered(self, numbers: Iterable[Whole]) -> None:
        """Python goes by what was computed from these arguments."""
        self.steering.update((id(number), number) for number in numbers)

    # --- What is baked in ---------------------------------------------------------------------------------------------

    def read(self, node: Node) -> None:
        """Somebody reads a number: the caller of the property ``data``, or of ``item()``, which calls the mode."""
        reader: Any = sys._getframe(2)
        called = reader.f_code.co_name
        what = ".data" if called == "data" else f".{called}()"
        if reader.f_back.f_code.co_filename not in internal:
            self._notice(
                reader.f_back,
                f"{self.name} reads {what} at {{}} while it is recorded: the number is baked in, and other calls go on "
                "with it; compute with the value itself, or read the number outside and give it as an argument",
                unless=lambda: self._is_constant(node),
            )

    def swept(self, before: Callable[[Any, Any], None] | None, computed: Any, leaves: Any) -> None:
        """A backward pass is made; ``before`` is who else is told."""
        if before is not None:
            before(computed, leaves)
        self._notice(
            _user(sys._getframe(1)),
            f"{self.name} calls backward() at {{}} while it is recorded: other calls do not, and a gradient that is "
            "read is baked in; call backward() on what the compiled function returns",
        )

    def _notice(self, frame: Any, sentence: str, unless: Callable[[], bool] = lambda: False) -> None:
        """Once for each line."""
        place = ("", 0) if frame is None else (frame.f_code.co_filename, frame.f_lineno)
        if place not in self._noticed and not unless():
            self._noticed[place] = sentence.format(f"{place[0]}:{place[1]}")

    def notices(self, changed: Iterable[str], generators: Iterable[str]) -> list[str]:
        """All of them, with what the function has changed, and the random generators that it has drawn from."""
        return [
            *self._noticed.values(),
            *(
                f"{self.name} changes {what} while it is recorded: other calls do not run it, and leave {what} as it "
                "is; return what is to change"
                for what in changed
            ),
            *(
                f"{which} is drawn from while {self.name} is recorded: the random numbers are baked in, and other "
                "calls go on with them; draw outside, and give the numbers as arguments"
                for which in generators
            ),
        ]

    def _is_constant(self, node: Node) -> bool:
        """Whether the function made a value of plain numbers alone."""
        waiting, seen = [node], set()
        while waiting:
            found = waiting.pop()
            if found._number < self._began:
                return False
            if found._op is not None and id(found) not in seen:
                seen.add(id(found))
                waiting += [argument for argument in found.arguments() if argument is not None]
        return True

    # --- What sends no gradient ---------------------------------------------------------------------------------------

    def forget(self, node: Node) -> None:
        """Under ``no_grad``: the node becomes a detached one, and another has its record."""
        if node._op is not None:
            inner = create(type(node))
            for slot in Node.__slots__[1:]:
                if hasattr(node, slot):
                    setattr(inner, slot, getattr(node, slot))
            node._number = tick()
            self.detached(node, inner)

    def detached(self, leaf: Node, node: Node) -> Node:
        """The leaf, with a record: the same number, and no gradient."""
        leaf._op, leaf._a, leaf._b, leaf._x, leaf._y = DETACH, node, None, node._data, None
        return leaf


_COMPARISONS = {
    "less": "<",
    "less_equal": "<=",
    "greater": ">",
    "greater_equal": ">=",
    "equal": "==",
    "not_equal": "!=",
}


def _sides(inputs: Iterable[Any]) -> Iterator[Any]:
    """The sides of a comparison by numpy, one or two, each a node and its number."""
    for x in inputs:
        yield from (x, x._data) if isinstance(x, Node) else (None, _constant(np.asarray(x)))


def _constant(array: np.ndarray[Any, Any]) -> Any:
    """As numpy compares it: an integer as a float, unless it is beyond all of those."""
    return array.item() if array.dtype == object else float(array)


def _user(frame: Any) -> Any:
    """The innermost frame from here that is not in a module of the library."""
    while frame is not None and frame.f_code.co_filename in internal:
        frame = frame.f_back
    return frame


# --- The call ---------------------------------------------------------------------------------------------------------


class _Traced(InMode):
    def __init__(self, tracer: Tracer) -> None:
        self.tracer = tracer

    def change(self, mode: Mode) -> None:
        mode.recording, mode.tracer = True, self.tracer
        mode.on_sweep = partial(self.tracer.swept, mode.on_sweep)


def trace_call(
    function: Callable[..., Any],
    args: Sequence[Any],
    kwargs: Mapping[str, Any],
    objects: Iterable[tuple[str, Any]] = (),
) -> Recording:
    """Call a function and record what it does, also under ``no_grad``; see the top of this module.

    Parameters
    ----------
    function : callable
        What it computes, and how it decides.
    args, kwargs
        Its arguments; those that are recorded are leaves already.
    objects : iterable of (str, object)
        Those among the arguments that are no numbers, with what they are called.

    Examples
    --------
    >>> from autograd import Value
    >>> from autograd.compiler.recording.tracer import trace_call
    >>> x = Value(2.0, name="x")
    >>> recording = trace_call(lambda x: x * x if x > 0 else -x, [x], {})
    >>> recording.result.backward(); x.grad
    4.0
    >>> [(guard.question, guard.answer) for guard in recording.guards]
    [('x > 0', True)]
    """
    tracer = Tracer(getattr(function, "__name__", type(function).__name__))
    surroundings = Surroundings(function, objects)
    with _Traced(tracer):
        result = function(*args, **kwargs)
    notices = tracer.notices(surroundings.end_recording(), surroundings.drawn_from())
    return Recording(result, tracer.guards, notices, list(tracer.steering.values()), surroundings)
