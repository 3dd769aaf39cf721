"""Every public callable of nn answers odd arguments with a sentence of ours, or takes them."""

import numpy as np
import pytest

from autograd import Tensor, Value
from nn import MLP, Layer, Module, Neuron, init, losses, optim
from tests.support.odd import ODD, misbehaviour

PAIR = {"prediction": 0.5, "target": 1.0, "reduction": "mean"}
BINARY = {"target": 1.0, "reduction": "mean"}
SPREAD = {"std": 1.0, "rng": None}
GAIN = {"gain": 1.0, "rng": None}


def step(parameters, lr):
    optimizer = optim.SGD(parameters, lr)
    moved(optimizer)


def moved(optimizer):
    for parameter in optimizer.parameters:
        parameter.grad = np.ones(parameter.shape) if isinstance(parameter, Tensor) else 1.0
    optimizer.step()


def assign(item):
    module = Module()
    module.item = item
    module.parameters()
    repr(module)


# A callable, and arguments with which it works.
CALLS = {
    "Neuron": (Neuron, {"n_in": 2, "activation": "relu", "init": "uniform"}),
    "Layer": (Layer, {"n_in": 2, "n_out": 1, "activation": "relu", "init": "uniform"}),
    "MLP": (MLP, {"n_in": 2, "widths": [2, 1], "activation": "relu", "output": "linear", "init": "uniform"}),
    "a neuron": (lambda x: Neuron(2)(x), {"x": [1.0, 2.0]}),
    "a layer": (lambda x: Layer(2, 2)(x), {"x": [1.0, 2.0]}),
    "a network": (lambda x: MLP(2, [2, 1])(x), {"x": [1.0, 2.0]}),
    "an input": (lambda x: MLP(2, [2, 1])([x, 1.0]), {"x": 1.0}),
    "train": (lambda mode: MLP(2, [1]).train(mode), {"mode": True}),
    "an attribute": (assign, {"item": 1.0}),
    "SGD": (step, {"parameters": [Value(1.0)], "lr": 0.1}),
    **{
        kind.__name__: (lambda *, _kind=kind, **given: moved(_kind([Value(1.0)], **given)), dict(settings))
        for kind, settings in {
            optim.Adagrad: {"lr_decay": 0.1, "initial_accumulator_value": 0.1, "eps": 0.1, "eps_inside": True},
            optim.RMSprop: {"alpha": 0.9, "momentum": 0.5, "centered": True},
            optim.Adadelta: {"rho": 0.9, "eps": 0.1},
            optim.Adam: {"betas": (0.9, 0.99), "amsgrad": True, "bias_correction": False, "on_nonfinite": "skip"},
            optim.AdamW: {"lr": 0.1, "weight_decay": 0.1, "maximize": True},
            optim.LAMB: {"lr": 0.1, "weight_decay": 0.1},
        }.items()
    },
    "momentum": (
        lambda **given: moved(optim.SGD([Value(1.0)], **given)),
        {"momentum": 0.5, "dampening": 0.0, "weight_decay": 0.1, "nesterov": False, "form": "averaging"},
    ),
    "a parameter group": (
        lambda group: moved(optim.SGD([group, {"params": [Value(1.0)]}], 0.1)),
        {"group": {"params": [Value(1.0)]}},
    ),
    "parameters of a group": (
        lambda params: moved(optim.SGD([{"params": params}], 0.1)),
        {"params": [Value(1.0)]},
    ),
    "add_param_group": (
        lambda group: optim.SGD([Value(1.0)]).add_param_group(group),
        {"group": {"params": [Value(1.0)]}},
    ),
    "load_state_dict": (optim.SGD([Value(1.0)]).load_state_dict, {"state": optim.SGD([Value(1.0)]).state_dict()}),
    "a schedule": (lambda rate: step([Value(1.0)], lambda _: rate), {"rate": 0.1}),
    "mse": (losses.mse, {**PAIR, "half": True}),
    "mae": (losses.mae, PAIR),
    "huber": (losses.huber, {**PAIR, "delta": 1.0}),
    "hinge": (losses.hinge, {"score": 0.5, **BINARY}),
    "binary_cross_entropy": (losses.binary_cross_entropy, {"probability": 0.5, **BINARY, "weight": 2.0}),
    "binary_cross_entropy_with_logits": (
        losses.binary_cross_entropy_with_logits,
        {"logit": 0.5, **BINARY, "weight": 2.0, "pos_weight": 2.0},
    ),
    "kl_divergence": (losses.kl_divergence, {"log_probability": -0.5, **BINARY, "log_target": False}),
    "cross_entropy": (
        losses.cross_entropy,
        {"logits": [1.0, 2.0], "target": 1, "label_smoothing": 0.1, "reduction": "mean", "weight": [1.0, 2.0]},
    ),
    "nll": (
        losses.nll,
        {"log_probabilities": [-1.0, -2.0], "target": 1, "reduction": "mean", "weight": [1.0, 2.0]},
    ),
    "multi_margin": (
        losses.multi_margin,
        {"scores": [1.0, 2.0], "target": 1, "p": 1, "margin": 1.0, "reduction": "mean", "weight": [1.0, 2.0]},
    ),
    "cosine_embedding": (
        losses.cosine_embedding,
        {"first": [1.0, 2.0], "second": [1.0, 3.0], "target": 1, "margin": 0.5, "reduction": "mean"},
    ),
    "triplet_margin": (
        losses.triplet_margin,
        {
            "anchor": [1.0, 2.0],
            "positive": [1.0, 3.0],
            "negative": [0.0, 1.0],
            "margin": 0.5,
            "p": 2.0,
            "reduction": "mean",
            "swap": False,
            "eps": 1e-6,
        },
    ),
    "uniform": (init.uniform, {"low": -1.0, "high": 1.0, "rng": None}),
    "normal": (init.normal, SPREAD),
    "xavier_uniform": (init.xavier_uniform, GAIN),
    "xavier_normal": (init.xavier_normal, GAIN),
    "he_uniform": (init.he_uniform, {"rng": None}),
    "he_normal": (init.he_normal, {"rng": None}),
    "lecun_uniform": (init.lecun_uniform, {"rng": None}),
    "lecun_normal": (init.lecun_normal, {"rng": None}),
    "truncated_normal": (init.truncated_normal, {"std": 1.0, "cut": 2.0, "rng": None}),
    "orthogonal": (init.orthogonal, GAIN),
    "fans": (init.fans, {"shape": (2, 3)}),
    "Distribution": (init.he_normal().array, {"shape": (2, 3), "fan_in": 3, "fan_out": 2}),
    "constant": (init.constant, {"value": 0.1}),
    "resolve": (init.resolve, {"init": "uniform"}),
}
CALLABLE = {"activation", "output", "init", "lr"}
PLACES = [(name, option) for name, (_, options) in CALLS.items() for option in options]


@pytest.mark.parametrize(("name", "option"), PLACES)
def test_an_odd_argument_is_taken_or_refused_with_a_sentence(name, option):
    call, options = CALLS[name]
    call(**options)
    # A builtin is a callable like any other, which then fails in its own words.
    odd_ones = {odd: make for odd, make in ODD.items() if odd != "builtin" or option not in CALLABLE}
    answers = {odd: misbehaviour(call, **{**options, option: make()}) for odd, make in odd_ones.items()}
    assert not {odd: answer for odd, answer in answers.items() if answer}


@pytest.mark.parametrize("name", ["mse", "mae", "huber", "hinge", "binary_cross_entropy", "cross_entropy", "nll"])
def test_two_odd_arguments_are_taken_or_refused_with_a_sentence(name):
    loss = getattr(losses, name)
    pairs = [(one, other) for one in ODD for other in ODD]
    answers = {pair: misbehaviour(loss, *(ODD[each]() for each in pair)) for pair in pairs}
    assert not {pair: answer for pair, answer in answers.items() if answer}


def test_every_public_callable_is_tried():
    public = {name for name in init.__all__ if name not in ("Initializer", "zeros") and "glorot" not in name}
    public |= {*losses.__all__, *({*optim.__all__} - {"Optimizer"}), "Neuron", "Layer", "MLP"}
    assert {name for name in public if "kaiming" not in name} <= CALLS.keys()
