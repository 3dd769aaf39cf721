"""Calls of numpy's functions without warnings: infinities and nan are results by IEEE 754.

``np.errstate`` does this for a block of code, but entering and leaving it takes as long as two operations on small
arrays. Since version 2 numpy keeps the setting in the context (``contextvars``). To run a function in a context where
it was set once takes a tenth of the time.

A function that is called here must record nothing: the note of the innermost scope is in the context, too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextvars import Context
from functools import partial
from typing import Any

import numpy as np

__all__ = ["quietly", "run_all"]

_free: list[Context] = []  # contexts without warnings that no thread is using


def _new_context() -> Context:
    context = Context()  # empty, since a copy of this thread's would keep its mode alive
    context.run(np.seterr, all="ignore")
    return context


def _in_context(function: Callable[..., Any], *args: Any) -> Any:
    try:
        context = _free.pop()
    except IndexError:
        context = _new_context()
    try:
        return context.run(function, *args)
    finally:
        _free.append(context)


def _all_in_context(calls: Iterable[Callable[[], Any]]) -> None:
    """The same as ``_in_context(_go, calls)``, without collecting and passing on any arguments."""
    try:
        context = _free.pop()
    except IndexError:
        context = _new_context()
    try:
        context.run(_go, calls)
    finally:
        _free.append(context)


def _in_block(function: Callable[..., Any], *args: Any) -> Any:
    with np.errstate(all="ignore"):
        return function(*args)


def _go(calls: Iterable[Callable[[], Any]]) -> None:
    for call in calls:
        call()


_HAS_CONTEXT = int(np.__version__.partition(".")[0]) >= 2
# Calls a function of positional arguments, and returns its result.
quietly: Callable[..., Any] = _in_context if _HAS_CONTEXT else _in_block
# Calls functions one after the other.
run_all: Callable[[Iterable[Callable[[], Any]]], None] = _all_in_context if _HAS_CONTEXT else partial(_in_block, _go)
