"""Remedies for gradients that vanish: He's weights, batch and layer normalisation, and residual connections.

Twenty layers of relu begin with weights of a quarter of He's variance, c = ¼, so that each layer halves the gradient.
The factor of a layer in the norm of the gradient, for wide layers of weights of zero mean, is

    plain                    √c = ½
    He's weights             1
    batch normalisation      √(π / (π - 1)) = 1.211      whatever the weights (Yang et al. 2019)
    layer normalisation      1                           whatever the weights
    residual connection      √(1 + c) = 1.118            x + W relu(x)

Then all five are trained on two moons, from the same weights and by the same steps.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograd import Tensor
from examples.common import (
    BLUE,
    GREEN,
    ORANGE,
    PINK,
    VERMILION,
    Figure,
    argument_parser,
    count,
    figure,
    parse,
    progress,
    run,
    save,
    sow,
)
from nn import BatchNorm1d, LayerNorm, Linear, Residual, Sequential, accuracy, data, fit, init, losses, optim, predict

Array = NDArray[np.float64]
SHARE = 0.25  # c: the variance of the weights, in units of He's
KNOWN = {
    "plain": math.sqrt(SHARE),
    "He's weights": 1.0,
    "batch normalisation": math.sqrt(math.pi / (math.pi - 1)),
    "layer normalisation": 1.0,
    "residual connection": math.sqrt(1 + SHARE),
}
COLORS = dict(zip(KNOWN, (VERMILION, BLUE, ORANGE, GREEN, PINK), strict=True))


def main(arguments: Sequence[str] | None = None) -> dict[str, float]:
    """Measure the factors, train all networks, save the pictures, and return the numbers."""
    parser = argument_parser(__doc__, seed=0, epochs=20)
    parser.add_argument("--depth", type=count, default=20, help="the number of hidden layers, at least 2")
    parser.add_argument("--width", type=count, default=200, help="the neurons of a layer where gradients are measured")
    options = parse(parser, arguments, quick={"epochs": 4})
    if options.depth < 2:
        parser.error("--depth must be at least 2")
    rng = sow(options.seed)
    x, seed = rng.normal(size=(2, 100, options.width))
    gradients = {name: norms(name, x, seed, options.depth) for name in KNOWN}
    factors = {name: (found[0] / found[-1]) ** (1 / (len(found) - 1)) for name, found in gradients.items()}

    points, labels = data.moons(200, noise=0.1, rng=options.seed)
    curves, shares = {}, {}
    for name in progress(KNOWN, unit="network"):
        sow(options.seed)
        model = Sequential(Linear(2, 24), *[block(name, 24) for _ in range(options.depth)], Linear(24, 2))
        history = fit(
            *(model, losses.cross_entropy, (points, labels), optim.Adam(model.parameters(), lr=0.002)),
            epochs=options.epochs,
            batch_size=50,
            clip_grad_norm=1.0,
            rng=options.seed,
            progress=False,
        )
        curves[name], shares[name] = history["loss"], accuracy(predict(model, points), labels)

    print(
        f"{options.depth} layers of relu: the factor of a layer in the norm of gradients, and {options.epochs} epochs"
    )
    print(f"{'':20}   measured   known   first loss   last loss   right")
    for name, known in KNOWN.items():
        found = curves[name]
        print(f"{name:20} {factors[name]:10.3f} {known:7.3f} {found[0]:12.4f} {found[-1]:11.4f}  {shares[name]:6.1%}")
    save(
        options.output,
        {
            "depth_gradients.png": (gradient_plot(gradients), "the norms of gradients, layer by layer"),
            "depth_training.png": (training_plot(curves), "the losses, epoch by epoch"),
        },
    )
    return {
        **{f"factor, {name}": factor for name, factor in factors.items()},
        **{f"accuracy, {name}": share for name, share in shares.items()},
        **{f"loss, {name}": found[-1] for name, found in curves.items()},
    }


def block(name: str, width: int) -> Any:
    """One layer of a network, with its remedy."""
    small = init.normal(std=math.sqrt(SHARE * 2 / width))
    weights = Linear(width, width, init=init.he_normal() if name == "He's weights" else small)
    layers: dict[str, list[Any]] = {
        "batch normalisation": [weights, BatchNorm1d(width), "relu"],
        "layer normalisation": [weights, LayerNorm(width), "relu"],
        "residual connection": [Residual("relu", weights)],
    }
    return Sequential(*layers.get(name, [weights, "relu"]))


def norms(name: str, x: Array, seed: Array, depth: int) -> list[float]:
    """The norm of the gradient of ``Σ seed · output`` with respect to the output of each layer."""
    outputs = [Tensor(x)]
    for _ in range(depth):
        outputs.append(block(name, x.shape[1])(outputs[-1]))
    (outputs[-1] * seed).sum().backward()
    return [float(np.linalg.norm(h.grad)) for h in outputs[1:]]


def gradient_plot(gradients: dict[str, list[float]]) -> Figure:
    """Draw the norms of gradients, layer by layer."""
    picture, axes = figure("Four remedies keep the gradient alive", "layer", "norm of the gradient (log. scale)")
    for name, found in gradients.items():
        axes.semilogy(range(1, len(found) + 1), found, color=COLORS[name], marker="o", markersize=4, label=name)
    axes.xaxis.get_major_locator().set_params(integer=True)
    picture.legend(fontsize=11, loc="outside lower center", ncols=3, frameon=False)
    return picture


def training_plot(curves: dict[str, list[float]]) -> Figure:
    """Draw the losses, epoch by epoch."""
    picture, axes = figure("Where gradients arrive, deep networks learn", "epoch", "loss of training")
    for name, found in curves.items():
        axes.plot(range(1, len(found) + 1), found, color=COLORS[name], linewidth=2, label=name)
    axes.axhline(math.log(2), color="#555555", linewidth=1, linestyle="dashed", label="log 2: guessing")
    axes.set_ylim(0, 1)
    axes.xaxis.get_major_locator().set_params(integer=True)
    picture.legend(fontsize=11, loc="outside lower center", ncols=3, frameon=False)
    return picture


if __name__ == "__main__":
    run(main)
