"""The programs over steps and tokens in numpy, with their gradients."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from tests.benchmarks.compiled.programs.program import Program, Step


def rnn(program: Program) -> Step:
    """The heads of all steps at once, after the last."""
    (embedding, recurrent, bias, head), text = program.trained, np.array(program.constants)
    now, following = text[:-1], text[1:]
    steps, hidden = len(now), len(bias)
    at = np.arange(steps)

    def step() -> tuple[Any, list[Any]]:
        states = np.zeros((steps + 1, hidden))
        inputs = embedding[now] + bias
        for t in range(steps):
            np.tanh(inputs[t] + recurrent @ states[t], out=states[t + 1])
        scores = states[1:] @ head.T
        top = scores.max(axis=1, keepdims=True)
        weights = np.exp(scores - top)
        total = weights.sum(axis=1, keepdims=True)
        loss = np.mean(np.log(total[:, 0]) + top[:, 0] - scores[at, following])
        slopes = weights / total
        slopes[at, following] -= 1
        slopes /= steps
        outer = slopes @ head
        local = 1 - states[1:] ** 2
        inner = np.empty((steps, hidden))
        carried = np.zeros(hidden)
        for t in range(steps - 1, -1, -1):
            np.multiply(outer[t] + carried, local[t], out=inner[t])
            carried = inner[t] @ recurrent
        by_embedding = np.zeros_like(embedding)
        np.add.at(by_embedding, now, inner)
        return loss, [by_embedding, inner.T @ states[:-1], inner.sum(axis=0), slopes.T @ states[1:]]

    return step


def attention(program: Program) -> Step:
    """Masked."""
    queries, keys, values = program.trained
    tokens, width = queries.shape
    mask = np.where(np.tri(tokens) > 0, 0.0, -np.inf)

    def step() -> tuple[Any, list[Any]]:
        scores = (queries @ keys.T) / math.sqrt(width) + mask
        shares = np.exp(scores - scores.max(axis=1, keepdims=True))
        shares /= shares.sum(axis=1, keepdims=True)
        seen = shares @ values
        g = seen * (2 / seen.size)
        by_shares = g @ values.T
        by_scores = shares * (by_shares - (shares * by_shares).sum(axis=1, keepdims=True)) / math.sqrt(width)
        return (seen * seen).mean(), [by_scores @ keys, by_scores.T @ queries, shares.T @ g]

    return step


def ctc(program: Program) -> Step:
    """Column by column of the lattice, with the shares of the ways to each cell kept for the way back."""
    (scores,), (text, may_skip) = program.trained, program.constants
    times, size = len(scores), len(text)
    of_text = np.zeros((size, scores.shape[1]))
    of_text[np.arange(size), text] = 1
    skipped = np.where(may_skip, 0.0, -np.inf)

    @np.errstate(divide="ignore")
    def step() -> tuple[Any, list[Any]]:
        shifted = scores - scores.max(axis=1, keepdims=True)
        weights = np.exp(shifted)
        total = weights.sum(axis=1, keepdims=True)
        seen = (shifted - np.log(total))[:, text]
        paths, ways = np.full(size + 2, -np.inf), np.empty((times, 3, size))
        paths[2:4] = seen[0, :2]
        for t in range(1, times):
            way = ways[t]
            way[0], way[1], way[2] = paths[2:], paths[1:-1], paths[:-2] + skipped
            top = way.max(axis=0)
            top[top == -np.inf] = 0
            np.exp(way - top, out=way)
            sums = way.sum(axis=0)
            paths[2:] = np.log(sums) + top + seen[t]
            way /= np.where(sums > 0, sums, 1.0)
        top = paths[-2:].max()
        ends = np.exp(paths[-2:] - top)
        by_seen, by_paths = np.zeros((times, size)), np.zeros(size + 2)
        by_paths[-2:] = -ends / ends.sum()
        for t in range(times - 1, 0, -1):
            by_seen[t] = by_paths[2:]
            way = ways[t] * by_seen[t]
            by_paths = np.zeros(size + 2)
            by_paths[2:] = way[0]
            by_paths[1:-1] += way[1]
            by_paths[:-2] += way[2]
        by_seen[0, :2] = by_paths[2:4]
        g = by_seen @ of_text
        return -(np.log(ends.sum()) + top), [g - weights / total * g.sum(axis=1, keepdims=True)]

    return step


SEQUENCES: dict[str, Callable[[Program], Step]] = {
    "character RNN": rnn,
    "causal attention": attention,
    "CTC": ctc,
}
