"""Worked cases of lecture notes on neural networks: each number was computed there by hand or by another program.

The numbers W… are of the explanatory notes to MIT 6.390, chapters 7 and 8, G… of chapters 4 and 5. Where the notes have
symbols only, these were evaluated at points of our choice. The section stands in each case.
"""

import math

import numpy as np
import pytest

from autograd import Tensor, Value, log, mean, relu, sigmoid, softmax, sqrt
from nn import MLP, EarlyStopping, Linear, Neuron, Sequential, init, losses, optim, regularisers

CLOSE = {"rel": 2e-9, "abs": 2e-10}  # the numbers have ten digits


def set_weights(model, *layers):
    """Give each layer a matrix with a row for each input, as in the notes, and its offsets."""
    for layer, (matrix, offsets) in zip(model.layers, layers, strict=True):
        for neuron, column, offset in zip(layer.neurons, zip(*matrix, strict=True), offsets, strict=True):
            neuron.bias.data = offset
            for w, x in zip(neuron.weights, column, strict=True):
                w.data = x
    return model


def weight_gradients(layer):
    """∂L/∂W with a row for each input."""
    return [list(row) for row in zip(*[[w.grad for w in neuron.weights] for neuron in layer.neurons], strict=True)]


def bias_gradients(layer):
    return [neuron.bias.grad for neuron in layer.neurons]


def chain(weights, offsets, activation, output):
    return set_weights(
        MLP(1, [1] * len(weights), activation, output), *[([[w]], [b]) for w, b in zip(weights, offsets, strict=True)]
    )


# --- One neuron -------------------------------------------------------------------------------------------------------

BCE, MSE = losses.binary_cross_entropy, losses.mse
NEURONS = [  # the case and its section; weights, offset, input, activation, loss, target; the loss and its gradients
    ("W2, 7.3", (2, -1), 0.5, (1, 3), "sigmoid", BCE, 1, 0.9740769842, (-0.6224593312, -1.8673779936), -0.6224593312),
    ("W3, 7.1.9", (2, -1), 0.5, (1, 3), "linear", MSE, 1, 2.25, (-3, -9), -3),
    ("G12, 4.4", (1, -2), 0.5, (2, 1), "sigmoid", BCE, 1, 0.4740769842, (-0.7550813376, -0.3775406688), -0.3775406688),
    ("G12, 4.4", (1, -2), 0.5, (2, 1), "sigmoid", BCE, 0, 0.9740769842, (1.2449186624, 0.6224593312), 0.6224593312),
]


@pytest.mark.parametrize("case", NEURONS, ids=lambda case: case[0])
def test_the_gradients_of_one_neuron(case):
    _, weights, offset, x, activation, loss, target, value, by_weights, by_offset = case
    forms = [(activation, loss)]
    if loss is BCE:  # the same from the score
        forms.append(("linear", losses.binary_cross_entropy_with_logits))
    for name, function in forms:
        neuron = Neuron(2, name)
        neuron.bias.data = offset
        for w, number in zip(neuron.weights, weights, strict=True):
            w.data = number
        y = function(neuron(x), target)
        y.backward()
        assert y.data == pytest.approx(value, **CLOSE)
        assert [w.grad for w in neuron.weights] == pytest.approx(by_weights, **CLOSE)
        assert neuron.bias.grad == pytest.approx(by_offset, **CLOSE)


@pytest.mark.parametrize(
    ("loss", "prediction", "target", "value", "derivative"),
    [  # W8, section 7.6
        (losses.mse, 3.0, 1.0, 4.0, 4.0),
        (losses.mse, -0.5, 1.0, 2.25, -3.0),
        (losses.mae, 3.0, 1.0, 2.0, 1.0),
        (losses.mae, -0.5, 1.0, 1.5, -1.0),
        (losses.binary_cross_entropy, 0.8, 1, 0.2231435513, -1.25),
        (losses.binary_cross_entropy, 0.8, 0, 1.6094379124, 5.0),
    ],
)
def test_losses_and_their_derivatives(loss, prediction, target, value, derivative):
    a = Value(prediction)
    y = loss(a, target)
    y.backward()
    assert (y.data, a.grad) == (pytest.approx(value, **CLOSE), pytest.approx(derivative, **CLOSE))


# --- Chains and networks ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("model", "x", "loss", "value", "gradients"),
    [  # ∂L/∂ by w¹, b¹, w², b², … and x
        pytest.param(
            chain((0.5, -1), (0, 0.25), "sigmoid", "sigmoid"), 2, lambda a: BCE(a, 1), 0.9623289414,
            [0.2430114889, 0.1215057445, -0.4517926017, -0.6179978115, 0.0607528722], id="W5, 7.5",
        ),
        pytest.param(
            chain((3, -2), (-1, 4), "relu", "linear"), 2, lambda a: MSE(a, 1), 49, [56, 28, -70, -14, 84], id="W6, 7.5"
        ),
        pytest.param(
            chain((0.5, -1.5, 2), (0, 0, 0), "tanh", "tanh"), 1.2, lambda a: MSE(a, 0.3), None, [0.8071541438],
            id="W7, (7.31) with the weight of each layer",
        ),
        pytest.param(chain([0.1] * 8, [0] * 8, "linear", "linear"), 1, lambda a: a, None, [1e-7, 1e-7], id="W13"),
    ],
)  # fmt: skip
def test_the_gradients_along_a_chain(model, x, loss, value, gradients):
    x = Value(x)
    y = loss(model([x]))
    y.backward()
    if value is not None:
        assert y.data == pytest.approx(value, **CLOSE)
    found = [p.grad for layer in model.layers for p in (*layer.neurons[0].weights, layer.neurons[0].bias)]
    found = [*found, x.grad] if len(gradients) == 5 else found[: len(gradients)]
    assert found == pytest.approx(gradients, **CLOSE)


@pytest.mark.parametrize(("activation", "weight", "x", "derivative"), [  # W13, section 7.7
    ("linear", 0.1, 0.0, 1e-8), ("linear", 10.0, 0.0, 1e8), ("sigmoid", 1.0, 1.0, 5.515264e-6),
])  # fmt: skip
def test_gradients_vanish_and_explode_with_depth(activation, weight, x, derivative):
    x = Value(x)
    chain([weight] * 8, [0] * 8, activation, activation)([x]).backward()
    assert x.grad == pytest.approx(derivative, rel=1e-6)


W9 = ([[1, -1], [0, 2], [-1, 0.5]], (0.5, -0.5)), ([[2, -1], [1, 3]], (0, 1))
W9_GRADIENTS = [[15, 39], [30, 78], [-15, -39]], [15, 39], [[30, 22.5], [24, 18]], [12, 9]


def test_a_network_of_two_layers_and_a_step_of_descent():  # W9, section 7.6
    model, x = set_weights(MLP(3, [2, 2], "relu"), *W9), [Value(1.0), Value(2.0), Value(-1.0)]
    loss = lambda inputs: losses.mse(model(inputs), [1, 0], reduction="sum")
    y = loss(x)
    y.backward()
    first, second = model.layers
    assert y.data == 56.25
    assert (weight_gradients(first), bias_gradients(first), weight_gradients(second), bias_gradients(second)) == (
        W9_GRADIENTS
    )
    assert [each.grad for each in x] == [-24, 78, 4.5]
    optim.SGD(model.parameters(), lr=0.01).step()
    assert loss(x).data == pytest.approx(2.5594140625, rel=1e-13)


def test_the_same_network_on_arrays_has_the_matrix_gradients():  # W9: ∂L/∂W = A (∂L/∂Z)ᵀ
    model = Sequential(Linear(3, 2, "relu"), Linear(2, 2))
    for layer, (matrix, offsets) in zip(model.layers, W9, strict=True):
        layer.weight.data, layer.bias.data = np.array(matrix, dtype=float).T, np.array(offsets, dtype=float)
    x = Tensor([[1.0, 2.0, -1.0]])
    losses.mse(model(x), [[1, 0]], reduction="sum").backward()
    found = [g for layer in model.layers for g in (layer.weight.grad.T.tolist(), layer.bias.grad.tolist())]
    assert tuple(found) == W9_GRADIENTS
    assert x.grad.tolist() == [[-24, 78, 4.5]]


W9B = ([[0.1, -0.2], [0.4, 0.3]], (0, 0.1)), ([[0.5], [-0.6]], (0.2,))


def test_a_network_of_sigmoids_with_binary_cross_entropy():  # W9b
    model = set_weights(MLP(2, [2, 1], "sigmoid", "sigmoid"), *W9B)
    y = losses.binary_cross_entropy(model([1.0, 2.0]), 1)
    y.backward()
    assert y.data == pytest.approx(0.6062823638, **CLOSE)
    first, second = model.layers
    assert np.ravel(weight_gradients(second)).tolist() == pytest.approx([-0.3232156954, -0.2829858166], **CLOSE)
    assert bias_gradients(second) == pytest.approx([-0.4546253906], **CLOSE)
    assert np.ravel(weight_gradients(first)).tolist() == pytest.approx(
        [-0.0467128288, 0.0641031927, -0.0934256575, 0.1282063854], **CLOSE
    )


def test_stochastic_descent_is_the_loop_of_the_notes():  # W10: the algorithm, with its indices repaired
    samples = [((1.0, 2.0), 1), ((-1.0, 0.5), 0), ((0.5, -1.5), 1)]
    weights = [(np.array(matrix, dtype=float), np.array(offsets, dtype=float)) for matrix, offsets in W9B]
    model = set_weights(MLP(2, [2, 1], "sigmoid", "sigmoid"), *W9B)
    optimizer = optim.SGD(model.parameters(), lr=lambda t: 0.5 / (1 + t))
    for t in range(12):
        x, target = samples[t % 3]
        optimizer.zero_grad()
        losses.binary_cross_entropy(model(x), target).backward()
        optimizer.step()
        outputs = [np.array(x)]
        for matrix, offset in weights:
            outputs.append(1 / (1 + np.exp(-(matrix.T @ outputs[-1] + offset))))
        by_z = outputs[-1] - target
        for k in (1, 0):
            matrix, offset = weights[k]
            rate = 0.5 / (1 + t)
            weights[k] = matrix - rate * np.outer(outputs[k], by_z), offset - rate * by_z
            by_z = outputs[k] * (1 - outputs[k]) * (matrix @ by_z)
    found = [np.array([[w.data for w in n.weights] for n in layer.neurons]).T for layer in model.layers]
    for mine, (matrix, _) in zip(found, weights, strict=True):
        np.testing.assert_allclose(mine, matrix, rtol=1e-12)


def test_zero_initial_weights_keep_hidden_units_equal():  # W11, section 7.5.1
    model = MLP(2, [2, 1], "sigmoid", "sigmoid", init=init.zeros())
    optimizer = optim.SGD(model.parameters(), lr=0.5)
    for _ in range(200):
        optimizer.zero_grad()
        losses.binary_cross_entropy(model([1.0, 2.0]), 1).backward()
        optimizer.step()
    for neuron in model.layers[0].neurons:
        assert [w.data for w in neuron.weights] == pytest.approx([0.3369781301, 0.6739562603], **CLOSE)
    dead = MLP(2, [2, 1], "relu", init=init.zeros())
    losses.mse(dead([1.0, 2.0]), 1).backward()
    assert {w.grad or 0.0 for layer in dead.layers for n in layer.neurons for w in n.weights} == {0.0}


def test_softmax_with_cross_entropy_has_the_difference_of_probabilities():  # W12 and G16
    z = [Value(1.0), Value(2.0), Value(3.0)]
    y = losses.cross_entropy(z, 2)
    y.backward()
    probabilities = [0.0900305732, 0.2447284711, 0.6652409558]
    assert [p.data for p in softmax(z)] == pytest.approx(probabilities, **CLOSE)
    assert y.data == pytest.approx(0.4076059644, **CLOSE)
    assert [each.grad for each in z] == pytest.approx([0.0900305732, 0.2447284711, -0.3347590442], **CLOSE)


# --- Training ---------------------------------------------------------------------------------------------------------

DESCENTS = [  # W15, section 7.7: three steps on w1² + 10 w2² from (1, 1)
    (lambda p: optim.SGD(p, 0.09), [(0.82, -0.8), (0.6724, 0.64), (0.551368, -0.512)]),
    (lambda p: optim.SGD(p, 0.09, momentum=0.9), [(0.82, -0.8), (0.5104, -0.98), (0.139888, 0.622)]),
    (
        lambda p: optim.RMSprop(p, 0.1, alpha=0.9),  # "Adadelta" in the notes
        [(0.68377224, 0.68377223), (0.49887061, 0.49887061), (0.36918056, 0.36918055)],
    ),
    (lambda p: optim.Adagrad(p, 0.1), [(0.9, 0.9), (0.83310353,) * 2, (0.78045618,) * 2]),
    (lambda p: optim.Adam(p, 0.1), [(0.9, 0.9), (0.80041223,) * 2, (0.70158627,) * 2]),
    (
        lambda p: optim.Adam(p, 0.1, bias_correction=False),
        [(0.68377228, 0.68377224), (0.27020607, 0.27020598), (-0.16214134, -0.16214147)],
    ),
    (
        lambda p: optim.Adam(p, 0.1, eps=0.01),
        [(0.90049751, 0.90004998), (0.80142745, 0.80051423), (0.70313616, 0.70174202)],
    ),
    (
        lambda p: optim.Adam(p, 0.1, eps=0.01, eps_inside=True),
        [(0.90012477, 0.90000125), (0.80067353, 0.80041485), (0.70199616, 0.70159038)],
    ),
    (
        lambda p: optim.SGD(p, 0.09, momentum=0.9, form="averaging"),
        [(0.982, 0.82), (0.948124, 0.5104), (0.90056937, 0.139888)],
    ),
]


@pytest.mark.parametrize(("make", "places"), DESCENTS)
def test_three_steps_of_each_optimizer(make, places):
    w = [Value(1.0), Value(1.0)]
    optimizer = make(w)
    for place in places:
        optimizer.zero_grad()
        (w[0] * w[0] + 10 * w[1] * w[1]).backward()
        optimizer.step()
        assert [each.data for each in w] == pytest.approx(place, abs=1.5e-8)


def test_momentum_is_a_running_average_of_the_gradients():  # W14
    w = Value(0.0)
    optimizer = optim.SGD([w], lr=1.0, momentum=0.9, form="averaging")
    places = [0.0]
    for gradient in (1.0, -2.0, 3.0):
        w.grad = gradient
        optimizer.step()
        places.append(w.data)
    assert np.diff(places).tolist() == pytest.approx([-0.1, 0.11, -0.201], rel=1e-14)


def test_weight_decay_is_the_penalty_for_plain_descent():  # W17
    for decay, penalty in ((0.1, 0.0), (0.0, 0.05)):
        w = [Value(1.0), Value(-2.0)]
        optimizer = optim.SGD(w, lr=0.1, weight_decay=decay)
        (0.3 * w[0] + 0.4 * w[1] + regularisers.l2(w, penalty)).backward()
        optimizer.step()
        assert [each.data for each in w] == pytest.approx([0.96, -2.02], rel=1e-14)


def test_a_unit_that_is_dropped_gets_no_gradient():  # W17: the mask (1, 0, 1) on (1, 2, 3)
    a = [Value(1.0), Value(2.0), Value(3.0)]
    total = sum(m * each for m, each in zip((1, 0, 1), a, strict=True))
    (total * total).backward()
    assert (total.data**2, [each.grad for each in a]) == (16.0, [8.0, 0.0, 8.0])


def test_batch_normalisation_is_differentiated_through_mean_and_deviation():  # W16, ε added to the deviation
    z = Tensor([[1.0, 2.0, 4.0, 5.0], [0.0, -1.0, 1.0, 4.0]])  # a row for each unit, a column for each sample
    gain, offset = Tensor([[2.0], [0.5]]), Tensor([[1.0], [-1.0]])
    centred = z - mean(z, axis=1, keepdims=True)
    y = gain * (centred / (sqrt(mean(centred * centred, axis=1, keepdims=True)) + 1e-5)) + offset
    y.backward(np.array([[1.0, 0.0, -1.0, 2.0], [0.5, 1.0, 0.0, -2.0]]))
    assert y.data[0].tolist() == pytest.approx([-1.5298061283, -0.2649030641, 2.2649030641, 3.5298061283], **CLOSE)
    assert z.grad.ravel().tolist() == pytest.approx(
        [
            *(0.8854305449, -0.5059620256, -2.0238441026, 1.6443755833),
            *(0.0047733640, -0.0238607487, 0.0334074767, -0.0143200921),
        ],
        **CLOSE,
    )
    assert offset.grad.ravel().tolist() == pytest.approx([2, -0.5], **CLOSE)
    assert gain.grad.ravel().tolist() == pytest.approx([0.6324515321, -4.5434168269], **CLOSE)


def test_a_linear_autoencoder_is_at_rest_on_the_principal_axis_wherever_codes_begin():  # W18, section 8.4
    rng = np.random.default_rng(18)  # the points of the worked case are not published
    points = np.outer(rng.normal(size=30), [1.0, 2.0, -1.0]) + 0.1 * rng.normal(size=(30, 3)) + [0.9, 1.9, 3.0]
    mean = points.mean(axis=0)
    _, lengths, axes = np.linalg.svd(points - mean)
    encode, decode = Linear(3, 1), Linear(1, 3)
    encode.weight.data, encode.bias.data = axes[:1], [0.7]
    decode.weight.data, decode.bias.data = axes[:1].T, mean - axes[0] * (axes[0] @ mean + 0.7)
    loss = losses.mse(decode(encode(points)), points, reduction="sum")
    loss.backward()
    assert loss.item() == pytest.approx((lengths[1:] ** 2).sum(), rel=1e-12)
    for parameter in [*encode.parameters(), *decode.parameters()]:
        assert np.abs(parameter.grad).max() < 1e-11
    assert np.abs(decode([[0.0]]).numpy() - mean).max() > 0.5
    np.testing.assert_allclose(decode(encode(points).mean(axis=0)[None]).numpy(), [mean], rtol=1e-13)


def test_a_sample_of_a_distribution_passes_gradients_to_its_parameters():  # W19, section 8.4
    mu, s = Value(2.0), Value(0.5)
    loss = losses.mse(mu + s * 1.3, 3)
    loss.backward()
    assert [loss.data, mu.grad, s.grad] == pytest.approx([0.1225, -0.7, -0.91], rel=1e-14)
    divergence = 0.5 * (mu * mu + s * s - 1 - log(s * s))
    assert divergence.data == pytest.approx(2.3181471806, **CLOSE)


def test_steps_of_ascent_in_the_input_change_the_answer():  # W20, section 8.5: an adversarial example
    neuron = Neuron(2)
    neuron.weights[0].data, neuron.weights[1].data, neuron.bias.data = 1.0, -2.0, 0.5
    x, seen = [2.0, 0.5], []
    for _ in range(3):
        inputs = [Value(each) for each in x]
        score = neuron(inputs)
        loss = losses.binary_cross_entropy_with_logits(score, 1)
        loss.backward()
        seen.append((score.data, loss.data))
        if len(seen) == 1:
            assert [each.grad for each in inputs] == pytest.approx([-0.182426, 0.364851], abs=1e-6)
        x = [each.data + each.grad for each in inputs]
    assert np.ravel(seen).tolist() == pytest.approx([1.5, 0.201413, 0.587872, 0.441802, -1.197744, 1.461549], abs=1e-6)


def test_early_stopping_returns_the_weights_of_the_lowest_loss():  # W21, section 7.8
    stopping = EarlyStopping(patience=0)
    answers = [stopping.observe(epoch, loss) for epoch, loss in enumerate([5, 4, 3, 3.5], start=1)]
    assert (answers, stopping.best, stopping.epoch) == ([False, False, False, True], 3, 3)


@pytest.mark.parametrize(("z", "values"), [  # W4: sigmoid, its derivative, tanh, its derivative
    (-2.0, (0.119202922, 0.1049935854, -0.9640275801, 0.0706508249)),
    (0.0, (0.5, 0.25, 0.0, 1.0)),
    (0.5, (0.6224593312, 0.2350037122, 0.4621171573, 0.786447733)),
    (3.0, (0.9525741268, 0.0451766597, 0.9950547537, 0.0098660372)),
])  # fmt: skip
def test_activations_and_their_derivatives(z, values):
    found = []
    for function in (sigmoid, Value.tanh):
        x = Value(z)
        y = function(x)
        y.backward()
        found += [y.data, x.grad]
    assert found == pytest.approx(values, **CLOSE)
    assert relu(Value(z)).data == max(z, 0.0)
    assert math.isclose(found[2], 2 / (1 + math.exp(-2 * z)) - 1, abs_tol=1e-15)  # tanh z = 2 σ(2z) - 1
