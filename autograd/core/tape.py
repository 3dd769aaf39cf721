"""The tape: one record for each value, and the program that the records of a result make up.

    y = (x * x + 1).tanh()          x      a leaf
                                    %1  =  x * x
                                    %2  =  %1 + 1
                                    y   =  tanh(%2)

A value owns its record: the operation, the arguments, the arguments' *numbers* at that moment, and a creation number.
References run from a result to its arguments only. So there are no cycles, a record lives exactly as long as a result
that needs it, and nobody manages a tape. Since arguments exist before their results, the order of creation is a
topological order: ``collect`` finds what a result depends on with a stack and sorts it by creation number.
"""

from __future__ import annotations

import itertools
import operator
from collections.abc import Callable, Iterable, Sequence
from typing import Any, ClassVar, TypeAlias, TypeVar

from ..errors import TapeError, shortened
from .context import Note, Source, checked_name
from .modes import active, mode_here, note_here
from .protocol import Compatible
from .table import Primitive

__all__ = ["Loop", "Node", "Totals", "Walk", "collect", "data_of", "is_adjoint", "record"]

N = TypeVar("N", bound="Node")
# A reverse loop: given the computed nodes and the leaves of a pass, in the order of `collect`, with the results'
# adjoints set, it completes all adjoints.
Loop: TypeAlias = "Callable[[Sequence[Node], Sequence[Node]], None]"
# A function of leaves whose adjoints are complete, and of the computed nodes of the pass: it gives the stores of
# gradients. Each store is an iterator of C code that sets one slot for each item it gives.
Totals: TypeAlias = "Callable[[Sequence[Node], Sequence[Node]], Sequence[Iterable[Any]]]"


class Node(Compatible):
    """A number that remembers how it came about.

    A record has slots for two arguments, ``_a`` and ``_b``, and for their numbers, ``_x`` and ``_y``; an argument that
    is a constant has a number only. A record of more arguments leaves ``_a`` and ``_b`` empty and keeps the tuple of
    its arguments in ``_x`` and the sequence of their numbers in ``_y``. A leaf has no operation.
    """

    __slots__ = (
        "__weakref__",
        "_a",
        "_adjoint",  # scratch of the sweep that marked the node last
        "_b",
        "_data",
        "_grad",
        "_mark",
        "_note",
        "_number",  # creation number
        "_op",
        "_x",
        "_y",
    )
    _a: Node | None
    _b: Node | None
    _x: Any
    _y: Any
    _op: Primitive | None
    _data: Any
    _grad: Any  # of a computed node, what `stores.gradient_of` makes of it and the mark
    _adjoint: Any
    _mark: Walk | None
    _note: Any  # None, a Note, or what `note` makes one of
    _number: int
    # A kind of node may bring a reverse loop of its own, and its own way to take gradients in; see `sweep`.
    loop: ClassVar[Loop | None] = None
    totals: ClassVar[Totals | None] = None

    @property
    def note(self) -> Note:
        """The name, scope, role and source of the value."""
        if type(self._note) is tuple:  # as provenance leaves it: the note, and what a Source is made of
            note, *source = self._note
            return (note or Note())._replace(source=Source(*source))
        return self._note or Note()

    @property
    def name(self) -> str | None:
        """The name the user gave, or ``None``."""
        return self.note.name

    @name.setter
    def name(self, name: str | None) -> None:
        self._note = self.note._replace(name=None if name is None else checked_name(name))

    @property
    def scope(self) -> str:
        """The path of the module that recorded this value, or ``""``."""
        return self.note.scope

    @property
    def source(self) -> Source | None:
        """The line that recorded the value, if `provenance` was in force."""
        return self.note.source

    @property
    def known_as(self) -> str | None:
        """The user's name; else the variable it was first assigned to, if provenance was kept."""
        note = self.note
        return note.name or (note.source.variable if note.source else None)

    def forget(self) -> None:
        """Become a leaf: drop the operation, its arguments and their numbers."""
        if self._op is not None:
            make_leaf(self, self._data)

    def arguments(self) -> Sequence[Node | None]:
        """The arguments of a computed value, in order, with ``None`` for a constant."""
        if self._a is None and self._b is None:
            return self._x  # type: ignore[no-any-return]
        return (self._a,) if self._op.arity == 1 else (self._a, self._b)  # type: ignore[union-attr]

    def numbers(self) -> Sequence[Any]:
        """The numbers of the arguments when they were recorded."""
        if self._a is None and self._b is None:
            return self._y  # type: ignore[no-any-return]
        return (self._x,) if self._op.arity == 1 else (self._x, self._y)  # type: ignore[union-attr]

    def operands(self) -> list[tuple[Node | None, Any]]:
        """The arguments with their numbers; a leaf has none."""
        return [] if self._op is None else list(zip(self.arguments(), self.numbers(), strict=True))

    def __getstate__(self) -> dict[str, Any]:
        if self._op is not None:
            raise TapeError(
                f"{shortened(self, 80)} is the result of {self._op.name}, and copying or pickling it would leave the "
                "graph behind; copy its number with .detach(), plot it with .data, or look at its graph with "
                "autograd.program(value)"
            )
        own = (
            name
            for kind in type(self).__mro__
            if not issubclass(Node, kind)
            for name in vars(kind).get("__slots__", ())
        )
        return {"_data": self._data, "_grad": self._grad, "_note": self.note._replace(source=None, branches=None)} | {
            name: getattr(self, name) for name in [*getattr(self, "__dict__", ()), *own] if hasattr(self, name)
        }

    def __setstate__(self, state: dict[str, Any]) -> None:
        make_leaf(self, state["_data"])
        for name, value in state.items():
            setattr(self, name, value)


def data_of(x: Any) -> Any:
    """Return the number, or array, of a node; anything else as it is."""
    return x._data if isinstance(x, Node) else x


# --- Recording ------------------------------------------------------------------------------------------------------

create = object.__new__
tick = itertools.count().__next__  # creation numbers; one call of C code, so no two threads draw the same


def make_leaf(node: Node, data: Any, note: Note | None = None) -> None:
    """Fill in the slots of a node that was not computed."""
    node._data = data
    node._grad = node._op = node._a = node._b = node._x = node._y = node._mark = None
    node._note = note
    node._number = tick()


def record(kind: type[N], op: Primitive, args: Sequence[Node | None], numbers: Sequence[Any], data: Any) -> N:
    """A new node: the result ``data`` of ``op`` on ``args``, whose numbers are ``numbers``."""
    node = create(kind)
    node._data = data
    node._grad = node._mark = node._a = node._b = None
    node._note = note_here()
    node._op = op
    if op.arity == 2:
        node._a, node._b = args
        node._x, node._y = numbers
    elif op.arity == 1:
        node._a, node._x, node._y = args[0], numbers[0], None
    else:
        node._x, node._y = args, numbers
    node._number = tick()
    if active:
        mode_here().on_record(node)
    return node


# --- What a result depends on ---------------------------------------------------------------------------------------

creation_number = operator.attrgetter("_number")


class Walk:
    """The mark of the nodes that a call of `collect` found; ``done`` if their adjoints have become their gradients."""

    done = False


def is_adjoint(node: Node, mark: Walk) -> bool:
    """Return True if the gradient of a node that has this mark is its adjoint, and none was set by hand since."""
    return mark.done and node._op is not None and not (type(node._grad) is tuple and node._grad[0] is mark)


def collect(roots: Sequence[Node]) -> tuple[list[Node], list[Node]]:
    """Collect all nodes that the roots depend on, themselves included: the computed ones, latest first, and the leaves.

    Every node found has an adjoint of 0 afterwards. Call it through ``exclusively``.
    """
    mark = Walk()
    computed: list[Node] = []
    leaves: list[Node] = []
    stack = [*roots]
    paths = 0
    while stack:
        node = stack.pop()
        paths += 1
        while node._mark is not mark:  # along the first arguments; the others wait on the stack
            if node._mark is not None and node._op is not None and is_adjoint(node, node._mark):
                node._grad = node._adjoint
            node._mark = mark
            node._adjoint = 0.0
            if node._op is None:
                leaves.append(node)
                break
            computed.append(node)
            a, b = node._a, node._b
            if b is not None and b._mark is not mark:
                if b._op is None:
                    b._mark = mark
                    b._adjoint = 0.0
                    leaves.append(b)
                else:
                    stack.append(b)
            if a is None:
                for argument in node._x if b is None else ():
                    if argument is not None and argument._mark is not mark:
                        stack.append(argument)
                break
            node = a
    if paths > 1:  # a path is in order by itself
        computed.sort(key=creation_number, reverse=True)
    leaves.sort(key=creation_number)
    return computed, leaves
