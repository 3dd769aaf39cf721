"""Noise on the inputs, and dropout of them, are ridge regressions in disguise.

For a linear model, the mean of the squared error over all noise of variance s² on the inputs is
``|y - X w|² + n s² |w|²`` (Bishop 1995), and over all masks of dropout with probability p it is
``|y - X w|² + p / (1 - p) Σ_j |x_j|² w_j²`` (Srivastava et al. 2014, section 9.1; Wager et al. 2013). So both have
closed forms, which training with noise approaches. Two of the features are nearly the same: least squares gives them
large weights of opposite signs, and noise prevents that.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from examples.common import BLUE, VERMILION, Figure, argument_parser, label, panels, parse, run, save, sow
from nn import Dropout, Linear, data, losses, optim

Array = NDArray[np.float64]
SAMPLES, FEATURES = 40, 8
P, S = 0.3, 0.5  # the probability of dropout, and the standard deviation of the noise
COPIES = 50  # of all samples in a batch, each with noise of its own


def main(arguments: Sequence[str] | None = None) -> dict[str, float]:
    """Train with noise and with dropout, save the picture, and return the weights' distances from ridge regression."""
    parser = argument_parser(__doc__, seed=0, steps=1500)
    options = parse(parser, arguments, quick={"steps": 500})
    rng = sow(options.seed)
    x = rng.normal(size=(SAMPLES, FEATURES)) * np.linspace(0.5, 1.5, FEATURES)
    x[:, 1] = x[:, 0] + 0.05 * rng.normal(size=SAMPLES)
    y = x @ rng.normal(size=FEATURES) + rng.normal(size=SAMPLES)

    least_squares = ridge(x, y, np.zeros(FEATURES))
    dropout = Dropout(P, rng=options.seed)
    cases: dict[str, tuple[Callable[[Array], Array], Array]] = {
        "noise": (lambda inputs: data.random_noise(inputs, S, rng), ridge(x, y, np.full(FEATURES, SAMPLES * S**2))),
        "dropout": (lambda inputs: dropout(inputs), ridge(x, y, P / (1 - P) * np.sum(x**2, axis=0))),
    }
    print(f"weights of the two features that are nearly the same, by least squares: {text(least_squares[:2])}")
    numbers = {"least squares": float(np.abs(least_squares[:2]).max())}
    found = {}
    for name, (change, known) in cases.items():
        w = found[name] = trained(x, y, change, options.steps)
        numbers[f"from ridge, {name}"] = float(np.linalg.norm(w - known) / np.linalg.norm(known))
        numbers[f"least squares from ridge, {name}"] = float(
            np.linalg.norm(least_squares - known) / np.linalg.norm(known)
        )
        print(f"with {name:8} {text(w[:2])}, its ridge regression {text(known[:2])}")
        print(f"  all weights are {numbers[f'from ridge, {name}']:.1%} from those of the ridge regression,")
        print(f"  and least squares is {numbers[f'least squares from ridge, {name}']:.1%} from them")
    picture = compared(found, {name: known for name, (_, known) in cases.items()}, least_squares)
    save(options.output, {"regularisation_noise.png": (picture, "trained weights against those of ridge regression")})
    return numbers


def ridge(x: Array, y: Array, strengths: Array) -> Array:
    """The weights that minimise ``|y - X w|² + Σ strength_j w_j²``."""
    weights: Array = np.linalg.solve(x.T @ x + np.diag(strengths), x.T @ y)
    return weights


def trained(x: Array, y: Array, change: Callable[[Array], Array], steps: int) -> Array:
    """Descend on the loss of inputs that are changed anew in each step; return the mean weights of the second half."""
    many, targets = np.tile(x, (COPIES, 1)), np.tile(y, COPIES)
    model = Linear(FEATURES, 1, init="zeros", bias=False)
    optimizer = optim.SGD(model.parameters(), lr=optim.inverse(0.15, 0.005))
    total = np.zeros(FEATURES)
    for step in range(steps):
        optimizer.zero_grad()
        losses.mse(model(change(many))[:, 0], targets, half=True).backward()
        optimizer.step()
        if step >= steps // 2:
            total += model.weight.numpy()[0]
    return total / (steps - steps // 2)


def text(weights: Array) -> str:
    """Weights as a short text."""
    return ", ".join(f"{weight:+.2f}" for weight in weights)


def compared(found: dict[str, Array], known: dict[str, Array], least_squares: Array) -> Figure:
    """Draw the weights that training with noise finds, feature by feature, over those of ridge regression."""
    picture, plots = panels(1, 2, "Training with noise ends at ridge regression", (7.2, 4.6))
    places = np.arange(1, FEATURES + 1)
    for axes, name in zip(plots, found, strict=True):
        axes.axhline(0, color="#555555", linewidth=0.8)
        axes.bar(places, known[name], color="#BBBBBB", label="ridge regression")
        axes.plot(places, found[name], "o", color=BLUE, markersize=7, label="trained with noise")
        axes.plot(places, least_squares, "x", color=VERMILION, markersize=7, markeredgewidth=2, label="least squares")
        axes.set_xticks(places)
        title = f"noise of deviation {S}" if name == "noise" else f"dropout with p = {P}"
        label(axes, "feature", "weight", title, size=12)
    picture.legend(
        *plots[0].get_legend_handles_labels(), fontsize=11, loc="outside lower center", ncols=3, frameon=False
    )
    return picture


if __name__ == "__main__":
    run(main)
