"""Limits of gradients: by norm and by value."""

import json
import math
from pathlib import Path

import numpy as np
import pytest

from autograd import InputTypeError, InputValueError, Tensor, Value
from autograd.parameters import adopt
from nn.members import set_frozen
from nn.optim import SGD, clip_grad_norm, clip_grad_value

DATA = json.loads((Path(__file__).parents[2] / "data/clipping.json").read_text())


def made(home="alone"):
    """Parameters with the gradients of the recorded cases: two values, a matrix, another value, and one without."""
    values, t = [Value(1.0) for _ in range(4)], Tensor(np.ones((2, 3)))
    if home == "one array":
        adopt(values)
    if home == "several arrays":
        adopt([values[2], values[0]])
        adopt([values[3]])
    for value, gradient in zip(values, DATA["values"], strict=False):
        value.grad = gradient
    t.grad = DATA["matrix"]
    return [values[0], values[1], t, values[2], values[3]]


def gradients(parameters):
    return [number for p in parameters if p.grad is not None for number in np.ravel(p.grad).tolist()]


@pytest.mark.parametrize("home", ["alone", "one array", "several arrays"])
@pytest.mark.parametrize("case", DATA["cases"], ids=lambda case: f"{case['function']} {case['settings']}")
def test_gradients_are_limited_as_in_pytorch(case, home):
    for argument in (list, lambda parameters: SGD(parameters, lr=0.1)):
        parameters = made(home)
        settings = {name: float(number) for name, number in case["settings"].items()}
        function = {"norm": clip_grad_norm, "value": clip_grad_value}[case["function"]]
        before = function(argument(parameters), **settings)
        assert gradients(parameters) == pytest.approx(case["after"], rel=1e-12)
        assert parameters[-1].grad is None
        if case["function"] == "norm":
            assert before == pytest.approx(case["before"], rel=1e-12)
        else:
            assert before == max(map(abs, [*DATA["values"], *np.ravel(DATA["matrix"])]))


def test_single_precision_stays_and_large_gradients_have_a_norm():
    t, x = Tensor(np.ones(2, np.float32)), Value(1.0)
    t.grad = [3.0, 4.0]
    assert clip_grad_norm(t, 1.0) == 5.0
    assert t.grad.dtype == np.float32
    clip_grad_value(t, 0.5)
    assert (t.grad.dtype, t.grad.tolist()) == (np.float32, [0.5, 0.5])
    x.grad = 3e200
    assert clip_grad_norm(x, 1.0) == 3e200
    assert x.grad == pytest.approx(1.0)


@pytest.mark.parametrize("wrong", [math.nan, math.inf])
def test_gradients_that_are_not_finite_are_left_for_the_optimizer_to_find(wrong):
    a, b = Value(1.0), Value(1.0)
    a.grad, b.grad = 10.0, wrong
    for clip in (clip_grad_norm, clip_grad_value):
        assert str(clip([a, b], 1.0)) == str(wrong)
        assert (a.grad, str(b.grad)) == (10.0, str(wrong))


def test_parameters_without_gradients_and_frozen_ones_are_left_out():
    a, b, c = Value(1.0), Value(1.0), Value(1.0)
    assert clip_grad_norm([a, b], 1.0) == clip_grad_value([a, b], 1.0) == 0.0
    a.grad = b.grad = c.grad = 4.0
    set_frozen([b], True)
    adopt([b, c])
    assert clip_grad_norm([a, b, c], 0.0) == pytest.approx(math.sqrt(32))
    assert (a.grad, b.grad, c.grad) == (0.0, 4.0, 0.0)


@pytest.mark.parametrize(
    ("clip", "error", "message"),
    [
        (lambda x: clip_grad_norm([x], -1.0), InputValueError, "max_norm must be finite and not negative"),
        (lambda x: clip_grad_norm([x], 1.0, norm_type=0), InputValueError, "norm_type must be more than 0"),
        (lambda x: clip_grad_norm([x], 1.0, norm_type=math.nan), InputValueError, "norm_type must be more than 0"),
        (lambda x: clip_grad_norm([], 1.0), InputValueError, "at least one parameter"),
        (lambda x: clip_grad_value([x], "1"), InputTypeError, "clip_value takes a real number"),
        (lambda x: clip_grad_value(3.0, 1.0), InputTypeError, "a sequence of parameters, not float"),
    ],
)
def test_wrong_limits_are_refused(clip, error, message):
    with pytest.raises(error, match=message):
        clip(Value(1.0))
