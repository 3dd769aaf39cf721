"""A record that runs again on other numbers.

`Rerun` evaluates it: forward in any namespace, and backward by the rows of the table. `replay` records it anew, as a
program of values with gradients; and says where Python, which is on no record, would have gone another way.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from textwrap import wrap
from typing import Any

from .branches import Branch, asked, hand_over, turned, without_branches
from .context import recording
from .errors import InputTypeError, InputValueError
from .namespaces import EDGES, at_edge
from .numerical import noisy, rounded
from .program import Entry, Program, only_numbers, program
from .real import number
from .table import Namespace, Primitive
from .tape import Node, create, make_leaf, record
from .tensor import perform
from .terminal import paper
from .text import aligned, short
from .value import Value, compute

__all__ = ["Replay", "Rerun", "described", "one_entry", "replay"]

Evaluate = Callable[[Primitive, list[Any]], Any]


class Rerun:
    """The record of a function.

    Called on values, it records the same operations once more. What the function decided by an ``if``, and what it
    took from elsewhere, stays as it was.

    Parameters
    ----------
    program : Program
        The record.
    inputs : sequence of Entry
        The function's arguments. A computed value among them is held at the number that it is given.
    outputs : sequence of Entry or float
        Its results.

    Examples
    --------
    >>> from autograd.namespaces import floats
    >>> x = Value(3.0)
    >>> rerun = Rerun.of([x], [x * x if x > 0 else -x])
    >>> rerun.values(floats, [-5.0]), rerun.gradient(floats, [-5.0], [1.0])
    ([25.0], [-10.0])
    """

    def __init__(self, program: Program, inputs: Sequence[Entry], outputs: Sequence[Entry | float]) -> None:
        self.program = program
        self.inputs = [entry.k for entry in inputs]
        self.outputs = outputs
        self.numbers = [entry.value for entry in inputs]
        held = set(self.inputs)
        self._computed = [
            (entry.k, entry.op, entry.inputs) for entry in program if entry.op is not None and entry.k not in held
        ]
        self.has_edges = any(op.edge or op.selects for _, op, _ in self._computed)

    @classmethod
    def of(cls, inputs: Sequence[Value], outputs: Sequence[Any]) -> Rerun:
        """The record of results, which are values and numbers, as a function of leaves."""
        program = Program(*(x for x in outputs if isinstance(x, Value)), *inputs)
        results = [program.find(x) if isinstance(x, Value) else float(x) for x in outputs]
        return cls(program, [program.find(x) for x in inputs], results)

    def __call__(self, *xs: Any) -> list[Any]:
        return self._results(self._run(lambda op, arguments: perform(op, *arguments), xs))

    def values(self, m: Namespace, xs: Sequence[Any]) -> list[Any]:
        """The outputs."""
        return self._results(self.all_values(m, xs))

    def all_values(self, m: Namespace, xs: Sequence[Any]) -> list[Any]:
        """The values of all entries of the program."""
        return self._run(lambda op, arguments: _value(op, m, arguments), xs)

    def gradient(self, m: Namespace, xs: Sequence[Any], seeds: Sequence[float]) -> list[Any]:
        """The derivative, by each input, of the sum of the outputs times their seeds.

        A reverse loop of its own, on purpose: what vouches for the engine's passes must not run them.
        """
        values = self.all_values(m, xs)
        adjoints: list[Any] = [0.0] * len(values)
        for output, seed in zip(self.outputs, seeds, strict=True):
            if isinstance(output, Entry):
                adjoints[output.k] += seed
        for k, op, inputs in reversed(self._computed):
            g = adjoints[k]
            if g:
                numbers = [*(values[x.k] if isinstance(x, Entry) else x for x in inputs), values[k]]
                if not op.selects:  # a number that measures rounding is rounded anew for each rule
                    numbers = [+x for x in numbers]
                for x, slope in zip(inputs, _evaluated(op.derivatives, m, numbers), strict=True):
                    if isinstance(x, Entry) and (slope or not op.selects):
                        adjoints[x.k] += g * slope
        return [adjoints[k] for k in self.inputs]

    def reached(self, which: int) -> set[int]:
        """The positions of the entries that depend on an input."""
        found = {self.inputs[which]}
        for k, _, inputs in self._computed:
            if any(isinstance(x, Entry) and x.k in found for x in inputs):
                found.add(k)
        return found

    def _run(self, evaluate: Evaluate, xs: Sequence[Any]) -> list[Any]:
        values: list[Any] = [entry.value for entry in self.program]
        for k, x in zip(self.inputs, xs, strict=True):
            values[k] = x
        for k, op, inputs in self._computed:
            values[k] = evaluate(op, [values[x.k] if isinstance(x, Entry) else x for x in inputs])
        return values

    def _results(self, values: Sequence[Any]) -> list[Any]:
        return [values[output.k] if isinstance(output, Entry) else output for output in self.outputs]


def _value(op: Primitive, m: Namespace, arguments: list[Any]) -> Any:
    """The value; nan where a rule of the user's raises even for numpy's numbers."""
    try:
        value = _evaluated(op.value, m, arguments)
    except EDGES:
        if _are_complex(arguments):
            raise
        return math.nan
    return rounded(value) if m is noisy and not op.selects else value


def _evaluated(rule: Callable[..., Any], m: Namespace, arguments: list[Any]) -> Any:
    try:
        return rule(m, *arguments)
    except EDGES:
        if _are_complex(arguments):
            raise
        return at_edge(rule, *arguments)


def _are_complex(arguments: list[Any]) -> bool:
    return any(isinstance(x, complex) for x in arguments)


# --- A new record -----------------------------------------------------------------------------------------------------


def one_entry(program: Program, which: Node | str) -> Entry:
    """The entry of a value, or of a name or label.

    Raises
    ------
    InputValueError
        If there is none; or if there are several, since the name was given twice, or the leaf another number between
        two uses.
    """
    found = [
        entry
        for entry in program
        if entry.node is which or (isinstance(which, str) and which in (entry.label, entry.node.known_as))
    ]
    exact = [entry for entry in found if isinstance(which, str) and entry.label == which]
    if len(found) > 1 and not exact:
        several = ", ".join(f"{entry.label} = {short(entry.value)}" for entry in found[:6])
        raise InputValueError(
            f"{which!r} stands for {len(found)} entries of this program: {several}; say which by its label"
        )
    return (exact or found or [program.find(which)])[0]


def _recorded_again(program: Program, held: Mapping[int, float]) -> tuple[list[Value], list[float]]:
    """A new node for each entry, and its number; those that are held become leaves."""
    nodes: list[Value] = []
    values: list[float] = []
    leaves: dict[int, Value] = {}
    with recording():
        for entry in program:
            if entry.k in held:
                node, value = _leaf(held[entry.k]), held[entry.k]
            elif entry.op is None:  # one leaf for all the numbers that it had
                node = leaves.setdefault(id(entry.node), _leaf(entry.value))
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
    """A program that was run again on other numbers; ``print`` shows it. Made by `replay`.

    ``replayed[x]`` is what stands for the value ``x`` of the original, which may also be given by its name or label.

    Attributes
    ----------
    result : Value
        The new result. A backward pass over it has been made.
    program : Program
        The new program.
    original : Program
        The one it was made of.
    branches : list of Branch
        The questions of Python's that would now be answered otherwise: the code, run on these numbers, would not have
        recorded this program.
    """

    def __init__(self, original: Program, held: Mapping[int, float]) -> None:
        self.original = original
        self._held = held
        self._nodes, values = _recorded_again(original, held)
        self.result = self._nodes[original.results[0].k]
        self.result.backward()
        self.program = program(self.result)
        questions = asked(original)
        self.branches: list[Branch] = turned(questions, values)
        hand_over(questions, self._nodes, values)
        self._values = values

    def __getitem__(self, which: Node | str) -> Value:
        return self._nodes[self.original.find(which).k]

    def text(self, digits: int = 4, most: int | None = None) -> str:
        """The new listing, beside the numbers of the original where they differ, and the branches.

        Parameters
        ----------
        digits : int
            Significant digits.
        most : int, optional
            How many lines to show; of more, the middle is left out.
        """
        sheet = paper()
        alive = {id(entry.node) for entry in self.program}
        entries = [entry for entry in self.original if id(self._nodes[entry.k]) in alive]
        left_out = len(entries) - most if most else 0
        if most and left_out > 0:
            entries = [*entries[: most // 2], *entries[most // 2 - most :]]
        wide = max(len(entry.label) for entry in entries)
        rows = [("", "value", "before", "gradient", ""), *(self._row(entry, wide, digits) for entry in entries)]
        lines = aligned(rows, sheet.width)
        if most and left_out > 0:
            lines.insert(1 + most // 2, f"… {left_out:,} more …")
        return sheet.plain("\n".join([*lines, *described(self.branches, digits, sheet.width)]))

    def _row(self, entry: Entry, wide: int, digits: int) -> tuple[str, ...]:
        value, before = self._values[entry.k], entry.value
        what = "held" if entry.op and entry.k in self._held else entry.expression
        return (
            f"{entry.label:<{wide}} = {what}",
            short(value, digits),
            "" if repr(value) == repr(before) else short(before, digits),
            short(self._nodes[entry.k].grad, digits),
            entry.scope,
        )

    def __str__(self) -> str:
        return self.text()

    def __repr__(self) -> str:
        return self.text(most=60)


def described(branches: Sequence[Branch], digits: int, width: int, most: int = 6) -> list[str]:
    """What there is to say of branches that would go the other way, in lines."""
    if not branches:
        return []
    count = "A Python branch" if len(branches) == 1 else f"{len(branches):,} Python branches"
    said = [f"{count} would go the other way (run the code anew to follow it):"]
    said += [f"  {branch.described(digits)}" for branch in branches[:most]]
    if len(branches) > most:
        said.append(f"  … {len(branches) - most:,} more …")
    return [line for each in said for line in wrap(each, width, subsequent_indent="    ", break_on_hyphens=False)]


def replay(y: Value, numbers: Mapping[Value | str, float]) -> Replay:
    """Run a program again with other numbers: the same operations, recorded anew, with their gradients.

    The original, its gradients included, stays as it is.

    Parameters
    ----------
    y : Value
        The result.
    numbers : dict
        New numbers for values of its program, each given by itself, its name or its label. A leaf begins with the
        number; a computed value is held at it, however it was computed before.

    Returns
    -------
    Replay
        The new result and its program, what stands for each value, and the comparisons that would have been answered
        otherwise.

    Raises
    ------
    InputTypeError
        If ``y`` is not a recorded value, or a number is none.
    InputValueError
        If something is not part of the program, or not clearly one entry of it.

    Notes
    -----
    A comparison is known if it asked ``<``, ``<=``, ``>``, ``>=``, ``==``, ``!=`` or ``bool`` of a value that the
    result depends on: of ``x`` or of ``y`` itself, not of ``x.data``, nor of an ``abs(x)`` that was computed for the
    question alone; and outside ``no_grad``. What it was compared with counts as a constant if the result does not
    depend on it. A value remembers up to 64 of its comparisons, the latest ones. So no branch in the answer means none
    among those that are known.

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
            f"replay takes a dict of new numbers, not {type(numbers).__name__}; write replay(y, {{x: 3.0}})"
        )
    held: dict[int, float] = {}
    for which, new in numbers.items():
        k = one_entry(original, which).k
        if k in held:
            raise InputValueError(f"{original[k].label} is given two numbers; give it one")
        held[k] = number(new, "replay")
    return Replay(original, held)
