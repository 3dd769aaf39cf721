"""A record that runs again on other numbers.

`Rerun` evaluates it: forward in any namespace, and backward by the rows of the table. `replay` records it anew, as a
program of values with gradients; and says where Python, which is on no record, would have gone another way.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from ..arrays.tensor import perform
from ..core.namespaces import EDGES, at_edge
from ..core.table import Namespace, Primitive
from ..core.value import Value
from ..programs.entry import Entry
from ..programs.listing import Program
from .differences import noisy, rounded

__all__ = ["Rerun"]

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
    >>> from autograd.core.namespaces import floats
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
