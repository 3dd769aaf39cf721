"""One call of a function of tensors, recorded: leaves for its arguments, its result, and what the program depends on.

Python code that branches on numbers, or reads them, would take another way in another call. What it decides by becomes
a condition that later calls check again. What cannot be followed is refused, and the function runs as it is.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, NamedTuple, NoReturn

import numpy as np

from ...arrays.readonly import KEPT
from ...arrays.tensor import Tensor
from ...core.context import Note
from ...core.tape import Node, create, make_leaf, tick
from ...core.value import Value
from ..recording.arguments import Arguments
from ..recording.results import Template
from ..recording.surroundings import Surroundings
from ..recording.tracer import Tracer, traced, user_place
from .derived import Derived, derive

__all__ = ["Decision", "Recorded", "Refused", "record_call"]

Array = np.ndarray[Any, Any]
OPERATORS = tuple(f"{Path(__file__).parents[2] / name}{os.sep}" for name in ("arrays", "compiler", "core"))


class Refused(Exception):  # noqa: N818 - no error: the function runs as it is
    """A function that does not compile, with the reason: the rest of a sentence whose subject is the function."""


class Decision(NamedTuple):
    """Numbers by which Python code decided.

    Attributes
    ----------
    asked : Node or Derived
        The numbers: a condition of values, truth values about tensors, or whole numbers.
    answer : ndarray
        The numbers in the recorded call, or whether they are true.
    place : str
        The line of the user's code.
    is_own : bool
        True if that line asks, and not a function of this project about its arguments.
    is_of_numbers : bool
        True for whole numbers.
    """

    asked: Any
    answer: Any
    place: str
    is_own: bool

    @property
    def is_of_numbers(self) -> bool:
        return bool(self.answer.ndim or self.answer.dtype != bool)


class Recorded(NamedTuple):
    """A recorded call.

    Attributes
    ----------
    result : Template
        The form of the result, with the nodes and derived arrays in it.
    decisions : list of Decision
        What the program depends on.
    names : list of str
        The name of each number and array among the arguments.
    leaves : list
        The leaf for each number and array among the arguments; ``None`` for a whole number, which is part of the
        structure.
    kept : dict
        By the identity of arrays that records keep, the arrays and where they come from.
    began : int
        The creation number of the first record of the function.
    surroundings : Surroundings
        The state outside the arguments that the function could read.
    """

    result: Template
    decisions: list[Decision]
    names: list[str]
    leaves: list[Any]
    kept: dict[int, tuple[Array, Derived]]
    began: int
    surroundings: Surroundings


class TensorTracer(Tracer):
    """The tracer of a function of tensors. Whatever the tracer of values warns of, this one refuses."""

    by_values: ClassVar[bool] = False

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.kept: dict[int, tuple[Array, Derived]] = {}
        self.decisions: list[Decision] = []

    def beside_tensor(self) -> NoReturn:
        self.refuse("computes with arrays of values beside tensors")

    def asked(self, function: Callable[..., Any], args: Sequence[Any], options: Mapping[str, Any]) -> Any:
        return derive(function, *args, **options)

    def asks(self, condition: Any, answer: bool) -> None:
        self._decide(condition, np.asarray(answer))

    def decided(self, asked: Derived) -> Any:
        """Python branches on truth values."""
        answer = bool(asked.array)
        self._decide(asked, np.asarray(answer))
        return answer

    def read_derived(self, asked: Derived) -> None:
        """Python reads numbers that depend on whole numbers among the arguments; those of tensors are refused."""
        waiting: list[Any] = [asked]
        while waiting:
            x = waiting.pop()
            if isinstance(x, Node):
                self.refuse("reads numbers that it has computed from tensors")
            if isinstance(x, tuple):
                waiting += x
            elif isinstance(x, Derived):
                waiting += x.operands
        if not any(asked is each.asked for each in self.decisions):
            self._decide(asked, asked.array.copy())

    def _decide(self, asked: Any, answer: Array) -> None:
        self.decisions.append(Decision(asked, answer, user_place(), _is_asked_by_the_user()))

    def read(self, node: Node) -> None:
        if not self._is_constant(node):
            self.refuse("reads the numbers of a tensor or value")

    def swept(self, *_: Any) -> None:
        self.refuse("makes a backward pass")

    def refuse(self, what: str) -> NoReturn:
        """Stop recording."""
        raise Refused(f"{what} at {user_place()}")


def _is_asked_by_the_user() -> bool:
    """True if no function of this project, other than operators, asks for a decision."""
    frame: Any = sys._getframe(2)
    while frame.f_code.co_filename.startswith(OPERATORS):
        frame = frame.f_back
    return user_place() == f"{frame.f_code.co_filename}:{frame.f_lineno}"


def record_call(function: Callable[..., Any], given: Arguments, names: Callable[[int | str], str]) -> Recorded:
    """Call a function of tensors and record what it does, also under ``no_grad``.

    Raises
    ------
    Refused
        If it does what a program of tensors would not do.
    """
    leaves: list[Any] = []
    labels: list[str] = []

    def number(x: Any, name: str) -> Any:
        labels.append(name)
        leaves.append(None if type(x) is int else Value(x._data if isinstance(x, Value) else x, name))
        return x if leaves[-1] is None else leaves[-1]

    def array(x: Any, name: str, _: bool) -> Any:
        labels.append(name)
        leaf: Any
        if isinstance(x, Tensor):
            leaf = create(Tensor)
            make_leaf(leaf, x._data, Note(name))
        elif x.dtype in KEPT:
            leaf = Tensor(x, name)
        elif x.dtype.kind == "f":
            raise Refused(f"is given {name}, an array of {x.dtype}")
        else:
            leaf = Derived(x.copy())
        leaves.append(leaf)
        return leaf

    args, kwargs = given.mapped(names, number, array)
    surroundings = Surroundings(function, given.kept)
    tracer = TensorTracer(getattr(function, "__name__", type(function).__name__))  # counts the leaves as given
    began = tick()
    try:
        with traced(tracer):
            result = Template(function(*args, **kwargs), (Value, Tensor, Derived))
        drawn, moved = surroundings.drawn_from(), surroundings.moved()
        if drawn:
            raise Refused(f"draws random numbers, from {drawn[0]}")
        if moved:
            raise Refused(f"changes {moved}")
    except Exception:
        surroundings.rewind()
        raise
    surroundings.end_recording()
    return Recorded(result, tracer.decisions, labels, leaves, tracer.kept, began, surroundings)
