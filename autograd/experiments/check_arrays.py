"""Whether gradients by arrays are right, and which operation is at fault if not: `check_gradients` for tensors.

The derivatives of the function are compared along lines through its arguments (`rays`). Where they differ, each
operation of its record is compared in the same way by itself, at the numbers it was recorded with: its pull and its
push, or its local derivatives, against differences of its own value.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from ..arrays.tensor import Tensor, perform
from ..programs.entry import Entry
from ..programs.listing import Program
from .compare_arrays import Subject, lines, second_lines
from .compare_numbers import Comparison, close
from .report import Fault, Report

__all__ = ["check_arrays"]


def _alone(entry: Entry, numbers: Sequence[Any], order: int) -> Iterator[tuple[int, int, Comparison]]:
    """The comparison for one operation by itself: argument, order and line."""
    given = [k for k, x in enumerate(entry.inputs) if isinstance(x, Entry)]

    def operation(*xs: Any) -> Any:
        arguments = dict(enumerate(numbers)) | dict(zip(given, xs, strict=True))
        return perform(entry.op, *arguments.values())  # type: ignore[arg-type]

    at = [Tensor(numbers[k]) if isinstance(numbers[k], np.ndarray) else float(numbers[k]) for k in given]
    subject = Subject(operation, at, [f"argument {k}" for k in given])
    for k, line in lines(subject):
        yield given[k], 1, line
    if order == 2:
        for _, k, line in second_lines(subject):
            yield given[k], 2, line


def _is_convention(entry: Entry, argument: int) -> bool:
    """Whether what is wrong here is right all around: an operation that has edges may say what holds on them."""
    if not entry.op.edge:  # type: ignore[union-attr]
        return False
    draw = np.random.default_rng(2)
    for _ in range(2):
        numbers = list(entry.numbers)
        x = numbers[argument]
        shift = np.where(np.equal(x, 0), 1.0, np.abs(x)) * draw.choice((-1.0, 1.0), np.shape(x)) * 2.0**-40
        numbers[argument] = x + shift
        if any(line.verdict == "wrong" and k == argument for k, _, line in _alone(entry, numbers, 1)):
            return False
    return True


def _faults_of(entry: Entry, order: int) -> tuple[list[Fault], bool]:
    """What is wrong with an operation by itself, one fault for each argument; and whether it is at an edge."""
    found = list(_alone(entry, entry.numbers, order))
    wrong: dict[int, tuple[int, Comparison]] = {}
    for argument, n, line in found:
        if line.verdict == "wrong":
            wrong.setdefault(argument, (n, line))
    excused = {argument for argument, (n, _) in wrong.items() if n == 1 and _is_convention(entry, argument)}
    faults = [
        Fault(entry.op.name, entry, argument, n, line)  # type: ignore[union-attr]
        for argument, (n, line) in wrong.items()
        if argument not in excused
    ]
    least = min((fault.order for fault in faults), default=0)  # a wrong derivative has a wrong derivative: no news
    faults = [fault for fault in faults if fault.order == least]
    return faults, bool(excused) or any(line.verdict == "kink" for *_, line in found)


def _search(program: Program, order: int) -> tuple[list[Fault], set[int]]:
    """The operations that are wrong by themselves, and the positions of those that are at an edge."""
    faults: list[Fault] = []
    edges = set()
    for entry in program:
        if any(isinstance(x, Entry) for x in entry.inputs):
            found, at_edge = _faults_of(entry, order)
            faults += found
            if at_edge:
                edges.add(entry.k)
    return faults, edges


def _reached(program: Program, k: int) -> set[int]:
    """The positions of the entries that depend on one."""
    found = {k}
    for entry in program:
        if any(isinstance(x, Entry) and x.k in found for x in entry.inputs):
            found.add(entry.k)
    return found


def check_arrays(f: Callable[..., Any], args: Sequence[Any], names: Sequence[str], order: int) -> Report:
    """The report on a function of arrays and numbers."""
    subject = Subject(f, args, names)
    found: list[tuple[tuple[int, ...], Comparison]] = [((i,), line) for i, line in lines(subject)]
    if order == 2:
        found += [((i, j), line) for i, j, line in second_lines(subject)]
    faults: list[Fault] = []
    if any(line.verdict != "right" for _, line in found):
        faults, edges = _search(subject.program, order)
        if not faults:
            reached = [_reached(subject.program, subject.program.find(x).k) for x in subject.trace.inputs]
            found = [(inputs, _excused(line, any(edges & reached[i] for i in inputs))) for inputs, line in found]
    return Report([line for _, line in found], faults, subject.program)


def _excused(line: Comparison, at_edge: bool) -> Comparison:
    """The line, where each operation is right by itself: not called wrong if an edge explains the difference."""
    if line.verdict == "wrong" and at_edge and close(line.reverse, line.forward, line.error):
        return line._replace(verdict="kink", rates=(math.nan, math.nan))
    return line
