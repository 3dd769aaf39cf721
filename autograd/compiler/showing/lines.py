"""The lines of an array program, and how they are written: what `listing` makes of a compiled function.

%2 = add %1 b1[16,1]   [16,B]      label = operation operands   shape
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple, overload

from ...errors import InputValueError
from ..lowering.plans import Plan

__all__ = ["ArrayLine", "ArrayProgram", "Reading", "in_brackets"]

Shape = tuple[int, ...]

WIDE = 48  # characters; a longer operation does not push the others' shapes away
LONG = 60  # lines; of more, the middle is left out
FIRST, LAST = 30, 20


class Reading(NamedTuple):
    """What an operation reads.

    Attributes
    ----------
    lines : tuple of ArrayLine
        From which lines it comes: of a number from none, of what is put together from several.
    name : str
        As the listing has it, without the shape: ``x``, ``%3[2:5]``, ``gather(%3, %5)``, ``1.0``.
    kind : str
        ``"number"``, ``"whole"``, ``"part"``, ``"windows"``, ``"join"`` of neighbours, ``"gather"``, which is a copy,
        or ``"segment"`` for whatever a segment reads.
    size : str
        The shape in writing, of a leaf that is taken whole.
    sign : int
        -1 for what is subtracted.
    number : float or None
        Of a constant.
    """

    lines: tuple[ArrayLine, ...]
    name: str
    kind: str
    size: str = ""
    sign: int = 1
    number: float | None = None

    @property
    def text(self) -> str:
        """As the listing has it: ``x[2,B]``."""
        return f"{'-' * (self.sign < 0)}{self.name}{self.size}"


class ArrayLine:
    """One line of an array program.

    Attributes
    ----------
    k : int
        Position in the program.
    label : str
        Its name, unique in the program.
    operation : str
        ``"matmul"``, ``"add"``, …; of a leaf, what it is.
    role : str
        ``"parameter"``, ``"input"`` for arguments, ``"constant"``, ``"computed"`` or ``"output"``.
    operands : tuple of Reading
        What it reads.
    shape : tuple of int
        Without the samples.
    lanes : bool
        Whether it differs from sample to sample.
    scope : str
        The module whose parameters it reads, or is.
    about : str
        Of parameters, what they are called in their module; of an operation, what else there is to know.
    results : tuple of str
        What it gives back, as the function has it: ``("loss[B]",)``.
    guards : bool
        Whether it answers a question by which Python went one way.
    numbers : ndarray or None
        Of constants.
    plan : Plan or None
        Of an operation, the compiler's plan.
    """

    __slots__ = (
        *("about", "guards", "k", "label", "lanes", "numbers", "operands", "operation"),
        *("plan", "results", "role", "scope", "shape"),
    )

    def __init__(
        self, k: int, label: str, operation: str, role: str, shape: Shape, lanes: bool, scope: str = "", about: str = ""
    ) -> None:
        self.k, self.label, self.operation, self.role = k, label, operation, role
        self.shape, self.lanes, self.scope, self.about = shape, lanes, scope, about
        self.operands: tuple[Reading, ...] = ()
        self.results: tuple[str, ...] = ()
        self.guards = False
        self.numbers: Any = None
        self.plan: Plan | None = None

    @property
    def is_leaf(self) -> bool:
        """Whether it is not computed."""
        return self.role in ("parameter", "input", "constant")

    @property
    def expression(self) -> str:
        """The operation with its operands."""
        about = "" if self.is_leaf else self.about
        return " ".join(filter(None, [self.operation, *(reading.text for reading in self.operands), about]))

    @property
    def size(self) -> str:
        """The shape in writing: ``[16,B]``."""
        return in_brackets(self.shape, self.lanes)

    @property
    def remark(self) -> str:
        """What stands behind the shape."""
        if self.is_leaf:
            return f"{self.scope} {self.about}".strip()
        return ", ".join(f"-> {result}" for result in self.results) or "guard" * self.guards

    def __repr__(self) -> str:
        return f"<{self.label} = {self.expression}: {self.size or 'a number'}>"


def in_brackets(shape: Shape, lanes: bool) -> str:
    """A shape as the listing has it; nothing, for a single number."""
    axes = [*map(str, shape), *["B"] * lanes]
    return f"[{','.join(axes)}]" if axes else ""


class ArrayProgram(Sequence[ArrayLine]):
    """What a compiled function runs, as a sequence of lines; ``print`` shows it.

    Made by the attribute ``program`` of a compiled function.

    Attributes
    ----------
    name : str
        The function.
    computed : list of ArrayLine
        The operations.
    operations : int
        How many operations on single numbers they stand for; with a batch, for each sample.

    Examples
    --------
    >>> import numpy as np
    >>> import autograd
    >>> from autograd import Value
    >>> w = [Value(0.5, name="w[0]"), Value(-2.0, name="w[1]")]
    >>> @autograd.compile
    ... def f(x):
    ...     return (w[0] * x[0] + w[1] * x[1]).tanh()
    >>> f(np.array([[1.0, 0.0], [0.0, 1.0], [2.0, 0.5]])).sum().backward()
    >>> round(w[0].grad, 4)
    2.7864
    >>> f.program
    w  = parameters          [2]
    x  = argument            [2,B]
    %1 = matmul w[2] x[2,B]  [B]
    %2 = tanh %1             [B]    -> f[B]
    """

    def __init__(self, name: str, lines: list[ArrayLine], operations: int) -> None:
        self.name, self.operations = name, operations
        self._lines = lines
        self.computed = [line for line in lines if not line.is_leaf]

    @overload
    def __getitem__(self, position: int) -> ArrayLine: ...
    @overload
    def __getitem__(self, position: slice) -> list[ArrayLine]: ...
    def __getitem__(self, position: int | slice) -> ArrayLine | list[ArrayLine]:
        return self._lines[position]

    def __len__(self) -> int:
        return len(self._lines)

    def __iter__(self) -> Iterator[ArrayLine]:
        return iter(self._lines)

    def find(self, label: str) -> ArrayLine:
        """The line of this name.

        Raises
        ------
        InputValueError
            If there is none.
        """
        for line in self._lines:
            if line.label == label:
                return line
        raise InputValueError(f"{label!r} is not part of the program of {self.name}; print(program) shows what is")

    def _written(self, lines: Sequence[ArrayLine]) -> list[str]:
        table = [(line.label, line.expression, line.size, line.remark) for line in lines]
        wide = [max((len(row[column]) for row in table if len(row[column]) <= WIDE), default=0) for column in range(3)]
        return [
            f"{label:<{wide[0]}} = {text:<{wide[1]}}  {size:<{wide[2]}}  {remark}".rstrip()
            for label, text, size, remark in table
        ]

    def __str__(self) -> str:
        return "\n".join(self._written(self._lines))

    def __repr__(self) -> str:
        if len(self) <= LONG:
            return str(self)
        lines = self._written([*self._lines[:FIRST], *self._lines[-LAST:]])
        lines.insert(FIRST, f"… {len(self) - FIRST - LAST:,} more …")
        return "\n".join(lines)
