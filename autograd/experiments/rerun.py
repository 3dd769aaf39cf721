"""A record as a function: ``Rerun`` evaluates the operations of a program on other numbers.

It runs forward in the arithmetic of any namespace, and backward by the derivative rules of the table.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import singledispatch
from typing import Any

from ..arrays.tensor import evaluate
from ..core.namespaces import EDGES, at_edge
from ..core.table import Namespace, Primitive
from ..core.tape import Node
from ..programs.entry import Entry
from ..programs.listing import Program

__all__ = ["Rerun", "as_number"]

ValueOf = Callable[[Entry, list[Any]], Any]
UNDEFINED = (*EDGES, LookupError, AssertionError)  # raised by a user's rule where it gives nothing


@singledispatch
def as_number(m: Namespace, x: Any) -> Any:  # noqa: ARG001 - the namespace chooses the implementation
    """Return the result of a rule as a number of the namespace ``m``; a kind of number with its own needs registers."""
    return x


class Rerun:
    """The record of a function, run again on other numbers.

    Called on values, it records the same operations once more. The path that the function took through its ``if``
    statements, and the constants that it took from elsewhere, stay as they were.

    Parameters
    ----------
    program : Program
        The record.
    inputs : sequence of Entry
        The function's arguments. A computed value among them is held at the number that it is given.
    outputs : sequence of Entry, float or ndarray
        Its results: entries, and constants.

    Examples
    --------
    >>> from autograd import Value
    >>> from autograd.core.namespaces import floats
    >>> x = Value(3.0)
    >>> rerun = Rerun.of([x], [x * x if x > 0 else -x])
    >>> rerun.values(floats, [-5.0]), rerun.gradient(floats, [-5.0], [1.0])
    ([25.0], [-10.0])
    """

    def __init__(self, program: Program, inputs: Sequence[Entry], outputs: Sequence[Any]) -> None:
        self.program = program
        self.inputs = [entry.k for entry in inputs]
        self.outputs = outputs
        self.numbers = [entry.value for entry in inputs]
        held = set(self.inputs)
        self._computed = [entry for entry in program.computed if entry.k not in held]
        self.has_edges = any(entry.op.edge or entry.op.selects for entry in self._computed if entry.op)

    @classmethod
    def of(cls, inputs: Sequence[Node], outputs: Sequence[Any]) -> Rerun:
        """Return the record of results, which are values, tensors and constants, as a function of leaves."""
        program = Program(*(x for x in outputs if isinstance(x, Node)), *inputs)
        results = [program.find(x) if isinstance(x, Node) else x for x in outputs]
        return cls(program, [program.find(x) for x in inputs], results)

    def __call__(self, *xs: Any) -> list[Any]:
        return self.results(self.run(lambda entry, arguments: evaluate(entry.op, *arguments), xs))  # type: ignore[arg-type]

    def values(self, m: Namespace, xs: Sequence[Any]) -> list[Any]:
        """Return the outputs."""
        return self.results(self.all_values(m, xs))

    def all_values(self, m: Namespace, xs: Sequence[Any]) -> list[Any]:
        """Return the values of all entries of the program."""
        return self.run(lambda entry, arguments: _value(entry, m, arguments), xs)

    def run(self, value_of: ValueOf, xs: Sequence[Any]) -> list[Any]:
        """Return the values of all entries, where ``value_of(entry, arguments)`` gives that of a computed one."""
        values: list[Any] = [entry.value for entry in self.program]
        for k, x in zip(self.inputs, xs, strict=True):
            values[k] = x
        for entry in self._computed:
            values[entry.k] = value_of(entry, [values[x.k] if isinstance(x, Entry) else x for x in entry.inputs])
        return values

    def results(self, values: Sequence[Any]) -> list[Any]:
        """Return the outputs among the values of all entries."""
        return [values[output.k] if isinstance(output, Entry) else output for output in self.outputs]

    def gradient(self, m: Namespace, xs: Sequence[Any], seeds: Sequence[float]) -> list[Any]:
        """Return the derivative, by each input, of the sum of the outputs times their seeds.

        The reverse loop is its own on purpose: a check of the engine's passes must not run them.
        """
        values = self.all_values(m, xs)
        adjoints: list[Any] = [0.0] * len(values)
        for output, seed in zip(self.outputs, seeds, strict=True):
            if isinstance(output, Entry):
                adjoints[output.k] += seed
        for entry in reversed(self._computed):
            g, op = adjoints[entry.k], entry.op
            if g and op:
                numbers = [*(values[x.k] if isinstance(x, Entry) else x for x in entry.inputs), values[entry.k]]
                if not op.selects:  # unary plus: a number that measures rounding is rounded anew for each rule
                    numbers = [+x for x in numbers]
                for x, slope in zip(entry.inputs, _slopes(op, m, numbers), strict=True):
                    if isinstance(x, Entry) and (slope or not op.selects):
                        adjoints[x.k] += g * slope
        return [adjoints[k] for k in self.inputs]


def _value(entry: Entry, m: Namespace, arguments: list[Any]) -> Any:
    """Return the value of an operation; nan where a user's rule raises even on numpy's numbers."""
    op = entry.op
    assert op is not None
    try:
        value = _evaluated(op.value, m, arguments)
    except UNDEFINED:
        return math.nan
    return value if op.selects else as_number(m, value)


def _slopes(op: Primitive, m: Namespace, numbers: list[Any]) -> Sequence[Any]:
    """Return the derivatives of an operation by its arguments; nan where a user's rule raises."""
    try:
        slopes: Sequence[Any] = _evaluated(op.derivatives, m, numbers)
    except UNDEFINED:
        return [math.nan] * (len(numbers) - 1)
    return slopes


def _evaluated(rule: Callable[..., Any], m: Namespace, arguments: list[Any]) -> Any:
    """Return the value of a rule; by IEEE 754 where `math` raises. Complex numbers have no such reading: TypeError."""
    try:
        return rule(m, *arguments)
    except EDGES:
        return at_edge(rule, *arguments)
