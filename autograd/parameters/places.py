"""Many parameters, whose numbers and gradients are changed array by array.

    w, v   values, alone or in a Flat  ─┐            one Block of 3 numbers      rules of optimizers read the arrays
    T      a tensor of shape (2, 4)    ─┼─ a Places: one Block of shape (2, 4)   of each block, and give new ones
    b      another value               ─┘            (b is the third of the first block)

A change happens in two steps. The new numbers of a block are computed first; then `Block.stores` and those of other
blocks are exhausted by one call of `at_once`, so that an error or an interrupt finds all of them changed or none.
"""

from __future__ import annotations

from array import array as doubles
from collections.abc import Callable, Iterable, Sequence
from itertools import compress, repeat
from typing import Any, TypeAlias

import numpy as np

from ..arrays.tensor import Tensor
from ..core.tape import Node
from .adopted import _Adopted, _latest, set_data
from .flat import Flat, Mask, at_once, both, changing, scattered, set_grad, set_reached

__all__ = ["Block", "OneTensor", "Places", "adoptions", "forget_gradients"]

Array: TypeAlias = "np.ndarray[Any, Any]"
Reading: TypeAlias = "tuple[Array, Array, Mask]"  # numbers, gradients, and the numbers that have one and may be moved


def adoptions() -> object:
    """Return a token, which is replaced by a new object when leaves have moved into a flat array."""
    return _latest[0]


class OneTensor:
    """A tensor that lives by itself, as a block.

    Attributes
    ----------
    leaf : Tensor
        The tensor.
    is_free : bool
        True if it may be moved.
    key : int
        The position of the tensor among the leaves of the `Places`.
    positions : list of int
        The same, as of every block.
    order, whole : None
        See `ManyValues`.
    """

    order: Array | None = None
    whole: Flat | None = None

    def __init__(self, leaf: Any, position: int, is_free: bool) -> None:
        self.leaf, self.key, self.positions, self.is_free = leaf, position, [position], is_free

    def read(self) -> Reading | None:
        """Return the numbers, which are not to be written to, and the gradients; None if there is no gradient."""
        gradient = self.leaf._grad
        if gradient is None or not self.is_free:
            return None
        data = self.leaf._data
        return data, np.asarray(gradient, data.dtype), None

    def write(self, numbers: Array, _: Mask, /) -> list[Iterable[Any]]:
        """Return stores of new numbers, for `at_once`. Numbers outside the mask are those that `read` gave."""
        return [map(set_data, (self.leaf,), (numbers,))]

    def write_gradients(self, gradients: Array, _: Mask, /) -> list[Iterable[Any]]:
        """Return stores of new gradients; those outside the mask stay as they are."""
        return [map(set_grad, (self.leaf,), (gradients,))]

    def forget(self) -> list[Iterable[Any]]:
        """Return stores that set all gradients to ``None``."""
        return [map(set_grad, (self.leaf,), (None,))]


class ManyValues:
    """Values, each by itself or in some Flat; or all numbers of a Flat; as a block.

    Parameters
    ----------
    leaves : sequence of (int, Value)
        The values with their positions; or a single Flat with its position.
    free : sequence of bool
        True for those that may be moved.

    Attributes
    ----------
    key : int
        -1 for values, of which there is at most one block; the position of a Flat.
    positions : list of int
        The position of the leaf of each number.
    order : ndarray or None
        Where the values are a whole Flat, the numbers stand in its order, and this is the place of each among the
        values as they were given; None if that is the same order.
    whole : Flat or None
        The Flat that these values are, in its order, if there is one and all of them may be moved.
    """

    order: Array | None = None
    whole: Flat | None = None

    def __init__(self, leaves: Sequence[tuple[int, Any]], free: Sequence[bool]) -> None:
        found: dict[int, tuple[Flat, list[int], list[int]]] = {}  # by identity: a Flat, places in it, and places here
        outside: list[int] = []
        if type(leaves[0][1]) is Flat:
            (position, flat), *_ = leaves
            self.key, size = position, len(flat.array)
            self.positions, free = [position] * size, list(free) * size
            found[id(flat)] = flat, list(range(size)), list(range(size))
        else:
            order = _order_at_home([value for _, value in leaves])
            if order is not None:
                self.order = order
                leaves, free = [leaves[k] for k in order], [free[k] for k in order]
            self.key, self.positions = -1, [position for position, _ in leaves]
            for k, (_, value) in enumerate(leaves):
                if type(value) is _Adopted:
                    _, places, here = found.setdefault(id(value._flat), (value._flat, [], []))
                    places.append(value._place)
                    here.append(k)
                else:
                    outside.append(k)
        self.size = len(self.positions)
        self._free = None if all(free) else np.array(free, bool)
        self._outside = [leaves[k][1] for k in outside]
        self._outside_here = slice(None) if len(outside) == self.size else np.array(outside, int)
        self._flats = [(flat, np.array(places), np.array(here)) for flat, places, here in found.values()]
        # The masks of the places in each Flat, and the Flat that these values are, in their order.
        self._meant = [scattered(len(flat.array), places, 0.0)[1] for flat, places, _ in found.values()]
        self._whole: Flat | None = None
        if self.size and not outside and len(found) == 1:
            flat, in_order, _ = self._flats[0]
            if len(flat.array) == self.size and np.array_equal(in_order, np.arange(self.size)):
                self._whole = flat
        if self._free is None:
            self.whole = self._whole

    def read(self) -> Reading | None:
        flat = self._whole
        if flat is not None:
            gradients, mask = flat._grad, flat._reached
            if self._free is not None:
                mask = both(self._free, mask)
            if gradients is None or not (mask is None or mask.any()):
                return None
            return flat.array, gradients, mask
        numbers, gradients = np.empty(self.size), np.zeros(self.size)
        reached = np.ones(self.size, bool) if self._free is None else self._free.copy()
        for flat, places, here in self._flats:
            numbers[here] = flat.array[places]
            if flat._grad is None:
                reached[here] = False
            else:
                gradients[here] = flat._grad[places]
                if flat._reached is not None:
                    reached[here] &= flat._reached[places]
        if self._outside:
            outside, rest = self._outside, self._outside_here
            numbers[rest] = doubles("d", [value._data for value in outside])  # an array("d", …) is quicker than numpy's
            given = [value._grad for value in outside]
            try:
                gradients[rest] = doubles("d", given)
            except TypeError:  # some are None
                gradients[rest] = doubles("d", [0.0 if gradient is None else gradient for gradient in given])
                reached[rest] &= [gradient is not None for gradient in given]
        if not reached.any():
            return None
        return numbers, gradients, None if reached.all() else reached

    def write(self, numbers: Array, moved: Mask, /) -> list[Iterable[Any]]:
        if self._whole is not None:
            return self._whole.stores(numbers, moved)
        stores: list[Iterable[Any]] = []
        for (flat, places, here), meant in zip(self._flats, self._meant, strict=True):
            mask = meant
            if moved is not None:
                mask = scattered(len(flat.array), places[moved[here]].tolist(), 0.0)[1]
                if mask is not None and not mask.any():
                    continue
            changed = flat.array.copy()
            changed[places] = numbers[here]
            stores += flat.stores(changed, mask)
        return stores + self._write_outside(set_data, numbers, moved)

    def _write_outside(self, setter: Callable[..., Any], numbers: Array, moved: Mask) -> list[Iterable[Any]]:
        if not self._outside:
            return []
        outside, floats = self._outside, numbers[self._outside_here].tolist()
        if moved is not None:
            chosen = moved[self._outside_here].tolist()
            outside, floats = list(compress(outside, chosen)), list(compress(floats, chosen))
        return [map(setter, outside, floats)]

    def write_gradients(self, gradients: Array, moved: Mask, /) -> list[Iterable[Any]]:
        flats, news = [], []
        for flat, places, here in self._flats:
            chosen = slice(None) if moved is None else moved[here]
            if flat._grad is not None:
                changed = flat._grad.copy()
                changed[places[chosen]] = gradients[here][chosen]
                flats.append(flat)
                news.append(changed)
        return [map(set_grad, flats, news), *self._write_outside(set_grad, gradients, moved)]

    def forget(self) -> list[Iterable[Any]]:
        grads: list[Any] = []
        masks: list[Mask] = []
        for (flat, _, _), meant in zip(self._flats, self._meant, strict=True):
            left = None if meant is None or flat._grad is None else both(flat._reached, ~meant)
            some = left is not None and bool(left.any())
            grads.append(flat._grad if some else None)
            masks.append(left if some else None)
        flats = [flat for flat, _, _ in self._flats]
        nothing = map(set_grad, self._outside, repeat(None))
        return [nothing, map(set_grad, flats, grads), map(set_reached, flats, masks)]

    @property
    def is_flat(self) -> bool:
        """True if all of the values live in Flats."""
        return not self._outside


Block: TypeAlias = OneTensor | ManyValues


def _order_at_home(values: Sequence[Any]) -> Array | None:
    """The order of values that are a whole Flat in it; None if they are not, or stand in that order."""
    flat = values[0]._flat if type(values[0]) is _Adopted else None
    if flat is None or len(flat.array) != len(values):
        return None
    if any(type(value) is not _Adopted or value._flat is not flat for value in values):
        return None
    order = np.argsort([value._place for value in values])
    return None if np.array_equal(order, np.arange(len(values))) else order


class Places:
    """Leaves that are changed together, as blocks that each are one array.

    Parameters
    ----------
    values : iterable of Value or Tensor
        The leaves, each once. Their homes are found again after any leaves have been moved.
    may_move : callable, optional
        ``leaf -> bool``: False for a leaf whose gradient is not read and whose number is not changed. It is asked when
        the blocks are found; see `refresh`.

    Examples
    --------
    >>> from autograd import Tensor, Value
    >>> from autograd.core.stores import at_once
    >>> from autograd.parameters import Places
    >>> w, v, t = Value(3.0), Value(1.0), Tensor([1.0, 2.0])
    >>> (w * v + (t * t).sum()).backward()
    >>> for block in Places([w, v, t]).blocks():
    ...     numbers, gradients, moved = block.read()
    ...     print(numbers, gradients)
    ...     at_once(*block.write(numbers - gradients, moved))
    [3. 1.] [1. 3.]
    [1. 2.] [2. 4.]
    >>> w.data, v.data, t.data
    (2.0, -2.0, array([-1., -2.]))
    """

    __slots__ = ("_all_flat", "_all_tensors", "_blocks", "_may_move", "_since", "_whole", "values")
    _blocks: list[Block]

    def __init__(self, values: Iterable[Node], may_move: Callable[[Any], bool] | None = None) -> None:
        self.values: tuple[Any, ...] = tuple(values)
        self._may_move = may_move
        self._since: object = None

    def refresh(self) -> None:
        """Ask for each leaf again whether it may be moved."""
        self._since = None

    def blocks(self) -> list[Block]:
        """The blocks: one of all values, if there are any, and one of each tensor. To be called under ``changing``."""
        if self._since is not _latest[0]:
            latest = _latest[0]
            self._blocks = blocks = self._find()
            self._whole = blocks[0].whole if len(blocks) == 1 else None
            self._all_tensors = all(type(block) is OneTensor for block in blocks)
            self._all_flat = all(type(block) is ManyValues and block.is_flat for block in blocks)
            self._since = latest
        return self._blocks

    def _find(self) -> list[Block]:
        may_move = self._may_move or (lambda _: True)
        singles: list[tuple[int, Any]] = []
        blocks: list[Block] = []
        for k, value in enumerate(self.values):
            if type(value) is Flat:
                blocks.append(ManyValues([(k, value)], [may_move(value)]))
            elif isinstance(value, Tensor):
                blocks.append(OneTensor(value, k, may_move(value)))
            else:
                singles.append((k, value))
        if singles:
            blocks.insert(0, ManyValues(singles, [may_move(value) for _, value in singles]))
        return blocks

    @property
    def all_flat(self) -> bool:
        """True if all leaves live in Flats."""
        self.blocks()
        return self._all_flat

    @property
    def whole(self) -> Flat | None:
        """The Flat that the leaves are, in its order, if there is one and all of them may be moved."""
        self.blocks()
        return self._whole

    def forget_gradients(self) -> None:
        """Set the gradients of all leaves to ``None``."""
        with changing:
            if self._since is not _latest[0]:
                self.blocks()
            flat = self._whole
            if flat is not None and flat._reached is None:
                flat._grad = None
            elif self._all_tensors:
                at_once(map(set_grad, self.values, repeat(None)))
            else:
                at_once(*[store for block in self.blocks() for store in block.forget()])


def forget_gradients(values: Iterable[Node]) -> None:
    """Set the gradients of leaves to ``None``, all at once."""
    Places(values).forget_gradients()
