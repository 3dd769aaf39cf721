"""The backward pass of a small convolution, product by product: shared weights collect a sum of gradients.

A signal of four numbers, padded by zeros, a filter of three weights, ReLU, and a neuron: ``z_i = Σ_j w_j x_{i+j-1}``,
``a = Σ_i v_i relu(z_i)``, ``L = (a - 1)²``. Each weight of the filter is used at four places, and its gradient is the
sum over them, ``dL/dw_j = Σ_i dL/dz_i x_{i+j-1}``: again a convolution, of the signal with the upstream gradient. The
picture shows the four terms.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from autograd import Tensor, Value, conv1d, dot, explain, steps
from examples.common import Figure, argument_parser, panels, parse, run, save
from visualize import draw, page

Array = NDArray[np.float64]
SIGNAL, FILTER, WEIGHTS, TARGET = [1.0, -1.0, 2.0, 0.5], [1.0, -1.0, 0.5], [1.0, 2.0, -1.0, 0.5], 1.0


def main(arguments: Sequence[str] | None = None) -> dict[str, float]:
    """Step through the pass; return the loss and the gradients of the filter."""
    parser = argument_parser(__doc__)
    parser.add_argument("--signal", type=float, nargs=4, default=SIGNAL, metavar="X", help="the numbers of the signal")
    options = parse(parser, arguments)
    if not all(map(math.isfinite, options.signal)):
        parser.error("--signal takes four finite numbers")
    x = [0.0, *named("x", options.signal), 0.0]
    w, v = named("w", FILTER), named("v", WEIGHTS)
    z = [dot(w, x[i : i + 3]) for i in range(4)]
    h = [each.relu() for each in z]
    a = dot(v, h)
    loss = (a - TARGET) ** 2
    for name, values in (("z", z), ("h", h)):
        for i, value in enumerate(values):
            value.name = f"{name}{i + 1}"
    a.name, loss.name = "a", "L"

    for step in steps(loss):
        print(step)
    print(f"\n{explain(w[0], of=loss)}\n")

    array = Tensor([[FILTER]])  # the same as a convolution of arrays
    outputs = conv1d(Tensor([[options.signal]]), array, padding=1).relu()
    (((outputs * np.array(WEIGHTS)).sum() - TARGET) ** 2).backward()
    numbers = {"loss": loss.item(), **{f"gradient of {each.name}": each.grad for each in w}}
    numbers["difference from arrays"] = float(np.abs(array.grad[0, 0] - [each.grad for each in w]).max())
    for name, number in numbers.items():
        print(f"{name:<25} {number:.6g}")
    upstream = np.array([[each.grad] for each in z])
    windows = np.array([[0.0, *options.signal, 0.0][i : i + 3] for i in range(4)])
    save(
        options.output,
        {
            "convolution_sum.png": (draw_sum(upstream, windows), "what each place adds to the gradient of the filter"),
            "convolution_graph.svg": (draw(loss), "all values of the pass, with their gradients"),
            "convolution_page.html": (page(loss), "the pass, to step through in a browser"),
        },
    )
    return numbers


def named(name: str, numbers: Sequence[float]) -> list[Value]:
    """Values of these numbers, with names that are numbered."""
    return [Value(number, name=f"{name}{i + 1}") for i, number in enumerate(numbers)]


def draw_sum(upstream: Array, windows: Array) -> Figure:
    """The upstream gradient of each place, the window of the signal there, their products, and the sum of these."""
    picture, plots = panels(1, 3, "The gradient of a filter is a sum over all its places", (10.0, 4.6))
    products = upstream * windows
    draw_grid(plots[0], upstream, "upstream dL/dz", ["dL/dz"])
    draw_grid(plots[1], windows, "window of the signal", ["x left", "x here", "x right"])
    draw_grid(plots[2], np.vstack([products, products.sum(axis=0)]), "their products, and the sum", ["w1", "w2", "w3"])
    plots[2].set_yticks(range(5), ["z1", "z2", "z3", "z4", "sum"])
    plots[2].axhline(3.5, color="#222222", linewidth=2)
    return picture


def draw_grid(axes: Axes, numbers: Array, title: str, columns: list[str]) -> None:
    """A table of numbers on squares, blue where they are positive and red where they are negative."""
    most = max(float(np.abs(numbers).max()), 1e-300)
    axes.imshow(numbers, cmap="RdBu", vmin=-1.6 * most, vmax=1.6 * most)
    for i, row in enumerate(numbers):
        for j, number in enumerate(row):
            axes.text(j, i, f"{number + 0.0:.5g}", ha="center", va="center", fontsize=11)
    axes.set_title(title, fontsize=13)
    axes.set_xticks(range(len(columns)), columns)
    axes.set_yticks(range(4), ["z1", "z2", "z3", "z4"])


if __name__ == "__main__":
    run(main)
