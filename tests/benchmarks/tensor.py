"""Tensors against numpy by hand, HIPS autograd and PyTorch: a network, a convolution, and numbers without axes.

Each engine is a process with a single thread (`tensor_worker`), asleep while another has its turn.
"""

from __future__ import annotations

import importlib.util
import json
import os
import platform
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from types import MappingProxyType
from typing import IO, Any, ClassVar, NamedTuple, TypeVar, cast

import numpy as np

from .engines import MissingPeerError
from .hips import environment
from .measure import CAN_PIN, ONE_THREAD, GradientsDifferError, Outcome, median
from .tables import Target, seconds, table

ROOT = Path(__file__).parents[2]
WORKER = Path(__file__).with_name("tensor_worker.py")
PEERS = {"numpy": "numpy by hand", "hips": "HIPS autograd", "torch": "PyTorch"}
EXTRAS = {"numba": "fast", "loops": "fast", "torch": "bench-torch", "jax": "bench-jax", "micrograd": "bench"}
MODULES = {"loops": "numba"}  # the module of a peer, if it has another name
TOLERANCE = 1e-11  # of the largest gradient: engines add in another order, no more


# --- Works ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Network:
    """Softmax cross-entropy of a perceptron, forward and backward."""

    batch: int = 32
    widths: tuple[int, ...] = (64, 64, 64, 10)
    steps: int = 200
    kind: ClassVar[str] = "network"
    operations: ClassVar[int] = 1

    @property
    def name(self) -> str:
        """As printed."""
        return f"MLP {'-'.join(map(str, self.widths))}, batch {self.batch}"


@dataclass(frozen=True)
class Convolution:
    """Filters on grey images, forward and backward: by the filters, or by the images too."""

    by_images: bool
    images: int = 64
    side: int = 28
    filters: int = 8
    size: int = 3
    steps: int = 20
    kind: ClassVar[str] = "convolution"
    operations: ClassVar[int] = 1

    @property
    def name(self) -> str:
        """As printed."""
        by = "filters and images" if self.by_images else "filters"
        return (
            f"{self.filters} filters {self.size}×{self.size} on {self.images} images {self.side}×{self.side}, by {by}"
        )


@dataclass(frozen=True)
class Numbers:
    """A chain of operations on tensors without axes: what an operation costs besides the arithmetic."""

    rounds: int = 1000
    steps: int = 5
    kind: ClassVar[str] = "numbers"

    @property
    def operations(self) -> int:
        """The number of operations in the chain."""
        return 3 * self.rounds

    @property
    def name(self) -> str:
        """As printed."""
        return f"{self.operations:,} operations on numbers, each"


class Case(NamedTuple):
    """A work, and what is asked: at most so many times as long as a peer, at most so many seconds."""

    work: Any
    ratios: Mapping[str, Target] = MappingProxyType({})
    time: Target | None = None


CASES = [
    Case(Network(), {"numpy": Target(3, smaller_is_better=True), "hips": Target(1, smaller_is_better=True)}),
    Case(Convolution(by_images=False), {"torch": Target(1.8, smaller_is_better=True)}),
    Case(Convolution(by_images=True), {"torch": Target(1.8, smaller_is_better=True)}),
    Case(Numbers(), time=Target(6e-6, smaller_is_better=True)),
]
QUICK_CASES = [
    Case(Network(4, (5, 6, 3), 2)),
    *(Case(Convolution(by_images, 2, 6, 2, 3, 2)) for by_images in (False, True)),
    Case(Numbers(5, 2)),
]


# --- Engines ----------------------------------------------------------------------------------------------------------


class Worker:
    """An engine's process, seen from here."""

    script = WORKER
    every = 1  # it has every so many-th turn

    def __init__(self, name: str, requests: IO[str], answers: IO[str]) -> None:
        self.name = name
        self.requests = requests
        self.answers = answers

    def run(self, work: Any, collector: bool, check: bool = False) -> Any:
        """Have the work done, with the garbage collector of that process on or off."""
        request = asdict(work) | {"kind": work.kind, "collector": collector, "check": check, "seed": 1337}
        return Outcome(**self.ask(request))

    def ask(self, request: dict[str, Any]) -> Any:
        """Send a request, and wait for the answer."""
        self.requests.write(json.dumps(request) + "\n")
        self.requests.flush()
        answer = self.answers.readline()
        if not answer:
            raise RuntimeError(f"the worker of {self.name} has ended; its message is above")
        return json.loads(answer)


W = TypeVar("W", bound=Worker)


WORKS = {"ours": "network convolution numbers", "numpy": "network", "hips": "network numbers",
         "torch": "network convolution numbers"}  # fmt: skip


@contextmanager
def worker(name: str, kind: type[W]) -> Iterator[W]:
    """A process for an engine, gone at the end.

    Raises
    ------
    MissingPeerError
        If the engine is not there, and cannot be installed for the time being.
    """
    with ExitStack() as stack:
        command = [sys.executable]
        if name == "hips":  # -I: no PYTHONPATH and no current folder, in which `autograd` would be ours
            command = [str(stack.enter_context(environment())), "-I"]
        elif name in EXTRAS and importlib.util.find_spec(MODULES.get(name, name)) is None:
            raise MissingPeerError(f'it is not installed; install it with pip install -e ".[{EXTRAS[name]}]"')
        surroundings = {**os.environ, **ONE_THREAD, "PYTHONPATH": str(ROOT)}
        pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True, "env": surroundings}
        process = stack.enter_context(subprocess.Popen([*command, str(kind.script), name], **pipes))
        requests = cast(IO[str], process.stdin)
        yield kind(name, requests, cast(IO[str], process.stdout))
        requests.close()  # which ends the worker


# --- Measuring --------------------------------------------------------------------------------------------------------


def require_close(
    work: str, ours: Sequence[float], peer: str, theirs: Sequence[float], tolerance: float = TOLERANCE
) -> None:
    """Stop where two engines' gradients of a work differ by more than a tolerance times the largest.

    Raises
    ------
    GradientsDifferError
        Naming the gradient that differs most.
    """
    if len(ours) != len(theirs):
        raise GradientsDifferError(f"{work}: there are {len(ours)} gradients here and {len(theirs)} with {peer}")
    gaps = np.abs(np.subtract(ours, theirs))
    if not gaps.max() <= tolerance * np.abs(ours).max():
        k = int(np.argmax(np.where(np.isnan(gaps), np.inf, gaps)))
        raise GradientsDifferError(f"{work}: gradient {k} is {ours[k]!r} here and {theirs[k]!r} with {peer}")


T = TypeVar("T")
Runs = dict[str, list[T]]


def take_turns(
    engines: Sequence[Worker], titles: Mapping[str, str], work: Any, collector: bool, repetitions: int
) -> Runs[Any]:
    """The outcomes of each engine, in turns, after a round that is checked and not timed."""
    first, *others = [engine.run(work, collector, check=True) for engine in engines]
    tolerance = getattr(work, "tolerance", TOLERANCE)
    for engine, outcome in zip(engines[1:], others, strict=True):
        require_close(work.name, first.gradients, titles[engine.name], outcome.gradients, tolerance)
    runs: Runs[Any] = {engine.name: [] for engine in engines}
    for turn in range(repetitions):
        for engine in engines:
            if turn % engine.every:
                continue
            runs[engine.name].append(engine.run(work, collector))
    return runs


def find_workers(
    names: Sequence[str], titles: Mapping[str, str], kind: type[W], stack: ExitStack
) -> tuple[list[W], list[str]]:
    """Those engines that are there, and a sentence for each that is not."""
    engines, remarks = [], []
    for name in names:
        try:
            engines.append(stack.enter_context(worker(name, kind)))
        except MissingPeerError as reason:
            remarks.append(f"{titles[name]} is missing, and not compared: {reason}.")
    return engines, remarks


def report(peers: Sequence[str], repetitions: int, quick: bool, markdown: bool) -> str:
    """Measure everything and write it down.

    Raises
    ------
    GradientsDifferError
        If an engine's gradients differ from ours.
    """
    rows = []
    with ExitStack() as stack:
        engines, remarks = find_workers(("ours", "numpy", *peers), PEERS, Worker, stack)
        for case in QUICK_CASES if quick else CASES:
            able = [engine for engine in engines if case.work.kind in WORKS[engine.name].split()]
            for collector in (True, False):
                print(f"{case.work.name}, collector {'on' if collector else 'off'} …", file=sys.stderr)
                rows += lines(case, collector, take_turns(able, PEERS, case.work, collector, repetitions))
    head = ["work", "collector", "engine", "forward", "backward", "both", "ours takes", "must", ""]
    return "\n\n".join([how_measured(repetitions), *remarks, table(head, rows, markdown)])


def how_measured(repetitions: int) -> str:
    """On what, and in which way."""
    versions = f"Python {platform.python_version()}, numpy {np.__version__}, {platform.system()} {platform.machine()}"
    how = f"Medians of {repetitions} runs of each engine, in turns, after a check of all gradients."
    return f"{versions}. One thread each{', on one core' if CAN_PIN else ''}, float64. {how}"


def lines(case: Case, collector: bool, runs: Runs[Outcome]) -> list[list[str]]:
    """A line for each engine: its times, and how many times as long ours takes."""
    found = []
    ours = median(runs["ours"], "seconds")
    for name, outcomes in runs.items():
        times = [median(outcomes, phase) / case.work.operations for phase in ("forward", "backward", "seconds")]
        line = [case.work.name, "on" if collector else "off", PEERS.get(name, name), *map(seconds, times)]
        ratio = ours / median(outcomes, "seconds")
        if name == "ours":
            target, value, shown = case.time, times[-1], ["", seconds(case.time.must) if case.time else ""]
        else:
            target, value = case.ratios.get(name), ratio
            shown = [f"× {ratio:.2f}", f"× {target.must:g}" if target else ""]
        found.append([*line, *shown, target.verdict(value) if target else ""])
    return found
