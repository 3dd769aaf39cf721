"""Changes of many nodes at once, which no exception, signal or other thread can split.

An interrupt may fall between two instructions of Python code, but not within a call of C code. So what a change sets is
computed first, and all slots are then set in one call.

A computed node gets its gradient without a store of its own: its adjoint is its gradient as soon as the mark that it
has from its pass is ``done``. What a user sets later stands in the slot ``_grad``, together with that mark.
"""

from __future__ import annotations

import operator
import os
import threading
from collections import deque
from collections.abc import Callable, Iterable
from itertools import chain
from typing import Any

from ..errors import TapeError
from .tape import Node, is_adjoint

__all__ = ["adjoint", "at_once", "by_hand", "changing", "ending", "exclusively", "gradient_of", "storing"]

adjoint = operator.attrgetter("_adjoint")
changing = threading.RLock()  # held while gradients, or the numbers of many leaves, are changed


def storing(slot: str, nodes: Iterable[Node], numbers: Iterable[Any]) -> Iterable[Any]:
    """The stores that set a slot of many nodes, for `at_once`.

    ``numbers`` is a list, or a ``map`` of a function in C: nothing that runs Python code, where an interrupt may fall.
    """
    return map(getattr(Node, slot).__set__, nodes, numbers)


def gradient_of(node: Node) -> Any:
    """The gradient of a node: of a computed one the adjoint of the latest pass, unless it was set by hand since."""
    mark, kept = node._mark, node._grad
    if mark is None or not is_adjoint(node, mark):
        return kept[1] if type(kept) is tuple else kept
    adjoint = node._adjoint
    return adjoint if node._mark is mark else gradient_of(node)  # another thread has begun a pass


def by_hand(node: Node, gradient: Any) -> Any:
    """The content of the slot ``_grad`` for a gradient that no walk left: in a computed node with its latest mark."""
    return gradient if node._op is None else (node._mark, gradient)


def ending(node: Node) -> Iterable[Any]:
    """The store that makes the adjoints of all computed nodes of a pass their gradients, given one of them."""
    return map(setattr, (node._mark,), ("done",), (True,))


_exhaust: Callable[[Iterable[Any]], None] = deque[Any](maxlen=0).extend  # of no length: it drops what it is given


def at_once(*stores: Iterable[Any]) -> None:
    """Exhaust iterators of C code in one call: an interrupt finds either all of their stores made, or none."""
    _exhaust(chain.from_iterable(stores))


_exclusive = threading.Lock()
_holder: list[int] = []  # the thread that has the lock, for telling a nested call from a concurrent one


def exclusively(work: Callable[..., Any], *args: Any) -> Any:
    """Do work that marks nodes, while no other thread does any.

    Raises
    ------
    TapeError
        If this thread is doing such work already.
    """
    me = threading.get_ident()
    if me in _holder:
        raise TapeError("a backward pass was asked for inside another; let the first one end")
    with _exclusive:
        try:
            _holder.append(me)
            return work(*args)
        finally:
            _holder.clear()


def _after_fork() -> None:
    """Make the locks free that other threads held when this process was forked off: those threads do not run here."""
    own: Any = changing
    if not own._is_owned():
        own._at_fork_reinit()
    if threading.get_ident() not in _holder:
        _holder.clear()
        _exclusive._at_fork_reinit()  # type: ignore[attr-defined]


if hasattr(os, "register_at_fork"):  # pragma: no branch - Windows has none
    os.register_at_fork(after_in_child=_after_fork)
