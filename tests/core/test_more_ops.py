"""The rest of the table: complete wherever it is read, and its conventions at the edges."""

import json
import math

import numpy as np
import pytest

import autograd
from autograd import Tensor, Value, derivative, grad, hessian
from autograd.core.several import TABLE
from autograd.formulas.notation import named, written
from autograd.formulas.symbols import formulas
from tests.support.processes import run_fresh

INF, NAN = math.inf, math.nan
TAIL = "exp2 square cbrt rsqrt reciprocal xlogy sinc floor ceil softsign hardtanh prelu selu var std cosine_similarity"


FIRST = ["core.table", "core.ops", "formulas.symbols", "core.ufuncs", "functions.custom", "core.value"]


@pytest.mark.parametrize("room", FIRST)
def test_the_table_is_complete_whatever_is_imported_first(room):
    script = f"import json, autograd.{room}; from autograd.core.table import TABLE; print(json.dumps(list(TABLE)))"
    assert set(TAIL.split()) <= set(json.loads(run_fresh(script)))


@pytest.mark.parametrize("name", TAIL.split())
def test_each_has_a_public_function_whose_docstring_shows_a_gradient(name):
    assert ".grad" in getattr(autograd, name).__doc__
    assert name in autograd.__all__


EDGES = [  # a point, the value there and the slope
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


@pytest.mark.parametrize("numbers", [[0.1, 0.1, 0.1], [1e8 + 0.1] * 7, [3.0], [1e-170] * 2])
def test_equal_numbers_have_no_spread_and_no_gradient(numbers):
    for function in (autograd.var, autograd.std):
        xs = [Value(x) for x in numbers]
        y = function(xs)
        y.backward()
        assert (y.data, [x.grad for x in xs]) == (0.0, [0.0] * len(xs))


def test_a_cosine_with_the_zero_vector_is_flat():
    x, y = [Value(0.0), Value(0.0)], [Value(3.0), Value(4.0)]
    c = autograd.cosine_similarity(x, y)
    c.backward()
    assert (c.data, [each.grad for each in (*x, *y)]) == (0.0, [0.0] * 4)


def test_a_cosine_knows_no_lengths():
    assert autograd.cosine_similarity([3e300, 4e300], [3e-300, 4e-300]) == pytest.approx(1, rel=1e-15)
    assert autograd.cosine_similarity([1.0, 0.0], [0.0, -2.0]) == 0.0


def test_a_formula_reads_as_in_a_textbook():
    a, b, z = named("a"), named("b"), named("z")
    assert [written(x) for x in formulas(TABLE["selu"], [a], z)] == ["1.758·exp(a if a < 0 else 0) if a < 0 else 1.051"]
    assert TABLE["cosine_similarity"].write(["a", "b", "c", "d"]) == "cosine_similarity([a, b], [c, d])"
    assert [written(x) for x in formulas(TABLE["xlogy"], [a, b], z)] == ["log(b)", "a/b"]


def test_python_itself_does_not_round_a_value_down():
    with pytest.raises(autograd.InputTypeError, match=r"autograd\.sin"):
        math.floor(Value(1.5))
    assert np.floor(Value(1.5)).data == 1.0
