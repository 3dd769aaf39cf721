"""The derivative of an optimum: the change of the best weights with the penalty, from the equation that they solve.

At the minimum of ``f(w, λ)`` in w the gradient is 0, for every λ. The derivative of this equation is
``H dw/dλ + ∂∇f/∂λ = 0``, so ``dw/dλ = -H⁻¹ ∂∇f/∂λ`` (implicit function theorem). For ridge regression the result is
known: ``w = (XᵀX/n + λ)⁻¹ Xᵀy/n``, ``dw/dλ = -(XᵀX/n + λ)⁻¹ w``. With it, the loss on patients who were not trained on
has a derivative by λ, and descent finds the best penalty. The picture shows that loss, and the path of the descent.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograd import Value, grad, hessian, jvp, mean, square
from autograd import sum as total
from examples.common import BLUE, VERMILION, Figure, argument_parser, figure, parse, run, save
from nn import optim

Array = NDArray[np.float64]


def main(arguments: Sequence[str] | None = None) -> dict[str, float]:
    """Find the best penalty by descent, and return its differences from a search and from the formula."""
    from sklearn.datasets import load_diabetes
    from sklearn.model_selection import train_test_split

    parser = argument_parser(__doc__, seed=0, steps=25)
    options = parse(parser, arguments)
    inputs, targets = load_diabetes(return_X_y=True, scaled=True)
    inputs, targets = inputs * math.sqrt(len(inputs)), (targets - targets.mean()) / targets.std()
    train, test, y, unseen = train_test_split(inputs, targets, train_size=40, random_state=options.seed)

    def penalised(w: Any, penalty: Any) -> Any:
        return mean(square(train @ w - y)) / 2 + penalty / 2 * total(square(w))

    def minimum(penalty: float) -> Array:
        """One step of Newton's method, which is all that a parabola needs."""
        start = np.zeros(train.shape[1])
        found: Array = start - np.linalg.solve(hessian(penalised)(start, penalty), grad(penalised)(start, penalty))
        return found

    def slope_of_minimum(w: Array, penalty: float) -> Array:
        _, mixed = jvp(lambda p: grad(penalised)(w, p), (penalty,), (1.0,))  # ∂∇f/∂λ
        slope: Array = -np.linalg.solve(hessian(penalised)(w, penalty), mixed)
        return slope

    held_out = lambda w: mean(square(test @ w - unseen))
    logarithm = Value(math.log(0.01), name="ln λ")
    optimizer = optim.Adam([logarithm], lr=optim.cosine(0.5, options.steps + 1))
    path, differences = [], []
    for step in range(options.steps + 1):
        penalty = math.exp(logarithm.data)
        w = minimum(penalty)
        path.append((penalty, float(held_out(w))))
        slope = slope_of_minimum(w, penalty)
        matrix = train.T @ train / len(y) + penalty * np.eye(len(w))
        formula = -np.linalg.solve(matrix, np.linalg.solve(matrix, train.T @ y / len(y)))
        differences.append(float(np.linalg.norm(slope - formula) / np.linalg.norm(formula)))
        logarithm.grad = penalty * float(grad(held_out)(w) @ slope)  # the loss by w, w by λ, λ by its logarithm
        if step % 5 == 0:
            print(
                f"step {step:2}   penalty {penalty:.5f}   held-out loss {path[-1][1]:.5f}   slope {logarithm.grad:+.5f}"
            )
        optimizer.step()

    grid = np.geomspace(1e-3, 10, 60)
    losses = [float(held_out(minimum(each))) for each in grid]
    print(f"the best of sixty penalties is {grid[np.argmin(losses)]:.5f}, with a loss of {min(losses):.5f}")
    print(f"derivatives differ from the formula by {max(differences):.0e} at most")
    save(options.output, {"implicit_penalty.png": (picture_of(grid, losses, path), "the way to the best penalty")})
    return {
        "difference from the formula": max(differences),
        "held-out loss, above the best of a search": path[-1][1] - min(losses),
        "slope at the end": abs(logarithm.grad),
    }


def picture_of(grid: Array, losses: Sequence[float], path: Sequence[tuple[float, float]]) -> Figure:
    """The held-out loss over the penalty, and the steps of descent on it."""
    picture, axes = figure(
        "Descent on the penalty, through the optimum", "penalty λ (logarithmic scale)", "held-out loss"
    )
    axes.semilogx(grid, losses, color=BLUE, linewidth=2, label="by training anew, sixty times")
    axes.plot(*np.transpose(path), color=VERMILION, marker="o", linewidth=1, label="descent by implicit derivatives")
    axes.annotate("start", path[0], xytext=(8, 4), textcoords="offset points", fontsize=12)
    axes.legend(fontsize=12, frameon=False, loc="upper center")
    return picture


if __name__ == "__main__":
    run(main)
