"""Runs of single numbers by the engine numba: the text that it compiles runs as Python here, unless marked."""

import itertools
import math
import random
from functools import partial
from types import SimpleNamespace

import numpy as np
import pytest

import autograd
from autograd import Value
from autograd.compiler.emitting.segments import ScalarRun
from autograd.compiler.emitting.straight.pieces import Line
from autograd.compiler.fused.single import calls
from autograd.compiler.fused.single.stretches import stretches_of
from autograd.core import ops, several
from autograd.core.table import TABLE
from tests.compiler.emitting.test_straight import line_of, points_of, recurrence, run_of
from tests.compiler.test_equal_to_eager import PROGRAMS, at_edges, at_kinks, check
from tests.support import unjitted


@pytest.fixture
def python(monkeypatch, tmp_path):
    """Text runs as Python, and short runs are text, too."""
    unjitted.install(monkeypatch, tmp_path)
    monkeypatch.setattr(calls, "LEAST", 1)


class Ways:
    """A run, line by line and as text."""

    def __init__(self, lines, inputs, outside=None):
        self.part = run_of(lines, inputs)
        if outside is not None:
            self.part.outside = np.array(outside)
        self.read, self.out = np.zeros(inputs), np.zeros(len(lines))
        self.upstream, self.adjoints = np.zeros(len(lines)), np.zeros(inputs)
        plan, active = SimpleNamespace(part=self.part), np.ones(inputs + len(lines), bool)
        self.ways = []
        for is_text in (False, True):
            run = ScalarRun(plan, active)
            passes = [
                partial(run.forward, self.read, self.out),
                partial(run.backward, self.upstream, 1.0, self.adjoints),
            ]
            self.ways.append([calls.compiled(each) or each for each in passes] if is_text else passes)
        self.is_text = isinstance(self.ways[1][0], calls.Kernel)

    def left(self, read, upstream):
        """The results of both, and the adjoints of the numbers that they read."""
        self.read[:], self.upstream[:] = read[self.part.inputs()], upstream
        found = []
        for passes in self.ways:
            self.part.runs = 0  # so that it goes line by line
            with np.errstate(all="ignore"):
                for each in passes:
                    each()
            found.append((self.out.copy(), self.adjoints.copy()))
        return found


@pytest.mark.parametrize("op", [*TABLE.values()], ids=lambda op: op.name)
def test_each_operation_is_that_of_the_table(python, op):
    line, count = line_of(op)
    ways = Ways([line], count)
    assert ways.is_text == (op not in (ops.ROUND, several.SOFTMAX, several.LOG_SOFTMAX))
    for given, upstream in points_of(op, count):
        by_lines, text = ways.left(given, upstream)
        for mine, theirs in zip(text, by_lines, strict=True):
            np.testing.assert_allclose(mine, theirs, rtol=1e-13, err_msg=str(given))


def test_equal_steps_are_a_loop_and_what_precedes_them_is_not():
    lines = [Line(*line) for line in recurrence(200)]
    (whole,) = stretches_of(lines, 3, [True] * 803)
    assert (whole.begin, whole.times, len(whole.lines)) == (3, 200, 4)
    assert whole.outer == [(0,) * 200, (2, *range(6, 802, 4)), (1,) * 200]
    odd = [Line(op, [803], ()) for op in (ops.NEG, ops.ABS, ops.RELU)]
    assert [(each.begin, each.times) for each in stretches_of(lines + odd, 3, [True] * 806)] == [(3, 200), (803, 1)]
    assert [each.times for each in stretches_of(odd + lines, 0, [True] * 806)][:1] == [1]


@pytest.mark.parametrize("x", [0.7, 0.0, math.inf, math.nan])
def test_a_recurrence_meets_edges_as_line_by_line(python, x):
    ways = Ways(recurrence(200), 3)
    upstream = np.zeros(800)
    upstream[[799, 130]] = 1.0, 0.25
    for reaching in (upstream, upstream * (np.arange(800) < 200)):
        by_lines, text = ways.left(np.array([0.9, 0.3, x]), reaching)
        for mine, theirs in zip(text, by_lines, strict=True):
            np.testing.assert_allclose(mine, theirs, rtol=1e-10)


def test_equal_operations_on_results_of_other_lines_are_no_loop(python):
    draw = np.random.default_rng(2)
    kinds = [(ops.MUL, ()), (several.SUM, (1, 1)), (ops.DIV, ())]
    lines = [(kinds[k % 3][0], draw.integers(max(k - 2, 0), k + 2, 2), kinds[k % 3][1]) for k in range(40)]
    lines += [(TABLE["floor"], [41], ()), (several.SUM, [42, 30], (1, -1))]
    ways = Ways(lines, 2, outside=[20, 41])
    assert "for r" not in "".join(ways.part.texts.forward)
    by_lines, text = ways.left(np.array([0.9, 1.1]), np.ones(42))
    for mine, theirs in zip(text, by_lines, strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=1e-13)


def test_a_long_run_without_equal_steps_stays_python(python):
    draw = random.Random(1)
    names = ["sin", "cos", "tanh", "exp", "sigmoid", "atan"]
    lines = [(TABLE[draw.choice(names)], [k], ()) for k in range(calls.MOST + 1)]
    assert not Ways(lines, 1).is_text


def test_random_functions_equal_the_eager_engine(python):
    compile = partial(autograd.compile, engine="numba")
    for family, k in itertools.product((at_edges, at_kinks), range(PROGRAMS // 16)):
        check(family, k, compile)


def filtered(f, engine):
    """The value and the gradients of a function of a number and of two parameters, and the explanation."""
    q, r = Value(0.1, name="q"), Value(0.5, name="r")
    compiled = autograd.compile(partial(f, q, r), engine=engine)
    y = compiled(0.25)
    y.backward()
    return [y.data, q.grad, r.grad], compiled


def likelihood(q, r, x):
    """Of 20 measurements, by the filter of Kalman for a number that walks at random."""
    p, total = 1.0, 0.0
    for k in range(20):
        p = p + q
        s, e = p + r, math.sin(k) - x
        x, p = x + p / s * e, p - p * p / s
        total = total + e * e / s + autograd.log(s)
    return total


def test_a_filter_is_one_loop_and_equals_the_engine_numpy(python):
    expected, _ = filtered(likelihood, "numpy")
    found, compiled = filtered(likelihood, "numba")
    assert found == pytest.approx(expected, rel=1e-13)
    assert "left to numpy" not in str(compiled.explain())


@pytest.mark.needs_engines("numba")
def test_a_compiled_filter_equals_the_engine_numpy():
    expected, _ = filtered(likelihood, "numpy")
    assert filtered(likelihood, "numba")[0] == pytest.approx(expected, rel=1e-13)


@pytest.mark.needs_engines("numba")
def test_zero_times_infinity_contributes_nothing():
    def f(q, r, x):
        for _ in range(30):
            x = autograd.where(x < 0.5, x + 0.01 * q, autograd.sqrt(x - 0.5) * r)
        return autograd.sqrt(x - x.detach()) * 0.0 + x

    expected, _ = filtered(f, "numpy")
    np.testing.assert_array_equal(filtered(f, "numba")[0], expected)
