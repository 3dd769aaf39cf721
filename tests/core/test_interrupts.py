"""Ctrl-C at a thousand random moments of a training loop: gradients and parameters are never torn.

The loss is ``3 (w0 + w1 + …)``, so all gradients are equal, and all parameters are, before and after every pass and
step: whatever is not equal was torn.
"""

import sys

import pytest

from tests.support.processes import run_fresh

TRAINING = """
import os, queue, random, signal, sys, threading, time
import autograd
from autograd import Value
from autograd.parameters import adopt
from nn import optim

random.seed(0)
sys.setswitchinterval(1e-4)
weights = [Value(0.0) for _ in range(40)]
adopt(weights[:moved])
optimizer = optim.SGD(weights, lr=1e-3)
ready, over = queue.SimpleQueue(), threading.Event()


def interrupt():
    while True:
        ready.get()
        if over.is_set():
            return
        time.sleep(random.uniform(0, 5e-4))
        os.kill(os.getpid(), signal.SIGINT)


threading.Thread(target=interrupt, daemon=True).start()
torn = 0
for _ in range(1000):
    try:
        ready.put(None)
        while True:
            loss = 3 * autograd.sum([w + 0.0 for w in weights])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    except KeyboardInterrupt:
        torn += len({w.data for w in weights}) > 1
        torn += len({w.grad for w in weights}) > 1 or weights[0].grad not in (None, 3.0)
over.set()
ready.put(None)
print(torn, optimizer.steps > 0)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="os.kill ends a process on Windows")
@pytest.mark.parametrize("moved", [0, 25, 40])
def test_an_interrupt_never_tears_gradients_or_parameters(moved):
    """However many of them live in an array, as the parameters of compiled functions do."""
    assert run_fresh(f"moved = {moved}\n{TRAINING}") == "0 True"


MODES = """
import os, queue, random, signal, threading, time
from autograd import no_grad, provenance

random.seed(0)
ready = queue.SimpleQueue()


def interrupt():
    while True:
        ready.get()
        time.sleep(random.uniform(0, 5e-4))
        os.kill(os.getpid(), signal.SIGINT)


threading.Thread(target=interrupt, daemon=True).start()
arrived = 0
for _ in range(300):
    try:
        ready.put(None)
        while True:
            with no_grad(), provenance():
                pass
    except KeyboardInterrupt:
        arrived += 1
print(arrived)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="os.kill ends a process on Windows")
def test_no_interrupt_is_lost_where_a_mode_ends():
    assert run_fresh(MODES) == "300"
