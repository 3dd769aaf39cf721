"""Compiled functions over time: workspaces that are taken, memory, threads, interrupts, and sizes."""

import gc
import random
import sys
import threading
import tracemalloc
import weakref

import numpy as np
import pytest

import autograd
from autograd import Tensor, Value, dot, no_grad
from autograd.compiler.compiled import STRUCTURES
from autograd.compiler.running import blocks, call, variant
from autograd.compiler.running.residuals import Residuals
from autograd.parameters import forget_gradients
from nn import MLP, losses
from nn.optim import SGD
from tests.support.processes import INTERRUPTIONS, needs_timer, run_fresh

RNG = np.random.default_rng(0)
ROWS = RNG.normal(size=(50, 3))
KINDS = RNG.choice([-1.0, 1.0], 50)
W = Value(2.0)


def network(seed=0):
    """A small model, its loss compiled, and the loss as it was written."""
    random.seed(seed)
    model = MLP(3, [4, 1])

    def loss(x, y):
        return losses.hinge(model(x), y) + 1e-2 * sum(p * p for p in model.parameters())

    return model, autograd.compile(loss), loss


def gradients(values):
    return [value.grad for value in values]


def eager_gradients(model, loss, x, y):
    """Of the mean over the samples, by the eager engine."""
    kept = gradients(model.parameters())
    model.zero_grad()
    (sum(loss(row, label) for row, label in zip(x.tolist(), y.tolist(), strict=True)) / len(x)).backward()
    found = gradients(model.parameters())
    for p, grad in zip(model.parameters(), kept, strict=True):
        p.grad = grad
    return found


def close(found, expected):
    np.testing.assert_allclose(found, expected, rtol=1e-11, atol=1e-14)


# --- Workspaces that were taken ---------------------------------------------------------------------------------------


def other_batches(model, loss):
    for n in (1, 7, 50, 3, 20, 31, 11):  # more than are kept
        loss(ROWS[:n], KINDS[:n]).mean().backward()


def other_parameters(model, loss):
    for p in model.parameters():
        p.data = p.data * 1.5 + 0.25


def other_calls(model, loss):
    for _ in range(5):
        loss(-ROWS[:10], KINDS[:10]).mean().backward()


def calls_that_stay(model, loss):
    model.kept = [loss(-ROWS[:10], KINDS[:10]) for _ in range(5)]


def a_step(model, loss):
    loss(ROWS[:10], KINDS[:10]).mean().backward()
    SGD(model.parameters(), lr=0.1).step()


def without_recording(model, loss):
    with no_grad():
        loss(-ROWS[:10], KINDS[:10])


def everything(model, loss):
    other_calls(model, loss)
    other_parameters(model, loss)
    calls_that_stay(model, loss)
    a_step(model, loss)
    other_batches(model, loss)


BETWEEN = [other_batches, other_parameters, other_calls, calls_that_stay, a_step, without_recording, everything]


@pytest.mark.parametrize("between", BETWEEN)
@pytest.mark.parametrize("as_tensor", [False, True], ids=["arrays", "tensors"])
@pytest.mark.untraced
def test_a_result_that_waits_has_the_gradient_of_its_own_call(between, as_tensor):
    """Whatever was computed, or changed, before it is swept; and once more."""
    model, compiled, loss = network()
    x = Tensor(ROWS[:10]) if as_tensor else ROWS[:10]
    expected = eager_gradients(model, loss, ROWS[:10], KINDS[:10])
    result = compiled(x, KINDS[:10])
    before = result.data.tolist()
    between(model, compiled)
    assert result.data.tolist() == before
    model.zero_grad()
    result.mean().backward()
    close(gradients(model.parameters()), expected)
    by_argument = x.grad if as_tensor else None
    between(model, compiled)
    model.zero_grad()
    result.mean().backward()
    close(gradients(model.parameters()), expected)
    if as_tensor:
        close(x.grad, 2 * by_argument)


@pytest.mark.parametrize("between", BETWEEN)
@pytest.mark.untraced
def test_a_single_number_that_waits_has_the_gradient_of_its_own_call(between):
    model, compiled, _ = network()
    total = autograd.compile(lambda: sum(model(row).tanh() for row in ROWS[:8].tolist()))
    total().backward()
    expected = gradients(model.parameters())
    total(), total()
    waiting = total()
    between(model, compiled)
    for p in model.parameters()[:1]:
        p.data = p.data + 1.0
    total().backward()
    model.zero_grad()
    waiting.backward()
    close(gradients(model.parameters()), expected)


def test_results_of_one_function_meet_in_one_graph():
    model, compiled, loss = network()
    expected = [0.0] * 21
    results = []
    for n in (10, 10, 10, 5, 50):
        found = eager_gradients(model, loss, ROWS[:n], KINDS[:n])
        expected = [a + (n / 10) * b for a, b in zip(expected, found, strict=True)]
        results.append(compiled(ROWS[:n], KINDS[:n]).sum() / 10)
    sum(results[1:], results[0]).backward()
    close(gradients(model.parameters()), expected)


def test_a_result_may_be_the_argument_of_the_next_call():
    w = Value(0.5)
    f = autograd.compile(lambda x: (w * x).sin())
    x = y = Tensor(ROWS[:, 0])
    for _ in range(6):
        y = f(y)
    y.sum().backward()
    found = w.grad, x.grad.tolist()
    w.grad = x.grad = None
    y = x
    for _ in range(6):
        y = (w * y).sin()
    y.sum().backward()
    close(found[0], w.grad)
    close(found[1], x.grad)


def divide(monkeypatch, bytes_of_block):
    """Let blocks be of so many bytes, or of the least number of samples, whatever a call costs."""
    monkeypatch.setattr(blocks, "BLOCK", bytes_of_block)
    monkeypatch.setattr(blocks, "NUMBERS", 1)


@pytest.mark.parametrize("block", [1, 16, 10**6])
@pytest.mark.parametrize("between", [None, other_parameters, everything])
@pytest.mark.untraced
def test_blocks_of_samples_give_what_all_samples_at_once_give(monkeypatch, block, between):
    """The last block is shorter; the gradients of parameters are summed over the blocks."""
    rows, labels = RNG.normal(size=(331, 3)), RNG.choice([-1.0, 1.0], 331)
    found = []
    for size in (1 << 40, block):
        divide(monkeypatch, size)
        model, compiled, _ = network()
        result = []
        for x in (rows, Tensor(rows), Tensor(rows.astype(np.float32))):
            y = compiled(x, labels)
            pieces = len(range(0, 331, compiled._last.block(331)))
            if between:
                between(model, compiled)
            model.zero_grad()
            (y * y).mean().backward()
            result += [y.data, gradients(model.parameters()), getattr(x, "grad", 0.0)]
            compiled(rows, labels).mean().backward()
            result.append(gradients(model.parameters()))
        found.append((pieces, result))
    (whole, expected), (pieces, result) = found
    assert whole == 1
    assert (pieces > 1) == (block < 10**6)
    for a, b in zip(result, expected, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-6 if getattr(a, "dtype", None) == np.float32 else 1e-10, atol=1e-13)


def test_blocks_of_what_no_sample_decides_of_branches_and_of_several_results(monkeypatch):
    divide(monkeypatch, 1)
    w = Value(2.0)
    x = Tensor(RNG.normal(size=200) ** 2 + 0.1)
    f = autograd.compile(lambda x: (w * w, [w * x, x]) if x > 0 else None)
    y = f(x)
    assert y[0].data.tolist() == [4.0] * 200
    assert y[1].data.tolist() == np.stack([2.0 * x.data, x.data], axis=1).tolist()
    y[0].sum().backward()
    assert w.grad == 4.0 * 200
    y[1].sum().backward()
    close(w.grad, 800.0 + x.data.sum())
    close(x.grad, np.full(200, 3.0))
    with pytest.raises(autograd.InputValueError, match="x > 0 is true for 199 of 200"):
        f(np.concatenate([x.data[:199], [-1.0]]))
    g = autograd.compile(lambda x: w * w)
    w.grad = None
    g(x).sum().backward()
    assert w.grad == 800.0


def test_a_pass_with_nan_is_repeated_block_by_block(monkeypatch):
    w = Value(0.0)
    f = autograd.compile(lambda x: autograd.where(x > 0, (w * x).sqrt(), 0.0) * x)
    x = Tensor(np.concatenate([[0.0] * 150, [1.0] * 50]))
    found = []
    for size in (1 << 40, 1):
        divide(monkeypatch, size)
        f = autograd.compile(f.__wrapped__)
        w.grad = x.grad = None
        f(x).sum().backward()
        found.append((w.grad, np.array(x.grad)))
    assert found[0][0] == found[1][0]
    np.testing.assert_array_equal(found[0][1], found[1][1])


def test_reverse_passes_made_ahead_give_what_those_after_the_call_give(monkeypatch):
    """Of sums, of means, of gradients that are infinite, by arguments, and a second pass through the same record."""
    draw = np.random.default_rng(3)
    w, v = Value(0.5), Own(-0.25)
    rows = draw.normal(size=(200, 2))
    found = []
    for size in (1 << 40, 1):
        divide(monkeypatch, size)
        w.data = 0.5
        by_arrays = autograd.compile(lambda x: (w * x[0]).tanh() * (x[1] + w).sqrt())
        by_all = autograd.compile(lambda x, s: (w * x[0] * s).tanh() + v * x[1])
        result = []
        for k in range(6):
            x, s = Tensor(rows + k), Value(1.5)
            for y in (by_arrays(rows + 3.0 + k).mean(), by_arrays(rows + 3.0).sum(), by_all(x, s).sum()):
                w.grad = v.grad = None
                y.backward()
                y.backward()
                result += [float(y.data), w.grad, v.grad, s.grad, x.grad]
            w.data = -1.0 if k == 3 else 0.5 + 0.1 * k
        steep = np.column_stack([rows[:, 0], np.full(200, 4.0)])
        w.data = -4.0  # the root is at 0, where its slope is infinite
        for factor in (0.5, 1.0):
            w.grad = None
            (by_arrays(steep).mean() * factor).backward()
            result.append(w.grad)
        found.append(result)
    for a, b in zip(*found, strict=True):
        np.testing.assert_allclose(np.array(a, dtype=float), np.array(b, dtype=float), rtol=1e-11, atol=1e-13)


def test_calls_without_reverse_passes_soon_make_none_ahead(monkeypatch):
    divide(monkeypatch, 1)
    w = Value(2.0)
    f = autograd.compile(lambda x: (w * x).sin())
    x = RNG.normal(size=200)
    made = []
    for name in ("_run_even", "_run_together"):  # after the forward pass, and with it
        run = getattr(call, name)
        monkeypatch.setattr(call, name, lambda bound, *rest, run=run: made.append(bound) or run(bound, *rest))
    for _ in range(2):
        f(x).sum().backward()
    assert len(made) == 2 * len(range(0, 200, 64))  # of the second call ahead, so that they are no more
    made.clear()
    for _ in range(10):
        f(x)
    with no_grad():
        f(x)
    assert len(made) == call.AHEAD * len(range(0, 200, 64))


# --- Records keep their numbers ---------------------------------------------------------------------------------------


class Own(Value):
    """A value of another class, which lives by itself."""


def weight_of(kind):
    return Own if kind == "a parameter by itself" else Value


def call_of(kind):
    """Parameters, a changing argument, and a single number computed by a compiled call of this kind."""
    w, v = Value(2.0, name="w"), weight_of(kind)(0.5, name="v")
    rows, one = np.array([[1.0, 2.0], [3.0, -1.0]]), Tensor([1.0, 2.0], name="x")
    if kind == "no batch":
        return [w, v], one, autograd.compile(lambda: (w * v).tanh())() * 3.0
    if kind == "several results":
        return [w, v], one, autograd.compile(lambda x: [w * x[0], (v * x[1]).tanh()], batch=False)(one)[1] * w
    if kind == "an argument":
        return [w, v], one, autograd.compile(lambda x: (w * x * v).tanh())(one).sum()
    return [w, v], one, (autograd.compile(lambda x: (w * x[0] * v + x[1]).tanh())(rows) ** 2).mean()


def readings(y, x):
    """All that is shown of a program, its gradients apart, which are those of the last pass."""
    listed = autograd.program(y)
    found = {
        "entries": [(str(entry), np.array(entry.value).tolist()) for entry in listed],
        "operands": [[np.array(x).tolist() for x in entry.numbers] for entry in listed],
        "steps": list(map(str, autograd.steps(y))),
    }
    if any(entry.node is x for entry in listed):
        found["explain"] = str(autograd.explain(x, of=y))
    return found


def change(values):
    values[0].data = 7.0
    for value in values:
        value.grad = 1.0
    SGD(values, lr=0.25).step()


KINDS_OF_CALLS = ["arrays", "an argument", "no batch", "several results", "a parameter by itself"]


@pytest.mark.smoke
@pytest.mark.parametrize("kind", KINDS_OF_CALLS)
@pytest.mark.parametrize("looked", [True, False], ids=["read before", "read after"])
def test_a_record_keeps_its_numbers_in_every_reading(kind, looked):
    values, x, y = call_of(kind)
    listed = autograd.program(y) if looked else None
    text = str(listed)
    change(values)
    forget_gradients(values)
    if looked:
        assert str(listed) == text
        assert str(autograd.program(y)) == text
    _, fresh, expected = call_of(kind)
    assert readings(y, x) == readings(expected, fresh)


@pytest.mark.parametrize("kind", KINDS_OF_CALLS)
def test_a_record_is_differentiated_at_the_numbers_it_was_made_with(kind):
    values, _, y = call_of(kind)
    expected_values, _, expected = call_of(kind)
    expected.backward()
    change(values)
    forget_gradients(values)
    y.backward()
    close(gradients(values), gradients(expected_values))
    for each in autograd.program(y):
        if each.op is None:
            each.node.detach()  # a view of the numbers, which nobody can write to
    SGD(values, lr=0.25).step()
    SGD(values, lr=0.25).step()


def test_one_program_shows_the_parameters_of_two_steps():
    (w, v), _, first = call_of("no batch")
    f = autograd.compile(lambda: w * v)
    before = f()
    change([w, v])
    both = autograd.program(before + f() + first)
    assert [entry.value.tolist() for entry in both if entry.op is None] == [[2.0, 0.5], [6.75, 0.25]]
    assert [entry.label for entry in both if entry.op is None] == ["parameters%0", "parameters%4"]


# --- Memory -----------------------------------------------------------------------------------------------------------


def step_of(kind):
    model, compiled, _ = network()
    optimizer = SGD(model.parameters(), lr=1e-3)
    x, kept = Tensor(ROWS), []

    def step():
        optimizer.zero_grad()
        if kind == "arrays":
            compiled(ROWS, KINDS).mean().backward()
        elif kind == "tensors":
            (compiled(x, KINDS) ** 2).sum().backward()
        elif kind == "no backward":
            compiled(ROWS, KINDS)
        elif kind == "kept":
            kept[:] = [*kept[-3:], compiled(ROWS, KINDS)]
        elif kind == "batches":
            n = random.randrange(1, 50)
            compiled(ROWS[:n], KINDS[:n]).mean().backward()
        else:
            with no_grad():
                compiled(ROWS, KINDS)
        if model.parameters()[0].grad is not None:
            optimizer.step()

    return step


@pytest.mark.parametrize("kind", ["arrays", "tensors", "no backward", "kept", "batches", "no_grad"])
@pytest.mark.untraced
def test_hundreds_of_calls_run_in_constant_memory_by_reference_counting_alone(kind):
    step = step_of(kind)
    for _ in range(150):
        step()
    gc.collect()
    gc.disable()
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        for _ in range(400):
            step()
        grown = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()
        gc.enable()
    # Of various batches there may be other workspaces at the end than at the beginning.
    assert grown < (1_000_000 if kind == "batches" else 52_000)


def test_workspaces_go_with_the_function_and_records_with_the_results():
    gc.collect()
    gc.disable()
    try:
        w = Value(2.0)
        f = autograd.compile(lambda x: (w * x).tanh())
        x = Tensor(ROWS[:, 0])
        result = f(x)
        total = result.mean()
        total.backward()
        residuals = weakref.ref(result._y)
        spaces = [slot[0] for slot in f._last.bounds[50]]
        arrays = [
            weakref.ref(array) for space in spaces for array in (*space.values.values(), *space.adjoints.values())
        ]
        program = weakref.ref(f._last)
        del spaces
        del result
        assert residuals() is not None
        del total
        assert residuals() is None
        kept = f(x)
        del f
        assert program() is not None  # the record needs it
        kept.sum().backward()
        del kept
        assert program() is None
        assert {array() is None for array in arrays} == {True} or sum(array() is not None for array in arrays) == 1
        assert w.grad is not None
    finally:
        gc.enable()


def test_a_function_that_was_forgotten_leaves_its_parameters():
    w = Value(2.0)
    f = autograd.compile(lambda x: w * x)
    f(ROWS[:, 0]).sum().backward()
    del f
    assert w.grad == pytest.approx(ROWS[:, 0].sum())
    w.data = 3.0
    assert (w * w).data == 9.0


def test_numbers_of_samples_are_kept_up_to_a_limit(monkeypatch):
    monkeypatch.setattr(variant, "KEPT", 0)
    _, compiled, _ = network()
    spaces = weakref.WeakSet()
    for _ in range(2):
        for n in range(1, 20):
            compiled(ROWS[:n], KINDS[:n]).mean().backward()
            spaces |= {slot[0] for slots in compiled._last.bounds.values() for slot in slots}
    assert len(compiled._last.bounds) == variant.SIZES
    assert len(spaces) == variant.SIZES
    results = [compiled(ROWS[:19], KINDS[:19]) for _ in range(5)]
    assert len(compiled._last.bounds[19]) == variant.WORKSPACES
    assert len({tuple(result.data) for result in results}) == 1


# --- Threads and interrupts -------------------------------------------------------------------------------------------


def test_threads_call_and_differentiate_one_function():
    model, compiled, loss = network()
    sizes = [3, 10, 10, 25, 50]
    expected = {n: eager_gradients(model, loss, ROWS[:n], KINDS[:n]) for n in set(sizes)}
    by_rows = {}
    for n in set(sizes):
        by_rows[n] = Tensor(ROWS[:n])
        compiled(by_rows[n], KINDS[:n]).mean().backward()
    by_rows = {n: x.grad.copy() for n, x in by_rows.items()}
    model.zero_grad()
    rounds, failed = 40, []
    barrier = threading.Barrier(len(sizes))
    before, interval = sys.getswitchinterval(), 1e-5

    def work(n):
        barrier.wait()
        try:
            for k in range(rounds):
                x = Tensor(ROWS[:n])
                result = compiled(x if k % 2 else ROWS[:n], KINDS[:n])
                result.mean().backward()
                if k % 2:
                    close(x.grad, by_rows[n])
        except BaseException as error:
            failed.append(error)

    sys.setswitchinterval(interval)
    try:
        threads = [threading.Thread(target=work, args=(n,)) for n in sizes]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(before)
    assert failed == []
    close(gradients(model.parameters()), [rounds * sum(each) for each in zip(*map(expected.get, sizes), strict=True)])


def test_threads_compile_at_once():
    w = [Value(float(k)) for k in range(5)]
    f = autograd.compile(lambda x: dot(w, list(x)) if x[0] > 0 else dot(w, list(x)) * 2)
    failed, barrier = [], threading.Barrier(6)

    def work(k):
        barrier.wait()
        try:
            for sign in (1.0, -1.0, 1.0):
                rows = np.full((k + 1, 5), sign)
                assert f(rows).data.tolist() == [10.0 * (sign if sign > 0 else -2.0)] * (k + 1)
                f(rows).sum().backward()
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=work, args=(k,)) for k in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert {each.grad for each in w} == {sum((1.0 - 2.0 + 1.0) * (k + 1) for k in range(6))}


TRAINING = """
import numpy as np
import autograd
from autograd import Tensor, Value
from nn import optim

weights = [Value(0.0) for _ in range(40)]
loss = autograd.compile(lambda x: 3 * autograd.sum([w * x[k] for k, w in enumerate(weights)]))
whole = autograd.compile(lambda: 3 * autograd.sum(weights))
optimizer = optim.SGD(weights, lr=1e-3)
ones = np.ones((8, 40))
torn = rounds = 0


def results():
    yield loss(ones).mean()
    yield whole()
    yield (loss(Tensor(ones)) * 1.0).mean()
    rows = np.ones((2 ** (rounds % 5), 40))  # so that the mean is exact
    yield loss(rows).sum() / len(rows)


def work():
    for result in results():
        optimizer.zero_grad()
        result.backward()
        optimizer.step()


for result in results():
    result.backward()
optimizer.zero_grad()  # the first one of a round may be interrupted before it forgets any
for _ in interruptions(work, times=500, longest=5e-4):
    rounds += 1
    torn += len({w.data for w in weights}) > 1
    torn += len({w.grad for w in weights}) > 1 or weights[0].grad not in (None, 3.0)
work()
optimizer.zero_grad()
whole().backward()
print(torn, optimizer.steps > 0, {w.grad for w in weights})
"""


@needs_timer
def test_an_interrupt_of_training_never_tears_gradients_or_parameters():
    assert run_fresh(INTERRUPTIONS + TRAINING) == "0 True {3.0}"


RECORDING = """
import gc
import numpy as np
import autograd
from autograd import Value, dot

weights = [Value(1.0) for _ in range(60)]
rows = np.ones((3, 20))


def score(x):
    hidden = [dot(weights[k : k + 20], list(x)).tanh() for k in range(0, 40, 2)]
    return dot(weights[40:], hidden) if hidden[0] > 0 else hidden[0]


def work():
    f = autograd.compile(score)
    assert (f(rows).data == f(rows).data).all()
    f(rows).mean().backward()


interrupted = sum(1 for _ in interruptions(work, 200, 0.02))
for w in weights:
    w.grad = None
work()
found = [w.grad for w in weights]
for w in weights:
    w.grad = None
score(list(rows[0])).backward()
print(interrupted, np.allclose(found, [w.grad for w in weights], rtol=1e-12), gc.isenabled())
"""


@needs_timer
def test_an_interrupt_of_recording_leaves_nothing_behind():
    assert run_fresh(INTERRUPTIONS + RECORDING) == "200 True True"


# --- Sizes ------------------------------------------------------------------------------------------------------------

SIZES = """
import resource
import autograd
from autograd import Value

w = [Value(0.5) for _ in range(1000)]


def chain():
    y = w[0]
    for k in range(100_000):
        y = (y * 0.5 + w[k // 2 % 1000] * 1e-3).sin() if k % 2 else y + 1e-9
    return y


def levels():
    xs = w
    for k in range(67):
        xs = [(x * xs[j - 1]).tanh() + x for j, x in enumerate(xs)]
    return autograd.sum(xs)


f = autograd.compile({which})
f().backward()
first = [x.grad for x in w]
print(f.program.operations >= 200_000)
for x in w:
    x.grad = None
f().backward()
print([x.grad for x in w] == first, all(g is not None and g == g for g in first))
del f
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss < 1e6)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="there is no getrusage on Windows")
@pytest.mark.parametrize("which", ["chain", "levels"])
@pytest.mark.long
def test_many_operations_compile_in_a_chain_and_in_wide_levels(which):
    assert run_fresh(SIZES.replace("{which}", which)).split() == ["True"] * 4


def test_the_record_of_a_call_has_the_numbers_of_its_operands():
    w = Value(2.0)
    rows = np.ones((3, 2))
    y = autograd.compile(lambda x: w * x[0] + x[1])(rows)
    calls, waiting = [], [y]
    while waiting:
        node = waiting.pop()
        calls += [node] if isinstance(node._y, Residuals) else []
        waiting += [x for x in node.arguments() or () if x is not None] if node._op else []
    (call,) = calls
    numbers = call.numbers()
    assert len(numbers) == len(call.arguments()) == 2
    assert numbers[0].tolist() == [2.0]
    np.testing.assert_array_equal(numbers[1], rows)


# --- Batch sizes ------------------------------------------------------------------------------------------------------


@pytest.fixture
def sizes_bound(monkeypatch):
    """The batch sizes for which programs are bound to arrays, one after the other."""
    sizes = []
    bind = variant.Variant.bind
    monkeypatch.setattr(variant.Variant, "bind", lambda self, n, flats: sizes.append(n) or bind(self, n, flats))
    return sizes


def step_of_size(f, n):
    f(np.ones(n)).mean().backward()


def test_many_batch_sizes_in_turn_are_bound_once_each(sizes_bound):
    f = autograd.compile(lambda x: W * x)
    for n in [*range(2, 32)] * 3:
        step_of_size(f, n)
    assert sorted(sizes_bound) == list(range(2, 32))


def test_the_sizes_used_least_recently_are_forgotten_where_memory_is_short(sizes_bound, monkeypatch):
    monkeypatch.setattr(variant, "KEPT", 0)
    f = autograd.compile(lambda x: W * x)
    for n in (2, 3, 4, 5, 2, 6, 2, 3):  # to keep 6, the third size is forgotten, and not the first
        step_of_size(f, n)
    assert sizes_bound == [2, 3, 4, 5, 6, 3]
    assert list(f._last.bounds) == [5, 6, 2, 3]


def test_structures_used_least_recently_are_forgotten_first():
    f = autograd.compile(lambda xs: autograd.sum(xs))
    for n in range(1, STRUCTURES + 1):
        f([1.0] * n)
    first, second = list(f._variants)[:2]
    f([1.0])
    f([1.0] * (STRUCTURES + 1))
    assert first in f._variants
    assert second not in f._variants


def test_shapes_beyond_those_of_the_fast_path_take_the_place_of_the_oldest():
    f = autograd.compile(lambda x: W * x)
    for n in range(2, STRUCTURES + 4):
        step_of_size(f, n)
    assert len(f._fast) == STRUCTURES
    assert f(np.ones(STRUCTURES + 3)).data.tolist() == [2.0] * (STRUCTURES + 3)
