"""Handwritten digits: a network of scalars, trained by `nn.fit` at the speed of arrays.

Images of 8 × 8 pixels, three quarters of them to learn from, a network of 64-32-10 neurons on single numbers, the
softmax cross-entropy and Adam. Run it, and look at the pictures in the folder ``output``.
"""

from __future__ import annotations

from collections.abc import Sequence

from numpy.typing import NDArray

from examples.common import (
    BLUE,
    VERMILION,
    Figure,
    amount,
    argument_parser,
    count,
    figure,
    panels,
    parse,
    run,
    save,
    sow,
)
from nn import MLP, History, accuracy, confusion_matrix, data, fit, losses, optim, predict


def main(arguments: Sequence[str] | None = None) -> dict[str, float]:
    """Train the network, save the pictures, and return the accuracy on the images held out."""
    parser = argument_parser(__doc__, seed=0, epochs=5)
    parser.add_argument("--batch", type=count, default=64, help="the images in a batch")
    parser.add_argument("--widths", type=count, nargs="+", default=[32], help="the neurons in each hidden layer")
    parser.add_argument("--rate", type=amount, default=0.01, help="the learning rate")
    options = parse(parser, arguments, quick={"widths": [8]})
    if not options.rate:
        parser.error("--rate must be more than 0")

    images, digits = data.load_dataset("digits")
    train, test, train_digits, test_digits = data.train_test_split(
        images / 16, digits, test_size=0.25, rng=options.seed, stratify=True
    )
    sow(options.seed)
    model = MLP(64, [*options.widths, 10], activation="tanh", init="xavier_uniform")
    print(f"{len(train)} images to learn from, {len(test)} held out, {model}")

    history = fit(
        model,
        losses.cross_entropy,
        (train, train_digits),
        optim.Adam(model.parameters(), lr=options.rate),
        epochs=options.epochs,
        batch_size=options.batch,
        validation=(test, test_digits),
        metrics="accuracy",
        rng=options.seed,
    )
    print(history)
    print(f"{len(history['epoch'])} epochs in {history.seconds:.1f} s, {history.way}")

    scores = predict(model, test)
    share = accuracy(scores, test_digits)
    print(f"held-out accuracy {share:.1%}")

    read = scores.argmax(axis=1)
    save(
        options.output,
        {
            "digits_loss.png": (curve(history), "the loss for the images it learns from, and for those held out"),
            "digits_confusion.png": (
                confusion(confusion_matrix(scores, test_digits)),
                "which digits it takes for which",
            ),
            "digits_wrong.png": (wrong(test, read, test_digits), "some that it reads wrongly"),
        },
    )
    return {"held-out accuracy": share}


def curve(history: History) -> Figure:
    """Plot the losses of each epoch."""
    picture, axes = figure("The loss while training", "epoch", "loss")
    history.plot(ax=axes)
    return picture


def confusion(matrix: NDArray[object]) -> Figure:
    """Show the matrix as squares, each with its number."""
    picture, axes = figure("Held-out digits, and what they were read as", "read as", "digit")
    axes.imshow(matrix, cmap="Blues")
    axes.set_xticks(range(10))
    axes.set_yticks(range(10))
    for (true, read), number in zip(((i, j) for i in range(10) for j in range(10)), matrix.ravel(), strict=True):
        if number:
            axes.text(read, true, str(number), ha="center", va="center", color="white" if true == read else VERMILION)
    return picture


def wrong(images: NDArray[object], read: NDArray[object], true: NDArray[object]) -> Figure:
    """Show up to ten images that were read wrongly; or, if there are none, ten others."""
    chosen = sorted(range(len(images)), key=lambda k: bool(read[k] == true[k]))[:10]
    picture, plots = panels(2, 5, "Held-out digits that were read wrongly", size=(7.2, 3.8))
    for axes, k in zip(plots, chosen, strict=True):
        axes.imshow(images[k].reshape(8, 8), cmap="Greys")
        axes.set_title(f"{true[k]} read as {read[k]}", fontsize=11, color=BLUE if read[k] == true[k] else VERMILION)
        axes.set_axis_off()
    return picture


if __name__ == "__main__":
    run(main)
