"""Views of an array, as a person writes them: ``%3``, ``%3[2:5]``, ``%3[:, 0]ᵀ``.

    cells of an array of shape (2, 3)         written
    0 1 2 3 4 5                               the whole array
    0 0 0 1 1 1      of (2,)                  the whole array, broadcast
    3 4 5                                     [1]
    0 3 1 4 2 5                               ᵀ
    0 1 1 2 2 3      of (4,)                  windows: some are read several times
    4 0 3                                     gather: not a view

Cells are numbered along the last axis first.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ..lowering.patterns import pattern

__all__ = ["View", "view"]

Cells = np.ndarray[Any, Any]
Shape = tuple[int, ...]


class View(NamedTuple):
    """Cells of an array, as a view of it.

    Attributes
    ----------
    kind : str
        ``"whole"``, ``"part"``, ``"windows"`` for cells that are read several times, or ``"gather"``.
    part : str
        The text after the name of the array.
    shape : tuple of int
        The shape of the view; 1 along axes that are broadcast.
    """

    kind: str
    part: str
    shape: Shape

    def of(self, name: str) -> str:
        """Return the text of this view of an array with a name."""
        return f"{name}{self.part}" if self.kind in ("whole", "part") else f"{self.kind}({name}{self.part})"


def view(cells: Cells, shape: Shape) -> View:
    """Return cells of an array of this shape, in their order, as a view.

    Examples
    --------
    >>> view(np.array([3, 4, 5]), (2, 3))
    View(kind='part', part='[1]', shape=(3,))
    >>> view(np.array([0, 0, 1, 1]), (2,))
    View(kind='whole', part='', shape=(2, 1))
    """
    size = int(np.prod(shape))
    if _is_all(cells, size):
        return View("whole", "", shape)
    each = pattern(cells)
    if each is None:
        return View("gather", "", (len(cells),))
    moving = [length for length, step in zip(each.lengths, each.steps, strict=True) if step]
    lengths = tuple(length if step else 1 for length, step in zip(each.lengths, each.steps, strict=True))
    inside = cells.reshape(each.lengths)[tuple(slice(None) if step else 0 for step in each.steps)].reshape(-1)
    if _is_all(inside, size):
        return View("whole", "", lengths if len(moving) < len(lengths) else shape)
    if len(np.unique(inside)) < len(inside):
        return View("windows", "", each.lengths)
    box = _box(inside, shape)
    if box is not None:
        return View("part", box[0], lengths if len(moving) < len(lengths) else box[1])
    if len(moving) > 1:
        return View("gather", "", each.lengths)
    flat = "" if len(shape) == 1 else ".flat"
    return View("part", f"{flat}[{_slice(inside.tolist(), size)}]", lengths)


def _is_all(cells: Cells, size: int) -> bool:
    return len(cells) == size and bool((cells == np.arange(size)).all())


def _box(cells: Cells, shape: Shape) -> tuple[str, Shape] | None:
    """Return the text of cells as slices along the axes, and their shape; ``None`` if they are not slices."""
    coordinates = np.unravel_index(cells, shape)
    along = [np.unique(axis) for axis in coordinates]
    kept = tuple(len(axis) for axis in along)
    if int(np.prod(kept)) != len(cells) or any(len(set(np.diff(axis).tolist())) > 1 for axis in along):
        return None
    straight = np.ravel_multi_index(np.ix_(*along), shape)
    for whole, sign in ((straight, ""), (straight.T, "ᵀ")):
        if np.array_equal(whole.reshape(-1), cells):
            texts = [_slice(axis.tolist(), length) for axis, length in zip(along, shape, strict=True)]
            while len(texts) > 1 and texts[-1] == ":":
                texts.pop()
            index = "" if texts == [":"] else f"[{', '.join(texts)}]"
            found = tuple(length for length in whole.shape if length > 1)
            return index + sign, found
    return None


def _slice(places: list[int], length: int) -> str:
    """Return the text of equally spaced places along an axis."""
    first, last = places[0], places[-1]
    if len(places) == 1:
        return str(first) if length > 1 else ":"
    step = places[1] - first
    if len(places) == length and step == 1:
        return ":"
    end = last + (1 if step > 0 else -1)
    text = f"{first or ''}:{end if 0 <= end < length else ''}"
    return text if step == 1 else f"{text}:{step}"
