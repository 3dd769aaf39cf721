"""Sequential, Residual and ModuleList: the order of calls, the shortcuts, and lists of modules."""

import copy
import pickle
import random

import numpy as np
import pytest

import autograd
from autograd import InputTypeError, InputValueError, Tensor, Value
from nn import MLP, Flatten, Layer, Linear, Module, ModuleList, PReLU, Residual, Sequential, init

HALF = init.constant(0.5)


# --- Sequential -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("layers", "expected"),
    [
        ([Layer(2, 2, init=HALF), "relu", Layer(2, 1, init=HALF)], [1.5]),
        ([Linear(2, 2, init=HALF), "ReLU", Linear(2, 1, init=HALF)], [1.5]),
        ([Layer(2, 2, init=HALF), autograd.relu, Linear(2, 1, init=HALF)], [1.5]),
        ([Linear(2, 2, init=HALF), Layer(2, 1, init=HALF)], [1.5]),
        ([lambda x: [-2 * each for each in x], PReLU(2), "linear"], [-0.5, -1.0]),
        ([MLP(2, [2, 1], init=HALF)], 1.5),
        ([np.ones((2, 2)).__matmul__, Linear(2, 1, "tanh", init=init.zeros())], [0.0]),
        ([Flatten(0), Linear(2, 1, init=HALF)], [1.5]),
    ],
)
def test_layers_on_scalars_layers_on_arrays_and_functions_follow_one_another(layers, expected):
    model = Sequential(*layers)
    y = model([1.0, 2.0])
    found = y.numpy().tolist() if isinstance(y, Tensor) else [each.data for each in y] if type(y) is list else y.data
    assert found == expected
    assert sum(len(layer.parameters()) for layer in model if isinstance(layer, Module)) == len(model.parameters())


def test_a_layer_is_found_by_its_index_and_layers_by_a_slice():
    first, last = Linear(2, 3), Linear(3, 1)
    model = Sequential(first, autograd.tanh, last)
    assert len(model) == 3
    assert (model[0], model[-1]) == (first, last)
    assert list(model)[::2] == [first, last]
    head = model[:2]
    assert type(head) is Sequential
    assert head([1.0, 2.0]).shape == (3,)
    assert model[1](0.0) == 0.0
    assert model.append("relu") is model
    assert repr(model[3]) == "relu"
    for each in [[first, "tanh"], (first, "tanh"), ModuleList([first]), (layer for layer in [first])]:
        assert Sequential(each)[0] is first


def test_a_layer_that_occurs_twice_has_its_parameters_once():
    shared = Linear(2, 2)
    assert len(Sequential(shared, "relu", shared, Residual(shared)).parameters()) == 2


@pytest.mark.parametrize("duplicate", [copy.deepcopy, lambda model: pickle.loads(pickle.dumps(model))])
def test_copies_compute_the_same(duplicate):
    random.seed(2)
    model = Sequential(
        Linear(2, 3, "relu"), Residual(Linear(3, 4), "tanh"), "sigmoid", PReLU(4), ModuleList([Layer(4, 1)])[0]
    )
    twin = duplicate(model)
    assert twin([1.0, 2.0])[0].data == model([1.0, 2.0])[0].data
    assert [path for path, _ in twin.named_parameters()] == [path for path, _ in model.named_parameters()]


@pytest.mark.parametrize("kind", [Layer, Linear])
def test_layers_in_containers_compile(kind):
    random.seed(2)
    model = Sequential(kind(2, 3), "tanh", Residual(kind(3, 3, "relu"), PReLU()), Residual(kind(3, 2)), kind(2, 1))
    rows = np.random.default_rng(0).normal(size=(6, 2))
    y = autograd.compile(lambda x: model(x)[0])(rows)
    y.sum().backward()
    compiled = [np.copy(p.grad) for p in model.parameters()]
    model.zero_grad()
    total = sum(model(row)[0] for row in rows)
    total.backward()
    assert y.numpy().tolist() == pytest.approx([model(row)[0].item() for row in rows], rel=1e-13)
    for p, gradient in zip(model.parameters(), compiled, strict=True):
        np.testing.assert_allclose(gradient, p.grad, rtol=1e-12, atol=1e-15)


# --- Residual ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [Layer, Linear])
def test_a_shortcut_adds_the_input_or_a_linear_map_of_it(kind):
    plain = Residual(kind(2, 3, init="zeros"), "tanh", kind(3, 2, init="zeros"))
    assert plain.shortcut is None
    for x in [[1.0, 2.0], (1.0, 2.0), np.array([1.0, 2.0]), Tensor([1.0, 2.0]), [Value(1.0), 2.0]]:
        y = plain(x)
        assert (y.numpy().tolist() if kind is Linear else [float(each.data) for each in y]) == [1.0, 2.0]
    wider = Residual(kind(2, 3, init="zeros"), "relu")
    assert len(wider.parameters()) == (3 if kind is Linear else 18)
    y = wider([1.0, 2.0])
    expected = wider.shortcut([1.0, 2.0])
    assert [each.data for each in y] == [each.data for each in expected]
    assert (y.shape if kind is Linear else (len(y),)) == (3,)


def test_gradients_go_through_both_terms():
    x = Tensor([[1.0, -1.0]])
    Residual(Linear(2, 2, "relu", init=HALF), shortcut=lambda x: 3.0 * x)(x).sum().backward()
    assert x.grad.tolist() == [[3.0, 3.0]]  # relu'(0) = 0
    Residual(Linear(2, 2, init=HALF), shortcut="relu")(x).sum().backward()
    assert x.grad.tolist() == [[5.0, 4.0]]


def test_a_deep_stack_of_residuals_passes_gradients_on():
    random.seed(0)
    x = Tensor(np.ones((1, 8)))
    Sequential(*(Residual(Linear(8, 8, "tanh", init=init.normal(0.01))) for _ in range(50)))(x).sum().backward()
    assert np.abs(x.grad).min() > 0.1


# --- ModuleList -------------------------------------------------------------------------------------------------------


def test_a_module_list_is_a_list_whose_modules_are_found():
    a, b, c = (Linear(1, 1, bias=False) for _ in range(3))
    blocks = ModuleList([a])
    blocks.append(b)
    blocks.insert(0, c)
    blocks.extend([a])
    assert list(blocks) == [c, a, b, a]
    assert b in blocks
    assert type(blocks[1:3]) is ModuleList
    assert list(blocks[1:3]) == [a, b]
    assert [path for path, _ in blocks.named_parameters()] == ["[0].weight", "[1].weight", "[2].weight"]
    del blocks[0]
    blocks[1:] = [c]
    blocks[0] = b
    assert list(blocks) == [b, c]
    holder = Module()
    holder.blocks, blocks.scale = blocks, Value(1.0)
    assert [path for path, _ in holder.named_parameters()] == ["blocks[0].weight", "blocks[1].weight", "blocks.scale"]
    assert eval("holder.blocks[1].weight") is holder.parameters()[1]
    assert repr(ModuleList([a])) == "ModuleList(1 parameter)\n  [0]: Linear(1 -> 1 linear, 1 parameter)"


def test_modules_in_a_list_have_the_paths_of_the_list_as_their_scopes():
    class Net(Module):
        def __init__(self):
            self.blocks = ModuleList(Linear(1, 1) for _ in range(2))

        def forward(self, x):
            for block in self.blocks:
                x = block(x)
            return x

    assert Net()([1.0]).scope == "net.blocks[1]"


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: Sequential(), InputValueError, "Sequential needs at least one layer"),
        (lambda: Sequential([]), InputValueError, "Sequential needs at least one layer"),
        (lambda: Sequential(Linear), InputTypeError, r"not type .*; write Sequential\(Linear\(2, 16\), \"relu\""),
        (lambda: Sequential(Linear(2, 2), 3), InputTypeError, "modules, functions and names of activations, not int 3"),
        (lambda: Sequential("rleu"), InputValueError, "did you mean 'relu'"),
        (lambda: Sequential("relu")["a"], InputTypeError, "an index is a whole number or a slice, not str 'a'"),
        (lambda: Sequential("relu")[1], IndexError, "there is no item 1: they are counted from 0 to 0"),
        (lambda: Sequential("relu").append(3), InputTypeError, "append takes modules"),
        (lambda: Residual(), InputValueError, "Residual needs at least one layer"),
        (lambda: Residual("relu", shortcut=3), InputTypeError, "shortcut takes modules"),
        (
            lambda: Residual(lambda x: x[:, :1])(np.ones((2, 3))),
            InputValueError,
            r"residual adds outputs of shape \(2, 1\) to a shortcut of shape \(2, 3\); give one of their width",
        ),
        (lambda: Residual(MLP(2, [1]))([1.0, 2.0]), InputValueError, r"of shape \(\) to a shortcut of shape \(2,\)"),
        (lambda: ModuleList(3), InputTypeError, "a ModuleList takes a sequence of modules, not int 3"),
        (
            lambda: ModuleList([autograd.tanh]),
            InputTypeError,
            "takes modules, not function .*; keep anything else in a list",
        ),
        (lambda: ModuleList([]).append(None), InputTypeError, "takes modules, not NoneType"),
        (lambda: ModuleList([])[0], IndexError, "there is no item 0: there are none"),
        (lambda: ModuleList([]).insert("a", Linear(1, 1)), InputTypeError, "the index takes a whole number, not str"),
        (lambda: ModuleList([])([1.0]), NotImplementedError, "a ModuleList is not called; call the modules in it"),
    ],
)
def test_what_does_not_fit_is_refused(call, error, message):
    with pytest.raises(error, match=message):
        call()
