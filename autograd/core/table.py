"""The form of a row of the table of primitives, and the namespaces in which its rules are evaluated."""

from __future__ import annotations

import inspect
import operator
import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial, reduce
from math import inf
from sys import float_info
from typing import Any

__all__ = ["TABLE", "Namespace", "Primitive", "row"]

Rule = Callable[..., Any]
Notation = Callable[[Sequence[str]], str]


class Primitive:
    """One row of the table.

    Attributes
    ----------
    name : str
        The name under which the operation is public, and under which a namespace is asked for it.
    value : callable
        ``(m, x, y) -> z``, in plain arithmetic over the namespace ``m``.
    derivatives : callable
        ``(m, x, y, z) -> (dz/dx, dz/dy)``, likewise: one for each argument, also for those that are always constants.
    arity : int or None
        The number of arguments of the value rule; ``None`` for any number.
    write : callable
        The operation applied to written operands, as a person writes it: ``["a", "b"] -> "a * b"``.
    domain : str
        The domain in which the value is a real number; empty if it has no limits.
    edge : str
        The convention where the derivative does not exist.
    selects : bool
        True if a derivative of 0 says that the argument was not chosen. Then nothing reaches it, not even from an
        infinite gradient, where a product that happens to be 0 times infinity is nan.
    tacit : int or None
        The position of the argument that is left unwritten where it is the integer 0, which nobody wrote: the 0 with
        which Python's ``sum`` begins, the bias that a call of ``dot`` leaves out. ``write`` takes ``""`` for it.
    """

    __slots__ = ("arity", "derivatives", "domain", "edge", "name", "selects", "tacit", "value", "write")
    opaque = False  # True for an operation that stands for a whole program, and has no rule to run on values

    def __init__(
        self,
        name: str,
        value: Rule,
        derivatives: Rule,
        notation: str | Notation = "",
        *,
        domain: str = "",
        edge: str = "",
        selects: bool = False,
        tacit: int | None = None,
    ) -> None:
        parameters = list(inspect.signature(value).parameters.values())[1:]
        several = any(parameter.kind is parameter.VAR_POSITIONAL for parameter in parameters)
        self.name = name
        self.value = value
        self.derivatives = derivatives
        self.arity = None if several else len(parameters)
        self.domain = domain
        self.edge = edge
        self.selects = selects
        self.tacit = tacit
        if isinstance(notation, str):
            pattern = notation or f"{name}({', '.join('{}' for _ in parameters)})"
            self.write: Notation = lambda operands: pattern.format(*operands)
        else:
            self.write = notation

    def spelled(self, k: int, numbers: Sequence[Any], number: Callable[[Any], str]) -> str:
        """Return argument k, a constant, as text for ``write``."""
        return "" if self.leaves_out(k, numbers) else number(numbers[k])

    def leaves_out(self, k: int, numbers: Sequence[Any]) -> bool:
        """Return True if argument k is the integer 0 that is tacit in this operation."""
        return self.tacit is not None and k == self.tacit % len(numbers) and type(numbers[k]) is int and not numbers[k]

    def __repr__(self) -> str:
        return f"<primitive {self.name}>"


TABLE: dict[str, Primitive] = {}


def row(name: str, value: Rule, derivatives: Rule, notation: str | Notation = "", **facts: Any) -> Primitive:
    """Add a row to the table. The notation is a format string over the operands, or a function from them."""
    TABLE[name] = Primitive(name, value, derivatives, notation, **facts)
    return TABLE[name]


class Namespace:
    """The functions that a rule is evaluated with.

    ``known`` are the functions that this kind of number brings along. A function of any other name is made from the row
    of that name: ``floats.sigmoid`` need not be written, since the row's own text runs with ``math.exp``. The row is
    looked up at each call of the name, so that a row which replaces another is replaced inside other rules, too.
    """

    def __init__(self, **known: Any) -> None:
        self.__dict__.update(known)
        self._made: dict[str, tuple[Primitive, Callable[..., Any]]] = {}

    def __getattr__(self, name: str) -> Any:
        op = self.row(name)
        if op is None:
            raise AttributeError(f"no function {name!r} in this namespace, nor a row of that name in the table")
        made = self._made.get(name)
        if made is None or made[0] is not op:
            made = self._made[name] = op, self.missing(op)
        return made[1]

    def row(self, name: str) -> Primitive | None:
        """The row of that name, if there is one."""
        return TABLE.get(name)

    def missing(self, op: Primitive) -> Callable[..., Any]:
        """The function of this namespace that a row stands for: its value rule, run with this namespace."""
        return partial(op.value, self)

    def settle(self, table: Mapping[str, Primitive]) -> None:
        """Make the functions of rows that nothing replaces, once: from then on no call looks them up."""
        for name, op in table.items():
            if not hasattr(type(self), name):
                self.__dict__.setdefault(name, self.missing(op))

    def ratio(self, x: Any, length: Any) -> Any:
        """``x / length``, and 0 where the length, and so ``x``, is 0: the gradient of a length at the origin."""
        nothing = self.equal(length, 0)
        return self.where(nothing, 0, x / self.where(nothing, 1, length))

    def nonzero(self, x: Any) -> Any:
        """``x``, and 1 where it has no finite reciprocal, or is nan."""
        return self.where(self.less(float_info.min, self.absolute(x)), x, 1.0)  # in float32 the least number is 0

    def ordinary(self, x: Any, number: Any, other: Any) -> Any:
        """``number``, and ``other`` where ``x`` is nan."""
        return self.where(self.equal(x, x), number, other)

    def base(self, x: Any, y: Any) -> Any:
        """``x``, and 1 where it is 0 and ``y`` is not negative: there ``x**y`` does not move with ``y``."""
        return self.where(self.equal(x, 0), self.where(self.less(y, 0), x, 1.0), x)

    def unless(self, cancels: Any, closed: Any, other: Any) -> Any:
        """``closed``, and where that form cancels, ``other``, another form of the same number."""
        return self.where(cancels, other, closed)

    def one_less_square(self, x: Any) -> Any:
        """``1 - x²``: next to ±1 the exact product; at ±1, where that has no second derivative, the difference."""
        return self.unless(self.equal(self.absolute(x), 1), (1 - x) * (1 + x), 1 - x * x)

    def vanishing(self, x: Any, closed: Any) -> Any:
        """``closed``, and 0 where ``x²`` overflows: there it is below any float, and its derivative may be nan."""
        return self.unless(self.equal(x * x, inf), closed, 0)

    def settled(self, _: Any, slope: Any) -> Any:
        """A slope, which moves no more where the first is infinite; said where rules are recorded."""
        return slope

    def at_rest(self, _: Any, __: Any, number: Any) -> Any:
        """A number of the rule of ``x**y``, which does not move where that does not with y; likewise, for x and y."""
        return number

    def centred(self, xs: Sequence[Any]) -> list[Any]:
        """Each of ``xs`` less their mean; exactly 0 where all are equal, although the mean itself may be rounded."""
        gaps = [x - xs[0] for x in xs]
        mean = reduce(operator.add, gaps) / len(gaps)
        return [gap - mean for gap in gaps]

    def ties(self, xs: Sequence[Any], extreme: Any) -> list[Any]:
        """``1/k`` for each of the k of ``xs`` that equal the extreme, 0 for the others."""
        equal = [self.where(self.equal(x, extreme), 1, 0) for x in xs]
        count = self.maximum(reduce(operator.add, equal), 1)  # nothing equals a nan
        return [each / count for each in equal]

    def signed(self, x: Any, share: Any) -> Any:
        """``sign(x) * share``, and 0 where the share is 0, also if ``x`` is nan."""
        return self.where(self.equal(share, 0), 0, self.sign(x) * share)

    def gaps(self, xs: Sequence[Any]) -> tuple[Any, list[Any]]:
        """The largest of ``xs``, and the difference of each from it, 0 or less; ``inf - inf`` counts as 0."""
        top = reduce(self.maximum, xs)
        return top, [self.gap(x, top) for x in xs]

    def gap(self, x: Any, top: Any) -> Any:
        """``x - top``, and 0 where they are the same infinity. Elsewhere it has derivatives by both, also at 0."""
        same = self.where(self.less(self.absolute(top), inf), 0, self.equal(x, top))
        return self.where(same, 0, x - top)

    def softmax(self, xs: Sequence[Any]) -> list[Any]:
        """``exp(x_i) / sum_j exp(x_j)`` for each i, shifted by the maximum: no exponential overflows."""
        weights = [self.exp(gap) for gap in self.gaps(xs)[1]]
        total = reduce(operator.add, weights)
        return [weight / total for weight in weights]


def bracketed(operands: Sequence[str], most: int = 6) -> str:
    """``[a, b, c]``, with the middle left out where it is long; ``w[0…3]`` for the elements of one list in order."""
    stem = re.fullmatch(r"(.*)\[0\]", operands[0]) if len(operands) > 2 else None
    if stem and all(operand == f"{stem[1]}[{k}]" for k, operand in enumerate(operands)):
        return f"{stem[1]}[0…{len(operands) - 1}]"
    if len(operands) > most:
        operands = [*operands[: most - 2], f"… {len(operands) - most + 1} more …", operands[-1]]
    return f"[{', '.join(operands)}]"
