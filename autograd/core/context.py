"""Where a computation stands: whether it is recorded, who watches, and in which module's scope.

All of it belongs to a thread or an asyncio task, and ends with the ``with`` block that began it.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable
from contextlib import ContextDecorator
from contextvars import ContextVar
from functools import wraps
from typing import Any, NamedTuple, TypeVar
from weakref import ref

from ..errors import InputTypeError, InputValueError
from .source import Source

__all__ = [
    "InMode",
    "Mode",
    "Note",
    "active",
    "inside_operator",
    "inside_recording",
    "internal",
    "is_recording",
    "mode_here",
    "no_grad",
    "scope",
]

F = TypeVar("F", bound=Callable[..., Any])


class Note(NamedTuple):
    """What is known of a value besides its numbers."""

    name: str | None = None
    scope: str = ""  # the path of the module that recorded it, as in "mlp.layers[0].neurons[3]"
    role: str = ""  # "parameter" for what a module trains
    source: Source | None = None
    branches: dict[Any, Any] | None = None  # the comparisons it was part of, as `branches` keeps them; never shared


# One item for each mode other than plain recording that is in force anywhere in the process. While it is empty, nobody
# asks; else an operation asks for the mode of its own thread or task.
active: list[ref[Mode]] = []

_note: ContextVar[Note | None] = ContextVar("note", default=None)


internal: set[str] = set()  # the files of the library's own modules: code in them is not a user's


def is_internal(package: str) -> None:
    """Count the modules of a package among the library's own."""
    internal.update(str(module.__file__) for name, module in sys.modules.items() if name.startswith(f"{package}."))


# The note for what is recorded in this thread or task, or None, and how to set it. Whoever sets it does so in a ``try``
# that puts back what was there. Both are single calls of C code, so that no interrupt can leave a scope open.
note_here = _note.get
set_note = _note.set


class Mode:
    """How operations are recorded. This one is plain recording, which is in force where nothing else is.

    Attributes
    ----------
    recording : bool
        Whether results keep their record.
    watch : callable or None
        Called with every node that is made.
    on_sweep : callable or None
        Called with the computed nodes and the leaves of a backward pass, before anything is deposited.
    on_record : callable
        What becomes of a new node, by the above: one call, since it is made for every operation.
    tracer : object or None
        What follows Python's decisions, while a function is compiled: the `Tracer` of `compiler.recording`.
    differentiates : bool
        Whether an operator such as ``grad`` is calling the function that it differentiates.
    previous : Mode
        What was in force before.
    """

    __slots__ = ("differentiates", "on_record", "on_sweep", "previous", "recording", "tracer", "watch")
    previous: Mode

    def __init__(self) -> None:
        self.recording = True
        self.watch: Callable[[Any], None] | None = None
        self.on_sweep: Callable[[Any, Any], None] | None = None
        self.on_record: Callable[[Any], None] = _keep
        self.tracer: Any = None
        self.differentiates = False

    def read(self, node: Any) -> Any:
        """The number of a value that is read as ``.data`` or ``.item()``."""
        if self.tracer is not None:
            self.tracer.read(node)
        return node._data

    def detached(self, leaf: Any, node: Any) -> Any:
        """A new leaf that has the number of ``node``."""
        return leaf if self.tracer is None else self.tracer.detached(leaf, node)


class _Special(Mode):
    """Another mode, which counts as active for as long as it lives in some thread's or task's context."""

    __slots__ = ("__weakref__",)

    def __init__(self, previous: Mode) -> None:
        active.append(ref(self, active.remove))  # no __del__: an interrupt in one would be swallowed
        self.previous = previous
        self.recording, self.watch, self.on_sweep = previous.recording, previous.watch, previous.on_sweep
        self.tracer, self.differentiates = previous.tracer, previous.differentiates


def _keep(node: Any) -> None:
    """A node keeps its record."""


def _forget(node: Any) -> None:
    node.forget()


def _watch_and(watch: Callable[[Any], None], forget: Callable[[Any], None]) -> Callable[[Any], None]:
    def on_record(node: Any) -> None:
        watch(node)
        forget(node)

    return on_record


_PLAIN = Mode()
_mode: ContextVar[Mode] = ContextVar("mode", default=_PLAIN)
mode_here = _mode.get  # the mode of this thread or task


class InMode(ContextDecorator):
    """A context manager, and decorator of functions and coroutines, with another mode inside."""

    def change(self, mode: Mode) -> None:
        """Set what is different inside."""

    def __enter__(self) -> None:
        mode = _Special(mode_here())
        self.change(mode)
        if not mode.recording:
            forget = _forget if mode.tracer is None else mode.tracer.forget
            mode.on_record = _watch_and(mode.watch, forget) if mode.watch else forget
        else:
            mode.on_record = mode.watch or _keep
        _mode.set(mode)

    def __exit__(self, *exception: object) -> None:
        _mode.set(mode_here().previous)

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


class differentiating(recording):  # noqa: N801 - used as no_grad is
    """Record what an operator such as ``grad`` calls."""

    def change(self, mode: Mode) -> None:
        super().change(mode)
        mode.differentiates = True


def is_recording() -> bool:
    """Whether operations in this thread or task leave a record."""
    return mode_here().recording


def inside_operator() -> bool:
    """Whether this runs, in this thread or task, in a function that an operator such as ``grad`` differentiates."""
    return mode_here().differentiates


def inside_recording() -> bool:
    """Whether this runs, in this thread or task, in a function that is recorded to be compiled."""
    return mode_here().tracer is not None


def current_scope() -> str:
    """The path of the scope that is open in this thread or task, or ``""``."""
    note = note_here()
    return note.scope if note else ""


class scope(ContextDecorator):  # noqa: N801 - used as no_grad is
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

    def __init__(self, name: str) -> None:
        self.name = checked_name(name)

    def _recreate_cm(self) -> scope:  # what ContextDecorator asks for at each call of the function
        return scope(self.name)

    def __enter__(self) -> None:
        self._around, path = note_here(), current_scope()
        set_note(Note(scope=f"{path}.{self.name}" if path else self.name))

    def __exit__(self, *exception: object) -> None:
        set_note(self._around)


def checked_name(name: object) -> str:
    """The name, if it can be one."""
    if not isinstance(name, str):
        raise InputTypeError(f'a name is text, not {type(name).__name__} {name!r}; write name="…"')
    if not name:
        raise InputValueError("a name cannot be empty; leave it out for a value without a name")
    return name
