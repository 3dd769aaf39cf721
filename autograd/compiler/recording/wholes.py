"""Integer arguments that steer control flow, as n does in ``range(n)``, ``xs[n]`` and ``table[n]``.

    def power(x, n):                    power(X, 2)     recorded for n = 2, since range needs an integer
        y = 1.0
        for _ in range(n):              power(X, 3)     recorded again, for n = 3
            y = y * x
        return y                        power(X, 2)     the first program again

An integer argument is recorded as a value like any other, and a program reads it at each call, as long as the function
only computes with it or compares it. When Python needs the integer itself, control flow depends on it, and the program
is valid for this integer only.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from ...core.modes import mode_here
from ...core.tape import record
from ...core.value import Value

__all__ = ["Whole", "argument_leaf"]


class Whole(Value):
    """A recorded integer: an argument, or the result of integer arithmetic on arguments.

    Attributes
    ----------
    whole : int
        The integer.
    origins : tuple of Whole
        The arguments that it was computed from; itself, if it is an argument.
    """

    __slots__ = ("_origins", "whole")
    _origins: tuple[Whole, ...]
    whole: int

    def __init__(self, number: int, name: str | None = None) -> None:
        super().__init__(number, name)
        self.whole, self._origins = number, ()

    @property
    def origins(self) -> tuple[Whole, ...]:
        return self._origins or (self,)

    def __index__(self) -> int:
        tracer = mode_here().tracer
        if tracer is not None:
            tracer.steered(self.origins)
        return self.whole

    __int__ = __trunc__ = __floor__ = __ceil__ = __index__  # type: ignore[assignment]

    def __float__(self) -> float:
        return float(operator.index(self))

    def __hash__(self) -> int:  # a dict looks it up as the integer
        return hash(operator.index(self))


def _exact(name: str) -> Callable[..., Any]:
    """Return an arithmetic method of `Value` that keeps an integer result of integers exact."""
    of_values, of_ints, is_product = getattr(Value, name), getattr(int, name), "mul" in name

    def method(self: Whole, *others: Any) -> Any:
        if is_product and isinstance(others[0], (list, tuple, str, bytes)):  # Python repeats the sequence
            return NotImplemented
        made = of_values(self, *others)
        numbers = [x.whole if isinstance(x, Whole) else x for x in others]
        if made is NotImplemented or not all(type(x) is int for x in numbers):
            return made
        try:
            whole = of_ints(self.whole, *numbers)
        except ZeroDivisionError:
            return made
        if type(whole) is not int:  # a negative power is a float
            return made
        found = record(Whole, made._op, made.arguments(), made.numbers(), made._data)
        found.whole = whole
        origins = (origin for x in (self, *others) if isinstance(x, Whole) for origin in x.origins)
        found._origins = tuple({id(origin): origin for origin in origins}.values())
        return found

    return method


def _as_int(name: str) -> Callable[..., Any]:
    """Return a method of ``int`` that values do not have; its result is a plain integer."""
    of_ints = getattr(int, name)
    return lambda self, *others: of_ints(*map(operator.index, (self, *others)))


for _name in "add radd sub rsub mul rmul floordiv rfloordiv mod rmod pow rpow neg abs".split():
    setattr(Whole, f"__{_name}__", _exact(f"__{_name}__"))
for _name in "and rand or ror xor rxor lshift rlshift rshift rrshift invert".split():
    setattr(Whole, f"__{_name}__", _as_int(f"__{_name}__"))


def argument_leaf(number: Any, name: str | None = None) -> Value:
    """Return a leaf for a number among the arguments."""
    is_whole = isinstance(number, (int, np.integer, np.bool_))
    return Whole(int(number), name) if is_whole else Value(float(number), name)
