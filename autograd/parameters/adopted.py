"""Where parameters live: the numbers of many values in one flat array, and their gradients in another.

    w = Value(2.0)   ─┐             data       [ 2.0   3.0   0.5 ]
    v = Value(3.0)   ─┼─ a Flat:    gradient   [ 6.0   0.0   1.0 ]
    b = Value(0.5)   ─┘             reached    [ yes   no    yes ]      v.grad is None

What is compiled reads whole arrays, and a step of training should do nothing for each single parameter. So the leaves
that it reads are moved: `adopt` makes a `Flat` of them, and from then on each value reads and writes through to its
place there, and is otherwise what it was. A value points to its Flat, and a Flat to no value.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import repeat
from typing import Any

from ..core.stores import exclusively
from ..core.tape import Node, create
from ..core.value import Value
from ..errors import InputTypeError, InputValueError
from .flat import (
    Flat,
    at_once,
    changing,
    flat_totals,
    set_grad,
    setitem,
)

__all__ = ["adopt", "adoptable", "home"]

# Another object with each adoption: what is known of where values live holds while it is there.
_latest: list[object] = [object()]

set_data, set_x, set_y = (getattr(Node, slot).__set__ for slot in ("_data", "_x", "_y"))
set_class = vars(object)["__class__"].__set__


class _Adopted(Value):
    """A value that lives in a Flat: ``_x`` is the Flat, and ``_y`` the place there."""

    __slots__ = ()
    totals = flat_totals

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
        return _empty_value, (), self.__getstate__()


_Adopted.__name__, _Adopted.__qualname__, _Adopted.__module__ = "Value", "Value", Value.__module__


def _empty_value() -> Value:
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
