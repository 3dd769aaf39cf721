"""The programs of `programs` in JAX, as its users write them: each is a loss of the trained arrays, on whole arrays.

What is constant is made once. Steps of a recurrence of time go through `scan`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from tests.benchmarks.compiled.programs import Program

Loss = Callable[[Any], Any]


def rnn(jax: Any, m: Any, program: Program) -> Loss:
    """A scan over the characters; the heads of all steps at once."""
    now, following = np.array(program.constants[:-1]), np.array(program.constants[1:])

    def loss(trained: Any) -> Any:
        embedding, recurrent, bias, head = trained

        def advance(h: Any, x: Any) -> Any:
            h = m.tanh(x + recurrent @ h)
            return h, h

        states = jax.lax.scan(advance, m.zeros(len(bias)), embedding[now] + bias)[1]
        return -m.take_along_axis(jax.nn.log_softmax(states @ head.T), following[:, None], 1).mean()

    return loss


def attention(jax: Any, m: Any, program: Program) -> Loss:
    """Masked."""
    tokens, width = program.trained[0].shape
    mask = np.where(np.tri(tokens) > 0, 0.0, -np.inf)

    def loss(trained: Any) -> Any:
        queries, keys, values = trained
        return ((jax.nn.softmax(queries @ keys.T / math.sqrt(width) + mask) @ values) ** 2).mean()

    return loss


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


def bodies(jax: Any, m: Any, program: Program) -> Loss:
    """Each pair once, by the numbers of its bodies."""
    i, j = np.tril_indices(len(program.constants), -1)
    products = program.constants[i] * program.constants[j]
    return lambda trained: -(products / m.sqrt(((trained[0][i] - trained[0][j]) ** 2).sum(axis=1) + 0.01)).sum()


def leapfrog(jax: Any, m: Any, program: Program) -> Loss:
    """A scan over the steps; sums over pairs as products with matrices."""
    masses, steps, half = program.constants
    i, j = np.tril_indices(len(masses), -1)
    ones = np.eye(len(masses))
    weights = np.array(masses)[j] * ones[:, i] - np.array(masses)[i] * ones[:, j]

    def pulls(places: Any) -> Any:
        gaps = places[j] - places[i]
        return weights @ (gaps * ((gaps**2).sum(axis=1, keepdims=True) + 0.01) ** -1.5)

    def advance(state: Any, _: Any) -> Any:
        places, speeds, found = state
        speeds = speeds + half * found
        places = places + 2 * half * speeds
        found = pulls(places)
        return (places, speeds + half * found, found), None

    def loss(trained: Any) -> Any:
        places, speeds = trained
        return (jax.lax.scan(advance, (places, speeds, pulls(places)), None, steps)[0][0] ** 2).sum()

    return loss


def ctc(jax: Any, m: Any, program: Program) -> Loss:
    """A scan over the times, with a large negative number for what cannot be."""
    text, may_skip = (np.array(each) for each in program.constants)
    never = -1e30

    def advance(paths: Any, row: Any) -> Any:
        ways = m.stack([paths[2:], paths[1:-1], m.where(may_skip, paths[:-2], never)])
        return m.concatenate([m.full(2, never), jax.nn.logsumexp(ways, axis=0) + row]), None

    def loss(trained: Any) -> Any:
        seen = jax.nn.log_softmax(trained[0])[:, text]
        first = m.full(len(text) + 2, never).at[2:4].set(seen[0, :2])
        return -jax.nn.logsumexp(jax.lax.scan(advance, first, seen[1:])[0][-2:])

    return loss


def arm(jax: Any, m: Any, program: Program) -> Loss:
    """Running sums of the angles."""
    angles, ends = (m.asarray(np.ascontiguousarray(lane.T)) for lane in program.lanes)

    def loss(trained: Any) -> Any:
        totals = m.cumsum(angles + trained[1][:, None], axis=0)
        return ((trained[0] @ m.cos(totals) - ends[0]) ** 2 + (trained[0] @ m.sin(totals) - ends[1]) ** 2).sum()

    return loss


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


def pendulum(jax: Any, m: Any, program: Program) -> Loss:
    """A scan over the steps."""
    steps, h = program.constants

    def loss(trained: Any) -> Any:
        stiffness, damping = trained[0]

        def slope(y: Any) -> Any:
            return m.stack([y[1], -stiffness * m.sin(y[0]) - damping * y[1]])

        def advance(y: Any, _: None) -> Any:
            a = slope(y)
            b = slope(y + h / 2 * a)
            c = slope(y + h / 2 * b)
            return y + h / 6 * (a + 2 * b + 2 * c + slope(y + h * c)), None

        y = jax.lax.scan(advance, m.asarray([1.0, 0.0]), None, length=steps)[0]
        return y @ y

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


IN_JAX: dict[str, Callable[[Any, Any, Program], Loss]] = {
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
