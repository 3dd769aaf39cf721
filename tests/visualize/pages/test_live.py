"""The page that answers: numbers that a reader changes, evaluated again in a browser."""

import math
import re

import pytest

import autograd
import visualize
from autograd import InputTypeError, InputValueError, Value, program, provenance
from autograd.arrays.tensor import evaluate
from autograd.core.table import Primitive
from tests.support.page_programs import expression, neuron, quotient
from tests.support.pages import boxes, classes, eventually, title
from visualize.pages.content import gradient_texts, page_record, transcript

from ..test_draw import parameter

pytestmark = [pytest.mark.needs_browser, pytest.mark.needs_dot]


def square_or_not():
    x = Value(2.0, name="x")
    with provenance():
        return x * x if x > 0 else -x


def only_python():
    odd = Primitive("odd", lambda m, x: x if x > 0 else -x, lambda m, x, y: (1,))
    return evaluate(odd, Value(2.0, name="x"))


def trained():
    return (parameter(2.0, "w") * Value(3.0, name="x") - 1) ** 2


def field(tab, name):
    return tab.get_by_role("textbox", name=re.compile(f"^{re.escape(name)}, "))


def said(tab):
    """The lines of all steps."""
    return tab.locator("#steps h3 + p, #steps li").evaluate_all("each => each.map(one => one.innerText)")


MOVED = [
    (neuron, {"x": 2.5}),
    (quotient, {"x": -3.25, "y": 7.0}),
    (expression, {"%0": -2.125}),
    (expression, {"%0": 1e6}),
]


@pytest.mark.parametrize(("compute", "numbers"), MOVED)
def test_the_page_says_of_other_numbers_what_python_says(open_page, compute, numbers):
    tab = open_page(compute)
    before = said(tab)
    for name, x in numbers.items():
        field(tab, name).fill(str(x))
    listing = program(compute(*numbers.values()))
    known = page_record(listing, 4)
    told = transcript(known)
    expected = ["\n".join(lines) for lines in [told.start, *told.forward, *told.backward]]
    eventually(tab, lambda: said(tab)[:-1] == expected)
    tab.locator("#last").click()
    texts = gradient_texts(known)
    assert boxes(tab) == [[known["values"][k]["data"], "grad", texts[k][-1]] for k in range(len(listing))]
    for entry in listing:
        assert tab.evaluate("name => stepgrad.value(name)", entry.label) == pytest.approx(entry.value, rel=1e-12)
    for step in known["backward"]:
        for part in step["parts"]:
            assert tab.locator(f"#e{step['k']}_{part['position']}").text_content().strip() == part["slope"].strip("()")
    tab.locator("#reset").click()
    eventually(tab, lambda: said(tab) == before)
    assert tab.locator("#reset").is_disabled()


def test_numbers_are_dragged_and_nudged(open_page):
    tab = open_page(neuron)
    grip = tab.locator(".grip").first.bounding_box()
    tab.mouse.move(grip["x"] + 5, grip["y"] + 5)
    tab.mouse.down()
    tab.mouse.move(grip["x"] + 15, grip["y"] + 5)
    tab.mouse.up()
    assert field(tab, "x").input_value() == "2.5"
    assert {"moved"} <= classes(tab, "n0")
    box = tab.locator("#n1").bounding_box()
    tab.mouse.move(box["x"] + 5, box["y"] + 5)
    tab.mouse.down()
    tab.mouse.move(box["x"] - 5, box["y"] + 5)
    tab.mouse.up()
    assert tab.evaluate("stepgrad.value('w')") == -3.5
    assert title(tab) == "Start"  # a drag is no click
    tab.locator("#n1").focus()
    tab.keyboard.press("ArrowUp")
    assert tab.evaluate("stepgrad.value('w')") == -3.4
    tab.keyboard.press("Shift+ArrowDown")
    assert tab.evaluate("stepgrad.value('w')") == -4.4
    field(tab, "b").focus()
    tab.keyboard.press("ArrowDown")
    assert field(tab, "b").input_value() == "6.4"
    tab.locator("#n4").focus()
    tab.keyboard.press("ArrowUp")  # a computed value stays
    assert tab.evaluate("stepgrad.value('n')") == -4.4 * 2.5 + 6.4
    for text in ("", "nonsense"):
        field(tab, "b").fill(text)
        assert tab.evaluate("stepgrad.value('b')") == 6.4
    field(tab, "x").focus()
    assert field(tab, "b").input_value() == "6.4"


def test_a_branch_that_would_go_the_other_way_is_said(open_page):
    tab = open_page(square_or_not)
    assert tab.locator("#branches").inner_text() == ""
    field(tab, "x").fill("-3")
    expected = str(autograd.replay(square_or_not(), {"x": -3.0})).partition("A Python")[1:]
    assert " ".join(tab.locator("#branches").inner_text().split()) == " ".join("".join(expected).split())
    assert tab.evaluate("[stepgrad.value('%1'), stepgrad.gradient('x')]") == [9, -6]
    tab.locator("#reset").click()
    assert tab.locator("#branches").inner_text() == ""


def test_the_address_has_the_changed_numbers(open_page):
    tab = open_page(neuron, "3&x=2.5&nobody=1&w=&b=nonsense")
    assert title(tab) == "Forward 3 of 3"
    assert [field(tab, name).input_value() for name in "xwb"] == ["2.5", "-3", "6.5"]
    field(tab, "w").fill("-2")
    eventually(tab, lambda: tab.url.endswith("#step=3&x=2.5&w=-2"))
    tab.locator("#reset").click()
    eventually(tab, lambda: tab.url.endswith("#step=3"))


def test_a_page_around_this_one_reads_and_sets_the_numbers(open_page):
    tab = open_page(trained)
    assert tab.evaluate("stepgrad.names()") == ["w", "x", "%2", "%3", "%4"]
    assert tab.evaluate("stepgrad.gradient('w')") == 30
    assert tab.evaluate("stepgrad.descend(0.01)") == pytest.approx((1.7 * 3 - 1) ** 2)
    assert tab.evaluate("['w', 'x'].map(stepgrad.value)") == [1.7, 3]  # the parameters alone move
    tab.evaluate("stepgrad.set('x', 2)")
    assert tab.evaluate("stepgrad.value('%2')") == 3.4
    tab.evaluate("stepgrad.reset()")
    assert tab.evaluate("stepgrad.value('%2')") == 6
    fails = "call => { try { stepgrad.set(...call); return ''; } catch (error) { return error.message; } }"
    assert tab.evaluate(fails, ["nobody", 1]) == "there is no value nobody; stepgrad.names() lists all"
    assert tab.evaluate(fails, ["%2", 1]) == "%2 is computed; set takes what is given: w, x"
    assert tab.evaluate(fails, ["w", "1"]) == "w takes a number"


def test_inputs_descend_where_there_is_no_parameter(open_page):
    tab = open_page(quotient)
    slopes = tab.evaluate("['x', 'y'].map(stepgrad.gradient)")
    tab.evaluate("stepgrad.descend(0.5)")
    assert tab.evaluate("['x', 'y'].map(stepgrad.value)") == [1 - slopes[0] / 2, -2 - slopes[1] / 2]


def test_a_rule_that_only_python_runs_leaves_a_page_of_the_record(open_page):
    tab = open_page(only_python, "1&x=3")
    assert "stay as recorded" in tab.locator("#given").inner_text()
    assert [data for data, _, _ in boxes(tab)] == ["2", "2"]
    tab.locator("#n0").focus()
    tab.keyboard.press("ArrowUp")
    assert tab.evaluate("stepgrad.value('x')") == 2
    fails = "() => { try { stepgrad.set('x', 3); return ''; } catch (error) { return error.message; } }"
    assert "only Python" in tab.evaluate(fails)


def test_a_curve_has_its_tangent_and_the_remainder_falls_with_the_square(open_page):
    tab = open_page(neuron)
    tab.locator("#curves").click()
    slope = tab.locator("#slope")
    eventually(tab, lambda: slope.inner_text() == "dy/dx = -2.359")
    tab.get_by_label("Value", exact=True).select_option(label="n")
    tab.get_by_label("Input", exact=True).select_option(label="w")
    eventually(tab, lambda: slope.inner_text() == "dn/dw = 2")
    tab.get_by_label("Value", exact=True).select_option(label="y")
    rows = [[float(x) for x in row.split()] for row in tab.locator("#remainders tr").all_inner_texts()]
    for step, predicted, actual, _ in rows:
        x = -3 + step
        assert actual == pytest.approx(math.tanh(2 * x + 6.5) - math.tanh(0.5), rel=1e-2)
        assert predicted == pytest.approx(2 * (1 - math.tanh(0.5) ** 2) * step, rel=1e-2)
    assert rows[2][3] / rows[3][3] == pytest.approx(4, rel=0.2)
    assert tab.get_by_role("img", name="y over w; at -3 it is 0.4621, with the slope 1.573").count() == 1
    field(tab, "w").fill("-2")
    eventually(tab, lambda: "at -2 it is" in tab.locator("#plot").get_attribute("aria-label"))
    tab.locator("#curves").click()
    assert not tab.locator("#tools").is_visible()


def one_point():
    x, u, t = Value(1.0, name="x"), Value(0.0, name="u"), Value(1.0, name="t")
    score = parameter(0.5, "a") * x + parameter(0.0, "b") * u
    score.name = "score"
    return (score - t) ** 2


def test_descent_follows_the_mean_over_the_points_of_data(open_page, tmp_path):
    data = {"x": [1.0, -1.0, 2.0], "u": [0.0, 1.0, 1.0], "t": [1.0, -1.0, 1.0]}
    visualize.page(one_point(), data=data).save(tmp_path / "points.html")
    tab = open_page((tmp_path / "points.html").as_uri())
    tab.locator("#descents").click()
    assert tab.evaluate("stepgrad.names().slice(0, 2)") == ["x", "u"]
    a, b, losses = 0.5, 0.0, []
    for _ in range(3):  # by hand
        errors = [a * x + b * u - t for x, u, t in zip(*data.values(), strict=True)]
        losses.append(sum(error**2 for error in errors) / 3)
        da = sum(2 * error * x for error, x in zip(errors, data["x"], strict=True)) / 3
        db = sum(2 * error * u for error, u in zip(errors, data["u"], strict=True)) / 3
        a, b = a - 0.1 * da, b - 0.1 * db
    assert [tab.evaluate("stepgrad.descend(0.1)") for _ in range(2)] == pytest.approx(losses[1:])
    tab.evaluate("stepgrad.descend(0.1)")
    assert tab.evaluate("['a', 'b'].map(stepgrad.value)") == pytest.approx([a, b])
    eventually(tab, lambda: tab.locator("#boundary circle").count() == 3)
    assert tab.locator("#boundary .one").count() == 2
    above = tab.locator("#boundary .above").count()
    assert 0 < above < 24 * 24
    tab.locator("#train").click()
    eventually(tab, lambda: "after 5 steps" in tab.locator("#loss").inner_text())
    tab.locator("#train").click()
    assert tab.locator("#train").inner_text() == "Play"
    tab.locator("#descend").click()
    tab.locator("#reset").click()
    assert tab.evaluate("stepgrad.value('a')") == 0.5


@pytest.mark.parametrize(
    ("data", "error", "words"),
    [
        ([1.0], InputTypeError, "takes the columns of three leaves"),
        ({"x": [1.0], "t": [1.0]}, InputValueError, "two inputs and the target, and 2 are given"),
        ({"x": [1.0], "u": [1.0], "score": [1.0]}, InputValueError, "score is computed"),
        ({"x": [1.0], "u": [1.0], "nobody": [1.0]}, InputValueError, "not part of this program"),
        ({"x": ["a"], "u": [1.0], "t": [1.0]}, InputTypeError, "a list or an array of numbers"),
        ({"x": [1.0, 2.0], "u": [1.0], "t": [1.0]}, InputValueError, r"as long as each other.*\(2,\), \(1,\), \(1,\)"),
        ({"x": [], "u": [], "t": []}, InputValueError, "1 to 1,000 numbers"),
        ({"x": [math.nan], "u": [1.0], "t": [1.0]}, InputValueError, "are finite"),
    ],
)
def test_other_data_is_refused(data, error, words):
    with pytest.raises(error, match=words):
        visualize.page(one_point(), data=data)


def test_data_needs_a_prediction_that_does_not_know_the_target():
    x, u, t = (Value(1.0, name=name) for name in "xut")
    with pytest.raises(InputValueError, match="nothing is computed without t"):
        visualize.page(autograd.sum([x, u, t]), data={"x": [1.0], "u": [1.0], "t": [1.0]})
