r"""Names as people read them: in one line, short, and marked off where they could be taken for notation.

w, layers[0].b       plain, as they are
a + b                ‹a + b›
%1                   ‹%1›                 %1 without marks is the second entry of a program, which has no name
two lines            ‹two\nlines›          escaped as in Python's literals
100,000 letters      ‹aaaaaaaaaaaaaaaaaaa…aaaaaaaaaaaaaaaaaaaa›
"""

from __future__ import annotations

import re

__all__ = ["PATH", "as_label", "printable", "quoted"]

LONGEST = 40  # characters of a name; of a longer one the middle is left out
PATH = 80  # characters of the path of a module
SIGNS = "⁰¹²³⁴⁵⁶⁷⁸⁹½ᵀ"  # letters or digits in Python, notation here
NUMBERS = ("inf", "nan")
PLAIN = rf"(?!(?:{'|'.join(NUMBERS)})\b)[^\W\d{SIGNS}](?:[^\W{SIGNS}]|[.\[\]'])*"
LABEL = re.compile(rf"%\d+|(?:{PLAIN}′?|‹.*›)(?:%\d+)?")


def printable(text: str, most: int = LONGEST) -> str:
    r"""Return text in one line of at most ``most`` characters.

    Characters that cannot be printed are escaped as in Python's literals; the middle of a long text is left out.

    Examples
    --------
    >>> printable("two\nlines"), printable("a" * 100_000, most=9)
    ('two\\nlines', 'aaaa…aaaa')
    """
    if len(text) > 2 * most:
        text = text[:most] + text[-most:]
    if not text.isprintable():
        text = "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)
    if len(text) <= most:
        return text
    head = (most - 1) // 2
    return f"{text[:head]}…{text[len(text) - (most - 1 - head) :]}"


def quoted(name: str, most: int = LONGEST) -> str:
    """Return a user's name as text: as it is if it is plain, else printable and between ``‹`` and ``›``.

    Examples
    --------
    >>> [quoted(name) for name in ("w", "layers[0].b", "a + b", "%1", "2x", "inf")]
    ['w', 'layers[0].b', '‹a + b›', '‹%1›', '‹2x›', '‹inf›']
    """
    shown = printable(name, most)
    return shown if re.fullmatch(PLAIN, shown) else f"‹{shown}›"


def as_label(text: str) -> str:
    """Return a label as it is, and any other text as `quoted` has it.

    A label is a name from `quoted`, with ``%`` and a position behind it where several entries of a program have that
    name; or a position alone.

    Examples
    --------
    >>> [as_label(text) for text in ("%1", "w%3", "‹a + b›%0", "a + b")]
    ['%1', 'w%3', '‹a + b›%0', '‹a + b›']
    """
    return text if LABEL.fullmatch(text) else quoted(text)
