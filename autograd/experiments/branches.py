"""The questions that Python code asked of values, so that a replay knows where other numbers would answer otherwise.

    y = x * x if x > 0 else -x        with x = 2:   y = x * x, and the note on x that x > 0 was True

A comparison gives a plain bool, and what Python does with it is on no tape. But the comparison itself passes by here,
and leaves a note on the values compared: what was asked, of which numbers, and the answer. The note calls the values by
their creation numbers; nobody lives longer for having been compared.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from ..core.comparisons import Answer, Question, keep
from ..core.source import Source
from ..core.tape import Node
from ..programs.entry import Entry
from ..programs.listing import Program
from ..text.numbers import brief, constant_text

__all__ = ["Branch", "asked", "hand_over", "turned"]

COMPARISONS: dict[str, Callable[..., bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
    "bool": bool,
}


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
        sides = [side.label if isinstance(side, Entry) else constant_text(side) for side in self.sides]
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
                keep(node, tuple(question), (branch.answer, *(branch.source or ())))
