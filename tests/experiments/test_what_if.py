"""Programs that run again on other numbers, held to the program run anew."""

import math
import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import autograd
from autograd import InputTypeError, InputValueError, Value, no_grad, nudge, program, provenance, replay, scope
from autograd.experiments import what_if
from autograd.experiments.branches import asked
from nn import MLP, losses
from tests.support.programs import scalars
from tests.support.programs.effort import examples
from tests.support.programs.scalars import ours, run

ONCE = settings(deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
EVERY = st.one_of(scalars.programs(), scalars.exact_programs(), scalars.edge_programs())


def every(check, *strategies, count=200):
    """Run a check on many programs, the same ones each time."""
    settings(ONCE, max_examples=examples(count))(given(*strategies)(check))()


def bits(xs):
    return [None if x is None else float(x).hex() for x in xs]


def numbers(program):
    return bits(entry.value for entry in program), bits(entry.grad for entry in program)


# --- The same bits ----------------------------------------------------------------------------------------------------


def is_the_same_on_the_same_numbers(drawn):
    values = run(drawn, ours, [Value(x, name=f"x{k}") for k, x in enumerate(drawn.inputs)])
    y = values[-1]
    again = replay(y, {})
    original = program(y)
    assert [entry.grad for entry in original] == [None] * len(original)
    y.backward()
    assert numbers(again.program) == numbers(original)
    assert str(again.program) == str(original)
    assert again.branches == []
    assert again[y] is again.result
    replay(again.result, {})
    assert numbers(again.program) == numbers(original)


def is_the_program_run_anew(drawn, given):
    new = [Value(x) for x in (given * 4)[: len(drawn.inputs)]]
    anew = run(drawn, ours, new)
    anew[-1].backward()
    values = run(drawn, ours, [Value(x) for x in drawn.inputs])
    y = values[-1]
    present = {id(entry.node) for entry in program(y)}
    again = replay(y, {x: n.data for x, n in zip(values, new, strict=False) if id(x) in present})
    for old, fresh in zip(values, anew, strict=True):
        if id(old) in present:
            assert bits([again[old].data, again[old].grad]) == bits([fresh.data, fresh.grad])
    assert bits(x.grad for x in values) == [None] * len(values)


NUMBERS = st.lists(scalars.PLAIN, min_size=1, max_size=4)


@pytest.mark.long
def test_on_unchanged_numbers_every_bit_is_that_of_the_original():
    every(is_the_same_on_the_same_numbers, EVERY)


@pytest.mark.long
def test_on_other_numbers_every_bit_is_that_of_the_program_run_anew():
    every(is_the_program_run_anew, EVERY, NUMBERS)


def test_a_replay_that_is_off_in_the_last_place_is_noticed(monkeypatch):
    compute = what_if.compute
    monkeypatch.setattr(what_if, "compute", lambda op, *xs: math.nextafter(compute(op, *xs), math.inf))
    drawn = scalars.Program((0.5, 2.0), (("mul", (0, 1)), ("sum", (2, 0, 0, (3.0,)))))
    with pytest.raises(AssertionError):
        is_the_same_on_the_same_numbers(drawn)
    with pytest.raises(AssertionError):
        is_the_program_run_anew(drawn, [1.5])


# --- The branches that Python took ------------------------------------------------------------------------------------


def by_ifs(path):
    """The choices of a program, as a person would code them; what was decided is added to the path."""

    def decide(answer):
        path.append(bool(answer))
        return path[-1]

    def apply(name, *args):
        x, y = args[0], args[-1]
        if name == "maximum":
            return 1.0 * x if decide(x > y) else 1.0 * y
        if name == "minimum":
            return 1.0 * x if decide(x <= y) else 1.0 * y
        if name == "relu":
            return 1.0 * x if decide(x > 0) else 0.0 * x
        if name == "abs":
            return 1.0 * x if decide(x >= 0) else -1.0 * x
        if name == "sign":
            return 0.0 * x if decide(x == 0) else 1.0 + 0.0 * x
        if name == "round":
            return 1.0 * x if decide(x != 0.5) else 2.0 * x
        if name == "where":
            return 1.0 * args[1] if decide(x) else 1.0 * y
        return ours(name, *args)

    return apply


def says_where_the_path_differs(drawn, given):
    then, now = [], []
    values = run(drawn, by_ifs(then), [Value(x) for x in drawn.inputs])
    new = (given * 4)[: len(drawn.inputs)]
    anew = run(drawn, by_ifs(now), [Value(x) for x in new])
    y = autograd.sum(values)
    again = replay(y, dict(zip(values, new, strict=False)))
    assert bool(again.branches) == (then != now)
    if then == now:
        assert bits([again.result.data]) == bits([autograd.sum(anew).data])


@pytest.mark.long
def test_a_branch_is_reported_if_and_only_if_the_path_differs():
    every(says_where_the_path_differs, scalars.exact_programs(), NUMBERS)


def test_a_replay_that_knows_no_branches_is_noticed(monkeypatch):
    monkeypatch.setattr(what_if, "asked", lambda program: [])
    drawn = scalars.Program((0.5,), (("relu", (0,)),))
    says_where_the_path_differs(drawn, [1.5])
    with pytest.raises(AssertionError):
        says_where_the_path_differs(drawn, [-1.5])


def branching(x):
    return x * x if x > 0 else -x


@pytest.mark.smoke
def test_a_branch_that_would_go_the_other_way_is_told_with_its_line():
    with provenance():
        x = Value(2.0)
        y = branching(x)
    (branch,) = replay(y, {x: -3.0}).branches
    assert (branch.question, branch.answer, branch.answer_now) == ("x > 0", True, False)
    assert (branch.numbers, branch.now, branch.source.text) == ((2.0, 0), (-3.0, 0), "return x * x if x > 0 else -x")
    assert str(branch).startswith("x > 0 was True for x = 2; it is False for x = -3 (")
    assert "".join(str(branch).split()) in "".join(str(replay(y, {x: -3.0})).split())  # a long path is divided
    assert replay(y, {x: 3.0}).branches == []


def test_both_sides_of_a_question_move():
    a, b = Value(1.0, name="a"), Value(2.0, name="b")
    y = a * b if a < b else a
    assert replay(y, {a: 3.0, b: 4.0}).branches == []
    (branch,) = replay(y, {a: 3.0}).branches
    assert str(branch) == "a < b was True for a = 1, b = 2; it is False for a = 3, b = 2"


def test_a_replay_goes_by_the_answers_of_its_original():
    """A replay of a replay, on the first numbers, is at one with itself; on the second ones it is not."""
    x = Value(2.0, name="x")
    with provenance():
        y = branching(x)
    again = replay(y, {x: -3.0})
    (branch,) = replay(again.result, {}).branches
    assert (branch.question, branch.answer, branch.source.text) == ("x > 0", True, "return x * x if x > 0 else -x")
    assert replay(again.result, {"x": 2.0}).branches == []
    assert len(asked(program(y))) == 1


def test_many_branches_are_counted():
    x = Value(0.5, name="x")
    for k in range(10):
        assert x < k + 1
    y = x * 2
    text = str(replay(y, {x: 8.5}))
    assert "8 Python branches would go the other way" in text
    assert text.splitlines()[-1] == "  … 2 more …"


# --- The result of a replay -------------------------------------------------------------------------------------------


def test_names_scopes_roles_and_sources_are_those_of_the_original():
    random.seed(1)
    model = MLP(2, [3, 1], activation="tanh")
    with provenance():
        x = Value(0.5)
        loss = losses.mse([model([x, 1.0])], [0.25])
    again = replay(loss, {})
    entries = list(zip(program(loss), again.program, strict=True))
    for old, new in entries:
        assert (new.label, new.name, new.scope, new.role) == (old.label, old.name, old.scope, old.role)
        assert (new.node.source, new.expression) == (old.node.source, old.expression)
        assert new.node is not old.node
    assert {old.role for old, _ in entries} == {"input", "parameter", "computed", "output"}


def test_the_replay_is_live():
    x = Value(2.0, name="x")
    y = x * x
    with no_grad(), scope("elsewhere"):
        again = replay(y, {"x": 5.0})
    assert (again.result.data, again["x"].grad, again[x].data, again.result.scope) == (25.0, 10.0, 5.0, "")
    (again.result * 2).backward()
    assert again[x].grad == 30.0  # a leaf adds up
    assert (x.data, x.grad, y.grad) == (2.0, None, None)


def test_a_computed_value_is_held_and_what_is_above_it_falls_away():
    x = Value(2.0, name="x")
    h = x * x
    h.name = "h"
    y = h * x + h
    again = replay(y, {h: 10.0})
    assert (again.result.data, again[h].grad, again[x].grad) == (30.0, 3.0, 10.0)
    assert [entry.label for entry in again.program] == ["x", "h", "%2", "%3"]
    assert str(again).splitlines()[2].split() == ["h", "=", "held", "10.0", "4.0", "3.0"]
    assert [entry.label for entry in replay(h.exp(), {"h": 1.0}).program] == ["h", "%1"]


def test_a_result_can_be_held_too():
    x = Value(2.0)
    y = x * x
    again = replay(y, {y: 5.0})
    assert (again.result.data, again.result.grad, len(again.program)) == (5.0, 1.0, 1)


def test_a_leaf_is_replayed_from_what_was_recorded():
    x = Value(3.0, name="x")
    y = x * x
    x.data = 100.0
    assert replay(y, {}).result.data == 9.0


def versions():
    x = Value(3.0, name="x")
    y = x * x
    x.data = 100.0
    return x, y + 5 * x


def test_each_version_of_a_leaf_is_changed_by_itself():
    x, z = versions()
    z.backward()
    same = replay(z, {})
    assert str(same.program) == str(program(z))
    assert (same[x].data, same[x].grad) == (100.0, 11.0)
    assert replay(z, {"x%0": 4.0}).result.data == 516.0
    assert replay(z, {"x%2": 4.0}).result.data == 29.0
    assert replay(z, {"x%0": 2.0, "x%2": 2.0}).result.data == 14.0
    with pytest.raises(InputValueError, match=r"stands for 2 entries of this program: x%0 = 3.0 and x%2 = 100.0"):
        replay(z, {x: 1.0})


def test_a_name_of_several_values_is_not_guessed():
    a, b = Value(1.0, name="w"), Value(2.0, name="w")
    y = a * b
    assert replay(y, {a: 5.0}).result.data == replay(y, {"w%0": 5.0}).result.data == 10.0
    with pytest.raises(InputValueError, match="'w' stands for 2 entries"):
        replay(y, {"w": 5.0})


def z(number):
    return Value(number, name="z") * 2


@pytest.mark.parametrize(
    ("given", "error", "says"),
    [
        (lambda x, y: replay(y, [3.0]), InputTypeError, r"write replay\(y, \{x: 3.0\}\)"),
        (lambda x, y: replay(3.0, {}), InputTypeError, "belongs to a recorded value"),
        (lambda x, y: replay(y, {"z": 3.0}), InputValueError, "'z' is not part of this program"),
        (lambda x, y: replay(y, {Value(2.0): 3.0}), InputValueError, "is not part of this program"),
        (lambda x, y: replay(y, {3: 3.0}), InputTypeError, "by a value or a name, not by int 3"),
        (lambda x, y: replay(y, {x: "3"}), InputTypeError, "replay takes a real number"),
        (lambda x, y: replay(y, {x: x}), InputTypeError, r"take its number with .item\(\)"),
        (lambda x, y: replay(y, {x: 1.0, "x": 2.0}), InputValueError, "x is given two numbers"),
        (lambda x, y: nudge("z", of=y), InputValueError, "'z' is not part of this program"),
        (lambda x, y: nudge(x, 0.0, of=y), InputValueError, "a step of 0.0 from x = 2.0 leads nowhere"),
        (lambda x, y: nudge(x, 1e-17, of=y), InputValueError, "such as 2e-05"),
        (lambda x, y: nudge(x, math.inf, of=y), InputValueError, "take a finite one"),
        (lambda x, y: nudge(x, "1", of=y), InputTypeError, "a step takes a real number"),
        (lambda x, y: nudge(x.log() * math.inf, of=y), InputValueError, "not part of this program"),
        (lambda x, y: nudge("z", of=z(math.inf)), InputValueError, "no step leads away from z = inf; nudge a value"),
        (lambda x, y: nudge("z", of=z(math.nan)), InputValueError, "no step leads away from z = nan; nudge a value"),
        (lambda x, y: replay(y, {}).text(digits=0), InputValueError, "digits is 1 or more, not 0"),
        (lambda x, y: nudge(x, of=y).text(digits=10**9), InputValueError, "digits is at most 100, not 1000000000"),
        (lambda x, y: replay(y, {}).text(most=0), InputValueError, "most is 1 or more, not 0"),
    ],
)
def test_what_cannot_be_asked_is_answered_in_words(given, error, says):
    x = Value(2.0, name="x")
    with pytest.raises(error, match=says):
        given(x, x * x)


def test_a_long_replay_is_cut_in_the_middle_by_repr_only():
    x = Value(1.0, name="x")
    y = x
    for _ in range(100):
        y = y * 1.5
    again = replay(y, {x: 2.0})
    lines = repr(again).splitlines()
    assert len(lines) == 1 + 60 + 1
    assert lines[31] == "… 41 more …"
    assert (lines[30].split()[0], lines[32].split()[0]) == ("%29", "%71")
    assert len(str(again).splitlines()) == 102
