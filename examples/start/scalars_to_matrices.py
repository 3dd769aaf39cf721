"""From neurons to matrices: backpropagation over single numbers becomes backpropagation over arrays.

The network of the two moons once more, written neuron by neuron for one point. It is drawn as it is written, compiled,
and drawn as it runs; every weight gets the same gradient in both forms. Then the same training is done in four ways,
some steps of each in turn: scalar by scalar; compiled for one point and called with all of them; compiled as one
program of all points; and in numpy, with the derivatives worked out on paper. Run it, and look at the pictures in the
folder ``output``.
"""

from __future__ import annotations

import copy
import math
import statistics
import time
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

import autograd
from autograd import Value
from examples.common import (
    BLUE,
    GREEN,
    VERMILION,
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
from nn import MLP, Layer, optim
from visualize import Drawing, draw

TURN = 10  # steps that one way of training takes before the next one takes as many
TOLERANCE = 1e-12  # of gradients, relative to the largest: sums in another order are rounded differently

Array = NDArray[np.float64]
Rate = Callable[[int], float]


class Way(NamedTuple):
    """A way to train: its name, its colour, a step that gives the loss, and the gradients that a step leaves."""

    name: str
    colour: str
    step: Callable[[], float]
    gradients: Callable[[], Array]


def main(arguments: Sequence[str] | None = None) -> dict[str, float]:
    """Draw, explain, compare and train; return the seconds that a step takes in each way of training."""
    parser = argument_parser(__doc__, seed=1337, steps=100)
    parser.add_argument("--samples", type=count, default=100, help="how many points there are")
    parser.add_argument("--noise", type=amount, default=0.1, help="how far the points stray from their moon")
    parser.add_argument("--widths", type=count, nargs="+", default=[16, 16], help="the neurons in each hidden layer")
    options = parse(parser, arguments, quick={"steps": 12})

    from sklearn.datasets import make_moons

    sow(options.seed)
    points, labels = make_moons(n_samples=options.samples, noise=options.noise, random_state=options.seed)
    targets = 2.0 * labels - 1
    models = [MLP(2, [*options.widths, 1])]
    models += [copy.deepcopy(models[0]) for _ in range(3)]
    print(f"{options.samples} points, {models[0]}")

    loss, total = written(models[0], points, targets)
    one_loss, _ = written(models[1], points, targets)
    _, whole_loss = written(models[2], points, targets)
    lanes, whole = autograd.compile(one_loss), autograd.compile(whole_loss)
    rate = lambda step: 1.0 - 0.9 * step / options.steps
    ways = [
        trained("scalars", VERMILION, total, models[0], rate),
        trained("compiled for one point", BLUE, lambda: lanes(points, targets).mean(), models[1], rate),
        trained("compiled as a whole", BLUE, whole, models[2], rate),
        by_hand(models[3], points, targets, rate),
    ]

    print("\nThe loss of one point, as it is written")
    before = scalars(loss(points[0].tolist(), float(targets[0])))
    layer, same_layer = models[0].layers[-2], models[1].layers[-2]  # the last hidden one, in scalars and in matrices
    uses = autograd.explain(layer.neurons[0].weights[0], of=total()).uses
    times = [[timed(way.step)] for way in ways]
    print("\nThe same as it runs, for any number B of points")
    print(lanes.program)
    print(f"\n{lanes.explain()}\n\n{whole.explain()}\n")
    compare(ways, layer, same_layer, len(uses))

    print("\nThe same training, four times")
    train(ways, options.steps, times)
    medians = {way.name: statistics.median(taken[1:] or taken) for way, taken in zip(ways, times, strict=True)}
    for way, taken in zip(ways, times, strict=True):
        took = medians[way.name]
        once = f"   and once {1e3 * taken[0]:.0f} ms, to record and compile" if way.colour == BLUE else ""
        print(f"{way.name:<22}  {duration(took):>8} a step, {medians['scalars'] / took:7,.1f} × as fast{once}")
    save(
        options.output,
        {
            "scalars.svg": (before, "the loss of one point as it is written: a box for each neuron"),
            "matrices.svg": (draw(lanes.program, fold=True), "the same as it runs: a box for each layer"),
            "speed.png": (speed(ways, medians), "how long a step takes in each way"),
        },
    )
    return medians


# --- What is computed -------------------------------------------------------------------------------------------------


def written(model: MLP, points: Array, targets: Array) -> tuple[Callable[[Any, Any], Value], Callable[[], Value]]:
    """The hinge loss of one point and that of all points, in scalars."""
    samples = list(zip(points.tolist(), targets.tolist(), strict=True))

    def loss(x: Any, y: Any) -> Value:
        return autograd.relu(1 - y * model(x))

    def total() -> Value:
        return autograd.mean([loss(x, y) for x, y in samples])

    return loss, total


def trained(name: str, colour: str, loss: Callable[[], Any], model: MLP, rate: Rate) -> Way:
    """Training by gradient descent on a loss, compiled or not."""
    parameters = model.parameters()
    optimizer = optim.SGD(parameters, lr=rate)

    def step() -> float:
        optimizer.zero_grad()
        result = loss()
        result.backward()
        optimizer.step()
        return float(result.item())

    return Way(name, colour, step, lambda: np.array([parameter.grad for parameter in parameters]))


def by_hand(model: MLP, points: Array, targets: Array, rate: Rate) -> Way:
    """The same training as a person writes it with matrices: a row for each neuron, a column for each point."""
    matrices = [np.array([[w.data for w in neuron.weights] for neuron in layer.neurons]) for layer in model.layers]
    biases = [np.array([[neuron.bias.data] for neuron in layer.neurons]) for layer in model.layers]
    gradients: list[tuple[Array, Array]] = []
    steps = 0

    def step() -> float:
        nonlocal steps
        inputs = [points.T]
        for matrix, bias in zip(matrices[:-1], biases[:-1], strict=True):
            inputs.append(np.maximum(matrix @ inputs[-1] + bias, 0))
        margins = 1 - targets * (matrices[-1] @ inputs[-1] + biases[-1])
        slope = (margins > 0) * -targets / len(points)
        gradients.clear()
        for matrix, x in zip(reversed(matrices), reversed(inputs), strict=True):
            gradients.insert(0, (slope @ x.T, slope.sum(axis=1, keepdims=True)))
            if x is not inputs[0]:
                slope = matrix.T @ slope * (x > 0)
        for matrix, bias, (by_matrix, by_bias) in zip(matrices, biases, gradients, strict=True):
            matrix -= rate(steps) * by_matrix
            bias -= rate(steps) * by_bias
        steps += 1
        return float(np.maximum(margins, 0).mean())

    # Neuron by neuron: its weights, then its bias.
    return Way("numpy by hand", GREEN, step, lambda: np.concatenate([np.hstack(pair).ravel() for pair in gradients]))


# --- What is shown ----------------------------------------------------------------------------------------------------


def scalars(loss: Value) -> Drawing:
    """Draw the graph of one point's loss with its gradients, each neuron in a box of its own."""
    loss.backward()
    print(f"{len(autograd.program(loss)):,} values, {loss!r}")
    return draw(loss, depth=3)


def compare(ways: Sequence[Way], layer: Layer, same_layer: Layer, uses: int) -> None:
    """Check that all ways give equal gradients, and show the sum that one of them is."""
    weight, same = layer.neurons[0].weights[0], same_layer.neurons[0].weights[0]
    expected, *others = (way.gradients() for way in ways)
    for way, found in zip(ways[1:], others, strict=True):
        difference = np.abs(found - expected).max() / (np.abs(expected).max() or 1.0)
        if difference > TOLERANCE:
            raise ArithmeticError(f"{way.name}: the gradients are {difference:.1e} from those of the scalars")
        print(f"{way.name:<22}  {len(found):,} gradients, at most {difference:.1e} from those of the scalars")
    neurons, inputs = len(layer.neurons), len(layer.neurons[0].weights)
    product = f"({neurons}×{uses})·({uses}×{inputs})"
    print(f"One of them is that of {weight.scope}.{weight.name}")
    print(f"  over neurons   {weight.grad:+.12f}  the sum of slope × input over all {uses} points")
    print(f"  over matrices  {same.grad:+.12f}  the first number of a {product} product: slopes · inputsᵀ")


def train(ways: Sequence[Way], steps: int, times: list[list[float]]) -> None:
    """Take the remaining steps, some of each way in turn, and note the seconds that each takes."""
    print(f"{'':8}  the loss by {', '.join(way.name for way in ways)}")
    with progress(range(len(ways) * (steps - 1))) as bar:
        while len(times[0]) < steps:
            turn = min(TURN, steps - len(times[0]))
            found = []
            for way, taken in zip(ways, times, strict=True):
                for _ in range(turn - 1):
                    taken.append(timed(way.step))
                begin = time.perf_counter()
                found.append(way.step())
                taken.append(time.perf_counter() - begin)
                bar.update(turn)
            bar.write(f"step {len(times[0]) - 1:3}  {'   '.join(f'{loss:.4f}' for loss in found)}")


def timed(step: Callable[[], float]) -> float:
    """The seconds that a step takes."""
    begin = time.perf_counter()
    step()
    return time.perf_counter() - begin


def duration(seconds: float) -> str:
    """A time, in the unit that suits it."""
    return f"{1e3 * seconds:.3g} ms" if seconds >= 1e-3 else f"{1e6 * seconds:.3g} µs"


def speed(ways: Sequence[Way], seconds: dict[str, float]) -> Figure:
    """Draw a bar for each way, on a logarithmic scale."""
    picture, axes = figure("A step of training, forward and backward", "time (logarithmic scale)", "")
    names = [way.name for way in ways]
    bars = axes.barh(names, [seconds[name] for name in names], color=[way.colour for way in ways], height=0.6)
    axes.bar_label(bars, [duration(seconds[name]) for name in names], padding=6, fontsize=13)
    axes.set_xscale("log")
    axes.set_xlim(10 ** math.floor(math.log10(min(seconds.values()))) / 10, 10 * max(seconds.values()))
    axes.xaxis.set_major_formatter(lambda tick, _: duration(tick))
    axes.invert_yaxis()
    axes.grid(axis="x", color="#DDDDDD", linewidth=0.6)
    axes.set_axisbelow(True)
    return picture


if __name__ == "__main__":
    run(main)
