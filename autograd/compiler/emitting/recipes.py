"""Recipes: the calls of one link of a chain, for other links of its kind.

    %7 = tanh(%6)      np.tanh(row 6, out=row 7)          the calls that `elementwise` makes of the rule of the table
                       np.tanh(slot 0, out=slot 1)        the same as a recipe
    %9 = tanh(%8)      np.tanh(row 8, out=row 9)          made of the recipe, in a twentieth of the time

A recipe has a *slot* for each array of a link: its operands, its value, their adjoints, and the subexpressions that it
keeps. Scratch arrays stay as they are, since their numbers last no longer than a link.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np

__all__ = ["Left", "Recipe", "Taking", "recipe_of"]

Array = np.ndarray[Any, Any]
How = Callable[[Any], Any] | None  # how the array of a slot is used: another shape of it, the number with a minus


class Left(NamedTuple):
    """The traces that the calls of a link leave.

    Attributes
    ----------
    known : dict
        The results that stay until the next forward pass, as `Emitter.known` has them.
    kept : sequence of tuple of int
        The shapes of the subexpressions that the link keeps.
    aliases : sequence of (int, ndarray, float)
        The positions of the operands whose adjoint becomes an alias, each with the array and the factor.
    written : sequence of int
        The positions of the operands whose adjoint has its first contribution here.
    """

    known: dict[Any, Array]
    kept: Sequence[tuple[int, ...]] = ()
    aliases: Sequence[tuple[int, Any, float]] = ()
    written: Sequence[int] = ()


class _Slot(NamedTuple):
    """An array in the key of a result: its slot, its shape and its strides."""

    slot: int
    rest: tuple[Any, ...]


class Taking:
    """A call, whose arguments are taken from a list.

    Parameters
    ----------
    function : callable or str
        The function; the name of a method if its object is in the list, too.
    owner : int or None
        The place of that object.
    places : sequence of int
        Those of the arguments.
    names : tuple of str
        The names of the last arguments.
    """

    __slots__ = ("_function", "_get", "_names", "_owner")

    def __init__(self, function: Any, owner: int | None, places: Sequence[int], names: tuple[str, ...]) -> None:
        self._function, self._owner, self._names = function, owner, names
        self._get: Callable[[Sequence[Any]], Sequence[Any]] = (
            operator.itemgetter(*places) if len(places) > 1 else lambda given: [given[k] for k in places]
        )

    def of(self, arguments: Sequence[Any]) -> partial[Any]:
        """Return the call."""
        function = self._function if self._owner is None else getattr(arguments[self._owner], self._function)
        given = self._get(arguments)
        if not self._names:
            return partial(function, *given)
        count = len(given) - len(self._names)
        return partial(function, *given[:count], **dict(zip(self._names, given[count:], strict=True)))


class Recipe:
    """The calls of a link, and what they leave behind.

    Attributes
    ----------
    calls : list
        The calls.
    further : list of (int, callable or None, object)
        What follows the slots in the list of arguments: other uses of slots, and, for slot -1, what all links share.
    kept, written : sequence
        Those of `Left`.
    aliases : list of (int, int, float)
        Those of `Left`, each with a place in the list of arguments instead of the array.
    known : list of (key, int)
        Those of `Left`, with slots in the place of arrays.
    """

    __slots__ = ("aliases", "calls", "further", "kept", "known", "written")

    def __init__(self, left: Left) -> None:
        self.kept, self.written = left.kept, left.written
        self.calls: list[Taking] = []
        self.further: list[tuple[int, Any, Any]] = []
        self.aliases: list[tuple[int, int, float]] = []
        self.known: list[tuple[Any, int]] = []

    def arguments(self, slots: list[Any]) -> list[Any]:
        """Return the list from which the calls of a link take their arguments."""
        return slots + [shared if slot < 0 else how(slots[slot]) for slot, how, shared in self.further]

    def calls_on(self, arguments: Sequence[Any]) -> list[partial[Any]]:
        """Return the calls of a link."""
        return [call.of(arguments) for call in self.calls]

    def known_of(self, addresses: Sequence[int], slots: Sequence[Any]) -> dict[Any, Array]:
        """Return entries for `Emitter.known`, given the addresses of the operands and of the value of a link."""
        return {_keyed(key, addresses): slots[slot] for key, slot in self.known}


def _keyed(key: Any, addresses: Sequence[int]) -> Any:
    """Return a key as `Emitter.known` has it, for the arrays of a link."""
    if type(key) is _Slot:
        return addresses[key.slot], *key.rest
    return tuple([_keyed(x, addresses) if isinstance(x, tuple) else x for x in key])


def recipe_of(calls: Iterable[Any], left: Left, slots: Sequence[Any], scratch: Sequence[Array]) -> Recipe | None:
    """Return the calls of a link as a recipe; ``None`` if other links cannot use them.

    They cannot if a call uses an array or a number that the other links may not have, or if two slots have the same
    numbers, so that it is unknown which of them a call means.

    Parameters
    ----------
    calls : iterable of partial
        The calls.
    left : Left
        What they leave behind.
    slots : sequence of ndarray, float or None
        The arrays of the link; a float for a constant whose number other links need not share; ``None`` for an unused
        slot.
    scratch : sequence of ndarray
        Arrays that all links may share, as they may share arrays that nobody else holds.
    """
    try:
        return _Reader(slots, scratch, Recipe(left)).read(calls, left)
    except _NotReusableError:
        return None


class _NotReusableError(Exception):
    """Calls that other links cannot use."""


class _Reader:
    """Reads the calls of a link into a recipe."""

    def __init__(self, slots: Sequence[Any], scratch: Sequence[Array], recipe: Recipe) -> None:
        self._slots, self._recipe = slots, recipe
        self._shared = {id(None), *(id(array.base) for array in scratch)}
        self._of: dict[int, int] = {}
        self._numbers: dict[float, tuple[int, How]] = {}
        for k, x in enumerate(slots):
            if isinstance(x, float):
                if x in self._numbers:
                    raise _NotReusableError
                self._numbers |= {x: (k, None), -x: (k, operator.neg)}
            elif x is not None and self._of.setdefault(_address(x), k) != k:
                raise _NotReusableError

    def read(self, calls: Iterable[Any], left: Left) -> Recipe:
        """Return the calls as a recipe."""
        recipe = self._recipe
        recipe.calls = [self._call(call) for call in calls]
        for position, array, factor in left.aliases:
            if array is None or factor not in (1, -1):
                raise _NotReusableError
            recipe.aliases.append((position, self._place(array), factor))
        recipe.known = [(self._named(key), self._slot_of(array)[0]) for key, array in left.known.items()]
        return recipe

    def _call(self, call: Any) -> Taking:
        function, owner = call.func, None
        array = getattr(function, "__self__", None)
        if isinstance(array, np.ndarray) and id(array.base) not in self._shared:
            function, owner = function.__name__, self._place(array)
        places = [self._place(x) for x in (*call.args, *call.keywords.values())]
        return Taking(function, owner, places, tuple(call.keywords))

    def _place(self, x: Any) -> int:
        """Return the place of an argument in the list of arguments."""
        slot, how = self._found(x)
        if slot >= 0 and how is None:
            return slot
        self._recipe.further.append((slot, how, x if slot < 0 else None))
        return len(self._slots) + len(self._recipe.further) - 1

    def _found(self, x: Any) -> tuple[int, How]:
        """Return the slot of an argument, and its use; -1 if all links share the argument."""
        if isinstance(x, np.ndarray):
            return (-1, None) if id(x.base) in self._shared else self._slot_of(x)
        if type(x) is float and self._numbers:
            if x not in self._numbers:
                raise _NotReusableError
            return self._numbers[x]
        return -1, None

    def _slot_of(self, x: Array) -> tuple[int, How]:
        slot = self._of.get(_address(x))
        if slot is None or not x.flags.c_contiguous or x.size != self._slots[slot].size:
            raise _NotReusableError
        shape = x.shape
        return slot, None if shape == self._slots[slot].shape else lambda array: array.reshape(shape)

    def _named(self, key: Any) -> Any:
        """Return the key of a result, with slots in the place of arrays."""
        first, *rest = key
        if callable(first):
            return first, *map(self._named, rest)
        if len(key) < 3:  # a number
            return key
        if first not in self._of:
            raise _NotReusableError
        return _Slot(self._of[first], tuple(rest))


def _address(array: Array) -> int:
    first: int = array.__array_interface__["data"][0]
    return first
