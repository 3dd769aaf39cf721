"""Nudges, held to Taylor's theorem; and the texts of nudges and replays on paper."""

import io
import math
import sys

import pytest

import autograd
from autograd import Value, nudge, program, replay, scope
from autograd.core.table import TABLE
from autograd.text.paper import Paper
from tests.experiments.test_what_if import EVERY, bits, branching, every, versions
from tests.support.programs import scalars
from tests.support.programs.scalars import ours, run

# --- Taylor's theorem -------------------------------------------------------------------------------------------------

CLOSED = [  # f, x, step, and the remainder as a function of the step
    (lambda x: x * x, 3.0, 0.5, lambda h: h * h),
    (lambda x: x**2 - 7 * x, -1.25, -0.25, lambda h: h * h),
    (lambda x: x.exp(), 0.0, 0.25, lambda h: math.expm1(h) - h),
    (lambda x: 1 / x, 2.0, 0.125, lambda h: h * h / (4 * (2 + h))),
    (lambda x: (x * 3) * (x - 2), 1.0, 0.5, lambda h: 3 * h * h),
    (lambda x: autograd.dot([x, 2.0], [x, x], 1.0), 5.0, 0.5, lambda h: h * h),
]


@pytest.mark.parametrize(("f", "at", "by", "remainder"), CLOSED)
def test_the_remainder_falls_with_the_square(f, at, by, remainder):
    x = Value(at)
    y = f(x)
    found = nudge(x, by, of=y)
    y.backward()
    assert found.verdict == "square"
    assert (found.slope, found.by) == (x.grad, by)
    assert found.actual == pytest.approx(found.predicted + found.remainder, rel=1e-15)
    assert [row.by for row in found.rows] == [by / 2**k for k in range(5)]
    assert [row.predicted for row in found.rows] == [x.grad * row.by for row in found.rows]
    assert [row.remainder for row in found.rows] == pytest.approx([remainder(row.by) for row in found.rows], rel=1e-9)
    assert found.ratios == pytest.approx([remainder(r.by) / remainder(r.by / 2) for r in found.rows[:-1]], rel=1e-9)
    assert found.ratios[-1] == pytest.approx(4, rel=0.05)
    assert "half the step, a quarter" in str(found)


@pytest.mark.parametrize(
    ("f", "at", "by", "verdict", "says"),
    [
        (lambda x: 3 * x - 1, 2.0, 0.1, "exact", "What remains is rounding"),
        (lambda x: x * 2.0 * Value(5.0), 2.0, 0.1, "exact", "as good as straight along x"),
        (lambda x: (x + 1e8) - 1e8, 2.0, 0.1, "exact", "What remains is rounding"),
        (lambda x: x * x, 1.0, 1e-9, "exact", "over steps of this size"),
        (lambda x: x * x, 1.0, 7e-8, "exact", "over steps of this size"),
        (lambda x: x.sin(), 0.0, 0.5, "square", "even faster than with the square"),
        (lambda x: x**4, 0.0, 0.5, "square", "even faster than with the square"),
        (lambda x: x.sin(), 0.3, 100.0, "far", "these steps are too large for a slope"),
        (lambda x: x.log(), 2.0, 1e4, "far", "take smaller steps"),
        (lambda x: x.sqrt(), 0.0, 0.1, "undefined", "a slope of inf"),
        (lambda x: x.log(), 1.0, -2.0, "undefined", "not all of these numbers are finite"),
        (lambda x: x.sqrt() * math.nan, 1.0, 0.1, "undefined", "a slope of nan"),
        (lambda x: (x - 1).relu(), 1.0, 0.1, "kink", "%2 = relu(%1) has a kink or a jump right here"),
        (lambda x: abs(x), 0.0, -1e-9, "kink", "%1 = abs(x) has a kink or a jump right here"),
        (lambda x: abs(x) + x * x, 0.0, 0.5, "kink", "its derivative is a convention: 0 at 0."),
        (lambda x: autograd.maximum(x, 1.0), 1.0, 0.1, "kink", "½ and ½ for equal arguments"),
        (lambda x: autograd.hypot(x, 0.0), 0.0, 0.1, "kink", "0 and 0 at the origin"),
        (lambda x: round(x), 2.5, 0.1, "kink", "%1 = round(x, 0) has a kink or a jump right here"),
        (lambda x: round(x), 2.3, 1.0, "kink", "%1 = round(x, 0) changes sides on the way"),
        (lambda x: x.relu(), 0.3, -1.0, "kink", "%1 = relu(x) changes sides on the way; shorter steps stay"),
        (lambda x: x * x + x.relu(), 0.3, -0.5, "kink", "%2 = relu(x) changes sides on the way"),
        (lambda x: autograd.where(True, x * x, abs(x)), 0.0, 0.5, "square", "falls with the square"),
        (lambda x: x.acos(), 0.0, 1.0, "square", "even faster"),
        (lambda x: x % 1.0, 2.3, 0.1, "exact", "What remains is rounding"),
        (lambda x: branching(x), 0.5, -1.0, "branch", "x > 0 was True for x = 0.5; it is False for x = -0.5"),
        (lambda x: branching(x), 0.0, 0.1, "branch", "no square is claimed"),
        (lambda x: branching(x), 0.5, 0.1, "square", "falls with the square"),
    ],
)
def test_where_there_is_no_square_it_says_why(f, at, by, verdict, says):
    x = Value(at, name="x")
    found = nudge(x, by, of=f(x))
    assert (found.verdict, says in " ".join(str(found).split())) == (verdict, True)
    assert ("a quarter" in str(found)) == (says == "falls with the square")
    assert bool(found.kinks or found.crossed) == (verdict == "kink")
    assert bool(found.branches) == (verdict == "branch")


def test_a_wrong_derivative_makes_no_square(request):
    request.addfinalizer(lambda: TABLE.pop("off"))
    off = autograd.primitive("off", lambda m, x: m.sin(x), lambda m, x, y: (1.01 * m.cos(x),))
    x = Value(0.3)
    assert nudge(x, 0.01, of=x.sin()).verdict == "square"
    found = nudge(x, 0.01, of=off(x))
    assert (found.verdict, found.ratios[-1]) == ("far", pytest.approx(2, rel=0.05))
    assert "or ask check_gradients" in " ".join(str(found).split())


def test_the_rows_beyond_a_branch_are_marked():
    x = Value(0.3, name="x")
    found = nudge(x, -0.8, of=branching(x))
    assert [len(row.branches) for row in found.rows] == [1, 1, 0, 0, 0]
    table = [line.split() for line in str(found).splitlines() if line.startswith("-0.")]
    assert [line[-1] for line in table if len(line) == 5] == ["branch", "branch", "4", "4", "4"]
    assert [branch.now for branch in found.branches] == [(-0.5, 0)]


def test_what_is_below_a_computed_value_is_run_again():
    x = Value(2.0, name="x")
    h = x * x
    h.name = "h"
    y = h * h + x
    found = nudge(h, 0.5, of=y)
    assert (found.slope, found.actual, found.remainder, found.verdict) == (8.0, 4.25, 0.25, "square")
    assert nudge("h", 0.5, of=y).text() == found.text()


def test_a_result_moves_as_it_is_moved():
    x = Value(2.0)
    y = x * x
    for found in (nudge(y, 0.5, of=y), nudge(x, of=x)):
        assert (found.slope, found.actual - found.by, found.verdict) == (1.0, pytest.approx(0), "exact")


def test_a_remainder_above_rounding_for_the_largest_step_alone_is_exact():
    x = Value(0.93)
    found = nudge(x, 1.306e-7, of=x * x)
    assert [row.audible for row in found.rows] == [True, False, False, False, False]
    assert (found.verdict, all(map(math.isnan, found.ratios))) == ("exact", True)


def test_a_version_of_a_leaf_is_nudged_by_itself():
    _, z = versions()
    assert nudge("x%0", 0.5, of=z).slope == 6.0
    assert nudge("x%2", 0.5, of=z).slope == 5.0


def predicts_what_backward_says(drawn):
    """By the gradient of ``backward``, to the bit; and the original is left alone."""
    inputs = [Value(x) for x in drawn.inputs]
    y = run(drawn, ours, inputs)[-1]
    entries = list(program(y))
    found = [nudge(e.node, max(0.25 * abs(e.value), 1e-9), of=y) for e in entries if math.isfinite(e.value)]
    assert [entry.grad for entry in program(y)] == [None] * len(program(y))
    y.backward()
    assert bits(each.slope for each in found) == bits(each.entry.grad for each in found)
    for each in found:
        assert repr(each)
        assert each.verdict in ("square", "exact", "branch", "kink", "undefined", "far")
        if each.verdict == "square":
            assert max(ratio for ratio in each.ratios if not math.isnan(ratio)) > 3


@pytest.mark.long
def test_the_slope_is_that_of_backward_on_random_programs():
    every(predicts_what_backward_says, EVERY, count=500)


@pytest.mark.untraced
def test_smooth_programs_fall_with_the_square_or_are_straight():
    """Well within the margin around the inputs where they are smooth."""

    def check(drawn):
        x = Value(drawn.inputs[0])
        y = run(drawn, ours, [x, *map(Value, drawn.inputs[1:])])[-1]
        if any(entry.node is x for entry in program(y)):
            assert nudge(x, 1e-4, of=y).verdict in ("square", "exact")

    every(check, scalars.programs(most=8), count=250)


@pytest.mark.long
def test_depth_is_no_limit():
    x = Value(1.0, name="x")
    y = x
    for _ in range(20_000):
        y = y * 1.0000001
    y = y * x
    again = replay(y, {x: 2.0})
    assert again.result.data == 4 * y.data
    assert again[x].grad == pytest.approx(4 * y.data)
    assert "more" in repr(again)
    assert nudge(x, 0.1, of=y).verdict == "square"


# --- On paper ---------------------------------------------------------------------------------------------------------


def shown():
    x = Value(2 / 3, name="x")
    with scope("a rather long name of a scope"):
        y = branching(autograd.sum([x * k for k in range(12)]))
    y = y.relu()
    return replay(y, {x: -1 / 3}), nudge(x, -1.0, of=y), nudge(x, 0.1, of=y)


@pytest.mark.parametrize("columns", [50, 64, 80, 120])
def test_text_keeps_to_the_width(monkeypatch, columns):
    monkeypatch.setenv("COLUMNS", str(columns))
    again, *nudged = shown()
    tables = [line.removesuffix("a rather long name of a scope").rstrip() for line in str(again).splitlines()]
    for line in [*tables, *(line for each in nudged for line in str(each).splitlines())]:
        assert len(line) <= columns
    assert max(map(len, str(nudged[1]).splitlines())) > columns - 30


def test_without_unicode_text_is_ascii(monkeypatch):
    texts = list(shown())
    assert not all(repr(each).isascii() for each in texts)
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(io.BytesIO(), encoding="ascii"))
    assert all(repr(each).isascii() for each in texts)


def test_digits_are_four_unless_asked():
    again, _, nudged = shown()
    assert "0.6667" in str(again)
    assert "0.66666667" not in str(again)
    assert "0.66666667" in again.text(digits=8)
    assert "x = 0.6667 moves by 0.1," in str(nudged)
    assert "x = 0.66666667 moves by 0.1," in nudged.text(digits=8)


def test_a_terminal_gets_colours(monkeypatch):
    _, blocked, smooth = shown()
    assert "\033[" not in str(smooth)
    monkeypatch.setattr(sys.modules["autograd.experiments.taylor"], "paper", lambda: Paper(colour=True))
    assert "\033[32m" in str(smooth)
    assert "\033[33m" in str(blocked)
