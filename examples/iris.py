"""Fisher's irises: a small network learns to tell three species by four lengths.

A hundred flowers to learn from, fifty held out, a network of 4-8-3 neurons on plain scalars and the softmax
cross-entropy. Run it, and look at the pictures in the folder ``output``.
"""

from __future__ import annotations

import random
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from common import amount, announce, argument_parser, count, figure, report, save_loss_curve, save_neuron
from numpy.typing import NDArray
from sklearn.datasets import load_iris
from sklearn.model_selection import train_test_split
from tqdm import tqdm

from autograd import Value, no_grad
from nn import MLP, losses, optim

PICTURES = ("iris_confusion.png", "iris_loss.png", "iris_neuron.svg")


def main(arguments: Sequence[str] | None = None) -> float:
    """Train the network, save the pictures, and return the accuracy on the flowers held out."""
    parser = argument_parser("Teach a small network to tell three species of iris.", steps=100, seed=0)
    parser.add_argument("--held-out", type=count, default=50, help="how many of the 150 flowers are kept for the test")
    parser.add_argument("--widths", type=count, nargs="+", default=[8], help="the neurons in each hidden layer")
    parser.add_argument("--rate", type=amount, default=0.5, help="the learning rate")
    options = parser.parse_args(arguments)
    if not 3 <= options.held_out <= 147:
        parser.error("--held-out must be from 3 to 147: at least one flower of each species on both sides")
    if not options.rate:
        parser.error("--rate must be more than 0")
    options.output.mkdir(parents=True, exist_ok=True)

    irises = load_iris()
    train, test, train_species, test_species = train_test_split(
        irises.data, irises.target, test_size=options.held_out, stratify=irises.target, random_state=options.seed
    )
    mean, deviation = (
        train.mean(axis=0),
        train.std(axis=0),
    )  # of the training flowers: the others are not to be seen yet
    rows, test_rows = ((train - mean) / deviation).tolist(), ((test - mean) / deviation).tolist()
    random.seed(options.seed)
    model = MLP(4, [*options.widths, 3], activation="tanh", init="xavier_uniform")
    print(f"{len(rows)} flowers to learn from, {len(test_rows)} held out, {model}")

    optimizer = optim.SGD(model.parameters(), lr=options.rate)
    targets = train_species.tolist()
    history = []
    began = time.perf_counter()
    with tqdm(range(options.steps), unit="step") as progress:
        for step in progress:
            scores = [model(row) for row in rows]
            loss = losses.cross_entropy(scores, targets)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()

            history.append(loss.item())
            report(progress, step, history[-1], float(np.mean(answers(scores) == train_species)))
    print(f"{options.steps} steps in {time.perf_counter() - began:.1f} s")

    with no_grad():
        answered = answers([model(row) for row in test_rows])
    right = int(np.sum(answered == test_species))
    print(f"held-out accuracy {right / len(test_rows):.1%}: {right} of {len(test_rows)}")

    confusion, curve, neuron = (options.output / name for name in PICTURES)
    save_confusion(test_species, answered, irises.target_names.tolist(), confusion)
    save_loss_curve(history, curve)
    features = [name.removesuffix(" (cm)") for name in irises.feature_names]
    save_neuron(model.layers[0].neurons, dict(zip(features, rows[0], strict=True)), neuron)
    announce(
        {
            confusion: "which species the network takes for which",
            curve: "how it got there",
            neuron: "one of its neurons, with numbers and gradients",
        }
    )
    return right / len(test_rows)


def answers(scores: Sequence[Sequence[Value]]) -> NDArray[np.int64]:
    """The class of the highest score, for each flower."""
    best: NDArray[np.int64] = np.array([[score.item() for score in flower] for flower in scores]).argmax(axis=1)
    return best


def save_confusion(true: NDArray[np.int64], answered: NDArray[np.int64], species: Sequence[str], path: Path) -> None:
    """How many flowers of each species were taken for which."""
    table = np.zeros((len(species), len(species)), dtype=int)
    np.add.at(table, (true, answered), 1)

    picture, axes = figure("Flowers that the network had not seen", "the network's answer", "true species")
    axes.imshow(table, cmap="Blues", vmin=0, vmax=1.25 * table.max())
    axes.set_xticks(range(len(species)), species)
    axes.set_yticks(range(len(species)), species)
    for (row, column), number in np.ndenumerate(table):
        axes.text(
            column,
            row,
            str(number),
            ha="center",
            va="center",
            fontsize=22,
            color="white" if number > 0.6 * table.max() else "#222222",
        )
    axes.spines[:].set_visible(False)
    axes.tick_params(length=0)
    axes.yaxis.labelpad = 10
    picture.savefig(path, dpi=150)


if __name__ == "__main__":
    main()
