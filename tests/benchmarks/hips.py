"""HIPS autograd as a peer. It installs a package named ``autograd``, as we do, so it has an environment of its own.

The environment is made for one run in a temporary folder, with this Python and this numpy. There a worker process
(``hips_worker.py``) answers one request at a time, and sleeps while the others have their turn.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import IO, Any, cast

import numpy as np

from .engines import MissingPeerError
from .measure import ONE_THREAD, Outcome
from .works import LEARNING_RATE, PENALTY, RATE, SHIFT, START, STEPS, WARM_UP, WIDTHS, Chain, Moons

WORKER = Path(__file__).with_name("hips_worker.py")


class Hips:
    """The worker process, seen from here."""

    name = "hips autograd"

    def __init__(self, requests: IO[str], answers: IO[str]) -> None:
        self.requests = requests
        self.answers = answers

    def run(self, work: Chain | Moons, collector: bool) -> Outcome:
        """Have the work done once, with the garbage collector of that process on or off."""
        if isinstance(work, Chain):
            request = {"rounds": work.rounds, "start": START, "rate": RATE, "shift": SHIFT}
        else:
            request = asdict(work) | {"widths": WIDTHS, "penalty": PENALTY, "learning_rate": LEARNING_RATE}
            request |= {"warm_up": WARM_UP, "steps": STEPS}
        self.requests.write(json.dumps(request | {"collector": collector}) + "\n")
        self.requests.flush()
        answer = self.answers.readline()
        if not answer:
            raise RuntimeError(f"the worker of {self.name} has ended; its message is above")
        return Outcome(**json.loads(answer))


@contextmanager
def hips() -> Iterator[Hips]:
    """An environment with HIPS autograd and a worker in it, both gone at the end.

    Raises
    ------
    MissingPeerError
        If it cannot be installed.
    """
    with environment() as python:
        # -I: no PYTHONPATH and no current folder, in which `autograd` would be ours
        command = [str(python), "-I", str(WORKER)]
        pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        with subprocess.Popen(command, env={**os.environ, **ONE_THREAD}, **pipes) as process:
            requests, answers = cast(IO[str], process.stdin), cast(IO[str], process.stdout)
            yield Hips(requests, answers)
            requests.close()  # which ends the worker


@contextmanager
def environment() -> Iterator[Path]:
    """The Python of an environment with HIPS autograd, gone at the end.

    Raises
    ------
    MissingPeerError
        If it cannot be installed.
    """
    with tempfile.TemporaryDirectory(prefix="stepgrad-hips-") as folder:
        yield _install(Path(folder))


def _install(folder: Path) -> Path:
    """Make the environment; answers with its Python."""
    print("installing HIPS autograd into a temporary environment …", file=sys.stderr)
    python = folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    try:
        venv.create(folder, with_pip=True)
        subprocess.run(
            [python, "-m", "pip", "install", "--quiet", "autograd>=1.7", f"numpy=={np.__version__}"],
            check=True,
            capture_output=True,
            text=True,
        )
    except subprocess.CalledProcessError as failure:
        said = (failure.stderr or failure.stdout or "").strip().splitlines()
        raise MissingPeerError(f"it could not be installed: {said[-1] if said else failure}") from failure
    return python
