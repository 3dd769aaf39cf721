"""The lines of an array program, and their text.

    %2 = add %1 b1[16,1]   [16,B]      label = operation operands   shape

`listing` makes them of a compiled function.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from ...text.names import PATH, printable
from ..lowering.plans import Plan

__all__ = ["ArrayLine", "Reading", "in_brackets"]
Shape = tuple[int, ...]


class Reading(NamedTuple):
    """An operand of an operation.

    Attributes
    ----------
    lines : tuple of ArrayLine
        The lines whose values it reads: none for a number, several for a gathered operand.
    name : str
        The operand in the listing, without its shape: ``x``, ``%3[2:5]``, ``gather(%3, %5)``, ``1.0``.
    kind : str
        ``"number"``, ``"whole"``, ``"part"``, ``"windows"``, ``"join"`` of neighbours, ``"gather"``, which is a copy,
        or ``"segment"`` for an operand of a segment.
    size : str
        The shape as text, for a leaf that is read whole.
    sign : int
        -1 for a term that is subtracted.
    number : float or None
        The number, for a constant.
    """

    lines: tuple[ArrayLine, ...]
    name: str
    kind: str
    size: str = ""
    sign: int = 1
    number: float | None = None

    @property
    def text(self) -> str:
        """The operand in the listing: ``x[2,B]``."""
        return f"{'-' * (self.sign < 0)}{self.name}{self.size}"


class ArrayLine:
    """One line of an array program.

    Attributes
    ----------
    k : int
        The position in the program.
    label : str
        The name, which is unique in the program.
    operation : str
        ``"matmul"``, ``"add"``, …; for a leaf ``"parameters"``, ``"argument"`` or ``"constants"``.
    role : str
        ``"parameter"``, ``"input"`` for arguments, ``"constant"``, ``"computed"`` or ``"output"``.
    operands : tuple of Reading
        The operands.
    shape : tuple of int
        The shape, without the batch axis.
    lanes : bool
        True if the array has a last axis of length B, with one entry for each sample of the batch.
    scope : str
        The module to which parameters belong, or whose parameters an operation reads.
    about : str
        The name of parameters in their module; for an operation, a remark.
    results : tuple of str
        The results of the function that it holds: ``("loss[B]",)``.
    guards : bool
        True if it holds the answer to a guard.
    numbers : ndarray or None
        The numbers of constants.
    plan : Plan or None
        The plan of an operation.
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
        """True for parameters, arguments and constants."""
        return self.role in ("parameter", "input", "constant")

    @property
    def expression(self) -> str:
        """The operation with its operands."""
        about = "" if self.is_leaf else self.about
        return " ".join(filter(None, [self.operation, *(reading.text for reading in self.operands), about]))

    @property
    def size(self) -> str:
        """The shape as text: ``[16,B]``."""
        return in_brackets(self.shape, self.lanes)

    @property
    def remark(self) -> str:
        """The text after the shape."""
        if self.is_leaf:
            return f"{printable(self.scope, PATH)} {printable(self.about)}".strip()
        return ", ".join(f"-> {result}" for result in self.results) or "guard" * self.guards

    def __repr__(self) -> str:
        return f"<{self.label} = {self.expression}: {self.size or 'a number'}>"


def in_brackets(shape: Shape, lanes: bool) -> str:
    """Return a shape as text; empty for a single number."""
    axes = [*map(str, shape), *["B"] * lanes]
    return f"[{','.join(axes)}]" if axes else ""
