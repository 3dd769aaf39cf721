"""The rules of optimizers: the numbers of PyTorch and of publications, on values and on arrays alike."""

import inspect
import json
import math
from pathlib import Path

import numpy as np
import pytest

from autograd import InputTypeError, InputValueError, Tensor, Value
from autograd.parameters import adopt
from nn import optim
from nn.optim import LAMB, SGD, Adadelta, Adagrad, Adam, AdamW, RMSprop

DATA = json.loads((Path(__file__).parents[2] / "data/optimizers.json").read_text())
OPTIMIZERS = [SGD, Adagrad, RMSprop, Adadelta, Adam, AdamW, LAMB]


def valley(x, y):
    """Rosenbrock's."""
    return (1 - x) ** 2 + 100 * (y - x**2) ** 2


def path(kind, settings, start, at, form="values"):
    """The places of an optimizer after some steps, by the number of the step."""
    x = Tensor(start) if form == "tensor" else None
    values = [] if form == "tensor" else [Value(number) for number in start]
    if form == "flat":
        adopt(values)
    optimizer = getattr(optim, kind)([x] if form == "tensor" else values, **settings)
    found = {}
    for k in range(max(map(int, at)) + 1):
        if str(k) in at:
            found[str(k)] = x.data.tolist() if form == "tensor" else [value.data for value in values]
        optimizer.zero_grad()
        loss = valley(x[0], x[1]) if form == "tensor" else valley(*values)
        (-loss if settings.get("maximize") else loss).backward()
        optimizer.step()
    return found


def differences(cases, form="values"):
    """The cases in which a path is another one than the recorded one, relatively by more than 1e-10."""
    wrong = []
    for case in cases:
        found = path(case["optimizer"], case["settings"], DATA["start"], case["after"], form)
        if any(found[k] != pytest.approx(place, rel=1e-10, abs=1e-13) for k, place in case["after"].items()):
            wrong.append((case["optimizer"], case["settings"], found["1"], case["after"]["1"]))
    return wrong


# --- Recorded paths ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("case", DATA["published"], ids=lambda case: case["optimizer"])
def test_the_paths_that_are_published_for_rosenbrocks_valley(case):
    found = path(case["optimizer"], case["hyper"], case["start"], case["params_after"])
    for k, place in case["params_after"].items():
        assert found[k] == pytest.approx(place, rel=1e-10, abs=1e-13)


@pytest.mark.parametrize("form", ["values", "flat"])
@pytest.mark.parametrize("kind", ["SGD", "Adagrad", "RMSprop", "Adadelta", "Adam", "AdamW"])
@pytest.mark.untraced
def test_every_combination_of_options_takes_the_path_of_pytorch(kind, form):
    cases = [case for case in DATA["cases"] if case["optimizer"] == kind]
    assert len(cases) > 10
    assert differences(cases if form == "values" else cases[::7], form) == []


@pytest.mark.parametrize("form", ["values", "flat", "tensor"])
def test_lamb_takes_the_path_of_optax_where_the_values_of_a_group_are_one_layer(form):
    assert differences(DATA["lamb"], form) == []


@pytest.mark.parametrize("case", DATA["interrupted"], ids=lambda case: case["optimizer"])
def test_numbers_without_gradient_and_steps_of_rate_0_count_as_in_pytorch(case):
    x, y = map(Value, DATA["start"])
    rates = [case["settings"]["lr"]] * 6
    rates[2] = 0.0
    optimizer = getattr(optim, case["optimizer"])([x, y], **{**case["settings"], "lr": rates.__getitem__})
    for k, place in enumerate(case["path"]):
        optimizer.zero_grad()
        valley(x, y).backward()
        if k in (0, 3):
            y.grad = None
        optimizer.step()
        assert [x.data, y.data] == pytest.approx(place, rel=1e-10)


@pytest.mark.parametrize("kind", OPTIMIZERS)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_a_tensor_moves_as_its_numbers_would_and_keeps_its_precision(kind, dtype):
    rng = np.random.default_rng(0)
    start, gradients = rng.normal(size=(2, 3)).astype(dtype), rng.normal(size=(5, 2, 3)).astype(dtype)
    t, single = Tensor(start), Tensor(dtype(1.0))
    values = [Value(float(number)) for number in start.ravel()]
    options = {"weight_decay": 0.1, **({"momentum": 0.9} if kind in (SGD, RMSprop) else {})}
    optimizers = kind([t, single], 0.1, **options), kind(values, 0.1, **options)
    for gradient in gradients:
        t.grad, single.grad = gradient, gradient[0, 0]
        for value, number in zip(values, gradient.ravel().tolist(), strict=True):
            value.grad = number
        for optimizer in optimizers:
            optimizer.step()
    assert t.data.ravel() == pytest.approx([value.data for value in values], rel=1e-13 if dtype is np.float64 else 1e-4)
    memory = optimizers[0].groups[0].memory
    assert {array.dtype for part in memory.values() for array in part.arrays.values()} | {t.dtype} == {np.dtype(dtype)}
    assert (single.shape, single.dtype) == ((), dtype)


def test_defaults_are_those_of_pytorch():
    recorded = {case["optimizer"] for case in DATA["cases"] if not case["settings"]}
    assert recorded == {"Adagrad", "RMSprop", "Adadelta", "Adam", "AdamW"}
    assert inspect.signature(SGD).parameters["lr"].default == 0.001


# --- The forms of lectures --------------------------------------------------------------------------------------------

# J = w1² + 10 w2² from (1, 1), three steps: momentum that averages, without damping, and so on; worked by hand.
WORKED = {
    "gradient descent": (SGD, {"lr": 0.09}, [(0.82, -0.8), (0.6724, 0.64), (0.551368, -0.512)]),
    "averaging": (
        SGD,
        {"lr": 0.09, "momentum": 0.9, "form": "averaging"},
        [(0.982, 0.82), (0.948124, 0.5104), (0.90056937, 0.139888)],
    ),
    "undampened": (SGD, {"lr": 0.09, "momentum": 0.9}, [(0.82, -0.8), (0.5104, -0.98), (0.139888, 0.622)]),
    "velocity": (
        SGD,
        {"lr": 0.09, "momentum": 0.9, "form": "Velocity"},
        [(0.82, -0.8), (0.5104, -0.98), (0.139888, 0.622)],
    ),
    "running squares": (
        RMSprop,
        {"lr": 0.1, "alpha": 0.9},
        [(0.68377224, 0.68377223), (0.49887061, 0.49887061), (0.36918056, 0.36918055)],
    ),
    "sums of squares": (Adagrad, {"lr": 0.1}, [(0.9, 0.9), (0.83310353, 0.83310353), (0.78045618, 0.78045618)]),
    "adam": (Adam, {"lr": 0.1}, [(0.9, 0.9), (0.80041223, 0.80041223), (0.70158627, 0.70158627)]),
    "adam, not corrected": (
        Adam,
        {"lr": 0.1, "bias_correction": False},
        [(0.68377228, 0.68377224), (0.27020607, 0.27020598), (-0.16214134, -0.16214147)],
    ),
    "adam, eps outside": (
        Adam,
        {"lr": 0.1, "eps": 0.01},
        [(0.90049751, 0.90004998), (0.80142745, 0.80051423), (0.70313616, 0.70174202)],
    ),
    "adam, eps inside": (
        Adam,
        {"lr": 0.1, "eps": 0.01, "eps_inside": True},
        [(0.90012477, 0.90000125), (0.80067353, 0.80041485), (0.70199616, 0.70159038)],
    ),
}


@pytest.mark.parametrize("name", WORKED)
def test_worked_steps_of_lectures(name):
    kind, settings, places = WORKED[name]
    w1, w2 = Value(1.0), Value(1.0)
    optimizer = kind([w1, w2], **settings)
    for place in places:
        optimizer.zero_grad()
        (w1**2 + 10 * w2**2).backward()
        optimizer.step()
        assert (w1.data, w2.data) == pytest.approx(place, abs=2e-8)


def test_epsilon_may_be_inside_every_root():
    for kind, factor in [(Adagrad, 1.0), (RMSprop, 0.01)]:
        x = Value(1.0)
        x.grad = 3.0
        kind([x], lr=0.5, eps=0.07, eps_inside=True).step()
        assert x.data == pytest.approx(1 - 0.5 * 3 / math.sqrt(9 * factor + 0.07), rel=1e-14)


@pytest.mark.parametrize("form", ["heavy_ball", "velocity"])
def test_the_two_forms_of_nesterov_agree(form):
    """Nesterov's gradient is taken ahead, at θ + αv; the optimizer's w is that place."""
    alpha, rate = 0.9, 1e-4
    theta, v = np.array([1.5, 1.5]), np.zeros(2)
    x = Tensor(theta)
    optimizer = SGD([x], lr=rate, momentum=alpha, nesterov=True, form=form)
    for _ in range(50):
        a, b = theta + alpha * v
        v = alpha * v - rate * np.array([-2 * (1 - a) - 400 * a * (b - a * a), 200 * (b - a * a)])
        theta = theta + v
        optimizer.zero_grad()
        valley(x[0], x[1]).backward()
        optimizer.step()
        assert x.data == pytest.approx(theta + alpha * v, rel=1e-12)


def test_a_velocity_keeps_the_rate_that_its_gradients_had():
    rates = [0.5, 0.25]
    places = []
    for form in ("heavy_ball", "velocity"):
        x = Value(0.0)
        optimizer = SGD([x], lr=rates.__getitem__, momentum=0.5, form=form)
        for _ in rates:
            x.grad = -1.0
            optimizer.step()
        places.append(x.data)
    assert places == [0.5 + 0.25 * 1.5, 0.5 + (0.5 * 0.5 + 0.25)]


def test_weight_decay_is_an_l2_penalty_for_gradient_descent_and_not_for_adam():
    """Of ½ λ w²: w ← w - η (g + λ w); w = (1, -2), η = 0.1, λ = 0.1, g = (0.3, 0.4) by hand."""
    w = Tensor([1.0, -2.0])
    w.grad = [0.3, 0.4]
    SGD([w], lr=0.1, weight_decay=0.1).step()
    assert w.data == pytest.approx([0.96, -2.02], rel=1e-15)
    moved = []
    for kind in (Adam, AdamW):
        x = Value(-2.0)
        x.grad = 0.4
        kind([x], lr=0.1, weight_decay=0.1).step()
        moved.append(x.data)
    assert moved == pytest.approx([-2.1, -2 * 0.99 - 0.1], rel=1e-6)


def test_lamb_steps_by_the_rate_times_the_length_of_each_layer():
    a, b, x, y, zero = Tensor([3.0, 4.0]), Tensor([[1.0]]), Value(6.0), Value(8.0), Tensor([0.0, 0.0])
    for p in (a, b, x, y, zero):
        p.grad = np.ones_like(p.data) if isinstance(p, Tensor) else 1.0
    LAMB([a, x, b, y, zero], lr=0.1, eps=0.0).step()
    step = 0.5 / math.sqrt(2)
    assert a.data == pytest.approx([3 - step, 4 - step], rel=1e-14)
    assert (x.data, y.data) == pytest.approx((6 - 2 * step, 8 - 2 * step), rel=1e-14)
    assert b.data == pytest.approx(0.9, rel=1e-14)
    assert zero.data == pytest.approx([-0.1, -0.1], rel=1e-14)


def test_a_variance_that_rounding_makes_negative_divides_by_epsilon():
    x = Value(0.0)
    optimizer = RMSprop([x], lr=1e-12, alpha=0.1, centered=True)
    for _ in range(60):
        x.grad = 0.1
        optimizer.step()
        assert math.isfinite(x.data)


# --- A rule of one's own ----------------------------------------------------------------------------------------------


class Signs(optim.Optimizer):
    """Steps as long as the rate, in the direction of the gradient's sign."""

    rule = staticmethod(lambda w, g, memory, steps, lr, shrink: (w * shrink - lr * np.sign(g), {}))
    checks = {"shrink": lambda given, what: float(given)}  # noqa: RUF012

    def __init__(self, parameters, lr, shrink=1.0):
        super().__init__(parameters, lr=lr, shrink=shrink)


def test_an_optimizer_is_a_rule_and_the_checks_of_its_settings():
    x, t = Value(2.0), Tensor([4.0, 4.0])
    x.grad, t.grad = 3.0, [-1.0, 0.0]
    optimizer = Signs([x, t], lr=0.5, shrink=0.5)
    optimizer.step()
    assert (x.data, t.data.tolist(), repr(optimizer)) == (0.5, [2.5, 2.0], "Signs(2 parameters, lr=0.5, after 1 steps)")


# --- Settings ---------------------------------------------------------------------------------------------------------

FLAGS = {"nesterov", "maximize", "centered", "amsgrad", "eps_inside", "bias_correction"}


@pytest.mark.parametrize("kind", OPTIMIZERS)
def test_each_setting_of_a_wrong_kind_or_range_is_refused(kind):
    for name in [name for name in inspect.signature(kind).parameters if name != "parameters"]:
        wrong = ["no such"] if name in ("on_nonfinite", "form") else [None, math.nan, "0.1"]
        for given in [*wrong, *([1.5] if name in FLAGS else []), *([(0.9, 1.0), (0.9,)] if name == "betas" else [])]:
            with pytest.raises((InputTypeError, InputValueError), match=name):
                kind([Value(1.0)], **{name: given})


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"nesterov": True}, "nesterov takes a momentum"),
        ({"nesterov": True, "momentum": 0.9, "dampening": 0.1}, r"dampening=0\.1"),
        ({"nesterov": True, "momentum": 0.9, "form": "averaging"}, "form='averaging'"),
        ({"momentum": 0.9, "dampening": 0.1, "form": "velocity"}, "dampening belongs to the form heavy_ball"),
        ({"momentum": -0.1}, "momentum must be finite and not negative"),
        ({"dampening": math.inf}, "dampening must be finite, not inf"),
        ({"form": "heavybal"}, "did you mean 'heavy_ball'"),
    ],
)
def test_settings_that_exclude_each_other_are_refused(settings, message):
    with pytest.raises(InputValueError, match=message):
        SGD([Value(1.0)], lr=0.1, **settings)
