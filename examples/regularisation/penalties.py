"""Three penalties on one regression: L1 makes weights zero, L2 makes all of them smaller, L∞ makes the largest equal.

Twenty features, five of which matter, with uncorrelated columns (XᵀX = n I), so that each minimum has a closed form in
the weights z of least squares. Of ``½ |y - X w|² / n`` plus

    λ Σ |w_i|      w_i = sign(z_i) max(|z_i| - λ, 0)               (soft thresholds; Tibshirani 1996)
    ½ λ Σ w_i²     w_i = z_i / (1 + λ)                             (ridge; Hoerl and Kennard 1970)
    λ max |w_i|    w_i = z_i, cut off at ±c, with Σ max(|z_i| - c, 0) = λ   (Parikh and Boyd 2014, section 6.5)

Gradient descent with `nn.regularisers`, at a rate that falls to 0, comes close to all of them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from autograd import Tensor, Value
from examples.common import BLUE, VERMILION, Figure, amount, argument_parser, label, panels, parse, run, save, sow
from nn import losses, optim, regularisers
from visualize import page

Array = NDArray[np.float64]
SAMPLES = 100
TRUE = [3.0, -2.0, 1.5, -1.0, 0.8] + [0.0] * 15
# Descent comes close to a kink, not onto it: weights below the first count as zero, closer than the second as equal.
ZERO, EQUAL = 0.005, 0.02


def main(arguments: Sequence[str] | None = None) -> dict[str, float]:
    """Minimise each sum, save the picture, and return the weights that are zero or equal, and the closed forms."""
    parser = argument_parser(__doc__, seed=0, steps=1000)
    parser.add_argument("--strength", type=amount, default=0.4, help="λ of L1 and L2; that of L∞ is five times as much")
    options = parse(parser, arguments, quick={"steps": 300})
    rng, strength = sow(options.seed), options.strength
    columns, _ = np.linalg.qr(rng.normal(size=(SAMPLES, len(TRUE))))
    x = columns * math.sqrt(SAMPLES)
    y = x @ np.array(TRUE) + rng.normal(size=SAMPLES)
    z = x.T @ y / SAMPLES

    # A row of a matrix has the weights of one output, and L∞ takes the largest row: of a column, the largest weight.
    penalties: dict[str, tuple[Callable[[Tensor], Tensor | float], Array]] = {
        "none": (lambda _: 0.0, z),
        "L1": (lambda w: regularisers.l1([w], strength), np.sign(z) * np.maximum(np.abs(z) - strength, 0)),
        "L2": (lambda w: regularisers.l2([w], strength, half=True), z / (1 + strength)),
        "L∞": (lambda w: regularisers.linf([w], 5 * strength), cut_off(z, 5 * strength)),
    }
    found, numbers = {}, {}
    print("penalty   zero   equal to the largest   largest   from the closed form")
    for name, (penalty, known) in penalties.items():
        w = found[name] = minimum(x, y, penalty, options.steps)
        zero, most = int(np.sum(np.abs(w) < ZERO)), float(np.abs(w).max())
        equal, off = int(np.sum(np.abs(w) > most - EQUAL)), float(np.abs(w - known).max())
        print(f"{name:7}   {zero:4}   {equal:20}   {most:7.3f}   {off:.1e}")
        numbers |= {f"zero, {name}": zero, f"equal, {name}": equal, f"from the closed form, {name}": off}
    numbers["zero in the closed form of L1"] = int(np.sum(penalties["L1"][1] == 0))
    save(
        options.output,
        {
            "regularisation_penalties.png": (bars(found), "the weights under each penalty"),
            "regularisation_lasso.html": (page(lasso(strength)), "a loss and a penalty, to step through"),
        },
    )
    return {name: float(number) for name, number in numbers.items()}


def lasso(strength: float) -> Value:
    """The loss of one sample and the penalty of L1 on both weights, after its backward pass."""
    w1, w2 = Value(1.0, name="w1"), Value(-0.5, name="w2")
    loss = (w1 * 2.0 + w2 * 1.0 - 3.0) ** 2 / 2 + strength * (abs(w1) + abs(w2))
    loss.name = "loss"
    loss.backward()
    return loss


def cut_off(z: Array, strength: float) -> Array:
    """The numbers cut off at ±c, where c is such that the parts cut off add up to the strength."""
    sizes = np.sort(np.abs(z))[::-1]
    levels = (np.cumsum(sizes) - strength) / np.arange(1, len(z) + 1)  # c if so many are cut off
    level = max(0.0, float(levels.max()))
    return np.clip(z, -level, level)


def minimum(x: Array, y: Array, penalty: Callable[[Tensor], Tensor | float], steps: int) -> Array:
    """The weights after descent at a rate that falls linearly."""
    w = Tensor(np.zeros((x.shape[1], 1)))
    optimizer = optim.SGD([w], lr=optim.polynomial(0.3, steps))
    for _ in range(steps):
        optimizer.zero_grad()
        loss = losses.mse((x @ w)[:, 0], y, half=True) + penalty(w)
        loss.backward()
        optimizer.step()
    return w.numpy()[:, 0]


def bars(found: dict[str, Array]) -> Figure:
    """Draw the weights under each penalty, beside the true ones."""
    picture, plots = panels(2, 2, "L1 makes zeros, L2 shrinks, L∞ levels the largest")
    titles = {"none": "no penalty", "L1": "L1: zeros", "L2": "L2: smaller", "L∞": "L∞: cut off"}
    places = np.arange(len(TRUE))
    for axes, (name, w) in zip(plots, found.items(), strict=True):
        axes.axhline(0, color="#555555", linewidth=0.8)
        axes.bar(places, w, color=BLUE, label="found")
        axes.plot(places, TRUE, "_", color=VERMILION, markersize=9, markeredgewidth=2, label="true")
        axes.set_xticks([0, 5, 10, 15])
        label(axes, "feature", "weight", titles[name], size=12)
        axes.set_ylim(-2.7, 3.7)
    plots[0].legend(fontsize=11, frameon=False)
    return picture


if __name__ == "__main__":
    run(main)
