"""The first nan or infinity, caught where it arises."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite

from .context import InMode, Mode
from .errors import AnomalyError
from .provenance import keep_source
from .sweep import local_derivatives
from .tape import Node
from .text import short

__all__ = ["detect_anomaly"]


class detect_anomaly(InMode):  # noqa: N801 - used as no_grad is
    """Raise at the first nan or infinity that an operation gives, or that arises in a backward pass.

    The error names the operation, its inputs with their numbers, the module's scope and the line that recorded it. A
    pass that raises deposits nothing. It counts for the thread or asyncio task that entered it, nests, and decorates
    functions and coroutines.

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

    def change(self, mode: Mode) -> None:
        mode.watch, mode.on_sweep = _check_value, _check_sweep


def _check_value(node: Node) -> None:
    keep_source(node, depth=3)
    if node._op is not None and not isfinite(node._data):
        raise AnomalyError(f"{node._op.name} gives {node._data}: {_described(node)}")


def _check_sweep(computed: Sequence[Node], leaves: Sequence[Node]) -> None:
    """Find the first product, in the order of the pass, that is not finite; else the first sum."""
    for z in computed:
        if not z._adjoint:
            continue
        if not isfinite(z._adjoint):
            break  # the seed, or a sum of finite products
        for k, ((argument, _), slope) in enumerate(zip(z.operands(), local_derivatives(z), strict=True)):
            if argument is not None and (slope or not z._op.selects) and not isfinite(z._adjoint * slope):  # type: ignore[union-attr]
                raise AnomalyError(
                    f"the gradient of {_called(argument, k)} becomes {z._adjoint * slope}: in {_described(z)}; the "
                    f"gradient {short(z._adjoint)} comes in, and the local derivative is {short(slope)}"
                )
    for node in (*computed, *leaves):
        if not isfinite(node._adjoint):
            raise AnomalyError(
                f"the gradient of {_called(node, 0)} adds up to {node._adjoint} of finite parts, or was given to "
                f"backward(): {_described(node)}"
            )


def _called(node: Node | None, k: int) -> str:
    return (node.known_as if node is not None else None) or f"argument {k + 1}"


def _described(z: Node) -> str:
    """The operation in the user's names, its inputs with their numbers, the scope and the line."""
    operands = z.operands()
    names = [_called(node, k) if node is not None else short(x) for k, (node, x) in enumerate(operands)]
    inputs = ", ".join(f"{name} = {x!r}" for name, (node, x) in zip(names, operands, strict=True) if node is not None)
    result = z.known_as
    text = (f"{result} = " if result else "") + (z._op.write(names) if z._op else "a leaf")
    parts = [text + (f", with {inputs}" if inputs else "")]
    if z.scope:
        parts.append(f"in {z.scope}")
    if z.source is not None:
        parts.append(f"recorded at {z.source}")
    return ", ".join(parts)
