"""The lines of an array program, and how they are written: what `listing` makes of a compiled function.

%2 = add %1 b1[16,1]   [16,B]      label = operation operands   shape
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from ...errors import InputValueError, shortened
from ...text.layout import Listing, table
from ...text.names import PATH, printable
from ...text.paper import ENDLESS, Paper
from ..lowering.plans import Plan

__all__ = ["ArrayLine", "ArrayProgram", "Reading", "in_brackets"]

Shape = tuple[int, ...]

WIDE = 48  # characters; a longer operation does not push the others' shapes away


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
            return f"{printable(self.scope, PATH)} {printable(self.about)}".strip()
        return ", ".join(f"-> {result}" for result in self.results) or "guard" * self.guards

    def __repr__(self) -> str:
        return f"<{self.label} = {self.expression}: {self.size or 'a number'}>"


def in_brackets(shape: Shape, lanes: bool) -> str:
    """A shape as the listing has it; nothing, for a single number."""
    axes = [*map(str, shape), *["B"] * lanes]
    return f"[{','.join(axes)}]" if axes else ""


class ArrayProgram(Listing[ArrayLine]):
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
        self._items = lines
        self.computed = [line for line in lines if not line.is_leaf]

    def find(self, label: str) -> ArrayLine:
        """The line of this name.

        Raises
        ------
        InputValueError
            If there is none.
        """
        for line in self:
            if line.label == label:
                return line
        raise InputValueError(
            f"{shortened(label)} is not part of the program of {self.name}; print(program) shows what is"
        )

    def _table(self, items: Sequence[ArrayLine], paper: Paper) -> list[str]:
        rows = [(line.label, line.expression, line.size, line.remark) for line in items]
        return table(rows, paper._replace(width=ENDLESS), between=(" = ", "  ", "  "), stray=WIDE)
