"""The lines of boxes as runs of text, and the same in Graphviz's HTML-like language."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator
from typing import Any

from autograd import Entry
from autograd.arrays.table import ArrayPrimitive
from autograd.text.numbers import short

from ..canvas.text import Line, Run, clean, merged, run
from ..canvas.theme import SMALL, Colours

__all__ = ["BREAK", "LabelWriter", "broken", "caption", "escape", "html_like"]

BREAK = '<BR ALIGN="LEFT"/>'
NORMAL = 14.0  # points
WIDE = 40  # characters; a longer expression is broken at its commas


class LabelWriter:
    """A writer of lines, with the number of digits that it uses."""

    def __init__(self, digits: int) -> None:
        self.digits = digits

    def number(self, x: Any) -> str:
        return short(x, self.digits)

    def line(self, what: str, number: str) -> Line:
        """A caption with its number."""
        return run(f"{what} ", SMALL, colour="faint", part="caption"), run(number, SMALL, part=what)

    def heading(self, text: str) -> Line:
        return (run(text, bold=True),)

    def remark(self, text: str) -> Line:
        return (caption(text),)

    def constant(self, text: str) -> Run:
        return run(text, italic=True, colour="constant")

    def title(self, entry: Entry, *remarks: str, brief: bool = False) -> list[Line]:
        """A value's name, with remarks; unless it is ``brief``, also with its operation or its role."""
        pieces = [run(entry.label, bold=True)]
        if entry.op is None and not brief:
            remarks = (entry.role, *remarks)
        lines: list[Line] = []
        if entry.op is not None and not brief:
            pieces.append(run(" = "))
            first, *others = broken(self._expression(entry))
            lines = [(*pieces, *first), *others]
        else:
            lines = [tuple(pieces)]
        if remarks:
            lines[-1] = (*lines[-1], caption(f" {', '.join(remarks)}"))
        return lines

    def _expression(self, entry: Entry) -> Iterator[list[Run]]:
        """The operation as a person writes it, its constants marked, in the parts between its commas.

        The notation is written with a mark in place of each operand, and the operands are put in afterwards, so that a
        name that looks like notation, such as ``a, b``, is not read as notation.
        """
        op, inputs = entry.op, entry.inputs
        assert op is not None
        texts = entry.operands(lambda x: x.label, self.number)
        marks = [f"\0{k}\0" if text else "" for k, text in enumerate(texts)]  # the empty ones are not written
        if isinstance(op, ArrayPrimitive):  # its axes, shapes and indices are part of its notation
            marks = [mark if isinstance(x, Entry) else text for text, mark, x in zip(texts, marks, inputs, strict=True)]
        for part in re.split("(?<=, )", op.write(marks)):
            pieces: list[Run] = []
            for k, piece in enumerate(part.split("\0")):  # notation, operand, notation, …
                if k % 2:
                    text, given = texts[int(piece)], inputs[int(piece)]
                    pieces.append(run(text) if isinstance(given, Entry) else self.constant(text))
                elif piece:
                    pieces.append(run(piece))
            yield pieces


def caption(text: str) -> Run:
    """Small text that explains."""
    return run(text, SMALL, colour="faint")


def broken(parts: Iterable[Iterable[Run]], between: str = "") -> list[Line]:
    """The parts of a text one after another, on a new line where a part would make the line too long."""
    lines: list[Line] = []
    length = 0
    for part in parts:
        pieces = tuple(part)
        added = sum(len(piece.text) for piece in pieces)
        if not lines or (length and length + len(between) + added > WIDE):
            lines.append(pieces)
            length = added
        else:
            lines[-1] = (*lines[-1], *([run(between)] if between else []), *pieces)
            length += len(between) + added
    return lines


# --- Graphviz's language ----------------------------------------------------------------------------------------------


def html_like(line: Line, colours: Colours) -> str:
    """A line as part of an HTML-like label."""
    return "".join(_marked(piece, colours) for piece in merged(line))


def _marked(piece: Run, colours: Colours) -> str:
    text = escape(piece.text)
    text = f"<B>{text}</B>" if piece.bold else text
    text = f"<I>{text}</I>" if piece.italic else text
    look = f' COLOR="{colours.of(piece.colour)}"' if piece.colour != "ink" else ""
    look += f' POINT-SIZE="{piece.size:g}"' if piece.size != NORMAL else ""
    return f"<FONT{look}>{text}</FONT>" if look else text


def escape(text: str) -> str:
    """Return a text as it is written inside an HTML-like label, where it is shown as it was.

    Graphviz takes a backslash in a label for the beginning of an escape.
    """
    return html.escape(clean(text)).replace("\\", "\\\\")
