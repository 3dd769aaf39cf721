"""Operations of the user's own behave like built-in ones everywhere."""

import math

import numpy as np
import pytest

import autograd
from autograd import InputTypeError, InputValueError, Value, grad, hessian, jvp, primitive, program
from visualize import draw


@pytest.mark.smoke
def test_an_operation_of_ones_own_is_listed_drawn_and_differentiated_again():
    gauss = primitive("gauss", lambda m, x: m.exp(-x * x), lambda m, x, y: (-2 * x * y,))
    x = Value(0.5, name="x")
    y = gauss(x) + x
    y.backward()
    bell = math.exp(-0.25)
    assert (y.data, x.grad) == pytest.approx((bell + 0.5, 1 - bell), rel=1e-15)
    assert program(y)[1].expression == "gauss(x)"
    assert "gauss(" in draw(y).dot
    assert type(gauss(0.5)) is float
    assert gauss(np.array([0.5, 0.5])) == pytest.approx([bell, bell])
    assert grad(gauss)(0.5) == pytest.approx(-bell, rel=1e-15)
    assert grad(grad(gauss))(0.5) == pytest.approx((4 * 0.25 - 2) * bell, rel=1e-15)
    assert jvp(gauss, (0.5,), (2.0,))[1] == pytest.approx(-2 * bell, rel=1e-15)
    assert (gauss.__name__, "primitive" in gauss.__doc__) == ("gauss", True)


def test_of_two_arguments_with_a_notation_of_its_own():
    energy = primitive("energy", lambda m, x, v: x * v * v / 2, lambda m, x, v, z: (v * v / 2, x * v), "½ {} {}²")
    mass, speed = Value(3.0, name="m"), Value(2.0, name="v")
    z = energy(mass, speed)
    z.backward()
    assert (z.data, mass.grad, speed.grad) == (6.0, 2.0, 6.0)
    assert program(z)[-1].expression == "½ m v²"
    assert hessian(lambda p: energy(p[0], p[1]))([3.0, 2.0]) == [[0.0, 2.0], [2.0, 3.0]]
    with pytest.raises(InputTypeError, match="takes 2 arguments, not 1"):
        energy(mass)


def test_of_any_number_of_arguments():
    squares = primitive(
        "squares",
        lambda m, *xs: sum(x * x for x in xs),
        lambda m, *xs_y: tuple(2 * x for x in xs_y[:-1]),
        lambda operands: " + ".join(f"{operand}²" for operand in operands),
    )
    x, y = Value(3.0, name="x"), Value(4.0, name="y")
    z = squares(x, y, 1.0)
    z.backward()
    assert (z.data, x.grad, y.grad) == (26.0, 6.0, 8.0)
    assert program(z)[-1].expression == "x² + y² + 1.0²"


def test_edges_are_ieee_and_selection_is_respected():
    inverse = primitive("inverse", lambda m, x: 1 / x, lambda m, x, y: (-y * y,))
    assert inverse(0.0) == inverse(Value(0.0)).data == math.inf
    pick = primitive("pick", lambda m, x, y: x, lambda m, x, y, z: (1, 0), selects=True)
    x, y = Value(1.0), Value(2.0)
    pick(x, y).backward(math.inf)
    assert (x.grad, y.grad) == (math.inf, 0.0)


def test_added_again_it_replaces_the_old_one():
    primitive("twice", lambda m, x: x, lambda m, x, y: (1,))
    twice = primitive("twice", lambda m, x: x + x, lambda m, x, y: (2,))
    assert grad(twice)(1.0) == 2.0


@pytest.mark.parametrize("name", ["", "two words", "2x", 3, None])
def test_it_needs_a_name(name):
    with pytest.raises(InputValueError, match="Python name"):
        primitive(name, lambda m, x: x, lambda m, x, y: (1,))


def test_the_built_in_ones_stay():
    with pytest.raises(InputValueError, match="built in"):
        primitive("tanh", lambda m, x: x, lambda m, x, y: (1,))
    assert autograd.tanh(0.0) == 0.0


def test_a_rule_is_a_function():
    with pytest.raises(InputTypeError, match="rule for derivatives"):
        primitive("constant", lambda m, x: x, (1,))
