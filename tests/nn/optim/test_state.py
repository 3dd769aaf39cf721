"""The state of an optimizer: what is saved, and that training goes on from it as if it had not been interrupted."""

import copy

import numpy as np
import pytest

from autograd import InputTypeError, InputValueError, Tensor, Value
from autograd.parameters import adopt
from nn.optim import LAMB, SGD, Adadelta, Adagrad, Adam, AdamW, RMSprop
from tests.support.odd import misbehaviour

SETTINGS = {
    SGD: {"momentum": 0.9},
    Adagrad: {"lr_decay": 0.1},
    RMSprop: {"centered": True, "momentum": 0.5},
    Adadelta: {},
    Adam: {"amsgrad": True},
    AdamW: {"betas": (0.5, 0.75)},
    LAMB: {"weight_decay": 0.1},
}


def made(kind, **more):
    values, t = [Value(float(k)) for k in range(4)], Tensor(np.ones((2, 2), np.float32))
    adopt(values[:2])
    groups = [{"params": [values[0], t, values[2]]}, {"params": [values[1], values[3]], "lr": 0.25}]
    return kind(groups, **{"lr": 0.125, **SETTINGS[kind], **more})


def trained(optimizer, rng, count):
    for k in range(count):
        for j, parameter in enumerate(optimizer.parameters):
            gradient = rng.normal(size=np.shape(parameter.data))
            parameter.grad = (
                None if (k + j) % 4 == 0 else gradient if isinstance(parameter, Tensor) else float(gradient)
            )
        optimizer.step()
    return [np.asarray(parameter.data).tolist() for parameter in optimizer.parameters]


def plain(state):
    """True for nested dicts, with text as keys, of numbers, text, lists of numbers, and arrays of numbers."""
    if isinstance(state, dict):
        return all(type(name) is str and plain(item) for name, item in state.items())
    return type(state) in (int, float, bool, str, list) or (type(state) is np.ndarray and state.dtype.kind in "if")


def as_arrays(state):
    """The state as it comes from a file of arrays."""
    return {k: as_arrays(x) for k, x in state.items()} if isinstance(state, dict) else np.array(state)


@pytest.mark.parametrize("kind", SETTINGS)
@pytest.mark.parametrize("through", [copy.deepcopy, as_arrays])
def test_training_goes_on_bit_for_bit_where_it_was_saved(kind, through):
    whole = trained(made(kind), np.random.default_rng(5), 9)
    first, rng = made(kind), np.random.default_rng(5)
    trained(first, rng, 4)
    state = first.state_dict()
    assert plain(state)
    second = made(kind, lr=3.0, weight_decay=0.5)
    for old, new in zip(first.parameters, second.parameters, strict=True):
        new.data = old.data
    second.load_state_dict(through(state))
    assert second.steps == 4
    assert trained(second, rng, 5) == whole
    assert str(first.state_dict()) == str(state)
    assert [group["lr"] for group in second.groups] == [0.125, 0.25]


def test_a_schedule_stays_and_a_rate_in_its_place_is_not_saved():
    state = made(SGD, lr=lambda step: 0.5).state_dict()
    assert "lr" not in state["groups"]["0"]["settings"]
    other = made(SGD, lr=0.75)
    other.load_state_dict(state)
    assert other.lr == 0.75
    other.lr = schedule = lambda step: 0.5
    other.load_state_dict(made(SGD).state_dict())
    assert other.lr is schedule


def changed(**parts):
    state = made(SGD).state_dict()
    for path, item in parts.items():
        *way, last = path.split("__")
        inner = state
        for name in way:
            inner = inner[name]
        if item is None:
            del inner[last]
        else:
            inner[last] = item
    return state


@pytest.mark.parametrize(
    ("state", "error", "message"),
    [
        (lambda: 3, InputTypeError, "a dict as state_dict"),
        (dict, InputValueError, "there should be optimizer, steps, skipped, groups"),
        (lambda: made(Adam).state_dict(), InputValueError, "the state of 'Adam', and the optimizer is SGD"),
        (lambda: changed(steps=-1), InputValueError, "steps is a number of steps"),
        (lambda: changed(steps="x"), InputTypeError, "steps takes a real number"),
        (lambda: changed(skipped=1.5), InputValueError, "skipped is a number of steps"),
        (lambda: changed(groups__1=None), InputValueError, "the groups: there should be 0, 1"),
        (lambda: changed(groups__0__settings__momentum=-1.0), InputValueError, "momentum must be"),
        (lambda: changed(groups__0__settings__momentum=None), InputValueError, "has no 'momentum'"),
        (lambda: changed(groups__0__shapes__values=3), InputValueError, "values 2 now, 3 then"),
        (lambda: changed(groups__0__shapes__1=[4]), InputValueError, r"1 \(2, 2\) now, \(4,\) then"),
        (lambda: changed(groups__0__shapes__1=None), InputValueError, r"1 \(2, 2\) now, None then"),
        (lambda: changed(groups__0__memory__7={}), InputValueError, "has no parameters '7'"),
        (lambda: changed(groups__0__memory__1={}), InputTypeError, "steps takes a real number"),
        (
            lambda: changed(groups__0__memory__1={"steps": 1, "momentum": np.ones(3)}),
            InputValueError,
            "'momentum' of 1 in group 0 is an array of 4 numbers",
        ),
        (
            lambda: changed(groups__0__memory__1={"steps": 1, "momentum": [["x"]]}),
            InputValueError,
            "'momentum' of 1 in group 0 is an array of 4 numbers, not list",
        ),
        (
            lambda: changed(groups__0__memory__values={"steps": [1, 2, 3]}),
            InputValueError,
            "'steps' of values in group 0 is an array of 2 numbers",
        ),
    ],
)
def test_a_state_that_does_not_fit_is_refused_and_changes_nothing(state, error, message):
    optimizer = made(SGD)
    trained(optimizer, np.random.default_rng(5), 2)
    before = str(optimizer.state_dict())
    with pytest.raises(error, match=message):
        optimizer.load_state_dict(state())
    assert str(optimizer.state_dict()) == before


@pytest.mark.parametrize("odd", [None, 1.5, "x", [], {}, {"a": 1}, np.ones(2), object(), {1: 2}])
def test_odd_things_anywhere_in_a_state_are_refused_with_a_sentence(odd):
    def places(state, way=()):
        if isinstance(state, dict):
            for name, item in state.items():
                yield (*way, name)
                yield from places(item, (*way, name))

    optimizer = made(SGD)
    trained(optimizer, np.random.default_rng(5), 2)
    for way in places(optimizer.state_dict()):
        state = inner = optimizer.state_dict()
        for name in way[:-1]:
            inner = inner[name]
        inner[way[-1]] = odd
        assert not misbehaviour(copy.deepcopy(optimizer).load_state_dict, state)
