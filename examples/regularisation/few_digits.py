"""A network that learns a hundred digits by heart, mistakes included, and five ways to keep it from that.

A fifth of the labels are drawn at random. Without regularisation the network learns them all, and is wrong more often
on images held out. L2 keeps weights small. Dropout leaves out half of the hidden neurons, a new half in each step.
Noise on the pixels, and shifts by up to a pixel, show each image a little differently in each epoch; only with shifts
does the network read images that are shifted. Label smoothing asks for the probability 1 - α + α/K of the label instead
of 1 (Szegedy et al. 2016): the loss is least where the network is as sure as that, and no surer.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograd import softmax
from examples.common import (
    BLUE,
    ORANGE,
    Figure,
    amount,
    argument_parser,
    count,
    figure,
    parse,
    progress,
    run,
    save,
    sow,
)
from nn import Dropout, Linear, Sequential, accuracy, data, fit, losses, optim, predict, regularisers

Array = NDArray[np.float64]
Labels = NDArray[np.int64]
SMOOTHING, CLASSES = 0.3, 10  # α and K
SURE = 1 - SMOOTHING + SMOOTHING / CLASSES


def shifted(rows: Array, rng: Any) -> Array:
    """Images as rows of 64 pixels, moved by up to a pixel."""
    return data.random_shift(rows.reshape(-1, 8, 8), 1, rng).reshape(-1, 64)


# For each way: the probability of dropout, and the options of `fit`; the generator is given to ``augment`` later.
WAYS: dict[str, tuple[float, dict[str, Any]]] = {
    "nothing": (0.0, {}),
    "label smoothing": (0.0, {"loss": partial(losses.cross_entropy, label_smoothing=SMOOTHING)}),
    "L2": (0.0, {"penalty": partial(regularisers.l2, strength=0.01)}),
    "dropout": (0.5, {}),
    "noise": (0.0, {"augment": partial(data.random_noise, deviation=0.5)}),
    "shifts": (0.0, {"augment": shifted}),
}


def main(arguments: Sequence[str] | None = None) -> dict[str, float]:
    """Train the network in each way, save the picture, and return the accuracies on the images held out."""
    parser = argument_parser(__doc__, seed=0, epochs=150)
    parser.add_argument("--images", type=count, default=100, help="how many images to learn from, 20 to 1500")
    parser.add_argument("--wrong", type=amount, default=0.2, help="the share of labels that are drawn at random")
    options = parse(parser, arguments, quick={"epochs": 60})
    if not 20 <= options.images <= 1500 or options.wrong > 1:
        parser.error("--images must be from 20 to 1500, and --wrong at most 1")
    images, digits = data.load_dataset("digits")
    train, test, labels, test_labels = data.train_test_split(
        images / 16, digits, test_size=len(digits) - options.images, rng=options.seed, stratify=True
    )
    rng = sow(options.seed)
    given = np.where(rng.random(len(labels)) < options.wrong, rng.integers(0, CLASSES, len(labels)), labels)
    print(
        f"{len(train)} images to learn from, {np.sum(given != labels)} of them with a wrong label, {len(test)} held out"
    )

    rows: dict[str, list[float]] = {}
    for name in progress(WAYS, unit="network"):
        model = trained(name, train, given, options.epochs, options.seed)
        scores = predict(model, train)
        answers = [accuracy(predict(model, x), test_labels) for x in (test, shifted(test, options.seed))]
        rows[name] = [accuracy(scores, given), *answers, float(np.mean(softmax(scores, axis=1).max(axis=1)))]
    print(f"\n{'':16}  labels learnt   held out   shifted   how sure of the images learnt")
    for name, (learnt, held_out, moved, sure) in rows.items():
        print(f"{name:16} {learnt:14.1%} {held_out:10.1%} {moved:9.1%}   {sure:.3f}")
    print(f"label smoothing asks for a probability of {SURE:.3f}")
    save(options.output, {"regularisation_digits.png": (bars(rows), "the accuracies on images held out")})
    return {
        **{f"held out, {name}": row[1] for name, row in rows.items()},
        **{f"gain, {name}": row[1] - rows["nothing"][1] for name, row in rows.items()},
        "gain on shifted images, shifts": rows["shifts"][2] - rows["nothing"][2],
        "labels learnt, nothing": rows["nothing"][0],
        "how sure / asked for, label smoothing": rows["label smoothing"][3] / SURE,
    }


def trained(name: str, images: Array, labels: Labels, epochs: int, seed: int) -> Sequential:
    """Train a network in one of the ways, with everything random from the seed."""
    rng = sow(seed)
    dropout, changes = WAYS[name]
    options = {"loss": losses.cross_entropy, **changes}
    if "augment" in options:
        options["augment"] = partial(options["augment"], rng=rng)
    model = Sequential(Linear(64, 100, activation="relu"), Dropout(dropout), Linear(100, CLASSES))
    optimizer = optim.Adam(model.parameters(), lr=optim.cosine(0.005, epochs * -(-len(images) // 50)))
    fit(
        model,
        data=(images, labels),
        optimizer=optimizer,
        epochs=epochs,
        batch_size=50,
        rng=seed,
        progress=False,
        **options,
    )
    return model


def bars(rows: dict[str, list[float]]) -> Figure:
    """Draw the accuracies on images held out, as they are and shifted."""
    picture, axes = figure("With a fifth of the labels wrong, regularisation helps", "images read rightly (%)", "")
    places = np.arange(len(rows))
    for offset, column, color, what in ((0.2, 1, BLUE, "held out"), (-0.2, 2, ORANGE, "held out and shifted")):
        shares = [100 * row[column] for row in rows.values()]
        axes.barh(places + offset, shares, height=0.38, color=color, label=what)
        for place, share in zip(places, shares, strict=True):
            axes.text(share + 1, place + offset, f"{share:.0f}", va="center", fontsize=12)
    axes.set_yticks(places, list(rows))
    axes.set_xlim(0, 100)
    picture.legend(fontsize=12, loc="outside lower center", ncols=2, frameon=False)
    return picture


if __name__ == "__main__":
    run(main)
