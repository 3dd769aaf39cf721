"""The leaves of an array program as named arrays: blocks of parameters, arguments, constants.

    mlp.layers[0].neurons[0]  w[0] w[1] b         W1[16,2]   mlp.layers[0] w
    mlp.layers[0].neurons[1]  w[0] w[1] b   →     b1[16]     mlp.layers[0] b
    …

Parameters that an operation reads together are a block. Blocks of factors of matrix products are formed first,
then blocks of the smallest operands, so that a penalty on all parameters does not make one block of them.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import takewhile
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np

from ...core.several import SUM
from ...text.names import quoted
from ..lowering.condensed import FLATS, SCALARS
from ..lowering.layout import Layout
from ..lowering.plans import Operand, Plan

__all__ = ["Leaf", "program_leaves", "unit_free"]

Shape = tuple[int, ...]
Ids = np.ndarray[Any, Any]

FEW = 4  # the most stems that are joined into one name


class Leaf(NamedTuple):
    """A block of parameters, or an argument.

    Attributes
    ----------
    label : str
        Its name in the program.
    role : str
        ``"parameter"`` or ``"input"``.
    buffer : int
        The buffer in which it is kept.
    places : ndarray
        The places in the buffer, in order.
    shape : tuple of int
        The shape, without the batch axis.
    scope, about : str
        The module to which the parameters belong, and their name in it.
    """

    label: str
    role: str
    buffer: int
    places: Ids
    shape: Shape
    scope: str = ""
    about: str = ""


def unit_free(shape: Iterable[int]) -> Shape:
    """Return a shape without axes of length 1."""
    return tuple(length for length in shape if length > 1)


def program_leaves(
    layout: Layout,
    names: Sequence[tuple[str | None, str]],
    arguments: Iterable[str],
    tensors: Mapping[str, str] = MappingProxyType({}),
) -> list[Leaf]:
    """Return the parameters and arguments that a program reads, as named arrays.

    Parameters
    ----------
    layout : Layout
        The plans of the program.
    names : sequence of (str or None, str)
        The name and scope of each parameter.
    arguments : iterable of str
        The name of each number in the arguments.
    tensors : mapping of str to str
        The scopes of the tensors among the arguments, which are parameters, by their names.
    """
    given = _arguments(layout, len(names), list(arguments), tensors)
    blocks = _blocks(layout, names)
    blocks.sort(key=lambda block: block.first)
    labels = _labels(
        [block.base for block in blocks], [block.scope for block in blocks], {leaf.label for leaf in given}
    )
    found = [
        Leaf(label, "parameter", block.buffer, block.places, block.shape, block.scope, block.about)
        for label, block in zip(labels, blocks, strict=True)
    ]
    return [*found, *given]


# --- Arguments --------------------------------------------------------------------------------------------------------


def _arguments(layout: Layout, first: int, names: Sequence[str], tensors: Mapping[str, str]) -> list[Leaf]:
    """Return the arguments; numbers that are called ``x[0]``, ``x[1]``, … are one array."""
    by_name: dict[tuple[str, int], list[int]] = {}
    for k, name in enumerate(names):
        by_name.setdefault((name.partition("[")[0], int(layout.buffers[first + k])), []).append(k)
    labels = _unique([base for base, _ in by_name], set())
    return [
        Leaf(
            label,
            "parameter" if base in tensors else "input",
            buffer,
            layout.places[first + np.array(numbers)],
            _shape([names[k] for k in numbers]),
            tensors.get(base, ""),
            base if base in tensors else "",
        )
        for label, ((base, buffer), numbers) in zip(labels, by_name.items(), strict=True)
    ]


def _shape(names: Sequence[str]) -> Shape:
    """Return the shape of the array with elements of these names: (2, 3) for ``x[0, 0]``, …, ``x[1, 2]``."""
    indices = [tuple(map(int, re.findall(r"\d+", name[name.find("[") :]))) if "[" in name else () for name in names]
    if len({len(index) for index in indices}) == 1:
        shape = tuple(max(axis) + 1 for axis in zip(*indices, strict=True))
        if math.prod(shape) == len(names):
            return shape
    return (len(names),)


def _unique(names: Iterable[str], taken: set[str]) -> list[str]:
    found = []
    for name in names:
        label, k = name, 1
        while label in taken:
            k += 1
            label = f"{name}_{k}"
        taken.add(label)
        found.append(label)
    return found


# --- Parameters -------------------------------------------------------------------------------------------------------


class _Block(NamedTuple):
    first: int  # the number of the plan that reads it
    base: str
    buffer: int
    places: Ids
    shape: Shape
    scope: str
    about: str


def _reads(layout: Layout) -> Iterator[tuple[int, Any, int, Ids, Shape]]:
    """Yield each operand with parameters: the plan and its number, the buffer, the places, and the shape."""
    count = len(layout.condensed.columns.parameters)
    own = {buffer: np.unique(layout.places[:count][layout.buffers[:count] == buffer])
           for buffer in set(layout.buffers[:count].tolist())}  # fmt: skip
    plans = layout.singly()
    operands: list[tuple[int, Any, Operand]] = [(k, plan, x) for k, plan in enumerate(plans) for x in plan.operands]
    results = np.array(layout.condensed.results, dtype=np.int64)
    if len(results):
        operands.append((len(plans), None, Operand(results, layout.condensed, layout.places, layout.buffers)))
    for k, plan, operand in operands:
        if operand.constant is not None:
            continue
        for buffer, rows in [(a, r) for a, r, _ in operand.pieces] or [(operand.buffer, operand.rows)]:
            if buffer in own and (buffer >= FLATS or buffer == SCALARS):
                mine = rows if buffer >= FLATS else rows[np.isin(rows, own[buffer])]
                if len(mine):
                    yield k, plan, buffer, mine, operand.shape if len(mine) == len(operand.rows) else (len(mine),)


def _blocks(layout: Layout, names: Sequence[tuple[str | None, str]]) -> list[_Block]:
    taken: dict[int, set[int]] = {}
    reads = list(_reads(layout))
    sizes = [len(np.unique(rows)) for _, _, _, rows, _ in reads]
    who = {(int(layout.buffers[k]), int(layout.places[k])): names[k] for k in range(len(names))}
    blocks = []
    for j in sorted(range(len(reads)), key=lambda j: (not _is_factor(reads[j][1]), sizes[j], reads[j][0])):
        k, plan, buffer, rows, shape = reads[j]
        seen = taken.setdefault(buffer, set())
        _, order = np.unique(rows, return_index=True)
        places = rows[np.sort(order)]
        new = np.array([place for place in places.tolist() if place not in seen], dtype=np.int64)
        if len(new):
            seen.update(new.tolist())
            shape = unit_free(shape) if len(new) == len(rows) else unit_free([len(new)])
            known = [who[buffer, place] for place in new.tolist()]
            scope, about = _common([scope for _, scope in known]), _stem([name for name, _ in known])
            base = _base(about, plan, shape)
            blocks.append(_Block(k, base, buffer, new, shape, scope, about))
    return blocks


def _is_factor(plan: Plan | None) -> bool:
    """True for a matrix product with several cells, unlike a sum of squares."""
    return plan is not None and plan.kind == "product" and (plan.batched or plan.count > 1)


def _common(scopes: Sequence[str]) -> str:
    """Return the innermost module that contains all scopes."""
    first, last = min(scopes).split("."), max(scopes).split(".")
    pairs = zip(first, last, strict=False)
    return ".".join(a for a, _ in takewhile(lambda pair: pair[0] == pair[1], pairs))


def _stem(names: Sequence[str | None]) -> str:
    """Return the common stem of names, such as ``w`` of ``w[0]`` and ``w[1]``; empty if there are several stems."""
    if len(names) == 1:
        return names[0] or ""
    stems = list(dict.fromkeys(re.sub(r"(\[[^\]]*\])+$|_?\d+$", "", name or "") for name in names))
    short = 1 < len(stems) <= FEW and all(len(stem) == 1 for stem in stems)  # Q, K and V are one matrix: QKV
    return "".join(stems) if short or len(stems) == 1 else ""


def _base(stem: str, plan: Plan | None, shape: Shape) -> str:
    """Return the name of a block; that of a matrix is a capital letter."""
    if stem:
        return quoted(stem.upper() if len(stem) == 1 and len(shape) > 1 else stem)
    if _is_factor(plan):
        return "W" if len(shape) > 1 else "w"
    return "b" if plan is not None and plan.kind == "each" and plan.part.op is SUM else "p"


def _labels(bases: Sequence[str], scopes: Sequence[str], taken: set[str]) -> list[str]:
    """Return distinct names: ``W1`` and ``b1`` in one module, ``W2`` and ``b2`` in the next."""
    letters = [base.upper() for base in bases]
    several = {letter for letter in letters if letters.count(letter) > 1}
    numbers = {scope: k + 1 for k, scope in enumerate(dict.fromkeys(scopes))}
    used = {base for base, letter in zip(bases, letters, strict=True) if letter not in several} | taken
    found = []
    for base, letter, scope in zip(bases, letters, scopes, strict=True):
        label = base
        if letter in several or base in taken:
            k = numbers[scope]
            while f"{base}{k}" in used or f"{letter}{k}" in used:
                k += 1
            label = f"{base}{k}"
            used.add(label)
        found.append(label)
    return found
