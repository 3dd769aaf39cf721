"""The page that answers: numbers that a reader changes, evaluated again in a browser."""

import re

import pytest

import autograd
from autograd import Value, program, provenance
from autograd.arrays.tensor import evaluate
from autograd.core.table import Primitive
from tests.support.page_programs import expression, neuron, quotient
from tests.support.pages import boxes, classes, eventually, title
from visualize.pages.content import gradient_texts, page_record, transcript

pytestmark = [pytest.mark.needs_browser, pytest.mark.needs_dot]


def square_or_not():
    x = Value(2.0, name="x")
    with provenance():
        return x * x if x > 0 else -x


def only_python():
    odd = Primitive("odd", lambda m, x: x if x > 0 else -x, lambda m, x, y: (1,))
    return evaluate(odd, Value(2.0, name="x"))


def trained():
    from tests.visualize.test_draw import parameter

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
    eventually(tab, lambda: tab.url.endswith("#3&x=2.5&w=-2"))
    tab.locator("#reset").click()
    eventually(tab, lambda: tab.url.endswith("#3"))


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
