"""Programs as people bring them, in scalars: each draws its numbers, and says its loss as loops over values.

They have in common that nobody wrote them for a compiler: a recurrence with an output at each step, attention with rows
of growing length, sums over neighbours and over pairs, statistics of columns and of rows. `programs_by_hand` has each
in numpy, with its gradients derived by hand.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, ClassVar, NamedTuple

import numpy as np

SEED = 1337


class Program(NamedTuple):
    """The numbers that are trained, those of each sample, and the loss of a sample; without samples, of all."""

    trained: list[Any]
    lanes: list[Any]
    loss: Callable[..., Any]  # of the package, the trained arrays of values, and the numbers of a sample
    constants: Any = None  # that the loss has, for numpy by hand


@dataclass(frozen=True)
class Whole:
    """One of the programs: a loss, and its gradients by all that is trained."""

    which: str
    small: bool = False
    kind: ClassVar[str] = "whole"
    tolerance: ClassVar[float] = 1e-10

    @property
    def name(self) -> str:
        """As printed."""
        return self.which

    @property
    def peers(self) -> tuple[str, ...]:
        """The names of the other engines that do this work."""
        return ("numpy", "loops", "jax") if self.which in LOOPED else ("numpy", "jax")

    def draw(self) -> Program:
        """The numbers and the loss."""
        return PROGRAMS[self.which](np.random.default_rng(SEED), self.small)


def _weights(draw: Any, *shapes: tuple[int, ...]) -> list[Any]:
    return [draw.normal(0, 0.3, shape) for shape in shapes]


def _affine(ag: Any, rows: Any, x: Any) -> list[Any]:
    return [ag.dot(list(row), list(x)) for row in rows]


def rnn(draw: Any, small: bool) -> Program:
    """A character RNN: the cross-entropy of the next character at each step."""
    steps, characters, hidden = (4, 3, 2) if small else (24, 16, 32)
    text = draw.integers(0, characters, steps + 1).tolist()

    def loss(ag: Any, trained: Any) -> Any:
        embedding, recurrent, bias, head = trained
        h, losses = [0.0] * hidden, []
        for now, following in pairwise(text):
            h = [ag.tanh(x + z + b) for x, z, b in zip(embedding[now], _affine(ag, recurrent, h), bias, strict=True)]
            scores = _affine(ag, head, h)
            losses.append(ag.logsumexp(scores) - scores[following])
        return ag.mean(losses)

    shapes = (characters, hidden), (hidden, hidden), (hidden,), (characters, hidden)
    return Program(_weights(draw, *shapes), [], loss, text)


def attention(draw: Any, small: bool) -> Program:
    """Causal attention: each token sees those before it, so that rows have growing lengths."""
    tokens, width = (4, 2) if small else (24, 16)

    def loss(ag: Any, trained: Any) -> Any:
        queries, keys, values = trained
        total = []
        for t in range(tokens):
            scores = [ag.dot(list(queries[t]), list(keys[u])) / math.sqrt(width) for u in range(t + 1)]
            shares = ag.softmax(scores)
            total += [ag.dot(list(shares), list(values[: t + 1, j])) ** 2 for j in range(width)]
        return ag.mean(total)

    return Program(_weights(draw, *[(tokens, width)] * 3), [], loss)


def sums(draw: Any, small: bool) -> Program:
    """The tanh of the sum of each row, summed."""
    return Program(
        _weights(draw, (5, 10) if small else (256, 32)),
        [],
        lambda ag, trained: sum(ag.tanh(sum(r)) for r in trained[0]),
    )


def batch_norm(draw: Any, small: bool) -> Program:
    """A layer, normalised over its samples: statistics of columns."""
    samples, inputs, outputs = (5, 2, 3) if small else (64, 8, 32)
    rows = draw.normal(size=(samples, inputs))

    def loss(ag: Any, trained: Any) -> Any:
        weights, scale, shift = trained
        columns = zip(*[_affine(ag, weights, x) for x in rows.tolist()], strict=True)
        found = []
        for column, g, b in zip(columns, scale, shift, strict=True):
            mean = ag.mean(column)
            root = ag.sqrt(ag.mean([(z - mean) ** 2 for z in column]) + 1e-5)
            found += [ag.tanh(g * (z - mean) / root + b) for z in column]
        return ag.mean(found)

    return Program(_weights(draw, (outputs, inputs), (outputs,), (outputs,)), [], loss, rows)


def layer_norm(draw: Any, small: bool) -> Program:
    """A layer, normalised over its outputs by `var`: statistics of rows."""
    samples, inputs, outputs = (5, 2, 3) if small else (64, 8, 32)
    rows = draw.normal(size=(samples, inputs))

    def loss(ag: Any, trained: Any) -> Any:
        weights, scale, shift = trained
        found = []
        for x in rows.tolist():
            z = _affine(ag, weights, x)
            mean, root = ag.mean(z), ag.sqrt(ag.var(z) + 1e-5)
            found += [ag.tanh(g * (each - mean) / root + b) for each, g, b in zip(z, scale, shift, strict=True)]
        return ag.mean(found)

    return Program(_weights(draw, (outputs, inputs), (outputs,), (outputs,)), [], loss, rows)


def bodies(draw: Any, small: bool) -> Program:
    """The potential energy of bodies in space, softened: a sum over pairs."""
    masses = draw.uniform(0.5, 1, 4 if small else 24)

    def loss(ag: Any, trained: Any) -> Any:
        (places,) = trained
        terms = []
        for i, a in enumerate(places):
            for j, b in enumerate(places[:i]):
                gaps = [x - y for x, y in zip(a, b, strict=True)]
                terms.append(-masses[i] * masses[j] / ag.sqrt(sum(d * d for d in gaps) + 0.01))
        return ag.sum(terms)

    return Program([draw.normal(size=(len(masses), 3))], [], loss, masses)


def leapfrog(draw: Any, small: bool) -> Program:
    """Ten steps of bodies that attract each other, each by sums over pairs: the squared distances at the end."""
    count, steps, half = (3, 2, 0.005) if small else (8, 10, 0.005)
    masses = draw.uniform(0.5, 1, count).tolist()

    def pulls(places: Any) -> Any:
        found = [[0.0] * 3 for _ in masses]
        for i, a in enumerate(places):
            for j, b in enumerate(places[:i]):
                gaps = [y - x for x, y in zip(a, b, strict=True)]
                pull = (sum(d * d for d in gaps) + 0.01) ** -1.5
                for k, d in enumerate(gaps):
                    found[i][k] = found[i][k] + masses[j] * (d * pull)
                    found[j][k] = found[j][k] - masses[i] * (d * pull)
        return found

    def moved(rows: Any, by: Any, time: float) -> Any:
        return [[x + time * y for x, y in zip(row, own, strict=True)] for row, own in zip(rows, by, strict=True)]

    def loss(ag: Any, trained: Any) -> Any:
        places, speeds = (array.tolist() for array in trained)
        pull = pulls(places)
        for _ in range(steps):
            speeds = moved(speeds, pull, half)
            places = moved(places, speeds, 2 * half)
            pull = pulls(places)
            speeds = moved(speeds, pull, half)
        return ag.sum([x * x for row in places for x in row])

    return Program([draw.normal(size=(count, 3)), draw.normal(0, 0.1, (count, 3))], [], loss, (masses, steps, half))


def ctc(draw: Any, small: bool) -> Program:
    """The CTC loss of a text: the logarithm of the sum over all its alignments, by dynamic programming."""
    times, characters, length = (5, 3, 2) if small else (30, 8, 7)
    text = [0]  # the blank, which stands before and after each character
    for character in draw.integers(1, characters, length).tolist():
        text += [character, 0]
    may_skip = [s > 1 and text[s] not in (0, text[s - 2]) for s in range(len(text))]

    def loss(ag: Any, trained: Any) -> Any:
        logarithms = [ag.log_softmax(list(row)) for row in trained[0]]
        paths = [logarithms[0][text[s]] if s < 2 else None for s in range(len(text))]
        for row in logarithms[1:]:
            following: list[Any] = []
            for s, character in enumerate(text):
                before = [x for x in paths[max(0, s - 1 - may_skip[s]) : s + 1] if x is not None]
                total = ag.logsumexp(before) if len(before) > 1 else before[0] if before else None
                following.append(total if total is None else total + row[character])
            paths = following
        return -ag.logsumexp(paths[-2:])

    return Program([draw.normal(size=(times, characters))], [], loss, (text, may_skip))


def arm(draw: Any, small: bool) -> Program:
    """The calibration of a robot's arm: lengths of links and zeros of joints, from poses whose end was measured."""
    poses, joints = (5, 2) if small else (1000, 6)

    def loss(ag: Any, trained: Any, angles: Any, end: Any) -> Any:
        lengths, zeros = trained
        x, y, total = 0.0, 0.0, 0.0
        for length, zero, angle in zip(lengths, zeros, angles, strict=True):
            total = total + angle + zero
            x, y = x + length * ag.cos(total), y + length * ag.sin(total)
        return (x - end[0]) ** 2 + (y - end[1]) ** 2

    lanes = [draw.normal(size=(poses, joints)), draw.normal(size=(poses, 2))]
    return Program([draw.uniform(0.5, 1, joints), draw.normal(0, 0.1, joints)], lanes, loss)


def graph(draw: Any, small: bool) -> Program:
    """Two rounds of messages: each node takes the mean over its neighbours, of whom nodes have different numbers."""
    nodes, edges, width = (4, 5, 2) if small else (60, 180, 16)
    pairs = [(a, b) for a, b in draw.integers(0, nodes, (edges, 2)).tolist() if a != b]
    pairs += [(k, (k + 1) % nodes) for k in range(nodes)]  # so that each node has neighbours
    of = [[b if a == k else a for a, b in pairs if k in (a, b)] for k in range(nodes)]
    features = draw.normal(size=(nodes, width))

    def loss(ag: Any, trained: Any) -> Any:
        state = features.tolist()
        for weights in trained:
            sent = [_affine(ag, weights, row) for row in state]
            state = [[ag.tanh(ag.mean([sent[j][k] for j in of[i]])) for k in range(width)] for i in range(nodes)]
        return ag.mean([x * x for row in state for x in row])

    return Program(_weights(draw, (width, width), (width, width)), [], loss, (of, features))


def mixture(draw: Any, small: bool) -> Program:
    """The logarithm of a sum of exponentials of seven numbers of each sample and one parameter."""
    rows = draw.normal(size=(5 if small else 10_000, 7))
    return Program(_weights(draw, (1,)), [rows], lambda ag, trained, row: ag.logsumexp([*row, trained[0][0]]))


def heston(draw: Any, small: bool) -> Program:
    """A call option under Heston's stochastic volatility, by Euler's steps: many paths, and its derivatives."""
    paths, steps = (10, 3) if small else (100_000, 12)

    def loss(ag: Any, trained: Any, first: Any, second: Any) -> Any:
        speed, level, noise, variance = trained[0]
        log_price, v = 0.0, variance
        for z, other in zip(first, second, strict=True):
            positive = ag.maximum(v, 1e-8)
            root = ag.sqrt(positive * (1 / steps))
            log_price = log_price - positive * (0.5 / steps) + root * z
            v = v + speed * (level - positive) * (1 / steps) + noise * root * (-0.7 * z + 0.51**0.5 * other)
        return ag.relu(ag.exp(log_price) - 1.0)

    return Program([np.array([2.0, 0.04, 0.3, 0.04])], [draw.normal(size=(paths, steps)) for _ in range(2)], loss)


def pendulum(draw: Any, small: bool) -> Program:
    """The energy of a damped pendulum after steps of Runge and Kutta: one trajectory, of single numbers."""
    steps, h = 3 if small else 100, 0.05

    def loss(ag: Any, trained: Any) -> Any:
        stiffness, damping = trained[0]

        def slope(x: Any, v: Any) -> Any:
            return v, -stiffness * ag.sin(x) - damping * v

        x, v = 1.0, 0.0
        for _ in range(steps):
            a = slope(x, v)
            b = slope(x + h / 2 * a[0], v + h / 2 * a[1])
            c = slope(x + h / 2 * b[0], v + h / 2 * b[1])
            d = slope(x + h * c[0], v + h * c[1])
            x, v = (y + h / 6 * (p + 2 * q + 2 * r + s) for y, p, q, r, s in zip((x, v), a, b, c, d, strict=True))
        return x * x + v * v

    return Program([np.array([9.81, 0.1])], [], loss, (steps, h))


def local_level(draw: Any, small: bool) -> Program:
    """The deviance of measurements of a number that walks at random, by Kalman's filter, and by both variances."""
    walk = draw.normal(0, 0.3, 4 if small else 100).cumsum()
    measured = (walk + draw.normal(0, 0.7, len(walk))).tolist()

    def loss(ag: Any, trained: Any) -> Any:
        walks, noise = trained[0]
        level, variance, total = 0.0, 1.0, 0.0
        for y in measured:
            error, spread = y - level, variance + noise
            gain = variance / spread
            total = total + ag.log(spread) + error * error / spread
            level, variance = level + gain * error, (1 - gain) * variance + walks
        return total

    return Program([np.array([0.1, 0.5])], [], loss, measured)


PROGRAMS: dict[str, Callable[[Any, bool], Program]] = {
    "character RNN": rnn,
    "causal attention": attention,
    "tanh of sums of rows": sums,
    "batch norm": batch_norm,
    "layer norm by var": layer_norm,
    "N-body energy": bodies,
    "leapfrog of 8 bodies": leapfrog,
    "CTC": ctc,
    "robot arm, 1,000 poses": arm,
    "graph network": graph,
    "logsumexp with a parameter": mixture,
    "Heston, 100,000 paths": heston,
    "Runge–Kutta, one trajectory": pendulum,
    "Kalman filter": local_level,
}
LOOPED = ("N-body energy", "Heston, 100,000 paths")  # that are also there as loops by hand
