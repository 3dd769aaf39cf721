"""The questions that Python code asked of values, so that a replay knows where other numbers would answer otherwise.

    y = x * x if x > 0 else -x        with x = 2:   y = x * x, and the note on x that x > 0 was True

A comparison gives a plain bool, and what Python does with it is on no tape. But the comparison itself passes by here,
and leaves a note on the values compared: what was asked, of which numbers, and the answer. The note calls the values by
their creation numbers; nobody lives longer for having been compared.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Iterator, Sequence
from sys import float_info
from typing import Any, NamedTuple

import numpy as np

from .context import Note, active, mode_here
from .program import Entry, Program
from .provenance import caller
from .source import Source
from .tape import Node
from .text import brief, short

__all__ = [
    "COMPARED",
    "MOST",
    "Branch",
    "answered",
    "asked",
    "hand_over",
    "remember",
    "turned",
    "without_branches",
    "written",
]

MOST = 64  # notes on one value; where there would be more, the older half is dropped
COMPARISONS: dict[str, Callable[..., bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
    "bool": bool,
}
COMPARED = {  # by numpy's names
    "less": "<",
    "less_equal": "<=",
    "greater": ">",
    "greater_equal": ">=",
    "equal": "==",
    "not_equal": "!=",
}

_PLAIN = {float, int, type(None)}

# What was asked: the comparison, and for each side the creation number, None for a constant, and the number.
Question = tuple[Any, ...]
# What came of it: the answer, and under provenance the code and the instruction that asked.
Answer = tuple[Any, ...]


# --- Keeping ----------------------------------------------------------------------------------------------------------


def remember(
    comparison: str, answer: bool, left: Node | None, x: Any, right: Node | None = None, y: Any = None, depth: int = 3
) -> Any:
    """The answer of a comparison; and a note of it on the values compared.

    Every comparison of values comes by here, when it is made. So what wants to know of them as they are made, a mode or
    a tracer, asks here; the tracer of a function that is compiled gives an answer of its own. Under ``no_grad`` none
    leaves a note.
    """
    if type(y) not in _PLAIN:
        y = float(y)  # of a subclass, which may hold on to anything
    found: Answer = (answer,)
    if active:
        mode = mode_here()
        if mode.tracer is not None:
            return mode.tracer.compared(comparison, answer, left, x, right, y)
        if not mode.recording:
            return answer
        if mode.watch is not None:
            found = (answer, *caller(depth))
    question = (
        comparison,
        None if left is None else left._number,
        x,
        None if right is None else right._number,
        y,
    )
    if left is not None:
        _keep(left, question, found)
    if right is not None and right is not left:
        _keep(right, question, found)
    return answer


def answered(name: str, answer: Any, inputs: Sequence[Any]) -> Any:
    """The same for what one of numpy's functions asked, by its name: also ``isnan``, which leaves no note."""
    if active and mode_here().tracer is not None:
        return mode_here().tracer.answered(name, answer, inputs)
    if name in COMPARED and isinstance(answer, np.bool_):
        (left, x), (right, y) = [(x, x._data) if isinstance(x, Node) else (None, np.asarray(x).item()) for x in inputs]
        remember(COMPARED[name], bool(answer), left, x, right, y, depth=4)
    return answer


def _keep(node: Node, question: Question, answer: Answer) -> None:
    """Add to a value's own notes; the note it may share with others of its scope is left as it is."""
    note = node._note
    if type(note) is tuple:  # as provenance leaves it
        note, *source = note
    kept = None if note is None else note.branches
    if kept is None:
        kept = {}
        own = Note(note.name, note.scope, note.role, note.source, kept) if note else Note(branches=kept)
        node._note = (own, *source) if type(node._note) is tuple else own
    if question not in kept:
        if len(kept) >= MOST:
            for oldest in [*kept][: MOST // 2]:
                kept.pop(oldest, None)
        kept[question] = answer


def without_branches(note: Any) -> Any:
    """What a node's ``_note`` says besides, for another node."""
    if type(note) is tuple:
        return (without_branches(note[0]), *note[1:])
    return note if note is None or note.branches is None else note._replace(branches=None)


# --- Reading ----------------------------------------------------------------------------------------------------------


class Branch(NamedTuple):
    """A question that was asked of values, and what it would be answered now.

    Attributes
    ----------
    comparison : str
        ``"<"``, ``"<="``, ``">"``, ``">="``, ``"=="``, ``"!="``, or ``"bool"``.
    sides : tuple of Entry or float
        What was compared: entries of the program, and constants. What is not part of the program counts as a constant.
    numbers : tuple of float
        Their numbers when the question was asked.
    answer : bool
        The answer then, by which the program went.
    now : tuple of float
        Their numbers in a replay.
    source : Source or None
        The line that asked, if that was within `provenance`.
    """

    comparison: str
    sides: tuple[Entry | float, ...]
    numbers: tuple[float, ...]
    answer: bool
    now: tuple[float, ...]
    source: Source | None = None

    @property
    def question(self) -> str:
        """The question as a person writes it: ``x > 0``."""
        sides = [side.label if isinstance(side, Entry) else written(side) for side in self.sides]
        return f"bool({sides[0]})" if self.comparison == "bool" else f" {self.comparison} ".join(sides)

    @property
    def answer_now(self) -> bool:
        """The answer in the replay."""
        return bool(COMPARISONS[self.comparison](*self.now))

    def described(self, digits: int = 4) -> str:
        """What was asked and answered then, and what the answer is now, as a sentence."""
        then, now = (
            ", ".join(
                f"{side.label} = {brief(number, digits)}"
                for side, number in zip(self.sides, numbers, strict=True)
                if isinstance(side, Entry)
            )
            for numbers in (self.numbers, self.now)
        )
        where = f" ({self.source})" if self.source else ""
        return f"{self.question} was {self.answer} for {then}; it is {self.answer_now} for {now}{where}"

    def __str__(self) -> str:
        return self.described()


def written(constant: float) -> str:
    """A constant in a question."""
    return short(constant, 8) if abs(constant) <= float_info.max else repr(constant)  # also an integer beyond it


def asked(program: Program) -> list[Branch]:
    """The questions that were asked of a program's values, each once, in the order of the values.

    A question about a leaf whose ``data`` was another number then, or about a value that was made after the result, has
    nothing to do with the program.
    """
    notes = [entry.node._note for entry in program]
    owned = [note[0] if type(note) is tuple else note for note in notes]
    questions: dict[Question, Answer] = {}
    for note in owned:
        questions.update((note and note.branches) or {})
    return list(_placed(program, questions)) if questions else []


def _placed(program: Program, questions: dict[Question, Answer]) -> Iterator[Branch]:
    entries: dict[int, list[Entry]] = {}
    for entry in program:
        entries.setdefault(entry.node._number, []).append(entry)
    last = max(entry.node._number for entry in program.results)
    for (comparison, left, x, right, y), (answer, *source) in questions.items():
        compared = [(left, x), (right, y)][: 1 if comparison == "bool" else 2]
        found = [number if node is None else _side(entries.get(node), number, node < last) for node, number in compared]
        sides = tuple(side for side in found if side is not None)
        if len(sides) == len(compared):
            numbers = tuple(number for _, number in compared)
            yield Branch(comparison, sides, numbers, answer, numbers, Source(*source) if source else None)


def _side(versions: list[Entry] | None, number: float, early: bool) -> Entry | float | None:
    """The entry that was compared; its number, for a value that is not in the program; ``None`` for another story."""
    if versions is None:
        return number if early else None
    return next((entry for entry in versions if _same(entry.value, number)), None)


def _same(x: float, y: float) -> bool:
    return x == y or (x != x and y != y)


def turned(branches: Iterable[Branch], values: Sequence[float]) -> list[Branch]:
    """Those that would be answered otherwise, if the program's entries had these values."""
    found = []
    for branch in branches:
        now = tuple(values[side.k] if isinstance(side, Entry) else side for side in branch.sides)
        moved = branch._replace(now=now)
        if moved.answer_now is not branch.answer:
            found.append(moved)
    return found


def hand_over(branches: Iterable[Branch], nodes: Sequence[Node | None], values: Sequence[float]) -> None:
    """Leave the notes of one program on the nodes that stand for its entries in another, whose values are given.

    The answers are the old ones, by which that program goes, too.
    """
    for branch in branches:
        question: list[Any] = [branch.comparison]
        held = [(nodes[side.k], values[side.k]) if isinstance(side, Entry) else (None, side) for side in branch.sides]
        for node, number in [*held, (None, None)][:2]:
            question += [None if node is None else node._number, number]
        for node, _ in held:
            if node is not None:
                _keep(node, tuple(question), (branch.answer, *(branch.source or ())))
