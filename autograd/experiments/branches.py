"""The comparisons that Python code made of values, and those that would be answered otherwise on other numbers.

    y = x * x if x > 0 else -x        with x = 2:   y = x * x, and the note on x that x > 0 was True

A comparison gives a plain bool, and the branch that Python takes by it is not recorded. But the comparison leaves a
note on the values compared (`core.comparisons`). `asked` reads the notes that belong to a program: of comparisons made
before its result was recorded, since a later one cannot have influenced it.
"""

from __future__ import annotations

import operator
from bisect import bisect
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from ..core.comparisons import Answer, Question, keep
from ..core.context import Source
from ..core.tape import Node
from ..programs.entry import Entry
from ..programs.listing import Program
from ..text.numbers import brief, constant_text
from .rounding import same

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


class Branch(NamedTuple):
    """A comparison of values, and its answer on other numbers.

    Attributes
    ----------
    comparison : str
        ``"<"``, ``"<="``, ``">"``, ``">="``, ``"=="``, ``"!="``, or ``"bool"``.
    sides : tuple of Entry or float
        The operands: entries of the program, and constants. A value outside of the program counts as a constant.
    numbers : tuple of float
        Their numbers when they were compared.
    answer : bool
        The answer then, by which the program went.
    now : tuple of float
        Their numbers in a replay.
    moment : int
        When they were compared, as a creation number: values with that number or a lower one were there before.
    source : Source or None
        The line that compared them, if that was within `provenance`.
    """

    comparison: str
    sides: tuple[Entry | float, ...]
    numbers: tuple[float, ...]
    answer: bool
    now: tuple[float, ...]
    moment: int
    source: Source | None = None

    @property
    def question(self) -> str:
        """The comparison as a person writes it: ``x > 0``."""
        sides = [side.label if isinstance(side, Entry) else constant_text(side) for side in self.sides]
        return f"bool({sides[0]})" if self.comparison == "bool" else f" {self.comparison} ".join(sides)

    @property
    def answer_now(self) -> bool:
        """The answer in the replay."""
        return bool(COMPARISONS[self.comparison](*self.now))

    def described(self, digits: int = 4) -> str:
        """The comparison, its answer then and its answer now, as a sentence."""
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


def asked(program: Program, until: float | None = None) -> list[Branch]:
    """Return the comparisons that may have steered a program, each once, in the order of the values compared.

    Parameters
    ----------
    program : Program
        The program. A comparison with one of its leaves counts for the number that the leaf had then.
    until : float, optional
        A creation number: comparisons made later do not count. By default that of the latest result.
    """
    notes = [entry.node._note for entry in program]
    owned = [note[0] if type(note) is tuple else note for note in notes]
    questions: dict[Question, Answer] = {}
    for note in owned:
        questions.update((note and note.branches) or {})
    last = max(entry.node._number for entry in program.results) if until is None else until
    return [branch for branch in _placed(program, questions) if branch.moment < last] if questions else []


def _placed(program: Program, questions: dict[Question, Answer]) -> Iterator[Branch]:
    entries: dict[int, list[Entry]] = {}
    for entry in program:
        entries.setdefault(entry.node._number, []).append(entry)
    for (comparison, left, x, right, y), (answer, moment, *source) in questions.items():
        compared = [(left, x), (right, y)][: 1 if comparison == "bool" else 2]
        found = [number if node is None else _side(entries.get(node), number) for node, number in compared]
        sides = tuple(side for side in found if side is not None)
        if len(sides) == len(compared):
            numbers = tuple(number for _, number in compared)
            yield Branch(comparison, sides, numbers, answer, numbers, moment, Source(*source) if source else None)


def _side(versions: list[Entry] | None, number: float) -> Entry | float | None:
    """Return the entry of the program that was compared; the number, if the program has no entry of that value.

    It is ``None`` for a leaf of the program that had another number then: the program did not depend on that
    comparison.
    """
    if versions is None:
        return number
    return next((entry for entry in versions if same(entry.value, number)), None)


def turned(branches: Iterable[Branch], values: Sequence[float]) -> list[Branch]:
    """Return those that would be answered otherwise if the program's entries had these values."""
    found = []
    for branch in branches:
        now = tuple(values[side.k] if isinstance(side, Entry) else side for side in branch.sides)
        moved = branch._replace(now=now)
        if moved.answer_now is not branch.answer:
            found.append(moved)
    return found


def hand_over(branches: Iterable[Branch], program: Program, nodes: Sequence[Node], values: Sequence[float]) -> None:
    """Leave the notes of a program on the nodes that stand for its entries in another, whose values are given.

    The answers are the old ones, by which that program goes, too. They were given between the same values as before.
    """
    renumbered: dict[int, int] = {}
    for entry in program:  # of a leaf that changed, the first entry
        renumbered.setdefault(entry.node._number, nodes[entry.k]._number)
    earlier = sorted(renumbered)
    for branch in branches:
        moment = renumbered[earlier[bisect(earlier, branch.moment) - 1]]
        question: list[Any] = [branch.comparison]
        held = [(nodes[side.k], values[side.k]) if isinstance(side, Entry) else (None, side) for side in branch.sides]
        for node, number in [*held, (None, None)][:2]:
            question += [None if node is None else node._number, number]
        for node, _ in held:
            if node is not None:
                keep(node, tuple(question), (branch.answer, moment, *(branch.source or ())))
