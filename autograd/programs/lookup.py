"""Which entry is meant: by a value, a label, an operation."""

from __future__ import annotations

from difflib import get_close_matches
from typing import Any

from ..core.table import Primitive
from ..core.tape import Node
from ..errors import InputValueError, shortened
from ..text.layout import listed
from ..text.numbers import short
from .entry import Entry
from .listing import Program

__all__ = ["entry_of", "one_entry", "operations"]


def entry_of(which: Any, program: Program) -> Entry:
    """The entry of a value, or of a label.

    Raises
    ------
    InputValueError
        If the program has none; with what may have been meant.
    """
    try:
        return program.find(which)
    except InputValueError:
        name = which if isinstance(which, str) else ""
        bearers = {id(entry.node): entry for entry in program if name and entry.node.known_as == name}
        if len(bearers) == 1:  # a leaf that changed: none of its versions is labelled by the name alone
            return next(iter(bearers.values()))
        if bearers:
            labels = listed([entry.label for entry in bearers.values()])
            raise InputValueError(f"{shortened(which)} is the name of {len(bearers):,} values: {labels}") from None
        raise InputValueError(f"{shortened(which)} is not part of this program; {_hint(which, program)}") from None


def _hint(which: Any, program: Program) -> str:
    names = [entry.label for entry in program if entry.node.known_as][:1000]
    names += [op.name for op in operations(program)]
    near = get_close_matches(which, names, n=1) if isinstance(which, str) else []
    return f"did you mean {near[0]!r}?" if near else "print(autograd.program(value)) lists what is"


def operations(program: Program) -> list[Primitive]:
    """The operations that a program consists of, each once, in their order."""
    return list(dict.fromkeys(entry.op for entry in program.computed if entry.op is not None))


def one_entry(program: Program, which: Node | str) -> Entry:
    """The entry of a value, or of a name or label.

    Raises
    ------
    InputValueError
        If there is none; or if there are several, since the name was given twice, or the leaf another number between
        two uses.
    """
    found = [
        entry
        for entry in program
        if entry.node is which or (isinstance(which, str) and which in (entry.label, entry.node.known_as))
    ]
    exact = [entry for entry in found if isinstance(which, str) and entry.label == which]
    if len(found) > 1 and not exact:
        several = ", ".join(f"{entry.label} = {short(entry.value)}" for entry in found[:6])
        raise InputValueError(
            f"{shortened(which)} stands for {len(found)} entries of this program: {several}; say which by its label"
        )
    return (exact or found or [program.find(which)])[0]
