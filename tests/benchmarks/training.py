"""Training by `nn` beside what it must not be much slower than: the bare loop, numpy by hand, and PyTorch.

Both sides of a case begin from the same numbers, take the same steps in turns, and must end with the same parameters.
Ours may take at most

    1.3 times as long as    the compiled loop          `fit` of the moons
    1.5                     numpy by hand              Adam on 10,000 parameters
    2.2                     numpy by hand              three `Linear`, called without compiling
    2.5                     PyTorch on one thread      an epoch of a small network of convolutions

A ratio is the median of those of neighbouring runs, in processor time: so other programs of the machine disturb least.
"""

from __future__ import annotations

import importlib
import platform
import random
import statistics
from collections.abc import Callable, Sequence
from itertools import pairwise
from time import process_time as now
from typing import Any, NamedTuple

import numpy as np

import autograd
import nn
from autograd import Value

from .engines import MissingPeerError
from .measure import CAN_PIN, GradientsDifferError, garbage_collector
from .tables import Target, seconds, table
from .works import moons

TOLERANCE = 1e-9  # of the parameters after some steps: sums are taken in other orders
SIZES = (64, 64, 64, 10)


class Side(NamedTuple):
    """One of two ways to the same numbers."""

    run: Callable[[], Any]
    parameters: Callable[[], Any]  # after a run, as one array


class Case(NamedTuple):
    """Two sides, what each run of one consists of, and how many times as long ours may take."""

    name: str
    ours: Callable[[bool], Side]  # of True for a small work
    peer_name: str
    peer: Callable[[bool], Side]
    target: Target


def flat(arrays: Any) -> Any:
    """Numbers and arrays as one array."""
    return np.concatenate([np.ravel(np.asarray(each, dtype=float)) for each in arrays])


# --- The moons, trained by `fit` and by the loop that it stands for ---------------------------------------------------


def _network() -> tuple[Any, Any, Any]:
    work = moons(100)
    random.seed(1337)
    return nn.MLP(2, [16, 16, 1]), np.array(work.points), np.array(work.labels)


def fitted(quick: bool) -> Side:
    """Epochs of `nn.fit` over all hundred points at once."""
    model, points, y = _network()
    optimizer, epochs = nn.optim.SGD(model.parameters(), lr=0.01), 5 if quick else 2_000
    run = lambda: nn.fit(
        model, nn.losses.hinge, (points, y), optimizer, epochs=epochs, batch_size=100, shuffle=False, progress=False
    )
    return Side(run, lambda: flat(p.data for p in model.parameters()))


def looped(quick: bool) -> Side:
    """As many steps of the compiled loss, which is recorded at the first one, as `fit` records it."""
    model, points, y = _network()
    optimizer, epochs = nn.optim.SGD(model.parameters(), lr=0.01), 5 if quick else 2_000

    def run() -> None:
        loss = autograd.compile(lambda x, t: nn.losses.hinge(model(x), t))
        for _ in range(epochs):
            optimizer.zero_grad()
            loss(points, y).mean().backward()
            optimizer.step()

    return Side(run, lambda: flat(p.data for p in model.parameters()))


# --- Adam on ten thousand parameters ----------------------------------------------------------------------------------


def _gradient(count: int) -> Any:
    return np.random.default_rng(1).normal(size=count)


def adam(quick: bool) -> Side:
    """Steps of `nn.optim.Adam` on the parameters of a compiled function, which live in one array."""
    count = 100 if quick else 10_000
    leaves = [Value(0.5) for _ in range(count)]
    gradient = _gradient(count)
    autograd.compile(lambda g: autograd.dot(leaves, g.tolist()), batch=False)(gradient).backward()
    optimizer = nn.optim.Adam(leaves, lr=0.01)

    def run() -> None:
        for _ in range(20):
            optimizer.step()

    return Side(run, lambda: flat(leaf.data for leaf in leaves))


def adam_by_hand(quick: bool) -> Side:
    """The same in numpy, as it stands in the paper (Kingma & Ba 2015, algorithm 1)."""
    gradient = _gradient(100 if quick else 10_000)
    numbers = np.full(len(gradient), 0.5)
    first, second, t = np.zeros(len(gradient)), np.zeros(len(gradient)), 0

    def run() -> None:
        nonlocal first, second, t
        for _ in range(20):
            t += 1
            first = 0.9 * first + 0.1 * gradient
            second = 0.999 * second + 0.001 * gradient**2
            numbers[:] -= 0.01 * (first / (1 - 0.9**t)) / (np.sqrt(second / (1 - 0.999**t)) + 1e-8)

    return Side(run, lambda: numbers.copy())


# --- A network of arrays ----------------------------------------------------------------------------------------------


def _samples(quick: bool) -> tuple[Any, Any]:
    rng = np.random.default_rng(2)
    count = 4 if quick else 32
    return rng.normal(size=(count, SIZES[0])), rng.integers(SIZES[-1], size=count)


def _weights() -> list[tuple[Any, Any]]:
    rng = np.random.default_rng(3)
    return [(rng.normal(size=(n, m)) / np.sqrt(m), rng.normal(size=n)) for m, n in pairwise(SIZES)]


def linear(quick: bool) -> Side:
    """Forward, backward and update of three `nn.Linear`, as they are called, not compiled.

    The points are a plain array: no side works out a gradient by them.
    """
    points, labels = _samples(quick)
    layers = [nn.Linear(m, n, activation="tanh") for m, n in pairwise(SIZES[:-1])]
    model = nn.Sequential(*layers, nn.Linear(*SIZES[-2:]))
    for layer, (w, b) in zip([*layers, model[-1]], _weights(), strict=True):
        layer.weight.data, layer.bias.data = w, b
    optimizer = nn.optim.SGD(model.parameters(), lr=0.01)

    def run() -> None:
        for _ in range(10):
            optimizer.zero_grad()
            nn.losses.cross_entropy(model(points), labels).backward()
            optimizer.step()

    return Side(run, lambda: flat(p.data for p in model.parameters()))


def linear_by_hand(quick: bool) -> Side:
    """The same in numpy, derivatives worked out on paper."""
    points, labels = _samples(quick)
    parameters = [(w.copy(), b.copy()) for w, b in _weights()]
    rows = np.arange(len(labels))

    def run() -> None:
        for _ in range(10):
            signals = [points]
            for w, b in parameters[:-1]:
                signals.append(np.tanh(signals[-1] @ w.T + b))
            w, b = parameters[-1]
            scores = signals[-1] @ w.T + b
            exps = np.exp(scores - scores.max(axis=1, keepdims=True))
            g = exps / exps.sum(axis=1, keepdims=True)
            g[rows, labels] -= 1
            g /= len(labels)
            for k in reversed(range(len(parameters))):
                w, b = parameters[k]
                dw, db = g.T @ signals[k], g.sum(axis=0)
                if k:
                    g = (g @ w) * (1 - signals[k] ** 2)
                w -= 0.01 * dw
                b -= 0.01 * db

    return Side(run, lambda: flat(each for pair in parameters for each in pair))


# --- An epoch of digits -----------------------------------------------------------------------------------------------


def _digits(quick: bool) -> tuple[Any, Any]:
    rng = np.random.default_rng(4)
    count = 32 if quick else 1_797  # as many as scikit-learn has
    return rng.random((count, 1, 8, 8)), rng.integers(10, size=count)


def _filters() -> list[Any]:
    rng = np.random.default_rng(5)
    shapes = [(8, 1, 3, 3), (8,), (16, 8, 3, 3), (16,), (10, 64), (10,)]
    return [0.2 * rng.normal(size=shape) for shape in shapes]


def convolutional(quick: bool) -> Side:
    """An epoch of a network of two convolutions, in batches of 32."""
    points, labels = _digits(quick)
    model = nn.Sequential(
        nn.Conv2d(1, 8, 3, padding=1), autograd.relu, nn.MaxPool2d(2),
        nn.Conv2d(8, 16, 3, padding=1), autograd.relu, nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(64, 10),
    )  # fmt: skip
    for parameter, start in zip(model.parameters(), _filters(), strict=True):
        parameter.data = start
    optimizer = nn.optim.SGD(model.parameters(), lr=0.05)

    def run() -> None:
        for begin in range(0, len(points), 32):
            optimizer.zero_grad()
            batch = slice(begin, begin + 32)
            nn.losses.cross_entropy(model(points[batch]), labels[batch]).backward()
            optimizer.step()

    return Side(run, lambda: flat(p.data for p in model.parameters()))


def convolutional_in_torch(quick: bool) -> Side:
    """The same in PyTorch, in float64 and with one thread.

    Raises
    ------
    MissingPeerError
        If it is not installed.
    """
    try:
        torch = importlib.import_module("torch")
    except ImportError:
        raise MissingPeerError("PyTorch is not installed (pip install -e '.[bench-torch]').") from None
    torch.set_num_threads(1)
    points, labels = map(torch.tensor, _digits(quick))
    parts = torch.nn
    model = parts.Sequential(
        parts.Conv2d(1, 8, 3, padding=1), parts.ReLU(), parts.MaxPool2d(2),
        parts.Conv2d(8, 16, 3, padding=1), parts.ReLU(), parts.MaxPool2d(2),
        parts.Flatten(), parts.Linear(64, 10),
    ).double()  # fmt: skip
    with torch.no_grad():
        for parameter, start in zip(model.parameters(), _filters(), strict=True):
            parameter.copy_(torch.tensor(start))
    optimizer, loss = torch.optim.SGD(model.parameters(), lr=0.05), parts.CrossEntropyLoss()

    def run() -> None:
        for begin in range(0, len(points), 32):
            optimizer.zero_grad()
            batch = slice(begin, begin + 32)
            loss(model(points[batch]), labels[batch]).backward()
            optimizer.step()

    return Side(run, lambda: flat(p.detach().numpy() for p in model.parameters()))


CASES = [
    Case("`fit`, 2-16-16-1, 100 points, 2,000 epochs", fitted, "the compiled loop", looped, Target(1.3, None, True)),
    Case("`Adam`, 10⁴ parameters, 20 steps", adam, "numpy by hand", adam_by_hand, Target(1.5, None, True)),
    Case("`Linear` 64-64-64-10, batch 32, 10 steps", linear, "numpy by hand", linear_by_hand, Target(2.2, None, True)),
    Case("two `Conv2d`, 1,797 digits, an epoch", convolutional, "PyTorch", convolutional_in_torch,
         Target(2.5, None, True)),
]  # fmt: skip


def report(peers: Sequence[str], repetitions: int, quick: bool, markdown: bool) -> str:
    """Measure everything and write it down.

    Raises
    ------
    GradientsDifferError
        If the two sides of a case end with different parameters.
    """
    remarks, rows = [], []
    for case in CASES:
        if case.peer_name == "PyTorch" and "torch" not in peers:
            continue
        try:
            ours, peer, ratio = measured(case, repetitions, quick)
        except MissingPeerError as reason:
            remarks.append(str(reason))
            continue
        verdict = [] if markdown else [*case.target.cells()[:1], "" if quick else case.target.verdict(ratio)]
        rows.append([case.name, seconds(ours), f"{seconds(peer)}, {case.peer_name}", f"{ratio:.2f}", *verdict])
    head = ["work", "here", "beside", "ratio", *([] if markdown else ["at most", ""])]
    how = f"Medians of {repetitions} runs of each side, in turns, after a check of all parameters."
    versions = f"Python {platform.python_version()}, numpy {np.__version__}{', on one core' if CAN_PIN else ''}."
    return "\n\n".join([f"{versions} {how}", *remarks, table(head, rows, markdown)])


def measured(case: Case, repetitions: int, quick: bool) -> tuple[float, float, float]:
    """The median time of a run of each side, and the median ratio, after a first run that is compared.

    Raises
    ------
    GradientsDifferError
        If the sides end with different parameters.
    """
    sides = [case.ours(quick), case.peer(quick)]
    for side in sides:
        side.run()
    ours, theirs = (side.parameters() for side in sides)
    if ours.shape != theirs.shape or not np.allclose(ours, theirs, rtol=TOLERANCE, atol=TOLERANCE):
        raise GradientsDifferError(f"{case.name}: the parameters differ here and in {case.peer_name}")
    times: list[list[float]] = [[], []]
    with garbage_collector(True):
        for _ in range(repetitions):
            for side, found in zip(sides, times, strict=True):
                begin = now()
                side.run()
                found.append(now() - begin)
    ratios = [ours / theirs for ours, theirs in zip(*times, strict=True)]
    return statistics.median(times[0]), statistics.median(times[1]), statistics.median(ratios)
