"""Calibration: of all answers given with 80 % confidence, are 80 % right? A net that was trained for long is too sure.

Two clouds of points overlap, and the true probability is known, ``P(1|x) = σ(2 μ·x)``. The reliability diagram sorts
answers by confidence, and compares confidence with the share that is right; the mean gap is the expected calibration
error (Naeini et al. 2015). One number mends most of it: scores are divided by a temperature, which is fitted to points
that were held out (Guo et al. 2017). The mean of several nets is better calibrated, too.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

import nn
from autograd import Value, exp
from autograd import mean as mean_of
from examples.common import BLUE, GREEN, VERMILION, Figure, argument_parser, count, label, panels, parse, run, save, sow
from nn import MLP, ensembles, losses, optim

Array = NDArray[np.float64]

CENTRE = np.array([0.8, 0.6, 0.0, 0.0, 0.0])  # of the class 1; that of the class 0 is opposite
BINS = 10


def clouds(number: int, rng: np.random.Generator) -> tuple[Array, Array]:
    """Draw points of two normal clouds, and their classes."""
    classes = rng.integers(2, size=number)
    return (2 * classes[:, None] - 1) * CENTRE + rng.normal(size=(number, len(CENTRE))), classes.astype(float)


def main(arguments: Sequence[str] | None = None) -> dict[str, float]:
    """Train, measure the calibration, mend it, and return both errors."""
    parser = argument_parser(__doc__, seed=0, epochs=200)
    parser.add_argument("--models", type=count, default=8, help="how many nets the ensemble has")
    options = parse(parser, arguments, quick={"epochs": 100, "models": 4})
    rng = sow(options.seed)
    (points, classes), (held, held_classes), (unseen, truth) = (clouds(n, rng) for n in (100, 400, 4000))

    def train(inputs: Array, targets: Array) -> MLP:
        model = MLP(len(CENTRE), [16, 1], activation="tanh", init="xavier_normal")
        loss = losses.binary_cross_entropy_with_logits
        nn.fit(model, loss, (inputs, targets), optim.Adam(model.parameters(), lr=0.05), epochs=options.epochs,
               batch_size=50, rng=rng, progress=False)  # fmt: skip
        return model

    models = ensembles.bagging(train, points, classes, models=options.models, rng=rng)
    scores = np.array([scores_of(model, unseen) for model in models])
    first = scores[0]
    temperature = fitted_temperature(scores_of(models[0], held), held_classes)
    answers = {
        "one net": sigmoid(first),
        f"at temperature {temperature:.1f}": sigmoid(first / temperature),
        f"the mean of {options.models} nets": sigmoid(scores).mean(axis=0),
    }
    known = sigmoid(2 * unseen @ CENTRE)
    print(
        f"best possible: {nn.accuracy(known, truth):.1%} right, calibration error {calibration_error(known, truth):.3f}"
    )
    errors, gaps = [], []
    for name, chances in answers.items():
        errors.append(calibration_error(chances, truth))
        gaps.append(float(np.abs(chances - known).mean()))
        print(
            f"{name}: {nn.accuracy(chances, truth):.1%} right, calibration error {errors[-1]:.3f}, "
            f"{gaps[-1]:.3f} from the true probability"
        )
    save(options.output, {"calibration.png": (picture_of(answers, truth), "confidence, and the share that is right")})
    one, scaled, mean = answers.values()
    return {
        "calibration error": errors[0],
        "calibration error at the temperature": errors[1],
        "calibration error of the mean": errors[2],
        "calibration error of the truth": calibration_error(known, truth),
        "temperature": temperature,
        "answers that the temperature changes": float(np.mean((one > 0.5) != (scaled > 0.5))),
        "accuracy gained by the mean": nn.accuracy(mean, truth) - nn.accuracy(one, truth),
    }


def scores_of(model: Any, points: Array) -> Array:
    """The score of the class 1, for each point."""
    scores: Array = np.asarray(nn.predict(model, points)).reshape(-1)
    return scores


def sigmoid(scores: Array) -> Array:
    """The probability that a score stands for."""
    return (1 + np.tanh(scores / 2)) / 2


def fitted_temperature(scores: Array, classes: Array) -> float:
    """The temperature at which scores explain the classes best, by its logarithm, which may be any number."""
    logarithm = Value(0.0)
    loss = lambda: mean_of(losses.binary_cross_entropy_with_logits(scores * exp(-logarithm), classes))
    optim.minimize(loss, [logarithm])
    return float(np.exp(logarithm.data))


def bins(chances: Array, truth: Array) -> list[tuple[float, float, float]]:
    """The confidence, the share that is right, and the share of all answers, for each bin of confidence."""
    confidence, right = np.maximum(chances, 1 - chances), (chances > 0.5) == (truth > 0.5)
    bin_of = np.minimum((confidence - 0.5) / 0.5 * BINS, BINS - 1).astype(int)
    chosen = [bin_of == k for k in range(BINS) if np.any(bin_of == k)]
    return [(float(confidence[each].mean()), float(right[each].mean()), float(each.mean())) for each in chosen]


def calibration_error(chances: Array, truth: Array) -> float:
    """The gap between confidence and the share that is right, over the bins, each by its share of the answers."""
    return sum(share * abs(confidence - right) for confidence, right, share in bins(chances, truth))


def picture_of(answers: dict[str, Array], truth: Array) -> Figure:
    """A reliability diagram for each kind of answer."""
    picture, plots = panels(1, 3, "Too sure, mended by one number or by company", size=(10.0, 4.2))
    for axes, (name, chances), colour in zip(plots, answers.items(), [VERMILION, BLUE, GREEN], strict=True):
        confidence, right, share = np.transpose(bins(chances, truth))
        axes.plot([50, 100], [50, 100], color="#555555", linestyle="dashed", linewidth=1)
        axes.scatter(100 * confidence, 100 * right, s=900 * share + 12, color=colour, alpha=0.8)
        axes.plot(100 * confidence, 100 * right, color=colour)
        label(axes, "confidence in %", "right in %", f"{name}:\nerror {calibration_error(chances, truth):.3f}", size=11)
        axes.set_xlim(48, 106)
        axes.set_ylim(20, 104)
    return picture


if __name__ == "__main__":
    run(main)
