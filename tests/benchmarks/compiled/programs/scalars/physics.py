"""Programs of bodies and their motion."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from tests.benchmarks.compiled.programs.program import Program


def bodies(draw: Any, small: bool) -> Program:
    """The potential energy of bodies in space, softened: a sum over pairs."""
    masses = draw.uniform(0.5, 1, 4 if small else 24)

    def loss(ag: Any, trained: Any) -> Any:
        (places,) = trained
        terms = []
        for i, a in enumerate(places):
            for j, b in enumerate(places[:i]):
                gaps = [x - y for x, y in zip(a, b, strict=True)]
                terms.append(-masses[i] * masses[j] / ag.sqrt(sum(d * d for d in gaps) + 0.01))
        return ag.sum(terms)

    return Program([draw.normal(size=(len(masses), 3))], [], loss, masses)


def leapfrog(draw: Any, small: bool) -> Program:
    """Ten steps of bodies that attract each other, each by sums over pairs: the squared distances at the end."""
    count, steps, half = (3, 2, 0.005) if small else (8, 10, 0.005)
    masses = draw.uniform(0.5, 1, count).tolist()

    def pulls(places: Any) -> Any:
        found = [[0.0] * 3 for _ in masses]
        for i, a in enumerate(places):
            for j, b in enumerate(places[:i]):
                gaps = [y - x for x, y in zip(a, b, strict=True)]
                pull = (sum(d * d for d in gaps) + 0.01) ** -1.5
                for k, d in enumerate(gaps):
                    found[i][k] = found[i][k] + masses[j] * (d * pull)
                    found[j][k] = found[j][k] - masses[i] * (d * pull)
        return found

    def moved(rows: Any, by: Any, time: float) -> Any:
        return [[x + time * y for x, y in zip(row, own, strict=True)] for row, own in zip(rows, by, strict=True)]

    def loss(ag: Any, trained: Any) -> Any:
        places, speeds = (array.tolist() for array in trained)
        pull = pulls(places)
        for _ in range(steps):
            speeds = moved(speeds, pull, half)
            places = moved(places, speeds, 2 * half)
            pull = pulls(places)
            speeds = moved(speeds, pull, half)
        return ag.sum([x * x for row in places for x in row])

    return Program([draw.normal(size=(count, 3)), draw.normal(0, 0.1, (count, 3))], [], loss, (masses, steps, half))


def arm(draw: Any, small: bool) -> Program:
    """The calibration of a robot's arm: lengths of links and zeros of joints, from poses whose end was measured."""
    poses, joints = (5, 2) if small else (1000, 6)

    def loss(ag: Any, trained: Any, angles: Any, end: Any) -> Any:
        lengths, zeros = trained
        x, y, total = 0.0, 0.0, 0.0
        for length, zero, angle in zip(lengths, zeros, angles, strict=True):
            total = total + angle + zero
            x, y = x + length * ag.cos(total), y + length * ag.sin(total)
        return (x - end[0]) ** 2 + (y - end[1]) ** 2

    lanes = [draw.normal(size=(poses, joints)), draw.normal(size=(poses, 2))]
    return Program([draw.uniform(0.5, 1, joints), draw.normal(0, 0.1, joints)], lanes, loss)


def pendulum(draw: Any, small: bool) -> Program:
    """The energy of a damped pendulum after steps of Runge and Kutta: one trajectory, of single numbers."""
    steps, h = 3 if small else 100, 0.05
    loss = lambda ag, trained: _energy_after(ag, *trained[0], 1.0, 0.0, steps, h)
    return Program([np.array([9.81, 0.1])], [], loss, (steps, h))


def pendulums(draw: Any, small: bool) -> Program:
    """The same from many starts, as lanes."""
    starts, steps, h = (6, 3, 0.05) if small else (1000, 100, 0.05)
    loss = lambda ag, trained, x, v: _energy_after(ag, *trained[0], x, v, steps, h)
    return Program([np.array([9.81, 0.1])], [draw.normal(size=starts) for _ in range(2)], loss, (steps, h))


def _energy_after(ag: Any, stiffness: Any, damping: Any, x: Any, v: Any, steps: int, h: float) -> Any:
    def slope(x: Any, v: Any) -> Any:
        return v, -stiffness * ag.sin(x) - damping * v

    for _ in range(steps):
        a = slope(x, v)
        b = slope(x + h / 2 * a[0], v + h / 2 * a[1])
        c = slope(x + h / 2 * b[0], v + h / 2 * b[1])
        d = slope(x + h * c[0], v + h * c[1])
        x, v = (y + h / 6 * (p + 2 * q + 2 * r + s) for y, p, q, r, s in zip((x, v), a, b, c, d, strict=True))
    return x * x + v * v


def informed(draw: Any, small: bool) -> Program:
    """A physics-informed net: ``u'' = -π² sin πx``, ``u = x (1 - x) N(x)``, the second derivative by the package."""
    points, hidden = (5, 3) if small else (200, 16)

    def loss(ag: Any, trained: Any, x: Any) -> Any:
        slopes, shifts, weights, biases, head = trained

        def u(x: Any) -> Any:
            first = [ag.tanh(w * x + b) for w, b in zip(slopes, shifts, strict=True)]
            second = [ag.tanh(ag.dot(list(row), first, b)) for row, b in zip(weights, biases, strict=True)]
            return x * (1 - x) * ag.dot(list(head), second)

        return (ag.derivative(u, order=2)(x) + math.pi**2 * ag.sin(math.pi * x)) ** 2

    shapes = (hidden,), (hidden,), (hidden, hidden), (hidden,), (hidden,)
    return Program([draw.normal(0, 0.7, shape) for shape in shapes], [np.linspace(0, 1, points)], loss)


def bundle(draw: Any, small: bool) -> Program:
    """Bundle adjustment: points, and cameras by their rotation vectors and shifts, from places in images."""
    cameras, points, seen = (2, 3, 4) if small else (6, 40, 160)
    which = draw.choice(cameras * points, seen, replace=False)
    pairs = list(zip((which // points).tolist(), (which % points).tolist(), strict=True))
    measured = draw.normal(0, 0.3, (seen, 2))

    def rotation(ag: Any, vector: Any) -> Any:
        angle = ag.sqrt(ag.sum([w * w for w in vector]))
        c, s = ag.cos(angle), ag.sin(angle)
        x, y, z = (w / angle for w in vector)
        return [
            [c + x * x * (1 - c), x * y * (1 - c) - z * s, x * z * (1 - c) + y * s],
            [y * x * (1 - c) + z * s, c + y * y * (1 - c), y * z * (1 - c) - x * s],
            [z * x * (1 - c) - y * s, z * y * (1 - c) + x * s, c + z * z * (1 - c)],
        ]

    def loss(ag: Any, trained: Any) -> Any:
        poses, places = trained
        rotations, errors = [rotation(ag, pose[:3]) for pose in poses], []
        for (camera, point), goal in zip(pairs, measured.tolist(), strict=True):
            shifts = poses[camera][3:]
            x, y, z = (ag.dot(row, list(places[point]), b) for row, b in zip(rotations[camera], shifts, strict=True))
            errors += [(x / z - goal[0]) ** 2, (y / z - goal[1]) ** 2]
        return ag.sum(errors)

    poses = np.column_stack([draw.normal(0, 0.3, (cameras, 3)), draw.normal((0, 0, 5), 0.2, (cameras, 3))])
    return Program([poses, draw.normal(size=(points, 3))], [], loss, (np.array(pairs), measured))


PHYSICS: dict[str, Callable[[Any, bool], Program]] = {
    "N-body energy": bodies,
    "leapfrog of 8 bodies": leapfrog,
    "robot arm, 1,000 poses": arm,
    "Runge–Kutta, one trajectory": pendulum,
    "Runge–Kutta in 1,000 lanes": pendulums,
    "physics-informed net, 200 points": informed,
    "bundle adjustment": bundle,
}
