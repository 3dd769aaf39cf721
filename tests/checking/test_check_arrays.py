"""The checker of gradients by arrays: that it catches wrong rules and says where, and that it accuses nobody else."""

import math
from collections import Counter
from typing import NamedTuple

import numpy as np
import pytest

import autograd
from autograd import InputTypeError, InputValueError, Tensor, Value, check_gradients
from autograd.arrays import layers
from autograd.arrays import ops as array_ops
from autograd.arrays import sweep as array_sweep
from autograd.arrays.matrices import ARRAY_TABLE
from autograd.arrays.ops import kept
from autograd.arrays.sweep import QUICK
from autograd.arrays.table import shape_of
from autograd.arrays.tensor import evaluate
from autograd.core import ops, several
from autograd.core.table import TABLE
from autograd.errors import GradientError
from tests.support.array_rows import ROWS
from tests.support.programs.arrays import random_program
from tests.support.programs.effort import PROGRAMS


def verdicts(report):
    return [line.verdict for line in report.lines]


def located(report):
    return sorted({(fault.op, fault.argument) for fault in report.faults})


def numbers(*shape, seed=0):
    return np.random.default_rng([seed, *shape]).normal(size=shape)


# --- Wrong rules ------------------------------------------------------------------------------------------------------


class Mutation(NamedTuple):
    what: str
    op: str
    rule: object  # in the place of the pull, or of the derivatives
    call: object
    args: tuple
    wrong: tuple  # the arguments whose derivative it spoils
    attribute: str = ""


def row(name):
    return ARRAY_TABLE.get(name) or TABLE[name]


def constant(x):
    """A tensor's numbers, held still."""
    return x.numpy() if isinstance(x, Tensor) else x


def spread_wrongly(m, k, g, x, axes, keepdims, z):
    others = tuple(axis for axis in range(2) if axis not in axes) or axes
    return m.broadcast_to(m.reshape(g, kept(x, others)), shape_of(x))


def assigned(m, k, g, x, index, z):
    result = np.zeros(x.shape)
    result[index] = g
    return result


def conv_pull(flip_filter, flip_input):
    right = layers.CONV.pull

    def pull(m, k, g, x, w, stride, z):
        w = w[:, :, ::-1, ::-1] if flip_filter else w
        x = x[:, :, ::-1, ::-1] if flip_input else x
        return right(m, k, g, x, w, stride, z)

    return pull


SQUARE = (numbers(3, 3, seed=1), numbers(3, 3, seed=2))
ONE = (numbers(3, 3),)
IMAGE = (numbers(1, 2, 4, 3), numbers(2, 2, 2, 2))
CONV = lambda x, w: evaluate(layers.CONV, x, w, (1, 1))
MUTATIONS = [
    Mutation("factor", "tanh", lambda m, x, y: (2 * (1 - y * y),), lambda x: x.tanh(), ONE, (0,)),
    Mutation("a thousandth", "sinh", lambda m, x, y: (m.cosh(x) * 1.001,), lambda x: x.sinh(), ONE, (0,)),
    Mutation("sign", "sin", lambda m, x, y: (-m.cos(x),), lambda x: x.sin(), ONE, (0,)),
    Mutation("missing sign", "div", lambda m, x, y, z: (1 / y, z / y), lambda x, y: x / y, SQUARE, (1,)),
    Mutation("shares swapped", "maximum", ops.MINIMUM.derivatives, autograd.maximum, SQUARE, (0, 1)),
    Mutation("sides swapped", "where", lambda m, c, x, y, z: (0, m.where(c, 0, 1), m.where(c, 1, 0)),
             lambda x, y: autograd.where(np.eye(3) > 0, x, y), SQUARE, (1, 2)),
    Mutation("not divided", "mean_over", ARRAY_TABLE["sum_over"].pull, lambda x: x.mean(0), ONE, (0,)),
    Mutation("wrong axis", "sum_over", spread_wrongly, lambda x: x.sum(0), ONE, (0,)),
    Mutation("wrong axis", "softmax_over",
             lambda m, k, g, x, axes, z: z * (g - m.sum_over(g * z, (1 - axes[0],), True)), lambda x: x.softmax(0),
             ONE, (0,)),
    Mutation("missing δ", "softmax_over", lambda m, k, g, x, axes, z: z * g, lambda x: x.softmax(), ONE, (0,)),
    Mutation("probabilities left out", "log_softmax_over", lambda m, k, g, x, axes, z: g, lambda x: x.log_softmax(),
             ONE, (0,)),
    Mutation("everything", "max_over", ARRAY_TABLE["sum_over"].pull, lambda x: x.max(1), ONE, (0,)),
    Mutation("nothing left out", "prod_over", lambda m, k, g, x, axes, keepdims, z: array_ops.spread(m, g * z, x, axes),
             lambda x: x.prod(1), ONE, (0,)),
    Mutation("not normalised", "norm_over", lambda m, k, g, x, axes, keepdims, z: array_ops.spread(m, g, x, axes) * x,
             lambda x: x.norm(1), ONE, (0,)),
    Mutation("not normalised", "logsumexp_over",
             lambda m, k, g, x, axes, keepdims, z: array_ops.spread(m, g, x, axes) * m.exp(x),
             lambda x: x.logsumexp(1), ONE, (0,)),
    Mutation("not inverted", "transpose", lambda m, k, g, x, axes, z: m.transpose(g, axes),
             lambda x: x.transpose(1, 2, 0), (numbers(2, 2, 2),), (0,)),
    Mutation("another shape", "transpose", lambda m, k, g, x, axes, z: m.transpose(g, axes),
             lambda x: x.transpose(1, 2, 0), (numbers(2, 3, 4),), (0,)),
    Mutation("other order", "reshape", lambda m, k, g, x, shape, z: m.mT(m.reshape(g, shape_of(x))),
             lambda x: x.reshape(9), ONE, (0,)),
    Mutation("off by one", "pad", lambda m, k, g, x, widths, z: m.getitem(g, (slice(0, 3), slice(0, 3))),
             lambda x: evaluate(array_ops.PAD, x, ((1, 0), (0, 1))), ONE, (0,)),
    Mutation("first row only", "broadcast_to", lambda m, k, g, x, shape, z: m.getitem(g, 0),
             lambda x: x.broadcast_to((2, 3, 3)), ONE, (0,)),
    Mutation("the last counts", "getitem", assigned, lambda x: x[[0, 0, 2]], ONE, (0,)),
    Mutation("reversed", "getitem", lambda m, k, g, x, index, z: m.scatter(g[::-1], index, shape_of(x)),
             lambda x: x[[0, 2]], ONE, (0,)),
    Mutation("parts swapped", "concatenate",
             lambda m, k, g, axis, *xs_z: m.getitem(g, slice(3, 6) if k == 1 else slice(0, 3)),
             lambda x, y: evaluate(array_ops.CONCATENATE, 0, x, y), SQUARE, (1, 2)),
    Mutation("letters swapped", "einsum",
             lambda m, k, g, s, x, y, z: m.einsum("ki,jk->ij", g, y) if k == 1 else m.einsum("ij,ik->jk", x, g),
             lambda x, y: evaluate(array_ops.EINSUM, "ij,jk->ik", x, y), SQUARE, (1,)),
    Mutation("filter flipped", "conv", conv_pull(True, False), CONV, IMAGE, (0,)),
    Mutation("image flipped", "conv", conv_pull(False, True), CONV, IMAGE, (1,)),
    Mutation("operand not transposed", "matmul",
             lambda m, k, g, x, y, z: m.matmul(g, y) if k == 0 else m.matmul(m.mT(x), g), lambda x, y: x @ y, SQUARE,
             (0,)),
    Mutation("order of factors", "matmul",
             lambda m, k, g, x, y, z: m.matmul(m.mT(y), g) if k == 0 else m.matmul(g, m.mT(x)), lambda x, y: x @ y,
             SQUARE, (0, 1)),
]  # fmt: skip


@pytest.mark.parametrize(
    "mutation",
    [pytest.param(m, marks=[] if m.what in {"sign", "another shape"} else pytest.mark.long) for m in MUTATIONS],
    ids=[f"{m.op}: {m.what}" for m in MUTATIONS],
)
def test_a_wrong_rule_is_caught_and_located(mutation, monkeypatch):
    op = row(mutation.op)

    def program(*xs):
        u = [x * 1.5 + 0.25 for x in xs]
        return mutation.call(*u).silu(), sum((x * x).sum() for x in xs)

    monkeypatch.setattr(op, "pull" if mutation.op in ARRAY_TABLE else "derivatives", mutation.rule)
    monkeypatch.delitem(QUICK, op, raising=False)
    report = check_gradients(program, *mutation.args)
    assert not report.ok
    assert located(report) == [(mutation.op, argument) for argument in mutation.wrong]
    for fault in report.faults:
        assert fault.order == 1
        assert fault.entry is report.program[fault.entry.k]
        assert fault.line.rates[1] > 1.9
        if math.isfinite(fault.line.reverse):
            assert fault.line.rates[0] == pytest.approx(1, abs=0.15)


# The checker's work grows with the square of the numbers: of the operations that take most, small arrays are enough.
SMALL = ROWS | {
    "affine": (numbers(2, 2), numbers(1, 2), numbers(1)),
    "concatenate": (1, numbers(2, 1), numbers(2, 2)),
    "conv": (numbers(1, 2, 3, 2), numbers(2, 2, 2, 1), (1, 1)),
    "conv_filter": (numbers(2, 1, 3, 2), numbers(2, 2, 2, 2), (1, 1), (2, 1)),
    "conv_input": (numbers(2, 2, 2, 1), numbers(1, 2, 2, 2), (1, 1), (1, 2, 3, 2)),
    "cosine_similarity_over": (numbers(1, 3), numbers(1, 3, seed=1), (1,)),
    "einsum": ("ij,jk->ki", numbers(2, 3), numbers(3, 1)),
    "matmul": (numbers(2, 3), numbers(3, 1)),
}


@pytest.mark.parametrize("name", SMALL)
@pytest.mark.long
def test_every_pull_and_push_is_right_to_second_order_and_is_missed_when_it_is_a_thousandth_off(name, monkeypatch):
    op, args = ARRAY_TABLE[name], SMALL[name]
    variables = [k for k, x in enumerate(args) if isinstance(x, (np.ndarray, float))]

    def program(*xs):
        arguments = dict(enumerate(args)) | {k: x * 1.5 + 0.25 for k, x in zip(variables, xs, strict=True)}
        return evaluate(op, *arguments.values()).atan()

    at = [args[k] for k in variables]
    assert set(verdicts(check_gradients(program, *at, order=2))) == {"right"}
    monkeypatch.delitem(QUICK, op, raising=False)
    forward = "push" if op.weights is None else "weights"
    for rule in ("pull", forward)[name == "entry" :]:  # the sweep collects entries by a rule of its own
        right = getattr(op, rule)
        with monkeypatch.context() as here:
            here.setattr(op, rule, lambda *args, right=right: right(*args) * 1.001)
            assert located(check_gradients(program, *at)) == [(name, argument) for argument in variables]


def test_every_row_is_among_those():
    assert set(ROWS) == set(ARRAY_TABLE)


def first_row(g, y):
    return g if g.shape == y.shape else g[0]


OURS = lambda g, x, y, z: g


@pytest.mark.parametrize(
    ("op", "wrong", "program", "fault"),
    [
        (ops.ADD, (OURS, lambda g, x, y, z: first_row(g, y)), lambda x, y: (x + y[0]).tanh(), ("add", 1)),
        (ops.SUB, (OURS, OURS), lambda x, y: (x - y).tanh(), ("sub", 1)),
        (ops.MUL, (lambda g, x, y, z: g * x, lambda g, x, y, z: g * y), lambda x, y: (x * y).tanh(), ("mul", 0)),
        (ops.RELU, (lambda g, x, z: g * (x > -0.5),), lambda x, y: (x @ y).relu().tanh(), ("relu", 0)),
        (
            array_ops.MATMUL,
            (lambda g, x, y, z: g @ y.T, lambda g, x, y, z: x @ g),
            lambda x, y: (x @ y).tanh(),
            ("matmul", 1),
        ),
    ],
    ids=["missing sum over broadcast axes", "sign", "swapped", "wrong side", "not transposed"],
)
@pytest.mark.untraced
def test_a_wrong_rule_in_the_sweep_is_told_from_a_wrong_row(op, wrong, program, fault, monkeypatch):
    monkeypatch.setitem(QUICK, op, wrong)
    report = check_gradients(program, *SQUARE)
    assert located(report)[0] == fault
    assert {name for name, _ in located(report)} == {fault[0]}
    assert ("the sweep, but not its row, is" in str(report)) is (op is not array_ops.MATMUL)


def test_a_wrong_push_is_told_from_a_wrong_pull(monkeypatch):
    program = lambda x: x.softmax().tanh()
    wrong = lambda m, k, t, x, axes, z: z * t
    with monkeypatch.context() as here:
        here.setattr(array_ops.SOFTMAX_OVER, "push", wrong)
        report = check_gradients(program, *ONE)
        assert located(report) == [("softmax_over", 0)]
        assert "by its row in forward mode is" in str(report)
    monkeypatch.setattr(array_ops.SOFTMAX_OVER, "pull", wrong)
    monkeypatch.delitem(QUICK, array_ops.SOFTMAX_OVER)
    report = check_gradients(program, *ONE)
    assert "by its pull, but not its push, is" in str(report)
    assert "wrong: %1 = softmax(x, axis=1) at (" in str(report)
    assert "argument 0 of softmax_over (argument 0[" in str(report)


@pytest.mark.untraced
def test_the_bridges_between_values_and_tensors_are_checked(monkeypatch):
    program = lambda x, v: evaluate(array_ops.STACK, *x.values(), v * v).tanh()
    args = numbers(3), 0.5
    assert check_gradients(program, *args, order=2).ok
    right = array_sweep._add_entry
    with monkeypatch.context() as here:
        here.setattr(array_sweep, "_add_entry", lambda z, g, own: right(z, 2 * g, own))
        assert located(check_gradients(program, *args)) == [("entry", 0)]
    monkeypatch.setattr(array_ops.STACK, "pull", lambda m, k, g, *xs_z: m.entry(g, 0))
    assert located(check_gradients(program, *args)) == [("stack", 1), ("stack", 2), ("stack", 3)]


def test_wrong_sums_of_right_rules_are_no_operations_fault(monkeypatch):
    right = Tensor.loop

    def losing_a_part(computed, leaves):
        right(computed, leaves)
        if len(computed) > 2:
            leaves[0]._adjoint = leaves[0]._adjoint / 2

    monkeypatch.setattr(Tensor, "loop", losing_a_part)
    report = check_gradients(lambda x: x.sin() + x.cos() * x, numbers(3))
    assert (report.ok, report.faults, verdicts(report)) == (False, [], ["wrong"] * 3)
    assert str(report).endswith("the sum of their contributions is wrong")


@pytest.mark.untraced
def test_a_rule_that_cannot_be_differentiated_is_wrong_to_second_order_only(monkeypatch):
    program = lambda x, y: (x * y).softmax().exp()
    assert set(verdicts(check_gradients(program, *SQUARE, order=2))) == {"right"}
    pull = lambda m, k, g, x, axes, z: constant(z) * (g - m.sum_over(g * constant(z), axes, True))
    monkeypatch.setattr(array_ops.SOFTMAX_OVER, "pull", pull)
    assert check_gradients(program, *SQUARE).ok
    report = check_gradients(program, *SQUARE, order=2)
    assert [(fault.op, fault.argument, fault.order) for fault in report.faults] == [("softmax_over", 0, 2)]
    assert "the second derivative by its pull" in str(report)


@pytest.mark.untraced
def test_a_second_derivative_that_is_lost_at_ties_is_wrong(monkeypatch):
    program = lambda x, y: autograd.logaddexp(x, y) * 2
    assert set(verdicts(check_gradients(program, np.ones(2), np.ones(2), order=2))) == {"right"}

    def derivatives(m, x, y, _):
        weights = [m.exp(m.where(m.equal(each, m.maximum(x, y)), 0.0, each - m.maximum(x, y))) for each in (x, y)]
        return tuple(weight / (weights[0] + weights[1]) for weight in weights)

    monkeypatch.setattr(several.LOGADDEXP, "derivatives", derivatives)
    report = check_gradients(program, np.ones(2), np.ones(2), order=2)
    assert located(report) == [("logaddexp", 0), ("logaddexp", 1)]
    assert {fault.order for fault in report.faults} == {2}


def test_a_derivative_wrong_to_first_order_is_reported_once(monkeypatch):
    monkeypatch.setattr(ops.TANH, "derivatives", lambda m, x, y: (1 - y,))
    report = check_gradients(lambda x: x.tanh().exp(), *ONE, order=2)
    assert [(fault.op, fault.order) for fault in report.faults] == [("tanh", 1)]


@pytest.mark.untraced
def test_a_wrong_rule_is_found_next_to_kinks(monkeypatch):
    x = np.array([0.0, 1.0, -1.0, 0.0, 2.0])
    monkeypatch.setattr(ops.SIN, "derivatives", lambda m, x, y: (-m.cos(x),))
    assert located(check_gradients(lambda x: x.relu() + x.sin(), x)) == [("sin", 0)]
    monkeypatch.undo()
    monkeypatch.setattr(ops.ABS, "derivatives", lambda m, x, y: (m.sign(x) * 0.5,))
    assert located(check_gradients(lambda x: abs(x) + x.sin(), x)) == [("abs", 0)]


# --- Kinks, noise, and what is not defined ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("f", "at", "verdict"),
    [
        (lambda x: x.relu(), [0.0, 1.0], ["kink", "right"]),
        (lambda x: abs(x) * 3, [0.0, -1.0], ["kink", "right"]),
        (lambda x: x.relu() - (-x).relu(), [0.0, 1.0], ["kink", "right"]),
        (lambda x: x.max(), [1.0, 1.0, 0.0], ["kink", "kink", "right"]),
        (lambda x: x.max() + x.min(), [1.0, 1.0], ["right", "right"]),  # x + y, as it happens
        (lambda x: x.norm(), [0.0, 0.0], ["kink", "kink"]),
        (lambda x: x.sqrt(), [0.0, 4.0], ["kink", "right"]),
        (lambda x: x.asin(), [1.0, 0.5], ["kink", "kink"]),  # rounding leads out of the domain
        (lambda x: x.clip(-1, 1), [1.0, 2.0, 0.0], ["kink", "right", "right"]),
        (lambda x: x.clip(2.0, 2.0), [2.0], ["kink"]),
        (lambda x: round(x), [0.5, 0.25], ["kink", "right"]),
        (lambda x: autograd.maximum(x, [1.0, 2.0]), [1.0, 1.0], ["kink", "right"]),
        (lambda x: autograd.maximum(x[0], x[1]), [1.0, 1.0], ["kink", "kink"]),
        (lambda x: x.prod(), [0.0, 0.0, 2.0], ["right"] * 3),
        (lambda x: x * abs(x), [0.0, 1.0], ["right"] * 2),
        (lambda x: autograd.where(x > 0, x.sqrt(), 0.0), [0.0, 4.0], ["kink", "right"]),
        (lambda x: x**2, [0.0, -3.0], ["right"] * 2),
        (lambda x: x.logsumexp(), [0.0, -1000.0], ["right"] * 2),
        (lambda x: x - x, [1.0], ["right"]),
        (lambda x: (x + 1e12) - 1e12, [0.7], ["noise"]),
        (lambda x: (1e17 * x).sin(), [0.7], ["noise"]),
        (lambda x: x[x > 0.5], [0.5, 1.0], ["kink", "right"]),
        (lambda x: x * (1.0 if np.all(x.data <= 0.5) else math.sqrt(-1)), [0.5], ["kink"]),
        (lambda x: x.log(), [0.0, 1.0], ["undefined"] * 2),
        (lambda x: x.log(), [-1.0], ["undefined"]),
    ],
)
@pytest.mark.untraced
def test_verdict(f, at, verdict):
    report = check_gradients(f, np.array(at))
    assert verdicts(report) == verdict
    assert report.ok


def test_second_derivatives_have_kinks_where_the_first_has():
    report = check_gradients(lambda x: x * abs(x), np.array([0.0, 1.0]), order=2)
    assert (verdicts(report), report.ok) == (["right", "right", "kink"], True)


# --- Calling it -------------------------------------------------------------------------------------------------------


def test_lines_are_named_as_the_arguments_are_written():
    def loss(params, x, *rest):
        return {"z": (x @ params["w"] + params["b"]).tanh(), "pair": (params["a"] * rest[0], 3.0, np.ones(2))}

    params = {"w": numbers(3, 4), "b": np.ones(1), "a": 0.5}
    report = check_gradients(loss, params, numbers(2, 3), Tensor(2.0))
    names = [line.name for line in report.lines]
    assert names[:6] == [f"params['w'][{place}]" for place in ("0, 0", "0, 3", "1, 0", "1, 3", "2, 2")] + [
        "params['w'] (random direction)"
    ]
    assert names[6:8] == ["params['b']", "params['a']"]
    assert names[8:14] == [f"x[{i}, {j}]" for i in range(2) for j in range(3)]
    assert names[14:] == ["rest[0]"]
    assert set(verdicts(report)) == {"right"}
    assert "all right" not in str(report)


def test_a_large_array_is_covered_by_a_random_direction(monkeypatch):
    x = numbers(40, 50)
    right = ops.TANH.derivatives
    assert verdicts(check_gradients(lambda x: x.tanh().sum(), x)) == ["right"] * 6

    def one_wrong(m, x, y):
        (slope,) = right(m, x, y)
        if getattr(slope, "size", 0) == 2000:
            slope = np.array(slope)
            slope[17, 23] *= 2
        return (slope,)

    monkeypatch.setattr(ops.TANH, "derivatives", one_wrong)
    report = check_gradients(lambda x: x.tanh().sum(), x)
    assert verdicts(report) == ["right"] * 5 + ["wrong"]
    assert located(report) == [("tanh", 0)]
    assert report.faults[0].line.name == "argument 0 (random direction)"


def test_arguments_may_be_tensors_values_and_numbers_of_any_kind():
    x, v = Tensor(numbers(2, 3), name="mine", dtype=np.float32), Value(0.5)
    report = check_gradients(lambda x, v, c, s: (x * v * c).exp().sum() * s * s.exp(), x, v, 2, Tensor(0.25))
    assert set(verdicts(report)) == {"right"}
    assert all(line.error < 1e-9 for line in report.lines)
    assert (x.grad, v.grad, x.name, x.dtype) == (None, None, "mine", np.float32)


@pytest.mark.untraced
def test_a_function_of_numbers_that_computes_with_tensors_is_checked(monkeypatch):
    weights = numbers(3, 2)
    program = lambda x, y: (evaluate(array_ops.STACK, x, y, x * y) @ weights).tanh().sum().values()
    report = check_gradients(program, 0.5, -0.25, order=2)
    assert verdicts(report) == ["right"] * 6
    assert [line.name for line in report.lines] == ["x", "y", "x, x", "x, y", "y, x", "y, y"]
    assert check_gradients(lambda x: [x.sin(), Tensor([1.0, 2.0]) * x], 0.5).ok
    monkeypatch.setattr(ops.TANH, "derivatives", lambda m, x, y: (1 - y,))
    assert located(check_gradients(program, 0.5, -0.25)) == [("tanh", 0)]


def test_parameters_beside_the_arguments_stay_as_they_are():
    w = Tensor(numbers(3, 3), name="w")
    report = check_gradients(lambda x: (x @ w).tanh() @ w, numbers(3))
    assert set(verdicts(report)) == {"right"}
    assert w.grad is None


def test_it_works_within_no_grad():
    with autograd.no_grad():
        assert verdicts(check_gradients(lambda x: x.tanh().sum(), numbers(2))) == ["right"] * 2


def test_empty_arrays_have_nothing_to_check():
    report = check_gradients(lambda x, y: x.sum() + y.sum(), np.zeros((0, 3)), np.ones(1), order=2)
    assert report.ok
    assert [line.name for line in report.lines] == ["y", "x, y", "y, y"]


def test_a_wrong_report_is_raised_on_demand(monkeypatch):
    monkeypatch.setattr(ops.TANH, "derivatives", lambda m, x, y: (1 - y,))
    with pytest.raises(GradientError, match=r"wrong: %1 = tanh\(x\) at \(\[-0.5999, -0.3505\]\), argument 0 of tanh"):
        check_gradients(lambda x: x.tanh(), numbers(2), raises=True)


def test_refused():
    with pytest.raises(InputTypeError, match="give dtype=float"):
        check_gradients(lambda x: x.sum(), np.arange(3))
    with pytest.raises(InputValueError, match="order 1 or 2"):
        check_gradients(lambda x: x.sum(), np.ones(3), order=3)
    with pytest.raises(InputTypeError, match="real number"):
        check_gradients(lambda x: "text", np.ones(3))


# --- No false alarm ---------------------------------------------------------------------------------------------------

MANY = PROGRAMS // 10


def verdicts_on(count, seed, order=1):
    found = Counter()
    for k in range(count):
        program = random_program(f"{seed} {k}")
        report = check_gradients(program, *map(Tensor, program.arrays), order=order)
        assert report.ok, f"program {k}: {[name for name, *_ in program.steps]}\n{report.program}\n{report}"
        found.update(verdicts(report))
    return found


@pytest.mark.long
def test_no_false_alarm_over_random_programs():
    found = verdicts_on(MANY, "first order")
    assert found["right"] > 0.95 * found.total()
    assert found["undefined"] == 0


@pytest.mark.long
def test_no_false_alarm_to_second_order():
    found = verdicts_on(max(MANY // 10, 1), "second order", order=2)
    assert found["right"] > 0.9 * found.total()


@pytest.mark.untraced
def test_the_random_programs_would_show_a_wrong_rule(monkeypatch):
    right = array_ops.SUM_OVER.pull
    monkeypatch.setattr(array_ops.SUM_OVER, "pull", lambda *args: right(*args) * 1.001)
    monkeypatch.delitem(QUICK, array_ops.SUM_OVER)
    with pytest.raises(AssertionError, match="argument 0 of sum_over"):
        verdicts_on(100, "wrong")
