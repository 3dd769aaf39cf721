"""One call of a function, recorded: its result, and the control flow, which is not on the tape.

    def f(x):                       trace(f, [x], {}) with x = 2:
        if x > 0:                   guards    x > 0, answered True, asked in the second line
            return x * x            result    the value x * x
        return -x

A compiled program is valid while its guards have the same answers. Their conditions are recorded values, so the program
can evaluate them for other numbers. A number that was read as ``.data`` or drawn at random is baked into the program;
the tracer has a notice for each.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, ClassVar, NamedTuple, NoReturn

import numpy as np

from ...core.comparisons import COMPARED
from ...core.context import Source, internal
from ...core.modes import InMode, Mode
from ...core.table import Primitive
from ...core.tape import Node, create, tick
from .conditions import Condition, compared
from .renewed import Renewed, Use
from .surroundings import Surroundings
from .wholes import Whole

NUMPY = os.path.dirname(np.__file__) + os.sep

__all__ = ["DETACH", "ComputesWithTensors", "Guard", "Recording", "Tracer", "trace_call", "traced", "user_place"]

# The operation of values that are detached, or computed under no_grad, in a compiled function. They are computed at
# each call, and pass no gradient on. It is not in the table, since only the tracer records it.
DETACH = Primitive("detach", lambda _, x: x, lambda _, __, ___: (0,), selects=True)


class Guard(NamedTuple):
    """A condition on which control flow depended.

    Attributes
    ----------
    condition : Value
        1.0 for true, 0.0 for false.
    answer : bool
        Its truth value in the recorded call.
    source : Source or None
        The line of the user's code that tested it.
    """

    condition: Condition
    answer: bool
    source: Source | None

    @property
    def question(self) -> str:
        """The condition as a person writes it: ``x > 0``."""
        return self.condition.question


class Recording(NamedTuple):
    """A recorded call.

    Attributes
    ----------
    result : Any
        The return value of the function.
    guards : list of Guard
        The conditions on which control flow depended, each once, in the order in which they were tested.
    notices : list of str
        Sentences about numbers that were baked in.
    steering : list of Whole
        The integer arguments on which control flow depended.
    surroundings : Surroundings
        The state outside the arguments that the function could read.
    renewed : list of Renewed
        Numbers that are read anew at each call.
    uses : list of Use
        Functions to call after each call.
    """

    result: Any
    guards: list[Guard]
    notices: list[str]
    steering: list[Whole]
    surroundings: Surroundings
    renewed: list[Renewed]
    uses: list[Use]


class ComputesWithTensors(Exception):  # noqa: N818 - no error: it says how the function is to be recorded
    """The function that is being recorded in single values computes with tensors."""


class Tracer:
    """Collects guards and notices during one call of a function, as the ``tracer`` of the mode in force."""

    by_values: ClassVar[bool] = True  # False while a function of tensors is recorded

    def __init__(self, name: str) -> None:
        self.name = name
        self.guards: list[Guard] = []
        self.steering: dict[int, Whole] = {}  # by identity
        self.renewed: list[Renewed] = []
        self.uses: list[Use] = []
        self._asked: set[tuple[Any, ...]] = set()
        self._noticed: dict[tuple[str, int], str] = {}
        self._began = tick()

    # --- Guards -------------------------------------------------------------------------------------------------------

    def compared(self, comparison: str, answer: bool, left: Any, x: Any, right: Any, y: Any) -> Any:
        """Return a comparison as a condition; for the comparison ``bool``, add a guard and return the answer."""
        condition = compared(comparison, left, x, right, y)
        if comparison != "bool":
            return condition
        self.asks(condition, answer)
        return answer

    def answered(self, name: str, answer: Any, inputs: Sequence[Any]) -> Any:
        """Return a comparison by numpy as a condition; of arrays, return the answers, with a guard for each."""
        comparison = COMPARED.get(name, name)
        if not isinstance(answer, np.ndarray):
            return compared(comparison, *_sides(inputs))
        for elements in np.broadcast(*(np.asarray(x, dtype=object) for x in inputs)):
            bool(compared(comparison, *_sides(elements)))
        return answer

    def asks(self, condition: Condition, answer: bool) -> None:
        """Add a guard: control flow depends on a condition."""
        key = condition.key
        if key not in self._asked:
            self._asked.add(key)
            frame = _user(sys._getframe(2))
            source = None if frame is None else Source(frame.f_code, frame.f_lasti)
            self.guards.append(Guard(condition, answer, source))

    def steered(self, numbers: Iterable[Whole]) -> None:
        """Note that control flow depends on these integer arguments."""
        self.steering.update((id(number), number) for number in numbers)

    def asked(self, *_: Any) -> Any:
        """The function asks about the numbers of tensors, so it is not one of single values."""
        self.beside_tensor()

    def beside_tensor(self) -> NoReturn:
        """The function computes with tensors, so it is not one of single values."""
        raise ComputesWithTensors

    # --- Notices on what is baked in ----------------------------------------------------------------------------------

    def read(self, node: Node) -> None:
        """Note that user code reads the number of a value, by its property ``data`` or its method ``item``."""
        reader: Any = sys._getframe(2)
        called = reader.f_code.co_name
        what = ".data" if called == "data" else f".{called}()"
        if reader.f_back.f_code.co_filename not in internal:
            self._notice(
                reader.f_back,
                f"{self.name} reads {what} at {{}} while it is recorded: the number is baked in, and later calls use "
                "it again; compute with the value itself, or read the number outside and give it as an argument",
                unless=lambda: self._is_constant(node),
            )

    def swept(self, before: Callable[[Any, Any], None] | None, computed: Any, leaves: Any) -> None:
        """Note that user code makes a backward pass; ``before`` is the callback of the enclosing mode."""
        if any(type(node).loop is not None for node in (*computed, *leaves)):
            self.beside_tensor()
        if before is not None:
            before(computed, leaves)
        self._notice(
            _user(sys._getframe(1)),
            f"{self.name} calls backward() at {{}} while it is recorded: other calls do not, and a gradient that is "
            "read is baked in; call backward() on what the compiled function returns",
        )

    def _notice(self, frame: Any, sentence: str, unless: Callable[[], bool] = lambda: False) -> None:
        """Add a notice, one for each line of code."""
        place = ("", 0) if frame is None else (frame.f_code.co_filename, frame.f_lineno)
        if place not in self._noticed and not unless():
            self._noticed[place] = sentence.format(f"{place[0]}:{place[1]}")

    def notices(self, changed: Iterable[str], generators: Iterable[str]) -> list[str]:
        """Return all notices, also on state that the function changed, and random generators that it drew from."""
        return [
            *self._noticed.values(),
            *(
                f"{self.name} changes {what} while it is recorded: other calls do not run it, and leave {what} as it "
                "is; return what is to change"
                for what in changed
            ),
            *(
                f"{which} is drawn from while {self.name} is recorded: the random numbers are baked in, and later "
                "calls use them again; draw outside, and give the numbers as arguments"
                for which in generators
            ),
        ]

    def _is_constant(self, node: Node) -> bool:
        """True if the function computed a value from constants only."""
        waiting, seen = [node], set()
        while waiting:
            found = waiting.pop()
            if found._number < self._began:
                return False
            if found._op is not None and id(found) not in seen:
                seen.add(id(found))
                waiting += [argument for argument in found.arguments() if argument is not None]
        return True

    # --- Values that pass no gradient on ------------------------------------------------------------------------------

    def forget(self, node: Node) -> None:
        """Detach a node that was computed under ``no_grad``: its record moves to a new node, of which it is a copy."""
        if node._op is not None:
            inner = create(type(node))
            for slot in Node.__slots__[1:]:
                if hasattr(node, slot):
                    setattr(inner, slot, getattr(node, slot))
            node._number = tick()
            self.detached(node, inner)

    def detached(self, leaf: Node, node: Node) -> Node:
        """Record that a leaf is the detached copy of a node."""
        leaf._op, leaf._a, leaf._b, leaf._x, leaf._y = DETACH, node, None, node._data, None
        return leaf


def _sides(inputs: Iterable[Any]) -> Iterator[Any]:
    """The one or two sides of a comparison by numpy, each as a node, or ``None``, and a number."""
    for x in inputs:
        yield from (x, x._data) if isinstance(x, Node) else (None, _constant(np.asarray(x)))


def _constant(array: np.ndarray[Any, Any]) -> Any:
    """Return a constant as numpy compares it: as a float, unless it is an integer too large for one."""
    return array.item() if array.dtype == object else float(array)


def _user(frame: Any) -> Any:
    """Return the innermost frame that is neither in a module of the library nor of numpy's."""
    while frame is not None and _is_of_a_library(frame.f_code.co_filename):
        frame = frame.f_back
    return frame


def _is_of_a_library(file: str) -> bool:
    return file in internal or file.startswith(NUMPY)


# --- The call ---------------------------------------------------------------------------------------------------------


def user_place() -> str:
    """Return the line of the user's code that is running, as text."""
    frame = _user(sys._getframe(1))
    return "an unknown line" if frame is None else f"{frame.f_code.co_filename}:{frame.f_lineno}"


class traced(InMode):  # noqa: N801 - used as no_grad is
    """Record also under ``no_grad``, and notify a tracer."""

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
        The function.
    args, kwargs
        Its arguments, with leaves in place of numbers.
    objects : iterable of (str, object)
        The other objects among the arguments, with their names.

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
    try:
        with traced(tracer):
            result = function(*args, **kwargs)
    except ComputesWithTensors:
        surroundings.rewind()
        raise
    notices = tracer.notices(surroundings.end_recording(), surroundings.drawn_from())
    return Recording(
        result, tracer.guards, notices, list(tracer.steering.values()), surroundings, tracer.renewed, tracer.uses
    )
