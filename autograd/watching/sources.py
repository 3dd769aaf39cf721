"""Names and lines for values without a name: each value remembers the instruction that recorded it.

While a value is recorded, only the caller's code object and the position in it are kept. The line, and the variable
that was assigned there, are read from them when they are asked for.
"""

from __future__ import annotations

from typing import Any

from ..core.context import _frame, internal
from ..core.modes import FixedMode, Mode
from ..core.tape import Node

__all__ = ["keep_source", "provenance"]


def keep_source(node: Node, depth: int = 2) -> None:
    """Note the innermost caller that does not belong to the library; the search begins ``depth`` frames up."""
    frame: Any = _frame(depth)
    code = frame.f_code
    while code.co_filename in internal:
        frame = frame.f_back
        code = frame.f_code
    node._note = (node._note, code, frame.f_lasti)


class provenance(FixedMode):  # noqa: N801 - used as no_grad is
    """Keep the source of each value: the file, the line, and where it can be read off, the variable.

    Listings, drawings and errors then use the variable's name for a value that has none of its own; ``value.source``
    says where it came from. It counts for the thread or asyncio task that entered it, nests, and decorates functions
    and coroutines. Outside it costs nothing.

    Examples
    --------
    >>> from autograd import Value, program, provenance
    >>> def area(width, height):
    ...     surface = width * height
    ...     return surface
    >>> with provenance():
    ...     width = Value(3.0)
    ...     y = area(width, Value(2.0)) + 1
    >>> print(program(y))
                           value  gradient
    width   = input        3.0    -
    %1      = input        2.0    -
    surface = width * %1   6.0    -
    y       = surface + 1  7.0    -
    >>> program(y)[2].node.source.line
    2
    """

    __slots__ = ()

    def change(self, mode: Mode) -> None:
        mode.watch = mode.watch or keep_source  # the only other one, of detect_anomaly, keeps the source too
