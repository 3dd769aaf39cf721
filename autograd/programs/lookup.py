"""Entries of a program, looked up by their value, their label, or the name of their value."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from typing import Any

from ..core.stores import exclusively
from ..core.table import Primitive
from ..core.tape import Node, collect
from ..errors import InputTypeError, InputValueError, described, shortened
from ..text.layout import listed
from ..text.numbers import short
from .entry import Entry
from .labels import path_of

__all__ = ["hint", "matching", "operations", "unclear"]

NEAR = 1000  # names among which a similar one is looked for


def matching(entries: Iterable[Entry], which: Node | str) -> list[Entry]:
    """Return the entries of a value; those with a label; or, if no entry has it, those with a name, or with a path.

    A leaf that was changed between two uses has an entry for each of its numbers.

    Raises
    ------
    InputTypeError
        If something else than a value or text is given.
    """
    if isinstance(which, Node):
        return [entry for entry in entries if entry.node is which]
    if not isinstance(which, str):
        raise InputTypeError(f"an entry of a program is given by a value or a name, not by {described(which)}")
    entries = list(entries)
    labelled = [entry for entry in entries if entry.label == which]
    named = labelled or [entry for entry in entries if entry.node.known_as == which]
    return named or [entry for entry in entries if entry.node.known_as and path_of(entry) == which]


def unclear(
    which: Node | str, found: Sequence[Entry], entries: Sequence[Entry], results: Sequence[Entry]
) -> InputValueError:
    """Return an error that says why ``which``, for which none or several were found, is not one entry of a program."""
    if found:
        several = listed([f"{entry.label} = {short(entry.value)}" for entry in found])
        return InputValueError(
            f"{shortened(which)} stands for {len(found):,} entries of this program: {several}; say which by its label"
        )
    homes = {id(entry.node): entry for entry in entries}
    home = getattr(which, "_home", None)  # the array that a parameter lives in, and its place there
    if home is not None and id(home[0]) in homes:
        return InputValueError(
            f"{shortened(which)} is {homes[id(home[0])].label}[{home[1]}] here, where a compiled call is one "
            "operation; to see inside, call the function as it is written, its __wrapped__, on one sample"
        )
    if isinstance(which, Node):
        computed, leaves = exclusively(collect, [which])
        reached = {id(node) for node in [*computed, *leaves]}
        result = next((result.node for result in results if id(result.node) in reached), None)
        if result is not None:
            return InputValueError(
                f"{shortened(which)} was computed from {shortened(result)}, not the other way round; swap the two"
            )
    return InputValueError(f"{shortened(which)} is not part of this program; {hint(which, entries)}")


def hint(which: Any, entries: Sequence[Entry]) -> str:
    """Return a name or an operation of the program that is similar to a text, as a question; or else what lists all."""
    names = [entry.node.known_as for entry in entries if entry.node.known_as][:NEAR]
    names += [op.name for op in operations(entries)]
    near = get_close_matches(which[:NEAR], names, n=1) if isinstance(which, str) else []
    return f"did you mean {shortened(near[0])}?" if near else "print(autograd.program(value)) lists what is"


def operations(entries: Iterable[Entry]) -> list[Primitive]:
    """Return the operations of a program, each once, in their order."""
    return list(dict.fromkeys(entry.op for entry in entries if entry.op is not None))
