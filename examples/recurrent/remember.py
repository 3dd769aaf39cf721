"""Remembering through noise: an LSTM answers with the first number of a sequence, long after it was shown.

The first step shows one of two signs, the rest is noise, and the question is which sign it was. A plain recurrent net
and an LSTM have the same number of units. The LSTM begins with forget gates that keep a number for up to the length of
the sequence, ``b_f = log u, b_i = -b_f`` with u uniform from 1 to T - 1 (Tallec & Ollivier 2018). The picture shows the
accuracy of both while they learn, and the share of the gradient that reaches the first step.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd import Tensor, no_grad
from examples.common import GREEN, VERMILION, Figure, argument_parser, count, figure, parse, progress, run, save, sow
from nn import LSTM, RNN, Linear, Module, accuracy, losses, optim

UNITS, BATCH, EVERY = 8, 32, 5


class Reader(Module):
    """A recurrent layer, and a score for each sign from its last output."""

    def __init__(self, kind: Any) -> None:
        self.layer, self.scores = kind(3, UNITS), Linear(UNITS, 2)

    def forward(self, x: Any) -> Tensor:
        outputs, _ = self.layer(x)
        return self.scores(outputs[-1])


def keep_for(steps: int, layer: LSTM, rng: np.random.Generator) -> None:
    """Set the biases of the gates so that the cells forget after 1 to so many steps."""
    bias = np.zeros((4, UNITS))  # a row for each of i, f, g and o
    bias[1] = np.log(rng.uniform(1, steps - 1, UNITS))
    bias[0] = -bias[1]
    layer.cell.bias_ih.data = bias.ravel()
    layer.cell.bias_hh.data = np.zeros(4 * UNITS)


def sequences(number: int, length: int, rng: np.random.Generator) -> tuple[Any, Any]:
    """Draw inputs [step, sample, feature]: a one-hot sign, then noise in the third feature; and the signs."""
    signs = rng.integers(2, size=number)
    x = np.zeros((length, number, 3))
    x[0, np.arange(number), signs] = 1
    x[1:, :, 2] = 0.3 * rng.normal(size=(length - 1, number))
    return x, signs


def main(arguments: Sequence[str] | None = None) -> dict[str, float]:
    """Train both nets, and return their accuracies."""
    parser = argument_parser(__doc__, seed=1, steps=100)
    parser.add_argument("--length", type=count, default=60, help="how many steps there are in a sequence, 3 or more")
    options = parse(parser, arguments, quick={"steps": 35, "length": 30})
    if options.length < 3:
        parser.error("--length must be 3 or more: a sign, and some noise")
    rng = sow(options.seed)
    unseen, signs = sequences(500, options.length, rng)
    right: dict[str, list[float]] = {}
    reach = {}
    for name, kind in {"RNN": RNN, "LSTM": LSTM}.items():
        model = Reader(kind)
        if kind is LSTM:
            keep_for(options.length, model.layer, rng)
        reach[name] = first_share(model, unseen[:, :BATCH], signs[:BATCH])
        optimizer = optim.Adam(model.parameters(), lr=0.03)
        right[name] = []
        for step in progress(range(options.steps)):
            if step % EVERY == 0:
                right[name].append(remembered(model, unseen, signs))
            x, y = sequences(BATCH, options.length, rng)
            loss = losses.cross_entropy(model(x), y)
            optimizer.zero_grad()
            loss.backward()
            optim.clip_grad_norm(model.parameters(), 1.0)
            optimizer.step()
        right[name].append(remembered(model, unseen, signs))
        print(f"{name:4}  remembers {right[name][-1]:6.1%}; of the gradient, {reach[name]:.0e} reached the first input")

    save(options.output, {"recurrent_memory.png": (picture_of(right, options), "what is remembered while learning")})
    return {
        "accuracy of the LSTM": right["LSTM"][-1],
        "accuracy of the RNN": right["RNN"][-1],
        "gradient at the first input, LSTM to RNN": reach["LSTM"] / reach["RNN"],
    }


def first_share(model: Reader, x: Any, signs: Any) -> float:
    """The length of the loss's gradient at the first input, as a share of that at the last one."""
    inputs = Tensor(x)
    losses.cross_entropy(model(inputs), signs).backward()
    first, last = (float(np.linalg.norm(inputs.grad[k])) for k in (0, -1))
    return first / last


def remembered(model: Reader, x: Any, signs: Any) -> float:
    """The share of the signs that are named right."""
    with no_grad():
        return accuracy(model(x).numpy(), signs)


def picture_of(right: dict[str, list[float]], options: Any) -> Figure:
    """The share of right answers of both nets while they learn."""
    title = f"Who remembers a sign over {options.length - 1} steps of noise"
    picture, axes = figure(title, "step of training", "right answers in %")
    steps = [min(k * EVERY, options.steps) for k in range(len(right["RNN"]))]
    for (name, shares), colour, marker in zip(right.items(), [VERMILION, GREEN], ["o", "s"], strict=True):
        axes.plot(steps, [100 * share for share in shares], color=colour, marker=marker, linewidth=2, label=name)
    axes.axhline(50, color="#555555", linestyle="dashed", linewidth=1, label="guessing")
    axes.set_ylim(40, 102)
    axes.legend(fontsize=12, frameon=False, loc="center right")
    return picture


if __name__ == "__main__":
    run(main)
