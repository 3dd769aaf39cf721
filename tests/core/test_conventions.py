"""Values and slopes at the pinned edges, on values and on tensors, and numbers that were published."""

import json
import math

import numpy as np
import pytest

import autograd
from autograd import Tensor, Value, derivative, grad, hessian
from autograd.core.table import TABLE
from tests.support.mathematics import CONVENTIONS, FORMS
from tests.support.processes import ROOT

INF, NAN = math.inf, math.nan


@pytest.mark.smoke
@pytest.mark.parametrize("case", CONVENTIONS, ids=lambda case: case["name"])
@pytest.mark.untraced
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


IN_AN_ARRAY = {
    "alone": lambda x: np.array(x),
    "in a row": lambda x: np.full(2, x),
    "in a column": lambda x: np.full((2, 1), x),
    "below an ordinary number": lambda x: np.array([[0.4], [x]]),
}


@pytest.mark.untraced
@pytest.mark.parametrize("where", IN_AN_ARRAY)
@pytest.mark.parametrize("case", CONVENTIONS, ids=lambda case: case["name"])
def test_convention_on_tensors(case, where):
    xs = [Tensor(IN_AN_ARRAY[where](float(x))) for x in case["inputs"]]
    if case["op"] in ALONG_AN_AXIS:
        result = ALONG_AN_AXIS[case["op"]](autograd.stack(xs))
    else:
        result = (FORMS.get(case["op"]) or getattr(autograd, case["op"].split("(")[0]))(*xs)
    assert result.shape == xs[0].shape
    result.sum().backward()
    first = 1 if where == "below an ordinary number" else 0
    for given, expected in [(result.data, case["value"]), *zip([x.grad for x in xs], case["grads"], strict=True)]:
        pinned = np.atleast_1d(given)[first:]
        everywhere = np.full(pinned.shape, float(expected))
        assert pinned == pytest.approx(everywhere, rel=case["rtol"], abs=case["atol"], nan_ok=True)


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


EDGES = [  # of an operation: a point, the value there and the slope
    ("cbrt", 0.0, 0.0, INF),
    ("cbrt", -0.0, -0.0, INF),
    ("cbrt", INF, INF, 0.0),
    ("rsqrt", 0.0, INF, -INF),
    ("rsqrt", -0.0, -INF, -INF),
    ("rsqrt", -1.0, NAN, NAN),
    ("rsqrt", INF, 0.0, 0.0),
    ("reciprocal", 0.0, INF, -INF),
    ("reciprocal", -0.0, -INF, -INF),
    ("reciprocal", INF, 0.0, 0.0),
    ("exp2", 2000.0, INF, INF),
    ("exp2", -2000.0, 0.0, 0.0),
    ("square", 0.0, 0.0, 0.0),
    ("sinc", 0.0, 1.0, 0.0),
    ("sinc", 5e-324, 1.0, 0.0),
    ("sinc", 1e-9, 1.0, -(math.pi**2) / 3 * 1e-9),
    ("floor", 2.0, 2.0, 0.0),
    ("floor", -0.0, -0.0, 0.0),
    ("floor", -INF, -INF, 0.0),
    ("floor", NAN, NAN, 0.0),
    ("ceil", 2.0, 2.0, 0.0),
    ("ceil", -0.5, -0.0, 0.0),
    ("ceil", INF, INF, 0.0),
    ("softsign", 0.0, 0.0, 1.0),
    ("softsign", 1e300, 1.0, 0.0),
    ("hardtanh", 1.0, 1.0, 0.0),
    ("hardtanh", -1.0, -1.0, 0.0),
    ("hardtanh", 0.5, 0.5, 1.0),
    ("hardtanh", INF, 1.0, 0.0),
    ("hardtanh", NAN, NAN, 0.0),
    ("selu", 0.0, 0.0, 1.0507009873554805),
    ("selu", -0.0, -0.0, 1.0507009873554805),
    ("selu", 1000.0, 1050.7009873554805, 1.0507009873554805),
    ("selu", -INF, -1.0507009873554805 * 1.6732632423543772, 0.0),
]


@pytest.mark.parametrize(("name", "x", "value", "slope"), EDGES)
def test_at_an_edge(name, x, value, slope):
    """On values and on tensors; the sign of a zero counts."""
    v, t = Value(x), Tensor([x, 0.7])
    y, z = getattr(autograd, name)(v), getattr(autograd, name)(t)
    y.backward()
    z.sum().backward()
    for number, gradient in ((y.data, v.grad), (z.numpy()[0], t.grad[0])):
        assert number == pytest.approx(value, rel=1e-15, nan_ok=True)
        assert gradient == pytest.approx(slope, rel=1e-14, nan_ok=True)
        if value == 0:
            assert math.copysign(1, number) == math.copysign(1, value)


@pytest.mark.parametrize(
    ("x", "y", "value", "slopes"),
    [
        (0.0, 0.0, 0.0, (-INF, 0.0)),
        (0.0, 2.0, 0.0, (math.log(2), 0.0)),
        (0.0, -1.0, 0.0, (NAN, 0.0)),
        (0.0, INF, 0.0, (INF, 0.0)),
        (1.0, 0.0, -INF, (-INF, INF)),
        (2.0, 3.0, 2 * math.log(3), (math.log(3), 2 / 3)),
        (2.0, -1.0, NAN, (NAN, -2.0)),
    ],
)
def test_xlogy(x, y, value, slopes):
    """log(y) and x/y, as in JAX; but by y it is 0 where x is 0, at y = 0 too: there it does not move with y."""
    xs = Value(x), Value(y)
    z = autograd.xlogy(*xs)
    z.backward()
    assert z.data == pytest.approx(value, nan_ok=True)
    assert [each.grad for each in xs] == pytest.approx(list(slopes), nan_ok=True)


def test_the_mixed_derivative_of_xlogy_is_there_at_x_0():
    assert hessian(lambda p: autograd.xlogy(p[0], p[1]))([0.0, 2.0]) == [[0.0, 0.5], [0.5, 0.0]]


def test_an_entropy_is_finite_where_a_probability_is_0():
    p = Tensor([0.0, 0.25, 0.75])
    h = -autograd.xlogy(p.data, p).sum()
    h.backward()
    assert h.item() == pytest.approx(0.25 * math.log(4) + 0.75 * math.log(4 / 3), rel=1e-14)
    assert p.grad.tolist() == [0, -1, -1]


@pytest.mark.parametrize("order", range(6))
def test_the_derivatives_of_sinc_at_0_are_those_of_its_series(order):
    """``sinc⁽ⁿ⁾(0)`` is ``(-1)^(n/2) πⁿ / (n + 1)`` for even n."""
    expected = 0.0 if order % 2 else (-1) ** (order // 2) * math.pi**order / (order + 1)
    assert derivative(autograd.sinc, order)(0.0) == pytest.approx(expected, rel=1e-13, abs=1e-13)


@pytest.mark.parametrize("x", [0.3183, -0.3184])  # either side of πx = 1
def test_the_two_forms_of_sinc_agree_where_they_meet(x):
    slope = (math.cos(math.pi * x) - math.sin(math.pi * x) / (math.pi * x)) / x
    assert grad(autograd.sinc)(x) == pytest.approx(slope, rel=1e-14)
    curvature = -2 * slope / x - math.pi**2 * math.sin(math.pi * x) / (math.pi * x)
    assert derivative(autograd.sinc, 2)(x) == pytest.approx(curvature, rel=1e-13)


def test_a_trained_slope():
    x, slope = Tensor([-2.0, 3.0, -1.0]), Tensor(0.25)
    autograd.prelu(x, slope).sum().backward()
    assert (x.grad.tolist(), slope.grad.item()) == ([0.25, 1, 0.25], -3)


def test_selu_keeps_mean_and_variance():
    """Of a normal distribution, by quadrature of either half."""
    nodes, weights = np.polynomial.legendre.leggauss(100)
    x = np.concatenate([6 * nodes - 6, 6 * nodes + 6])
    w = np.tile(6 * weights, 2) * np.exp(-0.5 * x * x) / math.sqrt(2 * math.pi)
    y = autograd.selu(x)
    assert w @ y == pytest.approx(0, abs=1e-14)
    assert w @ y**2 == pytest.approx(1, rel=1e-14)


# --- Published numbers ------------------------------------------------------------------------------------------------

EXPRESSIONS = json.loads((ROOT / "tests" / "data" / "expressions.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", EXPRESSIONS, ids=lambda case: case["name"])
def test_published_expression(case):
    inputs = {name: Value(x, name=name) for name, x in case["inputs"].items()}
    functions = {name: getattr(autograd, name) for name in autograd.__all__}
    result = eval(case["expr"], {"__builtins__": {}}, functions | inputs)  # our own file
    result.backward()
    assert result.data == pytest.approx(case["value"], rel=case["rtol"], abs=case["atol"])
    for name, expected in case["grads"].items():
        assert inputs[name].grad == pytest.approx(expected, rel=case["rtol"], abs=case["atol"])


# --- At nan -----------------------------------------------------------------------------------------------------------

CONSTANT = "add sub neg copy floordiv round sign less equal floor ceil".split()  # derivatives that depend on nothing


@pytest.mark.parametrize("name", [name for name, op in TABLE.items() if op.arity == 1 and name not in CONSTANT])
def test_at_nan_a_selection_selects_nothing_and_any_other_derivative_is_nan(name):
    x = Value(math.nan)
    autograd.core.value.apply(TABLE[name], x).backward()
    assert x.grad == 0.0 if TABLE[name].selects else math.isnan(x.grad)
    t = Tensor([math.nan, 0.5])
    autograd.arrays.tensor.apply(TABLE[name], t).sum().backward()
    assert t.grad[0] == 0.0 if TABLE[name].selects else math.isnan(t.grad[0])


@pytest.mark.parametrize(
    "f",
    [
        lambda x: autograd.maximum(x, 1.0),
        lambda x: autograd.minimum(1.0, x),
        lambda x: x.clip(0.0, 1.0),
        lambda x: autograd.leaky_relu(x, 0.1),
        lambda x: autograd.prelu(x, 0.1),
    ],
)
def test_at_nan_the_selections_with_settings_select_nothing(f):
    x, t = Value(math.nan), Tensor([math.nan])
    f(x).backward()
    f(t).sum().backward()
    assert (x.grad, t.grad.tolist()) == (0.0, [0.0])
    compiled = autograd.compile(lambda x: f(x))
    x = Value(math.nan)
    compiled(x).backward()
    assert x.grad == 0.0


def test_at_nan_extremes_of_several_select_nothing():
    xs = [Value(1.0), Value(math.nan)]
    autograd.max(xs).backward()
    t = Tensor([1.0, math.nan])
    t.max().backward()
    assert ([x.grad for x in xs], t.grad.tolist()) == ([0.0, 0.0], [0.0, 0.0])
