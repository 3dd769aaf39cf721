"""Values whose numbers live in a flat array: `adopt` moves the leaves there that compiled code reads.

    w = Value(2.0)   ─┐             data       [ 2.0   3.0   0.5 ]
    v = Value(3.0)   ─┼─ a Flat:    gradient   [ 6.0   0.0   1.0 ]
    b = Value(0.5)   ─┘             reached    [ yes   no    yes ]      v.grad is None

Compiled code reads whole arrays, and a training step should do no work in Python for each single parameter. So the
numbers of the leaves move into one array, a `Flat`, and each leaf reads and writes its place in it.

The leaves themselves must stay the same objects, since models, optimizers and the user's variables refer to them.
Therefore their class is changed, from `Value` to `_Adopted`:

* Python allows this for a class with the same slots only, so `_Adopted` adds none. It overrides ``_data`` and ``_grad``
  with properties that go to the Flat, and leaves the slots of those names empty. Two slots that hold the operands of a
  computed value, and are of no use to a leaf, hold the home of the value: `_Adopted` calls them ``_flat``, ``_place``.
* To a user an adopted value is a `Value`: ``isinstance`` is true, and the class has that name. ``copy`` and ``pickle``
  make plain values of it, with numbers of their own, and so does ``type(w)(1.0)``. But ``type(w) is Value`` is false,
  so that arithmetic takes the path for subclasses, which is slower by some 100 ns.
* All leaves are moved by slot setters in one call of C code, under the lock ``changing``, and outside backward passes:
  an interrupt, or another thread, finds either all of them moved or none.

A value refers to its Flat, and a Flat to no value. So the array lives as long as a value in it, or a program that reads
it.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import repeat
from typing import Any

from ..core.stores import exclusively
from ..core.tape import Node, create
from ..core.value import Value
from ..errors import InputTypeError, InputValueError, described, shortened
from .flat import (
    Flat,
    at_once,
    changing,
    flat_totals,
    set_grad,
    setitem,
)

__all__ = ["adopt", "adoptable", "home"]

# A new object after each adoption, by which `Places` knows that it has to find the homes of its values again.
_latest: list[object] = [object()]

set_data, set_flat, set_place = (vars(Node)[slot].__set__ for slot in ("_data", "_x", "_y"))
set_class = vars(object)["__class__"].__set__


class _Adopted(Value):
    """A value that lives in a Flat; see the top of this module."""

    __slots__ = ()
    totals = flat_totals
    _flat, _place = vars(Node)["_x"], vars(Node)["_y"]

    @property
    def _data(self) -> float:
        flat = self._flat
        return (flat._floats or flat.floats())[self._place]  # type: ignore[no-any-return]

    @_data.setter
    def _data(self, number: float) -> None:
        try:
            flat = self._flat
        except AttributeError:  # a new object of this class, as type(x)(1.0) makes it, lives in no Flat
            self.__class__ = Value  # type: ignore[assignment]
            self._data = number
        else:
            flat.write(self._place, number)

    @property
    def _grad(self) -> float | None:
        return self._flat.gradient(self._place)  # type: ignore[no-any-return]

    @_grad.setter
    def _grad(self, gradient: float | None) -> None:
        self._flat.write_gradient(self._place, gradient)

    @property
    def _home(self) -> tuple[Flat, int]:
        return self._flat, self._place

    def __reduce_ex__(self, _: Any) -> Any:
        return _empty_value, (), self.__getstate__()


_Adopted.__name__, _Adopted.__qualname__, _Adopted.__module__ = "Value", "Value", Value.__module__


def _empty_value() -> Value:
    """Return a value without slots filled in, for the copy of an adopted one."""
    return create(Value)


# --- Moving in ------------------------------------------------------------------------------------------------------


def adoptable(value: Any) -> bool:
    """True for a leaf that can be moved: a plain `Value`, not of a subclass, and not moved before."""
    return type(value) is Value and value._op is None


def home(value: Any) -> tuple[Flat, int] | None:
    """Return the Flat in which a value lives, and its place there; ``None`` for a value that was not moved."""
    return value._home if type(value) is _Adopted else None


def adopt(values: Iterable[Value]) -> Flat:
    """Move leaves into one flat array, with their numbers and gradients.

    Parameters
    ----------
    values : iterable of Value
        Leaves, in the order of their places; see `adoptable`.

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
        flat._number = min((value._number for value in values), default=flat._number)  # as old as its oldest value
        at_once(
            map(set_flat, values, repeat(flat)),
            map(set_place, values, range(len(values))),
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
                f"value {k}, {shortened(value, 80)}, lives in an array already; leave out those that have a home()"
            )
        if type(value) is not Value:
            raise InputTypeError(f"value {k} is not a plain Value but {described(value)}; leave it out")
        if value._op is not None:
            raise InputValueError(
                f"value {k}, {shortened(value, 80)}, is computed by {value._op.name}; only leaves can be moved"
            )
        if id(value) in seen:
            raise InputValueError(f"value {k}, {shortened(value, 80)}, is given twice; give each once")
        seen.add(id(value))
