"""Adversarial images: a small change along the gradient by the pixels makes a network read the wrong digit.

The loss of a trained network is differentiated by the image instead of the weights. A step of ε on every pixel in the
direction of the sign of ``dL/dx`` (Goodfellow, Shlens and Szegedy 2015) misleads the network about most images, while
random steps of the same size do next to nothing. Small steps ``x ← x + η dL/dx``, until the network errs, need less.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from autograd import Tensor, softmax
from examples.common import BLUE, VERMILION, Figure, amount, argument_parser, figure, panels, parse, run, save, sow
from examples.images.digits_cnn import network, split_digits, train_network
from nn import Sequential, accuracy, losses, predict

Array = NDArray[np.float64]
Labels = NDArray[np.int64]


def main(arguments: Sequence[str] | None = None) -> dict[str, float]:
    """Train the network, then mislead it; return its accuracy on images with both kinds of changes."""
    parser = argument_parser(__doc__, seed=0, epochs=10)
    parser.add_argument("--change", type=amount, default=0.15, help="the change ε of each pixel, from 0 to 1")
    options = parse(parser, arguments, quick={"epochs": 3})
    if not 0 < options.change <= 1:
        parser.error("--change must be more than 0 and at most 1")
    rng = sow(options.seed)
    train, test, train_digits, test_digits = split_digits(options.seed)
    model = network()
    train_network(model, train, train_digits, options.epochs, options.seed)
    model.freeze()

    directions = np.sign(gradient(model, test, test_digits))
    coins = rng.choice([-1.0, 1.0], size=test.shape)
    sizes = np.linspace(0, 2 * options.change, 9)
    shares = {
        name: [accuracy(predict(model, np.clip(test + size * signs, 0, 1)), test_digits) for size in sizes]
        for name, signs in (("random signs", coins), ("signs of the gradient", directions))
    }
    numbers = {
        "accuracy": shares["random signs"][0],
        "accuracy after random changes": shares["random signs"][4],
        "accuracy after adversarial changes": shares["signs of the gradient"][4],
    }
    read = predict(model, test).argmax(axis=1)
    chosen = [int(np.flatnonzero((test_digits == digit) & (read == digit))[0]) for digit in range(0, 10, 2)]
    rows = [ascend(model, test[k], test_digits[k]) for k in chosen]
    numbers["images misled by small steps"] = float(np.mean([step is not None for _, step in rows]))
    numbers["mean change of a pixel by small steps"] = float(
        np.mean([np.abs(image - test[k]).mean() for k, (image, _) in zip(chosen, rows, strict=True)])
    )
    for name, number in numbers.items():
        print(f"{name:<40} {number:.4g}")
    save(
        options.output,
        {
            "adversarial_accuracy.png": (draw_shares(sizes, shares), "the accuracy by the size of the change"),
            "adversarial_images.png": (
                draw_images(model, test[chosen], np.array([image for image, _ in rows])),
                "images before and after the ascent",
            ),
        },
    )
    return numbers


def gradient(model: Sequential, images: Array, digits: Labels) -> Array:
    """The derivative of the loss of each image by its pixels."""
    x = Tensor(images)
    losses.cross_entropy(model(x), digits, reduction="sum").backward()
    assert x.grad is not None
    return x.grad


def ascend(
    model: Sequential, image: Array, digit: int, rate: float = 0.05, most: int = 200
) -> tuple[Array, int | None]:
    """Climb the loss by steps of one length until the digit is read wrongly; return image and number of steps."""
    x = image
    for step in range(most):
        if predict(model, x[None]).argmax() != digit:
            return x, step
        slope = gradient(model, x[None], np.array([digit]))[0]
        x = np.clip(x + rate * slope / max(float(np.linalg.norm(slope)), 1e-300), 0, 1)
    return x, None


def draw_shares(sizes: Array, shares: dict[str, list[float]]) -> Figure:
    """The accuracy by the size of the change, for both kinds."""
    picture, axes = figure(
        "The direction counts, not the size", "change ε of each pixel, of 1", "share of images read correctly"
    )
    for (name, found), colour, style in zip(shares.items(), (BLUE, VERMILION), ("s--", "o-"), strict=True):
        axes.plot(sizes, found, style, color=colour, linewidth=2, label=name)
    axes.set_ylim(0, 1.02)
    axes.legend(fontsize=12, frameon=False, loc="lower left")
    return picture


def draw_images(model: Sequential, before: Array, after: Array) -> Figure:
    """Images, the changes, and the changed images, with the digits that the network reads and their probabilities."""
    picture, plots = panels(3, len(before), "The same digits to us, others to the network", (9.0, 5.8))
    for k, axes in enumerate(plots):
        row, column = divmod(k, len(before))
        image = (before, after - before, after)[row][column, 0]
        axes.imshow(image, cmap="RdBu" if row == 1 else "Greys", vmin=-1 if row == 1 else 0, vmax=1)
        axes.set_axis_off()
        if row != 1:
            chances = softmax(predict(model, image[None, None])[0])
            axes.set_title(f"read as {chances.argmax()}, {chances.max():.0%}", fontsize=11)
    return picture


if __name__ == "__main__":
    run(main)
