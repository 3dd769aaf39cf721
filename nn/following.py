"""Lists of parameters that remember the module they came from, so that an optimizer can follow it.

A module may get, lose or exchange parameters after an optimizer was made. To search a model for them takes time in
proportion to its parameters, too long for every step. A `Census` is quicker: it keeps the contents of each object that
was looked into, and compares them by identity.
"""

from __future__ import annotations

from collections.abc import Iterable
from operator import is_
from typing import Any

import numpy as np

from .members import Holder, Parameter, items, parameters_among, walk

__all__ = ["Census", "Parameters"]

SEQUENCES = (list, tuple, set, frozenset)


class Parameters(list[Parameter]):
    """A list of parameters, and the module they were found in.

    Attributes
    ----------
    module : Holder
        The module. Lists that are made of this one, as by ``+`` or a comprehension, have none.
    """

    def __init__(self, module: Holder, parameters: Iterable[Parameter]) -> None:
        super().__init__(parameters)
        self.module = module

    def __reduce__(self) -> Any:
        return Parameters, (self.module, list(self))


class Census:
    """The parameters of a module at some time, and everything that they were found in.

    Examples
    --------
    >>> from autograd import Value
    >>> from nn import Module
    >>> from nn.following import Census
    >>> module = Module()
    >>> module.weights = [Value(1.0)]
    >>> census = Census(module)
    >>> census.is_out_of_date()
    False
    >>> module.weights.append(Value(2.0))
    >>> census.is_out_of_date(), census.taken_again()
    (True, [Value(1.0), Value(2.0)])
    """

    def __init__(self, module: Holder) -> None:
        self.module = module
        self._contents: list[tuple[Any, list[Any]]] = []  # those of each object that was looked into
        self.taken_again()

    def __reduce__(self) -> Any:
        return Census, (self.module,)

    def is_out_of_date(self) -> bool:
        """True if any object that was looked into has other contents now, whatever they are."""
        for holder, before in self._contents:
            now = _contents(holder)
            if len(now) != len(before) or not all(map(is_, now, before)):
                return True
        return False

    def taken_again(self) -> list[Parameter]:
        """Return the parameters that the module has now, in order."""
        self._contents = []
        seen: dict[int, Any] = {}
        waiting: list[Any] = [self.module]
        while waiting:
            holder = waiting.pop()
            if id(holder) not in seen:
                seen[id(holder)] = holder
                held = items(holder)
                if held is not None and not (held == () and isinstance(holder, np.ndarray)):
                    self._contents.append((holder, _contents(holder)))
                    waiting += [item for _, item in held]
        return parameters_among(walk(self.module))


def _contents(holder: Any) -> list[Any]:
    """The contents of an object that may hold parameters: all of them, or those that `items` finds."""
    kind = type(holder)
    if kind in SEQUENCES:
        return list(holder)
    if kind is dict:
        return list(holder.values())
    return [item for _, item in items(holder) or ()]
