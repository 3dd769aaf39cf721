r"""Formulas of a page: fractions are shown stacked, and read aloud as they are written in a line.

    x/(1 + y)        \x02x\x03\x051 + y\x06\x04

Control characters mark a fraction: its beginning, the sign between its parts, its end, and parentheses that only a line
needs. Names are printable, so no name contains one. The script of the page stacks the parts, and hides the sign and
these parentheses from the eye alone: a screen reader reads the formula as it is written in a line.
"""

from __future__ import annotations

import re

from autograd import Entry
from autograd.formulas.notation import LOOSE, PRODUCT, SIGN, Expression, Symbol, Writer
from autograd.text.numbers import brief, short

__all__ = ["in_a_line", "on_names", "on_numbers", "signed", "with_places", "written"]

BEGIN, OVER, END, OPEN, CLOSE = "\x02\x03\x04\x05\x06"
LINE = str.maketrans({BEGIN: "", OVER: "/", END: "", OPEN: "(", CLOSE: ")"})


def in_a_line(text: str) -> str:
    """Return a formula as text without marks."""
    return text.translate(LINE)


def on_names(entry: Entry) -> str:
    """Return the operation of an entry on the names of its arguments; for a leaf, its role."""
    if entry.op is None or entry.op.name != "div":
        return entry.expression
    above, below = entry.operands(lambda x: x.label, short)
    return _fraction(f"{above} ", f" {below}")


def on_numbers(entry: Entry, digits: int) -> str:
    """Return the operation of an entry on numbers, the negative ones in parentheses where they need them."""
    assert entry.op is not None
    texts = entry.operands(lambda x: brief(x.value, digits), lambda x: brief(x, digits))
    if entry.op.name == "div":
        above, below = texts
        return _fraction(f"{above} ", f" {OPEN}{below}{CLOSE}" if below.startswith("-") else f" {below}")
    text = entry.op.write([signed(text) for text in texts])
    text = re.sub(r"(?:(?<=[(\[])|(?<=, ))\((-[^()]*)\)", r"\1", text)
    return re.sub(r"^\((-[^()]*)\)(?! \*\*)", r"\1", text)


def with_places(entry: Entry, digits: int) -> str:
    """Return the operation of an entry with a place, such as ``{3}``, for the number of each argument that is an entry.

    The script of the page fills the places, with parentheses where a negative number needs them.
    """
    assert entry.op is not None
    texts = entry.operands(lambda x: f"{{{x.k}}}", lambda x: brief(x, digits))
    if entry.op.name == "div":
        above, below = texts
        return _fraction(f"{above} ", f" {OPEN}{below}{CLOSE}" if below.startswith("-") else f" {below}")
    return entry.op.write([signed(text) for text in texts])


def written(x: Expression, digits: int) -> str:
    """Return a formula or a number as the right factor of a product."""
    text = _Stacking(digits=digits).at(x)
    loose = isinstance(x, Symbol) and LOOSE.get(x.head, PRODUCT) < PRODUCT
    return f"({text})" if loose else signed(text)


def signed(text: str) -> str:
    """Return a number in parentheses if it is negative."""
    return f"({text})" if text.startswith("-") else text


class _Stacking(Writer):
    """Marks the parts of fractions."""

    def write_div(self, x: Symbol) -> str:
        above, below = self._part(x.parts[0], PRODUCT), self._part(x.parts[1], SIGN)
        sign = "-" if above.startswith("-") else ""
        return sign + _fraction(above.removeprefix("-"), below)

    def _part(self, x: Expression, binding: int) -> str:
        text, own = self.text(x)
        return text if own >= binding else f"{OPEN}{text}{CLOSE}"


def _fraction(above: str, below: str) -> str:
    return f"{BEGIN}{above}{OVER}{below}{END}"
