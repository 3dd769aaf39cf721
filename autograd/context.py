"""Where a computation stands: whether it is recorded, and in which module's scope.

Both belong to a thread or an asyncio task, and both end with the ``with`` block that began them.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from contextlib import ContextDecorator, contextmanager
from contextvars import ContextVar
from functools import wraps
from typing import Any, NamedTuple, TypeVar

from .errors import InputTypeError, InputValueError

__all__ = ["Note", "active", "is_recording", "no_grad", "scope"]

F = TypeVar("F", bound=Callable[..., Any])


class Note(NamedTuple):
    """What is known of a value besides its numbers."""

    name: str | None = None
    scope: str = ""  # the path of the module that recorded it, as in "mlp.layers[0].neurons[3]"
    role: str = ""  # "parameter" for what a module trains


# One item for each no_grad that is open anywhere in the process. While it is empty an operation takes the fast path;
# else it asks for the state of its own thread or task.
active: list[None] = []

_mode: ContextVar[_Mode | None] = ContextVar("mode", default=None)
_note: ContextVar[Note | None] = ContextVar("note", default=None)


# The note for what is recorded in this thread or task, or None, and how to set it. Whoever sets it does so in a ``try``
# that puts back what was there. Both are single calls of C code, so that no interrupt can leave a scope open.
note_here = _note.get
set_note = _note.set


def is_recording() -> bool:
    """Whether operations in this thread or task leave a record."""
    return _mode.get() is None


class _Mode:
    """Recording is off, for as long as this object lives in some thread's or task's context."""

    __slots__ = ("previous",)

    def __init__(self, previous: _Mode | None) -> None:
        self.previous = previous
        active.append(None)

    def __del__(self, leave: Callable[[], None] = active.pop) -> None:
        leave()


class no_grad(ContextDecorator):  # noqa: N801 - the name everybody knows
    """Compute without recording: results inside are leaves.

    It counts for the thread or asyncio task that entered it, nests, and also decorates functions and coroutines.

    Examples
    --------
    >>> from autograd import Value, no_grad
    >>> x = Value(3.0)
    >>> with no_grad():
    ...     y = x * x
    >>> (y * x).backward()  # y is the constant 9 here
    >>> x.grad
    9.0
    """

    def __enter__(self) -> None:
        _mode.set(_Mode(_mode.get()))

    def __exit__(self, *exception: object) -> None:
        mode = _mode.get()
        _mode.set(mode and mode.previous)

    def __call__(self, function: F) -> F:
        if inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function):
            raise InputTypeError(
                f"no_grad cannot decorate the generator {function.__name__}: it would end at the first yield; "
                "write `with no_grad():` inside it, around what is not to be recorded"
            )
        if not inspect.iscoroutinefunction(function):
            return super().__call__(function)

        @wraps(function)
        async def inside(*args: Any, **kwargs: Any) -> Any:
            with no_grad():
                return await function(*args, **kwargs)

        return inside  # type: ignore[return-value]


def current_scope() -> str:
    """The path of the scope that is open in this thread or task, or ``""``."""
    note = note_here()
    return note.scope if note else ""


@contextmanager
def scope(name: str) -> Iterator[None]:
    """Name a part of a computation; listings show it and drawings put a frame around it.

    Parameters
    ----------
    name : str
        Appended, after a dot, to the scope around.

    Examples
    --------
    >>> from autograd import Value, scope
    >>> w = Value(3.0)
    >>> with scope("penalty"):
    ...     y = 0.5 * w * w
    >>> y.scope
    'penalty'
    >>> y.backward(); w.grad
    3.0
    """
    around, path = note_here(), current_scope()
    inside = Note(scope=f"{path}.{checked_name(name)}" if path else checked_name(name))
    try:
        set_note(inside)
        yield
    finally:
        set_note(around)


def checked_name(name: object) -> str:
    """The name, if it can be one."""
    if not isinstance(name, str):
        raise InputTypeError(f'a name is text, not {type(name).__name__} {name!r}; write name="…"')
    if not name:
        raise InputValueError("a name cannot be empty; leave it out for a value without a name")
    return name
