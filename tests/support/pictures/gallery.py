"""The gallery: pictures of every kind, to be looked at and to be measured.

``python -m tests.support.pictures.gallery --output DIR`` writes them, with an ``index.html`` that shows all of them at
the width of a README. `tests.support.pictures.geometry` measures them in a browser.
"""

from __future__ import annotations

import argparse
import html
from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random

import numpy as np

import autograd
from autograd import Tensor, Value, dot, scope
from autograd.stepping.passes import forward, reverse
from examples.start import draw_expression
from nn import MLP, Layer, Linear, Neuron, Sequential, init, losses
from visualize import Drawing, between, draw, draw_network, upstream

README_WIDTH = 830  # pixels
HOSTILE = [
    *["a|b", "<b>", "\"quoted\" 'too'", "back\\slash", "</script>", "]]>", "<!-- no -->", "\\N \\G \\n", "%1", "{r}"],
    *[
        "x + y",
        "[x, y], z",
        "&amp; &lt;",
        "ärger",
        "日本語",
        "two  spaces",
        "é\u0301\u0302",
        "$x^2$",
        "W" * 60,
        "i" * 60,
    ],
    *["", " ", "\x00\x07", "\u2028", "شمس", "𝒙²₁₀", "mixed 日本 and Ünïcode"],
]


def gallery() -> Iterator[tuple[str, Drawing]]:
    """The pictures by name, drawn with the same numbers every time."""
    yield from _readme()
    yield from _networks()
    yield from _programs()
    yield from _folded()
    yield from _arrays()
    yield from _hostile()


def _readme() -> Iterator[tuple[str, Drawing]]:
    neuron = draw_expression.neuron()
    expression = draw_expression.expression(Value(-4.0, name="a"), Value(2.0, name="b"))
    for y in (neuron, expression):
        y.backward()
    for theme in ("light", "dark"):
        yield f"neuron-{theme}", draw(neuron, theme=theme)
        yield f"expression-{theme}", draw(expression, direction="TB", theme=theme)


def _networks() -> Iterator[tuple[str, Drawing]]:
    """Every level of five networks, with and without numbers."""
    drawn = init.uniform(-1.0, 1.0, Random(1))
    models = {
        "neuron-of-2": (Neuron(2, "tanh", init=drawn), [1.0, -2.0]),
        "layer-3-to-2": (Layer(3, 2, "relu", init=drawn), [0.5, -1.0, 2.0]),
        "mlp-2-3-1": (MLP(2, [3, 1], activation="tanh", init=drawn), None),
        "mlp-4-4-4-2": (MLP(4, [4, 4, 2], activation="relu", init=drawn), [1.0, 2.0, 3.0, 4.0]),
        "mlp-12-12-1": (MLP(12, [12, 1], activation="sigmoid", init=drawn), None),
    }
    for k, (name, (model, x)) in enumerate(models.items()):
        theme = "dark" if k % 2 else "light"
        for level in ("network", "layer", "neuron"):
            yield f"{name}-{level}", draw_network(model, level, x=x, theme=theme)
        if len(model.parameters()) < 40:
            yield f"{name}-op", draw_network(model, "op", x=x, theme=theme)
    model = models["neuron-of-2"][0]
    model([1.0, -2.0]).backward()
    for level in ("network", "layer", "neuron"):
        yield f"neuron-{level}-gradients", draw_network(model, level, x=[1.0, -2.0], show=("name", "data", "grad"))


def _programs() -> Iterator[tuple[str, Drawing]]:
    """Single values: directions, options, states and steps."""
    w, x, v = Value(-3.0, name="w"), Value(1.0, name="x"), Value(2.0, name="v")
    h = (w * x).relu()
    h.name = "h"
    closed = h * 2 + v
    for direction in ("LR", "TB", "RL", "BT"):
        yield f"dead-{direction}", draw(closed, direction=direction, legend=True, emphasis="gradient")
    neuron = draw_expression.neuron()
    yield "highlight", draw(neuron, highlight=autograd.program(neuron)[-2].node)
    back, ahead = list(reverse(autograd.program(neuron))), list(forward(autograd.program(neuron)))
    yield "step-back", draw(back[1], theme="dark", legend=True)
    yield "step-forward", draw(ahead[2])
    yield "digits", draw(neuron, digits=17)
    yield "no-numbers", draw(neuron, show=())
    y = x = Value(0.5, name="x")
    for _ in range(12):
        y = (y * x).tanh()
    yield "drawn-again", draw(y, fold=False)
    many = [Value(float(k), name=f"x{k}") for k in range(12)]
    yield "many-into-one", draw(dot(many, many[::-1]))
    yield "detached", draw((neuron.detach() * 2 + Value(1e-300)).exp())
    yield "leaf", draw(Value(float("nan"), name="x"))
    yield "upstream", draw(upstream(neuron, hops=2))
    yield "between", draw(between(autograd.program(neuron)[0].node, neuron))


def _folded() -> Iterator[tuple[str, Drawing]]:
    model = MLP(2, [4, 4, 1], activation="tanh", init=init.uniform(-1.0, 1.0, Random(2)))
    loss = losses.mse([model([x, 1.0 - x]) for x in (0.0, 0.5, 1.0)], [0.0, 1.0, 0.0])
    loss.backward()
    yield "loss", draw(loss)
    yield "loss-depth-1", draw(loss, depth=1, legend=True)
    yield "loss-depth-3", draw(loss, depth=3, theme="dark")
    yield "loss-depth-3-down", draw(loss, depth=3, direction="TB")
    y = x = Value(0.5, name="x")
    for _ in range(300):
        y = (y * x).tanh()
    yield "loop", draw(y, legend=True)


def _arrays() -> Iterator[tuple[str, Drawing]]:
    w = Tensor(np.linspace(-1.0, 1.0, 6).reshape(2, 3), name="W")
    x = Tensor(np.ones((3, 4)), name="X")
    y = (w @ x).tanh().sum()
    y.backward()
    yield "tensors", draw(y)
    model = Sequential(Linear(3, 2), Linear(2, 1))
    yield "linear", draw(model(np.ones((4, 3))).sum(), direction="TB", theme="dark")
    network = MLP(2, [3, 1], activation="tanh", init=init.uniform(-1.0, 1.0, Random(2)))
    run = autograd.compile(lambda a, b: (network([a, b]) - 1.0) ** 2)
    run(np.linspace(0.0, 1.0, 5), np.linspace(1.0, 0.0, 5))
    yield "compiled", draw(run.program)
    yield "compiled-folded", draw(run.program, fold=True, legend=True, direction="TB")


def _hostile() -> Iterator[tuple[str, Drawing]]:
    with scope("<frame> \\G &amp; \\N 日本.second"):
        y = sum((Value(1.0, name=name) for name in HOSTILE if name), Value(1.0, name="first"))
    yield "hostile", draw(y, fold=False, direction="TB")
    values = [Value(1.0, name=name) for name in HOSTILE if name]
    yield "hostile-across", draw(dot(values, [1.0] * len(values)))


def main(arguments: Sequence[str] | None = None) -> None:
    """Write all pictures, and a page that shows them."""
    parser = argparse.ArgumentParser(description="Draw the gallery.")
    parser.add_argument("--output", type=Path, required=True, help="the folder")
    parser.add_argument("--format", choices=["svg", "png", "pdf"], default="svg", help="the format of the pictures")
    options = parser.parse_args(arguments)
    options.output.mkdir(parents=True, exist_ok=True)
    rows = []
    for name, drawing in gallery():
        file = drawing.save(options.output / f"{name}.{options.format}").name
        rows.append(f'<h2>{html.escape(name)}</h2><img src="{html.escape(file)}" style="max-width:{README_WIDTH}px">')
    (options.output / "index.html").write_text(
        "<!doctype html><meta charset=utf-8>" + "\n".join(rows), encoding="utf-8"
    )
    print(f"{len(rows)} pictures in {options.output / 'index.html'}")


if __name__ == "__main__":
    main()
