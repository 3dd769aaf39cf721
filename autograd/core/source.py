"""Where in a program something happened: the file, the line, and the variable that was assigned there."""

from __future__ import annotations

import dis
import linecache
import sys
from functools import lru_cache
from itertools import pairwise
from types import CodeType
from typing import NamedTuple

__all__ = ["Source", "caller"]


class Source(NamedTuple):
    """An instruction of some code; what it says is read off the bytecode when somebody asks.

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
    """The code so many frames up, and the instruction that it is at."""
    frame = _frame(depth)
    return frame.f_code, frame.f_lasti
