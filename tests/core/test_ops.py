"""The table: each row against mathematics done elsewhere, at ordinary points and at the pinned edges."""

import json
import math
from pathlib import Path

import mpmath
import numpy as np
import pytest

import autograd
from autograd import Tensor, Value
from autograd.core import ops, several
from autograd.core.namespaces import EDGES, arrays, at_edge, floats
from autograd.core.sweep import local_derivatives
from autograd.core.table import TABLE, Namespace

mpmath.mp.dps = 80
PHI = lambda x: mpmath.erfc(-x / mpmath.sqrt(2)) / 2
SELU = 1.6732632423543772, 1.0507009873554805  # alpha and scale
_variance = lambda xs: sum((x - sum(xs) / len(xs)) ** 2 for x in xs) / len(xs)
_halves = lambda args: (args[: len(args) // 2], args[len(args) // 2 :])

# The mathematics of every row, in mpmath, with points inside its domain.
MATHEMATICS = {
    "add": (lambda x, y: x + y, [(0.7, -2.5), (1e8, 1e-8)]),
    "sub": (lambda x, y: x - y, [(0.7, -2.5)]),
    "mul": (lambda x, y: x * y, [(0.7, -2.5), (1e-9, 3e8)]),
    "div": (lambda x, y: x / y, [(0.7, -2.5), (3.0, 1e-3), (1e-200, 1e-200), (3e200, 1e200)]),
    "neg": (lambda x: -x, [(0.7,)]),
    "copy": (lambda x: x, [(0.7,)]),
    "less": (lambda x, y: x < y, [(0.7, -2.5), (-2.5, 0.7)]),
    "equal": (lambda x, y: x == y, [(0.7, -2.5)]),
    "floordiv": (lambda x, y: mpmath.floor(x / y), [(7.5, 2.0), (-7.5, 2.0)]),
    "mod": (lambda x, y: x - y * mpmath.floor(x / y), [(7.5, 2.0), (-7.5, 2.0), (7.5, -2.0)]),
    "pow": (lambda x, y: x**y, [(0.7, -2.5), (3.0, 2.0), (2.0, 0.5), (1e-3, 3.0)]),
    "exp": (mpmath.exp, [(0.7,), (-30.0,), (300.0,)]),
    "expm1": (mpmath.expm1, [(0.7,), (1e-12,), (-40.0,)]),
    "log": (mpmath.log, [(0.7,), (1e-300,), (1e300,)]),
    "log2": (lambda x: mpmath.log(x, 2), [(0.7,), (9.0,)]),
    "log10": (mpmath.log10, [(0.7,), (9.0,)]),
    "log1p": (mpmath.log1p, [(0.7,), (1e-12,), (-0.999999,)]),
    "sqrt": (mpmath.sqrt, [(0.7,), (1e-300,), (1e300,)]),
    "sin": (mpmath.sin, [(0.7,), (-4.0,)]),
    "cos": (mpmath.cos, [(0.7,), (-4.0,)]),
    "tan": (mpmath.tan, [(0.7,), (-1.5,)]),
    "asin": (mpmath.asin, [(0.7,), (1 - 1e-12,), (-1 + 1e-12,)]),
    "acos": (mpmath.acos, [(0.7,), (1 - 1e-12,), (-1 + 1e-12,)]),
    "atan": (mpmath.atan, [(0.7,), (-1e5,)]),
    "hypot": (mpmath.hypot, [(3.0, 4.0), (1e200, -1e200), (1e-200, 1e-200)]),
    "atan2": (mpmath.atan2, [(1.0, 2.0), (-1.0, -2.0), (1e200, -1e200), (1e-150, 1e-150)]),
    "sinh": (mpmath.sinh, [(0.7,), (-20.0,)]),
    "cosh": (mpmath.cosh, [(0.7,), (-20.0,)]),
    "tanh": (mpmath.tanh, [(0.7,), (-2.0,)]),
    "asinh": (mpmath.asinh, [(0.7,), (-1e200,)]),
    "acosh": (mpmath.acosh, [(1.7,), (1 + 1e-12,), (1e200,)]),
    "atanh": (mpmath.atanh, [(0.7,), (1 - 1e-12,)]),
    "sign": (mpmath.sign, [(0.7,), (-3.0,)]),
    "abs": (abs, [(0.7,), (-3.0,)]),
    "maximum": (max, [(0.7, -2.5), (-2.5, 0.7)]),
    "minimum": (min, [(0.7, -2.5), (-2.5, 0.7)]),
    "clip": (lambda x, low, high: min(max(x, low), high), [(0.5, -1.0, 1.0), (-3.0, -1.0, 1.0), (3.0, -1.0, 1.0)]),
    "relu": (lambda x: max(x, mpmath.mpf(0)), [(0.7,), (-3.0,)]),
    "leaky_relu": (lambda x, slope: x if x > 0 else slope * x, [(0.7, 0.1), (-3.0, 0.1)]),
    "elu": (lambda x, alpha: x if x > 0 else alpha * mpmath.expm1(x), [(0.7, 1.5), (-3.0, 1.5), (-40.0, 1.0)]),
    "sigmoid": (lambda x: 1 / (1 + mpmath.exp(-x)), [(0.7,), (-5.0,), (-300.0,), (3.0,)]),
    "softplus": (lambda x: mpmath.log1p(mpmath.exp(x)), [(0.7,), (20.1,), (-40.0,), (40.0,)]),
    "logsigmoid": (lambda x: -mpmath.log1p(mpmath.exp(-x)), [(0.7,), (-40.0,), (40.0,)]),
    "silu": (lambda x: x / (1 + mpmath.exp(-x)), [(0.7,), (-40.0,), (40.0,)]),
    "erf": (mpmath.erf, [(0.7,), (-3.0,)]),
    "erfc": (mpmath.erfc, [(0.7,), (10.0,)]),
    "gelu": (lambda x: x * PHI(x), [(0.7,), (-10.0,), (3.0,)]),
    "logaddexp": (lambda x, y: mpmath.log(mpmath.exp(x) + mpmath.exp(y)), [(0.7, -2.5), (3.0, 3.0), (-700.0, -701.0)]),
    "exp2": (lambda x: mpmath.mpf(2) ** x, [(0.7,), (-30.0,), (300.0,)]),
    "square": (lambda x: x * x, [(0.7,), (-3.0,), (1e-100,)]),
    "cbrt": (lambda x: mpmath.sign(x) * mpmath.cbrt(abs(x)), [(0.7,), (-8.0,), (1e-300,), (1e300,)]),
    "rsqrt": (lambda x: 1 / mpmath.sqrt(x), [(0.7,), (1e-200,), (1e200,)]),
    "reciprocal": (lambda x: 1 / x, [(0.7,), (-3.0,), (1e-100,)]),
    "xlogy": (lambda x, y: x * mpmath.log(y), [(0.7, 0.4), (-3.0, 7.0), (0.0, 2.0)]),
    "sinc": (mpmath.sincpi, [(0.7,), (-2.4,), (1e-9,), (1e-3,), (0.31,), (0.32,), (-0.1,)]),
    "floor": (mpmath.floor, [(0.7,), (-2.5,)]),
    "ceil": (mpmath.ceil, [(0.7,), (-2.5,)]),
    "softsign": (lambda x: x / (1 + abs(x)), [(0.7,), (-3.0,), (1e20,), (-1e-9,)]),
    "hardtanh": (lambda x: min(max(x, mpmath.mpf(-1)), mpmath.mpf(1)), [(0.7,), (-3.0,), (3.0,)]),
    "prelu": (lambda x, slope: x if x > 0 else slope * x, [(0.7, 0.1), (-3.0, 0.1)]),
    "selu": (
        lambda x: mpmath.mpf(SELU[1]) * (x if x > 0 else mpmath.mpf(SELU[0]) * mpmath.expm1(x)),
        [(0.7,), (-3.0,), (-1e-9,), (-40.0,)],
    ),
    "var": (lambda *xs: _variance(xs), [(0.7, -2.5, 3.0), (1.5,), (1e8, 1e8 + 1)]),
    "std": (lambda *xs: mpmath.sqrt(_variance(xs)), [(0.7, -2.5, 3.0), (1e200, -1e200), (1e8, 1e8 + 1)]),
    "cosine_similarity": (
        lambda *a: mpmath.fdot(*_halves(a)) / mpmath.norm(_halves(a)[0]) / mpmath.norm(_halves(a)[1]),
        [(0.7, -2.5, 3.0, 1.1), (3e200, 4e200, 1e-200, 3e-200), (1.0, 2.0, 2.0, 0.5, -0.5, 1.0), (2.0, -1.5)],
    ),
    "sum": (lambda *xs: sum(xs), [(0.7, -2.5, 3.0), (1.5,)]),
    "mean": (lambda *xs: sum(xs) / len(xs), [(0.7, -2.5, 3.0), (1.5,)]),
    "prod": (lambda *xs: mpmath.fprod(xs), [(0.7, -2.5, 3.0), (0.0, 2.0, 3.0), (0.0, 0.0, 3.0), (1.5,)]),
    "dot": (lambda *a: a[0] * a[2] + a[1] * a[3] + a[4], [(0.7, -2.5, 3.0, 1.1, 0.4)]),
    "max": (lambda *xs: max(xs), [(0.7, -2.5, 3.0), (1.5,)]),
    "min": (lambda *xs: min(xs), [(0.7, -2.5, 3.0), (1.5,)]),
    "norm1": (lambda *xs: sum(map(abs, xs)), [(0.7, -2.5, 3.0)]),
    "norm2": (lambda *xs: mpmath.sqrt(sum(x * x for x in xs)), [(0.7, -2.5, 3.0), (1e200, 1e200), (-2.0,)]),
    "norm_inf": (lambda *xs: max(map(abs, xs)), [(0.7, -2.5, 2.0), (0.7, -2.5, 3.0)]),
    "logsumexp": (lambda *xs: mpmath.log(sum(map(mpmath.exp, xs))), [(0.7, -2.5, 3.0), (-700.0, -701.0), (1.5,)]),
}
SKIPPED = {
    "round": "its derivative is 0 and its value is Python's: see the conventions",
    "where": "it chooses by a truth value: see test_where_gives_the_side_not_taken_nothing",
    "softmax": "its first argument is an index: see test_softmax_and_log_softmax",
    "log_softmax": "its first argument is an index: see test_softmax_and_log_softmax",
}


def test_every_row_has_its_mathematics():
    assert set(TABLE) == set(MATHEMATICS) | set(SKIPPED)


@pytest.mark.parametrize(
    ("name", "point"), [(name, point) for name, (_, points) in MATHEMATICS.items() for point in points]
)
def test_value_and_derivatives_of_a_row(name, point):
    function = MATHEMATICS[name][0]
    exact = [mpmath.mpf(x) for x in point]
    expected = [_central_difference(function, exact, i) for i in range(len(point))]
    op = TABLE[name]
    value = op.value(floats, *point)
    assert value == pytest.approx(float(function(*exact)), rel=1e-14, abs=1e-300)
    for given, right in zip(op.derivatives(floats, *point, value), expected, strict=True):
        # y(1-y) and 1-y² are kept as everybody knows them: their error is the last bit of y, not of the derivative.
        assert given == pytest.approx(float(right), rel=4e-13, abs=1e-16 if name in ("sigmoid", "tanh") else 1e-300)


def _central_difference(function, point, i):
    """The derivative by argument i, to some 50 digits: the step is 25 digits below the argument, of 80."""
    step = (abs(point[i]) or 1) * mpmath.mpf(10) ** -25
    ahead, behind = ([x + sign * step * (i == j) for j, x in enumerate(point)] for sign in (1, -1))
    return (function(*ahead) - function(*behind)) / (2 * step)


def test_the_check_of_rows_would_notice_a_wrong_rule():
    right = ops.TANH.derivatives
    ops.TANH.derivatives = lambda m, x, y: (1 - y,)
    try:
        with pytest.raises(AssertionError):
            test_value_and_derivatives_of_a_row("tanh", (0.7,))
    finally:
        ops.TANH.derivatives = right


def test_softmax_and_log_softmax():
    xs = [0.7, -2.5, 3.0]
    shares = [mpmath.exp(x) / sum(mpmath.exp(y) for y in xs) for x in xs]
    for i in range(3):
        assert several.SOFTMAX.value(floats, i, *xs) == pytest.approx(float(shares[i]), rel=1e-14)
        assert several.LOG_SOFTMAX.value(floats, i, *xs) == pytest.approx(float(mpmath.log(shares[i])), rel=1e-14)
        of_share = several.SOFTMAX.derivatives(floats, i, *xs, None)[1:]
        of_log = several.LOG_SOFTMAX.derivatives(floats, i, *xs, None)[1:]
        for j in range(3):
            assert of_share[j] == pytest.approx(float(shares[i] * ((i == j) - shares[j])), rel=1e-13)
            assert of_log[j] == pytest.approx(float((i == j) - shares[j]), rel=1e-13)


FORMS = {  # how the pinned cases write what the library calls otherwise
    "leaky_relu(x,0.01)": lambda x: x.leaky_relu(0.01),
    "clip(x,-1,1)": lambda x: x.clip(-1, 1),
    "gelu(x) exact": lambda x: x.gelu(),
    "x**0.5": lambda x: x**0.5,
    "1/x": lambda x: 1 / x,
    "x/y": lambda x, y: x / y,
    "x*y": lambda x, y: x * y,
    "x-y": lambda x, y: x - y,
    **{f"x**{n} (int const)": lambda x, n=n: x**n for n in (0, 1, 2, 3, -1, -2)},
    **{f"x**{n} (float const)": lambda x, n=n: x ** float(n) for n in ("0.0", "-0.5", "2", "0")},
    "x**y (both var)": lambda x, y: x**y,
    "naive 1/(1+exp(-x))": lambda x: 1 / (1 + (-x).exp()),
    "sqrt(x*x+y*y)": lambda x, y: (x * x + y * y).sqrt(),
    "max([x,y,z]) amax": lambda *xs: autograd.max(xs),
    "norm2([x,y])": lambda *xs: autograd.norm(xs),
    "norm_inf([x,y])": lambda *xs: autograd.norm(xs, math.inf),
    "norm_inf([x,y]) tie": lambda *xs: autograd.norm(xs, math.inf),
    "prod([x,y,z])": lambda *xs: autograd.prod(xs),
    "log_softmax([x,y,z])[0]": lambda *xs: autograd.log_softmax(xs)[0],
    "softmax([x,y,z])[0]": lambda *xs: autograd.softmax(xs)[0],
    "logsumexp([x,y,z])": lambda *xs: autograd.logsumexp(xs),
    "cross_entropy(logits,target=1)": lambda *xs: -autograd.log_softmax(xs)[1],
    "hinge max(0,1-x)": lambda x: (1 - x).relu(),
    "x % y (remainder)": lambda x, y: x % y,
    "(x*x) at huge": lambda x: x * x,
}
CONVENTIONS = json.loads((Path(__file__).parents[1] / "data" / "conventions.json").read_text())


@pytest.mark.parametrize("case", CONVENTIONS, ids=lambda case: case["name"])
def test_convention(case):
    xs = [Value(float(x)) for x in case["inputs"]]
    function = FORMS.get(case["op"]) or getattr(autograd, case["op"].split("(")[0])
    result = function(*xs)
    result.backward()
    for given, expected in [(result.data, case["value"]), *zip([x.grad for x in xs], case["grads"], strict=True)]:
        assert given == pytest.approx(float(expected), rel=case["rtol"], abs=case["atol"], nan_ok=True)
    if float(case["value"]) == 0 and case["op"] != "relu(x)" and not case["op"].startswith(("max", "min")):
        assert math.copysign(1, result.data) == math.copysign(1, float(case["value"]))


ALONG_AN_AXIS = {
    "max([x,y,z]) amax": lambda t: t.max(0),
    "norm2([x,y])": lambda t: t.norm(0),
    "norm_inf([x,y])": lambda t: autograd.norm(t, math.inf, axis=0),
    "norm_inf([x,y]) tie": lambda t: autograd.norm(t, math.inf, axis=0),
    "prod([x,y,z])": lambda t: t.prod(0),
    "log_softmax([x,y,z])[0]": lambda t: t.log_softmax(0)[0],
    "softmax([x,y,z])[0]": lambda t: t.softmax(0)[0],
    "logsumexp([x,y,z])": lambda t: t.logsumexp(0),
    "cross_entropy(logits,target=1)": lambda t: -t.log_softmax(0)[1],
}


@pytest.mark.parametrize("shape", [(), (2,), (2, 1)])
@pytest.mark.parametrize("case", CONVENTIONS, ids=lambda case: case["name"])
def test_convention_on_tensors(case, shape):
    xs = [Tensor(np.full(shape, float(x))) for x in case["inputs"]]
    if case["op"] in ALONG_AN_AXIS:
        result = ALONG_AN_AXIS[case["op"]](autograd.stack(xs))
    else:
        result = (FORMS.get(case["op"]) or getattr(autograd, case["op"].split("(")[0]))(*xs)
    result.sum().backward()
    for given, expected in [(result.data, case["value"]), *zip([x.grad for x in xs], case["grads"], strict=True)]:
        everywhere = np.full(shape, float(expected))
        assert np.asarray(given) == pytest.approx(everywhere, rel=case["rtol"], abs=case["atol"], nan_ok=True)


def test_where_gives_the_side_not_taken_nothing():
    for gradient in (1.0, math.inf, math.nan):
        x, y = Value(0.0), Value(0.0)
        autograd.where(x.data > 0, 1 / x, y).backward(gradient)
        assert (x.grad, y.grad) == (0.0, pytest.approx(gradient, nan_ok=True))


@pytest.mark.parametrize("name", sorted(name for name, op in TABLE.items() if op.selects and op.arity))
def test_what_is_not_selected_gets_nothing_even_of_an_infinite_gradient(name):
    xs = [Value(x) for x in [-1.0, 0.5, 2.0][: TABLE[name].arity]]
    y = autograd.core.value.apply(TABLE[name], *xs)
    y.backward(math.inf)
    assert all(not math.isnan(x.grad) for x in xs)


# --- One text for every namespace -------------------------------------------------------------------------------------

POINTS = [(name, point) for name, (_, points) in MATHEMATICS.items() for point in points]


@pytest.mark.parametrize(("name", "point"), POINTS)
def test_a_row_means_the_same_on_arrays(name, point):
    op = TABLE[name]
    value = op.value(floats, *point)
    columns = [np.array([x, x]) for x in point]
    with np.errstate(all="ignore"):
        assert op.value(arrays, *columns) == pytest.approx([value] * 2, rel=1e-14, abs=1e-300)
        derivatives = op.derivatives(arrays, *columns, op.value(arrays, *columns))
    for on_floats, on_arrays in zip(op.derivatives(floats, *point, value), derivatives, strict=True):
        assert np.broadcast_to(on_arrays, 2) == pytest.approx([on_floats] * 2, rel=1e-13, abs=1e-16)


EDGE_NUMBERS = [0.0, -0.0, 1.0, -1.0, math.inf, -math.inf, math.nan, 1e308, -1e308, 5e-324, 710.0, -746.0, 0.5, 2.5]


@pytest.mark.parametrize("name", [name for name in MATHEMATICS if TABLE[name].arity == 1])
@pytest.mark.parametrize("x", EDGE_NUMBERS)
def test_floats_and_arrays_have_the_same_edges(name, x):
    value, slope = _on_floats(TABLE[name], x)
    with np.errstate(all="ignore"):
        array_value = TABLE[name].value(arrays, np.float64(x))
        (array_slope,) = TABLE[name].derivatives(arrays, np.float64(x), array_value)
    assert value == pytest.approx(float(array_value), rel=1e-14, nan_ok=True)
    assert slope == pytest.approx(float(array_slope), rel=1e-13, abs=1e-15, nan_ok=True)


def _on_floats(op, x):
    v = Value(x)
    y = autograd.core.value.apply(op, v)
    y.backward()
    return y.data, v.grad


def test_a_namespace_knows_the_table_and_nothing_else():
    assert (
        Namespace(exp=math.exp, absolute=abs, less=lambda a, b: a < b, where=lambda c, a, b: a if c else b).sigmoid(0)
        == 0.5
    )
    with pytest.raises(AttributeError, match="no function 'nonsense'"):
        floats.nonsense


def test_what_numpy_lacks_keeps_the_dtype_of_its_argument():
    assert arrays.erf(np.ones(2, np.float32)).dtype == np.float32
    assert arrays.erf(np.ones(2)).dtype == arrays.erf(np.ones(2, int)).dtype == np.float64
    assert arrays.erfc(np.zeros((2, 0))).shape == (2, 0)


def test_at_the_edges_ieee_arithmetic_answers():
    assert at_edge(ops.LOG.value, 0.0) == -math.inf
    assert at_edge(ops.DIV.derivatives, 1.0, 0.0, math.inf) == (math.inf, -math.inf)
    with pytest.raises(EDGES):
        ops.DIV.value(floats, 1.0, 0.0)


# --- Notation ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "operands", "text"),
    [
        ("mul", ["a", "b"], "a * b"),
        ("neg", ["a"], "-a"),
        ("clip", ["a", "-1", "1"], "clip(a, -1, 1)"),
        ("norm_inf", ["a", "b"], "norm([a, b], inf)"),
        ("dot", ["v", "w", "x", "y", "b"], "dot([v, w], [x, y], b)"),
        ("dot", ["v", "w", "x", "y", "0"], "dot([v, w], [x, y])"),
        ("softmax", ["1", "a", "b"], "softmax([a, b])[1]"),
        ("sum", [*"abcdefgh"], "sum([a, b, c, d, … 3 more …, h])"),
    ],
)
def test_an_operation_is_written_as_its_user_writes_it(name, operands, text):
    assert TABLE[name].write(operands) == text


def test_a_primitive_has_a_short_repr():
    assert repr(ops.TANH) == "<primitive tanh>"


# --- The sweep's rules written out ------------------------------------------------------------------------------------

BITS = [0.1, -0.7, 3.0, 1e-300, 1e300, -0.0, 0.0, math.inf, -math.inf, math.nan, 7, 0, -2]


@pytest.mark.parametrize(
    ("op", "points"),
    [
        (ops.ADD, [(x, y) for x in BITS for y in BITS]),
        (ops.SUB, [(x, y) for x in BITS for y in BITS]),
        (ops.MUL, [(x, y) for x in BITS for y in BITS]),
        (ops.RELU, [(x,) for x in BITS]),
        (several.DOT, [(x, y, z, 0.3, w) for x in BITS for y in (0.1, -3.0) for z in (0.7, 1e300) for w in (0, 0.9)]),
    ],
    ids=lambda given: getattr(given, "name", ""),
)
@pytest.mark.parametrize("gradient", [1.0, -0.3, 1e300, math.inf])
def test_a_rule_written_out_in_the_sweep_equals_its_row_to_the_bit(op, points, gradient):
    for point in points:
        xs = [Value(x) for x in point]
        y = autograd.core.value.apply(op, *xs)
        y.backward(gradient)
        for x, slope in zip(xs, local_derivatives(y), strict=True):
            expected = 0.0 if op.selects and slope == 0 else 0.0 + gradient * slope
            assert repr(x.grad) == repr(expected)


@pytest.mark.parametrize("exponent", [0, 1, 2, 3, -1, -2, 0.5, -0.5, 0.0, 1e3, math.inf, math.nan])
@pytest.mark.parametrize("base", BITS)
def test_the_power_written_out_in_the_sweep_equals_its_row_to_the_bit(base, exponent):
    x = Value(base)
    y = x**exponent
    y.backward()
    slope = local_derivatives(y)[0]
    assert repr(x.grad) == repr(0.0 + slope)


# --- Published numbers ------------------------------------------------------------------------------------------------

EXPRESSIONS = json.loads((Path(__file__).parents[1] / "data" / "expressions.json").read_text())


@pytest.mark.parametrize("case", EXPRESSIONS, ids=lambda case: case["name"])
def test_published_expression(case):
    inputs = {name: Value(x, name=name) for name, x in case["inputs"].items()}
    functions = {name: getattr(autograd, name) for name in autograd.__all__}
    result = eval(case["expr"], {"__builtins__": {}}, functions | inputs)  # our own file
    result.backward()
    assert result.data == pytest.approx(case["value"], rel=case["rtol"], abs=case["atol"])
    for name, expected in case["grads"].items():
        assert inputs[name].grad == pytest.approx(expected, rel=case["rtol"], abs=case["atol"])
