"""Contributions to gradients: those that wait uncopied, factors that are multiplied in late, and sums by a matrix."""

import math

import numpy as np
import pytest

import autograd
from autograd import Tensor, Value
from tests.compiler.test_equal_to_eager import assert_equal_to_eager
from tests.support.programs.compiled import Case

NUMBERS = np.random.default_rng(3).uniform(0.2, 1.5, 12).tolist()
PAIRS = [(j, k) for j in range(6) for k in range(j)]


def over(numbers, of):
    return autograd.sum(of(x) for x in numbers)


def of_two_groups(w):
    first, second = [autograd.tanh(x) for x in w[:6]], [autograd.exp(x) for x in w[6:]]
    every_other = [autograd.sqrt(x) for x in (first + second)[::2]]
    rest = [autograd.cos(autograd.cos(1.0 - x)) for x in first]
    return over(every_other, autograd.sin) + over(rest, autograd.exp) + over(second, autograd.cos)


PROGRAMS = {
    "as many of two groups as wait of one": of_two_groups,
    "a residual connection": lambda w: over([autograd.sin(y) + y for y in map(autograd.tanh, w)], autograd.cos),
    "one that is subtracted": lambda w: over([autograd.sin(y) - y for y in map(autograd.tanh, w)], autograd.cos),
    "one that two results subtract": lambda w: autograd.sum(
        autograd.cos(1.0 - y) * autograd.sin(2.0 - y) for y in map(autograd.tanh, w)
    ),
    "one of all but the first": lambda w: (
        over([1.0 - y for y in map(autograd.tanh, w)], autograd.cos)
        + over([autograd.tanh(x) * 3.0 for x in w[1:]], autograd.sin)
    ),
    "factors one after the other": lambda w: over([autograd.sin(0.25 * autograd.sqrt(x)) for x in w], autograd.exp) / 7,
    "factors that are small": lambda w: over([autograd.sin(x) * 1e-20 for x in w], lambda x: 3e-20 * autograd.sin(x)),
    "means of rows": lambda w: over(
        [(x - autograd.mean(row)) * row[0] for row in (w[:4], w[4:8], w[8:]) for x in row], lambda x: x * x
    ),
    "pairs": lambda w: autograd.sum(autograd.sin(x * x - y) for x, y in [(w[j], w[k]) for j, k in PAIRS]),
    "pairs of computed numbers": lambda w: autograd.sum(
        autograd.sqrt(x * y) for e in [list(map(autograd.square, w))] for x, y in [(e[j], e[k]) for j, k in PAIRS]
    ),
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_gradients_are_those_of_the_eager_engine(name):
    parameters = list(map(Value, NUMBERS))
    program = PROGRAMS[name]
    assert_equal_to_eager(Case(name, lambda: program(parameters), parameters), autograd.compile)
    x = Tensor(np.array([NUMBERS, NUMBERS[::-1], [0.5] * 12]))
    case = Case(name, lambda row: program([w * z for w, z in zip(parameters, row, strict=True)]), parameters, (x,))
    assert_equal_to_eager(case, autograd.compile)


@pytest.mark.parametrize("edge", [0.0, math.inf, math.nan])
def test_an_infinite_gradient_reaches_only_its_pairs(edge):
    parameters = list(map(Value, NUMBERS))
    parameters[3].data = edge
    case = Case("pairs", lambda: PROGRAMS["pairs of computed numbers"](parameters), parameters, (), (edge,))
    assert_equal_to_eager(case, autograd.compile)


@pytest.mark.parametrize("of", [autograd.logsumexp, autograd.var])
def test_a_reduction_over_several_buffers_has_the_gradients_of_the_eager_engine(of):
    """With equally many terms of each buffer in all rows, and not."""
    a, b = map(Value, NUMBERS[:2])
    x = Tensor(np.array(NUMBERS).reshape(3, 4))
    for rows in (
        lambda x: [[a, b, x[0], x[1]], [a, b, x[2], x[3]]],
        lambda x: [[a, b, x[0], x[1]], [b, x[1], x[2], x[3]]],
        lambda x: [[a, *x]],
    ):
        case = Case("rows", lambda x, rows=rows: autograd.sum(map(of, rows(x))), [a, b], (x,))
        assert_equal_to_eager(case, autograd.compile)


def test_a_first_contribution_is_not_copied():
    parameters = list(map(Value, NUMBERS))
    compiled = autograd.compile(lambda: PROGRAMS["a residual connection"](parameters))
    (compiled() * 2.0).backward()
    (bound,) = [slot[0] for slots in compiled._last.bounds.values() for slot in slots]
    assert bound.backward
    assert not [call for calls in bound.backward.values() for call in calls if call.func.__name__ == "copied"]


@pytest.mark.parametrize("scale", [1.0, 1e-170, 1e170, 0.0])
def test_norms_of_any_size_are_those_of_the_eager_engine(scale):
    """Squares that overflow or underflow are scaled first; the norm of zeros has no direction."""
    rows = [[Value(x * scale) for x in NUMBERS[k : k + 4]] for k in range(0, 12, 4)]
    function = lambda: [autograd.norm(row) / (scale or 1.0) for row in rows]
    assert_equal_to_eager(Case("norms", function, [x for row in rows for x in row], (), (scale,)), autograd.compile)


@pytest.mark.parametrize("edge", [math.inf, -math.inf, math.nan])
def test_what_is_not_chosen_gets_no_gradient_from_a_sum_that_is_not_finite(edge):
    w = Value(0.5)

    def largest(x, y):
        return autograd.max([autograd.logsumexp([w, 1.0, x]), autograd.var([w, x, 1.0]), y])

    x, y = Tensor(np.array([edge, 0.5, 0.25])), Tensor(np.array([edge, edge, 9.0]))
    assert_equal_to_eager(Case("not chosen", largest, [w], (x, y), (edge,)), autograd.compile)
