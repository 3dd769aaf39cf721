"""Stepping: what a pass shows on its way, and that at its end it leaves what ``backward()`` leaves."""

import functools
import io
import math
import operator
import random
import time

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

import autograd
from autograd import AnomalyError, InputTypeError, InputValueError, Tensor, Value, detect_anomaly, program, steps
from autograd.core import ops
from autograd.core.several import TABLE
from autograd.stepping.writing import Pen
from autograd.text.paper import Paper
from tests.support.processes import INTERRUPTIONS, needs_timer, run_fresh
from tests.support.programs import scalars
from tests.support.programs.effort import examples


def neuron():
    x1, x2 = Value(2.0, name="x1"), Value(0.0, name="x2")
    w1, w2 = Value(-3.0, name="w1"), Value(1.0, name="w2")
    b = Value(6.8813735870195432, name="b")
    n = x1 * w1 + x2 * w2 + b
    y = n.tanh()
    n.name, y.name = "n", "y"
    return {"x1": x1, "x2": x2, "w1": w1, "w2": w2, "b": b, "n": n, "y": y}


def chain(length):
    x = Value(1.0001, name="x")
    y = x
    for k in range(length):
        y = y * x if k % 2 else y + 1e-5
    return x, y


def fan():
    """A value that is used five times; the gradient is 2x + 3 + 1 + 1 = 11."""
    x = Value(3.0, name="x")
    y = x * x + 3 * x + (x + 1) + x
    y.name = "y"
    return x, y


# --- The end of a pass ------------------------------------------------------------------------------------------------


def same(x, y):
    """Return True if two gradients are equal to the last bit, both nan, or both ``None``."""
    if x is None or y is None:
        return x is y
    return x.hex() == y.hex() or (math.isnan(x) and math.isnan(y))


@pytest.mark.parametrize(
    ("x", "y", "equal"),
    [
        *((x, x, True) for x in (None, 1.0, -0.0, math.inf, math.nan)),
        *((x, y, False) for x, y in [(1.0, math.nextafter(1.0, 2.0)), (None, 0.0), (0.0, -0.0), (math.nan, 1.0)]),
    ],
)
def test_a_difference_in_the_last_bit_is_a_difference(x, y, equal):
    assert same(x, y) == same(y, x) == equal


def recorded(program, variant):
    """The values of a program; in some variants leaves have gradients already, or change between their uses."""
    inputs = [Value(x) for x in program.inputs]
    if variant in (1, 3):
        for k, x in enumerate(inputs):
            x.grad = 0.1 * k - 0.3

    def apply(name, *arguments):
        if variant in (2, 3):
            inputs[0].data = inputs[0].data * 0.75 + 0.125
        return scalars.ours(name, *arguments)

    return scalars.run(program, apply, inputs)


def wander(stepper, seed):
    """Go forwards and backwards through a pass, read its state on the way, and run it to its end."""
    moves = random.Random(seed)
    for _ in range(8):
        stepper.goto(moves.randint(0, len(stepper)))
        stepper.state()
        if stepper.position:
            stepper.back()
    return stepper.run()


def agrees_with_backward(program):
    for variant, seed in enumerate([1.0, -0.3, 1e300, 2.0]):
        theirs, ours = recorded(program, variant), recorded(program, variant)
        theirs[-1].backward(seed)
        stepper = wander(steps(ours[-1], seed), variant)
        assert [
            (k, x.grad, y.grad) for k, (x, y) in enumerate(zip(ours, theirs, strict=True)) if not same(x.grad, y.grad)
        ] == []
        assert stepper.deposited
        for standing in stepper.state():
            if standing.entry.op is not None:
                assert same(standing.grad, standing.entry.grad)


def every_text_fits(program):
    y = recorded(program, 1)[-1]
    for direction in ("forward", "reverse"):
        stepper = steps(y, direction=direction)
        for on in (Paper(), Paper(width=40, unicode=False), Paper(width=60, colour=True)):
            stepper.goto(0)
            texts = [stepper.text(on), *(step.text(on) for step in stepper), stepper.text(on), stepper.state().text(on)]
            for line in "\n".join(texts).splitlines():
                bare = line
                for code in range(50):
                    bare = bare.replace(f"\033[{code}m", "")
                assert len(bare) <= on.width
                assert line == bare or on.colour
                assert line.isascii() or on.unicode


@pytest.mark.parametrize("check", [agrees_with_backward, every_text_fits])
@pytest.mark.parametrize(
    ("strategy", "count"),
    [(scalars.programs(), 200), (scalars.exact_programs(), 200), (scalars.edge_programs(), 200)],
    ids=["smooth", "kinks", "edges"],
)
@pytest.mark.long
def test_on_random_programs(check, strategy, count):
    options = settings(
        deadline=None,
        derandomize=True,
        max_examples=examples(count),
        suppress_health_check=list(HealthCheck),
        database=None,
    )
    options(given(strategy)(check))()


def test_the_check_finds_a_pass_that_is_wrong(monkeypatch):
    program = scalars.Program((0.5, 2.0), (("mul", (0, 1)), ("exp", (2,))))
    agrees_with_backward(program)
    deposit = autograd.stepping.stepper.deposit
    monkeypatch.setattr(autograd.stepping.stepper, "deposit", lambda computed, leaves: deposit(computed, leaves[1:]))
    with pytest.raises(AssertionError):
        agrees_with_backward(program)


@pytest.mark.smoke
def test_the_gradients_arrive_with_the_last_step_all_at_once():
    values = neuron()
    stepper = steps(values["y"])
    for k in range(4):
        next(stepper)
        assert all(value.grad is None for value in values.values()), k
        assert not stepper.deposited
    next(stepper)
    assert stepper.deposited
    twin = neuron()
    twin["y"].backward()
    assert [x.grad for x in values.values()] == [x.grad for x in twin.values()]


@pytest.mark.smoke
def test_abandoning_a_stepper_leaves_gradients_untouched():
    values = neuron()
    values["b"].grad = 7.0
    steps(values["y"]).goto(4)
    assert [x.grad for x in values.values()] == [None, None, None, None, 7.0, None, None]


def test_looking_at_steps_takes_none():
    values = neuron()
    stepper = steps(values["y"])
    assert stepper[-1].entry.label == "%5"
    assert [step.k for step in stepper[1:4]] == [1, 2, 3]
    assert (stepper.position, stepper.deposited, len(stepper)) == (0, False, 5)
    with pytest.raises(IndexError):
        stepper[5]
    assert repr(stepper[::4]) == f"{stepper[0]}\n{stepper[4]}"
    assert repr(stepper[5:]) == "[]"


def test_going_back_after_the_end_and_forward_again_deposits_once():
    x, y = fan()
    stepper = steps(y)
    assert len(list(stepper)) == len(stepper)
    assert x.grad == 11.0
    stepper.back(3)
    assert repr(stepper).endswith("next: %3 = %1 + %2; its gradients are deposited already")
    stepper.run()
    stepper.goto(0).run()
    assert next(stepper, None) is None
    assert x.grad == 11.0
    steps(y).run()
    assert x.grad == 22.0


def test_a_forward_pass_deposits_nothing():
    values = neuron()
    stepper = steps(values["y"], direction="forward")
    assert [step.entry.label for step in stepper] == ["%5", "%6", "%7", "n", "y"]
    assert all(value.grad is None for value in values.values())
    assert not stepper.deposited


def test_steps_of_a_leaf_are_as_backward_on_a_leaf():
    x, twin = Value(3.0, name="x"), Value(3.0)
    x.grad = twin.grad = 1.5
    stepper = steps(x, 2.0)
    assert len(stepper) == 0
    assert repr(stepper).splitlines() == [
        "[0/0] before the first step: x.grad = 2 is given",
        "      x is a leaf, and no step leads to it; run() leaves its gradient",
    ]
    assert next(stepper, None) is None
    twin.backward(2.0)
    assert x.grad == twin.grad == 3.5
    assert repr(stepper.run()).endswith("the pass is complete: x has its gradient")
    assert x.grad == 3.5


def test_a_pass_adds_to_what_a_leaf_has_when_it_ends():
    x, y = fan()
    x.grad = 100.0
    stepper = steps(y).goto(3)
    x.grad = None
    stepper.run()
    assert x.grad == 11.0


def test_a_pass_with_an_anomaly_deposits_nothing_and_stays_before_its_end():
    x = Value(0.0, name="x")
    y = x.sqrt() * 2
    stepper = steps(y)
    with detect_anomaly(), pytest.raises(AnomalyError, match="the gradient of x becomes inf"):
        stepper.run()
    assert (stepper.position, stepper.deposited, x.grad) == (1, False, None)
    stepper.run()
    assert x.grad == math.inf


def test_a_rule_that_raises_stops_the_pass_at_its_step():
    asked = []

    def slope(m, x, y):
        asked.append(x)
        if len(asked) < 5:  # a rule that raises is asked once more, by numpy's rules
            raise KeyError("no slope yet")
        return (2.0,)

    twice = autograd.primitive("twice", lambda m, x: 2 * x, slope)
    x = Value(1.5, name="x")
    stepper = steps(twice(x) + 1)
    next(stepper)
    for _ in range(2):
        with pytest.raises(InputValueError, match="derivatives of twice raised KeyError"):
            next(stepper)
        assert (stepper.position, x.grad) == (1, None)
    next(stepper)
    assert x.grad == 2.0


INTERRUPTED = """
import time
from autograd import Value, steps

weights = [Value(0.0) for _ in range(20)]
loss = weights[0] * 3.0
for w in weights[1:]:
    loss = loss + 3.0 * w
begun = [steps(loss)]  # an interrupt may come before the work has begun its own


def work():
    begun.append(steps(loss))
    begun[-1].run()
    begun[-1].goto(5).run()


def is_wrong():
    return {w.grad or 0.0 for w in weights} != {3.0 * sum(stepper.deposited for stepper in begun)}


def duration():
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


longest = 4 * min(duration() for _ in range(10))  # on a slow machine, as far into the work as on a fast one
wrong = unfinished = finished = 0
for _ in interruptions(work, 300, longest):
    wrong += is_wrong()
    finished += begun[-1].deposited
    unfinished += not begun[-1].deposited
    begun[-1].run()
    wrong += is_wrong()
    wrong += [step.k for step in begun[-1][:]] != list(range(len(begun[-1])))
print(wrong, finished > 20, unfinished > 20)
"""


@needs_timer
def test_an_interrupt_never_tears_a_deposit_nor_makes_it_twice():
    assert run_fresh(INTERRUPTIONS + INTERRUPTED) == "0 True True"


# --- Moving -----------------------------------------------------------------------------------------------------------


def test_the_step_of_a_value_propagates_its_gradient():
    values = neuron()
    stepper = steps(values["y"])
    for where, position in [("n", 2), (values["n"], 2), ("%5", 5), (3, 3), (0, 0), ("y", 1)]:
        assert stepper.goto(where).position == position
    assert stepper.goto("b").current.parts[-1].entry.label == "b"
    assert steps(values["y"], direction="forward").goto("n").position == 4


def test_the_step_of_a_leaf_completes_its_gradient():
    x, y = fan()
    stepper = steps(y).goto(x)
    assert (stepper.position, stepper.current.parts[-1].complete) == (len(stepper), True)
    x.data = 5.0
    z = x * y  # a leaf that changed between its uses is one value all the same
    assert {steps(z).goto(name).position for name in ("x", "x%0", "x%7")} == {7}
    assert steps(z).until("x").position == 7
    twins = Value(1.0, name="w") * Value(2.0, name="w")
    with pytest.raises(InputValueError, match=r"'w' stands for 2 entries of this program: w%0 = 1\.0 and w%1 = 2\.0"):
        steps(twins).goto("w")


def test_a_pass_goes_on_until_a_value_an_operation_or_a_condition():
    values = neuron()
    for what, position in [
        *[(values["n"], 2), ("n", 2), ("tanh", 1), ("mul", 4), ("*", 4), ("+", 2), (ops.MUL, 4)],
        *[("|grad| > 1", 5), ("grad<-1", 5), ("grad = 0", 4), ("grad == 1", 1), ("grad != 1", 1), ("grad ≥ 1", 1)],
        *[("value < -5", 3), ("|value| >= 5", 3), ("x1", 5), ("watch b", 2), ("watch x1", 5)],
        *[(lambda step: step.k == 2, 3), ("the first nan", 5), ("inf", 5)],
    ]:
        stepper = steps(values["y"]).until(what)
        assert stepper.position == position, what
    for what, position in [("n", 4), ("*", 1), ("value > 0", 4), ("nan", 5), (lambda step: step.entry.value == 0, 2)]:
        assert steps(values["y"], direction="forward").until(what).position == position, what


def test_until_goes_on_from_where_it_is():
    values = neuron()
    stepper = steps(values["y"]).until("*").until("*")
    assert "stopped at *" in repr(stepper)
    assert stepper.position == 5
    assert "stopped at the end, and not at *" in repr(stepper.until("*"))
    with pytest.raises(InputValueError, match="n had its turn at step 2, and this is step 5"):
        stepper.until("n")
    stepper.goto(0).until("n")
    assert stepper.current.entry.label == "n"


def test_a_pass_stops_at_each_break_point():
    values = neuron()
    stepper = steps(values["y"])
    stepper.breakpoints.append("x2")
    stepper.breakpoints.extend([values["n"], lambda step: step.k == 3])
    assert [stepper.run().position for _ in range(4)] == [2, 4, 5, 5]
    stepper.goto(2).run()
    assert "stopped at x2 and the condition <lambda>" in repr(stepper)
    assert stepper.goto(0).until("*").position == 2
    assert stepper.goto(3).position == 3  # going to a step passes break points


def test_break_points_are_a_list_that_reads_what_it_is_given():
    values = neuron()
    breakpoints = steps(values["y"]).breakpoints
    breakpoints.append("nan")
    breakpoints.insert(0, values["b"])
    breakpoints.append("|grad|>1e3")
    assert breakpoints == breakpoints
    assert list(breakpoints) == ["b", "the first nan", "|grad| > 1e3"]
    assert repr(breakpoints) == "['b', 'the first nan', '|grad| > 1e3']"
    assert breakpoints[1:] == ["the first nan", "|grad| > 1e3"]
    assert "b" in breakpoints
    breakpoints.remove(values["b"])
    breakpoints[0] = "inf"
    breakpoints[1:] = ["tanh", ops.ADD]
    assert list(breakpoints) == ["the first inf", "tanh", "add"]
    del breakpoints[0]
    assert len(breakpoints) == 2
    with pytest.raises(InputValueError, match="no break point 'n'; there are"):
        breakpoints.remove("n")


def test_break_points_have_the_indices_of_a_list():
    breakpoints = steps(neuron()["y"]).breakpoints
    breakpoints.extend(["n", "x1", "*"])
    breakpoints.insert(-1, "nan")
    breakpoints.insert(10**30, "inf")
    breakpoints.insert(-(10**30), "b")
    assert list(breakpoints) == ["b", "n", "x1", "the first nan", "*", "the first inf"]
    assert (breakpoints.index("nan"), breakpoints.index("n", 1), breakpoints.index("*", -2, 5)) == (3, 1, 4)
    with pytest.raises(InputValueError, match="there is no break point 'b'; there are"):
        breakpoints.index("b", 1)
    breakpoints[::-2] = ["+", "x2", "w1"]
    assert list(breakpoints) == ["b", "w1", "x1", "x2", "*", "+"]
    with pytest.raises(InputValueError, match="3 break points are replaced by as many, not by 2"):
        breakpoints[::2] = ["+", "*"]
    breakpoints[1:5] = [ops.MUL]
    assert list(breakpoints) == ["b", "mul", "+"]
    del breakpoints[::2]
    assert (list(breakpoints), breakpoints.pop()) == (["mul"], "mul")
    with pytest.raises(IndexError, match="there is no item 0: there are none"):
        breakpoints[0]


@pytest.mark.parametrize("several", ["nan", b"nan", None, 3, lambda step: True, Value(1.0), math.nan])
def test_several_break_points_are_added_all_or_none(several):
    breakpoints = steps(neuron()["y"]).breakpoints
    breakpoints.append("n")
    with pytest.raises(InputTypeError, match="several break points are given in a list, not as"):
        breakpoints += several
    with pytest.raises(InputTypeError, match="several break points are given in a list, not as"):
        breakpoints[:] = several
    with pytest.raises(InputValueError, match="'quux' is neither"):
        breakpoints.extend(["b", "quux"])
    assert list(breakpoints) == ["n"]


def test_a_condition_is_a_function_of_a_step():
    def deep(step):
        return step.k == 2

    stepper = steps(neuron()["y"])
    assert repr(stepper.until(deep)).splitlines()[-2].strip() == "stopped at the condition deep"
    assert stepper.goto(0).until(functools.partial(operator.contains, stepper[1:2])).position == 2
    assert steps(neuron()["y"]).until(iter).position == 1  # a builtin that does not say how many arguments it takes
    for other in (lambda: True, lambda step, other: True, lambda *, step: True):
        with pytest.raises(InputTypeError, match="a function of a step, and <lambda> does not take one argument"):
            stepper.until(other)
    with pytest.raises(InputTypeError, match="not type <class 'bool'>"):
        stepper.until(bool)
    for condition, error, says in [
        (lambda step: [][0], IndexError, "list index out of range"),  # the user's own
        (lambda step: np.zeros(2), InputValueError, r"gave ndarray array\(\[0., 0.\]\); reduce it with .any"),
    ]:
        stepper = steps(neuron()["y"])
        with pytest.raises(error, match=says):
            stepper.until(condition)
        assert stepper.position == 1
    assert steps(neuron()["y"]).until(lambda step: np.array([step.k == 3])).position == 4


def test_an_operation_that_the_program_lacks_is_no_place_to_stop():
    stepper = steps(neuron()["y"])
    with pytest.raises(InputValueError, match=r"exp is no operation .*; its operations are: add, mul and tanh"):
        stepper.until(TABLE["exp"])
    with pytest.raises(InputValueError, match="its operations are: none"):
        steps(Value(1.0)).until(ops.MUL)
    assert stepper.position == 0


@pytest.mark.parametrize("name", [" x ", "a\nb", "watch it", "|grad| > 1", "tanh", "x" * 100_000])
def test_a_value_of_any_name_is_stopped_at_and_watched(name):
    x = Value(0.5, name=name)
    y = x.tanh() * x + 1
    for where in (x, name):
        assert steps(y).until(where).position == 3
        assert steps(y).goto(where).position == 3
        stepper = steps(y)
        stepper.watch(where)
        assert stepper.run().position == 2
        assert stepper.run().position == 3
        assert len(repr(stepper)) < 1000


def test_the_number_of_a_step_may_be_one_of_numpy():
    stepper = steps(neuron()["y"]).goto(np.int64(4))
    assert (stepper.position, stepper.back(np.int8(3)).position) == (4, 1)
    with pytest.raises(InputTypeError, match="not to bool True"):
        stepper.goto(True)


def test_a_value_that_is_called_like_an_operation_is_meant_by_its_name():
    mul = Value(2.0, name="mul")
    y = (mul * 3 + 1) * mul
    assert steps(y).until("mul").position == 3
    assert steps(y).until(ops.MUL).position == 1


def test_watching_stops_only_where_the_gradient_changes():
    x, y = fan()
    stepper = steps(y + autograd.where(False, x, 0.0) + 0 * x)
    stepper.watch(x)
    seen = []
    while stepper.run().position < len(stepper):
        seen.append(stepper.state().find(x).grad)
    assert seen == [1.0, 2.0, 5.0]
    assert stepper.state().find("x").grad == 11.0
    assert list(stepper.breakpoints) == ["watch x"]


def test_the_first_nan_is_where_it_arises():
    x = Value(0.0, name="x")
    y = (x.sqrt() * x).exp() * 2  # inf · 0 at x
    stepper = steps(y).until("the first nan")
    assert [part.entry.label for part in stepper.current.parts] == ["x"]
    assert steps(y).until("inf").current is stepper.current or steps(y).until("inf").current.k == stepper.current.k
    assert steps(x * 2, math.nan).until("nan").position == 1
    z = autograd.log(Value(-1.0)) * 2 + 1
    stepper = steps(z, direction="forward")
    stepper.breakpoints.append("nan")
    assert [stepper.run().position for _ in range(2)] == [1, 3]  # nan goes on from there, but arises once


def test_a_change_from_nan_to_nan_is_none():
    x = Value(1.0, name="x")
    y = (x * math.nan) + (x * math.nan)
    stepper = steps(y)
    stepper.watch("x")
    assert stepper.run().position == 2
    assert stepper.run()._stopped == ""


@pytest.mark.parametrize(
    ("act", "error", "says"),
    [
        (lambda s: s.back(), InputValueError, "0 steps have been taken, so one cannot go back 1"),
        (lambda s: s.back(0), InputValueError, "the number of steps back is 1 or more, not 0"),
        (lambda s: s.back("n"), InputTypeError, "the number of steps back is a whole number, not str 'n'"),
        (lambda s: s.goto(6), InputValueError, "there is no step 6: they are 1 to 5, and 0 is the beginning"),
        (lambda s: s.goto(-1), InputValueError, "there is no step -1"),
        (lambda s: s.goto(2.0), InputTypeError, "a value, a name or the number of a step, not to float 2.0"),
        (lambda s: s.goto("ww1"), InputValueError, "'ww1' is not part of this program; did you mean 'w1'"),
        (lambda s: s.goto(Value(1.0)), InputValueError, "is not part of this program; print"),
        (lambda s: s.until("quux"), InputValueError, "neither a value nor an operation .* of this program, nor"),
        (lambda s: s.until("tan"), InputValueError, "neither .*; did you mean 'tanh'"),
        (lambda s: s.until("tanh()"), InputValueError, "neither a value nor an operation"),
        (lambda s: s.until(" "), InputValueError, "'' is neither a value nor an operation"),
        (lambda s: s.until("|grad > 1"), InputValueError, "nor a condition"),
        (lambda s: s.until("grad > much"), InputValueError, "nor a condition"),
        (lambda s: s.until("grad ! 1"), InputValueError, "nor a condition"),
        (lambda s: s.until(3), InputTypeError, "a place to stop is a value, a name, an operation"),
        (lambda s: s.watch("zz"), InputValueError, "'zz' is not part of this program"),
        (lambda s: s.breakpoints.append("zz"), InputValueError, "neither a value"),
        (lambda s: s.state().find("zz"), InputValueError, "'zz' is not part of this program"),
    ],
)
def test_a_move_that_is_impossible_is_refused_in_a_sentence_and_moves_nothing(act, error, says):
    stepper = steps(neuron()["y"])
    with pytest.raises(error, match=says):
        act(stepper)
    assert stepper.position == 0


@pytest.mark.parametrize(
    ("act", "says"),
    [
        (lambda s: s.goto("b"), "b is a leaf: it is there before the first step"),
        (lambda s: s.until("b"), "b is a leaf: it is there before the first step of a forward pass"),
        (lambda s: s.watch("n"), "no gradients to watch in a forward pass"),
        (lambda s: s.until("|grad| > 1"), "a forward pass has no gradients; say value"),
    ],
)
def test_a_forward_pass_has_no_gradients_to_ask_for(act, says):
    with pytest.raises(InputValueError, match=says):
        act(steps(neuron()["y"], direction="forward"))


def test_the_steps_of_several_results_lead_back_from_their_sum():
    x, t = Value(2.0, name="x"), Tensor([3.0], name="t")
    a, b = x * 3, x * x
    stepper = steps([a, b])
    assert repr(stepper).endswith("3 steps to go, next: L = sum([%1, %2])")
    stepper.run()
    assert (x.grad, a.grad, b.grad) == (3.0 + 2 * 2.0, 1.0, 1.0)
    steps(program(a, t * t)).run()
    assert (x.grad, t.grad) == (7.0 + 3.0, 2 * 3.0)
    assert str(steps([a, b], direction="forward").run()).endswith("the pass is complete: %1 = 6 and %2 = 4")


def test_a_result_that_is_a_leaf_has_no_step():
    with pytest.raises(InputValueError, match="x takes part in no step: it is what the pass begins with"):
        steps(Value(1.0, name="x")).goto("x")


@pytest.mark.parametrize(
    ("make", "error", "says"),
    [
        (lambda y: steps(5), InputTypeError, "belongs to a recorded value, not to int 5"),
        (lambda y: steps([]), InputValueError, "at least one result"),
        (
            lambda y: steps([y, Tensor([1.0, 2.0])]),
            InputValueError,
            r"number 2 .* the shape \(2,\); sum it up",
        ),
        (lambda y: steps(y, "1"), InputTypeError, "gradient takes a real number"),
        (lambda y: steps(y, direction="backward"), InputValueError, 'direction is "reverse", "forward" or "tangent"'),
        (
            lambda y: steps(y, direction=-1),
            InputTypeError,
            'direction is "reverse", "forward" or "tangent", not int -1',
        ),
        (lambda y: steps(y, digits=768), InputValueError, "digits is at most 767, not 768"),
        (lambda y: steps(y, 2.0, direction="forward"), InputValueError, "no gradient; leave gradient= away"),
        (lambda y: steps(y, digits=0), InputValueError, "digits is 1 or more, not 0"),
        (lambda y: steps(y, digits=2.5), InputTypeError, "digits is a whole number, not float 2.5"),
    ],
)
def test_steps_refuses_other_arguments_in_a_sentence(make, error, says):
    with pytest.raises(error, match=says):
        make(neuron()["y"])


# --- What it shows ----------------------------------------------------------------------------------------------------


def test_a_stepper_shows_where_it_stands_and_what_is_left():
    values = neuron()
    stepper = steps(values["y"], 3)
    assert repr(stepper).splitlines() == [
        "[0/5] before the first step: y.grad = 3 is given",
        "      5 steps to go, next: y = tanh(n)",
    ]
    assert stepper.current is None
    next(stepper)
    assert repr(stepper).splitlines() == [
        "[1/5] y = tanh(n) = 0.7071          upstream  3·dy/dy = 3",
        "      dy/dn = 1 - y² = 0.5          n.grad = 3 × 0.5 = 1.5",
        "      4 steps to go, next: n = %7 + b",
    ]
    forward = steps(values["y"], direction="forward")
    assert repr(forward).splitlines() == [
        "[0/5] before the first step: the inputs are given",
        "      5 steps to go, next: %5 = x1 * w1",
    ]
    assert repr(forward.goto(4)).endswith("1 step to go, next: y = tanh(n)")
    assert repr(forward.run()).endswith("the pass is complete: y = 0.7071")


def test_the_state_tells_partial_gradients_from_complete_ones():
    x, y = fan()
    x.grad = 12.0
    stepper = steps(y, digits=6).goto(4)
    assert repr(stepper.state()).splitlines() == [
        "after 4 of 6 steps  value  gradient",
        "x  = input          3      2         2 of 5 uses, + 12 from before",
        "%1 = x * x          9      1",
        "%2 = 3 * x          9      1",
        "%3 = %1 + %2        18     1",
        "%4 = x + 1          4      1",
        "%5 = %3 + %4        22     1",
        "y  = %5 + x         25     1",
    ]
    state = stepper.state()
    assert (len(state), state[0], [each.arrived for each in state[:2]]) == (7, state.find(x), [2, 1])
    assert (state.find("x").uses, state.find("x").earlier, state.find("x").is_partial) == (5, 12.0, True)
    assert "x  = input          3      -         + 12 from before" in repr(stepper.goto(0).state())
    stepper.run().goto(4)
    assert "x  = input          3      2         2 of 5 uses, + 12 from before" in repr(stepper.state())
    assert x.grad == 23.0


def test_the_standing_of_a_value_is_said_in_words():
    x, y = fan()
    x.grad = 12.0
    values, pen = neuron(), Pen(Paper())
    assert [steps(y).goto(k).state().find("x").text(pen) for k in (0, 4, 6)] == [
        "nothing has arrived at x yet, of 5 uses, and 12 from before",
        "x.grad = 2, by 2 of 5 uses, and 12 from before",
        "x.grad = 11, and 12 from before",
    ]
    twice = values["b"] * values["b"]
    assert steps(values["y"]).state().find("b").text(pen) == "nothing has arrived at b yet"
    assert steps(twice).state().find("b").text(pen) == "nothing has arrived at b yet, of 2 uses"


def test_the_state_of_a_forward_pass_is_its_values():
    _, y = fan()
    assert repr(steps(y, direction="forward").goto(2).state()).splitlines() == [
        "after 2 of 6 steps  value",
        "x  = input          3",
        "%1 = x * x          9",
        "%2 = 3 * x          9",
        "%3 = %1 + %2        -",
        "%4 = x + 1          -",
        "%5 = %3 + %4        -",
        "y  = %5 + x         -",
    ]
    assert [standing.value for standing in steps(y, direction="forward").state()[:2]] == [3.0, None]


def test_a_long_state_is_cut():
    _, y = chain(80)
    lines = repr(steps(y).state()).splitlines()
    assert len(lines) == 1 + 30 + 1 + 20
    assert lines[31] == "… 31 more …"
    assert steps(y).state().text(Paper(unicode=False)).splitlines()[31] == "... 31 more ..."


def look_around(length):
    """The processor time of a walk through a chain of some length, with all that a user may look at on the way."""
    x, y = chain(length)
    twin, z = chain(length)
    z.backward()
    begin = time.process_time()
    stepper = steps(y)
    texts = [repr(next(stepper)), repr(stepper.goto(len(stepper) // 2)), repr(stepper.state()), repr(stepper.state())]
    stepper.breakpoints.append("|grad| > 1e9")
    stepper.run().goto("x")
    autograd.debug(y, stdin=io.StringIO(f"g {length // 2}\nl\np\np x\nq\n"), stdout=io.StringIO())
    taken = time.process_time() - begin
    assert x.grad == twin.grad
    assert max(map(len, texts)) < 5000
    return taken


@pytest.mark.long
def test_a_pass_of_many_steps_needs_no_recursion_and_time_in_proportion():
    assert look_around(32_000) < 30 * look_around(4_000)  # 8 times as long; quadratic time would be 64 times as long
