"""Public functions take the same kinds of input and refuse the same kinds, whatever they compute."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd
from autograd import InputTypeError, Tensor
from autograd.arrays.table import arrays
from tests.support.arrays import check_derivatives, numbers
from tests.support.mathematics import MATHEMATICS


@pytest.mark.parametrize("given", ["1", None, [1.0], 1j, True and object()])
def test_a_function_refuses_what_is_no_number(given):
    with pytest.raises(InputTypeError, match="exp takes a real number"):
        autograd.exp(given)


@pytest.mark.parametrize("array", [np.array([1j]), np.array(["1"]), np.array([1, 2], "M8[s]")])
def test_a_function_refuses_arrays_of_other_things(array):
    with pytest.raises(InputTypeError, match="array of real numbers"):
        autograd.exp(array)


@pytest.mark.parametrize("name", sorted(set(MATHEMATICS) & set(autograd.__all__)))
def test_a_function_has_a_docstring_that_shows_a_gradient(name):
    assert ".grad" in getattr(autograd, name).__doc__


@pytest.mark.parametrize(
    "function",
    [
        autograd.relu,
        lambda t: t * np.ones((2, 3)),
        lambda t: t @ np.ones((3, 2)),
        lambda t: autograd.maximum(t, 1.0),
        lambda t: t.max(axis=0),
        lambda t: t[0, 0] * Tensor(2.0),
    ],
)
def test_a_gradient_has_the_precision_of_its_tensor(function):
    t = Tensor(np.ones((2, 3), np.float32))
    function(t).sum().backward()
    assert t.grad.dtype == np.float32
    assert autograd.grad(lambda x: function(x).sum())(t.numpy()).dtype == np.float32


def test_an_array_that_does_not_depend_on_the_arguments_has_derivatives_of_zero():
    x, direction = np.arange(3.0), np.ones(3)
    constant = lambda x: np.ones(2)
    assert autograd.jacobian(constant)(x).tolist() == np.zeros((2, 3)).tolist()
    assert [each.tolist() for each in autograd.jvp(constant, (x,), (direction,))] == [[1, 1], [0, 0]]
    assert autograd.vjp(constant, x)[1](np.ones(2))[0].tolist() == [0, 0, 0]
    assert autograd.hvp(lambda x: x.sum(), (x,), (direction,)).tolist() == [0, 0, 0]
    assert autograd.hessian(lambda x: autograd.relu(x - 0.5).sum())(x).tolist() == np.zeros((3, 3)).tolist()


def test_the_derivative_of_no_numbers_has_no_rows():
    assert autograd.jacobian(lambda x: x[:0])(np.ones(3)).shape == (0, 3)


def test_the_check_of_derivatives_would_notice_a_wrong_one(monkeypatch):
    x = numbers((2, 3))
    check_derivatives(lambda x: autograd.mean(x * x, axis=0), x)
    monkeypatch.setattr(autograd.arrays.ops.MEAN_OVER, "pull", lambda m, k, g, *_: m.broadcast_to(g, (2, 3)))
    with pytest.raises(AssertionError):
        check_derivatives(lambda x: autograd.mean(x * x, axis=0), x)


@settings(deadline=None, max_examples=40)
@given(
    shape=st.lists(st.integers(0, 3), max_size=3).map(tuple), missing=st.lists(st.booleans(), min_size=3, max_size=3)
)
@pytest.mark.untraced
def test_what_broadcasting_spread_is_summed_up(shape, missing):
    x = numbers(shape)
    small = numbers(tuple(1 if gone else n for n, gone in zip(shape, missing, strict=False)), seed=1)
    for y in (small, small.reshape(small.shape[1:]) if small.shape[:1] == (1,) else small):
        check_derivatives(lambda x, y: x * y + y / 3 - autograd.sin(y) * x, x, y)


def test_functions_take_lists_and_whole_numbers_and_give_floats_of_single_numbers():
    assert autograd.matmul([[1, 2]], [3, 4]).tolist() == [11.0]
    assert autograd.concatenate([[1], np.array([2])]).dtype == np.float64
    assert type(autograd.trace([[1, 2], [3, 4]])) is float
    assert type(autograd.einsum("i,i", [1, 2], [3, 4])) is float
    assert autograd.sum(np.array([[True, False], [True, True]]), axis=0).tolist() == [2.0, 1.0]
    assert autograd.sum(np.ones(3, np.float32)[None], axis=1).dtype == np.float32


def test_the_namespace_of_arrays_knows_the_rows_of_both_tables():
    assert arrays.sum_over(np.ones((2, 3)), (0,), False).tolist() == [2, 2, 2]
    assert arrays.square(np.array([3.0])).tolist() == [9.0]
