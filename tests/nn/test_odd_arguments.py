"""Every public callable of nn answers odd arguments with a sentence of ours, or takes them."""

import pytest

from nn import MLP, Layer, Module, Neuron, init, losses
from tests.support.odd import ODD, misbehaviour

PAIR = {"prediction": 0.5, "target": 1.0, "reduction": "mean"}
BINARY = {"target": 1.0, "reduction": "mean"}
SPREAD = {"std": 1.0, "rng": None}
GAIN = {"gain": 1.0, "rng": None}


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
CALLABLE = {"activation", "output", "init"}
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
    public |= {*losses.__all__, "Neuron", "Layer", "MLP"}
    assert {name for name in public if "kaiming" not in name} <= CALLS.keys()
