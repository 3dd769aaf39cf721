"""A neuron by hand and by the backward pass, and the chain rule as a sum over paths.

A neuron computes ``z = w · x + b``, ``a = σ(z)`` and, for a target of 1, the loss ``L = -log(a)``. By hand:
``dL/dz = a - 1``, so ``dL/dw = (a - 1) x`` and ``dL/db = a - 1``. The backward pass multiplies the same local
derivatives one by one. Then an input that reaches the loss through several neurons: each path contributes the product
of the local derivatives on it, and the gradient is the sum of the products.
"""

from __future__ import annotations

from collections.abc import Sequence

from autograd import Value, dot, explain, log, sigmoid
from examples.common import (
    BLUE,
    VERMILION,
    Figure,
    argument_parser,
    count,
    figure,
    parse,
    run,
    save,
    sow,
)
from nn import MLP
from visualize import draw, page


def main(arguments: Sequence[str] | None = None) -> dict[str, float]:
    """Differentiate both, draw both, and return the loss, its gradients and the difference between both ways."""
    parser = argument_parser(__doc__, seed=0)
    parser.add_argument("--hidden", type=count, default=5, help="the neurons between the input and the loss")
    options = parse(parser, arguments)

    w, x = [Value(2.0, "w1"), Value(-1.0, "w2")], [Value(1.0, "x1"), Value(3.0, "x2")]
    b = Value(0.5, "b")
    z = dot(w, x, b)
    a = sigmoid(z)
    loss = -log(a)
    z.name, a.name, loss.name = "z", "a", "L"
    loss.backward()

    slope = a.data - 1  # dL/dz
    pairs = [(w[0], slope * x[0].data), (w[1], slope * x[1].data), (b, slope)]
    print(f"{'':10}  by hand   backward\n{'dL/dz':10}  {slope:+.6f}  {z.grad:+.6f}")
    for leaf, by_hand in pairs:
        print(f"{'dL/d' + leaf.name:10}  {by_hand:+.6f}  {leaf.grad:+.6f}")
    apart = max(abs(by_hand - leaf.grad) for leaf, by_hand in pairs)
    print(f"The two ways are at most {apart:.0e} apart.\n")

    sow(options.seed)
    model = MLP(1, [options.hidden, 1], activation="tanh")
    start = Value(0.5, "x")
    y = model([start])
    y.name = "y"
    y.backward()
    explained = explain(start, of=y, paths=True)
    print(explained)
    products = [path.product for path in explained.paths or ()]
    save(
        options.output,
        {
            "neuron_graph.svg": (draw(loss), "the neuron and its loss, a gradient in each box"),
            "neuron_graph.html": (page(loss), "the same to step through, in a browser"),
            "neuron_paths.png": (waterfall(products), "the paths from an input to the output, and their sum"),
        },
    )
    return {
        "loss": loss.data,
        "dL/dw1": w[0].grad,
        "dL/dw2": w[1].grad,
        "dL/db": b.grad,
        "by hand and backward apart": apart,
        "paths": len(products),
        "paths and gradient apart": abs(sum(products) - start.grad),
    }


def waterfall(products: Sequence[float]) -> Figure:
    """Draw each product on top of the sum of those before it, and the whole sum beside them."""
    picture, axes = figure(
        f"dy/dx is the sum over {len(products)} paths", "path, by the hidden neuron that it goes through", "dy/dx"
    )
    reached = 0.0
    for k, product in enumerate(products):
        axes.bar(k + 1, product, bottom=reached, color=BLUE if product > 0 else VERMILION, width=0.7)
        axes.plot([k + 0.65, k + 2.35], [reached + product] * 2, color="#555555", linewidth=0.8)
        high = max(reached, reached + product)
        axes.annotate(
            f"{product:+.3f}", (k + 1, high), xytext=(0, 4), textcoords="offset points", ha="center", fontsize=11
        )
        reached += product
    axes.bar(len(products) + 1, reached, color="#555555", width=0.7)
    axes.annotate(
        f"{reached:+.3f}",
        (len(products) + 1, max(reached, 0)),
        xytext=(0, 4),
        textcoords="offset points",
        ha="center",
        fontsize=11,
    )
    axes.axhline(0, color="#222222", linewidth=0.8)
    axes.set_xticks(range(1, len(products) + 2), [*map(str, range(1, len(products) + 1)), "sum"])
    axes.margins(y=0.12)
    return picture


if __name__ == "__main__":
    run(main)
