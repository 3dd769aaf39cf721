"""The residuals of a call: the numbers that its record keeps for the reverse pass."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from ...parameters.flat import Epoch
from ..emitting.bound import Bound

__all__ = ["Residuals"]

Array = np.ndarray[Any, Any]


class Residuals(Sequence[Any]):
    """The state that the record of a call keeps for its reverse pass.

    For the record this is the sequence of its operands' numbers: the flat arrays of parameters, the shared arguments,
    and the batched arguments. The values that the program computed are in a workspace. A later call may take the
    workspace; then a reverse pass computes them again.

    Attributes
    ----------
    bound : Bound or None
        The workspace, until another call takes it.
    swept : bool
        True after a reverse pass: the workspace is unlikely to be needed again.
    total : float or None
        The sum of the results over the batch, if the program computed it.
    gradients : list of (list of ndarray) or None
        The gradients of a reverse pass from ones, if one ran together with the forward pass: those by the flat arrays
        and by the scalars, and those by the batched arguments.
    samples : int or None
        The number of samples; ``None`` without a batch.
    epochs : list of Epoch
        The numbers of the flat arrays.
    shared, batched : list
        The numbers of the arguments.
    """

    __slots__ = ("__weakref__", "batched", "bound", "epochs", "gradients", "samples", "shared", "swept", "total")

    def __init__(self, samples: int | None, epochs: list[Epoch], shared: list[Any], batched: list[Array]) -> None:
        self.bound: Bound | None = None
        self.swept = False
        self.total: float | None = None
        self.gradients: tuple[list[Array], list[Array | None]] | None = None
        self.samples, self.epochs, self.shared, self.batched = samples, epochs, shared, batched

    @property
    def is_stale(self) -> bool:
        """True if parameters have changed since the call, so that the flat arrays hold other numbers."""
        return any(epoch.over for epoch in self.epochs)

    def __iter__(self) -> Iterator[Any]:
        yield from (epoch.numbers() for epoch in self.epochs)
        yield from self.shared
        yield from self.batched

    def __len__(self) -> int:
        return len(self.epochs) + len(self.shared) + len(self.batched)

    def __getitem__(self, position: Any) -> Any:
        return list(self)[position]
