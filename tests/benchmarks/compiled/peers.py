"""The libraries that the compiler is measured against, each as its users write it, on one thread in double precision.

JAX compiles value, gradient and update as one function and is waited for in every step. PyTorch runs eagerly, with its
own optimizer. Micrograd takes the step of its demo.
"""

from __future__ import annotations

import importlib
import math
import sys
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np

from tests.benchmarks import engines
from tests.benchmarks.compiled.arrays import Arrays, Functions
from tests.benchmarks.compiled.by_hand import Task
from tests.benchmarks.compiled.programs import Whole
from tests.benchmarks.compiled.programs.in_jax import IN_JAX
from tests.benchmarks.compiled.works import (
    Convolution,
    Moons,
    Network,
    Options,
    Rosenbrock,
    layers,
    neuron_by_neuron,
)
from tests.benchmarks.works import PENALTY, moons


class Jax:
    """JAX's jit."""

    def __init__(self) -> None:
        self.jax = importlib.import_module("jax")
        self.jax.config.update("jax_enable_x64", True)
        self.jax.config.update("jax_platforms", "cpu")
        self.numpy = importlib.import_module("jax.numpy")

    def moons(self, work: Moons) -> Task:
        points, labels, rows = work.draw()
        x, y = self.numpy.asarray(points), self.numpy.asarray(labels)

        def loss(parameters: Any) -> Any:
            hinge = self.numpy.maximum(1 - y * self._scores(parameters, x)[:, 0], 0).mean()
            return hinge + PENALTY * sum((p**2).sum() for pair in parameters for p in pair) if work.whole else hinge

        return self._trained(loss, rows, work)

    def network(self, work: Network) -> Task:
        inputs, labels, rows = work.draw()
        x, y = self.numpy.asarray(inputs), self.numpy.asarray(np.eye(work.widths[-1])[labels])

        def loss(parameters: Any) -> Any:
            return -(self.jax.nn.log_softmax(self._scores(parameters, x)) * y).sum(axis=1).mean()

        return self._trained(loss, rows, work)

    def convolution(self, work: Convolution) -> Task:
        images, rows = work.draw()
        kernels = self.numpy.asarray(np.array(rows)[:, :-1].reshape(-1, 1, work.size, work.size))
        biases, x = self.numpy.asarray(np.array(rows)[:, -1]), self.numpy.asarray(images[:, None])

        def loss(trained: Any) -> Any:
            y = self.jax.lax.conv_general_dilated(x, trained[0], (1, 1), "VALID")
            return ((y + trained[1][:, None, None]) ** 2).mean()

        return self._descending(loss, (kernels, biases), work.rate)

    def whole(self, work: Whole) -> Task:
        program = work.draw()
        trained = [self.numpy.asarray(array) for array in program.trained]
        compiled = self.jax.jit(self.jax.value_and_grad(IN_JAX[work.which](self.jax, self.numpy, program)))
        found = None

        def step() -> Any:
            nonlocal found
            value, found = self.jax.block_until_ready(compiled(trained))
            return value

        return Task(step, lambda: list(map(np.asarray, found)))

    def rosenbrock(self, work: Rosenbrock) -> Task:
        def total(x: Any) -> Any:
            low, high = x[:, :-1], x[:, 1:]
            return (100 * (high - low**2) ** 2 + (1 - low) ** 2).sum()

        return self._differentiated(lambda found: total(found[0]), [work.draw()])

    def options(self, work: Options) -> Task:
        namespace, erf = self.numpy, importlib.import_module("jax.scipy.special").erf
        return self._differentiated(lambda given: call_price(namespace, erf, *given).sum(), work.draw())

    def arrays(self, work: Arrays) -> Task:
        program, m = work.draw(), self._functions()
        given = list(map(self.numpy.asarray, program.given))
        return self._differentiated(lambda trained: program.loss(m, trained, *given), program.trained)

    def _functions(self) -> Functions:
        jax = self.jax

        def cross_entropy(scores: Any, classes: Any) -> Any:
            return -self.numpy.take_along_axis(jax.nn.log_softmax(scores), classes[:, None], 1).mean()

        conv = lambda images, filters: jax.lax.conv(images, filters, (1, 1), "VALID")
        return Functions(jax.nn.relu, jax.nn.softmax, conv, cross_entropy)

    def _scores(self, parameters: Any, x: Any) -> Any:
        for k, (matrix, bias) in enumerate(parameters):
            x = x @ matrix.T + bias
            if k < len(parameters) - 1:
                x = self.numpy.maximum(x, 0)
        return x

    def _trained(self, loss: Callable[[Any], Any], rows: Any, work: Any) -> Task:
        return self._descending(loss, [tuple(map(self.numpy.asarray, x)) for x in layers(rows, work.widths)], work.rate)

    def _descending(self, loss: Callable[[Any], Any], start: Any, rate: float) -> Task:
        """Training steps; the gradients are by matrices and vectors in turns."""
        value_and_gradient, leaves = self.jax.value_and_grad(loss), self.jax.tree_util.tree_leaves

        def descend(parameters: Any) -> Any:
            value, slopes = value_and_gradient(parameters)
            return value, self.jax.tree_util.tree_map(lambda p, slope: p - rate * slope, parameters, slopes)

        compiled, before, now = self.jax.jit(descend), start, start

        def step() -> Any:
            nonlocal before, now
            before = now
            value, now = self.jax.block_until_ready(compiled(before))
            return value

        def gradients() -> list[Any]:
            found = map(np.asarray, leaves(self.jax.grad(loss)(before)))
            return neuron_by_neuron([x.reshape(len(x), -1) if x.ndim > 1 else x for x in found])

        def restart() -> None:
            nonlocal now
            now = start

        return Task(step, gradients, restart)

    def _differentiated(self, total: Callable[[Any], Any], given: list[Any]) -> Task:
        arrays = list(map(self.numpy.asarray, given))
        compiled, found = self.jax.jit(self.jax.value_and_grad(total)), None

        def step() -> Any:
            nonlocal found
            value, found = self.jax.block_until_ready(compiled(arrays))
            return value

        return Task(step, lambda: list(map(np.asarray, found)))


class Torch:
    """PyTorch, eager."""

    def __init__(self) -> None:
        self.torch = importlib.import_module("torch")
        self.torch.set_num_threads(1)

    def moons(self, work: Moons) -> Task:
        points, labels, rows = work.draw()
        x, y = self.torch.from_numpy(points), self.torch.from_numpy(labels)
        return self._trained(lambda model: (1 - y * model(x)[:, 0]).relu().mean(), rows, work)

    def network(self, work: Network) -> Task:
        inputs, labels, rows = work.draw()
        x, y = self.torch.from_numpy(inputs), self.torch.from_numpy(labels)
        return self._trained(lambda model: self.torch.nn.functional.cross_entropy(model(x), y), rows, work)

    def rosenbrock(self, work: Rosenbrock) -> Task:
        def total(x: Any) -> Any:
            low, high = x[:, :-1], x[:, 1:]
            return (100 * (high - low**2) ** 2 + (1 - low) ** 2).sum()

        return self._differentiated(total, [work.draw()])

    def options(self, work: Options) -> Task:
        return self._differentiated(lambda *given: call_price(self.torch, self.torch.erf, *given).sum(), work.draw())

    def _trained(self, loss: Callable[[Any], Any], rows: Any, work: Any) -> Task:
        nn, start = (
            self.torch.nn,
            [self.torch.from_numpy(array) for pair in layers(rows, work.widths) for array in pair],
        )
        modules: list[Any] = []
        for inputs, outputs in pairwise(work.widths):
            modules += [nn.Linear(inputs, outputs, dtype=self.torch.float64), nn.ReLU()]
        model = nn.Sequential(*modules[:-1])
        parameters = list(model.parameters())
        optimizer = self.torch.optim.SGD(parameters, work.rate)

        def step() -> Any:
            optimizer.zero_grad()
            value = loss(model)
            value.backward()
            optimizer.step()
            return value

        def restart() -> None:
            with self.torch.no_grad():
                for parameter, array in zip(parameters, start, strict=True):
                    parameter.copy_(array)

        restart()
        return Task(step, lambda: neuron_by_neuron([p.grad.numpy() for p in parameters]), restart)

    def _differentiated(self, total: Callable[..., Any], given: list[Any]) -> Task:
        leaves = [self.torch.from_numpy(array).requires_grad_() for array in given]
        found: list[Any] = []

        def step() -> Any:
            value = total(*leaves)
            value.backward()
            found[:] = [leaf.grad for leaf in leaves]
            for leaf in leaves:
                leaf.grad = None
            return value

        return Task(step, lambda: [slope.numpy() for slope in found])


class Micrograd:
    """The engine that made scalar autograd popular, and the only one here that computes scalar by scalar."""

    def __init__(self) -> None:
        self.engine = engines.Micrograd()
        sys.setrecursionlimit(10_000)  # it sorts by recursion

    def moons(self, work: Moons) -> Task:
        drawn = moons(work.count)
        trainer = self.engine.trainer(drawn)

        def step() -> Any:
            value = trainer.loss()
            trainer.zero_grad()
            value.backward()
            trainer.update()
            return value

        def restart() -> None:
            for parameter, weight in zip(trainer.parameters, drawn.weights, strict=True):
                parameter.data = weight

        return Task(step, lambda: [parameter.grad for parameter in trainer.parameters], restart)


def call_price(
    m: Any, erf: Callable[[Any], Any], spot: Any, strike: Any, years: Any, interest: Any, volatility: Any
) -> Any:
    """The price of a call option by Black and Scholes, with the functions of a namespace."""

    def probability(d: Any) -> Any:
        return 0.5 * (1 + erf(d / math.sqrt(2)))

    deviation = volatility * m.sqrt(years)
    d1 = (m.log(spot / strike) + (interest + volatility * volatility / 2) * years) / deviation
    d2 = d1 - deviation
    return spot * probability(d1) - strike * m.exp(-interest * years) * probability(d2)
