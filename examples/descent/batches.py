"""Mini-batches against full batches: cheap steps with noisy gradients, or expensive steps with exact ones.

A softmax regression learns to read digits by batches of several sizes, at one rate, for the same number of epochs. The
gradient of a batch of B samples out of N, drawn without repetition, is right on average, and its mean square error is

    σ²/B · (N - B) / (N - 1)

where σ² is that of a single sample: the formula of sampling from a finite population (Cochran 1977, section 2.5). Ten
times the work makes an error only √10 times smaller, so small batches, which take more and cheaper steps, are ahead
after the same number of samples.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from examples.common import (
    BLUE,
    GREEN,
    ORANGE,
    VERMILION,
    Figure,
    amount,
    argument_parser,
    count,
    figure,
    parse,
    run,
    save,
    sow,
)
from nn import Linear, accuracy, data, fit, losses, optim, predict

COLORS = (VERMILION, ORANGE, GREEN, BLUE)
HELD_OUT = 297  # of 1797 images


def main(arguments: Sequence[str] | None = None) -> dict[str, float]:
    """Train with each size of batch, measure the noise of gradients, save the pictures, and return the numbers."""
    parser = argument_parser(__doc__, seed=0, epochs=12)
    parser.add_argument("--rate", type=amount, default=0.5, help="the learning rate, the same for all sizes")
    parser.add_argument(
        "--draws", type=count, default=200, help="how many batches of each size are drawn for the noise"
    )
    options = parse(parser, arguments, quick={"epochs": 2, "draws": 50})
    rng = sow(options.seed)
    images, digits = data.load_dataset("digits")
    train, test, labels, test_labels = data.train_test_split(
        images / 16, digits, test_size=HELD_OUT, rng=options.seed, stratify=True
    )

    curves, shares = {}, {}
    for size in (10, 50, 250, len(train)):
        model = Linear(64, 10, init="zeros")
        optimizer = optim.SGD(model.parameters(), lr=options.rate)
        history = fit(
            *(model, losses.cross_entropy, (train, labels), optimizer),
            epochs=options.epochs,
            batch_size=size,
            validation=(test, test_labels),
            rng=options.seed,
            progress=False,
        )
        curves[size] = history["validation_loss"]
        shares[size] = accuracy(predict(model, test), test_labels)
        steps = options.epochs * -(-len(train) // size)
        print(f"batches of {size:4}: {steps:4} steps, held-out loss {curves[size][-1]:.3f}, {shares[size]:.1%} right")

    found, known = noise(train[:500], labels[:500], rng, options.draws)
    print("\nmean square error of the gradient of a batch out of 500 images, at the start")
    for size, error in found.items():
        print(f"  {size:3} samples: {error:8.4f}, formula {known[size]:8.4f}")
    save(
        options.output,
        {
            "descent_batches.png": (progress_curves(curves), "the loss of each size of batch, epoch by epoch"),
            "descent_batch_noise.png": (noise_plot(found, known), "the noise of gradients by the size of the batch"),
        },
    )
    ratios = [found[size] / known[size] for size in found]
    return {
        "held-out accuracy, batches of 10": shares[10],
        "held-out accuracy, full batches": shares[len(train)],
        "loss of full batches / batches of 10": curves[len(train)][-1] / curves[10][-1],
        "noise / formula, least": min(ratios),
        "noise / formula, most": max(ratios),
    }


def gradient(model: Linear, images: NDArray[np.float64], labels: NDArray[np.int64]) -> NDArray[np.float64]:
    """The gradient of the loss of some samples, as one vector."""
    model.zero_grad()
    losses.cross_entropy(model(images), labels).backward()
    return np.concatenate([parameter.grad.ravel() for parameter in model.parameters()])


def noise(
    images: NDArray[np.float64], labels: NDArray[np.int64], rng: np.random.Generator, draws: int
) -> tuple[dict[int, float], dict[int, float]]:
    """The mean square error of the gradients of batches by their size: as measured, and by the formula."""
    model = Linear(64, 10, init="zeros")
    samples = len(images)
    full = gradient(model, images, labels)
    single = [gradient(model, images[i : i + 1], labels[i : i + 1]) for i in range(samples)]
    spread = float(np.mean([np.sum((each - full) ** 2) for each in single]))
    found, known = {}, {}
    for size in (1, 4, 16, 64, 256):
        batches = [rng.choice(samples, size, replace=False) for _ in range(draws)]
        found[size] = float(np.mean([np.sum((gradient(model, images[i], labels[i]) - full) ** 2) for i in batches]))
        known[size] = spread / size * (samples - size) / (samples - 1)
    return found, known


def progress_curves(curves: dict[int, list[float]]) -> Figure:
    """Draw the held-out loss of each size of batch."""
    title = "After the same epochs, small batches are ahead"
    picture, axes = figure(title, "epochs: times that all samples were seen", "held-out loss (logarithmic scale)")
    for (size, losses_), color in zip(curves.items(), COLORS, strict=True):
        name = "all samples at once" if size == max(curves) else f"batches of {size}"
        axes.semilogy(
            range(1, len(losses_) + 1), losses_, color=color, linewidth=2, marker="o", markersize=4, label=name
        )
    axes.xaxis.get_major_locator().set_params(integer=True)
    picture.legend(fontsize=12, loc="outside lower center", frameon=False, ncols=2)
    return picture


def noise_plot(found: dict[int, float], known: dict[int, float]) -> Figure:
    """Draw the measured noise, and the formula."""
    title = "Ten times the samples, a tenth of the squared error"
    picture, axes = figure(
        title, "samples in a batch (logarithmic scale)", "squared error of the gradient (log. scale)"
    )
    axes.loglog(known.keys(), known.values(), color="#555555", linestyle="dashed", label="σ²/B · (N - B) / (N - 1)")
    axes.loglog(found.keys(), found.values(), "o", color=BLUE, markersize=8, label="measured")
    axes.legend(fontsize=12, frameon=False)
    return picture


if __name__ == "__main__":
    run(main)
