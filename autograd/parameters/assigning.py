"""New numbers for many leaves and arrays, set all at once."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import repeat
from typing import Any

import numpy as np

from ..core.tape import Node
from .adopted import home, set_data
from .flat import Array, Flat, at_once, changing, set_floats, set_kept, setitem

__all__ = ["assign"]


def assign(leaves: Iterable[tuple[Node, Any]], arrays: Iterable[tuple[Array, Array]] = ()) -> None:
    """Give leaves other numbers, and arrays other contents: all of them, or none if an error or interrupt comes first.

    Earlier records keep the old numbers, and gradients stay as they are. Leaves that live in a flat array
    stay in it.

    Parameters
    ----------
    leaves : iterable of (Value, float) and (Tensor, ndarray)
        Each leaf once, with its new number, or an array of its shape and dtype, which the tensor keeps.
    arrays : iterable of (ndarray, ndarray)
        Arrays that are written to in place, each with an array of its shape and dtype.

    Examples
    --------
    >>> from autograd import Value
    >>> from autograd.parameters import adopt, assign
    >>> w, b, c = Value(2.0), Value(0.5), Value(1.0)
    >>> flat = adopt([w, b])
    >>> y = w * w
    >>> assign([(w, 3.0), (c, 4.0)])
    >>> flat.data, c
    (array([3. , 0.5]), Value(4.0))
    >>> y.backward(); w.grad  # recorded at 2
    4.0
    """
    outside: list[tuple[Node, Any]] = []
    inside: dict[int, tuple[Flat, list[Any], list[Any]]] = {}
    contents = list(arrays)
    with changing:
        for leaf, number in leaves:
            place = home(leaf) or (leaf, ...)
            flat = place[0]
            if type(flat) is Flat:
                _, places, numbers = inside.setdefault(id(flat), (flat, [], []))
                places.append(place[1])
                numbers.append(number)
            else:
                outside.append((leaf, number))
        flats = [flat for flat, _, _ in inside.values()]
        news = [flat.array.copy() for flat in flats]
        kept: list[Any] = []
        for new, (flat, places, numbers) in zip(news, inside.values(), strict=True):
            moved = np.zeros(len(new), bool)
            for place, number in zip(places, numbers, strict=True):
                new[place], moved[place] = number, True
            kept.append(flat.kept_unless(None if moved.all() else moved))
            flat.begin_change()
        at_once(
            map(setitem, [flat.array for flat in flats], repeat(...), news),
            map(set_floats, flats, repeat(None)),
            map(set_kept, flats, kept),
            map(set_data, [leaf for leaf, _ in outside], [number for _, number in outside]),
            map(setitem, [array for array, _ in contents], repeat(...), [content for _, content in contents]),
        )
