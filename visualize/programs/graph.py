"""The graph that is drawn of a program: boxes, each for one value or for many, and edges, each for some uses.

    x ──┬──> %1 ──> %2 ──> … ──> %97            x ──> %1 ──> %2 ──> …  x ──> %97
        └──────────────────────> %97            far uses of x: a box of their own each

The time of a layout grows with the *span* of the edges, the ranks that they cross, rather than with the number of
boxes. So a value with many far uses is drawn again beside each of them.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from itertools import takewhile
from typing import NamedTuple

import numpy as np

from autograd import Entry, Program
from autograd.stepping.records import Part, Step

__all__ = ["Box", "Edge", "Fold", "Graph", "Path", "frames_of", "innermost", "segments", "within"]

Path = tuple[str, ...]  # a scope as its segments, outermost first; () is outside all frames

NEAR = 4  # ranks; a use further off is a far one
MANY = 5  # far uses; a leaf with as many is drawn once per use
MENTIONED = 4  # kinds of operations that a fold names
EASY = 800  # ranks crossed in all; beyond it, the longest edges are cut
LONGEST = (24, 12, 8, 4)  # ranks; the lengths tried


class Fold(NamedTuple):
    """Several values that are drawn as one box.

    Attributes
    ----------
    name : str
        The title of the box.
    place : tuple of str
        The frames it stands in, outermost first.
    members : list of Entry
        The values.
    scope : tuple of str or None
        The module that it stands for, if it stands for one.
    about : str
        A description of its operations.
    """

    name: str
    place: Path
    members: list[Entry]
    scope: Path | None = None
    about: str = ""


class Box:
    """A box of the picture.

    Attributes
    ----------
    id : str
        ``n3`` for the entry at position 3, ``n3_1`` if it is drawn again, ``f0`` for a fold.
    entries : list of Entry
        The values that it stands for.
    fold : Fold or None
        The fold that it draws, if it stands for several values.
    place : tuple of str
        The frames it stands in, outermost first.
    again : bool
        True if the value has another box already.
    """

    __slots__ = ("again", "entries", "fold", "id", "place")

    def __init__(
        self, id: str, entries: list[Entry], place: Path, fold: Fold | None = None, again: bool = False
    ) -> None:
        self.id = id
        self.entries = entries
        self.place = place
        self.fold = fold
        self.again = again

    @property
    def is_leaf(self) -> bool:
        return not self.fold and self.entries[0].op is None

    @property
    def contents(self) -> list[str]:
        """The contents of a fold, in a few lines: its operations, the most frequent first, and its leaves."""
        ops = Counter(entry.op.name for entry in self.entries if entry.op)
        leaves = Counter(entry.role for entry in self.entries if not entry.op) if ops else Counter()
        frequent = [f"{count:,} {name}" for name, count in ops.most_common(MENTIONED)]
        frequent += ["…"] if len(ops) > MENTIONED else []
        about = self.fold.about if self.fold else ""
        lines = [
            about or ", ".join(frequent),
            *(f"{count:,} {role}{'s' * (count > 1)}" for role, count in leaves.items()),
        ]
        return [line for line in lines if line]


class Edge:
    """An arrow of the picture: one use of a value; or all uses of one box by another, where either is a fold.

    Attributes
    ----------
    source, target : Box
        The box of the argument, and that of the operation.
    part : Part
        The product of the chain rule for this use; of several uses, the first in the program.
    uses : int
        The number of uses that it stands for.
    passes : bool
        True if a gradient is passed back along it.
    size : float
        The largest magnitude of the contributions along it; infinite for nan.
    """

    __slots__ = ("part", "passes", "size", "source", "target", "uses")

    def __init__(self, source: Box, target: Box, part: Part) -> None:
        self.source = source
        self.target = target
        self.uses = 0
        self.passes = False
        self.size = 0.0
        self.add(part)

    def add(self, part: Part) -> None:
        """Add another use, which is earlier in the program than those before."""
        given = part.contribution
        size = abs(given) if isinstance(given, float) else float(np.max(np.abs(given), initial=0.0))
        self.part = part
        self.uses += 1
        self.passes = self.passes or part.passes
        self.size = max(self.size, size if size == size else math.inf)


class Graph:
    """The boxes and edges of a picture.

    Parameters
    ----------
    program : Program
        The program that is drawn.
    steps : iterable of Step
        The reverse pass over it.
    folds : sequence of Fold
        The groups of values that are drawn as one box; no value is in two of them.
    only : frozenset of int, optional
        The positions of the values that are drawn, if these are not all.
    """

    def __init__(
        self, program: Program, steps: Iterable[Step], folds: Sequence[Fold] = (), only: frozenset[int] | None = None
    ) -> None:
        self.boxes: list[Box] = []
        self.of: dict[int, Box] = {}  # by position
        self.folds = folds
        self._copies: dict[int, int] = {}
        folded = {entry.k: (f"f{j}", fold) for j, fold in enumerate(folds) for entry in fold.members}
        made: dict[str, Box] = {}
        place = frames_of(program, folds)
        for entry in program:
            if only is None or entry.k in only:
                id, fold = folded.get(entry.k, (f"n{entry.k}", None))
                if id not in made:
                    path = place(entry) if fold is None else fold.place
                    made[id] = Box(id, [], path, fold)
                    self.boxes.append(made[id])
                made[id].entries.append(entry)
                self.of[entry.k] = made[id]
        self.boxes.sort(key=lambda box: next((entry.k for entry in box.entries if entry.op), box.entries[0].k))
        self.edges: list[Edge] = []
        self._connect(steps)

    def _connect(self, steps: Iterable[Step]) -> None:
        """Add the edges: one for each use, and one for all uses between a fold and another box.

        Leaves in a module's fold that other boxes use as well get a second box beside each of these, so that only
        values that the module computed leave its box.
        """
        bundles: dict[tuple[str, str], Edge] = {}
        beside: dict[str, list[Part]] = {}
        for step in steps:
            target = self.of.get(step.entry.k)
            for part in reversed(step.parts) if target else ():
                source = self.of.get(part.entry.k)
                if source is None or target is None or source is target:
                    continue
                if part.entry.op is None and self._is_elsewhere(source, target):
                    beside.setdefault(target.id, []).append(part)
                elif not source.fold and not target.fold:
                    self.edges.append(Edge(source, target, part))
                elif (source.id, target.id) in bundles:
                    bundles[source.id, target.id].add(part)
                else:
                    bundles[source.id, target.id] = Edge(source, target, part)
        self.edges += bundles.values()
        for parts in beside.values():
            self._connect_again(parts)
        self.edges.reverse()

    def _is_elsewhere(self, source: Box, target: Box) -> bool:
        """Return True if a leaf belongs to a module that is a box, and its use does not."""
        if source.fold:
            return source.fold.scope is not None
        return bool(self.folds and source.place) and not within(target.place, source.place)

    def _connect_again(self, parts: Sequence[Part]) -> None:
        """The edges of uses of leaves by one box, from a second box for these leaves."""
        leaves = {part.entry.k: part.entry for part in reversed(parts)}
        target = self.of[parts[0].source.k]
        box = self._copy(list(leaves.values()), target.place)
        self.boxes.insert(self.boxes.index(target), box)
        first, *others = parts
        edge = Edge(box, target, first)
        self.edges.append(edge)
        for part in others:
            if box.fold or target.fold:
                edge.add(part)
            else:
                self.edges.append(Edge(box, target, part))

    @property
    def values(self) -> int:
        """The number of values that the boxes stand for."""
        return len(self.of)

    @property
    def count(self) -> int:
        """The number of boxes; if a value has several boxes, they count as one."""
        return sum(not box.again for box in self.boxes)

    @property
    def has_frames(self) -> bool:
        """True if a box stands in a frame."""
        return any(box.place for box in self.boxes)

    def is_dense(self) -> bool:
        """Return True if each fold has many edges, as the neurons of a layer have."""
        folds = sum(bool(box.fold) for box in self.boxes)
        return sum(bool(edge.source.fold and edge.target.fold) for edge in self.edges) > 3 * folds

    # --- Ranks --------------------------------------------------------------------------------------------------------

    def ranks(self) -> dict[str, int]:
        """An estimate of the ranks in the layout: each box after its arguments, and close to its first use."""
        before: dict[str, list[Box]] = {box.id: [] for box in self.boxes}
        after: dict[str, list[str]] = {box.id: [] for box in self.boxes}
        order = {box.id: k for k, box in enumerate(self.boxes)}
        for edge in self.edges:
            if order[edge.source.id] < order[edge.target.id]:
                before[edge.target.id].append(edge.source)
                after[edge.source.id].append(edge.target.id)
        rank: dict[str, int] = {}
        for box in self.boxes:
            rank[box.id] = max((rank[source.id] + 1 for source in before[box.id]), default=0)
        for box in reversed(self.boxes):
            pulled_by = after[box.id]
            if pulled_by and len(pulled_by) >= len({x.id for x in before[box.id] if not x.is_leaf}):
                rank[box.id] = max(rank[box.id], min(rank[id] for id in pulled_by) - 1)
        return rank

    def lengths(self) -> list[int]:
        """An estimate of the ranks that each edge crosses."""
        rank = self.ranks()
        return [abs(rank[edge.target.id] - rank[edge.source.id]) for edge in self.edges]

    def span(self) -> int:
        """An estimate of the ranks that all edges cross together."""
        return sum(self.lengths())

    # --- Drawn again --------------------------------------------------------------------------------------------------

    def split_leaves(self) -> None:
        """Draw each leaf that has many far uses once per use."""
        far: dict[str, int] = {}
        for edge, length in zip(self.edges, self.lengths(), strict=True):
            if edge.source.is_leaf and length > NEAR:
                far[edge.source.id] = far.get(edge.source.id, 0) + 1
        self._draw_again([edge for edge in self.edges if far.get(edge.source.id, 0) >= MANY])

    def cut_long_edges(self) -> None:
        """Draw values again beside their far uses: as few of them as make the layout fast."""
        lengths = self.lengths()
        if sum(lengths) > EASY:
            fitting = (most for most in LONGEST if sum(x if x <= most else 1 for x in lengths) <= EASY)
            longest = next(fitting, LONGEST[-1])
            pairs = zip(self.edges, lengths, strict=True)
            self._draw_again([edge for edge, length in pairs if length > longest and not edge.source.fold])

    def _draw_again(self, edges: Sequence[Edge]) -> None:
        """Give each of the edges a source box of its own; edges from one value to one box share it.

        The original box keeps its other edges. The box of a leaf that has no other edges becomes the first copy.
        """
        moved = set(map(id, edges))
        stays = {edge.source.id for edge in self.edges if id(edge) not in moved}
        stays |= {edge.source.id for edge in edges if not edge.source.is_leaf}
        beside: dict[tuple[str, str], Box] = {}
        before: dict[str, list[Box]] = {box.id: [] for box in self.boxes}
        for edge in edges:
            source, target = edge.source, edge.target
            if (source.id, target.id) not in beside:
                copy = source
                if source.id in stays:
                    leaf = source.entries[0].role == "parameter"
                    copy = self._copy(source.entries, target.place if leaf else innermost(source.place, target.place))
                    before[target.id].append(copy)
                beside[source.id, target.id] = copy
                stays.add(source.id)
            edge.source = beside[source.id, target.id]
        self.boxes = [each for box in self.boxes for each in [*before[box.id], box]]

    def _copy(self, entries: list[Entry], place: Path) -> Box:
        """A second box for a value; or for several, as one."""
        k = entries[0].k
        self._copies[k] = self._copies.get(k, 0) + 1
        fold = Fold(f"{len(entries):,} {entries[0].role}s", place, entries, about="again") if entries[1:] else None
        return Box(f"n{k}_{self._copies[k]}", entries, place, fold, again=True)


# --- Places -----------------------------------------------------------------------------------------------------------


def frames_of(program: Program, folds: Sequence[Fold] = ()) -> Callable[[Entry], Path]:
    """Return the function that gives each entry the frame it is drawn in: that of its scope.

    A parameter that is not used in its own scope is drawn in the innermost frame around its uses.
    """
    folded = {entry.k: fold.place for fold in folds for entry in fold.members}
    closed = {fold.scope for fold in folds if fold.scope}  # frames that are boxes, so nothing can stand in them
    known: dict[str, Path] = {}

    def own(entry: Entry) -> Path:
        if entry.k in folded:
            return folded[entry.k]
        scope = entry.scope
        if scope not in known:
            path = segments(scope)
            depths = (depth for depth in range(len(path) if closed else 0) if path[: depth + 1] in closed)
            known[scope] = path[: next(depths, len(path))]
        return known[scope]

    def place(entry: Entry) -> Path:
        if entry.role != "parameter":
            return own(entry)
        paths = {own(program[k]) for k in entry.uses}
        return innermost(*paths) if paths and own(entry) not in paths else own(entry)

    return place


def segments(scope: str) -> Path:
    """A scope as a path."""
    return tuple(scope.split(".")) if scope else ()


def within(place: Path, frame: Path) -> bool:
    """Return True if a place is inside a frame, or the frame itself."""
    return place[: len(frame)] == frame


def innermost(*places: Path) -> Path:
    """The innermost frame around all of the places."""
    pairs = zip(min(places), max(places), strict=False)  # a prefix that the first and the last share, all share
    return tuple(a for a, _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
