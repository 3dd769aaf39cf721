"""A character model: a recurrent net reads names letter by letter, and guesses the next letter from its state.

Its state is one vector, which each letter changes, and holds all that it knows of the letters so far; the softmax of a
linear layer on it is the probability of the next letter. Its loss in nats a letter is compared with that of the best
guess from the last letter alone. One picture shows the losses; the other, for one name, the probability that the net
gave to each letter.
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd import Tensor, log_softmax, no_grad, softmax, swapaxes
from examples.common import (
    GREEN,
    SKY,
    Figure,
    argument_parser,
    figure,
    parse,
    progress,
    run,
    save,
    sow,
)
from examples.common.names import ALPHABET, END, bigram_loss, letters_and_next, letters_picture, names, spelt
from nn import LSTM, Linear, Module, optim

LENGTH, UNITS, BATCH = 10, 48, 32


class Speller(Module):
    """Scores of the next letter after each letter of a name."""

    def __init__(self) -> None:
        self.layer, self.scores = LSTM(len(ALPHABET), UNITS), Linear(UNITS, len(ALPHABET))

    def forward(self, letters: Any) -> Tensor:  # [name, place, letter]
        states, _ = self.layer(swapaxes(letters, 0, 1))
        return self.scores(swapaxes(states, 0, 1))


def loss_of(model: Speller, batch: tuple[Any, Any]) -> Tensor:
    """The mean cross-entropy of the next letter, in nats."""
    letters, following = batch
    return -(following * log_softmax(model(letters))).sum() / following.sum()


def main(arguments: Sequence[str] | None = None) -> dict[str, float]:
    """Train the model, let it spell, and return its loss."""
    parser = argument_parser(__doc__, seed=0, steps=250)
    options = parse(parser, arguments, quick={"steps": 75})
    rng = sow(options.seed)
    listed = rng.permutation(names(longest=LENGTH - 1)).tolist()
    unseen, train = listed[:60], listed[60:]
    model = Speller()
    optimizer = optim.Adam(model.parameters(), lr=optim.cosine(0.02, options.steps))
    held_out: dict[int, float] = {}
    history = []
    for step in progress(range(options.steps)):
        loss = loss_of(model, letters_and_next(rng.choice(train, BATCH).tolist(), LENGTH))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        history.append(loss.item())
        if step % 25 == 24 or step == options.steps - 1:
            with no_grad():
                held_out[step] = loss_of(model, letters_and_next(unseen, LENGTH)).item()
    counted = bigram_loss(train, unseen)
    best = min(held_out, key=held_out.__getitem__)
    print(f"held-out loss {held_out[best]:.3f} nats a letter after {best + 1} steps, {held_out[step]:.3f} at the end")
    print(f"from the last letter alone it is {counted:.3f}")

    def scores(name: str) -> list[float]:
        last: list[float] = model(letters_and_next([name], LENGTH)[0])[0, len(name)].numpy().tolist()
        return last

    with no_grad():
        new = [spelt(scores, rng, LENGTH - 1) for _ in range(2 if options.quick else 12)]
    print(textwrap.fill(f"new names: {', '.join(new)}", 88))
    word = max(unseen, key=len)
    save(
        options.output,
        {
            "recurrent_loss.png": (
                letters_picture("A state knows more than the last letter", history, held_out, counted),
                "the loss, and what it is compared with",
            ),
            "recurrent_guesses.png": (guesses_picture(model, word), f"what the net expected at each letter of {word}"),
        },
    )
    return {"held-out loss": held_out[best], "gain on the last letter": counted - held_out[best]}


def guesses_picture(model: Speller, word: str) -> Figure:
    """For each place of a word, the probability of the letter that came, beside that of the likeliest letter."""
    picture, axes = figure(
        f"What the net expects while it reads “{word}”", "read so far (a dot is the end)", "probability in %"
    )
    with no_grad():
        expected = 100 * softmax(model(letters_and_next([word], LENGTH)[0]))[0].numpy()[: len(word) + 1]
    came = [ALPHABET.index(letter) for letter in word + END]
    likeliest = expected.argmax(axis=1)
    both = [(likeliest, -0.2, SKY, "likeliest letter"), (came, 0.2, GREEN, "letter that came")]
    for letters, shift, colour, name in both:
        bars = axes.bar(
            np.arange(len(came)) + shift, expected[range(len(came)), letters], 0.4, color=colour, label=name
        )
        axes.bar_label(bars, [ALPHABET[letter] for letter in letters], fontsize=12, padding=2)
    axes.set_xticks(range(len(came)), ["(start)", *(word[: k + 1] for k in range(len(word)))], rotation=30, ha="right")
    axes.set_ylim(0, 110)
    axes.legend(fontsize=12, frameon=False, loc="upper left")
    return picture


if __name__ == "__main__":
    run(main)
