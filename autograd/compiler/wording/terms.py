"""Expressions as trees: the rules of the table, run on names, and operations on whole arrays.

    rule of tanh    lambda m, x, y: (1 - y * y,)
    on floats       y = 0.8337                        0.305
    on terms        y = the name v2                   sub(1, mul(v2, v2)), which each language writes in its own way

Equal terms are one object, so that an expression that occurs twice is written once.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any
from weakref import WeakValueDictionary

import numpy as np

from ...arrays.table import arrays
from ...core.namespaces import FUNCTIONS
from ...core.table import Namespace

__all__ = ["ALL", "COMPARISONS", "Term", "Untraced", "name", "size_of", "term", "traced"]

ALL = ("slice", None, None, None)  # an item of an index: a whole axis
COMPARISONS = {"less", "equal", "truth"}  # what is true or false; "truth" says so of its only part


class Untraced(TypeError):  # noqa: N818 - it says of a rule that it is not traced, and is always caught
    """Raised where a rule needs a number and has only its name, as in ``if x``."""


class Term:
    """An expression: a name, or an operation on parts.

    Attributes
    ----------
    head : str
        The operation: ``"name"``, ``"add"``, ``"exp"``, ``"where"``, ``"index"``, ``"matmul"``, ….
    parts : tuple
        The operands, which are terms and numbers, and further facts such as an axis, a shape or a name.
    """

    __slots__ = ("__weakref__", "head", "parts")

    def __init__(self, head: str, parts: tuple[Any, ...]) -> None:
        self.head, self.parts = head, parts

    def __add__(self, other: Any) -> Any:
        return term("add", self, other)

    def __radd__(self, other: Any) -> Any:
        return term("add", other, self)

    def __sub__(self, other: Any) -> Any:
        return term("sub", self, other)

    def __rsub__(self, other: Any) -> Any:
        return term("sub", other, self)

    def __mul__(self, other: Any) -> Any:
        return _times(self, other)

    def __rmul__(self, other: Any) -> Any:
        return _times(other, self)

    def __truediv__(self, other: Any) -> Any:
        return term("div", self, other)

    def __rtruediv__(self, other: Any) -> Any:
        return term("div", other, self)

    def __floordiv__(self, other: Any) -> Any:
        return term("floordiv", self, other)

    def __rfloordiv__(self, other: Any) -> Any:
        return term("floordiv", other, self)

    def __mod__(self, other: Any) -> Any:
        return term("mod", self, other)

    def __rmod__(self, other: Any) -> Any:
        return term("mod", other, self)

    def __pow__(self, other: Any) -> Any:
        return _power(self, other)

    def __rpow__(self, other: Any) -> Any:
        return _power(other, self)

    def __neg__(self) -> Any:
        return self.parts[0] if self.head == "neg" else term("neg", self)

    def __bool__(self) -> bool:
        raise Untraced(self.head)

    def __int__(self) -> int:
        raise Untraced(self.head)

    __float__ = __index__ = __int__

    def __repr__(self) -> str:
        return f"{self.head}({', '.join(map(repr, self.parts))})" if self.head != "name" else str(self.parts[0])


_known: WeakValueDictionary[Any, Term] = WeakValueDictionary()


def term(head: str, *parts: Any) -> Any:
    """Return the term of an operation on parts; the same object for the same parts."""
    parts = tuple(float(x) if isinstance(x, np.floating) else int(x) if isinstance(x, bool) else x for x in parts)
    key = (head, *[x if isinstance(x, Term) else (type(x), repr(x)) for x in parts])
    found = _known.get(key)
    if found is None:
        found = _known[key] = Term(head, parts)
    return found


def name(text: str) -> Any:
    """Return the term of a name."""
    return term("name", text)


def size_of(x: Any, most: int = 100) -> int:
    """Return the number of operations in a term that is written out, up to ``most``."""
    if not isinstance(x, Term) or x.head == "name":
        return 0
    total = 1
    for part in x.parts:
        if total >= most:
            break
        total += size_of(part, most - total)
    return total


def _times(x: Any, y: Any) -> Any:
    for one, other in ((x, y), (y, x)):
        if not isinstance(one, Term) and abs(one) == 1:
            return other if one == 1 else -other
    return term("mul", x, y)


def _power(x: Any, y: Any) -> Any:
    if not isinstance(y, Term) and y in (0, 1):
        return x if y == 1 else 1.0
    whole = _is_finite(y) and y == int(y)
    return term("power", x, int(y) if whole else y)


def _is_finite(x: Any) -> bool:
    return not isinstance(x, Term) and math.isfinite(x)


def _where(condition: Any, x: Any, y: Any) -> Any:
    if not isinstance(condition, Term):
        return x if condition else y
    return x if x is y else term("where", condition, x, y)


def _on_numbers(function: Callable[..., Any], *xs: Any) -> Any:
    with np.errstate(all="ignore"):
        found = function(*map(np.float64, xs))
    return float(found)


def _traced(name: str) -> Callable[..., Any]:
    function = getattr(arrays, name)
    return lambda *xs: term(name, *xs) if any(isinstance(x, Term) for x in xs) else _on_numbers(function, *xs)


traced = Namespace(
    **{each: _traced(each) for each in (*FUNCTIONS, "less", "equal")},
    power=_power,
    where=_where,
    round=lambda x, digits: term("round", x, int(digits)),
)
