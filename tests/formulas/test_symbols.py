"""Formulas: the rules' own text, run on names."""

import math
import re

import pytest

from autograd import primitive
from autograd.core.namespaces import floats
from autograd.core.table import TABLE
from autograd.formulas.notation import Symbol, named, written
from autograd.formulas.symbols import formulas, symbols

A, B, C, Z = map(named, "abcz")

DERIVATIVES = {  # as a textbook writes them, z being the result
    "add": ["1", "1"],
    "sub": ["1", "-1"],
    "mul": ["b", "a"],
    "neg": ["-1"],
    "div": ["1/b", "-z/b"],
    "mod": ["1", "-(a // b)"],
    "pow": ["b·a^(b - 1)", "z·log(a)"],
    "exp": ["z"],
    "log": ["1/a"],
    "log1p": ["1/(1 + a)"],
    "sqrt": ["0.5/z"],
    "sin": ["cos(a)"],
    "cos": ["-sin(a)"],
    "tan": ["1 + z²"],
    "asin": ["1/√((1 - a)·(1 + a))"],
    "atan": ["1/(1 + a²)"],
    "hypot": ["a/z", "b/z"],
    "tanh": ["1 - z²"],
    "acosh": ["1/(√(a - 1)·√(a + 1))"],
    "abs": ["sign(a)"],
    "maximum": ["0.5 if a = b else 1 if b < a else 0", "0.5 if a = b else 1 if a < b else 0"],
    "relu": ["1 if a > 0 else 0"],
    "sigmoid": ["z·(1 - z)"],
    "softplus": ["sigmoid(a)"],
    "silu": ["sigmoid(a)·(1 + a·sigmoid(-a))"],
    "erf": ["1.128·exp(-a²)"],
    "sign": ["0"],
    "square": ["2·a"],
    "reciprocal": ["-z²"],
    "cbrt": ["1/(3·z²)"],
    "rsqrt": ["-0.5·z/a"],
    "exp2": ["0.6931·z"],
    "xlogy": ["log(b)", "a/b"],
    "sinc": ["(cos(3.142·a) - z)/a"],
    "softsign": ["1/(1 + |a|)²"],
    "hardtanh": ["1 if |a| < 1 else 0"],
    "prelu": ["1 if a > 0 else b", "0 if a > 0 else a"],
    "floor": ["0"],
}


@pytest.mark.smoke
@pytest.mark.parametrize("name", DERIVATIVES)
def test_a_local_derivative_is_written_as_in_a_textbook(name):
    op = TABLE[name]
    assert [written(x) for x in formulas(op, [A, B][: op.arity], Z)] == DERIVATIVES[name]


@pytest.mark.parametrize(
    ("name", "operands", "expected"),
    [
        ("pow", [A, 2], "2·a"),
        ("pow", [A, 3], "3·a²"),
        ("pow", [A, 1], "1"),
        ("pow", [A, 0], "0"),
        ("pow", [A, -1], "-a⁻²"),
        ("pow", [A, 0.5], "0.5·a^(-0.5)"),
        ("mul", [A, 2.5], "2.5"),
        ("div", [A, 0.0], "1/0"),
        ("log2", [A], "1/(0.6931·a)"),
        ("leaky_relu", [A, 0.01], "1 if a > 0 else 0.01"),
        ("clip", [A, -1, 1], "0 if a < -1 else 0 if 1 < a else 1"),
        ("dot", [A, B, C, Z, 0.5], "c"),
        ("mean", [A, B, C, A], "0.25"),
        ("prod", [A, B, B], "b²"),
        ("max", [A, B, C], "1/ties if a = z else 0"),
        ("norm2", [A, B], "a/z"),
        ("norm_inf", [A, B], "sign(a)·(1/ties if |a| = z else 0)"),
        ("logsumexp", [A, B], "softmax([a, b])[0]"),
        ("var", [A, B], "2·(a - mean([a, b]))/2"),
        ("std", [A, B], "(a - mean([a, b]))/(2·z)"),
        ("cosine_similarity", [A, B, C, 2.5], "(c/norm([c, 2.5]) - z·(a/norm([a, b])))/norm([a, b])"),
    ],
)
def test_constants_stand_in_a_formula_as_numbers(name, operands, expected):
    assert written(formulas(TABLE[name], operands, Z)[0]) == expected.replace("0 if 1 < a", "0 if a > 1")


def test_the_derivative_by_an_exponent_knows_the_base():
    assert [written(x) for x in formulas(TABLE["pow"], [2, B], Z)] == ["b·2^(b - 1)", "z·log(2)"]


def test_an_entry_of_softmax_is_written_by_its_index():
    assert [written(x) for x in formulas(TABLE["softmax"], [1, A, B], Z)[1:]] == [
        "-softmax([a, b])[1]·softmax([a, b])[0]",
        "softmax([a, b])[1]·(1 - softmax([a, b])[1])",
    ]


# Python reads the ASCII form, given the functions that it names.
FUNCTIONS = {
    **{name: getattr(math, name) for name in "exp log sqrt sin cos sinh cosh expm1 hypot erfc".split()},
    "sigmoid": lambda x: 1 / (1 + math.exp(-x)),
    "softmax": lambda xs: [math.exp(x) / sum(map(math.exp, xs)) for x in xs],
    "sign": lambda x: math.copysign(1, x),
    "maximum": max,
    "ties": 1,
    "mean": lambda xs: sum(xs) / len(xs),
    "norm": lambda xs: math.hypot(*xs),
}
WITHOUT_A_NAME = {"copy", "less", "equal", "round", "where"}


@pytest.mark.parametrize("name", sorted(set(TABLE) - WITHOUT_A_NAME))
@pytest.mark.untraced
def test_a_formula_gives_the_number_that_the_rule_gives(name):
    """Python itself evaluates what is written, beside a difference quotient of the row's value."""
    op = TABLE[name]
    numbers = [1.3 if name == "acosh" else 0.3, 0.7, -0.4, 0.9, 0.25][: op.arity or 5]
    first = 1 if "softmax" in name else 0
    if first:
        numbers[0] = 2
    if name == "clip":
        numbers = [0.3, -0.4, 0.9]
    if name == "cosine_similarity":
        numbers = numbers[:4]
    operands = [named(f"x{k}") if k >= first else x for k, x in enumerate(numbers)]
    f = lambda *xs: float(op.value(floats, *xs))
    known = {f"x{k}": x for k, x in enumerate(numbers)} | {"z": f(*numbers)}
    for k, slope in list(enumerate(formulas(op, operands, Z)))[first:]:
        text = written(slope, unicode=False, digits=17)
        text = re.sub(r"\|(.*?)\|", r"abs(\1)", text)
        step = 1e-6
        near = [[x + sign * step * (i == k) for i, x in enumerate(numbers)] for sign in (1, -1)]
        quotient = (f(*near[0]) - f(*near[1])) / (2 * step)
        value = eval(text.replace(" = ", " == "), {**FUNCTIONS}, known)
        assert value == pytest.approx(quotient, rel=1e-8, abs=1e-8), text


def test_symbols_do_arithmetic_with_numbers_from_both_sides_and_drop_what_says_nothing():
    texts = {
        "a + 1": A + 1,
        "1 + a": 1 + A,
        "a": [A + 0, 0 + A, A - 0, A * 1, 1 * A, A / 1, -(0 - A), symbols.power(A, 1)],
        "-a": [0 - A, -1 * A, A * -1],
        "0": [A * 0, 0 * A],
        "1": symbols.power(A, 0),
        "1 - a": [1 - A, True - A],
        "2·a": [2 * A, A * 2],
        "-a·b": [(-A) * B, A * (-B), -(A * B)],
        "2/a": 2 / A,
        "a // 2": A // 2,
        "2 // a": 2 // A,
        "a % 2": A % 2,
        "2 % a": 2 % A,
        "a - b - c": [A - (B + C), (A - B) - C],
        "a + b - c": (A + B) - C,
        "a - b": A + (-B),
        "-(a + b)": -(A + B),
        "a·(b + c)": A * (B + C),
        "(a + b)²": (A + B) * (A + B),
        "a/(b·c)": A / (B * C),
        "a/b/c": A / B / C,
        "a/(b/c)": A / (B / C),
        "(a % b)·c": (A % B) * C,
        "a^b": symbols.power(A, B),
        "(a + b)^c": symbols.power(A + B, C),
        "a·-2": Symbol("mul", A, -2),
        "√a": symbols.sqrt(A),
        "√(a + 1)": symbols.sqrt(A + 1),
        "a < b": symbols.less(A, B),
        "a = b": symbols.equal(A, B),
        "b": symbols.where(1, B, C),
        "c": symbols.where(False, B, C),
    }
    for text, found in texts.items():
        for each in found if isinstance(found, list) else [found]:
            assert written(each).replace("(-2)", "-2") == text
            assert repr(each) == written(each)


def test_in_ascii_a_formula_is_python():
    assert written(A * A * (1 - B), unicode=False) == "a**2*(1 - b)"
    assert written(symbols.sqrt(A) / symbols.power(B, 0.5), unicode=False) == "sqrt(a)/b**0.5"
    assert written(named("my value") + 1, unicode=False) == "<my value> + 1"


def test_a_formula_reads_as_in_a_textbook():
    assert [written(x) for x in formulas(TABLE["selu"], [A], Z)] == ["1.758·exp(a if a < 0 else 0) if a < 0 else 1.051"]
    assert TABLE["cosine_similarity"].write(["a", "b", "c", "d"]) == "cosine_similarity([a, b], [c, d])"
    assert [written(x) for x in formulas(TABLE["xlogy"], [A, B], Z)] == ["log(b)", "a/b"]


def test_a_name_that_looks_like_notation_is_set_apart():
    assert written(named("a + b") * A) == "‹a + b›·a"
    assert written(named("x[0].w") * named("%3")) == "x[0].w·%3"


def test_of_many_terms_or_factors_the_middle_is_left_out():
    xs = [named(f"x{k}") for k in range(5000)]
    product, total = formulas(TABLE["prod"], xs, Z)[7], sum(xs)
    assert written(product) == "x0·x1·x2·x3·x4·… 4993 more …·x4999"
    assert written(total) == "x0 + x1 + x2 + x3 + x4 + … 4994 more … + x4999"


def test_a_rule_of_the_users_that_does_not_run_on_symbols_is_named():
    op = primitive("twist", lambda m, x: math.sin(x), lambda m, x, y: (math.cos(x),))
    assert op(0.0) == 0.0
    assert [written(x) for x in formulas(TABLE["twist"], [A], Z)] == ["twist′"]
