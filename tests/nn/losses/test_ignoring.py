"""Predictions with the ignored label do not count; the numbers are those of `torch.nn.functional` (2.13)."""

import numpy as np
import pytest

import autograd
from autograd import InputTypeError, InputValueError, Tensor, Value
from nn import losses

SCORES = [[1.0, 2.0, -1.0], [0.5, 0.0, 0.25], [-1.0, 3.0, 2.0], [0.0, 0.0, 1.0]]
LABELS = [0, -100, 2, 1]
BY_TORCH = [
    ({}, 1.409006523989236),
    ({"reduction": "sum"}, 4.227019571967708),
    ({"reduction": "none"}, [1.3490122167681864, 0.0, 1.3265626412674705, 1.551444713932051]),
    ({"weight": [1.0, 2.0, 0.5]}, 1.4614808472188638),
    ({"label_smoothing": 0.1}, 1.4312287462114581),
]


@pytest.mark.parametrize(("options", "expected"), BY_TORCH)
def test_the_loss_is_that_of_the_other_predictions(options, expected):
    found = losses.cross_entropy(Tensor(SCORES), np.array(LABELS), ignore_index=-100, **options)
    assert found.tolist() == pytest.approx(expected, rel=1e-14)
    listed = losses.cross_entropy([list(map(Value, row)) for row in SCORES], LABELS, ignore_index=-100, **options)
    listed = [getattr(x, "data", x) for x in listed] if isinstance(listed, list) else listed.data
    assert listed == pytest.approx(expected, rel=1e-14)


def test_no_gradient_reaches_an_ignored_prediction():
    z = Tensor([SCORES, SCORES])
    losses.cross_entropy(z, [LABELS, LABELS], reduction="none", ignore_index=-100).sum().backward()
    assert z.grad[:, 1].tolist() == [[0.0] * 3] * 2
    first = [-0.2468345132191936, 0.23512817089941374, 0.011706342319779909]
    assert (z.grad[1, 0] / 3).tolist() == pytest.approx(first, rel=1e-14)


def test_of_logarithms_of_probabilities_as_well():
    logs = autograd.log_softmax(Tensor(SCORES), axis=1)
    assert losses.nll(logs, LABELS, ignore_index=-100).item() == pytest.approx(1.409006523989236, rel=1e-14)


@pytest.mark.parametrize(
    ("given", "error", "sentence"),
    [
        (([1, 1, 1, 1], 1), InputValueError, "all labels are 1, which is ignored; give at least one other label"),
        ((np.eye(3)[[0, 1, 2, 0]], 1), InputValueError, "ignore_index goes with labels"),
        (([0, 1], 1), InputValueError, "4 predictions and 2 targets"),
        (([0, 1, 2, 0], "pad"), InputTypeError, "ignore_index is a whole number, not"),
    ],
)
def test_what_cannot_be_ignored_is_refused(given, error, sentence):
    target, ignored = given
    with pytest.raises(error, match=sentence):
        losses.cross_entropy(Tensor(SCORES), target, ignore_index=ignored)


def test_a_compiled_function_says_why_it_cannot_leave_out_samples():
    loss = autograd.compile(lambda z, t: losses.cross_entropy(z, t, ignore_index=-100), batch=False)
    with pytest.raises(InputTypeError, match="runs the same program for all labels"):
        loss(SCORES[0], 1)
