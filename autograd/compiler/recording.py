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

import random
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import islice
from types import CellType, CodeType, FunctionType, MethodType, ModuleType
from typing import Any, NamedTuple

import numpy as np

from ..context import InMode, Mode, internal
from ..source import Source
from ..table import Primitive
from ..tape import Node, create, tick
from .conditions import Condition, compared

__all__ = ["DETACH", "Guard", "Recording", "Tracer", "trace"]

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
    """

    result: Any
    guards: list[Guard]
    notices: list[str]


class Tracer:
    """Follows Python's decisions during one call of a function; a mode has it as its ``tracer``."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.guards: list[Guard] = []
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

    def notices(self, generators: Iterable[str]) -> list[str]:
        """All of them; with the random generators that were drawn from."""
        return [
            *self._noticed.values(),
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


# --- Random generators ------------------------------------------------------------------------------------------------
# Those are looked at that the function could use: the global ones of ``random`` and of numpy, and any that hangs on it:
# on a global or closed-over name that it mentions, a default, an attribute of what it is a method of; and on the
# functions that it mentions. Their states are compared before and after.

MOST = 500  # objects that are looked at, the nearest first
DEEP = 2  # attributes of attributes
_PLAIN = (Node, np.ndarray, float, int, str, bytes, type(None))  # what holds none


class _State(NamedTuple):
    """A generator, what to call it, and its state."""

    name: str
    read: Callable[[], Any]
    before: Any


def _states(function: Any) -> list[_State]:
    """The generators that a function could draw from, with their states."""
    found = [
        ("the module random", random.getstate),
        ("numpy's global random generator", lambda: np.random.get_state(legacy=False)),
        *_reached(function),
    ]
    return [_State(name, read, read()) for name, read in found]


def _advanced(before: list[_State]) -> list[str]:
    """The names of those whose state is another one now."""
    return [state.name for state in before if not _same(state.before, state.read())]


def _same(x: Any, y: Any) -> bool:
    if isinstance(x, dict):
        return all(_same(each, y[key]) for key, each in x.items())
    return bool(np.array_equal(x, y)) if isinstance(x, np.ndarray) else bool(x == y)


def _reader(x: Any) -> Callable[[], Any] | None:
    """How to read the state of a generator; ``None`` for anything else."""
    if isinstance(x, random.SystemRandom):  # it has none
        return None
    if isinstance(x, random.Random):
        return x.getstate
    if isinstance(x, np.random.RandomState):
        return lambda: x.get_state(legacy=False)
    if isinstance(x, np.random.Generator):
        return lambda: x.bit_generator.state
    return None


def _reached(function: Any) -> Iterator[tuple[str, Callable[[], Any]]]:
    """The generators that hang on a function, each once."""
    seen: dict[int, Any] = {}  # the objects themselves, so that none of them makes room for another of the same id
    waiting: deque[tuple[str, Any, int]] = deque([("", function, 0)])
    while waiting and len(seen) < MOST:
        name, x, deep = waiting.popleft()
        if id(x) in seen:
            continue
        seen[id(x)] = x
        read = _reader(x)
        if read is not None:
            yield f"the generator {name}", read
        elif deep <= DEEP:
            waiting += _held(name, x, deep)


def _held(name: str, x: Any, deep: int) -> Iterator[tuple[str, Any, int]]:
    """What hangs on an object: its name, itself, and how deep that is."""
    if isinstance(x, MethodType):
        yield name, x.__func__, deep
        yield "self", x.__self__, deep
    elif isinstance(x, FunctionType):
        if x.__code__.co_filename not in internal:
            yield from ((each, held, deep) for each, held in _mentioned(x) if not isinstance(held, _PLAIN))
    elif isinstance(x, dict):
        few = islice(x.items(), MOST)
        yield from ((f"{name}[{key!r}]", held, deep) for key, held in few if not isinstance(held, _PLAIN))
    elif isinstance(x, (list, tuple)):
        few = islice(enumerate(x), MOST)
        yield from ((f"{name}[{k}]", held, deep) for k, held in few if not isinstance(held, _PLAIN))
    elif not isinstance(x, (type, ModuleType)):
        dot, own = f"{name or 'self'}.", getattr(x, "__dict__", {})
        yield from ((dot + each, held, deep + 1) for each, held in own.items() if not isinstance(held, _PLAIN))
        called = (getattr(type(x), each, None) for each in ("__call__", "forward"))
        yield from ((name, held, deep) for held in called if isinstance(held, FunctionType))


def _mentioned(function: FunctionType) -> Iterator[tuple[str, Any]]:
    """What a function could take a generator from, by the names in its code and in the functions within it."""
    codes = [function.__code__]
    for code in codes:
        codes += [constant for constant in code.co_consts if isinstance(constant, CodeType)]
    names = {name for code in codes for name in code.co_names}
    for name in names & function.__globals__.keys():
        x = function.__globals__[name]
        if isinstance(x, ModuleType):  # of a module, what is mentioned beside it: utils.rng
            yield from ((f"{name}.{each}", vars(x)[each]) for each in names & vars(x).keys())
        else:
            yield name, x
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
        yield from ((name, held) for held in _content(cell))
    yield from ((f"a default of {function.__name__}", x) for x in function.__defaults__ or ())
    yield from ((function.__kwdefaults__ or {}).items())
    yield from vars(function).items()  # as functools.wraps leaves __wrapped__


def _content(cell: CellType) -> list[Any]:
    try:
        return [cell.cell_contents]
    except ValueError:  # a name that is not assigned yet
        return []


# --- The call ---------------------------------------------------------------------------------------------------------


class _Traced(InMode):
    def __init__(self, tracer: Tracer) -> None:
        self.tracer = tracer

    def change(self, mode: Mode) -> None:
        mode.recording, mode.tracer = True, self.tracer
        mode.on_sweep = partial(self.tracer.swept, mode.on_sweep)


def trace(function: Callable[..., Any], args: Sequence[Any], kwargs: Mapping[str, Any]) -> Recording:
    """Call a function and record what it does, also under ``no_grad``; see the top of this module.

    Parameters
    ----------
    function : callable
        What it computes, and how it decides.
    args, kwargs
        Its arguments; those that are recorded are leaves already.

    Examples
    --------
    >>> from autograd import Value
    >>> from autograd.compiler.recording import trace
    >>> x = Value(2.0, name="x")
    >>> recording = trace(lambda x: x * x if x > 0 else -x, [x], {})
    >>> recording.result.backward(); x.grad
    4.0
    >>> [(guard.question, guard.answer) for guard in recording.guards]
    [('x > 0', True)]
    """
    tracer = Tracer(getattr(function, "__name__", type(function).__name__))
    before = _states(function)
    with _Traced(tracer):
        result = function(*args, **kwargs)
    return Recording(result, tracer.guards, tracer.notices(_advanced(before)))
