"""Row by row, what runs in a compiled function is what the table says; and cells, of which its programs are made."""

import itertools
import math
import random
from collections import Counter
from functools import partial

import numpy as np
import pytest

import autograd
import nn
from autograd import Tensor, Value
from autograd.arrays.table import arrays
from autograd.arrays.tensor import evaluate
from autograd.compiler.emitting.adjoints import Adjoints
from autograd.compiler.emitting.cells import cells
from autograd.compiler.emitting.emitter import Emitter
from autograd.compiler.emitting.passes import EVEN, emit_backward
from autograd.core import ops
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


# Results of one correctly rounded operation, or of a choice, are the same to the bit.
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
    return evaluate(op, *xs, 1) if op is ops.ROUND else evaluate(op, *xs)


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
@pytest.mark.untraced
def test_a_row_in_a_group_with_samples_is_the_row_of_the_eager_engine(op):
    groups = points(op)
    values, slopes = eager(op, groups)
    f = autograd.compile(lambda x: [applied(op, list(xs)) for xs in x])
    x = Tensor(groups)
    y = f(x)
    same(y.data, values, op.name in EXACT)
    assert len({plan.part.op for plan in f._last.layout.plans}) <= 1 or op is ops.SUB
    y.sum().backward()
    same(x.grad if x.grad is not None else np.zeros(groups.shape), slopes, op.name in EXACT_SLOPES)


@pytest.mark.smoke
@pytest.mark.parametrize("op", ELEMENTWISE, ids=lambda op: op.name)
@pytest.mark.parametrize("narrow", [False, True], ids=["group", "segment"])
@pytest.mark.untraced
def test_a_row_without_samples_is_the_row_of_the_eager_engine(op, narrow):
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


OF_SEVERAL = [op for op in ELEMENTWISE if op.arity > 1 and op is not ops.ROUND]


@pytest.mark.parametrize("op", OF_SEVERAL, ids=lambda op: op.name)
@pytest.mark.parametrize("constant", [0.0, -0.0, -1.0, math.inf, 1e300])
@pytest.mark.untraced
def test_a_row_with_constants_is_the_row_of_the_eager_engine(op, constant):
    """Also where Python's own arithmetic, of two constants, would raise; there each argument is one."""
    for kept in (*range(op.arity), None):

        def function(x, kept=kept):
            if kept is None:
                return applied(op, [Value(constant)] * op.arity) * 0.5 + x
            return applied(op, [x if k == kept else constant for k in range(op.arity)])

        values, slopes = [], []
        for each in POOL:
            leaf = Value(each)
            z = function(leaf)
            z.backward()
            values.append(z.data)
            slopes.append(leaf.grad or 0.0)
        x = Tensor(POOL)
        y = autograd.compile(function)(x)
        y.sum().backward()
        same(y.data, values, op.name in EXACT)
        same(x.grad if x.grad is not None else np.zeros(len(POOL)), slopes, op.name in EXACT_SLOPES)


def test_a_constant_is_rounded_as_elsewhere():
    f = autograd.compile(lambda x: round(Value(1.2345), 2) * x + round(Value(-math.inf), 3) * 0.0 * round(x, 2))
    assert math.isnan(f(1.0).data)
    assert autograd.compile(lambda x: round(Value(1.2345), 2) * x)(np.array([1.0, 2.0])).data.tolist() == [1.23, 2.46]


@pytest.mark.parametrize(
    "flat",
    [lambda x: round(x, 2), autograd.floor, autograd.sign, lambda x: x // 2.0, lambda x: x < 2.0],
    ids=["round", "floor", "sign", "floordiv", "less"],
)
def test_a_step_passes_no_gradient_on_not_even_an_infinite_one(flat):
    x = Tensor([1.5, 2.5])
    autograd.compile(lambda x: flat(x) / 0.0 + flat(x) * math.inf)(x).sum().backward()
    assert x.grad is None or x.grad.tolist() == [0.0, 0.0]


@pytest.mark.parametrize("power", [-1.0, 1.0, 2.0, 3.0, 4.0, 7.0, 8.0, 0.5, 0.0, -2.0])
def test_small_powers_are_those_of_numpy(power):
    """A product of n factors is rounded n - 1 times, and a reciprocal once, unlike numpy's in some versions."""
    rounded = partial(np.testing.assert_allclose, rtol=9e-16, atol=1e-320)
    same = np.testing.assert_array_equal if power in (0.0, 0.5, 1.0, 2.0) else rounded
    x = np.concatenate([np.random.default_rng(0).normal(size=1000) * 10.0 ** np.arange(-50, 50).repeat(10), POOL])
    tensor = Tensor(x)
    y = autograd.compile(lambda x: x**power)(tensor)
    y.sum().backward()
    with np.errstate(all="ignore"):
        same(y.data, ops.POW.value(arrays, x, power))
        same(tensor.grad, ops.POW.derivatives(arrays, x, power, y.data)[0])


def calls_of(function):
    """The functions of numpy's that the passes of a compiled function call, and how often."""
    x = Tensor(np.linspace(0.1, 0.9, 7))
    compiled = autograd.compile(function)
    compiled(x).sum().backward()
    (((bound, _),),) = compiled._last.bounds.values()
    return Counter(call.func for calls in (bound.forward, bound.backward[EVEN]) for call in calls)


@pytest.mark.parametrize(
    ("function", "once"),
    [
        (lambda x: x.sin() * x.cos(), [np.sin, np.cos]),  # each is the other's derivative
        (lambda x: autograd.sinh(x) + autograd.cosh(x), [np.sinh, np.cosh]),
        (autograd.softplus, [np.exp]),
        (lambda x: x.exp() * x, [np.exp]),
    ],
)
def test_what_values_and_derivatives_both_need_is_computed_once(function, once):
    found = calls_of(function)
    assert [found[each] for each in once] == [1] * len(once)


@pytest.mark.parametrize("name", ["max", "min", "prod", "norm", "logsumexp", "var", "std"])
@pytest.mark.parametrize("others", [[], [Value(0.4), 1.5]])
def test_reductions_of_few_terms_and_of_terms_from_several_places_are_one_operation(name, others):
    x = Tensor(np.linspace(-1, 1, 10).reshape(5, 2))
    reduction = getattr(autograd, name)
    compiled = autograd.compile(lambda row: reduction([*row, *others]))
    y = compiled(x)
    y.sum().backward()
    assert [plan.kind for plan in compiled._last.layout.plans] == ["over"]
    for row, found, slopes in zip(x.data, y.data, x.grad, strict=True):
        leaves = [Value(number) for number in row]
        expected = reduction([*leaves, *(getattr(other, "data", other) for other in others)])
        expected.backward()
        np.testing.assert_allclose(
            [found, *slopes], [expected.data, *(leaf.grad for leaf in leaves)], rtol=1e-14, atol=1e-15
        )


ROWS, SCALES = np.linspace(-1.5, 2.0, 24).reshape(4, 6) ** 3, (1.0, 0.0, 1e-170, 1e170)
FIXED = (ROWS[::-1] ** 2 * np.array([1.0, 1e-170, 1e170, 0.0])[:, None]).tolist()


@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize(
    ("function", "kinds"),
    [
        (lambda rows: [autograd.std(row) for row in rows], ["over"]),
        (lambda rows: [autograd.norm(row, 1) for row in rows], ["each", "over"]),
        (lambda rows: [autograd.norm(row, math.inf) for row in rows], ["each", "over"]),
        (lambda rows: [autograd.cosine_similarity(x, y) for x, y in itertools.pairwise(rows)], ["pairs"]),
        (lambda rows: [autograd.cosine_similarity(x, y) for x, y in zip(rows, FIXED, strict=True)], ["pairs"]),
        (lambda rows: [autograd.cosine_similarity(y, x) for x, y in zip(rows, FIXED, strict=True)], ["pairs"]),
        (lambda rows: [autograd.cosine_similarity(x[:3], y[3:]) for x in rows for y in rows],
         ["over", "each", "each", "each", "product"]),
    ],
    ids=["std", "norm 1", "norm inf", "neighbours", "cosines with constants", "cosines of constants", "all pairs"],
)  # fmt: skip
def test_reductions_of_many_rows_are_few_operations_whatever_the_size_of_their_numbers(function, kinds, scale):
    """Squares that overflow or underflow are scaled first, and a vector of zeros has no direction."""
    numbers = ROWS * np.array([1.0, scale, 1.0, scale])[:, None]
    rows, leaves = ([[Value(x) for x in row] for row in numbers.tolist()] for _ in range(2))
    compiled = autograd.compile(lambda: function(rows))
    found, expected = compiled(), function(leaves)
    assert [plan.kind for plan in compiled._last.layout.plans] == kinds
    weights = np.arange(1.0, len(found) + 1).tolist()
    for results in (found, expected):
        autograd.dot(weights, results).backward()
    np.testing.assert_allclose([y.data for y in found], [y.data for y in expected], rtol=1e-14, atol=1e-16)
    for row, other in zip(rows, leaves, strict=True):
        slopes = [x.grad for x in other]
        tolerance = 1e-14 * max(map(abs, slopes))
        np.testing.assert_allclose([x.grad for x in row], slopes, rtol=1e-12, atol=tolerance)


@pytest.mark.parametrize("early", [True, False], ids=["penalty first", "penalty last"])
def test_a_penalty_of_all_parameters_is_added_once_to_gradients_that_are_there(early):
    """Wherever it stands in the loss: no row is filled with zeros, and no layer's gradients are added to others."""
    random.seed(2)
    model, other = nn.MLP(3, [8, 8, 1]), nn.MLP(3, [8, 8, 1])
    other.load_state_dict(model.state_dict())
    rows = np.linspace(-1, 1, 15).reshape(5, 3).tolist()

    def loss(m):
        parts = [autograd.mean([m(row) ** 2 for row in rows]), 0.25 * autograd.dot(m.parameters(), m.parameters())]
        return parts[early] + parts[1 - early]

    compiled = autograd.compile(lambda: loss(model))
    for each in (compiled(), loss(other)):
        each.backward()
    found, expected = ([p.grad for p in each.parameters()] for each in (model, other))
    np.testing.assert_allclose(found, expected, rtol=1e-13, atol=1e-15)
    bound = compiled._last.bounds[None][0][0]
    calls = emit_backward(bound, EVEN)
    gradients = bound.flat_adjoints[0]
    written = [
        call
        for call in calls
        if any(
            np.may_share_memory(x, gradients)
            for x in (*call.args, getattr(call.func, "__self__", None))
            if isinstance(x, np.ndarray)
        )
    ]
    assert [call.func for call in written if call.func is np.add or getattr(call.func, "__name__", "") == "fill"] == [
        np.add
    ]


def test_what_is_kept_for_reverse_passes_is_of_the_last_call():
    f = autograd.compile(lambda x: autograd.softplus(x) + x.sin() * x.cos())
    for values in ([0.5, -2.0], [1.5, 0.0], [-40.0, 3.0]):
        x = Tensor(values)
        f(x).sum().backward()
        np.testing.assert_allclose(x.grad, 1 / (1 + np.exp(-x.data)) + np.cos(2 * x.data), rtol=1e-14)


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
        autograd.var, autograd.std, lambda xs: autograd.norm(xs, 1), lambda xs: autograd.norm(xs, math.inf),
        lambda xs: autograd.cosine_similarity(xs[:3], xs[3:]),
        lambda xs: autograd.cosine_similarity(xs[:3], [0.5, -1.0, 2.0]),
        lambda xs: autograd.softmax(xs)[1], lambda xs: autograd.log_softmax(xs)[2]]  # fmt: skip


@pytest.mark.parametrize("reduce", OVER)
@pytest.mark.parametrize("samples", [False, True])
@pytest.mark.untraced
def test_reductions_are_their_rows_also_at_infinities(reduce, samples):
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
        if samples
        else autograd.compile(lambda x: [reduce(list(r)) for r in x], batch=False)
    )
    y = f(x) if samples else autograd.stack(f(x))
    np.testing.assert_allclose(y.data, expected, rtol=1e-13)
    y.sum().backward()
    np.testing.assert_allclose(x.grad, slopes, rtol=1e-11, atol=1e-300)


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


# --- Cells ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "rule",
    [
        lambda m, x: x + 1 + x,
        lambda m, x: 1 + x - 2 - x,
        lambda m, x: 2 - x * 3,
        lambda m, x: 1 * x * 1,
        lambda m, x: x / 2 + 2 / x,
        lambda m, x: x // 2 + 2 // x,
        lambda m, x: x % 2 + 2 % x,
        lambda m, x: x**2 + x**-1 + x**1 + 2**x + abs(1.0) * x**0.5,
        lambda m, x: -x,
        lambda m, x: -x / 3.0 + m.absolute(-x) / x + m.log(x) + m.erfc(x),
        lambda m, x: m.where(m.less(x, 1), 1, 0) * m.where(m.less(x, 1), 1, 0),
        lambda m, x: m.less(x, 1) * 2.0 + m.equal(x, 0.5) * x,
        lambda m, x: m.where(x, x, 2.0) + m.where(m.less(1.0, 2.0), x, 0) + m.where(0, x, x),
        lambda m, x: m.where(m.less(x, 1), m.less(x, 0.5), 7.0),
        lambda m, x: m.maximum(x, m.exp(1.0)) + m.round(x, 1) + m.erf(x),
    ],
)
def test_arithmetic_of_cells_is_that_of_arrays(rule):
    x = np.array([0.25, 0.5, 1.0, 1.5, 3.0, 0.0, 2.0])
    emitter = Emitter()
    (found,) = emitter.emit([(rule(cells, emitter.of(x)), into := np.empty(7))])
    with np.errstate(all="ignore"):
        for call in emitter.calls:
            call()
        np.testing.assert_allclose(found, rule(autograd.arrays.table.arrays, x), rtol=1e-15)
    assert found is into


def test_a_minus_goes_into_the_number_that_divides_and_is_no_matter_to_an_absolute_value():
    x, emitter = np.array([1.5, -2.0, 0.0, -0.0, np.nan]), Emitter()
    arrays = emitter.emit([(-emitter.of(x) / 3.0, np.empty(5)), (cells.absolute(-emitter.of(x)), np.empty(5))])
    assert [call.func for call in emitter.calls] == [np.divide, np.absolute]
    for call in emitter.calls:
        call()
    assert repr(arrays[0].tolist()) == repr((-x / 3.0).tolist())
    assert repr(arrays[1].tolist()) == repr(np.abs(x).tolist())


def test_numbers_become_arrays_at_the_end_with_their_signs_and_the_calls_compute_the_same():
    x, out = np.array([1.0, -2.0, np.nan]), np.empty(3)
    emitter = Emitter()
    emitter.call(np.copysign, x, -0.0, out=out)
    emitter.call(np.maximum, out, -1.5, out=out)
    emitter.call(np.copyto, x, 0.0)
    calls = emitter.quicker()
    assert [float in map(type, call.args) for call in calls] == [False, False, True]  # the last is no ufunc
    for call in calls:
        call()
    np.testing.assert_array_equal(out, [-1.0, -1.5, np.nan])
    assert emitter.quicker() == calls


@pytest.mark.parametrize("reuses", [True, False], ids=["numpy", "to be fused"])
def test_a_comparison_whose_result_is_a_number_gives_0_and_1(reuses):
    x, into = np.array([[1.0, -2.0, np.nan]]), np.empty((1, 3))
    emitter = Emitter(reuses)
    assert emitter.emit([(cells.less(emitter.of(x), 0.5), into)]) == [into]
    for call in emitter.calls:
        call()
    assert into.tolist() == [[0.0, 1.0, 0.0]]
    assert len(emitter.calls) == 1 + reuses  # numpy's calls convert truth values in one of their own


def test_equal_cells_are_computed_once_and_unused_ones_never():
    emitter = Emitter()
    x = emitter.of(np.ones(3))
    cells.exp(x)
    emitter.emit([(cells.sin(x) * cells.sin(x), None), (cells.sin(x), None), (2.0, np.empty(()))])
    assert len(emitter.calls) == 3
    emitter.finish()
    assert emitter.scratch((3,)) is not emitter.scratch((3,))


def test_an_adjoint_that_would_be_a_copy_is_no_alias():
    f = autograd.compile(lambda x: autograd.sum([autograd.exp(v) for v in x]), batch=False)
    f(np.ones(4))
    layout, arrays = f._last.layout, f._last.bounds[None][0][0].values
    adjoints = Adjoints(layout, arrays, {k: np.ones(len(x), bool) for k, x in arrays.items()}, Emitter())
    [operand] = next(plan.operands for plan in layout.plans if plan.kind == "over")
    adjoints.expect(operand)
    assert not adjoints.alias(operand, np.ones((2, 2)).T, 1.0, False)
    assert adjoints.alias(operand, np.ones(4), 1.0, False)
