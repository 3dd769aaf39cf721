"""A worker: one engine in a process of its own, with one thread, that takes the steps of `report` on request.

It is started with the name of the engine, reads one request per line from its standard input, and answers each with a
line of JSON. A request is for a turn of some seconds, in which steps are taken from where the parameters began; for a
few such steps and the gradients after the last; or for the first step of all, which records and lowers the program.
"""

from __future__ import annotations

import gc
import importlib
import math
import statistics
import sys
from collections.abc import Callable
from functools import partial
from time import perf_counter as now
from typing import Any

import numpy as np

from tests.benchmarks.compiled.arrays import Arrays, Functions
from tests.benchmarks.compiled.by_hand import ByHand, InBlocks, Task
from tests.benchmarks.compiled.loops import Loops
from tests.benchmarks.compiled.peers import Jax, Micrograd, Torch, call_price
from tests.benchmarks.compiled.programs import Whole
from tests.benchmarks.compiled.works import KINDS, Convolution, Moons, Network, Options, Rosenbrock
from tests.benchmarks.tensor_worker import serve
from tests.benchmarks.works import PENALTY

CHECKED = 3  # steps before the gradients are compared, so that a wrong update shows too
WARM_UP = 2  # steps before the clock runs, or 1 that is longer than the turn
NUMBERS = 100_000  # at most so many gradients are handed over
LATER = 3  # steps after the first, for comparison


class Ours:
    """This package, by its public API: scalars that are compiled."""

    def __init__(self) -> None:
        self.autograd, self.nn = importlib.import_module("autograd"), importlib.import_module("nn")
        self.compile = self.autograd.compile
        weight, x = self.autograd.Value(2), self.autograd.Tensor(np.ones(2))
        self.compile(lambda x: weight * x)(x).sum().backward()  # whatever is imported or set up at the first use

    def moons(self, work: Moons) -> Task:
        points, labels, rows = work.draw()
        model, losses = self.nn.MLP(work.widths[0], list(work.widths[1:])), self.nn.losses
        parameters = model.parameters()

        if work.whole:
            samples, targets = points.tolist(), labels.tolist()

            def total_loss() -> Any:
                scores = [model(sample) for sample in samples]
                return losses.hinge(scores, targets) + PENALTY * self.autograd.dot(parameters, parameters)

            return self._trained(total_loss, [], parameters, rows, work)

        def loss(x: Any, y: Any) -> Any:
            return losses.hinge(model(x), y)

        return self._trained(loss, [points, labels], parameters, rows, work)

    def network(self, work: Network) -> Task:
        inputs, labels, rows = work.draw()
        model = self.nn.MLP(work.widths[0], list(work.widths[1:]))

        if work.whole:
            samples, targets = inputs.tolist(), labels.tolist()

            def total_loss() -> Any:
                return self.nn.losses.cross_entropy([model(sample) for sample in samples], targets)

            return self._trained(total_loss, [], model.parameters(), rows, work)

        def loss(x: Any, target: Any) -> Any:
            z = model(x)
            return self.autograd.logsumexp(z) - self.autograd.dot(target, z)

        return self._trained(loss, [inputs, np.eye(work.widths[-1])[labels]], model.parameters(), rows, work)

    def convolution(self, work: Convolution) -> Task:
        images, rows = work.draw()
        filters = [[[self.autograd.Value(0) for _ in range(work.size)] for _ in range(work.size)] for _ in rows]
        biases = [self.autograd.Value(0) for _ in rows]
        parameters = [
            p for f, bias in zip(filters, biases, strict=True) for p in [*(w for line in f for w in line), bias]
        ]
        places, within = range(work.side - work.size + 1), range(work.size)

        def loss(image: Any) -> Any:
            squares = []
            for weights, bias in zip(filters, biases, strict=True):
                for top in places:
                    for left in places:
                        y = bias
                        for i in within:
                            for j in within:
                                y = y + weights[i][j] * image[top + i][left + j]
                        squares.append(y * y)
            return self.autograd.mean(squares)

        if work.whole:
            pictures = images.tolist()
            whole = lambda: self.autograd.mean([loss(picture) for picture in pictures])
            return self._trained(whole, [], parameters, rows, work)
        return self._trained(loss, [images], parameters, rows, work)

    def rosenbrock(self, work: Rosenbrock) -> Task:
        def value(x: Any) -> Any:
            return sum(100 * (x[i + 1] - x[i] ** 2) ** 2 + (1 - x[i]) ** 2 for i in range(work.variables - 1))

        return self._differentiated(value, [work.draw()])

    def options(self, work: Options) -> Task:
        def price(spot: Any, strike: Any, years: Any, interest: Any, volatility: Any) -> Any:
            return call_price(self.autograd, self.autograd.erf, spot, strike, years, interest, volatility)

        return self._differentiated(price, work.draw())

    def whole(self, work: Whole) -> Task:
        program, lift = work.draw(), np.frompyfunc(self.autograd.Value, 1, 1)
        trained = [lift(array) for array in program.trained]
        parameters = [parameter for array in trained for parameter in array.flat]
        loss = lambda *numbers: program.loss(self.autograd, trained, *numbers)
        compiled, optimizer = self.compile(loss), self.nn.optim.SGD(parameters, 0.0)

        def step() -> Any:
            optimizer.zero_grad()
            value = compiled(*program.lanes).sum() if program.lanes else compiled()
            value.backward()
            return value

        record = lambda: loss(*(_sample(array) for array in program.lanes))
        gradients = lambda: [parameter.grad or 0.0 for parameter in parameters]  # None where no result depends on it
        return Task(step, gradients, record=record)

    def arrays(self, work: Arrays) -> Task:
        program = work.draw()
        softmax = lambda scores: self.autograd.softmax(scores, axis=-1)
        m = Functions(self.autograd.relu, softmax, self.autograd.conv2d, self.nn.losses.cross_entropy)
        trained = list(map(self.autograd.Tensor, program.trained))
        loss = lambda *given: program.loss(m, trained, *given)
        compiled = self.compile(loss, batch=None)

        def step() -> Any:
            for parameter in trained:
                parameter.grad = None
            value = compiled(*program.given)
            value.backward()
            return value

        gradients = lambda: [parameter.grad for parameter in trained]
        return Task(step, gradients, record=lambda: loss(*program.given))

    def _trained(self, f: Any, arrays: list[Any], parameters: list[Any], rows: list[list[float]], work: Any) -> Task:
        """Training steps by a loss that is compiled: over arrays by samples, or as a whole."""
        compiled, optimizer = self.compile(f), self.nn.optim.SGD(parameters, work.rate)
        start = [weight for row in rows for weight in row]

        def step() -> Any:
            optimizer.zero_grad()
            value = compiled(*arrays).mean() if arrays else compiled()
            value.backward()
            optimizer.step()
            return value

        def restart() -> None:
            for parameter, weight in zip(parameters, start, strict=True):
                parameter.data = weight

        restart()
        record = lambda: f(*(_sample(array) for array in arrays))
        return Task(step, lambda: [parameter.grad for parameter in parameters], restart, record)

    def _differentiated(self, f: Any, arrays: list[Any]) -> Task:
        """Values at many points, and the gradient at each."""
        compiled, leaves = self.compile(f), list(map(self.autograd.Tensor, arrays))
        found: list[Any] = []

        def step() -> Any:
            value = compiled(*leaves).sum()
            value.backward()
            found[:] = [leaf.grad for leaf in leaves]
            for leaf in leaves:
                leaf.grad = None
            return value

        def record() -> Any:
            lift = np.frompyfunc(self.autograd.Value, 1, 1)
            return f(*(lift(_sample(array)) for array in arrays))

        return Task(step, lambda: found, record=record)

    def count(self, task: Task) -> tuple[int, int]:
        """The number of a program's operations of one or two numbers, and that of its records.

        Those that micrograd would record: n products and n sums for a dot product of n terms and a bias.
        """
        each = {
            "dot": lambda n: n - 1,  # of 2 n + 1 arguments
            "sum": lambda n: n,
            "mean": lambda n: n + 1,
            "logsumexp": lambda n: 2 * n + 1,
        }
        entries = [entry for entry in self.autograd.program(task.record()) if entry.op is not None]
        return sum(each.get(entry.op.name, lambda n: 1)(len(entry.inputs)) for entry in entries), len(entries)


class Fused(Ours):
    """This package, with its loops compiled by numba."""

    def __init__(self) -> None:
        super().__init__()
        self.compile = partial(self.autograd.compile, engine="numba")


ENGINES = {
    "ours": Ours,
    "numba": Fused,
    "numpy": ByHand,
    "blocks": InBlocks,
    "loops": Loops,
    "jax": Jax,
    "torch": Torch,
    "micrograd": Micrograd,
}


def _sample(array: Any) -> Any:
    first = np.asarray(array[0], dtype=object)
    return first[()] if first.ndim == 0 else first


# --- Answering --------------------------------------------------------------------------------------------------------


class Session:
    """Answers requests. A work is set up once, and let go when another is asked for."""

    def __init__(self, engine: Any) -> None:
        self.engine = engine
        self.work: Any = None
        self.task: Any = None

    def set_up(self, work: Any) -> Task:
        """A work, ready for its first step."""
        task: Task = getattr(self.engine, work.kind)(work)
        return task

    def answer(self, request: dict[str, Any]) -> dict[str, Any]:
        """Do what is asked."""
        work = KINDS[request["kind"]](**request["work"])
        if request["first"]:
            return self.first(work)
        if work != self.work:
            self.task = None  # before there is another: some are large
            self.work, self.task = work, self.set_up(work)
        self.task.restart()
        if request["check"]:
            for _ in range(CHECKED):
                self.task.step()
            return {"seconds": 0.0, "gradients": handed_over(self.task.gradients())}
        return {"seconds": mean_time(self.task.step, request["duration"]), "gradients": []}

    def first(self, work: Any) -> dict[str, Any]:
        """By how much the first step takes longer than those after it."""
        self.work = self.task = None
        gc.collect()
        task = self.set_up(work)
        times = []
        for _ in range(1 + LATER):
            begin = now()
            task.step()
            times.append(now() - begin)
        operations, records = self.engine.count(task)
        return {"seconds": times[0] - statistics.median(times[1:]), "operations": operations, "records": records}


def mean_time(step: Callable[[], Any], duration: float) -> float:
    """The mean time of as many steps as fit into some seconds."""
    shortest = math.inf
    begin = now()
    for k in range(WARM_UP + 8):
        before = now()
        step()
        shortest = min(shortest, now() - before)
        if now() - begin > duration / 2 and k + 1 >= (WARM_UP if shortest < duration else 1):
            break
    steps = max(1, round(duration / shortest))
    begin = now()
    for _ in range(steps):
        step()
    return (now() - begin) / steps


def handed_over(gradients: list[Any]) -> list[float]:
    """All gradients; or, of very many, the sums of so many neighbours, each with a weight of its own."""
    flat = np.concatenate([np.ravel(np.asarray(gradient, dtype=np.float64)) for gradient in gradients])
    if flat.size > NUMBERS:
        size = math.ceil(flat.size / NUMBERS)
        flat = np.append(flat, np.zeros(-flat.size % size)).reshape(-1, size) @ np.linspace(1.0, 2.0, size)
    return flat.tolist()


def main() -> None:
    """Answer requests until there are no more."""
    serve(Session(ENGINES[sys.argv[1]]()).answer)


if __name__ == "__main__":
    main()
