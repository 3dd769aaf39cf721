"""The programs over steps and tokens in numpy, with their gradients."""

from __future__ import annotations

import importlib
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from tests.benchmarks.compiled.programs.program import Program, Step


def _cross_entropy(scores: Any, following: Any) -> tuple[Any, Any]:
    """The mean over rows, and its slopes."""
    at = np.arange(len(scores))
    top = scores.max(axis=1, keepdims=True)
    slopes = np.exp(scores - top)
    total = slopes.sum(axis=1, keepdims=True)
    loss = np.mean(np.log(total[:, 0]) + top[:, 0] - scores[at, following])
    slopes /= total
    slopes[at, following] -= 1
    slopes /= len(scores)
    return loss, slopes


def rnn(program: Program) -> Step:
    """The heads of all steps at once, after the last."""
    (embedding, recurrent, bias, head), text = program.trained, np.array(program.constants)
    now, following = text[:-1], text[1:]
    steps, hidden = len(now), len(bias)

    def step() -> tuple[Any, list[Any]]:
        states = np.zeros((steps + 1, hidden))
        inputs = embedding[now] + bias
        for t in range(steps):
            np.tanh(inputs[t] + recurrent @ states[t], out=states[t + 1])
        loss, slopes = _cross_entropy(states[1:] @ head.T, following)
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


def lstm(program: Program) -> Step:
    """The part of the inputs before the steps, the heads and all slopes of the gates after them."""
    (embedding, gates, biases, head), text = program.trained, np.array(program.constants)
    now, following = text[:-1], text[1:]
    steps, hidden = len(now), head.shape[1]
    of_inputs, of_states = gates[:, :hidden], np.ascontiguousarray(gates[:, hidden:])

    def step() -> tuple[Any, list[Any]]:
        states, cells = np.zeros((2, steps + 1, hidden))
        known = embedding[now]
        opened, waves = known @ of_inputs.T + biases, np.empty((steps, hidden))
        for t in range(steps):
            z = opened[t]
            z += of_states @ states[t]
            z[: 3 * hidden] = 1 / (1 + np.exp(-z[: 3 * hidden]))
            np.tanh(z[3 * hidden :], out=z[3 * hidden :])
            enter, keep, out, new = z.reshape(4, hidden)
            cells[t + 1] = keep * cells[t] + enter * new
            np.tanh(cells[t + 1], out=waves[t])
            np.multiply(out, waves[t], out=states[t + 1])
        loss, slopes = _cross_entropy(states[1:] @ head.T, following)
        outer = slopes @ head
        inner = opened * (1 - opened)
        enter, keep, out, new = opened.reshape(steps, 4, hidden).swapaxes(0, 1)
        np.subtract(1, new * new, out=inner[:, 3 * hidden :])
        local = out * (1 - waves * waves)
        by_cell = carried = np.zeros(hidden)
        for t in range(steps - 1, -1, -1):
            by_state = outer[t] + carried
            by_cell = by_cell + by_state * local[t]
            by_enter, by_keep, by_out, by_new = inner[t].reshape(4, hidden)
            by_enter *= by_cell * new[t]
            by_keep *= by_cell * cells[t]
            by_out *= by_state * waves[t]
            by_new *= by_cell * enter[t]
            carried = inner[t] @ of_states
            by_cell = by_cell * keep[t]
        by_embedding = np.zeros_like(embedding)
        np.add.at(by_embedding, now, inner @ of_inputs)
        by_gates = inner.T @ np.concatenate([known, states[:-1]], axis=1)
        return loss, [by_embedding, by_gates, inner.sum(axis=0), slopes.T @ states[1:]]

    return step


def gpt(program: Program) -> Step:
    """All tokens and all heads at once, masked."""
    embedding, positions, queries, keys, values, joint, wide, narrow, head = program.trained
    text, heads = np.array(program.constants[0]), program.constants[1]
    now, following = text[:-1], text[1:]
    tokens, width = positions.shape
    size = width // heads
    mask = np.where(np.tri(tokens) > 0, 0.0, -np.inf)
    read = np.concatenate([queries, keys, values])
    erf = importlib.import_module("autograd").erf  # numpy has none: ours of arrays, the same that ours uses

    def normalised(x: Any) -> tuple[Any, Any]:
        gaps = x - x.mean(axis=1, keepdims=True)
        root = np.sqrt((gaps * gaps).mean(axis=1, keepdims=True) + 1e-5)
        return gaps / root, root

    def back(g: Any, unit: Any, root: Any) -> Any:
        return (g - g.mean(axis=1, keepdims=True) - unit * (g * unit).mean(axis=1, keepdims=True)) / root

    def step() -> tuple[Any, list[Any]]:
        start = embedding[now] + positions
        seen, root = normalised(start)
        q, k, v = (seen @ read.T).reshape(tokens, 3, heads, size).transpose(1, 2, 0, 3)
        scores = q @ k.swapaxes(1, 2) / math.sqrt(size) + mask
        shares = np.exp(scores - scores.max(axis=2, keepdims=True))
        shares /= shares.sum(axis=2, keepdims=True)
        mixed = (shares @ v).swapaxes(0, 1).reshape(tokens, width)
        middle = start + mixed @ joint.T
        unit, scale = normalised(middle)
        z = unit @ wide.T
        below = 0.5 * (1 + erf(z / math.sqrt(2)))
        inner = z * below
        last, spread = normalised(middle + inner @ narrow.T)
        loss, slopes = _cross_entropy(last @ head.T, following)
        g = back(slopes @ head, last, spread)
        by_z = g @ narrow * (below + z * np.exp(-0.5 * z * z) / math.sqrt(2 * math.pi))
        by_middle = g + back(by_z @ wide, unit, scale)
        by_mixed = (by_middle @ joint).reshape(tokens, heads, size).swapaxes(0, 1)
        by_shares = by_mixed @ v.swapaxes(1, 2)
        by_scores = shares * (by_shares - (shares * by_shares).sum(axis=2, keepdims=True)) / math.sqrt(size)
        by_read = np.stack([by_scores @ k, by_scores.swapaxes(1, 2) @ q, shares.swapaxes(1, 2) @ by_mixed])
        by_read = by_read.transpose(2, 0, 1, 3).reshape(tokens, 3 * width)
        by_start = by_middle + back(by_read @ read, seen, root)
        by_embedding = np.zeros_like(embedding)
        np.add.at(by_embedding, now, by_start)
        later = [by_middle.T @ mixed, by_z.T @ unit, g.T @ inner, slopes.T @ last]
        return loss, [by_embedding, by_start, *np.split(by_read.T @ seen, 3), *later]

    return step


def hidden_markov(program: Program) -> Step:
    """With the shares of the ways to each state kept for the way back."""
    text = np.array(program.constants)
    states, symbols = program.trained[2].shape
    length = len(text)
    showing = np.zeros((length, symbols))
    showing[np.arange(length), text] = 1

    def step() -> tuple[Any, list[Any]]:
        weights = [np.exp(rows - rows.max(axis=1, keepdims=True)) for rows in program.trained]
        chances = [rows / rows.sum(axis=1, keepdims=True) for rows in weights]
        first, moves, shown = map(np.log, chances)
        seen = shown.T[text]
        paths, shares = first[0] + seen[0], np.empty((length - 1, states, states))
        for t in range(1, length):
            way = np.add(paths[:, None], moves, out=shares[t - 1])
            top = way.max(axis=0)
            way -= top
            np.exp(way, out=way)
            sums = way.sum(axis=0)
            way /= sums
            paths = np.log(sums) + top + seen[t]
        top = paths.max()
        ends = np.exp(paths - top)
        by_paths = np.empty((length, states))
        by_paths[-1] = -ends / ends.sum()
        for t in range(length - 1, 0, -1):
            np.matmul(shares[t - 1], by_paths[t], out=by_paths[t - 1])
        slopes = [by_paths[:1], (shares * by_paths[1:, None, :]).sum(axis=0), by_paths.T @ showing]
        return -(np.log(ends.sum()) + top), [
            g - rows * g.sum(axis=1, keepdims=True) for g, rows in zip(slopes, chances, strict=True)
        ]

    return step


def warping(program: Program) -> Step:
    """Diagonal by diagonal: those of an alignment's cells that depend on the two diagonals before only."""
    (first, second), softness = program.trained, program.constants
    n, m = len(first), len(second)
    i, j = np.indices((n, m))
    ranges = [(k, max(0, k - m + 1), min(n, k + 1)) for k in range(n + m - 1)]

    def step() -> tuple[Any, list[Any]]:
        gaps = first[:, None] - second
        costs = np.zeros((n + m - 1, n))
        costs[i + j, i] = gaps * gaps
        sums = np.full((n + m + 1, n + 1), np.inf)  # from two diagonals and one row before the first
        sums[0, 0] = 0
        shares = np.zeros((n + m - 1, 3, n))
        for k, low, high in ranges:
            way = shares[k, :, low:high]
            way[0], way[1], way[2] = sums[k + 1, low + 1 : high + 1], sums[k + 1, low:high], sums[k, low:high]
            least = way.min(axis=0)
            np.exp((least - way) / softness, out=way)
            total = way.sum(axis=0)
            way /= total
            sums[k + 2, low + 1 : high + 1] = costs[k, low:high] + least - softness * np.log(total)
        slopes = np.zeros_like(sums)
        slopes[-1, -1] = 1
        for k, low, high in reversed(ranges):
            way = shares[k, :, low:high] * slopes[k + 2, low + 1 : high + 1]
            slopes[k + 1, low + 1 : high + 1] += way[0]
            slopes[k + 1, low:high] += way[1]
            slopes[k, low:high] += way[2]
        g = 2 * gaps * slopes[i + j + 2, i + 1]
        return sums[-1, -1], [g.sum(axis=1), -g.sum(axis=0)]

    return step


SEQUENCES: dict[str, Callable[[Program], Step]] = {
    "character RNN": rnn,
    "causal attention": attention,
    "CTC": ctc,
    "character LSTM": lstm,
    "GPT block": gpt,
    "hidden Markov model": hidden_markov,
    "soft time warping": warping,
}
