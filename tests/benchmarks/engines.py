"""The engines that run in this process: ours, through its public API, and micrograd, as its own demo uses it."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from time import perf_counter as now
from typing import Any, NamedTuple

import autograd
import nn

from .measure import Outcome, garbage_collector
from .works import LEARNING_RATE, PENALTY, RATE, SHIFT, START, STEPS, WARM_UP, WIDTHS, Chain, Moons, chain


class MissingPeerError(Exception):
    """A peer is not there to be measured; says why, and what would help."""


class Trainer(NamedTuple):
    """A model, as a training loop sees it."""

    parameters: list[Any]
    loss: Callable[[], Any]
    zero_grad: Callable[[], None]
    update: Callable[[], None]


class _Local:
    """An engine in this process: a class of values, and a way to train a network."""

    name: str
    value: Any

    def run(self, work: Chain | Moons, collector: bool) -> Outcome:
        """Do the work once, with the garbage collector on or off."""
        with garbage_collector(collector):
            return self.chain(work) if isinstance(work, Chain) else self.moons(work)

    def chain(self, work: Chain) -> Outcome:
        """Record a chain, sweep it, let it go."""
        constants = [self.value(each) if work.of_values else each for each in (RATE, SHIFT)]
        begin = now()
        x = self.value(START)
        y = chain(x, work.rounds, *constants)
        recorded = now()
        y.backward()
        swept = now()
        del y
        freed = now()
        return Outcome(recorded - begin, swept - recorded, 0.0, freed - swept, [x.grad])

    def moons(self, work: Moons) -> Outcome:
        """Take training steps; the times are those of one. The last graph is let go when the next has been recorded."""
        trainer = self.trainer(work)
        laps = []
        for _ in range(WARM_UP + STEPS):
            begin = now()
            loss = trainer.loss()
            recorded = now()
            trainer.zero_grad()
            loss.backward()
            swept = now()
            trainer.update()
            laps.append((recorded - begin, swept - recorded, now() - swept))
        forward, backward, update = (sum(times) / STEPS for times in zip(*laps[WARM_UP:], strict=True))
        return Outcome(forward, backward, update, 0.0, [parameter.grad for parameter in trainer.parameters])

    def trainer(self, work: Moons) -> Trainer:
        """A model with the weights of the work, ready to be trained."""
        raise NotImplementedError


class Ours(_Local):
    """This package: the modules, losses and optimizer of ``nn``."""

    name = "ours"
    value = autograd.Value

    def trainer(self, work: Moons) -> Trainer:
        """A model with the weights of the work, ready to be trained."""
        model = nn.MLP(WIDTHS[0], list(WIDTHS[1:]))
        parameters = _assign(model.parameters(), work.weights)
        optimizer = nn.optim.SGD(parameters, LEARNING_RATE)

        def loss() -> Any:
            scores = [model(point) for point in work.points]
            return nn.losses.hinge(scores, work.labels) + PENALTY * autograd.dot(parameters, parameters)

        return Trainer(parameters, loss, optimizer.zero_grad, optimizer.step)


class Micrograd(_Local):
    """The engine that made scalar autograd popular; its step is written as in its published demo.

    Raises
    ------
    MissingPeerError
        If it is not installed.
    """

    name = "micrograd"

    def __init__(self) -> None:
        try:
            self.value = importlib.import_module("micrograd.engine").Value
            self.modules = importlib.import_module("micrograd.nn")
        except ImportError as reason:
            raise MissingPeerError(f'{reason}; install it with pip install -e ".[bench]"') from reason

    def trainer(self, work: Moons) -> Trainer:
        """A model with the weights of the work, ready to be trained."""
        model = self.modules.MLP(WIDTHS[0], list(WIDTHS[1:]))
        parameters = _assign(model.parameters(), work.weights)

        def loss() -> Any:
            inputs = [list(map(self.value, point)) for point in work.points]
            scores = list(map(model, inputs))
            losses = [(1 + -label * score).relu() for label, score in zip(work.labels, scores, strict=True)]
            return sum(losses) * (1.0 / len(losses)) + PENALTY * sum(p * p for p in parameters)

        def update() -> None:
            for parameter in parameters:
                parameter.data -= LEARNING_RATE * parameter.grad

        return Trainer(parameters, loss, model.zero_grad, update)


def _assign(parameters: list[Any], weights: list[float]) -> list[Any]:
    for parameter, weight in zip(parameters, weights, strict=True):
        parameter.data = weight
    return parameters
