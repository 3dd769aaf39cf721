"""A long chain in a process of its own: the time to build, sweep and free it, and the memory of a node.

Memory is what the operating system counts as resident, read before and after: it includes what an allocator rounds up,
and the numbers that belong to a node besides the node itself. At the peak there are the lists of the sweep as well.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from time import perf_counter as now
from typing import NamedTuple

from autograd import Value

from .measure import garbage_collector
from .works import START, Chain, chain

ROOT = Path(__file__).parents[2]
STATUS = Path("/proc/self/status")


class LongRun(NamedTuple):
    """Seconds for each phase; bytes per operation, ``None`` where the system does not tell."""

    build: float
    sweep: float
    free: float
    bytes_built: float | None
    bytes_swept: float | None
    bytes_peak: float | None

    @property
    def seconds(self) -> float:
        """All phases together."""
        return self.build + self.sweep + self.free


def memory(field: str) -> int | None:
    """Bytes of this process that are resident (``VmRSS``) or were at most (``VmHWM``), where the system is Linux."""
    if not STATUS.exists():
        return None
    line = next(line for line in STATUS.read_text().splitlines() if line.startswith(f"{field}:"))
    return int(line.split()[1]) * 1024


def run(length: int, collector: bool) -> LongRun:
    """Build, sweep and free a chain in this process, which should be a fresh one: freed memory would be used again."""
    work = Chain(length)
    chain(Value(START), 100).backward()  # whatever is set up at the first use
    with garbage_collector(collector):
        before = memory("VmRSS")
        begin = now()
        y = chain(Value(START), work.rounds)
        build = now() - begin
        after_build = memory("VmRSS")
        begin = now()
        y.backward()
        sweep = now() - begin
        after_sweep, peak = memory("VmRSS"), memory("VmHWM")
        begin = now()
        del y
        free = now() - begin

    def each(after: int | None) -> float | None:
        return None if before is None or after is None else (after - before) / work.operations

    return LongRun(build, sweep, free, each(after_build), each(after_sweep), each(peak))


def run_in_fresh_process(length: int, collector: bool) -> LongRun:
    """The same in a process of its own."""
    command = [sys.executable, "-m", "tests.benchmarks.memory", str(length), str(int(collector))]
    answer = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True)
    return LongRun(*json.loads(answer.stdout))


if __name__ == "__main__":
    print(json.dumps(run(int(sys.argv[1]), sys.argv[2] == "1")))
