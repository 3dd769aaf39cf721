"""From neurons to matrices: backpropagation over single numbers becomes backpropagation over arrays.

The network of the two moons once more, written neuron by neuron for one point. It is drawn as it is written, compiled,
and drawn as it runs: compiled for one point, to be called with any number of them, and compiled as one program of all
points. Every weight gets the same gradient in all three forms. Run it, and look at the pictures in the folder
``output``; ``python -m examples.start.four_ways`` measures the time of a training step in each form.
"""

from __future__ import annotations

import argparse
import copy
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

import autograd
from autograd import Value
from examples.common import amount, argument_parser, count, parse, progress, run, save, sow
from nn import MLP, Layer
from visualize import Drawing, draw

TOLERANCE = 1e-12  # of gradients, relative to the largest: sums in another order are rounded differently

Array = NDArray[np.float64]


def main(arguments: Sequence[str] | None = None) -> dict[str, float]:
    """Draw, explain and compare; return the number of gradients and their largest difference."""
    parser = argument_parser(__doc__, seed=1337)
    describe(parser)
    options = parse(parser, arguments)

    points, targets, model = moons(options)
    same = [copy.deepcopy(model) for _ in range(2)]
    print(f"{options.samples} points, {model}")
    loss, total = written(model, points, targets)
    one_loss, _ = written(same[0], points, targets)
    _, whole_loss = written(same[1], points, targets)
    lanes, whole = autograd.compile(one_loss), autograd.compile(whole_loss)

    print("\nThe loss of one point, as it is written")
    before = scalars(loss(points[0].tolist(), float(targets[0])))
    for parameter in model.parameters():
        parameter.grad = 0.0
    result = total()
    layer = model.layers[-2]  # the last hidden one
    uses = autograd.explain(layer.neurons[0].weights[0], of=result).uses
    for each in progress((result, lanes(points, targets).mean(), whole()), "backward pass"):
        each.backward()
    print("\nThe same as it runs, for any number B of points")
    print(lanes.program)
    print(f"\n{lanes.explain()}\n\n{whole.explain()}\n")

    expected = gradients(model)
    names = ("compiled for one point", "compiled as a whole")
    largest = max(compare(name, gradients(each), expected) for name, each in zip(names, same, strict=True))
    one_of_them(layer, same[0].layers[-2], len(uses))
    save(
        options.output,
        {
            "scalars.svg": (before, "the loss of one point as it is written: a box for each neuron"),
            "matrices.svg": (draw(lanes.program, fold=True), "the same as it runs: a box for each layer"),
        },
    )
    return {"gradients": len(expected), "largest difference of a gradient": largest}


# --- What is computed -------------------------------------------------------------------------------------------------


def describe(parser: argparse.ArgumentParser) -> None:
    """Add the arguments that `moons` needs."""
    parser.add_argument("--samples", type=count, default=100, help="how many points there are")
    parser.add_argument("--noise", type=amount, default=0.1, help="how far the points stray from their moon")
    parser.add_argument("--widths", type=count, nargs="+", default=[16, 16], help="the neurons in each hidden layer")


def moons(options: argparse.Namespace) -> tuple[Array, Array, MLP]:
    """Points on two moons, their targets -1 and 1, and a network for them."""
    from sklearn.datasets import make_moons

    sow(options.seed)
    points, labels = make_moons(n_samples=options.samples, noise=options.noise, random_state=options.seed)
    return points, 2.0 * labels - 1, MLP(2, [*options.widths, 1])


def written(model: MLP, points: Array, targets: Array) -> tuple[Callable[[Any, Any], Value], Callable[[], Value]]:
    """The hinge loss of one point and that of all points, in scalars."""
    samples = list(zip(points.tolist(), targets.tolist(), strict=True))

    def loss(x: Any, y: Any) -> Value:
        return autograd.relu(1 - y * model(x))

    def total() -> Value:
        return autograd.mean([loss(x, y) for x, y in samples])

    return loss, total


def gradients(model: MLP) -> Array:
    """The gradients of all parameters, neuron by neuron: its weights, then its bias."""
    return np.array([parameter.grad for parameter in model.parameters()])


# --- What is shown ----------------------------------------------------------------------------------------------------


def scalars(loss: Value) -> Drawing:
    """Draw the graph of one point's loss with its gradients, each neuron in a box of its own."""
    loss.backward()
    print(f"{len(autograd.program(loss)):,} values, {loss!r}")
    return draw(loss, depth=3)


def compare(name: str, found: Array, expected: Array) -> float:
    """The largest difference between the gradients of a form and those of the scalars, relative to the largest one.

    Raises
    ------
    ArithmeticError
        The difference is more than rounding can explain.
    """
    difference = float(np.abs(found - expected).max() / (np.abs(expected).max() or 1.0))
    if difference > TOLERANCE:
        raise ArithmeticError(f"{name}: the gradients are {difference:.1e} from those of the scalars")
    print(f"{name:<22}  {len(found):,} gradients, at most {difference:.1e} from those of the scalars")
    return difference


def one_of_them(layer: Layer, same_layer: Layer, uses: int) -> None:
    """Show one gradient as a sum, and the product of matrices of which it is one entry."""
    weight, same = layer.neurons[0].weights[0], same_layer.neurons[0].weights[0]
    neurons, inputs = len(layer.neurons), len(layer.neurons[0].weights)
    product = f"({neurons}×{uses})·({uses}×{inputs})"
    print(f"One of them is that of {weight.scope}.{weight.name}")
    print(f"  over neurons   {weight.grad:+.12f}  the sum of slope × input over all {uses} points")
    print(f"  over matrices  {same.grad:+.12f}  the first number of a {product} product: slopes · inputsᵀ")


if __name__ == "__main__":
    run(main)
