"""The chain rule: one pass over a program, from the result back to its leaves.

For every record ``z = f(x, y)``, latest first, with ``g = d result / dz`` complete by then:

    d result / dx  +=  g * dz/dx
    d result / dy  +=  g * dz/dy

The sums run in scratch, the nodes' ``_adjoint``. Gradients are deposited at the very end, all of them in one call of C
code, which no exception, signal or other thread can split: a pass happens wholly or not at all.
"""

from __future__ import annotations

import operator
from collections import deque
from collections.abc import Iterable, Sequence
from typing import Any

from .context import mode_here
from .namespaces import EDGES, at_edge, floats
from .ops import ADD, MUL, POW, RELU, SUB
from .several import DOT
from .tape import Node, collect, exclusively

__all__ = ["backward", "deposit", "store", "sweep"]

power = floats.power
adjoint = operator.attrgetter("_adjoint")


def store(slot: str, nodes: Sequence[Node], numbers: Iterable[Any]) -> None:
    """Set a slot of many nodes at once: an interrupt finds either none of them set, or all.

    ``numbers`` is a list, or a ``map`` of a function in C: nothing that runs Python code, where an interrupt may fall.
    """
    deque(map(getattr(Node, slot).__set__, nodes, numbers), maxlen=0)


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


def deposit(computed: list[Node], leaves: list[Node]) -> None:
    """Make gradients of the adjoints, at once; to the leaves' they are added. Call it by way of ``exclusively``."""
    on_sweep = mode_here().on_sweep
    if on_sweep is not None:
        on_sweep(computed, leaves)
    kinds: set[type[Node]] = {*map(type, computed), *map(type, leaves)}
    other = next((kind.deposit for kind in kinds if kind.deposit is not None), None)
    if other is not None:
        other(computed, leaves)
        return
    for leaf in leaves:
        if leaf._grad is not None:
            leaf._adjoint += leaf._grad
    nodes = computed + leaves
    store("_grad", nodes, map(adjoint, nodes))


def sweep(computed: Sequence[Node], leaves: Sequence[Node]) -> None:
    """The reverse loop: that of a kind of node that brings its own, where one takes part."""
    kinds: set[type[Node]] = {*map(type, computed), *map(type, leaves)}
    loop = next((kind.loop for kind in kinds if kind.loop is not None), None)
    if loop is not None:
        loop(computed, leaves)
    else:
        propagate(computed)


def propagate(computed: Sequence[Node]) -> None:
    """The reverse loop. ``computed`` is in the order of `collect`, and the results' adjoints are set.

    A node whose adjoint is 0 hands nothing on, and an operation that selects hands nothing to what it did not select:
    so a side not taken does no harm, even where its own derivative, or the gradient, is infinite. The operations that
    scalar programs consist of have their rule written out; a test holds each equal to its row, bit for bit.
    """
    for z in computed:
        g = z._adjoint
        if not g:
            continue
        op = z._op
        a = z._a
        b = z._b
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


def local_derivatives(z: Node) -> Sequence[float]:
    """The derivatives of a record by its arguments, from the numbers it was recorded with."""
    rule, numbers = z._op.derivatives, z.numbers()  # type: ignore[union-attr]
    try:
        derivatives: Sequence[float] = rule(floats, *numbers, z._data)
    except EDGES:
        derivatives = at_edge(rule, *numbers, z._data)
    return derivatives
