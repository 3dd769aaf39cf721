"""A transformer out of single numbers learns to spell names; compiled, it learns hundreds of times as fast.

At each place of a name, a query meets the keys of all places before it, ``w = softmax(q·k / √d)``, and takes the mean
``Σ w v`` of their values (Vaswani et al. 2017); so do four heads side by side, then a layer of neurons. Each of these
numbers is a `Value`. The script takes some steps number by number, the same and many more compiled, and lets the model
spell. One picture has the losses, the other the weights of attention: which letters each letter looks at.
"""

from __future__ import annotations

import copy
import math
import textwrap
import time
from collections.abc import Sequence
from typing import Any

import autograd
from autograd import Value, dot, log_softmax, no_grad, rsqrt, softmax
from examples.common import Figure, argument_parser, count, label, panels, parse, progress, run, save, sow
from examples.common.names import ALPHABET, END, bigram_loss, letters_and_next, letters_picture, names, spelt
from nn import Layer, Module, optim

LENGTH, WIDTH, HEADS = 8, 16, 4  # places in a name, numbers at each place, heads of attention

Row = list[Any]  # of values


class GPT(Module):
    """A transformer with one block: attention, then neurons, each on normalised numbers and added to its own input."""

    def __init__(self) -> None:
        layer = lambda n_in, n_out, activation="linear": Layer(n_in, n_out, activation, init="xavier_normal")
        self.letters, self.places = layer(len(ALPHABET), WIDTH), layer(LENGTH, WIDTH)
        self.query, self.key, self.value, self.joined = (layer(WIDTH, WIDTH) for _ in range(4))
        self.wide, self.narrow = layer(WIDTH, 4 * WIDTH, "relu"), layer(4 * WIDTH, WIDTH)
        self.scores = layer(WIDTH, len(ALPHABET))

    def forward(self, name: Sequence[Sequence[float]], seen: list[Row] | None = None) -> list[Row]:
        """Return the scores of the next letter at each place; ``seen`` collects the weights of each head."""
        keys, values = list[Row](), list[Row]()
        scores = []
        for place, letter in enumerate(name):
            x = added(self.letters(list(letter)), self.places([float(place == k) for k in range(LENGTH)]))
            h = normalised(x)
            keys.append(self.key(h))  # of this place and all before it: attention is causal
            values.append(self.value(h))
            x = added(x, self.joined(attention(self.query(h), keys, values, seen)))
            x = added(x, self.narrow(self.wide(normalised(x))))
            scores.append(self.scores(normalised(x)))
        return scores

    def loss(self, letters: Any, following: Any) -> Value:
        """Return the cross-entropy of the next letters, summed over one name."""
        rows = zip(self([list(row) for row in letters]), following, strict=True)
        return -autograd.sum([dot(list(row), log_softmax(scores)) for scores, row in rows])


def attention(query: Row, keys: list[Row], values: list[Row], seen: list[Row] | None) -> Row:
    """The mean of the values, weighted by the softmax of query · key / √d; each head takes a part of the vectors."""
    out, d = [], WIDTH // HEADS
    for head in (slice(k, k + d) for k in range(0, WIDTH, d)):
        weights = softmax([dot(query[head], key[head]) / math.sqrt(d) for key in keys])
        if seen is not None:
            seen.append([weight.item() for weight in weights])
        out += [dot(weights, column) for column in zip(*(value[head] for value in values), strict=True)]
    return out


def added(xs: Row, ys: Row) -> Row:
    """The sum, number by number."""
    return [x + y for x, y in zip(xs, ys, strict=True)]


def normalised(xs: Row) -> Row:
    """The numbers divided by the root of their mean square (Zhang & Sennrich 2019)."""
    scale = rsqrt(dot(xs, xs) / len(xs) + 1e-5)
    return [x * scale for x in xs]


def main(arguments: Sequence[str] | None = None) -> dict[str, float]:
    """Train in both ways, spell, and return losses and times."""
    parser = argument_parser(__doc__, seed=1, steps=600)
    parser.add_argument("--plain-steps", type=count, default=2, help="how many steps to take number by number")
    options = parse(parser, arguments, quick={"steps": 150, "plain_steps": 1})
    rng = sow(options.seed)
    listed = rng.permutation(names(longest=LENGTH - 1)).tolist()
    unseen, train = listed[:60], listed[60:]
    batches = [letters_and_next(rng.choice(train, 8 if options.quick else 32), LENGTH) for _ in range(options.steps)]
    plain = GPT()
    model = copy.deepcopy(plain)
    print(f"{len(train)} names to learn from, {len(unseen)} held out, {len(model.parameters()):,} parameters")

    one_by_one = lambda x, y: autograd.sum(list(map(plain.loss, x.tolist(), y.tolist())))
    slow, plain_seconds = trained(plain, one_by_one, batches[: options.plain_steps])
    loss = autograd.compile(model.loss)
    fast, seconds = trained(model, lambda x, y: loss(x, y).sum(), batches)
    difference = max(abs(a - b) for a, b in zip(slow, fast, strict=False))
    print(f"a step takes {plain_seconds:.2f} s number by number, {1e3 * seconds:.1f} ms compiled, compiling included")
    print(f"the losses of both differ by {difference:.0e}")

    after = lambda name: [score.item() for score in model(letters_and_next([name], LENGTH)[0][0][: len(name) + 1])[-1]]
    with no_grad():
        held_out = (loss(*letters_and_next(unseen, LENGTH)).sum() / sum(len(name) + 1 for name in unseen)).item()
        new = [spelt(after, rng, LENGTH - 1) for _ in range(1 if options.quick else 12)]
    counted = bigram_loss(train, unseen)
    print(f"held-out loss {held_out:.3f} nats a letter; from the last letter alone it is {counted:.3f}")
    print(textwrap.fill(f"new names: {', '.join(new)}", 88))
    word = max(unseen, key=len)
    curve = letters_picture("A transformer learns to spell names", fast, {options.steps - 1: held_out}, counted)
    pictures = {
        "gpt_attention.png": (attention_picture(model, word), f"which letters of {word} each head looks at"),
        "gpt_loss.png": (curve, "the loss of each batch"),
    }
    save(options.output, pictures)
    faster = {"times as fast": plain_seconds / seconds, "difference of the losses": difference}
    return {"held-out loss": held_out, "gain on the last letter": counted - held_out, **faster}


def trained(model: GPT, total: Any, batches: Sequence[Any]) -> tuple[list[float], float]:
    """Take a step of Adam for each batch; return the losses, and the seconds that a step took on average."""
    optimizer = optim.Adam(model.parameters(), lr=lambda step: 0.01 * max(0.02, 1 - step / 600))
    losses, began = [], time.thread_time()
    for letters, following in progress(batches):
        loss = total(letters, following) / following.sum()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses, (time.thread_time() - began) / len(batches)


def attention_picture(model: GPT, word: str) -> Figure:
    """A square for each head: a row for each letter, dark where it looks."""
    picture, plots = panels(2, 2, f"Which letters of “{word}” each letter looks at")
    seen: list[Row] = []
    with no_grad():
        model(letters_and_next([word], LENGTH)[0][0][: len(word) + 1], seen)
    for head, axes in enumerate(plots):
        rows = [weights + [0.0] * (len(word) + 1 - len(weights)) for weights in seen[head::HEADS]]
        axes.imshow(rows, cmap="Blues", vmin=0, vmax=1)
        axes.set_xticks(range(len(word) + 1), END + word)
        axes.set_yticks(range(len(word) + 1), END + word)
        label(axes, "looked at", "the letter that looks", f"head {head + 1}", size=11)
    return picture


if __name__ == "__main__":
    run(main)
