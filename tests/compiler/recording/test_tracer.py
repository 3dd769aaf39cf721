"""One call of a function recorded: what Python decided is known with its line, and what is baked in is told."""

import asyncio
import gc
import itertools
import math
import operator
import threading

import numpy as np
import pytest

import autograd
from autograd import InputTypeError, Value, detect_anomaly, grad, no_grad, program, provenance, where
from autograd.compiler.recording import tracer as recording
from autograd.compiler.recording.conditions import Condition
from autograd.compiler.recording.tracer import DETACH, trace_call
from autograd.core.context import inside_operator, inside_recording, internal, is_recording
from autograd.core.modes import active
from autograd.core.namespaces import floats
from autograd.experiments.rerun import Rerun
from nn import MLP, losses


@pytest.fixture(autouse=True)
def _nothing_stays_open():
    gc.collect()
    assert not active
    yield
    gc.collect()
    assert not active


def asked(f, *args):
    return [(guard.question, guard.answer) for guard in trace_call(f, args, {}).guards]


def holds(guard):
    """The answer of a guard's condition, its record alone, on the numbers that it was recorded with."""
    return Rerun.of([], [guard.condition]).values(floats, [])[0]


# --- Comparisons are values -------------------------------------------------------------------------------------------

COMPARISONS = [operator.lt, operator.le, operator.gt, operator.ge, operator.eq, operator.ne]
BY_NUMPY = [np.less, np.less_equal, np.greater, np.greater_equal, np.equal, np.not_equal]
EDGES = [0.0, -0.0, 1.0, -2.5, math.inf, -math.inf, math.nan, 5e-324]


def wrongly_answered(compare, pairs, numbers=None):
    """The pairs of which a recorded comparison says something else than Python, by its number or as a guard."""
    wrong = []
    for x, y in pairs:
        found = trace_call(lambda a, b, c=compare: (c(a, b), bool(c(a, b))), [x, y], {})
        number = [each.data if isinstance(each, Value) else each for each in (x, y)]
        answer = bool((numbers or compare)(*number))
        condition, asked = found.result
        (guard,) = found.guards
        told = (condition.data, asked, guard.answer, guard.condition.data, holds(guard))
        if type(condition) is not Condition or told != (answer, answer, answer, answer, answer):
            wrong.append((x, y))
    return wrong


@pytest.mark.smoke
@pytest.mark.parametrize("compare", [*COMPARISONS, *BY_NUMPY])
@pytest.mark.untraced
def test_a_recorded_comparison_says_what_python_says(compare):
    for x, y in itertools.product(EDGES, EDGES):
        pairs = [(Value(x), y), (x, Value(y)), (Value(x), Value(y))]
        assert wrongly_answered(compare, pairs) == []


def test_the_check_of_comparisons_finds_a_wrong_one():
    pairs = [(Value(x), y) for x, y in itertools.product(EDGES, EDGES)]
    assert wrongly_answered(operator.le, pairs, numbers=operator.lt) != []
    assert wrongly_answered(operator.ne, pairs, numbers=lambda x, y: x < y or x > y) != []  # nan differs from itself


@pytest.mark.parametrize("compare", COMPARISONS)
@pytest.mark.parametrize("whole", [2**53 + 1, 2**53 + 3, -(2**53) - 1, 10**400, -(10**400), 3, 2**60, True])
def test_a_whole_number_that_is_no_float_is_compared_as_python_does(compare, whole):
    near = float(whole) if abs(whole) < 1e300 else math.inf if whole > 0 else -math.inf
    around = [near, math.nextafter(near, math.inf), math.nextafter(near, -math.inf), math.inf, -math.inf, math.nan]
    assert wrongly_answered(compare, [(Value(x), whole) for x in around]) == []
    assert wrongly_answered(compare, [(whole, Value(x)) for x in around]) == []


@pytest.mark.parametrize("ask", [np.isnan, np.isinf, np.isfinite, np.signbit])
def test_what_numpy_asks_of_one_number_is_a_condition(ask):
    for x in [*EDGES[:6], 5e-324, -5e-324, math.nan]:
        found = trace_call(lambda a: (ask(a), bool(ask(a))), [Value(x)], {})
        assert (found.result[0].data, found.result[1]) == (ask(x), ask(x))
        assert holds(found.guards[0]) == ask(x)
    assert asked(lambda a: not ask(a), Value(3.0, name="a")) == [(f"{ask.__name__}(a)", bool(ask(3.0)))]


@pytest.mark.parametrize("x", [0.0, -0.0, 2.0, math.nan, -math.inf])
def test_the_truth_of_a_value_is_a_question(x):
    found = trace_call(lambda a: [bool(a), not a, bool(a)], [Value(x, name="a")], {})
    assert found.result == [bool(x), not x, bool(x)]
    assert [(guard.question, guard.answer, holds(guard)) for guard in found.guards] == [("bool(a)", bool(x), bool(x))]


def test_a_condition_is_part_of_the_program_and_has_no_slope():
    x, y = Value(2.0, name="x"), Value(3.0, name="y")
    found = trace_call(lambda a, b: (a > 1) * b + (a <= b), [x, y], {})
    assert found.guards == []
    names = [entry.op.name for entry in program(found.result) if entry.op]
    assert names == ["less", "mul", "less", "equal", "add", "add"]
    found.result.backward()
    assert (found.result.data, x.grad, y.grad) == (4.0, 0.0, 1.0)


def test_where_records_the_choice_and_asks_nothing():
    x = Value(0.0, name="x")
    found = trace_call(lambda a: where(a > 0, a.sqrt(), 3.0 * a), [x], {})
    assert found.guards == []
    found.result.backward()
    assert (found.result.data, x.grad) == (0.0, 3.0)
    rerun = Rerun.of([x], [found.result])
    assert (rerun.values(floats, [4.0]), rerun.gradient(floats, [4.0], [1.0])) == ([2.0], [0.25])
    assert trace_call(lambda a: where(a > 0, 1.0, 2.0), [x], {}).result.data == 2.0


def test_a_condition_in_the_result_stays_one():
    found = trace_call(lambda a: {"positive": a > 0}, [Value(2.0)], {})
    assert type(found.result["positive"]) is Condition
    assert found.guards == []
    assert repr(found.result["positive"]) == "Condition(1.0)"


# --- Questions that Python asks ---------------------------------------------------------------------------------------


def branchy(x, y):
    total = x * y
    if x > 0 and y > 0:  # both
        total = total + 1
    while total < 10:  # the loop
        total = total * 2
    return total


def test_each_question_is_noted_with_its_line_and_answer():
    x, y = Value(2.0, name="x"), Value(1.0, name="y")
    guards = trace_call(branchy, [x, y], {}).guards
    first = branchy.__code__.co_firstlineno
    assert [(guard.question, guard.answer, guard.source.line - first) for guard in guards] == [
        ("x > 0", True, 2),
        ("y > 0", True, 2),
        ("… + 1 < 10", True, 4),
        ("… * 2 < 10", True, 4),
        ("… * 2 < 10", False, 4),
    ]
    assert {guard.source.file for guard in guards} == {__file__}
    assert guards[0].source.text == "if x > 0 and y > 0:  # both"
    assert guards[-1].source.text == "while total < 10:  # the loop"
    assert [holds(guard) for guard in guards] == [guard.answer for guard in guards]
    x.data = -1.0
    assert asked(branchy, x, Value(-20.0)) == [("x > 0", False), ("x * … < 10", False)]


@pytest.mark.parametrize(
    ("ask", "questions"),
    [
        (lambda x, y: 0 < x < 1, [("x > 0", True)]),
        (lambda x, y: 1 if x == y else 2, [("x == y", False)]),
        (lambda x, y: x > 0 or y > 0, [("x > 0", True)]),
        (lambda x, y: min(x, y), [("y < x", False)]),
        (lambda x, y: max([y, x]), [("x > y", False)]),
        (lambda x, y: sorted([y, x]), [("x < y", True)]),
        (lambda x, y: [y, 2.0].index(x), [("y == x", False), ("x == 2.0", True)]),
        (lambda x, y: any(v > 2 for v in (x, y)), [("x > 2", False), ("y > 2", True)]),
        (lambda x, y: "ab"[x < y], [("x < y", True)]),
        (lambda x, y: {True: x, False: y}[x < y], [("x < y", True)]),
        (lambda x, y: float(x < y) + int(y < x), [("x < y", True), ("y < x", False)]),
        (lambda x, y: round(x < y, 1), []),
        (lambda x, y: np.greater(x, 0).item(), [("x > 0.0", True)]),
        (lambda x, y: bool(np.less(0.5, x)), [("0.5 < x", True)]),
        (lambda x, y: [(x > 0) == True, (x > 0) != (y > 0)], []),  # noqa: E712 - conditions again
        (lambda x, y: bool((x > 0) == False), [("not (x > 0)", False)]),  # noqa: E712
        (lambda x, y: [x, y].count(x), [("y == x", False)]),
        (lambda x, y: x > x and x < "a", [("x > x", False)]),
        (lambda x, y: np.argmax([x, y]), [("y > x", True)]),
        (lambda x, y: np.where(x < y, [1, 2], [3, 4]), [("x < y", True)]),
        (lambda x, y: bool(x.exp().log() > x + 0.5 * y), [("log(…) > x + …", False)]),
        (lambda x, y: bool(autograd.sum([x] * 40) > 2), [("sum([x, x, x, x, … 35 more …, x]) > 2", True)]),
        (lambda x, y: bool(Value(1.0) < x), [("… < x", True)]),
        (lambda x, y: [x > 0, y < x], []),
    ],
)
def test_python_decides_by_what_it_asks(ask, questions):
    assert asked(ask, Value(2.0, name="x"), Value(3.0, name="y")) == questions


def test_a_long_expression_in_a_question_is_cut():
    wide = [Value(1.0, name=letter * 30) for letter in "vw"]
    ((question, _),) = asked(lambda x, y: bool(x * y > 0), *wide)
    assert question == f"{'v' * 30} * {'w' * 27}… > 0"


def test_the_same_question_is_noted_once_and_another_number_is_another_question():
    def f(x):
        for limit in (0, 0, 1, 0):
            if x > limit or bool(x):
                pass

    assert asked(f, Value(2.0, name="x")) == [("x > 0", True), ("x > 1", True)]
    # A condition that nobody asked may have had the same identity as one that is asked.
    assert len(asked(lambda x: [bool((x + k) > 0) for k in range(50) if x * k is not None], Value(1.0))) == 50


def test_the_questions_leave_no_note_for_a_replay():
    x = Value(2.0)
    trace_call(lambda a: a > 0 or bool(a), [x], {})
    assert x.note.branches is None


def test_an_array_of_numbers_is_compared_element_by_element():
    found = trace_call(lambda a: (a > np.array([1.0, 3.0]), np.array([[2.0]]) == a), [Value(2.0, name="a")], {})
    assert [each.tolist() for each in found.result] == [[True, False], [[True]]]
    assert {each.dtype for each in found.result} == {np.dtype(bool)}
    assert [(guard.question, guard.answer) for guard in found.guards] == [
        *[("1.0 < a", True), ("3.0 < a", False), ("2.0 == a", True)]
    ]
    xs = np.array([Value(1.0, name="p"), Value(-1.0, name="q")], dtype=object)
    assert asked(lambda: xs > 0) == [("p > 0", True), ("q > 0", False)]


# --- Conditions together ----------------------------------------------------------------------------------------------

TOGETHER = {
    "and": [operator.and_, np.logical_and, np.bitwise_and],
    "or": [operator.or_, np.logical_or, np.bitwise_or],
    "xor": [operator.xor, np.logical_xor, np.bitwise_xor],
}


@pytest.mark.parametrize(("word", "combine"), [(word, each) for word, both in TOGETHER.items() for each in both])
def test_conditions_combine_as_truth_values_do(word, combine):
    for p, q in itertools.product([True, False], repeat=2):
        x, y = Value(float(p), name="x"), Value(float(q), name="y")
        for f in (
            lambda a, b: combine(a > 0, b > 0),
            lambda a, b: combine(a > 0, q),  # noqa: B023 - called at once
            lambda a, b: combine(p, b > 0),  # noqa: B023
            lambda a, b: combine(a > 0, np.bool_(q)),  # noqa: B023
        ):
            found = trace_call(lambda a, b, f=f: (f(a, b), bool(f(a, b))), [x, y], {})
            assert type(found.result[0]) is Condition
            assert (found.result[0].data, found.result[1]) == (combine(p, q), combine(p, q))
            assert holds(found.guards[0]) == combine(p, q)
    assert asked(lambda a, b: bool(combine(a > 0, b > 0)), x, y) == [(f"(x > 0) {word} (y > 0)", False)]
    assert asked(lambda a: bool(combine(a > 0, True)), x)[0][0] == f"(x > 0) {word} True"


def test_an_opposite_is_written_by_numpy_or_by_not():
    x = Value(2.0, name="x")
    assert trace_call(lambda a: np.logical_not(a > 0), [x], {}).result.data == 0.0
    assert asked(lambda a: bool(np.logical_not(a > 0)), x) == [("not (x > 0)", False)]
    assert asked(lambda a: not a > 0, x) == [("x > 0", True)]
    with pytest.raises(InputTypeError, match=r"~\(x > 0\) is not the opposite: Python's ~True is -2; write `not`"):
        trace_call(lambda a: ~(a > 0), [x], {})


def test_conditions_do_not_combine_with_numbers_and_deep_ones_are_cut():
    x = Value(2.0, name="x")
    for number in (3, 2.0, x):
        with pytest.raises(TypeError):
            trace_call(lambda a: (a > 0) & number, [x], {})  # noqa: B023 - called at once
    assert trace_call(lambda a: np.logical_and(a > 0, 3), [x], {}).result.data == 1.0

    def all_positive(a):
        fine = True
        for k in range(3000):
            fine = fine & (a > k - 3000)
        return bool(fine)

    assert asked(all_positive, x) == [("(((…) and (…)) and (x > -2)) and (x > -1)", True)]


def test_an_array_of_numbers_with_a_condition_is_given_the_answer():
    x = Value(2.0, name="x")
    found = trace_call(lambda a: ((a > 0) * np.ones(2), np.logical_and(a > 0, [True, False])), [x], {})
    assert [each.tolist() for each in found.result] == [[1.0, 1.0], [True, False]]
    assert [guard.question for guard in found.guards] == ["x > 0"]
    assert np.maximum(trace_call(lambda a: a > 0, [x], {}).result, 0.5).data == 1.0


# --- The mode ---------------------------------------------------------------------------------------------------------


def test_outside_nothing_is_different():
    x = Value(2.0)
    assert [type(compare(x, 1.0)) for compare in COMPARISONS] == [bool] * 6
    assert type(np.greater(x, 0)) is np.bool_
    assert type(np.isnan(x)) is np.bool_
    assert (type(bool(x)), type(x.data), type(x.item()), x.detach()._op) == (bool, float, float, None)
    assert not inside_recording()
    condition = trace_call(lambda a: a > 0, [x], {}).result
    assert (bool(condition), int(condition), {True: "yes"}[condition], condition > 0.5) == (True, 1, "yes", True)


def test_it_records_also_under_no_grad():
    x = Value(2.0, name="x")
    with no_grad():
        found = trace_call(lambda a: (is_recording(), a * a if a > 0 else a), [x], {})
        assert not is_recording()
    assert found.result[0]
    assert found.guards[0].question == "x > 0"
    assert len(program(found.result[1])) == 2


def test_what_is_detached_is_computed_anew_and_sends_no_gradient():
    x, y = Value(2.0, name="x"), Value(5.0, name="y")

    def f(a, b):
        with no_grad():
            scale = a * b + 1
            if scale > b:
                scale = scale * 2
            b = Value(3.0) * b
        return a * scale + a.detach() * b

    found = trace_call(f, [x, y], {})
    assert [guard.question for guard in found.guards] == ["detach(…) > y"]
    assert [holds(guard) for guard in found.guards] == [1.0]
    found.result.backward()
    assert (found.result.data, x.grad, y.grad) == (f(x, y).data, 22.0, 0.0) == (74.0, 22.0, 0.0)
    rerun = Rerun.of([x, y], [found.result])
    assert rerun.values(floats, [1.0, 7.0]) == [f(Value(1.0), Value(7.0)).data]
    assert [entry.op for entry in program(found.result) if entry.op and entry.op.name == "detach"] == [DETACH] * 5
    assert grad(lambda a: trace_call(lambda b: b.detach() * b, [a], {}).result)(3.0) == 3.0


def test_no_grad_within_leaves_sources_to_provenance():
    x = Value(2.0)
    with provenance():
        found = trace_call(no_grad()(lambda a: a * 3), [x], {})
    assert found.result._op is DETACH
    assert found.result.source.file == __file__
    with provenance():
        assert trace_call(lambda a: a > 0, [x], {}).result.source.file == __file__


def test_an_exception_passes_and_the_mode_ends():
    x = Value(2.0)

    def fails(a):
        assert inside_recording()
        if a > 0:
            raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        trace_call(fails, [x], {})
    assert type(x > 0) is bool
    assert not inside_recording()


def test_another_thread_compares_as_ever_and_a_task_belongs_to_its_maker():
    x, kinds = Value(2.0), []

    async def compare(a):
        await asyncio.sleep(0)
        return a > 0

    def f(a):
        thread = threading.Thread(target=lambda: kinds.extend([type(a > 0), type(bool(a)), inside_recording()]))
        thread.start()
        thread.join()
        return asyncio.run(compare(a))

    found = trace_call(f, [x], {})
    assert kinds == [bool, bool, False]
    assert found.guards == []
    assert type(found.result) is Condition


def test_of_nested_recordings_the_inner_one_is_asked():
    x = Value(2.0, name="x")

    def outer(a):
        inner = trace_call(lambda b: b > 1 and b > 0, [a], {})
        return inner if a < 5 else None

    found = trace_call(outer, [x], {})
    assert [guard.question for guard in found.guards] == ["x < 5"]
    assert [guard.question for guard in found.result.guards] == ["x > 1"]


def test_keywords_are_passed_on():
    assert trace_call(lambda a, *, k: a * k, [Value(2.0)], {"k": 3}).result.data == 6.0


def test_the_library_asks_no_question_but_those_that_check_targets():
    values = [Value(0.25), Value(0.5), Value(1.0)]
    model = MLP(2, [3, 1])

    def f(p, t, one):
        return [
            losses.binary_cross_entropy(p, t),
            losses.binary_cross_entropy_with_logits(p, t),
            losses.hinge(p, one),
            losses.huber(p, t),
            losses.cross_entropy([p, t, one], 1, label_smoothing=0.1),
            p.clip(p, one),
            where(p > t, p, one),
            autograd.norm([p, t], math.inf),
            autograd.max([p, t]),
            autograd.softmax([p, t])[0],
            autograd.maximum(p, t) + abs(p) + p.relu() + round(p) + p % t,
            model([p, t]),
            grad(lambda a: autograd.maximum(a, t).relu() / a)(p),
            f"{p:.3f} {p} {p!r}",
        ]

    found = trace_call(f, values, {})
    assert [(guard.question, guard.answer) for guard in found.guards] == [
        ("(… < 0) or (… > 1)", False),  # a probability
        ("((… < 0) or (… > 1)) or (… != …)", False),  # a target
        ("(((…) or (…)) or (… != …)) and (… != -1)", False),  # a target or one of the labels -1 and 1
        ("abs(…) == 1", True),
    ]
    assert found.notices == []


def test_a_frame_without_a_user_has_no_source():
    tracer = recording.Tracer("f")
    condition = trace_call(lambda a: a > 0, [Value(1.0)], {}).result
    internal.add(__file__)
    try:
        frames = [threading.Thread(target=tracer.asks, args=(condition, True))]
        internal.add(threading.__file__)
        frames[0].start()
        frames[0].join()
    finally:
        internal.discard(__file__)
        internal.discard(threading.__file__)
    assert [guard.source for guard in tracer.guards] == [None]


# --- Operators --------------------------------------------------------------------------------------------------------


def test_an_operator_says_that_it_calls():
    told = []

    def f(x):
        told.append(inside_operator())
        return x * x

    assert not inside_operator()
    grad(f)(2.0)
    autograd.jvp(f, [2.0], [1.0])
    autograd.hessian(f)(2.0)
    autograd.vjp(f, 2.0)[1](1.0)
    assert told == [True] * len(told)
    f(2.0)
    assert told[-1:] == [False]
    assert len(told) > 4
    elsewhere = []
    grad(lambda x: (threading.Thread(target=lambda: elsewhere.append(inside_operator())).run(), x)[1])(2.0)
    other = threading.Thread(target=lambda: elsewhere.append(inside_operator()))
    grad(lambda x: (other.start(), other.join(), x)[2])(2.0)
    assert elsewhere == [True, False]


@pytest.mark.parametrize(
    "inner",
    [
        lambda x: x.relu() * x,
        lambda x: autograd.leaky_relu(x, 0.0) * x,
        lambda x: where(x > 0, x.sqrt(), x * x),
        lambda x: where(x > 0, (x * x).log(), 2 * x),
        lambda x: autograd.maximum(x, 1.0) / x,
        lambda x: abs(x) * x,
        lambda x: x.clip(-1.0, 1.0) * x,
    ],
)
def test_a_derivative_that_is_recorded_holds_for_other_numbers(inner):
    """Whichever side was taken while recording."""
    points = [2.0, -3.0, 0.5, -0.25, 0.0]
    for first in points:
        x = Value(first)
        rerun = Rerun.of([x], [trace_call(grad(inner), [x], {}).result])
        forward = Rerun.of([x], [trace_call(lambda a: autograd.jvp(inner, [a], [1.0])[1], [x], {}).result])
        for other in points:
            expected = grad(inner)(other)
            for again in (rerun, forward):
                np.testing.assert_allclose(again.values(floats, [other]), [expected], err_msg=f"{first} {other}")
            if other:
                second = rerun.gradient(floats, [other], [1.0])
                np.testing.assert_allclose(second, [grad(grad(inner))(other)], err_msg=f"{first} {other}")


def test_a_derivative_under_no_grad_is_not_baked_in():
    x = Value(3.0)
    found = trace_call(no_grad()(lambda a: grad(lambda b: b * b * b)(a)), [x], {})
    assert Rerun.of([x], [found.result]).values(floats, [2.0]) == [12.0]


# --- What is baked in -------------------------------------------------------------------------------------------------


def test_a_number_that_is_read_is_told_once_for_each_line():
    def reads(x):
        total = x
        for _ in range(3):
            total = total * x.data + (x * 2).data
        return total + x.item()

    notices = trace_call(reads, [Value(2.0)], {}).notices
    first = reads.__code__.co_firstlineno
    assert [notice.split(" while ")[0] for notice in notices] == [
        f"reads reads .data at {__file__}:{first + 3}",
        f"reads reads .item() at {__file__}:{first + 4}",
    ]
    assert "baked in" in notices[0]
    assert "give it as an argument" in notices[0]


def test_what_depends_on_no_argument_may_be_read():
    parameter = Value(1.0)

    def harmless(x):
        own = Value(3.0)
        twice = own + own
        return x * twice.data * own.item() * (twice * twice).data

    def of_a_parameter(x):
        return x * (Value(3.0) * parameter + 1).data

    assert trace_call(harmless, [Value(2.0)], {}).notices == []
    assert len(trace_call(of_a_parameter, [Value(2.0)], {}).notices) == 1
    assert trace_call(lambda x: print(x, f"{x:.3f}", repr(x)), [Value(2.0)], {}).notices == []


def test_what_the_library_reads_is_not_told():
    scope = {}
    exec(compile("def peek(x): return x.data + x.item()", recording.__file__, "exec"), scope)
    assert trace_call(lambda x: x * scope["peek"](x), [Value(2.0)], {}).notices == []


def test_reading_outside_is_not_told():
    x = Value(2.0)
    with no_grad():
        assert (x.data, x.item()) == (2.0, 2.0)
    with provenance():
        assert x.data == 2.0


def test_a_backward_pass_within_is_told():
    x = Value(2.0)

    def f(a):
        (a * a).backward()
        return a * a.grad

    with detect_anomaly():
        (notice,) = trace_call(f, [x], {}).notices
    assert notice.startswith(f"f calls backward() at {__file__}:{f.__code__.co_firstlineno + 1} while")
    (notice,) = trace_call(f, [x], {}).notices
    with pytest.raises(autograd.AnomalyError), detect_anomaly():
        trace_call(lambda a: (a * 0).sqrt().backward(), [x], {})
