"""The scope that the records of a loss carry: ``loss``, inside the scope around the call."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from autograd.core.context import Note, current_note
from autograd.core.modes import active, note_here, set_note

__all__ = ["in_scope"]

P = ParamSpec("P")
R = TypeVar("R")

_SCOPE = Note(scope="loss")


def in_scope(loss: Callable[P, R]) -> Callable[P, R]:
    """Let what a loss records carry the scope ``loss``."""

    @wraps(loss)
    def scoped(*args: P.args, **kwargs: P.kwargs) -> R:
        before = note_here()
        around = current_note() if active else before
        try:
            set_note(Note(scope=f"{around.scope}.loss") if around and around.scope else _SCOPE)
            return loss(*args, **kwargs)
        finally:
            set_note(before)

    return scoped
