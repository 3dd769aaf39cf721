"""Products of vectors, matrices and arrays: dot, matmul, einsum, outer and cosines."""

import math

import numpy as np
import pytest

import autograd
from autograd import InputTypeError, InputValueError, Tensor, Value
from tests.support.arrays import check_derivatives, check_function, check_layouts_and_precision, close, numbers

# --- Of vectors -------------------------------------------------------------------------------------------------------


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


# --- Of arrays --------------------------------------------------------------------------------------------------------

PRODUCTS = {  # ours, numpy's, and the shapes of the arrays
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
PRODUCTS |= {
    f"einsum {text}": (lambda *xs, s=text: autograd.einsum(s, *xs), lambda *xs, s=text: np.einsum(s, *xs), shapes)
    for text, shapes in EINSUMS.items()
}


@pytest.mark.smoke
@pytest.mark.parametrize("name", PRODUCTS)
def test_products(name):
    check_function(*PRODUCTS[name])


@pytest.mark.parametrize("name", [name for name, (_, _, shapes) in PRODUCTS.items() if all(shapes)])
@pytest.mark.untraced
def test_products_wherever_the_numbers_lie(name):
    ours, _, shapes = PRODUCTS[name]
    check_layouts_and_precision(ours, *(numbers(shape, k) for k, shape in enumerate(shapes)))


def test_dot_of_tensors_adds_a_bias():
    w, b = Tensor([[1.0, 2.0], [3.0, 4.0]]), Tensor([10.0, 20.0])
    z = autograd.dot(w, np.array([1.0, 1.0]), b)
    z.sum().backward()
    assert (z.numpy().tolist(), b.grad.tolist()) == ([13, 27], [1, 1])
    assert autograd.dot(np.eye(2), [1.0, 2.0], 1.0).tolist() == [2, 3]


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


# --- What is refused --------------------------------------------------------------------------------------------------

T = np.ones((2, 3))
REFUSED = {
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
}


@pytest.mark.parametrize("what", REFUSED)
def test_refused(what):
    call, words = REFUSED[what]
    with pytest.raises((InputTypeError, InputValueError), match=words):
        call(Tensor(T))
