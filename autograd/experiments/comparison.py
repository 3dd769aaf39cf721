"""Two programs side by side: `compare` says where they first differ, in structure, in value and in gradient."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from difflib import SequenceMatcher
from math import isclose
from typing import NamedTuple

from ..core.numbers import number
from ..core.value import Value
from ..errors import InputValueError
from ..programs.entry import Entry
from ..programs.listing import Program, only_numbers, program
from ..stepping.passes import reverse
from ..text.layout import Listing, line_up, table
from ..text.numbers import short
from ..text.paper import Paper
from .rounding import same

__all__ = ["Comparison", "Pair", "compare"]

CLOSE = 1e-9


class Pair(NamedTuple):
    """Two entries that correspond, with the gradients that a reverse pass gives them.

    Attributes
    ----------
    first : Entry or None
        The entry of the first program; ``None`` if it has none that corresponds.
    second : Entry or None
        The entry of the second program, likewise.
    gradients : tuple of float or None
        Those of the first and of the second entry.
    same_value : bool
        True if both entries have the same value, within the tolerance; False if one is missing.
    same_gradient : bool
        True if both entries have the same gradient, likewise.
    """

    first: Entry | None
    second: Entry | None
    gradients: tuple[float | None, float | None]
    same_value: bool
    same_gradient: bool

    @property
    def same_structure(self) -> bool:
        """True if both programs have the entry."""
        return self.first is not None and self.second is not None

    @property
    def mark(self) -> str:
        """``-`` for an entry of the first program alone, ``+`` for one of the second, ``≠`` for other numbers."""
        if not self.same_structure:
            return "-" if self.first else "+"
        return "" if self.same_value and self.same_gradient else "≠"


class Comparison(Listing[Pair]):
    """Two programs, entry by entry; ``print`` shows the table and the first differences. Made by `compare`.

    Attributes
    ----------
    first : Program
        The first program.
    second : Program
        The second program.
    structure : Pair or None
        The first entry that one of them has and the other has not.
    value : Pair or None
        The first pair that differs in its value.
    gradient : Pair or None
        The pair that differs in its gradient and comes latest in the programs, which is the first in a reverse pass.
    """

    def __init__(self, first: Program, second: Program, rtol: float) -> None:
        self.first, self.second = first, second
        grads = _gradients(first), _gradients(second)
        self._items = [_pair(x, y, *grads, rtol) for x, y in _aligned(first, second)]
        both = [pair for pair in self._items if pair.same_structure]
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
        return [*table([head, *rows], paper), *(paper.plain(line) for line in self._said())]

    def _said(self) -> Iterator[str]:
        if self:
            yield "The programs agree in structure, values and gradients."
        if self.structure:
            entry, where = (
                (self.structure.first, "second") if self.structure.first else (self.structure.second, "first")
            )
            assert entry is not None
            yield f"Structure: {entry.label} = {entry.expression} is not in the {where} program."
        if self.value:
            x, y = self.value.first, self.value.second
            assert x is not None
            assert y is not None
            yield f"Value: the first difference is at {_names(x, y)}: {short(x.value)} and {short(y.value)}."
        if self.gradient:
            x, y = self.gradient.first, self.gradient.second
            assert x is not None
            assert y is not None
            numbers = " and ".join(map(short, self.gradient.gradients))
            yield f"Gradient: the first difference of a reverse pass is at {_names(x, y)}: {numbers}."


def _cells(pair: Pair) -> Iterator[str]:
    """The values and the gradients of a row, with the second number only where it differs."""
    values = pair.first and pair.first.value, pair.second and pair.second.value
    for (x, y), agree in ((values, pair.same_value), (pair.gradients, pair.same_gradient)):
        yield short(x) if pair.first else ""
        yield "" if agree or not pair.second else short(y)


def _names(x: Entry, y: Entry) -> str:
    return x.label if x.label == y.label else f"{x.label} and {y.label}"


def _pair(x: Entry | None, y: Entry | None, g: dict[int, float], h: dict[int, float], rtol: float) -> Pair:
    gradients = None if x is None else g[x.k], None if y is None else h[y.k]
    if x is None or y is None:
        return Pair(x, y, gradients, False, False)
    return Pair(x, y, gradients, _close(x.value, y.value, rtol), _close(g[x.k], h[y.k], rtol))


def _close(x: float, y: float, rtol: float) -> bool:
    return same(x, y) or isclose(x, y, rel_tol=rtol)


def _gradients(listing: Program) -> dict[int, float]:
    """The gradient of each entry after a reverse pass."""
    sums = {id(entry.node): 1.0 for entry in listing.results}
    for step in reverse(listing):
        sums |= {id(part.entry.node): part.after for part in step.parts}
    return {entry.k: sums[id(entry.node)] for entry in listing}


def _aligned(first: Program, second: Program) -> Iterator[tuple[Entry | None, Entry | None]]:
    """The entries that correspond: the longest runs of the same operations, and what stands between them alone."""
    kinds = [[_kind(entry) for entry in each] for each in (first, second)]
    matcher = SequenceMatcher(a=kinds[0], b=kinds[1], autojunk=False)
    for tag, i, i_end, j, j_end in matcher.get_opcodes():
        if tag == "equal":
            yield from zip(first[i:i_end], second[j:j_end], strict=True)
        else:
            yield from ((entry, None) for entry in first[i:i_end])
            yield from ((None, entry) for entry in second[j:j_end])


def _kind(entry: Entry) -> tuple[str, str, tuple[float | None, ...]]:
    """The traits that two corresponding entries share: name, operation, constants and number of arguments."""
    op = entry.op.name if entry.op else entry.role
    return entry.name or "", op, tuple(None if isinstance(x, Entry) else x for x in entry.inputs)


def compare(
    y1: Value | Iterable[Value] | Program, y2: Value | Iterable[Value] | Program, *, rtol: float = CLOSE
) -> Comparison:
    """Compare two programs entry by entry, and say where they first differ: in structure, in value, in gradient.

    Two versions of a function are compared by it, or the same loss before and after a step of training. Neither program
    is changed, and no gradient is deposited.

    Parameters
    ----------
    y1, y2 : Value, several of them, or Program
        The results of the two programs. The gradients are those of the result, or of the sum of several.
    rtol : float
        The relative difference up to which two numbers count as the same, as in `math.isclose`.

    Returns
    -------
    Comparison
        A sequence of pairs. It is true if the programs agree. Entries correspond if they have the same name, operation
        and constants, in the same order.

    Raises
    ------
    InputTypeError
        If one of them was not recorded, or has arrays.
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
    programs = program(y1), program(y2)
    for each in programs:
        only_numbers(each, "compare")
    return Comparison(*programs, tolerance)
