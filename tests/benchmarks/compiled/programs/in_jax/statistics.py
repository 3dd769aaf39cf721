"""The programs of samples, graphs and chance in JAX."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tests.benchmarks.compiled.programs.program import Loss, Program


def sums(jax: Any, m: Any, program: Program) -> Loss:
    """A sum, a tanh, a sum."""
    return lambda trained: m.tanh(trained[0].sum(axis=1)).sum()


def _normalised(m: Any, program: Program, axis: int) -> Loss:
    def loss(trained: Any) -> Any:
        weights, scale, shift = trained
        z = program.constants @ weights.T
        gaps = z - z.mean(axis=axis, keepdims=True)
        return m.tanh(scale * gaps / m.sqrt((gaps**2).mean(axis=axis, keepdims=True) + 1e-5) + shift).mean()

    return loss


def batch_norm(jax: Any, m: Any, program: Program) -> Loss:
    """Over samples."""
    return _normalised(m, program, 0)


def layer_norm(jax: Any, m: Any, program: Program) -> Loss:
    """Over outputs."""
    return _normalised(m, program, 1)


def graph(jax: Any, m: Any, program: Program) -> Loss:
    """Means over neighbours as a product with a matrix."""
    of, features = program.constants
    shares = np.zeros((len(of), len(of)))
    for k, neighbours in enumerate(of):
        np.add.at(shares[k], neighbours, 1 / len(neighbours))

    def loss(trained: Any) -> Any:
        state = features
        for weights in trained:
            state = m.tanh(shares @ (state @ weights.T))
        return (state**2).mean()

    return loss


def mixture(jax: Any, m: Any, program: Program) -> Loss:
    """With the parameter as one more column."""
    rows = m.asarray(program.lanes[0])

    def loss(trained: Any) -> Any:
        column = m.broadcast_to(trained[0], (len(rows), 1))
        return jax.nn.logsumexp(m.concatenate([rows, column], axis=1), axis=1).sum()

    return loss


def heston(jax: Any, m: Any, program: Program) -> Loss:
    """A scan over the steps, of all paths."""
    noises = tuple(m.asarray(np.ascontiguousarray(lane.T)) for lane in program.lanes)
    steps, paths = noises[0].shape

    def loss(trained: Any) -> Any:
        speed, level, noise, variance = trained[0]

        def advance(state: Any, drawn: Any) -> Any:
            (log_price, v), (z, other) = state, drawn
            positive = m.maximum(v, 1e-8)
            root = m.sqrt(positive * (1 / steps))
            log_price = log_price - positive * (0.5 / steps) + root * z
            v = v + speed * (level - positive) * (1 / steps) + noise * root * (-0.7 * z + 0.51**0.5 * other)
            return (log_price, v), None

        log_price = jax.lax.scan(advance, (m.zeros(paths), m.full(paths, variance)), noises)[0][0]
        return m.maximum(m.exp(log_price) - 1.0, 0.0).sum()

    return loss


def local_level(jax: Any, m: Any, program: Program) -> Loss:
    """A scan over the measurements."""
    measured = m.asarray(program.constants)

    def loss(trained: Any) -> Any:
        walks, noise = trained[0]

        def advance(state: Any, y: Any) -> Any:
            level, variance, total = state
            error, spread = y - level, variance + noise
            gain = variance / spread
            total = total + m.log(spread) + error * error / spread
            return (level + gain * error, (1 - gain) * variance + walks, total), None

        return jax.lax.scan(advance, (0.0, 1.0, 0.0), measured)[0][2]

    return loss


def factors(jax: Any, m: Any, program: Program) -> Loss:
    """The entries that are known."""
    i, j, ratings = (np.array(each) for each in zip(*program.constants, strict=True))

    def loss(trained: Any) -> Any:
        left, right = trained
        return (((left[i] * right[j]).sum(axis=1) - ratings) ** 2).mean() + 1e-3 * ((left**2).sum() + (right**2).sum())

    return loss


def gaussians(jax: Any, m: Any, program: Program) -> Loss:
    """Points by distributions by axes."""
    points = m.asarray(program.lanes[0])

    def loss(trained: Any) -> Any:
        shares, centres, widths = trained
        gaps = (points[:, None] - centres) / m.exp(widths)
        terms = jax.nn.log_softmax(shares) - 0.5 * (gaps**2).sum(axis=2) - widths.sum(axis=1)
        return -jax.nn.logsumexp(terms, axis=1).sum()

    return loss


STATISTICS: dict[str, Callable[[Any, Any, Program], Loss]] = {
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
