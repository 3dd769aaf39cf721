"""Linear, Flatten and PReLU: their numbers beside PyTorch's, the initial weights, and the inputs that they take."""

import copy
import json
import math
import random

import numpy as np
import pytest

import autograd
from autograd import InputTypeError, InputValueError, Tensor, Value, check_gradients, program
from nn import MLP, Flatten, Layer, Linear, Neuron, PReLU, Sequential, init
from tests.support.processes import ROOT

RECORDED = json.loads((ROOT / "tests/data/linear_layers.json").read_text(encoding="utf-8"))["cases"]


def layer_of(name, inputs):
    """The layer of a recorded case, with its parameters."""
    kind, _, rest = name.partition(" ")
    if kind == "flatten":
        return Flatten()
    if kind == "prelu":
        layer = PReLU(len(inputs["slope"]))
        layer.slope.data = inputs["slope"] if len(inputs["slope"]) > 1 else inputs["slope"][0]
        return layer
    shape = np.shape(inputs["weight"])
    activation = rest if rest in autograd.__all__ else "linear"
    layer = Linear(shape[1], shape[0], activation, bias="bias" in inputs)
    for each, parameter in layer.named_parameters():
        parameter.data = inputs[each]
    return layer


@pytest.mark.parametrize("name", RECORDED)
def test_outputs_and_gradients_are_those_of_pytorch(name):
    case = RECORDED[name]
    layer, x = layer_of(name, case["inputs"]), Tensor(case["inputs"]["x"])
    y = layer(x)
    y.backward(case["upstream"])
    np.testing.assert_allclose(y.numpy(), case["y"], rtol=1e-12, atol=1e-15)
    gradients = {"x": x.grad, **{path: np.atleast_1d(p.grad) for path, p in layer.named_parameters()}}
    assert gradients.keys() == case["gradients"].keys()
    for each, expected in case["gradients"].items():
        np.testing.assert_allclose(gradients[each], expected, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize(
    ("x", "shape"),
    [
        (np.ones((2, 3)), (2, 2)),
        (np.ones((2, 3), dtype=int), (2, 2)),
        (np.ones((4, 2, 3), np.float32), (4, 2, 2)),
        (np.array([True, True, True]), (2,)),
        ([[1, 1, 1.0]], (1, 2)),
        ((1, 1.0, 1), (2,)),
        (iter([1, 1, 1]), (2,)),
        ([Value(1.0), 1, np.float64(1)], (2,)),
        ([[Value(1.0), 1, 1.0], [1, 1, 1]], (2, 2)),
        ([Tensor([1.0, 1.0, 1.0]), [1.0, 1.0, 1.0]], (2, 2)),
        (np.ones((0, 3)), (0, 2)),
    ],
)
def test_inputs_may_be_tensors_arrays_and_nested_lists(x, shape):
    layer = Linear(3, 2, init=init.constant(0.5))
    y = layer(x)
    assert type(y) is Tensor
    assert y.numpy().tolist() == np.full(shape, 1.5).tolist()


def test_values_among_the_inputs_get_their_gradients():
    x = Value(2.0)
    Linear(2, 3, init=init.constant(0.5))([[x, 1.0], [1.0, x]]).sum().backward()
    assert x.grad == 3.0


def test_of_an_array_of_values_there_is_an_array_of_values():
    x = np.array([[Value(2.0), Value(-1.0)]], dtype=object)
    layer = Linear(2, 3, activation="relu", init=init.constant(0.5))
    y = Sequential(layer, PReLU(3))(x)
    assert (type(y), y.shape) == (np.ndarray, (1, 3))
    sum(y[0]).backward()
    assert [each.grad for each in x[0]] == [1.5, 1.5]
    assert layer.weight.grad.tolist() == [[2.0, -1.0]] * 3


def test_a_network_of_linear_layers_is_compiled_for_each_sample():
    model, rows = Sequential(Linear(3, 4, "tanh"), Linear(4, 3), PReLU(3)), np.random.default_rng(0).normal(size=(5, 3))
    expected = model(rows)
    (expected * [1.0, 2.0, 3.0]).sum().backward()
    gradients = [p.grad for p in model.parameters()]
    model.zero_grad()
    y = autograd.compile(model)(rows)
    np.testing.assert_allclose(y.numpy(), expected.numpy(), rtol=1e-12)
    (y * [1.0, 2.0, 3.0]).sum().backward()
    for parameter, gradient in zip(model.parameters(), gradients, strict=True):
        np.testing.assert_allclose(parameter.grad, gradient, rtol=1e-12)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: Linear(3, 2)(np.ones((2, 2))), InputValueError, r"linear takes 3 numbers .* shape \(3,\) or \(N, 3\)"),
        (lambda: Linear(3, 2)(np.array(1.0)), InputValueError, r"not of shape \(\)"),
        (
            lambda: Sequential(Linear(2, 2), Linear(3, 2))([1.0, 2.0]),
            InputValueError,
            r"sequential\.layers\[1\] takes 3",
        ),
        (
            lambda: Linear(1, 2)(3.0),
            InputTypeError,
            r"an array of real numbers, or nested lists, not float .*write \[x\]",
        ),
        (lambda: Linear(1, 2)(Value(1.0)), InputTypeError, "not Value"),
        (lambda: Linear(3, 2)({1.0, 2.0}), InputTypeError, "not set"),
        (lambda: Linear(3, 2)([[1.0, "x", 2.0]]), InputTypeError, "not list"),
        (lambda: Linear(2, 2)([[1.0, 2.0], [1.0]]), InputValueError, "stack takes arrays of one shape"),
        (lambda: Linear(2, 2)(np.ma.masked_array([1.0, 2.0], [True, False])), InputTypeError, "without a mask"),
        (lambda: Linear(0, 2), InputValueError, "n_in must be at least 1, not 0"),
        (lambda: Linear(2, 2.0), InputTypeError, "n_out takes a whole number"),
        (lambda: Linear(2, 3, False), InputTypeError, "activation takes a name or a function, not bool False"),
        (lambda: Linear(2, 3, bias="no"), InputTypeError, "bias takes True or False, not str 'no'"),
        (lambda: Linear(10**5, 10**5), InputValueError, "100,000 × 100,000 weights are too many"),
        (lambda: Linear(2, 3, "rleu"), InputValueError, "did you mean 'relu'"),
        (lambda: Linear(2, 3, init="he"), InputValueError, "no initialiser is called 'he'"),
        (lambda: Linear(2, 3, init=lambda *_: "x"), InputTypeError, "a weight takes a real number, not str 'x'"),
        (lambda: Flatten(2)(np.ones(1)), InputValueError, "flatten joins the axes from axis 2 on, and the input has 1"),
        (lambda: Flatten(-1), InputValueError, "start must be at least 0, not -1"),
        (lambda: PReLU(0), InputValueError, "channels must be at least 1"),
        (lambda: PReLU(slope="x"), InputTypeError, "slope takes a real number"),
        (lambda: PReLU(3)(np.ones((2, 2))), InputValueError, "PReLU has slopes for 3 channels, and there are 2"),
        (lambda: PReLU(3)([1.0, 2.0]), InputValueError, "slopes for 3 channels, and there are 2"),
        (lambda: PReLU(3)(1.0), InputValueError, "slopes for 3 channels, and there are 1"),
    ],
)
def test_what_does_not_fit_is_refused(call, error, message):
    with pytest.raises(error, match=message):
        call()


# --- Initial weights --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("activation", "bound", "is_normal"),
    [
        *[
            (each, math.sqrt(6 / 60), False)
            for each in ["relu", "LeakyReLU", "gelu", "swish", "elu", "softplus", "prelu"]
        ],
        (autograd.relu, math.sqrt(6 / 60), False),
        (PReLU(), math.sqrt(6 / 60), False),
        *[(each, math.sqrt(6 / 100), False) for each in ["linear", "tanh", "sigmoid", np.tanh]],
        ("selu", math.sqrt(1 / 60), True),
    ],
)
def test_default_weights_go_by_the_activation(activation, bound, is_normal):
    random.seed(3)
    weight = Linear(60, 40, activation).weight.numpy()
    if is_normal:
        assert np.std(weight) == pytest.approx(bound, rel=0.05)
        assert np.abs(weight).max() > 3 * bound
    else:
        assert 0.99 * bound < np.abs(weight).max() <= bound
    random.seed(3)
    assert np.array_equal(Linear(60, 40, activation).weight.numpy(), weight)


def test_weights_may_be_drawn_by_any_initialiser():
    sizes = []
    assert Linear(2, 3, init=lambda *fan: sizes.append(fan) or 0.5).weight.numpy().tolist() == [[0.5] * 2] * 3
    assert sizes == [(2, 3)] * 6
    rng = np.random.default_rng(5)
    drawn = Linear(4, 3, init=init.orthogonal(rng=rng)).weight.numpy()
    np.testing.assert_allclose(drawn @ drawn.T, np.eye(3), atol=1e-14)


def test_relu_networks_keep_the_size_of_signals_by_default():
    random.seed(0)
    deep = Sequential(*(Linear(200, 200, "relu") for _ in range(10)))
    y = deep(np.random.default_rng(0).normal(size=(50, 200)))
    assert 0.3 < np.mean(y.numpy() ** 2) < 3.0


# --- Activations ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("make", [PReLU, lambda: "prelu", lambda: "PReLU"])
@pytest.mark.parametrize(
    ("build", "count"),
    [
        (lambda activation: Neuron(2, activation), 4),
        (lambda activation: Layer(2, 3, activation), 10),
        (lambda activation: Linear(2, 3, activation), 10),
        (lambda activation: MLP(2, [3, 1], activation), 14),
        (lambda activation: Sequential(Linear(2, 3), activation), 10),
        (lambda activation: Sequential(Layer(2, 3), activation), 10),
    ],
)
def test_the_slope_of_a_prelu_is_found_once_in_each_layer_and_trained(make, build, count):
    model = build(make())
    for twin in [model, copy.deepcopy(model)]:
        assert sum(np.size(p.data) for p in twin.parameters()) == count
        [slope] = [p for path, p in twin.named_parameters() if path.endswith("slope")]
        y = twin([-1.0, -2.0])
        for each in y if isinstance(y, list) else [y]:
            each.sum().backward() if isinstance(each, Tensor) else each.backward()
        assert slope.grad is not None
        assert slope.name == "slope"


def test_layers_of_scalars_with_a_prelu_compile():
    random.seed(4)
    model = MLP(2, [4, 1], activation="prelu")
    rows = np.random.default_rng(0).normal(size=(5, 2))
    y = autograd.compile(model)(rows)
    y.sum().backward()
    compiled = [p.grad for p in model.parameters()]
    model.zero_grad()
    total = sum(model(row) for row in rows)
    total.backward()
    assert y.numpy().tolist() == pytest.approx([model(row).data for row in rows], rel=1e-13)
    assert compiled == pytest.approx([p.grad for p in model.parameters()], rel=1e-12)


def test_a_function_of_autograd_is_the_activation_of_its_name():
    assert repr(Linear(2, 2, autograd.tanh)) == repr(Linear(2, 2, "tanh")) == "Linear(2 -> 2 tanh, 6 parameters)"
    assert repr(Layer(2, 2, np.tanh)) == "Layer(2 -> 2 tanh, 6 parameters)"
    assert repr(Linear(2, 2, PReLU())) == "Linear(2 -> 2 PReLU, 7 parameters)"


def test_gradients_of_a_network_on_arrays_are_those_of_differences():
    random.seed(1)
    model = Sequential(Linear(3, 4, "tanh"), Linear(4, 2, "softplus"))
    x = np.random.default_rng(1).normal(size=(5, 3))
    assert check_gradients(lambda *_: (model(x) ** 2).sum(), *model.parameters())


def test_the_records_of_a_layer_carry_its_path_and_its_parameters_their_role():
    model = Sequential(Linear(2, 1, "relu"))
    listing = program(model(np.ones((1, 2))))
    assert {entry.scope for entry in listing} == {"sequential.layers[0]"}
    assert {entry.name for entry in listing if entry.role == "parameter"} == {"w", "b"}


# --- The names of micrograd -------------------------------------------------------------------------------------------


def test_w_and_b_are_the_weights_and_the_bias():
    neuron = Neuron(2, init=init.constant(0.5))
    assert neuron.w is neuron.weights
    assert neuron.b is neuron.bias
    neuron.w[0].data = 3.0
    first = Value(1.0)
    neuron.w, neuron.b = [first, -2.0], 4.0
    assert neuron.weights[0] is first
    assert neuron([1.0, 1.0]).data == 3.0
    assert [(path, p.data) for path, p in neuron.named_parameters()] == [
        ("weights[0]", 1.0),
        ("weights[1]", -2.0),
        ("bias", 4.0),
    ]
    neuron.w, neuron.b = np.array([1.0, 2.0]), first
    assert [p.name for p in neuron.parameters()] == ["w[0]", "w[1]", None]


@pytest.mark.parametrize(
    ("name", "given", "message"),
    [("w", 1.0, "w takes a list of weights, not float 1.0"), ("w", ["x"], "not str 'x'"), ("b", None, "not NoneType")],
)
def test_w_and_b_take_values_and_numbers(name, given, message):
    neuron = Neuron(2)
    with pytest.raises(InputTypeError, match=message):
        setattr(neuron, name, given)
    assert len(neuron.parameters()) == 3
