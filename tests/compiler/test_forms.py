"""Forms of functions, which lead through the rooms of the compiler each in its own way, equal the eager engine."""

import itertools
import math
import random
from fractions import Fraction

import numpy as np
import pytest

import autograd
from autograd import Tensor, Value, dot, where
from autograd.compiler.emitting.adjoints import Adjoints
from tests.compiler.test_equal_to_eager import assert_equal_to_eager, eager, parts_of
from tests.compiler.test_lowering import tower
from tests.support.programs.compiled import Case
from tests.support.programs.exact import Exact, scalar_program, vector_program

RNG = np.random.default_rng(0)


# --- Forms that lead through all rooms --------------------------------------------------------------------------------


def parameters(*shape):
    if not shape:
        return Value(float(RNG.normal()))
    return [parameters(*shape[1:]) for _ in range(shape[0])]


def leaves(nest):
    return [each for item in nest for each in leaves(item)] if isinstance(nest, list) else [nest]


P, Q, R = parameters(6), parameters(40), parameters(4, 6)
PICK = RNG.integers(0, 40, 90).tolist()
ALL = [*P, *Q, *leaves(R)]


def exps(xs):
    return [autograd.exp(0.1 * x) for x in xs]


def gathered(x):
    ys = exps(x)
    return [ys[k] for k in PICK]


def convolved(ws, ys):
    n = len(ws)
    return [dot(ws, ys[k : k + n]) for k in range(len(ys) - n + 1)]


def of_both(x):
    """Values of all samples and of each sample, of parameters, arguments and constants, in one list."""
    return [*P, *list(x)[:6], Value(0.5), *exps(x)[:6], *exps(P), Value(-2.0)]


FORMS = {
    "a convolution of computed values": lambda x: convolved(P, exps(x)),
    "minus a convolution": lambda x: [3.0 - y for y in convolved(P, exps(x))],
    "windows of parameters": lambda x: [dot(list(x)[:6], ys) for ys in (exps(Q)[k : k + 6] for k in range(30))],
    "wide windows": lambda x: convolved(exps(Q)[:20], exps(x)),
    "wide windows that are summed": lambda x: [autograd.sum(exps(x)[k : k + 20]) * P[0] for k in range(21)],
    "wide windows without samples": lambda x: [autograd.logsumexp(exps(Q)[k : k + 20]) + x[0] for k in range(21)],
    "a gather of computed values": lambda x: [y * Q[k] for y, k in zip(gathered(x), PICK[::-1], strict=True)],
    "a gather that is subtracted": lambda x: autograd.sum([Q[k] - y for k, y in zip(PICK, gathered(x), strict=True)]),
    "a gather of parameters twice": lambda x: (
        autograd.sum([(Q[k] * Q[j]).tanh() for k, j in itertools.pairwise(PICK)]) + x[0]
    ),
    "values of several kinds": lambda x: [autograd.tanh(y * 0.5) for y in of_both(x)],
    "values of several kinds subtracted": lambda x: [x[0] - y for y in of_both(x)],
    "values of several kinds in a reduction": lambda x: autograd.logsumexp(of_both(x)),
    "values of several kinds in extremes": lambda x: [autograd.max(of_both(x)), autograd.min(of_both(x))],
    "values of several kinds as shares": lambda x: autograd.softmax(of_both(x))[3] * x[1],
    "values of several kinds in a product": lambda x: [dot(row, of_both(x)[k : k + 6]) for row in R for k in range(8)],
    "shares of which few are asked": lambda x: [autograd.softmax(exps(x)[k : k + 5])[k % 5] for k in range(0, 20, 5)],
    "negative sums of shares": lambda x: (
        -autograd.sum([autograd.log_softmax(exps(x)[k : k + 5])[k % 5] * 0.3 for k in range(20)])
    ),
    "a layer": lambda x: [dot(row, list(x)[:6], P[0]).relu() for row in R],
    "a layer of negative constants": lambda x: [dot([-2.0] * 6, exps(x)[k : k + 6]) for k in range(4)],
    "a layer of constants": lambda x: [dot([float(j % 3) for j in range(k, k + 6)], exps(x)[:6]) for k in range(4)],
    "minus a layer": lambda x: [1.0 - 2.0 * dot(row, exps(x)[:6]) for row in R],
    "attention": lambda x: [
        dot(
            list(autograd.softmax([dot(exps(x)[i : i + 4], exps(x)[j : j + 4]) for j in (0, 4, 8)])), exps(x)[i : i + 3]
        )
        for i in (0, 4, 8)
    ],
    "blocks": lambda x: [
        dot(exps(Q)[b + 3 * i : b + 3 * i + 3], exps(x)[b + 3 * j : b + 3 * j + 3])
        for b in (0, 10, 20)
        for i in range(3)
        for j in range(3)
        if not (b and i == j == 2)
    ],
    "blocks with a bias each": lambda x: [
        (dot(exps(Q)[b + 3 * i : b + 3 * i + 3], exps(P)[:3]) + x[b]).tanh() for b in (0, 10, 20) for i in range(3)
    ],
    "products one by one": lambda x: [dot(exps(x)[k : k + 5], exps(x)[k + 1 : k + 6]) for k in range(0, 30, 3)],
    "products one by one without samples": lambda x: [
        dot(exps(Q)[k : k + 5], exps(Q)[k + 7 : k + 12]) * x[0] for k in range(9)
    ],
    "equal products": lambda x: [dot(P, exps(x)[:6]), dot(P[::-1], exps(x)[:6][::-1]), dot(exps(x)[:6], P)],
    "a long sum of several kinds": lambda x: autograd.sum(of_both(x)) - autograd.sum([*x, *Q]),
    "a sum of long sums": lambda x: -autograd.sum(exps(x)) - 2.0 * autograd.sum(exps(Q)) - x[0] - x[1],
    "means and norms": lambda x: [autograd.mean(exps(x)), autograd.norm(exps(x)), autograd.prod(exps(x)[:7])],
    "means of a gather": lambda x: autograd.mean(gathered(x)) * 3.0,
    "an outer product": lambda x: [p * y for p in P for y in exps(x)[:7]],
    "a table of sums": lambda x: [p - y for p in exps(P) for y in exps(x)[:7]],
    "a chain": lambda x: tower(x[0] * P[0], 12) + tower(P[1] * P[2], 12),
    "a chain beside groups": lambda x: [tower(P[1], 12) * y for y in exps(x)] + [tower(P[2], 9) - P[3] - Q[0]],
    "a chain of everything": lambda x: _of_everything([*P, *R[0]]) * x[0],
    "choices": lambda x: [where(y > 1.0, y * q, q - y) for y, q in zip(exps(x), Q, strict=False)],
    "parameters among results": lambda x: [P[0] * 1.0, x[0], x[3], P[1] - 0.0],
    "the same number over and over": lambda x: [dot([P[0]] * 5, exps(x)[k : k + 5]) for k in range(5)],
    "transposed": lambda x: [
        dot([row[c] for row in R], exps(x)[6 * k : 6 * k + 4]) for c in range(6) for k in range(3)
    ],
    "a product of products": lambda x: _chained([row[:4] for row in R], [exps(x)[4 * k : 4 * k + 4] for k in range(4)]),
    "relu under a factor": lambda x: -3.0 * autograd.sum([autograd.relu(y - 1.0) for y in exps(x)]),
    "maximum under a factor": lambda x: (
        -3.0 * autograd.sum([autograd.maximum(y, q) for y, q in zip(exps(x), Q, strict=False)])
    ),
    "powers": lambda x: -0.5 * autograd.sum([y**2 + y**-1 + y**3 for y in exps(x)]),
    "steps of computed values": lambda x: [autograd.floor(y * P[0]) for y in exps(x)],
    "means of means": lambda x: autograd.mean([autograd.mean(exps(x)[k : k + 10]) for k in (0, 10, 20, 30)]),
    "means of means of several lengths": lambda x: autograd.mean([autograd.mean(exps(x)[:k]) for k in (10, 20, 30)]),
    "extremes beside a product": lambda x: [
        autograd.max([y * q for y, q in zip(exps(x), Q, strict=False)]),
        P[0] * x[0],
    ],
    "negative multiples of logsumexp": lambda x: [
        1.0 - 2.0 * autograd.logsumexp(exps(x)[k : k + 5]) for k in (0, 5, 10)
    ],
    "negative multiples of shares": lambda x: [1.0 - 2.0 * share for share in autograd.softmax(exps(x))],
    "products one by one of both kinds": lambda x: [
        dot(exps(Q)[k : k + 5], exps(x)[k + 3 : k + 8]) for k in range(0, 30, 3)
    ],
    "the mean of a layer": lambda x: autograd.mean([dot(row, exps(x)[:6]) for row in R]),
    "a bias for each cell": lambda x: [
        dot(row, exps(x)[6 * j : 6 * j + 6], Q[4 * j + i]) for i, row in enumerate(R) for j in range(3)
    ],
    "a bias beside a gather": lambda x: [
        dot(row, [exps(x)[k] for k in PICK[:6]], P[i]).relu() for i, row in enumerate(R)
    ],
    "no gradient through": lambda x: [where(p > 0.0, 1.0, 2.0) * 1.0 + 0.0 * x[0] for p in P],
}


def _chained(a, b):
    for _ in range(2):
        a = [[dot(row, [r[c] for r in b]) for c in range(4)] for row in a]
    return a


def _of_everything(xs):
    a, b = xs[0], xs[1]
    for x in xs:
        a, b = autograd.sin(a + x) - b, autograd.maximum(a * 0.5, b) / (1.0 + a * a)
        a = dot([a, b, x], [b, x, a], 0.5) + autograd.relu(b) - a - b
        b = autograd.hypot(a, b) * 0.1 + abs(b) - autograd.mean([a, b, x])
    return a + b


@pytest.mark.parametrize("which", FORMS)
@pytest.mark.parametrize(
    "form", ["tensor", *[pytest.param(form, marks=pytest.mark.long) for form in ("array", "values", "numbers")]]
)
def test_a_form_equals_the_eager_engine(which, form):
    rows = np.random.default_rng(len(which)).normal(size=(3, 40))
    argument = {
        "tensor": Tensor(rows),
        "array": rows,
        "values": [Value(each) for each in rows[0].tolist()],
        "numbers": rows[0].tolist(),
    }[form]
    function = FORMS[which]
    case = Case(which, lambda x: function(list(x)), ALL, (argument,))
    assert_equal_to_eager(case, autograd.compile)


@pytest.mark.parametrize("which", FORMS)
def test_a_form_with_nan_and_infinities_has_them_where_the_eager_engine_has(which):
    """Handed on share by share, and nothing where an adjoint is 0."""
    function = FORMS[which]
    rows = np.abs(np.random.default_rng(len(which)).normal(size=(4, 40)))
    rows[0, 3], rows[1, 5], rows[2, 0] = math.inf, -math.inf, math.nan
    case = Case(which, lambda x: function(list(x)), ALL, (Tensor(rows),))
    found = []
    for call in (autograd.compile(case.function), None):
        x = Tensor(rows)
        for each in ALL:
            each.grad = None
        parts = eager(case.function)(x) if call is None else parts_of(call(x))
        for part in parts:
            part.backward(np.ones(part.data.shape))
        found.append((parts[0].data, None if x.grad is None else x.grad[3], [each.grad for each in ALL]))
    (values, last, grads), (right, expected, others) = found
    np.testing.assert_allclose(values, right, rtol=1e-11)
    if expected is not None:
        np.testing.assert_allclose(last, expected, rtol=1e-9, atol=1e-12)  # of the sample without any
    assert [each is None for each in grads] == [each is None for each in others]


# --- Layers of parameters that were moved together --------------------------------------------------------------------


def layers(x, w, v, way):
    """Two layers of neurons, whose weights lie beside their biases."""
    hidden = [autograd.tanh(dot(row[:-1], list(x), row[-1])) for row in w]
    if way == "gathered":
        hidden = [hidden[k] for k in (3, 0, 1, 1)]
    found = [dot(row[:-1], hidden, row[-1]) for row in v]
    if way == "again":
        found = [dot(row[:-1], [autograd.tanh(y) for y in found], row[-1]) for row in v]
    if way == "subtracted":
        return [-1.0 * y for y in found]
    return [1.0 - 2.0 * y for y in found] if way == "twice" else found


@pytest.mark.parametrize("way", ["plain", "subtracted", "twice", "again", "gathered"])
@pytest.mark.parametrize("samples", [True, False])
def test_layers_with_biases_equal_the_eager_engine(way, samples):
    w, v, seen_ = parameters(4, 4), parameters(4, 5), []
    rows = np.random.default_rng(5).normal(size=(9, 3))

    def compile(function, **options):
        seen_.append(autograd.compile(function, **options))
        return seen_[-1]

    def function(x):
        return layers(x, w, v, way) if samples else [y for row in rows.tolist() for y in layers(row, w, v, way)]

    case = Case(
        way, (lambda x: function(x)) if samples else (lambda: function(None)), leaves([w, v]), (Tensor(rows),) * samples
    )
    for seed in range(3):
        assert_equal_to_eager(case, compile, seed)
    assert any(plan.biases is not None for plan in seen_[0]._last.layout.plans)


def test_a_gradient_that_is_the_same_for_all_neurons_is_written_out_for_blas(monkeypatch):
    of = Adjoints.of

    def once(self, plan):
        array, factor = of(self, plan)
        return (np.broadcast_to(array[:1], array.shape) if plan.kind == "product" else array), factor

    monkeypatch.setattr(Adjoints, "of", once)
    w = parameters(4, 3)
    x = Tensor(RNG.normal(size=(5, 3)))
    autograd.compile(lambda x: [dot(row, list(x)) for row in w])(x).sum().backward()
    np.testing.assert_allclose([[each.grad for each in row] for row in w], [x.data.sum(0)] * 4, rtol=1e-13)
    np.testing.assert_allclose(x.grad, [[sum(row[k].data for row in w) for k in range(3)]] * 5, rtol=1e-13)


def test_windows_that_overlap_in_many_places_are_added_up_by_their_places():
    w = parameters(70)
    rows = RNG.normal(size=(2, 140))
    x = Tensor(rows)
    autograd.compile(lambda x: convolved(w, exps(list(x))))(x).sum().backward()
    found = x.grad, [each.grad for each in w]
    y = Tensor(rows)
    for each in w:
        each.grad = None
    ys = autograd.exp(0.1 * y)
    total = sum((ys[:, k : k + 71].sum() * each for k, each in enumerate(w)), Value(0.0))
    total.backward()
    np.testing.assert_allclose(found[0], y.grad, rtol=1e-11)
    np.testing.assert_allclose(found[1], [each.grad for each in w], rtol=1e-11)


# --- Exact programs ---------------------------------------------------------------------------------------------------


def differing(make, seed, kind):
    """The places in which a compiled random program of small integers differs from exact arithmetic.

    Half of the leaves are parameters. The others are arguments, a row for each of three samples, or one for all.
    """
    rng = random.Random(f"{make.__name__} {seed}")
    function, half = make(rng), rng.randint(2, 4)
    parameters = [rng.randint(-3, 3) for _ in range(half)]
    rows = [[rng.randint(-3, 3) for _ in range(half)] for _ in range(3 if kind == "batch" else 1)]
    expected = [function([Exact(x, {k: Fraction(1)}) for k, x in enumerate([*parameters, *row])]) for row in rows]
    seeds = [[rng.choice([1, 1, -1, 0, 2]) for _ in expected[0]] for _ in rows]
    if rng.random() < 0.3:
        seeds = [[1] * len(each) for each in seeds]
    leaves = [Value(float(x)) for x in parameters]
    compiled = autograd.compile(lambda x: function([*leaves, *x]), batch=kind == "batch")
    given = Tensor(np.array(rows if kind == "batch" else rows[0], dtype=float))
    wrong = []
    for _ in range(2):
        found = compiled(given)
        found = found if kind == "batch" else autograd.stack(found).reshape((1, -1))
        if found.data.tolist() != [[float(y.number) for y in row] for row in expected]:
            wrong.append(f"{kind} {seed}: values")
        given.grad = None
        for leaf in leaves:
            leaf.grad = None
        (found * np.array(seeds, dtype=float)).sum().backward()
        slopes = [
            [sum((g * y.by.get(k, 0) for g, y in zip(each, row, strict=True)), Fraction(0)) for k in range(2 * half)]
            for each, row in zip(seeds, expected, strict=True)
        ]
        grads = np.zeros(given.shape) if given.grad is None else given.grad
        if np.reshape(grads, (-1, half)).tolist() != [[float(slope) for slope in row[half:]] for row in slopes]:
            wrong.append(f"{kind} {seed}: gradients by arguments")
        if [leaf.grad or 0.0 for leaf in leaves] != [float(sum(row[k] for row in slopes)) for k in range(half)]:
            wrong.append(f"{kind} {seed}: gradients by parameters")
    return wrong


@pytest.mark.parametrize("kind", ["batch", "whole"])
@pytest.mark.parametrize("make", [scalar_program, vector_program])
@pytest.mark.untraced
def test_programs_of_integers_are_computed_and_differentiated_exactly(make, kind):
    """However sums are shared, nested, divided and subtracted, and in whatever pattern vectors are read."""
    assert [each for seed in range(150) for each in differing(make, seed, kind)] == []


def test_a_sum_that_a_mean_and_another_sum_share_counts_in_both():
    """Found by a mutant: the mean was divided where its terms were used elsewhere, too."""
    m1, m2 = Value(1.5), Value(4.0)
    f = autograd.compile(lambda: autograd.mean([m1, m2]) + 10 * m1)
    y = f()
    y.backward()
    assert (y.data, m1.grad, m2.grad) == (17.75, 10.5, 0.5)
    products = autograd.compile(lambda: autograd.mean([m1 * m2, m1 + 0.25]) + 10 * (m1 * m2) + (m1 + 0.25))
    assert products().data == 3.875 + 60.0 + 1.75


@pytest.mark.parametrize("order", [[0, 2, 1, 5, 3, 4], [0, 2, 2, 5, 0, 4]], ids=["once each", "some twice"])
@pytest.mark.parametrize("batch", [True, False])
def test_what_is_gathered_may_be_subtracted_first_and_later(order, batch):
    """A negative contribution to scattered places: where nothing has arrived yet, and where something has."""
    counts = [order.count(k) for k in range(6)]
    weights = [3.0, -1.0, 2.0, 5.0, -4.0, 7.0]
    sent = [sum(w for w, j in zip(weights, order, strict=True) if j == k) for k in range(6)]
    for function, expected in (
        (lambda x: [-x[j] for j in order] * 4, [-c for c in counts]),
        (lambda x: [x[k] * x[k] - x[j] for k, j in enumerate(order)] * 4,
         [2.0 * (k + 1) - c for k, c in enumerate(counts)]),
        (lambda x: [x[k] * x[k] - w * x[j] for k, (j, w) in enumerate(zip(order, weights, strict=True))] * 4,
         [2.0 * (k + 1) - s for k, s in enumerate(sent)]),
    ):  # fmt: skip
        x = Tensor([[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]] * 2 if batch else [1.0, 2.0, 3.0, 4.0, 5.0, 6.0])
        y = autograd.compile(function, batch=batch)(x)
        (y if batch else autograd.stack(y)).sum().backward()
        for row in x.grad if batch else [x.grad]:
            assert row.tolist() == [4.0 * slope for slope in expected]
