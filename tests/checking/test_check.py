"""The checker of gradients: that it catches wrong rules and says where, and that it accuses nobody else."""

import math
from typing import NamedTuple

import numpy as np
import pytest

import autograd
from autograd import AutogradError, InputValueError, Value, check_gradients
from autograd.core import ops, several, sweep
from autograd.core.namespaces import floats
from autograd.core.table import TABLE, Primitive
from autograd.core.value import apply
from autograd.derivatives import recorded
from autograd.errors import GradientError
from tests.support.mathematics import CONVENTIONS, FORMS

# A user's own operation, of a function of the standard library that takes real numbers only.
OPAQUE = Primitive("opaque", lambda m, x: math.sin(x), lambda m, x, y: (m.cos(x),))


def opaque(x):
    return apply(OPAQUE, x)


def verdicts(report):
    return [line.verdict for line in report.lines]


def located(report):
    return sorted({(fault.op, fault.argument) for fault in report.faults})


# --- Wrong rules ------------------------------------------------------------------------------------------------------


class Mutation(NamedTuple):
    what: str
    op: str
    rule: object
    wrong: tuple  # the arguments whose derivative it spoils
    call: object = None  # how the program calls it on u and v; else as a function of u, or of u and v


def call_of(mutation):
    op = TABLE[mutation.op]
    if mutation.call is not None:
        return mutation.call
    return (lambda u, v: apply(op, u)) if op.arity == 1 else (lambda u, v: apply(op, u, v))


def many(name, *before):
    return lambda u, v: apply(TABLE[name], *before, u, v, u * v)


def rotated(rule):
    return lambda m, *args: (*rule(m, *args)[1:], rule(m, *args)[0])


MUTATIONS = [
    Mutation("factor", "tanh", lambda m, x, y: (2 * (1 - y * y),), (0,)),
    Mutation("small factor", "sinh", lambda m, x, y: (m.cosh(x) * 1.000001,), (0,)),
    Mutation("missing square", "tanh", lambda m, x, y: (1 - y,), (0,)),
    Mutation("dropped factor", "sigmoid", lambda m, x, y: (y,), (0,)),
    Mutation("sign", "sin", lambda m, x, y: (-m.cos(x),), (0,)),
    Mutation("missing sign", "cos", lambda m, x, y: (m.sin(x),), (0,)),
    Mutation("missing sign", "acos", lambda m, x, y: (1 / m.sqrt((1 - x) * (1 + x)),), (0,)),
    Mutation("sign", "neg", lambda m, x, y: (1,), (0,)),
    Mutation("swapped arguments", "div", lambda m, x, y, z: (-z / y, 1 / y), (0, 1)),
    Mutation("divided once", "div", lambda m, x, y, z: (1 / y, -z), (1,)),
    Mutation("argument for result", "exp", lambda m, x, y: (x,), (0,)),
    Mutation("result for argument", "expm1", lambda m, x, y: (y,), (0,)),
    Mutation("not inverted", "log", lambda m, x, y: (x,), (0,)),
    Mutation("not inverted", "sqrt", lambda m, x, y: (0.5 * y,), (0,)),
    Mutation("missing constant", "log10", lambda m, x, y: (1 / x,), (0,)),
    Mutation("wrong constant", "log2", lambda m, x, y: (1 / (x * math.log(10)),), (0,)),
    Mutation("missing 1", "log1p", lambda m, x, y: (1 / x,), (0,)),
    Mutation("missing square", "atan", lambda m, x, y: (1 / (1 + x),), (0,)),
    Mutation("missing root", "asin", lambda m, x, y: (1 / ((1 - x) * (1 + x)),), (0,)),
    Mutation("sine for sinh", "cosh", lambda m, x, y: (m.sin(x),), (0,)),
    Mutation("sign inside", "erf", lambda m, x, y: (2 / math.sqrt(math.pi) * m.exp(x * x),), (0,)),
    Mutation("missing inner factor", "erfc", lambda m, x, y: (-m.exp(-x * x),), (0,)),
    Mutation("dropped term", "gelu", lambda m, x, y: (0.5 * m.erfc(-x / math.sqrt(2)),), (0,)),
    Mutation("dropped term", "silu", lambda m, x, y: (m.sigmoid(x),), (0,)),
    Mutation("mirrored", "softplus", lambda m, x, y: (m.sigmoid(-x),), (0,)),
    Mutation("exponent off by one", "pow", lambda m, x, y, z: (y * z, z * m.log(x)), (0,)),
    Mutation("logarithm of the other", "pow", lambda m, x, y, z: (y * z / x, z * m.log(y)), (1,)),
    Mutation("swapped arguments", "hypot", lambda m, x, y, z: (y / z, x / z), (0, 1)),
    Mutation("order of arguments", "atan2", lambda m, y, x, z: (-y / (x * x + y * y), x / (x * x + y * y)), (0, 1)),
    Mutation("divided once", "atan2", lambda m, y, x, z: (x / (x * x + y * y), -y / m.hypot(x, y)), (1,)),
    Mutation("swapped shares", "logaddexp", lambda m, x, y, z: tuple(m.softmax((y, x))), (0, 1)),
    Mutation("both", "maximum", lambda m, x, y, z: (1, 1), (1,)),
    Mutation("the other", "minimum", ops.MAXIMUM.derivatives, (0, 1)),
    Mutation("not divided with a remainder", "mod", lambda m, x, y, z: (1, -(x / y)), (1,)),
    Mutation("always 1", "abs", lambda m, x, y: (1,), (0,), lambda u, v: abs(-u)),
    Mutation("outside too", "clip", lambda m, x, low, high, y: (1, 0, 0), (0,), lambda u, v: u.clip(-0.1, 0.1)),
    Mutation("sides swapped", "where", lambda m, c, x, y, z: (0, m.where(c, 0, 1), m.where(c, 1, 0)), (1, 2),
             lambda u, v: autograd.where(True, u, v)),
    Mutation("slope for side", "leaky_relu", lambda m, x, s, y: (s, m.where(m.less(0, x), 0, x)), (0,)),
    Mutation("slope held still", "leaky_relu", lambda m, x, s, y: (m.where(m.less(0, x), 1, s), 0), (1,),
             lambda u, v: apply(ops.LEAKY_RELU, -u, v)),
    Mutation("missing alpha", "elu", lambda m, x, alpha, y: (m.exp(x), m.expm1(x)), (0,), lambda u, v: (-u).elu(v)),
    Mutation("shifted by one", "prod", rotated(several.PROD.derivatives), (0, 1, 2), many("prod")),
    Mutation("nothing left out", "prod", lambda m, *xs_y: (xs_y[-1],) * (len(xs_y) - 1), (0, 1, 2), many("prod")),
    Mutation("not divided", "mean", lambda m, *xs_y: (1,) * (len(xs_y) - 1), (0, 1, 2), many("mean")),
    Mutation("one left out", "sum", lambda m, *xs_y: (1,) * (len(xs_y) - 2) + (0,), (2,), many("sum")),
    Mutation("the first", "max", lambda m, *xs_y: (0, 1, 0), (0, 1), many("max")),
    Mutation("squared", "norm2", lambda m, *xs_y: xs_y[:-1], (0, 1, 2), many("norm2")),
    Mutation("magnitude for sign", "norm1", lambda m, *xs_y: tuple(map(abs, xs_y[:-1])), (0, 1, 2), many("norm1")),
    Mutation("missing sign", "norm_inf", lambda m, *xs_y: (1, 0, 0), (0,),
             lambda u, v: apply(several.NORM_INF, -u, v, u * v)),
    Mutation("shifted by one", "logsumexp", rotated(several.LOGSUMEXP.derivatives), (0, 1, 2), many("logsumexp")),
    Mutation("missing δ", "softmax", lambda m, i, *xs_y: (0, *(-xs_y[-1] * p for p in m.softmax(xs_y[:-1]))), (2,),
             many("softmax", 1)),
    Mutation("δ of the next", "log_softmax",
             lambda m, i, *xs_y: (0, *((j == i + 1) - p for j, p in enumerate(m.softmax(xs_y[:-1])))), (2, 3),
             many("log_softmax", 1)),
]  # fmt: skip


@pytest.mark.smoke
@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: f"{mutation.op}: {mutation.what}")
@pytest.mark.untraced
def test_a_wrong_rule_is_caught_and_located(mutation, monkeypatch):
    call = call_of(mutation)

    def program(x, y):
        u, v = x * y + 0.3, x - y
        return (call(u, v) * x - v, v * u)

    right = check_gradients(program, 0.7, 0.4)
    assert (right.ok, verdicts(right)) == (True, ["right", "right"])
    monkeypatch.setattr(TABLE[mutation.op], "derivatives", mutation.rule)
    report = check_gradients(program, 0.7, 0.4)
    assert not report.ok
    assert located(report) == [(mutation.op, argument) for argument in mutation.wrong]
    for fault in report.faults:
        assert fault.line.rates[0] == pytest.approx(1, abs=0.15)
        assert fault.line.rates[1] > 1.9
        assert fault.entry is report.program[fault.entry.k]


ROWS = [
    (name, point)
    for name, point in {
        **{name: (0.7,) for name, op in TABLE.items() if op.arity == 1},
        **{name: (0.7, 0.4) for name, op in TABLE.items() if op.arity == 2},
        **{name: (0.7, -0.4, 1.2) for name, op in TABLE.items() if op.arity is None},
        "acosh": (1.7,),
        "dot": (0.7, -0.4, 1.2, 0.9, 0.3),
        "cosine_similarity": (0.7, -0.4, 1.2, 0.9),
        "clip": (0.7, 0.1, 1.2),
        "where": (True, 0.7, 0.4),
        "leaky_relu": (-0.7, 0.2),
        "elu": (-0.7, 0.2),
        "softmax": (1, 0.7, -0.4),
        "log_softmax": (1, 0.7, -0.4),
    }.items()
    if name not in ("sign", "round", "less", "equal", "floordiv", "floor", "ceil")  # whose derivatives are 0
]


@pytest.mark.parametrize(("name", "point"), ROWS, ids=[name for name, _ in ROWS])
@pytest.mark.untraced
def test_every_derivative_of_every_row_is_missed_when_it_is_a_thousandth_off(name, point, monkeypatch):
    op, right = TABLE[name], TABLE[name].derivatives
    variables = [k for k, x in enumerate(point) if type(x) is float]

    def program(*xs):
        arguments = dict(enumerate(point)) | dict(zip(variables, [x - 0.1 for x in xs], strict=True))
        z = apply(op, *arguments.values())
        return z.atan() + xs[0] * z

    numbers = [point[k] + 0.1 for k in variables]
    assert check_gradients(program, *numbers).ok
    for argument in variables:
        if right(floats, *point, op.value(floats, *point))[argument]:
            off = lambda m, *args, k=argument: [s * 1.001 if j == k else s for j, s in enumerate(right(m, *args))]
            monkeypatch.setattr(op, "derivatives", off)
            report = check_gradients(program, *numbers)
            assert (name, argument) in located(report)
            assert {fault.op for fault in report.faults} == {name}


@pytest.mark.parametrize(
    ("name", "by", "program", "fault"),
    [
        ("ADD", ops.SUB, lambda x, y: (x - y).tanh(), ("sub", 1)),
        ("SUB", ops.DIV, lambda x, y: (x / y).tanh(), ("div", 0)),
        ("MUL", ops.DIV, lambda x, y: (x / y).tanh(), ("div", 0)),
        ("RELU", ops.ABS, lambda x, y: abs(y - x).tanh(), ("abs", 0)),
        ("power", lambda x, y: x ** (y + 1), lambda x, y: ((x + y) ** 3).tanh(), ("pow", 0)),
        ("DOT", several.LOGSUMEXP, lambda x, y: autograd.logsumexp([x, y, x * y]).tanh(), ("logsumexp", 0)),
    ],
)
def test_a_wrong_rule_in_the_sweep_is_told_from_a_wrong_row(name, by, program, fault, monkeypatch):
    """One of the rules that the sweep has written out is taken for the rule of another operation."""
    monkeypatch.setattr(sweep, name, by)
    report = check_gradients(program, 0.7, 0.4)
    assert located(report)[0] == fault
    assert {op for op, _ in located(report)} == {fault[0]}
    assert "by the sweep, but not its row, is" in str(report)


def test_a_wrong_forward_mode_is_named(monkeypatch):
    right = recorded.local_derivatives
    wrong = lambda z: [s * (2 if z._op is ops.TANH else 1) for s in right(z)]
    monkeypatch.setattr(recorded, "local_derivatives", wrong)
    report = check_gradients(lambda x: (x * x).tanh(), 0.7)
    assert located(report) == [("tanh", 0)]
    assert "by its row in forward mode is" in str(report)


def test_wrong_sums_of_right_rules_are_no_operations_fault(monkeypatch):
    right = autograd.core.sweep.propagate

    def losing_a_part(computed, leaves):
        right(computed, leaves)
        if len(computed) > 1:
            computed[-1]._a._adjoint /= 2

    monkeypatch.setattr(autograd.core.sweep, "propagate", losing_a_part)
    report = check_gradients(lambda x: x.sin() + x.cos(), 0.7)
    assert (report.ok, report.faults, verdicts(report)) == (False, [], ["wrong"])
    assert str(report).endswith("the sum of their contributions is wrong")
    assert report.lines[0].rates == (pytest.approx(1, abs=0.1), pytest.approx(2, abs=0.1))


def test_a_rule_that_cannot_be_differentiated_is_wrong_to_second_order_only(monkeypatch):
    held_still = lambda m, x, y: (1 - y * (y.data if isinstance(y, Value) else y),)
    program = lambda x, y: (x * y + 1).tanh().exp()
    assert verdicts(check_gradients(program, 0.7, 0.4, order=2)) == ["right"] * 6
    monkeypatch.setattr(ops.TANH, "derivatives", held_still)
    assert check_gradients(program, 0.7, 0.4).ok
    report = check_gradients(program, 0.7, 0.4, order=2)
    assert verdicts(report) == ["right"] * 2 + ["wrong"] * 4
    assert [(fault.op, fault.argument, fault.order) for fault in report.faults] == [("tanh", 0, 2)]
    assert "the second derivative by its row is" in str(report)


def test_a_derivative_wrong_to_first_order_is_reported_once(monkeypatch):
    monkeypatch.setattr(ops.TANH, "derivatives", lambda m, x, y: (1 - y,))
    report = check_gradients(lambda x: x.tanh().exp(), 0.7, order=2)
    assert [(fault.op, fault.order) for fault in report.faults] == [("tanh", 1)]


def test_a_rule_that_gives_nan_or_inf_is_wrong(monkeypatch):
    for slope in (math.nan, math.inf):
        monkeypatch.setattr(ops.TANH, "derivatives", lambda m, x, y, slope=slope: (slope,))
        report = check_gradients(lambda x: x.tanh(), 0.7)
        assert located(report) == [("tanh", 0)]
        assert report.faults[0].line.rates == (0.0, pytest.approx(2, abs=0.1))


def test_a_wrong_rule_is_found_next_to_a_kink(monkeypatch):
    monkeypatch.setattr(ops.SIN, "derivatives", lambda m, x, y: (-m.cos(x),))
    report = check_gradients(lambda x: x.relu() + x.sin(), 0.0)
    assert (report.ok, verdicts(report), located(report)) == (False, ["kink"], [("sin", 0)])


def test_an_operation_without_a_complex_form_is_checked_by_the_stencil(monkeypatch):
    program = lambda x, y: opaque(x * y) / x
    report = check_gradients(program, 0.7, 0.4, order=2)
    assert report.ok
    assert [line.by for line in report.lines[:2]] == ["stencil"] * 2
    assert all(line.error < 1e-9 for line in report.lines)
    monkeypatch.setattr(OPAQUE, "derivatives", lambda m, x, y: (m.cos(x) * 1.000001,))
    assert located(check_gradients(program, 0.7, 0.4)) == [("opaque", 0)]


def test_a_complex_form_that_is_none_is_not_believed():
    conjugated = Primitive("conjugated", lambda m, x: x.conjugate() * x, lambda m, x, y: (2 * x,))
    report = check_gradients(lambda x: apply(conjugated, x), 0.7)
    assert (verdicts(report), report.lines[0].by) == (["right"], "stencil")


# --- Kinks, noise, and what is not defined ----------------------------------------------------------------------------


@pytest.mark.smoke
@pytest.mark.parametrize(
    ("f", "at", "verdict"),
    [
        (lambda x: x.relu(), [0.0], "kink"),
        (lambda x: x.leaky_relu(), [0.0], "kink"),
        (lambda x: abs(x) * 3, [0.0], "kink"),
        (lambda x: x.relu() - (-x).relu(), [0.0], "kink"),  # x itself, which no choice of subgradients gives
        (lambda x: (x * x).sqrt(), [0.0], "kink"),
        (lambda x: (x**4).sqrt(), [0.0], "kink"),  # x², of which reverse mode makes inf times 0
        (lambda x: x.sqrt(), [0.0], "kink"),
        (lambda x: x**1.5, [0.0], "kink"),
        (lambda x: x.asin(), [1.0], "kink"),
        (lambda x: x.acosh(), [1.0], "kink"),
        (lambda x: x.clip(-1, 1), [1.0], "kink"),
        (lambda x: x.clip(2.0, 2.0), [2.0], "kink"),  # both bounds at once, where the rule is that of a bound
        (lambda x: round(x), [0.5], "kink"),
        (lambda x: x.sign(), [0.0], "kink"),
        (lambda x: x // 2.0, [4.0], "kink"),
        (lambda x: 7.0 % x, [3.5], "kink"),
        (lambda x: autograd.where(x - 1, x, 2 * x), [1.0], "kink"),
        (lambda x: x + apply(ops.EQUAL, x, 1.0), [1.0], "kink"),
        (lambda x, y: autograd.max([x, y]), [1.0, 1.0], "kink"),
        (lambda x, y: autograd.norm([x, y]), [0.0, 0.0], "kink"),
        (lambda x, y: autograd.atan2(x, y), [0.0, -1.0], "kink"),  # where the angle jumps by 2π
        (lambda x: (-2.0) ** x, [3.0], "kink"),  # a real number at whole x alone
        (lambda x: opaque(x.relu()), [0.0], "kink"),
        (lambda x: opaque(x) + autograd.maximum(x, 1.0), [1 + 1e-13], "kink"),
        (lambda x: opaque(x) + x % 1e-9, [0.7], "kink"),
        (lambda x: opaque(x + x // 2.0), [4.0], "kink"),
        (lambda x: opaque(x) + x.sqrt(), [0.0], "kink"),
        (lambda x: x * abs(x), [0.0], "right"),
        (lambda x: autograd.maximum(x, x), [1.0], "right"),
        (lambda x: x.relu(), [1e-9], "right"),
        (lambda x: x.elu(), [0.0], "right"),
        (lambda x: autograd.maximum(x, 1.0), [1 + 1e-9], "right"),
        (lambda x: x**2, [0.0], "right"),
        (lambda x: x**0, [0.0], "right"),
        (lambda x: autograd.softmax([x, 2 * x, 3.0])[0], [0.0], "right"),
        (lambda x: autograd.logsumexp([x, x, 0.0]), [0.0], "right"),
        (lambda x: autograd.where(x > 0, x.sqrt(), 0.0), [0.0], "right"),
        (lambda x: x.sin() ** 2 + x.cos() ** 2, [0.7], "right"),
        (lambda x: (x * 1e150) * 1e150, [1e-10], "right"),
        (lambda x: x % 1e-300, [0.7], "kink"),
        (lambda x: opaque((x + 1e12) - 1e12), [0.7], "noise"),
        (lambda x: (1e17 * x).sin() - opaque(1e17 * x), [0.7], "noise"),
        (lambda x: x.log(), [0.0], "undefined"),
        (lambda x: x.log(), [-1.0], "undefined"),
        (lambda x: 1e200 * x.exp(), [600.0], "undefined"),
    ],
)
def test_verdict(f, at, verdict):
    report = check_gradients(f, *at)
    assert verdicts(report)[0] == verdict
    assert report.ok


@pytest.mark.parametrize("case", CONVENTIONS, ids=lambda case: case["name"])
@pytest.mark.untraced
def test_any_convention_is_accepted(case):
    function = FORMS.get(case["op"]) or getattr(autograd, case["op"].split("(")[0])
    assert check_gradients(function, *map(float, case["inputs"]), order=2).ok


def test_second_derivatives_have_kinks_where_the_first_has():
    report = check_gradients(lambda x: x * abs(x), 0.0, order=2)
    assert (verdicts(report), report.ok) == (["right", "kink"], True)
    report = check_gradients(lambda x, y: x * y.acos().expm1().cosh(), 0.7, 1.0, order=2)
    assert (verdicts(report)[3], report.ok) == ("kink", True)  # of y, whose acos ends at 1, by x


def test_a_stencil_that_meets_a_kink_too_small_to_be_seen_accuses_nobody():
    report = check_gradients(lambda x: opaque(x % -1e-9).cos(), 0.37749842926876553)
    assert (verdicts(report), report.ok) == (["kink"], True)
    assert math.isnan(report.lines[0].rates[0])


@pytest.mark.parametrize("error", [ValueError, ZeroDivisionError, KeyError, IndexError, AssertionError])
@pytest.mark.parametrize("call", [lambda f, x: check_gradients(f, x), lambda f, x: check_gradients(f, np.array(x))])
def test_a_rule_that_raises_next_to_the_point_has_an_edge_there_and_is_not_wrong(error, call):
    def up_to_the_point(rule):
        def checked(m, x, *y):
            if np.iscomplexobj(x) or np.any(np.greater(x, 0.7)):
                raise error("beyond the point")
            return rule(x)

        return checked

    square = autograd.primitive(
        "square_up_to_the_point", up_to_the_point(lambda x: x * x), up_to_the_point(lambda x: (2 * x,))
    )
    report = call(square, 0.7)
    assert (report.ok, verdicts(report)) == (True, ["kink"])
    assert report.lines[0].reverse == 1.4
    edged = autograd.primitive("square_with_an_edge", lambda _, x: x * x, up_to_the_point(lambda x: (2 * x,)))
    assert check_gradients(lambda x: edged(x * 1.0), np.array([0.7])).ok


# --- Calling it -------------------------------------------------------------------------------------------------------


def test_arguments_and_results_may_be_nested_and_are_named_as_they_are_written():
    def loss(params, x, *rest, scale=2.0):
        z = params["w"][0] * x + params["b"] * rest[0]
        return {"z": z, "pair": (z.tanh() * scale, 3.0, x)}

    report = check_gradients(loss, {"w": [0.7], "b": Value(0.4)}, 1.1, -0.2, 5.0)
    assert [line.name for line in report.lines] == ["params['w'][0]", "params['b']", "x", "rest[0]", "rest[1]"]
    assert verdicts(report) == ["right"] * 5
    assert [line.reverse == 0 for line in report.lines] == [False] * 4 + [True]


def test_each_of_several_results_is_checked(monkeypatch):
    monkeypatch.setattr(ops.TANH, "derivatives", lambda m, x, y: (1 - y,))
    for results in (lambda x: [x.tanh(), x, -x], lambda x: [x, x.tanh()], lambda x: [x.tanh(), -x.tanh()]):
        assert located(check_gradients(results, 0.7)) == [("tanh", 0)]


def test_a_function_whose_signature_cannot_be_read_has_numbered_arguments():
    report = check_gradients(type("F", (), {"__signature__": 3, "__call__": lambda self, x, y: x * y})(), 2.0, 3.0)
    assert [line.name for line in report.lines] == ["x0", "x1"]


def test_a_python_branch_at_the_point_is_no_fault():
    """The record is right on its side of the branch, and there the function is its record."""
    report = check_gradients(lambda x: x * 3 if x > 1 else x * x, 1.0, order=2)
    assert (verdicts(report), [line.reverse for line in report.lines]) == (["right", "right"], [2.0, 2.0])


def test_nothing_is_deposited_in_parameters():
    w, x = Value(2.0), Value(0.7)
    report = check_gradients(lambda x: (w * x).tanh() * w, x)
    assert (report.ok, w.grad, x.grad) == (True, None, None)


def test_it_works_within_no_grad():
    with autograd.no_grad():
        assert verdicts(check_gradients(lambda x: x.tanh(), 0.7)) == ["right"]


def test_a_report_prints_one_aligned_line_per_argument():
    report = check_gradients(lambda x, unused: x * 2.0, 3.0, 1.0)
    assert 1e-15 < report.lines[0].error < 1e-12
    assert str(report) == (
        "        reverse  forward  numerical  error    by            verdict\n"
        f"x       2.0      2.0      2.0        {report.lines[0].error:.1e}  complex step  right\n"
        "unused  0.0      0.0      0.0        1.0e-80  complex step  right"
    )


def test_a_long_report_shows_what_is_not_right():
    report = check_gradients(lambda xs: autograd.sum(xs) + xs[3].relu(), [0.5, 1.5, 2.5, 0.0] * 20)
    text = str(report).splitlines()
    assert len(report.lines) == 80
    assert len(text) == 3
    assert text[1].startswith("xs[3]")
    assert text[1].endswith("kink")
    assert text[2] == "… 79 more, all right"


def test_a_wrong_report_is_raised_on_demand(monkeypatch):
    program = lambda x: (x * x).tanh() * 2
    check_gradients(program, 0.7, raises=True).raise_if_wrong()
    monkeypatch.setattr(ops.TANH, "derivatives", lambda m, x, y: (1 - y,))
    report = check_gradients(program, 0.7)
    message = (
        r"wrong: %2 = tanh\(%1\) at \(0.49\), argument 0 of tanh\n    the derivative by its row is 0.545\d+, numer"
    )
    for demand in (report.raise_if_wrong, lambda: check_gradients(program, 0.7, raises=True)):
        with pytest.raises(GradientError, match=message) as raised:
            demand()
        assert isinstance(raised.value, AutogradError)
        assert isinstance(raised.value, AssertionError)
    assert repr(report) == str(report)


@pytest.mark.parametrize(
    ("args", "options", "message"),
    [((1.0,), {"order": 3}, "order 1 or 2, not 3"), ((), {}, "a number to differentiate by"), (([],), {}, "a number")],
)
def test_refused(args, options, message):
    with pytest.raises(InputValueError, match=message):
        check_gradients(lambda *xs: 1.0, *args, **options)
