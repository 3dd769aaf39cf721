"""The scope that the records of a loss carry: ``loss``, inside the scope around the call."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, Protocol, cast, overload

from autograd import Tensor, Value
from autograd.core.context import Note, current_note
from autograd.core.modes import active, note_here, set_note

__all__ = ["in_scope"]

P = ParamSpec("P")

_SCOPE = Note(scope="loss")


class _Loss(Protocol[P]):
    """The type of a loss: a tensor for a tensor, a value for a value, and for a list a value or lists of values."""

    @overload
    def __call__(self, prediction: Tensor, /, *beside: P.args, **options: P.kwargs) -> Tensor: ...
    @overload
    def __call__(self, prediction: Value, /, *beside: P.args, **options: P.kwargs) -> Value: ...
    @overload
    def __call__(self, *given: Any, **options: Any) -> Any: ...


def in_scope(loss: Callable[Concatenate[Any, P], Any]) -> _Loss[P]:
    """Give the records of a loss the scope ``loss``."""

    @wraps(loss)
    def scoped(*args: Any, **kwargs: Any) -> Any:
        before = note_here()
        around = current_note() if active else before
        try:
            set_note(Note(scope=f"{around.scope}.loss") if around and around.scope else _SCOPE)
            return loss(*args, **kwargs)
        finally:
            set_note(before)

    return cast(_Loss[P], scoped)
