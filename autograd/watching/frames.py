"""Frames: the numbers of one step of training, copied out of the program of its loss.

    structure    role and name of each leaf, operation of each entry and the positions of its arguments
    row          the numbers of all leaves, then all constants: with the structure, they are the whole program
    columns      the numbers and the gradients of the chosen values, by name

A row of a kept structure is enough to evaluate the program again, with all its values and gradients.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from ..programs.entry import Entry
from ..programs.listing import Program

__all__ = ["Array", "Cell", "Frame", "Scene", "Structure", "difference", "row_of", "slots_of", "structure_of"]

Array: TypeAlias = "np.ndarray[Any, Any]"
Structure: TypeAlias = "tuple[tuple[Any, ...], ...]"

FLOATS = 256  # bytes: two floats, with what holds them
PLAYED = 1000  # entries; of a larger program a frame has the chosen values alone


class Cell(NamedTuple):
    """The number and the gradient of a value in one frame: floats or arrays, which nothing changes later."""

    data: Any
    grad: Any

    @classmethod
    def of(cls, data: Any, grad: Any) -> Cell:
        """Keep a number, or copy an array, and its gradient; ``None`` is a gradient that no pass has reached."""
        return cls(_kept(data), None if grad is None else _kept(grad))

    @property
    def shape(self) -> tuple[int, ...]:
        return () if type(self.data) is float else self.data.shape

    @property
    def size(self) -> int:
        """The bytes that it takes."""
        return FLOATS if type(self.data) is float else 2 * int(self.data.nbytes)


def _kept(x: Any) -> Any:
    return x if type(x) is float else np.array(x)


class Frame(NamedTuple):
    """One step of training.

    Attributes
    ----------
    step : int
        Its number.
    scene : int
        The number of the structure that its program has.
    columns : dict from str to Cell
        The chosen values by their names, and the loss.
    row : ndarray or None
        The numbers of all leaves and constants, in the order of `slots_of`; ``None`` if the program is not kept.
    """

    step: int
    scene: int
    columns: dict[str, Cell]
    row: Array | None

    @property
    def size(self) -> int:
        """The bytes that its numbers take."""
        return sum(cell.size for cell in self.columns.values()) + (0 if self.row is None else self.row.nbytes)


class Scene(NamedTuple):
    """The frames whose programs have the same structure.

    Attributes
    ----------
    program : Program or None
        That of the first of them; ``None`` if arrays take part in it, or it has more than 1,000 entries.
    steps : list of int
        The numbers of their steps.
    frames : list of int
        Their positions in the film.
    rows : ndarray or None
        A row for each frame: the numbers of all leaves of the program, then all constants among its arguments.
    difference : str
        The first difference from the first scene, in words; empty for that scene itself.
    """

    program: Program | None
    steps: list[int]
    frames: list[int]
    rows: Array | None
    difference: str

    def __repr__(self) -> str:
        entries = "" if self.program is None else f", {len(self.program):,} entries"
        return f"<scene of {len(self.frames):,} frames from step {self.steps[0]} to {self.steps[-1]}{entries}>"


def structure_of(listing: Program, names: Sequence[str]) -> Structure:
    """Return the structure of a program, whose leaves have the names given; numbers are no part of it."""
    leaf = iter(names)
    return tuple(
        (entry.role, next(leaf))
        if entry.op is None
        else (entry.op.name, *(x.k if isinstance(x, Entry) else None for x in entry.inputs))
        for entry in listing
    )


def difference(listing: Program, structure: Structure, before: Structure) -> str:
    """Return the first entry in which a program differs in structure from the first one, in words."""
    for entry, here, there in zip(listing, structure, before, strict=False):
        if here != there:
            return f"{entry.label} = {entry.expression} is another operation, or has other arguments"
    return f"it has {len(structure):,} entries, and the first program has {len(before):,}"


def slots_of(listing: Program) -> Iterator[tuple[int, int | None]]:
    """The places of the numbers of a row: a leaf ``(k, None)``; and the constant argument ``(k, position)``."""
    for entry in listing:
        if entry.op is None:
            yield entry.k, None
    for entry in listing.computed:
        for position, x in enumerate(entry.inputs):
            if not isinstance(x, Entry):
                yield entry.k, position


def row_of(listing: Program) -> Array | None:
    """Return the numbers of the leaves and constants of a program; ``None`` if it is large, or arrays take part."""
    if len(listing) > PLAYED or not all(isinstance(entry.value, float) for entry in listing):
        return None
    places = slots_of(listing)
    return np.array([listing[k].value if at is None else listing[k].inputs[at] for k, at in places], np.float64)
