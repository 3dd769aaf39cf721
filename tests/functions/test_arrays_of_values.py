"""Arrays of values, numpy's arrays of objects: what every function makes of them, and numpy's own functions.

The same numbers in a tensor are the standard: they have the values and the gradients that are right here.
"""

import math

import numpy as np
import pytest

import autograd
from autograd import InputTypeError, InputValueError, Tensor, Value, compile, program
from autograd.core.several import TABLE
from tests.support.arrays import close, numbers

OF_ONE = [
    *"exp expm1 exp2 log log2 log10 log1p sqrt square cbrt rsqrt reciprocal sin cos tan asin acos atan sinh".split(),
    *"cosh tanh asinh atanh sinc erf erfc sign abs floor ceil round clip relu sigmoid logsigmoid softplus gelu".split(),
    *"silu leaky_relu elu softsign hardtanh selu".split(),
]
OF_TWO = "maximum minimum atan2 hypot logaddexp xlogy prelu".split()
A, B = numbers((2, 3), low=0.1, high=0.8), numbers((2, 3), seed=1, low=0.15, high=0.85)


def values(array):
    """The numbers as values; every third stays a plain number."""
    found = np.empty(array.shape, dtype=object)
    for k, index in enumerate(np.ndindex(array.shape)):
        found[index] = float(array[index]) if k % 3 == 2 else Value(array[index])
    return found


def plain(result):
    """The numbers of a result of values."""
    return np.vectorize(lambda x: x.data if isinstance(x, Value) else float(x), otypes=[float])(result)


def gradients(array):
    """The gradients of an array of values; nan for a plain number, which has none."""
    read = lambda x: (x.grad or 0.0) if isinstance(x, Value) else math.nan
    return np.vectorize(read, otypes=[float])(array)


def agrees_with_tensors(call, *arrays):
    """Compare a call on arrays of values with the same on tensors: the numbers, the shape and the gradients."""
    given, tensors = [values(x) for x in arrays], [Tensor(x) for x in arrays]
    result, expected = call(*given), call(*tensors)
    assert np.shape(result) == expected.shape
    assert isinstance(result, np.ndarray if expected.shape else Value)
    assert plain(result) == close(expected.numpy(), 1e-14)
    weights = numbers(expected.shape, seed=2)
    sum(x * w for x, w in zip(np.ravel(result), weights.ravel(), strict=True) if isinstance(x, Value)).backward()
    (expected * weights).sum().backward()
    for array, tensor in zip(given, tensors, strict=True):
        found = gradients(array)
        assert np.where(np.isnan(found), tensor.grad, found) == close(tensor.grad, 1e-12)


@pytest.mark.parametrize("name", OF_ONE)
def test_a_function_of_one_meets_each_element(name):
    agrees_with_tensors(getattr(autograd, name), A)


@pytest.mark.parametrize("name", OF_TWO)
def test_a_function_of_two_meets_pairs_of_elements_and_broadcasts(name):
    function = getattr(autograd, name)
    agrees_with_tensors(function, A, B)
    agrees_with_tensors(function, A, B[0])
    agrees_with_tensors(lambda x: function(x, 0.5), A)
    agrees_with_tensors(lambda x: function(B, x), A)


def test_every_function_of_elements_is_named_above():
    of_elements = {name for name, op in TABLE.items() if op.arity in (1, 2) and name in dir(autograd)}
    assert of_elements <= {*OF_ONE, *OF_TWO, "acosh"}  # which has no value at these numbers


def test_where_and_clip_choose_element_by_element():
    agrees_with_tensors(lambda x, y: autograd.where(A > 0.4, x, y), A, B)
    agrees_with_tensors(lambda x: autograd.where(x > 0.4, x, 0.0), A)
    agrees_with_tensors(lambda x, low: autograd.clip(x, low, 0.6), A, np.full((2, 3), 0.3))
    with pytest.raises(InputValueError, match="low <= high"):
        autograd.clip(values(A), values(B), 0.1)


OVER = "sum mean prod max min var std norm logsumexp".split()


@pytest.mark.parametrize("name", OVER)
@pytest.mark.parametrize(("axis", "keepdims"), [(None, False), (0, False), (1, True), ((0, 1), True), (-1, False)])
@pytest.mark.untraced
def test_a_reduction_is_a_record_for_each_slice(name, axis, keepdims):
    over = getattr(autograd, name)
    call = lambda x: over(x, axis=axis, keepdims=keepdims)
    agrees_with_tensors(call, A)
    result = np.ravel(call(values(A)))[0]
    assert program(result)[-1].op.name == {"norm": "norm2"}.get(name, name)


@pytest.mark.parametrize("ddof", [1, 0.5])
def test_the_spread_of_slices_has_degrees_of_freedom(ddof):
    agrees_with_tensors(lambda x: autograd.var(x, axis=1, ddof=ddof), A)
    agrees_with_tensors(lambda x: autograd.std(x, ddof=ddof), A)


@pytest.mark.parametrize("name", ["softmax", "log_softmax"])
@pytest.mark.parametrize("axis", [0, -1, None])
def test_a_softmax_is_a_record_for_each_element(name, axis):
    agrees_with_tensors(lambda x: getattr(autograd, name)(x, axis=axis), A)


WHOLE = {
    "norm of order 1": (lambda x: autograd.norm(x, 1, axis=0), [A]),
    "norm of order inf": (lambda x: autograd.norm(x, math.inf), [A]),
    "cosine_similarity": (autograd.cosine_similarity, [A, B]),
    "cosine_similarity along columns": (lambda x, y: autograd.cosine_similarity(x, y, axis=0), [A, B]),
    "matmul": (autograd.matmul, [A, B.T]),
    "matmul with a row": (autograd.matmul, [A[0], B.T]),
    "matmul of several": (autograd.matmul, [np.stack([A, B]), B.T]),
    "matmul with numbers": (lambda x: autograd.matmul(x, B.T), [A]),
    "dot": (autograd.dot, [A, B[0]]),
    "dot with a bias": (lambda x, b: autograd.dot(x, B[0], b), [A, np.ones(2)]),
    "outer": (autograd.outer, [A[0], B[1]]),
    "einsum": (lambda x, y: autograd.einsum("ij,kj->ik", x, y), [A, B]),
    "einsum of a diagonal": (lambda x: autograd.einsum("ii->i", x), [A[:, :2]]),
    "trace": (autograd.trace, [A]),
    "diag": (autograd.diag, [A]),
    "diag of a row": (lambda x: autograd.diag(x, 1), [A[0]]),
    "embedding": (lambda x: autograd.embedding(x, [1, 1, 0]), [A]),
    "reshape": (lambda x: autograd.reshape(x, (3, -1)), [A]),
    "ravel": (autograd.ravel, [A]),
    "transpose": (autograd.transpose, [A]),
    "swapaxes": (lambda x: autograd.swapaxes(x, 0, 1), [A]),
    "moveaxis": (lambda x: autograd.moveaxis(x, 0, 1), [A]),
    "expand_dims": (lambda x: autograd.expand_dims(x, 1), [A]),
    "squeeze": (lambda x: autograd.squeeze(x[:1]), [A]),
    "broadcast_to": (lambda x: autograd.broadcast_to(x, (2, 2, 3)), [A]),
    "pad": (lambda x: autograd.pad(x, 1), [A]),
    "concatenate": (lambda x, y: autograd.concatenate([x, y, A], axis=1), [A, B]),
    "split": (lambda x: autograd.split(x, 3, axis=1)[1], [A]),
    "hstack": (lambda x, y: autograd.hstack([x, y]), [A, B]),
    "vstack": (lambda x, y: autograd.vstack([x, y[0]]), [A, B]),
    "take": (lambda x: autograd.take(x, [[1, 4], [4, 0]]), [A]),
    "repeat": (lambda x: autograd.repeat(x, [2, 0, 1], 1), [A]),
    "tile": (lambda x: autograd.tile(x, (2, 2)), [A]),
    "flip": (autograd.flip, [A]),
    "sort": (autograd.sort, [A]),
    "sort all": (lambda x: autograd.sort(x, None), [A]),
    "cumsum": (lambda x: autograd.cumsum(x, 1), [A]),
    "diff": (lambda x: autograd.diff(x, axis=0), [A]),
    "tensordot": (lambda x, y: autograd.tensordot(x, y, 1), [A, B.T]),
    "inv": (lambda x: autograd.linalg.inv(x - 3 * np.eye(3)), [np.stack([A, B]).reshape(4, 3)[:3]]),
    "solve": (lambda x, y: autograd.linalg.solve(x[:, :2], y), [A, B]),
    "solve for a row": (lambda x, y: autograd.linalg.solve(x[:, 1:], y), [A, B[:, 0]]),
    "solve for several": (lambda x, y: autograd.linalg.solve(np.stack([x[:, :2], x[:, 1:]]), y), [A, B]),
    "det": (lambda x: autograd.linalg.det(x), [np.stack([A, B]).reshape(4, 3)[:3]]),
    "det of four rows": (lambda x: autograd.linalg.det(x), [numbers((4, 4))]),
    "det of one number": (lambda x: autograd.linalg.det(x), [A[:1, :1]]),
    "cholesky": (lambda x: autograd.linalg.cholesky(x + 2 * np.eye(3)), [np.stack([A, B]).reshape(4, 3)[:3]]),
    "conv1d": (autograd.conv1d, [A[None], B[:, :, None].swapaxes(1, 2)[:1].repeat(2, 1)[:, :, :2]]),
    "conv2d": (autograd.conv2d, [A[None, None], B[None, None, :, :2]]),
    "conv2d with a bias": (
        lambda x, b: autograd.conv2d(x, B[None, None, :, :2], b, padding=1),
        [A[None, None], B[0, :1]],
    ),
    "max_pool1d": (lambda x: autograd.max_pool1d(x, 2), [A[None]]),
    "max_pool2d": (lambda x: autograd.max_pool2d(x, 2, stride=1), [A[None, None]]),
    "avg_pool1d": (lambda x: autograd.avg_pool1d(x, 2), [A[None]]),
    "avg_pool2d": (lambda x: autograd.avg_pool2d(x, 2), [A[None, None]]),
}


@pytest.mark.parametrize("name", WHOLE)
def test_a_function_of_whole_arrays_takes_arrays_of_values(name):
    call, arrays = WHOLE[name]
    agrees_with_tensors(call, *arrays)


def test_a_stack_makes_a_tensor_of_a_matrix_of_values():
    x, y = Value(1.0), Value(2.0)
    t = autograd.stack(np.array([[x, y], [y, 3.0]], dtype=object))
    (t * t).sum().backward()
    assert (t.shape, x.grad, y.grad) == ((2, 2), 2.0, 8.0)


def test_slices_without_elements_have_the_sums_of_nothing():
    nothing = np.empty((2, 0), dtype=object)
    assert autograd.sum(nothing, axis=1).tolist() == [0.0, 0.0]
    assert autograd.prod(nothing) == 1.0
    with pytest.raises(InputValueError, match="max over no numbers"):
        autograd.max(nothing, axis=1)


def test_a_function_of_them_is_compiled_like_any_other():
    def loss(x, w):
        h = autograd.tanh(autograd.matmul(w, x))
        return autograd.mean(autograd.concatenate([h, autograd.softmax(x)]) ** 2)

    w, batch = numbers((2, 3)), numbers((5, 3), seed=1)
    found = compile(loss, batch=["x"])(batch, w).numpy()
    by_hand = [np.mean([*np.tanh(w @ x) ** 2, *(np.exp(x) / np.exp(x).sum()) ** 2]) for x in batch]
    assert found == close(np.array(by_hand), 1e-13)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (
            lambda x: autograd.hypot(x, np.ones(2)),
            r"hypot of shape \(2, 3\) and shape \(2,\): lengths have to be equal",
        ),
        (lambda x: autograd.matmul(x, values(B)), r"matmul of shape \(2, 3\) and shape \(2, 3\): the last length"),
        (lambda x: autograd.maximum(x, Tensor(A)), r"autograd\.stack"),
        (lambda x: autograd.concatenate([x, Tensor(A)]), r"autograd\.stack"),
        (lambda x: Tensor(A) @ values(B.T), r"autograd\.stack"),
        (lambda x: autograd.exp(np.array([Value(1.0), None])), "exp takes a real number, not NoneType None"),
        (lambda x: autograd.sum(np.array([Value(1.0), "a"], dtype=object)), "takes a real number, not str 'a'"),
    ],
)
def test_what_does_not_fit_is_refused(call, said):
    with pytest.raises((InputTypeError, InputValueError), match=said):
        call(values(A))


# --- Numpy's own functions --------------------------------------------------------------------------------------------

NUMPYS = {  # of an array, and of an array of values
    "std": (np.std, [A]),
    "var along an axis": (lambda x: np.var(x, axis=0), [A]),
    "mean": (lambda x: np.mean(x, axis=1), [A]),
    "sum": (np.sum, [A]),
    "prod": (lambda x: np.prod(x, axis=0), [A]),
    "cumsum": (np.cumsum, [A]),
    "diff": (np.diff, [A]),
    "dot": (np.dot, [A, B.T]),
    "exp": (np.exp, [A]),
    "exp2": (np.exp2, [A]),
    "cbrt": (np.cbrt, [A]),
    "square": (np.square, [A]),
    "reciprocal": (np.reciprocal, [A]),
    "fabs": (np.fabs, [A]),
    "floor": (lambda x: np.floor(x * 5) * x, [A]),
    "ceil": (lambda x: np.ceil(x * 5) * x, [A]),
    "rint": (lambda x: np.rint(x * 5) * x, [A]),
    "round": (lambda x: np.round(x * 5) * x, [A]),
    "round to a place": (lambda x: np.round(x, 1) * x, [A]),
    "arctan2": (np.arctan2, [A, B]),
    "hypot": (np.hypot, [A, B]),
    "hypot with numbers": (lambda x: np.hypot(x, B), [A]),
    "power": (np.power, [A, B]),
    "maximum": (np.maximum, [A, B]),
    "minimum with a number": (lambda x: np.minimum(x, 0.5), [A]),
    "where": (lambda x: np.where(A > 0.5, x, 0.0), [A]),
    "quantiles": (lambda x: np.quantile(x, [0.1, 0.9]), [A[0]]),
    "percentiles along an axis": (lambda x: np.percentile(x, 40, axis=0), [A]),
    "median": (np.median, [A[0]]),
}


@pytest.mark.parametrize("name", NUMPYS)
def test_numpy_computes_with_values_as_with_numbers(name):
    call, arrays = NUMPYS[name]
    given = [np.vectorize(Value, otypes=[object])(x) for x in arrays]
    result = call(*given)
    assert plain(result) == close(np.asarray(call(*arrays)), 1e-13)
    total = sum(np.ravel(result).tolist())
    total.backward()
    for k, array in enumerate(arrays):
        for index in np.ndindex(array.shape):
            step = np.zeros_like(array)
            step[index] = 1e-6
            up, down = ([x + s * step if j == k else x for j, x in enumerate(arrays)] for s in (1, -1))
            slope = (np.sum(call(*up)) - np.sum(call(*down))) / 2e-6
            assert gradients(given[k])[index] == pytest.approx(slope, rel=1e-7, abs=1e-7)


def test_numpy_computes_with_a_list_of_values():
    x, y = Value(2.0), Value(3.0)
    s = np.std([x, y])
    s.backward()
    assert (s.data, x.grad, y.grad) == (0.5, -0.5, 0.5)


def test_comparisons_of_them_are_arrays_of_truth_values():
    given = values(A)
    for answer, expected in [(given > 0.4, A > 0.4), (given == given, A == A), (np.less(given, B), B > A)]:
        assert answer.dtype == bool
        assert answer.tolist() == expected.tolist()


def test_a_value_beside_them_meets_each_element():
    k = Value(2.0)
    for product in (k * values(A), values(A) * k, np.multiply(k, values(A))):
        assert product.dtype == object
        assert plain(product) == close(2 * A, 1e-15)
