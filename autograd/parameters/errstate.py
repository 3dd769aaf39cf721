"""Arithmetic by IEEE 754 without a word: infinities and nan are results, and no occasion for a warning.

``np.errstate`` says so for a block of code. To enter and leave it takes as long as two operations on small arrays; to
run a function in a context in which it was said once takes a tenth of that. Numpy keeps the setting in the context
from version 2 on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextvars import Context
from typing import Any

import numpy as np

__all__ = ["run_all"]

_free: list[Context] = []  # contexts in which numpy is quiet, and nobody is at the moment


def _go(calls: Iterable[Callable[[], Any]]) -> None:
    for call in calls:
        call()


def _in_context(calls: Iterable[Callable[[], Any]]) -> None:
    try:
        context = _free.pop()
    except IndexError:
        context = Context()  # an empty one: a copy of this thread's would keep the mode alive that is in force
        context.run(np.seterr, all="ignore")
    try:
        context.run(_go, calls)
    finally:
        _free.append(context)


def _in_block(calls: Iterable[Callable[[], Any]]) -> None:
    with np.errstate(all="ignore"):
        _go(calls)


# Calls each of the functions, one after the other.
run_all: Callable[[Iterable[Callable[[], Any]]], None] = (
    _in_context if int(np.__version__.partition(".")[0]) >= 2 else _in_block
)
