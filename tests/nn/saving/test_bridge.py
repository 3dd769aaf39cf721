"""``from_torch`` and ``to_torch`` with objects that stand for PyTorch's; `test_torch` has PyTorch itself."""

import sys
from types import SimpleNamespace
from typing import ClassVar

import numpy as np
import pytest

import nn
from autograd import InputTypeError, InputValueError, Value
from nn.members import is_frozen
from nn.saving.twins import TWINS
from tests.support.odd import unanswered


class Array:
    """Stands for a tensor of PyTorch."""

    def __init__(self, array, requires_grad=True):
        self.array, self.requires_grad = np.array(array), requires_grad
        self.shape, self.dtype = self.array.shape, f"torch.{self.array.dtype}"

    def detach(self):
        return self

    cpu = detach

    def numpy(self):
        if self.array.dtype == np.uint16:
            raise TypeError("Got unsupported ScalarType BFloat16")
        return self.array


class Layer:
    """Stands for a module of PyTorch; the classes below have its names and options."""

    options: ClassVar = {}

    def __init__(self, *parts, **options):
        self.parts, self.training = parts, True
        vars(self).update({**self.options, **options})
        for name, shape in self.arrays().items():
            setattr(self, name, Array(np.zeros(shape)))

    def arrays(self):
        return {}

    def __iter__(self):
        return iter(self.parts)

    def train(self, mode):
        self.training = mode
        return self


class Linear(Layer):
    options: ClassVar = {"bias": True}

    def arrays(self):
        return {"weight": (self.out_features, self.in_features), "bias": (self.out_features,) if self.bias else ()}


class PReLU(Layer):
    options: ClassVar = {"num_parameters": 1}

    def arrays(self):
        return {"weight": (self.num_parameters,)}


class BatchNorm1d(Layer):
    options: ClassVar = {
        "eps": 1e-5,
        "momentum": 0.1,
        "affine": False,
        "track_running_stats": True,
        "weight": None,
        "bias": None,
    }

    def arrays(self):
        return {"running_mean": (self.num_features,), "running_var": (self.num_features,)}


class Conv1d(Layer):
    options: ClassVar = {
        "stride": (1,),
        "padding": (0,),
        "dilation": (1,),
        "groups": 1,
        "padding_mode": "zeros",
        "bias": None,
    }

    def arrays(self):
        return {"weight": (self.out_channels, self.in_channels, *self.kernel_size)}


class RMSNorm(Layer):
    options: ClassVar = {"eps": None}

    def arrays(self):
        return {"weight": self.normalized_shape}


class Dropout(Layer):
    pass


class Identity(Layer):
    pass


class ReLU(Layer):
    pass


class Tanh(Layer):
    pass


class LeakyReLU(Layer):
    pass


class Sequential(Layer):
    pass


class ModuleList(Layer):
    def __init__(self, parts):
        super().__init__(*parts)


class Conv3d(Layer):
    pass


class Own(Layer):
    pass


STAND_INS = [
    Linear,
    PReLU,
    BatchNorm1d,
    Conv1d,
    RMSNorm,
    Dropout,
    Identity,
    ReLU,
    Tanh,
    LeakyReLU,
    Sequential,
    ModuleList,
    Conv3d,
]
for stand_in in STAND_INS:
    stand_in.__module__ = "torch.nn.modules.stand_in"


def linear(n_in, n_out, bias=True, **options):
    made = Linear(in_features=n_in, out_features=n_out, bias=bias)
    made.weight = Array(np.random.default_rng(0).normal(size=(n_out, n_in)))
    made.bias = Array(np.arange(float(n_out))) if bias else None
    vars(made).update(options)
    return made


@pytest.fixture
def torch(monkeypatch):
    namespace = SimpleNamespace(**{each.__name__: each for each in STAND_INS}, Parameter=lambda x, requires_grad: Array(
        x.array, requires_grad))  # fmt: skip
    monkeypatch.setitem(sys.modules, "torch", SimpleNamespace(nn=namespace, from_numpy=Array))


def test_a_stack_of_layers_keeps_numbers_sharing_freezing_precision_and_modes(torch):
    shared = linear(2, 2)
    shared.bias.requires_grad = False
    slope = PReLU()
    slope.weight = Array([0.1], requires_grad=True)
    tied = linear(2, 2, bias=False)
    tied.weight = shared.weight
    single = linear(2, 1, weight=Array(np.ones((1, 2), np.float32)))
    norm = BatchNorm1d(num_features=1).train(False)
    norm.running_mean = Array([3.0])
    theirs = Sequential(shared, ReLU(), shared, slope, tied, Sequential(), Dropout(p=0.3), single, norm)
    ours = nn.from_torch(theirs)
    assert ours[0] is ours[2]
    assert ours[0].weight is ours[4].weight
    assert ours[0].weight.data.tolist() == shared.weight.array.tolist()
    assert [is_frozen(parameter) for parameter in ours[0].parameters()] == [False, True]
    assert isinstance(ours[3].slope, Value)
    assert ours[3].slope.data == 0.1
    assert ours[4].bias is None
    assert ours[6].p == 0.3
    assert ours[7].weight.dtype == np.float32
    assert ours[8].running_mean.tolist() == [3.0]
    assert [layer.training for layer in ours] == [True] * 8 + [False]
    np.testing.assert_allclose(
        ours[:2]([[1.0, 2.0]]).numpy()[0], np.maximum(shared.weight.array @ [1.0, 2.0] + [0.0, 1.0], 0), rtol=1e-14
    )
    back = nn.to_torch(ours)
    parts = list(back)
    kinds = "Linear ReLU Linear PReLU Linear Identity Dropout Linear BatchNorm1d"
    assert [type(part).__name__ for part in parts] == kinds.split()
    assert parts[0] is parts[2]
    assert parts[0].weight is parts[4].weight
    assert parts[0].weight.array.tolist() == shared.weight.array.tolist()
    assert [parts[0].weight.requires_grad, parts[0].bias.requires_grad] == [True, False]
    assert parts[3].weight.array.tolist() == [0.1]
    assert parts[7].weight.array.dtype == np.float32
    assert parts[8].running_mean.array.tolist() == [3.0]
    assert not parts[8].training


def test_lists_of_layers_and_single_activations():
    ours = nn.from_torch(ModuleList([linear(2, 1), Tanh()]))
    assert isinstance(ours, nn.ModuleList)
    assert ours[1]([0.0, 1.0]) == [0.0, np.tanh(1.0)]
    assert nn.from_torch(Sequential())([3.0]) == [3.0]


def test_layers_of_scalars_and_activations_of_layers_are_linear_maps_and_activations(torch):
    model = nn.MLP(2, [3, 1], activation="tanh")
    model.layers[1].freeze()
    first, last = nn.to_torch(model)
    dense, activation = first
    assert type(activation) is Tanh
    assert dense.weight.array.tolist() == [[w.data for w in neuron.weights] for neuron in model.layers[0].neurons]
    assert [dense.weight.requires_grad, last.bias.requires_grad] == [True, False]
    made = nn.to_torch(nn.ModuleList([nn.Linear(2, 3, nn.PReLU(3))]))
    assert [type(part) for part in made.parts[0]] == [Linear, PReLU]
    assert made.parts[0].parts[1].num_parameters == 3


def test_options_that_are_written_differently_are_translated(torch):
    for given, ours, back in [((2,), 2, 2), ("valid", 0, 0), ("same", "same", "same")]:
        theirs = Conv1d(in_channels=1, out_channels=2, kernel_size=(3,), padding=given)
        layer = nn.from_torch(theirs)
        assert (layer.padding, layer.stride) == (ours, (1,))
        assert nn.to_torch(layer).padding == back
    single = RMSNorm(normalized_shape=(2,))
    single.weight = Array(np.ones(2, np.float32))
    assert nn.from_torch(single).eps == np.finfo(np.float32).eps


MADE = [
    nn.Linear(2, 3, bias=False), nn.Conv1d(2, 3, 2, stride=2, padding=1), nn.Conv2d(2, 3, (1, 2), bias=False),
    nn.MaxPool1d(3, 2), nn.MaxPool2d((2, 3)), nn.AvgPool1d(3), nn.AvgPool2d(2, (1, 2)), nn.Flatten(2),
    nn.BatchNorm1d(3, 0.1, 0.2, False), nn.BatchNorm2d(2), nn.LayerNorm((2, 3), bias=False), nn.RMSNorm(3, 0.5),
    nn.Dropout(0.25), nn.Embedding(5, 2), nn.RNNCell(2, 3, False), nn.GRUCell(2, 3), nn.LSTMCell(3, 2),
    nn.RNN(2, 3), nn.GRU(2, 3, False, True), nn.LSTM(3, 2), nn.MultiHeadAttention(4, 2, bias=False), nn.PReLU(3),
]  # fmt: skip


@pytest.mark.parametrize("layer", MADE, ids=lambda layer: type(layer).__name__)
def test_the_arguments_of_a_layer_make_it_again(layer):
    [twin] = [row for row in TWINS.values() if row.ours is type(layer)]
    again = twin.ours(**dict(zip(twin.arguments, twin.values(layer), strict=True)))
    assert repr(again) == repr(layer)
    shapes, expected = ({path: np.shape(x) for path, x in each.state_dict().items()} for each in (again, layer))
    assert shapes == expected
    assert shapes.keys() <= twin.arrays.keys()
    plain = {name: item for name, item in vars(layer).items() if isinstance(item, (int, float, tuple))}
    assert plain.items() <= {**vars(again), "padding": getattr(layer, "padding", 0)}.items()


def test_every_twin_is_made():
    assert {type(layer) for layer in MADE} == {row.ours for row in TWINS.values()}


def conv(**options):
    return Conv1d(in_channels=1, out_channels=1, kernel_size=(2,), **options)


@pytest.mark.parametrize(
    ("theirs", "error", "message"),
    [
        (3.0, InputTypeError, r"from_torch takes modules of torch\.nn, and module is float 3\.0; convert"),
        (Sequential(Own()), InputTypeError, r"torch\.nn, and module\[0\] is Own"),
        (
            Sequential(ReLU(), Conv3d()),
            InputTypeError,
            r"module\[1\] is a torch\.nn\.Conv3d, which has no counterpart here",
        ),
        (conv(dilation=(2,)), InputValueError, r"Conv1d with dilation=\(2,\), and its counterpart here has dilation=1"),
        (conv(padding_mode="circular"), InputValueError, "padding_mode='circular', and its counterpart"),
        (LeakyReLU(negative_slope=0.2), InputValueError, r"negative_slope=0\.2, and its counterpart here has .*=0\.01"),
        (
            linear(1, 1, weight=Array(np.ones((1, 1), np.float16))),
            InputTypeError,
            r"module\.weight holds torch\.float16",
        ),
        (
            linear(1, 1, weight=Array(np.ones((1, 1), np.uint16))),
            InputTypeError,
            r"convert the module first, module\.float",
        ),
    ],
)
def test_a_module_without_a_counterpart_is_refused_by_its_path(theirs, error, message):
    with pytest.raises(error, match=message):
        nn.from_torch(theirs)


class Twice(nn.Linear):
    pass


@pytest.mark.parametrize(
    ("model", "error", "message"),
    [
        (
            nn.Sequential("relu", Twice(1, 1)),
            InputTypeError,
            r"model\[1\] is Twice .*, which has no counterpart in PyTorch",
        ),
        (nn.Sequential(abs), InputTypeError, r"model\[0\] is builtin_function_or_method .*no counterpart"),
        (nn.Linear(1, 1, "sin"), InputTypeError, "model has the activation sin, which is none of PyTorch's layers"),
        (nn.Linear(1, 1, lambda x: x), InputTypeError, "model has the activation <lambda>"),
        (
            nn.Conv1d(1, 1, 2, 2, "same"),
            InputValueError,
            "Conv1d with the padding 'same', which PyTorch's Conv1d has not",
        ),
        (nn.Conv1d(1, 1, 2, padding=(0, 1)), InputValueError, r"with the padding \(0, 1\), which PyTorch's Conv1d"),
        (nn.Conv2d(1, 1, 2, padding=((0, 1), 0)), InputValueError, r"with the padding \(\(0, 1\), 0\), which"),
        (
            nn.MultiHeadAttention(2, 1, causal=True),
            InputValueError,
            "with a causal mask of its own, which PyTorch's Multi",
        ),
        (3.0, InputTypeError, r"to_torch takes a Module, not float 3\.0"),
    ],
)
def test_a_layer_that_pytorch_has_not_is_refused_by_its_path(torch, model, error, message):
    with pytest.raises(error, match=message):
        nn.to_torch(model)


def test_without_pytorch_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(ImportError, match="to_torch needs PyTorch: pip install torch"):
        nn.to_torch(nn.Linear(1, 1))


def test_odd_arguments_are_answered_in_sentences():
    assert unanswered(nn.from_torch) == {}
    assert unanswered(nn.to_torch) == {}
