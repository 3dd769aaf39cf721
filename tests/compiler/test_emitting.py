"""Row by row, what runs in a compiled function is what the table says; and short ways lead where the long ones do."""

import itertools
import math
import random
from functools import partial

import numpy as np
import pytest

import autograd
import nn
from autograd import Tensor, Value, detect_anomaly, no_grad
from autograd.arrays.tensor import perform
from autograd.compiler.emitting.cells import Emitter, cells
from autograd.compiler.running import quick as results
from autograd.core import ops
from autograd.core.namespaces import arrays
from autograd.core.table import TABLE

POOL = [
    -math.inf,
    -700.0,
    -2.5,
    -1.0,
    -0.5,
    -1e-300,
    -0.0,
    0.0,
    1e-9,
    0.3,
    0.5,
    1.0,
    1.5,
    2.0,
    3.0,
    7.0,
    800.0,
    math.inf,
    math.nan,
]
WIDTH = 5  # values of a group

# What is one correctly rounded operation, or a choice: the same to the bit.
EXACT = set("add sub mul div neg abs copy less equal maximum minimum clip relu leaky_relu prelu hardtanh sqrt square "
            "floor ceil sign where reciprocal floordiv".split())  # fmt: skip
EXACT_SLOPES = EXACT - {"div", "sqrt", "square", "reciprocal"}  # the others' take several roundings, in another order
ELEMENTWISE = [op for op in TABLE.values() if op.arity is not None]


def points(op):
    """Arguments at ordinary and at edge points, a whole number of groups of them."""
    if op is ops.ROUND:
        pool = [(x,) for x in POOL]
    elif op is ops.WHERE:
        pool = list(itertools.product([0.0, 1.0, math.nan], POOL, POOL[::3]))
    elif op is ops.CLIP:
        pool = [
            (x, low, high) for x in POOL for low, high in ((-1.0, 1.0), (0.0, 0.0), (-math.inf, 0.5), (0.3, math.inf))
        ]
    else:
        pool = list(itertools.product(POOL, repeat=op.arity))
    return np.array(pool + pool[: -len(pool) % WIDTH]).reshape(-1, WIDTH, len(pool[0]))


def applied(op, xs):
    return perform(op, *xs, 1) if op is ops.ROUND else perform(op, *xs)


def same(found, expected, exact):
    found, expected = np.array(found, dtype=float), np.array(expected, dtype=float)
    if exact:
        np.testing.assert_array_equal(found, expected)
        sure = (expected != 0) & (expected == expected)
        np.testing.assert_array_equal(np.signbit(found[sure]), np.signbit(expected[sure]))
    else:
        np.testing.assert_allclose(found, expected, rtol=4e-13, atol=1e-300)


def eager(op, groups):
    """Values, and gradients by the arguments, of the eager engine."""
    found, slopes = [], []
    for xs in groups.reshape(-1, groups.shape[-1]).tolist():
        leaves = [Value(x) for x in xs]
        z = applied(op, leaves)
        z.backward()
        found.append(z.data)
        slopes.append([leaf.grad or 0.0 for leaf in leaves])
    return np.array(found).reshape(groups.shape[:2]), np.array(slopes).reshape(groups.shape)


@pytest.mark.parametrize("op", ELEMENTWISE, ids=lambda op: op.name)
def test_a_row_in_a_group_with_lanes_is_the_row_of_the_eager_engine(op):
    groups = points(op)
    values, slopes = eager(op, groups)
    f = autograd.compile(lambda x: [applied(op, list(xs)) for xs in x])
    x = Tensor(groups)
    y = f(x)
    same(y.data, values, op.name in EXACT)
    assert len({plan.part.op for plan in f._last.layout.plans}) <= 1 or op is ops.SUB
    y.sum().backward()
    same(x.grad if x.grad is not None else np.zeros(groups.shape), slopes, op.name in EXACT_SLOPES)


@pytest.mark.parametrize("op", ELEMENTWISE, ids=lambda op: op.name)
@pytest.mark.parametrize("narrow", [False, True], ids=["group", "segment"])
def test_a_row_without_lanes_is_the_row_of_the_eager_engine(op, narrow):
    groups = points(op)
    if len(groups) > 8:
        groups = groups[random.Random(op.name).sample(range(len(groups)), 8)]
    values, slopes = eager(op, groups)

    def function(x):
        found = [applied(op, list(xs)) for xs in x]
        rest = found[0]
        for _ in range(6 * narrow):
            rest = autograd.sin(rest * 0.5)
        return [*found, rest * 0.0] if narrow else found

    f = autograd.compile(function, batch=False)
    for group, value, slope in zip(groups, values, slopes, strict=True):
        x = Tensor(group)
        found = f(x)[:WIDTH]
        same([z.data for z in found], value, narrow or op.name in EXACT)
        autograd.stack(found).sum().backward()
        same(x.grad if x.grad is not None else np.zeros(group.shape), slope, op.name in EXACT_SLOPES)
    kinds = {plan.kind for plan in f._last.layout.plans}
    assert not narrow or op.selects or "segment" in kinds


@pytest.mark.parametrize("power", [-1.0, 1.0, 2.0, 3.0, 0.5, 0.0, -2.0])
def test_small_powers_are_those_of_numpy(power):
    """To the bit where they are products; a reciprocal is rounded once, which numpy's power is not in every version."""
    same = np.testing.assert_array_equal if power >= 0 else partial(np.testing.assert_allclose, rtol=9e-16)
    x = np.concatenate([np.random.default_rng(0).normal(size=1000) * 10.0 ** np.arange(-50, 50).repeat(10), POOL])
    tensor = Tensor(x)
    y = autograd.compile(lambda x: x**power)(tensor)
    y.sum().backward()
    with np.errstate(all="ignore"):
        same(y.data, ops.POW.value(arrays, x, power))
        same(tensor.grad, ops.POW.derivatives(arrays, x, power, y.data)[0])


@pytest.mark.parametrize("seed", [1.0, -2.5, 0.0, math.inf, math.nan])
def test_the_slope_of_relu_by_its_sign_is_that_of_its_row_to_the_bit(seed):
    x = Tensor(POOL * 3)
    autograd.compile(lambda x: x.relu())(x).backward(np.full(len(POOL) * 3, seed))
    expected = []
    for each in POOL * 3:
        leaf = Value(each)
        leaf.relu().backward(seed)
        expected.append(leaf.grad)
    np.testing.assert_array_equal(x.grad, expected)


OVER = [autograd.logsumexp, autograd.max, autograd.min, autograd.prod, autograd.norm, autograd.mean, autograd.sum,
        lambda xs: autograd.softmax(xs)[1], lambda xs: autograd.log_softmax(xs)[2]]  # fmt: skip


@pytest.mark.parametrize("reduce", OVER)
@pytest.mark.parametrize("lanes", [False, True])
def test_reductions_are_their_rows_also_at_infinities(reduce, lanes):
    rows = np.random.default_rng(0).choice([*POOL[2:-2], 0.3, 1.0, 1.0, 800.0], (40, 6))
    rows[::3, 2] = math.inf
    rows[::4, 1] = -math.inf
    rows[::8, 4] = math.inf
    rows[::11] = -math.inf
    rows[::13, 0] = math.nan
    expected, slopes = [], []
    for row in rows.tolist():
        leaves = [Value(each) for each in row]
        z = reduce(leaves)
        z.backward()
        expected.append(z.data)
        slopes.append([leaf.grad or 0.0 for leaf in leaves])
    x = Tensor(rows)
    f = (
        autograd.compile(lambda x: reduce(list(x)))
        if lanes
        else autograd.compile(lambda x: [reduce(list(r)) for r in x], batch=False)
    )
    y = f(x) if lanes else autograd.stack(f(x))
    np.testing.assert_allclose(y.data, expected, rtol=1e-13)
    y.sum().backward()
    np.testing.assert_allclose(x.grad, slopes, rtol=1e-12, atol=1e-300)


def test_a_rule_run_on_cells_is_the_rule_run_on_arrays():
    """Every rule of the table, value and derivatives, without a compiled function around it."""
    rng = np.random.default_rng(0)
    for op in ELEMENTWISE:
        emitter = Emitter()
        xs = [rng.normal(size=8) for _ in range(op.arity)]
        if op is ops.ROUND:
            xs = [xs[0], 2]
        given = [emitter.of(x) if isinstance(x, np.ndarray) else x for x in xs]
        with np.errstate(all="ignore"):
            z = np.asarray(op.value(arrays, *xs), dtype=float)
            wanted = [op.value(cells, *given), *op.derivatives(cells, *given, emitter.of(z))]
            found = emitter.emit([(each, None) for each in wanted])
            for call in emitter.calls:
                call()
            expected = [z, *op.derivatives(arrays, *xs, z)]
        for a, b in zip(found, expected, strict=True):
            left, right = (np.broadcast_to(np.asarray(x, float), 8) for x in (a, b))
            np.testing.assert_allclose(left, right, rtol=1e-15, err_msg=op.name)


# --- The short ways ---------------------------------------------------------------------------------------------------

ROWS = np.random.default_rng(3).normal(size=(17, 3))
KINDS = np.where(ROWS[:, 0] > 0, 1.0, -1.0)


class Steps:
    """A model, with a compiled function of it; what is left after a pass, to the bit."""

    def __init__(self, kind, x):
        random.seed(1)
        self.model = nn.MLP(3, [5, 1])
        self.other = Value(0.25)
        self.x = x
        scores = lambda row: self.model(row) + (self.other if kind == "part" else 0.0)
        if kind == "total":
            self.f = autograd.compile(lambda: sum(nn.losses.hinge(scores(r), y) for r, y in zip(x.tolist(), KINDS)))  # noqa: B905
        else:
            self.f = autograd.compile(lambda x, y: nn.losses.hinge(scores(x), y))
        autograd.compile(lambda: sum(p * p for p in self.model.parameters()) * self.other)()  # one array of all
        self.call()

    def call(self):
        return self.f() if self.f._last is not None and not self.f._last.laned else self.f(*self.given())

    def given(self):
        return () if self.f.__wrapped__.__code__.co_argcount == 0 else (self.x, KINDS)

    def before(self, earlier):
        for k, p in enumerate(self.model.parameters()):
            p.grad = None if earlier == "none" or (earlier == "some" and k % 3) else 0.1 * k
        self.other.grad = 3.0 if earlier == "all" else None

    def left(self, *results):
        grads = [p.grad for p in (*self.model.parameters(), self.other)]
        return repr(
            [
                *grads,
                *[
                    (np.asarray(r.data).tolist(), None if r.grad is None else np.asarray(r.grad).tolist())
                    for r in results
                ],
            ]
        )


def long_way(kind, result):
    if kind == "mean":
        reduced = Tensor.mean(result)
    elif kind == "sum":
        reduced = Tensor.sum(result)
    else:
        Value.backward(result)
        return [result]
    Tensor.backward(reduced)
    return [result, reduced]


def short_way(kind, result):
    if kind == "total":
        result.backward()
        return [result]
    reduced = getattr(result, kind)()
    reduced.backward()
    return [result, reduced]


@pytest.mark.parametrize("kind", ["mean", "sum", "total"])
@pytest.mark.parametrize("earlier", ["none", "some", "all"])
@pytest.mark.parametrize("special", [None, math.inf, math.nan, 0.0])
@pytest.mark.parametrize("form", ["whole", "part"])
def test_a_short_way_leaves_what_the_general_sweep_leaves_to_the_bit(kind, earlier, special, form, monkeypatch):
    x = ROWS.copy()
    if special is not None:
        x[3] = special
    left, led = [], []
    for way in ("from_reduced", "from_answer"):
        goes = getattr(results, way)
        monkeypatch.setattr(results, way, lambda root, goes=goes: led.append(goes(root)) or led[-1])
    for way in (long_way, short_way):
        steps = Steps("total" if kind == "total" else form, x)
        for _ in range(3):
            steps.before(earlier)
            found = way(kind, steps.call())
        left.append(steps.left(*found))
    assert left[0] == left[1]
    assert len(led) == 3
    assert all(led) or special in (math.inf, math.nan)  # with a nan it is left to the general sweep


def test_what_the_short_way_does_not_lead_through_goes_the_long_way():
    w, x = Value(2.0), Tensor(ROWS[:, 0])
    f, g = autograd.compile(lambda x: w * x), autograd.compile(lambda: w * w)

    def after(*passes):
        w.grad = x.grad = None
        for each in passes:
            each()
        return w.grad, None if x.grad is None else x.grad.tolist()

    f(ROWS[:, 0]), g()
    total = pytest.approx(ROWS[:, 0].sum())
    assert after(lambda: f(x).sum().backward()) == (total, [2.0] * 17)
    assert after(lambda: f(x.data).sum().backward(3.0))[0] == pytest.approx(3 * ROWS[:, 0].sum())
    assert after(lambda: g().backward(-1.0))[0] == -4.0
    assert after(lambda: f(x.data).sum(0).backward())[0] == total
    assert after(lambda: f(x.data).mean(keepdims=True).backward())[0] == pytest.approx(ROWS[:, 0].mean())
    assert after(lambda: f(x.data).mean(axis=0).backward())[0] == pytest.approx(ROWS[:, 0].mean())
    with detect_anomaly():
        assert after(lambda: f(x.data).sum().backward(), lambda: g().backward()) == (
            pytest.approx(total.expected + 4.0),
            None,
        )
    with no_grad():
        y, z = f(x.data), g()
        m = y.mean()
    for leaf in (y.sum(), z, m):
        assert after(leaf.backward) == (None, None)
    assert z.grad == m.grad == 1.0
    two = autograd.compile(lambda x: [w * x, x])(ROWS[:, 0])
    assert after(lambda: two.sum().backward(), lambda: two.mean().backward())[0] == pytest.approx(
        total.expected * (1 + 1 / 34)
    )
    waiting, single = f(x.data), g()
    w.data = 5.0
    assert after(lambda: waiting.sum().backward(), single.backward)[0] == pytest.approx(total.expected + 4.0)
    w.data = 2.0
    results_ = [f(x.data) for _ in range(4)]
    assert after(*(y.sum().backward for y in results_))[0] == pytest.approx(4 * ROWS[:, 0].sum())


def test_interior_gradients_are_those_of_the_last_pass():
    w = Value(2.0)
    y = autograd.compile(lambda x: w * x)(ROWS[:, 0])
    mean = y.mean()
    for _ in range(2):
        mean.backward()
        assert (mean.grad.tolist(), y.grad.tolist()) == (1.0, [1 / 17] * 17)
    assert w.grad == pytest.approx(2 * ROWS[:, 0].mean())
