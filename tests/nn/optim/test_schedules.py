"""Schedules: the rates of PyTorch's, and that they are plain functions of the step."""

import copy
import json
import math
import pickle
from pathlib import Path

import pytest

from autograd import InputTypeError, InputValueError, Tensor, Value
from nn import optim
from nn.optim import SGD, reduce_on_plateau

DATA = json.loads((Path(__file__).parents[2] / "data/schedules.json").read_text())


def made(name, settings):
    given = {key: made(*item) if key == "then" else item for key, item in settings.items()}
    return getattr(optim, name)(**given)


@pytest.mark.parametrize("case", DATA["cases"], ids=lambda case: case["schedule"])
def test_the_rates_are_those_of_pytorch(case):
    schedule = made(case["schedule"], case["settings"])
    assert [schedule(t) for t in range(len(case["rates"]))] == pytest.approx(case["rates"], rel=1e-12, abs=1e-16)


PUBLISHED = {
    "StepLR": lambda rate, a: optim.step(rate, a["step_size"], a["gamma"]),
    "ExponentialLR": lambda rate, a: optim.exponential(rate, a["gamma"]),
    "CosineAnnealingLR": lambda rate, a: optim.cosine(rate, a["T_max"], a["eta_min"]),
}


@pytest.mark.parametrize("case", DATA["published"], ids=lambda case: case["scheduler"])
def test_the_rates_that_are_published(case):
    schedule = PUBLISHED[case["scheduler"]](case["base_lr"], case["args"])
    assert [schedule(t) for t in range(len(case["lr_sequence"]))] == pytest.approx(case["lr_sequence"], rel=1e-12)


@pytest.mark.parametrize(
    ("schedule", "rates"),
    [
        (optim.constant(0.5), [0.5, 0.5, 0.5]),
        (optim.inverse(1.0), [1, 1 / 2, 1 / 3]),
        (optim.inverse(1.0, decay=0.5), [1, 1 / 1.5, 1 / 2]),
        (optim.power(2.0, p=0.5), [2, 2 / math.sqrt(2), 2 / math.sqrt(3)]),
        (optim.polynomial(1.0, 2, least=0.5), [1, 0.75, 0.5, 0.5]),
        (optim.polynomial(1.0, 2, power=0.0), [1, 1, 0]),
        (optim.cosine(1.0, 2), [1, 0.5, 0, 0, 0]),
        (optim.warmup(3, then=optim.exponential(1.0, 0.5)), [0.25, 0.5, 0.75, 1, 0.5, 0.25]),
        (optim.warmup(0, then=0.5), [0.5, 0.5]),
        (optim.warmup(2, then=lambda t: 1.0 + t, start=0.0), [0, 0.5, 1, 2]),
        (optim.sequence(1.0, 2, then=optim.inverse(0.5)), [1, 1, 0.5, 0.25]),
        (optim.one_cycle(1.0, 1), [1e-6 * 4, 1e-6 * 4]),
        (optim.one_cycle(1.0, 4, rise=0.25, start=0.5, end=0.1, shape="linear"), [1.0, 0.7, 0.4, 0.1, 0.1]),
        (optim.exponential(1.0, 1e200), [1.0, 1e200, math.inf]),
    ],
)
def test_the_rates_of_formulas(schedule, rates):
    assert [schedule(t) for t in range(len(rates))] == pytest.approx(rates, rel=1e-12)


def test_robbins_and_monro_sum_up_as_the_docstring_says():
    """Σ η² of 1/t is π²/6, and Σ η grows like its logarithm: Euler's constant is the difference."""
    rates = [optim.inverse(1.0)(t) for t in range(10_000)]
    assert sum(rate * rate for rate in rates) == pytest.approx(math.pi**2 / 6, abs=2e-4)
    assert sum(rates) - math.log(10_000) == pytest.approx(0.5772156649, abs=1e-4)


def test_schedules_can_be_pickled_shown_and_given_to_an_optimizer():
    schedule = optim.warmup(2, then=optim.cosine(0.5, 4))
    assert repr(schedule) == f"warmup(steps=2, then=cosine(rate=0.5, steps=4, least=0.0), start={1 / 3})"
    for twin in (pickle.loads(pickle.dumps(schedule)), copy.deepcopy(schedule)):
        assert [twin(t) for t in range(9)] == [schedule(t) for t in range(9)]
        assert repr(twin) == repr(schedule)
    x = Value(0.0)
    optimizer = SGD([x], lr=optim.multi_step(1.0, [1], gamma=0.5))
    assert repr(optimizer) == "SGD(1 parameters, lr=multi_step(rate=1.0, milestones=(1,), gamma=0.5), after 0 steps)"
    for place in (1.0, 1.5, 2.0):
        x.grad = -1.0
        optimizer.step()
        assert x.data == place
    optimizer.lr = optim.exponential(1.0, 1e300)
    with pytest.raises(InputValueError, match="the schedule's rate for step 3 must be finite"):
        optimizer.step()


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: optim.constant(-0.1), InputValueError, "rate must be finite and not negative"),
        (lambda: optim.step(0.1, 0), InputValueError, "size is 1 or more"),
        (lambda: optim.step(0.1, 2.0), InputTypeError, "size is a whole number"),
        (lambda: optim.multi_step(0.1, 30), InputTypeError, r"milestones takes a list of steps, such as \[30, 60\]"),
        (lambda: optim.cosine(0.1, 10, least=0.2), InputValueError, "the least rate is at most the first one"),
        (lambda: optim.warmup(10, then="cosine"), InputTypeError, "then takes a real number"),
        (lambda: optim.one_cycle(0.1, 10, shape="cos"), InputValueError, 'shape is "cosine" or "linear"'),
        (lambda: optim.one_cycle(0.1, 10, rise=1.0), InputValueError, "rise must be at least 0 and less than 1"),
        (lambda: optim.cosine(0.1, 10)(-1), InputValueError, "step is 0 or more"),
        (lambda: optim.cosine(0.1, 10)(1.5), InputTypeError, "step is a whole number"),
        (lambda: optim.warmup(2, then=lambda t: -1.0)(5), InputValueError, "the schedule's rate for step 3"),
        (lambda: reduce_on_plateau(0.1, factor=1.0), InputValueError, "factor must be less than 1"),
        (lambda: reduce_on_plateau(0.1, mode="less"), InputValueError, 'mode is "min" or "max"'),
        (lambda: reduce_on_plateau(0.1).observe("x"), InputTypeError, "a loss takes a real number"),
        (lambda: reduce_on_plateau(0.1)(None), InputTypeError, "step is a whole number"),
        (lambda: reduce_on_plateau(0.1).load_state_dict({}), InputTypeError, "has rate, best, no_better, cooling"),
    ],
)
def test_wrong_settings_of_schedules_are_refused(make, error, message):
    with pytest.raises(error, match=message):
        make()


# --- Plateaus ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("case", DATA["plateaus"], ids=lambda case: str(case["settings"]))
def test_the_rate_falls_on_a_plateau_when_it_does_in_pytorch(case):
    schedule = reduce_on_plateau(0.1, **case["settings"])
    rates = []
    for k, loss in enumerate(DATA["losses"]):
        if k == 20:  # stopped and resumed
            state, schedule = schedule.state_dict(), reduce_on_plateau(0.7, **case["settings"])
            schedule.load_state_dict(state)
        rates.append(schedule.observe([float, Value, Tensor][k % 3](loss)))
        assert schedule(k) == rates[-1]
    assert rates == pytest.approx(case["rates"], rel=1e-12)


def test_a_loss_that_is_nan_is_never_better():
    schedule = reduce_on_plateau(1.0, factor=0.5, patience=1)
    assert [schedule.observe(loss) for loss in (1.0, math.nan, math.nan, math.nan)] == [1.0, 1.0, 0.5, 0.5]
    assert repr(schedule) == "reduce_on_plateau(rate=0.5, best=1.0)"


def test_the_state_of_a_plateau_is_saved_with_the_optimizer():
    def optimizer():
        return SGD([Value(0.0)], lr=reduce_on_plateau(1.0, factor=0.5, patience=1))

    first, second = optimizer(), optimizer()
    for loss in (3.0, 3.0, 3.0):
        first.lr.observe(loss)
    second.load_state_dict(first.state_dict())
    assert (second.rate, second.lr.best) == (0.5, 3.0)
    state = first.state_dict()
    state["groups"]["0"]["schedule"]["best"] = "x"
    with pytest.raises(InputTypeError, match="best takes a real number"):
        second.load_state_dict(state)


def test_a_schedule_is_written_with_the_names_of_those_in_it():
    def falling(step):
        return 1.0 / (step + 1)

    assert repr(optim.warmup(2, then=falling)) == "warmup(steps=2, then=falling, start=0.3333333333333333)"
