"""Numpy's own functions on tensors: what they record, what they answer, and what they refuse."""

import numpy as np
import pytest

import autograd
from autograd import InputTypeError, InputValueError, Tensor, Value
from autograd.core.protocol import FUNCTIONS
from tests.support.arrays import close, gradient_by_differences, numbers

A = numbers((2, 3))
POSITIVE = A > 0

RECORDED = {  # a call of numpy's, on an array or on a tensor
    "sum": lambda t: np.sum(t, axis=0),
    "sum of all": lambda t: np.sum(t),
    "sum by keyword": lambda t: np.sum(a=t, axis=(0, 1), keepdims=True),
    "mean": lambda t: np.mean(t, 1),
    "prod": lambda t: np.prod(t, axis=-1),
    "max": lambda t: np.max(t, axis=1),
    "amax": lambda t: np.amax(t),
    "min": lambda t: np.min(t, axis=0, keepdims=True),
    "amin": lambda t: np.amin(t, 1),
    "var": lambda t: np.var(t, axis=1, ddof=1),
    "std": lambda t: np.std(t, keepdims=True),
    "norm": lambda t: np.linalg.norm(t),
    "norm along an axis": lambda t: np.linalg.norm(t, axis=1, keepdims=True),
    "norm of order 1": lambda t: np.linalg.norm(t, 1, axis=0),
    "norm of order inf": lambda t: np.linalg.norm(t[0], np.inf),
    "reshape": lambda t: np.reshape(t, (3, -1)),
    "ravel": lambda t: np.ravel(t),
    "transpose": lambda t: np.transpose(t),
    "transpose by axes": lambda t: np.transpose(t, axes=(1, 0)),
    "swapaxes": lambda t: np.swapaxes(t, 0, 1),
    "moveaxis": lambda t: np.moveaxis(t, 0, -1),
    "expand_dims": lambda t: np.expand_dims(t, 1),
    "squeeze": lambda t: np.squeeze(np.expand_dims(t, 1), axis=1),
    "broadcast_to": lambda t: np.broadcast_to(t, (2, 2, 3)),
    "pad": lambda t: np.pad(t, 1),
    "pad by mode": lambda t: np.pad(t, ((0, 1), (2, 0)), mode="constant"),
    "concatenate": lambda t: np.concatenate([t, A, t], axis=1),
    "stack": lambda t: np.stack([t, A]),
    "split": lambda t: np.split(t, 3, axis=1)[2],
    "dot": lambda t: np.dot(t, A.T),
    "outer": lambda t: np.outer(A, t),
    "einsum": lambda t: np.einsum("ij,kj->ik", t, A),
    "trace": lambda t: np.trace(t, offset=1),
    "diag": lambda t: np.diag(t),
    "tensordot": lambda t: np.tensordot(t, A.T, axes=([0, 1], [1, 0])),
    "take": lambda t: np.take(t, [2, 0], axis=1),
    "repeat": lambda t: np.repeat(t, 2, axis=1),
    "tile": lambda t: np.tile(t, 2),
    "flip": lambda t: np.flip(t, 1),
    "sort": lambda t: np.sort(t, axis=0),
    "cumsum": lambda t: np.cumsum(t, axis=1),
    "diff": lambda t: np.diff(t, n=2),
    "hstack": lambda t: np.hstack([t, A]),
    "vstack": lambda t: np.vstack([A, t, t]),
    "solve": lambda t: np.linalg.solve(t @ A.T, A),
    "inv": lambda t: np.linalg.inv(t @ A.T),
    "det": lambda t: np.linalg.det(t @ A.T),
    "cholesky": lambda t: np.linalg.cholesky(t @ t.T),
    "where": lambda t: np.where(POSITIVE, t, 0),
    "where, the other way round": lambda t: np.where(POSITIVE, 0, t * t),
    "clip": lambda t: np.clip(t, -1, 1),
    "clip below": lambda t: np.clip(t, 0.5, None),
    "round": lambda t: np.round(t, 1) * t,
    "around": lambda t: np.around(t) * t,
    "sinc": lambda t: np.sinc(t),
    "exp": lambda t: np.exp(t),
    "maximum": lambda t: np.maximum(t, 0),
    "square": lambda t: np.square(t),
    "cbrt": lambda t: np.cbrt(t),
    "exp2": lambda t: np.exp2(t),
    "reciprocal": lambda t: np.reciprocal(t),
    "floor": lambda t: np.floor(t) * t,
    "ceil": lambda t: np.ceil(t) * t,
    "arctan2": lambda t: np.arctan2(t, A + 3),
    "matmul": lambda t: np.matmul(A.T, t),
    "array @ t": lambda t: A.T @ t,
    "t @ array": lambda t: t @ A.T,
    "list @ t": lambda t: [1.0, 2.0] @ t if isinstance(t, Tensor) else np.array([1.0, 2.0]) @ t,
    "array * t": lambda t: A * t,
    "t / array": lambda t: t / A,
    "array - t": lambda t: A - t,
    "scalar * t": lambda t: np.float64(2) * t,
    "scalar of single precision": lambda t: np.float32(2) * t,
    "scalar ** t": lambda t: np.float64(2) ** t,
    "t += array": lambda t: t + A,
}


@pytest.mark.smoke
@pytest.mark.parametrize("name", RECORDED)
def test_numpy_records_on_a_tensor_what_it_computes_of_an_array(name):
    call = RECORDED[name]
    t = Tensor(A)
    y = call(t)
    assert isinstance(y, Tensor)
    assert y.numpy() == close(call(A), 1e-13)
    assert y.shape == np.shape(call(A))
    y.sum().backward()
    assert t.grad == close(gradient_by_differences(call, [A], np.ones(y.shape), 0), 1e-7)


def test_every_function_of_the_table_is_called_above_or_below():
    called = {*RECORDED, *ANSWERED}
    names = {function.__name__ for function in FUNCTIONS}
    assert names <= {name.split(" ")[0] for name in called} | {"amax", "amin", "around"}


ANSWERED = {  # what has no gradient
    "shape": lambda t: np.shape(t),
    "ndim": lambda t: np.ndim(t),
    "size": lambda t: np.size(t),
    "argmax": lambda t: np.argmax(t, axis=1).tolist(),
    "argmin": lambda t: np.argmin(t),
    "argsort": lambda t: np.argsort(t, axis=0).tolist(),
    "isclose": lambda t: np.isclose(t, A).tolist(),
    "allclose": lambda t: np.allclose(A, t),
    "array_equal": lambda t: np.array_equal(t, A),
    "zeros_like": lambda t: np.zeros_like(t).tolist(),
    "ones_like": lambda t: np.ones_like(t).tolist(),
    "isnan": lambda t: np.isnan(t).tolist(),
    "less": lambda t: (t > A).tolist(),
    "equal": lambda t: (np.float64(2.0) == t).tolist(),
}


@pytest.mark.parametrize("name", ANSWERED)
def test_a_question_is_answered_with_the_numbers(name):
    assert ANSWERED[name](Tensor(A)) == ANSWERED[name](A)


REFUSED = {
    "a function that is not ours": (lambda t: np.cumprod(t), r"np\.cumprod does not record a tensor"),
    "of another module": (lambda t: np.linalg.eigvals(t), r"np\.linalg\.eigvals does not"),
    "of a module within": (lambda t: np.fft.fft(t), r"np\.fft\.fft does not"),
    "a reduction of a ufunc": (lambda t: np.add.reduce(t), r"np\.add\.reduce does not record a Value or a Tensor"),
    "a table of a ufunc": (lambda t: np.multiply.outer(t, t), r"np\.multiply\.outer does not record"),
    "a ufunc that is not ours": (lambda t: np.spacing(t), r"np\.spacing does not record"),
    "an array to write into": (lambda t: np.add(A, t, out=np.zeros((2, 3))), "with out"),
    "writing into the array beside it": (lambda t: np.zeros((2, 3)).__iadd__(t), "with out"),
    "a mask of a product": (lambda t: np.multiply(t, t, where=POSITIVE), "with where"),
    "a matmul that writes": (lambda t: np.matmul(A.T, t, out=np.zeros((3, 3))), "with out"),
    "another precision": (lambda t: np.sum(t, dtype=np.float32), r"unexpected keyword argument 'dtype'"),
    "a mask": (
        lambda t: np.mean(t, where=POSITIVE),
        r"takes \(a, axis=None, \*, keepdims=False\)",
    ),
    "a start": (lambda t: np.max(t, initial=0.0), "initial"),
    "another order in memory": (lambda t: np.reshape(t, (3, 2), order="F"), "order"),
    "positions": (lambda t: np.where(t), "missing a required argument"),
    "another mode": (lambda t: np.pad(t, 1, mode="edge"), "pads with zeros, not in mode 'edge'"),
    "a norm of matrices": (lambda t: np.linalg.norm(t, 2), "for vectors only"),
    "an array of it": (lambda t: np.array(t), "would lose its gradient"),
    "an array of several": (lambda t: np.array([t, t]), "would lose its gradient"),
    "a sum of a list": (lambda t: np.sum([t, t]), "would lose its gradient"),
    "an array of values beside it": (lambda t: np.array([Value(1.0)] * 3, dtype=object) * t, r"autograd\.stack"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_numpy_does_not_record_is_refused(what):
    call, words = REFUSED[what]
    with pytest.raises((InputTypeError, InputValueError), match=words):
        call(Tensor(A))


def test_a_refused_call_writes_nothing():
    target = np.zeros((2, 3))
    with pytest.raises(InputTypeError, match="with out"):
        target += Tensor(A)
    assert not target.any()


@pytest.mark.parametrize(
    "call",
    [
        lambda v, t: v * t,
        lambda v, t: t * v,
        lambda v, t: np.multiply(v, t),
        lambda v, t: np.multiply(t, v),
        lambda v, t: np.where(POSITIVE, v * t, t * v),
        lambda v, t: autograd.stack([v]) * t,
    ],
)
def test_a_value_and_a_tensor_meet_in_one_record(call):
    v, t = Value(2.0), Tensor(A)
    y = call(v, t)
    y.sum().backward()
    assert y.numpy() == close(2 * A, 1e-15)
    assert v.grad == pytest.approx(A.sum(), rel=1e-14)
    assert t.grad.tolist() == np.full((2, 3), 2.0).tolist()


def test_a_value_is_compared_with_each_number_of_a_tensor():
    v, t = Value(A[0, 0]), Tensor(A)
    assert (v == t).tolist() == (t == v).tolist() == (A[0, 0] == A).tolist()
    assert (v < t).tolist() == (t > v).tolist() == (A[0, 0] < A).tolist()
    assert np.less(v, t).tolist() == (v < t).tolist()


def test_plain_arrays_stay_plain():
    assert type(np.mean(A, axis=0)) is np.ndarray
    assert type(np.concatenate([A, Tensor(A).data])) is np.ndarray
    assert type(np.sum(Tensor(A).data)) is np.float64


def test_the_numbers_are_a_constant_for_numpy():
    t = Tensor(A)
    (np.cumprod(t.numpy(), axis=1) * t).sum().backward()
    assert t.grad == close(np.cumprod(A, axis=1), 1e-15)
