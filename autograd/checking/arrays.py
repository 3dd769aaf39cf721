"""A function with arrays among its arguments or in its record as the subject of a check.

Each number of a small array moves by itself. Of a large array some numbers move by themselves, and then all numbers
together in a random direction. The slope along such a line is

    by reverse mode      <gradient, direction>
    by forward mode      the direction, pushed through the record
    numerically          central differences of eighth order (`differences.stencil`)

Rounding is measured: the record is run again with every number of it perturbed, forward and backward.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from ..arrays.tensor import Tensor
from ..core.context import recording
from ..core.stores import exclusively
from ..core.tape import Node, data_of, record
from ..core.value import Value
from ..derivatives.nests import leaves, rebuild
from ..derivatives.operators import vjp
from ..derivatives.tracing import Trace, pull_numbers
from ..experiments.rounding import EPSILON
from ..programs.entry import Entry
from .differences import Along
from .subject import Claim, Points, Subject, as_kept, evaluated, leaf_of

__all__ = ["Arrays"]

FEW, SOME = 8, 5  # up to 8 numbers move one by one; of more, 5 move one by one, and then all together
LARGER = 64  # times the perturbation of the last place, for a second measurement
EXACT = {*"copy neg broadcast_to reshape transpose mT getitem pad concatenate windows stack entry".split()}


class Arrays(Subject):
    """A function of arrays and numbers; see `Subject`."""

    def weighted(self, numbers: Sequence[Any]) -> Any:
        pairs = zip(self.weights, numbers, strict=True)
        return sum(np.sum(np.where(np.equal(weight, 0), 0.0, weight * x)) for weight, x in pairs)

    def claims(self) -> Iterator[Claim]:
        return self._along(_directions(self.points, self.names, FEW, SOME))

    def second(self) -> Iterator[Claim]:
        """Yield the claims on the gradient by reverse mode, of each argument by itself."""

        def gradient(*args: Any) -> list[Any]:
            value, pull = vjp(self.f, *args)
            supply = iter(self.weights)
            cotangents = rebuild(value, lambda x: as_kept(next(supply), x if isinstance(x, Node) else None))
            return list(leaves(pull(cotangents)))

        trace = Trace(gradient, self.args, range(len(self.args)), {})
        whole = Arrays(gradient, self.args, self.names, trace)
        alone = [self.random_weights([np.shape(weight)])[0] for weight in whole.weights]
        for i, name in enumerate(self.names):
            entry = copy.copy(whole)
            entry.weights = [weight if k == i else 0 * weight for k, weight in enumerate(alone)]
            names = [f"{name}, {other}" for other in self.names]
            for claim in entry._along(_directions(self.points, names, few=1, some=0)):
                yield claim._replace(inputs=(i, *claim.inputs))

    @property
    def value_noise(self) -> float:
        return self._noise_of([value for value, _ in self._perturbed_runs(1)])

    def _noise_of(self, values: Sequence[float]) -> float:
        value = self.value
        return _spread([x - value for x in values]) + EPSILON * abs(value)

    def _along(self, directions: Iterator[Direction]) -> Iterator[Claim]:
        value, gradient = self.value, self.pull(self.weights)
        runs, larger = self._perturbed_runs(1), self._perturbed_runs(LARGER)
        value_noise = self._noise_of([perturbed for perturbed, _ in runs])
        for direction in directions:
            which = direction.which
            reverse = direction.slope(gradient[which])
            noise, of_larger = (
                _spread([direction.slope(g[which]) - reverse for _, g in each]) for each in (runs, larger)
            )
            # A spread that does not grow with the perturbation comes from a jump, not rounding, unless all is noise.
            is_rounding = math.isfinite(noise) and (of_larger > 4 * noise or value_noise > 1e-6 * abs(value))
            at, t = direction.at(self.points), direction.start(self.points)
            yield Claim(
                inputs=(which,),
                name=direction.name,
                reverse=reverse,
                forward=self._pushed(direction),
                record=self._by_record_along(at),
                unrecorded=self._unrecorded_along(at, t),
                t=t,
                value=value,
                value_noise=value_noise,
                slope_noise=noise if is_rounding else 0.0,
                has_edges=self.has_edges,
            )

    def _by_record_along(self, at: Callable[[float], Points]) -> Along:
        return lambda _, t: self.by_record(at(t))[0]

    def _unrecorded_along(self, at: Callable[[float], Points], t: float) -> Callable[[float], float]:
        unrecorded = self.unrecorded(at, t)
        return lambda position: unrecorded(position)[0]

    def _pushed(self, direction: Direction) -> float:
        """Return the slope along a line in forward mode."""
        tangents = [np.zeros_like(x) if isinstance(x, np.ndarray) else 0.0 for x in self.points]
        tangents[direction.which] = direction.tangent if isinstance(tangents[direction.which], np.ndarray) else 1.0
        pushed = self.trace.push(tangents)
        found = [data_of(pushed.get(id(x), 0.0)) for x in self.results]
        return self.total([np.broadcast_to(t, np.shape(w)) for t, w in zip(found, self.weights, strict=True)])

    def _perturbed_runs(self, times: float) -> list[tuple[float, list[Any]]]:
        """Return value and gradient of six runs in which each number is perturbed by up to ``times`` × 2 ulp."""
        return [self._perturbed(np.random.default_rng(seed), times) for seed in range(6)]

    def _perturbed(self, draw: np.random.Generator, times: float) -> tuple[float, list[Any]]:
        off = lambda x: x * (1 + times * EPSILON * draw.uniform(-2, 2, np.shape(x)))
        nodes: list[Node] = []
        with recording(), np.errstate(all="ignore"):
            for entry in self.program:
                nodes.append(leaf_of(entry.value) if entry.op is None else _recorded_anew(entry, nodes, off))
        find = lambda x: nodes[self.program.find(x).k] if isinstance(x, Node) else x
        results, inputs = list(map(find, self.results)), list(map(find, self.trace.inputs))
        outputs = [x for x in results if isinstance(x, Node)]
        total = self.total(list(map(data_of, results)))
        return total, self.shaped(lambda: exclusively(pull_numbers, outputs, self.cotangents(self.weights), inputs))


def _recorded_anew(entry: Entry, nodes: Sequence[Node], off: Callable[[Any], Any]) -> Node:
    """Return a record of an entry's operation on other nodes; if it rounds, ``off`` perturbs its inputs and result."""
    op = entry.op
    assert op is not None
    if op.selects or op.name in EXACT:
        off = lambda x: x
    given = [nodes[x.k] if isinstance(x, Entry) else None for x in entry.inputs]
    numbers = [
        x if node is None else as_kept(off(node._data), node) for x, node in zip(entry.inputs, given, strict=True)
    ]
    data = as_kept(off(evaluated(entry, numbers)), entry.node)
    return record(Tensor if isinstance(entry.node, Tensor) else Value, op, given, numbers, data)


def _spread(offs: Sequence[float]) -> float:
    """Return twice the largest deviation; infinite if one is nan."""
    return 2 * max(math.inf if math.isnan(x) else abs(x) for x in offs)


# --- Lines through the arguments --------------------------------------------------------------------------------------


class Direction(NamedTuple):
    """A direction in the space of the arguments: one argument moves, in one place or in all places."""

    name: str
    which: int  # the index of the argument among all arrays and numbers
    place: tuple[int, ...] | None  # the index of the one number that moves; None if all numbers move
    tangent: Any

    def at(self, points: Points) -> Callable[[float], Points]:
        """Return the line: the arguments where the moving number is ``t``, or ``t`` directions away from the points.

        A complex ``t`` is a TypeError: arrays have no complex step.
        """

        def at(t: float) -> Points:
            moved = list(points)
            x = points[self.which]
            if self.place is None:
                moved[self.which] = x + float(t) * self.tangent
            elif not isinstance(x, np.ndarray):
                moved[self.which] = float(t)
            else:
                moved[self.which] = x.copy()
                moved[self.which][self.place] = float(t)
            return moved

        return at

    def start(self, points: Points) -> float:
        """Return the position of the points on the line."""
        return 0.0 if self.place is None else float(np.asarray(points[self.which])[self.place])

    def slope(self, gradient: Any) -> float:
        """Return the directional derivative, from the gradient by the argument that moves."""
        return float(np.sum(np.where(np.equal(self.tangent, 0), 0.0, gradient * self.tangent)))


def _directions(points: Points, names: Sequence[str], few: int, some: int) -> Iterator[Direction]:
    """Yield a direction for each of up to ``few`` numbers of an argument; of more, for ``some`` and for all at once."""
    draw = np.random.default_rng(1)
    for which, (x, name) in enumerate(zip(points, names, strict=True)):
        size, shape = np.size(x), np.shape(x)
        for k in range(size) if size <= few else sorted(draw.choice(size, min(size, some), replace=False)):
            place = tuple(map(int, np.unravel_index(k, shape)))
            tangent = np.zeros(shape)
            tangent[place] = 1.0
            yield Direction(f"{name}{list(place) if size > 1 else ''}", which, place, tangent)
        if size > few:
            scale = np.where(np.equal(x, 0), 1.0, np.abs(x)) * draw.uniform(0.25, 0.5, shape)
            yield Direction(f"{name} (random direction)", which, None, scale * draw.choice((-1.0, 1.0), shape))
