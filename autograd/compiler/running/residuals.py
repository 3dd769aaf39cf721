"""The residuals of a call: the numbers that its record keeps for the reverse pass."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from ...arrays.errstate import run_all
from ...parameters.flat import Epoch, changing
from ..emitting.bound import Bound

__all__ = ["Residuals"]

Array = np.ndarray[Any, Any]


class Residuals(Sequence[Any]):
    """The state that the record of a call keeps for its reverse pass.

    For the record this is the sequence of its operands' numbers: the flat arrays of parameters, the shared arguments,
    and the batched arguments. The values that the program computed are in a workspace. A later call may take the
    workspace; then a reverse pass computes them again. The numbers of batched arguments may be there, too, until then:
    most records are gone before their workspace is taken, so that these arguments need never be copied.

    Attributes
    ----------
    bound : Bound or None
        The workspace, until another call takes it.
    swept : bool
        True after a reverse pass: the workspace is unlikely to be needed again.
    total : float, list of float or None
        The sum over the batch of the only result, or that of each result, if the program computed it.
    is_ahead : bool
        True if the workspace has the gradients of a reverse pass from ones, which ran together with the forward pass,
        and need not have the values.
    gradients : list of (list of ndarray) or None
        The gradients of a reverse pass from ones, if one ran together with the forward pass: those by the flat arrays
        and by the scalars, and those by the batched arguments.
    samples : int or None
        The number of samples; ``None`` without a batch.
    epochs : list of Epoch
        The numbers of the flat arrays.
    shared : sequence
        The numbers of the shared arguments.
    sources : list of (ndarray or None) or None
        The batched arguments whose copies are made while the forward pass reads them; ``None`` after it.

    Parameters
    ----------
    batched : list of ndarray or None
        The numbers of the batched arguments; ``None`` if they are those of the workspace that the residuals get.
    """

    __slots__ = (
        "__weakref__",
        "_batched",
        "bound",
        "epochs",
        "gradients",
        "is_ahead",
        "samples",
        "shared",
        "sources",
        "swept",
        "total",
    )

    def __init__(
        self, samples: int | None, epochs: list[Epoch], shared: Sequence[Any], batched: list[Array] | None
    ) -> None:
        self.bound: Bound | None = None
        self.swept = self.is_ahead = False
        self.total: Any = None
        self.gradients: tuple[list[Array], list[Array | None]] | None = None
        self.samples, self.epochs, self.shared = samples, epochs, shared
        self._batched = batched  # None as long as the workspace has these numbers, and no other call takes it
        self.sources: list[Array | None] | None = None

    def let_go(self) -> None:
        """Give the workspace up, for a call that takes it."""
        self._batched = self.batched
        self.bound, self.is_ahead = None, False

    def restore(self) -> None:
        """Compute the values in the workspace that a reverse pass which ran ahead did not leave there."""
        if self.bound is not None and self.is_ahead:
            run_all(self.bound.forward)
            self.is_ahead = False

    @property
    def batched(self) -> list[Array]:
        """The numbers of the batched arguments, as arrays that nobody writes to."""
        with changing:
            if self._batched is None:
                self._batched = [x.copy() for x in self.bound.slots]  # type: ignore[union-attr]
            return self._batched

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
