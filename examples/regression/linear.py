"""Linear and ridge regression on real data: gradient descent meets the closed form.

The objective is ``J(θ, b) = 1/n Σ (θ · x + b - y)² + λ |θ|²``. Its gradient vanishes where
``(Xᵀ X / n + λ I) θ = Xᵀ y / n`` (features and targets centred). Descent at the rate ``2 / (L + μ)``, where L and μ are
the largest and the smallest eigenvalue of the Hessian, comes nearer by the factor ``(κ - 1) / (κ + 1)`` in each step,
with the condition number ``κ = L / μ``. The data are the 442 patients of Efron, Hastie, Johnstone and Tibshirani,
"Least Angle Regression" (2004): ten measurements, and the progress of diabetes one year later.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from autograd import Tensor
from examples.common import (
    BLUE,
    GREEN,
    ORANGE,
    VERMILION,
    argument_parser,
    figure,
    parse,
    progress,
    run,
    save,
    sow,
)
from nn import data, losses, optim, r2, regularisers

STRENGTHS = {0.0: VERMILION, 0.01: ORANGE, 0.1: GREEN, 1.0: BLUE}  # of the ridge, λ


ROUNDED = 1e-13  # a distance at which rounding errors begin to count


def main(arguments: Sequence[str] | None = None) -> dict[str, float]:
    """Descend for each strength of the ridge; return the distances from the closed form, and the published error."""
    parser = argument_parser(__doc__, seed=0, steps=5000)
    options = parse(parser, arguments, quick={"steps": 500})

    rng = sow(options.seed)
    inputs, targets = data.load_dataset("diabetes")
    features, _ = data.standardize(inputs)
    y = targets - targets.mean()
    picture, axes = figure("Descent meets the closed form, the faster the stronger the ridge", "step",
                           "distance from the closed form, relative")  # fmt: skip
    numbers = {}
    for strength, colour in STRENGTHS.items():
        hessian = 2 * (features.T @ features / len(features) + strength * np.eye(features.shape[1]))
        exact = np.linalg.solve(hessian, 2 * features.T @ y / len(features))
        smallest, *_, largest = np.linalg.eigvalsh(hessian)
        kappa = largest / smallest
        distances = descend(
            features, y, exact, strength, 2 / (largest + smallest), rng.normal(size=len(exact)), options.steps
        )
        expected = math.log((kappa - 1) / (kappa + 1))
        first, last = len(distances) // 2, len(distances) - 1
        slope = math.log(distances[last] / distances[first]) / (last - first)
        print(f"λ = {strength:<4}  κ = {kappa:6.1f}  after {last:4} steps {distances[-1]:.1e} away;"
              f" a step takes {-slope:.2%}, expected {-expected:.2%}")  # fmt: skip
        axes.semilogy(distances, color=colour, linewidth=2, label=f"λ = {strength:g}, κ = {kappa:.0f}")
        numbers |= {f"distance at λ={strength:g}": distances[-1], f"slope at λ={strength:g}": slope / expected}
        if not strength:
            fitted = features @ exact + targets.mean()
            numbers |= {
                "mean squared error": float(np.mean((fitted - targets) ** 2)),
                "R²": float(r2(fitted, targets)),
                "condition number": kappa,
            }
    print(f"closed form, λ = 0: mean squared error {numbers['mean squared error']:.4f}, R² {numbers['R²']:.6f}")
    axes.set_ylim(1e-14, 10)
    axes.legend(fontsize=11, frameon=False)
    save(options.output, {"regression_linear.png": (picture, "the distance from the closed form at each step")})
    return numbers


def descend(
    features: np.ndarray, y: np.ndarray, exact: np.ndarray, strength: float, rate: float, start: np.ndarray, steps: int
) -> list[float]:
    """Follow the gradient of the objective; return the distance from the exact weights before and after each step."""
    theta = Tensor(start * np.linalg.norm(exact) / np.linalg.norm(start), name="θ")
    optimizer = optim.SGD([theta], lr=rate)
    size = float(np.linalg.norm(exact))
    distances = [float(np.linalg.norm(theta.data - exact)) / size]
    for _ in progress(range(steps)):
        optimizer.zero_grad()
        objective = losses.mse(features @ theta, y)
        if strength:
            objective = objective + regularisers.l2([theta], strength)
        objective.backward()
        optimizer.step()
        distances.append(float(np.linalg.norm(theta.data - exact)) / size)
        if distances[-1] < ROUNDED:
            break
    return distances


if __name__ == "__main__":
    run(main)
