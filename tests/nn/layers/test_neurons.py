"""Neurons, layers and networks on scalars: what they compute, and what they refuse."""

import math

import numpy as np
import pytest

import autograd
from autograd import InputTypeError, InputValueError, Tensor, Value, program
from nn import MLP, Layer, Neuron, init


def test_a_neuron_is_its_activation_of_bias_and_weighted_inputs():
    neuron = Neuron(2, activation="tanh")
    for parameter, number in zip(neuron.parameters(), [0.5, -0.25, 0.125], strict=True):
        parameter.data = number
    x = [Value(2.0), Value(3.0)]
    y = neuron(x)
    y.backward()
    slope = 1 - math.tanh(0.375) ** 2  # 0.5 * 2 - 0.25 * 3 + 0.125 = 0.375
    assert y.data == math.tanh(0.375)
    assert [p.grad for p in neuron.parameters()] == pytest.approx([2 * slope, 3 * slope, slope], rel=1e-15)
    assert [each.grad for each in x] == pytest.approx([0.5 * slope, -0.25 * slope], rel=1e-15)


@pytest.mark.parametrize(
    "name", "relu sigmoid softplus logsigmoid silu gelu elu leaky_relu tanh sin exp abs sign erf sqrt".split()
)
def test_an_activation_is_the_function_of_that_name(name):
    neuron = Neuron(1, activation=name, init=init.constant(1.0))
    assert neuron([0.5]).data == getattr(autograd, name)(0.5)


@pytest.mark.parametrize(
    ("given", "name"),
    [
        *[(each, "relu") for each in ["ReLU", "RELU", "Relu", "re_lu", "re-lu"]],
        *[(each, "leaky_relu") for each in ["LeakyReLU", "leakyrelu", "leaky relu", "LEAKY_RELU"]],
        *[(each, "silu") for each in ["SiLU", "swish", "Swish"]],
        *[(each, "linear") for each in ["Linear", "identity", "none", None]],
        *[
            ("Tanh", "tanh"),
            ("Sigmoid", "sigmoid"),
            ("logistic", "sigmoid"),
            ("GELU", "gelu"),
            ("LogSigmoid", "logsigmoid"),
        ],
        *[("Softplus", "softplus"), ("ELU", "elu"), ("SELU", "selu"), ("HardTanh", "hardtanh"), ("log_1p", "log1p")],
    ],
)
def test_the_usual_spellings_of_an_activation_are_one(given, name):
    model = MLP(2, [1], output=given)
    assert repr(model) == f"MLP(2 -> 1 {name}, 3 parameters)"
    assert [entry.op.name for entry in program(model([1.0, 2.0])) if entry.op][1:] == [name] * (name != "linear")


def test_an_activation_may_be_any_function():
    layer = Layer(1, 2, activation=lambda z: z * z, init=init.constant(3.0))
    y = layer([2.0])
    assert [each.data for each in y] == [36.0, 36.0]
    assert y[0].scope == "layer.neurons[0]"


@pytest.mark.parametrize(
    ("widths", "kind", "count"), [([1], Value, None), ([3, 1], Value, None), ([2], list, 2), ([1, 3], list, 3)]
)
def test_a_network_that_ends_in_one_neuron_gives_its_value_and_any_other_a_list(widths, kind, count):
    y = MLP(2, widths)([1.0, 2.0])
    assert type(y) is kind
    assert count is None or len(y) == count
    assert len(Layer(2, 1)([1.0, 2.0])) == 1


def test_a_network_applies_one_activation_inside_and_the_other_at_its_end():
    model = MLP(1, [2, 2, 1], activation="tanh", output="sigmoid")
    used = [entry.op.name for entry in program(model([1.0])) if entry.op and entry.op.name != "dot"]
    assert used == ["tanh"] * 4 + ["sigmoid"]


@pytest.mark.parametrize(
    "given",
    [
        lambda: (0.5, 2.0),
        lambda: np.array([0.5, 2.0]),
        lambda: map(float, ["0.5", "2"]),
        lambda: [Value(0.5), 2],
        lambda: np.array([Value(0.5), 2], dtype=object),
        lambda: Tensor([0.5, 2.0]),
    ],
    ids=["tuple", "array", "iterator", "mixed", "objects", "tensor"],
)
@pytest.mark.parametrize("model", [Neuron(2, init=init.constant(3.0)), MLP(2, [2, 1], init=init.constant(1.5))])
def test_inputs_may_be_any_sequence_of_numbers_and_values(model, given):
    assert model(given()).data == 7.5 * (1 if isinstance(model, Neuron) else 1.5)


def test_a_tensor_of_inputs_gets_its_gradient():
    x = Tensor([0.5, 2.0])
    Neuron(2, init=init.constant(3.0))(x).backward()
    assert x.grad.tolist() == [3.0, 3.0]


@pytest.mark.parametrize(
    ("make", "given", "error", "message"),
    [
        (lambda: Neuron(2), [1.0], InputValueError, "neuron takes 2 inputs, not 1"),
        (lambda: MLP(3, [2, 1]), [1.0] * 4, InputValueError, r"mlp\.layers\[0\]\.neurons\[0\] takes 3 inputs, not 4"),
        (lambda: MLP(3, [2, 1]), [], InputValueError, "takes 3 inputs, not 0"),
        (
            lambda: MLP(2, [1]),
            np.ones((3, 2)),
            InputValueError,
            r"one sample at a time.*\(3, 2\); write \[model\(row\)",
        ),
        (lambda: MLP(2, [1]), Tensor(np.ones((3, 2))), InputValueError, r"one sample .*\(3, 2\); write \[model\(row\)"),
        (lambda: MLP(2, [1]), [[1.0, 2.0], [3.0, 4.0]], InputTypeError, r"one sample at a time, .* \[model\(row\) for"),
        (
            lambda: MLP(2, [1]),
            [[1.0, 2.0]] * 3,
            InputTypeError,
            r"is list \[1\.0, 2\.0\]; .*autograd\.compile\(model\)\(rows",
        ),
        (lambda: Neuron(2), [np.ones(2)] * 2, InputTypeError, r"one sample at a time, .* \[model\(row\) for"),
        (lambda: Neuron(2), ([1.0], 2.0), InputTypeError, "one sample at a time"),
        (lambda: MLP(2, [1]), np.array(1.0), InputTypeError, "a sequence of numbers, not ndarray"),
        (lambda: MLP(2, [1]), {1.0, 2.0}, InputTypeError, "a sequence of numbers, not set"),
        (lambda: MLP(2, [1]), 1.0, InputTypeError, "a sequence of numbers, not float 1.0"),
        (lambda: MLP(1, [1]), Value(1.0), InputTypeError, r"a sequence of numbers, not Value .*write \[x\]"),
        (lambda: MLP(2, [1]), "12", InputTypeError, "not str '12'"),
        (lambda: MLP(2, [1]), [1.0, "2"], InputTypeError, "not str '2'"),
    ],
)
def test_inputs_that_do_not_fit_are_refused(make, given, error, message):
    with pytest.raises(error, match=message):
        make()(given)


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: Neuron(0), InputValueError, "n_in must be at least 1, not 0"),
        (lambda: Neuron(2.0), InputTypeError, "n_in takes a whole number, not float 2.0"),
        (lambda: Neuron(True), InputTypeError, "whole number, not bool"),
        (lambda: Layer(2, -1), InputValueError, "n_out must be at least 1, not -1"),
        (lambda: MLP(2, 3), InputTypeError, r"widths takes a list.*write MLP\(2, \[16, 16, 1\]\)"),
        (lambda: MLP(2, "33"), InputTypeError, "widths takes a list"),
        (lambda: MLP(2, []), InputValueError, "at least one layer"),
        (lambda: MLP(2, [3, None]), InputTypeError, "widths takes a whole number, not NoneType"),
        (lambda: MLP(2, [1], activation="rleu"), InputValueError, "'rleu'; did you mean 'relu'"),
        (
            lambda: MLP(2, [1], output="Sigmod"),
            InputValueError,
            "no activation is called 'Sigmod'; did you mean 'sigmoid'",
        ),
        (lambda: MLP(2, [1], output="swich"), InputValueError, "did you mean 'silu'"),
        (
            lambda: MLP(2, [1], output=Neuron),
            InputTypeError,
            "a name or a function, not type <class 'nn.layers.neurons.Neuron'>",
        ),
        (lambda: MLP(2, {3, 1}), InputTypeError, "widths takes a list"),
        (lambda: Neuron(10**9), InputValueError, "n_in must be at most 100,000,000, not 1000000000"),
        (lambda: Layer(10**5, 10**5), InputValueError, "10,000,000,000 weights, .*; take at most 100,000,000"),
        (lambda: Neuron(2, init=dict), InputTypeError, "not type <class 'dict'>"),
        (lambda: MLP(2, [1], output="softmax"), InputValueError, "no activation is called 'softmax'"),
        (lambda: MLP(2, [1], output="sum"), InputValueError, "there are linear, "),
        (lambda: Neuron(2, activation=3), InputTypeError, 'not int 3; write activation="relu"'),
        (lambda: Neuron(2, init="he_norml"), InputValueError, "'he_norml'; did you mean 'he_normal'"),
        (lambda: Neuron(2, init="q"), InputValueError, "there are uniform, normal, "),
        (lambda: Neuron(2, init=0.1), InputTypeError, r"not float 0\.1; .*init\.constant\(0\.1\)"),
        (lambda: Neuron(2, init=lambda fan_in, fan_out: "1"), InputTypeError, "not str '1'"),
    ],
)
def test_arguments_that_make_no_network_are_refused(make, error, message):
    with pytest.raises(error, match=message):
        make()
