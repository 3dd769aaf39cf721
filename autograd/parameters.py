"""Where parameters live: the numbers of many values in one flat array, and their gradients in another.

    w = Value(2.0)   ─┐             data       [ 2.0   3.0   0.5 ]
    v = Value(3.0)   ─┼─ a Flat:    gradient   [ 6.0   0.0   1.0 ]
    b = Value(0.5)   ─┘             reached    [ yes   no    yes ]      v.grad is None

What is compiled reads whole arrays, and a step of training should do nothing for each single parameter. So the leaves
that it reads are moved: `adopt` makes a `Flat` of them, and from then on each value reads and writes through to its
place there, and is otherwise what it was. A value points to its Flat, and a Flat to no value.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import repeat
from typing import Any

import numpy as np

from .array_sweep import ELSEWHERE
from .errors import InputTypeError, InputValueError
from .flat import (
    Array,
    Epoch,
    Flat,
    Mask,
    at_once,
    both,
    changing,
    either,
    set_floats,
    set_grad,
    set_kept,
    set_reached,
    setitem,
    spread,
    summed,
)
from .quiet import run_all
from .tape import Node, create, exclusively
from .value import Value

__all__ = ["Epoch", "Flat", "Places", "adopt", "adoptable", "changing", "forget_gradients", "home"]

# Another object with each adoption: what is known of where values live holds while it is there.
_latest: list[object] = [object()]

set_data, set_x, set_y = (getattr(Node, slot).__set__ for slot in ("_data", "_x", "_y"))
set_class = vars(object)["__class__"].__set__


class _Adopted(Value):
    """A value that lives in a Flat: ``_x`` is the Flat, and ``_y`` the place there."""

    __slots__ = ()

    @property
    def _data(self) -> float:
        flat = self._x
        return (flat._floats or flat.floats())[self._y]  # type: ignore[no-any-return]

    @_data.setter
    def _data(self, number: float) -> None:
        try:
            flat = self._x
        except AttributeError:  # made by its type, as type(x)(1.0): it lives nowhere yet, and is a plain value
            self.__class__ = Value  # type: ignore[assignment]
            self._data = number
        else:
            flat.write(self._y, number)

    @property
    def _grad(self) -> float | None:
        return self._x.gradient(self._y)  # type: ignore[no-any-return]

    @_grad.setter
    def _grad(self, gradient: float | None) -> None:
        self._x.write_gradient(self._y, gradient)

    @property
    def _home(self) -> tuple[Flat, int]:
        return self._x, self._y

    def __reduce_ex__(self, _: Any) -> Any:
        return _plain, (), self.__getstate__()


_Adopted.__name__, _Adopted.__qualname__, _Adopted.__module__ = "Value", "Value", Value.__module__


def _plain() -> Value:
    """A value to be filled with a state: what a copy of an adopted one becomes."""
    return create(Value)


# --- Moving in ------------------------------------------------------------------------------------------------------


def adoptable(value: Any) -> bool:
    """Whether it is a leaf that may be moved: a plain value, not of a subclass, and not moved before."""
    return type(value) is Value and value._op is None


def home(value: Any) -> tuple[Flat, int] | None:
    """Where a value lives: its Flat, and the place there; ``None`` of one that was not moved."""
    return value._home if type(value) is _Adopted else None


def adopt(values: Iterable[Value]) -> Flat:
    """Move leaves into one flat array, with their numbers and gradients.

    Parameters
    ----------
    values : iterable of Value
        Leaves, in the order in which they are to stand; see `adoptable`.

    Raises
    ------
    InputTypeError
        If one is not a plain value.
    InputValueError
        If one is computed, was moved before, or is given twice.

    Examples
    --------
    >>> from autograd import Value
    >>> from autograd.parameters import adopt
    >>> w, b = Value(2.0), Value(0.5)
    >>> flat = adopt([w, b])
    >>> w.data = 3.0
    >>> flat.data
    array([3. , 0.5])
    >>> (w * w).backward()
    >>> w.grad, b.grad
    (6.0, None)
    """
    flat: Flat = exclusively(_adopt, list(values))
    return flat


def _adopt(values: list[Value]) -> Flat:
    with changing:
        _check(values)
        flat = Flat([value._data for value in values], [value._grad for value in values])
        flat._number = min((value._number for value in values), default=flat._number)  # as old as what it holds
        at_once(
            map(set_x, values, repeat(flat)),
            map(set_y, values, range(len(values))),
            map(set_class, values, repeat(_Adopted)),
            map(set_data, values, repeat(None)),
            map(set_grad, values, repeat(None)),
            map(setitem, (_latest,), (0,), (object(),)),
        )
        return flat


def _check(values: list[Value]) -> None:
    seen: set[int] = set()
    for k, value in enumerate(values):
        if type(value) is _Adopted:
            raise InputValueError(
                f"value {k}, {value!r}, lives in an array already; leave out those that have a home()"
            )
        if type(value) is not Value:
            raise InputTypeError(
                f"value {k} is not a plain Value but {type(value).__name__} {value!r:.40}; leave it out"
            )
        if value._op is not None:
            raise InputValueError(f"value {k}, {value!r}, is computed by {value._op.name}; only leaves can be moved")
        if id(value) in seen:
            raise InputValueError(f"value {k}, {value!r}, is given twice; give each once")
        seen.add(id(value))


# --- Gradients --------------------------------------------------------------------------------------------------------


def _deposit(computed: Sequence[Node], leaves: Sequence[Node], stores: Iterable[Any]) -> None:
    """Deposit in Flats what has reached them whole, and what has reached their values one by one."""
    found: dict[int, tuple[Flat, list[int], list[float]]] = {}
    whole: dict[int, Array] = {}
    for leaf in leaves:
        if type(leaf) is Flat:
            whole[id(leaf)] = leaf._adjoint
            found.setdefault(id(leaf), (leaf, [], []))
        else:
            _, places, adjoints = found.setdefault(id(leaf._x), (leaf._x, [], []))
            places.append(leaf._y)
            adjoints.append(leaf._adjoint)
    reached = _reached_by(computed) if whole else {}
    with changing, np.errstate(all="ignore"):
        flats, grads, masks = [], [], []
        for key, (flat, places, adjoints) in found.items():
            total, mask = whole.get(key), reached.get(key)
            if places:
                total, mask = summed(total, mask, *spread(len(flat._data), places, adjoints))
            if flat._grad is not None:
                total, mask = summed(total, mask, flat._grad, flat._reached)
            flats.append(flat)
            grads.append(total)
            masks.append(mask)
        at_once(stores, map(set_grad, flats, grads), map(set_reached, flats, masks))


def _reached_by(computed: Sequence[Node]) -> dict[int, Mask]:
    """Which places of Flats the records depend on, by the identity of the Flat."""
    reached: dict[int, Mask] = {}
    for z in computed:
        reaches = getattr(z._op, "reaches", None)
        if reaches is not None:
            found = reaches(z)
            for flat, mask in found.items() if isinstance(found, dict) else found:
                reached[id(flat)] = either(reached[id(flat)], mask) if id(flat) in reached else mask
    return reached


ELSEWHERE.update(dict.fromkeys((Flat, _Adopted), _deposit))


# --- All at once ------------------------------------------------------------------------------------------------------


class Places:
    """Some leaves, for whoever changes all of them: how their numbers and gradients are reached array by array.

    Parameters
    ----------
    values : iterable of Value
        The leaves, each once. Where they live is found out again whenever anything has been moved.
    """

    __slots__ = ("_flats", "_meant", "_outside", "_since", "_single", "values")
    _single: Flat | None  # which the leaves are all of
    _flats: list[Flat]
    _meant: list[Mask]  # which places of each
    _outside: list[Value]  # those that were not moved

    def __init__(self, values: Iterable[Value]) -> None:
        self.values = tuple(values)
        self._since: object = None

    def __reduce__(self) -> Any:
        return Places, (self.values,)

    def _find(self) -> None:
        """Find out where they live."""
        latest, outside = _latest[0], []
        found: dict[int, tuple[Flat, list[int]]] = {}
        last: Flat | None = None
        for value in self.values:
            if type(value) is _Adopted:
                flat = value._x
                if flat is not last:
                    last, places = flat, found.setdefault(id(flat), (flat, []))[1]
                places.append(value._y)
            else:
                outside.append(value)
        self._flats = [flat for flat, _ in found.values()]
        self._meant = [spread(len(flat._data), places, 0.0)[1] for flat, places in found.values()]
        self._outside = outside
        whole = len(self._flats) == 1 and self._meant[0] is None and not outside
        self._single = self._flats[0] if whole else None
        self._since = latest

    def update(self, rule: Callable[[Any, Any], Any], setting: Any) -> bool:
        """Move all leaves that have a gradient, wholly or not at all.

        Parameters
        ----------
        rule : callable
            ``(grad, setting) -> what is taken from the data``, the same for a float as for each element of an array.
        setting : object
            What the rule is given besides, such as a learning rate.

        Returns
        -------
        bool
            Whether there was any gradient.
        """
        with changing:
            if self._since is not _latest[0]:
                self._find()
            if self._single is not None and self._single._reached is None:
                return self._update_single(self._single, rule, setting)
            flats, stores = self._worked_out(rule, setting) if self._flats else ([], [])
            moving = [value for value in self._outside if value._grad is not None]
            if moving:
                numbers = [value._data - rule(value._grad, setting) for value in moving]
                stores.append(map(set_data, moving, numbers))
            for flat in flats:
                flat.begin_change()
            at_once(*stores)
        return bool(stores)

    def _update_single(self, flat: Flat, rule: Callable[[Any, Any], Any], setting: Any) -> bool:
        """The same where all leaves are one Flat, and all of them have gradients or none."""
        grad = flat._grad
        if grad is None:
            return False
        data, found = flat._data, []
        flat.begin_change()
        if flat._floats is None and flat._kept is None:  # then one call of C code does it
            run_all((lambda: found.append(rule(grad, setting)), lambda: np.subtract(data, found[0], data)))
        else:
            run_all((lambda: found.append(rule(grad, setting)), lambda: found.append(data - found[0])))
            stores = map(setitem, (data,), (...,), (found[1],)), map(set_floats, (flat,), (None,))
            at_once(*stores, map(set_kept, (flat,), (None,)))
        return True

    def _worked_out(self, rule: Callable[..., Any], setting: Any) -> tuple[list[Flat], list[Any]]:
        """The Flats that have gradients, and the stores of their new numbers, for `at_once`."""
        flats, arrays, news = [], [], []
        kept: list[Any] = []
        some_kept = False
        with np.errstate(all="ignore"):
            for flat, meant in zip(self._flats, self._meant):  # noqa: B905 - made to be of equal length
                grad, moved = flat._grad, both(meant, flat._reached)
                if grad is None or not (moved is None or moved.any()):
                    continue
                data = flat._data
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
        """From here on ``grad`` is ``None``, until a pass reaches the values."""
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


def forget_gradients(values: Iterable[Value]) -> None:
    """Set the gradients of leaves to ``None``, of all of them or of none."""
    Places(values).forget_gradients()
