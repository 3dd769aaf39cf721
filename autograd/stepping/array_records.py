"""The chain rule where arrays take part, record by record: what each hands on, and what had arrived before.

The order, the sums and the two passes are those of `array_sweep`, and so are the numbers, bit for bit. Here they are
kept apart from the nodes, and everything that a reader asks for is kept.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from ..arrays.ops import ENTRY, ArrayPrimitive
from ..arrays.sweep import array_slopes, contributions, may_have_nan
from ..core.tape import Node

__all__ = ["Handed", "any_of", "turns"]


class Handed(NamedTuple):
    """What a record hands on to one of its arguments.

    Attributes
    ----------
    slope : float, ndarray or None
        The local derivative, element by element; ``None`` where it is a map and no number for each element.
    contribution, before, after : float or ndarray
        What is handed on, and what has arrived without it and with it.
    passes : bool
        Whether anything is handed on.
    """

    slope: Any
    contribution: Any
    before: Any
    after: Any
    passes: bool


def any_of(x: Any) -> bool:
    """Whether a number, or any one of an array, is other than 0."""
    return bool(x) if type(x) is float else bool(np.any(x))


def turns(
    computed: Sequence[Node], leaves: Sequence[Node], seeds: Mapping[int, Any]
) -> Iterator[tuple[Any, list[Handed | None]]]:
    """For each computed node, latest first, the gradient that has arrived, and what it hands on to each argument.

    ``seeds`` are the gradients of the results, by their identity. There is ``None`` for a constant.
    """
    sums = dict(seeds)
    for z in computed:
        _turn(z, sums, masked=False)
    masked = any(may_have_nan(sums.get(id(leaf), 0.0)) for leaf in leaves)
    sums = dict(seeds)
    for z in computed:
        yield _like(sums.get(id(z), 0.0), z), _turn(z, sums, masked)


def _turn(z: Node, sums: dict[int, Any], masked: bool) -> list[Handed | None]:
    op, g = z._op, sums.get(id(z), 0.0)
    assert op is not None
    idle = type(g) is float and not g
    with np.errstate(all="ignore"):
        found = [None] * len(z.arguments()) if idle else contributions(z, g, masked)
        slopes = [None] * len(found) if isinstance(op, ArrayPrimitive) else array_slopes(z)
        handed: list[Handed | None] = []
        for argument, slope, contribution in zip(z.arguments(), slopes, found, strict=True):
            if argument is None:
                handed.append(None)
                continue
            before = after = sums.get(id(argument), 0.0)
            if contribution is not None:
                sums[id(argument)] = after = _added(before, contribution, z)
            passes = any_of(g) and (slope is None or not op.selects or any_of(slope))
            slope = slope if slope is None or isinstance(slope, np.ndarray) else float(slope)
            given = 0.0 if contribution is None else contribution
            handed.append(
                Handed(slope, _like(given, argument), _like(before, argument), _like(after, argument), passes)
            )
    return handed


def _added(before: Any, contribution: Any, z: Node) -> Any:
    """A sum of gradients, made as the sweep makes it."""
    if z._op is ENTRY:  # in an array of zeros, in which only the entry is touched
        index = z.numbers()[1]
        total = np.zeros_like(contribution) + before
        total[index] += contribution[index]
        return total
    return contribution if type(before) is float and not before else before + contribution


def _like(x: Any, node: Node) -> Any:
    """As an array, for an array: nothing is zeros, and what has no axes is one, too."""
    if not node.is_array:
        return x
    return np.zeros_like(node._data) if type(x) is float else np.asarray(x)
