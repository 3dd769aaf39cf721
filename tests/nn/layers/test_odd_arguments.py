"""Every layer on arrays, and every container, answers odd arguments with a sentence of ours, or takes them."""

import pytest

from nn import Flatten, Linear, Module, ModuleList, Neuron, PReLU, Residual, Sequential
from tests.support.odd import ODD, misbehaviour


def assigned(**attributes):
    neuron = Neuron(2)
    for name, item in attributes.items():
        setattr(neuron, name, item)
    return neuron.parameters()


# A callable, and arguments with which it works.
CALLS = {
    "Linear": (Linear, {"n_in": 2, "n_out": 1, "activation": "relu", "init": "uniform", "bias": True}),
    "a linear layer": (lambda x: Linear(2, 2)(x), {"x": [1.0, 2.0]}),
    "PReLU": (PReLU, {"channels": 2, "slope": 0.25}),
    "Flatten": (Flatten, {"start": 1}),
    "a flattening": (lambda x: Flatten()(x), {"x": [[1.0, 2.0]]}),
    "Sequential": (lambda layer: Sequential("relu", layer), {"layer": "tanh"}),
    "a sequence": (lambda x: Sequential(Linear(2, 1), "relu")(x), {"x": [1.0, 2.0]}),
    "an index": (lambda index: Sequential("relu")[index], {"index": 0}),
    "Residual": (lambda layer, shortcut: Residual(layer, shortcut=shortcut), {"layer": "relu", "shortcut": "tanh"}),
    "a residual": (lambda x: Residual(Linear(2, 3))(x), {"x": [1.0, 2.0]}),
    "ModuleList": (ModuleList, {"modules": []}),
    "insert": (ModuleList([]).insert, {"index": 0, "module": Linear(1, 1)}),
    "an item": (ModuleList([Linear(1, 1)]).__setitem__, {"index": 0, "module": Linear(1, 1)}),
    "weights": (assigned, {"w": [1.0, 2.0], "b": 1.0}),
    "register_buffer": (lambda name, array: Module().register_buffer(name, array), {"name": "a", "array": [1.0]}),
}
CALLABLE = {"activation", "init", "layer", "shortcut"}
PLACES = [(name, option) for name, (_, options) in CALLS.items() for option in options]


@pytest.mark.parametrize(("name", "option"), PLACES)
def test_an_odd_argument_is_taken_or_refused_with_a_sentence(name, option):
    call, options = CALLS[name]
    call(**options)
    # A builtin is a callable like any other, which then fails in its own words; a list has no item, as lists say it.
    odd_ones = {odd: make for odd, make in ODD.items() if odd != "builtin" or option not in CALLABLE}
    answers = {odd: misbehaviour(call, **{**options, option: make()}) for odd, make in odd_ones.items()}
    assert not {
        odd: answer for odd, answer in answers.items() if answer and not answer.startswith("IndexError: there is")
    }
