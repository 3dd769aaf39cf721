"""Second derivatives at infinities and at x**y for x = 0: the same by every way, and the limit where it is taken."""

import math

import numpy as np
import pytest

import autograd
from autograd import grad, hessian, hvp, jvp

INF = math.inf
UNIT = [(1.0, 0.0), (0.0, 1.0)]
WAYS = {  # to the matrix of second derivatives of a function of two numbers
    "hessian": lambda f, *p: hessian(f, (0, 1))(*p),
    "hvp": lambda f, *p: [hvp(f, p, unit) for unit in UNIT],
    "reverse over reverse": lambda f, *p: [grad(lambda *x, k=k: grad(f, (0, 1))(*x)[k], (0, 1))(*p) for k in (0, 1)],
    "forward over forward": lambda f, *p: [
        [jvp(lambda *x, one=one: jvp(f, x, one)[1], p, two)[1] for two in UNIT] for one in UNIT
    ],
    "of arrays": lambda f, *p: [hvp(lambda *x: f(*x).sum(), [*map(np.array, p)], [*map(np.array, u)]) for u in UNIT],
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("f", "points"),
    [
        (lambda x, y: autograd.asinh(x) + autograd.asinh(y), [(INF, -INF), (1e200, 1e308)]),
        (lambda x, y: autograd.acosh(x) + autograd.cbrt(y), [(INF, -INF), (INF, INF)]),
        (autograd.hypot, [(INF, 1.0), (-2.0, -INF), (INF, INF), (1e200, INF)]),
        (autograd.atan2, [(INF, 1.0), (-2.0, -INF), (INF, -INF)]),
        (lambda x, y: autograd.elu(x) + autograd.silu(y), [(-INF, -INF), (INF, INF)]),
        (autograd.xlogy, [(0.0, 0.0), (-0.0, 0.0), (0.0, -0.0)]),
    ],
)
@pytest.mark.untraced
def test_slopes_that_settle_move_no_more(way, f, points):
    for point in points:
        assert np.array_equal(np.array(WAYS[way](f, *point), float), np.zeros((2, 2))), point


@pytest.mark.parametrize("way", WAYS)
def test_a_power_of_zero_does_not_move_with_its_exponent_nor_do_its_slopes(way):
    second_by_x = {0.0: 0.0, 0.5: -INF, 1.0: 0.0, 2.0: 2.0, 3.0: 0.0, 1.5: INF}  # the limit of y (y - 1) x**(y - 2)
    for y, bend in second_by_x.items():
        for zero in (0.0, -0.0) if y != 1.5 else (0.0,):
            found = np.array(WAYS[way](lambda x, y: x**y, zero, y), float)
            assert np.array_equal(found, [[bend, 0.0], [0.0, 0.0]]), (zero, y, found)
    found = np.array(WAYS[way](lambda x, y: x**y, 2.0, 3.0), float)
    mixed = 4 * (1 + 3 * math.log(2))
    assert found == pytest.approx(np.array([[12.0, mixed], [mixed, 8 * math.log(2) ** 2]]), rel=1e-14)


def test_compiled_second_derivatives_do_the_same():
    mixed = autograd.compile(lambda x, y: grad(lambda y: grad(lambda x: x**y)(x))(y), batch=False)
    assert [float(mixed(0.0, y).data) for y in (0.0, 0.5, 1.0, 2.0)] == [0.0, 0.0, 0.0, 0.0]
    assert mixed(2.0, 3.0).data == pytest.approx(4 * (1 + 3 * math.log(2)), rel=1e-14)


SETTLING = "atan asinh acosh atanh cbrt erf erfc softsign".split()


@pytest.mark.parametrize("name", SETTLING)
def test_compiled_slopes_settle_in_all_orders(name):
    for order in (2, 3):
        bend = autograd.compile(autograd.derivative(getattr(autograd, name), order))
        assert [bend(x).data for x in (INF, -INF)] == [0.0, 0.0]
        assert bend(autograd.Tensor([INF, -INF])).data.tolist() == [0.0, 0.0]


@pytest.mark.parametrize(
    ("f", "points"),
    [
        (autograd.hypot, [(INF, 1.0), (-2.0, INF)]),
        (autograd.atan2, [(INF, 1.0), (0.0, -INF)]),
        (lambda x, y: autograd.norm([x, y, 1.0]), [(INF, 1.0), (0.5, -INF)]),
    ],
)
def test_compiled_slopes_of_two_numbers_settle_in_the_third_order(f, points):
    third = autograd.compile(lambda x, y: grad(lambda y: grad(grad(lambda x: f(x, y)))(x))(y))
    assert [third(*point).data for point in points] == [0.0, 0.0]


def test_a_factor_that_is_0_by_chance_meets_an_infinite_slope():
    f = lambda u, v: autograd.relu(u) * autograd.sqrt(v)
    for u in (-1.0, 0.0):
        assert hessian(f, (0, 1))(u, 0.0) == ((0.0, 0.0), (0.0, 0.0))
        assert grad(f, (0, 1))(u, 0.0) == (0.0, 0.0)
        assert math.isnan(hvp(f, (u, 0.0), (0.0, 1.0))[1])
