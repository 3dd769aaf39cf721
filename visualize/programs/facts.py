"""Facts about the values of a program that a pass gives: the gradients that reach them, and the progress of the pass.

All of them are read from `Step` records; nothing is differentiated here.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any

from autograd import Entry, Program
from autograd.stepping.passes import reverse
from autograd.stepping.records import Part, Step, any_of
from autograd.text.numbers import short

__all__ = ["Facts"]

KEPT = 20_000  # values; the steps of a larger program are not kept in memory


class Facts:
    """The pass over a program, and the moment of it that is drawn.

    Parameters
    ----------
    program : Program
        The program that is drawn.
    step : Step, optional
        The step that the picture shows; without one, it shows the finished state.
    marked : Entry, optional
        The value to mark, if there is no step.

    Attributes
    ----------
    dead : set of int
        The positions of operations that pass no gradient on, whatever reaches them.
    unreached : set of int
        The positions of values that no gradient can reach.
    current : Entry or None
        The marked value.
    upstream : float, ndarray or None
        The upstream gradient of the marked value, if that was computed.
    count : int
        The number of steps of the pass.
    size : int
        The number of values of the program.
    """

    def __init__(self, program: Program, step: Step | None = None, marked: Entry | None = None) -> None:
        self.program = program
        self.step = step
        self.seed = 1.0 if step is None or step.seed is None else step.seed
        self.forward = step is not None and step.upstream is None
        self.current = step.entry if step else marked
        self.results = {entry.k for entry in program.results}
        self.size = len(program)
        self._steps: list[Step] = []

    def read(self) -> Iterable[Step]:
        """Iterate over the steps of the reverse pass; the facts are collected on the way."""
        if self.size > KEPT:
            return self._collected(reverse(self.program, self.seed))
        if not self._steps:
            steps = list(reverse(self.program, self.seed))
            self._steps = list(self._collected(steps))
        return self._steps

    def _collected(self, steps: Iterable[Step]) -> Iterator[Step]:
        self.count = 0
        self.upstream: Any = None
        self.dead: set[int] = set()
        self.unreached: set[int] = set()
        self._arrived: dict[int, Part] = {}  # the latest at each value, until the step
        reached = set(self.results)
        for step in steps:
            self.count += 1
            if step.entry is self.current:
                self.upstream = step.upstream
            if _lets_nothing_through(step):
                self.dead.add(step.entry.k)
            for part in step.parts:
                (reached if part.passes else self.unreached).add(part.entry.k)
                if self.step is not None and not self.forward and step.k <= self.step.k:
                    self._arrived[id(part.entry.node)] = part
            yield step
        self.unreached -= reached

    def moves(self, part: Part) -> bool:
        """Return True if the marked value passes this part back; in a forward pass, if it takes it as an argument."""
        return part.source is self.current

    def numbers(self, entries: Sequence[Entry], kinds: Collection[str], digits: int) -> dict[int, dict[str, str]]:
        """Return the numbers of entries as text, by position; ``kinds`` has "data", "grad" or both."""
        data = [self._data(entry) for entry in entries] if "data" in kinds else []
        grads = self._grads(entries) if "grad" in kinds else []
        texts: dict[int, dict[str, str]] = {entry.k: {} for entry in entries}
        for entry, number in zip(entries, data, strict=False):
            texts[entry.k]["data"] = short(number, digits)
        for entry, (number, suffix) in zip(entries, grads, strict=False):
            texts[entry.k]["grad"] = short(number, digits) + suffix
        return texts

    def _data(self, entry: Entry) -> Any:
        """The value's number; ``None`` before its step in a forward pass."""
        later = self.forward and self.current is not None and entry.op is not None and entry.k > self.current.k
        return None if later else entry.value

    def _grads(self, entries: Sequence[Entry]) -> list[tuple[Any, str]]:
        """The gradients of values.

        At a step, each is the sum so far; if contributions are missing, it is followed by the number that have arrived.
        """
        if self.step is None:
            return [(entry.grad, "") for entry in entries]
        return [self._arrived_at(entry) for entry in entries]

    def _arrived_at(self, entry: Entry) -> tuple[Any, str]:
        part = self._arrived.get(id(entry.node))
        if part is None:
            begun = not self.forward and entry.k in self.results
            return self.seed if begun else None, ""
        return part.after, "" if part.complete else f" · {part.arrived} of {part.uses}"


def _lets_nothing_through(step: Step) -> bool:
    op = step.entry.op
    return (
        op is not None
        and op.selects
        and bool(step.parts)
        and not any(part.slope is None or any_of(part.slope) for part in step.parts)
    )
