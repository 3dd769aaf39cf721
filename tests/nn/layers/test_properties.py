"""Layers on arrays by their definitions: closed forms, and what leaves a result as it is."""

import math

import numpy as np
import pytest

import nn
from autograd import Tensor, check_gradients
from nn import init

RNG = np.random.default_rng(3)


def test_a_convolution_of_a_shifted_image_is_the_shifted_convolution():
    layer, image = nn.Conv2d(2, 3, 3), RNG.normal(size=(1, 2, 8, 8))
    assert np.allclose(
        layer(np.roll(image, (1, 2), (2, 3))).numpy()[:, :, 1:, 2:], layer(image).numpy()[:, :, :-1, :-2], rtol=1e-13
    )


def test_a_filter_with_a_single_one_copies_the_image():
    layer, image = nn.Conv2d(1, 1, 3, padding=1, init="zeros"), RNG.normal(size=(1, 1, 4, 4))
    weight = np.zeros((1, 1, 3, 3))
    weight[0, 0, 1, 1] = 1.0
    layer.weight.data = weight
    assert np.array_equal(layer(image).numpy(), image)


@pytest.mark.parametrize(("layer", "axes"), [(nn.BatchNorm1d(3, eps=0), 0), (nn.LayerNorm(3, eps=0), 1)])
def test_what_is_normalised_has_mean_0_and_variance_1_whatever_the_shift_and_scale(layer, axes):
    x = Tensor(RNG.normal(size=(5, 3)))
    y = layer(x)
    assert np.allclose(y.numpy().mean(axes), 0, atol=1e-13)
    assert np.allclose(y.numpy().var(axes), 1, rtol=1e-13)
    assert np.allclose(layer(x * 3.0 + 7.0).numpy(), y.numpy(), rtol=1e-12)
    (y * RNG.normal(size=(5, 3))).sum().backward()
    assert np.allclose(x.grad.sum(axes), 0, atol=1e-13)  # by the shift
    assert np.allclose((x.grad * x.data).sum(axes), 0, atol=1e-13)  # and by the scale


def test_rms_norm_keeps_directions():
    x = RNG.normal(size=(4, 3))
    y = nn.RMSNorm(3, eps=0)(x).numpy()
    assert np.allclose(y / np.linalg.norm(y, axis=1, keepdims=True), x / np.linalg.norm(x, axis=1, keepdims=True))
    assert np.allclose(np.linalg.norm(y, axis=1), math.sqrt(3), rtol=1e-13)


@pytest.mark.parametrize("gates", ["open", "closed"])
def test_a_memory_with_saturated_gates_is_kept_for_ever_or_forgotten_at_once(gates):
    lstm = nn.LSTM(1, 1, init="zeros")
    high = 40.0 if gates == "open" else -40.0
    lstm.cell.bias_ih.data = [-40.0, high, 0.0, 40.0]  # in, forget, new, out
    c0 = Tensor([0.7])
    outputs, (_, c) = lstm(np.zeros((50, 1)), (np.zeros(1), c0))
    c.sum().backward()
    kept = 1.0 if gates == "open" else 0.0
    assert np.allclose([c.item(), c0.grad[0], outputs.numpy()[-1, 0]], [0.7 * kept, kept, math.tanh(0.7 * kept)])


def test_an_update_gate_of_1_keeps_the_state_of_a_gru():
    gru = nn.GRU(1, 2, init="zeros")
    gru.cell.bias_hh.data = [0.0, 0.0, 40.0, 40.0, 0.0, 0.0]  # reset, update, new
    _, h = gru(RNG.normal(size=(20, 1)), np.array([0.3, -0.4]))
    assert np.allclose(h.numpy(), [0.3, -0.4], rtol=1e-14)


def test_a_plain_recurrence_multiplies_gradients_at_every_step():
    rnn, h0 = nn.RNN(1, 1, bias=False, init=init.constant(0.5)), Tensor([1e-9])
    _, h = rnn(np.zeros((10, 1)), h0)
    h.sum().backward()
    assert np.isclose(h0.grad[0], 0.5**10, rtol=1e-12)  # the gradient vanishes


def test_attention_with_equal_scores_is_the_mean_and_a_causal_one_that_of_the_past():
    x = RNG.normal(size=(5, 4))
    for causal, expected in [(False, np.tile(x.mean(0), (5, 1))), (True, np.cumsum(x, 0) / np.arange(1, 6)[:, None])]:
        layer = nn.MultiHeadAttention(4, 2, causal=causal, init="zeros")
        layer.in_proj_weight.data = np.concatenate([np.zeros((8, 4)), np.eye(4)])
        layer.out_proj_weight.data = np.eye(4)
        assert np.allclose(layer(x).numpy(), expected, rtol=1e-13)


def test_causal_attention_sees_no_later_place_and_plain_attention_no_order():
    x = Tensor(RNG.normal(size=(1, 4, 6)))
    causal, plain = nn.MultiHeadAttention(6, 3, causal=True), nn.MultiHeadAttention(6, 3)
    causal(x)[0, 1].sum().backward()
    assert np.count_nonzero(x.grad[0, 2:]) == 0
    assert np.count_nonzero(x.grad[0, :2]) == 12
    order = [2, 0, 3, 1]
    assert np.allclose(plain(x.numpy()[:, order]).numpy(), plain(x).numpy()[:, order], rtol=1e-12)


@pytest.mark.parametrize(
    ("layer", "shape"),
    [
        (nn.Conv2d(1, 2, 2, stride=2, padding="same"), (1, 3, 3)),
        (nn.BatchNorm1d(2), (3, 2)),
        (nn.RMSNorm(3), (3,)),
        (nn.GRUCell(2, 2), (2,)),
        (nn.LSTMCell(2, 2), (2,)),
        (nn.MultiHeadAttention(2, 1, causal=True), (3, 2)),
    ],
)
@pytest.mark.untraced
def test_gradients_agree_with_differences(layer, shape):
    def of(x):
        y = layer(x)
        return ((y[0] if isinstance(y, tuple) else y) ** 2).sum()

    check_gradients(of, Tensor(RNG.normal(size=shape)))
