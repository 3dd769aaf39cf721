"""Transfer learning: a body that has learned digits is frozen, and a new head answers another question from ten images.

The question is whether a digit is a prime number, and there is one labelled image of each digit to learn it from. A new
linear head on the body of a network that tells digits apart learns 66 parameters, and nothing else moves. The same
network, trained as a whole from the ten images, and a head on a body that never learned are worse.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from examples.common import BLUE, GREEN, VERMILION, Figure, argument_parser, count, figure, parse, run, save, sow
from examples.images.digits_cnn import split_digits, train_network
from nn import Conv2d, Flatten, Linear, MaxPool2d, Sequential, accuracy, fit, losses, optim, predict

Array = NDArray[np.float64]
Labels = NDArray[np.int64]
WIDTH = 32
PRIMES = [2, 3, 5, 7]


def main(arguments: Sequence[str] | None = None) -> dict[str, float]:
    """Train three networks on few images; return the accuracy of each on the others."""
    parser = argument_parser(__doc__, seed=0, epochs=10)
    parser.add_argument("--most", type=count, default=8, help="the largest number of labelled images of each digit")
    parser.add_argument("--draws", type=count, default=5, help="how often labelled images are drawn, for a mean")
    options = parse(parser, arguments, quick={"epochs": 5, "most": 1, "draws": 3})
    if options.most > 40:
        parser.error("--most must be at most 40, so that enough images are left")
    rng = sow(options.seed)
    old, new, old_digits, new_digits = split_digits(options.seed, test_size=0.5)
    learned = body()
    train_network(Sequential(learned, Linear(WIDTH, 10)), old, old_digits, options.epochs, options.seed)
    before = [parameter.data.copy() for parameter in learned.parameters()]

    primes = np.isin(new_digits, PRIMES).astype(int)
    sizes = [shots for shots in (1, 2, 4, 8, 16, 32) if shots <= options.most]
    shares: dict[str, list[float]] = {"frozen body": [], "body that never learned": [], "whole network": []}
    for shots in sizes:
        found = np.zeros((options.draws, len(shares)))
        for draw in range(options.draws):
            order = np.stack([rng.permutation(np.flatnonzero(new_digits == digit))[:80] for digit in range(10)])
            few, rest = order[:, :shots].ravel(), order[:, shots:].ravel()
            for way, frozen in enumerate((learned, body(), None)):
                answer = ask(frozen, new[few], primes[few], options.seed)
                found[draw, way] = accuracy(predict(answer, new[rest]), primes[rest])
        for (name, means), mean in zip(shares.items(), found.mean(axis=0), strict=True):
            means.append(float(mean))
            print(f"{10 * shots:4} images   {name:<25} {mean:.1%}")
    numbers = {f"accuracy of the {name}": found[0] for name, found in shares.items()}
    numbers["advantage over the whole network"] = shares["frozen body"][0] - shares["whole network"][0]
    numbers["largest change of the frozen body"] = max(
        float(np.abs(parameter.data - numbers_before).max())
        for parameter, numbers_before in zip(learned.parameters(), before, strict=True)
    )
    save(options.output, {"transfer_images.png": (draw_shares(sizes, shares), "the accuracy by the number of images")})
    return numbers


def body() -> Sequential:
    """Make the part of a network that turns an image into 32 numbers."""
    return Sequential(
        *(Conv2d(1, 8, 3, padding="same"), "relu", MaxPool2d(2)),
        *(Conv2d(8, 16, 3, padding="same"), "relu", MaxPool2d(2)),
        *(Flatten(), Linear(64, WIDTH, "relu")),
    )


def ask(frozen: Sequential | None, images: Array, answers: Labels, seed: int) -> Sequential:
    """Train a head of two scores on a frozen body; without one train the whole network."""
    head = Linear(WIDTH, 2)
    if frozen is None:
        model = Sequential(body(), head)
    else:
        frozen.freeze()
        model = Sequential(frozen, head)
    trained = (model if frozen is None else head).parameters()
    optimizer = optim.Adam(trained, lr=0.01)
    fit(model, losses.cross_entropy, (images, answers), optimizer, epochs=60, batch_size=100, rng=seed, progress=False)
    return model


def draw_shares(sizes: list[int], shares: dict[str, list[float]]) -> Figure:
    """The accuracy of each way by the number of labelled images."""
    picture, axes = figure(
        "What was learned for one question helps with another", "labelled images", "share answered correctly"
    )
    for (name, found), colour, style in zip(shares.items(), (BLUE, VERMILION, GREEN), ("o-", "^:", "s--"), strict=True):
        axes.plot([10 * shots for shots in sizes], found, style, color=colour, linewidth=2, markersize=7, label=name)
    axes.set_xscale("log")
    axes.set_xticks([10 * shots for shots in sizes], [str(10 * shots) for shots in sizes], minor=False)
    axes.minorticks_off()
    axes.legend(fontsize=12, frameon=False, loc="lower right")
    return picture


if __name__ == "__main__":
    run(main)
