"""The surroundings of a function: the globals, closure cells and attributes that its code names.

    RATE = 0.5
    def loss(x, y):                             RATE                     watched by its value
        return RATE * (model(x) - y) ** 2       model                    watched by its identity
                                                model.drop.training      watched by its value, if `forward` names it

All of this is baked into a program, so a program is valid only while none of it changes. It is compared at each call,
which takes about a microsecond. Numbers, texts and truth values are watched by value, also as items of a dict; arrays,
parameters and containers that are attributes or items of a dict, and everything that a global or a cell of the user's
own functions refers to, by identity, and so are the items of a list of objects, such as layers. Changes inside lists of
numbers or parameters and inside arrays are not noticed, nor changes of state that code reaches other than by name.
"""

from __future__ import annotations

from collections.abc import Iterable
from operator import is_
from types import MappingProxyType
from typing import Any

import numpy as np

from .search import ABSENT, PLAIN, Search, content

__all__ = ["Surroundings"]

COPIED = 1 << 16  # the most elements of an array that is compared by its elements


class Surroundings:
    """The surroundings of a function, with their values when it was recorded.

    Parameters
    ----------
    function : callable
        The function.
    arguments : iterable of (str, object)
        Objects that it is given as arguments, with their names.

    Attributes
    ----------
    watches : list of Watch
        The parts that are compared at each call.
    generators : list of Generator
        The random generators that the function could draw from.
    has_tensors : bool
        True if there are tensors among them.
    """

    def __init__(self, function: Any, arguments: Iterable[tuple[str, Any]] = ()) -> None:
        found = Search(function, arguments)
        self.watches, self.generators, self.has_tensors = found.watches, found.generators, found.has_tensors
        self._before = self._values()
        # Of arrays that the recorded call may write into.
        self._copies = [x.copy() if isinstance(x, np.ndarray) and x.size <= COPIED else None for x in self._before]
        self._states = [generator.read() for generator in self.generators]

    def end_recording(self) -> list[str]:
        """Keep the values after the recorded call, with which later calls compare.

        Returns
        -------
        list of str
            The names of plain parts that the recorded call has changed; calls of the program do not change them.
        """
        after = self._values()
        changed = [
            watch.label
            for watch, x, y in zip(self.watches, self._before, after, strict=True)
            if isinstance(x, PLAIN) and isinstance(y, PLAIN) and not _is_same(x, y)
        ]
        kept = [
            _is_same(x, y) if watch.settled else watch.identity or y is ABSENT or isinstance(y, PLAIN)
            for watch, x, y in zip(self.watches, self._before, after, strict=True)
        ]
        self.watches = [watch for watch, keep in zip(self.watches, kept, strict=True) if keep]
        self._before = [x for x, keep in zip(after, kept, strict=True) if keep]
        self._copies = []
        self._sort()
        return changed

    def _sort(self) -> None:
        """Sort what is watched by how it is read: items of dicts and lists, contents of cells, results of functions."""
        self._items: list[tuple[Any, str, Any]] = []  # the dict, the name, and the value
        self._lists: list[tuple[list[Any], tuple[Any, ...]]] = []
        self._cells: list[tuple[Any, Any]] = []
        self._absent: list[tuple[Any, str]] = []
        self._others: list[tuple[Any, Any]] = []
        for watch, x in zip(self.watches, self._before, strict=True):
            function: Any = getattr(watch.read, "func", None)
            given: Any = getattr(watch.read, "args", ())
            owner = getattr(function, "__self__", None)
            if type(owner) in (dict, MappingProxyType):
                if x is ABSENT:
                    self._absent.append((owner, given[0]))
                else:
                    self._items.append((owner, given[0], x))
            elif function is tuple:
                self._lists.append((given[0], x))
            elif x is not ABSENT and function is content:
                self._cells.append((given[0], x))
            else:
                self._others.append((watch.read, x))

    def moved(self) -> str | None:
        """Return the name of a part that the recorded call has changed, or put another object in the place of."""
        for watch, x, y, copy in zip(self.watches, self._before, self._values(), self._copies, strict=True):
            if watch.settled:
                continue
            is_written = copy is not None and not np.array_equal(copy, x, equal_nan=copy.dtype.kind == "f")
            if is_written or (x is not ABSENT and not _is_same(x, y)):
                return watch.label
        return None

    def rewind(self) -> None:
        """Take back what the recorded call has drawn at random and assigned, since the function will run once more."""
        for generator, state in zip(self.generators, self._states, strict=True):
            generator.write(state)
        for watch, x, y, copy in zip(self.watches, self._before, self._values(), self._copies, strict=True):
            if copy is not None and x.flags.writeable:
                x[...] = copy
            owner = getattr(getattr(watch.read, "func", None), "__self__", None)
            if x is not y and x is not ABSENT and not watch.settled and isinstance(owner, dict):
                owner[watch.read.args[0]] = x  # type: ignore[attr-defined] # it is a partial of the dict's ``get``

    def drawn_from(self) -> list[str]:
        """Return the names of the random generators whose states have changed."""
        pairs = zip(self.generators, self._states, strict=True)
        return [generator.label for generator, state in pairs if not _is_same_state(state, generator.read())]

    def changed(self) -> str | None:
        """Return the name of a part that has changed since the recording; ``None`` if there is none."""
        if self.are_untouched():
            return None
        pairs = zip(self.watches, self._before, self._values(), strict=True)
        return next((watch.label for watch, x, y in pairs if not _is_same(x, y)), None)

    def are_untouched(self) -> bool:
        """True if all parts are the same objects as before. If not, they may still be equal, which `changed` tells."""
        try:
            for owner, name, x in self._items:
                if owner[name] is not x:
                    return False
            for items, before in self._lists:
                if len(items) != len(before) or not all(map(is_, items, before)):
                    return False
            for cell, x in self._cells:
                if cell.cell_contents is not x:
                    return False
            for owner, name in self._absent:
                if name in owner:
                    return False
            return all(read() is x for read, x in self._others) if self._others else True
        except (KeyError, ValueError):  # a name that was deleted
            return False

    def _values(self) -> list[Any]:
        return [watch.read() for watch in self.watches]


def _is_same(x: Any, y: Any) -> bool:
    """True for the same object, and for plain ones of the same type and repr: unlike with ``==``, 0.0 is not -0.0.

    Tuples are the same if all of their items are the same objects.
    """
    if x is y or type(x) is not type(y):
        return x is y
    if type(x) is tuple:
        return len(x) == len(y) and all(map(is_, x, y))
    return isinstance(x, PLAIN) and repr(x) == repr(y)


def _is_same_state(x: Any, y: Any) -> bool:
    if isinstance(x, dict):
        return all(_is_same_state(each, y[key]) for key, each in x.items())
    return bool(np.array_equal(x, y)) if isinstance(x, np.ndarray) else bool(x == y)
