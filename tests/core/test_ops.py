"""The table: each row against mathematics done elsewhere, and one text for every namespace."""

import json
import math

import mpmath
import numpy as np
import pytest

import autograd
from autograd import Value
from autograd.arrays.table import arrays
from autograd.core import ops, several
from autograd.core.namespaces import EDGES, at_edge, floats, ieee
from autograd.core.sweep import local_derivatives
from autograd.core.table import TABLE, Namespace
from tests.support.mathematics import MATHEMATICS
from tests.support.processes import run_fresh

SKIPPED = {
    "round": "its derivative is 0 and its value is Python's: see the conventions",
    "where": "it chooses by a truth value: see test_where_gives_the_side_not_taken_nothing",
    "softmax": "its first argument is an index: see test_softmax_and_log_softmax",
    "log_softmax": "its first argument is an index: see test_softmax_and_log_softmax",
}


def test_every_row_has_its_mathematics():
    assert set(TABLE) == set(MATHEMATICS) | set(SKIPPED)


@pytest.mark.smoke
@pytest.mark.parametrize(
    ("name", "point"), [(name, point) for name, (_, points) in MATHEMATICS.items() for point in points]
)
@pytest.mark.untraced
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


# --- One text for every namespace -------------------------------------------------------------------------------------


POINTS = [(name, point) for name, (_, points) in MATHEMATICS.items() for point in points]


@pytest.mark.parametrize(("name", "point"), POINTS)
@pytest.mark.untraced
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


@pytest.mark.untraced
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


FIRST = ["core.table", "core.ops", "formulas.symbols", "core.protocol", "functions.custom", "core.value"]


@pytest.mark.parametrize("module", FIRST)
def test_the_table_is_complete_whatever_is_imported_first(module):
    script = f"import json, autograd.{module}; from autograd.core.table import TABLE; print(json.dumps(list(TABLE)))"
    assert set(MATHEMATICS) <= set(json.loads(run_fresh(script)))


# --- Notation ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "operands", "text"),
    [
        ("mul", ["a", "b"], "a * b"),
        ("neg", ["a"], "-a"),
        ("clip", ["a", "-1", "1"], "clip(a, -1, 1)"),
        ("norm_inf", ["a", "b"], "norm([a, b], inf)"),
        ("dot", ["v", "w", "x", "y", "b"], "dot([v, w], [x, y], b)"),
        ("dot", ["v", "w", "x", "y", ""], "dot([v, w], [x, y])"),
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


@pytest.mark.parametrize("kind", [np.float64, np.float32])
def test_the_sigmoid_written_out_in_numpy_equals_its_row_to_the_bit(kind):
    with np.errstate(all="ignore"):
        x = np.array([*BITS, 40.0, -40.0, 800.0, -800.0]).astype(kind)
        found, expected = ieee.sigmoid(x), ops.SIGMOID.value(ieee, x)
    assert found.dtype == kind
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("exponent", [0, 1, 2, 3, -1, -2, 0.5, -0.5, 0.0, 1e3, math.inf, math.nan])
@pytest.mark.parametrize("base", BITS)
@pytest.mark.untraced
def test_the_power_written_out_in_the_sweep_equals_its_row_to_the_bit(base, exponent):
    x = Value(base)
    y = x**exponent
    y.backward()
    slope = local_derivatives(y)[0]
    assert repr(x.grad) == repr(0.0 + slope)
