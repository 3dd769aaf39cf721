"""Layers on arrays have the outputs, gradients and statistics of PyTorch: on tensors, on values, and compiled."""

import json
import random
from pathlib import Path

import numpy as np
import pytest

import autograd
import nn
from autograd import Tensor, Value
from tests.support.odd import ODD, misbehaviour

CASES = json.loads((Path(__file__).parents[2] / "data" / "array_layers.json").read_text())["cases"]
NAMES = [case["name"] for case in CASES]
close = {"rtol": 1e-11, "atol": 1e-13}


def layer_of(case):
    options = {name: tuple(x) if isinstance(x, list) else x for name, x in case["options"].items()}
    layer = getattr(nn, case["layer"])(**options)
    found = dict(layer.named_parameters())
    assert found.keys() == case["parameters"].keys()
    for name, numbers in case["parameters"].items():
        found[name].data = numbers
    for name, numbers in case["buffers"].items():
        setattr(layer, name, np.array(numbers))
    return layer.train(case["training"])


def inputs_of(case, make):
    """The inputs, made of arrays of floats; whole numbers stay as they are."""

    def of(x):
        if isinstance(x, dict):
            return tuple(of(part) for part in x["pair"])
        array = np.array(x)
        return array if array.dtype.kind == "i" else make(array)

    return [of(x) for x in case["inputs"]]


def flat(outputs):
    return [each for x in outputs for each in flat(x)] if isinstance(outputs, tuple) else [outputs]


def values(array):
    made = np.empty(array.shape, dtype=object)
    for index in np.ndindex(array.shape):
        made[index] = Value(array[index])
    return made


def weighted(outputs):
    """The loss from which gradients were recorded."""
    return sum(autograd.sum(x * np.cos(np.arange(np.size(x)) + k).reshape(np.shape(x))) for k, x in enumerate(outputs))


def check(layer, case, outputs, gradients):
    assert len(outputs) == len(case["outputs"])
    for output, expected in zip(outputs, case["outputs"], strict=True):
        np.testing.assert_allclose(output, expected, **close)
    for gradient, expected in zip(gradients, case["input_gradients"], strict=True):
        np.testing.assert_allclose(gradient, expected, **close)
    for name, parameter in layer.named_parameters():
        np.testing.assert_allclose(parameter.grad, case["parameter_gradients"][name], **close, err_msg=name)
    for name, expected in case["buffers_after"].items():
        np.testing.assert_allclose(getattr(layer, name), expected, **close, err_msg=name)


@pytest.mark.parametrize("case", CASES, ids=NAMES)
def test_outputs_and_gradients_of_tensors_are_those_of_pytorch(case):
    layer, inputs = layer_of(case), inputs_of(case, Tensor)
    outputs = flat(layer(*inputs))
    autograd.sum(weighted(outputs)).backward()
    check(layer, case, [x.numpy() for x in outputs], [x.grad for x in flat(tuple(inputs)) if isinstance(x, Tensor)])


@pytest.mark.parametrize("case", CASES, ids=NAMES)
@pytest.mark.untraced
def test_outputs_and_gradients_of_a_compiled_layer_are_those_of_pytorch(case):
    layer, inputs = layer_of(case), inputs_of(case, Tensor)

    @autograd.compile(batch=False)
    def loss(*inputs):
        outputs = flat(layer(*inputs))
        return weighted(outputs), outputs

    loss(*inputs)  # a call before it, whose statistics are forgotten
    for name, numbers in case["buffers"].items():
        getattr(layer, name)[...] = numbers
    total, outputs = loss(*inputs)
    total.backward()
    numbers = [np.vectorize(lambda x: x.data)(x) for x in outputs]
    check(layer, case, numbers, [x.grad for x in flat(tuple(inputs)) if isinstance(x, Tensor)])


@pytest.mark.parametrize("case", CASES[::2], ids=NAMES[::2])
def test_outputs_and_gradients_of_values_are_those_of_pytorch(case):
    layer, inputs = layer_of(case), inputs_of(case, values)
    outputs = flat(layer(*inputs))
    weighted(outputs).backward()
    gradients = [np.vectorize(lambda x: x.grad)(x) for x in flat(tuple(inputs)) if x.dtype == object]
    check(
        layer,
        case,
        [x.numpy() if isinstance(x, Tensor) else np.vectorize(lambda x: x.data)(x) for x in outputs],
        gradients,
    )


# --- Kinds of inputs --------------------------------------------------------------------------------------------------

LAYERS = {  # a layer and an input that it takes, without samples
    "Conv1d": (lambda: nn.Conv1d(2, 3, 2), (2, 4)),
    "Conv2d": (lambda: nn.Conv2d(1, 2, 2), (1, 3, 3)),
    "MaxPool1d": (lambda: nn.MaxPool1d(2), (1, 4)),
    "MaxPool2d": (lambda: nn.MaxPool2d(2), (1, 2, 4)),
    "AvgPool1d": (lambda: nn.AvgPool1d(2), (1, 4)),
    "AvgPool2d": (lambda: nn.AvgPool2d(2), (1, 2, 4)),
    "BatchNorm1d": (lambda: nn.BatchNorm1d(3).eval(), (3,)),
    "BatchNorm2d": (lambda: nn.BatchNorm2d(2).eval(), (2, 1, 2)),
    "LayerNorm": (lambda: nn.LayerNorm(3), (3,)),
    "RMSNorm": (lambda: nn.RMSNorm(3), (3,)),
    "Dropout": (lambda: nn.Dropout(0.5).eval(), (4,)),
    "RNN": (lambda: nn.RNN(2, 3, batch_first=True), (3, 2)),
    "GRU": (lambda: nn.GRU(2, 3, batch_first=True), (3, 2)),
    "LSTM": (lambda: nn.LSTM(2, 3, batch_first=True), (3, 2)),
    "RNNCell": (lambda: nn.RNNCell(2, 3), (2,)),
    "GRUCell": (lambda: nn.GRUCell(2, 3), (2,)),
    "LSTMCell": (lambda: nn.LSTMCell(2, 3), (2,)),
    "MultiHeadAttention": (lambda: nn.MultiHeadAttention(4, 2, causal=True), (3, 4)),
}
RNG = np.random.default_rng(5)


def first(outputs):
    return outputs[0] if isinstance(outputs, tuple) else outputs


def numbers(x):
    return x.numpy() if isinstance(x, Tensor) else np.vectorize(lambda each: getattr(each, "data", each))(np.array(x))


@pytest.mark.parametrize(("make", "shape"), LAYERS.values(), ids=LAYERS)
@pytest.mark.untraced
def test_a_list_an_array_and_a_compiled_batch_give_what_a_tensor_gives(make, shape):
    layer, batch = make(), RNG.normal(size=(3, *shape))
    expected = np.stack([numbers(first(layer(Tensor(x)))) for x in batch])
    assert np.allclose(numbers(first(layer(batch[0]))), expected[0], **close)
    assert np.allclose(numbers(first(layer(batch[0].tolist()))), expected[0], **close)
    assert np.allclose(numbers(first(layer(values(batch[0]).tolist()))), expected[0], **close)
    assert np.allclose(numbers(first(layer(values(batch[0])))), expected[0], **close)
    of_a_sample = autograd.compile(lambda x: first(layer(x)))
    assert np.allclose(numbers(of_a_sample(batch)), expected, **close)
    if len(shape) > 1 or "BatchNorm" in type(layer).__name__:
        assert np.allclose(numbers(first(layer(Tensor(batch)))), expected, **close)


@pytest.mark.parametrize(("make", "shape"), LAYERS.values(), ids=LAYERS)
@pytest.mark.untraced
def test_a_few_steps_lower_a_loss(make, shape):
    random.seed(5)  # of the initial weights
    rng = np.random.default_rng(5)
    layer, x = make().train(), Tensor(rng.normal(size=(4, *shape)))
    scale = Tensor(np.full(shape, 0.1))  # something to train before layers without parameters
    target = rng.normal(size=first(layer(x)).shape) / 2
    optimizer, seen = nn.optim.SGD([scale, *layer.parameters()], lr=0.05), []
    state = getattr(layer, "generator_state", None)
    for _ in range(30):
        if state is not None:  # the same mask in each step, so that the losses are those of one function
            layer.generator_state = state
        loss = ((first(layer(x * scale)) - target) ** 2).mean()
        seen.append(loss.item())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert seen[-1] < seen[0]


def test_a_list_of_values_and_a_tensor_from_elsewhere_are_inputs_in_a_compiled_function():
    layer, given = nn.LayerNorm(2), Tensor([3.0, 5.0])
    f = autograd.compile(lambda x, y: (layer([x, y]), layer(given), layer([1.0, 4.0])))
    for found in f(2.0, 6.0):
        assert np.allclose(numbers(found), [-1, 1], rtol=1e-4)
    autograd.sum(f(2.0, 6.0)[1] * [1.0, 2.0]).backward()
    expected = Tensor([3.0, 5.0])
    (layer(expected) * [1.0, 2.0]).sum().backward()
    assert np.allclose(given.grad, expected.grad, **close)


@pytest.mark.parametrize(
    ("padding", "expected"), [(1, [1, 3, 5, 7, 4]), ((0, 2), [3, 5, 7, 4, 0]), ("same", [3, 5, 7, 4])]
)
def test_the_ends_of_a_signal_are_padded_alike_or_each_by_itself(padding, expected):
    layer = nn.Conv1d(1, 1, 2, padding=padding, init=nn.init.constant(1.0))
    assert layer([[1.0, 2.0, 3.0, 4.0]]).numpy().tolist() == [expected]


# --- Refusals ---------------------------------------------------------------------------------------------------------

ZEROS = np.zeros
PAIR = (ZEROS((2, 3)), ZEROS((2, 3)))
REFUSED = {
    "Conv1d takes an array [sample, channel, place] with 2 channels, or [channel, place] for one sample, not of shape "
    "(3, 4)": lambda: nn.Conv1d(2, 3, 2)(ZEROS((3, 4))),
    "Conv2d takes an array [sample, channel, row, column] with 1 channels, or [channel, row, column] for one sample, "
    "not of shape (3, 3)": lambda: nn.Conv2d(1, 2, 2)(ZEROS((3, 3))),
    "a filter of (4, 4) does not fit into (3, 3)": lambda: nn.Conv2d(1, 2, 4)(ZEROS((1, 3, 3))),
    "the padding is a whole number from 0, one for each axis, pairs (before, after), or 'same', not 'valid'": lambda: (
        nn.Conv2d(1, 2, 4, padding="valid")
    ),
    "the kernel_size is a whole number from 1, or 2 of them, not (1, 2, 3)": lambda: nn.Conv2d(1, 2, (1, 2, 3)),
    "the stride is a whole number from 1, not 0": lambda: nn.Conv1d(1, 2, 3, stride=0),
    "MaxPool2d takes an array [sample, channel, row, column], or [channel, row, column] for one sample, not of shape "
    "(3, 3)": lambda: nn.MaxPool2d(2)(ZEROS((3, 3))),
    "AvgPool1d takes an array [sample, channel, place], or [channel, place] for one sample, not of shape (3,)": (
        lambda: nn.AvgPool1d(2)(ZEROS(3))
    ),
    "a region of (4, 4) does not fit into (3, 3)": lambda: nn.MaxPool2d(4)(ZEROS((1, 3, 3))),
    "BatchNorm1d takes an array [sample, channel] or [sample, channel, place] with 3 channels, not of shape (2, 4)": (
        lambda: nn.BatchNorm1d(3)(ZEROS((2, 4)))
    ),
    "BatchNorm2d takes an array [sample, channel, row, column] with 1 channels, not of shape (1, 2, 2); in training it "
    "needs a batch: compile a function of whole batches, with batch=False": lambda: nn.BatchNorm2d(1)(ZEROS((1, 2, 2))),
    "BatchNorm1d in training needs more than one number for each channel, and an array of shape (1, 3) has one; give a "
    "larger batch, or call model.eval()": lambda: nn.BatchNorm1d(3)(ZEROS((1, 3))),
    "momentum is a number from 0 to 1, not 1.5": lambda: nn.BatchNorm1d(3, momentum=1.5),
    "eps is a number from 0 to 1e+10, not -1": lambda: nn.LayerNorm(3, eps=-1),
    "normalized_shape has at least one length; write the number of features": lambda: nn.RMSNorm(()),
    "LayerNorm takes an array whose last axes have the shape (2, 3), not of shape (3,)": lambda: nn.LayerNorm((2, 3))(
        ZEROS(3)
    ),
    "RMSNorm takes an array whose last axes have the shape (3,), not of shape (3, 2)": lambda: nn.RMSNorm(3)(
        ZEROS((3, 2))
    ),
    "p is a probability from 0 to 1, not 1.5": lambda: nn.Dropout(1.5),
    "Embedding has rows 0 to 2, and no row 3": lambda: autograd.compile(nn.Embedding(3, 2))(3),
    "embedding has rows 0 to 2; the indices go 3 to 3": lambda: nn.Embedding(3, 2)(3),
    "RNNCell takes 2 features, along the last axis, not an array of shape (4, 3)": lambda: nn.RNNCell(2, 3)(
        ZEROS((4, 3))
    ),
    "GRUCell takes an array [sample, feature], or [feature], not of shape (4, 1, 2)": lambda: nn.GRUCell(2, 3)(
        ZEROS((4, 1, 2))
    ),
    "the state of GRUCell has the shape (4, 3) here, not (3,)": lambda: nn.GRUCell(2, 3)(ZEROS((4, 2)), ZEROS(3)),
    "LSTM takes an array [step, sample, feature], or [step, feature], not of shape (2,)": lambda: nn.LSTM(2, 3)(
        ZEROS(2)
    ),
    "RNN takes an array [sample, step, feature], or [step, feature], not of shape (0, 2)": lambda: nn.RNN(
        2, 3, batch_first=True
    )(ZEROS((0, 2))),
    "embed_dim must be a multiple of num_heads, and 3 does not divide 4": lambda: nn.MultiHeadAttention(4, 3),
    "MultiHeadAttention takes its key as an array [sample, position, feature] or [position, feature] with 4 features, "
    "not of shape (2, 3)": lambda: nn.MultiHeadAttention(4, 2)(ZEROS((2, 4)), ZEROS((2, 3))),
    "query, key and value have the same samples, and key and value the same positions; their shapes are (2, 4), (3, 4) "
    "and (2, 4)": lambda: nn.MultiHeadAttention(4, 2)(ZEROS((2, 4)), ZEROS((3, 4)), ZEROS((2, 4))),
    "causal attention has as many positions in the key as in the query, not 3 and 2": lambda: nn.MultiHeadAttention(
        4, 2, causal=True
    )(ZEROS((2, 4)), ZEROS((3, 4))),
    "an array of shape (100000000, 100000000, 1) is too large; take at most 100,000,000 numbers": (
        lambda: nn.Conv1d(10**8, 10**8, 1)
    ),
}
WRONG_KINDS = {
    "LSTMCell takes its state as a pair (h, c), not ndarray array([0., 0., 0.])": lambda: nn.LSTMCell(2, 3)(
        ZEROS(2), ZEROS(3)
    ),
    "Embedding takes whole numbers as indices, not Value Value(1.0); in a compiled function, arguments that are "
    "integers": lambda: nn.Embedding(3, 2)(Value(1.0)),
    "embedding takes whole numbers as indices, not float 0.5": lambda: nn.Embedding(3, 2)(0.5),
}


@pytest.mark.parametrize("kind", [autograd.InputValueError, autograd.InputTypeError], ids=["values", "types"])
def test_wrong_sizes_shapes_and_kinds_are_refused_with_what_was_given_and_expected(kind):
    answers = {}
    for sentence, call in (REFUSED if kind is autograd.InputValueError else WRONG_KINDS).items():
        with pytest.raises(kind) as raised:
            call()
        answers[sentence] = str(raised.value)
    assert {sentence: answer for sentence, answer in answers.items() if sentence != answer} == {}


SIZES = {
    "in_channels": 2,
    "out_channels": 2,
    "kernel_size": 2,
    "stride": 1,
    "padding": 0,
    "bias": True,
    "init": "zeros",
}
NORM = {"num_features": 2, "eps": 0.1, "momentum": 0.1, "affine": True}
CELL = {"input_size": 2, "hidden_size": 2, "bias": True, "init": "zeros"}
STEP = {"x": [[1.0, 2.0]], "state": [[1.0, 2.0]]}
CALLS = {
    "Conv1d": (nn.Conv1d, SIZES),
    "Conv2d": (nn.Conv2d, SIZES),
    "MaxPool1d": (nn.MaxPool1d, {"kernel_size": 2, "stride": 2}),
    "AvgPool2d": (nn.AvgPool2d, {"kernel_size": 2, "stride": 2}),
    "BatchNorm1d": (nn.BatchNorm1d, NORM),
    "LayerNorm": (nn.LayerNorm, {"normalized_shape": 2, "eps": 0.1, "bias": True}),
    "RMSNorm": (nn.RMSNorm, {"normalized_shape": 2, "eps": 0.1}),
    "Dropout": (nn.Dropout, {"p": 0.5, "rng": 3}),
    "Embedding": (nn.Embedding, {"num_embeddings": 2, "embedding_dim": 2, "init": "normal"}),
    "RNNCell": (nn.RNNCell, CELL),
    "LSTM": (nn.LSTM, {**CELL, "batch_first": False}),
    "MultiHeadAttention": (nn.MultiHeadAttention, {"embed_dim": 4, "num_heads": 2, "causal": True, "bias": True}),
    "a signal": (lambda x: nn.Conv1d(1, 2, 1)(x), {"x": [[1.0, 2.0]]}),
    "an image": (lambda x: nn.Conv2d(1, 2, 1)(x), {"x": [[[1.0, 2.0]]]}),
    "a pooled signal": (lambda x: nn.MaxPool1d(1)(x), {"x": [[1.0, 2.0]]}),
    "a normalised batch": (lambda x: nn.BatchNorm1d(1)(x), {"x": [[1.0], [2.0]]}),
    "a normalised sample": (lambda x: nn.LayerNorm(2)(x), {"x": [1.0, 2.0]}),
    "a number dropped out": (lambda x: nn.Dropout(0.5)(x), {"x": [1.0, 2.0]}),
    "an index": (lambda x: nn.Embedding(2, 2)(x), {"x": [0, 1]}),
    "a step of an RNN": (lambda x, state: nn.RNNCell(2, 2)(x, state), STEP),
    "a step of an LSTM": (
        lambda x, h, c: nn.LSTMCell(2, 2)(x, (h, c)),
        {"x": [1.0] * 2, "h": [1.0] * 2, "c": [1.0] * 2},
    ),
    "a sequence": (lambda x: nn.GRU(2, 2)(x), {"x": [[1.0, 2.0]]}),
    "attention": (lambda q, k, v: nn.MultiHeadAttention(2, 1)(q, k, v), {key: [[1.0, 2.0]] for key in "qkv"}),
    "a state of a generator": (
        lambda state: setattr(nn.Dropout(), "generator_state", state),
        {"state": nn.Dropout().generator_state},
    ),
}
PLACES = [(name, option) for name, (_, options) in CALLS.items() for option in options]


@pytest.mark.parametrize(("name", "option"), PLACES)
def test_an_odd_argument_of_an_array_layer_is_taken_or_refused_with_a_sentence(name, option):
    call, options = CALLS[name]
    call(**options)
    odd_ones = {odd: make for odd, make in ODD.items() if odd != "builtin" or option != "init"}
    answers = {odd: misbehaviour(call, **{**options, option: make()}) for odd, make in odd_ones.items()}
    assert not {odd: answer for odd, answer in answers.items() if answer}
