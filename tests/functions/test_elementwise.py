"""The public functions: one name for floats, arrays and values, and what they refuse."""

import math

import numpy as np
import pytest

import autograd
from autograd import InputTypeError, InputValueError, Value
from tests.support.mathematics import MATHEMATICS

MORE = "exp2 square cbrt rsqrt reciprocal sinc floor ceil softsign hardtanh selu".split()
OF_ONE = [
    *"exp expm1 log log2 log10 log1p sqrt sin cos tan asin acos atan sinh cosh tanh asinh atanh erf erfc sign".split(),
    *"sigmoid logsigmoid softplus relu leaky_relu elu gelu silu clip abs round".split(),
    *MORE,
]


@pytest.mark.parametrize("name", OF_ONE)
def test_a_function_of_one_gives_a_float_an_array_or_a_value(name):
    function = getattr(autograd, name)
    value = function(Value(0.5))
    on_float, on_int, on_scalar = function(0.5), function(1), function(np.float32(0.5))
    assert [type(x) for x in (value, on_float, on_int, on_scalar)] == [Value, float, float, float]
    assert value.data == on_float == on_scalar
    for shape in [(3,), (2, 2), (), (0,)]:
        array = np.full(shape, 0.5)
        result = function(array)
        assert isinstance(result, (np.ndarray, np.float64))
        assert result == pytest.approx(np.full(shape, on_float), rel=1e-15)
    assert function(np.full(2, 0.5, np.float32)).dtype == np.float32
    assert function(np.array([1, 0])).dtype in (np.float64, np.int64)


@pytest.mark.parametrize("name", [name for name in OF_ONE if name not in ("abs", "round", *MORE)])
def test_a_method_is_the_function(name):
    x, y = Value(0.5), Value(0.5)
    by_method, by_function = getattr(x, name)(), getattr(autograd, name)(y)
    by_method.backward()
    by_function.backward()
    assert (by_method.data, x.grad) == (by_function.data, y.grad)
    assert getattr(Value, name).__doc__


@pytest.mark.parametrize("name", ["atan2", "hypot", "maximum", "minimum", "logaddexp", "xlogy"])
def test_a_function_of_two_takes_any_mixture(name):
    function = getattr(autograd, name)
    expected = function(0.5, 2.0)
    assert type(expected) is float
    assert [function(*pair).data for pair in [(Value(0.5), 2.0), (0.5, Value(2.0)), (Value(0.5), Value(2.0))]] == [
        expected
    ] * 3
    assert function(np.array([0.5, 0.5]), 2.0) == pytest.approx([expected] * 2, rel=1e-15)
    assert function(0.5, np.array([[2.0]])) == pytest.approx(np.array([[expected]]), rel=1e-15)


def test_edges_are_silent_on_arrays_too():
    assert autograd.log(np.array([0.0, -1.0])) == pytest.approx([-math.inf, math.nan], nan_ok=True)
    assert autograd.exp(1000.0) == math.inf
    assert math.isnan(autograd.sqrt(-1.0))


def test_where_takes_truth_values_of_every_kind():
    x, y = Value(2.0), Value(3.0)
    assert autograd.where(x > y, x, y).data == 3.0
    assert autograd.where(np.True_, x, 0.0).data == 2.0
    assert autograd.where(Value(0.0), x, y).data == 3.0
    assert autograd.where(True, 1.0, 2.0) == 1.0
    assert autograd.where(np.array([True, False]), np.array([1.0, 2.0]), 0.0).tolist() == [1.0, 0.0]


def test_clip_takes_one_bound_or_values_as_bounds():
    x, low = Value(-3.0), Value(-1.0)
    y = autograd.clip(x, low)
    y.backward()
    assert (y.data, x.grad, low.grad) == (-1.0, 0.0, 1.0)
    assert autograd.clip(5.0, high=2) == 2.0
    assert autograd.clip(Value(5.0), -math.inf, 2).data == 2.0
    for call in (lambda: autograd.clip(x, 1, -1), lambda: x.clip(1, -1)):
        with pytest.raises(InputValueError, match="low <= high"):
            call()


def test_the_slope_of_a_leaky_relu_can_be_trained():
    x, slope = Value(-2.0), Value(0.25)
    y = autograd.leaky_relu(x, slope)
    y.backward()
    assert (y.data, x.grad, slope.grad) == (-0.5, 0.25, -2.0)


@pytest.mark.parametrize("given", ["1", None, [1.0], 1j, True and object()])
def test_a_function_refuses_what_is_no_number(given):
    with pytest.raises(InputTypeError, match="exp takes a real number"):
        autograd.exp(given)


@pytest.mark.parametrize("array", [np.array([1j]), np.array([Value(1.0)], dtype=object), np.array(["1"])])
def test_a_function_refuses_arrays_of_other_things(array):
    with pytest.raises(InputTypeError, match="array of real numbers"):
        autograd.exp(array)


def test_a_value_and_an_array_do_not_mix():
    with pytest.raises(InputTypeError, match="for x in array"):
        autograd.maximum(Value(1.0), np.ones(2))


@pytest.mark.parametrize("name", sorted(set(MATHEMATICS) & set(autograd.__all__)))
def test_a_function_has_a_docstring_that_shows_a_gradient(name):
    assert ".grad" in getattr(autograd, name).__doc__


def test_python_itself_does_not_round_a_value_down():
    with pytest.raises(InputTypeError, match=r"autograd\.sin"):
        math.floor(Value(1.5))
    assert np.floor(Value(1.5)).data == 1.0


# --- Over several values ----------------------------------------------------------------------------------------------

OVER = {
    "sum": 6.0,
    "mean": 2.0,
    "prod": 6.0,
    "norm": math.sqrt(14.0),
    "max": 3.0,
    "min": 1.0,
    "var": 2 / 3,
    "std": math.sqrt(2 / 3),
    "logsumexp": 3.4076059644443806,  # 3 + log(1 + 1/e + 1/e²)
}


@pytest.mark.parametrize("name", OVER)
@pytest.mark.parametrize("kind", [list, tuple, iter, np.array])
def test_a_reduction_of_numbers_is_a_float(name, kind):
    result = getattr(autograd, name)(kind([1.0, 2.0, 3.0]))
    assert (type(result), result) == (float, pytest.approx(OVER[name], rel=1e-15))


@pytest.mark.parametrize("name", OVER)
def test_a_reduction_of_values_and_numbers_is_one_value(name):
    x = Value(2.0)
    result = getattr(autograd, name)([1, x, np.float64(3.0)])
    assert result.data == pytest.approx(OVER[name], rel=1e-15)
    assert len(autograd.program(result)) == 2


@pytest.mark.parametrize("name", ["softmax", "log_softmax"])
def test_softmax_gives_as_many_as_it_takes(name):
    function = getattr(autograd, name)
    shares = [0.09003057317038046, 0.24472847105479764, 0.6652409557748218]
    expected = shares if name == "softmax" else list(map(math.log, shares))
    assert function([1.0, 2.0, 3.0]) == pytest.approx(expected, rel=1e-14)
    assert isinstance(function(np.array([1.0, 2.0, 3.0])), np.ndarray)
    assert [p.data for p in function([Value(1.0), 2.0, Value(3.0)])] == pytest.approx(expected, rel=1e-14)


def test_nothing_sums_to_zero_and_multiplies_to_one():
    assert (autograd.sum([]), autograd.prod([]), autograd.dot([], [])) == (0.0, 1.0, 0.0)
    for name in ("mean", "var", "std", "max", "min", "norm", "logsumexp", "softmax", "log_softmax"):
        with pytest.raises(InputValueError, match="at least one"):
            getattr(autograd, name)([])


@pytest.mark.parametrize("given", [3.0, Value(1.0), "abc", None])
def test_a_reduction_takes_one_sequence(given):
    with pytest.raises(InputTypeError, match="takes one sequence"):
        autograd.sum(given)


def test_a_sequence_of_values_has_one_dimension():
    with pytest.raises(InputValueError, match=r"shape \(1, 2\)"):
        autograd.sum(np.array([[Value(1.0), Value(2.0)]], dtype=object))


def test_sums_run_from_left_to_right():
    numbers = [1e16, 1.0, -1e16, 1.0]
    assert autograd.sum(numbers) == 1.0
    assert autograd.sum([Value(x) for x in numbers]).data == 1.0
    assert autograd.dot(numbers, [1.0] * 4, bias=0.0) == 1.0


@pytest.mark.parametrize("bias", [0.5, Value(0.5), 1, np.float32(0.5)])
def test_dot_takes_any_bias(bias):
    w = [Value(2.0), Value(-1.0)]
    z = autograd.dot(w, [3.0, 4.0], bias)
    z.backward()
    assert z.data == 2.0 + float(getattr(bias, "data", bias) if isinstance(bias, Value) else bias)
    assert [each.grad for each in w] == [3.0, 4.0]
    assert (bias.grad if isinstance(bias, Value) else None) == (1.0 if isinstance(bias, Value) else None)


def test_a_dot_keeps_the_sign_of_a_zero_as_its_row_does():
    x = Value(-0.0)
    assert math.copysign(1, autograd.dot([x], [0.0], x).data) == -1.0
    assert math.copysign(1, autograd.dot([-0.0], [0.0], -0.0)) == -1.0
    assert type(autograd.dot([2], [3], 1)) is float


def test_dot_needs_as_many_weights_as_inputs():
    with pytest.raises(InputValueError, match="not 2 and 3"):
        autograd.dot([Value(1.0)] * 2, [1.0] * 3)


def test_a_product_of_integers_beyond_all_floats_is_infinite():
    assert autograd.dot([10**300], [10**300]) == math.inf


def test_the_same_value_may_stand_on_both_sides_of_a_dot():
    x = Value(3.0)
    autograd.dot([x, x], [x, 2.0]).backward()  # x² + 2x
    assert x.grad == 8.0


def test_norms():
    for order, expected, slopes in [(1, 7.0, [1, -1]), (2, 5.0, [0.6, -0.8]), (math.inf, 4.0, [0, -1])]:
        x = [Value(3.0), Value(-4.0)]
        length = autograd.norm(x, order)
        length.backward()
        assert (length.data, [each.grad for each in x]) == (expected, slopes)
    with pytest.raises(InputValueError, match="order 1, 2 or inf"):
        autograd.norm([Value(1.0)], 3)


def test_nan_is_the_largest_and_the_smallest():
    for reduce in (autograd.max, autograd.min):
        for xs in ([1.0, math.nan, 2.0], [math.nan, 1.0], [1.0, math.nan]):
            assert math.isnan(reduce(xs))
            values = [Value(x) for x in xs]
            reduce(values).backward()
            assert [v.grad for v in values] == [0.0] * len(xs)


def test_the_public_names_do_not_hide_builtins():
    assert not {"abs", "max", "min", "round", "sum"} & set(autograd.__all__)
    assert all(hasattr(autograd, name) for name in autograd.__all__)
