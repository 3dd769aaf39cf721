"""A program as a tree of text: a result, below it what it was computed from, and so on down to the leaves.

                        value   gradient
    y = n * n           6.25    1.0
    ├─ n = w * x        2.5     5.0
    │  ├─ w = input     5.0     2.5
    │  └─ x = input     0.5     25.0
    └─ n  ↑ see above

A graph is not a tree: a value that is used several times is written out where it is met first, and pointed to from
then on. A branch that is too deep for the width of the paper is written out further down, from the margin.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ..core.numbers import whole
from ..text.layout import Cell, Line, clipped, length, table
from ..text.numbers import short
from ..text.paper import Paper, paper
from .entry import Entry

__all__ = ["LINES", "Tree"]

LINES = 200  # more lines than these are left out
ABOVE, BELOW, DEEPER = "↑ see above", "… continued below", "…"
NARROWEST = 8  # columns for the text after the guides


class TreeLine(NamedTuple):
    """A line of the tree: the guides, and an entry written out, or pointed to by a remark."""

    guides: str
    entry: Entry
    remark: str

    @property
    def written_out(self) -> bool:
        return self.remark in ("", DEEPER)

    def cell(self, paper: Paper) -> Line:
        """The guides, the text and the remark."""
        text = f"{self.entry.label} = {self.entry.expression}" if self.written_out else self.entry.label
        remark = f"  {self.remark}" if self.remark else ""
        return [(paper.plain(self.guides), "faint"), (paper.plain(text), ""), (paper.plain(remark), "faint")]


def _cut(cell: Line, width: int, sign: str) -> Line:
    """The cell of a tree line with its text clipped: guides and remark stay whole."""
    guides, text, remark = cell
    return [guides, *clipped([text], max(NARROWEST, width - length([guides, remark])), sign), remark]


class Tree:
    """A program as text with guides from each result down to its leaves; ``print`` shows it.

    Made by `Program.tree`. The gradients are those at the time of printing.
    """

    def __init__(
        self,
        entries: Sequence[Entry],
        results: Sequence[Entry],
        depth: int | None,
        lines: int | None,
        digits: int,
    ) -> None:
        self.entries, self.results = entries, results
        self.depth = None if depth is None else whole(depth, "depth")
        self.lines = None if lines is None else whole(lines, "lines", least=1)
        self.digits = whole(digits, "digits", least=1)

    def __str__(self) -> str:
        return self.on(paper())

    __repr__ = __str__

    def on(self, paper: Paper) -> str:
        """The text for some paper."""
        levels = max(1, (paper.width - 38) // 3)  # a guide is three columns wide; half the paper is for the rest
        lines: list[TreeLine] = []
        limits: dict[str, int | None] = {}
        for line in _walk(self.results, self.depth, levels):
            if len(lines) == self.lines:
                limits["lines"] = self.lines
                break
            if line.remark == DEEPER:
                limits["depth"] = self.depth
            lines.append(line)
        text = self._table(lines, paper)
        missing = len(self.entries) - len({line.entry.k for line in lines if line.written_out})
        if missing:
            by = " and ".join(f"{name}={limit}" for name, limit in limits.items())
            text.append(paper.plain(f"… {missing:,} of {len(self.entries):,} values are left out, by {by}"))
        return "\n".join(text)

    def _table(self, lines: list[TreeLine], paper: Paper) -> list[str]:
        """The lines, with the numbers of entries that are written out in columns."""
        rows: list[list[Cell]] = [[[("", ""), ("", ""), ("", "")], ("value", "faint"), ("gradient", "faint")]]
        least = 0
        for line in lines:
            cell = line.cell(paper)
            if line.written_out:
                least = max(least, length(cell) - max(0, len(cell[1][0]) - NARROWEST))
                rows.append([cell, short(line.entry.value, self.digits), short(line.entry.grad, self.digits)])
            else:
                rows.append([_cut(cell, paper.width, paper.plain("…"))])
        return table(rows, paper, narrowed=0, least=least, cut=_cut, whole=True)


def _walk(results: Sequence[Entry], depth: int | None, levels: int) -> Iterator[TreeLine]:
    """The lines of the tree, in order; those that would be indented by more levels come later, at the margin."""
    waiting: deque[tuple[Entry, bool]] = deque((result, True) for result in results)
    inner = None if depth is None else _nearer(results, depth)
    postponed: set[int] = set()
    written: set[int] = set()
    while waiting:
        root, is_result = waiting.popleft()
        if root.k in written and not is_result:  # it was postponed, and is a result besides
            continue
        postponed.discard(root.k)
        stack = [(root, "", "", 0)]
        while stack:
            entry, guides, below, level = stack.pop()
            inputs = _arguments(entry)
            cut = bool(inputs) and inner is not None and entry.k not in inner
            if entry.k in written:
                yield TreeLine(guides, entry, ABOVE)
            elif entry.k in postponed:
                yield TreeLine(guides, entry, BELOW)
            elif level == levels and inputs and not cut:
                postponed.add(entry.k)
                waiting.append((entry, False))
                yield TreeLine(guides, entry, BELOW)
            else:
                written.add(entry.k)
                yield TreeLine(guides, entry, DEEPER if cut else "")
                if not cut:
                    last = len(inputs) - 1
                    stack += [
                        (x, below + ("└─ " if i == last else "├─ "), below + ("   " if i == last else "│  "), level + 1)
                        for i, x in reversed(list(enumerate(inputs)))
                    ]


def _arguments(entry: Entry) -> list[Entry]:
    return [x for x in entry.inputs if isinstance(x, Entry)]


def _nearer(results: Sequence[Entry], depth: int) -> set[int]:
    """The positions of the values that are fewer steps from a result than ``depth``, by the shortest way."""
    found: set[int] = set()
    front = {entry.k: entry for entry in results}
    for _ in range(depth):
        found |= front.keys()
        front = {x.k: x for entry in front.values() for x in _arguments(entry) if x.k not in found}
        if not front:
            break
    return found
