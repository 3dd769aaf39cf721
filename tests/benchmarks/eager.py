"""Scalars, recorded and swept: chains and the moons step against peers, and a chain too long for them."""

from __future__ import annotations

import platform
import statistics
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from typing import NamedTuple

import numpy as np

from .engines import Micrograd, MissingPeerError, Ours
from .hips import hips
from .measure import CAN_PIN, Comparison, Engine, Outcome, median, take_turns
from .memory import LongRun, run_in_fresh_process
from .tables import Target, seconds, table
from .works import Chain, Moons, moons


class Case(NamedTuple):
    """A work, with the collector on or off, and how many times as fast as micrograd it is to be."""

    work: Chain | Moons
    collector: bool
    target: Target | None = None


CASES = [
    Case(Chain(10_000), True, Target(3, 4)),
    Case(Chain(10_000), False, Target(3, 3.5)),
    Case(Chain(10_000, of_values=True), True),
    Case(Chain(10_000, of_values=True), False, Target(2.5, 3)),
    Case(Chain(100_000), True, Target(9, 10)),
    Case(Chain(100_000), False),
    Case(moons(100), True, Target(40, 50)),
    Case(moons(100), False),
]
QUICK_CASES = [
    Case(work, collector) for work in (Chain(300), Chain(3000, of_values=True), moons(5)) for collector in (True, False)
]
LONG, QUICK_LONG = 1_000_000, 10_000
LONG_SECONDS = Target(5, smaller_is_better=True)
NODE_BYTES = Target(300, 230, smaller_is_better=True)


def report(peers: Sequence[str], repetitions: int, quick: bool, markdown: bool) -> str:
    """Measure everything and write it down.

    Raises
    ------
    GradientsDifferError
        If an engine's gradients differ from ours.
    """
    versions = f"Python {platform.python_version()}, numpy {np.__version__}, {platform.system()} {platform.machine()}"
    how = f"Medians of {repetitions} runs of each engine, in turns, after a check of all gradients."
    with ExitStack() as environments:
        engines, paragraphs = find_engines(peers, environments)
        measured = measure(engines, QUICK_CASES if quick else CASES, repetitions)
    length, processes = QUICK_LONG if quick else LONG, max(1, repetitions // 3)
    runs = {collector: _long_runs(length, collector, processes) for collector in (True, False)}
    return "\n\n".join(
        [
            f"{versions}{', on one core' if CAN_PIN else ''}. {how}",
            *paragraphs,
            *([ratios(measured, markdown)] if len(engines) > 1 else []),
            "Nanoseconds per operation of micrograd; a moons step frees the last graph in its forward phase:",
            phases(measured, markdown),
            f"A chain of {length:,} operations, medians of {processes} fresh processes, memory as resident set size:",
            long_table(runs, judged=not quick, markdown=markdown),
        ]
    )


def find_engines(peers: Sequence[str], environments: ExitStack) -> tuple[list[Engine], list[str]]:
    """Ours and those peers that are there, and a sentence for each that is not."""
    engines: list[Engine] = [Ours()]
    remarks = []
    for peer in peers:
        try:
            engines.append(Micrograd() if peer == "micrograd" else environments.enter_context(hips()))
            remarks += ["hips autograd takes the moons step in arrays, not in scalars."] if peer == "hips" else []
        except MissingPeerError as reason:
            remarks.append(f"{peer} is missing, and not compared: {reason}.")
    return engines, remarks


Measured = list[tuple[Case, dict[str, list[Outcome]]]]  # the outcomes of each engine, by its name


def measure(engines: Sequence[Engine], cases: Sequence[Case], repetitions: int) -> Measured:
    """Run all cases on all engines."""
    measured: Measured = []
    for case in cases:
        print(f"{case.work.name}, collector {_switch(case.collector)} …", file=sys.stderr)
        outcomes = take_turns(engines, case.work, case.collector, repetitions)
        measured.append((case, {engine.name: runs for engine, runs in zip(engines, outcomes, strict=True)}))
    return measured


def _switch(collector: bool) -> str:
    return "on" if collector else "off"


def ratios(measured: Measured, markdown: bool = False) -> str:
    """The table of how many times as long a peer takes."""
    head = ["work", "collector", "ours", "peer", "takes", "× ours", "pairwise", "must", "reach", ""]
    rows = []
    for case, outcomes in measured:
        (_, ours), *others = outcomes.items()
        for name, theirs in others:
            compared = Comparison(ours, theirs)
            row = [case.work.name, _switch(case.collector), seconds(median(ours, "seconds")), name]
            row += [seconds(median(theirs, "seconds")), f"{compared.ratio:.2f}", f"{compared.pairwise:.2f}"]
            if case.target and name == Micrograd.name:
                row += [*case.target.cells(), case.target.verdict(compared.ratio)]
            rows.append(row + [""] * (len(head) - len(row)))
    return table(head, rows, markdown)


def phases(measured: Measured, markdown: bool = False) -> str:
    """The table of nanoseconds per operation, by phase."""
    head = ["work", "operations", "collector", "engine", "forward", "backward", "update", "free"]
    rows = []
    for case, outcomes in measured:
        for name, runs in outcomes.items():
            row = [case.work.name, f"{case.work.operations:,}", _switch(case.collector), name]
            times = [median(runs, phase) / case.work.operations * 1e9 for phase in head[4:]]
            rows.append(row + [f"{time:.1f}" if time else "-" for time in times])
    return table(head, rows, markdown)


def _long_runs(length: int, collector: bool, repetitions: int) -> list[LongRun]:
    print(f"{Chain(length).name} in fresh processes, collector {_switch(collector)} …", file=sys.stderr)
    return [run_in_fresh_process(length, collector) for _ in range(repetitions)]


def long_table(runs: dict[bool, list[LongRun]], judged: bool, markdown: bool = False) -> str:
    """The table of the long chain: seconds for each phase, and bytes per node."""
    head = ["what", "collector on", "collector off", "must", "reach", "on", "off"]
    lines: list[tuple[str, str, Target | None]] = [
        ("build", "build", None),
        ("sweep", "sweep", None),
        ("free", "free", None),
        ("all three", "seconds", LONG_SECONDS),
        ("bytes per node, built", "bytes_built", None),
        ("bytes per node, swept", "bytes_swept", NODE_BYTES),
        ("bytes per node, at most", "bytes_peak", None),
    ]
    rows = []
    for title, field, target in lines:
        values = [_middle(runs[collector], field) for collector in (True, False)]
        write = (lambda value: f"{value:.0f}") if field.startswith("bytes") else seconds
        row = [title, *("not known" if value is None else write(value) for value in values)]
        if target and judged:
            row += [*target.cells(), *("" if value is None else target.verdict(value) for value in values)]
        rows.append(row + [""] * (len(head) - len(row)))
    return table(head, rows, markdown)


def _middle(runs: Sequence[LongRun], field: str) -> float | None:
    values = [getattr(run, field) for run in runs]
    return None if None in values else statistics.median(values)
