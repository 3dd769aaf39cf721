"""Programs of samples, graphs and chance."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tests.benchmarks.compiled.programs.program import Program, affine, random_weights


def sums(draw: Any, small: bool) -> Program:
    """The tanh of the sum of each row, summed."""
    return Program(
        random_weights(draw, (5, 10) if small else (256, 32)),
        [],
        lambda ag, trained: sum(ag.tanh(sum(r)) for r in trained[0]),
    )


def batch_norm(draw: Any, small: bool) -> Program:
    """A layer, normalised over its samples: statistics of columns."""
    samples, inputs, outputs = (5, 2, 3) if small else (64, 8, 32)
    rows = draw.normal(size=(samples, inputs))

    def loss(ag: Any, trained: Any) -> Any:
        weights, scale, shift = trained
        columns = zip(*[affine(ag, weights, x) for x in rows.tolist()], strict=True)
        found = []
        for column, g, b in zip(columns, scale, shift, strict=True):
            mean = ag.mean(column)
            root = ag.sqrt(ag.mean([(z - mean) ** 2 for z in column]) + 1e-5)
            found += [ag.tanh(g * (z - mean) / root + b) for z in column]
        return ag.mean(found)

    return Program(random_weights(draw, (outputs, inputs), (outputs,), (outputs,)), [], loss, rows)


def layer_norm(draw: Any, small: bool) -> Program:
    """A layer, normalised over its outputs by `var`: statistics of rows."""
    samples, inputs, outputs = (5, 2, 3) if small else (64, 8, 32)
    rows = draw.normal(size=(samples, inputs))

    def loss(ag: Any, trained: Any) -> Any:
        weights, scale, shift = trained
        found = []
        for x in rows.tolist():
            z = affine(ag, weights, x)
            mean, root = ag.mean(z), ag.sqrt(ag.var(z) + 1e-5)
            found += [ag.tanh(g * (each - mean) / root + b) for each, g, b in zip(z, scale, shift, strict=True)]
        return ag.mean(found)

    return Program(random_weights(draw, (outputs, inputs), (outputs,), (outputs,)), [], loss, rows)


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
            sent = [affine(ag, weights, row) for row in state]
            state = [[ag.tanh(ag.mean([sent[j][k] for j in of[i]])) for k in range(width)] for i in range(nodes)]
        return ag.mean([x * x for row in state for x in row])

    return Program(random_weights(draw, (width, width), (width, width)), [], loss, (of, features))


def mixture(draw: Any, small: bool) -> Program:
    """The logarithm of a sum of exponentials of seven numbers of each sample and one parameter."""
    rows = draw.normal(size=(5 if small else 10_000, 7))
    return Program(random_weights(draw, (1,)), [rows], lambda ag, trained, row: ag.logsumexp([*row, trained[0][0]]))


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


def factors(draw: Any, small: bool) -> Program:
    """The factors of a matrix some of whose entries are known: squared errors, and a penalty."""
    users, items, rank, known = (4, 3, 2, 6) if small else (60, 40, 4, 800)
    which = draw.choice(users * items, known, replace=False)
    ratings = list(
        zip((which // items).tolist(), (which % items).tolist(), draw.normal(size=known).tolist(), strict=True)
    )

    def loss(ag: Any, trained: Any) -> Any:
        left, right = trained
        errors = [(ag.dot(list(left[i]), list(right[j])) - rating) ** 2 for i, j, rating in ratings]
        return ag.mean(errors) + 1e-3 * ag.sum([x * x for array in trained for x in array.flat])

    return Program([draw.normal(size=(n, rank)) for n in (users, items)], [], loss, ratings)


def gaussians(draw: Any, small: bool) -> Program:
    """The likelihood of points under a mixture of normal distributions, with a width for each axis."""
    points, kinds, axes = (5, 2, 2) if small else (2_000, 4, 3)

    def loss(ag: Any, trained: Any, point: Any) -> Any:
        shares, centres, widths = trained
        terms = []
        for share, centre, width in zip(ag.log_softmax(list(shares)), centres, widths, strict=True):
            gaps = [(x - m) / ag.exp(w) for x, m, w in zip(point, centre, width, strict=True)]
            terms.append(share - 0.5 * ag.dot(gaps, gaps) - ag.sum(list(width)))
        return -ag.logsumexp(terms)

    return Program(
        random_weights(draw, (kinds,), (kinds, axes), (kinds, axes)), [draw.normal(size=(points, axes))], loss
    )


STATISTICS: dict[str, Callable[[Any, bool], Program]] = {
    "tanh of sums of rows": sums,
    "batch norm": batch_norm,
    "layer norm by var": layer_norm,
    "graph network": graph,
    "logsumexp with a parameter": mixture,
    "Heston, 100,000 paths": heston,
    "Kalman filter": local_level,
    "matrix factorisation": factors,
    "Gaussian mixture, 2,000 points": gaussians,
}
