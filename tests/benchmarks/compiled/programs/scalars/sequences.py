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


SEQUENCES: dict[str, Callable[[Any, bool], Program]] = {
    "character RNN": rnn,
    "causal attention": attention,
    "CTC": ctc,
}
