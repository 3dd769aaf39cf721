"""Expressions as text: what is read is what Python would compute, and all else is a sentence that knows its column."""

import ast
import math
import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import autograd
from autograd import InputValueError, Value
from autograd.core.table import TABLE
from autograd.errors import ExpressionError
from autograd.terminal.expression import DEEPEST, FUNCTIONS, LONGEST, parse_expression
from autograd.terminal.remedies import ELSEWHERE, find_slip
from tests.support.programs.effort import examples


def value(text, **variables):
    return parse_expression(text).evaluate(variables)


@pytest.mark.smoke
@pytest.mark.parametrize(
    ("text", "variables", "expected", "gradient"),
    [
        ("log(x1) + x1*x2 - sin(x2)", {"x1": 2.0, "x2": 5.0}, 11.652071455, [5.5, 2 - math.cos(5)]),
        ("2", {}, 2.0, []),
        ("-x**2", {"x": 3.0}, -9.0, [-6.0]),
        ("(-x)**2", {"x": 3.0}, 9.0, [6.0]),
        ("+x", {"x": 3.0}, 3.0, [1.0]),
        ("2**3**2*x", {"x": 1.0}, 512.0, [512.0]),
        ("x - 1 - 1", {"x": 1.0}, -1.0, [1.0]),
        ("x / 2 / 2", {"x": 1.0}, 0.25, [0.25]),
        ("x // 2 + x % 2", {"x": 7.5}, 4.5, [1.0]),
        ("1e2*x + .5", {"x": 1.0}, 100.5, [100.0]),
        ("sin(pi*x)", {"x": 1.0}, 0.0, [-math.pi]),
        ("log(e)*x", {"x": 1.0}, 1.0, [1.0]),
        ("e*pi", {"e": 2.0, "pi": 3.0}, 6.0, [3.0, 2.0]),
        ("max(a, b, 0)", {"a": 1.0, "b": 1.0}, 1.0, [0.5, 0.5]),
        ("min(a, b, 0)", {"a": -1.0, "b": 1.0}, -1.0, [1.0, 0.0]),
        ("sum(a, b) + mean(a, b) + prod(a, b)", {"a": 2.0, "b": 4.0}, 17.0, [5.5, 3.5]),
        ("norm(a, b)", {"a": 3.0, "b": 4.0}, 5.0, [0.6, 0.8]),
        ("logsumexp(a, b)", {"a": 1000.0, "b": 1000.0}, 1000 + math.log(2), [0.5, 0.5]),
        ("atan2(a, b)", {"a": 1.0, "b": 2.0}, math.atan2(1, 2), [0.4, -0.2]),
        ("clip(x, -1, inf)", {"x": 3.0}, 3.0, [1.0]),
        ("round(x, 1) + round(x)", {"x": 1.26}, 2.3, [0.0]),
        ("leaky_relu(x) + elu(x, 2)", {"x": -1.0}, -0.01 + 2 * math.expm1(-1), [0.01 + 2 * math.exp(-1)]),
        ("where(x > 0, x**2, -x)", {"x": 3.0}, 9.0, [6.0]),
        ("where(x > 0, x**2, -x)", {"x": -3.0}, 3.0, [-1.0]),
        ("abs(x) + sign(x)", {"x": -3.0}, 2.0, [-1.0]),
        ("ﬁ * x", {"fi": 2.0, "x": 3.0}, 6.0, [3.0, 2.0]),
        (" x\n + x\t", {"x": 1.0}, 2.0, [2.0]),
    ],
)
def test_an_expression_is_computed_and_differentiated(text, variables, expected, gradient):
    values = {name: Value(x) for name, x in variables.items()}
    result = parse_expression(text).evaluate(values)
    if values:
        result.backward()
        result = result.data
    assert result == pytest.approx(expected, rel=1e-9, abs=1e-12)
    assert [x.grad for x in values.values()] == pytest.approx(gradient, rel=1e-9)


@pytest.mark.parametrize(("x", "y"), [(1.0, 2.0), (2.0, 2.0), (3.0, 2.0), (math.nan, 2.0)])
@pytest.mark.parametrize("sign", ["<", ">", "<=", ">=", "==", "!="])
def test_a_comparison_is_one_where_it_holds_in_python_and_else_zero(sign, x, y):
    assert value(f"x {sign} y", x=x, y=y) == eval(f"x {sign} y")
    assert value(f"x {sign} y", x=Value(x), y=y).data == eval(f"x {sign} y")


def test_numbers_are_floats_so_that_no_power_hangs():
    assert value("9**9**9**9") == math.inf
    assert value("9" * 400) == math.inf
    assert value("2**53 + 1") == 2.0**53 + 1
    assert value("1/0") == math.inf
    assert math.isnan(value("(-8)**(1/3)"))
    assert type(value("1 + 1")) is float


def test_names_are_listed_in_the_order_in_which_they_occur_with_their_columns():
    assert parse_expression("b + sin(a)*b + pi").names == {"b": 0, "a": 8, "pi": 15}


def test_every_function_is_public_under_its_name_and_takes_as_many_arguments_as_it_says():
    for name, function in FUNCTIONS.items():
        assert callable(getattr(autograd, name)) or name in dir(autograd)
        arguments = ["0.5"] * function.least
        assert isinstance(value(f"{name}({', '.join(arguments)})"), float)
        with pytest.raises(ExpressionError, match=rf"^column 1: {name} takes .*, not {function.least - 1}$"):
            value(f"{name}({', '.join(arguments[1:])})")
        if function.most < math.inf:
            with pytest.raises(ExpressionError, match=f"not {function.most + 1}$"):
                value(f"{name}({', '.join(['0.5'] * (function.most + 1))})")


def test_every_row_of_the_table_that_gives_one_number_can_be_written():
    by_operator = "add sub mul div floordiv mod pow neg less equal".split()
    otherwise = {
        "copy",
        "dot",
        "cosine_similarity",
        "softmax",
        "log_softmax",
        "norm1",
        "norm2",
        "norm_inf",
        *by_operator,
    }
    public = {name for name in TABLE if name in dir(autograd)}
    assert set(FUNCTIONS) - {"norm"} == public - otherwise - set(by_operator)


@pytest.mark.parametrize(
    ("text", "column", "sentence"),
    [
        ("", 1, "there is no expression"),
        ("   ", 1, "there is no expression"),
        ("x +", 3, "a number or a name is missing after +"),
        ("x * / y", 5, "a number or a name is missing before /"),
        ("max(, x)", 5, "a number or a name is missing before ,"),
        ("sin(x)cos(x)", 6, "an operator is missing after )"),
        ("@", 1, "cannot be read as an expression: it may hold numbers, names"),
        ("  (x + 1", None, "there is no ) that ends this ("),
        ("x)", 2, "there is no ( that this ) ends"),
        ("x + quux(x)", 5, "there is no function quux; if it is a variable, a product is written quux*"),
        ("x + snh(x)", 5, "there is no function snh; did you mean sinh?"),
        ("2(x)", 1, "only a function's name can stand before"),
        ("x(1)(2)", 1, "only a function's name"),
        ("log(x, 2)", 1, "log takes 1 argument, not 2"),
        ("round(x, 2, 3)", 1, "round takes 1 or 2 arguments, not 3"),
        ("max()", 1, "max takes 1 or more arguments, not 0"),
        ("hypot(x)", 1, "hypot takes 2 arguments, not 1"),
        ("clip(x, low=1, high=2)", 1, "by position"),
        ("x ^ 2", 3, "a power is written **"),
        ("é + (ß) ^ 2", 9, "a power is written **"),
        ("x @ y", 3, "no place in an expression"),
        ("~x", 1, "no place"),
        ("not x", 1, "no place"),
        ("x and y", 1, "and and or are not operators"),
        ("x if y else 1", 1, "where(condition, x, y)"),
        ("1 < x < 2", 3, "one comparison at a time"),
        ("x in y", 3, "no place"),
        ("x.real", 1, "write log(x), not math.log(x)"),
        ("1 + x[0]", 5, "write x1 for x[1]"),
        ("max(*x)", 5, "without *"),
        ("(x := 2)", 2, "x=2"),
        ("[x]", 1, "no place"),
        ("'x'", 1, "no place"),
        ("1 + True", 5, "no place"),
        ("None", 1, "no place"),
        ("...", 1, "no place"),
        ("2j*x", 1, "no place"),
        ("lambda: 1", 1, "no place"),
        ("x, y", 1, "no place"),
        ("f'{x}'", 1, "no place"),
        ("__import__('os').system('ls')", 1, "only a function's name"),
        ("x # y", 3, "'#' has no meaning here"),
        ("x \0", 3, r"'\x00' has no meaning here"),
        ("x + \udc80", 5, r"'\udc80' has no meaning here"),
        ("(" * 4000 + "x" + ")" * 4000, DEEPEST + 1, "brackets are nested more than 100 deep"),
        ("-" * 9000 + "x", 1, "nested too deeply"),
        ("**".join("9" * 3000), 1, "nested too deeply"),
        ("x" * (LONGEST + 1), LONGEST + 1, "at most 10000 characters, not 10001"),
        ("1 + clip(0, 3, 1)", 5, "clip needs low <= high"),
        ("round(2, nan)", 1, "the number of digits is a whole number, not float nan"),
    ],
)
def test_anything_else_is_a_sentence_with_its_column(text, column, sentence):
    with pytest.raises(ExpressionError) as caught:
        parse_expression(text).evaluate({"x": 1.0, "y": 2.0})
    assert str(caught.value).startswith(f"column {caught.value.column + 1}: ")
    assert sentence in str(caught.value)
    if column is not None:  # else Python's own parser says where, and its versions differ
        assert caught.value.column == column - 1
    assert isinstance(caught.value, InputValueError)


@pytest.mark.parametrize(
    ("text", "column", "instead"),
    [
        ("2x", 1, "a product is written with *: 2*x"),
        ("x + 2.5e3y**2", 5, "a product is written with *: 2.5e3*y"),
        ("3sin(x)", 1, "a product is written with *: 3*sin"),
        ("2" + "x" * 100, 1, f"a product is written with *: 2*{'x' * 19}…"),
        ("x·y", 2, "a product is written with *"),
        ("x×y", 2, "a product is written with *"),
        ("x÷y", 2, "a quotient is written with /"),
        ("−x", 1, "a minus sign is written -"),
        ("x²", 2, "a power is written with **, as in x**2"),
        ("√x", 1, "a root is written sqrt(x) or cbrt(x)"),
        ("|x|", 1, "an absolute value is written abs(x)"),
        ("|x", 1, "an absolute value is written abs(x)"),
        ("x | y", 3, "an absolute value is written abs(x)"),
        ("x @ y", 3, "a product is written *"),
        ("x ≤ y", 3, "comparisons are written <=, >= and !="),
        ("∞", 1, "infinity is written inf"),
        ("x!", 2, "there is no factorial; a difference is written !="),
        ("$x$", 1, "an expression is written without $"),
        ("f = x**2", 3, "a variable gets its number after the expression, as in x=2; a comparison is written =="),
        ("x := 2", 4, "a variable gets its number after the expression, as in x=2"),
        ("x y", 1, "an operator is missing; a product is written with *: x*y"),
        ("2 x", 1, "an operator is missing; a product is written with *: 2*x"),
        ("1 + sin x", 5, "the argument of sin stands in parentheses: sin(x)"),
        ("010*x", 1, "a whole number does not begin with 0"),
        ("x + " + "9" * 5000, 5, "so long a number is written with an exponent, as in 1e300"),
        ("2(x + 1)", 1, "a product is written with *, as in 2*(x + 1)"),
        ("ln(x)", 1, "there is no function ln; log(x) is the natural logarithm"),
        ("1 + arcsinh(x)", 5, "there is no function arcsinh; it is called asinh(x)"),
        ("cot(x)", 1, "there is no function cot; the cotangent is 1/tan(x)"),
        ("pow(x, 2)", 1, "there is no function pow; a power is written x**y"),
        ("swish(x)", 1, "there is no function swish; it is called silu(x)"),
        ("x(y)", 1, "there is no function x; if it is a variable, a product is written x*(…)"),
        ("x" * 9000 + "(y)", 1, f"there is no function {'x' * 19}…; if it is a variable, a product is written"),
    ],
)
@pytest.mark.untraced
def test_a_slip_is_answered_by_what_to_write_instead(text, column, instead):
    with pytest.raises(ExpressionError) as caught:
        parse_expression(text)
    assert instead in str(caught.value)
    assert caught.value.column == column - 1


def test_every_function_of_another_name_leads_to_one_that_exists():
    for name, hint in ELSEWHERE.items():
        assert name not in FUNCTIONS
        assert set(re.findall(r"(\w+)\(", hint)) <= set(FUNCTIONS)


@pytest.mark.parametrize("text", ["1if x else 2", "0x1f*x", "1_000*x", "x is y", "x if y"])
def test_what_python_reads_otherwise_is_no_slip(text):
    assert find_slip(text, FUNCTIONS) is None


def test_a_recursion_that_python_refuses_is_a_sentence(monkeypatch):
    def refuse(*_, **__):
        raise RecursionError("maximum recursion depth exceeded during ast construction")

    monkeypatch.setattr(ast, "parse", refuse)
    with pytest.raises(ExpressionError, match="nested too deeply"):
        parse_expression("x + x")


def test_a_long_sum_is_worked_out_without_recursion():
    assert value("+".join(["x"] * 2000), x=Value(1.0)).data == 2000.0


PIECES = st.sampled_from(
    "x y x1 pi e 0 1 2.5 1e400 .5 1_0 0x1f + - * / // % ** ( ) ( ) , < <= == != sin( max( where( log( round( clip( "
    "[ ] { } : . ; = := ! ~ @ ^ & | ' \" \\ # \n if else for lambda not and or in is None True yield await f' \0".split(
        " "
    )
)


@settings(max_examples=examples(1_000), deadline=None)
@given(st.one_of(st.lists(PIECES, max_size=15).map("".join), st.lists(PIECES, max_size=15).map(" ".join), st.text()))
@example("1if x else 2")
@example("0_7")
@example("x is 1")
@pytest.mark.untraced
def test_whatever_is_typed_gives_a_number_or_a_sentence(text):
    variables = {name: Value(0.5) for name in ("x", "y", "x1")}
    try:
        reading = parse_expression(text)
        missing = [name for name in reading.names if name not in variables and name not in ("pi", "e", "inf", "nan")]
        result = reading.evaluate(variables | dict.fromkeys(missing, 2.0))
    except ExpressionError as error:
        result, column = 0, error.column
    else:
        column = 0
    assert isinstance(result, (Value, float, int))
    assert 0 <= column <= max(len(text), 1)


@settings(max_examples=examples(300), deadline=None)
@given(
    st.recursive(
        st.sampled_from(["x", "y", "2", "0.5", "1e-3"]),
        lambda inner: st.one_of(
            st.tuples(inner, st.sampled_from("+ - * /".split()), inner).map("({0[0]}){0[1]}{0[2]}".format),
            st.tuples(inner, st.sampled_from(["+", "-", "*", " % ", "//"]), inner).map("{0[0]}{0[1]}{0[2]}".format),
            inner.map("-{}".format),
            inner.map("abs({})".format),
        ),
        max_leaves=12,
    )
)
@pytest.mark.untraced
def test_what_is_read_is_what_python_computes(text):
    try:
        expected = float(eval(text, {"x": 1.5, "y": -2.5, "abs": abs}))
    except ZeroDivisionError:
        return
    assert float(value(text, x=1.5, y=-2.5)) == pytest.approx(expected, rel=1e-12, nan_ok=True)
