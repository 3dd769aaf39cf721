"""A physics-informed net: a network learns the solution of a differential equation from the equation alone.

The oscillator ``y'' + 2ζω y' + ω² y = 0``, ``y(0) = 1``, ``y'(0) = 0`` is solved by ``y(t) = 1 + t² N(t)`` with a
network N of neurons with tanh: the start is built in, and training makes the square of the left side small at forty
times (Raissi et al. 2019). The second derivative by t is differentiated again by the weights, and all of it is compiled
to one program. The answer is known, ``e^(-ζωt) (cos ω't + ζω/ω' sin ω't)``; the picture compares both.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

import autograd
from autograd import derivative, no_grad
from examples.common import BLUE, GREEN, VERMILION, Figure, argument_parser, count, label, panels, parse, run, save, sow
from nn import MLP, optim

Array = NDArray[np.float64]

FREQUENCY, DAMPING, END = 2.0, 0.15, 5.0  # ω in radians a second, ζ, seconds


def exact(t: Array) -> Array:
    """The damped oscillation that solves the equation."""
    decay, turning = DAMPING * FREQUENCY, FREQUENCY * np.sqrt(1 - DAMPING**2)
    solution: Array = np.exp(-decay * t) * (np.cos(turning * t) + decay / turning * np.sin(turning * t))
    return solution


def main(arguments: Sequence[str] | None = None) -> dict[str, float]:
    """Train the network on the equation, and return its largest distance from the solution."""
    parser = argument_parser(__doc__, seed=1, steps=800)
    parser.add_argument("--width", type=count, default=16, help="the neurons of the hidden layer")
    options = parse(parser, arguments, quick={"steps": 250, "width": 12})
    sow(options.seed)
    network = MLP(1, [options.width, 1], activation="tanh", init="xavier_normal")

    def y(t: Any) -> Any:
        return 1 + t * t * network([2 * t / END - 1])

    def residual(t: Any) -> Any:
        return derivative(y, order=2)(t) + 2 * DAMPING * FREQUENCY * derivative(y)(t) + FREQUENCY**2 * y(t)

    squared = autograd.compile(lambda t: residual(t) ** 2)
    times = np.linspace(0, END, 40)
    found = optim.minimize(lambda: squared(times).mean(), network.parameters(), tol=1e-14, max_steps=options.steps)
    print(str(squared.explain()).partition("\nrecognised")[0])
    fine = np.linspace(0, END, 201)
    with no_grad():
        learnt = autograd.compile(y)(fine).numpy()
        left = np.sqrt(squared(fine).numpy())
    error = float(np.abs(learnt - exact(fine)).max())
    print(f"{found.steps} steps of L-BFGS: the equation holds to {left.mean():.1e}, the solution to {error:.1e}")
    caption = "the solution that was learnt, and its errors"
    save(options.output, {"physics_informed.png": (picture_of(fine, learnt, left, times), caption)})
    return {"error of the solution": error, "error of the equation": float(left.mean())}


def picture_of(fine: Array, learnt: Array, left: Array, times: Array) -> Figure:
    """The solution, learnt and exact; below, the errors of the solution and of the equation."""
    picture, (above, below) = panels(2, 1, "A network solves an equation that it was never shown solved")
    above.plot(fine, exact(fine), color=BLUE, linewidth=5, alpha=0.4, label="exact solution")
    above.plot(fine, learnt, color=VERMILION, linewidth=1.5, label="network")
    above.plot(times, np.full(len(times), -1.0), "|", color="#555555", markersize=7, label="times of training")
    above.legend(fontsize=11, frameon=False, ncols=3, loc="upper right")
    label(above, "", "y", size=12)
    below.semilogy(fine, np.maximum(np.abs(learnt - exact(fine)), 1e-9), color=VERMILION, label="of the solution")
    below.semilogy(fine, np.maximum(left, 1e-9), color=GREEN, label="of the equation")
    below.legend(fontsize=11, frameon=False, ncols=2)
    label(below, "t in seconds", "error", size=12)
    return picture


if __name__ == "__main__":
    run(main)
