"""``Value`` as a number: arithmetic, comparison, conversion, numpy, and what it refuses."""

import math
import operator
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest

import autograd
from autograd import AutogradError, InputTypeError, InputValueError, Tensor, Value

# --- Arithmetic from both sides ---------------------------------------------------------------------------------------

OPERATORS = {  # with the derivatives of f(x, y), from a calculus book
    operator.add: lambda x, y: (1.0, 1.0),
    operator.sub: lambda x, y: (1.0, -1.0),
    operator.mul: lambda x, y: (y, x),
    operator.truediv: lambda x, y: (1 / y, -x / y**2),
    operator.floordiv: lambda x, y: (0.0, 0.0),
    operator.mod: lambda x, y: (1.0, -(x // y)),
    operator.pow: lambda x, y: (y * x ** (y - 1), x**y * math.log(x)),
}


@pytest.mark.smoke
@pytest.mark.parametrize("operation", OPERATORS, ids=lambda f: f.__name__)
@pytest.mark.parametrize("kind", [float, int, np.float64, np.float32, np.int64, Fraction, np.array])
def test_operators_work_from_both_sides_with_every_real_number(operation, kind):
    for x, y in [(3.0, 2.0), (2.0, 4.0)]:
        both = Value(x), Value(y)
        left, right = Value(x), Value(y)
        results = operation(*both), operation(left, kind(y)), operation(kind(x), right)
        for result in results:
            assert type(result) is Value
            assert type(result.data) is float
            assert result.data == operation(x, y)
            result.backward()
        assert (both[0].grad, both[1].grad) == pytest.approx(OPERATORS[operation](x, y), rel=1e-15)
        assert (left.grad, right.grad) == (both[0].grad, both[1].grad)


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        (operator.neg, (-2.5, -1.0)),
        (operator.pos, (2.5, 1.0)),
        (operator.abs, (2.5, 1.0)),
        (round, (2.0, 0.0)),
        (lambda x: round(x, 1), (2.5, 0.0)),
        (lambda x: divmod(x, 2)[1], (0.5, 1.0)),
        (lambda x: divmod(6, x)[1], (1.0, -2.0)),
        (lambda x: x + True, (3.5, 1.0)),
        (lambda x: x * np.bool_(False), (0.0, 0.0)),
    ],
)
def test_other_operators(function, expected):
    x = Value(2.5)
    y = function(x)
    y.backward()
    assert (y.data, x.grad) == expected


def test_in_place_operators_make_new_values():
    x = Value(2.0)
    y = x
    y += 1
    y *= x
    y.backward()
    assert (x.data, y.data, x.grad) == (2.0, 6.0, 5.0)


def test_an_int_stays_as_it_was_written():
    x = Value(3.0, name="x")
    assert autograd.program(2 * x**2)[1].expression == "x ** 2"


# --- IEEE arithmetic --------------------------------------------------------------------------------------------------


@pytest.mark.smoke
@pytest.mark.parametrize(
    ("compute", "expected"),
    [
        (lambda x: 1 / (x - 1), math.inf),
        (lambda x: (x - 1) / (x - 1), math.nan),
        (lambda x: x // 0, math.inf),
        (lambda x: x % 0, math.nan),
        (lambda x: (-8 * x) ** (1 / 3), math.nan),
        (lambda x: (x - 1) ** -1, math.inf),
        (lambda x: (x * 10) ** 400, math.inf),
        (lambda x: (x * 1000).exp(), math.inf),
        (lambda x: (x - 1).log(), -math.inf),
        (lambda x: (-x).log(), math.nan),
        (lambda x: (-x).sqrt(), math.nan),
        (lambda x: (x * math.inf).sin(), math.nan),
        (lambda x: (x + 1).acos(), math.nan),
    ],
)
def test_edges_give_ieee_numbers_never_an_exception(compute, expected):
    x = Value(1.0)
    y = compute(x)
    assert y.data == pytest.approx(expected, nan_ok=True)
    y.backward()
    assert isinstance(x.grad, float)


# --- Comparison -------------------------------------------------------------------------------------------------------


def test_comparisons_are_of_data_and_give_bools():
    x, twin, more = Value(2.0), Value(2.0), Value(3.0)
    for answer, expected in [
        (x == twin, True),
        (x != twin, False),
        (x < more, True),
        (x <= 2, True),
        (x > np.float64(1), True),
        (np.float64(3) >= x, True),
        (np.float32(3) < x, False),
        (x > 1, True),
        (bool(x), True),
        (bool(Value(0.0)), False),
    ]:
        assert isinstance(answer, (bool, np.bool_))
        assert answer == expected
    assert (x == "2.0") is False
    assert hash(x) != hash(twin)
    assert len({x, twin}) == 2
    with pytest.raises(TypeError):
        x < "a"  # noqa: B015


def test_comparison_with_an_array_is_elementwise():
    assert (np.array([1.0, 2.0]) < Value(1.5)).tolist() == [True, False]
    assert (Value(1.5) == np.array([1.5, 2.0])).tolist() == [True, False]


# --- Numpy on the other side ------------------------------------------------------------------------------------------


def test_numpy_scalars_leave_a_float64_value():
    single = float(np.float32(0.1))
    for result in (Value(3.0) + np.float32(0.1), np.float32(0.1) + Value(3.0)):
        assert (type(result), type(result.data), result.data) == (Value, float, 3.0 + single)
    x = Value(3.0)
    y = np.float64(2) * x
    y.backward()
    assert (type(y), y.data, x.grad) == (Value, 6.0, 2.0)


@pytest.mark.parametrize(
    ("ufunc", "ours"),
    [
        *[
            (getattr(np, name), getattr(autograd, name))
            for name in "exp expm1 log log2 log10 log1p sqrt sin cos".split()
        ],
        *[(getattr(np, name), getattr(autograd, name)) for name in "tan sinh cosh tanh sign".split()],
        *[(getattr(np, f"arc{name}"), getattr(autograd, f"a{name}")) for name in "sin cos tan sinh tanh".split()],
        (np.negative, operator.neg),
        (np.absolute, autograd.abs),
        (np.fabs, autograd.abs),
    ],
)
def test_a_numpy_function_of_one_records_ours(ufunc, ours):
    x, y = Value(0.5), Value(0.5)
    given, expected = ufunc(x), ours(y)
    given.backward()
    expected.backward()
    assert (type(given), given.data, x.grad) == (Value, expected.data, y.grad)


@pytest.mark.parametrize(
    ("ufunc", "ours"),
    [
        (np.maximum, autograd.maximum),
        (np.minimum, autograd.minimum),
        (np.hypot, autograd.hypot),
        (np.arctan2, autograd.atan2),
        (np.logaddexp, autograd.logaddexp),
        (np.power, operator.pow),
        (np.remainder, operator.mod),
    ],
)
def test_a_numpy_function_of_two_records_ours_on_either_side(ufunc, ours):
    for given, expected in [
        (ufunc(Value(3.0), 2.0), ours(Value(3.0), 2.0)),
        (ufunc(3.0, Value(2.0)), ours(3.0, Value(2.0))),
    ]:
        assert (type(given), given.data) == (Value, expected.data)
        assert autograd.program(given)[-1].op is autograd.program(expected)[-1].op


def test_arccosh_records_ours():
    assert np.arccosh(Value(2.0)).data == autograd.acosh(2.0)


def test_numpys_clip_records_ours():
    x = Value(3.0)
    y = np.clip(x, 0.0, 1.0)
    y.backward()
    assert (type(y), y.data, x.grad) == (Value, 1.0, 0.0)
    with pytest.raises(InputTypeError, match="leave out= away"):
        x.clip(0.0, 1.0, out=np.zeros(1))


def test_questions_of_numpy_are_answered():
    assert np.isnan(Value(math.nan))
    assert not np.isfinite(Value(math.inf))


def test_an_object_array_of_values_computes_element_by_element():
    x, y = Value(2.0), Value(3.0)
    array = np.array([x, y], dtype=object)
    for total in ((array * array).sum(), (array * Value(2.0)).sum(), (Value(2.0) * array).sum(), np.exp(array).sum()):
        assert type(total) is Value
    (array * x).sum().backward()  # x² + xy
    assert (x.grad, y.grad) == (7.0, 2.0)


@pytest.mark.parametrize(
    "call",
    [
        lambda x: np.add.reduce(x),
        lambda x: np.exp(x, out=np.zeros(1)),
        lambda x: np.spacing(x),
        lambda x: np.add(x, 1.0, dtype=np.float32),
    ],
)
def test_what_numpy_function_does_not_record_is_refused_by_name(call):
    with pytest.raises(InputTypeError, match=r"np\.\w+.* does not record a Value"):
        call(Value(1.0))


# --- Construction and refusal -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (2, 2.0),
        (np.float32(0.5), 0.5),
        (Fraction(1, 2), 0.5),
        (np.array(3), 3.0),
        (np.int8(-1), -1.0),
        (math.inf, math.inf),
    ],
)
def test_data_is_always_a_float(given, expected):
    x = Value(given)
    assert (type(x.data), x.data) == (float, expected)
    x.data = given
    assert (type(x.data), x.data) == (float, expected)
    x.grad = given
    assert (type(x.grad), x.grad) == (float, expected)


@pytest.mark.parametrize(
    "given", [True, np.True_, "2", b"2", 1j, None, [1.0], (1.0,), np.ones(2), Value(1.0), Decimal(1), {}]
)
def test_what_is_not_a_real_number_is_refused_with_a_sentence(given):
    before = Value(0.0)._number
    x = Value(1.0)
    attempts = [lambda: Value(given), lambda: setattr(x, "data", given), lambda: x.backward(given)]
    for attempt in attempts:
        with pytest.raises(InputTypeError, match="takes a"):
            attempt()
    assert (x.data, x.grad) == (1.0, None)
    if given is not None:
        with pytest.raises(InputTypeError, match="takes a"):
            x.grad = given
    assert Value(0.0)._number == before + 2  # nothing else was created


@pytest.mark.parametrize("given", ["2", b"2", 1j, None, [1.0], (1.0,), {}, set()])
@pytest.mark.parametrize("operation", OPERATORS, ids=lambda f: f.__name__)
def test_arithmetic_refuses_before_anything_is_recorded(operation, given):
    if operation is operator.mod and isinstance(given, (str, bytes)):
        sides = [lambda: operation(Value(1.0), given)]  # "…" % x is formatting
    else:
        sides = [lambda: operation(Value(1.0), given), lambda: operation(given, Value(1.0))]
    for side in sides:
        with pytest.raises(TypeError) as caught:
            side()
        assert isinstance(caught.value, AutogradError)


@pytest.mark.parametrize("method", ["leaky_relu", "elu"])
def test_the_setting_of_a_method_is_a_number_or_an_array_of_numbers(method):
    x = Value(2.0)
    with pytest.raises(InputTypeError, match="a real number, not str 'steep'"):
        getattr(x, method)("steep")
    y = getattr(x, method)(np.array([0.5, 0.25]))
    y.sum().backward()
    assert (type(y), y.tolist(), x.grad) == (Tensor, [2.0, 2.0], 2.0)


def test_a_foreign_object_may_know_better():
    class Matrix:
        def __radd__(self, other):
            return "added by the matrix"

        def __mul__(self, other):
            return "multiplied by the matrix"

    assert Value(1.0) + Matrix() == "added by the matrix"
    assert Matrix() * Value(1.0) == "multiplied by the matrix"
    with pytest.raises(TypeError, match="unsupported operand"):
        Value(1.0) - object()
    with pytest.raises(TypeError, match="unsupported operand"):
        object() - Value(1.0)


def test_an_integer_beyond_all_floats_is_refused():
    huge = 10**400
    for attempt in (
        lambda: Value(huge),
        lambda: Value(1.0) + huge,
        lambda: huge * Value(1.0),
        lambda: autograd.dot([Value(1.0)], [huge]),
        lambda: autograd.exp(huge),
    ):
        with pytest.raises(InputValueError, match="beyond the largest"):
            attempt()


@pytest.mark.parametrize("name", [3, b"x", ["x"]])
def test_a_name_is_text(name):
    with pytest.raises(InputTypeError, match="a name is text"):
        Value(1.0, name=name)
    x = Value(1.0)
    with pytest.raises(InputTypeError, match="a name is text"):
        x.name = name
    with pytest.raises(InputValueError, match="empty"):
        x.name = ""


def test_a_name_can_be_given_changed_and_taken_away():
    x = Value(1.0, name="x")
    x.name = "y"
    assert x.name == "y"
    x.name = None
    assert x.name is None
    assert (x * 2).name is None


@pytest.mark.parametrize("convert", [float, int, complex, math.sin, math.trunc, lambda x: np.array([x], float)])
def test_a_gradient_never_vanishes_silently(convert):
    with pytest.raises(InputTypeError, match=r"autograd\.sin.*x\.item\(\)"):
        convert(Value(1.0))


def test_item_is_the_way_out():
    x = Value(2.0)
    assert type((x * 2).item()) is float


def test_detach_gives_a_leaf():
    x = Value(2.0)
    y = (x * x).detach()
    (y * x).backward()
    assert (y.data, y.grad, x.grad) == (4.0, 2.0, 4.0)


# --- Print ------------------------------------------------------------------------------------------------------------


def test_repr_is_short_and_true():
    x = Value(0.1 + 0.2, name="x")
    assert repr(x) == "Value(0.30000000000000004, name='x')"
    (x * 2).backward()
    assert repr(x) == f"{x}" == "Value(0.30000000000000004, name='x', grad=2.0)"
    assert repr(Value(2)) == "Value(2.0)"


def test_format_is_that_of_the_number():
    assert f"{Value(math.pi):.2f}|{Value(2.0):>6}" == "3.14|   2.0"


@pytest.mark.parametrize(
    ("keyword", "says"),
    [("label", 'write name="…"'), ("requires_grad", "everything is differentiated"), ("x", "it takes data and name")],
)
def test_arguments_of_other_libraries_are_refused_with_the_way_to_write_it(keyword, says):
    for kind in (Value, Tensor):
        with pytest.raises(InputTypeError, match=f"{kind.__name__} takes no argument {keyword}; .*{says}"):
            kind(2.0, **{keyword: True})


@pytest.mark.parametrize("node", [Value(2.0), Tensor([2.0]), Value(2.0) * 3])
def test_the_flag_of_pytorch_is_refused_with_the_way_to_freeze_parameters(node):
    for flag in (True, False):
        with pytest.raises(InputValueError, match=r"takes no requires_grad, .* call freeze\(\) on the module"):
            node.requires_grad = flag
    assert not hasattr(node, "requires_grad")
