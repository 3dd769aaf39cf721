"""The passes over a program: the chain rule, one record after the other, as a sequence of steps.

    for each entry z = f(x, …), latest first:
        g  =  all that has arrived at z                     complete by now, since the uses of z came before
        x.grad  +=  g · dz/dx                               a `Part` for each argument that is a value

``reverse`` takes the order, the rules and the sums from ``backward``, and differs from it in two things only: the sums
are kept beside the nodes, and every term is kept with the sum before it. A property test holds the two equal to
the last bit.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from ..arrays.ops import ENTRY
from ..arrays.sweep import array_slopes, contributions, may_have_nan
from ..arrays.table import ArrayPrimitive
from ..arrays.tensor import Tensor
from ..core.sweep import local_derivatives
from ..programs.entry import Entry
from ..programs.listing import Program
from .records import Part, Pass, Step, any_of

__all__ = ["begin", "forward", "reverse", "steps_of", "uses_of"]


def begin(program: Program, seed: Any, digits: int = 4) -> Pass:
    """A reverse pass that begins with the gradient ``seed``; with ``None``, a forward pass."""
    leaves = [] if seed is None else [entry for entry in program if entry.op is None]
    return Pass(program, seed, {id(leaf.node): leaf.grad for leaf in leaves if leaf.grad is not None}, digits)


def forward(program: Program, digits: int = 4) -> Iterator[Step]:
    """The steps of the forward pass: the computed entries, in the order in which they were recorded.

    Examples
    --------
    >>> from autograd import Value, program
    >>> x = Value(3.0, name="x")
    >>> for step in forward(program(x * x + 1)):
    ...     print(step)
    [1/2] %1 = x * x = 3 × 3 = 9
    [2/2] %2 = %1 + 1 = 9 + 1 = 10
    """
    return steps_of(begin(program, None, digits))


def reverse(program: Program, seed: Any = 1.0, digits: int = 4) -> Iterator[Step]:
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
    return steps_of(begin(program, seed, digits))


def steps_of(within: Pass) -> Iterator[Step]:
    """The steps of a pass, each computed when the iterator reaches it."""
    if within.seed is None:
        for k, entry in enumerate(within.program.computed):
            yield Step(k, entry, None, (), within)
        return
    arrays = within.has_arrays
    yield from _reverse(within, within.seeds(), arrays, masked=arrays and _leaves_nan(within))


def uses_of(program: Program) -> dict[int, int]:
    """The number of uses of each value, by the identity of its node; all versions of a leaf count as one value."""
    uses: dict[int, int] = {}
    for entry in program:
        uses[id(entry.node)] = uses.get(id(entry.node), 0) + len(entry.uses)
    return uses


# --- The reverse loop -------------------------------------------------------------------------------------------------

Terms = tuple[Sequence[Any], Sequence[Any]]  # for each argument: its local derivative, and its contribution or None


def _reverse(within: Pass, sums: dict[int, Any], arrays: bool, masked: bool) -> Iterator[Step]:
    """The reverse pass over a program of values, or over one in which arrays take part.

    ``sums`` holds the gradient that has arrived at each node, by the identity of the node; each step updates it.
    """
    terms, add = (_array_terms, _add_arrays) if arrays else (_terms, _add)
    uses = uses_of(within.program)
    arrived = dict.fromkeys(uses, 0)
    for k, entry in enumerate(reversed(within.program.computed)):
        g = sums.get(id(entry.node), 0.0)
        parts = []
        for position, (x, slope, found) in enumerate(zip(entry.inputs, *terms(entry, g, masked), strict=True)):
            if not isinstance(x, Entry):
                continue
            key = id(x.node)
            before = after = sums.get(key, 0.0)
            if found is not None:
                after = sums[key] = add(entry, before, found)
            arrived[key] += 1
            parts.append(
                Part(
                    *(entry, position, x, slope, _like(x, 0.0 if found is None else found)),
                    *(_like(x, before), _like(x, after), arrived[key], uses[key]),
                    any_of(g) and (slope is None or any_of(slope) or not entry.op.selects),  # type: ignore[union-attr]
                )
            )
        yield Step(k, entry, _like(entry, g), tuple(parts), within)


def _leaves_nan(within: Pass) -> bool:
    """Return True if an unmasked pass leaves a nan in a leaf; `arrays.sweep` says why a masked pass has to follow."""
    sums = within.seeds()
    deque(_reverse(within, sums, arrays=True, masked=False), maxlen=0)
    return any(may_have_nan(sums.get(id(entry.node), 0.0)) for entry in within.program if entry.op is None)


def _terms(entry: Entry, g: float, _: bool) -> Terms:
    """The terms of a record of values, as `core.sweep` computes them."""
    selects = entry.op.selects  # type: ignore[union-attr]
    slopes = [float(slope) for slope in local_derivatives(entry.node)]
    return slopes, [g * slope if g and (slope or not selects) else None for slope in slopes]


def _add(_: Entry, before: float, contribution: float) -> float:
    return before + contribution


def _array_terms(entry: Entry, g: Any, masked: bool) -> Terms:
    """The terms of a record among arrays, as `arrays.sweep` computes them.

    An operation on whole arrays has no local derivatives, but a linear map for each argument.
    """
    idle = not any_of(g) if masked else type(g) is float and not g
    with np.errstate(all="ignore"):
        found = [None] * len(entry.inputs) if idle else contributions(entry.node, g, masked)
        if isinstance(entry.op, ArrayPrimitive):
            return [None] * len(found), found
        return [x if isinstance(x, np.ndarray) else float(x) for x in array_slopes(entry.node)], found


def _add_arrays(entry: Entry, before: Any, contribution: Any) -> Any:
    if entry.op is ENTRY:  # the operation that takes one entry of an array
        total, index = np.full_like(contribution, before), entry.numbers[1]
        total[index] += contribution[index]
        return total
    if type(before) is float and not before:
        return contribution
    with np.errstate(all="ignore"):
        return before + contribution


def _like(entry: Entry, x: Any) -> Any:
    """A gradient in the form of the entry's value: an array for an array, of zeros where nothing has arrived."""
    if not isinstance(entry.node, Tensor):
        return x
    return np.zeros_like(entry.node._data) if type(x) is float else np.asarray(x)
