"""The steps of a program: what was recorded between its leaves and its results, in the order of the call."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from ...arrays.readonly import Kept
from ...core.tape import Node
from ..recording.tracer import DETACH
from .derived import Derived
from .recording import Recorded, Refused

__all__ = ["Steps", "operands_of", "steps_of"]


class Steps(NamedTuple):
    """The steps of a program.

    Attributes
    ----------
    outer : list of Node
        The nodes outside the function that it reads: parameters, and what was computed before.
    computed : list of Node or Derived
        What the function computes, each after its operands.
    reached : set of int
        The identities of the nodes through which a gradient may flow from a result.
    """

    outer: list[Node]
    computed: list[Any]
    reached: set[int]


def operands_of(x: Any, kept: dict[int, Any]) -> list[Any]:
    """The operands of a step: nodes, derived arrays, constants, and tuples of these."""
    if isinstance(x, Derived):
        return list(x.operands)
    pairs = zip(x.arguments(), x.numbers(), strict=True)
    return [_origin(number, kept) if node is None else node for node, number in pairs]


def _origin(number: Any, kept: dict[int, Any]) -> Any:
    """A constant of a record, or the derived array whose numbers it has."""
    if isinstance(number, Kept):
        return kept[id(number)][1]
    return tuple(_origin(each, kept) for each in number) if isinstance(number, tuple) else number


def steps_of(recorded: Recorded) -> Steps:
    """Find the steps that lead to the results and to the decisions of a recorded call."""
    given = {id(leaf) for leaf in recorded.leaves}
    began = recorded.began
    outer: dict[int, Node] = {}
    computed: dict[int, Any] = {}
    waiting = [*recorded.result.values, *(each.asked for each in recorded.decisions)]
    while waiting:
        x = waiting.pop()
        if id(x) in computed or id(x) in outer or id(x) in given:
            continue
        if isinstance(x, Node) and (x._number < began or x._op is None):
            outer[id(x)] = x
            continue
        op = x._op if isinstance(x, Node) else None
        if op is not None and (op.opaque or getattr(op, "together", None) is not None):
            raise Refused(f"calls {op.name}, which runs as a whole")
        computed[id(x)] = x
        waiting += followed_in(operands_of(x, recorded.kept))
    ordered = sorted(computed.values(), key=lambda x: x._number if isinstance(x, Node) else x.number)
    first = sorted(outer.values(), key=lambda x: x._number)
    return Steps(first, ordered, _reached([x for x in recorded.result.values if id(x) in computed], began, given))


def followed_in(operands: Sequence[Any]) -> Iterator[Any]:
    """The nodes and derived arrays among operands, also in tuples."""
    for x in operands:
        if isinstance(x, (Node, Derived)):
            yield x
        elif isinstance(x, tuple):
            yield from followed_in(x)


def _reached(results: Sequence[Any], began: int, given: set[int]) -> set[int]:
    """The identities of the nodes that a backward pass would reach."""
    reached: set[int] = set()
    waiting = [x for x in results if isinstance(x, Node)]
    while waiting:
        x = waiting.pop()
        if id(x) in reached:
            continue
        reached.add(id(x))
        inside = x._op is not None and x._number >= began and id(x) not in given
        if inside and x._op is not DETACH:
            waiting += [argument for argument in x.arguments() if argument is not None]
    return reached
