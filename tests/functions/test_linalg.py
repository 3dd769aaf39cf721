"""Linear algebra: held against PyTorch, numpy and closed forms, of singular matrices, in stacks, and compiled."""

import json

import numpy as np
import pytest

import autograd
from autograd import InputTypeError, InputValueError, Tensor, Value, compile, grad, hessian, hvp, linalg
from autograd.arrays.matrices import ARRAY_TABLE
from autograd.arrays.tensor import evaluate
from tests.support.arrays import check_function, check_layouts_and_precision, close, numbers
from tests.support.processes import ROOT

RECORDED = json.loads((ROOT / "tests" / "data" / "linalg.json").read_text())["cases"]
CALLS = {
    **{name: getattr(linalg, name) for name in linalg.__all__},
    "cumsum": lambda x: autograd.cumsum(x * x, 1),
    "sort": lambda x: autograd.sort(x * x),
    "tensordot": lambda x, y: autograd.tensordot(x, y, ([1, 2], [0, 1])),
}


def row(function, array, start=0.0):
    return function(start + np.arange(np.size(array))).reshape(np.shape(array))


@pytest.mark.parametrize("case", RECORDED, ids=lambda case: case["name"])
def test_values_gradients_and_hessians_are_those_of_pytorch(case):
    call, args = CALLS[case["name"]], [np.array(x) for x in case["args"]]
    assert call(*args) == close(np.array(case["value"]), 1e-12)
    total = lambda *xs: (call(*xs) * row(np.cos, case["value"])).sum()
    every = tuple(range(len(args)))
    for found, expected in zip(grad(total, every)(*args), case["gradients"], strict=True):
        assert found == close(np.array(expected), 1e-11)
    directions = [row(np.sin, x, 1.0) for x in args]
    for found, expected in zip(autograd.jvp(grad(total, every), args, directions)[1], case["hvp"], strict=True):
        assert found == close(np.array(expected), 1e-10)


S = np.eye(3, dtype=np.float32) * 4  # which does not widen single precision
FUNCTIONS = {
    "inv": (lambda x: linalg.inv(x + S), lambda x: np.linalg.inv(x + S), [(2, 3, 3)]),
    "det": (linalg.det, np.linalg.det, [(2, 3, 3)]),
    "det of no rows": (lambda x: linalg.det(x), np.linalg.det, [(0, 0)]),
    "solve": (lambda x, y: linalg.solve(x + S, y), lambda x, y: np.linalg.solve(x + S, y), [(3, 3), (2, 3, 2)]),
    "solve with stacks": (
        lambda x, y: linalg.solve(x + S, y),
        lambda x, y: np.linalg.solve(x + S, np.broadcast_to(y, (2, 3, 2))),
        [(2, 3, 3), (3, 2)],
    ),
    "solve for a row": (
        lambda x, y: linalg.solve(x + S, y),
        lambda x, y: np.linalg.solve(x + S, y[:, None])[..., 0],
        [(2, 3, 3), (3,)],
    ),
    "cholesky": (
        lambda x: linalg.cholesky(x / 4 + S),
        lambda x: np.linalg.cholesky((x + np.swapaxes(x, -1, -2)) / 8 + S),
        [(2, 3, 3)],
    ),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_they_agree_with_numpy_and_with_differences_to_second_order(name):
    check_function(*FUNCTIONS[name])


@pytest.mark.parametrize("name", ["inv", "solve", "cholesky"])
def test_precision_is_kept_wherever_the_numbers_lie(name):
    call, _, shapes = FUNCTIONS[name]
    check_layouts_and_precision(call, *(numbers(shape, k, 0.1, 0.9) for k, shape in enumerate(shapes)))


# --- Singular matrices ------------------------------------------------------------------------------------------------


def cofactors(x):
    """Determinants of minors with alternating signs, one by one."""
    minor = lambda i, j: np.linalg.det(np.delete(np.delete(x, i, 0), j, 1))
    return np.array([[(-1) ** (i + j) * minor(i, j) for j in range(len(x))] for i in range(len(x))])


RANKS = {  # of three rows and columns
    3: numbers((3, 3)),
    2: np.array([[1.0, 2, 3], [4, 5, 6], [5, 7, 9]]),
    1: np.outer([1.0, 2, 3], [1.0, -1, 0.5]),
    0: np.zeros((3, 3)),
}


@pytest.mark.parametrize("rank", RANKS)
@pytest.mark.parametrize("make", [Tensor, lambda x: np.vectorize(Value, otypes=[object])(x)])
def test_the_gradient_of_a_determinant_is_its_cofactors_at_every_rank(rank, make):
    x = make(RANKS[rank])
    z = linalg.det(x)
    if rank or isinstance(x, Tensor):  # of values that are all 0 the determinant is a constant, whose derivative is 0
        z.backward()
    found = x.grad if isinstance(x, Tensor) else np.array([[each.grad or 0.0 for each in row] for row in x])
    assert found == close(cofactors(RANKS[rank]), 1e-12)


@pytest.mark.parametrize("rank", RANKS)
def test_the_second_derivative_of_a_determinant_is_right_at_every_rank(rank):
    x, t = RANKS[rank], numbers((3, 3), seed=5)
    bend = (cofactors(x + 1e-3 * t) - cofactors(x - 1e-3 * t)) / 2e-3  # exact, of a polynomial of degree two
    assert hvp(linalg.det, [x], [t]) == close(bend, 1e-9)


def test_the_second_derivative_of_a_large_determinant_is_that_of_the_closed_form():
    x, t = numbers((9, 9)) / 4 + 2 * np.eye(9), numbers((9, 9), seed=5)
    inverse, d = np.linalg.inv(x), np.linalg.det(x)
    expected = d * (np.trace(inverse @ t) * inverse.T - (inverse @ t @ inverse).T)  # of d det = det tr(x⁻¹ dx)
    assert hvp(linalg.det, [x], [t]) == close(expected, 1e-9 * d)


def test_the_determinant_beside_nan_is_nan_and_the_others_are_not():
    x = np.stack([RANKS[2], np.full((3, 3), np.nan)])
    found = grad(lambda x: linalg.det(x).sum())(x)
    assert found[0] == close(cofactors(RANKS[2]), 1e-12)
    assert np.isnan(found[1]).all()


# --- Matrices as people use them --------------------------------------------------------------------------------------


def test_the_gradient_of_a_cholesky_factor_is_symmetric_and_that_of_the_symmetric_part():
    x = Tensor([[4.0, 2.0], [2.0, 5.0]])
    linalg.cholesky(x)[1, 1].backward()  # sqrt(x11 - x01²/x00)
    assert x.grad == close(np.array([[0.0625, -0.125], [-0.125, 0.25]]), 1e-14)
    lopsided = Tensor([[4.0, 3.0], [1.0, 5.0]])
    assert linalg.cholesky(lopsided).numpy() == close(linalg.cholesky(x).numpy(), 1e-15)


def test_a_normal_density_has_the_gradient_of_the_textbook():
    """``log N(r; 0, Σ)`` by its Cholesky factor; ``d/dΣ = ½ (Σ⁻¹ r rᵀ Σ⁻¹ - Σ⁻¹)``, and ``d/dr = -Σ⁻¹ r``."""
    covariance, r = np.array([[2.0, 0.6, 0.1], [0.6, 1.5, -0.3], [0.1, -0.3, 1.0]]), np.array([0.5, -1.0, 2.0])

    def density(covariance, r):
        factor = linalg.cholesky(covariance)
        white = linalg.solve(factor, r)
        return -0.5 * (white * white).sum() - autograd.log(autograd.diag(factor)).sum()

    inverse = np.linalg.inv(covariance)
    by_covariance, by_r = grad(density, (0, 1))(covariance, r)
    assert by_covariance == close((inverse @ np.outer(r, r) @ inverse - inverse) / 2, 1e-12)
    assert by_r == close(-inverse @ r, 1e-12)
    assert hessian(lambda r: density(covariance, r))(r) == close(-inverse, 1e-12)


# --- Compiled ---------------------------------------------------------------------------------------------------------


def test_a_compiled_function_follows_another_order_of_the_rows():
    b = np.array([1.0, -2.0, 0.5])
    program = lambda a: linalg.solve(a, b).sum() + linalg.det(a) + autograd.sort(a, None)[4]
    compiled = compile(program, batch=False)
    for seed in range(6):
        a = numbers((3, 3), seed)
        mine, theirs = Tensor(a), Tensor(a)
        y, z = compiled(mine), program(theirs)
        y.backward(), z.backward()
        assert float(y.data) == close(float(z.data), 1e-11)
        assert mine.grad == close(theirs.grad, 1e-10)


# --- What is refused --------------------------------------------------------------------------------------------------

SINGULAR = np.array([[1.0, 2.0], [2.0, 4.0]])
REFUSED = {
    "a matrix that is not square": (lambda x: linalg.inv(x[:1]), np.eye(2), "inv takes a square matrix"),
    "a row": (lambda x: linalg.det(x[0]), np.eye(2), "det takes a square matrix"),
    "text": (linalg.det, "text", "array of real numbers"),
    "a singular matrix": (linalg.inv, SINGULAR, "a singular matrix, which has no inverse"),
    "one among several": (linalg.inv, np.stack([np.eye(2), SINGULAR]), r"inv of shape \(2, 2, 2\): there is a"),
    "equations without a solution": (lambda x: linalg.solve(x, [1.0, 2.0]), SINGULAR, "solve of shape .* singular"),
    "another number of equations": (lambda x: linalg.solve(x, [1.0, 2.0, 3.0]), np.eye(2), "as there are equations, 2"),
    "a number on the right": (lambda x: linalg.solve(x, 1.0), np.eye(2), "as there are equations, 2"),
    "stacks that do not broadcast": (
        lambda x: linalg.solve(autograd.stack([x, x]), np.ones((3, 2, 1))), np.eye(2), "as many rows as the second"),
    "a matrix that is not definite": (linalg.cholesky, -np.eye(2), "not positive definite"),
}  # fmt: skip


@pytest.mark.parametrize("what", REFUSED)
def test_refused(what):
    call, given, words = REFUSED[what]
    for make in [lambda x: x, Tensor] if isinstance(given, np.ndarray) else [lambda x: x]:
        with pytest.raises((InputTypeError, InputValueError), match=words):
            call(make(given))


@pytest.mark.parametrize("name", ["inv", "det", "cholesky"])
def test_a_row_of_the_table_says_what_fits_it(name):
    with pytest.raises(InputValueError, match="its matrices have to be square"):
        evaluate(ARRAY_TABLE[name], Tensor(np.ones((2, 3))))


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (linalg.inv, "singular matrix"),
        (lambda x: linalg.solve(x, [[1.0], [2.0]]), "singular matrix"),
        (lambda x: linalg.cholesky(-x), "not positive definite"),
    ],
)
def test_matrices_of_values_are_refused_likewise(call, words):
    x = np.array([[Value(1.0), Value(2.0)], [Value(2.0), Value(4.0)]], dtype=object)
    with pytest.raises(InputValueError, match=words):
        call(x)


def test_a_decomposition_of_matrices_along_two_axes_is_that_of_each():
    x = np.array([[[[4.0, 2.0], [2.0, 5.0]]], [[[9.0, 3.0], [3.0, 2.0]]], [[[1.0, 0.0], [0.0, 1.0]]]])
    whole, single = Tensor(x), Tensor(x[1, 0])
    for result in (linalg.cholesky(whole)[1, 0], linalg.cholesky(single)):
        (result * np.array([[1.0, 0.0], [2.0, 3.0]])).sum().backward()
    assert whole.grad[1, 0] == pytest.approx(single.grad, rel=1e-14)
