"""A zero by structure stays zero beside an infinite slope, element by element, in every mode of differentiation."""

import math

import numpy as np
import pytest

import autograd
from autograd import (
    InputTypeError,
    InputValueError,
    Tensor,
    Value,
    clip,
    derivative,
    grad,
    hessian,
    hvp,
    jacobian,
    jvp,
    relu,
    sqrt,
    value_and_grad,
    vjp,
    where,
)

numbers = lambda x: x.numpy() if isinstance(x, Tensor) else x
X = np.array([-1.0, 4.0])  # sqrt has no slope in the first element, and -1/32 as its second derivative in the second
SECOND = [0.0, -0.03125]


@pytest.mark.parametrize(
    "guarded",
    [
        lambda x: where(x > 0, sqrt(x), 0 * x).sum(),
        lambda x: where(x > 0, sqrt(x), 0.0).sum(),
        lambda x: where(x.reshape(1, 2) > 0, sqrt(x.reshape(1, 2)), 0.0).sum(),
        lambda x: autograd.stack([where(x[k] > 0, sqrt(x[k]), 0.0).sum() for k in range(2)]).sum(),
        lambda x: where(x > 0, autograd.concatenate([sqrt(x[:1]), sqrt(x[1:])]), 0.0).mean() * 2,
        lambda x: where(x > 0, sqrt(x) * 1.0 + 0.0, 0.0).sum(),
    ],
)
def test_a_branch_not_taken_sends_no_nan_in_any_mode(guarded):
    assert grad(guarded)(X).tolist() == [0.0, 0.25]
    assert hvp(guarded, (X,), (np.ones(2),)).tolist() == SECOND
    assert hessian(guarded)(X).tolist() == [[0.0, 0.0], [0.0, -0.03125]]
    assert jvp(guarded, (X,), (np.ones(2),))[1] == 0.25
    outside = Tensor([1.0, 1.0])
    assert grad(lambda x: guarded(x * outside))(X).numpy().tolist() == [0.0, 0.25]


@pytest.mark.parametrize(
    ("f", "x"),
    [
        (lambda x: clip(x, 0.0, 1.0).sum(), [5.0, 5.0]),
        (lambda x: relu(x).sum(), [-1.0, -2.0]),
        (lambda x: autograd.maximum(x, 7.0).sum(), [1.0, 2.0]),
        (lambda x: autograd.minimum(x, -7.0).sum(), [1.0, 2.0]),
        (lambda x: where(x > 9, x * x, 0.0).sum(), [1.0, 2.0]),
        (lambda x: autograd.hardtanh(x).sum(), [3.0, 4.0]),
        (lambda x: autograd.sign(x).sum(), [3.0, 4.0]),
        (lambda x: (x // 2.0).sum(), [3.5, 4.5]),
    ],
)
def test_slopes_that_are_zero_in_all_elements_have_zero_derivatives_of_every_order(f, x):
    x = np.array(x)
    outside = Tensor(np.ones(2))
    assert grad(f)(x).tolist() == [0.0, 0.0]
    assert np.array_equal(numbers(grad(lambda x: f(x * outside))(x)), [0.0, 0.0])
    assert hessian(f)(x).tolist() == [[0.0, 0.0], [0.0, 0.0]]
    assert hvp(f, (x,), (np.ones(2),)).tolist() == [0.0, 0.0]


def test_a_direction_of_zero_passes_an_infinite_slope_by():
    assert jvp(lambda x, y: sqrt(x) * y, (0.0, 1.0), (0.0, 1.0)) == (0.0, 0.0)
    assert jvp(lambda x, y: (sqrt(x) * y).sum(), (np.zeros(2), np.ones(2)), (np.zeros(2), np.ones(2)))[1] == 0.0
    assert jvp(lambda x: autograd.norm(x), (np.zeros(2),), (np.zeros(2),))[1] == 0.0
    assert hvp(lambda x: sqrt(x[0]) * x[1], ([0.0, 1.0],), ([0.0, 1.0],))[1] == 0.0


def test_the_maximum_of_an_infinite_number_moves_with_that_number_alone():
    x = np.array([[math.inf, 1.0], [0.0, 2.0]])
    assert jvp(lambda x: autograd.max(x, axis=0).sum(), (x,), (np.array([[0.0, 1.0], [0.0, 3.0]]),))[1] == 3.0
    assert (
        jvp(lambda x: autograd.max(sqrt(x), axis=0).sum(), (np.array([[0.0], [4.0]]),), (np.ones((2, 1)),))[1] == 0.25
    )


def test_division_of_tensors_by_the_constant_zero_follows_ieee_754():
    t = Tensor([1.0, -2.0])
    (t / 0.0).sum().backward()
    assert t.grad.tolist() == [math.inf, math.inf]
    assert grad(lambda x: (x / 0.0).sum())(np.array([1.0, -2.0])).tolist() == [math.inf, math.inf]
    outside = Tensor([1.0, 1.0])
    assert grad(lambda x: (x * outside / 0.0).sum())(np.array([1.0, -2.0])).numpy().tolist() == [math.inf, math.inf]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_derivatives_have_the_dtype_of_their_argument_in_every_mode(dtype):
    x = np.array([1.0, 2.0, 3.0], dtype=dtype)
    cube, ones = lambda x: (x**3 * np.array([1.0, 1.0, 1.0])).sum(), np.ones(3, dtype)
    assert {
        grad(cube)(x).dtype,
        jvp(lambda x: autograd.exp(x) * 2.0, (x,), (ones,))[1].dtype,
        hvp(lambda x: (x**3).sum(), (x,), (ones,))[0].dtype,
        vjp(lambda x: x * x, x)[1](np.ones(3))[0].dtype,
    } == {np.dtype(dtype)}


# --- The shapes and forms of what operators are given -----------------------------------------------------------------


@pytest.mark.parametrize("given", [np.ones((4, 3)), Tensor(np.ones((4, 3))), Value(1.0), 1.0, np.ones(1)])
def test_a_cotangent_or_tangent_of_another_shape_is_refused(given):
    x = np.array([1.0, 2.0, 3.0])
    for call in (
        lambda: vjp(lambda x: x * x, x)[1](given),
        lambda: jvp(lambda x: x * x, (x,), (given,)),
        lambda: hvp(lambda x: (x * x).sum(), (x,), (given,)),
    ):
        with pytest.raises(InputValueError, match=r"of an array of shape \(3,\) has that shape, not"):
            call()
    with pytest.raises(InputValueError, match="of a single number is a number, not an array"):
        vjp(lambda x: x * x, 2.0)[1](Tensor(np.ones(3)))


def test_values_and_tensors_without_axes_serve_as_each_others_cotangents():
    pulled = lambda g: vjp(lambda x, t: x + t.sum(), 2.0, np.ones(3))[1](g)[0]
    assert grad(pulled)(1.0) == 1.0
    assert vjp(lambda x: x * 3.0, 2.0)[1](Tensor(5.0))[0].data == 15.0


def test_the_derivative_of_a_function_of_arrays_is_taken_element_by_element():
    x = np.array([0.5, 1.5])
    assert derivative(np.tanh)(x) == pytest.approx(1 / np.cosh(x) ** 2, rel=1e-14)
    assert derivative(np.tanh, order=2)(x) == pytest.approx(-2 * np.tanh(x) / np.cosh(x) ** 2, rel=1e-13)
    assert derivative(lambda x, k: x**k)(x, 3.0) == pytest.approx(3 * x**2, rel=1e-14)
    for other in (lambda x: x / x.sum(), lambda x: x[::-1] * 2.0, lambda x: x.sum(), lambda x: x[:1]):
        with pytest.raises(InputValueError, match="element by element"):
            derivative(other)(x)


def test_results_may_be_arrays_of_values():
    f = lambda p: np.array([p[0] * p[1], p[0] + p[1]])
    assert jacobian(f)([3.0, 2.0]).tolist() == [[2.0, 3.0], [1.0, 1.0]]
    value, pull = vjp(f, [3.0, 2.0])
    assert (value.tolist(), pull(np.array([1.0, 10.0]))) == ([6.0, 5.0], ([12.0, 13.0],))
    assert jvp(f, ([3.0, 2.0],), ([1.0, 0.0],))[1].tolist() == [2.0, 1.0]
    ragged = np.array([None, None], dtype=object)
    ragged[:] = [3.0, [1.0, 2.0]]
    assert autograd.derivatives.nests.rebuild(ragged, lambda x: 2 * x).tolist() == [6.0, [2.0, 4.0]]
    nested = grad(lambda x: jacobian(lambda p: np.array([p * x, p * p]))(3.0)[0])
    assert nested(2.0) == 1.0


def test_a_function_may_return_something_beside_its_result():
    f = lambda x: (x * x, {"twice": 2 * x})
    assert value_and_grad(f, has_aux=True)(3.0) == ((9.0, {"twice": 6.0}), 6.0)
    assert grad(f, has_aux=True)(3.0) == (6.0, {"twice": 6.0})
    with pytest.raises(InputTypeError, match=r"returns a pair \(result, aux\)"):
        grad(lambda x: x, has_aux=True)(3.0)


def test_arguments_may_be_given_by_keyword():
    def f(x, y=2.0, *, k=1.0):
        return k * x * y**2

    assert grad(f)(x=3.0) == 4.0
    assert grad(f, argnums=(0, 1))(y=2.0, x=3.0, k=10.0) == (40.0, 120.0)
    assert jacobian(f)(x=3.0) == 4.0
    assert grad(math.prod)([2.0, 3.0], start=2.0) == [6.0, 4.0]
    with pytest.raises(InputValueError, match="argument 0 of 0"):
        grad(max)(key=None)


@pytest.mark.parametrize("operator", [grad, value_and_grad, jacobian, hessian, derivative])
@pytest.mark.parametrize("given", [3.0, Value(3.0), None, "x**2"])
def test_an_operator_that_is_given_no_function_says_so_at_once(operator, given):
    with pytest.raises(InputTypeError, match=f"{operator.__name__} takes a function, not"):
        operator(given)


def test_operators_with_arguments_that_are_given_no_function_say_so():
    for call in (lambda: jvp(3.0, (1.0,), (1.0,)), lambda: vjp(3.0, 1.0), lambda: hvp(3.0, (1.0,), (1.0,))):
        with pytest.raises(InputTypeError, match="takes a function, not float"):
            call()


@pytest.mark.parametrize("order", [-1, 65, 10**9, 1.0, True, "2", None])
def test_an_order_beyond_what_can_be_computed_is_refused(order):
    with pytest.raises(InputValueError, match="from 0 to 64"):
        derivative(autograd.sin, order=order)


# --- Slices -----------------------------------------------------------------------------------------------------------

ROWS = np.array([[math.inf, math.nan], [1.0, 2.0]])
MATRICES = np.array([np.full((2, 2), math.nan), [[2.0, 1.0], [1.0, 3.0]]])
BY_SLICES = {  # an operation on slices, the first of which is not finite, and the second alone
    "softmax": (lambda x: autograd.softmax(x, axis=-1), ROWS),
    "log_softmax": (lambda x: autograd.log_softmax(x, axis=-1), ROWS),
    "cosine_similarity": (lambda x: autograd.cosine_similarity(x, x * x + 1, axis=-1), ROWS),
    "inv": (autograd.linalg.inv, MATRICES),
    "det": (autograd.linalg.det, MATRICES),
    "cholesky": (autograd.linalg.cholesky, MATRICES),
    "solve": (lambda x: autograd.linalg.solve(x, x[..., :1] + 1), MATRICES),
}


@pytest.mark.parametrize("name", BY_SLICES)
def test_a_slice_without_gradient_adds_nothing_even_if_it_is_not_finite(name):
    f, x = BY_SLICES[name]
    whole, second = Tensor(x), Tensor(x[1])
    for result in (f(whole)[1], f(second)):
        (result * (np.arange(result.data.size).reshape(result.shape) + 1)).sum().backward()
    assert whole.grad[0].tolist() == np.zeros_like(x[0]).tolist()
    np.testing.assert_allclose(whole.grad[1], second.grad, rtol=1e-14)


@pytest.mark.parametrize("name", BY_SLICES)
def test_a_slice_without_tangent_adds_nothing_even_if_it_is_not_finite(name):
    f, x = BY_SLICES[name]
    tangent = np.stack([np.zeros_like(x[0]), np.arange(x[1].size).reshape(x[1].shape) + 1.0])
    _, found = jvp(f, (x,), (tangent,))
    _, second = jvp(f, (x[1],), (tangent[1],))
    assert np.asarray(found[0]).tolist() == np.zeros(np.shape(second)).tolist()
    np.testing.assert_allclose(found[1], second, rtol=1e-14)


GOOD = np.array([0.7, 1.3, 2.1])
WEIGHTS = np.array([[1.0, -0.5, 0.25], [0.3, 2.0, -1.0], [0.7, 0.1, 0.4]])
BY_ROWS = {  # a function of rows, as one of the last axis
    "elementwise": lambda x: autograd.sqrt(x) * autograd.log(x) + x**1.5 / (x * x),
    "selecting": lambda x: autograd.clip(x, 1.0, 2.0) * autograd.sqrt(x) + relu(x - 1) * autograd.max(x, -1)[..., None],
    "reductions": lambda x: autograd.norm(x, axis=-1) * autograd.prod(x, -1) + autograd.std(x, -1),
    "normalised": lambda x: (x - x.mean(axis=-1, keepdims=True)) / autograd.var(x, -1)[..., None],
    "matmul": lambda x: autograd.tanh(x @ WEIGHTS) @ WEIGHTS,
    "products of rows": lambda x: (x[..., None, :] @ autograd.exp(x)[..., None])[..., 0],
    "einsum": lambda x: autograd.einsum("ij,j->i", autograd.sqrt(x.reshape(-1, 3)), WEIGHTS[1])[..., None],
    "moved": lambda x: autograd.cumsum(autograd.flip(autograd.sort(x), -1), -1) ** 2,
    "joined": lambda x: autograd.concatenate([x**2, autograd.pad(autograd.sqrt(x)[..., :1], 0)], -1) ** 1.5,
    "conv1d": lambda x: autograd.conv1d(x.reshape(-1, 1, 3), WEIGHTS[None, :1, :2])[-1] ** 2,
    "solve": lambda x: autograd.linalg.solve(x[..., None] * x[..., None, :] + np.eye(3), x[..., None]),
}
WAYS = {  # to second derivatives along a direction
    "hvp": lambda f, x, d: hvp(f, (x,), (d,)),
    "hessian": lambda f, x, d: np.tensordot(hessian(f)(x), d, d.ndim),
    "reverse over reverse": lambda f, x, d: grad(lambda x: (grad(f)(x) * d).sum())(x),
    "reverse over forward": lambda f, x, d: grad(lambda x: jvp(f, (x,), (d,))[1])(x),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", BY_ROWS)
@pytest.mark.parametrize("bad", [[math.inf, math.nan, 1.0], [0.0, 0.0, 0.0], [-1.0, -math.inf, 1e200]], ids=str)
def test_a_row_that_the_result_does_not_use_has_second_derivatives_of_zero(name, bad, way):
    total = lambda y: (y * np.cos(np.arange(y.size).reshape(y.shape))).sum()
    of_second = lambda x: total(BY_ROWS[name](x)[1] if name != "conv1d" else BY_ROWS[name](x))
    alone = WAYS[way](lambda x: total(BY_ROWS[name](x)), GOOD, np.array([1.0, -0.5, 2.0]))
    assert np.isfinite(alone).all()
    for first in ([0.0, 0.0, 0.0], [3.0, 1.0, -1.0]):
        found = WAYS[way](of_second, np.array([bad, GOOD]), np.array([first, [1.0, -0.5, 2.0]]))
        assert found[0].tolist() == [0.0, 0.0, 0.0]
        np.testing.assert_allclose(found[1], alone, rtol=1e-11)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", BY_SLICES)
@pytest.mark.untraced
def test_a_slice_that_the_result_does_not_use_has_second_derivatives_of_zero(name, way):
    f, x = BY_SLICES[name]
    total = lambda y: (y * np.cos(np.arange(y.size).reshape(y.shape))).sum()
    direction = np.cos(np.arange(x.size)).reshape(x.shape)
    found = WAYS[way](lambda x: total(f(x)[1]), x, direction)
    assert not found[0].any()
    alone = WAYS[way](lambda x: total(f(x)), x[1], direction[1])
    np.testing.assert_allclose(found[1], alone, rtol=1e-11, atol=1e-14)


def test_what_was_not_selected_has_second_derivatives_of_zero_beside_an_infinite_slope():
    f = lambda x: (relu(x[:1]) * sqrt(x[1:])).sum()
    x = np.array([-1.0, 0.0])
    assert hvp(f, (x,), (np.ones(2),))[0] == 0.0
    assert hessian(f)(x)[0].tolist() == [0.0, 0.0]


def test_slices_of_a_right_side_of_another_shape_are_not_told_apart():
    x = Tensor(MATRICES)
    autograd.linalg.solve(x, np.ones((2, 1)))[1].sum().backward()
    assert np.isfinite(x.grad[1]).all()


def test_a_right_side_that_several_matrices_share_has_no_slices_of_its_own():
    """The first unknown is ``d / (a d - b c)``, whose second derivative by a is ``2 d³ / (a d - b c)³``."""
    several = np.stack([np.array([[2.0, 1.0], [1.0, 3.0]])] * 2)
    first = lambda a: autograd.linalg.solve(a, np.array([[1.0], [0.0]]))[0, 0, 0]
    assert hessian(first)(several)[0, 0, 0, 0, 0, 0] == pytest.approx(2 * 27 / 125)
