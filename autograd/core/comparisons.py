"""Comparisons of values in Python code: each leaves a note on the values compared.

    y = x * x if x > 0 else -x        with x = 2:   y = x * x, and the note on x that x > 0 was True

A note refers to values by their creation numbers, so it keeps none of them alive.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .context import Note, caller
from .modes import active, mode_here
from .tape import Node, data_of, tick

__all__ = ["COMPARED", "MOST", "answered", "asked", "remember", "without_branches"]

MOST = 64  # notes on one value; where there would be more, the older half is dropped
COMPARED = {  # by numpy's names
    "less": "<",
    "less_equal": "<=",
    "greater": ">",
    "greater_equal": ">=",
    "equal": "==",
    "not_equal": "!=",
}
_PLAIN = {float, int, type(None)}
# A comparison: its sign, and for each side the creation number, None for a constant, and the number.
Question = tuple[Any, ...]
# The answer, the creation number that a value made then would have had, and under provenance the code and instruction.
Answer = tuple[Any, ...]

# --- Keeping ----------------------------------------------------------------------------------------------------------


def remember(
    comparison: str, answer: bool, left: Node | None, x: Any, right: Node | None = None, y: Any = None, depth: int = 3
) -> Any:
    """Return the answer of a comparison, and leave a note of it on the values compared.

    Every comparison of values calls this function, which calls the tracer of the mode. The tracer of a function that is
    being compiled gives an answer of its own. Under ``no_grad`` no note is left.
    """
    if type(y) not in _PLAIN:
        y = float(y)  # a subclass of float may refer to any other object
    found: Answer = (answer, tick())
    if active:
        mode = mode_here()
        if mode.tracer is not None:
            return mode.tracer.compared(comparison, answer, left, x, right, y)
        if not mode.recording:
            return answer
        if mode.watch is not None:
            found = (*found, *caller(depth))
    question = (
        comparison,
        None if left is None else left._number,
        x,
        None if right is None else right._number,
        y,
    )
    if left is not None:
        keep(left, question, found)
    if right is not None and right is not left:
        keep(right, question, found)
    return answer


def answered(name: str, answer: Any, inputs: Sequence[Any]) -> Any:
    """Do the same for the answer of a function of numpy, given its name; ``isnan`` is one, and leaves no note."""
    if active and mode_here().tracer is not None:
        return mode_here().tracer.answered(name, answer, inputs)
    if name in COMPARED and isinstance(answer, np.bool_):
        (left, x), (right, y) = [(x, x._data) if isinstance(x, Node) else (None, np.asarray(x).item()) for x in inputs]
        remember(COMPARED[name], bool(answer), left, x, right, y, depth=4)
    return answer


def asked(function: Callable[..., Any], *args: Any, **options: Any) -> Any:
    """Return what a function of numpy says about the numbers of tensors; it records nothing, and has no gradient."""
    tracer = mode_here().tracer if active else None
    if tracer is not None:
        return tracer.asked(function, args, options)
    return function(*map(data_of, args), **options)


def keep(node: Node, question: Question, answer: Answer) -> None:
    """Add a comparison to the note of one value; a note that values of a scope share stays as it is."""
    note = node._note
    if type(note) is tuple:  # as provenance leaves it
        note, *source = note
    kept = None if note is None else note.branches
    if kept is None:
        kept = {}
        own = Note(note.name, note.scope, note.role, note.source, kept, note.frozen) if note else Note(branches=kept)
        node._note = (own, *source) if type(node._note) is tuple else own
    if question not in kept:
        if len(kept) >= MOST:
            for oldest in [*kept][: MOST // 2]:
                kept.pop(oldest, None)
        kept[question] = answer


def without_branches(note: Any) -> Any:
    """A copy of a node's ``_note`` for another node, without the comparisons."""
    if type(note) is tuple:
        return (without_branches(note[0]), *note[1:])
    return note if note is None or note.branches is None else note._replace(branches=None)
