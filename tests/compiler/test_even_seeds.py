"""Reverse passes from ones: what a sum or a mean over the batch hands to the results of a compiled function."""

import math

import numpy as np
import pytest

import autograd
from autograd import Tensor, Value
from autograd.compiler.emitting import bound as emission
from autograd.compiler.emitting.emitter import Emitter
from autograd.compiler.emitting.memory import LINE, aligned_zeros, empty
from autograd.compiler.emitting.passes import EVEN, PLAIN, emit_backward
from autograd.core import ops

X = np.array([[0.5, -1.0], [2.0, 0.25], [-0.75, 1.5], [1.25, 3.0]])
A, B = 1.5, -0.5


def softmax(z):
    return np.exp(z) / np.exp(z).sum(axis=0)


# A function of parameters a, b and a row x; and in closed form its derivatives by a and b, in each row.
CASES = {
    "what no sample decides": (lambda a, b, x: a * b, lambda x, y: (B, A)),
    "a parameter": (lambda a, b, x: a + 0 * b * x[0], lambda x, y: (1, 0)),
    "a sum": (lambda a, b, x: a - b + x[0], lambda x, y: (1, -1)),
    "a product": (lambda a, b, x: a * x[0] + b * x[1], lambda x, y: (x, y)),
    "a square": (lambda a, b, x: (a * x[0] + b) ** 2, lambda x, y: (2 * (A * x + B) * x, 2 * (A * x + B))),
    "a quotient": (lambda a, b, x: a * x[0] / (b * x[1]), lambda x, y: (x / (B * y), -A * x / (B * B * y))),
    "a result that is used again": (
        lambda a, b, x: (lambda z: z + z * z)(a * x[0] - b),
        lambda x, y: ((1 + 2 * (A * x - B)) * x, -(1 + 2 * (A * x - B))),
    ),
    "a mean of squares": (
        lambda a, b, x: autograd.mean([(a * x[0]) ** 2, (b * x[1]) ** 2, (a * x[1] + b) ** 2]),
        lambda x, y: (2 * (A * x * x + (A * y + B) * y) / 3, 2 * (B * y * y + A * y + B) / 3),
    ),
    "a product of two that are computed": (
        lambda a, b, x: autograd.exp(a * x[0]) * autograd.exp(b * x[1]),
        lambda x, y: (x * np.exp(A * x + B * y), y * np.exp(A * x + B * y)),
    ),
    "a product with what no sample decides": (
        lambda a, b, x: autograd.tanh(a * x[0]) * autograd.exp(b),
        lambda x, y: (x * (1 - np.tanh(A * x) ** 2) * math.exp(B), np.tanh(A * x) * math.exp(B)),
    ),
    "a dot product": (
        lambda a, b, x: autograd.dot([autograd.exp(a * x[0]), autograd.exp(b)], [x[1], autograd.tanh(b * x[0])]),
        lambda x, y: (
            x * y * np.exp(A * x),
            math.exp(B) * (np.tanh(B * x) + x * (1 - np.tanh(B * x) ** 2)),
        ),
    ),
    "an extreme": (
        lambda a, b, x: autograd.maximum(a * x[0], b * x[1]),
        lambda x, y: (x * (A * x > B * y), y * (A * x < B * y)),
    ),
    "a logarithm of a sum": (
        lambda a, b, x: autograd.logsumexp([a * x[0], b * x[1], a + b]),
        lambda x, y: (lambda p: (p[0] * x + p[2], p[1] * y + p[2]))(softmax([A * x, B * y, 0 * x + A + B])),
    ),
}


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("over", ["mean", "sum"])
@pytest.mark.untraced
def test_a_gradient_of_a_mean_or_sum_over_the_batch(name, over):
    function, slopes = CASES[name]
    a, b = Value(A), Value(B)
    f = autograd.compile(lambda x: function(a, b, x))
    expected = [getattr(np.broadcast_to(slope, 4), over)() for slope in slopes(*X.T)]
    for total in (getattr(f(X), over)(), getattr(f(X), over)() * 1):  # the short way, and the long one
        a.grad = b.grad = None
        total.backward()
        np.testing.assert_allclose([a.grad, b.grad], expected, rtol=1e-14, atol=1e-15)


def test_short_and_long_way_give_the_same_bits():
    rng = np.random.default_rng(0)
    weights = [Value(w) for w in rng.normal(size=5)]
    f = autograd.compile(lambda x: autograd.tanh(autograd.dot(weights, x)) ** 2)
    rows, found = rng.normal(size=(7, 5)), []
    for total in (f(rows).mean(), f(rows).mean() * 1):
        for w in weights:
            w.grad = None
        total.backward()
        found.append([w.grad for w in weights])
    assert found[0] == found[1]


def test_gradients_of_arguments_too():
    w, x = Value(A), Tensor(X)
    f = autograd.compile(lambda x: w * x[0] * x[1])
    for total, factor in ((f(x).sum(), 1), (f(x).mean(), 1 / 4), (-f(x).sum(), -1), (f(x).sum() * 3, 3)):
        x.grad = w.grad = None
        total.backward()
        np.testing.assert_allclose(x.grad, factor * A * X[:, ::-1], rtol=1e-15)
        assert w.grad == pytest.approx(factor * (X[:, 0] * X[:, 1]).sum(), rel=1e-14)


def test_a_factor_goes_to_weights_that_have_a_gradient_already():
    """Those of the later product; the earlier one adds, of its weights and the biases behind them."""
    rng = np.random.default_rng(0)
    w, b = rng.normal(size=(4, 3)), rng.normal(size=4)
    weights, biases = [[Value(x) for x in row] for row in w], [Value(x) for x in b]

    def function(x):
        first = list(map(autograd.exp, x))
        second = list(map(autograd.sin, first))
        earlier = [autograd.dot(row, first) + bias for row, bias in zip(weights, biases, strict=True)]
        return 3 * autograd.mean([z**2 for z in earlier]) + autograd.mean([autograd.dot(w, second) for w in weights])

    x = rng.normal(size=(5, 3))
    autograd.compile(function)(x).mean().backward()
    slopes = 2 * (np.exp(x) @ w.T + b) * 3 / 4 / 5
    expected = slopes.T @ np.exp(x) + np.sin(np.exp(x)).sum(axis=0) / 4 / 5
    np.testing.assert_allclose([[z.grad for z in row] for row in weights], expected, rtol=1e-13)
    np.testing.assert_allclose([z.grad for z in biases], slopes.sum(axis=0), rtol=1e-13)


def test_sums_over_scattered_numbers():
    rng = np.random.default_rng(0)
    w, groups = rng.normal(size=64), rng.permutation(64).reshape(8, 8)
    weights = [Value(x) for x in w]

    def function():
        xs = [z.tanh() for z in weights]
        return autograd.sum([autograd.sum([xs[k] for k in group]) ** 2 for group in groups.tolist()])

    autograd.compile(function)().backward()
    expected = np.empty(64)
    expected[groups] = 2 * np.tanh(w)[groups].sum(axis=1, keepdims=True)
    np.testing.assert_allclose([z.grad for z in weights], expected * (1 - np.tanh(w) ** 2), rtol=1e-13)


def test_what_would_overflow_before_it_is_divided_does_not():
    w = Value(1e-300)
    f = autograd.compile(lambda x: w * x)
    large = np.full(4, 1e308)
    for total in (f(large).mean(), f(large).mean() * 1):
        w.grad = None
        total.backward()
        assert w.grad == 1e308


def test_what_would_vanish_before_it_is_multiplied_does_not():
    w = Value(2.0)
    f = autograd.compile(lambda x: w * x * 1e-170)
    (f(np.full(4, 1e-170)).sum() * 1e200).backward()
    assert w.grad == pytest.approx(4e-140, rel=1e-14)


def test_seeds_that_are_not_even_and_seeds_of_zero():
    w = Value(2.0)
    f = autograd.compile(lambda x: w * w * x)
    f(X[:, 0]).backward(np.array([0.5, 0.5, 0.25, 0.5]))
    assert w.grad == pytest.approx(4.0 * (X[:, 0] @ [0.5, 0.5, 0.25, 0.5]), rel=1e-15)
    w.grad = None
    f(np.array([math.inf, 1.0])).backward(np.zeros(2))  # an adjoint of 0 hands nothing on
    assert w.grad == 0.0


def test_a_square_costs_no_pass_over_the_results():
    """Its gradient is the number itself, which the product takes as it is, and the factor goes to the small result."""
    filters = [[Value(0.1 * (i + j)) for j in range(3)] for i in range(4)]
    f = autograd.compile(lambda x: autograd.mean([autograd.dot(w, x) ** 2 for w in filters]))
    f(np.ones((50, 3))).mean().backward()
    bound = f._last.bounds[50][0][0]
    sizes = lambda kind: sum(getattr(x, "size", 0) == 200 for call in emit_backward(bound, kind) for x in call.args)
    assert sizes(EVEN) == 0 < sizes(PLAIN)


def test_a_pass_is_put_together_anew_wherever_an_interrupt_came(monkeypatch):
    w, b = Value(0.5), Value(1.0)
    stops, calls = 0, set()
    while True:
        left = stops = stops + 1

        def counted(function):
            def called(*args, **kwargs):
                nonlocal left
                left -= 1
                if not left:
                    raise KeyboardInterrupt
                return function(*args, **kwargs)

            return called

        f = autograd.compile(lambda x: autograd.tanh(w * x[0] + b) ** 2)
        total = f(X).mean() * 2
        with monkeypatch.context() as patched:
            patched.setattr(emission, "aligned_zeros", counted(aligned_zeros))
            for name in ("call", "scratch", "finish"):
                patched.setattr(Emitter, name, counted(getattr(Emitter, name)))
            try:
                total.backward()
            except KeyboardInterrupt:
                w.grad = b.grad = None
                total.backward()
        calls.add(len(emit_backward(f._last.bounds[4][0][0], PLAIN)))
        z = np.tanh(0.5 * X[:, 0] + 1.0)
        np.testing.assert_allclose([w.grad, b.grad], [2 * (s * (1 - z**2) * 2 * z).mean() for s in (X[:, 0], 1)])
        w.grad = b.grad = None
        if left > 0:
            break
    assert stops > 15
    assert len(calls) == 1  # nothing of an interrupted one is left in them


@pytest.mark.parametrize("shape", [(), (0,), (1,), (3, 5), (70_000,)])
def test_arrays_begin_at_the_edge_of_a_cache_line(shape):
    for array in (aligned_zeros(shape), empty(shape), empty(shape, bool)):
        assert array.shape == shape
        assert array.ctypes.data % LINE == 0 or not array.size
        assert array.flags.c_contiguous
    assert not aligned_zeros(shape).any()
    assert empty(shape, bool).dtype == bool


def test_the_rules_of_a_square_are_of_products_alone():
    f = autograd.compile(lambda x: x / x + x * x)
    x = Tensor(X[:, 0])
    f(x).sum().backward()
    np.testing.assert_allclose(x.grad, 2 * X[:, 0], rtol=1e-15)
    assert {line.split()[2] for line in str(f.program).splitlines()[1:]} == {ops.DIV.name, ops.MUL.name, "add"}


def test_biases_that_differ_from_sample_to_sample():
    rng = np.random.default_rng(0)
    w, b, x = rng.normal(size=(3, 2)), rng.normal(size=(3, 4)), rng.normal(size=(4, 2))
    weights, biases = ([[Value(z) for z in row] for row in array] for array in (w, b))

    def function():
        rows = zip(weights, biases, strict=True)
        return autograd.sum([(autograd.dot(row, x[k]) + own[k]) ** 2 for row, own in rows for k in range(4)])

    autograd.compile(function)().backward()
    np.testing.assert_allclose([[z.grad for z in row] for row in weights], 2 * (w @ x.T + b) @ x, rtol=1e-13)
    np.testing.assert_allclose([[z.grad for z in row] for row in biases], 2 * (w @ x.T + b), rtol=1e-13)
