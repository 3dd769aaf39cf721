"""A variational autoencoder: the encoder gives a distribution, and new digits are decoded from random numbers.

The encoder makes a mean μ and a deviation s of an image, the code is ``a = μ + s ε`` with ε drawn from N(0, 1), so that
gradients reach μ and s, and the decoder makes a probability of ink for each pixel. The loss, an upper bound of
``-log p(x)``, is the binary cross-entropy of the image plus ``KL = ½ Σ (μ² + s² - 1 - log s²)``, which keeps the codes
near N(0, 1) (Kingma and Welling 2014). Codes that no image had then decode to digits, too.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray
from scipy.stats import norm

from autograd import Tensor, Value, exp, log, no_grad, sigmoid
from examples.common import BLUE, VERMILION, argument_parser, count, figure, panels, parse, progress, run, save, sow
from examples.images.digits_cnn import split_digits
from nn import Linear, Module, Sequential, data, losses, optim
from visualize import page

Array = NDArray[np.float64]


class Variational(Module):
    """An encoder to means and deviations of two numbers, and a decoder to scores of pixels."""

    def __init__(self, width: int) -> None:
        self.width = width
        self.encoder = Sequential(Linear(64, 64, "relu"), Linear(64, 2 * width))
        self.decoder = Sequential(Linear(width, 64, "relu"), Linear(64, 64))

    def forward(self, x: Any, noise: Array) -> tuple[Tensor, Tensor]:
        """Return the bound of each image, as its two terms: the cross-entropy, and the divergence."""
        code = self.encoder(x)
        mean, log_square = code[:, : self.width], code[:, self.width :]
        scores = self.decoder(mean + exp(log_square / 2) * noise)
        entropy = losses.binary_cross_entropy_with_logits(scores, x, reduction="none").sum(axis=1)
        return entropy, 0.5 * (mean**2 + exp(log_square) - 1 - log_square).sum(axis=1)


def main(arguments: Sequence[str] | None = None) -> dict[str, float]:
    """Train it; return the bound on images held out, beside that of a model without codes."""
    parser = argument_parser(__doc__, seed=0, epochs=60)
    parser.add_argument("--width", type=count, default=2, help="the numbers in a code")
    options = parse(parser, arguments, quick={"epochs": 20})
    rng = sow(options.seed)
    train, test, _, _ = split_digits(options.seed)
    train, test = train.reshape(-1, 64), test.reshape(-1, 64)
    model = Variational(options.width)
    optimizer = optim.Adam(model.parameters(), lr=0.005)
    curve: dict[str, list[float]] = {"cross-entropy": [], "divergence": []}
    for _ in progress(range(options.epochs), unit="epoch"):
        terms = np.zeros(2)
        for batch in data.batches(train, size=64, rng=rng):
            entropy, divergence = model(batch, rng.normal(size=(len(batch), options.width)))
            optimizer.zero_grad()
            (entropy + divergence).mean().backward()
            optimizer.step()
            terms += entropy.sum().item(), divergence.sum().item()
        for name, term in zip(curve, terms / len(train), strict=True):
            curve[name].append(term)

    with no_grad():
        entropy, divergence = model(test, rng.normal(size=(len(test), options.width)))
        codes = model.encoder(test).numpy()[:, : options.width]
        made = sigmoid(model.decoder(rng.normal(size=(200, options.width)))).numpy()
    ink = np.clip(train.mean(axis=0), 1e-3, 1 - 1e-3)
    plain = -(test * np.log(ink) + (1 - test) * np.log(1 - ink)).sum(axis=1).mean()
    pixels = rng.permuted(test[:200], axis=1)  # the same pixel values in a random order
    numbers = {
        "bound": float((entropy + divergence).mean().item()),
        "bound without codes": float(plain),
        "divergence": divergence.mean().item(),
        "mean of codes": float(np.abs(codes.mean(axis=0)).max()),
        "deviation of codes": float(codes.std()),
        "distance of made images from real ones": nearest(made, train),
        "distance of shuffled images from real ones": nearest(pixels, train),
    }
    for name, number in numbers.items():
        print(f"{name:<45} {number:.4g}")
    pictures: dict[str, Any] = {
        "variational_curve.png": (draw_curve(curve), "both terms of the loss, epoch by epoch"),
        "variational_draw.html": (page(one_draw()), "a code that is drawn, and its loss, to step through"),
    }
    if options.width == 2:
        pictures["variational_plane.png"] = (draw_plane(model), "what the decoder makes of a grid of codes")
    save(options.output, pictures)
    return numbers


def one_draw() -> Value:
    """The loss of one code on single numbers: a square error from 3, and the divergence."""
    mean, deviation, noise = Value(2.0, name="mean"), Value(0.5, name="deviation"), 1.3
    code = mean + deviation * noise
    divergence = 0.5 * (mean**2 + deviation**2 - 1 - log(deviation**2))
    loss = (code - 3) ** 2 + divergence
    code.name, divergence.name, loss.name = "code", "divergence", "loss"
    return loss


def nearest(images: Array, others: Array) -> float:
    """The mean distance of an image from the nearest of the others."""
    squares = (images**2).sum(axis=1)[:, None] + (others**2).sum(axis=1) - 2 * images @ others.T
    return float(np.sqrt(squares.min(axis=1)).mean())


def draw_plane(model: Variational) -> Figure:
    """The decoded images of codes at equal steps of probability of N(0, 1), each way."""
    picture, plots = panels(10, 10, "The plane between the digits decodes to digits", (6.2, 6.6))
    places = norm.ppf((np.arange(10) + 0.5) / 10)
    codes = np.stack(np.meshgrid(places, places[::-1]), axis=-1).reshape(-1, 2)
    with no_grad():
        images = sigmoid(model.decoder(codes)).numpy().reshape(-1, 8, 8)
    for axes, image in zip(plots, images, strict=True):
        axes.imshow(image, cmap="Greys", vmin=0, vmax=1)
        axes.set_axis_off()
    return picture


def draw_curve(curve: dict[str, list[float]]) -> Figure:
    """Both terms of the loss by epoch."""
    picture, axes = figure("Codes are worth their divergence", "epoch", "nats for an image")
    for (name, terms), colour, style in zip(curve.items(), (BLUE, VERMILION), ("-", "--"), strict=True):
        axes.plot(range(1, len(terms) + 1), terms, style, color=colour, linewidth=2, label=name)
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.legend(fontsize=12, frameon=False)
    return picture


if __name__ == "__main__":
    run(main)
