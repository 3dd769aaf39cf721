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

import math
import operator
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import numpy as np

from ...core.modes import mode_here
from ...core.tape import record
from ...core.value import Value

__all__ = ["Fixed", "Whole", "argument_leaf"]


class Fixed(Value):
    """A number that depends on integer arguments and constants only: an argument, or a result of arithmetic.

    Attributes
    ----------
    origins : tuple of Whole
        The arguments that it was computed from; itself, if it is an argument.
    """

    __slots__ = ("_origins",)
    _origins: tuple[Whole, ...]

    @property
    def origins(self) -> tuple[Whole, ...]:
        return self._origins or (self,)  # type: ignore[return-value]

    def alone(self) -> Any:
        """The number, on which control flow depends from now on."""
        tracer = mode_here().tracer
        if tracer is not None:
            tracer.steered(self.origins)
        return self._data

    def __float__(self) -> float:
        return float(self.alone())

    def __int__(self) -> int:
        return int(self.alone())

    def __trunc__(self) -> int:
        return int(self)

    def __floor__(self) -> Any:
        return math.floor(self.alone())

    def __ceil__(self) -> Any:
        return math.ceil(self.alone())

    def __round__(self, digits: Any = None) -> Any:
        return round(self.alone()) if digits is None else super().__round__(digits)

    def __str__(self) -> str:
        return str(self.alone())

    def __format__(self, specification: str) -> str:
        return format(self.alone(), specification)


class Whole(Fixed):
    """A recorded integer: an argument, or the result of integer arithmetic on arguments.

    Attributes
    ----------
    whole : int
        The integer.
    """

    __slots__ = ("whole",)
    whole: int

    def __init__(self, number: int, name: str | None = None) -> None:
        super().__init__(number, name)
        self.whole, self._origins = number, ()

    def alone(self) -> int:
        super().alone()
        return self.whole

    def __index__(self) -> int:
        return self.alone()

    def __hash__(self) -> int:  # a dict looks it up as the integer
        return hash(self.alone())


def _exact(name: str) -> Callable[..., Any]:
    """Return an arithmetic method of `Value` whose result keeps its origins, and is exact for integers."""
    of_values, of_ints, is_product = getattr(Value, name), getattr(int, name), "mul" in name

    def method(self: Fixed, *others: Any) -> Any:
        if is_product and isinstance(others[0], (list, tuple, str, bytes)):  # Python repeats the sequence
            return NotImplemented
        made = of_values(self, *others)
        if made is NotImplemented or not all(isinstance(x, Fixed) or type(x) in (int, float) for x in others):
            return made
        numbers = [x.whole if isinstance(x, Whole) else x for x in (self, *others)]
        whole: Any = None
        if all(type(x) is int for x in numbers):
            with suppress(ZeroDivisionError):
                whole = of_ints(*numbers)
        is_whole = type(whole) is int  # a quotient is a float, and so is a negative power
        found: Any = record(Whole if is_whole else Fixed, made._op, made.arguments(), made.numbers(), made._data)
        if is_whole:
            found.whole = whole
        origins = (origin for x in (self, *others) if isinstance(x, Fixed) for origin in x.origins)
        found._origins = tuple({id(origin): origin for origin in origins}.values())
        return found

    return method


def _as_int(name: str) -> Callable[..., Any]:
    """Return a method of ``int`` that values do not have; its result is a plain integer."""
    of_ints = getattr(int, name)
    return lambda self, *others: of_ints(*map(operator.index, (self, *others)))


for _name in "add radd sub rsub mul rmul truediv rtruediv floordiv rfloordiv mod rmod pow rpow neg abs".split():
    setattr(Fixed, f"__{_name}__", _exact(f"__{_name}__"))
for _name in "and rand or ror xor rxor lshift rlshift rshift rrshift invert".split():
    setattr(Whole, f"__{_name}__", _as_int(f"__{_name}__"))
for _name in "bit_length bit_count".split():
    setattr(Whole, _name, _as_int(_name))


def argument_leaf(number: Any, name: str | None = None) -> Value:
    """Return a leaf for a number among the arguments."""
    is_whole = isinstance(number, (int, np.integer, np.bool_))
    return Whole(int(number), name) if is_whole else Value(float(number), name)
