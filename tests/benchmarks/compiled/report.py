"""Scalars that run as matrices: steps by ``autograd.compile`` against numpy by hand, JAX, PyTorch and micrograd.

A step is all that a training loop does by public calls: ``zero_grad``, forward, backward, and the update of the
parameters, where there are some. Each engine is a process with a single thread (`worker`), asleep while
another has its turn. A turn is as many steps as fit into 0.15 seconds, from where the parameters began; micrograd,
whose step takes longer than that, has one, in every third turn. Before the first turn the gradients of all engines
after some steps are found equal.

Functions of tensors are works, too (`arrays`): the loss and its gradients, without an update.

Judged is the ratio to numpy by hand (`by_hand`) on whole arrays. Where there are many points, numpy in blocks
that fit into the cache stands beside it: faster where memory is the limit, and what a compiler that knows the whole
program may aim at.

What comes once, recording the scalars and lowering them to an array program, is measured apart: by how much the first
step takes longer than later ones. Imports and the like are not in it, since another function is compiled before.
"""

from __future__ import annotations

import statistics
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, NamedTuple

from ..tables import Target, seconds, table
from ..tensor import Runs, Worker, find_workers, how_measured, take_turns
from . import arrays
from .arrays import Arrays
from .programs import Whole
from .programs.scalars import PROGRAMS
from .works import Convolution, Moons, Network, Options, Rosenbrock

PEERS = {
    "numba": 'here, engine="numba"',
    "numpy": "numpy by hand",
    "blocks": "numpy in blocks",
    "loops": "loops by hand, numba",
    "jax": "JAX, jit",
    "torch": "PyTorch, eager",
    "micrograd": "micrograd",
}
DURATION, QUICK_DURATION = 0.15, 0.002  # seconds in a turn
LARGE = 50_000  # operations: above, recording is judged by the operation, below in all


class Step(NamedTuple):
    """A turn: the mean time of a step, and the gradients after the last if they were asked for."""

    seconds: float
    gradients: list[float]


class Recording(NamedTuple):
    """The cost of recording, paid once: the time, the operations of one or two numbers, and the records with them."""

    seconds: float
    operations: int
    records: int


class StepWorker(Worker):
    """An engine's process, seen from here."""

    script = Path(__file__).with_name("worker.py")
    duration = DURATION

    def run(self, work: Any, collector: bool, check: bool = False) -> Step:
        """Have a turn, with the garbage collector of that process on or off; or some steps, and their gradients."""
        return Step(**self.ask(self._request(work, collector) | {"check": check}))

    def record(self, work: Any, collector: bool) -> Recording:
        """Have a work set up anew, and its first step taken."""
        return Recording(**self.ask(self._request(work, collector) | {"first": True}))

    def _request(self, work: Any, collector: bool) -> dict[str, Any]:
        request = {"kind": work.kind, "work": asdict(work), "collector": collector, "duration": self.duration}
        return request | {"check": False, "first": False}


class Case(NamedTuple):
    """A work, and how many times as long as numpy by hand it may take, or how many times as fast as a peer it is."""

    work: Any
    numpy: Target | None = None
    micrograd: Target | None = None


def _at_most(must: float, reach: float) -> Target:
    return Target(must, reach, smaller_is_better=True)


CASES = [
    Case(Moons(), _at_most(1.5, 1.1)),
    Case(Moons(whole=True), _at_most(1.5, 1.0), Target(1000)),
    Case(Network(), _at_most(1.5, 1.1)),
    Case(Network(whole=True), _at_most(1.5, 1.0)),
    Case(Rosenbrock(), _at_most(1.3, 1.0)),
    Case(Options(), _at_most(1.5, 1.2)),
    Case(Convolution(), _at_most(1.5, 1.0)),
    Case(Convolution(whole=True), _at_most(1.5, 1.0)),
    *(Case(Whole(which), _at_most(2.5, 1.2)) for which in PROGRAMS),
    *(Case(Arrays(which), _at_most(1.5, 1.2)) for which in arrays.PROGRAMS),
]
QUICK_CASES = [
    *(Case(Moons(whole, 5)) for whole in (False, True)),
    *(Case(Network(whole, 4, (5, 6, 3))) for whole in (False, True)),
    Case(Rosenbrock(6, 300)),
    Case(Options(30)),
    *(Case(Convolution(whole, 3, 5, 2, 3)) for whole in (False, True)),
    *(Case(Whole(which, small=True)) for which in PROGRAMS),
    *(Case(Arrays(which, small=True)) for which in arrays.PROGRAMS),
]
EACH, IN_ALL = _at_most(2.5e-6, 1.5e-6), _at_most(60e-3, 30e-3)


def report(peers: Sequence[str], repetitions: int, quick: bool, markdown: bool) -> str:
    """Measure everything and write it down.

    Raises
    ------
    GradientsDifferError
        If an engine's gradients differ from ours.
    """
    rows, recorded = [], []
    with ExitStack() as stack:
        engines, remarks = find_workers(("ours", *peers), PEERS, StepWorker, stack)
        for engine in engines:
            engine.duration = QUICK_DURATION if quick else DURATION
            engine.every = 3 if engine.name == "micrograd" else 1
        for case in QUICK_CASES if quick else CASES:
            able = [engine for engine in engines if engine.name in ("ours", "numba", *case.work.peers)]
            for collector in (True, False):
                print(f"{case.work.name}, collector {_switch(collector)} …", file=sys.stderr)
                rows += lines(case, collector, take_turns(able, PEERS, case.work, collector, repetitions))
        for case in QUICK_CASES if quick else CASES:
            work = case.work
            if hasattr(work, "points"):  # with few of them: making room for many takes longer than what is measured
                work = replace(work, points=min(work.points, 1000))
            for collector in (True, False):
                print(f"{work.name}, first step, collector {_switch(collector)} …", file=sys.stderr)
                runs = [engines[0].record(work, collector) for _ in range(max(1, repetitions // 2))]
                recorded.append(recording_line(work, collector, runs, judged=not quick))
    head = ["work", "collector", "engine", "a step", "ours takes", "must", "reach", ""]
    first = [
        "work",
        "collector",
        "operations",
        "records",
        "recording",
        "by operation",
        "by record",
        "must",
        "reach",
        "",
    ]
    return "\n\n".join(
        [
            how_measured(repetitions),
            *remarks,
            table(head, rows, markdown),
            "Once, at the first step: recording and lowering, that is, by how much it takes longer than later ones:",
            table(first, recorded, markdown),
        ]
    )


def _switch(collector: bool) -> str:
    return "on" if collector else "off"


def lines(case: Case, collector: bool, runs: Runs[Step]) -> list[list[str]]:
    """A line for each engine: the time of a step, and how many times as long ours takes."""
    found = []
    times = {name: statistics.median(step.seconds for step in steps) for name, steps in runs.items()}
    ours = times["ours"]
    for name, time in times.items():
        line = [case.work.name, _switch(collector), PEERS.get(name, name), seconds(time)]
        if name == "ours":
            line += [""] * 4
        elif name == "micrograd":
            line += [f"1 / {time / ours:,.0f}", *_judged(case.micrograd, time / ours, "1 / ")]
        else:
            line += [f"× {ours / time:.2f}", *_judged(case.numpy if name == "numpy" else None, ours / time, "× ")]
        found.append(line)
    return found


def _judged(target: Target | None, value: float, sign: str) -> list[str]:
    """Three cells: the required figure, the figure aimed at, and the verdict; all empty without a target."""
    if target is None:
        return [""] * 3
    return [*(cell and f"{sign}{cell}" for cell in target.cells()), target.verdict(value)]


def recording_line(work: Any, collector: bool, runs: Sequence[Recording], judged: bool = True) -> list[str]:
    """The time of recording and lowering: judged per operation for a large program, as a whole for a small one."""
    time = statistics.median(run.seconds for run in runs)
    _, operations, records = runs[0]
    line = [work.name, _switch(collector), f"{operations:,}", f"{records:,}", seconds(time)]
    line += [seconds(time / operations), seconds(time / records)]
    target, value = (EACH, time / operations) if operations > LARGE else (IN_ALL, time)
    if not judged:
        return [*line, "", "", ""]
    return [*line, seconds(target.must), seconds(target.reach or 0.0), target.verdict(value)]
