"""The statements of an array program: each computes one named array from others.

    %1 = matmul W1 x      Product     v1 = W1 @ x
    %2 = add %1 b1        Each        v2 = v1 + b1[:, None]
    %3 = relu %2          Each        v3 = np.maximum(v2, 0.0)

A statement has the term of its value, and the terms of what its gradient contributes to those of its operands.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from ...arrays.table import in_numpy
from ...core import ops, several
from ..wording.terms import ALL, COMPARISONS, Term, name, term
from .reads import Contribution, Named, Read

__all__ = ["Each", "Inner", "Join", "Over", "Pairs", "Product", "Shares", "Statement", "number_of"]

Operand = Read | float
Pull = tuple[Read, Contribution]


class Statement:
    """A statement.

    Attributes
    ----------
    target : Named
        The array that it computes.
    reads : list of Read or float
        Its operands.
    """

    def __init__(self, target: Named, reads: Sequence[Operand]) -> None:
        self.target, self.reads = target, list(reads)

    def named(self) -> Iterator[Named]:
        """Yield the arrays that it reads."""
        for read in self.reads:
            if isinstance(read, Read):
                yield read.named

    def value(self, rules: Any) -> Any:
        """Return the term of the value."""
        raise NotImplementedError  # pragma: no cover - each kind of statement has its own

    def pulls(self, rules: Any, g: Any) -> Iterator[Pull]:
        """Yield the operands whose gradient is wanted, with what the gradient ``g`` of the target contributes."""
        raise NotImplementedError  # pragma: no cover - each kind of statement has its own

    def _wanted(self) -> Iterator[tuple[int, Read]]:
        for k, read in enumerate(self.reads):
            if isinstance(read, Read) and read.named.active:
                yield k, read

    @property
    def _axis(self) -> int:
        """The axis of an operand along which a reduction runs."""
        return -2 if self.target.lanes else -1

    def _spread(self, g: Any) -> Any:
        """Return a term of the target's shape with one more axis, along which a reduction ran."""
        if not self.target.shape and not self.target.lanes:
            return g
        return term("index", g, (Ellipsis, None, ALL) if self.target.lanes else (Ellipsis, None))


def _of(operand: Operand) -> Any:
    return operand.value if isinstance(operand, Read) else operand


class Each(Statement):
    """An operation element by element."""

    def __init__(self, target: Named, reads: Sequence[Operand], op: Any, signs: Sequence[int]) -> None:
        super().__init__(target, reads)
        self.op, self.signs = op, signs

    def value(self, rules: Any) -> Any:
        xs = [_of(read) for read in self.reads]
        found = _total(self.op, self.signs, xs)
        if found is None:
            alike = all(not isinstance(read, Read) or read.has_shape for read in self.reads)
            found = rules.value(self.op, xs, alike)
            if not isinstance(found, Term):
                return self._broadcast(found)
            if found.head in COMPARISONS:
                found = term("where", found, 1.0, 0.0)
        full = any(isinstance(read, Read) and read.has_shape for read in self.reads) or self._covers()
        return found if full else self._broadcast(found)

    def _covers(self) -> bool:
        """True if the operands together have the shape of the target."""
        axes = set(range(len(self.target.shape)))
        lanes = not self.target.lanes
        for read in [each for each in self.reads if isinstance(each, Read)]:
            axes &= set(read.still)
            lanes |= read.named.lanes
        return lanes and not axes

    def _broadcast(self, x: Any) -> Any:
        return term("broadcast", x, (*self.target.shape, *([name("B")] if self.target.lanes else [])))

    def pulls(self, rules: Any, g: Any) -> Iterator[Pull]:
        wanted = list(self._wanted())
        xs = [_of(read) for read in self.reads]
        if self.op is several.SUM:
            products = [g if sign > 0 else -g for sign in self.signs]
        elif self.op in (several.DOT, ops.MUL):
            half = len(xs) // 2
            products = [rules.times(g, x) for x in (*xs[half:], *xs[:half])]
        else:
            products = rules.products(self.op, xs, self.target.term, g)
        for k, read in wanted:
            if products[k] is not None:
                yield read, read.back(products[k])


def number_of(op: Any, signs: Sequence[int], reads: Sequence[Operand]) -> float | None:
    """Return what an operation makes of numbers that are known; ``None`` if it reads an array."""
    numbers = [np.float64(read) for read in reads if not isinstance(read, Read)]
    if len(numbers) < len(reads):
        return None
    with np.errstate(all="ignore"):
        total = _total(op, signs, numbers)
        return float(in_numpy(op.value, *numbers) if total is None else total)


def _total(op: Any, signs: Sequence[int], xs: Sequence[Any]) -> Any:
    """Return the result of a sum or of a sum of products; ``None`` for any other operation."""
    if op is several.SUM:
        return _sum(signs, xs)
    if op is several.DOT:
        half = len(xs) // 2
        return _sum([1] * half, [x * y for x, y in zip(xs[:half], xs[half:], strict=True)])
    return None


def _sum(signs: Sequence[int], xs: Sequence[Any]) -> Any:
    """Return a sum of terms with signs, from left to right, but starting with a positive term if there is one."""
    first = list(signs).index(1) if 1 in signs else 0
    total = xs[first] if signs[first] == 1 else -xs[first]
    for k, (sign, x) in enumerate(zip(signs, xs, strict=True)):
        if k != first:
            total = total + x if sign == 1 else total - x
    return total


class Product(Statement):
    """Matrix products: blocks of rows times columns."""

    def __init__(self, target: Named, reads: Sequence[Read], sizes: tuple[int, int, int, int]) -> None:
        super().__init__(target, reads)
        b, r, t, c = (letter if size > 1 else "" for letter, size in zip("brtc", sizes, strict=True))
        self.out = b + r + c + "n" * target.lanes
        axes = (b + r + t, b + t + c)
        moving = [
            "".join(x for k, x in enumerate(own) if k not in read.still) for own, read in zip(axes, reads, strict=True)
        ]
        # An operand that repeats itself along the terms, or an axis along which both do, is written out.
        self.full = [
            bool(set(own) - set(mine) - (set(b + r + c) & set(moving[1 - k])))
            for k, (own, mine) in enumerate(zip(axes, moving, strict=True))
        ]
        self.letters = [
            (own if full else mine) + "n" * read.named.lanes
            for own, mine, full, read in zip(axes, moving, self.full, reads, strict=True)
        ]

    def _factors(self) -> list[Any]:
        return [read.whole if full else read.base for read, full in zip(self.reads, self.full, strict=True)]  # type: ignore[union-attr]

    def value(self, rules: Any) -> Any:
        left, right = self._factors()
        if (*self.letters, self.out) in MATMULS:
            return term("matmul", left, right)
        return self._einsum((self.letters[0], left), (self.letters[1], right), self.out)

    def _einsum(self, first: tuple[str, Any], second: tuple[str, Any], out: str) -> Any:
        """Return a sum of products over the letters that ``out`` lacks."""
        return term("einsum", f"{first[0]},{second[0]}->{out}", first[1], second[1])

    def pulls(self, rules: Any, g: Any) -> Iterator[Pull]:
        factors = self._factors()
        for k, read in self._wanted():
            found = self._pull(k, g, factors[1 - k])
            yield read, read.back(found) if self.full[k] else read.back_to_base(found)

    def _pull(self, k: int, g: Any, other: Any) -> Any:
        mine, theirs, out = self.letters[k], self.letters[1 - k], self.out
        if not out:
            return g * other
        if k == 0 and (mine, theirs, out) in (("rt", "tc", "rc"), ("rt", "tn", "rn")):
            return term("matmul", g, term("transpose", other, (1, 0)))
        if k == 1 and (theirs, out) in (("rt", "rc"), ("rt", "rn"), ("rt", "r")):
            return term("matmul", term("transpose", other, (1, 0)), g)
        if k == 0 and (mine, theirs, out) in (("t", "tn", "n"), ("t", "tc", "c")):
            return term("matmul", other, g)
        if k == 0 and (mine, theirs, out) == ("rt", "t", "r"):
            return term("outer", g, other)
        if k == 1 and (mine, theirs, out) in (("tn", "t", "n"), ("tc", "t", "c")):
            return term("outer", other, g)
        return self._einsum((out, g), (theirs, other), mine)


MATMULS = {
    ("rt", "tc", "rc"),
    ("rt", "tn", "rn"),
    ("rt", "t", "r"),
    ("t", "tc", "c"),
    ("t", "tn", "n"),
    ("t", "t", ""),
    ("brt", "btc", "brc"),
}


class Inner(Statement):
    """Dot products one by one, along the last axis of the operands."""

    def value(self, rules: Any) -> Any:
        left, right = self.reads
        product = _of(left) * _of(right)
        if not any(isinstance(read, Read) and read.has_shape for read in self.reads):
            shape = next(read.shape for read in self.reads if isinstance(read, Read))
            product = term("broadcast", product, (*shape, *([name("B")] if self.target.lanes else [])))
        return term("sum", product, self._axis if self.target.shape or self.target.lanes else None)

    def pulls(self, rules: Any, g: Any) -> Iterator[Pull]:
        spread = self._spread(g)
        for k, read in self._wanted():
            other = self.reads[1 - k]
            x = other.whole if isinstance(other, Read) else term("broadcast_like", other, read.whole)
            yield read, read.back(rules.times(spread, x))


class Over(Statement):
    """A reduction along the last axis of its operand."""

    def __init__(self, target: Named, reads: Sequence[Read], op: Any, sign: int) -> None:
        super().__init__(target, reads)
        self.op, self.sign = op, sign

    def value(self, rules: Any) -> Any:
        x = self.reads[0].whole  # type: ignore[union-attr]
        if self.op is several.SUM:
            found = term("sum", x, self._axis if self.target.shape or self.target.lanes else None)
            return found if self.sign > 0 else -found
        return term(FUNCTIONS[self.op], x, self._axis)

    def pulls(self, rules: Any, g: Any) -> Iterator[Pull]:
        for _, read in self._wanted():
            x = read.whole
            if self.op is several.SUM:
                g = g if self.sign > 0 else -g
                yield read, read.back(term("broadcast_like", self._spread(g), x))
            else:
                slope = SLOPES[self.op](x, self.target.term, self._spread, self._axis, read.shape[-1])
                yield read, read.back(rules.times(self._spread(g), slope))


Slope = Callable[[Any, Any, Callable[[Any], Any], int, int], Any]


FUNCTIONS = {
    several.MAX: "amax",
    several.MIN: "amin",
    several.PROD: "prod",
    several.NORM2: "norm",
    several.LOGSUMEXP: "logsumexp",
    several.VAR: "var",
    several.STD: "std",
}
SLOPES: dict[Any, Slope] = {
    several.MAX: lambda x, z, spread, axis, count: term("ties", x, z, axis),
    several.MIN: lambda x, z, spread, axis, count: term("ties", x, z, axis),
    several.PROD: lambda x, z, spread, axis, count: term("others", x, axis),
    several.NORM2: lambda x, z, spread, axis, count: term("direction", x, spread(z)),
    several.LOGSUMEXP: lambda x, z, spread, axis, count: term("softmax", x, axis),
    several.VAR: lambda x, z, spread, axis, count: 2 * term("centred", x, axis) / count,
    several.STD: lambda x, z, spread, axis, count: term("direction", term("centred", x, axis), count * spread(z)),
}


class Pairs(Statement):
    """Cosines of pairs of vectors, along the last axis of two operands."""

    def _units(self) -> tuple[list[Any], list[Any]]:
        """Return the lengths of the vectors, along the axis as well, and their directions."""
        xs = [read.whole for read in self.reads]  # type: ignore[union-attr]
        lengths = [term("norm", x, self._axis) for x in xs]
        if self.target.shape or self.target.lanes:
            at = (*[ALL] * len(self.target.shape), None, *[ALL] * self.target.lanes)
            lengths = [term("index", length, at) for length in lengths]
        return lengths, [term("direction", x, length) for x, length in zip(xs, lengths, strict=True)]

    def value(self, rules: Any) -> Any:
        _, (u, v) = self._units()
        return term("sum", u * v, self._axis)

    def pulls(self, rules: Any, g: Any) -> Iterator[Pull]:
        lengths, units = self._units()
        z = self._spread(self.target.term)
        for k, read in self._wanted():
            slope = term("direction", units[1 - k] - z * units[k], lengths[k])
            yield read, read.back(rules.times(self._spread(g), slope))


class Shares(Statement):
    """Softmax along the last axis of its operand, or its logarithm."""

    def __init__(self, target: Named, reads: Sequence[Read], op: Any) -> None:
        super().__init__(target, reads)
        self.op = op

    @property
    def _along(self) -> int:
        return -2 if self.target.lanes else -1

    def value(self, rules: Any) -> Any:
        return term(self.op.name, self.reads[0].whole, self._along)  # type: ignore[union-attr]

    def pulls(self, rules: Any, g: Any) -> Iterator[Pull]:
        z = self.target.term
        for _, read in self._wanted():
            of_shares = self.op is several.SOFTMAX
            found = z * (g - self._total(g * z)) if of_shares else g - term("exp", z) * self._total(g)
            yield read, read.back(found)

    def _total(self, x: Any) -> Any:
        """Return the sum along the axis, with that axis kept."""
        total = term("sum", x, self._along)
        return term("index", total, (Ellipsis, None, ALL) if self.target.lanes else (Ellipsis, None))


class Join(Statement):
    """Parts of several arrays, one after the other along one axis."""

    def __init__(self, target: Named, reads: Sequence[Read], alone: bool) -> None:
        super().__init__(target, reads)
        self.alone = alone  # True if all parts are single elements

    def value(self, rules: Any) -> Any:
        parts = [read.whole if isinstance(read, Read) else read for read in self.reads]
        if self.alone:
            return term("stack", term("list", *parts))
        one = (None,)
        parts = [
            term("index", part, one) if isinstance(read, Read) and not read.shape else part
            for part, read in zip(parts, self.reads, strict=True)
        ]
        return term("concatenate", term("list", *parts))

    def pulls(self, rules: Any, g: Any) -> Iterator[Pull]:
        begin = 0
        for read in self.reads:
            assert isinstance(read, Read)
            count = read.shape[0] if read.shape else 1
            if read.named.active:
                at: Any = ("slice", begin or None, begin + count, None) if read.shape else begin
                yield read, read.back(term("index", g, (at,)))
            begin += count
