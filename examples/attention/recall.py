"""Attention is a dictionary that can be differentiated: a head learns to look up the value that belongs to a key.

The input is five pairs of a key and a value, in no order, and one of the keys; the answer is its value. A head of
attention, ``softmax(q·k / √d) v``, learns that from examples: its weights are 1 at the pair asked for and 0 elsewhere.
A model that takes the mean of the pairs instead knows which values there are, but not whose they are, and cannot do
better than to name the most frequent one. The picture shows the weights for eight inputs.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.patches import Rectangle

from autograd import Tensor, Value, dot, matmul, mean, no_grad, softmax, swapaxes
from examples.common import VERMILION, Figure, argument_parser, figure, parse, progress, run, save, sow
from nn import Embedding, Linear, Module, accuracy, losses, optim
from visualize import page

SYMBOLS, PAIRS, WIDTH = 8, 5, 16
# The accuracy of a model that knows the values but not their keys: it answers with the most frequent value.
CEILING = sum(max(map(v.count, v)) for v in itertools.product(range(SYMBOLS), repeat=PAIRS)) / PAIRS / SYMBOLS**PAIRS


class Recall(Module):
    """A look-up of one key among pairs: by attention, or by the mean of all pairs."""

    def __init__(self, attends: bool) -> None:
        self.attends = attends
        self.keys, self.values, self.asked = (Embedding(SYMBOLS, WIDTH) for _ in range(3))
        self.query, self.key, self.value = (Linear(WIDTH, WIDTH, bias=False) for _ in range(3))
        self.scores = Linear(WIDTH, SYMBOLS)

    def forward(self, x: Any) -> Tensor:
        pairs = self.keys(x[:, :PAIRS]) + self.values(x[:, PAIRS : 2 * PAIRS])
        if self.attends:
            found = matmul(self.weights(x), self.value(pairs))
        else:
            found = self.query(self.asked(x[:, -1:])) + mean(self.value(pairs), axis=1, keepdims=True)
        return self.scores(found)[:, 0]

    def weights(self, x: Any) -> Tensor:
        """Return the weights of the pairs, in an array [sample, 1, pair]."""
        pairs = self.keys(x[:, :PAIRS]) + self.values(x[:, PAIRS : 2 * PAIRS])
        q, k = self.query(self.asked(x[:, -1:])), self.key(pairs)
        return softmax(matmul(q, swapaxes(k, -1, -2)) / math.sqrt(WIDTH))


def questions(number: int, rng: np.random.Generator) -> tuple[Any, Any, Any]:
    """Draw inputs [sample, keys and values and a key], their answers, and the places of the pairs asked for."""
    keys = rng.permuted(np.tile(np.arange(SYMBOLS), (number, 1)), axis=1)[:, :PAIRS]
    values, place = rng.integers(SYMBOLS, size=(number, PAIRS)), rng.integers(PAIRS, size=number)
    rows = np.arange(number)
    return np.column_stack([keys, values, keys[rows, place]]), values[rows, place], place


def main(arguments: Sequence[str] | None = None) -> dict[str, float]:
    """Train both models, and return how often they are right."""
    parser = argument_parser(__doc__, seed=0, steps=400)
    options = parse(parser, arguments, quick={"steps": 120})
    rng = sow(options.seed)
    unseen, answers, places = questions(2000, rng)
    right = {}
    for attends in (False, True):
        model = Recall(attends)
        optimizer = optim.Adam(model.parameters(), lr=0.01)
        for _ in progress(range(options.steps)):
            inputs, targets, _ = questions(64, rng)
            loss = losses.cross_entropy(model(inputs), targets)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        with no_grad():
            right[attends] = accuracy(model(unseen).numpy(), answers)
        print(f"{'attention' if attends else 'mean':9}  right {right[attends]:6.1%} of the time")
    print(f"ceiling    right {CEILING:6.1%} of the time: who knows the values, and not their keys")

    with no_grad():
        weights = model.weights(unseen).numpy()[:, 0]
        order = rng.permutation(PAIRS)
        shuffled = unseen[:, [*order, *(order + PAIRS), 2 * PAIRS]]
        moved = float(np.abs(model(shuffled).numpy() - model(unseen).numpy()).max())
    looked = float(weights[np.arange(len(places)), places].mean())
    print(f"weight of the pair asked for {looked:.3f}; scores change by {moved:.0e} with the order of the pairs")
    pictures = {
        "recall_attention.png": (picture_of(weights[:8], unseen[:8], places[:8]), "the weights, for eight questions"),
        "attention_lookup.html": (page(lookup()), "a look-up among three pairs, to step through"),
    }
    save(options.output, pictures)
    return {
        "accuracy": right[True],
        "accuracy of the mean": right[False],
        "ceiling of the mean": CEILING,
        "weight of the pair asked for": looked,
        "change with the order": moved,
    }


def lookup() -> Value:
    """A look-up in single numbers: a query, three keys of two numbers each, and three values."""
    query = [Value(2.0, "q1"), Value(0.0, "q2")]
    keys = [
        [Value(x, f"k{i}1"), Value(y, f"k{i}2")] for i, (x, y) in enumerate([(1.0, 0.0), (0.0, 1.0), (-1.0, 0.0)], 1)
    ]
    values = [Value(10.0 * i, f"v{i}") for i in (1, 2, 3)]
    y = dot(softmax([dot(query, key) / math.sqrt(2) for key in keys]), values)
    y.name = "y"
    return y


def picture_of(weights: Any, inputs: Any, places: Any) -> Figure:
    """A row for each question: its pairs, as letter and number, darker for larger weights; a frame marks the answer."""
    picture, axes = figure("The head looks at the pair whose key is asked for", "the pairs, in no order", "question")
    axes.imshow(weights, cmap="Blues", vmin=0, vmax=1, aspect="auto")
    for row, (line, x) in enumerate(zip(weights, inputs.tolist(), strict=True)):
        for place, weight in enumerate(line):
            text, ink = f"{chr(97 + x[place])} → {x[PAIRS + place]}", "white" if weight > 0.5 else "#222222"
            axes.text(place, row, text, ha="center", va="center", fontsize=12, color=ink)
        axes.add_patch(
            Rectangle((places[row] - 0.48, row - 0.46), 0.96, 0.92, fill=False, edgecolor=VERMILION, linewidth=2.5)
        )
    axes.set_xticks([])
    axes.set_yticks(range(len(weights)), [f"{chr(97 + x[-1])} → ?" for x in inputs])
    return picture


if __name__ == "__main__":
    run(main)
