"""Newton's method with exact Hessians: the number of right digits doubles with every step.

``x' = x - H⁻¹ ∇f`` goes to the minimum of the quadratic function that has the value, gradient and Hessian of f at x. On
Rosenbrock's function ``(1 - x)² + 100 (y - x²)²`` it needs six steps from (-1.2, 1), where descent needs thousands. In
a logistic regression, where the loss is convex, it is the method of least squares reweighted at each step. The pictures
show the paths, and the distances from the minimum.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograd import grad, hessian, logaddexp, mean
from examples.common import BLUE, VERMILION, Figure, argument_parser, figure, label, panels, parse, run, save, sow

Array = NDArray[np.float64]
START = np.array([-1.2, 1.0])


def rosenbrock(p: Any) -> Any:
    """Rosenbrock's function (1960): a curved valley with the minimum 0 at (1, 1)."""
    return (1 - p[0]) ** 2 + 100 * (p[1] - p[0] ** 2) ** 2


def newton(f: Callable[[Any], Any], x: Array, most: int = 50) -> list[Array]:
    """Return the steps of Newton's method, until one is too small to matter."""
    path = [x]
    for _ in range(most):
        path.append(path[-1] - np.linalg.solve(np.asarray(hessian(f)(path[-1])), np.asarray(grad(f)(path[-1]))))
        if np.linalg.norm(path[-1] - path[-2]) < 1e-14 * np.linalg.norm(path[-1]):
            break
    return path


def needed(path: Sequence[Array]) -> int:
    """The number of steps to within 1e-10 of the minimum at (1, 1)."""
    return sum(bool(np.linalg.norm(point - 1) > 1e-10) for point in path)


def descent(f: Callable[[Any], Any], x: Array, rate: float, steps: int) -> list[Array]:
    """Return some steps of gradient descent."""
    slope, path = grad(f), [x]
    for _ in range(steps):
        path.append(path[-1] - rate * np.asarray(slope(path[-1])))
    return path


def main(arguments: Sequence[str] | None = None) -> dict[str, float]:
    """Take the steps, and return their numbers and their errors."""
    parser = argument_parser(__doc__, seed=0, steps=2000)
    options = parse(parser, arguments, quick={"steps": 300})
    rng = sow(options.seed)
    path, slow = newton(rosenbrock, START), descent(rosenbrock, START, 0.001, options.steps)
    for step, point in enumerate(path):
        print(f"step {step}   x = {point[0]:17.14f}   y = {point[1]:17.14f}   f = {rosenbrock(point):.1e}")
    distance = float(np.linalg.norm(slow[-1] - 1))
    print(f"descent at the rate 0.001 is still {distance:.2f} away after {options.steps} steps")

    x = rng.normal(size=(200, 3))
    signs = np.where(x @ [2.0, -1.0, 0.0] + rng.logistic(size=200) > 0, 1.0, -1.0)
    loss = lambda w: mean(logaddexp(0.0, -signs * (x @ w)))
    fitted = newton(loss, np.zeros(3))
    errors = [float(np.linalg.norm(w - fitted[-1])) for w in fitted[:-1]]
    residual = float(np.linalg.norm(reweighted(x, signs, fitted[0]) - fitted[1]))
    print("logistic regression: the distances from the minimum are", ", ".join(f"{error:.0e}" for error in errors))
    print(f"its first step differs from one of reweighted least squares by {residual:.0e}")
    save(
        options.output,
        {
            "newton_path.png": (path_picture(path, slow), "the paths on the contours of Rosenbrock's function"),
            "newton_distance.png": (distance_picture(path, slow, errors), "the distances from the minimum"),
        },
    )
    return {
        "steps on Rosenbrock's function": needed(path),
        "distance from (1, 1)": float(np.linalg.norm(path[-1] - 1)),
        "distance of descent": distance,
        "steps of logistic regression": len(fitted) - 1,
        "difference from reweighted least squares": residual,
    }


def reweighted(x: Array, signs: Array, w: Array) -> Array:
    """One step of iteratively reweighted least squares, by the formula (McCullagh & Nelder 1989)."""
    p = 1 / (1 + np.exp(-x @ w))
    weights = p * (1 - p)
    target = x @ w + ((signs + 1) / 2 - p) / weights
    step: Array = np.linalg.solve(x.T @ (weights[:, None] * x), x.T @ (weights * target))
    return step


def path_picture(path: Sequence[Array], slow: Sequence[Array]) -> Figure:
    """Both paths on the contours of Rosenbrock's function."""
    picture, axes = figure(f"Newton's method is there after {needed(path)} steps", "x", "y")
    columns, lines = np.meshgrid(np.linspace(-1.6, 1.4, 200), np.linspace(-3.4, 1.9, 200))
    axes.contour(
        columns, lines, np.log10(rosenbrock([columns, lines]) + 1e-3), levels=14, colors="#BBBBBB", linewidths=0.8
    )
    axes.plot(*np.transpose(slow), color=VERMILION, linewidth=3, label=f"descent, {len(slow) - 1} steps")
    axes.plot(*np.transpose(path), color=BLUE, marker="o", linewidth=1.5, label="Newton's method")
    for step, (point, beside) in enumerate(zip(path, [(-14, -4), (7, 5), (7, 5), (8, -14)], strict=False)):
        axes.annotate(str(step), point, xytext=beside, textcoords="offset points", fontsize=12, color=BLUE)
    axes.plot(1, 1, marker="*", markersize=18, color="#222222", linestyle="none", label="minimum")
    picture.legend(fontsize=11, loc="outside lower center", ncols=3, frameon=False)
    return picture


def distance_picture(path: Sequence[Array], slow: Sequence[Array], errors: Sequence[float]) -> Figure:
    """The distances from the minimum of each step, on logarithmic scales."""
    picture, plots = panels(1, 2, "Right digits double with every step", size=(9.0, 4.5))
    for axes, curves, title in [
        (plots[0], [(path[:-1], BLUE, "Newton"), (slow[: len(path)], VERMILION, "descent")], "Rosenbrock's function"),
        (plots[1], [(errors, BLUE, "Newton")], "logistic regression"),
    ]:
        for points, colour, name in curves:
            distances = [float(np.linalg.norm(p - 1)) if np.ndim(p) else p for p in points]
            axes.semilogy(np.maximum(distances, 1e-16), color=colour, marker="o", label=name)
        label(axes, "step", "distance from the minimum", title, size=12)
        axes.legend(fontsize=11, frameon=False, loc="lower left")
    return picture


if __name__ == "__main__":
    run(main)
