"""Vanishing and exploding gradients, layer by layer, for sigmoid, tanh and relu with several initial weights.

Going backward through a layer ``h' = f(W h)`` multiplies the gradient by ``Wᵀ diag(f'(z))``. With n weights of variance
v in each row, its mean square is multiplied by ``n v E[f'²]``. For relu, f'² is 1 for half of the units: the factor of
the norm is ``√(n v / 2)``, which is 1 for He's v = 2/n and √c for a variance c times He's. The slope of a sigmoid
is at most ¼, so with Xavier's v = 1/n each layer divides the gradient by four or more; that of tanh is 1 at 0.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from autograd import Tensor, Value, sigmoid
from examples.common import (
    BLUE,
    GREEN,
    ORANGE,
    PINK,
    SKY,
    VERMILION,
    Figure,
    argument_parser,
    count,
    figure,
    parse,
    run,
    save,
    sow,
)
from nn import Linear, init
from visualize import page

Array = NDArray[np.float64]


class Case(NamedTuple):
    """An activation, initial weights, and the factor of a layer if it is known."""

    activation: str
    init: init.Distribution
    factor: float | None
    color: str


def cases(width: int) -> dict[str, Case]:
    """The networks by name."""
    he = math.sqrt(2 / width)
    return {
        "relu, twice He's variance": Case("relu", init.normal(std=he * math.sqrt(2)), math.sqrt(2), VERMILION),
        "relu, He": Case("relu", init.he_normal(), 1.0, BLUE),
        "relu, half of He's variance": Case("relu", init.normal(std=he / math.sqrt(2)), math.sqrt(0.5), SKY),
        "tanh, Xavier": Case("tanh", init.xavier_normal(), None, GREEN),
        "sigmoid, Xavier times 4": Case("sigmoid", init.xavier_normal(gain=4), None, ORANGE),
        "sigmoid, Xavier": Case("sigmoid", init.xavier_normal(), None, PINK),
    }


def main(arguments: Sequence[str] | None = None) -> dict[str, float]:
    """Send gradients through deep networks, save the pictures, and return the factor of a layer for each."""
    parser = argument_parser(__doc__, seed=0)
    parser.add_argument("--depth", type=count, default=20, help="the number of layers, at least 2")
    parser.add_argument("--width", type=count, default=200, help="the number of neurons in each layer")
    parser.add_argument("--samples", type=count, default=200, help="the number of samples in the batch")
    options = parse(parser, arguments, quick={"depth": 16, "samples": 100})
    if options.depth < 2:
        parser.error("--depth must be at least 2")
    rng = sow(options.seed)
    x, seed = rng.normal(size=(2, options.samples, options.width))

    forward, backward = {}, {}
    for name, case in cases(options.width).items():
        forward[name], backward[name] = norms(case, x, seed, options.depth)
    print(f"{options.depth} layers of {options.width} neurons; norm of the gradient with respect to the layer's output")
    print(f"{'':28}{'first layer':>12} {'last layer':>11}   factor of a layer, known")
    numbers = {}
    for name, case in cases(options.width).items():
        first, *_, last = backward[name]
        numbers[f"factor, {name}"] = (first / last) ** (1 / (options.depth - 1))
        known = f"{case.factor:8.3f}" if case.factor else ""
        print(f"{name:28}{first:12.2e} {last:11.2e}   {numbers[f'factor, {name}']:17.3f}{known}")

    x1, y1 = chain(8)
    numbers["eight sigmoids in a row"] = x1.grad
    print(f"\nthrough eight sigmoids of weight 1 from 1: {numbers['eight sigmoids in a row']:.6e}")
    title = "Each layer multiplies the gradient: it vanishes or explodes"
    picture = plot(backward, options.width, title, "norm of the gradient (log. scale)")
    signals = plot(
        forward,
        options.width,
        "On the way forward, activations grow or shrink, too",
        "rms of the activations (log. scale)",
    )
    save(
        options.output,
        {
            "depth_vanishing.png": (picture, "the norms of gradients, layer by layer"),
            "depth_signals.png": (signals, "the size of activations, layer by layer"),
            "depth_chain.html": (page(y1), "eight sigmoids in a row, to step through"),
        },
    )
    return numbers


def norms(case: Case, x: Array, seed: Array, depth: int) -> tuple[list[float], list[float]]:
    """For each layer the root mean square of its output, and the norm of the gradient of ``Σ seed · output``."""
    width = x.shape[1]
    h, outputs = Tensor(x), []
    for _ in range(depth):
        h = Linear(width, width, activation=case.activation, init=case.init)(h)
        outputs.append(h)
    (h * seed).sum().backward()
    sizes = [float(np.sqrt(np.mean(h.data**2))) for h in outputs]
    return sizes, [float(np.linalg.norm(h.grad)) for h in outputs]


def chain(length: int) -> tuple[Value, Value]:
    """Sigmoids applied one after the other, at 1: the derivative is a product of as many slopes."""
    x = y = Value(1.0, name="a0")
    for k in range(length):
        y = sigmoid(y)
        y.name = f"a{k + 1}"
    y.backward()
    return x, y


def plot(numbers: dict[str, list[float]], width: int, title: str, what: str) -> Figure:
    """Draw one line for each network, layer by layer."""
    picture, axes = figure(title, "layer", what)
    for (name, found), case in zip(numbers.items(), cases(width).values(), strict=True):
        axes.semilogy(range(1, len(found) + 1), found, color=case.color, marker="o", markersize=4, label=name)
    axes.xaxis.get_major_locator().set_params(integer=True)
    picture.legend(fontsize=11, loc="outside lower center", ncols=2, frameon=False)
    return picture


if __name__ == "__main__":
    run(main)
