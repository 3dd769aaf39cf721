"""The state of a pass: for each value, the gradient so far and the number of its uses that have arrived."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from ..programs.entry import Entry
from ..text.layout import Listing, Span, line_up, table
from ..text.paper import Paper, paper
from .passes import uses_of
from .records import Pass, Step
from .tangents import Tangent, tangent_of
from .writing import Pen

__all__ = ["Standing", "State", "heading"]


class Standing(NamedTuple):
    """The state of one entry within a pass.

    Attributes
    ----------
    entry : Entry
        The entry.
    value : float or None
        Its number; ``None`` if a forward pass has not reached it.
    grad : float or None
        The sum of the contributions that have arrived in this pass; in the forward mode, the derivative of the entry;
        ``None`` if there are none yet.
    arrived, uses : int
        The number of its uses whose contributions have arrived, and the number of all its uses.
    earlier : float or None
        The gradient that a leaf had before this pass, to which the pass adds at its end.
    """

    entry: Entry
    value: Any
    grad: Any
    arrived: int
    uses: int
    earlier: Any

    @property
    def is_partial(self) -> bool:
        """True if some uses have arrived and others have not."""
        return self.grad is not None and self.arrived < self.uses

    def text(self, pen: Pen) -> str:
        """The gradient in words: ``b.grad = 3.7, by 2 of 5 uses``."""
        name = pen.name(self.entry)
        if self.grad is None:
            text = f"nothing has arrived at {name} yet" + (f", of {self.uses} uses" if self.uses > 1 else "")
        else:
            text = f"{name}.grad = {pen.number(self.grad)}" + (f", by {self._note}" if self.is_partial else "")
        return text if self.earlier is None else f"{text}, and {pen.number(self.earlier)} from before"

    def cells(self, pen: Pen) -> list[Span]:
        """The value, the gradient, and a note on it, as cells of a table."""
        earlier = "" if self.earlier is None else f"+ {pen.number(self.earlier)} from before"
        return [
            ("-" if self.value is None else pen.number(self.value), ""),
            ("-", "faint") if self.grad is None else (pen.number(self.grad), "yellow" if self.is_partial else "green"),
            (", ".join(filter(None, [self._note, earlier])), "yellow" if self.is_partial else "faint"),
        ]

    @property
    def _note(self) -> str:
        return f"{self.arrived} of {self.uses} uses" if self.is_partial else ""


class State(Listing[Standing]):
    """The standing of every entry of a program, in its order; ``print`` shows the table.

    Parameters
    ----------
    within : Pass
        The pass.
    taken : sequence of Step
        Its steps so far.

    Examples
    --------
    >>> from autograd import Value, steps
    >>> x = Value(3.0, name="x")
    >>> y = x * x + x
    >>> s = steps(y).goto(1)
    >>> s.state()
    after 1 of 2 steps  value  gradient
    x  = input          3      1         1 of 3 uses
    %1 = x * x          9      1
    %2 = %1 + x         12     1
    """

    def __init__(self, within: Pass, taken: Sequence[Step]) -> None:
        self._pass = within
        self._taken = len(taken)
        program = within.program
        grads = within.seeds()
        arrived: dict[int, int] = {}
        for step in taken:
            if isinstance(step, Tangent):
                grads[id(step.entry.node)] = step.tangent
                continue
            for part in step.parts:
                grads[id(part.entry.node)] = part.after
                arrived[id(part.entry.node)] = part.arrived
        # The line of the last step taken; what stands below it has no value yet in a forward pass.
        last = len(program) if within.seed is not None else max((step.entry.k for step in taken[-1:]), default=-1)
        uses = uses_of(program) if within.wrt is None else dict.fromkeys((id(entry.node) for entry in program), 0)
        if within.wrt is not None:
            grads |= {id(entry.node): tangent_of(entry, grads, within.wrt) for entry in program}
        self._items = [
            Standing(
                *(entry, entry.value if entry.op is None or entry.k <= last else None, grads.get(key)),
                *(arrived.get(key, 0), uses[key], within.earlier.get(key)),
            )
            for entry, key in ((entry, id(entry.node)) for entry in program)
        ]

    def find(self, which: Any) -> Standing:
        """The standing of a value, or of a label."""
        return self[self._pass.program.find(which).k]

    def text(self, on: Paper | None = None) -> str:
        """The table on a paper, which is standard output unless it is given; of a long one the middle is left out."""
        return self._shortened(on or paper())

    __str__ = __repr__ = text

    def _table(self, items: Sequence[Standing], paper: Paper) -> list[str]:
        pen = Pen(paper, self._pass.digits)
        names = line_up([(pen.name(each.entry), pen.operation(each.entry)) for each in items])
        total = len(self._pass.program.computed)
        width = 2 if self._pass.seed is None else 4  # a forward pass has no gradients
        head = heading(f"after {self._taken:,} of {total:,} steps")
        if self._pass.wrt is not None:
            width, head[2] = 3, ("tangent", "faint")
        rows = [
            head,
            *([(name, ""), *each.cells(pen)] for name, each in zip(names, items, strict=True)),
        ]
        return table([row[:width] for row in rows], paper)


def heading(first: str) -> list[Span]:
    """The heading of a table whose rows end with the cells of standings."""
    return [(text, "faint") for text in (first, "value", "gradient", "")]
