"""Autoencoders on digits: a map of all images in the plane, and images cleaned of noise.

An encoder e turns an image into a few numbers, a decoder d turns these back into an image, and both are trained to make
``|x - d(e(x))|²`` small. With nonlinear layers, two numbers keep more of an image than two principal components do, and
equal digits lie side by side. Trained to make the clean image of a noisy one (Vincent et al. 2008) it learns to remove
noise from images that it has never seen.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from sklearn.neighbors import KNeighborsClassifier

from examples.common import Figure, amount, argument_parser, figure, panels, parse, run, save, sow
from examples.images.digits_cnn import split_digits
from nn import Linear, Sequential, data, fit, losses, optim, predict

Array = NDArray[np.float64]
Labels = NDArray[np.int64]


def main(arguments: Sequence[str] | None = None) -> dict[str, float]:
    """Train both autoencoders; return their errors on images held out, beside those of principal components."""
    parser = argument_parser(__doc__, seed=0, epochs=150)
    parser.add_argument("--noise", type=amount, default=0.3, help="the deviation of the noise on pixels from 0 to 1")
    options = parse(parser, arguments, quick={"epochs": 40})
    if not options.noise:
        parser.error("--noise must be more than 0")
    rng = sow(options.seed)
    train, test, train_digits, test_digits = split_digits(options.seed)
    train, test = train.reshape(-1, 64), test.reshape(-1, 64)

    encoder, decoder = (
        Sequential(Linear(64, 64, "relu"), Linear(64, 2)),
        Sequential(Linear(2, 64, "relu"), Linear(64, 64)),
    )
    train_model(Sequential(encoder, decoder), train, train, options.epochs, options.seed)
    codes, test_codes = predict(encoder, train), predict(encoder, test)
    neighbours = KNeighborsClassifier(5).fit(codes, train_digits)

    cleaner = Sequential(Linear(64, 128, "relu"), Linear(128, 64))
    train_model(cleaner, train, train, options.epochs, options.seed, noise=options.noise)
    noisy = test + rng.normal(0.0, options.noise, test.shape)
    cleaned = predict(cleaner, noisy)
    numbers = {
        "loss of two numbers": mean_square(predict(decoder, test_codes), test),
        "loss of two principal components": mean_square(projected(train, test, 2), test),
        "digits read from two numbers": float(neighbours.score(test_codes, test_digits)),
        "loss of noisy images": mean_square(noisy, test),
        "loss of cleaned images": mean_square(cleaned, test),
        "loss of the best principal components": min(
            mean_square(projected(train, noisy, k), test) for k in range(1, 65)
        ),
    }
    for name, number in numbers.items():
        print(f"{name:<40} {number:.4g}")
    save(
        options.output,
        {
            "autoencoder_map.png": (draw_map(test_codes, test_digits), "images held out, as two numbers each"),
            "autoencoder_noise.png": (draw_images([test, noisy, cleaned]), "images, with noise, and cleaned"),
        },
    )
    return numbers


def train_model(model: Sequential, inputs: Array, targets: Array, epochs: int, seed: int, noise: float = 0.0) -> None:
    """Train a model to make the targets of the inputs, to which new noise is added in each epoch."""
    rng = np.random.default_rng(seed)
    fit(
        model,
        losses.mse,
        (inputs, targets),
        optim.Adam(model.parameters(), lr=0.01),
        epochs=epochs,
        batch_size=128,
        rng=seed,
        augment=(lambda batch: data.random_noise(batch, noise, rng)) if noise else None,
    )


def mean_square(images: Array, others: Array) -> float:
    """The mean over images of the sum of squared differences."""
    return float(((images - others) ** 2).sum(axis=1).mean())


def projected(train: Array, images: Array, k: int) -> Array:
    """The images projected on k principal components of the training images."""
    mean = train.mean(axis=0)
    directions = np.linalg.svd(train - mean, full_matrices=False)[2][:k]
    return mean + (images - mean) @ directions.T @ directions


def draw_map(codes: Array, digits: Labels) -> Figure:
    """Each image as its digit, at the place of its two numbers."""
    picture, axes = figure("Two numbers for an image: equal digits lie together", "first number", "second number")
    for code, digit in zip(codes, digits, strict=True):
        axes.text(*code, str(digit), color=f"C{digit}", fontsize=11, ha="center", va="center")
    axes.plot(*codes.T, linestyle="none")  # texts do not count when the limits of a plot are chosen
    return picture


def draw_images(rows: list[Array]) -> Figure:
    """Ten images in each row."""
    picture, plots = panels(len(rows), 10, "Noise is removed from images that were never seen", (10.0, 3.9))
    for k, axes in enumerate(plots):
        row, column = divmod(k, 10)
        axes.imshow(rows[row][column].reshape(8, 8), cmap="Greys", vmin=0, vmax=1)
        axes.set_axis_off()
        if column == 0:
            axes.set_title(("image", "with noise", "cleaned")[row], fontsize=12, loc="left")
    return picture


if __name__ == "__main__":
    run(main)
