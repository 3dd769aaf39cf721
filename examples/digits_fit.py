"""Handwritten digits: a network of scalars, trained by `nn.fit` at the speed of arrays.

Images of 8 × 8 pixels, three quarters of them to learn from, a network of 64-32-10 neurons on single numbers, the
softmax cross-entropy and Adam. Run it, and look at the pictures in the folder ``output``.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path

from common import BLUE, VERMILION, amount, announce, argument_parser, count, figure
from matplotlib.figure import Figure
from numpy.typing import NDArray

from nn import MLP, History, accuracy, confusion_matrix, data, fit, losses, optim, predict

PICTURES = ("digits_loss.png", "digits_confusion.png", "digits_wrong.png")


def main(arguments: Sequence[str] | None = None) -> float:
    """Train the network, save the pictures, and return the accuracy on the images held out."""
    parser = argument_parser("Teach a small network to read digits.", steps=100, seed=0)
    parser.add_argument("--batch", type=count, default=64, help="the images in a batch")
    parser.add_argument("--widths", type=count, nargs="+", default=[32], help="the neurons in each hidden layer")
    parser.add_argument("--rate", type=amount, default=0.01, help="the learning rate")
    options = parser.parse_args(arguments)
    if not options.rate:
        parser.error("--rate must be more than 0")
    options.output.mkdir(parents=True, exist_ok=True)

    images, digits = data.load_dataset("digits")
    train, test, train_digits, test_digits = data.train_test_split(
        images / 16, digits, test_size=0.25, rng=options.seed, stratify=True
    )
    random.seed(options.seed)
    model = MLP(64, [*options.widths, 10], activation="tanh", init="xavier_uniform")
    print(f"{len(train)} images to learn from, {len(test)} held out, {model}")

    steps = -(-len(train) // options.batch)  # in an epoch
    history = fit(
        model,
        losses.cross_entropy,
        (train, train_digits),
        optim.Adam(model.parameters(), lr=options.rate),
        epochs=max(1, round(options.steps / steps)),
        batch_size=options.batch,
        validation=(test, test_digits),
        metrics="accuracy",
        rng=options.seed,
    )
    print(history)
    print(f"{len(history['epoch'])} epochs of {steps} steps in {history.seconds:.1f} s, {history.way}")

    scores = predict(model, test)
    share = accuracy(scores, test_digits)
    print(f"held-out accuracy {share:.1%}")

    curve, confusion, wrong = (options.output / name for name in PICTURES)
    save_curve(history, curve)
    save_confusion(confusion_matrix(scores, test_digits), confusion)
    save_wrong(test, scores.argmax(axis=1), test_digits, wrong)
    announce(
        {
            curve: "the loss for the images it learns from, and for those held out",
            confusion: "which digits it takes for which",
            wrong: "some that it reads wrongly",
        }
    )
    return share


def save_curve(history: History, path: Path) -> None:
    """The losses of each epoch."""
    picture, axes = figure("The loss while training", "epoch", "loss")
    history.plot(ax=axes)
    picture.savefig(path, dpi=150)


def save_confusion(matrix: NDArray[object], path: Path) -> None:
    """The matrix as squares, each with its number."""
    picture, axes = figure("Held-out digits, and what they were read as", "read as", "digit")
    axes.imshow(matrix, cmap="Blues")
    axes.set_xticks(range(10))
    axes.set_yticks(range(10))
    for (true, read), number in zip(((i, j) for i in range(10) for j in range(10)), matrix.ravel(), strict=True):
        if number:
            axes.text(read, true, str(number), ha="center", va="center", color="white" if true == read else VERMILION)
    picture.savefig(path, dpi=150)


def save_wrong(images: NDArray[object], read: NDArray[object], true: NDArray[object], path: Path) -> None:
    """Up to ten images that were read wrongly; or, if there are none, ten others."""
    chosen = sorted(range(len(images)), key=lambda k: bool(read[k] == true[k]))[:10]
    picture = Figure(figsize=(7.2, 3.4), layout="constrained")
    for axes, k in zip(picture.subplots(2, 5).flat, chosen, strict=True):
        axes.imshow(images[k].reshape(8, 8), cmap="Greys")
        axes.set_title(f"{true[k]} read as {read[k]}", fontsize=11, color=BLUE if read[k] == true[k] else VERMILION)
        axes.set_axis_off()
    picture.savefig(path, dpi=150)


if __name__ == "__main__":
    main()
