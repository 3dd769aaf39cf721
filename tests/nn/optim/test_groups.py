"""Parameter groups, models that change, frozen parameters, and gradients that are not finite."""

import copy
import math
import pickle
from types import SimpleNamespace

import numpy as np
import pytest

import autograd
from autograd import AnomalyError, InputTypeError, InputValueError, TapeError, Tensor, Value
from autograd.parameters import adopt
from nn import MLP, Layer, Module
from nn.optim import SGD, Adagrad, Adam, Optimizer


def backward(parameters, gradient=1.0):
    for parameter in parameters:
        parameter.grad = np.full(parameter.shape, gradient) if isinstance(parameter, Tensor) else gradient


def numbers(parameters):
    return [np.asarray(parameter.data).tolist() for parameter in parameters]


# --- Groups -----------------------------------------------------------------------------------------------------------


@pytest.mark.smoke
def test_each_group_is_trained_with_its_own_settings():
    a, b, t = Value(1.0), Value(1.0), Tensor([1.0])
    optimizer = SGD([{"params": [a], "lr": 0.5}, {"parameters": [b]}], lr=0.25)
    optimizer.add_param_group({"params": [t], "lr": lambda step: 0.125, "maximize": True})
    backward([a, b, t])
    optimizer.step()
    assert numbers([a, b, t]) == [0.5, 0.75, [1.125]]
    assert ([group["lr"] for group in optimizer.groups[:2]], optimizer.lr, optimizer.rate) == ([0.5, 0.25], 0.5, 0.5)
    assert optimizer.parameters == (a, b, t)
    assert optimizer.groups is optimizer.param_groups
    assert repr(optimizer) == "SGD(3 parameters in 3 groups, lr=0.5, after 1 steps)"
    optimizer.groups[1]["lr"] = 0.0
    optimizer.step()
    assert numbers([a, b, t]) == [0.0, 0.75, [1.25]]
    optimizer.lr = 1.0
    optimizer.step()
    assert numbers([a, b, t]) == [-1.0, -0.25, [2.25]]


@pytest.mark.parametrize(
    ("group", "error", "message"),
    [
        ([Value(1.0)], InputTypeError, "a parameter group is a dict"),
        ({"lr": 0.1}, InputValueError, 'has its parameters under "params"'),
        ({"params": []}, InputValueError, "at least one parameter"),
        ({"params": [Value(1.0)], "momentun": 0.9}, InputValueError, "did you mean 'momentum'"),
        ({"params": [Value(1.0)], "Momentum": 0.9}, InputValueError, "is called 'Momentum'; write 'momentum'"),
        ({"params": [Value(1.0)], 3: 0.9}, InputValueError, "no setting of SGD"),
        ({"params": [Value(1.0)], "lr": -1}, InputValueError, "lr must be finite and not negative"),
        ({"params": "own"}, InputValueError, "is in group 0 already"),
    ],
)
def test_a_group_that_is_wrong_is_refused_and_nothing_added(group, error, message):
    x = Value(1.0)
    optimizer = SGD([x], lr=0.1)
    if isinstance(group, dict) and group.get("params") == "own":
        group = {"params": [x]}
    with pytest.raises(error, match=message):
        optimizer.add_param_group(group)
    assert len(optimizer.groups) == 1


def test_settings_are_checked_when_they_are_used():
    x = Value(1.0)
    optimizer = SGD([x], lr=0.1)
    backward([x])
    optimizer.groups[0]["momentum"] = -1.0
    with pytest.raises(InputValueError, match="momentum must be"):
        optimizer.step()
    del optimizer.groups[0]["momentum"]
    with pytest.raises(InputValueError, match="has no 'momentum'"):
        optimizer.step()
    assert (x.data, optimizer.steps) == (1.0, 0)


def test_the_parameters_of_a_group_may_be_exchanged():
    x, y, t, u = Value(0.0), Value(0.0), Tensor([0.0]), Tensor([0.0])
    optimizer = SGD([x, t], lr=1.0, momentum=0.5)
    backward([x, t], -1.0)
    optimizer.step()
    optimizer.groups[0]["params"] = [u, y, x, t]
    backward([x, y, t, u], -1.0)
    optimizer.step()
    assert numbers([x, y, t, u]) == [2.5, 1.0, [2.5], [1.0]]  # x and t have their momentum of 1 still
    optimizer.groups[0]["params"] = [x, x]
    with pytest.raises(InputValueError, match="the same as parameter 0"):
        optimizer.step()


# --- Models that change -----------------------------------------------------------------------------------------------


class Net(Module):
    def __init__(self):
        self.first = Layer(1, 1)
        self.more = []
        self.options = {"shift": Value(0.0)}
        self.extra = SimpleNamespace(t=Tensor([0.0]))
        self.unused = np.zeros(2)


def grow(net):
    net.more.append(Layer(1, 1))


CHANGES = {
    "an attribute": lambda net: setattr(net, "late", Tensor([0.0, 0.0])),
    "a module instead of another": lambda net: setattr(net, "first", Layer(2, 1)),
    "a list": grow,
    "a dict": lambda net: net.options.update(shift=Value(1.0)),
    "a weight in a list": lambda net: net.first.neurons[0].weights.__setitem__(0, Value(3.0)),
    "a namespace": lambda net: setattr(net.extra, "t", Value(0.0)),
    "one less": lambda net: delattr(net.extra, "t"),
}


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("when", ["before the first step", "later"])
def test_parameters_that_a_model_gets_later_are_trained_and_those_that_it_loses_are_not(change, when):
    net = Net()
    optimizer = SGD(net.parameters(), lr=1.0, momentum=0.5)
    before = net.parameters()
    if when == "later":
        backward(before, 0.0)
        optimizer.step()
    CHANGES[change](net)
    for parameter in net.parameters():
        parameter.data = np.zeros_like(parameter.data) if isinstance(parameter, Tensor) else 0.0
    left = [parameter for parameter in before if all(parameter is not each for each in net.parameters())]
    frozen = numbers(left)
    backward([*net.parameters(), *left], -1.0)
    optimizer.step()
    assert all(np.all(np.array(number) == 1.0) for number in numbers(net.parameters()))
    assert numbers(left) == frozen
    assert list(map(id, optimizer.parameters)) == list(map(id, net.parameters()))
    optimizer.step()
    assert all(np.all(np.array(number) == 2.5) for number in numbers(net.parameters()))


class Slotted(Module):
    __slots__ = ("w",)
    shared = SimpleNamespace(v=Value(0.0))

    def __init__(self):
        self.w = Value(0.0)
        self.table = np.array([Value(0.0), None], dtype=object)
        self.settings = {}
        self.empty = SimpleNamespace()
        self.calls = 0


@pytest.mark.parametrize(
    "change",
    [
        lambda net: setattr(net, "w", Value(0.0)),
        lambda net: net.table.__setitem__(1, Value(0.0)),
        lambda net: net.settings.update(w=Value(0.0)),
        lambda net: setattr(net.empty, "w", Value(0.0)),
        lambda net: setattr(net, "calls", Value(0.0)),
    ],
)
def test_every_place_where_a_parameter_is_found_is_watched(change):
    net = Slotted()
    optimizer = SGD(net.parameters(), lr=1.0)
    for _ in range(2):
        net.calls += 1  # is no parameter, and no reason to look for any
        assert not optimizer.groups[0]._census.is_out_of_date()
    change(net)
    backward(net.parameters(), -1.0)
    optimizer.step()
    assert list(map(id, optimizer.parameters)) == list(map(id, net.parameters()))


def test_a_model_that_loses_all_parameters_leaves_nothing_to_move():
    net = Module()
    net.w = Value(1.0)
    optimizer = SGD(net.parameters(), lr=1.0)
    net.w = 1.0
    with pytest.raises(TapeError, match="none of the 0 parameters has a gradient"):
        optimizer.step()


def test_what_is_held_in_two_places_is_followed_once():
    net = Net()
    net.again = net.more
    optimizer = SGD(net.parameters(), lr=1.0)
    grow(net)
    backward(net.parameters())
    optimizer.step()
    assert list(map(id, optimizer.parameters)) == list(map(id, net.parameters()))


def test_what_is_remembered_stays_with_the_parameters_that_stay():
    net = Net()
    optimizer = Adagrad(net.parameters(), lr=1.0, initial_accumulator_value=7.0)
    weight, t = net.first.neurons[0].weights[0], net.extra.t
    backward(net.parameters(), 3.0)
    optimizer.step()
    net.first.neurons[0].weights.insert(0, Value(0.0))
    new, bias = net.first.neurons[0].weights[0], net.first.neurons[0].bias
    for parameter in (weight, new, bias):
        parameter.data = 0.0
    t.data = [0.0]
    backward(net.parameters(), 3.0)
    optimizer.step()
    assert [p.data for p in (weight, new, bias)] == pytest.approx([-3 / 5, -3 / 4, -3 / 5])
    assert t.data == pytest.approx([-3 / 5])
    memory = optimizer.groups[0].memory[-1]
    assert memory.steps.tolist() == [1, 2, 2, 2]


def test_a_compiled_model_is_followed_when_it_is_recorded_again():
    net = Module()
    net.scales = [Value(1.0)]
    f = autograd.compile(lambda x: autograd.sum([scale * x for scale in net.scales]))
    optimizer = SGD(net.parameters(), lr=1.0)
    f(1.0).backward()
    optimizer.step()
    net.scales.append(Value(1.0))
    f = autograd.compile(lambda x: autograd.sum([scale * x for scale in net.scales]))
    optimizer.zero_grad()
    f(1.0).backward()
    optimizer.step()
    assert numbers(net.scales) == [-1.0, 0.0]


def test_a_parameter_that_an_eager_model_got_is_noticed_although_the_others_are_in_one_array():
    net = Module()
    net.scales = [Value(1.0), Value(2.0)]
    f = autograd.compile(lambda x: autograd.sum([scale * x for scale in net.scales]))
    optimizer = SGD(net.parameters(), lr=1.0)
    f(1.0).backward()
    optimizer.step()
    net.scales.append(Value(1.0))
    optimizer.zero_grad()
    autograd.sum([scale * 1.0 for scale in net.scales]).backward()
    optimizer.step()
    assert numbers(net.scales) == [-1.0, 0.0, 0.0]


def test_what_is_remembered_follows_values_into_an_array_of_another_order():
    values, plain = [[Value(float(k)) for k in range(5)] for _ in range(2)]
    optimizer, other = [Adam(each, lr=0.1, betas=(0.5, 0.75)) for each in (values, plain)]
    rng = np.random.default_rng(3)
    for k in range(6):
        if k == 2:
            adopt([values[j] for j in (3, 1, 4, 0, 2)])
        if k == 5:
            values, optimizer = copy.deepcopy((values, optimizer))
        for value, twin, gradient in zip(values, plain, rng.normal(size=5).tolist(), strict=True):
            value.grad = twin.grad = gradient if k != 3 or value.data < 2 else None
        optimizer.step()
        other.step()
        assert numbers(values) == numbers(plain)
        assert str(optimizer.state_dict()) == str(other.state_dict())
    values[1].grad = math.nan
    with pytest.raises(AnomalyError, match="of parameter 1 is nan"):
        optimizer.step()


def test_a_list_that_was_made_of_the_parameters_is_not_followed_and_groups_keep_theirs():
    net, plain = Net(), Net()
    optimizer = SGD([*plain.parameters()], lr=1.0)
    plain.late = Value(1.0)
    backward(plain.parameters())
    optimizer.step()
    assert plain.late.data == 1.0
    optimizer = SGD(net.parameters(), lr=1.0)
    net.late = Layer(1, 1)
    optimizer.add_param_group({"params": net.late.parameters(), "lr": 0.25})
    weight, bias = net.late.parameters()
    start = weight.data
    backward(net.parameters())
    optimizer.step()
    assert (weight.data, bias.data) == (start - 0.25, -0.25)


def test_copies_of_an_optimizer_and_its_model_train_each_other():
    net = Net()
    optimizer = Adam(net.parameters(), lr=0.5)
    backward(net.parameters())
    optimizer.step()
    for clone in (copy.deepcopy, lambda pair: pickle.loads(pickle.dumps(pair))):
        twin, own = clone((net, optimizer))
        assert list(map(id, own.parameters)) == list(map(id, twin.parameters()))
        twin.late = Value(1.0)
        backward(twin.parameters())
        before = numbers(net.parameters())
        own.step()
        assert numbers(net.parameters()) == before
        assert twin.late.data == pytest.approx(0.5)
        assert own.groups[0].memory[-1].steps.tolist() == [2, 2, 2, 1]
    assert optimizer.groups[0].memory[-1].steps == 1


# --- Frozen parameters ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("home", ["alone", "in one array"])
def test_frozen_parameters_stay_and_what_is_remembered_of_them_too(home):
    net = Module()
    net.part = Module()
    net.part.w, net.part.t, net.b = Value(0.0), Tensor([0.0]), Value(0.0)
    if home == "in one array":
        adopt([net.part.w, net.b])
    optimizer = SGD(net.parameters(), lr=1.0, momentum=0.5)
    moves = [(0, 0, 0)]
    for frozen in (False, True, True, False):
        net.part.freeze() if frozen else net.part.unfreeze()
        optimizer.zero_grad()
        assert {parameter.grad is None for parameter in net.parameters()} == {True}
        backward(net.parameters(), -1.0)
        optimizer.step()
        moves.append((net.part.w.data, net.part.t.data.item(), net.b.data))
    assert moves == [(0, 0, 0), (1, 1, 1), (1, 1, 2.5), (1, 1, 4.25), (2.5, 2.5, 6.125)]
    net.freeze()
    with pytest.raises(TapeError, match=r"all of the 3 parameters are frozen; call unfreeze\(\)"):
        optimizer.step()


# --- Gradients that are not finite ------------------------------------------------------------------------------------


@pytest.mark.parametrize("wrong", [math.nan, math.inf, -math.inf])
def test_so_it_is_where_all_parameters_are_one_array(wrong):
    values = [Value(1.0), Value(1.0)]
    scaled = autograd.compile(lambda factor: (values[0] + values[1]) * factor)
    optimizer = SGD(values, lr=0.5)
    for _ in range(2):
        optimizer.zero_grad()
        scaled(2.0).backward()
        optimizer.step()
    before = repr((numbers(values), optimizer.state_dict()))
    optimizer.zero_grad()
    scaled(wrong).backward()
    with pytest.raises(AnomalyError):
        optimizer.step()
    assert repr((numbers(values), optimizer.state_dict())) == before


@pytest.mark.parametrize("wrong", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("home", ["value", "flat", "tensor"])
def test_a_gradient_that_is_not_finite_raises_or_is_skipped_and_nothing_is_poisoned(wrong, home):
    a, b, t = Value(1.0), Value(1.0, name="b"), Tensor([1.0, 2.0], name="t")
    if home == "flat":
        adopt([a, b])
    for on_nonfinite in ("raise", "skip"):
        optimizer = Adam([a, b, t], lr=0.5, on_nonfinite=on_nonfinite)
        backward([a, b, t])
        optimizer.step()
        before = numbers([a, b, t]), optimizer.state_dict()
        if home == "tensor":
            t.grad = [0.0, wrong]
        else:
            b.grad = wrong
        if on_nonfinite == "skip":
            optimizer.step()
            assert (optimizer.skipped, optimizer.steps) == (1, 1)
            optimizer.skipped = 0
        else:
            number = 2 if home == "tensor" else 1
            with pytest.raises(AnomalyError, match=rf"the gradient of parameter {number} \('.'\) is {wrong}"):
                optimizer.step()
        assert (numbers([a, b, t]), str(optimizer.state_dict())) == (before[0], str(before[1]))
        backward([a, b, t])
        optimizer.step()
        assert np.isfinite(a.data)


def test_a_gradient_whose_square_is_infinite_does_not_end_training_silently():
    x, t = Value(1.0), Tensor(np.ones(2, np.float32))
    x.grad = 1e200
    with pytest.raises(AnomalyError, match=r"as large as 1e\+200, and its square is infinite in float64"):
        Adam([x]).step()
    t.grad = [1e30, 1.0]
    with pytest.raises(AnomalyError, match="its square is infinite in float32"):
        Adam([t]).step()
    SGD([x], lr=1e-200).step()
    assert x.data == 0.0


def test_a_gradient_that_is_not_finite_in_some_places_is_found_among_those_that_move():
    a, b, c = Value(1.0), Value(1.0), Value(1.0)
    c.grad = math.nan
    a.grad = 1.0
    with pytest.raises(AnomalyError, match="of parameter 2 is nan"):
        SGD([a, b, c], lr=0.5).step()
    assert numbers([a, b, c]) == [1.0, 1.0, 1.0]


def test_a_rate_of_0_uses_no_gradient_where_nothing_is_remembered_and_remembers_otherwise():
    a, b = Value(1.0), Value(2.0)
    a.grad = math.inf
    optimizer = SGD([a, b], lr=0.0)
    optimizer.step()
    assert (a.data, optimizer.steps, optimizer.groups[0].memory[-1].steps.tolist()) == (1.0, 1, [1, 0])
    with pytest.raises(AnomalyError, match="is inf"):
        SGD([a], lr=0.0, momentum=0.5).step()
    a.grad = 3.0
    optimizer = SGD([a], lr=0.0, momentum=0.5)
    optimizer.step()
    assert a.data == 1.0
    assert optimizer.groups[0].memory[-1].arrays["momentum"].tolist() == [3.0]


def test_parameters_of_a_model_remember_it_in_copies():
    net = MLP(1, [1])
    found = pickle.loads(pickle.dumps(net.parameters()))
    assert found.module.parameters() == found
    assert type(net.parameters() + net.parameters()) is list


# --- Small tensors, moved as one --------------------------------------------------------------------------------------


def together(optimizer):
    """The numbers of some tensors and values after steps of all kinds, and what is remembered of them."""
    rng = np.random.default_rng(7)
    leaves = [Tensor(rng.normal(size=shape)) for shape in [(2, 3), (3,), ()]] + [Value(0.5), Value(-0.25)]
    made, found = optimizer(leaves[:4]), []
    for step in range(8):
        for leaf in leaves:
            leaf.grad = rng.normal(size=leaf.shape) if isinstance(leaf, Tensor) else rng.normal()
        if step == 2:
            leaves[1].data = [3.0, 2.0, 1.0]
        if step == 3:
            leaves[0].grad = None
        if step == 5:
            made = pickle.loads(pickle.dumps(made))
            leaves[:4] = made.parameters
            continue
        if step == 6:
            made.load_state_dict(made.state_dict())
            made.groups[0]["params"] = [*made.parameters, leaves[4], Tensor(np.float32([1.0, 2.0]))]
            leaves[4:] = made.groups[0]["params"][4:]
            leaves[4].grad, leaves[5].grad = 1.0, np.float32([0.5, -0.5])
        made.step()
        found.append([numbers(leaves), made.state_dict()["groups"]["0"]["memory"]])
    return found


@pytest.mark.parametrize(
    "optimizer",
    [SGD, lambda ps: SGD(ps, momentum=0.5, nesterov=True), lambda ps: Adam(ps, lr=0.1, amsgrad=True), Adagrad],
    ids=["SGD", "momentum", "Adam", "Adagrad"],
)
def test_tensors_moved_as_one_go_where_each_goes_by_itself(optimizer, monkeypatch):
    as_one = together(optimizer)
    monkeypatch.setattr(type(optimizer([Value(1.0)])), "by_number", False)
    assert repr(as_one) == repr(together(optimizer))


def test_large_tensors_and_rates_of_0_are_not_joined(monkeypatch):
    a, b = Tensor(np.zeros(2)), Tensor(np.zeros(2**17))
    backward([a, b])
    monkeypatch.setattr(np, "concatenate", None)
    SGD([a, b], lr=0.5, momentum=0.5).step()
    SGD([a, Tensor([1.0])], lr=0.0).step()
    assert (a.data.tolist(), b.data[-1]) == ([-0.5, -0.5], -0.5)


class Signs(Optimizer):
    """Steps of one length, in double precision."""

    rule = staticmethod(lambda w, g, memory, steps, *, lr: (w - lr * np.sign(g).astype(float), {}))
    by_number = True
    checks = {}  # noqa: RUF012 - never changed


def test_tensors_without_axes_are_moved_beside_others():
    a, b, c = Tensor(1.0), Tensor(2.0), Tensor([3.0])
    for momentum, expected in [(0.0, 0.75), (0.5, 0.5)]:
        backward([a, b, c], 0.5)
        SGD([a, b, c], lr=0.5, momentum=momentum).step()
        found = [a.data.tolist(), b.data.tolist(), c.data.tolist()]
        assert found == [expected, 1 + expected, [2 + expected]]
        assert a.shape == ()


class Doubled(SGD):
    """Another rule in the place of gradient descent."""

    rule = staticmethod(lambda w, g, memory, steps, *, lr, **_: (w - 2 * lr * g, {}))


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (lambda ps: SGD(ps, lr=0.5, maximize=True), [2.0, 3.0]),
        (lambda ps: SGD(ps, lr=0.5, weight_decay=1.0), [-0.5, 0.0]),
        (lambda ps: Doubled(ps, lr=0.5), [-1.0, 0.0]),
    ],
    ids=["maximize", "weight_decay", "another rule"],
)
def test_a_step_of_several_tensors_is_by_the_rule_and_its_settings(make, expected):
    a, b = Tensor([1.0, 2.0]), Tensor(np.float32([[1.0, 2.0]]))
    backward([a, b], 2.0)
    make([a, b]).step()
    assert (a.data.tolist(), b.data.tolist(), b.dtype) == (expected, [expected], np.float32)


def test_a_rule_that_remembers_nothing_moves_tensors_in_their_shapes_and_precision():
    for kind, step in [(SGD, 0.5 * 3.0), (Signs, 0.5)]:
        a, b = Tensor(np.ones((2, 2), np.float32)), Tensor([1.0, 2.0])
        optimizer = kind([a, b], lr=0.5)
        for _ in range(2):
            backward([a, b], 3.0)
            optimizer.step()
        assert a.data.tolist() == [[1 - 2 * step] * 2] * 2
        assert (a.dtype, b.data.tolist()) == (np.float32, [1 - 2 * step, 2 - 2 * step])
        assert optimizer.state_dict()["groups"]["0"]["memory"]["0"] == {"steps": 2}
        a.grad = np.float32([[1.0, np.nan], [1.0, 1.0]])
        with pytest.raises(AnomalyError, match="parameter 0 is nan"):
            optimizer.step()
        assert b.data.tolist() == [1 - 2 * step, 2 - 2 * step]


def test_a_rule_that_remembers_nothing_leaves_a_tensor_without_a_gradient():
    a, b, c = Tensor([1.0, 2.0]), Tensor([3.0]), Tensor([4.0])
    backward([a, c], 3.0)
    SGD([a, b, c], lr=0.5).step()
    assert [x.data.tolist() for x in (a, b, c)] == [[-0.5, 0.5], [3.0], [2.5]]
