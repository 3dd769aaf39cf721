"""The parts that the examples share: arguments, lines of progress, and pictures."""

from __future__ import annotations

import argparse
import math
from collections.abc import Sequence
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from tqdm import tqdm

from autograd import Value
from nn import Neuron
from visualize import draw

BLUE, VERMILION, GREEN = "#0072B2", "#D55E00", "#009E73"  # of Okabe and Ito: told apart with any kind of colour vision


def argument_parser(description: str, steps: int, seed: int) -> argparse.ArgumentParser:
    """A parser of the arguments that every example takes."""
    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.ArgumentDefaultsHelpFormatter, allow_abbrev=False
    )
    parser.add_argument("--steps", type=count, default=steps, help="how many steps of gradient descent to take")
    parser.add_argument("--seed", type=int, default=seed, help="where the random numbers begin")
    parser.add_argument("--output", type=Path, default=Path("output"), help="the folder for the pictures")
    return parser


def count(text: str) -> int:
    """A whole number of at least 1."""
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"must be at least 1, not {number}")
    return number


def amount(text: str) -> float:
    """A finite number that is not negative."""
    number = float(text)
    if not 0 <= number < math.inf:
        raise argparse.ArgumentTypeError(f"must be finite and not negative, not {number}")
    return number


def report(progress: tqdm[int], step: int, loss: float, accuracy: float) -> None:
    """Show how the training goes: always beside the progress bar, and as a line of its own every so often."""
    progress.set_postfix(loss=f"{loss:.4f}", accuracy=f"{accuracy:.1%}")
    if step % max(1, progress.total // 10) == 0 or step == progress.total - 1:
        progress.write(f"step {step:3}   loss {loss:.4f}   accuracy {accuracy:6.1%}")


def figure(title: str, x_label: str, y_label: str) -> tuple[Figure, Axes]:
    """An empty picture of one plot, large enough to be read on a slide."""
    picture = Figure(figsize=(7.2, 5.4), layout="constrained")
    axes = picture.add_subplot()
    axes.set_title(title, fontsize=15, loc="left", pad=12)
    axes.set_xlabel(x_label, fontsize=13)
    axes.set_ylabel(y_label, fontsize=13)
    axes.tick_params(labelsize=12)
    axes.spines[["top", "right"]].set_visible(False)
    return picture, axes


def save_loss_curve(losses: Sequence[float], path: Path) -> None:
    """The loss of each step, on a logarithmic scale."""
    picture, axes = figure("The loss while training", "step", "loss (logarithmic scale)")
    axes.semilogy(losses, color=BLUE, linewidth=2)
    axes.grid(which="both", color="#DDDDDD", linewidth=0.6)
    axes.annotate(
        f"{losses[-1]:.4f}",
        (len(losses) - 1, losses[-1]),
        xytext=(-4, 10),
        textcoords="offset points",
        ha="right",
        fontsize=12,
        color=BLUE,
    )
    picture.savefig(path, dpi=150)


def save_neuron(neurons: Sequence[Neuron], inputs: dict[str, float], path: Path) -> None:
    """The graph of the neuron that answers these inputs most strongly, with its gradients."""
    values = [Value(number, name) for name, number in inputs.items()]
    neuron = max(neurons, key=lambda each: abs(each(values).item()))
    neuron.zero_grad()
    y = neuron(values)
    y.name = "y"
    y.backward()
    draw(y).save(path)


def announce(pictures: dict[Path, str]) -> None:
    """Say which pictures there are, and what they show."""
    print("Look at")
    wide = max(len(str(path)) for path in pictures)
    for path, what in pictures.items():
        print(f"  {path!s:{wide}}  {what}")
