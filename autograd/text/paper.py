"""Paper, the description of an output: its width, its colours, and the characters that it can show."""

from __future__ import annotations

import os
import sys
from typing import Any, NamedTuple

__all__ = ["ENDLESS", "Paper", "paper"]

WIDTH = 80  # columns, unless the terminal or the environment says otherwise
ENDLESS = sys.maxsize  # columns of a paper on which no line is cut
STYLES = {"bold": "1", "faint": "2", "red": "31", "green": "32", "yellow": "33", "blue": "34", "cyan": "36"}
SIGNS = "· × − … ≤ ≥ ≠ ≈ → ← ² ³ √ ∂ ′ ‹ › Σ ½ │ ├ └ ─ ┌ ┐ ┘ ▶ ● ↑ ᵀ".split()
SPELLED = "* * - ... <= >= != ~ -> <- **2 **3 sqrt d ' < > sum 1/2 | | ` - . . ' > * ^ .T".split()
ASCII = dict(zip(SIGNS, SPELLED, strict=True))


class Paper(NamedTuple):
    """The properties of an output that text is laid out for.

    Attributes
    ----------
    width : int
        Columns.
    colour : bool
        True if escape sequences for colours are understood.
    unicode : bool
        True if characters beyond ASCII can be shown.
    """

    width: int = WIDTH
    colour: bool = False
    unicode: bool = True

    def paint(self, text: str, style: str) -> str:
        """Return text with the escape sequences of a style of `STYLES`; without colours, the text alone."""
        return f"\033[{STYLES[style]}m{text}\033[0m" if self.colour else text

    def plain(self, text: str) -> str:
        """Return text in characters that can be shown: in ASCII, signs are spelled out and other characters escaped."""
        if self.unicode or text.isascii():
            return text
        spelled = "".join(ASCII.get(character, character) for character in text)
        return spelled.encode("ascii", "backslashreplace").decode("ascii")


def paper(stream: Any = None) -> Paper:
    """Return the paper of a stream; ``None`` is standard output.

    Only terminals have colours, and none if the environment has ``NO_COLOR`` or a dumb ``TERM``. ``COLUMNS`` overrides
    the width of the terminal.

    Examples
    --------
    >>> import io
    >>> paper(io.StringIO())
    Paper(width=80, colour=False, unicode=True)
    """
    stream = stream or sys.stdout
    try:
        terminal = stream.isatty()
        columns = os.get_terminal_size(stream.fileno()).columns if terminal else WIDTH
    except (AttributeError, OSError, ValueError):  # closed, or not a file at all
        terminal, columns = False, WIDTH
    asked = os.environ.get("COLUMNS", "")
    width = int(asked) if asked.isdecimal() and int(asked) else columns
    colour = terminal and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    encoding = getattr(stream, "encoding", None) or "utf-8"
    try:
        "²·×∂√…".encode(encoding)
    except (UnicodeEncodeError, LookupError):
        return Paper(width or WIDTH, colour, unicode=False)
    return Paper(width or WIDTH, colour)
