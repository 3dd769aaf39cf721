"""Several classes out of binary classifiers: one-versus-all, one-versus-one, codes and a tree, compared.

Every reduction trains the same binary learner, logistic regression, on other splits of the classes: C classifiers for
one-versus-all, C (C - 1) / 2 for one-versus-one, one for each bit of an error-correcting code, C - 1 in a tree. Softmax
regression, one model of all classes, stands beside them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from autograd import Tensor
from examples.common import (
    BLUE,
    GREEN,
    ORANGE,
    PINK,
    SKY,
    Figure,
    argument_parser,
    count,
    figure,
    parse,
    progress,
    run,
    save,
    sow,
)
from nn import Linear, accuracy, binary, data, losses, optim, predict, regularisers

REDUCTIONS: dict[str, tuple[Callable[..., binary.Reduction], str]] = {
    "one-versus-all": (binary.one_versus_all, BLUE),
    "one-versus-one": (binary.one_versus_one, SKY),
    "error-correcting": (binary.error_correcting, GREEN),
    "tree": (binary.tree, ORANGE),
}
SETS = ("iris", "wine", "digits")
STRENGTH = 1e-3


def main(arguments: Sequence[str] | None = None) -> dict[str, float]:
    """Train all reductions on each set of data; return held-out accuracies and numbers of models."""
    parser = argument_parser(__doc__, seed=0)
    parser.add_argument("--samples", type=count, default=1797, help="how many samples are used of each set")
    parser.add_argument("--sets", choices=SETS, nargs="+", default=SETS, help="the sets of data")
    options = parse(parser, arguments, quick={"sets": ["iris", "wine"]})

    sow(options.seed)
    shares: dict[str, list[float]] = {name: [] for name in [*REDUCTIONS, "softmax"]}
    numbers: dict[str, float] = {}
    for which in progress(options.sets, unit="set"):
        inputs, classes = data.load_dataset(which)
        chosen = np.random.permutation(len(inputs))[: max(options.samples, 100)]
        train, test, y, test_y = data.train_test_split(
            inputs[chosen], classes[chosen], test_size=0.3, rng=options.seed, stratify=True
        )
        features, scale = data.standardize(train)
        held_out = scale(test)
        print(f"\n{which}: {len(np.unique(y))} classes, {len(train)} samples to learn from, {len(test)} held out")
        for name, (reduce, _) in REDUCTIONS.items():
            seeded = {"rng": options.seed} if name == "error-correcting" else {}
            reduction = reduce(logistic_regression, features, y, score=score, **seeded)
            shares[name].append(float(np.mean(reduction.predict(held_out) == test_y)))
            print(f"  {name:<17} {len(reduction.models):3} models   held-out accuracy {shares[name][-1]:.1%}")
            numbers[f"{which}, {name}: models"] = len(reduction.models)
        shares["softmax"].append(softmax_regression(features, y, held_out, test_y))
        print(f"  {'softmax':<17}   1 model    held-out accuracy {shares['softmax'][-1]:.1%}")
    numbers |= {f"{which}, {name}": shares[name][k] for name in shares for k, which in enumerate(options.sets)}
    save(options.output, {"reductions.png": (plot(shares, options.sets), "the accuracies, side by side")})
    return numbers


def logistic_regression(features: np.ndarray, sides: np.ndarray) -> np.ndarray:
    """Train a binary classifier on targets -1 and 1: the loss is ``log(1 + exp(-side · score))``."""
    theta = Tensor(np.zeros(features.shape[1] + 1), name="θ")
    objective = lambda: (
        losses.binary_cross_entropy_with_logits(features @ theta[:-1] + theta[-1], (sides + 1) / 2)
        + regularisers.l2([theta], STRENGTH)
    )
    optim.minimize(objective, [theta], max_steps=30)
    return theta.data


def score(theta: np.ndarray, features: np.ndarray) -> np.ndarray:
    """Compute the score of each sample: positive for the side 1."""
    return features @ theta[:-1] + theta[-1]


def softmax_regression(features: np.ndarray, y: np.ndarray, held_out: np.ndarray, test_y: np.ndarray) -> float:
    """Train one linear model of all classes; return its accuracy on the samples held out."""
    model = Linear(features.shape[1], int(y.max()) + 1)
    objective = lambda: losses.cross_entropy(model(features), y) + regularisers.l2(model, STRENGTH)
    optim.minimize(objective, model.parameters(), max_steps=30)
    return accuracy(predict(model, held_out), test_y)


def plot(shares: dict[str, list[float]], sets: Sequence[str]) -> Figure:
    """Draw a group of bars for each set of data."""
    picture, axes = figure("Every way from two classes to many works; errors, in %", "", "held-out error in %")
    width = 0.16
    colours = [colour for _, colour in REDUCTIONS.values()] + [PINK]
    for k, ((name, found), colour) in enumerate(zip(shares.items(), colours, strict=True)):
        places = np.arange(len(sets)) + (k - 2) * width
        bars = axes.bar(places, [100 * (1 - share) for share in found], width=0.9 * width, color=colour, label=name)
        axes.bar_label(bars, fmt="%.1f", fontsize=10, padding=2)
    axes.set_xticks(range(len(sets)), sets, fontsize=13)
    axes.margins(y=0.12)
    picture.legend(fontsize=11, loc="outside lower center", ncols=3, frameon=False)
    return picture


if __name__ == "__main__":
    run(main)
