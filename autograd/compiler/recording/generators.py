"""Random generators within a function's reach, and whether one has advanced."""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Callable, Iterator
from itertools import islice
from types import CellType, CodeType, FunctionType, MethodType, ModuleType
from typing import Any, NamedTuple

import numpy as np

from ...core.context import internal
from ...core.tape import Node

# --- Random generators ------------------------------------------------------------------------------------------------
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
