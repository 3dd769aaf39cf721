"""Products: what is read by many of them is a view, and products of pairs of numbers are equal to eager ones."""

import numpy as np
import pytest

import autograd
from autograd import Tensor, Value, dot, sigmoid, tanh
from autograd.compiler.emitting.cells import choose
from tests.compiler.test_equal_to_eager import assert_equal_to_eager
from tests.support.programs.compiled import Case, flat


def matrix(seed, rows, columns):
    numbers = np.random.default_rng(seed).normal(size=(rows, columns)).tolist()
    return [[Value(x) for x in row] for row in numbers]


def test_the_weights_of_a_recurrence_and_of_its_head_are_one_view():
    """They are read at each step, so they get their places before weights that are read once."""
    embedding, gates, head = matrix(0, 3, 6), matrix(1, 24, 12), matrix(2, 4, 6)

    def steps():
        h, cell, found = [0.0] * 6, [0.0] * 6, []
        for now in (0, 1, 2, 0):
            z = [dot(row, [*embedding[now], *h]) for row in gates]
            enter, keep, out = ([sigmoid(each) for each in z[k : k + 6]] for k in (0, 6, 12))
            cell = [k * c + e * tanh(new) for k, c, e, new in zip(keep, cell, enter, z[18:], strict=True)]
            h = [o * tanh(c) for o, c in zip(out, cell, strict=True)]
            found += [dot(row, h) for row in head]
        return autograd.sum(each * each for each in found)

    compiled = autograd.compile(steps)
    compiled()
    read = [plan.operands[0] for plan in compiled._last.layout.plans if plan.kind == "product" and plan.shape[1] == 28]
    assert len(read) == 3
    assert all(operand.pattern is not None for operand in read)
    assert_equal_to_eager(Case("recurrence", steps, flat([embedding, gates, head])), autograd.compile)


def test_dot_products_of_two_terms():
    weights, x = matrix(0, 6, 4), Tensor(np.random.default_rng(1).normal(size=(5, 6)))
    pairs = lambda rows: [dot([sigmoid(a), tanh(b)], [tanh(c), sigmoid(d)]) for a, b, c, d in rows]
    shared = lambda: autograd.sum(each * each for each in pairs(weights))
    mixed = lambda row: [dot(list(w[:2]), list(row[2 * k : 2 * k + 2])) ** 3 for k, w in enumerate(weights[:3])]
    assert_equal_to_eager(Case("shared", shared, flat(weights)), autograd.compile)
    assert_equal_to_eager(Case("mixed", mixed, flat(weights), (x,)), autograd.compile)
    own = lambda row: pairs([[*row[:4]], [*row[2:]]])
    assert_equal_to_eager(Case("of each sample", own, [], (x,)), autograd.compile)


@pytest.mark.parametrize("shape", [(3, 4), (3, 1), (1, 4)])
def test_a_choice_between_arrays_and_numbers(shape):
    draw = np.random.default_rng(0)
    condition = draw.random(shape) < 0.5
    for x in (1.0, draw.random((3, 4)), draw.random((1, 4))):
        for y in (2.0, draw.random((3, 4)), draw.random((3, 1))):
            out = np.empty((3, 4))
            choose(condition, x, y, out=out)
            np.testing.assert_array_equal(out, np.broadcast_to(np.where(condition, x, y), (3, 4)))
