"""The works of the benchmark of compiled programs: each is a training step, the same for every engine.

A work knows its size, its name, and who else does it, and draws its numbers from a fixed seed. What is trained begins
as a list of rows, one for each neuron or filter: its weights, then its bias. All engines give gradients in that order.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any, ClassVar

import numpy as np

from ..works import WIDTHS, moons
from .arrays import Arrays
from .programs import Whole

SEED = 1337
ARRAYS = ("numpy", "jax", "torch")


@dataclass(frozen=True)
class Moons:
    """A perceptron 2-16-16-1 on points of two moons: the hinge loss, averaged.

    As a function of one point, run on all points as lanes; or, as in micrograd's demo, ``whole``: all points in one
    program of scalars without arguments, which also adds 1e-4 times the sum of the squared parameters.
    """

    whole: bool = False
    count: int = 100
    kind: ClassVar[str] = "moons"
    rate: ClassVar[float] = 0.1
    widths: ClassVar[tuple[int, ...]] = WIDTHS
    tolerance: ClassVar[float] = 1e-12

    @property
    def name(self) -> str:
        """As printed."""
        return f"moons, {_how(self.whole, self.count)}"

    @property
    def peers(self) -> tuple[str, ...]:
        """The names of the other engines that do this work."""
        return ("numpy", "jax", "micrograd") if self.whole else ARRAYS

    def draw(self) -> tuple[Any, Any, list[list[float]]]:
        """The points, their labels -1 or 1, and the rows of the neurons."""
        drawn = moons(self.count, SEED)
        return np.array(drawn.points), np.array(drawn.labels), _rows(drawn.weights, self.widths)


@dataclass(frozen=True)
class Network:
    """A larger perceptron: softmax cross-entropy, averaged over a batch, by samples as lanes or ``whole``."""

    whole: bool = False
    batch: int = 32
    widths: tuple[int, ...] = (64, 64, 64, 10)
    kind: ClassVar[str] = "network"
    rate: ClassVar[float] = 0.01
    tolerance: ClassVar[float] = 1e-11

    @property
    def name(self) -> str:
        """As printed."""
        return f"MLP {'-'.join(map(str, self.widths))}, {_how(self.whole, self.batch)}"

    @property
    def peers(self) -> tuple[str, ...]:
        """The names of the other engines that do this work."""
        return ("numpy", "jax") if self.whole else ARRAYS

    def draw(self) -> tuple[Any, Any, list[list[float]]]:
        """The inputs, the number of the class of each, and the rows of the neurons."""
        draw = np.random.default_rng(SEED)
        rows: list[list[float]] = []
        for inputs, outputs in pairwise(self.widths):
            weights = draw.normal(0, (2 / inputs) ** 0.5, (outputs, inputs))
            rows += np.column_stack([weights, draw.normal(0, 0.1, outputs)]).tolist()
        return draw.normal(size=(self.batch, self.widths[0])), draw.integers(0, self.widths[-1], self.batch), rows


@dataclass(frozen=True)
class Convolution:
    """Filters on grey images, written as loops over scalars: the mean of the squared results.

    By images as lanes, or ``whole``. What is trained is the filters and a bias for each. The images are constants: the
    matrix of their patches, which numpy by hand multiplies by the filters, is put together once, off the clock.
    """

    whole: bool = False
    images: int = 64
    side: int = 8
    filters: int = 8
    size: int = 3
    kind: ClassVar[str] = "convolution"
    rate: ClassVar[float] = 0.01
    tolerance: ClassVar[float] = 1e-11
    peers: ClassVar[tuple[str, ...]] = ("numpy", "jax")

    @property
    def name(self) -> str:
        """As printed."""
        filters = f"{self.filters} filters {self.size}×{self.size} on {self.side}×{self.side}"
        return f"{filters}, {_how(self.whole, self.images)}"

    def draw(self) -> tuple[Any, list[list[float]]]:
        """The images, and the rows of the filters."""
        draw = np.random.default_rng(SEED)
        images = draw.normal(size=(self.images, self.side, self.side))
        return images, draw.normal(0, 1 / self.size, (self.filters, self.size**2 + 1)).tolist()


@dataclass(frozen=True)
class Rosenbrock:
    """``Σ 100 (x[i+1] - x[i]²)² + (1 - x[i])²`` at many points, and the gradient at each."""

    variables: int = 100
    points: int = 100_000
    kind: ClassVar[str] = "rosenbrock"
    tolerance: ClassVar[float] = 1e-11
    peers: ClassVar[tuple[str, ...]] = ("numpy", "blocks", "loops", "jax", "torch")

    @property
    def name(self) -> str:
        """As printed."""
        return f"Rosenbrock in {self.variables} variables, {self.points:,} points"

    def draw(self) -> Any:
        """The points."""
        return np.random.default_rng(SEED).normal(size=(self.points, self.variables))


@dataclass(frozen=True)
class Options:
    """The Black–Scholes price of many call options, and the derivatives by all that it depends on: the Greeks."""

    points: int = 100_000
    kind: ClassVar[str] = "options"
    tolerance: ClassVar[float] = 1e-11
    peers: ClassVar[tuple[str, ...]] = ("numpy", "blocks", "loops", "jax", "torch")

    @property
    def name(self) -> str:
        """As printed."""
        return f"Black–Scholes, {self.points:,} points"

    def draw(self) -> list[Any]:
        """Spot price, strike, years to expiry, rate of interest, volatility."""
        draw = np.random.default_rng(SEED)
        ranges = [(80, 120), (80, 120), (0.2, 2.0), (0.0, 0.06), (0.1, 0.5)]
        return [draw.uniform(low, high, self.points) for low, high in ranges]


KINDS = {work.kind: work for work in (Moons, Network, Convolution, Rosenbrock, Options, Whole, Arrays)}


def _how(whole: bool, samples: int) -> str:
    return f"{samples} in one program" if whole else f"{samples} lanes"


def _rows(weights: list[float], widths: tuple[int, ...]) -> list[list[float]]:
    """A list of weights and biases, neuron by neuron, cut into neurons."""
    rows, position = [], 0
    for inputs, outputs in pairwise(widths):
        for _ in range(outputs):
            rows.append(weights[position : position + inputs + 1])
            position += inputs + 1
    return rows


def layers(rows: list[list[float]], widths: tuple[int, ...]) -> list[tuple[Any, Any]]:
    """For each layer the matrix of its weights, a row for each neuron, and the vector of its biases."""
    found, first = [], 0
    for outputs in widths[1:]:
        block = np.array(rows[first : first + outputs])
        found.append((block[:, :-1].copy(), block[:, -1].copy()))
        first += outputs
    return found


def neuron_by_neuron(arrays: list[Any]) -> list[Any]:
    """The inverse of `layers`: matrices and vectors in turns become one row for each layer."""
    pairs = zip(arrays[::2], arrays[1::2], strict=True)
    return [np.column_stack([np.asarray(matrix), np.asarray(vector)]).ravel() for matrix, vector in pairs]
