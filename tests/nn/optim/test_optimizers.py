"""Optimizers: where they go, and that they go there wholly or not at all."""

import json
import math
import random
from pathlib import Path

import numpy as np
import pytest

import autograd
from autograd import AnomalyError, InputTypeError, InputValueError, TapeError, Tensor, Value, program
from autograd.parameters import adopt
from nn import MLP, Module, losses
from nn.optim import SGD, Adam
from tests.support.processes import INTERRUPTIONS, needs_timer, run_fresh

ROSENBROCK = json.loads((Path(__file__).parents[2] / "data/sgd_rosenbrock.json").read_text())


@pytest.mark.smoke
def test_gradient_descent_on_rosenbrocks_valley_takes_the_published_path():
    x, y = map(Value, ROSENBROCK["start"])
    optimizer = SGD([x, y], lr=ROSENBROCK["lr"])
    for step in range(101):
        if str(step) in ROSENBROCK["after"]:
            assert [x.data, y.data] == pytest.approx(ROSENBROCK["after"][str(step)], rel=1e-10)
        optimizer.zero_grad()
        ((1 - x) ** 2 + 100 * (y - x**2) ** 2).backward()
        optimizer.step()


def test_a_schedule_gives_the_rate_of_each_step():
    x = Value(0.0)
    optimizer = SGD([x], lr=lambda step: 2.0**-step)
    x.grad = -1.0
    places = []
    for _ in range(4):
        optimizer.step()
        places.append(x.data)
    assert places == [1.0, 1.5, 1.75, 1.875]
    assert optimizer.steps == 4
    assert optimizer.rate == 2.0**-4


@pytest.mark.parametrize("gradient", [1.0, math.inf, math.nan])
def test_a_rate_of_0_is_a_step_that_moves_nothing(gradient):
    x, t = Value(1.0), Tensor([1.0, 2.0])
    x.grad, t.grad = gradient, [gradient, gradient]
    optimizer = SGD([x, t], lr=lambda step: 0.1 * step)
    optimizer.step()
    assert (x.data, t.data.tolist(), optimizer.steps) == (1.0, [1.0, 2.0], 1)
    optimizer.zero_grad()
    optimizer.lr = lambda step: 0.0
    with pytest.raises(TapeError, match="none of the 2 parameters has a gradient"):
        optimizer.step()


def test_the_rate_may_be_changed_between_steps():
    x = Value(0.0)
    x.grad = -1.0
    optimizer = SGD([x], lr=1)
    optimizer.step()
    optimizer.lr = 0.5
    optimizer.step()
    assert x.data == 1.5
    optimizer.lr = -1.0
    with pytest.raises(InputValueError, match=r"lr must be finite and not negative, not -1\.0"):
        optimizer.step()
    assert x.data == 1.5


def test_a_step_leaves_parameters_without_gradient_and_moves_those_with():
    a, b = Value(1.0), Value(1.0)
    (a * 3).backward()
    SGD([a, b], lr=0.5).step()
    assert (a.data, b.data) == (-0.5, 1.0)


def test_zero_grad_makes_every_gradient_none():
    a, b = Value(1.0), Value(2.0)
    (a * b).backward()
    SGD([a, b], lr=0.1).zero_grad()
    assert a.grad is None
    assert b.grad is None


def test_what_was_recorded_before_a_step_keeps_its_numbers():
    x = Value(3.0)
    y = x * x
    y.backward()
    SGD([x], lr=0.5).step()
    assert x.data == 0.0
    y.backward()
    assert x.grad == 12.0  # 6 twice, both at x = 3
    assert [entry.value for entry in program(y)] == [3.0, 9.0]


# --- Values and tensors -----------------------------------------------------------------------------------------------


def test_values_tensors_and_adopted_values_move_together():
    x, t, single, adopted = Value(1.0), Tensor([[1.0, 2.0]]), Tensor(3.0), Value(4.0)
    narrow = Tensor(np.ones(2, np.float32))
    adopt([adopted])
    parameters = [x, t, single, adopted, narrow]
    ((t * t).sum() * x + single * single + adopted * adopted + (narrow * narrow).sum()).backward()
    SGD(parameters, lr=0.5).step()
    assert [np.asarray(p.data).tolist() for p in parameters] == [1 - 2.5, [[0.0, 0.0]], 0.0, 0.0, [0.0, 0.0]]
    assert narrow.dtype == np.float32
    assert (single.shape, type(single.data.tolist())) == ((), float)


def test_a_tensor_that_moves_leaves_earlier_records_as_they_were():
    t = Tensor([1.0, 2.0])
    y = (t * t).sum()
    y.backward()
    SGD([t], lr=0.5).step()
    y.backward()
    assert t.grad.tolist() == [4.0, 8.0]  # twice 2 t, both times at the numbers that were recorded
    assert t.data.tolist() == [0.0, 0.0]


def test_a_model_of_tensors_and_values_learns_a_line():
    class Line(Module):
        def __init__(self):
            self.slopes, self.shift = Tensor([0.0, 0.0]), Value(0.0)

        def forward(self, x):
            return x @ self.slopes + self.shift

    x = np.array([[0.0, 1.0], [1.0, 0.0], [1.0, 1.0], [0.0, 0.0]])
    line = Line()
    optimizer = SGD(line.parameters(), lr=0.5)
    for _ in range(300):
        optimizer.zero_grad()
        losses.mse(line(x), x @ [2.0, -3.0] + 0.5).backward()
        optimizer.step()
    assert line.slopes.data.tolist() == pytest.approx([2.0, -3.0], abs=1e-6)
    assert line.shift.data == pytest.approx(0.5, abs=1e-6)


@pytest.mark.parametrize("replace", [lambda model: setattr(model.parameters()[0], "grad", math.inf),
                                     lambda model: setattr(model.parameters()[0]._flat, "grad", np.full(13, 1e200)),
                                     lambda model: [(p * 1e200).backward() for p in model.parameters()]],
                         ids=["one gradient", "all of them", "added by another pass"])  # fmt: skip
def test_gradients_that_a_compiled_pass_found_finite_are_looked_at_again_once_they_are_others(replace):
    random.seed(3)
    model = MLP(2, [3, 1])
    loss = autograd.compile(lambda x: model(x) ** 2)
    optimizer = Adam(model.parameters(), lr=0.1)
    for _ in range(2):
        optimizer.zero_grad()
        loss(np.ones((4, 2))).mean().backward()
        optimizer.step()
    before = model.state_dict()
    replace(model)
    with pytest.raises(AnomalyError, match="nothing was moved"):
        optimizer.step()
    assert (model.state_dict(), optimizer.steps) == (before, 2)


@pytest.mark.parametrize("leaf", [lambda: Tensor([1.0, -2.0]), lambda: Value(1.0), lambda: adopt([Value(1.0)])])
def test_a_step_that_a_rule_leaves_to_the_optimizer_is_subtracted_once_and_old_numbers_stay(leaf):
    parameter = leaf()
    parameter.grad = np.ones(np.shape(parameter.data)) if np.ndim(parameter.data) else 1.0
    old = parameter.data
    optimizer = SGD([parameter], lr=0.25)
    numbers = []
    for _ in range(3):
        optimizer.step()
        numbers.append(np.ravel(parameter.data)[0])
    assert (numbers, np.ravel(old)[0]) == ([0.75, 0.5, 0.25], 1.0)


# --- Wholly or not at all ---------------------------------------------------------------------------------------------


class Exploding:
    def __float__(self):
        raise OverflowError("boom")


def test_an_error_in_the_middle_of_a_step_moves_nothing():
    parameters = [Value(1.0), Tensor([1.0]), Value(1.0), Value(1.0)]
    for parameter in parameters:
        parameter.grad = 1.0
    parameters[2]._grad = Exploding()
    optimizer = SGD(parameters, lr=0.5)
    with pytest.raises(OverflowError):
        optimizer.step()
    assert [float(np.sum(parameter.data)) for parameter in parameters] == [1.0, 1.0, 1.0, 1.0]
    assert optimizer.steps == 0


TORN_STEPS = """
from autograd import Tensor, Value
from nn.optim import SGD

parameters = [(Value if k % 20 else Tensor)(0.0) for k in range(100)]
for parameter in parameters:
    parameter.grad = -1.0
optimizer = SGD(parameters, lr=1.0)
numbers = lambda: {float(p.data) for p in parameters}
torn = sum(len(numbers()) != 1 for _ in interruptions(optimizer.step, times=200, longest=1e-3))
print(torn, parameters[1].data > 200)
"""


TORN_MEMORIES = """
from autograd import Tensor, Value
from autograd.parameters import adopt
from nn.optim import Adam

parameters = [Value(0.0) for k in range(60)] + [Tensor(0.0) for k in range(9)]
adopt(parameters[20:50])
for parameter in parameters:
    parameter.grad = -1.0
optimizer = Adam(parameters, lr=1.0)


def is_torn():
    group = optimizer.groups[0]
    steps = {memory.steps for memory in group.memory.values()} or {0}
    means = {float(mean) for memory in group.memory.values() for mean in memory.arrays["mean"].ravel()}
    return len({float(p.data) for p in parameters}) != 1 or steps != {optimizer.steps} or len(means) > 1


torn = sum(is_torn() for _ in interruptions(optimizer.step, times=200, longest=2e-3))
print(torn, optimizer.steps > 100)
"""


@needs_timer
def test_an_interrupt_does_not_tear_what_is_remembered_from_what_was_moved():
    assert run_fresh(INTERRUPTIONS + TORN_MEMORIES) == "0 True"


@needs_timer
def test_an_interrupt_falls_before_or_after_a_step_never_inside():
    assert run_fresh(INTERRUPTIONS + TORN_STEPS) == "0 True"


# --- What is refused --------------------------------------------------------------------------------------------------


def test_equal_parameters_are_not_the_same_parameter():
    assert len(SGD([Value(1.0), Value(1.0)], lr=0.1).parameters) == 2


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda x: SGD([], lr=0.1), InputValueError, "at least one parameter"),
        (
            lambda x: SGD([Value(2.0), x, x], lr=0.1),
            InputValueError,
            r"parameter 2, .*'x'.* is the same as parameter 1",
        ),
        (lambda x: SGD([x, x * 2], lr=0.1), InputValueError, "parameter 1, .* is computed by mul; only leaves"),
        (lambda x: SGD([x, 1.0], lr=0.1), InputTypeError, "parameter 1 is not a Value but float 1.0"),
        (lambda x: SGD(MLP(1, [1]).named_parameters(), lr=0.1), InputTypeError, r"tuple \('layers.*model\.parameters"),
        (lambda x: SGD([x, Tensor([1.0]) * 2], lr=0.1), InputValueError, "parameter 1, .* is computed by mul"),
        (lambda x: SGD(Tensor([1.0]), lr=0.1), InputTypeError, r"not Tensor; .* \[x\]"),
        (lambda x: SGD({"x": x}, lr=0.1), InputTypeError, "a sequence of parameters, not dict"),
        (lambda x: SGD(x, lr=0.1), InputTypeError, r"not Value; .* \[x\] for a single value"),
        (lambda x: SGD(MLP(1, [1]), lr=0.1), InputTypeError, r"not MLP; give model\.parameters\(\)"),
        (lambda x: SGD("x", lr=0.1), InputTypeError, "not str"),
        (lambda x: SGD([x], lr=-0.1), InputValueError, "not -0.1"),
        (lambda x: SGD([x], lr=math.inf), InputValueError, "not inf"),
        (lambda x: SGD([x], lr=math.nan), InputValueError, "not nan"),
        (lambda x: SGD([x], lr="0.1"), InputTypeError, "lr takes a real number, not str"),
        (lambda x: SGD([x], lr=x), InputTypeError, "lr takes a real number, not Value"),
    ],
)
def test_parameters_and_rates_that_cannot_be_are_refused(make, error, message):
    with pytest.raises(error, match=message):
        make(Value(1.0, name="x"))


@pytest.mark.parametrize(
    ("rate", "error"), [(-0.5, InputValueError), (math.nan, InputValueError), (None, InputTypeError)]
)
def test_each_rate_of_a_schedule_is_checked_before_anything_moves(rate, error):
    x = Value(1.0)
    x.grad = 1.0
    optimizer = SGD([x], lr=[0.5, rate].__getitem__)
    optimizer.step()
    with pytest.raises(error, match="the schedule's rate for step 1"):
        optimizer.step()
    assert x.data == 0.5
    assert optimizer.steps == 1


def test_a_step_without_any_gradient_is_an_error():
    with pytest.raises(TapeError, match=r"none of the 2 parameters has a gradient; call backward\(\)"):
        SGD([Value(1.0), Value(2.0)], lr=0.1).step()


@pytest.mark.parametrize(
    ("lr", "shown"), [(0.1, "0.1"), (math.sqrt, "sqrt"), (type("S", (), {"__call__": 0})(), "a schedule")]
)
def test_repr_tells_what_is_trained_and_how(lr, shown):
    assert repr(SGD([Value(1.0), Value(1.0)], lr=lr)) == f"SGD(2 parameters, lr={shown}, after 0 steps)"


def test_the_quick_step_of_one_flat_array_is_the_step_of_values():
    """Of the parameters of a compiled function; one whose gradients are not finite moves nothing there, either."""
    random.seed(3)
    models = [MLP(2, [3, 1]) for _ in range(2)]
    models[1].load_state_dict(models[0].state_dict())
    adopt(models[0].parameters())
    optimizers = [SGD(model.parameters(), lr=0.1, weight_decay=0.01) for model in models]
    for _ in range(3):
        for model, optimizer in zip(models, optimizers, strict=True):
            optimizer.zero_grad()
            (model([1.0, -2.0]) ** 2).backward()
            optimizer.step()
        assert models[0].state_dict() == models[1].state_dict()
    before = models[0].state_dict()
    optimizers[0].zero_grad()
    (models[0]([1.0, -2.0]) * math.inf).backward()
    with pytest.raises(AnomalyError, match="so nothing was moved"):
        optimizers[0].step()
    assert models[0].state_dict() == before
    assert optimizers[0].steps == 3
