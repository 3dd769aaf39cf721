"""A worker: one engine in a process of its own, with one thread, that does the works of `tensor` on request.

It is started with the name of the engine, reads one request per line from its standard input, and answers each with a
line of JSON: the times of the phases, and the gradients if they are asked for. A work is written for each engine as its
users write it. Everybody draws the same numbers from the same seed.
"""

from __future__ import annotations

import gc
import importlib
import json
import sys
from collections.abc import Callable
from itertools import pairwise
from time import perf_counter as now
from typing import Any, NamedTuple

import numpy as np

RATE, SHIFT, START = 0.99999, 0.00001, 2.0
WARM_UP = 3  # steps before the clock runs


class Task(NamedTuple):
    """A work, set up: forward, backward from what that gave, and the gradients afterwards."""

    forward: Callable[[], Any]
    backward: Callable[[Any], Any]
    gradients: Callable[[], list[Any]]


# --- What there is to do ----------------------------------------------------------------------------------------------


def network(request: dict[str, Any]) -> tuple[Any, Any, list[Any]]:
    """Inputs, labels, and for each layer a matrix and a bias."""
    draw = np.random.default_rng(request["seed"])
    widths, batch = request["widths"], request["batch"]
    parameters = []
    for inputs, outputs in pairwise(widths):
        parameters += [draw.normal(0, (2 / inputs) ** 0.5, (inputs, outputs)), draw.normal(0, 0.1, outputs)]
    return draw.normal(size=(batch, widths[0])), draw.integers(0, widths[-1], batch), parameters


def convolution(request: dict[str, Any]) -> tuple[Any, Any, Any]:
    """Images, filters, and a gradient for the result."""
    draw = np.random.default_rng(request["seed"])
    count, side, filters, size = request["images"], request["side"], request["filters"], request["size"]
    places = side - size + 1
    shapes = (count, 1, side, side), (filters, 1, size, size), (count, filters, places, places)
    images, weights, gradient = (draw.normal(size=shape) for shape in shapes)
    return images, weights, gradient


def one_hot(labels: Any, count: int) -> Any:
    """A row for each label, with a 1 in its place."""
    return np.eye(count)[labels]


# --- Engines ----------------------------------------------------------------------------------------------------------


class ByHand:
    """Numpy, and derivatives worked out on paper."""

    def network(self, request: dict[str, Any]) -> Task:
        inputs, labels, parameters = network(request)
        matrices, biases = parameters[::2], parameters[1::2]
        targets = one_hot(labels, request["widths"][-1])
        gradients: list[Any] = []

        def forward() -> Any:
            layers, x = [], inputs
            for k, (w, b) in enumerate(zip(matrices, biases, strict=True)):
                z = x @ w + b
                layers.append((x, z))
                x = np.maximum(z, 0.0) if k < len(matrices) - 1 else z
            exponentials = np.exp(x - x.max(axis=1, keepdims=True))
            sums = exponentials.sum(axis=1, keepdims=True)
            shares = exponentials / sums
            return -np.log((shares * targets).sum(axis=1)).mean(), layers, shares

        def backward(found: Any) -> None:
            _, layers, shares = found
            g = (shares - targets) / len(inputs)
            gradients.clear()
            for k in reversed(range(len(matrices))):
                x, _ = layers[k]
                gradients.extend([g.sum(axis=0), x.T @ g])
                if k:
                    g = (g @ matrices[k].T) * (layers[k - 1][1] > 0)

        return Task(forward, backward, lambda: gradients[::-1])


class Ours:
    """This package."""

    def __init__(self) -> None:
        self.autograd = importlib.import_module("autograd")

    def network(self, request: dict[str, Any]) -> Task:
        inputs, labels, arrays = network(request)
        parameters = [self.autograd.Tensor(array) for array in arrays]
        weights = one_hot(labels, request["widths"][-1]) / -len(inputs)

        def forward() -> Any:
            x = inputs
            for k in range(0, len(parameters), 2):
                x = x @ parameters[k] + parameters[k + 1]
                if k < len(parameters) - 2:
                    x = x.relu()
            return (x.log_softmax() * weights).sum()

        return Task(forward, _deposited_in(parameters), lambda: [p.grad for p in parameters])

    def convolution(self, request: dict[str, Any]) -> Task:
        images, filters, gradient = convolution(request)
        weights = self.autograd.Tensor(filters)
        x = self.autograd.Tensor(images) if request["by_images"] else images
        leaves = [weights, x] if request["by_images"] else [weights]

        def backward(y: Any) -> None:
            for leaf in leaves:
                leaf.grad = None
            y.backward(gradient)

        return Task(lambda: self.autograd.conv2d(x, weights), backward, lambda: [leaf.grad for leaf in leaves])

    def numbers(self, request: dict[str, Any]) -> Task:
        start = self.autograd.Tensor(START)
        return Task(lambda: _chain(start, request["rounds"]), _deposited_in([start]), lambda: [start.grad])


class Torch:
    """PyTorch on one thread, in double precision as numpy has it."""

    def __init__(self) -> None:
        self.torch = importlib.import_module("torch")
        self.torch.set_num_threads(1)

    def network(self, request: dict[str, Any]) -> Task:
        inputs, labels, parameters = network(request)
        x, y = self.torch.from_numpy(inputs), self.torch.from_numpy(labels)
        tensors = [self.torch.from_numpy(array).requires_grad_() for array in parameters]
        functional = self.torch.nn.functional

        def forward() -> Any:
            h = x
            for k in range(0, len(tensors), 2):
                h = h @ tensors[k] + tensors[k + 1]
                if k < len(tensors) - 2:
                    h = h.relu()
            return functional.cross_entropy(h, y)

        return Task(forward, _deposited_in(tensors), lambda: [p.grad.numpy() for p in tensors])

    def convolution(self, request: dict[str, Any]) -> Task:
        images, filters, seed = map(self.torch.from_numpy, convolution(request))
        filters.requires_grad_()
        images.requires_grad_(request["by_images"])
        leaves = [filters, images] if request["by_images"] else [filters]

        def backward(y: Any) -> None:
            for leaf in leaves:
                leaf.grad = None
            y.backward(seed)

        forward = lambda: self.torch.nn.functional.conv2d(images, filters)
        return Task(forward, backward, lambda: [leaf.grad.numpy() for leaf in leaves])

    def numbers(self, request: dict[str, Any]) -> Task:
        start = self.torch.tensor(START, dtype=self.torch.float64, requires_grad=True)
        return Task(lambda: _chain(start, request["rounds"]), _deposited_in([start]), lambda: [start.grad.numpy()])


class Hips:
    """HIPS autograd, in an environment of its own: the name of its package is also ours."""

    def __init__(self) -> None:
        self.numpy = importlib.import_module("autograd.numpy")
        self.make_vjp = importlib.import_module("autograd").make_vjp

    def network(self, request: dict[str, Any]) -> Task:
        inputs, labels, parameters = network(request)
        targets = one_hot(labels, request["widths"][-1])
        numpy = self.numpy

        def loss(parameters: Any) -> Any:
            x = inputs
            for k in range(0, len(parameters), 2):
                x = numpy.dot(x, parameters[k]) + parameters[k + 1]
                if k < len(parameters) - 2:
                    x = numpy.maximum(x, 0.0)
            x = x - numpy.max(x, axis=1, keepdims=True)
            logs = x - numpy.log(numpy.sum(numpy.exp(x), axis=1, keepdims=True))
            return -numpy.sum(logs * targets) / len(targets)

        return self._task(loss, parameters)

    def numbers(self, request: dict[str, Any]) -> Task:
        def chain(start: Any) -> Any:
            x = start[0]
            for _ in range(request["rounds"]):
                x = self.numpy.maximum(x * RATE + SHIFT, 0.0)
            return x

        return self._task(chain, [np.array(START)])

    def _task(self, function: Callable[[Any], Any], at: Any) -> Task:
        found: list[Any] = []

        def backward(pulled: Any) -> None:
            found[:] = pulled[0](1.0)

        return Task(lambda: self.make_vjp(function)(at), backward, lambda: found)


ENGINES = {"numpy": ByHand, "ours": Ours, "torch": Torch, "hips": Hips}


def _deposited_in(leaves: list[Any]) -> Callable[[Any], None]:
    """Backward, after the gradients of the last step have been taken away."""

    def backward(loss: Any) -> None:
        for leaf in leaves:
            leaf.grad = None
        loss.backward()

    return backward


def _chain(x: Any, rounds: int) -> Any:
    for _ in range(rounds):
        x = (x * RATE + SHIFT).relu()
    return x


# --- Answering --------------------------------------------------------------------------------------------------------


def timed(task: Task, steps: int) -> tuple[float, float]:
    """The mean times of forward and backward."""
    forward = backward = 0.0
    for step in range(-WARM_UP, steps):
        begin = now()
        result = task.forward()
        middle = now()
        task.backward(result)
        end = now()
        del result
        if step >= 0:
            forward += middle - begin
            backward += end - middle
    return forward / steps, backward / steps


def serve(answer: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    """Answer requests until there are no more, with the garbage collector on or off as each one asks."""
    for line in sys.stdin:
        request = json.loads(line)
        gc.collect()
        (gc.enable if request["collector"] else gc.disable)()
        print(json.dumps(answer(request)), flush=True)


def main() -> None:
    """Do what is asked of the engine that the command line names."""
    engine = ENGINES[sys.argv[1]]()

    def answer(request: dict[str, Any]) -> dict[str, Any]:
        task = getattr(engine, request["kind"])(request)
        forward, backward = timed(task, request["steps"])
        gradients = np.concatenate([np.ravel(g) for g in task.gradients()]).tolist() if request["check"] else []
        return {"forward": forward, "backward": backward, "update": 0.0, "free": 0.0, "gradients": gradients}

    serve(answer)


if __name__ == "__main__":
    main()
