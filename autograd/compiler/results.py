"""What a compiled function gives: values and tensors whose backward pass may take a shorter way.

A training step is a call, a mean over the batch, and a backward pass over these two records. The general sweep sorts,
marks and sums for graphs of any form; here it is known what it would do. The gradients are the same, bit for bit, and
so is all else that a user can see.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from ..array_ops import MEAN_OVER, SUM_OVER
from ..context import active
from ..quiet import run_all
from ..tape import exclusively, record
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
        mean = np.asarray(_summed(data) / len(data))
        return record(Reduced, MEAN_OVER, (self, None, None), (data, (0,), False), mean)

    def sum(self, axis: Any = None, keepdims: bool = False) -> Tensor:
        data = self._data
        if axis is not None or keepdims or data.ndim != 1 or active:
            return super().sum(axis, keepdims)
        return record(Reduced, SUM_OVER, (self, None, None), (data, (0,), False), _summed(data))


def _summed(data: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    total = np.empty(())
    run_all((partial(np.add.reduce, data, 0, None, total),))
    return total


class Reduced(Tensor):
    """The sum or mean of the results of all lanes."""

    __slots__ = ()

    def backward(self, gradient: Any = None) -> None:
        if gradient is not None or active or not exclusively(SHORT[0], self):
            super().backward(gradient)


class Answer(Value):
    """A single result."""

    __slots__ = ()

    def backward(self, gradient: float = 1.0) -> None:
        if gradient != 1.0 or active or not exclusively(SHORT[1], self):
            super().backward(gradient)


Lanes.__name__ = Reduced.__name__ = "Tensor"
Answer.__name__ = "Value"
