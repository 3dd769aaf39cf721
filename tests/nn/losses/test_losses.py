"""Losses: published values and gradients, the edges, and what they refuse."""

import json
import math
from pathlib import Path

import numpy as np
import pytest

from autograd import InputTypeError, InputValueError, Tensor, Value, program, scope
from nn import losses

CASES = json.loads((Path(__file__).parents[2] / "data/losses.json").read_text())
INF = math.inf


def loss_and_gradients(loss, x, *rest, **options):
    values = [Value(number) for number in x] if isinstance(x, list) else [Value(x)]
    y = loss(values if isinstance(x, list) else values[0], *rest, **options)
    y.backward()
    return y.data, [value.grad for value in values]


@pytest.mark.smoke
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


@pytest.mark.parametrize("sides", [[1, -1, -1], np.array([1.0, -1.0, -1.0])])
@pytest.mark.parametrize("make", [lambda row: [Value(x) for x in row], Tensor])
def test_labels_of_minus_one_and_one_have_the_logistic_loss(make, sides):
    y = losses.binary_cross_entropy_with_logits(make([2.0, 3.0, -50.0]), sides, reduction="none")
    wanted = [math.log1p(math.exp(-t * z)) for t, z in zip(sides, [2.0, 3.0, -50.0], strict=True)]
    assert [float(each.item()) for each in y] == pytest.approx(wanted, rel=1e-14)


def test_one_hot_rows_name_the_true_class_for_the_margin_too():
    scores, rows = [[1.0, 2.0, 4.0], [0.5, 0.0, 0.25]], np.eye(3)[[0, 2]]
    for make in (lambda rows: [[Value(x) for x in row] for row in rows], Tensor):
        found = [float(losses.multi_margin(make(scores), target).item()) for target in ([0, 2], rows, rows.tolist())]
        assert found[0] == found[1] == found[2]
    assert losses.multi_margin([Value(3.0)], 0).data == 0.0  # of one class there is no other


@pytest.mark.parametrize("make", [lambda row: [Value(x) for x in row], Tensor])
@pytest.mark.parametrize(
    ("loss", "target", "options", "value", "derivatives"),
    [
        ("cross_entropy", 1, {"label_smoothing": 0.1}, 19000.0, [0.95, -0.95]),
        ("cross_entropy", 1, {"weight": [1, 3], "reduction": "sum"}, 60000.0, [3.0, -3.0]),
        ("cross_entropy", [0.25, 0.75], {}, 15000.0, [0.75, -0.75]),
        ("multi_margin", 1, {}, 10000.5, [0.5, -0.5]),
        ("multi_margin", 0, {"p": 2}, 0.0, [0.0, 0.0]),
        ("binary_cross_entropy_with_logits", [0, 1], {"pos_weight": 2.0}, 15000.0, [0.5, -1.0]),
        ("binary_cross_entropy_with_logits", [-1, 1], {"weight": 3.0}, 30000.0, [1.5, -1.5]),
        ("binary_cross_entropy_with_logits", [0.5, 0.5], {}, 5000.0, [0.25, -0.25]),
    ],
)
def test_scores_of_ten_thousand_have_exact_losses_and_derivatives(loss, target, options, value, derivatives, make):
    z = make([1e4, -1e4])
    y = getattr(losses, loss)(z, target, **options)
    y.backward()
    assert float(y.item()) == pytest.approx(value, rel=1e-14, abs=0)
    assert gradients(z) == pytest.approx(derivatives, rel=1e-14, abs=0)


@pytest.mark.parametrize("p", [0.0, 1.0])
def test_a_certain_probability_has_its_limits_for_targets_that_are_values(p):
    for make in (Value, Tensor):
        x, t = make(p), make(p)
        y = losses.binary_cross_entropy(x, t)
        y.backward()
        assert (y.item(), x.grad) == (0.0, 1 - 2 * p)


def test_a_class_of_probability_zero_adds_nothing_to_the_divergence():
    for make in (lambda row: [Value(x) for x in row], Tensor):
        for target, is_log in ([[0.0, 1.0], False], [[-INF, 0.0], True]):
            q = make([-INF, 0.0])
            y = losses.kl_divergence(q, target, "none", log_target=is_log)
            assert [float(each.item()) for each in y] == [0.0, 0.0]
            sum(y).backward()
            assert gradients(q) == [0.0, -1.0]


def test_losses_one_by_one_have_the_shape_of_the_predictions():
    rows = [[[1.0, 2.0], [3.0, 4.0]], [[5.0, 6.0], [7.0, 8.0]]]
    assert losses.mae(rows, np.zeros((2, 2, 2)), reduction="none") == rows
    assert losses.mae(Tensor(rows), np.zeros((2, 2, 2)), reduction="none").data.tolist() == rows
    assert losses.mae(2.0, 0.0, reduction="none") == 2.0
    assert np.shape(losses.cross_entropy(rows, [[0, 1], [1, 0]], reduction="none")) == (2, 2)


def test_the_weight_of_a_single_label_cancels_in_the_mean_and_counts_in_the_sum():
    z = [Value(0.5), Value(2.0)]
    plain = losses.cross_entropy(z, 0).data
    assert losses.cross_entropy(z, 0, weight=[3, 1]).data == pytest.approx(plain, rel=1e-14)
    assert losses.cross_entropy(z, 0, reduction="sum", weight=[3, 1]).data == pytest.approx(3 * plain, rel=1e-14)


def test_arrays_of_targets_are_taken_like_lists():
    scores = [Value(0.5), Value(0.5)]
    assert losses.hinge(scores, np.array([1, -1])).data == 1.0
    assert losses.binary_cross_entropy_with_logits(scores, np.array([True, False])).data > 0
    assert losses.cross_entropy([scores, scores], np.array([0, 1])).data == pytest.approx(math.log(2))


def nested(depth):
    inside = 1.0
    for _ in range(depth):
        inside = [inside]
    return inside


def test_losses_of_several_outputs_are_the_mean_over_all_of_them():
    rows = [[Value(1.0), Value(2.0)], [Value(3.0), Value(4.0)]]
    y = losses.mse(rows, [[0, 0], [0, 0]])
    y.backward()
    assert y.data == 7.5  # (1 + 4 + 9 + 16) / 4
    assert [[x.grad for x in row] for row in rows] == [[0.5, 1.0], [1.5, 2.0]]  # 2 p / 4
    assert losses.mse(np.array(rows), np.zeros((2, 2)), reduction="sum").data == 30.0
    assert losses.mae([rows], [[[0.0, 0.0], [1.0, 1.0]]]).data == 2.0


# Predictions and targets of one shape, and their kinds: nested lists, arrays of objects, tensors, and mixtures.
KINDS = {
    "arrays of objects": lambda rows: np.array([[Value(x) for x in row] for row in rows]),
    "a tensor": lambda rows: Tensor(rows),
    "tensors in a list": lambda rows: [Tensor(row) for row in rows],
    "tensors without axes": lambda rows: [[Tensor(x) for x in row] for row in rows],
    "a tensor beside values": lambda rows: [Tensor(rows[0]), [Value(x) for x in rows[1]]],
    "single precision": lambda rows: Tensor(np.array(rows, np.float32)),
}
ROWS = {
    "mse": ([[3.0, -1.0], [0.5, 2.0]], [[1.0, 0.0], [0.5, -2.0]]),
    "mae": ([[3.0, -1.0], [0.5, 2.0]], [[1.0, 0.0], [0.5, -2.0]]),
    "huber": ([[3.0, -1.0], [0.5, 2.0]], [[1.0, -0.5], [0.5, -2.0]]),
    "hinge": ([[3.0, -1.0], [0.5, 2.0]], [[1, -1], [1, -1]]),
    "binary_cross_entropy": ([[0.25, 0.5], [0.125, 1.0]], [[1, 0], [0.25, 1]]),
    "binary_cross_entropy_with_logits": ([[3.0, -1.0], [0.5, -1000.0]], [[1, 0], [0.25, 0]]),
}


def gradients(given):
    if isinstance(given, Value | Tensor):
        return np.asarray(given.grad, dtype=float).tolist()
    return [gradients(each) for each in given]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ROWS)
@pytest.mark.parametrize("reduction", ["mean", "sum"])
@pytest.mark.untraced
def test_arrays_have_the_losses_and_gradients_of_their_numbers(name, kind, reduction):
    predictions, targets = ROWS[name]
    loss = getattr(losses, name)
    pairs = [(Value(p), t) for row in zip(predictions, targets, strict=True) for p, t in zip(*row, strict=True)]
    for p, t in pairs:
        loss(p, t).backward()
    share = 1 if reduction == "sum" else 4
    given = KINDS[kind](predictions)
    y = loss(given, targets, reduction=reduction)
    y.backward()
    assert float(y.item()) == pytest.approx(sum(loss(p.data, t) for p, t in pairs) / share, rel=1e-6)
    assert np.ravel(gradients(given)).tolist() == pytest.approx([p.grad / share for p, _ in pairs], rel=1e-6)
    assert y.scope == "loss"


@pytest.mark.parametrize("case", [case for case in PAIRS if not isinstance(case[1], list)], ids=str)
def test_the_loss_of_a_tensor_is_exact_at_the_edges_as_that_of_a_number_is(case):
    name, prediction, target, value, derivative = case
    t = Tensor([prediction, prediction])
    y = getattr(losses, name)(t, [target, target])
    y.backward()
    assert y.item() == pytest.approx(value, rel=1e-14)
    assert t.grad.tolist() == pytest.approx([derivative / 2] * 2, rel=1e-14)


def test_targets_may_be_tensors_and_get_gradients_too():
    t = Tensor([0.5, 0.25])
    losses.binary_cross_entropy(np.array([0.25, 0.25]), t, reduction="sum").backward()
    assert t.grad.tolist() == pytest.approx([math.log(3)] * 2, rel=1e-14)  # log((1 - p) / p)
    p = Tensor([0.25, 0.75])
    losses.cross_entropy([1.0, 3.0], p).backward()
    assert p.grad.tolist() == [-1.0, -3.0]  # -z


@pytest.mark.parametrize("label", [1, 1.0, np.float32(1), np.int64(1), True, np.True_, np.array(1), Value(1.0), [0, 1]])
def test_the_true_class_may_be_a_number_of_any_kind_or_one_hot(label):
    z = [Value(0.5), Value(2.0)]
    y = losses.cross_entropy(z, label)
    y.backward()
    assert y.data == pytest.approx(math.log1p(math.exp(-1.5)), rel=1e-14)
    first = 1 / (1 + math.exp(1.5))
    assert [x.grad for x in z] == pytest.approx([first, -first], rel=1e-14)


LABELS = {
    "ints": [2, 0],
    "floats": [2.0, 0.0],
    "array": np.array([2.0, 0.0]),
    "objects": np.array([2, 0], dtype=object),
    "one-hot": [[0, 0, 1], [1, 0, 0]],
    "one-hot array": np.eye(3)[[2, 0]],
    "tensor": Tensor([2.0, 0.0]),
}


@pytest.mark.parametrize("kind", LABELS)
@pytest.mark.parametrize("smoothing", [0.0, 0.25])
@pytest.mark.parametrize("make", [lambda rows: [[Value(x) for x in row] for row in rows], Tensor])
def test_classes_may_be_labels_or_one_hot_rows_of_scalars_and_of_arrays(make, smoothing, kind):
    rows = [[1.0, 2.0, 4.0], [0.5, -INF if not smoothing else -1.0, 0.0]]
    scores = make(rows)
    y = losses.cross_entropy(scores, LABELS[kind], label_smoothing=smoothing)
    y.backward()
    exps = [[math.exp(x) for x in row] for row in rows]
    softmax = np.array([[e / sum(row) for e in row] for row in exps])
    wanted = (1 - smoothing) * np.eye(3)[[2, 0]] + smoothing / 3
    assert np.ravel(gradients(scores)).tolist() == pytest.approx(((softmax - wanted) / 2).ravel().tolist(), abs=1e-15)
    logs = -np.where(wanted > 0, wanted * np.log(np.maximum(softmax, 1e-300)), 0)
    assert float(y.item()) == pytest.approx(logs.sum() / 2, rel=1e-14)


@pytest.mark.parametrize("dtype", [np.int8, np.int32, ">i8", np.int64, np.uint8, np.uint64])
def test_labels_of_every_kind_of_whole_numbers_are_the_same_and_are_checked(dtype):
    scores = np.linspace(0, 1, 900).reshape(3, 300)  # 255 is -1 of eight bits, and a class
    labels = np.array([2, 0, 127])
    given = labels.astype(dtype)
    assert losses.cross_entropy(Tensor(scores), given).item() == losses.cross_entropy(Tensor(scores), labels).item()
    wrong = -1 if np.dtype(dtype).kind == "i" else 127
    given[1] = wrong
    with pytest.raises(InputValueError, match=f"there is no class {wrong} among 100"):
        losses.cross_entropy(Tensor(scores[:, :100]), given)
    assert losses.cross_entropy(Tensor(scores), labels, reduction="none").shape == (3,)
    with pytest.raises(InputValueError, match="3 predictions and 2 targets"):
        losses.cross_entropy(Tensor(scores), given[:2])


@pytest.mark.parametrize("make", [lambda row: [Value(x) for x in row], Tensor])
def test_a_target_of_probabilities_weighs_the_losses_of_the_classes(make):
    z = make([1.0, 2.0, 4.0])
    y = losses.cross_entropy(z, [0.25, 0.0, 0.75])
    each = [losses.cross_entropy([1.0, 2.0, 4.0], k) for k in range(3)]
    assert float(y.item()) == pytest.approx(0.25 * each[0] + 0.75 * each[2], rel=1e-14)


def test_scores_of_any_shape_have_their_classes_along_the_last_axis():
    scores = np.arange(24.0).reshape(2, 4, 3)
    labels = np.arange(8).reshape(2, 4) % 3
    y = losses.cross_entropy(Tensor(scores), labels, reduction="sum")
    flat = losses.cross_entropy(scores.reshape(8, 3), labels.ravel(), reduction="sum")
    assert y.item() == pytest.approx(flat, rel=1e-14)
    assert losses.cross_entropy(scores.tolist(), labels, reduction="sum") == pytest.approx(flat, rel=1e-14)


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
        (lambda: losses.mae([1.0], [1.0], reduction="all"), InputValueError, '"sum" or "none", not \'all\''),
        (lambda: losses.huber(1.0, 2.0, delta=0.0), InputValueError, "positive delta, not 0.0"),
        (lambda: losses.huber(1.0, 2.0, delta=math.nan), InputValueError, "positive delta, not nan"),
        (lambda: losses.huber(1.0, 2.0, delta="1"), InputTypeError, "delta takes a real number"),
        (lambda: losses.hinge(1.0, 0), InputValueError, r"targets -1 and 1, not 0; .* 2 \* t - 1"),
        (lambda: losses.hinge([0.5, 0.5], [1, 2]), InputValueError, "not 2"),
        (lambda: losses.binary_cross_entropy(1.5, 1), InputValueError, "probabilities between 0 and 1, not 1.5"),
        (lambda: losses.binary_cross_entropy(Value(-0.5), 1), InputValueError, "between 0 and 1, not Value"),
        (lambda: losses.binary_cross_entropy(0.5, -1), InputValueError, "targets between 0 and 1, not -1"),
        (lambda: losses.binary_cross_entropy_with_logits(5.0, 2), InputValueError, "labels -1 and 1, not 2"),
        (lambda: losses.cross_entropy([1.0, 2.0], 2), InputValueError, "no class 2 among 2 scores"),
        (lambda: losses.cross_entropy([1.0, 2.0], -1), InputValueError, "no class -1"),
        (lambda: losses.cross_entropy([1.0, 2.0], 1.5), InputTypeError, "whole number, not float 1.5"),
        (lambda: losses.cross_entropy([1.0, 2.0], math.nan), InputTypeError, "whole number, not float nan"),
        (lambda: losses.cross_entropy([1.0, 2.0], "1"), InputTypeError, "whole number, not str '1'"),
        (lambda: losses.cross_entropy([1.0, 2.0], Value(2.0)), InputValueError, r"no class 2\.0 among 2 scores"),
        (
            lambda: losses.cross_entropy([1.0, 2.0], [0, 0.5]),
            InputValueError,
            r"add up to 1, unlike \[0, 0\.5\]; .*alone",
        ),
        (lambda: losses.cross_entropy([1.0, 2.0], [2, -1]), InputValueError, "0 or more and add up to 1"),
        (
            lambda: losses.cross_entropy([1.0, 2.0], [0, 0, 1]),
            InputValueError,
            r"shape \(2,\) and .* shape \(3,\); give",
        ),
        (lambda: losses.cross_entropy([[1.0]] * 2, [0] * 3), InputValueError, "2 predictions and 3 targets"),
        (lambda: losses.cross_entropy([[], []], [0, 0]), InputValueError, "no predictions is not defined"),
        (lambda: losses.cross_entropy(Tensor([1.0, 2.0]), 2), InputValueError, "no class 2 among 2 scores"),
        (lambda: losses.cross_entropy(Tensor([1.0, 2.0]), [1, 1]), InputValueError, "add up to 1"),
        (lambda: losses.cross_entropy(Tensor(1.0), 0), InputTypeError, r"not Tensor Tensor\(1\.\)"),
        (lambda: losses.mse([[1.0, 2.0]], [1.0, 2.0]), InputValueError, r"shape \(1, 2\) and .* shape \(2,\)"),
        (lambda: losses.mse(Tensor([[1.0]]), [1.0]), InputValueError, r"shape \(1, 1\) and .* shape \(1,\)"),
        (lambda: losses.mse([[1.0], [1.0, 2.0]], [[1.0], [2.0]]), InputValueError, "has rows of different lengths"),
        (lambda: losses.mse(nested(40), nested(40)), InputValueError, "nested up to 32 deep"),
        (lambda: losses.mse(Tensor([1.0]), ["x"]), InputTypeError, "not str 'x'"),
        (lambda: losses.mse({"a": 1.0}, {"a": 1.0}), InputTypeError, "not dict"),
        (lambda: losses.mse([1.0], [2.0], reduction=np.ones(2)), InputValueError, '"mean", "sum" or "none"'),
        (
            lambda: losses.hinge(Tensor([0.5, 0.5]), [1, 2]),
            InputValueError,
            r"not array\(\[1\., 2\.\]\); .* 2 \* t - 1",
        ),
        (
            lambda: losses.binary_cross_entropy(Tensor([0.5, 1.5]), [0, 1]),
            InputValueError,
            "between 0 and 1, not Tensor",
        ),
        (lambda: losses.mse([[1.0], [2.0]], [1.0, 2.0]), InputValueError, r"predictions\[\.\.\., 0\] of an array"),
        (lambda: losses.mse(Tensor([1.0, 2.0]), np.ones((2, 1))), InputValueError, r"targets\[\.\.\., 0\] of an array"),
        (lambda: losses.mae(Tensor([[1.0, 2.0]]), np.ones((2, 1))), InputValueError, r"targets\.reshape\(\(1, 2\)\)"),
        (
            lambda: losses.cross_entropy(Tensor([[1.0, 2.0]]), np.zeros((1, 1))),
            InputValueError,
            r"targets\[\.\.\., 0\]",
        ),
        (lambda: losses.mse(Tensor([[1.0]]), np.ones((2, 2))), InputValueError, "give a target for each prediction"),
        (lambda: losses.nll([-1.0], 0, weight=[[1], [1, 2]]), InputTypeError, "weight takes a number or numbers"),
        (lambda: losses.mse(1.0, 2.0, half=1), InputTypeError, "half takes True or False, not int 1"),
        (lambda: losses.binary_cross_entropy(0.5, math.nan), InputValueError, "between 0 and 1, not nan"),
        (lambda: losses.binary_cross_entropy(0.5, 1, weight="x"), InputTypeError, "weight takes a number or numbers"),
        (lambda: losses.binary_cross_entropy(0.5, 1, weight=Value(1.0)), InputTypeError, "no gradient goes to them"),
        (lambda: losses.binary_cross_entropy(0.5, 1, weight=-1), InputValueError, "finite and not negative, unlike -1"),
        (
            lambda: losses.binary_cross_entropy([0.5], [1], weight=[1, 2]),
            InputValueError,
            r"\(2,\), which does not fit",
        ),
        (
            lambda: losses.binary_cross_entropy_with_logits([0.5] * 3, [1, -1, 0]),
            InputValueError,
            r"unlike \[1, -1, 0\]",
        ),
        (lambda: losses.kl_divergence(-1.0, 0.5, log_target="no"), InputTypeError, "log_target takes True or False"),
        (lambda: losses.kl_divergence(-1.0, 0.5, "avg"), InputValueError, '"none" or "batchmean", not'),
        (lambda: losses.kl_divergence(0.5, 0.5), InputValueError, "kl_divergence takes logarithms .* not 0.5; write"),
        (lambda: losses.kl_divergence(-0.5, -0.5), InputValueError, "not -0.5; .* log_target=True"),
        (lambda: losses.nll([0.5, 0.5], 1), InputValueError, "nll takes logarithms of probabilities"),
        (lambda: losses.nll(Tensor([0.5, 0.5]), 1), InputValueError, "nll takes logarithms of probabilities"),
        (lambda: losses.nll([-1.0, -1.0], 1, weight=[1.0]), InputValueError, "each of the 2 classes, not"),
        (lambda: losses.nll([-1.0, -1.0], 1, weight=[1.0, 0.0]), InputValueError, r'add up to 0\.0.* reduction="sum"'),
        (lambda: losses.multi_margin([1.0, 2.0], 0, p=3), InputValueError, "p is 1 or 2, not 3"),
        (lambda: losses.multi_margin([1.0, 2.0], 0, margin=-1), InputValueError, "margin is not negative"),
        (lambda: losses.multi_margin([1.0, 2.0], [0.5, 0.5]), InputValueError, r"one-hot, .* unlike \[0\.5, 0\.5\]"),
        (lambda: losses.multi_margin(Tensor([1.0, 2.0]), [1, 1]), InputValueError, "one-hot"),
        (lambda: losses.cosine_embedding([1.0], [2.0], 0), InputValueError, "takes targets 1 .* not 0; .* 2 \\* t - 1"),
        (lambda: losses.cosine_embedding([1.0], [2.0], 1, margin=2), InputValueError, "between -1 and 1, not 2"),
        (
            lambda: losses.cosine_embedding([[1.0]], [[2.0]], 1),
            InputValueError,
            r"the targets have shape \(\); give one",
        ),
        (lambda: losses.cosine_embedding(1.0, [2.0], 1), InputTypeError, "takes vectors, .* not float 1.0"),
        (lambda: losses.triplet_margin([1.0], [1.0, 2.0], [1.0]), InputValueError, r"the others have shape \(2,\)"),
        (lambda: losses.triplet_margin([], [], []), InputValueError, "no vectors is not defined"),
        (lambda: losses.triplet_margin([1.0], [1.0], [1.0], margin=0), InputValueError, "margin is positive"),
        (lambda: losses.triplet_margin([1.0], [1.0], [1.0], p=3), InputValueError, "p is 1, 2 or infinity, not 3"),
        (lambda: losses.triplet_margin([1.0], [1.0], [1.0], eps=-1), InputValueError, "eps is finite and not negative"),
        (lambda: losses.triplet_margin([1.0], [1.0], [1.0], swap=0), InputTypeError, "swap takes True or False"),
        (lambda: losses.cross_entropy(1.0, 0), InputTypeError, "binary_cross_entropy_with_logits"),
        (lambda: losses.cross_entropy([[1.0]], [0], label_smoothing=1.0), InputValueError, "less than 1, not 1.0"),
        (lambda: losses.cross_entropy([[1.0]], [0], label_smoothing=None), InputTypeError, "label_smoothing takes"),
    ],
)
def test_what_has_no_loss_is_refused(call, error, message):
    with pytest.raises(error, match=message):
        call()
