"""The context of an operation: the line that recorded it, the scope it belongs to, and whether it is recorded at all.

`modes` says to which code a ``with`` block of ``no_grad`` or ``scope`` belongs.
"""

from __future__ import annotations

import dis
import linecache
import sys
from functools import lru_cache, partial
from itertools import pairwise
from types import CodeType
from typing import Any, NamedTuple

from ..errors import InputTypeError, InputValueError, described
from .modes import FixedMode, InMode, Mode, active, mode_here, note_here

__all__ = [
    "Note",
    "Source",
    "caller",
    "current_note",
    "current_scope",
    "inside_operator",
    "inside_recording",
    "internal",
    "is_recording",
    "no_grad",
    "scope",
]


# --- The line in the program ------------------------------------------------------------------------------------------


class Source(NamedTuple):
    """An instruction of some code; its line and its variable are read from the bytecode when they are asked for.

    Attributes
    ----------
    code : code
        The code object.
    instruction : int
        The offset in it, in bytes.
    """

    code: CodeType
    instruction: int

    @property
    def file(self) -> str:
        """The file, or what stands for one, such as ``<stdin>``."""
        return self.code.co_filename

    @property
    def line(self) -> int | None:
        """The number of the line, counted from 1."""
        for begin, end, line in self.code.co_lines():
            if begin <= self.instruction < end:
                return line
        return None

    @property
    def text(self) -> str:
        """The line itself, or ``""`` where it cannot be read any more."""
        return linecache.getline(self.file, self.line or 0).strip()

    @property
    def variable(self) -> str | None:
        """The variable that the result is assigned to by the very next instruction, if it is."""
        return _assignments(self.code).get(self.instruction)

    def __str__(self) -> str:
        return f"{self.file}:{self.line}" + (f": {self.text}" if self.text else "")


@lru_cache(maxsize=256)
def _assignments(code: CodeType) -> dict[int, str]:
    """The variable that is assigned right after an instruction, by every offset that the instruction covers."""
    found: dict[int, str] = {}
    for instruction, after in pairwise(dis.get_instructions(code)):
        if after.opname.startswith(("STORE_FAST", "STORE_NAME", "STORE_GLOBAL", "STORE_DEREF")):
            # Newer versions of Python store and load in one instruction; the first name is the one stored.
            name = after.argval if isinstance(after.argval, str) else after.argval[0]
            found.update(dict.fromkeys(range(instruction.offset, after.offset), name))
    return found


_frame = sys._getframe


def caller(depth: int) -> tuple[CodeType, int]:
    """Return the code that runs ``depth`` frames up the stack, and the offset of its current instruction."""
    frame = _frame(depth)
    return frame.f_code, frame.f_lasti


# --- Notes and modes --------------------------------------------------------------------------------------------------


class Note(NamedTuple):
    """The facts about a value besides its numbers."""

    name: str | None = None
    scope: str = ""  # the path of the module that recorded it, as in "mlp.layers[0].neurons[3]"
    role: str = ""  # "parameter" for what a module trains
    source: Source | None = None
    branches: dict[Any, Any] | None = None  # the comparisons it was part of, as `comparisons` keeps them; never shared
    frozen: bool = False  # True for a parameter that no optimizer moves


internal: set[str] = set()  # the files of the library's own modules: code in them is not a user's


def is_internal(package: str) -> None:
    """Count the modules of a package among the library's own."""
    internal.update(str(module.__file__) for name, module in sys.modules.items() if name.startswith(f"{package}."))


class no_grad(FixedMode):  # noqa: N801 - the name everybody knows
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

    __slots__ = ()

    def change(self, mode: Mode) -> None:
        mode.recording = False


class recording(FixedMode):  # noqa: N801 - used as no_grad is
    """Record also within ``no_grad``, as an operator needs that takes the derivative of what it calls."""

    __slots__ = ()

    def change(self, mode: Mode) -> None:
        mode.recording = True


class differentiating(recording):  # noqa: N801 - used as no_grad is
    """Record what an operator such as ``grad`` calls."""

    __slots__ = ()

    def change(self, mode: Mode) -> None:
        super().change(mode)
        mode.differentiates = True


def is_recording() -> bool:
    """Return True if the operations of the calling code leave a record."""
    return mode_here().recording


def inside_operator() -> bool:
    """Return True if the calling code is part of a function that an operator such as ``grad`` differentiates."""
    return mode_here().differentiates


def inside_recording() -> bool:
    """Return True if the calling code is part of a function that is recorded, in single values, to be compiled."""
    tracer = mode_here().tracer if active else None
    return tracer is not None and tracer.by_values


def current_note() -> Note | None:
    """The note for what is recorded here: of the innermost scope, or of the innermost call of a module."""
    note: Note | None = note_here()
    if active:
        mode = mode_here()
        if mode.note is not None and mode.base is note:
            return mode.note  # type: ignore[no-any-return]
    return note


def current_scope() -> str:
    """The path of the scope that is open in this thread or task, or ``""``."""
    note = current_note()
    return note.scope if note else ""


def _put(note: Note, base: Note | None, node: Any) -> None:
    """Note on a computed value that a scope is open, unless a module that is called inside the scope has done so."""
    if node._note is base and node._op is not None:
        node._note = note


class scope(InMode):  # noqa: N801 - used as no_grad is
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

    def inside(self, around: Mode, base: Note | None) -> Mode:
        mode = Mode(around)
        outer = around.note if around.note is not None and around.base is base else base
        mode.note = Note(scope=f"{outer.scope}.{self.name}" if outer and outer.scope else self.name)
        mode.base = base
        mode.mark = partial(_put, mode.note, base)
        return mode.settle()


def checked_name(name: object) -> str:
    """Return the name; raise if it is empty or no text."""
    if not isinstance(name, str):
        raise InputTypeError(f'a name is text, not {described(name)}; write name="…"')
    if not name:
        raise InputValueError("a name cannot be empty; leave it out for a value without a name")
    return name
