"""Ctrl-C at a thousand random moments of a training loop: gradients and parameters are never torn.

The loss is ``3 (w0 + w1 + …)``, so all gradients are equal, and all parameters are, before and after every pass and
step: whatever is not equal was torn.
"""

import pytest

from tests.support.processes import INTERRUPTIONS, needs_timer, run_fresh

TRAINING = """
import autograd
from autograd import Value
from autograd.parameters import adopt
from nn import optim

weights = [Value(0.0) for _ in range(40)]
adopt(weights[:moved])
optimizer = optim.SGD(weights, lr=1e-3)


def work():
    loss = 3 * autograd.sum([w + 0.0 for w in weights])
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()


torn = 0
for _ in interruptions(work, times=1000, longest=5e-4):
    torn += len({w.data for w in weights}) > 1
    torn += len({w.grad for w in weights}) > 1 or weights[0].grad not in (None, 3.0)
work()
print(torn, optimizer.steps > 0)
"""


@needs_timer
@pytest.mark.parametrize("moved", [0, 25, 40])
def test_an_interrupt_never_tears_gradients_or_parameters(moved):
    """However many of them live in an array, as the parameters of compiled functions do."""
    assert run_fresh(f"moved = {moved}\n{INTERRUPTIONS}{TRAINING}") == "0 True"


MODES = """
from autograd import no_grad, provenance


def work():
    with no_grad(), provenance():
        pass


print(sum(1 for _ in interruptions(work, times=300, longest=5e-4)))
"""


@needs_timer
def test_no_interrupt_is_lost_where_a_mode_ends():
    assert run_fresh(INTERRUPTIONS + MODES) == "300"
