"""Whether gradients are right, and which operation is at fault if not.

A function's derivatives are found in three ways (`comparison`). Where these differ, each operation of its record is
checked in the same three ways by itself, at the numbers it was recorded with.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from ..arrays.tensor import Tensor
from ..core.value import Value, apply
from ..derivatives.nests import leaves, rebuild
from ..errors import InputValueError
from ..programs.entry import Entry
from ..programs.listing import Program
from .check_arrays import check_arrays
from .compare_numbers import ArraysTakePart, Comparison, close, compare, first_order, number_of, second_order
from .report import Fault, Report
from .rerun import Rerun

__all__ = ["check_gradients"]

Function = Callable[..., Any]


# --- Where it went wrong ----------------------------------------------------------------------------------------------


def _lines_of(entry: Entry, numbers: Sequence[float], order: int) -> Iterator[tuple[int, int, Comparison]]:
    """The comparison for one operation by itself: argument, order and line."""
    given = [k for k, x in enumerate(entry.inputs) if isinstance(x, Entry)]

    def alone(*xs: Any) -> Value:
        arguments = dict(enumerate(numbers)) | dict(zip(given, xs, strict=True))
        return apply(entry.op, *arguments.values())  # type: ignore[arg-type]

    names = [f"argument {k}" for k in given]
    checked = first_order(alone, [float(numbers[k]) for k in given], names)
    for i, _, line in compare(checked, names):
        yield given[i], 1, line
    if order == 2:
        for _, j, line in compare(second_order(checked, names), names):
            yield given[j], 2, line


def _is_convention(entry: Entry, argument: int) -> bool:
    """Whether what is wrong here is right on either side: an operation that has edges may say what holds on them."""
    for distance in (2.0**-40, -(2.0**-40)):
        numbers = list(entry.numbers)
        numbers[argument] += distance * (abs(numbers[argument]) or 1.0)
        if any(line.verdict == "wrong" and k == argument for k, _, line in _lines_of(entry, numbers, 1)):
            return False
    return bool(entry.op.edge)  # type: ignore[union-attr]


def _search(program: Program, order: int) -> tuple[list[Fault], set[int]]:
    """The operations that are wrong by themselves, and the positions of those whose derivatives are conventions."""
    faults: list[Fault] = []
    conventions = set()
    for entry in program:
        if any(isinstance(x, Entry) for x in entry.inputs):
            found = list(_lines_of(entry, entry.numbers, order))
            wrong = [(argument, n, line) for argument, n, line in found if line.verdict == "wrong"]
            # A kink in one argument is enough, since how the arguments share is a matter of convention too.
            if any(line.verdict == "kink" for *_, line in found) or (
                wrong and all(n == 1 and _is_convention(entry, argument) for argument, n, _ in wrong)
            ):
                conventions.add(entry.k)
            else:  # a wrong derivative has a wrong derivative, which is no news
                name = entry.op.name  # type: ignore[union-attr]
                faults += [Fault(name, entry, *each) for each in wrong if each[1] == wrong[0][1]]
    return faults, conventions


def _excused(line: Comparison, inputs: Sequence[int], conventions: set[int], record: Rerun) -> Comparison:
    """The line, where each operation is right by itself: not called wrong if a kink explains the difference."""
    at_kink = any(conventions & record.reached(i) for i in inputs)
    # Reverse and forward mode add up in different ways. Where both give the same, the stencil has met with a kink.
    met_kink = line.by == "stencil" and record.has_edges and close(line.reverse, line.forward, line.error)
    if line.verdict == "wrong" and (at_kink or met_kink):
        return line._replace(verdict="kink", rates=(math.nan, math.nan))
    return line


def _names(f: Function, args: Sequence[Any]) -> list[str]:
    """A name for each number among the arguments, such as ``x`` or ``p['w'][0]``."""
    try:
        named = inspect.signature(f).bind(*args).arguments
    except (TypeError, ValueError):  # no signature, or the call itself will say what is wrong
        named = {f"x{k}": arg for k, arg in enumerate(args)}
    return [path for name, arg in named.items() for path in _paths(name, arg)]


def _paths(name: str, tree: Any) -> Iterator[str]:
    if not isinstance(tree, (dict, list, tuple)):
        yield name
        return
    for key, branch in tree.items() if isinstance(tree, dict) else enumerate(tree):
        yield from _paths(f"{name}[{key!r}]", branch)


def check_gradients(f: Function, *args: Any, order: int = 1, raises: bool = False) -> Report:
    """Compare the derivatives of a function by reverse mode, by forward mode and numerically.

    Parameters
    ----------
    f : callable
        A function with one result or a nesting of results; of several, the sum with fixed random weights is checked. It
        must not depend on anything but its arguments. A function of numbers is called once, one of arrays many times.
    *args
        Where to check: numbers, arrays and tensors, or lists, tuples and dicts of them. Arrays are taken in float64. Of
        a large array some numbers are checked by themselves, and all of them together in a random direction.
    order : {1, 2}
        2 checks the second derivatives as well.
    raises : bool
        Whether to raise the report, unless it is ok.

    Returns
    -------
    Report
        Its lines hold the numbers, its faults the operations that are wrong by themselves.

    Raises
    ------
    GradientError
        If ``raises`` is true and a derivative is wrong.

    Notes
    -----
    The numerical derivative is a complex step (Squire & Trapp 1998) where each operation has a complex form, else, and
    where arrays take part, a central difference of eighth order. Its error is stated, not chosen; there is no tolerance
    to set.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd.experiments.check import check_gradients
    >>> print(check_gradients(lambda x, y: x * y.tanh(), 3.0, 0.5))
       reverse       forward       numerical     error    by            verdict
    x  0.4621171573  0.4621171573  0.4621171573  ...  complex step  right
    y  2.359343199   2.359343199   2.359343199   ...  complex step  right
    >>> check_gradients(lambda x: x.relu(), 0.0).lines[0].verdict
    'kink'
    >>> print(check_gradients(lambda x, w: (x @ w).tanh().sum(), np.eye(2), np.array([0.5, -0.5])))
             reverse        forward        numerical      error    by       verdict
    x[0, 0]  0.3932238665   0.3932238665   0.3932238665   ...  stencil  right
    x[0, 1]  -0.3932238665  -0.3932238665  -0.3932238665  ...  stencil  right
    x[1, 0]  0.3932238665   0.3932238665   0.3932238665   ...  stencil  right
    x[1, 1]  -0.3932238665  -0.3932238665  -0.3932238665  ...  stencil  right
    w[0]     0.786447733    0.786447733    0.786447733    ...  stencil  right
    w[1]     0.786447733    0.786447733    0.786447733    ...  stencil  right
    """
    if order not in (1, 2):
        raise InputValueError(f"check_gradients takes order 1 or 2, not {order!r}")
    names = _names(f, args)
    if not names:
        raise InputValueError("check_gradients needs a number to differentiate by; give the arguments of f after it")
    report = _report(f, rebuild(args, number_of), names, order)
    if raises:
        report.raise_if_wrong()
    return report


def _report(f: Function, args: Sequence[Any], names: Sequence[str], order: int) -> Report:
    if any(isinstance(x, Tensor) or (isinstance(x, np.ndarray) and x.ndim) for x in leaves(args)):
        return check_arrays(f, args, names, order)
    try:
        first = first_order(f, args, names)
    except ArraysTakePart:
        return check_arrays(f, args, names, order)
    found: list[tuple[tuple[int, ...], Comparison]] = [((i,), line) for i, _, line in compare(first, names)]
    if order == 2:
        found += [((i, j), line) for i, j, line in compare(second_order(first, names), names)]
    lines = [line for _, line in found]
    faults: list[Fault] = []
    if any(line.verdict != "right" for line in lines):
        faults, conventions = _search(first.record.program, order)
        if not faults:
            lines = [_excused(line, inputs, conventions, first.record) for inputs, line in found]
    return Report(lines, faults, first.record.program)
