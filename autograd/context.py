"""Where a computation stands: whether it is recorded, who watches, and in which module's scope.

All of it belongs to a thread or an asyncio task, and ends with the ``with`` block that began it.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from contextlib import ContextDecorator, contextmanager
from contextvars import ContextVar
from functools import wraps
from typing import Any, NamedTuple, TypeVar

from .errors import InputTypeError, InputValueError
from .source import Source

__all__ = ["InMode", "Mode", "Note", "active", "internal", "is_recording", "mode_here", "no_grad", "scope"]

F = TypeVar("F", bound=Callable[..., Any])


class Note(NamedTuple):
    """What is known of a value besides its numbers."""

    name: str | None = None
    scope: str = ""  # the path of the module that recorded it, as in "mlp.layers[0].neurons[3]"
    role: str = ""  # "parameter" for what a module trains
    source: Source | None = None


# One item for each mode other than plain recording that is in force anywhere in the process. While it is empty, nobody
# asks; else an operation asks for the mode of its own thread or task.
active: list[None] = []

_mode: ContextVar[Mode | None] = ContextVar("mode", default=None)
_note: ContextVar[Note | None] = ContextVar("note", default=None)


# The namespaces of the library's own modules, by identity: frames in them are not where a user recorded something.
internal: set[int] = set()

# The note for what is recorded in this thread or task, or None, and how to set it. Whoever sets it does so in a ``try``
# that puts back what was there. Both are single calls of C code, so that no interrupt can leave a scope open.
note_here = _note.get
set_note = _note.set


class Mode:
    """How operations are recorded, for as long as this object lives in some thread's or task's context.

    Attributes
    ----------
    previous : Mode or None
        What was in force before; ``None`` for plain recording.
    recording : bool
        Whether results keep their record.
    on_record : callable or None
        Called with every node that is made.
    on_sweep : callable or None
        Called with the computed nodes and the leaves of a backward pass, before anything is deposited.
    """

    __slots__ = ("on_record", "on_sweep", "previous", "recording")

    def __init__(self, previous: Mode | None) -> None:
        active.append(None)
        self.previous = previous
        self.recording: bool = previous is None or previous.recording
        self.on_record: Callable[[Any], None] | None = previous.on_record if previous else None
        self.on_sweep: Callable[[Any, Any], None] | None = previous.on_sweep if previous else None

    def __del__(self, leave: Callable[[], None] = active.pop) -> None:
        leave()


mode_here = _mode.get  # the mode of this thread or task, or None for plain recording


class InMode(ContextDecorator):
    """A context manager, and decorator of functions and coroutines, with another mode inside."""

    def change(self, mode: Mode) -> None:
        """Set what is different inside."""

    def __enter__(self) -> None:
        mode = Mode(_mode.get())
        self.change(mode)
        _mode.set(mode)

    def __exit__(self, *exception: object) -> None:
        mode = _mode.get()
        _mode.set(mode and mode.previous)

    def __call__(self, function: F) -> F:
        if inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function):
            name = type(self).__name__
            raise InputTypeError(
                f"{name} cannot decorate the generator {function.__name__}: it would end at the first yield; "
                f"write `with {name}():` inside it, around what it is to hold for"
            )
        if not inspect.iscoroutinefunction(function):
            return super().__call__(function)

        @wraps(function)
        async def inside(*args: Any, **kwargs: Any) -> Any:
            with self:
                return await function(*args, **kwargs)

        return inside  # type: ignore[return-value]


class no_grad(InMode):  # noqa: N801 - the name everybody knows
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

    def change(self, mode: Mode) -> None:
        mode.recording = False


class recording(InMode):  # noqa: N801 - used as no_grad is
    """Record again, within ``no_grad``: a derivative is taken of what is recorded."""

    def change(self, mode: Mode) -> None:
        mode.recording = True


def is_recording() -> bool:
    """Whether operations in this thread or task leave a record."""
    mode = mode_here()
    return mode is None or mode.recording


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
