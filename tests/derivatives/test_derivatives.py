"""The operators: derivatives of any order and of any nesting, as claims with numbers from elsewhere."""

import collections
import json
import math
from functools import partial
from pathlib import Path

import numpy as np
import pytest

import autograd
from autograd import (
    InputTypeError,
    InputValueError,
    Value,
    derivative,
    exp,
    grad,
    hessian,
    hvp,
    jacobian,
    jvp,
    no_grad,
    sin,
    sqrt,
    value_and_grad,
    vjp,
)
from autograd.core.table import TABLE, Primitive
from autograd.core.value import apply
from autograd.derivatives.nests import alongside, leaves, rebuild
from tests.support.programs.scalars import DIGITS, context

ROOT_PI, INF = math.sqrt(math.pi), math.inf


def forward(f):
    """The derivative of a function of one variable in forward mode."""
    return lambda x: jvp(f, (x,), (1.0,))[1]


def pulled(f):
    """The same, by a vector-Jacobian product."""
    return lambda x: vjp(f, x)[1](1.0)[0]


MODES = {"reverse": grad, "forward": forward, "vjp": pulled}
NESTINGS = {
    "reverse": [grad] * 5,
    "forward": [forward] * 5,
    "forward over reverse": [grad, forward, grad, forward, grad],
    "reverse over forward": [forward, grad, forward, grad, forward],
    "vjp": [pulled] * 5,
}


def nested(f, operators):
    for operator in operators:
        f = operator(f)
    return f


# --- One variable, every order ----------------------------------------------------------------------------------------

SERIES = {  # the function, a point, its value there and its derivatives in order
    "exp(-x²)": (lambda x: exp(-(x**2)), 0.0, [1, -0.0, -2, 0, 12]),
    "x**3": (lambda x: x**3, 0.0, [0, 0, 0, 6, 0]),
    "(x*x)*x": (lambda x: (x * x) * x, 0.0, [0, 0, 0, 6, 0]),
    "sin": (sin, 0.0, [0, 1, 0, -1, 0, 1]),
    "tanh": (autograd.tanh, 0.0, [0, 1, 0, -2, 0, 16]),
    "atan": (autograd.atan, 0.0, [0, 1, 0, -2, 0, 24]),
    "sigmoid": (autograd.sigmoid, 0.0, [1 / 2, 1 / 4, 0, -1 / 8, 0, 1 / 4]),
    "erf": (autograd.erf, 0.0, [0, 2 / ROOT_PI, 0, -4 / ROOT_PI, 0, 24 / ROOT_PI]),
    "log": (autograd.log, 2.0, [math.log(2), 1 / 2, -1 / 4, 1 / 4, -3 / 8, 3 / 4]),
    "sqrt": (sqrt, 4.0, [2, 1 / 4, -1 / 32, 3 / 256, -15 / 2048]),
    "1/(1+x²)": (lambda x: 1 / (1 + x * x), 0.0, [1, 0, -2, 0, 24, 0]),
    "2**x": (lambda x: 2**x, 1.0, [2 * math.log(2) ** k for k in range(6)]),
    "x log x": (lambda x: x * x.log(), 1.0, [0, 1, 1, -1, 2, -6]),
    "a constant": (lambda x: 5.0, 3.0, [5, 0, 0]),
    "itself": (lambda x: x, 3.0, [3, 1, 0, 0]),
}


@pytest.mark.smoke
@pytest.mark.parametrize("nesting", NESTINGS)
@pytest.mark.parametrize("name", SERIES)
@pytest.mark.untraced
def test_derivatives_of_every_order_by_every_nesting(name, nesting):
    f, point, expected = SERIES[name]
    for order in range(1, len(expected)):
        found = nested(f, NESTINGS[nesting][:order])(point)
        assert type(found) is float
        assert found == pytest.approx(expected[order], rel=1e-13, abs=1e-14)


@pytest.mark.parametrize("name", SERIES)
def test_derivative_takes_the_order(name):
    f, point, expected = SERIES[name]
    assert derivative(f, order=0) is f
    assert derivative(f)(point) == pytest.approx(expected[1], rel=1e-13)
    assert derivative(f, order=2)(point) == pytest.approx(expected[2], rel=1e-13, abs=1e-14)


@pytest.mark.parametrize("order", [-1, 1.0, True, "2", None])
def test_an_order_is_a_whole_number(order):
    with pytest.raises(InputValueError, match="an order is a whole number from 0 to 64, not"):
        derivative(sin, order)


@pytest.mark.parametrize("name", [name for name, op in TABLE.items() if op.arity == 1 and name in DIGITS])
def test_the_rule_that_runs_on_floats_runs_on_values(name):
    """Each row's own text, differentiated twice more, against derivatives in numbers of many digits."""
    f, point = getattr(autograd, name, lambda x: -x), 1.75 if name == "acosh" else 0.625
    for order in (2, 3):
        expected = float(context.diff(DIGITS[name], point, order))
        assert derivative(f, order)(point) == pytest.approx(expected, rel=1e-12, abs=1e-12)


POWERS = [-2, -1, -0.5, 0, 0.0, 0.5, 1, 1.0, 1.5, 2, 2.0, 2.5, 3, 3.0, 4]


def derivative_of_a_power_at_zero(n, order):
    """Of ``x**n`` from the right: ``n (n - 1) … x**(n - order)``, and 0 as soon as a factor is 0."""
    factor = math.prod(n - k for k in range(order))
    return factor * (0.0 if n > order else 1.0 if n == order else INF) if factor else 0.0


@pytest.mark.parametrize("n", POWERS)
@pytest.mark.parametrize("nesting", NESTINGS)
@pytest.mark.parametrize("kind", [lambda n: n, Value], ids=["constant", "value"])
@pytest.mark.untraced
def test_a_power_at_zero_to_the_fourth_order(n, nesting, kind):
    y = kind(n)
    for order in range(1, 5):
        found = nested(lambda x: x**y, NESTINGS[nesting][:order])(0.0)
        assert getattr(found, "data", found) == derivative_of_a_power_at_zero(n, order)
    assert (Value(0.0) ** y).data == (INF if n < 0 else float(n == 0))


@pytest.mark.parametrize("n", POWERS)
def test_a_power_at_zero_whose_exponent_is_another_argument(n):
    f = lambda x, y: x**y
    for order in range(1, 5):
        f = grad(f)
        assert f(0.0, n) == derivative_of_a_power_at_zero(n, order)


@pytest.mark.parametrize(
    ("f", "expected"),
    [
        (autograd.relu, 0),
        (autograd.abs, 0),
        (lambda x: x * x, 2),
        (lambda x: x**2, 2),
        (lambda x: x**1.5, INF),
        (lambda x: x**3, 0),
        (lambda x: x * abs(x), 0),
        (lambda x: autograd.leaky_relu(x, 0.1), 0),
        (lambda x: autograd.elu(x, 0.5), 0.5),  # as its exponential side
        (lambda x: autograd.clip(x, 0.0, 1.0) ** 2, 2),  # a bound belongs to the inside
        (lambda x: autograd.maximum(x * x, -x * x), 0),  # equal arguments share: the curvatures cancel
        (lambda x: autograd.max([x * x, x * x]), 2),
        (autograd.sign, 0),
        (autograd.round, 0),
        (autograd.softplus, 0.25),
        (autograd.log, -INF),
        (sqrt, -INF),
    ],
)
@pytest.mark.parametrize("nesting", ["reverse", "forward", "forward over reverse", "reverse over forward"])
@pytest.mark.untraced
def test_second_derivatives_at_a_kink(f, expected, nesting):
    assert nested(f, NESTINGS[nesting][:2])(0.0) == expected


@pytest.mark.parametrize(
    ("f", "end", "expected"),
    [
        (autograd.asin, 1.0, INF),  # x / (1 - x²)^1.5
        (autograd.asin, -1.0, -INF),
        (autograd.acos, 1.0, -INF),
        (autograd.acos, -1.0, INF),
        (autograd.acosh, 1.0, -INF),  # -x / (x² - 1)^1.5
        (autograd.atanh, 1.0, INF),  # 2x / (1 - x²)²
        (autograd.atanh, -1.0, -INF),
        (autograd.log1p, -1.0, -INF),
        (autograd.reciprocal, 0.0, INF),
        (autograd.rsqrt, 0.0, INF),
        *(
            (f, end, 0.0)
            for f in (autograd.atan, autograd.erf, autograd.erfc, autograd.softsign)
            for end in (1e308, INF)
        ),
    ],
)
@pytest.mark.parametrize("nesting", ["reverse", "forward", "forward over reverse", "reverse over forward"])
@pytest.mark.untraced
def test_second_derivatives_at_the_end_of_a_domain_are_the_limit(f, end, expected, nesting):
    assert nested(f, NESTINGS[nesting][:2])(end) == expected


# --- The side that is not taken ---------------------------------------------------------------------------------------


UNTAKEN = {  # at 0 the root has an infinite slope, and does not matter
    "where": lambda x: autograd.where(x > 0, sqrt(x), 0.0),
    "maximum": lambda x: autograd.maximum(sqrt(x), 1.0),
    "minimum": lambda x: autograd.minimum(-1.0, sqrt(x)),
    "max": lambda x: autograd.max([sqrt(x), 1.0, 0.5]),
    "min": lambda x: autograd.min([sqrt(x), -1.0]),
    "norm_inf": lambda x: autograd.norm([sqrt(x), 1.0, -1.0], INF),
    "relu": lambda x: autograd.relu(sqrt(x) - 1),
    "clip": lambda x: autograd.clip(sqrt(x), 0.5, 1.0),
    "clip to a value": lambda x: autograd.clip(0.0 * x, -1.0, 1 + sqrt(x)),
    "sign": lambda x: autograd.sign(sqrt(x)),
    "a relu's side": lambda x: sqrt(autograd.relu(x)),
}


@pytest.mark.parametrize("first", MODES)
@pytest.mark.parametrize("second", MODES)
@pytest.mark.parametrize("name", UNTAKEN)
@pytest.mark.untraced
def test_the_side_not_taken_sends_nothing_at_any_order(name, first, second):
    f, inner, outer = UNTAKEN[name], MODES[first], MODES[second]
    assert inner(f)(0.0) == 0.0
    assert value_and_grad(inner(f))(0.0) == (0.0, 0.0)
    assert jvp(inner(f), (0.0,), (1.0,)) == (0.0, 0.0)
    assert outer(inner(f))(0.0) == 0.0


def test_where_chooses_by_a_value_too():
    def choice(c, x):
        return autograd.where(c, x * x, x**3)

    assert grad(grad(choice, 1), 1)(1.0, 3.0) == 2.0
    assert grad(grad(choice, 1), 1)(0.0, 3.0) == 18.0
    assert grad(grad(choice, 1), 0)(1.0, 3.0) == 0.0


@pytest.mark.parametrize("operator", [grad, pulled], ids=["reverse", "vjp"])
def test_a_slope_that_happens_to_be_zero_sends_nothing_of_an_infinite_gradient(operator):
    """As in ``backward``."""
    slope, x = Value(0.0), Value(-1.0)
    f = lambda x: sqrt(autograd.leaky_relu(x, slope))
    f(x).backward()
    assert operator(f)(-1.0).data == x.grad == 0.0


@pytest.mark.parametrize("mode", MODES)
def test_a_product_that_happens_to_be_zero_is_no_choice(mode):
    """``inf * 0`` is nan by IEEE 754, as in ``backward``."""
    for f in (lambda x: sqrt(x * 0.0), lambda x: sqrt(autograd.prod([x, 0.0]))):
        assert math.isnan(MODES[mode](f)(1.0))
        assert math.isnan(value_and_grad(MODES[mode](f))(1.0)[0])


@pytest.mark.parametrize(("x", "slope"), [(-2.0, 0.0), (0.0, 0.5), (-1.0, 0.5)])
def test_a_slope_of_zero_still_has_a_derivative(x, slope):
    """``leaky_relu`` is ``slope * x`` there, whose mixed derivative is 1, whatever the slope and ``x``."""
    assert hessian(autograd.leaky_relu, argnums=(0, 1))(x, slope) == ((0.0, 1.0), (1.0, 0.0))


def test_arithmetic_among_constants_that_has_no_result_in_python():
    assert derivative(lambda x: x / 0.0, 2)(1.0) == 0.0
    assert grad(lambda x: grad(lambda y: x * (y / 0.0))(1.0))(2.0) == INF


# --- Levels of nested derivatives -------------------------------------------------------------------------------------
# Perturbation confusion: an implementation that tells levels apart badly gives another number in each of these.


def sum_inside(outer, inner):
    return outer(lambda x: x * inner(lambda y: x + y)(1.0))(1.0)


def constant_one(outer, inner):
    return outer(lambda x: inner(lambda y: x + y)(3.0))(7.0)


def factor_inside(outer, inner):
    return outer(lambda x: inner(lambda y: x * y)(2.0))(1.0)


def product_inside(outer, inner):
    return outer(lambda x: x * inner(lambda y: x * y)(2.0))(1.0)


def inner_at_the_outer_variable(outer, inner):
    return outer(lambda x: x * inner(lambda y: y * y)(x))(3.0)  # 2x², slope 4x


def norm_in_a_closure(outer, inner):
    return outer(lambda v: v * inner(lambda y: y * autograd.norm([v]))(1.0))(1.0)


class Recursive:
    """A function that differentiates itself: a tag drawn from its type is the same on both levels."""

    def __init__(self, operators, x=None):
        self.operators, self.x = operators, x

    def __call__(self, y):
        if not self.operators:
            return self.x + y
        inner, *rest = self.operators
        return y * inner(Recursive(rest, y))(1.0)


def recursive_function(outer, inner):
    return outer(Recursive([inner]))(1.0)


def shift_of_a_function(outer, inner):
    """``s u f x = f (x + u)`` and ``D̂ = D s 0``; then ``D̂ (D̂ exp) = exp``, where tags made once per ``D̂`` give 0."""

    def shift(u):
        return lambda f: lambda x: f(x + u)

    def hat(operator, f):
        return lambda x: operator(lambda u: shift(u)(f)(x))(0.0)

    return hat(outer, hat(inner, exp))(1.0)


def amazing_bug(outer, inner):
    """``f x g y = g (x + y)`` and ``f̂ = D f 3``; then ``f̂ (f̂ exp) 5 = exp 11``, where one tag for both gives 0."""

    def curried(x):
        return lambda g: lambda y: g(x + y)

    def hat(operator, g):
        return lambda y: operator(lambda x: curried(x)(g)(y))(3.0)

    assert hat(outer, exp)(5.0) == pytest.approx(math.exp(8), rel=1e-14)
    return hat(outer, hat(inner, exp))(5.0)


def root_by_newton(outer, inner):
    """The square root by Newton's method, whose slope is found by an operator: ``d √a/da = 1 / (2 √a)``."""

    def root(a):
        x = 1.0
        for _ in range(8):
            x = x - (x * x - a) / inner(lambda y: y * y - a)(x)
        return x

    return outer(root)(2.0)


def optimum(outer, inner):
    """``max over y of -(y - x)² + y`` by steps of inner gradients, as a function of ``x``: ``x + 1/4``, slope 1."""

    def best(x):
        y = 0.0
        for _ in range(60):
            y = y + 0.25 * inner(lambda y: -((y - x) ** 2) + y)(y)
        return -((y - x) ** 2) + y

    return outer(best)(2.0)


CONFUSION = {
    "Siskind & Pearlmutter 2005, Perturbation confusion and referential transparency": (sum_inside, 1.0),
    "Piponi 2011, Perturbation confusion confusion": (factor_inside, 1.0),
    "Manzyuk, Pearlmutter, Radul, Rush & Siskind 2019, the shift function": (shift_of_a_function, math.e),
    "Sussman & Wisdom, scmutils: Alexey's amazing bug (Radul)": (amazing_bug, math.exp(11)),
    "Revels 2015, ForwardDiff: a norm in a closure": (norm_in_a_closure, 2.0),
    "Nash 2018, ForwardDiff: a function that differentiates itself": (recursive_function, 1.0),
    "a slope of one, inside": (constant_one, 0.0),
    "a product inside": (product_inside, 2.0),
    "the inner derivative at the outer variable": (inner_at_the_outer_variable, 12.0),
    "the inner derivative in a root finder": (root_by_newton, 1 / math.sqrt(8)),
    "the inner derivative in an optimizer, after Siskind & Pearlmutter 2008": (optimum, 1.0),
}


@pytest.mark.smoke
@pytest.mark.parametrize("outer", MODES)
@pytest.mark.parametrize("inner", MODES)
@pytest.mark.parametrize("case", CONFUSION)
@pytest.mark.untraced
def test_levels_are_not_confused(case, inner, outer):
    function, expected = CONFUSION[case]
    found = function(MODES[outer], MODES[inner])
    assert type(found) is float
    assert found == pytest.approx(expected, rel=1e-14)


def test_three_levels_in_every_mixture():
    """``d/dx d/dy d/dz x y² z³``, with each level closing over those around it: ``6 y z²`` at (2, 3, 5)."""
    for first in MODES.values():
        for second in MODES.values():
            for third in MODES.values():
                inner = lambda x, y, d=third: d(lambda z: x * y**2 * z**3)(5.0)
                middle = lambda x, d=second, f=inner: d(lambda y: f(x, y))(3.0)
                assert first(middle)(2.0) == 6 * 3 * 25


def test_a_copy_that_escaped_is_a_constant_elsewhere():
    escaped = []

    def leaking(x):
        escaped.append(x)
        return x * x

    assert grad(leaking)(3.0) == 6.0
    found = grad(lambda y: y * escaped[0])(2.0)
    assert (found.data, found.grad) == (3.0, None)


def test_a_curried_function_is_refused():
    with pytest.raises(InputTypeError, match="real number, not function"):
        grad(lambda x: lambda y: x * y)(2.0)


# --- Arguments and results --------------------------------------------------------------------------------------------

Pair = collections.namedtuple("Pair", "a b")


@pytest.mark.parametrize(
    ("argnums", "expected"),
    [
        (0, 12.0),  # of x**2 * y + z at (3, 2, 5): 2xy, x², 1
        (1, 9.0),
        (-1, 1.0),
        (-3, 12.0),
        ((0,), (12.0,)),
        ((0, 1), (12.0, 9.0)),
        ((1, 0), (9.0, 12.0)),
        ([2, 0], (1.0, 12.0)),
        ((0, -1), (12.0, 1.0)),
        (range(3), (12.0, 9.0, 1.0)),
        ((), ()),
    ],
)
def test_argnums_choose_the_arguments(argnums, expected):
    def f(x, y, z):
        return x**2 * y + z

    assert grad(f, argnums)(3.0, 2.0, 5.0) == expected
    assert value_and_grad(f, argnums=argnums)(3.0, 2.0, 5.0) == (23.0, expected)
    assert jacobian(f, argnums)(3.0, 2.0, 5.0) == expected


SHAPES = {  # a function, its argument, its gradient
    "a list": (lambda x: x[0] ** 2 * x[1], [3.0, 2.0], [12.0, 9.0]),
    "a tuple": (lambda x: x[0] ** 2 * x[1], (3.0, 2.0), (12.0, 9.0)),
    "a named tuple": (lambda x: x.a**2 * x.b, Pair(3.0, 2.0), Pair(12.0, 9.0)),
    "a dict": (lambda x: x["a"] ** 2 * x["b"], {"b": 2.0, "a": 3.0}, {"b": 9.0, "a": 12.0}),
    "nested": (lambda x: x["w"][0][1] * x["b"][0], {"w": [(1.0, 2.0)], "b": [5.0]}, {"w": [(0.0, 5.0)], "b": [2.0]}),
    "with nothing in it": (lambda x: x[0] * 2.0, [3.0, [], {}], [2.0, [], {}]),
    "an int": (lambda x: x * x, 3, 6.0),
    "a numpy number": (lambda x: x * x, np.float32(3), 6.0),
}


@pytest.mark.parametrize("name", SHAPES)
def test_a_gradient_has_the_shape_of_its_argument(name):
    f, argument, expected = SHAPES[name]
    found = grad(f)(argument)
    assert found == expected
    assert type(found) is type(expected)
    assert vjp(f, argument)[1](1.0) == (expected,)
    assert jacobian(f)(argument) == expected


def test_a_jacobian_has_the_shape_of_the_results_outside_and_of_the_arguments_inside():
    x, y = 3.0, 2.0
    assert jacobian(lambda x: [x[0] * x[1], x[0] ** 2, 7.0])([x, y]) == [[y, x], [2 * x, 0.0], [0.0, 0.0]]
    assert jacobian(lambda x, y: {"p": x * y, "q": (x, 1)}, (0, 1))(x, y) == {
        "p": (y, x),
        "q": ((1.0, 0.0), (0.0, 0.0)),
    }
    assert jacobian(lambda p: Pair(p["x"] * p["y"], p["y"]))({"x": x, "y": y}) == Pair(
        {"x": y, "y": x}, {"x": 0.0, "y": 1.0}
    )
    assert jacobian(lambda x: [x, x])(3.0) == [1.0, 1.0]


def test_a_hessian_of_several_arguments_has_a_block_for_each_pair():
    f = lambda x, y: x[0] * x[1] * y["k"] ** 2
    assert hessian(f, argnums=(0, 1))([3.0, 2.0], {"k": 5.0}) == (
        [([0.0, 25.0], {"k": 20.0}), ([25.0, 0.0], {"k": 30.0})],
        {"k": ([20.0, 30.0], {"k": 12.0})},
    )


def test_other_arguments_are_constants_of_any_kind():
    def f(x, kind, scale=1.0, *, shift=None):
        assert (kind, shift) == ("plain", "kept")
        return x * scale

    assert grad(f)(3.0, "plain", 5.0, shift="kept") == 5.0
    assert grad(f)(3.0, "plain", scale=2, shift="kept") == 2.0
    assert value_and_grad(f)(3.0, "plain", shift="kept") == (3.0, 1.0)
    assert jacobian(f)(3.0, "plain", shift="kept") == 1.0
    assert grad(lambda x, a: autograd.dot(x, a))([1.0, 2.0], np.array([3.0, 4.0])) == [3.0, 4.0]


def test_the_function_itself_sees_values_only_where_it_is_differentiated():
    seen = []
    grad(lambda x, y: seen.extend([x, y]) or x * y)(3.0, 2.0)
    assert [type(x) for x in seen] == [Value, float]


@pytest.mark.parametrize("operator", [grad, value_and_grad, jacobian, hessian, derivative])
def test_an_operator_keeps_the_name_of_the_function(operator):
    def loss(x):
        """The squared distance."""
        return x * x

    assert (operator(loss).__name__, operator(loss).__doc__) == ("loss", "The squared distance.")
    assert operator(partial(loss))(3.0)


def test_jvp_is_the_jacobian_times_a_vector():
    f = lambda x, y: {"p": x[0] * y, "q": [x[1] ** 2, 4.0]}
    value, tangent = jvp(f, ([3.0, 2.0], 5.0), ([1.0, 10.0], 100.0))
    assert value == {"p": 15.0, "q": [4.0, 4.0]}
    assert tangent == {"p": 5.0 + 300.0, "q": [40.0, 0.0]}
    assert jvp(lambda x: 7.0, (3.0,), (1.0,)) == (7.0, 0.0)
    assert jvp(lambda x: x, [3.0], [np.float32(2)]) == (3.0, 2.0)


def test_vjp_is_a_vector_times_the_jacobian_as_often_as_asked():
    value, pull = vjp(lambda x, y: {"p": x[0] * y, "q": [x[1] ** 2, 4.0]}, [3.0, 2.0], 5.0)
    assert value == {"p": 15.0, "q": [4.0, 4.0]}
    assert pull({"p": 1.0, "q": [10.0, 100.0]}) == ([5.0, 40.0], 3.0)
    assert pull({"p": 0, "q": (1, 0)}) == ([0.0, 4.0], 0.0)
    assert vjp(lambda x: [x * x] * 2, 3.0)[1]([1.0, 10.0]) == (66.0,)


def test_tangents_and_cotangents_go_by_the_keys_of_a_dict():
    f = lambda p: {"u": 2 * p["a"], "v": 3 * p["b"]}
    at = {"a": 1.0, "b": 1.0}
    assert jvp(f, (at,), ({"b": 10.0, "a": 1.0},))[1] == {"u": 2.0, "v": 30.0}
    assert vjp(f, at)[1]({"v": 10.0, "u": 1.0}) == ({"a": 2.0, "b": 30.0},)
    assert hvp(lambda p: p["a"] ** 2 * p["b"], (at,), ({"b": 10.0, "a": 1.0},)) == {"a": 2.0 + 20.0, "b": 2.0}


def test_hvp_is_the_hessian_times_a_vector():
    """Of ``x² y`` at (3, 2): the Hessian is ((2y, 2x), (2x, 0))."""
    assert hvp(lambda x: x[0] ** 2 * x[1], ([3.0, 2.0],), ([1.0, 10.0],)) == [4.0 + 60.0, 6.0]
    assert hvp(lambda x, y: x**2 * y, (3.0, 2.0), (1.0, 10.0)) == (64.0, 6.0)
    assert hvp(lambda x: x**3, [2.0], [1.0]) == 12.0


# --- What belongs to the caller ---------------------------------------------------------------------------------------


def test_nothing_is_deposited():
    x, p = Value(3.0), Value(2.0)
    interior = x * p
    interior.backward()
    values = [x, p, interior]
    before = [v.grad for v in values]
    f = lambda v: v * v * p + interior * v
    for call in (
        lambda: grad(f)(x),
        lambda: hessian(f)(x),
        lambda: jvp(f, (x,), (1.0,)),
        lambda: vjp(f, x)[1](1.0),
        lambda: hvp(f, (interior,), (x,)),
        lambda: grad(f)(5.0),
    ):
        call()
        assert [v.grad for v in values] == before == [2.0, 3.0, 1.0]


def test_a_derivative_at_a_value_is_a_value_to_go_on_from():
    x = Value(3.0)
    value, slope = value_and_grad(lambda v: v**3)(x)
    assert (value.data, slope.data) == (27.0, 27.0)
    (value + 10 * slope).backward()  # 3x² + 10 · 6x
    assert x.grad == 27.0 + 180.0


def test_a_derivative_depends_on_the_values_of_a_closure():
    p = Value(2.0)
    slope = grad(lambda x: p * x**3)(3.0)
    slope.backward()
    assert (slope.data, p.grad) == (54.0, 27.0)
    p.grad = None
    value, tangent = jvp(lambda x: p * x**3, (3.0,), (1.0,))
    (value + tangent).backward()
    assert p.grad == 27.0 + 27.0


def test_tangents_and_cotangents_may_be_values():
    t = Value(10.0)
    tangent = jvp(lambda x: x * x, (3.0,), (t,))[1]
    (pulled_back,) = vjp(lambda x: x * x, 3.0)[1](t)
    for found in (tangent, pulled_back):
        found.backward()
        assert found.data == 60.0
    assert t.grad == 6.0 + 6.0
    nothing = Value(0.0)
    jvp(lambda x: x * x, (3.0,), (nothing,))[1].backward()
    vjp(lambda x: x * x, 3.0)[1](nothing)[0].backward()
    assert nothing.grad == 6.0 + 6.0
    assert grad(lambda c: vjp(lambda x: x**3, 2.0)[1](c * c)[0])(5.0) == 12.0 * 10.0
    assert grad(lambda c: jvp(lambda x: x**3, (2.0,), (c * c,))[1])(5.0) == 12.0 * 10.0


def test_one_value_may_be_several_arguments():
    x = Value(3.0)
    first, second = grad(lambda a, b: a**2 * b, argnums=(0, 1))(x, x)
    assert (first.data, second.data) == (18.0, 9.0)
    (first + second).backward()  # 2ab + a² at a = b = x: 3x², slope 6x
    assert x.grad == 18.0


def test_a_value_made_inside_is_a_constant():
    assert grad(lambda x: Value(5.0) * x)(3.0) == 5.0
    assert grad(lambda x: grad(lambda y: x.detach() * y * x)(2.0))(3.0) == 3.0
    assert grad(lambda x: Value(5.0))(3.0) == 0.0


@pytest.mark.parametrize("order", [1, 2, 3])
def test_a_function_may_call_backward_itself(order):
    w = Value(2.0)

    def f(x):
        y = w * x**4
        y.backward()
        return y

    assert derivative(f, order)(1.0).data == 2.0 * [1, 4, 12, 24][order]
    assert w.grad == 1.0  # what that one call deposits, as it always does


def test_a_backward_pass_inside_reaches_what_the_argument_was_made_of():
    x = Value(3.0)

    def f(v):
        (v * v).backward()
        return v**3

    assert grad(f)(x).data == 27.0
    assert x.grad == 6.0


def test_under_no_grad_an_operator_works_and_its_result_is_a_plain_number():
    x, p = Value(3.0), Value(2.0)
    with no_grad():
        assert derivative(lambda v: v**3, 2)(3.0) == 18.0
        assert hessian(lambda v: [v**3 * p][0])(3.0) == 36.0
        for found in (
            grad(lambda v: v**3)(x),
            jvp(lambda v: v**3, (x,), (1.0,))[1],
            vjp(lambda v: v**3, x)[1](1.0)[0],
            grad(lambda v: p * v**3)(math.sqrt(4.5)),
        ):
            assert (type(found), found) == (float, pytest.approx(27.0, rel=1e-15))
    assert grad(no_grad()(lambda v: v * v))(3.0) == 0.0
    assert grad(lambda v: v * no_grad()(grad(lambda u: u**3))(v))(2.0) == 12.0  # d/dv (12 v)


def test_a_pull_under_no_grad_gives_a_leaf():
    x = Value(3.0)
    _, pull = vjp(lambda v: v**3, x)
    with no_grad():
        (found,) = pull(1.0)
    found.backward()
    assert (found.data, x.grad) == (27.0, None)


def test_data_assigned_between_two_uses_is_read_as_recorded():
    p = Value(2.0)

    def f(x):
        p.data = 2.0
        y = p * x**3
        p.data = 7.0
        return y + p * x**2

    for order, expected in [(1, 2 * 12 + 7 * 4), (2, 2 * 12 + 7 * 2), (3, 2 * 6)]:
        assert derivative(f, order)(2.0).data == expected
    slope = grad(f)(2.0)
    slope.backward()
    assert p.grad == 12.0 + 4.0

    def g(x):
        y = x * x
        x.data = 5.0
        return y + x * x

    assert grad(g)(3.0) == 6.0 + 10.0
    assert jvp(g, (3.0,), (1.0,)) == (34.0, 16.0)


def test_a_value_assigned_after_vjp_does_not_change_its_pull():
    p = Value(2.0)
    _, pull = vjp(lambda x: p * x**2, 3.0)
    p.data = 100.0
    assert pull(1.0)[0].data == 12.0


# --- Depth ------------------------------------------------------------------------------------------------------------


@pytest.mark.untraced
def test_depth_is_no_limit():
    """``(c**n x)²`` for a chain of 10⁴ multiplications; each operator, to second order."""
    c, n = 1.0001, 10**4

    def f(x):
        for _ in range(n):
            x = x * c
        return x * x

    slope = 2 * c ** (2 * n)
    assert grad(f)(1.0) == pytest.approx(slope, rel=1e-11)
    assert jvp(f, (1.0,), (1.0,))[1] == pytest.approx(slope, rel=1e-11)
    assert derivative(f, 2)(1.0) == pytest.approx(slope, rel=1e-11)
    assert hvp(f, (1.0,), (1.0,)) == pytest.approx(slope, rel=1e-11)


def test_what_a_value_was_made_of_is_not_visited_again():
    """A derivative at a value goes back to the value, not to its history."""
    seen = []
    op = Primitive("counted", lambda m, x: x, lambda m, x, y: (seen.append(1) or 1,))
    x = apply(op, Value(3.0))
    for operator in MODES.values():
        assert operator(operator(lambda v: v**3))(x).data == 18.0
    assert seen == []


# --- What is refused --------------------------------------------------------------------------------------------------

TWO = lambda x, y: x * y


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: grad(TWO, 2)(3.0, 2.0), InputValueError, "argument 2 of 2; they count from 0"),
        (lambda: grad(TWO, -3)(3.0, 2.0), InputValueError, "argument -3 of 2"),
        (lambda: grad(TWO, (0, 5))(3.0, 2.0), InputValueError, "argument 5 of 2"),
        (lambda: grad(TWO)(), InputValueError, "argument 0 of 0"),
        (lambda: grad(TWO, (0, 0))(3.0, 2.0), InputValueError, "asks for an argument twice"),
        (lambda: grad(TWO, (1, -1))(3.0, 2.0), InputValueError, "asks for an argument twice"),
        (lambda: grad(TWO, "x")(3.0, 2.0), InputTypeError, "whole number or several, not str 'x'"),
        (lambda: grad(TWO, 0.0)(3.0, 2.0), InputTypeError, "whole number or several, not float 0.0"),
        (lambda: grad(TWO, True)(3.0, 2.0), InputTypeError, "whole number or several, not bool True"),
        (lambda: grad(TWO, ("x",))(3.0, 2.0), InputTypeError, "whole number or several, not str 'x'"),
        (lambda: grad(lambda x: [x, x])(3.0), InputTypeError, "one result, not a list; use jacobian"),
        (lambda: grad(lambda x: {"a": x})(3.0), InputTypeError, "one result, not a dict"),
        (lambda: hessian(lambda x: (x, x))(3.0), InputTypeError, "one result, not a tuple"),
        (lambda: grad(lambda x: None)(3.0), InputTypeError, "forgotten"),
        (lambda: grad(lambda x: x > 0)(3.0), InputTypeError, "not bool"),
        (lambda: jacobian(lambda x: [x, "y"])(3.0), InputTypeError, "not str"),
        (lambda: grad(sin)("3"), InputTypeError, "an argument to differentiate by takes a real number, not str"),
        (lambda: grad(sin)(None), InputTypeError, "not NoneType"),
        (lambda: grad(sin)(True), InputTypeError, "not bool"),
        (
            lambda: jvp(sin, 3.0, 1.0),
            InputTypeError,
            r"jvp takes the arguments as a sequence, not float 3.0; .* \(x,\)",
        ),
        (lambda: hvp(sin, Value(3.0), 1.0), InputTypeError, "hvp takes the arguments as a sequence, not Value"),
        (lambda: jvp(TWO, (3.0, 2.0), (1.0,)), InputValueError, "jvp needs a tangent for each number"),
        (lambda: jvp(TWO, (3.0, 2.0), 1.0), InputValueError, "jvp needs a tangent for each number"),
        (lambda: jvp(sin, ([3.0],), (1.0,)), InputValueError, r"1.0 is not of the shape of \[3.0\]"),
        (lambda: jvp(sin, (3.0,), ([1.0],)), InputValueError, r"\[1.0\] is not of the shape of 3.0"),
        (lambda: jvp(sin, ({"a": 1.0},), ({"b": 1.0},)), InputValueError, "'b'.* is not of the shape of .*'a'"),
        (lambda: jvp(sin, (3.0,), ("1",)), InputTypeError, "a tangent takes a real number, not str"),
        (lambda: vjp(lambda x: [x, x], 3.0)[1](1.0), InputValueError, "vjp needs a cotangent for each number"),
        (lambda: vjp(lambda x: [x, x], 3.0)[1]([1.0] * 3), InputValueError, "vjp needs a cotangent for each number"),
        (lambda: vjp(sin, 3.0)[1](None), InputTypeError, "a cotangent takes a real number, not NoneType"),
        (lambda: hvp(TWO, (3.0, 2.0), (1.0, 2.0, 3.0)), InputValueError, "a tangent for each number"),
    ],
)
def test_bad_input_is_refused_with_a_sentence(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_an_exception_inside_leaves_no_trace():
    x = Value(3.0)
    with pytest.raises(ZeroDivisionError):
        grad(lambda v: v / (1 // 0))(x)
    with no_grad(), pytest.raises(ZeroDivisionError):
        grad(lambda v: v / (1 // 0))(x)
    assert (x.grad, grad(lambda v: v * v)(3.0)) == (None, 6.0)


# --- Nested containers ------------------------------------------------------------------------------------------------


def test_a_nesting_is_taken_apart_and_put_together():
    tree = {"w": [(1, 2), []], "p": Pair(3, {"k": 4}), "n": 5}
    assert list(leaves(tree)) == [1, 2, 3, 4, 5]
    assert rebuild(tree, lambda x: -x) == {"w": [(-1, -2), []], "p": Pair(-3, {"k": -4}), "n": -5}
    assert type(rebuild(tree, str)["p"]) is Pair
    other = {"n": 50, "p": (30, {"k": 40}), "w": [[10, 20], ()]}
    assert list(alongside(tree, other, "")) == [10, 20, 30, 40, 50]
    assert (list(leaves("ab")), rebuild(None, id) == id(None)) == (["ab"], True)


# --- Published numbers ------------------------------------------------------------------------------------------------

EXPRESSIONS = json.loads((Path(__file__).parents[1] / "data" / "expressions.json").read_text())
FUNCTIONS = {name: getattr(autograd, name) for name in "exp log sin relu tanh atanh erf softplus".split()}


def published(case):
    """The function of a case, of as many arguments as it has inputs."""
    return eval(f"lambda {', '.join(case['inputs'])}: {case['expr']}", {"__builtins__": {}} | FUNCTIONS)  # our own file


@pytest.mark.parametrize("case", EXPRESSIONS, ids=lambda case: case["name"])
def test_first_derivatives_of_published_expressions(case):
    f, at = published(case), list(case["inputs"].values())
    value, slopes = value_and_grad(f, range(len(at)))(*at)
    assert value == pytest.approx(case["value"], rel=case["rtol"], abs=case["atol"])
    expected = [case["grads"][name] for name in case["inputs"]]
    assert slopes == pytest.approx(expected, rel=case["rtol"], abs=case["atol"])
    for i in range(len(at)):
        tangents = [float(i == j) for j in range(len(at))]
        assert jvp(f, at, tangents)[1] == pytest.approx(expected[i], rel=case["rtol"], abs=case["atol"])


@pytest.mark.parametrize("case", [c for c in EXPRESSIONS if "second_derivative" in c], ids=lambda case: case["name"])
def test_second_derivatives_of_published_expressions(case):
    (at,) = case["inputs"].values()
    assert derivative(published(case), order=2)(at) == pytest.approx(case["second_derivative"], rel=1e-9)


@pytest.mark.smoke
@pytest.mark.parametrize("case", [c for c in EXPRESSIONS if "hessian" in c], ids=lambda case: case["name"])
def test_hessians_of_published_expressions(case):
    at = list(case["inputs"].values())
    found = hessian(published(case), range(len(at)))(*at)
    for row, expected in zip(found, case["hessian"], strict=True):
        assert row == pytest.approx(expected, rel=1e-9)


def test_the_length_of_a_vector_has_no_curvature_at_the_origin_as_a_magnitude_has_none():
    for length in (lambda x: autograd.hypot(3 * x, 0.0), lambda x: autograd.norm([x, 2 * x]), autograd.abs):
        assert derivative(length, 2)(0.0) == 0.0


def test_a_power_bends_with_its_exponent_also_where_that_is_zero():
    """d²(x^y)/dxdy = x^(y-1) (1 + y log x), which is 1/x at y = 0."""
    (xx, xy), (yx, yy) = hessian(lambda p: p[0] ** p[1])([2.0, 0.0])
    assert (xx, xy, yx, yy) == pytest.approx((0.0, 0.5, 0.5, math.log(2) ** 2), rel=1e-15)
    for x in (0.0, 5e-324, math.inf, math.nan):
        assert grad(lambda x, y: x**y)(x, 0.0) == 0.0


def test_keywords_may_fill_all_places_up_to_the_one_that_is_differentiated():
    f = lambda x, y: x * x * y
    assert grad(f, argnums=1)(3.0, y=2.0) == 9.0
    assert grad(f, argnums=(0, 1))(x=3.0, y=2.0) == (12.0, 9.0)


def test_extremes_over_an_axis_that_are_not_selected_send_nothing_at_any_order():
    """The root of 0 has an infinite slope; ``where`` and ``max`` leave it out."""
    f = lambda x: autograd.where(np.array([True, False]), sqrt(x).max(axis=1), 0.0).sum()
    x = np.array([[0.0, 4.0], [0.0, 0.0]])
    assert grad(f)(x).tolist() == [[0.0, 0.25], [0.0, 0.0]]
    assert grad(lambda x: grad(f)(x).sum())(x).tolist() == [[0.0, -1 / 32], [0.0, 0.0]]


def test_values_in_an_array_that_are_not_selected_get_nothing_at_any_order():
    f = lambda x, y: autograd.stack([sqrt(x), y]).max()
    assert grad(f, argnums=(0, 1))(0.0, 1.0) == (0.0, 1.0)
    assert grad(lambda x, y: grad(f)(x, y) + y, argnums=(0, 1))(0.0, 1.0) == (0.0, 1.0)
