"""Tensors in memory and between threads."""

import gc
import threading
import tracemalloc
import weakref

import numpy as np
import pytest

from autograd import Tensor
from autograd.arrays import layers
from autograd.arrays.tensor import evaluate
from tests.support.arrays import same

# --- Threads ----------------------------------------------------------------------------------------------------------


def test_threads_share_tensors():
    x = Tensor(np.ones((8, 8)))
    failures = []

    def work():
        try:
            for _ in range(50):
                ((x @ x) * x).sum().backward()
        except BaseException as failure:
            failures.append(failure)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    alone = Tensor(np.ones((8, 8)))
    ((alone @ alone) * alone).sum().backward()
    assert same(x.grad, 200 * np.asarray(alone.grad))


# --- Memory -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def memory():
    """The bytes in use and the most there were, without the help of the garbage collector."""
    gc.collect()
    gc.disable()
    tracemalloc.start()
    yield tracemalloc.get_traced_memory
    tracemalloc.stop()
    gc.enable()


MEGABYTE = 2**20


def bytes_of_arrays():
    """Those in use, without what Python and tools that measure coverage take beside them."""
    only_arrays = tracemalloc.DomainFilter(True, np.lib.tracemalloc_domain)
    return sum(trace.size for trace in tracemalloc.take_snapshot().filter_traces([only_arrays]).traces)


def test_a_training_loop_runs_in_constant_memory(memory):
    draw = np.random.default_rng(0)
    x, targets = draw.normal(size=(64, 32)), np.eye(4)[draw.integers(0, 4, 64)]
    weights = [Tensor(draw.normal(size=shape)) for shape in ((32, 64), (64, 4))]
    used = []
    for _ in range(100):
        loss = ((x @ weights[0]).relu() @ weights[1]).log_softmax() * targets
        loss = loss.sum() / -64
        loss.backward()
        for p in weights:
            p.data -= 0.1 * p.grad
            p.grad = None
        used.append(memory()[0])
    assert used[-1] - used[10] < 200_000  # two steps take more; tuples that Python keeps for later count, too


def test_large_tensors_are_released_at_once(memory):
    x = Tensor(np.ones(MEGABYTE // 8))
    start = memory()[0]
    for _ in range(20):
        y = (x * 2.0 + 1.0).exp().sum()
        y.backward()
        x.grad = None
    del y
    used, most = memory()
    assert used - start < 0.1 * MEGABYTE
    assert most - start < 12 * MEGABYTE  # of one step and the next, not of twenty
    y = (x * 2.0).exp()
    array, node = weakref.ref(y._data), weakref.ref(y)
    del y
    assert array() is node() is None


def test_a_convolution_releases_its_workspace(memory):
    x, w = Tensor(np.ones((4, 3, 64, 64))), Tensor(np.ones((8, 3, 3, 3)))
    start = bytes_of_arrays()
    y = evaluate(layers.CONV, x, w, (1, 1))
    assert bytes_of_arrays() - start < 1.2 * y.numpy().nbytes  # the columns would be 27 × 4 × 62 × 62 numbers
    total = y.sum()
    total.backward()
    assert x.grad.shape == x.shape
    del total, y
    x.grad = w.grad = None
    assert bytes_of_arrays() - start < 100_000  # the smallest of the arrays would be four times as large


def test_a_loop_that_forgets_backward_runs_in_constant_memory(memory):
    x, previous = Tensor(np.ones(10_000)), 0.0
    used = []
    for _ in range(300):
        loss = (x * x).sum()
        previous = (previous - loss).item()
        used.append(memory()[0])
    assert used[-1] - used[10] < 200_000  # three arrays are larger
