"""Losses inside compiled functions, with targets as arguments: the eager numbers, and checks at every call."""

import random

import numpy as np
import pytest

import autograd
from autograd import InputTypeError, InputValueError, log_softmax, sigmoid, softmax
from nn import MLP, losses

RNG = np.random.default_rng(5)
X = RNG.normal(size=(12, 2))
LABELS = np.arange(12) % 3
SIDES = np.where(LABELS, 1.0, -1.0)
SHARES = softmax(RNG.normal(size=(12, 3)), axis=-1)
ODD = [-1, 3, 2.5, np.nan, np.inf]  # never a class of three
SUM = {"reduction": "sum"}

# A loss of the outputs of a network, targets of samples, and targets that are refused.
LOSSES = {
    "cross_entropy": (losses.cross_entropy, LABELS, ODD),
    "of float labels": (losses.cross_entropy, LABELS.astype(float), ODD),
    "smoothed": (lambda z, t: losses.cross_entropy(z, t, label_smoothing=0.1), LABELS, ODD),
    "weighted": (lambda z, t: losses.cross_entropy(z, t, weight=[1, 2, 3], **SUM), LABELS, ODD),
    "a weighted mean": (lambda z, t: losses.cross_entropy([z, z], [t, 0], weight=[1, 2, 3]), LABELS, ODD),
    "of one-hot rows": (losses.cross_entropy, np.eye(3)[LABELS], [[1, 1, 0], [2, -1, 0], [0.5, 0, 0]]),
    "of probabilities": (losses.cross_entropy, SHARES, [[1, 1, 0], [2, -1, 0], [np.nan, 0, 1]]),
    "nll": (lambda z, t: losses.nll(log_softmax(z), t), LABELS, ODD),
    "multi_margin": (lambda z, t: losses.multi_margin(z, t, p=2), LABELS, ODD),
    "multi_margin, one-hot": (losses.multi_margin, np.eye(3)[LABELS], [[1, 1, 0], [0.5, 0.5, 0], [0, 0, 0]]),
    "kl_divergence": (lambda z, t: losses.kl_divergence(log_softmax(z), t, "sum"), SHARES, [[-0.5, 1, 0.5], [0, 2, 0]]),
    "kl_divergence of logarithms": (
        lambda z, t: losses.kl_divergence(log_softmax(z), t, log_target=True),
        np.log(SHARES),
        [[0.5, -1.0, -1.0]],
    ),
    "hinge": (lambda z, t: losses.hinge(z[0], t), SIDES, [0, 2, np.nan]),
    "binary_cross_entropy": (
        lambda z, t: losses.binary_cross_entropy(sigmoid(50 * z[0]), t),
        LABELS > 0,
        [-1, 1.5, np.nan],
    ),
    "with logits": (lambda z, t: losses.binary_cross_entropy_with_logits(z[0], t), LABELS / 2, [-0.5, 2, np.nan]),
    "with logits, of -1 and 1": (
        lambda z, t: losses.binary_cross_entropy_with_logits(z[:2], [t, t], weight=0.5, pos_weight=[1, 3]),
        SIDES,
        [-0.5, 2],
    ),
    "cosine_embedding": (lambda z, t: losses.cosine_embedding(z, [1.0, 2.0, 3.0], t, margin=0.1), SIDES, [0, np.nan]),
    "triplet_margin": (lambda z, t: losses.triplet_margin(z, t, [0.0, 0.0, 1.0], swap=True), SHARES, []),
    "mse": (lambda z, t: losses.mse(z, t, half=True), SHARES, []),
}


@pytest.fixture(scope="module")
def model():
    random.seed(2)
    return MLP(2, [4, 3])


@pytest.mark.parametrize("name", LOSSES)
def test_a_loss_of_each_sample_compiles_with_its_target_as_an_argument(name, model):
    loss, targets, refused = LOSSES[name]
    compiled = autograd.compile(lambda x, t: loss(model(x), t))
    found = compiled(X, targets)
    model.zero_grad()
    found.sum().backward()
    fast = [p.grad or 0.0 for p in model.parameters()]
    model.zero_grad()
    each = [loss(model(x), t) for x, t in zip(X.tolist(), targets.tolist(), strict=True)]
    sum(each).backward()
    np.testing.assert_allclose(found.data, [y.data for y in each], rtol=1e-12, atol=1e-15)
    np.testing.assert_allclose(fast, [p.grad or 0.0 for p in model.parameters()], rtol=1e-12, atol=1e-14)
    assert sum(map(len, compiled._variants.values())) == 1  # whatever the labels are
    compiled(X[:5], targets[5:10])
    for odd in refused:
        for place in (slice(7, 8), slice(None)):  # one of the samples, and all of them
            given = np.array(targets, dtype=float)
            given[place] = odd
            with pytest.raises((InputTypeError, InputValueError), match=r" not |unlike|no class"):
                compiled(X, given)
    assert compiled(X, targets).data.tolist() == found.data.tolist()


@pytest.mark.parametrize("name", ["cross_entropy", "of one-hot rows", "hinge", "with logits", "multi_margin"])
def test_targets_of_a_whole_batch_are_checked_at_every_call(name, model):
    loss, targets, refused = LOSSES[name]
    whole = autograd.compile(
        lambda x, ts: sum(loss(model(row), t) for row, t in zip(x, ts, strict=True)),
        batch=False,
    )
    first = whole(X, targets).data
    given = np.array(targets, dtype=float)
    given[4] = refused[0]
    with pytest.raises(InputValueError, match=r" not |unlike|no class"):
        whole(X, given)
    assert whole(X, targets).data == first


def test_a_batch_of_scores_and_labels_is_checked_by_one_comparison():
    whole = autograd.compile(lambda z, t: losses.cross_entropy(z, t), batch=False)
    scores = RNG.normal(size=(12, 3))
    assert whole(scores, LABELS).data == pytest.approx(losses.cross_entropy(scores, LABELS), rel=1e-14)
    assert "branches" in str(whole.explain())
    assert len(whole._last.guards) == 1
    with pytest.raises(InputValueError, match=r"no class 3\.0 among 3"):
        whole(scores, LABELS + 1)


def test_the_check_keeps_the_fast_path():
    model = MLP(2, [3])
    compiled = autograd.compile(lambda x, t: losses.cross_entropy(model(x), t))
    compiled(X, LABELS.astype(float))
    assert len(compiled._fast) == 1
    with pytest.raises(InputValueError, match="no class 3"):
        compiled(X, LABELS + 1.0)
