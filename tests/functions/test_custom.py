"""Operations of the user's own behave like built-in ones everywhere."""

import math

import numpy as np
import pytest

import autograd
from autograd import InputTypeError, InputValueError, Tensor, Value, grad, hessian, jvp, primitive, program
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


VALUE, SLOPE = lambda m, x: x * x, lambda m, x, y: (2 * x,)
RAISING = lambda m, *xs: {}["missing"]


@pytest.mark.parametrize(
    ("value", "derivatives", "said"),
    [
        (VALUE, lambda m, x, y: 2 * x, "one for each argument, 1 in all"),
        (VALUE, lambda m, x, y: (2 * x, 1.0), "one for each argument, 1 in all"),
        (VALUE, lambda m, x, y: (), "one for each argument, 1 in all"),
        (VALUE, lambda m, x, y: "2x", "one for each argument, 1 in all, not str '2x'"),
        (VALUE, lambda m, x, y: None, "one for each argument, 1 in all, not NoneType None"),
        (VALUE, lambda m, x, y: ("2x",), "a derivative of faulty is a number, not str '2x'"),
        (VALUE, lambda m, x, y: (None,), "a derivative of faulty is a number, not NoneType None"),
        (VALUE, lambda m, x, y: (2j,), "a derivative of faulty is a number, not complex"),
        (VALUE, lambda m, x: (2 * x,), "derivatives of faulty raised TypeError"),
        (VALUE, lambda m, x, y: (m.missing_function(x),), "derivatives of faulty raised AttributeError"),
        (VALUE, lambda m, x, y: (RAISING(m),), "derivatives of faulty raised KeyError"),
        (VALUE, lambda m, x, y: ([][0],), "derivatives of faulty raised IndexError"),
        (VALUE, lambda m, x, y: (1 // 0,), "derivatives of faulty raised ZeroDivisionError"),
        (lambda m, x: None, SLOPE, "value of faulty gives a number, not NoneType None"),
        (lambda m, x: "x", SLOPE, "value of faulty gives a number, not str 'x'"),
        (lambda m, x: (x,), SLOPE, "value of faulty gives a number, not tuple"),
        (lambda m, x: 1j, SLOPE, "value of faulty gives a number, not complex"),
        (RAISING, SLOPE, "value of faulty raised KeyError"),
        (lambda m, x: int("x"), SLOPE, "value of faulty raised ValueError"),
    ],
)
@pytest.mark.parametrize("x", [2.0, np.array([2.0, 3.0])])
def test_a_rule_that_gives_no_numbers_is_named(value, derivatives, said, x):
    faulty = primitive("faulty", value, derivatives, "faulty({})")
    leaf = Tensor(x) if isinstance(x, np.ndarray) else Value(x)
    for attempt in (
        lambda: (faulty(leaf) * 1.0).backward(np.ones(2) if isinstance(x, np.ndarray) else 1.0),
        lambda: grad(lambda x: autograd.sum([faulty(x)]) if np.ndim(x) == 0 else faulty(x).sum())(x),
    ):
        with pytest.raises((InputTypeError, InputValueError), match=said):
            attempt()


def test_a_rule_that_raises_an_error_of_ours_keeps_it():
    def value(m, x):
        raise InputValueError("no number beyond the wall")

    with pytest.raises(InputValueError, match="no number beyond the wall"):
        primitive("walled", value, SLOPE)(Value(1.0))


def test_a_rule_may_give_a_list_of_derivatives():
    square = primitive("square_of_ours", VALUE, lambda m, x, y: [2 * x])
    assert grad(square)(3.0) == 6.0


def test_a_rule_runs_on_complex_numbers_as_a_complex_step_does():
    bell = primitive("bell", lambda m, x: m.exp(-x * x), lambda m, x, y: (-2 * x * y,))
    [line] = autograd.check_gradients(bell, 0.5).lines
    assert (line.verdict, line.by) == ("right", "complex step")


def test_shapes_that_do_not_fit_are_named():
    added = primitive("added", lambda m, x, y: x + y, lambda m, x, y, z: (1, 1))
    with pytest.raises(InputValueError, match=r"added of shape \(2,\) and shape \(3,\): lengths"):
        added(np.ones(2), Tensor(np.ones(3)))


def test_a_constant_zero_is_divided_by_on_arrays_too():
    ratio = primitive("ratio_of_ours", lambda m, x, y: x / y, lambda m, x, y, z: (1 / y, -z / y))
    t = Tensor([1.0, -1.0])
    y = ratio(t, 0.0)
    y.sum().backward()
    assert (y.numpy().tolist(), t.grad.tolist()) == ([math.inf, -math.inf], [math.inf, math.inf])


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"notation": 3}, "a format string, or a function, not int 3"),
        ({"notation": "{} @ {}"}, "a place {} for each of its 1 operands"),
        ({"notation": "{x}"}, "a place {} for each of its 1 operands"),
        ({"domain": 1}, "domain is text, not int 1"),
        ({"edge": None}, "edge is text, not NoneType None"),
        ({"selects": "no"}, "selects is True or False, not str 'no'"),
        ({"value": lambda m: 1.0}, "takes the namespace and its operands"),
        ({"value": dict}, "does not say what it takes"),
        ({"name": "lambda"}, "Python name"),
        ({"name": "matmul"}, "built in"),
        ({"name": "power"}, "built in"),
        ({"name": "x" * 100_000 + "!"}, "Python name, not 'xxx.*…$"),
    ],
)
def test_what_is_no_operation_is_refused_at_once(options, said):
    given = {"name": "refused", "value": VALUE, "derivatives": SLOPE} | options
    with pytest.raises((InputTypeError, InputValueError), match=said):
        primitive(**given)


def test_a_row_that_is_replaced_is_replaced_inside_other_rules():
    primitive("gain", lambda m, x: 3.0 * x, lambda m, x, y: (3.0,))
    twice = primitive("gain_and_one", lambda m, x: m.gain(x) + 1.0, lambda m, x, y: (3.0,))
    assert twice(2.0) == 7.0
    primitive("gain", lambda m, x: 10.0 * x, lambda m, x, y: (10.0,))
    assert [twice(2.0), twice(Value(2.0)).data, *twice(np.array([2.0])), *twice(Tensor([2.0])).numpy()] == [21.0] * 4
