"""The chain rule: one pass over a program, from the result back to its leaves.

For every record ``z = f(x, y)``, latest first, with ``g = d result / dz`` complete by then:

    d result / dx  +=  g * dz/dx
    d result / dy  +=  g * dz/dy

The sums run in scratch, the nodes' ``_adjoint``. At the very end those of leaves are added to their gradients, and the
mark that all nodes of the pass share says that those of computed nodes are gradients. All of this is one call of C
code, which no exception, signal or other thread can split: a pass happens wholly or not at all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import repeat
from operator import attrgetter
from typing import Any

from .modes import mode_here
from .namespaces import EDGES, at_edge, floats
from .ops import ADD, MUL, POW, RELU, SUB
from .several import DOT
from .stores import adjoint, at_once, changing, ending, exclusively, storing
from .tape import Node, collect

__all__ = ["backward", "deposit", "pull", "sweep"]

power, loop_of, totals_of = floats.power, attrgetter("loop"), attrgetter("totals")


def backward(root: Node, seed: Any) -> None:
    """Deposit ``seed * d root / d node`` in every node that ``root`` depends on.

    A computed node's gradient is that of the last pass that reached it; a leaf's adds to what it has.
    """
    exclusively(_backward, root, seed)


def _backward(root: Node, seed: Any) -> None:
    computed, leaves = collect((root,))
    root._adjoint = seed
    sweep(computed, leaves)
    deposit(computed, leaves)


def sweep(computed: Sequence[Node], leaves: Sequence[Node]) -> None:
    """Complete all adjoints: by the loop that a kind of node in the pass brings with it, else by `propagate`."""
    kinds: set[type[Node]] = {*map(type, computed), *map(type, leaves)}
    loop = next(filter(None, map(loop_of, kinds)), propagate)
    loop(computed, leaves)


def deposit(computed: list[Node], leaves: list[Node]) -> None:
    """Make gradients of the adjoints, all of them at once. Call this function through ``exclusively``.

    A computed node's gradient is its adjoint; all have the mark of one walk. A leaf's adjoint is added to the gradient
    it has, by `add_up` or by the ``totals`` of its kind of node.
    """
    on_sweep = mode_here().on_sweep
    if on_sweep is not None:
        on_sweep(computed, leaves)
    totals = {each or add_up for each in map(totals_of, {*map(type, leaves)})}
    groups = dict.fromkeys(totals, leaves)
    if len(totals) > 1:
        groups = {each: [leaf for leaf in leaves if (type(leaf).totals or add_up) is each] for each in totals}
    cleared = [] if totals == {add_up} else leaves  # of arrays, which are not to outlive the pass
    with changing:
        stores = [store for found, mine in groups.items() for store in found(mine, computed)]
        at_once(*stores, storing("_adjoint", cleared, repeat(0.0)), *(ending(z) for z in computed[:1]))


def add_up(leaves: Sequence[Node], _: Sequence[Node]) -> Sequence[Iterable[Any]]:
    """The stores of the leaves' gradients: each adjoint, added to the gradient that the leaf has; a `Totals`."""
    for leaf in leaves:
        if leaf._grad is not None:
            leaf._adjoint += leaf._grad
    return (storing("_grad", leaves, map(adjoint, leaves)),)


def propagate(computed: Sequence[Node], _: Sequence[Node]) -> None:
    """The reverse loop for values; a `Loop`.

    A node whose adjoint is 0 passes nothing on, and an operation that selects passes nothing to an argument that it did
    not select: a branch that was not taken does no harm, even where its own derivative, or the upstream gradient, is
    infinite. The commonest operations have their rule written out; a test holds each equal to its row, bit for bit.
    """
    for z in computed:
        g = z._adjoint
        if not g:
            continue
        op, a, b = z._op, z._a, z._b
        if op is MUL:
            if a is not None:
                a._adjoint += g * z._y
            if b is not None:
                b._adjoint += g * z._x
        elif op is ADD:
            if a is not None:
                a._adjoint += g
            if b is not None:
                b._adjoint += g
        elif op is SUB:
            if a is not None:
                a._adjoint += g
            if b is not None:
                b._adjoint -= g
        elif op is RELU:
            if z._x > 0:
                a._adjoint += g  # type: ignore[union-attr]
        elif op is POW and b is None:
            x, y = z._x, z._y
            try:
                slope = y * power(x, y - 1) if y else 0
            except EDGES:
                slope = local_derivatives(z)[0]
            a._adjoint += g * slope  # type: ignore[union-attr]
        elif op is DOT:
            arguments, numbers = z._x, z._y
            half = len(arguments) // 2
            swapped = [*numbers[half:-1], *numbers[:half], 1]
            for argument, number in zip(arguments, swapped):  # noqa: B905 - made to be of equal length
                if argument is not None:
                    argument._adjoint += g * number
        else:
            for argument, slope in zip(z.arguments(), local_derivatives(z), strict=True):
                if argument is not None and (slope or not op.selects):  # type: ignore[union-attr]
                    argument._adjoint += g * slope


def pull(
    order: Iterable[Any], adjoints: dict[int, Any], terms: Callable[[Any, Any], Iterable[tuple[Any, Any]]]
) -> None:
    """The reverse loop for readers: over records of any kind, with adjoints of any kind that can be added.

    Parameters
    ----------
    order : iterable
        The records, latest first.
    adjoints : dict
        The adjoints by the identity of the record or leaf. When its turn comes, the adjoint of a record of ``order`` is
        complete and is taken out; those of all others are left.
    terms : callable
        ``terms(record, adjoint)`` gives pairs: an argument, and the term to be added to its adjoint.
    """
    for z in order:
        if id(z) in adjoints:
            for x, term in terms(z, adjoints.pop(id(z))):
                adjoints[id(x)] = term + adjoints[id(x)] if id(x) in adjoints else term


def local_derivatives(z: Node) -> Sequence[float]:
    """The derivatives of a record by its arguments, from the numbers it was recorded with."""
    rule, numbers = z._op.derivatives, z.numbers()  # type: ignore[union-attr]
    try:
        return rule(floats, *numbers, z._data)  # type: ignore[no-any-return]
    except EDGES:
        return at_edge(rule, *numbers, z._data)  # type: ignore[no-any-return]
