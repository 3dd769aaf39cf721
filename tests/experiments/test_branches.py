"""The notes that comparisons leave: of what, where, how many, and who lives longer for them (nobody)."""

import asyncio
import copy
import gc
import math
import operator
import pickle
import threading
import weakref

import numpy as np
import pytest

import autograd
import visualize
from autograd import Value, check_gradients, detect_anomaly, hessian, no_grad, program, provenance, scope
from autograd.core.comparisons import MOST, remember
from autograd.experiments.branches import asked
from nn import MLP, losses, optim


def questions(*results):
    """All that were asked of the values of a program, also after its results were recorded."""
    return [branch.question for branch in asked(program(*results), until=math.inf)]


def answers(*results):
    return [(branch.question, branch.answer) for branch in asked(program(*results), until=math.inf)]


# --- What leaves a note -----------------------------------------------------------------------------------------------


@pytest.mark.smoke
@pytest.mark.parametrize(
    ("compare", "question", "answer"),
    [
        (lambda x, y: x < y, "x < y", True),
        (lambda x, y: x <= 2, "x <= 2", True),
        (lambda x, y: x > y, "x > y", False),
        (lambda x, y: y >= x, "y >= x", True),
        (lambda x, y: x == 2.0, "x == 2.0", True),
        (lambda x, y: x != y, "x != y", True),
        (lambda x, y: bool(x), "bool(x)", True),
        (lambda x, y: not x, "bool(x)", True),
        (lambda x, y: operator.lt(0, x), "x > 0", True),
        (lambda x, y: max(x, y), "y > x", True),
        (lambda x, y: sorted([x, y]), "y < x", False),
        (lambda x, y: [y].count(x), "y == x", False),
        (lambda x, y: np.float64(0.5) < x, "0.5 < x", True),
        (lambda x, y: np.float32(0.5) >= x, "0.5 >= x", False),
        (lambda x, y: x > np.float64(0.5), "x > 0.5", True),
        (lambda x, y: x > np.array(0.5), "0.5 < x", True),
        (lambda x, y: np.less(x, y), "x < y", True),
        (lambda x, y: x > True, "x > 1.0", True),
        (lambda x, y: x < 1234567.89012, "x < 1234567.9", True),
        (lambda x, y: x < math.inf, "x < inf", True),
        (lambda x, y: x > 10**400, "x > 1.0000000e+400", False),
        (lambda x, y: x > x, "x > x", False),
    ],
)
def test_a_comparison_leaves_a_note_of_question_and_answer(compare, question, answer):
    x, y = Value(2.0, name="x"), Value(3.0, name="y")
    compare(x, y)
    assert answers(x, y) == [(question, answer)]
    assert answers(x * y) == [(question, answer)]


@pytest.mark.parametrize(
    "compare",
    [
        lambda x: x == "2.0",
        lambda x: x == None,  # noqa: E711 - what a careless user writes
        lambda x: x.data > 0,
        lambda x: x.item() == 2,
        lambda x: x < np.array([1.0, 2.0]),
        lambda x: np.array([1.0, 2.0]) == x,
        lambda x: np.isfinite(x),
        lambda x: no_grad()(lambda: x > 0)(),
        lambda x: no_grad()(lambda: bool(x))(),
        lambda x: x is x,
        lambda x: x in [x],
        lambda x: {x: 1}[x],
    ],
)
def test_what_asks_no_value_leaves_none(compare):
    x = Value(2.0)
    compare(x)
    assert x.note.branches is None
    assert questions(x) == []


def test_a_comparison_that_fails_leaves_none():
    x = Value(2.0)
    with pytest.raises(TypeError):
        x < "a"  # noqa: B015
    assert x.note.branches is None


def test_the_library_asks_its_own_questions_of_numbers():
    """A question that the user did not ask is no branch of the user's."""
    values = [Value(0.25), Value(0.5), Value(1.0)]
    p, t, one = values
    results = [
        losses.binary_cross_entropy(p, t),
        losses.binary_cross_entropy_with_logits(p, t),
        losses.hinge(p, one),
        losses.huber(p, t),
        losses.cross_entropy(values, 1, label_smoothing=0.1),
        p.clip(p, one),
        autograd.where(p, t, one),
        autograd.norm(values, math.inf),
        autograd.max(values),
        autograd.maximum(p, t) + abs(p) + p.relu() + round(p) + p % t,
        MLP(2, [3, 1])(values[:2]),
    ]
    for result in results:
        result.backward()
        print(program(result))
    assert questions(*results) == []
    kept = []

    def f(x, y):
        kept.extend([x, y])
        return autograd.maximum(x, y).tanh() * autograd.hypot(x, y)

    assert check_gradients(f, 0.5, -1.0, order=2).ok
    hessian(lambda xs: f(*xs))([0.5, -1.0])
    assert [v for v in kept if v.note.branches is not None] == []


# --- What a note says -------------------------------------------------------------------------------------------------


def test_the_note_is_on_both_and_in_the_program_of_either():
    a, limit = Value(2.0, name="a"), Value(3.0, name="limit")
    y = a * a if a < limit else a
    (branch,) = asked(program(y))
    assert (branch.sides[1], branch.numbers, branch.answer) == (3.0, (2.0, 3.0), True)
    assert questions(limit) == ["2.0 < limit"]
    assert questions(a * limit) == ["a < limit"]


def test_the_same_question_about_the_same_numbers_is_noted_once():
    x, y = Value(2.0, name="x"), Value(3.0, name="y")
    for _ in range(10):
        assert x < y
        assert x > 0
    assert questions(x + y) == ["x < y", "x > 0"]


def test_a_question_about_other_numbers_of_a_leaf_is_another_one():
    w = Value(1.0, name="w")
    for step in range(3):
        w.data = 1.0 - step
        y = w * 2 if w > 0 else w * 3
        assert answers(y) == [("w > 0", w.data > 0)]
    assert len(w.note.branches) == 3


def test_each_version_of_a_leaf_has_its_own_questions():
    w = Value(1.0, name="w")
    y = w * 2 if w > 0 else w
    w.data = -4.0
    y = y + w if w < 0 else y
    w.data = 9.0
    assert w > 5
    assert answers(y) == [("w%0 > 0", True), ("w%2 < 0", True)]


def test_what_was_compared_with_something_made_after_the_result_is_another_story():
    x = Value(2.0, name="x")
    y = x * x
    later = Value(3.0)
    assert x < later
    assert asked(program(y)) == []
    assert y > 3
    assert asked(program(y)) == []
    assert [branch.question for branch in asked(program(y * 2))] == ["x < 3.0", "%1 > 3"]


def test_nan_is_a_number_to_be_asked_of():
    x = Value(math.nan, name="x")
    y = x * 2 if x == x else x * 3
    assert answers(y) == [("x == x", False)]


def test_a_value_remembers_the_latest_64():
    p = Value(0.5, name="p")
    for k in range(1000):
        assert (p > k) == (k == 0)
    (*_, last), most = questions(p), len(p.note.branches)
    assert last == "p > 999"
    assert MOST // 2 <= most <= MOST


def test_provenance_says_which_line_asked():
    x = Value(2.0, name="x")
    with provenance():
        y = x * 3
        if y > 5:  # this one
            y = y + 1
        assert np.float64(7) >= y
        small = not y
    assert not small
    sources = {branch.question: branch.source for branch in asked(program(y), until=math.inf)}
    assert sources["y%1 > 5"].text == "if y > 5:  # this one"
    assert sources["y%1 > 5"].line == sources["7.0 >= y%2"].line - 2 == sources["bool(y%2)"].line - 3
    assert {source.file for source in sources.values()} == {__file__}
    assert "test_branches.py" in str(asked(program(y))[0])


def test_detect_anomaly_keeps_the_line_too_and_outside_there_is_none():
    x = Value(2.0)
    with detect_anomaly():
        assert x > 1
    assert x > 0
    inside, outside = asked(program(x), until=math.inf)
    assert inside.source.text == "assert x > 1"
    assert outside.source is None


def test_the_caller_of_a_comparison_is_found_where_that_of_a_record_is():
    with provenance():
        y = Value(2.0) * 3 if Value(1.0) < (z := Value(2.0)) else None
    assert asked(program(z), until=math.inf)[0].source.line == y.source.line


# --- Which comparisons steered a program ------------------------------------------------------------------------------

ASKING = {  # of x = 2 and y = 3; each is answered otherwise where x is 5
    "<": lambda x, y: x < 4,
    "==": lambda x, y: x == 2,
    "of both": lambda x, y: x < y,
    "of a number that the result does not need": lambda x, y: x < Value(4.0),
    "sorted": lambda x, y: sorted([x, y]),
    "max": lambda x, y: max(x, y),
    "min": lambda x, y: min([y, x], default=None),
    "in": lambda x, y: x in [y, 2.0],
    "index": lambda x, y: [2.0].index(x),
    "numpy": lambda x, y: np.less(x, 4.0),
    "another function of it": lambda x, y: (x * x if x < 4 else x).exp(),
}
SILENT = {
    "repr": lambda x, y: f"{x!r} {x} {x:.3f}",
    "hash": lambda x, y: {x: 1, y: 2}[x],
    "a set": lambda x, y: {x, y} | {x},
    "is": lambda x, y: x is y,
    "the same object in a list": lambda x, y: [x, y].index(x),
    "numpy's printing": lambda x, y: str(np.array([x, y])),
    "a listing": lambda x, y: str(program(x * y)),
    "an explanation": lambda x, y: str(autograd.explain(x, of=x * y)),
    "steps": lambda x, y: [str(step) for step in autograd.steps(x * y)],
    "a formula": lambda x, y: str(autograd.formula(x * y)),
    "a check": lambda x, y: check_gradients(lambda x: x.relu() if x < 4 else x, x),
    "a replay": lambda x, y: str(autograd.replay(x * y, {x: 5.0})),
    "a drawing": lambda x, y: visualize.draw(x * y).svg,
    "an optimizer": lambda x, y: ((y * y).backward(), optim.SGD([y], lr=0.1).step()),
    "losses": lambda x, y: losses.mse([x, y], [1.0, 2.0]).backward(),
}


def blamed(result, x):
    """The comparisons that `replay` and `nudge` say would be answered otherwise where x is 5."""
    again, moved = autograd.replay(result, {x: 5.0}), autograd.nudge(x, 3.0, of=result)
    found = [branch.question for branch in again.branches]
    assert [branch.question for branch in moved.branches] == found
    assert ("branch" in str(again).lower()) == ("branch" in str(moved).lower()) == (found != [])
    return found


@pytest.mark.parametrize("ask", ASKING)
def test_what_is_asked_after_the_result_was_recorded_steered_nothing_of_it(ask):
    x, y = Value(2.0, name="x"), Value(3.0, name="y")
    earlier = x * x * y
    ASKING[ask](x, y)
    later = x * x * y
    assert blamed(earlier, x) == []
    assert len(blamed(later, x)) == 1


@pytest.mark.parametrize("look", SILENT)
def test_looking_at_values_asks_nothing(look):
    x, y = Value(2.0, name="x"), Value(3.0, name="y")
    SILENT[look](x, y)
    assert blamed(x * x * y, x) == []


def test_a_question_counts_for_what_was_recorded_after_it():
    x = Value(2.0, name="x")
    h = x * x
    y = h * 3 if h < 5 else h
    for values in ((h, y), replayed(y, h)):
        h, y = values
        assert [asked(program(result)) == [] for result in (h, y, h * 2)] == [True, False, False]
        assert [branch.question for branch in asked(program(y))] == ["%1 < 5"]


def replayed(y, *others):
    """The counterparts of values in a replay of a replay, both on the same numbers."""
    again = autograd.replay(y, {})
    twice = autograd.replay(again.result, {})
    return [twice[again[x]] for x in (*others, y)]


def test_the_moments_of_a_replay_are_in_the_order_of_the_original():
    """Also where a leaf changed, whose versions are one node."""
    w = Value(1.0, name="w")
    first = w * 2
    assert w > 0
    second = first * w
    w.data = 5.0
    third = second * w if second < 9 else w
    for a, b, c in ((first, second, third), replayed(third, first, second)):
        asked_of = [[branch.question.split("%")[0] for branch in asked(program(y))] for y in (a, b, c)]
        assert asked_of == [[], ["w > 0"], ["w", ""]]


# --- Whose note it is -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", [provenance, scope])
def test_what_else_is_known_of_a_value_stays(mode):
    with scope("part"), provenance() if mode is provenance else scope("inner"):
        x = Value(2.0, name="x") * 1
        other = x + 1
        assert x > 0
        third = x + 2
    assert x.scope == other.scope == third.scope
    assert other.note.branches is third.note.branches is None
    assert (x.source is None) == (other.source is None) == (mode is not provenance)
    x.name = "renamed"
    assert questions(x * 1) == ["renamed > 0"]


def test_a_parameter_keeps_its_role():
    model = MLP(1, [1])
    y = model([2.0])
    w = model.parameters()[0]
    before = w.note
    assert bool(w > -5)
    assert w.note._replace(branches=None) == before
    assert before.role == "parameter"
    assert len(questions(y)) == 1


@pytest.mark.parametrize("twin_of", [copy.copy, copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x)), Value.detach])
def test_a_copy_was_never_asked(twin_of):
    x = Value(2.0, name="x")
    assert x > 0
    twin = twin_of(x)
    assert twin.note.branches is None
    assert twin < 5
    assert questions(x) == ["x > 0"]


# --- Memory -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def _without_collector():
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def survivors(keep):
    """The number of losses, out of 20, that are alive after a search for the best of them."""
    w, best, probes = Value(0.5), None, []
    for k in range(20):
        loss = (w * k - 7.25) ** 2
        probes.append(weakref.ref(loss))
        if best is None or loss < best:
            best = loss
        keep(loss, best)
    del loss
    return [k for k, probe in enumerate(probes) if probe() is not None]


@pytest.mark.usefixtures("_without_collector")
def test_nobody_lives_longer_for_being_compared():
    assert survivors(lambda loss, best: None) == [14]
    strong = []
    assert len(survivors(lambda loss, best: strong.append((loss, best)))) == 20  # what a strong reference would do


class Chosen(float):
    """A number that holds on to something."""


@pytest.mark.usefixtures("_without_collector")
def test_what_a_number_holds_on_to_is_not_held_by_the_note():
    x, limit = Value(2.0), Chosen(3.0)
    limit.history = Value(1.0)
    probe = weakref.ref(limit.history)
    assert x < limit
    del limit
    assert probe() is None


def test_threads_and_tasks_may_compare_the_same_value():
    p, errors = Value(0.5), []

    def compare():
        try:
            for k in range(3000):
                assert p < k + 1
        except Exception as error:  # pragma: no cover - what must not happen
            errors.append(error)

    threads = [threading.Thread(target=compare) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert 0 < len(p.note.branches) <= MOST + 4

    async def quietly():
        with no_grad():
            await asyncio.sleep(0)
            assert x != 7

    x = Value(0.5)
    asyncio.run(quietly())
    assert x.note.branches is None


def test_every_comparison_comes_by_one_place(monkeypatch):
    """A mode can learn of a comparison at that place, and give another answer."""
    seen = []

    def remembered(*question, **_):
        seen.append(question)
        return question[1]

    monkeypatch.setattr("autograd.core.value.remember", remembered)
    monkeypatch.setattr("autograd.core.comparisons.remember", remembered)
    a, b = Value(2.0), Value(3.0)
    [a < b, a <= 1, a > 1, a >= b, a == b, a != b, bool(a), np.float64(1) < a]
    assert [(sign, answer) for sign, answer, *_ in seen] == [
        *[("<", True), ("<=", False), (">", True), (">=", False)],
        *[("==", False), ("!=", True), ("bool", True), ("<", True)],
    ]
    assert remember("<", True, None, 1.0, None, 2.0) is True  # of two numbers there is nobody to note it
