"""Fair measuring: equal gradients first, then turns, medians and ratios."""

from __future__ import annotations

import gc
import math
import os
import statistics
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol, TypeVar

T = TypeVar("T")

# The environment of a process whose libraries, numpy's, PyTorch's and JAX's, are to use one thread.
ONE_THREAD = {f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL", "NUMEXPR")}
ONE_THREAD["VECLIB_MAXIMUM_THREADS"] = "1"
ONE_THREAD |= {"NPROC": "1", "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"}
CAN_PIN = hasattr(os, "sched_setaffinity")  # not on macOS, not on Windows

TOLERANCE = 1e-12  # relative: engines may add in another order, no more


class GradientsDifferError(Exception):
    """Two engines disagree, so comparing their speed would mean nothing."""


class Outcome(NamedTuple):
    """One run of a work: the time of each phase in seconds, and what came out."""

    forward: float
    backward: float
    update: float  # of the parameters, where there are any
    free: float  # letting go of a chain; next to nothing where only the garbage collector can free it
    gradients: list[float]

    @property
    def seconds(self) -> float:
        """The compared time: all phases but that of letting go, which a peer that leaves garbage does not have."""
        return self.forward + self.backward + self.update


class Engine(Protocol):
    """An engine that does the work: this package or a peer."""

    name: str

    def run(self, work: Any, collector: bool) -> Outcome:
        """Do the work once, with the garbage collector on or off."""


@dataclass(frozen=True)
class Comparison:
    """The runs of two engines that took turns, in the order of the turns."""

    ours: list[Outcome]
    peer: list[Outcome]

    @property
    def ratio(self) -> float:
        """The peer's time in units of ours: the ratio of the medians."""
        return median(self.peer, "seconds") / median(self.ours, "seconds")

    @property
    def pairwise(self) -> float:
        """The same as the median of the ratios of neighbouring runs."""
        return statistics.median(b.seconds / a.seconds for a, b in zip(self.ours, self.peer, strict=True))


def median(outcomes: Sequence[Outcome], phase: str) -> float:
    """The median time of a phase, or of all ``seconds``."""
    times: list[float] = [getattr(outcome, phase) for outcome in outcomes]
    return statistics.median(times)


@contextmanager
def one_core() -> Iterator[None]:
    """Pin this thread, and the threads and processes that it starts, to one core, where the system can do that.

    An engine that passes its work to a second thread, as JAX does, waits for that thread; on a shared machine with two
    cores the wait took three to four times as long as the work.
    """
    if not CAN_PIN:
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(before)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


@contextmanager
def garbage_collector(on: bool) -> Iterator[None]:
    """Begin without garbage, with the cyclic collector on or off; afterwards it is as it was."""
    before = gc.isenabled()
    gc.collect()
    (gc.enable if on else gc.disable)()
    try:
        yield
    finally:
        (gc.enable if before else gc.disable)()


def require_equal(work: str, ours: Sequence[float], peer: str, theirs: Sequence[float]) -> None:
    """Stop where two engines' gradients of a work differ by more than 1e-12 of themselves.

    Raises
    ------
    GradientsDifferError
        Naming the first gradient that differs.
    """
    if len(ours) != len(theirs):
        raise GradientsDifferError(f"{work}: there are {len(ours)} gradients here and {len(theirs)} in {peer}")
    for k, (a, b) in enumerate(zip(ours, theirs, strict=True)):
        if not math.isclose(a, b, rel_tol=TOLERANCE):
            raise GradientsDifferError(f"{work}: gradient {k} of {len(ours)} is {a!r} here and {b!r} in {peer}")


def take_turns(engines: Sequence[Engine], work: Any, collector: bool, repetitions: int) -> list[list[Outcome]]:
    """The outcomes of each engine, which run A B C, A B C, … after one round that checks them and is not timed.

    Raises
    ------
    GradientsDifferError
        If the engines differ in a gradient; nothing is timed then.
    """
    first, *others = [engine.run(work, collector) for engine in engines]
    for engine, outcome in zip(engines[1:], others, strict=True):
        require_equal(work.name, first.gradients, engine.name, outcome.gradients)
    rounds = [[engine.run(work, collector) for engine in engines] for _ in range(repetitions)]
    return [list(outcomes) for outcomes in zip(*rounds, strict=True)]


def deep(function: Callable[[], T]) -> T:
    """Call a function where recursion may go 400,000 calls deep: a peer that recurses needs that for a long chain."""
    results: list[T] = []
    failures: list[BaseException] = []

    def call() -> None:
        try:
            results.append(function())
        except BaseException as failure:  # handed to the caller's thread
            failures.append(failure)

    stack, limit = threading.stack_size(512 * 2**20), sys.getrecursionlimit()
    sys.setrecursionlimit(400_000)
    try:
        thread = threading.Thread(target=call, daemon=True)
        thread.start()
        thread.join()
    finally:
        threading.stack_size(stack)
        sys.setrecursionlimit(limit)
    if failures:
        raise failures[0]
    return results[0]
