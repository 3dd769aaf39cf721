"""Properties of every program, shown on random ones; and each check shown to fail on an engine that is wrong."""

import collections
import gc
import json
import math
import subprocess
import sys
import weakref
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from autograd import TapeError, Value, grad, hessian, hvp, jacobian, jvp, vjp
from autograd.core import ops, several, sweep
from autograd.core.namespaces import EDGES
from autograd.core.table import TABLE
from autograd.derivatives import recorded
from tests.support.programs import scalars
from tests.support.programs.naive import Number
from tests.support.programs.scalars import Shaken, as_function, backward

ONCE = settings(deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))


def every(strategy, check, examples=100, **options):
    """Run a check on many programs, the same ones each time."""
    settings(ONCE, max_examples=examples, **options)(given(strategy)(check))()


def close(expected, rel, abs=1e-13):
    """Sums of terms of ordinary size that cancel have no relative precision below their last digit."""
    return pytest.approx(expected, rel=rel, abs=abs)


def gradient(program):
    """The gradient by ``backward``; where nothing reached an input, zero."""
    return [x.grad or 0.0 for x in backward(program)[: len(program.inputs)]]


# --- The programs themselves ------------------------------------------------------------------------------------------


def test_every_kind_of_number_knows_every_row():
    public = set(TABLE) - scalars.INTERNAL
    assert set(scalars.NAMES) == set(scalars.DIGITS) == set(scalars.COMPLEX) == public


@pytest.mark.long
def test_the_programs_share_their_values_and_fan_in_widely():
    facts = collections.Counter()

    def look(program):
        uses = collections.Counter(x for _, arguments in program.lines for x in arguments if isinstance(x, int))
        facts["programs"] += 1
        facts["shared"] += max(uses.values()) >= 4
        facts["repeated argument"] += any(len(set(a)) < len(a) for _, a in program.lines)
        facts["constants"] += any(isinstance(x, tuple) for _, a in program.lines for x in a)
        facts["wide"] += any(len(a) >= 5 for _, a in program.lines)

    every(scalars.programs(), look, 200, phases=[Phase.generate])
    for fact in ("shared", "repeated argument", "constants", "wide"):
        assert facts[fact] > facts["programs"] / 3, fact


# --- First derivatives ------------------------------------------------------------------------------------------------


def agrees_with_the_naive_engine(program):
    numbers = scalars.dual(Number, program)
    values = backward(program)
    assert [value.data for value in values] == close([number.value for number in numbers], 1e-12)
    for i, x in enumerate(values[: len(program.inputs)]):
        reached = i in numbers[-1].slopes
        assert x.grad == (close(numbers[-1].slopes[i], 1e-12) if reached else None)


def agrees_with_the_complex_step(program):
    assert gradient(program) == close(scalars.complex_step(program), 1e-10)


def agrees_with_numbers_of_forty_digits(program):
    exact = [scalars.central_difference(program, i) for i in range(len(program.inputs))]
    assert gradient(program) == close(list(map(float, exact)), 1e-10)


def agrees_forward_and_backward(program):
    f, at = as_function(program), list(program.inputs)
    reverse = grad(f)(at)
    directions = [[float(i == j) for j in range(len(at))] for i in range(len(at))]
    assert [jvp(f, (at,), (direction,))[1] for direction in directions] == close(reverse, 1e-12)
    value, tangent = jvp(f, (at,), ([1.0, -2.0, 0.5, 3.0][: len(at)],))
    assert tangent == close(sum(g * t for g, t in zip(reverse, [1.0, -2.0, 0.5, 3.0], strict=False)), 1e-12, 1e-12)
    again, pull = vjp(f, at)
    assert (value, again) == (backward(program)[-1].data,) * 2
    assert pull(1.0) == (reverse,)


def agrees_exactly_at_kinks(program):
    numbers, values = scalars.dual(scalars.Exact, program), backward(program)
    assert [value.data for value in values] == [number.value for number in numbers]
    for i, x in enumerate(values[: len(program.inputs)]):
        assert (x.grad or 0.0) == close(float(numbers[-1].slopes.get(i, 0)), 1e-14, 1e-14)


def goes_on_at_the_edges(program):
    """Nothing raises; the gradient is the one of ``backward``, to the bit, and so is a second pass."""
    f, at = as_function(program), list(program.inputs)
    values = backward(program)
    expected = [repr(x.grad or 0.0) for x in values[: len(at)]]
    assert [repr(g or 0.0) for g in grad(f)(at)] == expected
    for x in values:
        x.grad = None
    values[-1].backward()
    assert [repr(x.grad or 0.0) for x in values[: len(at)]] == expected
    jvp(f, (at,), ([1.0] * len(at),))
    hessian(f)(at)


# --- Second derivatives -----------------------------------------------------------------------------------------------

JUMPS = {"round", "floordiv", "mod"}  # their jumps may be closer than the step of a difference of floats


def second_agrees_with_differences_of_the_first(program):
    """A stencil of five points, off by about ``h**4`` and by the rounding of the first derivatives over ``h``."""
    assume(not JUMPS & {name for name, _ in program.lines})
    f, at, h = as_function(program), list(program.inputs), 2e-4
    found = hessian(f)(at)
    for i in range(len(at)):
        near = [grad(f)([x + k * h * (i == j) for j, x in enumerate(at)]) for k in (-2, -1, 1, 2)]
        differences = [(a - 8 * b + 8 * c - d) / (12 * h) for a, b, c, d in zip(*near, strict=True)]
        assert found[i] == close(differences, 1e-5, 1e-6)


def second_agrees_with_numbers_of_forty_digits(program):
    found = hessian(as_function(program))(list(program.inputs))
    largest = max(abs(x) for row in found for x in row)
    for i, row in enumerate(found):
        assert row == close(list(map(float, scalars.second_differences(program, i))), 1e-9, 1e-12 * max(1, largest))


def second_is_symmetric_and_the_same_by_each_operator(program):
    f, at = as_function(program), list(program.inputs)
    found = hessian(f)(at)
    assert jacobian(grad(f))(at) == found
    scale = 1e-12 * max(1.0, *(abs(x) for row in found for x in row))
    for i, row in enumerate(found):
        assert row == close([other[i] for other in found], 1e-12, scale)
    vector = [1.0, -2.0, 0.5, 3.0][: len(at)]
    products = [sum(x * t for x, t in zip(row, vector, strict=True)) for row in found]
    assert hvp(f, (at,), (vector,)) == close(products, 1e-12, 10 * scale)


CHECKS = {
    agrees_with_the_naive_engine: (scalars.programs(), 150),
    agrees_with_the_complex_step: (scalars.programs(), 150),
    agrees_with_numbers_of_forty_digits: (scalars.programs(), 100),
    agrees_forward_and_backward: (scalars.programs(), 100),
    agrees_exactly_at_kinks: (scalars.exact_programs(), 200),
    goes_on_at_the_edges: (scalars.edge_programs(), 200),
    second_agrees_with_differences_of_the_first: (scalars.programs(most=8), 60),
    second_agrees_with_numbers_of_forty_digits: (scalars.programs(most=8), 60),
    second_is_symmetric_and_the_same_by_each_operator: (scalars.programs(most=8), 60),
}


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
@pytest.mark.long
def test_a_random_program(check):
    strategy, examples = CHECKS[check]
    every(strategy, check, examples)


@pytest.mark.parametrize("row", scalars.NAMES)
@pytest.mark.long
def test_a_random_program_with_a_certain_row(row):
    """So that every row is there, and several times, in the checks that compare it with mathematics done elsewhere."""

    def check(program):
        assume(row in [name for name, _ in program.lines])
        agrees_with_the_naive_engine(program)
        agrees_with_the_complex_step(program)
        agrees_forward_and_backward(program)
        second_agrees_with_numbers_of_forty_digits(program)

    every(scalars.programs(most=4, first=[row]), check, 5)


# --- Histories --------------------------------------------------------------------------------------------------------


class Item:
    """A value of ours, with the numbers that the naive engine has for it."""

    def __init__(self, key, ours, number, twin, is_leaf):
        self.key, self.ours, self.number, self.twin, self.is_leaf = key, ours, number, twin, is_leaf
        number.slopes[key] = twin.slopes[key] = 1.0


class History(RuleBasedStateMachine):
    """A user's actions on values, in any order, done to ours and to naive numbers.

    A naive number carries its slope by every item it was made from, under the item's key. So a pass from it is known
    beforehand: the gradients that leaves receive, and those that computed values are set to.
    """

    positions = st.integers(0, 30)

    def __init__(self):
        super().__init__()
        self.items, self.count = [], 0
        self.grads, self.sizes = {}, {}  # the gradient expected under each key, and the magnitude of what it sums

    def keep(self, *parts):
        self.items.append(Item(self.count, *parts))
        self.count += 1

    def at(self, position):
        return self.items[position % len(self.items)]

    @initialize(x=scalars.PLAIN, y=scalars.PLAIN)
    def start(self, x, y):
        self.make_a_leaf(x)
        self.make_a_leaf(y)

    @rule(x=scalars.PLAIN)
    def make_a_leaf(self, x):
        self.keep(Value(x), Number(x), Shaken(x), True)

    @rule(name=st.sampled_from(scalars.WEIGHTED), favourite=positions, data=st.data())
    def record(self, name, favourite, data):
        count = len(self.items)
        arguments = data.draw(scalars.arguments_of(name, count, favourite % count))
        numbers, twins = [item.number for item in self.items], [item.twin for item in self.items]
        if line := scalars.attempt(name, arguments, numbers, twins):
            given = [self.items[x].ours if isinstance(x, int) else x[0] for x in arguments]
            self.keep(scalars.ours(name, *given), *line, False)

    @rule(position=positions, seed=st.sampled_from([1.0, -0.5, 2.0]))
    def backward(self, position, seed):
        root = self.at(position)
        root.ours.backward(seed)
        leaves = {item.key for item in self.items if item.is_leaf}
        for key, slope in root.number.slopes.items():
            adds = key in leaves and self.grads.get(key) is not None
            self.grads[key] = seed * slope + (self.grads[key] if adds else 0.0)
            self.sizes[key] = abs(seed * slope) + (self.sizes[key] if adds else 0.0)

    @rule(position=positions)
    def zero_a_gradient(self, position):
        self.at(position).ours.grad = None
        self.grads[self.at(position).key] = None

    @rule(position=positions, x=scalars.PLAIN)
    def assign_data(self, position, x):
        item = self.at(position)
        if item.is_leaf:
            item.ours.data = x
            item.number, item.twin = Number(x, {item.key: 1.0}), Shaken(x, {item.key: 1.0})
        else:
            with pytest.raises(TapeError):
                item.ours.data = x

    @precondition(lambda self: len(self.items) > 1)
    @rule(position=positions)
    def drop_a_reference(self, position):
        item = self.items.pop(position % len(self.items))
        probe, needed = weakref.ref(item.ours), any(item.key in other.number.slopes for other in self.items)
        item.ours = None
        assert (probe() is not None) == needed  # at once, by reference counting alone

    @rule()
    def collect_garbage(self):
        gc.collect()

    @invariant()
    def agrees(self):
        for item in self.items:
            assert item.ours.data == close(item.number.value, 1e-12)
            expected = self.grads.get(item.key)
            if expected is None:
                assert item.ours.grad is None
            else:
                assert item.ours.grad == close(expected, 1e-12, 1e-12 * max(1.0, self.sizes[item.key]))


def run_histories(examples, **options):
    gc.freeze()  # so that a collection looks at the values of the history, and not at everything that was imported
    try:
        _run_histories(examples, **options)
    finally:
        gc.unfreeze()


def _run_histories(examples, **options):
    run_state_machine_as_test(
        History, settings=settings(ONCE, max_examples=examples, stateful_step_count=40, **options)
    )


@pytest.mark.long
def test_any_history_of_values_agrees_with_the_naive_engine():
    run_histories(50)


# --- The same everywhere ----------------------------------------------------------------------------------------------

EVALUATE = """
import json, sys
from autograd import Value, hessian, jvp, program
from tests.support.programs.scalars import as_function, backward
for inputs, lines in json.load(sys.stdin):
    one = type("Given", (), {"inputs": inputs, "lines": lines})
    values = backward(one)
    print(program(values[-1]))
    print([(v.data.hex(), v.grad and v.grad.hex()) for v in values])
    print(jvp(as_function(one), (inputs,), ([1.0] * len(inputs),))[1].hex())
    print([[x.hex() for x in row] for row in hessian(as_function(one))(inputs)])
"""


def printed_by_fresh_processes(batch, script=EVALUATE):
    """The output of a script about the programs, from processes with different seeds of hashing."""
    running = []
    for seed in ("0", "1", "4242"):
        environment = {
            "PYTHONPATH": str(Path(__file__).parents[1]),
            "PYTHONIOENCODING": "utf-8",
            "PYTHONHASHSEED": seed,
        }
        process = subprocess.Popen(
            [sys.executable, "-c", script], env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        running.append(process)
    outputs = [process.communicate(json.dumps(batch).encode())[0] for process in running]
    assert [process.returncode for process in running] == [0, 0, 0]
    return outputs


def test_the_bits_are_the_same_in_every_process():
    batch = []
    every(scalars.programs(), lambda program: batch.append(program), 25, phases=[Phase.generate])
    outputs = printed_by_fresh_processes(batch)
    assert len(set(outputs)) == 1
    assert outputs[0].count(b"gradient") == len(batch)
    by_hash = EVALUATE + "print({f'{x}' for x in range(100)})"
    assert len(set(printed_by_fresh_processes(batch[:1], by_hash))) == 3


# --- One Hessian, seven ways ------------------------------------------------------------------------------------------


@pytest.mark.smoke
def test_seven_routes_lead_to_one_hessian():
    """``f = x² y + sin(y z) + exp(x z)``, whose Hessian is written out."""

    def f(x):
        return x[0] ** 2 * x[1] + (x[1] * x[2]).sin() + (x[0] * x[2]).exp()

    at = [0.5, -1.5, 2.0]
    x, y, z = at
    sine, cosine, exponential = math.sin(y * z), math.cos(y * z), math.exp(x * z)
    written = [
        [2 * y + z * z * exponential, 2 * x, (1 + x * z) * exponential],
        [2 * x, -z * z * sine, cosine - y * z * sine],
        [(1 + x * z) * exponential, cosine - y * z * sine, -y * y * sine + x * x * exponential],
    ]
    basis = [[float(i == j) for j in range(3)] for i in range(3)]

    def along(x, v):
        return jvp(f, (x,), (v,))[1]

    def pulled(x):
        return vjp(f, x)[1](1.0)[0]

    routes = {
        "jacobian of the gradient": jacobian(grad(f))(at),
        "hessian": hessian(f)(at),
        "forward over reverse": [hvp(f, (at,), (v,)) for v in basis],
        "forward over forward": [[jvp(lambda x, v=v: along(x, v), (at,), (w,))[1] for w in basis] for v in basis],
        "reverse over forward": [grad(lambda x, v=v: along(x, v))(at) for v in basis],
        "reverse over reverse": [vjp(pulled, at)[1](v)[0] for v in basis],
        "gradient of a component": [grad(lambda x, i=i: grad(f)(x)[i])(at) for i in range(3)],
    }
    for route, found in routes.items():
        assert [x for row in found for x in row] == close([x for row in written for x in row], 1e-14), route


# --- The checks, on engines that are wrong ----------------------------------------------------------------------------


def wrong_rule(patch):
    patch.setattr(several.SUM, "derivatives", lambda m, *xs_y: (1,) * (len(xs_y) - 2) + (2,))


def slopes_twice_too_large(patch):
    right = sweep.local_derivatives
    patch.setattr(sweep, "local_derivatives", lambda z: [2 * slope for slope in right(z)])


def wrong_rule_on_values(patch):
    patch.setattr(ops.MUL, "derivatives", lambda m, x, y, z: (y, 2 * x))


def wrong_share(patch):
    patch.setattr(
        several.MAX, "derivatives", lambda m, *xs_y: tuple(m.where(m.equal(x, xs_y[-1]), 1, 0) for x in xs_y[:-1])
    )


def forward_without_the_chain(patch):
    patch.setattr(recorded, "_contribution", lambda g, slope, op: g)


def slopes_that_are_held_still(patch):
    numbers = lambda z: sweep.local_derivatives(z)
    patch.setattr(recorded, "_slopes", numbers)


def edges_that_raise(patch):
    patch.setattr(sweep, "at_edge", lambda rule, *numbers: rule(sweep.floats, *numbers))


def leaves_that_forget(patch):
    def backward(self, gradient=1.0):
        for node in sweep.collect((self,))[1]:
            node._grad = None
        sweep.backward(self, gradient)

    patch.setattr(Value, "backward", backward)


def computed_values_that_add_up(patch):
    def backward(self, gradient=1.0):
        before = [(node, node.grad) for node in sweep.collect((self,))[0]]
        sweep.backward(self, gradient)
        for node, earlier in before:
            node.grad += earlier or 0.0

    patch.setattr(Value, "backward", backward)


def references_kept(patch):
    right, kept = sweep.backward, []
    patch.setattr(Value, "backward", lambda self, gradient=1.0: (kept.append(self), right(self, gradient)))


WRONG = {
    agrees_with_the_naive_engine: wrong_rule,
    agrees_with_the_complex_step: wrong_rule,
    agrees_with_numbers_of_forty_digits: wrong_rule,
    agrees_forward_and_backward: forward_without_the_chain,
    agrees_exactly_at_kinks: wrong_share,
    goes_on_at_the_edges: edges_that_raise,
    second_agrees_with_differences_of_the_first: slopes_that_are_held_still,
    second_agrees_with_numbers_of_forty_digits: slopes_that_are_held_still,
    second_is_symmetric_and_the_same_by_each_operator: wrong_rule_on_values,
}


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
@pytest.mark.untraced
def test_a_check_fails_on_a_wrong_engine(check, monkeypatch):
    strategy, examples = CHECKS[check]
    WRONG[check](monkeypatch)
    with pytest.raises((AssertionError, *EDGES)):
        every(strategy, check, examples, phases=[Phase.generate], report_multiple_bugs=False)


@pytest.mark.parametrize(
    "wrong",
    [slopes_twice_too_large, leaves_that_forget, computed_values_that_add_up, references_kept],
    ids=lambda wrong: wrong.__name__,
)
@pytest.mark.long
def test_the_histories_fail_on_a_wrong_engine(wrong, monkeypatch):
    wrong(monkeypatch)
    with pytest.raises(AssertionError):
        run_histories(1_000, phases=[Phase.generate], report_multiple_bugs=False)  # it ends with the first that fails
