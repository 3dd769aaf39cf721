"""Two programs side by side: `compare` says where they first differ, in structure, in value and in gradient."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from difflib import SequenceMatcher
from typing import Any, NamedTuple

import numpy as np

from ..core.numbers import number
from ..core.tape import Node
from ..errors import InputValueError
from ..programs.entry import Entry
from ..programs.listing import Program, program
from ..stepping.passes import reverse
from ..text.layout import Listing, line_up, table
from ..text.numbers import short
from ..text.paper import ENDLESS, Paper

__all__ = ["Comparison", "Pair", "compare"]

CLOSE = 1e-9
Partners = tuple[dict[int, int], dict[int, int]]  # the position of the partner: in the second, in the first program


class Pair(NamedTuple):
    """Two entries that correspond, with the gradients that a reverse pass gives them.

    Attributes
    ----------
    first : Entry or None
        The entry of the first program; ``None`` if it has none that corresponds.
    second : Entry or None
        The entry of the second program, likewise.
    gradients : tuple of float, ndarray or None
        Those of the first and of the second entry.
    same_arguments : bool
        True if the arguments of both entries correspond, too; False if one is missing.
    same_value : bool
        True if both entries have the same value, within the tolerance; False if one is missing.
    same_gradient : bool
        True if both entries have the same gradient, likewise.
    """

    first: Entry | None
    second: Entry | None
    gradients: tuple[Any, Any]
    same_arguments: bool
    same_value: bool
    same_gradient: bool

    @property
    def same_structure(self) -> bool:
        """True if both programs have the entry, with arguments that correspond."""
        return self.same_arguments

    @property
    def mark(self) -> str:
        """``-`` for an entry of the first program alone, ``+`` for one of the second, ``≠`` for other differences."""
        if self.first is None or self.second is None:
            return "-" if self.first else "+"
        return "" if self.same_arguments and self.same_value and self.same_gradient else "≠"


class Comparison(Listing[Pair]):
    """Two programs, entry by entry; ``print`` shows the table and the first differences. Made by `compare`.

    Attributes
    ----------
    first : Program
        The first program.
    second : Program
        The second program.
    structure : Pair or None
        The first entry that one of them has and the other has not, or that takes other arguments there.
    value : Pair or None
        The first pair that differs in its value.
    gradient : Pair or None
        The pair that differs in its gradient and comes latest in the programs, which is the first in a reverse pass.
    """

    def __init__(self, first: Program, second: Program, rtol: float) -> None:
        self.first, self.second, self._rtol = first, second, rtol
        grads = _gradients(first), _gradients(second)
        aligned = list(_aligned(first, second))
        pairs = [(x.k, y.k) for x, y in aligned if x and y]
        partners = dict(pairs), {y: x for x, y in pairs}
        self._items = [_pair(x, y, *grads, partners, rtol) for x, y in aligned]
        both = [pair for pair in self._items if pair.first and pair.second]
        self.structure = next((pair for pair in self._items if not pair.same_structure), None)
        self.value = next((pair for pair in both if not pair.same_value), None)
        self.gradient = next((pair for pair in reversed(both) if not pair.same_gradient), None)

    def __bool__(self) -> bool:
        """True if the programs agree in everything."""
        return self.structure is self.value is self.gradient is None

    def _table(self, items: Sequence[Pair], paper: Paper) -> list[str]:
        entries = [entry for pair in items for entry in (pair.first or pair.second,) if entry is not None]
        equations = line_up([(paper.plain(entry.label), entry.expression) for entry in entries])
        rows = [(pair.mark, equation, *_cells(pair)) for pair, equation in zip(items, equations, strict=True)]
        head = ("", "", "value", "second", "gradient", "second")
        return [*table([head, *rows], paper._replace(width=ENDLESS)), *(paper.plain(line) for line in self._said())]

    def _said(self) -> Iterator[str]:
        if self:
            yield "The programs agree in structure, values and gradients."
        if self.structure:
            yield f"Structure: {_missing(self.structure)}"
        if self.value:
            x, y = self.value.first, self.value.second
            assert x is not None
            assert y is not None
            yield f"Value: the first difference is at {_difference(_names(x, y), x.value, y.value, self._rtol)}."
        if self.gradient:
            x, y = self.gradient.first, self.gradient.second
            assert x is not None
            assert y is not None
            g, h = self.gradient.gradients
            where = _difference(_names(x, y), g, h, self._rtol)
            yield f"Gradient: the first difference of a reverse pass is at {where}."


def _missing(pair: Pair) -> str:
    x, y = pair.first, pair.second
    if x is not None and y is not None:
        return (
            f"{x.label} = {x.expression} takes other arguments, or takes them in another order, in the second program: "
            f"{y.label} = {y.expression}."
        )
    entry, where = (x, "second") if x is not None else (y, "first")
    assert entry is not None
    return f"{entry.label} = {entry.expression} is not in the {where} program."


def _difference(name: str, x: Any, y: Any, rtol: float) -> str:
    """Two numbers and the name of their values; of two arrays, the first elements that differ, and their place."""
    if np.shape(x) == np.shape(y) != ():
        place = tuple(map(int, np.argwhere(~_same(x, y, rtol))[0]))
        name, x, y = f"{name}{list(place)}", float(x[place]), float(y[place])
    return f"{name}: {short(x)} and {short(y)}"


def _cells(pair: Pair) -> Iterator[str]:
    """The values and the gradients of a row, with the second number only where it differs."""
    values = pair.first and pair.first.value, pair.second and pair.second.value
    for (x, y), agree in ((values, pair.same_value), (pair.gradients, pair.same_gradient)):
        yield short(x) if pair.first else ""
        yield "" if agree or not pair.second else short(y)


def _names(x: Entry, y: Entry) -> str:
    return x.label if x.label == y.label else f"{x.label} and {y.label}"


def _pair(
    x: Entry | None, y: Entry | None, g: dict[int, Any], h: dict[int, Any], partners: Partners, rtol: float
) -> Pair:
    gradients = None if x is None else g[x.k], None if y is None else h[y.k]
    if x is None or y is None:
        return Pair(x, y, gradients, False, False, False)
    arguments = all(_correspond(a, b, *partners) for a, b in zip(x.inputs, y.inputs, strict=True))
    return Pair(x, y, gradients, arguments, _close(x.value, y.value, rtol), _close(g[x.k], h[y.k], rtol))


def _correspond(a: Any, b: Any, second: dict[int, int], first: dict[int, int]) -> bool:
    """Two arguments of the same kind correspond; so do two entries that have no partner, which are told themselves."""
    if not isinstance(a, Entry):
        return True
    return second[a.k] == b.k if a.k in second else b.k not in first


def _close(x: Any, y: Any, rtol: float) -> bool:
    return np.shape(x) == np.shape(y) and bool(np.all(_same(x, y, rtol)))


def _same(x: Any, y: Any, rtol: float) -> Any:
    """True where two numbers are the same, both nan, or as near to each other as `math.isclose` asks."""
    with np.errstate(invalid="ignore", over="ignore"):
        near = np.isfinite(x) & np.isfinite(y) & (np.abs(np.subtract(x, y)) <= rtol * np.maximum(np.abs(x), np.abs(y)))
    return (np.equal(x, y)) | near | (np.isnan(x) & np.isnan(y))


def _gradients(listing: Program) -> dict[int, Any]:
    """The gradient of each entry after a reverse pass."""
    sums: dict[int, Any] = {
        id(entry.node): np.ones_like(entry.value) if np.ndim(entry.value) else 1.0 for entry in listing.results
    }
    for step in reverse(listing):
        sums |= {id(part.entry.node): part.after for part in step.parts}
    return {entry.k: sums[id(entry.node)] for entry in listing}


def _aligned(
    first: Sequence[Entry], second: Sequence[Entry], named: bool = True
) -> Iterator[tuple[Entry | None, Entry | None]]:
    """The entries that correspond: the longest runs of the same operations, and what stands between them alone.

    Names decide first; between runs of the same names, computed values of other names may correspond, too.
    """
    kinds = [[_kind(entry, named) for entry in each] for each in (first, second)]
    if kinds[0] == kinds[1]:  # as before and after a step; a search takes long in a large program
        yield from zip(first, second, strict=True)
        return
    for tag, i, i_end, j, j_end in SequenceMatcher(a=kinds[0], b=kinds[1], autojunk=False).get_opcodes():
        if tag == "equal":
            yield from zip(first[i:i_end], second[j:j_end], strict=True)
        elif tag == "replace" and named:
            yield from _aligned(first[i:i_end], second[j:j_end], named=False)
        else:
            yield from ((entry, None) for entry in first[i:i_end])
            yield from ((None, entry) for entry in second[j:j_end])


def _kind(entry: Entry, named: bool) -> tuple[str, str, tuple[Any, ...]]:
    """The traits that two corresponding entries share: name, operation, constants and number of arguments.

    Of an array among the constants, such as a batch, only the shape counts.
    """
    op = entry.op.name if entry.op else entry.role
    name = entry.name if named or entry.op is None else None
    return name or "", op, tuple(None if isinstance(x, Entry) else _constant(x) for x in entry.inputs)


def _constant(x: Any) -> Any:
    return x if isinstance(x, float) else np.shape(x) if isinstance(x, np.ndarray) else repr(x)


def compare(
    y1: Node | Iterable[Node] | Program, y2: Node | Iterable[Node] | Program, *, rtol: float = CLOSE
) -> Comparison:
    """Compare two programs entry by entry, and say where they first differ: in structure, in value, in gradient.

    Two versions of a function are compared by it, or the same loss before and after a step of training. Neither program
    is changed, and no gradient is deposited.

    Parameters
    ----------
    y1, y2 : Value or Tensor, several of them, or Program
        The results of the two programs. The gradients are those of the result, or of the sum of several.
    rtol : float
        The relative difference up to which two numbers count as the same, as in `math.isclose`.

    Returns
    -------
    Comparison
        A sequence of pairs. It is true if the programs agree. Entries correspond if they have the same name, operation
        and constants, in the same order, or differ in their names alone; where their arguments do not correspond, the
        structure differs. Of arrays, the shapes are shown, and the first element that differs.

    Raises
    ------
    InputTypeError
        If one of them was not recorded.
    InputValueError
        If the tolerance is negative.

    Examples
    --------
    >>> from autograd import Value, compare
    >>> def loss(w):
    ...     w, x = Value(w, name="w"), Value(2.0, name="x")
    ...     error = w * x - 1; error.name = "error"
    ...     return error**2
    >>> comparison = compare(loss(0.0), loss(0.25))
    >>> comparison
                           value  second  gradient  second
    ≠  w     = input       0.0    0.25    -4.0      -2.0
    ≠  x     = input       2.0            0.0       -0.25
    ≠  %2    = w * x       0.0    0.5     -2.0      -1.0
    ≠  error = %2 - 1      -1.0   -0.5    -2.0      -1.0
    ≠  %4    = error ** 2  1.0    0.25    1.0
    Value: the first difference is at w: 0.0 and 0.25.
    Gradient: the first difference of a reverse pass is at error: -2.0 and -1.0.
    >>> comparison.structure is None, bool(comparison)
    (True, False)
    """
    tolerance = number(rtol, "rtol")
    if not tolerance >= 0:
        raise InputValueError(f"rtol is a relative difference, 0 or more, not {tolerance}")
    return Comparison(program(y1), program(y2), tolerance)
