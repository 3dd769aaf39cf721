"""A program evaluated once more on other numbers: ``replay``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..core.comparisons import without_branches
from ..core.context import recording
from ..core.numbers import number, whole
from ..core.tape import Node, create, make_leaf, record
from ..core.value import Value, compute
from ..errors import InputTypeError, InputValueError, described
from ..programs.entry import Entry
from ..programs.listing import Program, only_numbers, program
from ..text.layout import clipped, folded, line_up, table
from ..text.names import PATH, printable
from ..text.numbers import short
from ..text.paper import Paper, paper
from .branches import Branch, asked, hand_over, turned

__all__ = ["Replay", "branch_lines", "replay"]


def _recorded_again(program: Program, held: Mapping[int, float]) -> tuple[list[Value], list[float]]:
    """Return a new node for each entry, and its number; those that are held become leaves."""
    nodes: list[Value] = []
    values: list[float] = []
    leaves: dict[int, Value] = {}
    with recording():
        for entry in program:
            if entry.k in held:
                node, value = _leaf(held[entry.k]), held[entry.k]
            elif entry.op is None:  # one node for all entries of a leaf that changed
                if id(entry.node) not in leaves:
                    leaves[id(entry.node)] = _leaf(entry.value)
                node = leaves[id(entry.node)]
                node._data = value = entry.value
            else:
                numbers = [values[x.k] if isinstance(x, Entry) else x for x in entry.inputs]
                arguments = [nodes[x.k] if isinstance(x, Entry) else None for x in entry.inputs]
                value = compute(entry.op, *numbers)
                node = record(Value, entry.op, tuple(arguments), numbers, value)
            node._note = without_branches(entry.node._note)
            nodes.append(node)
            values.append(value)
    return nodes, values


def _leaf(data: float) -> Value:
    leaf = create(Value)
    make_leaf(leaf, data)
    return leaf


class Replay:
    """A program, recorded again on other numbers; ``print`` shows it. Made by `replay`.

    ``replayed[x]`` is the new value in the place of ``x``, a value of the original or its name or label.

    Attributes
    ----------
    result : Value
        The new result. A backward pass over it has been made.
    program : Program
        The new program.
    original : Program
        The program that was run again.
    branches : list of Branch
        The comparisons that would now be answered otherwise: the code, run on these numbers, may record another
        program.
    """

    def __init__(self, original: Program, held: Mapping[int, float]) -> None:
        self.original = original
        self._held = held
        self._nodes, values = _recorded_again(original, held)
        self.result = self._nodes[original.results[0].k]
        self.result.backward()
        self.program = program(self.result)
        branches = asked(original)
        self.branches: list[Branch] = turned(branches, values)
        hand_over(branches, original, self._nodes, values)
        self._values = values

    def __getitem__(self, which: Node | str) -> Value:
        return self._nodes[self.original.find(which).k]

    def text(self, digits: int = 4, most: int | None = None) -> str:
        """Return the new listing, the numbers of the original where they differ, and the branches.

        Parameters
        ----------
        digits : int
            Significant digits, from 1 to 100.
        most : int, optional
            The largest number of lines; of a longer listing the middle is left out.
        """
        digits, sheet = whole(digits, "digits", least=1, most=100), paper()
        most = None if most is None else whole(most, "most", least=1)
        alive = {id(entry.node) for entry in self.program}
        entries = [entry for entry in self.original if id(self._nodes[entry.k]) in alive]
        left_out = len(entries) - most if most else 0
        if most and left_out > 0:
            entries = [*entries[: most // 2], *entries[most // 2 - most :]]
        held = {entry.k for entry in entries if entry.op and entry.k in self._held}
        equations = line_up(
            [(sheet.plain(entry.label), "held" if entry.k in held else entry.expression) for entry in entries]
        )
        rows = [
            ("", "value", "before", "gradient", ""),
            *((left, *self._numbers(entry, digits)) for left, entry in zip(equations, entries, strict=True)),
        ]
        lines = table(rows, sheet, narrowed=0, least=8, cut=clipped, whole=True)
        if most and left_out > 0:
            lines.insert(1 + most // 2, sheet.plain(f"… {left_out:,} more …"))
        return "\n".join([*lines, *branch_lines(self.branches, digits, sheet)])

    def _numbers(self, entry: Entry, digits: int) -> tuple[str, ...]:
        value, before = self._values[entry.k], entry.value
        return (
            short(value, digits),
            "" if repr(value) == repr(before) else short(before, digits),
            short(self._nodes[entry.k].grad, digits),
            printable(entry.scope, PATH),
        )

    def __str__(self) -> str:
        return self.text()

    def __repr__(self) -> str:
        return self.text(most=60)


def branch_lines(branches: Sequence[Branch], digits: int, paper: Paper, most: int = 6) -> list[str]:
    """Return the lines of text on branches that would go the other way; none if there is none."""
    if not branches:
        return []
    count = "A Python branch" if len(branches) == 1 else f"{len(branches):,} Python branches"
    said = [f"{count} would go the other way (run the code anew to follow it):"]
    said += [f"  {branch.described(digits)}" for branch in branches[:most]]
    if len(branches) > most:
        said.append(f"  … {len(branches) - most:,} more …")
    return [line for each in said for line in folded(each, paper, rest="    ")]


def replay(y: Value, numbers: Mapping[Value | str, float]) -> Replay:
    """Run a program again with other numbers: the same operations, recorded anew, with their gradients.

    The original, its gradients included, stays as it is.

    Parameters
    ----------
    y : Value
        The result.
    numbers : dict
        New numbers for values of its program. A key is the value itself, its name or its label. A leaf begins with the
        number; a computed value is held at it.

    Returns
    -------
    Replay
        The new result and its program, the new value in the place of each old one, and the comparisons that would have
        been answered otherwise.

    Raises
    ------
    InputTypeError
        If ``y`` is not a recorded value, ``numbers`` is not a dict, or one of them is not a number.
    InputValueError
        If a key is not part of the program, or stands for several entries of it.

    Notes
    -----
    A comparison is known if it was a ``<``, ``<=``, ``>``, ``>=``, ``==``, ``!=`` or ``bool`` of a value that the
    result depends on: of ``x`` itself, not of ``x.data``, nor of an ``abs(x)`` that was computed for the comparison
    alone; and if it was made outside ``no_grad`` and before the result was recorded, since a later one can have steered
    nothing of it. An operand that the result does not depend on counts as a constant. An earlier comparison that
    belonged to another computation with the same value cannot be told from those of the result. A value remembers up to
    64 of its comparisons, the latest ones. So no branch in the answer means none among those that are known.

    Examples
    --------
    >>> from autograd import Value, replay
    >>> x = Value(2.0, name="x")
    >>> y = x * x if x > 0 else -x
    >>> y.name = "y"
    >>> replay(y, {x: 3.0})
               value  before  gradient
    x = input  3.0    2.0     6.0
    y = x * x  9.0    4.0     1.0
    >>> print(replay(y, {"x": -3.0}))
               value  before  gradient
    x = input  -3.0   2.0     -6.0
    y = x * x  9.0    4.0     1.0
    A Python branch would go the other way (run the code anew to follow it):
      x > 0 was True for x = 2; it is False for x = -3
    >>> replay(y, {x: 3.0})[x].grad, x.grad
    (6.0, None)
    """
    original = program(y)
    only_numbers(original, "replay")
    if not isinstance(numbers, Mapping):
        raise InputTypeError(
            f"replay takes a dict of new numbers, not {described(numbers)}; write replay(y, {{x: 3.0}})"
        )
    held: dict[int, float] = {}
    for which, new in numbers.items():
        k = original.find_version(which).k
        if k in held:
            raise InputValueError(f"{original[k].label} is given two numbers; give it one")
        held[k] = number(new, "replay")
    return Replay(original, held)
