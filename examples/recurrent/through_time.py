"""Gradients through time: in a recurrent net they vanish or explode exponentially, in an LSTM the cell keeps them.

Going back a step multiplies the gradient by the transposed Jacobian, ``∂h'/∂h = diag(1 - h'²) W``. With an orthogonal
matrix times g and without tanh, its length after k steps is exactly g^k of what it was; tanh makes it smaller still
(Bengio et al. 1994). In an LSTM ``c' = f c + i g``, so going back along the cell multiplies by the forget gate f, which
a bias opens (Hochreiter & Schmidhuber 1997; Gers et al. 2000). The picture shows the lengths over fifty steps.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd import Tensor, Value, tanh
from examples.common import BLUE, GREEN, VERMILION, Figure, argument_parser, count, figure, parse, run, save, sow
from nn import LSTMCell, init
from visualize import page

UNITS = 16
OPEN = 5.0  # the bias of the forget gates: σ(5) = 0.993


def main(arguments: Sequence[str] | None = None) -> dict[str, float]:
    """Measure the gradients, and return their lengths after all steps, relative to the last state."""
    parser = argument_parser(__doc__, seed=0)
    parser.add_argument("--length", type=count, default=50, help="how many steps there are in the sequence")
    options = parse(parser, arguments)
    rng = sow(options.seed)
    inputs = rng.normal(size=(options.length, UNITS))
    orthogonal = np.linalg.qr(rng.normal(size=(UNITS, UNITS)))[0]
    linear = {gain: plain(gain * orthogonal, inputs, lambda z: z) for gain in (0.9, 1.0, 1.1)}
    curved = plain(orthogonal, inputs, tanh)
    closed, opened = lstm(0.0, inputs), lstm(OPEN, inputs)

    back = np.arange(options.length)
    deviation = max(np.abs(lengths / gain**back - 1).max() for gain, lengths in linear.items())
    print(f"lengths without tanh are powers of the gain, to {deviation:.0e}")
    print(f"after {options.length - 1} steps back, of the gradient there is left")
    print(f"  {curved[-1]:.1e} in a recurrent net with an orthogonal matrix and tanh")
    print(f"  {closed[-1]:.1e} in the cell of an LSTM with forget gates of about 1/2")
    print(f"  {opened[-1]:.1e} in that of an LSTM with open ones")
    pictures = {
        "recurrent_gradients.png": (
            picture_of(linear, curved, closed, opened),
            "lengths of gradients, step by step back",
        ),
        "recurrent_steps.html": (page(three_steps()), "three steps in single numbers, to step through"),
    }
    save(options.output, pictures)
    return {
        "deviation from the powers": float(deviation),
        "left by tanh": curved[-1],
        "left by the cell": closed[-1],
        "left by the open cell": opened[-1],
    }


def plain(matrix: Any, inputs: Any, activation: Callable[[Any], Any]) -> Any:
    """Return the lengths of the gradients at the states of ``h' = f(W h + x)``, from the last state back."""
    states = [Tensor(np.zeros(UNITS))]
    for x in inputs:
        states.append(activation(matrix @ states[-1] + x))
    return lengths_back(states[1:])


def lstm(forget: float, inputs: Any) -> Any:
    """Return the lengths of the gradients at the cells of an LSTM whose forget gates have a bias."""
    cell = LSTMCell(UNITS, UNITS, init=init.uniform(-0.1, 0.1))
    bias = np.zeros(4 * UNITS)
    bias[UNITS : 2 * UNITS] = forget  # the rows are those of i, f, g and o
    cell.bias_ih.data = bias
    state = Tensor(np.zeros(UNITS)), Tensor(np.zeros(UNITS))
    cells = []
    for x in inputs:
        state = cell(x, state)
        cells.append(state[1])
    return lengths_back(cells)


def lengths_back(states: Sequence[Tensor]) -> Any:
    """The lengths of the gradients of a sum over the last state, at each state before it, as shares of the first."""
    states[-1].sum().backward()
    lengths = np.array([np.linalg.norm(state.grad) for state in reversed(states)])
    return lengths / lengths[0]


def three_steps() -> Value:
    """The last state of a recurrent net of one unit, which has read 1, 0, 0."""
    w, u, h = Value(0.5, "w"), Value(1.0, "u"), Value(0.0, "h0")
    for step, x in enumerate([1.0, 0.0, 0.0], start=1):
        h = tanh(w * h + u * x)
        h.name = f"h{step}"
    return h


def picture_of(linear: dict[float, Any], curved: Any, closed: Any, opened: Any) -> Figure:
    """All lengths on a logarithmic scale, each curve with its name at its end."""
    picture, axes = figure(
        "A cell with open gates hands gradients back", "steps back in time", "length of the gradient"
    )
    for gain, lengths in linear.items():
        axes.semilogy(lengths, color=BLUE, linewidth=1.5, linestyle="dashed")
        axes.annotate(
            f"{gain:g}ᵏ", (len(lengths) - 1, lengths[-1]), xytext=(4, 0), textcoords="offset points", fontsize=12
        )
    for lengths, colour, name in [
        (curved, VERMILION, "recurrent, tanh, orthogonal matrix"),
        (closed, GREEN, "cell of an LSTM, forget bias 0"),
        (opened, GREEN, f"cell of an LSTM, forget bias {OPEN:g}"),
    ]:
        axes.semilogy(lengths, color=colour, linewidth=3 if lengths is opened else 1.5, label=name)
    axes.plot([], [], color=BLUE, linestyle="dashed", label="recurrent, linear, gain 0.9, 1, 1.1")
    axes.grid(color="#DDDDDD", linewidth=0.6)
    picture.legend(fontsize=11, loc="outside lower center", ncols=2, frameon=False)
    return picture


if __name__ == "__main__":
    run(main)
