"""Scripts in processes of their own.

Where they are interrupted they have to be: a tool that traces the tests may not survive an interrupt.
"""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

needs_timer = pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="this system has no interval timer")

HANGS = 600  # seconds after which a script is taken to hang; on a loaded machine, one that does not may take minutes

# The beginning of a script that is interrupted: ``interruptions`` runs some work over and over, and yields whenever an
# interrupt has ended it.
INTERRUPTIONS = """
import random, signal


class Interrupt(BaseException):
    pass


def interrupt(*_):
    raise Interrupt


def interruptions(work, times, longest):
    signal.signal(signal.SIGALRM, interrupt)
    for _ in range(times):
        try:
            signal.setitimer(signal.ITIMER_REAL, random.uniform(1e-5, longest))
            while True:
                work()
        except Interrupt:
            yield


random.seed(0)
"""


def run_fresh(script, **environment):
    """The output of a script, as text, in a process with the given environment variables and ours on the path."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8", **environment}
    command = [sys.executable, "-c", script]
    finished = subprocess.run(command, env=environment, stdout=subprocess.PIPE, check=True, timeout=HANGS)
    return finished.stdout.decode("utf-8").strip()
