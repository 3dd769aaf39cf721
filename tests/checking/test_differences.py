"""Numerical derivatives against closed forms, within the errors that they state."""

import math

import pytest

from autograd.checking.differences import complex_step, has_kink, stencil, taylor_rate
from autograd.core.namespaces import floats
from autograd.core.table import TABLE
from autograd.core.value import compute
from autograd.experiments.rounding import noise


def along_row(name):
    """An operation of one number, which is nan outside of its domain."""
    return lambda m, x: compute(TABLE[name], x) if m is floats else TABLE[name].value(m, x)


@pytest.mark.parametrize(
    ("name", "slope", "points"),
    [
        ("erf", lambda x: 2 / math.sqrt(math.pi) * math.exp(-x * x), [-3.0, -1.2, -0.3, 0.0, 0.9, 1.0, 1.1, 2.0, 5.0]),
        (
            "erfc",
            lambda x: -2 / math.sqrt(math.pi) * math.exp(-x * x),
            [-3.0, -1.2, -0.3, 0.0, 0.9, 1.0, 1.1, 2.0, 9.0],
        ),
        ("log1p", lambda x: 1 / (1 + x), [-0.99, 1e-12, 3.0]),
        ("expm1", math.exp, [-30.0, 1e-12, 3.0]),
        ("log2", lambda x: 1 / x / math.log(2), [1e-3, 5.0]),
        ("cbrt", lambda x: 1 / (3 * abs(x) ** (2 / 3)), [-8.0, -1e-3, 0.5, 27.0]),
        ("tanh", lambda x: 1 / math.cosh(x) ** 2, [-20.0, 0.3, 15.0]),
        ("gelu", lambda x: math.erfc(-x / 2**0.5) / 2 + x * math.exp(-x * x / 2) / math.sqrt(2 * math.pi), [-4.0, 1.0]),
    ],
)
def test_a_complex_step_is_exact_to_the_last_digits(name, slope, points):
    along = along_row(name)
    for x in points:
        assert complex_step(along, x) == pytest.approx(slope(x), rel=5e-15)
        by_stencil = stencil(along, x, 2e-16 * abs(along(floats, x)))
        assert abs(by_stencil.value - slope(x)) <= by_stencil.error
        assert not by_stencil.kink
        if 0.2 < abs(x) < 4:
            assert by_stencil.error < 1e-9 * max(1, abs(slope(x)))


@pytest.mark.parametrize("x", [-3.0, -0.5, 0.5, 3.0])
@pytest.mark.parametrize("y", [-2.0, -0.1, 0.1, 2.0])
def test_complex_steps_of_two_arguments(x, y):
    square = x * x + y * y
    for along, at, slope in [
        (lambda m, t: m.atan2(t, x), y, x / square),
        (lambda m, t: m.atan2(y, t), x, -y / square),
        (lambda m, t: m.hypot(t * 1e200, y * 1e200) / 1e200, x, x / math.sqrt(square)),
        (lambda m, t: m.power(t, 3), x, 3 * x * x),
        (lambda m, t: m.power(abs(x), t), y, abs(x) ** y * math.log(abs(x))),
        (lambda m, t: t % y, x, 1),
        (lambda m, t: x % t, y, -(x // y)),
        (lambda m, t: t // y + x // t, x, 0),
        (lambda m, t: m.where(t < 0, -t, t), x, math.copysign(1, x)),
        (lambda m, t: m.where(t > 0, -t, t), x, -math.copysign(1, x)),
    ]:
        assert complex_step(along, at) == pytest.approx(slope, rel=5e-15)
        assert math.isfinite(along(floats, at))


def test_a_stencil_states_its_error_and_sees_kinks_within_its_step():
    for f, x, slope in [(math.sin, 1.0, math.cos(1.0)), (math.exp, -30.0, math.exp(-30.0)), (math.log, 1e-8, 1e8)]:
        found = stencil(lambda m, x, f=f: f(x), x, 2e-16 * abs(f(x)))
        assert abs(found.value - slope) <= found.error < 1e-9 * abs(slope)
        assert not found.kink
    corner = lambda m, x: max(x, 0.0) ** 2 + math.sin(x)
    assert abs(stencil(corner, 1e-9, 1e-16).value - 1) <= stencil(corner, 1e-9, 1e-16).error
    for kinked in (abs, lambda x: max(x, 0.0), math.floor, lambda x: math.copysign(1, x), lambda x: math.atan2(x, 0)):
        assert stencil(lambda m, x, f=kinked: f(x), 0.0, 1e-16).kink


def test_rates_of_taylor_remainders():
    for slope, rate in [(math.cos(1.0), 2), (math.cos(1.0) * 1.00001, 1), (math.inf, 0), (math.nan, 0)]:
        assert taylor_rate(lambda m, x: m.sin(x), 1.0, slope, 2e-16) == pytest.approx(rate, abs=0.05)
    assert taylor_rate(lambda m, x: 3 * x, 1.0, 3.0, 2e-16) == math.inf
    assert taylor_rate(lambda m, x: x * x * x, 0.0, 0.0, 0.0) == pytest.approx(3)


def test_noise_covers_the_rounding_that_cancellation_brings_up():
    for size in (1.0, 1e4, 1e8):
        (error,) = noise(lambda m, xs, size=size: [(xs[0] + size) - size], [0.1])
        assert abs((0.1 + size) - size - 0.1) <= error < 1e-14 * size
    beyond_one = lambda m, xs: [math.nan if xs[0] * 1.0 > 1 else 1.0, -abs(-xs[0]), math.inf * xs[0]]
    assert noise(beyond_one, [1.0]) == [math.inf, 0.0, 0.0]


def test_kinks_are_told_from_curves():
    for f, x, kink in [
        (lambda m, x: m.absolute(x), 0.0, True),
        (lambda m, x: m.absolute(x), 1e-12, False),
        (lambda m, x: m.sign(x), 0.0, True),
        (along_row("sqrt"), 0.0, True),
        (lambda m, x: m.exp(30 * x), 1.0, False),
    ]:
        assert has_kink(f, x, 1e-2, 1e-2) is kink
    assert has_kink(lambda m, x: m.exp(x), 0.0, math.inf, 0.0)
