"""A function of single numbers as the subject of a check: each argument moves by itself.

Its record runs in every namespace: on complex numbers for the complex step, and on perturbed ones to measure rounding.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from typing import Any

from ..core.namespaces import floats
from ..core.table import Namespace
from ..core.tape import data_of
from ..derivatives.nests import leaves, rebuild
from ..derivatives.operators import jvp, vjp
from ..derivatives.tracing import Trace
from ..experiments.rerun import Rerun
from ..experiments.rounding import noise, ulp
from .subject import Claim, Points, Subject

__all__ = ["Numbers"]


class Numbers(Subject):
    """A function of numbers; see `Subject`."""

    def functions(self, m: Namespace, xs: Sequence[Any]) -> list[Any]:
        """Return the values of the functions that are checked, by the record, in the namespace ``m``."""
        return [self.weighted(self.rerun.values(m, xs))]

    @property
    def seeds(self) -> list[list[float]]:
        """Return the weights of each function, which is a weighted sum of the results of the record."""
        return [self.weights]

    @property
    def value_noise(self) -> float:
        return noise(self.functions, self.points)[0] + ulp(self.value)

    def weighted(self, numbers: Sequence[Any]) -> Any:
        return _weighted(self.weights, numbers)

    def random_weights(self, shapes: Sequence[tuple[int, ...]]) -> list[Any]:
        return list(map(float, super().random_weights(shapes)))

    def claims(self) -> Iterator[Claim]:
        numbers, count = self.points, len(self.points)
        values = self.functions(floats, numbers)
        value_noise = noise(self.functions, numbers)
        slopes = lambda m, xs: self.rerun.gradient(m, xs[:count], xs[count:])
        slope_noise = [noise(slopes, [*numbers, *seed]) for seed in self.seeds]
        reverse = [self.pull(seed) for seed in self.seeds]
        for i, x in enumerate(numbers):
            at = self._at(i)
            tangents = list(map(data_of, jvp(self._rerecorded(at), [x], [1.0])[1]))
            record, unrecorded = self._by_record_along(at), self.unrecorded(at, x)
            for j, value in enumerate(values):
                yield Claim(
                    inputs=self.inputs_of(j, i),
                    name=", ".join(self.names[k] for k in self.inputs_of(j, i)),
                    reverse=reverse[j][i],
                    forward=_weighted(self.seeds[j], tangents),
                    record=_entry(j, record),
                    unrecorded=_entry(j, unrecorded),
                    t=x,
                    value=value,
                    value_noise=value_noise[j] + ulp(value),
                    slope_noise=slope_noise[j][i],
                    has_edges=self.has_edges,
                )

    def second(self) -> Iterator[Claim]:
        return _Gradient(self).claims()

    def inputs_of(self, function: int, argument: int) -> tuple[int, ...]:  # noqa: ARG002 - there is one function
        """Return the arguments of the derivative of ``function`` by ``argument``; for a second derivative, two."""
        return (argument,)

    def _at(self, i: int) -> Callable[[Any], list[Any]]:
        """Return the line along which argument ``i`` moves."""
        return lambda t: [*self.points[:i], t, *self.points[i + 1 :]]

    def _rerecorded(self, at: Callable[[Any], list[Any]]) -> Callable[[Any], list[Any]]:
        return lambda t: self.rerun(*at(t))

    def _by_record_along(self, at: Callable[[Any], list[Any]]) -> Callable[[Namespace, Any], Sequence[Any]]:
        return cache(lambda m, t: self.functions(m, at(t)))


class _Gradient(Numbers):
    """The entries of the gradient of a subject.

    The functions are the entries of the gradient that `Rerun` computes. The claimed derivatives of these functions come
    from the record of a reverse pass.
    """

    def __init__(self, first: Numbers) -> None:
        def gradient(*xs: Any) -> list[Any]:
            return list(vjp(first.rerun, *xs)[1](first.weights))

        self._first = first
        trace = Trace(gradient, first.points, range(len(first.points)), {})
        super().__init__(gradient, first.points, first.names, trace)
        self.has_edges = first.has_edges

    def functions(self, m: Namespace, xs: Sequence[Any]) -> list[Any]:
        return self._first.rerun.gradient(m, xs, self._first.weights)

    @property
    def seeds(self) -> list[list[float]]:
        count = len(self.points)
        return [[float(k == j) for k in range(count)] for j in range(count)]

    def by_record(self, points: Points) -> list[float]:
        return self.functions(floats, points)

    def anew(self, points: Points) -> list[float]:
        """Return the gradient by the record of a new call; nan if it raises."""
        supply = iter(points)
        try:
            args = rebuild(self._first.args, lambda _: next(supply))
            trace = Trace(self._first.f, args, range(len(args)), {})
            rerun = Rerun.of(trace.inputs, list(leaves(trace.result)))
            return rerun.gradient(floats, points, self._first.weights)
        except Exception:  # the function need not be defined there
            return [math.nan] * len(points)

    def inputs_of(self, function: int, argument: int) -> tuple[int, ...]:
        return (function, argument)

    def takes_its_path(self, points: Points) -> bool:
        return self._first.takes_its_path(points)


def _entry(j: int, functions: Callable[..., Sequence[Any]]) -> Callable[..., Any]:
    return lambda *args: functions(*args)[j]


def _weighted(weights: Sequence[float], values: Sequence[Any]) -> Any:
    return sum(weight * value for weight, value in zip(weights, values, strict=True) if weight)
