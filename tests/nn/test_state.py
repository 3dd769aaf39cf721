"""The state of a model: copies by path; and loading that assigns all of it, or lists what does not fit."""

import random

import numpy as np
import pytest

import nn
from autograd import InputTypeError, InputValueError, Tensor, Value, compile
from nn import MLP, Module, losses
from nn.optim import SGD


class Mixed(Module):
    """Values and tensors of both precisions."""

    def __init__(self, seed=0.0):
        self.slope = Value(seed + 1.0)
        self.rows = [Tensor(np.full((2, 3), seed)), Tensor(np.full(2, seed, np.float32))]
        self.shared = self.slope


@pytest.mark.smoke
def test_a_state_holds_copies_of_the_numbers_by_path():
    model = Mixed()
    state = model.state_dict()
    assert list(state) == ["slope", "rows[0]", "rows[1]"]
    assert type(state["slope"]) is float
    assert [(type(state[f"rows[{k}]"]), state[f"rows[{k}]"].dtype) for k in range(2)] == [
        (np.ndarray, np.float64),
        (np.ndarray, np.float32),
    ]
    state["rows[0]"][:] = 9.0
    assert model.rows[0].data.tolist() == np.zeros((2, 3)).tolist()


def test_a_loaded_model_computes_the_same_and_keeps_its_parameters():
    random.seed(1)
    one, other = MLP(2, [3, 1]), MLP(2, [3, 1])
    parameters = other.parameters()
    other.load_state_dict(one.state_dict())
    assert other([0.3, -0.7]).data == one([0.3, -0.7]).data
    assert all(now is before for now, before in zip(other.parameters(), parameters, strict=True))


def test_a_compiled_function_reads_what_was_loaded():
    random.seed(1)
    model = MLP(2, [3, 1], activation="tanh")
    start = model.state_dict()
    f = compile(lambda x, y: losses.mse(model(x), y))
    optimizer = SGD(model.parameters(), lr=0.1)
    first = []
    for _ in range(3):
        optimizer.zero_grad()
        loss = f([0.3, -0.7], 1.0)
        loss.backward()
        optimizer.step()
        first.append(loss.data)
        now = model.state_dict()
        model.load_state_dict(start)
        assert f([0.3, -0.7], 1.0).data == first[0]
        model.load_state_dict(now)
    assert first[2] < first[1] < first[0]


def test_a_compiled_function_of_array_layers_reads_loaded_parameters_and_buffers():
    one, other = (nn.Sequential(nn.Linear(2, 3, "tanh"), nn.BatchNorm1d(3), nn.Linear(3, 1)).eval() for _ in range(2))
    other[1].running_mean += 1.0
    f = compile(lambda x: one(x)[0])
    before, x = f([0.3, -0.7]).item(), [0.3, -0.7]
    start = one.state_dict()
    one.load_state_dict(other.state_dict())
    assert f(x).item() == pytest.approx(other(x).item(), rel=1e-12)
    one.load_state_dict(start)
    assert f(x).item() == before


@pytest.mark.parametrize("kind", ["float", "int", "float32", "list", "Value", "Tensor", "state"])
def test_numbers_of_any_type_are_taken_if_they_are_kept_exactly(kind):
    numbers = {"slope": 3, "rows[0]": np.full((2, 3), 2), "rows[1]": np.array([1, 2])}
    convert = {
        "float": lambda x: np.asarray(x, float),
        "int": lambda x: x,
        "float32": lambda x: np.asarray(x, np.float32),
        "list": lambda x: np.asarray(x).tolist(),
        "Value": lambda x: Value(x) if isinstance(x, int) else np.asarray(x),
        "Tensor": lambda x: Tensor(np.asarray(x, float)),
        "state": lambda x: x,
    }[kind]
    model = Mixed()
    model.load_state_dict({path: convert(x) for path, x in numbers.items()})
    state = model.state_dict()
    assert all(np.array_equal(state[path], x) for path, x in numbers.items())
    assert state["rows[1]"].dtype == np.float32


class Counting(Module):
    """Buffers of several kinds beside a parameter."""

    def __init__(self):
        self.weight = Tensor([1.0, 2.0])
        self.register_buffer("mean", np.zeros(2))
        self.more = {"steps": np.array(0), "seen": np.zeros(3, bool)}


def test_buffers_follow_the_parameters_and_are_written_in_place():
    one, other = Counting(), Counting()
    one.mean += 0.5
    one.more["steps"] += 3
    one.more["seen"][1] = True
    kept = other.mean, other.more["steps"]
    other.load_state_dict(one.state_dict())
    assert list(other.state_dict()) == ["weight", "mean", "more['steps']", "more['seen']"]
    assert repr(other.state_dict()) == repr(one.state_dict())
    assert other.mean is kept[0]
    assert other.more["steps"] is kept[1]
    one.mean += 1.0
    assert other.mean.tolist() == [0.5, 0.5]


@pytest.mark.parametrize(
    ("path", "given", "message"),
    [
        ("more['steps']", 0.5, r"more\['steps'\] is int64 in the model, in which 0\.5 of the state would become 0;"),
        ("more['seen']", [1, 0, 1], r"more\['seen'\] holds bool numbers, and the state has list \[1, 0, 1\]"),
        ("mean", np.zeros(3), r"mean has shape \(2,\) in the model and \(3,\) in the state"),
    ],
)
def test_a_buffer_keeps_its_kind(path, given, message):
    model = Counting()
    with pytest.raises(InputValueError, match=message):
        model.load_state_dict({**model.state_dict(), "weight": [8.0, 9.0], path: given})
    assert model.weight.data.tolist() == [1.0, 2.0]


def test_a_buffer_that_cannot_be_written_to_is_named_before_anything_is_assigned():
    model = Counting()
    model.mean.flags.writeable = False
    with pytest.raises(InputValueError, match=r": mean is an array that cannot be written to; keep array\.copy\(\)"):
        model.load_state_dict({**model.state_dict(), "weight": [8.0, 9.0]})
    assert model.weight.data.tolist() == [1.0, 2.0]


def changed(path, number):
    return lambda state: {**state, path: number}


def without(*paths):
    return lambda state: {path: x for path, x in state.items() if path not in paths}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (without("slope"), r"fit this Mixed, and nothing of it was taken: slope is missing$"),
        (changed("rows[2]", 1.0), r": rows\[2\] is not in the model$"),
        (changed(7, 1.0), r": 7 is not in the model$"),
        (
            changed("rows[0]", np.ones((3, 2))),
            r": rows\[0\] has shape \(2, 3\) in the model and \(3, 2\) in the state$",
        ),
        (changed("slope", [1.0]), r": slope has shape \(\) in the model and \(1,\) in the state$"),
        (changed("slope", None), r": slope holds float64 numbers, and the state has NoneType None$"),
        (changed("slope", True), r": slope holds float64 numbers, and the state has bool True$"),
        (changed("slope", 1j), r": slope holds float64 numbers, and the state has complex 1j$"),
        (
            changed("slope", [1.0, [2.0]]),
            r": slope takes an array of real numbers, .* has rows of different lengths",
        ),
        (changed("slope", 2**53 + 1), r": slope is float64 in the model, in which 9007199254740993 of the state would"),
        (
            changed("rows[1]", [1.0, 0.1]),
            r": rows\[1\] is float32 .* 0\.1 of the state would become 0\.10000000149.*'\)$",
        ),
        (
            lambda _: {"a": 1.0},
            r": slope is missing; rows\[0\] is missing; rows\[1\] is missing; a is not in the model$",
        ),
        (lambda state: {**state, **{f"x{k}": 1.0 for k in range(20)}}, r"x7 is not in the model; and 12 more$"),
    ],
)
def test_what_does_not_fit_is_listed_by_path_and_then_nothing_is_assigned(change, message):
    model, other = Mixed(), Mixed(5.0)
    before = model.state_dict()
    with pytest.raises(InputValueError, match=message):
        model.load_state_dict(change(other.state_dict()))
    assert repr(model.state_dict()) == repr(before)


def test_a_state_is_a_mapping():
    with pytest.raises(InputTypeError, match=r"a state is a dict from paths .*, not list \[1\.0\]"):
        Mixed().load_state_dict([1.0])


def test_nan_and_infinity_are_numbers_of_a_state():
    model = Mixed()
    model.load_state_dict({**model.state_dict(), "slope": np.nan, "rows[1]": np.array([np.inf, -0.0])})
    assert np.isnan(model.slope.data)
    assert np.signbit(model.rows[1].data[1])


class Key:
    def __repr__(self):
        return "key"


def test_two_parameters_of_one_path_have_no_state():
    model = Module()
    model.parts = {Key(): Value(1.0), Key(): Value(2.0)}
    with pytest.raises(InputValueError, match=r"have the path parts\[key\], so"):
        model.state_dict()
