"""The recorder of a film: it reads the chosen values, and the structure of the program, once for each frame."""

from __future__ import annotations

import weakref
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np

from ..core.stores import gradient_of
from ..core.tape import Node
from ..errors import InputTypeError, InputValueError, described, shortened
from ..programs.entry import Entry
from ..programs.listing import Program, program
from .frames import Cell, Frame, Structure, difference, row_of, structure_of

__all__ = ["Recorder", "chosen"]

STRUCTURES = 12  # programs that are kept; those of further structures share one scene without a program
RESERVED = ("step", "loss")


class Recorder:
    """Makes frames of the programs of losses.

    Parameters
    ----------
    watched : tuple of str or Node
        The names and leaves that were chosen; if there are none, all parameters, or all leaves without parameters.

    Attributes
    ----------
    programs : list of (Program or None, str)
        For each structure its first program, if it is kept, and its difference from the first structure.
    """

    def __init__(self, watched: tuple[str | Node, ...]) -> None:
        self.watched = watched
        self.programs: list[tuple[Program | None, str]] = []
        self._structures: dict[Structure, int] = {}
        self._names: dict[int, tuple[weakref.ref[Node], str]] = {}  # by the identity of a leaf
        self._shapes: dict[str, tuple[int, ...]] = {}

    def frame(self, loss: Node, step: int) -> Frame:
        """Return the frame of a loss whose backward pass has run."""
        if not self._names:
            self._name_the_watched()
        listing = program(loss)
        leaves = {id(entry.node): entry for entry in listing if entry.op is None}  # of several versions the latest
        versions = Counter(id(entry.node) for entry in listing if entry.op is None)
        known = {key: self.name_of(entry.node) for key, entry in leaves.items()}
        names = [known[id(entry.node)] or entry.label for entry in listing if entry.op is None]
        scene = self._scene(listing, structure_of(listing, names))
        for key, entry in leaves.items():
            if known[key] is None:
                label = entry.label if versions[key] == 1 else listing.label_of(entry.node)
                self._call(entry.node, f"{label} of program {scene + 1}" if scene and label[0] == "%" else label)
        columns = {"loss": Cell(float(np.reshape(loss._data, ())), float(np.reshape(gradient_of(loss), ())))}
        for name, cell in self._cells(listing, leaves):
            if name in RESERVED:
                raise InputValueError(f"the film has a column {name} of its own; give the value another name")
            shape = cell.shape
            if (before := self._shapes.setdefault(name, shape)) != shape:
                raise InputValueError(
                    f"{name} has the shape {shape}, and {before} in the frames before; give values of "
                    "different shapes names of their own"
                )
            columns[name] = cell
        return Frame(step, scene, columns, None if self.programs[scene][0] is None else row_of(listing))

    def without_values(self) -> Recorder:
        """Return a recorder that goes on with the names and the structures alone."""
        copied = Recorder(tuple(each for each in self.watched if isinstance(each, str)))
        copied.programs = [(None, text) for _, text in self.programs]
        copied._structures, copied._shapes = dict(self._structures), dict(self._shapes)
        return copied

    def _name_the_watched(self) -> None:
        """Name the leaves that were chosen. A model tells its parameters their paths when it is called first."""
        leaves = [each for each in self.watched if isinstance(each, Node)]
        for entry in Program(*leaves):
            self._call(entry.node, entry.label)

    def name_of(self, node: Node) -> str | None:
        """Return the name that a leaf has in the frames so far."""
        reference, name = self._names.get(id(node), (None, None))
        return name if reference is not None and reference() is node else None

    def _call(self, node: Node, name: str) -> None:
        key = id(node)
        self._names[key] = weakref.ref(node, lambda _: self._names.pop(key, None)), name

    def _scene(self, listing: Program, structure: Structure) -> int:
        """The number of a structure, which is noted if it is new."""
        if structure in self._structures:
            return self._structures[structure]
        count = len(self.programs)
        if count <= STRUCTURES:
            kept = count < STRUCTURES and row_of(listing) is not None
            first = next(iter(self._structures), structure)
            self.programs.append((listing if kept else None, difference(listing, structure, first) if count else ""))
        if count < STRUCTURES:
            self._structures[structure] = count
        return min(count, STRUCTURES)

    def _cells(self, listing: Program, leaves: dict[int, Entry]) -> Iterator[tuple[str, Cell]]:
        """The watched values that the program has, by their names."""
        if not self.watched:
            parameters = [entry for entry in leaves.values() if entry.role == "parameter"]
            for entry in parameters or leaves.values():
                yield self._names[id(entry.node)][1], Cell.of(entry.value, entry.grad)
        for each in self.watched:
            if isinstance(each, Node):
                data = leaves[id(each)].value if id(each) in leaves else each._data
                yield self._names[id(each)][1], Cell.of(data, gradient_of(each))
            elif each not in self._shapes or any(each in (entry.label, entry.name) for entry in listing):
                entry = listing.find(each)  # which says what there is, if a name is in no frame so far
                if entry is not listing.results[0]:
                    yield each, Cell.of(entry.value, entry.grad)


def chosen(given: Any) -> tuple[str | Node, ...]:
    """Return the names and leaves in what a user chose: names, values, models and nested lists of them.

    Raises
    ------
    InputTypeError, InputValueError
        If it holds anything else, or a computed value without a name.
    """
    if isinstance(given, str):
        return (given,)
    if isinstance(given, Node):
        if given._op is None:
            return (given,)
        if given.known_as:
            return (given.known_as,)
        raise InputValueError(
            f"{shortened(given)} is computed anew in each step, so it is found by its name: set value.name, and give "
            "watch that name; the loss needs none, since take(loss) records it"
        )
    if callable(getattr(given, "parameters", None)) and not isinstance(given, type):
        return chosen(given.parameters())
    if isinstance(given, Iterable) and not isinstance(given, (bytes, Mapping)):
        return tuple(each for one in given for each in chosen(one))
    raise InputTypeError(f"watch takes values, their names, models and lists of them, not {described(given)}")
