"""The record of a call of a program of tensors: one node, whose arguments are the leaves that the program reads.

It leases the buffers of the forward pass, whose numbers the reverse pass reads.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from ...arrays.errstate import quietly
from ...arrays.tensor import Tensor
from ...core.modes import active
from ...core.stores import at_once, by_hand, changing, storing
from ...core.tape import Node
from ...core.value import Value
from ..running.call import Whole

__all__ = ["Buffers", "Lease", "Numbers", "TensorCall", "TensorResult", "kind_of"]

Array = np.ndarray[Any, Any]

SPARE = 2  # lists that are kept
MOST = 1 << 26  # bytes of a list that is kept


class Buffers:
    """The buffers of a function.

    Parameters
    ----------
    models : sequence of ndarray
        Arrays in their shapes and dtypes.
    """

    def __init__(self, models: Sequence[Any]) -> None:
        self._shapes = [(x.shape, x.dtype) for x in models]
        self._most = SPARE if sum(x.nbytes for x in models) <= MOST else 0
        self._free: list[list[Any]] = []

    def take(self) -> list[Any]:
        """A list of buffers that nobody else uses."""
        try:
            return self._free.pop()  # one call of C code, so no two threads get the same
        except IndexError:
            return [np.empty(shape, dtype) for shape, dtype in self._shapes]

    def give_back(self, buffers: list[Any]) -> None:
        """Keep a list for the next call, unless there are enough."""
        if len(self._free) < self._most:
            self._free.append(buffers)


class Lease:
    """Buffers that are given back when this object is collected."""

    __slots__ = ("_among", "buffers")

    def __init__(self, among: Buffers) -> None:
        self._among, self.buffers = among, among.take()

    def __del__(self) -> None:
        self._among.give_back(self.buffers)


# --- Records ---------------------------------------------------------------------------------------------------------


class Numbers(Sequence[Any]):
    """The numbers that the record of a call keeps: those of its arguments, and what the reverse pass reads."""

    __slots__ = ("given", "lease", "saved")

    def __init__(self, given: Sequence[Any], saved: tuple[Any, ...], lease: Lease) -> None:
        self.given, self.saved, self.lease = given, saved, lease

    def __iter__(self) -> Iterator[Any]:
        return iter(self.given)

    def __len__(self) -> int:
        return len(self.given)

    def __getitem__(self, position: Any) -> Any:
        return self.given[position]


class TensorCall(Whole):
    """A program of tensors as an operation."""

    __slots__ = ("program",)

    def __init__(self, name: str, program: Any) -> None:
        super().__init__(name)
        self.program = program

    def together(self, z: Node, g: Any, masked: bool) -> list[Any]:
        """Return the gradient by each argument."""
        return self.program.gradients_of_all(z._y, g, masked)  # type: ignore[no-any-return]


class TensorResult(Tensor):
    """The result of a program that is one number. Its backward pass has no graph to traverse if it starts here."""

    __slots__ = ()

    def backward(self, gradient: Any = None) -> None:
        if gradient is not None or active or not _deposited(self):
            super().backward(gradient)


def _deposited(root: Any) -> bool:
    """Make the backward pass from a result; return False if it must take the general path."""
    op = root._op
    if type(op) is not TensorCall or not op.program.is_plain:
        return False
    leaves = [root._x[k] for k in op.program.receives]
    for leaf in leaves:
        if leaf._op is not None:
            return False
    seed = op.program.seed
    found, total = quietly(_and_total, op.program, root._y.saved, seed)
    if total != total:
        return False
    with changing:
        for k, leaf in enumerate(leaves):
            if leaf._grad is not None:
                found[k] = np.asarray(quietly(np.add, found[k], leaf._grad))
        at_once(storing("_grad", (root, *leaves), (by_hand(root, seed), *found)))
    return True


def _and_total(program: Any, saved: Any, seed: Any) -> tuple[list[Any], float]:
    """The gradients, and the sum of their squares, which is nan if one of their numbers is."""
    found = program.gradients(saved, seed)
    return found, sum(map(np.vdot, found, found))


TensorResult.__name__ = "Tensor"


def kind_of(node: Node) -> type[Node]:
    """The class of the record of a result."""
    if isinstance(node, Value):
        return Value
    return TensorResult if node._data.size == 1 else Tensor
