"""A reader's way is short: the moves between rooms in the three flows that people follow first."""

import numpy as np

import autograd
import visualize
from autograd import Value
from tests.support.house.flows import Flow, flow


def test_a_backward_pass_stays_in_the_core():
    x = Value(2.0)
    found = flow(lambda: (x * x + 1).tanh().backward())
    assert {*found.rooms} == {"autograd.core"}
    assert len({*found.modules}) <= 6


def test_a_drawing_is_read_and_drawn_in_few_moves(tmp_path, renderer):
    x = Value(2.0)
    y = (x * x + 1).tanh()
    found = flow(lambda: visualize.draw(y).save(tmp_path / "y.svg"))
    assert found.moves <= 75, found
    assert {*found.rooms} == {"visualize", *(f"autograd.{room}" for room in "core programs stepping text".split())}


def test_a_first_compiled_call_moves_little():
    w, b = Value(2.0), Value(0.5)
    compiled = autograd.compile(lambda x: (w * x + b).tanh())
    found = flow(lambda: compiled(np.ones(3)))
    assert found.moves <= 40, found
    assert {*found.rooms} == {f"autograd.{room}" for room in "arrays compiler core parameters".split()}
    again = flow(lambda: compiled(np.ones(3)))
    assert again.moves < found.moves / 2


def test_moves_are_counted_between_rooms():
    found = Flow(["autograd.core.tape", "autograd.core.sweep", "autograd.text.paper", "nn.layers", "nn.module"])
    assert (found.rooms[2:4], found.moves) == (["autograd.text", "nn"], 2)
    assert flow(lambda: autograd.sum([])).rooms[0] == "autograd.functions"
