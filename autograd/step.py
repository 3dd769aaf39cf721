"""The steps of a pass over a program: what every view of it reads.

    [1/5]  y = tanh(n)      upstream dy/dy = 1
           dy/dn = 1 - y² = 0.305          n.grad = 1 × 0.305 = 0.305
           └ a part: formula = number      └ contribution = upstream × local derivative, added to what had arrived

A `Step` says all there is to say about one entry of the reverse pass, a `Part` about one of its arguments. ``reverse``
gives them in the order and by the rules of ``backward``, with the same sums in the same order: a property test holds
the two equal to the last bit. The stepper, the explanation, the page and the drawing read these records, and none of
them differentiates by itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from .program import Entry, Program
from .sweep import local_derivatives
from .symbols import Expression, formulas, named

__all__ = ["Part", "Step", "forward", "reverse"]


class Part(NamedTuple):
    """What one entry hands on to one of its arguments.

    Attributes
    ----------
    source : Entry
        The entry that hands it on, z.
    position : int
        Which argument of it this is, counted from 0.
    entry : Entry
        The receiving value, x.
    slope : float
        The local derivative, dz/dx.
    contribution : float
        ``upstream * slope``; 0 where nothing is handed on.
    before, after : float
        What had arrived at x in this pass until now, and what has now.
    arrived, uses : int
        How many of x's uses have arrived by now, of how many.
    passes : bool
        Whether anything is handed on: not where the upstream gradient is 0, nor to what a choice did not take.
    """

    source: Entry
    position: int
    entry: Entry
    slope: float
    contribution: float
    before: float
    after: float
    arrived: int
    uses: int
    passes: bool

    @property
    def formula(self) -> Expression:
        """The local derivative in the user's names: a symbol, or a number where it is one; from the rule itself."""
        return _formulas(self.source)[self.position]

    @property
    def complete(self) -> bool:
        """Whether all uses have arrived, so that ``after`` is the gradient."""
        return self.arrived == self.uses


class Step(NamedTuple):
    """One entry's turn in a pass.

    Attributes
    ----------
    k : int
        Which step of the pass this is, counted from 0.
    entry : Entry
        The entry, z.
    upstream : float or None
        The gradient that has arrived at it, complete by now; ``None`` in a forward pass.
    parts : tuple of Part
        One for each argument that is a value, in the order of the arguments; none in a forward pass.
    """

    k: int
    entry: Entry
    upstream: float | None
    parts: tuple[Part, ...]

    @property
    def formulas(self) -> list[Expression]:
        """The local derivatives of all parts, as symbols or numbers."""
        found = _formulas(self.entry)
        return [found[part.position] for part in self.parts]


def _formulas(entry: Entry) -> Sequence[Expression]:
    op = entry.op
    assert op is not None
    return formulas(op, [named(x.label) if isinstance(x, Entry) else x for x in entry.inputs], named(entry.label))


def forward(program: Program) -> Iterator[Step]:
    """The steps of the forward pass: the computed entries, in the order in which they were recorded."""
    for k, entry in enumerate(entry for entry in program if entry.op is not None):
        yield Step(k, entry, None, ())


def reverse(program: Program, seed: float = 1.0) -> Iterator[Step]:
    """The steps of the reverse pass from the program's result, or from all of its results together.

    Nothing is deposited.

    Examples
    --------
    >>> from autograd import Value, program
    >>> x = Value(3.0, name="x")
    >>> y = x * x
    >>> for step in reverse(program(y)):
    ...     for part in step.parts:
    ...         print(part.entry.label, part.formula, part.contribution, part.after, f"{part.arrived} of {part.uses}")
    x x 3.0 3.0 1 of 2
    x x 3.0 6.0 2 of 2
    """
    uses: dict[int, int] = {}
    for entry in program:  # of a leaf that changed in between, all versions are one value
        uses[id(entry.node)] = uses.get(id(entry.node), 0) + len(entry.uses)
    adjoints: dict[int, float] = dict.fromkeys(uses, 0.0)
    arrived = dict.fromkeys(uses, 0)
    for result in program.results:
        adjoints[id(result.node)] = seed
    computed = [entry for entry in program if entry.op is not None]
    for k, entry in enumerate(reversed(computed)):
        g = adjoints[id(entry.node)]
        parts = []
        for position, (x, slope) in enumerate(zip(entry.inputs, local_derivatives(entry.node), strict=True)):
            if isinstance(x, Entry):
                key = id(x.node)
                before = adjoints[key]
                passes = bool(g) and (bool(slope) or not entry.node._op.selects)  # type: ignore[union-attr]
                contribution = g * slope if passes else 0.0
                if passes:
                    adjoints[key] = before + contribution
                arrived[key] += 1
                parts.append(
                    Part(
                        *(entry, position, x, float(slope), contribution),
                        *(before, adjoints[key], arrived[key], uses[key], passes),
                    )
                )
        yield Step(k, entry, g, tuple(parts))
