"""Every public callable of visualize answers odd arguments with a sentence of ours, or takes them."""

import numpy as np
import pytest

import autograd
import visualize
from autograd import Value, steps
from nn import MLP
from tests.support.odd import ODD, misbehaviour
from visualize import Drawing, Page


def result():
    x = Value(2.0, name="x")
    y = (3 * x).tanh()
    y.name = "y"
    return y


def compiled_program():
    compiled = autograd.compile(lambda x: x * x)
    compiled(np.array([1.0, 2.0]))
    return compiled.program


def neuron():
    a, b, target = Value(1.0, name="a"), Value(2.0, name="b"), Value(0.5, name="target")
    return ((0.3 * a + b).tanh() - target) ** 2


COLUMNS = {"a": [1.0, 2.0], "b": [2.0, 3.0], "target": [0.0, 1.0]}
OPTIONS = {
    "direction": "LR",
    "theme": "auto",
    "show": ("data",),
    "legend": False,
    "emphasis": None,
    "highlight": None,
    "depth": None,
    "fold": None,
    "expand": (),
    "digits": 4,
}
# A callable, and arguments with which it works.
CALLS = {
    "draw": (visualize.draw, {"y": result(), **OPTIONS}),
    "draw a step": (visualize.draw, {"y": next(steps(result())), "highlight": None, "emphasis": "gradient"}),
    "draw arrays": (visualize.draw, {"y": compiled_program(), **OPTIONS, "show": ("data", "grad", "partial")}),
    "draw_dot": (visualize.draw_dot, {"root": result(), "format": "svg", "rankdir": "LR"}),
    "upstream": (visualize.upstream, {"x": result(), "hops": 2, "of": None}),
    "upstream of": (visualize.upstream, {"x": "x", "hops": 2, "of": result()}),
    "between": (lambda x, y, of: visualize.between(x, y, of=of), {"x": "x", "y": "y", "of": result()}),
    "draw_network": (
        lambda model, **options: visualize.draw_network(model, **options),
        {"model": MLP(2, [1]), "level": "layer", "x": [1.0, 2.0], "show": ("data",), "theme": "light"},
    ),
    "operations of a network": (
        lambda x, level: visualize.draw_network(MLP(2, [1]), x=x, level=level),
        {"x": [1.0, 2.0], "level": "op"},
    ),
    "page": (visualize.page, {"y": result(), "direction": "LR", "digits": 4, "timeout": 60.0}),
    "a page with points": (visualize.page, {"y": neuron(), "data": COLUMNS}),
    "a column": (lambda target: visualize.page(neuron(), data={**COLUMNS, "target": target}), {"target": [0.0, 1.0]}),
    "a point": (lambda x: visualize.page(neuron(), data={**COLUMNS, "a": [1.0, x]}), {"x": 2.0}),
    "play": (visualize.play, {"expression": "x*y", "numbers": {"x": 1.0}}),
    "svg": (visualize.draw(result()).svg, {"timeout": 60.0, "prefix": ""}),
    "save": (visualize.draw(result()).save, {"path": "y.dot", "timeout": 60.0}),
    "save as a picture": (lambda timeout: visualize.draw(result()).save("y.svg", timeout=timeout), {"timeout": 60.0}),
    "save a page": (Page("<p>", 1).save, {"path": "y.html"}),
}
PLACES = [(name, option) for name, (_, options) in CALLS.items() for option in options]


@pytest.fixture(autouse=True)
def _folder_of_its_own(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


@pytest.mark.needs_dot
@pytest.mark.parametrize(("name", "option"), PLACES)
def test_an_odd_argument_is_taken_or_refused_with_a_sentence(name, option):
    call, options = CALLS[name]
    call(**options)
    answers = {odd: misbehaviour(call, **{**options, option: make()}) for odd, make in ODD.items()}
    assert not {odd: answer for odd, answer in answers.items() if answer}


def test_every_public_callable_is_tried():
    kinds = {Drawing.__name__, Page.__name__, "RenderError", "Selection"}
    assert {*visualize.__all__} - kinds <= CALLS.keys()
