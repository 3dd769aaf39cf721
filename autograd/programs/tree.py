"""A program as a tree of text: a result, below it what it was computed from, and so on down to the leaves.

                        value   gradient
    y = n * n           6.25    1.0
    ├─ n = w * x        2.5     5.0
    │  ├─ w = input     5.0     2.5
    │  └─ x = input     0.5     25.0
    └─ n  ↑ see above

A graph is not a tree: a value that is used several times is written out where it is met first, and pointed to from
then on. What is too deep for the width of the paper is written out further down, at the margin again.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ..core.numbers import whole
from ..text.numbers import short
from ..text.paper import Paper, paper
from .entry import Entry

__all__ = ["LINES", "Tree"]

LINES = 200  # of a larger tree, the beginning
GAP = "  "
ABOVE, BELOW, DEEPER = "↑ see above", "… continued below", "…"
NARROWEST = 8  # columns for what stands behind the guides


class TreeLine(NamedTuple):
    """A line of the tree: the guides, and an entry written out, or pointed to by a remark."""

    guides: str
    entry: Entry
    remark: str

    @property
    def written_out(self) -> bool:
        return self.remark in ("", DEEPER)

    def parts(self, paper: Paper, room: int) -> tuple[str, str, str]:
        """The guides, the text and the remark, in so many columns; a line without numbers has all there are."""
        guides = paper.plain(self.guides)
        remark = paper.plain(self.remark and GAP + self.remark)
        text = f"{self.entry.label} = {self.entry.expression}" if self.written_out else self.entry.label
        room = (room if self.written_out else paper.width) - len(guides) - len(remark)
        return guides, paper.fit(text, max(NARROWEST, room)), remark


class Tree:
    """What a program computes, as text with guides; ``print`` shows it.

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
        text = list(self._table(lines, paper))
        missing = len(self.entries) - len({line.entry.k for line in lines if line.written_out})
        if missing:
            by = " and ".join(f"{name}={limit}" for name, limit in limits.items())
            text.append(paper.plain(f"… {missing:,} of {len(self.entries):,} values are left out, by {by}"))
        return "\n".join(text)

    def _table(self, lines: list[TreeLine], paper: Paper) -> Iterator[str]:
        """The lines, with the numbers of what is written out in columns."""
        numbers = [tuple(short(x, self.digits) for x in (line.entry.value, line.entry.grad)) for line in lines]
        values = max(len(value) for value, _ in [("value", ""), *numbers])
        gradients = max(len(gradient) for _, gradient in [("", "gradient"), *numbers])
        room = paper.width - values - gradients - 2 * len(GAP)
        texts = [line.parts(paper, room) for line in lines]
        wide = max(sum(map(len, parts)) for parts, line in zip(texts, lines, strict=True) if line.written_out)
        yield paper.paint(f"{'':{wide}}{GAP}{'value':{values}}{GAP}gradient", "faint")
        for line, parts, (value, gradient) in zip(lines, texts, numbers, strict=True):
            guides, text, remark = parts
            left = paper.paint(guides, "faint") + text + paper.paint(remark, "faint")
            space = " " * (wide - sum(map(len, parts)))
            yield f"{left}{space}{GAP}{value:{values}}{GAP}{gradient}" if line.written_out else left


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
