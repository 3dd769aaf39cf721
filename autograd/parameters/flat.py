"""`Flat`: the numbers of many values in one array, and their gradients in another.

    data       [ 2.0   3.0   0.5 ]      read by views, and written in place: never replaced
    gradient   [ 6.0   0.0   1.0 ]      replaced by each pass
    reached    [ yes   no    yes ]      the second has no gradient

Each change happens under one lock, ``changing``, and by one call of C code, so that other threads and interrupts find
it done or not begun. `adopted` has the values that live here.
"""

from __future__ import annotations

import operator
import sys
import weakref
from collections.abc import Callable, Iterable, Sequence
from itertools import repeat
from math import isfinite
from types import SimpleNamespace
from typing import Any, TypeAlias

import numpy as np

from ..arrays.errstate import quietly
from ..arrays.readonly import Frozen, frozen
from ..arrays.tensor import Tensor
from ..core.context import Note
from ..core.stores import at_once, changing
from ..core.tape import Node, make_leaf

__all__ = [
    "Epoch",
    "Flat",
    "Mask",
    "at_once",
    "both",
    "changing",
    "eager_passes",
    "either",
    "epoch_of",
    "flat_totals",
    "scattered",
    "summed",
]

Array: TypeAlias = np.ndarray[Any, Any]
Mask: TypeAlias = "np.ndarray[Any, Any] | None"  # a mask of places; None for all of them

setitem: Any = operator.setitem
_latest_eager: list[object] = [object()]


def eager_passes() -> object:
    """Return a token, which is replaced by a new object in each pass that reaches single values of a Flat."""
    return _latest_eager[0]


class Epoch:
    """The numbers of a Flat between two changes.

    A record that reads a Flat keeps the epoch instead of a copy of the numbers. A copy is made when somebody reads the
    numbers, or before they change.

    Attributes
    ----------
    over : bool
        True after the numbers have changed, so that the array of the Flat holds later ones.
    """

    __slots__ = ("__weakref__", "_array", "_copy", "over")

    def __init__(self, array: Array) -> None:
        self._array = array  # the array of the Flat
        self._copy: Array | None = None
        self.over = False

    def numbers(self) -> Array:
        """A copy of the numbers. Each call returns the same array, which is never written to."""
        with changing:
            if self._copy is None:
                self._copy = self._array.copy()
            return self._copy

    @property
    def is_copied(self) -> bool:
        """True if a copy of the numbers exists."""
        return self._copy is not None


getrefcount: Callable[[Any], int] = getattr(sys, "getrefcount", lambda _: sys.maxsize)  # or all are kept
_alone = SimpleNamespace(epoch=Epoch(np.empty(0)))
ALONE = getrefcount(_alone.epoch)  # references to an epoch that only its Flat keeps


def flat_totals(leaves: Sequence[Any], computed: Sequence[Node]) -> Sequence[Iterable[Any]]:
    """Return the stores of the gradients of Flats and of values that live in them, as `core.tape.Totals` has it."""
    found: dict[int, tuple[Flat, list[int], list[float]]] = {}
    whole: dict[int, Array] = {}
    for leaf in leaves:
        if type(leaf) is Flat:
            whole[id(leaf)] = leaf._adjoint
            found.setdefault(id(leaf), (leaf, [], []))
        else:
            _, places, adjoints = found.setdefault(id(leaf._flat), (leaf._flat, [], []))
            places.append(leaf._place)
            adjoints.append(leaf._adjoint)
    reached = _reached_by(computed) if whole else {}
    flats, grads, masks = [], [], []
    for key, (flat, places, adjoints) in found.items():
        total, mask = whole.get(key), reached.get(key)
        if places:
            _latest_eager[0] = object()
            total, mask = quietly(summed, total, mask, *scattered(len(flat.array), places, adjoints))
        if flat._grad is not None:
            total, mask = quietly(summed, total, mask, flat._grad, flat._reached)
        flats.append(flat)
        grads.append(total)
        masks.append(mask)
    return map(set_grad, flats, grads), map(set_reached, flats, masks)


def _reached_by(computed: Sequence[Node]) -> dict[int, Mask]:
    """Return masks of the places on which records depend, by the identity of the Flat."""
    reached: dict[int, Mask] = {}
    for z in computed:
        reaches = getattr(z._op, "reaches", None)
        if reaches is not None:
            found = reaches(z)
            for flat, mask in found.items() if isinstance(found, dict) else found:
                reached[id(flat)] = either(reached[id(flat)], mask) if id(flat) in reached else mask
    return reached


class Flat(Tensor):
    """The numbers of many values, as one leaf. Made by `adopt`.

    Attributes
    ----------
    array : ndarray
        The numbers, which are written in place. The array is never replaced, so compiled code reads it through views
        that are made once. A record keeps an `epoch` or ``_data`` instead, whose numbers do not change.
    """

    __slots__ = ("_epoch", "_finite", "_floats", "_kept", "_own", "_reached", "array")
    totals = flat_totals
    array: Array
    _epoch: Epoch
    _finite: Callable[[], Array | None]  # a weak reference to the gradients that were found finite by `set_finite`
    _floats: list[float] | None  # the numbers as floats; None after a change, until they are read
    _kept: tuple[list[float], Array] | None  # earlier floats, and a mask of those that are still valid
    _own: Array | None  # the array of gradients, if it was made by `write_gradient`, which writes it in place
    _reached: Mask  # the places that have a gradient, if `_grad` is not None

    def __init__(self, numbers: list[float], gradients: list[float | None]) -> None:
        self.array = np.array(numbers, dtype=np.float64)
        self._epoch = Epoch(self.array)
        make_leaf(self, self.array, Note(name="parameters", role="parameter"))
        self._floats, self._kept, self._own, self._reached = numbers, None, None, None
        self._finite = weakref.ref(self.array)  # which is no array of gradients
        reached = np.array([gradient is not None for gradient in gradients], dtype=bool)
        if reached.any():
            self._grad = np.array([gradient or 0.0 for gradient in gradients])
            self._reached = None if reached.all() else reached

    @property
    def _data(self) -> Array:
        """A copy of the present numbers, which does not change when they do, for records to keep."""
        return self._epoch.numbers()

    @_data.setter
    def _data(self, numbers: Array) -> None:
        with changing:
            self.begin_change()
            stores = map(setitem, (self.array,), (...,), (numbers,)), map(set_floats, (self,), (None,))
            at_once(*stores, map(set_kept, (self,), (None,)))

    @property
    def grad(self) -> Frozen | None:
        """A copy of the gradients, with 0 for values without one; ``None`` if no value has one."""
        return None if self._grad is None else frozen(self._grad.copy())

    @grad.setter
    def grad(self, grad: Any) -> None:
        model = Tensor(self._data)
        model.grad = grad
        with changing:
            at_once(map(set_grad, (self,), (model._grad,)), map(set_reached, (self,), (None,)))

    def finite_gradients(self) -> Array | None:
        """The gradients; ``None`` if a value has none, or if the sum of their squares is not finite.

        A pass that has found them finite says so by ``set_finite``. An array of gradients is replaced, and never
        written to, as long as it is referred to there.
        """
        grad = self._grad
        if grad is None or self._reached is not None:
            return None
        return grad if self._finite() is grad or isfinite(grad.dot(grad)) else None

    def epoch(self) -> Epoch:
        """The present epoch. Its numbers are copied only if they change while somebody keeps it."""
        return self._epoch

    def floats(self) -> list[float]:
        """The numbers as floats. One that has not changed is the same object, by which programs tell versions apart."""
        with changing:
            if self._floats is None:
                floats = self.array.tolist()
                if self._kept is not None:
                    earlier, same = self._kept
                    for k in np.flatnonzero(same).tolist():
                        floats[k] = earlier[k]
                at_once(map(setattr, (self, self), ("_floats", "_kept"), (floats, None)))
            return self._floats  # type: ignore[return-value]

    def begin_change(self) -> None:
        """Begin a new epoch, if somebody keeps the present one or has read its numbers."""
        if getrefcount(self._epoch) > ALONE or self._epoch.is_copied:
            self._epoch.numbers()  # made before they change
            self._epoch.over = True
            self._epoch = Epoch(self.array)

    def write(self, k: int, number: float) -> None:
        """Change a single number."""
        with changing:
            self.begin_change()
            if self._floats is not None:
                at_once(map(setitem, (self.array, self._floats), (k, k), (number, number)))
            elif self._kept is not None:
                at_once(map(setitem, (self.array, self._kept[1]), (k, k), (number, False)))
            else:
                self.array[k] = number

    def stores(self, numbers: Array, moved: Mask, less: bool = False) -> list[Iterable[Any]]:
        """Begin a change of the numbers in a mask to new ones, and return its stores, for `at_once`.

        If ``less`` is true, what is given is subtracted; `at_once` is then to run where numpy gives no warnings.
        """
        self.begin_change()
        w: Any = (self.array,)
        store: Iterable[Any] = map(np.subtract, w, (numbers,), w) if less else map(setitem, w, (...,), (numbers,))
        if self._floats is None and self._kept is None:
            return [store]
        kept = self.kept_unless(moved)
        return [store, map(set_floats, (self,), (None,)), map(set_kept, (self,), (kept,))]

    def kept_unless(self, moved: Mask) -> tuple[list[float], Array] | None:
        """The floats that stay the same objects when the numbers in a mask change."""
        if moved is None or (self._floats is None and self._kept is None):
            return None
        earlier, same = self._kept or (self._floats, True)
        return earlier, same & ~moved  # type: ignore[return-value]

    def gradient(self, k: int) -> float | None:
        """A single gradient."""
        with changing:
            if self._grad is None or not (self._reached is None or self._reached[k]):
                return None
            gradient: float = self._grad.item(k)
            return gradient

    def write_gradient(self, k: int, gradient: float | None) -> None:
        """Change a single gradient. The array of a pass may be shared, so a copy is made for the first one."""
        with changing:
            grad, reached = self._grad, self._reached
            if grad is None:
                if gradient is None:
                    return
                grad, reached = np.zeros_like(self.array), np.zeros(len(self.array), bool)
            elif grad is not self._own or reached is None:
                grad, reached = grad.copy(), np.ones(len(grad), bool) if reached is None else reached.copy()
            numbers = (0.0, False) if gradient is None else (gradient, True)
            at_once(
                map(setitem, (grad, reached), (k, k), numbers),
                map(setattr, repeat(self), ("_grad", "_reached", "_own"), (grad, reached, grad)),
            )

    def __reduce_ex__(self, _: Any) -> Any:
        return Tensor, (self.data, self.name)


set_floats, set_kept, set_reached, set_grad, set_finite = (
    getattr(Flat, slot).__set__ for slot in ("_floats", "_kept", "_reached", "_grad", "_finite")
)
epoch_of = operator.attrgetter("_epoch")  # the same as `Flat.epoch`, for ``map``


# --- Which places -----------------------------------------------------------------------------------------------------


def either(some: Mask, others: Mask) -> Mask:
    """Union of two masks; None selects every place."""
    if some is None or others is None:
        return None
    return some if some is others else some | others


def both(some: Mask, others: Mask) -> Mask:
    """Intersection of two masks; None selects every place."""
    if some is None or others is None:
        return others if some is None else some
    return some & others


def scattered(size: int, places: list[int], adjoints: Any) -> tuple[Array, Mask]:
    """Return an array with adjoints at some places and 0 elsewhere, and a mask of those places."""
    total = np.zeros(size)
    total[places] = adjoints
    if len(places) == size:
        return total, None
    mask = np.zeros(size, bool)
    mask[places] = True
    return total, mask


def summed(x: Array | None, x_mask: Mask, y: Array, y_mask: Mask) -> tuple[Array, Mask]:
    """Return the sum of arrays where both masks select, the bits of one where it alone is selected, and the union."""
    if x is None:
        return y, y_mask
    total = x + y
    if y_mask is not None:
        total = np.where(y_mask, total, x)
    if x_mask is not None:
        total = np.where(x_mask, total, y)
    return total, either(x_mask, y_mask)
