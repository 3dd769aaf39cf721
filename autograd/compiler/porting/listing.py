"""A program of tensors as lines of text: what ``print(compiled.program)`` and ``compiled.explain()`` show.

W  = parameters     [3,4]
x  = argument       [5,4]
%1 = transpose W    [4,3]
%2 = matmul x %1    [5,3]
%3 = sum_over %2            -> loss
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from ...arrays.table import written
from ...core.tape import Node, data_of
from ...text.numbers import short
from ..showing.explanation import ArrayExplanation, Section
from ..showing.lines import ArrayLine, Reading
from ..showing.programs import ArrayProgram
from ..tensors.derived import Derived
from ..tensors.program import Program
from ..tensors.steps import operands_of
from .branches import said_of

__all__ = ["in_words", "program_of"]


def program_of(program: Program) -> ArrayProgram:
    """The operations of a program, as the function has them."""
    recorded, steps = program.recorded, program.steps
    lines: list[ArrayLine] = []
    known: dict[int, ArrayLine] = {}
    labels: set[str] = set()
    arguments = [(leaf, name) for leaf, name in zip(recorded.leaves, recorded.names, strict=True) if leaf is not None]
    leaves = [(x, x.known_as or "w", "parameters", "parameter", x.scope) for x in steps.outer]
    leaves += [(leaf, name, "argument", "input", "") for leaf, name in arguments]
    for x, name, operation, role, scope in leaves:
        label, k = name, 1
        while label in labels:
            k += 1
            label = f"{name}{k}"
        labels.add(label)
        known[id(x)] = ArrayLine(0, label, operation, role, _shape(x), lanes=False, scope=scope)
        lines.append(known[id(x)])
    for k, x in enumerate(steps.computed):
        rule: Any = x._op if isinstance(x, Node) else x.function
        operation = rule.name if isinstance(x, Node) else getattr(rule, "__name__", "function").strip("_")
        line = known[id(x)] = ArrayLine(0, f"%{k + 1}", operation, "computed", _shape(x), lanes=False)
        line.operands = tuple(_reading(each, known) for each in operands_of(x, recorded.kept))
        lines.append(line)
    name = program.name
    for k, x in enumerate(recorded.result.values):
        line = known[id(x)]
        line.results = (*line.results, name if len(recorded.result.values) == 1 else f"{name}[{k}]")
        line.role = line.role if line.is_leaf else "output"
    for decision in recorded.decisions:
        known[id(decision.asked)].guards = True
    for k, line in enumerate(lines):
        line.k = k
    return ArrayProgram(name, lines, len(steps.computed))


def _shape(x: Any) -> tuple[int, ...]:
    return np.shape(x.array if isinstance(x, Derived) else x._data)


def _reading(x: Any, known: dict[int, ArrayLine]) -> Reading:
    if isinstance(x, (Node, Derived)):
        line = known[id(x)]
        return Reading((line,), line.label, "whole", line.size)
    if isinstance(x, tuple) and any(isinstance(each, Derived) for each in x):
        inner = [_reading(each, known) for each in x]
        return Reading(tuple(line for each in inner for line in each.lines), _joined(inner), "gather")
    number = float(x) if isinstance(x, float) else None
    return Reading((), short(x) if isinstance(x, (float, np.ndarray)) else written(data_of(x)), "number", number=number)


def _joined(parts: Sequence[Reading]) -> str:
    return f"({', '.join(part.name for part in parts)})"


def in_words(program: Program) -> ArrayExplanation:
    """The explanation of a program."""
    listing = program_of(program)
    forward, reverse = program.counts
    count = len(program.steps.computed)
    headline = (
        f"{program.name}: {count:,} operation{'s' * (count != 1)} on tensors became {forward:,} array operations "
        f"forward and {reverse:,} backward"
    )
    return ArrayExplanation(
        listing,
        headline,
        [
            Section("compiled by numba", tuple(_joined_lines(program))),
            Section("given", tuple(_given(listing))),
            Section("branches", tuple(_branches(program))),
        ],
    )


def _joined_lines(program: Program) -> Iterator[str]:
    for which, each in zip(("forward", "backward"), program.joined, strict=False):
        what = f"{each.kernels} function{'s' * (each.kernels != 1)} of loops and products of matrices"
        left = f"; left to numpy: {', '.join(dict.fromkeys(each.left))}" if each.left else ""
        yield f"{which}: {each.lines} array operation{'s' * (each.lines != 1)} in {what}{left}"


def _given(listing: ArrayProgram) -> Iterator[str]:
    for line in listing:
        if line.is_leaf:
            what = "read at each call" if line.role == "parameter" else "given with each call"
            yield f"{line.label}: {what}, {'an array of shape ' + line.size if line.shape else 'a number'}"


def _branches(program: Program) -> Iterator[str]:
    for decision in program.recorded.decisions:
        yield said_of(decision)
