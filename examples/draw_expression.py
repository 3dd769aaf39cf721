"""Draw an expression that uses most operators, with the value and the gradient of every step."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from autograd import Value
from visualize import draw


def main(arguments: Sequence[str] | None = None) -> Value:
    """Compute, differentiate and draw the expression; return its value."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.ArgumentDefaultsHelpFormatter, allow_abbrev=False
    )
    parser.add_argument("--a", type=float, default=-4.0, help="the first input")
    parser.add_argument("--b", type=float, default=2.0, help="the second input")
    parser.add_argument("--direction", choices=["LR", "TB"], default="TB", help="from left to right, or top to bottom")
    parser.add_argument("--output", type=Path, default=Path("output"), help="the folder for the picture")
    options = parser.parse_args(arguments)
    options.output.mkdir(parents=True, exist_ok=True)

    a, b = Value(options.a, name="a"), Value(options.b, name="b")
    g = expression(a, b)
    g.backward()
    print(f"g = {g.item():.4f}, dg/da = {a.grad:.4f}, dg/db = {b.grad:.4f}")

    path = draw(g, direction=options.direction).save(options.output / "expression.svg")
    print(f"Look at\n  {path}  every step from a and b to g")
    return g


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
    main()
