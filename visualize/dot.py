"""A program as text in Graphviz's DOT language: a box for each value, an edge for each use, a frame for each scope.

    ┌───────────┐
    │ a         │
    │ data -4.0 │── 2.0 ──┐    ┌───────────┐      each box   name = operation, data, gradient
    │ grad 2.0  │         ├──> │ e = a * b │
    └───────────┘         │    │ data -8.0 │      each edge  the local derivative: d e / d a = b
    ┌───────────┐         │    │ grad 1.0  │
    │ b         │         │    └───────────┘      each frame, dashed: the module that computed what is in it
    │ data 2.0  │─ -4.0 ──┘
    │ grad -4.0 │
    └───────────┘

Boxes are ``n0``, ``n1``, … by their position in the program, whatever the values are called. The text depends on the
program alone: the same program gives the same bytes in every process.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence
from itertools import takewhile

from autograd import Entry, Program
from autograd.sweep import local_derivatives
from autograd.table import Primitive
from autograd.text import short

from .theme import CONSTANT, FAINT, LOOKS, SMALL

__all__ = ["statements"]

BREAK = '<BR ALIGN="LEFT"/>'
WIDE = 40  # characters; a longer expression is broken at its commas
FAN, MOST = 8, 3  # edges into a box get a rank longer for every 8, by 3 ranks at most

Path = tuple[str, ...]  # a scope as its segments, outermost first; () is outside all frames


def statements(program: Program, rankdir: str, digits: int) -> Iterator[str]:
    """The lines between the braces of a ``digraph``: the boxes in their frames, then the edges."""
    places = [_place(program, entry) for entry in program]
    yield from _frames(program, places, rankdir, digits)
    for entry in program:
        if entry.op is not None:
            yield from _edges(entry, places, digits)


def _edges(entry: Entry, places: Sequence[Path], digits: int) -> Iterator[str]:
    """The edges into a box, one for each use of a value: two for ``x * x``.

    Many edges get more length, so that they arrive less steeply. What comes from outside a frame to meet a parameter
    inside it starts one rank before that parameter: so frames that follow one another stand side by side, and inputs
    stand before them.
    """
    arguments = [x for x in entry.inputs if isinstance(x, Entry)]
    frames = {places[x.k] for x in arguments if x.op is None and _within(places[entry.k], places[x.k])}
    spread = min(len(arguments) // FAN, MOST)
    for x, slope in zip(entry.inputs, local_derivatives(entry.node), strict=True):
        if isinstance(x, Entry):
            enters = any(not _within(places[x.k], frame) for frame in frames)
            length = f" minlen={1 + spread + enters}" if spread or enters else ""
            yield f'\tn{x.k} -> n{entry.k} [label=" {short(float(slope), digits)} "{length}]\n'


# --- Frames -----------------------------------------------------------------------------------------------------------


def _place(program: Program, entry: Entry) -> Path:
    """The frame of a box: that of its scope. A parameter not used in a scope of its own is put where its uses are."""
    own = _segments(entry.scope)
    paths = {_segments(program[k].scope) for k in entry.uses}
    if entry.role != "parameter" or not paths or own in paths:
        return own
    pairs = zip(min(paths), max(paths), strict=False)  # what the first and the last in order share, all share
    return tuple(a for a, _ in takewhile(lambda pair: pair[0] == pair[1], pairs))


def _within(place: Path, frame: Path) -> bool:
    return place[: len(frame)] == frame


def _segments(scope: str) -> Path:
    return tuple(scope.split(".")) if scope else ()


def _frames(program: Program, places: Sequence[Path], rankdir: str, digits: int) -> Iterator[str]:
    """Every box, in the frame of its scope, and the frames in one another."""
    boxes: dict[Path, list[Entry]] = {(): []}
    inner: dict[Path, list[Path]] = {(): []}
    for entry, place in zip(program, places, strict=True):
        for depth in range(1, len(place) + 1):
            path = place[:depth]
            if path not in inner:
                inner[path[:-1]].append(path)
                inner[path], boxes[path] = [], []
        boxes[place].append(entry)
    number = {path: k for k, path in enumerate(inner)}
    stack: list[Path | str] = [()]  # the frames to open, and the lines that close those already open
    while stack:
        path_or_end = stack.pop()
        if isinstance(path_or_end, str):
            yield path_or_end
            continue
        path = path_or_end
        # Inside a frame, and there only, Graphviz stacks ranks that run from left to right from below.
        order = -1 if path and rankdir == "LR" else 1
        indent = "\t" * len(path)
        if path:
            yield f"{indent}subgraph cluster_{number[path]} {{\n{indent}\tlabel=<{escape(path[-1]) or ' '}>\n"
            stack.append(f"{indent}}}\n")
        for entry in boxes[path][::order]:
            yield f"{indent}\t{_box(entry, digits)}\n"
        stack.extend(inner[path][::-order])


# --- Boxes ------------------------------------------------------------------------------------------------------------


def _box(entry: Entry, digits: int) -> str:
    attributes = " ".join(f'{key}="{value}"' for key, value in LOOKS[entry.role]._asdict().items())
    title = f"<B>{escape(entry.label)}</B>"
    if entry.op is None:
        title += _caption(f" {entry.role}")
    else:
        title += f" = {_expression(entry.op, entry.inputs, digits)}"
    lines = (
        f'{_caption(f"{what} ")}<FONT POINT-SIZE="{SMALL}">{short(number, digits)}</FONT>{BREAK}'
        for what, number in [("data", entry.value), ("grad", entry.grad)]
    )
    return f"n{entry.k} [{attributes} label=<{title}{BREAK}{''.join(lines)}>]"


def _caption(text: str) -> str:
    return f'<FONT COLOR="{FAINT}" POINT-SIZE="{SMALL}">{text}</FONT>'


def _expression(op: Primitive, inputs: Sequence[Entry | float], digits: int) -> str:
    """The operation as a person writes it, its constants marked, broken at its commas where it is long.

    The notation is asked for with a mark in place of each operand, and the operands are put in afterwards: a name that
    looks like notation, such as ``a, b``, is not taken for it.
    """
    texts = [x.label if isinstance(x, Entry) else short(x, digits) for x in inputs]
    marks = [f"\0{k}\0" for k in range(len(inputs))]
    if op.arity is None:  # dot does not write a bias of 0, so it has to see it
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
        pieces[1::2] = [_operand(inputs[k], texts[k]) for k in operands]
        result += "".join(pieces)
    return result


def _operand(given: Entry | float, text: str) -> str:
    return escape(text) if isinstance(given, Entry) else f'<FONT COLOR="{CONSTANT}"><I>{text}</I></FONT>'


# Graphviz takes a backslash in a label for the beginning of an escape. XML has no control characters: a newline is a
# break, the others are shown as Python would write them.
_CONTROL = {code: chr(code).encode("unicode_escape").decode().replace("\\", "\\\\") for code in [*range(32), 127]}
_CHARACTERS = {**_CONTROL, ord("\n"): BREAK, ord("\\"): "\\\\", 0xFFFE: "\ufffd", 0xFFFF: "\ufffd"}


def escape(text: str) -> str:
    """Text written for the inside of an HTML-like label, where it comes out as itself."""
    characters = text.encode("utf-8", "replace").decode("utf-8")  # half of a surrogate pair is none
    return html.escape(characters).translate(_CHARACTERS)
