"""Ragged rows: values that one operation computes from different numbers of operands, as one group.

    z[0] = dot([a], [x])                    [a 0 0]   [x]         one matrix product: rows are completed with zeros
    z[1] = dot([b c], [x y])                [b c 0] · [y]
    z[2] = dot([d e f], [x y z])            [d e f]   [z]

    sum([x, y]), sum([x, -y, z])            [1  1 0]
                                            [1 -1 1] · [x y z]ᵀ   sums are dot products with 1 and -1

    softmax([a]), softmax([b, c])           [a -∞]
                                            [b  c]                one softmax of rows that are completed with -∞

A number that completes a row is a *hole*: a constant that is neutral to the operation. Dot products share a matrix of
terms where each of them reads some of the same numbers. Numbers at holes are not what the program says: an infinity
that stands at a hole must not make a nan of 0 · ∞. So the plans know their holes, and products are computed without
them where a result is not finite.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from ...core import ops, several
from .condensed import BATCHED, BATCHED_ARGUMENTS, CONSTANTS, Condensed, Pack, positions_within
from .grids import Grid, components, find_grid
from .groups import SHARES, Group, Segment

__all__ = ["padded"]

Ids = np.ndarray[Any, Any]
Part = Group | Segment

NEUTRAL = {several.SOFTMAX: -math.inf, several.LOG_SOFTMAX: -math.inf, several.LOGSUMEXP: -math.inf}
SPARE = 500  # holes that cost less than one more operation on arrays
LANES_SPARE = 2  # the same in a batched program, where a hole is one for each sample
SUMS, LANES_SUMS = 32, 8  # the most products of a matrix product, for each term of sums that would be gathered
DOTS = 4  # the same for each product of dot products
CALL = 1 << 15  # products that cost less than one more operation on arrays
SHORT = 4  # sums of fewer terms are computed term by term, unless there are more terms in longer ones
HOLE = -1  # in place of a value


def padded(parts: Sequence[Part], condensed: Condensed) -> list[Part]:
    """Return groups and segments with ragged groups merged where that is cheaper, in the same order."""
    families: dict[Any, list[Group]] = {}
    for part in parts:
        if type(part) is Group:
            families.setdefault(_family(part, condensed), []).append(part)
    families.pop(None, None)
    families = {key: _without_short_sums(family) for key, family in families.items()}
    merged: dict[int, list[Group]] = {}
    for family in families.values():
        if len(family) > 1 or _is_weighted(family, condensed):
            found = _reductions(family, condensed) if family[0].op in NEUTRAL else _linear(family, condensed)
            if found:  # else all groups stay as they are
                merged |= {id(group): [] for group in family} | {id(family[0]): found}
    return [each for part in parts for each in (merged.get(id(part), [part]))]


def _family(part: Group, condensed: Condensed) -> Any:
    """Return what ragged groups must have in common; ``None`` for groups that are never merged."""
    op, buffers = part.op, condensed.buffers
    if op in NEUTRAL:
        return op, part.level, part.batched
    if op is several.DOT or op is ops.MUL:
        sides = buffers[part.operands[0, [0, part.operands.shape[1] // 2]]].tolist()
        if all(side in (BATCHED, BATCHED_ARGUMENTS) for side in sides) or (sides[0] == CONSTANTS and op is ops.MUL):
            return None
        return several.DOT, part.level, part.batched, *sides
    if op is several.SUM and part.operands.max() < condensed.first_part:
        read = buffers[part.operands]
        return (
            (several.DOT, part.level, part.batched, CONSTANTS, int(read[0, 0])) if (read == read[0, 0]).all() else None
        )
    return None


def _is_weighted(family: Sequence[Group], condensed: Condensed) -> bool:
    """True if a family consists of dot products with constants that are no matrix product without a gather."""
    if len(family) != 1 or family[0].op is not several.DOT or condensed.buffers[family[0].operands[0, 0]] != CONSTANTS:
        return False
    family[0].grid = find_grid(*np.split(family[0].operands, 2, axis=1))
    right = None if family[0].grid is None else family[0].grid.right
    return right is None or (len(right) > 1 and len(np.unique(right)) < right.size)


def _without_short_sums(family: list[Group]) -> list[Group]:
    """Return a family without sums of few terms, if these have more terms than longer sums."""
    short = [group for group in family if group.op is several.SUM and group.operands.shape[1] < SHORT]
    if 2 * sum(group.operands.size for group in short) <= sum(group.operands.size for group in family):
        return family
    return [group for group in family if group not in short]


# --- Reductions -------------------------------------------------------------------------------------------------------


def _reductions(family: Sequence[Group], condensed: Condensed) -> list[Group]:
    """Return the groups of a family, with rows completed to the length of longer ones where few holes are needed."""
    spare = LANES_SPARE if family[0].batched else SPARE
    runs: list[list[Group]] = []
    for group in sorted(family, key=lambda group: -group.operands.shape[1]):
        if runs:
            missing = runs[-1][0].operands.shape[1] - group.operands.shape[1]
            if missing * len(group.ids) <= max(spare, group.operands.size // 2):
                runs[-1].append(group)
                continue
        runs.append([group])
    return [_completed(run, condensed) if len(run) > 1 else run[0] for run in runs]


def _completed(run: Sequence[Group], condensed: Condensed) -> Group:
    """Return one group of rows, which are completed with a constant that is neutral to their operation."""
    op, width = run[0].op, run[0].operands.shape[1]
    (hole,) = condensed.new_constants(np.array([NEUTRAL[op]])).tolist()
    rows = []
    for group in run:
        operands = np.full((len(group.ids), width), hole)
        operands[:, : group.operands.shape[1]] = group.operands
        if op in SHARES:  # which of the shares: counted from the end of a shorter row, it would be another one
            which = condensed.constants(group.operands[:, 0]) % (group.operands.shape[1] - 1)
            numbers, kind = np.unique(which, return_inverse=True)
            operands[:, 0] = condensed.new_constants(numbers)[kind.reshape(-1)]
        rows.append(operands)
    ids = np.concatenate([group.ids for group in run])
    return _group(op, ids, np.concatenate(rows), run[0], hole, condensed)


def _group(op: Any, ids: Ids, operands: Ids, like: Group, hole: int, condensed: Condensed) -> Group:
    order = np.argsort(condensed.order[ids], kind="stable")
    group = Group(Pack(op, ids, operands), order, like.level, like.batched)
    group.hole = hole
    return group


# --- Sums and dot products --------------------------------------------------------------------------------------------


class Terms(NamedTuple):
    """The terms of sums of products: the number of the sum, and the two factors; a weight of a sum is coded below 0."""

    sums: Ids
    left: Ids
    right: Ids


def _linear(family: Sequence[Group], condensed: Condensed) -> list[Group]:
    """Return the groups of a family, of which some are matrix products with holes; none if no product is found."""
    if any(group.op is several.SUM or condensed.buffers[group.operands[0, 0]] == CONSTANTS for group in family):
        terms, weights = _of_sums(family, condensed)
    else:
        family = sorted(family, key=lambda group: group.op is ops.MUL)
        terms, weights = _of_products(family), np.empty(0)
    counts = [len(group.ids) for group in family]
    ids = np.concatenate([group.ids for group in family])
    rank = np.argsort(np.argsort(condensed.order[ids], kind="stable"))
    owner = np.repeat(np.arange(len(family)), counts)
    left_over = np.ones(len(ids), dtype=bool)
    found = []
    for those, grid in _grids(terms, owner, rank, family[0].batched, weighted=len(weights) > 0):
        numbers = condensed.new_constants(np.array([0.0, *weights]))
        hole = int(numbers[0])
        at = np.flatnonzero(np.isin(terms.sums, those))
        lengths = np.bincount(terms.sums[at], minlength=len(ids))[those]
        sides = [np.full((len(those), int(lengths.max())), hole) for _ in range(2)]
        number = np.full(len(ids), -1)
        number[those] = np.arange(len(those))
        row, order = number[terms.sums[at]], np.argsort(number[terms.sums[at]], kind="stable")
        position = positions_within(lengths)
        for side, factor in zip(sides, (terms.left, terms.right), strict=True):
            side[row[order], position] = _named(factor[at][order], numbers)
        group = Group(Pack(several.DOT, ids[those], np.concatenate(sides, axis=1)), np.arange(len(those)),
                      family[0].level, family[0].batched)  # fmt: skip
        group.hole = hole
        group.grid = grid._replace(left=_named(grid.left, numbers), right=_named(grid.right, numbers), hole=hole)
        found.append(group)
        left_over[those] = False
    if not found:
        return []
    ends = np.cumsum(counts)
    for group, begin, end in zip(family, ends - counts, ends, strict=True):
        rest = np.flatnonzero(left_over[begin:end])
        if len(rest):
            pack = Pack(group.op, group.ids, group.operands, group.signs)
            found.append(Group(pack, rest, group.level, group.batched))
    return found


def _named(coded: Ids, numbers: Ids) -> Ids:
    """Return values with the constants that stand for holes and weights in place of their codes."""
    return np.where(coded < 0, numbers[np.maximum(-1 - coded, 0)], coded)


def _of_products(family: Sequence[Group]) -> Terms:
    begins = np.cumsum([0, *(len(group.ids) for group in family)])
    sides = [np.split(group.operands, 2, axis=1) for group in family]
    sums = [
        np.repeat(begin + np.arange(len(left)), left.shape[1])
        for begin, (left, _) in zip(begins[:-1], sides, strict=True)
    ]
    return Terms(np.concatenate(sums), *(np.concatenate([pair[k].ravel() for pair in sides]) for k in range(2)))


def _of_sums(family: Sequence[Group], condensed: Condensed) -> tuple[Terms, Ids]:
    """Return the terms of sums and the numbers that they are multiplied by; a term that is met twice counts double."""
    sums, values, factors, begin = [], [], [], 0
    for group in family:
        if group.op is several.DOT:
            left, read = np.split(group.operands, 2, axis=1)
            factors.append(condensed.constants(left).ravel())
        else:
            read = group.operands
            factors.append(np.tile(np.array(group.signs, dtype=np.float64), len(group.ids)))
        sums.append(np.repeat(begin + np.arange(len(read)), read.shape[1]))
        values.append(read.ravel())
        begin += len(read)
    kinds, which = np.unique(np.stack([np.concatenate(sums), np.concatenate(values)]), axis=1, return_inverse=True)
    weights, code = np.unique(np.bincount(which.reshape(-1), np.concatenate(factors)), return_inverse=True)
    return Terms(kinds[0], HOLE - 1 - code.reshape(-1), kinds[1]), weights


def _grids(terms: Terms, owner: Ids, rank: Ids, lanes: bool, weighted: bool) -> Iterator[tuple[Ids, Grid]]:
    """Yield sums of different groups, and the matrix products that compute them.

    Sums that read some of the same numbers, and those that these are connected with, are completed to the same terms.
    """
    for right in (True,) if weighted else (True, False):
        mine, others = (terms.right, terms.left) if right else (terms.left, terms.right)
        names, key = np.unique(mine, return_inverse=True)
        key = key.reshape(-1)
        of_sum, of_key = components(terms.sums, key, len(owner), len(names))
        widths = np.bincount(of_key)  # terms of each component
        position = np.empty(len(names), dtype=np.int64)
        order = np.argsort(of_key, kind="stable")
        position[order] = positions_within(np.bincount(of_key[order], minlength=len(widths)))
        found = []
        for width in np.unique(widths).tolist():
            those = np.flatnonzero(widths[of_sum] == width)
            groups = len(np.unique(owner[those]))
            if groups == 1 and owner[-1]:
                continue
            those = those[np.argsort(rank[those])]
            at = np.flatnonzero(widths[of_sum[terms.sums]] == width)
            each = DOTS if not weighted else LANES_SUMS if lanes else SUMS
            most = each * len(at) + (0 if lanes else CALL * (groups - 1))
            if len(those) * width > most:
                continue
            number = np.full(len(owner), -1)
            number[those] = np.arange(len(those))
            holed = np.full((len(those), width), HOLE)
            cells = number[terms.sums[at]], position[key[at]]
            holed[cells] = others[at]
            if np.count_nonzero(holed != HOLE) < len(at):  # a product with the same number is met twice
                continue
            of_width = np.flatnonzero(widths[of_key] == width)
            table = np.empty((len(widths), width), dtype=np.int64)
            table[of_key[of_width], position[of_width]] = names[of_width]
            whole = table[of_sum[those]]
            grid = find_grid(holed, whole) if right else find_grid(whole, holed)
            if grid is not None and math.prod(grid.shape) * width <= most:
                found.append((those, grid))
        if found:
            yield from found
            return
