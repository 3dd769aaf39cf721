"""Optimizers: where they go, and that they go there wholly or not at all."""

import json
import math
from pathlib import Path

import pytest

from autograd import InputTypeError, InputValueError, TapeError, Value, program
from nn import MLP
from nn.optim import SGD
from tests.support.processes import INTERRUPTIONS, needs_timer, run_fresh

ROSENBROCK = json.loads((Path(__file__).parents[1] / "data/sgd_rosenbrock.json").read_text())


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


def test_the_rate_may_be_changed_between_steps():
    x = Value(0.0)
    x.grad = -1.0
    optimizer = SGD([x], lr=1)
    optimizer.step()
    optimizer.lr = 0.5
    optimizer.step()
    assert x.data == 1.5
    optimizer.lr = -1.0
    with pytest.raises(InputValueError, match=r"lr must be finite and positive, not -1\.0"):
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


# --- Wholly or not at all ---------------------------------------------------------------------------------------------


class Exploding:
    def __rmul__(self, other):
        raise OverflowError("boom")


def test_an_error_in_the_middle_of_a_step_moves_nothing():
    parameters = [Value(1.0) for _ in range(3)]
    for parameter in parameters:
        parameter.grad = 1.0
    parameters[1]._grad = Exploding()
    optimizer = SGD(parameters, lr=0.5)
    with pytest.raises(OverflowError):
        optimizer.step()
    assert [parameter.data for parameter in parameters] == [1.0, 1.0, 1.0]
    assert optimizer.steps == 0


TORN_STEPS = """
from autograd import Value
from nn.optim import SGD

parameters = [Value(0.0) for _ in range(200)]
for parameter in parameters:
    parameter.grad = -1.0
optimizer = SGD(parameters, lr=1.0)
torn = sum(len({p.data for p in parameters}) != 1 for _ in interruptions(optimizer.step, times=200, longest=1e-3))
print(torn, parameters[0].data > 200)
"""


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
        (lambda x: SGD(x, lr=0.1), InputTypeError, r"not Value; .* \[x\] for a single value"),
        (lambda x: SGD(MLP(1, [1]), lr=0.1), InputTypeError, r"not MLP; give model\.parameters\(\)"),
        (lambda x: SGD("x", lr=0.1), InputTypeError, "not str"),
        (lambda x: SGD([x], lr=0.0), InputValueError, "lr must be finite and positive, not 0.0"),
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
    ("rate", "error"), [(0.0, InputValueError), (math.nan, InputValueError), (None, InputTypeError)]
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
