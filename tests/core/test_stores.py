"""Locks over passes and changes: none survives in a process that is forked off."""

import os
import sys

import pytest

from tests.support.processes import run_fresh

FORKED = """
import os, sys, threading, warnings
from autograd import Value
from autograd.core.stores import changing, exclusively

warnings.simplefilter("ignore")  # that a process with threads is forked
inside, go_on = threading.Event(), threading.Event()


def hold():
    def wait():
        with changing:
            inside.set()
            go_on.wait(20)
    exclusively(wait)


def child():
    x = Value(3.0)
    (x * x).backward()
    os._exit(x.grad == 6.0)


{work}
_, status = os.waitpid(pid, 0)
go_on.set()
print(os.waitstatus_to_exitcode(status))
"""
BESIDE = """
thread = threading.Thread(target=hold, daemon=True)
thread.start()
inside.wait(20)
pid = os.fork()
if not pid:
    child()
"""
WITHIN = """
def fork():
    with changing:
        pid = os.fork()
    if not pid:
        return 0
    return pid


pid = exclusively(fork)
if not pid:
    child()
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork on this system")
@pytest.mark.parametrize("work", [BESIDE, WITHIN], ids=["beside a thread in a pass", "within a pass"])
def test_a_process_forked_off_can_make_passes(work):
    assert sys.platform != "win32"
    assert run_fresh(FORKED.format(work=work)) == "1"
