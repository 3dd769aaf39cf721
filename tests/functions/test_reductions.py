"""Reductions: of sequences of values, and of arrays over axes."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd
from autograd import InputTypeError, InputValueError, Tensor, Value
from tests.support.arrays import check_derivatives, check_layouts_and_precision, close, numbers

# --- Of sequences -----------------------------------------------------------------------------------------------------

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


@pytest.mark.smoke
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


def test_sums_run_from_left_to_right():
    numbers = [1e16, 1.0, -1e16, 1.0]
    assert autograd.sum(numbers) == 1.0
    assert autograd.sum([Value(x) for x in numbers]).data == 1.0
    assert autograd.dot(numbers, [1.0] * 4, bias=0.0) == 1.0


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


# --- Over axes --------------------------------------------------------------------------------------------------------

REDUCTIONS = {  # ours, numpy's, and what it is of no numbers
    "sum": (autograd.sum, np.sum, 0.0),
    "prod": (autograd.prod, np.prod, 1.0),
    "mean": (autograd.mean, np.mean, None),
    "max": (autograd.max, np.max, None),
    "min": (autograd.min, np.min, None),
    "var": (autograd.var, np.var, None),
    "std": (autograd.std, np.std, None),
    "var with ddof": (
        lambda x, axis, keepdims: autograd.var(x, axis, keepdims, ddof=0.5),
        lambda x, axis, keepdims: np.var(x, axis, ddof=0.5, keepdims=keepdims),
        None,
    ),
    "std with ddof": (
        lambda x, axis, keepdims: autograd.std(x, axis, keepdims, ddof=0.5),
        lambda x, axis, keepdims: np.std(x, axis, ddof=0.5, keepdims=keepdims),
        None,
    ),
    "norm": (
        lambda x, axis, keepdims: autograd.norm(x, axis=axis, keepdims=keepdims),
        lambda x, axis, keepdims: np.sqrt(np.sum(x * x, axis, keepdims=keepdims)),
        None,
    ),
    "norm of order 1": (
        lambda x, axis, keepdims: autograd.norm(x, 1, axis, keepdims),
        lambda x, axis, keepdims: np.sum(np.abs(x), axis, keepdims=keepdims),
        0.0,
    ),
    "norm of order inf": (
        lambda x, axis, keepdims: autograd.norm(x, math.inf, axis, keepdims),
        lambda x, axis, keepdims: np.max(np.abs(x), axis, keepdims=keepdims),
        None,
    ),
    "logsumexp": (
        autograd.logsumexp,
        lambda x, axis, keepdims: np.log(np.sum(np.exp(x), axis, keepdims=keepdims)),
        None,
    ),
}
ALONG = {
    "softmax": (autograd.softmax, lambda x, axis: np.exp(x) / np.exp(x).sum(axis, keepdims=True)),
    "log_softmax": (autograd.log_softmax, lambda x, axis: x - np.log(np.exp(x).sum(axis, keepdims=True))),
}


@st.composite
def shapes_and_axes(draw, least=0, most=3):
    shape = tuple(draw(st.lists(st.integers(1, 3), min_size=least, max_size=most)))
    every = st.integers(-len(shape), len(shape) - 1) if shape else st.nothing()
    several = st.lists(st.integers(0, len(shape) - 1), unique=True).map(tuple) if shape else st.just(())
    return shape, draw(st.one_of(st.none(), every, several))


@pytest.mark.untraced
@pytest.mark.parametrize("name", REDUCTIONS)
@settings(deadline=None)
@given(where=shapes_and_axes(), keepdims=st.booleans(), seed=st.integers(0, 99))
def test_a_reduction(name, where, keepdims, seed):
    ours, numpys, _ = REDUCTIONS[name]
    shape, axis = where
    x = numbers(shape, seed)
    count = int(np.prod([shape[k] for k in (range(len(shape)) if axis is None else np.atleast_1d(axis).astype(int))]))
    expected = numpys(x, axis=axis, keepdims=keepdims)
    found = ours(x, axis, keepdims)
    assert found == close(expected, 1e-13)
    assert np.shape(found) == expected.shape
    assert isinstance(found, np.ndarray if expected.shape else float)
    flat = count == 1 and name.startswith("std")  # of one number it is 0, with a kink of its own
    assert ours(Tensor(x), axis, keepdims).numpy() == close(expected, 1e-13)
    if not flat:
        check_derivatives(lambda x: ours(x, axis, keepdims), x, seed=seed)


@pytest.mark.parametrize("name", REDUCTIONS)
@pytest.mark.parametrize(("shape", "axis"), [((2, 3), 0), ((2, 3), None), ((2, 2, 3), (0, 2)), ((4,), -1)])
@pytest.mark.untraced
def test_a_reduction_wherever_its_numbers_lie(name, shape, axis):
    check_layouts_and_precision(lambda x: REDUCTIONS[name][0](x, axis, False), numbers(shape))


@pytest.mark.parametrize("name", ALONG)
@settings(deadline=None)
@given(where=shapes_and_axes(least=1), seed=st.integers(0, 99))
@pytest.mark.untraced
def test_softmax_along_axes(name, where, seed):
    ours, right = ALONG[name]
    shape, axis = where
    x = numbers(shape, seed)
    assert ours(x, axis) == close(right(x, axis), 1e-13)
    check_derivatives(lambda x: ours(x, axis), x, seed=seed)


def test_softmax_takes_the_last_axis_unless_told():
    x = numbers((2, 3))
    assert autograd.softmax(x).sum(-1) == close(np.ones(2), 1e-14)
    check_layouts_and_precision(autograd.softmax, x)
    check_layouts_and_precision(autograd.log_softmax, x)


@pytest.mark.parametrize("name", REDUCTIONS)
def test_a_reduction_over_no_numbers(name):
    ours, _, nothing = REDUCTIONS[name]
    t = Tensor(np.zeros((0, 2)))
    if nothing is None:
        with pytest.raises(InputValueError, match=r"shape \(0, 2\)|takes more than"):
            ours(t, 0, False)
    else:
        y = ours(t, 0, False)
        y.sum().backward()
        assert (y.numpy().tolist(), t.grad.shape) == ([nothing] * 2, (0, 2))
    over_others = ours(t, 1, False)  # of two numbers each, for none
    over_others.sum().backward()
    assert (over_others.shape, t.grad.shape) == ((0,), (0, 2))


def test_ties_share_the_gradient_evenly_along_each_axis():
    t = Tensor([[2.0, 2.0, 1.0], [3.0, 2.0, 3.0]])
    t.max(axis=1).sum().backward()
    assert t.grad.tolist() == [[0.5, 0.5, 0], [0.5, 0, 0.5]]
    t.grad = None
    t.max(axis=0).sum().backward()
    assert t.grad.tolist() == [[0, 0.5, 0], [1, 0.5, 1]]
    t.grad = None
    autograd.min(t).backward()
    assert t.grad.tolist() == [[0, 0, 1], [0, 0, 0]]


def test_the_spread_of_equal_numbers_is_flat():
    t = Tensor([[0.1, 0.1, 0.1], [1.0, 2.0, 4.0]])
    y = t.std(axis=1)
    y.sum().backward()
    assert y.numpy()[0] == 0
    assert t.grad[0].tolist() == [0, 0, 0]


def test_a_norm_neither_overflows_nor_underflows():
    t = Tensor([[3e200, 4e200], [3e-200, 4e-200], [0.0, 0.0], [math.inf, 1.0]])
    y = t.norm(axis=1)
    y.sum().backward()
    assert y.numpy() == close(np.array([5e200, 5e-200, 0, math.inf]), 1e-14)
    assert t.grad[:3] == close(np.array([[0.6, 0.8], [0.6, 0.8], [0, 0]]), 1e-14)


@pytest.mark.parametrize("axis", [2, -3, (0, 0), (0, -2), 1.0, "0"])
def test_an_axis_that_is_none_is_refused(axis):
    with pytest.raises((InputTypeError, InputValueError), match="axis"):
        autograd.sum(Tensor(np.ones((2, 2))), axis=axis)


def test_sequences_have_no_axes():
    for call in (
        lambda: autograd.sum([Value(1.0)], axis=0),
        lambda: autograd.std([1.0, 2.0], keepdims=True),
        lambda: autograd.softmax([Value(1.0)], axis=0),
    ):
        with pytest.raises(InputTypeError, match="for tensors and arrays"):
            call()
    with pytest.raises(InputTypeError, match=r"autograd\.stack"):
        autograd.sum([Tensor([1.0]), Tensor([2.0])])
    with pytest.raises(InputTypeError, match="takes one sequence"):
        autograd.sum(Value(1.0))


def test_the_variance_of_a_sequence_may_be_that_of_a_sample():
    xs = [Value(1.0), Value(2.0), Value(6.0)]
    v, s = autograd.var(xs, ddof=1), autograd.std(xs, ddof=1)
    (v + s).backward()
    assert (v.data, s.data) == (7.0, pytest.approx(math.sqrt(7.0), rel=1e-15))
    slope = 1 + 1 / (2 * math.sqrt(7.0))  # (v + √v)′
    assert [x.grad for x in xs] == pytest.approx([slope * gap for gap in (-2, -1, 3)], rel=1e-14)
    for few in ([Value(1.0)], Tensor([1.0])):
        with pytest.raises(InputValueError, match="ddof=1 takes more than 1 numbers, not 1"):
            autograd.var(few, ddof=1)
