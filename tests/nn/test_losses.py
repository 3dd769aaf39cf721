"""Losses: published values and gradients, the edges, and what they refuse."""

import json
import math
from pathlib import Path

import numpy as np
import pytest

from autograd import InputTypeError, InputValueError, Value, program, scope
from nn import losses

CASES = json.loads((Path(__file__).parents[1] / "data/losses.json").read_text())
INF = math.inf


def loss_and_gradients(loss, x, *rest, **options):
    values = [Value(number) for number in x] if isinstance(x, list) else [Value(x)]
    y = loss(values if isinstance(x, list) else values[0], *rest, **options)
    y.backward()
    return y.data, [value.grad for value in values]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["loss"])
def test_losses_and_gradients_are_the_published_ones(case):
    value, gradients = loss_and_gradients(getattr(losses, case["loss"]), case["x"], case["target"], **case["options"])
    assert value == pytest.approx(case["value"], rel=1e-12)
    assert gradients == pytest.approx(case["gradients"], rel=1e-12)


# Each pair of scalars: the loss, and its derivative by the prediction.
PAIRS = [
    ("mse", 3.0, 1.0, 4.0, 4.0),
    ("mse", 1e200, -1e200, INF, 4e200),
    ("mae", 3.0, 1.0, 2.0, 1.0),
    ("mae", 1.0, 3.0, 2.0, -1.0),
    ("mae", 1.0, 1.0, 0.0, 0.0),
    ("huber", 0.5, 0.0, 0.125, 0.5),
    ("huber", 1.0, 0.0, 0.5, 1.0),
    ("huber", -3.0, 0.0, 2.5, -1.0),
    ("huber", INF, 0.0, INF, 1.0),
    ("hinge", 0.25, -1, 1.25, 1.0),
    ("hinge", 0.25, 1, 0.75, -1.0),
    ("hinge", 1.0, 1, 0.0, 0.0),
    ("hinge", -5.0, -1.0, 0.0, 0.0),
    ("binary_cross_entropy", 0.25, 1, math.log(4), -4.0),
    ("binary_cross_entropy", 0.25, 0, -math.log(0.75), 4 / 3),
    ("binary_cross_entropy", 0.25, 0.5, -0.5 * math.log(3 / 16), -4 / 3),
    ("binary_cross_entropy", 0.0, 0, 0.0, 1.0),
    ("binary_cross_entropy", 1.0, 1, 0.0, -1.0),
    ("binary_cross_entropy", 0.0, 1, INF, -INF),
    ("binary_cross_entropy", 1.0, 0, INF, INF),
    ("binary_cross_entropy", 1e-20, 0, 1e-20, 1.0),
    ("binary_cross_entropy_with_logits", 0.0, 1, math.log(2), -0.5),
    ("binary_cross_entropy_with_logits", 0.0, 0.25, math.log(2), 0.25),
    ("binary_cross_entropy_with_logits", 50.0, 1, math.exp(-50), -math.exp(-50)),
    ("binary_cross_entropy_with_logits", -50.0, 0, math.exp(-50), math.exp(-50)),
    ("binary_cross_entropy_with_logits", -1000.0, 1, 1000.0, -1.0),
    ("binary_cross_entropy_with_logits", INF, 1, 0.0, 0.0),
    ("binary_cross_entropy_with_logits", INF, 0, INF, 1.0),
    ("cross_entropy", [1000.0, 0.0], 0, 0.0, [0.0, 0.0]),
    ("cross_entropy", [1000.0, 0.0], 1, 1000.0, [1.0, -1.0]),
    ("cross_entropy", [2.0, 2.0, 2.0, 2.0], 3, math.log(4), [0.25, 0.25, 0.25, -0.75]),
    ("cross_entropy", [-INF, 0.0], 1, 0.0, [0.0, 0.0]),
    ("cross_entropy", [5.0], 0, 0.0, [0.0]),
]


@pytest.mark.parametrize(("name", "prediction", "target", "value", "derivative"), PAIRS)
def test_the_loss_of_one_pair_is_exact_also_at_the_edges(name, prediction, target, value, derivative):
    found, gradients = loss_and_gradients(getattr(losses, name), prediction, target)
    assert found == pytest.approx(value, rel=1e-14)
    assert math.copysign(1, found) == 1
    assert gradients == pytest.approx(derivative if isinstance(derivative, list) else [derivative], rel=1e-14)


@pytest.mark.parametrize(
    ("name", "prediction", "target"), [(n, p, t) for n, p, t, value, _ in PAIRS if math.isfinite(value)]
)
def test_losses_of_several_pairs_are_averaged_or_added(name, prediction, target):
    loss = getattr(losses, name)
    one, gradients = loss_and_gradients(loss, prediction, target)
    predictions = [[Value(x) for x in prediction] if isinstance(prediction, list) else Value(prediction)] * 4
    for reduction, factor in [("mean", 1), ("sum", 4)]:
        y = loss(predictions, (target,) * 4, reduction=reduction)
        assert y.data == pytest.approx(factor * one, rel=1e-14)
    y.backward()
    first = predictions[0] if isinstance(prediction, list) else predictions[:1]
    assert [x.grad for x in first] == pytest.approx([4 * gradient for gradient in gradients], rel=1e-14)


@pytest.mark.parametrize(("name", "prediction", "target", "value"), [case[:4] for case in PAIRS])
def test_plain_numbers_have_a_loss_that_is_a_plain_number(name, prediction, target, value):
    found = getattr(losses, name)(prediction, target)
    assert type(found) is float
    assert found == pytest.approx(value, rel=1e-14)


def test_targets_may_be_values_and_get_gradients_too():
    t = Value(1.0)
    losses.mse(3.0, t).backward()
    assert t.grad == -4.0
    for name, by_target in [
        ("binary_cross_entropy", math.log(3)),  # log((1 - p) / p)
        ("binary_cross_entropy_with_logits", -0.25),  # -z
    ]:
        t = Value(0.5)
        getattr(losses, name)(0.25, t).backward()
        assert t.grad == pytest.approx(by_target, rel=1e-14)


def test_arrays_of_targets_are_taken_like_lists():
    scores = [Value(0.5), Value(0.5)]
    assert losses.hinge(scores, np.array([1, -1])).data == 1.0
    assert losses.binary_cross_entropy_with_logits(scores, np.array([True, False])).data > 0
    assert losses.cross_entropy([scores, scores], np.array([0, 1])).data == pytest.approx(math.log(2))


def test_label_smoothing_mixes_in_the_loss_of_every_class():
    logits = [1.0, 2.0, 4.0]
    even = sum(losses.cross_entropy(logits, k) for k in range(3)) / 3
    smooth = losses.cross_entropy(logits, 0, label_smoothing=0.25)
    assert smooth == pytest.approx(0.75 * losses.cross_entropy(logits, 0) + 0.25 * even, rel=1e-14)


def test_what_a_loss_records_carries_its_scope_and_what_it_is_given_does_not():
    x = Value(2.0)
    score = x * 3
    y = losses.hinge([score], [-1])
    assert [(entry.op.name, entry.scope) for entry in program(y) if entry.op] == [
        ("mul", ""),
        ("mul", "loss"),
        ("sub", "loss"),
        ("relu", "loss"),
        ("mean", "loss"),
    ]
    with scope("critic"):
        assert losses.mse(x, 1.0).scope == "critic.loss"
    assert (x + 1).scope == ""


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: losses.mse([1.0], [1.0, 2.0]), InputValueError, "1 predictions and 2 targets"),
        (lambda: losses.mse([], []), InputValueError, "no predictions"),
        (lambda: losses.mse(1.0, [1.0]), InputTypeError, "not float and list"),
        (lambda: losses.mse([1.0], 1.0), InputTypeError, "not list and float"),
        (lambda: losses.mse("1", 1.0), InputTypeError, "not str '1'"),
        (lambda: losses.mae([1.0], [None]), InputTypeError, "not NoneType"),
        (lambda: losses.mae([1.0], [1.0], reduction="none"), InputValueError, '"mean" or "sum", not \'none\''),
        (lambda: losses.huber(1.0, 2.0, delta=0.0), InputValueError, "positive delta, not 0.0"),
        (lambda: losses.huber(1.0, 2.0, delta=math.nan), InputValueError, "positive delta, not nan"),
        (lambda: losses.huber(1.0, 2.0, delta="1"), InputTypeError, "delta takes a real number"),
        (lambda: losses.hinge(1.0, 0), InputValueError, r"targets -1 and 1, not 0; .* 2 \* t - 1"),
        (lambda: losses.hinge([0.5, 0.5], [1, 2]), InputValueError, "not 2"),
        (lambda: losses.binary_cross_entropy(1.5, 1), InputValueError, "probabilities between 0 and 1, not 1.5"),
        (lambda: losses.binary_cross_entropy(Value(-0.5), 1), InputValueError, "between 0 and 1, not Value"),
        (lambda: losses.binary_cross_entropy(0.5, -1), InputValueError, "targets between 0 and 1, not -1"),
        (lambda: losses.binary_cross_entropy_with_logits(5.0, 2), InputValueError, "targets between 0 and 1, not 2"),
        (lambda: losses.cross_entropy([1.0, 2.0], 2), InputValueError, "no class 2 among 2 scores"),
        (lambda: losses.cross_entropy([1.0, 2.0], -1), InputValueError, "no class -1"),
        (lambda: losses.cross_entropy([1.0, 2.0], 1.0), InputTypeError, "whole number, not float 1.0"),
        (lambda: losses.cross_entropy([1.0, 2.0], [0, 1]), InputTypeError, "a score for each class, not float 1.0"),
        (lambda: losses.cross_entropy(1.0, 0), InputTypeError, "binary_cross_entropy_with_logits"),
        (lambda: losses.cross_entropy([[1.0]], [0], label_smoothing=1.0), InputValueError, "less than 1, not 1.0"),
        (lambda: losses.cross_entropy([[1.0]], [0], label_smoothing=None), InputTypeError, "label_smoothing takes"),
    ],
)
def test_what_has_no_loss_is_refused(call, error, message):
    with pytest.raises(error, match=message):
        call()
