"""The programs over steps and tokens in JAX."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from tests.benchmarks.compiled.programs.program import Loss, Program


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


def lstm(jax: Any, m: Any, program: Program) -> Loss:
    """A scan over the characters; the heads of all steps at once."""
    now, following = np.array(program.constants[:-1]), np.array(program.constants[1:])

    def loss(trained: Any) -> Any:
        embedding, gates, biases, head = trained
        hidden = head.shape[1]

        def advance(state: Any, x: Any) -> Any:
            h, cell = state
            enter, keep, out, new = m.split(x + gates[:, hidden:] @ h, 4)
            cell = jax.nn.sigmoid(keep) * cell + jax.nn.sigmoid(enter) * m.tanh(new)
            h = jax.nn.sigmoid(out) * m.tanh(cell)
            return (h, cell), h

        inputs = embedding[now] @ gates[:, :hidden].T + biases
        states = jax.lax.scan(advance, (m.zeros(hidden), m.zeros(hidden)), inputs)[1]
        return -m.take_along_axis(jax.nn.log_softmax(states @ head.T), following[:, None], 1).mean()

    return loss


def gpt(jax: Any, m: Any, program: Program) -> Loss:
    """All tokens and all heads at once, masked."""
    text, heads = np.array(program.constants[0]), program.constants[1]
    tokens, width = program.trained[1].shape
    mask = np.where(np.tri(tokens) > 0, 0.0, -np.inf)

    def normalised(x: Any) -> Any:
        return (x - x.mean(axis=1, keepdims=True)) / m.sqrt(x.var(axis=1, keepdims=True) + 1e-5)

    def loss(trained: Any) -> Any:
        embedding, positions, *read, joint, wide, narrow, head = trained
        x = embedding[text[:-1]] + positions
        seen = normalised(x)
        q, k, v = ((seen @ matrix.T).reshape(tokens, heads, -1).swapaxes(0, 1) for matrix in read)
        shares = jax.nn.softmax(q @ k.swapaxes(1, 2) / math.sqrt(width // heads) + mask)
        x = x + (shares @ v).swapaxes(0, 1).reshape(tokens, width) @ joint.T
        x = x + jax.nn.gelu(normalised(x) @ wide.T, approximate=False) @ narrow.T
        return -m.take_along_axis(jax.nn.log_softmax(normalised(x) @ head.T), text[1:, None], 1).mean()

    return loss


def hidden_markov(jax: Any, m: Any, program: Program) -> Loss:
    """A scan over the text."""
    text = np.array(program.constants)

    def loss(trained: Any) -> Any:
        first, moves, shown = map(jax.nn.log_softmax, trained)
        seen = shown.T[text]
        advance = lambda paths, row: (jax.nn.logsumexp(paths[:, None] + moves, axis=0) + row, None)
        return -jax.nn.logsumexp(jax.lax.scan(advance, first[0] + seen[0], seen[1:])[0])

    return loss


def warping(jax: Any, m: Any, program: Program) -> Loss:
    """A scan over the diagonals, with a large number for what cannot be."""
    softness, never = program.constants, 1e30
    n, width = map(len, program.trained)
    i, j = np.indices((n, width))

    def advance(before: Any, costs: Any) -> Any:
        earlier, last = before
        ways = m.stack([last[1:], last[:-1], earlier[:-1]])
        sums = m.concatenate([m.full(1, never), costs - softness * jax.nn.logsumexp(-ways / softness, axis=0)])
        return (last, sums), None

    def loss(trained: Any) -> Any:
        first, second = trained
        costs = m.full((n + width - 1, n), never).at[i + j, i].set((first[:, None] - second) ** 2)
        start = m.full(n + 1, never)
        return jax.lax.scan(advance, (start.at[0].set(0.0), start), costs)[0][1][-1]

    return loss


SEQUENCES: dict[str, Callable[[Any, Any, Program], Loss]] = {
    "character RNN": rnn,
    "causal attention": attention,
    "CTC": ctc,
    "character LSTM": lstm,
    "GPT block": gpt,
    "hidden Markov model": hidden_markov,
    "soft time warping": warping,
}
