"""Derivatives by vectors and matrices, and networks in matrices: the identities and worked cases of lecture notes.

The notes are the explanatory ones of MIT 6.390 (chapters 7 and 9, appendix A); the numbers of cases are those of their
inventory. Layouts differ. There the derivative of a vector by a vector has the *inputs* in rows, ``(∂w/∂v)_ij =
∂w_j/∂v_i``; `jacobian` has the *results* in rows, as most of the field: one is the transpose of the other. A gradient
by a matrix has the shape of the matrix in both. A layer there is ``Z = Wᵀ X + W₀`` with a column of W for each neuron.
"""

import itertools

import numpy as np
import pytest

import autograd
from autograd import Tensor, Value, grad, jacobian, jvp
from tests.support.arrays import close, numbers


def in_rows_of_inputs(f):
    """The derivative of a vector by a vector, in the layout of the notes."""
    return lambda v: jacobian(f)(v).T


# --- Shapes of derivatives --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("f", "x", "shape"),
    [
        (lambda v: (v * v).sum(), (3,), (3,)),  # a scalar by a vector: its shape
        (lambda m: (m * m).sum(), (2, 3), (2, 3)),  # a scalar by a matrix: its shape
        (lambda v: v[:2] * v[1], (3,), (2, 3)),
        (lambda m: m @ np.ones(3), (2, 3), (2, 2, 3)),  # a vector by a matrix: three axes
        (lambda m: m.T @ m, (2, 3), (3, 3, 2, 3)),
    ],
)
def test_the_axes_of_a_derivative_are_those_of_the_result_and_then_those_of_the_input(f, x, shape):
    assert jacobian(f)(numbers(x)).shape == shape


def test_w31_a_vector_by_a_vector():
    w = lambda v: autograd.stack([v[0] * v[0], v[0] * v[1], 3 * v[1]])
    v, change = np.array([1.0, 2.0]), np.array([0.01, -0.02])
    by_inputs = in_rows_of_inputs(w)(v)
    assert by_inputs.tolist() == [[2, 2, 0], [0, 1, 3]]
    assert jacobian(w)(v).tolist() == [[2, 0], [2, 1], [0, 3]]
    assert by_inputs.T @ change == close(np.array([0.02, 0, -0.06]), 1e-14)  # Δw ≈ (∂w/∂v)ᵀ Δv
    assert jvp(w, (v,), (change,))[1] == close(np.array([0.02, 0, -0.06]), 1e-14)
    moved = w(Tensor(v + change)).numpy() - w(Tensor(v)).numpy()
    assert moved == close(np.array([0.0201, -0.0002, -0.06]), 1e-12)


def test_w32_a_matrix_by_a_scalar_and_a_scalar_by_a_matrix():
    matrix = lambda s: [[s, s**2, 1.0], [2 * s, 3.0, s**3]]
    by_scalar = np.array(jacobian(matrix)(2.0))
    assert by_scalar.T.tolist() == [[1, 2], [4, 0], [0, 12]]  # the notes give it the shape of Mᵀ
    by_matrix = grad(lambda m: (m * m).sum())(np.array([[1.0, 2, 3], [4, 5, 6]]))
    assert by_matrix.tolist() == [[2, 4, 6], [8, 10, 12]]


def test_a_vector_by_a_scalar_is_a_row_in_the_notes_and_a_column_here():
    w = lambda s: autograd.stack([s, s * s, 3 * s])
    by_scalar = jacobian(w)(np.array([2.0])[0])
    assert np.asarray(by_scalar).tolist() == [1, 4, 3]


@pytest.mark.smoke
def test_w33_the_derivatives_of_a_layer():
    w, a = np.array([[1.0, 4], [2, 5], [3, 6]]), np.array([1.0, -1, 2])
    layer = lambda w, a: w.T @ a
    assert in_rows_of_inputs(lambda a: layer(Tensor(w), a))(a).tolist() == w.tolist()  # ∂Z/∂A = W
    by_weights = jacobian(lambda w: layer(w, a))(w)  # [i, j, k] = ∂z_i/∂W_jk = a_j where i = k
    assert by_weights.shape == (2, 3, 2)
    for i, j, k in np.ndindex(2, 3, 2):
        assert by_weights[i, j, k] == (a[j] if i == k else 0)
    tensors = Tensor(w), Tensor(a)
    layer(*tensors).backward([2.0, -3.0])
    assert tensors[0].grad.tolist() == [[2, -3], [-2, 3], [4, -6]]  # A (∂L/∂Z)ᵀ
    assert tensors[1].grad.tolist() == (w @ [2.0, -3.0]).tolist()  # W ∂L/∂Z


def test_w34_a_diagonal_matrix_multiplies_element_by_element():
    r, q = np.array([1.0, 2, 3]), np.array([4.0, 5, 6])
    assert (autograd.diag(r) @ q).tolist() == (r * q).tolist() == [4, 10, 18]


def test_p3_a_function_of_each_element_has_a_diagonal_jacobian():
    z = np.array([1.0, 2, 3])
    assert jacobian(lambda z: z**2)(z).tolist() == np.diag([2.0, 4, 6]).tolist()
    assert in_rows_of_inputs(autograd.relu)(np.array([1.0, 2, -1, 3])).tolist() == np.diag([1.0, 1, 0, 1]).tolist()


def test_p17_partial_derivatives():
    assert grad(lambda x, y: 2 * x**2 * y)(3.0, 5.0) == 60.0  # 4xy
    assert [grad(lambda x: x**2)(x) for x in (1.0, 2.0, 1.01)] == [2.0, 4.0, 2.02]


def test_p18_stacked_matrices_and_a_diagonal_one():
    assert autograd.stack([Tensor(np.ones((2, 3)))] * 2, axis=-1).shape == (2, 3, 2)
    assert autograd.diag(Tensor([3.0, 9.0, 4.0])).numpy().tolist() == [[3, 0, 0], [0, 9, 0], [0, 0, 4]]


# --- Rules of the chain -----------------------------------------------------------------------------------------------


def test_the_chain_rule_multiplies_jacobians_the_earliest_first_in_the_notes_and_last_here():
    x = np.array([0.3, -0.2, 0.5])
    w1, w2 = numbers((3, 4)), numbers((4, 2), 1)
    first, second = lambda x: autograd.tanh(x @ w1), lambda a: autograd.sigmoid(a @ w2)
    whole = lambda x: second(first(x))
    middle = first(Tensor(x)).numpy()
    here = jacobian(second)(middle) @ jacobian(first)(x)
    assert jacobian(whole)(x) == close(here, 1e-13)
    there = in_rows_of_inputs(first)(x) @ in_rows_of_inputs(second)(middle)
    assert in_rows_of_inputs(whole)(x) == close(there, 1e-13)


def test_the_multivariable_chain_rule_sums_over_the_paths():
    """``df/ds = Σ ∂f/∂x_i ∂x_i/∂s``, where a variable is used more than once."""
    x = lambda s: autograd.stack([s, s * s, 2 * s])
    f = lambda x: (x[0] * x[1] + x[2] * x[2]).values()
    s = 1.5
    parts = grad(lambda v: v[0] * v[1] + v[2] * v[2])(np.array([s, s * s, 2 * s]))
    slopes = np.array([1.0, 2 * s, 2.0])
    assert grad(lambda s: f(x(s)))(s) == pytest.approx(parts @ slopes, rel=1e-14)  # 3s² + 8s


# Of expressions in matrices, with the derivative in the shape of what it is by.
IDENTITIES = {
    "aᵀ x": (lambda x, a, m: a @ x, lambda x, a, m: a),
    "xᵀ x": (lambda x, a, m: x @ x, lambda x, a, m: 2 * x),
    "|x|": (lambda x, a, m: autograd.norm(x), lambda x, a, m: x / np.linalg.norm(x)),
    "xᵀ M x": (lambda x, a, m: x @ m @ x, lambda x, a, m: (m + m.T) @ x),
    "|M x - a|²": (lambda x, a, m: ((m @ x - a) ** 2).sum(), lambda x, a, m: 2 * m.T @ (m @ x - a)),
    "log Σ exp x": (lambda x, a, m: autograd.logsumexp(x), lambda x, a, m: np.exp(x) / np.exp(x).sum()),
    "Π x": (lambda x, a, m: autograd.prod(x), lambda x, a, m: np.prod(x) / x),
    "aᵀ σ(M x)": (
        lambda x, a, m: a @ autograd.sigmoid(m @ x),
        lambda x, a, m: m.T @ (a * np.exp(-m @ x) / (1 + np.exp(-m @ x)) ** 2),
    ),
}
BY_MATRIX = {
    "tr M": (lambda m, a, x: autograd.trace(m), lambda m, a, x: np.eye(3)),
    "tr Mᵀ M": (lambda m, a, x: autograd.trace(m.T @ m), lambda m, a, x: 2 * m),
    "tr M M": (lambda m, a, x: autograd.trace(m @ m), lambda m, a, x: 2 * m.T),
    "aᵀ M x": (lambda m, a, x: a @ m @ x, lambda m, a, x: np.outer(a, x)),
    "|M x - a|²": (lambda m, a, x: ((m @ x - a) ** 2).sum(), lambda m, a, x: 2 * np.outer(m @ x - a, x)),
    "|M|": (lambda m, a, x: autograd.norm(m), lambda m, a, x: m / np.linalg.norm(m)),
    "A·B": (lambda m, a, x: (m * np.outer(x, a)).sum(), lambda m, a, x: np.outer(x, a)),
    "einsum": (lambda m, a, x: autograd.einsum("ij,ij->", m, np.outer(x, a)), lambda m, a, x: np.outer(x, a)),
}


@pytest.mark.parametrize("name", IDENTITIES)
def test_the_derivative_by_a_vector_of(name):
    f, right = IDENTITIES[name]
    x, a, m = numbers((3,)), numbers((3,), 1), numbers((3, 3), 2)
    assert grad(lambda x: f(x, a, m))(x) == close(right(x, a, m), 1e-13)


@pytest.mark.parametrize("name", BY_MATRIX)
def test_the_derivative_by_a_matrix_of(name):
    f, right = BY_MATRIX[name]
    m, a, x = numbers((3, 3), 2), numbers((3,), 1), numbers((3,))
    assert grad(lambda m: f(m, a, x))(m) == close(right(m, a, x), 1e-13)


# --- Networks ---------------------------------------------------------------------------------------------------------


def test_p1_and_w1_linear_layers_collapse_into_one():
    w1, w2 = np.array([[1.0, 2], [3, 4]]), np.array([[5.0, 6], [7, 8]])
    both, x = w1 @ w2, np.array([1.0, -1.0])
    two = lambda x: w2.T @ (w1.T @ x)
    assert both.tolist() == [[19, 22], [43, 50]]
    assert two(Tensor(x)).numpy().tolist() == (both.T @ x).tolist() == [-24, -28]
    assert in_rows_of_inputs(two)(x).tolist() == both.tolist()


def test_w2_a_logistic_neuron():
    w, x = Tensor([2.0, -1.0]), np.array([1.0, 3.0])
    w0 = Tensor(0.5)
    z = w @ x + w0
    a = autograd.sigmoid(z)
    loss = -autograd.log(a)
    loss.backward()
    assert (z.item(), a.item(), loss.item()) == (-0.5, close(0.3775406688), close(0.9740769842))
    assert (a.grad.item(), z.grad.item()) == (close(-2.6487212707), close(-0.6224593312))
    assert w.grad == close(np.array([-0.6224593312, -1.8673779936]))
    assert w0.grad.item() == close(-0.6224593312)


def test_w3_a_linear_neuron():
    w, w0 = Tensor([2.0, -1.0]), Tensor(0.5)
    loss = (w @ [1.0, 3.0] + w0 - 1.0) ** 2
    loss.backward()
    assert (loss.item(), w.grad.tolist(), w0.grad.item()) == (2.25, [-3, -9], -3)


def test_w4_activations():
    z = np.array([-2.0, 0, 0.5, 3])
    sigmoid, tanh = (
        [0.119202922, 0.5, 0.6224593312, 0.9525741268],
        [-0.9640275801, 0, 0.4621171573, 0.9950547537],
    )
    slopes = [0.1049935854, 0.25, 0.2350037122, 0.0451766597], [0.0706508249, 1, 0.786447733, 0.0098660372]
    for f, values, derivatives in [(autograd.sigmoid, sigmoid, slopes[0]), (autograd.tanh, tanh, slopes[1])]:
        assert f(z) == close(np.array(values), 1e-9)
        assert grad(lambda z, f=f: f(z).sum())(z) == close(np.array(derivatives), 1e-9)


def test_w8_losses():
    a = np.array([3.0, -0.5])
    assert grad(lambda a: ((a - 1) ** 2).sum())(a).tolist() == [4, -3]
    assert grad(lambda a: autograd.abs(a - 1).sum())(a).tolist() == [1, -1]
    y, guess = np.array([1.0, 0.0]), np.array([0.8, 0.8])
    nll = lambda a: -autograd.xlogy(y, a) - autograd.xlogy(1 - y, 1 - a)
    assert nll(guess) == close(np.array([0.2231435513, 1.6094379124]), 1e-9)
    assert grad(lambda a: nll(a).sum())(guess) == close(np.array([-1.25, 5.0]), 1e-14)


X, Y = np.array([1.0, 2, -1]), np.array([1.0, 0])
NET = [
    np.array([[1.0, -1], [0, 2], [-1, 0.5]]),
    np.array([0.5, -0.5]),
    np.array([[2.0, -1], [1, 3]]),
    np.array([0.0, 1]),
]


def test_w9_a_network_in_matrices():
    """``∂L/∂W = A (∂L/∂Z)ᵀ``, ``∂L/∂W₀ = ∂L/∂Z``, ``∂L/∂A = W ∂L/∂Z``, ``∂L/∂Z = f′(Z) * ∂L/∂A``, layer by layer."""
    x = Tensor(X)
    w1, b1, w2, b2 = parameters = list(map(Tensor, NET))
    z1 = w1.T @ x + b1
    a1 = autograd.relu(z1)
    z2 = w2.T @ a1 + b2
    loss = ((z2 - Y) ** 2).sum()
    loss.backward()
    assert z1.numpy().tolist() == a1.numpy().tolist() == [2.5, 2]
    assert (z2.numpy().tolist(), loss.item()) == ([7, 4.5], 56.25)
    assert z2.grad.tolist() == b2.grad.tolist() == [12, 9]
    assert w2.grad.tolist() == [[30, 22.5], [24, 18]] == np.outer(a1.data, z2.grad).tolist()
    assert a1.grad.tolist() == z1.grad.tolist() == b1.grad.tolist() == [15, 39] == (w2.data @ z2.grad).tolist()
    assert w1.grad.tolist() == [[15, 39], [30, 78], [-15, -39]] == np.outer(X, z1.grad).tolist()
    assert x.grad.tolist() == [-24, 78, 4.5]
    for p in parameters:
        p.data -= 0.01 * p.grad
    after = ((w2.T @ autograd.relu(w1.T @ X + b1) + b2 - Y) ** 2).sum()
    assert after.item() == close(2.5594140625, 1e-13)


def test_w9_is_the_network_of_scalars():
    """The same network on values, one by one: the same numbers, gradients included."""
    w1, b1, w2, b2 = ([[Value(x) for x in row] for row in np.atleast_2d(array)] for array in NET)
    columns = lambda rows: zip(*rows, strict=True)
    a1 = [autograd.dot(column, X, b).relu() for column, b in zip(columns(w1), b1[0], strict=True)]
    a2 = [autograd.dot(column, a1, b) for column, b in zip(columns(w2), b2[0], strict=True)]
    loss = autograd.sum([(a - y) ** 2 for a, y in zip(a2, Y, strict=True)])
    loss.backward()
    assert loss.data == 56.25
    assert [[w.grad for w in row] for row in w1] == [[15, 39], [30, 78], [-15, -39]]
    assert [[w.grad for w in row] for row in w2] == [[30, 22.5], [24, 18]]


def test_w9_of_a_batch_is_the_sum_over_its_samples():
    """With samples in rows, a layer is ``Z = X W + W₀``, and ``∂L/∂W = Xᵀ ∂L/∂Z``."""
    batch, targets = numbers((5, 3)), numbers((5, 2), 1)
    loss = lambda w1, b1, w2, b2, x, y: ((autograd.relu(x @ w1 + b1) @ w2 + b2 - y) ** 2).sum()
    whole = grad(loss, range(4))(*NET, batch, targets)
    single = [grad(loss, range(4))(*NET, x, y) for x, y in zip(batch, targets, strict=True)]
    for together, apart in zip(whole, zip(*single, strict=True), strict=True):
        assert together == close(sum(apart), 1e-13)


def test_w9b_a_network_of_sigmoids():
    w1, b1 = Tensor([[0.1, -0.2], [0.4, 0.3]]), Tensor([0.0, 0.1])
    w2, b2 = Tensor([0.5, -0.6]), Tensor(0.2)
    x = np.array([1.0, 2.0])
    z1 = w1.T @ x + b1
    a1 = autograd.sigmoid(z1)
    z2 = w2 @ a1 + b2
    a2 = autograd.sigmoid(z2)
    loss = -autograd.log(a2)
    loss.backward()
    assert a1.numpy() == close(np.array([0.7109495026, 0.6224593312]), 1e-9)
    assert (a2.item(), loss.item(), z2.grad.item()) == tuple(map(close, (0.5453746094, 0.6062823638, -0.4546253906)))
    assert w2.grad == close(np.array([-0.3232156954, -0.2829858166]), 1e-9)
    assert z1.grad == close(np.array([-0.0467128288, 0.0641031927]), 1e-9)
    assert w1.grad == close(np.array([[-0.0467128288, 0.0641031927], [-0.0934256575, 0.1282063854]]), 1e-9)


def test_w10_the_loop_written_by_hand_trains_as_the_tape_does():
    """Stochastic gradient descent on a network, in the notes' formulas and by `backward`."""
    generator = np.random.default_rng(3)
    sizes = [3, 4, 2]
    ws = [generator.standard_normal((m, n)) for m, n in itertools.pairwise(sizes)]
    bs = [generator.standard_normal(n) for n in sizes[1:]]
    tensors = [list(map(Tensor, ws)), list(map(Tensor, bs))]
    data, targets = generator.standard_normal((20, 3)), generator.standard_normal((20, 2))
    for step in range(20):
        x, y = data[step], targets[step]
        values = [x]
        for w, b in zip(ws, bs, strict=True):
            values.append(np.tanh(w.T @ values[-1] + b))
        upstream = 2 * (values[-1] - y)
        for layer in (1, 0):
            upstream = (1 - values[layer + 1] ** 2) * upstream
            by_weights, by_offsets = np.outer(values[layer], upstream), upstream
            upstream = ws[layer] @ upstream
            ws[layer], bs[layer] = ws[layer] - 0.1 * by_weights, bs[layer] - 0.1 * by_offsets
        a = x
        for w, b in zip(*tensors, strict=True):
            a = autograd.tanh(w.T @ a + b)
        ((a - y) ** 2).sum().backward()
        for p in (*tensors[0], *tensors[1]):
            p.data -= 0.1 * p.grad
            p.grad = None
    for array, tensor in zip([*ws, *bs], [*tensors[0], *tensors[1]], strict=True):
        assert tensor.numpy() == close(array, 1e-12)


def test_w11_neurons_that_start_equal_stay_equal():
    w1, b1, w2, b2 = parameters = [Tensor(np.zeros(shape)) for shape in [(2, 2), (2,), (2,), ()]]
    for _ in range(200):
        a = autograd.sigmoid(w2 @ autograd.sigmoid(w1.T @ [1.0, 2.0] + b1) + b2)
        (-autograd.log(a)).backward()
        for p in parameters:
            p.data -= 0.5 * p.grad
            p.grad = None
    assert w1.numpy() == close(np.array([[0.3369781301] * 2, [0.6739562603] * 2]), 1e-8)


def test_w11_a_rectified_network_that_starts_at_zero_stays_there():
    w1, w2 = Tensor(np.zeros((2, 2))), Tensor(np.zeros(2))
    ((w2 @ autograd.relu(w1.T @ [1.0, 2.0]) - 1.0) ** 2).backward()
    assert not w1.grad.any()
    assert not w2.grad.any()


SHARES = np.array([0.0900305732, 0.2447284711, 0.6652409558])


def test_w12_softmax_and_its_jacobian():
    """``diag(p) - p pᵀ``: symmetric, so that it is the same in every layout."""
    z = np.array([1.0, 2, 3])
    expected = [
        [0.08192507, -0.02203304, -0.05989202],
        [-0.02203304, 0.18483645, -0.1628034],
        [-0.05989202, -0.1628034, 0.22269543],
    ]
    by_rule = jacobian(autograd.softmax)(z)
    assert autograd.softmax(z) == close(SHARES, 1e-9)
    assert by_rule == close(np.array(expected), 1e-8)
    assert by_rule == close(np.diag(autograd.softmax(z)) - np.outer(autograd.softmax(z), autograd.softmax(z)), 1e-14)
    assert autograd.softmax(np.array([0.7, 0.0]))[0] == close(autograd.sigmoid(0.7), 1e-15)


def test_w12_the_gradient_of_softmax_and_its_loss_is_the_error():
    """``∂L/∂Z = A - Y``, through the two records and through log_softmax."""
    y, z = np.array([0.0, 0, 1]), np.array([1.0, 2, 3])
    for loss in (
        lambda z: -autograd.xlogy(y, autograd.softmax(z)).sum(),
        lambda z: -(y * autograd.log_softmax(z)).sum(),
        lambda z: autograd.logsumexp(z) - z @ y,
    ):
        assert grad(loss)(z) == close(np.array([0.0900305732, 0.2447284711, -0.3347590442]), 1e-9)


@pytest.mark.parametrize(("w", "expected"), [(0.1, 1e-8), (10.0, 1e8)])
def test_p4_and_w13_gradients_vanish_and_explode_along_a_chain(w, expected):
    def chain(x):
        for _ in range(8):
            x = x @ np.array([[w]])
        return x.sum()

    assert grad(chain)(np.array([1.0])) == close(np.array([expected]), 1e-13)


def test_w13_a_chain_of_sigmoids():
    def chain(x):
        for _ in range(8):
            x = autograd.sigmoid(x)
        return x.sum()

    [slope] = grad(chain)(np.array([1.0]))
    assert slope == pytest.approx(5.515264e-6, rel=1e-6)
    assert slope <= 0.25**8


# --- Batch normalisation ----------------------------------------------------------------------------------------------
# There with dimensions in rows and points in columns, and ε added to σ; the field adds it to σ².


def normalized(z, gain, bias, epsilon=1e-5):
    z_bar = (z - autograd.mean(z, axis=1, keepdims=True)) / (autograd.std(z, axis=1, keepdims=True) + epsilon)
    return z_bar, autograd.expand_dims(gain, 1) * z_bar + autograd.expand_dims(bias, 1)


def test_w16_batch_normalisation():
    z = Tensor([[1.0, 2, 4, 5], [0, -1, 1, 4]])
    gain, bias = Tensor([2.0, 0.5]), Tensor([1.0, -1.0])
    upstream = np.array([[1, 0, -1, 2], [0.5, 1, 0, -2]])
    z_bar, z_hat = normalized(z, gain, bias)
    z_hat.backward(upstream)
    assert z.mean(axis=1).numpy().tolist() == [3, 1]
    assert z.std(axis=1).numpy() == close(np.array([1.5811388301, 1.8708286934]), 1e-9)
    assert z_bar.numpy() == close(
        np.array(
            [
                [-1.2649030642, -0.6324515321, 0.6324515321, 1.2649030642],
                [-0.5345196267, -1.0690392534, 0, 1.6035588801],
            ]
        ),
        1e-9,
    )
    assert z_hat.numpy()[0] == close(np.array([-1.5298061283, -0.2649030641, 2.2649030641, 3.5298061283]), 1e-9)
    assert z.grad == close(
        np.array(
            [
                [0.8854305449, -0.5059620256, -2.0238441026, 1.6443755833],
                [0.0047733640, -0.0238607487, 0.0334074767, -0.0143200921],
            ]
        ),
        1e-9,
    )
    assert z.grad.sum(axis=1) == close(np.zeros(2), 1e-14)
    assert bias.grad.tolist() == [2, -0.5]
    assert gain.grad == close(np.array([0.6324515321, -4.5434168269]), 1e-9)


def test_w16_the_derivatives_between_points():
    """``∂Z̄_k/∂Z_j = (K δ_jk - 1 - (Z_k - μ)(Z_j - μ)/(σ (σ + ε))) / (K (σ + ε))``, ``∂μ/∂Z_j = 1/K``,
    ``∂σ/∂Z_j = (Z_j - μ)/(K σ)``.
    """
    z, epsilon = np.array([1.0, 2, 4, 5]), 1e-5
    mean, sd, count = z.mean(), z.std(), len(z)
    z_bar = lambda z: normalized(z[None], np.ones(1), np.zeros(1))[0][0]
    gaps = z - mean
    expected = (count * np.eye(count) - 1 - np.outer(gaps, gaps) / (sd * (sd + epsilon))) / (count * (sd + epsilon))
    assert jacobian(z_bar)(z) == close(expected, 1e-12)
    assert grad(autograd.mean)(z) == close(np.full(count, 1 / count), 1e-15)
    assert grad(autograd.std)(z) == close(gaps / (count * sd), 1e-14)


def test_w38_a_batch_of_equal_points():
    """The root of the variance has an infinite slope at 0, and there the product with 0 is nan; `std` is flat."""
    z, upstream = np.full((1, 4), 3.0), np.array([1.0, 2, 3, 4])
    assert np.isnan(grad(lambda z: (autograd.var(z, axis=1) ** 0.5).sum())(z)).all()
    assert not grad(lambda z: autograd.std(z, axis=1).sum())(z).any()
    assert not grad(lambda z: ((autograd.var(z, axis=1) + 1e-5) ** 0.5).sum())(z).any()
    by_points = grad(lambda z: (normalized(z, np.ones(1), np.zeros(1))[1] * upstream).sum())(z)
    assert by_points == close((upstream - upstream.mean())[None] / 1e-5, 1e-14)  # the mean moves, the spread does not
