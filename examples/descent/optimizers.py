"""Seven rules of descent in one narrow valley, each path drawn on the contours of the loss.

The valley is ``f(x, y) = ½ (x - 2)² + ½ 25 (y - 1)²``: 25 times as steep across as along, so its condition number is
κ = 25. Gradient descent at its best rate, 2 / (1 + κ), comes nearer by the factor (κ - 1) / (κ + 1) in each step;
momentum at its best, Polyak's, by about (√κ - 1) / (√κ + 1), and Nesterov's by 1 - 1/√κ. Adagrad, RMSprop and Adam
divide each coordinate of the gradient by its usual size, so that a narrow valley becomes a round one; LAMB makes the
length of the step proportional to that of the vector of weights. Everything is computed on two `Value`s, x and y.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np

from autograd import Value
from examples.common import BLUE, VERMILION, Figure, argument_parser, label, panels, parse, run, save, sow
from nn import optim
from visualize import page

STEEPNESS = 25.0  # κ
LOWEST = (2.0, 1.0)
NEAR = 0.05  # at this distance a rule has arrived

Path = list[tuple[float, float]]


def f(x: Value, y: Value) -> Value:
    """The loss: a valley along x, with its lowest point at (2, 1)."""
    return ((x - LOWEST[0]) ** 2 + STEEPNESS * (y - LOWEST[1]) ** 2) / 2


def rules(steps: int) -> dict[str, Callable[[list[Value]], optim.Optimizer]]:
    """The rules by name. The first three have the best settings for a quadratic of this κ."""
    root = math.sqrt(STEEPNESS)
    return {
        "gradient descent": lambda p: optim.SGD(p, lr=2 / (1 + STEEPNESS)),
        "momentum": lambda p: optim.SGD(p, lr=4 / (root + 1) ** 2, momentum=((root - 1) / (root + 1)) ** 2),
        "Nesterov": lambda p: optim.SGD(p, lr=1 / STEEPNESS, momentum=(root - 1) / (root + 1), nesterov=True),
        "Adagrad": lambda p: optim.Adagrad(p, lr=1.0),
        "RMSprop": lambda p: optim.RMSprop(p, lr=optim.cosine(0.2, steps), alpha=0.9),
        "Adam": lambda p: optim.Adam(p, lr=optim.cosine(0.3, steps), betas=(0.9, 0.99)),
        "LAMB": lambda p: optim.LAMB(p, lr=optim.cosine(0.15, steps), betas=(0.8, 0.99)),
    }


def main(arguments: Sequence[str] | None = None) -> dict[str, float]:
    """Follow all rules from one start, save the picture, and return the number of steps in which each one arrives."""
    parser = argument_parser(__doc__, seed=0, steps=100)
    options = parse(parser, arguments)
    angle = sow(options.seed).uniform(0.8, 0.9) * math.pi  # far along the valley, and high on its side
    start = LOWEST[0] + 4 * math.cos(angle), LOWEST[1] + 2.5 * math.sin(angle)
    print(f"from ({start[0]:.2f}, {start[1]:.2f}) to the lowest point, ({LOWEST[0]:g}, {LOWEST[1]:g})\n")

    paths = {name: descend(make, start, options.steps) for name, make in rules(options.steps).items()}
    numbers = {}
    print(f"{'rule':16}   steps until nearer than {NEAR}   distance after {options.steps}")
    for name, path in paths.items():
        arrived = arrival(path)
        numbers[name] = float(arrived or math.inf)
        print(f"{name:16}   {arrived or 'never':>{24 + len(str(NEAR))}}   {math.dist(path[-1], LOWEST):.1e}")

    rate = 2 / (1 + STEEPNESS)
    known = [
        low + (1 - rate * curvature) ** options.steps * (first - low)
        for low, curvature, first in zip(LOWEST, (1, STEEPNESS), start, strict=True)
    ]
    numbers["gradient descent beside its closed form"] = off = math.dist(paths["gradient descent"][-1], known)
    numbers["Nesterov beside its first form"] = apart = math.dist(ahead(start, options.steps), paths["Nesterov"][-1])
    print(
        f"\ngradient descent is {off:.0e} from its closed form, both forms of Nesterov's method are {apart:.0e} apart"
    )
    loss = f(Value(start[0], name="x"), Value(start[1], name="y"))
    loss.name = "f"
    loss.backward()
    save(
        options.output,
        {
            "descent_optimizers.png": (contours(paths), "seven rules in one valley"),
            "descent_valley.html": (page(loss), "the gradient at the start, to step through"),
        },
    )
    return numbers


def descend(make: Callable[[list[Value]], optim.Optimizer], start: tuple[float, float], steps: int) -> Path:
    """Take steps by a rule, and return the places."""
    x, y = Value(start[0], name="x"), Value(start[1], name="y")
    optimizer = make([x, y])
    path = [start]
    for _ in range(steps):
        optimizer.zero_grad()
        f(x, y).backward()
        optimizer.step()
        path.append((x.data, y.data))
    return path


def ahead(start: tuple[float, float], steps: int) -> tuple[float, float]:
    """Nesterov's method in its first form: the gradient at the place w + αv to which momentum is about to lead.

    ``v ← αv - η ∇f(w + αv)``, ``w ← w + v``. The optimizer keeps the place ahead, w + αv, as its parameter, with the
    gradient there, ``w + αv ← w + αv + α v - η ∇f``; so this returns the place ahead, too.
    """
    root = math.sqrt(STEEPNESS)
    rate, alpha = 1 / STEEPNESS, (root - 1) / (root + 1)
    w, v = np.array(start), np.zeros(2)
    for _ in range(steps):
        place = [Value(number) for number in (w + alpha * v).tolist()]
        f(*place).backward()
        v = alpha * v - rate * np.array([each.grad for each in place])
        w = w + v
    x, y = (w + alpha * v).tolist()
    return x, y


def arrival(path: Path) -> int | None:
    """The first step from which on the path stays near the lowest point; None if it does not come there."""
    far = [step for step, place in enumerate(path) if math.dist(place, LOWEST) >= NEAR]
    return far[-1] + 1 if far[-1] + 1 < len(path) else None


def contours(paths: dict[str, Path]) -> Figure:
    """Draw each path on the contours of the loss."""
    arrivals = [arrival(path) or len(path) for path in paths.values()]
    picture, plots = panels(4, 2, f"Seven ways down one valley: {min(arrivals)} to {max(arrivals)} steps", (7.2, 6.6))
    x, y = np.meshgrid(np.linspace(-2.5, 3.5, 121), np.linspace(-1.2, 3.2, 89))
    heights = ((x - LOWEST[0]) ** 2 + STEEPNESS * (y - LOWEST[1]) ** 2) / 2
    for axes, (name, path) in zip(plots, paths.items(), strict=False):
        axes.contour(x, y, heights, levels=[0.5, 2, 8, 20, 40, 70], colors="#BBBBBB", linewidths=0.8)
        axes.plot(*zip(*path, strict=True), color=BLUE, linewidth=1.2, marker="o", markersize=2.5)
        axes.plot(*LOWEST, marker="+", color=VERMILION, markersize=11, markeredgewidth=2)
        label(axes, "x" if axes in plots[-3:-1] else "", "y", f"{name}: {arrival(path) or 'too few'} steps", size=11)
        axes.set(xlim=(-2.5, 3.5), ylim=(-1.2, 3.2))
        axes.tick_params(labelbottom=axes in plots[-3:-1])
    plots[-1].set_axis_off()
    plots[-1].text(
        0.0,
        0.5,
        f"● a step\n+ the lowest point\nsteps: until the distance\nstays below {NEAR}",
        va="center",
        fontsize=12,
    )
    return picture


if __name__ == "__main__":
    run(main)
