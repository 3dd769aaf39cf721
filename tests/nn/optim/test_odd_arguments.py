"""Every public callable of nn.optim answers odd arguments with a sentence of ours, or takes them."""

import numpy as np
import pytest

from autograd import Tensor, Value
from nn import optim
from tests.support.odd import ODD, misbehaviour

DECAY = {"weight_decay": 0.1, "maximize": True, "on_nonfinite": "skip"}
BETAS = {"lr": 0.1, "betas": (0.9, 0.99), "eps": 0.1, **DECAY}


def moved(optimizer):
    for parameter in optimizer.parameters:
        parameter.grad = np.ones(parameter.shape) if isinstance(parameter, Tensor) else 1.0
    optimizer.step()


def trained(kind):
    """A function that makes an optimizer and takes a step."""
    return lambda parameters=None, **given: moved(kind([Value(1.0)] if parameters is None else parameters, **given))


def rates(schedule):
    """A function that makes a schedule and computes some rates."""
    return lambda **given: [schedule(**given)(t) for t in range(5)]


def reached():
    x = Value(1.0)
    x.grad = 3.0
    return [x]


# A callable, and arguments with which it works.
CALLS = {
    "SGD": (
        trained(optim.SGD),
        {
            "parameters": [Value(1.0)],
            "lr": 0.1,
            "momentum": 0.5,
            "dampening": 0.0,
            "nesterov": False,
            "form": "averaging",
        },
    ),
    "Adagrad": (
        trained(optim.Adagrad),
        {"lr": 0.1, "lr_decay": 0.1, "initial_accumulator_value": 0.1, "eps": 0.1, "eps_inside": True, **DECAY},
    ),
    "RMSprop": (trained(optim.RMSprop), {"alpha": 0.9, "momentum": 0.5, "centered": True, "eps_inside": True, **DECAY}),
    "Adadelta": (trained(optim.Adadelta), {"rho": 0.9, "eps": 0.1, **DECAY}),
    "Adam": (trained(optim.Adam), {"amsgrad": True, "eps_inside": True, "bias_correction": False, **BETAS}),
    "AdamW": (trained(optim.AdamW), BETAS),
    "LAMB": (trained(optim.LAMB), BETAS),
    "a group": (
        lambda group: moved(optim.SGD([group, {"params": [Value(1.0)]}], 0.1)),
        {"group": {"params": [Value(1.0)]}},
    ),
    "parameters of a group": (lambda params: moved(optim.SGD([{"params": params}])), {"params": [Value(1.0)]}),
    "add_param_group": (
        lambda group: optim.SGD([Value(1.0)]).add_param_group(group),
        {"group": {"params": [Value(1.0)]}},
    ),
    "load_state_dict": (optim.SGD([Value(1.0)]).load_state_dict, {"state": optim.SGD([Value(1.0)]).state_dict()}),
    "a rate of a schedule": (lambda rate: trained(optim.SGD)(lr=lambda _: rate), {"rate": 0.1}),
    "clip_grad_norm": (optim.clip_grad_norm, {"parameters": reached(), "max_norm": 1.0, "norm_type": 2.0}),
    "clip_grad_value": (optim.clip_grad_value, {"parameters": reached(), "clip_value": 1.0}),
    "minimize": (
        lambda loss=None, parameters=None, **given: optim.minimize(
            (lambda: QUADRATIC[0] ** 2) if loss is None else loss,
            QUADRATIC if parameters is None else parameters,
            **given,
        ),
        {"loss": None, "parameters": None, "method": "BFGS", "tol": 0.1, "max_steps": 3},
    ),
    "a loss that is minimised": (lambda loss: optim.minimize(lambda: loss, QUADRATIC), {"loss": None}),
    "constant": (rates(optim.constant), {"rate": 0.1}),
    "step": (rates(optim.step), {"rate": 0.1, "size": 3, "gamma": 0.5}),
    "multi_step": (rates(optim.multi_step), {"rate": 0.1, "milestones": [1, 2], "gamma": 0.5}),
    "exponential": (rates(optim.exponential), {"rate": 0.1, "gamma": 0.5}),
    "inverse": (rates(optim.inverse), {"rate": 0.1, "decay": 0.5}),
    "power": (rates(optim.power), {"rate": 0.1, "p": 0.5}),
    "polynomial": (rates(optim.polynomial), {"rate": 0.1, "steps": 3, "power": 2.0, "least": 0.01}),
    "cosine": (rates(optim.cosine), {"rate": 0.1, "steps": 3, "least": 0.01}),
    "warm_restarts": (rates(optim.warm_restarts), {"rate": 0.1, "steps": 3, "factor": 2, "least": 0.01}),
    "warmup": (rates(optim.warmup), {"steps": 3, "then": 0.1, "start": 0.5}),
    "sequence": (rates(optim.sequence), {"first": 0.2, "steps": 3, "then": 0.1}),
    "one_cycle": (
        rates(optim.one_cycle),
        {"highest": 0.1, "steps": 9, "rise": 0.5, "start": 0.01, "end": 0.001, "shape": "linear"},
    ),
    "reduce_on_plateau": (
        rates(optim.reduce_on_plateau),
        {
            "rate": 0.1,
            "factor": 0.5,
            "patience": 1,
            "threshold": 0.1,
            "threshold_mode": "abs",
            "mode": "max",
            "cooldown": 1,
            "least": 0.01,
            "eps": 0.1,
        },
    ),
    "a loss that is observed": (lambda loss: optim.reduce_on_plateau(0.1).observe(loss), {"loss": 1.0}),
    "a step of a schedule": (lambda step: optim.cosine(0.1, 3)(step), {"step": 1}),
}
QUADRATIC = [Value(1.0)]
CALLABLE = {"lr", "then", "first", "loss"}  # a builtin is a callable like any other, which then fails in its own words
PLACES = [(name, option) for name, (_, options) in CALLS.items() for option in options]


@pytest.mark.parametrize(("name", "option"), PLACES)
def test_an_odd_argument_is_taken_or_refused_with_a_sentence(name, option):
    call, options = CALLS[name]
    if name != "a loss that is minimised":
        call(**options)
    odd_ones = {odd: make for odd, make in ODD.items() if odd != "builtin" or option not in CALLABLE}
    answers = {odd: misbehaviour(call, **{**options, option: make()}) for odd, make in odd_ones.items()}
    assert not {odd: answer for odd, answer in answers.items() if answer}


def test_every_public_callable_is_tried():
    assert {*optim.__all__} - {"Optimizer", "Minimum"} <= CALLS.keys()
