"""Named arrays, and elements of them as operands: an expression, and where its gradient goes.

    cells of an array a of shape (2, 3)    as a shape     written           the gradient g of the operand goes to
    0 1 2 3 4 5                            (2, 3)         a                 d_a = g
    3 4 5                                  (3,)           a[1]              d_a[1] += g
    0 3 1 4 2 5                            (3, 2)         a.T               d_a = g.T
    0 0 1 1            of (2,)             (2, 2)         a[:, None]        d_a = g.sum(1)
    4 0 4              no view             (3,)           a.reshape(6)[i1]  np.add.at(d_a.reshape(6), i1, g)

An array that differs from sample to sample has a last axis of length B, which no index touches.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from ..wording.terms import ALL, name, term

__all__ = ["Contribution", "Named", "Read"]

Ids = np.ndarray[Any, Any]
Shape = tuple[int, ...]
LISTED = 8  # the most places along an axis that are listed where they are read


class Named:
    """An array with a name: a leaf, or the result of a statement.

    Attributes
    ----------
    text : str
        The name.
    shape : tuple of int
        The shape, without the batch axis.
    lanes : bool
        True if it has a last axis of length B.
    active : bool
        True if its gradient is wanted.
    """

    __slots__ = ("active", "lanes", "shape", "term", "text")

    def __init__(self, text: str, shape: Shape, lanes: bool, active: bool = False) -> None:
        self.text, self.shape, self.lanes, self.active = text, shape, lanes, active
        self.term = name(text)

    @property
    def size(self) -> int:
        """The number of elements, of one sample."""
        return math.prod(self.shape)


class Contribution(NamedTuple):
    """A part of the gradient by a named array: the gradient by all of it, or by the elements at an index.

    Attributes
    ----------
    value : Term
        The gradient.
    at : tuple or None
        The index; ``None`` for all elements.
    flat : bool
        True if the index is one of the array with all axes as one.
    repeated : bool
        True if elements are indexed several times.
    """

    value: Any
    at: tuple[Any, ...] | None = None
    flat: bool = False
    repeated: bool = False


class Read:
    """Elements of a named array as an operand of some shape.

    Parameters
    ----------
    named : Named
        The array.
    cells : ndarray
        The elements, numbered along the last axis first, in the order of the operand.
    shape : tuple of int
        The shape of the operand, without the batch axis.
    lanes : bool
        True if the operation has a batch axis.
    constant : callable
        Returns the name of an array of indices.

    Attributes
    ----------
    still : tuple of int
        The axes along which the operand repeats itself.
    base : Term
        The elements without those axes.
    is_view : bool
        True if no element is gathered.
    """

    def __init__(self, named: Named, cells: Ids, shape: Shape, lanes: bool, constant: Callable[[Ids], Any]) -> None:
        self.named, self.shape, self.lanes = named, shape, lanes
        grid = cells.reshape(shape)
        self.still = tuple(
            k for k in range(len(shape)) if shape[k] > 1 and bool((grid == grid.take([0], axis=k)).all())
        )
        self.inner: Ids = grid[tuple(0 if k in self.still else slice(None) for k in range(len(shape)))]
        self.index: tuple[Any, ...] | None = None
        self.flat = False
        self.order: tuple[int, ...] = ()
        self.is_view = True
        self.base: Any = named.term
        self._find(constant)

    @property
    def moving(self) -> Shape:
        """The lengths of the axes along which the operand moves."""
        return tuple(self.inner.shape)

    def _find(self, constant: Callable[[Ids], Any]) -> None:
        named, inner = self.named, self.inner
        rest = (-1,) if named.lanes else ()
        if named.size == 1 and named.shape and inner.size == 1 and not self.shape:
            self.base = term("index", named.term, (0,) * len(named.shape))
            self.index = (0,) * len(named.shape)
            return
        if inner.size == named.size and bool((inner.reshape(-1) == np.arange(named.size)).all()):
            if self.moving != named.shape:
                self.base = term("reshape", named.term, (*self.moving, *rest))
            return
        box = _box(inner, named.shape)
        if box is not None:
            self.index, self.order = box
            self.base = term("index", named.term, _trimmed(self.index))
            if self.order != tuple(range(len(self.order))):
                lanes = (len(self.order),) if named.lanes else ()
                self.base = term("transpose", self.base, (*self.order, *lanes))
            return
        self.is_view = False
        self.flat = len(named.shape) > 1
        flat = term("reshape", named.term, (named.size, *rest)) if self.flat else named.term
        self.index = (constant(inner),)
        self.base = term("index", flat, self.index)

    @property
    def has_shape(self) -> bool:
        """True if the operand has the whole shape, without being broadcast."""
        return not self.still and self.named.lanes == self.lanes

    @property
    def value(self) -> Any:
        """The term of the operand, which broadcasts to its shape."""
        items: list[Any] = []
        for k in range(len(self.shape)):
            if k not in self.still:
                items.append(ALL)
            elif items:
                items.append(None)
        if items and self.lanes and not self.named.lanes:
            items.append(None)
        return term("index", self.base, _trimmed(items)) if None in items else self.base

    @property
    def whole(self) -> Any:
        """The term of the operand in its whole shape."""
        if self.has_shape:
            return self.value
        return term("broadcast", self.value, (*self.shape, *([name("B")] if self.lanes else [])))

    def back(self, g: Any) -> Contribution:
        """Return what a gradient by the operand, in its whole shape, contributes to that by the array."""
        axes = list(self.still)
        if self.lanes and not self.named.lanes:
            axes.append(len(self.shape))
        if axes:
            everything = len(axes) == len(self.shape) + self.lanes
            g = term("sum", g, None if everything else axes[0] if len(axes) == 1 else tuple(axes))
        return self.back_to_base(g)

    def back_to_base(self, g: Any) -> Contribution:
        """Return what a gradient by the elements, without the axes along which they repeat, contributes."""
        rest = (-1,) if self.named.lanes else ()
        if self.index is None:
            same = self.moving == self.named.shape
            return Contribution(g if same else term("reshape", g, (*self.named.shape, *rest)))
        if self.order != tuple(range(len(self.order))):
            lanes = (len(self.order),) if self.named.lanes else ()
            g = term("transpose", g, (*np.argsort(self.order).tolist(), *lanes))
        repeated = len(np.unique(self.inner)) < self.inner.size
        if all(item == ALL for item in self.index):
            return Contribution(g)
        return Contribution(g, self.index, self.flat, repeated)


def _trimmed(items: Any) -> tuple[Any, ...]:
    """Return an index without the whole axes at its end."""
    found = list(items)
    while len(found) > 1 and found[-1] == ALL:
        found.pop()
    return tuple(found)


def _box(cells: Ids, shape: Shape) -> tuple[tuple[Any, ...], tuple[int, ...]] | None:
    """Return cells as an index for each axis of an array, and the order of the axes that are left; or ``None``."""
    items: list[Any] = []
    axes: list[int] = []
    for along in np.unravel_index(cells, shape):
        moves = [k for k in range(cells.ndim) if not bool((along == along.take([0], axis=k)).all())]
        if len(moves) > 1 or (moves and moves[0] in axes):
            return None
        line = (
            np.moveaxis(along, moves[0], 0).reshape(cells.shape[moves[0]], -1)[:, 0] if moves else along.reshape(-1)[:1]
        )
        items.append(_item(line.tolist(), bool(moves), shape[len(items)]))
        axes += moves
    if len(axes) != cells.ndim:  # an axis of one element, along which nothing moves
        return None
    listed = [k for k, item in enumerate(items) if isinstance(item, tuple) and item[0] != "slice"]
    if listed and (len(listed) > 1 or len(items[listed[0]]) > LISTED or any(isinstance(item, int) for item in items)):
        return None
    return tuple(items), tuple(axes.index(k) for k in range(cells.ndim))


def _item(places: list[int], moves: bool, length: int) -> Any:
    """Return places along an axis as an integer, a slice, or a tuple of integers."""
    first, last = places[0], places[-1]
    if not moves:
        return first
    step = places[1] - first
    if step < 1 or places != list(range(first, last + 1, step)):
        return tuple(places)
    if step == 1 and len(places) == length:
        return ALL
    stop = last + step if step > 1 else last + 1
    return ("slice", first or None, stop if stop < length else None, step if step > 1 else None)
