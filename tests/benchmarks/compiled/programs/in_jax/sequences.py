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


SEQUENCES: dict[str, Callable[[Any, Any, Program], Loss]] = {
    "character RNN": rnn,
    "causal attention": attention,
    "CTC": ctc,
}
