"""Lists of parameters that remember the module they came from, so that an optimizer can follow it.

A module may get, lose or exchange parameters after an optimizer was made. A search of the model takes time in
proportion to its parameters, which is too long for every step. A `Census` is quicker: it keeps the contents of each
object that was searched, and compares them with the present contents by identity, most of them in one call.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from itertools import chain
from operator import is_
from typing import Any

import numpy as np

from .members import Holder, Parameter, items, parameters_among, walk

__all__ = ["Census", "Parameters"]

SEQUENCES = (list, tuple, set, frozenset, deque)


class Parameters(list[Parameter]):
    """A list of parameters, and the module they were found in.

    Attributes
    ----------
    module : Holder
        The module. Lists made from this one, as by ``+`` or a comprehension, have no module.
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

    _held: list[tuple[Any, list[Any]]]  # each object that was searched, and what it held
    _views: list[Iterable[Any]]  # iterables that give the present contents of most of them, and more
    _viewed: list[Any]  # the items that the views gave at that time
    _rest: list[tuple[Any, list[Any]]]  # the objects that have no view, and what they held

    def __init__(self, module: Holder) -> None:
        self.module = module
        self.taken_again()

    def __reduce__(self) -> Any:
        return Census, (self.module,)

    def is_out_of_date(self) -> bool:
        """True if an object that was searched holds something else now that may be, or hold, a parameter."""
        now = list(chain.from_iterable(self._views))
        if _are_the_same(now, self._viewed) and not any(map(_has_changed, self._rest)):
            return False
        if any(map(_has_changed, self._held)):
            return True
        self._viewed = now  # only plain numbers and the like have changed
        return False

    def taken_again(self) -> list[Parameter]:
        """Return the parameters that the module has now, in order."""
        held, views, rest = [], [], []
        seen: dict[int, Any] = {}
        waiting: list[Any] = [self.module]
        while waiting:
            holder = waiting.pop()
            contents = None if id(holder) in seen else _contents(holder)
            seen[id(holder)] = holder
            if contents is not None and not (isinstance(holder, np.ndarray) and not holder.dtype.hasobject):
                held.append((holder, contents))
                view = _view(holder, contents)
                if view is None:
                    rest.append((holder, contents))
                else:
                    views.append(view)
                waiting += contents
        self._held, self._views, self._rest = held, views, rest
        self._viewed = list(chain.from_iterable(views))
        return parameters_among(walk(self.module))


def _contents(holder: Any) -> list[Any] | None:
    """The contents of an object that may be, or hold, a parameter; None if it is not searched."""
    held = items(holder)
    return None if held is None else [item for _, item in held]


def _view(holder: Any, contents: list[Any]) -> Iterable[Any] | None:
    """An iterable whose items are the contents of an object at any time; None if there is none that is quick."""
    kind = type(holder)
    if kind in SEQUENCES:
        return holder  # type: ignore[no-any-return]
    if kind is dict:
        return holder.values()  # type: ignore[no-any-return]
    attributes = getattr(holder, "__dict__", {})
    known = set(map(id, attributes.values()))
    return attributes.values() if all(id(item) in known for item in contents) and attributes else None


def _has_changed(held: tuple[Any, list[Any]]) -> bool:
    """True if an object holds something else than before."""
    return not _are_the_same(_contents(held[0]) or [], held[1])


def _are_the_same(now: list[Any], before: list[Any]) -> bool:
    return len(now) == len(before) and all(map(is_, now, before))
