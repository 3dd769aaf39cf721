"""Terms and numbers as text of a language, and long lines, broken."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Callable, Iterable, Sequence
from typing import Any, ClassVar

from .defined import DEFINED
from .languages import Language
from .terms import COMPARISONS, Term

__all__ = ["INFIX", "WIDE", "Speller", "literal", "shape_text", "statement"]

WIDE = 100  # the most characters of a line
INFIX = {  # the sign, how strongly it binds, and how strongly its right side has to bind
    "less": ("<", 1, 2),
    "less_equal": ("<=", 1, 2),
    "greater": (">", 1, 2),
    "greater_equal": (">=", 1, 2),
    "equal": ("==", 1, 2),
    "not_equal": ("!=", 1, 2),
    "add": ("+", 2, 3),
    "sub": ("-", 2, 3),
    "mul": ("*", 3, 4),
    "div": ("/", 3, 4),
    "floordiv": ("//", 3, 4),
    "mod": ("%", 3, 4),
    "matmul": ("@", 3, 4),
    "power": ("**", 5, 4),
}
NEGATIVE, ATOM = 4, 6
OF_TENSORS = {"hypot", "atan2", "less", "equal", "maximum", "minimum"}  # functions of PyTorch that take no numbers


def literal(x: Any) -> str:
    """Return a number as Python reads it, to the last bit; ``inf`` and ``nan`` as calls."""
    if isinstance(x, int) or math.isfinite(x):
        return repr(x)
    return f'float("{x}")'


def shape_text(shape: Sequence[int], lanes: bool) -> str:
    """Return a shape as the listing has it; empty for a single number."""
    axes = [*map(str, shape), *["B"] * lanes]
    return f"[{', '.join(axes)}]" if axes else ""


class Speller:
    """Terms as text of one language.

    Attributes
    ----------
    used : set of str
        The functions that were written and that a module has to define.
    """

    def __init__(self, language: Language) -> None:
        self.language = language
        self.used: set[str] = set()

    def text(self, x: Any, least: int = 0) -> str:
        """Return the text of a term or number, in parentheses if it binds less than ``least``."""
        found, strength = self._spelled(x)
        return f"({found})" if strength < least else found

    def number(self, x: Any, least: int = 0) -> str:
        """Return the text of a term where a number is wanted: a comparison becomes 1 or 0."""
        if isinstance(x, Term) and x.head in COMPARISONS:
            return self.text(Term("where", (x, 1.0, 0.0)), least)
        return self.text(x, least)

    def _spelled(self, x: Any) -> tuple[str, int]:
        if not isinstance(x, Term):
            text = literal(x)
            return text, NEGATIVE if text[0] == "-" else ATOM
        if x.head == "name":
            return x.parts[0], ATOM
        if x.head == "number":
            return self._spelled(x.parts[0])
        if x.head in INFIX:
            sign, strength, right = INFIX[x.head]
            left = strength + 1 if x.head == "power" or strength == 1 else strength
            first, second = self.number(x.parts[0], left), self.number(x.parts[1], right)
            return f"{first}**{second}" if sign == "**" else f"{first} {sign} {second}", strength
        if x.head == "neg":
            return f"-{self.number(x.parts[0], NEGATIVE)}", NEGATIVE
        special = self.special.get(x.head)
        return (special(self, *x.parts) if special else self._called(x)), ATOM

    def _called(self, x: Term) -> str:
        head, parts = x.head, x.parts
        if self.language.name == "torch" and head in ("maximum", "minimum"):
            numbers = [part for part in parts if not isinstance(part, Term)]
            if numbers:
                other = next(part for part in parts if isinstance(part, Term))
                side = "min" if head == "maximum" else "max"
                return f"torch.clamp({self.number(other)}, {side}={literal(numbers[0])})"
        texts = [self._tensor(part) if head in OF_TENSORS else self.number(part) for part in parts]
        return f"{self.word(head)}({', '.join(texts)})"

    def _tensor(self, x: Any) -> str:
        if self.language.name == "torch" and not isinstance(x, Term):
            return f"torch.tensor({literal(x)}, dtype=torch.float64)"
        return self.number(x)

    def word(self, operation: str) -> str:
        """Return the function for an operation, and remember that it was called."""
        if operation in DEFINED[self.language.name]:
            self.used.add(operation)
        return self.language.word(operation)

    def truth(self, x: Any) -> str:
        return self.text(x)

    # --- Operations that are written in ways of their own -------------------------------------------------------------

    def where(self, condition: Any, x: Any, y: Any) -> str:
        test = self.text(condition)
        if condition.head not in COMPARISONS:
            test = f"{self.text(condition, 2)} != 0"
        if isinstance(x, Term) or isinstance(y, Term):
            return f"{self.word('where')}({test}, {self.number(x)}, {self.number(y)})"
        return f"{self.word('where')}({test}, {self._tensor(x)}, {literal(y)})"

    def round(self, x: Any, digits: int) -> str:
        given = f"decimals={digits}" if self.language.name == "torch" else str(digits)
        return f"{self.word('round')}({self.number(x)}, {given})"

    def index(self, x: Any, items: tuple[Any, ...]) -> str:
        return f"{self.text(x, ATOM)}[{', '.join(self._item(item) for item in items)}]"

    def _item(self, item: Any) -> str:
        if isinstance(item, Term):
            return self.text(item)
        if isinstance(item, tuple) and item and item[0] == "slice":
            _, start, stop, step = item
            text = f"{'' if start is None else start}:{'' if stop is None else stop}"
            return text if step is None else f"{text}:{step}"
        if isinstance(item, tuple):
            return f"np.array({list(item)})" if self.language.name == "jax" else str(list(item))
        return "..." if item is Ellipsis else str(item)

    def as_object(self, items: tuple[Any, ...]) -> str:
        """Return an index as an expression of its own: ``[0, 2]``, ``(slice(1, None), [0, 2])``."""
        found = []
        for item in items:
            if isinstance(item, tuple) and item and item[0] == "slice":
                start, stop, step = item[1:]
                found.append(f"slice({start}, {stop}{'' if step is None else f', {step}'})")
            else:
                found.append(self._item(item))
        return found[0] if len(found) == 1 else f"({', '.join(found)})"

    def reshape(self, x: Any, shape: tuple[int, ...]) -> str:
        return f"{self.text(x, ATOM)}.reshape({', '.join(map(str, shape)) or '()'})"

    def transpose(self, x: Any, order: tuple[int, ...]) -> str:
        if order == (1, 0):
            return f"{self.text(x, ATOM)}.T"
        return f"{self.word('transpose')}({self.text(x)}, {order})"

    def moveaxis(self, x: Any, axis: int, to: int, _: int) -> str:
        return f"{self.language.alias}.moveaxis({self.text(x)}, {axis}, {to})"

    def broadcast(self, x: Any, shape: tuple[Any, ...]) -> str:
        axes = ", ".join(map(str, shape)) + "," * (len(shape) == 1)
        return f"{self.language.alias}.broadcast_to({self._tensor(x)}, ({axes}))"

    def broadcast_like(self, x: Any, other: Any) -> str:
        return f"{self.language.alias}.broadcast_to({self._tensor(x)}, {self.text(other, ATOM)}.shape)"

    def sum(self, x: Any, axes: Any) -> str:
        return f"{self.text(x, ATOM)}.sum({'' if axes is None else axes})"

    def einsum(self, subscripts: str, *xs: Any) -> str:
        return f'{self.language.alias}.einsum("{subscripts}", {", ".join(map(self.text, xs))})'

    def list(self, *xs: Any) -> str:
        return f"[{', '.join(map(self.text, xs))}]"

    def call(self, function: str, *xs: Any) -> str:
        return f"{function}({', '.join(map(self.number, xs))})"

    def spread_call(self, function: str, *xs: Any) -> str:
        """A call on arrays that are broadcast to one shape first."""
        together = "broadcast_tensors" if self.language.name == "torch" else "broadcast_arrays"
        return f"{function}(*{self.language.alias}.{together}({', '.join(map(self.number, xs))}))"

    special: ClassVar[dict[str, Callable[..., str]]] = {
        "where": where,
        "round": round,
        "index": index,
        "reshape": reshape,
        "transpose": transpose,
        "moveaxis": moveaxis,
        "broadcast": broadcast,
        "broadcast_like": broadcast_like,
        "sum": sum,
        "einsum": einsum,
        "list": list,
        "call": call,
        "spread_call": spread_call,
        "truth": truth,
    }


def statement(left: str, right: str, remark: str = "", indent: str = "    ") -> Iterable[str]:
    """Yield the lines of a statement, none longer than `WIDE` unless a word of it is; the remark is a comment."""
    comment = f"  # {remark}" if remark else ""
    line = f"{indent}{left}{right}{comment}"
    if len(line) <= WIDE:
        yield line
        return
    broken = textwrap.wrap(right, WIDE - 4 - len(indent), break_long_words=False, break_on_hyphens=False)
    if len(broken) == 1 and len(f"{indent}{left}{right}") <= WIDE:
        yield f"{indent}# {remark}"
        yield f"{indent}{left}{right}"
        return
    if left[-1] != " ":  # a call, or the head of a function
        inside, _, tail = right[1:].rpartition(")")
        yield f"{indent}{left}({comment}"
        for part in textwrap.wrap(inside, WIDE - 4 - len(indent), break_long_words=False, break_on_hyphens=False):
            yield f"{indent}    {part}"
        yield f"{indent}){tail}"
        return
    yield f"{indent}{left}({comment}"
    for part in broken:
        yield f"{indent}    {part}"
    yield f"{indent})"
