"""erf and erfc of large arrays, held against 40 digits of mpmath."""

import math

import mpmath
import numpy as np
import pytest

import autograd
from autograd import Tensor
from autograd.core import namespaces
from autograd.core.namespaces import BLOCK, MANY, erf_of_many, erfc_of_many, ieee

RNG = np.random.default_rng(0)
POINTS = np.concatenate([
    RNG.normal(size=300) * 2, RNG.uniform(-6, 6, 300), RNG.uniform(1, 27.5, 400), 10.0 ** RNG.uniform(-320, 1.4, 200),
    [1 / 32, -1 / 32, 0.5 / 1024, 1.5 / 1024, 6.0, -6.0, 6.0005, 5e-324, -2e-310, 26.55, 26.6, 27.2, 27.3, 40.0, -40.0],
])  # fmt: skip


@pytest.mark.parametrize(("function", "name"), [(erf_of_many, "erf"), (erfc_of_many, "erfc")])
def test_they_are_right_to_two_units_in_the_last_place(function, name):
    found = function(POINTS)
    with mpmath.workdps(40):
        for x, y in zip(POINTS.tolist(), found.tolist(), strict=True):
            exact = getattr(mpmath, name)(mpmath.mpf(x))
            assert abs(mpmath.mpf(y) - exact) <= 2 * mpmath.mpf(math.ulp(float(exact))), x


def test_the_table_has_the_values_of_the_c_library():
    erf, erfc, slopes = namespaces._tables.__wrapped__()
    for k, place in [(0, -6.0), (6 * 1024, 0.0), (7 * 1024, 1.0), (-1, 6.0)]:
        assert erf[k] == pytest.approx(math.erf(place), rel=1e-15)
        assert erfc[k] == pytest.approx(math.erfc(place), rel=1e-15)
        assert slopes[k] == pytest.approx(2 / math.sqrt(math.pi) * math.exp(-place * place), rel=1e-15)


def test_they_have_the_limits_of_the_function():
    given = np.array([math.inf, -1e308, math.nan, 0.0, -0.0])
    assert repr(erf_of_many(given).tolist()) == "[1.0, -1.0, nan, 0.0, -0.0]"
    assert repr(erfc_of_many(given).tolist()) == "[0.0, 2.0, nan, 1.0, 1.0]"
    assert erf_of_many(np.empty((0, 3))).shape == (0, 3)


def test_large_arrays_and_tensors_take_them_in_their_own_precision():
    x = RNG.normal(size=(3, BLOCK))
    assert x.size > MANY
    assert autograd.erf(x) == pytest.approx(np.vectorize(math.erf)(x), rel=1e-15)
    assert autograd.erf(x[:, ::50]) == pytest.approx(np.vectorize(math.erf)(x[:, ::50]), rel=1e-15)
    given = Tensor(x.astype(np.float32))
    y = autograd.erfc(given)
    assert y.data.dtype == np.float32
    y.sum().backward()
    assert given.grad[0, :5] == pytest.approx(-2 / math.sqrt(math.pi) * np.exp(-(x[0, :5] ** 2)), rel=1e-5)


@pytest.mark.parametrize("function", [ieee.erf, ieee.erfc])
@pytest.mark.parametrize("count", [7, MANY + 3, 2 * BLOCK + 1])
def test_they_write_into_an_array_also_the_one_they_read(function, count):
    x = np.linspace(-8, 28, count)
    expected = function(x)
    for out in (np.empty(count), np.empty(2 * count)[::2], np.empty(count, dtype=np.float32)):
        assert function(x, out=out) is out
        np.testing.assert_array_equal(out, expected.astype(out.dtype))
    assert function(x, out=x) is x
    np.testing.assert_array_equal(x, expected)
