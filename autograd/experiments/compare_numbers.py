"""The derivatives of a function by reverse mode, by forward mode and numerically, and the verdict on each.

A function is called once, and its record is what is differentiated: reverse mode sweeps it, forward mode pushes through
it, and a numerical derivative runs it again on shifted numbers, so that no ``if`` of the function can change sides.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from typing import Any, NamedTuple

from ..arrays.tensor import Tensor
from ..core.namespaces import floats
from ..core.table import Namespace
from ..core.tape import Node, collect, exclusively
from ..core.value import Value
from ..derivatives.nests import leaves
from ..derivatives.operators import jvp, vjp
from .differences import EPSILON, Along, complex_step, has_kink, noise, stencil, taylor_rate
from .rerun import Rerun

__all__ = ["ArraysTakePart", "Checked", "Comparison", "close", "compare", "first_order", "number_of", "second_order"]

Function = Callable[..., Any]
NOTHING = 1e-80  # a derivative of this size is as good as 0: the remainder of a complex step can be as large


class Comparison(NamedTuple):
    """One derivative, three times.

    Attributes
    ----------
    name : str
        The argument; for a second derivative two of them.
    reverse, forward, numerical : float
        The derivative by each way.
    error : float
        The bound of what rounding, and the step of the numerical derivative, may contribute to a difference.
    by : str
        The numerical method: ``"complex step"`` or ``"stencil"``; empty where there is nothing to differentiate.
    verdict : str
        ``"right"``; ``"wrong"``; ``"kink"``, if a kink, a jump or the end of the domain lies within the step, where the
        derivative is a matter of convention; ``"noise"``, if the error is so large that agreement says nothing;
        ``"undefined"``, if the function itself is infinite or nan.
    rates : tuple of float
        Of what is wrong: the powers of h with which the remainder ``|f(x + h) - f(x) - h slope|`` shrinks. With the
        slope that is wrong it is 1, with the numerical one 2 or more.
    """

    name: str
    reverse: float
    forward: float
    numerical: float
    error: float
    by: str
    verdict: str
    rates: tuple[float, float] = (math.nan, math.nan)


# --- The functions to be compared with what is claimed of them --------------------------------------------------------


class ArraysTakePart(Exception):  # noqa: N818 - not an error: it is for another room to compare them
    """There are tensors in the record of a function of numbers."""


def _arrays_in(results: Sequence[Any]) -> bool:
    computed, found = exclusively(collect, [x for x in results if isinstance(x, Node)])
    return any(isinstance(node, Tensor) for node in (*computed, *found))


class Checked(NamedTuple):
    """A vector of functions, and a record whose derivatives are claimed to be theirs."""

    functions: Callable[[Namespace, Sequence[Any]], Sequence[Any]]
    record: Rerun
    seeds: list[list[float]]  # for each function, the weights with which the record's outputs make it up
    pull: Callable[[Sequence[float]], list[float]]  # reverse mode
    has_edges: bool


def _record(f: Function, args: Sequence[Any], names: Sequence[str]) -> tuple[Rerun, Function]:
    """The record of a function, which is called once; and reverse mode, on the very graph that it made."""
    kept: dict[str, Any] = {}

    def keeping(*copies: Any) -> Any:
        kept["inputs"] = list(leaves(copies))
        for x, name in zip(kept["inputs"], names, strict=True):
            x.name = name
        kept["results"] = list(leaves(f(*copies)))
        return kept["results"]

    pull = vjp(keeping, *args)[1]
    if _arrays_in(kept["results"]):
        raise ArraysTakePart
    record = Rerun.of(kept["inputs"], kept["results"])
    return record, lambda seeds: [number_of(x) for x in leaves(pull(seeds))]


def first_order(f: Function, args: Sequence[Any], names: Sequence[str]) -> Checked:
    """The sum of the results with fixed weights, as the one function."""
    record, pull = _record(f, args, names)
    weights = _weights(len(record.outputs))

    def functions(m: Namespace, xs: Sequence[Any]) -> list[Any]:
        return [_weighted(weights, record.values(m, xs))]

    return Checked(functions, record, [weights], pull, record.has_edges)


def second_order(first: Checked, names: Sequence[str]) -> Checked:
    """The entries of the gradient. What is claimed goes by a record of the reverse pass; they themselves do not."""
    rerun, weights = first.record, first.seeds[0]

    def gradient(*xs: Any) -> list[Any]:
        return list(vjp(rerun, *xs)[1](weights))

    def functions(m: Namespace, xs: Sequence[Any]) -> list[Any]:
        return rerun.gradient(m, xs, weights)

    record, pull = _record(gradient, rerun.numbers, names)
    return Checked(functions, record, [_unit(j, len(names)) for j in range(len(names))], pull, first.has_edges)


def _weights(count: int) -> list[float]:
    generator = random.Random(0)
    return [1.0] if count == 1 else [generator.choice((-1, 1)) * generator.uniform(0.5, 2.0) for _ in range(count)]


def _weighted(weights: Sequence[float], values: Sequence[Any]) -> Any:
    """The sum of the values times their weights; a weight of 0 leaves its value out, even an infinite one."""
    return sum(weight * value for weight, value in zip(weights, values, strict=True) if weight)


def _unit(which: int, count: int) -> list[float]:
    return [float(k == which) for k in range(count)]


def number_of(x: Any) -> Any:
    """The number of a value; anything else as it is."""
    return x.data if isinstance(x, Value) else x


# --- The comparison ---------------------------------------------------------------------------------------------------


class _Point(NamedTuple):
    """A function along one of its arguments, and how far it and its slope may be off by rounding."""

    along: Along
    x: float
    value: float
    value_noise: float
    slope_noise: float
    has_edges: bool


def compare(checked: Checked, names: Sequence[str]) -> Iterator[tuple[int, int, Comparison]]:
    """A line for each function and each input, with the positions of the input and of the function."""
    functions, record, seeds, pull, has_edges = checked
    numbers = record.numbers
    count = len(numbers)
    values = functions(floats, numbers)
    value_noise = noise(functions, numbers)
    slope_noise = [noise(lambda m, xs: record.gradient(m, xs[:count], xs[count:]), [*numbers, *each]) for each in seeds]
    reverse = [pull(each) for each in seeds]
    for i, x in enumerate(numbers):
        along_one = lambda x, i=i: record(*numbers[:i], x, *numbers[i + 1 :])
        tangents = list(map(number_of, jvp(along_one, [x], [1.0])[1]))

        @cache
        def shifted(m: Namespace, x: Any, i: int = i) -> Sequence[Any]:
            return functions(m, [*numbers[:i], x, *numbers[i + 1 :]])

        for j, value in enumerate(values):
            along: Along = lambda m, x, j=j, shifted=shifted: shifted(m, x)[j]  # type: ignore[misc]
            point = _Point(along, x, value, value_noise[j] + _ulp(value), slope_noise[j][i], has_edges)
            name = names[i] if len(seeds) == 1 else f"{names[j]}, {names[i]}"
            yield i, j, _line(name, reverse[j][i], _weighted(seeds[j], tangents), point)


def _line(name: str, reverse: float, forward: float, point: _Point) -> Comparison:
    """The verdict on one derivative. A complex step that contradicts needs a stencil to bear it out."""
    along, x, value, value_noise, slope_noise, has_edges = point
    if not math.isfinite(value):
        return Comparison(name, reverse, forward, math.nan, math.nan, "", "undefined")
    by = "complex step"
    numerical = complex_step(along, x)
    error = slope_noise + 64 * _ulp(numerical) + NOTHING
    agree = close(reverse, numerical, error) and close(forward, numerical, error)
    kink = math.isfinite(numerical) and (has_edges or not agree) and has_kink(along, x, value_noise, error)
    if not agree and not kink:
        second = stencil(along, x, value_noise)
        if not close(numerical, second.value, second.error + error) and not (math.isfinite(numerical) and second.kink):
            by, numerical, kink = "stencil", second.value, second.kink
            error = second.error + slope_noise + 64 * _ulp(numerical) + NOTHING
            agree = close(reverse, numerical, error) and close(forward, numerical, error)
    if kink:
        verdict = "kink"
    elif agree:
        scale = max(abs(reverse), abs(numerical), abs(value) / max(abs(x), 1.0))
        verdict = "noise" if error > 1e-6 * scale + 2 * NOTHING else "right"
    else:
        wrong = forward if close(reverse, numerical, error) else reverse
        rates = taylor_rate(along, x, wrong, value_noise), taylor_rate(along, x, numerical, value_noise)
        return Comparison(name, reverse, forward, numerical, error, by, "wrong", rates)
    return Comparison(name, reverse, forward, numerical, error, by, verdict)


def _ulp(x: float) -> float:
    """A unit in the last place, or a little more."""
    return EPSILON * abs(x) + 2.0**-1074  # of numbers next to 0


def close(x: float, y: float, error: float) -> bool:
    """Whether two numbers agree; a nan agrees with nothing."""
    return abs(x - y) <= error
