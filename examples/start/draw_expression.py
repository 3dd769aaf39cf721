"""Draw a neuron and an expression, as pictures and as pages to step through in a browser; and draw a network."""

from __future__ import annotations

from collections.abc import Sequence

from autograd import Value
from examples.common import argument_parser, parse, run, save, sow
from nn import MLP
from visualize import draw, draw_network, page


def main(arguments: Sequence[str] | None = None) -> dict[str, float]:
    """Compute, differentiate and draw both; return the value of the expression and its gradients."""
    parser = argument_parser(__doc__, seed=3)
    parser.add_argument("--a", type=float, default=-4.0, help="the first input of the expression")
    parser.add_argument("--b", type=float, default=2.0, help="the second input")
    parser.add_argument("--direction", choices=["LR", "TB"], default="TB", help="from left to right, or top to bottom")
    options = parse(parser, arguments)

    y = neuron()
    y.backward()
    a, b = Value(options.a, name="a"), Value(options.b, name="b")
    g = expression(a, b)
    g.backward()
    print(f"g = {g.item():.4f}, dg/da = {a.grad:.4f}, dg/db = {b.grad:.4f}")

    pictures = {}
    for name, result, direction in (("neuron", y, "LR"), ("expression", g, options.direction)):
        pictures[f"{name}.svg"] = draw(result, direction=direction), "every step, as a picture"
        pictures[f"{name}.html"] = page(result, direction=direction), "and to step through"
    sow(options.seed)
    network = MLP(2, [3, 1], activation="tanh")
    pictures["network.png"] = draw_network(network, level="neuron"), "its weights on its arrows"
    save(options.output, pictures)
    return {"g": g.item(), "dg/da": a.grad, "dg/db": b.grad}


def neuron() -> Value:
    """Two inputs, two weights and a bias: five operations."""
    x1, x2 = Value(2.0, name="x1"), Value(0.0, name="x2")
    w1, w2 = Value(-3.0, name="w1"), Value(1.0, name="w2")
    b = Value(6.8813735870195432, name="b")
    n = x1 * w1 + x2 * w2 + b
    y = n.tanh()
    n.name, y.name = "n", "y"
    return y


def expression(a: Value, b: Value) -> Value:
    """A result of two inputs, its milestones named."""
    c = a + b
    d = a * b + b**3
    c += c + 1
    c += 1 + c + (-a)
    d += d * 2 + (b + a).relu()
    d += 3 * d + (b - a).relu()
    e = c - d
    f = e**2
    g = f / 2.0
    g += 10.0 / f
    c.name, d.name, e.name, f.name, g.name = "c", "d", "e", "f", "g"
    return g


if __name__ == "__main__":
    run(main)
