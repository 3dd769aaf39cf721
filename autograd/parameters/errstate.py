"""Calls of numpy's functions without warnings: infinities and nan are results by IEEE 754.

``np.errstate`` does this for a block of code, but entering and leaving it takes as long as two operations on small
arrays. Since version 2 numpy keeps the setting in the context (``contextvars``). To run a function in a context where
it was set once takes a tenth of the time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextvars import Context
from typing import Any

import numpy as np

__all__ = ["run_all"]

_free: list[Context] = []  # contexts without warnings that no thread is using


def _go(calls: Iterable[Callable[[], Any]]) -> None:
    for call in calls:
        call()


def _in_context(calls: Iterable[Callable[[], Any]]) -> None:
    try:
        context = _free.pop()
    except IndexError:
        context = Context()  # empty, since a copy of this thread's would keep its mode alive
        context.run(np.seterr, all="ignore")
    try:
        context.run(_go, calls)
    finally:
        _free.append(context)


def _in_block(calls: Iterable[Callable[[], Any]]) -> None:
    with np.errstate(all="ignore"):
        _go(calls)


# Calls the functions one after the other.
run_all: Callable[[Iterable[Callable[[], Any]]], None] = (
    _in_context if int(np.__version__.partition(".")[0]) >= 2 else _in_block
)
