"""`detect_anomaly`: the first nan or infinity raises an error where it arises."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite
from typing import Any

import numpy as np

from ..arrays.sweep import array_slopes, contributions
from ..arrays.table import ArrayPrimitive, shape_of
from ..core.modes import FixedMode, Mode
from ..core.tape import Node
from ..errors import AnomalyError
from ..text.names import PATH, printable, quoted
from ..text.numbers import short
from .sources import keep_source

__all__ = ["detect_anomaly"]


class detect_anomaly(FixedMode):  # noqa: N801 - used as no_grad is
    """Raise at the first nan or infinity that an operation gives, or that arises in a backward pass.

    The error names the operation, its inputs with their numbers, the module's scope and the line that recorded it; of
    an array, where the first such number is, and the numbers of the inputs that belong to it. A pass that raises
    deposits nothing. It counts for the thread or asyncio task that entered it, nests, and decorates functions and
    coroutines.

    Raises
    ------
    AnomalyError
        Inside, as described.

    Examples
    --------
    >>> from autograd import Value, detect_anomaly
    >>> x = Value(0.0, name="x")
    >>> with detect_anomaly():
    ...     y = x.sqrt()
    ...     y.backward()
    Traceback (most recent call last):
        ...
    autograd.errors.AnomalyError: the gradient of x becomes inf: in y = sqrt(x), with x = 0.0, ...
    """

    __slots__ = ()

    def change(self, mode: Mode) -> None:
        mode.watch, mode.on_sweep = _check_value, _check_sweep


def _check_value(node: Node) -> None:
    keep_source(node, depth=3)
    if node._op is not None:
        place = _first_bad(node._data)
        if place is not None:
            raise AnomalyError(
                f"{node._op.name} gives {_at(node._data, place)}{_in_brackets(place)}: {_described(node, place)}"
            )


def _check_sweep(computed: Sequence[Node], leaves: Sequence[Node]) -> None:
    """Raise at the first product, in the order of the pass, that is not finite; without one, at the first such sum."""
    nodes = (*computed, *leaves)
    bad = [node for node in nodes if _first_bad(node._adjoint) is not None]
    if not bad:
        return
    with np.errstate(all="ignore"):
        for z in computed:
            if _first_bad(z._adjoint) is not None:
                break  # the seed, or a sum of finite products
            if np.any(z._adjoint):
                _check_parts(z)
    node = bad[0]
    place = _first_bad(node._adjoint) or ()
    raise AnomalyError(
        f"the gradient of {_called(node, 0)} adds up to {_at(node._adjoint, place)}{_in_brackets(place)} of finite "
        f"parts, or was given to backward(): {_described(node)}"
    )


def _check_parts(z: Node) -> None:
    """Raise if a product that a record propagates is not finite."""
    for k, (argument, part) in enumerate(zip(z.arguments(), contributions(z, z._adjoint, masked=True), strict=True)):
        place = None if argument is None else _first_bad(part)
        if place is not None:
            where, reason = _reason(z, k)
            raise AnomalyError(
                f"the gradient of {_called(argument, k)} becomes {_at(part, place)}{_in_brackets(place)}: in "
                f"{_described(z, where)}; {reason}"
            )


def _reason(z: Node, k: int) -> tuple[Place | None, str]:
    """The first number of a result whose product with the local derivative is not finite, and the factors there."""
    g = z._adjoint
    if isinstance(z._op, ArrayPrimitive):
        return None, f"the gradient that comes in is finite, of shape {shape_of(g)}"
    slope = array_slopes(z)[k]
    where = _first_bad(np.where(np.equal(g, 0), 0.0, g * slope))
    if where is None:
        return None, "the products are finite, and broadcasting adds them up"
    return (
        where,
        f"the gradient {short(_at(g, where))} comes in, and the local derivative is {short(_at(slope, where))}",
    )


Place = tuple[int, ...]


def _first_bad(x: Any) -> Place | None:
    """The index of the first number that is not finite, ``()`` where there are no axes; ``None`` if all are finite."""
    if type(x) is float:
        return None if isfinite(x) else ()
    good = np.isfinite(x)
    return None if good.all() else tuple(map(int, np.argwhere(~good)[0]))


def _at(x: Any, place: Place) -> float:
    """The number at a place of an array, which may have to be broadcast first."""
    x = np.asarray(x)
    return float(x[tuple(min(k, n - 1) for k, n in zip(place[len(place) - x.ndim :], x.shape, strict=True))])


def _in_brackets(place: Place) -> str:
    return f" at {list(place)}" if place else ""


def _called(node: Node | None, k: int) -> str:
    return quoted(node.known_as) if node is not None and node.known_as else f"argument {k + 1}"


def _number_there(x: Any, place: Place | None) -> str:
    if not shape_of(x):
        return f" = {float(x)!r}"
    return f" of shape {x.shape}" if place is None else f" = {_at(x, place)!r} there, of shape {x.shape}"


def _described(z: Node, place: Place | None = None) -> str:
    """The operation in the user's names, its inputs with their numbers, the scope and the line.

    Of arrays, the number that belongs to the place in the result.
    """
    operands = z.operands()
    numbers = z.numbers() if z._op else ()
    names = [
        _called(node, k) if node is not None else z._op.spelled(k, numbers, short)  # type: ignore[union-attr]
        for k, (node, _) in enumerate(operands)
    ]
    elementwise = not isinstance(z._op, ArrayPrimitive)
    inputs = []
    for name, (node, x) in zip(names, operands, strict=True):
        if node is not None:
            inputs.append(f"{name}{_number_there(x, place if elementwise else None)}")
    text = (f"{quoted(z.known_as)} = " if z.known_as else "") + (z._op.write(names) if z._op else "a leaf")
    parts = [text + (f", with {', '.join(inputs)}" if inputs else "")]
    if z.scope:
        parts.append(f"in {printable(z.scope, PATH)}")
    if z.source is not None:
        parts.append(f"recorded at {z.source}")
    return ", ".join(parts)
