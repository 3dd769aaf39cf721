"""What text is written on: how wide it is, whether it has colours, and which characters it can show."""

from __future__ import annotations

import os
import sys
from typing import Any, NamedTuple

__all__ = ["ENDLESS", "Paper", "paper"]

WIDTH = 80  # columns, where nobody says
ENDLESS = sys.maxsize  # columns of a paper on which no line is cut
STYLES = {"bold": "1", "faint": "2", "red": "31", "green": "32", "yellow": "33", "blue": "34", "cyan": "36"}
SIGNS = "· × − … ≤ ≥ ≠ ≈ → ← ² ³ √ ∂ ′ ‹ › Σ ½ │ ├ └ ─ ┌ ┐ ┘ ▶ ● ↑ ᵀ".split()
SPELLED = "* * - ... <= >= != ~ -> <- **2 **3 sqrt d ' < > sum 1/2 | | ` - . . ' > * ^ .T".split()
ASCII = dict(zip(SIGNS, SPELLED, strict=True))


class Paper(NamedTuple):
    """What a text is written on.

    Attributes
    ----------
    width : int
        Columns.
    colour : bool
        Whether escape sequences for colours are understood.
    unicode : bool
        Whether other characters than those of ASCII can be shown.
    """

    width: int = WIDTH
    colour: bool = False
    unicode: bool = True

    def paint(self, text: str, style: str) -> str:
        """Text in a style of `STYLES`, where there are colours."""
        return f"\033[{STYLES[style]}m{text}\033[0m" if self.colour else text

    def plain(self, text: str) -> str:
        """Text in characters that can be shown: signs are spelled in ASCII where it must be, names escaped."""
        if self.unicode or text.isascii():
            return text
        spelled = "".join(ASCII.get(character, character) for character in text)
        return spelled.encode("ascii", "backslashreplace").decode("ascii")


def paper(stream: Any = None) -> Paper:
    """What a stream writes on; ``None`` is standard output.

    Colours are for terminals only, and never where the environment has ``NO_COLOR``; ``COLUMNS`` says how wide it is
    before the terminal does.

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
