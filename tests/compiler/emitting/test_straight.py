"""Straight-line Python computes what going from line to line computes, to the bit."""

import itertools
import math
from types import SimpleNamespace

import numpy as np
import pytest

import autograd
from autograd import Value
from autograd.compiler.emitting import segments
from autograd.compiler.emitting.segments import ScalarRun
from autograd.compiler.emitting.straight.pieces import LENGTH, Line, pieces_of
from autograd.compiler.lowering.groups import Segment
from autograd.core import ops, several
from autograd.core.table import TABLE
from tests.compiler.test_emitting import POOL

UPSTREAM = np.array([1.5, -2.0, 0.5, 0.0, math.inf])
SEVERAL = {several.SUM: (3, (1, -1, 1)), several.DOT: (4, ()), several.MEAN: (3, ())}


def run_of(lines, inputs):
    """A segment of lines: operations with the places of their operands."""
    operations, operands, signs = zip(*lines, strict=True)
    return Segment(0, inputs + np.arange(len(lines)), list(operations), list(signs), np.concatenate(operands),
                   np.array([len(each) for each in operands]))  # fmt: skip


class Ways:
    """A run, line by line and as straight-line Python."""

    def __init__(self, lines, inputs, monkeypatch):
        self.runs = []
        for runs in (10**9, 1):
            monkeypatch.setattr(segments, "RUNS", runs)
            part = run_of(lines, inputs)
            self.runs.append((ScalarRun(SimpleNamespace(part=part), np.ones(inputs + len(lines), bool)), part, runs))
        self.monkeypatch = monkeypatch

    def left(self, read, upstream):
        """The results of both, and the adjoints of the numbers that they read."""
        found = []
        for run, part, runs in self.runs:
            self.monkeypatch.setattr(segments, "RUNS", runs)
            inputs = part.inputs()  # in the order of first use
            out, adjoints = np.empty(len(part)), np.empty(len(inputs))
            run.forward(read[inputs], out)
            run.backward(upstream, 1.0, adjoints)
            assert (part.pieces is None) == (runs > 1)
            found.append((repr(out.tolist()), repr(adjoints.tolist())))
        return found


def line_of(op):
    """An operation on the first numbers of a run, as a line, and how many these are."""
    count, signs = SEVERAL.get(op, (op.arity or 4, ()))
    return (op, np.arange(count), signs), count


def points_of(op, count):
    """Numbers for an operation, each with a gradient of its result."""
    some = np.random.default_rng(0).choice(POOL, (60, count)).tolist()
    pairs = [*itertools.product(POOL[::3], POOL[1::3])]
    points = [(x,) for x in POOL] if count == 1 else [*pairs, *some] if count == 2 else some
    for k, point in enumerate(points):
        given = np.array(point, float)
        if op is ops.ROUND:
            given[1] = k % 3
        if op in (several.SOFTMAX, several.LOG_SOFTMAX):
            given[0] = k % 2
        yield given, UPSTREAM[k % 5 : k % 5 + 1]


@pytest.mark.parametrize("op", [*TABLE.values()], ids=lambda op: op.name)
def test_each_operation_is_that_of_the_table(op, monkeypatch):
    line, count = line_of(op)
    ways = Ways([line], count, monkeypatch)
    for given, upstream in points_of(op, count):
        by_lines, straight = ways.left(given, upstream)
        assert by_lines == straight, given


def recurrence(steps):
    """``x = tanh(w x + b) / x``, step by step, on the inputs w, b and x."""
    lines, x = [], 2
    for k in range(steps):
        first = 3 + 4 * k
        lines += [(ops.MUL, [0, x], ()), (several.SUM, [first, 1], (1, 1)), (TABLE["tanh"], [first + 1], ()),
                  (ops.DIV, [first + 2, x], ())]  # fmt: skip
        x = first + 3
    return lines


def test_equal_steps_have_one_source_and_long_runs_are_in_pieces():
    pieces = pieces_of([Line(*line) for line in recurrence(200)], 3, [True] * 803, [802])
    assert len(pieces) == 800 // LENGTH + 1
    assert pieces[0].end - pieces[0].begin == LENGTH
    assert [piece.end for piece in pieces[:-1]] == [piece.begin for piece in pieces[1:]]
    assert (
        len({piece.forward for piece in pieces}) == len({piece.backward for piece in pieces}) == 2
    )  # the last is shorter
    odd = pieces_of([Line(op, [k], ()) for k, op in enumerate([ops.NEG, ops.ABS, ops.RELU])], 1, [True] * 4, [3])
    assert len(odd) == 1


@pytest.mark.parametrize("x", [0.7, 0.0, math.inf, math.nan])
def test_a_run_in_pieces_meets_edges_as_line_by_line(x, monkeypatch):
    upstream = np.zeros(800)
    upstream[[799, 130]] = 1.0, 0.25
    read = np.array([0.9, 0.3, x])
    ways = Ways(recurrence(200), 3, monkeypatch)
    for reaching in (upstream, upstream * (np.arange(800) < 200)):
        by_lines, straight = ways.left(read, reaching)
        assert by_lines == straight


def test_a_compiled_function_goes_straight_when_it_is_run_again_and_again():
    w = Value(0.8, name="w")

    def trajectory(x, n):
        for _ in range(n):
            x = x + 0.1 * (w * x).sin() - 0.01 * x * x
        return x

    f = autograd.compile(trajectory)
    seen = []
    for _ in range(segments.RUNS + 2):
        w.grad = None
        y = f(0.5, 30)
        y.backward()
        seen.append((y.data, w.grad))
    (part,) = (plan.part for plan in f._last.layout.plans if plan.kind == "segment")
    assert part.runs == segments.RUNS
    assert part.pieces
    assert len(set(seen)) == 1
    w.grad = None
    y = trajectory(0.5, 30)
    y.backward()
    assert seen[0] == pytest.approx((y.data, w.grad), rel=1e-13)


def test_a_mean_of_products_is_computed_before_what_reads_it():
    """It is divided into a sum and products, of which none was recorded by itself."""
    w = [Value(0.1 * k + 0.5) for k in range(6)]

    def function():
        mean = autograd.mean([w[2] * w[0], w[3] * w[2], w[1]])
        found = mean * mean + w[0] / w[1]
        for each in w:
            found = autograd.tanh(found / w[3] + each)
        return found + mean

    assert autograd.compile(function)().data == pytest.approx(function().data, rel=1e-14)
