"""Modes: how operations are recorded inside a ``with`` block, and by which code.

A mode belongs to the code inside its block, and to what that code calls:

    def batches():
        with no_grad():
            yield 1             # suspended here, the block's code does not run: the caller records
            yield 2

So a block in a function counts for its thread, and a block in a generator or coroutine while that one runs, in whatever
thread or task it was resumed. A generator that is used as a context manager (``contextlib.contextmanager``) enters its
blocks on behalf of the code that uses it.

An interrupt may fall between any two instructions of Python code. So a block is opened and closed by single calls of C
code: each ``with`` statement gets a lock of its own, and the block is open while the lock is held. The function that
releases the lock, the block's *closer*, is referred to by the interpreter alone, for as long as the statement runs: a
block is closed when its closer was called, or is gone.
"""

from __future__ import annotations

import contextlib
import inspect
import itertools
import sys
from collections.abc import Callable
from contextvars import ContextVar
from functools import partial, wraps
from threading import Lock, get_ident, local
from types import FrameType
from typing import Any, TypeVar
from weakref import ref

from ..errors import InputTypeError, TapeError

__all__ = ["FixedMode", "InMode", "Mode", "active", "mode_here", "note_here", "set_note"]

F = TypeVar("F", bound=Callable[..., Any])


class Mode:
    """A way to record operations. An instance without arguments is plain recording, the mode outside of all blocks.

    Attributes
    ----------
    recording : bool
        True if results keep their record.
    watch : callable or None
        Called with every node that is made.
    on_sweep : callable or None
        Called with the computed nodes and the leaves of a backward pass, before anything is deposited.
    on_record : callable
        Called with every new node, once: marks it, shows it to ``watch``, and drops its record, as the mode says.
    tracer : object or None
        Notified of each number that is read, each comparison, and each value that is detached, and may answer in its
        own way; see `compiler.recording.tracer.Tracer`, which has the methods that are called.
    differentiates : bool
        True while an operator such as ``grad`` calls the function that it differentiates.
    mark : callable or None
        Called with every new node before ``watch``: puts the note of the innermost scope on it.
    note, base : object
        The note of the innermost scope, and the note that was set when its block was entered.
    """

    __slots__ = ("base", "differentiates", "mark", "note", "on_record", "on_sweep", "recording", "tracer", "watch")

    def __init__(self, around: Mode | None = None) -> None:
        self.recording: bool = around is None or around.recording
        self.watch: Callable[[Any], None] | None = around.watch if around else None
        self.on_sweep: Callable[[Any, Any], None] | None = around.on_sweep if around else None
        self.mark: Callable[[Any], None] | None = around.mark if around else None
        self.tracer: Any = around.tracer if around else None
        self.differentiates: bool = around is not None and around.differentiates
        self.note: Any = around.note if around else None
        self.base: Any = around.base if around else None
        self.on_record: Callable[[Any], None] = _keep

    def settle(self) -> Mode:
        """Make ``on_record`` what the other attributes say."""
        forget = None if self.recording else _forget if self.tracer is None else self.tracer.forget
        calls = [call for call in (self.mark, self.watch, forget) if call is not None]
        self.on_record = partial(_each, calls) if len(calls) > 1 else calls[0] if calls else _keep
        return self

    def read(self, node: Any) -> Any:
        """The number of a value that is read as ``.data`` or ``.item()``."""
        if self.tracer is not None:
            self.tracer.read(node)
        return node._data

    def detached(self, leaf: Any, node: Any) -> Any:
        """A new leaf that has the number of ``node``."""
        return leaf if self.tracer is None else self.tracer.detached(leaf, node)


def _keep(node: Any) -> None:
    """Leave a node its record."""


def _forget(node: Any) -> None:
    node.forget()


def _each(calls: list[Callable[[Any], None]], node: Any) -> None:
    for call in calls:
        call(node)


_PLAIN = Mode()

# --- Blocks -----------------------------------------------------------------------------------------------------------


class _Closer(partial[Any]):
    """The function that closes a block, by releasing its lock.

    The closer, and not the block, refers to the manager and to the frame of a generator: it goes when they do.
    """

    __slots__ = ("below", "lock", "manager", "owner")
    below: _Closer | None  # the next one that waits in the manager for this thread
    lock: Any
    manager: InMode
    owner: FrameType | None  # the frame of the generator or coroutine that the block belongs to; None of a function


class _Reference(ref[_Closer]):
    """A weak reference to the closer of a block, compared by its own identity."""

    __slots__ = ()
    __hash__ = object.__hash__
    __eq__ = object.__eq__


class _Block(_Reference):
    """A ``with`` block of a mode: a reference to its closer."""

    __slots__ = ("around", "base", "lock", "mode", "number")
    base: Any  # the note that was set when the block was entered
    number: int  # of two blocks the inner one has the greater number
    lock: Any
    around: _Block | None  # of a block in a function, the block in a function around it
    mode: Mode  # of a block in a function, the mode in force inside, if no block around has been closed since

    def is_open(self) -> bool:
        return self() is not None and self.lock.locked()


class _Thread(local):
    """The state of one thread: its innermost block that belongs to a function."""

    innermost: _Block | None = None


# References to all blocks that may be open, anywhere in the process: while there are none, no operation asks for its
# mode. Blocks of generators and coroutines are in a second set, too. A reference leaves its set by a callback in C,
# since an interrupt in a callback in Python would be lost.
active: set[_Reference] = set()
_suspendable: set[_Block] = set()
_is_gone = active.discard
_thread = _Thread()
_next_number = itertools.count().__next__

# The note for what is recorded in this thread or task, or None, and how to set it. Code that sets it does so in a
# ``try`` that puts back what was there. Both are single calls of C code: no interrupt leaves a note set.
_note: ContextVar[Any] = ContextVar("note", default=None)
note_here = _note.get
set_note = _note.set


def mode_here() -> Mode:
    """The mode of the code that calls this function."""
    innermost = block = _thread.innermost
    if _suspendable:
        return _assembled()
    while block is not None:
        if block() is None or not block.lock.locked():
            return _assembled()
        block = block.around
    return _PLAIN if innermost is None else innermost.mode


def _assembled() -> Mode:
    """The mode here, where a block around may be closed or suspended: made from those that are in force."""
    here: list[_Block] = []
    block = _thread.innermost
    while block is not None:
        if block.is_open():
            here.append(block)
        block = block.around
    _thread.innermost = here[0] if here else None
    if _suspendable:
        running = {*_frames(sys._getframe(1))}
        closers = {block: block() for block in _suspendable.copy() if block.lock.locked()}
        here += [block for block, closer in closers.items() if closer is not None and closer.owner in running]
    mode = _PLAIN
    for block in sorted(here, key=lambda block: block.number):
        closer = block()
        if closer is not None:  # pragma: no branch - another thread may close a block at any instruction
            mode = closer.manager.inside(mode, block.base)
    return mode


def _frames(frame: FrameType | None) -> Any:
    while frame is not None:
        yield frame
        frame = frame.f_back


EXIT_FIRST = sys.version_info >= (3, 14)  # the order in which ``with`` looks up the two methods of a manager
_GENERATORS = inspect.CO_GENERATOR | inspect.CO_ASYNC_GENERATOR
_SUSPENDABLE = _GENERATORS | inspect.CO_COROUTINE | inspect.CO_ITERABLE_COROUTINE
_CONTEXTLIB = contextlib.contextmanager.__code__.co_filename


def _owner(frame: FrameType | None) -> FrameType | None:
    """The frame of the generator or coroutine that a block belongs to; ``None`` if it belongs to a function.

    A generator that ``contextlib`` makes a context manager of enters its blocks for the code that enters the manager.
    """
    while frame is not None:
        code, caller = frame.f_code, frame.f_back
        by_contextlib = caller is not None and caller.f_code.co_filename == _CONTEXTLIB
        passes_on = code.co_filename == _CONTEXTLIB or code is _ENTER
        if passes_on or (code.co_flags & _GENERATORS and by_contextlib):
            frame = caller
        else:
            return frame if code.co_flags & _SUSPENDABLE else None
    return None  # pragma: no cover - a frame that passes a block on has a caller


def _block(manager: InMode, frame: FrameType, thread: int, below: _Closer | None = None) -> _Closer:
    """The closer of a new block, which is not open yet; it waits in the manager, before ``below``."""
    lock = Lock()
    closer = _Closer(lock.__exit__)
    closer.lock, closer.manager, closer.below = lock, manager, below
    code = frame.f_code
    closer.owner = owner = _owner(frame) if code.co_flags & _SUSPENDABLE or code is _ENTER else None
    block = _Block(closer, _is_gone if owner is None else _suspendable.discard)
    block.number, block.base, block.lock = _next_number(), note_here(), lock
    if owner is None:
        in_plain = None if active else manager._in_plain
        block.mode = in_plain or manager.inside(mode_here() if active else _PLAIN, block.base)
        around = _thread.innermost
        while around is not None and (around() is None or not around.lock.locked()):
            around = around.around
        block.around = around
        active.add(block)
        _thread.innermost = block
    else:
        _suspendable.add(block)
        active.add(_Reference(closer, _is_gone))
    manager._waiting[thread] = closer
    return closer


# A ``with`` statement looks up both methods before it calls one. The first look-up makes the block, the second finds
# its closer, which waits in the manager, by thread. The closer of a block that is opened by hand, with
# ``manager.__enter__()``, waits there for ``manager.__exit__(…)``.


class _Entering:
    """``__enter__``: looked up on a manager it gives the C function that opens a new block."""

    def __get__(self, manager: InMode | None, _: type[InMode]) -> Callable[..., Any]:
        if manager is None:
            return _enter
        thread = get_ident()
        below = manager._waiting.get(thread)
        while below is not None and not below.lock.locked():
            if EXIT_FIRST:
                return manager._taken(thread).lock.acquire  # type: ignore[no-any-return]
            below = below.below  # an interrupt came before that block was opened
        return _block(manager, sys._getframe(1), thread, below).lock.acquire  # type: ignore[no-any-return]


class _Exiting:
    """``__exit__``: looked up on a manager it gives the C function that closes the block."""

    def __get__(self, manager: InMode | None, _: type[InMode]) -> Callable[..., Any]:
        if manager is None:
            return _exit
        thread = get_ident()
        if thread in manager._waiting:
            return manager._taken(thread)
        if EXIT_FIRST:
            return _block(manager, sys._getframe(1), thread)
        for other, closer in manager._waiting.copy().items():  # entered by hand, in another thread
            if closer.lock.locked():
                return manager._taken(other)
        raise TapeError(f"{type(manager).__name__} is closed more often than it was opened")


def _enter(manager: InMode) -> Any:  # what `contextlib.ExitStack` finds in the class, and calls with the manager
    return manager.__enter__()


def _exit(manager: InMode, *exception: Any) -> Any:
    return manager.__exit__(*exception)


_ENTER = _enter.__code__
_new = object.__new__


class InMode:
    """A context manager, and decorator of functions, coroutines and generators, with another mode inside.

    One object may be entered again while it is open, in any thread or task.
    """

    __enter__ = _Entering()
    __exit__ = _Exiting()
    __slots__ = ("_waiting",)
    _in_plain: Mode | None = None  # the mode inside a block that stands in plain recording, if all have the same
    _waiting: dict[int, _Closer]  # by thread, the closer that will be taken first

    def __new__(cls, *_: Any, **__: Any) -> Any:
        manager = _new(cls)
        manager._waiting = {}
        return manager

    def change(self, mode: Mode) -> None:
        """Set the attributes of the mode that differ inside; the others are those of the mode around."""

    def inside(self, around: Mode, base: Any) -> Mode:  # noqa: ARG002 - for the modes that need it
        """The mode inside a block, from the mode around it and the note that was set when it was entered."""
        mode = Mode(around)
        self.change(mode)
        return mode.settle()

    def _taken(self, thread: int) -> _Closer:
        """The closer that waits for a thread, which does not wait any longer."""
        closer = self._waiting[thread]
        if closer.below is None:
            del self._waiting[thread]
        else:
            self._waiting[thread], closer.below = closer.below, None
        return closer

    def __call__(self, function: F) -> F:
        name = type(self).__name__
        if isinstance(function, type) or not callable(function):
            what = f"the class {function.__name__}" if isinstance(function, type) else repr(function)
            raise InputTypeError(
                f"{name} decorates functions, not {what:.60}; decorate its methods, or write `with {name}(…):`"
            )
        if inspect.isasyncgenfunction(function):
            raise InputTypeError(
                f"{name} cannot decorate the asynchronous generator {function.__name__}; write `with {name}(…):` "
                "inside it, around what it is to hold for"
            )
        inside: Any
        if inspect.iscoroutinefunction(function):

            @wraps(function)
            async def inside(*args: Any, **kwargs: Any) -> Any:
                with self:
                    return await function(*args, **kwargs)

        elif inspect.isgeneratorfunction(function):

            @wraps(function)
            def inside(*args: Any, **kwargs: Any) -> Any:
                with self:
                    return (yield from function(*args, **kwargs))

        else:

            @wraps(function)
            def inside(*args: Any, **kwargs: Any) -> Any:
                with self:
                    return function(*args, **kwargs)

        return inside  # type: ignore[no-any-return]


class FixedMode(InMode):
    """A mode without settings: all blocks of one class that stand in plain recording have one `Mode` in common."""

    __slots__ = ()

    def __init_subclass__(cls) -> None:
        cls._in_plain = None  # and not that of the class it is derived from

    def __new__(cls, *settings: Any, **options: Any) -> Any:
        manager = _new(cls)
        manager._waiting = {}
        if not (settings or options):
            return manager
        if len(settings) == 1 and not options and callable(settings[0]):  # @no_grad, without parentheses
            return manager(settings[0])
        given = ", ".join([*map(repr, settings), *options])
        raise InputTypeError(f"{cls.__name__} takes no arguments, such as {given:.60}; write {cls.__name__}()")

    def inside(self, around: Mode, base: Any) -> Mode:
        mode = super().inside(around, base)
        if around is _PLAIN:
            type(self)._in_plain = mode
        return mode
