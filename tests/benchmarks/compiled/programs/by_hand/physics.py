"""The programs of bodies and their motion in numpy, with their gradients."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from tests.benchmarks.compiled.programs.program import Program, Step


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


def pendulum(program: Program) -> Step:
    """In Python, which is faster than numpy on single numbers."""

    def step() -> tuple[Any, list[Any]]:
        value, *slopes = _swung(math.sin, math.cos, *program.trained[0].tolist(), 1.0, 0.0, *program.constants)
        return value, [np.array(slopes)]

    return step


def pendulums(program: Program) -> Step:
    """The same on arrays."""

    def step() -> tuple[Any, list[Any]]:
        values, *slopes = _swung(np.sin, np.cos, *program.trained[0].tolist(), *program.lanes, *program.constants)
        return values.sum(), [np.array([each.sum() for each in slopes])]

    return step


def _swung(sin: Any, cos: Any, k: float, c: float, x: Any, v: Any, steps: int, h: float) -> tuple[Any, Any, Any]:
    """The energy after the steps, and its derivatives by k and c. The slope of (x, v) is (v, -k sin x - c v)."""
    states = []
    for _ in range(steps):
        xs, vs, slopes = [x], [v], []
        for ahead in (h / 2, h / 2, h, 0.0):
            slopes.append((vs[-1], -k * sin(xs[-1]) - c * vs[-1]))
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
            by_k = by_k - sin(xs[i]) * dv
            by_c = by_c - vs[i] * dv
            gx, gv = -k * cos(xs[i]) * dv, dx - c * dv
            total_x, total_v = total_x + gx, total_v + gv
        by_x, by_v = total_x, total_v
    return value, by_k, by_c


def informed(program: Program) -> Step:
    """The network's value and its two derivatives side by side, through the layers and back."""
    (slopes, shifts, weights, biases, head), (x,) = program.trained, program.lanes
    points, column = len(x), slopes[:, None]
    factors = np.array([np.full(points, -2.0), 2 - 4 * x, x * (1 - x)])  # of N, N', and N'' in u''
    force = math.pi**2 * np.sin(math.pi * x)

    def step() -> tuple[Any, list[Any]]:
        a = np.tanh(column * x + shifts[:, None])
        s = 1 - a * a
        a1 = s * column
        first = np.concatenate([a, a1, -2 * a * a1 * column], axis=1)
        z, z1, z2 = np.split(weights @ first, 3, axis=1)
        h = np.tanh(z + biases[:, None])
        t = 1 - h * h
        h1 = t * z1
        h2 = t * z2 - 2 * h * h1 * z1
        residual = (factors * (head @ np.concatenate([h, h1, h2], axis=1)).reshape(3, points)).sum(axis=0) + force
        g, g1, g2 = 2 * residual * factors
        by_head = h @ g + h1 @ g1 + h2 @ g2
        g, g1, g2 = (head[:, None] * each for each in (g, g1, g2))
        by_z = (g - 2 * h * (z1 * g1 + z2 * g2) - (2 - 6 * h * h) * z1 * z1 * g2) * t
        inner = np.concatenate([by_z, t * g1 - 4 * h * h1 * g2, t * g2], axis=1)
        b, b1, b2 = np.split(weights.T @ inner, 3, axis=1)
        by_first = (b - 2 * a * column * b1 - (2 - 6 * a * a) * column * column * b2) * s
        by_slopes = by_first @ x + (s * b1 - 4 * a * a1 * b2).sum(axis=1)
        return residual @ residual, [by_slopes, by_first.sum(axis=1), inner @ first.T, by_z.sum(axis=1), by_head]

    return step


def bundle(program: Program) -> Step:
    """Rotations of all cameras, then all observations; sums over those of a camera or a point by products."""
    (poses, places), (pairs, measured) = program.trained, program.constants
    camera, point = pairs.T
    of_camera, of_point = (np.eye(len(rows))[:, own] for rows, own in ((poses, camera), (places, point)))
    unit = np.eye(3)
    turns = np.array(
        [[[0, 0, 0], [0, 0, -1], [0, 1, 0]], [[0, 0, 1], [0, 0, 0], [-1, 0, 0]], [[0, -1, 0], [1, 0, 0], [0, 0, 0]]]
    )
    generators = turns.reshape(3, 9).astype(float)  # of the rotations about the axes

    def step() -> tuple[Any, list[Any]]:
        vectors = poses[:, :3]
        angle = np.sqrt((vectors * vectors).sum(axis=1, keepdims=True))
        axes = vectors / angle
        c, s = np.cos(angle)[:, :, None], np.sin(angle)[:, :, None]
        crosses, squares = (axes @ generators).reshape(-1, 3, 3), axes[:, :, None] * axes[:, None, :]
        rotations = c * unit + s * crosses + (1 - c) * squares
        own, at = rotations[camera], places[point]
        seen = (own @ at[:, :, None])[:, :, 0] + poses[camera, 3:]
        depth = seen[:, 2:]
        images = seen[:, :2] / depth
        errors = images - measured
        by_images = 2 * errors / depth
        g = np.concatenate([by_images, -(by_images * images).sum(axis=1, keepdims=True)], axis=1)
        by_places = of_point @ (g[:, None, :] @ own)[:, 0]
        found = of_camera @ np.concatenate([g, (g[:, :, None] * at[:, None, :]).reshape(-1, 9)], axis=1)
        by_rotations = found[:, 3:].reshape(-1, 3, 3)
        by_angle = (by_rotations * (c * crosses + s * (squares - unit))).sum(axis=(1, 2))[:, None]
        both = by_rotations + by_rotations.swapaxes(1, 2)
        by_axes = s[:, 0] * (found[:, 3:] @ generators.T) + (1 - c[:, 0]) * (both @ axes[:, :, None])[:, :, 0]
        along = (by_axes * axes).sum(axis=1, keepdims=True)
        by_vectors = (by_axes - along * axes) / angle + by_angle * axes
        return (errors * errors).sum(), [np.concatenate([by_vectors, found[:, :3]], axis=1), by_places]

    return step


PHYSICS: dict[str, Callable[[Program], Step]] = {
    "N-body energy": bodies,
    "leapfrog of 8 bodies": leapfrog,
    "robot arm, 1,000 poses": arm,
    "Runge–Kutta, one trajectory": pendulum,
    "Runge–Kutta in 1,000 lanes": pendulums,
    "physics-informed net, 200 points": informed,
    "bundle adjustment": bundle,
}
