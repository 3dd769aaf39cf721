"""From operations of two numbers to sums of products, and from these to groups of alike.

    ((b + w1 x1) + w2 x2) + w3 x3      recorded one by one, or by `dot`, or by a loop
    dot([w1 w2 w3], [x1 x2 x3]) + b    however it was written

Equal subexpressions are one value. Additions that are used once become a sum of several terms with signs. In a sum, a
run of products of one kind is a *dot product*; a single product stays a product. In each product the lower kind goes
left: parameter, constant, argument, computed; what is the same for all lanes before what is not.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from .. import ops
from ..table import Primitive
from .columns import COMPUTED, CONSTANT, Columns

__all__ = ["CONSTANTS", "FLATS", "LANED", "LANED_ARGUMENTS", "LOOSE", "UNIFORM", "Condensed", "Line", "condense"]

# Where values are kept: one array for each of these, and one for each flat array of parameters from FLATS up.
UNIFORM, LANED, CONSTANTS, LOOSE, LANED_ARGUMENTS, FLATS = range(6)

STEAL = 64  # terms: a right-hand side of more becomes a sum of its own, so that none is copied over and over
FEW = 8  # terms of a sum that may be of several kinds
LINEAR = {ops.ADD, ops.SUB, ops.NEG, ops.SUM, ops.DOT}

Term = tuple[int, int, int]  # a sign, and a product of two values; or of one, with -1 for the other


class Line(NamedTuple):
    """What a value is computed by.

    Attributes
    ----------
    value : int
        The value.
    op : Primitive
        ``DOT`` for a dot product without a bias, ``SUM`` for a sum with signs, or any other operation.
    operands : list of int
        The values it is computed from. Of a dot product, the left factors and then the right ones.
    signs : tuple of int
        Of the terms of a sum.
    """

    value: int
    op: Primitive
    operands: list[int]
    signs: tuple[int, ...] = ()


class Condensed:
    """A record after equal subexpressions were merged and sums were formed.

    Attributes
    ----------
    lines : list of Line
        In the order of the record.
    kinds, arenas, levels : list of int
        What each value is, where it is kept, and the length of the longest way to it.
    laned : list of bool
        Whether it differs from lane to lane.
    results : list of int
        The values asked for.
    merged : int
        How many recorded operations were equal to another.
    """

    def __init__(self, columns: Columns, arenas: Sequence[int]) -> None:
        self.columns = columns
        self.lines: list[Line] = []
        self.arenas = list(arenas)
        self.kinds = columns.kinds()
        self.levels = [0] * len(self.kinds)
        self.laned = [arena in (LANED, LANED_ARGUMENTS) for arena in self.arenas]
        self.results: list[int] = []
        self.merged = 0

    def constant(self, value: int) -> float:
        """The number of a constant."""
        columns = self.columns
        number: float = columns.constants[value - len(columns.parameters) - columns.arguments]
        return number


def condense(columns: Columns, arenas: Sequence[int]) -> Condensed:
    """Form the sums of a record whose leaves are kept in these arenas."""
    condensed = Condensed(columns, arenas)
    _Sums(condensed).run()
    return condensed


def _merged(columns: Columns) -> tuple[list[int], list[int]]:
    """For each value the first that is equal to it, and the number of the operation of each computed one."""
    numbers = {op: k for k, op in enumerate(dict.fromkeys(columns.operations))}
    codes = [numbers[op] for op in columns.operations]
    starts, operands = columns.starts, columns.operands
    first = list(range(columns.leaves))
    seen: dict[Any, int] = {}
    value = columns.leaves
    for k, code in enumerate(codes):
        begin, end = starts[k], starts[k + 1]
        if end - begin == 2:
            key: Any = (code, first[operands[begin]], first[operands[begin + 1]])
        elif end - begin == 1:
            key = (code, first[operands[begin]])
        else:
            key = (code, *[first[x] for x in operands[begin:end]])
        first.append(seen.setdefault(key, value))
        value += 1
    return first, codes


class _Sums:
    """One pass over a record, in its order."""

    def __init__(self, condensed: Condensed) -> None:
        self.condensed = condensed
        self.columns = condensed.columns
        self.kinds, self.arenas, self.levels = condensed.kinds, condensed.arenas, condensed.levels
        self.laned = condensed.laned
        self.any_lanes = any(self.laned)
        self.pending: dict[int, list[Term]] = {}  # the terms of sums, and products, that another sum will take in

    def run(self) -> None:
        columns, condensed = self.columns, self.condensed
        first, _ = _merged(columns)
        leaves, starts = columns.leaves, columns.starts
        canonical = np.array(first, dtype=np.int64)
        operands = canonical[np.array(columns.operands, dtype=np.int64)]
        live = canonical[leaves:] == np.arange(leaves, len(first))
        condensed.merged = int(len(live) - live.sum())
        condensed.results = [first[result] for result in columns.results]
        lengths = np.diff(np.array(starts))
        used = operands[np.repeat(live, lengths)]
        uses = np.bincount(used, minlength=len(first))
        np.add.at(uses, condensed.results, 2)  # what is asked for stays
        user = np.zeros(len(first), dtype=np.int64)
        user[used] = np.repeat(np.arange(leaves, len(first)), lengths)[np.repeat(live, lengths)]
        linear = np.array([False] * leaves + [op in LINEAR for op in columns.operations])
        last = np.zeros(len(first), dtype=np.int64)  # of a dot product, only its bias adds
        last[leaves:] = operands[np.array(starts[1:], dtype=np.int64) - 1]
        dots = np.array([False] * leaves + [op is ops.DOT for op in columns.operations])
        taken_in = (uses == 1) & linear[user] & (~dots[user] | (last[user] == np.arange(len(first))))
        self._go(live.tolist(), operands.tolist(), taken_in.tolist())

    def _go(self, live: list[bool], operands: list[int], taken_in: list[bool]) -> None:
        columns = self.columns
        starts, value, pending = columns.starts, columns.leaves, self.pending
        self.kinds += [COMPUTED] * len(columns)
        self.arenas += [UNIFORM] * len(columns)
        self.levels += [0] * len(columns)
        self.laned += [False] * len(columns)
        for k, op in enumerate(columns.operations):
            if live[k]:
                arguments = operands[starts[k] : starts[k + 1]]
                if op is ops.MUL:
                    if taken_in[value]:
                        pending[value] = [(1, arguments[0], arguments[1])]
                    else:
                        self._operation(value, op, arguments)
                elif op in LINEAR:
                    terms = self._terms(op, arguments)
                    if taken_in[value]:
                        pending[value] = terms
                    else:
                        self._sum(value, terms)
                else:
                    self._operation(value, op, arguments)
            value += 1

    # --- Terms --------------------------------------------------------------------------------------------------------

    def _terms(self, op: Primitive, arguments: list[int]) -> list[Term]:
        if op is ops.DOT:
            half = len(arguments) // 2
            terms = [(1, x, y) for x, y in zip(arguments[:half], arguments[half:-1], strict=True)]
            terms += self._of(arguments[-1])
            return terms
        terms = self._of(arguments[0])
        if op is ops.NEG:
            return [(-sign, x, y) for sign, x, y in self._short(terms, arguments[0])]
        for argument in arguments[1:]:
            more = self._short(self._of(argument), argument)
            terms += [(-sign, x, y) for sign, x, y in more] if op is ops.SUB else more
        return terms

    def _of(self, value: int) -> list[Term]:
        return self.pending.pop(value, None) or [(1, value, -1)]

    def _short(self, terms: list[Term], value: int) -> list[Term]:
        if len(terms) <= STEAL:
            return terms
        self._sum(value, terms)
        return [(1, value, -1)]

    def _sum(self, value: int, terms: list[Term]) -> None:
        """Compute a value as the sum of terms: dot products first, then what else there is."""
        parts: list[tuple[int, Any]] = []  # signs; values, or products that are none yet
        runs: dict[Any, list[tuple[int, int]]] = {}
        products = False
        for sign, x, y in terms:
            if y >= 0:
                products = True
                x, y, kind = self._oriented(x, y)
                if (sign, kind) not in runs:
                    runs[sign, kind] = run = []
                    parts.append((sign, run))
                runs[sign, kind].append((x, y))
            else:
                if self.kinds[x] != CONSTANT:
                    runs.clear()
                parts.append((sign, x))
        if products and len(parts) > 1:  # a product that is added to makes a zero beside it superfluous
            parts = [part for part in parts if not self._is_zero(part[1])]
        if len(parts) == 1 and type(parts[0][1]) is list and parts[0][0] == 1:
            self._product(value, parts[0][1])
            return
        signs = [sign for sign, _ in parts]
        values = [part if type(part) is int else self._product(self._new(), part) for _, part in parts]
        if len(values) == 1:
            self._operation(value, ops.NEG, values) if signs[0] < 0 else self._added(value, signs, values)
        elif len(values) > FEW:
            self._long_sum(value, signs, values)
        else:
            self._added(value, signs, values)

    def _oriented(self, x: int, y: int) -> tuple[int, int, Any]:
        kinds, laned = self.kinds, self.laned
        left, right = (laned[x], kinds[x]), (laned[y], kinds[y])
        if right < left:
            x, y, left, right = y, x, right, left
        return x, y, (self.arenas[x], self.arenas[y])

    def _is_zero(self, part: Any) -> bool:
        return type(part) is int and self.kinds[part] == CONSTANT and not self.condensed.constant(part)

    def _long_sum(self, value: int, signs: list[int], values: list[int]) -> None:
        """By sign and place: sums over one array each, and the sum of these."""
        by_kind: dict[Any, list[int]] = {}
        for sign, x in zip(signs, values, strict=True):
            by_kind.setdefault((sign, self.arenas[x]), []).append(x)
        if len(by_kind) == 1:
            self._added(value, signs, values)
            return
        signs = [sign for sign, _ in by_kind]
        self._added(value, signs, [x[0] if len(x) == 1 else self._added(self._new(), [1] * len(x), x)
                                   for x in by_kind.values()])  # fmt: skip

    # --- Lines --------------------------------------------------------------------------------------------------------

    def _new(self) -> int:
        self.kinds.append(COMPUTED)
        self.arenas.append(UNIFORM)
        self.levels.append(0)
        self.laned.append(False)
        return len(self.kinds) - 1

    def _product(self, value: int, factors: list[tuple[int, int]]) -> int:
        if len(factors) == 1:
            return self._operation(value, ops.MUL, list(factors[0]))
        left, right = zip(*factors, strict=True)
        return self._line(value, ops.DOT, [*left, *right])

    def _added(self, value: int, signs: list[int], values: list[int]) -> int:
        return self._line(value, ops.SUM, values, tuple(signs))

    def _operation(self, value: int, op: Primitive, arguments: list[int]) -> int:
        if op is ops.MUL:
            x, y, _ = self._oriented(arguments[0], arguments[1])
            arguments = [x, y]
        return self._line(value, op, arguments)

    def _line(self, value: int, op: Primitive, operands: list[int], signs: tuple[int, ...] = ()) -> int:
        levels, laned = self.levels, self.laned
        levels[value] = 1 + max([levels[x] for x in operands])
        if self.any_lanes and any([laned[x] for x in operands]):
            laned[value] = True
            self.arenas[value] = LANED
        self.condensed.lines.append(Line(value, op, operands, signs))
        return value
