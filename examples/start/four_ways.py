"""The same training in four ways, and the time of a step in each.

The network of the two moons is trained scalar by scalar; compiled for one point and called with all of them; compiled
as one program of all points; and in numpy, with the derivatives worked out on paper. The four take some steps each in
turn, from the same weights, so their losses can be compared line by line. Run it, and look at the picture in the folder
``output``; ``python -m examples.start.scalars_to_matrices`` shows what the compiled programs are.
"""

from __future__ import annotations

import copy
import statistics
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

import autograd
from examples.common import BLUE, GREEN, VERMILION, argument_parser, figure, parse, progress, run, save
from examples.start.scalars_to_matrices import Array, compare, describe, gradients, moons, written
from nn import MLP, optim

TURN = 10  # steps that one way of training takes before the next one takes as many


class Way(NamedTuple):
    """A way to train: its name, its colour, a step that gives the loss, and the gradients that a step leaves."""

    name: str
    colour: str
    step: Callable[[], float]
    gradients: Callable[[], Array]


def main(arguments: Sequence[str] | None = None) -> dict[str, float]:
    """Train in four ways; return the seconds that a step takes in each."""
    parser = argument_parser(__doc__, seed=1337, steps=100)
    describe(parser)
    options = parse(parser, arguments, quick={"steps": 12})

    points, targets, model = moons(options)
    models = [model, *(copy.deepcopy(model) for _ in range(3))]
    print(f"{options.samples} points, {model}")
    (_, total), (one_loss, _), (_, whole_loss) = (written(each, points, targets) for each in models[:3])
    lanes, whole = autograd.compile(one_loss), autograd.compile(whole_loss)
    rate = lambda step: 1.0 - 0.9 * step / options.steps
    ways = [
        trained("scalars", VERMILION, total, models[0], rate),
        trained("compiled for one point", BLUE, lambda: lanes(points, targets).mean(), models[1], rate),
        trained("compiled as a whole", BLUE, whole, models[2], rate),
        by_hand(models[3], points, targets, rate),
    ]
    times = dict(zip(ways, train(ways, options.steps), strict=True))
    medians = {way.name: statistics.median(taken[1:] or taken) for way, taken in times.items()}
    for way, taken in times.items():
        took = medians[way.name]
        once = f"   and once {1e3 * taken[0]:.0f} ms, to record and compile" if way.colour == BLUE else ""
        print(f"{way.name:<22}  {duration(took):>8} a step, {medians['scalars'] / took:7,.1f} × as fast{once}")
    speed(ways, medians, options.output)
    return medians


def trained(name: str, colour: str, loss: Callable[[], Any], model: MLP, rate: Callable[[int], float]) -> Way:
    """Training by gradient descent on a loss, compiled or not."""
    optimizer = optim.SGD(model.parameters(), lr=rate)

    def step() -> float:
        optimizer.zero_grad()
        result = loss()
        result.backward()
        optimizer.step()
        return float(result.item())

    return Way(name, colour, step, lambda: gradients(model))


def by_hand(model: MLP, points: Array, targets: Array, rate: Callable[[int], float]) -> Way:
    """The same training as a person writes it with matrices: a row for each neuron, a column for each point."""
    matrices = [np.array([[w.data for w in neuron.weights] for neuron in layer.neurons]) for layer in model.layers]
    biases = [np.array([[neuron.bias.data] for neuron in layer.neurons]) for layer in model.layers]
    found: list[tuple[Array, Array]] = []
    steps = 0

    def step() -> float:
        nonlocal steps
        inputs = [points.T]
        for matrix, bias in zip(matrices[:-1], biases[:-1], strict=True):
            inputs.append(np.maximum(matrix @ inputs[-1] + bias, 0))
        margins = 1 - targets * (matrices[-1] @ inputs[-1] + biases[-1])
        slope = (margins > 0) * -targets / len(points)
        found.clear()
        for matrix, x in zip(reversed(matrices), reversed(inputs), strict=True):
            found.insert(0, (slope @ x.T, slope.sum(axis=1, keepdims=True)))
            if x is not inputs[0]:
                slope = matrix.T @ slope * (x > 0)
        for matrix, bias, (by_matrix, by_bias) in zip(matrices, biases, found, strict=True):
            matrix -= rate(steps) * by_matrix
            bias -= rate(steps) * by_bias
        steps += 1
        return float(np.maximum(margins, 0).mean())

    return Way("numpy by hand", GREEN, step, lambda: np.concatenate([np.hstack(pair).ravel() for pair in found]))


def train(ways: Sequence[Way], steps: int) -> list[list[float]]:
    """Take some steps of each way in turn, and return the seconds that each step took."""
    times: list[list[float]] = [[] for _ in ways]
    bar = progress([1] + [min(TURN, steps - begin) for begin in range(1, steps, TURN)], "turn")
    for turn in bar:
        losses = [timed(way.step, taken, turn) for way, taken in zip(ways, times, strict=True)]
        if turn == len(times[0]):  # the first one
            for way in ways[1:]:
                compare(way.name, way.gradients(), ways[0].gradients())
            print(f"{'':8}  the loss by {', '.join(way.name for way in ways)}")
        bar.write(f"step {len(times[0]) - 1:3}  {'   '.join(f'{loss:.4f}' for loss in losses)}")
    return times


def timed(step: Callable[[], float], taken: list[float], turn: int) -> float:
    """Take some steps, note the seconds that each takes, and return the last loss."""
    for _ in range(turn):
        begin = time.perf_counter()
        loss = step()
        taken.append(time.perf_counter() - begin)
    return loss


def duration(seconds: float) -> str:
    """A time, in the unit that suits it."""
    return f"{1e3 * seconds:.3g} ms" if seconds >= 1e-3 else f"{1e6 * seconds:.3g} µs"


def speed(ways: Sequence[Way], seconds: dict[str, float], folder: Path) -> None:
    """Save a picture with a bar for each way, on a logarithmic scale."""
    picture, axes = figure("A step of training, forward and backward", "time (logarithmic scale)", "")
    names = [way.name for way in ways]
    bars = axes.barh(names, [seconds[name] for name in names], color=[way.colour for way in ways], height=0.6)
    axes.bar_label(bars, [duration(seconds[name]) for name in names], padding=6, fontsize=13)
    axes.set_xscale("log")
    axes.set_xlim(min(seconds.values()) / 10, 10 * max(seconds.values()))
    axes.xaxis.set_major_formatter(lambda tick, _: duration(tick))
    axes.invert_yaxis()
    save(folder, {"speed.png": (picture, "how long a step takes in each way")})


if __name__ == "__main__":
    run(main)
