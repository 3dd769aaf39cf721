"""What a compiled function gives: values and tensors whose backward pass may take a shorter way.

A training step is a call, a mean over the batch, and a backward pass over these two records. The general sweep sorts,
marks and sums for graphs of any form; here it is known what it would do. The gradients are the same, bit for bit, and
so is all else that a user can see.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..array_ops import MEAN_OVER, SUM_OVER
from ..context import active
from ..tape import record
from ..tensor import Tensor
from ..value import Value

__all__ = ["Answer", "Lanes"]

# The short ways of `quick`, which stands above: from a sum or mean, and from a single result. They say whether they
# led there.
SHORT: list[Callable[[Any], bool]] = []


class Lanes(Tensor):
    """A result for each lane."""

    __slots__ = ()

    def mean(self, axis: Any = None, keepdims: bool = False) -> Tensor:
        data = self._data
        if axis is not None or keepdims or data.ndim != 1 or active:
            return super().mean(axis, keepdims)
        total = self._total()
        if total is None:
            return super().mean(axis, keepdims)
        return record(Reduced, MEAN_OVER, (self, None, None), (data, (0,), False), np.array(total / len(data)))

    def sum(self, axis: Any = None, keepdims: bool = False) -> Tensor:
        total = self._total()
        if axis is not None or keepdims or self._data.ndim != 1 or active or total is None:
            return super().sum(axis, keepdims)
        return record(Reduced, SUM_OVER, (self, None, None), (self._data, (0,), False), np.array(total))

    def _total(self) -> float | None:
        """The sum of the results, which the call has worked out."""
        total: float | None = None if self._op is None else self._y[-1].total
        return total


class Reduced(Tensor):
    """The sum or mean of the results of all lanes."""

    __slots__ = ()

    def backward(self, gradient: Any = None) -> None:
        if gradient is not None or active or not SHORT[0](self):
            super().backward(gradient)


class Answer(Value):
    """A single result."""

    __slots__ = ()

    def backward(self, gradient: float = 1.0) -> None:
        if gradient != 1.0 or active or not SHORT[1](self):
            super().backward(gradient)


Lanes.__name__ = Reduced.__name__ = "Tensor"
Answer.__name__ = "Value"
