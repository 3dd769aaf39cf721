"""What the record of a call keeps for its reverse pass."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from ...parameters.flat import Epoch
from ..emitting.bound import Bound

__all__ = ["Residuals"]

Array = np.ndarray[Any, Any]


class Residuals(Sequence[Any]):
    """What the record of a call keeps for its reverse pass: its operands, and the numbers that were worked out.

    To the record it is the sequence of its operands' numbers: flat arrays of parameters, arguments that all samples
    share, and arguments with a batch axis. What was worked out is in a workspace, which a later call may take; then it
    is worked out again.

    Attributes
    ----------
    bound : Bound or None
        The workspace, as long as no other call has taken it.
    swept : bool
        True once a reverse pass was made: then the workspace is hardly needed any more.
    total : float or None
        The sum of the results of all samples, if it was worked out.
    """

    __slots__ = ("__weakref__", "bound", "epochs", "laned", "lanes", "swept", "total", "uniform")

    def __init__(self, lanes: int | None, epochs: list[Epoch], uniform: list[Any], laned: list[Array]) -> None:
        self.bound: Bound | None = None
        self.swept = False
        self.total: float | None = None
        self.lanes, self.epochs, self.uniform, self.laned = lanes, epochs, uniform, laned

    @property
    def is_stale(self) -> bool:
        """True if parameters have changed since: then the flat arrays hold later numbers."""
        return any(epoch.over for epoch in self.epochs)

    def __iter__(self) -> Iterator[Any]:
        yield from (epoch.numbers() for epoch in self.epochs)
        yield from self.uniform
        yield from self.laned

    def __len__(self) -> int:
        return len(self.epochs) + len(self.uniform) + len(self.laned)

    def __getitem__(self, position: Any) -> Any:
        return list(self)[position]
