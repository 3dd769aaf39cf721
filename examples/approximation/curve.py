"""A curve fitted by k neurons: the more there are, the closer the network can come.

A wave is sampled at 64 points, and networks of one hidden layer, ``Σ v_j tanh(w_j x + b_j) + c``, are fitted to it,
with k = 1, 2, 4, 8 neurons. Each neuron is one step up or down; the wave turns six times, so four neurons are too few
and eight are enough. The loss is written for one sample in scalars, compiled, and minimised by L-BFGS.
"""

from __future__ import annotations

import math
import random
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

import autograd
from autograd import Tensor, Value
from examples.common import (
    BLUE,
    VERMILION,
    Figure,
    argument_parser,
    count,
    label,
    panels,
    parse,
    progress,
    run,
    save,
    sow,
)
from nn import MLP, losses, optim

Array = NDArray[np.float64]


def wave(x: Array) -> Array:
    """The curve: a sine, and half as much of one three times as fast."""
    return np.sin(2 * np.pi * x) + 0.5 * np.sin(6 * np.pi * x)


def main(arguments: Sequence[str] | None = None) -> dict[str, float]:
    """Fit networks of growing width, save the picture, and return the errors."""
    parser = argument_parser(__doc__, seed=0, steps=500)
    parser.add_argument("--widths", type=count, nargs="+", default=[1, 2, 4, 8], help="the neurons of each network")
    parser.add_argument("--starts", type=count, default=3, help="from how many random starts each one is fitted")
    options = parse(parser, arguments, quick={"steps": 150, "starts": 2})
    sow(options.seed)
    x = np.linspace(0, 1, 64)

    models, errors = [], []
    for width in progress(options.widths, unit="network"):
        found = [fitted(width, x, options.steps) for _ in range(options.starts)]
        error, model = min(found, key=lambda pair: pair[0])
        models.append(model)
        errors.append(error)
    print("root mean square error, the best of the starts")
    for width, error in zip(options.widths, errors, strict=True):
        print(f"  width {width:2}, {3 * width + 1:3} parameters: {error:.4f}")

    save(options.output, {"approximation_curve.png": (picture_of(models, errors, x), "the curves of all networks")})
    return {f"error, width {width}": error for width, error in zip(options.widths, errors, strict=True)}


def fitted(width: int, x: Array, steps: int) -> tuple[float, MLP]:
    """Fit a network from a random start, with a bend of each neuron somewhere in its own part of [0, 1]."""
    model = MLP(1, [width, 1], activation="tanh", init="xavier_uniform")
    for j, neuron in enumerate(model.layers[0].neurons):
        slope = random.choice([-1, 1]) * (3.0 + width)
        neuron.w, neuron.b = [slope], -slope * (j + random.random()) / width

    @autograd.compile
    def square(inputs: list[Value], target: float) -> Value:  # of one sample
        return losses.mse(model(inputs), target)

    def loss() -> Tensor:  # of all samples
        return square(x[:, None], wave(x)).mean()

    found = optim.minimize(loss, model.parameters(), max_steps=steps)
    return math.sqrt(found.loss), model


def picture_of(models: list[MLP], errors: list[float], x: Array) -> Figure:
    """Draw the curve of each network over the wave."""
    columns = min(2, len(models))
    rows = -(-len(models) // columns)
    picture, plots = panels(rows, columns, "More neurons come closer to the curve")
    fine = np.linspace(0, 1, 301)
    for axes, model, error in zip(plots, models, errors, strict=False):
        width = len(model.layers[0].neurons)
        axes.plot(fine, wave(fine), color="#999999", linewidth=4, label="curve")
        axes.plot(x, wave(x), ".", color=VERMILION, markersize=5, label="samples")
        answers = autograd.compile(model)(fine[:, None]).numpy()
        axes.plot(fine, answers, color=BLUE, linewidth=1.8, label="network")
        label(axes, "x", "y", f"{width} neuron{'s' * (width > 1)}: error {error:.3f}", size=12)
    for axes in plots[len(models) :]:
        axes.set_axis_off()
    picture.legend(
        *plots[0].get_legend_handles_labels(), fontsize=11, loc="outside lower center", ncols=3, frameon=False
    )
    return picture


if __name__ == "__main__":
    run(main)
