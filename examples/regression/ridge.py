"""Ridge regression: a penalty on large weights keeps noise from being amplified.

Two measurements at nearly the same place, 25 at x = 0 and 26 at x = 0.01, give a line with the slope 100: at x = 2 it
predicts 225. A penalty ``λ θ²`` on the slope, but not on the offset, costs a little error at the two points, and a
prediction near 25 comes back. On real data the penalty draws all weights towards zero, those of correlated features
first, and the error on patients that were held out is lowest for a strength in between.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from autograd import Tensor, Value
from examples.common import BLUE, GREEN, VERMILION, argument_parser, count, label, panels, parse, run, save, sow
from nn import data, losses, optim, regularisers
from visualize import Page, page

STRENGTHS = np.logspace(-4, 2, 25)


def main(arguments: Sequence[str] | None = None) -> dict[str, float]:
    """Fit both for many strengths; return predictions, errors and the distances of descent from the closed form."""
    parser = argument_parser(__doc__, seed=0)
    parser.add_argument("--patients", type=count, default=40, help="how many of the 442 are learnt from")
    options = parse(parser, arguments)
    if not 10 < options.patients < 442:
        parser.error("--patients must be from 11 to 441: more than the 10 weights, and some are held out")
    sow(options.seed)

    numbers = {}
    for strength in (0.0, 1e-5, 1e-3, 0.1):
        slope, offset = ridge(np.array([[0.0], [0.01]]), np.array([25.0, 26.0]), strength)
        numbers[f"prediction at λ={strength:g}"] = slope[0] * 2 + offset
        print(
            f"two points, λ = {strength:<6g} slope {slope[0]:8.4f}   prediction at x = 2: {slope[0] * 2 + offset:8.4f}"
        )

    inputs, targets = data.load_dataset("diabetes")
    train, test, y, test_y = data.train_test_split(inputs, targets, test_size=442 - options.patients, rng=options.seed)
    features, scale = data.standardize(train)
    held_out = scale(test)
    paths, errors = [], []
    for strength in STRENGTHS:
        weights, offset = ridge(features, y, strength)
        paths.append(weights)
        errors.append([np.mean((x @ weights + offset - t) ** 2) for x, t in ((features, y), (held_out, test_y))])
    trained, unseen = np.array(errors).T
    best = int(unseen.argmin())
    plain, offset = ridge(features, y, 0.0)
    numbers |= {
        "best λ": float(STRENGTHS[best]),
        "held-out error": float(unseen[best]),
        "held-out error without ridge": float(np.mean((held_out @ plain + offset - test_y) ** 2)),
        "largest weight shrinks by": float(np.abs(paths[best]).max() / np.abs(plain).max()),
        "descent and closed form apart": descend(features, y, float(STRENGTHS[best]), paths[best]),
    }
    print(f"{len(y)} patients to learn from, {len(test_y)} held out")
    without = numbers["held-out error without ridge"]
    print(f"squared error {unseen[best]:.0f} at λ = {STRENGTHS[best]:.2g}, {without:.0f} without a ridge")

    picture, (left, right) = panels(1, 2, "A little ridge helps on patients not seen before", size=(9.0, 4.6))
    left.semilogx(STRENGTHS, np.array(paths), linewidth=1.5, color=GREEN)
    left.axhline(0, color="#222222", linewidth=0.8)
    label(left, "strength λ (logarithmic scale)", "weight", "Each line is a measurement's weight", size=11)
    right.semilogx(STRENGTHS, trained, color=BLUE, linewidth=2, label="seen in training")
    right.semilogx(STRENGTHS, unseen, color=VERMILION, linewidth=2, label="held out")
    right.plot(STRENGTHS[best], unseen[best], marker="o", color=VERMILION, markersize=9)
    right.legend(fontsize=11, frameon=False)
    label(right, "strength λ (logarithmic scale)", "mean squared error", "The error by strength", size=11)
    save(
        options.output,
        {
            "regression_ridge.png": (picture, "weights and errors by the strength of the ridge"),
            "regression_objective.html": (objective_to_step_through(), "the objective of the two points, in a browser"),
        },
    )
    return numbers


def objective_to_step_through() -> Page:
    """Make a page of the objective for the two points, at the slope 100 that fits them best."""
    theta, b = Value(100.0, name="θ"), Value(25.0, name="b")
    objective = losses.mse([theta * x + b for x in (0.0, 0.01)], [25.0, 26.0]) + regularisers.l2([theta], 0.1)
    objective.name = "J"
    return page(objective)


def ridge(features: np.ndarray, y: np.ndarray, strength: float) -> tuple[np.ndarray, float]:
    """Return the weights and the offset that minimise ``mean (θ · x + b - y)² + λ |θ|²``: the closed form."""
    centre = features.mean(axis=0)
    x = features - centre
    weights = np.linalg.solve(x.T @ x / len(y) + strength * np.eye(x.shape[1]), x.T @ (y - y.mean()) / len(y))
    return weights, float(y.mean() - centre @ weights)


def descend(features: np.ndarray, y: np.ndarray, strength: float, exact: np.ndarray) -> float:
    """Minimise the same objective by its gradients; return the largest distance from the closed form."""
    theta, offset = Tensor(np.zeros(features.shape[1]), name="θ"), Tensor(0.0, name="b")
    objective = lambda: losses.mse(features @ theta + offset, y) + regularisers.l2([theta], strength)
    optim.minimize(objective, [theta, offset], tol=1e-12)
    return float(np.abs(theta.data - exact).max())


if __name__ == "__main__":
    run(main)
