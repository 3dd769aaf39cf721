"""Functions of whole arrays: their values and derivatives, over shapes, axes, layouts in memory and precisions."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd
from autograd import InputTypeError, InputValueError, Tensor, Value
from autograd.core.namespaces import arrays, floats
from autograd.core.table import TABLE
from autograd.core.value import apply
from tests.support.arrays import check_derivatives, check_layouts_and_precision, close, numbers
from tests.support.mathematics import MATHEMATICS

# --- What holds for every operation -----------------------------------------------------------------------------------


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


# --- Element by element -----------------------------------------------------------------------------------------------

ELEMENTWISE = [name for name in MATHEMATICS if TABLE[name].arity is not None]


@pytest.mark.parametrize("name", ELEMENTWISE)
def test_a_row_does_to_each_number_of_a_tensor_what_it_does_to_a_value(name):
    """With the points in columns, and the arguments after the first spread along rows."""
    op, points = TABLE[name], MATHEMATICS[name][1]
    columns = [np.array(column) for column in zip(*points, strict=True)]
    tensors = [Tensor(columns[0]), *(Tensor(column[:, None]) for column in columns[1:])]
    result = autograd.arrays.tensor.perform(op, *tensors)
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
    y = autograd.arrays.tensor.perform(op, *tensors)
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
def test_a_reduction_wherever_its_numbers_lie(name, shape, axis):
    check_layouts_and_precision(lambda x: REDUCTIONS[name][0](x, axis, False), numbers(shape))


@pytest.mark.parametrize("name", ALONG)
@settings(deadline=None)
@given(where=shapes_and_axes(least=1), seed=st.integers(0, 99))
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


# --- Between arrays ---------------------------------------------------------------------------------------------------


def test_cosine_similarity_of_rows():
    x, y = numbers((2, 3)), numbers((2, 3), seed=1)
    expected = (x * y).sum(-1) / np.linalg.norm(x, axis=-1) / np.linalg.norm(y, axis=-1)
    assert autograd.cosine_similarity(x, y) == close(expected, 1e-14)
    check_derivatives(autograd.cosine_similarity, x, y)
    check_derivatives(lambda x, y: autograd.cosine_similarity(x, y, axis=0), x, numbers((1, 3)) + 1)
    check_layouts_and_precision(autograd.cosine_similarity, x, y)
    tensor = autograd.cosine_similarity(Tensor(x[0]), Tensor(y[0]))
    value = autograd.cosine_similarity([Value(each) for each in x[0]], list(y[0]))
    assert tensor.item() == pytest.approx(value.data, rel=1e-15)


def test_cosine_similarity_with_a_vector_of_length_0_is_flat():
    x, y = Tensor([[0.0, 0.0], [3.0, 4.0]]), Tensor([1.0, 0.0])
    c = autograd.cosine_similarity(x, y)
    c.sum().backward()
    assert c.numpy().tolist() == [0, 0.6]
    assert x.grad == close(np.array([[0, 0], [0.128, -0.096]]), 1e-14)
    assert y.grad == close(np.array([0, 0.8]), 1e-14)


def test_cosine_similarity_refuses_what_does_not_fit():
    with pytest.raises(InputValueError, match="one length, not 1 and 2"):
        autograd.cosine_similarity([Value(1.0)], [1.0, 2.0])
    with pytest.raises(InputValueError, match="that broadcast"):
        autograd.cosine_similarity(Tensor([1.0, 2.0]), np.ones(3))
    with pytest.raises(InputValueError, match="without numbers"):
        autograd.cosine_similarity(np.ones((2, 0)), np.ones((2, 0)))


# --- Shapes -----------------------------------------------------------------------------------------------------------

SHAPES = {  # ours, numpy's, and the shapes of the arrays
    "reshape": (lambda x: autograd.reshape(x, (3, -1)), lambda x: np.reshape(x, (3, -1)), [(2, 3)]),
    "reshape to a row": (lambda x: autograd.reshape(x, 6), lambda x: np.reshape(x, 6), [(2, 3)]),
    "reshape to no axes": (lambda x: autograd.reshape(x, ()), lambda x: np.reshape(x, ()), [(1, 1)]),
    "ravel": (autograd.ravel, np.ravel, [(2, 3)]),
    "transpose": (autograd.transpose, np.transpose, [(2, 3, 4)]),
    "transpose by axes": (
        lambda x: autograd.transpose(x, (1, -1, 0)),
        lambda x: np.transpose(x, (1, -1, 0)),
        [(2, 3, 4)],
    ),
    "swapaxes": (lambda x: autograd.swapaxes(x, 0, -1), lambda x: np.swapaxes(x, 0, -1), [(2, 3, 4)]),
    "moveaxis": (lambda x: autograd.moveaxis(x, 0, -1), lambda x: np.moveaxis(x, 0, -1), [(2, 3, 4)]),
    "moveaxis of two": (
        lambda x: autograd.moveaxis(x, [2, 0], [0, 1]),
        lambda x: np.moveaxis(x, [2, 0], [0, 1]),
        [(2, 3, 4)],
    ),
    "expand_dims": (lambda x: autograd.expand_dims(x, -1), lambda x: np.expand_dims(x, -1), [(2, 3)]),
    "expand_dims twice": (lambda x: autograd.expand_dims(x, (0, 2)), lambda x: np.expand_dims(x, (0, 2)), [(2, 3)]),
    "squeeze": (autograd.squeeze, np.squeeze, [(1, 3, 1)]),
    "squeeze one": (lambda x: autograd.squeeze(x, 0), lambda x: np.squeeze(x, 0), [(1, 3, 1)]),
    "broadcast_to": (
        lambda x: autograd.broadcast_to(x, (2, 3, 4)),
        lambda x: np.broadcast_to(x, (2, 3, 4)),
        [(3, 1)],
    ),
    "pad": (lambda x: autograd.pad(x, 1), lambda x: np.pad(x, 1), [(2, 3)]),
    "pad before and after": (lambda x: autograd.pad(x, (0, 2)), lambda x: np.pad(x, (0, 2)), [(2, 3)]),
    "pad axes": (lambda x: autograd.pad(x, ((1, 0), (2, 3))), lambda x: np.pad(x, ((1, 0), (2, 3))), [(2, 3)]),
    "concatenate": (lambda *xs: autograd.concatenate(xs), lambda *xs: np.concatenate(xs), [(2, 3), (1, 3), (0, 3)]),
    "concatenate columns": (
        lambda *xs: autograd.concatenate(xs, axis=-1),
        lambda *xs: np.concatenate(xs, axis=-1),
        [(2, 3), (2, 1)],
    ),
    "stack": (lambda *xs: autograd.stack(xs), lambda *xs: np.stack(xs), [(2, 3), (2, 3)]),
    "stack last": (lambda *xs: autograd.stack(xs, axis=-1), lambda *xs: np.stack(xs, axis=-1), [(2,), (2,), (2,)]),
    "stack single numbers": (lambda *xs: autograd.stack(xs), lambda *xs: np.stack(xs), [(), ()]),
    "split": (lambda x: autograd.split(x, 2)[1], lambda x: np.split(x, 2)[1], [(4, 2)]),
    "split at": (lambda x: autograd.split(x, [1, 3], axis=1)[1], lambda x: np.split(x, [1, 3], axis=1)[1], [(2, 5)]),
    "diag of a row": (autograd.diag, np.diag, [(3,)]),
    "diag of a row, above": (lambda x: autograd.diag(x, 2), lambda x: np.diag(x, 2), [(2,)]),
    "diag of a row, below": (lambda x: autograd.diag(x, -1), lambda x: np.diag(x, -1), [(2,)]),
    "diag": (autograd.diag, np.diag, [(3, 4)]),
    "diag above": (lambda x: autograd.diag(x, 1), lambda x: np.diag(x, 1), [(3, 4)]),
    "diag below": (lambda x: autograd.diag(x, -1), lambda x: np.diag(x, -1), [(3, 2)]),
    "diag beyond": (lambda x: autograd.diag(x, 5), lambda x: np.diag(x, 5), [(3, 2)]),
    "trace": (autograd.trace, np.trace, [(3, 4)]),
    "trace above": (lambda x: autograd.trace(x, 1), lambda x: np.trace(x, 1), [(3, 4)]),
    "embedding": (lambda x: autograd.embedding(x, [[2, 0], [2, 2]]), lambda x: x[[[2, 0], [2, 2]]], [(3, 2)]),
    "a part of it": (lambda x: x[1:, ::2], lambda x: x[1:, ::2], [(3, 4)]),
    "backwards": (lambda x: x[::-1, None, ..., 1], lambda x: x[::-1, None, ..., 1], [(3, 2, 2)]),
    "by repeated indices": (lambda x: x[[0, 2, 0]], lambda x: x[[0, 2, 0]], [(3, 2)]),
    "by truth values": (
        lambda x: x[np.array([[True, False, True], [False, True, False]])],
        lambda x: x[np.array([[True, False, True], [False, True, False]])],
        [(2, 3)],
    ),
}
PRODUCTS = {
    "matmul": (autograd.matmul, np.matmul, [(2, 3), (3, 4)]),
    "matmul of many": (autograd.matmul, np.matmul, [(5, 1, 2, 3), (2, 3, 1)]),
    "matmul with a row": (autograd.matmul, np.matmul, [(3,), (3, 4)]),
    "matmul with a column": (autograd.matmul, np.matmul, [(2, 2, 3), (3,)]),
    "matmul over nothing": (autograd.matmul, np.matmul, [(2, 0), (0, 3)]),
    "matmul of nothing": (autograd.matmul, np.matmul, [(0, 2), (2, 3)]),
    "dot": (autograd.dot, np.dot, [(2, 3), (3,)]),
    "dot of matrices": (autograd.dot, np.dot, [(2, 3), (3, 2)]),
    "outer": (autograd.outer, np.outer, [(2,), (3,)]),
    "outer of matrices": (autograd.outer, np.outer, [(2, 1), (1, 3)]),
}
EINSUMS = {
    "ij,jk->ik": [(2, 3), (3, 4)],
    "ij,jk": [(2, 3), (3, 4)],
    "bij,bjk->bik": [(2, 2, 3), (2, 3, 2)],
    "ij,kj->ik": [(2, 3), (4, 3)],
    "i,i->": [(3,), (3,)],
    "i,j->ij": [(2,), (3,)],
    "i,j": [(2,), (3,)],
    "ij,ij->j": [(2, 3), (2, 3)],
    "ijk,j->ki": [(2, 3, 4), (3,)],
    "ij,k->j": [(2, 3), (4,)],
    "ij->ji": [(2, 3)],
    "ba": [(2, 3)],
    "ij->": [(2, 3)],
    "ijk->j": [(2, 3, 4)],
    "ii->": [(3, 3)],
    "ii": [(3, 3)],
    "ii->i": [(3, 3)],
    "iij->ij": [(2, 2, 3)],
    "iji->j": [(2, 3, 2)],
    "iijj->ij": [(2, 2, 3, 3)],
    "ijij->j": [(2, 3, 2, 3)],
    "iii->i": [(3, 3, 3)],
    "ii,ij->j": [(3, 3), (3, 2)],
    "iki, jk -> j": [(2, 3, 2), (2, 3)],
    ",ij->ij": [(), (2, 3)],
    "->": [()],
    ",->": [(), ()],
    "ij,jk->k": [(2, 0), (0, 3)],
}
CASES = SHAPES | PRODUCTS
CASES |= {
    f"einsum {text}": (lambda *xs, s=text: autograd.einsum(s, *xs), lambda *xs, s=text: np.einsum(s, *xs), shapes)
    for text, shapes in EINSUMS.items()
}


@pytest.mark.parametrize("name", CASES)
def test_a_function_of_arrays(name):
    ours, numpys, shapes = CASES[name]
    xs = [numbers(shape, k) for k, shape in enumerate(shapes)]
    expected = np.asarray(numpys(*xs))
    found = ours(*xs)
    assert found == close(expected, 1e-14)
    assert np.shape(found) == expected.shape
    tensor = ours(*map(Tensor, xs))
    assert isinstance(tensor, Tensor)
    assert tensor.shape == expected.shape
    if len(xs) == 2:  # with a constant on either side
        for given in [(Tensor(xs[0]), xs[1]), (xs[0], Tensor(xs[1]))]:
            assert ours(*given).numpy() == close(expected, 1e-14)
    check_derivatives(ours, *xs)


@pytest.mark.parametrize("name", CASES)
def test_a_function_of_arrays_wherever_their_numbers_lie(name):
    ours, _, shapes = CASES[name]
    if all(shapes):
        check_layouts_and_precision(ours, *(numbers(shape, k) for k, shape in enumerate(shapes)))


@settings(deadline=None)
@given(
    shape=st.lists(st.integers(0, 3), max_size=3).map(tuple), missing=st.lists(st.booleans(), min_size=3, max_size=3)
)
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


def test_split_gives_all_parts():
    assert [part.tolist() for part in autograd.split(np.arange(4.0), 2)] == [[0, 1], [2, 3]]
    assert [part.shape for part in autograd.split(Tensor(np.zeros((0, 2))), 3)] == [(0, 2)] * 3


# --- Values and tensors -----------------------------------------------------------------------------------------------


def test_values_stack_to_a_tensor_and_come_apart_again():
    w = [[Value(1.0, name="a"), Value(2.0)], [Value(3.0), 4.0]]
    t = autograd.stack(w)
    assert t.numpy().tolist() == [[1, 2], [3, 4]]
    back = t.values()
    (back[0][0] * back[1][0] + t.sum()).backward()
    assert [w[0][0].grad, w[0][1].grad, w[1][0].grad] == [4.0, 1.0, 2.0]


def test_values_stack_beside_tensors_of_no_axes():
    x, t = Value(2.0), Tensor(3.0)
    y = autograd.stack([x, t, np.array(4.0)])
    (y * y).sum().backward()
    assert (y.numpy().tolist(), x.grad, t.grad.item()) == ([2, 3, 4], 4.0, 6.0)


def test_numbers_stack_to_an_array():
    assert autograd.stack([1, 2.5]).tolist() == [1.0, 2.5]


def test_second_derivatives_pass_through_a_stack_of_values():
    f = lambda xs: (autograd.stack(xs) ** 3).sum() * xs[0]
    assert np.array(autograd.hessian(lambda xs: f(xs).values())([2.0, 3.0])) == close(
        np.array([[48.0, 27.0], [27.0, 36.0]]), 1e-13
    )


# --- What is refused --------------------------------------------------------------------------------------------------

T = np.ones((2, 3))
REFUSED = {
    "numbers that do not fill the shape": (lambda t: autograd.reshape(t, (4, 2)), "do not fill"),
    "an axis that is none": (lambda t: autograd.moveaxis(t, 2, 0), "no axis 2"),
    "an axis without a place": (lambda t: autograd.moveaxis(t, (0, 1), 0), "as many places as axes"),
    "an axis twice": (lambda t: autograd.transpose(t, (0, 0)), "twice"),
    "too few axes": (lambda t: autograd.transpose(t, (0,)), "each of the 2 axes once"),
    "an axis that is longer": (lambda t: autograd.squeeze(t, 0), "longer"),
    "a shape that does not broadcast": (lambda t: autograd.broadcast_to(t, (3, 2)), "broadcast_to of shape"),
    "negative widths": (lambda t: autograd.pad(t, -1), "widths"),
    "widths that are no whole numbers": (lambda t: autograd.pad(t, 0.5), "widths"),
    "widths for other axes": (lambda t: autograd.pad(t, ((1, 1), (1, 1), (1, 1))), "each of the 2 axes"),
    "nothing to concatenate": (lambda t: autograd.concatenate([]), "of nothing"),
    "a single tensor": (lambda t: autograd.concatenate(t), r"write concatenate\(\[…\]\)"),
    "a number": (lambda t: autograd.stack(3.0), r"write stack\(\[…\]\)"),
    "shapes that do not join": (lambda t: autograd.concatenate([t, np.ones((2, 2))]), "concatenate of shape"),
    "no axis to join": (lambda t: autograd.concatenate([t, t], axis=None), "one whole number here"),
    "two axes to join": (lambda t: autograd.stack([t, t], axis=(0, 1)), "one whole number here"),
    "shapes that do not stack": (lambda t: autograd.stack([t, t[0]]), "of one shape"),
    "an axis for values": (lambda t: autograd.stack([Value(1.0)], axis=1), "no axis 1"),
    "text to stack": (lambda t: autograd.stack(["a"]), "stack takes a real number"),
    "parts of other lengths": (lambda t: autograd.split(t, 2, axis=1), "3 numbers do not split into 2"),
    "no parts": (lambda t: autograd.split(t, 0), "do not split"),
    "the diagonal of no matrix": (lambda t: autograd.diag(t[None]), "one dimension or two"),
    "the trace of a row": (lambda t: autograd.trace(t[0]), "a matrix"),
    "an index beyond the table": (lambda t: autograd.embedding(t, [0, 2]), "rows 0 to 1"),
    "an index below 0": (lambda t: autograd.embedding(t, [-1]), "rows 0 to 1"),
    "indices that are no whole numbers": (lambda t: autograd.embedding(t, [0.5]), "whole numbers"),
    "a tensor of indices": (lambda t: autograd.embedding(t, Tensor([1.0])), "whole numbers"),
    "a table without rows": (lambda t: autograd.embedding(t[0, 0], [0]), "with rows"),
    "matrices that do not fit": (lambda t: autograd.matmul(t, t), "matmul of shape"),
    "a number as a matrix": (lambda t: autograd.matmul(t, 2.0), "at least one dimension"),
    "values as a matrix": (lambda t: t @ [Value(1.0), Value(2.0), Value(3.0)], "autograd.stack"),
    "complex numbers": (lambda t: t @ np.array([1j, 1, 1]), "real numbers, not complex128"),
    "dot of more than matrices": (lambda t: autograd.dot(t[None], t), "vectors and matrices"),
    "a value for an array": (lambda t: autograd.matmul(Value(1.0), t), "at least one dimension"),
    "text for an array": (lambda t: autograd.ravel("text"), "array of real numbers"),
    "rows of different lengths": (lambda t: autograd.ravel([[1.0], [2.0, 3.0]]), "array of real numbers"),
    "three operands": (lambda t: autograd.einsum("i,i,i", t[0], t[0], t[0]), "one or two operands"),
    "other operands than letters": (lambda t: autograd.einsum("ij,j", t), "as many as"),
    "an ellipsis": (lambda t: autograd.einsum("...j->j", t), "no ellipsis"),
    "subscripts that are no text": (lambda t: autograd.einsum(t, "ij"), "subscripts first"),
    "subscripts that are no letters": (lambda t: autograd.einsum("i1", t), "letters, commas"),
    "an arrow too many": (lambda t: autograd.einsum("ij->i->j", t), "letters, commas"),
    "a letter that no operand has": (lambda t: autograd.einsum("ij->k", t), "letters of the operands"),
    "a letter twice in the result": (lambda t: autograd.einsum("ij->ii", t), "each once"),
    "letters for other axes": (lambda t: autograd.einsum("i->i", t), "1 letters for an array of shape"),
    "axes that differ": (lambda t: autograd.einsum("ij,ij", t, t.T), "lengths|length 2 and 3"),
    "a backward pass from several numbers": (lambda t: t.backward(), "one number"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_refused(what):
    call, words = REFUSED[what]
    with pytest.raises((InputTypeError, InputValueError), match=words):
        call(Tensor(T))


def test_dot_of_tensors_adds_a_bias():
    w, b = Tensor([[1.0, 2.0], [3.0, 4.0]]), Tensor([10.0, 20.0])
    z = autograd.dot(w, np.array([1.0, 1.0]), b)
    z.sum().backward()
    assert (z.numpy().tolist(), b.grad.tolist()) == ([13, 27], [1, 1])
    assert autograd.dot(np.eye(2), [1.0, 2.0], 1.0).tolist() == [2, 3]


def test_the_namespace_of_arrays_knows_the_rows_of_both_tables():
    assert arrays.sum_over(np.ones((2, 3)), (0,), False).tolist() == [2, 2, 2]
    assert arrays.square(np.array([3.0])).tolist() == [9.0]
