"""The listing: what it shows, under which names, and how it is read by programs."""

import math

import numpy as np
import pytest

import autograd
from autograd import InputTypeError, InputValueError, Value, program
from autograd.programs.listing import Program
from autograd.text.numbers import short


def neuron():
    x, w, b = Value(2.0, name="x"), Value(-3.0, name="w"), Value(6.5, name="b")
    with autograd.scope("neuron"):
        n = x * w + b
        y = n.tanh()
    n.name, y.name = "n", "y"
    return x, w, b, y


@pytest.mark.smoke
def test_the_listing_is_the_tape_in_let_form():
    *_, y = neuron()
    assert str(program(y)) == "\n".join(
        [
            "              value   gradient",
            "x  = input    2.0     -",
            "w  = input    -3.0    -",
            "b  = input    6.5     -",
            "%3 = x * w    -6.0    -         neuron",
            "n  = %3 + b   0.5     -         neuron",
            "y  = tanh(n)  0.4621  -         neuron",
        ]
    )
    y.backward()
    assert str(program(y)).splitlines()[1].split() == ["x", "=", "input", "2.0", "-2.359"]  # w (1 - y²)


def test_the_listing_shows_gradients_as_they_are_when_it_is_printed():
    x = Value(3.0)
    listing = program(x * x)
    assert listing[0].grad is None
    listing[-1].node.backward()
    assert listing[0].grad == 6.0


def test_an_entry_says_all_there_is_to_say():
    x, w, b, y = neuron()
    listing = program(y)
    assert isinstance(listing, Program)
    product = listing[3]
    assert (product.k, product.op, product.name, product.label, product.scope) == (
        3,
        autograd.core.ops.MUL,
        None,
        "%3",
        "neuron",
    )
    assert (product.inputs, product.numbers, product.value) == ((listing[0], listing[1]), (2.0, -3.0), -6.0)
    assert (product.uses, product.role, listing[-1].role, listing[0].role) == ([4], "computed", "output", "input")
    assert repr(product) == "<%3 = x * w: -6.0>"
    assert [entry.node for entry in listing if entry.op is None] == [x, w, b]
    assert listing.results == (listing[-1],)


def test_constants_stand_inside_the_operation():
    x = Value(1.5, name="x")
    y = autograd.clip(2 * x - 0.25, -1, math.inf) ** 3
    assert [entry.expression for entry in program(y)] == ["input", "2 * x", "%1 - 0.25", "clip(%2, -1, inf)", "%3 ** 3"]
    constant, argument = program(y)[1].inputs
    assert (constant, argument.node) == (2, x)


def test_a_name_that_several_values_bear_gets_their_position():
    a, b = Value(1.0, name="w"), Value(2.0, name="w")
    y = a * b
    y.name = "y"
    assert [entry.label for entry in program(y)] == ["w%0", "w%1", "y"]
    assert program(y)[-1].expression == "w%0 * w%1"


def test_leaves_stand_where_they_were_made():
    x = Value(1.0, name="x")
    h = x + 1
    late = Value(2.0, name="late")
    assert [entry.label for entry in program(h * late)] == ["x", "%1", "late", "%3"]


def test_a_leaf_is_a_program_of_one_line():
    x = Value(1.0, name="x")
    x.backward()
    assert str(program(x)).splitlines()[1:] == ["x = input  1.0    1.0"]


def test_it_is_a_sequence():
    *_, y = neuron()
    listing = program(y)
    assert len(listing) == 6
    assert [entry.label for entry in listing[-2:]] == ["n", "y"]
    assert next(reversed(listing)).label == "y"


@pytest.mark.smoke
def test_find_takes_a_value_or_a_label():
    _, w, _, y = neuron()
    listing = program(y)
    assert listing.find(w).k == 1
    assert listing.find("n").k == 4
    assert listing.find("%3").k == 3
    for stranger in ("nobody", Value(2.0)):
        with pytest.raises(InputValueError, match="not part of this program"):
            listing.find(stranger)
    with pytest.raises(InputTypeError, match="by a value or a name, not by int 3"):
        listing.find(3)


def test_a_program_belongs_to_a_value():
    for given in (3.0, None, "x", {"y": Value(1.0)}, [Value(1.0), 2.0]):
        with pytest.raises(InputTypeError, match="belongs to a recorded value"):
            program(given)
    for given in ((), ([],)):
        with pytest.raises(InputValueError, match="at least one"):
            program(*given)


def test_a_program_of_several_results_takes_them_one_by_one_or_as_any_iterable():
    x = Value(2.0, name="x")
    results = [x * 3, x * x]
    expected = str(program(*results))
    assert expected.splitlines()[1:] == ["x  = input  2.0    -", "%1 = x * 3  6.0    -", "%2 = x * x  4.0    -"]
    array = np.array(results, dtype=object)
    for given in (results, tuple(results), array, iter(results), program(*results)):
        assert str(program(given)) == expected
    assert str(program(np.array(results[0], dtype=object)[()])) == str(program(results[0]))


def test_a_long_listing_is_cut_in_the_middle_by_repr_only():
    y = Value(1.0)
    for _ in range(100):
        y = y * 1.0
    assert len(repr(program(y)).splitlines()) == 1 + 30 + 1 + 20
    assert "… 51 more …" in repr(program(y))
    assert len(str(program(y)).splitlines()) == 1 + 101
    assert repr(program(Value(1.0))) == str(program(Value(1.0)))


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (2.0, "2.0"),
        (-0.0, "-0.0"),
        (3, "3"),
        (True, "True"),
        (math.inf, "inf"),
        (math.nan, "nan"),
        (1e308, "1e+308"),
        (123456.789, "1.235e+05"),
        (0.1 + 0.2, "0.3"),
        (None, "-"),
    ],
)
def test_a_number_is_written_short(number, text):
    assert short(number) == text
    assert short(24.70408163265306, digits=8) == "24.704082"
