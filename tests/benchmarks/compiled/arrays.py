"""Functions of tensors: training steps as people write them with whole arrays, and the same in numpy by hand.

A step is the loss and its gradients. The functions are given a namespace, so that the same text runs here and in JAX.
By hand, the derivatives are worked out on paper, and buffers are made where numpy's functions make them.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, ClassVar, NamedTuple

import numpy as np

from tests.benchmarks.compiled.programs import SEED

Step = Callable[[], tuple[Any, list[Any]]]


class Functions(NamedTuple):
    """The names of a library for the operations of the losses."""

    relu: Callable[[Any], Any]
    softmax: Callable[[Any], Any]  # along the last axis
    conv: Callable[[Any, Any], Any]  # of images[sample, channel, row, column] with filters
    cross_entropy: Callable[[Any, Any], Any]  # of rows of scores, the mean


class Program(NamedTuple):
    """The arrays that are trained, those that are given, the loss of both, and the step by hand."""

    trained: list[Any]
    given: list[Any]
    loss: Callable[..., Any]  # of the functions, the trained arrays, and the given ones
    by_hand: Callable[[list[Any], list[Any]], Step]


@dataclass(frozen=True)
class Arrays:
    """One of the functions of tensors."""

    which: str
    small: bool = False
    kind: ClassVar[str] = "arrays"
    tolerance: ClassVar[float] = 1e-11
    peers: ClassVar[tuple[str, ...]] = ("numpy", "jax")

    @property
    def name(self) -> str:
        """As printed."""
        return f"tensors: {self.which}"

    def draw(self) -> Program:
        """The numbers and the loss."""
        make, *sizes = PROGRAMS[self.which]
        return make(np.random.default_rng(SEED), *(map(_small, sizes) if self.small else sizes))


def _small(size: int) -> int:
    return min(size, 5)


def _slopes_of_scores(z: Any, labels: Any, rows: Any) -> tuple[Any, Any]:
    """The mean cross-entropy, and its gradient by the scores, which takes their place."""
    top = z.max(axis=1, keepdims=True)
    true = z[rows, labels]
    z -= top
    np.exp(z, out=z)
    total = z.sum(axis=1, keepdims=True)
    loss = np.mean(np.log(total[:, 0]) + top[:, 0] - true)
    z /= total
    z[rows, labels] -= 1
    z /= len(z)
    return loss, z


def perceptron(draw: Any, samples: int, *widths: int) -> Program:
    """Layers with relu between them, on rows, and the cross-entropy of classes."""
    trained: list[Any] = []
    for inputs, outputs in pairwise(widths):
        trained += [draw.normal(0, (2 / inputs) ** 0.5, (outputs, inputs)), draw.normal(0, 0.1, outputs)]

    def loss(m: Functions, trained: Any, x: Any, y: Any) -> Any:
        for k in range(0, len(trained), 2):
            x = x @ trained[k].T + trained[k + 1]
            if k < len(trained) - 2:
                x = m.relu(x)
        return m.cross_entropy(x, y)

    return Program(
        trained, [draw.normal(size=(samples, widths[0])), draw.integers(0, widths[-1], samples)], loss, _perceptron
    )


def _perceptron(trained: list[Any], given: list[Any]) -> Step:
    (x, labels), rows = given, np.arange(len(given[0]))
    weights, biases = trained[::2], trained[1::2]
    outputs = [np.empty((len(x), len(b))) for b in biases]
    slopes, masks = [[np.empty_like(z) for z in outputs[:-1]] for _ in range(2)]

    def step() -> tuple[Any, list[Any]]:
        inputs = x
        for k, (w, b, z) in enumerate(zip(weights, biases, outputs, strict=True)):
            np.matmul(inputs, w.T, out=z)
            z += b
            if k < len(weights) - 1:
                np.maximum(z, 0.0, out=z)
            inputs = z
        loss, g = _slopes_of_scores(outputs[-1], labels, rows)
        found: list[Any] = []
        for k in range(len(weights) - 1, -1, -1):
            found[:0] = [g.T @ (outputs[k - 1] if k else x), g.sum(axis=0)]
            if k:
                np.matmul(g, weights[k], out=slopes[k - 1])
                g = slopes[k - 1]
                g *= np.sign(outputs[k - 1], out=masks[k - 1])
        return loss, found

    return step


def attention(draw: Any, samples: int, tokens: int, width: int) -> Program:
    """Self-attention with a residual connection: the mean of its squares."""
    trained = [draw.normal(0, width**-0.5, (width, width)) for _ in range(4)]

    def loss(m: Functions, trained: Any, x: Any) -> Any:
        queries, keys, values, outer = trained
        scores = (x @ queries) @ (x @ keys).transpose((0, 2, 1)) / math.sqrt(width)
        y = x + m.softmax(scores) @ (x @ values) @ outer
        return (y * y).mean()

    return Program(trained, [draw.normal(size=(samples, tokens, width))], loss, _attention)


def _attention(trained: list[Any], given: list[Any]) -> Step:
    (x,), (queries, keys, values, outer) = given, trained
    width, rows = x.shape[-1], x.reshape(-1, x.shape[-1])
    scale = 1 / math.sqrt(width)

    def step() -> tuple[Any, list[Any]]:
        q, k, v = ((rows @ w).reshape(x.shape) for w in (queries, keys, values))
        shares = q @ k.transpose(0, 2, 1)
        shares *= scale
        shares -= shares.max(axis=-1, keepdims=True)
        np.exp(shares, out=shares)
        shares /= shares.sum(axis=-1, keepdims=True)
        mixed = (shares @ v).reshape(rows.shape)
        y = mixed @ outer
        y += rows
        loss = np.vdot(y, y) / y.size
        y *= 2 / y.size
        by_outer = mixed.T @ y
        by_mixed = (y @ outer.T).reshape(x.shape)
        by_shares = by_mixed @ v.transpose(0, 2, 1)
        by_v = shares.transpose(0, 2, 1) @ by_mixed
        by_shares *= shares
        by_shares -= shares * by_shares.sum(axis=-1, keepdims=True)
        by_shares *= scale
        by_q, by_k = by_shares @ k, by_shares.transpose(0, 2, 1) @ q
        return loss, [*(rows.T @ g.reshape(rows.shape) for g in (by_q, by_k, by_v)), by_outer]

    return step


def convolution(draw: Any, samples: int, side: int, filters: int, classes: int) -> Program:
    """Filters 3 x 3 on grey images, relu, the mean over all places, and a layer that gives scores of classes."""
    trained = [
        draw.normal(0, 1 / 3, (filters, 1, 3, 3)),
        draw.normal(0, 0.1, (filters, 1, 1)),
        draw.normal(0, 1, (classes, filters)),
        draw.normal(0, 0.1, classes),
    ]

    def loss(m: Functions, trained: Any, images: Any, y: Any) -> Any:
        kernels, biases, weights, shift = trained
        found = m.relu(m.conv(images, kernels) + biases).mean((2, 3))
        return m.cross_entropy(found @ weights.T + shift, y)

    given = [draw.normal(size=(samples, 1, side, side)), draw.integers(0, classes, samples)]
    return Program(trained, given, loss, _convolution)


def _convolution(trained: list[Any], given: list[Any]) -> Step:
    (images, labels), (kernels, biases, weights, shift) = given, trained
    samples, rows = len(images), np.arange(len(images))
    windows = np.lib.stride_tricks.sliding_window_view(images[:, 0], (3, 3), (1, 2))
    places = windows.shape[1] * windows.shape[2]

    def step() -> tuple[Any, list[Any]]:
        patches = windows.transpose(0, 3, 4, 1, 2).reshape(samples, 9, places)  # images change from step to step
        z = kernels.reshape(-1, 9) @ patches
        z += biases[:, 0]
        np.maximum(z, 0.0, out=z)
        pooled = z.mean(axis=2)
        loss, g = _slopes_of_scores(pooled @ weights.T + shift, labels, rows)
        by_pooled = g @ weights
        by_pooled /= places
        np.sign(z, out=z)
        z *= by_pooled[:, :, None]
        by_kernels = (z @ patches.transpose(0, 2, 1)).sum(axis=0).reshape(kernels.shape)
        return loss, [by_kernels, z.sum(axis=(0, 2)).reshape(biases.shape), g.T @ pooled, g.sum(axis=0)]

    return step


PROGRAMS: dict[str, tuple[Any, ...]] = {
    "MLP 64-64-64-10, 32 rows": (perceptron, 32, 64, 64, 64, 10),
    "MLP 64-64-64-10, 256 rows": (perceptron, 256, 64, 64, 64, 10),
    "self-attention, 8 x 16 tokens": (attention, 8, 16, 32),
    "convolution, 16 images": (convolution, 16, 16, 8, 10),
}
