"""Scalar parameters in arrays: a layer of neurons is stored as a matrix, not as a thousand arrays of one number.

    layers[0].neurons[0].weights[0]  = 0.5   ─┐
    layers[0].neurons[0].weights[1]  = 1.5   ─┼─   layers[0].neurons[:].weights[:]  =  [[0.5  1.5]
    layers[0].neurons[1].weights[0]  = 2.5   ─┤                                        [2.5  3.5]]
    layers[0].neurons[1].weights[1]  = 3.5   ─┘

Paths that differ in their indices only are one array if they fill it. Where they do not, as in layers of several
widths, there is an array for each of their first indices.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from math import prod
from typing import Any, TypeAlias

import numpy as np

from ..state import State

__all__ = ["gathered", "spread"]

Array: TypeAlias = np.ndarray[Any, Any]
INDEX = re.compile(r"(?:(?<=\[)|(?<=, ))(0|[1-9]\d{0,8})(?=[],])")  # as in "layers[0]" and "weights[0, 1]"


def gathered(state: State) -> tuple[dict[str, Array], list[str]]:
    """Return the arrays of a state, with scalars gathered; and the names of those that were gathered.

    Examples
    --------
    >>> from nn.saving.grids import gathered, spread
    >>> arrays, grids = gathered({"b": 1.0, "w[0]": 2.0, "w[1]": 3.0})
    >>> arrays, grids
    ({'b': array(1.), 'w[:]': array([2., 3.])}, ['w[:]'])
    >>> spread(arrays, grids)
    {'b': array(1.), 'w[0]': 2.0, 'w[1]': 3.0}
    """
    arrays: dict[str, Array] = {}
    families: dict[str, dict[tuple[int, ...], float]] = {}
    for path, item in state.items():
        if isinstance(item, float) and ":" not in path:
            family = families.setdefault(INDEX.sub(":", path), {})
            family[tuple(map(int, INDEX.findall(path)))] = item
        else:
            arrays[path] = np.asarray(item)
    grids = [found for template, family in families.items() for found in _grids(template, family, arrays.keys())]
    return {**arrays, **dict(grids)}, [name for name, array in grids if array.ndim]


def spread(arrays: Mapping[str, Array], grids: Collection[str]) -> State:
    """Return the state of which `gathered` has made arrays."""
    state: State = {name: array for name, array in arrays.items() if name not in grids}
    for name in grids:
        parts = name.split(":")
        for index, number in np.ndenumerate(arrays[name]):
            state["".join(f"{part}{k}" for part, k in zip(parts, (*index, ""), strict=True))] = float(number)
    return state


def _grids(
    template: str, family: Mapping[tuple[int, ...], float], taken: Collection[str]
) -> Iterator[tuple[str, Array]]:
    """The arrays of the scalars of one template: a single one if their indices fill it and its name is free."""
    shape = [max(axis) + 1 for axis in zip(*family, strict=True)]
    if prod(shape) == len(family) and template not in taken:
        yield template, np.array([family[index] for index in sorted(family)]).reshape(shape)
        return
    parts: dict[int, dict[tuple[int, ...], float]] = {}
    for (first, *rest), number in family.items():
        parts.setdefault(first, {})[tuple(rest)] = number
    for first, part in parts.items():
        yield from _grids(template.replace(":", str(first), 1), part, taken)
