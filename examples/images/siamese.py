"""A siamese network: the same weights encode two images, and the cosine of both vectors measures their likeness.

Both images of a pair go through one network; the loss is ``1 - cos`` for two images of one digit, and for two digits
``max(0, cos - margin)`` (Hadsell, Chopra and LeCun 2006, with cosines). Each weight is used twice, so its gradient is
the sum of those of both branches. On images held out the cosine tells equal digits from different ones far better
than the cosine of the pixels does.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

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
from examples.images.digits_cnn import split_digits
from nn import Linear, Sequential, losses, optim, predict

Array = NDArray[np.float64]
Labels = NDArray[np.int64]
MARGIN, BATCH, PAIRS = 0.3, 64, 2000


def main(arguments: Sequence[str] | None = None) -> dict[str, float]:
    """Train the network on pairs; return the accuracy with which cosines tell pairs of one digit from pairs of two."""
    parser = argument_parser(__doc__, seed=0, steps=500)
    parser.add_argument("--width", type=count, default=8, help="the numbers that an image becomes, at least 2")
    options = parse(parser, arguments, quick={"steps": 150})
    if options.width < 2:
        parser.error("--width must be at least 2: cosines of single numbers are -1 or 1")
    rng = sow(options.seed)
    train, test, train_digits, test_digits = split_digits(options.seed)
    train, test = train.reshape(-1, 64), test.reshape(-1, 64)
    network = Sequential(Linear(64, 64, "relu"), Linear(64, options.width))
    optimizer = optim.Adam(network.parameters(), lr=0.005)

    first, second, alike = pairs(train_digits, options.steps * BATCH, rng)
    curve = []
    for step in progress(range(options.steps)):
        chosen = slice(step * BATCH, (step + 1) * BATCH)
        left, right = network(train[first[chosen]]), network(train[second[chosen]])
        loss = losses.cosine_embedding(left, right, alike[chosen], margin=MARGIN)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        curve.append(loss.item())

    first, second, alike = pairs(test_digits, PAIRS, rng)
    learned, pixels = (cosines(rows, first, second) for rows in (predict(network, test), test))
    threshold = (1 + MARGIN) / 2  # halfway between the cosines that both kinds of pairs are to have
    numbers = {
        "loss at the end": float(np.mean(curve[-20:])),
        "pairs told apart": float(((learned > threshold) == (alike > 0)).mean()),
        "area under the curve, network": float(roc_auc_score(alike, learned)),
        "area under the curve, pixels": float(roc_auc_score(alike, pixels)),
        "difference of the gradient from the sum of branches": branches(network, train[:BATCH], train[-BATCH:]),
    }
    for name, number in numbers.items():
        print(f"{name:<55} {number:.4g}")
    save(
        options.output,
        {"siamese_cosines.png": (draw_cosines(pixels, learned, alike > 0), "cosines of pairs, before and after")},
    )
    return numbers


def pairs(digits: Labels, number: int, rng: np.random.Generator) -> tuple[Labels, Labels, Array]:
    """Draw pairs, every other one of one digit: the numbers of both images, and 1 for one digit, -1 for two."""
    order = np.argsort(digits, kind="stable")
    starts = np.searchsorted(digits[order], np.arange(11))
    first = rng.integers(len(digits), size=number)
    sizes = np.diff(starts)[digits[first]]
    away = (rng.random(number) * (len(digits) - sizes)).astype(int)  # a place among those of other digits
    other = np.where(away < starts[digits[first]], away, away + sizes)
    same = starts[digits[first]] + (rng.random(number) * sizes).astype(int)
    alike = np.arange(number) % 2 == 0
    return first, order[np.where(alike, same, other)], np.where(alike, 1.0, -1.0)


def cosines(rows: Array, first: Labels, second: Labels) -> Array:
    """The cosine of the angle between two rows, for each pair."""
    unit = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return (unit[first] * unit[second]).sum(axis=1)


def branches(network: Sequential, left: Array, right: Array) -> float:
    """The largest difference between a gradient and the sum of those with one branch held fixed."""
    same = np.ones(len(left))

    def gradient(*fixed: bool) -> Array:
        outputs = [
            network(x).detach() if is_fixed else network(x) for x, is_fixed in zip((left, right), fixed, strict=True)
        ]
        for parameter in network.parameters():
            parameter.grad = None
        losses.cosine_embedding(*outputs, same).backward()
        return np.concatenate([parameter.grad.ravel() for parameter in network.parameters()])

    return float(np.abs(gradient(False, False) - gradient(True, False) - gradient(False, True)).max())


def draw_cosines(pixels: Array, learned: Array, alike: NDArray[np.bool_]) -> Figure:
    """Histograms of the cosines of both kinds of pairs."""
    picture, plots = panels(1, 2, "The network turns images of one digit the same way", (10.0, 4.8))
    for axes, numbers, title in ((plots[0], pixels, "the pixels"), (plots[1], learned, "the network's numbers")):
        for chosen, colour, words in ((alike, BLUE, "one digit"), (~alike, VERMILION, "two digits")):
            axes.hist(numbers[chosen], np.linspace(-1, 1, 41), color=colour, alpha=0.6, label=words)
        label(axes, "cosine of the pair", "number of pairs", title)
    plots[0].legend(fontsize=11, frameon=False, loc="upper left")
    return picture


if __name__ == "__main__":
    run(main)
