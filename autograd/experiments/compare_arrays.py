"""The derivatives of a function of arrays by reverse mode, by forward mode and numerically, and the verdict on each.

A function is followed along straight lines through its arguments: one number of an array moves, or, if there are many,
some by themselves and then all in a random direction. Along a line it is a function of one number, whose slope is

    by reverse mode      <gradient, direction>
    by forward mode      the direction, pushed through the record
    numerically          the function called anew, and central differences of eighth order (`numerical.stencil`)

Rounding is measured: the record is gone through again with every number off in its last place, forward and backward.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from ..arrays.table import arrays
from ..arrays.tensor import Tensor
from ..core.context import no_grad, recording
from ..core.namespaces import EDGES
from ..core.tape import Node, exclusively, record
from ..core.value import Value
from ..derivatives.nests import leaves, rebuild
from ..derivatives.operators import vjp
from ..derivatives.tracing import Trace, pull_numbers
from ..programs.entry import Entry
from ..programs.listing import Program
from .compare_numbers import Comparison, close
from .differences import EPSILON, stencil, taylor_rate

__all__ = ["Subject", "lines", "second_lines"]

Function = Callable[..., Any]
FEW, SOME = 8, 5  # of up to 8 numbers each moves by itself; of more 5 do, and then all together
NOTHING = 1e-80
SHAKEN_HARDER = 64
EXACT = {*"copy neg broadcast_to reshape transpose mT getitem pad concatenate windows stack entry".split()}


# --- A function and its record ----------------------------------------------------------------------------------------


def _data_of(x: Any) -> Any:
    """The numbers of a node; anything else as it is."""
    return x._data if isinstance(x, Node) else x


def _as_kept(x: Any, node: Node | None) -> Any:
    """Numbers as a record of the node keeps them."""
    if node is None:
        return x
    return np.asarray(x, dtype=float) if isinstance(node, Tensor) else float(x)


def _leaf(x: Any) -> Node:
    return Tensor(x) if isinstance(x, np.ndarray) else Value(x)


def _in_double_precision(x: Any) -> Any:
    """An argument as a number or an array, in double precision."""
    x = _data_of(x)
    return x.astype(float) if isinstance(x, np.ndarray) and x.dtype.kind == "f" else x


class Subject:
    """A function at a point, and its record there; of several results, the sum with random weights.

    Attributes
    ----------
    points : list
        The numbers and arrays among the arguments.
    program : Program
        The record.
    has_edges : bool
        Whether there is an operation in it that has kinks or jumps, or that chooses.
    """

    def __init__(self, f: Function, args: Sequence[Any], names: Sequence[str]) -> None:
        self.f, self.args = f, rebuild(list(args), _in_double_precision)
        self.names = names
        self.points = list(leaves(self.args))
        self.trace = Trace(self.f, self.args, range(len(self.args)), {})
        for x, name in zip(self.trace.inputs, names, strict=True):
            x.name = name
        self.results = list(leaves(self.trace.result))
        self.weights = _weights([np.shape(_data_of(x)) for x in self.results])
        self.program = Program(*self.trace.outputs, *self.trace.inputs)
        self.has_edges = any(entry.op.edge or entry.op.selects for entry in self.program if entry.op is not None)

    @property
    def value(self) -> float:
        """What was recorded."""
        return self.total(list(map(_data_of, self.results)))

    def anew(self, points: Sequence[Any]) -> float:
        """The function, called anew; nan where it ends, or where its results have another shape."""
        supply = iter(points)
        try:
            with no_grad():
                results = list(leaves(self.f(*rebuild(self.args, lambda _: _leaf(next(supply))))))
        except EDGES:
            return math.nan
        return self.total(list(map(_data_of, results)))

    def total(self, numbers: Sequence[Any]) -> float:
        """The weighted sum of results; a weight of 0 leaves its result out, even an infinite one."""
        if list(map(np.shape, numbers)) != list(map(np.shape, self.weights)):
            return math.nan
        pairs = zip(self.weights, numbers, strict=True)
        return float(sum(np.sum(np.where(np.equal(weight, 0), 0.0, weight * number)) for weight, number in pairs))

    def reverse(self) -> list[Any]:
        """The gradient by each argument; nan if it has not the shape of the argument."""
        return self._pulled(lambda cotangents: self.trace.pull(self.trace.outputs, cotangents))

    def _pulled(self, pull: Function) -> list[Any]:
        try:
            pulled = list(map(_data_of, pull(self._cotangents())))
        except EDGES:  # shapes that do not fit
            pulled = [None] * len(self.points)
        return [g if np.shape(g) == np.shape(x) else x * math.nan for g, x in zip(pulled, self.points, strict=True)]

    def forward(self, ray: Ray) -> float:
        """The slope along a line."""
        tangents = [np.zeros_like(x) if isinstance(x, np.ndarray) else 0.0 for x in self.points]
        tangents[ray.which] = ray.tangent if isinstance(tangents[ray.which], np.ndarray) else 1.0
        pushed = self.trace.push(tangents)
        found = [_data_of(pushed.get(id(x), 0.0)) for x in self.results]
        return self.total([np.broadcast_to(t, np.shape(w)) for t, w in zip(found, self.weights, strict=True)])

    def shaken(self, seed: int, times: float) -> tuple[float, list[Any]]:
        """The value and the gradient by the record, with every number of it off in the last place, or so many times."""
        shake = _shaker(seed, times)
        nodes: list[Node] = []
        with recording(), np.errstate(all="ignore"):
            for entry in self.program:
                nodes.append(_leaf(entry.value) if entry.op is None else _rerecorded(entry, nodes, shake))
        find = lambda x: nodes[self.program.find(x).k] if isinstance(x, Node) else x
        results, inputs = list(map(find, self.results)), list(map(find, self.trace.inputs))
        outputs = [x for x in results if isinstance(x, Node)]
        pulled = self._pulled(lambda cotangents: exclusively(pull_numbers, outputs, cotangents, inputs))
        return self.total(list(map(_data_of, results))), pulled

    def _cotangents(self) -> list[Any]:
        """The weights of those results that are recorded."""
        pairs = zip(self.weights, self.results, strict=True)
        return [_as_kept(weight, x) for weight, x in pairs if isinstance(x, Node)]


def _shaker(seed: int, times: float) -> Callable[[Any], Any]:
    draw = np.random.default_rng(seed)
    return lambda x: x * (1 + times * EPSILON * draw.uniform(-2, 2, np.shape(x)))


def _rerecorded(entry: Entry, nodes: Sequence[Node], shake: Callable[[Any], Any]) -> Node:
    """The operation of an entry on other nodes, from numbers and with a result that are off where it rounds."""
    op = entry.op
    assert op is not None
    if op.selects or op.name in EXACT:
        shake = lambda x: x
    given = [nodes[x.k] if isinstance(x, Entry) else None for x in entry.inputs]
    numbers = [
        x if node is None else _as_kept(shake(node._data), node) for x, node in zip(entry.inputs, given, strict=True)
    ]
    data = _as_kept(shake(op.value(arrays, *numbers)), entry.node)
    return record(Tensor if isinstance(entry.node, Tensor) else Value, op, given, numbers, data)


def _weights(shapes: Sequence[tuple[int, ...]]) -> list[Any]:
    draw = np.random.default_rng(0)
    if sum(map(math.prod, shapes)) == 1:
        return [np.ones(shape) for shape in shapes]
    return [draw.choice((-1.0, 1.0), shape) * draw.uniform(0.5, 2.0, shape) for shape in shapes]


# --- Lines through the arguments --------------------------------------------------------------------------------------


class Ray(NamedTuple):
    """A line through the arguments: one of them moves, in one place or in a direction."""

    name: str
    which: int  # the argument, among the arrays and numbers that there are
    place: tuple[int, ...] | None  # of the one number that moves; None if all do
    tangent: Any

    def at(self, points: Sequence[Any], t: float) -> list[Any]:
        """The arguments where the moving number is ``t``, or where they are ``t`` directions away."""
        moved = list(points)
        x = points[self.which]
        if self.place is None:
            moved[self.which] = x + t * self.tangent
        elif not isinstance(x, np.ndarray):
            moved[self.which] = t
        else:
            moved[self.which] = x.copy()
            moved[self.which][self.place] = t
        return moved

    def start(self, points: Sequence[Any]) -> float:
        """Where on the line the arguments are."""
        return 0.0 if self.place is None else float(np.asarray(points[self.which])[self.place])

    def along(self, gradient: Any) -> float:
        """The slope along the line, from the gradient by the argument that moves."""
        return float(np.sum(np.where(np.equal(self.tangent, 0), 0.0, gradient * self.tangent)))


def _rays(points: Sequence[Any], names: Sequence[str], few: int, some: int) -> Iterator[Ray]:
    """Of up to ``few`` numbers in an argument each moves by itself; of more ``some`` do, and then all together."""
    draw = np.random.default_rng(1)
    for which, (x, name) in enumerate(zip(points, names, strict=True)):
        size, shape = np.size(x), np.shape(x)
        for k in range(size) if size <= few else sorted(draw.choice(size, min(size, some), replace=False)):
            place = tuple(map(int, np.unravel_index(k, shape)))
            tangent = np.zeros(shape)
            tangent[place] = 1.0
            yield Ray(f"{name}{list(place) if size > 1 else ''}", which, place, tangent)
        if size > few:
            scale = np.where(np.equal(x, 0), 1.0, np.abs(x)) * draw.uniform(0.25, 0.5, shape)
            yield Ray(f"{name} (random direction)", which, None, scale * draw.choice((-1.0, 1.0), shape))


# --- The comparison ---------------------------------------------------------------------------------------------------


def lines(
    subject: Subject, names: Sequence[str] = (), few: int = FEW, some: int = SOME
) -> Iterator[tuple[int, Comparison]]:
    """The line of a report for each line through the arguments, with the position of the argument."""
    with np.errstate(all="ignore"):
        value, gradient = subject.value, subject.reverse()
        runs, harder = ([subject.shaken(seed, by) for seed in range(6)] for by in (1, SHAKEN_HARDER))
        value_noise = _twice_largest([shaken - value for shaken, _ in runs]) + EPSILON * abs(value)
        for ray in _rays(subject.points, names or subject.names, few, some):
            reverse = ray.along(gradient[ray.which])
            noises = [_twice_largest([ray.along(g[ray.which]) - reverse for _, g in each]) for each in (runs, harder)]
            # What does not grow when it is shaken harder is a jump, not rounding; unless all is noise.
            is_rounding = noises[1] > 4 * noises[0] or value_noise > 1e-6 * abs(value)
            slope_noise = noises[0] if is_rounding else 0.0
            yield ray.which, _line(subject, ray, reverse, value_noise, slope_noise)


def _twice_largest(offs: Sequence[float]) -> float:
    """Twice the largest deviation; infinite if one is no number."""
    return 2 * max(math.inf if math.isnan(x) else abs(x) for x in offs)


def _line(subject: Subject, ray: Ray, reverse: float, value_noise: float, slope_noise: float) -> Comparison:
    """The verdict on the slope along a line."""
    value, forward, x = subject.value, subject.forward(ray), ray.start(subject.points)
    line = Comparison(ray.name, reverse, forward, math.nan, math.inf, "", "undefined")
    if not math.isfinite(value):
        return line
    if not math.isfinite(value_noise):  # rounding leads to where there is no value
        return line._replace(by="stencil", verdict="kink" if subject.has_edges else "noise")
    along = lambda _, t: subject.anew(ray.at(subject.points, t))
    found = stencil(along, x, value_noise)
    error = found.error + 64 * EPSILON * abs(found.value) + NOTHING
    error += slope_noise if math.isfinite(slope_noise) else 0.0
    line = line._replace(numerical=found.value, error=error, by="stencil", verdict="right")
    agree = close(reverse, found.value, error) and close(forward, found.value, error)
    if found.kink and (subject.has_edges or not agree):
        return line._replace(verdict="kink")
    if not agree:
        wrong = forward if close(reverse, found.value, error) else reverse
        rates = taylor_rate(along, x, wrong, value_noise), taylor_rate(along, x, found.value, value_noise)
        return line._replace(verdict="wrong", rates=rates)
    scale = max(abs(reverse), abs(found.value), abs(value) / max(abs(x), 1.0))
    vanishes = reverse == forward == found.value == 0
    return line._replace(verdict="noise" if error > 1e-6 * scale + 2 * NOTHING and not vanishes else "right")


def second_lines(first: Subject) -> Iterator[tuple[int, int, Comparison]]:
    """The lines of the second derivatives: of each gradient by each argument, with the positions of both.

    The gradients are those of reverse mode; what is asked is whether they are differentiated rightly in their turn.
    """

    def gradient(*args: Any) -> list[Any]:
        value, pull = vjp(first.f, *args)
        supply = iter(first.weights)
        return list(leaves(pull(rebuild(value, lambda x: _as_kept(next(supply), x if isinstance(x, Node) else None)))))

    subject = Subject(gradient, first.args, first.names)
    for i, name in enumerate(first.names):
        only = copy.copy(subject)
        only.weights = [weight if k == i else 0 * weight for k, weight in enumerate(_weights_alone(subject))]
        for j, line in lines(only, [f"{name}, {other}" for other in first.names], few=1, some=0):
            yield i, j, line


def _weights_alone(subject: Subject) -> list[Any]:
    """The weights of each result as if there were no other."""
    return [_weights([np.shape(weight)])[0] for weight in subject.weights]
