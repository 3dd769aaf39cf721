"""A function at a point, with the record of it there: the subject of a check.

The function is followed along straight lines through its arguments. Along a line it is a function of one number t, and
so is its record, run again on other numbers. The two are equal, bit for bit, unless the value depends on t on a path
that is not recorded:

    run(t)  =  record(t) + unrecorded(t)

`Numbers` and `Arrays` are the two kinds of subject. They differ in the lines that they take and in how they measure
rounding.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from typing import Any, NamedTuple

import numpy as np

from ..arrays.tensor import Tensor, evaluate
from ..core.context import differentiating
from ..core.namespaces import EDGES
from ..core.tape import Node, data_of
from ..core.value import Value
from ..derivatives.nests import leaves, rebuild
from ..derivatives.tracing import Trace
from ..errors import shortened
from ..experiments.branches import asked, turned
from ..experiments.rerun import Rerun
from ..experiments.rounding import same
from ..programs.entry import Entry
from ..text.numbers import short
from .differences import Along

__all__ = ["Claim", "Subject", "as_kept", "evaluated", "leaf_of"]

Function = Callable[..., Any]
Points = Sequence[Any]  # the numbers and arrays among the arguments of a function


def as_kept(x: Any, node: Node | None) -> Any:
    """Return numbers in the form in which a record keeps those of a node; those of a constant as they are."""
    if node is None:
        return x
    return np.asarray(x, dtype=float) if isinstance(node, Tensor) else float(x)


def leaf_of(x: Any) -> Node:
    """Return a new leaf with these numbers."""
    return Tensor(x) if isinstance(x, np.ndarray) else Value(x)


def evaluated(entry: Entry, arguments: Sequence[Any]) -> Any:
    """Return the value of an entry's operation on other numbers; nan where it raises an error, as a user's may."""
    try:
        return as_kept(evaluate(entry.op, *arguments), entry.node)  # type: ignore[arg-type]
    except Exception:
        return entry.value * math.nan


class Claim(NamedTuple):
    """A derivative by reverse and by forward mode, and the functions to find it numerically.

    Attributes
    ----------
    inputs : tuple of int
        The positions of the arguments of the derivative; for a second derivative two, of which the last one moves.
    name : str
        The arguments as the report names them.
    reverse, forward : float
        The derivative along the line, by both modes.
    record : callable
        ``(m, t)``: the record, run again in the namespace ``m``.
    unrecorded : callable
        ``t``: a new call of the function minus the record; 0.0 where they agree bit for bit.
    t : float
        The position on the line where the function was recorded.
    value : float
        The value of the function there.
    value_noise, slope_noise : float
        Bounds of the rounding errors of the value and of the derivative.
    has_edges : bool
        True if an operation of the record has kinks or jumps, or chooses.
    """

    inputs: tuple[int, ...]
    name: str
    reverse: float
    forward: float
    record: Along
    unrecorded: Callable[[float], float]
    t: float
    value: float
    value_noise: float
    slope_noise: float
    has_edges: bool


class Subject(ABC):
    """A function at a point, and its record there; of several results, the sum with random weights.

    Attributes
    ----------
    points : list
        The numbers and arrays among the arguments.
    rerun : Rerun
        The record.
    program : Program
        Its entries.
    has_edges : bool
        True if there is an operation in it that has kinks or jumps, or that chooses.
    value : float
        The weighted sum that was recorded.
    """

    def __init__(self, f: Function, args: Sequence[Any], names: Sequence[str], trace: Trace) -> None:
        self.f, self.args, self.names, self.trace = f, args, names, trace
        self.points = list(map(data_of, trace.inputs))
        for x, name in zip(trace.inputs, names, strict=True):
            x.name = name
        self.results = [x if isinstance(x, (Node, np.ndarray)) else float(x) for x in leaves(trace.result)]
        self.rerun = Rerun.of(trace.inputs, self.results)
        self.program, self.has_edges = self.rerun.program, self.rerun.has_edges
        self.weights = self.random_weights([np.shape(data_of(x)) for x in self.results])
        self._branches = asked(self.program, until=math.inf)

    @property
    def value(self) -> float:
        return self.total(list(map(data_of, self.results)))

    @property
    @abstractmethod
    def value_noise(self) -> float:
        """A bound of the rounding error of the value."""

    @abstractmethod
    def claims(self) -> Iterator[Claim]:
        """Yield the first derivatives."""

    @abstractmethod
    def second(self) -> Iterator[Claim]:
        """Yield the second derivatives: those of each entry of the gradient."""

    @abstractmethod
    def weighted(self, numbers: Sequence[Any]) -> Any:
        """Return the sum of results times their weights; a weight of 0 leaves its result out, even an infinite one."""

    def random_weights(self, shapes: Sequence[tuple[int, ...]]) -> list[Any]:
        """Return a weight for each number in the results: 1 for a single one, else a random one."""
        draw = np.random.default_rng(0)
        if sum(map(math.prod, shapes)) == 1:
            return [np.ones(shape) if shape else 1.0 for shape in shapes]
        return [draw.choice((-1.0, 1.0), shape) * draw.uniform(0.5, 2.0, shape) for shape in shapes]

    def total(self, numbers: Sequence[Any]) -> float:
        """Return the weighted sum of results; nan if they are of other shapes than those that were recorded."""
        if list(map(np.shape, numbers)) != list(map(np.shape, self.weights)):
            return math.nan
        return float(self.weighted(numbers))

    # --- The record ---------------------------------------------------------------------------------------------------

    def again(self, points: Points) -> list[Any]:
        """Return the values of all entries of the record, run again: bit for bit the values of a new record."""
        with np.errstate(all="ignore"):
            return self.rerun.run(evaluated, points)

    def by_record(self, points: Points) -> list[float]:
        """Return the values of the functions that are checked, here the weighted sum alone, by the record."""
        return [self.total(self.rerun.results(self.again(points)))]

    def pull(self, weights: Sequence[Any]) -> list[Any]:
        """Return the gradient by each argument in reverse mode; nan where its shape is not that of the argument."""
        return self.shaped(lambda: self.trace.pull(self.trace.outputs, self.cotangents(weights)))

    def cotangents(self, weights: Sequence[Any]) -> list[Any]:
        """Return the weights of those results that are recorded."""
        pairs = zip(weights, self.results, strict=True)
        return [as_kept(weight, x) for weight, x in pairs if isinstance(x, Node)]

    def shaped(self, pulled: Callable[[], Sequence[Any]]) -> list[Any]:
        """Return gradients as plain numbers; nan where their shape is not that of the argument."""
        nothing = [x * math.nan for x in self.points]
        try:
            gradients = map(data_of, pulled())
            return [g if np.shape(g) == np.shape(x) else x for g, x in zip(gradients, nothing, strict=True)]
        except EDGES:  # shapes that do not fit
            return nothing

    # --- The function, called anew ------------------------------------------------------------------------------------

    def call(self, points: Points) -> list[Any]:
        """Return the results of a new call, as plain numbers."""
        supply = iter(points)
        with differentiating(), np.errstate(all="ignore"):
            return list(map(data_of, leaves(self.f(*rebuild(self.args, lambda _: leaf_of(next(supply)))))))

    def anew(self, points: Points) -> list[float]:
        """Return the values of the functions that are checked by a new call; nan if it raises."""
        try:
            return [self.total(self.call(points))]
        except Exception:  # the function need not be defined there
            return [math.nan]

    def astray(self, calls: int) -> str:
        """Return a sentence on a new call with the same arguments that differs from the record, or ``""``."""
        for _ in range(calls):
            try:
                numbers = self.call(self.points)
            except Exception as error:
                return f"called again with the same arguments, it raised {shortened(error, 100)}"
            total = self.total(numbers)
            if not (same(total, self.value) or abs(total - self.value) <= self.value_noise):
                return f"called again with the same arguments, it gave {self._unlike(numbers)}"
        return ""

    def _unlike(self, numbers: Sequence[Any]) -> str:
        """Return the words for the first result of a new call that differs from the recorded one."""
        for x, recorded in zip(numbers, map(data_of, self.results), strict=False):
            if np.shape(x) == np.shape(recorded) and not np.array_equal(x, recorded, equal_nan=True):
                return f"{short(x, 8)} instead of {short(recorded, 8)}"
        return "results of other shapes"

    # --- The difference of function and record ------------------------------------------------------------------------

    def unrecorded(self, at: Callable[[float], Points], t: float) -> Callable[[float], list[float]]:
        """Return the difference of new calls along a line from the record, as a function of the position.

        Where the function would take another path through its ``if`` statements, its record would be another one. The
        difference is then continued from the other side of ``t``, the recorded position, if the path is the recorded
        one there; else it is left out.
        """

        @cache
        def difference(position: float) -> list[float]:
            points = at(position)
            pairs = zip(self.anew(points), self.by_record(points), strict=True)
            return [0.0 if same(x, y) else x - y for x, y in pairs]

        def unrecorded(position: float) -> list[float]:
            if self.takes_its_path(at(position)):
                return difference(position)
            mirrored = 2 * t - position
            return [-x for x in difference(mirrored if self.takes_its_path(at(mirrored)) else t)]

        return unrecorded

    def takes_its_path(self, points: Points) -> bool:
        """Return True if no comparison of values that the function made would be answered otherwise."""
        return not self._branches or not turned(self._branches, self.again(points))
