"""The labels of boxes, in Graphviz's HTML-like language."""

from __future__ import annotations

import html
import re
from typing import Any

from autograd import Entry
from autograd.arrays.table import ArrayPrimitive
from autograd.text.numbers import short

from .theme import SMALL, Colours

__all__ = ["BREAK", "LabelWriter", "escape"]

BREAK = '<BR ALIGN="LEFT"/>'
LONG = 400  # characters; of a longer text, such as a scope, the middle is left out
WIDE = 40  # characters; a longer expression is broken at its commas


class LabelWriter:
    """A writer of labels, with the colours and the number of digits that it uses."""

    def __init__(self, colours: Colours, digits: int) -> None:
        self.colours = colours
        self.digits = digits

    def number(self, x: Any) -> str:
        return short(x, self.digits)

    def caption(self, text: str) -> str:
        return f'<FONT COLOR="{self.colours.faint}" POINT-SIZE="{SMALL}">{text}</FONT>'

    def line(self, what: str, number: str) -> str:
        """A caption with its number."""
        return f'{self.caption(f"{what} ")}<FONT POINT-SIZE="{SMALL}">{number}</FONT>{BREAK}'

    def heading(self, text: str) -> str:
        return f"<B>{escape(text)}</B>{BREAK}"

    def remark(self, text: str) -> str:
        return self.caption(escape(text)) + BREAK

    def title(self, entry: Entry, *remarks: str, brief: bool = False) -> str:
        """A value's name, with remarks; unless it is ``brief``, also with its operation or its role."""
        text = f"<B>{escape(entry.label)}</B>"
        if entry.op is None and not brief:
            remarks = (entry.role, *remarks)
        if entry.op is not None and not brief:
            text += f" = {self._expression(entry)}"
        return text + (self.caption(f" {', '.join(remarks)}") if remarks else "") + BREAK

    def _expression(self, entry: Entry) -> str:
        """The operation as a person writes it, its constants marked, broken at its commas where it is long.

        The notation is written with a mark in place of each operand, and the operands are put in afterwards, so that a
        name that looks like notation, such as ``a, b``, is not read as notation.
        """
        op, inputs = entry.op, entry.inputs
        assert op is not None
        texts = entry.operands(lambda x: x.label, self.number)
        marks = [f"\0{k}\0" for k in range(len(inputs))]
        if isinstance(op, ArrayPrimitive):  # its axes, shapes and indices are part of its notation
            marks = [mark if isinstance(x, Entry) else text for text, mark, x in zip(texts, marks, inputs, strict=True)]
        elif op.arity is None:  # `dot` leaves out a bias of 0, so it gets that operand unmarked
            marks = [text if text == "0" else mark for text, mark in zip(texts, marks, strict=True)]
        result, length = "", 0
        for part in re.split("(?<=, )", op.write(marks)):
            pieces = part.split("\0")  # notation, operand, notation, …
            operands = [int(k) for k in pieces[1::2]]
            width = sum(map(len, pieces[::2])) + sum(len(texts[k]) for k in operands)
            if length and length + width > WIDE:
                result, length = result + BREAK, 0
            length += width
            pieces[::2] = map(escape, pieces[::2])
            pieces[1::2] = [self._operand(inputs[k], texts[k]) for k in operands]
            result += "".join(pieces)
        return result

    def _operand(self, given: Any, text: str) -> str:
        return escape(text) if isinstance(given, Entry) else self.constant(text)

    def constant(self, text: str) -> str:
        return f'<FONT COLOR="{self.colours.constant}"><I>{text}</I></FONT>'


# Graphviz takes a backslash in a label for the beginning of an escape. XML has no control characters: a newline is a
# break, the others are shown as Python would write them.
_CONTROL = {code: chr(code).encode("unicode_escape").decode().replace("\\", "\\\\") for code in [*range(32), 127]}
_CHARACTERS = {**_CONTROL, ord("\n"): BREAK, ord("\\"): "\\\\", 0xFFFE: "\ufffd", 0xFFFF: "\ufffd"}


def escape(text: str) -> str:
    """Return a text as it is written inside an HTML-like label, where it is shown as it was."""
    if len(text) > LONG:  # Graphviz takes up to 16,384 characters
        text = f"{text[: LONG // 2]}…{text[1 - LONG // 2 :]}"
    characters = text.encode("utf-8", "replace").decode("utf-8")  # half of a surrogate pair is none
    return html.escape(characters).translate(_CHARACTERS)
