"""The explanation of a gradient: what it says, that it adds up, and what rounding hides."""

import math
import operator
import random
import re
from functools import reduce
from itertools import product

import pytest
from hypothesis import HealthCheck, given, settings

import autograd
from autograd import InputTypeError, InputValueError, Value, clip, dot, explain, program, scope, where
from autograd.explaining.explanation import Explanation
from autograd.explaining.paths import model_part
from autograd.text.paper import Paper
from nn import MLP, losses
from tests.support.processes import run_fresh
from tests.support.programs.effort import examples
from tests.support.programs.scalars import edge_programs, exact_programs, ours, programs, run

PLAIN = Paper(80, colour=False, unicode=True)


def micrograd():
    """The expression of micrograd's README, with its published gradients."""
    a, b = Value(-4.0, name="a"), Value(2.0, name="b")
    c = a + b
    d = a * b + b**3
    c += c + 1
    c += 1 + c + (-a)
    d += d * 2 + (b + a).relu()
    d += 3 * d + (b - a).relu()
    e = c - d
    f = e**2
    g = f / 2.0
    g += 10.0 / f
    e.name, g.name = "e", "g"
    return a, b, e, g


def text(explanation, paper=PLAIN):
    assert isinstance(explanation, Explanation)
    return explanation.on(paper)


def named(value, name):
    value.name = name
    return value


# --- The sum over the uses --------------------------------------------------------------------------------------------


@pytest.mark.smoke
def test_five_uses_add_up_to_the_published_gradient():
    _, b, _, g = micrograd()
    assert text(explain(b, of=g)).splitlines() == [
        "dg/db = 645.6, the sum over 5 uses of b = 2",
        "used in        local derivative     upstream × local            sum so far",
        "%18 = b - a    d%18/db = 1            6.942 × 1    =    6.942      6.942",
        "%13 = b + a    d%13/db = 1            0     × 1    =    0          6.942",
        "    g does not move with %13: no gradient is passed on",
        "%4  = b ** 3   d%4/db = 3·b² = 12    83.3   × 12   =  999.6     1007",
        "%3  = a * b    d%3/db = a = -4       83.3   × (-4) = -333.2      673.3",
        "%2  = a + b    d%2/db = 1           -27.77  × 1    =  -27.77     645.6",
        "To 4 digits; exactly, dg/db = 645.5772594752186.",
    ]


def test_the_record_is_made_of_the_steps_of_the_pass():
    _, b, _, g = micrograd()
    explanation = explain(b, of=g)
    assert explanation.total == 645.5772594752186
    assert [part.source.label for part in explanation.parts] == ["%18", "%13", "%4", "%3", "%2"]
    assert [step.entry for step in explanation.steps] == [part.source for part in explanation.parts]
    assert explanation.parts[-1].after == explanation.total
    assert (explanation.result.label, [entry.label for entry in explanation.versions]) == ("g", ["b"])
    assert explanation.paths is None


def test_nothing_is_deposited():
    a, b, e, g = micrograd()
    explain(b, of=g)
    explain(b, of=g, paths=True)
    assert [x.grad for x in (a, b, e, g)] == [None] * 4


def test_a_computed_value_is_explained_like_a_leaf():
    _, _, e, g = micrograd()
    assert text(explain(e, of=g)).splitlines()[:3] == [
        "dg/de = -6.942, from the only use of e = -7",
        "used in        local derivative      upstream × local",
        "%23 = e ** 2   d%23/de = 2·e = -14   0.4958 × (-14) = -6.942",
    ]


def test_the_result_by_itself_is_one():
    x = Value(3.0, name="x")
    for paths in (False, True):
        explanation = explain(x, of=x, paths=paths)
        assert (str(explanation), explanation.total, explanation.parts) == (
            "dx/dx = 1: x is the result itself",
            1.0,
            (),
        )
    [path] = explanation.paths
    assert path == ((), 1.0)


def test_a_value_may_be_given_by_its_name():
    a, b, e, g = micrograd()
    for name, x in (("a", a), ("b", b), ("e", e), ("%18", program(g)[18].node)):
        assert explain(name, of=g).total == explain(x, of=g).total
    zero = Value(0.0, name="zero")
    assert explain("zero", of=3 * zero).total == 3.0


@pytest.mark.parametrize("name", ["x", "x%0", "x%2"])
def test_all_versions_of_a_leaf_count(name):
    x = Value(2.0, name="x")
    y = x * 3
    x.data = 5.0
    y = named(y * x, "y")
    shown = text(explain(name, of=y))
    assert shown.splitlines()[:2] == [
        "dy/dx = 21, the sum over 2 uses of x",
        "x changed between its uses: x%0 = 2, x%2 = 5",
    ]
    assert "dy/dx%2 = %1 = 6" in shown
    assert "d%1/dx%0 = 3" in shown
    assert text(explain(name, of=y, paths=True)).splitlines()[-2:] == [
        "1. dy/d%1 · d%1/dx%0 = 5 × 3 = 15",
        "2. dy/dx%2 = 6",
    ]


def test_many_versions_are_counted_and_a_shared_or_missing_name_is_not_used():
    x, other = Value(1.0), Value(1.0, name="w")
    y = other * 1
    for k in range(9):
        x.data = float(k)
        y = y + x
    assert text(explain(x, of=y)).splitlines()[:2] == [
        "d%19/d%0 = 9, the sum over 9 uses of %0",
        "%0 changed between its uses: %0 = 0, %4 = 1, %6 = 2, %8 = 3, … 4 more …, %18 = 8",
    ]
    x.name = "w"
    assert text(explain(x, of=y)).startswith("d%19/dw%0 = 9, the sum over 9 uses of w%0\n")


def test_an_argument_that_is_taken_twice_is_told_apart():
    x = Value(3.0, name="x")
    y = named(x * x, "y")
    assert text(explain(x, of=y)).splitlines()[2:] == [
        "y = x * x, argument 1   dy/dx = x = 3      1 × 3 = 3          3",
        "y = x * x, argument 2   dy/dx = x = 3      1 × 3 = 3          6",
    ]
    assert text(explain(x, of=y, paths=True)).splitlines()[1:] == [
        "1. dy/dx = 3: argument 1 of y",
        "2. dy/dx = 3: argument 2 of y",
    ]


@pytest.mark.parametrize(
    ("f", "words"),
    [
        (lambda x: x.relu(), "relu does not take x"),
        (lambda x: autograd.max([x, 2.0]), "max does not take x"),
        (lambda x: clip(x, 1.0, 2.0), "clip does not take x"),
        (lambda x: where(x > 1, x, 0.0), "where does not take x"),
        (lambda x: where(x, 1.0, Value(2.0)), "x only decides"),
        (lambda x: x // 2, "floordiv is flat between its jumps"),
        (lambda x: round(x), "round is flat between its jumps"),
        (lambda x: 0 * x.exp(), "y does not move with %1"),
    ],
)
def test_a_use_that_contributes_nothing_gives_the_reason(f, words):
    x = Value(-0.25, name="x")
    y = named(f(x), "y")
    assert f"    {words}: no gradient is passed on" in text(explain(x, of=y)).splitlines()
    assert explain(x, of=y).total == 0.0


def test_an_infinite_slope_that_nothing_arrives_at_does_no_harm():
    x = Value(0.0, name="x")
    root = x.sqrt()
    y = named(root - root, "y")
    assert explain(x, of=y).total == 0.0
    assert "0 × inf = 0" in text(explain(x, of=y))
    assert "The paths add up to nan: a gradient of 0 is not passed on" in text(explain(x, of=y, paths=True))


def test_the_middle_of_many_uses_is_left_out_of_the_text_but_not_of_the_record():
    x = Value(1.0, name="x")
    y = named(sum((x * k for k in range(1000)), Value(0.0)), "y")
    explanation = explain(x, of=y)
    lines = text(explanation).splitlines()
    assert len(explanation.parts) == 1000
    assert lines[0] == "dy/dx = 4.995e+05, the sum over 1,000 uses of x = 1"
    assert len(lines) == 2 + 10 + 1 + 4
    # 999 + … + 990 = 9945 come first, and 3 + 2 + 1 + 0 last
    assert lines[11].endswith("9945")
    assert lines[12] == "… 986 more, adding up to 4.895e+05: so far 4.995e+05"
    fifteen = text(explain(x, of=sum(x * k for k in range(15))))
    assert "more" not in fifteen
    assert len(fifteen.splitlines()) == 2 + 15


def test_as_many_digits_as_are_asked_for():
    _, b, _, g = micrograd()
    assert text(explain(b, of=g, digits=2)).splitlines()[0] == "dg/db = 6.5e+02, the sum over 5 uses of b = 2"
    shown = text(explain(b, of=g, digits=17))
    assert shown.startswith("dg/db = 645.57725947521863")
    assert "exactly" not in shown


# --- What rounding hides ----------------------------------------------------------------------------------------------


def test_terms_that_as_printed_miss_the_total_are_named():
    x, a = Value(1.0, name="x"), Value(1000.25, name="a")
    assert text(explain(x, of=a * x - 1000 * x)).splitlines()[-2:] == [
        "As printed, the contributions add up to 0, not to 0.25: rounding to 4 digits",
        "hides 0.25.",
    ]


def test_what_the_sum_of_floats_lost_is_named():
    x = Value(1.0, name="x")
    y = 1e20 * x + x - 1e20 * x
    assert explain(x, of=y).total == 0.0
    assert text(explain(x, of=y)).splitlines()[-1] == (
        "Sums of floats are rounded: in exact arithmetic the contributions add up to 1."
    )


def test_a_total_that_is_not_finite_needs_no_notes():
    x = Value(0.0, name="x")
    assert text(explain(x, of=named(x.log(), "y"))).splitlines()[-1].endswith("1 × inf = inf")
    y = named(Value(math.nan) * x, "y")
    assert text(explain(x, of=y)).splitlines()[0] == "dy/dx = nan, from the only use of x = 0"
    assert text(explain(x, of=y, paths=True)).splitlines()[1:] == ["1. dy/dx = nan"]


# --- Errors -----------------------------------------------------------------------------------------------------------


def test_errors_say_what_to_do():
    x = Value(3.0, name="x")
    y = x * 2
    cases = [
        (lambda: explain(x), InputTypeError, r"write explain\(x, of=y\)"),
        (lambda: explain(3.0, of=y), InputTypeError, "by a value or a name, not by float 3.0"),
        (lambda: explain(x, of=3.0), InputTypeError, "belongs to a recorded value"),
        (lambda: explain("q", of=y), InputValueError, "'q' is not part of this program"),
        (lambda: explain(Value(1.0), of=y), InputValueError, r"Value\(1.0\) is not part of this program"),
        (lambda: explain(y, of=x), InputValueError, r"Value\(6.0\) was computed from .*swap the two"),
        (lambda: explain(x, of=y, digits=0), InputValueError, "digits is 1 or more, not 0"),
        (lambda: explain(x, of=y, digits=2.5), InputTypeError, "digits is a whole number, not float 2.5"),
        (lambda: explain(x, of=y, digits=True), InputTypeError, "digits is a whole number, not bool True"),
        (lambda: explain(x, of=y, digits=768), InputValueError, "digits is at most 767, not 768"),
        (lambda: explain(x, of=y, paths="all"), InputTypeError, "paths is True or False, not str 'all'"),
        (
            lambda: explain("x", of=y * Value(1.0, "x")),
            InputValueError,
            "stands for 2 entries .*: x%0 = 3.0 and x%2 = 1.0; say which",
        ),
    ]
    for call, error, words in cases:
        with pytest.raises(error, match=words):
            call()


# --- Paths ------------------------------------------------------------------------------------------------------------


def test_a_path_is_a_line_where_it_fits():
    w, x = Value(2.0, name="w"), Value(0.5, name="x")
    n = named(w * x, "n")
    y = named(n.tanh() + w, "y")
    slope = 1 - math.tanh(1.0) ** 2
    lines = text(explain(w, of=y, paths=True)).splitlines()
    assert lines == [
        "dy/dw = 1.21, the sum over 2 paths from y to w = 2",
        "1. dy/d%3 · d%3/dn · dn/dw = 1 × 0.42 × 0.5 = 0.21",
        "2. dy/dw = 1",
        f"To 4 digits; exactly, dy/dw = {1 + slope / 2!r}.",
    ]
    assert [path.product for path in explain(w, of=y, paths=True).paths] == pytest.approx([slope / 2, 1.0])


def test_all_paths_of_the_published_expression_add_up():
    _, b, _, g = micrograd()
    explanation = explain(b, of=g, paths=True)
    assert len(explanation.paths) == 30
    assert sum(path.product for path in explanation.paths) == pytest.approx(645.5772594752186, rel=1e-14)
    for path in explanation.paths:
        assert path.parts[0].source.label == "g"
        assert path.parts[-1].entry.label == "b"
        assert all(above.entry is below.source for above, below in zip(path.parts, path.parts[1:], strict=False))
    shown = text(explanation)
    assert " = 0: relu does not take %13" in shown
    assert "\n… 16 more, adding up to 592.4\n" in shown
    assert "The paths add up to 645.577259475218" in shown
    assert max(map(len, shown.splitlines())) <= 80


def test_of_several_results_the_sum_is_explained():
    x = Value(2.0, name="x")
    a, b = x * 3, x * x
    assert explain(x, of=[a, b]).total == explain(x, of=program(a, b)).total == 3.0 + 2 * 2.0
    assert text(explain(a, of=(a, b))).splitlines()[0] == "dL/d%1 = 1, from the only use of %1 = 6"
    assert len(explain(x, of=[a, b], paths=True).paths) == 3


def test_paths_are_grouped_as_a_lecturer_does():
    random.seed(7)
    model = MLP(2, [2, 1], activation="tanh")
    loss = named(losses.mse([model([1.0, 2.0])], [1.0], reduction="sum"), "L")
    weight, bias = model.layers[0].neurons[0].weights[0], model.layers[0].neurons[0].bias
    wide = PLAIN._replace(width=112)
    assert text(explain(weight, of=loss, paths=True), wide).splitlines()[1:4] == [
        "   ┌──────────── loss ───────────┐   ┌─ link ┐   ┌ layer 1 ┐   ┌────────── weight ──────────┐",
        "1. dL/d%15 · d%15/d%14 · d%14/d%13 · d%13/d%10 ·   d%10/d%9  · d%9/dlayers[0].neurons[0].w[0]",
        "   = 1 × (-0.8292) × 1 × 0.07176 × 0.114 × 1 = -0.006786: argument 1 of %15",
    ]
    bars = text(explain(bias, of=loss, paths=True), wide).splitlines()[1]
    assert bars.endswith("┌ layer 1 ┐   ┌────────── bias ─────────┐")


def test_a_long_path_goes_on_in_the_next_line_and_its_brackets_with_it():
    random.seed(7)
    model = MLP(1, [1, 1, 1], activation="tanh")
    x = Value(0.5, name="x")
    y = named(model([x]), "y")
    assert text(explain(x, of=y, paths=True), Paper(50)).splitlines()[:8] == [
        "dy/dx = 0.07096, from the only path from y to x =",
        "0.5",
        "   ┌ link ┐   ┌ layer 2 ┐   ┌ link ┐",
        "1. dy/d%10  ·   d%10/d%9  · d%9/d%8 ·",
        "   ┌── layer 1 ───┐",
        "   d%8/d%7 · d%7/dx",
        "   = 0.3019 × 0.9853 × (-0.6983) × 0.9696 ×",
        "   (-0.3523) = 0.07096",
    ]


def test_two_units_of_one_name_are_called_by_their_paths():
    x = Value(2.0, name="x")
    with scope("encoder.layers[0]"):
        h = x * 3
    with scope("decoder.layers[0]"):
        y = named(h * h.data, "y")
    shown = text(explain(x, of=y, paths=True))
    assert "┌ decoder.layers[0] ┐   ┌ encoder.layers[0] ┐" in shown


def test_a_parameter_that_is_added_is_a_bias_and_factors_outside_all_scopes_have_no_bracket():
    w = Value(2.0, name="w")
    w._note = w.note._replace(scope="line", role="parameter")
    with scope("line"):
        z = 3.0 * w
        y = z + w
    assert text(explain(w, of=named(2 * y, "L"), paths=True)).splitlines()[1:] == [
        "            ┌ line ┐   ┌ weight ┐",
        "1. dL/d%2 · d%2/d%1  ·   d%1/dw = 2 × 1 × 3 = 6",
        "            ┌ bias ┐",
        "2. dL/d%2 ·  d%2/dw = 2 × 1 = 2",
    ]


@pytest.mark.parametrize(
    ("scope_", "expected"),
    [
        ("mlp.layers[1].neurons[0]", ("mlp.layers[1]", "layer 2")),
        ("net.blocks[9]", ("net.blocks[9]", "block 10")),
        ("total.losses[0].mse", ("total.losses[0]", "loss 1")),
        ("net.heads['left']", ("net.heads['left']", "head left")),
        ("net.class[0]", ("net.class[0]", "class 1")),
        ("model.loss", ("model.loss", "loss")),
        ("neuron", ("neuron", "neuron")),
        ("", ("", "")),
    ],
)
def test_a_scope_is_called_by_its_unit(scope_, expected):
    assert model_part(scope_) == expected


@pytest.mark.long
def test_paths_are_counted_before_they_are_listed():
    x = Value(1.0, name="x")
    y = x
    for _ in range(10):
        y = y + y
    with pytest.raises(InputValueError, match=r"^1,024 paths lead from %10 to x, and at most 1,000 are listed; leave"):
        explain(x, of=y, paths=True)
    for _ in range(20_000):
        y = y + y
    with pytest.raises(InputValueError, match="more than 1,000,000,000,000,000,000 paths lead"):
        explain(x, of=y, paths=True)
    assert math.isinf(explain(x, of=y).total)


def test_values_that_do_not_lead_to_x_are_on_no_path():
    x, w = Value(2.0, name="x"), Value(3.0, name="w")
    y = (x * w.exp()).sin()
    assert [[part.source.label for part in path.parts] for path in explain(x, of=y, paths=True).paths] == [["%4", "%3"]]


def test_long_paths_are_counted_too():
    x = Value(1.0, name="x")
    y = sum(x * k for k in range(600))
    for _ in range(2000):
        y = -y
    with pytest.raises(InputValueError, match=r"600 paths lead .* at most 1,000 and 1,000,000 factors in them"):
        explain(x, of=y, paths=True)


# --- Paper ------------------------------------------------------------------------------------------------------------


def test_narrow_paper_has_a_line_for_each_fact():
    _, b, _, g = micrograd()
    lines = text(explain(b, of=g), Paper(44, unicode=False)).splitlines()
    start = lines.index("%4 = b ** 3")
    assert lines[start : start + 3] == ["%4 = b ** 3", "    d%4/db = 3*b**2 = 12", "    83.3 * 12 = 999.6, so far 1007"]
    assert lines[start - 2 : start] == ["    g does not move with %13: no gradient is", "        passed on"]
    assert max(map(len, lines)) <= 44


def test_a_table_drops_names_and_shortens_expressions_before_it_is_given_up():
    x = Value(1.0, name="x")
    ws = [Value(float(k), name=f"weight{k}") for k in range(4)]
    y = named(dot(ws, [x, 2.0, x, 3.0], 1.0), "y")
    wide, medium, narrow = (text(explain(x, of=y), Paper(width)).splitlines() for width in (150, 125, 80))
    assert "dy/dx = weight0 = 0" in wide[2]
    assert "   weight0 = 0   " in medium[2]
    assert wide[3].startswith("y = dot([weight0, weight1, weight2, weight3], [x, 2.0, x, 3.0], 1.0), argument 7   ")
    assert narrow[2].startswith("y = dot([weight0, ")
    assert "…   weight0 = 0   " in narrow[2]


def test_colours_are_for_terminals_only():
    _, b, _, g = micrograd()
    colourful = text(explain(b, of=g), Paper(80, colour=True))
    assert "\033[1mdg/db = 645.6" in colourful
    plain = colourful
    for code in ("\033[1m", "\033[2m", "\033[0m"):
        plain = plain.replace(code, "")
    assert plain == text(explain(b, of=g))
    random.seed(7)
    model = MLP(1, [1], activation="tanh")
    assert "\033[2m   ┌ weight ┐\033[0m\n" in text(explain("w[0]", of=model([1.0]), paths=True), Paper(80, colour=True))


def test_a_choice_is_set_apart_from_the_equation_that_it_is_in():
    x, bound = Value(3.0, name="x"), Value(1.0, name="bound")
    assert "dy/dx = (1 if x > 0 else 0) = 1" in text(explain(x, of=named(x.relu(), "y")))
    assert explain(bound, of=autograd.maximum(x, bound)).total == 0.0


def test_ascii_is_enough():
    script = """
from autograd import Value, explain
x = Value(3.0, name="\\u03b8")
y = x ** 2 + x; y.name = "y"
print(explain(x, of=y)); print(explain(x, of=y, paths=True))
"""
    printed = run_fresh(script, PYTHONIOENCODING="ascii")
    assert printed.isascii()
    assert r"dy/d\u03b8 = 7, the sum over 2 uses of \u03b8 = 3" in printed
    assert "2*" in printed


# --- Any program ------------------------------------------------------------------------------------------------------

PAPERS = [Paper(*each) for each in product((60, 100), (False,), (True, False))]
ONCE = settings(deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))


def bits(number):
    return "nan" if math.isnan(number) else float(number).hex()


def adds_up(explanation, grad):
    """Return True if an explanation adds up to a gradient, to the last bit."""
    added = reduce(operator.add, [part.contribution for part in explanation.parts], 0.0)
    return bits(grad) == bits(explanation.total) == bits(added if explanation.parts else 1.0)


def explained(program_):
    """The listing of a program, each of whose values is explained."""
    values = run(program_, ours, [Value(x) for x in program_.inputs])
    values[-1].backward()
    for entry in program(values[-1]):
        explanation = explain(entry.node, of=values[-1])
        assert adds_up(explanation, entry.grad)
        for paper in PAPERS:
            shown = explanation.on(paper)
            assert max(map(len, shown.splitlines())) <= paper.width
            assert paper.unicode or shown.isascii()
    return program(values[-1])


def explains(program_):
    explained(program_)


def paths_add_up(program_):
    listing = explained(program_)
    for entry in listing:
        try:
            explanation = explain(entry.node, of=listing[-1].node, paths=True)
        except InputValueError:
            continue
        products = [path.product for path in explanation.paths]
        assert math.fsum(products) == pytest.approx(
            entry.grad, rel=1e-9, abs=1e-12 * (1 + math.fsum(map(abs, products)))
        )
        assert all(explanation.on(paper) for paper in PAPERS)


@pytest.mark.long
def test_every_explanation_adds_up_to_backward_and_so_do_the_paths():
    settings(ONCE, max_examples=examples(160))(given(programs(most=10))(paths_add_up))()


@pytest.mark.long
def test_every_explanation_adds_up_at_zeros_ties_and_kinks():
    settings(ONCE, max_examples=examples(100))(given(exact_programs())(explains))()


@pytest.mark.long
def test_every_explanation_adds_up_beyond_the_edges():
    settings(ONCE, max_examples=examples(100))(given(edge_programs())(explains))()


def test_an_explanation_in_another_order_is_found_out():
    x = Value(1.0)
    y = 1e20 * x + x - 1e20 * x + 3 * x
    explanation = explain(x, of=y)
    y.backward()
    assert adds_up(explanation, x.grad)
    explanation.uses = explanation.uses[::-1]
    assert not adds_up(explanation, x.grad)


@pytest.mark.untraced
@pytest.mark.parametrize("depth", [500, pytest.param(8_000, marks=pytest.mark.long)])
def test_depth_is_no_limit(depth):
    x = Value(1.0, name="x")
    y = x
    for _ in range(depth):
        y = y * 1.00001 + x
    y.backward()
    explanation = explain(x, of=y)
    assert adds_up(explanation, x.grad)
    assert len(text(explanation).splitlines()) <= 20
    first = program(y)[1]
    assert first.label == "%1"
    alone = explain(first.node, of=y, paths=True)
    assert len(alone.paths[0].parts) == 2 * depth - 1
    assert f"… {2 * depth - 16:,} more …" in text(alone).replace("\n   ", " ")


def test_a_long_path_is_cut_in_the_middle_beside_what_does_not_lead_to_it():
    x, b = Value(1.0, name="x"), Value(2.0, name="b")
    y = x
    for _ in range(60):
        y = y * 1.0
    y = y + b * 3.0
    (path,) = explain(x, of=y, paths=True).paths
    assert path.product == 1.0
    assert re.search(r"… \d+ more …", text(explain(x, of=y, paths=True)))


def test_the_paths_to_a_computed_value_end_there():
    x = Value(2.0, name="x")
    n = x * 3.0
    n.name = "n"
    y = n * n
    assert [path.product for path in explain(n, of=y, paths=True).paths] == [6.0, 6.0]
