"""Early stopping: training ends where the error on a validation set was least.

A network with more parameters than points first learns the shape of the data, then their noise. The training loss falls
all the time; the loss on points that are held out turns. Stopping there, and going back to the parameters of the best
epoch, is a regulariser that costs nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from examples.common import (
    BLUE,
    GREEN,
    VERMILION,
    argument_parser,
    count,
    label,
    panels,
    parse,
    run,
    save,
    sow,
)
from nn import EarlyStopping, Linear, Module, Sequential, evaluate, fit, losses, optim, predict


def main(arguments: Sequence[str] | None = None) -> dict[str, float]:
    """Train to the end and with early stopping; return both losses on fresh points, and the epoch that was kept."""
    parser = argument_parser(__doc__, seed=0, epochs=3000)
    parser.add_argument("--hidden", type=count, default=40, help="the neurons in each of two hidden layers")
    parser.add_argument("--patience", type=count, default=200, help="how many epochs without improvement are tolerated")
    options = parse(parser, arguments, quick={"epochs": 1000, "hidden": 20})

    rng = sow(options.seed)
    train, held_out, fresh = (sample(rng, n) for n in (20, 20, 1000))
    sides = {}
    for name in ("to the end", "stopped early"):
        sow(options.seed)
        model = network(options.hidden)
        stopping = EarlyStopping(options.patience) if name == "stopped early" else None
        history = fit(
            model,
            losses.mse,
            train,
            optim.Adam(model.parameters(), lr=0.01),
            epochs=options.epochs,
            validation=held_out,
            early_stopping=stopping,
            progress=not options.quick,
        )
        sides[name] = model, history, evaluate(model, losses.mse, fresh)["loss"]
        print(f"{name:<14} {len(history['epoch']):4} epochs, those of epoch {history.kept} kept: ", end="")
        print(f"loss {history['loss'][history.kept - 1]:.4f}, on fresh points {sides[name][2]:.4f}")

    (_, history, late), (stopped, early_history, early) = sides["to the end"], sides["stopped early"]
    picture, (left, right) = panels(1, 2, "The validation loss turns where the noise begins", size=(9.0, 5.0))
    left.loglog(history["epoch"], history["loss"], color=BLUE, linewidth=1.5, label="training")
    left.loglog(history["epoch"], history["validation_loss"], color=VERMILION, linewidth=1.5, label="validation")
    left.axvline(early_history.kept, color="#222222", linestyle="dashed", linewidth=1.2)
    left.legend(fontsize=11, frameon=False, loc="lower left")
    label(left, "epoch (logarithmic scale)", "loss (logarithmic scale)", f"Best in epoch {early_history.kept}", size=11)
    grid = np.linspace(-np.pi, np.pi, 301)[:, None]
    right.plot(grid, np.sin(grid), color="#222222", linestyle="dashed", linewidth=1.5, label="the sine")
    right.plot(
        grid, predict(sides["to the end"][0], grid), color=VERMILION, linewidth=2, label=f"to the end: {late:.3f}"
    )
    right.plot(grid, predict(stopped, grid), color=GREEN, linewidth=2.5, label=f"stopped early: {early:.3f}")
    right.scatter(*train, s=36, color=BLUE, zorder=3, label="points of training")
    right.set_ylim(-2.2, 3.2)
    right.legend(fontsize=10, frameon=False, loc="upper left")
    label(right, "x", "y", "Both networks, with their loss on fresh points", size=11)
    save(options.output, {"features_early_stopping.png": (picture, "the losses by epoch, and both networks")})
    return {
        "training loss to the end": history["loss"][-1],
        "fresh loss to the end": late,
        "fresh loss stopped early": early,
        "late over early": late / early,
        "epoch that was kept": early_history.kept,
    }


def network(hidden: int) -> Module:
    """Make a network of arrays with two hidden layers."""
    return Sequential(
        Linear(1, hidden, activation="tanh"), Linear(hidden, hidden, activation="tanh"), Linear(hidden, 1)
    )


def sample(rng: np.random.Generator, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Draw noisy points of a sine."""
    x = rng.uniform(-np.pi, np.pi, (n, 1))
    return x, np.sin(x) + rng.normal(0.0, 0.4, (n, 1))


if __name__ == "__main__":
    run(main)
