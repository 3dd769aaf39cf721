"""The programs of samples, graphs and chance in numpy, with their gradients."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from tests.benchmarks.compiled.programs.program import Program, Step


def sums(program: Program) -> Step:
    """A sum, a tanh, a sum."""
    (rows,) = program.trained

    def step() -> tuple[Any, list[Any]]:
        y = np.tanh(rows.sum(axis=1))
        return y.sum(), [np.repeat((1 - y * y)[:, None], rows.shape[1], axis=1)]

    return step


def _normalised(program: Program, axis: int) -> Step:
    (weights, scale, shift), rows = program.trained, program.constants

    def step() -> tuple[Any, list[Any]]:
        z = rows @ weights.T
        gaps = z - z.mean(axis=axis, keepdims=True)
        root = np.sqrt((gaps * gaps).mean(axis=axis, keepdims=True) + 1e-5)
        unit = gaps / root
        y = np.tanh(unit * scale + shift)
        g = (1 - y * y) / y.size
        by_unit = g * scale
        centred = by_unit - by_unit.mean(axis=axis, keepdims=True)
        by_z = (centred - unit * (by_unit * unit).mean(axis=axis, keepdims=True)) / root
        return y.mean(), [by_z.T @ rows, (g * unit).sum(axis=0), g.sum(axis=0)]

    return step


def batch_norm(program: Program) -> Step:
    """Over samples."""
    return _normalised(program, 0)


def layer_norm(program: Program) -> Step:
    """Over outputs."""
    return _normalised(program, 1)


def graph(program: Program) -> Step:
    """Means over neighbours as a product with a matrix."""
    first, second = program.trained
    of, features = program.constants
    shares = np.zeros((len(of), len(of)))
    for k, neighbours in enumerate(of):
        np.add.at(shares[k], neighbours, 1 / len(neighbours))
    mixed = shares @ features

    def step() -> tuple[Any, list[Any]]:
        h = np.tanh(mixed @ first.T)
        again = shares @ h
        y = np.tanh(again @ second.T)
        g = (2 / y.size) * y * (1 - y * y)
        inner = (shares.T @ (g @ second)) * (1 - h * h)
        return (y * y).mean(), [inner.T @ mixed, g.T @ again]

    return step


def mixture(program: Program) -> Step:
    """With the parameter as one more column."""
    (parameter,), (rows,) = program.trained, program.lanes
    columns = np.ascontiguousarray(rows.T)

    def step() -> tuple[Any, list[Any]]:
        top = np.maximum(columns.max(axis=0), parameter[0])
        own = np.exp(parameter[0] - top)
        total = np.exp(columns - top).sum(axis=0) + own
        return (np.log(total) + top).sum(), [np.array([(own / total).sum()])]

    return step


BLOCK = 4096  # paths


def heston(program: Program) -> Step:
    """Backward through the steps, block by block."""
    ((speed, level, noise, variance),), lanes = program.trained, program.lanes
    first, second = (np.ascontiguousarray(lane.T) for lane in lanes)
    mixed = -0.7 * first + 0.51**0.5 * second
    steps, paths = first.shape
    dt = 1 / steps

    def block(z: Any, w: Any) -> tuple[Any, Any]:
        log_price, v = np.zeros(z.shape[1]), np.full(z.shape[1], variance)
        above, positives, roots = [], [], []
        for k in range(steps):
            above.append(v > 1e-8)
            positive = np.maximum(v, 1e-8)
            root = np.sqrt(positive * dt)
            log_price += root * z[k] - positive * (0.5 * dt)
            v = v + (level - positive) * (speed * dt) + root * w[k] * noise
            positives.append(positive)
            roots.append(root)
        price = np.exp(log_price)
        g = np.where(price > 1, price, 0.0)
        by_v, slopes = np.zeros_like(g), np.zeros(4)
        for k in range(steps - 1, -1, -1):
            slopes[0] += by_v @ (level - positives[k]) * dt
            slopes[1] += by_v.sum() * speed * dt
            slopes[2] += by_v @ (roots[k] * w[k])
            by_root = g * z[k] + by_v * w[k] * noise
            by_v += (by_root * (0.5 * dt) / roots[k] - g * (0.5 * dt) - by_v * (speed * dt)) * above[k]
        slopes[3] = by_v.sum()
        return np.maximum(price - 1, 0.0).sum(), slopes

    def step() -> tuple[Any, list[Any]]:
        found = [block(first[:, k : k + BLOCK], mixed[:, k : k + BLOCK]) for k in range(0, paths, BLOCK)]
        return sum(value for value, _ in found), [np.sum([slopes for _, slopes in found], axis=0)]

    return step


def local_level(program: Program) -> Step:
    """In Python, too."""
    trained, measured = program.trained, program.constants

    def step() -> tuple[Any, list[Any]]:
        walks, noise = trained[0].tolist()
        level, variance, total, states = 0.0, 1.0, 0.0, []
        for y in measured:
            error, spread = y - level, variance + noise
            gain = variance / spread
            states.append((error, spread, gain, variance))
            total += math.log(spread) + error * error / spread
            level, variance = level + gain * error, (1 - gain) * variance + walks
        by_level = by_variance = by_walks = by_noise = 0.0
        for error, spread, gain, variance in reversed(states):
            by_walks += by_variance
            by_gain = by_level * error - by_variance * variance
            by_spread = (1 - error * error / spread - by_gain * gain) / spread
            by_noise += by_spread
            by_variance = by_variance * (1 - gain) + by_gain / spread + by_spread
            by_level -= by_level * gain + 2 * error / spread
        return total, [np.array([by_walks, by_noise])]

    return step


def factors(program: Program) -> Step:
    """The whole product, masked."""
    (left, right), ratings = program.trained, program.constants
    goals, mask = np.zeros((2, len(left), len(right)))
    for i, j, rating in ratings:
        goals[i, j], mask[i, j] = rating, 1
    count = len(ratings)

    def step() -> tuple[Any, list[Any]]:
        errors = (left @ right.T - goals) * mask
        loss = (errors * errors).sum() / count + 1e-3 * ((left * left).sum() + (right * right).sum())
        errors *= 2 / count
        return loss, [errors @ right + 2e-3 * left, errors.T @ left + 2e-3 * right]

    return step


def gaussians(program: Program) -> Step:
    """Points along rows, and their shares in each distribution."""
    (shares, centres, widths), (points,) = program.trained, program.lanes
    columns = np.ascontiguousarray(points.T)

    def step() -> tuple[Any, list[Any]]:
        weights = np.exp(shares - shares.max())
        weights /= weights.sum()
        scales = np.exp(-widths)[:, :, None]
        gaps = (columns - centres[:, :, None]) * scales
        squares = gaps * gaps
        terms = squares.sum(axis=1)
        terms *= -0.5
        terms += (np.log(weights) - widths.sum(axis=1))[:, None]
        top = terms.max(axis=0)
        terms -= top
        np.exp(terms, out=terms)
        total = terms.sum(axis=0)
        loss = -(np.log(total) + top).sum()
        terms /= total
        counts = terms.sum(axis=1)
        by_centres = -(gaps @ terms[:, :, None])[:, :, 0] * scales[:, :, 0]
        by_widths = counts[:, None] - (squares @ terms[:, :, None])[:, :, 0]
        return loss, [weights * len(points) - counts, by_centres, by_widths]

    return step


STATISTICS: dict[str, Callable[[Program], Step]] = {
    "tanh of sums of rows": sums,
    "batch norm": batch_norm,
    "layer norm by var": layer_norm,
    "graph network": graph,
    "logsumexp with a parameter": mixture,
    "Heston, 100,000 paths": heston,
    "Kalman filter": local_level,
    "matrix factorisation": factors,
    "Gaussian mixture, 2,000 points": gaussians,
}
