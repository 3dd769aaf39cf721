"""Promises of the tape to its users, each as a test that a plausible wrong engine fails."""

import contextlib
import copy
import gc
import json
import math
import pickle
import sys
import threading
import time
import weakref
from pathlib import Path

import numpy as np
import pytest

import autograd
from autograd import TapeError, Tensor, Value, program
from autograd.core import ops, stores
from autograd.core.stores import exclusively
from autograd.core.table import Primitive
from autograd.core.tape import record
from tests.support import engines
from tests.support.processes import INTERRUPTIONS, needs_timer, run_fresh

BEHAVIOURS = {
    case["name"]: case for case in json.loads((Path(__file__).parents[1] / "data/behaviours.json").read_text())
}

# --- Chains, diamonds and fans ----------------------------------------------------------------------------------------


def deep_chain(x):
    y = x
    for _ in range(10**6):
        y = y * 1.0000001
    return y


def deep_sum(x):
    y = x
    for _ in range(10**5):
        y = y + x
    return y


def diamonds_halved(x):
    y = x
    for _ in range(1000):
        y = (y + y) * 0.5
    return y


def diamonds(x):
    y = x
    for _ in range(62):
        y = y + y
    return y


def wide_fan(x):
    terms = [x * 1.0 for _ in range(10**5)]
    while len(terms) > 1:
        odd = terms[len(terms) // 2 * 2 :]
        terms = [a + b for a, b in zip(terms[::2], terms[1::2], strict=False)] + odd
    return terms[0]


@pytest.mark.parametrize(
    ("name", "build"),
    [
        ("struct_deep_chain_1e6", deep_chain),
        ("struct_deep_add_chain_1e5", deep_sum),
        ("struct_diamond_1000", diamonds_halved),
        ("struct_diamond_62_powers", diamonds),
        ("struct_fanout_1e5", wide_fan),
    ],
)
@pytest.mark.untraced
def test_depth_and_sharing_are_no_limit(name, build):
    case = BEHAVIOURS[name]
    x = Value(1.0)
    y = build(x)
    y.backward()
    assert y.data == pytest.approx(case["value"], rel=case["rtol"] or 1e-15)
    assert x.grad == pytest.approx(case["grads"]["x"], rel=case["rtol"] or 1e-15)


@pytest.mark.untraced
def test_a_chain_of_a_hundred_thousand_is_listed_and_freed_without_recursion():
    y = deep_sum(Value(1.0))
    listing = program(y)
    assert len(listing) == 10**5 + 1
    assert "more" in repr(listing)
    probe = weakref.ref(y)
    del y, listing
    gc.collect()
    assert probe() is None


@pytest.mark.smoke
def test_a_diamond_costs_one_visit_a_node():
    visits = []
    counting = Primitive("counted", lambda m, x: x, lambda m, x, y: (visits.append(1) or 1,))
    x = Value(1.0)
    y = x
    for _ in range(30):  # 2**30 paths
        y = record(Value, counting, (y + y,), (2 * y.data,), 2 * y.data)
    y.backward()
    assert len(visits) == 30
    assert x.grad == 2.0**30


# --- Engines that the tests must tell from ours -----------------------------------------------------------------------


def uses_add_up(kind):
    a = kind(-2.0)
    b = kind(3.0)
    f = (a * b) * (a + b)
    f.backward()
    return a.grad, b.grad


def depth_is_no_limit(kind):
    x = kind(1.0)
    y = x
    for _ in range(5000):
        y = y + x
    y.backward()
    return (x.grad,)


def interior_gradients_start_fresh_on_each_pass(kind):
    x = kind(3.0)
    z = 2 * (x * x)
    z.backward()
    first = x.grad
    z.backward()
    return first, x.grad


def a_part_shared_by_two_results_is_right(kind):
    x = kind(3.0)
    h = x * x
    (2 * h).backward()
    (5 * h).backward()
    return (x.grad,)


def gradients_read_what_was_recorded(kind):
    x = kind(3.0)
    y = x * x
    x.data = 100.0
    y.backward()
    return (x.grad,)


CLAIMS = {
    uses_add_up: (-3.0, -8.0),
    depth_is_no_limit: (5001.0,),
    interior_gradients_start_fresh_on_each_pass: (12.0, 24.0),
    a_part_shared_by_two_results_is_right: (42.0,),
    gradients_read_what_was_recorded: (6.0,),
}


@pytest.mark.smoke
@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.__name__)
def test_claim(claim):
    assert claim(Value) == CLAIMS[claim]


@pytest.mark.parametrize(
    ("engine", "claim"),
    [
        (engines.Recursive, depth_is_no_limit),
        (engines.Overwriting, uses_add_up),
        (engines.Live, gradients_read_what_was_recorded),
        (engines.Live, interior_gradients_start_fresh_on_each_pass),
        (engines.Live, a_part_shared_by_two_results_is_right),
    ],
    ids=lambda given: given.__name__,
)
def test_the_wrong_engine_fails_the_claim(engine, claim):
    try:
        assert claim(engine) != CLAIMS[claim]
    except RecursionError:
        assert engine is engines.Recursive


def test_the_wrong_engines_are_right_on_an_untouched_tree():
    for engine in (engines.Recursive, engines.Overwriting, engines.Live):
        x, y = engine(2.0), engine(3.0)
        (x * y + 1.0).relu().backward()
        assert (x.grad, y.grad) == (3.0, 2.0)


def test_the_recursive_engine_walks_every_path():
    """The other half of its fault: 2**16 visits where 16 would do."""
    x = engines.Recursive(1.0)
    y = x
    for _ in range(16):
        y = y + y
    visits = []
    x.slopes = lambda: visits.append(1) or ()
    y.backward()
    assert len(visits) == 2**16


# --- Gradients --------------------------------------------------------------------------------------------------------


@pytest.mark.smoke
def test_a_gradient_has_three_states():
    x, unused, dead = Value(1.0), Value(1.0), Value(-1.0)
    assert x.grad is None
    (x * 2 + dead.relu() * 3).backward()
    assert (x.grad, dead.grad, unused.grad) == (2.0, 0.0, None)


def test_what_a_zero_adjoint_hides_still_counts_as_reached():
    x = Value(0.0)
    hidden = x.sqrt()
    (hidden * 0.0).backward()
    assert (hidden.grad, x.grad) == (0.0, 0.0)


def test_an_interior_gradient_is_that_of_the_last_pass_that_reached_it():
    x = Value(3.0)
    h = x * x
    a, b = 2 * h, 5 * h
    a.backward()
    assert h.grad == 2.0
    b.backward()
    assert h.grad == 5.0
    assert a.grad == 1.0  # the second pass did not reach it


def test_a_leaf_gives_itself_the_seed():
    x = Value(3.0)
    x.backward(2.5)
    x.backward()
    assert x.grad == 3.5


def test_a_seed_scales_every_gradient():
    x = Value(3.0)
    y = x * x
    y.backward(gradient=-0.5)
    assert (y.grad, x.grad) == (-0.5, -3.0)


def test_the_same_value_twice_has_two_edges():
    x = Value(3.0)
    y = x * x
    y.backward()
    assert x.grad == 6.0
    assert [entry.uses for entry in program(y)] == [[1, 1], []]


# --- Versions of a leaf -----------------------------------------------------------------------------------------------


def test_assigning_data_starts_a_new_version_and_the_old_one_stays_in_every_reading():
    x = Value(3.0, name="x")
    before = x * x
    x.data = 100.0
    after = before + x
    listing = program(after)
    assert [(entry.label, entry.value) for entry in listing][:2] == [("x%0", 3.0), ("%1", 9.0)]
    assert [(entry.label, entry.value, entry.numbers) for entry in listing][2:] == [
        ("x%2", 100.0, ()),
        ("%3", 109.0, (9.0, 100.0)),
    ]
    after.backward()
    assert x.grad == 7.0


def test_data_of_a_computed_value_cannot_be_assigned():
    y = Value(-1.0).relu()
    with pytest.raises(TapeError, match="computed by relu"):
        y.data = 5.0
    y.backward()
    assert y.data == 0.0


# --- Memory -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def _without_collector():
    gc.collect()
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("_without_collector")
@pytest.mark.parametrize("with_backward", [True, False])
def test_a_loop_that_keeps_nothing_runs_in_constant_memory(with_backward):
    w, previous, probes = Value(0.5), None, []
    for _ in range(20):
        loss = (w * 3.0 - 1.0) ** 2 + autograd.sum([w, w, 2.0]).exp()
        if with_backward:
            loss.backward()
        if previous is not None:
            assert isinstance(previous - loss, Value)
        previous = loss
        probes.append(weakref.ref(loss))
    assert [probe() is not None for probe in probes] == [False] * 19 + [True]


@pytest.mark.usefixtures("_without_collector")
def test_a_record_lives_as_long_as_a_result_that_needs_it():
    x = Value(1.0)
    h = x * 2
    y = h + 1
    probe = weakref.ref(h)
    del h
    assert probe() is not None
    del y
    assert probe() is None


@pytest.mark.usefixtures("_without_collector")
def test_a_detached_average_forgets_its_history():
    average, probe = Value(0.0), None
    for _ in range(5):
        loss = Value(1.0) * 2
        average = (0.9 * average + 0.1 * loss).detach()
        probe = weakref.ref(loss)
    del loss
    assert probe() is None
    assert len(program(average)) == 1


# --- Copies -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("duplicate", [copy.copy, copy.deepcopy, lambda v: pickle.loads(pickle.dumps(v))])
def test_a_leaf_can_be_copied(duplicate):
    x = Value(2.0, name="x")
    (x * 3).backward()
    twin = duplicate(x)
    assert (twin.data, twin.name, twin.grad) == (2.0, "x", 3.0)
    (twin * 2).backward()
    assert (twin.grad, x.grad) == (5.0, 3.0)


@pytest.mark.parametrize("duplicate", [copy.copy, copy.deepcopy, pickle.dumps])
def test_a_recorded_value_refuses_to_be_copied_with_a_remedy(duplicate):
    x = Value(3.0)
    y = deep_chain_of(x, 3000)
    for thing in [y] if duplicate is copy.copy else [y, [x, {"loss": y}]]:
        with pytest.raises(TapeError, match=r"\.detach\(\).*program"):
            duplicate(thing)
    assert x.grad is None


def deep_chain_of(x, n):
    for _ in range(n):
        x = x * 1.0
    return x


class Weight(Value):
    __slots__ = ("__dict__", "frozen")

    def __init__(self, data, frozen):
        super().__init__(data)
        self.frozen = frozen
        self.comment = "kept"


@pytest.mark.parametrize("duplicate", [copy.copy, copy.deepcopy, lambda v: pickle.loads(pickle.dumps(v))])
def test_a_leaf_of_a_subclass_is_copied_with_all_it_has(duplicate):
    twin = duplicate(Weight(2.0, frozen=True))
    assert (type(twin), twin.data, twin.frozen, twin.comment) == (Weight, 2.0, True, "kept")


def test_a_container_that_holds_a_leaf_twice_holds_its_copy_twice():
    x = Value(2.0)
    first, second = copy.deepcopy([x, x])
    assert first is second


# --- Subclasses are nodes ---------------------------------------------------------------------------------------------

TWO = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b,
    "//": lambda a, b: a // b,
    "%": lambda a, b: a % b,
    "**": lambda a, b: a**b,
    "maximum": autograd.maximum,
    "hypot": autograd.hypot,
    "dot": lambda a, b: autograd.dot([a], [b]),
    "sum": lambda a, b: autograd.sum([a, b]),
    "softmax": lambda a, b: autograd.softmax([a, b])[0],
    "where": lambda a, b: autograd.where(True, a, b),
}


@pytest.mark.parametrize("operation", TWO.values(), ids=TWO)
def test_a_subclass_is_never_taken_for_a_constant(operation):
    reference = Value(3.0), Value(2.0)
    operation(*reference).backward()
    for kinds in [(Weight, Value), (Value, Weight), (Weight, Weight)]:
        a, b = (kind(x, True) if kind is Weight else kind(x) for kind, x in zip(kinds, (3.0, 2.0), strict=True))
        result = operation(a, b)
        assert type(result) is Value
        result.backward()
        assert (a.grad, b.grad) == (reference[0].grad, reference[1].grad)


def test_a_subclass_has_the_functions_of_one_value():
    w = Weight(0.5, True)
    y = (-w).tanh() + abs(w) + w.sin()
    y.backward()
    assert w.grad == pytest.approx(-1 / math.cosh(0.5) ** 2 + 1 + math.cos(0.5), rel=1e-15)


# --- All or nothing ---------------------------------------------------------------------------------------------------


class FaultError(Exception):
    pass


def _raise(*_):
    raise FaultError


@pytest.mark.parametrize("position", range(6))
def test_an_exception_anywhere_in_a_sweep_leaves_every_gradient_as_it_was(position):
    faulty = Primitive("faulty", lambda m, x: x, _raise)
    x, w = Value(0.2), Value(0.3)
    chain = [x * w]
    for step in range(6):
        last = chain[-1]
        chain.append(
            record(Value, faulty, (last,), (last.data,), last.data) if step == position else (last * w + x).tanh()
        )
    (x * w * 10).backward()
    before = [(node, node.grad) for node in (x, w, *chain)]
    with pytest.raises(FaultError):
        chain[-1].backward()
    assert [(node, node.grad) for node in (x, w, *chain)] == before
    (x * w).backward()  # and the next pass is a good one
    assert x.grad == pytest.approx(3.3, rel=1e-15)


def test_a_backward_pass_inside_another_is_refused():
    x = Value(1.0)
    nested = Primitive("nested", lambda m, x: x, lambda m, x, y: (Value(1.0).backward(),))
    y = record(Value, nested, (x,), (1.0,), 1.0)
    with pytest.raises(TapeError, match="inside another"):
        y.backward()
    assert x.grad is None
    assert exclusively(lambda: "free again") == "free again"


@pytest.mark.parametrize("kind", [Value, Tensor])
def test_a_gradient_of_a_computed_value_is_that_of_the_last_pass_or_set_by_hand(kind):
    """Walks that deposit nothing, and a pass that fails, leave it as it was."""
    x = kind(3.0)
    y = x * x
    z = y * 2.0

    def walked():
        autograd.grad(lambda a: (a * y).exp())(0.0)  # which goes through the record of y
        with autograd.detect_anomaly(), pytest.raises(autograd.AnomalyError), np.errstate(all="ignore"):
            z.backward(math.inf)
        return y.grad

    assert y.grad is walked() is None
    z.backward()
    assert (y.grad, walked(), z.grad, x.grad) == (2, 2, 1, 12)
    y.grad = None
    assert y.grad is walked() is walked() is None
    y.grad = 5.0
    assert (y.grad, walked(), walked()) == (5, 5, 5)
    z.backward(3.0)
    assert (y.grad, walked(), x.grad) == (6, 6, 48)
    y.zero_grad()
    assert y.grad is walked() is None


TORN_PASSES = """
import autograd
from autograd import Value

weights = [Value(0.1 * k) for k in range(40)]
y = autograd.sum([(a * b).tanh() for a in weights for b in weights[:5]])
y.backward()
once = [w.grad for w in weights]
count = torn = interrupted = 0


def work():
    global count
    y.backward()
    count += 1


for w in weights:
    w.grad = None
for _ in interruptions(work, times=200, longest=1e-3):
    interrupted += 1
    passes = {round((w.grad or 0.0) / g) for w, g in zip(weights, once) if g}
    torn += passes not in ({count}, {count + 1})
    count = 0
    for w in weights:
        w.grad = None
print(torn, interrupted)
"""


@needs_timer
def test_an_interrupt_falls_before_or_after_a_pass_never_inside():
    assert run_fresh(INTERRUPTIONS + TORN_PASSES) == "0 200"


# --- Threads ----------------------------------------------------------------------------------------------------------


@pytest.mark.untraced
def test_threads_share_parameters_and_lose_no_accumulation():
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    shared = Value(3.0)
    interior = shared * 2
    errors = []

    def work():
        try:
            for _ in range(2_500):
                (interior * shared).backward()  # d/dx 2x² = 4x = 12
        except BaseException as error:  # reported by the main thread
            errors.append(error)

    threads = [threading.Thread(target=work) for _ in range(8)]
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(interval)
    assert not errors
    assert shared.grad == 20_000 * 12.0


def test_a_thread_waits_for_the_sweep_of_another():
    started, go_on = threading.Event(), threading.Event()

    def slow(m, x, y):
        started.set()
        go_on.wait(5)
        return (1,)

    x = Value(1.0)
    y = record(Value, Primitive("slow", lambda m, x: x, slow), (x,), (1.0,), 1.0)
    first = threading.Thread(target=y.backward)
    second = threading.Thread(target=(x * 10).backward)
    first.start()
    started.wait(5)
    second.start()
    time.sleep(0.05)
    assert x.grad is None
    go_on.set()
    first.join()
    second.join()
    assert x.grad == 11.0


# --- Order ------------------------------------------------------------------------------------------------------------

ORDER = """
import random
import autograd
from autograd import Value, dot, program
random.seed(5)
xs = [Value(random.uniform(-1, 1), name=f"x{i}") for i in range(20)]
ys = xs[:]
for _ in range(300):
    a, b = random.choice(ys), random.choice(ys)
    ys.append(random.choice([lambda: a * b, lambda: a + b, lambda: (a - b).tanh(), lambda: dot([a, b], [b, a], 0.1)])())
y = autograd.sum(ys[-50:])
y.backward()
print(program(y))
print([x.grad.hex() if x.grad is not None else None for x in xs])
"""


def test_order_and_bits_are_the_same_in_every_process():
    assert len({run_fresh(ORDER, PYTHONHASHSEED=seed) for seed in ("0", "1", "4242")}) == 1


def test_a_record_refers_to_its_arguments_only():
    x = Value(1.0)
    y = x * 2
    assert any(referent is x for referent in gc.get_referents(y))
    assert not any(referent is y for referent in gc.get_referents(x))


def test_a_record_takes_at_most_300_bytes():
    node = Value(0.5) * 3.0
    node.backward(0.1)
    parts = (node, node._data, node._number, node.grad)
    assert sum(map(sys.getsizeof, parts)) <= 300


def test_two_results_are_read_as_one_program():
    x = Value(2.0)
    a, b = x * 3, x + 1
    assert [entry.expression for entry in program(a, b)] == ["input", "%0 * 3", "%0 + 1"]


def test_a_result_given_twice_is_read_once():
    y = Value(2.0) * 3
    assert len(program(y, y)) == 2


def test_a_leaf_has_no_operands():
    x = Value(2.0)
    assert (x.operands(), (x * 3).operands(), (-x).operands()) == ([], [(x, 2.0), (None, 3)], [(x, 2.0)])


def test_ops_are_one_node_each():
    x, y = Value(3.0), Value(2.0)
    for result in (x - y, x / y, x**y, x // y, x % y, -x, abs(x), 1 - x, 2 / x, 2**x, round(x)):
        assert sum(entry.op is not None for entry in program(result)) == 1
    for result in (autograd.sum([x, y, 1.0]), autograd.dot([x, y], [y, x], 1.0), autograd.softmax([x, y])[0]):
        assert sum(entry.op is not None for entry in program(result)) == 1
    assert program(x - y)[-1].op is ops.SUB


def test_a_fork_frees_the_locks_that_other_threads_held():
    """In the child those threads do not run; a lock of the thread that forked stays its own."""
    held, end = threading.Event(), threading.Event()

    def other():
        with contextlib.suppress(RuntimeError), stores.changing:  # it is not this thread's any more at the end
            held.set()
            end.wait()

    thread = threading.Thread(target=other)
    thread.start()
    held.wait()
    stores._after_fork()
    assert stores.changing.acquire(blocking=False)
    stores._after_fork()
    stores.changing.release()
    stores.exclusively(lambda: stores._after_fork())
    end.set()
    thread.join()
