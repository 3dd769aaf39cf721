"""Operations of training scripts on tensors besides arithmetic: pick, order, convert, copy and reset."""

import numpy as np
import pytest

import autograd
from autograd import InputTypeError, InputValueError, Tensor, Value, grad, hvp, jvp, program
from tests.support.arrays import close, numbers

A = numbers((2, 3))


# --- Other names for what there is ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "shape"),
    [
        (lambda t: t.view(3, 2), (3, 2)),
        (lambda t: t.view(-1), (6,)),
        (lambda t: t.permute(1, 0), (3, 2)),
        (lambda t: t.unsqueeze(0), (1, 2, 3)),
        (lambda t: t.unsqueeze(-1), (2, 3, 1)),
        (lambda t: t.unsqueeze(1).squeeze(1), (2, 3)),
        (lambda t: t.tile(2, 1), (4, 3)),
        (lambda t: t.tile((2,)), (2, 6)),
        (lambda t: t.clone(), (2, 3)),
    ],
)
def test_the_names_of_other_libraries_rearrange_with_the_gradient(call, shape):
    t = Tensor(A)
    y = call(t)
    assert y.shape == shape
    (y * y).sum().backward()
    assert t.grad == close(2 * A * (y.size // 6), 1e-14)


def test_a_clone_is_of_the_same_numbers_and_not_the_same_tensor():
    t = Tensor(A, name="t")
    y = t.clone()
    assert y is not t
    assert y.numpy().tolist() == A.tolist()
    t.data = t.data * 0
    assert y.numpy().tolist() == A.tolist()
    assert hvp(lambda x: (x.clone() ** 3).sum(), [A], [np.ones_like(A)]) == close(6 * A, 1e-13)


@pytest.mark.parametrize("leaf", [Value(2.0), Tensor([2.0])])
def test_zero_grad_takes_the_gradient_back_to_none(leaf):
    (leaf * leaf).backward()
    leaf.zero_grad()
    assert leaf.grad is None


def test_tolist_gives_floats():
    assert Tensor(A).tolist() == A.tolist()
    assert Tensor(2.0).tolist() == 2.0


# --- Kinds of numbers -------------------------------------------------------------------------------------------------


def test_astype_converts_and_the_gradient_comes_back_in_its_own_dtype():
    t = Tensor(A)
    y = t.astype(np.float32)
    assert (y.dtype, (y * y).dtype) == (np.float32, np.float32)
    (y * y).sum().backward()
    assert t.grad.dtype == np.float64
    assert t.grad == close(2 * A, 1e-6)
    single = Tensor(A.astype(np.float32))
    (single.astype(float) ** 2).sum().backward()
    assert single.grad.dtype == np.float32
    assert "astype(float32)" in str(program(y))


def test_derivatives_of_any_order_pass_through_astype():
    f = lambda x: (x.astype(np.float32).astype(float) ** 3).sum()
    x, t = np.array([0.5, -1.25]), np.array([1.0, 2.0])  # single precision has these
    assert grad(f)(x).tolist() == [0.75, 4.6875]
    assert jvp(f, [x], [t])[1] == close(0.75 + 2 * 4.6875, 1e-15)
    assert hvp(f, [x], [t]).tolist() == [3.0, -15.0]
    assert [x.dtype for x in (grad(f)(x), hvp(f, [x], [t]))] == [np.float64] * 2


@pytest.mark.parametrize("dtype", [int, "text", None.__class__])
def test_another_kind_of_numbers_is_refused(dtype):
    with pytest.raises(InputTypeError, match="keeps float64 or float32"):
        Tensor(A).astype(dtype)


# --- Orders -----------------------------------------------------------------------------------------------------------

TIES = np.array([2.0, 1.0, 2.0, 1.0, np.nan, -np.inf, 2.0])


def test_equal_numbers_keep_their_order_with_nan_at_the_end():
    weights = np.arange(7.0)
    assert Tensor(TIES).argsort().tolist() == [5, 1, 3, 0, 2, 6, 4]
    t = Tensor(TIES)
    (t.sort() * weights).sum().backward()
    assert t.grad.tolist() == [3, 1, 4, 2, 6, 0, 5]
    values = np.array([Value(x) for x in TIES], dtype=object)
    y = autograd.sort(values)
    sum(x * w for x, w in zip(y, weights, strict=True)).backward()
    assert [x.grad for x in values] == [3, 1, 4, 2, 6, 0, 5]


@pytest.mark.parametrize("axis", [None, 0, -1])
@pytest.mark.parametrize("name", ["argmax", "argmin", "argsort"])
def test_places_are_those_of_numpy(name, axis):
    found = getattr(Tensor(A), name)(axis)
    assert np.asarray(found).tolist() == getattr(np, name)(A, axis).tolist()


def test_a_single_place_is_a_whole_number():
    assert type(Tensor(A).argmax()) is int
    assert type(Tensor(A[0]).argmin(0)) is int
    assert Tensor(A).argmax(1, keepdims=True).shape == (2, 1)


REFUSED = {
    "the largest of no numbers": (lambda: Tensor(np.zeros((2, 0))).argmax(1), "argmax over no numbers"),
    "an axis that is none": (lambda: Tensor(A).argmin(2), "no axis 2"),
    "another dtype by view": (lambda: Tensor(A).view(np.float32), "a length in a shape"),
    "places beyond the end": (lambda: Tensor(A).unsqueeze(4), "no axis 4"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_refused(what):
    call, words = REFUSED[what]
    with pytest.raises((InputTypeError, InputValueError), match=words):
        call()


@pytest.mark.parametrize(
    ("index", "given", "words"),
    [
        (0, 5, "a[0] = 5; t.data = a"),
        ((slice(1, None), -1), 2.5, "a[1:, -1] = 2.5; t.data = a"),
        (A > 0, 0.0, "u = autograd.where(mask, new, t)"),
        (Ellipsis, A, "t.data = a"),
    ],
)
def test_an_assignment_into_a_tensor_is_answered_with_the_program_to_write(index, given, words):
    t = Tensor(A)
    with pytest.raises(InputTypeError) as error:
        t[index] = given
    assert words in str(error.value)
    assert t.tolist() == A.tolist()


def test_the_program_of_that_answer_runs():
    t = Tensor(A)
    a = t.numpy()
    a[0] = 5
    t.data = a
    assert t.tolist() == [[5.0] * 3, A[1].tolist()]


# --- Zeros times infinities -------------------------------------------------------------------------------------------

BESIDE = np.array([[1.0, np.inf, 3.0], [-np.inf, 2.0, np.nan]])


def test_a_gradient_or_tangent_of_0_adds_nothing_to_a_product_with_what_is_not_finite():
    """Of ``x @ BESIDE``: the rows that a direction leaves at 0 do not enter, the others do as in arithmetic."""
    along = lambda *t: jvp(lambda x: x @ BESIDE, [np.ones(2)], [np.array(t)])[1].tolist()
    assert along(2.0, 0.0) == [2.0, np.inf, 6.0]
    assert np.array_equal(along(0.0, -1.0), [np.inf, -2.0, np.nan], equal_nan=True)
    assert np.array_equal(along(1.0, 1.0), [-np.inf, np.inf, np.nan], equal_nan=True)
    t = Tensor(np.ones((1, 2)))
    autograd.where(np.array([True, False, False]), t @ BESIDE, 0.0).sum().backward()
    assert t.grad.tolist() == [[1.0, -np.inf]]
    assert np.isnan(jvp(lambda x: x @ BESIDE, [np.ones(2)], [np.array([np.inf, 0.0])])[1][2])


def test_infinities_of_both_signs_add_up_to_nan():
    beside = np.array([[np.inf], [-np.inf]])
    assert np.isnan(jvp(lambda x: x @ beside, [np.ones(2)], [np.ones(2)])[1]).all()
