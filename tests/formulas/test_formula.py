"""Formulas: what is printed of a derivative is that derivative, and no name can break out of it."""

import math
import re

import pytest
from hypothesis import given, settings

import autograd
from autograd import InputTypeError, InputValueError, Value, formula
from autograd.core import ops
from autograd.core.table import TABLE
from autograd.formulas.chain_rule import LARGE, LINES, applied
from autograd.formulas.latex import typeset
from autograd.formulas.notation import Writer, named
from tests.support.processes import run_fresh
from tests.support.programs import scalars
from tests.support.programs.effort import examples

NAMESPACE = {
    **{name: getattr(autograd, name) for name in TABLE if hasattr(autograd, name)},
    **{name: getattr(autograd, name) for name in ("max", "min", "sum", "norm")},
    "inf": math.inf,
    "ties": 1,  # the programs are smooth
}


def evaluated(text, numbers):
    """The first line of a formula in ASCII, worked out by Python from the last line upwards."""
    lines = [line.removeprefix("where").strip() for line in text.splitlines()]
    equations = [re.split(" += ", line, maxsplit=1) for line in lines if not line.startswith("ties is")]
    values = dict(numbers)
    for name, x in reversed(equations):
        words = {word: f"v{k}" for k, word in enumerate(values)}  # names that Python takes
        longest = sorted(words, key=len, reverse=True)
        pattern = "|".join(re.escape(word) + r"(?![\w%])" for word in longest)
        x = re.sub(rf"(?<![\w%])({pattern})", lambda match, words=words: words[match.group()], x)
        values[name] = eval(x, NAMESPACE, {words[word]: value for word, value in values.items()})
    return values[equations[0][0]]


def well_formed(latex):
    """True if braces, ``\\left`` and ``\\right``, and environments close in the order in which they opened."""
    opened = []
    for token in re.findall(r"\\(?:begin|end)\{\w+\}|\\(?:left|right)\b|\\.|[{}$]", latex):
        if token in ("{", "\\left") or token.startswith("\\begin"):
            opened.append(token)
        elif token in ("}", "\\right") or token.startswith("\\end"):
            opener = {"}": "{", "\\right": "\\left"}.get(token) or token.replace("end", "begin")
            if not opened or opened.pop() != opener:
                return False
        elif token == "$":
            return False
    return not opened


def check(program):
    values = scalars.backward(program)
    *_, y = values
    leaves = values[: len(program.inputs)]
    tape = autograd.program(y)
    present = [x for x in leaves if any(entry.node is x for entry in tape)]
    numbers = {tape.find(x).label: x.data for x in present}
    text = formula(y, digits=17).text(unicode=False, complete=True)
    assert evaluated(text, numbers) == pytest.approx(y.data, rel=1e-9, abs=1e-9)
    for x in present:
        slope = formula(y, wrt=x, digits=17)
        text = slope.text(unicode=False, complete=True)
        assert evaluated(text, numbers) == pytest.approx(x.grad, rel=1e-9, abs=1e-9), text
        assert well_formed(slope.latex)
        str(slope)


@settings(max_examples=examples(200), deadline=None)
@given(scalars.programs())
@pytest.mark.long
def test_a_printed_formula_is_an_expression_of_python_that_gives_the_value_and_the_gradient(program):
    check(program)


# --- What is written --------------------------------------------------------------------------------------------------


def neuron():
    w, x, b = Value(-3.0, name="w"), Value(2.0, name="x"), Value(6.5, name="b")
    y = autograd.tanh(w * x + b)
    y.name = "y"
    return w, x, b, y


def pair():
    x1, x2 = Value(2.0, name="x1"), Value(5.0, name="x2")
    f = autograd.log(x1) + x1 * x2 - autograd.sin(x2)
    f.name = "f"
    return x1, x2, f


@pytest.mark.smoke
def test_a_value_and_its_derivative_are_written_in_the_users_names():
    w, _, _, y = neuron()
    assert str(formula(y)) == repr(formula(y)) == "y = tanh(w·x + b)"
    assert str(formula(y, wrt=w)) == "dy/dw = (1 - y²)·x\nwhere y = tanh(w·x + b)"
    assert str(formula(y, wrt="b")) == "dy/db = 1 - y²\nwhere y = tanh(w·x + b)"
    assert formula(y, wrt=w).text(unicode=False) == "dy/dw = (1 - y**2)*x\nwhere y = tanh(w*x + b)"
    x1, x2, f = pair()
    assert str(formula(f, wrt=x1)) == "df/dx1 = 1/x1 + x2"
    assert str(formula(f, wrt=x2)) == "df/dx2 = x1 - cos(x2)"


def test_the_well_known_derivatives_are_those_of_the_text_book():
    x1, x2, f = pair()
    f.backward()
    for x, known in ((x1, 5.5), (x2, 1.716)):
        text = formula(f, wrt=x).text(unicode=False)
        assert evaluated(text, {"x1": 2.0, "x2": 5.0}) == pytest.approx(known, abs=5e-4)


def test_the_check_of_formulas_finds_a_wrong_one():
    w, _, _, y = neuron()
    y.backward()
    text = formula(y, wrt=w, digits=17).text(unicode=False)
    numbers = {"w": -3.0, "x": 2.0, "b": 6.5}
    assert evaluated(text, numbers) == pytest.approx(w.grad, rel=1e-12)
    assert evaluated(text.replace("1 - y", "1 + y"), numbers) != pytest.approx(w.grad, rel=1e-3)
    assert evaluated(text.replace("w*x", "w + x"), numbers) != pytest.approx(w.grad, rel=1e-3)


def test_what_has_a_name_is_used_again_or_is_large_has_a_line_of_its_own():
    a, b = Value(1.0, name="a"), Value(2.0, name="b")
    shared = a + b
    assert str(formula(shared * shared)) == "%3 = %2²\nwhere %2 = a + b"
    shared.name = "s"
    assert str(formula(autograd.exp(shared))) == "%3 = exp(s)\nwhere s = a + b"
    deep = a
    for _ in range(2 * LARGE):
        deep = deep.tanh()
    lines = str(formula(deep)).splitlines()
    assert len(lines) == 2
    assert max(line.count("tanh") for line in lines) <= LARGE + 1


def test_an_adjoint_that_is_used_again_has_a_line_of_its_own_above_the_values():
    a, b = Value(1.0, name="a"), Value(2.0, name="b")
    n = a * b + a
    y = autograd.sin(n) * autograd.exp(n)
    assert formula(y, wrt=a).text() == (
        "d%6/da = d%6/d%3·b + d%6/d%3\n"
        "where d%6/d%3 = %5·cos(%3) + sin(%3)·%5\n"
        "      %5      = exp(%3)\n"
        "      %3      = a·b + a"
    )


def test_an_adjoint_is_put_in_parentheses_before_it_is_divided():
    x = Value(2.0, name="x")
    n = x / autograd.exp(x)
    y = autograd.sin(n) * n
    first = formula(y, wrt=x).text().splitlines()[0]
    assert first == "d%4/dx = -d%4/d%2·(%2/%1)·%1 + (d%4/d%2)/%1"


def test_a_sign_goes_before_a_product_and_into_a_sum():
    x, y = Value(2.0, name="x"), Value(3.0, name="y")
    assert formula(autograd.cos(autograd.cos(x)), wrt=x).text().startswith("d%2/dx = sin(cos(x))·sin(x)")
    assert formula(-2 * x + y * -3 - (-x), wrt=x).text() == "d%6/dx = -1"
    assert formula(y - (-2 * x)).text() == "%3 = y + 2·x"
    assert formula(-(-2 * x)).text() == "%2 = 2·x"
    assert formula(-(-2 * -x)).text() == "%3 = -2·x"
    assert formula(1 / -(x * y)).text() == "%4 = 1/(-x·y)"
    assert formula((-x) ** 2).text() == "%2 = (-x)²"
    assert formula(autograd.erfc(x), wrt=x).text() == "d%1/dx = -1.128·exp(-x²)"


def test_a_value_that_is_itself_or_an_input_or_has_no_influence():
    x = Value(3.0, name="x")
    assert str(formula(x)) == "x = 3"
    assert str(formula(x, wrt=x)) == "dx/dx = 1"
    y = autograd.sign(x)
    y.name = "y"
    assert str(formula(y, wrt=x)) == "dy/dx = 0"
    assert str(formula(y, wrt=y)) == "dy/dy = 1"


def test_an_interior_value_can_be_differentiated_by():
    *_, y = neuron()
    tape = autograd.program(y)
    assert str(formula(y, wrt=tape[-2].node)) == "dy/d%4 = 1 - y²\nwhere y  = tanh(%4)\n      %4 = w·x + b"
    assert str(formula(y, wrt="%3")).splitlines()[0] == "dy/d%3 = 1 - y²"


def test_a_leaf_that_changed_is_differentiated_by_in_all_its_versions():
    x = Value(2.0, name="x")
    y = x * x
    x.data = 5.0
    y = y + 3 * x
    y.backward()
    text = formula(y, wrt=x).text(unicode=False)
    tape = autograd.program(y)
    numbers = {entry.label: entry.value for entry in tape if entry.op is None}
    assert len(numbers) == 2
    assert text.startswith("d%4/dx = ")
    assert evaluated(text, numbers) == x.grad == 7.0


def test_short_sums_and_products_are_written_out_and_of_long_ones_the_middle_is_left_out():
    xs = [Value(1.0, name=f"x{k}") for k in range(30)]
    ws = [Value(1.0, name=f"w{k}") for k in range(30)]
    assert formula(autograd.dot(ws[:2], xs[:2], 0.5)).text() == "%4 = w0·x0 + w1·x1 + 0.5"
    assert formula(autograd.dot(ws[:2], xs[:2])).text() == "%4 = w0·x0 + w1·x1"
    assert formula(autograd.prod([*xs[:2], 2])).text() == "%2 = 2·x0·x1"
    assert formula(autograd.mean(xs[:2])).text() == "%2 = mean([x0, x1])"
    long = formula(autograd.dot(ws, xs))
    assert "w8·x8 + … 20 more … + w29·x29" in long.text()
    assert r"w_{8} \cdot x_{8} + \ldots\ \text{20 more}\ \ldots + w_{29} \cdot x_{29}" in long.latex
    assert "w15*x15" in long.text(unicode=False, complete=True)
    assert "... 20 more ..." in long.text(unicode=False)
    assert "… 20 more …, x29]" in formula(autograd.max(xs)).text()
    assert "… 20 more …·x29" in formula(autograd.prod(xs)).text()
    assert "… 20 more …" not in formula(autograd.max(xs)).text(complete=True)


def test_ties_are_explained():
    x, y = Value(1.0, name="x"), Value(2.0, name="y")
    slope = formula(autograd.max([x, y]), wrt=x)
    assert slope.text() == (
        "d%2/dx = 1/ties if x = max([x, y]) else 0\n      ties is how many of the arguments are equal to the result"
    )
    assert r"\text{ties is how many of the arguments are equal to the result}" in slope.latex
    alone = formula(autograd.max([x]), wrt=x)
    assert alone.latex.startswith(r"\begin{aligned}")


def test_a_copy_is_written_as_what_it_copies():
    x = named("x")
    assert applied(ops.COPY, [x]) is x
    inlined = {id(x): named("y")}
    assert Writer(inlined=inlined).at(x * x) == "y²"


def test_digits_are_those_that_were_asked_for():
    y = Value(1.0, name="x") * (1 / 3)
    assert str(formula(y)) == "%1 = x·0.3333"
    assert str(formula(y, digits=6)) == "%1 = x·0.333333"
    with pytest.raises(InputValueError, match="digits is 1 or more, not 0"):
        formula(y, digits=0)
    with pytest.raises(InputTypeError, match="digits is a whole number, not float"):
        formula(y, digits=4.0)


def test_what_is_no_value_of_the_program_is_refused():
    x, y = Value(1.0), Value(2.0)
    with pytest.raises(InputValueError, match="is not part of this program"):
        formula(x * x, wrt=y)
    with pytest.raises(InputTypeError, match="a program belongs to a recorded value"):
        formula(2.0)


@pytest.mark.parametrize("depth", [1000, pytest.param(20_000, marks=pytest.mark.long)])
def test_depth_is_no_limit_and_the_text_is_cut(depth):
    y = x = Value(0.5, name="x")
    for _ in range(depth):
        y = y.sin()
    slope = formula(y, wrt=x)
    lines = str(slope).splitlines()
    left_out = int(re.search(r"… (\d+) more lines …", lines[-1]).group(1))
    assert len(slope.text().splitlines()) == LINES + 1
    assert left_out > depth / 5
    assert f"{left_out} more lines" in slope.latex
    assert slope.text(unicode=False).splitlines()[-1] == f"      ... {left_out} more lines ..."
    assert len(slope.text(complete=True).splitlines()) == LINES + left_out
    assert well_formed(slope.latex)


@pytest.mark.long
def test_a_value_used_forty_thousand_times_is_written():
    x = Value(0.5, name="x")
    y = x
    for _ in range(20_000):
        y = y + x * x
    assert "more …" in str(formula(y, wrt=x))


def test_a_shared_value_is_not_written_out_again_and_again():
    y = x = Value(1.0, name="x")
    for _ in range(200):
        y = y * y
    assert len(formula(y, wrt=x).text(complete=True)) < 20_000


def test_an_operation_of_the_users_own_is_written_in_its_notation():
    cube = autograd.primitive("formula_cube", lambda m, x: x * x * x, lambda m, x, y: (3 * x * x,))
    join = autograd.primitive("formula_join", lambda m, x, y: x + y, lambda m, x, y, z: (1, 1), "{} ⊕ {}")
    x, y = Value(2.0, name="x"), Value(3.0, name="y")
    assert formula(cube(x)).text() == "%1 = formula_cube(x)"
    assert formula(cube(x), wrt=x).text() == "d%1/dx = 3·x²"
    assert formula(cube(x)).latex == r"v_{1} = \operatorname{formula\_cube}\left(x\right)"
    z = 2 * join(x, y)
    assert formula(z).text() == "%3 = 2·(x ⊕ y)"
    autograd.primitive("formula_join", lambda m, x: x, lambda m, x, y: (1,))
    assert formula(z).text() == "%3 = 2·formula_join(x, y)"


def test_a_rule_that_does_not_run_on_symbols_is_named():
    def slope(m, x, y):
        return (3 if x > 1 else 2,)

    bent = autograd.primitive("formula_bent", lambda m, x: x, slope)
    x = Value(2.0, name="x")
    assert formula(bent(x), wrt=x).text() == "d%1/dx = formula_bent′"
    assert formula(bent(x), wrt=x).latex == r"\frac{\mathrm{d} v_{1}}{\mathrm{d} x} = {\text{formula}\_\text{bent}{'}}"


# --- On paper ---------------------------------------------------------------------------------------------------------


def test_long_lines_are_broken_behind_the_equality_sign():
    xs = [Value(1.0, name=f"input{k}") for k in range(9)]
    text = formula(autograd.sum(xs)).text(width=40)
    assert text == ("%9 = input0 + input1 + input2 + input3 +\n     input4 + input5 + input6 + input7 +\n     input8")


def test_the_text_fits_the_terminal_and_its_characters(monkeypatch):
    monkeypatch.setenv("COLUMNS", "30")
    xs = [Value(1.0, name=f"input{k}") for k in range(9)]
    assert max(map(len, repr(formula(autograd.sum(xs))).splitlines())) <= 30
    script = (
        "from autograd import Value, formula\n"
        "x = Value(2.0, name='größe')\n"
        "y = (x * x).tanh()\n"
        "y.name = 'y'\n"
        "print(formula(y, wrt=x))"
    )
    assert run_fresh(script, PYTHONIOENCODING="ascii", COLUMNS="100").splitlines() == [
        r"dy/dgr\xf6\xdfe = dy/d%1*gr\xf6\xdfe + dy/d%1*gr\xf6\xdfe",
        "where dy/d%1 = 1 - y**2",
        r"      y      = tanh(gr\xf6\xdfe**2)",
    ]


# --- LaTeX ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("build", "latex"),
    [
        (lambda x, y: x / y, r"\frac{x}{y}"),
        (lambda x, y: -x / y, r"-\frac{x}{y}"),
        (lambda x, y: (x / y) ** 2, r"\left(\frac{x}{y}\right)^{2}"),
        (lambda x, y: x**-0.5, r"x^{-0.5}"),
        (lambda x, y: (x + y) ** y, r"\left(x + y\right)^{y}"),
        (lambda x, y: 1e10 * x, r"10^{10} \cdot x"),
        (lambda x, y: x * -2.5e-7, r"x \cdot \left(-2.5 \cdot 10^{-7}\right)"),
        (lambda x, y: x + math.inf, r"x + \infty"),
        (lambda x, y: x - math.nan, r"x - \mathrm{nan}"),
        (lambda x, y: autograd.sqrt(x + 1), r"\sqrt{x + 1}"),
        (lambda x, y: abs(x), r"\left|x\right|"),
        (lambda x, y: autograd.tanh(x), r"\tanh\left(x\right)"),
        (lambda x, y: autograd.asin(x), r"\arcsin\left(x\right)"),
        (lambda x, y: autograd.asinh(x), r"\operatorname{arsinh}\left(x\right)"),
        (lambda x, y: autograd.log2(x), r"\log_{2}\left(x\right)"),
        (lambda x, y: autograd.sigmoid(x), r"\sigma\left(x\right)"),
        (lambda x, y: autograd.maximum(x, y), r"\max\left(x, y\right)"),
        (lambda x, y: autograd.erf(x), r"\operatorname{erf}\left(x\right)"),
        (lambda x, y: autograd.norm([x, y]), r"\left\|\left(x, y\right)\right\|_{2}"),
        (lambda x, y: autograd.norm([x, y], math.inf), r"\left\|\left(x, y\right)\right\|_{\infty}"),
        (lambda x, y: autograd.softmax([x, y])[1], r"\operatorname{softmax}\left(x, y\right)_{1}"),
        (lambda x, y: x // y, r"\left\lfloor\frac{x}{y}\right\rfloor"),
        (lambda x, y: x % (y + 1), r"x \;\mathrm{mod}\; \left(y + 1\right)"),
        (
            lambda x, y: autograd.where(x, y, autograd.where(y, x, 1)),
            r"\begin{cases} y & \text{if } x \\ x & \text{if } y \\ 1 & \text{otherwise} \end{cases}",
        ),
    ],
)
def test_an_expression_is_typeset(build, latex):
    y = build(Value(2.0, name="x"), Value(3.0, name="y"))
    y.name = "z"
    assert formula(y).latex == f"z = {latex}"
    assert formula(y)._repr_latex_() == rf"$\displaystyle z = {latex}$"
    assert well_formed(latex)


def test_a_derivative_and_its_lines_are_aligned():
    w, _, _, y = neuron()
    assert formula(y, wrt=w).latex == (
        "\\begin{aligned}\n"
        "\\frac{\\mathrm{d} y}{\\mathrm{d} w} &= \\left(1 - y^{2}\\right) \\cdot x \\\\\n"
        "\\text{where } y &= \\tanh\\left(w \\cdot x + b\\right)\n"
        "\\end{aligned}"
    )


@pytest.mark.parametrize(
    ("name", "latex"),
    [
        ("x", "x"),
        ("w1", "w_{1}"),
        ("w_12", "w_{12}"),
        ("alpha", r"\alpha"),
        ("beta2", r"\beta_{2}"),
        ("Omega", r"\Omega"),
        ("loss", r"\mathrm{loss}"),
        ("loss1", r"\mathrm{loss}_{1}"),
        ("x_train", r"x_{\mathrm{train}}"),
        ("%3", "v_{3}"),
        ("x%3", r"{\text{x}\%\text{3}}"),
        ("layers[0].w", r"{\text{layers[0].w}}"),
        ("größe", r"{\text{größe}}"),
        ("a b", r"{\text{a}\ \text{b}}"),
        ("}\\end{aligned}$", r"{\}\backslash \text{end}\{\text{aligned}\}\$}"),
        ("a\nb", r"{\text{a}\backslash \text{nb}}"),
    ],
)
def test_a_name_is_typeset_as_mathematicians_write_it_or_else_as_text(name, latex):
    assert typeset(name) == latex


HOSTILE = [
    "}", "{", "$", "$$", "\\", "\\\\", "%", "&", "#", "_", "^", "~", "x^2", "a_b_c", "\\end{aligned}", "\\right)",
    "\\input{/etc/passwd}", "<img src=x onerror=alert(1)>", "</script>", "'", '"', "`", "f′", "\udc80", " ", "名",
    "€", "\x00", "\n\n",
]  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_cannot_break_out(name):
    x = Value(0.5, name=name)
    y = autograd.where(x > 0, abs(x) / x, 1) * x
    y.name = name * 2
    for shown in (formula(y), formula(y, wrt=x)):
        assert well_formed(shown.latex)
        assert not re.search(r"<[a-zA-Z/!?]", shown.latex)
        assert not re.search(r"(?<!\\)[%#]", shown.latex)
        assert "\\input" not in shown.latex
        assert "\n\n" not in shown.latex
        str(shown)


def test_the_check_of_latex_finds_what_is_not_closed():
    assert well_formed(r"\left(\frac{a}{b}\right)\{")
    for broken in ("{", "}", r"\left( {\right) }", r"\begin{cases} x", r"x \end{cases}", "$", r"\right)"):
        assert not well_formed(broken)


@pytest.mark.untraced
def test_the_typesetter_of_matplotlib_takes_it():
    pytest.importorskip("matplotlib")
    from matplotlib.mathtext import MathTextParser

    parse = MathTextParser("path").parse
    x, y = Value(0.5, name="x1"), Value(0.25, name="alpha")
    functions = "exp log2 log10 sqrt tan acos atan sinh tanh asinh abs gelu silu softplus erf sigmoid".split()
    shown = [formula(f, wrt=v) for name in functions for f in [getattr(autograd, name)(x * y)] for v in (x, y)]
    shown += [formula(f) for f in (x // y, x % y, x**y, autograd.norm([x, y]), autograd.log_softmax([x, y])[0], -x / y)]
    shown += [formula(Value(1.0, name=name) * x) for name in HOSTILE if "&" not in name and name.isprintable()]
    for each in shown:
        for line in each.latex.splitlines():
            if "{aligned}" not in line and "cases" not in line:
                parse(f"${line.removesuffix(chr(92) * 2).replace('&=', '=')}$")


@settings(max_examples=100, deadline=None)
@given(scalars.edge_programs())
@pytest.mark.untraced
def test_any_program_has_a_formula(program):
    values = scalars.run(program, scalars.ours, [Value(x) for x in program.inputs])
    y = values[-1]
    if isinstance(y, Value):
        for entry in autograd.program(y):
            shown = formula(y, wrt=entry.node)
            assert well_formed(shown.latex)
            assert str(shown)


def test_a_derivative_of_0_ends_the_chain():
    x = Value(2.0, name="x")
    y = autograd.sign(x * x)
    y.name = "y"
    assert str(autograd.formula(y, wrt=x)) == "dy/dx = 0"


def test_a_cosine_is_written_with_its_lengths():
    x, y = Value(3.0, name="x"), Value(4.0, name="y")
    z = autograd.cosine_similarity([x, 1.0], [y, 2.0])
    z.name = "z"
    found = str(autograd.formula(z))
    assert "x·y" in found
    assert found.count("norm") == 2
