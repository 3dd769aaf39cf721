"""Parts of a program to look at: the values before one, and the values between two.

upstream(n, hops=1)     w ──┬──> %3 ──> [n]          between(x, y)     [x] ──> %3 ──> n ──> [y]
                        b ──┘
"""

from __future__ import annotations

from typing import NamedTuple

from autograd import Entry, InputTypeError, InputValueError, Program, Value, program
from autograd.compiler.showing.programs import ArrayProgram
from autograd.core.numbers import whole
from autograd.errors import shortened
from autograd.text.numbers import short

__all__ = ["Selection", "between", "upstream"]


class Selection(NamedTuple):
    """Some of a program's values, for `draw`. Made by `upstream` and `between`.

    Attributes
    ----------
    program : Program
        The whole program, which gives the values their names.
    positions : frozenset of int
        The positions of the entries that are drawn.
    words : str
        A description of them.
    """

    program: Program
    positions: frozenset[int]
    words: str

    def __repr__(self) -> str:
        return f"<{len(self.positions):,} of {len(self.program):,} values: {self.words}>"


def upstream(x: Value | str, hops: int = 2, *, of: Value | Program | None = None) -> Selection:
    """Select a value and the values that it was computed from, up to ``hops`` operations back.

    Parameters
    ----------
    x : Value or str
        The value, or its name in the program of ``of``.
    hops : int
        The number of edges to go back.
    of : Value or Program, optional
        The result in whose program the values have their names; ``x`` itself if it is not given.

    Raises
    ------
    InputTypeError, InputValueError
        If there is no such value, or ``hops`` is not a number of edges.

    Examples
    --------
    >>> from autograd import Value
    >>> import visualize
    >>> x = Value(2.0, name="x")
    >>> y = (x * x + 1).tanh()
    >>> y.backward(); x.grad
    0.000726
    >>> visualize.upstream(y, hops=1)
    <2 of 4 values: %3 and 1 hop upstream>
    >>> visualize.draw(visualize.upstream(y, hops=1))
    <drawing of 2 values>
    """
    count = whole(hops, "hops")
    listing, [entry] = _located(of, x)
    count = min(count, len(listing))
    found = {entry.k}
    edge = [entry]
    for _ in range(count):
        edge = [each for each in _arguments(edge) if each.k not in found]
        if not edge:
            break
        found.update(each.k for each in edge)
    words = f"{entry.label} and {count:,} hop{'s' * (count != 1)} upstream"
    return Selection(listing, frozenset(found), words)


def between(x: Value | str, y: Value | str, *, of: Value | Program | None = None) -> Selection:
    """Select the values on the paths from one value to another, both included.

    Parameters
    ----------
    x, y : Value or str
        The first and the last value of the paths, or their names in the program of ``of``.
    of : Value or Program, optional
        The result in whose program the values have their names; ``y`` itself if it is not given.

    Raises
    ------
    InputTypeError, InputValueError
        If there is no such value, or ``y`` does not depend on ``x``.

    Examples
    --------
    >>> from autograd import Value
    >>> import visualize
    >>> x, w = Value(2.0, name="x"), Value(-1.0, name="w")
    >>> y = (x * w + 1).tanh(); y.name = "y"
    >>> y.backward(); round(w.grad, 4)
    0.8399
    >>> visualize.between(w, y)
    <4 of 5 values: from w to y>
    """
    listing, [end, start] = _located(of, y, x)
    reached = _versions(listing, start)
    for entry in listing[min(reached) :]:
        if any(isinstance(each, Entry) and each.k in reached for each in entry.inputs):
            reached.add(entry.k)
    if end.k not in reached:
        raise InputValueError(
            f"{end.label} = {short(end.value)} does not depend on {start.label} = {short(start.value)}, so "
            "nothing is between them; give the earlier value first"
        )
    found, stack = {end.k}, [end]
    while stack:
        for each in _arguments([stack.pop()]):
            if each.k in reached and each.k not in found:
                found.add(each.k)
                stack.append(each)
    return Selection(listing, frozenset(found), f"from {start.label} to {end.label}")


def _arguments(entries: list[Entry]) -> list[Entry]:
    return [each for entry in entries for each in entry.inputs if isinstance(each, Entry)]


def _versions(listing: Program, entry: Entry) -> set[int]:
    """The positions of a value: several for a leaf that changed between its uses."""
    return {each.k for each in listing if each.node is entry.node}


def _located(of: Value | Program | None, *which: Value | str) -> tuple[Program, list[Entry]]:
    """The program, and the entries of values or names in it."""
    given = which[0] if of is None else of
    if isinstance(given, str):
        raise InputTypeError(f"the name {shortened(given)} has a meaning within a program only; give the program: of=…")
    if isinstance(given, ArrayProgram):
        raise InputTypeError(f"upstream and between take programs of values; that of {given.name} consists of arrays")
    listing = given if isinstance(given, Program) else program(given)
    return listing, [listing.find(each) for each in which]
