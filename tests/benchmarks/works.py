"""The works: chains of operations, and a training step on two moons.

A chain repeats ``x = (x * .99999 + .00001).relu()``, a product, a sum and a kink. It rests at x = 1, on the sloping
side of the kink, and its derivative is .99999 to the number of rounds: .97 for a chain of 10⁴ operations, .72 for 10⁵,
.036 for 10⁶. An adjoint that vanished would be skipped, or would slow the arithmetic down as a denormal number; one
that overflowed would be nonsense.
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

RATE, SHIFT, START = 0.99999, 0.00001, 2.0
WIDTHS = (2, 16, 16, 1)
PENALTY = 1e-4  # of the squared weights
LEARNING_RATE = 0.1
WARM_UP, STEPS = 2, 4  # steps before the clock runs, and while it does


@dataclass(frozen=True)
class Chain:
    """A chain of so many operations, rounded down to whole rounds of three; its constants are numbers, or values.

    Two values are made before the clock runs, and serve all rounds: they spare an engine that wraps every number in a
    value of its own to do so, and get gradients.
    """

    length: int
    of_values: bool = False

    @property
    def name(self) -> str:
        """As printed."""
        exponent = round(math.log10(self.length))
        length = f"1e{exponent}" if self.length == 10**exponent else f"{self.length:,}"
        return f"chain of {length}{', constants as values' if self.of_values else ''}"

    @property
    def rounds(self) -> int:
        """The number of times that the three operations are done."""
        return self.length // 3

    @property
    def operations(self) -> int:
        """The exact number of operations."""
        return 3 * self.rounds


def chain(x: Any, rounds: int, rate: Any = RATE, shift: Any = SHIFT) -> Any:
    """The chain on any value that has ``relu``: the same text for every engine."""
    for _ in range(rounds):
        x = (x * rate + shift).relu()
    return x


@dataclass(frozen=True)
class Moons:
    """Training steps of a perceptron 2-16-16-1 on points of two moons.

    Forward: hinge loss, averaged, and 1e-4 times the sum of the squared parameters. Then backward, and a step of
    gradient descent. A run starts from the weights given, takes two steps off the clock and four on it, and counts the
    mean of these: in a training loop an engine that leaves garbage pays for it from the second or third step on. As in
    any such loop, the graph of the last step lives until that of the next has taken its place.
    """

    points: list[list[float]]
    labels: list[float]  # 1 or -1
    weights: list[float]  # neuron by neuron: its weights, then its bias

    @property
    def name(self) -> str:
        """As printed."""
        return "moons step" if len(self.points) == 100 else f"moons step, {len(self.points)} points"

    @property
    def operations(self) -> int:
        """The operations of two numbers or one that the step consists of, as micrograd records them."""
        pairs = pairwise(WIDTHS)
        network = sum(outputs * 2 * inputs for inputs, outputs in pairs) + sum(WIDTHS[1:-1])  # the last has no relu
        hinge = 3
        return len(self.points) * (network + hinge + 1) + 1 + 2 * len(self.weights) + 2


def moons(count: int, seed: int = 1337) -> Moons:
    """A moons step on ``count`` points: two half circles of radius 1, interlocked, blurred by noise of 0.1."""
    generator = np.random.default_rng(seed)
    angles = generator.uniform(0, math.pi, count)
    upper = np.arange(count) % 2 == 0
    circles = np.stack(
        [np.where(upper, np.cos(angles), 1 - np.cos(angles)), np.where(upper, np.sin(angles), 0.5 - np.sin(angles))], 1
    )
    points = circles + generator.normal(0, 0.1, circles.shape)
    draw = random.Random(seed)
    weights = []
    for inputs, outputs in pairwise(WIDTHS):
        for _ in range(outputs):
            weights += [*(draw.uniform(-1, 1) for _ in range(inputs)), 0.0]
    return Moons(points.tolist(), np.where(upper, 1.0, -1.0).tolist(), weights)
