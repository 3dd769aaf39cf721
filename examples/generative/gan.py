"""Two networks against each other: a generator learns a normal distribution, and then two moons.

The discriminator D learns to tell real points from generated ones, by ``-log D(x) - log(1 - D(G(z)))``; the generator G
learns to be taken for real, by ``-log D(G(z))``, with z drawn from N(0, 1) (Goodfellow et al. 2014). Each has its own
optimizer, and they move in turn. When both have learned, the discriminator can only guess. Nothing tells G where the
points are but the gradient that comes back through D.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from autograd import Tensor, no_grad, sigmoid
from examples.common import (
    BLUE,
    VERMILION,
    Figure,
    argument_parser,
    count,
    label,
    panels,
    parse,
    progress,
    run,
    save,
    sow,
)
from nn import Linear, Sequential, data, losses, optim

Array = NDArray[np.float64]
MEAN, DEVIATION = 3.0, 0.5
BATCH = 64


def main(arguments: Sequence[str] | None = None) -> dict[str, float]:
    """Train two pairs of networks; return the fit of the generated points, and the accuracy of the discriminators."""
    parser = argument_parser(__doc__, seed=0, steps=3000)
    parser.add_argument("--width", type=count, default=32, help="the neurons in each hidden layer for the moons")
    options = parse(parser, arguments, quick={"steps": 750})
    rng = sow(options.seed)

    line = Pair(1, -(-options.width // 2))
    line.train(lambda: rng.normal(MEAN, DEVIATION, (BATCH, 1)), options.steps * 2 // 3, rng, blur=DEVIATION)
    moons, _ = data.moons(2000, noise=0.05, rng=rng)
    plane = Pair(2, options.width)
    plane.train(lambda: moons[rng.integers(len(moons), size=BATCH)], options.steps, rng)

    numbers_made, points_made = line.make(2000, rng), plane.make(1000, rng)
    normal = rng.multivariate_normal(moons.mean(axis=0), np.cov(moons.T), size=1000)
    upper = np.abs(np.hypot(*points_made.T) - 1) < np.abs(np.hypot(*(points_made - [1.0, 0.5]).T) - 1)
    numbers = {
        "mean of the made numbers": float(numbers_made.mean()),
        "deviation of the made numbers": float(numbers_made.std()),
        "numbers told apart": line.told_apart(rng.normal(MEAN, DEVIATION, (2000, 1)), numbers_made),
        "distance of made points from the moons": off_moons(points_made),
        "distance of a normal distribution from the moons": off_moons(normal),
        "share of made points on the upper moon": float(upper.mean()),
        "points told apart": plane.told_apart(moons, points_made),
    }
    for name, number in numbers.items():
        print(f"{name:<50} {number:.4g}")
    save(
        options.output,
        {"gan_points.png": (draw_made(numbers_made, moons, points_made), "what both generators make of noise")},
    )
    return numbers


class Pair:
    """A generator and a discriminator for points of some dimensions."""

    def __init__(self, dimensions: int, width: int) -> None:
        self.noise = 2 * dimensions
        self.generator = Sequential(
            Linear(self.noise, width, "relu"), Linear(width, width, "relu"), Linear(width, dimensions)
        )
        self.discriminator = Sequential(
            *(Linear(dimensions, width, "leaky_relu"), Linear(width, width, "leaky_relu"), Linear(width, 1))
        )

    def train(self, real: Callable[[], Array], steps: int, rng: np.random.Generator, blur: float = 0.0) -> None:
        """Move both in turn; the discriminator sees points blurred by noise, which becomes less with every step."""
        slow = optim.cosine(0.0025, steps, least=0.00025)
        judge = optim.Adam(self.discriminator.parameters(), lr=lambda t: 4 * slow(t), betas=(0.5, 0.99))
        maker = optim.Adam(self.generator.parameters(), lr=slow, betas=(0.5, 0.99))
        for step in progress(range(steps)):
            made = self.generator(rng.normal(size=(BATCH, self.noise)))
            points = np.concatenate([real(), made.numpy()])  # the made ones as plain numbers
            points += rng.normal(0.0, blur * (1 - step / steps), points.shape)
            judge.zero_grad()
            score(self.discriminator(points), np.repeat([1.0, 0.0], BATCH)).backward()
            judge.step()
            maker.zero_grad()
            score(self.discriminator(made), np.ones(BATCH)).backward()
            maker.step()

    def make(self, number: int, rng: np.random.Generator) -> Array:
        """Generate points from noise."""
        with no_grad():
            points: Array = self.generator(rng.normal(size=(number, self.noise))).numpy()
        return points

    def told_apart(self, real: Array, made: Array) -> float:
        """The share of points that the discriminator judges correctly, of equally many real and made ones."""
        with no_grad():
            right, wrong = (sigmoid(self.discriminator(points)).numpy() > 0.5 for points in (real, made))
        return float((right.mean() + 1 - wrong.mean()) / 2)


def score(logits: Tensor, labels: Array) -> Tensor:
    """The binary cross-entropy of scores in one column."""
    return losses.binary_cross_entropy_with_logits(logits[:, 0], labels)


def off_moons(points: Array) -> float:
    """The mean distance of points from the two half circles of the moons."""
    angles = np.linspace(0, np.pi, 201)
    upper = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    arcs = np.concatenate([upper, [1.0, 0.5] - upper])
    return float(np.sqrt(((points[:, None] - arcs) ** 2).sum(axis=2).min(axis=1)).mean())


def draw_made(numbers: Array, moons: Array, points: Array) -> Figure:
    """The made numbers beside the density that they are to have, and the made points beside the moons."""
    picture, (left, right) = panels(1, 2, "Made of noise, judged by a network", (10.0, 4.8))
    places = np.linspace(MEAN - 4 * DEVIATION, MEAN + 4 * DEVIATION, 200)
    density = np.exp(-0.5 * ((places - MEAN) / DEVIATION) ** 2) / (DEVIATION * np.sqrt(2 * np.pi))
    left.hist(numbers[:, 0], 50, density=True, color=VERMILION, alpha=0.5, label="made")
    left.plot(places, density, color=BLUE, linewidth=2, label="real")
    right.scatter(*moons.T, s=5, color=BLUE, alpha=0.4, linewidths=0, label="real")
    right.scatter(*points.T, s=9, color=VERMILION, linewidths=0, label="made")
    label(left, "number", "density", "one dimension")
    label(right, "x₁", "x₂", "two moons")
    left.legend(fontsize=11, frameon=False)
    return picture


if __name__ == "__main__":
    run(main)
