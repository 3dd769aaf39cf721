"""The programs of bodies and their motion in JAX."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from tests.benchmarks.compiled.programs.program import Loss, Program


def bodies(jax: Any, m: Any, program: Program) -> Loss:
    """Each pair once, by the numbers of its bodies."""
    i, j = np.tril_indices(len(program.constants), -1)
    products = program.constants[i] * program.constants[j]
    return lambda trained: -(products / m.sqrt(((trained[0][i] - trained[0][j]) ** 2).sum(axis=1) + 0.01)).sum()


def leapfrog(jax: Any, m: Any, program: Program) -> Loss:
    """A scan over the steps; sums over pairs as products with matrices."""
    masses, steps, half = program.constants
    i, j = np.tril_indices(len(masses), -1)
    ones = np.eye(len(masses))
    weights = np.array(masses)[j] * ones[:, i] - np.array(masses)[i] * ones[:, j]

    def pulls(places: Any) -> Any:
        gaps = places[j] - places[i]
        return weights @ (gaps * ((gaps**2).sum(axis=1, keepdims=True) + 0.01) ** -1.5)

    def advance(state: Any, _: Any) -> Any:
        places, speeds, found = state
        speeds = speeds + half * found
        places = places + 2 * half * speeds
        found = pulls(places)
        return (places, speeds + half * found, found), None

    def loss(trained: Any) -> Any:
        places, speeds = trained
        return (jax.lax.scan(advance, (places, speeds, pulls(places)), None, steps)[0][0] ** 2).sum()

    return loss


def arm(jax: Any, m: Any, program: Program) -> Loss:
    """Running sums of the angles."""
    angles, ends = (m.asarray(np.ascontiguousarray(lane.T)) for lane in program.lanes)

    def loss(trained: Any) -> Any:
        totals = m.cumsum(angles + trained[1][:, None], axis=0)
        return ((trained[0] @ m.cos(totals) - ends[0]) ** 2 + (trained[0] @ m.sin(totals) - ends[1]) ** 2).sum()

    return loss


def pendulum(jax: Any, m: Any, program: Program) -> Loss:
    """A scan over the steps, of two numbers: with an array of two, it takes more than twice as long."""
    steps, h = program.constants

    def loss(trained: Any) -> Any:
        stiffness, damping = trained[0]

        def slope(x: Any, v: Any) -> Any:
            return v, -stiffness * m.sin(x) - damping * v

        def advance(state: Any, _: None) -> Any:
            x, v = state
            a = slope(x, v)
            b = slope(x + h / 2 * a[0], v + h / 2 * a[1])
            c = slope(x + h / 2 * b[0], v + h / 2 * b[1])
            d = slope(x + h * c[0], v + h * c[1])
            each = zip(state, a, b, c, d, strict=True)
            return tuple(y + h / 6 * (p + 2 * q + 2 * r + s) for y, p, q, r, s in each), None

        x, v = jax.lax.scan(advance, (1.0, 0.0), None, length=steps)[0]
        return x * x + v * v

    return loss


def pendulums(jax: Any, m: Any, program: Program) -> Loss:
    """A scan over the steps, of an array of two rows: with two arrays, it takes twice as long."""
    steps, h = program.constants
    starts = m.asarray(program.lanes)

    def loss(trained: Any) -> Any:
        stiffness, damping = trained[0]

        def slope(y: Any) -> Any:
            return m.stack([y[1], -stiffness * m.sin(y[0]) - damping * y[1]])

        def advance(y: Any, _: None) -> Any:
            a = slope(y)
            b = slope(y + h / 2 * a)
            c = slope(y + h / 2 * b)
            return y + h / 6 * (a + 2 * b + 2 * c + slope(y + h * c)), None

        y = jax.lax.scan(advance, starts, None, length=steps)[0]
        return (y * y).sum()

    return loss


def informed(jax: Any, m: Any, program: Program) -> Loss:
    """The second derivative at one point, mapped over all."""
    points = m.asarray(program.lanes[0])

    def loss(trained: Any) -> Any:
        slopes, shifts, weights, biases, head = trained

        def u(x: Any) -> Any:
            return x * (1 - x) * (head @ m.tanh(weights @ m.tanh(slopes * x + shifts) + biases))

        bend = jax.vmap(jax.grad(jax.grad(u)))(points)
        return ((bend + math.pi**2 * m.sin(math.pi * points)) ** 2).sum()

    return loss


def bundle(jax: Any, m: Any, program: Program) -> Loss:
    """Rotations of all cameras, then all observations."""
    pairs, measured = program.constants
    camera, point = pairs.T

    def rotation(vector: Any) -> Any:
        angle = m.sqrt((vector * vector).sum())
        x, y, z = vector / angle
        k = m.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
        return m.eye(3) + m.sin(angle) * k + (1 - m.cos(angle)) * k @ k

    def loss(trained: Any) -> Any:
        poses, places = trained
        rotations = jax.vmap(rotation)(poses[:, :3])
        seen = m.einsum("nij,nj->ni", rotations[camera], places[point]) + poses[camera, 3:]
        return ((seen[:, :2] / seen[:, 2:] - measured) ** 2).sum()

    return loss


PHYSICS: dict[str, Callable[[Any, Any, Program], Loss]] = {
    "N-body energy": bodies,
    "leapfrog of 8 bodies": leapfrog,
    "robot arm, 1,000 poses": arm,
    "Runge–Kutta, one trajectory": pendulum,
    "Runge–Kutta in 1,000 lanes": pendulums,
    "physics-informed net, 200 points": informed,
    "bundle adjustment": bundle,
}
