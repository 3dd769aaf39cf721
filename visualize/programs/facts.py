"""The facts that the steps of a pass give about values: the gradients that reach them, and how far the pass has come.

All of it is read from `Step` records; nothing is differentiated here.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from autograd import Entry, Program
from autograd.stepping.passes import reverse
from autograd.stepping.records import Part, Step, any_of
from autograd.text.numbers import short

__all__ = ["Facts"]


class Facts:
    """The pass over a program, and the moment of it that is drawn.

    Parameters
    ----------
    program : Program
        What is drawn.
    step : Step, optional
        The step at which the picture stands; without one, it shows the finished state.
    marked : Entry, optional
        The value to mark, where there is no step.

    Attributes
    ----------
    dead : set of int
        The positions of operations that let nothing through, whatever arrives.
    unreached : set of int
        The positions of values at which no gradient can arrive.
    current : Entry or None
        The marked value.
    upstream : float, ndarray or None
        The gradient that arrives at it, if it was computed.
    count : int
        How many steps the pass has.
    """

    def __init__(self, program: Program, step: Step | None = None, marked: Entry | None = None) -> None:
        self.program = program
        self.step = step
        self.seed = 1.0 if step is None or step.seed is None else step.seed
        self.forward = step is not None and step.upstream is None
        self.current = step.entry if step else marked
        self.results = {entry.k for entry in program.results}

    def read(self) -> Iterator[Step]:
        """The steps of the reverse pass, of which note is taken as they go by."""
        self.count = 0
        self.upstream: Any = None
        self.dead: set[int] = set()
        self.unreached: set[int] = set()
        self._arrived: dict[int, Part] = {}  # the latest at each value, until the step
        reached = set(self.results)
        for step in reverse(self.program, self.seed):
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
        """Return True for a term that the marked value passes on; in a forward pass, for an argument that it takes."""
        return part.source is self.current

    def data(self, entry: Entry, digits: int) -> str:
        """The value's number; none before its turn in a forward pass."""
        later = self.forward and self.current is not None and entry.op is not None and entry.k > self.current.k
        return "-" if later else short(entry.value, digits)

    def grad(self, entry: Entry, digits: int) -> str:
        """The value's gradient: what was deposited; at a step, what has arrived, and how much of it if not all."""
        if self.step is None:
            return short(entry.grad, digits)
        part = self._arrived.get(id(entry.node))
        if part is None:
            begun = not self.forward and entry.k in self.results
            return short(self.seed if begun else None, digits)
        so_far = "" if part.complete else f" · {part.arrived} of {part.uses}"
        return short(part.after, digits) + so_far


def _lets_nothing_through(step: Step) -> bool:
    op = step.entry.op
    return (
        op is not None
        and op.selects
        and bool(step.parts)
        and not any(part.slope is None or any_of(part.slope) for part in step.parts)
    )
