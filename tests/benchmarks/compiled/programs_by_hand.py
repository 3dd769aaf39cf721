"""The programs of `programs` in numpy, with their gradients derived by hand: each returns the loss and the gradients.

Everything runs on whole arrays. What is constant is computed before the clock runs, in the function that returns the
step. Causal attention is computed in full and masked. Paths are done in blocks that stay in the cache.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from tests.benchmarks.compiled.programs import Program

Step = Callable[[], tuple[Any, list[Any]]]


def rnn(program: Program) -> Step:
    """The heads of all steps at once, after the last."""
    (embedding, recurrent, bias, head), text = program.trained, np.array(program.constants)
    now, following = text[:-1], text[1:]
    steps, hidden = len(now), len(bias)
    at = np.arange(steps)

    def step() -> tuple[Any, list[Any]]:
        states = np.zeros((steps + 1, hidden))
        inputs = embedding[now] + bias
        for t in range(steps):
            np.tanh(inputs[t] + recurrent @ states[t], out=states[t + 1])
        scores = states[1:] @ head.T
        top = scores.max(axis=1, keepdims=True)
        weights = np.exp(scores - top)
        total = weights.sum(axis=1, keepdims=True)
        loss = np.mean(np.log(total[:, 0]) + top[:, 0] - scores[at, following])
        slopes = weights / total
        slopes[at, following] -= 1
        slopes /= steps
        outer = slopes @ head
        local = 1 - states[1:] ** 2
        inner = np.empty((steps, hidden))
        carried = np.zeros(hidden)
        for t in range(steps - 1, -1, -1):
            np.multiply(outer[t] + carried, local[t], out=inner[t])
            carried = inner[t] @ recurrent
        by_embedding = np.zeros_like(embedding)
        np.add.at(by_embedding, now, inner)
        return loss, [by_embedding, inner.T @ states[:-1], inner.sum(axis=0), slopes.T @ states[1:]]

    return step


def attention(program: Program) -> Step:
    """Masked."""
    queries, keys, values = program.trained
    tokens, width = queries.shape
    mask = np.where(np.tri(tokens) > 0, 0.0, -np.inf)

    def step() -> tuple[Any, list[Any]]:
        scores = (queries @ keys.T) / math.sqrt(width) + mask
        shares = np.exp(scores - scores.max(axis=1, keepdims=True))
        shares /= shares.sum(axis=1, keepdims=True)
        seen = shares @ values
        g = seen * (2 / seen.size)
        by_shares = g @ values.T
        by_scores = shares * (by_shares - (shares * by_shares).sum(axis=1, keepdims=True)) / math.sqrt(width)
        return (seen * seen).mean(), [by_scores @ keys, by_scores.T @ queries, shares.T @ g]

    return step


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


def bodies(program: Program) -> Step:
    """Each pair once, by the numbers of its bodies."""
    (places,), masses = program.trained, program.constants
    i, j = np.tril_indices(len(masses), -1)
    products = masses[i] * masses[j]

    def step() -> tuple[Any, list[Any]]:
        gaps = places[i] - places[j]
        squares = (gaps * gaps).sum(axis=1) + 0.01
        energies = products / np.sqrt(squares)
        forces = gaps * (energies / squares)[:, None]
        slopes = [np.bincount(i, f, len(masses)) - np.bincount(j, f, len(masses)) for f in forces.T]
        return -energies.sum(), [np.stack(slopes, axis=1)]

    return step


def leapfrog(program: Program) -> Step:
    """Sums over pairs as products with matrices: of masses, and of 1 and -1."""
    (start, speed), (masses, steps, half) = program.trained, program.constants
    i, j = np.tril_indices(len(masses), -1)
    pairs = np.arange(len(i))
    weights, signs = np.zeros((2, len(masses), len(i)))
    weights[i, pairs], weights[j, pairs] = np.array(masses)[j], -np.array(masses)[i]
    signs[i, pairs], signs[j, pairs] = -1, 1

    def step() -> tuple[Any, list[Any]]:
        places, speeds, kept = start, speed, []

        def pulls() -> Any:
            gaps = places[j] - places[i]
            squares = (gaps * gaps).sum(axis=1) + 0.01
            pull = (squares**-1.5)[:, None]
            kept.append((gaps, squares[:, None], pull))
            return weights @ (gaps * pull)

        def back(by_pulls: Any) -> Any:
            gaps, squares, pull = kept.pop()
            g = weights.T @ by_pulls
            return signs @ (g * pull - gaps * ((g * gaps).sum(axis=1, keepdims=True) * 3 * pull / squares))

        found = pulls()
        for _ in range(steps):
            speeds = speeds + half * found
            places = places + 2 * half * speeds
            found = pulls()
            speeds = speeds + half * found
        by_places, by_speeds, by_pulls = 2 * places, np.zeros_like(places), np.zeros_like(places)
        for _ in range(steps):
            by_places = by_places + back(by_pulls + half * by_speeds)
            by_speeds = by_speeds + 2 * half * by_places
            by_pulls = half * by_speeds
        return (places * places).sum(), [by_places + back(by_pulls), by_speeds]

    return step


def ctc(program: Program) -> Step:
    """Column by column of the lattice, with the shares of the ways to each cell kept for the way back."""
    (scores,), (text, may_skip) = program.trained, program.constants
    times, size = len(scores), len(text)
    of_text = np.zeros((size, scores.shape[1]))
    of_text[np.arange(size), text] = 1
    skipped = np.where(may_skip, 0.0, -np.inf)

    @np.errstate(divide="ignore")
    def step() -> tuple[Any, list[Any]]:
        shifted = scores - scores.max(axis=1, keepdims=True)
        weights = np.exp(shifted)
        total = weights.sum(axis=1, keepdims=True)
        seen = (shifted - np.log(total))[:, text]
        paths, ways = np.full(size + 2, -np.inf), np.empty((times, 3, size))
        paths[2:4] = seen[0, :2]
        for t in range(1, times):
            way = ways[t]
            way[0], way[1], way[2] = paths[2:], paths[1:-1], paths[:-2] + skipped
            top = way.max(axis=0)
            top[top == -np.inf] = 0
            np.exp(way - top, out=way)
            sums = way.sum(axis=0)
            paths[2:] = np.log(sums) + top + seen[t]
            way /= np.where(sums > 0, sums, 1.0)
        top = paths[-2:].max()
        ends = np.exp(paths[-2:] - top)
        by_seen, by_paths = np.zeros((times, size)), np.zeros(size + 2)
        by_paths[-2:] = -ends / ends.sum()
        for t in range(times - 1, 0, -1):
            by_seen[t] = by_paths[2:]
            way = ways[t] * by_seen[t]
            by_paths = np.zeros(size + 2)
            by_paths[2:] = way[0]
            by_paths[1:-1] += way[1]
            by_paths[:-2] += way[2]
        by_seen[0, :2] = by_paths[2:4]
        g = by_seen @ of_text
        return -(np.log(ends.sum()) + top), [g - weights / total * g.sum(axis=1, keepdims=True)]

    return step


def arm(program: Program) -> Step:
    """Running sums of the angles, and of their gradients from the last joint to the first."""
    (lengths, zeros), (angles, ends) = program.trained, program.lanes
    turned, goals = np.ascontiguousarray(angles.T), np.ascontiguousarray(ends.T)

    def step() -> tuple[Any, list[Any]]:
        totals = np.cumsum(turned + zeros[:, None], axis=0)
        cosines, sines = np.cos(totals), np.sin(totals)
        x, y = lengths @ cosines - goals[0], lengths @ sines - goals[1]
        by_totals = 2 * lengths * (cosines @ y - sines @ x)
        return (x * x + y * y).sum(), [2 * (cosines @ x + sines @ y), np.cumsum(by_totals[::-1])[::-1]]

    return step


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


def pendulum(program: Program) -> Step:
    """In Python, which is faster than numpy on single numbers. The slope of (x, v) is (v, -k sin x - c v)."""
    trained, (steps, h) = program.trained, program.constants

    def step() -> tuple[Any, list[Any]]:
        k, c = trained[0].tolist()
        x, v, states = 1.0, 0.0, []
        for _ in range(steps):
            xs, vs, slopes = [x], [v], []
            for ahead in (h / 2, h / 2, h, 0.0):
                slopes.append((vs[-1], -k * math.sin(xs[-1]) - c * vs[-1]))
                xs.append(x + ahead * slopes[-1][0])
                vs.append(v + ahead * slopes[-1][1])
            states.append((xs, vs))
            (a, p), (b, q), (d, r), (e, s) = slopes
            x, v = x + h / 6 * (a + 2 * b + 2 * d + e), v + h / 6 * (p + 2 * q + 2 * r + s)
        value, by_x, by_v, by_k, by_c = x * x + v * v, 2 * x, 2 * v, 0.0, 0.0
        for xs, vs in reversed(states):
            gx, gv, total_x, total_v = 0.0, 0.0, by_x, by_v
            for i, weight, ahead in ((3, h / 6, 0.0), (2, h / 3, h), (1, h / 3, h / 2), (0, h / 6, h / 2)):
                dx, dv = weight * by_x + ahead * gx, weight * by_v + ahead * gv
                by_k -= math.sin(xs[i]) * dv
                by_c -= vs[i] * dv
                gx, gv = -k * math.cos(xs[i]) * dv, dx - c * dv
                total_x, total_v = total_x + gx, total_v + gv
            by_x, by_v = total_x, total_v
        return value, [np.array([by_k, by_c])]

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


BY_HAND = {
    "character RNN": rnn,
    "causal attention": attention,
    "tanh of sums of rows": sums,
    "batch norm": batch_norm,
    "layer norm by var": layer_norm,
    "N-body energy": bodies,
    "leapfrog of 8 bodies": leapfrog,
    "CTC": ctc,
    "robot arm, 1,000 poses": arm,
    "graph network": graph,
    "logsumexp with a parameter": mixture,
    "Heston, 100,000 paths": heston,
    "Runge–Kutta, one trajectory": pendulum,
    "Kalman filter": local_level,
}
