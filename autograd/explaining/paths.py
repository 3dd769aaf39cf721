"""The sum over paths: the chain rule with nothing factored out.

    ┌──── loss ───┐   ┌ layer 2 ┐   ┌ link ┐   ┌ layer 1 ┐   ┌ weight ┐
    dL/de · de/da2  ·   da2/dz2   · dz2/da1  ·   da1/dz1   ·   dz1/dw   = 1 × 0.5 × 0.25 × 3 × 1 × 2 = 0.75

Every way to walk from the result down to a value is a product of local derivatives, and all of them add up to the
derivative. There may be exponentially many, so they are counted before any is listed; reverse mode is the way to add
them up without walking twice along what they share.
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
from ..text.layout import ends, folded
from ..text.numbers import brief
from ..text.paper import Paper
from .uses import factor, slope_name, which

__all__ = ["Path", "path_lines", "paths_to"]

PATHS = 1_000  # that are listed; and so many factors in all of them
FACTORS = 1_000_000
UNCOUNTED = 10**18
QUOTES = "'\""
SHOWN = 16  # factors of a path; of a longer one, the middle is left out


class Path(NamedTuple):
    """A way from a result down to a value.

    Attributes
    ----------
    parts : tuple of Part
        From the result downwards: the next part's source is what this one's entry is. Empty if the value is the result.
    product : float
        The product of their slopes; 0 where something on the way was not taken.
    """

    parts: tuple[Part, ...]
    product: float


def paths_to(x: Sequence[Entry], result: Entry, steps: Sequence[Step]) -> tuple[Path, ...]:
    """All paths from a result to a value, given as the entries of its versions; ``steps`` is a reverse pass.

    Raises
    ------
    InputValueError
        If there are too many.
    """
    counts = {entry.k: (1, 0) for entry in x}  # of paths from here to x, and of factors in all of them
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
        raise InputValueError(
            f"{many} paths lead from {result.label} to {x[0].label}, and at most {PATHS:,}{long} are listed; leave "
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
    """As a reverse pass along this path alone has it: what was not taken, and what a 0 meets, is 0."""
    product = 1.0
    for part in parts:
        if not product or untaken(part):
            return 0.0
        product *= part.slope
    return product


# --- Captions ---------------------------------------------------------------------------------------------------------


def model_part(scope: str) -> tuple[str, str]:
    """The part of a model that a scope lies in, and what it is called: down to the first of several, as a layer is.

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
    """For each factor of a path the unit in which it was recorded, and what a lecturer writes over it.

    Nothing is written over what was recorded outside all scopes.
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
    return here, name if unique else here


def _is_one_of_several(unit: str) -> bool:
    return unit.endswith("]")


def _siblings(unit: str) -> str:
    return unit.rpartition("[")[0]


def _is_added(part: Part) -> bool:
    name = part.source.op.name  # type: ignore[union-attr]
    return name in ("add", "sub", "sum") or (name == "dot" and part.position == len(part.source.inputs) - 1)


# --- Writing ----------------------------------------------------------------------------------------------------------

Cell = tuple[tuple[str, str], str]  # the caption of a factor, and the factor


def path_lines(path: Path, mark: str, paper: Paper, digits: int) -> list[str]:
    """A path as the product of its factors under their captions, and of their numbers; its first line bears a mark."""
    parts = path.parts
    first, middle, last = ends(list(zip(_captions(parts), parts, strict=True)), SHOWN - 6, 5)
    shown = [*first, *last]
    cells = [(caption, slope_name(part.source, part.entry.label, paper)) for caption, part in shown]
    numbers = [factor(part.slope, digits) for _, part in shown]
    if middle:
        left_out = paper.plain(f"… {len(middle):,} more …")
        cells.insert(len(first), (("", ""), left_out))
        numbers.insert(len(first), left_out)
    lines = []
    indent = " " * len(mark)
    for row in _rows(cells, paper.width - len(mark) - 2):
        above, text = map(paper.plain, _drawn(row))
        if above:
            lines.append(paper.paint(indent + above, "faint"))
        lines.append(mark + text + (paper.plain(" ·") if row[-1] is not cells[-1] else ""))
        mark = indent
    equation = " = ".join(["", *[" × ".join(numbers)] * (len(parts) > 1), brief(path.product, digits)]).lstrip()
    remarks = [f"{which(part)} of {part.source.label}" for _, part in shown if which(part)]
    remarks += [*filter(None, map(untaken, parts))][:1]
    equation = paper.plain(": ".join([equation, ", ".join(remarks)] if remarks else [equation]))
    if len(lines[-1]) + 1 + len(equation) <= paper.width:
        lines[-1] += f" {equation}"
    else:
        lines += folded(equation, paper, indent, indent)
    return lines


def _rows(cells: Sequence[Cell], room: int) -> Iterator[list[Cell]]:
    """The factors in lines of so many columns."""
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
