"""Worked cases of lecture notes on learning: regression, logistic regression, regularisers, and gradients in symbols.

The numbers G… and the closed forms are those of the explanatory notes to MIT 6.390, chapters 1 to 6, whose section
stands in each case; the gradients in symbols at the end are those of a course on deep learning, written out in numpy.
"""

import math

import numpy as np
import pytest

from autograd import Tensor, Value, cosine_similarity, elu, logsumexp, prelu
from nn import Linear, Neuron, Residual, Sequential, accuracy, data, losses, optim, regularisers

CLOSE = {"rel": 2e-9, "abs": 2e-10}  # the numbers have ten digits
RNG = np.random.default_rng(6)


def line(slope, offset):
    neuron = Neuron(1)
    neuron.weights[0].data, neuron.bias.data = slope, offset
    return neuron


def objective(neuron, xs, ys, strength):
    """The mean square loss with a ridge penalty, which leaves the offset out."""
    fit = losses.mse([neuron([x]) for x in xs], ys)
    return fit + regularisers.l2(neuron, strength) if strength else fit


# --- Regression -------------------------------------------------------------------------------------------------------

FOUR = (1.0, 2.0, 3.0, 4.0), (3.0, 5.0, 4.0, 8.0)
TWO = (0.0, 0.01), (25.0, 26.0)
FOLDS = (0.0, 1.0, 2.0, 3.0), (3.0, 3.0, 4.0, 4.0)


@pytest.mark.parametrize(
    ("slope", "offset", "strength", "value", "gradients"),
    [
        pytest.param(0.0, 0.0, 0.0, None, (-28.5, -10.0), id="G1, 2.6"),
        pytest.param(1.4, 1.5, 0.0, 1.05, (0.0, 0.0), id="G1, the minimiser"),
        pytest.param(0.3, -0.2, 0.5, 22.41, (-24.7, -8.9), id="G2, 2.7"),
        pytest.param(1.0, 2.5, 0.5, None, (0.0, 0.0), id="G2, the minimiser"),
    ],
)
def test_the_gradients_of_least_squares_and_ridge_regression(slope, offset, strength, value, gradients):
    neuron = line(slope, offset)
    loss = objective(neuron, *FOUR, strength)
    loss.backward()
    assert value is None or loss.data == pytest.approx(value, **CLOSE)
    assert (neuron.weights[0].grad, neuron.bias.grad) == pytest.approx(gradients, abs=1e-13)


@pytest.mark.parametrize(("strength", "prediction"), [(0.0, 225.0), (1e-5, 168.0), (1e-3, 30.365854), (0.1, 25.549863)])
def test_a_penalty_keeps_two_close_points_from_being_extrapolated(strength, prediction):  # W5 of chapter 2
    neuron = line(0.0, 0.0)
    for _ in range(3):  # Newton's steps: the objective is quadratic
        rows = []
        for slope, offset in ((0.0, 0.0), (1.0, 0.0), (0.0, 1.0)):
            probe = line(slope, offset)
            objective(probe, *TWO, strength).backward()
            rows.append([probe.weights[0].grad, probe.bias.grad])
        hessian = np.array(rows[1:]).T - np.array(rows[0])[:, None]
        place = np.linalg.solve(hessian, -np.array(rows[0]))
        neuron = line(*map(float, place))
    assert neuron([2.0]).data == pytest.approx(prediction, rel=1e-6)


def test_descent_reaches_the_least_squares_line():  # G1: stable for a rate of less than 0.119756
    x, y = np.array(FOUR[0])[:, None], np.array(FOUR[1])[:, None]
    for rate, reached in ((0.11, True), (0.125, False)):
        layer = Linear(1, 1, init="zeros")
        optimizer = optim.SGD(layer.parameters(), lr=rate)
        for _ in range(500 if reached else 50):
            optimizer.zero_grad()
            losses.mse(layer(x), y).backward()
            optimizer.step()
        found = [layer.bias.data.item(), layer.weight.data.item()]
        assert (found == pytest.approx([1.5, 1.4], rel=1e-6)) is reached


@pytest.mark.parametrize(
    ("rate", "place"),
    [(0.01, 3.451218), (0.1, 1.322123), (0.5, 1.0), (0.9, 1.322123), (1.0, 4.0), (1.1, 19.575209)],
)
def test_ten_steps_at_small_good_and_large_rates(rate, place):  # G5, section 3.3: (θ - 1)² from 4
    theta = Value(4.0)
    optimizer = optim.SGD([theta], lr=rate)
    for _ in range(10):
        optimizer.zero_grad()
        losses.mse(theta, 1.0).backward()
        optimizer.step()
    assert theta.data == pytest.approx(place, rel=1e-6)


@pytest.mark.parametrize(("start", "place"), [(-2.0, -1.035579), (-0.1, -1.035579), (0.2, 0.960150), (2.0, 0.960150)])
def test_the_minimum_that_descent_finds_depends_on_the_start(start, place):  # G8, section 3.4
    theta = Value(start)
    optimizer = optim.SGD([theta], lr=0.02)
    for _ in range(400):
        optimizer.zero_grad()
        (theta**4 - 2 * theta**2 + 0.3 * theta).backward()
        optimizer.step()
    assert theta.data == pytest.approx(place, abs=1e-6)


def test_steps_of_one_over_t_find_the_running_mean():  # G9, section 3.7
    theta = Value(0.0)
    optimizer = optim.SGD([theta], lr=lambda step: 1 / (step + 1))
    for x in (2.0, 7.0, 1.0, 4.0, 6.0):
        optimizer.zero_grad()
        losses.mse(theta, x, half=True).backward()
        optimizer.step()
    assert theta.data == pytest.approx(4.0, rel=1e-14)


# --- Classification ---------------------------------------------------------------------------------------------------


def test_the_objective_of_logistic_regression():  # G13, section 4.3
    neuron = Neuron(2)
    neuron.weights[0].data, neuron.weights[1].data, neuron.bias.data = 1.0, -2.0, 0.5
    points = [(2, 1), (-1, 0.5), (0.5, -1.5), (0, 2)]
    scores = [neuron(point) for point in points]
    loss = losses.binary_cross_entropy_with_logits(scores, [1, 0, 1, 0]) + regularisers.l2(neuron, 0.1)
    loss.backward()
    assert loss.data == pytest.approx(0.6808476521, **CLOSE)
    assert [w.grad for w in neuron.weights] == pytest.approx([-0.0366249916, -0.4501810326], **CLOSE)
    assert neuron.bias.grad == pytest.approx(-0.0459472811, **CLOSE)


def test_the_likelihood_of_all_samples_is_the_product_of_their_probabilities():  # G14, section 4.3
    loss = losses.binary_cross_entropy([0.9, 0.2, 0.6], [1, 0, 1], reduction="sum")
    assert math.exp(-loss) == pytest.approx(0.432, rel=1e-14)


@pytest.mark.parametrize(
    ("strength", "steps", "theta"), [(0, 10, 2.026), (0, 100, 2.209), (0.1, 100, 0.80698), (1, 60, 0.36577)]
)
def test_separable_classes_make_weights_grow_unless_they_are_penalised(strength, steps, theta):  # G15, section 4.3
    w = Value(0.0)
    optimizer = optim.SGD([w], lr=1.0 if not strength else 0.2)
    xs = [3.0, -3.0, 4.0, -4.0, 5.0, -5.0]
    for _ in range(steps):
        optimizer.zero_grad()
        fit = losses.binary_cross_entropy_with_logits([w * x for x in xs], [1, -1] * 3)
        (fit + regularisers.l2([w], strength)).backward()
        optimizer.step()
    assert w.data == pytest.approx(theta, abs=6e-4 if not strength else 6e-6)


def test_the_accuracy_of_three_right_answers_of_four():  # G24, section 4.2
    assert accuracy(np.array([1, 0, 1, 0]), np.array([1, 1, 1, 0])) == 0.75


def test_features_of_chapter_five():
    chair, table, couch, bed = data.one_hot([3, 0, 2, 1], 4).tolist()  # W13 of chapter 5
    assert (chair, table, couch, bed) == ([0, 0, 0, 1], [1, 0, 0, 0], [0, 0, 1, 0], [0, 1, 0, 0])
    assert data.thermometer([2], 4).tolist() == [[0, 1, 1, 1]]  # W17: the third class of four
    for features, order, count in ((2, 2, 6), (2, 3, 10), (1, 3, 4), (3, 2, 10), (2, 5, 21)):  # W15
        assert data.polynomial_features(np.ones((1, features)), order).shape[1] == count
    scaled, _ = data.standardize([[float(x)] for x in range(1, 7)])  # W23: the deviation of the population
    assert scaled.ravel().tolist() == pytest.approx([-1.46385, -0.87831, -0.29277, 0.29277, 0.87831, 1.46385], abs=1e-5)


# --- Gradients in symbols, written out in numpy -----------------------------------------------------------------------


def test_the_multiclass_loss_is_a_smooth_margin_and_bounds_the_error():
    for _ in range(20):
        f, y = RNG.normal(size=4), int(RNG.integers(4))
        loss = losses.cross_entropy(f.tolist(), y)
        assert loss == pytest.approx(math.log1p(sum(math.exp(f[k] - f[y]) for k in range(4) if k != y)), rel=1e-13)
        assert loss / math.log(2) >= float(f.argmax() != y)
        assert f.max() <= logsumexp(f) <= f.max() + math.log(4)
    score = losses.cross_entropy([1.5, 0.25], 0)  # of two classes it is the logistic loss of the difference
    assert score == pytest.approx(losses.binary_cross_entropy_with_logits(1.25, 1), rel=1e-14)


def test_a_step_of_softmax_regression_moves_each_row_by_its_error():
    weights, x, y, rate = RNG.normal(size=(3, 2)), RNG.normal(size=2), 1, 0.1
    layer = Linear(2, 3, bias=False)
    layer.weight.data = weights
    optimizer = optim.SGD(layer.parameters(), lr=rate)
    losses.cross_entropy(layer(x[None]), [y]).backward()
    optimizer.step()
    exps = np.exp(weights @ x)
    wanted = weights - rate * np.outer(exps / exps.sum() - np.eye(3)[y], x)
    np.testing.assert_allclose(layer.weight.data, wanted, rtol=1e-12)


def test_class_weights_and_label_smoothing_in_the_forms_of_the_notes():
    alpha, beta = 3.0, 0.5
    z, y = RNG.normal(size=6), np.array([1, 0, 1, 1, 0, 0])
    p = 1 / (1 + np.exp(-z))
    wanted = -np.mean(alpha * y * np.log(p) + beta * (1 - y) * np.log(1 - p))
    found = losses.binary_cross_entropy_with_logits(z, y, weight=beta, pos_weight=alpha / beta)
    assert found == pytest.approx(wanted, rel=1e-13)
    scores = RNG.normal(size=4)  # 1 - α for the class, α / (C - 1) for each other one
    share = [0.1 / 3, 0.9, 0.1 / 3, 0.1 / 3]
    assert losses.cross_entropy(scores, share) == pytest.approx(
        losses.cross_entropy(scores, 1, label_smoothing=0.1 * 4 / 3), rel=1e-13
    )


def test_the_embedding_loss_of_equal_orthogonal_and_opposite_vectors():
    x = [3.0, 4.0]
    for y, cosine in ((x, 1), ([-4.0, 3.0], 0), ([-3.0, -4.0], -1)):
        assert losses.cosine_embedding(x, y, 1) == pytest.approx(1 - cosine, abs=1e-15)
        assert losses.cosine_embedding(x, y, -1) == pytest.approx(max(0, cosine), abs=1e-15)
    z, other = RNG.normal(size=3), RNG.normal(size=3)
    values = [Value(each) for each in z.tolist()]
    cosine = cosine_similarity(values, other.tolist())
    cosine.backward()
    lengths = np.linalg.norm(z) * np.linalg.norm(other)
    np.testing.assert_allclose([v.grad for v in values], other / lengths - cosine.data * z / (z @ z), rtol=1e-12)


def test_a_shortcut_adds_its_gradient_to_that_of_the_layers():
    inner, outer, shortcut = Linear(3, 4, "relu", bias=False), Linear(4, 2, bias=False), Linear(3, 2, bias=False)
    model = Residual(inner, outer, shortcut=shortcut)
    x, y = Tensor(RNG.normal(size=(1, 3))), RNG.normal(size=(1, 2))
    z = model(x)
    losses.mse(z, y, reduction="sum", half=True).backward()
    w1, w3, w2 = (layer.weight.data for layer in (inner, outer, shortcut))
    error = (z.data - y)[0]
    active = (w1 @ x.data[0] > 0).astype(float)
    np.testing.assert_allclose(x.grad[0], w1.T @ (active * (w3.T @ error)) + w2.T @ error, rtol=1e-12)
    n, m, k = 3, 5, 2  # h = f(W₁x + b₁) + W_s x, and an output layer: 2mn + mk + m + k parameters
    layers = Sequential(Residual(Linear(n, m, "relu"), shortcut=Linear(n, m, bias=False)), Linear(m, k))
    assert sum(np.size(p.data) for p in layers.parameters()) == 2 * m * n + m * k + m + k


def test_the_errors_of_a_network_of_sigmoids_and_its_penalty():
    first, second, n, strength = Linear(2, 3, "sigmoid"), Linear(3, 1, "sigmoid"), 5, 0.3
    model = Sequential(first, second)
    x, y = RNG.normal(size=(n, 2)), RNG.integers(0, 2, size=(n, 1))
    loss = losses.binary_cross_entropy(model(x), y) + regularisers.l2(model, strength, half=True)
    loss.backward()
    hidden = 1 / (1 + np.exp(-(x @ first.weight.data.T + first.bias.data)))
    output = 1 / (1 + np.exp(-(hidden @ second.weight.data.T + second.bias.data)))
    deltas = [output - y]
    deltas.insert(0, hidden * (1 - hidden) * (deltas[0] @ second.weight.data))
    for layer, delta, below in zip((first, second), deltas, (x, hidden), strict=True):
        np.testing.assert_allclose(layer.weight.grad, delta.T @ below / n + strength * layer.weight.data, rtol=1e-11)
        np.testing.assert_allclose(layer.bias.grad, delta.mean(axis=0), rtol=1e-11)


def test_shared_weights_get_the_sum_of_the_gradients_of_their_uses():
    layer = Linear(3, 2, bias=False)
    p, q = RNG.normal(size=3), RNG.normal(size=3)
    a, b = layer(p[None]), layer(q[None])
    losses.cosine_embedding(a, b, [1]).backward()
    u, v = a.data[0], b.data[0]
    s = u @ v / np.linalg.norm(u) / np.linalg.norm(v)
    by_p = -(v / np.linalg.norm(v) - s * u / np.linalg.norm(u)) / np.linalg.norm(u)
    by_q = -(u / np.linalg.norm(u) - s * v / np.linalg.norm(v)) / np.linalg.norm(v)
    np.testing.assert_allclose(layer.weight.grad, np.outer(by_p, p) + np.outer(by_q, q), rtol=1e-11)


def test_a_slope_that_is_trained_has_the_sum_of_the_negative_inputs():
    slope, w = Value(0.25), Value(-1.5)
    y = elu(2.0 * prelu(w, slope) - 0.5)  # prelu(w) = -0.375, elu(-1.25) = exp(-1.25) - 1
    y.backward()
    by_pre = 2 * math.exp(-1.25)
    assert (y.data, slope.grad, w.grad) == pytest.approx((math.exp(-1.25) - 1, -1.5 * by_pre, 0.25 * by_pre), rel=1e-14)


def test_a_direction_that_the_first_layer_does_not_see_only_changes_its_gradient():
    first, second = Linear(2, 3, "tanh", bias=False), Linear(3, 1)
    first.weight.data = np.outer([1.0, -2.0, 0.5], [1.0, 1.0])  # W z = 0 for z = (1, -1)
    found = []
    for x in (np.array([[0.3, 0.4]]), np.array([[0.3, 0.4]]) + 2.0 * np.array([[1.0, -1.0]])):
        for parameter in (*first.parameters(), *second.parameters()):
            parameter.grad = None
        y = second(first(x))
        losses.mse(y, [[1.0]], half=True).backward()
        found.append((y.data, second.weight.grad, first.weight.grad))
    np.testing.assert_allclose(found[0][0], found[1][0], rtol=1e-12)
    np.testing.assert_allclose(found[0][1], found[1][1], rtol=1e-12)
    by_h = found[0][2][:, 0] / 0.3
    np.testing.assert_allclose(found[1][2] - found[0][2], 2.0 * np.outer(by_h, [1.0, -1.0]), rtol=1e-9)
