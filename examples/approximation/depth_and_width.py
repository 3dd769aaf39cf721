"""Depth against width: two neurons in each of L layers do the work of about 2^L neurons in a single layer.

The tent ``t(x) = 2 relu(x) - 4 relu(x - ½)`` is made of two relus. Applied L times it is a saw of 2^(L-1) teeth, with
2^L straight pieces, from 2L neurons. A single layer of n relus bends at most n times, so it needs 2^L - 1 of them for
as many pieces (Telgarsky 2016). The saws also add up to a parabola: with

    g_m(x) = x - Σ_{s=1}^{m} t^s(x) / 4^s

``max |x² - g_m(x)| = 4^-(m+1)`` on [0, 1] (Yarotsky 2017, proposition 2). So the error falls exponentially with the
depth, while no layer of n relus comes closer to x² than ``1 / (8 (n + 1)²)``.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

import autograd
from autograd import Value, relu
from examples.common import BLUE, VERMILION, Figure, argument_parser, count, label, panels, parse, run, save
from nn import MLP

Array = NDArray[np.float64]


def main(arguments: Sequence[str] | None = None) -> dict[str, float]:
    """Build saws and parabolas of growing depth, save the picture, and return pieces and errors, found and known."""
    parser = argument_parser(__doc__)
    parser.add_argument("--depth", type=count, default=7, help="the largest number of hidden layers, up to 12")
    options = parse(parser, arguments, quick={"depth": 6})
    if options.depth > 12:
        parser.error("--depth must be at most 12: the saw has 2 to this power of pieces")
    x = np.linspace(0, 1, 2 ** (options.depth + 1) + 1)  # every bend of a saw, and the middle of every piece

    depths = range(1, options.depth + 1)
    counted = [pieces(values(saw(depth), x)) for depth in depths]
    errors = [float(np.abs(values(lambda inputs, m=m: parabola(inputs[0], m), x) - x**2).max()) for m in depths]
    print("                          pieces                        error of x²")
    print("layers  neurons  counted  known  one layer      found      known  one layer at best")
    for m, found, error in zip(depths, counted, errors, strict=True):
        print(
            f"{m:6}  {2 * m:7}  {found:7}  {2**m:5}  {2 * m + 1:9}  "
            f"{error:.7f}  {4.0 ** -(m + 1):.7f}  {shallow(2 * m):17.7f}"
        )
    save(options.output, {"approximation_depth.png": (picture_of(x, depths, errors), "the saw, and the errors of x²")})
    return {
        "pieces of the saw": float(counted[-1]),
        "pieces of one layer with as many neurons": 2.0 * options.depth + 1,
        "pieces beside what is known": float(max(abs(found - 2**m) for m, found in zip(depths, counted, strict=True))),
        "error of the parabola": errors[-1],
        "error beside what is known": max(
            abs(error - 4.0 ** -(m + 1)) for m, error in zip(depths, errors, strict=True)
        ),
        "error of one layer at best": shallow(2 * options.depth),
    }


def saw(depth: int) -> MLP:
    """A network of ``depth`` hidden layers of two relus: the tent, applied to itself."""
    model = MLP(1, [2] * depth + [1])
    for k, layer in enumerate(model.layers):
        for neuron, bend in zip(layer.neurons, (0.0, -0.5), strict=False):
            neuron.w, neuron.b = [2.0, -4.0] if k else [1.0], bend
    model.layers[-1].neurons[0].b = 0.0
    return model


def parabola(x: Value, m: int) -> Value:
    """The sum g_m of saws: m layers of two relus, each with a shortcut to the output."""
    total, tooth = x, x
    for s in range(1, m + 1):
        tooth = 2 * relu(tooth) - 4 * relu(tooth - 0.5)
        total = total - tooth / 4**s
    return total


def shallow(neurons: int) -> float:
    """The least error of a polygon of ``neurons + 1`` pieces for x²: on a piece of width h it is h²/8."""
    return 1 / (8 * (neurons + 1) ** 2)


def values(model: object, x: Array) -> Array:
    """The results of a network of one input, compiled for all x at once."""
    with autograd.no_grad():
        answers: Array = autograd.compile(model)(x[:, None]).numpy()
    return answers


def pieces(y: Array) -> int:
    """The number of straight pieces of a polygon, of whose points every bend is one."""
    return 1 + int(np.sum(np.abs(np.diff(y, 2)) > 1e-9))


def picture_of(x: Array, depths: range, errors: list[float]) -> Figure:
    """Draw saws of three depths, and the errors of the parabola by the number of neurons."""
    picture, plots = panels(2, 2, "Depth doubles the pieces; width adds one at a time")
    for axes, depth in zip(plots, (1, 2, 4), strict=False):
        axes.plot(x, values(saw(depth), x), color=BLUE, linewidth=1.8)
        label(axes, "x", "y", f"{depth} layer{'s' * (depth > 1)} of 2: {2**depth} pieces", size=11)
    neurons = [2 * m for m in depths]
    plots[3].semilogy(neurons, errors, color=BLUE, marker="o", label="deep, 2 a layer")
    plots[3].semilogy(neurons, [shallow(n) for n in neurons], color=VERMILION, marker="s", label="one layer, at best")
    label(plots[3], "neurons", "largest error (log. scale)", "the error for x²", size=11)
    plots[3].legend(fontsize=10, frameon=False)
    return picture


if __name__ == "__main__":
    run(main)
