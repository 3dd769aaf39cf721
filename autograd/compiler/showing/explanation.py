"""An explanation, in words, of the patterns that the compiler recognised in a function or did not, and why.

    %1: 1,600 dot products of 2 terms = one (16×2)·(2×100) product

Each sentence names the lines of the program that it is about.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from ...text.layout import folded
from ...text.paper import Paper, paper
from ..lowering.condensed import FLATS
from ..lowering.groups import NARROW
from ..lowering.plans import Plan
from ..running.variant import Branch, Variant
from .lines import ArrayLine
from .listing import array_program
from .programs import ArrayProgram

__all__ = ["ArrayExplanation", "Section", "in_words"]

MENTIONED = 4  # the most lines that a sentence names; of more, it names the first two and the last
QUESTIONS = 8
LINES = 20  # the most lines of a section


class Section(NamedTuple):
    """Sentences that belong together.

    Attributes
    ----------
    title : str
        Their topic.
    sentences : tuple of str
        The sentences. Each begins with the labels of the lines of the program that it is about.
    """

    title: str
    sentences: tuple[str, ...]


class ArrayExplanation:
    """An explanation of a compiled function: the patterns that were recognised or not, and why; ``print`` shows it.

    Made by the method ``explain`` of a compiled function.

    Attributes
    ----------
    program : ArrayProgram
        The program that is explained.
    headline : str
        A summary in one sentence.
    sections : tuple of Section
        The details, by topic.

    Examples
    --------
    >>> import numpy as np
    >>> import autograd
    >>> from autograd import Value
    >>> w = [[Value(0.5), Value(1.0)], [Value(-2.0), Value(0.0)]]
    >>> @autograd.compile
    ... def f(x):
    ...     return [(row[0] * x[0] + row[1] * x[1]).tanh() for row in w]
    >>> f(np.array([[1.0, 0.0], [0.0, 1.0], [2.0, 0.5]])).sum().backward()
    >>> round(w[1][0].grad, 4)
    0.0733
    >>> f.explain()
    f: 8 scalar operations for each sample became 2 array operations for all of them
    recognised
      %1: 2 dot products of 2 terms = one (2×2)·(2×B) product
      %2: 1 operation element by element: tanh, on 2 numbers for each sample
    given
      x: for each of B samples
      4 parameters live in one flat array
    """

    def __init__(self, program: ArrayProgram, headline: str, sections: Iterable[Section]) -> None:
        self.program, self.headline = program, headline
        self.sections = tuple(section for section in sections if section.sentences)

    def __str__(self) -> str:
        return self.on(paper())

    __repr__ = __str__

    def on(self, paper: Paper) -> str:
        """Return the text for a paper."""
        lines = _folded(self.headline, paper, "")
        for section in self.sections:
            lines.append(paper.paint(paper.plain(section.title), "bold"))
            told = [line for sentence in section.sentences for line in _folded(sentence, paper, "  ")]
            lines += told[:LINES]
            if len(told) > LINES:
                lines.append(paper.plain(f"  … {len(told) - LINES:,} more lines …"))
        return "\n".join(lines)


def _folded(sentence: str, paper: Paper, indent: str) -> list[str]:
    return folded(sentence, paper, indent, f"{indent}    ", least=40, divide=False)


def in_words(variant: Variant, name: str) -> ArrayExplanation:
    """Return the explanation of a program."""
    program = array_program(variant, name)
    lines = [line for line in program if line.plan is not None]
    return ArrayExplanation(
        program,
        _headline(variant, name, lines),
        [
            Section("recognised", (*_collected(lines, _recognised), *_elementwise(lines), *_merged(variant))),
            Section("not recognised", (*_collected(lines, _left), *_gathered(program))),
            Section("compiled by numba", tuple(_fused(variant, lines))),
            Section("given", tuple(_given(variant, program))),
            Section("branches", tuple(_branches(variant.guards))),
        ],
    )


def _headline(variant: Variant, name: str, lines: Sequence[ArrayLine]) -> str:
    segments: list[Any] = [line.plan for line in lines if line.plan is not None and line.plan.kind == "segment"]
    single = sum(len(plan.part) for plan in segments)
    scalars = _count(variant.operations, "scalar operation")
    arrays = _count(len(lines) - len(segments), "array operation")
    if single and len(lines) == len(segments):
        arrays = f"{_count(single, 'operation')} on single numbers"
    elif single:
        arrays += f" and {single:,} on single numbers"
    if variant.batched:
        return f"{name}: {scalars} for each sample became {arrays} for all of them"
    return f"{name}: {scalars} became {arrays}"


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'s' * (number != 1)}"


def _named(lines: Iterable[ArrayLine]) -> str:
    labels = [line.label for line in lines]
    if len(labels) > MENTIONED:
        labels[2:-1] = ["…"]
    return ", ".join(labels)


def _collected(lines: Iterable[ArrayLine], sentence: Callable[[ArrayLine], str]) -> Iterator[str]:
    """Return the sentences about lines; the same sentence about several lines once."""
    found: dict[str, list[ArrayLine]] = {}
    for line in lines:
        found.setdefault(sentence(line), []).append(line)
    found.pop("", None)
    for text, alike in found.items():
        times = f"{len(alike):,} times " if len(alike) > 1 else ""
        yield f"{_named(alike)}: {times}{text}"


# --- Recognised patterns ----------------------------------------------------------------------------------------------


def _recognised(line: ArrayLine) -> str:
    plan: Any = line.plan
    if plan.kind == "product":
        return _product_words(plan, line.lanes)
    if plan.kind in ("over", "pairs"):
        terms = len(plan.operands[0].rows) // plan.count
        number = f"{line.operation} of" if plan.count == 1 else f"{plan.count:,} times {line.operation} of"
        return f"{number} {_ranged(plan, terms, 'number')} = one reduction"
    if plan.kind == "shares":
        width = plan.operands[0].shape[1]
        return f"{line.operation} of {_count(plan.count // width, 'row')} of {_ranged(plan, width)} = one operation"
    return ""


def _product_words(plan: Plan, lanes: bool) -> str:
    """Return a sentence about dot products that are a matrix product."""
    part: Any = plan.part
    blocks, rows, columns = plan.shape
    terms = len(plan.operands[0].rows) // (blocks * rows)
    if blocks * rows * columns == 1 and not lanes:
        return f"a sum of {terms:,} products = one dot product"
    width = f"{columns:,}" if not lanes else "B" if columns == 1 else f"{columns:,}B"
    matrices = f"({rows:,}×{terms:,})·({terms:,}×{width}) product"
    result = f"one {matrices}" if blocks == 1 else f"{blocks:,} {matrices}s in one"
    unasked = int((plan.ids < 0).sum())
    rest = f", with {_count(unasked, 'cell')} that no value needs" if unasked else ""
    is_sum = part.hole >= 0 and any(operand.constant is not None for operand in plan.operands)
    number = _count(len(part.ids), "sum" if is_sum else "dot product")
    return f"{number} of {_ranged(plan, terms, 'term')} = {result}{rest}"


def _ranged(plan: Plan, length: int, noun: str = "") -> str:
    """Return the length of rows, or the least and the most of them."""
    part: Any = plan.part
    found = f"{length:,}"
    if part.hole >= 0:
        operands = part.operands[:, : part.operands.shape[1] // 2] if plan.kind == "product" else part.operands
        lengths = (operands != part.hole).sum(axis=1) - (plan.kind == "shares")
        least, most = lengths.min(), lengths.max()
        found = f"{most:,}" if least == most else f"{least:,} to {most:,}"
    return f"{found} {noun}{'s' * (found != '1')}" if noun else found


def _elementwise(lines: Iterable[ArrayLine]) -> Iterator[str]:
    """Return a sentence about all elementwise operations."""
    found = [line for line in lines if line.plan is not None and line.plan.kind == "each"]
    if found:
        names = Counter(line.operation for line in found)
        each = ", ".join(name if count == 1 else f"{count:,} {name}" for name, count in names.most_common())
        sizes = [line.plan.count for line in found]  # type: ignore[union-attr]
        most = _count(max(sizes), "number")
        size = most if min(sizes) == max(sizes) else f"{min(sizes):,} to {most}"
        lanes = " for each sample" if any(line.lanes for line in found) else ""
        yield f"{_named(found)}: {_count(len(found), 'operation')} element by element: {each}, on {size}{lanes}"


def _merged(variant: Variant) -> Iterator[str]:
    if variant.merged:
        yield f"{_count(variant.merged, 'recorded operation')} equal to another: computed once"


# --- Patterns that were not recognised --------------------------------------------------------------------------------


def _left(line: ArrayLine) -> str:
    """Return a sentence on an operation that was not recognised, and why; empty for other plans."""
    plan: Any = line.plan
    if plan.kind == "segment":
        return (
            f"{_count(len(plan.part), 'operation')} stay single numbers, one after the other: with fewer "
            f"than {NARROW} operands at a time, that is faster than arrays"
        )
    if plan.kind != "inner":
        return ""
    operands, count = plan.part.operands, len(plan.part.ids)
    half = operands.shape[1] // 2
    stay = f"{_count(count, 'dot product')} of {_count(half, 'term')}, one by one and not as a matrix product: "
    if all(operand.batched for operand in plan.operands):
        return f"{stay}both factors differ from sample to sample"
    left, right = (len(np.unique(side, axis=0)) for side in (operands[:, :half], operands[:, half:]))
    return f"{stay}of {left:,} × {right:,} pairs of left and right factors only {count:,} are needed"


def _gathered(program: ArrayProgram) -> Iterator[str]:
    """Return sentences about operands that are gathered."""
    for line in program.computed:
        if line.plan is not None and line.plan.is_link:
            continue
        for reading in {each.name: each for each in line.operands if each.kind == "gather"}.values():
            why = "its places are not evenly spaced" if len(reading.lines) == 1 else "it lies in several places"
            yield f"{line.label}: {reading.name} is gathered into a copy at each call, since {why}"


def _fused(variant: Variant, lines: Sequence[ArrayLine]) -> Iterator[str]:
    """Return sentences about operations that are fused into compiled loops, and about those that are not."""
    if variant.fuse is None:
        return
    fuser = next(reversed(variant.bounds.values()))[-1][0].fuser
    numbers = {id(plan): k for k, plan in enumerate(variant.layout.singly())}
    found: dict[str, list[ArrayLine]] = {"fused into loops": [], "multiplied by the BLAS": [], "left to numpy": []}
    for line in lines:
        k = numbers[id(line.plan)]
        how = (
            "left to numpy"
            if k in fuser.left
            else "multiplied by the BLAS"
            if k in fuser.products
            else "fused into loops"
        )
        found[how].append(line)
    for how, those in found.items():
        if those:
            yield f"{_named(those)}: {_count(len(those), 'array operation')} {how}"


# --- Arguments, parameters and branches -------------------------------------------------------------------------------


def _given(variant: Variant, program: ArrayProgram) -> Iterator[str]:
    arguments = [line for line in program if line.role == "input"]
    for lanes, words in (
        (True, "for each of B samples"),
        (False, "the same for all samples" if variant.batched else ""),
    ):
        names = ", ".join(line.label for line in arguments if line.lanes is lanes)
        if names:
            yield f"{names}: {words}" if words else f"{names}: read at each call"
    count = len(variant.parameter_names)
    buffers = variant.layout.buffers[:count]
    moved = int((buffers >= FLATS).sum())
    if moved:
        flats = len(variant.flats)
        live = _count(moved, "parameter") + (" live" if moved > 1 else " lives")
        yield f"{live} in {'one flat array' if flats == 1 else f'{flats:,} flat arrays'}"
    if moved < count:
        yield f"{_count(count - moved, 'parameter')} of a class other than Value, read one by one"
    constants = sum(line.numbers.size for line in program if line.role == "constant")
    if constants:
        yield f"{_count(constants, 'number')} baked in as constants"


def _branches(guards: list[Branch]) -> Iterator[str]:
    for guard in guards[:QUESTIONS]:
        asked = f", tested at {guard.source}" if guard.source != "None" else ""
        yield f"{guard.question} was {'true' if guard.answer else 'false'}{asked}; each call tests it again"
    if len(guards) > QUESTIONS:
        yield f"… {len(guards) - QUESTIONS:,} more branches …"
