"""One line of a program: a record, with its label."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..core.stores import gradient_of
from ..core.table import Primitive
from ..core.tape import Node
from ..text.numbers import short

__all__ = ["Entry"]


class Entry:
    """One line of a program.

    Attributes
    ----------
    k : int
        Position in the program.
    node : Node
        The value itself.
    op : Primitive or None
        The operation; ``None`` for a leaf.
    inputs : tuple of Entry or float
        The operation's arguments: earlier entries, and constants.
    numbers : tuple of float
        The arguments' numbers when the entry was recorded; an array for a tensor, and the other arguments of an
        operation on arrays: axes, a shape, an index.
    value : float or ndarray
        The result then. A leaf that was changed between two uses has an entry for each of its values.
    name, label : str
        The user's name or ``None``; and the name by which this program shows the entry, unique in it.
    scope, role : str
        The path of the module that recorded it; ``"parameter"``, ``"input"``, ``"computed"`` or ``"output"``.
    uses : list of int
        The positions of the entries that take it as an argument, once for each time they do.
    grad : float, ndarray or None
        The value's gradient at the time of reading.
    """

    __slots__ = ("inputs", "k", "label", "node", "numbers", "op", "role", "scope", "uses", "value")
    inputs: tuple[Any, ...]
    label: str

    def __init__(self, k: int, node: Node, value: Any) -> None:
        self.k = k
        self.node = node
        self.op: Primitive | None = node._op
        self.value = value
        self.inputs = ()
        self.numbers: tuple[Any, ...] = ()
        self.uses: list[int] = []
        self.label = f"%{k}"
        note = node.note
        self.role = "computed" if node._op else note.role or "input"
        self.scope = note.scope

    @property
    def name(self) -> str | None:
        return self.node.name

    @property
    def grad(self) -> Any:
        return gradient_of(self.node)

    @property
    def expression(self) -> str:
        """The operation in its notation, applied to labels and constants; for a leaf, its role."""
        if self.op is None:
            return self.role
        return self.op.write(self.operands(lambda x: x.label, short))

    def operands(self, name: Callable[[Entry], str], number: Callable[[Any], str]) -> list[str]:
        """Return the arguments of the operation as text: entries by ``name``, the constants by ``number``."""
        op = self.op
        assert op is not None
        return [
            name(x) if isinstance(x, Entry) else op.spelled(k, self.numbers, lambda x: _constant(number(x)))
            for k, x in enumerate(self.inputs)
        ]

    def __repr__(self) -> str:
        return f"<{self.label} = {self.expression}: {short(self.value)}>"


def _constant(text: str) -> str:
    """A constant among operands: an array that is written by its shape alone is called an array."""
    return f"array{text}" if text.startswith("(") else text
