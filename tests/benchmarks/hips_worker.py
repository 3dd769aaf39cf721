"""The worker for HIPS autograd: a process of an environment of its own, which holds none of our packages.

It reads one request per line from its standard input, does it once, and writes the outcome as a line of JSON. The chain
is written in scalars. The moons step is written in arrays, as one writes it for that library: it has no fast scalars,
and the comparison should show what its users get.
"""

from __future__ import annotations

import gc
import importlib
import json
import sys
from itertools import pairwise
from time import perf_counter as now
from typing import Any


def library() -> tuple[Any, Any]:
    """The library's numpy, and its function for the two halves of a gradient; by name, since the name is also ours."""
    return importlib.import_module("autograd.numpy"), importlib.import_module("autograd").make_vjp


def chain(request: dict[str, Any]) -> tuple[list[float], list[float]]:
    """Record a chain, sweep it, let it go; the times of the phases, and the gradient."""
    np, make_vjp = library()
    rate, shift, rounds = request["rate"], request["shift"], request["rounds"]

    def chained(x: Any) -> Any:
        for _ in range(rounds):
            x = np.maximum(x * rate + shift, 0.0)
        return x

    begin = now()
    pull, _ = make_vjp(chained)(request["start"])
    recorded = now()
    gradient = pull(1.0)
    swept = now()
    del pull
    return [recorded - begin, swept - recorded, 0.0, now() - swept], [float(gradient)]


def moons(request: dict[str, Any]) -> tuple[list[float], list[float]]:
    """Take training steps; the mean times of the phases of one, and the gradients, neuron by neuron, of the last."""
    np, make_vjp = library()
    points, labels = np.array(request["points"]), np.array(request["labels"])
    layers = _layers(request["weights"], request["widths"])

    def loss(layers: Any) -> Any:
        x = points
        for k, (weights, biases) in enumerate(layers):
            x = np.dot(x, weights.T) + biases
            if k < len(layers) - 1:
                x = np.maximum(x, 0.0)
        hinge = np.maximum(1 - labels * x[:, 0], 0.0)
        squares = sum(np.sum(weights**2) + np.sum(biases**2) for weights, biases in layers)
        return np.mean(hinge) + request["penalty"] * squares

    laps = []
    for _ in range(request["warm_up"] + request["steps"]):
        begin = now()
        pull, _ = make_vjp(loss)(layers)
        recorded = now()
        gradients = pull(1.0)
        swept = now()
        for pair, slopes in zip(layers, gradients, strict=True):
            for parameter, slope in zip(pair, slopes, strict=True):
                parameter -= request["learning_rate"] * slope
        laps.append((recorded - begin, swept - recorded, now() - swept))
    timed = laps[request["warm_up"] :]
    rows = [np.column_stack(pair).ravel() for pair in gradients]
    return [*(sum(times) / len(timed) for times in zip(*timed, strict=True)), 0.0], np.concatenate(rows).tolist()


def _layers(weights: list[float], widths: list[int]) -> list[Any]:
    """The matrix and the biases of each layer, from the weights neuron by neuron."""
    np, _ = library()
    layers, position = [], 0
    for inputs, outputs in pairwise(widths):
        size = outputs * (inputs + 1)
        rows = np.array(weights[position : position + size]).reshape(outputs, inputs + 1)
        layers.append((rows[:, :-1].copy(), rows[:, -1].copy()))
        position += size
    return layers


def main() -> None:
    """Answer requests until there are no more."""
    for line in sys.stdin:
        request = json.loads(line)
        gc.collect()
        (gc.enable if request["collector"] else gc.disable)()
        times, gradients = chain(request) if "rounds" in request else moons(request)
        phases = dict(zip(("forward", "backward", "update", "free"), times, strict=True))
        print(json.dumps(phases | {"gradients": gradients}), flush=True)


if __name__ == "__main__":
    main()
