"""The checker calls the function itself: what is on no record counts, and what is not reproducible is called that."""

import itertools
import math
import random

import numpy as np
import pytest

import autograd
from autograd import GradientError, Tensor, Value, check_gradients, no_grad
from autograd.core import ops
from tests.checking.test_check import OPAQUE, apply, verdicts


def with_a_part_unrecorded(x):
    with no_grad():
        square = x * x
    return square * x


# A function of x, its derivative by the record, and its derivative.
CUT = {
    ".data": (lambda x: x.data * x, lambda x: x, lambda x: 2 * x),
    ".item()": (lambda x: x.item() * x, lambda x: x, lambda x: 2 * x),
    "detach": (lambda x: x.detach() * x, lambda x: x, lambda x: 2 * x),
    "no_grad": (with_a_part_unrecorded, lambda x: x**2, lambda x: 3 * x**2),
    "math": (lambda x: math.exp(x.data) * x, math.exp, lambda x: (1 + x) * math.exp(x)),
    "numpy": (lambda x: np.sin(x.data) * x, math.sin, lambda x: math.sin(x) + x * math.cos(x)),
    "another value": (lambda x: Value(x.data).exp() + x, lambda x: 1, lambda x: 1 + math.exp(x)),
    "a number for a result": (lambda x: x.data**3, lambda x: 0, lambda x: 3 * x**2),
    "an exponent": (lambda x: x**x.data, lambda x: x**x, lambda x: x**x * (1 + math.log(x))),
    "one side of a branch": (lambda x: x * x.data if x > 0 else x, lambda x: x, lambda x: 2 * x),
    "beside a function that ends": (lambda x: x.data * x.sqrt(), lambda x: x**0.5 / 2, lambda x: 1.5 * x**0.5),
    "without a complex form": (lambda x: apply(OPAQUE, x) * x.data, lambda x: x * math.cos(x),
                               lambda x: x * math.cos(x) + math.sin(x)),
    "very little of it": (lambda x: x + 1e-9 * x.data, lambda x: 1, lambda x: 1 + 1e-9),
    "a compiled function": (autograd.compile(lambda x: x * x.data), lambda x: x, lambda x: 2 * x),
    "a call of one": (lambda x: -autograd.compile(lambda x: x.detach() * x)(x), lambda x: -x, lambda x: -2 * x),
}  # fmt: skip


@pytest.mark.parametrize("at", [0.7, 3.0])
@pytest.mark.parametrize("path", CUT)
@pytest.mark.untraced
def test_a_gradient_that_lacks_an_unrecorded_path_is_wrong(path, at):
    f, recorded, whole = CUT[path]
    report = check_gradients(f, at)
    (line,) = report.lines
    assert (line.verdict, report.ok, report.faults) == ("wrong", False, [])
    assert line.reverse == line.forward == pytest.approx(recorded(at), rel=1e-12)
    assert abs(line.numerical - whole(at)) <= line.error < 1e-9 * abs(whole(at)) + 1e-12
    assert line.unrecorded == pytest.approx(whole(at) - recorded(at), abs=line.error)
    assert line.rates[0] == pytest.approx(1, abs=0.1)
    by_record, by_calls = (f"{x:.10g}" for x in (line.numerical - line.unrecorded, line.numerical))
    assert str(report).splitlines()[2:4] == [
        "wrong: the value depends on x on a path that is not recorded",
        f"    by the record its derivative is {by_record}, equal to the gradient; by calls of the function {by_calls}",
    ]
    with pytest.raises(GradientError, match=r"a derivative is wrong(.|\n)*not recorded(.|\n)*detach"):
        report.raise_if_wrong()


OF_TENSORS = {
    ".data": lambda x: x.data * x,
    "numpy()": lambda x: x.numpy() * x,
    "detach": lambda x: x.detach() * x,
    "item()": lambda x: autograd.stack([x[k].item() * x[k] for k in range(x.size)]),
    "no_grad": lambda x: no_grad()(lambda: x * 1)() * x,
    "numpy": lambda x: np.multiply(x.data, 1) * x,
    "compiled": autograd.compile(lambda x: x.detach() * x),
}


@pytest.mark.untraced
@pytest.mark.parametrize("path", OF_TENSORS)
@pytest.mark.parametrize("size", [2, 20])
def test_so_is_the_gradient_of_a_function_of_arrays(path, size):
    x = np.linspace(0.5, 2.0, size)
    report = check_gradients(lambda x: (OF_TENSORS[path](x) * 2.0).sum(), x)
    assert (set(verdicts(report)), report.ok, report.faults) == ({"wrong"}, False, [])
    for line in report.lines:
        assert line.unrecorded == pytest.approx(line.reverse, rel=1e-9)  # of x² half is recorded
        assert line.numerical == pytest.approx(2 * line.reverse, rel=1e-9)
    assert "the value depends on x[0] on a path that is not recorded" in str(report)


def test_of_several_arguments_and_results_the_one_with_the_path_is_named():
    report = check_gradients(lambda p, x: [p["w"] * x, p["b"].data * x.detach() + p["b"]], {"w": 2.0, "b": 0.5}, 3.0)
    assert verdicts(report) == ["right", "wrong", "wrong"]
    assert [line.split(" on a path")[0] for line in str(report).splitlines() if "depends" in line] == [
        "wrong: the value depends on p['b']",
        "wrong: the value depends on x",
    ]


@pytest.mark.untraced
def test_many_arguments_are_not_all_written_out():
    report = check_gradients(lambda xs: autograd.sum([x * x.data for x in xs]), [0.5 + k for k in range(10)])
    assert str(report).count("is not recorded") == 6
    assert str(report).endswith("or compute outside of the function what is meant to be constant")


def test_a_path_that_the_first_derivative_makes_up_for_is_missed_by_the_second():
    f = lambda x: x * x.data - 0.5 * x.data**2  # x²/2, of which the record has x times a constant
    report = check_gradients(f, 1.5, order=2)
    assert verdicts(report) == ["right", "wrong"]
    assert report.lines[1].numerical == pytest.approx(1, abs=1e-9)
    assert "wrong: the gradient depends (x, x) on a path that is not recorded" in str(report)
    report = check_gradients(lambda x: f(x).sum(), np.array([1.5]), order=2)
    assert verdicts(report) == ["right", "wrong"]


def test_a_wrong_rule_and_an_unrecorded_path_are_both_reported(monkeypatch):
    monkeypatch.setattr(ops.TANH, "derivatives", lambda m, x, y: (1 - y,))
    report = check_gradients(lambda x: x.tanh() * x.data, 0.7)
    assert [fault.op for fault in report.faults] == ["tanh"]
    assert "wrong: %1 = tanh(x)" in str(report)
    assert "not equal to the gradient" in str(report)


@pytest.mark.parametrize(("at", "reverse"), [(0.0, 0.0), (-0.0, 0.0)])
def test_an_unrecorded_path_is_noticed_at_a_kink_of_the_record(at, reverse):
    report = check_gradients(lambda x: x.relu() + x.data, at)
    assert (report.lines[0].reverse, report.ok) == (reverse, False)


# --- What reads numbers and is right ----------------------------------------------------------------------------------


def log_sum_exp(x, y):
    shift = max(x.data, y.data)  # a constant to the record, and the value does not depend on it
    return ((x - shift).exp() + (y - shift).exp()).log() + shift


def by_steps(x):
    total, k = x, 0
    while total.data < 10:
        total, k = total * 2, k + 1
    return total + k


@pytest.mark.parametrize(
    ("f", "args", "verdict"),
    [
        (log_sum_exp, (1.0, 2.0), "right"),
        (log_sum_exp, (2.0, 2.0), "right"),
        (lambda x: x * (x.data > 0), (1.5,), "right"),
        (lambda x: x * (x.data > 0), (0.0,), "kink"),
        (lambda x: x * int(x.data), (2.5,), "right"),
        (lambda x: x * int(x.data), (2.0,), "kink"),
        (lambda x: x * round(x.data, 3), (2.5,), "right"),
        (by_steps, (0.7,), "right"),
        (by_steps, (10.0,), "kink"),
        (lambda x: x if x.data < 1 else x * x, (1.0,), "kink"),
        (lambda x: x * x if x < 3 else x, (2.999999,), "right"),
        (lambda x: x * x if x == 3 else 7 * x, (3.0,), "right"),  # at this number alone, and by it the record goes
        (lambda x: x.sqrt() if x > 0 else x * 0, (0.0,), "right"),
        (lambda x: x.data * x.data, (0.0,), "right"),
        (lambda x: x / x.data * x.data, (3.0,), "right"),
        (lambda x: autograd.where(x.data > 0, x, -x).sum(), (np.array([1.5, -2.0]),), "right"),
        (lambda x: x[np.argsort(x.data)][0] * 3, (np.array([1.5, -2.0]),), "right"),
        (lambda x: (x - x.data.max()).exp().sum().log() + x.data.max(), (np.array([1.5, -2.0]),), "right"),
        (lambda x: x + {0.5: 1.0}[x.data], (0.5,), "kink"),  # there is no value beside the point
    ],
)
def test_numbers_may_be_read_where_the_derivative_does_not_depend_on_them(f, args, verdict):
    report = check_gradients(f, *args)
    assert (set(verdicts(report)), report.ok) == ({verdict}, True)
    assert check_gradients(f, *args, order=2).ok


def test_what_is_constant_on_purpose_is_computed_outside():
    """The documented way to check a function with a path that its gradient leaves out."""
    target = lambda x: (x * 3).detach()
    assert not check_gradients(lambda x: (x**2 - target(x)) ** 2, 2.0).ok
    constant = target(Value(2.0)).item()
    report = check_gradients(lambda x: (x**2 - constant) ** 2, 2.0)
    assert (report.ok, report.lines[0].reverse) == (True, 2 * (4 - 6) * 4)


# --- What is not reproducible -----------------------------------------------------------------------------------------


def drawn_by(generator):
    return lambda x: x * generator()


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: drawn_by(random.Random(1).random), "it gave 0.84743374 instead of 0.13436424"),
        (lambda: drawn_by(np.random.default_rng(1).normal), "instead of 0.34558419"),
        (lambda: lambda x: x if random.random() < 0.5 else x * 2, "instead of"),
        (lambda: drawn_by(itertools.count(1).__next__), "it gave 2.0 instead of 1.0"),
        (lambda: drawn_by(iter([1.0]).__next__), "it raised StopIteration"),
        (lambda: drawn_by(iter([1.0] * 9).__next__), "it raised StopIteration"),  # once more after all calls
        (lambda: (lambda seen: lambda x: [x] * (seen.append(0) or len(seen)))([]), "it gave results of other shapes"),
        (lambda: autograd.compile(drawn_by(random.Random(1).random)), "it gave 0.84743374 instead of 0.13436424"),
        (lambda: (lambda f: lambda x: f(x) + 1)(autograd.compile(drawn_by(random.Random(1).random))), "instead of"),
    ],
)  # fmt: skip
def test_a_function_that_is_not_reproducible_is_called_that(make, says):
    random.seed(3)
    report = check_gradients(make(), 1.0)
    (line,) = report.lines
    assert (line.verdict, report.ok, report.faults) == ("not reproducible", False, [])
    assert math.isnan(line.numerical)
    assert says in report.astray
    text = str(report).splitlines()
    assert text[1].endswith("not reproducible")
    assert text[2] == f"the function is not reproducible: {report.astray}"
    assert "seeded inside the function" in text[3]
    with pytest.raises(GradientError, match=r"^the function is not reproducible\n"):
        report.raise_if_wrong()


def test_so_is_one_of_arrays():
    draw = np.random.default_rng(0)
    report = check_gradients(lambda x: [x.sum(), (x * draw.normal(size=2)).sum()], np.ones(2), order=2)
    assert set(verdicts(report)) == {"not reproducible"}
    assert "instead of" in report.astray


def test_one_that_is_seeded_inside_is_reproducible():
    report = check_gradients(lambda x: x * random.Random(1).random(), 1.0)
    assert (verdicts(report), report.astray) == (["right"], "")
    calls = itertools.count()
    assert check_gradients(lambda x: x * 2 + 0 * next(calls), 1.0).ok


def test_its_wrong_rules_are_found_nevertheless(monkeypatch):
    monkeypatch.setattr(ops.TANH, "derivatives", lambda m, x, y: (1 - y,))
    report = check_gradients(lambda x: x.tanh() * random.random(), 0.7)
    assert (verdicts(report), [fault.op for fault in report.faults]) == (["not reproducible"], ["tanh"])
    with pytest.raises(GradientError, match="a derivative is wrong"):
        report.raise_if_wrong()


def test_rounding_that_differs_from_call_to_call_is_reproducible():
    order = itertools.cycle([1e16, -1e16])

    def f(x):
        big = next(order)
        return (x + big) - big

    report = check_gradients(f, 0.7)
    assert (report.ok, report.astray) == (True, "")


def test_a_function_is_called_with_leaves_and_leaves_no_gradient():
    w = Tensor(np.ones(2))
    kinds = set()

    def f(x, v):
        kinds.add((type(x), type(v)))
        return (x * w).sum() * v

    assert check_gradients(f, np.array([0.5, 1.5]), 2.0).ok
    assert (kinds, w.grad) == ({(Tensor, Value)}, None)
