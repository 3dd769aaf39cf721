"""Functions of each number: one name for floats, arrays, values and tensors."""

import math

import numpy as np
import pytest

import autograd
from autograd import InputValueError, Tensor, Value
from autograd.core.namespaces import floats
from autograd.core.table import TABLE
from autograd.core.value import apply
from tests.support.mathematics import MATHEMATICS

MORE = "exp2 square cbrt rsqrt reciprocal sinc floor ceil softsign hardtanh selu".split()
OF_ONE = [
    *"exp expm1 log log2 log10 log1p sqrt sin cos tan asin acos atan sinh cosh tanh asinh atanh erf erfc sign".split(),
    *"sigmoid logsigmoid softplus relu leaky_relu elu gelu silu clip abs round".split(),
    *MORE,
]


@pytest.mark.smoke
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


def test_python_rounds_a_value_up_and_down_as_we_do():
    x = Value(1.5)
    for y, whole, name in [(math.floor(x), 1.0, "floor"), (np.floor(x), 1.0, "floor"), (math.ceil(x), 2.0, "ceil")]:
        assert (type(y), y.data, autograd.program(y)[-1].op.name) == (Value, whole, name)


# --- On tensors -------------------------------------------------------------------------------------------------------

ELEMENTWISE = [name for name in MATHEMATICS if TABLE[name].arity is not None]


@pytest.mark.parametrize("name", ELEMENTWISE)
def test_a_row_does_to_each_number_of_a_tensor_what_it_does_to_a_value(name):
    """With the points in columns, and the arguments after the first spread along rows."""
    op, points = TABLE[name], MATHEMATICS[name][1]
    columns = [np.array(column) for column in zip(*points, strict=True)]
    tensors = [Tensor(columns[0]), *(Tensor(column[:, None]) for column in columns[1:])]
    result = autograd.arrays.tensor.evaluate(op, *tensors)
    result.sum().backward()
    slopes = [np.zeros(len(points)) for _ in columns]
    expected = np.zeros(result.shape)
    for place in np.ndindex(result.shape):
        indices = [place[-1], *[place[0]] * (len(columns) - 1)]
        xs = [Value(column[i]) for column, i in zip(columns, indices, strict=True)]
        y = apply(op, *xs)
        y.backward()
        expected[place] = y.data
        for k, (x, i) in enumerate(zip(xs, indices, strict=True)):
            slopes[k][i] += x.grad
    assert result.numpy() == pytest.approx(expected, rel=1e-14, abs=1e-300)
    for tensor, slope in zip(tensors, slopes, strict=True):
        assert np.ravel(tensor.grad) == pytest.approx(slope, rel=1e-12, abs=1e-15)


@pytest.mark.parametrize("name", ELEMENTWISE)
def test_a_row_keeps_single_precision(name):
    op, point = TABLE[name], MATHEMATICS[name][1][0]
    tensors = [Tensor(np.full((2, 1), x, np.float32)) for x in point]
    y = autograd.arrays.tensor.evaluate(op, *tensors)
    y.sum().backward()
    assert (y.dtype, y.shape) == (np.float32, (2, 1))
    assert [t.grad.dtype for t in tensors] == [np.float32] * len(tensors)
    right = op.derivatives(floats, *point, op.value(floats, *point))
    for t, slope in zip(tensors, right, strict=True):
        assert t.grad[0, 0] == pytest.approx(slope, rel=1e-5, abs=1e-6)


def test_where_takes_an_array_of_truth_values():
    t = Tensor([[1.0, -2.0], [0.0, 4.0]])
    y = autograd.where(t.numpy() > 0, autograd.sqrt(t), 0)
    y.sum().backward()
    assert y.numpy().tolist() == [[1, 0], [0, 2]]
    assert t.grad.tolist() == [[0.5, 0], [0, 0.25]]
    u = Tensor([1.0, 2.0])
    autograd.where(t > 0, u, Value(3.0)).sum().backward()
    assert u.grad.tolist() == [1, 1]


def test_clip_takes_arrays_and_tensors_as_bounds():
    x, low = Tensor([-3.0, 0.0, 3.0]), Tensor([-1.0, -1.0, -1.0])
    autograd.clip(x, low, np.array([1.0, 2.0, 2.5])).sum().backward()
    assert (x.grad.tolist(), low.grad.tolist()) == ([0, 1, 0], [1, 0, 0])
    assert autograd.clip(np.arange(3.0), np.array([1.0, 0.0, 3.0])).tolist() == [1, 1, 3]
    with pytest.raises(InputValueError, match="low <= high"):
        x.clip(0, np.array([1.0, -1.0, 1.0]))
