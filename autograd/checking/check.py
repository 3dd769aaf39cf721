"""``check_gradients``: the derivatives of a function, and the operation at fault if one is wrong.

Each derivative is found in three ways (`verdict`). Where they differ, each operation of the function's record is
checked in the same ways by itself, at the numbers it was recorded with.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from typing import Any

import numpy as np

from ..arrays.tensor import Tensor, evaluate
from ..core.numbers import whole
from ..core.tape import data_of
from ..derivatives.nests import leaves, rebuild
from ..derivatives.tracing import Trace
from ..errors import InputTypeError, InputValueError, described, endless, shortened
from ..programs.entry import Entry
from ..programs.listing import Program
from .arrays import Arrays
from .numbers import Numbers
from .report import Fault, Report
from .subject import Claim, Subject
from .verdict import Comparison, close, of_calls, of_record

__all__ = ["check_gradients"]

Function = Callable[..., Any]
CALLS = 8  # calls with the same arguments: 8 detect a function that tosses a coin in 255 of 256 cases


def _subject(f: Function, args: Sequence[Any], names: Sequence[str]) -> Subject:
    """Return the function as a subject of the kind that its arguments and its record need."""
    trace = Trace(f, args, range(len(args)), {})
    of_numbers = not any(isinstance(node, Tensor) for node in (*trace.computed, *trace.inputs, *trace.outputs))
    of_numbers = of_numbers and not any(isinstance(x, np.ndarray) for x in leaves(trace.result))
    return (Numbers if of_numbers else Arrays)(f, args, names, trace)


def _claims(subject: Subject, order: int) -> Iterator[Claim]:
    return chain(subject.claims(), subject.second() if order == 2 else ())


# --- The operations at fault ------------------------------------------------------------------------------------------


def _alone(entry: Entry, numbers: Sequence[Any], order: int) -> Iterator[tuple[int, Comparison]]:
    """Yield the lines for one operation by itself, each with the argument whose derivative it checks."""
    given = [k for k, x in enumerate(entry.inputs) if isinstance(x, Entry)]

    def operation(*xs: Any) -> Any:
        arguments = dict(enumerate(numbers)) | dict(zip(given, xs, strict=True))
        return evaluate(entry.op, *arguments.values())  # type: ignore[arg-type]

    subject = _subject(operation, [numbers[k] for k in given], [f"argument {k}" for k in given])
    for claim in _claims(subject, order):
        yield given[claim.inputs[0]], of_calls(of_record(claim), claim)


def _is_convention(entry: Entry, argument: int) -> bool:
    """Return True if a wrong derivative is right nearby: at its edge, the operation defines it by convention."""
    if not entry.op.edge:  # type: ignore[union-attr]
        return False
    x = entry.numbers[argument]
    draw = np.random.default_rng(2)
    shift = np.where(np.equal(x, 0), 1.0, np.abs(x)) * draw.choice((-1.0, 1.0), np.shape(x)) * 2.0**-40
    for moved in (x + shift, x - shift):
        numbers = list(entry.numbers)
        numbers[argument] = moved if isinstance(x, np.ndarray) else float(moved)
        if any(line.verdict == "wrong" and k == argument for k, line in _alone(entry, numbers, 1)):
            return False
    return True


def _faults_of(entry: Entry, order: int) -> tuple[list[Fault], bool]:
    """Return the faults of an operation by itself, one for each argument; and True if it is at an edge."""
    found = list(_alone(entry, entry.numbers, order))
    wrong: dict[int, Comparison] = {}
    for argument, line in found:
        if line.verdict == "wrong":
            wrong.setdefault(argument, line)
    excused = {argument for argument, line in wrong.items() if line.order == 1 and _is_convention(entry, argument)}
    kinked = any(line.verdict == "kink" for _, line in found)
    if kinked and not any(isinstance(x, np.ndarray) for x in entry.numbers):
        return [], True  # single numbers: a kink in one argument is one in all, whose shares are conventions, too
    faults = [Fault(entry, argument, line) for argument, line in wrong.items() if argument not in excused]
    least = min((fault.order for fault in faults), default=0)  # a wrong derivative implies a wrong second one
    return [fault for fault in faults if fault.order == least], kinked or bool(excused)


def _search(program: Program, order: int) -> tuple[list[Fault], set[int]]:
    """Return the operations that are wrong by themselves, and the positions of those that are at an edge."""
    faults: list[Fault] = []
    edges = set()
    for entry in program.computed:
        found, at_edge = _faults_of(entry, order)
        faults += found
        if at_edge:
            edges.add(entry.k)
    return faults, edges


def _excused(line: Comparison, at_edge: bool, has_edges: bool) -> Comparison:
    """Return a line, with "kink" for "wrong" if an edge explains the difference; no operation is wrong by itself."""
    # Reverse and forward mode add up in different orders. If they agree, the stencil has stepped over a kink.
    met_kink = line.by == "stencil" and has_edges and close(line.reverse, line.forward, line.error)
    if line.verdict == "wrong" and not line.unrecorded and (at_edge or met_kink):
        return line._replace(verdict="kink", rates=(math.nan, math.nan))
    return line


def _dependents(program: Program, k: int) -> set[int]:
    """Return the positions of the entries that depend on one, itself included."""
    found = {k}
    for entry in program.computed:
        if any(isinstance(x, Entry) and x.k in found for x in entry.inputs):
            found.add(entry.k)
    return found


@np.errstate(all="ignore")
def _report(subject: Subject, order: int) -> Report:
    astray = subject.astray(CALLS)
    claims = list(_claims(subject, order))
    lines = [of_record(claim) if astray else of_calls(of_record(claim), claim) for claim in claims]
    astray = astray or subject.astray(1)  # once more, since the calls for the claims may have changed something
    faults: list[Fault] = []
    if astray or any(line.verdict != "right" for line in lines):
        faults, edges = _search(subject.program, order)
        if not faults:
            reached = [_dependents(subject.program, k) for k in subject.rerun.inputs]
            lines = [
                _excused(line, any(edges & reached[i] for i in claim.inputs), claim.has_edges)
                for line, claim in zip(lines, claims, strict=True)
            ]
        else:  # a wrong rule may hide a path of the second derivative: only this fault is reported
            lines = [line if line.order == 1 else line._replace(unrecorded=0.0) for line in lines]
    if astray:
        lines = [Comparison(*line[:3], math.nan, math.inf, "", "not reproducible", order=line.order) for line in lines]
    return Report(lines, faults, subject.program, astray)


# --- The arguments ----------------------------------------------------------------------------------------------------


def _names(f: Function, args: Sequence[Any]) -> list[str]:
    """Return a name for each number among the arguments, such as ``x`` or ``p['w'][0]``."""
    try:
        signature = inspect.signature(f)
    except (TypeError, ValueError):  # the function has no signature
        named = {f"x{k}": arg for k, arg in enumerate(args)}
    else:
        try:
            named = signature.bind(*args).arguments
        except TypeError as error:
            raise InputTypeError(
                f"check_gradients(f, x, y) calls f(x, y), and f cannot be called with {len(args)} arguments: {error}"
            ) from None
    try:
        return [path for name, arg in named.items() for path in _paths(name, arg)]
    except RecursionError:
        raise endless(args) from None


def _paths(name: str, tree: Any) -> Iterator[str]:
    if not isinstance(tree, (dict, list, tuple)):
        yield name
        return
    for key, branch in tree.items() if isinstance(tree, dict) else enumerate(tree):
        yield from _paths(f"{name}[{key!r}]", branch)


def _in_double_precision(x: Any) -> Any:
    """Return an argument as a plain number or array, in double precision."""
    x = data_of(x)
    return x.astype(float) if isinstance(x, np.ndarray) and x.dtype.kind == "f" else x


def check_gradients(f: Function, *args: Any, order: int = 1, raises: bool = False) -> Report:
    """Compare the derivatives of a function by reverse mode, by forward mode and numerically.

    Parameters
    ----------
    f : callable
        A function with one result or a nesting of results; of several results, the sum with fixed random weights is
        checked. The function is called many times, at the point and around it.
    *args
        The point: numbers, arrays and tensors, or lists, tuples and dicts of them. Arrays are taken in float64. For a
        large array, some numbers are checked one by one, and all numbers together in a random direction.
    order : {1, 2}
        2 checks the second derivatives as well.
    raises : bool
        True to raise the report as an error, unless it is ok.

    Returns
    -------
    Report
        Its lines hold the numbers, its faults the operations that are wrong by themselves.

    Raises
    ------
    GradientError
        If ``raises`` is true and a derivative is wrong, or the function is not reproducible.
    InputTypeError
        If ``f`` is not a function, cannot be called with the arguments, or one of them is not made of numbers.
    InputValueError
        If there is no number to differentiate by, or ``order`` is not 1 or 2.

    Notes
    -----
    The numerical derivative of the record is a complex step (Squire & Trapp 1998) where each operation has a complex
    form; otherwise, and if the record contains arrays, it is a central difference of eighth order. The bound of its
    error is computed, so there is no tolerance to choose.

    The function itself is called around the point. Where it differs from its record, the derivative of the difference
    is added to the numerical one. So a gradient is wrong if the value depends on an argument on a path that is not
    recorded: through ``.data``, ``.item()``, ``detach()``, ``no_grad`` or a function of ``math``; and the report says
    so. If a path is left out of the gradient on purpose, compute its part outside of the function, as a constant:
    ``c = g(x).item(); check_gradients(lambda x: f(x, c), x)``. If Python takes another branch near the point, that
    does not count as a difference. A function that draws at random, or keeps something from call to call, is reported
    as not reproducible. A compiled function is checked as it is written, which is what ``grad`` differentiates.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd import check_gradients
    >>> print(check_gradients(lambda x, y: x * y.tanh(), 3.0, 0.5))
       reverse       forward       numerical     error    by            verdict
    x  0.4621171573  0.4621171573  0.4621171573  ...  complex step  right
    y  2.359343199   2.359343199   2.359343199   ...  complex step  right
    >>> check_gradients(lambda x: x.relu(), 0.0).lines[0].verdict
    'kink'
    >>> check_gradients(lambda x: x * x.data, 2.0).lines[0].verdict
    'wrong'
    >>> x, w = np.eye(2), np.array([0.5, -0.5])
    >>> print(check_gradients(lambda x, w: (x @ w).tanh().sum(), x, w))
             reverse        forward        numerical      error    by       verdict
    x[0, 0]  0.3932238665   0.3932238665   0.3932238665   ...  stencil  right
    x[0, 1]  -0.3932238665  -0.3932238665  -0.3932238665  ...  stencil  right
    x[1, 0]  0.3932238665   0.3932238665   0.3932238665   ...  stencil  right
    x[1, 1]  -0.3932238665  -0.3932238665  -0.3932238665  ...  stencil  right
    w[0]     0.786447733    0.786447733    0.786447733    ...  stencil  right
    w[1]     0.786447733    0.786447733    0.786447733    ...  stencil  right
    """
    if not callable(f):
        raise InputTypeError(f"check_gradients takes a function and then its arguments, not {described(f)}")
    if whole(order, "order") not in (1, 2):
        raise InputValueError(f"check_gradients takes order 1 or 2, not {shortened(order)}")
    if not isinstance(raises, bool):
        raise InputTypeError(f"raises is True or False, not {described(raises)}")
    names = _names(f, args)
    if not names:
        raise InputValueError("check_gradients needs a number to differentiate by; give the arguments of f after it")
    subject = _subject(f, rebuild(args, _in_double_precision), names)
    if not subject.results:
        raise InputValueError("the function returned nothing to differentiate; return a number, or a nesting of them")
    report = _report(subject, order)
    if raises:
        report.raise_if_wrong()
    return report
