"""Many parameters, whose numbers and gradients are changed array by array."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import repeat
from typing import Any

import numpy as np

from ..core.tape import Node
from .adopted import _Adopted, _latest, set_data
from .errstate import run_all
from .flat import Flat, Mask, at_once, both, changing, scattered, set_floats, set_grad, set_kept, set_reached, setitem

__all__ = ["Places", "forget_gradients"]


# --- All at once ------------------------------------------------------------------------------------------------------


class Places:
    """Leaves that are changed together, with the arrays in which they live.

    Parameters
    ----------
    values : iterable of Value or Tensor
        The leaves, each once. Their homes are found again after any leaves have been moved.
    """

    __slots__ = ("_flats", "_meant", "_outside", "_since", "_single", "values")
    _single: Flat | None  # the Flat that consists of these leaves, if there is one
    _flats: list[Flat]
    _meant: list[Mask]  # the places of the leaves in each
    _outside: list[Any]  # leaves that live by themselves

    def __init__(self, values: Iterable[Node]) -> None:
        self.values: tuple[Any, ...] = tuple(values)
        self._since: object = None

    def __reduce__(self) -> Any:
        return Places, (self.values,)

    def _find(self) -> None:
        """Find the homes of the leaves."""
        latest, outside = _latest[0], []
        found: dict[int, tuple[Flat, list[int]]] = {}
        last: Flat | None = None
        for value in self.values:
            if type(value) is _Adopted:
                flat = value._flat
                if flat is not last:
                    last, places = flat, found.setdefault(id(flat), (flat, []))[1]
                places.append(value._place)
            elif type(value) is Flat:
                last, places = value, found.setdefault(id(value), (value, []))[1]
                places += range(len(value.array))
            else:
                outside.append(value)
        self._flats = [flat for flat, _ in found.values()]
        self._meant = [scattered(len(flat.array), places, 0.0)[1] for flat, places in found.values()]
        self._outside = outside
        whole = len(self._flats) == 1 and self._meant[0] is None and not outside
        self._single = self._flats[0] if whole else None
        self._since = latest

    def update(self, rule: Callable[[Any, Any], Any], setting: Any) -> bool:
        """Subtract a step from all leaves that have a gradient: from all of them, or from none if it fails.

        Parameters
        ----------
        rule : callable
            ``(grad, setting) -> step``, for a float or for each element of an array.
        setting : object
            The second argument of the rule, such as a learning rate.

        Returns
        -------
        bool
            True if there was any gradient.
        """
        with changing:
            if self._since is not _latest[0]:
                self._find()
            if self._single is not None and self._single._reached is None:
                return self._update_single(self._single, rule, setting)
            flats, stores = self._updates(rule, setting) if self._flats else ([], [])
            moving = [value for value in self._outside if value._grad is not None]
            if moving:
                with np.errstate(all="ignore"):
                    numbers = [_moved(value, rule, setting) for value in moving]
                stores.append(map(set_data, moving, numbers))
            for flat in flats:
                flat.begin_change()
            at_once(*stores)
        return bool(stores)

    def _update_single(self, flat: Flat, rule: Callable[[Any, Any], Any], setting: Any) -> bool:
        """Update leaves that are one Flat, and of which all have a gradient or none."""
        grad = flat._grad
        if grad is None:
            return False
        data, found = flat.array, []
        flat.begin_change()
        if flat._floats is None and flat._kept is None:  # one call of C code does it all
            run_all((lambda: found.append(rule(grad, setting)), lambda: np.subtract(data, found[0], data)))
        else:
            run_all((lambda: found.append(rule(grad, setting)), lambda: found.append(data - found[0])))
            stores = map(setitem, (data,), (...,), (found[1],)), map(set_floats, (flat,), (None,))
            at_once(*stores, map(set_kept, (flat,), (None,)))
        return True

    def _updates(self, rule: Callable[..., Any], setting: Any) -> tuple[list[Flat], list[Any]]:
        """Return the Flats that have gradients, and the stores of their new numbers, for `at_once`."""
        flats, arrays, news = [], [], []
        kept: list[Any] = []
        some_kept = False
        with np.errstate(all="ignore"):
            for flat, meant in zip(self._flats, self._meant):  # noqa: B905 - made to be of equal length
                grad, moved = flat._grad, both(meant, flat._reached)
                if grad is None or not (moved is None or moved.any()):
                    continue
                data = flat.array
                new = data - rule(grad, setting)
                flats.append(flat)
                arrays.append(data)
                news.append(new if moved is None else np.where(moved, new, data))
                kept.append(flat.kept_unless(moved))
                some_kept = some_kept or moved is not None or flat._kept is not None
        stores = [map(setitem, arrays, repeat(...), news), map(set_floats, flats, repeat(None))] if flats else []
        if some_kept:
            stores.append(map(set_kept, flats, kept))
        return flats, stores

    def forget_gradients(self) -> None:
        """Set the gradients of all leaves to ``None``."""
        with changing:
            if self._since is not _latest[0]:
                self._find()
            if self._single is not None and self._single._reached is None:
                self._single._grad = None
                return
            if self._single is not None:
                at_once(map(set_grad, (self._single,), (None,)), map(set_reached, (self._single,), (None,)))
                return
            grads: list[Any] = []
            masks: list[Mask] = []
            for flat, meant in zip(self._flats, self._meant):  # noqa: B905 - made to be of equal length
                left = None if meant is None or flat._grad is None else both(flat._reached, ~meant)
                some = left is not None and bool(left.any())
                grads.append(flat._grad if some else None)
                masks.append(left if some else None)
            nothing = map(set_grad, self._outside, repeat(None))
            at_once(nothing, map(set_grad, self._flats, grads), map(set_reached, self._flats, masks))


def _moved(leaf: Node, rule: Callable[[Any, Any], Any], setting: Any) -> Any:
    """Return the new number of a value, or the new array of a tensor."""
    new = leaf._data - rule(leaf._grad, setting)
    return np.asarray(new, leaf._data.dtype) if isinstance(leaf._data, np.ndarray) else new


def forget_gradients(values: Iterable[Node]) -> None:
    """Set the gradients of leaves to ``None``, all at once."""
    Places(values).forget_gradients()
