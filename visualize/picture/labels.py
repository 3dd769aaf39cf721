"""The lines of boxes as runs of text, and the same in Graphviz's HTML-like language."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator
from typing import Any

from autograd import Entry
from autograd.arrays.table import ArrayPrimitive
from autograd.programs.labels import label_within
from autograd.text.numbers import short

from ..canvas.text import Line, Run, clean, merged, run
from ..canvas.theme import SMALL, Colours

__all__ = ["BREAK", "NARROW", "WIDE", "LabelWriter", "broken", "caption", "escape", "html_like"]

BREAK = '<BR ALIGN="LEFT"/>'
NORMAL = 14.0  # points
END = r"(?<=, )|(?<= [-+*/@%] )"  # places in an expression where a line may end
ELEMENT = re.compile(r"(\w[\w.\[\]]*)(\[\d+\])")
WIDE, NARROW = 40, 18  # characters of a line: usually, and where a picture would else be too wide


class LabelWriter:
    """Writes the lines of boxes, with a number of significant digits, and a number of characters that a line may have.

    A longer title is broken after commas, operators and names; a name that alone is too long is broken after its words.
    """

    def __init__(self, digits: int, wide: int = WIDE) -> None:
        self.digits = digits
        self.wide = wide

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

    def title(self, entry: Entry, *remarks: str, scope: str = "", brief: bool = False) -> list[Line]:
        """A value's name, with remarks; unless it is ``brief``, also with its operation or its role.

        ``scope`` is that of the frame in which the text stands.
        """
        parts = [[run(piece, bold=True)] for piece in self._pieces(label_within(entry, scope))]
        if brief:
            pass
        elif entry.op is None:
            remarks = (entry.role, *remarks)
        else:
            parts[-1].append(run(" = "))
            parts += self._expression(entry, scope)
        lines = broken(parts, wide=self.wide)
        if remarks:
            remark = ", ".join(remarks)
            if sum(len(piece.text) for piece in lines[-1]) + 1 + len(remark) > self.wide and len(lines) > 1:
                return [*lines, (caption(remark),)]
            lines[-1] = (*lines[-1], caption(f" {remark}"))
        return lines

    def _pieces(self, name: str) -> list[str]:
        """A name, in parts between its words if it is too long for a line; the position behind it stays whole."""
        if len(name) <= self.wide:
            return [name]
        position = "".join(re.findall(r"%\d+$", name))
        words = re.findall(r".*?[_.\]\s](?=[^_.\]\s])|.+$", name.removesuffix(position))
        pieces = [word[k : k + self.wide] for word in words for k in range(0, len(word), self.wide)]
        return [*pieces[:-1], pieces[-1] + position]

    def _expression(self, entry: Entry, scope: str) -> Iterator[list[Run]]:
        """The operation as a person writes it, its constants marked, in the parts between which a line may end.

        The notation is written with a mark in place of each operand, and the operands are put in afterwards, so that a
        name that looks like notation, such as ``a, b``, is not read as notation.
        """
        op, inputs = entry.op, entry.inputs
        assert op is not None
        texts = entry.operands(lambda x: label_within(x, scope), self.number)
        marks = [f"\0{k}\0" if text else "" for k, text in enumerate(texts)]  # the empty ones are not written
        for k, x in enumerate(inputs):  # the elements of one list share the mark of its name
            element = ELEMENT.fullmatch(texts[k]) if isinstance(x, Entry) else None
            if element:
                if element[1] not in texts:
                    texts.append(element[1])
                marks[k] = f"\0{texts.index(element[1])}\0{element[2]}"
        if isinstance(op, ArrayPrimitive):  # its axes, shapes and indices are part of its notation
            marks = [mark if isinstance(x, Entry) else text for text, mark, x in zip(texts, marks, inputs, strict=True)]
        for part in re.split(END, op.write(marks)):
            pieces: list[Run] = []
            for k, piece in enumerate(part.split("\0")):  # notation, operand, notation, …
                if k % 2:
                    position = int(piece)
                    named = position >= len(inputs) or isinstance(inputs[position], Entry)
                    *whole, last = self._pieces(texts[position]) if named else [texts[position]]
                    for each in whole:
                        yield [*pieces, run(each)]
                        pieces = []
                    pieces.append(run(last) if named else self.constant(last))
                elif piece:
                    pieces.append(run(piece))
            yield pieces


def caption(text: str) -> Run:
    """Small text that explains."""
    return run(text, SMALL, colour="faint")


def broken(parts: Iterable[Iterable[Run]], between: str = "", wide: int = WIDE) -> list[Line]:
    """The parts of a text one after another, on a new line where a part would make the line too long."""
    lines: list[Line] = []
    length = 0
    for part in parts:
        pieces = tuple(part)
        added = sum(len(piece.text) for piece in pieces)
        if not lines or (length and length + len(between) + added > wide):
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
