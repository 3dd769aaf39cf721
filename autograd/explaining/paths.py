"""The sum over paths: the chain rule with nothing factored out.

    ┌──── loss ───┐   ┌ layer 2 ┐   ┌ link ┐   ┌ layer 1 ┐   ┌ weight ┐
    dL/de · de/da2  ·   da2/dz2   · dz2/da1  ·   da1/dz1   ·   dz1/dw   = 1 × 0.5 × 0.25 × 3 × 1 × 2 = 0.75

Each path from the result down to a value is a product of local derivatives, and the products of all paths add up to
the derivative. There may be exponentially many paths, so they are counted before any is listed; reverse mode adds them
up and walks along every shared part once.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

from ..errors import InputValueError
from ..programs.entry import Entry
from ..stepping.records import Part, Step, untaken
from ..stepping.writing import Pen, in_a_sentence
from ..text.layout import ends, folded
from ..text.names import printable
from .layouts import argument_meant

__all__ = ["Path", "path_block", "paths_to"]

PATHS = 1_000  # the most paths that are listed, and FACTORS the most factors in all of them
FACTORS = 1_000_000
UNCOUNTED = 10**18
QUOTES = "'\""
SHOWN = 16  # factors of a path; of a longer one, the middle is left out


class Path(NamedTuple):
    """A path from a result down to a value.

    Attributes
    ----------
    parts : tuple of Part
        From the result downwards: the entry of each part is the source of the next one. Empty if the value is the
        result.
    product : float
        The product of their slopes; 0 where an operation on the path did not select its argument.
    """

    parts: tuple[Part, ...]
    product: float

    @property
    def entry(self) -> Entry:
        """The operation that uses x."""
        return self.parts[-1].source

    @property
    def factors(self) -> tuple[str, ...]:
        """The local derivatives along the path, in the user's names."""
        return tuple(f"d{part.source.label}/d{part.entry.label}" for part in self.parts)

    @property
    def numbers(self) -> tuple[float, ...]:
        """The numbers of the local derivatives."""
        return tuple(part.slope for part in self.parts)


def paths_to(x: Sequence[Entry], result: Entry, steps: Sequence[Step]) -> tuple[Path, ...]:
    """All paths from a result to a value.

    Parameters
    ----------
    x : sequence of Entry
        The versions of the value.
    result : Entry
        The result.
    steps : sequence of Step
        The steps of a reverse pass from the result to the value.

    Raises
    ------
    InputValueError
        If there are too many paths, or too many factors in them.
    """
    counts = {entry.k: (1, 0) for entry in x}  # by entry: the paths from it to x, and the factors in all of them
    leading: dict[int, list[Part]] = {}
    for step in reversed(steps):
        if step.entry.k not in counts:
            leading[step.entry.k] = [part for part in step.parts if part.entry.k in counts]
            found = [counts[part.entry.k] for part in leading[step.entry.k]]
            if found:
                ways = min(sum(ways for ways, _ in found), UNCOUNTED)
                counts[step.entry.k] = ways, min(sum(ways + factors for ways, factors in found), UNCOUNTED)
    ways, factors = counts[result.k]
    if ways > PATHS or factors > FACTORS:
        many = f"{ways:,}" if ways < UNCOUNTED else f"more than {UNCOUNTED:,}"
        long = f" and {FACTORS:,} factors in them" if ways <= PATHS else ""
        between = f"from {in_a_sentence(result)} to {in_a_sentence(x[0])}"
        raise InputValueError(
            f"{many} paths lead {between}, and at most {PATHS:,}{long} are listed; leave "
            "paths=True away, for the sum over the uses, or look at a value that lies between the two"
        )
    if not leading.get(result.k):
        return (Path((), 1.0),)
    return tuple(Path(parts, _path_product(parts)) for parts in _walk(leading, result.k, {entry.k for entry in x}))


def _walk(leading: dict[int, list[Part]], start: int, goal: set[int]) -> Iterator[tuple[Part, ...]]:
    chain: list[Part] = []
    ahead = [iter(leading[start])]
    while ahead:
        part = next(ahead[-1], None)
        if part is None:
            ahead.pop()
            if chain:
                chain.pop()
        elif part.entry.k in goal:
            yield (*chain, part)
        else:
            chain.append(part)
            ahead.append(iter(leading[part.entry.k]))


def _path_product(parts: Sequence[Part]) -> float:
    """The product as a reverse pass along this path alone computes it: a factor of 0 ends the pass, even before inf."""
    product = 1.0
    for part in parts:
        if not product or untaken(part):
            return 0.0
        product *= part.slope
    return product


# --- Captions ---------------------------------------------------------------------------------------------------------


def model_part(scope: str) -> tuple[str, str]:
    """The path of the part of a model that a scope lies in, and its name; the part ends with the first index.

    Examples
    --------
    >>> model_part("mlp.layers[1].neurons[0]"), model_part("penalty"), model_part("")
    (('mlp.layers[1]', 'layer 2'), ('penalty', 'penalty'), ('', ''))
    """
    path = []
    for segment in scope.split("."):
        path.append(segment)
        found = re.fullmatch(r"(\w+)\[(.+?)\].*", segment)
        if found:
            kind, index = found.groups()
            kind = re.sub(r"(?<=ss)es$|(?<!s)s$", "", kind)
            return ".".join(path), f"{kind} {int(index) + 1}" if index.isdecimal() else f"{kind} {index.strip(QUOTES)}"
    return scope, path[-1]


def _captions(parts: Sequence[Part]) -> list[tuple[str, str]]:
    """For each factor of a path, the part of the model that recorded it and the caption that a lecturer writes over it.

    A factor that was recorded outside all scopes has no caption.
    """
    bearers = Counter(name for _, name in {model_part(part.source.scope) for part in parts})
    return [_caption(part, unique=bearers[model_part(part.source.scope)[1]] == 1) for part in parts]


def _caption(part: Part, unique: bool) -> tuple[str, str]:
    here, name = model_part(part.source.scope)
    there, _ = model_part(part.entry.scope)
    if here and here == there and part.entry.role == "parameter":
        return here, "bias" if _is_added(part) else "weight"
    if here != there and _is_one_of_several(here) and _siblings(here) == _siblings(there):
        return here, "link"
    return here, printable(name if unique else here)


def _is_one_of_several(path: str) -> bool:
    return path.endswith("]")


def _siblings(path: str) -> str:
    return path.rpartition("[")[0]


def _is_added(part: Part) -> bool:
    name = part.source.op.name  # type: ignore[union-attr]
    return name in ("add", "sub", "sum") or (name == "dot" and part.position == len(part.source.inputs) - 1)


# --- Writing ----------------------------------------------------------------------------------------------------------

Cell = tuple[tuple[str, str], str]  # the caption of a factor, and the factor


def path_block(path: Path, mark: str, pen: Pen) -> list[str]:
    """A path as the product of its factors under their captions, and of their numbers; ``mark`` stands before it."""
    parts, paper = path.parts, pen.paper
    first, middle, last = ends(list(zip(_captions(parts), parts, strict=True)), SHOWN - 6, 5)
    shown = [*first, *last]
    cells = [(caption, pen.slope(part.source, part.entry)) for caption, part in shown]
    numbers = [pen.factor(part.slope) for _, part in shown]
    if middle:
        left_out = pen.plain(f"… {len(middle):,} more …")
        cells.insert(len(first), (("", ""), left_out))
        numbers.insert(len(first), left_out)
    lines = []
    indent = " " * len(mark)
    for row in _rows(cells, paper.width - len(mark) - 2):
        above, text = map(pen.plain, _drawn(row))
        if above:
            lines.append(paper.paint(indent + above, "faint"))
        lines.append(mark + text + (pen.plain(" ·") if row[-1] is not cells[-1] else ""))
        mark = indent
    equation = " = ".join(["", *[" × ".join(numbers)] * (len(parts) > 1), pen.number(path.product)]).lstrip()
    remarks = [f"{argument_meant(part)} of {pen.name(part.source)}" for _, part in shown if argument_meant(part)]
    remarks += [*filter(None, (untaken(part, pen.name(part.entry)) for part in parts))][:1]
    equation = pen.plain(": ".join([equation, ", ".join(remarks)] if remarks else [equation]))
    if len(lines[-1]) + 1 + len(equation) <= paper.width:
        lines[-1] += f" {equation}"
    else:
        lines += folded(equation, paper, indent, indent)
    return lines


def _rows(cells: Sequence[Cell], room: int) -> Iterator[list[Cell]]:
    """The factors in lines of at most ``room`` columns."""
    row: list[Cell] = []
    for cell in cells:
        if row and max(map(len, _drawn([*row, cell]))) > room:
            yield row
            row = []
        row.append(cell)
    yield row


def _drawn(row: Sequence[Cell]) -> tuple[str, str]:
    """A line of brackets with captions, and the line of the factors under them."""
    above, below = [], []
    for (_, name), cells in groupby(row, lambda cell: cell[0]):
        text = " · ".join(factor for _, factor in cells)
        wide = max(len(text), len(name) + 4 if name else 0)
        above.append("┌" + f" {name} ".center(wide - 2, "─") + "┐" if name else " " * wide)
        below.append(text.center(wide))
    return "   ".join(above).rstrip(), " · ".join(below).rstrip()
