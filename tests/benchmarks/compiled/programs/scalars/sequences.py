"""Programs over steps and tokens."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import pairwise
from typing import Any

from tests.benchmarks.compiled.programs.program import Program, affine, random_weights


def rnn(draw: Any, small: bool) -> Program:
    """A character RNN: the cross-entropy of the next character at each step."""
    steps, characters, hidden = (4, 3, 2) if small else (24, 16, 32)
    text = draw.integers(0, characters, steps + 1).tolist()

    def loss(ag: Any, trained: Any) -> Any:
        embedding, recurrent, bias, head = trained
        h, losses = [0.0] * hidden, []
        for now, following in pairwise(text):
            h = [ag.tanh(x + z + b) for x, z, b in zip(embedding[now], affine(ag, recurrent, h), bias, strict=True)]
            scores = affine(ag, head, h)
            losses.append(ag.logsumexp(scores) - scores[following])
        return ag.mean(losses)

    shapes = (characters, hidden), (hidden, hidden), (hidden,), (characters, hidden)
    return Program(random_weights(draw, *shapes), [], loss, text)


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

    return Program(random_weights(draw, *[(tokens, width)] * 3), [], loss)


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


def lstm(draw: Any, small: bool) -> Program:
    """A character LSTM: gates that let in, keep and let out, and the cross-entropy of the next character."""
    steps, characters, hidden = (4, 3, 2) if small else (24, 16, 24)
    text = draw.integers(0, characters, steps + 1).tolist()

    def loss(ag: Any, trained: Any) -> Any:
        embedding, gates, biases, head = trained
        h, cell, losses = [0.0] * hidden, [0.0] * hidden, []
        for now, following in pairwise(text):
            known = [*embedding[now], *h]
            z = [ag.dot(list(row), known, bias) for row, bias in zip(gates, biases, strict=True)]
            for k in range(hidden):
                enter, keep, out = (ag.sigmoid(z[gate * hidden + k]) for gate in range(3))
                cell[k] = keep * cell[k] + enter * ag.tanh(z[3 * hidden + k])
                h[k] = out * ag.tanh(cell[k])
            scores = affine(ag, head, h)
            losses.append(ag.logsumexp(scores) - scores[following])
        return ag.mean(losses)

    shapes = (characters, hidden), (4 * hidden, 2 * hidden), (4 * hidden,), (characters, hidden)
    return Program(random_weights(draw, *shapes), [], loss, text)


def gpt(draw: Any, small: bool) -> Program:
    """A block of a GPT on one sequence: attention in heads, a perceptron, and the cross-entropy of the next token."""
    tokens, vocabulary, width, heads = (3, 3, 4, 2) if small else (16, 24, 16, 4)
    text, size = draw.integers(0, vocabulary, tokens + 1).tolist(), width // heads

    def loss(ag: Any, trained: Any) -> Any:
        embedding, positions, queries, keys, values, joint, wide, narrow, head = trained

        def normalised(x: Any) -> Any:
            mean = ag.mean(x)
            root = ag.sqrt(ag.mean([(z - mean) ** 2 for z in x]) + 1e-5)
            return [(z - mean) / root for z in x]

        def added(x: Any, y: Any) -> Any:
            return [a + b for a, b in zip(x, y, strict=True)]

        rows = [added(embedding[token], position) for token, position in zip(text, positions, strict=False)]
        seen = [normalised(row) for row in rows]
        q, k, v = ([affine(ag, matrix, x) for x in seen] for matrix in (queries, keys, values))
        losses = []
        for t, x in enumerate(rows):
            mixed = []
            for start in range(0, width, size):
                own = slice(start, start + size)
                shares = ag.softmax([ag.dot(q[t][own], k[u][own]) / math.sqrt(size) for u in range(t + 1)])
                mixed += [ag.dot(list(shares), [v[u][j] for u in range(t + 1)]) for j in range(start, start + size)]
            x = added(x, affine(ag, joint, mixed))
            x = added(x, affine(ag, narrow, [ag.gelu(z) for z in affine(ag, wide, normalised(x))]))
            scores = affine(ag, head, normalised(x))
            losses.append(ag.logsumexp(scores) - scores[text[t + 1]])
        return ag.mean(losses)

    squares = [(width, width)] * 4
    shapes = (vocabulary, width), (tokens, width), *squares, (4 * width, width), (width, 4 * width), (vocabulary, width)
    return Program(random_weights(draw, *shapes), [], loss, (text, heads))


def hidden_markov(draw: Any, small: bool) -> Program:
    """The likelihood of a text under a hidden Markov model, by the forward algorithm in logarithms."""
    length, states, symbols = (4, 2, 3) if small else (60, 8, 6)
    text = draw.integers(0, symbols, length).tolist()

    def loss(ag: Any, trained: Any) -> Any:
        first, moves, shown = ([ag.log_softmax(list(row)) for row in rows] for rows in trained)
        paths = [p + row[text[0]] for p, row in zip(first[0], shown, strict=True)]
        for symbol in text[1:]:
            ways = [ag.logsumexp([p + row[s] for p, row in zip(paths, moves, strict=True)]) for s in range(states)]
            paths = [way + row[symbol] for way, row in zip(ways, shown, strict=True)]
        return -ag.logsumexp(paths)

    return Program(
        [draw.normal(size=(rows, n)) for rows, n in ((1, states), (states, states), (states, symbols))], [], loss, text
    )


def warping(draw: Any, small: bool) -> Program:
    """Soft dynamic time warping of two series: the soft minimum, over alignments, of the sum of squared gaps."""
    sizes, softness = (4, 3) if small else (32, 28), 0.5

    def loss(ag: Any, trained: Any) -> Any:
        first, second = trained
        above = [0.0] + [math.inf] * len(second)
        for x in first:
            row: list[Any] = [math.inf]
            for j, y in enumerate(second):
                least = -softness * ag.logsumexp([-r / softness for r in (above[j], above[j + 1], row[j])])
                row.append((x - y) ** 2 + least)
            above = row
        return above[-1]

    return Program([draw.normal(size=size).cumsum() * 0.5 for size in sizes], [], loss, softness)


SEQUENCES: dict[str, Callable[[Any, bool], Program]] = {
    "character RNN": rnn,
    "causal attention": attention,
    "CTC": ctc,
    "character LSTM": lstm,
    "GPT block": gpt,
    "hidden Markov model": hidden_markov,
    "soft time warping": warping,
}
