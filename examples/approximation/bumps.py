"""Universal approximation by construction: weights that are written down, not trained, follow any smooth curve.

Two steep sigmoids, one up and one down, are a bump that is 1 on an interval and 0 elsewhere. A bump on each of k
intervals of width h = 1/k, as high as the curve f in the middle of it, makes a staircase that is at most
``½ h max |f'|`` away from f. Relus do better: k of them, each where the slope of a polygon changes, are the polygon
through k + 1 points of the curve, which is at most ``⅛ h² max |f''|`` away (de Boor 2001, chapter III). Twice the
neurons: half the error with bumps, a quarter of it with relus.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import chain, pairwise

import numpy as np
from numpy.typing import NDArray

import autograd
from autograd import Value, sigmoid
from examples.common import (
    BLUE,
    VERMILION,
    Figure,
    amount,
    argument_parser,
    count,
    label,
    panels,
    parse,
    run,
    save,
    sow,
)
from nn import MLP
from visualize import page

Array = NDArray[np.float64]
Curve = Callable[[Array], Array]
STEEP = 60.0  # the slope of a sigmoid's argument, in widths of an interval


def main(arguments: Sequence[str] | None = None) -> dict[str, float]:
    """Build both networks for growing k, save the picture, and return their errors beside the bounds."""
    parser = argument_parser(__doc__, seed=0)
    parser.add_argument(
        "--pieces", type=count, default=64, help="the largest number of intervals; a power of 2 is best"
    )
    parser.add_argument("--wave", type=amount, default=1.0, help="how high the wave of the curve is")
    options = parse(parser, arguments, quick={"pieces": 32})

    phase = sow(options.seed).uniform(0, 2 * math.pi)
    curve: Curve = lambda x: x + options.wave * np.sin(2 * math.pi * x + phase)
    slope, bend = 1 + 2 * math.pi * options.wave, (2 * math.pi) ** 2 * options.wave  # bounds of |f'| and |f''|
    x = np.linspace(0, 1, 1009)

    pieces = [2**power for power in range(1, int(math.log2(max(2, options.pieces))) + 1)]
    errors: dict[str, list[float]] = {"bumps": [], "relus": []}
    print("largest error of a network with weights that are written down")
    print(f"{'k':>4}   {'2k sigmoids':>11}  {'bound':>7}   {'k relus':>9}  {'bound':>9}")
    bounds = {"bumps": [slope / k / 2 for k in pieces], "relus": [bend / k**2 / 8 for k in pieces]}
    for k, *limits in zip(pieces, *bounds.values(), strict=True):
        for name, network in (("bumps", bumps(curve, k)), ("relus", polygon(curve, k))):
            errors[name].append(float(np.abs(values(network, x) - curve(x)).max()))
        print(f"{k:4}   {errors['bumps'][-1]:11.4f}  {limits[0]:7.4f}   {errors['relus'][-1]:9.6f}  {limits[1]:9.6f}")

    place = Value(0.26, name="x")
    up, down = sigmoid(STEEP * (place - 0.25)), sigmoid(STEEP * (place - 0.5))
    bump = up - down
    up.name, down.name, bump.name = "up", "down", "bump"
    bump.backward()
    save(
        options.output,
        {
            "approximation_bumps.png": (picture_of(curve, x, pieces, errors), "both, and their errors"),
            "approximation_bump.html": (page(bump), "one bump of two sigmoids, to step through"),
        },
    )
    numbers = {}
    for name, found in errors.items():
        numbers[f"largest error / bound, {name}"] = max(e / b for e, b in zip(found, bounds[name], strict=True))
        numbers[f"error halved, {name}"] = found[-2] / found[-1] if len(found) > 1 else math.nan
        numbers[f"error, {name}"] = found[-1]
    return numbers


def bumps(curve: Curve, k: int) -> MLP:
    """A network of 2k sigmoids: a bump for each interval. The outermost steps lie far outside of [0, 1]."""
    model = MLP(1, [2 * k, 1], activation="sigmoid")
    hidden, [out] = model.layers[0].neurons, model.layers[1].neurons
    edges = [-1.0, *np.arange(1, k) / k, 2.0]
    heights = curve((np.arange(k) + 0.5) / k)
    for neuron, edge in zip(hidden, chain.from_iterable(pairwise(edges)), strict=True):
        neuron.w, neuron.b = [STEEP * k], -STEEP * k * float(edge)
    out.w, out.b = [weight for height in heights.tolist() for weight in (height, -height)], 0.0
    return model


def polygon(curve: Curve, k: int) -> MLP:
    """A network of k relus: the polygon through k + 1 points of the curve."""
    model = MLP(1, [k, 1], activation="relu")
    hidden, [out] = model.layers[0].neurons, model.layers[1].neurons
    knots = np.linspace(0, 1, k + 1)
    heights = curve(knots)
    for neuron, knot in zip(hidden, knots[:-1].tolist(), strict=True):
        neuron.w, neuron.b = [1.0], -knot
    out.w, out.b = np.diff(np.diff(heights) * k, prepend=0.0).tolist(), float(heights[0])
    return model


def values(model: MLP, x: Array) -> Array:
    """The results of a network, compiled for all x at once."""
    with autograd.no_grad():
        answers: Array = autograd.compile(model)(x[:, None]).numpy()
    return answers


def picture_of(curve: Curve, x: Array, pieces: list[int], errors: dict[str, list[float]]) -> Figure:
    """Draw both networks for k = 8, and the errors by k."""
    picture, plots = panels(2, 2, "No training: weights written down follow any curve")
    for axes, name, build in ((plots[0], "16 sigmoids: 8 bumps", bumps), (plots[1], "8 relus: a polygon", polygon)):
        axes.plot(x, curve(x), color="#999999", linewidth=4, label="curve")
        axes.plot(x, values(build(curve, 8), x), color=BLUE, linewidth=1.8, label="network")
        label(axes, "x", "y", name, size=11)
    one = bumps(lambda middle: (np.abs(middle - 0.4375) < 0.01).astype(float), 8)
    plots[2].plot(x, values(one, x), color=BLUE, linewidth=1.8)
    label(plots[2], "x", "y", "two of the sigmoids: one bump", size=11)
    for (name, found), color, marker in zip(errors.items(), (VERMILION, BLUE), "so", strict=True):
        plots[3].plot(pieces, found, color=color, marker=marker, label=name)
    plots[3].set_xscale("log", base=2)
    plots[3].set_yscale("log")
    label(
        plots[3],
        "k, intervals (log. scale)",
        "largest error (log. scale)",
        "twice the k: ½ and ¼ of the error",
        size=11,
    )
    plots[0].legend(fontsize=10, frameon=False)
    plots[3].legend(fontsize=10, frameon=False)
    return picture


if __name__ == "__main__":
    run(main)
