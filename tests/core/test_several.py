"""Operations over many values: shares, spreads and cosines."""

import mpmath
import pytest

import autograd
from autograd import Value
from autograd.core import several
from autograd.core.namespaces import floats


@mpmath.workdps(50)
def test_softmax_and_log_softmax():
    xs = [0.7, -2.5, 3.0]
    shares = [mpmath.exp(x) / sum(mpmath.exp(y) for y in xs) for x in xs]
    for i in range(3):
        assert several.SOFTMAX.value(floats, i, *xs) == pytest.approx(float(shares[i]), rel=1e-14)
        assert several.LOG_SOFTMAX.value(floats, i, *xs) == pytest.approx(float(mpmath.log(shares[i])), rel=1e-14)
        of_share = several.SOFTMAX.derivatives(floats, i, *xs, None)[1:]
        of_log = several.LOG_SOFTMAX.derivatives(floats, i, *xs, None)[1:]
        for j in range(3):
            assert of_share[j] == pytest.approx(float(shares[i] * ((i == j) - shares[j])), rel=1e-13)
            assert of_log[j] == pytest.approx(float((i == j) - shares[j]), rel=1e-13)


@pytest.mark.parametrize("numbers", [[0.1, 0.1, 0.1], [1e8 + 0.1] * 7, [3.0], [1e-170] * 2])
def test_equal_numbers_have_no_spread_and_no_gradient(numbers):
    for function in (autograd.var, autograd.std):
        xs = [Value(x) for x in numbers]
        y = function(xs)
        y.backward()
        assert (y.data, [x.grad for x in xs]) == (0.0, [0.0] * len(xs))


def test_a_cosine_with_the_zero_vector_is_flat():
    x, y = [Value(0.0), Value(0.0)], [Value(3.0), Value(4.0)]
    c = autograd.cosine_similarity(x, y)
    c.backward()
    assert (c.data, [each.grad for each in (*x, *y)]) == (0.0, [0.0] * 4)


def test_a_cosine_knows_no_lengths():
    assert autograd.cosine_similarity([3e300, 4e300], [3e-300, 4e-300]) == pytest.approx(1, rel=1e-15)
    assert autograd.cosine_similarity([1.0, 0.0], [0.0, -2.0]) == 0.0
