"""The forward mode, step by step: tangents against the reverse mode, and their text."""

import math

import pytest
from hypothesis import given, settings

from autograd import InputTypeError, InputValueError, Tensor, Value, maximum, program, steps, where
from autograd.stepping.passes import begin
from autograd.stepping.tangents import tangents
from tests.support.programs import scalars


def neuron():
    x, w, b = Value(2.0, name="x"), Value(-3.0, name="w"), Value(6.5, name="b")
    n = w * x + b
    n.name = "n"
    y = n.tanh()
    y.name = "y"
    return x, w, y


@pytest.mark.smoke
def test_a_tangent_is_carried_from_the_value_to_the_result():
    _, w, y = neuron()
    slope = 1 - math.tanh(0.5) ** 2
    s = steps(y, direction="tangent", wrt=w)
    assert [step.tangent for step in s] == [2.0, 2.0, 2 * slope]
    assert w.grad is None  # nothing is deposited
    assert [(part.entry.label, part.slope, part.before, part.contribution) for part in s[2].parts] == [
        ("n", slope, 2.0, 2 * slope)
    ]


def test_the_text_of_a_pass_names_the_derivative_at_each_step():
    *_, y = neuron()
    s = steps(y, direction="tangent", wrt="w")
    assert str(s) == "[0/3] before the first step: dw/dw = 1 is given\n      3 steps to go, next: %3 = w * x"
    s.goto("n")
    assert str(s.state()).splitlines() == [
        "after 2 of 3 steps  value  tangent",
        "x  = input          2      0",
        "w  = input          -3     1",
        "b  = input          6.5    0",
        "%3 = w * x          -6     2",
        "n  = %3 + b         0.5    2",
        "y  = tanh(n)        -      -",
    ]
    assert str(s.run()).splitlines()[-1].strip() == "the pass is complete: dy/dw = 1.573"


def test_what_does_not_depend_on_the_value_has_the_tangent_0():
    x, w = Value(2.0, name="x"), Value(3.0, name="w")
    y = (x * 2) * w
    steps_ = list(steps(y, direction="tangent", wrt=w))
    assert [(step.tangent, len(step.parts)) for step in steps_] == [(0.0, 0), (4.0, 1)]


def test_the_pass_ends_at_the_result():
    _, w, y = neuron()
    listing = program(y)
    passed = list(tangents(begin(listing, None)._replace(wrt=listing.find(w))))
    assert [each.entry.label for each in passed] == ["%3", "n", "y"]


def test_a_computed_value_is_one_to_differentiate_by_too():
    x = Value(2.0, name="x")
    u = x * x
    y = u * x
    assert [step.tangent for step in steps(y, direction="tangent", wrt=u)] == [1.0, 2.0]


def test_what_is_not_chosen_contributes_nothing():
    x = Value(0.0, name="x")
    y = where(x > 0, x.sqrt(), maximum(x, -1.0))
    assert list(steps(y, direction="tangent", wrt=x))[-1].tangent == 1.0  # and no nan from sqrt'(0)


def test_versions_of_a_leaf_and_several_results_are_one_derivative_each():
    x = Value(3.0, name="x")
    first = x * 2
    x.data = 5.0
    s = steps([first, first * x], direction="tangent", wrt=x).run()
    assert [step.tangent for step in s[:]] == [2.0, 16.0]
    assert str(s).splitlines()[-1].strip().startswith("the pass is complete: d%1/d")


@settings(max_examples=40, deadline=None)
@given(scalars.programs())
@pytest.mark.long
def test_both_modes_give_the_same_number(drawn):
    y = scalars.backward(drawn)[-1]
    for entry in program(y):
        if entry.op is None:
            found = steps(y, direction="tangent", wrt=entry.node).run().current
            assert found is None or found.tangent == pytest.approx(entry.grad, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize(
    ("ask", "error", "words"),
    [
        (lambda x, y: steps(y, direction="tangent"), InputValueError, 'wrt= and direction="tangent" go together'),
        (lambda x, y: steps(y, wrt=x), InputValueError, 'wrt= and direction="tangent" go together'),
        (lambda x, y: steps(y, direction="tangent", wrt=Value(1.0)), InputValueError, "not part of this program"),
        (lambda x, y: steps(y, direction="tangent", wrt=3.0), InputTypeError, "by a value or a name, not by float"),
        (lambda x, y: steps(y, 2.0, direction="tangent", wrt=x), InputValueError, "leave gradient= away"),
        (
            lambda x, y: steps(Tensor([1.0, 2.0], name="t").sum(), direction="tangent", wrt="t"),
            InputTypeError,
            "is for programs of single numbers",
        ),
    ],
)
def test_other_requests_are_refused(ask, error, words):
    _, w, y = neuron()
    with pytest.raises(error, match=words):
        ask(w, y)
